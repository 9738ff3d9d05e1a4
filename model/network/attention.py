"""Causal attention in which no token sees another document: select a kind for the device, build the mask of a batch,
attend.

A packed row holds several documents; positions restart at 0 in each, so positions alone define the mask: the query at
column q with position p sees the columns q-p … q. Each kernel takes the mask in its own form, a class with its own
`attend`:

- `documents` (Documents): one causal call of scaled_dot_product_attention per document. Exact, and the fastest on a
  CPU, since nothing masked is computed: a step of a small model on rows of 2,048 tokens with 2.3 documents takes 0.38 s
  instead of 0.44 s.
- `sdpa` (Visible): the same function with a boolean mask [B, 1, T, T]. Runs everywhere, costs B·T² bytes and computes
  masked blocks too.
- `flex` (Blocks): a BlockMask; masked blocks are skipped. Needs torch.compile, so a GPU.
- `varlen` (Lengths): cumulative document lengths for FlashAttention's variable-length kernel. Needs a GPU and bf16.
- `flash3` (Lengths): the same by FlashAttention 3, made for Hopper; needs an H100 or H200 and the package flash-attn-3.
- `causal` (Causal): no document mask, as in most trainers; used to measure the cost of masking.

`attend(query, key, value)` takes [B, T, H, D] and twice [B, S, G, D], H a multiple of G, and returns [B, T, H, D].
"""

from importlib.util import find_spec
from inspect import signature
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import torch
from torch.nn import attention, functional
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention
from torch.nn.attention.varlen import varlen_attn

VARLEN = frozenset(signature(varlen_attn).parameters)
# `window_size` replaced `is_causal` after torch 2.10, and `enable_gqa` was added later.
CAUSAL: Any = {"window_size": (-1, 0)} if "window_size" in VARLEN else {"is_causal": True}


class Mask(Protocol):
    """The mask in the form that one kernel takes."""

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        """Attention of `query` over `key` and `value`."""
        ...


def _scaled_dot_product(query, key, value, mask: torch.Tensor | None, causal: bool) -> torch.Tensor:
    grouped = query.shape[2] != key.shape[2]
    query, key, value = (x.transpose(1, 2) for x in (query, key, value))
    out = functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, is_causal=causal, enable_gqa=grouped
    )
    return out.transpose(1, 2)


class Causal(NamedTuple):
    """Each token sees itself and all before it."""

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return _scaled_dot_product(query, key, value, None, True)


class Everything(NamedTuple):
    """Every token sees every token: a single new token after a cache."""

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return _scaled_dot_product(query, key, value, None, False)


class Visible(NamedTuple):
    """The pairs that are true: bool, broadcast to [B, H, T, S]."""

    pairs: torch.Tensor

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        return _scaled_dot_product(query, key, value, self.pairs, False)


class Documents(NamedTuple):
    """Documents of a flattened batch by their lengths, one call per document."""

    lengths: list[int]

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        # split, whose gradient is one concatenation; slices would add up one whole tensor per document
        parts = zip(*(x.flatten(0, 1)[None].split(self.lengths, 1) for x in (query, key, value)), strict=True)
        return torch.cat([_scaled_dot_product(q, k, v, None, True) for q, k, v in parts], 1).view(query.shape)


class Lengths(NamedTuple):
    """Documents of a flattened batch: cumulative lengths int32 [documents + 1], and the greatest possible length."""

    cumulative: torch.Tensor
    longest: int

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        grouped = query.shape[2] != key.shape[2]
        if grouped and "enable_gqa" not in VARLEN:
            repeats = query.shape[2] // key.shape[2]
            key, value = (x.repeat_interleave(repeats, dim=2) for x in (key, value))
        q, k, v = query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1)
        arguments = {**CAUSAL, "enable_gqa": True} if grouped and "enable_gqa" in VARLEN else CAUSAL
        out: Any = varlen_attn(q, k, v, self.cumulative, self.cumulative, self.longest, self.longest, **arguments)
        return out.view(query.shape)


