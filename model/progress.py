"""What a run knows of itself, whom it tells, and when things are due."""

from dataclasses import dataclass
from typing import Any, Protocol

from model.data import Loader


class Observer(Protocol):
    """Who wants to know: told of each event with the values that metrics.jsonl gets."""

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


def rows_between(loader: Loader, begin: list[int]) -> list[str]:
    """The rows that all ranks took since the place `begin` (of the loader's state), as "source row", the first 32."""
    names = []
    for stream, first, end in zip(loader.streams, begin, loader.state_dict()["rows"], strict=True):
        for position in range(first, min(end, first + 32)):
            source, row = stream.place(stream.index(position))
            names.append(f"{source.name} {row}")
    return names[:32]


def due(step: int, every: int) -> bool:
    """Whether something that happens every so many steps happens after this one; 0 is never."""
    return every > 0 and step % every == 0
