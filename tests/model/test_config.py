"""Configurations: what is in the box can be read, and what is wrong is told by its key."""

import dataclasses

import pytest
from pydantic.dataclasses import dataclass

from corpus.errors import UserError
from model.config import CONFIGS, load_config, parse_config, resolve, to_toml, warnings_of
from model.optimizers import OPTIMIZERS
from model.optimizers.base import Settings


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_configuration_reads_and_writes_itself(path, tmp_path):
    config = load_config(path.stem)
    config = dataclasses.replace(config, data=dataclasses.replace(config.data, mixture={'a "b" \\': 0.5, "ko": 1.0}))
    written = tmp_path / "config.toml"
    written.write_text(to_toml(config), encoding="utf-8")
    assert load_config(written) == config


def test_seed_settings_are_the_default():
    config = load_config("1.3b")
    assert (config.optimizer.lr, config.optimizer.weight_decay, config.train.batch_tokens) == (4e-4, 0.1, 4_194_304)
    assert (config.optimizer.beta1, config.optimizer.beta2, config.schedule.kind) == (0.9, 0.95, "cosine")


def test_overrides():
    config = load_config("tiny", ["train.steps=7", "optimizer.name=muon", "data.mixture.ko=0.5", "optimizer.lr=1"])
    assert (config.train.steps, config.optimizer.name, config.data.mixture) == (7, "muon", {"ko": 0.5})
    assert isinstance(config.optimizer.lr, float)


def test_another_optimizer_leaves_the_settings_that_it_does_not_have(monkeypatch):
    @dataclass(frozen=True, config={"extra": "forbid"})
    class Plain(Settings):
        name: str = "plain"

    monkeypatch.setitem(OPTIMIZERS, "plain", dataclasses.replace(OPTIMIZERS["adamw"], settings=Plain))
    found = load_config("tiny", ["optimizer.name=plain"]).optimizer
    assert (found.name, found.lr) == ("plain", load_config("tiny").optimizer.lr)
    with pytest.raises(UserError, match=r"unknown key optimizer\.head_lr"):
        load_config("tiny", ["optimizer.name=plain", "optimizer.head_lr=1e-2"])
    kept = load_config("tiny", ["optimizer.name=adamw"]).optimizer
    assert kept.head_lr == load_config("tiny").optimizer.head_lr == 3e-2


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.zzz=1", r"unknown key train.zzz; accepted: train.steps, "),
        ("trainer.steps=1", r"unknown key trainer \(did you mean train\?\); accepted: model, train"),
        ("train.steps='many'", r"train.steps is 'many'; expected a whole number"),
        ("train.steps=true", r"train.steps is True; expected a whole number"),
        ("train.steps=0", r"train.steps is 0; expected a positive number"),
        ("train.precision=fp16", r"train.precision is 'fp16'; accepted: 'bf16', 'fp32'"),
        ("optimizer.lr=-1", r"optimizer.lr is -1; expected a positive number"),
        ("optimizer.lr=nan", r"optimizer.lr is nan; expected a positive number"),
        ("model.heads=3", r"model.dim is 128; expected a multiple of model.heads \(3\)"),
        ("model.dim=12", r"model.dim is 12; expected an even number per head"),
        ("model.kv_heads=3", r"model.kv_heads is 3; expected 0 or a divisor"),
        ("data.mixture=5", r"data.mixture is 5; expected a table"),
        ("data.mixture.ko='x'", r"data.mixture.ko is 'x'; expected a number"),
        ("steps=1", r"expected section.key=value"),
        ("train.setps=1", r"unknown key train.setps \(did you mean train.steps\?\); accepted: "),
        ("optimizer.beta1=1.0", r"optimizer.beta1 is 1.0; expected a number below 1"),
        ("optimizer.eps=-1.0", r"optimizer.eps is -1.0; expected a positive number"),
        ("optimizer.lr=inf", r"optimizer.lr is inf; expected a finite number"),
        ("optimizer.weight_decay=-0.1", r"optimizer.weight_decay is -0.1; expected 0 or a positive number"),
        ("optimizer.name=lion", r"optimizer.name is 'lion'; accepted: 'adamw', 'muon'"),
        ('optimizer.name=["adamw"]', r"optimizer.name is \['adamw'\]; accepted: 'adamw', 'muon'"),
        ("optimizer.moun_lr=1", r"unknown key optimizer.moun_lr \(did you mean optimizer.muon_lr\?\); accepted: "),
        ("model.init_std=-1.0", r"model.init_std is -1.0; expected a positive number"),
        ("model.layers=0", r"model.layers is 0; expected a positive number"),
        ("train.seed=99999999999999999999", r"train.seed is 99999999999999999999; expected a number below"),
        ("schedule.warmup=-10", r"schedule.warmup is -10; expected 0 or a positive number"),
        ("schedule.final=2", r"schedule.final is 2; expected a number up to 1"),
    ],
)
def test_errors_name_the_key(override, message):
    with pytest.raises(UserError, match=message):
        load_config("tiny", [override])


def test_what_is_wrong_in_an_override_is_blamed_on_it(tmp_path):
    with pytest.raises(UserError, match=r"^--set train.steps=3 --set train.step=1: unknown key train.step "):
        load_config("tiny", ["train.steps=3", "train.step=1"])
    (tmp_path / "wrong.toml").write_text(
        "[train]\nsteps = -1\n[model]\nlayers = 2\nheads = 4\ndim = 128\nffn_dim = 384\n"
    )
    with pytest.raises(UserError, match=r"^.*wrong.toml: train.steps is -1"):
        load_config(tmp_path / "wrong.toml", ["train.seed=1"])
    assert load_config(tmp_path / "wrong.toml", ["train.steps=1"]).train.steps == 1


def test_missing_keys_and_files(tmp_path):
    with pytest.raises(UserError, match=r"x: model is 3; expected a section \[model\]"):
        parse_config({"model": 3, "train": {"steps": 1}}, "x")
    with pytest.raises(UserError, match=r"x: model is missing"):
        parse_config({"train": {"steps": 1}}, "x")
    with pytest.raises(UserError, match=r"neither a file nor one of 1.3b, 1.3b-muon, 350m, mini, tiny"):
        load_config("huge")
    (tmp_path / "broken.toml").write_text("[model\n")
    with pytest.raises(UserError, match=r"broken.toml is not a TOML file"):
        load_config(tmp_path / "broken.toml")


def test_data_that_do_not_fit():
    config = load_config("1.3b")
    with pytest.raises(UserError, match=r"model.vocab_size is 50304"):
        resolve(config, 64_000, 4096)
    with pytest.raises(UserError, match=r"model.context is 4096"):
        resolve(config, 50_000, 8192)
    assert resolve(load_config("tiny"), 4097, 256).model.vocab_size == 4224
    assert resolve(config, 50_304, 4096).model.context == 4096  # exactly as long as the model takes


def test_a_warm_up_as_long_as_the_run_is_warned_of():
    assert warnings_of(load_config("tiny")) == []
    (text,) = warnings_of(load_config("tiny", ["train.steps=10"]))
    assert text.startswith("schedule.warmup is 10 steps and train.steps 10")
    assert "Set schedule.warmup to 1, for example" in text
    (text,) = warnings_of(load_config("tiny", ["train.steps=1000", "schedule.warmup=1001"]))
    assert "Set schedule.warmup to 20, for example" in text
