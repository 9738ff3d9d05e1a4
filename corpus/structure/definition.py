"""Kinds of lines, sentences and running text in plain Python over one text: the definition with which the kernels of
this folder must agree."""

import re

from corpus.kernels.utf8 import LETTER, NUMBER, classes
from corpus.structure.kinds import (
    BULLETS,
    CIRCLED,
    CODE_BEGINS,
    FRONT_MATTER,
    LETTERED,
    SET_ASIDE,
    TABLE_TAGS,
    VERSE_CHARACTERS,
    VERSE_LINES,
    VERSE_WORDS,
    Kind,
)
from corpus.structure.running import REACH
from corpus.structure.sentences import ABBREVIATIONS, CLOSING, ENDINGS, MARK, QUOTING, STOPS
from corpus.structure.signs import RUNS_ON

_FENCE = re.compile(r"(`{3,}|~{3,})(.*)", re.S)
_LETTERED = f"[{LETTERED}]"
_ITEM = re.compile(
    rf"[{BULLETS}{CIRCLED}]|[*+]([ \t]|$)|\d{{1,3}}[.)](["
    rf" \t]|[^\x00-\x7f]|$)|\((\d{{1,3}}|{_LETTERED})\)|[A-Za-z]\)[ \t]"
    rf"|{_LETTERED}\.[ \t]",
    re.A,
)
_CODE_SIGNS = "=([<{"
_DEEP_SIGNS = "{}[]=;<>_"


def _class(c: str) -> int:
    return int(classes()[ord(c)])


def _is_hangul(c: str) -> bool:
    return "가" <= c <= "힣"


def _words(line: str) -> list[str]:
    return [word for word in re.split(r"[ \t]", line) if word]


class _Line:
    """A line, what is known from the line alone, and the kind that it has so far."""

    def __init__(self, line: str) -> None:
        self.body = body = line.strip(" \t")
        self.length = len(line)
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        self.columns = sum(4 if c == "\t" else 1 for c in indent)
        self.pipes, self.tabs = line.count("|"), line.count("\t") >= 2
        self.hangul = bool(re.search("[\ua000-\udfff]", line))
        self.fence, self.bare, self.math, self.has_math, self.begin, self.end = "", False, False, False, False, False
        self.delimiter = self.underline = self.open = False
        self.number = 0
        self.kind = self._kind(body) if body else Kind.BLANK

    def _kind(self, body: str) -> Kind:
        fence = _FENCE.match(body)
        if fence and (body[0] == "~" or "`" not in fence[2]):
            self.fence, self.bare = fence[1][:255], not fence[2]
            return Kind.CODE
        if body.startswith("$$"):
            self.math, self.has_math = body.count("$$") == 1, True
            return Kind.FORMULA
        if command := re.match(r"\\([A-Za-z]{1,7})", body):
            self.begin, self.end = (command[1].lower() == name for name in ("begin", "end"))
            if self.begin or self.end:
                return Kind.FORMULA
        self.has_math = body.endswith("$$")
        if self.pipes and body[0] in "|-:" and set(body) <= set("|-: \t") and "-" in body:
            self.delimiter = True
            return Kind.TABLE
        tag = re.match(r"</?([A-Za-z]{1,7})", body)
        grid = len(body) > 2 and body.startswith("+-") and set(body) <= set("+-=")
        if (body[0] == "|" and "|" in body[1:]) or grid or (tag and tag[1].lower() in TABLE_TAGS):
            return Kind.TABLE
        if re.match(r"#{1,6}([ \t]|$)", body) or (re.fullmatch(r"(={2,6})[^=].*==", body, re.S) and self._wiki(body)):
            return Kind.HEADING
        if body[0] == ">":
            return Kind.QUOTE
        if not any(_class(c) in (LETTER, NUMBER) for c in body):
            self.underline = bool(re.fullmatch("-{3,}|={3,}", body))
            return Kind.CODE if body[-1] in "{};" else Kind.SIGNS
        dash = body[0] in "-·" and len(body) > 1 and (body[1] in " \t" or _class(body[1]) == LETTER)
        if dash or _ITEM.match(body):
            return Kind.LIST
        if self._is_code(body) or (self.columns >= 4 and not self.hangul and any(c in body for c in _DEEP_SIGNS)):
            return Kind.CODE
        self.open = body.rstrip(CLOSING)[-1:] not in set(STOPS)
        verse = re.match(r"([0-9]{1,3}) (.)", body, re.S)
        self.number = int(verse[1]) if verse and _class(verse[2]) == LETTER else 0
        return Kind.PROSE

    @staticmethod
    def _wiki(body: str) -> bool:
        run = len(body) - len(body.lstrip("="))
        return 2 * run < len(body.encode())

    def _is_code(self, body: str) -> bool:
        if body.startswith(CODE_BEGINS):
            return True
        if body[-1] == ";":
            if body[-2:-1] and body[-2] in ")\"'}":
                return True
            return not self.hangul and (any(c in body for c in _CODE_SIGNS) or len(_words(body)) <= 2)
        return not self.hangul and body[-1] in "{}"

    @property
    def runs_on(self) -> bool:
        """Whether it ends like a line of verse that continues in the next line."""
        if len(_words(self.body)) < VERSE_WORDS:
            return False
        rest = self.body.rstrip(STOPS + CLOSING + ",;")
        if not rest:
            return False
        if _is_hangul(rest[-1]):
            return rest[-1] in RUNS_ON
        last = re.search("[A-Za-z]+$", rest)
        return bool(last) and last[0][0].islower() and len(_words(self.body)) > VERSE_WORDS  # type: ignore[index]


