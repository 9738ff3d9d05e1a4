"""The score that a fastText classifier gives a text, as a statistic beside the others, and its limits as rules.

Public classifiers of educational value, toxicity and quality are published in this form. With `label` the score is the
probability of that label; without it the labels must be numbers, and the score is their expected value. The limits are
set in the recipe: `[quality.model]` with `min_score` or `max_score`. In the report the rules are named
`min_model_score` and `max_model_score`.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, model_validator

from corpus.errors import UserError
from corpus.kernels.fasttext import weigh
from corpus.kernels.fasttext_file import PREFIX, Model, read_model
from corpus.quality.rules import Rule

STATISTIC = "model_score"
SHOWN = 10  # labels named in a message


class Limits(BaseModel):
    """A limit for each kind of text; None: the rule is off."""

    model_config = ConfigDict(extra="forbid")
    ko: float | None = None  # profile web, Korean
    en: float | None = None  # profile web, English
    reference: float | None = None  # profile reference, and profile web in other languages


class ModelSettings(BaseModel):
    """A classifier's file and the limits of its score. The limits have no defaults: each model has its own scale."""

    model_config = ConfigDict(extra="forbid")
    path: str  # .bin or .ftz; a relative path starts at the working directory
    label: str | None = None  # the score is its probability; None: labels are numbers, the score their expected value
    min_score: Limits = Limits()
    max_score: Limits = Limits()
    kinds: dict[str, str] = {}  # source → the kind of text, among those that the model's card was tested on, that it is

    @model_validator(mode="after")
    def _readable(self) -> "ModelSettings":
        try:
            values(open_model(self.path), self.path, self.label)
        except UserError as error:
            raise ValueError(str(error).removesuffix(".")) from error
        return self

    def sha256(self) -> str:
        """The file's SHA-256."""
        return _digest(*_state(self.path))

    def source(self) -> str:
        """All that the score depends on: the file's SHA-256 and the label."""
        return f"{_digest(*_state(self.path))} {self.label}"

    def rules(self) -> list[Rule]:
        """The rules of this model, for both sides. The statistic is measured even without a limit."""
        of = _scorer(self.path, self.label)
        meaning = f"score of {Path(self.path).name}" + (f" for {self.label}" if self.label else "")
        return [
            Rule("min", STATISTIC, of, **self.min_score.model_dump(), meaning=meaning, source="own"),
            Rule("max", STATISTIC, of, **self.max_score.model_dump(), meaning=meaning, source="own"),
        ]


def _scorer(path: str, label: str | None) -> Callable[[pa.Array], np.ndarray]:
    return lambda texts: score(texts, path, label)


def score(texts: pa.Array, path: str, label: str | None) -> np.ndarray:
    """float64[n]: the label's probability, or the expected value of numeric labels.

    NaN where the model knows no word of a text: no rule drops such a text. Raises UserError for a file that cannot be
    read or has no such label.
    """
    model = open_model(path)
    sums, totals = weigh(texts, model, values(model, path, label))
    return sums / totals if label is None else sums


def values(model: Model, path: str, label: str | None) -> np.ndarray:
    """float64[labels]: the value of each label in the score. Raises UserError if the model has no such label, or if no
    label is given and the labels are not all numbers."""
    shown = ", ".join(model.labels[:SHOWN]) + (" …" if len(model.labels) > SHOWN else "")
    if label is not None:
        name = label.removeprefix(PREFIX)
        if name not in model.labels:
            raise UserError(f"model {path}: it has no label {name!r}. Set label to one of: {shown}.")
        return np.array([other == name for other in model.labels], np.float64)
    try:
        numbers = np.array([float(other) for other in model.labels])
    except ValueError:
        numbers = np.array([np.nan])
    if not np.isfinite(numbers).all():
        raise UserError(f"model {path}: its labels are not all numbers. Set label to one of: {shown}.")
    return numbers


def open_model(path: str) -> Model:
    """The model in that file. It is kept for the next call while the file stays the same."""
    return _open(*_state(path))


def _state(path: str) -> tuple[str, int, int]:
    """The path, and the two numbers that change when its file is replaced."""
    try:
        known = os.stat(path)
    except OSError as error:
        raise UserError(
            f"model {path}: cannot be read: {error.strerror}. Name a .bin or .ftz (looked from {Path.cwd()})."
        ) from error
    return str(Path(path).absolute()), known.st_size, known.st_mtime_ns


@cache
def _open(path: str, size: int, changed: int) -> Model:
    return read_model(path)


@cache
def _digest(path: str, size: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
