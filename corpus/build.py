"""The corpus build: prepare → match → plan → commit, then the books.

    prepare   one task per upstream file: read, normalise, clean, fingerprint        (corpus/prepare.py)
    match     find the duplicates of the whole corpus                                (corpus/duplicates/match.py)
    plan      which rows make which shard                                            (corpus/plan.py)
    commit    one task per output shard                                              (corpus/commit.py)
    assemble  books, report, manifest; the finished files are moved into place       (corpus/assemble.py)

Everything under OUT/.work is written by tasks that a rerun skips if nothing changed; the finished corpus is moved into
place last. The result depends only on the recipe and the upstream files, not on workers, interruptions or the clock.
"""

import logging
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus import clean as cleaning
from corpus import commit, prepare, release, trim
from corpus.assemble import Built as Built
from corpus.assemble import Stages, assemble, finished_corpus
from corpus.changes import Since
from corpus.clean import clean_part
from corpus.cleaning import boilerplate
from corpus.contamination.find import find_contamination, prepare_index, scan_folder
from corpus.contamination.sets import files_of_sets
from corpus.document import Part
from corpus.download.locator import Locator
from corpus.duplicates.dropped import Dropped, index_dropped
from corpus.duplicates.match import match
from corpus.engine.local import Engine, Observer
from corpus.engine.marker import Maker, read_marker
from corpus.engine.output import WORK, Output, claim
from corpus.engine.task import TaskRecord, file_sha256
from corpus.errors import UserError, unreachable
from corpus.plan import Shard, choose_rows, choose_tasks, cut_shards
from corpus.prepare import PartTask, check_fields, open_source, read_part
from corpus.quality import judgement
from corpus.quality.model_card import Judged, doubts
from corpus.recipe import Recipe, SourceRecipe
from corpus.repeats.fingerprints import fingerprints_folder
from corpus.repeats.spans import find_spans
from corpus.shards import source_of
from corpus.sources.local import Local
from corpus.times import describe_times, watched, write_times
from corpus.trim import TrimTask, trim_part

MAKER = Maker("build_corpus", "a corpus", updates=True)

log = logging.getLogger(__name__)


def list_parts(recipe: Recipe, locator: Locator) -> list[tuple[SourceRecipe, Part]]:
    """The upstream files of a recipe, in the recipe's order; an excluded source has no files and logs a warning."""
    found = []
    for entry in recipe.sources:
        kind = open_source(entry, recipe)
        if kind.excluded:
            log.warning("%s", kind.excluded)
        with _naming(entry):
            found += [(entry, part) for part in kind.parts(locator)]
    if not found:
        kinds = [open_source(entry, recipe) for entry in recipe.sources]
        terms = ", ".join(sorted({f"{kind.license!r}" for kind in kinds if kind.license}))
        raise UserError(
            f"recipe {recipe.name!r}: all its sources are left out, so there is nothing to build. licenses ="
            f" {recipe.licenses!r}; those of its sources are {terms}"
        )
    return found


@contextmanager
def _naming(entry: SourceRecipe) -> Iterator[None]:
    """Add the name of the source to an error in listing its files."""
    try:
        yield
    except Exception as error:
        told = unreachable(error)
        if told is None:
            raise
        raise UserError(f"source {entry.name!r}: {told}") from error


def part_tasks(recipe: Recipe, locator: Locator, out: Path, observer: Observer | None = None) -> list[PartTask]:
    """One task per upstream file, downloaded if necessary. Raises UserError for a file that cannot be found."""
    parts = list_parts(recipe, locator)
    paths = locator.fetch_all([url for _, part in parts for url in part.urls], observer)
    times: Counter[str] = Counter()
    tasks = []
    for entry, part in parts:
        path = paths[part.url]
        # Not its number: a file that comes before it in another build would give it the folders of another part.
        name = f"{entry.name}-{part.key}"
        times[name] += 1
        name += f"-{times[name]}" if times[name] > 1 else ""
        work = out / WORK
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


