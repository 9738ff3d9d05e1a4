"""The raw bytes of each token, straight from tokenizer.json.

Byte-level BPE splits Hangul syllables (three bytes of UTF-8) between tokens, so decoding tokens one by one and
measuring the strings counts each fragment as a replacement character of three bytes, and bits per byte come out wrong,
for Korean most. A byte-level vocabulary writes each byte as one character of a fixed alphabet, so the bytes of a token
can be read off its name.
"""

import codecs
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from corpus.errors import UserError


def byte_alphabet() -> dict[str, int]:
    """GPT-2's alphabet: each byte as one printable character."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + k): byte for k, byte in enumerate(others)}


class Vocabulary:
    """Token ids to bytes.

    `tokens[id]` are the bytes of a token, empty for special tokens and for ids that no token has.
    """

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


class TextStream:
    """The text of tokens as they come.

    Held back: a character until its last byte is there, and what may begin a stop string.
    """

    def __init__(self, vocabulary: Vocabulary, stop: Sequence[str] = ()) -> None:
        self.ended = False
        self._vocabulary, self._stop = vocabulary, [text for text in stop if text]
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""

    def push(self, token: int) -> str:
        """What can be shown after one more token; nothing once a stop string has come."""
        return "" if self.ended else self._take(self._decoder.decode(self._vocabulary.tokens[token]))

    def end(self) -> str:
        """What is still held back, when no more tokens come."""
        if self.ended:
            return ""
        text = self._take(self._decoder.decode(b"", final=True)) + self._held
        self.ended, self._held = True, ""
        return text

    def _take(self, text: str) -> str:
        text = self._held + text
        places = [place for stop in self._stop if (place := text.find(stop)) >= 0]
        if places:
            self.ended, self._held = True, ""
            return text[: min(places)]
        begun = [n for stop in self._stop for n in range(1, len(stop)) if text.endswith(stop[:n])]
        keep = len(text) - max(begun, default=0)
        self._held = text[keep:]
        return text[:keep]
