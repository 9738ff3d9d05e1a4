"""Scoring a run or a model directory from start to end: the content of results.json of `evaluate`.

A run is first exported to a temporary folder, so that runs and foreign models are scored in the same way, by the
harness' own model class.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from corpus.engine.local import Observer, Silent
from corpus.errors import UserError
from model.evaluation.harness import averages, open_model, score_bpb, score_tasks
from model.evaluation.results import Unfinished, model_identity
from model.evaluation.tasks import expand, prepare
from model.export.foreign import check_directory


@dataclass(frozen=True)
class Request:
    """What to measure, and how."""

    tasks: list[str]
    profile: str
    mirror: Path | None
    corpus: Path | None
    documents: int
    context: int
    limit: int | None
    bos: bool | None
    batch_size: int
    device: str


def evaluate_run(
    run: Path, request: Request, step: str = "", observer: Observer | None = None, unfinished: Path | None = None
) -> list[dict[str, Any]]:
    """One result, or one per checkpoint with step "all". The scores of each task are kept in the file `unfinished`
    meanwhile, and those that an earlier call has kept there are not measured again. Raises UserError if the run, model
    or checkpoint does not exist."""
    if (run / "config.json").is_file():
        return [evaluate_directory(run, run.name, request, observer, unfinished) | {"source": str(run)}]
    steps = _steps(run, step)
    results = []
    for number in steps:
        with _exported(run, number) as (folder, found):
            name = run.name if len(steps) == 1 else f"step {found:,}"
            scored = evaluate_directory(folder, name, request, observer, unfinished)
            results.append(scored | {"step": found, "run": run.name, "source": str(run)})
    return results


def _steps(run: Path, step: str) -> list[int | None]:
    from model.runs.required import found

    if step == "all":
        every: list[int | None] = [*sorted(found(run / "checkpoints"))]
        return every or [None]
    return [int(step) if step else None]


@contextmanager
def _exported(run: Path, step: int | None) -> Iterator[tuple[Path, int]]:
    from model.export.huggingface import export_run

    folder = Path(tempfile.mkdtemp(prefix="hanji-evaluate-"))
    try:
        exported = export_run(run, folder / "hf", step)
        yield exported.out, exported.step
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def evaluate_directory(
    directory: Path,
    name: str,
    request: Request,
    observer: Observer | None = None,
    unfinished: Path | None = None,
) -> dict[str, Any]:
    """The result of one model directory: a JSON object. `observer` shows a stage per task; `unfinished` as in
    `evaluate_run`."""
    if "bpb" in request.tasks and request.corpus is None:
        raise UserError(
            "--tasks bpb needs held-out documents: name a corpus with --corpus, or leave bpb out of --tasks."
        )
    if request.profile == "polyglot" and request.bos:
        raise UserError("--bos: profile polyglot never begins with BOS; leave it out, or use --profile main.")
    check_directory(directory)
    names = expand(request.tasks)
    result: dict[str, Any] = {
        "name": name,
        "model": model_identity(directory),
        "profile": request.profile,
        "limit": request.limit,
        "bos": request.bos,
        "versions": {package: version(package) for package in ("lm-eval", "transformers", "torch")},
    }
    kept = None if unfinished is None else Unfinished(unfinished, {**result, "mirror": str(request.mirror)})
    result["measured"] = time.strftime("%Y-%m-%d %H:%M")
    model = open_model(directory, request.profile, request.batch_size, request.device, request.bos)
    shown = model.observer = observer or Silent()  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory(prefix="hanji-tasks-") as scratch:
        tasks = prepare(names, request.mirror, request.profile, Path(scratch))
        before = {} if kept is None else {task: kept.scores[task] for task in tasks.names if task in kept.scores}
        for task in before:
            tasks.names.remove(task)
            shown.begin(task, 1, 1)
            shown.skip(task, "", 1)
            shown.end(task)
        result["tasks"] = before | score_tasks(model, tasks, request.limit, *([] if kept is None else [kept.add]))
        result["skipped"] = dict(tasks.skipped)
        result["unreachable"] = tasks.unreachable
    result["averages"] = averages(result["tasks"], request.profile)
    if request.corpus is not None and "bpb" in request.tasks:
        result["bpb"] = score_bpb(model, request.corpus, request.documents, request.context, observer)
    return result
