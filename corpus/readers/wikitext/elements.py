"""The first pass over wikitext: comments, literal text, formulas, and elements that are dropped with their content.

They are taken in order of appearance, as MediaWiki's preprocessor does (Preprocessor_Hash::buildDomTreeArrayFromText):
a comment mark in <nowiki> is not a comment, a tag in a comment is not a tag. An element ends at its closing tag; <ref>
and <table> may contain their own kind. An opening tag that is never closed is not an element. This is checked once for
each name, as in MediaWiki, because the search would otherwise take quadratic time.
"""

import re
from bisect import bisect_left

from corpus.readers.entities import unescape
from corpus.readers.wikitext.holes import hole
from corpus.readers.wikitext.private import Kept

NESTED = ("ref", "table")
FORMULAS = ("math", "chem", "ce")
CODE = ("syntaxhighlight", "source")
# Extension tags of the English and Korean Wikipedia whose content is not running text, and tags of content that is
# shown only by transclusion.
GONE = (
    *NESTED, *CODE, "references", "gallery", "timeline", "imagemap", "score", "hiero", "graph", "mapframe", "maplink",
    "templatestyles",
    "templatedata", "style", "script", "categorytree", "inputbox", "indicator", "section", "includeonly", "rp",
)  # fmt: skip
NAMES = (*GONE, *FORMULAS, "nowiki", "pre")
OPENING = re.compile(rf"<(?:!--|({'|'.join(NAMES)})(?=[\s/>]))", re.IGNORECASE)
CLOSING = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in NAMES}
EITHER = {name: re.compile(rf"<(/?){name}(?=[\s/>])", re.IGNORECASE) for name in NESTED}
UNCLOSED = ("includeonly",)  # runs to the end of the page where it is not closed
BLANK = re.compile(r"[ \t]*")
INLINE = re.compile(r"\binline\b", re.IGNORECASE)


def elements(text: str, kept: Kept) -> str:
    """The text without comments and elements; literal text is stored in `kept`. Dropped elements leave a hole."""
    out: list[str] = []
    ends = _Ends(text)
    used = place = 0
    while opening := OPENING.search(text, place):
        start = opening.start()
        if opening[1] is None:
            out.append(text[used:start])
            place = used = _after_comment(text, start)
            continue
        name = opening[1].lower()
        tag = ends.tag(opening.end())
        if tag < 0:
            place = opening.end()
            continue
        if text[tag - 1] == "/":
            inside = closed = tag + 1
        elif (found := ends.element(name, start, tag + 1)) is not None:
            inside, closed = found
        else:
            place = tag + 1
            continue
        shown = _shown(name, text[opening.end() : tag], text[tag + 1 : inside], kept)
        out += [text[used:start], shown or hole(text[start - 1 : start])]
        place = used = closed
    if not used:
        return text
    out.append(text[used:])
    return "".join(out)


def _shown(name: str, attributes: str, content: str, kept: Kept) -> str:
    if name == "nowiki":
        return kept.keep(unescape(content))
    if name == "pre":
        lines = unescape(content).strip("\n")
        return f"\n\n{kept.keep(lines)}\n\n" if lines.strip() else ""
    if name in FORMULAS:
        formula = " ".join(unescape(content).split())
        return kept.keep(f"${formula}$") if formula else ""
    if name in CODE and INLINE.search(attributes):
        return kept.keep(unescape(content).strip())
    return ""


def _after_comment(text: str, start: int) -> int:
    """The end of a comment. If comments are alone on their line, the line is dropped with them."""
    end = text.find("-->", start + 4)
    end = len(text) if end < 0 else end + 3
    before = start
    while before and text[before - 1] in " \t":
        before -= 1
    if before and text[before - 1] != "\n":
        return end
    after = BLANK.match(text, end).end()  # type: ignore[union-attr]  # it matches nothing as well
    while text.startswith("<!--", after) and (following := text.find("-->", after + 4)) >= 0:
        after = BLANK.match(text, following + 3).end()  # type: ignore[union-attr]
    return after + 1 if text.startswith("\n", after) else end


class _Ends:
    """The ends of the tags and elements of one text; a search that found nothing is not repeated."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.last_tag = False  # whether there is no ">" any more
        self.unclosed: set[str] = set()
        self.nested: dict[str, tuple[dict[int, tuple[int, int]], list[tuple[int, int]]]] = {}

    def tag(self, place: int) -> int:
        """The next ">", -1 if there is none."""
        end = -1 if self.last_tag else self.text.find(">", place)
        self.last_tag = end < 0
        return end

    def element(self, name: str, start: int, place: int) -> tuple[int, int] | None:
        """The begin and end of the closing tag of the element at `start`; None if it has none."""
        if name in NESTED:
            pairs, closings = self._pairs(name)
            if start in pairs:
                return pairs[start]
            following = bisect_left(
                closings, (place, place)
            )  # its own closing tag belongs to another element: it ends as in MediaWiki
            return closings[following] if following < len(closings) else None
        if name in self.unclosed:
            return None
        if closing := CLOSING[name].search(self.text, place):
            return closing.span()
        if name in UNCLOSED:
            return len(self.text), len(self.text)
        self.unclosed.add(name)
        return None

    def _pairs(self, name: str) -> tuple[dict[int, tuple[int, int]], list[tuple[int, int]]]:
        """The closing tag of every opening tag, and all closing tags in order."""
        if name in self.nested:
            return self.nested[name]
        pairs: dict[int, tuple[int, int]] = {}
        closings: list[tuple[int, int]] = []
        waiting: list[int] = []
        end = -1
        for mark in EITHER[name].finditer(self.text):
            if mark.start() <= end:  # within the tag before
                continue
            end = self.text.find(">", mark.end())
            if end < 0:
                break
            if mark[1]:
                closings.append((mark.start(), end + 1))
                if waiting:
                    pairs[waiting.pop()] = closings[-1]
            elif self.text[end - 1] != "/":
                waiting.append(mark.start())
        self.nested[name] = pairs, closings
        return self.nested[name]
