"""Whether a folder is a run or a model directory: checks that need no torch, for commands to begin with."""

from pathlib import Path

from corpus.errors import UserError


def require_run(folder: Path) -> None:
    """Raise UserError for a folder that is not one of a run."""
    if not (folder / "config.toml").is_file():
        raise UserError(f"{folder} is not a run directory: it has no config.toml. Train one with `hanji pretrain`.")


def require_model(source: Path, step: int | str | None = None) -> None:
    """Raise UserError for a folder that is neither one of a run nor a model directory, and for a model directory with a
    `step`."""
    if (source / "config.toml").is_file():
        return
    if not (source / "config.json").is_file():
        raise UserError(
            f"{source} is neither a run (config.toml) nor a model directory of transformers (config.json). Train a run"
            " with `hanji pretrain`."
        )
    if step not in (None, ""):
        raise UserError(f"--step {step}: {source} is a model directory and has no checkpoints; leave --step out.")
