import itertools
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UserError
from tests.tokenizer.byte_level import small_tokenizer, write_small
from tokenizer.analysis import fertility
from tokenizer.analysis.bootstrap import BLOCKS, ratio, resampled
from tokenizer.analysis.efficiency import FREQUENT, renyi_efficiency, resampled_efficiency
from tokenizer.analysis.fertility import Sums, join, measure, places, sums_of, whole
from tokenizer.analysis.subject import as_subject
from tokenizer.analysis.tally import COLUMNS
from tokenizer.analysis.word_list import SIZE, frequent_words, single_token_rate

# he | lo | " he": words "he" and " he" are one token, "hello" is he|l|lo.
TOKENS = ("he", "lo", " he")


def test_the_figures_are_those_counted_by_hand():
    texts = ["he hello", "he, he 가"]  # he| he|l|lo and he|,| he| |EA|B0|80
    found = measure(small_tokenizer(*TOKENS), texts)
    assert {name: found[name] for name in ("documents", "bytes", "characters", "syllables", "words", "tokens")} == {
        "documents": 2, "bytes": 18, "characters": 16, "syllables": 1, "words": 5, "tokens": 11,
    }  # fmt: skip
    values = {name: estimate["value"] for name, estimate in found["metrics"].items()}
    counts = np.array([2, 2, 1, 1, 1, 1, 1, 1, 1])  # "he" twice, " he" twice
    entropy = math.log2(sum((n / 11) ** 2.5 for n in counts.tolist())) / (1 - 2.5)
    assert values == pytest.approx(
        {
            "fertility": 11 / 5,
            "bytes_per_token": 18 / 11,
            "characters_per_token": 16 / 11,
            "tokens_per_syllable": 3.0,  # " 가" is three bytes after a token of white space
            "words_kept_whole": 3 / 5,  # he, "he," without its comma, he; not hello, 가
            "continued_words": 3 / 5,  # hello, "he,", 가
            "strr": 1 / 3,  # of he, hello, 가
            "renyi_efficiency": entropy / math.log2(259),
            "renyi_efficiency_observed": entropy / math.log2(9),
        }
    )
    assert found["tokens_per_document"]["quantiles"]["50"] == 5.5
    assert sum(found["tokens_per_document"]["histogram"]["counts"]) == 2
    assert {name: group["words"] for name, group in found["scripts"].items()} == {
        "hangul": 1, "latin": 4, "white space": 0,
    }  # fmt: skip
    assert found["scripts"]["hangul"]["metrics"]["fertility"]["value"] == 3


def test_a_sign_behind_a_word_continues_it_and_leaves_it_whole():
    found = measure(small_tokenizer(*TOKENS), ["he, he"])["metrics"]  # he|,| he
    assert (found["words_kept_whole"]["value"], found["continued_words"]["value"]) == (1, 1 / 2)


def test_scripts_add_up_to_the_whole(real_texts):
    found = measure(small_tokenizer(*TOKENS), real_texts["mixed"][:20])
    for name in ("bytes", "characters", "syllables", "words", "tokens"):
        assert sum(group[name] for group in found["scripts"].values()) == found[name]


def test_intervals_hold_the_value_and_shrink_with_more_documents(real_texts):
    few, many = (measure(small_tokenizer(*TOKENS), real_texts["ko"][:n])["metrics"]["fertility"] for n in (30, 300))
    for estimate in (few, many):
        assert estimate["low"] < estimate["value"] < estimate["high"]
    assert many["high"] - many["low"] < few["high"] - few["low"]


def test_no_text_gives_no_figures():
    found = measure(small_tokenizer(), [])
    assert found["tokens"] == 0
    assert all(estimate == {"value": None, "low": None, "high": None} for estimate in found["metrics"].values())


def test_what_is_no_tokenizer_is_refused():
    with pytest.raises(UserError, match="expected a tokenizer"):
        measure(42, ["text"])


