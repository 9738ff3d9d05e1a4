"""Where a run is, how it ended, who is told, and when an action is due."""

from dataclasses import dataclass
from typing import Any, Protocol


class Observer(Protocol):
    """Is called for each event with the values that metrics.jsonl gets."""

    def __call__(self, kind: str, step: int, values: dict[str, Any]) -> None: ...


@dataclass
class Progress:
    """Where a run is, and what its last step was like; saved in checkpoints."""

    step: int = 0
    tokens: int = 0  # targets trained on
    loss: float = 0.0
    rate: float = 0.0
    norm: float = 0.0


@dataclass(frozen=True)
class Summary:
    """How a run ended."""

    step: int
    loss: float
    unigram_entropy: float  # nats a token of a model that knows only how often each token occurs
    finished: bool  # False: stopped by SIGTERM, to be resumed
    skipped: int
    validation: dict[str, float]  # bits per byte by source, and by language under "language/ko"
    taken: int  # steps of this run; 0 where an earlier one had taken all of them


def due(step: int, every: int) -> bool:
    """Whether something that happens every so many steps happens after this one; 0 is never."""
    return every > 0 and step % every == 0
