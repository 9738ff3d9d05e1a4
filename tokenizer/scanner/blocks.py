"""Pre-tokens of the patterns gpt2, cl100k and qwen2, sixty-four bytes at a time.

Classes of bytes are words of 64 bits (corpus/kernels/blocks.py), and where pre-tokens begin follows from them by shifts
and masks: a bit of `letter << 1` says that the character before is a letter, since every byte of a character has its
character's class. A block begins at a pre-token, so that no state is carried over from the previous block, and ends at
the last pre-token whose start it determines. Cases that are rare or not determined within 64 bytes (long runs, white
space beyond ASCII, lines of white space only) are left to `match`, which tries the alternatives of the regular
expression one by one.
"""

import numpy as np
from numba import njit

from corpus.kernels.blocks import (
    BLOCK,
    below,
    hangul_leads,
    inner_bytes,
    is_byte,
    latin_letters,
    leading_zeros,
    ones,
)
from corpus.kernels.hashing import bytes_between, trailing_zeros
from corpus.kernels.utf8 import decode
from tokenizer.kernels.pairs import poke
from tokenizer.scanner.kinds import APOSTROPHE, LETTER, NEWLINE, NUMBER, OTHER, SPACE, WHITE
from tokenizer.scanner.patterns import DIGITS, GPT2, QWEN2

READ = BLOCK + 4  # bytes that a block may read
ONE = np.uint64(1)
NOTHING = np.uint64(0)


@njit
def class_at(data, i, table):
    c, width = decode(data, i)
    return table[c], width


@njit
def letters(first, second, i, end):
    """Bytes of s, t, d, m, ll, ve, re (given in lower case) after an apostrophe; 0 for none."""
    if first == 115 or first == 116 or first == 100 or first == 109:
        return 1
    if i + 1 < end and ((first == 108 and second == 108) or (second == 101 and (first == 118 or first == 114))):
        return 2
    return 0


@njit
def contraction(data, i, end, code):
    """The end of a contraction whose apostrophe ends before i, or 0 where there is none."""
    if i >= end:
        return 0
    first, second = data[i], data[i + 1] if i + 1 < end else np.uint8(0)
    if code == GPT2:
        width = letters(first, second, i, end)
        return i + width if width else 0
    if first == 0xC5 and second == 0xBF:  # ſ, which matches s in a regular expression that ignores case
        return i + 2
    width = letters(first | 32 if 65 <= first <= 90 else first, second | 32 if 65 <= second <= 90 else second, i, end)
    return i + width if width else 0


@njit
def _run(data, i, end, table, kind):
    """The position after the characters of one class at i."""
    while i < end:
        found, width = class_at(data, i, table)
        if found != kind and not (kind == OTHER and found == APOSTROPHE):
            break
        i += width
    return i


@njit
def match(data, i, end, table, code):
    """The end of the pre-token that begins at i in a document that ends at `end`: the alternatives of the pattern in
    their order."""
    first, width = class_at(data, i, table)
    if first == APOSTROPHE:
        after = contraction(data, i + width, end, code)
        if after:
            return after
    if first == LETTER:
        return _run(data, i, end, table, LETTER)
    if first == NUMBER:
        if code == GPT2:
            return _run(data, i, end, table, NUMBER)
        for _ in range(1 if code == QWEN2 else DIGITS):
            kind, width = class_at(data, i, table)
            if kind != NUMBER:
                break
            i += width
            if i >= end:
                break
        return i
    then = class_at(data, i + width, table)[0] if i + width < end else np.uint8(WHITE)
    # In gpt2 a space may precede letters and numbers; in the others any character but a newline may precede letters.
    if then == LETTER and first != NEWLINE and (code != GPT2 or first == SPACE):
        return _run(data, i + width, end, table, LETTER)
    if then == NUMBER and first == SPACE and code == GPT2:
        return _run(data, i + width, end, table, NUMBER)
    sign = then if first == SPACE else first
    if sign in (OTHER, APOSTROPHE):
        i = _run(data, i + width, end, table, OTHER)
        while code != GPT2 and i < end and (data[i] == 10 or data[i] == 13):
            i += 1
        return i
    begin, last, newline = i, i, np.int64(0)
    while i < end:
        kind, width = class_at(data, i, table)
        if kind != SPACE and kind != WHITE and kind != NEWLINE:
            break
        last = i
        i += width
        if kind == NEWLINE:
            newline = i
    if newline:
        return newline
    return i if i == end or last == begin else last


