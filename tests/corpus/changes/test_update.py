"""A corpus that is brought up to date is the one that a new build makes, at the cost of what is new, and says what
changed."""

import hashlib
import json
import logging
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus import build as building
from corpus.assemble import Built
from corpus.build import build
from corpus.changes import LAST_BUILD
from corpus.download.locator import Locator
from corpus.engine import output
from corpus.engine.local import LocalEngine
from corpus.engine.output import drop_work
from corpus.errors import UserError
from corpus.recipe import Recipe
from corpus.shards import read_shard, shard_paths
from tests.corpus.test_trim import ITEM, SHARED, SUBJECTS

Documents = dict[str, list[dict[str, str]]]  # file → records
NOTICE = "무단 전재 및 재배포를 금지하며 자세한 내용은 이용 약관의 저작권 안내를 참고하시기 바랍니다."


def page(number: int, notice: bool = False) -> str:
    rng = random.Random(number)
    subject = SUBJECTS[number % 10]
    lines = [
        f"{subject} 이야기 {number}번 {k}째 장면에서는 {rng.choice(SUBJECTS)}와 {subject}의 {rng.randrange(9999)}가지"
        f" 사연을 {rng.choice(SUBJECTS)} 곁에서 새로 적었다."
        for k in range(12)
    ]
    return "\n".join([*lines, *([NOTICE] if notice else [])])


def record(number: int, site: str = "a.kr", **changes: Any) -> dict[str, str]:
    return {"text": page(number), "url": f"https://{site}/{number}"} | changes


def longer(number: int, site: str) -> dict[str, str]:
    """A near-duplicate that is longer, so that it survives."""
    return record(number, site, text=page(number) + "\n글 끝에 덧붙인 짧은 안내가 하나 있다.")


WEB = [record(n) for n in range(40)]
BASE: Documents = {
    "web/a": [*WEB[:20], longer(3, "b.kr")],
    "web/c": [*WEB[20:30], record(31, text=page(31) + "\n" + SHARED), record(32, text=page(32) + "\n" + SHARED)],
    "wiki/a": [record(n, "wiki.kr") for n in range(100, 110)],
}
NEXT: dict[str, Documents] = {
    # Files that come first, so that every part has another number; duplicates of old documents in both directions.
    "a file and a source more": BASE
    | {"web/0": [record(200), longer(5, "z.kr"), longer(3, "c.kr")], "news/a": [longer(101, "k.kr"), record(300)]},
    "a source less": {name: rows for name, rows in BASE.items() if not name.startswith("wiki")},
    "a changed file": BASE
    | {"web/a": [record(0, text=page(0) + "\n고친 판이다."), *WEB[4:20], record(41)]},  # the survivor of 3 is gone
    "lines that are boilerplate now": BASE
    | {"web/d": [record(400 + n, text=page(400 + n, notice=True)) for n in range(12)]},
}


