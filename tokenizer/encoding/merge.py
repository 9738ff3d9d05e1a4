"""Encoding kernels: a pre-token's bytes to the ids that HF tokenizers' BPE gives, through a cache of pre-tokens.

Nine of ten pre-tokens are found in the cache (a slot of half a cache line with up to seven ids in it, see
corpus/kernels/hashing.py for the keys), most of them by a loop of 20 instructions. The others are merged
(tokenizer/kernels/pairs.py).
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from corpus.kernels.hashing import LONG_KEY, equal_bytes, key_of, next_slot, slot_of
from corpus.kernels.inner import helper, kernel
from corpus.kernels.intrinsics import advanced, leading_zeros, peek, pointer, store64
from tokenizer.kernels.keys import AHEAD, HIGHS, HOMES, LOWS, WIDTH, find_keys
from tokenizer.kernels.pairs import LOW, SHORT, begin, id_of, ids_of, merge_long, merge_short, poke, table_of
from tokenizer.scanner.blocks import scan_some

BATCH = AHEAD - WIDTH  # pre-tokens between scanner and cache: the slots of all are fetched before the first is needed
SPARE = 8  # ids that may be written beyond the last
CACHED = 248  # bytes up to which a pre-token is remembered
FIELD = np.uint64(0xFFFFF)  # an id
FILLED = 4  # eighths of the slots that may be taken
HEAD, NUMBER = np.uint64(48), np.uint64(0xFFFFFFFFFFFF)
LONG = np.uint64(8)  # added to the number of ids where a slot does not hold all


def _is_narrow(typing, out):
    """Whether ids have 16 bits: a constant when kernels are compiled, unlike an array's itemsize."""

    def generate(context, builder, signature, arguments):
        return ir.Constant(ir.IntType(1), out.dtype.bitwidth == 16)

    return types.boolean(out), generate


is_narrow: Any = intrinsic(_is_narrow)


@helper
def _store(data, start, length, low, high, q, found, n, cache, size, narrow):
    """Put a pre-token and its n ids, `found`, into the free slot q.

    The slot's third word holds four ids of 16 bits (`narrow`) or three of 20, the fourth word three or two more and,
    above HEAD, how many there are. Where the key is not the word itself or there are more, the fourth word holds its
    number instead, and above it LONG and how many ids the third word holds, 0 if they are in `tokens`.
    """
    slots, words, offsets, tokens = cache
    word_at, token_at = peek(offsets, size) >> 32, peek(offsets, size) & LOW
    width, first, most = (16, 4, 7) if narrow else (20, 3, 5)
    value = np.uint64(0)
    for i in range(min(n, first)):
        value |= np.uint64(peek(found, i)) << np.uint64(width * i)
    if high < LONG_KEY and n <= most:
        more = np.uint64(n) << HEAD
        for i in range(first, n):
            more |= np.uint64(peek(found, i)) << np.uint64(width * (i - first))
    else:
        more = LONG << HEAD | np.uint64(size)
        if high >= LONG_KEY and n <= first:
            more |= np.uint64(n) << HEAD
        else:
            for i in range(n):
                poke(tokens, token_at + i, peek(found, i))
            token_at += n
    if high >= LONG_KEY:
        for i in range(length):
            poke(words, word_at + i, peek(data, start + i))
        word_at += length
    poke(offsets, size + 1, word_at << 32 | token_at)
    poke(slots, 4 * q, low)
    poke(slots, 4 * q + 1, high)
    poke(slots, 4 * q + 2, value)
    poke(slots, 4 * q + 3, more)


