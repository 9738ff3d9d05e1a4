"""Any fastText classifier: probabilities are fastText's own; a damaged file is one sentence; the score is a rule."""

import gzip
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.errors import UserError
from corpus.kernels import fasttext_file
from corpus.kernels.fasttext import weigh
from corpus.kernels.fasttext_file import HIERARCHICAL, NEGATIVE, ONE_VS_ALL, SOFTMAX, read_model
from corpus.quality import QualitySettings, judge, measure
from corpus.quality.judgement import statistics
from corpus.quality.model import score, values

WORDS = [
    "한지는",
    "닥나무",
    "껍질로",
    "만든",
    "종이이며",
    "the",
    "cat",
    "sat",
    "on",
    "a",
    "mat",
    "카지노",
    "é",
    "𝄞",
    "x",
    "</s>",
]
UNKNOWN = [
    "바람이",
    "hats",
    "__label__0",
    "__label__new",
    "__label__",
    "<",
    "</s>",
    "</s",
    "b\x0bc",
    "d\x00e",
    "\r",
    "가" * 900,
    "z" * 5000,
]


def model_bytes(
    seed: int = 0,
    loss: int = SOFTMAX,
    labels: tuple[str, ...] = ("0", "1", "2"),
    ngrams: int = 1,
    subwords: tuple[int, int] = (0, 0),
    buckets: int = 300,
    quantised: bool = False,
    norms: bool = False,
    output: bool = False,
    kept: int = -1,
    width: int = 6,
    part: int = 2,
    version: int = 12,
    words: list[str] = WORDS,
    kind: int = 3,
) -> bytes:
    """A model with random weights, in the format of fastText's own writer."""
    values = np.random.default_rng(seed)

    def entry(name: str, count: int, label: bool) -> bytes:
        return name.encode() + b"\0" + struct.pack("<qb", count, label)

    def dense(rows: int) -> bytes:
        return struct.pack("<qq", rows, width) + values.normal(size=(rows, width)).astype(np.float32).tobytes()

    def quantiser(across: int, columns: int) -> bytes:
        parts = -(-across // columns)
        head = struct.pack("<4i", across, parts, columns, across - (parts - 1) * columns)
        return head + values.normal(size=across * 256).astype(np.float32).tobytes()

    def coded(rows: int) -> bytes:
        size = rows * -(-width // part)
        head = struct.pack("<?qqi", norms, rows, width, size) + values.bytes(size) + quantiser(width, part)
        return head + (values.bytes(rows) + quantiser(1, 1) if norms else b"")

    hashed = ngrams > 1 or subwords[1] > 0
    pairs = values.permutation(buckets)[: max(kept, 0)]
    data = struct.pack(
        "<ii12id", 793712314, version, width, 5, 5, 1, 5, ngrams, loss, kind, buckets, *subwords, 100, 1e-4
    )
    data += struct.pack("<iiiqq", len(words) + len(labels), len(words), len(labels), 1000, kept)
    data += b"".join(entry(word, 100 - i, False) for i, word in enumerate(words))
    data += b"".join(entry(f"__label__{label}", 50 * (len(labels) - i), True) for i, label in enumerate(labels))
    data += b"".join(struct.pack("<ii", value, row) for row, value in enumerate(pairs))
    rows = len(words) + (kept if kept >= 0 else buckets if hashed else 0)
    data += struct.pack("<?", quantised) + (coded(rows) if quantised else dense(rows))
    return data + struct.pack("<?", output) + (coded(len(labels)) if output and quantised else dense(len(labels)))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def write(**how: Any) -> Path:
        path = tmp_path_factory.mktemp("model") / ("model.ftz" if how.get("quantised") else "model.bin")
        path.write_bytes(model_bytes(**how))
        return path

    return write


def probabilities(path: Path, texts: list[str]) -> np.ndarray:
    model = read_model(path)
    array = pa.array(texts, pa.string())
    return np.column_stack([weigh(array, model, one)[0] for one in np.eye(len(model.labels))])


def agree(path: Path, texts: list[str]) -> None:
    reference = pytest.importorskip("fasttext").load_model(str(path))
    labels = read_model(path).labels
    for text, found in zip(texts, probabilities(path, texts), strict=True):
        names, known = reference.predict(text, k=-1, threshold=-1.0)
        expected = {name.removeprefix("__label__"): min(value, 1) for name, value in zip(names, known, strict=True)}
        if not expected:  # fastText knows no word of it
            assert np.isnan(found).all()
            continue
        # a leaf of a probability below 0.00001 is left out by fastText
        assert found == pytest.approx(
            [expected.get(label, 0) for label in labels], abs=2e-5 if len(expected) < len(labels) else 2e-6
        )


LOSSES = [HIERARCHICAL, NEGATIVE, SOFTMAX, ONE_VS_ALL]
TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=60),
        st.lists(st.sampled_from(WORDS + UNKNOWN), max_size=40).map(" ".join),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None)
