"""Runs of words against the regular expression of tokenizer.json; superwords against the textbook, and their
encoding against HF tokenizers."""

import itertools
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer
from tokenizers.pre_tokenizers import Split

from corpus.engine.local import LocalEngine
from corpus.kernels.utf8 import string_buffers
from corpus.shards import shard_paths
from tests.tokenizer.conftest import texts
from tests.tokenizer.corpora import Row, write_corpus
from tests.tokenizer.trained import ours
from tokenizer import superwords
from tokenizer.analysis.subject import open_subject
from tokenizer.analysis.survey import read_pilot, read_size, survey
from tokenizer.directory import TOKENIZER
from tokenizer.encoding.encode import Encoder
from tokenizer.scanner.pretokenize import scan
from tokenizer.scanner.runs import REGEX, WORDS, crosses, run_bounds
from tokenizer.superwords import MAX_WORDS, PAIRS, _add_pairs, _cut, add_superwords, count_superwords
from tokenizer.training.bpe import Merges
from tokenizer.training.counts import read_index, weighted
from tokenizer.training.files import write_tokenizer
from tokenizer.training.sample import Sample

SPLIT = Split(Regex(REGEX), "isolated")
KO = "할 수 있는 것은 할 수 있는 것이다. AI가 쓴 글은 할 수 없는 것 (할 수 있다) {n}번"
EN = "it's one of the best of the rest, and one of the 'best' don't know {n} of the\n\n  of the rest"

words = st.sampled_from(
    [
        "of",
        " of",
        " the",
        " The",
        "'s",
        "'ll",
        "'lL",
        "’s",
        "'sé",
        " 가나",
        "가나",
        " ",
        "  ",
        ".",
        " (of",
        "1",
        "ㅋ",
        "\n",
        " é",
        ",",
        ".",
        ".\n",
        ' "',
        "”",
        "-",
        "-to",
        "!!",
        "=" * 15,
        "\t",
        "\u00a0a",
    ]
)
phrases = st.lists(words, max_size=24).map("".join)


def runs_of(text: str) -> list[str]:
    column = pa.array([text], pa.large_string())
    data, offsets = string_buffers(column)
    ends, first = scan(column, "hanji")
    runs, first_run = run_bounds(data, int(offsets[0]), ends, first)
    assert first_run.tolist() == [0, len(runs) - 1]
    edges = [0, *ends.tolist()]
    return [data.tobytes()[edges[i] : edges[j]].decode() for i, j in itertools.pairwise(runs.tolist())]


@given(text=texts | phrases)
@example(text="a" + " b" * (2 * WORDS) + "'s" * 70 + " 가" * 20 + " 나다" * WORDS)
@example(text=" don't they’ve it'S 'LL'll AI가 한다 x'y")
def test_runs_are_what_the_regular_expression_says(text):
    assert runs_of(text) == [run for run, _ in SPLIT.pre_tokenize_str(text)]


@pytest.mark.parametrize("kind", ["ko", "en", "mixed", "code"])
def test_runs_of_real_text(kind, real_texts):
    for text in real_texts[kind][:20]:
        assert runs_of(text) == [run for run, _ in SPLIT.pre_tokenize_str(text)]


def test_a_sign_at_the_end_of_a_document_does_not_see_the_next_one():
    for before, after in itertools.product(("a.", "a '", "가,", "a b"), (".", "’", "'s", " .", "x", "가")):
        column = pa.array([before, after])
        data, offsets = string_buffers(column)
        ends, first = scan(column, "hanji")
        runs, first_run = run_bounds(data, int(offsets[0]), ends, first)
        edges = [0, *ends.tolist()]
        found = [data.tobytes()[edges[i] : edges[j]].decode() for i, j in itertools.pairwise(runs.tolist())]
        assert found == [*runs_of(before), *runs_of(after)]
        assert first_run.tolist() == [0, len(runs_of(before)), len(found)]


def test_documents_and_runs():
    column = pa.array(["", "a b. c", "", "d e"])
    data, offsets = string_buffers(column)
    ends, first = scan(column, "hanji")
    runs, first_run = run_bounds(data, int(offsets[0]), ends, first)
    assert runs.tolist() == [0, 4, 6]  # a b. c | d e
    assert first_run.tolist() == [0, 0, 1, 1, 2]


