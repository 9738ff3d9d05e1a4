"""A classifier trained here: its features and predictions are fastText's, its tests leave kinds out, its card is asked."""

import hashlib
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from corpus.errors import UserError
from corpus.kernels.fasttext import weigh
from corpus.kernels.fasttext_file import read_model
from corpus.kernels.fasttext_training import Weights, features, margins, train
from corpus.kernels.fasttext_vector import LISTED
from corpus.kernels.hashing import hash_strings
from corpus.quality import model_card, model_training
from corpus.quality.model import Limits, ModelSettings, score
from corpus.quality.model_card import Judged, doubts, read_card, write_trained
from corpus.quality.model_training import (
    Examples,
    TrainingSettings,
    calibrated,
    distinct,
    examples_of,
    fit,
    wilson,
)
from corpus.quality.rules import Rule
from corpus.recipe import Recipe

SMALL = TrainingSettings(width=4, buckets=2048, epochs=5)
WORDS = ["한지는", "닥나무", "the", "cat", "</s>", "__label__x", "é", "𝄞", "a", "b\x0bc", "z" * 300, "가" * 200]


def plain_rows(text: str, shortest: int, longest: int, ngrams: int, buckets: int) -> list[int]:
    """fastText's Dictionary::getLine for a model without words, slowly."""

    def fnv(word: bytes) -> int:
        h = 2166136261
        for byte in word:
            h = ((h ^ (byte | 0xFFFFFF00 if byte >= 0x80 else byte)) * 16777619) & 0xFFFFFFFF
        return h

    rows, hashes = [], []
    for space in "\t\n\v\f\r\0":
        text = text.replace(space, " ")
    for word in [*[w for w in text.split(" ") if w], "</s>"]:
        if word.startswith("__label__"):
            continue
        hashes.append(fnv(word.encode()))
        if word == "</s>":
            break
        whole = f"<{word}>"
        for i in range(len(whole)):
            for n in range(shortest, longest + 1):
                run = whole[i : i + n]
                if len(run) == n and not (n == 1 and (i == 0 or i + n == len(whole))):
                    rows.append(fnv(run.encode()) % buckets)
    signed = [h - (1 << 32) if h >= 1 << 31 else h for h in hashes]
    for i in range(len(signed)):
        h = signed[i] % (1 << 64)
        for other in signed[i + 1 : i + ngrams]:
            h = (h * 116049371 + other) % (1 << 64)
            rows.append(h % buckets)
    return rows


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
)


@given(
    texts=st.lists(TEXTS, min_size=1, max_size=3),
    sizes=st.sampled_from([(1, 1), (1, 4), (2, 4), (3, 6)]),
    ngrams=st.integers(1, 4),
)
def test_rows_are_the_definition(texts: list[str], sizes: tuple[int, int], ngrams: int) -> None:
    found = features(pa.array(texts, pa.string()), *sizes, ngrams, 997)
    for i, text in enumerate(texts):
        mine = found.rows[found.bounds[i] : found.bounds[i + 1]].tolist()
        assert mine == plain_rows(text, *sizes, ngrams, 997)
    last = found.take(np.array([len(texts) - 1]))
    assert last.rows.tolist() == plain_rows(texts[-1], *sizes, ngrams, 997)


def plain_train(
    rows: list[list[int]], labels: list[int], weights: list[float], settings: TrainingSettings
) -> tuple[np.ndarray, np.ndarray]:
    """The same steps with NumPy, a text at a time."""
    draw = np.random.default_rng(settings.seed)
    inputs = draw.uniform(-1 / settings.width, 1 / settings.width, (settings.buckets, settings.width)).astype(
        np.float32
    )
    outputs = np.zeros((2, settings.width), np.float32)
    taken, every = 0, settings.epochs * len(rows)
    for _ in range(settings.epochs):
        for text in draw.permutation(len(rows)):
            rate = settings.rate * (1 - taken / every)
            taken += 1
            if not rows[text]:
                continue
            hidden = inputs[rows[text]].mean(0)
            scores = np.exp(outputs @ hidden - (outputs @ hidden).max())
            alpha = rate * weights[text] * (np.eye(2)[labels[text]] - scores / scores.sum())
            step = alpha @ outputs
            outputs += np.outer(alpha, hidden)
            np.add.at(inputs, rows[text], step / len(rows[text]))
    return inputs, outputs


