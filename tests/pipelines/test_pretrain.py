"""`pretrain --overwrite`: the old run is there until the new one can begin."""

import contextlib
import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from rich.console import Console

from corpus.errors import UserError
from model.runs.required import REPLACED
from model.runs.run_directory import RUN, RUN_FILES, set_aside
from model.training.progress import Summary
from pipelines.pretrain import _plan, main, train_whole
from tests.model.small_corpus import write_packed
from tests.model.training.test_train import packed  # noqa: F401  # a fixture

SMALL = [
    "model.layers=1", "model.dim=32", "model.heads=2", "train.batch_tokens=256", "train.validate_every=0",
    "train.log_every=1", "schedule.warmup=1",
]  # fmt: skip


def pretrain(data: Path, out: Path, steps: int, **how: bool) -> dict:
    found = main(config="tiny", data=data, out=out, settings=[*SMALL, f"train.steps={steps}"], device="cpu", **how)
    assert found is not None
    return found


def contents(run: Path) -> dict[str, bytes]:
    files = (path for path in run.rglob("*") if path.is_file() and path.name not in (".lock", ".hanji.lock"))
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in files}


def test_a_run_is_replaced_when_the_new_one_can_begin(
    packed: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = tmp_path / "run"
    assert pretrain(packed, run, 2)["finished"]
    before = contents(run)
    with pytest.raises(UserError, match="--overwrite"):
        pretrain(packed, run, 3)
    with pytest.raises(UserError, match=r"packing\.json"):
        main(config="tiny", data=tmp_path / "typo", out=run, device="cpu", overwrite=True)
    assert contents(run) == before
    with monkeypatch.context() as patch:  # the last of the checks, after the first files are written
        patch.setattr("model.training.trainer.unigram_entropy", lambda *_: (_ for _ in ()).throw(UserError("damaged")))
        with pytest.raises(UserError, match="damaged"):
            pretrain(packed, run, 3, overwrite=True)
    assert contents(run) == before
    set_aside(run)  # killed while the new one was prepared
    (run / "config.toml").write_text("of the new one")
    assert pretrain(packed, run, 2)["done_before"]
    assert contents(run) == before
    found = pretrain(packed, run, 3, overwrite=True)
    assert (found["step"], found["finished"]) == (3, True)
    assert sorted(path.name for path in (run / "checkpoints").iterdir()) == ["step-000003"]
    assert not (run / REPLACED).parent.exists()
    assert pretrain(packed, run, 3)["done_before"]
    assert "done_before" not in pretrain(packed, run, 3, resume=True)  # to go on is to look whether steps are left


def test_a_kill_while_the_old_run_is_removed_leaves_the_new_one_to_begin(
    packed: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = tmp_path / "run"
    pretrain(packed, run, 2)
    with monkeypatch.context() as patch:
        patch.setattr("model.runs.run_directory.remove", lambda path: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            pretrain(packed, run, 3, overwrite=True)
    assert pretrain(packed, run, 3, overwrite=True)["step"] == 3
    assert not (run / REPLACED).parent.exists()


@pytest.mark.parametrize(("finished", "taken"), [(True, 7), (False, 5), (True, 0), (False, 0)])
def test_the_closing_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished: bool, taken: int) -> None:
    """Bits per byte of the sources, not the languages'; what a stopped and what a finished run is told."""
    bits = {"web": 1.25, "wiki": 0.75, "language/ko": 9.0}
    summary = Summary(7, 2.5, 6.125, finished, 0, bits, taken)
    monkeypatch.setattr(
        "model.training.trainer.Trainer", lambda *_, **__: SimpleNamespace(run=lambda: summary, close=lambda: None)
    )
    marked: list[Any] = []
    monkeypatch.setattr("corpus.engine.output.Output.finish", lambda _, files: marked.append(files))
    shown = io.StringIO()
    monkeypatch.setattr("pipelines.pretrain.console", Console(file=shown, width=300))
    found = pretrain(write_packed(tmp_path / "data", {"web": [[[1, 2, 3]]]}, 8), tmp_path / "run", 7)
    assert found == {
        "out": str(tmp_path / "run"), "step": 7, "loss": 2.5, "finished": finished, "unigram_entropy": 6.125,
        "validation": bits,
    }  # fmt: skip
    told = shown.getvalue()
    line = "Step 7: loss 2.500 nats a token, unigram entropy 6.125; bits per byte web 1.250, wiki 0.750. Look at"
    nothing = finished and not taken
    assert (f"{line} {tmp_path}" in told) == (not nothing)
    assert ("has taken all 7 steps already; nothing was done" in told) == nothing
    assert marked == [RUN_FILES] * finished
    assert ("Stopped on request and saved" in told) == (not finished)


def test_a_run_that_was_interrupted_says_that_it_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = Summary(7, 2.5, 6.125, finished=False, skipped=0, validation={}, taken=3, interrupted=True)
    monkeypatch.setattr(
        "model.training.trainer.Trainer", lambda *_, **__: SimpleNamespace(run=lambda: summary, close=lambda: None)
    )
    data = write_packed(tmp_path / "data", {"web": [[[1, 2, 3]]]}, 8)
    with pytest.raises(KeyboardInterrupt, match="step 7, which is saved; continue with --resume"):
        pretrain(data, tmp_path / "run", 9)


def test_a_plan_is_for_all_ranks_and_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from model.config import load_config

    planned: list[Any] = []

    def make_plan(config: Any, length: int, ranks: int, memory: float | None) -> None:
        planned.append((config.model.vocab_size, length, ranks, memory))
        raise UserError("seen")

    monkeypatch.setattr("model.training.shown.plan.make_plan", make_plan)
    here: Any = SimpleNamespace(size=6, rank=0, device=torch.device("cpu"))
    data = write_packed(tmp_path / "packed", {"web": [[[1, 2, 3]]]}, 8)
    vocabulary = json.loads((data / "packing.json").read_text())["vocab_size"]
    for folder in (data, tmp_path / "none"):
        with pytest.raises(UserError, match="seen"):
            _plan(load_config("tiny"), folder, here)
    with pytest.raises(UserError, match="seen"):
        _plan(load_config("1.3b"), tmp_path / "none", here)
    rows = (50_304, 4096, 6, None)
    assert planned == [(-(-vocabulary // 128) * 128, 8, 6, None), rows, rows]


def test_a_plan_tells_the_mixture_of_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from model.config import load_config

    asked: list[Any] = []
    monkeypatch.setattr("model.data.mixture.mixture_shares", lambda *of: asked.append(of) or [])
    monkeypatch.setattr("model.training.shown.plan.measured_rate", lambda: 1e9)
    here: Any = SimpleNamespace(size=1, rank=0, device=torch.device("cpu"))
    data = write_packed(tmp_path / "packed", {"web": [[[1, 2, 3]]]}, 8)
    config = load_config("tiny", ["data.mixture.ko=2", "data.max_epochs.web=3", "train.batch_tokens=64"])
    _plan(config, data, here)
    ((sources, mixture, caps, tokens, _),) = asked
    assert [source.name for source in sources] == ["web"]
    assert (mixture, caps, tokens) == ({"ko": 2.0}, {"web": 3.0}, 64 * config.train.steps)
    _plan(load_config("tiny", ["model.vocab_size=1024", "model.context=32"]), tmp_path / "none", here)
    assert len(asked) == 1  # no sources, no mixture


@pytest.mark.parametrize("finished", [True, False])
def test_a_chain_makes_nothing_of_half_a_training(finished: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """`pretrain` by itself ends well after SIGTERM (a queue takes its machine); a command that goes on stops."""
    given: list[dict[str, Any]] = []

    def train(**options: Any) -> dict[str, Any]:
        given.append(options)
        return {"finished": finished}

    monkeypatch.setattr("pipelines.pretrain.main", train)
    with contextlib.nullcontext() if finished else pytest.raises(KeyboardInterrupt):
        train_whole(config="tiny", resume_auto=True)
    assert given == [{"config": "tiny", "resume_auto": True}]


@pytest.mark.parametrize("rank", [0, 1])
def test_one_rank_alone_claims_the_folder_and_tells_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rank: int
) -> None:
    """The others train with it and say nothing; all wait where a run is replaced."""
    claimed: list[Any] = []
    waited: list[Any] = []
    given: dict[str, Any] = {}
    here = SimpleNamespace(rank=rank, size=2, device=torch.device("cpu"), sum=waited.append)
    monkeypatch.setattr("model.training.parallel.world", lambda device: contextlib.nullcontext(here))
    folder = SimpleNamespace(
        done=False, before=None, settings={}, reserve=lambda files: claimed.append(("reserve", files)),
        finish=lambda files: claimed.append(("finish", files)),
    )  # fmt: skip

    def claim(out: Path, maker: Any, identity: Any, overwrite: bool) -> Any:
        claimed.append((out, maker, identity["packed"] != "", overwrite))
        return contextlib.nullcontext(folder)

    monkeypatch.setattr("corpus.engine.output.claim", claim)
    summary = Summary(7, 2.5, 6.125, True, 0, {"web": 1.5}, 7)

    def train(*_: Any, **how: Any) -> Any:
        given.update(how)
        return SimpleNamespace(run=lambda: summary)

    monkeypatch.setattr("model.training.trainer.Trainer", train)
    shown = io.StringIO()
    monkeypatch.setattr("pipelines.pretrain.console", Console(file=shown, width=300))
    data, out = write_packed(tmp_path / "data", {"web": [[[1, 2, 3]]]}, 8), tmp_path / "run"
    for overwrite in (False, True):
        found = main(
            data=data, out=out, settings=["train.steps=7"], track="trackio" if rank else "", overwrite=overwrite
        )
        assert found is not None
        assert (found["step"], found["finished"], found["validation"]) == (7, True, {"web": 1.5})
    alone = [(out, RUN, True, True), ("reserve", RUN_FILES), ("finish", RUN_FILES)]
    assert claimed == (alone * 2 if rank == 0 else [])
    assert waited == [[0.0]]
    assert ("Step 7: loss 2.500" in shown.getvalue()) == (rank == 0)
    assert given["resume"] is False


def test_a_chain_that_was_interrupted_goes_on_without_resume(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(**_: Any) -> None:
        raise KeyboardInterrupt("continue with --resume")

    monkeypatch.setattr("pipelines.pretrain.main", train)
    with pytest.raises(KeyboardInterrupt) as ended:
        train_whole(config="tiny")
    assert not str(ended.value)