def test_a_run_ends_with_its_document():
    column = pa.array(["a b", " c", "'s d", " 가", " 나"])
    data, offsets = string_buffers(column)
    ends, first = scan(column, "hanji")
    runs, first_run = run_bounds(data, int(offsets[0]), ends, first)
    assert first_run.tolist() == [0, 1, 2, 3, 4, 5]
    assert runs[first_run].tolist() == first.tolist()


def test_what_crosses_a_border():
    assert [crosses(token) for token in (b"of the", "의 한".encode(), b"it's", b"\x84 a")] == [True] * 4
    assert [crosses(token) for token in (b"= =", b"a,", "다.".encode(), b". ", b"a-b", b"a\xe2", b"\x9d,")] == [
        True
    ] * 7
    tokens = (b" of", b"   ", b" '", "”'".encode(), b".'", b"'s", b".\n", b"\xe2", b"\x80\x9d", b"\xef\xbf\xbd")
    assert not any(crosses(token) for token in tokens)
    assert [crosses(b"\x80" * n) for n in (1, 2, 3, 4)] == [False, False, False, True]  # four are of two characters


def test_each_two_characters_that_a_run_has_a_border_between():
    """A sign or white space after a letter, white space after a sign; newlines, digits and jamo end a run."""
    letters, signs, spaces, others = "aé가\u0301", ".'’(", " \t\u00a0", "\n\r1ㅋ"
    for a, b in itertools.product(letters + signs + spaces + others, repeat=2):
        border = (a in letters and b in signs + spaces) or (a in signs and b in spaces)
        assert crosses((a + b).encode()) == border, (a, b)


class Trained:
    """A tokenizer with superwords, its first stage, and the texts that it learned from."""

    def __init__(self, directory: Path, size: int, superwords: int):
        ko: list[Row] = [(KO.format(n=n), "ko", None) for n in range(40)]
        en: list[Row] = [(EN.format(n=n), "en", None) for n in range(40)]
        self.texts = [text for text, _, _ in ko + en]
        shards = shard_paths(write_corpus(directory / "corpus", {"ko": ko, "en": en}))
        self.first: Merges = ours(self.texts, size - superwords - 3, "hanji", min_frequency=2, whole_characters=True)
        write_tokenizer(directory / "first", self.first, "hanji", size - superwords)
        with LocalEngine(1) as engine:
            self.limit = count_superwords(shards, directory / "superwords", directory / "first" / TOKENIZER, engine)
        self.index = read_index(directory / "superwords")
        self.total = weighted(directory / "superwords")
        self.merges = add_superwords(self.first, self.total, size - 3, min_frequency=2, whole_characters=True)
        self.directory = directory / "tokenizer"
        write_tokenizer(self.directory, self.merges, "hanji", size, words_until=len(self.first.tokens))


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Trained:
    return Trained(tmp_path_factory.mktemp("superwords"), 420, 60)


def simple_superwords(trained: Trained) -> list[bytes]:
    """The tokens that go on from the first stage over whole runs, by counting all pairs anew for each."""
    encoder = Encoder.from_file(trained.directory.parent / "first")
    sequences: Counter[tuple[int, ...]] = Counter()
    for text in trained.texts:
        ids, bounds = encoder.encode_runs(pa.array([text]))
        sequences.update(tuple((ids[i:j].astype(int) - 3).tolist()) for i, j in itertools.pairwise(bounds.tolist()))
    tokens = trained.first.tokens.copy()
    while len(tokens) < len(trained.merges.tokens):
        pairs: Counter[tuple[int, int]] = Counter()
        for sequence, n in sequences.items():
            for pair in itertools.pairwise(sequence):
                if sum(tokens[part].count(b" ") for part in pair) <= MAX_WORDS:
                    pairs[pair] += n
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merged: Counter[tuple[int, ...]] = Counter()
        for sequence, n in sequences.items():
            left = list(sequence)
            i = 0
            while i < len(left) - 1:
                if (left[i], left[i + 1]) == best:
                    left[i : i + 2] = [len(tokens)]
                i += 1
            merged[tuple(left)] += n
        sequences = merged
        tokens.append(tokens[best[0]] + tokens[best[1]])
    return tokens


def test_the_same_as_from_whole_runs(trained):
    assert trained.merges.counts[-1] >= trained.limit == 2
    assert trained.merges.tokens == simple_superwords(trained)
    assert b" one of the" in trained.merges.tokens
    assert " 할 수 있는".encode() in trained.merges.tokens or " 수 있는".encode() in trained.merges.tokens
    assert all(token.count(b" ") <= MAX_WORDS for token in trained.merges.tokens[len(trained.first.tokens) :])


