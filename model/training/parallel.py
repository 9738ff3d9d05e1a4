"""Ranks and devices: the processes that torchrun started, and how the decoder is parallelized over them (DDP, FSDP2, or
HSDP: FSDP2 inside each machine, with copies on the others)."""

import os
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import (
    FSDPModule,
    MixedPrecisionPolicy,
    fully_shard,
    register_fsdp_forward_method,
)
from torch.nn.parallel import DistributedDataParallel

from model.device import chosen_device
from model.network.decoder import Decoder


@dataclass(frozen=True)
class World:
    """This process among all; without torchrun there is one process."""

    rank: int
    size: int
    device: torch.device

    def sum(self, values: list[float]) -> list[float]:
        """Add numbers up over all ranks, in float64."""
        if self.size == 1:
            return values
        tensor = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(tensor)  # on the CPU, by gloo: no GPU waits for it
        return tensor.tolist()


@contextmanager
def world(device: str | None = None):
    """Join the process group that torchrun describes in the environment, if any; destroy it at the end.

    NCCL is used for tensors on GPUs, gloo for those on CPUs; both are set up, because checkpoints are written from the
    CPU.
    """
    name = chosen_device(device)
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if name == "cuda":
        # Blocks of changing sizes would fragment memory; torch reads this when it first allocates.
        os.environ.setdefault("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
        name = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(name)
    place = torch.device(name)
    if size == 1:
        yield World(0, 1, place)
        return
    dist.init_process_group("cpu:gloo,cuda:nccl" if place.type == "cuda" else "gloo")
    try:
        yield World(dist.get_rank(), size, place)
    finally:
        dist.destroy_process_group()


class TrainingLoss(nn.Module):
    """The decoder's training loss as a module to call: DDP wraps this module, since its hooks run in `forward` only."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, *args: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return self.decoder.training_loss(*args)


def parallelize(model: Decoder, world: World, how: str, dtype: torch.dtype) -> nn.Module:
    """The module to call in training for (loss, nats): the decoder's loss, DDP around it, or with the decoder sharded
    in place by FSDP2.

    `how` auto is the first of these for which weights, gradients and optimiser states (16 bytes a parameter) take at
    most half of a GPU: DDP; HSDP, where there are several machines; else FSDP.
    """
    module = TrainingLoss(model)
    if world.size == 1:
        return module
    if how == "auto":
        need = 16 * sum(p.numel() for p in model.parameters())
        room = torch.cuda.get_device_properties(world.device).total_memory if world.device.type == "cuda" else need * 4
        how = chosen(need / room, machines(world.size), world.size)
    if how == "ddp":
        ids = [world.device.index] if world.device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=ids, gradient_as_bucket_view=True, broadcast_buffers=False)
    copies = machines(world.size) if how == "hsdp" else 1
    mesh = init_device_mesh(world.device.type, (world.size,))
    if copies > 1:  # gradients are summed inside a machine first, then between machines
        mesh = init_device_mesh(world.device.type, (copies, world.size // copies), mesh_dim_names=("copy", "shard"))
    policy = MixedPrecisionPolicy(param_dtype=dtype, reduce_dtype=torch.float32, cast_forward_inputs=False)
    for block in model.blocks:
        fully_shard(block, mesh=mesh, mp_policy=policy)
    fully_shard(model, mesh=mesh, mp_policy=policy)
    for method in ("logits", "training_loss", "token_losses"):
        register_fsdp_forward_method(model, method)  # the decoder is called by these, not by `forward`
    return module


def chosen(share: float, machines: int, ranks: int) -> str:
    """The way to parallelize a state that is `share` times as large as the memory of one GPU."""
    if share <= 0.5:
        return "ddp"
    return "hsdp" if machines > 1 and share / (ranks // machines) <= 0.5 else "fsdp"


def machines(ranks: int) -> int:
    """The number of machines that torchrun runs on; 1 if they have different numbers of ranks."""
    here = int(os.environ.get("LOCAL_WORLD_SIZE", ranks))
    return 1 if ranks % here else ranks // here


def no_reduction(module: nn.Module, last: bool):
    """A context for one micro-batch: gradients are reduced over ranks only in the last one of a step."""
    if isinstance(module, DistributedDataParallel):
        return nullcontext() if last else module.no_sync()
    decoder = module.decoder
    if isinstance(decoder, FSDPModule):
        decoder.set_requires_gradient_sync(last)
    return nullcontext()
