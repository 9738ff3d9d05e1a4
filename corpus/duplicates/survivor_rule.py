"""The rule by which a document of a cluster stays, as it is written on a command line (corpus/duplicates/survivors.py
follows it)."""

from dataclasses import dataclass
from typing import Literal

from corpus.errors import UserError

ACCEPTED = "central, longest, highest:FIELD, lowest:FIELD, newest:FIELD, oldest:FIELD, source:FIELD=A,B,C"
Order = Literal["central", "ranked"]


@dataclass(frozen=True)
class Rule:
    """A rule as it was written, in its parts."""

    kind: str = "central"
    field: str = ""
    values: tuple[str, ...] = ()

    @property
    def order(self) -> Order:
        """The order for matching: verified pairs first, or only the rank of each document."""
        return "central" if self.kind in ("central", "source") else "ranked"

    @property
    def priorities(self) -> dict[str, int]:
        """The priority number of each value, the smallest first; 0 is reserved for documents before all of them."""
        return {value: number for number, value in enumerate(self.values, 1)}


def parse_rule(text: str) -> Rule:
    """The rule on a command line. Raises UserError for one that is not in ACCEPTED."""
    kind, colon, rest = text.partition(":")
    name, equals, values = rest.partition("=")
    wanted = tuple(filter(None, (value.strip() for value in values.split(","))))
    if kind in ("central", "longest") and not colon:
        return Rule(kind)
    if kind in ("highest", "lowest", "newest", "oldest") and rest:
        return Rule(kind, rest)
    if kind == "source" and name and equals and wanted:
        return Rule(kind, name, wanted)
    raise UserError(f"--survivor {text}: accepted are {ACCEPTED}.")
