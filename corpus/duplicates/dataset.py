"""Near-duplicates of any text column: a list of texts, an Arrow array or table, a Hugging Face dataset, a frame of
polars or pandas, or record batches as they come.

    from corpus.duplicates import drop_duplicates, find_duplicates
    clean = drop_duplicates(datasets.load_dataset(…, split="train"), "text")

The match is that of the corpus build (corpus/duplicates/match.py): exact hashes, MinHash bands on disk, exact Jaccard
similarity on the texts, one survivor per cluster (the one similar to most of the others; of equals the longest, then
the first). Texts are normalised by corpus/cleaning/normalize.py; nulls count as empty texts. It needs disk space for
one copy of the texts and about 900 bytes a document, in `work` or a temporary folder; memory is bounded.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, model_validator

from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.columns import text_arrays
from corpus.document import SCHEMA
from corpus.duplicates.documents import DOCUMENTS
from corpus.duplicates.match import MatchSettings, match
from corpus.duplicates.minhash import MinHashSettings, sketch_and_count, write_signatures
from corpus.duplicates.shingles import ShingleSettings
from corpus.duplicates.survivors import Values
from corpus.engine.local import Engine, LocalEngine
from corpus.kernels.hashing import hash_strings

# Penedo et al. 2025 (FineWeb2, arXiv 2506.20920), the weights of its Korean part: documents in a cluster → copies.
FINEWEB2 = {1: 1, 2: 2, 3: 3, 5: 5, 100: 8, 1000: 1}
PART_BYTES = 256_000_000  # text in one part of the work folder
CHARACTERS = NormalizeSettings(entities=False, mojibake=False)  # NFC, newlines and spaces only
BATCH_BYTES = 16_000_000  # text in one record batch
PART_SCHEMA = SCHEMA.append(pa.field("hash", pa.binary(16), nullable=False)).append(
    pa.field("quality", pa.float32(), nullable=False)
)


class NearDuplicateSettings(BaseModel):
    """How texts are compared, and the least similarity of duplicates."""

    model_config = ConfigDict(extra="forbid")

    shingles: ShingleSettings = ShingleSettings()
    minhash: MinHashSettings = MinHashSettings()
    match: MatchSettings = MatchSettings()

    @model_validator(mode="after")
    def _languages_are_known(self) -> "NearDuplicateSettings":
        if self.shingles.languages:
            raise ValueError(
                "shingles.languages: texts have no language here, so sizes by language would be ignored. Set"
                " shingles.syllables and shingles.letters, or build a corpus, which knows the language of each"
                " document."
            )
        return self

    normalize: bool = (
        True  # NFC, newlines and spaces first; a third of the time, almost nothing if texts are normalised already
    )


DEFAULTS = NearDuplicateSettings()


def find_duplicates(
    texts: Any,
    column: str = "text",
    *,
    settings: NearDuplicateSettings = DEFAULTS,
    engine: Engine | None = None,
    work: Path | None = None,
    values: Values | None = None,
) -> pa.Table:
    """The rows to drop, ascending: row int64, survivor int64 (its row), kind ("exact", "near"), similarity float32
    (exact Jaccard).

    `texts` is a list of strings, an Arrow array, chunked array or table, a `datasets.Dataset`, a frame or series of
    polars or pandas (or anything else with `__arrow_c_stream__`), or an iterable of arrays. `engine` is one process by
    default, `work` a temporary folder; `values` are those of a survivor rule
    (corpus/duplicates/survivors.py), known for all texts that were yielded. Raises UserError for a column that is
    missing or not text.
    """
    own = TemporaryDirectory(prefix="near-duplicates-") if work is None else nullcontext(str(work))
    with own as folder:
        parts, starts = write_parts(text_batches(text_arrays(texts, column), settings.normalize), Path(folder), values)
        with nullcontext(engine) if engine is not None else LocalEngine(1) as running:
            for _ in running.map(partial(sign_part, settings), parts, name="signatures"):
                pass
            path = match(
                parts,
                settings.match,
                running,
                Path(folder) / "match",
                values.rule.priorities if values else {},
                durable=False,
            )
        with pa.OSFile(str(path)) as file:
            found = pa.ipc.open_file(file).read_all()
    rows, survivors = (
        pa.array(starts[found[f"{side}part"].to_numpy()] + found[f"{side}row"].to_numpy(), pa.int64())
        for side in ("", "survivor_")
    )
    return pa.table({"row": rows, "survivor": survivors, "kind": found["kind"], "similarity": found["similarity"]})


def drop_duplicates(
    data: Any,
    column: str = "text",
    *,
    settings: NearDuplicateSettings = DEFAULTS,
    engine: Engine | None = None,
    work: Path | None = None,
) -> Any:
    """The table, array or dataset without its duplicates, rows in their order. See find_duplicates."""
    found = find_duplicates(data, column, settings=settings, engine=engine, work=work)
    gone = found["row"].to_numpy()
    if not hasattr(data, "__len__") and hasattr(data, "filter"):  # an IterableDataset: read once more, row by row
        dropped = frozenset(gone.tolist())
        return data.filter(lambda _, row: row not in dropped, with_indices=True)
    keep = np.ones(len(data), bool)
    keep[gone] = False
    rows = np.flatnonzero(keep)
    if isinstance(data, list | tuple):
        return [data[row] for row in rows.tolist()]
    if hasattr(data, "iloc"):  # pandas
        return data.iloc[rows]
    if isinstance(data, pa.Array | pa.ChunkedArray | pa.Table | pa.RecordBatch):
        return data.take(pa.array(rows))
    if hasattr(data, "with_format"):  # datasets.Dataset
        return data.select(rows)
    return data[rows]  # polars


def cluster_sizes(found: pa.Table, rows: int) -> np.ndarray:
    """int32[rows]: how many documents each row represents: 1 if it is unique, 0 if it is dropped."""
    sizes = np.ones(rows, np.int32)
    np.add.at(sizes, found["survivor"].drop_null().to_numpy(), 1)
    sizes[found["row"].to_numpy()] = 0
    return sizes


def rehydration(sizes: np.ndarray, copies: Mapping[int, int] = FINEWEB2) -> np.ndarray:
    """int64[n]: how often training should see each row, by the number of documents that it represents (cluster_sizes,
    or `duplicates` of a corpus).

    `copies` maps a least number of documents to the copies from there on; rows of size 0 were dropped and get 0. Text
    that is repeated on the web tends to be good, but beyond a thousand repeats it is a template.
    """
    bounds = np.array(sorted(copies))
    chosen = np.array([0, *(copies[bound] for bound in bounds.tolist())])
    return chosen[np.searchsorted(bounds, sizes, side="right")]


def text_batches(arrays: Iterable[pa.Array], clean: bool) -> Iterator[pa.Array]:
    """Texts without nulls, in arrays of about BATCH_BYTES; normalised (corpus/cleaning/normalize.py) if `clean`."""

    def whole() -> pa.Array:
        texts = waiting[0] if len(waiting) == 1 else pa.concat_arrays(waiting)
        return normalize(texts, CHARACTERS)[0] if clean else texts

    waiting: list[pa.Array] = []
    size = 0
    for array in arrays:
        lengths = pc.fill_null(pc.binary_length(array.cast(pa.large_string())), 0).to_numpy()
        cuts = np.searchsorted(np.cumsum(lengths), np.arange(BATCH_BYTES, lengths.sum(), BATCH_BYTES), side="right")
        for first, last in pairwise([0, *cuts.tolist(), len(array)]):
            if first == last:
                continue
            waiting.append(pc.fill_null(array.slice(first, last - first).cast(pa.string()), ""))
            size += int(lengths[first:last].sum())
            if size >= BATCH_BYTES:
                yield whole()
                waiting, size = [], 0
    if waiting:
        yield whole()


def write_parts(batches: Iterator[pa.Array], work: Path, values: Values | None = None) -> tuple[list[Path], np.ndarray]:
    """Write the texts as parts for `match`; returns their folders, and the row at which each begins (int64).

    `values` are those of a survivor rule, recorded when the texts are read.
    """
    folders: list[Path] = []
    starts = [0]
    ahead = next(batches, None)
    while ahead is not None:
        folders.append(work / "parts" / f"{len(folders):05d}")
        folders[-1].mkdir(parents=True, exist_ok=True)
        rows = size = 0
        with pa.OSFile(str(folders[-1] / DOCUMENTS), "wb") as sink, pa.ipc.new_file(sink, PART_SCHEMA) as writer:
            while ahead is not None and size < PART_BYTES:
                begin = starts[-1] + rows
                sources = values.sources(begin, len(ahead)) if values else ""
                quality = values.qualities(begin, len(ahead)) if values else 0.0
                writer.write_batch(part_batch(ahead, np.arange(begin, begin + len(ahead)), sources, quality))
                rows += len(ahead)
                size += ahead.nbytes
                ahead = next(batches, None)
        starts.append(starts[-1] + rows)
    return folders, np.asarray(starts)


def sign_part(settings: NearDuplicateSettings, folder: Path) -> np.ndarray:
    """Make the signatures of one part; returns the number of shingles of each document, uint32[n]."""
    counts = [np.empty(0, np.uint32)]

    def sketches() -> Iterator[np.ndarray]:
        with pa.memory_map(str(folder / DOCUMENTS)) as source:
            reader = pa.ipc.open_file(source)
            for i in range(reader.num_record_batches):
                texts = reader.get_batch(i).column("text")
                signatures, sizes = sketch_and_count(texts, None, settings.shingles, settings.minhash)
                counts.append(sizes)
                yield signatures

    write_signatures(folder, sketches(), settings.shingles, settings.minhash)
    return np.concatenate(counts)


def part_batch(
    texts: pa.Array, numbers: np.ndarray, source: str | list[str] = "", quality: float | np.ndarray = 0.0
) -> pa.RecordBatch:
    """A batch of PART_SCHEMA; ids are the numbers with leading zeros, so that the first of equals survives."""
    count = len(texts)
    hashes = np.ascontiguousarray(hash_strings(texts))
    ids = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), 19, "0")
    columns = {
        "id": ids,
        "text": texts,
        "source": pa.repeat(source, count) if isinstance(source, str) else pa.array(source, pa.string()),
        "lang": pa.repeat("", count),
        "origin": pa.repeat("", count),
        "duplicates": pa.repeat(pa.scalar(1, pa.int32()), count),
        "hash": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(hashes)]),
        "quality": pa.array(np.broadcast_to(np.float32(quality), count), pa.float32()),
    }
    arrays = [columns.get(field.name, pa.nulls(count, field.type)) for field in PART_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=PART_SCHEMA)
