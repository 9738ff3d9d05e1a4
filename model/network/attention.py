"""Causal attention in which no token sees another document, and the choice of kernel for it.

A packed row holds several documents; positions restart at 0 in each, so positions alone say who may see whom: the query
at column q with position p sees the columns q-p … q. From that one rule come the three forms a kernel may want:

- `documents`: one causal call of scaled_dot_product_attention per document. Plain, exact, and on a CPU the fastest:
  nothing masked is computed: a step of a small model on rows of 2,048 tokens with 2.3 documents takes 0.38 s instead of
  0.44 s.
- `sdpa`: the same function with a boolean mask [B, 1, T, T]. Runs everywhere, costs B·T² bytes and computes masked
  blocks too.
- `flex`: a BlockMask; masked blocks are skipped. Needs torch.compile, so a GPU.
- `varlen`: cumulative document lengths for FlashAttention's variable-length kernel. Fastest on paper; needs a GPU and
  bf16.
- `causal`: no document mask at all; what most trainers do, and the yardstick for the cost of masking.
"""

from inspect import signature
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch.nn import functional
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention
from torch.nn.attention.varlen import varlen_attn

VARLEN = frozenset(signature(varlen_attn).parameters)
# `window_size` took the place of `is_causal` after torch 2.10, and `enable_gqa` came later still.
CAUSAL: Any = {"window_size": (-1, 0)} if "window_size" in VARLEN else {"is_causal": True}


class Lengths(NamedTuple):
    """Documents of a flattened batch: cumulative lengths int32 [documents + 1], and the longest a kernel must
    expect."""

    cumulative: torch.Tensor
    longest: int


class Documents(NamedTuple):
    """Documents of a flattened batch by their lengths, for one call each."""

    lengths: list[int]


Mask = torch.Tensor | BlockMask | Lengths | Documents | None


def choose(name: str, device: torch.device, dtype: torch.dtype) -> str:
    """The kernel for `attention = "auto"`: varlen on GPUs in bf16, flex on GPUs in float32, one call per document on
    CPUs."""
    if name != "auto":
        return name
    if device.type == "cuda":
        return "varlen" if dtype == torch.bfloat16 else "flex"
    return "documents"


def document_mask(positions: torch.Tensor, kind: str, device: torch.device) -> Mask:
    """The mask of a batch for one of the kinds above.

    `positions` int64 [B, T] on the CPU (so that nothing here waits for a GPU), each row starting with 0. None means
    plain causal attention; that is also the answer for `sdpa` and `documents` when every row is one document: then one
    causal call does it.
    """
    rows, length = positions.shape
    if kind == "causal":
        return None
    starts = positions == 0
    if kind == "varlen":
        cumulative = torch.cat([starts.flatten().nonzero().flatten(), torch.tensor([rows * length])]).to(torch.int32)
        cumulative = cumulative.to(device, non_blocking=True)
        torch._dynamo.maybe_mark_dynamic(cumulative, 0)  # the number of documents differs from batch to batch
        return Lengths(cumulative, length)
    if kind in ("sdpa", "documents") and bool((starts.sum(1) == 1).all()):
        return None
    if kind == "documents":
        places = starts.flatten().nonzero().flatten().tolist()
        return Documents([b - a for a, b in pairwise([*places, rows * length])])
    first = (torch.arange(length) - positions).to(device, non_blocking=True)  # column where the query's document begins
    if kind == "flex":

        def visible(b, h, q, kv):
            return (q >= kv) & (kv >= first[b, q])

        return create_block_mask(
            visible, rows, None, length, length, device=str(device), _compile=device.type == "cuda"
        )
    column = torch.arange(length, device=device)
    return ((column[None, None, :] <= column[None, :, None]) & (column[None, None, :] >= first[:, :, None]))[:, None]


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Mask, causal: bool = True
) -> torch.Tensor:
    """Attention of query [B, T, H, D] over key and value [B, S, G, D], H a multiple of G; returns [B, T, H, D].

    `causal` is what a mask of None means; the decoder switches it off for a single new token that sees its whole cache.
    """
    grouped = query.shape[2] != key.shape[2]
    if isinstance(mask, Lengths):
        if grouped and "enable_gqa" not in VARLEN:
            repeats = query.shape[2] // key.shape[2]
            key, value = (x.repeat_interleave(repeats, dim=2) for x in (key, value))
        q, k, v = query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1)
        ends, longest = mask.cumulative, mask.longest
        arguments = {**CAUSAL, "enable_gqa": True} if grouped and "enable_gqa" in VARLEN else CAUSAL
        out: Any = varlen_attn(q, k, v, ends, ends, longest, longest, **arguments)
        return out.view(query.shape)
    if isinstance(mask, Documents):
        # split, whose gradient is one concatenation; a slice per document would add up as many whole tensors
        parts = zip(*(x.flatten(0, 1)[None].split(mask.lengths, 1) for x in (query, key, value)), strict=True)
        return torch.cat([attend(q, k, v, None) for q, k, v in parts], 1).view(query.shape)
    query, key, value = (x.transpose(1, 2) for x in (query, key, value))
    if isinstance(mask, BlockMask):
        out = flex_attention(query, key, value, block_mask=mask, enable_gqa=grouped)
    else:
        out = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=causal and mask is None, enable_gqa=grouped
        )
    return out.transpose(1, 2)
