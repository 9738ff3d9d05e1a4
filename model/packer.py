"""Packs a stream of documents into rows, in bounded memory.

Documents are encoded in slices of text, gathered into a window of WINDOW tokens, and laid out window by window (model/rows.py):
about 0.5 GB of memory for 16-bit ids besides the mapped pages of the shard, whatever its size (measured at 190 and 570 MB).
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from model.rows import concatenate, fill, fit

if TYPE_CHECKING:
    from tokenizer.encode import Encoder

WINDOW = 1 << 25  # tokens laid out at a time: 8,192 rows of 4,096
SLICE_BYTES = 16 << 20  # of text encoded at a time
COUNTS = ("documents", "copies", "text_bytes", "tokens", "packed_tokens", "rows", "cut_documents")
ROWS_PER_BATCH = 1024  # 8 MB of 16-bit rows of 4,096


class PackSettings(BaseModel):
    """How rows are made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seq_len: int = Field(4096, ge=8, le=1 << 20)  # the context length of the 42dot LLM-PLM model card
    strategy: Literal["best-fit", "concat"] = "best-fit"
    bos: bool = True  # each document begins with BOS, as LLaMA's do
    eos: bool = True  # and ends with EOS: generation learns to stop
    # Documents that stand for at least so many duplicates → how often they are packed, e.g. {2: 2, 5: 3}. What the web repeats a little
    # is often better than what it says once (FineWeb2, arXiv 2506.20920, "rehydration"); empty: everything once.
    rehydrate: dict[Annotated[int, Field(ge=2)], Annotated[int, Field(ge=1, le=16)]] = {}


def row_schema(seq_len: int, dtype: np.dtype) -> pa.Schema:
    """The schema of packed rows."""
    ids = pa.list_(pa.from_numpy_dtype(dtype), seq_len)
    return pa.schema([pa.field("input_ids", ids), pa.field("lengths", pa.list_(pa.int32()))])


class Packer:
    """Packs a stream of documents; `books` counts what went in and out."""

    def __init__(self, settings: PackSettings, encoder: "Encoder", window: int = WINDOW):
        self.settings, self.encoder, self.window = settings, encoder, window
        self.dtype = np.dtype(np.uint16 if encoder.vocab_size <= 1 << 16 else np.uint32)
        self.bos = encoder.bos_id if settings.bos and encoder.bos_id is not None else -1
        self.eos = encoder.eos_id if settings.eos and encoder.eos_id is not None else -1
        self.pad = encoder.pad_id if encoder.pad_id is not None else 0
        self.languages: dict[str, int] = {}
        self.books: dict[str, Any] = dict.fromkeys(COUNTS, 0)
        self.books["languages"] = self.languages
        self._left: tuple[np.ndarray, np.ndarray] | None = None  # concat's unfinished row: its tokens and lengths

    def pack(self, read: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        """Packed rows of all documents that `read()` yields (corpus.document.SCHEMA), as record batches of ROWS_PER_BATCH rows.

        Rehydrated documents are read again for each further copy, so that copies lie far apart.
        """
        waiting: list[tuple[np.ndarray, np.ndarray]] = []
        tokens = 0
        for batch in self._copies(read):
            ids, offsets = self.encoder.encode_column(batch.column("text"))
            lengths = np.diff(offsets) + (self.bos >= 0) + (self.eos >= 0)
            self._count(batch, lengths)
            waiting.append((ids, lengths))
            tokens += int(lengths.sum())
            if tokens >= self.window:
                yield from self._rows(waiting, last=False)
                waiting, tokens = [], 0
        yield from self._rows(waiting, last=True)

    def _copies(self, read: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        for batch in _slices(read()):
            self.books["documents"] += batch.num_rows
            self.books["text_bytes"] += pc.sum(pc.binary_length(batch.column("text"))).as_py() or 0
            yield batch
        for copy in range(2, max(self.settings.rehydrate.values(), default=1) + 1):
            least = min(size for size, copies in self.settings.rehydrate.items() if copies >= copy)
            for batch in _slices(batch.filter(pc.greater_equal(batch.column("duplicates"), least)) for batch in read()):
                self.books["copies"] += batch.num_rows
                yield batch

    def _count(self, batch: pa.RecordBatch, lengths: np.ndarray) -> None:
        self.books["tokens"] += int(lengths.sum())
        codes = batch.column("lang").dictionary_encode()
        sums = np.bincount(codes.indices.to_numpy(), weights=lengths, minlength=len(codes.dictionary))
        for name, count in zip(codes.dictionary.to_pylist(), sums, strict=True):
            self.languages[name] = self.languages.get(name, 0) + int(count)

    def _rows(self, waiting: list[tuple[np.ndarray, np.ndarray]], last: bool) -> Iterator[pa.RecordBatch]:
        seq_len = self.settings.seq_len
        ids = np.concatenate([ids for ids, _ in waiting]) if waiting else np.zeros(0, self.dtype)
        lengths = np.concatenate([lengths for _, lengths in waiting]) if waiting else np.zeros(0, np.int64)
        extra = (self.bos >= 0) + (self.eos >= 0)
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths - extra, out=offsets[1:])
        left, left_lengths = self._left or (np.zeros(0, self.dtype), np.zeros(0, np.int64))
        if self.settings.strategy == "best-fit":
            layout = fit(lengths, seq_len)
        else:
            layout = concatenate(lengths, seq_len, len(left))
        out = np.full((layout.rows, seq_len), self.pad, self.dtype)
        if layout.rows:
            out[0, : len(left)] = left
        fill(ids, offsets, *layout[:5], self.bos, self.eos, out)
        self.books["cut_documents"] += int((np.bincount(layout.document, minlength=len(lengths)) > 1).sum())
        lengths_in_rows = np.concatenate([left_lengths, layout.length])
        bounds = np.concatenate([[0], len(left_lengths) + np.searchsorted(layout.row, np.arange(1, layout.rows + 1))])
        complete = layout.rows
        if self.settings.strategy == "concat" and not last and complete:
            final = lengths_in_rows[bounds[-2] :]
            if final.sum() < seq_len:
                complete -= 1
                self._left = out[-1, : final.sum()].copy(), final
            else:
                self._left = None
        self.books["rows"] += complete
        self.books["packed_tokens"] += int(lengths_in_rows[: bounds[complete]].sum())
        for begin in range(0, complete, ROWS_PER_BATCH):
            end = min(begin + ROWS_PER_BATCH, complete)
            yield _batch(out[begin:end], lengths_in_rows[bounds[begin] : bounds[end]], bounds[begin : end + 1])


def _batch(rows: np.ndarray, lengths: np.ndarray, bounds: np.ndarray) -> pa.RecordBatch:
    schema = row_schema(rows.shape[1], rows.dtype)
    ids = pa.FixedSizeListArray.from_arrays(pa.array(rows.reshape(-1)), rows.shape[1])
    offsets = pa.array(bounds - bounds[0], pa.int32())
    return pa.RecordBatch.from_arrays(
        [ids, pa.ListArray.from_arrays(offsets, pa.array(lengths, pa.int32()))], schema=schema
    )


def _slices(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in slices of about SLICE_BYTES of text, so that memory does not depend on how the corpus was batched."""
    for batch in batches:
        if batch.num_rows:
            sizes = np.cumsum(pc.binary_length(batch.column("text")).to_numpy().astype(np.int64))
            begin = 0
            while begin < batch.num_rows:
                limit = (sizes[begin - 1] if begin else 0) + SLICE_BYTES
                end = max(int(np.searchsorted(sizes, limit, side="right")), begin + 1)
                yield batch.slice(begin, end - begin)
                begin = end
