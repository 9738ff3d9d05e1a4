"""Byte-pair merges from word counts: the merges of HF tokenizers' BpeTrainer, without re-reading text and with 64-bit
counts.

The kernel is in tokenizer/training/bpe_kernel.py.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.errors import UserError
from tokenizer.directory import SPECIAL_TOKENS
from tokenizer.kernels.alphabet import BYTES, byte_order, character_state
from tokenizer.kernels.words import buffers
from tokenizer.training.bpe_kernel import learn_merges, short_name
from tokenizer.training.positions import least_count, positions_of

UNBOUNDED = int(np.iinfo(np.int32).max)
REFUSED = np.array([short_name(name.encode()) for name in SPECIAL_TOKENS.values()], np.uint64)


class Merges(NamedTuple):
    """The result of training: tokens 0 … 255 are the bytes in `byte_order`, token 256 + i is made by merge i.

    No two merges make the same bytes: the merges inside a sequence of bytes that becomes one token depend on these
    bytes alone. None makes the name of a special token, which text may hold (`<s>` is HTML's for struck out): two
    tokens of one name are no vocabulary.
    """

    pairs: np.ndarray  # int32[merges, 2]: the two tokens that each merge joins
    counts: np.ndarray  # int64[merges]: how often the pair occurred in the text at that moment
    tokens: list[bytes]  # the bytes of each token

    def first(self, size: int) -> "Merges":
        """The merges of a vocabulary of the first `size` tokens, bytes included."""
        made = max(0, size - BYTES)
        return Merges(self.pairs[:made], self.counts[:made], self.tokens[: BYTES + made])


def train(
    words: pa.Array,
    counts: np.ndarray,
    size: int,
    *,
    min_frequency: int = 1,
    max_token_bytes: int = 0,
    whole_characters: bool = False,
) -> Merges:
    """Merges for `size` tokens in all, bytes included, from distinct `words` (large_binary) with `counts` int64.

    `max_token_bytes` bounds tokens (0: no bound). `whole_characters` forbids merges across the boundary of a UTF-8
    character unless they complete one. Stops early when no pair is left that occurs `min_frequency` times.
    """
    symbol_of = np.empty(BYTES, np.int32)
    symbol_of[byte_order()] = np.arange(BYTES, dtype=np.int32)
    none = Merges(np.zeros((0, 2), np.int32), np.zeros(0, np.int64), [bytes([byte]) for byte in byte_order()])
    rules = max(min_frequency, 1), max_token_bytes or UNBOUNDED, whole_characters, UNBOUNDED
    data, offsets = buffers(words)
    states = np.array([character_state(byte) for byte in range(BYTES)], np.int32)
    floor = least_count(data, offsets, counts, states, size - BYTES + len(REFUSED), rules)
    return _extend(none, data, offsets, counts, symbol_of, size, (max(rules[0], floor), *rules[1:]))


def train_on(
    merges: Merges,
    pieces: pa.Array,
    counts: np.ndarray,
    size: int,
    first_id: int,
    *,
    max_spaces: int,
    min_frequency: int = 1,
    max_token_bytes: int = 0,
    whole_characters: bool = False,
) -> Merges:
    """`merges` and further merges up to `size` tokens, from distinct `pieces` of text encoded with `merges`.

    A piece is a large_binary of ids (uint32), of which `first_id` is token 0. New tokens have at most `max_spaces`
    spaces.
    """
    data, offsets = buffers(pieces)
    symbol_of = np.arange(-first_id, len(merges.tokens), dtype=np.int32)
    rules = max(min_frequency, 1), max_token_bytes or UNBOUNDED, whole_characters, max_spaces
    return _extend(merges, data.view(np.uint32), offsets // 4, counts, symbol_of, size, rules)


def _extend(
    merges: Merges,
    data: np.ndarray,
    offsets: np.ndarray,
    counts: np.ndarray,
    symbol_of: np.ndarray,
    size: int,
    rules: tuple[int, int, bool, int],
) -> Merges:
    """Continue from `merges`; the units of `data` are their tokens."""
    positions = int(offsets[-1] - offsets[0]) + len(offsets)
    if positions >= np.iinfo(np.int32).max:
        raise UserError(
            f"{len(counts)} distinct words of {offsets[-1] - offsets[0]} symbols in all exceed the trainer's 2 billion"
            " positions. Drop the rare ones with --min-word-count 2, or train on a sample with --sample."
        )
    tokens = merges.tokens.copy()
    names = np.zeros(max(size, len(tokens)), np.uint64)
    names[: len(tokens)] = [short_name(token) for token in tokens]
    lengths, states, spaces = np.empty((3, max(size, len(tokens))), np.int32)
    lengths[: len(tokens)] = [len(token) for token in tokens]
    states[: len(tokens)] = [sum(map(character_state, token)) for token in tokens]
    spaces[: len(tokens)] = [token.count(b" ") for token in tokens]
    counts = np.ascontiguousarray(counts, np.int64)
    symbol, word_at = positions_of(data, offsets, symbol_of, len(lengths))
    pairs, merged = learn_merges(symbol, word_at, counts, len(tokens), lengths, states, spaces, names, REFUSED, rules)
    for a, b in pairs.tolist():
        tokens.append(tokens[a] + tokens[b])
    return Merges(np.concatenate([merges.pairs, pairs]), np.concatenate([merges.counts, merged]), tokens)
