"""Files of one's own and datasets of the hub: how a recipe names them, and what is said where nothing fits."""

import json
import logging
import os
from pathlib import Path
from unicodedata import normalize

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.build import Built
from corpus.build import build as build_corpus
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from corpus.recipe import Recipe
from corpus.sources import source
from corpus.sources.globs import chosen, matching
from tests.corpus.download.misbehaving_server import Server


def names(kind: str, folder: Path, **settings: object) -> list[str]:
    locator = Locator(folder, folder / "cache")
    return [part.url.removeprefix(f"{folder.resolve()}/") for part in source(kind, settings).parts(locator)]


def touch(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text('{"text": "글"}\n', encoding="utf-8")


def test_files_are_a_string_or_many_a_file_a_glob_or_a_folder(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "d/b.jsonl",
        "d/a.txt",
        "d/deep/er/c.JSONL.GZ",
        "d/readme.md",
        "d/state.json",
        "d/.hidden.txt",
        "d/.git/x.txt",
        "e.csv",
    )
    everything = ["d/a.txt", "d/b.jsonl", "d/deep/er/c.JSONL.GZ"]
    assert names("mine", tmp_path, files=str(tmp_path / "d")) == everything
    assert names("mine", tmp_path, files=[str(tmp_path / "d"), str(tmp_path / "e.csv")]) == [*everything, "e.csv"]
    assert names("mine", tmp_path, files=str(tmp_path / "d" / "*.txt")) == ["d/a.txt"]
    assert names("mine", tmp_path, files=str(tmp_path / "**" / "*.GZ")) == everything[2:]
    assert names("mine", tmp_path, files=[str(tmp_path / "?" / "[ab].*")] * 2) == everything[:2]
    (tmp_path / "none").mkdir()
    with pytest.raises(UserError, match="no file of a known format in the folder"):
        names("mine", tmp_path, files=str(tmp_path / "none"))


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("asked", ["NFC", "NFD"])
@pytest.mark.parametrize("pattern", ["자료/가나다.jsonl", "자료/*나*.jsonl", "*/가나다.*", "**/가나다.jsonl", "자료"])
def test_names_are_compared_composed(tmp_path: Path, stored: str, asked: str, pattern: str) -> None:
    """macOS stores Hangul decomposed; people type it composed."""
    name = normalize(stored, "자료/가나다.jsonl")  # type: ignore[arg-type]
    touch(tmp_path, name, "other/x.jsonl")
    assert names("mine", tmp_path, files=str(tmp_path / normalize(asked, pattern))) == [name]  # type: ignore[arg-type]
    assert chosen([name, "b"], normalize(asked, pattern if "." in pattern else "자료/*")) == [name]  # type: ignore[arg-type]


def test_globs_are_those_of_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import glob

    touch(tmp_path, "a/b/c.txt", "a/b.txt", "a/.h/d.txt", "e.txt", "[x].txt")
    os.symlink(tmp_path / "a", tmp_path / "link")
    monkeypatch.chdir(tmp_path)
    for pattern in (
        "*",
        "*.txt",
        "**/*.txt",
        "a/*",
        "a/**",
        "?/?.txt",
        "a/../e.txt",
        "nothing*",
        "./a/b.txt",
        "[[]x].txt",
        "link/*",
    ):
        expected = sorted(str(Path(found)) for found in glob.glob(pattern, recursive=True))
        assert sorted(map(str, map(Path, matching(pattern)))) == expected
        assert matching(str(tmp_path / pattern)) == [str(tmp_path / found) for found in matching(pattern)]


def build(recipe: Recipe, out: Path) -> Built:
    with LocalEngine(1) as engine:
        return build_corpus(recipe, out, engine, Locator(None, out.parent / "cache"))


def recipe_of(*sources: dict) -> Recipe:
    return Recipe.model_validate({"name": "r", "validation": 0.0, "sources": list(sources)})


def test_a_field_that_fits_no_record_is_the_recipes_mistake(tmp_path: Path) -> None:
    """Told with the fields that there are; one file among others without it costs only itself."""
    (tmp_path / "a.jsonl").write_text('{"content": "글", "headline": "T"}\n' * 3, encoding="utf-8")
    pq.write_table(pa.table({"content": ["글"], "n": [1]}), tmp_path / "b.parquet")
    mistaken = {
        "name": "news",
        "files": [str(tmp_path / "b.parquet"), str(tmp_path / "a.jsonl")],
        "fields": {"text": "body"},
    }
    with pytest.raises(
        UserError, match=r"source 'news': none of its 4 records has a text in the field 'body'; .*content, n.*fields ="
    ):
        build(recipe_of(mistaken), tmp_path / "out")
    (tmp_path / "e.jsonl").write_text('{"broken\n{"content": "글"}\n{"content": "말"}\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"none of its 3 records has a text in the field .*content.*글"):
        build(recipe_of(mistaken | {"files": [str(tmp_path / "e.jsonl")]}), tmp_path / "broken")
    (tmp_path / "e.jsonl").write_text('{"broken\n{"content": "글"}\n', encoding="utf-8")  # as much damage as records
    built = build(recipe_of(mistaken | {"files": [str(tmp_path / "e.jsonl")]}), tmp_path / "damaged")
    assert built.stats["total"]["read"]["unreadable"] == {"bad json": 1, "missing field": 1}
    (tmp_path / "d.csv").write_text("번호,본문\n1,글\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"in the field 'body'; the first one has: 번호, 본문\. Name the field"):
        build(recipe_of(mistaken | {"files": [str(tmp_path / "d.csv")]}), tmp_path / "csv")
    (tmp_path / "c.jsonl").write_text('{"body": "' + "다른 글이 여기에 있습니다. " * 20 + '"}\n', encoding="utf-8")
    mistaken["files"] = str(tmp_path)
    built = build(recipe_of(mistaken | {"files": [str(tmp_path / "[abc].*")]}), tmp_path / "two")
    assert built.stats["total"]["read"]["unreadable"] == {"missing field": 4}
    assert built.stats["total"]["read"]["kept"] == 1


def test_how_a_file_was_read_stands_in_the_books(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("동네 도서관은 아침에 문을 연다.".encode("cp949"))
    (tmp_path / "b.txt").write_text("동네 도서관은 저녁에 닫는다.", encoding="utf-8")
    built = build(recipe_of({"name": "x", "files": str(tmp_path / "*.txt"), "profile": "none"}), tmp_path / "out")
    assert built.stats["sources"]["x"]["read"]["notes"] == {"read as CP949": 1}
    assert "read as CP949" in (built.out / "report.html").read_text(encoding="utf-8")


def test_an_encoding_that_is_none_is_refused() -> None:
    for name in ("rot13", "punycode", "klingon", "idna"):
        with pytest.raises(UserError, match=r"encoding = .*expected the name of an encoding"):
            source("mine", {"files": "x", "encoding": name})


REPOSITORY = "huggingface.co/datasets/org/petitions"
DATASET = {
    "kind": "hub",
    "repo": "org/petitions",
    "license": "CC0-1.0",
    "language": "ko",
    "fields": {"text": "content"},
}


def test_any_dataset_of_the_hub_is_a_source_by_recipe(tmp_path: Path) -> None:
    for name, text in (("data/train-0.parquet", "하나"), ("data/train-1.parquet", "둘"), ("data/test-0.parquet", "셋")):
        path = tmp_path / REPOSITORY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"content": [text]}), path)
    locator = Locator(tmp_path, tmp_path / "cache")
    settings = {key: value for key, value in DATASET.items() if key != "kind"} | {
        "glob": "data/train-*.parquet",
        "revision": "0a1b2c3",
    }
    kind = source("hub", settings)
    assert (kind.lang, kind.license) == ("ko", "CC0-1.0")
    parts = kind.parts(locator)
    assert [part.url for part in parts] == [
        f"hf://datasets/org/petitions@0a1b2c3/data/train-{n}.parquet" for n in (0, 1)
    ]
    chunks = [chunk for part in parts for chunk in kind.read(locator.fetch(part), part)]
    assert [text for chunk in chunks for text in chunk.records["text"].to_pylist()] == ["하나", "둘"]
    twice = source("hub", settings | {"glob": ["data/train-1.parquet", "data/train-*", "data/train-0.parquet"]})
    assert [part.url[-15:] for part in twice.parts(locator)] == ["train-1.parquet", "train-0.parquet"]
    with pytest.raises(UserError, match=r"glob = '\*.csv' matches no file of hf://datasets/org/petitions@0a1b2c3"):
        source("hub", settings | {"glob": ["data/*", "*.csv"]}).parts(locator)
    with pytest.raises(UserError, match="not in the mirror"):
        source("hub", settings | {"repo": "org/other"}).parts(locator)
    for one in ("config", "split"):  # beside the globs
        with pytest.raises(UserError, match="glob names the files already; leave out config and split, or glob"):
            source("hub", settings | {one: "train"})
    for wrong in ({"repo": "no-slash"}, {"repo": "../../etc"}, {"revision": "../main"}, {"glob": []}):
        with pytest.raises(UserError, match=next(iter(wrong))):
            source("hub", settings | wrong)


def test_without_a_revision_todays_is_pinned_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    commit = "f" * 40
    server = Server()
    try:
        answer = {
            "id": "org/petitions",
            "sha": commit,
            "siblings": [{"rfilename": "a.jsonl"}],
            "private": False,
            "tags": [],
            "downloads": 0,
            "likes": 0,
        }
        for path in ("/api/datasets/org/petitions", f"/api/datasets/org/petitions/revision/{commit}"):
            server.put(path, json.dumps(answer).encode())
        tree = [{"type": "file", "oid": "0" * 40, "size": 3, "path": "a.jsonl"}]
        server.put(f"/api/datasets/org/petitions/tree/{commit}", json.dumps(tree).encode())
        locator = Locator(None, tmp_path, hub=server.url)
        settings = {key: value for key, value in DATASET.items() if key != "kind"} | {"glob": "*.jsonl"}
        with caplog.at_level(logging.WARNING):
            assert source("hub", settings).urls(locator) == [f"hf://datasets/org/petitions@{commit}/a.jsonl"]  # type: ignore[attr-defined]
        assert commit in caplog.text
    finally:
        server.close()
    gone = Server()
    gone.close()
    with pytest.raises(UserError, match="cannot be reached"):
        source("hub", settings).urls(Locator(None, tmp_path, hub=gone.url))  # type: ignore[attr-defined]


def test_a_link_to_a_folder_above_does_not_lead_round_and_round(tmp_path: Path) -> None:
    touch(tmp_path, "a/b/c.txt")
    os.symlink(tmp_path / "a", tmp_path / "a" / "b" / "up")
    assert matching(str(tmp_path / "**" / "*.txt")) == [str(tmp_path / "a/b/c.txt")]
