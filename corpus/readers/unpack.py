"""Any file as a stream of bytes: unpacked by its suffix, within the limits of corpus/readers/stream.py."""

from collections.abc import Iterator
from pathlib import Path

from corpus.readers.bzip import bzip_blocks
from corpus.readers.gzipped import gzip_blocks
from corpus.readers.stream import FREE_OUTPUT, PIECE, Gap, Limits
from corpus.readers.zstd import zstd_blocks

MAGIC = {b"\x1f\x8b": ".gz", b"\x28\xb5\x2f\xfd": ".zst", b"BZh": ".bz2"}  # the first bytes of compressed files
UNPACK = {".gz": gzip_blocks, ".zst": zstd_blocks, ".bz2": bzip_blocks}


def blocks(path: Path, limits: Limits) -> Iterator[bytes | Gap]:
    """Decompressed blocks of at most 1 MiB, none empty, by the file's suffix: .gz, .zst, .bz2, or as it is."""
    unpack = UNPACK.get(path.suffix.lower(), plain_blocks)
    yield from bounded(unpack(path), path.stat().st_size, limits)


def plain_blocks(path: Path) -> Iterator[bytes | Gap]:
    """The file as it is; of one that is compressed all the same, only a Gap that says so."""
    with path.open("rb", buffering=0) as file:
        first = file.read(4)
        for magic, ending in MAGIC.items():  # text may begin like it: only what unpacks is compressed
            if first.startswith(magic) and isinstance(next(UNPACK[ending](path), None), bytes):
                yield Gap(0, f"compressed: rename it to end in {ending}")
                return
        file.seek(0)
        while block := file.read(PIECE):
            yield block


def bounded(pieces: Iterator[bytes | Gap], size: int, limits: Limits) -> Iterator[bytes | Gap]:
    """The pieces until they exceed the limits; then one last Gap, "archive bomb"."""
    total = 0
    for piece in pieces:
        if isinstance(piece, Gap):
            yield piece._replace(offset=total)
            continue
        total += len(piece)
        if total > limits.max_bytes or (total > FREE_OUTPUT and total > limits.max_ratio * size):
            yield Gap(total - len(piece), "archive bomb")
            return
        yield piece
