"""Sets of Korean questions that lm-evaluation-harness has as many tasks: which tasks are in each, and their averages.

Averages are those of the harness' groups: by the number of questions.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np


class Family(NamedTuple):
    """A group of the harness: the names of its tasks, how many there are, and the metric that it averages."""

    label: str
    tasks: re.Pattern[str]
    size: int
    metric: str = "acc"

    def members(self, names: Sequence[str]) -> list[str]:
        """Those of some tasks that belong to it."""
        return [name for name in names if self.tasks.fullmatch(name)]


FAMILIES = {
    "kmmlu": Family("KMMLU", re.compile(r"kmmlu_(?!direct_|hard_|cot_).+"), 45),
    "haerae": Family("HAE-RAE", re.compile(r"haerae_.+"), 5),
    "click": Family("CLIcK", re.compile(r"click_(lang|cul)_.+"), 11),
}


def family_average(family: Family, scores: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The average of a family, by the number of questions; None unless all of its tasks were scored."""
    entries = [scores[name] for name in family.members(list(scores)) if family.metric in scores[name]]
    if len(entries) < family.size:
        return None
    return float(np.average([e[family.metric] for e in entries], weights=[e["n"] for e in entries]))


def folded(skipped: Mapping[str, str]) -> dict[str, str]:
    """Reasons for what was skipped, with one line for a family of which several tasks were."""
    told = dict(skipped)
    for name, family in FAMILIES.items():
        members = family.members(list(skipped))
        if len(members) > 1:
            first = f"{members[0]}: {skipped[members[0]]}"
            for member in members:
                del told[member]
            told[f"{name} ({len(members)} of its {family.size} tasks)"] = f"for example {first}"
    return told
