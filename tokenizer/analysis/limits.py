"""Limits on a report's figures, such as `ko_fertility>2.1`, so that a build can fail when a tokenizer gets worse."""

import operator
import re
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from corpus.errors import UserError

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_CONDITION = re.compile(r"\s*([\w-]+)\s*(>=|<=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*")
OTHERS = ("premium", "nfd_penalty", "morphology_f1", "unreachable")
EXAMPLE = "expected a figure, one of > >= < <=, and a number, such as ko_fertility>2.1"


class Limit(NamedTuple):
    """A condition under which to fail."""

    text: str
    figure: str
    sign: str
    bound: float

    def broken(self, value: float) -> bool:
        """Whether a value meets the condition."""
        return _OPERATORS[self.sign](value, self.bound)


def parse_limit(text: str) -> Limit:
    """`ko_fertility>2.1` as a Limit. Raises UserError for anything else."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise UserError(f"--fail-if {text!r}: {EXAMPLE}, in quotes: a shell takes > and < for itself.")
    return Limit(text.strip(), match[1], match[2], float(match[3]))


def check_names(limits: list[Limit], languages: Collection[str]) -> None:
    """Raises UserError for a figure that no report on a corpus of these languages contains. Called before the work
    starts."""
    from tokenizer.analysis.metrics import names  # loads the kernels

    for limit in limits:
        language, _, metric = limit.figure.partition("_")
        if limit.figure not in OTHERS and (language not in languages or metric not in names()):
            raise UserError(
                f"--fail-if {limit.text!r}: there is no {limit.figure}. Figures are {', '.join(OTHERS)} and"
                f" LANGUAGE_METRIC, the languages of this corpus being {', '.join(languages)} and the metrics"
                f" {', '.join(names())}."
            )


def figures(entry: dict[str, Any]) -> dict[str, float | None]:
    """The figures of one tokenizer's entry in fertility.json that can be limited: LANGUAGE_METRIC for all metrics, and
    OTHERS."""
    found = {
        f"{language}_{name}": estimate["value"]
        for language, group in entry["languages"].items()
        for name, estimate in group["metrics"].items()
    }
    sets = [value for value in (entry["parity"] or {}).values() if isinstance(value, dict)]
    premiums = [value["premium"]["value"] for value in sets if value["premium"]]
    morphology = entry["morphology"] or {}
    boundaries = morphology.get("gold") or morphology.get("kiwi") or {}
    others = (
        premiums[0] if premiums else None,
        entry["nfd_penalty"],
        boundaries.get("f1"),
        entry["vocabulary"]["unreachable"]["count"],
    )
    return found | dict(zip(OTHERS, others, strict=True))


def check(report: dict[str, Any], limits: list[Limit]) -> list[str]:
    """The limits that the given tokenizers break (not their peers), one sentence each.

    Raises UserError for a figure that the report does not have.
    """
    broken = []
    for entry in report["tokenizers"]:
        if not entry["ours"]:
            continue
        known = figures(entry)
        for limit in limits:
            value = known.get(limit.figure)
            if value is None:
                raise UserError(
                    f"--fail-if {limit.text!r}: the report has no {limit.figure} for {entry['name']}. It has: "
                    f"{', '.join(name for name, found in known.items() if found is not None)}."
                )
            if limit.broken(value):
                broken.append(f"{entry['name']}: {limit.figure} is {value:.4g}, which is {limit.sign} {limit.bound:g}")
    return broken
