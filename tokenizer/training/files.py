"""A tokenizer directory as transformers and HF tokenizers read it: tokenizer.json and its two companions.

The vocabulary begins with the special tokens, then the 256 bytes, then the merges in order, so that the first N ids of
a large vocabulary are a smaller one. It is padded to a multiple with tokens that no text produces: matrices of such
sizes are faster. Encoding adds nothing at the ends of a text; packing and evaluation add `<s>` and `</s>`.
"""

from collections.abc import Mapping
from itertools import count, islice
from pathlib import Path
from typing import Any

from corpus.engine.task import read_json, write_json
from tokenizer.directory import SPECIAL_TOKENS, TOKENIZER, byte_level_bpe
from tokenizer.kernels.alphabet import byte_characters
from tokenizer.scanner.patterns import REGEXES
from tokenizer.scanner.runs import REGEX
from tokenizer.training.bpe import Merges


def reserved_token(n: int) -> str:
    """The name of the nth token of the padding."""
    return f"<reserved_{n}>"


def vocabulary(merges: Merges, size: int, multiple: int = 1) -> list[str]:
    """The tokens by id, in the byte-level alphabet: special tokens, bytes, as many merged tokens as fit into `size`,
    and padding up to the next multiple of `multiple`, with names that no token has."""
    characters = byte_characters()
    special = list(SPECIAL_TOKENS.values())
    tokens = special + ["".join(characters[b] for b in token) for token in merges.tokens[: size - len(special)]]
    free = (name for name in map(reserved_token, count()) if name not in tokens)
    return tokens + list(islice(free, -len(tokens) % multiple))


def tokenizer_json(
    merges: Merges, pattern: str, size: int, multiple: int = 1, words_until: int | None = None
) -> dict[str, Any]:
    """The content of tokenizer.json for the first `size` tokens; from token `words_until` of `merges` on they may be
    superwords."""
    tokens = vocabulary(merges, size, multiple)
    special = len(SPECIAL_TOKENS)
    fitting = max(0, min(len(merges.tokens), size - special) - 256)
    pairs = merges.pairs[:fitting].tolist()
    named = [*range(special), *range(special + 256 + fitting, len(tokens))]
    regex = REGEX if words_until is not None and size - special > words_until else REGEXES[pattern]
    names = {token: n for n, token in enumerate(tokens)}
    parts = [(tokens[a + special], tokens[b + special]) for a, b in pairs]
    return byte_level_bpe(names, parts, regex, [(tokens[n], n) for n in named])


def write_tokenizer(
    directory: Path, merges: Merges, pattern: str, size: int, multiple: int = 1, words_until: int | None = None
) -> int:
    """Write tokenizer.json, tokenizer_config.json and special_tokens_map.json; returns the number of tokens."""
    content = tokenizer_json(merges, pattern, size, multiple, words_until)
    directory.mkdir(parents=True, exist_ok=True)
    write_json(directory / TOKENIZER, content)
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **SPECIAL_TOKENS,
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
        "model_input_names": ["input_ids", "attention_mask"],
    }
    write_json(directory / "tokenizer_config.json", config)
    write_json(directory / "special_tokens_map.json", SPECIAL_TOKENS)
    return len(content["model"]["vocab"])


def seen(path: Path, shards: Mapping[str, str]) -> str | None:
    """How much of some text a tokenizer was trained on, "all", "part" or "none"; None where its folder does not say.

    `shards`: SHA-256 of each file of the text. Raises UserError for a training.json that cannot be read.
    """
    training = (path if path.is_dir() else path.parent) / "training.json"
    if not training.is_file():
        return None
    found = read_json(training).get("text")
    if not isinstance(found, list) or not all(isinstance(sha256, str) for sha256 in found):
        return None
    known, text = set(shards.values()), set(found)
    return "none" if not known & text else "all" if known <= text else "part"
