"""The kernel of the BPE trainer: which pairs of adjacent symbols are merged, in order.

Each step merges the most frequent pair of adjacent symbols, ties going to the smaller pair of ids, everywhere at once.
The words are in one array of positions, with separators between them. A symbol that covers several positions is stored
at its first and its last, so that both neighbours are found without links. A pair keeps the positions where it
occurred. Nothing is done to the pairs that a merge destroys: an occurrence is valid if both symbols are still there,
and a pair that reaches the top of the heap is counted again first. Its count can only have become smaller, so the
heap's order is right as soon as the count of its first pair is. (Lowering the count of each pair that a merge destroys
needs the pair's number at each position: 54 MB for 137 MB of text, and two more cache misses for each event.)

All pairs born in one merge contain the new symbol, so two tables over symbols, one for each side, replace a hash table.
Rare pairs stay outside the heap until its counts reach their level. A pair below `min_frequency` when it is born is
not kept at all, since its count only becomes smaller: `least_count` raises that frequency to what the words guarantee.

Time is that of the merge events and the recounts, which read three times as many occurrences of real text as are
merged. Memory is 3 bytes per byte of distinct words (5 for vocabularies above 65,534), 4 per occurrence and 28 per pair
of those that are kept.
"""

from typing import Any

import numpy as np

from corpus.kernels.hashing import mix64
from corpus.kernels.inner import helper, inner, kernel
from corpus.kernels.intrinsics import peek, pointer, prefetch
from tokenizer.kernels.heap import drop, longer, push, roomy, sink
from tokenizer.kernels.pairs import poke
from tokenizer.training.positions import APART, NEAR

NAME = 7  # bytes of a token that fit into its short name
AHEAD = 8  # occurrences that are prefetched while others are merged; 4.8 s became 2.7 s for 1.7 million words


@helper
def _allowed(a, b, lengths, states, spaces, max_token_bytes, whole_characters, max_spaces):
    if peek(lengths, a) + peek(lengths, b) > max_token_bytes or peek(spaces, a) + peek(spaces, b) > max_spaces:
        return False
    if not whole_characters:
        return True
    first, second = peek(states, a), peek(states, b)  # as may_join takes it
    if first == 0 or second >= 0:
        return first == 0 and second == 0
    return first < 0 or first + second >= 0


@helper
def _word(symbol, word_at, size, p):
    """The word at position p."""
    block = p >> NEAR
    word = np.int64(peek(word_at, block))
    behind = p - (block << NEAR)
    for k in range(APART - 1):
        word += np.int64(k < behind and np.int64(peek(symbol, p - 1 - k)) == size)
    return word


@helper
def _recount(places, start, stop, a, b, span_a, symbol, word_at, counts, size, weights):
    """Keep the valid occurrences among places[start:stop] of the pair (a, b) and write the counts of their words to
    `weights`: (the end of those that are kept, how often the pair occurs)."""
    kept = start
    total = np.int64(0)
    for k in range(start, stop):
        if k + 2 * AHEAD < stop:  # the words of a pair are at random addresses
            i = np.int64(peek(places, k + 2 * AHEAD))
            prefetch(symbol, i)
            prefetch(word_at, i >> NEAR)
            prefetch(counts, _word(symbol, word_at, size, np.int64(peek(places, k + AHEAD))))
        i = np.int64(peek(places, k))
        if np.int64(peek(symbol, i)) == a and np.int64(peek(symbol, i + span_a)) == b:
            weight = peek(counts, _word(symbol, word_at, size, i))
            poke(places, kept, np.int32(i))
            poke(weights, kept - start, weight)
            kept += 1
            total += weight
    return kept, total


