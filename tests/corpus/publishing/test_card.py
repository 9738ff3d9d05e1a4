"""The cards and the metadata of a corpus from books written by hand: every figure in its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.document import SCHEMA
from corpus.engine.task import file_sha256
from corpus.publishing import concerns, croissant, dataset_card, tokenizer_card
from corpus.publishing.card import _size


def _book(**output: Any) -> dict[str, Any]:
    return {
        "read": {"in": 110, "unreadable": {"bad json": 2}, "skipped": {"redirect": 3}, "bytes_in": 9_000},
        "clean": {
            "dropped": {"min_words": 20, "language": 20},
            "bytes_dropped": {},
            "redacted": {"email": 1234, "phone_number": 2},
        },
        "deduplicate": {"dropped": {"exact": 7, "near": 9}, "bytes_in": 0, "bytes_kept": 0},
        "trim": {"dropped": {"contamination": 1}, "bytes_in": 0, "bytes_kept": 0},
        "output": {
            "documents": 48,
            "bytes": 5_000,
            "languages": {"en": 30, "ko": 18},
            "language_bytes": {"en": 2_000, "ko": 3_000},
            "license_documents": {"": 5, "CC-BY-NC-4.0": 7, "CC0-1.0": 36},
        }
        | output,
    }


def _corpus(folder: Path, stats: dict[str, Any], **recipe: Any) -> Path:
    settings = {
        "name": "두 나라",
        "description": "",
        "privacy": {"kinds": ["email"]},
        "contamination": {"sets": ["klue"]},
    }
    manifest = {
        "recipe": settings | recipe,
        "hanji": "9.9",
        "inputs": [{"url": url} for url in ("a", "b", "a")],
        "outputs": [{"path": "x", "sha256": "1" * 64}, {"path": "y", "sha256": "2" * 64}],
    }
    for name, content in (("stats", stats), ("manifest", manifest)):
        (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False))
    return folder


@pytest.fixture
def stats() -> dict[str, Any]:
    one = _book(documents=40, bytes=4_000, license_documents={"": 5, "CC0-1.0": 35})
    two = _book(documents=8, bytes=1_000, license_documents={"CC-BY-NC-4.0": 7, "CC0-1.0": 1})
    return {"sources": {"web": one, "a|b": two}, "total": _book()}


def test_the_card_of_a_corpus(tmp_path: Path, stats: dict[str, Any]) -> None:
    card = dataset_card(_corpus(tmp_path, stats), "me/two")
    head, _, body = card.removeprefix("---\n").partition("\n---\n")
    assert head.split("\n")[:3] == ["language:", "- ko", "- en"]  # most text first
    licenses = ["license: other", 'license_name: "unknown, CC-BY-NC-4.0, CC0-1.0"']
    assert head.split("\n")[3:8] == [*licenses, 'pretty_name: "두 나라"', "size_categories:", "- n<1K"]
    assert "48 documents, 5.0 kB of text, by Hanji 9.9 from 110 records in 2 upstream files." in body
    assert "| web | 40 | 4.0 kB | not stated, CC0-1.0 |\n| a\\|b | 8 | 1.0 kB | CC-BY-NC-4.0, CC0-1.0 |" in body
    table = body.partition("## What was left out\n")[2].partition("##")[0].strip().split("\n")[2:]
    assert table == [
        "| other language (language) | 20 |", "| too short (min_words) | 20 |",
        "| near duplicate | 9 |", "| exact duplicate | 7 |",
        "| no document: redirect | 3 |", "| unreadable: bad json | 2 |", "| cut: contamination | 1 |",
    ]  # fmt: skip
    assert "Searched for: email; replaced by tags: email 1,234, phone_number 2." in body
    assert "## Test items\n\nNot searched for." in body
    assert f"(SHA-256 {file_sha256(tmp_path / 'manifest.json')})" in body


def test_test_items_and_no_privacy_in_a_card(tmp_path: Path, stats: dict[str, Any]) -> None:
    folder = _corpus(tmp_path, stats, privacy={"kinds": []}, description="Words.")
    found = {"mine": {"items": 1000, "items hit": {"leak": 30, "short": 4}, "documents": {"leak": 50, "short": 6}}}
    (folder / "contamination.json").write_text(json.dumps(found))
    card = dataset_card(folder, "me/two")
    assert "| mine | 1,000 | 30 | 50 |" in card
    assert "## Personal data\n\nNot searched for.\n" in card
    assert "# two\n\nWords.\n\n48 documents" in card


def test_concerns(tmp_path: Path, stats: dict[str, Any]) -> None:
    stats["sources"]["web"]["output"]["documents"] = 1
    stats["total"]["output"]["license_documents"] |= {"unknown": 2}
    told = concerns(_corpus(tmp_path, stats, privacy={"kinds": []}, contamination={"sets": []}))
    assert told[:5] == [
        "5 documents have no known licence; name it in the recipe, or leave them out",
        "7 documents are under CC-BY-NC-4.0, which forbids commercial use",
        "2 documents have no known licence; name it in the recipe, or leave them out",
        "personal data were not redacted ([privacy] kinds = [])",
        "the text was not searched for items of evaluation sets ([contamination] sets)",
    ]
    assert len(told) == 7  # both sources lost much
    assert told[5].startswith("source 'web': 1 of 107 records are kept")
    assert concerns(_corpus(tmp_path, {"sources": {}, "total": _book(license_documents={"MIT": 3})})) == []


@pytest.mark.parametrize(
    ("count", "size"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (9_999, "1K<n<10K"), (10_000, "10K<n<100K"), (100_000, "100K<n<1M"),
     (10**6, "1M<n<10M"), (10**7, "10M<n<100M"), (10**8, "100M<n<1B"), (10**9 - 1, "100M<n<1B"), (10**9, "n>1B")],
)  # fmt: skip
def test_sizes_are_the_classes_of_the_hub(count: int, size: str) -> None:
    assert _size(count) == size


def test_the_card_of_a_tokenizer(tmp_path: Path) -> None:
    tables = [("web", "ko", 3, 1500), ("news", "ko", 1000, 2_000_000), ("a", "en", 1, 1)]
    training = {
        "counts": [dict(zip(("source", "lang", "documents", "bytes"), table, strict=True)) for table in tables],
        "vocab_size": 50304,
        "pattern": "hanji",
        "words": {"occurrences": 12345, "distinct": 678},
        "tokenizer_sha256": "f" * 64,
    }
    (tmp_path / "training.json").write_text(json.dumps(training))
    card = tokenizer_card(tmp_path, "me/small")
    assert card.startswith("---\nlanguage:\n- en\n- ko\ntags:")
    assert "of 50,304 tokens, pattern hanji, trained by Hanji on 12,345 words (678 distinct)" in card
    assert "| web | ko | 3 | 1.5 kB |\n| news | ko | 1,000 | 2.0 MB |\n| a | en | 1 | 1 B |" in card
    assert f"SHA-256 of tokenizer.json: {'f' * 64}." in card
    assert 'from_pretrained("me/small")' in card


def test_croissant_names_every_column_of_every_split(tmp_path: Path, stats: dict[str, Any]) -> None:
    told = croissant(_corpus(tmp_path, stats), "me/two", "2026-11-26")
    assert (told["name"], told["datePublished"], told["inLanguage"]) == ("two", "2026-11-26", ["en", "ko"])
    assert told["license"] == ["not stated", "CC-BY-NC-4.0", "CC0-1.0"]
    assert told["description"] == "A text corpus built by Hanji 9.9."
    made = {file["@id"]: file for file in told["distribution"]}
    assert made["manifest.json"]["sha256"] == file_sha256(tmp_path / "manifest.json")
    assert made["manifest.json"]["contentUrl"] == "https://huggingface.co/datasets/me/two/resolve/main/manifest.json"
    assert [made[f"{split}-files"]["includes"] for split in ("train", "validation")] == [
        "train/*.arrow", "validation/*.arrow"
    ]  # fmt: skip
    for split, records in zip(("train", "validation"), told["recordSet"], strict=True):
        assert records["@id"] == split
        assert [field["source"]["extract"]["column"] for field in records["field"]] == SCHEMA.names
        assert {field["source"]["fileSet"]["@id"] for field in records["field"]} == {f"{split}-files"}
        assert {f["name"].partition("/")[2]: f["dataType"] for f in records["field"]}["duplicates"] == "sc:Integer"
