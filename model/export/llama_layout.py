"""The decoder's weights and shape as transformers lays them out, in both directions.

Query, key and value are three matrices there and one here, so are gate and up. The rotary pairs are (i, i + D/2) on
both sides, so no rows are permuted. The architectures are LLaMA and those that differ from it by nothing but a name,
and Qwen3, which is LLaMA with norms on queries and keys.

Reading takes safetensors, and .bin files only through torch's weights_only unpickler: nothing in a directory can run.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from corpus.errors import UserError
from model.config import ModelConfig
from model.network.decoder import Decoder

ARCHITECTURES = {
    "LlamaForCausalLM": False,
    "MistralForCausalLM": False,
    "Qwen3ForCausalLM": True,
}  # → norms on queries and keys


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
    """Each of our parameters with transformers' names and numbers of rows of its parts, in order."""
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

    Raises UserError for what the decoder does not do (scaled rotary embeddings, biases, other activations) and for
    weights that are missing.
    """
    path = directory / "config.json"
    if not path.is_file():
        raise UserError(f"{directory}: no model directory: config.json is missing.")
    described = json.loads(path.read_text(encoding="utf-8"))
    config = _model_config(described, path)
    state = read_weights(directory)
    decoder = Decoder(config)
    parameters = dict(decoder.named_parameters())
    with torch.no_grad():
        for name, parts in _names(config):
            for theirs, rows in parts:
                if theirs not in state:
                    raise UserError(f"{directory}: the weights lack {theirs}.")
                if state[theirs].shape[0] != rows:
                    raise UserError(
                        f"{directory}: {theirs} has {state[theirs].shape[0]} rows, config.json makes it {rows}."
                    )
            parameters[name].copy_(torch.cat([state[theirs] for theirs, _ in parts]))
    return decoder.eval(), described


def _model_config(described: Mapping[str, Any], path: Path) -> ModelConfig:
    architecture = (described.get("architectures") or ["none"])[0]
    if architecture not in ARCHITECTURES:
        raise UserError(f"{path}: architecture {architecture}; accepted: {', '.join(ARCHITECTURES)}.")
    rope = described.get("rope_parameters") or described.get("rope_scaling") or {}
    theta = rope.get("rope_theta") or described.get("rope_theta") or 10_000.0
    head_dim = described.get("head_dim") or described["hidden_size"] // described["num_attention_heads"]
    refused = {
        "rope_scaling": rope.get("rope_type", rope.get("type", "default")) not in ("default", None),
        "hidden_act": described.get("hidden_act", "silu") != "silu",
        "attention_bias": bool(described.get("attention_bias")),
        "mlp_bias": bool(described.get("mlp_bias")),
        "sliding_window": bool(described.get("sliding_window")) and described.get("use_sliding_window", True),
        "head_dim": head_dim * described["num_attention_heads"] != described["hidden_size"],
    }
    for key, bad in refused.items():
        if bad:
            raise UserError(f"{path}: {key} is {described.get(key, rope)!r}, which this decoder does not do.")
    return ModelConfig(
        layers=described["num_hidden_layers"],
        heads=described["num_attention_heads"],
        kv_heads=described.get("num_key_value_heads") or 0,
        dim=described["hidden_size"],
        ffn_dim=described["intermediate_size"],
        vocab_size=described["vocab_size"],
        context=described["max_position_embeddings"],
        tied=bool(described.get("tie_word_embeddings", False)),
        qk_norm=ARCHITECTURES[architecture],
        rope_theta=float(theta),
        norm_eps=described.get("rms_norm_eps", 1e-6),
        init_std=described.get("initializer_range", 0.02),
    )


def read_weights(directory: Path) -> dict[str, torch.Tensor]:
    """All tensors of a model directory: safetensors, or .bin files without running anything."""
    from safetensors.torch import load_file

    paths = sorted(directory.glob("*.safetensors"))
    if paths:
        return {name: tensor for path in paths for name, tensor in load_file(path).items()}
    paths = sorted(directory.glob("pytorch_model*.bin"))
    if not paths:
        raise UserError(f"{directory}: neither *.safetensors nor pytorch_model*.bin.")
    tensors: dict[str, torch.Tensor] = {}
    for path in paths:
        tensors |= torch.load(path, map_location="cpu", weights_only=True)
    return tensors
