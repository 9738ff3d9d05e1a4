"""`publish` shows and uploads what the folder's own files say; a stand-in takes the hub's place."""

import json
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import DatasetCard, ModelCard
from huggingface_hub.errors import LocalTokenNotFoundError
from typer.testing import CliRunner

from corpus.build import build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.engine.task import file_sha256
from corpus.errors import UserError
from corpus.publishing import concerns, croissant, dataset_card
from corpus.quantities import megabytes
from corpus.recipe import Recipe
from pipelines.console import application
from pipelines.publish import FILES_A_COMMIT, Plan, main, make_plan

KOREAN = (
    "서울의 {n}번째 봄은 유난히 짧았다. 사람들은 강가에 나와 벚꽃을 보고 "
    "도시락을 먹었고, {n}시가 되어서야 집으로 돌아갔다."
)
SIGNS = (
    "Tower {n} of the old harbour was built by {n} masons, and its keeper climbs it each night to light the lamp that "
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("publish")
    mine = [KOREAN.format(n=n * 37) + " 문의: kim@example.kr" for n in range(4)] + ["짧다"]
    open_text = [SIGNS.format(n=n * 41) + "leads the boats home." for n in range(3)]
    for name, texts in (("mine", mine), ("open", open_text)):
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        (folder / f"{name}.jsonl").write_text(lines + ("{broken\n" if name == "mine" else ""))
    sources = [
        {"name": "mine", "files": str(folder / "mine.jsonl"), "license": "CC-BY-NC-4.0"},
        {"name": "open", "files": str(folder / "open.jsonl"), "profile": "none"},
    ]
    recipe = Recipe.model_validate(
        {
            "name": "two",
            "description": "Two | sources",
            "sources": sources,
            "quality": {"web": {"ko": {"min_words": 5}}},
        }
    )
    with LocalEngine(1) as engine:
        build(recipe, folder / "out", engine, Locator(None, folder / "cache"))
    return folder / "out"


def rows(card: str) -> dict[str, list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in card.splitlines() if line.startswith("|")
    ]
    return {row[0]: row[1:] for row in cells}


def test_the_card_says_what_the_books_say(corpus: Path) -> None:
    card = dataset_card(corpus, "me/two")
    stats = json.loads((corpus / "stats.json").read_text())
    found = rows(card)
    for name, book in stats["sources"].items():
        assert found[name][0] == str(book["output"]["documents"])
        assert found[name][2] == ", ".join(book["output"]["license_documents"])
    assert found["unreadable: bad json"] == ["1"]
    assert found["too short (min_words)"] == ["1"]
    assert f"email {stats['total']['clean']['redacted']['email']}" in card
    assert file_sha256(corpus / "manifest.json") in card
    assert 'load_dataset("me/two", split="train")' in card
    head = DatasetCard(card).data.to_dict()
    assert head["language"] == ["ko", "en"]
    assert (head["license"], head["license_name"]) == ("other", "CC-BY-NC-4.0, unknown")
    assert head["size_categories"] == ["n<1K"]
    assert [entry["split"] for entry in head["configs"][0]["data_files"]] == ["train", "validation"]
    assert json.loads(card.partition("```json\n")[2].partition("\n```")[0])["recipe"]["name"] == "two"


def test_what_needs_thought_is_told(corpus: Path) -> None:
    told = concerns(corpus)
    assert "4 documents are under CC-BY-NC-4.0, which forbids commercial use" in told
    assert "3 documents have no known licence" in " ".join(told)
    assert any("items of evaluation sets" in text for text in told)


def test_croissant_validates_and_names_every_column(corpus: Path, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    (tmp_path / "croissant.json").write_text(json.dumps(croissant(corpus, "me/two", "2026-11-26")))
    dataset = mlcroissant.Dataset(jsonld=str(tmp_path / "croissant.json"))  # raises where it is wrong
    assert [records.name for records in dataset.metadata.record_sets] == ["train", "validation"]
    assert len(dataset.metadata.record_sets[0].fields) == 9


def test_a_dry_run_shows_everything_and_touches_no_network(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*_: Any) -> None:
        raise AssertionError("touched the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    line = [str(corpus), "--repo", "me/two", "--dry-run", "--json", "--card", str(tmp_path / "card.md")]
    result = CliRunner().invoke(application(main), line)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["type"], told["repository"]) == ("dataset", "me/two")
    assert {"manifest.json", "stats.json", "rules.json"} < set(told["files"])
    assert not any(name.startswith(("rejects", "report", "audit")) for name in told["files"])
    dropped = ("rejects/", "report.html", "audit.html", "audit.json", ".")
    left = {p.relative_to(corpus).as_posix() for p in corpus.rglob("*") if p.is_file()} - {"README.md"}
    assert set(told["files"]) == {name for name in left if not name.startswith(dropped)}
    assert told["files"] == {name: (corpus / name).stat().st_size for name in told["files"]}
    count, size = len(told["files"]) + len(told["written"]), sum(told["files"].values())
    summary = f"Corpus {corpus} as the dataset me/two: {count} files, {megabytes(size)}"
    assert summary in result.stderr
    assert ".." not in result.stderr.replace("...", "").replace("../", "")
    plain = CliRunner().invoke(application(main), [str(corpus), "--repo", "me/two", "--dry-run"]).stdout
    listed = {line.split()[-1]: " ".join(line.split()[:-1]) for line in plain.splitlines() if line.startswith("   ")}
    assert listed.items() >= {name: megabytes(size) for name, size in told["files"].items()}.items()
    assert not any(name.startswith(".") for name in told["files"])
    assert told["written"]["README.md"] == (tmp_path / "card.md").read_text()
    assert "warning: 4 documents are under CC-BY-NC-4.0" in result.stderr
    assert (corpus / "README.md").read_text().startswith("---\nconfigs")  # what is here stays


class Hub:
    """What huggingface_hub would upload, in memory."""

    def __init__(self, refuse: Exception | None = None) -> None:
        self.refuse, self.made, self.files, self.commits = refuse, [], {}, []

    def create_repo(self, name: str, repo_type: str, private: bool, exist_ok: bool) -> Any:
        if self.refuse:
            raise self.refuse
        self.made.append((name, repo_type, private))
        return type("Url", (str,), {"repo_id": f"account/{name}"})(f"https://hub.example/{name}")

    def create_commit(self, name: str, operations: list[Any], commit_message: str, repo_type: str) -> None:
        assert (name, repo_type) == (f"account/{self.made[-1][0]}", self.made[-1][1])  # as the hub calls it
        self.commits.append(len(operations))
        for operation in operations:
            source = operation.path_or_fileobj
            self.files[operation.path_in_repo] = source if isinstance(source, bytes) else Path(source).read_bytes()


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("left", [0, 1])
def test_the_upload_is_what_the_dry_run_showed(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, private: bool, left: int
) -> None:
    """In commits of so many files, the last of which may have a single one."""
    hub = Hub()
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: hub)
    assert FILES_A_COMMIT == 200  # the hub refuses some hundred large files at once
    shown = main(corpus, repo="me/two", dry_run=True, private=private, card=None)
    files = len(shown["files"]) + len(shown["written"])
    at_once = next(n for n in range(3, files) if files % n == left)
    monkeypatch.setattr("pipelines.publish.FILES_A_COMMIT", at_once)
    done = main(corpus, repo="me/two", dry_run=False, private=private, card=None)
    assert hub.made == [("me/two", "dataset", private)]
    assert hub.commits == [at_once] * (files // at_once) + [left] * (left > 0)
    assert sum(hub.commits) == len(hub.files)
    assert set(hub.files) == {*shown["files"], *shown["written"]}
    assert all(hub.files[name] == (corpus / name).read_bytes() for name in shown["files"])
    assert hub.files["README.md"].decode() == shown["written"]["README.md"]
    assert done["url"] == "https://hub.example/me/two"


def test_nothing_goes_up_of_a_damaged_folder_or_without_a_login(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    monkeypatch.setattr("huggingface_hub.HfApi", lambda: Hub(LocalTokenNotFoundError("no token")))
    with pytest.raises(UserError, match="hf auth login"):
        main(corpus, repo="me/two", dry_run=False, private=False, card=None)
    hub = Hub()
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: hub)
    shutil.copytree(corpus, tmp_path / "copy")
    with (tmp_path / "copy" / "report.html").open("a") as file:
        file.write(" ")
    with pytest.raises(UserError, match="Nothing was uploaded"):
        main(tmp_path / "copy", repo="me/two", dry_run=False, private=False, card=None)
    assert hub.made == []


def test_a_tokenizer_goes_with_its_card_and_without_its_counts(tmp_path: Path) -> None:
    tables = [{"source": "web", "lang": "ko", "documents": 12, "bytes": 3400}]
    training = {
        "vocab_size": 4096,
        "pattern": "cl100k",
        "words": {"occurrences": 777, "distinct": 55},
        "counts": tables,
    }
    (tmp_path / "training.json").write_text(json.dumps(training | {"tokenizer_sha256": "ab" * 32}))
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "counts.json").write_text("{}")
    plan = make_plan(tmp_path, "me/tok")
    assert (plan.repository, set(plan.files)) == ("model", {"training.json", "tokenizer.json"})
    assert rows(plan.written["README.md"])["web"] == ["ko", "12", "3.4 kB"]
    assert ModelCard(plan.written["README.md"]).data.language == ["ko"]
    with pytest.raises(UserError, match="neither a finished corpus"):
        make_plan(tmp_path / "counts", "me/x")
    (tmp_path / "countries.json").write_text("{}")  # not of counts/
    assert "countries.json" in make_plan(tmp_path, "me/tok").files


@pytest.mark.parametrize(
    ("names", "kind", "repository"),
    [
        (["packing.json", "train/a.arrow", "README.md"], "Packed data", "dataset"),
        (["packing.json", "training.json"], "Packed data", "dataset"),
        (["config.json", "a.safetensors", "README.md"], "Model", "model"),
        (["model.gguf"], "Model", "model"),
        (["config.json"], None, ""),
        (["a.safetensors"], None, ""),
        (["manifest.json"], None, ""),
        (["stats.json"], None, ""),
    ],
)
def test_what_goes_as_it_is(tmp_path: Path, names: list[str], kind: str | None, repository: str) -> None:
    """With the card that it has; what is hidden, at any depth, stays here."""
    for name in [*names, ".hanji.json", ".work/a.json", "train/.b"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    if kind is None:
        with pytest.raises(UserError, match="neither a finished corpus"):
            make_plan(tmp_path, "me/x")
    else:
        files = {name: tmp_path / name for name in sorted(names)}
        assert make_plan(tmp_path, "me/x") == Plan(kind, repository, files, {}, [])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["한글 이름", "a/b/c", "-x"])
def test_a_name_that_the_hub_would_refuse_is_refused_before_anything_is_shown(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"no name for the hub.*--repo OWNER/NAME"):
        main(tmp_path, repo=name, dry_run=True, private=False, card=None)


def test_without_a_network_no_mirror_is_advised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    def fail(*_: object, **__: object) -> None:
        raise httpx.ConnectError("Name or service not known")

    monkeypatch.setattr("pipelines.publish.make_plan", lambda *_: Plan("Packed data", "dataset", {}, {}, []))
    monkeypatch.setattr("corpus.engine.verify.find_results", lambda _: [])
    monkeypatch.setattr("huggingface_hub.HfApi.create_repo", fail)
    with pytest.raises(UserError, match="the hub cannot be reached") as told:
        main(tmp_path, repo="me/two", dry_run=False, private=False, card=None)
    assert "mirror" not in str(told.value)
    monkeypatch.setattr("huggingface_hub.HfApi.create_repo", lambda *_, **__: {}["a mistake of ours"])
    with pytest.raises(KeyError):
        main(tmp_path, repo="me/two", dry_run=False, private=False, card=None)
