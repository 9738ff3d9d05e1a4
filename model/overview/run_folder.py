"""One page for a whole run folder: corpus, tokenizer, packed data, training and scores, with the figures that matter,
warnings on top, and a link to the page of each.

Every figure comes from the JSON that a command wrote; index.json beside the page holds all of them again.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from corpus import losses, release
from corpus.engine.marker import read_marker, read_result, unfinished
from corpus.engine.output import WORK
from corpus.engine.task import write_json
from corpus.errors import UserError
from corpus.html import write_page
from corpus.quantities import duration, megabytes, percent
from model.evaluation.results import read_results
from model.evaluation.tables import cut_note, metrics
from model.runs.metrics import last_of, read_metrics

DEPTH = 4  # folders below the one that is named
GENERATOR = '<meta name="generator" content="Hanji overview">'
Value = int | float | str | None


class Fact(NamedTuple):
    """A figure of a result: `unit` is "count", "bytes", "share", "figure", "seconds" or "" for text."""

    label: str
    value: Value
    unit: str = "count"


class Found(NamedTuple):
    """One result in the folder."""

    kind: str
    folder: Path
    page: Path | None
    made: str  # when, as ISO 8601 to the minute
    facts: list[Fact]
    warnings: list[str]


def overview(folders: Sequence[Path]) -> list[Found]:
    """The results in some folders and below them, in the order of the chain. Raises UserError where there are none."""
    found = [result for folder in folders for place in _walk(folder, DEPTH) for result in _results(place)]
    if not found:
        names = ", ".join(map(str, folders))
        raise UserError(f"{names}: no result of a command is in there. Name the folder that holds corpus, tokenizer, …")
    order = list(KINDS)
    return sorted(found, key=lambda result: (order.index(result.kind), str(result.folder)))


def write_overview(path: Path, title: str, found: Sequence[Found]) -> None:
    """Write the page to `path` and index.json beside it.

    Raises UserError for a file in its place that is not such a page.
    """
    if path.is_file() and GENERATOR not in path.read_text(encoding="utf-8", errors="replace")[:2000]:
        raise UserError(
            f"{path} is there already and is no overview of ours; it is left alone. Name another with --out."
        )
    entries = [_entry(result, path.parent) for result in found]
    warnings = [{"of": entry["folder"], "text": text} for entry in entries for text in entry["warnings"]]
    content = {"title": title, "hanji": release(), "warnings": warnings, "results": entries}
    write_json(path.with_suffix(".json"), content)
    write_page(path, "model.overview", "overview.html", {"shown": shown}, generator=GENERATOR, **content)


def _entry(result: Found, beside: Path) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "folder": os.path.relpath(result.folder, beside),
        "page": os.path.relpath(result.page, beside) if result.page else None,
        "made": result.made,
        "facts": [fact._asdict() for fact in result.facts],
        "warnings": result.warnings,
    }


def shown(fact: dict[str, Any]) -> str:
    """A figure for people."""
    value, unit = fact["value"], fact["unit"]
    if value is None:
        return "–"
    if unit == "count":
        return f"{value:,}"
    if unit == "share":
        return percent(value)
    if unit == "figure":
        return f"{value:.3f}"
    if unit == "seconds":
        return f"{value:.1f} s" if value < 60 else duration(value)
    if unit == "bytes":
        return megabytes(value)
    return str(value)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder.")
    yield folder
    if depth:
        for place in sorted(folder.iterdir()):
            if (
                place.is_dir()
                and not place.is_symlink()
                and not place.name.startswith(".")
                and place.name != "checkpoints"
            ):
                yield from _walk(place, depth - 1)


def _results(folder: Path) -> Iterator[Found]:
    for kind, (mark, look) in KINDS.items():
        if (folder / mark).is_file():
            page = next((p for p in (folder / "report.html", folder / "README.md") if p.is_file()), None)
            made = datetime.fromtimestamp((folder / mark).stat().st_mtime).isoformat(" ", "minutes")
            facts, warnings = look(folder)
            state = unfinished(folder)
            yield Found(kind, folder, page, made, facts, [state, *warnings] if state else warnings)
            return


def _corpus(folder: Path) -> tuple[list[Fact], list[str]]:
    stats = read_result(folder, "stats.json")
    total = stats["total"]
    output = total["output"]
    facts = [
        Fact("documents", output["documents"]),
        Fact("text", output["bytes"], "bytes"),
        Fact("records read", total["read"]["in"]),
        Fact("dropped by rules", sum(total["clean"]["dropped"].values()) + sum(total["trim"]["dropped"].values())),
        Fact("duplicates", sum(total["deduplicate"]["dropped"].values())),
        Fact("unreadable", sum(total["read"]["unreadable"].values())),
    ]
    sizes = sorted(output["language_bytes"].items(), key=lambda item: (-item[1], item[0]))
    facts += [Fact(f"{lang} text", size / max(1, output["bytes"]), "share") for lang, size in sizes]
    from corpus.times import read_times  # loads the kernels

    if times := read_times(folder / WORK):
        longest = max(times["steps"], key=lambda step: step["seconds"])
        facts += [Fact("time to build", times["seconds"], "seconds"), Fact("longest step", longest["step"], "")]
    return facts, losses.warnings(stats)


def _tokenizer(folder: Path) -> tuple[list[Fact], list[str]]:
    training = read_result(folder, "training.json")
    words = training["words"]
    return [
        Fact("tokens", training["vocab_size"]),
        Fact("pattern", training["pattern"], ""),
        Fact("merges", training["merges"]),
        Fact("distinct words", words["distinct"]),
        Fact("words", words["occurrences"]),
    ], []


def _fertility(folder: Path) -> tuple[list[Fact], list[str]]:
    report = read_result(folder, "fertility.json")
    ours = [entry for entry in report["tokenizers"] if entry["ours"]]
    facts = [Fact("documents measured", report["corpus"]["documents"]), Fact("split", report["corpus"]["split"], "")]
    for entry in ours:
        for lang, group in entry["languages"].items():
            of = f" ({entry['name']})" if len(ours) > 1 else ""
            facts.append(Fact(f"tokens per {lang} word{of}", group["metrics"]["fertility"]["value"], "figure"))
    facts.append(Fact("other tokenizers", len(report["tokenizers"]) - len(ours)))
    seen = {"all": "all", "part": "some"}
    warnings = [
        f"{entry['name']} was trained on {seen[entry['seen']]} of the text that it is measured on."
        for entry in ours
        if entry["seen"] in seen
    ]
    return facts, warnings


def _packed(folder: Path) -> tuple[list[Fact], list[str]]:
    packed = read_result(folder, "packing.json")
    facts = [
        Fact("tokens", packed["tokens"]),
        Fact("rows", packed["rows"]),
        Fact("tokens a row", packed["seq_len"]),
        Fact("filled", packed["filled"], "share"),
    ]
    return facts, []


def _run(folder: Path) -> tuple[list[Fact], list[str]]:
    events = read_metrics(folder / "metrics.jsonl")
    train, validation = last_of(events, "train"), last_of(events, "validation")
    if train is None:
        return [Fact("steps", 0)], ["no step of this run has been taken."]
    facts = [
        Fact("steps", train["step"]),
        Fact("tokens seen", train.get("tokens", 0)),
        Fact("loss, nats a token", train["loss"], "figure"),
    ]
    for name, value in (validation or {}).items():
        if name.startswith("bpb/language/"):
            facts.append(Fact(f"bits per byte, {name.removeprefix('bpb/language/')}", value, "figure"))
    skipped = train.get("skipped", 0)
    warnings = [f"{skipped:,} steps were skipped because of their loss or gradient."] if skipped else []
    return facts, warnings


def _export(folder: Path) -> tuple[list[Fact], list[str]]:
    config = read_result(folder, "config.json")
    names = {"num_hidden_layers": "layers", "hidden_size": "width", "vocab_size": "tokens"}
    facts = [Fact(label, config[key]) for key, label in names.items() if key in config]
    return [Fact("architecture", (config.get("architectures") or ["?"])[0], ""), *facts], []


def _gguf(folder: Path) -> tuple[list[Fact], list[str]]:
    marker = read_marker(folder)
    known = marker["record"] if marker else {}
    return [Fact(key, known[key], unit) for key, unit in (("parameters", "count"), ("dtype", "")) if key in known], []


def _scores(folder: Path) -> tuple[list[Fact], list[str]]:
    results = read_results(folder / "results.json")
    facts = [Fact("profile", results[0]["profile"], "")]
    for result in results:
        of = f" ({result['name']})" if len(results) > 1 else ""
        for task, entry in result["tasks"].items():
            facts += [Fact(f"{task} {name}{of}", entry[name], "figure") for name in metrics(entry)[:1]]
        for lang, bits in result.get("bpb", {}).get("languages", {}).items():
            facts.append(Fact(f"bits per byte, {lang}{of}", bits["bpb"], "figure"))
    skipped = [f"{task} was skipped: {why}" for result in results for task, why in result["skipped"].items()]
    return facts, [note for note in (cut_note(results), *skipped) if note]


def _dedup(folder: Path) -> tuple[list[Fact], list[str]]:
    summary = read_result(folder, "summary.json")
    return [Fact(name, summary[name]) for name in ("records", "exact", "near", "kept")], []


# kind → (the file that only it has, what looks into it), in the order of the chain
KINDS: dict[str, tuple[str, Callable[[Path], tuple[list[Fact], list[str]]]]] = {
    "Corpus": ("stats.json", _corpus),
    "Deduplicated files": ("duplicates.parquet", _dedup),
    "Tokenizer": ("training.json", _tokenizer),
    "Tokenizer report": ("fertility.json", _fertility),
    "Packed data": ("packing.json", _packed),
    "Training": ("config.toml", _run),
    "Export": ("model.safetensors", _export),
    "Export for llama.cpp": ("model.gguf", _gguf),
    "Scores": ("results.json", _scores),
}
