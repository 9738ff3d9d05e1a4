"""The encoder: an Arrow string column to token ids, the ids that HF tokenizers gives with the same tokenizer.json.

The name of a special token in a text is encoded as ordinary characters unless `special` is set. The pre-tokens come
from tokenizer/scanner/pretokenize.py, their ids from the kernels of tokenizer/encoding/merge.py. A tokenizer that these
do not support is run by HF tokenizers, with a warning that gives the reason.
"""

import re
import warnings
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from corpus.kernels.utf8 import string_buffers
from tokenizer.encoding.checks import check_definition
from tokenizer.encoding.definition import Definition, Unsupported, define, token_bytes
from tokenizer.encoding.merge import (
    CACHED,
    FILLED,
    SPARE,
    encode_documents,
    encode_words,
    own_tokens,
    remember,
    spare_arrays,
)
from tokenizer.encoding.segments import Cutter, join
from tokenizer.files import SPECIAL_TOKENS, TokenizerFiles
from tokenizer.kernels.keys import AHEAD, WIDTH
from tokenizer.kernels.pairs import MergeTable
from tokenizer.kernels.words import aligned, buffers, rehash
from tokenizer.reference import Reference
from tokenizer.scanner.kinds import kinds
from tokenizer.scanner.patterns import NAMES
from tokenizer.scanner.pretokenize import scan_buffers
from tokenizer.scanner.runs import meetings, merge_runs, run_bounds

SLOTS = 1 << 21  # of a cache: 64 MB
_SURROGATES = re.compile("[\ud800-\udfff]")


