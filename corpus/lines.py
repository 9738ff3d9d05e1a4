r"""Lines of a text file. A line ends at "\n" and nowhere else.

`str.splitlines` also cuts at U+0085, U+2028, U+2029 and five control characters, and text files opened by Python at a
lone "\r": texts hold all of these, and then lines that belong together no longer do.
"""

from pathlib import Path


def split_lines(text: str) -> list[str]:
    r"""The lines of a text without their "\n"; what follows the last one counts as a line unless it is empty."""
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file. Raises UnicodeDecodeError where it is not one."""
    return split_lines(path.read_bytes().decode("utf-8"))
