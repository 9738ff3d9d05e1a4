"""A command on addresses of object stores, held in memory: what it reads is fetched, what it made is copied there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest

from corpus.engine.marker import MARKER, Maker, write_marker
from corpus.engine.output import claim
from corpus.errors import UserError
from pipelines.console import Ended
from pipelines.remote import with_stores

OUT = "memory://bucket/out"


@pytest.fixture(autouse=True)
def files():
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe_file("/bucket/in/a.txt", b"one")
    memory.pipe_file("/bucket/b.txt", b"two")
    yield memory
    memory.store.clear()


def command(name: str, ends: Exception | None = None) -> tuple[Callable[..., Any], list[str], list[Any]]:
    """A command that joins its inputs, what is told, and how often it found its output finished."""
    told: list[str] = []
    done: list[Any] = []

    def main(inputs: list[Path], out: Path, other: str = "") -> str:
        texts = [path.read_text() if path.is_file() else (path / "a.txt").read_text() for path in inputs]
        with claim(out, Maker(name, "text"), other) as folder:
            done.append(folder.done)
            if not folder.done:
                staged = folder.staging()
                (staged / "joined").write_text(" ".join(texts))
                folder.publish(staged, "joined")
        if ends:
            raise ends
        return "result"

    main.__module__ = f"pipelines.{name}"
    return with_stores(main, Ended, told.append), told, done


def path(address: str) -> Path:
    return Path(address)


def test_inputs_are_fetched_and_the_output_is_copied(tmp_path: Path, files) -> None:
    run, told, done = command("pack")
    given = {"inputs": [path("memory://bucket/in"), path("memory://bucket/b.txt")], "out": path(OUT)}
    assert run(**given, work=tmp_path) == "result"
    assert files.cat_file("/bucket/out/joined") == b"one two"
    assert "1 files copied" in told[0]
    assert run(**given, work=tmp_path / "another machine") == "result"
    assert done == [False, True]  # what is finished there is known here
    assert "0 files copied" in told[1]


def test_a_command_that_ends_with_a_status_of_its_own_has_made_its_output(tmp_path: Path, files) -> None:
    """As a build in which something was wrong with some files: the result is there, and the status says more."""
    run, told, _ = command("pack", Ended(1, {"damaged": 2}))
    with pytest.raises(Ended):
        run(inputs=[path("memory://bucket/b.txt")], out=path(OUT), work=tmp_path)
    assert files.cat_file("/bucket/out/joined") == b"two"
    assert len(told) == 1
    run, told, _ = command("pack", UserError("how it ended"))
    with pytest.raises(UserError, match="how it ended"):
        run(inputs=[path("memory://bucket/b.txt")], out=path("memory://bucket/none"), work=tmp_path)
    assert not files.exists("/bucket/none")
    assert told == []


def test_what_writes_in_place_takes_folders_only(tmp_path: Path, files) -> None:
    run, _, done = command("pretrain")
    with pytest.raises(UserError, match=r"--out memory://bucket/out: pretrain writes in place"):
        run(inputs=[tmp_path], out=path(OUT), work=tmp_path)
    assert done == []
    run(inputs=[path("memory://bucket/in")], out=tmp_path / "out", work=tmp_path)
    assert (tmp_path / "out" / "joined").read_text() == "one"


def test_copies_are_in_the_folder_of_work(tmp_path: Path, files, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that is there and here is not fetched: its own command knows whether it is finished."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    run, told, done = command("pack")
    given = {"inputs": [path("memory://bucket/in"), path("memory://bucket/b.txt")], "out": path(OUT)}
    run(**given, work=tmp_path / "work")
    assert not (tmp_path / "cache" / "hanji" / "objects").exists()
    assert not [each for each in (tmp_path / "cache").rglob("*") if each.is_file()]
    assert f"copied from {tmp_path / 'work'}" in told[0]
    fetched: list[Any] = []
    from corpus.engine import objects

    fetch = objects.fetch
    monkeypatch.setattr(objects, "fetch", lambda *how: fetched.append(how[0]) or fetch(*how))
    run(**given, work=tmp_path / "work")
    assert fetched == ["memory://bucket/in", "memory://bucket/b.txt"]
    assert done == [False, True]


def test_a_result_of_another_command_is_not_replaced(tmp_path: Path, files) -> None:
    run, _, _ = command("pack")
    run(inputs=[path("memory://bucket/b.txt")], out=path(OUT), work=tmp_path / "a")
    before = dict(files.store)
    other, _, done = command("dedup")
    with pytest.raises(UserError, match="pack"):
        other(inputs=[path("memory://bucket/b.txt")], out=path(OUT), work=tmp_path / "b")
    assert (done, files.store.keys()) == ([], before.keys())


def test_without_addresses_nothing_is_done_beside(tmp_path: Path) -> None:
    run, told, _ = command("pack")
    (tmp_path / "a.txt").write_text("here")
    assert run(inputs=[tmp_path], out=tmp_path / "out", other=OUT) == "result"
    assert (tmp_path / "out" / MARKER).is_file()
    assert told == []


def test_of_an_unfinished_result_nothing_is_fetched(tmp_path: Path, files, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _, done = command("pack")
    (tmp_path / "there").mkdir()
    write_marker(tmp_path / "there", Maker("pack", "text"), {}, {}, False)
    files.pipe_file(f"/bucket/out/{MARKER}", (tmp_path / "there" / MARKER).read_bytes())
    (tmp_path / "a.txt").write_text("here")
    with monkeypatch.context() as patch:
        patch.setattr("corpus.engine.objects.fetch", lambda *how: pytest.fail(f"fetched {how}"))
        assert run(inputs=[tmp_path], out=path(OUT), work=tmp_path / "work") == "result"
    assert files.cat_file("/bucket/out/joined") == b"here"
    assert done == [False]
