"""Muon's update: orthogonalised momentum, so that all directions of a matrix get updates of one size (Jordan 2024;
scaled as in Moonlight, arXiv 2502.16982).

Query, key and value are one parameter here, and so are gate and up; each matrix in it is orthogonalised separately,
those of one shape in one batch.
"""

import math
from collections import defaultdict
from typing import Any

import torch
import torch.distributed as dist
from torch.distributed.tensor import DTensor, distribute_tensor

from model.balance import balanced

ZERO_POWER = (3.4445, -4.7750, 2.0315)  # quintic Newton-Schulz coefficients of Jordan's Muon


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised by five Newton-Schulz steps in bf16 (float32 on the CPU), scaled to the size of
    AdamW's updates.

    `param_groups` hold one matrix each, with `parts`: the row counts of the matrices stacked in it, or nothing. Each
    matrix is orthogonalised on one rank, which sends the result to the others; a sharded one is gathered for it.
    """

    def __init__(self, groups: list[dict[str, Any]], lr: float, momentum: float, weight_decay: float, cautious: bool):
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "cautious": cautious}
        super().__init__(groups, defaults)
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter] = {"momentum": torch.zeros_like(parameter)}

    @torch.no_grad()
    def step(self, closure=None):  # type: ignore[override]
        rank, ranks = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
        wanted = [(group, parameter) for group in self.param_groups for parameter in group["params"]]
        shapes = [shape for group, parameter in wanted for shape in _shapes(parameter, group["parts"])]
        owners = divided(shapes, ranks)
        mine: dict[int, torch.Tensor] = {}
        number = 0
        for group, parameter in wanted:
            momentum = self.state[parameter]["momentum"]
            momentum.lerp_(parameter.grad, 1 - group["momentum"])
            direction = parameter.grad.lerp(momentum, group["momentum"])  # Nesterov
            whole = direction.full_tensor() if isinstance(direction, DTensor) else direction
            for part in whole.split(group["parts"]) if group["parts"] else [whole]:
                if owners[number] == rank:
                    mine[number] = part
                number += 1
        mine = dict(zip(mine, orthogonal(list(mine.values())), strict=True))
        updates = iter(_exchanged(mine, shapes, owners, rank, ranks, wanted[0][1].device))
        for group, parameter in wanted:
            parts = [next(updates).to(parameter.dtype) * scale(s) for s in _shapes(parameter, group["parts"])]
            update = torch.cat(parts) if len(parts) > 1 else parts[0]
            if isinstance(parameter, DTensor):
                update = distribute_tensor(update, parameter.device_mesh, parameter.placements, src_data_rank=None)
            decay = group["lr"] * group["weight_decay"]
            # Cautious weight decay (arXiv 2510.12402): the others are left where the gradient wants them.
            parameter.mul_(1 - decay * (update * parameter >= 0) if group["cautious"] else 1 - decay)
            parameter.add_(update, alpha=-group["lr"])


def _shapes(parameter: torch.Tensor, parts: list[int]) -> list[tuple[int, int]]:
    rows, columns = parameter.shape
    return [(part, columns) for part in parts or [rows]]


def scale(shape: tuple[int, int]) -> float:
    """What makes an orthogonal update as large as AdamW's (Moonlight)."""
    return 0.2 * math.sqrt(max(shape))


def divided(shapes: list[tuple[int, int]], ranks: int) -> list[int]:
    """The rank that orthogonalises each matrix, so that all have about as many operations."""
    return balanced([math.prod(shape) * min(shape) for shape in shapes], ranks)


def _exchanged(
    mine: dict[int, torch.Tensor],
    shapes: list[tuple[int, int]],
    owners: list[int],
    rank: int,
    ranks: int,
    device: torch.device,
) -> list[torch.Tensor]:
    """All matrices in order, of which each rank has those that it owns: one collective, in bf16 between GPUs, which
    compute in it."""
    if ranks == 1:
        return list(mine.values())
    sizes = [sum(math.prod(s) for s, owner in zip(shapes, owners, strict=True) if owner == r) for r in range(ranks)]
    flat = torch.zeros(max(sizes), dtype=torch.bfloat16 if device.type == "cuda" else torch.float32, device=device)
    if mine:
        torch.cat([matrix.flatten().to(flat.dtype) for matrix in mine.values()], out=flat[: sizes[rank]])
    everything = flat.new_empty(ranks * len(flat))
    dist.all_gather_into_tensor(everything, flat)
    begins = [r * len(flat) for r in range(ranks)]
    found = []
    for shape, owner in zip(shapes, owners, strict=True):
        found.append(everything[begins[owner] : begins[owner] + math.prod(shape)].view(shape))
        begins[owner] += math.prod(shape)
    return found


def orthogonal(matrices: list[torch.Tensor]) -> list[torch.Tensor]:
    """The nearly orthogonal factor of each matrix; those of one shape in one batch of products."""
    batches: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for number, matrix in enumerate(matrices):
        batches[tuple(matrix.shape)].append(number)
    found: dict[int, torch.Tensor] = {}
    for numbers in batches.values():
        batch = zero_power(torch.stack([matrices[n] for n in numbers]))
        found |= dict(zip(numbers, batch.unbind(), strict=True))
    return [found[number] for number in range(len(matrices))]


def zero_power(matrices: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Approximately the orthogonal factor U·Vᵀ of [..., rows, columns]: singular values are between about 0.7 and 1.2.
    Float32 in and out."""
    a, b, c = ZERO_POWER
    x = matrices.to(torch.bfloat16) if matrices.is_cuda else matrices.float()
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)
