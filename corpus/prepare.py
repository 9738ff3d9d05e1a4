"""From one upstream file to clean, fingerprinted documents, in three tasks. After the first task of all files the
boilerplate lines of the whole corpus are learned.

    read      records → normalised text, language, line counts      depends on the upstream file only
    measure   boilerplate, privacy, statistics of quality           depends on `read` and its lines of boilerplate
    clean     the kept documents, with hash and signature           depends on `measure` and on the rules

This file reads; corpus/clean.py measures and cleans. All tasks stream record batches of about 10 MB, so that memory
does not grow with the file.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.cleaning import boilerplate, language, normalize
from corpus.document import SCHEMA, Chunk, Part, lacks_text
from corpus.engine.task import TaskRecord, run_task
from corpus.errors import UserError
from corpus.kernels.hashing import hash_strings
from corpus.lines import read_lines
from corpus.recipe import Recipe, SourceRecipe
from corpus.rejects import Quarantine
from corpus.sources import source as source_of_kind
from corpus.stored import compressed

READ_SCHEMA = pa.schema(
    [*(f for f in SCHEMA if f.name != "duplicates"), pa.field("lang_score", pa.float32(), nullable=False)]
)
VERSION = 2  # of this file; each module that it calls has its own


def open_source(entry: SourceRecipe, recipe: Recipe) -> Any:
    """The source of one entry of a recipe. Raises UserError as `source_of_kind` does."""
    return source_of_kind(entry.kind or entry.name, entry.settings | {"licenses": recipe.licenses}, entry.name)


@dataclass(frozen=True)
class PartTask:
    """One upstream file to prepare."""

    recipe: Recipe
    source: SourceRecipe
    part: Part
    path: Path  # of the file on this machine
    bytes: int  # its size on this machine
    read_dir: Path
    clean_dir: Path
    learned: Path | None = None  # boilerplate lines of the whole corpus
    tests: Path | None = None  # index of evaluation sets (corpus/contamination/index.py) …
    scan_dir: Path | None = None  # … and the folder of the result of the scan
    spans_dir: Path | None = None  # of its fingerprints of spans, if spans are looked for
    beside: tuple[Path, ...] = ()  # paths of the part's other files

    @property
    def origin(self) -> str:
        """The name of the upstream file in documents, the same with and without a mirror."""
        return self.part.url

    @property
    def measured_dir(self) -> Path:
        """The folder of the documents' statistics."""
        return self.read_dir.parent.with_name("measured") / self.read_dir.name

    def kind(self) -> Any:
        """The source class of its files."""
        return open_source(self.source, self.recipe)

    @property
    def profile(self) -> str:
        """The profile of rules for its documents."""
        return self.source.profile or self.kind().profile


def read_part(task: PartTask) -> TaskRecord:
    """Read, normalise and detect the language of one part.

    Writes documents.arrow, lines.arrow, unreadable.jsonl; returns the books.
    """
    recipe = task.recipe
    settings = {
        "source": task.source.model_dump(include={"name", "kind", "lang"}) | task.source.settings,
        "subset": task.part.subset,
        "origin": task.origin,
        "licenses": recipe.licenses,
        "normalize": recipe.normalize.model_dump(),
        "language": recipe.language.model_dump(),
        "boilerplate": recipe.boilerplate.model_dump(),
    }
    kind = task.kind()
    versions = [VERSION, kind.version, normalize.VERSION, language.VERSION, boilerplate.VERSION]
    return run_task(
        task.read_dir,
        lambda out: _read(task, out),
        inputs=[task.path, *task.beside],
        settings=settings,
        version=versions,
    )


def _read(task: PartTask, out: Path) -> dict[str, Any]:
    kind = task.kind()
    hint = task.source.lang or kind.lang
    books: Counter[str] = Counter()
    unreadable: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    repairs: Counter[str] = Counter()
    notes: set[str] = set()
    lines = boilerplate.LineCounts(task.recipe.boilerplate)
    with compressed(out / "documents.arrow", READ_SCHEMA) as writer, (out / "unreadable.jsonl").open("wb") as bad:
        quarantine = Quarantine(bad, task.origin, task.recipe.privacy)
        for chunk in kind.read(task.path, task.part):
            lost = sum(u.records for u in chunk.unreadable)
            books["records"] += chunk.records.num_rows + lost + sum(chunk.skipped.values())
            books["bytes"] += text_bytes(chunk.records["text"])
            skipped.update(chunk.skipped)
            for u in chunk.unreadable:
                unreadable[u.reason] += u.records
            notes.update(chunk.notes)
            quarantine.add(chunk.unreadable)
            if not chunk.records.num_rows:
                continue
            batch, repaired = _normalised(task, kind.license, chunk, hint)
            repairs.update(repaired)
            lines.add(batch["text"], batch["url"], batch["source"])
            writer.write_batch(batch)
            books["documents"] += batch.num_rows
            books["normalised_bytes"] += text_bytes(batch["text"])
        quarantine.close()
    lines.write(out / "lines.arrow")
    return {
        **{key: books[key] for key in ("records", "bytes", "documents", "normalised_bytes")},
        "skipped": sorted_counts(skipped),
        "unreadable": sorted_counts(unreadable),
        "repairs": sorted_counts(repairs),
        "notes": dict.fromkeys(sorted(notes), 1),
    }


