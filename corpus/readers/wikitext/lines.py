"""Lines of running text: without list marks, headings without text, and the closing sections."""

import re

from corpus.readers.wikitext.holes import mended
from corpus.readers.wikitext.private import HOLE

SPACES = re.compile(r"[ \t]{2,}")
LIST_MARKS = ("*", "#", ":", ";")
LIST = re.compile(r"^[*#:;]+[ \t]*")
LAST_SECTIONS = frozenset(
    ["references", "notes", "footnotes", "sources", "citations", "bibliography", "further reading", "external links",
    "see also",
     "notes and references", "각주", "주석", "참고 문헌", "참고문헌", "참고 자료",
     "출처", "외부 링크", "외부링크", "바깥 고리", "같이 보기", "함께 보기"]
)  # fmt: skip


def paragraphs(text: str) -> str:
    """The text without marks of lists, with headings on their own lines, and without the lists at an article's end."""
    out: list[str] = []
    waiting: list[tuple[int, str]] = []  # headings whose sections have no text yet
    skipped = 0  # level of the closing section that is being left out
    for raw in text.split("\n"):
        line = raw.strip()
        if "\t" in line:
            line = SPACES.sub(" ", line)
        while "  " in line:
            line = line.replace("  ", " ")
        if HOLE in line or "~" in line:
            line = mended(line).strip()
        if line[:1] == "=" and (heading := _heading(line)):
            level, title = heading
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
    joined = "\n".join(out)
    while "\n\n\n" in joined:
        joined = joined.replace("\n\n\n", "\n\n")
    return joined.strip()


def _heading(line: str) -> tuple[int, str] | None:
    """Level and title of `== title ==`; additional marks on one side belong to the title, as in MediaWiki."""
    level = min(len(line) - len(line.lstrip("=")), len(line) - len(line.rstrip("=")), 6)
    title = line[level:-level].strip() if level and len(line) > 2 * level else ""
    return (level, title) if title else None
