"""Repair of text that was decoded with the wrong character set, where only one other reading makes sense.

Three mistakes occur on Korean and English pages, each with its own proof:

    UTF-8 read as Latin-1 or Windows-1252     ì•ˆë…•, itâ€™s        the characters, written back, are valid UTF-8
    CP949 read as Latin-1 or Windows-1252     ¾È³ç                 the line is valid CP949 and nearly all common Hangul
    Latin-1 or UTF-8 read as CP949            Pok챕mon, 25째C       a syllable is inside a Latin word or unit

A run is repaired as a whole or left. If some of its letters are not bytes of the sequence, it is not broken text:
byte-level tokenizers show their bytes in such an alphabet (ëĤĺ). Broken text that a page about encodings shows is left,
too. Text that lost bytes (占쏙옙, �) cannot be repaired; the quality rules count it. One lost byte is repaired: A0, the
last byte of 고 and 렠, which many programs turn into a plain space.
"""

import re
import unicodedata

# Windows-1252 with Latin-1's control characters in its five gaps, as browsers decode it.
_CP1252 = [bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in range(256)]
_BYTE = {character: b for b, character in enumerate(_CP1252)} | {chr(b): b for b in range(256)}
_BYTES = {ord(character): chr(b) for character, b in _BYTE.items()}


TAILS = "".join(c for c, b in _BYTE.items() if 0x80 <= b <= 0xBF)  # how bytes that continue a character are shown
_TAIL = f"[{re.escape(TAILS)}]"
_SEQUENCE = f"(?:[\u00c2-\u00df]{_TAIL}|[\u00e0-\u00ef]{_TAIL}{{2}}|[\u00f0-\u00f4]{_TAIL}{{3}})"
# The byte A0 of a Hangul syllable is Latin-1's no-break space, and may have become a plain space.
_SPACED = f"[\u00ea-\u00ed](?:{_TAIL} | {_TAIL})"
_UTF8_RUN = re.compile(f"{_SEQUENCE}+")
_SPACED_RUN = re.compile(f"(?:{_SEQUENCE}|{_SPACED})+")
_SPACED_ONE = re.compile(_SPACED)
_HALF_SEQUENCE = re.compile(f"[\u00ea-\u00ed](?!{_TAIL}{{2}}|{_TAIL} | {_TAIL})")
# Two letters such as é of Ã© show that the document was decoded wrongly: then × of Ã— and à of Ã and a space, which
# could each be meant elsewhere, are certain, too. The space is the letter's second byte unless a word follows it.
_LATIN_LETTERS = re.compile("[\u00c0-\u00ff]")
_LATIN_1 = re.compile("[\u00a0-\u00ff]+$")
_GRAVE_A = re.compile(r"(?<![A-Z])\u00c3(?: (?![^\W\d_])|(?= [^\W\d_]))")
_SHOWN_BYTES = re.compile("[\u00e0-\u00ed][\u00a1-\u0143]?[\u0100-\u0143]")  # the alphabet of byte-level tokenizers
_PAIR = re.compile("[\u00a1-\u00fe]{2}")
_CONTROLS = re.compile("[\u0080-\u009f]")
_CURLY = re.compile("[\u0091-\u0094\u0096\u0097]")

# The syllables that make up more than half of running Korean text.
_COMMON = frozenset(
    "이다는에의을가고하지를로은기도한사자리나서어시대인아정전일수스으장그해라들만과부구소보원주제조여공상성유학있것게동적면"
    "었습니까요했으며대비세계안되고무방계속중국민방경생회관내물명용모선문화년월교신발"
)

# Latin-1 letters whose UTF-8 bytes are one CP949 syllable; no such syllable is between the small letters of a Latin
# word.
_LATIN: dict[str, str] = {}
for _c in range(0xC0, 0x100):
    try:
        _LATIN[chr(_c).encode().decode("cp949")] = chr(_c)
    except UnicodeDecodeError:
        continue  # À begins with a byte that CP949 does not have
# Those of them that Korean uses alone, at least 20 times in 8,000 articles of Wikipedia, can be between Latin words
# (e책ebook, AI챗gpt): they count only together with one that Korean does not use.
_USED = "체천처청철창책채첫찾척첼챔첩첨첸챙챌챈챠챗"
_RARE = "".join(c for c in _LATIN if c not in _USED)
_IN_WORD = re.compile(f"(?<=[A-Za-z])([{_RARE}])(?=[a-z]{{2}})")
_PERHAPS_IN_WORD = re.compile(f"(?<![A-Za-z][A-Z])(?<=[A-Za-z])([{_USED}])(?=[a-z]{{2}}(?![A-Za-z]*[가-힣]))")
# By itself such a syllable is certain within a name like M체nchen: ü, ö or ä after a capital and consonants alone,
# which are no word before a Korean one, and before three small letters or more with a vowel (no gpt, html or ttf). No
# such place is in 227 million characters of sound Korean and English text.
_UMLAUT = re.compile(
    "(?<![A-Za-z0-9가-힣])([B-DF-HJ-NP-TV-Z][b-df-hj-np-tv-xz]{0,4})([체철채])(?=[a-z]{3})(?=[a-z]*[aeiouy])"
)
_DEGREE = re.compile(r"(?<=\d)( ?)째(?=[CF](?![A-Za-z]))")
SUSPECTS = "".join(_LATIN) + "째"  # Hangul that is checked if a Latin letter follows


# Pages with such words may show broken text on purpose.
_LESSON = re.compile(
    "깨[진져지짐]|인코딩|디코딩|유니코드|문자 ?[집셋]|코드 ?페이지|바이트|토크나이저|토큰화|mojibake", re.IGNORECASE
)


