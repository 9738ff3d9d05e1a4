"""Pieces of a text beside plain Python over its lines."""

from itertools import product

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.repeats.pieces import BLOCK, HEADING, INTRODUCTION, SENTENCE, pieces
from corpus.structure import Kind, definition
from corpus.structure.sentences import CLOSING, STOPS
from tests.corpus.repeats.test_cuts import LINES, _pieces_of

SIXTY = "가" * 30  # columns
WIDE = "글자가 넓은 줄이 여기에서 이어지고 또 이어져서 예순 칸보다 길고 끝에는 마침표가 없다는 것을 알 수 있는데 "
MORE = [
    *(
        SIXTY,
        SIXTY + "a",
        SIXTY[1:] + "a",
        "가" * 29 + ".",
        f"{WIDE}그렇",
        f"{WIDE}그러나",
        f"{WIDE}그러하다 말",
        WIDE[:33],
    ),
    *(
        "x" * 58 + " y",
        "word " * 12 + "w",
        "and so on",
        "And so on",
        "더 있다.",
        "다. ^^",
        "끝이다. ^^ 또 있다.",
        "「끝.」",
    ),
    *(
        "목록은 이렇다：",
        "a: ",
        "a:",
        " \t",
        "제목\n====",
        "Title\n---",
        "=== 셋 ===",
        "== 둘 ==",
        "###### 여섯",
        "> 인용",
    ),
    *(
        "가나\u3000다",
        "1 태초에 산이",
        "2 강가에 사는",
        "가" * 60,
        "가" * 59 + "a",
        "말 " + "가" * 58,
        "말 " + "가" * 59,
    ),
]
TEXTS = st.lists(st.sampled_from(LINES + MORE), min_size=1, max_size=10).map("\n".join)
LOOSE = "short"  # a line of prose of at most sixty columns in which no sentence ends
Piece = tuple[int, int, int, int, int]  # start, end, kind, group, level


def width(text: str) -> int:
    return sum(2 if ord(c) >= 0x800 else 1 for c in text)


def ended(line: str) -> bool:
    return line.rstrip(CLOSING)[-1:] in set(STOPS)


def introduces(line: str) -> bool:
    return line.endswith((":", "："))


def small(text: str) -> bool:
    return "a" <= text[:1] <= "z"


def level(line: str) -> int:
    run = len(line) - len(line.lstrip(line[0]))
    return run if line[0] == "#" else max(run - 1, 1) if line[0] == "=" else 2


def judged(lines: list[str], found: list[Kind]) -> tuple[list[Kind | str], list[int]]:
    """The kinds of the lines, where short lines are told apart, and the levels of headings."""
    kinds: list[Kind | str] = list(found)
    levels = [level(line) if kind == Kind.HEADING else 0 for line, kind in zip(lines, kinds, strict=True)]
    for k, line in enumerate(lines):
        if kinds[k] == Kind.PROSE and width(line) <= 60 and definition._next(line, 0) == len(line) and not ended(line):
            kinds[k] = LOOSE
    for k, line in enumerate(lines):
        if kinds[k] == LOOSE:
            before = [kind for kind in kinds[:k] if kind != Kind.BLANK][-1:]
            after = next((j for j in range(k + 1, len(lines)) if kinds[j] != Kind.BLANK), None)
            follows = None if after is None else kinds[after]
            if introduces(line):
                kinds[k] = Kind.PROSE if follows in (Kind.LIST, Kind.TABLE, Kind.CODE) else LOOSE
            elif before != [LOOSE] and follows in (Kind.PROSE, Kind.LIST, Kind.TABLE, Kind.CODE):
                going = after == k + 1 and small(lines[after])
                kinds[k], levels[k] = (LOOSE, 0) if going else (Kind.HEADING, 7)
    for k in reversed(range(len(lines) - 1)):
        if kinds[k] == LOOSE and kinds[k + 1] == Kind.PROSE:
            kinds[k] = Kind.PROSE
    return kinds, levels


