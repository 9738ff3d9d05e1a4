"""The encoder: an Arrow string column to token ids, the ids that HF tokenizers gives with the same tokenizer.json.

Text is text: what looks like a special token is encoded by its characters. The pre-tokens come from tokenizer/pretokenize.py,
their ids from the kernels of tokenizer/merge.py.
"""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.errors import UserError
from corpus.utf8 import string_buffers
from tokenizer.bpe import byte_characters
from tokenizer.files import SPECIAL_TOKENS, TOKENIZER
from tokenizer.merge import CACHED, encode_words, merge_table
from tokenizer.pretokenize import REGEXES, pattern_code, scan_buffers

_SURROGATES = re.compile("[\ud800-\udfff]")
_SLOTS = 1 << 20  # of the cache: 32 MB, half of them used


class Encoder:
    """Encodes and decodes text with one tokenizer. Not for several threads at once: the cache of pre-tokens is its own.

    `vocab_size` counts all ids, special and reserved ones included; `bos_id`, `eos_id`, `pad_id` are None where the tokenizer has no such
    token; `path` is the file it was read from.
    """

    path: Path | None = None

    def __init__(self, content: dict[str, Any], special: dict[str, str] | None = None):
        model = content["model"]
        self._vocabulary: dict[str, int] = model["vocab"]
        added = {token["content"]: token["id"] for token in content.get("added_tokens") or []}
        self.vocab_size = max([*self._vocabulary.values(), *added.values()]) + 1
        every = self._vocabulary | added
        names = special or {}
        self.bos_id, self.eos_id, self.pad_id = (every.get(names.get(key, "")) for key in SPECIAL_TOKENS)
        self.dtype = np.uint16 if self.vocab_size <= 1 << 16 else np.uint32
        self._code = pattern_code(pattern_of(content))
        merges = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in model["merges"]]
        pairs = np.array([(self._vocabulary[a], self._vocabulary[b]) for a, b in merges], np.int64).reshape(-1, 2)
        results = np.array([self._vocabulary[a + b] for a, b in merges], np.int64)
        self._merges = merge_table(pairs, results)
        characters = byte_characters()
        self._byte_ids = np.array([self._vocabulary[c] for c in characters], np.int64)
        byte_of = {c: b for b, c in enumerate(characters)}
        self._bytes = [b""] * self.vocab_size
        for token, number in self._vocabulary.items():
            self._bytes[number] = (
                bytes(byte_of[c] for c in token) if all(c in byte_of for c in token) else token.encode()
            )
        for token, number in added.items():
            self._bytes[number] = token.encode()
        self._size = 0  # pre-tokens in the cache
        self._forget()

    @classmethod
    def from_file(cls, path: Path | str) -> "Encoder":
        """The encoder of a tokenizer.json or of the directory that holds one. Raises UserError when there is none."""
        path = Path(path)
        file = path / TOKENIZER if path.is_dir() else path
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise UserError(
                f"{file}: no readable tokenizer.json ({error}). Give the file or the directory that holds it."
            ) from error
        beside = file.with_name("special_tokens_map.json")
        special = {}
        if beside.is_file():
            for key, value in json.loads(beside.read_text(encoding="utf-8")).items():
                special[key] = value["content"] if isinstance(value, dict) else value
        encoder = cls(content, special)
        encoder.path = file
        return encoder

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """The ids of a string column without nulls: (ids uint16|uint32[tokens], offsets int64[n + 1]); document i is ids[offsets[i]:offsets[i + 1]]."""
        data, offsets = string_buffers(array)
        ends, first = scan_buffers(data, offsets, self._code)
        # A token holds a byte at least; memory that is never written is never taken.
        out = np.empty(int(offsets[-1] - offsets[0]), self.dtype)
        bounds = np.zeros(len(offsets), np.int64)
        done = written = 0
        while True:
            done, written, self._size = encode_words(
                data, offsets[0], ends, first, done, self._merges, self._byte_ids,
                self._cache, self._words, self._offsets, self._tokens, self._size, out, written, bounds,
            )  # fmt: skip
            if done == len(ends):
                return out[:written], bounds
            self._forget()

    def encode(self, text: str) -> list[int]:
        """The ids of one text. Lone surrogates, which UTF-8 cannot hold, count as U+FFFD."""
        ids, _ = self.encode_column(pa.array([_SURROGATES.sub("\ufffd", text)], pa.large_string()))
        return ids.tolist()

    def decode(self, ids: list[int] | np.ndarray) -> bytes:
        """The bytes that the ids stand for; special tokens give their names."""
        return b"".join([self._bytes[i] for i in ids])

    def _forget(self) -> None:
        """Begin with an empty cache of pre-tokens."""
        self._cache = np.zeros((_SLOTS, 4), np.uint64)
        self._words = np.empty(_SLOTS * 8 + CACHED, np.uint8)
        self._tokens = np.empty(_SLOTS * 4 + CACHED, np.uint32)
        self._offsets = np.zeros(_SLOTS // 2 + 1, np.int64)
        self._size = 0


def pattern_of(content: dict[str, Any]) -> str:
    """The name of the pre-token pattern of a tokenizer.json. Raises UserError when it is none that the scanner knows."""
    step = content.get("pre_tokenizer") or {}
    steps = step.get("pretokenizers", [step])
    for step in steps:
        if step.get("type") == "ByteLevel" and step.get("use_regex", True):
            return "gpt2"
        if step.get("type") == "Split":
            regex = step["pattern"].get("Regex")
            for name, known in REGEXES.items():
                if regex == known:
                    return name
    raise UserError(f"unknown pre-tokenizer: {json.dumps(content.get('pre_tokenizer'), ensure_ascii=False)}.")
