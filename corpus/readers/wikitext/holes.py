"""Removes the traces of dropped templates and elements (empty brackets, stray separators, doubled spaces), but never
brackets that the author wrote.

`sort()` keeps its brackets, "서울({{?}})" loses them, "(羅江, {{?}} ~ {{?}})" becomes "(羅江)". Only brackets with a
hole are changed, and those with nothing but separators between two commas or a comma and the end ("羅江, ~ ").
"""

import re

from corpus.readers.wikitext.private import HOLE

OPEN, CLOSE = "[(（]", "[)）]"
SEPARATOR = "[,;:·/~、，–-]"
RUN = re.compile(f"{HOLE}(?: ?{SEPARATOR}? ?{HOLE})+")
EMPTY = re.compile(f" ?{OPEN} ?{SEPARATOR}? ?{HOLE} ?{SEPARATOR}? ?{CLOSE}")
FIRST = re.compile(f"({OPEN}) ?{HOLE} ?[,;:·、，]? ?")
LAST = re.compile(f" ?[,;:·/、，]? ?{HOLE} ?(?={CLOSE})")
BETWEEN = re.compile(f"([,;]) ?{HOLE} ?[,;]")
BEFORE_SIGN = re.compile(f"(?<=\\S) {HOLE} ?(?=[.,;:!?)）。、])")
SINGLE = re.compile(f"(?:(?<= )|\\A){HOLE} ?")
# Written like this, or left by templates that show nothing.
NO_DATES = re.compile(f"[,;] ?~ ?(?={CLOSE})")
NOTHING = re.compile(f" ?{OPEN} ?[,;]? ?~ ?{CLOSE}")
# A hole matters only after these: after a letter or a full stop it leaves no trace.
BEFORE = " (（,;:~/·–-、，\t" + HOLE


def hole(before: str) -> str:
    """The mark for something dropped after the text `before`: a hole, or nothing."""
    return HOLE if before and before[-1] in BEFORE else ""


REACH = 24  # characters around a hole that can matter: three nested brackets, with separators


def mended(line: str) -> str:
    """The line without holes; its spaces are already single."""
    place = line.find(HOLE)
    if place >= 0:  # the patterns are applied near holes only: half the time on lines of several sentences
        pieces, used = [], 0
        while place >= 0:
            start, end = max(used, place - REACH), place + REACH
            while 0 <= (place := line.find(HOLE, place + 1)) < end + REACH:
                end = place + REACH
            pieces += [line[used:start], _mended(line[start:end])]
            used = end
        line = "".join([*pieces, line[used:]])
    return NOTHING.sub("", NO_DATES.sub("", line)) if "~" in line else line


def _mended(near: str) -> str:
    for _ in range(3):  # brackets in brackets
        before = len(near)
        near = EMPTY.sub(HOLE, RUN.sub(HOLE, near))
        if len(near) == before:
            break
    near = LAST.sub("", FIRST.sub(r"\1", near))
    near = BEFORE_SIGN.sub("", BETWEEN.sub(r"\1", near))
    return SINGLE.sub("", near).replace(HOLE, "")