class Blocks(NamedTuple):
    """Flex attention's mask of blocks."""

    mask: BlockMask

    def attend(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        grouped = query.shape[2] != key.shape[2]
        query, key, value = (x.transpose(1, 2) for x in (query, key, value))
        out: Any = flex_attention(query, key, value, block_mask=self.mask, enable_gqa=grouped)
        return out.transpose(1, 2)


KINDS = ("varlen", "flash3", "flex", "documents", "sdpa", "causal")


def usable(kind: str, device: torch.device, dtype: torch.dtype) -> bool:
    """Whether a kind runs on this device in this dtype."""
    if kind == "flash3" and not _has_flash3(device):
        return False
    if kind in ("varlen", "flash3"):
        return device.type == "cuda" and dtype in (torch.bfloat16, torch.float16)
    return kind != "flex" or device.type == "cuda"


def _has_flash3(device: torch.device) -> bool:
    """Whether torch (2.11 or later) can hand variable-length attention to FlashAttention 3 here."""
    if find_spec("flash_attn_interface") is None or not hasattr(attention, "list_flash_attention_impls"):
        return False
    if "FA3" not in attention.list_flash_attention_impls() or not torch.cuda.is_available():
        return False
    return device.type == "cuda" and torch.cuda.get_device_capability(device)[0] == 9


def _select(implementation: str | None) -> None:
    """Let varlen_attn call this release of FlashAttention from now on; None: torch's own."""
    if not hasattr(attention, "current_flash_attention_impl"):
        return
    if attention.current_flash_attention_impl() != implementation:
        if implementation is None:
            attention.restore_flash_attention_impl()
        else:
            attention.activate_flash_attention_impl(implementation)


def attention_kind(name: str, device: torch.device, dtype: torch.dtype) -> str:
    """The kind for "auto": on GPUs flash3 where it is installed, else varlen in bf16 and flex in float32; one call per
    document on CPUs.

    The same for "fastest" where nothing is measured (model/network/fastest.py).
    """
    if name not in ("auto", "fastest"):
        return name
    if device.type == "cuda":
        return next(kind for kind in ("flash3", "varlen", "flex") if usable(kind, device, dtype))
    return "documents"


def document_mask(positions: torch.Tensor, kind: str, device: torch.device) -> Mask:
    """The mask of a batch for one of the kinds above.

    `positions` int64 [B, T] on the CPU (so that nothing here waits for a GPU), each row starting with 0. Where every
    row is one document, `sdpa` and `documents` use one causal call.
    """
    rows, length = positions.shape
    if kind == "causal":
        return Causal()
    starts = positions == 0
    if kind in ("varlen", "flash3"):
        _select("FA3" if kind == "flash3" else None)
        cumulative = torch.cat([starts.flatten().nonzero().flatten(), torch.tensor([rows * length])]).to(torch.int32)
        cumulative = cumulative.to(device, non_blocking=True)
        torch._dynamo.maybe_mark_dynamic(cumulative, 0)  # the number of documents differs from batch to batch
        return Lengths(cumulative, length)
    if kind in ("sdpa", "documents") and bool((starts.sum(1) == 1).all()):
        return Causal()
    if kind == "documents":
        places = starts.flatten().nonzero().flatten().tolist()
        return Documents([b - a for a, b in pairwise([*places, rows * length])])
    first = (torch.arange(length) - positions).to(device, non_blocking=True)  # column where the query's document begins
    if kind == "flex":

        def visible(b, h, q, kv):
            return (q >= kv) & (kv >= first[b, q])

        compiled = device.type == "cuda"
        return Blocks(create_block_mask(visible, rows, None, length, length, device=str(device), _compile=compiled))
    column = torch.arange(length, device=device)
    pairs = (column[None, None, :] <= column[None, :, None]) & (column[None, None, :] >= first[:, :, None])
    return Visible(pairs[:, None])


def visible_positions(positions: torch.Tensor, kind: str) -> torch.Tensor:
    """Positions for the rotary embedding: those within documents, or within the row where documents see each other.

    With `causal` a token sees the documents before its own; positions that restart at 0 would place it beside the row's
    first tokens.
    """
    if kind != "causal":
        return positions
    return torch.arange(positions.shape[1]).expand_as(positions).contiguous()


def following(length: int, cached: int, device: torch.device) -> Mask:
    """The mask of `length` new tokens after `cached` ones, without documents."""
    if cached == 0:
        return Causal()
    if length == 1:
        return Everything()
    return Visible(torch.ones(length, cached + length, dtype=torch.bool, device=device).tril(cached))
