"""A LLaMA-2-like decoder: RMSNorm, rotary embeddings, SwiGLU, causal attention within documents.

Its logits are those of transformers' LlamaForCausalLM on the same weights. The differences are for speed: query, key
and value are one matrix; gate and up are one matrix; the loss never keeps all logits (loss.py); weights stay float32
and are cast where they are used, so that the residual stream and all products run in the compute dtype without
autocast. Linear layers have no biases.
"""

import math

import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from model.config import ModelConfig
from model.network.attention import Mask, following
from model.network.loss import chunked_cross_entropy, token_losses


class Linear(nn.Linear):
    """A matrix without bias, float32, that multiplies in the dtype of its input."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(x, self.weight.to(x.dtype))


class RMSNorm(nn.Module):
    """x / rms(x) · weight, computed in float32 as LLaMA does."""

    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.rms_norm(x.float(), x.shape[-1:], self.weight.float(), self.eps).to(x.dtype)


class Cache:
    """Keys and values of the tokens so far: [layers, B, context, G, D] each; `length` of them are filled."""

    def __init__(self, config: ModelConfig, rows: int, context: int, device: torch.device, dtype: torch.dtype) -> None:
        shape = (config.layers, rows, context, config.groups, config.head_dim)
        self.keys = torch.empty(shape, device=device, dtype=dtype)
        self.values = torch.empty(shape, device=device, dtype=dtype)
        self.length = 0

    def extend(self, layer: int, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Append [B, T, G, D]; returns all keys and values so far."""
        end = self.length + key.shape[1]
        self.keys[layer, :, self.length : end] = key
        self.values[layer, :, self.length : end] = value
        return self.keys[layer, :, :end], self.values[layer, :, :end]