def check_fields(tasks: Sequence[PartTask], records: Sequence[TaskRecord]) -> None:
    """Raise UserError for a source in which no record has the field of the text: this is an error in the recipe, not
    damage."""
    for name in dict.fromkeys(task.source.name for task in tasks):
        mine = [i for i, task in enumerate(tasks) if task.source.name == name]
        lost: Counter[str] = Counter()
        for i in mine:
            lost.update(records[i].result["unreadable"])
        if not lost["missing field"] or not lacks_text(lost) or any(records[i].result["documents"] for i in mine):
            continue
        source = tasks[mine[0]].source
        wanted = dict(source.settings.get("fields") or {}).get("text", "text")
        lines = (line for i in mine for line in read_lines(records[i].directory / "unreadable.jsonl"))
        told = (json.loads(line) for line in lines)
        sample = next(entry["sample"] for entry in told if entry["reason"] == "missing field")
        raise UserError(
            f"source {name!r}: none of its {sum(lost.values()):,} records has a text in the field {wanted!r}; the "
            f"first one has: {sample}. Name the field "
            f'of the text in its [[sources]] table: fields = {{ text = "NAME" }}.'
        )


def _normalised(task: PartTask, license: str, chunk: Chunk, hint: str | None) -> tuple[pa.RecordBatch, dict[str, int]]:
    raw = chunk.records
    count = raw.num_rows
    texts, repairs = normalize.normalize(raw["text"], task.recipe.normalize)
    languages, scores = language.detect(texts, task.recipe.language)
    if hint:  # a known language of the source decides documents that the text alone cannot
        languages = pc.if_else(pc.equal(languages, "und"), hint, languages)
    sources = (
        pa.array([task.source.name] * count)
        if raw["subsource"].null_count == count
        else _subsources(task.source.name, raw["subsource"])
    )
    columns = [
        _ids(task.source.name, raw),
        texts,
        sources,
        languages,
        pc.binary_join_element_wise(task.origin, pc.cast(raw["row"], pa.string()), "#"),
        raw["url"],
        raw["title"],
        pc.fill_null(raw["license"], license),
        pa.array(scores, pa.float32()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=READ_SCHEMA), repairs


def _subsources(name: str, subsources: pa.Array) -> pa.Array:
    """`pile` with set `USPTO` → `pile.uspto`, with characters that are allowed in file names."""
    clean = pc.replace_substring_regex(pc.utf8_lower(subsources), r"[^a-z0-9_.-]+", "-")
    return pc.fill_null(pc.binary_join_element_wise(name, clean, "."), name)


def _ids(source: str, raw: pa.RecordBatch) -> pa.Array:
    """source + 128-bit hash of text, URL and title as they were read: equal records have equal ids at any place."""
    parts = [hash_strings(raw["text"])] + [hash_strings(pc.fill_null(raw[name], "")) for name in ("url", "title")]
    rows = np.ascontiguousarray(np.concatenate(parts, axis=1)).view(np.uint8)
    hashes = hash_strings(_hex(rows))
    return pc.binary_join_element_wise(source, _hex(hashes.view(np.uint8)), "-")


def _hex(rows: np.ndarray) -> pa.Array:
    """uint8[n, k] → n strings of 2k hexadecimal digits."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    text = np.empty((rows.shape[0], rows.shape[1] * 2), np.uint8)
    text[:, 0::2] = digits[rows >> 4]
    text[:, 1::2] = digits[rows & 15]
    offsets = np.arange(rows.shape[0] + 1, dtype=np.int32) * text.shape[1]
    return pa.StringArray.from_buffers(rows.shape[0], pa.py_buffer(offsets), pa.py_buffer(text))


def text_bytes(texts: pa.Array) -> int:
    """Bytes of text in a string column, offsets not counted."""
    return int(pc.sum(pc.binary_length(texts)).as_py() or 0)


def sorted_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts that are not zero, by name."""
    return {key: counts[key] for key in sorted(counts) if counts[key]}
