"""Lines that recur on many pages of a site: cookie notices, menus, "무단전재 및 재배포 금지". They are learned from
counts over the whole corpus and removed as whole lines.

A site is the host of a document's URL; documents without a URL are grouped by their source. While parts are read, every
distinct line of a plausible length is counted per site, as a 64-bit hash and the first document with it (16 bytes a
line, sorted, on disk). Learning merges the counts of all parts in slices of the key space, so that memory is bounded,
keeps the lines that are in enough documents of their site, and looks up their texts for the report. Counts are sums,
and the first part wins ties, so that the result is the same for any number of workers. A line is removed only if no
block, sentence or section loses a part by it (corpus/cleaning/boilerplate_lines.py).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from corpus.cleaning.boilerplate_lines import Limits, cut, eligible_lines, find
from corpus.engine.task import run_task
from corpus.kernels.hashing import hash_strings
from corpus.stored import batch_at, batches

VERSION = 5
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
    """When a line is boilerplate. Letters are weighted: a syllable of Hangul or an ideograph counts as two."""

    model_config = ConfigDict(extra="forbid")

    documents: int = Field(default=10, ge=2)  # in at least so many documents of one site
    share: float = Field(default=0.02, gt=0, le=1)  # and in this share of them
    # Menus and footers are at the edges of a page; the same short line inside a page is a heading ("Return Value") or
    # code ("int main()").
    edge_lines: int = Field(default=5, ge=0)  # the edge is so many lines that are not blank
    edge_letters: int = Field(default=12, ge=1)  # least letters of a line at an edge
    letters: int = Field(default=40, ge=1)  # least letters of a line anywhere else: no heading is that long
    max_bytes: int = Field(default=1000, ge=1)  # a longer line is a paragraph, and its document a near-duplicate

    def limits(self) -> Limits:
        """The limits in the form that the kernels take."""
        return Limits(self.edge_lines, self.edge_letters, self.letters, self.max_bytes)


def sites(urls: pa.Array, sources: pa.Array) -> pa.Array:
    """string[n]: the host of each URL in small letters without "www.", or the source where there is no URL."""
    hosts = pc.struct_field(
        pc.extract_regex(urls, r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@?#]*@)?(?:[wW]{3}\.)?(?P<host>[^/:?#]+)"), "host"
    )
    return pc.coalesce(pc.utf8_lower(hosts), sources)


def _scopes(urls: pa.Array, sources: pa.Array) -> np.ndarray:
    return np.ascontiguousarray(hash_strings(sites(urls, sources))[:, 0])


class LineCounts:
    """Collects the line counts of one part, batch by batch."""

    def __init__(self, settings: BoilerplateSettings) -> None:
        self._settings = settings
        self._batches: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._rows = 0

    def add(self, texts: pa.Array, urls: pa.Array, sources: pa.Array) -> None:
        """Count the lines of a batch of normalised texts; the batches of a part come in order."""
        keys, documents, first = eligible_lines(texts, _scopes(urls, sources), self._settings.limits())
        self._batches.append((keys, documents, first + np.int32(self._rows)))
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
    """Merge equal keys: documents are added, `first` is that of the first entry."""
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
    """The boilerplate of a corpus from its parts' line counts (each beside the part's documents.arrow), in the order
    of the parts.

    Writes learned.arrow (LEARNED_SCHEMA, by key) and learned.jsonl (for people, most frequent first) as a task in
    `directory`; returns the path of the former.
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
    by_part: dict[int, list[_Candidate]] = {}
    for candidate in candidates:
        by_part.setdefault(candidate.part, []).append(candidate)
    for part, mine in sorted(by_part.items()):
        path = counts[part].with_name("documents.arrow")
        found = np.array([candidate.row for candidate in mine])
        start = 0
        for number, batch in enumerate(batches(path, ["source", "url"])):
            here = np.flatnonzero((found >= start) & (found < start + batch.num_rows))
            places = found[here] - start
            start += batch.num_rows
            if not len(here):
                continue
            rows = batch.take(pa.array(places, pa.int64()))
            scopes = _scopes(rows["url"], rows["source"]).tolist()
            often = [
                i for i, scope in enumerate(scopes) if mine[here[i]].documents >= settings.share * documents[scope]
            ]
            if not often:  # texts are unpacked for lines of boilerplate alone
                continue
            texts = batch_at(path, number, ["text"])["text"].take(pa.array(places[often], pa.int64())).to_pylist()
            names = sites(rows["url"], rows["source"]).take(pa.array(often, pa.int64())).to_pylist()
            for index, site, text in zip(often, names, texts, strict=True):
                candidate, scope = mine[here[index]], scopes[index]
                line = find(pa.array(text.split("\n"), pa.string()), scope, candidate.key)
                if line is not None:
                    yield candidate.key, candidate.documents, site, documents[scope], line


def load(path: Path) -> np.ndarray:
    """uint64[n]: the keys of the learned lines, ascending."""
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()["key"].to_numpy().copy()


def load_for(path: Path, counts: Path) -> np.ndarray:
    """uint64[n]: the keys of those learned lines that a part has, by its line counts.

    All that `remove` needs for that part: so a part depends on its own lines only, and stays as it is when lines of
    other parts are learned."""
    learned = load(path)
    with pa.memory_map(str(counts)) as file:
        keys = pa.ipc.open_file(file).read_all()["key"].to_numpy()
        places = np.searchsorted(keys, learned)
        inside = places < len(keys)
        inside[inside] = keys[places[inside]] == learned[inside]
    return learned[inside]


def remove(
    texts: pa.Array, urls: pa.Array, sources: pa.Array, learned: np.ndarray, settings: BoilerplateSettings
) -> tuple[pa.Array, dict[str, int]]:
    """The normalised texts without the learned lines of their sites, and how many lines were removed from how many
    documents."""
    if not len(learned) or not len(texts):
        return texts, {}
    texts, removed = cut(texts, _scopes(urls, sources), settings.limits(), learned)
    counts = {"lines": int(removed.sum()), "documents": int(np.count_nonzero(removed))}
    return texts, {name: count for name, count in counts.items() if count}
