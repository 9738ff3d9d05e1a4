"""Character references (`&amp;`, `&#44032;`) made characters, whatever stands in them.

Python's html.unescape raises ValueError for a number of more than 4,300 digits, and takes `&para=1` of an address for
`¶=1`, as browsers do. MediaWiki and XML know only references that end in a semicolon; no number of more than seven
digits is a character.
"""

import html
import re

REFERENCE = re.compile(r"&(#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]{1,31});")
ENDLESS = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
LONGEST = 8  # signs of a number without leading zeros, its x included


def unescape(text: str, without: re.Pattern[str] | None = None) -> str:
    """Only references with a semicolon; those that mean no character, or one that `without` matches, mean nothing."""
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
    """As browsers do, references without a semicolon included; numbers that are no character become U+FFFD."""
    return html.unescape(ENDLESS.sub(lambda found: _shortened(found[0]), text))


def _shortened(reference: str) -> str:
    digits = reference[2:].rstrip(";").lstrip("xX0") or "0"
    return f"&#{'x' if reference[2] in 'xX' else ''}{digits};" if len(digits) < LONGEST else "\ufffd"
