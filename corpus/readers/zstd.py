"""zstd, frame by frame."""

from collections.abc import Iterator
from pathlib import Path

import zstandard

from corpus.readers.stream import PIECE, Gap

MAX_WINDOW = 1 << 28  # bytes of history a frame may ask for; `zstd --ultra --long=28` at most


def zstd_blocks(path: Path) -> Iterator[bytes | Gap]:
    """Decompressed blocks of every frame; a Gap where a frame is truncated or damaged."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    with path.open("rb") as file, decompressor.stream_reader(file, read_across_frames=True) as reader:
        try:
            while block := reader.read(PIECE):
                yield block
        except zstandard.ZstdError:
            yield Gap(0, "damaged zstd")
