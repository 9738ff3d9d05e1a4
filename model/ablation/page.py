"""report.html of an ablation: what was compared, the table, and a bar for each difference."""

from pathlib import Path
from typing import Any

from corpus.html import write_page as write
from corpus.quantities import megabytes


def write_page(path: Path, result: dict[str, Any]) -> None:
    """Write the page of a result (pipelines/ablate.py)."""
    found = [difference for row in result["rows"] for difference in row["difference"].values()]
    widest = max((abs(value or 0) for each in found for value in (*each["interval"], each["mean"])), default=0)
    filters = {
        "count": lambda n: f"{n:,}",
        "bytes": megabytes,
        "bits": lambda x: "–" if x is None else f"{x:.4f}",
        "signed": lambda x: "–" if x is None else f"{x:+.4f}".replace("-", "−"),
        "place": lambda x: round(50 + 50 * (x or 0) / (widest or 1), 2),
    }
    verdicts = [verdict(result, arm) for arm in list(result["arms"])[1:]]
    write(path, "model.ablation", "ablation.html", filters, result=result, arms=list(result["arms"]), verdicts=verdicts)


def verdict(result: dict[str, Any], arm: str) -> str:
    """What the differences of a recipe from the first one say, in a sentence."""
    first, everywhere = next(iter(result["arms"])), result["rows"][0]["difference"][arm]
    amount = f"{abs(everywhere['mean']):.4f} bits per byte {'fewer' if everywhere['mean'] < 0 else 'more'} than {first}"
    sides = {
        name: [
            row["texts"]
            for row in result["rows"][1:]
            if row["difference"][arm]["excludes_zero"] and (row["difference"][arm]["mean"] < 0) == better
        ]
        for name, better in (("better", True), ("worse", False))
    }
    known = "." if everywhere["excludes_zero"] else "; this is within the variation between seeds."
    told = [f"{name} on {', '.join(texts)}" for name, texts in sides.items() if texts]
    return f"{arm}: {amount}{known}" + (f" It is {'; '.join(told)}." if told else "")


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
