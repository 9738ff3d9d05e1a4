"""Output folders: what a command owns, what it refuses, and what it never touches."""

import contextlib
import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn

import pytest

from corpus.engine import output
from corpus.engine.marker import MARKER, Maker, damages, differences, hashes_of, read_marker
from corpus.engine.output import LOCK, WORK, claim
from corpus.engine.publish import move, prune
from corpus.engine.task import atomic_write, run_task
from corpus.errors import UserError

PACK, BUILD = Maker("pack", "packed data"), Maker("build_corpus", "a corpus")


def make(out: Path, files: dict[str, str], settings: object = 1, overwrite: bool = False, maker: Maker = PACK) -> bool:
    """Write a result of these files; whether there was anything to do. The first file is the one that comes last."""
    with claim(out, maker, settings, overwrite) as folder:
        if folder.done:
            return False
        staged = folder.staging()
        for name, text in files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_text(text)
        folder.publish(staged, next(iter(files)))
    return True


def tree(folder: Path) -> dict[str, tuple[str, int]]:
    """Content and time of each file of the result and of foreign ones."""
    files = [p for p in folder.rglob("*") if p.is_file() and p.name not in (MARKER, LOCK)]
    return {p.relative_to(folder).as_posix(): (p.read_text(), p.stat().st_mtime_ns) for p in files}


def test_the_same_settings_rewrite_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert make(out, {"end.json": "{}", "train/a": "a"})
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.name != LOCK}
    assert not make(out, {"end.json": "{}", "train/a": "a"})
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.name != LOCK} == before
    assert not (out / WORK).exists()


def test_other_settings_are_refused_by_name_or_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(out, {"end": "1", "train/a": "a", "train/old": "o"}, {"rows": 1, "deep": {"x": [1, 2]}, "same": 0})
    before = tree(out)
    with pytest.raises(UserError, match=r"rows was 1 and is 2; deep\.x was \[1, 2\] and is \[1\]\..*--overwrite"):
        make(out, {"end": "2"}, {"rows": 2, "deep": {"x": [1]}, "same": 0})
    assert tree(out) == before
    make(out, {"end": "2", "train/a": "b"}, {"rows": 2}, overwrite=True)
    assert {name: text for name, (text, _) in tree(out).items()} == {"end": "2", "train/a": "b"}


def fail(out: Path, error: BaseException, writes: bool) -> None:
    """A command that claims its folder and then fails, before or after it wrote its first file."""
    with claim(out, PACK, 1) as folder:
        folder.reserve(["train/"])
        if writes:
            (folder.staging() / "half").write_text("done so far")
        (folder.work / "read").mkdir(parents=True, exist_ok=True)
        assert (out / MARKER).is_file()
        raise error


@pytest.mark.parametrize("before", ["nothing", "an empty folder", "a file beside it"])
@pytest.mark.parametrize("error", [UserError("no such column"), KeyboardInterrupt(), MemoryError()])
def test_a_command_that_fails_before_it_wrote_anything_leaves_nothing(
    tmp_path: Path, before: str, error: BaseException
) -> None:
    out = tmp_path / "runs" / "deep" / "out"
    if before == "an empty folder":
        out.mkdir(parents=True)
    elif before == "a file beside it":
        out.parent.mkdir(parents=True)
        (out.parent / "notes").write_text("mine")
    found = sorted(tmp_path.rglob("*"))
    with pytest.raises(type(error)):
        fail(out, error, writes=False)
    assert sorted(tmp_path.rglob("*")) == found
    assert make(out, {"end": "1"}, maker=BUILD)  # the folder is free for any command


def test_what_a_failed_command_wrote_stays_marked_as_its_own(tmp_path: Path) -> None:
    for writes in (True, False):
        with pytest.raises(UserError):
            fail(tmp_path / "out", UserError("disk full"), writes)
        assert (tmp_path / "out" / WORK / "made" / "half").is_file()
        assert read_marker(tmp_path / "out") is not None
    with pytest.raises(UserError, match="holds packed data, made by pack"):  # although it is not finished
        make(tmp_path / "out", {"end": "1"}, maker=BUILD)


