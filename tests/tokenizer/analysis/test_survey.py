"""What a corpus holds by language and source, and which share of it a slow tokenizer is measured on."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from corpus.shards import shard_paths
from tests.tokenizer.byte_level import small_tokenizer
from tests.tokenizer.corpora import Row, write_corpus
from tokenizer.analysis import fertility
from tokenizer.analysis.fertility import Sums
from tokenizer.analysis.subject import as_subject
from tokenizer.analysis.survey import PILOT, SAMPLE, CorpusSize, columns, read_pilot, read_size, survey

BOOKS = CorpusSize([{("ko", "a"): (2, 100), ("en", "a"): (1, 50)}, {("ko", "b"): (3, 300), ("ja", "b"): (4, 50)}])


def test_books_add_up_by_language():
    assert [BOOKS.bytes_of(lang) for lang in (None, "ko", "en", "fr")] == [500, 400, 50, 0]
    assert [BOOKS.documents_of(lang) for lang in (None, "ko", "en", "fr")] == [10, 5, 1, 0]
    assert BOOKS.languages == ["ko", "en", "ja"]  # the largest first, equals by name


def test_rates_give_each_language_as_many_bytes():
    assert BOOKS.rates(100) == {"ko": 0.25, "en": 1.0, "ja": 1.0}
    assert BOOKS.rates(25) == {"ko": 0.0625, "en": 0.5, "ja": 0.5}
    assert BOOKS.rates(400)["ko"] == 1.0
    assert CorpusSize([{("ko", "a"): (1, 0)}]).rates(9) == {"ko": 1.0}
    assert (SAMPLE, PILOT) == (6 << 20, 4 << 20)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Nine documents in batches of three, of which one holds two languages, and a second shard."""
    rows: list[Row] = [(f"글 {n}", "en" if n == 4 else "ko", None) for n in range(9)]
    return shard_paths(write_corpus(tmp_path_factory.mktemp("c"), {"web": rows, "wiki": rows[:2]}))


def test_every_batch_is_counted(shards):
    size = len("글 0".encode())
    books = read_size(shards)
    assert books.shards == [
        {("ko", "web"): (8, 8 * size), ("en", "web"): (1, size)},
        {("ko", "wiki"): (2, 2 * size)},
    ]


def drawn(shards, rates, seed) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for number, path in enumerate(shards):
        for key, texts in columns(path, rates, seed, number):
            found.setdefault(key, []).extend(texts.to_pylist())
    return found


def test_documents_are_drawn_by_the_rate_of_their_language(shards):
    everything = drawn(shards, None, 0)
    assert {key: len(texts) for key, texts in everything.items()} == {
        ("ko", "web"): 8, ("en", "web"): 1, ("ko", "wiki"): 2,
    }  # fmt: skip
    assert drawn(shards, {"ko": 1.0, "en": 1.0}, 0) == everything
    assert drawn(shards, {"ko": 0.0, "en": 1.0}, 0) == {("en", "web"): ["글 4"]}
    halves = [drawn(shards, {"ko": 0.5, "en": 1.0}, seed) for seed in range(40)]
    assert halves[3] == drawn(shards, {"ko": 0.5, "en": 1.0}, 3)
    counts = [len(half.get(("ko", "web"), ())) for half in halves]
    assert 3 < np.mean(counts) < 5
    assert len(set(counts)) > 2


def test_each_shard_is_drawn_from_for_itself(tmp_path):
    """Two shards of as many documents, of which other places are drawn."""
    rows = {source: [(f"글 {n}", "ko", None) for n in range(60)] for source in ("web", "wiki")}
    halves = drawn(shard_paths(write_corpus(tmp_path, rows)), {"ko": 0.5}, 0)
    assert halves["ko", "web"] != halves["ko", "wiki"]


