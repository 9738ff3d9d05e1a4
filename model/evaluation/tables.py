"""Scores as tables in the model card's form: ours on the left, the card's on the right, and a page with bars.

A cell is a score with its standard error; the second column is the score of always giving one answer. The card's
columns were measured with profile polyglot, and the note above a table says so where ours are of profile main.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from model.evaluation import seed_results as seed
from model.evaluation.families import FAMILIES

KOBEST = "KOBEST, macro-F1"  # a title
FOUR = "average of the first four"
AVERAGE = "mean"
Score = tuple[float, float | None]  # a score and its standard error


@dataclass
class Row:
    """One line of a table; scores are None where a model has none."""

    name: str
    constant: float | None
    scores: list[Score | None]  # (score, standard error) per result
    published: tuple[float, ...] = ()


@dataclass
class ScoreTable:
    """A table: columns for the results, then for the published models."""

    title: str
    columns: list[str]
    published: tuple[str, ...] = ()
    rows: list[Row] = field(default_factory=list)
    note: str = ""
    unit: str = "score"  # "bits per byte": lower is better; "value": of different units
    other_profile: bool = False  # published columns were measured with another profile than one of the results
    tasks: list[str] = field(default_factory=list)  # of the harness


def tables(results: Sequence[dict[str, Any]]) -> list[ScoreTable]:
    """The tables of one or several results (as in results.json), side by side."""
    columns = column_names(results)
    mixed = any(result["profile"] != "polyglot" for result in results)
    profiles = {name: result["profile"] for name, result in zip(columns, results, strict=True)}
    if len(set(profiles.values())) == 1:
        note = f"Profile {results[0]['profile']}."
    else:
        note = f"Profiles: {', '.join(f'{name} {profile}' for name, profile in profiles.items())}."
    different = ", which gives other scores (docs/evaluation.md)" if mixed else ""
    note += f" The published columns have profile polyglot{different}."
    limits = {name: result.get("limit") for name, result in zip(columns, results, strict=True)}
    if len(set(limits.values())) > 1:
        parts = ", ".join(f"{name} {f'the first {n}' if n else 'all'}" for name, n in limits.items())
        note += f" Scores of different documents do not compare; of each task were scored: {parts}."
    elif limit := next(iter(limits.values())):
        note += f" Only the first {limit} documents of each task were scored."
    made = []
    korean = ScoreTable(KOBEST, columns, seed.KOBEST_MODELS, note=note, other_profile=mixed)
    for task in (*[name for name in seed.KOBEST if name != "average"], "kobest_wic"):
        if any(task in result["tasks"] for result in results):
            korean.rows.append(_row(task, results, task, "f1", seed.KOBEST.get(task, ())))
            korean.tasks.append(task)
    if korean.rows:
        four = [_mean_of_four(result) for result in results]
        korean.rows.append(Row(FOUR, None, four, seed.KOBEST["average"]))
        group = [
            _score(result["averages"].get("kobest_f1") if result["profile"] == "main" else None) for result in results
        ]
        if any(group):
            korean.rows.append(Row("average of all by size (the harness' group)", None, group))
        made.append(korean)
    if families := _families(results, columns):
        made.append(families)
    english = ScoreTable("English", columns, seed.ENGLISH_MODELS, note=note, other_profile=mixed)
    for name, (task, metric, published) in seed.ENGLISH.items():
        if any(task in result["tasks"] for result in results):
            english.rows.append(_row(name, results, task, metric, published))
            english.tasks += [] if task in english.tasks else [task]
    if english.rows:
        complete = len(english.rows) == len(seed.ENGLISH)
        means: list[Score | None] = []
        for k in range(len(results)):
            values = [row.scores[k] for row in english.rows]
            means.append((sum(v[0] for v in values if v) / len(values), None) if all(values) else None)
        same = tuple(fmean(row.published[k] for row in english.rows) for k in range(len(seed.ENGLISH_MODELS)))
        label = "average" if complete else f"average of these {len(english.rows)}"
        if len(english.rows) > 1:
            english.rows.append(Row(label, None, means, seed.ENGLISH_AVERAGE if complete else same))
        made.append(english)
    others = sorted(
        {t for r in results for t in r["tasks"]}
        - set(seed.KOBEST)
        - {"kobest_wic"}
        - {task for task, _, _ in seed.ENGLISH.values()}
    )
    if others:
        table = ScoreTable("Other tasks", columns, note=note)
        open_ended = ScoreTable("Other tasks, metrics that are not shares", columns, note=note, unit="value")
        for task in others:
            for metric in sorted({m for r in results for m in metrics(r["tasks"].get(task, {}))}):
                row = _row(f"{task}/{metric}", results, task, metric, ())
                share = all(0 <= score[0] <= 1 for score in row.scores if score)
                (table if share else open_ended).rows.append(row)
        for other in (table, open_ended):
            other.tasks = list(dict.fromkeys(row.name.partition("/")[0] for row in other.rows))
        made += [other for other in (table, open_ended) if other.rows]
    bits = ScoreTable(
        "Bits per byte on held-out documents",
        columns,
        unit="bits per byte",
        note="Lower is better. The figures are comparable between tokenizers, on the same documents.",
    )
    for kind, label in (("languages", "language {}"), ("sources", "source {}")):
        names = sorted({name for r in results for name in r.get("bpb", {}).get(kind, {})})
        for name in names:
            cells = [r.get("bpb", {}).get(kind, {}).get(name) for r in results]
            bits.rows.append(Row(label.format(name), None, [(c["bpb"], c["stderr"]) if c else None for c in cells]))
    if bits.rows:
        made.append(bits)
    return made


def column_names(results: Sequence[dict[str, Any]]) -> list[str]:
    """A name for each result: its own, with its run's where the checkpoints of several runs have the same."""
    names = [result["name"] for result in results]
    twice = [result.get("run") and names.count(result["name"]) > 1 for result in results]
    return [f"{r['run']}, {r['name']}" if more else r["name"] for r, more in zip(results, twice, strict=True)]


