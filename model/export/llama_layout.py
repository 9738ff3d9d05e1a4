"""The decoder's weights and shape in transformers' layout, in both directions.

Query, key and value are three matrices there and one here; gate and up are two there and one here. The rotary pairs are
(i, i + D/2) on both sides, so no rows are permuted. The architectures are LLaMA and those that differ from it only in
name, and Qwen3, which is LLaMA with norms on queries and keys.

Files are read by model/export/foreign.py.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from corpus.errors import UserError
from model.config import ModelConfig, checked
from model.export.foreign import UNUSED, read_object, read_weights
from model.network.decoder import Decoder

ARCHITECTURES = {
    "LlamaForCausalLM": False,
    "MistralForCausalLM": False,
    "Qwen3ForCausalLM": True,
}  # → norms on queries and keys
# transformers' defaults for keys missing in config.json.
DEFAULTS: dict[str, Any] = {
    "num_key_value_heads": None,
    "head_dim": None,
    "hidden_act": "silu",
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "initializer_range": 0.02,
    "tie_word_embeddings": False,
    "attention_bias": False,
    "mlp_bias": False,
    "sliding_window": None,
    "use_sliding_window": True,
}
DEFAULTS_OF: dict[str, dict[str, Any]] = {
    "MistralForCausalLM": {"num_key_value_heads": 8, "max_position_embeddings": 131_072, "sliding_window": 4096},
    "Qwen3ForCausalLM": {
        "num_key_value_heads": 32,
        "max_position_embeddings": 32_768,
        "head_dim": 128,
        "use_sliding_window": False,
    },
}
EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"


def describe(config: ModelConfig, dtype: str, special: Mapping[str, int]) -> dict[str, Any]:
    """The config.json of a shape; `special` are the ids of special tokens by transformers' keys."""
    return {
        "architectures": ["Qwen3ForCausalLM" if config.qk_norm else "LlamaForCausalLM"],
        "model_type": "qwen3" if config.qk_norm else "llama",
        "vocab_size": config.vocab_size,
        "hidden_size": config.dim,
        "intermediate_size": config.ffn_dim,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.groups,
        "head_dim": config.head_dim,
        "hidden_act": "silu",
        "max_position_embeddings": config.context,
        "rope_theta": config.rope_theta,
        "rms_norm_eps": config.norm_eps,
        "initializer_range": config.init_std,
        "attention_bias": False,
        "mlp_bias": False,
        "attention_dropout": 0.0,
        "tie_word_embeddings": config.tied,
        "use_cache": True,
        "torch_dtype": dtype,
        **special,
    }


def _names(config: ModelConfig) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Each of our parameters with transformers' names and row counts of its parts, in order."""
    kv = config.groups * config.head_dim
    yield "embedding.weight", [("model.embed_tokens.weight", config.vocab_size)]
    for layer in range(config.layers):
        ours, theirs = f"blocks.{layer}", f"model.layers.{layer}"
        attention = f"{theirs}.self_attn"
        yield f"{ours}.attention_norm.weight", [(f"{theirs}.input_layernorm.weight", config.dim)]
        parts = [("q_proj", config.dim), ("k_proj", kv), ("v_proj", kv)]
        yield f"{ours}.attention.qkv.weight", [(f"{attention}.{name}.weight", rows) for name, rows in parts]
        yield f"{ours}.attention.out.weight", [(f"{attention}.o_proj.weight", config.dim)]
        if config.qk_norm:
            yield f"{ours}.attention.query_norm.weight", [(f"{attention}.q_norm.weight", config.head_dim)]
            yield f"{ours}.attention.key_norm.weight", [(f"{attention}.k_norm.weight", config.head_dim)]
        yield f"{ours}.feed_forward_norm.weight", [(f"{theirs}.post_attention_layernorm.weight", config.dim)]
        parts = [("gate_proj", config.ffn_dim), ("up_proj", config.ffn_dim)]
        yield f"{ours}.feed_forward.gate_up.weight", [(f"{theirs}.mlp.{name}.weight", rows) for name, rows in parts]
        yield f"{ours}.feed_forward.down.weight", [(f"{theirs}.mlp.down_proj.weight", config.dim)]
    yield "norm.weight", [("model.norm.weight", config.dim)]
    if not config.tied:
        yield "head.weight", [("lm_head.weight", config.vocab_size)]


def to_huggingface(decoder: Decoder) -> dict[str, torch.Tensor]:
    """The decoder's weights under transformers' names."""
    ours = dict(decoder.named_parameters())
    state: dict[str, torch.Tensor] = {}
    for name, parts in _names(decoder.config):
        pieces = ours[name].detach().split([rows for _, rows in parts])
        state |= {theirs: piece for (theirs, _), piece in zip(parts, pieces, strict=True)}
    return state


