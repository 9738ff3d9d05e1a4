"""An HTTP answer as crawlers store it: status, fields, and its body without content and transfer encodings (RFC 9110,
9112).

Crawlers often decode a body and leave the field that declares the encoding, so a body that is not encoded is accepted.
Lines may end in a bare newline.
"""

import re
import zlib
from collections.abc import Mapping
from typing import NamedTuple

import zstandard

from corpus.readers.guard import RecordError

BLANK_LINE = re.compile(rb"\r?\n\r?\n")
SUCCESS = re.compile(r"HTTP/[\d.]{1,9} +2\d\d\b")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,200}\r?\n")
LINE_END = re.compile(rb"\r?\n")
GZIP, ZLIB, ZSTD = b"\x1f\x8b", b"\x78", b"\x28\xb5\x2f\xfd"


class Answer(NamedTuple):
    """Fields by their names in small letters, and the body without encodings."""

    fields: dict[str, str]
    body: bytes


def answer(message: bytes, most: int, cut: bool = False) -> Answer:
    """A complete answer of status 2xx, with its body unpacked to at most `most` bytes; if the answer was `cut`, as far
    as possible. Raises RecordError for others.
    """
    blank = BLANK_LINE.search(message)
    head, body = (message[: blank.start()], message[blank.end() :]) if blank else (message, b"")
    status, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if not SUCCESS.match(status):
        raise RecordError("http error" if status.startswith("HTTP/") else "bad http")
    return Answer(fields, _uncoded(body, fields, most, cut))


def _uncoded(body: bytes, fields: Mapping[str, str], most: int, cut: bool) -> bytes:
    if "chunked" in fields.get("transfer-encoding", "").lower():
        body = _joined(body, cut)
    for coding in reversed(fields.get("content-encoding", "").lower().split(",")):
        coding = coding.strip()
        if coding in ("gzip", "x-gzip", "deflate") and body.startswith((GZIP, ZLIB)):
            body = _inflated(body, 47, most, cut)
        elif coding == "deflate" and not _is_text(body):
            body = _inflated(body, -15, most, cut)
        elif coding == "zstd" and body.startswith(ZSTD):
            body = _unpacked(body, most)
        elif coding not in ("", "identity", "gzip", "x-gzip", "deflate", "zstd", "none", "utf-8") and not _is_text(
            body
        ):
            raise RecordError("unknown content encoding")
    return body


def _is_text(body: bytes) -> bool:
    """Whether it is not encoded: a page begins with a tag."""
    return body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or body.isascii()


def _inflated(body: bytes, window: int, most: int, cut: bool) -> bytes:
    unpacker = zlib.decompressobj(wbits=window)
    try:
        body = unpacker.decompress(body, most)
    except zlib.error as error:
        raise RecordError("bad content encoding") from error
    if unpacker.unconsumed_tail:
        raise RecordError("archive bomb")
    if not unpacker.eof and not cut:
        raise RecordError("bad content encoding")
    return body


def _unpacked(body: bytes, most: int) -> bytes:
    try:
        unpacked = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body).read(most + 1)
    except zstandard.ZstdError as error:
        raise RecordError("bad content encoding") from error
    if len(unpacked) > most:
        raise RecordError("archive bomb")
    return unpacked


def _joined(body: bytes, cut: bool) -> bytes:
    """The joined chunks of RFC 9112, section 7.1; the body itself if it is not chunked."""
    pieces: list[bytes] = []
    place = 0
    while size := CHUNK.match(body, place):
        start, length = size.end(), int(size[1], 16)
        if not length:
            return b"".join(pieces)
        end = LINE_END.match(body, start + length)
        if not end:
            if place and cut and len(body) <= start + length + 1:
                return b"".join([*pieces, body[start : start + length]])
            break
        pieces.append(body[start : start + length])
        place = end.end()
    if place:
        if cut and place == len(body):
            return b"".join(pieces)
        raise RecordError("bad transfer encoding")
    return body
