"""Decoders as Hugging Face model directories, and back.

    OUT/config.json, generation_config.json, model.safetensors …, tokenizer.json …, README.md (the model card)

transformers loads the directory offline as LlamaForCausalLM, or as Qwen3ForCausalLM, which is LLaMA with norms on queries and keys. The
rotary pairs are (i, i + D/2) on both sides, so no rows are permuted; what is permuted elsewhere is where conversions break, and so
every export is loaded with transformers and compared, logit by logit, before it gets its name. The rows that pad the vocabulary stay: without them
probabilities would not be the trained ones; generation_config.json keeps them from being chosen.

Reading takes safetensors, and .bin files only through torch's weights_only unpickler: nothing in a directory can run.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from corpus.errors import UserError
from corpus.task import file_sha256, sync, write_json
from model.config import Config, ModelConfig
from model.decoder import Decoder, parameter_count
from model.model_card import Exported, write_card
from model.run_directory import TOKENIZER_FILES, load_decoder
from model.vocabulary import Vocabulary

TOLERANCE = 1e-4  # of float32 logits, relative to the largest: two orders of sums differ by about 1e-6
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
ARCHITECTURES = {
    "LlamaForCausalLM": False,
    "MistralForCausalLM": False,
    "Qwen3ForCausalLM": True,
}  # → norms on queries and keys


def export_run(run: Path, out: Path, step: int | None = None, dtype: str = "auto") -> Exported:
    """Write a checkpoint of a run (the newest sound one by default) as a model directory.

    `dtype` auto stores what the run computed in. Raises UserError when `out` holds something, or when transformers' logits differ.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} already exists and is not empty. Give another folder with --out.")
    decoder, config, checkpoint = load_decoder(run, step)
    if dtype == "auto":
        dtype = "bfloat16" if config.train.precision == "bf16" else "float32"
    if dtype not in DTYPES:
        raise UserError(f"--dtype {dtype}: accepted are auto, {', '.join(DTYPES)}.")
    step = int(json.loads((checkpoint / "manifest.json").read_text())["step"])
    folder = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        _write(decoder, config.model, run / "tokenizer", DTYPES[dtype], folder)
        parity, rounding = compare(decoder, folder, DTYPES[dtype])
        if parity > TOLERANCE:
            raise UserError(
                f"{run}: transformers' logits on the exported weights differ by {parity:.2g} of the largest logit; at most {TOLERANCE} is rounding. "
                "Nothing was exported."
            )
        exported = Exported(out, step, parameter_count(config.model), dtype, parity, rounding)

        write_card(folder, run, config, exported)
        for path in folder.iterdir():
            sync(path)
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.is_dir():
            out.rmdir()
        folder.rename(out)
        sync(out.parent)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return exported


def _write(decoder: Decoder, config: ModelConfig, tokenizer: Path, dtype: torch.dtype, folder: Path) -> None:
    from huggingface_hub import save_torch_state_dict

    state = {name: tensor.to(dtype, copy=True) for name, tensor in to_huggingface(decoder).items()}
    save_torch_state_dict(state, folder, max_shard_size="5GB")
    for path in folder.glob("*.safetensors"):
        path.chmod(0o644)  # made readable to their owner only
    vocabulary = Vocabulary(tokenizer / "tokenizer.json")
    special = special_ids(tokenizer)
    write_json(folder / "config.json", _config(config, str(dtype).removeprefix("torch."), special))
    beyond = list(range(len(vocabulary.tokens), config.vocab_size))
    generation: dict[str, Any] = {
        "_from_model_config": False,
        "do_sample": True,
        "temperature": 0.8,
        "top_k": 50,
        **special,
    }
    if beyond:
        generation["suppress_tokens"] = beyond  # rows that no token has
    write_json(folder / "generation_config.json", generation)
    for name in TOKENIZER_FILES:
        if (tokenizer / name).is_file():
            shutil.copyfile(tokenizer / name, folder / name)
    described = folder / "tokenizer_config.json"
    settings = json.loads(described.read_text(encoding="utf-8")) if described.is_file() else {}
    write_json(described, settings | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": config.context})


def special_ids(tokenizer: Path) -> dict[str, int]:
    """{"bos_token_id": …, "eos_token_id": …, "pad_token_id": …} of a tokenizer folder; those that it has."""
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    path = tokenizer / "special_tokens_map.json"
    if path.is_file():
        given = json.loads(path.read_text(encoding="utf-8"))
        names = {
            key: value["content"] if isinstance(value, dict) else value for key, value in given.items() if key in names
        }
    content = json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))
    ids = content["model"]["vocab"] | {token["content"]: token["id"] for token in content.get("added_tokens", [])}
    return {f"{key}_id": ids[name] for key, name in names.items() if name in ids}


def _config(config: ModelConfig, dtype: str, special: Mapping[str, int]) -> dict[str, Any]:
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

    Raises UserError for what the decoder does not do (scaled rotary embeddings, biases, other activations) and for weights that are missing.
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


@torch.no_grad()
def compare(decoder: Decoder, directory: Path, dtype: torch.dtype) -> tuple[float, float]:
    """(parity, rounding): largest differences of logits, relative to the largest logit, on 4 × 64 random tokens in float32.

    parity: transformers on the directory against the decoder with its weights rounded to `dtype`; our reader has no part in it, which
    could undo what our writer did wrong. rounding: the decoder so rounded against before. Rounds the decoder in place.
    """
    from transformers import AutoModelForCausalLM

    shape = (4, min(64, decoder.config.context))
    ids = torch.randint(0, decoder.config.vocab_size, shape, generator=torch.Generator().manual_seed(0))
    trained = decoder(ids)
    for parameter in decoder.parameters():
        parameter.copy_(parameter.to(dtype))
    ours = decoder(ids)
    theirs = (
        AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, local_files_only=True).eval()(ids).logits
    )
    largest = trained.abs().max()
    return float((ours - theirs).abs().max() / largest), float((ours - trained).abs().max() / largest)


def import_directory(directory: Path, run: Path) -> Config:
    """Make a run of a Llama-architecture directory: configuration, tokenizer and a checkpoint of its weights at step 0."""
    import dataclasses

    from model.checkpoint import Checkpoints
    from model.config import load_config
    from model.run_directory import prepare_run

    decoder, _ = from_huggingface(directory)
    tokenizer = directory / "tokenizer.json"
    if not tokenizer.is_file():
        raise UserError(f"{directory}: tokenizer.json is missing; a run keeps the tokenizer of its model.")
    config = dataclasses.replace(load_config("1.3b"), model=decoder.config)
    prepare_run(run, config, tokenizer, resume=False)
    checkpoints = Checkpoints(run / "checkpoints")
    state = {
        "progress": {"step": 0, "tokens": 0},
        "imported": {"config_sha256": file_sha256(directory / "config.json")},
    }
    checkpoints.save(0, {f"model.{name}": p.data for name, p in decoder.named_parameters()}, state)
    checkpoints.wait()
    return config
