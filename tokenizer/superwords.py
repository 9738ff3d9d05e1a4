"""Superwords: tokens of several words, learned after those of one (SuperBPE, Liu et al. 2025, arXiv:2503.13423).

The second stage continues merging where the first ended, across the words of a run (tokenizer/scanner/runs.py). The
text is too large to keep for that, and counts of whole runs are nearly as large. But a token that crosses a border
contains the two adjacent tokens of the first stage there, so it is at most as frequent as that pair. Hence two passes
over the text: the first counts adjacent tokens in a table of fixed size, by their hash, so that counts are never too
small; the second cuts runs between two tokens whose pair is too rare, and counts the pieces, of which there are few.
For all merges that occur more often than that limit the result is the same as from whole runs.
"""

import shutil
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from corpus.engine.local import Engine
from corpus.engine.task import file_sha256, file_state, run_task
from corpus.kernels.hashing import mix64
from corpus.kernels.inner import helper, kernel
from corpus.shards import source_of
from tokenizer.directory import SPECIAL_TOKENS
from tokenizer.encoding.encode import Encoder
from tokenizer.scanner.classes import engine_version
from tokenizer.training.bpe import Merges, train_on
from tokenizer.training.counts import Total, count_pieces, sample_identity, texts_of
from tokenizer.training.sample import Sample

VERSION = 2
PAIRS = 1 << 22  # counters of adjacent tokens: 16 MB
RARE = 2.0**-19  # of all pairs: runs are cut at rarer pairs of tokens
MAX_WORDS = 4  # of a token; longer ones would be memorised boilerplate
SUPERWORD_PATTERN = "hanji"  # the only pattern with runs
MET = "met.npy"


class Pieces(NamedTuple):
    """Cuts texts into pieces of runs, as uint32 ids of the first stage; pieces of one token are left out."""

    tokenizer: Path
    met: Path  # the counters, uint32[PAIRS]
    limit: int

    def __call__(self, texts: pa.Array) -> tuple[np.ndarray, int, np.ndarray]:
        """See tokenizer.training.counts.Pretokens."""
        ids, bounds = _encoder(self.tokenizer).encode_runs(texts)
        pieces, ends = np.empty(len(ids), np.uint32), np.empty(len(ids), np.int64)
        count, used = _cut(ids, bounds, np.load(self.met, mmap_mode="r"), self.limit, pieces, ends)
        return pieces[:used].view(np.uint8), 0, ends[:count]

    @property
    def identity(self) -> Any:
        """See tokenizer.training.counts.Pretokens."""
        return [file_sha256(self.tokenizer), self.limit, VERSION, engine_version()]


def count_superwords(
    shards: list[Path],
    directory: Path,
    tokenizer: Path,
    engine: Engine,
    sample: Sample | None = None,
    memory: int = 1 << 30,
) -> int:
    """Count pieces of runs of words as tokens of the first stage's `tokenizer`, a tokenizer.json of the pattern hanji,
    into `directory`, as `tokenizer.training.counts.count_shards` counts words.

    Returns the limit: rarer pairs of tokens are not in them. `memory` bounds the hash tables of one worker, in bytes.
    """
    pairs, work = directory.with_name(f"{directory.name}.pairs"), directory.with_name(f"{directory.name}.pairs.work")

    def make(folder: Path) -> dict[str, Any]:
        task = partial(_count_pairs, work=work, tokenizer=tokenizer, sample=sample)
        total = np.zeros(PAIRS, np.uint64)
        for file in engine.map(task, shards, name="pairs", describe=str, group=source_of, weigh=_size):
            total += np.load(file, mmap_mode="r")
        np.save(folder / MET, np.minimum(total, np.iinfo(np.uint32).max).astype(np.uint32))
        return {"limit": max(2, round(float(total.sum()) * RARE))}

    settings = _settings(tokenizer, sample)
    limit = run_task(pairs, make, inputs=shards, settings=settings, version=VERSION).result["limit"]
    shutil.rmtree(work, ignore_errors=True)
    cut = Pieces(tokenizer, pairs / MET, limit)
    count_pieces(shards, directory, cut, {"limit": limit}, engine, sample, memory)
    return limit


def add_superwords(merges: Merges, total: Total, size: int, **rules: Any) -> Merges:
    """`merges` and superwords up to `size` tokens, from the pieces that `weighted` adds up; `rules` as in
    `tokenizer.training.bpe.train`."""
    first = len(SPECIAL_TOKENS)
    return train_on(merges, total.words, total.counts, size, first, max_spaces=MAX_WORDS, **rules)


def _settings(tokenizer: Path, sample: Sample | None) -> dict[str, Any]:
    return {"tokenizer": file_sha256(tokenizer), "sample": sample_identity(sample), "letters": engine_version()}


def _encoder(path: Path) -> Encoder:
    return _encoder_of(path, file_state(path))


@lru_cache(1)
def _encoder_of(path: Path, state: tuple[int, ...]) -> Encoder:
    return Encoder.from_file(path)


def _count_pairs(path: Path, work: Path, tokenizer: Path, sample: Sample | None) -> Path:
    """Count the pairs of one shard, as a task; returns the file of uint32[PAIRS]."""

    def make(folder: Path) -> None:
        met = np.zeros(PAIRS, np.uint32)
        for _, texts in texts_of(path, sample):
            _add_pairs(*_encoder(tokenizer).encode_runs(texts), met)
        np.save(folder / MET, met)

    folder = work / path.stem
    settings = _settings(tokenizer, sample)
    run_task(folder, make, inputs=[path], settings=settings, version=VERSION)
    return folder / MET


@helper
def _counter(a, b):
    return np.int64(mix64((np.uint64(a) << np.uint64(32)) | np.uint64(b)) & np.uint64(PAIRS - 1))


@kernel
def _add_pairs(ids, bounds, met):
    for run in range(bounds.shape[0] - 1):
        for i in range(bounds[run] + 1, bounds[run + 1]):
            q = _counter(ids[i - 1], ids[i])
            if met[q] < np.uint32(0xFFFFFFFF):
                met[q] += np.uint32(1)


@kernel
def _cut(ids, bounds, met, limit, pieces, ends):
    count = 0
    used = 0
    for run in range(bounds.shape[0] - 1):
        start = bounds[run]
        for i in range(bounds[run] + 1, bounds[run + 1] + 1):
            if i < bounds[run + 1] and met[_counter(ids[i - 1], ids[i])] >= limit:
                continue
            if i - start > 1:
                for k in range(start, i):
                    pieces[used] = ids[k]
                    used += 1
                ends[count] = 4 * used
                count += 1
            start = i
    return count, used


def _size(path: Path) -> int:
    return path.stat().st_size
