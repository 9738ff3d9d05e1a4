"""Pre-tokens, sixty-four bytes at a time.

Classes of bytes are words of 64 bits (corpus/kernels/blocks.py), and where pre-tokens begin follows from them by shifts
and masks: a bit of `letter << 1` says that the character before is a letter, since every byte of a character has its
character's class. A block begins at a pre-token, so that no state is carried over from the previous block, and ends at
the last pre-token whose start it determines. Cases that are rare or not determined within 64 bytes (long runs, white
space beyond ASCII, lines of white space only) are left to tokenizer/scanner/alternatives.py.
"""

import numpy as np

from corpus.kernels.blocks import BLOCK, below, hangul_leads, inner_bytes, is_byte, latin_letters
from corpus.kernels.inner import helper
from corpus.kernels.intrinsics import bytes_between, leading_zeros, ones, trailing_zeros
from corpus.kernels.utf8 import decode
from tokenizer.kernels.pairs import poke
from tokenizer.scanner.alternatives import contraction, match, separate_contraction
from tokenizer.scanner.kinds import APOSTROPHE, HANGUL, JAMO, LETTER, NUMBER, WHITE
from tokenizer.scanner.patterns import DIGITS, GPT2, HANGUL_CAP, HANJI, JAMO_CAP, OTHER_CAP, QWEN2, WORD_CAP

READ = BLOCK + 4  # bytes that a block may read
ONE = np.uint64(1)
NOTHING = np.uint64(0)


@helper
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


@helper
def _write_eight(bits, i, ends, n):
    """Write i plus the position of each of the lowest eight set bits to ends[n:n + 8]; returns the other bits."""
    for k in range(8):
        poke(ends, n + k, i + trailing_zeros(bits))
        bits &= bits - ONE
    return bits


@helper
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
    inner = hangul = jamo = quote = unclear = NOTHING
    if high != 0:
        inner = inner_bytes(data, i) & high
        syllable, han = hangul_leads(data, i) & high, bytes_between(data, i, 0xE5, 0xE9) & high  # most of Han
        if code == HANJI:
            hangul = (syllable | syllable << ONE | syllable << np.uint64(2)) & inside
            letter |= (han | han << ONE | han << np.uint64(2)) & inside
        else:
            whole = syllable | han
            letter |= (whole | whole << ONE | whole << np.uint64(2)) & inside
        others = high & ~inner & ~(syllable | han)
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
            elif kind == HANGUL:  # the rest of these classes has only the pattern hanji
                hangul |= bits
            elif kind == JAMO:
                jamo |= bits
            elif kind == APOSTROPHE:
                quote |= ONE << np.uint64(at)
    lead = inside & ~inner
    white = blank | newline
    word = letter | number | hangul | jamo
    other = inside & ~(word | white)
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
        if code == HANJI:
            starts |= number & lead & ~((number | space) << ONE)
            starts |= hangul & lead & ~((hangul | space) << ONE)
            starts |= jamo & lead & ~((jamo | space) << ONE)
            unclear |= _over_caps(letter, hangul, jamo, other)
        else:
            starts |= number & lead & (~(number << ONE) if code != QWEN2 else inside)
        four = number & (number << ONE) & (number << np.uint64(2)) & (number << np.uint64(3))
        if four != 0 and code != QWEN2:
            group = number & ~(number << ONE)
            while group != 0:
                group = (group << np.uint64(DIGITS)) & four
                starts |= group
        if newline != 0:
            after = (newline << ONE) & ~newline & inside
            starts |= after | (newline & (word << ONE))
            through = after & blank
            if through != 0 and (blank + through) & ~blank & newline != 0:
                unclear |= through
    starts |= blank & ~(white << ONE)
    starts |= blank & (white << ONE) & ((word | other) >> ONE)
    apostrophe = is_byte(data, i, 0x27) & (starts | ONE) & (letter >> ONE)
    if code == HANJI:
        apostrophe |= quote & (starts | ONE) & (letter >> np.uint64(3))
        starts |= _after_contractions(data, i, end, apostrophe, letter)
        apostrophe = NOTHING
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


@helper
def _after_contractions(data, i, end, apostrophe, letter):
    """The starts of the words that follow contractions at once, in the pattern hanji; `apostrophe` are the bits of
    those that begin a pre-token and precede a letter."""
    starts = NOTHING
    while apostrophe != 0:
        at = trailing_zeros(apostrophe)
        apostrophe &= apostrophe - ONE
        after = separate_contraction(data, i + at + (1 if data[i + at] == 0x27 else 3), end) - i
        if 0 < after < BLOCK:
            starts |= (ONE << np.uint64(after)) & letter
    return starts


@helper
def _over_caps(letter, hangul, jamo, other):
    """Bits of the bytes with which a run may be longer than its cap in the pattern hanji."""
    over = _longer(letter, WORD_CAP) | _longer(other, OTHER_CAP)
    if hangul != 0:
        over |= _longer(hangul, 3 * HANGUL_CAP)
    if jamo != 0:
        over |= _longer(jamo, 3 * JAMO_CAP)
    return over


@helper
def _longer(bits, count):
    """The bits that at least `count` set bits precede; count is 16, 24, 32 or 48."""
    run = bits & (bits << ONE)
    run &= run << np.uint64(2)
    run &= run << np.uint64(4)
    eight = run
    run &= run << np.uint64(8)
    if count == 24:
        run &= eight << np.uint64(16)
    elif count == 32:
        run &= run << np.uint64(16)
    elif count == 48:
        run &= (run << np.uint64(16)) & (run << np.uint64(32))
    return (run << ONE) & bits
