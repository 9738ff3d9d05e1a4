"""The vector that a fastText model gives a text.

Each word, each run of `shortest` to `longest` characters of "<word>" and each run of up to `ngrams` words names a row;
the rows are averaged in that order. Newlines count as spaces: fastText reads one line at a time. The rows of a text are
first listed and then added, so that rows are fetched from memory while others are added. A word of a model with
subwords has about ten rows, found by hashing each run of its characters; texts repeat their words, so the list of a
word's rows is kept until another word takes its slot.
"""

import numpy as np

from corpus.kernels.blocks import BLOCK, is_byte
from corpus.kernels.fasttext_file import PREFIX, fnv
from corpus.kernels.hashing import equal_bytes
from corpus.kernels.inner import helper, inner
from corpus.kernels.intrinsics import add_eight, bytes_between, load64, prefetch, product_high, trailing_zeros, widen

WORD = 32  # most bytes of a word that is kept: ten syllables
ROWS = 38  # most rows of one: twelve letters in runs of 2 to 4
SLOTS = 1 << 15  # words whose rows are kept, in 192 bytes each: 6 MB
RECORD = 24  # numbers of 64 bits in a slot: the spelling in four, then hash and number of rows, then the rows
BYTES = np.array([(1 << 8 * min(size, 8)) - 1 for size in range(WORD + 1)], np.uint64)  # a mask of the first bytes
LISTED = 4096  # rows listed before they are added: 32 KB
AHEAD = 12  # rows that are fetched ahead
AHEAD_BYTES = 96  # the same for the kept rows of words: about nine words of Korean
NEAR = 1 << 20  # numbers in rows that fit the caches: 4 MB
SPACE = np.array([i == 0 or 9 <= i <= 13 or i == 32 for i in range(256)])
FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64)
LABEL = np.frombuffer(PREFIX.encode(), np.uint8)
END = np.frombuffer(b"</s>", np.uint8)  # fastText's end of a line, which is a word


@helper
def _number_of(data, start, end, h, slots, hashes, spellings, starts, lengths):
    """The number of a word or label, or -1."""
    mask = np.int64(slots.shape[0] - 1)
    slot = np.int64(h) & mask
    while slots[slot] >= 0:
        number = np.int64(slots[slot])
        same = hashes[number] == h and lengths[number] == end - start
        if same and equal_bytes(spellings, starts[number], data, start, end - start):
            return number
        slot = (slot + 1) & mask
    return np.int64(-1)


@helper
def _list(value, words, kept, pruned, found, n):
    """Append the row of a hash value if it has one.

    The processor cannot predict whether it has, so the row is always written, and then counted or not, without a
    branch.
    """
    found[n] = words + value
    if not pruned:
        return n + 1
    return n + np.int64((kept[value >> 3] >> np.uint8(value & 7)) & np.uint8(1))


@inner
def _remainder(h, buckets, inverse):
    """h % buckets without a division: the quotient by inverse = 2⁶⁴ // buckets is at most one too small."""
    rest = h - product_high(h, inverse) * buckets
    return np.int64(rest - (buckets if rest >= buckets else np.uint64(0)))


@helper
def _find_rows(found, n, table, words):
    """Replace the hash values by their kept rows."""
    mask = np.int64(table.shape[0] - 1)
    for i in range(n):
        if found[i] >= words:
            value = found[i] - words
            slot = value & mask
            while table[slot, 0] != value:
                slot = (slot + 1) & mask
            found[i] = table[slot, 1]


@helper
def _add(found, n, m, hidden):
    """Add the listed rows in their order, because sums of floats depend on it."""
    width = hidden.shape[0]
    if m.pruned:
        _find_rows(found, n, m.table, m.words)
    if m.codes.shape[0] > 0:
        for row in found[:n]:
            _add_coded(row, m, hidden)
        return
    _add_rows(found, n, m.rows, hidden, width)


@inner
def _add_rows(found, n, rows, hidden, width):
    far = rows.shape[0] * width > NEAR
    if width <= 16:  # a pass over the rows for each eight numbers
        for k in range(0, width - 7, 8):
            add_eight(rows, found, 0, n, width, k, AHEAD if far and k == 0 else 0, hidden)
        for i in range(n):
            for k in range(width & ~7, width):
                hidden[k] += rows[found[i], k]
        return
    for i in range(n):
        if far and i + AHEAD < n:
            ahead = found[i + AHEAD] * width
            for k in range(0, width, 16):
                prefetch(rows, ahead + k)
        row = found[i]
        for k in range(width):
            hidden[k] += rows[row, k]