def test_training_is_gradient_descent() -> None:
    texts = [
        "한지는 닥나무 껍질로 만든다",
        "카지노 보너스 지금 가입",
        "",
        "the cat sat",
        "종이를 두드린다",
        "무료 쿠폰",
    ]
    labels = [1, 0, 1, 1, 1, 0]
    settings = TrainingSettings(width=3, buckets=1024, epochs=4)
    listed = features(pa.array(texts), 2, 4, 2, 1024)
    weights = [1.0, 2.0, 1.0, 0.5, 3.0, 0.0]
    made = train(listed, np.array(labels), np.array(weights), 1024, 3, 4, settings.rate, settings.seed)
    inputs, outputs = plain_train([plain_rows(text, 2, 4, 2, 1024) for text in texts], labels, weights, settings)
    assert made.inputs == pytest.approx(inputs, abs=1e-5)
    assert made.outputs == pytest.approx(outputs, abs=1e-5)


GOOD = {
    "letters": ["바다", "편지", "가을"],
    "history": ["왕조", "전쟁", "기록"],
    "craft": ["한지", "닥나무", "두드린다"],
}
BAD = {"casino": ["카지노", "잭팟"], "loans": ["대출", "한도"], "drugs": ["비아그라", "처방"]}
SHARED = {1: ["에서", "있었다", "보았다", "그리고", "하루"], 0: ["지금", "바로", "가입", "무료", "클릭"]}


def pages(topics: dict[str, list[str]], label: int, n: int = 40) -> list[tuple[str, str]]:
    draw = random.Random(label)
    return [
        (" ".join(draw.choices(words + SHARED[label] * 2, k=12)) + f" {name}{i}", name)
        for name, words in topics.items()
        for i in range(n)
    ]


def small_examples(n: int = 40, **bad: list[str]) -> Any:
    sides = [pages(BAD | bad, 0, n), pages(GOOD, 1, n)]
    texts = [pa.array([text for text, _ in side]) for side in sides]
    return examples_of(
        texts, [[kind for _, kind in side] for side in sides], [pa.array(["ko"] * len(side)) for side in sides]
    )


def test_kinds_are_left_out(tmp_path: Path) -> None:
    trained = fit(small_examples(), SMALL)
    kinds = trained.report["kinds"]
    assert set(kinds) == {f"positive/{name}" for name in GOOD} | {f"negative/{name}" for name in BAD}
    assert all(kind["recall"] > 0.9 and kind["trusted"] and kind["texts"] == 40 for kind in kinds.values())
    assert trained.report["languages"] == {
        "ko": {side: {"texts": 120, "recall": pytest.approx(1, abs=0.1)} for side in ("positive", "negative")}
    }
    assert trained.report["calibration"]["error"] < 0.2


def test_a_kind_like_the_other_side_is_not_trusted() -> None:
    """Bad pages in the words of good ones: a model that has seen them would know them by heart, one that has not cannot."""
    examples = small_examples()
    texts = [f"{' '.join(random.Random(i).choices(GOOD['craft'] + SHARED[1], k=12))} 가짜{i}" for i in range(40)]
    whole = pa.concat_arrays([examples.texts, pa.array(texts)])
    examples = examples._replace(
        texts=whole,
        labels=np.append(examples.labels, np.zeros(40, int)),
        topics=np.append(examples.topics, ["fluent"] * 40),
        languages=np.append(examples.languages, ["ko"] * 40),
    )
    kind = fit(examples, SMALL).report["kinds"]["negative/fluent"]
    assert not kind["trusted"]
    assert kind["recall"] < 0.5