@given(texts=TEXTS, data=st.data())
def test_probabilities_are_fasttexts(written: Callable[..., Path], texts: list[str], data: st.DataObject) -> None:
    draw = data.draw
    quantised = draw(st.booleans())
    ngrams, subwords = (
        draw(st.sampled_from([1, 2, 5])),
        draw(st.sampled_from([(0, 0), (0, 3), (1, 1), (1, 4), (2, 4), (3, 6)])),
    )
    width = draw(st.sampled_from([1, 7, 8, 16, 20, 33]))
    path = written(
        seed=draw(st.integers(0, 9)),
        loss=draw(st.sampled_from(LOSSES)),
        labels=tuple(map(str, range(draw(st.sampled_from([1, 2, 5]))))),
        ngrams=ngrams,
        subwords=subwords,
        buckets=draw(st.sampled_from([1, 300, 99_991])) if ngrams > 1 or subwords[1] else 0,
        quantised=quantised,
        norms=draw(st.booleans()),
        output=draw(st.booleans()),
        width=width,
        part=draw(st.integers(1, width)),
        version=draw(st.sampled_from([11, 12])),
        words=draw(st.sampled_from([WORDS, WORDS[:-1], []])),
    )  # fmt: skip
    agree(path, texts)


@settings(deadline=None, max_examples=30)
@given(texts=TEXTS, kept=st.sampled_from([0, 1, 40, 300]), loss=st.sampled_from(LOSSES), coded=st.booleans())
def test_pruned_models(written: Callable[..., Path], texts: list[str], kept: int, loss: int, coded: bool) -> None:
    path = written(loss=loss, quantised=True, norms=True, kept=kept, ngrams=2, subwords=(2, 4))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fasttext_file, "UNPACKED", 0 if coded else 64_000_000)
        agree(path, texts)


def test_real_texts(written: Callable[..., Path], mirror: Path, shared_data: Path) -> None:
    with gzip.open(mirror / "huggingface.co/datasets/allenai/c4/en/c4-train.00000-of-01024.json.gz") as file:
        texts = [orjson.loads(line)["text"] for line, _ in zip(file, range(60), strict=False)]
    with zipfile.ZipFile(shared_data / "languages/udhr2.zip") as archive:
        texts += [archive.read(name).decode() for name in archive.namelist() if "kor" in name or "eng" in name]
    texts = [text.replace("\n", " ") for text in texts]
    assert any("가" <= character <= "힣" for text in texts for character in text)
    words = sorted({word for text in texts for word in text.split()})
    agree(written(ngrams=2, subwords=(2, 5), width=16, buckets=50_000, words=["</s>", *words[::2]]), texts)


def test_words_that_take_each_others_slots(written: Callable[..., Path]) -> None:
    """More words than slots, each twice: many that differ in one part of their spelling only have the same slot, whose
    rows are then those of another word."""
    draw = random.Random(0)
    parts = [format(number, "08x") for number in range(1 << 15)]
    words = [part + "가" for part in parts] + ["a" * 8 * k + part for k in (1, 2, 3) for part in parts]
    words += ["각" * k + draw.choice("abc") for k in range(12)]
    draw.shuffle(words)
    texts = [" ".join(words[first : first + 800] * 2) for first in range(0, len(words), 800)]
    agree(written(ngrams=2, subwords=(2, 2), width=8, buckets=50_000), [*texts, *texts[:20]])


def test_newlines_are_spaces(written: Callable[..., Path]) -> None:
    path = written(ngrams=3, subwords=(2, 4))
    assert (probabilities(path, ["the\ncat\n\n"]) == probabilities(path, ["the cat"])).all()


@pytest.mark.parametrize(
    "how",
    [
        {"subwords": (2, 3)},
        {"quantised": True, "norms": True, "kept": 40, "ngrams": 2, "output": True, "loss": HIERARCHICAL},
    ],
)
def test_a_cut_file_is_one_sentence(tmp_path: Path, how: dict[str, Any]) -> None:
    data = model_bytes(buckets=60, **how)
    path = tmp_path / "cut.bin"
    for size in [*range(0, 900, 7), *range(900, len(data), 97), len(data) - 1]:
        path.write_bytes(data[:size])
        with pytest.raises(UserError, match=r"^model .*cut\.bin: .*\. (Copy or train|Name) .*\.$"):
            read_model(path)
    path.write_bytes(data + b"x")
    with pytest.raises(UserError, match="after the end"):
        read_model(path)


@settings(deadline=None, max_examples=200)
@given(
    places=st.lists(st.tuples(st.integers(0, 700), st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])), min_size=1, max_size=4)
)
def test_a_damaged_file_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, places: list[tuple[int, int]]
) -> None:
    how = random.Random(str(places)).choice([{}, {"quantised": True, "kept": 40, "ngrams": 2, "loss": HIERARCHICAL}])
    data = bytearray(model_bytes(buckets=60, subwords=(2, 3), **how))
    for place, value in places:
        data[place] = value
    path = tmp_path_factory.mktemp("damaged") / "model.bin"
    path.write_bytes(data)
    try:
        model = read_model(path)
    except UserError:
        return
    weigh(pa.array(["the cat 한지는 " + "x" * 300, ""]), model, np.ones(len(model.labels)))


