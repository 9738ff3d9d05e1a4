"""Tokenizers that are lists of byte strings by rank (.tiktoken, Llama 3's tokenizer.model, Tekken), as a
tokenizer.json's content.

tiktoken merges whichever two neighbours together make the token of the lowest rank. The file does not contain the
pairs, but they follow from the ranks: they are the two parts of a token that remain when only lower ranks may merge. A
token with more than two such parts can only occur as a whole pre-token, which is what `ignore_merges` means. So our
encoder, or HF tokenizers for a pattern that ours does not support, gives tiktoken's ids. 100,000 ranks take about half
a second.
"""

import base64
import binascii
from pathlib import Path
from typing import Any

from corpus.errors import UserError
from corpus.values import from_json
from tokenizer.directory import byte_level_bpe
from tokenizer.kernels.alphabet import byte_characters
from tokenizer.scanner.patterns import REGEXES

_O200K_WORD = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
_O200K_TAIL = r" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_SUFFIX = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_O200K = (
    rf"{_O200K_WORD}*[\p{{Ll}}\p{{Lm}}\p{{Lo}}\p{{M}}]+{_SUFFIX}|{_O200K_WORD}+[\p{{Ll}}\p{{Lm}}\p{{Lo}}\p{{M}}]*{_SUFFIX}"
    rf"|\p{{N}}{{1,3}}|{_O200K_TAIL}"
)
# The file contains no pattern; it is chosen by the start of the file's name.
PATTERNS = {
    "r50k": REGEXES["gpt2"],
    "p50k": REGEXES["gpt2"],
    "gpt2": REGEXES["gpt2"],
    "whisper": REGEXES["gpt2"],
    "multilingual": REGEXES["gpt2"],  # openai-whisper's file
    "cl100k": REGEXES["cl100k"],
    "llama3": REGEXES["cl100k"],
    "o200k": _O200K,
    "llama4": _O200K,
    "qwen": REGEXES["qwen2"],
}


def is_rank_file(path: Path) -> bool:
    """Whether a file begins with a line of base64, a space and a number."""
    with path.open("rb") as file:
        line = file.readline(4096).split()
    if len(line) != 2 or not line[1].isdigit():
        return False
    try:
        base64.b64decode(line[0], validate=True)
    except binascii.Error:
        return False
    return True


def read_ranks(path: Path) -> dict[bytes, int]:
    """Byte strings and their ranks, without the empty string that whisper's file ends with.

    Raises UserError naming the line.
    """
    ranks = {}
    for n, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line:
            continue
        try:
            token, rank = line.split()
            if token != b"=":
                ranks[base64.b64decode(token, validate=True)] = int(rank)
        except ValueError as error:
            raise UserError(f"{path}, line {n}: expected base64, a space and a rank, found {line[:40]!r}.") from error
    return ranks


def read_tekken(path: Path) -> tuple[dict[bytes, int], str, int]:
    """Mistral's Tekken: (byte strings and their ids, pattern, number of special tokens, whose ids come first).

    Raises UserError for other content.
    """
    content = from_json(path.read_text(encoding="utf-8"))
    try:
        config = content["config"]
        special, pattern = int(config["default_num_special_tokens"]), str(config["pattern"])
        most = int(config["default_vocab_size"]) - special  # the file lists more tokens than the model has
        entries = content["vocab"][:most]
        ranks = {base64.b64decode(e["token_bytes"], validate=True): int(e["rank"]) + special for e in entries}
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: not a tekken.json, or damaged ({type(error).__name__}: {error}); expected config with pattern,"
            " default_vocab_size and default_num_special_tokens, and vocab with token_bytes (base64) and rank."
        ) from error
    return ranks, pattern, special


def pattern_of(name: str, path: Path) -> str:
    """The regular expression for a rank file. Raises UserError for an unknown name."""
    for known, regex in PATTERNS.items():
        if name.lower().startswith(known):
            return regex
    raise UserError(
        f"{path}: a file of this kind contains no pre-token pattern, and its name is unknown. The name must begin with"
        " one of:"
        f" {', '.join(PATTERNS)}."
    )


def content_of(ranks: dict[bytes, int], regex: str, special: int = 0) -> dict[str, Any]:
    """The content of a tokenizer.json that encodes ordinary text as tiktoken does; the first `special` ids are reserved
    for special tokens."""
    characters = byte_characters()
    merges, whole = [], False
    for token, rank in sorted(ranks.items(), key=lambda entry: entry[1]):
        if len(token) > 1:
            parts = _parts(token, rank, ranks)
            if len(parts) == 2:
                merges.append(["".join(characters[b] for b in part) for part in parts])
            else:
                whole = True
    vocabulary = {"".join(characters[b] for b in token): rank for token, rank in ranks.items()}
    reserved = {f"<special_{n}>": n for n in range(special)}
    return byte_level_bpe(reserved | vocabulary, merges, regex, reserved.items(), ignore_merges=whole)


def _parts(token: bytes, rank: int, ranks: dict[bytes, int]) -> list[bytes]:
    """The parts of a token that remain when only lower ranks may merge."""
    splits = [
        n for n in range(1, len(token)) if ranks.get(token[:n], rank) < rank and ranks.get(token[n:], rank) < rank
    ]
    if len(splits) == 1 and len(token) < 4:
        return [token[: splits[0]], token[splits[0] :]]
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        best = rank
        for n in range(len(parts) - 1):
            found = ranks.get(parts[n] + parts[n + 1], rank)
            if found < best:
                best, at = found, n
        if best == rank:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts
