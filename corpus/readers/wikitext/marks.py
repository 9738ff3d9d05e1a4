"""Replace templates, links and tables by the text that they show, from the inside out, in one pass over the marks that
open and close them.

Braces are paired as in MediaWiki: as many as both sides have, at most three (a parameter). A mark that is opened and
never closed costs its line. Every piece of text is moved as often as templates and links are nested around it. Marks
nested deeper than MediaWiki's limit are dropped, so that the time is proportional to the length of the text.
"""

import re
from collections.abc import Callable

from corpus.readers.wikitext.holes import hole
from corpus.readers.wikitext.links import internal
from corpus.readers.wikitext.private import CLOSE_TABLE, EQUALS, OPEN_TABLE

# A table begins and ends at the beginning of a line only; its two marks become one character each, so that MARK is one
# set of them.
TABLE = re.compile(r"\n(?:[ \t:*#;]*(\{\|)|[ \t]*\|\}(?!\}(?!\})))")
MARK = re.compile(rf"\{{\{{+|\}}\}}+|\[\[|\]\]|[{OPEN_TABLE}{CLOSE_TABLE}]")
DEEPEST = (
    40  # $wgMaxTemplateDepth and $wgMaxPPExpandDepth are 100 where they are used; no article of ours is deeper than 9
)


class _Open:
    """An open mark: "{" (with the number of braces), "[" or a table; and the pieces of text after it."""

    __slots__ = ("braces", "kind", "pieces")

    def __init__(self, kind: str, braces: int = 0) -> None:
        self.kind, self.braces = kind, braces
        self.pieces: list[str] = []


def undo(text: str, template: Callable[[str], str]) -> str:
    """The text without marks; `template` returns the text that a template shows, given the text between its braces."""
    text = TABLE.sub(lambda found: "\n" + (OPEN_TABLE if found[1] else CLOSE_TABLE), "\n" + text)
    stack = [_Open("")]
    count = {"{": 0, "[": 0, OPEN_TABLE: 0}
    last = 0

    def reach(kind: str) -> _Open | None:
        """The innermost open mark of that kind, after dropping the unclosed marks in it; None if there is none."""
        if not count[kind]:
            return None
        first = len(stack) - 1
        while stack[first].kind != kind:
            count[stack[first].kind] -= 1
            first -= 1
        for lost in stack[first + 1 :]:
            if lost.kind == "[":
                stack[first].pieces += lost.pieces
        del stack[first + 1 :]
        return stack[first]

    def close(shown: str) -> None:
        count[stack.pop().kind] -= 1
        stack[-1].pieces.append(shown)

    for mark in MARK.finditer(text):
        sign = mark[0]
        kind = sign[0]
        stack[-1].pieces.append(text[last : mark.start()])
        last = mark.end()
        if kind in count:
            if kind == "[" and count[kind] >= DEEPEST:
                continue
            count[kind] += 1
            stack.append(_Open(kind, len(sign)))
        elif kind == "]":
            if top := reach("["):
                inside = "".join(top.pieces)
                # As in MediaWiki, the third bracket of [[Help:IPA|[fu]]] belongs to the label.
                if text.startswith("]", last) and "[" in inside.partition("|")[2]:
                    inside += "]"
                    last += 1
                close(_protected(internal(inside)))
        elif kind == CLOSE_TABLE:
            if reach(OPEN_TABLE):
                close("")
        else:
            braces = len(sign)
            while braces >= 2 and (top := reach("{")):
                taken = min(braces, top.braces, 3)
                shown = ""
                if taken == 2 and count["{"] <= DEEPEST:
                    shown = _protected(template("".join(top.pieces)))
                braces -= taken
                top.braces -= taken
                top.pieces = [shown]
                if top.braces < 2:
                    count[stack.pop().kind] -= 1
                    stack[-1].pieces.append("{" * top.braces + shown or _left(stack[-1].pieces))
    stack[-1].pieces.append(text[last:])
    return "".join(_unclosed(stack))


def _left(pieces: list[str]) -> str:
    """The trace of a template that shows nothing, after these pieces."""
    return next((hole(piece) for piece in reversed(pieces[-4:]) if piece), "")


def _unclosed(stack: list[_Open]) -> list[str]:
    """All pieces in order; a mark open at the end costs the rest of its line; the paragraphs after it are text."""
    out: list[str] = []
    losing = False
    for level in stack:
        losing = losing or level.kind in ("{", OPEN_TABLE)
        for piece in level.pieces:
            if losing and "\n" in piece:
                losing = False
                piece = piece[piece.index("\n") :]
            if not losing:
                out.append(piece)
    return out


def _protected(shown: str) -> str:
    """Replace signs that are shown, so that they do not separate the parameters of the template around them."""
    return shown.replace("=", EQUALS) if "=" in shown else shown