def test_pieces_keep_the_counts_of_frequent_pairs(trained):
    """What is left out are pieces of one token; no pair that is as frequent as the limit loses an occurrence."""
    found: Counter[tuple[int, int]] = Counter()
    for piece, n in zip(trained.total.words.to_pylist(), trained.total.counts.tolist(), strict=True):
        ids = np.frombuffer(piece, np.uint32).tolist()
        assert len(ids) > 1
        for pair in itertools.pairwise(ids):
            found[pair] += n
    encoder = Encoder.from_file(trained.directory.parent / "first")
    expected: Counter[tuple[int, int]] = Counter()
    for text in trained.texts:
        ids, bounds = encoder.encode_runs(pa.array([text]))
        for i, j in itertools.pairwise(bounds.tolist()):
            expected.update(itertools.pairwise(ids[i:j].tolist()))
    assert {pair: n for pair, n in expected.items() if n >= trained.limit}.items() <= found.items()
    assert trained.index["limit"] == trained.limit
    assert sum(table["documents"] for table in trained.index["tables"]) == len(trained.texts)


def counters(ids: list[int], bounds: list[int]) -> np.ndarray:
    met = np.zeros(PAIRS, np.uint32)
    _add_pairs(np.array(ids, np.uint16), np.array(bounds), met)
    return met


def test_no_pair_is_counted_across_the_end_of_a_run():
    """Two runs of three tokens and an empty one: each pair inside them once, none between them."""
    met = counters([7, 8, 9, 10, 11, 12], [0, 3, 3, 6])
    assert met.sum() == 4
    assert met.tolist() == sum(counters(pair, [0, 2]) for pair in ([7, 8], [8, 9], [10, 11], [11, 12])).tolist()
    assert counters([7, 8] * 3, [0, 2, 4, 6]).max() == 3
    assert counters([7, 8, 7], [0, 3]).sum() == 2
    assert (counters([7, 8], [0, 2]) != counters([8, 7], [0, 2])).any()


def test_a_counter_stays_at_its_largest():
    met = counters([7, 8], [0, 2]) * np.uint32(0xFFFFFFFE)
    for _ in range(3):
        _add_pairs(np.array([7, 8], np.uint16), np.array([0, 2]), met)
        assert met.max() == 0xFFFFFFFF


