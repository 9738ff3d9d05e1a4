"""From one upstream file to clean, fingerprinted documents, in two tasks with the corpus-wide boilerplate lines between them.

    read    records → normalised text, language, line counts      depends on the upstream file alone
    clean   boilerplate, privacy, quality, hash, signature        depends on `read` and on what the whole corpus repeats

Both stream record batches of some 10 MB, so that memory does not grow with the file. New quality thresholds redo `clean`
alone, from memory-mapped Arrow, and the statistics they are judged on stay beside the documents. While `clean` has a batch in hand it
looks for test items in it, too; that is kept apart, so that other tests clean nothing again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus import boilerplate, language, minhash, normalize, privacy, quality, shingles
from corpus.contamination_scan import Scanner, scan_part
from corpus.document import SCHEMA, Chunk, Part
from corpus.hashing import hash_strings
from corpus.recipe import Recipe, SourceRecipe
from corpus.rejects import Rejects, quarantine
from corpus.sources import source as open_source
from corpus.task import TaskRecord, run_task

READ_SCHEMA = pa.schema(
    [*(f for f in SCHEMA if f.name != "duplicates"), pa.field("lang_score", pa.float32(), nullable=False)]
)
CLEAN_SCHEMA = SCHEMA.append(pa.field("hash", pa.binary(16), nullable=False)).append(
    pa.field("quality", pa.float32(), nullable=False)
)
VERSION = 1  # of what these two functions do; each noun they call has its own


@dataclass(frozen=True)
class PartTask:
    """One upstream file to prepare."""

    recipe: Recipe
    source: SourceRecipe
    part: Part
    path: Path  # where the file lies on this machine
    bytes: int  # its size there
    read_dir: Path
    clean_dir: Path
    learned: Path | None = None  # boilerplate lines of the whole corpus
    tests: Path | None = None  # index of evaluation sets (corpus/contamination_index.py) …
    scan_dir: Path | None = None  # … and where what is found of them is kept

    @property
    def origin(self) -> str:
        """The upstream file as documents name it, the same with and without a mirror."""
        return self.part.url


def read_part(task: PartTask) -> TaskRecord:
    """Read, normalise and detect the language of one part. Writes documents.arrow, lines.arrow, unreadable.jsonl; returns the books."""
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
    kind = _kind(task)
    versions = [VERSION, kind.version, normalize.VERSION, language.VERSION, boilerplate.VERSION]
    return run_task(
        task.read_dir, lambda out: _read(task, out), inputs=[task.path], settings=settings, version=versions
    )


def clean_part(task: PartTask) -> TaskRecord:
    """Clean and fingerprint one read part. Writes documents.arrow, signatures.npy, statistics.arrow, rejects.jsonl; returns the books.

    In the same pass it looks for test items, where the task names an index of them (corpus/contamination_scan.py).
    """
    recipe = task.recipe
    settings = {
        "languages": recipe.languages,
        "profile": _profile(task),
        "privacy": recipe.privacy.model_dump(),
        "quality": recipe.quality.model_dump(),
        "boilerplate": recipe.boilerplate.model_dump(),
        "shingles": recipe.shingles.model_dump(),
        "minhash": recipe.minhash.model_dump(),
    }
    versions = [VERSION, boilerplate.VERSION, privacy.VERSION, quality.VERSION, shingles.VERSION, minhash.VERSION]
    inputs = [task.read_dir / "documents.arrow", *([task.learned] if task.learned else [])]
    scanner: Scanner | None = None

    def function(out: Path) -> dict[str, Any]:
        nonlocal scanner
        scanner = Scanner(task.tests, recipe.contamination.coverage) if task.tests else None
        return _clean(task, scanner, out)

    record = run_task(task.clean_dir, function, inputs=inputs, settings=settings, version=versions)
    if task.tests and task.scan_dir:
        scan_part(task.clean_dir, task.tests, recipe.contamination.coverage, task.scan_dir, scanner)
    return record


def _kind(task: PartTask) -> Any:
    return open_source(task.source.kind or task.source.name, task.source.settings | {"licenses": task.recipe.licenses})


def _profile(task: PartTask) -> str:
    return task.source.profile or _kind(task).profile


def _read(task: PartTask, out: Path) -> dict[str, Any]:
    kind = _kind(task)
    hint = task.source.lang or kind.lang
    books: Counter[str] = Counter()
    unreadable: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    repairs: Counter[str] = Counter()
    lines = boilerplate.LineCounts(task.recipe.boilerplate)
    with (
        pa.OSFile(str(out / "documents.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, READ_SCHEMA) as writer,
        (out / "unreadable.jsonl").open("wb") as bad,
    ):
        for chunk in kind.read(task.path, task.part):
            books["records"] += chunk.records.num_rows + len(chunk.unreadable) + sum(chunk.skipped.values())
            books["bytes"] += text_bytes(chunk.records["text"])
            skipped.update(chunk.skipped)
            unreadable.update(u.reason for u in chunk.unreadable)
            quarantine(bad, task.origin, chunk.unreadable, task.recipe.privacy)
            if not chunk.records.num_rows:
                continue
            batch, repaired = _normalised(task, kind.license, chunk, hint)
            repairs.update(repaired)
            lines.add(batch["text"], batch["url"], batch["source"])
            writer.write_batch(batch)
            books["documents"] += batch.num_rows
            books["normalised_bytes"] += text_bytes(batch["text"])
    lines.write(out / "lines.arrow")
    return {
        **{key: books[key] for key in ("records", "bytes", "documents", "normalised_bytes")},
        "skipped": _sorted(skipped),
        "unreadable": _sorted(unreadable),
        "repairs": _sorted(repairs),
    }


def _normalised(task: PartTask, license: str, chunk: Chunk, hint: str | None) -> tuple[pa.RecordBatch, dict[str, int]]:
    raw = chunk.records
    count = raw.num_rows
    texts, repairs = normalize.normalize(raw["text"], task.recipe.normalize)
    languages, scores = language.detect(texts, task.recipe.language)
    if hint:  # a source known to be in one language settles what the text alone cannot
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
    """`pile` with set `USPTO` → `pile.uspto`, in the characters that file names allow."""
    clean = pc.replace_substring_regex(pc.utf8_lower(subsources), r"[^a-z0-9_.-]+", "-")
    return pc.fill_null(pc.binary_join_element_wise(name, clean, "."), name)


def _ids(source: str, raw: pa.RecordBatch) -> pa.Array:
    """source + 128-bit hash of text, URL and title as they were read: the same record has the same id wherever it stands."""
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


def _clean(task: PartTask, scanner: Scanner | None, out: Path) -> dict[str, Any]:
    recipe = task.recipe
    profile = _profile(task)
    learned = boilerplate.load(task.learned) if task.learned else None
    rejects = Rejects()
    sketches: list[np.ndarray] = []
    books = _CleanBooks()
    fields = [pa.field(name, pa.float32()) for name in quality.STATISTICS]
    statistics_schema = pa.schema([pa.field("id", pa.string()), pa.field("reason", pa.string()), *fields])
    with (
        pa.OSFile(str(out / "documents.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, CLEAN_SCHEMA) as writer,
        pa.OSFile(str(out / "statistics.arrow"), "wb") as beside,
        pa.ipc.new_stream(beside, statistics_schema) as statistics_writer,
    ):
        for batch in _batches(task.read_dir / "documents.arrow"):
            books.take(batch)
            batch = _filter_empty(batch, books, rejects)
            texts = batch["text"]
            if learned is not None:
                texts, cut = boilerplate.remove(texts, batch["url"], batch["source"], learned, recipe.boilerplate)
                books.boilerplate.update(cut)
            texts, redacted = privacy.redact(texts, recipe.privacy)
            books.redacted.update(redacted)
            batch = _filter_empty(batch.set_column(1, SCHEMA.field("text"), texts), books, rejects)
            # After redaction, since the rejects show what is dropped.
            batch = _filter_language(batch, recipe.languages, books, rejects)
            if not batch.num_rows:
                continue
            matrix = quality.measure(batch["text"], batch["lang"])
            rules, names, values = quality.judge(matrix, batch["lang"], profile, recipe.quality)
            reasons = pa.array([None if rule < 0 else names[rule] for rule in rules.tolist()], pa.string())
            columns = [batch["id"], reasons, *(pa.array(column) for column in matrix.T.astype(np.float32))]
            statistics_writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=statistics_schema))
            for rule, name in enumerate(names):
                books.drop(name, batch, np.flatnonzero(rules == rule), values, rejects)
            kept = np.flatnonzero(rules < 0)
            if len(kept):
                batch = batch.take(pa.array(kept))
                writer.write_batch(_fingerprinted(batch, quality.score(matrix[kept], batch["lang"])))
                sketches.append(minhash.sketch(batch["text"], batch["lang"], recipe.shingles, recipe.minhash))
                if scanner:
                    scanner.add(batch["text"])
                books.keep(batch)
    minhash.write_signatures(out, sketches, recipe.shingles, recipe.minhash)
    rejects.write(out / "rejects.jsonl")
    return books.result()


def _fingerprinted(batch: pa.RecordBatch, scores: np.ndarray) -> pa.RecordBatch:
    """The batch with `duplicates` (not yet known: 1), the 128-bit hash of its text, and its quality."""
    hashes = np.ascontiguousarray(hash_strings(batch["text"]))
    binary = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(hashes), [None, pa.py_buffer(hashes)])
    ones = pa.array(np.ones(len(hashes), np.int32))
    columns = [batch[name] for name in SCHEMA.names if name != "duplicates"]
    return pa.RecordBatch.from_arrays([*columns, ones, binary, pa.array(scores, pa.float32())], schema=CLEAN_SCHEMA)


def _filter_language(
    batch: pa.RecordBatch, languages: list[str], books: "_CleanBooks", rejects: Rejects
) -> pa.RecordBatch:
    wanted = pc.is_in(batch["lang"], pa.array(languages)).to_numpy(zero_copy_only=False)
    books.languages.update(batch["lang"].to_pylist())
    books.drop("language", batch, np.flatnonzero(~wanted), batch["lang_score"].to_numpy(), rejects)
    return batch if wanted.all() else batch.filter(pa.array(wanted))


def _filter_empty(batch: pa.RecordBatch, books: "_CleanBooks", rejects: Rejects) -> pa.RecordBatch:
    lengths = pc.binary_length(batch["text"]).to_numpy()
    books.drop("empty", batch, np.flatnonzero(lengths == 0), lengths, rejects)
    return batch if lengths.all() else batch.filter(pa.array(lengths > 0))


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pa.memory_map(str(path)) as source:
        reader = pa.ipc.open_file(source)
        for index in range(reader.num_record_batches):
            yield reader.get_batch(index)


class _CleanBooks:
    """What came in, what was dropped by which rule, what was kept; in documents and bytes of text."""

    def __init__(self) -> None:
        self.documents_in = self.bytes_in = self.documents_kept = self.bytes_kept = 0
        self.dropped: Counter[str] = Counter()
        self.dropped_bytes: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.redacted: Counter[str] = Counter()
        self.boilerplate: Counter[str] = Counter()

    def take(self, batch: pa.RecordBatch) -> None:
        self.documents_in += batch.num_rows
        self.bytes_in += text_bytes(batch["text"])

    def keep(self, batch: pa.RecordBatch) -> None:
        self.documents_kept += batch.num_rows
        self.bytes_kept += text_bytes(batch["text"])

    def drop(self, reason: str, batch: pa.RecordBatch, rows: np.ndarray, values: np.ndarray, rejects: Rejects) -> None:
        if len(rows):
            gone = batch.take(pa.array(rows))
            self.dropped[reason] += len(rows)
            self.dropped_bytes[reason] += text_bytes(gone["text"])
            rejects.add(reason, gone, values[rows])

    def result(self) -> dict[str, Any]:
        return {
            "documents_in": self.documents_in,
            "bytes_in": self.bytes_in,
            "documents": self.documents_kept,
            "bytes": self.bytes_kept,
            "dropped": _sorted(self.dropped),
            "dropped_bytes": _sorted(self.dropped_bytes),
            "languages": _sorted(self.languages),
            "redacted": _sorted(self.redacted),
            "boilerplate": _sorted(self.boilerplate),
        }


def text_bytes(texts: pa.Array) -> int:
    """Bytes of text in a string column, offsets not counted."""
    return int(pc.sum(pc.binary_length(texts)).as_py() or 0)


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {key: counts[key] for key in sorted(counts) if counts[key]}
