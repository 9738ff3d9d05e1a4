"""The record of a chain from upstream files to a scored model, as one JSON file; docs/speedrun.md compares them."""

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.engine.task import read_json, write_json
from model.config import load_config
from model.runs.metrics import last_of, read_metrics

RECORD = "speedrun.json"


def device_name() -> str:
    """The name of the first GPU, or of the CPU's architecture with its number of threads."""
    import torch  # here, since a chain reads its record before it checks its recipe

    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU ({platform.machine()}, {torch.get_num_threads()} threads)"


def add_seconds(folder: Path, step: str, seconds: float, **facts: Any) -> dict[str, Any]:
    """Add the time of one step to FOLDER/speedrun.json; the time of repeated runs adds up. If one of the facts is
    another than in the file, that is the record of another chain, and a new one begins."""
    path = folder / RECORD
    record: dict[str, Any] = read_json(path) if path.is_file() else {}
    if is_other(record, facts):
        record = {}
    spent = record.get("seconds", {})
    spent[step] = round(spent.get(step, 0.0) + seconds, 1)
    record |= {**facts, "device": device_name(), "date": datetime.now(UTC).date().isoformat(), "seconds": spent}
    record["total_minutes"] = round(sum(spent.values()) / 60, 1)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, record)
    return record


def is_other(record: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether a record is that of another chain: one of the facts is another there."""
    return any(record.get(name, fact) != fact for name, fact in facts.items())


def add_results(folder: Path, run: Path, results: Path | None) -> dict[str, Any]:
    """Add what the run and its scores are: parameters, tokens, bits per byte, averages, and the curve of the loss.

    `results` is a results.json of `evaluate`, None where nothing was scored.
    """
    from model.network.decoder import parameter_count

    record: dict[str, Any] = read_json(folder / RECORD)
    events = read_metrics(run / "metrics.jsonl")
    train, validation = last_of(events, "train") or {}, last_of(events, "validation") or {}
    config = load_config(run / "config.toml")
    record |= {
        "parameters": parameter_count(config.model),
        "steps": train.get("step"),
        "tokens": train.get("tokens"),
        "loss": train.get("loss"),
        "tokens_per_second": train.get("tokens_per_second"),
        "mfu_causal": train.get("mfu_causal"),
        "bits_per_byte": _languages(validation),
        "curve": [{"step": event["step"], **_languages(event)} for event in events if event["kind"] == "validation"],
        "scores": None,
    }
    if results is not None and results.is_file():
        found = read_json(results)
        record["scores"] = {"profile": found.get("profile"), **found.get("averages", {})}
    write_json(folder / RECORD, record)
    return record


def _languages(event: Mapping[str, Any]) -> dict[str, float]:
    prefix = "bpb/language/"
    return {name.removeprefix(prefix): value for name, value in event.items() if name.startswith(prefix)}
