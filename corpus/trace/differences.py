"""Words that two texts do not share, side by side."""

from difflib import SequenceMatcher

MOST_WORDS = 4000  # of each text: SequenceMatcher takes seconds for more
AROUND = 3  # words shown before and after


def differing_words(one: str, other: str, most: int = 20) -> list[dict[str, str]]:
    """Where the words of two texts differ: [{"before", "here", "there", "after"}], at most `most` places.

    `here` are words of `one` only, `there` of `other` only; `before` and `after` the common words around. Texts are
    compared up to MOST_WORDS words.
    """
    a, b = one.split()[:MOST_WORDS], other.split()[:MOST_WORDS]
    found = []
    for kind, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind != "equal":
            place = {"here": " ".join(a[i:j]), "there": " ".join(b[k:m])}
            around = {"before": " ".join(a[max(0, i - AROUND) : i]), "after": " ".join(a[j : j + AROUND])}
            found.append(place | around)
    return found[:most]


def lines_gone(before: str, after: str) -> list[str]:
    """The lines of `before` that are missing in `after`, in their order; a line that occurs twice may be missing
    once."""
    left = after.split("\n")
    gone = []
    for kind, i, j, _, _ in SequenceMatcher(None, before.split("\n"), left, autojunk=False).get_opcodes():
        if kind in ("delete", "replace"):
            gone += [line for line in before.split("\n")[i:j] if line.strip()]
    return gone
