"""Which files are a split of a configuration: as `datasets` itself resolves the same repository."""

from pathlib import Path

import pytest

from corpus.download.hub import place
from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.sources import source
from corpus.sources.hub_configs import files_of

CARD = """---
license: mit
configs:
- config_name: ko
  default: true
  data_files:
  - split: train
    path: [ko/part-*.jsonl, more/ko.jsonl]
  - split: dev
    path: ko/dev.jsonl
- config_name: en
  data_files: "en/*.jsonl"
- config_name: split-by-name
  data_dir: named
---
# A dataset
"""
NAMES = [
    "README.md", "dataset_infos.json", "ko/part-0.jsonl", "ko/part-1.jsonl", "ko/dev.jsonl", "more/ko.jsonl",
    "en/a.jsonl", "named/train/a.jsonl", "named/test/b.jsonl", "named/.hidden.jsonl",
    "named/test/.cache/c.jsonl", "named/__MACOSX/test/b.jsonl",
]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "split", "files"),
    [
        (None, "train", ["ko/part-0.jsonl", "ko/part-1.jsonl", "more/ko.jsonl"]),
        ("ko", "dev", ["ko/dev.jsonl"]),
        ("en", "train", ["en/a.jsonl"]),
        ("split-by-name", "test", ["named/test/b.jsonl"]),
    ],
)
def test_the_card_says_which_files(config: str | None, split: str, files: list[str]) -> None:
    assert files_of(NAMES, CARD, config, split, "here") == files


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize(
    "name", ["{}.csv", "a-{}.csv", "a.{}-b.csv", "7{}.csv", "a {}8.csv", "{}_1.csv", "{}/a.csv", "b/{}.csv"]
)
def test_a_split_is_a_word_of_a_name(name: str, split: str) -> None:
    """Between signs, digits, or the ends of the name; as a part of another word it is none."""
    names = {other: name.format(other) for other in ("train", "validation", "test")}
    assert files_of(list(names.values()), "", None, split, "here") == [names[split]]
    inside = [f"x{other}y.csv" for other in names]
    assert files_of(inside, "", None, "train", "here") == sorted(inside)


@pytest.mark.parametrize(
    ("card", "config", "split", "message"),
    [
        (CARD, "jp", "train", "config = 'jp' is not a configuration of this dataset; it has ko, en, split-by-name"),
        (CARD, "ko", "test", "split = 'test' is not a split of this dataset; it has train, dev"),
        ("", "ko", "train", "README.md names none; name the files with `glob`"),
        (CARD.replace("  default: true\n", ""), None, "train", "several configurations; set config to one of ko, en"),
        ("---\nconfigs: [a, b\n---\n", None, "train", "README.md cannot be read"),
        ("---\nconfigs: [a]\n---\n", None, "train", "README.md cannot be read"),
        (CARD.replace("path: ko/dev", "paths: ko/dev"), "ko", "train", "neither globs nor pairs of split and path"),
        (CARD.replace('"en/*.jsonl"', "7"), "en", "train", "neither globs nor pairs of split and path"),
    ],
)
def test_what_is_not_there_is_told(card: str, config: str | None, split: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        files_of(NAMES, card, config, split, "here")


LAYOUTS = {
    "sharded": ["data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl", "data/odd-00000-of-00001.jsonl"],
    "folders": ["a/train/x.jsonl", "a/my_dev/y.jsonl", "b-test-1/z.jsonl", "other/train.jsonl"],
    "names": ["train.jsonl", "x_test.jsonl", "valid-0.jsonl", "retrained.jsonl", "evaluation 2.jsonl"],
    "no names": ["a.jsonl", "b/c.jsonl", "dataset_infos.json", ".git/x.jsonl", "__pycache__/y.jsonl"],
    "of other splits only": ["deep/er/test/x.jsonl", "y.jsonl"],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_splits_by_name_are_those_of_datasets(tmp_path: Path, layout: str) -> None:
    from datasets.data_files import DataFilesDict, get_data_patterns

    for name in LAYOUTS[layout]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}", encoding="utf-8")
    theirs = DataFilesDict.from_patterns(get_data_patterns(str(tmp_path)), base_path=str(tmp_path))
    for split, files in theirs.items():
        expected = sorted(Path(path).relative_to(tmp_path).as_posix() for path in files)
        assert sorted(files_of(LAYOUTS[layout], "", None, str(split), "here")) == expected
    with pytest.raises(UserError, match="is not a split") as told:
        files_of(LAYOUTS[layout], "", None, "none", "here")
    assert {name.strip(" .") for name in str(told.value).partition("it has ")[2].split(",")} == set(map(str, theirs))


def test_a_recipe_names_a_configuration_and_a_split(tmp_path: Path) -> None:
    root = tmp_path / "huggingface.co/datasets/org/both"
    for name in NAMES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(CARD if name == "README.md" else '{"text": "글"}\n', encoding="utf-8")
    locator = Locator(tmp_path, tmp_path / "cache")
    settings = {"repo": "org/both", "revision": "0a1b2c3", "license": "MIT"}
    for more, files in (
        ({}, ["ko/part-0.jsonl", "ko/part-1.jsonl", "more/ko.jsonl"]),
        ({"split": "dev"}, ["ko/dev.jsonl"]),
        ({"config": "en", "split": "train"}, ["en/a.jsonl"]),
    ):
        parts = source("hub", settings | more).parts(locator)
        assert [part.url.removeprefix("hf://datasets/org/both@0a1b2c3/") for part in parts] == files
    with pytest.raises(UserError, match="leave out config and split, or glob"):
        source("hub", settings | {"glob": "*.jsonl", "split": "train"})
    with pytest.raises(UserError, match=r"org/both@0a1b2c3.*split = 'test' is not a split"):
        source("hub", settings | {"split": "test"}).parts(locator)


@pytest.mark.parametrize("repo", ["../..", "org/..", "./a", "org/.git", "-x/y", "org/"])
def test_a_repository_is_named_as_on_the_hub(repo: str) -> None:
    """Others would be folders outside of a mirror's part for the hub."""
    with pytest.raises(UserError, match="repo"):
        source("hub", {"repo": repo, "license": "MIT"})
    with pytest.raises(UserError, match="expected hf://datasets/ORG/NAME/PATH"):
        place(f"hf://datasets/{repo}/a.jsonl")


def test_a_split_that_a_card_names_twice_has_each_file_once() -> None:
    """Of the configuration that is named `default`, which needs no mark."""
    card = """---
configs:
- config_name: other
  data_files: "x.jsonl"
- config_name: default
  data_files:
  - split: train
    path: ./en/*.jsonl
  - split: train
    path: [ko/part-0.jsonl, en/a.jsonl]
---
"""
    assert files_of(NAMES, card, None, "train", "here") == ["en/a.jsonl", "ko/part-0.jsonl"]
