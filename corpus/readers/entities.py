"""Decoding of character references (`&amp;`, `&#44032;`) with any content.

Python's html.unescape raises ValueError for a number of more than 4,300 digits, and decodes `&para=1` in an address as
`¶=1`, like browsers. MediaWiki and XML have only references that end in a semicolon; no number of more than seven
digits is a character.
"""

import html
import re

REFERENCE = re.compile(r"&(#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]{1,31});")
ENDLESS = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
LONGEST = 8  # signs of a number without leading zeros, its x included


def unescape(text: str, without: re.Pattern[str] | None = None) -> str:
    """Decode references with a semicolon; those of no character, or of one that `without` matches, are left out."""
    if "&" not in text:
        return text

    def character(found: re.Match[str]) -> str:
        name = found[1]
        if name[0] == "#":
            digits = name[1:].lstrip("xX0")
            if not digits or len(digits) >= LONGEST:
                return ""
            value = html.unescape(f"&#{'x' if name[1] in 'xX' else ''}{digits};")
            value = "" if value == "\ufffd" else value
        else:
            value = html.unescape(found[0])
        return "" if without and without.search(value) else value

    return REFERENCE.sub(character, text)


def unescape_page(text: str) -> str:
    """Decode like browsers, including references without a semicolon; numbers that are not characters become U+FFFD."""
    return html.unescape(ENDLESS.sub(lambda found: _shortened(found[0]), text))


def _shortened(reference: str) -> str:
    digits = reference[2:].rstrip(";").lstrip("xX0") or "0"
    return f"&#{'x' if reference[2] in 'xX' else ''}{digits};" if len(digits) < LONGEST else "\ufffd"
