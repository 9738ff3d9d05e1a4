"""report.html of a run: curves of loss, bits per byte by source and language, speed, samples; one page without script
or network.

Drawn only from metrics.jsonl and config.toml, so it can be made at any time, also during the run.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpus.engine.task import read_json
from corpus.html import write_page
from model.runs.metrics import read_metrics
from model.training.shown.panel import figures

COLOURS = ("#1f5fa8", "#c2410c", "#15803d", "#7c3aed", "#b91c1c", "#0e7490", "#a16207", "#4b5563")
WIDTH, HEIGHT, LEFT, BOTTOM = 720, 260, 64, 28
POINTS = 600  # drawn per line: more points than pixels would not be visible

Line = list[tuple[float, float]]


class Chart(NamedTuple):
    """A chart for the template: its title and its drawing."""

    title: str
    svg: str


def write_report(run: Path) -> None:
    """Write RUN/report.html from the events so far."""
    events = read_metrics(run / "metrics.jsonl")
    last: dict[str, Any] = {}
    for event in events:
        last[event["kind"]] = event
    samples = [e for e in events if e["kind"] == "sample"]
    write_page(
        run / "report.html",
        "model.training.shown",
        "run.html",
        name=run.resolve().name,
        step=max((e["step"] for e in events), default=0),
        figures=figures(last.get("start", {}) | last.get("train", {})),
        charts=charts(events),
        validation=_validation(events),
        spent=spent(last.get("train", {})),
        step_time=step_time(run / "profile" / "time.json"),
        skips=[e for e in events if e["kind"] == "skip"],
        samples=[e for e in samples if e["step"] == samples[-1]["step"]],
        config=(run / "config.toml").read_text(encoding="utf-8"),
    )


def spent(event: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """The parts of the time as name, seconds and share, the largest first."""
    seconds = {key.removeprefix("seconds/"): value for key, value in event.items() if key.startswith("seconds/")}
    seconds |= {"compile": event["compile_seconds"]} if event.get("compile_seconds") else {}
    return _shares(seconds)


def step_time(path: Path) -> list[tuple[str, float, float]]:
    """The parts of a profiled step in the same form (model/training/shown/profile.py); empty without a profile."""
    return _shares(read_json(path)) if path.is_file() else []


def _shares(seconds: Mapping[str, float]) -> list[tuple[str, float, float]]:
    total = sum(seconds.values()) or 1.0
    return sorted(((name, value, value / total) for name, value in seconds.items()), key=lambda row: -row[1])


def charts(events: Sequence[Mapping[str, Any]]) -> list[Chart]:
    """The charts that these events have data for."""
    train = series(events, "train", ("loss", "lr", "grad_norm", "tokens_per_second", "mfu_6n", "mfu_causal"))
    validation = series(events, "validation", None)
    level = next((e["unigram_entropy"] for e in events if e.get("unigram_entropy")), None)
    losses = {"train": train.get("loss", [])} | _named(validation, "loss/language/")
    if level is not None and losses["train"]:
        losses["unigram entropy"] = [(losses["train"][0][0], level), (losses["train"][-1][0], level)]
    sources = {n: line for n, line in validation.items() if "/language/" not in n}
    drawn = [
        ("Loss, nats a token: training, and held-out text by language", losses),
        ("Held-out loss, nats a token, by source", _named(sources, "loss/")),
        ("Held-out bits per byte, by source and language", _named(validation, "bpb/")),
        ("Learning rate", _only(train, "lr")),
        ("Gradient norm", _only(train, "grad_norm")),
        ("Tokens a second", _only(train, "tokens_per_second")),
        ("Model FLOP utilisation", _only(train, "mfu_6n") | _only(train, "mfu_causal")),
    ]
    return [Chart(title, draw(lines)) for title, lines in drawn if any(lines.values())]


def series(events: Sequence[Mapping[str, Any]], kind: str, names: Sequence[str] | None) -> dict[str, Line]:
    """(step, value) of each figure of one kind of event; values that are not finite are left out."""
    lines: dict[str, Line] = {}
    for event in events:
        if event["kind"] == kind:
            for name, value in event.items():
                wanted = name in names if names is not None else name not in ("kind", "step")
                if wanted and isinstance(value, (int, float)):
                    lines.setdefault(name, []).append((event["step"], value))
    return lines


def _named(lines: Mapping[str, Line], prefix: str) -> dict[str, Line]:
    return {name.removeprefix(prefix): line for name, line in lines.items() if name.startswith(prefix)}


def _only(lines: Mapping[str, Line], name: str) -> dict[str, Line]:
    return {name: lines[name]} if name in lines else {}


def _validation(events: Sequence[Mapping[str, Any]]) -> list[tuple[str, float | None, float | None]]:
    """Name, bits per byte and loss of each source and language at the last validation."""
    found = [e for e in events if e["kind"] == "validation"]
    if not found:
        return []
    names = [key[4:] for key in found[-1] if key.startswith("bpb/")]
    return [(name, found[-1][f"bpb/{name}"], found[-1].get(f"loss/{name}")) for name in names]


def draw(lines: Mapping[str, Line]) -> str:
    """Lines as SVG, with a grid, its figures and a legend."""
    from markupsafe import Markup, escape

    lines = {name: _thin(line) for name, line in lines.items() if line}
    xs = [x for line in lines.values() for x, _ in line]
    ys = [y for line in lines.values() for _, y in line]
    across, up = ticks(min(xs), max(xs)), ticks(min(ys), max(ys))
    x_low, x_high, y_low, y_high = min(xs), max(xs), min(up[0], min(ys)), max(up[-1], max(ys))

    def place(x: float, y: float) -> tuple[float, float]:
        right, top = (x - x_low) / ((x_high - x_low) or 1), (y - y_low) / ((y_high - y_low) or 1)
        return LEFT + right * (WIDTH - LEFT - 12), HEIGHT - BOTTOM - top * (HEIGHT - BOTTOM - 12)

    parts = []
    for y in up:
        _, at = place(x_low, y)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.1f}H{WIDTH - 12}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{y:.4g}</text>')
    for x in (x for x in across if x_low <= x <= x_high):
        at, _ = place(x, y_low)
        parts.append(f'<text x="{at:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{x:,.4g}</text>')
    for colour, line in zip(_colours(len(lines)), lines.values(), strict=True):
        points = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in line)
        x, y = place(*line[-1])
        parts.append(f'<polyline points="{points}" stroke="{colour}"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>')
    legend = " ".join(
        f'<span class="key"><i style="background:{colour}"></i>{escape(name)} <b>{line[-1][1]:.4g}</b></span>'
        for colour, (name, line) in zip(_colours(len(lines)), lines.items(), strict=True)
    )
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{"".join(parts)}</svg><p class="legend">{legend}</p>'
    )


def _colours(count: int) -> list[str]:
    return [COLOURS[k % len(COLOURS)] for k in range(count)]


def _thin(line: Line) -> Line:
    """At most POINTS points: means over intervals of equal length, the last point kept."""
    if len(line) <= POINTS:
        return line
    size = math.ceil(len(line) / POINTS)
    pieces = [line[k : k + size] for k in range(0, len(line), size)]
    return [(sum(x for x, _ in piece) / len(piece), sum(y for _, y in piece) / len(piece)) for piece in pieces] + [
        line[-1]
    ]


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values (1, 2 or 5 times a power of ten apart) that enclose low … high."""
    span = high - low or abs(high) or 1.0
    step = 10.0 ** math.floor(math.log10(span / count))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [k * step for k in range(first, max(last, first + 1) + 1)]
