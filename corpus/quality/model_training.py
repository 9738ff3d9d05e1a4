"""A classifier of good and bad text from two sets of examples, tested on kinds of text that it has not seen.

Each kind (topic) is left out in turn, with a fifth of the other side's texts: a model that never saw either says what
it makes of both. From these answers come recall and precision of each kind, the calibration of the probabilities
(Platt 1999: a slope and an offset, written into the weights), and what the model may be trusted with. What was not left
out cannot be trusted: a side of a single kind, and kinds of fewer than LEAST texts. The model that is kept learns from
everything.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from corpus.errors import UserError
from corpus.kernels.fasttext_training import Features, Weights, features, margins, train
from corpus.kernels.hashing import hash_strings

LABELS = ("negative", "positive")
LEAST = 30  # texts of a kind, or of a language on each side, that a test needs
TRUSTED = 0.8  # what a kind's recall must exceed with 97.5 % confidence
FOLDS = 5  # one of so many parts of the other side is kept apart while a kind is tested


class TrainingSettings(BaseModel):
    """The shape of the model and how it learns. Defaults: 4.2 MB."""

    model_config = ConfigDict(extra="forbid")
    width: int = Field(default=8, ge=1, le=512)
    shortest: int = Field(default=2, ge=1, le=8)  # characters in a run within a word
    longest: int = Field(default=4, ge=1, le=8)
    ngrams: int = Field(default=2, ge=1, le=5)  # words in the longest run of words
    buckets: int = Field(default=1 << 17, ge=1024, le=1 << 24)  # hash values
    epochs: int = Field(default=10, ge=1, le=1000)
    rate: float = Field(default=0.5, gt=0, le=10)
    seed: int = Field(default=0, ge=0)


class Examples(NamedTuple):
    """Texts with their side (0 negative, 1 positive), kind and language."""

    texts: pa.Array  # string[n]
    labels: np.ndarray  # int64[n]
    topics: np.ndarray  # object[n]
    languages: np.ndarray  # object[n]


class Trained(NamedTuple):
    """Weights with the calibration in them, and what the tests found (the content of the card)."""

    weights: Weights
    report: dict[str, Any]


def examples_of(texts: list[pa.Array], topics: list[list[str]], languages: list[pa.Array]) -> Examples:
    """The two sides, negative first, as one; texts that are empty are left out."""
    labels = np.repeat(np.arange(2), [len(side) for side in texts])
    whole = pa.concat_arrays([side.cast(pa.string()) for side in texts])
    named = np.array([name for side in topics for name in side], object)
    spoken = np.array([language for side in languages for language in side.to_pylist()], object)
    keep = np.flatnonzero(pc.binary_length(whole).to_numpy() > 0)
    return Examples(whole.take(pa.array(keep)), labels[keep], named[keep], spoken[keep])


def distinct(examples: Examples) -> tuple[Examples, int]:
    """The examples without repeated texts, and how many were dropped. Raises UserError for a side without texts or a
    text that is on both sides."""
    hashes = np.ascontiguousarray(hash_strings(examples.texts)).view("V16").ravel()
    _, first, back = np.unique(hashes, return_index=True, return_inverse=True)
    both = np.flatnonzero(examples.labels != examples.labels[first[back]])
    if len(both):
        raise UserError(
            f"{len(both):,} texts are both in --positive and in --negative; the first begins"
            f" {examples.texts[int(both[0])].as_py()[:60]!r}. Take them out of one."
        )
    keep = np.sort(first)
    kept = Examples(examples.texts.take(pa.array(keep)), *(column[keep] for column in examples[1:]))
    for side, name in enumerate(LABELS):
        if (found := int((kept.labels == side).sum())) < 2 * LEAST:
            raise UserError(f"--{name}: {found} different texts; at least {2 * LEAST} are needed.")
    return kept, len(hashes) - len(keep)


def fit(
    examples: Examples, settings: TrainingSettings, tell: Callable[[str], None] = lambda _: None
) -> Trained:  # fmt: skip
    """Test kind by kind, calibrate, then learn from everything. `tell` hears of each kind that is being tested."""
    how = settings.shortest, settings.longest, settings.ngrams, settings.buckets
    listed = features(examples.texts, *how)
    tests = _leave_out(listed, examples, settings, tell)
    slope, offset = _calibration(tests.values(), examples.labels)
    chosen = np.arange(len(examples.labels))
    weights = _train(listed, examples.labels, chosen, settings)
    report = {
        "texts": {name: _counts(examples, side) for side, name in enumerate(LABELS)},
        "kinds": {
            _key(test): _scores(test, tests, examples) for test in tests.values()
        },
        "untested": _untested(examples, tests),
        "languages": _languages(tests, examples, slope, offset),
        "calibration": {"slope": slope, "offset": offset, "error": _calibration_error(tests, examples)},
        "settings": settings.model_dump(),
    }  # fmt: skip
    return Trained(calibrated(weights, slope, offset), report)


class Test(NamedTuple):
    """A kind that was left out: its texts and the other side's that were kept apart (int64[]), and the margins that a
    model gave which saw neither (float64[])."""

    label: int
    topic: str
    mine: np.ndarray
    others: np.ndarray
    margins: np.ndarray  # of mine
    other_margins: np.ndarray


def _key(test: Test) -> str:
    return f"{LABELS[test.label]}/{test.topic}"


def _topics(examples: Examples, label: int) -> dict[str, np.ndarray]:
    mine = np.flatnonzero(examples.labels == label)
    names = examples.topics[mine]
    return {str(name): mine[names == name] for name in sorted(set(names.tolist()))}


def _leave_out(
    listed: Features, examples: Examples, settings: TrainingSettings, tell: Callable[[str], None]
) -> dict[tuple[int, str], Test]:  # fmt: skip
    folds = hash_strings(examples.texts, seed=7)[:, 0] % FOLDS
    tests = {}
    for label in (1, 0):
        topics = _topics(examples, label)
        others = np.flatnonzero((examples.labels != label) & (folds == 0))
        for topic, mine in topics.items():
            if len(topics) == 1 or len(mine) < LEAST:
                continue
            tell(f"{LABELS[label]}/{topic}")
            apart = np.zeros(len(examples.labels), bool)
            apart[mine] = apart[others] = True
            weights = _train(listed, examples.labels, np.flatnonzero(~apart), settings)
            answers = (margins(listed.take(rows), weights) for rows in (mine, others))
            tests[label, topic] = Test(label, topic, mine, others, *answers)
    return tests


def _train(listed: Features, labels: np.ndarray, chosen: np.ndarray, settings: TrainingSettings) -> Weights:
    mine = labels[chosen]
    sizes = np.bincount(mine, minlength=2)
    weights = (len(mine) / 2 / np.maximum(sizes, 1))[mine]  # both sides weigh the same: probabilities are for even odds
    weights = np.minimum(weights, 20.0)
    s = settings
    return train(listed.take(chosen), mine, weights, s.buckets, s.width, s.epochs, s.rate, s.seed)


def _answers(tests: Any, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(margins, labels, weights) of all texts that were tested; kinds weigh the same within a side."""
    tests = list(tests)
    if not tests:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    found, wanted, weights = [], [], []
    kinds = np.bincount([test.label for test in tests], minlength=2)
    for test in tests:
        for rows, values in ((test.mine, test.margins), (test.others, test.other_margins)):
            if not len(rows) or (values is test.other_margins and kinds[1 - test.label]):
                continue  # the other side has tests of its own
            found.append(values)
            wanted.append(labels[rows])
            weights.append(np.full(len(rows), 1 / len(rows)))
    return np.concatenate(found), np.concatenate(wanted), np.concatenate(weights)


