"""Whether a folder is a run or a model directory, and has a checkpoint: checks that need no torch, for commands to
begin with."""

import re
from pathlib import Path
from typing import Literal

from corpus.engine.output import WORK
from corpus.errors import UserError

REPLACED = f"{WORK}/replaced"  # of a run: another one's files, until this one has passed all checks
PATTERN = re.compile(r"step-(\d+)")
Resume = bool | Literal["auto"]  # auto: if there is something to resume


def found(directory: Path) -> dict[int, Path]:
    """Finished checkpoints by step; `verify` checks whether they are valid."""
    matches = ((PATTERN.fullmatch(path.name), path) for path in directory.glob("step-*"))
    return {int(match[1]): path for match, path in matches if match and (path / "manifest.json").is_file()}


def require_run(folder: Path) -> None:
    """Raise UserError for a folder that is not one of a run."""
    if not (folder / "config.toml").is_file():
        raise UserError(f"{folder} is not a run directory: it has no config.toml. Train one with `hanji pretrain`.")


def require_model(source: Path, step: int | str | None = None) -> None:
    """Raise UserError for a folder that is neither one of a run nor a model directory, for a `step` of which a run has
    no checkpoint, and for a model directory with a step."""
    if (source / "config.toml").is_file():
        require_step(source, step)
        return
    if not (source / "config.json").is_file():
        raise UserError(
            f"{source} is neither a run (config.toml) nor a model directory of transformers (config.json). Train a run"
            " with `hanji pretrain`."
        )
    if step not in (None, ""):
        raise UserError(f"--step {step}: {source} is a model directory and has no checkpoints; leave --step out.")


def require_step(run: Path, step: int | str | None) -> None:
    """Raise UserError for a step of which a run has no checkpoint."""
    if step in (None, "", "all"):
        return
    if not str(step).isdecimal():
        raise UserError(f"--step {step}: expected the number of a checkpoint, or all.")
    path = run / "checkpoints" / f"step-{int(step):06d}"
    if not path.is_dir():
        steps = ", ".join(map(str, sorted(found(path.parent)))) or "none"
        raise UserError(f"{path} cannot be used: there is no such folder. Usable steps: {steps}.")


def require_average(run: Path, step: int | None, count: int) -> None:
    """Raise UserError for a run that has not `count` checkpoints up to `step`; whether they are sound is seen later."""
    steps = [each for each in sorted(found(run / "checkpoints")) if step is None or each <= step]
    if count > max(len(steps), 1):
        raise too_few(run, step or max(steps, default=0), count, len(steps))


def too_few(run: Path, step: int, count: int, there: int) -> UserError:
    """The error for checkpoints that are to be averaged."""
    return UserError(
        f"{run}: no {count:,} checkpoints to average up to step {step:,}, only {there:,}. A run keeps the last"
        " train.keep_last of them, and with train.keep_every also those of every so many steps."
    )


def check_resume(run: Path, resume: Resume, steps: int) -> None:
    """Check whether there is something to resume, and not past its end. Raises UserError; nothing is written."""
    there = found(run / "checkpoints")
    if there and not resume:
        raise UserError(
            f"{run} already contains checkpoints. Resume them with --resume, replace the run of"
            " other settings with --overwrite, or choose another --out."
        )
    if not there and resume is True:
        raise UserError(
            f"{run} contains no checkpoint to resume. Check that --out is the folder of the run, or begin a new one"
            " with --resume=auto."
        )
    if there and max(there) > steps:
        raise UserError(
            f"{run} has taken {max(there):,} steps, and train.steps is {steps:,}. Set train.steps above {max(there):,}"
            " to continue it; otherwise nothing is left to do."
        )
