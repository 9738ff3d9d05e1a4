"""zstd, frame by frame.

The headers of a frame's blocks give its end without unpacking it, so a truncated frame is recognised, and damage in one
frame does not affect the next. A frame with a checksum (the command line tool writes one, most libraries do not) is
unpacked twice, as with gzip, and lost if the checksum is wrong. Without a checksum, the output before the decoder's
error is used.
"""

import mmap
from collections.abc import Iterator
from pathlib import Path

import zstandard

from corpus.readers.stream import Gap

MAGIC = b"\x28\xb5\x2f\xfd"
SKIPPABLE = b"\x2a\x4d\x18"  # after one byte from 50 to 5F: a frame without data for us
MAX_WINDOW = 1 << 28  # most bytes of history that a frame may need: `zstd --ultra --long=28`
LONGEST_HEADER = 18  # bytes of a frame's header, its magic number included
BLOCK_OUTPUT = 1 << 17  # most bytes that one block of a frame unpacks to, and that are lost when the decoder stops


def zstd_blocks(path: Path) -> Iterator[bytes | Gap]:
    """Decompressed blocks of every frame; a Gap where a frame is truncated or damaged."""
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as data:
            start = 0
            while start < len(data):
                if data[start + 1 : start + 4] == SKIPPABLE and 0x50 <= data[start] <= 0x5F:
                    start += 8 + int.from_bytes(data[start + 4 : start + 8], "little")
                    continue
                end, state = _extent(data, start)
                if state != "damaged" and not (state == "sound" and _fails(data[start:end])):
                    try:
                        yield from _unpack(data[start:end])
                    except zstandard.ZstdError:
                        state = "damaged"
                else:
                    state = "damaged"
                if state == "truncated" and end == len(data):
                    yield Gap(0, "truncated zstd")
                    return
                if state == "damaged":
                    yield Gap(0, "damaged zstd")
                    end = mapped.find(MAGIC, start + 1)
                    if end < 0:
                        return
                start = end


def _unpack(frame: memoryview) -> Iterator[bytes]:
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    with decompressor.stream_reader(frame, read_across_frames=False) as reader:
        while block := reader.read(BLOCK_OUTPUT):
            yield block


def _extent(data: memoryview, start: int) -> tuple[int, str]:
    """The end of the frame at `start` by its block headers, and "sound", "truncated" or "damaged" as far as they
    show it."""
    head = data[start : start + LONGEST_HEADER]
    if len(head) < 5:
        return len(data), "truncated" if MAGIC.startswith(bytes(head[:4])) else "damaged"
    try:
        checksum = zstandard.get_frame_parameters(head).has_checksum
        position = start + zstandard.frame_header_size(head)
    except zstandard.ZstdError:
        return len(data), "truncated" if len(head) < LONGEST_HEADER else "damaged"
    while position + 3 <= len(data):
        header = int.from_bytes(data[position : position + 3], "little")
        kind, size = header >> 1 & 3, header >> 3
        if kind == 3 or size > BLOCK_OUTPUT:
            return len(data), "damaged"
        position += 3 + (1 if kind == 1 else size)
        if header & 1:
            position += 4 * checksum
            return (position, "sound") if position <= len(data) else (len(data), "truncated")
    return len(data), "truncated"


def _fails(frame: memoryview) -> bool:
    """Whether the frame has a checksum that is wrong."""
    if not zstandard.get_frame_parameters(frame[:LONGEST_HEADER]).has_checksum:
        return False
    try:
        for _ in _unpack(frame):
            pass
    except zstandard.ZstdError:
        return True
    return False
