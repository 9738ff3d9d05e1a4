"""Line charts as SVG: labelled axes, marked steps, one colour per name on all charts of a page, no script.

A page includes charts.css, a template of corpus, in its style.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

COLOURS = 8  # classes c0 … c7 (lines) and p0 … p7 (points) of charts.css; further names have them again, dashed
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 320, 92, 18, 48, 62
POINTS = 600  # drawn per line: more points than pixels would not be visible
DOTTED = 40  # a line of at most so many points has a dot at each

Line = list[tuple[float, float]]


class Chart(NamedTuple):
    """A chart for a template: its title and its drawing with the legend."""

    title: str
    figure: Any  # markupsafe.Markup


def palette(*groups: Iterable[str]) -> dict[str, int]:
    """A number for each name, the same on every chart of a page: its colour, or beyond COLOURS a dashed one."""
    names = dict.fromkeys(name for group in groups for name in group)
    return {name: number for number, name in enumerate(names)}


def draw(
    title: str,
    lines: Mapping[str, Line],
    unit: str,
    numbers: Mapping[str, int],
    marks: Sequence[float] = (),
    across: str = "step",
) -> Chart:
    """A chart of lines (x, y) by name, with axes `across` and `unit`.

    `numbers`: the colours of the names, from `palette`. `marks`: places on the x axis to be marked by a vertical line.
    """
    from markupsafe import Markup, escape  # not installed in every GPU image

    full = {name: line for name, line in lines.items() if line}
    lines = {name: thin(line) for name, line in full.items()}
    xs = [x for line in lines.values() for x, _ in line]
    ys = [y for line in lines.values() for _, y in line]
    up = ticks(min(ys), max(ys))
    x_low, x_high, y_low, y_high = min(xs), max(xs), min(up[0], min(ys)), max(up[-1], max(ys))

    def place(x: float, y: float) -> tuple[float, float]:
        right = (x - x_low) / (x_high - x_low) if x_high > x_low else 0.5
        top = (y - y_low) / ((y_high - y_low) or 1)
        return LEFT + right * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - top * (HEIGHT - BOTTOM - TOP)

    parts = [f'<text class="unit" x="8" y="24">{escape(unit)}</text>']
    parts.append(f'<text class="unit" x="{WIDTH - RIGHT}" y="{HEIGHT - 9}" text-anchor="end">{escape(across)}</text>')
    for y in up:
        _, at = place(x_low, y)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 7}" y="{at + 6:.1f}" text-anchor="end">{figure(y)}</text>')
    for x in {x_low} if x_low == x_high else (x for x in ticks(x_low, x_high) if x_low <= x <= x_high):
        at, _ = place(x, y_low)
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 24}" text-anchor="middle">{figure(x)}</text>')
    for x in (x for x in marks if x_low <= x <= x_high):
        at, _ = place(x, y_low)
        parts.append(f'<path class="mark" d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
    for name, line in lines.items():
        number = numbers[name]
        points = [place(x, y) for x, y in line]
        dash = f' stroke-dasharray="{4 + 3 * (number // COLOURS)} 3"' if number >= COLOURS else ""
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="c{number % COLOURS}" points="{drawn}"{dash}/>')
        for x, y in points if len(points) <= DOTTED else points[-1:]:
            parts.append(f'<circle class="p{number % COLOURS}" cx="{x:.1f}" cy="{y:.1f}" r="2.8"/>')
    said = "; ".join(f"{name} {figure(line[-1][1])} at {across} {figure(line[-1][0])}" for name, line in full.items())
    legend = " ".join(
        f'<span class="key"><i class="p{numbers[name] % COLOURS}{" dashed" * (numbers[name] >= COLOURS)}"></i>'
        f"{escape(name)} <b>{last}</b></span>"
        for (name, _), last in zip(full.items(), legend_figures([line[-1][1] for line in full.values()]), strict=True)
    )
    drawing = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(f"{title}, {unit}: {said}")}">'
    return Chart(
        title,
        Markup(f'<figure class="chart">{drawing}{"".join(parts)}</svg><figcaption>{legend}</figcaption></figure>'),
    )


def figure(value: float) -> str:
    """A number of a chart: 1,200,000, 9,243, 6.461, 0.0003."""
    if value and abs(value) < 1000:
        return f"{value:.4g}" if abs(value) >= 1e-4 else f"{value:.2e}"
    return f"{value:,.0f}"


def legend_figures(values: Sequence[float]) -> list[str]:
    """Numbers side by side, with as many decimals as the one with most of them needs: 5.745, 5.950."""
    told = [figure(value) for value in values]
    if any("e" in text for text in told):
        return told
    decimals = max((len(text.partition(".")[2]) for text in told), default=0)
    return [f"{value:,.{decimals}f}" for value in values]


def thin(line: Line) -> Line:
    """At most POINTS points: means over intervals of equal length, the last point kept."""
    if len(line) <= POINTS:
        return line
    size = math.ceil(len(line) / POINTS)
    pieces = [line[k : k + size] for k in range(0, len(line), size)]
    means = [(sum(x for x, _ in piece) / len(piece), sum(y for _, y in piece) / len(piece)) for piece in pieces]
    return [*means, line[-1]]


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten apart) that enclose low … high."""
    span = high - low or abs(high) or 1.0
    step = 10.0 ** math.floor(math.log10(span / count))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [k * step for k in range(first, max(last, first + 1) + 1)]
