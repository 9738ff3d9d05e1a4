"""Going on from weights that another training left: a run's, or an imported directory's."""

import json

import pytest
import torch
from typer.testing import CliRunner

from corpus.errors import UserError
from model.config import load_config
from model.export.huggingface import export_run, import_directory
from model.export.pretrained import open_pretrained
from model.training.parallel import World
from model.training.trainer import Trainer
from tests.model.packed_data import events, write_packed

CPU = World(0, 1, torch.device("cpu"))
SETTINGS = ["train.batch_tokens=512", "train.log_every=1", "train.validate_every=0"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Packed data, a run of 30 steps on it, its loss at the end, its export, and a run imported from that."""
    folder = tmp_path_factory.mktemp("trained")
    packed = write_packed(folder)
    config = load_config("tiny", ["model.layers=1", "model.qk_norm=true", "train.steps=30", *SETTINGS])
    loss = Trainer(config, packed, folder / "run", CPU).run().loss
    export_run(folder / "run", folder / "hf")
    import_directory(folder / "hf", folder / "imported")
    return packed, loss


def command(*arguments: str):
    import typer

    from pipelines.pretrain import main

    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, [*arguments, "--device", "cpu"])


@pytest.mark.parametrize("source", ["run", "hf", "imported"])
def test_training_goes_on_at_the_level_it_stopped_at(trained, tmp_path, source):
    packed, loss = trained
    settings = [part for text in [*SETTINGS, "train.steps=3"] for part in ("--set", text)]
    initial = packed.parent / source
    result = command("--init", str(initial), "--data", str(packed), "--out", str(tmp_path / "run"), *settings)
    assert result.exit_code == 0, result.output
    assert f"from {initial}" in result.output
    losses = [event["loss"] for event in events(tmp_path / "run", "train")]
    assert losses[0] == pytest.approx(loss, rel=0.1)
    beginning = Trainer(load_config("tiny", [*SETTINGS, "train.steps=1"]), packed, tmp_path / "new", CPU).run().loss
    assert losses[0] < beginning / 2
    config = load_config(tmp_path / "run" / "config.toml")
    assert (config.model.layers, config.model.qk_norm) == (
        1,
        True,
    )  # tiny has two layers: the shape is the initial model's
    assert events(tmp_path / "run", "start")[0]["initial"] == str(initial)
    resumed = command(
        "--config", str(tmp_path / "run" / "config.toml"), "--data", str(packed), "--out", str(tmp_path / "run"),
        "--set", "train.steps=4", "--resume",
    )  # fmt: skip
    assert resumed.exit_code == 0, resumed.output
    assert [event["step"] for event in events(tmp_path / "run", "train")] == [1, 2, 3, 4]


def test_the_first_step_is_taken_from_these_very_weights(trained, tmp_path):
    packed, _ = trained
    initial = open_pretrained(packed.parent / "hf")
    before = {name: p.clone() for name, p in initial.decoder.named_parameters()}
    trainer = Trainer(load_config("tiny", [*SETTINGS, "train.steps=1"]), packed, tmp_path / "run", CPU, initial=initial)
    assert all(torch.equal(p, before[name]) for name, p in trainer.decoder.named_parameters())
    trainer.run()
    assert not any(torch.equal(p, before[name]) for name, p in trainer.decoder.named_parameters() if p.dim() == 2)


def test_what_cannot_be_gone_on_from_is_told(trained, tmp_path):
    packed, _ = trained
    run = packed.parent / "run"
    with pytest.raises(UserError, match="neither a run"):
        open_pretrained(tmp_path)
    with pytest.raises(UserError, match="has no checkpoints"):
        open_pretrained(packed.parent / "hf", step=3)
    config = load_config(packed.parent / "imported" / "config.toml")
    with pytest.raises(UserError, match=r"imported model.*--init"):
        Trainer(config, packed, packed.parent / "imported", CPU, resume=True)
    other = open_pretrained(run)
    description = json.loads((packed / "packing.json").read_text())
    (tmp_path / "packing.json").write_text(json.dumps(description | {"tokenizer_sha256": "0" * 64}))
    with pytest.raises(UserError, match=r"another tokenizer.*--tokenizer"):
        Trainer(load_config("tiny"), tmp_path, tmp_path / "run", CPU, initial=other)
    result = command("--init", str(run), "--set", "model.layers=3")
    assert isinstance(result.exception, UserError)
    assert "has the shape of" in str(result.exception)