def from_huggingface(directory: Path) -> tuple[Decoder, dict[str, Any]]:
    """A decoder in float32 from a Llama-architecture directory, and its config.json.

    As in transformers 5, a stored head that differs from the embedding is used, regardless of `tie_word_embeddings`.
    Raises UserError for features that the decoder does not have (scaled rotary embeddings, biases, other activations),
    and for weights that are missing, unexpected or of another shape.
    """
    path = directory / "config.json"
    described = read_object(path)
    config = _model_config(described, path)
    state = read_weights(directory)
    for name in [name for name in state if name.endswith(UNUSED)]:
        del state[name]
    if config.tied and HEAD in state:
        if EMBEDDING in state and torch.equal(state[HEAD], state[EMBEDDING]):
            del state[HEAD]
        else:
            config = replace(config, tied=False)
    decoder = Decoder(config)
    parameters = dict(decoder.named_parameters())
    names = [theirs for _, parts in _names(config) for theirs, _ in parts]
    if left := sorted(state.keys() - set(names)):
        raise UserError(
            f"{directory}: the weights hold {left[0]}{f' and {len(left) - 1} more' if len(left) > 1 else ''}, for"
            " which the shape in "
            "config.json has no place; without it the model would be another one."
        )
    with torch.no_grad():
        for name, parts in _names(config):
            for theirs, rows in parts:
                if theirs not in state:
                    raise UserError(f"{directory}: the weights lack {theirs}.")
                wanted, found = (rows, *parameters[name].shape[1:]), tuple(state[theirs].shape)
                if found != wanted and found[1:] == wanted[1:]:
                    raise UserError(f"{directory}: {theirs} has {found[0]} rows, config.json makes it {rows}.")
                if found != wanted:
                    raise UserError(
                        f"{directory}: {theirs} has the shape {list(found)}, config.json makes it {list(wanted)}."
                    )
                if state[theirs].dtype not in (torch.float32, torch.bfloat16, torch.float16, torch.float64):
                    raise UserError(
                        f"{directory}: {theirs} is of {state[theirs].dtype}; expected float weights, not"
                        " quantised ones."
                    )
            parameters[name].copy_(torch.cat([state[theirs].float() for theirs, _ in parts]))
    return decoder.eval(), described


def _model_config(described: Mapping[str, Any], path: Path) -> ModelConfig:
    architecture = (described.get("architectures") or ["none"])[0]
    if architecture not in ARCHITECTURES:
        raise UserError(f"{path}: architecture {architecture}; accepted: {', '.join(ARCHITECTURES)}.")
    given = {**DEFAULTS, **DEFAULTS_OF.get(architecture, {}), **described}
    for key in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"):
        if not isinstance(given.get(key), int) or given[key] < 1:
            raise UserError(f"{path}: {key} is {given.get(key)!r}; expected a whole number above 0.")
    rope = given.get("rope_parameters") or given.get("rope_scaling") or {}
    theta = rope.get("rope_theta") or given.get("rope_theta") or 10_000.0
    hidden, heads = given["hidden_size"], given["num_attention_heads"]
    head_dim = given["head_dim"] or hidden // heads
    window = given["sliding_window"] if given["use_sliding_window"] else None
    refused = {
        "rope_scaling": rope.get("rope_type", rope.get("type", "default")) not in ("default", None),
        "hidden_act": given["hidden_act"] != "silu",
        "attention_bias": bool(given["attention_bias"]),
        "mlp_bias": bool(given["mlp_bias"]),
        "sliding_window": bool(window) and window < given["max_position_embeddings"],
        "head_dim": head_dim * heads != hidden,
        "quantization_config": bool(given.get("quantization_config")),
    }
    for key, bad in refused.items():
        if bad:
            found = rope if key == "rope_scaling" else given.get(key) or head_dim
            raise UserError(f"{path}: {key} is {found!r}, which this decoder does not support.")
    shape = {
        "layers": given["num_hidden_layers"],
        "heads": heads,
        "kv_heads": given["num_key_value_heads"] or 0,
        "dim": hidden,
        "ffn_dim": given["intermediate_size"],
        "vocab_size": given["vocab_size"],
        "context": given["max_position_embeddings"],
        "tied": bool(given["tie_word_embeddings"]),
        "qk_norm": ARCHITECTURES[architecture],
        "rope_theta": theta,
        "norm_eps": given["rms_norm_eps"],
        "init_std": given["initializer_range"],
    }
    return checked(ModelConfig, shape, str(path), "model")