def test_the_bootstrap_agrees_with_the_plain_one():
    random = np.random.default_rng(3)
    words = random.integers(1, 400, 150)
    tokens = (words * random.uniform(1.5, 2.5, 150)).astype(np.int64)
    plain = []
    for _ in range(2000):
        chosen = random.integers(0, 150, 150)
        plain.append(tokens[chosen].sum() / words[chosen].sum())
    found = ratio(tokens, words, 0)
    assert found["value"] == pytest.approx(tokens.sum() / words.sum())
    low, high = np.percentile(plain, [2.5, 97.5])
    width = high - low
    assert abs(found["low"] - low) < 0.15 * width
    assert abs(found["high"] - high) < 0.15 * width


def test_blocks_of_documents_have_the_interval_of_documents():
    random = np.random.default_rng(4)
    words = random.integers(50, 150, 4 * BLOCKS)
    tokens = (words * random.uniform(1, 3, 4 * BLOCKS)).astype(np.int64)
    single = ratio(tokens, words, 0)
    blocks = ratio(tokens.reshape(4, BLOCKS).sum(axis=0), words.reshape(4, BLOCKS).sum(axis=0), 0)
    assert (blocks["high"] - blocks["low"]) / (single["high"] - single["low"]) == pytest.approx(1, abs=0.15)


def test_resampled_totals_are_whole_draws():
    drawn = resampled(np.array([[1, 10], [1, 20], [1, 30]]), 0)
    assert np.allclose(drawn[:, 0], 3)
    assert set(np.rint(drawn[:, 1]).astype(int)) <= set(range(30, 91, 10))


@given(st.lists(st.integers(1, 50), min_size=2, max_size=30), st.sampled_from([2.0, 2.5, 3.0]))
def test_renyi_efficiency_is_the_published_implementations(counts, power):
    scorer = pytest.importorskip("tokenization_scorer.metrics")
    text = [[str(n)] * count for n, count in enumerate(counts)]
    array = np.array([*counts, 0, 0])
    assert renyi_efficiency(array, None, power) == pytest.approx(scorer.get_metric("renyi")(text, power=power))
    assert renyi_efficiency(array, 5000, power) == pytest.approx(
        scorer.get_metric("renyi")(text, power=power, vocab=5000)
    )


def test_the_interval_of_renyi_efficiency_is_the_one_of_all_tokens():
    random = np.random.default_rng(5)
    share = 1 / np.arange(1, 2001)
    documents = np.stack([random.multinomial(300, (p := random.dirichlet(500 * share)) / p.sum()) for _ in range(80)])
    counts = documents.sum(axis=0)
    place = places(counts)
    frequent = np.zeros((80, FREQUENT), np.int64)
    frequent[:, place[place >= 0]] = documents[:, place >= 0]
    found, observed = resampled_efficiency(counts, frequent, documents.sum(axis=1), 2000, 0)
    whole = [renyi_efficiency(documents[random.integers(0, 80, 80)].sum(axis=0), 2000) for _ in range(500)]
    low, high = np.percentile(whole, [2.5, 97.5])
    assert found["value"] == pytest.approx(renyi_efficiency(counts, 2000))
    assert found["low"] == pytest.approx(low, abs=0.3 * (high - low))
    assert found["high"] == pytest.approx(high, abs=0.3 * (high - low))
    assert observed["value"] > found["value"]


def test_parts_join_to_the_whole(real_texts):
    subject = as_subject(small_tokenizer(*TOKENS))
    texts = pa.array(real_texts["ko"][:40], pa.large_string())
    whole = sums_of(subject, texts)
    parts = []
    for part in (texts[:15], texts[15:]):
        sums = Sums.empty(subject.vocab_size, len(part), 40)
        sums.add(subject, part, places(whole.used))
        parts.append(sums)
    joined = join(parts)
    assert joined.documents == whole.documents == 40
    assert joined.rows.sum(axis=0).tolist() == whole.rows.sum(axis=0).tolist()
    assert joined.used.tolist() == whole.used.tolist()
    assert joined.frequent.sum(axis=0).tolist() == whole.frequent.sum(axis=0).tolist()
    assert np.concatenate(joined.tokens).tolist() == np.concatenate(whole.tokens).tolist()