@helper
def _pointers(cache):
    """The cache in the form that the kernels take: (pointers to its arrays, the mask of its slots, words and ids that
    may be stored)."""
    slots, words, offsets, tokens = cache
    pieces = pointer(slots), pointer(words), pointer(offsets), pointer(tokens)
    return pieces, np.uint64(slots.shape[0] // 4 - 1), words.shape[0] - CACHED, tokens.shape[0] - CACHED


@njit(cache=True)
def remember(data, bounds, ids, cache, narrow):
    """Put words, each with the one id (int64) that encoding it must give, into an empty cache; returns their number."""
    pieces, mask, _, _ = _pointers(cache)
    slots = cache[0]
    text, found = pointer(data), pointer(ids)
    for n in range(ids.shape[0]):
        low, high = key_of(data, bounds[n], bounds[n + 1])
        home = q = slot_of(low, high, mask)
        while slots[4 * q + 3]:
            q = next_slot(q, home, mask)
        _store(text, bounds[n], bounds[n + 1] - bounds[n], low, high, q, advanced(found, n), 1, pieces, n, narrow)
    return ids.shape[0]


@njit(cache=True)
def own_tokens(data, bounds, merges, own):
    """Which words, data[bounds[n]:bounds[n + 1]] of up to CACHED bytes, merge to a single symbol: the symbol, or -1, is
    written to own int32[n]."""
    symbols, made = np.empty(SHORT + 10, np.int32), np.empty(SHORT + 10, np.int32)
    table = table_of(merges)
    whole = merges[2].shape[0] > 1
    for n in range(own.shape[0]):
        length = bounds[n + 1] - bounds[n]
        own[n] = -1
        if length <= SHORT:
            left = begin(data, bounds[n], length, merges[2], whole, symbols)
            if merge_short(symbols, made, left, table) == 1:
                own[n] = symbols[1]
        elif length <= CACHED:
            long = data[bounds[n] : bounds[n + 1]].astype(np.int32)
            if merge_long(long, merges) == 1:
                own[n] = long[0]


@helper
def _write_ids(out, written, slots, q):
    """Write the ids in the slot that begins at slots[q], all for which it has room: the branch predictor cannot guess
    how many there are. Returns their number, and LONG."""
    value, more = peek(slots, q + 2), peek(slots, q + 3)
    if is_narrow(out):
        store64(out, written, value)
        store64(out, written + 4, more)
    else:
        for i in range(3):
            poke(out, written + i, (value >> np.uint64(20 * i)) & FIELD)
        for i in range(2):
            poke(out, written + 3 + i, (more >> np.uint64(20 * i)) & FIELD)
    return more >> HEAD


@helper
def _encode_hits(slots, batch, k, last, out, written):
    """Write the ids of the words k, k + 1 … of a batch while each is in its first slot, as its own key and with all its
    ids: (number of the first word that is not, ids written)."""
    while k < last:
        q = np.int64(peek(batch, HOMES + k)) * 4
        count = _write_ids(out, written, slots, q)
        other = (peek(slots, q) ^ peek(batch, LOWS + k)) | (peek(slots, q + 1) ^ peek(batch, HIGHS + k))
        if other != 0 or count - np.uint64(1) >= LONG - np.uint64(1):
            break
        written += np.int64(count)
        k += 1
    return k, written


@helper
def _encode_any(data, start, end, batch, k, merges, ids, cache, stored, scratch, out, written):
    """Write the ids of word k of a batch, data[start:end]: (whether it was done, ids written, words in the cache).

    It is not done when the cache is full, and for a word longer than SHORT that is not in the cache.
    """
    (slots, words, offsets, tokens), mask, word_room, token_room = cache
    low, high, home = peek(batch, LOWS + k), peek(batch, HIGHS + k), np.int64(peek(batch, HOMES + k))
    q = home
    while peek(slots, 4 * q + 3) != 0:
        if (peek(slots, 4 * q) ^ low) | (peek(slots, 4 * q + 1) ^ high) == 0:
            number = np.int64(peek(slots, 4 * q + 3) & NUMBER)  # if LONG
            if high < LONG_KEY or equal_bytes(data, start, words, peek(offsets, number) >> 32, end - start):
                count = np.int64(_write_ids(out, written, slots, 4 * q) & (LONG - np.uint64(1)))
                if count == 0:
                    token_at = peek(offsets, number) & LOW
                    count = (peek(offsets, number + 1) & LOW) - token_at
                    for i in range(count):
                        poke(out, written + i, peek(tokens, token_at + i))
                return True, written + count, stored
        q = next_slot(q, home, mask)
    length = end - start
    used = peek(offsets, stored)
    room = np.int64(mask + np.uint64(1)) * FILLED // 8
    if length > SHORT or stored >= room or used >> 32 > word_room or used & LOW > token_room:
        return False, written, stored
    pairs, characters, whole = merges
    symbols, made = scratch
    left = merge_short(symbols, made, begin(data, start, length, characters, whole, symbols), pairs)
    for i in range(1, left + 1):
        poke(symbols, i, id_of(ids, peek(symbols, i)))
        poke(out, written + i - 1, peek(symbols, i))
    _store(data, start, length, low, high, q, advanced(symbols, 1), left, cache[0], stored, is_narrow(out))
    return True, written + left, stored + 1


@helper
def _encode_some(data, size, bounds, n, last, merges, ids, cache, stored, scratch, batch, out, written):
    """Encode the pre-tokens number n to last - 1, of which number k is data[bounds[k]:bounds[k + 1]]: (pre-tokens done,
    ids written, words in the cache).

    Stops early when the cache is full, and before a pre-token longer than SHORT that is not in the cache. All arrays
    come as pointers.
    """
    slots, mask = cache[0][0], cache[1]
    above = np.uint64(leading_zeros(mask))
    while n < last:
        count = min(last - n, BATCH)
        begun = advanced(bounds, n)
        find_keys(data, size, begun, count, slots, mask, above, batch)
        k, written = _encode_hits(slots, batch, 0, count, out, written)
        while k < count:
            done, written, stored = _encode_any(
                data, peek(begun, k), peek(begun, k + 1), batch, k, merges, ids, cache, stored, scratch, out, written,
            )  # fmt: skip
            if not done:
                return n + k, written, stored
            k, written = _encode_hits(slots, batch, k + 1, count, out, written)
        n += count
    return last, written, stored


@helper
def _encode_long(data, start, end, merges, cache, stored, out, written):
    """Encode one pre-token that is not in the cache, of any length: (ids written, words in the cache)."""
    symbols = data[start:end].astype(np.int32)
    left = merge_long(symbols, merges)
    ids = ids_of(merges)
    for i in range(left):
        symbols[i] = id_of(ids, symbols[i])
        out[written + i] = symbols[i]
    if end - start <= CACHED:
        _store_long(data, start, end, symbols, left, cache, stored, is_narrow(out))
        stored += 1
    return written + left, stored


@helper
def _store_long(data, start, end, symbols, left, cache, stored, narrow):
    pieces, mask, _, _ = _pointers(cache)
    low, high = key_of(data, start, end)
    home = q = slot_of(low, high, mask)
    while cache[0][4 * q + 3]:
        q = next_slot(q, home, mask)
    _store(pointer(data), start, end - start, low, high, q, pointer(symbols), left, pieces, stored, narrow)


@helper
def full(cache, stored):
    """Whether a cache with so many words has no room for one more."""
    slots, words, offsets, tokens = cache
    return (
        stored >= slots.shape[0] // 4 * FILLED // 8
        or offsets[stored] >> 32 > words.shape[0] - CACHED
        or offsets[stored] & LOW > tokens.shape[0] - CACHED
    )


def spare_arrays() -> tuple[np.ndarray, ...]:
    """Memory for `encode_words` and `encode_documents`: symbols and what they make int32[SHORT + 10], a batch.

    A kernel must not allocate what it only uses by pointer: the memory is released after the array's last use.
    """
    return np.empty(SHORT + 10, np.int32), np.empty(SHORT + 10, np.int32), np.empty(3 * AHEAD, np.uint64)


@kernel
def encode_words(data, bounds, first, done, spare, merges, cache, stored, out, written, starts):
    """Encode pre-tokens from number `done` on; (pre-tokens done, ids written, words in the cache).

    Pre-token k is data[bounds[k]:bounds[k + 1]]; `bounds` int64 has WIDTH places more. Stops early when the cache is
    full; call again with a larger or an empty one. `spare` is what `spare_arrays` returns. `first` is where documents
    begin among the pre-tokens, the last of them the number of pre-tokens, and `starts[i]` receives where the ids of
    document i begin in `out`, which needs room for SPARE ids more than there are bytes.
    """
    pieces = table_of(merges), pointer(merges[2]), merges[2].shape[0] > 1
    symbols, made, batch = spare
    scratch = pointer(symbols), pointer(made)
    count = bounds.shape[0] - 1 - WIDTH
    document = np.searchsorted(first, done)
    while True:
        while document < first.shape[0] and first[document] == done:
            starts[document] = written
            document += 1
        if done == count:
            return done, written, stored
        last = first[document] if document < first.shape[0] else count
        done, written, stored = _encode_some(
            pointer(data), data.shape[0], pointer(bounds), done, last, pieces, ids_of(merges),
            _pointers(cache), stored, scratch, pointer(batch), pointer(out), written,
        )  # fmt: skip
        if done < last:
            if full(cache, stored):
                return done, written, stored
            written, stored = _encode_long(data, bounds[done], bounds[done + 1], merges, cache, stored, out, written)
            done += 1


@kernel
def encode_documents(
    data, offsets, document, at, table, code, bounds, spare, merges, cache, stored, out, written, starts
):
    """Scan and encode documents from number `document` on, of which the first is encoded up to byte `at`: (document,
    at, ids written, words in the cache).

    Pre-tokens go from the scanner to the cache BATCH at a time, so that their data stay in the processor's L1 cache.
    Stops early when the cache is full; call again with a larger or an empty one. `table` and `code` are those of a
    pattern (tokenizer/scanner/kinds.py), `bounds` is int64[AHEAD] and `spare` what `spare_arrays` returns. `starts[i]`
    receives where the ids of document i begin in `out`.
    """
    pieces = table_of(merges), pointer(merges[2]), merges[2].shape[0] > 1
    symbols, made, batch = spare
    scratch = pointer(symbols), pointer(made)
    count = offsets.shape[0] - 1
    while document < count:
        document, at, after, written, stored = _encode_texts(
            pointer(data), data.shape[0], pointer(offsets), document, count, at, pointer(table), code,
            pointer(bounds), pieces, ids_of(merges), _pointers(cache), stored, scratch, pointer(batch),
            pointer(out), written, pointer(starts),
        )  # fmt: skip
        if document == count:
            break
        if full(cache, stored):
            return document, at, written, stored
        written, stored = _encode_long(data, at, after, merges, cache, stored, out, written)
        at = after
    starts[count] = written
    return document, at, written, stored


@helper
def _encode_texts(
    data, size, offsets, document, count, at, table, code, bounds, merges, ids, cache, stored, scratch, batch, out,
    written, starts,
):  # fmt: skip
    """`encode_documents` up to a pre-token that `_encode_some` leaves: (document, where that pre-token begins and ends,
    ids written, words in the cache).

    All arrays come as pointers: counting references to them cost 1.5 ns a pre-token.
    """
    while document < count:
        end = peek(offsets, document + 1)
        if at == peek(offsets, document):
            poke(starts, document, written)
        while at < end:
            poke(bounds, 0, at)
            _, last = scan_some(data, size, at, end, table, code, advanced(bounds, 1), 0, BATCH)
            done, written, stored = _encode_some(
                data, size, bounds, 0, last, merges, ids, cache, stored, scratch, batch, out, written
            )
            at = peek(bounds, done)
            if done < last:
                return document, at, peek(bounds, done + 1), written, stored
        document += 1
    return document, at, at, written, stored
