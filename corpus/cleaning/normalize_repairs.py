"""The careful repairs of a single text: mojibake, HTML entities, half-width jamo, composition.

Each repair is made only if no other reading makes sense: code, a paragraph about HTML and a text about entities keep
their entities; an accented name keeps its letters. Regular expressions are applied to the lines with a suspicious byte,
not to the whole text: 100 MB with one é would cost half a minute.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from html import unescape
from html.entities import html5
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.cleaning.mojibake import SUSPECTS, is_lesson, may_be_broken, repair_mojibake
from corpus.structure import Kind, find_lines


class Repairs(NamedTuple):
    """Which repairs to try: those for which the scan found a reason and which the recipe allows."""

    mojibake: bool
    entities: bool
    half_width: bool
    compose: bool


def repair(text: str, wanted: Repairs) -> tuple[str, set[str]]:
    """The text after one round of repairs, and the kinds that changed it."""
    kinds = set()
    steps = (
        ("mojibake", wanted.mojibake, _mend_mojibake),
        ("entities", wanted.entities, _decode_entities),
        ("half-width jamo", wanted.half_width, _widen),
        ("nfc", wanted.compose, _compose),
    )
    for kind, tried, step in steps:
        mended = step(text) if tried else text
        if mended != text:
            kinds.add(kind)
            text = mended
    return text, kinds


def _on_lines(text: str, suspicious: Callable[[np.ndarray], np.ndarray], mend: Callable[[str], str]) -> str:
    """The text after `mend` of the lines that contain a suspicious byte, taken together; `suspicious` maps uint8[n] to
    bool[n]."""
    raw = text.encode()
    data = np.frombuffer(raw, np.uint8)
    ends = np.append(np.flatnonzero(data == 0x0A), len(raw))
    places = np.flatnonzero(suspicious(data))
    if not len(places):
        return text
    numbers = np.unique(np.searchsorted(ends, places))
    starts = np.where(numbers > 0, ends[numbers - 1] + 1, 0)
    spans = list(zip(starts.tolist(), ends[numbers].tolist(), strict=True))
    chosen = b"\n".join(raw[start:end] for start, end in spans).decode()
    mended = mend(chosen)
    if mended == chosen:
        return text
    pieces: list[bytes] = []
    at = 0
    for (start, end), line in zip(spans, mended.split("\n"), strict=True):
        pieces += [raw[at:start], line.encode()]
        at = end
    return b"".join([*pieces, raw[at:]]).decode()


_IS_SUSPECT = np.zeros(1 << 16, bool)  # by code point; np.isin would take longer than all the rest
_IS_SUSPECT[[ord(letter) for letter in SUSPECTS]] = True


def _perhaps_mojibake(data: np.ndarray) -> np.ndarray:
    """bool[n] of uint8[n]: Latin-1's letters and controls, and the suspects before a Latin letter."""
    small = data | 0x20
    latin = (small >= 0x61) & (small <= 0x7A)
    marks: np.ndarray = (data | 1) == 0xC3
    last = np.flatnonzero((data[2:-1] & 0xC0 == 0x80) & latin[3:]) + 2
    last = last[data[last - 2] & 0xF0 == 0xE0]  # of three bytes
    codes = (data[last - 2] & 0x0F).astype(np.uint16) << 12 | (data[last - 1] & 0x3F).astype(np.uint16) << 6
    marks[last[_IS_SUSPECT[codes | data[last] & 0x3F]]] = True
    return marks


def _mend_mojibake(text: str) -> str:
    def mend(lines: str) -> str:
        return repair_mojibake(lines, is_lesson(text)) if may_be_broken(lines) else lines

    return _on_lines(text, _perhaps_mojibake, mend)


def _may_compose(data: np.ndarray) -> np.ndarray:
    """bool[n] of uint8[n]: bytes that begin a character that composition could change (a superset, without the Latin
    letters and Han that it never changes)."""
    following = np.append(data[1:], np.uint8(0))
    marks: np.ndarray = ((data >= 0xCC) & (data <= 0xE1)) | (data == 0xE3) | (data >= 0xEE)
    marks |= (data == 0xE2) & (following > 0x80)  # no quotation marks and dashes
    marks |= (data == 0xEA) & (following < 0xB0) | (data == 0xED) & (following > 0x9D)  # no syllables
    return marks


def _compose(text: str) -> str:
    def mend(lines: str) -> str:  # line by line, because composition would rewrite all lines for one
        return "\n".join(unicodedata.normalize("NFC", line) for line in lines.split("\n"))

    return _on_lines(text, _may_compose, mend)


