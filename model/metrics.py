"""What a run measures: floating-point operations, utilisation of the device, and one line of JSON per event.

Utilisation (MFU) is told in two conventions, always named: `6N` counts 6 operations per token and parameter that takes part in a
matrix product; `causal` adds the attention that a causal kernel really does, 6 · layers · dim · length. Document masks do less than
that still; nobody corrects for it, nor do we. The peak is the device's dense bf16 rate; an unknown device has no utilisation
rather than a wrong one.
"""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from model.config import ModelConfig

T = TypeVar("T")

# Dense bf16 tensor-core TFLOP/s from the vendors' data sheets (without sparsity). The first name found in the device's name counts.
PEAKS = {
    "B300": 2250.0,
    "GB200": 2500.0,
    "B200": 2250.0,
    "H200 NVL": 835.5,
    "H200": 989.4,
    "H100 PCIe": 756.0,
    "H100 NVL": 835.5,
    "H100": 989.4,
    "H800": 989.4,
    "H20": 148.0,
    "A100": 312.0,
    "A800": 312.0,
    "A30": 165.0,
    "A10G": 70.0,
    "A40": 149.7,
    "RTX A6000": 154.8,
    "RTX 6000 Ada": 364.2,
    "L40S": 362.0,
    "L40": 181.0,
    "L4": 121.0,
    "RTX 5090": 209.5,
    "RTX 4090": 165.2,
    "RTX 3090": 71.0,
    "MI300X": 1307.4,
    "MI250X": 383.0,
}


def peak_flops(device_name: str) -> float | None:
    """Dense bf16 operations per second of a device by its name, or None where it is not in the table."""
    words = device_name.replace("-", " ").split()
    for name, tera in PEAKS.items():
        wanted = name.split()
        if any(words[i : i + len(wanted)] == wanted for i in range(len(words))):
            return tera * 1e12
    return None


def matmul_parameters(model: ModelConfig) -> int:
    """Parameters that take part in matrix products: the blocks' matrices and the head, not the embedding's look-up."""
    kv = model.groups * model.head_dim
    block = model.dim * (2 * model.dim + 2 * kv + 3 * model.ffn_dim)
    return model.layers * block + model.vocab_size * model.dim


def flops_per_token(model: ModelConfig, length: int) -> tuple[float, float]:
    """Operations of a training step per token, forward and backward: (6N, causal)."""
    plain = 6.0 * matmul_parameters(model)
    return plain, plain + 6.0 * model.layers * model.dim * length


def utilisation(model: ModelConfig, length: int, tokens_per_second: float, peak: float | None) -> dict[str, float]:
    """`mfu_6n` and `mfu_causal`, 0 to 1, of one device that does so many tokens a second; empty where its peak is unknown."""
    if peak is None:
        return {}
    plain, causal = flops_per_token(model, length)
    return {"mfu_6n": plain * tokens_per_second / peak, "mfu_causal": causal * tokens_per_second / peak}


@dataclass
class Stopwatch:
    """Time spent on the steps since the last line of metrics, and how much of it went by waiting for data; in seconds."""

    steps: int = 0
    seconds: float = 0.0
    waited: float = 0.0
    _begin: float = field(default_factory=time.perf_counter)

    def wait_for(self, batches: Iterator[T]) -> T:
        """The next batch; the time until it comes is a stall."""
        start = time.perf_counter()
        batch = next(batches)
        self.waited += time.perf_counter() - start
        return batch

    def lap(self) -> None:
        """A step is done."""
        self.steps += 1
        self.seconds += time.perf_counter() - self._begin
        self._begin = time.perf_counter()

    def pause(self) -> None:
        """What went on since the last step (validation, samples, checkpoints) is no training."""
        self._begin = time.perf_counter()


class MetricsLog:
    """metrics.jsonl and TensorBoard, side by side. Lines past `step` of an earlier run are cut off when it is resumed."""

    def __init__(self, run: Path, step: int = 0) -> None:
        self.path = run / "metrics.jsonl"
        kept = [line for line in read_metrics(self.path) if line["step"] <= step] if step else []
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in kept)
        self.path.write_text(text, encoding="utf-8")
        self._file = self.path.open("a", encoding="utf-8")
        self._board: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(str(run / "tensorboard"), purge_step=step + 1)
        except ImportError:
            pass  # not on every GPU image; metrics.jsonl has everything

    def write(self, kind: str, step: int, values: dict[str, Any]) -> None:
        """One event: `kind` is "train", "validation", "sample", "skip" …; numbers also go to TensorBoard.

        A number that is not finite is written as null: JSON has no other word for it.
        """
        values = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in values.items()}
        self._file.write(json.dumps({"kind": kind, "step": step, **values}, ensure_ascii=False) + "\n")
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


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """The lines of a metrics.jsonl; a last line that a kill cut short is left out."""
    lines = []
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(line))
            except json.JSONDecodeError:
                break
    return lines
