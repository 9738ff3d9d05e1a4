"""A finished output folder is of all that its command reads: whatever changes, the folder is of something else.

The commands stop where they would look into the folder; what they tell of themselves there is compared.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corpus.build import identity
from corpus.duplicates import files
from corpus.duplicates.dataset import NearDuplicateSettings
from corpus.engine.local import LocalEngine
from corpus.recipe import Recipe
from pipelines import report_tokenizer, train_tokenizer
from tests.pipelines.test_report_tokenizer import KOREAN
from tests.tokenizer.byte_level import write_small
from tests.tokenizer.corpora import write_corpus
from tokenizer.analysis.peers import PACKAGED


class Claimed(Exception):  # noqa: N818 - it is no error
    """The settings that a folder is claimed with."""


def claimed(command: Callable[[], Any]) -> str:
    with pytest.raises(Claimed) as found:
        command()
    return json.dumps(found.value.args[0], sort_keys=True)


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def claim(out: Path, maker: Any, settings: Any, overwrite: bool = False) -> Iterator[None]:
        raise Claimed(settings)

    places = ("pipelines.report_tokenizer", "corpus.duplicates.files", "model.export.huggingface")
    for place in (*places, "corpus.engine.output"):  # train_tokenizer imports it from there when it runs
        monkeypatch.setattr(f"{place}.claim", claim)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inputs")
    for corpus, count in (("corpus", 2), ("other", 3)):
        for split in ("validation", "train"):
            write_corpus(folder / corpus, {"wiki-ko": [(f"{KOREAN} {split}", "ko", None)] * count})
            if split == "validation":
                (folder / corpus / "train").rename(folder / corpus / "validation")
    for name, last in (("a", "lo"), ("b", "ll"), ("peers/a", "lo")):
        (folder / name).mkdir(parents=True)
        write_small(folder / name / "tokenizer.json", "he", last)
    for name, text in (("lines", "한 줄"), ("lines2", "두 줄"), ("marked", "한 줄")):
        (folder / name).mkdir()
        (folder / name / "news.ko").write_text(f"{text}\n")
        (folder / name / "news.en").write_text("a line\n")
    (folder / "marked" / "gold.ko.pos").write_text("한/MM 줄/NNB\n")
    return folder


REPORTS: dict[str, dict[str, Any]] = {
    "seed": {"seed": 1},
    "split": {"split": "train"},
    "corpus": {"corpus": "other"},
    "tokenizer": {"tokenizer": ["b"]},
    "another tokenizer": {"tokenizer": ["a", "b"]},
    "parallel text": {"parallel": "lines"},
    "other parallel text": {"parallel": "lines2"},
    "morphemes": {"parallel": "marked"},
    "peers that are missing": {"peers": "nowhere"},
}


def test_a_report_on_tokenizers(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("none-is-here", "nowhere"):
        monkeypatch.setitem(PACKAGED, name, [("no_such_package", "tokenizer.json")])

    def told(**changes: Any) -> str:
        given = {"tokenizer": ["a"], "corpus": "corpus", "peers": "none-is-here"} | changes
        given["tokenizer"] = [inputs / name for name in given["tokenizer"]]
        for name in ("corpus", "parallel"):
            if name in given:
                given[name] = inputs / given[name]
        return claimed(lambda: report_tokenizer.main(**given, out=tmp_path / "out", workers=1))

    assert told() == told()
    found = {name: told(**change) for name, change in REPORTS.items()}
    found["nothing"] = told()
    (inputs / "a" / "training.json").write_text(json.dumps({"text": ["0" * 64]}))
    found["what the tokenizer has seen"] = told()
    (inputs / "a" / "training.json").unlink()
    (inputs / "two").mkdir()
    for name in ("vocab.json", "merges.txt"):
        (inputs / "two" / name).write_text("{}")
    found["of two files"] = told(tokenizer=["two"])
    for name in ("vocab.json", "merges.txt"):
        (inputs / "two" / name).write_text("[]")
        found[f"of two files, {name}"] = told(tokenizer=["two"])
    assert len(set(found.values())) == len(found)


TRAININGS: dict[str, dict[str, Any]] = {
    "corpus": {"corpus": "other"},
    "vocab_size": {"vocab_size": 1024},
    "sizes": {"sizes": "512"},
    "pattern": {"pattern": "gpt2"},
    "sample": {"sample": "ko=1"},
    "source_cap": {"source_cap": "wiki-ko=1"},
    "site_cap": {"site_cap": 1},
    "seed": {"seed": 1},
    "weights": {"weights": "ko=2"},
    "target": {"target": "ko_fertility=2"},
    "another target": {"target": "ko_fertility=2.1"},
    "text that a target is measured on": {"target": "premium=1.2", "parallel": "lines"},
    "other text": {"target": "premium=1.2", "parallel": "lines2"},
    "min_word_count": {"min_word_count": 2},
    "min_frequency": {"min_frequency": 3},
    "max_token_bytes": {"max_token_bytes": 9},
    "whole_characters": {"whole_characters": False},
    "morphemes": {"morphemes": "josa"},
    "pattern of superwords": {"pattern": "hanji"},
    "superwords": {"superwords": 8},
}


def test_a_trained_tokenizer(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By all options but `workers`, and by the code that counts and cuts."""

    def told(**changes: Any) -> str:
        given: dict[str, Any] = {"corpus": "corpus", "vocab_size": 896} | changes
        for name in given.keys() & {"corpus", "parallel"}:
            given[name] = inputs / given[name]
        return claimed(lambda: train_tokenizer.main(**given, out=tmp_path / "out", workers=1))

    def with_another(place: str, value: Any, **changes: Any) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(place, value)
            return told(**changes)

    assert told() == told()
    found = {name: told(**change) for name, change in TRAININGS.items()}
    found["nothing"] = told()
    found["how words are counted"] = with_another("tokenizer.job.VERSION", 999)
    found["which characters are letters"] = with_another("tokenizer.training.counts.engine_version", lambda: "99.0")
    found["how runs are cut"] = with_another("tokenizer.superwords.VERSION", 999, superwords=8)
    found["this release"] = with_another("tokenizer.job.release", lambda: "99")
    found["Kiwi's release"] = with_another("tokenizer.job.version", lambda name: "99", morphemes="josa")
    assert len(set(found.values())) == len(found)
    # Counts come with their content; how they were made is theirs.
    counts = {"pattern": "cl100k", "tables": []}
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "counts.json").write_text(json.dumps(counts))

    def from_counts() -> str:
        return claimed(lambda: train_tokenizer.main(counts=tmp_path / "counts", out=tmp_path / "out", workers=1))

    before = from_counts()
    monkeypatch.setattr("tokenizer.job.VERSION", 999)
    assert from_counts() == before
    (tmp_path / "counts" / "counts.json").write_text(json.dumps(counts | {"pattern": "gpt2"}))
    assert from_counts() != before


