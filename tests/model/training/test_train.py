"""The loop: it learns, resumes to the bit, skips bad steps, stops on request, and says what a user did wrong."""

import dataclasses
import itertools
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from corpus.errors import UserError
from model.config import Config, load_config
from model.data.loader import Loader
from model.data.packed import PackedData
from model.training import trainer as trainer_module
from model.training.batching import micro_batches
from model.training.guard import Guard
from model.training.parallel import World
from model.training.progress import Summary
from model.training.shown.plan import memory_advice
from model.training.trainer import Trainer
from tests.model.packed_data import events, write_packed

CPU = World(0, 1, torch.device("cpu"))
SMALL = [
    "optimizer.name=adamw",
    "model.layers=1",
    "model.dim=32",
    "model.heads=2",
    "model.ffn_dim=64",
    "train.batch_tokens=512",
    "train.log_every=1",
]


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    return write_packed(tmp_path_factory.mktemp("data"))


def config(*overrides: str) -> Config:
    return load_config(
        "tiny", [*SMALL, "train.steps=20", "train.checkpoint_every=10", "train.validate_every=0", *overrides]
    )


def train(packed: Path, out: Path, chosen: Config, **options):
    trainer = Trainer(chosen, packed, out, CPU, **options)
    return trainer, trainer.run()


def state(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in trainer.tensors().items()}


def test_learns_more_than_frequencies(packed, tmp_path):
    trainer, summary = train(
        packed, tmp_path / "run", load_config("tiny", ["train.steps=30", "train.batch_tokens=1024"])
    )
    assert summary.loss < summary.unigram_entropy - 1
    assert summary.finished
    assert set(summary.validation) == {"ko-source", "en-source", "language/ko", "language/en"}
    assert (tmp_path / "run" / "checkpoints" / "step-000030" / "manifest.json").is_file()
    assert (tmp_path / "run" / "tokenizer" / "tokenizer.json").is_file()
    assert load_config(tmp_path / "run" / "config.toml") == trainer.config
    assert [line["step"] for line in events(tmp_path / "run", "train")] == [5, 10, 15, 20, 25, 30]


@pytest.mark.parametrize(
    "overrides",
    [[], ["train.micro_rows=2"], ["optimizer.name=muon"], ["data.mixture.ko=0.7", "data.mixture.en=0.3"]],
    ids=["adamw", "accumulation", "muon", "mixture"],
)
def test_resumed_run_is_the_same_run(packed, tmp_path, overrides):
    straight, _ = train(packed, tmp_path / "straight", config(*overrides))
    # The first half runs with the plan for 20 steps and is ended by SIGTERM at step 10, as a scheduler would.
    first = Trainer(config(*overrides), packed, tmp_path / "halves", CPU, observer=stop_at(10))
    assert not first.run().finished
    second, summary = train(packed, tmp_path / "halves", config(*overrides), resume=True)
    assert summary.finished
    assert summary.step == 20
    a, b = state(straight), state(second)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert straight.loader.state_dict() == second.loader.state_dict()
    losses = [[(e["step"], e["loss"]) for e in events(tmp_path / run, "train")] for run in ("straight", "halves")]
    assert losses[0] == losses[1]


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, also where the tests were started with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_saves_and_a_second_one_stops_at_once(packed, tmp_path):
    told: list[str] = []
    short = ("train.steps=5", "schedule.warmup=1")

    def interrupt(kind: str, now: int, values: dict) -> None:
        if kind == "warning":
            told.append(values["text"])
        if kind == "train" and now in (2, 6, 7):
            os.kill(os.getpid(), signal.SIGINT)

    once = Trainer(config(*short), packed, tmp_path / "once", CPU, observer=interrupt)
    summary = once.run()
    assert (summary.step, summary.finished, summary.interrupted) == (3, False, True)
    assert (tmp_path / "once" / "checkpoints" / "step-000003" / "manifest.json").is_file()
    assert told == ["The run stops after this step and saves a checkpoint; Ctrl-C again stops it at once."]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    again = Trainer(config(*short), packed, tmp_path / "once", CPU, resume=True).run()
    assert (again.step, again.finished, again.interrupted) == (5, True, False)

    def twice(kind: str, now: int, values: dict) -> None:
        if kind == "train":
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Trainer(config(*short), packed, tmp_path / "twice", CPU, observer=twice).run()
    assert not list((tmp_path / "twice" / "checkpoints").glob("step-*"))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def stop_at(step: int):
    def observer(kind: str, now: int, values: dict) -> None:
        if kind == "train" and now == step - 1:  # the flag is seen at the end of the next step
            os.kill(os.getpid(), signal.SIGTERM)

    return observer


