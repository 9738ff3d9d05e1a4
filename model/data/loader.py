"""Batches for training from packed data: shuffled, divided among ranks, resumable bit by bit.

All ranks read one sequence of rows that depends only on the data and the seed. A micro-step takes the next world_size ×
batch_size rows; rank r gets the r-th batch_size of them. The position in training is therefore one integer per stream,
the same on all ranks, and a run may continue with other numbers of ranks, batch sizes or workers: the order of the rows
is the same.

Without a mixture there is one stream, all rows of the split, each exactly once an epoch, in a different order per epoch
(model/data/shuffle.py). With a mixture there is a stream per source, and the schedule of model/data/mixture.py selects
from them. Memory-mapped rows are gathered by `workers` threads ahead of the training step. Measured speed:
benchmarks/loader.py.
"""

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from torch.utils.data import IterableDataset, get_worker_info

from corpus.engine.task import settings_sha256
from corpus.errors import UserError
from model.data.batch import Batch, make_batch
from model.data.mixture import Schedule, Share, language_of
from model.data.packed import PackedData, PackedSource, copies
from model.data.shuffle import shuffled

VERIFIED_BYTES = 4 << 30  # checksums of splits up to this size are verified on opening: a few seconds
BLOCK = 4096  # positions shuffled at a time; of fewer rows one epoch, which takes as long as 4,096 positions


