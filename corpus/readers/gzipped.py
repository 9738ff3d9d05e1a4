"""gzip, member by member, through ISA-L (820 MB/s of text on one core where zlib reaches 230)."""

from collections.abc import Iterator
from pathlib import Path

from isal import igzip_lib

from corpus.readers.stream import PIECE, Gap

MAGIC = b"\x1f\x8b\x08"
INPUT = 1 << 20


def gzip_blocks(path: Path) -> Iterator[bytes | Gap]:
    """Decompressed blocks of every member; a Gap where a member is truncated or damaged."""
    with path.open("rb", buffering=0) as file:
        pending = file.read(INPUT)
        while pending:
            member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
            try:
                while not member.eof:
                    if member.needs_input and not pending:
                        pending = file.read(INPUT)
                        if not pending:
                            yield Gap(0, "truncated gzip")
                            return
                    block = member.decompress(pending, PIECE)
                    pending = b""
                    if block:
                        yield block
            except (igzip_lib.error, EOFError):  # type: ignore[misc]  # the stub types the class as a bare object
                yield Gap(0, "damaged gzip")
                return
            pending = member.unused_data or file.read(INPUT)
            # Padding with zeros after the last member is allowed (tar does it).
            while pending and not pending.strip(b"\0"):
                pending = file.read(INPUT)
            pending = pending.lstrip(b"\0")
