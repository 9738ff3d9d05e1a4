"""Two similar texts aligned by their words: the stretches that are left between equal words.

Anchors are the runs of two words that occur once in each text, in the longest order that both have. Between two anchors
the words that are equal from the front and from the back are taken away, and of what is left, if it is at most SPLIT
words on each side, the longest common subsequence.

Cost: n log n of the words; a gap at most SPLIT².
"""

import numpy as np

from corpus.kernels.inner import helper, kernel
from corpus.kernels.key_table import BASE, slot_of

FIRM = 4  # words
SPLIT = 64  # words


def gaps(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """int64[n, 4]: the stretches of two texts, uint64 keys of their units, that are left between equal units: first,
    last + 1 of each, in their order."""
    return np.asarray(_gaps(left, right))


@kernel
def _gaps(left, right):
    return find_gaps(left, left.shape[0], right, right.shape[0])


@helper
def _pairs(keys, count, table, places):
    """Where each run of two words is: its place + 1, or −1 if it occurs twice."""
    for i in range(count - 1):
        key = keys[i] * BASE + keys[i + 1]
        place = slot_of(table, key)
        places[place] = -1 if table[place] == key else i + 1
        table[place] = key


@helper
def _anchors(left, left_count, right, right_count):
    """int64[n, 2]: the runs of two words that occur once in each text, in the longest order that both have."""
    size = 16
    while size < 2 * max(left_count, right_count):
        size *= 2
    table, places = np.zeros(size, np.uint64), np.zeros(size, np.int64)
    others, other_places = np.zeros(size, np.uint64), np.zeros(size, np.int64)
    _pairs(left, left_count, table, places)
    _pairs(right, right_count, others, other_places)
    found = np.empty((max(left_count, 1), 2), np.int64)
    used = 0
    for i in range(left_count - 1):
        key = left[i] * BASE + left[i + 1]
        if places[slot_of(table, key)] <= 0:
            continue
        place = slot_of(others, key)
        if others[place] == key and other_places[place] > 0:
            found[used, 0] = i
            found[used, 1] = other_places[place] - 1
            used += 1
    before = np.empty(used, np.int64)  # the longest increasing sequence of places in the right text
    ends = np.empty(used + 1, np.int64)
    length = 0
    for k in range(used):
        low, high = 0, length
        while low < high:
            middle = (low + high) // 2
            if found[ends[middle], 1] < found[k, 1]:
                low = middle + 1
            else:
                high = middle
        before[k] = ends[low - 1] if low > 0 else -1
        ends[low] = k
        length = max(length, low + 1)
    out = np.empty((length, 2), np.int64)
    k = ends[length - 1] if length > 0 else -1
    for place in range(length - 1, -1, -1):
        out[place] = found[k]
        k = before[k]
    return out


@helper
def _split(left, a, last_a, right, b, last_b, out, used):
    """Append the stretches between the words of the longest common subsequence of a gap to `out`; returns how many
    there are."""
    rows, columns = last_a - a, last_b - b
    common = np.zeros((rows + 1, columns + 1), np.int32)  # of what follows
    for i in range(rows - 1, -1, -1):
        for k in range(columns - 1, -1, -1):
            if left[a + i] == right[b + k]:
                common[i, k] = common[i + 1, k + 1] + 1
            else:
                common[i, k] = max(common[i + 1, k], common[i, k + 1])
    i, k, first_i, first_k = 0, 0, 0, 0
    while True:
        end = i == rows or k == columns or common[i, k] == 0
        if end or left[a + i] == right[b + k]:
            last_i, last_k = (rows, columns) if end else (i, k)
            if last_i > first_i or last_k > first_k:
                out[used] = (a + first_i, a + last_i, b + first_k, b + last_k)
                used += 1
            if end:
                return used
            i, k = i + 1, k + 1
            first_i, first_k = i, k
        elif common[i + 1, k] >= common[i, k + 1]:
            i += 1
        else:
            k += 1


@helper
def find_gaps(left, left_count, right, right_count):
    """int64[n, 4]: the stretches of both texts that are left between equal words: first, last + 1 of each."""
    anchors = _anchors(left, left_count, right, right_count)
    out = np.empty((left_count + right_count + 1, 4), np.int64)
    used = 0
    a, b = 0, 0
    for k in range(anchors.shape[0] + 1):
        a_end = anchors[k, 0] if k < anchors.shape[0] else left_count
        b_end = anchors[k, 1] if k < anchors.shape[0] else right_count
        last_a, last_b = a_end, b_end
        while a < last_a and b < last_b and left[a] == right[b]:
            a += 1
            b += 1
        while a < last_a and b < last_b and left[last_a - 1] == right[last_b - 1]:
            last_a -= 1
            last_b -= 1
        if a < last_a and b < last_b and max(last_a - a, last_b - b) <= SPLIT:
            used = _split(left, a, last_a, right, b, last_b, out, used)
        elif a < last_a or b < last_b:
            out[used] = (a, last_a, b, last_b)
            used += 1
        a, b = a_end, b_end
    return out[:used]


@helper
def is_firm(gaps, g, slot):
    """Whether the words around gap g are aligned for sure: no gap of more than `slot` words is less than FIRM words
    away, as where passages were moved."""
    for other in (g - 1, g + 1):
        if other < 0 or other == gaps.shape[0]:
            continue
        wide = max(gaps[other, 1] - gaps[other, 0], gaps[other, 3] - gaps[other, 2]) > slot
        if wide and gaps[max(g, other), 0] - gaps[min(g, other), 1] < FIRM:
            return False
    return True
