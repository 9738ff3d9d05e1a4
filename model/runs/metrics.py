"""metrics.jsonl of a run: one line of JSON per event, written by training, read by reports, model cards and
inspections."""

from pathlib import Path
from typing import Any

from corpus.values import from_json


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The events of a metrics.jsonl, none when there is no file; a line that is no event, such as one
    that a killed process left incomplete, is skipped.

    Lines end at "\\n" only: a sample of text may contain U+2028, and the incomplete line may end inside a character.
    """
    events = []
    for line in path.read_bytes().split(b"\n") if path.is_file() else ():
        try:
            event = from_json(line)
            if isinstance(event, dict) and event.keys() >= {"kind", "step"}:
                events.append(event)
        except ValueError:  # not UTF-8, or not JSON; after the last newline the line is empty
            continue
    return events


def last_of(events: list[dict[str, Any]], kind: str, step: int | None = None) -> dict[str, Any] | None:
    """The last event of a kind (up to a step), for "train" the last one whose loss is a number: a step may have been
    skipped."""
    for event in reversed(events):
        here = event["kind"] == kind and (step is None or event["step"] <= step)
        if here and (kind != "train" or event["loss"] is not None):
            return event
    return None
