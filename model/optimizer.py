"""AdamW with the settings of LLaMA-2, Muon for the blocks' matrices as an option, and the learning rate over steps.

AdamW runs as one fused kernel over all parameters. Muon (Jordan 2024; scaled as in Moonlight, arXiv 2502.16982) replaces it for the
matrices inside the blocks: it orthogonalises the momentum, so every direction of a matrix moves alike. Query, key and value are
one matrix here, and so are gate and up; each is orthogonalised on its own. Optimiser states are made at once, not at the first
step, so that a run that will not fit says so at the start, and a checkpoint can be loaded in place.
"""

import math
from collections.abc import Iterable

import torch
from torch import nn
from torch.distributed.tensor import DTensor, distribute_tensor

from model.config import OptimizerConfig, ScheduleConfig
from model.decoder import Decoder

ZERO_POWER = (3.4445, -4.7750, 2.0315)  # quintic Newton-Schulz coefficients of Jordan's Muon


def learning_rate(config: ScheduleConfig, step: int, steps: int) -> float:
    """The fraction of the peak rate for step `step` (0-based) of `steps`."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    if config.kind == "constant":
        return 1.0
    if config.kind == "wsd":
        length = max(1, round(config.decay * steps))
        left = (steps - 1 - step) / length
        return config.final + (1 - config.final) * min(1.0, left)
    progress = (step - config.warmup) / max(1, steps - 1 - config.warmup)
    return config.final + (1 - config.final) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


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


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised by five Newton-Schulz steps in bf16 (float32 on the CPU), scaled to the size of AdamW's updates.

    `param_groups` hold one matrix each, with `parts`: the row counts of the matrices stacked in it, or nothing. Sharded matrices are
    gathered for it on every rank: simple, and at a batch of millions of tokens the cost is below 1 %.
    """

    def __init__(self, groups: list[dict], lr: float, momentum: float, weight_decay: float) -> None:
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter] = {"momentum": torch.zeros_like(parameter)}

    @torch.no_grad()
    def step(self, closure=None):  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                momentum = self.state[parameter]["momentum"]
                momentum.lerp_(parameter.grad, 1 - group["momentum"])
                direction = parameter.grad.lerp(momentum, group["momentum"])  # Nesterov
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(_orthogonal(direction, group["parts"]), alpha=-group["lr"])


def _orthogonal(direction: torch.Tensor, parts: list[int]) -> torch.Tensor:
    if isinstance(direction, DTensor):
        whole = _orthogonal(direction.full_tensor(), parts)
        return distribute_tensor(whole, direction.device_mesh, direction.placements, src_data_rank=None)
    if parts:
        return torch.cat([_orthogonal(part, []) for part in direction.split(parts)])
    return zero_power(direction) * (0.2 * math.sqrt(max(direction.shape)))


def zero_power(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Nearly the orthogonal factor U·Vᵀ of a matrix: singular values land between about 0.7 and 1.2. Float32 in and out."""
    a, b, c = ZERO_POWER
    x = matrix.to(torch.bfloat16) if matrix.is_cuda else matrix.float()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


def clip_gradients(parameters: list[nn.Parameter], scale: float, limit: float) -> float:
    """Multiply all gradients by `scale`, and by what brings their global norm down to `limit`; returns the norm before that cut.

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
