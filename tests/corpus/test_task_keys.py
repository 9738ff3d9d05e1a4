"""A task's key covers all that it reads: change any of it, and the task runs again; change nothing, and it does not.

The work itself is replaced by writing fixed files: what is asked is when it is done.
"""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import BaseModel

from corpus import clean, commit, plan, prepare, trim
from corpus.cleaning import boilerplate, language, normalize, privacy
from corpus.contamination import find, index, scan
from corpus.contamination.evaluation_set import EvaluationSet
from corpus.contamination.index import build_index
from corpus.document import Part
from corpus.download.locator import Locator
from corpus.duplicates import dropped, minhash, shingles
from corpus.duplicates import match as matching
from corpus.duplicates.dropped import Dropped, index_dropped
from corpus.duplicates.match import DUPLICATES, MatchSettings, match
from corpus.duplicates.minhash import MinHashSettings
from corpus.engine.local import LocalEngine
from corpus.prepare import PartTask
from corpus.quality import judgement, urls
from corpus.recipe import Recipe, SourceRecipe
from corpus.repeats.cuts import CUTS, write_cuts
from tests.corpus.duplicates.test_match import part as match_part
from tests.corpus.quality.test_model import model_bytes

Change = Callable[[PartTask], PartTask]


def other(value: Any) -> Any:
    """Another value of the same kind, whether or not the settings would accept it."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value * 2 + 1
        case str():
            return f"{value}-other"
        case list():
            return [*value[1:], "another"]
        case BaseModel():
            return changed(value, next(iter(type(value).model_fields)))
    return 7  # of None


def changed(settings: BaseModel, *path: str) -> BaseModel:
    """The settings with another value at a path of fields."""
    value = getattr(settings, path[0])
    return settings.model_copy(update={path[0]: changed(value, *path[1:]) if path[1:] else other(value)})


def leaves(settings: BaseModel) -> list[tuple[str, ...]]:
    """The paths of all fields of settings and of settings in them."""
    found: list[tuple[str, ...]] = []
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        found += [(name, *path) for path in leaves(value)] if isinstance(value, BaseModel) else [(name,)]
    return found


def recipe_fields(*nouns: str) -> dict[str, Change]:
    """A change for each field of the nouns of a recipe."""
    return {
        ".".join([noun, *path]): lambda t, noun=noun, path=path: replace(t, recipe=changed(t.recipe, noun, *path))
        for noun in nouns
        for path in leaves(getattr(Recipe(name="t", sources=[SourceRecipe(name="s")]), noun))
    }


def on_recipe(**values: Any) -> Change:
    return lambda task: replace(task, recipe=task.recipe.model_copy(update=values))


def on_source(**values: Any) -> Change:
    return lambda task: replace(task, source=task.source.model_copy(update=values))


def on_part(**values: Any) -> Change:
    return lambda task: replace(task, part=replace(task.part, **values))


def rewritten(place: Callable[[PartTask], Path]) -> Change:
    """Other content of the same size in a file that the task reads."""

    def change(task: PartTask) -> PartTask:
        path = place(task)
        stat, content = path.stat(), path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))
        return task

    return change


WRITTEN: dict[str, str] = {}  # what the tasks write now, by the name of the file; else its name


def remade(name: str) -> Change:
    """An earlier task that makes another file of this name; everything it made is gone, so that it runs."""

    def change(task: PartTask) -> PartTask:
        WRITTEN[name] = f"other {name}"
        for folder in (task.read_dir, task.measured_dir):
            shutil.rmtree(folder, ignore_errors=True)
        prepare.read_part(task)
        return task

    return change


def write_keys(path: Path, schema: pa.Schema, keys: list[int]) -> None:
    """An Arrow file with these keys; its other columns are empty."""
    row = {field.name: "" if field.type == pa.string() else 0 for field in schema}
    table = pa.Table.from_pylist([row | {"key": key} for key in keys], schema)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(table.combine_chunks())


def learning(task: PartTask, keys: list[int]) -> PartTask:
    """The same part after other lines were learned."""
    write_keys(task.learned or Path(), boilerplate.LEARNED_SCHEMA, keys)
    return task


READ: dict[str, Change] = recipe_fields("normalize", "language", "boilerplate") | {
    "licences": on_recipe(licenses="commercial"),
    "name of the source": on_source(name="other"),
    "language of the source": on_source(lang="en"),
    "settings of the source": lambda t: replace(
        t, source=SourceRecipe.model_validate(t.source.model_dump() | {"license": "CC0-1.0"})
    ),
    "subset": on_part(subset="other"),
    "address": on_part(url="https://example.org/other.jsonl"),
    "content": rewritten(lambda t: t.path),
    "content of the second file": rewritten(lambda t: t.beside[0]),
    "no second file": lambda t: replace(t, beside=()),
}
MEASURE: dict[str, Change] = recipe_fields("privacy", "boilerplate") | {
    "languages": on_recipe(languages=["ko"]),
    "documents": remade("documents.arrow"),
    "learned lines": lambda t: learning(t, [2, 4]),
    "a learned line less": lambda t: learning(t, []),
    "nothing learned": lambda t: replace(t, learned=None),
    "domains": lambda t: replace(t, recipe=changed(t.recipe, "quality", "urls", "domains")),
    "words": lambda t: replace(t, recipe=changed(t.recipe, "quality", "urls", "words")),
    "patterns of URLs": lambda t: replace(t, recipe=changed(t.recipe, "quality", "urls", "builtin")),
    "profile, which says whether these are asked": on_source(profile="reference"),
}
CLEAN: dict[str, Change] = recipe_fields("shingles", "minhash", "quality") | {
    "profile": on_source(profile="reference"),
    "documents": remade("documents.arrow"),
    "statistics": remade("statistics.arrow"),
    "rejects": remade("rejects.jsonl"),
}
OWN_FILES = [f"quality.urls.{name}" for name in ("domain_files", "word_files", "soft_word_files")]
# Own rules, models and lists are read when settings are made: they have tests of their own below.
CLEAN = {name: change for name, change in CLEAN.items() if name not in (*OWN_FILES, "quality.rules", "quality.model")}


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PartTask:
    """A part with a second file, its work replaced by writing."""

    WRITTEN.clear()

    def write(out: Path) -> dict[str, Any]:
        for name in ("documents.arrow", "statistics.arrow", "rejects.jsonl"):
            (out / name).write_text(WRITTEN.get(name, name))
        write_keys(out / "lines.arrow", boilerplate.COUNTS_SCHEMA, [2, 4, 6])
        return {}

    monkeypatch.setattr(prepare, "_read", lambda task, out: write(out))
    monkeypatch.setattr(clean, "_measure", lambda task, learned, out: write(out))
    monkeypatch.setattr(clean, "_clean", lambda task, measured, scanner, out: write(out))
    file, beside, learned = (tmp_path / name for name in ("in.jsonl", "beside.jsonl", "learned.arrow"))
    for path in (file, beside):
        path.write_text(f"content of {path.name}")
    write_keys(learned, boilerplate.LEARNED_SCHEMA, [4])
    source = {"name": "s", "kind": "local", "files": [str(file)], "profile": "web", "lang": "ko"}
    recipe = Recipe.model_validate({"name": "t", "sources": [source]})
    folders = tmp_path / "read" / "s-00000", tmp_path / "clean" / "s-00000"
    return PartTask(
        recipe, recipe.sources[0], Part("s", str(file)), file, 1, *folders, learned=learned, beside=(beside,)
    )


def _runs_again(run: Callable[[PartTask], bool], task: PartTask, change: Change) -> None:
    assert run(task)
    assert not run(task)
    assert not run(replace(task))
    after = change(task)
    assert run(after)
    assert not run(after)


@pytest.mark.parametrize("name", READ)
def test_reading(task: PartTask, name: str) -> None:
    _runs_again(lambda t: not prepare.read_part(t).skipped, task, READ[name])


@pytest.mark.parametrize("name", MEASURE)
def test_measuring(task: PartTask, name: str) -> None:
    prepare.read_part(task)
    _runs_again(lambda t: not clean.measure_part(t).skipped, task, MEASURE[name])


def test_lines_of_other_parts_are_learned_without_measuring_again(task: PartTask) -> None:
    prepare.read_part(task)
    assert not clean.measure_part(task).skipped
    assert clean.measure_part(learning(task, [1, 3, 4, 5, 7])).skipped  # the part has 2, 4 and 6, and 4 was learned


@pytest.mark.parametrize("name", CLEAN)
def test_cleaning(task: PartTask, name: str) -> None:
    prepare.read_part(task)
    _runs_again(lambda t: not clean.clean_part(t).skipped, task, CLEAN[name])


VERSIONS = {
    "read_part": [prepare, normalize, language, boilerplate],
    "measure_part": [clean, boilerplate, privacy, judgement, urls],
    "clean_part": [clean, judgement, shingles, minhash],
}


@pytest.mark.parametrize("step", VERSIONS)
def test_a_noun_that_works_otherwise_works_again(task: PartTask, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    prepare.read_part(task)
    run = getattr(prepare if step == "read_part" else clean, step)
    run(task)
    for module in VERSIONS[step]:
        assert run(task).skipped
        with monkeypatch.context() as patch:
            patch.setattr(module, "VERSION", 999)
            assert not run(task).skipped, module.__name__
        run(task)


@pytest.mark.parametrize("step", ["measure_part", "clean_part"])
def test_own_rules_are_known_by_their_content(task: PartTask, tmp_path: Path, step: str) -> None:
    rules = tmp_path / "rules.py"
    text = (
        "from corpus.quality.rules import Rule\n"
        "RULES = [Rule('max', 'mine', lambda texts: [len(t) for t in texts.to_pylist()], ko=9000.0)]\n"
    )
    rules.write_text(text)
    prepare.read_part(task)
    task = replace(task, recipe=Recipe.model_validate(task.recipe.model_dump() | {"quality": {"rules": [str(rules)]}}))

    def rewrite(same: PartTask) -> PartTask:
        rules.write_text(text.replace("9000", "8000"))
        return same

    _runs_again(lambda t: not getattr(clean, step)(t).skipped, task, rewrite)


@pytest.mark.parametrize("step", ["measure_part", "clean_part"])
@pytest.mark.parametrize("what", ["content", "label", "limit"])
def test_a_model_is_known_by_its_content(task: PartTask, tmp_path: Path, step: str, what: str) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(model_bytes(labels=("hq", "cc")))

    def judged_by(label: str, limit: float) -> PartTask:
        model = {"path": str(path), "label": label, "min_score": {"ko": limit}}
        return replace(task, recipe=Recipe.model_validate(task.recipe.model_dump() | {"quality": {"model": model}}))

    def change(same: PartTask) -> PartTask:
        if what == "content":
            path.write_bytes(model_bytes(seed=1, labels=("hq", "cc")))
            return same
        return judged_by("cc", 0.5) if what == "label" else judged_by("hq", 0.6)

    prepare.read_part(task)
    run = getattr(clean, step)
    if (what, step) == ("limit", "measure_part"):  # a limit needs no new score
        assert not run(judged_by("hq", 0.5)).skipped
        assert run(judged_by("hq", 0.6)).skipped
    else:
        _runs_again(lambda t: not run(t).skipped, judged_by("hq", 0.5), change)


BOILERPLATE = sorted(boilerplate.BoilerplateSettings.model_fields)


@pytest.mark.parametrize("name", [*BOILERPLATE, "counts"])
def test_learning_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    ran: list[int] = []
    monkeypatch.setattr(boilerplate, "_slices", lambda counts: ran.append(1) or [])
    counts, settings = tmp_path / "lines.arrow", boilerplate.BoilerplateSettings()
    counts.write_text("counts")
    for _ in range(2):
        boilerplate.learn([counts], settings, tmp_path / "learned")
    assert len(ran) == 1
    if name == "counts":
        counts.write_text("others")
    else:
        settings = changed(settings, name)  # type: ignore[assignment]
    boilerplate.learn([counts], settings, tmp_path / "learned")
    assert len(ran) == 2


@pytest.mark.parametrize("what", ["coverage", "documents", "index"])
def test_looking_for_test_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    ran: list[float] = []

    class Nothing:
        def write(self, path: Path) -> dict[str, int]:
            path.write_text("found")
            return {}

    monkeypatch.setattr(scan, "_scan", lambda part, index, coverage: ran.append(coverage) or Nothing())
    part, index = tmp_path / "part", tmp_path / "index"
    for folder, names in ((part, ["documents.arrow"]), (index, ["seeds.npy", "pieces.parquet"])):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(name)
    for _ in range(2):
        scan.scan_part(part, index, 0.7, tmp_path / "out")
    assert ran == [0.7]
    if what != "coverage":
        (part / "documents.arrow" if what == "documents" else index / "seeds.npy").write_text("other")
    scan.scan_part(part, index, 0.8 if what == "coverage" else 0.7, tmp_path / "out")
    assert len(ran) == 2


EVALUATION = EvaluationSet(task="t", files=["t.jsonl"], fields=["a"], background=["b"])
SETS = {
    "task": {"task": "other"},
    "fields": {"fields": ["c"]},
    "background": {"background": ["c"]},
    "one field more": {"fields": ["a", "c"]},
    "files": {"files": ["t.jsonl", "t.jsonl"]},
}


@pytest.mark.parametrize("what", [*SETS, "content"])
def test_indexing_test_items(tmp_path: Path, what: str) -> None:
    items = tmp_path / "t.jsonl"

    def run(settings: EvaluationSet) -> bool:
        files = [str(tmp_path / name) for name in settings.files]
        index = build_index([settings.model_copy(update={"files": files})], Locator(None, tmp_path), tmp_path / "index")
        made.append((index / "task.json").stat().st_mtime_ns)
        return made[-1] not in made[:-1]

    made: list[int] = []
    text = json.dumps({name: f"글 하나가 여기에 있다 {name}" for name in "abc"}, ensure_ascii=False)
    items.write_text(text)
    assert run(EVALUATION)
    assert not run(EVALUATION)
    if what == "content":
        items.write_text(text.replace("글", "말"))
    assert run(EVALUATION.model_copy(update=SETS.get(what, {})))


SETTLED = {"remove": "span", "coverage": 0.9, "syllables": 30, "words": 30, "common": 1}


@pytest.mark.parametrize("what", [*SETTLED, "item", "documents"])
def test_settling_what_is_a_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Also where the places that were found are the same ones: the report tells of the items and the texts."""
    ran: list[Path] = []

    def settle(parts: Any, found: Any, index: Any, settings: Any, out: Path) -> None:
        ran.append(out)

    monkeypatch.setattr(find, "_settle", settle)
    items = tmp_path / "t.jsonl"
    items.write_text(json.dumps({"a": "글 하나가 여기에 있다고 한다"}, ensure_ascii=False) + "\n")
    rows = [{"text": "다른 글이 여기에 하나 더 있다"}]

    def run(rows: list[dict[str, Any]], **changes: Any) -> int:
        sets = [EvaluationSet(task="t", files=[str(items)], fields=["a"])]
        settings = find.ContaminationSettings(sets=sets, **changes)
        parts = [match_part(tmp_path / "p", rows)]
        with LocalEngine(1) as engine:
            index = find.prepare_index(settings, Locator(None, tmp_path), tmp_path / "work")
            find.find_contamination(parts, settings, engine, index or Path(), tmp_path / "work")
        shutil.rmtree(tmp_path / "p")
        return len(ran)

    assert run(rows) == run(rows) == 1
    if what == "item":
        items.write_text(items.read_text() + json.dumps({"a": "둘째 물음은 아무 데에도 없다"}) + "\n")
    changes = {what: SETTLED[what]} if what in SETTLED else {}
    assert run([{"text": "모두 다른 말뿐이다"}] if what == "documents" else rows, **changes) == 2


