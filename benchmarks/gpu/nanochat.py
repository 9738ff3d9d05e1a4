"""A peer with the recipe that nanochat published (karpathy/nanochat, October 2025), written for these benchmarks.

Its network: rotary embeddings, norms without weights, QK-norm, ReLU², a norm after the embedding, an untied head that
starts at zero, logits bounded by 15 · tanh(x / 15). Its optimizers: Muon for the matrices of the blocks (rate 0.02,
momentum 0.85 to 0.95 over 300 steps), AdamW for embedding (0.2) and head (0.004), both scaled by √(768 / dim), no
weight decay. Its schedule: constant, then linear to zero over the last fifth of the steps. Heads have 128 dimensions.
Documents of a row see each other.
"""

import math

import torch
from torch import nn
from torch.nn import functional

HEAD = 128
BOUND = 15.0


def _normed(x: torch.Tensor) -> torch.Tensor:
    return functional.rms_norm(x, (x.shape[-1],))


class _Layer(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.heads = max(1, dim // HEAD)
        self.query, self.key, self.value, self.out = (nn.Linear(dim, dim, bias=False) for _ in range(4))
        self.up, self.down = nn.Linear(dim, 4 * dim, bias=False), nn.Linear(4 * dim, dim, bias=False)

    def forward(self, x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
        seen = _normed(x)
        query, key, value = (
            layer(seen).unflatten(-1, (self.heads, -1)).transpose(1, 2) for layer in (self.query, self.key, self.value)
        )
        query, key = (_normed(_turned(part, cosine, sine)) for part in (query, key))
        attended = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        return x + self.down(functional.relu(self.up(_normed(x))).square())


def _turned(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cosine + second * sine, second * cosine - first * sine], dim=-1).to(x.dtype)


class Nanochat(nn.Module):
    """Ids int64 [B, T] to bounded logits float32 [B, T, vocabulary]."""

    cosine: torch.Tensor
    sine: torch.Tensor

    def __init__(self, vocabulary: int, layers: int, dim: int, context: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dim)
        self.blocks = nn.ModuleList(_Layer(dim) for _ in range(layers))
        self.head = nn.Linear(dim, vocabulary, bias=False)
        size = dim // max(1, dim // HEAD)
        frequency = 10_000.0 ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
        angles = torch.outer(torch.arange(context, dtype=torch.float32), frequency)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)
        nn.init.normal_(self.embedding.weight)
        nn.init.zeros_(self.head.weight)
        for name, matrix in self.blocks.named_parameters():
            outputs, inputs = matrix.shape
            if name.endswith(("out.weight", "down.weight")):
                nn.init.zeros_(matrix)
            else:
                nn.init.normal_(matrix, std=min(1.0, math.sqrt(outputs / inputs)) / math.sqrt(inputs))

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        x = _normed(self.embedding(input_ids))
        length = input_ids.shape[1]
        cosine, sine = self.cosine[:length].to(x.dtype), self.sine[:length].to(x.dtype)
        for block in self.blocks:
            x = block(x, cosine, sine)
        return BOUND * torch.tanh(self.head(_normed(x)).float() / BOUND)

    @property
    def counted(self) -> int:
        """Parameters in matrix products: all but the embedding."""
        return sum(parameter.numel() for parameter in self.parameters()) - self.embedding.weight.numel()


class _Muon(torch.optim.Optimizer):
    """Nesterov momentum of each matrix, orthogonalised by five Newton-Schulz steps, times √max(1, rows / columns)."""

    def __init__(self, matrices: list[nn.Parameter], lr: float) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": 0.95})

    @torch.no_grad()
    def step(self, closure=None):  # type: ignore[override]
        for group in self.param_groups:
            for matrix in group["params"]:
                state = self.state[matrix]
                momentum = state.setdefault("momentum", torch.zeros_like(matrix))
                momentum.lerp_(matrix.grad, 1 - group["momentum"])
                update = _orthogonal(matrix.grad.lerp(momentum, group["momentum"]))
                matrix.add_(
                    update.to(matrix.dtype), alpha=-group["lr"] * max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                )


def _orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    x = matrix.bfloat16() if matrix.is_cuda else matrix
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        product = x @ x.T
        x = 3.4445 * x + (-4.7750 * product + 2.0315 * product @ product) @ x
    return x.T if tall else x


def optimizers_of(network: Nanochat) -> list[torch.optim.Optimizer]:
    """AdamW for embedding and head, Muon for the rest, with nanochat's rates as "peak"."""
    scale = (network.embedding.weight.shape[1] / 768) ** -0.5
    groups = [
        {"params": [network.head.weight], "lr": 0.004 * scale},
        {"params": [network.embedding.weight], "lr": 0.2 * scale},
    ]
    adam = torch.optim.AdamW(groups, betas=(0.8, 0.95), eps=1e-10, weight_decay=0.0, fused=True)
    made: list[torch.optim.Optimizer] = [adam, _Muon(list(network.blocks.parameters()), 0.02)]
    for optimizer in made:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return made


def schedule(optimizers: list[torch.optim.Optimizer], step: int, steps: int) -> None:
    """Set the rates of a step: constant, linear to zero over the last fifth; Muon's momentum warms up in 300 steps."""
    fraction = min(1.0, (steps - step) / max(1, round(0.2 * steps)))
    warm = min(step / 300, 1.0)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * fraction
            if "momentum" in group:
                group["momentum"] = 0.85 + 0.10 * warm