class Stream:
    """An endless sequence of rows: those of some sources, each once an epoch, or as often as `rehydrate` says for its
    tier."""

    def __init__(
        self, sources: list[PackedSource], rehydrate: Mapping[int, int], shuffle: bool, seed: int, number: int
    ):
        self.sources = sources
        self._segments = [
            (source, segment.first, segment.rows)
            for source in sources
            for segment in source.segments
            for _ in range(copies(segment.duplicates, rehydrate))
        ]
        self._starts = list(accumulate((rows for _, _, rows in self._segments), initial=0))
        self.rows = self._starts[-1]
        self._shuffle, self._seed, self._number = shuffle, seed, number
        self._size = min(BLOCK, max(self.rows, 1))
        self._block: tuple[int, np.ndarray] = (-1, np.zeros(0, np.int64))

    def index(self, position: int) -> int:
        """The row at a position of the endless sequence."""
        if not self._shuffle:
            return position % self.rows
        number = position // self._size
        if self._block[0] != number:
            positions = np.arange(number * self._size, (number + 1) * self._size)
            epochs = positions // self.rows
            rows = np.empty(self._size, np.int64)
            for epoch in range(epochs[0], epochs[-1] + 1):
                here = epochs == epoch
                key = (self._seed << 40) ^ (self._number << 20) ^ epoch
                rows[here] = shuffled(positions[here] % self.rows, self.rows, key)
            self._block = number, rows
        return int(self._block[1][position % self._size])

    def place(self, index: int) -> tuple[PackedSource, int]:
        """The source that holds a row, and the row's number in it."""
        number = bisect_right(self._starts, index) - 1
        source, first, _ = self._segments[number]
        return source, first + index - self._starts[number]

    def row(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Ids and document lengths of a row."""
        source, row = self.place(index)
        return source.row(row)


Row = tuple[Stream, int] | None  # of a stream's index, or padding


class Place(NamedTuple):
    """The position of a loader: per stream, what all ranks together have taken."""

    rows: list[int]
    tokens: list[int]  # counted in a mixture only


class Loader(IterableDataset):
    """Iterate over batches; iterating again, also after load_state_dict, continues after the last returned batch.

    It is torch's IterableDataset: `DataLoader(loader, batch_size=None)` gives its batches. `len` is the number of
    batches that are left of its epochs; without a number of epochs it has no length.

    `batch_size` rows per rank and micro-step. `mixture` (model/data/mixture.py) takes its sources in their shares of
    the tokens, without end. `epochs` None has no end either; with a number, the last batch may contain rows of padding
    only (all targets -100), so that all ranks get equally many batches of one shape and none waits for another.
    `workers` threads prepare batches ahead, 0 for none. `verify` compares checksums first; by default only for a split
    below 4 GiB.
    """

    def __init__(
        self,
        data: Path | str | PackedData,
        *,
        batch_size: int,
        split: str = "train",
        rank: int = 0,
        world_size: int = 1,
        seed: int = 0,
        shuffle: bool = True,
        mixture: Sequence[Share] | None = None,
        rehydrate: Mapping[int, int] | None = None,
        epochs: int | None = None,
        workers: int = 1,
        verify: bool | None = None,
        asked: Mapping[str, Any] | None = None,
    ):
        if batch_size < 1 or not 0 <= rank < world_size:
            raise ValueError(
                f"batch_size {batch_size}, rank {rank} of {world_size}: batch_size >= 1, 0 <= rank < world_size"
            )
        if mixture is not None and epochs is not None:
            raise ValueError("a mixture has no epochs: its sources restart at different times")
        self.data = data if isinstance(data, PackedData) else PackedData(data, split)
        if not self.data.rows:
            raise UserError(
                f"{self.data.root}: the split {self.data.split!r} has no rows. Pack a corpus with more text, or with a"
                " smaller --seq-len."
            )
        if verify or (verify is None and self.data.bytes <= VERIFIED_BYTES):
            self.data.verify()
        self.batch_size, self.rank, self.world_size = batch_size, rank, world_size
        self.epochs, self.workers = epochs, workers
        by_name = {source.name: source for source in self.data.sources}
        groups = [self.data.sources] if mixture is None else [[by_name[share.source]] for share in mixture]
        self._stream = partial(Stream, rehydrate=rehydrate or {}, shuffle=shuffle, seed=seed)
        self.streams = [self._stream(group, number=number) for number, group in enumerate(groups)]
        self._weights = None if mixture is None else [share.weight for share in mixture]
        self._settings: dict[str, Any] = {"split": self.data.split, "seed": seed, "shuffle": shuffle}
        self._settings["rehydrate"] = {str(bound): times for bound, times in (rehydrate or {}).items()}
        shares = None if mixture is None else {share.source: share.weight for share in mixture}
        self._settings["mixture"] = shares if asked is None else dict(asked)
        self.fingerprint = settings_sha256([self.data.fingerprint, self._settings])
        # Over all ranks, per stream: rows returned and, in a mixture, their tokens.
        self._place = Place([0] * len(groups), [0] * len(groups))

    @property
    def epoch(self) -> dict[str, float]:
        """Epochs so far, by source; without a mixture all sources have the same."""
        return {
            source.name: taken / stream.rows
            for stream, taken in zip(self.streams, self._place.rows, strict=True)
            for source in stream.sources
        }

    def state_dict(self) -> dict[str, Any]:
        """The position after the last returned batch; the same on all ranks."""
        state = {**self._place._asdict(), "fingerprint": self.fingerprint, "settings": self._settings}
        return state if self._weights is None else state | {"shares": self.shares}

    @property
    def shares(self) -> dict[str, float]:
        """The share of the tokens of each source in a mixture."""
        names = [stream.sources[0].name for stream in self.streams]
        return dict(zip(names, self._weights or [], strict=False))

    def beyond_caps(self, caps: Mapping[str, float], tokens: int) -> str:
        """A warning if the shares of a checkpoint, kept in a longer training of `tokens`, exceed the caps on epochs."""
        often = []
        for stream in self.streams if self._weights is not None else ():
            source = stream.sources[0]
            cap = caps.get(source.name, caps.get(language_of(source), math.inf))
            epochs = self.shares[source.name] * tokens / max(1, source.tokens)
            if epochs > cap * 1.001:
                often.append(f"{source.name} {epochs:.2f} times (data.max_epochs {cap:g})")
        return f"The shares of the run are kept, so that it will see {', '.join(often)}." if often else ""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from a position. Raises UserError if it belongs to other data, another seed, mixture or split."""
        if state["fingerprint"] != self.fingerprint:
            different = [
                f"{key} was {state['settings'].get(key)!r} and is {value!r}"
                for key, value in self._settings.items()
                if state["settings"].get(key) != value
            ]
            raise UserError(
                f"{self.data.root}: the checkpoint was made with other data:"
                f" {'; '.join(different) or 'the packed data differ (corpus, tokenizer or packing settings)'}."
                " Resume with the data and settings of the run, or begin a new run."
            )
        if "shares" in state and self._weights is not None:  # as computed when the run began, perhaps for fewer steps
            by_name = {source.name: source for source in self.data.sources}
            self.streams = [self._stream([by_name[name]], number=n) for n, name in enumerate(state["shares"])]
            self._weights = list(state["shares"].values())
        self._place = Place(list(state["rows"]), list(state["tokens"]))

    def __len__(self) -> int:
        if self.epochs is None:
            raise TypeError("a Loader without a number of epochs has no end and no length: Loader(…, epochs=N)")
        left = self.epochs * self.streams[0].rows - self._place.rows[0]
        return -(-max(0, left) // (self.world_size * self.batch_size))

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Generator[Batch, None, None]:
        worker = get_worker_info()
        if worker is not None and worker.num_workers > 1:
            raise UserError(
                f"a DataLoader with num_workers={worker.num_workers} would read every row {worker.num_workers} times:"
                " a Loader has threads of its own. Take num_workers=0 and Loader(…, workers=N)."
            )
        if self.workers == 0:
            for rows, place in self._steps():
                batch = self._gather(rows)
                self._place = place
                yield batch
            return
        with ThreadPoolExecutor(self.workers, thread_name_prefix="loader") as pool:
            ahead: deque[tuple[Future[Batch], Place]] = deque()
            steps = self._steps()
            try:
                while True:
                    while len(ahead) < 2 * self.workers and (step := next(steps, None)) is not None:
                        ahead.append((pool.submit(self._gather, step[0]), step[1]))
                    if not ahead:
                        return
                    future, place = ahead.popleft()
                    batch = future.result()
                    self._place = place
                    yield batch
            finally:
                for future, _ in ahead:
                    future.cancel()

    def _steps(self) -> Iterator[tuple[list[Row], Place]]:
        """The rows of this rank's next batches, None for padding, and the position of all ranks after each."""
        mine = range(self.rank * self.batch_size, (self.rank + 1) * self.batch_size)
        step = self.world_size * self.batch_size
        return (
            self._epoch_steps(mine, step) if self._weights is None else self._mixture_steps(self._weights, mine, step)
        )

    def _epoch_steps(self, mine: range, step: int) -> Iterator[tuple[list[Row], Place]]:
        stream, taken = self.streams[0], self._place.rows[0]
        end = None if self.epochs is None else self.epochs * stream.rows
        while end is None or taken < end:
            positions = range(taken + mine.start, taken + mine.stop)
            rows: list[Row] = [(stream, stream.index(p)) if end is None or p < end else None for p in positions]
            taken = taken + step if end is None else min(taken + step, end)
            yield rows, Place([taken], [0])

    def _mixture_steps(self, weights: Sequence[float], mine: range, step: int) -> Iterator[tuple[list[Row], Place]]:
        schedule = Schedule(weights, self.data.seq_len)
        taken, schedule.tokens = list(self._place.rows), list(self._place.tokens)
        while True:
            rows: list[Row] = []
            for k in range(step):
                number = schedule.next()
                stream = self.streams[number]
                index = stream.index(taken[number])
                taken[number] += 1
                schedule.tokens[number] += int(stream.row(index)[1].sum())
                if k in mine:
                    rows.append((stream, index))
            yield rows, Place(list(taken), list(schedule.tokens))

    def _gather(self, rows: list[Row]) -> Batch:
        ids = np.empty((len(rows), self.data.seq_len), self.data.dtype)
        lengths: list[np.ndarray] = []
        for k, row in enumerate(rows):
            if row is None:
                ids[k] = self.data.pad_id
                lengths.append(np.zeros(0, np.int32))
            else:
                stream, index = row
                ids[k], documents = stream.row(index)
                lengths.append(documents)
        return make_batch(ids, lengths)


def rows_between(loader: Loader, begin: list[int]) -> list[str]:
    """The rows that all ranks took since the position `begin` (of the loader's state), as "source row", the first
    32."""
    names = []
    for stream, first, end in zip(loader.streams, begin, loader.state_dict()["rows"], strict=True):
        for position in range(first, min(end, first + 32)):
            source, row = stream.place(stream.index(position))
            names.append(f"{source.name} {row}")
    return names[:32]