def test_where_the_files_cannot_be_listed_the_marker_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with too many open files, where a walk that ignores errors finds nothing."""

    def scandir(path: object) -> NoReturn:
        raise OSError(24, "Too many open files")

    with pytest.raises(UserError), monkeypatch.context() as patch, claim(tmp_path / "out", PACK, 1) as folder:  # noqa: PT012
        (folder.staging() / "half").write_text("done so far")
        patch.setattr(os, "scandir", scandir)
        raise UserError("too many open files")
    assert read_marker(tmp_path / "out") is not None


def test_a_lock_that_was_removed_between_opening_and_locking_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused process removes its lock; one that had opened that file must not hold a lock that nobody sees."""
    out, real, removed = tmp_path / "out", output.fcntl.flock, []

    def flock(file: IO[str], how: int) -> None:
        if not removed:
            removed.append(True)
            (out / LOCK).unlink()
            out.rmdir()
        real(file, how)

    out.mkdir()
    monkeypatch.setattr(output.fcntl, "flock", flock)
    with (
        claim(out, PACK, 1) as folder,
        pytest.raises(UserError, match="in use"),
        claim(out, PACK, 1),
    ):
        raise AssertionError(folder)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_finished_result_that_cannot_be_written_to_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """A folder that its user protected, or on a read-only disk; it is locked all the same. Other settings write."""
    out, real = tmp_path / "out", Path.open
    make(out, {"end": "1"}, 1)

    def protected(path: Path, mode: str = "r", *rest: object, **named: object) -> IO[str]:
        if mode != "r" and "b" not in mode:
            raise OSError(number, os.strerror(number), str(path))
        return real(path, mode, *rest, **named)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(Path, "open", protected)
    if number == errno.ENOSPC:
        with pytest.raises(OSError, match=LOCK), claim(out, PACK, 1):
            pass
        return
    with claim(out, PACK, 1) as folder:
        assert folder.done
        with pytest.raises(UserError, match="in use by another process"), claim(out, PACK, 1):
            pass
    (out / LOCK).unlink()
    with pytest.raises(OSError, match=LOCK), claim(out, PACK, 1):
        pass


def test_few_differing_settings_are_named() -> None:
    def told(count: int) -> str:
        return differences({f"k{n}": 0 for n in range(count)}, {f"k{n}": 1 for n in range(count)})

    assert told(5) == "; ".join(f"k{n} was 0 and is 1" for n in range(5))
    assert told(7) == told(5) + "; and 2 more"
    sources = [{"name": "a", "x": 1}, {"name": "b"}]
    assert differences({"s": sources}, {"s": [{"name": "a", "x": 2}, *sources[1:]]}) == "s.a.x was 1 and is 2"


def test_the_file_that_comes_last_is_gone_while_others_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads meanwhile finds no finished result: neither by that file nor by the marker."""
    out = tmp_path / "out"
    make(out, {"end": "1", "a": "1", "b": "1"}, 1)
    seen = []

    def move(source: Path, target: Path) -> None:
        marker = read_marker(out)
        assert marker
        seen.append((target.name, (out / "end").exists(), marker["finished"]))
        os.replace(source, target)

    monkeypatch.setattr(output, "move", move)
    make(out, {"end": "2", "a": "2", "b": "2"}, 2, overwrite=True)
    assert seen == [("a", False, False), ("b", False, False), ("end", False, False)]


def test_what_another_process_made_before_the_lock_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both found the folder empty; the second one has the lock when the first one is finished."""
    out = tmp_path / "out"
    free = output.lock

    @contextlib.contextmanager
    def late(folder: Path) -> Iterator[None]:
        monkeypatch.setattr(output, "lock", free)
        make(out, {"end": "1"}, maker=BUILD)
        with free(folder):
            yield

    monkeypatch.setattr(output, "lock", late)
    with pytest.raises(UserError, match="holds a corpus, made by build_corpus"):
        make(out, {"end": "2"}, maker=PACK)
    assert (out / "end").read_text() == "1"


