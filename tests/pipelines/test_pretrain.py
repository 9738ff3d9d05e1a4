"""`pretrain --overwrite`: the old run is there until the new one can begin."""

from pathlib import Path

import pytest

from corpus.errors import UserError
from model.runs.run_directory import REPLACED, set_aside
from pipelines.pretrain import main
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
