"""speedrun.json: seconds of repeated runs add up, and results follow from the run's own files."""

import json
from pathlib import Path

import pytest
import torch

from model.config import load_config, resolve, to_toml
from model.runs.record import add_results, add_seconds
from model.training.parallel import World
from model.training.trainer import Trainer
from tests.model.packed_data import write_packed


def test_another_chain_begins_a_new_record(tmp_path: Path) -> None:
    add_seconds(tmp_path, "corpus", 30.0, recipe="demo", corpus="a")
    add_seconds(tmp_path, "model", 5.0, recipe="demo", corpus="a", config="tiny")
    record = add_seconds(tmp_path, "corpus", 4.0, recipe="demo", corpus="b")
    assert (record["seconds"], record["corpus"], "config" in record) == ({"corpus": 4.0}, "b", False)


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


def test_each_figure_is_that_of_its_name(tmp_path: Path) -> None:
    """The last step taken, and the last validation, which may be of an earlier step."""
    (tmp_path / "config.toml").write_text(to_toml(resolve(load_config("tiny"), 512, 128)))
    train = {"kind": "train", "step": 9, "tokens": 100, "loss": 2.5, "tokens_per_second": 7.0}
    bits = {"bpb/language/ko": 1.5, "bpb/language/en": 1.25, "bpb/web": 9.0, "loss/language/ko": 3.0}
    events = [{"kind": "validation", "step": 8} | bits, train | {"mfu_6n": 0.25, "mfu_causal": 0.5}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    for step, seconds in (("model", 60.0), ("corpus", 30.0), ("model", 90.0)):
        total = add_seconds(tmp_path, step, seconds)["total_minutes"]
    record = add_results(tmp_path, tmp_path, tmp_path / "not scored.json")
    assert total == record["total_minutes"] == 3.0
    figures = ("steps", "tokens", "loss", "tokens_per_second", "mfu_causal")
    assert [record[name] for name in figures] == [9, 100, 2.5, 7.0, 0.5]
    assert record["bits_per_byte"] == {"ko": 1.5, "en": 1.25}
    assert record["curve"] == [{"step": 8, "ko": 1.5, "en": 1.25}]
    assert record["scores"] is None
