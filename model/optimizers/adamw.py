"""AdamW with the settings of LLaMA-2 and the 42dot model card, as one fused kernel over all parameters."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from model.optimizers.base import Amount, Entry, Momentum, Settings

if TYPE_CHECKING:
    import torch

    from model.optimizers.base import Named


@dataclass(frozen=True, config={"extra": "forbid"})
class AdamWSettings(Settings):
    """Weight decay applies to matrices only, not to norms."""

    name: str = "adamw"
    weight_decay: Amount = 0.1  # 42dot LLM-PLM 1.3B
    decay_embeddings: Annotated[bool, Field(strict=True)] = True  # as LLaMA-2; OLMo 2 excludes them (arXiv 2501.00656)
    beta1: Momentum = 0.9  # LLaMA-2
    beta2: Momentum = 0.95
    eps: Annotated[float, Field(strict=True, gt=0, lt=1)] = 1e-8
    embedding_lr: Amount = 0.0  # of the embedding; 0: as lr
    head_lr: Amount = 0.0  # of the head, if it is not tied to the embedding; 0: as lr


def build(
    parameters: "Named", stacked: Mapping[str, list[int]], settings: AdamWSettings
) -> "list[torch.optim.Optimizer]":
    """One optimizer over all parameters."""
    import torch

    def kind(name: str, parameter: torch.Tensor) -> tuple[float, float]:
        """Rate and weight decay."""
        part = name.partition(".")[0]
        rates = {"embedding": settings.embedding_lr, "head": settings.head_lr}
        decays = parameter.dim() == 2 and (settings.decay_embeddings or part != "embedding")
        return rates.get(part) or settings.lr, settings.weight_decay if decays else 0.0

    kinds: dict[tuple[float, float], list[Any]] = {}
    for name, parameter in parameters:
        kinds.setdefault(kind(name, parameter), []).append(parameter)
    groups: list[dict[str, Any]] = [
        {"params": found, "lr": lr, "weight_decay": decay} for (lr, decay), found in kinds.items()
    ]
    betas = (settings.beta1, settings.beta2)
    adam = torch.optim.AdamW(groups, lr=settings.lr, betas=betas, eps=settings.eps, fused=True)
    for _, parameter in parameters:
        adam.state[parameter] = {
            "step": torch.zeros((), device=parameter.device),
            "exp_avg": torch.zeros_like(parameter),
            "exp_avg_sq": torch.zeros_like(parameter),
        }
    return [adam]


def state(name: str, dimensions: int) -> int:
    """Two moments."""
    return 2


ENTRY = Entry(AdamWSettings, build, state)
