"""Packed data as the flat token files of other trainers: nanoGPT's `.bin` with `meta.pkl`, Megatron-LM's `.bin` +
`.idx`.

Padding is left out. Documents are in the order of the rows; a document that best-fit packing cut is in pieces, which
are not always adjacent: pack with `concat` where that matters. Files are written atomically.
"""

import pickle
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from corpus.engine.marker import Maker, read_marker
from corpus.engine.output import claim
from corpus.engine.task import atomic_write, file_sha256
from corpus.errors import UserError
from model.data.packed import PackedData
from tokenizer.encoding.vocabulary import Vocabulary
from tokenizer.files import TokenizerFiles

MAKER = Maker("pack --also", "token files for other trainers")
_MEGATRON_TYPES = {
    np.dtype(np.uint16): 8,
    np.dtype(np.int32): 4,
}  # megatron/core/datasets/indexed_dataset.py, class DType


def documents(data: PackedData) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields for each row the tokens without padding, and the lengths of their documents."""
    for source in data.sources:
        for index in range(source.rows):
            ids, lengths = source.row(index)
            yield ids[: int(lengths.sum())], lengths


def export_tokens(packed: Path, formats: Sequence[str]) -> None:
    """Write PACKED/export: "nanogpt" is train.bin, val.bin and meta.pkl, "megatron" is megatron/SPLIT.bin and .idx.

    The folder has a marker of its own (corpus/engine/output.py); formats that are there of the same packed data stay.
    """
    out = packed / "export"
    content = file_sha256(packed / "packing.json")
    before = read_marker(out)
    if before is not None and before["finished"] and (before["settings"] or {}).get("packed") == content:
        formats = [*formats, *before["settings"]["formats"]]
    formats = sorted(set(formats))
    with claim(out, MAKER, {"packed": content, "formats": formats}, overwrite=True) as folder:
        if folder.done:
            return
        made = folder.staging()
        for split, name in (("train", "train.bin"), ("validation", "val.bin")):
            if "nanogpt" in formats:
                write_nanogpt(PackedData(packed, split), made / name)
            if "megatron" in formats:
                write_megatron(PackedData(packed, split), made / "megatron" / split)
        if "nanogpt" in formats:
            write_meta(PackedData(packed), packed / "tokenizer", made / "meta.pkl")
        folder.publish(made, "meta.pkl" if "nanogpt" in formats else "megatron/validation.idx")


def write_nanogpt(data: PackedData, path: Path) -> int:
    """Write one stream of ids, uint16, as nanoGPT's np.memmap reads it; returns the number of tokens.

    Raises UserError for ids above 16 bits: nanoGPT would read two tokens in each.
    """
    if data.dtype != np.uint16:
        raise _too_large(str(data.root), data.description["vocab_size"])
    tokens = 0
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        for ids, _ in documents(data):
            file.write(ids.tobytes())
            tokens += len(ids)
    return tokens


def require_16_bits(tokenizer: Path) -> None:
    """Raise UserError for a tokenizer with ids above 16 bits, before anything is packed for nanoGPT."""
    files = TokenizerFiles.read(tokenizer)
    if (size := len(Vocabulary(files).tokens)) > 1 << 16:
        raise _too_large(str(files.path), size)


def _too_large(where: str, size: int) -> UserError:
    return UserError(
        f"{where}: nanoGPT reads ids of 16 bits, and the vocabulary has {size:,} tokens, more than 65,536. Use --also"
        " megatron, or a smaller vocabulary."
    )


def write_meta(data: PackedData, tokenizer: Path, path: Path) -> None:
    """Write meta.pkl, from which nanoGPT reads the vocabulary's size, and its sample.py the text of each id.

    It is a pickle because nanoGPT opens a pickle; it contains only numbers and strings.
    """
    tokens = Vocabulary(tokenizer).tokens
    texts = {number: token.decode("utf-8", "replace") for number, token in enumerate(tokens)}
    meta = {
        "vocab_size": data.description["vocab_size"],
        "itos": texts,
        "stoi": {text: number for number, text in reversed(texts.items()) if text},
    }
    with atomic_write(path) as temporary:
        temporary.write_bytes(pickle.dumps(meta))


def write_megatron(data: PackedData, prefix: Path) -> int:
    """PREFIX.bin and PREFIX.idx of Megatron's indexed dataset, a sequence per document; returns the number of
    tokens."""
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
