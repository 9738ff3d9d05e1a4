"""Tests of models are small: a second thread costs more than it brings, most of all where other tests run beside
them. Each begins with the same random numbers, whatever ran before it."""

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)
