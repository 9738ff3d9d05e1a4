"""The bytes of a file, decompressed block by block, and a mark wherever damage interrupts them.

The content of a file never raises an exception: a truncated or damaged archive yields its intact part, then a `Gap`.
Each gzip member and each zstd frame is a separate stream; after damage in one, reading continues with the next one that
is found by its signature. `Limits` bound a decompression bomb: output is produced in blocks of a fixed size, and a file
that unpacks to more than `max_ratio` times its size (checked from 64 MiB of output on) or to more than `max_bytes` ends
there.
"""

from dataclasses import dataclass
from typing import NamedTuple

BLOCK = 8 << 20  # bytes of text in one batch of records
PIECE = (
    1 << 20
)  # bytes unpacked at a time; the allocator gives the same memory again and again, unlike for larger pieces
COMPRESSED = (".gz", ".zst", ".bz2")
FREE_OUTPUT = 64 << 20  # the ratio is not checked before so many bytes


@dataclass(frozen=True)
class Limits:
    """Limits for reading one file."""

    # The longest genuine lines are whole books and dumps of mailing lists, below 50 MB in the Pile.
    max_line_bytes: int = 64 << 20
    # Deflate can reach 1032; logs and tables reach 30, prose 2 to 5.
    max_ratio: float = 200.0
    max_bytes: int = 2 << 40


class Gap(NamedTuple):
    """The stream is broken here: the bytes at this point are lost, and the bytes after it may begin inside a
    record."""

    offset: int  # bytes yielded before
    reason: str
