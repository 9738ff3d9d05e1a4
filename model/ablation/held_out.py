"""The texts on which models are compared, and corpora without them.

The texts are the held-out documents of every corpus together: recipes that clean differently hold out the same records,
by their ids, in their own wording, and a text counts once in each wording. From the training text of every corpus goes
what is one of these records, and what shares too much with one: a third of the seeds (runs of 8 syllables or 5 words,
as for test items) of either. So a recipe that keeps near-copies does not win by having seen the answers.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.contamination.index import seeds
from corpus.document import SCHEMA
from corpus.engine.task import read_json, settings_sha256
from corpus.errors import UserError
from corpus.kernels.hashing import hash_strings
from corpus.kernels.units import units
from corpus.shards import describe_split, read_shard, shard_paths, source_of, write_stream

SHARED = 1 / 3  # of the seeds of a held-out text, or of a document: a copy, an edition or a quotation of it
EVERY, SOME = "every", "some"  # whether each recipe keeps a record
SLICE = 2000  # documents compared at a time


def choose_texts(corpora: Mapping[str, Path], most: int) -> pa.Table:
    """Held-out documents of all corpora: SCHEMA, with `source` as KIND.LANGUAGE.GROUP; at most `most` texts of a kind,
    those with the smallest hashes of their ids. GROUP is "every" for records that all recipes keep, else "some".

    Raises UserError where no corpus holds anything out.
    """
    tables = [
        pa.Table.from_batches(list(read_shard(path)), SCHEMA)
        for corpus in corpora.values()
        for path in shard_paths(corpus, "validation")
    ]
    found = pa.concat_tables(tables).combine_chunks() if tables else SCHEMA.empty_table()
    found = found.filter(pc.greater(pc.binary_length(found["text"]), 0))
    if not found.num_rows:
        raise UserError("none of the recipes holds documents out. Set validation = 0.01, for example, in each of them.")
    texts = np.ascontiguousarray(hash_strings(found["text"].combine_chunks())).view("V16").ravel()
    _, first = np.unique(texts, return_index=True)
    found = found.take(pa.array(np.sort(first)))
    order = np.argsort(hash_strings(found["id"].combine_chunks(), seed=3)[:, 0], kind="stable")
    kinds = np.array(found["source"].to_pylist(), object)[order]
    rank = np.empty(len(order), np.int64)
    for kind in set(kinds.tolist()):
        mine = np.flatnonzero(kinds == kind)
        rank[mine] = np.arange(len(mine))
    found = found.take(pa.array(order[rank < most]))
    kept = np.ones(found.num_rows, bool)
    for corpus in corpora.values():
        kept &= _in_corpus(found["id"], corpus)
    groups = pa.array(np.where(kept, EVERY, SOME))
    named = pc.binary_join_element_wise(found["source"].combine_chunks(), found["lang"].combine_chunks(), groups, ".")
    return found.set_column(found.schema.get_field_index("source"), SCHEMA.field("source"), named)


def _in_corpus(ids: pa.ChunkedArray, corpus: Path) -> np.ndarray:
    """bool[n]: whether a corpus has each record, in either split."""
    found = np.zeros(len(ids), bool)
    for split in ("train", "validation"):
        for path in shard_paths(corpus, split):
            for batch in read_shard(path):
                found |= pc.is_in(ids, batch["id"]).to_numpy()
    return found


class Removed(NamedTuple):
    """Documents of a corpus' training text: how many there are, and how many went."""

    documents: int
    same_record: int
    shared_text: int