def kinds(text: str) -> list[Kind]:
    """The kind of each line of a text."""
    lines = [_Line(line) for line in text.split("\n")]
    _front_matter(lines)
    _enclose(lines)
    for i, line in enumerate(lines):
        if line.kind == Kind.TABLE and line.delimiter:
            if i and lines[i - 1].pipes and lines[i - 1].kind in (Kind.PROSE, Kind.LIST):
                lines[i - 1].kind = Kind.TABLE
            for row in lines[i + 1 :]:
                if not row.pipes or row.kind not in (Kind.PROSE, Kind.LIST):
                    break
                row.kind = Kind.TABLE
        elif line.tabs and line.kind in (Kind.PROSE, Kind.LIST):
            before = i > 0 and lines[i - 1].tabs and lines[i - 1].kind in (Kind.PROSE, Kind.LIST, Kind.TABLE)
            after = i + 1 < len(lines) and lines[i + 1].tabs and lines[i + 1].kind in (Kind.PROSE, Kind.LIST)
            if before or after:
                line.kind = Kind.TABLE
    for i, line in enumerate(lines):
        before_kind = lines[i - 1].kind if i else Kind.BLANK
        if line.kind == Kind.PROSE:
            following = lines[i + 1] if i + 1 < len(lines) else None
            if following and following.underline and following.kind == Kind.SIGNS and before_kind != Kind.PROSE:
                line.kind = Kind.HEADING
            elif before_kind == Kind.LIST and line.columns >= 2:
                line.kind = Kind.LIST
    _join_code(lines)
    _verses(lines)
    return [line.kind for line in lines]


def _front_matter(lines: list[_Line]) -> None:
    """Keys and values between the text's first line, --- alone, and the next such line."""
    if lines[0].body != "---":
        return
    for i, line in enumerate(lines[1 : 1 + FRONT_MATTER], 1):
        if line.body == "---":
            if i > 1:
                for other in lines[: i + 1]:
                    other.kind, other.delimiter, other.tabs, other.underline = Kind.CODE, False, False, False
                    other.fence, other.math, other.begin = "", False, False
            return
        if line.kind == Kind.BLANK or not (line.columns or re.match(r"[A-Za-z_][A-Za-z0-9_.-]*:|[-#\]}]", line.body)):
            return


def _enclose(lines: list[_Line]) -> None:
    i = 0
    while i < len(lines):
        line, last = lines[i], None
        for j in range(i + 1, len(lines)):
            other = lines[j]
            if line.kind == Kind.CODE and line.fence:
                if other.fence.startswith(line.fence) and other.bare:
                    last = j
                    break
            elif line.kind == Kind.FORMULA and (line.math or line.begin):
                if other.kind == Kind.BLANK or other.fence:
                    break
                if other.has_math if line.math else other.end:
                    last = j
                    break
            else:
                break
        if last is None:
            i += 1
            continue
        for other in lines[i : last + 1]:
            other.kind, other.delimiter, other.tabs = line.kind, False, False
        i = last + 1


def _join_code(lines: list[_Line]) -> None:
    last = -5
    for i, line in enumerate(lines):
        if line.kind == Kind.CODE:
            between = lines[max(last, 0) + 1 : i] if last >= 0 else []
            if i - last <= 4 and all(
                b.kind in (Kind.BLANK, Kind.SIGNS) or (b.kind == Kind.PROSE and b.open and not b.hangul)
                for b in between
            ):
                for b in between:
                    b.kind = Kind.CODE
            last = i


