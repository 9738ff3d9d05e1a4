"""Byte-pair merges from word counts: the merges of HF tokenizers' BpeTrainer, without re-reading text and with 64-bit
counts.

Each step merges the most frequent pair of adjacent symbols, ties going to the smaller pair of ids, everywhere at once.
The words are in one array of positions, with separators between them. A symbol that covers several positions is stored
at its first and its last, so that both neighbours are found without links. Each position that begins a pair contains
that pair's number: an occurrence is valid if its position still contains the number, and a count is lowered without any
search. All pairs born in one merge contain the new symbol, so two tables over symbols, one for each side, replace a
hash table. A heap orders pairs with lazily updated counts; rare pairs stay outside until the heap's counts reach their
level.

Time is O(merge events), memory 9 bytes per byte of distinct words, 4 per occurrence, 32 per pair.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.errors import UserError
from corpus.kernels.hashing import mix64, peek, pointer, prefetch
from tokenizer.kernels.alphabet import BYTES, byte_order, character_state
from tokenizer.kernels.heap import drop, longer, push, roomy, sink
from tokenizer.kernels.pairs import poke
from tokenizer.kernels.words import buffers

AHEAD = 8  # occurrences that are prefetched while others are merged; 4.8 s became 2.7 s for 1.7 million words


NEAR = 2
APART = (
    1 << NEAR
)  # positions for each of which the word is stored once; fewer would be faster to read and take more memory

UNBOUNDED = int(np.iinfo(np.int32).max)


class Merges(NamedTuple):
    """The result of training: tokens 0 … 255 are the bytes in `byte_order`, token 256 + i is made by merge i.

    No two merges make the same bytes: the merges inside a sequence of bytes that becomes one token depend on these
    bytes alone.
    """

    pairs: np.ndarray  # int32[merges, 2]: the two tokens that each merge joins
    counts: np.ndarray  # int64[merges]: how often the pair occurred in the text at that moment
    tokens: list[bytes]  # the bytes of each token


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
    return _extend(none, *buffers(words), counts, symbol_of, size, rules)


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
    lengths, states, spaces = np.empty((3, max(size, len(tokens))), np.int32)
    lengths[: len(tokens)] = [len(token) for token in tokens]
    states[: len(tokens)] = [sum(map(character_state, token)) for token in tokens]
    spaces[: len(tokens)] = [token.count(b" ") for token in tokens]
    counts = np.ascontiguousarray(counts, np.int64)
    pairs, merged = _train(data, offsets, counts, symbol_of, len(tokens), lengths, states, spaces, rules)
    for a, b in pairs.tolist():
        tokens.append(tokens[a] + tokens[b])
    return Merges(np.concatenate([merges.pairs, pairs]), np.concatenate([merges.counts, merged]), tokens)


@njit
def _allowed(a, b, lengths, states, spaces, max_token_bytes, whole_characters, max_spaces):
    if peek(lengths, a) + peek(lengths, b) > max_token_bytes or peek(spaces, a) + peek(spaces, b) > max_spaces:
        return False
    if not whole_characters:
        return True
    first, second = peek(states, a), peek(states, b)  # as may_join takes it
    if first == 0 or second >= 0:
        return first == 0 and second == 0
    return first < 0 or first + second >= 0


@njit
def _word(symbol, word_at, p):
    """The word at position p."""
    block = p >> NEAR
    word = np.int64(peek(word_at, block))
    behind = p - (block << NEAR)
    for k in range(APART - 1):
        word += np.int64(k < behind and peek(symbol, p - 1 - k) < 0)
    return word


@njit
def _join(places, k, stop, v, new, span_a, span_b, words, spans, pairs, neighbours, born, n_pairs, kinds, rules):
    """Merge the pair v, whose occurrences are places[k:stop], into the symbol `new` everywhere: (the places of new
    pairs noted, the number of pairs).

    All arrays come as pointers: counting references to them took a third of the time of training.
    """
    symbol, pair_at, word_at, counts = words
    keys, pair_counts, place_count = pairs
    left_of, right_of = neighbours
    born_places, born_pairs = born
    lengths, states, spaces = kinds
    max_bytes, whole_characters, max_spaces = rules
    noted = 0
    while k < stop:
        if k + 2 * AHEAD < stop:  # the words of a pair are at random addresses
            i = np.int64(peek(places, k + 2 * AHEAD))
            prefetch(pair_at, i)
            prefetch(symbol, i - 1)
            prefetch(word_at, i >> NEAR)
            prefetch(counts, _word(symbol, word_at, np.int64(peek(places, k + AHEAD))))
        i = np.int64(peek(places, k))
        k += 1
        if peek(pair_at, i) != v:
            continue
        j = i + span_a
        r = j + span_b
        weight = peek(counts, _word(symbol, word_at, i))
        x = np.int64(peek(symbol, i - 1))
        if x >= 0:
            p = i - np.int64(peek(spans, x))
            u = np.int64(peek(pair_at, p))
            if u >= 0:
                poke(pair_counts, u, peek(pair_counts, u) - weight)
            poke(pair_at, p, np.int32(-1))
            if _allowed(x, new, lengths, states, spaces, max_bytes, whole_characters, max_spaces):
                u = np.int64(peek(left_of, x))
                if u < 0:
                    u = n_pairs
                    poke(left_of, x, np.int32(u))
                    if x == new:
                        poke(right_of, x, np.int32(u))
                    poke(keys, u, (np.uint64(x) << np.uint64(32)) | np.uint64(new))
                    poke(pair_counts, u, np.int64(0))
                    poke(place_count, u, np.int64(0))
                    n_pairs += 1
                poke(pair_at, p, np.int32(u))
                poke(pair_counts, u, peek(pair_counts, u) + weight)
                poke(place_count, u, peek(place_count, u) + 1)
                poke(born_places, noted, np.int32(p))
                poke(born_pairs, noted, np.int32(u))
                noted += 1
        y = np.int64(peek(symbol, r))
        poke(pair_at, i, np.int32(-1))
        if y >= 0:
            u = np.int64(peek(pair_at, j))
            if u >= 0:
                poke(pair_counts, u, peek(pair_counts, u) - weight)
            if _allowed(new, y, lengths, states, spaces, max_bytes, whole_characters, max_spaces):
                u = np.int64(peek(right_of, y))
                if u < 0:
                    u = n_pairs
                    poke(right_of, y, np.int32(u))
                    if y == new:
                        poke(left_of, y, np.int32(u))
                    poke(keys, u, (np.uint64(new) << np.uint64(32)) | np.uint64(y))
                    poke(pair_counts, u, np.int64(0))
                    poke(place_count, u, np.int64(0))
                    n_pairs += 1
                poke(pair_at, i, np.int32(u))
                poke(pair_counts, u, peek(pair_counts, u) + weight)
                poke(place_count, u, peek(place_count, u) + 1)
                poke(born_places, noted, np.int32(i))
                poke(born_pairs, noted, np.int32(u))
                noted += 1
        poke(pair_at, j, np.int32(-1))
        poke(symbol, i, np.int32(new))
        poke(symbol, r - 1, np.int32(new))
    return noted, n_pairs


@njit
def _find(slots, keys, key):
    """The slot in the hash table `slots` of a pair's number, or the free slot for it."""
    mask = np.uint64(slots.shape[0] - 1)
    q = np.int64(mix64(key) & mask)
    while slots[q] >= 0 and keys[slots[q]] != key:
        q = np.int64(np.uint64(q + 1) & mask)
    return q


