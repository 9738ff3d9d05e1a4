"""The state of a run, its result, its observers, and when an action is due."""

from dataclasses import dataclass
from typing import Any, Protocol


class Observer(Protocol):
    """Called for each event with the values that are written to metrics.jsonl."""

    def __call__(self, kind: str, step: int, values: dict[str, Any]) -> None: ...


@dataclass
class Progress:
    """The state of a run and the figures of its last step; saved in checkpoints."""

    step: int = 0
    tokens: int = 0  # targets trained on
    loss: float = 0.0
    rate: float = 0.0
    norm: float = 0.0


@dataclass(frozen=True)
class Summary:
    """The result of a run."""

    step: int
    loss: float
    unigram_entropy: float  # nats per token of a unigram model
    finished: bool  # False: stopped by SIGTERM or Ctrl-C, to be resumed
    skipped: int
    validation: dict[str, float]  # bits per byte by source, and by language under "language/ko"
    taken: int  # steps of this run; 0 if an earlier one had taken all of them
    interrupted: bool = False  # by Ctrl-C


def due(step: int, every: int) -> bool:
    """Whether an action with this interval is due after this step; interval 0 is never."""
    return every > 0 and step % every == 0