def test_what_cannot_be_left_out_is_not_tested() -> None:
    sides = [pages({"casino": BAD["casino"]}, 0, 80), pages(GOOD, 1) + pages({"few": ["적다"]}, 1, 29)]
    texts = [pa.array([text for text, _ in side]) for side in sides]
    trained = fit(
        examples_of(
            texts, [[kind for _, kind in side] for side in sides], [pa.array(["ko"] * len(side)) for side in sides]
        ),
        SMALL,
    )
    assert trained.report["untested"] == {
        "positive/few": "29 texts, 30 are needed",
        "negative/casino": "the only kind of its side",
    }
    assert "negative/casino" not in trained.report["kinds"]


def test_repeated_texts_and_both_sides() -> None:
    examples = small_examples()
    twice = examples_of(
        [examples.texts, examples.texts.slice(0, 0)],
        [examples.topics.tolist(), []],
        [pa.array(examples.languages.tolist()), pa.array([], pa.string())],
    )
    with pytest.raises(UserError, match="--positive: 0 different texts; at least 60 are needed"):
        distinct(twice)
    with pytest.raises(UserError, match="240 texts are both in --positive and in --negative"):
        distinct(
            examples_of(
                [examples.texts] * 2, [examples.topics.tolist()] * 2, [pa.array(examples.languages.tolist())] * 2
            )
        )
    doubled = examples_of(
        [pa.concat_arrays([examples.texts.slice(0, 120)] * 2), examples.texts.slice(120)],
        [examples.topics[:120].tolist() * 2, examples.topics[120:].tolist()],
        [pa.array(["ko"] * 240), pa.array(["ko"] * 120)],
    )
    kept, dropped = distinct(doubled)
    assert (len(kept.texts), dropped) == (240, 120)
    assert kept.texts.to_pylist() == examples.texts.to_pylist()  # the first of equals, in the order given


MARGINS = {"a": 2.4, "b": -0.5, "few": 9.0, "x": -1.4, "y": 0.9, "z": -3.0}


def answered(monkeypatch: pytest.MonkeyPatch) -> tuple[Examples, dict[str, Any]]:
    """The report on kinds of which each text has a margin that its words say; and the texts that models learned from."""
    numbers = {"a": 40, "b": 30, "few": 29, "x": 50, "y": 31, "z": 35}
    rows = [(kind, n) for kind, number in numbers.items() for n in range(number)]
    examples = Examples(
        pa.array([f"{kind} {n} {MARGINS[kind] + (n % 7) / 2 - 1.5}" for kind, n in rows]),
        np.array([int(kind in ("a", "b", "few")) for kind, _ in rows]),
        np.array([kind for kind, _ in rows], object),
        np.array(["ko" if n % 3 else "en" for _, n in rows], object),
    )
    learned: list[list[int]] = []

    def learn(listed: Any, labels: np.ndarray, chosen: np.ndarray, settings: TrainingSettings) -> Weights:
        learned.append(chosen.tolist())
        return Weights(np.zeros((1, 1), np.float32), np.zeros((2, 1), np.float32))

    def answer(listed: Any, weights: Weights) -> np.ndarray:
        rows = iter(listed.bounds[:-1].tolist())
        return np.array([margin[row] for row in rows])

    every = features(examples.texts, 1, 2, 1, 1024)
    margin = np.array([float(text.split()[2]) for text in examples.texts.to_pylist()])

    class Listed:
        def __init__(self, rows: np.ndarray) -> None:
            self.bounds = np.append(rows, -1)

        def take(self, rows: np.ndarray) -> "Listed":
            return Listed(self.bounds[:-1][rows])

    assert len(every.bounds) == len(margin) + 1
    monkeypatch.setattr(model_training, "features", lambda *_: Listed(np.arange(len(margin))))
    monkeypatch.setattr(model_training, "_train", learn)
    monkeypatch.setattr(model_training, "margins", answer)
    trained = fit(examples, SMALL)
    return examples, {"report": trained.report, "learned": learned, "margin": margin}


