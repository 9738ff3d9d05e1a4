"""The encoder against HF tokenizers with the same tokenizer.json."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from tokenizers import Tokenizer

from corpus.errors import UserError
from tests.tokenizer.conftest import TRICKY, texts
from tests.tokenizer.test_bpe import ours
from tokenizer.encode import Encoder
from tokenizer.files import write_tokenizer

SAMPLE = [
    "Hanji는 한국어와 영어 말뭉치를 만든다. 한국어 말뭉치, 영어 말뭉치, 그리고 토크나이저를 만든다 ㅋㅋㅋㅋㅋㅋ",
    "the corpus, the tokenizer and the model: don't they’re\n\n\treturn value == 1024\n",
    TRICKY * 3,
]


@pytest.fixture(scope="session", params=["gpt2", "cl100k", "hanji"])
def directory(request, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer") / request.param
    write_tokenizer(path, ours(SAMPLE, 700, request.param), request.param, 700, multiple=128)
    return path


@pytest.fixture(scope="session")
def pair(directory) -> tuple[Encoder, Tokenizer]:
    reference = Tokenizer.from_file(str(directory / "tokenizer.json"))
    reference.encode_special_tokens = True  # text that looks like a special token is text
    return Encoder.from_file(directory), reference


def reference_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


@given(text=texts)
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


def test_ten_megabytes_of_one_letter(pair):
    ids = pair[0].encode("a" * 10_000_000)
    assert len(pair[0].decode(ids)) == 10_000_000


def test_lone_surrogates_are_replaced(pair):
    assert pair[0].encode("a\ud800b") == pair[0].encode("a\ufffdb")


def test_the_cache_may_overflow(pair, monkeypatch):
    import tokenizer.encode as module

    monkeypatch.setattr(module, "_SLOTS", 256)
    encoder = Encoder.from_file(Path(pair[0].path))
    documents = [f"{n} number{n} 숫자{n * 7919 % 10007}" for n in range(500)]
    ids, offsets = encoder.encode_column(pa.array(documents))
    for n, text in enumerate(documents):
        assert ids[offsets[n] : offsets[n + 1]].tolist() == reference_ids(pair[1], text)


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


def test_missing_file(tmp_path):
    with pytest.raises(UserError, match=r"tokenizer\.json"):
        Encoder.from_file(tmp_path)
