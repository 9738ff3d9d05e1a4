"""Tasks happen or do not, and are skipped only when nothing changed."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from corpus.engine import task
from corpus.engine.task import MANIFEST, atomic_write, finished, moved, run_task, settings_sha256
from corpus.errors import DamagedError


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
    "change",
    ["content", "content of equal size", "settings", "version", "output missing", "output short", "manifest broken"],
)
def test_runs_again_when_anything_changed(tmp_path: Path, change: str) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    if change == "content":
        source.write_text("other")
    elif change == "content of equal size":
        source.write_text("texd")
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


def test_an_input_more_or_less_or_in_another_order_runs_it_again(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_text("equal")
    ran: list[int] = []

    def run(*inputs: Path) -> bool:
        return run_task(tmp_path / "t", lambda out: ran.append(1), inputs=inputs).skipped

    a, b, c = paths
    for inputs in ((a, b), (a, b, c), (a, b), (b, a), (a,), ()):
        assert not run(*inputs)
        assert run(*inputs)


def test_a_folder_that_is_being_replaced_no_longer_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder goes file by file: killed there, what is left of it must not be taken for a finished task."""
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)

    def killed(path: Path, **_: object) -> None:
        if path == tmp_path / "t":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(task.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            _run(tmp_path / "t", source, calls, settings="b")
    assert task.read_manifest(tmp_path / "t") is None
    assert finished(tmp_path / "t", inputs=[source], settings="a", version=1) is None


def test_another_file_in_the_same_place_has_another_state(tmp_path: Path) -> None:
    """Even of equal size and time: a second build may replace a file within one tick of the clock."""
    one, two = tmp_path / "one", tmp_path / "two"
    states = []
    for path in (one, two):
        path.write_text(path.name)
        os.utime(path, ns=(5, 5))
        states.append(task.file_state(path))
    os.replace(two, one)
    assert task.file_state(one) == states[1] != states[0]
    os.utime(one, ns=(6, 6))
    assert task.file_state(one) not in states


def test_a_touched_file_with_the_same_content_counts_as_unchanged(tmp_path: Path) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    os.utime(source, ns=(1, 1))
    assert _run(tmp_path / "t", source, calls).skipped


@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt(), MemoryError()])
def test_a_failing_task_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def fails(out: Path) -> None:
        (out / "half" if out.is_dir() else out).write_text("x")
        raise error

    with pytest.raises(type(error)):
        run_task(tmp_path / "t", fails)
    with pytest.raises(type(error)), atomic_write(tmp_path / "file") as temporary:
        fails(temporary)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_of_this_number_left_is_no_output(tmp_path: Path) -> None:
    left = tmp_path / f".t.tmp-{os.getpid()}"
    left.mkdir()
    (left / "junk").write_text("x")
    record = run_task(tmp_path / "t", lambda out: (out / "made").write_text("y") and None)
    assert list(record.outputs) == ["made"]
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == ["made", MANIFEST]
    assert not left.exists()


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


