"""A target is met by the weight that the curve says, found in few trainings, and measured as the plain ratio."""

import math
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.engine.marker import hashes_of
from corpus.engine.task import settings_sha256
from corpus.errors import UserError
from corpus.shards import shard_paths
from tests.tokenizer.corpora import write_corpus
from tests.tokenizer.trained import ours
from tokenizer.analysis.subject import as_subject
from tokenizer.analysis.survey import read_pilot, read_size
from tokenizer.options import Target, parse_target
from tokenizer.target import CLOSE, GRID, TRAININGS, solve, weights_of
from tokenizer.tradeoff import Texts, curve_of, measure, ratio_label, read_texts, table
from tokenizer.training.files import write_tokenizer


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ko_fertility=1.9", Target("ko_fertility", 1.9, "ko")),
        (" en_fertility = 1.30", Target("en_fertility", 1.3, "en")),
        ("premium=1.25", Target("premium", 1.25, "ko")),
        ("premium=0.9", Target("premium", 0.9, "ko")),
    ],
)
def test_targets(text: str, found: Target) -> None:
    assert parse_target(text) == found


@pytest.mark.parametrize(
    "text", ["", "ko=1.9", "ko_fertility", "ko_fertility=0.9", "premium=0", "premium=1.2.3", "premium=-1"]
)
def test_no_targets(text: str) -> None:
    with pytest.raises(UserError, match="expected premium=X"):
        parse_target(text)


def test_no_weight_is_below_one() -> None:
    assert weights_of(4, "ko", ["en", "ko"]) == {"en": 1, "ko": 4}
    assert weights_of(0.25, "ko", ["en", "fr", "ko"]) == {"en": 4, "fr": 4, "ko": 1}


@given(st.floats(1.02, 3.5), st.floats(0.2, 3), st.booleans())
@example(2.0, 1.0, False)  # the weight 1
@example(3.0, 1.0, True)  # an end of the grid
def test_the_weight_that_a_curve_has(value: float, steep: float, rising: bool) -> None:
    """A figure that falls (or, for another language, rises) with the logarithm of the weight from 4 to 1 (1 to 4)."""
    sign = 1 if rising else -1
    trained: list[float] = []

    def figures(weight: float) -> dict[str, float]:
        trained.append(weight)
        return {"ko_fertility": 2.5 + sign * 1.5 * math.tanh(steep * math.log(weight))}

    target = Target("ko_fertility", value, "ko")
    reach = [figures(weight)["ko_fertility"] for weight in (GRID[0], GRID[-1])]
    trained.clear()
    if not min(reach) <= value <= max(reach):
        return
    best, curve = solve(target, figures)
    assert abs(best.figures["ko_fertility"] / value - 1) <= CLOSE
    assert sorted(trained) == [point.weight for point in curve]
    assert len(set(trained)) == len(trained) <= TRAININGS
    assert best in curve


def test_weights_are_halved_by_their_logarithm() -> None:
    """Between 1 and 4 comes 2, then the root of 8: a figure that falls with the logarithm is met at once."""
    target = Target("ko_fertility", 2.0, "ko")
    for answer, wanted in ((2.0, [2.0]), (2**1.5, [2.0, 2**1.5])):
        best, curve = solve(target, lambda w, answer=answer: {"ko_fertility": 2.0 - 0.2 * math.log2(w / answer)})
        assert best.weight == pytest.approx(answer)
        assert sorted({point.weight for point in curve} - set(GRID)) == pytest.approx(wanted)


@pytest.mark.parametrize("value", [1.2, 2.9])
def test_out_of_reach(value: float) -> None:
    with pytest.raises(UserError, match=r"ko_fertility is 1\.500 to 2\.500 for weights of ko from 0.015625 to 64"):
        solve(Target("ko_fertility", value, "ko"), lambda w: {"ko_fertility": 2 - math.log(w, 64) / 2})


def test_the_search_gives_up_with_the_closest() -> None:
    """A figure that jumps over the target is met as well as it can be."""
    best, curve = solve(Target("premium", 1.5, "ko"), lambda w: {"premium": 1.0 if w > 1.3 else 1.7})
    assert len(curve) == TRAININGS
    assert best.figures["premium"] == 1.7  # 13 % off; 1.0 is 33 % off