@helper
def _join(places, start, stop, weights, a, b, new, spans, symbol, size, pairs, n_pairs, neighbours, born, kinds, rules):
    """Merge the pair (a, b), whose occurrences are places[start:stop] in words that occur `weights` times, into the
    symbol `new` everywhere: (the places of new pairs noted, the number of pairs).

    All arrays come as pointers: counting references to them took a third of the time of training.
    """
    keys, pair_counts, place_count = pairs
    left_of, right_of = neighbours
    born_places, born_pairs = born
    lengths, states, spaces = kinds
    max_bytes, whole_characters, max_spaces = rules
    span_a, span_b = np.int64(peek(spans, a)), np.int64(peek(spans, b))
    noted = 0
    for k in range(start, stop):
        if k + AHEAD < stop:
            prefetch(symbol, np.int64(peek(places, k + AHEAD)) - 1)
        i = np.int64(peek(places, k))
        if np.int64(peek(symbol, i)) != a:  # aaa: the second pair has lost its first symbol
            continue
        j = i + span_a
        r = j + span_b
        weight = peek(weights, k - start)
        x = np.int64(peek(symbol, i - 1))
        if x < size and _allowed(x, new, lengths, states, spaces, max_bytes, whole_characters, max_spaces):
            u = np.int64(peek(left_of, x))
            if u < 0:
                u = n_pairs
                poke(left_of, x, np.int32(u))
                poke(keys, u, (np.uint64(x) << np.uint64(32)) | np.uint64(new))
                poke(pair_counts, u, np.int64(0))
                poke(place_count, u, np.int32(0))
                n_pairs += 1
            poke(pair_counts, u, peek(pair_counts, u) + weight)
            poke(place_count, u, peek(place_count, u) + np.int32(1))
            poke(born_places, noted, np.int32(i - np.int64(peek(spans, x))))
            poke(born_pairs, noted, np.int32(u))
            noted += 1
        y = np.int64(peek(symbol, r))
        if y < size and _allowed(new, y, lengths, states, spaces, max_bytes, whole_characters, max_spaces):
            u = np.int64(peek(right_of, y))
            if u < 0:
                u = n_pairs
                poke(right_of, y, np.int32(u))
                poke(keys, u, (np.uint64(new) << np.uint64(32)) | np.uint64(y))
                poke(pair_counts, u, np.int64(0))
                poke(place_count, u, np.int32(0))
                n_pairs += 1
            poke(pair_counts, u, peek(pair_counts, u) + weight)
            poke(place_count, u, peek(place_count, u) + np.int32(1))
            poke(born_places, noted, np.int32(i))
            poke(born_pairs, noted, np.int32(u))
            noted += 1
        poke(symbol, j, size + 1)
        poke(symbol, i, new)
        poke(symbol, r - 1, new)
    return noted, n_pairs


@helper
def _find(slots, keys, key):
    """The slot in the hash table `slots` of a pair's number, or the free slot for it."""
    mask = np.uint64(slots.shape[0] - 1)
    q = np.int64(mix64(key) & mask)
    while slots[q] >= 0 and keys[slots[q]] != key:
        q = np.int64(np.uint64(q + 1) & mask)
    return q


def short_name(token: bytes) -> int:
    """The bytes of a token after a 1, as one number; 0 for a token of more than NAME bytes, which has no such name."""
    return int.from_bytes(b"\1" + token) if len(token) <= NAME else 0


@inner
def _short_name(a, b, names, lengths):
    """The bytes of a token a + b after a 1 (see short_name), or 0 if there are more than NAME."""
    if lengths[a] + lengths[b] > NAME:
        return np.uint64(0)
    shift = np.uint64(8 * lengths[b])
    return (names[a] << shift) | (names[b] & ((np.uint64(1) << shift) - np.uint64(1)))


@inner
def _has(numbers, number):
    found = False
    for each in numbers:
        found |= each == number
    return found


