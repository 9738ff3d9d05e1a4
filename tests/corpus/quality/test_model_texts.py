"""Examples for a classifier out of files as people have them: which files, which kind each text is, how many, how long."""

import json
from pathlib import Path

import pytest

from corpus.errors import UserError
from corpus.quality.model_texts import MOST_BYTES, read_examples


def write(path: Path, *records: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def pairs(data: Path, column: str = "text", topic: str | None = None, most: int = 99) -> list[tuple[str, str]]:
    texts, kinds = read_examples(data, "--positive", column, topic, most)
    return list(zip(texts.to_pylist(), kinds, strict=True))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of files of every kind: at its root, in folders, hidden, and beside the data."""
    for n, name in enumerate(
        ["b.x.jsonl", "a.jsonl", "news/2.jsonl", "news/1.jsonl", "law/deep/er/3.jsonl", ".hidden/4.jsonl",
         "news/.5.jsonl", "news/.git/6.jsonl", "dataset_info.json", "state.json", "news/notes.md"]
    ):  # fmt: skip
        write(tmp_path / name, {"text": f"글{n}", "meta": {"kind": f"k{n}"}}, {"text": f"둘째{n}", "meta": {}})
    (tmp_path / "folder.jsonl").mkdir()
    return tmp_path


def test_the_kind_is_the_uppermost_folder_or_the_name_of_the_file(folder: Path) -> None:
    """The files in the order of their paths; those that are hidden or no data are left out."""
    expected = [("a", 1), ("b", 0), ("law", 4), ("news", 3), ("news", 2)]
    assert pairs(folder) == [(text, kind) for kind, n in expected for text in (f"글{n}", f"둘째{n}")]
    assert pairs(folder / "news" / "2.jsonl") == [("글2", "2"), ("둘째2", "2")]
    assert pairs(folder / "law") == [("글4", "deep"), ("둘째4", "deep")]


def test_the_kind_may_be_a_column(folder: Path) -> None:
    """A text without a kind is left out."""
    assert pairs(folder, topic="meta.kind") == [(f"글{n}", f"k{n}") for n in (1, 0, 4, 3, 2)]
    assert pairs(folder / "a.jsonl", column="meta.kind") == [("k1", "a")]


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_of_each_kind_there_are_the_first_few(folder: Path, most: int) -> None:
    news = [("글3", "news"), ("둘째3", "news"), ("글2", "news"), ("둘째2", "news")]
    found = pairs(folder, most=most)
    assert [pair for pair in found if pair[1] == "news"] == news[:most]
    assert len([pair for pair in found if pair[1] != "news"]) == 3 * min(most, 2)


def test_of_a_corpus_its_train_split_is_read_and_the_kind_is_the_source(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    for split in ("train", "validation"):
        write(tmp_path / split / "web-00000.jsonl", {"text": f"{split} 하나", "source": "web", "kind": "x"})
        write(tmp_path / split / "wiki-00000.jsonl", {"text": f"{split} 둘", "source": "wiki", "kind": "y"})
    assert pairs(tmp_path) == [("train 하나", "web"), ("train 둘", "wiki")]
    assert pairs(tmp_path, topic="kind") == [("train 하나", "x"), ("train 둘", "y")]
    (tmp_path / "manifest.json").unlink()  # then it is a folder of two folders
    assert [kind for _, kind in pairs(tmp_path)] == ["train"] * 2 + ["validation"] * 2


def test_long_texts_are_cut(tmp_path: Path) -> None:
    """From MOST_BYTES bytes on to a third as many characters, of whatever script."""
    texts = ["a" * (MOST_BYTES - 1), "a" * MOST_BYTES, "가" * (MOST_BYTES // 3), "가" * MOST_BYTES, "글"]
    write(tmp_path / "a.jsonl", *({"text": text} for text in texts))
    cut = ["a" * 6666, texts[2], "가" * 6666]
    assert [text for text, _ in pairs(tmp_path)] == [texts[0], *cut, "글"]
    assert len(texts[2].encode()) == MOST_BYTES - 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "nowhere"}, r"^--positive .*nowhere: no such file or folder\.$"),
        ({"column": "body"}, r"^--positive .*: no record has a text in 'body'\. Name the fields with --column and"),
        ({"topic": "sort"}, r"^--positive .*: no record has a text in 'text' with a kind in 'sort'\. Name"),
    ],
)
def test_what_is_not_there_is_one_sentence(tmp_path: Path, change: dict[str, str], message: str) -> None:
    write(tmp_path / "a.jsonl", {"text": "글"})
    with pytest.raises(UserError, match=message):
        pairs(tmp_path / change.get("data", ""), change.get("column", "text"), change.get("topic"))