@helper
def _add_coded(row, m, hidden):
    width = hidden.shape[0]
    for number in range(m.codes.shape[1]):
        first = number * m.part
        across = min(m.part, width - first)
        at = first * 256 + np.int64(m.codes[row, number]) * across
        for k in range(across):
            hidden[first + k] += m.scales[row] * m.centroids[at + k]


@helper
def _list_ascii(word, length, shortest, longest, buckets, inverse, words, kept, pruned, found, n):
    """List the runs of word[:length], in which each character is one byte; all runs fit."""
    for i in range(length):
        h = np.uint32(2166136261)
        last = min(i + longest, length)
        listed = min(i + shortest - 1, last)
        for j in range(i, listed):
            h = fnv(h, word[j])
        if shortest == 1 and (i == 0 or i + 1 == length):  # no "<" and no ">" alone
            h = fnv(h, word[i])
            listed += 1
        for j in range(listed, last):
            h = fnv(h, word[j])
            n = _list(_remainder(np.uint64(h), buckets, inverse), words, kept, pruned, found, n)
    return n


@helper
def _list_at(word, i, length, shortest, longest, buckets, inverse, words, kept, pruned, found, n):
    """List the runs of characters that begin at word[i]."""
    h = np.uint32(2166136261)
    j = i
    characters = 0
    while j < length and characters < longest:
        if word[j] >= 0xE0 and word[j] < 0xF0:  # Hangul, without a branch for each byte
            h = fnv(fnv(fnv(h, word[j]), word[j + 1]), word[j + 2])
            j += 3
        else:
            h = fnv(h, word[j])
            j += 1
            while j < length and (word[j] & 0xC0) == 0x80:
                h = fnv(h, word[j])
                j += 1
        characters += 1
        if characters >= shortest and not (characters == 1 and (i == 0 or j == length)):
            n = _list(_remainder(np.uint64(h), buckets, inverse), words, kept, pruned, found, n)
    return n


@helper
def _list_subwords(word, length, shortest, longest, buckets, inverse, words, kept, pruned, found, n):
    """List the runs of characters of word[:length], which includes < and >; all runs fit."""
    ascii = True
    for i in range(length):
        ascii &= word[i] < 0x80
    if ascii:  # nearly all words of English
        return _list_ascii(word, length, shortest, longest, buckets, inverse, words, kept, pruned, found, n)
    for i in range(length):
        if (word[i] & 0xC0) != 0x80:
            n = _list_at(word, i, length, shortest, longest, buckets, inverse, words, kept, pruned, found, n)
    return n


@helper
def _add_long_word(word, length, m, divisor, inverse, found, hidden):
    """Add the runs of characters of a word that has too many to list; returns their number."""
    added = n = 0
    for i in range(length):
        if (word[i] & 0xC0) == 0x80:
            continue
        if n + m.longest > LISTED:
            _add(found, n, m, hidden)
            added += n
            n = 0
        n = _list_at(word, i, length, m.shortest, m.longest, divisor, inverse, m.words, m.kept, m.pruned, found, n)
    _add(found, n, m, hidden)
    return added + n


@inner
def _spelling(data, i, end):
    """(size, four numbers) of the word at data[i]: its bytes, zeros behind them. Size 0: longer than WORD, or at the
    end of the batch. No word contains a zero byte."""
    zero = np.uint64(0)
    if i + BLOCK > data.shape[0]:
        return 0, zero, zero, zero, zero
    spaces = is_byte(data, i, 0x20) | bytes_between(data, i, 0x09, 0x0D) | is_byte(data, i, 0x00)
    size = min(trailing_zeros(spaces) if spaces else BLOCK, end - i)
    if size > WORD:
        return 0, zero, zero, zero, zero
    first = load64(data, i) & BYTES[size]
    second = load64(data, i + 8) & BYTES[max(size - 8, 0)]
    third = load64(data, i + 16) & BYTES[max(size - 16, 0)]
    fourth = load64(data, i + 24) & BYTES[max(size - 24, 0)]
    return size, first, second, third, fourth


@inner
def _record(first, second, third, fourth):
    """Where the record of a word begins."""
    mixed = first * FACTORS[0] ^ second * FACTORS[1] ^ third * FACTORS[2] ^ fourth * FACTORS[3]
    mixed = (mixed ^ mixed >> np.uint64(32)) * FACTORS[0]
    return (np.int64(mixed >> np.uint64(32)) & (SLOTS - 1)) * RECORD


