"""The raw bytes of each token, straight from tokenizer.json.

Byte-level BPE splits Hangul syllables (three bytes of UTF-8) between tokens, so decoding tokens one by one and
measuring the strings counts each fragment as a replacement character of three bytes, and bits per byte are wrong, most
of all for Korean. A byte-level vocabulary writes each byte as one character of a fixed alphabet, so the bytes of a
token follow from its name. SentencePiece's vocabularies write a space as "▁" and a byte that no piece contains as
"<0xEA>".
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import UserError
from tokenizer.encoding.checks import check_vocabulary
from tokenizer.files import TokenizerFiles

BYTE = re.compile("<0x([0-9A-F]{2})>")


def byte_alphabet() -> dict[str, int]:
    """GPT-2's alphabet: each byte as one printable character."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + k): byte for k, byte in enumerate(others)}


class Vocabulary:
    """Token ids to bytes. `tokens[id]` are the bytes of a token, empty for special tokens and for unused ids.

    Raises UserError for a tokenizer whose tokens do not spell bytes: neither a byte-level one nor one of
    SentencePiece's kind.
    """

    def __init__(self, tokenizer: Path | TokenizerFiles) -> None:
        files = tokenizer if isinstance(tokenizer, TokenizerFiles) else TokenizerFiles.read(tokenizer)
        description = files.definition()
        vocab = check_vocabulary(description, str(files.path))
        added = {token["content"]: token for token in description.get("added_tokens") or []}
        size = 1 + max([*vocab.values(), *(token["id"] for token in added.values())])
        self.tokens: list[bytes] = [b""] * size
        self.special = frozenset(token["id"] for token in added.values() if token.get("special"))
        spell = _sentencepiece if _is_sentencepiece(description) else _byte_level
        alphabet = byte_alphabet()
        for name, token in vocab.items():
            if name not in added:
                self.tokens[token] = spell(name, alphabet, files.path)
        for name, entry in added.items():
            if not entry.get("special"):
                self.tokens[entry["id"]] = name.encode()

    def byte_counts(self, size: int = 0) -> np.ndarray:
        """Bytes of each token, int64; 0 for special tokens and for ids up to `size` that pad the vocabulary."""
        counts = np.zeros(max(size, len(self.tokens)), np.int64)
        counts[: len(self.tokens)] = [len(token) for token in self.tokens]
        return counts

    def decode(self, ids: Iterable[int]) -> bytes:
        """The bytes of a sequence of tokens."""
        return b"".join(self.tokens[token] for token in ids)


def _is_sentencepiece(description: Mapping[str, Any]) -> bool:
    """Whether the decoder of a tokenizer.json turns "▁" into spaces."""
    decoder = description.get("decoder") or {}
    steps = decoder.get("decoders", [decoder])
    return any(
        step.get("type") in ("ByteFallback", "Metaspace") or step.get("pattern", {}).get("String") == "▁"
        for step in steps
        if isinstance(step, Mapping)
    )


def _byte_level(name: str, alphabet: Mapping[str, int], path: Path) -> bytes:
    try:
        return bytes(alphabet[character] for character in name)
    except KeyError as error:
        raise UserError(
            f"{path}: token {name!r} belongs neither to a byte-level vocabulary nor to one of SentencePiece's kind"
            f" ({error} is not a byte); its text cannot be computed from its tokens."
        ) from error


def _sentencepiece(name: str, alphabet: Mapping[str, int], path: Path) -> bytes:
    if found := BYTE.fullmatch(name):
        return bytes([int(found[1], 16)])
    return name.replace("▁", " ").encode()