def _calibration(tests: Any, labels: np.ndarray) -> tuple[float, float]:
    """Platt's slope and offset by Newton's method; both sides weigh the same. Without tests: 1 and 0."""
    x, y, weights = _answers(tests, labels)
    if len(set(y.tolist())) < 2:
        return 1.0, 0.0
    weights = weights / np.where(y == 1, weights[y == 1].sum(), weights[y == 0].sum()) / 2
    target = np.where(y == 1, 1 - 1e-3, 1e-3)  # keeps the slope finite where the sides are apart
    slope, offset = 1.0, 0.0
    for _ in range(50):
        p = _logistic(slope * x + offset)
        g = weights * (p - target)
        h = np.maximum(weights * p * (1 - p), 1e-12)
        gradient = np.array([(g * x).sum() + 1e-6 * slope, g.sum()])
        cross = (h * x).sum()
        hessian = np.array([[(h * x * x).sum() + 1e-6, cross], [cross, h.sum() + 1e-9]])
        step = np.linalg.solve(hessian, gradient)
        step *= min(1.0, 5 / max(1e-12, float(np.abs(step).max())))
        slope, offset = slope - step[0], offset - step[1]
        if np.abs(step).max() < 1e-9:
            break
    return max(float(slope), 1e-3), float(offset)


def _logistic(x: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1 + np.tanh(x / 2)))