def build(
    recipe: Recipe, out: Path, engine: Engine, locator: Locator, overwrite: bool = False, update: bool = False
) -> Built:
    """Build the corpus of a recipe in the folder `out`.

    A folder that is finished with this recipe and these upstream files is left as it is. One of another recipe or of
    other files is replaced with `overwrite`, and brought up to date with `update`: the result is the same, and
    stats.json says what is another (corpus/changes). Raises UserError for anything the user can fix (a missing file, a
    folder of another recipe, a full disk) and corpus.books.UnbalancedError if a document is lost.
    """
    _require_outside(recipe, out)
    if update:
        _check_update(out)
    with claim(out, MAKER, identity(recipe), overwrite or update) as folder, watched(engine, folder.work) as watch:
        if folder.done and not _changed(folder, recipe, locator, overwrite or update):
            watch.finish()
            return finished_corpus(out)
        since = Since(folder) if update else None
        _warn_of_model(recipe)
        work = folder.work
        with watch.lap("download"):
            tasks = part_tasks(recipe, locator, out, engine.observer)
            # A set that cannot be had is an error now, not after hours of reading.
            locator.fetch_all(files_of_sets(recipe.contamination.sets, locator))
        with watch.lap("read"):
            read = _map(engine, read_part, tasks, "read")
        check_fields(tasks, read)
        with watch.lap("boilerplate and test items"):
            lines = [task.read_dir / "lines.arrow" for task in tasks]
            learned = boilerplate.learn(lines, recipe.boilerplate, work / "boilerplate")
            tests = prepare_index(recipe.contamination, locator, work / "contamination")
        scans = [scan_folder(work / "contamination", task.clean_dir) for task in tasks]
        tasks = [replace(t, learned=learned, tests=tests, scan_dir=s) for t, s in zip(tasks, scans, strict=True)]
        if recipe.spans.active:
            tasks = [replace(t, spans_dir=fingerprints_folder(work / "spans", t.clean_dir)) for t in tasks]
        with watch.lap("clean"):
            clean = _map(engine, clean_part, tasks, "clean")
        folders = [task.clean_dir for task in tasks]
        with watch.lap("match"):
            duplicates = match(folders, recipe.match, engine, work / "match", recipe.priorities())
            dropped = index_dropped(folders, duplicates, work / "dropped")
        with watch.lap("trim"):
            trimmed = _trim(recipe, work, engine, tasks, clean, dropped)
        with watch.lap("plan"):
            shards = _plan(recipe, work, engine, tasks, clean, trimmed, dropped)
        folder.take_back({shard.name: shard.path for shard in shards})
        shards = [replace(shard, finished=folder.in_place(shard.name, shard.path)) for shard in shards]
        with watch.lap("write"):
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
        with watch.lap("report"):
            stages = Stages(tasks, read, clean, trimmed, dropped, shards, written)
            built = assemble(folder, recipe, stages, since)
        if since:
            drop_unused(work, tasks, shards)
        write_times(work, recipe.name, describe_times(watch, built.stats["total"], engine.workers))
        watch.finish()
        return built


def _check_update(out: Path) -> None:
    """Raises UserError if there is nothing to update."""
    if not out.is_dir() or read_marker(out) is None:
        raise UserError(f"--update: {out} holds no corpus. Build it without --update first.")
    if not (out / WORK / "read").is_dir():
        log.warning(
            "%s holds no intermediate results any more (%s, --no-keep-work), so every upstream file is read again: this"
            " update takes as long as a new build",
            out,
            WORK,
        )


def drop_unused(work: Path, tasks: Sequence[PartTask], shards: Sequence[Shard]) -> None:
    """Remove the intermediate results of upstream files and shards that a corpus no longer has."""
    parts = {task.clean_dir.name for task in tasks}
    for stage in ("read", "measured", "clean", "trim", "plan", "spans/fingerprints", "contamination/scan"):
        for path in (work / stage).glob("*"):
            if path.name not in parts:
                shutil.rmtree(path)
    for path in (work / "shards").glob("*"):
        if path not in {shard.directory for shard in shards}:
            shutil.rmtree(path)


def identity(recipe: Recipe) -> dict[str, Any]:
    """All that a corpus depends on besides its upstream files: the recipe, and the versions of the code."""
    nouns = {
        "read": prepare,
        "clean": cleaning,
        "trim": trim,
        "write": commit,
        "rules": judgement,
        "boilerplate": boilerplate,
    }
    versions = {name: noun.VERSION for name, noun in nouns.items()}
    own = {"own rules": found} if (found := recipe.quality.sources()) else {}
    return {"hanji": release(), "versions": versions, "recipe": recipe.model_dump(mode="json")} | own


