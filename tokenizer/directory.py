"""The files of a tokenizer directory, as transformers and HF tokenizers name them, and what tokenizer.json contains."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tokenizer.scanner.patterns import REGEXES

TOKENIZER = "tokenizer.json"
TOKENIZER_FILES = (TOKENIZER, "tokenizer_config.json", "special_tokens_map.json")
SPECIAL_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
MULTIPLE = 128  # of a vocabulary: matrix sizes that GPUs like


def byte_level_bpe(
    vocabulary: Mapping[str, int],
    merges: Sequence[Sequence[str]],
    regex: str,
    special: Iterable[tuple[str, int]],
    ignore_merges: bool = False,
) -> dict[str, Any]:
    """The content of a tokenizer.json: byte-level BPE without normalisation, `regex` for its pre-tokens; `special`:
    names and ids."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": n, "content": name, **flags} for name, n in special],
        "normalizer": None,
        # ByteLevel applies GPT-2's pattern by default; other readers of the format support it in that form only.
        "pre_tokenizer": byte_level | {"use_regex": True}
        if regex == REGEXES["gpt2"]
        else {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": None,
        "decoder": byte_level | {"use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": ignore_merges,
            "vocab": dict(vocabulary),
            "merges": [list(pair) for pair in merges],
        },
    }