@pytest.mark.parametrize("what", ["rows", "copies", "content", "nothing"])
def test_writing_a_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(commit, "_gather", lambda *_: iter(()))
    np.save(tmp_path / "chosen.npy", np.array([(0, 1, 5), (1, 1, 4)], plan.CHOSEN))
    piece = plan.Piece(tmp_path / "d", None, ("a" * 64,), tmp_path / "chosen.npy", 0, 2)
    shard = plan.Shard("train/s-00000.arrow", (piece,), 9, tmp_path / "s")
    assert not commit.write_shard(shard).skipped
    if what in ("rows", "copies"):
        np.save(tmp_path / "chosen.npy", np.array([(0, 1, 5), (2, 1, 4) if what == "rows" else (1, 2, 4)], plan.CHOSEN))
    elif what == "content":
        shard = replace(shard, pieces=(replace(piece, content=("a" * 64, "b" * 64)),))
    assert commit.write_shard(shard).skipped == (what == "nothing")


CHOOSING = ("content", "texts", "dropped", "copies", "held_out", "place in the corpus", "nothing")


@pytest.mark.parametrize("what", CHOOSING)
def test_choosing_rows(tmp_path: Path, what: str) -> None:
    """The result depends on the part, its duplicates and survivors, and the share; not on which other parts there
    are."""
    parts = [match_part(tmp_path / "p", [{"text": text} for text in ("하나", "둘", "셋")])]
    other = [match_part(tmp_path / "q", [{"text": "넷"}])]
    table = tmp_path / "duplicates.arrow"

    def choose(parts: list[Path], rows: list[tuple[int, int, int, int]], **changes: Any) -> bool:
        columns = [pa.array([row[i] for row in rows], DUPLICATES.field(i).type) for i in range(4)]
        columns += [pa.array(["near"] * len(rows)), pa.array([0.9] * len(rows), pa.float32())]
        with pa.OSFile(str(table), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
            writer.write_table(pa.table(columns, schema=DUPLICATES))
        dropped = index_dropped(parts, table, tmp_path / "dropped")
        first = 1 if len(parts) == 2 else 0
        task = plan.ChooseTask(
            "s", len(parts) - 1, first, first + 3, parts[-1] / "documents.arrow", None, ("a" * 64,), dropped, 0.5,
            tmp_path / "plan",
        )  # fmt: skip
        return bool(plan.choose_rows(replace(task, **changes)).skipped)

    assert not choose(parts, [(0, 1, 0, 0)])
    if what == "dropped":
        assert not choose(parts, [(0, 2, 0, 0)])
    elif what == "copies":
        assert not choose(parts, [(0, 1, 0, 2)])
    elif what == "place in the corpus":
        assert choose([*other, *parts], [(1, 1, 1, 0)])
    else:
        changes: dict[str, dict[str, Any]] = {
            "content": {"content": ("b" * 64,)},
            "texts": {"content": ("a" * 64, "b" * 64)},
            "held_out": {"held_out": 0.25},
        }
        assert choose(parts, [(0, 1, 0, 0)], **changes.get(what, {})) == (what == "nothing")


@pytest.mark.parametrize("what", ["content", "cuts", "dropped", "least"])
def test_trimming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(trim, "_trim", lambda task, cuts, out: {})
    rows = {"row": [0, 1], "start": [0, 5], "end": [9, 9], "kind": ["span", "span"]}
    (tmp_path / "cuts").mkdir()
    write_cuts(tmp_path / "cuts", pa.table(rows, schema=CUTS))
    monkeypatch.setattr(Dropped, "rows", lambda self, part: np.arange(part))
    task = trim.TrimTask(
        "s", tmp_path / "documents.arrow", "a" * 64, 0, Dropped(tmp_path, tmp_path), (tmp_path / "cuts",),
        tmp_path / "out",
    )  # fmt: skip
    assert not trim.trim_part(task).skipped
    assert trim.trim_part(task).skipped
    if what == "content":
        task = replace(task, content="b" * 64)
    elif what == "cuts":
        write_cuts(tmp_path / "cuts", pa.table(rows | {"end": [9, 8]}, schema=CUTS))
    elif what == "least":
        task = replace(task, least=100)
    else:
        task = replace(task, part=1)
    assert not trim.trim_part(task).skipped


MATCHED = ("priorities", "documents", "signatures", "shingles", "permutations")


@pytest.mark.parametrize("what", [*MatchSettings.model_fields, *MATCHED])
def test_matching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    ran: list[str] = []

    def work(job: Any, engine: Any) -> None:
        ran.append(job.content)
        job.task("result", lambda _, out: (out / "duplicates.arrow").write_text("none") and None)

    monkeypatch.setattr(matching, "_run", work)
    rows = [{"text": "가나다라마바사 아자차카타파하"}, {"text": "다른 글이 여기에 하나 더 있다"}]
    parts, settings, priorities = [match_part(tmp_path / "p", rows)], MatchSettings(), {"web": 1}

    def run() -> int:
        with LocalEngine(1) as engine:
            match(parts, settings, engine, tmp_path / "work", priorities)
        return len(ran)

    assert run() == run() == 1
    values = {
        "threshold": 0.8,
        "short_threshold": 0.8,
        "caution": 0.9,
        "containment": 0.9,
        "siblings": "drop",
        "survivor": "ranked",
    }
    if what == "priorities":
        priorities = {"web": 2}
    elif what == "documents":
        parts = [match_part(tmp_path / "q", rows[::-1])]
    elif what == "signatures":
        content = bytearray((parts[0] / "signatures.npy").read_bytes())
        content[-1] ^= 1
        (parts[0] / "signatures.npy").write_bytes(content)
    elif what == "shingles":  # the same documents and signatures, which say that they were made otherwise
        sketch = json.loads((parts[0] / "sketch.json").read_text())
        sketch["shingles"]["letters"] += 1
        (parts[0] / "sketch.json").write_text(json.dumps(sketch))
    elif what == "permutations":
        parts = [match_part(tmp_path / "p2", rows, minhash=MinHashSettings(permutations=64))]
    else:
        settings = MatchSettings.model_validate({what: values.get(what, 50)})
    assert run() == run() == 2


NOTHING: Any = SimpleNamespace(rows=lambda part: np.arange(0), copies=lambda first, last: np.arange(0))
PLACE = Path("nowhere")
# What calls run_task, and the versions that its key covers.
VERSIONED: dict[str, tuple[Any, Callable[[], Any], list[tuple[Any, str]]]] = {
    "indexing test items": (
        index, lambda: index.build_index([], Locator(None, PLACE), PLACE), [(index, "VERSION"), (shingles, "VERSION")]
    ),
    "looking for test items": (
        scan,
        lambda: scan.scan_part(PLACE, PLACE, 0.7, PLACE),
        [(scan, "VERSION"), (scan, "INDEX_VERSION"), (shingles, "VERSION")],
    ),
    "settling leaks": (
        find,
        lambda: find.find_contamination([], find.ContaminationSettings(), LocalEngine(1), PLACE, PLACE),
        [(find, "VERSION")],
    ),
    "learning lines": (
        boilerplate,
        lambda: boilerplate.learn([], boilerplate.BoilerplateSettings(), PLACE),
        [(boilerplate, "VERSION")],
    ),
    "indexing duplicates": (dropped, lambda: index_dropped([], PLACE, PLACE), [(dropped, "VERSION")]),
    "choosing rows": (
        plan,
        lambda: plan.choose_rows(plan.ChooseTask("s", 0, 0, 0, PLACE, None, (), NOTHING, 0.0, PLACE)),
        [(plan, "VERSION")],
    ),
    "trimming": (
        trim,
        lambda: trim.trim_part(trim.TrimTask("s", PLACE, "", 0, NOTHING, (), PLACE)),
        [(trim, "VERSION"), (trim, "STORED")],
    ),
    "writing a shard": (
        commit, lambda: commit.write_shard(plan.Shard("train/s-00000.arrow", (), 0, PLACE)), [(commit, "VERSION")]
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", VERSIONED)
def test_a_task_s_key_covers_the_versions_of_what_it_calls(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    module, call, versions = VERSIONED[what]
    seen: list[Any] = []

    class RanError(Exception):
        pass

    def run_task(directory: Path, function: Any, *, version: Any, **rest: Any) -> None:
        seen.append(version)
        raise RanError

    monkeypatch.setattr(module, "run_task", run_task)
    monkeypatch.setattr(scan, "file_sha256", lambda path: "")
    with pytest.raises(RanError):
        call()
    for where, name in versions:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, 999)
            with pytest.raises(RanError):
                call()
        assert seen[-1] != seen[0], f"{where.__name__}.{name}"


def test_the_texts_of_test_items_are_part_of_the_key_of_their_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where their seeds are the same."""
    for name in ("documents.arrow", "seeds.npy", "pieces.parquet"):
        (tmp_path / name).write_text(name)
    ran: list[int] = []
    monkeypatch.setattr(scan, "_scan", lambda *_: SimpleNamespace(write=lambda path: ran.append(1) or {}))
    for text in ("pieces", "pieces", "others"):
        (tmp_path / "pieces.parquet").write_text(text)
        scan.scan_part(tmp_path, tmp_path, 0.7, tmp_path / "out")
    assert len(ran) == 2


@pytest.mark.parametrize("what", ["table", "parts", "nothing"])
def test_indexing_the_duplicates(tmp_path: Path, what: str) -> None:
    """The numbers of documents depend on how many each part has, whatever the parts are."""
    parts = [match_part(tmp_path / name, [{"text": f"글 {n}"} for n in range(3)]) for name in "pq"]
    larger = [
        match_part(tmp_path / name, [{"text": f"글 {n}"} for n in range(count)]) for name, count in (("r", 4), ("s", 2))
    ]
    table = tmp_path / "duplicates.arrow"

    def index_of(parts: list[Path], row: int) -> list[int]:
        values = [[0], [row], [1], [0], ["near"], [0.5]]
        arrays = [pa.array(value, field.type) for value, field in zip(values, DUPLICATES, strict=True)]
        with pa.OSFile(str(table), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
            writer.write_table(pa.table(arrays, schema=DUPLICATES))
        found = index_dropped(parts, table, tmp_path / "dropped")
        return [int(n) for n in found.rows(0)] + found.copies(0, 6).tolist()

    assert index_of(parts, 1) == [1, 1, 1, 1, 2, 1, 1]
    assert (
        index_of(larger if what == "parts" else parts, 2 if what == "table" else 1)
        == {
            "table": [2, 1, 1, 1, 2, 1, 1],
            "parts": [1, 1, 1, 1, 1, 2, 1],
            "nothing": [1, 1, 1, 1, 2, 1, 1],
        }[what]
    )
