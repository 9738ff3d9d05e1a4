"""AdamW with the settings of LLaMA-2, Muon for the blocks' matrices as an option, and gradient clipping.

AdamW runs as one fused kernel over all parameters; Muon (muon.py) replaces it for the matrices inside the blocks.
Query, key and value are one matrix here, and so are gate and up; each is orthogonalised on its own. Optimiser states
are made at once, not at the first step, so that a run that will not fit says so at the start, and a checkpoint can be
loaded in place.
"""

import math
from collections.abc import Iterable

import torch
from torch import nn
from torch.distributed.tensor import DTensor

from model.config import OptimizerConfig
from model.network.decoder import Decoder
from model.training.muon import Muon


def build_optimizers(model: Decoder, config: OptimizerConfig) -> list[torch.optim.Optimizer]:
    """The optimisers of all parameters, their states in place; weight decay on matrices only."""
    named = list(model.named_parameters())
    muon = [(n, p) for n, p in named if config.name == "muon" and p.dim() == 2 and n.startswith("blocks.")]
    taken = {id(p) for _, p in muon}
    rest = [p for _, p in named if id(p) not in taken]
    groups = [
        {"params": [p for p in rest if p.dim() == 2], "weight_decay": config.weight_decay},
        {"params": [p for p in rest if p.dim() != 2], "weight_decay": 0.0},
    ]
    adam = torch.optim.AdamW(groups, lr=config.lr, betas=(config.beta1, config.beta2), eps=config.eps, fused=True)
    for parameter in rest:
        adam.state[parameter] = {
            "step": torch.zeros((), device=parameter.device),
            "exp_avg": torch.zeros_like(parameter),
            "exp_avg_sq": torch.zeros_like(parameter),
        }
    optimizers: list[torch.optim.Optimizer] = [adam]
    if muon:
        rate = config.muon_lr or config.lr
        parts = [{"params": [p], "parts": _parts(model, n)} for n, p in muon]
        optimizers.append(Muon(parts, rate, config.muon_momentum, config.weight_decay))
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return optimizers


def _parts(model: Decoder, name: str) -> list[int]:
    """Row counts of the matrices that a fused parameter consists of."""
    config = model.config
    if name.endswith("qkv.weight"):
        return [config.heads * config.head_dim] + 2 * [config.groups * config.head_dim]
    if name.endswith("gate_up.weight"):
        return 2 * [config.ffn_dim]
    return []


def set_rate(optimizers: Iterable[torch.optim.Optimizer], fraction: float) -> None:
    """Set every group's learning rate to a fraction of its peak."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * fraction


def clip_gradients(parameters: list[nn.Parameter], scale: float, limit: float) -> float:
    """Multiply all gradients by `scale`, and by what brings their global norm down to `limit`; returns the norm before
    that cut.

    A norm that is not finite leaves the gradients alone: the caller must skip the step.
    """
    gradients = [p.grad for p in parameters if p.grad is not None]
    norm = torch.nn.utils.get_total_norm(gradients)
    value = float(norm.full_tensor() if isinstance(norm, DTensor) else norm) * scale
    if math.isfinite(value):
        factor = scale * min(1.0, limit / max(value, 1e-12))
        local = [g.to_local() if isinstance(g, DTensor) else g for g in gradients]
        torch._foreach_mul_(local, factor)
    return value
