"""What a corpus is compared with before it is brought up to date, and when that is done again."""

import logging
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corpus.changes import since as module
from corpus.changes.builds import Build
from corpus.changes.since import Since
from corpus.engine.task import write_json
from corpus.errors import UserError


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The files whose hashes are asked for; comparing is counted instead of done."""
    found: list[list[str]] = []

    def hashes_of(folder: Path, paths: list[Path]) -> dict[Path, str]:
        found.append([path.relative_to(folder).as_posix() for path in paths])
        return dict.fromkeys(paths, "")

    monkeypatch.setattr(module, "hashes_of", hashes_of)
    numbers = iter(range(100))

    def describe_changes(before: Build, after: Build, read: Any, out: Path) -> dict[str, int]:
        assert (before.documents, after.documents, read) == ({"a": 3, "b": 4}, {}, [])
        return {"run": next(numbers)}

    monkeypatch.setattr(module, "describe_changes", describe_changes)
    return found


def corpus(folder: Path, finished: bool = True) -> Any:
    outputs = [
        {"path": "train/a-00000.arrow", "rows": 3, "sha256": "1"},
        {"path": "train/b-00000.arrow", "rows": 4, "sha256": "2"},
        {"path": "stats.json", "sha256": "3"},
    ]  # fmt: skip
    books = {name: {"output": {"documents": n}, "trim": {"in": 99}} for name, n in (("a", 3), ("b", 4))}
    folder.mkdir(exist_ok=True)
    write_json(folder / "stats.json", {"sources": books})
    write_json(folder / "manifest.json", {"outputs": outputs})
    record = [{"url": "u", "sha256": "8", "source": "a"}, {"url": "v", "sha256": "9", "source": "b"}]
    return SimpleNamespace(path=folder, work=folder / ".work", finished=finished, record=record, before={"seed": 1},
                           files={"train/a-00000.arrow": {"sha256": "1"}})  # fmt: skip


def after(folder: Path) -> Build:
    (folder / "new.arrow").write_text("duplicates")
    shards = {"train/a-00000.arrow": (folder / "x", "5"), "train/b-00000.arrow": (folder / "y", "2")}
    return Build(shards, folder / "new.arrow", {}, {}, {"seed": 2})


def test_the_last_build_is_read_from_its_own_files(tmp_path: Path, checked: list[list[str]]) -> None:
    folder = corpus(tmp_path / "out")
    shards = {"train/a-00000.arrow": "1", "train/b-00000.arrow": "2"}
    assert Since(folder).before == Build(
        {name: (tmp_path / "out" / name, sha) for name, sha in shards.items()},
        tmp_path / "out/duplicates.arrow", {"a": 3, "b": 4}, {"u": "8", "v": "9"}, {"seed": 1},
    )  # fmt: skip
    assert checked == [["stats.json", "manifest.json"]]


def test_what_is_replaced_is_checked_before(tmp_path: Path, checked: list[list[str]]) -> None:
    """The list of duplicates, and the shards that the new build has not."""
    since = Since(corpus(tmp_path / "out"))
    assert since.changes(after(tmp_path), []) == {"run": 0}
    assert checked[1:] == [["duplicates.arrow", "train/a-00000.arrow"]]


@pytest.mark.parametrize("what", ["nothing", "files", "shards", "duplicates", "settings"])
def test_builds_are_compared_again_where_one_of_them_is_another(
    tmp_path: Path, checked: list[list[str]], what: str
) -> None:
    folder, new = corpus(tmp_path / "out"), after(tmp_path)
    assert Since(folder).changes(new, []) == {"run": 0}
    if what == "files":
        folder.files = {"train/a-00000.arrow": {"sha256": "7"}}
    elif what == "shards":
        new = replace(new, shards={**new.shards, "train/a-00000.arrow": (tmp_path / "x", "6")})
    elif what == "duplicates":
        (tmp_path / "new.arrow").write_text("other duplicates")
    elif what == "settings":
        new = replace(new, settings={"seed": 3})
    assert Since(folder).changes(new, []) == {"run": 0 if what == "nothing" else 1}
    # Interrupted while files are replaced, the corpus is unfinished: then what was found before is all there is.
    folder.finished = False
    assert Since(folder).changes(new, []) == {"run": 0 if what == "nothing" else 1}


def test_after_an_interruption_only_the_same_update_knows_its_changes(
    tmp_path: Path, checked: list[list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    folder, new = corpus(tmp_path / "out"), after(tmp_path)
    with pytest.raises(UserError, match="is not finished, or damaged, so there is nothing to compare with"):
        Since(corpus(tmp_path / "out", finished=False))
    Since(folder).changes(new, [])
    folder.finished = False
    with caplog.at_level(logging.WARNING):
        assert Since(folder).changes(replace(new, settings={"seed": 3}), []) is None
    assert "this is another one" in caplog.text
