"""The records of a run: the time of its steps, and one line of JSON per event, also sent to TensorBoard."""

import json
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from corpus.engine.task import atomic_write
from model.runs.metrics import read_metrics

T = TypeVar("T")
_ODD = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass
class Stopwatch:
    """Time of the steps since the last line of metrics, and the part of it spent waiting for data; in seconds."""

    steps: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    _begin: float = field(default_factory=time.perf_counter)

    def wait_for(self, batches: Iterator[T]) -> T:
        """The next batch; the time until it arrives is a stall."""
        start = time.perf_counter()
        batch = next(batches)
        self.waited += time.perf_counter() - start
        return batch

    def lap(self) -> None:
        """Called after a step."""
        self.steps += 1
        self.seconds += time.perf_counter() - self._begin
        self._begin = time.perf_counter()

    def pause(self) -> None:
        """The time since the last step (validation, samples, checkpoints) does not count as training."""
        self._begin = time.perf_counter()


class MetricsLog:
    """Writes metrics.jsonl and TensorBoard.

    Lines after `step` of an earlier run are removed when it is resumed.
    """

    def __init__(self, run: Path, step: int = 0) -> None:
        self.path = run / "metrics.jsonl"
        kept = [line for line in read_metrics(self.path) if line["step"] <= step] if step else []
        with atomic_write(self.path) as temporary:
            temporary.write_bytes("".join(map(_line, kept)).encode())
        self._file = self.path.open("a", encoding="utf-8", newline="\n")
        self._board: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(run / "tensorboard"), purge_step=step + 1)
        except ImportError:
            pass  # not installed on every GPU image; metrics.jsonl contains everything

    def write(self, kind: str, step: int, values: dict[str, Any]) -> None:
        """One event: `kind` is "train", "validation", "sample", "skip" …; numbers also go to TensorBoard.

        A number that is not finite is written as null: JSON has no other value for it.
        """
        values = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
        self._file.write(_line({"kind": kind, "step": step, **values}))
        self._file.flush()
        if self._board is not None:
            for name, value in values.items():
                if isinstance(value, (int, float)):
                    self._board.add_scalar(f"{kind}/{name}", value, step)
                elif isinstance(value, str):
                    self._board.add_text(f"{kind}/{name}", value, step)

    def close(self) -> None:
        """Close both."""
        self._file.close()
        if self._board is not None:
            self._board.close()


def _line(event: dict[str, Any]) -> str:
    r"""An event as a line of JSON. Characters that other readers treat as the end of a line, and halves of surrogate
    pairs, are written as \u…."""
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(event, ensure_ascii=False)) + "\n"
