"""What a finished corpus is known by, when it is built again, and what of the work folder stays."""

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from corpus import build as building
from corpus import clean, commit, prepare, trim
from corpus.build import drop_unused, identity, list_parts, part_tasks
from corpus.cleaning import boilerplate
from corpus.download.locator import Locator
from corpus.engine.marker import write_marker
from corpus.engine.task import identify
from corpus.errors import UserError
from corpus.plan import Shard
from corpus.quality import judgement
from corpus.recipe import Recipe


def recipe_of(*sources: dict[str, Any], **settings: Any) -> Recipe:
    return Recipe.model_validate({"name": "t", "sources": list(sources)} | settings)


def local(folder: Path, name: str = "s", **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "local", "files": [str(folder / "*.jsonl")], "license": "CC0-1.0"} | more


@pytest.mark.parametrize("module", [prepare, clean, trim, commit, judgement, boilerplate], ids=lambda m: m.__name__)
def test_a_corpus_is_known_by_the_version_of_every_step(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity(recipe_of({"name": "s"}))
    assert before == identity(recipe_of({"name": "s"}))
    monkeypatch.setattr(module, "VERSION", 999)
    assert identity(recipe_of({"name": "s"})) != before


def test_a_corpus_is_known_by_its_recipe_and_its_own_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "rules.py"
    text = (
        "from corpus.quality.rules import Rule\nRULES = [Rule('max', 'mine', lambda texts: [0] * len(texts), ko=9.0)]\n"
    )
    rules.write_text(text)
    own = recipe_of({"name": "s"}, quality={"rules": [str(rules)]})
    found = [identity(recipe_of({"name": "s"})), identity(recipe_of({"name": "s"}, validation=0.5)), identity(own)]
    rules.write_text(text.replace("9.0", "8.0"))
    found.append(identity(own))
    monkeypatch.setattr(building, "release", lambda: "another")
    found.append(identity(own))
    assert all(one not in found[:place] for place, one in enumerate(found))


@dataclass
class Finished:
    """A finished folder, as `_changed` looks at it."""

    path: Path
    record: list[dict[str, Any]] = field(default_factory=list)


CHANGES = {
    "nothing": None,
    "touched": None,
    "content": "a.jsonl has changed",
    "size": "a.jsonl has changed",
    "new": "c.jsonl is new",
    "gone": "b.jsonl is gone",
}


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("what", CHANGES)
def test_files_that_changed_since_a_corpus_was_finished(tmp_path: Path, what: str, replace: bool) -> None:
    """One that is gone matters only where the corpus may be replaced: it may be a download that was deleted."""
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text('{"text": "글"}\n')
    recipe, locator = recipe_of(local(tmp_path)), Locator(None, tmp_path / "cache")
    paths = sorted(tmp_path.glob("*.jsonl"))
    finished = Finished(tmp_path, [{"source": "s", "url": str(path), **identify(path)} for path in paths])
    a = paths[0]
    before = a.stat()
    if what == "touched":
        os.utime(a, ns=(1, before.st_mtime_ns + 10**9))
    elif what == "content":
        a.write_text('{"text": "말"}\n')
        os.utime(a, ns=(1, before.st_mtime_ns + 10**9))
    elif what == "size":
        a.write_text('{"text": "긴 글"}\n')
        os.utime(a, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif what == "new":
        (tmp_path / "c.jsonl").write_text("")
    elif what == "gone":
        paths[1].unlink()
    told = CHANGES[what]
    if told and not replace and what != "gone":
        with pytest.raises(UserError, match=rf"is finished, and since then .*{told}\. Give another"):
            building._changed(finished, recipe, locator, replace)  # type: ignore[arg-type]
    else:
        assert building._changed(finished, recipe, locator, replace) == bool(told and replace)  # type: ignore[arg-type]


def test_a_file_is_gone_from_its_own_source_only(tmp_path: Path) -> None:
    for name in "xy":
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jsonl").write_text('{"text": "글"}\n')
    paths = {name: tmp_path / name / "a.jsonl" for name in "xy"}
    recipe = recipe_of(*(local(tmp_path / name, name) for name in "xy"))
    finished = Finished(tmp_path, [{"source": name, "url": str(p), **identify(p)} for name, p in paths.items()])
    assert not building._changed(finished, recipe, Locator(None, tmp_path), True)  # type: ignore[arg-type]


def test_several_changed_files_are_counted(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_text("{}")
    with pytest.raises(UserError, match=r"a.jsonl is new \(and 2 other files\)"):
        building._changed(
            Finished(tmp_path), recipe_of(local(tmp_path)), Locator(None, tmp_path), False  # type: ignore[arg-type]
        )  # fmt: skip


STAGES = ("read", "measured", "clean", "trim", "plan", "spans/fingerprints", "contamination/scan")


def test_only_what_a_corpus_no_longer_has_is_removed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jsonl").write_text('{"text": "글"}\n')
    recipe = recipe_of(local(tmp_path / "in"))
    [task] = part_tasks(recipe, Locator(None, tmp_path / "cache"), tmp_path)
    work, mine = tmp_path / ".work", task.clean_dir.name
    shard = Shard("train/s-00000.arrow", (), 0, work / "shards" / "train-s-00000")
    kept = [*(work / stage / mine for stage in STAGES), shard.directory, work / "match/x", work / "boilerplate"]
    gone = [*(work / stage / "old-0123456789ab" for stage in STAGES), work / "shards/train-old-00000"]
    for folder in [*kept, *gone]:
        folder.mkdir(parents=True)
    drop_unused(work, [task], [shard])
    assert all(folder.is_dir() for folder in kept)
    assert not any(folder.exists() for folder in gone)


def test_a_part_has_a_folder_of_its_own(tmp_path: Path) -> None:
    """Named by its file, whatever files there are besides; the same file of one source twice is two parts."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text("{}" * (1 + (name == "b")))
    twice = local(tmp_path) | {"files": [str(tmp_path / "b.jsonl")]}
    made = [
        part_tasks(recipe_of(*sources), Locator(None, tmp_path / "cache"), tmp_path / "out")
        for sources in ([local(tmp_path), local(tmp_path, "t")], [twice])
    ]
    names = [task.read_dir.name for task in made[0]]
    assert len(set(names)) == 4
    assert [name.split("-")[0] for name in names] == ["s", "s", "t", "t"]
    assert [task.read_dir.name for task in made[1]] == names[1:2]
    assert [task.bytes for task in made[0]] == [2, 4, 2, 4]
    for task in made[0]:
        assert task.clean_dir == tmp_path / "out/.work/clean" / task.read_dir.name
        assert task.read_dir.parent == tmp_path / "out/.work/read"


def test_equal_names_of_parts_are_numbered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_text("{}")
    recipe = recipe_of(local(tmp_path))
    [(entry, part)] = list_parts(recipe, Locator(None, tmp_path))
    monkeypatch.setattr(building, "list_parts", lambda *_: [(entry, part)] * 3)
    names = [task.read_dir.name for task in part_tasks(recipe, Locator(None, tmp_path), tmp_path / "out")]
    assert names == [f"s-{part.key}", f"s-{part.key}-2", f"s-{part.key}-3"]


def test_a_recipe_of_which_everything_is_left_out_has_nothing_to_build(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.jsonl").write_text("{}")
    recipe = recipe_of(local(tmp_path, license="CC-BY-NC-4.0"), licenses="commercial")
    with pytest.raises(
        UserError, match=r"all its sources are left out.*'commercial'; those of its sources are 'CC-BY-NC"
    ):
        list_parts(recipe, Locator(None, tmp_path))
    assert "is left out" in caplog.text
    assert len(list_parts(recipe_of(local(tmp_path)), Locator(None, tmp_path))) == 1


def test_only_a_corpus_is_updated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for folder in (tmp_path / "none", tmp_path):
            with pytest.raises(UserError, match="holds no corpus"):
                building._check_update(folder)
        write_marker(tmp_path, building.MAKER, {}, {}, True)
        building._check_update(tmp_path)
        assert "every upstream file is read again" in caplog.text
        caplog.clear()
        (tmp_path / ".work/read").mkdir(parents=True)
        building._check_update(tmp_path)
        assert caplog.text == ""


def test_a_source_s_own_share_is_held_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, float]] = []
    sources = {"name": "a", "validation": 0.0}, {"name": "b"}, {"name": "c", "validation": 0.25}
    recipe = recipe_of(*sources, validation=0.125, shard_bytes=7_000_000)
    monkeypatch.setattr(building, "choose_tasks", lambda *rest: told.append(rest[3]) or [])
    monkeypatch.setattr(building, "cut_shards", lambda tasks, chosen, size, work: [size])

    class Engine:
        def map(self, *_: Any, **__: Any) -> list[Any]:
            return []

    assert building._plan(recipe, Path("w"), Engine(), [], [], [], None) == [7_000_000]  # type: ignore[arg-type]
    assert told == [{"a": 0.0, "b": 0.125, "c": 0.25}]
