"""The corpus build: prepare → match → commit, then the books.

    prepare   one task per upstream file: read, normalise, clean, fingerprint        (corpus/prepare.py)
    match     who duplicates whom, over the whole corpus                             (corpus/duplicates/match.py)
    commit    one task per output shard                                              (corpus/commit.py)

Everything under OUT/work is made of tasks that a rerun skips when nothing changed; the finished corpus is put in place last.
The result depends on the recipe and the upstream files alone: not on workers, interruptions or the clock.
"""

import fcntl
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus import commit
from corpus.books import open_books
from corpus.clean import clean_part
from corpus.cleaning import boilerplate
from corpus.contamination.find import find_contamination, prepare_index, scan_folder
from corpus.document import SCHEMA, Part
from corpus.download.locator import Locator
from corpus.duplicates.match import match
from corpus.duplicates.report import describe_matches
from corpus.engine.local import Engine, Observer
from corpus.engine.task import TaskRecord, file_sha256, read_json, settings_sha256, sweep, sync, write_json
from corpus.errors import UserError
from corpus.prepare import PartTask, read_part
from corpus.recipe import Recipe, SourceRecipe
from corpus.rejects import merge_samples
from corpus.repeats.spans import find_spans
from corpus.report import write_report
from corpus.shards import describe_split, source_of, write_stream
from corpus.sources import source as open_source
from corpus.trim import TrimTask, trim_part

SPLITS = ("train", "validation")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Built:
    """What a build made."""

    out: Path
    stats: dict[str, Any]
    manifest: dict[str, Any]


def list_parts(recipe: Recipe, locator: Locator) -> list[tuple[SourceRecipe, Part]]:
    """The upstream files that a recipe names, in the recipe's order; a source that is excluded gets a warning and no files."""
    found = []
    for entry in recipe.sources:
        kind = open_source(entry.kind or entry.name, entry.settings | {"licenses": recipe.licenses})
        if kind.excluded:
            log.warning("%s", kind.excluded)
        found += [(entry, part) for part in kind.parts(locator)]
    if not found:
        kinds = [open_source(entry.kind or entry.name, entry.settings) for entry in recipe.sources]
        terms = ", ".join(sorted({f"{kind.license!r}" for kind in kinds if kind.license}))
        raise UserError(
            f"recipe {recipe.name!r}: all its sources are left out, so there is nothing to build. licenses = {recipe.licenses!r}; those of its "
            f"sources are {terms}"
        )
    return found


def plan_parts(recipe: Recipe, locator: Locator, out: Path, observer: Observer | None = None) -> list[PartTask]:
    """One task per upstream file, downloaded where need be. Raises UserError for a file that cannot be found."""
    parts = list_parts(recipe, locator)
    paths = locator.fetch_all([url for _, part in parts for url in part.urls], observer)
    numbers: Counter[str] = Counter()
    tasks = []
    for entry, part in parts:
        path = paths[part.url]
        name = f"{entry.name}-{numbers[entry.name]:05d}"
        numbers[entry.name] += 1
        work = out / "work"
        tasks.append(
            PartTask(
                recipe,
                entry,
                part,
                path,
                path.stat().st_size,
                work / "read" / name,
                work / "clean" / name,
                beside=tuple(paths[url] for url in part.beside),
            )
        )
    return tasks


def build(recipe: Recipe, out: Path, engine: Engine, locator: Locator) -> Built:
    """Build the corpus of a recipe in `out`; see DESIGN of the corpus directory in the README.

    Raises UserError for anything the user can mend (a missing file, a folder of another recipe, a full disk) and
    corpus.books.UnbalancedError if a document were lost.
    """
    with _workplace(out, recipe):
        tasks = plan_parts(recipe, locator, out, engine.observer)
        read = _map(engine, read_part, tasks, "read")
        learned = boilerplate.learn(
            [task.read_dir / "lines.arrow" for task in tasks], recipe.boilerplate, out / "work" / "boilerplate"
        )
        tests = prepare_index(recipe.contamination, locator, out / "work" / "contamination")
        scans = [scan_folder(out / "work" / "contamination", number) for number in range(len(tasks))]
        tasks = [replace(t, learned=learned, tests=tests, scan_dir=s) for t, s in zip(tasks, scans, strict=True)]
        clean = _map(engine, clean_part, tasks, "clean")
        folders = [task.clean_dir for task in tasks]
        duplicates = match(folders, recipe.match, engine, out / "work" / "match", recipe.priorities())
        trimmed = _trim(recipe, out, engine, tasks, clean, duplicates)
        part_sources = [task.source.name for task in tasks]
        shares = {s.name: recipe.validation if s.validation is None else s.validation for s in recipe.sources}
        shards = commit.plan(
            clean, trimmed, part_sources, shares, duplicates, recipe.shard_bytes, out / "work" / "shards"
        )
        written = list(
            engine.map(
                commit.write_shard,
                shards,
                name="write",
                describe=lambda s: s.name,
                group=lambda s: source_of(Path(s.name)),
                weigh=lambda s: s.bytes,
            )
        )
        return _publish(recipe, out, tasks, read, clean, trimmed, folders, duplicates, shards, written)