def test_a_figure_of_exactly_the_target_is_between_two_weights() -> None:
    """The grid's last but one has it: no training is needed. One per mille beside it, the search begins there."""
    steps = {weight: 3.0 - 0.25 * n for n, weight in enumerate(GRID)}
    best, curve = solve(Target("ko_fertility", steps[GRID[-2]], "ko"), lambda w: {"ko_fertility": steps[w]})
    assert (best.weight, len(curve)) == (GRID[-2], len(GRID))


def test_labels_of_weights_at_one() -> None:
    assert [ratio_label(value) for value in (1.0, 0.999999, 0.5, 4.0)] == ["1", "1/1", "1/2", "4"]


def test_figures_are_plain_ratios(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, ours(["봄이 왔다. Spring is here"] * 9, 300, "cl100k"), "cl100k", 304)
    subject = as_subject(tmp_path)
    korean, english = ["봄이 왔다.", "꽃이 활짝  피었다"], ["Spring is here", "and flowers bloom"]
    columns = {"ko": pa.array(korean), "en": pa.array(english)}
    parallel = {"a": {"ko": korean, "en": english}, "b": {"ko": ["끝"], "en": ["end"]}, "c": {"fr": ["x"], "en": ["y"]}}
    found = measure(subject, Texts("some texts", columns, parallel, []))

    def tokens(texts: list[str]) -> int:
        return sum(len(subject.encode_spans(text)) for text in texts)

    assert found == {
        "ko_fertility": tokens(korean) / 5,
        "en_fertility": tokens(english) / 6,
        "premium": tokens([*korean, "끝"]) / tokens([*english, "end"]),
    }


def test_the_table_marks_the_answer() -> None:
    points = [(w, ratio_label(w), {"ko_fertility": f}) for w, f in ((0.25, 2.2), (1.0, 2.0), (1.5, 1.9))]
    curve = curve_of("weight of ko", points, Texts("some texts", {}, {}, []), ticks=[1.0], chosen=1.0)
    assert list(table(curve)) == [
        ["weight of ko", "ko_fertility"],
        ["1/4", "2.200"],
        ["1 ←", "2.000"],
        ["1.5", "1.900"],
    ]


def test_text_that_no_tokenizer_is_trained_on_comes_first(tmp_path: Path) -> None:
    """And its identity is another one for other documents, other parallel text or another seed."""
    write_corpus(tmp_path / "corpus", {"web": [("held out", "en", None)]})
    (tmp_path / "corpus/train").rename(tmp_path / "corpus/validation")
    write_corpus(tmp_path / "corpus", {"web": [("learned from", "en", None)]})
    texts = read_texts(tmp_path / "corpus")
    assert (texts.name, texts.columns["en"].to_pylist()) == ("the split 'validation' of the corpus", ["held out"])
    identities = [texts.identity, read_texts(tmp_path / "corpus", seed=1).identity]
    for name, line in (("one", "가"), ("two", "나")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "news.ko").write_text(line)
        (tmp_path / name / "news.en").write_text("a")
        identities.append(read_texts(tmp_path / "corpus", tmp_path / name).identity)
    write_corpus(tmp_path / "other", {"web": [("learned from", "en", None)]})
    other = read_texts(tmp_path / "other")
    assert (other.name, other.columns["en"].to_pylist()) == ("the split 'train' of the corpus", ["learned from"])
    identities.append(other.identity)
    assert len({str(identity) for identity in identities}) == len(identities)
    assert read_texts(tmp_path / "corpus").identity == texts.identity


def test_a_tokenizer_is_measured_on_two_megabytes_of_a_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn with the seed from all of the split, in the order of its sources."""
    corpus = write_corpus(tmp_path, {"a": [("하나", "ko", None), ("one", "en", None)], "b": [("둘", "ko", None)]})
    drawn: list[tuple] = []
    monkeypatch.setattr("tokenizer.tradeoff.read_pilot", lambda *how: drawn.append(how) or read_pilot(*how))
    texts = read_texts(corpus, seed=5)
    shards = shard_paths(corpus)
    assert drawn == [(shards, read_size(shards), 5, 2 << 20)]
    assert {lang: column.to_pylist() for lang, column in texts.columns.items()} == {"ko": ["하나", "둘"], "en": ["one"]}
    assert texts.identity == [hashes_of(corpus, shards), settings_sha256({}), 5]
