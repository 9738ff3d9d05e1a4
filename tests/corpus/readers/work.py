"""The work that reading a page takes, counted: steps of its patterns, lines of Python run, characters of the strings
that functions return.

Seconds say nothing on a machine that does other things beside. A pattern's steps are counted by a plain backtracking
matcher over Python's own parse of it, as the `re` engine goes about it but without its short cuts, so that what is
linear here is linear there.
"""

import re
import re._constants as op  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any

sys.setrecursionlimit(20_000)
CATEGORIES = {
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
}
After = Callable[[int], bool]


class Steps:
    """How many steps a pattern takes to search a text from one place to where it matches."""

    def __init__(self, pattern: re.Pattern[Any]) -> None:
        self.real = pattern
        source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
        self.tree = parser.parse(
            source, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
        )
        self.fold = bool(pattern.flags & re.IGNORECASE)
        self.dot_all = bool(pattern.flags & re.DOTALL)
        self.count = 0

    def search(self, text: str, place: int, last: int) -> int:
        """The steps of trying every place from `place` to `last`."""
        self.count = 0
        self.text = text
        self.groups: dict[int, str] = {}
        for start in range(place, min(last, len(text)) + 1):
            if self._run(self.tree.data, 0, start, lambda end: True):
                break
        return self.count

    def _run(self, nodes: list[Any], index: int, at: int, after: After) -> bool:
        self.count += 1
        if index == len(nodes):
            return after(at)
        kind, value = nodes[index]
        go_on: After = lambda end: self._run(nodes, index + 1, end, after)  # noqa: E731
        if kind in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
            return self._one(kind, value, at) and go_on(at + 1)
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeat(kind, value, at, go_on)
        if kind == op.SUBPATTERN:
            return self._run(value[3].data, 0, at, lambda end: self._grouped(value[0], at, end, go_on))
        if kind == op.BRANCH:
            return any(self._run(way.data, 0, at, go_on) for way in value[1])
        if kind == op.AT:
            return self._boundary(value, at) and go_on(at)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            direction, inside = value
            start = at if direction > 0 else at - inside.getwidth()[0]
            found = start >= 0 and self._run(inside.data, 0, start, lambda end: direction > 0 or end == at)
            return found == (kind == op.ASSERT) and go_on(at)
        if kind == op.GROUPREF:
            word = self.groups.get(value, "")
            return self.text.startswith(word, at) and go_on(at + len(word))
        raise NotImplementedError(kind)

    def _grouped(self, number: int | None, start: int, end: int, after: After) -> bool:
        if number is not None:
            self.groups[number] = self.text[start:end]
        return after(end)

    def _repeat(self, kind: Any, value: Any, at: int, after: After) -> bool:
        least, most, body = value[0], value[1], value[2].data
        if len(body) == 1 and body[0][0] in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
            if kind == op.MIN_REPEAT:
                done = 0
                while done < least or not after(at + done):
                    self.count += 1
                    if done >= most or not self._one(*body[0], at + done):
                        return False
                    done += 1
                return True
            done = 0
            while done < most and self._one(*body[0], at + done):
                self.count += 1
                done += 1
            return any(after(at + taken) for taken in range(done, least - 1, -1))

        def more(done: int, place: int) -> bool:
            again: After = lambda end: end > place and more(done + 1, end)  # noqa: E731
            if done < least:
                return self._run(body, 0, place, lambda end: more(done + 1, end))
            if kind == op.MIN_REPEAT:
                return after(place) or (done < most and self._run(body, 0, place, again))
            return (done < most and self._run(body, 0, place, again)) or after(place)

        return more(0, at)

    def _one(self, kind: Any, value: Any, at: int) -> bool:
        if at >= len(self.text):
            return False
        character = self.text[at]
        if kind is op.LITERAL and not self.fold:
            return ord(character) == value
        if kind == op.ANY:
            return self.dot_all or character != "\n"
        forms = {character, character.lower(), character.upper()} if self.fold else {character}
        if kind == op.IN:
            return any(self._in(value, form) for form in forms)
        return (chr(value) in forms) == (kind == op.LITERAL)

    def _in(self, members: Any, character: str) -> bool:
        found, negated = False, False
        for kind, value in members:
            if kind == op.NEGATE:
                negated = True
            elif kind == op.LITERAL:
                found = found or ord(character) == value
            elif kind == op.RANGE:
                found = found or value[0] <= ord(character) <= value[1]
            elif kind == op.CATEGORY:
                opposite = value not in CATEGORIES
                name = {
                    op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
                    op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
                    op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
                }.get(value, value)
                found = found or CATEGORIES[name](character) != opposite
        return found != negated

    def _boundary(self, kind: Any, at: int) -> bool:
        word = CATEGORIES[op.CATEGORY_WORD]
        before, after = (at > 0 and word(self.text[at - 1])), (at < len(self.text) and word(self.text[at]))
        return {
            op.AT_BEGINNING: at == 0 or bool(self.real.flags & re.MULTILINE and self.text[at - 1] == "\n"),
            op.AT_BEGINNING_STRING: at == 0,
            op.AT_END: at == len(self.text),
            op.AT_END_STRING: at == len(self.text),
            op.AT_BOUNDARY: before != after,
            op.AT_NON_BOUNDARY: before == after,
        }[kind]