@njit
def scan_some(data, size, i, end, table, code, ends, n, room):
    """Write where pre-tokens end, from the one that begins at i, to ends[n:room]: (start of the next one, number of
    ends). `data` points to `size` bytes.

    Continues until the document ends at `end` or fewer than 65 places are left.
    """
    while i < end and n + BLOCK < room:
        if i + READ > size:
            i = match(data, i, end, table, code)
            poke(ends, n, i)
            n += 1
            continue
        starts, decided = _starts(data, i, end, table, code)
        # Eight are written at a time and then counted: the branch predictor cannot guess how many there are.
        found = ones(starts)
        rest = _write_eight(starts, i, ends, n)
        if found > 8:
            rest = _write_eight(rest, i, ends, n + 8)
            for k in range(16, found, 8):
                rest = _write_eight(rest, i, ends, n + k)
        n += found
        if decided:
            poke(ends, n, end)
            return end, n + 1
        if starts == 0:
            i = match(data, i, end, table, code)
            poke(ends, n, i)
            n += 1
        else:
            i += 63 - leading_zeros(starts)
    return i, n


@njit
def _write_eight(bits, i, ends, n):
    """Write i plus the position of each of the lowest eight set bits to ends[n:n + 8]; returns the other bits."""
    for k in range(8):
        poke(ends, n + k, i + trailing_zeros(bits))
        bits &= bits - ONE
    return bits


@njit
def _starts(data, i, end, table, code):
    """The known starts of pre-tokens in the 64 bytes after i, where one starts: (bits, whether these are all up to the
    document's end)."""
    inside = below(min(end - i, BLOCK))
    high = bytes_between(data, i, 0x80, 0xFF) & inside
    letter = latin_letters(data, i) & inside
    number = bytes_between(data, i, 0x30, 0x39) & inside
    space = is_byte(data, i, 0x20) & inside
    blank = bytes_between(data, i, 0x09, 0x0D) & inside
    newline = NOTHING
    if code != GPT2:
        newline = (is_byte(data, i, 0x0A) | is_byte(data, i, 0x0D)) & inside
        blank &= ~newline
    blank |= space
    inner = NOTHING
    unclear = NOTHING
    if high != 0:
        inner = inner_bytes(data, i) & high
        whole = (hangul_leads(data, i) | bytes_between(data, i, 0xE5, 0xE9)) & high  # syllables, most Han
        letter |= (whole | whole << ONE | whole << np.uint64(2)) & inside
        others = high & ~inner & ~whole
        while others != 0:
            at = trailing_zeros(others)
            others &= others - ONE
            c, width = decode(data, i + at)
            kind = table[c]
            bits = (below(width) << np.uint64(at)) & inside
            if kind == LETTER:
                letter |= bits
            elif kind == NUMBER:
                number |= bits
                unclear |= bits if code != GPT2 else NOTHING
            elif kind == WHITE:
                unclear |= bits
    lead = inside & ~inner
    white = blank | newline
    other = inside & ~(letter | number | white)
    before_sign = (other | space) << ONE  # a sign after such a character is not on its own
    first_sign = other & lead & ~before_sign
    starts = first_sign
    if code == GPT2:
        starts |= letter & lead & ~((letter | space) << ONE)
        starts |= number & lead & ~((number | space) << ONE)
    else:
        sign = first_sign  # it precedes the letters after it
        if high != 0:
            sign |= (sign << ONE) & inner
            sign |= (sign << np.uint64(2)) & inner & (inner << ONE)
        starts |= letter & lead & ~((letter | blank | sign) << ONE)
        starts |= number & lead & (~(number << ONE) if code != QWEN2 else inside)
        four = number & (number << ONE) & (number << np.uint64(2)) & (number << np.uint64(3))
        if four != 0 and code != QWEN2:
            group = number & ~(number << ONE)
            while group != 0:
                group = (group << np.uint64(DIGITS)) & four
                starts |= group
        if newline != 0:
            after = (newline << ONE) & ~newline & inside
            starts |= after | (newline & ((letter | number) << ONE))
            through = after & blank
            if through != 0 and (blank + through) & ~blank & newline != 0:
                unclear |= through
    starts |= blank & ~(white << ONE)
    starts |= blank & (white << ONE) & ((letter | number | other) >> ONE)
    apostrophe = is_byte(data, i, 0x27) & (starts | ONE) & (letter >> ONE)
    while apostrophe != 0:
        at = trailing_zeros(apostrophe)
        apostrophe &= apostrophe - ONE
        after_letters = contraction(data, i + at + 1, end, code)
        if after_letters != 0:
            starts &= ~(ONE << np.uint64(at + 1))
            if after_letters - i < BLOCK:
                starts |= (ONE << np.uint64(after_letters - i)) & inside
    limit = trailing_zeros(unclear)
    decided = limit == BLOCK and end - i <= BLOCK
    if not decided:
        # For white space right before an undetermined position, only its start is known.
        run = BLOCK - leading_zeros(~white & below(limit))
        starts &= below(run + 1 if run < limit else limit)
    return starts & ~ONE, decided
