"""Texts in which everything crosses the borders of the blocks of 64 bytes that kernels read."""

BORDERS = 131  # offsets: two blocks and what is left of a third


def at_each_border(text: str) -> list[str]:
    """`text` behind 0, 1, … bytes: of letters, and of syllables of three bytes."""
    letters = ["x" * offset + text for offset in range(BORDERS)]
    return letters + ["가" * (offset // 3) + "x" * (offset % 3) + text for offset in range(0, BORDERS)]
