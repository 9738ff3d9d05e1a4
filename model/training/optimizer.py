"""The optimizers of a run, their learning rate, and gradient clipping.

The optimizers with their settings and states are in model/optimizers.
"""

import math
from collections.abc import Iterable

import torch
from torch import nn
from torch.distributed.tensor import DTensor

from model.network.decoder import Decoder
from model.optimizers import OPTIMIZERS, Settings


def build_optimizers(model: Decoder, settings: Settings) -> list[torch.optim.Optimizer]:
    """The optimizers of all parameters, their states in place; the schedule scales "peak" of each group."""
    optimizers = OPTIMIZERS[settings.name].build(list(model.named_parameters()), model.stacked(), settings)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return optimizers


def set_rate(optimizers: Iterable[torch.optim.Optimizer], fraction: float) -> None:
    """Set every group's learning rate to a fraction of its peak."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * fraction


def clip_gradients(parameters: list[nn.Parameter], scale: float, limit: float) -> float:
    """Multiply all gradients by `scale`, and clip their global norm to `limit`; returns the norm before clipping.

    A norm that is not finite leaves the gradients unchanged: the caller must skip the step.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    value = float(norm.full_tensor() if isinstance(norm, DTensor) else norm) * scale
    if math.isfinite(value):
        factor = scale * min(1.0, limit / max(value, 1e-12))
        local = [g.to_local() if isinstance(g, DTensor) else g for g in gradients]
        torch._foreach_mul_(local, factor)
    return value
