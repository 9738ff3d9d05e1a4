"""Actions between the steps, the division of a step among devices, and shares that a longer run keeps."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Annotated, Any

import pytest
import torch
from pydantic import Field
from pydantic.dataclasses import dataclass

from corpus.errors import UserError
from model.config import load_config, parse_config, resolve
from model.network.decoder import Decoder
from model.optimizers import OPTIMIZERS, Entry, Settings
from model.optimizers.orthogonal import orthogonal, zero_power
from model.training.actions import SAMPLE_PROMPTS, figures, log, sample, save
from model.training.batching import batch_note, global_rows, micro_batches
from model.training.guard import Guard
from model.training.parallel import World
from model.training.progress import Progress
from model.training.shown.flops import utilisation
from model.training.shown.plan import most_rows, state_bytes
from model.training.trainer import Trainer
from tests.model.packed_data import events
from tests.model.training.test_train import CPU, SMALL, config, packed, train  # noqa: F401  # a fixture


def test_an_action_is_called_like_the_built_in_ones_and_may_stop_the_run(packed, tmp_path):  # noqa: F811
    seen: list[int] = []

    def look(trainer: Trainer) -> None:
        seen.append(trainer.progress.step)
        trainer.event("note", {"text": "봄"})
        if trainer.progress.step == 6:
            trainer.stop()

    trainer, summary = train(packed, tmp_path / "run", config(), actions=[(3, look), (0, lambda _: seen.append(-1))])
    assert seen == [3, 6]
    assert (summary.step, summary.finished) == (7, False)  # the step under way is finished
    assert [event["step"] for event in events(tmp_path / "run", "note")] == [3, 6]
    assert (tmp_path / "run" / "checkpoints" / "step-000007" / "manifest.json").is_file()
    assert [event["step"] for event in events(tmp_path / "run", "train")] == list(range(1, 8))
    _, summary = train(packed, tmp_path / "run", config("train.steps=8"), resume=True, actions=[(100, look)])
    assert seen == [3, 6, 8]  # after the last step, too
    assert "seconds/look" in events(tmp_path / "run", "train")[-1] or trainer.spent["look"] > 0


def test_the_step_is_the_same_on_any_number_of_devices_or_refused():
    for tokens, length, rows in [(4_194_304, 4096, 8), (4_000_000, 4096, 8), (524_288, 2048, 8), (6 * 64, 64, 4)]:
        whole = global_rows(tokens, length, rows)
        for ranks in (1, 2, 3, 4, 5, 8, 12, 24, 256):
            try:
                micro, accumulate = micro_batches(tokens, length, rows, ranks)
            except UserError as error:
                assert whole % ranks or rows > 1
                fitting = int(re.findall(r"([\d,]+) \(", str(error))[-1].replace(",", ""))
                assert micro_batches(fitting, length, rows, ranks)[0] == rows
                continue
            assert micro * accumulate * ranks == whole
            assert micro * 2 > rows or accumulate == 1
    assert micro_batches(4_000_000, 4096, 8, 1) == (8, 122)  # 977 rows have no divisor up to 8
    assert [global_rows(rows * 64, 64, 8) for rows in (44, 45, 7, 8)] == [48, 45, 7, 8]  # 4 and 5 are the largest
    assert batch_note(4_000_000, 4096, 976).startswith("A step takes 3,997,696 tokens (976 rows), not 4,000,000")
    assert batch_note(4_194_304, 4096, 1024) == ""
    with pytest.raises(UserError, match=r"1,024 rows of 4,096 tokens, which 3 devices .* 4,128,768 \(1,008 rows\) or"):
        micro_batches(4_194_304, 4096, 8, 3)
    with pytest.raises(
        UserError, match=r"Set train.batch_tokens to 1,024 \(16 rows\) or 2,048 \(32 rows\)|to 1,024 \(16 rows\),"
    ):
        micro_batches(3 * 64, 64, 8, 2)  # fewer rows than one micro-batch of each


def test_a_longer_run_keeps_the_shares_that_a_cap_gave(packed, tmp_path):  # noqa: F811
    capped = ["data.max_epochs.ko=0.05", "train.checkpoint_every=5"]
    train(packed, tmp_path / "run", config(*capped, "train.steps=5"))
    before = json.loads((tmp_path / "run/checkpoints/step-000005/state.json").read_text())["loader"]
    told: list[str] = []
    trainer, summary = train(
        packed,
        tmp_path / "run",
        config(*capped, "train.steps=10"),
        resume=True,
        observer=lambda kind, step, values: told.append(values.get("text", "")),
    )
    assert summary.finished
    assert trainer.loader.shares == before["shares"]
    assert any("ko-source" in text and "data.max_epochs 0.05" in text for text in told)
    with pytest.raises(UserError, match=r"max_epochs.*0\.05.*0\.07"):
        Trainer(config("data.max_epochs.ko=0.07", "train.steps=20"), packed, tmp_path / "run", CPU, resume=True)


def test_rows_are_as_many_as_memory_holds():
    chosen = parse_config({"model": {"layers": 2, "heads": 2, "dim": 64, "ffn_dim": 128, "vocab_size": 512, "context": 64}, "train": {"steps": 1}}, "x")  # fmt: skip # noqa: E501
    rows = [most_rows(chosen, 64, room) for room in (0, 1e6, 1e7, 1e12)]
    assert rows == sorted(rows)
    assert (rows[0], rows[-1]) == (1, 64)


@dataclass(frozen=True, config={"extra": "forbid"})
class SignSettings(Settings):
    """A made-up optimizer: the sign of the gradient."""

    name: str = "sign"
    damp: Annotated[float, Field(strict=True, ge=0)] = 0.0


class Sign(torch.optim.Optimizer):
    def __init__(self, parameters: Any, lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.add_(parameter.grad.sign(), alpha=-group["lr"])


def test_an_optimizer_is_one_entry_in_the_table(packed, tmp_path, monkeypatch):  # noqa: F811
    """Settings in the configuration, their errors, the plan's memory and training follow from it."""
    entry = Entry(
        SignSettings, lambda named, stacked, given: [Sign([p for _, p in named], given.lr)], lambda name, n: 0
    )
    monkeypatch.setitem(OPTIMIZERS, "sign", entry)
    chosen = config("optimizer.name=sign", "optimizer.lr=1e-3", "optimizer.damp=0.5", "train.steps=3")
    assert (type(chosen.optimizer), chosen.optimizer.damp) == (SignSettings, 0.5)
    with pytest.raises(UserError, match=r"unknown key optimizer.beta1"):
        config("optimizer.name=sign", "optimizer.beta1=0.5")
    trainer, summary = train(packed, tmp_path / "run", chosen)
    assert summary.finished
    assert not any(name.startswith("optimizer.") for name in trainer.tensors())
    plain = config("train.steps=3")
    shape = trainer.config.model
    count = sum(p.numel() for p in Decoder(shape).parameters())
    assert state_bytes(replace(chosen, model=shape)) == 8 * count
    assert state_bytes(replace(plain, model=shape)) == 16 * count


