"""results.json: the scores so far, which later commands add to.

Scores of one model with one set of settings are merged by task, also from several commands. Another model or other
settings never overwrite them: the old file is renamed first. If nothing was scored, nothing is written.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.engine.task import file_sha256, settings_sha256, write_json
from corpus.errors import DamagedError, UserError
from corpus.values import from_json
from model.evaluation.harness import averages

SETTINGS = ("model", "profile", "limit", "bos", "step")
Result = dict[str, Any]


class Unfinished:
    """The scores of tasks that a command has finished before its end, in one JSON file with a checksum of each model's;
    a damaged file counts as none. One object is for one model and one set of settings (`about`)."""

    def __init__(self, path: Path, about: Mapping[str, Any]):
        self.path, self.key = path, settings_sha256(about)
        try:
            self.all = from_json(path.read_text(encoding="utf-8")) if path.is_file() else {}
            mine = self.all.get(self.key, {})
            self.scores: Result = mine["tasks"] if mine and mine["sha256"] == settings_sha256(mine["tasks"]) else {}
        except (OSError, ValueError, AttributeError, KeyError, TypeError):
            self.all, self.scores = {}, {}

    def add(self, task: str, entry: Result) -> None:
        self.scores[task] = entry
        self.all[self.key] = {"tasks": self.scores, "sha256": settings_sha256(self.scores)}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self.path, self.all)


def model_identity(directory: Path) -> str:
    """SHA-256 over the configuration, the weights and the tokenizer of a model directory."""
    files = [
        path
        for pattern in ("config.json", "tokenizer*", "*.safetensors", "*.bin")
        for path in sorted(directory.glob(pattern))
        if path.is_file()
    ]
    return hashlib.sha256("".join(f"{path.name} {file_sha256(path)}\n" for path in files).encode()).hexdigest()


def read_results(path: Path) -> list[Result]:
    """The results in a results.json. Raises UserError when it is not readable."""
    try:
        found = from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedError(f"{path}: not readable as JSON ({error}).") from error
    results = found if isinstance(found, list) else [found]
    if not results or not all(isinstance(result, dict) and isinstance(result.get("tasks"), dict) for result in results):
        raise DamagedError(f"{path}: not a results.json of `evaluate`.")
    return results


def require_scores(results: Sequence[Result]) -> None:
    """Raise UserError when nothing was scored; files on disk are then unchanged."""
    if not any(result["tasks"] or result.get("bpb") for result in results):
        reasons = {task: reason for result in results for task, reason in result["skipped"].items()}
        told = "; ".join(f"{task}: {reason}" for task, reason in reasons.items()) or "no task was requested"
        raise UserError(f"Nothing was scored, and nothing was written. {told}.")


def keep(folder: Path, results: Sequence[Result]) -> tuple[list[Result], Path | None]:
    """Merge results into results.json; returns the merged results, and the new path of an older file that was
    renamed."""
    path, aside = folder / "results.json", None
    merged = list(results)
    if path.is_file():
        old = read_results(path)
        if all(any(_same(before, now) for before in old) for now in results):
            merged = [merge(next(before for before in old if _same(before, now)), now) for now in results]
            merged += [before for before in old if not any(_same(before, now) for now in results)]
            merged.sort(key=lambda result: result.get("step") or 0)
        else:
            number = next(n for n in range(1, 1 << 20) if not (folder / f"results-{n}.json").exists())
            aside = folder / f"results-{number}.json"
            path.rename(aside)
    write_json(path, merged[0] if len(merged) == 1 else merged)
    return merged, aside


def merge(before: Result, now: Result) -> Result:
    """The merged result of two commands: the last score of each task."""
    tasks = before["tasks"] | now["tasks"]
    skipped = {task: why for task, why in (before["skipped"] | now["skipped"]).items() if task not in tasks}
    merged = {**before, **now, "tasks": tasks, "skipped": skipped, "averages": averages(tasks, now["profile"])}
    if "bpb" not in now and "bpb" in before:
        merged["bpb"] = before["bpb"]
    return merged


def _same(before: Result, now: Result) -> bool:
    return all(before.get(key) == now.get(key) for key in SETTINGS)
