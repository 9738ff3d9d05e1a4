"""Assemble the finished corpus folder: splits, duplicates, rejects, books, report, and the manifest last.

All files are made in a staging folder and moved into place by corpus/engine/output.py. Shards are moved out of the work
folder, not copied: the text of a corpus is on the disk once, and a shard that is damaged later is made again from the
clean parts.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus import release
from corpus.books import Found, open_books
from corpus.changes import LAST_BUILD, Build, Since
from corpus.commit import write_duplicates
from corpus.document import SCHEMA
from corpus.duplicates.audit import audit_match
from corpus.duplicates.documents import DOCUMENTS, Documents
from corpus.duplicates.dropped import Dropped
from corpus.duplicates.report import describe_matches
from corpus.engine.output import Output
from corpus.engine.task import (
    TaskRecord,
    atomic_write,
    file_sha256,
    identify,
    read_json,
    read_manifest,
    settings_sha256,
    write_json,
)
from corpus.lengths import lengths
from corpus.plan import SHARD, SPLITS, Shard
from corpus.prepare import PartTask
from corpus.recipe import Recipe
from corpus.rejects import merge_samples
from corpus.report import write_report
from corpus.shards import describe_folder, describe_split, source_of, write_stream
from corpus.stored import read_table
from corpus.verdicts import describe_rules

REPORTS = ("duplicates.arrow", "stats.json", "rules.json", "audit.html", "audit.json", "report.html")


@dataclass(frozen=True)
class Built:
    """The result of a build."""

    out: Path
    stats: dict[str, Any]
    manifest: dict[str, Any]
    found: bool = False  # finished before, and as it should be: nothing was done


@dataclass(frozen=True)
class Stages:
    """The finished tasks of a build, in the order of the parts and of the shards."""

    tasks: Sequence[PartTask]
    read: Sequence[TaskRecord]
    clean: Sequence[TaskRecord]
    trimmed: Sequence[TaskRecord]
    dropped: Dropped
    shards: Sequence[Shard]
    written: Sequence[TaskRecord]

    @property
    def folders(self) -> list[Path]:
        """The folders of the clean parts."""
        return [task.clean_dir for task in self.tasks]


def finished_corpus(out: Path) -> Built:
    """The result of an earlier build in a finished folder."""
    return Built(out, read_json(out / "stats.json"), read_json(out / "manifest.json"), found=True)


def assemble(folder: Output, recipe: Recipe, stages: Stages, since: Since | None = None) -> Built:
    """Make the finished files and move them into place; with `since`, stats.json says what changed.

    Raises corpus.books.UnbalancedError if a document is lost.
    """
    staged = folder.staging()
    for split in SPLITS:
        _describe_split(staged, split, stages)
    describe_folder(staged, recipe.name, SPLITS)
    repeated = write_duplicates(stages.folders, stages.dropped.table, staged / "duplicates.arrow")
    stats = _books(recipe, stages, repeated)
    stats["lengths"] = lengths(path for path, _ in _shard_files(stages).values())
    if since:
        documents = {name: book["output"]["documents"] for name, book in stats["sources"].items()}
        inputs = {known["url"]: known["sha256"] for known in _inputs(stages)}
        made = Build(_shard_files(stages), staged / "duplicates.arrow", documents, inputs, folder.settings)
        if told := since.changes(made, [(t.source.name, t.read_dir / DOCUMENTS) for t in stages.tasks]):
            stats[LAST_BUILD] = told
    _write_rejects(staged, recipe, stages.tasks)
    write_json(staged / "stats.json", stats)
    if recipe.contamination.sets:
        report = folder.work / "contamination" / "settled" / "report.json"
        write_json(staged / "contamination.json", read_json(report))
    if recipe.spans.active:
        _write_contained(folder.work / "spans" / "cuts" / "contained.arrow", staged / "contained.arrow")
    matches = describe_matches(stages.folders, stages.dropped, repeated)
    rules = describe_rules(stages.tasks, recipe, stats["total"]["clean"]["dropped"])
    write_json(staged / "rules.json", rules)
    _write_audit(staged, recipe, stages, stats["total"]["deduplicate"])
    write_report(staged, recipe, stats, rules, matches, folder.work / "boilerplate")
    manifest = _manifest(recipe, staged, stages)
    write_json(staged / "manifest.json", manifest)
    folder.publish(staged, "manifest.json", tasks=_shard_files(stages), record=_inputs(stages))
    shutil.rmtree(Since.work(folder), ignore_errors=True)
    return Built(folder.path, stats, manifest)


def _describe_split(staged: Path, split: str, stages: Stages) -> None:
    """Make the folder of a split; its shards are moved there at the end."""
    (staged / split).mkdir()
    mine = {name: sha256 for name, (_, sha256) in _shard_files(stages).items() if name.startswith(f"{split}/")}
    files = [Path(name).name for name in mine]
    if not files:  # `datasets` opens a split of no rows, but not one of no files
        files.append("empty-00000.arrow")
        write_stream(staged / split / files[-1], SCHEMA, [])
    describe_split(staged / split, SCHEMA, files, settings_sha256([split, *mine.values()]), split)


def _shard_files(stages: Stages) -> dict[str, tuple[Path, str]]:
    """The path to which each shard of the corpus was written, and its SHA-256."""
    return {
        shard.name: (shard.path, record.outputs[SHARD]["sha256"])
        for shard, record in zip(stages.shards, stages.written, strict=True)
    }


def _books(recipe: Recipe, stages: Stages, repeated: pa.Table) -> dict[str, Any]:
    sources = [source.name for source in recipe.sources]
    part_sources = [task.source.name for task in stages.tasks]
    by_source: dict[str, Counter[str]] = {name: Counter() for name in sources}
    bytes_by_source: Counter[str] = Counter()
    for row in repeated.to_pylist():
        by_source[part_sources[row["part"]]][row["kind"]] += row["documents"]
        bytes_by_source[part_sources[row["part"]]] += row["bytes"]
    shards = list(zip(stages.shards, stages.written, strict=True))
    per_source = {name: [record for shard, record in shards if source_of(Path(shard.name)) == name] for name in sources}
    return open_books(
        sources,
        part_sources,
        stages.read,
        stages.clean,
        stages.trimmed,
        by_source,
        bytes_by_source,
        per_source,
        _found(stages, part_sources),
    )


def _found(stages: Stages, part_sources: Sequence[str]) -> Found:
    """Count the documents in the parts' files, in the list of duplicates and in the shards' rows."""
    starts = Documents.open(stages.folders, signed=False).starts
    cleaned: Counter[str] = Counter()
    unmatched: Counter[str] = Counter()
    planned: Counter[str] = Counter()
    for index, source in enumerate(part_sources):
        there = starts[index + 1] - starts[index]
        cleaned[source] += there
        unmatched[source] += there - len(np.unique(stages.dropped.rows(index)))
    for shard in stages.shards:
        planned[source_of(Path(shard.name))] += shard.rows
    made = read_manifest(stages.dropped.table.parent) or {"result": {}}
    return Found(cleaned, unmatched, planned, made["result"])


def _write_rejects(staged: Path, recipe: Recipe, tasks: Sequence[PartTask]) -> None:
    folder = staged / "rejects"
    folder.mkdir()
    for source in recipe.sources:
        mine = [task for task in tasks if task.source.name == source.name]
        merge_samples([task.clean_dir / "rejects.jsonl" for task in mine], folder / f"{source.name}.jsonl")
        with atomic_write(folder / f"{source.name}.unreadable.jsonl") as temporary, temporary.open("wb") as file:
            for task in mine:
                identify(task.read_dir / "unreadable.jsonl", read=True)
                with (task.read_dir / "unreadable.jsonl").open("rb") as part:
                    shutil.copyfileobj(part, file)


def _write_audit(staged: Path, recipe: Recipe, stages: Stages, book: dict[str, Any]) -> None:
    """audit.html and audit.json: a sample of the near-duplicates that were removed, to judge."""
    dropped = {kind: book["dropped"].get(kind, 0) for kind in ("exact", "near")}
    counts = {"records": book["in"], **dropped, "kept": book["kept"]}
    documents = Documents.open(stages.folders, signed=False)
    audit_match(staged, read_table(stages.dropped.table), documents, recipe.match, counts)


def _write_contained(made: Path, path: Path) -> None:
    """contained.arrow: documents that are in longer ones, as a stream like every other table of a corpus."""
    identify(made, read=True)
    with pa.memory_map(str(made)) as source:
        reader = pa.ipc.open_file(source)
        batches = (reader.get_batch(index) for index in range(reader.num_record_batches))
        with atomic_write(path) as temporary:
            write_stream(temporary, reader.schema, batches)


def _inputs(stages: Stages) -> list[dict[str, Any]]:
    """Every upstream file that was read: URL, path, and its size, time and SHA-256 at that time."""
    return [
        {"source": task.source.name, "url": url} | file
        for task, record in zip(stages.tasks, stages.read, strict=True)
        for url, file in zip(task.part.urls, record.inputs, strict=True)
    ]


def _manifest(recipe: Recipe, staged: Path, stages: Stages) -> dict[str, Any]:
    inputs = [
        {"source": task.source.name, "part": task.clean_dir.name, "url": url, "subset": task.part.subset}
        | {key: file[key] for key in ("bytes", "sha256")}
        for task, record in zip(stages.tasks, stages.read, strict=True)
        for url, file in zip(task.part.urls, record.inputs, strict=True)
    ]
    outputs = [
        {"path": shard.name, "rows": record.result["rows"], "text_bytes": record.result["bytes"]}
        | record.outputs[SHARD]
        for shard, record in zip(stages.shards, stages.written, strict=True)
    ]
    made = [staged / name for name in REPORTS]
    outputs += [{"path": path.name, "bytes": path.stat().st_size, "sha256": file_sha256(path)} for path in made]
    versions = {name: version(name) for name in ("pyarrow", "numba", "numpy")}
    return {
        "hanji": release(),
        "versions": versions,
        "recipe": recipe.model_dump(mode="json"),
        "inputs": inputs,
        "outputs": outputs,
    }