def goes_on(line: str, following: str, widest: int) -> bool:
    """Whether a sentence continues in the next line of a paragraph."""
    if widest > 120 or ended(line):
        return False
    if small(following) or width(line) <= 60:
        return True
    return width(line) + 1 + width(following.split()[0] if following.split() else "") > widest


def plain_pieces(text: str) -> list[Piece]:
    raw = text.split("\n")
    lines = [line.strip(" \t") for line in raw]
    places, at = [], 0
    for line in raw:
        places.append(at + len(line) - len(line.lstrip(" \t")))
        at += len(line) + 1
    kinds, levels = judged(lines, definition.kinds(text))
    made: list[list[int]] = []
    group, last, going = 0, "", False
    for k, (line, kind, at) in enumerate(zip(lines, kinds, places, strict=True)):
        if kind == Kind.BLANK or not line:  # an empty line of code is no piece
            going = False
            continue
        if kind != Kind.PROSE:
            group += kind == Kind.HEADING or last != "block"
            made.append([at, at + len(line), HEADING if kind == Kind.HEADING else BLOCK, group, levels[k]])
            last, going = "heading" if kind == Kind.HEADING else "block", False
            continue
        last = "prose"
        start = 0
        while start < len(line):
            stop = definition._next(line, start)
            signs = start > 0 and not any(definition._class(c) in (1, 2, 4) for c in line[start:stop])
            if going or signs:
                made[-1][1] = at + stop
                going = False
            else:
                group += 1
                made.append([at + start, at + stop, SENTENCE, group, 0])
            start = stop + len(line[stop:]) - len(line[stop:].lstrip(" \t"))
        first = next(j + 1 for j in range(k, -1, -1) if j == 0 or kinds[j - 1] != Kind.PROSE) - 1
        end = next(j for j in range(k, len(lines) + 1) if j == len(lines) or kinds[j] != Kind.PROSE)
        going = k + 1 < end and goes_on(line, lines[k + 1], max(map(width, lines[first:end])))
        if not going and introduces(line):
            made[-1][2] = INTRODUCTION
    return [(start, end, kind, group, level) for start, end, kind, group, level in made]


KINDS = [
    *(
        "## 하나",
        "제목\n====",
        "짧은 제목",
        "목록은:",
        "and so on",
        "And so on",
        "and it ends.",
        "글이다.",
        "끝이다. ^^",
    ),
    *(f"{WIDE}그렇", SIXTY, SIXTY + "a", "- 가", "|가|나|\n|-|-|", "```\nx\n```", "> 인용", "1 태초에 산이"),
]


def test_every_kind_of_line_before_every_other() -> None:
    """Next to each other and with a blank line between them, alone and before a sentence."""
    made_of = product(KINDS, ("\n", "\n\n"), KINDS, ("", "\n\n끝이다."))
    texts = ["".join(made) for made in made_of]
    before = 0
    for made, text in zip(_pieces_of(texts), texts, strict=True):
        assert [(*piece[:3], piece[3] - before, piece[4]) for piece in made] == plain_pieces(text), text
        before = max([piece[3] for piece in made], default=before)


@given(st.lists(TEXTS, min_size=1, max_size=3))
@settings(max_examples=250)
@example(["## 하나\n글이다.\n제목\n===\n=== 셋 ===\n글이다. ^^\n짧은 제목\n글이다."])
@example(["```\n\n```"])
@example([f"{WIDE}그러나\n{WIDE}그러나 더 길다 끝.", f"{WIDE}그렇\n말 더 있다.", "가" * 60 + "\n" + "나" * 61 + "\n다"])
def test_pieces_are_those_of_plain_python(texts: list[str]) -> None:
    before = 0  # groups are numbered over all texts
    for made, text in zip(_pieces_of(texts), texts, strict=True):
        assert [(*piece[:3], piece[3] - before, piece[4]) for piece in made] == plain_pieces(text)
        before = max([piece[3] for piece in made], default=before)


def test_groups_of_another_text_go_on() -> None:
    made = pieces(pa.array(["- 가\n- 나", "- 다", "라."]))
    assert made.groups.tolist() == [1, 1, 2, 3]
    assert made.bounds.tolist() == [0, 2, 3, 4]
