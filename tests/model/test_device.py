"""The device of a command: what is there by default, and one sentence for what is not."""

import pytest
import torch

from corpus.errors import UserError
from model.device import chosen_device


def test_the_default_is_a_gpu_where_there_is_one(monkeypatch):
    for there, name in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert chosen_device(None) == chosen_device("") == name


def test_a_name_is_taken_as_it_is(monkeypatch):
    assert chosen_device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert chosen_device("cuda:1") == "cuda:1"
    with pytest.raises(UserError, match="--device cuda:2: 2 are visible, counted from cuda:0"):
        chosen_device("cuda:2")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tpu", "--device tpu: no such device; accepted: cpu, cuda"),
        ("cuda:x", "--device cuda:x: no such device"),
        ("cuda", "No CUDA device is visible; use --device cpu"),
        ("xla", "--device xla: no such device"),
        ("xpu", "--device xpu: torch .* cannot use it here"),
    ],
)
def test_what_is_not_there_is_one_sentence(monkeypatch, name, message):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match=message):
        chosen_device(name)
