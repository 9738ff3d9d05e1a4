"""fastText's prediction as a kernel: from the vector of a text (fasttext_vector.py) the probabilities of the labels.

The arithmetic is fastText's: softmax, a Huffman tree of logistic units or one unit a label gives probabilities
(tests/corpus/quality/test_model.py checks that they are equal).
"""

import numpy as np
import pyarrow as pa

from corpus.kernels.fasttext_file import HIERARCHICAL, SOFTMAX, Model
from corpus.kernels.fasttext_vector import LISTED, RECORD, SLOTS, embed
from corpus.kernels.inner import helper, kernel
from corpus.kernels.utf8 import string_buffers

TINY = 1e-5  # fastText adds it to a probability before it takes the logarithm
LIMIT, STEPS = 8, 512  # of fastText's table of the logistic function
LOGISTIC = (1 / (1 + np.exp(-(np.arange(STEPS + 1) * (2 * LIMIT) / STEPS - LIMIT)))).astype(np.float32)


@helper
def _logistic(x):
    """fastText's table of the logistic function."""
    if not x >= -LIMIT:
        return np.float32(0) if x < -LIMIT else np.float32(np.nan)
    if x > LIMIT:
        return np.float32(1)
    return LOGISTIC[np.int64((x + LIMIT) * STEPS / LIMIT / 2)]


@helper
def activation(weights, row, hidden):
    """The inner product of a row and the text's vector."""
    value = np.float32(0)
    for k in range(hidden.shape[0]):
        value += weights[row, k] * hidden[k]
    return value


@helper
def _label_probabilities(hidden, o, scores, out):
    """Write the probability of each label to `out`, as fastText reports it. `scores`: scratch for the tree's nodes."""
    labels = o.weights.shape[0]
    if o.loss == HIERARCHICAL:
        scores[2 * labels - 2] = 0
        for node in range(2 * labels - 2, labels - 1, -1):
            right = 1 / (1 + np.exp(-activation(o.weights, node - labels, hidden)))
            scores[o.tree[node, 0]] = scores[node] + np.log(1 - right + TINY)
            scores[o.tree[node, 1]] = scores[node] + np.log(right + TINY)
        for label in range(labels):
            out[label] = min(np.exp(scores[label]), 1)
        return
    for label in range(labels):
        out[label] = activation(o.weights, label, hidden)
    if o.loss == SOFTMAX:
        highest = out.max()
        total = np.float32(0)
        for label in range(labels):
            out[label] = np.exp(out[label] - highest)
            total += out[label]
        out /= total
    else:
        for label in range(labels):
            out[label] = _logistic(out[label])
    for label in range(labels):
        out[label] = min(out[label] + TINY, 1)


@kernel
def _weigh(data, offsets, m, o, values, sums, totals):
    hidden = np.zeros(m.rows.shape[1], np.float32)
    labels = o.weights.shape[0]
    probabilities = np.empty(labels, np.float32)
    scores = np.empty(2 * labels - 1, np.float32)
    longest = 0
    for text in range(offsets.shape[0] - 1):
        longest = max(longest, offsets[text + 1] - offsets[text])
    found = np.empty(2 * LISTED, np.int64)
    records = np.zeros((SLOTS if m.longest > 0 else 1) * RECORD + 4, np.uint64)  # `widen` reads eight rows at a time
    word = np.empty(longest + 2, np.uint8)
    hashes = np.empty(longest // 2 + 3, np.int32)
    for text in range(offsets.shape[0] - 1):
        if embed(data, offsets[text], offsets[text + 1], m, found, word, hashes, records, hidden) == 0:
            sums[text] = totals[text] = np.nan
            continue
        _label_probabilities(hidden, o, scores, probabilities)
        total = weighed = 0.0
        for label in range(labels):
            total += probabilities[label]
            weighed += values[label] * probabilities[label]
        sums[text] = weighed
        totals[text] = total


def weigh(texts: pa.Array, model: Model, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(float64[n], float64[n]): the sum over the labels of probability · value, and of the probabilities alone.

    `values` is float64[labels]: 1 for one label and 0 for the others gives that label's probability. NaN where fastText
    predicts nothing, because no word of the text has a row.
    """
    data, offsets = string_buffers(texts)
    sums, totals = np.empty(len(texts)), np.empty(len(texts))
    _weigh(data, offsets, model.inputs, model.outputs, values, sums, totals)
    return sums, totals