@pytest.mark.parametrize("time", ["new", "old"])
def test_a_flipped_bit_between_two_tasks_is_found_before_anything_is_made_of_it(tmp_path: Path, time: str) -> None:
    source = tmp_path / "in"
    source.write_text("text")
    calls: list[int] = []
    _run(tmp_path / "one", source, calls)
    made = tmp_path / "one" / "result"
    stat = made.stat()
    made.write_text("TEXU")
    if time == "old":
        os.utime(made, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(DamagedError, match="changed since it was written"):
        _run(tmp_path / "two", made, calls)
    assert not (tmp_path / "two").exists()
    _run(tmp_path / "one", source, calls)  # the next run makes it anew
    assert _run(tmp_path / "two", made, calls).outputs["result"]["sha256"] == hashlib.sha256(b"TEXT").hexdigest()


def test_an_output_changed_in_place_at_equal_size_is_made_again(tmp_path: Path) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    (tmp_path / "t" / "result").write_text("TEXU")
    assert not _run(tmp_path / "t", source, calls).skipped
    assert (tmp_path / "t" / "result").read_text() == "TEXT"


def test_a_thorough_task_hashes_what_looks_untouched(tmp_path: Path) -> None:
    def function(out: Path) -> None:
        (out / "a").write_text("a")

    assert not run_task(tmp_path / "t", function, thorough=True).skipped
    assert run_task(tmp_path / "t", function, thorough=True).skipped
    stat = (tmp_path / "t" / "a").stat()
    (tmp_path / "t" / "a").write_text("b")
    os.utime(tmp_path / "t" / "a", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert run_task(tmp_path / "t", function).skipped
    assert not run_task(tmp_path / "t", function, thorough=True).skipped


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"outputs": {}}', "flip"])
def test_a_damaged_manifest_is_no_manifest(tmp_path: Path, content: str) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    manifest = tmp_path / "t" / MANIFEST
    manifest.write_text(
        manifest.read_text().replace('"documents": 3', '"documents": 7') if content == "flip" else content
    )
    assert _run(tmp_path / "t", source, calls).result == {"documents": 3}
    assert len(calls) == 2


def test_files_are_flushed_before_the_name_and_the_folder_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that survives a power cut: every file and folder flushed, then the rename, then the folder above."""
    log: list[tuple[str, str]] = []
    real_sync, real_replace = task.sync, os.replace
    monkeypatch.setattr(task, "sync", lambda path: (log.append(("flush", str(path))), real_sync(path)))

    def replace(source: Path, target: Path) -> None:
        log.append(("rename", f"{source} {target}"))
        real_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)

    def function(out: Path) -> None:
        (out / "deep").mkdir()
        (out / "deep" / "a").write_text("a")

    run_task(tmp_path / "t", function)
    temporary = str(tmp_path / f".t.tmp-{os.getpid()}")
    last = len(log) - 2
    assert log[last:] == [("rename", f"{temporary} {tmp_path / 't'}"), ("flush", str(tmp_path))]
    flushed = [path for what, path in log[:last] if what == "flush"]
    for name in ("deep/a", "deep", f".{MANIFEST}.tmp-{os.getpid()}"):
        assert f"{temporary}/{name}" in flushed
    assert flushed[-1] == temporary
    assert flushed.index(f"{temporary}/deep/a") < flushed.index(f"{temporary}/.{MANIFEST}.tmp-{os.getpid()}")


def test_settings_are_known_by_their_content_not_by_their_order(tmp_path: Path) -> None:
    assert settings_sha256({"a": 1, "b": {"c": 2, "d": "글"}}) == settings_sha256({"b": {"d": "글", "c": 2}, "a": 1})
    assert settings_sha256({"a": [1, 2]}) != settings_sha256({"a": [2, 1]})
    assert settings_sha256({"a": 1}) != settings_sha256({"a": "1"})
    run_task(tmp_path / "t", lambda out: None, settings={"a": 1, "b": 2})
    assert run_task(tmp_path / "t", lambda out: None, settings={"b": 2, "a": 1}).skipped


@pytest.mark.parametrize("change", ["nothing", "settings", "version", "size", "missing", "another name", "one more"])
def test_moved_outputs_are_those_of_the_task(tmp_path: Path, change: str) -> None:
    def write(out: Path) -> None:
        (out / "a").write_text("one")

    run_task(tmp_path / "t", write, settings=1)
    place = tmp_path / "place"
    os.replace(tmp_path / "t" / "a", place)
    places = {"a": place}
    if change == "size":
        place.write_text("one more")
    elif change == "missing":
        place.unlink()
    elif change == "another name":
        places = {"b": place}
    elif change == "one more":
        places["b"] = place
    settings, version = 2 if change == "settings" else 1, 2 if change == "version" else 1
    record = moved(tmp_path / "t", places, settings=settings, version=version)
    assert (record is not None) == (change == "nothing")
    assert record is None or record.skipped


@pytest.mark.parametrize("content", ["", "on", "one more", None])
@pytest.mark.parametrize("name", ["a", "b/c"])
def test_an_output_of_another_size_is_made_again_whatever_its_time(
    tmp_path: Path, name: str, content: str | None
) -> None:
    """As a copy that keeps times leaves it on a full disk."""

    def function(out: Path) -> None:
        (out / "b").mkdir()
        for each in ("a", "b/c"):
            (out / each).write_text("one")

    run_task(tmp_path / "t", function)
    path = tmp_path / "t" / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
        os.utime(path, ns=(1, 1))
    assert finished(tmp_path / "t", inputs=[], settings=None, version=1) is None
    assert not run_task(tmp_path / "t", function).skipped
    assert path.read_text() == "one"


@pytest.mark.parametrize("what", ["newer", "same size", "same time", "gone"])
def test_inputs_are_known_by_content_where_size_or_time_differ(tmp_path: Path, what: str) -> None:
    source, calls = tmp_path / "in", []
    source.write_text("text")
    _run(tmp_path / "t", source, calls)
    stat = source.stat()
    if what == "gone":
        source.unlink()
        assert finished(tmp_path / "t", inputs=[source], settings="a", version=1) is None
        return
    source.write_text({"newer": "text", "same size": "tex2", "same time": "text2"}[what])
    os.utime(source, ns=(stat.st_atime_ns, stat.st_mtime_ns + (what != "same time") * 1_000_000))
    assert _run(tmp_path / "t", source, calls).skipped == (what == "newer")
