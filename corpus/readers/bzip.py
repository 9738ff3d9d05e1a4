"""bzip2, stream by stream: a multistream dump is many streams end to end."""

import bz2
from collections.abc import Iterator
from pathlib import Path

from corpus.readers.stream import PIECE, Gap

INPUT = 1 << 20


def bzip_blocks(path: Path) -> Iterator[bytes | Gap]:
    """Decompressed blocks of every stream; a Gap where a stream is truncated or damaged."""
    with path.open("rb", buffering=0) as file:
        pending = file.read(INPUT)
        while pending:
            stream = bz2.BZ2Decompressor()
            try:
                while not stream.eof:
                    if stream.needs_input and not pending:
                        pending = file.read(INPUT)
                        if not pending:
                            yield Gap(0, "truncated bz2")
                            return
                    block = stream.decompress(pending, PIECE)
                    pending = b""
                    if block:
                        yield block
            except OSError:
                yield Gap(0, "damaged bz2")
                return
            pending = stream.unused_data or file.read(INPUT)
