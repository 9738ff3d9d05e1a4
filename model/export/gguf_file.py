"""A decoder and its tokenizer as one GGUF file, which llama.cpp, Ollama and LM Studio load.

Weights have llama.cpp's names and are not quantised. The rotary pairs of its architecture `llama` are neighbours, so
the rows of query and key are permuted; `qwen3` has the pairs of transformers. Rows without a token are left out, so
that llama.cpp cannot generate them: its probabilities are those of model/text/generate.py.

llama.cpp has its pre-tokenizers compiled in and selects one by name. A pattern without a name there would give other
ids without any message, so such tokenizers are refused.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from corpus.errors import UserError
from model.config import ModelConfig
from tokenizer.encoding.definition import Unsupported, define
from tokenizer.encoding.vocabulary import Vocabulary
from tokenizer.files import TokenizerFiles
from tokenizer.scanner.patterns import NAMES, llama_cpp_name

GGUF = "model.gguf"
INSTALL = 'GGUF files are written by the library gguf, which is not installed: pip install -e ".[gguf]".'
END_KEYS = ("add_eos_token_id", "add_eot_token_id", "add_eom_token_id")  # llama.cpp has three ends of a text


def write_gguf(
    path: Path,
    name: str,
    config: ModelConfig,
    state: Mapping[str, torch.Tensor],
    tokenizer: TokenizerFiles,
    special: Mapping[str, int],
    ends: Sequence[int],
    bos: bool,
) -> None:
    """Write a GGUF file.

    `state`: float32, float16 or bfloat16 tensors under transformers' names; norms are stored in float32. `special`:
    ids of special tokens under transformers' keys. `ends`: the ids that end a text, at most three. With `bos` llama.cpp
    puts BOS before a text. Raises UserError for a tokenizer that llama.cpp would read in another way.
    """
    try:
        import gguf
    except ImportError as error:
        raise UserError(INSTALL) from error
    pre = pre_tokenizer(tokenizer)
    if len(ends) > len(END_KEYS):
        raise UserError(f"{len(ends)} ids end a text of this model; a GGUF file has room for {len(END_KEYS)}.")
    tokens, kinds = _tokens(tokenizer)
    architecture = "qwen3" if config.qk_norm else "llama"
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name(name)
    writer.add_vocab_size(len(tokens))
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.dim)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.ffn_dim)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.groups)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_layer_norm_rms_eps(config.norm_eps)
    stored = next(iter(state.values())).dtype
    writer.add_file_type(
        {torch.float32: gguf.LlamaFileType.ALL_F32, torch.float16: gguf.LlamaFileType.MOSTLY_F16}.get(
            stored, gguf.LlamaFileType.MOSTLY_BF16
        )
    )
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    merges = tokenizer.definition()["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    for key, number in zip(END_KEYS, ends, strict=False):
        getattr(writer, key)(number)
    if "bos_token_id" in special:
        writer.add_bos_token_id(special["bos_token_id"])
    if "pad_token_id" in special:
        writer.add_pad_token_id(special["pad_token_id"])
    writer.add_add_bos_token(bos and "bos_token_id" in special)
    writer.add_add_eos_token(False)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3 if config.qk_norm else gguf.MODEL_ARCH.LLAMA, config.layers)
    for theirs, tensor in state.items():
        there = names.get_name(theirs, try_suffixes=(".weight",))
        assert there is not None  # all names of model/export/llama_layout.py are in gguf's table
        if architecture == "llama" and theirs.endswith(("q_proj.weight", "k_proj.weight")):
            tensor = neighbours(tensor, config.heads if "q_proj" in theirs else config.groups)
        if theirs in ("model.embed_tokens.weight", "lm_head.weight"):
            tensor = tensor[: len(tokens)]
        _add(writer, there, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def pre_tokenizer(tokenizer: TokenizerFiles) -> str:
    """llama.cpp's name of a tokenizer's pattern. Raises UserError for a tokenizer that llama.cpp has no name for."""
    content = tokenizer.definition()
    try:
        defined = define(content)
    except Unsupported as error:
        raise UserError(
            f"{tokenizer.path}: no GGUF file can be made with this tokenizer, because {error}. Export without --gguf."
        ) from error
    pattern, whole = NAMES[defined.pattern], bool(content["model"].get("ignore_merges"))
    name = llama_cpp_name(pattern, whole)
    if defined.first_stage is not None or name is None:
        what = "superwords" if defined.first_stage is not None else f"the pattern {pattern}"
        what += " with ignore_merges" if whole else ""
        raise UserError(
            f"{tokenizer.path} has {what}, which llama.cpp does not support: it would split the same text into other"
            " tokens. Train with a tokenizer of --pattern cl100k, qwen2 or gpt2 (without --superwords) for GGUF, or"
            " export without --gguf."
        )
    for feature, there in (("strings that only separate", defined.removed), ("NFC normalisation", defined.nfc)):
        if there:
            raise UserError(
                f"{tokenizer.path} has {feature}, which a GGUF file cannot describe: llama.cpp would give other ids for"
                " some texts. Export without --gguf."
            )
    return name


def neighbours(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """The rows of a query or key matrix [heads × D, width] with the rotary pairs (i, i + D/2) of each head as
    neighbours (2i, 2i + 1)."""
    rows, width = weight.shape
    return weight.view(heads, 2, rows // heads // 2, width).transpose(1, 2).reshape(rows, width)


def _tokens(tokenizer: TokenizerFiles) -> tuple[list[str], list[int]]:
    """Name and llama.cpp's type of each id: normal, control (special), user-defined (added, not special), or unused."""
    import gguf

    content, size = tokenizer.definition(), len(Vocabulary(tokenizer).tokens)
    tokens, kinds = [f"<unused_{number}>" for number in range(size)], [int(gguf.TokenType.UNUSED)] * size
    for name, number in content["model"]["vocab"].items():
        tokens[number], kinds[number] = name, int(gguf.TokenType.NORMAL)
    for added in content.get("added_tokens") or []:
        kind = gguf.TokenType.CONTROL if added.get("special") else gguf.TokenType.USER_DEFINED
        tokens[added["id"]], kinds[added["id"]] = added["content"], int(kind)
    return tokens, kinds


def _add(writer: Any, name: str, tensor: torch.Tensor) -> None:
    import gguf

    if tensor.dim() == 1 or tensor.dtype == torch.float32:
        writer.add_tensor(name, tensor.float().contiguous().numpy())
    elif tensor.dtype == torch.float16:
        writer.add_tensor(name, tensor.contiguous().numpy())
    else:
        raw = tensor.contiguous().view(torch.int16).numpy().view(np.uint8)
        writer.add_tensor(name, raw, raw_dtype=gguf.GGMLQuantizationType.BF16)
