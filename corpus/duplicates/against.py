"""New documents against an index: which of them are in it, how certain that is, and which repeat each other.

    exact       equal 128-bit hashes: certain, without any text
    estimated   documents of the index whose text is no longer at its place: only the signatures decide
    near        documents of the index whose text is unchanged at its place: it is read, and the exact similarity
                decides, as between the new documents (corpus/duplicates/match.py)

The candidate texts of the index are one more part of the match, with a source that survives all others. So the result
is that of deduplicating both together, except for documents that only signatures decide. An estimate of 128
permutations has a standard error of 0.04 at similarity 0.7, and does not compare facts: pages of one template whose
texts are missing count as duplicates.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.cleaning.normalize import normalize
from corpus.duplicates.candidates import band_shape, estimate_short
from corpus.duplicates.dataset import CHARACTERS, PART_SCHEMA, NearDuplicateSettings, part_batch, sign_part
from corpus.duplicates.documents import DOCUMENTS, Documents
from corpus.duplicates.index import Dataset, Index, hash_words
from corpus.duplicates.job import MatchSettings
from corpus.duplicates.lookup import alike, known_hashes, least_agreement
from corpus.duplicates.match import match
from corpus.duplicates.minhash import SIGNATURES, short_signatures
from corpus.duplicates.rows import read_columns, text_keys
from corpus.engine.local import Engine
from corpus.errors import UserError
from corpus.kernels.hashing import hash_strings

KNOWN = "\0index"  # the source of the index's documents in the match; never a user's name
FOUND = pa.schema(
    [
        ("row", pa.int64()),  # of the new documents
        ("survivor", pa.int64()),  # a row of the new documents, or null
        ("known", pa.int64()),  # a document of the index, or null
        ("kind", pa.string()),  # exact, near
        ("similarity", pa.float32()),
        ("estimated", pa.bool_()),
    ]
)


def find_against(
    parts: list[Path],
    starts: np.ndarray,
    index: Index,
    matching: MatchSettings,
    engine: Engine,
    work: Path,
    priorities: Mapping[str, int],
) -> pa.Table:
    """The new documents to drop, ascending (schema FOUND): those in the index, and those that repeat another new one.

    `parts` are folders of dataset.write_parts, and `starts` int64[parts + 1] their first rows; `priorities` those of
    the new documents' sources, from 1 on.
    """
    settings = NearDuplicateSettings(
        shingles=index.settings.shingles, minhash=index.settings.minhash, normalize=index.settings.normalize,
        match=matching,
    )  # fmt: skip
    signed = list(engine.map(partial(_sign, settings), parts, name="signatures"))
    hashes, signatures, sizes = (
        np.concatenate([column[:0], *columns])
        for column, columns in zip(_nothing(settings), zip(*signed, strict=True), strict=False)
    ) if signed else _nothing(settings)  # fmt: skip
    equal = known_hashes(hashes, index)
    permutations = settings.minhash.permutations
    shape = band_shape(matching.threshold, permutations, matching.caution)
    lowest = matching.threshold if matching.containment is None else min(matching.threshold, matching.containment / 2)
    least = least_agreement(lowest, permutations)
    numbers, agreeing = alike(signatures, (equal < 0) & (sizes > 0), index, shape, least, engine, work / "lookup")
    at_hand = _texts_at_hand(index, np.unique(numbers[numbers >= 0]), settings, work / "known")
    similarity = estimate_short(agreeing, permutations)
    smaller = np.minimum(sizes[:, None], index.sizes(numbers))
    limit = np.where(smaller < matching.short, matching.short_threshold, matching.threshold).astype(np.float32)
    gone = (numbers >= 0) & ~np.isin(numbers, at_hand) & (similarity >= limit)
    by_estimate = (equal < 0) & gone.any(axis=1)
    best = np.argmax(gone, axis=1)  # the first is the most similar
    decided = (equal >= 0) | by_estimate
    exact = pa.table(
        {
            "row": np.flatnonzero(equal >= 0),
            "survivor": pa.nulls(int((equal >= 0).sum()), pa.int64()),
            "known": equal[equal >= 0],
            "kind": pa.repeat("exact", int((equal >= 0).sum())),
            "similarity": pa.repeat(pa.scalar(1, pa.float32()), int((equal >= 0).sum())),
            "estimated": pa.repeat(False, int((equal >= 0).sum())),
        },
        schema=FOUND,
    )
    rows = np.flatnonzero(by_estimate)
    estimated = pa.table(
        {
            "row": rows,
            "survivor": pa.nulls(len(rows), pa.int64()),
            "known": numbers[rows, best[rows]],
            "kind": pa.repeat("near", len(rows)),
            "similarity": similarity[rows, best[rows]],
            "estimated": pa.repeat(True, len(rows)),
        },
        schema=FOUND,
    )
    near = _match(parts, starts, decided, at_hand, settings, engine, work, {KNOWN: 0, **priorities})
    found = pa.concat_tables([exact, estimated, near])
    return found.take(pc.sort_indices(found["row"]))


def _nothing(settings: NearDuplicateSettings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.empty((0, 2), np.uint64), np.empty((0, settings.minhash.permutations), np.uint8), np.empty(0, np.uint32)


def _sign(settings: NearDuplicateSettings, folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sign one part; returns its hashes, short signatures and numbers of shingles."""
    sizes = sign_part(settings, folder)
    with pa.memory_map(str(folder / DOCUMENTS)) as source:
        reader = pa.ipc.open_file(source)
        hashes = [hash_words(reader.get_batch(i).column("hash")) for i in range(reader.num_record_batches)]
        words = np.concatenate([np.empty((0, 2), np.uint64), *hashes])
    return words, short_signatures(np.load(folder / SIGNATURES, mmap_mode="r")), sizes