def is_lesson(text: str) -> bool:
    """Whether a text is about encodings or bytes in intact Korean, or about mojibake by that name."""
    return _LESSON.search(text) is not None


def may_be_broken(text: str) -> bool:
    """Whether there is anything that repair_mojibake could change. Nearly all accented letters are in no such place."""
    return any(pattern.search(text) for pattern in (_UTF8_RUN, _PAIR, _CURLY, _UMLAUT, _IN_WORD, _DEGREE))


def repair_mojibake(text: str, lesson: bool = False) -> str:
    """The text with every certain case of the three mistakes undone; the same text if there is none.

    In a `lesson` (see is_lesson), runs that would become Korean are left.
    """
    if not lesson:
        text = _from_cp949(text)
    text = _from_utf8(text, lesson)
    text = _from_controls(text)
    if not lesson:
        text = _UMLAUT.sub(lambda match: match[1] + _LATIN[match[2]], text)
    if not lesson and _IN_WORD.search(text):
        text = _PERHAPS_IN_WORD.sub(lambda match: _LATIN[match[1]], _IN_WORD.sub(lambda match: _LATIN[match[1]], text))
    return _DEGREE.sub(r"\1°", text)


def _encoded(text: str) -> bytes | None:
    """The bytes that were decoded as Windows-1252 or Latin-1; None if the text has other characters."""
    try:
        return text.translate(_BYTES).encode("latin-1")
    except UnicodeEncodeError:
        return None


def _from_cp949(text: str) -> str:
    """Decode lines that are CP949.

    It is certain if, over the document, the result is at least four syllables, almost nothing else, and common
    syllables.
    """
    if not _PAIR.search(text):
        return text
    lines = text.split("\n")
    found: dict[int, str] = {}
    hangul = common = high = 0
    for index, line in enumerate(lines):
        if not _PAIR.search(line):
            continue
        data = _encoded(line)
        if data is None or _decoded(data, "utf-8") is not None:
            continue
        decoded = _decoded(data, "cp949")
        if decoded is None:
            continue
        syllables = [c for c in decoded if "가" <= c <= "힣"]
        hangul += len(syllables)
        common += sum(c in _COMMON for c in syllables)
        high += sum(b >= 0x80 for b in data)
        found[index] = decoded
    if hangul < 4 or 2 * hangul < 0.7 * high or common < 0.4 * hangul:
        return text
    return "\n".join(found.get(index, line) for index, line in enumerate(lines))


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _from_utf8(text: str, lesson: bool) -> str:
    """Decode runs of UTF-8 sequences. See _is_certain; a single ideograph or syllable counts only together with a run
    of several."""
    runs = [(match, _decoded(_encoded(match[0]) or b"\xff", "utf-8")) for match in _UTF8_RUN.finditer(text)]
    if runs and not lesson and not _HALF_SEQUENCE.search(text):
        spaced = [(match, _SPACED_ONE.sub(_unspaced, match[0])) for match in _SPACED_RUN.finditer(text)]
        runs = [(match, _decoded(_encoded(run) or b"\xff", "utf-8")) for match, run in spaced]
    several = any(decoded and sum(_is_east_asian(c) for c in decoded) > 1 for _, decoded in runs)
    certain = sum(
        decoded is not None and _LATIN_LETTERS.search(decoded) is not None and _is_certain(decoded, m[0], "", "", False)
        for m, decoded in runs
    )
    shown = lesson or _SHOWN_BYTES.search(text) is not None
    out = []
    end = 0
    for match, decoded in runs:
        around = text[max(match.start() - 1, 0) : match.start()], text[match.end() : match.end() + 1]
        if decoded and any(map(_is_east_asian, decoded)) and (shown or any("\u00c0" <= c <= "\u024f" for c in around)):
            continue
        if decoded and (_is_certain(decoded, match[0], *around, several) or (certain >= 2 and _LATIN_1.match(decoded))):
            out += [text[end : match.start()], decoded]
            end = match.end()
    text = "".join([*out, text[end:]]) if out else text
    return _GRAVE_A.sub("à", text) if certain >= 2 else text


def _unspaced(match: re.Match[str]) -> str:
    return match[0].replace(" ", "\u00a0")


def _is_east_asian(c: str) -> bool:
    return "\u3040" <= c <= "\ud7a3"


def _is_certain(decoded: str, found: str, before: str, after: str, several: bool) -> bool:
    if any(unicodedata.category(c) in ("Cn", "Co", "Cs") for c in decoded):
        return False
    if all(c >= "\u0800" for c in decoded):
        # Three bytes and more: â€™, ë…•, ðŸ˜€. Only é’” and the like, an accented letter before two quotation marks,
        # could be meant, and they would become ideographs.
        return several or not any(_is_east_asian(c) for c in decoded)
    if any("\u0080" <= c <= "\u009f" for c in decoded):
        return False
    letters = [c for c in decoded if c < "\u0800"]
    if any(c >= "\u0100" for c in letters):
        # Greek, Cyrillic and others: three letters of one script, since ß” is ß and a quotation mark.
        return len(letters) >= 3 and len({ord(c) >> 8 for c in letters}) == 1
    # À to ÿ and Latin-1's symbols. After an opening mark, «Â» is a letter that the text is about; if no letter follows,
    # Ã” may be the end of a quoted Portuguese word.
    if before and before in "«“‘\"'([":
        return False
    return all("\u00a0" <= c <= "\u00ff" for c in found) or after.isalpha()


def _from_controls(text: str) -> str:
    """Windows-1252 read as Latin-1: write its quotation marks and dashes in place of control characters, which no text
    contains."""
    if not _CURLY.search(text):
        return text
    return _CONTROLS.sub(lambda match: _CP1252[ord(match[0])], text)