@helper
def embed(data, start, end, m, found, word, hashes, records, hidden):
    """Write the mean of the rows that data[start:end] names to `hidden` (float32[width]); return how many there are.

    `found` (int64[2 · LISTED]), `word` (uint8[longest text + 2]) and `hashes` (int32[longest text / 2 + 2]) are
    scratch arrays; `records` (uint64[SLOTS · RECORD + 4], at first 0) keeps the rows of words from text to text.
    """
    hidden[:] = 0
    # Fields are read once: in the loop each use would count references, which costs more than the rest.
    slots, numbers, spellings, starts, lengths = m.slots, m.hashes, m.spellings, m.starts, m.lengths
    words, ngrams, shortest, longest, buckets = m.words, m.ngrams, m.shortest, m.longest, m.buckets
    kept, pruned = m.kept, m.pruned
    divisor = np.uint64(buckets)
    inverse = np.uint64(np.uint64(0xFFFFFFFFFFFFFFFF) // divisor)
    keeps = longest > 0 and words + buckets < 1 << 31
    rows_kept = records.view(np.int32)
    a = b = c = d = np.uint64(0)
    record = np.int64(0)
    total = n = tokens = 0
    i = start
    seen = start  # records of words up to here are fetched
    stop = False
    while not stop:
        seen = max(seen, i)
        while keeps and seen < min(i + AHEAD_BYTES, end):
            size, a, b, c, d = _spelling(data, seen, end)
            if size:
                record = _record(a, b, c, d)
                prefetch(records, record)
                prefetch(records, record + 8)
            seen += size + 1
        while i < end and SPACE[data[i]]:
            i += 1
        first = i
        size = 0
        if keeps and first < end:
            size, a, b, c, d = _spelling(data, first, end)
            record = _record(a, b, c, d)
            same = records[record] == a and records[record + 1] == b
            if size and same and records[record + 2] == c and records[record + 3] == d:
                known = records[record + 4]
                count = np.int64(known & np.uint64(0xFFFFFFFF))
                if n + ROWS > LISTED:
                    _add(found, n, m, hidden)
                    total += n
                    n = 0
                widen(found, n, rows_kept, 2 * record + 10, count)
                n += count  # type: ignore[assignment]  # Numba has one integer
                hashes[tokens] = np.int32(known >> np.uint64(32))
                tokens += 1
                i = first + size
                continue
        h = np.uint32(2166136261)
        while i < end and not SPACE[data[i]]:
            h = fnv(h, data[i])
            i += 1
        stop = first == i or (i - first == 4 and equal_bytes(data, first, END, 0, 4))  # "</s>" ends a line, too
        if stop:
            h = np.uint32(2166136261)
            for k in range(4):
                h = fnv(h, END[k])
            number = _number_of(END, 0, 4, h, slots, numbers, spellings, starts, lengths)
        else:
            number = _number_of(data, first, i, h, slots, numbers, spellings, starts, lengths)
        if number >= words or (
            number < 0 and i - first >= LABEL.shape[0] and equal_bytes(data, first, LABEL, 0, LABEL.shape[0])
        ):
            continue  # a label, known or not, is not a word
        hashes[tokens] = np.int32(h)
        tokens += 1
        length = i - first + 2
        if n + 1 + length * longest > LISTED:
            _add(found, n, m, hidden)
            total += n
            n = 0
        before = n
        if number >= 0:
            found[n] = number
            n += 1
        if longest == 0 or stop:
            continue
        word[0] = 0x3C
        for k in range(first, i):  # a slice costs as much as the whole rest
            word[k - first + 1] = data[k]
        word[length - 1] = 0x3E
        if length * longest > LISTED:
            _add(found, n, m, hidden)
            total += n + _add_long_word(word, length, m, divisor, inverse, found, hidden)
            n = 0
            continue
        n = _list_subwords(word, length, shortest, longest, divisor, inverse, words, kept, pruned, found, n)
        if size and n - before <= ROWS:
            records[record], records[record + 1], records[record + 2], records[record + 3] = a, b, c, d
            records[record + 4] = np.uint64(h) << np.uint64(32) | np.uint64(n - before)
            for k in range(before, n):
                rows_kept[2 * record + 10 + k - before] = found[k]
    if ngrams > 1:
        for first in range(tokens):
            if n + ngrams > LISTED:
                _add(found, n, m, hidden)
                total += n
                n = 0
            wide = np.uint64(np.int64(hashes[first]))
            for k in range(first + 1, min(first + ngrams, tokens)):
                wide = wide * np.uint64(116049371) + np.uint64(np.int64(hashes[k]))
                n = _list(_remainder(wide, divisor, inverse), words, kept, pruned, found, n)
    _add(found, n, m, hidden)
    total += n
    if total:
        hidden *= np.float32(1.0 / total)
    return total