def rotate(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Rotary embedding of [B, T, H, D]: the pairs are (i, i + D/2), as in transformers; cosine and sine are [B, T,
    1, D/2]."""
    first, second = x.float().chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1).to(x.dtype)


class Attention(nn.Module):
    """Grouped-query attention; the rows of `qkv` are all queries, then keys, then values."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.head_dim = config.head_dim
        self.sizes = [config.heads * config.head_dim, config.groups * config.head_dim, config.groups * config.head_dim]
        self.qkv = Linear(config.dim, sum(self.sizes))
        self.out = Linear(config.dim, config.dim)
        self.query_norm = RMSNorm(config.head_dim, config.norm_eps) if config.qk_norm else nn.Identity()
        self.key_norm = RMSNorm(config.head_dim, config.norm_eps) if config.qk_norm else nn.Identity()

    def forward(self, x, cosine, sine, mask: Mask, cache: Cache | None) -> torch.Tensor:
        rows, length, dim = x.shape
        parts = [part.unflatten(-1, (-1, self.head_dim)) for part in self.qkv(x).split(self.sizes, dim=-1)]
        query = rotate(self.query_norm(parts[0]), cosine, sine)
        key = rotate(self.key_norm(parts[1]), cosine, sine)
        value = parts[
            2
        ].contiguous()  # a view would keep all of qkv for the backward pass: 2 units of 18 a token and layer
        if cache is not None:
            key, value = cache.extend(self.layer, key, value)
        return self.out(mask.attend(query, key, value).reshape(rows, length, dim))


class FeedForward(nn.Module):
    """SwiGLU; the rows of `gate_up` are the gate's, then up's."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.gate_up = Linear(config.dim, 2 * config.ffn_dim)
        self.down = Linear(config.ffn_dim, config.dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(functional.silu(gate) * up)


class Block(nn.Module):
    """Attention and feed-forward, each on the norm of the residual stream.

    The unit of compilation, sharding and checkpointing.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.dim, config.norm_eps)
        self.attention = Attention(config, layer)
        self.feed_forward_norm = RMSNorm(config.dim, config.norm_eps)
        self.feed_forward = FeedForward(config)

    def forward(self, x, cosine, sine, mask: Mask, cache: Cache | None = None) -> torch.Tensor:
        x = x + self.attention(self.attention_norm(x), cosine, sine, mask, cache)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Decoder(nn.Module):
    """Token ids to logits and losses: `logits` (also the result of calling the module), `training_loss`,
    `token_losses`.

    `config` needs its vocabulary and context (model.config.resolve). `compute_dtype` is that of the residual stream.
    With `checkpointing` each block is recomputed in the backward pass; `compiled` compiles the loss (blocks:
    model/network/acceleration.py).
    """

    cosine: torch.Tensor
    sine: torch.Tensor

    def __init__(
        self,
        config: ModelConfig,
        compute_dtype: torch.dtype = torch.float32,
        *,
        checkpointing: bool = False,
        compiled: bool = False,
    ) -> None:
        super().__init__()
        if not (config.vocab_size and config.context):
            raise ValueError("the model's vocab_size and context must be resolved from the data first")
        self.config = config
        self.compute_dtype = compute_dtype
        self.checkpointing, self.compiled = checkpointing, compiled
        self.embedding = nn.Embedding(config.vocab_size, config.dim)
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(config.layers))
        self.norm = RMSNorm(config.dim, config.norm_eps)
        self.head = Linear(config.dim, config.vocab_size)
        if config.tied:
            self.head.weight = self.embedding.weight
        frequency = config.rope_theta ** (-torch.arange(0, config.head_dim, 2, dtype=torch.float32) / config.head_dim)
        angles = torch.outer(torch.arange(config.context, dtype=torch.float32), frequency)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """Normal weights; those that write to the residual stream are divided by the root of their number; norms are 1.
        With `zero_init` those and a head of its own are zero."""
        std, zero = self.config.init_std, self.config.zero_init
        residual = 0.0 if zero else std / math.sqrt(2 * self.config.layers)
        own = {"embedding.weight": self.config.embedding_std or std, "head.weight": 0.0 if zero else std}
        for name, parameter in self.named_parameters():  # a tied head has the embedding's name
            if parameter.dim() == 2:
                last = name.endswith(("attention.out.weight", "feed_forward.down.weight"))
                nn.init.normal_(parameter, std=residual if last else own.get(name, std))

    def stacked(self) -> dict[str, list[int]]:
        """The parameters that consist of several stacked matrices, with the rows of each."""
        config, found = self.config, {}
        for name, _ in self.named_parameters():
            if name.endswith("qkv.weight"):
                found[name] = [config.heads * config.head_dim] + 2 * [config.groups * config.head_dim]
            elif name.endswith("gate_up.weight"):
                found[name] = 2 * [config.ffn_dim]
        return found

    def hidden(
        self,
        input_ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: Mask | None = None,
        cache: Cache | None = None,
    ) -> torch.Tensor:
        """The normed output of the last block, [B, T, dim]."""
        start = cache.length if cache is not None else 0
        if positions is None:
            positions = torch.arange(start, start + input_ids.shape[1], device=input_ids.device)[None]
        if mask is None:
            mask = following(input_ids.shape[1], start, input_ids.device)
        cosine, sine = self.cosine[positions][:, :, None], self.sine[positions][:, :, None]
        x = self.embedding(input_ids).to(self.compute_dtype)
        for block in self.blocks:
            if self.checkpointing and self.training:
                x = checkpoint(block, x, cosine, sine, mask, use_reentrant=False)
            else:
                x = block(x, cosine, sine, mask, cache)
        if cache is not None:
            cache.length += input_ids.shape[1]
        return self.norm(x)

    def logits(
        self,
        input_ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: Mask | None = None,
        cache: Cache | None = None,
    ) -> torch.Tensor:
        """Logits float32 [B, T, vocabulary] of ids int64 [B, T].

        `positions` default to 0, 1, 2 …, or continue after the cache; without `mask` each token sees all previous
        tokens.
        """
        return self.head(self.hidden(input_ids, positions, mask, cache)).float()

    def forward(
        self,
        input_ids: torch.Tensor,
        positions: torch.Tensor | None = None,
        mask: Mask | None = None,
        cache: Cache | None = None,
    ) -> torch.Tensor:
        """As `logits`."""
        return self.logits(input_ids, positions, mask, cache)

    def training_loss(
        self,
        input_ids: torch.Tensor,
        positions: torch.Tensor | None,
        mask: Mask | None,
        targets: torch.Tensor,
        chunks: int = 8,
        z_loss: float = 0.0,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Two sums over the targets, in nats: the loss to differentiate, and the cross-entropy alone.

        `targets` int64 [B, T], negative = ignored; the head is applied to the hidden states in `chunks` pieces.
        """
        flat = self.hidden(input_ids, positions, mask).flatten(0, 1)
        return chunked_cross_entropy(flat, self.head.weight, targets.flatten(), chunks, z_loss, self.compiled)

    @torch.no_grad()
    def token_losses(
        self,
        input_ids: torch.Tensor,
        positions: torch.Tensor | None,
        mask: Mask | None,
        targets: torch.Tensor,
        chunks: int = 8,
    ) -> torch.Tensor:
        """The cross-entropy of each target in nats, float32 [B, T], 0 where it is ignored. Without gradients."""
        flat = self.hidden(input_ids, positions, mask).flatten(0, 1)
        return token_losses(flat, self.head.weight, targets.flatten(), chunks).view(targets.shape)


def parameter_count(config: ModelConfig) -> int:
    """Number of parameters of the decoder, tied matrices counted once."""
    kv = config.groups * config.head_dim
    block = config.dim * (2 * config.dim + 2 * kv + 3 * config.ffn_dim) + 2 * config.dim
    block += 2 * config.head_dim if config.qk_norm else 0
    return config.layers * block + config.dim + config.vocab_size * config.dim * (1 if config.tied else 2)