@njit(cache=True, nogil=True)
def _train(data, offsets, counts, symbol_of, begun, lengths, states, spaces, rules):
    min_frequency, max_bytes, whole_characters, max_spaces = rules
    size = lengths.shape[0]
    n_words = counts.shape[0]
    positions = offsets[n_words] - offsets[0] + n_words + 1
    tokens = begun
    spans = np.ones(size, np.int32)  # the positions that a symbol covers

    # Positions: the symbol (-1: a separator), the pair that begins here (-1: none), and the word of every fourth.
    symbol = np.full(positions, -1, np.int32)
    pair_at = np.full(positions, -1, np.int32)
    word_at = np.empty((positions + APART - 1) // APART, np.int32)
    word_at[0] = -1  # before the first word

    # Pairs: key, count, and their occurrences as a range of `places`.
    keys = np.empty(1 << 17, np.uint64)
    pair_counts = np.zeros(1 << 17, np.int64)
    place_start = np.empty(1 << 17, np.int64)
    place_count = np.zeros(1 << 17, np.int64)
    n_pairs = 0
    slots = np.full(1 << 18, -1, np.int32)
    occurrences = 0
    for w in range(n_words):
        start = offsets[w] - offsets[0] + w + 1
        # The separator before a word belongs to the previous one, so that a word is found by counting separators.
        stop = offsets[w + 1] - offsets[0] + w + 2
        for block in range((start + APART - 1) // APART, (stop + APART - 1) // APART):
            word_at[block] = w
        for i in range(offsets[w + 1] - offsets[w]):
            p = start + i
            symbol[p] = symbol_of[data[offsets[w] + i]]
            if i == 0:
                continue
            a, b = symbol[p - 1], symbol[p]
            if not _allowed(a, b, lengths, states, spaces, max_bytes, whole_characters, max_spaces):
                continue
            key = (np.uint64(a) << np.uint64(32)) | np.uint64(b)
            q = _find(slots, keys, key)
            v = slots[q]
            if v < 0:
                v = n_pairs
                if v == keys.shape[0]:
                    keys, pair_counts = longer(keys), longer(pair_counts)
                    place_start, place_count = longer(place_start), longer(place_count)
                    pair_counts[v:] = 0
                    place_count[v:] = 0
                slots[q] = v
                keys[v] = key
                n_pairs += 1
                if 2 * n_pairs > slots.shape[0]:
                    slots = np.full(2 * slots.shape[0], -1, np.int32)
                    for u in range(n_pairs):
                        slots[_find(slots, keys, keys[u])] = u
            pair_at[p - 1] = v
            pair_counts[v] += counts[w]
            place_count[v] += 1
            occurrences += 1
    # Each merge event removes a symbol and makes at most two occurrences; memory that is never written is never
    # allocated.
    places = np.empty(3 * occurrences + 1, np.int32)
    used = 0
    for v in range(n_pairs):
        place_start[v] = used
        used += place_count[v]
        place_count[v] = 0
    for p in range(positions):
        v = pair_at[p]
        if v >= 0:
            places[place_start[v] + place_count[v]] = p
            place_count[v] += 1

    heap = np.empty(1 << 16, np.int64), np.empty(1 << 16, np.uint64), np.empty(1 << 16, np.int32)
    in_heap = 0
    top = np.int64(0)
    for v in range(n_pairs):
        top = max(top, pair_counts[v])
    level = top + 1  # pairs with smaller counts stay outside the heap
    born_places = np.empty(1024, np.int32)
    born_pairs = np.empty(1024, np.int32)
    left_of = np.full(size, -1, np.int32)  # left neighbour -> number of the pair (it, new symbol)
    right_of = np.full(size, -1, np.int32)

    pairs = np.empty((size - begun, 2), np.int32)
    merged = np.empty(size - begun, np.int64)
    while tokens < size:
        if in_heap == 0 or heap[0][0] < level:
            if level <= min_frequency:
                break
            lower = max(level // 2, min_frequency)
            for v in range(n_pairs):
                if lower <= pair_counts[v] < level:
                    heap = roomy(heap, in_heap)
                    push(heap, in_heap, pair_counts[v], keys[v], v)
                    in_heap += 1
            level = lower
            continue
        count, v = heap[0][0], heap[2][0]
        if pair_counts[v] != count:
            if pair_counts[v] >= level:
                sink(heap, in_heap, pair_counts[v], keys[v], v)
            else:  # stays outside again
                drop(heap, in_heap)
                in_heap -= 1
            continue
        drop(heap, in_heap)
        in_heap -= 1

        a = np.int64(keys[v] >> np.uint64(32))
        b = np.int64(keys[v] & np.uint64(0xFFFFFFFF))
        new = tokens
        tokens += 1
        span_a, span_b = np.int64(spans[a]), np.int64(spans[b])
        spans[new] = span_a + span_b
        lengths[new] = lengths[a] + lengths[b]
        spaces[new] = spaces[a] + spaces[b]
        states[new] = states[a] + states[b]
        pairs[new - begun, 0] = a
        pairs[new - begun, 1] = b
        merged[new - begun] = count

        if 2 * place_count[v] > born_places.shape[0]:
            born_places = np.empty(4 * place_count[v], np.int32)
            born_pairs = np.empty(4 * place_count[v], np.int32)
        before = n_pairs
        stop = place_start[v] + place_count[v]
        # Each new pair contains the new symbol, so that there are at most two for each symbol.
        while n_pairs + min(2 * place_count[v], 2 * tokens) > keys.shape[0]:
            keys, pair_counts = longer(keys), longer(pair_counts)
            place_start, place_count = longer(place_start), longer(place_count)
        born, n_pairs = _join(
            pointer(places), place_start[v], stop, v, new, span_a, span_b,
            (pointer(symbol), pointer(pair_at), pointer(word_at), pointer(counts)), pointer(spans),
            (pointer(keys), pointer(pair_counts), pointer(place_count)), (pointer(left_of), pointer(right_of)),
            (pointer(born_places), pointer(born_pairs)), n_pairs,
            (pointer(lengths), pointer(states), pointer(spaces)), (max_bytes, whole_characters, max_spaces),
        )  # fmt: skip
        pair_counts[v] = 0

        # The occurrences of the pairs just born, in order of position, one range for each: where those of the merged
        # pair were, which is never met again, while there is room.
        free = place_start[v]
        for u in range(before, n_pairs):
            if free + place_count[u] <= stop:
                place_start[u] = free
                free += place_count[u]
            else:
                place_start[u] = used
                used += place_count[u]
            place_count[u] = 0
            x = np.int64(keys[u] >> np.uint64(32))
            y = np.int64(keys[u] & np.uint64(0xFFFFFFFF))
            left_of[x] = -1
            right_of[y] = -1
        for k in range(born):
            u = born_pairs[k]
            places[place_start[u] + place_count[u]] = born_places[k]
            place_count[u] += 1
        for u in range(before, n_pairs):
            if pair_counts[u] >= level:
                heap = roomy(heap, in_heap)
                push(heap, in_heap, pair_counts[u], keys[u], u)
                in_heap += 1
    return pairs[: tokens - begun].copy(), merged[: tokens - begun].copy()
