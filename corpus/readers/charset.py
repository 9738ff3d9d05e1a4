"""The characters of a page: detection of its character set, and handling of damaged bytes.

In order of trust: a byte order mark; bytes that are UTF-8; the set that the page declares; whether the bytes are Korean
in CP949; the set that the server declares. Servers and the templates of old pages declare ISO-8859-1 for any page, so a
declared set in which every byte is valid does not outweigh Korean. The text may be damaged: up to one invalid byte in
ten becomes U+FFFD, and a character that is cut at the end of the page is dropped. A page that fits no set is rejected.
"""

import codecs
import re

from corpus.readers.guard import RecordError

DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([A-Za-z0-9_.:-]{1,40})|<\?xml[^>]{0,100}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9_.:-]{1,40})""",
    re.IGNORECASE,
)
HEAD = 4096  # bytes in which a page must declare its character set; browsers look at 1,024
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Sets of the WHATWG standard and johab by their names in Python; as in the standard, a declared subset means the larger
# set. Codecs of Python that are not character sets (punycode, undefined, rot13, unicode_escape) are not included.
SETS = {
    "utf-8": "utf-8", "utf-8-sig": "utf-8", "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874", "euc_kr": "cp949", "cp949": "cp949", "johab": "johab", "iso2022_kr": "iso2022_kr",
    "shift_jis": "cp932",
    "cp932": "cp932", "euc_jp": "euc_jp", "iso2022_jp": "iso2022_jp", "gb2312": "gb18030", "gbk": "gb18030",
    "gb18030": "gb18030",
    "hz": "hz", "big5": "big5hkscs", "big5hkscs": "big5hkscs", "utf-16": "utf-16-le", "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "mac-roman": "mac-roman", "mac-cyrillic": "mac-cyrillic", "cp866": "cp866", "koi8-r": "koi8-r", "koi8-u": "koi8-u",
    **{f"cp{number}": f"cp{number}" for number in (874, *range(1250, 1259))},
    **{f"iso8859-{number}": f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}  # fmt: skip
ALIASES = {
    "windows-949": "cp949", "x-windows-949": "cp949", "cp51949": "cp949", "x-sjis": "cp932", "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gbk", "x-x-big5": "big5", "unicode": "utf-16", "windows-874": "cp874", "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "ansi": "cp1252", "x-cp1251": "cp1251", "x-cp1252": "cp1252", "dos-874": "cp874", "utf8mb4": "utf-8",
}  # fmt: skip
ESCAPED = ("iso2022_kr", "iso2022_jp", "hz")  # written in ASCII
ONE_BYTE = ("cp125", "iso8859", "mac-", "cp874", "cp866", "koi8")
# The 64 most frequent syllables of Korean Wikipedia and mC4-ko: 59 % of all Hangul there.
FREQUENT = frozenset(
    "다이에는니하를의을로서지스수가사한용합기자정리시은인대고드있트일으성되도제습해여할구어그터경개나요프전된세소문식입조라설상면명보"
)
# Their share of the text beyond ASCII, read as CP949: at least 48 % in Korean, at most 25 % in 5,810 samples of other
# languages and sets.
KOREAN, FEWEST = 0.35, 4
BEYOND = re.compile(r"[^\x00-\x7f]+")
DAMAGE = 0.1  # largest share of the characters beyond ASCII


def decode(body: bytes, declared: str | None) -> str:
    """The characters of a page whose server declares `declared`; raises RecordError ("bad charset") if no set fits."""
    for mark, name in MARKS.items():
        if body.startswith(mark):
            return _decoded(body, name)[0]
    if unmarked := _unmarked(body):
        return _decoded(body, unmarked)[0]
    found = DECLARED.search(body[:HEAD])
    own = known(next(group for group in found.groups() if group).decode()) if found else None
    own = "utf-8" if own and own.startswith("utf-16") else own  # a page that could be read as ASCII is not UTF-16
    server = known(declared) if declared else None
    if body.isascii():
        escaped = next((name for name in (own, server) if name in ESCAPED), None)
        return _decoded(body, escaped or "utf-8")[0]
    korean = is_korean(body)
    tried = ["utf-8", own, "cp949" if korean else None, server]
    if korean and own and own.startswith(ONE_BYTE):
        tried.remove(own)
    for chosen in tried:
        if chosen:
            text, bad = _decoded(body, chosen)
            good = sum(map(len, BEYOND.findall(text))) - bad
            if good and bad <= DAMAGE * good:
                return text
    if "utf-8" in (own, server):  # a page of ASCII with a few other bytes
        text, bad = _decoded(body, "utf-8")
        if bad <= len(body) // 200:
            return text
    try:
        return body.decode(
            "euc_kr"
        )  # too few to detect it by frequent syllables; one stray byte makes a rare syllable of CP949
    except UnicodeDecodeError:
        raise RecordError("bad charset") from None


def known(name: str) -> str | None:
    """The set that a page or server means by a name, None for a name that is not a set."""
    name = name.strip().lower()
    try:
        return SETS.get(codecs.lookup(ALIASES.get(name, name)).name)
    except (LookupError, ValueError):
        return None


def is_korean(body: bytes) -> bool:
    """Whether the bytes beyond ASCII are Korean in CP949, by its most frequent syllables."""
    beyond = "".join(BEYOND.findall(body.decode("cp949", "replace")))
    frequent = sum(beyond.count(syllable) for syllable in FREQUENT)
    return frequent >= FEWEST and frequent >= KOREAN * len(beyond)


def _unmarked(body: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of tags is zero."""
    head = body[:HEAD]
    first, second = head[::2].count(0), head[1::2].count(0)
    if max(first, second) <= len(head) // 20 or min(first, second) > len(head) // 100:
        return None
    return "utf-16-le" if second > first else "utf-16-be"


def _decoded(body: bytes, name: str) -> tuple[str, int]:
    """The characters, with U+FFFD for invalid bytes, and the number of these.

    A character that is cut at the end is dropped.
    """
    text = codecs.getincrementaldecoder(name)("replace").decode(body)
    return text, max(0, text.count("\ufffd") - (body.count(b"\xef\xbf\xbd") if name == "utf-8" else 0))
