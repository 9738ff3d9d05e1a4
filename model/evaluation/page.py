"""report.html of `evaluate`: a headline, the tables with bars on one scale, the harness' commands, learning curves."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpus import html
from model.evaluation.families import FAMILIES, folded
from model.evaluation.tables import AVERAGE, FOUR, KOBEST, Row, ScoreTable, column_names, cut_note, largest, score_text
from model.training.shown.charts import Chart, draw, palette

LINES = 24  # more cannot be told apart


def write_page(path: Path, made: Sequence[ScoreTable], results: Sequence[dict[str, Any]]) -> None:
    """The tables with bars, as one self-contained page."""
    content = {
        "tables": made,
        "columns": column_names(results),
        "results": results,
        "skipped": [folded(result["skipped"]) for result in results],
        "warning": cut_note(results),
        "headline": headline(made),
        "commands": commands(made, results),
        "text": score_text,
        "largest": largest,
        "curves": learning_curves(made, results),
    }
    html.write_page(path, "model.evaluation", "scores.html", **content)


def learning_curves(made: Sequence[ScoreTable], results: Sequence[dict[str, Any]]) -> list[Chart]:
    """A chart of each table with at most LINES lines over the results that are checkpoints. A name has one colour on
    all charts."""
    lines = {table.title: curves(table, results) for table in made}
    lines = {title: found for title, found in lines.items() if len(found) <= LINES}
    numbers = palette(*lines.values())
    units = {table.title: table.unit for table in made}
    return [draw(f"{title} over training", found, units[title], numbers) for title, found in lines.items() if found]


def curves(table: ScoreTable, results: Sequence[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Learning curves: (step, score) of each row over the checkpoints of each model; nothing for fewer than two.

    Two models are two lines, also where their checkpoints have the same steps.
    """
    models = list(dict.fromkeys(result.get("run", "") for result in results if result.get("step") is not None))
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in table.rows:
        for result, score in zip(results, row.scores, strict=True):
            if result.get("step") is not None and score:
                name = f"{result.get('run', '')}: {row.name}" if len(models) > 1 else row.name
                lines.setdefault(name, []).append((float(result["step"]), score[0]))
    return {name: sorted(line) for name, line in lines.items() if len(line) > 1}


def headline(made: Sequence[ScoreTable]) -> list[tuple[str, Row, int | None]]:
    """The rows that say most: averages and bits per byte of languages. Each with "higher is better" or "lower is
    better", and the place of the best score if there are several."""
    chosen = []
    for table in made:
        lower = table.unit == "bits per byte"
        for row in table.rows:
            average = row.name == FOUR if table.title == KOBEST else row.name.startswith((AVERAGE, "average"))
            if average or (lower and row.name.startswith("language ")):
                named = f"{table.title}: {row.name}" if not lower else f"bits per byte, {row.name}"
                told = "lower is better" if lower else "higher is better"
                chosen.append((told, Row(named, None, row.scores), _best(row, lower)))
    return chosen


def _best(row: Row, lower: bool) -> int | None:
    values = [score[0] for score in row.scores if score]
    if len(values) < 2 or len(set(values)) == 1:
        return None
    best = min(values) if lower else max(values)
    return next(k for k, score in enumerate(row.scores) if score and score[0] == best)


def commands(made: Sequence[ScoreTable], results: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """The harness' own command for the scores of each table, by its title; only for profile main, which is the
    harness unchanged."""
    found = {}
    for table in made:
        lines = [_command(table, result) for result in results if result["profile"] == "main" and table.tasks]
        if lines := list(dict.fromkeys(filter(None, lines))):
            found[table.title] = lines
    return found


def _command(table: ScoreTable, result: dict[str, Any]) -> str:
    tasks = [task for task in table.tasks if task in result["tasks"]]
    if not tasks:
        return ""
    for name, family in FAMILIES.items():  # the harness' name of the whole group
        members = family.members(tasks)
        if len(members) == family.size:
            tasks = [name, *(task for task in tasks if task not in members)]
    source, step = str(result.get("source", "MODEL")), result.get("step")
    model = source if step is None else "HF"
    arguments = f"pretrained={model}"
    if result.get("bos") is not None:
        arguments += f",add_bos_token={result['bos']}"
    words = ["lm_eval", "run", "--model", "hf", "--model_args", arguments]
    words += ["--tasks", ",".join(tasks), "--num_fewshot", "0"]
    if result.get("limit"):
        words += ["--limit", str(result["limit"])]
    before = f"hanji export --run {shlex.quote(source)} --step {step} --out HF && " if step is not None else ""
    return before + shlex.join(words)