def write_corpus(corpus: Path, held_out: pa.Table, out: Path) -> Removed:
    """Write a corpus to the folder `out` whose validation split is the held-out texts, a shard for each KIND.LANGUAGE.
    GROUP, and whose training split is that of `corpus` without them; what was removed."""
    shutil.rmtree(out, ignore_errors=True)
    index = _Index(held_out)
    counts = np.zeros(3, np.int64)
    names = []
    (out / "train").mkdir(parents=True)
    for path in shard_paths(corpus):
        rows = write_stream(out / "train" / path.name, SCHEMA, _without(path, index, counts))
        names.append(path.name)
        if not rows and len(names) > 1:
            (out / "train" / names.pop()).unlink()
    content = [_identity(corpus), held_out["id"].to_pylist()]
    describe_split(out / "train", SCHEMA, names, settings_sha256(content), "train")
    (out / "validation").mkdir()
    groups = sorted(set(held_out["source"].to_pylist()))
    files = [f"{group}-00000.arrow" for group in groups]
    for group, file in zip(groups, files, strict=True):
        mine = held_out.filter(pc.equal(held_out["source"], group))
        mine = mine.take(pc.sort_indices(mine["id"]))
        write_stream(out / "validation" / file, SCHEMA, mine.to_batches())
    describe_split(out / "validation", SCHEMA, files, settings_sha256(held_out["id"].to_pylist()), "validation")
    return Removed(*counts.tolist())


def _without(path: Path, index: "_Index", counts: np.ndarray) -> Iterator[pa.RecordBatch]:
    for whole in read_shard(path):
        for start in range(0, whole.num_rows, SLICE):
            batch = whole.slice(start, SLICE)
            same = pc.is_in(batch["id"], index.ids).to_numpy(zero_copy_only=False)
            shared = index.shares(batch["text"]) & ~same
            counts += len(same), same.sum(), shared.sum()
            keep = ~(same | shared)
            if keep.any():
                yield batch.filter(pa.array(keep))


class _Index:
    """The seeds of the held-out texts, each with the texts that have it."""

    def __init__(self, held_out: pa.Table) -> None:
        self.ids = held_out["id"].combine_chunks()
        keys, texts = _seeds_of(held_out["text"].combine_chunks())
        pairs = np.unique(np.stack([keys, texts.astype(np.uint64)], axis=1), axis=0)
        self.keys, self.texts = pairs[:, 0], pairs[:, 1].astype(np.int64)
        self.sizes = np.bincount(self.texts, minlength=held_out.num_rows)

    def shares(self, texts: pa.Array) -> np.ndarray:
        """bool[n]: whether a text shares a third of its seeds with held-out texts, or of a held-out text's with it."""
        keys, rows = _seeds_of(texts)
        pairs = np.unique(np.stack([keys, rows.astype(np.uint64)], axis=1), axis=0)
        keys, rows = pairs[:, 0], pairs[:, 1].astype(np.int64)
        first, last = (np.searchsorted(self.keys, keys, side=side) for side in ("left", "right"))
        hit = last > first
        own = np.bincount(rows, minlength=len(texts))
        found = np.bincount(rows[hit], minlength=len(texts)) >= np.maximum(own * SHARED, 1)
        counts = (last - first)[hit]
        places = np.arange(counts.sum()) + np.repeat(first[hit] - (np.cumsum(counts) - counts), counts)
        which = np.repeat(rows[hit], counts) * len(self.sizes) + self.texts[places]
        both, times = np.unique(which, return_counts=True)
        enough = times >= np.maximum(self.sizes[both % len(self.sizes)] * SHARED, 1)
        found[both[enough] // len(self.sizes)] = True
        return found


def _seeds_of(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """(uint64[k] seeds, int64[k] the text of each)."""
    scanned = units(texts)
    keys = seeds(scanned)
    rows = np.repeat(np.arange(len(texts)), np.diff(scanned.bounds))
    return keys[keys != 0], rows[keys != 0]


def together(corpora: Sequence[Path], out: Path) -> None:
    """A folder with the training text of all corpora, for one tokenizer: links, or copies where there are none."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "train").mkdir(parents=True)
    names = []
    for number, corpus in enumerate(corpora):
        for path in shard_paths(corpus):
            names.append(f"arm{number}-{source_of(path)}-{path.stem.rsplit('-', 1)[1]}.arrow")
            try:
                os.link(path, out / "train" / names[-1])
            except OSError:
                shutil.copyfile(path, out / "train" / names[-1])
    describe_split(out / "train", SCHEMA, names, settings_sha256([_identity(corpus) for corpus in corpora]), "train")


def _identity(corpus: Path) -> str:
    """What a corpus' training split is known by."""
    return read_json(corpus / "train" / "state.json")["_fingerprint"]
