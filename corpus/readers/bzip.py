"""bzip2, stream by stream (a multistream dump is thousands of concatenated streams), and after damage block by block.

Every block of at most 900 kB has its own checksum. Output is delayed by one block until the decoder has verified its
checksum. In a damaged stream the blocks are searched, which begin at any bit with the digits of pi (like bzip2recover):
intact blocks are used, and each other block is a Gap.
"""

import bz2
import mmap
from collections.abc import Generator, Iterator
from pathlib import Path

from corpus.readers.stream import PIECE, Gap

INPUT = 1 << 18
FIRST_INPUT = 1 << 8  # bytes of a stream, doubled for each next input: a file may be thousands of tiny streams
HEADER = b"BZh"
LARGEST_BLOCK = 900_000
BEGIN = 0x314159265359  # of a block: 48 bits at any bit offset
END = 0x177245385090  # of a stream
WINDOW = 2 << 20  # bytes searched at a time; a block takes at most about 1 MB


def bzip_blocks(path: Path) -> Iterator[bytes | Gap]:
    """Decompressed blocks of every stream; a Gap where blocks are damaged or the file is truncated."""
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            start = 0
            while start < len(data):
                end = yield from _stream(data, start)
                if end is None:
                    return
                start = end


def _stream(data: mmap.mmap, start: int) -> Generator[bytes | Gap, None, int | None]:
    """The stream at `start`; returns where the next one begins, or None at the end of the file."""
    decompressor = bz2.BZ2Decompressor()
    position, given = start, 0
    held = b""
    wanted = FIRST_INPUT
    try:
        while not decompressor.eof:
            piece = b""
            if decompressor.needs_input:
                piece = data[position : position + wanted]
                wanted = min(2 * wanted, INPUT)
                if not piece:
                    break
            position += len(piece)
            held += decompressor.decompress(piece, PIECE)
            if len(held) > LARGEST_BLOCK:
                sure, held = held[:-LARGEST_BLOCK], held[-LARGEST_BLOCK:]
                given += len(sure)
                yield sure
    except OSError:
        pass
    if decompressor.eof:
        if held:
            yield held
        return position - len(decompressor.unused_data)
    following = _next_stream(data, start + 4)
    yield from _salvage(data, start, following if following is not None else len(data), given)
    return following


def _next_stream(data: mmap.mmap, position: int) -> int | None:
    while (position := data.find(HEADER, position)) >= 0:
        if data[position + 4 : position + 10] in (BEGIN.to_bytes(6, "big"), END.to_bytes(6, "big")):
            return position
        position += 1
    return None


def _salvage(data: mmap.mmap, start: int, end: int, given: int) -> Iterator[bytes | Gap]:
    """The intact blocks in bytes [start, end) without the first `given` bytes of their output; a Gap for each run of
    other blocks."""
    begins = list(_marks(data, BEGIN, start, end))
    sound = True
    if not begins:
        yield Gap(0, "damaged bz2")
        return
    if begins[0] != (start + 4) * 8:
        sound = False
        yield Gap(0, "damaged bz2")
    stream_end = next(_marks(data, END, begins[-1] // 8, end), None)
    stops = [*begins[1:], end * 8 if stream_end is None else stream_end]
    for begin, stop in zip(begins, stops, strict=True):
        text = _block(data, begin, stop)
        if text is None:
            if sound:
                yield Gap(0, "truncated bz2" if stop == len(data) * 8 else "damaged bz2")
            sound = False
            continue
        sound = True
        fresh = text[given:]
        given = max(0, given - len(text))
        if fresh:
            yield fresh
    if sound and stream_end is None:
        yield Gap(0, "truncated bz2")


def _marks(data: mmap.mmap, mark: int, start: int, end: int) -> Iterator[int]:
    """The bit positions of these 48 bits in the file."""
    pattern = mark.to_bytes(6, "big")
    for window in range(start, end, WINDOW):
        raw = data[window : min(window + WINDOW + 7, end)]
        found = []
        number = int.from_bytes(raw + b"\0", "big")
        for shift in range(8):
            shifted = (number >> (8 - shift) & ((1 << 8 * len(raw)) - 1)).to_bytes(len(raw), "big")
            at = -1
            while (at := shifted.find(pattern, at + 1)) >= 0:
                if at < WINDOW:
                    found.append((window + at) * 8 + shift)
        yield from sorted(found)


def _block(data: mmap.mmap, begin: int, stop: int) -> bytes | None:
    """The content of the block in bits [begin, stop), None if its checksum fails or it is truncated."""
    if stop - begin > 16 * LARGEST_BLOCK:
        return None
    first, after = begin // 8, -(-stop // 8)
    bits = int.from_bytes(data[first:after], "big") >> (after * 8 - stop) & ((1 << (stop - begin)) - 1)
    length = stop - begin
    if length < 80:
        return None
    checksum = bits >> (length - 80) & 0xFFFFFFFF
    # A complete stream with only this block.
    whole = ((bits << 48 | END) << 32) | checksum
    total = length + 80
    whole <<= -total % 8
    decompressor = bz2.BZ2Decompressor()
    try:
        text = decompressor.decompress(HEADER + b"9" + whole.to_bytes((total + 7) // 8, "big"))
    except OSError:
        return None
    return text if decompressor.eof else None
