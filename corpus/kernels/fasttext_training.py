"""fastText's supervised training as a kernel, for models without a dictionary: every feature is a hash value.

A text is the rows of its runs of `shortest` to `longest` characters within "<word>" and of its runs of 2 to `ngrams`
words, those that fasttext_vector.py finds in it (held equal by tests/corpus/quality/test_model_training.py).
Training is fastText's: softmax, one step of stochastic gradient descent a text, a rate that falls linearly to 0; but on
one thread in an order drawn from a seed, so that the same texts give the same model to the byte.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from corpus.kernels.fasttext_file import PREFIX, fnv
from corpus.kernels.inner import helper, kernel
from corpus.kernels.utf8 import string_buffers

SPACE = np.array([i == 0 or 9 <= i <= 13 or i == 32 for i in range(256)])
LABEL = np.frombuffer(PREFIX.encode(), np.uint8)
END = np.frombuffer(b"</s>", np.uint8)


class Features(NamedTuple):
    """The rows of each text: `rows` int32[], those of text i from bounds[i] to bounds[i + 1] (int64[n + 1])."""

    rows: np.ndarray
    bounds: np.ndarray

    def take(self, texts: np.ndarray) -> "Features":
        """Those of some texts (int64[k]), in their order."""
        starts, sizes = self.bounds[texts], np.diff(self.bounds)[texts]
        bounds = np.concatenate([[0], np.cumsum(sizes)])
        places = np.arange(bounds[-1]) + np.repeat(starts - bounds[:-1], sizes)
        return Features(self.rows[places], bounds)


@helper
def _is(data, start, end, word):
    if end - start < word.shape[0]:
        return False
    for k in range(word.shape[0]):  # noqa: SIM110 - a kernel
        if data[start + k] != word[k]:
            return False
    return True


@helper
def _add(value, rows, n, write):
    if write:
        rows[n] = value
    return n + 1


@helper
def _characters(data, start, end, shortest, longest, buckets, rows, n, write):
    """The runs of characters of "<" + data[start:end] + ">"."""
    length = end - start + 2
    for i in range(length):
        first = data[start + i - 1] if 0 < i < length - 1 else 0x3C
        if (first & 0xC0) == 0x80:
            continue
        h = np.uint32(2166136261)
        j = i
        characters = 0
        while j < length and characters < longest:
            more = True
            while more:
                byte = 0x3C if j == 0 else 0x3E if j == length - 1 else data[start + j - 1]
                h = fnv(h, np.uint8(byte))
                j += 1
                more = j < length - 1 and (data[start + j - 1] & 0xC0) == 0x80
            characters += 1
            if characters >= shortest and not (characters == 1 and (i == 0 or j == length)):
                n = _add(np.int64(h) % buckets, rows, n, write)
    return n


@helper
def _list(data, start, end, shortest, longest, ngrams, buckets, hashes, rows, n, write):
    tokens = 0
    i = start
    stop = False
    while not stop:
        while i < end and SPACE[data[i]]:
            i += 1
        first = i
        h = np.uint32(2166136261)
        while i < end and not SPACE[data[i]]:
            h = fnv(h, data[i])
            i += 1
        stop = first == i or (i - first == 4 and _is(data, first, i, END))
        if stop:
            h = np.uint32(2166136261)
            for byte in END:
                h = fnv(h, byte)
        elif _is(data, first, i, LABEL):
            continue
        hashes[tokens] = np.int32(h)
        tokens += 1
        if not stop:
            n = _characters(data, first, i, shortest, longest, buckets, rows, n, write)
    for first in range(tokens):
        wide = np.uint64(np.int64(hashes[first]))
        for k in range(first + 1, min(first + ngrams, tokens)):
            wide = wide * np.uint64(116049371) + np.uint64(np.int64(hashes[k]))
            n = _add(np.int64(wide % np.uint64(buckets)), rows, n, write)
    return n


@kernel
def _list_all(data, offsets, shortest, longest, ngrams, buckets, rows, bounds, write):
    most = 0
    for text in range(offsets.shape[0] - 1):
        most = max(most, offsets[text + 1] - offsets[text])
    hashes = np.empty(most // 2 + 3, np.int32)
    n = 0
    for text in range(offsets.shape[0] - 1):
        n = _list(
            data, offsets[text], offsets[text + 1], shortest, longest, ngrams, buckets, hashes, rows, n, write
        )  # fmt: skip
        bounds[text + 1] = n


def features(texts: pa.Array, shortest: int, longest: int, ngrams: int, buckets: int) -> Features:
    """The rows of each text of a string column without nulls."""
    data, offsets = string_buffers(texts)
    bounds = np.zeros(len(texts) + 1, np.int64)
    how = shortest, longest, ngrams, buckets
    _list_all(data, offsets, *how, np.empty(0, np.int32), bounds, False)
    rows = np.empty(int(bounds[-1]), np.int32)
    _list_all(data, offsets, *how, rows, bounds, True)
    return Features(rows, bounds)


@helper
def _embed(rows, start, end, inputs, hidden):
    hidden[:] = 0
    for i in range(start, end):
        for k in range(hidden.shape[0]):
            hidden[k] += inputs[rows[i], k]
    hidden /= np.float32(max(end - start, 1))


@helper
def _probabilities(hidden, outputs, out):
    for label in range(outputs.shape[0]):
        out[label] = 0
        for k in range(hidden.shape[0]):
            out[label] += outputs[label, k] * hidden[k]
    out -= out.max()
    out[:] = np.exp(out)
    out /= out.sum()


@kernel
def _epoch(rows, bounds, labels, weights, order, inputs, outputs, rate, fall):
    hidden = np.zeros(inputs.shape[1], np.float32)
    gradient = np.zeros(inputs.shape[1], np.float32)
    out = np.zeros(outputs.shape[0], np.float32)
    for text in order:
        start, end = bounds[text], bounds[text + 1]
        if end > start:
            _embed(rows, start, end, inputs, hidden)
            _probabilities(hidden, outputs, out)
            gradient[:] = 0
            for label in range(outputs.shape[0]):
                alpha = np.float32(rate * weights[text]) * (np.float32(labels[text] == label) - out[label])
                for k in range(hidden.shape[0]):
                    gradient[k] += alpha * outputs[label, k]
                    outputs[label, k] += alpha * hidden[k]
            gradient /= np.float32(end - start)
            for i in range(start, end):
                for k in range(hidden.shape[0]):
                    inputs[rows[i], k] += gradient[k]
        rate -= fall


class Weights(NamedTuple):
    """Rows of the hash values float32[buckets, width], and of the labels float32[labels, width]."""

    inputs: np.ndarray
    outputs: np.ndarray


def train(
    texts: Features,
    labels: np.ndarray,
    weights: np.ndarray,
    buckets: int,
    width: int,
    epochs: int,
    rate: float,
    seed: int,
) -> Weights:
    """Two labels, 0 and 1 (int64[n]); `weights` float64[n] scale each text's steps."""
    random = np.random.default_rng(seed)
    inputs = random.uniform(-1 / width, 1 / width, (buckets, width)).astype(np.float32)
    outputs = np.zeros((2, width), np.float32)
    fall = rate / max(1, epochs * len(labels))
    for epoch in range(epochs):
        order = random.permutation(len(labels))
        begun = rate - fall * epoch * len(labels)
        _epoch(texts.rows, texts.bounds, labels, weights, order, inputs, outputs, begun, fall)
    return Weights(inputs, outputs)


@kernel
def _margins(rows, bounds, inputs, outputs, out):
    hidden = np.zeros(inputs.shape[1], np.float32)
    for text in range(bounds.shape[0] - 1):
        _embed(rows, bounds[text], bounds[text + 1], inputs, hidden)
        out[text] = 0
        for k in range(hidden.shape[0]):
            out[text] += (outputs[1, k] - outputs[0, k]) * hidden[k]


def margins(texts: Features, weights: Weights) -> np.ndarray:
    """float64[n]: by how much label 1 exceeds label 0, in nats, before any calibration."""
    out = np.empty(len(texts.bounds) - 1)
    _margins(texts.rows, texts.bounds, weights.inputs, weights.outputs, out)
    return out
