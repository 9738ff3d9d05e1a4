"""Muon for the matrices inside the blocks, AdamW for the other parameters: settings, builder, and size of the state.
The update is in orthogonal.py."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from model.optimizers import adamw
from model.optimizers.base import Amount, Entry, Momentum

if TYPE_CHECKING:
    import torch

    from model.optimizers.base import Named


@dataclass(frozen=True, config={"extra": "forbid"})
class MuonSettings(adamw.AdamWSettings):
    """AdamW's settings for the other parameters, and these."""

    name: str = "muon"
    muon_lr: Amount = 0.0  # 0: as lr; updates are scaled to AdamW's size (Moonlight), so one rate works for both
    muon_momentum: Momentum = 0.95
    cautious: Annotated[bool, Field(strict=True)] = False  # decay only weights that the update moves towards zero, too


def _takes(name: str, dimensions: int) -> bool:
    return dimensions == 2 and name.startswith("blocks.")


def build(
    parameters: "Named", stacked: Mapping[str, list[int]], settings: MuonSettings
) -> "list[torch.optim.Optimizer]":
    """AdamW for parameters outside the blocks and for norms, Muon for the blocks' matrices."""
    from model.optimizers.orthogonal import Muon

    mine = [(n, p) for n, p in parameters if _takes(n, p.dim())]
    taken = {id(p) for _, p in mine}
    rest = adamw.build([(n, p) for n, p in parameters if id(p) not in taken], stacked, settings)
    groups = [{"params": [p], "parts": stacked.get(n, [])} for n, p in mine]
    lr = settings.muon_lr or settings.lr
    return [*rest, Muon(groups, lr, settings.muon_momentum, settings.weight_decay, settings.cautious)]


def state(name: str, dimensions: int) -> int:
    """One momentum for Muon's parameters, AdamW's state for the others."""
    return 1 if _takes(name, dimensions) else adamw.state(name, dimensions)


ENTRY = Entry(MuonSettings, build, state)
