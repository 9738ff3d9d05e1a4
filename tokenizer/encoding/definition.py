"""What a tokenizer.json defines, for the definitions that the kernels support; anything else is reported, not
guessed."""

import json
from typing import Any, NamedTuple

import numpy as np

from tokenizer.encoding.merge import CACHED
from tokenizer.kernels.alphabet import byte_characters, character_state, may_join
from tokenizer.kernels.pairs import MAX_ID
from tokenizer.scanner import runs
from tokenizer.scanner.patterns import NAMES, REGEXES

# Other ways to write the same patterns.
_SYNONYMS = {r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+": "gpt2"}
_KNOWN = {regex: name for name, regex in REGEXES.items()} | _SYNONYMS | {runs.REGEX: "hanji"}
MAX_WHOLE = 1 << 19  # half of the encoder's cache
NEVER = (0xC0, 0xC1, *range(0xF5, 0x100))  # bytes that do not occur in UTF-8; some vocabularies omit them


class Unsupported(Exception):  # noqa: N818 - no error to users: HF tokenizers takes over
    """The reason why the kernels cannot encode with a tokenizer."""


class Definition(NamedTuple):
    """A byte-level BPE with a pattern that the scanner supports."""

    pattern: int
    byte_ids: np.ndarray  # int64[256]
    pairs: np.ndarray  # int64[merges, 2]
    results: np.ndarray  # int64[merges]
    whole: dict[
        bytes, int
    ]  # pre-tokens that are one token regardless of the merges: all tokens if the model ignores merges
    whole_characters: bool  # no merge crosses the boundary of a UTF-8 character unless it completes one
    nfc: bool  # text is normalised first
    removed: list[str]  # strings that only separate
    first_stage: (
        int | None
    )  # pre-tokens are runs of words, and so many of the merges never cross word borders; None: pre-tokens are words


def define(content: dict[str, Any]) -> Definition:
    """Read a tokenizer.json. Raises Unsupported."""
    model = content["model"]
    if model.get("type", "BPE") != "BPE":
        raise Unsupported(f"its model is {model['type']}, not BPE")
    for option in ("dropout", "continuing_subword_prefix", "end_of_word_suffix"):
        if model.get(option):
            raise Unsupported(f"its model has {option} {model[option]!r}")
    vocabulary: dict[str, int] = model["vocab"]
    characters = byte_characters()
    missing = [b for b, character in enumerate(characters) if character not in vocabulary and b not in NEVER]
    if missing:
        raise Unsupported(f"it is not a byte-level BPE: byte {missing[0]} has no token")
    if max(len(vocabulary), *vocabulary.values()) >= MAX_ID:
        raise Unsupported(f"it has more than {MAX_ID} ids")
    for token in content.get("added_tokens") or []:
        if token.get("single_word") or token.get("lstrip") or token.get("rstrip"):
            raise Unsupported(f"its added token {token['content']!r} takes its surroundings into account")
    merges = [m.split(" ") if isinstance(m, str) else m for m in model["merges"]]
    results = np.array([vocabulary[a + b] for a, b in merges], np.int64)
    if len(np.unique(results)) < len(results):
        raise Unsupported("several of its merges make the same token")
    pattern, removed, by_runs = _pre_tokenizer(content.get("pre_tokenizer") or {})
    first_stage = _first_stage(merges) if by_runs else None
    if by_runs and model.get("ignore_merges"):
        raise Unsupported("it ignores its merges for tokens of several words")
    return Definition(
        NAMES.index(pattern),
        np.array([vocabulary.get(character, -1) for character in characters], np.int64),
        np.array([(vocabulary[a], vocabulary[b]) for a, b in merges], np.int64).reshape(-1, 2),
        results,
        _whole(vocabulary) if model.get("ignore_merges") else {},
        _keeps_characters(merges[:first_stage], characters),
        _normalizes(content.get("normalizer")),
        removed,
        first_stage,
    )


def _whole(vocabulary: dict[str, int]) -> dict[bytes, int]:
    byte_of = {character: b for b, character in enumerate(byte_characters())}
    words = {bytes(byte_of[c] for c in token): n for token, n in vocabulary.items() if all(c in byte_of for c in token)}
    if len(words) > MAX_WHOLE or max(map(len, words)) > CACHED:
        raise Unsupported(
            "it ignores its merges for more tokens, or longer ones, than fit into the cache of pre-tokens"
        )
    return words


def token_bytes(content: dict[str, Any], size: int) -> list[bytes]:
    """The bytes of each id of a byte-level tokenizer; added tokens have the bytes of their names, ids without a token
    have none."""
    byte_of = {character: bytes([b]) for b, character in enumerate(byte_characters())}
    tokens = [b""] * size
    for token, number in content["model"]["vocab"].items():
        tokens[number] = b"".join(byte_of.get(character, character.encode()) for character in token)
    for added in content.get("added_tokens") or []:
        tokens[added["id"]] = added["content"].encode()
    return tokens


def _first_stage(merges: list[list[str]]) -> int:
    """The number of merges, from the first on, whose tokens do not cross the border of two words.

    Raises Unsupported when a merge joins a token that only a later merge makes: then the stages cannot be separated.
    """
    byte_of = {character: b for b, character in enumerate(byte_characters())}
    made: set[str] = set()
    for a, b in merges:
        if any(len(part) > 1 and part not in made for part in (a, b)):
            raise Unsupported(f"its merge of {a!r} and {b!r} comes before the merges that make them")
        made.add(a + b)
    for rank, (a, b) in enumerate(merges):
        if runs.crosses(bytes(byte_of[c] for c in a + b)):
            return rank
    return len(merges)


def _keeps_characters(merges: list[list[str]], characters: list[str]) -> bool:
    """Whether every merge joins whole characters or parts of one, and tokens that earlier merges made."""
    byte_of = {character: b for b, character in enumerate(characters)}
    states = {character: character_state(b) for character, b in byte_of.items()}
    for a, b in merges:
        first, second = states.get(a), states.get(b)
        if first is None or second is None or not may_join(first, second):
            return False
        states[a + b] = first + second
    return True


def _normalizes(normalizer: dict[str, Any] | None) -> bool:
    if normalizer is None:
        return False
    kinds = [step["type"] for step in normalizer.get("normalizers", [normalizer])]
    if set(kinds) - {"NFC"}:
        raise Unsupported(f"its normalizer is {json.dumps(normalizer, ensure_ascii=False)}")
    return bool(kinds)


def _pre_tokenizer(step: dict[str, Any]) -> tuple[str, list[str], bool]:
    """The name of the pattern, the strings that a first split removes, and whether runs of words stay together."""
    steps = step.get("pretokenizers", [step])
    removed = []
    while len(steps) > 1 and "String" in steps[0].get("pattern", {}) and steps[0].get("behavior") == "Removed":
        removed.append(steps[0]["pattern"]["String"])
        steps = steps[1:]
    unknown = Unsupported(f"its pre-tokenizer is {json.dumps(step, ensure_ascii=False)}")
    last = steps[-1]
    if last.get("type") != "ByteLevel" or last.get("add_prefix_space", True) or "" in removed:
        raise unknown
    uses_regex = last.get("use_regex", True)
    if len(steps) == 1 and uses_regex:
        return "gpt2", removed, False
    if len(steps) != 2 or uses_regex or steps[0].get("type") != "Split":
        raise unknown
    # The patterns match all text, so keeping the matches and isolating them give the same result.
    how = steps[0].get("behavior"), bool(steps[0].get("invert"))
    regex = steps[0]["pattern"].get("Regex")
    name = _KNOWN.get(regex)
    if name is None or how not in (("Isolated", False), ("Removed", True)):
        raise unknown
    return name, removed, regex == runs.REGEX