def test_a_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(**changes: Any) -> str:
        return json.dumps(identity(Recipe.model_validate({"name": "t", "sources": [{"name": "s"}]} | changes)))

    rules = tmp_path / "rules.py"
    text = "from corpus.quality.rules import Rule\nRULES = [Rule('max', 'mine', lambda t: [1] * len(t), ko=9.0)]\n"
    rules.write_text(text)
    own = {"quality": {"rules": [str(rules)]}}
    found = [told(), told(validation=0.1), told(sources=[{"name": "s", "priority": 7}]), told(**own)]
    rules.write_text(text + "# another\n")
    found.append(told(**own))
    for noun in ("prepare", "clean", "trim", "commit", "quality.judgement", "cleaning.boilerplate"):
        with monkeypatch.context() as patch:
            patch.setattr(f"corpus.{noun}.VERSION", 999)
            found.append(told())
    monkeypatch.setattr("corpus.build.release", lambda: "99")
    assert len({*found, told()}) == len(found) + 1


def test_files_without_duplicates(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.jsonl").write_text('{"text": "가", "body": "나"}\n')

    def told(column: str = "text", **changes: Any) -> str:
        settings = NearDuplicateSettings.model_validate(changes)
        with LocalEngine(1) as engine:
            return claimed(lambda: files.deduplicate_files(data, column, tmp_path / "out", settings, engine))

    found = [told(), told("body"), told(match={"threshold": 0.8}), told(shingles={"letters": 21})]
    (data / "a.jsonl").write_text('{"text": "나", "body": "가"}\n')
    found.append(told())
    (data / "a.jsonl").rename(data / "b.jsonl")
    found.append(told())
    assert len(set(found)) == len(found)


def test_an_exported_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from model.export import huggingface

    config = SimpleNamespace(train=SimpleNamespace(precision="bf16"), model=None)
    places = ["config.toml", "tokenizer/tokenizer.json", "tokenizer/tokenizer_config.json", huggingface.GENERATION]

    def told(**changes: Any) -> str:
        checkpoint = tmp_path / "checkpoints" / "5"
        monkeypatch.setattr(huggingface, "load_decoder", lambda run, step: (None, config, checkpoint))
        return claimed(lambda: huggingface.export_run(tmp_path, tmp_path / "out", **changes))

    manifest = tmp_path / "checkpoints" / "5" / "manifest.json"
    for path in [manifest, *(tmp_path / place for place in places)]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"step": 5}')
    assert told() == told(dtype="bfloat16")
    found = [told(), told(dtype="float16"), told(dtype="float32"), told(bos=False)]
    for path in [manifest, *(tmp_path / place for place in places)]:
        path.write_text('{"step": 5, "other": 1}')
        found.append(told())
    manifest.write_text('{"step": 6, "other": 1}')
    found.append(told())
    assert len(set(found)) == len(found)