class Cache:
    """Pre-tokens and their ids: an open hash table that grows up to SLOTS, and arrays for long pre-tokens and long
    lists of ids."""

    def __init__(self, expected: int = 0) -> None:
        count = min(SLOTS, max(1 << 14, 1 << (4 * expected).bit_length()))
        slots = aligned(4 * count)  # of each: key low, key high, and two that merge.py fills (0: free)
        # Memory that is never written is never allocated.
        words = np.empty(SLOTS * 8 + CACHED, np.uint8)  # the bytes of the long ones
        tokens = np.empty(SLOTS * 4 + CACHED, np.uint32)  # the ids of those that have more than a slot can hold
        offsets = np.empty(SLOTS * FILLED // 8 + 2, np.int64)  # begin in words << 32 | begin in tokens, by number
        offsets[0] = 0
        self.arrays = slots, words, offsets, tokens
        self.size = 0

    def grow(self) -> bool:
        """Enlarge the cache; False when it has its largest size."""
        slots, words, offsets, tokens = self.arrays
        if self.size < len(slots) // 4 * FILLED // 8 or len(slots) == 4 * SLOTS:
            return False
        # Four times as many: with twice, growing took 27 of 136 ms of the first pass over 15 MB of Korean.
        larger = aligned(min(4 * len(slots), 4 * SLOTS))
        rehash(slots.reshape(-1, 4), larger.reshape(-1, 4))
        self.arrays = larger, words, offsets, tokens
        return True


class Encoder:
    """Encodes and decodes text with one tokenizer. Not for several threads at once: each encoder has one cache of
    pre-tokens.

    `vocab_size` counts all ids, special and reserved ones included; ids come as `dtype`, uint16 or uint32; `bos_id`,
    `eos_id`, `pad_id` are None where the tokenizer has no such token; `path` is the file it was read from; `pattern` is
    the pre-token pattern where the kernels encode, else `fallback` is the reason why HF tokenizers encodes.
    """

    def __init__(self, content: dict[str, Any], special: dict[str, str] | None = None, path: Path | None = None):
        check_definition(content, str(path or "tokenizer"))
        self.content = content
        self.path = path
        added = content.get("added_tokens") or []
        ids: dict[str, int] = _vocabulary(content) | {token["content"]: token["id"] for token in added}
        self.vocab_size = max(ids.values()) + 1
        self.dtype = np.uint16 if self.vocab_size <= 1 << 16 else np.uint32
        names = special or {}
        self.bos_id, self.eos_id, self.pad_id = (ids.get(names.get(key, "")) for key in SPECIAL_TOKENS)
        self.pattern: str | None = None
        self.fallback = ""
        try:
            definition = define(content)
        except Unsupported as reason:
            self.fallback = str(reason)
            warnings.warn(
                f"{path or 'tokenizer'}: {reason}; HF tokenizers encodes instead, which is much slower.", stacklevel=2
            )
            return
        self._bytes = token_bytes(content, self.vocab_size)
        self._cutters = {flag: Cutter(added, definition.removed, definition.nfc, flag) for flag in (False, True)}
        self._prepare(definition)

    @classmethod
    def from_file(cls, path: Path | str) -> "Encoder":
        """The encoder of a tokenizer.json or of the directory that contains one. Raises UserError when there is
        none."""
        return cls.of(TokenizerFiles.read(Path(path)))

    @classmethod
    def of(cls, files: TokenizerFiles) -> "Encoder":
        """The encoder of a tokenizer whose files have been read."""
        return cls(files.definition(), files.special_names(), files.path)

    def encode_column(self, array: pa.Array, special: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """The ids of a string column without nulls: (ids uint16|uint32[tokens], offsets int64[n + 1]).

        Document i is ids[offsets[i]:offsets[i + 1]]. With `special`, the names of special tokens in the text are those
        tokens. Nothing is added at the ends of a document.
        """
        if self.fallback:
            return self._encode_elsewhere(array, special)
        cutter = self._cutters[special]
        odd = cutter.odd(array)
        if not odd.any():
            return self._encode(array)
        mask = pa.array(odd)
        segments = [cutter.cut(text) for text in array.filter(mask).to_pylist()]
        texts = [segment for document in segments for segment in document if isinstance(segment, str)]
        plain = self._encode(array.filter(pa.array(~odd)))
        return join(odd, plain, self._encode(pa.array(texts, pa.large_string())), segments)

    def encode(self, text: str, special: bool = False) -> list[int]:
        """The ids of one text. Lone surrogates, which UTF-8 cannot hold, count as U+FFFD."""
        ids, _ = self.encode_column(pa.array([_SURROGATES.sub("\ufffd", text)], pa.large_string()), special)
        return ids.tolist()

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The span of each token of `encode(text)` as (begin, end) in characters; a token of part of a character spans
        the whole character.

        Raises UserError where spans come from HF tokenizers (another kind of tokenizer, a text that is normalised) and
        the installed release does not report them.
        """
        text = _SURROGATES.sub("\ufffd", text)
        if self.fallback or self._cutters[False].odd(pa.array([text], pa.large_string()))[0]:
            return self._reference.spans(text)
        ends = np.cumsum([len(self._bytes[i]) for i in self.encode(text)])
        of_byte = np.repeat(
            np.arange(len(text)), [len(c.encode()) for c in text]
        )  # the character that a byte belongs to
        starts = np.concatenate([[0], ends[:-1]])
        return [(int(of_byte[i]), int(of_byte[j - 1]) + 1) for i, j in zip(starts, ends, strict=True)] if text else []

    def decode(self, ids: list[int] | np.ndarray) -> bytes:
        """The bytes of the ids; special tokens give their names."""
        if self.fallback:
            return self._reference.decode(list(ids)).encode()
        return b"".join([self._bytes[i] for i in ids])

    def _prepare(self, definition: Definition) -> None:
        self._pattern = definition.pattern
        pairs, results, byte_ids = definition.pairs, definition.results, definition.byte_ids
        self._merges = MergeTable(
            pairs[: definition.first_stage], results[: definition.first_stage], byte_ids, definition.whole_characters
        )
        self._run_merges = None
        if definition.first_stage is None:
            self.pattern = NAMES[definition.pattern]
        else:  # words give symbols, runs of words turn them into ids
            self._run_merges = MergeTable(pairs, results, byte_ids, False)
            self._met = meetings(self._run_merges, pairs, definition.first_stage)
            self._merges.keep_symbols()
        # The initial content of the cache: the vocabulary.
        self._ignores_merges = bool(definition.whole)
        if self._ignores_merges:
            self._known = (
                pa.array(list(definition.whole), pa.large_binary()),
                np.array(list(definition.whole.values()), np.int64),
            )
        else:
            self._known = self._own_tokens(results[: definition.first_stage])
        self._ends, self._spare = np.empty(AHEAD, np.int64), spare_arrays()
        self._begin()

    def _own_tokens(self, results: np.ndarray) -> tuple[pa.Array, np.ndarray]:
        """The tokens that are the result of BPE on their own bytes, and what encoding them gives, int64[n]."""
        table = self._merges
        ids = np.concatenate([table.byte_ids[table.byte_ids >= 0], results])
        tokens = pa.array([self._bytes[i] for i in ids.tolist()], pa.large_binary())
        own = np.empty(len(ids), np.int32)
        own_tokens(*buffers(tokens), table.arrays, own)
        kept = np.flatnonzero(own == table.symbols[ids])
        return tokens.take(pa.array(kept)), table.arrays[3][own[kept]].astype(np.int64)

    def _begin(self) -> None:
        """A cache with the initial pre-tokens."""
        words, ids = self._known
        if not self._ignores_merges:  # only for speed
            words, ids = words[: SLOTS // 4], ids[: SLOTS // 4]
        self._cache = Cache(len(words))
        narrow = self._run_merges is None and self.dtype == np.uint16
        self._cache.size = remember(*buffers(words), ids, self._cache.arrays, narrow)

    def encode_runs(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """The ids of a string column by runs of words (tokenizer/scanner/runs.py): (ids, bounds int64[runs + 1]).

        For the pattern hanji only.
        """
        data, offsets = string_buffers(array)
        ends, first = scan_buffers(data, offsets, self._pattern)
        runs, _ = run_bounds(data, int(offsets[0]), ends, first)
        return self._encode_words(data, offsets, ends, runs, self.dtype)

    def _encode(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        data, offsets = string_buffers(array)
        if self._run_merges is None:
            return self._encode_documents(data, offsets)
        ends, first = scan_buffers(data, offsets, self._pattern)
        runs, first_run = run_bounds(data, int(offsets[0]), ends, first)
        symbols, bounds = self._encode_words(data, offsets, ends, runs, np.uint32)
        out = np.empty(len(symbols), self.dtype)
        bounds = merge_runs(symbols, bounds, self._run_merges, self._met, out)
        return out[: bounds[-1]], bounds[first_run]

    def _encode_documents(self, data: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # A token has at least one byte; memory that is never written is never allocated.
        out = np.empty(int(offsets[-1] - offsets[0]) + SPARE, self.dtype)
        bounds = np.zeros(len(offsets), np.int64)
        document, at, written = 0, offsets[0], 0
        while True:
            cache = self._cache
            document, at, written, cache.size = encode_documents(
                data, offsets, document, at, kinds(self._pattern), self._pattern, self._ends, self._spare,
                self._merges.arrays, cache.arrays, cache.size, out, written, bounds,
            )  # fmt: skip
            if document == len(bounds) - 1:
                return out[:written], bounds
            if not cache.grow():
                self._begin()

    def _encode_words(
        self, data: np.ndarray, offsets: np.ndarray, ends: np.ndarray, first: np.ndarray, dtype: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        # A token has at least one byte; memory that is never written is never allocated.
        out = np.empty(int(offsets[-1] - offsets[0]) + SPARE, dtype)
        words = np.concatenate([offsets[:1], ends, np.zeros(WIDTH, np.int64)])
        bounds = np.zeros(len(first), np.int64)
        done = written = 0
        while True:
            cache = self._cache
            done, written, cache.size = encode_words(
                data,
                words,
                first,
                done,
                self._spare,
                self._merges.arrays,
                cache.arrays,
                cache.size,
                out,
                written,
                bounds,
            )
            if done == len(ends):
                return out[:written], bounds
            if not cache.grow():
                self._begin()

    @cached_property
    def _reference(self) -> Reference:
        return Reference(self.content, str(self.path or "tokenizer"))

    def _encode_elsewhere(self, array: pa.Array, special: bool) -> tuple[np.ndarray, np.ndarray]:
        found = self._reference.encode_batch(array.to_pylist(), special)
        bounds = np.concatenate([[0], np.cumsum([len(ids) for ids in found])]).astype(np.int64)
        return np.array([number for ids in found for number in ids], self.dtype), bounds


def _vocabulary(content: dict[str, Any]) -> dict[str, int]:
    """The model's tokens and ids; a unigram model lists its tokens with scores."""
    vocabulary = content["model"]["vocab"]
    return dict(vocabulary) if isinstance(vocabulary, dict) else {token: n for n, (token, _) in enumerate(vocabulary)}