_ENTITY = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
_TAG = re.compile("<[A-Za-z/!?]")
_CODE_SPAN = re.compile("(`+)(?!`).+?(?<!`)\\1(?!`)")
# A paragraph about markup or character codes may mean the entity itself; if it names entities often, the whole text is
# about entities.
_ABOUT = (
    "entit",
    "escap",
    "character code",
    "character ref",
    "엔티티",
    "이스케이프",
    "특수문자",
    "특수 문자",
    "문자 참조",
)
_MARKUP = tuple(word.encode() for word in (*_ABOUT, "html", "xml", "markup", "unicode", "마크업", "유니코드"))
_LESSON = tuple(word.encode() for word in _ABOUT)
MENTIONS = 3
SPECIAL = frozenset("<>&\"'")  # characters that entities escape; in a line with a tag they stay escaped


def _decode_entities(text: str) -> str:
    """Decode entities outside of code, in paragraphs that are not about markup.

    In a line with a tag the entities of <, >, & and quotation marks stay.
    """
    if not _ENTITY.search(text):
        return text
    raw = text.encode()
    small = raw.lower()  # bytes: small letters of ASCII, several times as fast as str.lower
    if sum(small.count(word) for word in _LESSON) >= MENTIONS:
        return text
    plain = _ENTITY.sub(lambda match: "x" * len(match[0]), text).replace(
        ";", ","
    )  # a line that ends in ; looks like code
    lines = find_lines(pa.array([plain], pa.string()))
    blank = np.flatnonzero(lines.kinds == Kind.BLANK)
    ampersands = np.flatnonzero(np.frombuffer(raw, np.uint8) == 0x26)
    pieces: list[bytes] = []
    at = 0
    keeps: dict[int, bool] = {}  # by the number of blank lines before the paragraph
    numbers = np.unique(np.searchsorted(lines.starts, ampersands, "right") - 1)
    for number in numbers[lines.kinds[numbers] != Kind.CODE].tolist():
        paragraph = int(np.searchsorted(blank, number))
        if paragraph not in keeps:
            first = blank[paragraph - 1] + 1 if paragraph else 0
            last = blank[paragraph] if paragraph < len(blank) else len(lines.ends)
            block = small[lines.starts[first] : lines.ends[last - 1]]
            keeps[paragraph] = any(word in block for word in _MARKUP)
        if not keeps[paragraph]:
            start, end = int(lines.starts[number]), int(lines.ends[number])
            pieces += [raw[at:start], _decode_line(raw[start:end].decode()).encode()]
            at = end
    return b"".join([*pieces, raw[at:]]).decode()


def _decode_line(line: str) -> str:
    """Decode a line that is not code; its code spans stay."""
    decode = partial(_decoded_entity, tagged=_TAG.search(line) is not None)
    pieces, end = [], 0
    for span in _CODE_SPAN.finditer(line) if "`" in line else ():
        pieces += [_ENTITY.sub(decode, line[end : span.start()]), span[0]]
        end = span.end()
    return "".join([*pieces, _ENTITY.sub(decode, line[end:])])


def _decoded_entity(match: re.Match[str], tagged: bool) -> str:
    """The decoded entity, or the entity itself if it must stay: in a row of a table &#124; is a bar that does not end
    the cell, and combining marks were written as numbers on purpose."""
    character = _entity(match)
    if any(unicodedata.combining(c) for c in character) or (character == "|" and "|" in match.string):
        return match[0]
    return match[0] if tagged and character in SPECIAL else character


def _entity(match: re.Match[str]) -> str:
    """The character of an entity, or the entity itself if it has none."""
    decimal, hexadecimal, name = match.groups()
    if name is not None:
        return html5.get(name + ";", match[0])
    code = int(decimal) if decimal is not None else int(hexadecimal, 16)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return match[0]
    return unescape(match[0])  # also maps &#146; to the quotation mark it means


# A single one beside a Latin letter or a digit is not a jamo but º or another Latin-1 sign whose byte was sign-extended
# (20ﾺC).
_LETTERS = "\uffa1-\uffbe\uffc2-\uffc7\uffca-\uffcf\uffd2-\uffd7\uffda-\uffdc"
_HALF_WIDTH = re.compile(f"[{_LETTERS}]{{2,}}|(?<![A-Za-z0-9])[{_LETTERS}](?![A-Za-z0-9])")
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_SYLLABLE = re.compile(f"([{_INITIALS}])([{_VOWELS}])([{_FINALS[1:]}](?![{_VOWELS}]))?")


def _widen(text: str) -> str:
    """Half-width jamo as syllables if consonant and vowel follow each other, as full-width letters otherwise."""

    def mend(lines: str) -> str:
        return _HALF_WIDTH.sub(lambda match: _SYLLABLE.sub(_syllable, _full_width(match[0])), lines)

    return _on_lines(text, lambda data: data == 0xEF, mend)


def _full_width(jamo: str) -> str:
    return "".join(chr(int(unicodedata.decomposition(c).split()[1], 16)) for c in jamo)


def _syllable(match: re.Match[str]) -> str:
    initial, vowel, final = match.groups()
    return chr(0xAC00 + (_INITIALS.index(initial) * 21 + _VOWELS.index(vowel)) * 28 + _FINALS.index(final or " "))