class Counted:
    """A pattern that counts."""

    def __init__(self, pattern: re.Pattern[Any], total: list[int]) -> None:
        self.real, self.steps, self.total = pattern, Steps(pattern), total

    def _count(self, text: Any, place: int, last: int) -> None:
        self.total[0] += self.steps.search(
            text.decode("latin-1") if isinstance(text, bytes | bytearray) else text, place, last
        )

    def _single(self, name: str, text: Any, place: int = 0, *end: int) -> Any:
        found = getattr(self.real, name)(text, place, *end)
        whole = len(text) if not end else min(end[0], len(text))
        self._count(text, place, place if name != "search" else found.start() if found else whole)
        return found

    def search(self, *arguments: Any) -> Any:
        return self._single("search", *arguments)

    def match(self, *arguments: Any) -> Any:
        return self._single("match", *arguments)

    def fullmatch(self, *arguments: Any) -> Any:
        return self._single("fullmatch", *arguments)

    def finditer(self, text: Any) -> Iterator[Any]:
        place = 0
        for found in self.real.finditer(text):
            self._count(text, place, found.start())
            place = found.end()
            yield found
        self._count(text, place, len(text))

    def sub(self, replacement: Any, text: Any) -> Any:
        for _ in self.finditer(text):
            pass
        return self.real.sub(replacement, text)

    def split(self, text: Any) -> Any:
        for _ in self.finditer(text):
            pass
        return self.real.split(text)

    def findall(self, text: Any) -> Any:
        return [found[0] for found in self.finditer(text)]


@contextmanager
def counting(monkeypatch: Any, modules: list[ModuleType]) -> Iterator[Callable[[Callable[[], object]], int]]:
    """A function that runs another and returns its work. All patterns of those modules are counted."""
    total = [0]
    files = {module.__file__ for module in modules}
    wrapped: dict[int, Counted] = {}

    def counted(pattern: re.Pattern[Any]) -> Counted:
        return wrapped.setdefault(id(pattern), Counted(pattern, total))

    def trace(frame: FrameType, event: str, value: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        total[0] += 1
        if event == "return" and isinstance(value, str):
            total[0] += len(value)
        return trace

    def work(run: Callable[[], object]) -> int:
        total[0] = 0
        sys.settrace(trace)
        try:
            run()
        finally:
            sys.settrace(None)
        return total[0]

    with monkeypatch.context() as patch:
        for module in modules:
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern):
                    patch.setattr(module, name, counted(value))
                elif isinstance(value, dict) and value and all(isinstance(each, re.Pattern) for each in value.values()):
                    patch.setattr(module, name, {key: counted(each) for key, each in value.items()})
        yield work
