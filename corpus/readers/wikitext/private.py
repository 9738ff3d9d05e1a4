"""Characters of private use that stand for something while marks are undone; none is left in the text, and none
comes in with it."""

import re

KEPT_BEGIN, KEPT_END = "\ue000", "\ue001"  # around the number of a literal or formula
OPEN_TABLE, CLOSE_TABLE = "\ue002", "\ue003"
BAR, EQUALS = "\ue004", "\ue005"  # signs that templates and links show: they divide no parameters
HOLE = "\ue006"  # where something was dropped from a line
PRIVATE = re.compile("[\ue000-\ue006]")
KEPT = re.compile(f"{KEPT_BEGIN}([0-9]+){KEPT_END}")


def without_private(text: str) -> str:
    """The text as it may come in."""
    return PRIVATE.sub("", text) if any(chr(code) in text for code in range(0xE000, 0xE007)) else text


class Kept:
    """Values that wait while the marks around them are undone."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def keep(self, value: str) -> str:
        """The mark that replaces the value; empty for an empty value."""
        if not value:
            return ""
        self.values.append(value)
        return f"{KEPT_BEGIN}{len(self.values) - 1}{KEPT_END}"

    def restore(self, text: str) -> str:
        """The text with the values in their places."""
        return KEPT.sub(lambda found: self.values[int(found[1])], text) if self.values else text
