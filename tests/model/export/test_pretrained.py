"""Going on from weights that another training left: a run's, or an imported directory's."""

import json
import shutil
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from corpus.engine.marker import read_marker
from corpus.errors import UserError
from model.config import load_config
from model.export.huggingface import export_run, import_directory
from model.export.pretrained import Pretrained, open_pretrained, require_tokenizer
from model.training.parallel import World
from model.training.trainer import Trainer
from tests.model.packed_data import events, write_packed
from tokenizer.files import TokenizerFiles

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


@pytest.mark.slow
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


def test_a_run_from_other_weights_is_another_run(trained, tmp_path):
    packed, _ = trained
    config = load_config("tiny", [*SETTINGS, "model.layers=1", "model.qk_norm=true", "train.steps=1"])
    Trainer(config, packed, tmp_path / "other", CPU).run()
    settings = [part for text in [*SETTINGS, "train.steps=1"] for part in ("--set", text)]
    into = ["--data", str(packed), "--out", str(tmp_path / "run"), *settings]
    assert command("--init", str(packed.parent / "hf"), *into).exit_code == 0
    again = command("--init", str(packed.parent / "imported"), *into)  # the same weights, wherever they are
    assert again.exit_code == 0, again.output
    assert "nothing was done" in again.output
    refused = command("--init", str(tmp_path / "other"), *into)
    assert isinstance(refused.exception, UserError)
    assert "checkpoints. Resume them" in str(refused.exception)


def test_a_run_of_a_library_call_is_gone_on_with_by_the_command(trained, tmp_path):
    packed, _ = trained
    settings = [*SETTINGS, "model.layers=1", "train.steps=2"]
    Trainer(load_config("tiny", settings), packed, tmp_path / "run", CPU).run()
    assert read_marker(tmp_path / "run")["finished"]
    result = command(
        "--config", str(tmp_path / "run" / "config.toml"), "--data", str(packed), "--out", str(tmp_path / "run"),
        "--set", "train.steps=4", "--resume",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert [event["step"] for event in events(tmp_path / "run", "train")] == [1, 2, 3, 4]


def test_an_import_of_other_files_is_another_run(trained, tmp_path):
    packed, _ = trained
    theirs = tmp_path / "theirs"
    shutil.copytree(packed.parent / "hf", theirs)
    import_directory(theirs, tmp_path / "run")
    import_directory(theirs, tmp_path / "run")
    weights = load_file(theirs / "model.safetensors")
    weights["model.norm.weight"] += 1
    save_file(weights, theirs / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(UserError, match=r"finished with other settings: files\.model\.safetensors was"):
        import_directory(theirs, tmp_path / "run")
    import_directory(theirs, tmp_path / "run", overwrite=True)
    assert torch.equal(open_pretrained(tmp_path / "run").decoder.norm.weight, weights["model.norm.weight"])


def test_an_export_is_done_again_where_its_card_says_something_else(trained, tmp_path):
    packed, _ = trained
    shutil.copytree(packed.parent / "run", tmp_path / "run")
    export_run(tmp_path / "run", tmp_path / "hf")
    export_run(tmp_path / "run", tmp_path / "hf")
    with (tmp_path / "run" / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"kind": "validation", "step": 30, "bpb/language/ko": 1.25}\n')
    with pytest.raises(UserError, match="finished with other settings: card was"):
        export_run(tmp_path / "run", tmp_path / "hf")
    export_run(tmp_path / "run", tmp_path / "hf", overwrite=True)
    assert "1.2500" in (tmp_path / "hf" / "README.md").read_text(encoding="utf-8")


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


def test_the_identity_covers_weights_shapes_and_every_file_of_the_tokenizer(tmp_path):
    files = {"tokenizer.json": b"{}", "tokenizer_config.json": b"{}"}

    def identity(names=("a", "b"), shape=(2, 3), value=0.0, contents=files):
        state = {name: torch.full(shape, value) for name in names}
        decoder: Any = SimpleNamespace(state_dict=lambda: state)
        return Pretrained(tmp_path, decoder, TokenizerFiles(tmp_path / "tokenizer.json", contents)).identity()

    others = [
        identity(names=("a", "c")),
        identity(shape=(3, 2)),
        identity(value=1.0),
        identity(contents=files | {"tokenizer.json": b"[]"}),
        identity(contents=files | {"tokenizer_config.json": b"[]"}),
    ]
    assert identity(names=("b", "a")) == identity()
    assert len({identity(), *others}) == 6


def test_packed_data_of_another_tokenizer_are_refused(tmp_path):
    """The tokenizer in the data's folder may differ in what it adds around a text, if it is the one of the data."""

    def files(folder, **content):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tokenizer.json").write_text(json.dumps(content))
        return TokenizerFiles.read(folder)

    own = files(tmp_path / "model", model={"vocab": {"a": 0}}, post_processor={"type": "bos"})
    decoder: Any = None
    pretrained = Pretrained(tmp_path, decoder, own)
    require_tokenizer(pretrained, own.sha256, tmp_path / "nowhere")
    same = files(tmp_path / "data" / "tokenizer", model={"vocab": {"a": 0}}, post_processor=None)
    require_tokenizer(pretrained, same.sha256, tmp_path / "data")
    other = files(tmp_path / "other" / "tokenizer", model={"vocab": {"b": 0}}, post_processor=None)
    for wanted, data in ((other.sha256, "other"), ("0" * 64, "data"), (same.sha256, "nowhere")):
        with pytest.raises(UserError, match="packed with another tokenizer than the initial model's"):
            require_tokenizer(pretrained, wanted, tmp_path / data)