def test_the_pilot_knows_the_words_of_sources_and_of_languages(shards):
    pilot = read_pilot(shards, read_size(shards), 0)
    assert {key: len(texts) for key, texts in pilot.texts.items()} == {
        ("ko", "web"): 8, ("en", "web"): 1, ("ko", "wiki"): 2,
    }  # fmt: skip
    assert sum(len(texts) for texts in pilot.of("ko")) == 10
    assert pilot.words.keys() == {("ko", "web"), ("en", "web"), ("ko", "wiki"), ("ko", ""), ("en", "")}


def test_a_slow_tokenizer_sees_other_documents_than_the_pilot(shards):
    """Of each language about as many bytes as asked for, drawn with the seed after the pilot's."""
    subject = replace(as_subject(small_tokenizer("글")), slow="for a test")
    sizes = read_size(shards)
    pilot = read_pilot(shards, sizes, 0)
    for seed in range(4):
        found = survey(subject, shards, sizes, pilot, seed, sample=sizes.bytes_of("ko") // 2)
        expected = drawn(shards, {"ko": 0.5, "en": 1.0}, seed + 1)
        assert {key: part.documents for key, part in found.items()} == {k: len(texts) for k, texts in expected.items()}


def test_frequent_tokens_are_those_of_the_pilot(shards):
    """The column of each frequent id, of a language by its own texts: the intervals of Rényi's efficiency rest on
    them."""
    subject, sizes = as_subject(small_tokenizer("글", " 1", "ab")), read_size(shards)
    pilot = read_pilot(shards, sizes, 0)
    found = survey(subject, shards, sizes, pilot, 0)
    assert found.keys() == pilot.texts.keys()
    korean = np.bincount(np.concatenate([subject.encode_column(texts)[0] for texts in pilot.of("ko")]))
    drawn = pa.concat_arrays([texts.take(pa.array(np.arange(0, len(texts), 4))) for texts in pilot.of("ko")])
    ids = subject.encode_column(drawn)[0]
    order = sorted(set(ids.tolist()), key=lambda i: (-np.count_nonzero(ids == i), i))
    sums = found["ko", "web"].frequent.sum(axis=0) + found["ko", "wiki"].frequent.sum(axis=0)
    assert sums[: len(order)].tolist() == korean[order].tolist()
    assert not sums[len(order) : -1].any()
    assert sums[-1] == korean.sum()


def test_sums_are_of_parts_of_their_language(shards, monkeypatch):
    """Each part has room for its documents, or for blocks where those of the language in all shards are more, and a
    seed of its own."""
    subject, sizes = as_subject(small_tokenizer("글")), read_size(shards)
    pilot, made, empty = read_pilot(shards, sizes, 0), [], Sums.empty
    monkeypatch.setattr(Sums, "empty", lambda *given: made.append(given[1:]) or empty(*given))
    monkeypatch.setattr(fertility, "BLOCKS", 9)
    found = survey(subject, shards, sizes, pilot, 4)
    assert made == [(8, 10, (4, 0, 0)), (1, 1, (4, 0, 1)), (2, 10, (4, 1, 0))]
    assert {key: len(sums.rows) for key, sums in found.items()} == {
        ("ko", "web"): 9, ("en", "web"): 1, ("ko", "wiki"): 9,
    }  # fmt: skip


def test_the_words_of_the_pilot_are_of_their_source_and_language(tmp_path):
    rows: dict[str, list[Row]] = {"web": [("봄", "ko", None), ("spring", "en", None)], "wiki": [("가을", "ko", None)]}
    shards = shard_paths(write_corpus(tmp_path, rows))
    pilot = read_pilot(shards, read_size(shards), 0)
    assert {key: sorted(words.to_pylist()) for key, words in pilot.words.items()} == {
        ("ko", "web"): ["봄"], ("en", "web"): ["spring"], ("ko", "wiki"): ["가을"], ("ko", ""): ["가을", "봄"],
        ("en", ""): ["spring"],
    }  # fmt: skip