def _families(results: Sequence[dict[str, Any]], columns: list[str]) -> ScoreTable | None:
    """KOBEST and the families of Korean questions, and their average, which says what is in it."""
    table = ScoreTable(
        "Korean: averages", columns, note="each set by the number of its questions, KOBEST as the mean of four tasks"
    )
    for name, family in FAMILIES.items():
        if any(family.members(list(result["tasks"])) for result in results):
            scores = [_score(result["averages"].get(f"{name}_{family.metric}")) for result in results]
            found = [len(family.members(list(result["tasks"]))) for result in results]
            told = f"{min(found)} of its {family.size} tasks" if min(found) < family.size else f"{family.size} tasks"
            table.rows.append(Row(f"{family.label}, {family.metric}, {told}", None, scores))
    if not table.rows:
        return None
    table.rows.insert(0, Row("KOBEST, macro-F1, 4 tasks (without WiC)", None, [_mean_of_four(r) for r in results]))
    whole = [row for row in table.rows if all(row.scores)]
    if len(whole) > 1:
        means = [_score(fmean(score[0] for row in whole if (score := row.scores[k]))) for k in range(len(results))]
        sets = " and ".join(row.name.partition(",")[0] for row in whole)
        table.rows.append(Row(f"{AVERAGE} of {sets}", None, means))
    return table


def metrics(entry: dict[str, Any]) -> list[str]:
    """The metrics of a task's entry: its numbers without counts, errors and baselines."""
    return [key for key in entry if key not in ("n", "cut") and not key.endswith(("_stderr", "_constant"))]


def cut_note(results: Sequence[dict[str, Any]]) -> str:
    """The tasks with prompts that were too long for the model, or nothing."""
    cut = [
        f"{result['name']}: {task} {entry['cut']:,}"
        for result in results
        for task, entry in result["tasks"].items()
        if entry.get("cut")
    ]
    return (
        f"Requests whose prompt lost its beginning, because the model's context is too short for it: {', '.join(cut)}."
        if cut
        else ""
    )


def _row(name: str, results: Sequence[dict[str, Any]], task: str, metric: str, published: tuple[float, ...]) -> Row:
    entries = [result["tasks"].get(task, {}) for result in results]
    scores = [(entry[metric], entry.get(f"{metric}_stderr")) if metric in entry else None for entry in entries]
    return Row(
        name, next((e[f"{metric}_constant"] for e in entries if f"{metric}_constant" in e), None), scores, published
    )


def _mean_of_four(result: dict[str, Any]) -> Score | None:
    """The model card's average: the plain mean of four tasks' macro-F1; None while one is missing."""
    names = [name for name in seed.KOBEST if name != "average"]
    values = [result["tasks"].get(name, {}).get("f1") for name in names]
    return None if None in values else (sum(values) / len(values), None)


def _score(value: float | None) -> Score | None:
    return None if value is None else (value, None)


def score_text(score: Score | None) -> str:
    """0.431 ± 0.022, or a dash."""
    if score is None:
        return "–"
    return f"{score[0]:.3f}" + (f" ± {score[1]:.3f}" if score[1] is not None else "")


def markdown(
    made: Sequence[ScoreTable],
    skipped: Mapping[str, str],
    warning: str = "",
    commands: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """All tables as Markdown. `commands`: those of the harness by the table's title."""
    lines = [warning, ""] if warning else []
    for table in made:
        lines += [f"## {table.title}", "", f"{table.note}", ""]
        lines += [line for command in (commands or {}).get(table.title, []) for line in (f"    {command}", "")]
        baseline = ["one answer"] if any(row.constant is not None for row in table.rows) else []
        head = ["", *table.columns, *baseline, *table.published]
        lines += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for row in table.rows:
            constant = [f"{row.constant:.3f}" if row.constant is not None else ""] if baseline else []
            published = [f"{value:.3f}" for value in row.published] or [""] * len(table.published)
            lines.append("| " + " | ".join([row.name, *map(score_text, row.scores), *constant, *published]) + " |")
        lines.append("")
    if skipped:
        lines += ["## Skipped", "", *(f"- {task}: {reason}" for task, reason in skipped.items()), ""]
    return "\n".join(lines)


def largest(table: ScoreTable) -> float:
    """The value of a full bar: 1 for scores, the largest value for bits."""
    if table.unit == "score":
        return 1.0
    if table.unit == "value":
        return 0.0  # no bars: the rows are of different units
    return max((score[0] for row in table.rows for score in row.scores if score), default=1.0)
