"""The bundled sample: what is committed is what the code plants, and the key tells the truth about it."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.sample.defects import FILES, FOOTER_DOCUMENTS, GENRES, plant

SAMPLE = Path(__file__).resolve().parents[3] / "corpus" / "sample"
NAMES = sorted(FILES.values())


def _data(path: Path) -> bytes:
    # The compressed bytes depend on the zlib that Python was built with; what they hold does not.
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _lines(name: str) -> list[bytes]:
    return _data(SAMPLE / "files" / name).removesuffix(b"\n").split(b"\n")


@pytest.fixture(scope="module")
def key() -> list[dict[str, Any]]:
    return [json.loads(line) for line in _lines("key.jsonl")]


@pytest.fixture(scope="module")
def records() -> dict[tuple[str, int], bytes]:
    return {(name, row): line for name in NAMES for row, line in enumerate(_lines(name))}


def _text(records: dict[tuple[str, int], bytes], at: dict[str, Any]) -> str:
    return json.loads(records[at["file"], at["row"]])["text"]


def _lang(entry: dict[str, Any]) -> str:
    return "ko" if "-ko." in entry["file"] else "en"


def _clean() -> dict[str, str]:
    """URL -> text of the documents as they were written."""
    lines = [
        line
        for lang in ("ko", "en")
        for genre in sum(GENRES.values(), ())
        for line in (SAMPLE / "documents" / f"{lang}-{genre}.jsonl").read_bytes().removesuffix(b"\n").split(b"\n")
    ]
    documents = [json.loads(line) for line in lines]
    return {document["url"]: document["text"] for document in documents}


def test_committed_files_are_what_is_planted(tmp_path: Path) -> None:
    plant(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*NAMES, "key.jsonl"])
    for path in tmp_path.iterdir():
        assert _data(path) == _data(SAMPLE / "files" / path.name), (
            f"{path.name}: run python -m tests.helpers.sample.defects"
        )


def test_planting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    plant(tmp_path / "a")
    plant(tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_key_covers_every_line_once(key: list[dict[str, Any]], records: dict[tuple[str, int], bytes]) -> None:
    assert [(entry["file"], entry["row"]) for entry in key] == [
        (name, row) for name in FILES.values() for row in range(len(_lines(name)))
    ]
    assert len(key) == len(records)


def test_numbers_of_defects(key: list[dict[str, Any]]) -> None:
    kinds = Counter(entry["kind"] for entry in key)
    assert kinds.pop("clean") > 250
    assert kinds == {
        "exact copy": 12,
        "near copy": 16,
        "footer": 8 * FOOTER_DOCUMENTS,
        "personal data": 8,
        "looks personal": 4,
        "nfd": 5,
        "mojibake": 4,
        "invisible characters": 3,
        "newlines and spaces": 3,
        "bad json": 2,
        "bad utf-8": 2,
        "line too long": 1,
        "null text": 1,
        "missing field": 1,
        "empty text": 1,
        "foreign language": 6,
        "spam": 6,
        "too short": 3,
    }


def test_every_written_document_is_there_once_and_to_be_kept(
    key: list[dict[str, Any]], records: dict[tuple[str, int], bytes]
) -> None:
    clean = _clean()
    assert len(clean) == 400
    found = {}
    for entry in key:
        if entry["expect"] in ("dropped", "unreadable"):
            continue
        record = json.loads(records[entry["file"], entry["row"]])
        assert record["url"] not in found
        found[record["url"]] = entry
        whole = clean[record["url"]]
        if entry["kind"] == "clean":
            assert entry["expect"] == "kept"
            assert record["text"] == whole
        elif entry["kind"] in ("looks personal", "personal data"):
            assert record["text"].startswith(whole)
        elif entry["kind"] == "mojibake":
            assert entry["text"].replace("\u2019", "'") == whole
        else:
            assert entry["text"] == whole
        if entry["expect"] == "repaired":
            assert record["text"] != entry["text"]
        for part in entry.get("lacks", []):
            assert part in record["text"]
            assert part not in whole
        for part in entry.get("contains", []):
            assert part in record["text"]
    assert found.keys() == clean.keys()


def test_lines_to_be_unreadable_are(key: list[dict[str, Any]], records: dict[tuple[str, int], bytes]) -> None:
    for entry in key:
        line = records[entry["file"], entry["row"]]
        problem = None
        if len(line) > 100_000:
            problem = "line too long"
        else:
            try:
                record = json.loads(line.decode("utf-8"))
                if not isinstance(record.get("text"), str):
                    problem = "null text" if "text" in record else "missing field"
            except UnicodeDecodeError:
                problem = "bad utf-8"
            except json.JSONDecodeError:
                problem = "bad json"
        assert problem == (entry["reason"] if entry["expect"] == "unreadable" else None)


def test_exact_copies_are_equal_but_for_space_at_line_ends(
    key: list[dict[str, Any]], records: dict[tuple[str, int], bytes]
) -> None:
    copies = [entry for entry in key if entry["kind"] == "exact copy"]
    assert sum("one of" in entry for entry in copies) == 6
    different = 0
    for entry in copies:
        text, original = _text(records, entry), _text(records, entry["of"])
        different += text != original
        assert "\n".join(line.rstrip() for line in text.splitlines()).rstrip() == original
    assert different == 1


def test_pairs_of_equal_priority_name_each_other(key: list[dict[str, Any]]) -> None:
    pairs: Counter[str] = Counter(json.dumps(entry["one of"]) for entry in key if "one of" in entry)
    assert len(pairs) == 14
    assert set(pairs.values()) == {2}
    for entry in key:
        if "one of" in entry:
            assert {"file": entry["file"], "row": entry["row"]} in entry["one of"]
        elif "of" in entry:
            assert entry["of"]["file"].startswith("wiki")


def _shingles(text: str, lang: str) -> set[Any]:
    if lang == "ko":
        syllables = re.sub("[^가-힣]", "", text)
        return {syllables[i : i + 7] for i in range(len(syllables) - 6)}
    words = re.findall(r"[\w']+", text.lower())
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


def _jaccard(a: set[Any], b: set[Any]) -> float:
    return len(a & b) / len(a | b)


def test_near_copies_share_most_shingles(key: list[dict[str, Any]], records: dict[tuple[str, int], bytes]) -> None:
    copies = [entry for entry in key if entry["kind"] == "near copy"]
    for entry in copies:
        lang = _lang(entry)
        text, original = _text(records, entry), _text(records, entry["of"])
        assert text != original
        assert _jaccard(_shingles(text, lang), _shingles(original, lang)) >= 0.8, original


def test_nothing_else_is_a_near_copy() -> None:
    sets = [(_shingles(text, url.split("/")[3])) for url, text in _clean().items()]
    for i, a in enumerate(sets):
        assert all(len(a & b) < 10 for b in sets[:i])


def test_registration_number_is_valid(key: list[dict[str, Any]]) -> None:
    found = [part for entry in key for part in entry.get("lacks", []) if re.fullmatch(r"\d{6}-\d{7}", part)]
    assert found
    for number in found:
        digits = [int(digit) for digit in number.replace("-", "")]
        total = sum(digit * weight for digit, weight in zip(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))
        assert (11 - total % 11) % 10 == digits[12]


def test_card_numbers_are_valid(key: list[dict[str, Any]]) -> None:
    found = [part for entry in key for part in entry.get("lacks", []) if re.fullmatch(r"(\d{4}[ -]){3}\d{4}", part)]
    assert len(found) == 2
    for number in found:
        digits = [int(digit) for digit in re.sub(r"\D", "", number)]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[::2]]
        assert (sum(doubled) + sum(digits[1::2])) % 10 == 0
