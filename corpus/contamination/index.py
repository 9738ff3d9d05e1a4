"""The index of evaluation sets: the short n-grams of each piece of each test item.

A piece is one text field of an item: a premise, an answer, a paragraph. Its seeds are all its n-grams of 8 syllables if
it is Korean, of 5 words otherwise: short enough that a changed particle or a typo in a copy changes few of them, and
long enough that only one document in thousands contains one by chance. Seeds only point to pieces; whether a piece is
found is decided by the share that is covered (corpus/contamination/find.py). A seed that occurs in more than `SHARED`
items is a phrase of the test's template ("Which of the following is") and is left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.contamination.evaluation_set import EvaluationSet, read_records, texts_of
from corpus.download.locator import Locator
from corpus.duplicates import shingles
from corpus.duplicates.shingles import BASE, power
from corpus.engine.task import file_state, run_task
from corpus.errors import UserError
from corpus.kernels.hashing import mix64
from corpus.kernels.inner import kernel
from corpus.kernels.units import Units, units

VERSION = 2
SYLLABLES, WORDS = 8, 5  # units of a seed
SHARED = 10
MARKUP = re.compile(r"<([^<>:]+):[A-Z]{2}>")  # KLUE-NER: <부산 동부경찰서:OG>
PIECES = pa.schema(
    [
        ("task", pa.string()),
        ("item", pa.int32()),
        ("field", pa.string()),
        ("background", pa.bool_()),
        ("text", pa.string()),
        ("seeds", pa.int32()),
        ("units", pa.int32()),
        ("korean", pa.bool_()),
    ]
)


def build_index(sets: Sequence[EvaluationSet], locator: Locator, out: Path) -> Path:
    """Index the sets in the folder `out` (skipped if it is finished already).

    Raises UserError for a missing file or field.
    """
    paths = [{url: locator.fetch(url) for url in each.urls(locator)} for each in sets]
    files = [path for of_set in paths for path in of_set.values()]
    settings = [each.model_dump() for each in sets]
    versions = [VERSION, shingles.VERSION]
    run_task(out, lambda to: _build(sets, paths, to), inputs=files, settings=settings, version=versions)
    return out


def _build(sets: Sequence[EvaluationSet], paths: Sequence[dict[str, Path]], out: Path) -> dict[str, Any]:
    rows = [row for each, of_set in zip(sets, paths, strict=True) for row in _pieces(each, of_set)]
    names = [field.name for field in PIECES][:5]
    records = [dict(zip(names, row, strict=True)) for row in rows]
    table = pa.Table.from_pylist(records, schema=pa.schema(list(PIECES)[:5]))
    scanned = units(table["text"].combine_chunks() if table.num_rows else pa.array([], pa.string()))
    keys, owners, korean = _seeds_of_pieces(scanned)
    items = np.unique([f"{row[0]}#{row[1]}" for row in rows], return_inverse=True)[1]
    pairs = _distinct(keys, owners.astype(np.uint64))
    pairs = pairs[_in_few_items(pairs, items)]
    counts = np.bincount(pairs[:, 1].astype(np.int64), minlength=len(rows))
    for name, values in (("seeds", counts), ("units", np.diff(scanned.bounds)), ("korean", korean)):
        table = table.append_column(PIECES.field(name), pa.array(values, PIECES.field(name).type))
    np.save(out / "seeds.npy", pairs)
    pq.write_table(table, out / "pieces.parquet")
    return {
        "items": dict(Counter(row[0] for row in {(row[0], row[1]) for row in rows})),
        "pieces": len(rows),
        "seeds": len(pairs),
    }


def _pieces(each: EvaluationSet, paths: dict[str, Path]) -> Iterator[tuple[str, int, str, bool, str]]:
    item = 0
    names = each.fields + each.background
    for path in paths.values():
        missing = set(names)
        for record in read_records(path, names):
            for name in names:
                for text in texts_of(record, name):
                    missing.discard(name)
                    yield each.task, item, name, name in each.background, MARKUP.sub(r"\1", text)
            item += 1
        if missing:
            raise UserError(
                f"evaluation set {each.task!r}: no text in field {sorted(missing)[0]!r} of {path}. Name fields"
                " of its records."
            )


def _seeds_of_pieces(scanned: Units) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Seed keys uint64, the piece of each, and bool[pieces]: whether it is Korean (most units are characters)."""
    keys = seeds(scanned)
    bounds = scanned.bounds
    counts = np.diff(bounds)
    alone = np.concatenate([[0], np.cumsum(scanned.alone)])
    korean = 2 * (alone[bounds[1:]] - alone[bounds[:-1]]) > counts
    owners = np.repeat(np.arange(len(counts)), counts)
    return keys[keys != 0], owners[keys != 0], korean


def _in_few_items(pairs: np.ndarray, items: np.ndarray) -> np.ndarray:
    """bool[n]: which of the sorted (key, piece) pairs have a key of at most SHARED items."""
    group = np.cumsum(np.append(np.zeros(min(len(pairs), 1), bool), pairs[1:, 0] != pairs[:-1, 0]))
    distinct = _distinct(group, items[pairs[:, 1].astype(np.int64)])
    return np.bincount(distinct[:, 0])[group] <= SHARED


