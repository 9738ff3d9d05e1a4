"""report.html of an ablation: what was compared, the table, and a bar for each difference."""

from pathlib import Path
from typing import Any

from corpus.html import write_page as write


def write_page(path: Path, result: dict[str, Any]) -> None:
    """Write the page of a result (pipelines/ablate.py)."""
    found = [difference for row in result["rows"] for difference in row["difference"].values()]
    widest = max((abs(value or 0) for each in found for value in (*each["interval"], each["mean"])), default=0)
    filters = {
        "count": lambda n: f"{n:,}",
        "bits": lambda x: "–" if x is None else f"{x:.4f}",
        "signed": lambda x: "–" if x is None else f"{x:+.4f}",
        "place": lambda x: round(50 + 50 * (x or 0) / (widest or 1), 2),
    }
    write(path, "model.ablation", "ablation.html", filters, result=result, arms=list(result["arms"]))


def markdown(result: dict[str, Any]) -> str:
    """The table for terminals and documents."""
    arms = list(result["arms"])
    heads = ["texts", "kB", *arms, *(f"{arm} − {arms[0]} (95 %)" for arm in arms[1:])]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in result["rows"]:
        cells = [
            row["texts"],
            f"{row['bytes'] / 1000:,.0f}",
            *(f"{row['bits_per_byte'][arm]['mean']:.4f}" for arm in arms),
        ]
        for arm in arms[1:]:
            found = row["difference"][arm]
            low, high = found["interval"]
            cells.append(f"{found['mean']:+.4f}" + (f" ({low:+.4f} to {high:+.4f})" if low is not None else ""))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *result["warnings"]]) + "\n"
