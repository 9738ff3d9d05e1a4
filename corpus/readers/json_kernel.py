"""The places of the wanted fields in a chunk of JSON lines, found and validated in one pass.

A first pass (corpus/readers/json_marks.py) marks where strings end and escapes begin; the second pass jumps from one
mark to the next. It checks the whole grammar (RFC 8259, as strictly as orjson: no NaN, no lone surrogates, no control
characters in strings, at most 1,024 levels; of equal keys the last one counts) and records begin and end of each wanted
string. The escapes of strings that will be copied are checked by the copy (corpus/readers/json_strings.py), which reads
each of them anyway. No Python object is made per record.
"""

import numpy as np

from corpus.kernels.inner import kernel
from corpus.readers.json_grammar import (
    escapes_hold,
    next_end,
    number_end,
    same,
    space_end,
    spells,
    string_end,
    word_end,
)

ABSENT, NULL, STRING, OTHER = range(4)  # the value of a field
GOOD, BROKEN, NOT_AN_OBJECT = range(3)  # the kind of a line
MAX_DEPTH = 1024


@kernel
def _pending_hold(data, escapes, kinds, begins, stops, escaped, count, f):
    """Whether the escapes of the value of field f are valid; those of wanted strings have not been checked yet."""
    pending = kinds[count, f] == STRING and escaped[count, f]
    return not pending or escapes_hold(data, escapes, begins[count, f], stops[count, f])


@kernel
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


@kernel
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
        i = space_end(data, i)
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
                end, has_escapes = string_end(data, ends, escapes, begin)
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
                elif has_escapes and not escapes_hold(data, escapes, begin, end):
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
                i = space_end(data, i + 1)
                if data[i] == c + 2:  # empty: { and }, [ and ] are two apart
                    i += 1
                    depth -= 1
                else:
                    closed = False
                    mask = np.int64(0)
            else:
                end = word_end(data, i)
                if end < 0:
                    end = number_end(data, i)
                if end < 0:
                    good = False
                    break
                _note(kinds, count, mask, lengths, depth, NULL if c == 110 else OTHER)
                i = end
            # After a value: commas and closing brackets, until another value follows or the line ends.
            while closed:
                i = space_end(data, i)
                if depth == 0:
                    done = True
                    break
                c = data[i]
                if c == 44:
                    i = space_end(data, i + 1)
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
                end, has_escapes = string_end(data, ends, escapes, begin)
                if end < 0 or (has_escapes and not escapes_hold(data, escapes, begin, end)):
                    good = False
                    break
                if masks[depth] != 0:
                    for f in range(fields):
                        if (masks[depth] >> f) & 1 and lengths[f] >= depth:
                            key = first[f] + depth - 1
                            a = bounds[key]
                            b = bounds[key + 1]
                            is_key = (
                                spells(data, begin, end, keys, a, b, scratch)
                                if has_escapes
                                else same(data, begin, end, keys, a, b)
                            )
                            if is_key:
                                mask |= np.int64(1) << f
                                good &= _pending_hold(data, escapes, kinds, begins, stops, escaped, count, f)
                                kinds[count, f] = ABSENT  # of equal keys the last one counts
                i = space_end(data, end + 1)
                if data[i] != 58:
                    good = False
                    break
                i = space_end(data, i + 1)
        good &= data[i] == 10
        if good and kinds[count, needed] != STRING:
            for f in range(fields):
                good &= _pending_hold(data, escapes, kinds, begins, stops, escaped, count, f)
        while data[i] != 10:
            i = next_end(ends, i + 1)
        line_starts[count] = start
        line_ends[count] = i
        numbers[count] = newlines
        status[count] = BROKEN if not good else GOOD if top_is_object else NOT_AN_OBJECT
        count += 1
        newlines += 1
        i += 1
    return count
