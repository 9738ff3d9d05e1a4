"""Where the pre-token at a position ends, by the alternatives of a pattern's regular expression one by one.

tokenizer/scanner/blocks.py leaves to these functions what it cannot decide within 64 bytes.
"""

import numpy as np

from corpus.kernels.inner import helper
from corpus.kernels.utf8 import decode
from tokenizer.scanner.kinds import APOSTROPHE, HANGUL, JAMO, LETTER, NEWLINE, NUMBER, OTHER, SPACE, WHITE
from tokenizer.scanner.patterns import DIGITS, GPT2, HANGUL_CAP, HANJI, JAMO_CAP, OTHER_CAP, QWEN2, WORD_CAP

UNCAPPED = np.iinfo(np.int64).max


@helper
def class_at(data, i, table):
    c, width = decode(data, i)
    return table[c], width


@helper
def letters(first, second, i, end):
    """Bytes of s, t, d, m, ll, ve, re (given in lower case) after an apostrophe; 0 for none."""
    if first == 115 or first == 116 or first == 100 or first == 109:
        return 1
    if i + 1 < end and ((first == 108 and second == 108) or (second == 101 and (first == 118 or first == 114))):
        return 2
    return 0


@helper
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


@helper
def _run(data, i, end, table, kind, cap=UNCAPPED):
    """The position after the characters of one class at i, at most `cap` of them."""
    while i < end and cap > 0:
        found, width = class_at(data, i, table)
        if found != kind and not (kind == OTHER and found == APOSTROPHE):
            break
        i += width
        cap -= 1
    return i


@helper
def separate_contraction(data, i, end):
    """`contraction` in the pattern hanji: in letters of one case, and no Latin letter after it."""
    if i >= end:
        return 0
    first, second = data[i], data[i + 1] if i + 1 < end else np.uint8(0)
    if 65 <= first <= 90:
        width = letters(first | 32, second | 32 if 65 <= second <= 90 else np.uint8(0), i, end)
    else:
        width = letters(first, second, i, end)
    if width == 0:
        return 0
    i += width
    if i < end and 65 <= (data[i] & 0xDF) <= 90:
        return 0
    return i


@helper
def _newlines(data, i, end):
    while i < end and (data[i] == 10 or data[i] == 13):
        i += 1
    return i


@helper
def _white_space(data, i, end, table):
    """The end of the pre-token of white space at i: up to its last newline, else without the last character before
    other text."""
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


@helper
def match_hanji(data, i, end, table):
    """`match` for the pattern hanji."""
    first, width = class_at(data, i, table)
    if first == APOSTROPHE:
        after = separate_contraction(data, i + width, end)
        if after:
            return after
    if first == LETTER:
        return _run(data, i, end, table, LETTER, WORD_CAP)
    then = class_at(data, i + width, table)[0] if i + width < end else np.uint8(WHITE)
    if then == LETTER and first in (SPACE, WHITE, OTHER, APOSTROPHE):
        return _run(data, i + width, end, table, LETTER, WORD_CAP)
    if first == SPACE:
        begin, kind = i + width, then
    else:
        begin, kind = i, first
    if kind == HANGUL:
        return _run(data, begin, end, table, HANGUL, HANGUL_CAP)
    if kind == JAMO:
        return _run(data, begin, end, table, JAMO, JAMO_CAP)
    if kind == NUMBER:
        return _run(data, begin, end, table, NUMBER, DIGITS)
    if kind in (OTHER, APOSTROPHE):
        return _newlines(data, _run(data, begin, end, table, OTHER, OTHER_CAP), end)
    return _white_space(data, i, end, table)


@helper
def match(data, i, end, table, code):
    """The end of the pre-token that begins at i in a document that ends at `end`: the alternatives of the pattern in
    their order."""
    if code == HANJI:
        return match_hanji(data, i, end, table)
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
        return i if code == GPT2 else _newlines(data, i, end)
    return _white_space(data, i, end, table)
