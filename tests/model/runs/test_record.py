"""speedrun.json: seconds of repeated runs add up, and results follow from the run's own files."""

import json
from pathlib import Path

import pytest
import torch

from model.config import load_config
from model.runs.record import add_results, add_seconds
from model.training.parallel import World
from model.training.trainer import Trainer
from tests.model.packed_data import write_packed


def test_seconds_of_repeated_runs_add_up(tmp_path: Path) -> None:
    add_seconds(tmp_path, "corpus", 30.0, recipe="demo")
    record = add_seconds(tmp_path, "corpus", 12.0, recipe="demo")
    record = add_seconds(tmp_path, "model", 48.0, recipe="demo")
    assert record["seconds"] == {"corpus": 42.0, "model": 48.0}
    assert record["total_minutes"] == 1.5
    assert record["recipe"] == "demo"
    assert record["device"]
    assert len(record["date"]) == 10
    assert json.loads((tmp_path / "speedrun.json").read_text()) == record


def test_results_are_those_of_the_run_and_its_scores(tmp_path: Path) -> None:
    packed = write_packed(tmp_path / "data")
    config = load_config("tiny", ["train.steps=4", "train.validate_every=2"])
    Trainer(config, packed, tmp_path / "run", World(0, 1, torch.device("cpu"))).run()
    add_seconds(tmp_path, "model", 1.0)
    scores = tmp_path / "results.json"
    scores.write_text(json.dumps({"profile": "main", "averages": {"kobest": 0.5}}))
    record = add_results(tmp_path, tmp_path / "run", scores)
    assert (record["steps"], len(record["curve"])) == (4, 2)
    assert record["bits_per_byte"] == {k: pytest.approx(record["curve"][-1][k]) for k in ("ko", "en")}
    assert record["scores"] == {"profile": "main", "kobest": 0.5}
    assert add_results(tmp_path, tmp_path / "run", None)["scores"] is None