PRUNED = struct.calcsize("<ii12idiiiq")  # where the file says how many hash values are kept


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (PRUNED, struct.pack("<q", -2), "-2 of 60 hash values kept"),
        (PRUNED, struct.pack("<q", 61), "61 of 60 hash values kept"),
        (-4, struct.pack("<f", np.nan), "output that is not a number"),
        (-4, struct.pack("<f", np.inf), "output that is not a number"),
    ],
)
def test_numbers_that_cannot_be(tmp_path: Path, place: int, value: bytes, message: str) -> None:
    """Each alone in a file that is otherwise sound."""
    data = bytearray(model_bytes(buckets=60, subwords=(2, 3)))
    place %= len(data)
    data[place : place + len(value)] = value
    path = tmp_path / "model.bin"
    path.write_bytes(data)
    with pytest.raises(UserError, match=f"damaged: {message}"):
        read_model(path)


def test_other_files_are_refused(tmp_path: Path, written: Callable[..., Path]) -> None:
    with pytest.raises(UserError, match="word vectors, not a classifier"):
        read_model(written(kind=2))
    (tmp_path / "page.bin").write_bytes(b"<html>not found</html>")
    with pytest.raises(UserError, match="not a model of fastText"):
        read_model(tmp_path / "page.bin")
    with pytest.raises(UserError, match="cannot be read"):
        read_model(tmp_path / "none.bin")


def test_the_score_is_a_probability_or_an_expected_value(written: Callable[..., Path]) -> None:
    texts = ["the cat sat", "한지는 종이이며"]
    path = written(labels=("0", "2", "5"))
    each = probabilities(path, texts)
    assert score(pa.array(texts), str(path), "__label__2") == pytest.approx(each[:, 1])
    assert score(pa.array(texts), str(path), None) == pytest.approx(each @ [0, 2, 5] / each.sum(1))


def test_a_recipe_with_a_model(written: Callable[..., Path]) -> None:
    path = written(labels=("hq", "cc"))
    texts = pa.array(["the cat sat on a mat", "카지노 카지노", "한지는 닥나무 껍질로"])
    scores = score(texts, str(path), "hq")
    limit = float(np.sort(scores)[1]) - 1e-6
    model = {"path": str(path), "label": "hq", "min_score": {"ko": limit}}
    recipe = QualitySettings.model_validate(
        {"web": {"ko": dict.fromkeys(type(QualitySettings().web.ko).model_fields)}, "model": model}
    )
    matrix = measure(texts, recipe)
    assert matrix[:, statistics(recipe).index("model_score")] == pytest.approx(scores)
    rules, names, decided = judge(matrix, pa.array(["ko"] * 3), "web", recipe)
    fates = [names[rule] if rule >= 0 else "kept" for rule in rules]
    lowest = int(scores.argmin())
    assert fates == ["min_model_score" if row == lowest else "kept" for row in range(3)]
    assert decided[lowest] == pytest.approx(scores[lowest])
    en = judge(matrix, pa.array(["en"] * 3), "reference", recipe)
    assert "min_model_score" not in {names[rule] for rule in en[0] if rule >= 0}


def test_the_key_covers_the_file(written: Callable[..., Path]) -> None:
    path = written(labels=("hq", "cc"))
    recipe = QualitySettings.model_validate({"model": {"path": str(path), "label": "hq"}})
    before = recipe.sources()
    path.write_bytes(model_bytes(seed=1, labels=("hq", "cc")))
    assert len(before) == 1
    assert recipe.sources() != before
    other = QualitySettings.model_validate({"model": {"path": str(path), "label": "cc"}})
    assert other.sources() != recipe.sources()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"label": "best"}, "has no label 'best'. Set label to one of: hq, cc"),
        ({}, "labels are not all numbers. Set label to one of: hq, cc"),
        ({"label": "hq", "path": "nowhere.bin"}, "nowhere.bin: cannot be read"),
    ],
)
def test_a_bad_recipe_is_one_sentence(written: Callable[..., Path], model: dict[str, str], message: str) -> None:
    path = written(labels=("hq", "cc"))
    with pytest.raises(ValidationError, match=message):
        QualitySettings.model_validate({"model": {"path": str(path)} | model})


@pytest.mark.parametrize(("labels", "ending"), [(10, "j."), (11, "j …."), (1, "a.")])
def test_of_many_labels_the_first_ten_are_named(labels: int, ending: str) -> None:
    model: Any = SimpleNamespace(labels=tuple("abcdefghijk"[:labels]))
    for label in (None, "best"):
        with pytest.raises(UserError) as error:
            values(model, "m.bin", label)
        assert str(error.value).endswith(f"Set label to one of: {', '.join('abcdefghij'[:labels])}{ending[1:]}")
