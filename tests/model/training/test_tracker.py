"""A tracker gets the numbers of each event, and the run goes on as without one."""

import json
import sys
from types import SimpleNamespace

import pytest

from corpus.errors import UserError
from model.training.shown.tracker import Tracked
from tests.model.packed_data import write_packed


@pytest.fixture
def calls(monkeypatch):
    """A library with the functions of trackio and wandb that writes down its calls."""
    made = []
    library = SimpleNamespace(
        init=lambda **given: made.append(("init", given)),
        log=lambda numbers, step: made.append(("log", step, numbers)),
        finish=lambda: made.append(("finish",)),
    )
    monkeypatch.setitem(sys.modules, "trackio", library)
    return made


def test_the_numbers_of_each_event(calls, tmp_path):
    seen = []
    with Tracked("trackio", tmp_path / "run", {"a": 1}, lambda *event: seen.append(event)) as observer:
        observer("train", 5, {"loss": 2.5, "skipped": 0, "grad_norm": float("nan"), "rows": "x", "flag": True})
        observer("sample", 6, {"prompt": "a", "text": "b"})
    assert calls == [
        ("init", {"project": "hanji", "name": "run", "config": {"a": 1}}),
        ("log", 5, {"train/loss": 2.5, "train/skipped": 0}),
        ("finish",),
    ]
    assert [event[:2] for event in seen] == [("train", 5), ("sample", 6)]


def test_unknown_and_missing_trackers(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(UserError, match="pip install wandb"):
        Tracked("wandb", tmp_path, {}, print)
    with pytest.raises(UserError, match="accepted are trackio, wandb"):
        Tracked("mlflow", tmp_path, {}, print)


def test_pretrain_sends_what_metrics_jsonl_has(calls, tmp_path):
    from pipelines import pretrain

    settings = ["train.steps=4", "train.log_every=2", "model.layers=1", "train.batch_tokens=256"]
    run = tmp_path / "run"
    pretrain.main(data=write_packed(tmp_path), out=run, settings=settings, device="cpu", track="trackio")
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    wanted = [event["loss"] for event in events if event["kind"] == "train"]
    assert len(wanted) == 2
    assert [call[2]["train/loss"] for call in calls if call[0] == "log" and "train/loss" in call[2]] == wanted
    assert calls[0][1]["config"]["train"]["steps"] == 4
    assert calls[-1] == ("finish",)
