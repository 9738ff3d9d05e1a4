"""Whose folder it is, and what there is to resume: said before anything is written."""

import json
import math
from pathlib import Path

import pytest
import torch

from corpus.errors import UserError
from model.export.model_card import Exported, write_card
from model.inspection.inspect import inspect
from model.training.shown.panel import figures
from model.training.trainer import Trainer
from tests.model.packed_data import events
from tests.model.training.test_train import CPU, config, packed, train  # noqa: F401  # a fixture


def test_nothing_to_resume_is_said(packed, tmp_path):  # noqa: F811
    with pytest.raises(UserError, match=r"contains no checkpoint to resume.*--resume=auto"):
        Trainer(config(), packed, tmp_path / "typo", CPU, resume=True)
    assert not (tmp_path / "typo" / "config.toml").exists()
    assert train(packed, tmp_path / "new", config("train.steps=2"), resume="auto")[1].taken == 2
    assert train(packed, tmp_path / "new", config("train.steps=3"), resume="auto")[1].taken == 1


def test_random_numbers_go_on_where_they_were(packed, tmp_path):  # noqa: F811
    """What an action draws is the same with and without an interruption."""

    def drawn(out, *parts) -> list[float]:
        found: list[float] = []
        for number, steps in enumerate(parts):
            action = (1, lambda trainer: found.append(float(torch.rand(()))))
            train(packed, out, config(f"train.steps={steps}"), resume=number > 0, actions=[action])
            torch.manual_seed(999)  # another process would begin elsewhere
        return found

    whole = drawn(tmp_path / "whole", 4)
    assert len(set(whole)) == 4
    assert drawn(tmp_path / "two", 2, 4) == whole


def test_an_action_with_the_interval_0_is_never_taken(packed, tmp_path):  # noqa: F811
    """Others are taken at their interval and after the last step."""
    taken: dict[int, list[int]] = {0: [], 2: [], 9: []}
    actions = [(every, lambda trainer, every=every: taken[every].append(trainer.progress.step)) for every in taken]
    train(packed, tmp_path / "run", config("train.steps=3"), actions=actions)
    assert taken == {0: [], 2: [2, 3], 9: [3]}


def test_past_the_end_nothing_changes(packed, tmp_path):  # noqa: F811
    run = tmp_path / "run"
    train(packed, run, config("train.steps=3"))
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    _, summary = train(packed, run, config("train.steps=3", "optimizer.lr=1"), resume=True)
    assert (summary.finished, summary.taken, summary.step) == (True, 0, 3)
    with pytest.raises(UserError, match=r"has taken 3 steps, and train.steps is 2. Set train.steps above 3"):
        Trainer(config("train.steps=2"), packed, run, CPU, resume=True)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_a_folder_belongs_to_one_run_at_a_time(packed, tmp_path):  # noqa: F811
    first = Trainer(config("train.steps=2"), packed, tmp_path / "run", CPU)

    def content() -> dict[Path, bytes]:
        """But for TensorBoard's file, which a thread writes."""
        files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
        return {path: path.read_bytes() for path in files if path.parent.name != "tensorboard"}

    before = content()
    assert before
    with pytest.raises(UserError, match="is being trained by another process"):
        Trainer(config("train.steps=2", "train.seed=2"), packed, tmp_path / "run", CPU)
    assert content() == before
    assert first.run().finished
    assert train(packed, tmp_path / "run", config("train.steps=3"), resume=True)[1].finished


def test_a_skipped_step_that_is_logged_is_shown_everywhere(packed, tmp_path, monkeypatch):  # noqa: F811
    """The last step's loss is no number: panel, report, inspection and model card say so."""
    from rich.console import Console

    from model.training.shown.panel import Panel

    console = Console(record=True, width=200)
    chosen = config("train.steps=4", "train.checkpoint_every=2")
    trainer = Trainer(chosen, packed, tmp_path / "run", CPU, observer=Panel(console, 4))
    gradients = trainer._gradients

    def once(*arguments):
        nats, count = gradients(*arguments)
        return (math.nan if trainer.progress.step in (1, 3) else nats), count

    monkeypatch.setattr(trainer, "_gradients", once)
    assert trainer.run().skipped == 2
    logged = events(tmp_path / "run", "train")
    assert [event["loss"] is None for event in logged] == [False, True, False, True]
    assert "loss not finite" in console.export_text()
    assert ("loss", "not finite") in figures(logged[-1])
    page = inspect(tmp_path / "run")
    assert page.summary.startswith(f"step 4, loss {logged[2]['loss']:.4f}")
    assert (tmp_path / "run" / "report.html").is_file()
    folder = tmp_path / "card"
    folder.mkdir()
    write_card(folder, tmp_path / "run", trainer.config, Exported(folder, 4, 1, "float32", 0.0, 0.0))
    assert f"{logged[2]['loss']:.4f} nats" in (folder / "README.md").read_text()
    lines = (tmp_path / "run" / "metrics.jsonl").read_bytes().decode().splitlines()
    assert all(json.loads(line) for line in lines)
