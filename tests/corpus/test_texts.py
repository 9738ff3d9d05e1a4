"""Cleaning as a call: every setting counts, values are those of what dropped a text, and shards of files are whole."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus.cleaning.language import LanguageSettings, detect
from corpus.cleaning.normalize import NormalizeSettings
from corpus.cleaning.privacy import PrivacySettings
from corpus.document import SCHEMA
from corpus.quality.judgement import QualitySettings
from corpus.shards import read_shard
from corpus.texts import clean, shards_of_files
from tests.corpus.quality.test_quality import ENGLISH, KOREAN
from tests.helpers.sample import pages


@pytest.mark.parametrize(
    ("text", "settings", "told"),
    [
        (f"{KOREAN} &amp; 끝", {"normalization": NormalizeSettings(entities=False)}, ("&amp;", None)),
        (f"{KOREAN} a@b.com", {"privacy": PrivacySettings(kinds=["phone"])}, ("a@b.com", None)),
        (KOREAN, {"quality": QualitySettings.model_validate({"web": {"ko": {"min_words": 900}}})}, ("", "min_words")),
        (ENGLISH, {"quality": QualitySettings.model_validate({"web": {"ko": {"min_words": 900}}})}, ("", None)),
        (ENGLISH, {"quality": QualitySettings.model_validate({"web": {"en": {"min_words": 900}}})}, ("", "min_words")),
        (f"{ENGLISH} {KOREAN[:60]}", {"language": LanguageSettings(korean_share=0.01), "languages": ["en"]},
         ("", "language")),
        (KOREAN[:60], {"profile": "web"}, ("", "min_words")),
        (KOREAN[:60], {"profile": "none"}, ("", None)),
    ],
)  # fmt: skip
def test_each_setting_counts(text: str, settings: dict[str, Any], told: tuple[str, str | None]) -> None:
    part, dropped = told
    (row,) = clean([text], **settings).to_pylist()
    assert (part in row["text"], row["dropped"]) == (True, dropped)
    (usual,) = clean([text], languages=settings.get("languages", ["ko", "en"])).to_pylist()
    same = (usual["text"], usual["dropped"]) == (row["text"], row["dropped"])
    assert same == (settings == {"profile": "web"} or (text, dropped) == (ENGLISH, None))


def test_a_text_is_told_with_the_value_that_dropped_it() -> None:
    """The score of its language; 0 bytes; what the rule counts. An address is none, its tag is no text either."""
    every = list(pages.FOREIGN.values())
    langs, _ = detect(pa.array(every), LanguageSettings())
    foreign = [text for text, lang in zip(every, langs.to_pylist(), strict=True) if lang not in ("ko", "en")]
    texts = [KOREAN, *foreign, None, "", " \n", "a@b.com", "짧다.", ENGLISH]
    found = clean(texts, privacy=PrivacySettings(tags={"email": ""})).to_pylist()
    langs, scores = detect(pa.array(foreign), LanguageSettings())
    count = len(foreign)
    assert [row["dropped"] for row in found] == [None, *["language"] * count, *["empty"] * 4, "min_words", None]
    assert [row["lang"] for row in found] == ["ko", *langs.to_pylist(), *[None] * 4, "ko", "en"]
    assert [row["value"] for row in found] == [None, *(pytest.approx(score) for score in scores), *[0] * 4, 1, None]
    assert [row["text"] for row in found] == [KOREAN, *foreign, None, "", "", "", "짧다.", ENGLISH]
    assert count > 3


def test_every_text_has_its_row_however_many_there_are() -> None:
    texts = [f"{n}번째 글이다." if n % 7 else None for n in range(4099)]
    found = clean(pa.chunked_array([texts[:5], texts[5:]], pa.large_string()), profile="none")
    assert found["text"].to_pylist() == texts
    assert [reason is None for reason in found["dropped"].to_pylist()] == [text is not None for text in texts]


def test_shards_of_files_are_documents(tmp_path: Path) -> None:
    """A shard a file, in the order of the files; texts as they are, with the language of each."""
    texts = {"b": [KOREAN, ENGLISH], "a": [f"{ENGLISH}  \u00a0"], "c": [KOREAN]}
    for name, some in texts.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in some))
    folder = tmp_path / "shards"
    folder.mkdir()
    shards = shards_of_files([str(tmp_path / "*.jsonl")], folder)
    assert [path.name for path in shards] == ["text-00000.arrow", "text-00001.arrow", "text-00002.arrow"]
    for path, name in zip(shards, "abc", strict=True):
        rows = [row for batch in read_shard(path) for row in batch.to_pylist()]
        langs = detect(pa.array(texts[name]), LanguageSettings())[0].to_pylist()
        assert rows == [
            {"id": "", "text": text, "source": "text", "lang": lang, "origin": str(tmp_path / f"{name}.jsonl"),
             "url": None, "title": None, "license": None, "duplicates": 1}
            for text, lang in zip(texts[name], langs, strict=True)
        ]  # fmt: skip
        assert next(iter(read_shard(path))).schema.equals(SCHEMA)
