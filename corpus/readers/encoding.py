"""The encoding of a text file, and its content as UTF-8.

Most files are UTF-8, which costs nothing. A file is UTF-16 if it has a byte order mark, or a zero in every second byte.
It is CP949 if the whole file is not valid UTF-8, but is valid CP949 without one wrong byte, and is Korean in that
encoding. Any other file is damaged UTF-8, and only its bad lines are lost. With `encoding` in the recipe nothing is
detected.

Before the first byte beyond ASCII the encoding does not matter, because all three encodings are equal there. A second
pass over the file is made only if the piece with that byte leaves a doubt.
"""

import codecs
from collections.abc import Iterator
from pathlib import Path

from corpus.readers.charset import BEYOND, is_korean, known
from corpus.readers.stream import Gap, Limits
from corpus.readers.unpack import blocks

MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# so many bytes beyond ASCII, all valid UTF-8, leave no doubt: one character of CP949 in 25 is also valid UTF-8
SETTLED = 64
FEWEST, HANGUL = (
    4,
    0.9,
)  # syllables, and their share of letters beyond ASCII: a Chinese text in GB 2312 read as CP949 has 0.6
NAMES = {"utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-16": "UTF-16", "cp949": "CP949"}


def codec(name: str) -> str:
    """The codec that a recipe's `encoding` names; raises ValueError if it is not an encoding of text files."""
    found = "utf-16" if name.strip().lower().replace("_", "-") == "utf-16" else known(name)
    if found is None:
        raise ValueError('expected the name of an encoding, such as "cp949", "utf-16" or "utf-8"')
    return found


def _bad(error: UnicodeError) -> tuple[str, int]:
    """The replacement of invalid bytes: a byte that is not UTF-8 either, so that their line becomes unreadable."""
    return "\udcff", error.end  # type: ignore[attr-defined]  # a UnicodeDecodeError


codecs.register_error("hanji-bad", _bad)


class Text:
    """A text file, unpacked and in UTF-8; `notes` are for the user, about how it was read."""

    def __init__(self, path: Path, limits: Limits, encoding: str | None = None) -> None:
        self.path, self.limits = path, limits
        self.encoding = codec(encoding) if encoding else None  # None: not yet known
        self.notes: list[str] = []

    @property
    def transcoded(self) -> str | None:
        """The usual name of the encoding, None for UTF-8."""
        return None if self.encoding in (None, "utf-8") else NAMES.get(str(self.encoding), str(self.encoding))

    def blocks(self) -> Iterator[bytes | Gap]:
        """The content in pieces; bytes that are invalid in the file's encoding become a byte that is not UTF-8."""
        pieces = blocks(self.path, self.limits)
        start = True
        for piece in pieces:
            if self.encoding is None and isinstance(piece, bytes) and not (piece.isascii() and b"\0" not in piece):
                self.encoding = self._judged(piece, start)
            if self.encoding not in (None, "utf-8"):
                self.note(f"read as {self.transcoded}")
                yield from self._decoded(piece, pieces)
                return
            yield piece
            start = False

    def note(self, text: str) -> None:
        """Add a note, unless it is there already."""
        if text not in self.notes:
            self.notes.append(text)

    def _decoded(self, piece: bytes | Gap, pieces: Iterator[bytes | Gap]) -> Iterator[bytes | Gap]:
        decoder = codecs.getincrementaldecoder(str(self.encoding))("hanji-bad")
        mark = True
        while True:
            if isinstance(piece, Gap):
                decoder.reset()
                yield piece
            elif text := decoder.decode(piece):
                yield text.removeprefix("\ufeff" if mark else "").encode("utf-8", "surrogateescape")
                mark = False
            found = next(pieces, None)
            if found is None:
                break
            piece = found
        if rest := decoder.decode(b"", True):
            yield rest.encode("utf-8", "surrogateescape")

    def _judged(self, piece: bytes, start: bool) -> str:
        """The encoding by the first piece that is not plain ASCII; by the whole file if that leaves a doubt."""
        if start:
            mark = next((name for mark, name in MARKS.items() if piece.startswith(mark)), None)
            if mark or (mark := _unmarked(piece)):
                return mark
        beyond = len(piece) - len(piece.translate(None, bytes(range(128, 256))))
        if beyond >= SETTLED and _decodes(piece):
            return "utf-8"
        return self._by_the_whole()

    def _by_the_whole(self) -> str:
        utf8, korean = (codecs.getincrementaldecoder(name)("strict") for name in ("utf-8", "cp949"))
        sound, sample = True, bytearray()
        for piece in blocks(self.path, self.limits):
            if isinstance(piece, Gap):
                utf8.reset()
                korean.reset()
                continue
            try:
                text = korean.decode(piece)
            except UnicodeDecodeError:
                return "utf-8"
            try:
                if sound:
                    utf8.decode(piece)
            except UnicodeDecodeError:
                sound = False
            if len(sample) < 1 << 20 and not text.isascii():
                sample += "".join(BEYOND.findall(text)).encode("cp949")
        try:
            korean.decode(b"", True)
        except UnicodeDecodeError:
            return "utf-8"
        return "utf-8" if sound or not _reads_as_korean(bytes(sample)) else "cp949"


def _unmarked(piece: bytes) -> str | None:
    """UTF-16 without a mark: spaces, digits and newlines make zeros in every second byte, and only there."""
    first, second = piece[::2].count(0), piece[1::2].count(0)
    if (
        max(first, second) <= len(piece) // 20 or min(first, second) > max(first, second) // 4
    ):  # one syllable in 256 ends in a zero
        return None
    name = "utf-16-le" if second > first else "utf-16-be"
    return name if _decodes(piece, name) else None


def _decodes(piece: bytes, name: str = "utf-8") -> bool:
    try:
        codecs.getincrementaldecoder(name)("strict").decode(piece)
    except UnicodeDecodeError:
        return False
    return True


def _reads_as_korean(sample: bytes) -> bool:
    if is_korean(sample):
        return True
    letters = [c for c in sample.decode("cp949", "ignore") if c > "\x7f" and c.isalpha()]
    common = [c for c in letters if "가" <= c <= "힣" and _is_common(c)]
    return len(common) >= FEWEST and len(common) >= HANGUL * len(letters)


def _is_common(syllable: str) -> bool:
    """Whether it is one of the 2,350 syllables of KS X 1001; the syllables that accented Latin letters become are
    not."""
    try:
        return len(syllable.encode("euc_kr")) == 2
    except UnicodeEncodeError:
        return False
