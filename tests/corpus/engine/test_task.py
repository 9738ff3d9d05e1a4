"""Tasks happen or do not, and are skipped only when nothing changed."""

import json
import os
from pathlib import Path

import pytest

from corpus.engine.task import MANIFEST, atomic_write, finished, run_task, sweep


def _run(folder: Path, source: Path, calls: list[int], settings: object = "a", version: int = 1):
    def function(out: Path) -> dict[str, int]:
        calls.append(1)
        (out / "result").write_text(source.read_text().upper())
        return {"documents": 3}

    return run_task(folder, function, inputs=[source], settings=settings, version=version)


def test_runs_once_and_skips_while_nothing_changes(tmp_path: Path) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    first = _run(tmp_path / "t", source, calls)
    again = _run(tmp_path / "t", source, calls)
    assert (len(calls), first.skipped, again.skipped) == (1, False, True)
    assert again.result == {"documents": 3}
    assert (tmp_path / "t" / "result").read_text() == "TEXT"


@pytest.mark.parametrize(
    "change", ["content", "settings", "version", "output missing", "output short", "manifest broken"]
)
def test_runs_again_when_anything_changed(tmp_path: Path, change: str) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    if change == "content":
        source.write_text("other")
    elif change == "output missing":
        (tmp_path / "t" / "result").unlink()
    elif change == "output short":
        (tmp_path / "t" / "result").write_text("T")
    elif change == "manifest broken":
        (tmp_path / "t" / MANIFEST).write_text("{")
    settings = "b" if change == "settings" else "a"
    record = _run(tmp_path / "t", source, calls, settings, 2 if change == "version" else 1)
    assert len(calls) == 2
    assert not record.skipped
    assert (tmp_path / "t" / "result").read_text() == source.read_text().upper()


def test_a_touched_file_with_the_same_content_counts_as_unchanged(tmp_path: Path) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    os.utime(source, ns=(1, 1))
    assert _run(tmp_path / "t", source, calls).skipped


def test_a_failing_task_leaves_nothing(tmp_path: Path) -> None:
    def fails(out: Path) -> None:
        (out / "half").write_text("x")
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        run_task(tmp_path / "t", fails)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_rerun_keeps_no_stale_claim(tmp_path: Path) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    source.unlink()
    assert finished(tmp_path / "t", inputs=[source], settings="a", version=1) is None


def test_the_manifest_lists_hashes(tmp_path: Path) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    manifest = json.loads((tmp_path / "t" / MANIFEST).read_text())
    assert manifest["outputs"]["result"]["bytes"] == 4
    assert len(manifest["inputs"][0]["sha256"]) == 64


def test_atomic_write_keeps_the_old_file_on_failure(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fails() -> None:
        with atomic_write(path) as temporary:
            temporary.write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_sweep_removes_what_a_killed_run_left(tmp_path: Path) -> None:
    (tmp_path / ".part.tmp-12").mkdir()
    (tmp_path / ".file.tmp-12").write_text("x")
    (tmp_path / "kept").mkdir()
    sweep(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
