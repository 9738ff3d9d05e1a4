r"""Lines of a text file. A line ends only at "\n".

`str.splitlines` also cuts at U+0085, U+2028, U+2029 and five control characters, and text files opened by Python at a
single "\r". Texts contain all of these, and would be cut inside their lines.
"""

from pathlib import Path


def split_lines(text: str) -> list[str]:
    r"""The lines of a text without their "\n"; the text after the last "\n" is a line unless it is empty."""
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file. Raises UnicodeDecodeError if it is not UTF-8."""
    return split_lines(path.read_bytes().decode("utf-8"))
