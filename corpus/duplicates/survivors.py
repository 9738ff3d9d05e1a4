"""Which document of a cluster stays: the one that is similar to most of the others, or by the user's rule.

    central               the one with the most verified pairs; of equals the longest, then the first
    longest               the one with the most bytes, which contains the others
    highest:FIELD         the largest number in a field (a quality score); lowest:FIELD the smallest
    newest:FIELD          the latest date (ISO 8601, or seconds since 1970); oldest:FIELD the earliest
    source:FIELD=A,B,C    values of a field in this order, others after them; among equals the central one

Records without a usable value are last. Dates less than a minute and a half apart are equal, and so are numbers that
differ only beyond the seventh digit: then the longest stays.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from corpus.duplicates.rows import text_keys, value_rows
from corpus.duplicates.survivor_rule import Rule
from corpus.errors import UserError

EPOCH_DAYS = 10_957  # from 1970 to 2000: so that days are small numbers, as 32-bit floats can hold them to the minute


@dataclass
class Values:
    """The values of a rule's field, for all records with a text, in the order of reading."""

    rule: Rule
    found: list[Any] = field(default_factory=list)
    missing: int = 0  # records without a usable value, of those that have been ranked

    def reader(self, path: Path) -> Callable[[np.ndarray], None]:
        """A function that records the values of rows of a file, called chunk by chunk."""
        if not self.rule.field:
            return lambda rows: None
        by_row: dict[int, Any] = {}
        rest: Iterator[tuple[int, Any]] = value_rows(path, text_keys(path, self.rule.field))

        def note(rows: np.ndarray) -> None:
            last = int(rows[-1]) if len(rows) else -1
            for row, value in rest:
                by_row[row] = value
                if row >= last:
                    break
            self.found += [by_row.get(row) for row in rows.tolist()]
            for row in [row for row in by_row if row <= last]:
                del by_row[row]

        return note

    def sources(self, first: int, count: int) -> list[str]:
        """The `source` of documents in a part."""
        if self.rule.kind != "source":
            return [""] * count
        told = self.found[first : first + count]
        self.missing += told.count(None)
        return [str(value) if value is not None else "" for value in told]

    def qualities(self, first: int, count: int) -> np.ndarray:
        """float32[count]: the rank of documents, the higher the better."""
        if self.rule.kind not in MEASURES:
            return np.zeros(count, np.float32)
        measure, sign = MEASURES[self.rule.kind]
        told = [measure(value) for value in self.found[first : first + count]]
        self.missing += told.count(None)
        return np.array([-np.inf if value is None else sign * value for value in told], np.float32)

    def require(self, data: Path) -> None:
        """Raises UserError if no record has a usable value."""
        if self.found and self.missing == len(self.found):
            wanted = {"highest": "number", "lowest": "number", "source": "value"}.get(self.rule.kind, "date")
            raise UserError(
                f"{data}: no record has a {wanted} in {self.rule.field!r}, by which --survivor is to choose."
            )


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _days(value: Any) -> float | None:
    """Days since 2000."""
    if isinstance(value, datetime):
        moment = value
    elif (seconds := _number(value)) is not None and not isinstance(value, str):
        return seconds / 86_400 - EPOCH_DAYS
    else:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.timestamp() / 86_400 - EPOCH_DAYS


MEASURES: Mapping[str, tuple[Callable[[Any], float | None], int]] = {
    "highest": (_number, 1),
    "lowest": (_number, -1),
    "newest": (_days, 1),
    "oldest": (_days, -1),
}