def _calibration_error(tests: dict[tuple[int, str], Test], examples: Examples) -> float | None:
    """Expected calibration error in ten bins: each kind's probabilities by the calibration that the others give."""
    probabilities, wanted, weights = [], [], []
    for key, test in tests.items():
        rest = [other for name, other in tests.items() if name != key]
        if {other.label for other in rest} != {0, 1}:
            return None
        slope, offset = _calibration(rest, examples.labels)
        probabilities.append(_logistic(slope * test.margins + offset))
        wanted.append(np.full(len(test.mine), test.label))
        sides = sum(other.label == test.label for other in tests.values())
        weights.append(np.full(len(test.mine), 1 / len(test.mine) / sides / 2))
    if not tests:
        return None
    p, y, w = map(np.concatenate, (probabilities, wanted, weights))
    bins = np.minimum((p * 10).astype(int), 9)
    gaps = [abs((w * (p - y))[bins == b].sum()) for b in range(10)]
    return round(float(sum(gaps)), 4)


def calibrated(weights: Weights, slope: float, offset: float) -> Weights:
    """The weights whose softmax is the calibrated probability: the slope scales the labels' rows, and the offset, as a
    text's vector is the mean of its rows, is a vector added to each row."""
    outputs = (weights.outputs * slope).astype(np.float32)
    across = (outputs[1] - outputs[0]).astype(np.float64)
    length = float(across @ across)
    shift = across * (offset / length) if length > 0 else np.zeros_like(across)
    return Weights((weights.inputs + shift).astype(np.float32), outputs)


def wilson(hits: int, number: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z = 1.959964
    if not number:
        return 0.0, 1.0
    share, spread = hits / number, z * z / number
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / number + spread / number / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _scores(test: Test, tests: dict[tuple[int, str], Test], examples: Examples) -> dict[str, Any]:
    """What the model that had not seen a kind made of it, at a probability of one half. The calibration is that of the
    other kinds. Precision is for as many texts of the kind as of the other side."""
    rest = [other for other in tests.values() if other is not test]
    slope, offset = _calibration(rest or [test], examples.labels)
    sign = 1 if test.label else -1
    right = int((sign * (slope * test.margins + offset) > 0).sum())
    wrong = int((sign * (slope * test.other_margins + offset) > 0).sum())
    recall = right / len(test.mine)
    false = wrong / max(1, len(test.others))
    low, high = wilson(right, len(test.mine))
    names, counts = np.unique(examples.languages[test.mine].astype(str), return_counts=True)
    return {
        "side": LABELS[test.label],
        "topic": test.topic,
        "texts": len(test.mine),
        "languages": dict(zip(names.tolist(), counts.tolist(), strict=True)),
        "recall": round(recall, 4),
        "interval": [round(low, 4), round(high, 4)],
        "precision": round(recall / (recall + false), 4) if recall + false else 0.0,
        "false": round(false, 4),
        "trusted": low > TRUSTED,
    }


def _counts(examples: Examples, label: int) -> dict[str, int]:
    return {topic: len(rows) for topic, rows in _topics(examples, label).items()}


def _untested(examples: Examples, tests: dict[tuple[int, str], Test]) -> dict[str, str]:
    """Kinds that were not left out, and why."""
    found = {}
    for label in (1, 0):
        topics = _topics(examples, label)
        for topic, rows in topics.items():
            if (label, topic) not in tests:
                few = f"{len(rows)} texts, {LEAST} are needed"
                found[f"{LABELS[label]}/{topic}"] = few if len(rows) < LEAST else "the only kind of its side"
    return found


def _languages(
    tests: dict[tuple[int, str], Test], examples: Examples, slope: float, offset: float
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """By language: how many texts of each side were tested, and the share recognised of each."""
    found: dict[str, dict[str, list[int]]] = {}
    for test in tests.values():
        sign = 1 if test.label else -1
        right = sign * (slope * test.margins + offset) > 0
        for language in sorted(set(examples.languages[test.mine].tolist())):
            mine = examples.languages[test.mine] == language
            entry = found.setdefault(str(language), {name: [0, 0] for name in LABELS})[LABELS[test.label]]
            entry[0] += int(right[mine].sum())
            entry[1] += int(mine.sum())
    return {
        language: {
            side: {"texts": number, "recall": round(right / number, 4) if number else None}
            for side, (right, number) in sides.items()
        }
        for language, sides in sorted(found.items())
    }


def table(report: dict[str, Any]) -> Sequence[tuple[str, ...]]:
    """The kinds as rows for people: kind, texts, recall with interval, precision, trusted."""
    rows = [
        (
            name,
            f"{kind['texts']:,}",
            f"{kind['recall']:.3f} ({kind['interval'][0]:.3f}–{kind['interval'][1]:.3f})",
            f"{kind['precision']:.3f}",
            "yes" if kind["trusted"] else "no",
        )
        for name, kind in report["kinds"].items()
    ]
    return [*rows, *((name, "", f"not tested: {why}", "", "no") for name, why in report["untested"].items())]
