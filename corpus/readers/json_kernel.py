"""The places of the wanted fields in a chunk of JSON lines, found and validated in one pass.

A first pass (corpus/readers/json_marks.py) marks where strings end and escapes begin; the second pass jumps from one
mark to the next. It checks the whole grammar (RFC 8259, as strictly as orjson: no NaN, no lone surrogates, no control
characters in strings, at most 1,024 levels; of equal keys the last one counts) and records begin and end of each wanted
string. The escapes of strings that will be copied are checked by the copy (corpus/readers/json_strings.py), which reads
each of them anyway. No Python object is made per record.
"""

import numpy as np
from numba import njit

from corpus.kernels.utf8 import encode
from corpus.readers.vectors import trailing_zeros

ABSENT, NULL, STRING, OTHER = range(4)  # the value of a field
GOOD, BROKEN, NOT_AN_OBJECT = range(3)  # the kind of a line
MAX_DEPTH = 1024
WORDS = np.frombuffer(b"truenullfalse", np.uint8)
HEX = np.full(256, 255, np.uint8)
for _digit, _characters in enumerate("0123456789abcdef"):
    HEX[[ord(_characters), ord(_characters.upper())]] = _digit
ESCAPE = np.zeros(256, np.uint8)  # the byte that a one-letter escape means
for _letter, _byte in zip('"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True):
    ESCAPE[ord(_letter)] = _byte


@njit(cache=True, nogil=True)
def _next_end(ends, i):
    """The first marked byte at i or after; the chunk's last newline is always marked."""
    word = i >> 6
    bits = ends[word] >> np.uint64(i & 63)
    if bits == 0:
        word += 1
        while ends[word] == 0:
            word += 1
        bits = ends[word]
        i = word << 6
    return i + np.int64(trailing_zeros(bits))


@njit(cache=True, nogil=True)
def _four_hex(data, i):
    """The value of four hexadecimal digits at i, or -1."""
    value = np.int64(0)
    for k in range(4):
        digit = np.int64(HEX[data[i + k]])
        if digit > 15:  # also at the newline, so that this never reads past the line
            return np.int64(-1)
        value = value * 16 + digit
    return value


@njit(cache=True, nogil=True)
def _string_end(data, ends, escapes, i):
    """From the first byte after the opening quote: (the closing quote or -1, whether there are escapes before it)."""
    word = i >> 6
    shift = np.uint64(i & 63)
    bits = ends[word] >> shift
    backslashes = escapes[word] >> shift
    found = np.uint64(0)
    while bits == 0:
        found |= backslashes
        word += 1
        bits = ends[word]
        backslashes = escapes[word]
        i = word << 6
    place = np.uint64(trailing_zeros(bits))
    found |= backslashes & ((np.uint64(1) << place) - np.uint64(1))
    end = i + np.int64(place)
    return (end if data[end] == 34 else np.int64(-1)), found != 0


@njit(cache=True, nogil=True)
def _escapes_hold(data, escapes, i, end):
    """Whether every escape in the string data[i:end] is valid."""
    while True:
        word = i >> 6
        bits = escapes[word] >> np.uint64(i & 63)
        while bits == 0:
            word += 1
            i = word << 6
            if i >= end:
                return True
            bits = escapes[word]
        i += np.int64(trailing_zeros(bits))
        if i >= end:
            return True
        c = data[i + 1]
        if c == 117:  # \u
            code = _four_hex(data, i + 2)
            if code < 0 or (code >= 0xDC00 and code <= 0xDFFF):
                return False
            i += 6
            if code >= 0xD800 and code <= 0xDBFF:
                if data[i] != 92 or data[i + 1] != 117:
                    return False
                code = _four_hex(data, i + 2)
                if code < 0xDC00 or code > 0xDFFF:
                    return False
                i += 6
        elif ESCAPE[c] != 0:
            i += 2
        else:
            return False


@njit(cache=True, nogil=True)
def _pending_hold(data, escapes, kinds, begins, stops, escaped, count, f):
    """Whether the escapes of the value of field f are valid; those of wanted strings have not been checked yet."""
    pending = kinds[count, f] == STRING and escaped[count, f]
    return not pending or _escapes_hold(data, escapes, begins[count, f], stops[count, f])


@njit(cache=True, nogil=True)
def _digits_end(data, i):
    while data[i] >= 48 and data[i] <= 57:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _number_end(data, i):
    """The end of the number at i, or -1."""
    if data[i] == 45:
        i += 1
    if data[i] == 48:
        i += 1
    else:
        end = _digits_end(data, i)
        if end == i:
            return np.int64(-1)
        i = end
    if data[i] == 46:
        end = _digits_end(data, i + 1)
        if end == i + 1:
            return np.int64(-1)
        i = end
    if data[i] == 101 or data[i] == 69:
        i += 1
        if data[i] == 43 or data[i] == 45:
            i += 1
        end = _digits_end(data, i)
        if end == i:
            return np.int64(-1)
        i = end
    return i


@njit(cache=True, nogil=True)
def _word_end(data, i):
    """The end of true, false or null at i, or -1."""
    if _same(data, i, i + 4, WORDS, 0, 4) or _same(data, i, i + 4, WORDS, 4, 8):
        return i + 4
    return i + 5 if _same(data, i, i + 5, WORDS, 8, 13) else np.int64(-1)


@njit(cache=True, nogil=True)
def _space_end(data, i):
    while data[i] == 32 or data[i] == 9 or data[i] == 13:
        i += 1
    return i


@njit(cache=True, nogil=True)
def _same(data, i, j, keys, a, b):
    """Whether data[i:j] is keys[a:b]."""
    if j - i != b - a:
        return False
    for k in range(j - i):  # noqa: SIM110 (Numba has no `all` over a generator)
        if data[i + k] != keys[a + k]:
            return False
    return True


@njit(cache=True, nogil=True)
def _spells(data, i, end, keys, a, b, scratch):
    """Whether the valid JSON string data[i:end] means keys[a:b]; `scratch` has the size of a character."""
    while i < end:
        if data[i] != 92:
            scratch[0] = data[i]
            size = 1
            i += 1
        elif data[i + 1] != 117:
            scratch[0] = ESCAPE[data[i + 1]]
            size = 1
            i += 2
        else:
            code = _four_hex(data, i + 2)
            i += 6
            if code >= 0xD800 and code <= 0xDBFF:
                code = 0x10000 + ((code - 0xD800) << 10) + (_four_hex(data, i + 2) - 0xDC00)
                i += 6
            size = encode(code, scratch, 0)
        if not _same(scratch, 0, size, keys, a, min(b, a + size)):
            return False
        a += size
    return a == b


@njit(cache=True, nogil=True)
def _note(kinds, count, mask, lengths, depth, kind):
    """Set the kind of the value of the fields whose whole path led here; returns whether there are any."""
    if mask == 0:
        return False
    any_field = False
    for f in range(len(lengths)):
        if (mask >> f) & 1 and lengths[f] == depth:
            kinds[count, f] = kind
            any_field = True
    return any_field


@njit(cache=True, nogil=True)
def walk(
    data, size, ends, escapes, keys, bounds, first, lengths, needed,
    line_starts, line_ends, numbers, status, kinds, begins, stops, escaped,
):  # fmt: skip
    """Fill one row per line that is not blank; returns the number of rows.

    Every byte read is at or before the chunk's last newline.

    In a GOOD line with a STRING at field `needed` the escapes of wanted strings have not been checked; all others have.
    """
    fields = len(lengths)
    everything = (np.int64(1) << fields) - 1
    is_object = np.zeros(MAX_DEPTH + 1, np.bool_)
    masks = np.zeros(MAX_DEPTH + 1, np.int64)  # at each level: the fields whose path led here
    scratch = np.empty(4, np.uint8)
    count = np.int64(0)
    newlines = np.int64(0)
    i = np.int64(0)
    while i < size:
        start = i
        i = _space_end(data, i)
        if data[i] == 10:
            i += 1
            newlines += 1
            continue
        for f in range(fields):
            kinds[count, f] = ABSENT
        good = True
        top_is_object = data[i] == 123
        depth = 0  # open containers
        mask = np.int64(0) if not top_is_object else everything  # the fields whose path led to the value at i
        done = False
        while True:  # one value begins at i
            c = data[i]
            closed = True  # the value is complete after this step
            if c == 34:
                begin = i + 1
                end, has_escapes = _string_end(data, ends, escapes, begin)
                if end < 0:
                    good = False
                    break
                i = end + 1
                if _note(kinds, count, mask, lengths, depth, STRING):
                    for f in range(fields):
                        if (mask >> f) & 1 and lengths[f] == depth:
                            begins[count, f] = begin
                            stops[count, f] = end
                            escaped[count, f] = has_escapes
                elif has_escapes and not _escapes_hold(data, escapes, begin, end):
                    good = False
                    break
            elif c == 123 or c == 91:
                if depth >= MAX_DEPTH:
                    good = False
                    break
                _note(kinds, count, mask, lengths, depth, OTHER)
                depth += 1
                is_object[depth] = c == 123
                masks[depth] = mask if c == 123 else 0
                i = _space_end(data, i + 1)
                if data[i] == c + 2:  # empty: { and }, [ and ] are two apart
                    i += 1
                    depth -= 1
                else:
                    closed = False
                    mask = np.int64(0)
            else:
                end = _word_end(data, i)
                if end < 0:
                    end = _number_end(data, i)
                if end < 0:
                    good = False
                    break
                _note(kinds, count, mask, lengths, depth, NULL if c == 110 else OTHER)
                i = end
            # After a value: commas and closing brackets, until another value follows or the line ends.
            while closed:
                i = _space_end(data, i)
                if depth == 0:
                    done = True
                    break
                c = data[i]
                if c == 44:
                    i = _space_end(data, i + 1)
                    closed = False
                elif (c == 125 and is_object[depth]) or (c == 93 and not is_object[depth]):
                    i += 1
                    depth -= 1
                else:
                    good = False
                    break
            if done or not good:
                break
            mask = np.int64(0)
            if is_object[depth]:
                if data[i] != 34:
                    good = False
                    break
                begin = i + 1
                end, has_escapes = _string_end(data, ends, escapes, begin)
                if end < 0 or (has_escapes and not _escapes_hold(data, escapes, begin, end)):
                    good = False
                    break
                if masks[depth] != 0:
                    for f in range(fields):
                        if (masks[depth] >> f) & 1 and lengths[f] >= depth:
                            key = first[f] + depth - 1
                            a = bounds[key]
                            b = bounds[key + 1]
                            same = (
                                _spells(data, begin, end, keys, a, b, scratch)
                                if has_escapes
                                else _same(data, begin, end, keys, a, b)
                            )
                            if same:
                                mask |= np.int64(1) << f
                                good &= _pending_hold(data, escapes, kinds, begins, stops, escaped, count, f)
                                kinds[count, f] = ABSENT  # of equal keys the last one counts
                i = _space_end(data, end + 1)
                if data[i] != 58:
                    good = False
                    break
                i = _space_end(data, i + 1)
        good &= data[i] == 10
        if good and kinds[count, needed] != STRING:
            for f in range(fields):
                good &= _pending_hold(data, escapes, kinds, begins, stops, escaped, count, f)
        while data[i] != 10:
            i = _next_end(ends, i + 1)
        line_starts[count] = start
        line_ends[count] = i
        numbers[count] = newlines
        status[count] = BROKEN if not good else GOOD if top_is_object else NOT_AN_OBJECT
        count += 1
        newlines += 1
        i += 1
    return count
