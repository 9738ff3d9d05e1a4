"""Tests of models are small: a second thread costs more than it brings, most of all where other tests run beside
them."""

import torch

torch.set_num_threads(1)
