"""The geometry of the report's charts: positions of points, labels, ticks and curves, in units of an SVG's viewBox.

The templates draw them. Each chart has two widths, for desktops and for phones, since text in an SVG shrinks with it.
Axes are logarithmic: fertility ranges from 1 to 8, documents from ten tokens to a hundred thousand.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

CHARACTER = 7.8  # width of a label's character, at 13 px
LINE = 16  # height of a label
FEW = 50  # documents: fewer are drawn one by one
_STEPS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


class Axis(NamedTuple):
    """A logarithmic axis from `low` to `high` over the pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return round(self.start + min(share, 1.0) * (self.end - self.start), 1)

    def ticks(self, apart: float, steps: Sequence[float] = _STEPS) -> list[tuple[float, str]]:
        """(position, label) of round numbers that are at least `apart` pixels from each other."""
        found: list[tuple[float, str]] = []
        for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            for step in steps:
                value = step * 10.0**power
                position = self(value)
                if self.low <= value <= self.high and all(abs(position - other) >= apart for other, _ in found):
                    found.append((position, f"{value:,.10g}" if value < 10_000 else f"{value / 1000:,.10g}k"))
        return found


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """The overlapping area of two boxes."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)


def scatter(points: list[dict[str, Any]], width: int, height: int) -> dict[str, Any]:
    """Korean over English fertility. `points`: {"name", "ours", "ko": {"value", "low", "high"}, "en": …}.

    Result: {"width", "height", "frame": Box, "x_ticks", "y_ticks", "points": [{"name", "ours", "x", "y", "x_low", …
    "label": {"x", "y", "anchor"}}]}.
    """
    frame = Box(52, 14, width - 14, height - 46)
    x = _axis([p["en"] for p in points], frame.left, frame.right)
    y = _axis([p["ko"] for p in points], frame.bottom, frame.top)
    placed = []
    for point in points:
        ko, en = point["ko"], point["en"]
        placed.append(
            {"name": point["name"], "ours": point["ours"], "ko": ko, "en": en, "x": x(en["value"]), "y": y(ko["value"])}
            | {"x_low": x(_or(en["low"], en)), "x_high": x(_or(en["high"], en))}
            | {"y_low": y(_or(ko["low"], ko)), "y_high": y(_or(ko["high"], ko))}
        )
    _place_labels(placed, frame)
    return {
        "width": width, "height": height, "frame": frame, "points": placed,
        "x_ticks": x.ticks(38), "y_ticks": y.ticks(24),
    }  # fmt: skip


def _or(bound: float | None, interval: dict[str, Any]) -> float:
    return interval["value"] if bound is None else bound


def _axis(intervals: Iterable[dict[str, Any]], start: float, end: float) -> Axis:
    found = [bound for i in intervals for bound in (i["value"], _or(i["low"], i), _or(i["high"], i))]
    return Axis(min(found) / 1.12, max(found) * 1.12, start, end)


def _place_labels(points: list[dict[str, Any]], frame: Box) -> None:
    """Give each point a label that overlaps least with points, intervals and the labels before it; ours are placed
    first."""
    taken = [Box(p["x"] - 6, p["y"] - 6, p["x"] + 6, p["y"] + 6) for p in points]
    taken += [Box(p["x_low"], p["y"] - 5, p["x_high"], p["y"] + 5) for p in points]
    taken += [Box(p["x"] - 5, p["y_high"], p["x"] + 5, p["y_low"]) for p in points]
    for point in sorted(points, key=lambda p: not p["ours"]):
        width = CHARACTER * len(point["name"])
        choices: list[tuple[float, int, Box, int]] = []
        for distance in (10, 24, 40):
            for dx, dy in ((1, 0), (-1, 0), (0, -1), (0, 1), (0.8, -0.7), (-0.8, -0.7), (0.8, 0.7), (-0.8, 0.7)):
                # A label beside its point begins after the interval.
                reach = (
                    0
                    if dy
                    else max(0, (point["x_high"] if dx > 0 else 2 * point["x"] - point["x_low"]) - point["x"] - 6)
                )
                middle = point["x"] + dx * (distance + reach), point["y"] + dy * (distance + 4)
                left = middle[0] - width / 2 * (1 - (dx > 0) + (dx < 0))
                box = Box(left, middle[1] - LINE / 2, left + width, middle[1] + LINE / 2)
                outside = LINE * (max(frame.left - box.left, 0) + max(box.right - frame.right, 0))
                outside += width * (max(frame.top - box.top, 0) + max(box.bottom - frame.bottom, 0))
                cost = 4 * outside + 2 * sum(box.overlap(other) for other in taken) + distance
                choices.append((cost, len(choices), box, distance))
        _, _, box, distance = min(choices)
        taken.append(box)
        point["label"] = {"x": round(box.left, 1), "y": round(box.bottom - 4, 1), "far": distance > 10}
        point["label"] |= {"to_x": round(min(max(point["x"], box.left), box.right), 1)}
        point["label"] |= {"to_y": round(min(max(point["y"], box.top), box.bottom), 1)}


def ridges(groups: list[dict[str, Any]], width: int, labels: int) -> dict[str, Any]:
    """Distributions one below the other.

    `groups`: {"name", "ours", "distribution": {"quantiles", "histogram"}}; `labels`: pixels for the names.

    Result: {"width", "height", "ticks", "bottom", "rows": [{"name", "ours", "y", "path", "median", "low", "high", …}]}:
    a row's curve begins at its `y`. Of fewer than FEW documents a row has the place of each, `single`.
    """
    step, tall = 40, 30
    seen = [e for g in groups for e in _filled(g["distribution"]["histogram"])]
    axis = Axis(max(1.0, min(seen, default=1.0)), max(2.0, *seen), labels, width - 26)
    rows = []
    for n, group in enumerate(groups):
        base = 8 + step * (n + 1)
        histogram, quantiles = group["distribution"]["histogram"], group["distribution"]["quantiles"]
        bars = list(zip(histogram["edges"], histogram["edges"][1:], histogram["counts"], strict=False))
        # Areas are shares of documents, for any widths of the bins.
        density = [(a, b, count / math.log(b / max(a, 0.5))) for a, b, count in bars if b > 0.5]
        most = max((d for _, _, d in density), default=0) or 1
        curve = "".join(
            f"V{base - tall * d / most:.1f}H{axis(b):.1f}" for a, b, d in density if axis(b) > axis.start or d
        )
        rows.append(
            {"name": group["name"], "ours": group["ours"], "y": base, "single": _single(bars, axis, base)}
            | {"path": f"M{axis(0.5)},{base}{curve}V{base}Z"}
            | {"quantiles": quantiles, "median": axis(quantiles["50"])}
            | {"low": axis(quantiles["5"]), "high": axis(quantiles["95"])}
        )
    bottom = 8 + step * len(rows) + 6
    return {
        "width": width, "height": bottom + 36, "bottom": bottom, "rows": rows, "labels": labels,
        "ticks": axis.ticks(34, (1, 2, 5)),
    }  # fmt: skip


def _single(bars: list[tuple[float, float, int]], axis: Axis, base: float) -> list[tuple[float, float]]:
    """A place for each of fewer than FEW documents, spread evenly over its bin; empty for more."""
    if sum(count for _, _, count in bars) >= FEW:
        return []
    return [
        (axis(max(a, 0.5) * (b / max(a, 0.5)) ** ((k + 0.5) / count)), base - 9)
        for a, b, count in bars
        for k in range(count)
    ]


def _filled(histogram: dict[str, Any]) -> list[float]:
    """The edges around the bins that are not empty."""
    edges, counts = histogram["edges"], histogram["counts"]
    full = [n for n, count in enumerate(counts) if count]
    return [edges[full[0]], edges[full[-1] + 1]] if full else []
