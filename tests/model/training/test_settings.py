"""What a run is told reaches what it is of: each setting of the configuration, each figure of an event, whole."""

import itertools
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from model.config import load_config
from model.data.packed import PackedData
from model.network.attention import Causal
from model.network.loss import IGNORED
from model.training import build, trainer
from model.training.actions import log
from model.training.parallel import World
from model.training.schedule import learning_rate
from model.training.shown.machine import describe_machine
from model.training.shown.plan import most_rows, rows_that_fit, state_bytes
from model.training.trainer import Trainer
from model.training.validation import unigram_entropy
from tests.helpers.corpora import write_rows
from tests.model.packed_data import events
from tests.model.training.test_train import CPU, SMALL, config, packed  # noqa: F401  # a fixture


def test_each_setting_of_the_loop_reaches_its_function(packed, tmp_path, monkeypatch):  # noqa: F811
    """Six steps, of which every other one is a checkpoint; the run is stopped after the fifth and saved."""
    chosen = config(
        "train.steps=6", "train.checkpoint_every=2", "train.keep_last=2", "train.keep_every=4", "train.loss_chunks=3",
        "train.z_loss=0.25", "train.spike_sigma=7", "train.attention=causal", "train.precision=bf16",
        "schedule.warmup=4", "optimizer.lr=0.5", "train.batch_tokens=1024", "train.micro_rows=4",
    )  # fmt: skip
    seen: dict[str, list[Any]] = {"loss": [], "rates": [], "allowed": [], "kept": []}
    checkpoints, rate = trainer.Checkpoints, trainer.learning_rate

    def kept(*given):
        seen["kept"].append(given[1:])
        return checkpoints(*given)

    def asked(*given):
        seen["rates"].append(given)
        return rate(*given)

    monkeypatch.setattr(trainer, "Checkpoints", kept)
    monkeypatch.setattr(trainer, "learning_rate", asked)
    run = Trainer(
        chosen, packed, tmp_path / "run", CPU, actions=[(1, lambda t: t.stop() if t.progress.step == 4 else None)]
    )
    assert (run.dtype, run.decoder.compute_dtype) == (torch.bfloat16, torch.bfloat16)
    assert (run.rows, run.micro_rows, run.accumulate, run.planned_tokens) == (16, 4, 4, 6 * 1024)
    loss, allows = run.decoder.training_loss, trainer.Guard.allows

    def noted(ids, positions, mask, targets, *rest):
        seen["loss"].append((positions.tolist(), type(mask), *rest))
        return loss(ids, positions, mask, targets, *rest)

    def allowed(guard, *given):
        seen["allowed"].append(given)
        return allows(guard, *given)

    run.decoder.training_loss = noted  # type: ignore[method-assign]
    monkeypatch.setattr(trainer.Guard, "allows", allowed)
    summary = run.run()
    # "causal": positions go on through the row, as the mask does
    assert seen["loss"] == [([list(range(64))] * 4, Causal, 3, 0.25)] * (5 * 4)
    assert seen["kept"] == [(2, 4)]
    assert seen["rates"] == [(chosen.schedule, step, 6) for step in range(5)]
    told = events(tmp_path / "run", "train")
    assert [given[2] for given in seen["allowed"]] == [7.0] * 5
    assert [given[:2] for given in seen["allowed"]] == [(each["loss"], each["grad_norm"]) for each in told]
    assert [each["lr"] for each in told] == [0.5 * learning_rate(chosen.schedule, step, 6) for step in range(5)]
    assert told[0]["lr"] == 0.125
    taken = itertools.islice(build.build_loader(chosen, packed, CPU, 4, 1, print), 20)
    assert told[-1]["tokens"] == sum(int((batch["targets"] != IGNORED).sum()) for batch in taken)
    assert (summary.step, summary.taken, summary.finished) == (5, 5, False)
    steps = sorted(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert steps == ["step-000004", "step-000005"]  # the last one was saved though no interval was over
    monkeypatch.undo()
    observed: list[Any] = []
    again = Trainer(
        chosen, packed, tmp_path / "run", World(0, 1, CPU.device), resume=True,
        observer=lambda *event: observed.append(event),
    )  # fmt: skip
    again.guard.skipped = 3
    assert ("resume", 5, {"checkpoint": str(tmp_path / "run/checkpoints/step-000005"), "ranks": 1}) in observed
    assert again.run().skipped == 3
    finished = Trainer(chosen, packed, tmp_path / "run", CPU, resume=True)
    assert (finished.run().skipped, finished.guard.skipped) == (3, 3)


def test_the_first_event_says_what_a_run_begins_with(packed, tmp_path, monkeypatch):  # noqa: F811
    begun = [{"CC0-1.0": 3}, {"CC-BY-4.0": 5, "CC0-1.0": 1}]
    prepare = trainer.build_loader

    def licensed(*given):
        loader = prepare(*given)
        for source, licenses in zip(loader.data.sources, begun, strict=True):
            source.licenses = licenses
        return loader

    monkeypatch.setattr(trainer, "build_loader", licensed)
    made = Trainer(config(), packed, tmp_path / "run", CPU)
    made.close()
    data = made.loader.data
    total = sum(source.tokens for source in data.sources)
    assert made.start.pop("machine")["attention"] == made.attention == "documents"
    assert len(made.start.pop("began")) == len("2026-01-01 00:00")
    assert made.start == {
        "unigram_entropy": unigram_entropy(data), "ranks": 1, "sources": ["ko-source", "en-source"],
        "licenses": {"CC0-1.0": 1, "CC-BY-4.0": 1},
        "data": [
            {"source": source.name, "language": source.name[:2], "share": pytest.approx(source.tokens / total),
             "tokens": source.tokens, "epochs": pytest.approx(20 * 512 / total)}
            for source in data.sources
        ],
    }  # fmt: skip


def test_what_a_run_is_built_of_is_told_by_its_configuration(packed, monkeypatch):  # noqa: F811
    given: dict[str, Any] = {}
    monkeypatch.setattr(build, "Loader", lambda data, **how: given.update(how, data=data.root))
    monkeypatch.setattr(
        PackedData, "rehydration", lambda self, table: {int(key): copies for key, copies in table.items()}
    )
    told: list[str] = []
    chosen = config("data.seed=9", "train.seed=5", "data.rehydrate.2=3")
    build.build_loader(chosen, packed, World(1, 3, CPU.device), 7, 10_000, told.append)
    assert given == {
        "data": packed, "batch_size": 7, "rank": 1, "world_size": 3, "seed": 9, "mixture": None,
        "rehydrate": {2: 3}, "asked": None,
    }  # fmt: skip
    assert told == []
    for setting, asked in (("mixture", {"ko": 1.0}), ("max_epochs", {"ko": 2.0})):
        build.build_loader(config(f"data.{setting}.ko={asked['ko']}"), packed, CPU, 1, 10**5, told.append)
        assert given["asked"] == {"mixture": {}, "max_epochs": {}} | {setting: asked}
        assert [share.source for share in given["mixture"]] == ["ko-source", "en-source"][: 1 + (setting != "mixture")]
    (text,) = told  # Korean alone is read more than four times
    assert text.startswith("Training will see ko-source 4.3 times")


@pytest.mark.parametrize("initial", [False, True])
def test_a_decoder_is_built_as_the_configuration_says(monkeypatch, initial):
    made: list[Any] = []
    decoder = build.Decoder
    monkeypatch.setattr(build, "Decoder", lambda *given, **how: made.append(how) or decoder(*given, **how))
    monkeypatch.setattr(build, "accelerate", lambda model, *given: made.append(given))
    deterministic: list[bool] = []
    monkeypatch.setattr(torch, "use_deterministic_algorithms", deterministic.append)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what is set there stays
    from model.config import resolve

    plain = ["train.seed=4", "train.compile=off"]
    every = ["train.activation_checkpointing=true", "train.compile=on", "train.deterministic=true", "train.seed=4"]
    for settings, asked in ((plain, False), (every, True)):
        chosen = resolve(load_config("tiny", [*SMALL, *settings]), 384, 64)
        given: Any = SimpleNamespace(decoder=decoder(chosen.model)) if initial else None
        model = build.build_decoder(chosen, CPU.device, torch.float32, given)
        assert made == [{"checkpointing": asked, "compiled": asked}, (chosen.train, CPU.device)]
        assert deterministic == [True] * asked
        assert model.training
        if given:  # and what is drawn later does not depend on how many weights were drawn before
            assert all(torch.equal(a, b) for a, b in zip(model.parameters(), given.decoder.parameters(), strict=True))
            drawn = torch.rand(3)
            torch.manual_seed(4)
            assert torch.equal(drawn, torch.rand(3))
        made.clear()


def test_a_measured_kind_of_attention_is_kept_where_it_runs(monkeypatch):
    batches = iter([{"positions": "of the first batch"}])
    monkeypatch.setattr(build, "Loader", lambda data, **how: batches)
    measured = SimpleNamespace(kind="sdpa", notes=["one", "two"])
    asked: list[Any] = []
    monkeypatch.setattr(build, "fastest", lambda *given: asked.append(given) or measured)
    loader: Any = SimpleNamespace(data=None, batch_size=4)
    chosen, told = config("train.attention=fastest"), list[str]()

    def kind(before: str | None, settings: Any = chosen) -> str:
        return build.choose_attention(settings, loader, CPU.device, torch.float32, before, told.append)

    assert kind("sdpa", config("train.attention=auto")) == "documents"
    assert kind("sdpa") == "sdpa"
    assert asked == told == []
    assert kind("varlen") == "sdpa"  # it was another machine's
    assert asked == [("of the first batch", chosen.model, CPU.device, torch.float32)]
    assert told == ["one", "two"]


def test_the_machine_of_a_run_by_its_label(monkeypatch):
    monkeypatch.setattr("platform.machine", lambda: "riscv")
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("model.training.shown.machine.release", lambda: "9.9")
    chosen = config("train.parallel=fsdp", "train.precision=bf16", "train.fp8=true", "train.compile=off")
    found = describe_machine(World(0, 2, CPU.device), chosen, "sdpa")
    threads = torch.get_num_threads()
    assert found["device"] == f"2 × CPU, riscv, {threads} of 64 threads, fsdp"
    assert found["precision"] == "bf16, matrix products in fp8"
    assert (found["attention"], found["blocks compiled"]) == ("sdpa", "no")
    assert found["Hanji, torch, Python"].startswith(f"9.9, {torch.__version__}, 3.")
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA X")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(total_memory=80.4e9))
    found = describe_machine(World(0, 1, torch.device("cuda")), config("train.precision=fp32"), "flex")
    assert (found["device"], found["precision"], found["blocks compiled"]) == ("1 × NVIDIA X, 80 GB", "fp32", "yes")


@pytest.mark.parametrize(("how", "shards"), [("ddp", 1), ("fsdp", 4)])
def test_as_many_rows_fit_as_the_state_leaves_room_for(monkeypatch, how, shards):
    from model.config import resolve

    chosen = resolve(load_config("350m", [f"train.parallel={how}"]), 50_304, 2048)
    state, world = state_bytes(chosen) // shards, World(0, 4, torch.device("cuda"))
    asked: list[float] = []
    monkeypatch.setattr(
        "model.training.shown.plan.most_rows", lambda *given: asked.append(given[2]) or most_rows(*given)
    )
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (state + 12_345, 0))
    assert rows_that_fit(chosen, 2048, world) == 1
    assert asked == [12_345]
    assert rows_that_fit(chosen, 2048, CPU) == 8


def test_the_entropy_of_frequencies_is_of_the_first_rows_of_each_source(tmp_path):
    """Two rows of each source: a and b have a token each, and the third row of either has others."""
    sources = {name: [[[[number] * 4]] * 2 + [[[9, 8, 7, 6]]]] for number, name in enumerate("ab", 1)}
    data = PackedData(write_rows(tmp_path, {"train": sources}, 4, pad_id=0, vocab_size=10))
    assert unigram_entropy(data, 2) == pytest.approx(torch.log(torch.tensor(2.0)).item())
    assert unigram_entropy(data, 3) == unigram_entropy(data) > 1


def test_the_time_of_steps_is_divided_into_work_and_waiting(monkeypatch):
    told: list[Any] = []
    monkeypatch.setattr("model.training.actions.figures", lambda trainer: "figures")
    running = SimpleNamespace(
        watch=SimpleNamespace(seconds=5.0, waited=2.0), spent={"steps": 1.0}, event=lambda *event: told.append(event)
    )
    log(running)
    assert (running.spent, told) == ({"steps": 4.0, "data": 2.0}, [("train", "figures")])
    assert (running.watch.seconds, running.watch.waited, running.watch.steps) == (0.0, 0.0, 0)