def _map(engine: Engine, function: Any, tasks: Sequence[PartTask], name: str) -> list[TaskRecord]:
    return list(
        engine.map(
            function,
            tasks,
            name=name,
            describe=lambda task: f"{task.source.name} {task.part.url}",
            group=lambda task: task.source.name,
            weigh=lambda task: task.bytes,
        )
    )


def _trim(
    recipe: Recipe,
    out: Path,
    engine: Engine,
    tasks: Sequence[PartTask],
    clean: Sequence[TaskRecord],
    duplicates: Path,
) -> list[TaskRecord]:
    """Find what else must go (repeated stretches, test items) and take it out of each part."""
    work = out / "work"
    folders = [task.clean_dir for task in tasks]
    lists = [find_spans(folders, duplicates, recipe.spans, engine, work / "spans", recipe.priorities())]
    if tests := tasks[0].tests if tasks else None:
        lists.append(find_contamination(folders, recipe.contamination, engine, tests, work / "contamination"))
    table = commit.open_documents(duplicates)
    part, row = table["part"].to_numpy(), table["row"].to_numpy()
    trims = [
        TrimTask(
            task.source.name,
            task.clean_dir / "documents.arrow",
            record.outputs["documents.arrow"]["sha256"],
            row[part == index],
            tuple(cuts[index] for cuts in lists if cuts),
            work / "trim" / task.clean_dir.name,
        )
        for index, (task, record) in enumerate(zip(tasks, clean, strict=True))
    ]
    return list(
        engine.map(trim_part, trims, name="trim", describe=lambda t: t.directory.name, group=lambda t: t.source)
    )


def _publish(
    recipe: Recipe,
    out: Path,
    tasks: Sequence[PartTask],
    read: Sequence[TaskRecord],
    clean: Sequence[TaskRecord],
    trimmed: Sequence[TaskRecord],
    folders: Sequence[Path],
    duplicates: Path,
    shards: Sequence[commit.Shard],
    written: Sequence[TaskRecord],
) -> Built:
    """Put the finished files in place: splits, duplicates, rejects, books, report, and the manifest last."""
    sources = [source.name for source in recipe.sources]
    (out / "manifest.json").unlink(missing_ok=True)  # while files are being replaced there is no finished corpus here
    for split in SPLITS:
        mine = [
            (shard, record) for shard, record in zip(shards, written, strict=True) if shard.name.startswith(f"{split}/")
        ]
        _publish_split(out, split, mine)
    repeated = commit.write_duplicates(folders, duplicates, out / "duplicates.arrow")
    by_source: dict[str, Counter[str]] = {name: Counter() for name in sources}
    bytes_by_source: Counter[str] = Counter()
    for row in repeated.to_pylist():
        by_source[tasks[row["part"]].source.name][row["kind"]] += row["documents"]
        bytes_by_source[tasks[row["part"]].source.name] += row["bytes"]
    per_source = {
        name: [record for shard, record in zip(shards, written, strict=True) if source_of(Path(shard.name)) == name]
        for name in sources
    }
    part_sources = [task.source.name for task in tasks]
    stats = open_books(sources, part_sources, read, clean, trimmed, by_source, bytes_by_source, per_source)
    _publish_rejects(out, sources, tasks)
    write_json(out / "stats.json", stats)
    _publish_contamination(recipe, out)
    _publish_contained(recipe, out)
    write_report(out, recipe, stats, describe_matches(folders, duplicates, repeated))
    manifest = _manifest(recipe, out, tasks, read, shards, written)
    write_json(out / "manifest.json", manifest)
    return Built(out, stats, manifest)


