"""Stories as one self-contained page."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from corpus.html import write_page


def write_stories(path: Path, corpus: Path, asked: str, stories: Sequence[dict[str, Any]], found: int) -> None:
    """Write the page with the stories of some documents to `path`; `asked` is the search, `found` the number of
    matches."""
    filters: dict[str, Callable[..., str]] = {"count": lambda n: f"{n:,}", "figure": figure, "evidence": evidence}
    write_page(path, "corpus", "trace.html", filters, corpus=corpus, asked=asked, stories=stories, found=found)


def evidence(rule: dict[str, Any]) -> str:
    """What a rule's ratio was counted of, for people: "83 words"; empty for a rule of another kind."""
    if not rule["counted"]:
        return ""
    things = rule["counted"].removeprefix("all_").replace("_", " ")
    return f"{rule['evidence']:,} {things.removesuffix('s') if rule['evidence'] == 1 else things}"


def figure(value: float | int | None) -> str:
    """A statistic or a limit for people: 0.0313, 1,000, –."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