def fitted(tests: list[tuple[int, np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """Platt's slope and offset by SciPy: of (side, margins, weights), both sides weighing one half."""
    from scipy.optimize import minimize

    sides = [sum(weights.sum() for side, _, weights in tests if side == wanted) for wanted in (0, 1)]

    def loss(at: np.ndarray) -> float:
        total = 0.5e-6 * at[0] ** 2
        for side, margins_, weights in tests:
            target, z = (0.001, 0.999)[side], at[0] * margins_ + at[1]
            total += (weights / sides[side] / 2 * (np.logaddexp(0, z) - target * z)).sum()
        return float(total)

    slope, offset = minimize(loss, np.array([1.0, 0.0]), method="BFGS", options={"gtol": 1e-9}).x
    return float(slope), float(offset)


def test_the_report_is_what_the_answers_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every figure of the card, from the margins, kind by kind: each kind judged by the calibration of the others."""
    examples, found = answered(monkeypatch)
    report, margin, topics = found["report"], found["margin"], examples.topics
    folds = hash_strings(examples.texts, seed=7)[:, 0] % 5 == 0
    tested = {"positive": ["a", "b"], "negative": ["x", "y", "z"]}
    order = [(side, kind) for side, kinds in tested.items() for kind in kinds]
    rows = {kind: np.flatnonzero(topics == kind) for kind in MARGINS}
    apart = {side: np.flatnonzero(folds & (examples.labels != (side == "positive"))) for side in tested}
    for (side, kind), learned in zip(order, found["learned"], strict=False):
        assert sorted({*learned, *rows[kind].tolist(), *apart[side].tolist()}) == list(range(len(margin)))
        assert not {*learned} & {*rows[kind].tolist(), *apart[side].tolist()}
    assert found["learned"][len(order) :] == [list(range(len(margin)))]  # the model that is kept knows everything
    mine = {kind: (int(side == "positive"), margin[rows[kind]], np.full(len(rows[kind]), 1 / len(rows[kind])))
            for side, kind in order}  # fmt: skip
    slope, offset = fitted(list(mine.values()))
    kinds, gaps = {}, np.zeros(10)
    for side, kind in order:
        its_slope, its_offset = fitted([other for name, other in mine.items() if name != kind])
        sign = 1 if side == "positive" else -1
        right = int((sign * (its_slope * margin[rows[kind]] + its_offset) > 0).sum())
        wrong = int((sign * (its_slope * margin[apart[side]] + its_offset) > 0).sum())
        number, others = len(rows[kind]), len(apart[side])
        recall, false, (low, high) = right / number, wrong / others, wilson(right, number)
        spoken = Counter(examples.languages[rows[kind]].tolist())
        kinds[f"{side}/{kind}"] = {
            "side": side, "topic": kind, "texts": number, "languages": dict(sorted(spoken.items())),
            "recall": round(recall, 4), "interval": [round(low, 4), round(high, 4)],
            "precision": round(recall / (recall + false), 4), "false": round(false, 4), "trusted": low > 0.8,
        }  # fmt: skip
        p = 1 / (1 + np.exp(-its_slope * margin[rows[kind]] - its_offset))
        weight = 1 / number / len(tested[side]) / 2
        np.add.at(gaps, np.minimum((10 * p).astype(int), 9), weight * (p - (side == "positive")))
    assert report["kinds"] == kinds
    assert {kind["trusted"] for kind in kinds.values()} == {True, False}
    assert report["texts"] == {"negative": {"x": 50, "y": 31, "z": 35}, "positive": {"a": 40, "b": 30, "few": 29}}
    assert report["untested"] == {"positive/few": "29 texts, 30 are needed"}
    calibration = {"slope": slope, "offset": offset, "error": round(float(np.abs(gaps).sum()), 4)}
    assert report["calibration"] == pytest.approx(calibration, abs=1e-4)
    languages: dict[str, Any] = {}
    for language in ("en", "ko"):
        for side in ("negative", "positive"):
            its = np.concatenate([rows[kind][examples.languages[rows[kind]] == language] for kind in tested[side]])
            right = ((1 if side == "positive" else -1) * (slope * margin[its] + offset) > 0).sum()
            languages.setdefault(language, {})[side] = {"texts": len(its), "recall": round(right / len(its), 4)}
    assert report["languages"] == languages
    assert report["settings"] == SMALL.model_dump()


def test_a_single_side_has_no_calibration() -> None:
    """Without tests of both sides probabilities stay as they are, and their error is not known."""
    sides = [pages({"casino": BAD["casino"]}, 0, 20), pages({"craft": GOOD["craft"]}, 1, 60)]
    texts = [pa.array([text for text, _ in side]) for side in sides]
    kinds, languages = [[kind for _, kind in side] for side in sides], [pa.array(["ko"] * len(side)) for side in sides]
    report = fit(examples_of(texts, kinds, languages), SMALL).report
    assert report["calibration"] == {"slope": 1.0, "offset": 0.0, "error": None}
    assert (report["kinds"], report["languages"]) == ({}, {})
    assert report["untested"] == {
        "positive/craft": "the only kind of its side", "negative/casino": "20 texts, 30 are needed"
    }  # fmt: skip


def test_both_sides_weigh_the_same_up_to_twenty_times(monkeypatch: pytest.MonkeyPatch) -> None:
    given_: list[Any] = []
    monkeypatch.setattr(model_training, "train", lambda *given: given_.append(given))
    listed = features(pa.array(["a"] * 100), 1, 2, 1, 1024)
    for negative, expected in ((50, (1, 1)), (20, (2.5, 0.625)), (1, (20, 50 / 99))):
        labels = np.array([0] * negative + [1] * (100 - negative))
        settings = SMALL.model_copy(update={"seed": 7, "rate": 0.25})
        model_training._train(listed, labels, np.arange(100)[::-1], settings)
        rows, mine, weights, *how = given_.pop()
        assert len(rows.bounds) == 101
        assert mine.tolist() == labels[::-1].tolist()
        assert weights.tolist() == pytest.approx([expected[side] for side in mine])
        assert how == [2048, 4, 5, 0.25, 7]


def test_empty_texts_are_no_examples() -> None:
    texts = [pa.array(["a", "", "b"], pa.large_string()), pa.array(["", "c"], pa.large_string())]
    made = examples_of(texts, [["k", "l", "m"], ["n", "o"]], [pa.array(["ko", "en", None]), pa.array(["de", "fr"])])
    assert made.texts.to_pylist() == ["a", "b", "c"]
    assert [column.tolist() for column in made[1:]] == [[0, 0, 1], ["k", "m", "o"], ["ko", None, "fr"]]


@pytest.mark.parametrize(("count", "enough"), [(59, False), (60, True)])
def test_sixty_different_texts_of_each_side_are_enough(count: int, enough: bool) -> None:
    for side in (0, 1):
        numbers = [99, 99]
        numbers[side] = count
        texts = [
            pa.array([f"{n} {name}" for n in range(number)] * 2) for name, number in zip("ab", numbers, strict=True)
        ]
        kinds, languages = [["k"] * 2 * n for n in numbers], [pa.array(["ko"] * 2 * n) for n in numbers]
        examples = examples_of(texts, kinds, languages)
        if enough:
            assert distinct(examples)[1] == 99 + count
        else:
            with pytest.raises(UserError, match=f"--{('negative', 'positive')[side]}: 59 different texts; at least 60"):
                distinct(examples)


def test_what_is_kept_apart_is_chosen_by_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by its place: the same texts in another order are tested in the same way."""
    monkeypatch.setattr(model_training, "_train", lambda listed, labels, chosen, settings: sorted(chosen))
    monkeypatch.setattr(model_training, "margins", lambda listed, weights: np.zeros(len(listed.bounds) - 1))
    examples = small_examples()
    found = []
    for order in (np.arange(240), np.arange(240)[::-1], np.random.default_rng(1).permutation(240)):
        some = Examples(examples.texts.take(pa.array(order)), *(column[order] for column in examples[1:]))
        listed = features(some.texts, 2, 2, 1, 1024)
        tests = model_training._leave_out(listed, some, SMALL, lambda _: None)
        found.append({key: {some.texts[int(row)].as_py() for row in test.others} for key, test in tests.items()})
    assert found[0] == found[1] == found[2]
    assert all(15 < len(texts) < 35 for texts in found[0].values())  # about a fifth of 120


def test_the_calibration_is_in_the_weights() -> None:
    texts = pa.array(["한지는 닥나무", "카지노 가입", "the cat"])
    listed = features(texts, 2, 4, 2, 1024)
    weights = train(listed, np.array([1, 0, 1]), np.ones(3), 1024, 4, 20, 0.5, 0)
    plain = margins(listed, weights)
    assert margins(listed, calibrated(weights, 2.5, -0.7)) == pytest.approx(2.5 * plain - 0.7, abs=1e-4)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trained") / "m.bin"
    write_trained(path, fit(small_examples(), SMALL), SMALL)
    return path


def test_fasttext_reads_it(model: Path) -> None:
    reference = pytest.importorskip("fasttext").load_model(str(model))
    texts = [text for text, _ in pages(GOOD, 1, 5) + pages(BAD, 0, 5)] + [
        "",
        "x",
        "한",
        "z" * 3 * LISTED,
        "</s> 한지",
        "__label__a b",
    ]
    found, _ = weigh(pa.array(texts), read_model(str(model)), np.array([0.0, 1.0]))
    for text, probability in zip(texts, found, strict=True):
        known = dict(zip(*reference.predict(text, k=-1, threshold=-1.0), strict=True))
        if known:
            assert probability == pytest.approx(min(known["__label__positive"], 1), abs=2e-5)
        else:
            assert np.isnan(probability)


def test_the_same_texts_give_the_same_file(model: Path, tmp_path: Path) -> None:
    write_trained(tmp_path / "m.bin", fit(small_examples(), SMALL), SMALL)
    assert hashlib.sha256((tmp_path / "m.bin").read_bytes()).digest() == hashlib.sha256(model.read_bytes()).digest()


def test_wilson() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Brown, Cai & DasGupta's formula by hand


WEB = Judged("site", "local", "web", "ko")


@pytest.mark.parametrize(
    ("settings", "source", "languages", "message"),
    [
        ({}, WEB, ["ko"], "source 'site': model .* was not tested on such text. It was tested on: casino, craft"),
        ({"kinds": {"site": "craft"}}, WEB, ["ko"], None),
        ({}, Judged("craft", "local", "web", "ko"), ["ko"], None),
        ({"kinds": {"site": "craft"}}, WEB._replace(lang=None), ["ko", "en"], None),  # no limit for en is asked
        ({"kinds": {"site": "craft"}, "min_score": {"en": 0.5}}, WEB._replace(lang=None), ["ko", "en"], "judges text in 'en' and was not tested"),
        ({}, WEB._replace(profile="none"), ["ko"], None),
        ({}, WEB._replace(profile="reference"), ["ko"], None),
        ({"min_score": {}}, WEB, ["ko"], None),  # nothing is dropped
    ],
)  # fmt: skip
def test_doubts(
    model: Path, settings: dict[str, Any], source: Judged, languages: list[str], message: str | None
) -> None:
    made = ModelSettings.model_validate({"path": str(model), "label": "positive", "min_score": {"ko": 0.5}} | settings)
    found = doubts(made, [source], languages)
    if message is None:
        assert found == []
    else:
        assert len(found) == 1
        assert __import__("re").search(message, found[0])


def test_doubts_about_several_sources_are_told_one_by_one(tmp_path: Path, model: Path) -> None:
    """Sources in their order, then languages; each for what it is, and nothing of those that no limit judges."""
    path = tmp_path / "m.bin"
    path.write_bytes(model.read_bytes())
    kinds = {"positive/law": ("law", 0.9, True), "positive/news": ("news", 0.31, False), "negative/ads": ("ads", 0.42, False),
             "negative/news": ("news", 0.27, False)}  # fmt: skip
    numbers = {"ko": (30, 30), "en": (29, 99), "ja": (99, 29)}
    card = json.loads(Path(f"{model}.json").read_text())
    card["kinds"] = {
        name: {"topic": topic, "recall": share, "trusted": well} for name, (topic, share, well) in kinds.items()
    }
    card["languages"] = {
        name: {"negative": {"texts": bad}, "positive": {"texts": good}} for name, (bad, good) in numbers.items()
    }
    Path(f"{path}.json").write_text(json.dumps(card))
    assert model_card.tested_languages(card) == ["ko"]
    settings = ModelSettings.model_validate(
        {"path": str(path), "label": "positive", "kinds": {"c": "ads", "law": "ads"},
         "max_score": {"ko": 0.5, "en": 0.5}, "min_score": {"reference": 0.1}}
    )  # fmt: skip
    sources = [
        Judged("a", "local", "web", "ko"),
        Judged("b", "law", "web", None),  # its kind is one that was tested
        Judged("c", "local", "reference", "fr"),
        Judged("news", "local", "web", "en"),
        Judged("d", "local", "none", "zz"),
        Judged("law", "local", "web", "ko"),
    ]
    known = "It was tested on: ads, law, news. If it is one of these, say so: [quality.model] kinds"
    trust = "when it had not seen that kind. Do not trust what it drops there."
    bad = "it judges text in {!r} and was not tested on that language; tested: ko."
    assert doubts(settings, sources, ["ko", "en", "ja"]) == [
        f'source \'a\': model {path} judges it, and was not tested on such text. {known} = {{ "a" = "KIND" }}.',
        f"source 'c': model {path} recognised only 42 % of 'ads' {trust}",
        f"source 'news': model {path} recognised only 31 % of 'news' {trust}",
        f"source 'law': model {path} recognised only 42 % of 'ads' {trust}",
        *(f"model {path}: {bad.format(language)}" for language in ("en", "fr", "ja")),
    ]
    only = settings.model_copy(update={"max_score": Limits(), "min_score": Limits(en=0.1)})
    assert doubts(only, sources[:1], ["ko", "en"]) == []
    assert doubts(only, [Judged("law", "x", "web", None)], ["ko", "en"])[1:] == [f"model {path}: {bad.format('en')}"]
    Path(f"{path}.json").unlink()
    assert doubts(settings, sources, ["ko"]) == [
        f"model {path}: there is no card beside it (m.bin.json), so nothing says on which kinds of text it was tested."
        " It judges a, b, c, news, law."
    ]


def test_rules_of_a_model_are_its_limits(model: Path) -> None:
    """One of each side, whether it has limits or not."""
    given_ = {
        "path": str(model),
        "label": "positive",
        "min_score": {"ko": 0.1},
        "max_score": {"en": 0.9, "reference": 0.8},
    }
    settings = ModelSettings.model_validate(given_)
    low, high = settings.rules()
    text = "score of m.bin for positive"
    assert low._replace(of="") == Rule("min", "model_score", "", 0.1, None, None, meaning=text, source="own")
    assert high._replace(of="") == Rule("max", "model_score", "", None, 0.9, 0.8, meaning=text, source="own")
    texts = pa.array(["한지 닥나무", "카지노"])
    assert [rule.of(texts).tolist() for rule in (low, high)] == [score(texts, str(model), "positive").tolist()] * 2


def test_a_kind_that_failed_is_doubted(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.bin"
    path.write_bytes(model.read_bytes())
    settings = ModelSettings.model_validate(
        {"path": str(path), "label": "positive", "min_score": {"ko": 0.5}, "kinds": {"site": "craft"}}
    )
    assert "there is no card beside it" in doubts(settings, [WEB], ["ko"])[0]
    card = json.loads(Path(f"{model}.json").read_text())
    card["kinds"]["positive/craft"] |= {"recall": 0.31, "trusted": False}
    Path(f"{path}.json").write_text(json.dumps(card))
    assert "recognised only 31 % of 'craft'" in doubts(settings, [WEB], ["ko"])[0]
    Path(f"{path}.json").write_text(json.dumps(card | {"sha256": "0" * 64}))
    assert "the card beside it is of another file" in doubts(settings, [WEB], ["ko"])[0]
    Path(f"{path}.json").write_text("{}")
    with pytest.raises(UserError, match="cannot be read"):
        read_card(str(path))


def test_a_build_warns(model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from corpus.build import build
    from corpus.download.locator import Locator
    from corpus.engine.local import LocalEngine

    (tmp_path / "in.jsonl").write_text('{"text": "한지는 닥나무 껍질로 만든 종이입니다."}\n', encoding="utf-8")
    quality = {"model": {"path": str(model), "label": "positive", "min_score": {"ko": 0.5}}}
    source = {"name": "site", "kind": "local", "files": [str(tmp_path / "in.jsonl")], "profile": "web"}
    recipe = Recipe.model_validate({"name": "t", "sources": [source], "quality": quality, "languages": ["ko"]})
    with LocalEngine(1) as engine:
        build(recipe, tmp_path / "out", engine, Locator(None, tmp_path / "cache"))
    assert "source 'site': model" in caplog.text


@pytest.mark.parametrize("by_column", [True, False])
def test_the_command(tmp_path: Path, by_column: bool) -> None:
    from pipelines import train_quality

    for side, topics, label in (("pos", GOOD, 1), ("neg", BAD, 0)):
        for name in topics:
            mine = [text for text, kind in pages(topics, label) if kind == name]
            folder = tmp_path / side / ("all" if by_column else name)
            folder.mkdir(parents=True, exist_ok=True)
            lines = [json.dumps({"body": text, "kind": name}, ensure_ascii=False) + "\n" for text in mine]
            (folder / f"{name}-x.jsonl").write_text("".join(lines), encoding="utf-8")
    out = tmp_path / "made" / "m.bin"
    options = [
        "--positive",
        str(tmp_path / "pos"),
        "--negative",
        str(tmp_path / "neg"),
        "--out",
        str(out),
        "--column",
        "body",
    ]
    options += ["--buckets", "2048", "--width", "4", *(["--topic", "kind"] if by_column else [])]
    import typer

    app = typer.Typer()
    app.command()(train_quality.main)
    result = CliRunner().invoke(app, options, catch_exceptions=False)
    assert result.exit_code == 0
    last = json.loads(result.stdout.strip().split("\n")[-1])
    assert set(last["recall"]) == {f"positive/{name}" for name in GOOD} | {f"negative/{name}" for name in BAD}
    card = read_card(str(out))
    assert card is not None
    assert card["bytes"] == out.stat().st_size


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--out": "m.txt"}, "--out m.txt: expected the path of a file that ends in .bin"),
        ({"--positive": "nowhere"}, "--positive nowhere: no such file or folder"),
        ({"--column": "body"}, "--negative .*neg: no record has a text in 'body'. Name the fields"),
    ],
)
def test_wrong_options_are_one_sentence(tmp_path: Path, change: dict[str, str], message: str) -> None:
    from pipelines import train_quality

    for side in ("pos", "neg"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "a.jsonl").write_text('{"text": "글"}\n', encoding="utf-8")
    given = {
        "--positive": str(tmp_path / "pos"),
        "--negative": str(tmp_path / "neg"),
        "--out": str(tmp_path / "m.bin"),
    } | change
    import typer

    app = typer.Typer()
    app.command()(train_quality.main)
    with pytest.raises(UserError, match=message):
        CliRunner().invoke(app, [word for pair in given.items() for word in pair], catch_exceptions=False)