def _distinct(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """[n, 2]: the distinct pairs in order; np.unique over rows takes four times as long."""
    order = np.lexsort((second, first))
    pairs = np.column_stack([first[order], second[order]])
    new = np.ones(len(pairs), bool)
    new[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return pairs[new]


def seeds(scanned: Units) -> np.ndarray:
    """uint64[total]: the key of the seed that begins at each unit; 0 where too few units of the text are left."""
    out = np.empty(len(scanned.hashes), np.uint64)
    _seeds(scanned.hashes, scanned.alone, scanned.bounds, out)
    return out


@kernel
def _seeds(units, alone, bounds, out):
    """Two rolling polynomials, one for each size, as in corpus/duplicates/shingles.py."""
    long_out = power(SYLLABLES - 1)
    short_out = power(WORDS - 1)
    for d in range(bounds.shape[0] - 1):
        first = bounds[d]
        end = bounds[d + 1]
        long_hash = np.uint64(0)
        short_hash = np.uint64(0)
        for i in range(first, min(first + SYLLABLES - 1, end)):
            long_hash = long_hash * BASE + units[i]
        for i in range(first, min(first + WORDS - 1, end)):
            short_hash = short_hash * BASE + units[i]
        for i in range(first, end):
            key = np.uint64(0)
            if i + SYLLABLES <= end:
                long_hash = long_hash * BASE + units[i + SYLLABLES - 1]
                if alone[i]:
                    key = mix64(long_hash)
                long_hash -= long_out * units[i]
            if i + WORDS <= end:
                short_hash = short_hash * BASE + units[i + WORDS - 1]
                if not alone[i]:
                    key = mix64(short_hash)
                short_hash -= short_out * units[i]
            out[i] = key


class Table(NamedTuple):
    """A loaded index: an open hash table of seed keys, and the pieces of each key as a range of `owners`.

    Nearly all lookups fail. A bit per hashed key, small enough for the cache, ends them before they reach the table.
    """

    bits: np.ndarray  # uint64[2¹⁷]: of the keys' upper 23 bits
    keys: np.ndarray  # uint64[2ᵏ], 0 = free
    firsts: np.ndarray  # int64[2ᵏ]: where the range begins
    counts: np.ndarray  # int32[2ᵏ]
    owners: np.ndarray  # int64[seeds]
    pieces: pa.Table


def load_index(folder: Path) -> Table:
    """The index of a folder that build_index made; 20 bytes a slot, two to four slots a seed."""
    return _load(folder, file_state(folder / "seeds.npy"), file_state(folder / "pieces.parquet"))


@lru_cache(maxsize=4)
def _load(folder: Path, *states: tuple[int, ...]) -> Table:
    pairs = np.load(folder / "seeds.npy")
    keys, firsts, counts = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    slots = 1 << max(int(len(keys) * 2).bit_length(), 10)
    table = np.zeros(slots, np.uint64), np.zeros(slots, np.int64), np.zeros(slots, np.int32)
    _fill(keys, firsts.astype(np.int64), counts.astype(np.int32), *table)
    bits = np.zeros(1 << 17, np.uint64)
    upper = keys >> np.uint64(41)
    np.bitwise_or.at(bits, (upper >> np.uint64(6)).astype(np.int64), np.uint64(1) << (upper & np.uint64(63)))
    return Table(bits, *table, pairs[:, 1].astype(np.int64), pq.read_table(folder / "pieces.parquet"))


@kernel
def _fill(keys, firsts, counts, table_keys, table_firsts, table_counts):
    mask = np.uint64(table_keys.shape[0] - 1)
    for i in range(keys.shape[0]):
        slot = keys[i] & mask
        while table_keys[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        table_keys[slot] = keys[i]
        table_firsts[slot] = firsts[i]
        table_counts[slot] = counts[i]


def find(keys: np.ndarray, table: Table) -> tuple[np.ndarray, np.ndarray]:
    """(unit index, piece) int64 of every hit of a seed, in order."""
    arrays = keys, table.bits, table.keys, table.firsts, table.counts, table.owners
    room = len(keys) // 16 + 64  # hits are rare; with more of them the texts are searched again
    while True:
        where, which = np.empty(room, np.int64), np.empty(room, np.int64)
        size = int(_find(*arrays, where, which))
        if size <= room:
            return where[:size], which[:size]
        room = size


@kernel
def _find(keys, bits, table_keys, firsts, counts, owners, where, which):
    """Count hits, and write those that fit the arrays."""
    mask = np.uint64(table_keys.shape[0] - 1)
    total = 0
    for i in range(keys.shape[0]):
        key = keys[i]
        upper = key >> np.uint64(41)
        if key == 0 or not (bits[upper >> np.uint64(6)] >> (upper & np.uint64(63))) & np.uint64(1):
            continue
        slot = key & mask
        while table_keys[slot] != 0:
            if table_keys[slot] == key:
                for j in range(min(counts[slot], where.shape[0] - total)):
                    where[total + j] = i
                    which[total + j] = owners[firsts[slot] + j]
                total += counts[slot]
                break
            slot = (slot + np.uint64(1)) & mask
    return total
