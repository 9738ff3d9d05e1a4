"""Private-use characters that are placeholders while marks are replaced. They are removed from the input first, and
none is left in the output."""

import re

KEPT_BEGIN, KEPT_END = "\ue000", "\ue001"  # around the number of a literal or formula
OPEN_TABLE, CLOSE_TABLE = "\ue002", "\ue003"
BAR, EQUALS = "\ue004", "\ue005"  # signs that templates and links show: they do not separate parameters
HOLE = "\ue006"  # where something was dropped from a line
PRIVATE = re.compile("[\ue000-\ue006]")
KEPT = re.compile(f"{KEPT_BEGIN}([0-9]+){KEPT_END}")


def without_private(text: str) -> str:
    """The text without these characters."""
    return PRIVATE.sub("", text) if any(chr(code) in text for code in range(0xE000, 0xE007)) else text


class Kept:
    """Values that are stored while the marks around them are replaced."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def keep(self, value: str) -> str:
        """Store a value and return its placeholder; "" for an empty value."""
        if not value:
            return ""
        self.values.append(value)
        return f"{KEPT_BEGIN}{len(self.values) - 1}{KEPT_END}"

    def restore(self, text: str) -> str:
        """The text with the values instead of their placeholders."""
        return KEPT.sub(lambda found: self.values[int(found[1])], text) if self.values else text
