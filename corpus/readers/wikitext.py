"""Wikitext to clean text: what a reader of the article would read, without tables, boxes, notes and navigation.

One pass over the marks that open and close something keeps a stack, so that nested templates, tables and files are cut or replaced from
the inside out; unclosed ones cost their line. Templates are dropped, but for the few whose content is running text: language marks
({{lang|ko|…}}, {{llang|en|…}}), ruby, non-breaking spaces and their like. Formulas stay as LaTeX between dollar signs. Headings stay as
lines of their own, unless their section ends up empty or is one of the lists at the end (references, external links, see also).
"""

import html
import re

VERSION = 2

COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
MATH = re.compile(r"<(math|chem|ce)\b[^>/]*>(.*?)</\1\s*>", re.DOTALL | re.IGNORECASE)
LITERAL = re.compile(r"<nowiki>(.*?)</nowiki>", re.DOTALL | re.IGNORECASE)
RUBY = re.compile(r"<rp>.*?</rp>|<rt>(.*?)</rt>", re.DOTALL | re.IGNORECASE)
EMPTY_REF = re.compile(r"<(?:ref|references)\b[^>]*/>", re.IGNORECASE)
# Elements that go with what is in them.
GONE = "ref|references|gallery|timeline|imagemap|score|hiero|graph|mapframe|templatestyles|style|syntaxhighlight|source|table"
# Written out as runs of plain characters between possible ends, which is four times as fast as `.*?`.
ELEMENT = re.compile(
    rf"<({GONE})\b[^>]*>[^<\n]*(?:(?!</\1\s*>|\n\n)[<\n][^<\n]*)*(?:</\1\s*>|\n\n|\Z)", re.DOTALL | re.IGNORECASE
)
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*\b[^<>]*>")
# A table begins and ends at the beginning of a line only; its two marks become one character each, so that MARK is one set of them.
TABLE = re.compile(r"\n(?:[ \t:*#;]*(\{\|)|[ \t]*\|\}(?!\}(?!\})))")
OPEN_TABLE, CLOSE_TABLE = "\ue002", "\ue003"
MARK = re.compile(r"\{\{+|\}\}+|\[\[|\]\]|[\ue002\ue003]")
# Most links: nothing nested, no other namespace. Replaced without a call for each.
PLAIN_LINK = re.compile(r"\[\[(?:[^\[\]{}|:\n]+\|)?([^\[\]{}|:\s](?:[^\[\]{}|:\n]*[^\[\]{}|:\s])?)\]\]")
EXTERNAL = re.compile(r"\[(?:https?:|ftp:|mailto:)?//?[^\s\]]*(?:[ \t]+([^\]\n]*))?\]")
BOLD = re.compile(r"'{2,5}")
SWITCH = re.compile(r"__[A-Z가-힣]+__|-\{(.*?)\}-")
HEADING = re.compile(r"^(={1,6})[ \t]*(.+?)[ \t]*\1[ \t]*$")
LIST_MARKS = ("*", "#", ":", ";")
LIST = re.compile(r"^[*#:;]+[ \t]*")
EMPTY_BRACKETS = re.compile(r"[(（](?:[\s,;:·、]|&nbsp;)*[)）]")
SPACES = re.compile(r"[ \t]{2,}")
BLANKS = re.compile(r"\n{3,}")
NAMED = re.compile(r"\s*[\w -]+\s*=")
PRIVATE = re.compile("[\ue000-\ue003]")  # of use here only
KEPT = re.compile("\ue000([0-9]+)\ue001")

FILES = ("file", "image", "media", "파일", "그림", "미디어")
HIDDEN = ("category", "분류", "wikipedia", "위키백과", "template", "틀", "portal", "포털", "help", "도움말")
# Links to other languages show in a margin, not in the text.
LANGUAGE = re.compile(r"^[a-z]{2,3}(?:-[a-z-]+)?$")
LAST_SECTIONS = frozenset(
    [
        "references",
        "notes",
        "footnotes",
        "sources",
        "citations",
        "bibliography",
        "further reading",
        "external links",
        "see also",
        "notes and references",
        "각주",
        "주석",
        "참고 문헌",
        "참고문헌",
        "참고 자료",
        "출처",
        "외부 링크",
        "외부링크",
        "바깥 고리",
        "같이 보기",
        "함께 보기",
    ]
)
# Templates whose parameter of that number is running text; -1: the last one.
SHOWN = {
    "lang": 2, "llang": 2, "언어": 2, "transl": -1, "nowrap": 1, "nobr": 1, "abbr": 1, "small": 1, "big": 1, "nihongo": 1,
    "ruby": 1, "루비": 1, "ruby-ja": 1, "ruby-zh-p": 1, "color": 2, "font color": 2, "math": 1, "mvar": 1, "smallcaps": 1,
    "sup": 1, "sub": 1, "ill": 1, "interlanguage link": 1, "본문": 0, "quote": 1, "인용문": 1, "blockquote": 1,
}  # fmt: skip
SIGNS = {
    "nbsp": " ",
    "spaces": " ",
    "snd": " – ",
    "spnd": " – ",
    "ndash": "–",
    "mdash": "—",
    "!": "|",
    "=": "=",
    "·": "·",
}


