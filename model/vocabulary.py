"""The raw bytes of each token, straight from tokenizer.json.

Byte-level BPE splits Hangul syllables (three bytes of UTF-8) between tokens, so decoding tokens one by one and measuring the strings
counts each fragment as a replacement character of three bytes, and bits per byte come out wrong, for Korean most. A byte-level
vocabulary writes each byte as one character of a fixed alphabet, so the bytes of a token can be read off its name.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from corpus.errors import UserError


def byte_alphabet() -> dict[str, int]:
    """GPT-2's alphabet: each byte as one printable character."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + k): byte for k, byte in enumerate(others)}


class Vocabulary:
    """Token ids to bytes. `tokens[id]` are the bytes of a token, empty for special tokens and for ids that no token has."""

    def __init__(self, path: Path) -> None:
        try:
            description = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{path} is no tokenizer.json: {error}.") from error
        vocab: dict[str, int] = description["model"]["vocab"]
        added = {token["content"]: token for token in description.get("added_tokens", [])}
        size = 1 + max([*vocab.values(), *(token["id"] for token in added.values())])
        self.tokens: list[bytes] = [b""] * size
        self.special = frozenset(token["id"] for token in added.values() if token["special"])
        alphabet = byte_alphabet()
        for name, token in vocab.items():
            if name in added:
                continue
            try:
                self.tokens[token] = bytes(alphabet[character] for character in name)
            except KeyError as error:
                raise UserError(
                    f"{path}: token {name!r} is not of a byte-level vocabulary ({error} is no byte)."
                ) from error
        for name, token in added.items():
            if not token["special"]:
                self.tokens[token["id"]] = name.encode()

    def byte_counts(self, size: int = 0) -> np.ndarray:
        """Bytes of each token, int64; 0 for special tokens and for ids up to `size` that pad the vocabulary."""
        counts = np.zeros(max(size, len(self.tokens)), np.int64)
        counts[: len(self.tokens)] = [len(token) for token in self.tokens]
        return counts

    def decode(self, ids: Iterable[int]) -> bytes:
        """The bytes of a sequence of tokens."""
        return b"".join(self.tokens[token] for token in ids)

    def stream(self, ids: Iterable[int]) -> Iterator[str]:
        """Text piece by piece as tokens come. A character is held back until its last byte is there, so no half syllable is shown."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for token in ids:
            if text := decoder.decode(self.tokens[token]):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text