@kernel
def learn_merges(symbol, word_at, counts, begun, lengths, states, spaces, names, refused, rules):
    """The merges that turn a vocabulary of `begun` tokens into one of lengths.shape[0]: (pairs int32[n, 2], how often
    each occurred int64[n]).

    `symbol` and `word_at` are what `positions_of` returns, `counts` int64[words]; `symbol` is overwritten. `lengths`,
    `states`, `spaces` int32 and `names` uint64 (short_name) describe the tokens (bytes, state of the character,
    spaces), those of `begun` are given. No token has a short name of `refused` uint64.
    """
    min_frequency, max_bytes, whole_characters, max_spaces = rules
    size = lengths.shape[0]
    positions = symbol.shape[0]
    tokens = begun
    spans = np.ones(size, np.int32)  # the positions that a symbol covers

    # Pairs: key, count (or more, until it is counted again), and their occurrences as a range of `places`.
    # Room for all pairs of ordinary text: what is never written is never allocated, and growing left 50 MB of holes.
    room = (1 << 12) + positions // 4
    keys, pair_counts = np.empty(room, np.uint64), np.empty(room, np.int64)
    place_start, place_count = np.empty(room, np.int64), np.empty(room, np.int32)
    n_pairs = 0
    slots = np.full(1 << 18, -1, np.int32)
    occurrences = 0
    for p in range(1, positions - 1):
        a, b = np.int64(symbol[p]), np.int64(symbol[p + 1])
        if a >= size or b >= size:
            continue
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
            slots[q] = v
            keys[v] = key
            pair_counts[v] = 0
            place_count[v] = 0
            n_pairs += 1
            if 2 * n_pairs > slots.shape[0]:
                slots = np.full(2 * slots.shape[0], -1, np.int32)
                for u in range(n_pairs):
                    slots[_find(slots, keys, keys[u])] = u
        pair_counts[v] += counts[_word(symbol, word_at, size, p)]
        place_count[v] += 1
        occurrences += 1
    # Each merge event removes a symbol and makes at most two occurrences; memory that is never written is never
    # allocated.
    places = np.empty(3 * occurrences + 1, np.int32)
    used = 0
    for v in range(n_pairs):
        place_start[v] = used
        if pair_counts[v] >= min_frequency:
            used += place_count[v]
        place_count[v] = 0
    for p in range(1, positions - 1):
        a, b = np.int64(symbol[p]), np.int64(symbol[p + 1])
        if a < size and b < size:
            v = slots[_find(slots, keys, (np.uint64(a) << np.uint64(32)) | np.uint64(b))]
            if v >= 0 and pair_counts[v] >= min_frequency:
                places[place_start[v] + place_count[v]] = p
                place_count[v] += 1

    heap = np.empty(1 << 16, np.int64), np.empty(1 << 16, np.uint64), np.empty(1 << 16, np.int32)
    in_heap = 0
    top = np.int64(0)
    for v in range(n_pairs):
        top = max(top, pair_counts[v])
    level = top + 1  # pairs with smaller counts stay outside the heap
    hole: Any = np.int64(0)  # places[hole:hole_end] are free: the largest such range that was met
    hole_end: Any = np.int64(0)
    weights = np.empty(1024, np.int64)
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
        a = np.int64(keys[v] >> np.uint64(32))
        b = np.int64(keys[v] & np.uint64(0xFFFFFFFF))
        start = place_start[v]
        if place_count[v] > weights.shape[0]:
            weights = np.empty(2 * place_count[v], np.int64)
        stop, now = _recount(
            pointer(places), start, start + place_count[v], a, b, np.int64(spans[a]), pointer(symbol),
            pointer(word_at), pointer(counts), size, pointer(weights),
        )  # fmt: skip
        if now != count:
            free = stop if now >= min_frequency else start
            if start + place_count[v] - free > hole_end - hole:
                hole, hole_end = free, start + place_count[v]
            pair_counts[v] = now
            place_count[v] = stop - start
            if now >= level:
                sink(heap, in_heap, now, keys[v], v)
            else:  # stays outside again
                drop(heap, in_heap)
                in_heap -= 1
            continue
        drop(heap, in_heap)
        in_heap -= 1
        name = _short_name(a, b, names, lengths)
        if _has(refused, name):
            pair_counts[v] = 0
            continue

        new = tokens
        tokens += 1
        spans[new] = spans[a] + spans[b]
        lengths[new] = lengths[a] + lengths[b]
        spaces[new] = spaces[a] + spaces[b]
        states[new] = states[a] + states[b]
        names[new] = name
        pairs[new - begun, 0] = a
        pairs[new - begun, 1] = b
        merged[new - begun] = count

        events = stop - start
        if 2 * events > born_places.shape[0]:
            born_places = np.empty(4 * events, np.int32)
            born_pairs = np.empty(4 * events, np.int32)
        before = n_pairs
        # Each new pair contains the new symbol, so that there are at most two for each symbol.
        while n_pairs + min(2 * events, 2 * tokens) > keys.shape[0]:
            keys, pair_counts = longer(keys), longer(pair_counts)
            place_start, place_count = longer(place_start), longer(place_count)
        noted, n_pairs = _join(
            pointer(places), start, stop, pointer(weights), a, b, new, pointer(spans), pointer(symbol), size,
            (pointer(keys), pointer(pair_counts), pointer(place_count)), n_pairs, (pointer(left_of), pointer(right_of)),
            (pointer(born_places), pointer(born_pairs)), (pointer(lengths), pointer(states), pointer(spaces)),
            (max_bytes, whole_characters, max_spaces),
        )  # fmt: skip
        pair_counts[v] = 0

        # The occurrences of the pairs just born, in order of position, one range for each: where those of the merged
        # pair were, which is never met again, or in the hole, while there is room.
        free, end = start, start + place_count[v]
        for u in range(before, n_pairs):
            x = np.int64(keys[u] >> np.uint64(32))
            y = np.int64(keys[u] & np.uint64(0xFFFFFFFF))
            left_of[x] = -1
            right_of[y] = -1
            if pair_counts[u] < min_frequency:
                place_start[u] = -1
                continue
            if free + place_count[u] <= end:
                place_start[u] = free
                free += place_count[u]
            elif hole + place_count[u] <= hole_end:
                place_start[u] = hole
                hole += place_count[u]
            else:
                place_start[u] = used
                used += place_count[u]
            place_count[u] = 0
        if end - free > hole_end - hole:
            hole, hole_end = free, end
        for k in range(noted):
            u = born_pairs[k]
            if place_start[u] >= 0:
                places[place_start[u] + place_count[u]] = born_places[k]
                place_count[u] += 1
        born_end = n_pairs
        n_pairs = before
        for u in range(before, born_end):
            if place_start[u] < 0:
                continue
            keys[n_pairs], pair_counts[n_pairs] = keys[u], pair_counts[u]
            place_start[n_pairs], place_count[n_pairs] = place_start[u], place_count[u]
            if pair_counts[n_pairs] >= level:
                heap = roomy(heap, in_heap)
                push(heap, in_heap, pair_counts[n_pairs], keys[n_pairs], n_pairs)
                in_heap += 1
            n_pairs += 1
    return pairs[: tokens - begun].copy(), merged[: tokens - begun].copy()