def clean(wikitext: str) -> str:
    """The text of an article; "" if nothing of it is running text. Linear in its length, and never raises."""
    text = COMMENT.sub("", wikitext)
    kept: list[str] = []  # formulas and literals wait here while marks are undone

    def keep(value: str) -> str:
        kept.append(value)
        return f"\ue000{len(kept) - 1}\ue001"

    text = PRIVATE.sub("", text)
    text = MATH.sub(lambda m: keep(f"${' '.join(html.unescape(m[2]).split())}$"), text)
    text = LITERAL.sub(lambda m: keep(html.unescape(m[1])), text)
    text = EMPTY_REF.sub("", text)
    text = ELEMENT.sub(lambda m: "\n\n" if m[0].endswith("\n\n") else "", text)
    text = RUBY.sub(lambda m: f"({m[1]})" if m[1] else "", text)
    text = PLAIN_LINK.sub(r"\1", text)
    text = _undo(TABLE.sub(lambda m: "\n" + (OPEN_TABLE if m[1] else CLOSE_TABLE), "\n" + text))
    text = EXTERNAL.sub(lambda m: m[1] or "", text)
    text = TAG.sub("", BREAK.sub("\n", text))
    text = SWITCH.sub(lambda m: m[1] or "", BOLD.sub("", text))
    text = html.unescape(text).replace("\u00a0", " ")
    text = KEPT.sub(lambda m: kept[int(m[1])], text)
    text = EMPTY_BRACKETS.sub("\ue000", text)
    return _lines(text.replace(" \ue000", "").replace("\ue000", ""))


class _Open:
    """What has been opened and not yet closed: "{" (with how many braces), "[" or a table; and the pieces of text after it."""

    __slots__ = ("braces", "kind", "pieces")

    def __init__(self, kind: str, braces: int = 0) -> None:
        self.kind, self.braces = kind, braces
        self.pieces: list[str] = []

    def lost(self) -> str:
        """What is left of it where something around it closes first."""
        return "".join(self.pieces) if self.kind == "[" else ""


def _undo(text: str) -> str:
    """Templates, links and tables replaced by what they show, innermost first."""
    stack = [_Open("")]
    count = {"{": 0, "[": 0, OPEN_TABLE: 0}
    last = 0

    def reach(kind: str) -> _Open | None:
        """The innermost open thing of that kind, what was opened in it and never closed given up; None if there is none."""
        if not count[kind]:
            return None
        while stack[-1].kind != kind:
            lost = stack.pop()
            count[lost.kind] -= 1
            stack[-1].pieces.append(lost.lost())
        return stack[-1]

    def close(shown: str) -> None:
        count[stack.pop().kind] -= 1
        stack[-1].pieces.append(shown)

    for mark in MARK.finditer(text):
        sign = mark[0]
        kind = sign[0]
        stack[-1].pieces.append(text[last : mark.start()])
        last = mark.end()
        if kind in count:
            count[kind] += 1
            stack.append(_Open(kind, len(sign)))
        elif kind == "]":
            if reach("["):
                close(_link("".join(stack[-1].pieces)))
        elif kind == CLOSE_TABLE:
            if reach(OPEN_TABLE):
                close("")
        else:  # as MediaWiki pairs braces: the most that both sides have, three (a parameter) at most
            braces = len(sign)
            while braces >= 2 and (top := reach("{")):
                taken = min(braces, top.braces, 3)
                shown = _template("".join(top.pieces)) if taken == 2 else ""
                braces -= taken
                top.braces -= taken
                top.pieces = [shown]
                if top.braces < 2:
                    close("{" * top.braces + shown)
    stack[-1].pieces.append(text[last:])
    while len(stack) > 1:  # never closed: its line is lost, the paragraphs after it are text
        left = stack.pop()
        rest = "".join(left.pieces)
        stack[-1].pieces.append(rest if left.kind == "[" else "\n" + rest.partition("\n")[2])
    return "".join(stack[0].pieces)


def _link(inside: str) -> str:
    target, bar, label = inside.partition("|")
    prefix, colon, _ = target.partition(":")
    space = prefix.strip().casefold()
    if colon and (space in FILES or space in HIDDEN or LANGUAGE.match(prefix.strip())):
        return ""
    if bar:
        return label.rpartition("|")[2]
    return target.lstrip(":").strip()


def _template(inside: str) -> str:
    name, *parameters = inside.split("|")
    name = name.strip().casefold().replace("_", " ")
    if name in SIGNS:
        return SIGNS[name]
    place = SHOWN.get(name, 0)
    if place == 0 and not name.startswith(("lang-", "llang-")):
        return ""
    plain = [value for value in parameters if not NAMED.match(value)]
    if name.startswith("lang-") or name.startswith("llang-"):
        return plain[0].strip() if plain else ""
    if not plain or place > len(plain):
        return ""
    return plain[place - 1 if place > 0 else -1].strip()


def _lines(text: str) -> str:
    """Lines without list marks; headings only above something, and nothing from the closing sections."""
    out: list[str] = []
    waiting: list[tuple[int, str]] = []  # headings whose sections have no text yet
    skipped = 0  # level of the closing section that is being left out
    for raw in text.split("\n"):
        line = raw.strip()
        if "  " in line or "\t" in line:
            line = SPACES.sub(" ", line)
        if line[:1] == "=" and (heading := HEADING.match(line)):
            level, title = len(heading[1]), heading[2].strip()
            if skipped and level > skipped:
                continue
            skipped = level if title.casefold() in LAST_SECTIONS else 0
            waiting = [(depth, name) for depth, name in waiting if depth < level]
            if not skipped:
                waiting.append((level, title))
            continue
        if line[:1] in LIST_MARKS:
            line = LIST.sub("", line)
        if skipped or line.strip("|!-—:;,. ") == "":
            if not line and out and out[-1]:
                out.append("")
            continue
        if waiting:
            for _, name in waiting:
                out += ["", name, ""]
            waiting = []
        out.append(line)
    return BLANKS.sub("\n\n", "\n".join(out)).strip()
