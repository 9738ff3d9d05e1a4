"""`hanji new recipe` writes a recipe that loads and reads the texts of all files; docs/recipes.md has every key."""

import gzip
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.recipe import Recipe, load_recipe
from corpus.recipe_keys import _model_of, json_schema, meanings, reference
from corpus.sources import source
from corpus.sources.survey import survey
from pipelines.new import main

ROOT = Path(__file__).resolve().parents[2]
KOREAN = "서울의 봄은 짧다. 사람들은 강가에 나와 벚꽃을 보고 도시락을 먹었다."


def read_all(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What the recipe reads: source → records."""
    recipe = load_recipe(str(path), path.parent)
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in recipe.sources:
        kind = source(entry.kind or entry.name, entry.settings)
        for part in kind.parts(Locator(None, path.parent)):
            for chunk in kind.read(Path(part.url), part):
                assert not chunk.unreadable
                found.setdefault(entry.name, []).extend(chunk.records.to_pylist())
    return found


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Five kinds of files, as people have them."""
    folder = tmp_path / "내 자료"
    for name in ("news", "tables", "notes", "old"):
        (folder / name).mkdir(parents=True)
    lines = [
        {"meta": {"link": f"https://a.example/{n}"}, "headline": f"제목 {n}", "body": KOREAN, "id": n} for n in range(3)
    ]
    with gzip.open(folder / "news/a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    table = pa.table({"document": ["The ferry left the harbour late that evening."] * 4, "score": [0.5] * 4})
    pq.write_table(table, folder / "tables/b.parquet")
    (folder / "notes/c.txt").write_text(KOREAN)
    (folder / "notes/d.txt").write_text(KOREAN + KOREAN)
    (folder / "old/e.csv").write_text(f'no,story\n1,"{KOREAN}"\n2,"{KOREAN}"\n')
    (folder / "README.md").write_text("no data")
    return folder


def test_the_recipe_reads_every_text_of_every_file(mine: Path, tmp_path: Path) -> None:
    main("recipe", mine, out=tmp_path / "mine.toml")
    found = read_all(tmp_path / "mine.toml")
    assert {name: len(records) for name, records in found.items()} == {"news": 3, "tables": 4, "notes": 2, "old": 2}
    assert found["news"][0] | {"row": 0} == found["news"][0] | {
        "text": KOREAN, "title": "제목 0", "url": "https://a.example/0", "row": 0
    }  # fmt: skip
    assert found["old"][0]["text"] == KOREAN
    assert {record["text"][:9] for record in found["tables"]} == {"The ferry"}
    profiles = {
        entry["name"]: entry["profile"] for entry in tomllib.loads((tmp_path / "mine.toml").read_text())["sources"]
    }
    assert profiles == {"news": "web", "tables": "reference", "notes": "reference", "old": "reference"}


def test_what_was_seen_is_in_the_comments(mine: Path, tmp_path: Path) -> None:
    main("recipe", mine, out=tmp_path / "mine.toml")
    text = (tmp_path / "mine.toml").read_text()
    assert "# Fields of the first 3 records: meta.link (str), headline (str), body (str), id (int)." in text
    assert f"# Their texts have {len(KOREAN)} characters on average; languages: ko 100 %." in text
    assert text.count('license = "unknown"  # name it') == 4


def test_formats_of_one_folder_are_sources_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.txt").write_text(KOREAN)
    (folder / "b.txt").write_text(KOREAN)
    (folder / "c.jsonl").write_text(json.dumps({"text": KOREAN}) + "\n")
    main("recipe", folder, out=tmp_path / "m.toml")
    assert {name: len(records) for name, records in read_all(tmp_path / "m.toml").items()} == {
        "mixed-txt": 2,
        "mixed-jsonl": 1,
    }


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl.gz", "a.jsonl.zst", "a.arrow"])
def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("plain text, not packed at all")
    with pytest.raises(UserError, match=f"{name}: not readable as .*Is it cut off, or of another format"):
        survey(tmp_path / name)


def test_one_file_an_array_and_a_file_without_text(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps([{"text": KOREAN}, {"text": "more"}], indent=1))
    main("recipe", tmp_path / "one.json", out=tmp_path / "r.toml")
    assert len(read_all(tmp_path / "r.toml")["one"]) == 2
    (tmp_path / "numbers.jsonl").write_text('{"a": 1}\n')
    (found,) = survey(tmp_path / "numbers.jsonl")
    assert found.text is None
    main("recipe", tmp_path / "numbers.jsonl", out=tmp_path / "n.toml")
    assert 'fields = { text = "NAME" }' in (tmp_path / "n.toml").read_text()


def test_nothing_of_the_user_is_replaced(mine: Path, tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text("mine")
    with pytest.raises(UserError, match="is there already"):
        main("recipe", mine, out=tmp_path / "r.toml")
    assert (tmp_path / "r.toml").read_text() == "mine"
    with pytest.raises(UserError, match="no such file or folder"):
        main("recipe", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no file of a known format"):
        main("recipe", tmp_path / "empty", out=tmp_path / "e.toml")


def test_the_page_of_recipes_is_that_of_the_models() -> None:
    """Make it anew with: python -m corpus.recipe_keys > docs/recipes.md"""
    assert (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8") == reference()


def test_every_key_is_on_the_page() -> None:
    page = reference()

    def keys(model: Any) -> set[str]:
        found = set()
        for key, field in model.model_fields.items():
            inner = _model_of(field.annotation)
            if inner is not None:
                found |= keys(inner)
            else:
                found.add(field.alias or key)
        return found

    missing = [key for key in keys(Recipe) if f"`{key}`" not in page and key != "sources"]
    assert missing == []
    assert not re.findall(r"\n\|[^\n]*\|  \|\n", page.partition("## `[quality.web.ko]`")[0])  # a key without a meaning
    about = meanings(Recipe)["languages"]
    assert f"# {about[0].lower()}{about[1:]}\n" in (ROOT / "corpus" / "recipe.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "pipelines" / "recipes").glob("*.toml")), ids=lambda p: p.stem)
def test_the_schema_accepts_the_bundled_recipes(path: Path) -> None:
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), json_schema())


@pytest.mark.parametrize(
    "change", [{"languges": ["ko"]}, {"validation": 0.9}, {"sources": [{"name": "x", "fils": "a"}]}]
)
def test_the_schema_refuses_mistakes(change: dict[str, Any]) -> None:
    recipe = {"name": "x", "sources": [{"name": "x", "files": "a"}]}
    jsonschema.validate(recipe, json_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(recipe | change, json_schema())


def test_a_mistyped_key_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('name = "x"\nlanguges = ["ko"]\n[[sources]]\nname = "klue"\n')
    with pytest.raises(UserError, match=r"unknown key 'languges' \(did you mean 'languages'\?\)"):
        load_recipe(str(tmp_path / "r.toml"), tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "text", "characters"),
    [
        ("a.jsonl", '{"text": 5, "content": "가나다"}\n{"content": null}\n{"content": "가"}\n', "content", 2),
        (
            "a.jsonl",
            '{"content": "긴 글이 여기에 있다", "text": "짧다"}\n',
            "text",
            2,
        ),  # the common name, not the longest
        ("a.jsonl", '{"meta": {"Body": "가나"}, "note": "더 긴 글"}\n', "meta.Body", 2),
        ("a.jsonl", '{"x": "가", "y": "가나다라"}\n', "y", 4),  # no name is known: the longest
        ("a.jsonl", '{"title": "가나"}\n', "title", 2),  # a text that has no title besides
        ("a.jsonl", '{"n": 1, "m": null}\n', None, 0),
        ("a.json", '[{"body": "가나다"}, {"body": "가"}]\n', "body", 2),
        ("a.json", '[\n  {"body":\n   "가나다"}\n]\n', "body", 3),
        ("a.tsv", "id\ttext\n1\t가,나\n", "text", 3),
        ("a.csv", "id,text\n1,가나\n", "text", 2),
    ],
)
def test_the_field_of_the_text(tmp_path: Path, name: str, content: str, text: str | None, characters: int) -> None:
    """By its name where it holds strings; its length is that of the texts, not of records without one."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    (found,) = survey(tmp_path)
    assert (found.text, found.characters) == (text, characters)
    assert text not in found.columns.values()


def test_each_source_is_told_with_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, texts in (("a", ["x", "y", "z"]), ("b", ["w"])):
        (tmp_path / "mine" / name).mkdir(parents=True)
        for n, text in enumerate(texts):
            (tmp_path / "mine" / name / f"{n}.jsonl").write_text(json.dumps({"body" if name == "a" else "n": text}))
    out = tmp_path / "mine.toml"
    told = main("recipe", tmp_path / "mine", out=out)
    assert told["recipe"] == str(out)
    assert [(each["files"], each["format"]) for each in told["sources"]] == [(3, "jsonl"), (1, "jsonl")]
    shown = " ".join(capsys.readouterr().err.split())
    assert f"{told['sources'][0]['name']}: 3 files of jsonl, text in 'body'" in shown
    assert [each["text"] for each in told["sources"]] == ["body", "n"]
    assert f"Written: {out}. Look at it, then: hanji build_corpus --recipe {out} --dry-run" in shown
    before = out.read_text()
    with pytest.raises(UserError, match="is there already"):
        main("recipe", tmp_path / "mine", out=out)
    (tmp_path / "mine" / "b" / "0.jsonl").rename(tmp_path / "mine" / "a" / "3.jsonl")
    assert out.read_text() == before
    main("recipe", tmp_path / "mine", out=out, overwrite=True)
    assert out.read_text() != before


def test_a_recipe_without_a_name_has_that_of_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.jsonl").write_text('{"text": "a"}\n')
    monkeypatch.chdir(tmp_path / "mine")
    assert main("recipe", Path())["recipe"] == "mine.toml"
    assert main("recipe", Path("a.jsonl"))["recipe"] == "a.toml"
    assert all("a.jsonl" in read.read_text() or "*.jsonl" in read.read_text() for read in Path().glob("*.toml"))


def test_a_folder_of_a_command_without_documents_gets_no_recipe(tmp_path: Path) -> None:
    """Its vocabulary and counts are no texts."""
    from corpus.engine.marker import Maker, write_marker

    (tmp_path / "tok").mkdir()
    (tmp_path / "tok" / "words.jsonl").write_text('{"text": "a"}\n')
    write_marker(tmp_path / "tok", Maker("train_tokenizer", "a tokenizer"), {}, {}, finished=True)
    with pytest.raises(UserError, match="it holds a tokenizer, made by train_tokenizer, and no documents"):
        main("recipe", tmp_path / "tok", out=tmp_path / "r.toml")
    assert not (tmp_path / "r.toml").exists()
