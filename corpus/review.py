"""Pages on which a person judges a sample: two texts side by side with marked differences, and the resulting precision.

A sample is drawn group by group (bands of similarity, test sets), so that it includes rare groups; the overall
precision is weighted by the size of each group. The page computes it while verdicts are given, stores them in the
browser, and saves them with the result as a JSON file; `precision` is the same computation.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np

from corpus.engine.task import read_json, settings_sha256
from corpus.errors import DamagedError, UserError
from corpus.html import write_page

UNIT = re.compile(r"[가-힣぀-ヿ㐀-䶿一-鿿]|[^\W_가-힣぀-ヿ㐀-䶿一-鿿]+|[^\w\s]|_")
LONGEST = 6000  # characters of a text that are compared and shown
ALIKE = 60  # of so many equal units in a row or more the middle is left out
AROUND = 25  # units that are shown on each side of a part left out
Z = 1.959964  # of a 95 % interval


def sample(groups: dict[str, np.ndarray], most: int, seed: int) -> dict[str, np.ndarray]:
    """At most `most` members of each group, drawn at random, in their order. The same seed draws the same ones."""
    random = np.random.Generator(np.random.PCG64(seed))
    return {
        name: np.sort(random.choice(members, min(most, len(members)), replace=False))
        for name, members in groups.items()
    }


def precision(groups: Iterable[tuple[int, int, int]]) -> dict[str, float | int]:
    """The share that is right, with a 95 % interval, from groups of (size, number judged, number right).

    Groups without verdicts are ignored. Shares are weighted by the size of the groups; the interval is Wilson's
    for as many verdicts as an unweighted sample of the same variance would have (Kish's effective size).
    """
    judged = [(size, n, right) for size, n, right in groups if n]
    if not judged:
        return {"judged": 0, "right": 0, "precision": 0.0, "low": 0.0, "high": 1.0}
    total = sum(size for size, _, _ in judged)
    share = sum(size / total * right / n for size, n, right in judged)
    effective = 1 / sum((size / total) ** 2 / n for size, n, _ in judged)
    middle = (share + Z * Z / (2 * effective)) / (1 + Z * Z / effective)
    half = Z / (1 + Z * Z / effective) * (share * (1 - share) / effective + Z * Z / (4 * effective**2)) ** 0.5
    return {
        "judged": sum(n for _, n, _ in judged),
        "right": sum(right for _, _, right in judged),
        "precision": share,
        "low": max(middle - half, 0.0),
        "high": min(middle + half, 1.0),
    }


def read_verdicts(path: Path) -> dict[str, Any]:
    """The result of a page's verdicts, as it saves them (verdicts.json): `precision` over all groups, and of each.

    Raises UserError for a file that is something else."""
    try:
        saved = read_json(path)
        groups = [(str(g["name"]), int(g["size"]), int(g["judged"]), int(g["right"])) for g in saved["groups"]]
    except (DamagedError, OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: no verdicts of a review page. Judge some pairs on the page, save them with its button, and name"
            " that file."
        ) from error
    if any(not 0 <= right <= judged <= size for _, size, judged, right in groups):
        raise UserError(f"{path}: its counts do not fit each other. Save the verdicts again with the page's button.")
    return {
        "title": str(saved.get("title", "")),
        **precision((size, judged, right) for _, size, judged, right in groups),
        "groups": [
            {"name": name, "size": size, **precision([(size, judged, right)])} for name, size, judged, right in groups
        ],
    }


def marked(left: str, right: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Both texts as runs of (text, kind): "same", "changed" (the other text has something else or nothing there), and
    "gap" for the middle of a long equal run, which is left out.

    They are compared by syllables and words; white space is ignored. Texts are cut at LONGEST characters.
    """
    texts = [text if len(text) <= LONGEST else text[:LONGEST] + " …" for text in (left, right)]
    places = [[m.span() for m in UNIT.finditer(text)] for text in texts]
    units = [[text[a:b].lower() for a, b in spans] for text, spans in zip(texts, places, strict=True)]
    runs: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    for tag, *bounds in _opcodes(units[0], units[1]):
        for side, (first, last) in enumerate(zip(bounds[::2], bounds[1::2], strict=True)):
            if first == last:
                continue
            between = _between(texts[side], places[side])
            if tag != "equal":
                runs[side].append((between(first, last), "changed"))
            elif last - first <= ALIKE:
                runs[side].append((between(first, last), "same"))
            else:
                runs[side].append((between(first, first + AROUND), "same"))
                runs[side].append((f" … {last - first - 2 * AROUND} equal … ", "gap"))
                runs[side].append((between(last - AROUND, last), "same"))
    return runs


def _opcodes(one: list[str], two: list[str]) -> list[tuple[str, int, int, int, int]]:
    """As SequenceMatcher.get_opcodes: the units are aligned by a kernel, and SequenceMatcher sees only what is left of
    rewritten passages. It takes 8 ms for two pages, a third of a small deduplication for 120 pairs; this way 1 ms."""
    numbers: dict[str, int] = {}
    sides = [[numbers.setdefault(unit, len(numbers) + 1) for unit in units] for units in (one, two)]
    codes: list[tuple[str, int, int, int, int]] = []
    a = b = 0
    from corpus.kernels.alignment import SPLIT, gaps  # loads Numba, which verdicts do not need

    for first, last, begin, end in gaps(*(np.array(side, np.uint64) for side in sides)).tolist():
        if first > a:
            codes.append(("equal", a, first, b, begin))
        if min(last - first, end - begin) > 0 and max(last - first, end - begin) > SPLIT:
            inner = SequenceMatcher(None, one[first:last], two[begin:end], autojunk=False)
            codes += [(tag, first + i, first + j, begin + k, begin + m) for tag, i, j, k, m in inner.get_opcodes()]
        else:
            codes.append(("replace", first, last, begin, end))
        a, b = last, end
    return [*codes, ("equal", a, len(one), b, len(two))] if a < len(one) else codes


def _between(text: str, places: Sequence[tuple[int, int]]) -> Callable[[int, int], str]:
    """The text of units first … last − 1, with the white space after them."""

    def of(first: int, last: int) -> str:
        return text[places[first][0] if first else 0 : places[last][0] if last < len(places) else len(text)]

    return of


def write_review(path: Path, content: dict[str, Any]) -> None:
    """Write the page. `content`: title, about (sentences), figures [(number, words)], question, answers (yes, no),
    tables [(title, head, rows)], groups [{"name", "size", "pairs": [{"id", "facts", "left", "right"}]}].

    A side of a pair is {"title", "runs"}, runs as `marked` makes them.
    """
    key = settings_sha256([content["title"], [[g["name"], [p["id"] for p in g["pairs"]]] for g in content["groups"]]])
    write_page(path, "corpus", "review.html", None, **content, key=key[:16])
