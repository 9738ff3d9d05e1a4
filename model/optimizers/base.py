"""The fields of every optimizer: settings for the configuration, a builder, and the size of its state.

A configuration is read and checked without torch, which takes seconds to load: torch is imported by builders only.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import Field
from pydantic.dataclasses import dataclass as settings_dataclass

if TYPE_CHECKING:
    import torch
    from torch import nn

Rate = Annotated[float, Field(strict=True, gt=0, lt=float("inf"))]
Amount = Annotated[float, Field(strict=True, ge=0, lt=float("inf"))]  # 0: not at all
Momentum = Annotated[float, Field(strict=True, ge=0, lt=1)]
Named: TypeAlias = "Sequence[tuple[str, nn.Parameter]]"


@settings_dataclass(frozen=True, config={"extra": "forbid"})
class Settings:
    """The settings in [optimizer] that the loop itself reads; each optimizer adds its own."""

    name: str = "adamw"
    lr: Rate = 4e-4  # 42dot LLM-PLM 1.3B
    clip: Rate = 1.0  # global gradient norm


@dataclass(frozen=True)
class Entry:
    """A line of the table. `build(parameters, stacked, settings)` returns optimizers whose states are in place, so that
    a run that does not fit fails at the start, and a checkpoint is loaded in place: `parameters` are all of the
    decoder's by name, `stacked` the rows of the matrices that one of them consists of. `state(name, dimensions)` is the
    number of float32 values kept for each value of a parameter.
    """

    settings: type[Any]
    build: "Callable[[Named, Mapping[str, list[int]], Any], list[torch.optim.Optimizer]]"
    state: Callable[[str, int], int]