def test_many_documents_of_unlike_sources_have_the_interval_of_documents():
    """Rows must mix the sources: rows of one source each would be drawn as if their documents came or went together."""
    subject = as_subject(small_tokenizer())
    texts = [pa.array(["가 나"] * 4000 + ["가"] * 500), pa.array(["a b c"] * 3000)]
    parts = []
    for n, column in enumerate(texts):
        parts.append(Sums.empty(subject.vocab_size, len(column), 7500, (n,)))
        parts[-1].add(subject, column, places(np.ones(subject.vocab_size)))
    joined = join(parts)
    assert len(joined.rows) == BLOCKS
    tokens, words = np.repeat([7, 3, 5], [4000, 500, 3000]), np.repeat([2, 1, 3], [4000, 500, 3000])
    documents = ratio(tokens, words, 0)
    sums = joined.rows.sum(axis=1)
    found = ratio(sums[:, COLUMNS.index("tokens")], sums[:, COLUMNS.index("words")], 0)
    assert found["value"] == documents["value"]
    assert (found["high"] - found["low"]) / (documents["high"] - documents["low"]) == pytest.approx(1, abs=0.12)


def test_the_word_list_holds_the_most_frequent_words_without_their_signs():
    words = frequent_words([pa.array(["가 나, (가) 12 … AI.", '"가" 나 다'])], 3)
    assert words.to_pylist() == ["가", "나", "AI"]


def test_the_example_in_the_documentation_runs(tmp_path, monkeypatch):
    page = (Path(__file__).parents[3] / "docs/fertility.md").read_text(encoding="utf-8")
    example = page.split("```python\n")[1].split("```")[0]
    write_small(tmp_path / "tokenizer.json", *TOKENS)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile(example, "docs/fertility.md", "exec"), names)
    assert names["found"]["documents"] == 2


def test_quantiles_and_histogram_of_documents_of_known_sizes():
    """Bytes as tokens: documents of 1 … 101 tokens have their quantiles at whole numbers."""
    found = measure(small_tokenizer(), ["x" * n for n in range(1, 102)])["tokens_per_document"]
    assert found["quantiles"] == {"1": 2, "5": 6, "25": 26, "50": 51, "75": 76, "95": 96, "99": 100}
    histogram = found["histogram"]
    edges, counts = histogram["edges"], histogram["counts"]
    assert (edges[0], edges[-1]) == (1, 128)
    assert edges[:8] == [1, 2, 3, 4, 6, 8, 11, 16]  # powers of √2
    assert counts == [sum(low <= n < high for n in range(1, 102)) for low, high in itertools.pairwise(edges)]
    later = measure(small_tokenizer(), ["x" * 50] * 3)["tokens_per_document"]["histogram"]
    assert later == {"edges": [45, 64], "counts": [3]}


def test_syllables_cost_tokens_in_hangul_alone():
    found = measure(small_tokenizer(), ["he hello 가나 AI가 12"])
    values = {
        name: group["metrics"]["tokens_per_syllable"]["value"]
        for name, group in found["scripts"].items()
        if "tokens_per_syllable" in group["metrics"]
    }
    assert values == {name: 3 if name == "hangul" else None for name in values}
    assert {"latin", "hangul", "hangul mixed"} <= values.keys()


def test_the_places_of_frequent_tokens():
    """Those that occur, the most frequent first, of equals the smaller id; no more than 512."""
    used = np.array([0, 5, 1, 9, 5, 0, 1])
    assert places(used).tolist() == [-1, 1, 3, 0, 2, -1, 4]
    many = places(np.arange(1000, 0, -1))
    assert many[:512].tolist() == list(range(512))
    assert set(many[512:].tolist()) == {-1}


def test_documents_are_counted_one_by_one_beyond_the_blocks_too():
    found = measure(small_tokenizer(), ["x"] * (BLOCKS + 4))
    assert (found["documents"], found["tokens"], found["words"]) == (BLOCKS + 4,) * 3


