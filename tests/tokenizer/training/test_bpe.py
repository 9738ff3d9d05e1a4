"""The trainer against HF tokenizers' BpeTrainer: the same vocabulary and the same merges, ties included."""

import itertools
import json
import os
from unittest import mock

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models
from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
from tokenizers.trainers import BpeTrainer

from corpus.errors import UserError
from tests.tokenizer.conftest import texts
from tests.tokenizer.trained import ours
from tokenizer.kernels.alphabet import byte_characters, byte_order, character_state
from tokenizer.kernels.words import buffers
from tokenizer.scanner.patterns import REGEXES
from tokenizer.training import bpe
from tokenizer.training.bpe import Merges, train, train_on
from tokenizer.training.positions import least_count


def theirs(documents: list[str], size: int, pattern: str, min_frequency: int = 0) -> dict:
    tokenizer = Tokenizer(models.BPE())
    split = Split(Regex(REGEXES[pattern]), "isolated")
    tokenizer.pre_tokenizer = Sequence([split, ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = BpeTrainer(
        vocab_size=size,
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
        min_frequency=min_frequency,
    )
    tokenizer.train_from_iterator(documents, trainer)
    return json.loads(tokenizer.to_str())["model"]


def assert_identical(merges: Merges, model: dict) -> None:
    characters = byte_characters()
    names = ["".join(characters[b] for b in token) for token in merges.tokens]
    assert [[names[a], names[b]] for a, b in merges.pairs.tolist()] == model["merges"]
    assert {name: n for n, name in enumerate(names)} == model["vocab"]


@pytest.mark.parametrize("kind", ["ko", "en", "mixed", "code"])
def test_identical_on_real_text(kind, real_texts):
    pattern = "hanji" if kind == "mixed" else "gpt2"
    documents = real_texts[kind][:100]
    assert_identical(ours(documents, 3000, pattern), theirs(documents, 3000, pattern))


small_alphabets = st.sampled_from(["ab", "aab ", "abc", "가나", "abcd1. "]).flatmap(
    lambda letters: st.lists(st.text(letters, min_size=1, max_size=60), min_size=1, max_size=8)
)


@given(small_alphabets | st.lists(texts, min_size=1, max_size=5), st.integers(257, 330), st.integers(0, 3))
def test_identical_with_ties(documents, size, min_frequency):
    assert_identical(
        ours(documents, size, "gpt2", min_frequency=min_frequency), theirs(documents, size, "gpt2", min_frequency)
    )


def simple_merges(words: list[bytes], counts: list[int], merges: int) -> list[tuple[bytes, bytes, int]]:
    """Byte-pair encoding as the textbook has it, with Python's integers."""
    characters = byte_characters()
    rank = {bytes([byte]): n for n, byte in enumerate(sorted(range(256), key=lambda b: characters[b]))}
    pieces = [[bytes([b]) for b in word] for word in words]
    made = []
    for _ in range(merges):
        pairs: dict[tuple[bytes, bytes], int] = {}
        for word, n in zip(pieces, counts, strict=True):
            for pair in itertools.pairwise(word):
                if b"".join(pair) not in (b"<s>", b"</s>", b"<pad>"):
                    pairs[pair] = pairs.get(pair, 0) + n
        if not pairs:
            break
        (a, b), n = min(pairs.items(), key=lambda item: (-item[1], rank[item[0][0]], rank[item[0][1]]))
        made.append((a, b, n))
        rank[a + b] = len(rank)
        for word in pieces:
            i = 0
            while i < len(word) - 1:
                if word[i] == a and word[i + 1] == b:
                    word[i : i + 2] = [a + b]
                i += 1
    return made


@given(st.dictionaries(st.text("ab가", min_size=1, max_size=9).map(str.encode), st.integers(1, 1 << 50), max_size=6))
def test_agrees_with_the_textbook_on_huge_counts(words):
    merges = train(pa.array(list(words), pa.large_binary()), np.array(list(words.values()), np.int64), 280)
    tokens = merges.tokens
    made = [(tokens[a], tokens[b], n) for (a, b), n in zip(merges.pairs.tolist(), merges.counts.tolist(), strict=True)]
    assert made == simple_merges(list(words), list(words.values()), 24)


SPECIAL = st.lists(st.sampled_from(["<", "s", ">", "/", "pad", "<s>", "</s>", "<pad>", "a", "a<s>"]), max_size=9)


@given(st.dictionaries(SPECIAL.map("".join).filter(bool).map(str.encode), st.integers(1, 9), max_size=6))
@example({b"<s>": 9, b"</s>": 9, b"<pad>": 9})
@example({b"<s><s>": 3, b"a<s>": 5, b"<s>a": 1})
def test_no_token_has_the_name_of_a_special_one(words):
    """The text may hold these names; what contains one and more may be a token."""
    merges = train(pa.array(list(words), pa.large_binary()), np.array(list(words.values()), np.int64), 290)
    tokens = merges.tokens
    made = [(tokens[a], tokens[b], n) for (a, b), n in zip(merges.pairs.tolist(), merges.counts.tolist(), strict=True)]
    assert made == simple_merges(list(words), list(words.values()), 34)
    assert not set(tokens) & {b"<s>", b"</s>", b"<pad>"}


def test_the_most_frequent_pair_survives_beyond_32_bits():
    words = pa.array([b"tt", b"ab"], pa.large_binary())
    merges = train(words, np.array([(1 << 31) + 5, 1000]), 258)
    assert merges.tokens[256:] == [b"tt", b"ab"]
    assert merges.counts.tolist() == [(1 << 31) + 5, 1000]


@pytest.mark.skipif(not os.environ.get("HANJI_SLOW"), reason="reads 2 GB, ten seconds: set HANJI_SLOW=1")
def test_hf_loses_that_pair():
    """What the test before guards against, in HF tokenizers 0.23: without a pre-tokenizer a text is one word, so
    long ones count fast."""
    length = 20_000
    times = (1 << 31) // (length - 1) + 2
    tokenizer = Tokenizer(models.BPE())
    trainer = BpeTrainer(vocab_size=4, show_progress=False)
    documents = itertools.chain(itertools.repeat("t" * length, times), itertools.repeat("ab", 1000))
    tokenizer.train_from_iterator(documents, trainer)
    assert "ab" in tokenizer.get_vocab()
    assert "tt" not in tokenizer.get_vocab()
    words = pa.array([b"t" * length, b"ab"], pa.large_binary())
    assert train(words, np.array([times, 1000]), 258).tokens[256:] == [b"tt", b"tttt"]


@given(st.lists(st.text("가각a \u00e9漢😀", min_size=1, max_size=30), min_size=1, max_size=6))
def test_whole_characters(documents):
    for token in ours(documents, 300, "gpt2", whole_characters=True).tokens[256:]:
        if token.decode(errors="replace").encode() != token:  # part of one character, hence without a whole one
            assert len(token) < 4
            assert all(b >= 0x80 for b in token)
            assert all(b < 0xC0 for b in token[1:])


def test_max_token_bytes(real_texts):
    tokens = ours(real_texts["ko"], 2000, "gpt2", max_token_bytes=7).tokens
    assert max(map(len, tokens)) == 7


def test_the_beginning_of_merges_is_a_smaller_vocabulary():
    merges = ours(["ababab abab cdcd cd"], 261, "gpt2")
    for size, made in ((0, 0), (255, 0), (256, 0), (257, 1), (260, 4), (261, 5), (900, 5)):
        first = merges.first(size)
        assert first.tokens == merges.tokens[: 256 + made]
        assert first.pairs.tolist() == merges.pairs.tolist()[:made]
        assert first.counts.tolist() == merges.counts.tolist()[:made]


def test_more_symbols_than_the_trainer_can_number_are_told(monkeypatch):
    """Each word takes a position more than it has symbols, and there is one before the first."""
    none = ours([], 256, "gpt2")
    how = np.ones(2, np.int64), np.zeros(256, np.int32), 300, (1, 9, False, 9)
    offsets = np.array([7, 9, (1 << 31) - 1 - 3 + 7])
    with pytest.raises(UserError, match=r"2 distinct words of 2147483644 symbols in all .* --min-word-count 2"):
        bpe._extend(none, np.zeros(0, np.uint8), offsets, *how)
    monkeypatch.setattr(bpe, "positions_of", lambda *_: pytest.fail("within the bound"))
    with pytest.raises(pytest.fail.Exception):
        bpe._extend(none, np.zeros(0, np.uint8), offsets - [0, 0, 1], *how)


def test_more_pairs_than_the_tables_begin_with():
    """270,400 words of two tokens, all different: the table of pairs and their arrays grow, and no merge changes
    another."""
    tokens = 520
    first, second = (numbers.reshape(-1) for numbers in np.indices((tokens, tokens)))
    counts = (first * 7919 + second * 104729) % 1009 + 1
    symbols = np.column_stack([first, second]).astype(np.uint32)
    offsets = np.arange(0, symbols.nbytes + 1, 8)
    pieces = pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(counts), [None, pa.py_buffer(offsets), pa.py_buffer(symbols)]
    )
    before = Merges(np.zeros((tokens - 256, 2), np.int32), np.zeros(tokens - 256, np.int64), [b"x"] * tokens)
    made = train_on(before, pieces, counts, tokens + 700, 0, max_spaces=1)
    expected = np.lexsort((second, first, -counts))[:700]
    assert made.pairs[tokens - 256 :].tolist() == symbols[expected].tolist()
    assert made.counts[tokens - 256 :].tolist() == counts[expected].tolist()


def test_nothing_to_learn_from():
    merges = train(pa.array([], pa.large_binary()), np.zeros(0, np.int64), 300)
    assert merges.pairs.shape == (0, 2)
    assert len(merges.tokens) == 256


@pytest.mark.parametrize(("bound", "tokens"), [(1, []), (2, [b"ab"]), (3, [b"ab"]), (4, [b"ab", b"abab"])])
def test_a_token_of_exactly_the_bound_is_made(bound, tokens):
    words = pa.array([b"abab", b"ab"], pa.large_binary())
    assert train(words, np.array([100, 7]), 300, max_token_bytes=bound).tokens[256:] == tokens


@pytest.mark.parametrize(("frequency", "merges"), [(8, 1), (9, 0), (3, 2), (4, 1)])
def test_a_pair_of_exactly_the_least_frequency_is_merged(frequency, merges):
    words = pa.array([b"ab", b"cd"], pa.large_binary())
    assert len(train(words, np.array([8, 3]), 300, min_frequency=frequency).pairs) == merges


@pytest.mark.parametrize(
    ("words", "counts", "merges", "expected"),
    [
        ([b"ab", b"cd", b"ef", b"gh"], [9, 7, 5, 3], 2, 7),
        ([b"ab", b"cd", b"ef", b"gh"], [9, 7, 5, 3], 5, 0),  # not as many words as merges
        ([b"a", b"cd", b"ef"], [9, 7, 5], 1, 7),  # a byte needs no merge
        ([b"abcde", b"cd", b"ef"], [9, 7, 5], 1, 7),  # longer than a token may be
        (["한".encode() + b"\x80", "한".encode()[:2], b"ef"], [9, 7, 5], 1, 5),  # no whole characters
        (["a한".encode(), "é".encode(), b"ef"], [9, 7, 5], 2, 7),
    ],
)
def test_the_least_count_that_words_guarantee(words, counts, merges, expected):
    states = np.array([character_state(byte) for byte in range(256)], np.int32)
    rules = 1, 4, True, 1 << 30
    assert (
        least_count(*buffers(pa.array(words, pa.large_binary())), np.array(counts), states, merges, rules) == expected
    )


@given(
    st.dictionaries(
        st.text("ab가 é", min_size=1, max_size=6).map(str.encode) | st.binary(max_size=4), st.integers(1, 9)
    ),
    st.integers(1, 12),
    st.sampled_from([0, 3, 5]),
    st.booleans(),
)
def test_leaving_rare_pairs_out_changes_no_merge(words, merges, longest, whole):
    def learned() -> list[tuple[list[int], int]]:
        column = pa.array(list(words), pa.large_binary())
        counts = np.array(list(words.values()), np.int64)
        found = train(column, counts, 256 + merges, max_token_bytes=longest, whole_characters=whole)
        return list(zip(found.pairs.tolist(), found.counts.tolist(), strict=True))

    with mock.patch("tokenizer.training.bpe.least_count", return_value=0):
        expected = learned()
    assert learned() == expected


def mixed(x: int) -> int:
    """murmur3's finaliser, as corpus/kernels/hashing.py has it."""
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53), (33, 1)):
        x = ((x ^ (x >> shift)) * factor) & (2**64 - 1)
    return x


def test_pairs_that_meet_in_the_hash_table_are_kept_apart():
    """Pairs with one first symbol whose place in the table is another's, which were counted as that one."""
    order = byte_order()
    met = 0
    for a in range(256):
        places: dict[int, int] = {}
        for b in range(256):
            other = places.setdefault(mixed((a << 32) | b) % (1 << 18), b)
            if other != b:
                met += 1
                words = pa.array([bytes([order[a], order[second]]) for second in (other, b)], pa.large_binary())
                found = train(words, np.array([3, 2]), 258)
                assert (found.pairs.tolist(), found.counts.tolist()) == ([[a, other], [a, b]], [3, 2])
    assert met > 5
