"""What a power cut may find: every file is flushed before it has its name, and the folder after that; what changed
since it was written is noticed although its size did not."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.download.transfer import put_in_place
from corpus.engine.marker import Maker
from corpus.engine.output import claim
from corpus.engine.publish import copy, move, sync_folders
from corpus.engine.task import MANIFEST, atomic_write, run_task
from corpus.errors import DamagedError

Calls = list[tuple[str, str]]


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Flushes and renames as they happen: ("flush", path) and ("rename", new path), paths below tmp_path; temporary
    names without the number of the process."""
    found: Calls = []
    fsync, replace = os.fsync, os.replace

    def told(path: str | Path) -> str:
        return Path(path).relative_to(tmp_path).as_posix().replace(f".tmp-{os.getpid()}", ".tmp")

    def flush(handle: int) -> None:
        found.append(("flush", told(os.readlink(f"/proc/self/fd/{handle}"))))
        fsync(handle)

    def rename(source: str | Path, target: str | Path) -> None:
        found.append(("rename", told(target)))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(os, "replace", rename)
    return found


def test_a_file(tmp_path: Path, calls: Calls) -> None:
    with atomic_write(tmp_path / "file") as temporary:
        temporary.write_text("x")
        assert not calls
    assert calls == [("flush", ".file.tmp"), ("rename", "file"), ("flush", ".")]


@pytest.mark.parametrize("how", [put_in_place, move, copy])
def test_a_file_that_is_moved_or_copied(tmp_path: Path, calls: Calls, how: Callable[[Path, Path], None]) -> None:
    """It is flushed before it has its new name. The folder after it: of a move whoever moves many files flushes it."""
    (tmp_path / "made").write_text("x")
    how(tmp_path / "made", tmp_path / "in" / "file")
    flushed = "in/.file.tmp" if how is copy else "made"
    folder = [] if how is move else [("flush", "in")]
    assert calls == [("flush", flushed), ("rename", "in/file"), *folder]
    assert (tmp_path / "made").exists() == (how is copy)
    assert (tmp_path / "in" / "file").read_text() == "x"


def _write(out: Path) -> None:
    (out / "inner").mkdir()
    (out / "a").write_text("a")
    (out / "inner" / "b").write_text("b")


def test_a_task(tmp_path: Path, calls: Calls) -> None:
    """Its files, its manifest, its folder; then it has its name, and the folder around it is flushed."""
    run_task(tmp_path / "t", _write)
    made = ".t.tmp"
    manifest = [("flush", f"{made}/.{MANIFEST}.tmp"), ("rename", f"{made}/{MANIFEST}"), ("flush", made)]
    files = [("flush", f"{made}/a"), ("flush", f"{made}/inner/b")]
    folders = [("flush", f"{made}/inner"), ("flush", made)]
    assert calls == [*files, *manifest, *folders, ("rename", "t"), ("flush", ".")]


def test_a_passing_task_flushes_nothing(tmp_path: Path, calls: Calls) -> None:
    run_task(tmp_path / "t", _write, durable=False)
    assert [what for what, _ in calls] == ["rename", "rename"]


def test_a_file_is_copied_to_another_file_system(tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is gone from where it was; any other refusal is raised, and it stays."""
    replace, refused = os.replace, [errno.EXDEV]

    def refuse(source: Path, target: Path) -> None:
        if Path(source).name == "made":
            raise OSError(refused[0], os.strerror(refused[0]))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    (tmp_path / "made").write_text("x")
    move(tmp_path / "made", tmp_path / "in" / "file")
    assert calls == [("flush", "made"), ("flush", "in/.file.tmp"), ("rename", "in/file"), ("flush", "in")]
    assert (tmp_path / "in" / "file").read_text() == "x"
    assert not (tmp_path / "made").exists()
    refused[0] = errno.EACCES
    (tmp_path / "made").write_text("y")
    with pytest.raises(PermissionError):
        move(tmp_path / "made", tmp_path / "in" / "file")
    assert [(tmp_path / name).read_text() for name in ("made", "in/file")] == ["y", "x"]


def test_publishing(tmp_path: Path, calls: Calls) -> None:
    """Every file is flushed and named, then their folders are flushed, then the last file, the folders again, and only
    then the marker says that the folder is finished."""
    with claim(tmp_path / "out", Maker("test", "a test"), {"a": 1}) as folder:
        staged = folder.staging()
        (staged / "sub").mkdir()
        for name in ("b", "sub/c", "all.json"):
            (staged / name).write_text(name)
        calls.clear()
        folder.publish(staged, "all.json")
    seen = [(what, path.removeprefix("out/")) for what, path in calls if MARKER not in path]
    named = [path for what, path in seen if what == "rename"]
    assert named == ["b", "sub/c", "all.json"]
    for name in named:
        before = seen[: seen.index(("rename", name))]
        assert ("flush", f".work/made/{name}") in before
    last = seen.index(("rename", "all.json"))
    for folder_name in ("sub", "out"):
        flushed = [n for n, (what, path) in enumerate(seen) if (what, path) == ("flush", folder_name)]
        assert any(seen.index(("rename", "sub/c")) < n < last for n in flushed), folder_name
        assert folder_name == "sub" or any(n > last for n in flushed)
    finished = max(n for n, call in enumerate(calls) if call == ("rename", f"out/{MARKER}"))
    after_last = calls.index(("rename", "out/all.json"))
    assert ("flush", "out") in calls[after_last:finished]


MARKER = ".hanji.json"


def test_folders_above_a_published_file_are_flushed(tmp_path: Path, calls: Calls) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    sync_folders(tmp_path, ["a/b/file"])
    assert calls == [("flush", "a/b"), ("flush", "a"), ("flush", ".")]  # the inner ones first
    calls.clear()
    sync_folders(tmp_path, [])
    assert calls == [("flush", ".")]


@pytest.mark.parametrize("place", ["input", "output of another task"])
def test_a_change_in_place_at_equal_size_is_noticed(tmp_path: Path, place: str) -> None:
    """An input that another program wrote to, and one that a task made and something changed later."""
    path = tmp_path / "made" / "file"
    if place == "input":
        path.parent.mkdir()
        path.write_text("abc")
    else:
        run_task(path.parent, lambda out: (out / "file").write_text("abc") and None)
    made = path.stat()

    def copy(out: Path) -> None:
        (out / "copy").write_text(path.read_text())

    run_task(tmp_path / "t", copy, inputs=[path])
    assert run_task(tmp_path / "t", copy, inputs=[path]).skipped
    path.write_text("abd")
    os.utime(path, ns=(made.st_atime_ns, made.st_mtime_ns + 5 * 10**9))
    if place != "input":  # what a task wrote is held to what it wrote, and made again in the next run
        with pytest.raises(DamagedError, match="changed since it was written"):
            run_task(tmp_path / "t", copy, inputs=[path])
        assert not (path.parent / MANIFEST).exists()
        os.utime(path, ns=(made.st_atime_ns, made.st_mtime_ns + 6 * 10**9))
    assert not run_task(tmp_path / "t", copy, inputs=[path]).skipped
    assert (tmp_path / "t" / "copy").read_text() == "abd"
    assert run_task(tmp_path / "t", copy, inputs=[path]).skipped