@pytest.mark.parametrize("documents", [3, 4, 5, 8, 9])
def test_documents_have_rows_of_their_own_as_long_as_there_are_so_many(monkeypatch, documents):
    """Up to 8 rows of sums and 4 of frequent tokens here; beyond that documents share rows, and nothing is lost."""
    monkeypatch.setattr(fertility, "BLOCKS", 8)
    monkeypatch.setattr(fertility, "FREQUENT_ROWS", 4)
    texts = ["he " * n for n in range(1, documents + 1)]
    subject = as_subject(small_tokenizer(*TOKENS))
    sums = sums_of(subject, pa.array(texts, pa.large_string()))
    tokens = sums.tokens[0].tolist()
    words = sums.rows.sum(axis=1)[:, COLUMNS.index("words")].tolist()
    assert words == list(range(1, documents + 1)) if documents <= 8 else len(words) == 8
    assert sums.frequent[:, -1].tolist() == tokens if documents <= 4 else len(sums.frequent) == 4
    assert (sum(words), int(sums.frequent[:, -1].sum())) == (documents * (documents + 1) // 2, sum(tokens))
    assert int(sums.frequent[:, :-1].sum()) == sum(tokens)  # fewer than 512 different ones


@pytest.mark.parametrize("power", [2.0, 2.5])
def test_of_one_row_the_interval_of_renyi_efficiency_is_its_value(power):
    """With more tokens than the 512 whose shares are resampled, and a vocabulary of more than those that occur."""
    counts = np.concatenate([np.arange(700, 0, -1), np.zeros(300, np.int64)])
    frequent = counts[None, :FREQUENT]
    for found, size in zip(
        resampled_efficiency(counts, frequent, np.array([counts.sum()]), 1000, 3, power), (1000, None), strict=True
    ):
        value = renyi_efficiency(counts, size, power)
        assert found == {name: pytest.approx(value) for name in ("value", "low", "high")}
    assert renyi_efficiency(np.array([3, 3])) == renyi_efficiency(np.array([3, 3, 0]), 2) == 1.0
    assert renyi_efficiency(np.array([5, 0])) is None


def test_a_script_that_is_all_there_is_has_the_figures_of_the_whole():
    """Its intervals, too: both are drawn with the seed; and what is no sample of one is none of the other."""
    subject, texts = as_subject(small_tokenizer(*TOKENS)), pa.array(["he" * n for n in range(1, 20)])
    sums, words = sums_of(subject, texts), frequent_words([texts])
    for exact, seed in ((True, 5), (False, 6)):
        found = whole(sums, subject, words, exact, seed)
        latin = found["scripts"].pop("latin")
        assert (found["exact"], latin["exact"], found["scripts"]) == (exact, exact, {})
        assert latin["metrics"]["fertility"] == found["metrics"]["fertility"]
        assert found["metrics"]["fertility"] != whole(sums, subject, words, exact, 9)["metrics"]["fertility"]


def test_words_of_the_single_token_rate_are_encoded_after_a_space():
    """One space, also where the tokenizer itself puts one before each text; the interval follows the seed."""
    subject = as_subject(small_tokenizer(" he", "lo"))
    words = pa.array(["he", "lo", "x"], pa.large_string())
    assert single_token_rate(subject, words)["value"] == 1 / 3  # " he" is a token, " lo" and " x" are not
    texts = []

    class Noted:
        dummy = 1

        def encode_column(self, array):
            texts.extend(array.to_pylist())
            return subject.encode_column(array)

    assert single_token_rate(Noted(), words)["value"] == 2 / 3  # "lo" and "x" are tokens, "he" is not
    assert texts == ["he", "lo", "x"]
    many = pa.array(["he", "lo"] * 500, pa.large_string())
    intervals = {single_token_rate(subject, many, seed)["low"] for seed in range(4)}
    assert len(intervals) > 1
    assert SIZE == 10_000
