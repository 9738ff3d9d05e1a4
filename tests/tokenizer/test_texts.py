"""A tokenizer of texts, and the tokens of a corpus, without a command: each option and each row."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus.errors import UserError
from tests.helpers.corpora import write_corpus
from tests.tokenizer.byte_level import write_small
from tokenizer import texts
from tokenizer.encoding.encode import Encoder
from tokenizer.training.bpe import train


def test_each_option_reaches_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def noted(words: Any, counts: Any, size: int, **rules: Any) -> Any:
        given.append((sorted(zip(words.to_pylist(), counts.tolist(), strict=True)), size, rules))
        return train(words, counts, size, **rules)

    monkeypatch.setattr(texts, "train", noted)
    (tmp_path / "out").mkdir()  # an empty folder may be there
    made = texts.train_tokenizer(["ab ab", None, "ab"], tmp_path / "out", vocab_size=512)
    rules = {"min_frequency": 2, "max_token_bytes": 0, "whole_characters": True}
    assert given == [([(b" ab", 1), (b"ab", 2)], 512 - 3, rules)]
    assert (made.path, made.pattern, made.vocab_size) == (tmp_path / "out/tokenizer.json", "cl100k", 384)
    rules = {"min_frequency": 1, "max_token_bytes": 2, "whole_characters": False}
    other = texts.train_tokenizer(pa.table({"body": ["ab ab"]}), column="body", vocab_size=513, pattern="gpt2", **rules)
    assert given[1] == ([(b" ab", 1), (b"ab", 1)], 640 - 3, rules)
    assert other.pattern == "gpt2"
    with pytest.raises(UserError, match="vocab_size 511: a vocabulary needs at least 512"):
        texts.train_tokenizer(["a"], vocab_size=511)
    with pytest.raises(UserError, match="o200k"):
        texts.train_tokenizer(["a"], pattern="o200k")
    for path in (tmp_path / "out", tmp_path / "out/tokenizer.json"):
        with pytest.raises(UserError, match="exists and is not an empty folder; nothing in it is replaced"):
            texts.train_tokenizer(["a"], path)


def test_tokens_are_counted_by_split_source_and_language(tmp_path: Path) -> None:
    """Two shards of a source are one row; a source of two languages has two; both splits are counted."""
    rows = {
        "train": {"web-00000": ["he", ("hello", "en", None), "안"], "web-00001": ["he he"],
                  "wiki-00000": [("lo", "en", None)]},
        "validation": {"web-00000": [("he", "en", None)]},
    }  # fmt: skip
    corpus = write_corpus(tmp_path / "corpus", rows, batch=3)
    write_small(tmp_path / "tokenizer.json", "he", "lo", " he")
    encoder = Encoder.from_file(tmp_path)
    found = texts.count_tokens(corpus, tmp_path)
    assert sorted(tuple(row.values()) for row in found.to_pylist()) == [
        ("train", "web", "en", 1, 5, len(encoder.encode("hello"))),
        ("train", "web", "ko", 3, 10, sum(len(encoder.encode(text)) for text in ("he", "안", "he he"))),
        ("train", "wiki", "en", 1, 2, 1),
        ("validation", "web", "en", 1, 2, 1),
    ]
    assert found == texts.count_tokens(corpus, encoder)
    empty = texts.count_tokens(
        write_corpus(tmp_path / "empty", {"train": {"web-00000": []}, "validation": {}}), encoder
    )
    assert (empty.num_rows, empty.schema) == (0, texts.COUNTED)
