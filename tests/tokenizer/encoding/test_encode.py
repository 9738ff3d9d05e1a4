"""The encoder against HF tokenizers with the same tokenizer.json."""

import itertools
import json
import unicodedata
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UserError
from tests.helpers.borders import odd_texts
from tests.tokenizer.conftest import FULL_API, TRICKY, texts
from tests.tokenizer.trained import ours
from tokenizer.encoding.definition import define
from tokenizer.encoding.encode import Encoder
from tokenizer.encoding.segments import unstable
from tokenizer.reference import Reference, nfc
from tokenizer.training.files import write_tokenizer

SAMPLE = [
    "Hanji는 한국어와 영어 말뭉치를 만든다. 한국어 말뭉치, 영어 말뭉치, 그리고 토크나이저를 만든다 ㅋㅋㅋㅋㅋㅋ",
    "the corpus, the tokenizer and the model: don't they’re\n\n\treturn value == 1024\n",
    TRICKY * 3,
]


hanji_too = ["hanji", "hanji whole"] if FULL_API else []  # releases from 1.0 on do not read that pattern


@pytest.fixture(scope="session", params=["gpt2", "cl100k", "cl100k whole", "qwen2", *hanji_too])
def directory(request, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer") / request.param
    pattern, *whole = request.param.split()
    write_tokenizer(path, ours(SAMPLE, 700, pattern, whole_characters=bool(whole)), pattern, 700, multiple=128)
    return path


@pytest.fixture(scope="session")
def pair(directory) -> tuple[Encoder, Reference]:
    return Encoder.from_file(directory), Reference(json.loads((directory / "tokenizer.json").read_text()))


def reference_ids(tokenizer: Reference, text: str, special: bool = False) -> list[int]:
    return tokenizer.encode_batch([text], special)[0]


def test_merges_that_keep_characters_whole_are_known(directory):
    content = json.loads((directory / "tokenizer.json").read_text())
    assert define(content).whole_characters == directory.name.endswith("whole")


@given(text=texts)
@odd_texts(lambda text: {"text": text})
def test_same_ids_and_back(pair, text):
    encoder, reference = pair
    ids = encoder.encode(text)
    assert ids == reference_ids(reference, text)
    assert encoder.decode(ids) == text.encode()


def test_columns_are_documents_one_by_one(pair, real_texts):
    encoder, reference = pair
    documents = ["", *real_texts["ko"][:50], "", *real_texts["mixed"][:5], *real_texts["code"][:5], ""]
    ids, offsets = encoder.encode_column(pa.array(documents))
    assert ids.dtype == np.uint16
    assert offsets.dtype == np.int64
    for n, text in enumerate(documents):
        assert ids[offsets[n] : offsets[n + 1]].tolist() == reference_ids(reference, text)


@pytest.mark.parametrize("text", ["<s>", "a</s>b", "<pad><s> <reserved_0>"])
def test_what_looks_special_is_text(pair, text):
    encoder, reference = pair
    ids = encoder.encode(text)
    assert ids == reference_ids(reference, text)
    assert min(ids) >= 3
    assert encoder.decode(ids) == text.encode()


@pytest.mark.parametrize("text", ["a" * 20_000, "가나다" * 5_000, "ab" * 101, "ㅋ" * 999, " " * 5_000, "x=" * 3_000])
def test_long_runs(pair, text):
    encoder, reference = pair
    assert encoder.encode(text) == reference_ids(reference, text)


def test_a_megabyte_of_one_letter(pair):
    """Time that grew with the square of the length would be minutes."""
    ids = pair[0].encode("a" * 1_000_000)
    assert len(pair[0].decode(ids)) == 1_000_000


def test_lone_surrogates_are_replaced(pair):
    assert pair[0].encode("a\ud800b") == pair[0].encode("a\ufffdb")


def test_the_cache_may_overflow(pair, monkeypatch):
    monkeypatch.setattr("tokenizer.encoding.encode.SLOTS", 256)
    encoder = Encoder.from_file(pair[0].path)
    documents = [f"{n} number{n} 숫자{n * 7919 % 10007}" for n in range(500)]
    ids, offsets = encoder.encode_column(pa.array(documents))
    for n, text in enumerate(documents):
        assert ids[offsets[n] : offsets[n + 1]].tolist() == reference_ids(pair[1], text)
    for byte in range(0x80):  # the cache that was begun anew knows the vocabulary as the first one did
        assert encoder.encode(chr(byte)) == reference_ids(pair[1], chr(byte))


def test_a_long_word_is_the_same_at_the_second_time(pair):
    encoder = Encoder.from_file(pair[0].path)
    words = ["".join(chr(97 + (n * k + k * k) % 26) for k in range(n)) for n in range(50, 260, 7)]
    for _ in range(3):
        for text in words:
            assert encoder.encode(text) == reference_ids(pair[1], text)


@pytest.mark.parametrize("largest", [0xFFFF, 0x10000, 0xFFFFE])
def test_words_of_any_number_of_ids_are_the_same_at_the_second_time(tmp_path, largest):
    """A slot of the cache holds seven ids of 16 bits or five of 20; words of more than 15 bytes four and three."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    write_tokenizer(tmp_path, ours([" xyzxyzxyz"] * 9, 262, "cl100k"), "cl100k", 262)
    content = json.loads((tmp_path / "tokenizer.json").read_text())
    content["model"]["vocab"]["b"] = largest
    content["added_tokens"] = []
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    encoder, reference = Encoder.from_file(tmp_path), Reference(content)
    assert encoder.dtype == (np.uint16 if largest == 0xFFFF else np.uint32)
    few = [" " + letters[n : 2 * n] + end for n in range(24) for end in ("", "b")] + [
        " x" + "xyz" * n for n in range(9)
    ]
    for turn in (1, -1, 1, -1):  # in another order, so that memory used before holds other ids
        found = few[::turn]
        ids, offsets = encoder.encode_column(pa.array(found))
        for n, text in enumerate(found):
            assert ids[offsets[n] : offsets[n + 1]].tolist() == reference_ids(reference, text), text


@pytest.mark.skipif(not FULL_API, reason="transformers needs a release before 1.0")
def test_transformers_opens_the_directory(directory):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
    encoder = Encoder.from_file(directory)
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token) == ("<s>", "</s>", "<pad>")
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (
        encoder.bos_id,
        encoder.eos_id,
        encoder.pad_id,
    )
    assert len(tokenizer) == encoder.vocab_size
    assert encoder.vocab_size % 128 == 0
    text = "한국어  말뭉치 .\n don't"
    assert tokenizer(text)["input_ids"] == encoder.encode(text)
    assert tokenizer.decode(encoder.encode(text)) == text


@given(text=texts)
def test_spans_are_those_of_hf(pair, text):
    if not FULL_API:
        pytest.skip("releases from 1.0 on report no offsets")
    assert pair[0].spans(text) == pair[1].spans(text)


def test_spans_cover_the_text(pair):
    text = "한국어 words, 한자漢字 😀."
    spans = pair[0].spans(text)
    assert (spans[0][0], spans[-1][1]) == (0, len(text))
    assert all(after[0] in (before[0], before[1]) for before, after in itertools.pairwise(spans))


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r"tokenizer\.json"):
        Encoder.from_file(tmp_path)


def assert_same(pair: tuple[Encoder, Reference], documents: list[str]) -> None:
    encoder, reference = pair
    for special in (False, True):
        ids, offsets = encoder.encode_column(pa.array(documents, pa.string()), special)
        for n, text in enumerate(documents):
            assert ids[offsets[n] : offsets[n + 1]].tolist() == reference_ids(reference, text, special), (special, text)


# Tokenizers of others: added tokens of runs of spaces and NFC; a string that only separates; a special token that is
# normalised.
@pytest.fixture(scope="session", params=["gpt-neox-20b", "polyglot-ko-MBBPE", "gpt2"])
def others(request, shared_data) -> tuple[Encoder, Reference]:
    path = shared_data / "tokenizers" / request.param / "tokenizer.json"
    encoder = Encoder.from_file(path)
    assert encoder.fallback == ""
    return encoder, Reference(json.loads(path.read_text()))


pieces = [
    "  ",
    "    ",
    "<|endoftext|>",
    "<|end",
    "|||IP_ADDRESS|||",
    "ೱ",
    "e\u0301",
    "가",
    "\u1100\u1161\u11a8",
    "<|padding|>",
    "a",
    "\n",
]


@given(texts=st.lists(texts | st.lists(st.sampled_from(pieces), max_size=8).map("".join), max_size=4))
def test_tokenizers_of_others(others, texts):
    assert_same(others, texts)


def test_tokenizers_of_others_on_real_text(others, real_texts):
    documents = [text for texts in real_texts.values() for text in texts[:15]]
    assert_same(others, documents)
    ids = others[0].encode(documents[0])
    assert others[0].decode(ids).decode() == documents[0]


def test_ignored_merges(directory, tmp_path):
    content = json.loads((directory / "tokenizer.json").read_text())
    content["model"]["ignore_merges"] = True
    content["model"]["merges"] = [m for n, m in enumerate(content["model"]["merges"]) if n % 3]
    reference = Reference(content)
    encoder = Encoder(content)
    assert encoder.fallback == ""
    assert_same((encoder, reference), SAMPLE)
    ignoring = {encoder.encode(text)[0] for text in SAMPLE}
    content["model"]["ignore_merges"] = False
    assert ignoring != {Encoder(content).encode(text)[0] for text in SAMPLE}


def test_every_character_that_nfc_touches_is_known():
    stable = [chr(c) for c in np.flatnonzero(~unstable()).tolist()]
    text = "".join(stable)
    assert nfc(text) == text
    assert nfc("".join(f"{c}가" for c in stable)) == "".join(f"{c}가" for c in stable)
    assert nfc("".join(f"e{c}가" for c in stable)) == "".join(f"e{c}가" for c in stable)


def test_no_sequence_that_nfc_joins_is_taken_for_stable():
    """Every composition of Unicode, and every syllable as its jamo, whole and half composed: some character of each may
    not be left alone."""
    known = unstable()
    composed = [chr(c) for c in range(0x30000) if not 0xD800 <= c < 0xE000]
    apart = [text for c in composed if (text := unicodedata.normalize("NFD", c)) != c]
    halves = (unicodedata.normalize("NFC", text[:n]) + text[n:] for text in apart for n in range(1, len(text)))
    texts = sorted({*apart, *halves})
    assert len(texts) > 23_000
    missed = [
        text
        for text, joined in zip(texts, nfc("\n".join(texts)).split("\n"), strict=True)
        if text != joined and not known[[*map(ord, text)]].any()
    ]
    assert missed == []
    assert not known[[*map(ord, "a가힣漢1 .")]].any()


def test_other_kinds_are_left_to_hf_with_a_warning(tmp_path):
    models = pytest.importorskip("tokenizers.models")
    from tokenizers import Tokenizer, pre_tokenizers

    model = models.Unigram([("<unk>", 0.0), ("▁", -1.0), ("a", -2.0), ("▁a", -1.5)], 0)
    reference = Tokenizer(model)
    reference.pre_tokenizer = pre_tokenizers.Metaspace()
    reference.save(str(tmp_path / "tokenizer.json"))
    with pytest.warns(UserWarning, match="Unigram, not BPE"):
        encoder = Encoder.from_file(tmp_path)
    assert encoder.encode("a a") == reference.encode("a a").ids == [3, 3]
    assert encoder.decode([3, 3]) == reference.decode([3, 3]).encode()
    assert (encoder.vocab_size, encoder.dtype, encoder.bos_id) == (4, np.uint16, None)
    ids, offsets = encoder.encode_column(pa.array(["a", "", "a a"]))
    assert (ids.tolist(), offsets.tolist()) == ([3, 3, 3], [0, 1, 1, 3])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"normalizer": {"type": "Lowercase"}}, "normalizer"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "pre-tokenizer"),
        ({"pre_tokenizer": None}, "pre-tokenizer"),
    ],
)
def test_what_is_unknown_is_named(directory, change, reason):
    content = json.loads((directory / "tokenizer.json").read_text()) | change
    with pytest.warns(UserWarning, match=reason):
        encoder = Encoder(content)
    assert_same((encoder, Reference(content)), ["Hello  world", "안녕"])
