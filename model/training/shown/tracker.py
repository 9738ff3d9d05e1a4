"""The numbers of a run in trackio or Weights & Biases, besides metrics.jsonl: both have the same three functions."""

import importlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpus.errors import UserError
from model.training.progress import Observer

TRACKERS = ("trackio", "wandb")


class Tracked:
    """An observer that passes each event on, and its finite numbers to a tracker as KIND/NAME; a context manager."""

    def __init__(self, tracker: str, run: Path, settings: Mapping[str, Any], observer: Observer) -> None:
        """`run` names the run in the project "hanji". Raises UserError for an unknown tracker, or one that is not
        installed."""
        if tracker not in TRACKERS:
            raise UserError(f"--track {tracker}: accepted are {', '.join(TRACKERS)}.")
        try:
            self._module = importlib.import_module(tracker)
        except ImportError as error:
            raise UserError(f"--track {tracker}: its library is not installed: pip install {tracker}.") from error
        self._run, self._settings, self._observer = run, dict(settings), observer

    def __enter__(self) -> "Tracked":
        self._module.init(project="hanji", name=self._run.resolve().name, config=self._settings)
        return self

    def __exit__(self, *_: object) -> None:
        self._module.finish()

    def __call__(self, kind: str, step: int, values: dict[str, Any]) -> None:
        """Pass an event on."""
        self._observer(kind, step, values)
        numbers = {
            f"{kind}/{name}": value
            for name, value in values.items()
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        }
        if numbers:
            self._module.log(numbers, step=step)
