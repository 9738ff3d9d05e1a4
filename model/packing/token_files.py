"""Packed data as the flat token files of other trainers: nanoGPT's `.bin` and Megatron-LM's `.bin` + `.idx`.

Padding is left out. Documents come in the order of the rows; one that best-fit packing cut comes in pieces, not always
side by side: pack with `concat` where that matters. Files appear whole or not at all.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from corpus.engine.task import atomic_write
from model.data.packed import PackedData

_MEGATRON_TYPES = {
    np.dtype(np.uint16): 8,
    np.dtype(np.int32): 4,
}  # megatron/core/datasets/indexed_dataset.py, class DType


def documents(data: PackedData) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Row by row: the tokens without padding, and the lengths of their documents."""
    for source in data.sources:
        for index in range(source.rows):
            ids, lengths = source.row(index)
            yield ids[: int(lengths.sum())], lengths


def write_nanogpt(data: PackedData, path: Path) -> int:
    """One stream of ids, uint16 or uint32 as packed, as np.memmap reads it; the number of tokens."""
    tokens = 0
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        for ids, _ in documents(data):
            file.write(ids.tobytes())
            tokens += len(ids)
    return tokens


def write_megatron(data: PackedData, prefix: Path) -> int:
    """PREFIX.bin and PREFIX.idx of Megatron's indexed dataset, a sequence per document; the number of tokens."""
    dtype = np.dtype(np.uint16) if data.dtype == np.uint16 else np.dtype(np.int32)
    pieces: list[np.ndarray] = []
    with atomic_write(prefix.with_name(f"{prefix.name}.bin")) as temporary, temporary.open("wb") as file:
        for ids, lengths in documents(data):
            file.write(ids.astype(dtype, copy=False).tobytes())
            pieces.append(lengths)
    sizes = np.concatenate(pieces).astype(np.int32) if pieces else np.zeros(0, np.int32)
    starts = np.cumsum(sizes, dtype=np.int64) - sizes
    with atomic_write(prefix.with_name(f"{prefix.name}.idx")) as temporary, temporary.open("wb") as file:
        file.write(b"MMIDIDX\x00\x00")
        file.write(struct.pack("<QBQQ", 1, _MEGATRON_TYPES[dtype], len(sizes), len(sizes) + 1))
        file.write(sizes.tobytes())
        file.write((starts * dtype.itemsize).tobytes())
        file.write(np.arange(len(sizes) + 1, dtype=np.int64).tobytes())
    return int(sizes.sum())