def test_until_the_new_result_is_there_the_old_one_counts(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(out, {"end": "1"}, 1)
    with pytest.raises(KeyError), claim(out, PACK, 2, overwrite=True):
        raise KeyError
    assert not make(out, {"end": "1"}, 1)


@pytest.mark.parametrize("name", ["work/thesis.txt", "train/thesis.txt", "manifest.json", ".work/thesis.txt"])
def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("precious")
    for overwrite in (False, True):
        with pytest.raises(UserError, match="was not made by pack"):
            make(tmp_path, {"end": "1", "train/a": "a"}, overwrite=overwrite)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [tmp_path / name]


def test_a_folder_of_another_command_is_refused(tmp_path: Path) -> None:
    make(tmp_path, {"manifest.json": "{}", "train/a": "a"}, maker=BUILD)
    before = tree(tmp_path)
    for overwrite in (False, True):
        with pytest.raises(UserError, match=r"holds a corpus, made by build_corpus; pack would write packed data"):
            make(tmp_path, {"end": "1", "train/a": "x"}, overwrite=overwrite)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("foreign", ["train/thesis.txt", "notes", "rejects/x/y"])
def test_what_others_put_into_our_folder_stays(tmp_path: Path, foreign: str) -> None:
    make(tmp_path, {"end": "1", "train/a": "a", "rejects/x/z": "z"}, 1)
    (tmp_path / foreign).parent.mkdir(exist_ok=True)
    (tmp_path / foreign).write_text("precious")
    make(tmp_path, {"end": "2"}, 2, overwrite=True)
    assert {name: text for name, (text, _) in tree(tmp_path).items()} == {"end": "2", foreign: "precious"}


@pytest.mark.parametrize("foreign", ["validation/v", "validation", "train/b"])
def test_what_stands_in_the_way_is_refused_and_nothing_moves(tmp_path: Path, foreign: str) -> None:
    make(tmp_path, {"end": "1", "train/a": "a"}, 1)
    (tmp_path / foreign).parent.mkdir(exist_ok=True)
    (tmp_path / foreign).write_text("precious")
    before = tree(tmp_path)
    with pytest.raises(UserError, match="is in the way"):
        make(tmp_path, {"end": "2", "train/a": "b", "train/b": "b", "validation/v": "v"}, 2, overwrite=True)
    assert {name: kept for name, kept in tree(tmp_path).items() if not name.startswith(WORK)} == before


def test_a_folder_in_the_place_of_our_file_is_refused(tmp_path: Path) -> None:
    make(tmp_path, {"end": "1", "a": "a"}, 1)
    (tmp_path / "a").unlink()
    (tmp_path / "a").mkdir()
    (tmp_path / "a/thesis.txt").write_text("precious")
    with pytest.raises(UserError, match="a is in the way"):
        make(tmp_path, {"end": "2", "a": "b"}, 2, overwrite=True)
    assert (tmp_path / "a/thesis.txt").read_text() == "precious"


def test_what_is_left_of_an_old_result_is_still_ours_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, {"end": "1", "old/a": "a", "old/b": "b"}, 1)

    def killed(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(output, "prune", killed)
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path, {"end": "2", "new": "n"}, 2, overwrite=True)
    assert (tmp_path / "old/b").is_file()
    make(tmp_path, {"end": "2", "new": "n"}, 2)
    assert set(tree(tmp_path)) == {"end", "new"}


TAKEN = ("unchanged", "changed at equal size", "made again", "of another", "finished")


@pytest.mark.parametrize("what", TAKEN)
def test_a_task_s_file_goes_back_only_where_nothing_else_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """What a kill while publishing left in the folder is taken back by its task; a finished result stays whole, and
    is offered in its place."""
    out, place, move = tmp_path / "out", tmp_path / "out" / WORK / "task" / "rows", output.move

    def killed(source: Path, target: Path) -> None:
        if target.name == "end" and what != "finished":
            raise KeyboardInterrupt
        move(source, target)

    def run() -> None:
        with claim(out, PACK, 1) as folder:
            record = run_task(place.parent, lambda to: (to / "rows").write_text("rows") and None)
            (folder.staging() / "end").write_text("1")
            sha256 = record.outputs["rows"]["sha256"]
            folder.publish(folder.work / "made", "end", tasks={"train/rows": (place, sha256)})

    monkeypatch.setattr(output, "move", killed)
    with contextlib.suppress(KeyboardInterrupt):
        run()
    moved = out / "train/rows"
    assert moved.is_file()
    assert not place.exists()
    if what == "changed at equal size":
        moved.write_text("rowz")
    elif what == "made again":
        place.write_text("new")
    name = "train/other" if what == "of another" else "train/rows"
    if what == "of another":
        (out / name).write_text("rows")
    with claim(out, PACK, 1) as folder:
        assert folder.done == folder.finished == (what == "finished")
        assert folder.in_place(name, place) == (moved if what == "finished" else None)
        assert folder.in_place("train/other", place) is None
        folder.take_back({name: place})
    assert moved.exists() == (what != "unchanged")
    assert place.exists() == (what in ("unchanged", "made again"))
    assert what != "made again" or place.read_text() == "new"


