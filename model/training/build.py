"""What a run works with, built from its configuration: the decoder, the loader of its data, the kind of attention."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from model.config import Config
from model.data.loader import Loader
from model.data.mixture import Share, mixture_shares, repetition_warning
from model.data.packed import PackedData
from model.export.pretrained import Pretrained
from model.network.acceleration import accelerate, compiles
from model.network.attention import attention_kind, usable
from model.network.decoder import Decoder
from model.network.fastest import fastest
from model.training.parallel import World

Warn = Callable[[str], None]  # is called with the text of each warning


def build_decoder(config: Config, device: torch.device, dtype: torch.dtype, initial: Pretrained | None) -> Decoder:
    """The decoder on its device, with the weights of `initial` or new ones."""
    train = config.train
    if train.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS asks for it
        torch.use_deterministic_algorithms(True)
    torch.manual_seed(train.seed)
    with device:  # weights are drawn on their device
        model = Decoder(
            config.model, dtype, checkpointing=train.activation_checkpointing, compiled=compiles(train, device)
        )
    if initial is not None:
        model.load_state_dict(initial.decoder.state_dict())
        torch.manual_seed(train.seed)
    model.train().to(device)
    accelerate(model, train, device)
    return model


def build_loader(config: Config, data: Path, world: World, micro_rows: int, tokens: int, warn: Warn) -> Loader:
    """The loader of this rank's micro-batches; `tokens` are those of the whole run, for the caps on epochs."""
    packed, settings, mixture = PackedData(data), config.data, None
    if settings.mixture or settings.max_epochs:
        mixture = _shares(config, packed, tokens)
        if text := repetition_warning(mixture):
            warn(text)
    return Loader(
        packed,
        batch_size=micro_rows,
        rank=world.rank,
        world_size=world.size,
        seed=settings.seed,
        mixture=mixture,
        rehydrate=packed.rehydration(settings.rehydrate),
        asked={"mixture": settings.mixture, "max_epochs": settings.max_epochs} if mixture is not None else None,
    )


def describe_mixture(config: Config, packed: PackedData, tokens: int) -> list[dict[str, Any]]:
    """The share of each source in a run of `tokens`, its tokens in one epoch, and how often all of it is seen."""
    return [
        {"source": each.source, "language": each.language, "share": each.weight, "tokens": each.tokens}
        | {"epochs": each.epochs}
        for each in _shares(config, packed, tokens)
    ]


def _shares(config: Config, packed: PackedData, tokens: int) -> list[Share]:
    settings = config.data
    rehydrate = packed.rehydration(settings.rehydrate)
    return mixture_shares(packed.sources, settings.mixture, settings.max_epochs, tokens, rehydrate)


def choose_attention(
    config: Config, loader: Loader, device: torch.device, dtype: torch.dtype, before: str | None, warn: Warn
) -> str:
    """The kind of attention; `before` is that of the checkpoint, which a measured kind keeps where it runs."""
    asked = config.train.attention
    if asked != "fastest":
        return attention_kind(asked, device, dtype)
    if before is not None and usable(before, device, dtype):
        return before
    batches = iter(Loader(loader.data, batch_size=loader.batch_size, workers=0, verify=False))
    measured = fastest(next(batches)["positions"], config.model, device, dtype)
    for text in measured.notes:
        warn(text)
    return measured.kind
