"""report.html of a run: curves, data mix, machine, time, notable steps and samples; one page without script or network.

Drawn only from metrics.jsonl and config.toml, so it can be made at any time, also during the run.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.engine.task import read_json
from corpus.html import write_page
from model.runs.metrics import last_of, read_metrics
from model.training.shown.charts import Chart, Line, draw, palette
from model.training.shown.notable import notable
from model.training.shown.panel import figures

TRAIN, UNIGRAM = "training", "unigram entropy"  # names of lines


def _cards(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures above the charts; of a finished run without the time that is left."""
    hidden = {"unigram_entropy"} | (set() if values.get("seconds_left") else {"seconds_left"})
    pairs = figures({key: value for key, value in values.items() if key not in hidden})
    return [("learning rate" if name == "lr" else name, text) for name, text in pairs]


def write_report(run: Path) -> None:
    """Write RUN/report.html from the events so far."""
    events = read_metrics(run / "metrics.jsonl")
    train = last_of(events, "train") or {}
    start = {"data": [], "machine": {}, "began": ""} | (last_of(events, "start") or {})
    start["began"] = next((e.get("began", "") for e in events if e["kind"] == "start"), "")
    samples = [e for e in events if e["kind"] == "sample"]
    config = (run / "config.toml").read_text(encoding="utf-8")
    steps = notable(events, tomllib.loads(config))
    write_page(
        run / "report.html",
        "model.training.shown",
        "run.html",
        name=run.resolve().name,
        step=max((e["step"] for e in events), default=0),
        start=start,
        figures=_cards(start | train),
        charts=charts(events, [each.step for each in steps if each.marked]),
        notable=steps,
        validation=held_out(events),
        spent=spent(train),
        step_time=step_time(run / "profile" / "time.json"),
        samples=[e for e in samples if e["step"] == samples[-1]["step"]],
        config=config,
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


def charts(events: Sequence[Mapping[str, Any]], marks: Sequence[float] = ()) -> list[Chart]:
    """The charts that these events have data for; `marks` are steps to be marked on each. A name has one colour on all
    of them."""
    train = series(events, "train", ("loss", "lr", "grad_norm", "tokens_per_second", "mfu_6n", "mfu_causal"))
    validation = series(events, "validation", None)
    level = next((e["unigram_entropy"] for e in events if e.get("unigram_entropy")), None)
    by_source = {name: line for name, line in validation.items() if "/language/" not in name}
    loss_of_languages, bits_of_languages = _named(validation, "loss/language/"), _named(validation, "bpb/language/")
    loss_of_sources, bits_of_sources = _named(by_source, "loss/"), _named(by_source, "bpb/")
    losses = {TRAIN: train.get("loss", [])} | loss_of_languages
    if level is not None and losses[TRAIN]:
        losses[UNIGRAM] = [(losses[TRAIN][0][0], level), (losses[TRAIN][-1][0], level)]
    used = {"mfu_6n": "6N", "mfu_causal": "causal"}
    utilised = {label: train[name] for name, label in used.items() if name in train}
    languages, sources = sorted(loss_of_languages | bits_of_languages), sorted(loss_of_sources | bits_of_sources)
    numbers = palette([TRAIN, *languages, UNIGRAM], used.values(), [f"source {name}" for name in sources])
    drawn = [
        ("Loss of training, and of held-out text by language", "nats a token", losses),
        ("Held-out bits per byte by language", "bits per byte", bits_of_languages),
        ("Held-out loss by source", "nats a token", _prefixed(loss_of_sources)),
        ("Held-out bits per byte by source", "bits per byte", _prefixed(bits_of_sources)),
        ("Learning rate", "rate", {TRAIN: train.get("lr", [])}),
        ("Gradient norm", "norm before clipping", {TRAIN: train.get("grad_norm", [])}),
        ("Speed", "tokens a second", {TRAIN: train.get("tokens_per_second", [])}),
        ("Model FLOP utilisation", "share of the device's peak", utilised),
    ]
    return [draw(title, lines, unit, numbers, marks) for title, unit, lines in drawn if any(lines.values())]


def _prefixed(lines: Mapping[str, Line]) -> dict[str, Line]:
    """By names that no language has: a source may be called "ko"."""
    return {f"source {name}": line for name, line in lines.items()}


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


def held_out(events: list[dict[str, Any]]) -> dict[str, list[tuple[str, float | None, float | None]]]:
    """Name, bits per byte and loss at the last validation, of languages and of sources."""
    last = last_of(events, "validation") or {}
    names = [key.removeprefix("bpb/") for key in last if key.startswith("bpb/")]
    rows = [(name, last[f"bpb/{name}"], last.get(f"loss/{name}")) for name in names]
    languages = [(name.removeprefix("language/"), *rest) for name, *rest in rows if name.startswith("language/")]
    sources = [row for row in rows if not row[0].startswith("language/")]
    return {kind: found for kind, found in (("language", languages), ("source", sources)) if found}