def _publish_split(out: Path, split: str, shards: Sequence[tuple[commit.Shard, TaskRecord]]) -> None:
    folder = out / f".{split}.tmp-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = []
    for shard, record in shards:
        files.append(Path(shard.name).name)
        _link(record.directory / "shard.arrow", folder / files[-1])
    if not files:  # `datasets` opens a split of no rows, but not one of no files
        files.append("empty-00000.arrow")
        write_stream(folder / files[-1], SCHEMA, [])
    contents = [record.outputs["shard.arrow"]["sha256"] for _, record in shards]
    describe_split(folder, SCHEMA, files, settings_sha256([split, *contents]), split)
    sync(folder)
    shutil.rmtree(out / split, ignore_errors=True)
    os.replace(folder, out / split)


def _link(source: Path, target: Path) -> None:
    """The same file at a second place: no copy where the file system can link."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync(target)


def _publish_rejects(out: Path, sources: Sequence[str], tasks: Sequence[PartTask]) -> None:
    folder = out / "rejects"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in sources:
        mine = [task for task in tasks if task.source.name == name]
        merge_samples([task.clean_dir / "rejects.jsonl" for task in mine], folder / f"{name}.jsonl")
        with (folder / f"{name}.unreadable.jsonl").open("wb") as file:
            for task in mine:
                file.write((task.read_dir / "unreadable.jsonl").read_bytes())


def _publish_contamination(recipe: Recipe, out: Path) -> None:
    path = out / "contamination.json"
    path.unlink(missing_ok=True)
    if recipe.contamination.sets:
        write_json(path, read_json(out / "work" / "contamination" / "settled" / "report.json"))


def _publish_contained(recipe: Recipe, out: Path) -> None:
    """contained.arrow: documents that stand in longer ones, where the recipe looks for them."""
    path = out / "contained.arrow"
    path.unlink(missing_ok=True)
    if recipe.spans.active:
        shutil.copyfile(out / "work" / "spans" / "cuts" / "contained.arrow", path)


def _manifest(
    recipe: Recipe,
    out: Path,
    tasks: Sequence[PartTask],
    read: Sequence[TaskRecord],
    shards: Sequence[commit.Shard],
    written: Sequence[TaskRecord],
) -> dict[str, Any]:
    inputs = [
        {"source": task.source.name, "url": url, "subset": task.part.subset}
        | {key: file[key] for key in ("bytes", "sha256")}
        for task, record in zip(tasks, read, strict=True)
        for url, file in zip(task.part.urls, record.inputs, strict=True)
    ]
    outputs = [
        {"path": shard.name, "rows": record.result["rows"], "text_bytes": record.result["bytes"]}
        | record.outputs["shard.arrow"]
        for shard, record in zip(shards, written, strict=True)
    ]
    made = [out / name for name in ("duplicates.arrow", "stats.json", "report.html")]
    outputs += [{"path": path.name, "bytes": path.stat().st_size, "sha256": file_sha256(path)} for path in made]
    versions = {name: version(name) for name in ("pyarrow", "numba", "numpy")}
    return {
        "hanji": version("hanji"),
        "versions": versions,
        "recipe": recipe.model_dump(mode="json"),
        "inputs": inputs,
        "outputs": outputs,
    }


@contextmanager
def _workplace(out: Path, recipe: Recipe) -> Iterator[None]:
    """Hold the output folder for this build: it is empty or holds this recipe's run, and nobody else is building in it."""
    work = out / "work"
    marker = work / "recipe.json"
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; name a folder to build in with --out.")
    known = read_json(marker)["name"] if marker.is_file() else None
    if known is None and (out / "manifest.json").is_file():
        known = read_json(out / "manifest.json")["recipe"]["name"]
    if known is not None and known != recipe.name:
        raise UserError(
            f"{out} holds a run of the recipe {known!r}, not of {recipe.name!r}. Give another folder with --out, or delete this one to start afresh."
        )
    if known is None and out.is_dir() and any(out.iterdir()):
        raise UserError(f"{out} is not empty and holds no run of this recipe. Give another folder with --out.")
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(f"{out} is being built by another process. Wait for it, or stop it first.") from error
        for folder in (out, work, *(p for p in work.iterdir() if p.is_dir())):
            sweep(folder)
        write_json(marker, {"name": recipe.name})
        yield