def test_names_made_in_place_are_reserved(tmp_path: Path) -> None:
    with claim(tmp_path, PACK, 1) as folder:
        folder.reserve(["log/"])
        (tmp_path / "log").mkdir()
        (tmp_path / "log/a").write_text("a")
    (tmp_path / "notes").write_text("precious")
    with claim(tmp_path, PACK, 1) as folder:
        with pytest.raises(UserError, match="notes is in the way"):
            folder.reserve(["notes"])
        folder.reserve(["log/"])
        folder.finish(["log/"])
    with claim(tmp_path, PACK, 1) as folder:
        assert folder.done


def test_damage_is_told_and_made_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = {"end": "1", "train/a": "aaaa", "b": "b"}
    make(tmp_path, files)
    stat = (tmp_path / "train/a").stat()
    (tmp_path / "train/a").write_text("aaba")
    os.utime(tmp_path / "train/a", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (tmp_path / "b").unlink()
    marker = read_marker(tmp_path)
    assert marker
    assert len(damages(tmp_path, marker["files"])) == 2
    with pytest.raises(UserError, match=r"train/a is damaged.*Run the command that made"):
        hashes_of(tmp_path, [tmp_path / "train/a"])
    assert make(tmp_path, files)
    assert "train/a has changed since it was written" in caplog.text
    assert "b is missing" in caplog.text
    assert {name: text for name, (text, _) in tree(tmp_path).items()} == files


def test_a_readme_that_a_person_completed_is_kept(tmp_path: Path) -> None:
    make(tmp_path, {"end": "1", "README.md": "made"}, 1)
    make(tmp_path, {"end": "2", "README.md": "made anew"}, 2, overwrite=True)
    assert (tmp_path / "README.md").read_text() == "made anew"
    (tmp_path / "README.md").write_text("by hand")
    assert not make(tmp_path, {"end": "2", "README.md": "made anew"}, 2)
    make(tmp_path, {"end": "3"}, 3, overwrite=True)
    assert (tmp_path / "README.md").read_text() == "by hand"


@pytest.mark.parametrize("content", ["", "{}", '{"format": 1', "[]", "null", "\ud800"])
def test_a_damaged_marker_is_one_sentence(tmp_path: Path, content: str) -> None:
    make(tmp_path, {"end": "1"})
    (tmp_path / MARKER).write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(UserError, match="is damaged"):
        make(tmp_path, {"end": "1"})
    assert (tmp_path / "end").read_text() == "1"


def test_a_flipped_bit_in_the_marker_is_found(tmp_path: Path) -> None:
    make(tmp_path, {"end": "1"})
    marker = json.loads((tmp_path / MARKER).read_text())
    marker["files"]["other"] = marker["files"]["end"]
    (tmp_path / MARKER).write_text(json.dumps(marker))
    with pytest.raises(UserError, match="its checksum does not match"):
        make(tmp_path, {"end": "1"})


def test_what_a_kill_left_before_the_marker_refuses_nothing(tmp_path: Path) -> None:
    (tmp_path / LOCK).touch()
    with atomic_write(tmp_path / MARKER) as temporary:
        temporary.write_text("half")
        temporary.rename(tmp_path / f".{MARKER}.tmp-7")
        temporary.write_text("")
    (tmp_path / MARKER).unlink()
    assert make(tmp_path, {"end": "1"})
    assert not list(tmp_path.glob(".*.tmp-*"))


def test_half_written_names_of_ours_are_swept_and_others_stay(tmp_path: Path) -> None:
    with claim(tmp_path, PACK, 1) as folder:
        folder.reserve(["counts/"])
        (folder.work / "spans/.00000.tmp-9").mkdir(parents=True)
        (folder.work / "spans/.x.json.tmp-9").write_text("half")
        (folder.work / "spans/00001").mkdir()
        (folder.work / "spans/00001/x.tmp-9").write_text("not hidden, so of nobody who was killed")
        (tmp_path / ".counts.tmp-9").mkdir()
        for name in (".mine.tmp-9", ".counts.tmp-old"):
            (tmp_path / name).write_text("precious")
    with claim(tmp_path, PACK, 1):
        pass
    assert [p.name for p in (tmp_path / WORK / "spans").iterdir()] == ["00001"]
    assert (tmp_path / WORK / "spans/00001/x.tmp-9").is_file()
    assert not (tmp_path / ".counts.tmp-9").exists()
    for name in (".mine.tmp-9", ".counts.tmp-old"):
        assert (tmp_path / name).read_text() == "precious"


def test_one_process_at_a_time(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from corpus.engine.marker import Maker; from corpus.engine.output import claim\n"
        "with claim(Path(sys.argv[1]), Maker('pack', 'packed data'), 1): pass"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "out")]
    root = Path(__file__).resolve().parents[3]
    with claim(tmp_path / "out", PACK, 1):
        second = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert "is in use by another process" in second.stderr
    assert subprocess.run(command, cwd=root, check=False).returncode == 0