def test_micro_batches_do_not_change_the_gradient(packed, tmp_path):
    losses = []
    for rows in (1, 8):
        _, summary = train(packed, tmp_path / str(rows), config(f"train.micro_rows={rows}", "train.steps=5"))
        losses.append(summary.loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_every_setting_of_a_step_reaches_what_it_is_of(packed, tmp_path, monkeypatch):
    """What each part of a step is given, by the batches that the model was given; and what the run says at its end."""
    seen: dict[str, list] = {}

    def spied(place: Any, name: str) -> None:
        real = getattr(place, name)

        def call(*given: Any) -> Any:
            answer = real(*given)
            seen.setdefault(name, []).append((*given, answer))
            return answer

        monkeypatch.setattr(place, name, call)

    for name in ("Checkpoints", "learning_rate", "clip_gradients", "unigram_entropy", "mark_finished"):
        spied(trainer_module, name)
    spied(Guard, "allows")
    chosen = config(
        "train.steps=3", "train.micro_rows=2", "train.keep_last=5", "train.keep_every=2", "train.spike_sigma=6.5",
        "train.loss_chunks=2", "train.z_loss=0.01", "optimizer.clip=0.7", "optimizer.lr=0.01", "schedule.warmup=2",
    )  # fmt: skip
    out = tmp_path / "run"
    trainer = Trainer(chosen, packed, out, CPU)
    spied(trainer.module, "forward")
    summary = trainer.run()
    assert (trainer.micro_rows, trainer.accumulate, trainer.rows, trainer.planned_tokens) == (2, 4, 8, 8 * 64 * 3)
    calls = seen.pop("forward")
    assert len(calls) == 3 * 4
    assert {given[4:6] for given in calls} == {(2, 0.01)}
    steps = [calls[begin : begin + 4] for begin in range(0, 12, 4)]
    targets = [sum(int((given[3] >= 0).sum()) for given in step) for step in steps]
    losses = [sum(float(given[-1][1]) for given in step) / count for step, count in zip(steps, targets, strict=True)]
    assert len(set(targets)) > 1
    assert seen["Checkpoints"] == [(out / "checkpoints", 5, 2, trainer.checkpoints)]
    fractions = [given[-1] for given in seen["learning_rate"]]
    assert seen["learning_rate"] == [(chosen.schedule, step, 3, fractions[step]) for step in range(3)]
    clipped = seen["clip_gradients"]
    assert all(given[0] is trainer.parameters and given[2] == 0.7 for given in clipped)
    assert [given[1] for given in clipped] == pytest.approx([512 / count for count in targets])
    norms = [given[-1] for given in clipped]
    allowed = [given[1:] for given in seen["allows"]]
    assert allowed == [(pytest.approx(loss), norm, 6.5, True) for loss, norm in zip(losses, norms, strict=True)]
    progress = trainer.progress
    assert (progress.step, progress.tokens, progress.norm) == (3, sum(targets), norms[-1])
    assert (progress.loss, progress.rate) == (pytest.approx(losses[-1]), fractions[-1] * 0.01)
    ((data, entropy),) = seen["unigram_entropy"]
    assert summary == Summary(3, progress.loss, entropy, True, 0, {}, 3, False)
    assert [given[:1] for given in seen["mark_finished"]] == [(out,)]
    (start,) = events(out, "start")
    assert (start["ranks"], start["unigram_entropy"], start["step"]) == (1, pytest.approx(entropy), 0)
    assert start["sources"] == [source.name for source in data.sources] == ["ko-source", "en-source"]
    assert "initial" not in start
    manifest = json.loads((out / "checkpoints" / "step-000003" / "state.json").read_text())
    assert manifest["progress"] == vars(progress)
    assert (manifest["ranks"], manifest["attention"], manifest["loader"]) == (
        1, trainer.attention, trainer.loader.state_dict(),
    )  # fmt: skip
    assert manifest["guard"] == vars(trainer.guard)


def test_micro_batch_sizes():
    assert micro_batches(4_194_304, 4096, 8, 1) == (8, 128)
    assert micro_batches(4_194_304, 4096, 8, 256) == (4, 1)
    assert micro_batches(4096, 4096, 8, 1) == (1, 1)
    assert micro_batches(100, 4096, 8, 1) == (1, 1)
    assert micro_batches(6 * 64, 64, 4, 1) == (3, 2)


def poison(trainer: Trainer, steps: set[int]) -> None:
    """Make the loss of these steps not a number."""
    forward = trainer.decoder.training_loss

    def poisoned(*args, **kwargs):
        loss, cross_entropy = forward(*args, **kwargs)
        factor = float("nan") if trainer.progress.step in steps else 1.0
        return loss * factor, cross_entropy * factor

    trainer.decoder.training_loss = poisoned  # type: ignore[method-assign]


def test_a_step_that_is_not_finite_is_skipped_and_counted(packed, tmp_path):
    trainer = Trainer(config("train.steps=6"), packed, tmp_path / "run", CPU)
    poison(trainer, {2, 4})
    summary = trainer.run()
    assert summary.skipped == 2
    assert summary.finished
    skips = events(tmp_path / "run", "skip")
    assert [(e["step"], e["loss"]) for e in skips] == [(2, None), (4, None)]
    # the rows named are those that the batch held
    data = PackedData(packed)
    third = list(itertools.islice(Loader(data, batch_size=8), 3))[2]
    sources = {source.name: source for source in data.sources}
    named = [name.split() for name in skips[0]["rows"].split(", ")]
    assert [sources[name].row(int(row))[0].tolist() for name, row in named] == third["input_ids"].tolist()
    assert all(torch.isfinite(p).all() for p in trainer.parameters)


def test_many_in_a_row_stop_the_run(packed, tmp_path):
    trainer = Trainer(config("train.max_skipped=3"), packed, tmp_path / "run", CPU)
    poison(trainer, set(range(5, 20)))
    with pytest.raises(UserError, match=r"3 steps in a row .* batch: (ko|en)-source \d+, "):
        trainer.run()


def test_spikes_are_skipped_on_request():
    guard = Guard(taken=200, mean=3.0, variance=0.01)
    assert guard.allows(3.55, 1.0, 6.0)
    assert guard.mean == pytest.approx(3.0055)
    guard = Guard(taken=200, mean=3.0, variance=0.01)
    assert not guard.allows(3.7, 1.0, 6.0)
    assert (guard.skipped, guard.mean) == (1, 3.0)
    assert guard.allows(3.7, 1.0)  # not asked for
    assert Guard(taken=50, mean=3.0, variance=0.01).allows(9.0, 1.0, 6.0)  # too early to know


def test_running_mean_and_deviation():
    guard, losses = Guard(), torch.randn(100, generator=torch.Generator().manual_seed(0)).add(5).tolist()
    for loss in losses:
        guard.allows(loss, 1.0)
    assert guard.mean == pytest.approx(sum(losses) / 100)
    assert guard.variance == pytest.approx(float(torch.tensor(losses).var(unbiased=False)))


def test_memory_that_runs_out_gives_advice(packed, tmp_path):
    trainer = Trainer(config(), packed, tmp_path / "run", CPU)
    trainer.decoder.training_loss = lambda *args, **kwargs: torch.empty(1 << 58)  # type: ignore[method-assign]
    with (
        pytest.raises(UserError, match=r"--set train.micro_rows=2 .* --set train.activation_checkpointing=true"),
        memory_advice(trainer.config),
    ):
        trainer.run()


def test_the_error_that_a_gpu_raises_gives_the_same_advice():
    with (
        pytest.raises(UserError, match=r"micro_rows=4 \(now as many as seemed to fit; .*Tried to allocate"),
        memory_advice(load_config("mini")),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def test_a_finished_run_is_not_overwritten(packed, tmp_path):
    train(packed, tmp_path / "run", config("train.steps=2"))
    with pytest.raises(UserError, match="--resume"):
        Trainer(config(), packed, tmp_path / "run", CPU)
    other = dataclasses.replace(config(), model=dataclasses.replace(config().model, dim=64))
    with pytest.raises(UserError, match=r"model.dim was 32 and is 64"):
        Trainer(other, packed, tmp_path / "run", CPU, resume=True)


def test_a_wrong_tokenizer_is_refused(packed, tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(UserError, match="did not make the data"):
        Trainer(config(), packed, tmp_path / "run", CPU, tokenizer=tmp_path)