def _verses(lines: list[_Line]) -> None:
    i = 0
    while i < len(lines):
        stop = i
        while stop < len(lines) and lines[stop].kind == Kind.PROSE:
            stop += 1
        block = lines[i:stop]
        verses = [False] * len(block)
        for k in range(1, len(block)):
            if block[k].number > 1 and block[k - 1].number == block[k].number - 1:
                verses[k - 1] = verses[k] = True
        closed = sum(not line.open for line in block)
        if (
            len(block) >= VERSE_LINES
            and all(line.length <= VERSE_CHARACTERS for line in block)
            and 4 * closed <= len(block)
            and 2 * sum(line.runs_on for line in block) >= len(block)
        ):
            verses = [True] * len(block)
        for line, verse in zip(block, verses, strict=True):
            if verse:
                line.kind = Kind.VERSE
        i = max(stop, i + 1)


def sentence_ends(text: str) -> list[int]:
    """Where the sentences of a text end, in characters."""
    ends = []
    at = 0
    for line in text.split("\n"):
        rest = line.rstrip(" \t")
        start = 0
        while (start := start + len(rest[start:]) - len(rest[start:].lstrip(" \t"))) < len(rest):
            start = _next(rest, start)
            ends.append(at + start)
        at += len(line) + 1
    return ends


def _next(line: str, start: int) -> int:
    for match in re.finditer(rf"[{re.escape(STOPS)}][{re.escape(STOPS + CLOSING)}]*", line[start + 1 :]):
        at, behind = match.start() + start + 1, match.end() + start + 1
        before = line[start:at]
        if behind == len(line):
            return behind
        if line[at] == "." and len(before) <= MARK and not re.search(r"[ \t]", before):
            continue
        if _ends_here(before, line[at:behind], line[behind:]):
            return behind
    return len(line)


def _ends_here(before: str, stop: str, rest: str) -> bool:
    if rest[0] not in " \t":
        two = before[-2:]
        return stop == "." and len(two) == 2 and all(map(_is_hangul, two)) and two[1] in ENDINGS and _is_hangul(rest[0])
    if re.match("[a-z]", rest.lstrip(" \t")):
        return False
    if stop[-1] in CLOSING and rest.lstrip(" \t")[:1] in set(QUOTING):
        return False
    if stop[0] == "." and stop[1:2] != ".":
        if re.search("[0-9]$", before):
            return False
        word = re.search("[A-Za-z]{1,8}$", before)
        if word:
            return len(word[0]) > 1 and word[0].lower() not in ABBREVIATIONS
    return True


def running(text: str) -> tuple[str, list[Kind], int]:
    """A text's running text, the kinds of the lines left, and the number of words in the removed lines."""
    kept: list[str] = []
    left: list[Kind] = []
    aside = 0
    for line, kind in zip(text.split("\n"), kinds(text), strict=True):
        numbers = kind not in (Kind.BLANK, Kind.SIGNS) and not any(_class(c) == LETTER for c in line)
        if kind in SET_ASIDE or numbers:
            aside += len(_words(line))
        elif kind != Kind.SIGNS and not (kind == Kind.BLANK and left[-1:] == [Kind.BLANK]):
            if kind == Kind.HEADING:
                line = line.lstrip(" \t").lstrip("#=")
            kept.append(_without_markup(line))
            left.append(kind)
    return "\n".join(kept), left or [Kind.BLANK], aside


def _without_markup(line: str) -> str:
    out = ""
    while match := _first_markup(line):
        out += line[: match[0]]
        line = line[match[1] :]
    return out + line


def _first_markup(line: str) -> tuple[int, int] | None:
    for sign in re.finditer(r"[\]:<]", line):
        i = sign.start()
        rest = line[i:]
        if target := re.match(r"\]\([^)]*\)", rest):
            if len(target[0].encode()) - 2 <= REACH:
                return i + 1, i + target.end()
        elif tag := re.match(r"<[A-Za-z/][^>]*>", rest):
            if len(tag[0].encode()) - 2 <= REACH:
                return i, i + tag.end()
        elif address := re.match(r"://[\x21\x23-\x27\x2a-\x3b\x3d\x3f-\x5a\x5c\x5e-\x7e]+", rest):
            scheme = re.search("[A-Za-z]*$", line[:i])
            if scheme and scheme[0]:
                return scheme.start(), i + address.end()
    return None