def write(folder: Path, documents: Documents) -> Recipe:
    """The files of these documents, and the recipe that names them."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, rows in documents.items():
        path = folder / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    test = folder.parent / "test.jsonl"
    test.write_text(json.dumps({"question": ITEM}, ensure_ascii=False) + "\n")
    sources = [
        {"name": name, "files": [str(folder / name / "*.jsonl")], "profile": "none", "lang": "ko", "priority": p}
        for p, name in enumerate(("news", "wiki", "web"))
        if any(file.startswith(f"{name}/") for file in documents)
    ]
    return Recipe.model_validate(
        {
            "name": "t",
            "validation": 0.1,
            "sources": sources,
            "spans": {"paragraphs": True, "containment": "report"},
            "contamination": {"sets": [{"task": "mine", "files": [str(test)], "fields": ["question"]}]},
        }
    )


def run(out: Path, recipe: Recipe, **how: bool) -> Built:
    with LocalEngine(1) as engine:
        return build(recipe, out, engine, Locator(None, out.parent / "cache"), **how)


def content(out: Path) -> dict[str, Any]:
    """Every file of a corpus by its hash; of stats, manifest and report what does not tell of the last build."""
    found: dict[str, Any] = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file() and not p.relative_to(out).parts[0].startswith(".")):
        found[path.relative_to(out).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    stats, manifest = (json.loads((out / name).read_text()) for name in ("stats.json", "manifest.json"))
    stats.pop(LAST_BUILD, None)
    told = {"stats.json", "report.html"}
    manifest["outputs"] = [made for made in manifest["outputs"] if made["path"] not in told]
    report = (out / "report.html").read_text(encoding="utf-8")
    before, heading, rest = report.partition("<h2>Since the last build</h2>")
    report = before + "<h2>The books</h2>" + rest.partition("<h2>The books</h2>")[2] if heading else report
    return found | {"stats.json": stats, "manifest.json": manifest, "report.html": report}


def state(out: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of the documents of a corpus by id, and for each id the one that stays for it."""
    rows = [
        r for s in ("train", "validation") for p in shard_paths(out, s) for b in read_shard(p) for r in b.to_pylist()
    ]
    with pa.memory_map(str(out / "duplicates.arrow")) as file:
        gone = pa.ipc.open_stream(file).read_all().to_pylist()
    kept = {row["id"]: row["text"] for row in rows}
    return kept, {row["id"]: row["survivor"] for row in gone} | {key: key for key in kept}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What a new build makes of each state of the files, at the same place."""
    root = tmp_path_factory.mktemp("scratch")
    made = {}
    for name, documents in NEXT.items():
        made[name] = content(run(root / name / "out", write(root / "in", documents)).out)
    return made


@pytest.fixture
def inputs(tmp_path_factory: pytest.TempPathFactory, scratch: Any) -> Path:
    """The same folder for every corpus: documents name their upstream file."""
    return next(tmp_path_factory.getbasetemp().glob("scratch*")) / "in"


@pytest.mark.parametrize("name", NEXT)
def test_an_update_is_a_new_build(tmp_path: Path, inputs: Path, scratch: dict[str, Any], name: str) -> None:
    out = tmp_path / "out"
    run(out, write(inputs, BASE))
    before = state(out)
    updated = run(out, write(inputs, NEXT[name]), update=True)
    assert content(out) == scratch[name]
    _tells(updated.stats[LAST_BUILD], before, state(out))
    assert "Since the last build" in (out / "report.html").read_text(encoding="utf-8")
    assert not (out / ".work/since").exists()
    parts = {entry["part"] for entry in updated.manifest["inputs"]}
    for stage in ("read", "measured", "clean", "trim", "spans/fingerprints", "contamination/scan"):
        assert {path.name for path in (out / ".work" / stage).iterdir()} == parts
    back = run(out, write(inputs, BASE), update=True)
    assert state(out) == before
    assert back.stats[LAST_BUILD]["total"]["after"] == len(before[0])


def _tells(told: dict[str, Any], before: Any, after: Any) -> None:
    """The section is what comparing the two states in plain Python gives."""
    (old, old_stays), (new, new_stays) = before, after
    total = told["total"]
    both = old.keys() & new.keys()
    assert (total["before"], total["after"]) == (len(old), len(new))
    assert total["changed"] == sum(old[key] != new[key] for key in both)
    assert total["same"] == sum(old[key] == new[key] for key in both)
    assert total["left"]["duplicate now"] == sum(key in new_stays for key in old.keys() - new.keys())
    assert total["added"]["no duplicate any more"] == sum(key in old_stays for key in new.keys() - old.keys())
    away, come = (sum(total[kind].values()) + total["new version"] for kind in ("left", "added"))
    assert (away, come) == (len(old.keys() - new.keys()), len(new.keys() - old.keys()))
    moved = [(old_stays[key], new_stays[key]) for key in old_stays.keys() & new_stays.keys()]
    moved = [pair for pair in moved if pair[0] != pair[1]]
    assert told["survivors"]["documents"] == len(moved)
    assert told["survivors"]["changes"] == len(set(moved))
    assert {(m["was"], m["is"]): m["documents"] for m in told["survivors"]["most"]} == {
        pair: moved.count(pair) for pair in moved
    }
    for kind, shown in told["examples"].items():
        assert all((row["id"] in new) == (kind in ("changed", "new version", *total["added"])) for row in shown)


def test_what_changed_is_named(tmp_path: Path, inputs: Path) -> None:
    out = tmp_path / "out"
    run(out, write(inputs, BASE))
    told = run(out, write(inputs, NEXT["a changed file"]), update=True).stats[LAST_BUILD]
    web = told["sources"]["web"]
    assert told["settings"] == ""
    assert told["files"]["changed"] == {"files": 1, "first": [str(inputs / "web/a.jsonl")]}
    assert web["new version"] == 1  # of page 0
    assert web["added"] == {"new": 1, "no duplicate any more": 0, "kept now": 0}
    assert web["left"]["gone"] == 3  # pages 1 and 2, and the one that stood for 3
    told = run(out, write(inputs, NEXT["a file and a source more"]), update=True).stats[LAST_BUILD]
    assert told["settings"].startswith("recipe.sources.news.name was not set and is news")
    assert told["sources"]["wiki"]["left"]["duplicate now"] == 1
    assert told["sources"]["web"]["left"]["duplicate now"] == 1  # 5: a longer one came


def test_a_rule_that_drops_is_told_apart_from_a_record_that_is_gone(tmp_path: Path, inputs: Path) -> None:
    recipe = write(inputs, BASE | {"web/e": [record(50, text="짧은 글이지만 이것도 글이다. 그래도 남는다.")]})
    strict = Recipe.model_validate(
        recipe.model_dump() | {"sources": [s.model_dump() | {"profile": "web"} for s in recipe.sources]}
    )
    run(tmp_path / "out", recipe)
    told = run(tmp_path / "out", strict, update=True).stats[LAST_BUILD]
    assert told["total"]["left"]["dropped now"] >= 1
    assert told["total"]["left"]["gone"] == 0
    told = run(tmp_path / "out", recipe, update=True).stats[LAST_BUILD]
    assert told["total"]["added"]["kept now"] >= 1
    assert told["total"]["added"]["new"] == 0


def test_only_what_is_new_is_made(tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    run(out, write(inputs, BASE))
    shards = {path: path.stat().st_mtime_ns for path in sorted(out.glob("*/*.arrow"))}
    made: list[str] = []
    for module, name in (("corpus.prepare", "_read"), ("corpus.clean", "_measure"), ("corpus.clean", "_clean")):
        function = getattr(__import__(module, fromlist=["x"]), name)

        def counted(task: Any, *rest: Any, function: Any = function) -> Any:
            made.append(Path(task.part.url).stem)
            return function(task, *rest)

        monkeypatch.setattr(f"{module}.{name}", counted)
    run(out, write(inputs, {"web/0": [record(200)]} | BASE | {"web/z": [record(201)]}), update=True)
    assert sorted(made) == ["0"] * 3 + ["z"] * 3
    wiki = [path for path in shards if "wiki" in path.name]
    assert wiki
    assert all(path.stat().st_mtime_ns == shards[path] for path in wiki)  # the file is the same: it stayed in place


@pytest.mark.parametrize("after", range(0, 12, 2))
def test_killed_while_files_are_replaced_it_completes(
    tmp_path: Path, inputs: Path, scratch: dict[str, Any], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    name, out = "a file and a source more", tmp_path / "out"
    run(out, write(inputs, BASE))
    before = state(out)
    recipe = write(inputs, NEXT[name])
    moves = iter(range(after))

    def killed(source: Path, target: Path) -> None:
        if next(moves, None) is None:
            raise KeyboardInterrupt
        shutil.move(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(output, "move", killed)
        with pytest.raises(KeyboardInterrupt):
            run(out, recipe, update=True)
    updated = run(out, recipe, update=True)
    assert content(out) == scratch[name]
    _tells(updated.stats[LAST_BUILD], before, state(out))


@pytest.mark.parametrize("stage", ["_trim", "assemble", "find_contamination", "match"])
def test_killed_before_it_leaves_the_finished_corpus(
    tmp_path: Path, inputs: Path, scratch: dict[str, Any], monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    name, out = "a changed file", tmp_path / "out"
    run(out, write(inputs, BASE))
    before = content(out)
    recipe = write(inputs, NEXT[name])
    with monkeypatch.context() as patch:
        patch.setattr(building, stage, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(out, recipe, update=True)
    assert content(out) == before
    run(out, recipe, update=True)
    assert content(out) == scratch[name]


def test_without_its_work_folder_everything_is_read_again(
    tmp_path: Path, inputs: Path, scratch: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    name, out = "a source less", tmp_path / "out"
    run(out, write(inputs, BASE))
    before = state(out)
    drop_work(out)
    with caplog.at_level(logging.WARNING):
        updated = run(out, write(inputs, NEXT[name]), update=True)
    assert "holds no intermediate results any more" in caplog.text
    assert content(out) == scratch[name]
    _tells(updated.stats[LAST_BUILD], before, state(out))


def test_what_cannot_be_updated_is_told(tmp_path: Path, inputs: Path) -> None:
    recipe, out = write(inputs, BASE), tmp_path / "out"
    with pytest.raises(UserError, match=r"--update: .* holds no corpus"):
        run(out, recipe, update=True)
    assert not out.exists()
    run(out, recipe)
    assert run(out, recipe, update=True).found  # nothing to do
    next(out.glob("train/*.arrow")).write_bytes(b"damaged")
    other = write(inputs, NEXT["a source less"])
    with pytest.raises(UserError, match="is damaged: it has changed since it was written"):
        run(out, other, update=True)
    recipe = write(inputs, BASE)
    with pytest.raises(UserError, match="is not finished, or damaged, so there is nothing to compare with"):
        run(out, recipe, update=True)
    run(out, recipe)
    other = write(inputs, NEXT["a source less"])
    with pytest.raises(UserError, match="bring it up to date with --update, or replace it with --overwrite"):
        run(out, other)
    assert run(out, other, update=True).stats[LAST_BUILD]["total"]["left"]["gone"] == 10


def test_an_update_of_an_update_that_was_interrupted_says_that_it_knows_no_changes(
    tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "out"
    run(out, write(inputs, BASE))
    recipe = write(inputs, NEXT["a changed file"])
    with monkeypatch.context() as patch:
        patch.setattr(output, "move", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(out, recipe, update=True)
    updated = run(out, write(inputs, NEXT["a source less"]), update=True)
    assert "what changed since the last build is not known" in caplog.text
    assert LAST_BUILD not in updated.stats