@pytest.mark.parametrize(("limit", "expected"), [(2, [[1, 2, 3], [1, 2]]), (3, [[1, 2], [1, 2]]), (4, [])])
def test_runs_are_cut_where_two_tokens_meet_too_rarely(limit, expected):
    """1 2 meets three times, 2 3 twice, everything else once; no piece goes over the end of a run."""
    ids, bounds = np.array([1, 2, 3, 4, 1, 2, 3], np.uint16), np.array([0, 4, 6, 7])
    met = counters([1, 2, 1, 2, 1, 2, 2, 3, 2, 3, 3, 4], [0, 2, 4, 6, 8, 10, 12])
    pieces, ends = np.empty(7, np.uint32), np.empty(7, np.int64)
    count, used = _cut(ids, bounds, met, limit, pieces, ends)
    assert used == sum(map(len, expected))
    edges = [0, *(ends[:count] // 4).tolist()]
    assert [pieces[i:j].tolist() for i, j in itertools.pairwise(edges)] == expected


def test_the_published_limits():
    """Liu et al. 2025 allow four words in a superword."""
    assert (MAX_WORDS, PAIRS, superwords.RARE) == (4, 1 << 22, 2.0**-19)


@given(phrases | texts | st.text("할수있는것은이다 ,.", max_size=40))
def test_runs_may_be_cut_where_no_superword_goes_on(trained, text):
    """The same ids as without a cut, for tokens that the textbook makes of whole runs."""
    cut, whole = Encoder.from_file(trained.directory), Encoder.from_file(trained.directory)
    whole._met = np.ones_like(whole._met)
    assert cut.encode(text) == whole.encode(text)


def test_runs_are_cut_at_most_borders(trained):
    assert 0 < np.count_nonzero(Encoder.from_file(trained.directory)._met) <= 60


@pytest.mark.parametrize("what", ["tokenizer", "sample", "texts", "nothing"])
def test_pairs_are_counted_again_when_what_they_read_changed(tmp_path, trained, monkeypatch, what):
    """Also by the shards' own tasks, which a killed run leaves; another first stage in the same place is read anew."""
    ran: list[int] = []
    cuts: list[str] = []
    tally = superwords._add_pairs

    def told(ids, bounds, met):
        ran.append(len(ids))
        tally(ids, bounds, met)

    monkeypatch.setattr(superwords, "_add_pairs", told)
    monkeypatch.setattr(superwords, "count_pieces", lambda shards, directory, cut, *_: cuts.append(str(cut.identity)))
    rows: list[Row] = [(text, "ko", None) for text in trained.texts[:4]]
    shards = shard_paths(write_corpus(tmp_path / "corpus", {"web": rows}))
    tokenizer = tmp_path / "first" / TOKENIZER
    write_tokenizer(tokenizer.parent, trained.first, "hanji", 360)
    sample = Sample(0, {("web", "ko"): (1 << 64) - 1}, np.zeros(0, np.uint64), np.zeros(0, np.uint64), [])

    def run(sample: Sample | None = None) -> tuple[int, str]:
        ran.clear()
        with LocalEngine(1) as engine:
            count_superwords(shards, tmp_path / "counts", tokenizer, engine, sample)
        superwords._count_pairs(shards[0], tmp_path / "shards", tokenizer, sample)
        return len(ran), cuts[-1]

    first = run()
    assert first[0] > 0
    assert run() == (0, first[1])
    if what == "tokenizer":
        write_tokenizer(tokenizer.parent, Merges(*(part[:-9] for part in trained.first)), "hanji", 360)
    elif what == "texts":
        other = write_corpus(tmp_path / "other", {"web": rows[::-1]})
        shards[0].write_bytes(shard_paths(other)[0].read_bytes())
    again = run(sample if what == "sample" else None)
    assert again[0] == (0 if what == "nothing" else first[0])
    assert (again[1] != first[1]) == (what == "tokenizer")


@pytest.fixture(scope="module")
def pair(trained) -> tuple[Encoder, Tokenizer]:
    reference = Tokenizer.from_file(str(trained.directory / TOKENIZER))
    reference.encode_special_tokens = True
    encoder = Encoder.from_file(trained.directory)
    assert encoder.fallback == ""
    assert encoder.pattern is None  # word counts of hanji do not tell how it encodes
    return encoder, reference


@given(text=texts | phrases | st.lists(st.sampled_from([KO, EN, " one of the", " 할 수"]), max_size=6).map("".join))
def test_same_ids_as_hf_and_back(pair, text):
    encoder, reference = pair
    ids = encoder.encode(text)
    assert ids == reference.encode(text, add_special_tokens=False).ids
    assert encoder.decode(ids) == text.encode()


def test_columns(pair, trained, real_texts):
    encoder, reference = pair
    documents = ["", *trained.texts, "", *real_texts["en"][:4], *real_texts["ko"][:20], *real_texts["code"][:4], ""]
    ids, offsets = encoder.encode_column(pa.array(documents))
    for n, text in enumerate(documents):
        assert ids[offsets[n] : offsets[n + 1]].tolist() == reference.encode(text, add_special_tokens=False).ids


def test_superwords_save_tokens(pair, trained):
    first = Encoder.from_file(trained.directory.parent / "first")
    assert len(pair[0].encode(EN)) < 0.9 * len(first.encode(EN))
    assert [pair[0].decode([n]) for n in pair[0].encode(" one of the")] == [b" one of the"]


def test_merges_out_of_order_are_left_to_hf(trained):
    content = json.loads((trained.directory / TOKENIZER).read_text())
    content["model"]["merges"] = content["model"]["merges"][::-1]
    with pytest.warns(UserWarning, match="before the merges that make them"):
        Encoder(content)


def test_the_report_counts_superwords_exactly(trained):
    """They have no pattern of pre-tokens, but our kernels encode them: the whole corpus is measured, not a sample."""
    subject = open_subject(trained.directory, ours=True)
    assert (subject.pattern, subject.slow) == (None, "")
    shards = shard_paths(trained.directory.parent / "corpus")
    books = read_size(shards)
    sums = survey(subject, shards, books, read_pilot(shards, books, 0), 0, sample=1)
    assert sum(part.documents for part in sums.values()) == books.documents_of() == 80
