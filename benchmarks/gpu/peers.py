"""The peers of the GPU benchmarks as one interface: transformers' LlamaForCausalLM and a nanochat-like network.

Both train in a usual loop: compiled whole, bf16 autocast, a fused optimizer, clipping at 1, no document mask.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from benchmarks.gpu import nanochat
from model.config import Config, ModelConfig
from model.export.llama_layout import describe
from model.training.schedule import learning_rate
from model.training.shown.flops import flops_per_token


@dataclass
class Peer:
    """A network from ids to logits, its optimizers, the rates of a step, and operations per token and step."""

    network: torch.nn.Module
    logits: Callable[[torch.Tensor], torch.Tensor]
    optimizers: list[torch.optim.Optimizer]
    set_rates: Callable[[int, int], None]
    flops_per_token: float


def open_peer(name: str, config: Config, device: torch.device) -> Peer:
    """A peer of the configuration's layers, dimension, vocabulary and context, with new weights."""
    torch.manual_seed(config.train.seed)
    made = _transformers(config, device) if name == "transformers" else _nanochat(config.model, device)
    if device.type == "cuda":
        made.logits = torch.compile(made.logits, dynamic=False)
    return made


def _transformers(config: Config, device: torch.device) -> Peer:
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = config.model
    settings = LlamaConfig(
        **describe(shape, "float32", {}) | {"use_cache": False},
    )
    network: Any = LlamaForCausalLM(settings)
    network = network.to(device).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def set_rates(step: int, steps: int) -> None:
        for group in optimizer.param_groups:
            group["lr"] = config.optimizer.lr * learning_rate(config.schedule, step, steps)

    operations = flops_per_token(shape, shape.context)[1]
    return Peer(network, lambda ids: network(input_ids=ids).logits.float(), [optimizer], set_rates, operations)


def _nanochat(shape: ModelConfig, device: torch.device) -> Peer:
    with device:
        network = nanochat.Nanochat(shape.vocab_size, shape.layers, shape.dim, shape.context)
    made = nanochat.optimizers_of(network)
    operations = 6 * network.counted + 6 * shape.layers * shape.dim * shape.context
    return Peer(network, network, made, lambda step, steps: nanochat.schedule(made, step, steps), operations)


def train_step(peer: Peer, batches: Iterable[Any], count: int, device: torch.device) -> float:
    """One optimizer step over `count` micro-batches; the loss in nats per token. Waits for the device."""
    total = torch.zeros((), device=device)
    for batch in batches:
        ids, targets = batch["input_ids"].to(device), batch["targets"].to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = peer.logits(ids)
        loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-100)
        (loss / count).backward()
        total += loss.detach() / count
    torch.nn.utils.clip_grad_norm_(peer.network.parameters(), 1.0)
    for optimizer in peer.optimizers:
        optimizer.step()
        optimizer.zero_grad()
    return float(total)


class Adapter(torch.nn.Module):
    """The methods of a decoder that evaluate_bpb needs, for a peer."""

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self.network, self._logits = peer.network, peer.logits

    @torch.no_grad()
    def token_losses(self, ids, positions, mask, targets, chunks):  # the row is one sequence: no document mask
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=ids.is_cuda):
            logits = self._logits(ids)
        flat, goals = logits.float().flatten(0, 1), targets.flatten()
        return functional.cross_entropy(flat, goals, ignore_index=-100, reduction="none").view(targets.shape)


@torch.no_grad()
def continuation(peer: Peer, ids: list[int], tokens: int, device: torch.device) -> list[int]:
    """The most likely next tokens, one by one, each from the whole text so far."""
    for _ in range(tokens):
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = peer.network(torch.tensor([ids], device=device))
        logits = getattr(logits, "logits", logits)
        ids = [*ids, int(logits[0, -1].argmax())]
    return ids
