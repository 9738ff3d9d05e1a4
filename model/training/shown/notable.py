"""The steps of a run that a reader should look at: skipped ones, spikes of the loss, changes of the schedule, the best
validation."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

WINDOW = 20  # logged losses before a spike: fewer say nothing about what is usual
DEVIATIONS = 8.0  # median absolute deviations above their median, 5.4 standard deviations of a normal distribution


class Notable(NamedTuple):
    """A step and what happened there; `marked`: with a line on the charts."""

    step: int
    text: str
    marked: bool = True


def notable(events: Sequence[Mapping[str, Any]], settings: Mapping[str, Any]) -> list[Notable]:
    """The notable steps of a run's events, in order. `settings`: the tables of config.toml."""
    last = max((event["step"] for event in events), default=0)
    found = [*_schedule(settings, last), *_spikes(events)]
    for event in events:
        if event["kind"] == "skip":
            found.append(Notable(event["step"], f"skipped: {_reason(event)}; rows {event.get('rows', 'unknown')}"))
        if event["kind"] == "start" and event["step"]:
            found.append(Notable(event["step"], "resumed"))
    if best := _best(events):
        found.append(best)
    return sorted(found, key=lambda each: each.step)


def _reason(event: Mapping[str, Any]) -> str:
    told = {"loss": event.get("loss"), "gradient norm": event.get("grad_norm")}
    return ", ".join(
        f"{name} {'not finite' if value is None else format(value, '.4g')}" for name, value in told.items()
    )


def _schedule(settings: Mapping[str, Any], last: int) -> list[Notable]:
    schedule, steps = settings.get("schedule", {}), settings.get("train", {}).get("steps", 0)
    found = []
    if 0 < (warmup := schedule.get("warmup", 0)) <= last:
        found.append(Notable(warmup, "warm-up of the learning rate ends"))
    if schedule.get("kind") == "wsd":
        begin = steps - max(1, round(schedule.get("decay", 0) * steps))
        if 0 < begin <= last:
            found.append(Notable(begin, "decay of the learning rate begins"))
    return found


def _spikes(events: Sequence[Mapping[str, Any]]) -> list[Notable]:
    losses = [(event["step"], event["loss"]) for event in events if event["kind"] == "train" and event.get("loss")]
    found: list[Notable] = []
    for n in range(WINDOW, len(losses)):
        step, loss = losses[n]
        before = [value for _, value in losses[n - WINDOW : n]]
        usual = median(before)
        spread = median(abs(value - usual) for value in before)
        if loss > usual + DEVIATIONS * max(spread, 1e-3 * usual):
            found.append(Notable(step, f"the loss rose to {loss:.4g}; it had been around {usual:.4g}"))
    return found


def _best(events: Sequence[Mapping[str, Any]]) -> Notable | None:
    """The validation with the least mean of bits per byte over languages, if it is not the last one."""
    means = []
    for event in events:
        values = [value for key, value in event.items() if key.startswith("bpb/language/")]
        if event["kind"] == "validation" and values and None not in values:
            means.append((sum(values) / len(values), event["step"]))
    if len(means) < 2 or min(means)[1] == means[-1][1]:
        return None
    value, step = min(means)
    return Notable(step, f"best validation: {value:.4f} bits per byte, the mean of the languages")
