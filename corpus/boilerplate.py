"""Lines that recur all over a site: cookie notices, menus, "무단전재 및 재배포 금지". Learned from counts over the whole corpus, removed as whole lines.

A site is the host of a document's URL; documents without one belong together by their source. While parts are read, every
distinct line of plausible length is counted per site, as a 64-bit hash and the first document that had it (16 bytes a line,
sorted, on disk). Learning merges the counts of all parts in slices of the key space, so that memory stays bounded, keeps the
lines that stand in enough documents of their site, and looks their texts up for the report. Counts are sums and ties go to the first
part, so that the result is the same for any number of workers. A line goes as a whole or not at all.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from pydantic import BaseModel, ConfigDict, Field

from corpus.hashing import hash64, hash_strings, mix64
from corpus.task import run_task
from corpus.utf8 import LETTER, classes, decode, string_buffers, strings_from

VERSION = 2
COUNTS_SCHEMA = pa.schema([("key", pa.uint64()), ("documents", pa.int32()), ("first", pa.int32())])
LEARNED_SCHEMA = pa.schema(
    [
        ("key", pa.uint64()),
        ("documents", pa.int64()),
        ("site", pa.string()),
        ("site_documents", pa.int64()),
        ("line", pa.string()),
    ]
)
SLICE_ROWS = 16_000_000  # rows merged at a time: about 1 GB of memory


class BoilerplateSettings(BaseModel):
    """When a line is boilerplate. Letters are weighed: a syllable of Hangul or an ideograph counts two."""

    model_config = ConfigDict(extra="forbid")

    documents: int = Field(default=10, ge=2)  # in at least so many documents of one site
    share: float = Field(default=0.02, gt=0, le=1)  # and in this share of them
    # Menus and footers stand at the edges of a page; the same short line inside is a heading ("Return Value") or code ("int main()").
    edge_lines: int = Field(default=5, ge=0)  # of the lines that are not blank
    edge_letters: int = Field(default=12, ge=1)  # at least, at an edge
    letters: int = Field(default=40, ge=1)  # at least, anywhere else: no heading is that long
    max_bytes: int = Field(
        default=1000, ge=1
    )  # a longer line is a paragraph; if it recurs, its document is a duplicate


def sites(urls: pa.Array, sources: pa.Array) -> pa.Array:
    """string[n]: the host of each URL in small letters without "www.", or the source where there is no URL."""
    hosts = pc.struct_field(
        pc.extract_regex(urls, r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@?#]*@)?(?:[wW]{3}\.)?(?P<host>[^/:?#]+)"), "host"
    )
    return pc.coalesce(pc.utf8_lower(hosts), sources)


def _scopes(urls: pa.Array, sources: pa.Array) -> np.ndarray:
    return np.ascontiguousarray(hash_strings(sites(urls, sources))[:, 0])


@njit
def _line_key(data, start, end, scope):
    return mix64(hash64(data, start, end, 0) ^ scope)


@njit
def _weight(data, start, end, classes):
    """Letters of a line, Hangul and ideographs twice."""
    n = 0
    i = start
    while i < end:
        c, width = decode(data, i)
        if classes[c] == LETTER:
            n += 2 if c >= 0x2E80 else 1
        i += width
    return n


@njit
def _lines_of(data, start, end):
    """How many lines are not empty."""
    n = 0
    for i in range(start, end + 1):
        if i == end or data[i] == 0x0A:
            n += i > start
            start = i + 1
    return n


@njit
def _is_eligible(data, start, end, index, lines, classes, limits):
    """Whether line `index` of `lines` could be boilerplate by its length and place. limits: edge lines, edge letters, letters, bytes."""
    if end - start < limits[1] or end - start > limits[3]:
        return False
    edge = index < limits[0] or index >= lines - limits[0]
    return _weight(data, start, end, classes) >= (limits[1] if edge else limits[2])


@njit(cache=True, nogil=True)
def _line_keys(data, offsets, scopes, classes, limits, keys, rows):
    """The key and row of every line that could be boilerplate, and one of the scope itself for each document; how many."""
    n = 0
    for document in range(offsets.shape[0] - 1):
        keys[n] = scopes[document]
        rows[n] = document
        n += 1
        line = offsets[document]
        end = offsets[document + 1]
        lines = _lines_of(data, line, end)
        index = 0
        for i in range(line, end + 1):
            if i == end or data[i] == 0x0A:
                if i > line:
                    if _is_eligible(data, line, i, index, lines, classes, limits):
                        keys[n] = _line_key(data, line, i, scopes[document])
                        rows[n] = document
                        n += 1
                    index += 1
                line = i + 1
    return n


@njit(cache=True, nogil=True)
def _tally(keys, rows, out_keys, documents, first):
    """Distinct keys, how many different rows have each, the first of them; `keys` ascending, `rows` ascending within a key."""
    n = -1
    last = -1
    for i in range(keys.shape[0]):
        if i == 0 or keys[i] != keys[i - 1]:
            n += 1
            out_keys[n] = keys[i]
            documents[n] = 0
            first[n] = rows[i]
            last = -1
        if rows[i] != last:
            documents[n] += 1
            last = rows[i]
    return n + 1


def _limits(settings: BoilerplateSettings) -> np.ndarray:
    return np.array([settings.edge_lines, settings.edge_letters, settings.letters, settings.max_bytes], np.int64)


class LineCounts:
    """Collects the line counts of one part, batch by batch."""

    def __init__(self, settings: BoilerplateSettings) -> None:
        self._settings = settings
        self._batches: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._rows = 0

    def add(self, texts: pa.Array, urls: pa.Array, sources: pa.Array) -> None:
        """Count the lines of a batch of normalised texts; the batches of a part come in order."""
        data, offsets = string_buffers(texts)
        room = int(offsets[-1] - offsets[0]) // self._settings.edge_letters + 2 * len(texts)
        keys, rows = np.empty(room, np.uint64), np.empty(room, np.int32)
        n = _line_keys(data, offsets, _scopes(urls, sources), classes(), _limits(self._settings), keys, rows)
        order = np.argsort(keys[:n], kind="stable")
        keys, rows = keys[order], rows[order] + np.int32(self._rows)
        counted = np.empty(n, np.uint64), np.empty(n, np.int32), np.empty(n, np.int32)
        n = _tally(keys, rows, *counted)
        self._batches.append(tuple(column[:n].copy() for column in counted))  # type: ignore[arg-type]  # three columns stay three
        self._rows += len(texts)

    def write(self, path: Path) -> None:
        """Write key (ascending), documents, first document of the part (row number) as an Arrow IPC file."""
        empty = np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.int32)
        columns = [np.concatenate(column) for column in zip(empty, *self._batches, strict=True)]
        keys, documents, first = _merged(*columns)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, COUNTS_SCHEMA) as writer:
            arrays = [pa.array(keys), pa.array(documents.astype(np.int32)), pa.array(first.astype(np.int32))]
            writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=COUNTS_SCHEMA))


def _merged(keys: np.ndarray, documents: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Equal keys as one: documents added up, `first` of the one that came first."""
    order = np.argsort(keys, kind="stable")
    keys, documents, first = keys[order], documents[order], first[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    if not len(starts):
        return keys, documents.astype(np.int64), first
    return keys[starts], np.add.reduceat(documents.astype(np.int64), starts), first[starts]


class _Candidate(NamedTuple):
    key: int
    documents: int
    part: int
    row: int


def learn(counts: Sequence[Path], settings: BoilerplateSettings, directory: Path) -> Path:
    """The boilerplate of a corpus from its parts' line counts (each beside the part's documents.arrow), in the order of the parts.

    Writes learned.arrow (LEARNED_SCHEMA, by key) and learned.jsonl (for reading, commonest first) as a task in `directory`;
    the path of the former.
    """

    def run(out: Path) -> dict[str, int]:
        candidates = [c for merged in _slices(counts) for c in _frequent(merged, settings.documents)]
        learned = sorted(_texts(counts, candidates, settings))
        table = pa.Table.from_pylist(
            [dict(zip(LEARNED_SCHEMA.names, row, strict=True)) for row in learned], LEARNED_SCHEMA
        )
        with pa.OSFile(str(out / "learned.arrow"), "wb") as sink, pa.ipc.new_file(sink, LEARNED_SCHEMA) as writer:
            writer.write_table(table)
        with (out / "learned.jsonl").open("w", encoding="utf-8") as file:
            for row in sorted(
                table.drop_columns("key").to_pylist(), key=lambda r: (-r["documents"], r["site"], r["line"])
            ):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return {"lines": len(learned)}

    run_task(directory, run, inputs=list(counts), settings=settings.model_dump(), version=VERSION)
    return directory / "learned.arrow"


def _slices(counts: Sequence[Path]) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """All parts' (keys, documents, part << 32 | first row), merged, in slices of the key space that fit in memory."""
    parts = []
    for path in counts:
        batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
        parts.append([column.to_numpy() for column in batch.columns])
    total = sum(len(keys) for keys, _, _ in parts)
    number = total // SLICE_ROWS + 1
    for index in range(number):
        bounds = np.array([index * 2**64 // number, min((index + 1) * 2**64 // number, 2**64 - 1)], np.uint64)
        columns: list[list[np.ndarray]] = [[], [], []]
        for part, (keys, documents, first) in enumerate(parts):
            low, high = np.searchsorted(keys, bounds)
            high = len(keys) if index == number - 1 else high
            columns[0].append(keys[low:high])
            columns[1].append(documents[low:high])
            columns[2].append(first[low:high].astype(np.int64) | (part << 32))
        if columns[0]:
            yield _merged(*(np.concatenate(column) for column in columns))


def _frequent(merged: tuple[np.ndarray, np.ndarray, np.ndarray], least: int) -> list[_Candidate]:
    keys, documents, where = (column[np.flatnonzero(merged[1] >= least)].tolist() for column in merged)
    return [_Candidate(k, d, w >> 32, w & 0xFFFFFFFF) for k, d, w in zip(keys, documents, where, strict=True)]


def _texts(
    counts: Sequence[Path], candidates: Sequence[_Candidate], settings: BoilerplateSettings
) -> Iterator[tuple[int, int, str, int, str]]:
    """The rows of LEARNED_SCHEMA: candidates that are lines (not sites) and frequent enough on their site."""
    documents = {c.key: c.documents for c in candidates}
    for part, path in enumerate(counts):
        mine = [c for c in candidates if c.part == part]
        if not mine:
            continue
        reader = pa.ipc.open_file(pa.memory_map(str(path.with_name("documents.arrow"))))
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        starts = np.cumsum([0, *(batch.num_rows for batch in batches)])
        for candidate in mine:
            index = int(np.searchsorted(starts, candidate.row, side="right")) - 1
            row = batches[index].slice(candidate.row - int(starts[index]), 1)
            scope = int(_scopes(row["url"], row["source"])[0])
            lines = pa.array(row["text"][0].as_py().split("\n"), pa.string())
            line = _find(lines, scope, candidate.key)
            if line is not None and candidate.documents >= settings.share * documents[scope]:
                site = sites(row["url"], row["source"])[0].as_py()
                yield candidate.key, candidate.documents, site, documents[scope], line


@njit(cache=True, nogil=True)
def _find_key(data, offsets, scope, key):
    for i in range(offsets.shape[0] - 1):
        if _line_key(data, offsets[i], offsets[i + 1], scope) == key:
            return i
    return -1


def _find(lines: pa.Array, scope: int, key: int) -> str | None:
    index = _find_key(*string_buffers(lines), np.uint64(scope), np.uint64(key))
    return None if index < 0 else lines[int(index)].as_py()


def load(path: Path) -> np.ndarray:
    """uint64[n]: the keys of the learned lines, ascending."""
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()["key"].to_numpy().copy()


@njit(cache=True, nogil=True)
def _remove(data, offsets, scopes, classes, limits, learned, out, out_offsets, removed):
    """Copy the texts without learned lines; blank lines that then meet become one."""
    at = 0
    out_offsets[0] = 0
    for document in range(offsets.shape[0] - 1):
        start = at
        cut = 0
        blank = False  # a blank line since the last line written
        line = offsets[document]
        end = offsets[document + 1]
        lines = _lines_of(data, line, end)
        index = 0
        for i in range(line, end + 1):
            if i == end or data[i] == 0x0A:
                if i == line:
                    blank = True
                else:
                    known = False
                    if _is_eligible(data, line, i, index, lines, classes, limits):
                        key = _line_key(data, line, i, scopes[document])
                        found = np.searchsorted(learned, key)
                        known = found < learned.shape[0] and learned[found] == key
                    index += 1
                    if known:
                        cut += 1
                    else:
                        if at > start:
                            out[at] = 0x0A
                            at += 1
                            if blank:
                                out[at] = 0x0A
                                at += 1
                        blank = False
                        out[at : at + i - line] = data[line:i]
                        at += i - line
                line = i + 1
        out_offsets[document + 1] = at
        removed[document] = cut


def remove(
    texts: pa.Array, urls: pa.Array, sources: pa.Array, learned: np.ndarray, settings: BoilerplateSettings
) -> tuple[pa.Array, dict[str, int]]:
    """The normalised texts without the learned lines of their sites, and how many lines went from how many documents."""
    if not len(learned) or not len(texts):
        return texts, {}
    data, offsets = string_buffers(texts)
    out = np.empty(max(int(offsets[-1] - offsets[0]), 1), np.uint8)
    out_offsets, removed = np.empty(len(offsets), np.int64), np.empty(len(texts), np.int64)
    scopes = _scopes(urls, sources)
    _remove(data, offsets, scopes, classes(), _limits(settings), learned, out, out_offsets, removed)
    if not removed.any():
        return texts, {}
    counts = {"lines": int(removed.sum()), "documents": int(np.count_nonzero(removed))}
    return strings_from(out[: max(out_offsets[-1], 1)], out_offsets), counts