def test_matrices_of_one_shape_are_orthogonalised_together():
    torch.manual_seed(0)
    matrices = [torch.randn(shape) for shape in [(6, 4), (4, 6), (6, 4), (5, 5)]]
    for matrix, found in zip(matrices, orthogonal(matrices), strict=True):
        assert torch.allclose(found, zero_power(matrix), atol=1e-6)


def test_the_figures_of_some_steps_by_hand():
    """Four steps of 16 rows of 64 tokens in two seconds, a quarter of which was waited; 60 steps are left."""
    chosen = resolve(load_config("tiny", ["train.steps=100"]), 384, 64)
    trainer = SimpleNamespace(
        watch=SimpleNamespace(steps=4, seconds=2.0, waited=0.5), config=chosen, world=World(1, 2, CPU.device),
        progress=Progress(step=40, tokens=999, loss=1.5, rate=0.25, norm=0.75), guard=Guard(skipped=3),
        rows=16, micro_rows=2, seq_len=64, peak=1e12, compile_seconds=7.0, spent={"save": 1.25},
    )  # fmt: skip
    found = figures(trainer)
    device = utilisation(chosen.model, 64, 4 * 16 * 64 / 2.0 / 2, 1e12)  # of one of two
    assert device
    assert found == device | {
        "loss": 1.5, "lr": 0.25, "grad_norm": 0.75, "tokens": 999, "tokens_per_second": 4 * 16 * 64 / 2.0,
        "stall": 0.25, "skipped": 3, "seconds_left": 60 * 2.0 / 4, "compile_seconds": 7.0, "seconds/save": 1.25,
    }  # fmt: skip
    trainer.watch.steps = 0  # right after a checkpoint: no speed
    assert figures(trainer).keys() == {
        "loss", "lr", "grad_norm", "tokens", "skipped", "compile_seconds", "seconds/save"
    }  # fmt: skip


def test_what_is_logged_is_of_the_steps_since_the_last_time_and_what_was_spent_of_all(monkeypatch):
    """Waiting is told apart from the steps; a clock that was set back takes nothing away."""
    told: list[Any] = []
    trainer = SimpleNamespace(spent={"steps": 10.0, "save": 1.0}, event=lambda *event: told.append(event))
    monkeypatch.setattr("model.training.actions.figures", lambda trainer: dict(trainer.spent))
    for seconds, waited in ((4.0, 1.5), (1.0, 3.0)):
        trainer.watch = before = SimpleNamespace(seconds=seconds, waited=waited)
        log(trainer)
        assert trainer.watch is not before
        assert trainer.watch.steps == 0
    assert told == [
        ("train", {"steps": 12.5, "save": 1.0, "data": 1.5}), ("train", {"steps": 12.5, "save": 1.0, "data": 4.5}),
    ]  # fmt: skip


def test_the_report_is_written_once_by_the_rank_that_has_the_log(monkeypatch):
    done: list[Any] = []
    monkeypatch.setattr("model.training.actions.write_report", lambda out: done.append(out))
    for kept in ("log", None):
        save(SimpleNamespace(save=lambda: done.append("saved"), log=kept, out="run"))
    assert done == ["saved", "run", "saved"]


def test_samples_are_drawn_with_the_seed_of_the_run(monkeypatch):
    found = []

    def generated(decoder, tokenizer, prompts, sampling):
        found.append(sampling)
        return [f"after {prompt}" for prompt in prompts]

    monkeypatch.setattr("model.training.actions.generate_batch", generated)
    told: list[Any] = []
    for seed in (0, 7):
        chosen = load_config("tiny", [f"train.seed={seed}"])
        sample(SimpleNamespace(config=chosen, decoder=None, tokenizer=None, event=lambda *event: told.append(event)))
    assert [(sampling.seed, sampling.tokens) for sampling in found] == [(0, 48), (7, 48)]
    assert told == [("sample", {"prompt": prompt, "text": f"after {prompt}"}) for prompt in SAMPLE_PROMPTS] * 2
