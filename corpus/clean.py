"""From the normalised documents of a part to those that the rules keep: they are measured once, and judged again
whenever the rules change.

    measure   removes boilerplate and personal data, writes statistics beside the documents;
              depends on `read` and on those of its lines that are boilerplate in the whole corpus
    clean     applies the rules, writes hash and signature of the kept documents; depends on `measure` and on the rules

What measuring writes has no text where it changed none (corpus/stored.py): most of a corpus would be on the disk twice.
Measuring reads every byte several times, judging reads one row of numbers for each document: other thresholds in the
recipe repeat only `clean`, which copies and signs the kept documents (a sixth of the time; tests/corpus/test_clean.py).
`clean` also searches each batch for test items and makes its fingerprints of spans, from the same units of text as the
signature. These results are stored separately, so that with other tests or other spans nothing is cleaned again.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.cleaning import boilerplate, privacy
from corpus.contamination.scan import Scanner, scan_part
from corpus.document import SCHEMA
from corpus.duplicates import minhash, shingles
from corpus.engine.task import TaskRecord, identify, run_task
from corpus.kernels.hashing import hash_strings
from corpus.kernels.units import units
from corpus.prepare import READ_SCHEMA, PartTask, sorted_counts, text_bytes
from corpus.quality import judgement, urls
from corpus.rejects import Rejects
from corpus.repeats.fingerprints import Fingerprinter, fingerprint_part
from corpus.stored import ROW, batches, compressed, filled, where_changed

CLEAN_SCHEMA = SCHEMA.append(pa.field("hash", pa.binary(16), nullable=False)).append(
    pa.field("quality", pa.float32(), nullable=False)
)
JUDGED_SCHEMA = pa.schema([("id", pa.string()), ("reason", pa.string()), ("value", pa.float32())])
# As in `read`, with the place there.
MEASURED_SCHEMA = pa.schema([f.with_nullable(True) if f.name == "text" else f for f in READ_SCHEMA]).append(ROW)
VERSION = 2  # of these functions; each module that they call has its own
STORED = 2  # of how measured documents are stored; the corpus is the same


def measure_part(task: PartTask) -> TaskRecord:
    """Measure one read part.

    Writes documents.arrow, statistics.arrow (row by row beside it) and rejects.jsonl; returns the books so far.
    """
    recipe = task.recipe
    learned = boilerplate.load_for(task.learned, task.read_dir / "lines.arrow") if task.learned else None
    settings = {
        "languages": recipe.languages,
        "privacy": recipe.privacy.model_dump(),
        "boilerplate": recipe.boilerplate.model_dump(),
        "own statistics": recipe.quality.sources(),
        "urls": recipe.quality.urls.model_dump() | {"web": task.profile == "web"},
        "learned": None if learned is None else hashlib.sha256(learned.tobytes()).hexdigest(),
    }
    versions = [VERSION, STORED, boilerplate.VERSION, privacy.VERSION, judgement.VERSION, urls.VERSION]
    return run_task(
        task.measured_dir,
        lambda out: _measure(task, learned, out),
        inputs=[task.read_dir / "documents.arrow"],
        settings=settings,
        version=versions,
    )


def clean_part(task: PartTask) -> TaskRecord:
    """Measure, judge and fingerprint one read part.

    Writes documents.arrow, signatures.npy, judged.arrow (for each measured document whether it is kept, and why not),
    rejects.jsonl; returns the books.

    In the same pass it searches for test items if the task has an index of them (corpus/contamination/scan.py), and
    makes fingerprints of spans if the recipe needs them (corpus/repeats/fingerprints.py).
    """
    recipe = task.recipe
    measured = measure_part(task)
    settings = {
        "profile": task.profile,
        "quality": recipe.quality.model_dump(),
        "own rules": recipe.quality.sources(),
        "shingles": recipe.shingles.model_dump(),
        "minhash": recipe.minhash.model_dump(),
        "measured": measured.result,
    }
    versions = [VERSION, judgement.VERSION, shingles.VERSION, minhash.VERSION]
    inputs = [measured.directory / name for name in ("documents.arrow", "statistics.arrow", "rejects.jsonl")]
    inputs.append(task.read_dir / "documents.arrow")  # the texts that were not changed
    scanner: Scanner | None = None
    printer: Fingerprinter | None = None

    def function(out: Path) -> dict[str, Any]:
        nonlocal scanner, printer
        scanner = Scanner(task.tests, recipe.contamination.coverage) if task.tests else None
        printer = Fingerprinter(recipe.spans.fingerprints) if task.spans_dir else None
        return _clean(task, measured, [other for other in (scanner, printer) if other], out)

    record = run_task(task.clean_dir, function, inputs=inputs, settings=settings, version=versions, thorough=True)
    if task.tests and task.scan_dir:
        scan_part(task.clean_dir, task.tests, recipe.contamination.coverage, task.scan_dir, scanner)
    if task.spans_dir:
        fingerprint_part(task.clean_dir, recipe.spans.fingerprints, task.spans_dir, printer)
    return record


def _measure(task: PartTask, learned: np.ndarray | None, out: Path) -> dict[str, Any]:
    recipe = task.recipe
    for path in (task.learned, task.read_dir / "lines.arrow") if task.learned else ():
        identify(path, read=True)
    rejects = Rejects()
    books = _Books()
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("languages", "redacted", "boilerplate")}
    documents_in = bytes_in = 0
    names = judgement.statistics(recipe.quality)
    schema = pa.schema([pa.field(name, pa.float32(), nullable=False) for name in names])
    with (
        compressed(out / "documents.arrow", MEASURED_SCHEMA) as writer,
        compressed(out / "statistics.arrow", schema) as statistics,
    ):
        for batch in batches(task.read_dir / "documents.arrow"):
            before = batch["text"]
            batch = batch.append_column(ROW, pa.array(np.arange(batch.num_rows, dtype=np.int32)))
            documents_in += batch.num_rows
            bytes_in += text_bytes(batch["text"])
            batch = _filter_empty(batch, books, rejects)
            # Before redaction, which takes user@host for an address; what falls is written down after it.
            verdicts, entries = urls.judge(batch["url"], task.profile, recipe.quality.urls)
            texts = batch["text"]
            if learned is not None:
                texts, cut = boilerplate.remove(texts, batch["url"], batch["source"], learned, recipe.boilerplate)
                counts["boilerplate"].update(cut)
            texts, redacted = privacy.redact(texts, recipe.privacy)
            counts["redacted"].update(redacted)
            batch = batch.set_column(1, SCHEMA.field("text"), texts)
            for name in ("title", "url"):
                column, redacted = privacy.redact_column(batch[name], name, recipe.privacy)
                counts["redacted"].update(redacted)
                batch = batch.set_column(batch.schema.get_field_index(name), SCHEMA.field(name), column)
            batch = _filter_urls(batch, verdicts, entries, books, rejects)
            batch = _filter_empty(batch, books, rejects)
            counts["languages"].update(batch["lang"].to_pylist())
            # After redaction, because the rejects show dropped text.
            batch = _filter_language(batch, recipe.languages, books, rejects)
            before = before if len(before) == batch.num_rows else before.take(batch[ROW.name])
            stored = batch.set_column(1, MEASURED_SCHEMA.field("text"), where_changed(before, batch["text"]))
            writer.write_batch(stored)  # also without rows: batch i is of batch i of the documents as read
            if batch.num_rows:
                matrix = judgement.measure(batch["text"], recipe.quality)
                columns = [pa.array(column) for column in np.ascontiguousarray(matrix.T)]
                statistics.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
    rejects.write(out / "rejects.jsonl")
    totals = {"documents_in": documents_in, "bytes_in": bytes_in}
    return totals | books.result() | {name: sorted_counts(counts[name]) for name in counts}


def _clean(
    task: PartTask, measured: TaskRecord, others: Sequence[Scanner | Fingerprinter], out: Path
) -> dict[str, Any]:
    """`others` take the units of the kept documents, too."""
    recipe = task.recipe
    rejects = Rejects()
    sketches: list[np.ndarray] = []
    books = _Books(measured.result)
    kept_documents = kept_bytes = 0
    with (
        pa.OSFile(str(out / "documents.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, CLEAN_SCHEMA) as writer,
        compressed(out / "judged.arrow", JUDGED_SCHEMA) as judged,
    ):
        documents = filled(task.read_dir / "documents.arrow", measured.directory / "documents.arrow")
        for batch, statistics in zip(documents, batches(measured.directory / "statistics.arrow"), strict=True):
            matrix = np.column_stack([column.to_numpy() for column in statistics.columns])
            verdicts, names, values = judgement.judge(matrix, batch["lang"], task.profile, recipe.quality)
            reasons = pa.array([None if rule < 0 else names[rule] for rule in verdicts.tolist()], pa.string())
            columns = [batch["id"], reasons, pa.array(values, pa.float32(), mask=verdicts < 0)]
            judged.write_batch(pa.RecordBatch.from_arrays(columns, schema=JUDGED_SCHEMA))
            for rule in np.unique(verdicts[verdicts >= 0]).tolist():
                books.drop(names[rule], batch, np.flatnonzero(verdicts == rule), values, rejects)
            kept = np.flatnonzero(verdicts < 0)
            if len(kept):
                batch = batch.take(pa.array(kept)) if len(kept) < batch.num_rows else batch
                writer.write_batch(_fingerprinted(batch, judgement.score(matrix[kept])))
                texts = batch["text"]
                scanned = units(texts)
                sketches.append(minhash.sketch(texts, batch["lang"], recipe.shingles, recipe.minhash, scanned))
                for other in others:
                    other.add(texts, scanned)
                kept_documents += batch.num_rows
                kept_bytes += text_bytes(batch["text"])
    minhash.write_signatures(out, sketches, recipe.shingles, recipe.minhash)
    rejects.write(out / "rejects.jsonl")
    with (out / "rejects.jsonl").open("ab") as file:  # the rules have other names than the reasons of earlier steps
        file.write((measured.directory / "rejects.jsonl").read_bytes())
    return measured.result | books.result() | {"documents": kept_documents, "bytes": kept_bytes}


def _fingerprinted(batch: pa.RecordBatch, scores: np.ndarray) -> pa.RecordBatch:
    """The batch with `duplicates` (not yet known: 1), the 128-bit hash of its text, and its quality."""
    hashes = np.ascontiguousarray(hash_strings(batch["text"]))
    binary = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(hashes), [None, pa.py_buffer(hashes)])
    ones = pa.array(np.ones(len(hashes), np.int32))
    columns = [batch[name] for name in SCHEMA.names if name != "duplicates"]
    return pa.RecordBatch.from_arrays([*columns, ones, binary, pa.array(scores, pa.float32())], schema=CLEAN_SCHEMA)


def _filter_language(batch: pa.RecordBatch, languages: list[str], books: "_Books", rejects: Rejects) -> pa.RecordBatch:
    wanted = pc.is_in(batch["lang"], pa.array(languages)).to_numpy(zero_copy_only=False)
    books.drop("language", batch, np.flatnonzero(~wanted), batch["lang_score"].to_numpy(), rejects)
    return batch if wanted.all() else batch.filter(pa.array(wanted))


def _filter_urls(
    batch: pa.RecordBatch, verdicts: np.ndarray, entries: np.ndarray, books: "_Books", rejects: Rejects
) -> pa.RecordBatch:
    for rule in np.unique(verdicts[verdicts >= 0]).tolist():
        books.drop(urls.RULES[rule], batch, np.flatnonzero(verdicts == rule), entries, rejects)
    return batch.filter(pa.array(verdicts < 0)) if (verdicts >= 0).any() else batch


def _filter_empty(batch: pa.RecordBatch, books: "_Books", rejects: Rejects) -> pa.RecordBatch:
    lengths = pc.binary_length(batch["text"]).to_numpy()
    books.drop("empty", batch, np.flatnonzero(lengths == 0), lengths, rejects)
    return batch if lengths.all() else batch.filter(pa.array(lengths > 0))


class _Books:
    """Dropped documents and bytes of text for each rule; it begins with the counts of an earlier task."""

    def __init__(self, before: Mapping[str, Any] | None = None) -> None:
        self.dropped: Counter[str] = Counter(before["dropped"] if before else ())
        self.dropped_bytes: Counter[str] = Counter(before["dropped_bytes"] if before else ())

    def drop(self, reason: str, batch: pa.RecordBatch, rows: np.ndarray, values: np.ndarray, rejects: Rejects) -> None:
        if len(rows):
            gone = batch.take(pa.array(rows))
            self.dropped[reason] += len(rows)
            self.dropped_bytes[reason] += text_bytes(gone["text"])
            rejects.add(reason, gone, values[rows])

    def result(self) -> dict[str, Any]:
        return {"dropped": sorted_counts(self.dropped), "dropped_bytes": sorted_counts(self.dropped_bytes)}