def _texts_at_hand(index: Index, numbers: np.ndarray, settings: NearDuplicateSettings, folder: Path) -> np.ndarray:
    """Write the documents of the index whose text is still at its place to a signed part; returns their numbers,
    ascending.

    A text counts only if it has the indexed hash.
    """
    folder.mkdir(parents=True)
    found = [np.empty(0, np.int64)]
    with pa.OSFile(str(folder / DOCUMENTS), "wb") as sink, pa.ipc.new_file(sink, PART_SCHEMA) as writer:
        for dataset, rows in index.split(numbers):
            first = int(index.starts[index.datasets.index(dataset)])
            known = dataset.array("hashes.npy")
            for mine, texts in _read(dataset, rows, settings.normalize):
                same = (np.ascontiguousarray(hash_strings(texts)).view(np.uint64).reshape(-1, 2) == known[mine]).all(
                    axis=1
                )
                found.append(first + mine[same])
                writer.write_batch(part_batch(texts.filter(pa.array(same)), found[-1], KNOWN))
    sign_part(settings, folder)
    np.save(folder / "numbers.npy", np.concatenate(found))
    return np.concatenate(found)


class KnownTexts:
    """The available texts of an index, by the number of the document in it; the folder of find_against may be
    missing."""

    def __init__(self, folder: Path):
        there = (folder / "numbers.npy").is_file()
        self.numbers = np.load(folder / "numbers.npy") if there else np.empty(0, np.int64)
        self.documents = Documents.open([folder] if there else [], signed=False)

    def __call__(self, number: int) -> str | None:
        """The text, or None if it is not available."""
        places = np.flatnonzero(self.numbers == number)
        return self.documents.take("text", places[:1])[0].as_py() if len(places) else None


def _read(dataset: Dataset, rows: np.ndarray, clean: bool) -> Iterator[tuple[np.ndarray, pa.Array]]:
    """The readable texts at ascending rows of a dataset of the index: (rows, texts)."""
    places = dataset.places(rows)
    files, lines = places["file"].to_numpy(), places["row"].to_numpy()
    for number in np.unique(files):
        path = Path(dataset.about["folder"]) / dataset.about["files"][number]
        mine = np.flatnonzero(files == number)
        with suppress(OSError, UserError):  # a missing or unreadable file: signatures decide
            for columns in read_columns(path, {"text": text_keys(path, dataset.about["column"])}):
                wanted = mine[np.isin(lines[mine], columns.rows)]
                texts = columns.columns["text"].take(pa.array(np.searchsorted(columns.rows, lines[wanted])))
                if len(wanted):
                    texts = texts.cast(pa.string())
                    yield rows[wanted], normalize(texts, CHARACTERS)[0] if clean else texts


def _match(
    parts: list[Path],
    starts: np.ndarray,
    decided: np.ndarray,
    at_hand: np.ndarray,
    settings: NearDuplicateSettings,
    engine: Engine,
    work: Path,
    priorities: Mapping[str, int],
) -> pa.Table:
    """Match the remaining new documents with the documents of the index whose texts are available."""
    rows = []
    left = []
    for part, first, last in zip(parts, starts[:-1], starts[1:], strict=True):
        keep = ~decided[first:last]
        rows.append(first + np.flatnonzero(keep))
        left.append(part if keep.all() else _without(part, keep))
    path = match([work / "known", *left], settings.match, engine, work / "match", priorities, durable=False)
    with pa.OSFile(str(path)) as file:
        found = pa.ipc.open_file(file).read_all()
    found = found.filter(pa.array(found["part"].to_numpy() > 0))  # repeats inside the index are not reported
    own = np.cumsum([0, *map(len, rows)])
    every = np.concatenate([np.empty(0, np.int64), *rows])

    def row_of(side: str) -> np.ndarray:
        part, place = found[f"{side}part"].to_numpy(), found[f"{side}row"].to_numpy()
        return np.where(part > 0, own[np.maximum(part - 1, 0)] + place, -1)

    survivors = row_of("survivor_")
    inside = survivors >= 0
    known = np.where(inside, 0, found["survivor_row"].to_numpy())
    return pa.table(
        {
            "row": every[row_of("")],
            "survivor": pa.array(every[np.maximum(survivors, 0)] if len(every) else survivors, mask=~inside),
            "known": pa.array(at_hand[known] if len(at_hand) else known, mask=inside),
            "kind": found["kind"],
            "similarity": found["similarity"],
            "estimated": pa.repeat(False, found.num_rows),
        },
        schema=FOUND,
    )


def _without(part: Path, keep: np.ndarray) -> Path:
    """A part with only some of its documents, beside it."""
    out = part.with_name(f"{part.name}-left")
    out.mkdir()
    with (
        pa.memory_map(str(part / DOCUMENTS)) as source,
        pa.OSFile(str(out / DOCUMENTS), "wb") as sink,
        pa.ipc.new_file(sink, PART_SCHEMA) as writer,
    ):
        reader = pa.ipc.open_file(source)
        first = 0
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            writer.write_batch(batch.filter(pa.array(keep[first : first + batch.num_rows])))
            first += batch.num_rows
    np.save(out / SIGNATURES, np.load(part / SIGNATURES, mmap_mode="r")[keep])
    (out / "sketch.json").write_bytes((part / "sketch.json").read_bytes())
    return out
