"""The headline of a call: one dictionary with all figures that docs/benchmarks.md needs, None for what was not
measured, and the picture of the learning curves."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.gpu.stages import PEERS, VARIANTS
from corpus.engine.task import atomic_write
from model.training.shown.charts import draw, palette

Found = Mapping[str, Mapping[str, Any]]
SPEEDS = ("bf16", "fp8", *PEERS, *VARIANTS)
CURVES = ("shipped", "adamw", *PEERS)
LANGUAGES = ("ko", "en")
NAMES = {"ko": "Korean", "en": "English"}
COLOURS = ("#1f5fa8", "#c2410c", "#15803d", "#7c3aed", "#be185d", "#0e7490", "#8a6a00", "#57534e")
Curve = list[tuple[float, float]]


def summary(found: Found) -> dict[str, Any]:
    """The figures of all stages by name; always the same keys."""
    figures = {name: result.get("figures") or {} for name, result in found.items()}
    tokens = {name: figures.get(f"speed {name}", {}).get("tokens_per_second") for name in SPEEDS}
    peers = [value for name in PEERS if (value := tokens[name]) is not None]
    others = [name.removeprefix("curve ") for name in figures if name.startswith("curve ")]
    curves = {name: _curves(figures.get(f"curve {name}", {})) for name in dict.fromkeys((*CURVES, *others))}
    ours = figures.get("speed bf16", {})
    return {
        "card": ours.get("card") or figures.get("ceilings", {}).get("card"),
        "torch": ours.get("torch"),
        "tokens_per_second": tokens,
        "mfu_causal": ours.get("mfu_causal"),
        "memory_gb": ours.get("memory_gb"),
        "compile_seconds": ours.get("compile_seconds"),
        "ratio_to_faster_peer": round(tokens["bf16"] / max(peers), 3) if tokens["bf16"] and peers else None,
        "final_bits_per_byte": {name: {k: line[-1][1] for k, line in c.items()} or None for name, c in curves.items()},
        "bits_per_byte_at_equal_operations": at_equal_operations(curves),
        "kobest": figures.get("kobest", {}).get("averages"),
        "tests": _tests(found.get("tests", {})),
        "commands": None if "commands" not in found else "failed" not in found["commands"],
        "failed": [name for name, result in found.items() if "failed" in result],
        "left_out": [name for name, result in found.items() if "left out" in result],
    }


def _curves(figures: Mapping[str, Any]) -> dict[str, Curve]:
    points = figures.get("points") or []
    return {k: line for k in LANGUAGES if (line := [(p[0], p[2][k]) for p in points if k in p[2]])}


def at_equal_operations(curves: Mapping[str, Mapping[str, Curve]]) -> dict[str, dict[str, float] | None]:
    """Bits per byte of each contestant at the largest number of operations that all of them reached, interpolated
    between two measured points."""
    ends = [line[-1][0] for curve in curves.values() for line in curve.values()]
    if not ends:
        return dict.fromkeys(curves)
    return {
        name: {language: round(_at(line, min(ends)), 4) for language, line in curve.items()} or None
        for name, curve in curves.items()
    }


def _at(line: Curve, x: float) -> float:
    after = next((k for k, point in enumerate(line) if point[0] >= x), len(line) - 1)
    (x0, y0), (x1, y1) = line[max(0, after - 1)], line[after]
    return y1 if x1 <= x0 else y0 + (y1 - y0) * (min(max(x, x0), x1) - x0) / (x1 - x0)


def _tests(result: Mapping[str, Any]) -> str | None:
    return None if not result else result.get("failed") or "passed"


def draw_curves(curves: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """The bits per byte of each contestant against operations, a chart for each language, as one SVG file."""
    lines = {name: _curves(figures) for name, figures in curves.items()}
    best = sorted(lines, key=lambda name: min((line[-1][1] for line in lines[name].values()), default=9.0))
    numbers, parts, top = palette(best), [], 0
    for language in [k for k in LANGUAGES if any(k in found for found in lines.values())]:
        shown = {name: [(x / 1e15, y) for x, y in lines[name][language]] for name in best if language in lines[name]}
        chart = str(draw(language, shown, "bits per byte", numbers, across="10¹⁵ operations").figure)
        svg = chart[chart.index("<svg") :].partition("</svg>")[0]
        keys = []
        for k, (name, line) in enumerate(shown.items()):
            x, y = 18 + 350 * (k % 2), 41 + 18 * (k // 2)
            keys.append(f'<circle class="p{numbers[name] % len(COLOURS)}" cx="{x}" cy="{y}" r="5"/>')
            keys.append(f'<text x="{x + 12}" y="{y + 4}">{escape(name)} {line[-1][1]:.3f}</text>')
        height = 50 + 18 * ((len(shown) + 1) // 2)
        title = f'<text class="title" x="12" y="20">{NAMES[language]}</text>'
        parts.append(f'<g transform="translate(0 {top})">{title}{"".join(keys)}</g>')
        parts.append(f'<g transform="translate(0 {top + height})">{svg[svg.index(">") + 1 :]}</g>')
        top += height + 330
    style = "svg{background:#fff}text{font:13px sans-serif;fill:#444}.title{font-weight:bold}.grid{stroke:#ccc}"
    style += "polyline{fill:none;stroke-width:2}"
    style += "".join(f".c{n}{{stroke:{colour}}}.p{n}{{fill:{colour}}}" for n, colour in enumerate(COLOURS))
    style += "@media(prefers-color-scheme:dark){svg{background:#181818}text{fill:#bbb}.grid{stroke:#444}}"
    with atomic_write(path) as temporary:
        temporary.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {top}" role="img" aria-label="Bits per byte of'
            f' held-out text against operations"><style>{style}</style>{"".join(parts)}</svg>\n',
            encoding="utf-8",
        )
