"""Select the attention kernel by measuring: which is the fastest depends on the GPU, the heads and the documents.

Each kernel that runs on the device attends forward and backward over one real micro-batch with the model's heads. A
kernel whose output or gradients differ from the first one's by more than rounding is not considered, and neither is one
that fails; both are reported. The answer for a shape is kept in a file of the user's cache folder, so later runs of the
same shape on the same device do not measure again. All ranks take rank 0's answer.

cuDNN's variable-length kernel is not called directly: torch 2.11 sizes a buffer of its backward pass by the head
dimension in place of the longest document and writes beyond it (pytorch#186142, mended in June 2026). Later releases
select it themselves inside varlen_attn, so `varlen` measures it there.
"""

import time
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.distributed as dist

from corpus import user_cache
from corpus.engine.task import write_json
from corpus.errors import UserError
from corpus.values import from_json
from model.config import ModelConfig
from model.network.attention import document_mask, usable

# Exact ones; the first usable one is what the others must equal.
CANDIDATES = ("varlen", "flash3", "flex", "documents", "sdpa")
TURNS = 5
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 0.05, torch.float16: 0.01}  # of the largest value


class Measured(NamedTuple):
    """The fastest kind, milliseconds of each that was measured, and a sentence about each that was left out."""

    kind: str
    milliseconds: dict[str, float]
    notes: list[str]


def kept_answers() -> Path:
    """The file of earlier answers."""
    return user_cache() / "attention.json"


def fastest(positions: torch.Tensor, shape: ModelConfig, device: torch.device, dtype: torch.dtype) -> Measured:
    """The fastest kind for batches like this one: `positions` int64 [B, T] on the CPU, 0 at each document's begin.

    Measured once for a device, release of torch, dtype and shape, and read from `kept_answers()` afterwards.
    """
    answer: list[Any] = [None]
    if not dist.is_initialized() or dist.get_rank() == 0:
        answer[0] = tuple(_kept_or_measured(positions, shape, device, dtype))
    if dist.is_initialized():
        dist.broadcast_object_list(answer)
    return Measured(*answer[0])


def _kept_or_measured(
    positions: torch.Tensor, shape: ModelConfig, device: torch.device, dtype: torch.dtype
) -> Measured:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    rows, length = positions.shape
    heads = f"{shape.heads}/{shape.groups} heads of {shape.head_dim}"
    key = f"{name}, torch {torch.__version__}, {str(dtype).removeprefix('torch.')}, {rows} x {length}, {heads}"
    path = kept_answers()
    answers = _read(path)
    if (times := answers.get(key)) and all(usable(kind, device, dtype) for kind in times):
        return Measured(min(times, key=times.__getitem__), times, [])
    found = measure(positions, shape, device, dtype)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, _read(path) | {key: found.milliseconds})
    except OSError as error:  # a run needs the answer, not the file
        found.notes.append(f"The answer could not be kept in {path} ({error}); the next run measures again.")
    return found


def _read(path: Path) -> dict[str, dict[str, float]]:
    """Earlier answers; a file that is none is written anew."""
    try:
        content = from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    kept = content.items() if isinstance(content, dict) else ()
    return {key: times for key, times in kept if isinstance(times, dict) and times and set(times) <= set(CANDIDATES)}


def worth_measuring(kind: str, device: torch.device, dtype: torch.dtype) -> bool:
    """Whether a kind runs on this device in this dtype, and is not one call a document on a GPU."""
    return usable(kind, device, dtype) and not (kind == "documents" and device.type == "cuda")


def measure(positions: torch.Tensor, shape: ModelConfig, device: torch.device, dtype: torch.dtype) -> Measured:
    """Time every usable kind on the batch. Raises UserError if none runs."""
    rows, length = positions.shape
    generator = torch.Generator(device).manual_seed(0)
    heads = (shape.heads, shape.groups, shape.groups)
    inputs = [
        torch.randn(rows, length, h, shape.head_dim, generator=generator, device=device, dtype=dtype).requires_grad_()
        for h in heads
    ]
    expected: list[torch.Tensor] = []
    times: dict[str, float] = {}
    notes: list[str] = []
    for kind in CANDIDATES:
        if not worth_measuring(kind, device, dtype):
            continue
        try:
            seconds, found = _time(kind, positions, inputs, device)
        except Exception as error:  # whatever a kernel raises on this device: the others are tried
            notes.append(f"attention {kind} does not run here ({type(error).__name__}: {str(error)[:200]}).")
            continue
        expected = expected or found
        far = max(float((a - b).abs().max() / b.abs().max()) for a, b in zip(found, expected, strict=True))
        if far > TOLERANCE[dtype]:
            notes.append(f"attention {kind} differs from {next(iter(times))} by {far:.1g} of the largest value here.")
            continue
        times[kind] = round(seconds * 1e3, 4)
    if not times:
        raise UserError(f"No attention kernel runs on {device} in {dtype}: {' '.join(notes)}")
    return Measured(min(times, key=times.__getitem__), times, notes)


def _time(
    kind: str, positions: torch.Tensor, inputs: list[torch.Tensor], device: torch.device
) -> tuple[float, list[torch.Tensor]]:
    """Seconds of the fastest of some turns forward and backward, and output and gradients."""
    mask = document_mask(positions, kind, device)
    attend: Any = torch.compile(mask.attend) if device.type == "cuda" else mask.attend
    gradient = torch.ones_like(inputs[0])
    best = float("inf")
    results: list[torch.Tensor] = []
    for turn in range(TURNS + 1):  # the first one compiles
        _wait(device)
        begin = time.perf_counter()
        out = attend(*inputs)
        gradients = torch.autograd.grad(out, inputs, gradient)
        _wait(device)
        if turn:
            best = min(best, time.perf_counter() - begin)
        else:
            results = [x.detach().float() for x in (out, *gradients)]
    return best, results


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