def _require_outside(recipe: Recipe, out: Path) -> None:
    """Raises UserError if a later build would read this one's output as its input."""
    for entry in recipe.sources:
        kind = open_source(entry, recipe)
        if isinstance(kind, Local) and (pattern := kind.reads(out)):
            raise UserError(
                f"{out} is in a folder that source {entry.name!r} reads (files = {pattern!r}): the next build would"
                " read what this one wrote. Give a folder outside with --out."
            )


def _warn_of_model(recipe: Recipe) -> None:
    """Say where a classifier judges text of a kind or language that it was not tested on."""
    if recipe.quality.model is None:
        return
    judged = []
    for entry in recipe.sources:
        kind = open_source(entry, recipe)
        judged.append(
            Judged(entry.name, entry.kind or entry.name, entry.profile or kind.profile, entry.lang or kind.lang)
        )
    for text in doubts(recipe.quality.model, judged, recipe.languages):
        log.warning("%s", text)


def _changed(folder: Output, recipe: Recipe, locator: Locator, replace: bool) -> bool:
    """Whether upstream files of a finished corpus have changed; raises UserError if so, unless it may be replaced.

    Only files on this machine are checked. Files that no longer exist (deleted downloads) count as unchanged, but local
    ones count as gone if the corpus may be replaced.
    """
    changes = []
    for known in folder.record:
        path = locator.path(known["url"])
        if path.is_file() and not _same(path, known):
            changes.append(f"{known['url']} has changed")
    for entry in recipe.sources:
        kind = open_source(entry, recipe)
        if isinstance(kind, Local) and not kind.excluded and kind.present():
            known_urls = {known["url"] for known in folder.record if known["source"] == entry.name}
            urls = [part.url for part in kind.parts(locator)]
            changes += [f"{url} is new" for url in urls if url not in known_urls]
            if replace:
                changes += [f"{url} is gone" for url in known_urls if url not in urls]
    if changes and not replace:
        more = f" (and {len(changes) - 1} other files)" if len(changes) > 1 else ""
        raise UserError(
            f"{folder.path} is finished, and since then {changes[0]}{more}. Give another folder with --out, or bring"
            " this one up to date with --update."
        )
    return bool(changes)


def _same(path: Path, known: dict[str, Any]) -> bool:
    stat = path.stat()
    if stat.st_size != known["bytes"]:
        return False
    return stat.st_mtime_ns == known["mtime_ns"] or file_sha256(path) == known["sha256"]


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
    work: Path,
    engine: Engine,
    tasks: Sequence[PartTask],
    clean: Sequence[TaskRecord],
    dropped: Dropped,
) -> list[TaskRecord]:
    """Find repeated spans and test items, and remove them from each part."""
    folders = [task.clean_dir for task in tasks]
    lists = [find_spans(folders, dropped.table, recipe.spans, engine, work / "spans", recipe.priorities())]
    if tests := tasks[0].tests if tasks else None:
        lists.append(find_contamination(folders, recipe.contamination, engine, tests, work / "contamination"))
    trims = [
        TrimTask(
            task.source.name,
            task.clean_dir / "documents.arrow",
            record.outputs["documents.arrow"]["sha256"],
            index,
            dropped,
            tuple(cuts[index] for cuts in lists if cuts),
            work / "trim" / task.clean_dir.name,
            recipe.spans.span_bytes,
        )
        for index, (task, record) in enumerate(zip(tasks, clean, strict=True))
    ]
    return list(
        engine.map(trim_part, trims, name="trim", describe=lambda t: t.directory.name, group=lambda t: t.source)
    )


def _plan(
    recipe: Recipe,
    work: Path,
    engine: Engine,
    tasks: Sequence[PartTask],
    clean: Sequence[TaskRecord],
    trimmed: Sequence[TaskRecord],
    dropped: Dropped,
) -> list[Shard]:
    """Which rows make which shard."""
    sources = [task.source.name for task in tasks]
    shares = {s.name: recipe.validation if s.validation is None else s.validation for s in recipe.sources}
    todo = choose_tasks(clean, trimmed, sources, shares, dropped, work / "plan")
    chosen = list(
        engine.map(choose_rows, todo, name="plan", describe=lambda t: t.directory.name, group=lambda t: t.source)
    )
    return cut_shards(todo, chosen, recipe.shard_bytes, work / "shards")