def test_a_task_file_that_changed_is_not_published_and_made_again(tmp_path: Path) -> None:
    with claim(tmp_path, PACK, 1) as folder:
        staged = folder.staging()
        (staged / "end").write_text("1")
        made = folder.work / "rows"
        made.write_text("changed")
        with pytest.raises(UserError, match="changed since it was written"):
            folder.publish(staged, "end", tasks={"train/rows": (made, "0" * 64)})
        assert not made.exists()
    assert not (tmp_path / "train").exists()


def test_differences_name_list_entries_and_stop_after_a_few() -> None:
    one = {"sources": [{"name": "a", "files": ["x"]}, {"name": "b"}], **{f"k{n}": 0 for n in range(9)}}
    two = {"sources": [{"name": "a", "files": ["y"]}, {"name": "b"}], **{f"k{n}": 1 for n in range(9)}}
    text = differences(one, two)
    assert text.startswith('sources.a.files was ["x"] and is ["y"]; k0 was 0 and is 1')
    assert text.endswith("; and 5 more")
    assert differences({}, {"a": "x"}) == "a was not set and is x"


def test_differences_at_their_edges() -> None:
    """What is null differs from what is not set; an empty table is a value; sixty signs are shown whole."""
    assert differences({"a": None}, {}) == "a was null and is not set"
    assert differences({"a": {}}, {"a": {"b": 1}}) == "a was {} and is not set; a.b was not set and is 1"
    assert differences({"a": "x" * 60}, {"a": "y" * 61}) == f"a was {'x' * 60} and is {'y' * 57}…"


@pytest.mark.parametrize("number", [errno.EXDEV, errno.ENOSPC])
def test_only_between_two_disks_a_move_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    source, target, replace = tmp_path / "made", tmp_path / "out/made", os.replace
    source.write_text("text")

    def refuses(one: Path, two: Path) -> None:
        if one == source:
            raise OSError(number, "no")
        replace(one, two)

    monkeypatch.setattr(os, "replace", refuses)
    if number == errno.EXDEV:
        move(source, target)
    else:
        with pytest.raises(OSError, match="no"):
            move(source, target)
    assert (source.exists(), target.exists()) == ((False, True) if number == errno.EXDEV else (True, False))


def test_empty_folders_go_up_to_the_root_and_the_root_stays(tmp_path: Path) -> None:
    root, other = tmp_path / "out", tmp_path / "other/deep"
    for folder in (root / "a/b", root / "c", other):
        folder.mkdir(parents=True)
    prune(root / "a/b", root)
    assert [p.name for p in root.iterdir()] == ["c"]
    (root / "c/file").write_text("x")
    prune(root / "c", root)
    assert (root / "c/file").is_file()
    (root / "c/file").unlink()
    for folder in (root / "c", root, other):
        prune(folder, root)
    assert list(root.iterdir()) == []
    assert other.is_dir()


@pytest.mark.parametrize(("settings", "finished"), [(1, False), (2, True)])
def test_a_damaged_result_is_unfinished_while_it_is_made_again(tmp_path: Path, settings: int, finished: bool) -> None:
    """An interruption leaves it so. One that is replaced counts as finished until the new one is there."""
    make(tmp_path, {"end": "1", "a": "a"})
    (tmp_path / "a").write_text("damaged")
    with contextlib.suppress(KeyError), claim(tmp_path, PACK, settings, overwrite=True) as folder:
        assert not folder.done
        raise KeyError
    marker = read_marker(tmp_path)
    assert marker is not None
    assert (marker["finished"], marker["settings"]) == (finished, 1)
