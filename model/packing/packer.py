"""Packs a stream of documents into rows, in bounded memory.

Documents are encoded in slices of text, gathered into a window of WINDOW tokens, and packed window by window
(model/packing/rows.py): about 0.5 GB of memory for 16-bit ids besides the mapped pages of the shard, for any size
(measured at 190 and 570 MB).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.packing.rows import concatenate, fill, fit
from model.packing.settings import PackSettings

if TYPE_CHECKING:
    from tokenizer.encoding.encode import Encoder

WINDOW = 1 << 25  # tokens packed at a time: 8,192 rows of 4,096
SLICE_BYTES = 16 << 20  # of text encoded at a time
COUNTS = ("documents", "text_bytes", "tokens", "packed_tokens", "rows", "cut_documents")
ROWS_PER_BATCH = 1024  # 8 MB of 16-bit rows of 4,096


def row_schema(seq_len: int, dtype: np.dtype) -> pa.Schema:
    """The schema of packed rows."""
    ids = pa.list_(pa.from_numpy_dtype(dtype), seq_len)
    return pa.schema([pa.field("input_ids", ids), pa.field("lengths", pa.list_(pa.int32()))])


class Documents(NamedTuple):
    """Encoded documents of the current window."""

    ids: np.ndarray  # of all documents, concatenated
    lengths: np.ndarray  # int64[documents], BOS and EOS counted
    tiers: np.ndarray  # int64[documents], 0 for the lowest


class Packer:
    """Packs a stream of documents. `counts` are the inputs and outputs per tier; a tier's key is its least number of
    duplicates, 1 for the lowest."""

    def __init__(self, settings: PackSettings, encoder: "Encoder", window: int = WINDOW):
        self.settings, self.encoder, self.window = settings, encoder, window
        self.dtype = np.dtype(np.uint16 if encoder.vocab_size <= 1 << 16 else np.uint32)
        self.bos = encoder.bos_id if settings.bos and encoder.bos_id is not None else -1
        self.eos = encoder.eos_id if settings.eos and encoder.eos_id is not None else -1
        self.pad = encoder.pad_id if encoder.pad_id is not None else 0
        self.tiers = (1, *settings.tiers)
        self.counts: dict[int, dict[str, Any]] = {
            tier: {**dict.fromkeys(COUNTS, 0), "languages": {}, "licenses": {}} for tier in self.tiers
        }
        # concat's unfinished row of each tier: its tokens and lengths
        self._left = [(np.zeros(0, self.dtype), np.zeros(0, np.int64))] * len(self.tiers)

    def pack(self, batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Packed rows of all documents (corpus.document.SCHEMA): yields pairs of a tier and a batch of up to
        ROWS_PER_BATCH of its rows."""
        waiting: list[Documents] = []
        tokens = 0
        for batch in _slices(batches):
            ids, offsets = self.encoder.encode_column(batch.column("text"))
            lengths = np.diff(offsets) + (self.bos >= 0) + (self.eos >= 0)
            tiers = np.searchsorted(self.tiers[1:], batch.column("duplicates").to_numpy(), side="right")
            self._count(batch, lengths, tiers)
            waiting.append(Documents(ids, lengths, tiers))
            tokens += int(lengths.sum())
            if tokens >= self.window:
                yield from self._window(waiting, last=False)
                waiting, tokens = [], 0
        yield from self._window(waiting, last=True)

    def _count(self, batch: pa.RecordBatch, lengths: np.ndarray, tiers: np.ndarray) -> None:
        sizes = pc.binary_length(batch.column("text")).to_numpy()
        languages = batch.column("lang").dictionary_encode()
        for number in np.unique(tiers).tolist():
            tier_counts, mine = self.counts[self.tiers[number]], tiers == number
            tier_counts["documents"] += int(mine.sum())
            tier_counts["text_bytes"] += int(sizes[mine].sum())
            tier_counts["tokens"] += int(lengths[mine].sum())
            sums = np.bincount(languages.indices.to_numpy()[mine], weights=lengths[mine])
            for code in np.flatnonzero(sums).tolist():
                name = languages.dictionary[code].as_py()
                tier_counts["languages"][name] = tier_counts["languages"].get(name, 0) + int(sums[code])
            if "license" in batch.schema.names:
                for found in batch.column("license").filter(pa.array(mine)).value_counts().to_pylist():
                    name = found["values"] or "unknown"
                    tier_counts["licenses"][name] = tier_counts["licenses"].get(name, 0) + found["counts"]

    def _window(self, waiting: list[Documents], last: bool) -> Iterator[tuple[int, pa.RecordBatch]]:
        ids = np.concatenate([documents.ids for documents in waiting] or [np.zeros(0, self.dtype)])
        lengths = np.concatenate([documents.lengths for documents in waiting] or [np.zeros(0, np.int64)])
        tiers = np.concatenate([documents.tiers for documents in waiting] or [np.zeros(0, np.int64)])
        offsets = np.zeros(len(lengths) + 1, np.int64)
        np.cumsum(lengths - ((self.bos >= 0) + (self.eos >= 0)), out=offsets[1:])
        for number, tier in enumerate(self.tiers):
            mine = np.flatnonzero(tiers == number)
            for batch in self._rows(number, ids, offsets, mine, lengths[mine], last):
                yield tier, batch

    def _rows(
        self, tier: int, ids: np.ndarray, offsets: np.ndarray, mine: np.ndarray, lengths: np.ndarray, last: bool
    ) -> Iterator[pa.RecordBatch]:
        """The rows of one tier's documents, whose numbers are `mine`."""
        seq_len, tier_counts = self.settings.seq_len, self.counts[self.tiers[tier]]
        left, left_lengths = self._left[tier]
        if self.settings.strategy == "best-fit":
            layout = fit(lengths, seq_len)
        else:
            layout = concatenate(lengths, seq_len, len(left))
        out = np.full((layout.rows, seq_len), self.pad, self.dtype)
        if layout.rows:
            out[0, : len(left)] = left
        fill(ids, offsets, mine[layout.document], *layout[1:5], self.bos, self.eos, out)
        tier_counts["cut_documents"] += int((np.bincount(layout.document, minlength=len(lengths)) > 1).sum())
        lengths_in_rows = np.concatenate([left_lengths, layout.length])
        bounds = np.concatenate([[0], len(left_lengths) + np.searchsorted(layout.row, np.arange(1, layout.rows + 1))])
        complete = layout.rows
        if self.settings.strategy == "concat" and not last and complete:
            final = lengths_in_rows[bounds[-2] :]
            if final.sum() < seq_len:
                complete -= 1
                self._left[tier] = out[-1, : final.sum()].copy(), final
            else:
                self._left[tier] = np.zeros(0, self.dtype), np.zeros(0, np.int64)
        tier_counts["rows"] += complete
        tier_counts["packed_tokens"] += int(lengths_in_rows[: bounds[complete]].sum())
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
    """The same rows in slices of about SLICE_BYTES of text, so that memory does not depend on the corpus' batch
    sizes."""
    for batch in batches:
        if batch.num_rows:
            sizes = np.cumsum(pc.binary_length(batch.column("text")).to_numpy().astype(np.int64))
            begin = 0
            while begin < batch.num_rows:
                limit = (sizes[begin - 1] if begin else 0) + SLICE_BYTES
                end = max(int(np.searchsorted(sizes, limit, side="right")), begin + 1)
                yield batch.slice(begin, end - begin)
                begin = end
