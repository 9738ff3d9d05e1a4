"""The report as a command: files, table, exit codes."""

import json
import re
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from corpus.engine.task import file_sha256
from corpus.errors import UserError
from corpus.shards import shard_paths
from pipelines.console import Ended, _plain
from pipelines.report_tokenizer import headline, main, measured_shards
from tests.tokenizer.byte_level import write_small
from tests.tokenizer.corpora import write_corpus
from tokenizer.analysis.peers import PACKAGED

KOREAN = "서울은 한국의 수도이다. 나는 학교에서 친구를 만났다."
ENGLISH = "Seoul is the capital of Korea. I met a friend at school."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_corpus(folder / "corpus", {"wiki-ko": [(KOREAN, "ko", None)] * 4, "wiki-en": [(ENGLISH, "en", None)] * 3})
    (folder / "corpus/train").rename(folder / "corpus/validation")
    write_corpus(folder / "corpus", {"wiki-ko": [(KOREAN, "ko", None)] * 4, "wiki-en": [(ENGLISH, "en", None)] * 3})
    for name in ("a/tokenizer", "b/tokenizer", "peers/small"):
        (folder / name).mkdir(parents=True)
        write_small(folder / name / "tokenizer.json", "he", "lo")
    return folder


def report(folder, *arguments):
    app = typer.Typer()
    app.command()(_plain(main))
    line = [
        "--corpus",
        str(folder / "corpus"),
        "--out",
        str(folder / "out"),
        "--workers",
        "1",
        "--overwrite",
        *map(str, arguments),
    ]
    return CliRunner().invoke(app, line)


def test_report_page_and_table_are_written(folder, monkeypatch):
    monkeypatch.setitem(PACKAGED, "nowhere", (("no_such_package", "tokenizer.json"),))
    result = report(
        folder, "--tokenizer", folder / "a/tokenizer", "--tokenizer", folder / "b/tokenizer",
        "--peers", "small,nowhere", "--peers-dir", folder / "peers", "--fail-if", "ko_fertility<1",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    found = json.loads((folder / "out/fertility.json").read_text())
    assert [(entry["name"], entry["ours"]) for entry in found["tokenizers"]] == [
        (str(folder / "a/tokenizer"), True), (str(folder / "b/tokenizer"), True), ("small", False),
    ]  # fmt: skip
    assert found["missing"][0]["name"] == "nowhere"
    assert f"missing: nowhere: {found['missing'][0]['reason']}" in " ".join(result.output.split())
    assert found["missing"][0]["reason"] != "nowhere"
    assert found["corpus"]["documents"] == 7  # the held-out ones
    assert found["corpus"]["split"] == "validation"
    assert "nowhere" in (folder / "out/report.html").read_text()


def test_a_peer_of_an_unknown_name_is_refused_before_anything_is_measured(folder, monkeypatch):
    monkeypatch.setattr("pipelines.report_tokenizer.measured_shards", None)  # not called
    result = report(
        folder, "--tokenizer", folder / "a/tokenizer", "--peers", "small,cl100,gpt2", "--peers-dir", folder / "peers"
    )
    assert result.exit_code == 2
    assert "--peers cl100: no such tokenizer. Accepted: all, a path, gpt2," in result.output
    assert "small." in result.output


def test_a_condition_that_holds_exits_with_1(folder):
    result = report(folder, "--tokenizer", folder / "a/tokenizer", "--fail-if", "ko_fertility>2.1")
    assert result.exit_code == 1
    assert "tokenizer: ko_fertility is" in result.output
    assert (folder / "out/fertility.json").exists()
    with pytest.raises(Ended) as ended:
        main([folder / "a/tokenizer"], folder / "corpus", out=folder / "out", fail_if=["ko_fertility>2.1"], workers=1)
    (broken,) = ended.value.result["broken_limits"]
    assert broken in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tokenizer", "nothing"],
        ["--tokenizer", "a/tokenizer", "--fail-if", "ko_fertility"],
        ["--tokenizer", "a/tokenizer", "--fail-if", "ja_fertility>1"],
        ["--tokenizer", "a/tokenizer", "--peers-dir", "nothing"],
        ["--tokenizer", "a/tokenizer", "--parallel", "nothing"],
        ["--tokenizer", "a/tokenizer", "--corpus", "nothing"],
    ],
)
def test_wrong_flags_are_told_without_a_traceback(folder, arguments, monkeypatch):
    monkeypatch.chdir(folder)
    assert report(folder, *arguments).exit_code == 2


def test_the_table_fits_into_80_columns(folder):
    from rich.console import Console

    report(folder, "--tokenizer", folder / "a/tokenizer", "--peers-dir", folder / "peers")
    found = json.loads((folder / "out/fertility.json").read_text())
    found["tokenizers"][0]["name"] = "a-tokenizer-with-quite-a-long-name-in-all"
    console = Console(width=80, record=True, force_terminal=False)
    console.print(headline(found))
    printed = console.export_text()
    assert max(map(len, printed.splitlines())) <= 80
    assert "…" not in printed
    for figure in ("ko tokens", "per token", "premium", "a-tokenizer-with"):
        assert figure in printed


def test_every_cell_of_the_table_is_the_figure_of_its_column():
    """A report in which no figure occurs twice; Korean comes first whichever language the report begins with."""
    unique = (2 + k / 64 for k in range(100))

    def entry(name: str) -> dict:
        languages = {
            lang: {"exact": True, "metrics": {m: {"value": next(unique)} for m in ("bytes_per_token", "fertility")}}
            for lang in ("en", "ko")
        }
        sets = {text: {"premium": {"value": next(unique)}} for text in ("news", "talks")}
        return {"name": name, "ours": name == "a", "languages": languages, "parity": sets | {"gini": 0.5}}

    entries = [entry("a"), entry("b")]
    table = headline({"tokenizers": entries})
    names = [str(column.header).replace("\n", " ") for column in table.columns]
    assert names == [
        "tokenizer", "ko tokens per word", "ko bytes per token", "en tokens per word", "en bytes per token",
        "ko/en premium",
    ]  # fmt: skip
    rows = list(zip(*(list(column.cells) for column in table.columns), strict=True))
    for e, row in zip(entries, rows, strict=True):
        wanted = [
            f"{e['languages'][lang]['metrics'][metric]['value']:.{digits}f}"
            for lang in ("ko", "en")
            for metric, digits in (("fertility", 3), ("bytes_per_token", 2))
        ]
        assert list(row[1:]) == [*wanted, f"{e['parity']['news']['premium']['value']:.2f}"]
    assert table.caption is None
    assert [(str(row[0]), row[0].style) for row in rows] == [("a", "bold"), ("b", "")]
    entries[1]["languages"]["en"]["exact"] = False
    entries[1]["languages"].pop("ko")
    entries[0]["parity"] = {"gini": 0.5, "news": {"premium": None}, "talks": {"premium": {"value": 1.5}}}
    entries[1]["parity"] = None
    table = headline({"tokenizers": entries})
    assert table.caption == "~ measured on a sample"
    rows = list(zip(*(list(column.cells) for column in table.columns), strict=True))
    assert rows[0][-1] == "1.50"
    metrics = entries[1]["languages"]["en"]["metrics"]
    fertility, size = (metrics[name]["value"] for name in ("fertility", "bytes_per_token"))
    assert list(rows[1][1:]) == ["–", "–", f"~{fertility:.3f}", f"~{size:.2f}", "–"]


def test_a_finished_report_is_of_its_seed_texts_and_tokenizers(folder, tmp_path):
    given = {"tokenizer": [folder / "a/tokenizer"], "corpus": folder / "corpus", "out": tmp_path / "out", "workers": 1}
    main(**given)
    made = (tmp_path / "out/fertility.json").stat().st_mtime_ns
    main(**given)
    assert (tmp_path / "out/fertility.json").stat().st_mtime_ns == made
    write_corpus(tmp_path / "corpus", {"wiki-ko": [(KOREAN, "ko", None)] * 3})
    (tmp_path / "corpus/train").rename(tmp_path / "corpus/validation")
    write_corpus(tmp_path / "corpus", {"wiki-ko": [(KOREAN, "ko", None)] * 3})
    (tmp_path / "t").mkdir()
    write_small(tmp_path / "t/tokenizer.json", "he", "ll")
    for change, key in (
        ({"seed": 1}, "seed"),
        ({"corpus": tmp_path / "corpus"}, "text"),
        ({"tokenizer": [tmp_path / "t"]}, "tokenizers"),
    ):
        with pytest.raises(UserError, match=f"finished with other settings: .*{key}"):
            main(**given | change)


@pytest.mark.parametrize(("split", "documents"), [("train", 7), ("all", 14), ("validation", 7)])
def test_the_split_that_is_named_is_measured(folder, split, documents):
    result = report(folder, "--tokenizer", folder / "a/tokenizer", "--split", split)
    assert result.exit_code == 0, result.output
    found = json.loads((folder / "out/fertility.json").read_text())["corpus"]
    assert (found["split"], found["documents"]) == (split, documents)


@pytest.mark.parametrize(
    ("text", "told"),
    [(None, None), (["train"], "all"), (["train", "other"], "all"), (["other"], "none"), ([], "none")],
)
def test_a_tokenizer_measured_on_its_own_text_is_told(folder, tmp_path, text, told):
    """On the page, in the JSON beside it and in the terminal; `train` stands for the shards of that split."""
    write_small(tmp_path / "tokenizer.json", "he", "lo")
    if text is not None:
        shards = [file_sha256(path) for path in shard_paths(folder / "corpus", "train")]
        known = [sha256 for name in text for sha256 in (shards if name == "train" else ["0" * 64])]
        (tmp_path / "training.json").write_text(json.dumps({"text": known}))
    result = report(folder, "--tokenizer", tmp_path, "--split", "train")
    assert result.exit_code == 0, result.output
    assert json.loads((folder / "out/fertility.json").read_text())["tokenizers"][0]["seen"] == told
    page = (folder / "out/report.html").read_text()
    assert ("was trained on all of the text" in page) == (told == "all")


@pytest.mark.parametrize(("known", "amount"), [(0, None), (1, "some"), (2, "all")])
def test_how_much_of_the_text_a_tokenizer_has_seen_is_warned_of(folder, tmp_path, known, amount):
    write_small(tmp_path / "tokenizer.json", "he", "lo")
    shards = [file_sha256(path) for path in shard_paths(folder / "corpus", "train")]
    (tmp_path / "training.json").write_text(json.dumps({"text": ["0" * 64, *shards[:known]]}))
    told = " ".join(report(folder, "--tokenizer", tmp_path, "--split", "train").output.split())
    assert re.findall(r"was trained on (\w+) of this text", told) == ([amount] if amount else [])


def test_without_held_out_documents_the_others_are_measured_and_that_is_told(folder, tmp_path):
    write_corpus(tmp_path / "corpus", {"wiki-ko": []})
    (tmp_path / "corpus/train").rename(tmp_path / "corpus/validation")
    write_corpus(tmp_path / "corpus", {"wiki-ko": [(KOREAN, "ko", None)] * 4})
    assert measured_shards(tmp_path / "corpus", None)[0] == "all"
    assert measured_shards(folder / "corpus", None)[0] == "validation"


def test_the_page_encodes_with_byte_level_tokenizers_of_ours_in_one_file(tmp_path):
    """The two files of GPT-2 are no tokenizer.json."""
    from pipelines.report_tokenizer import _encodable

    for name in (
        "one/tokenizer.json",
        "two/vocab.json",
        "two/merges.txt",
        "three/tokenizer.json",
        "peer/tokenizer.json",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    entries = [("one", True, "byte-level BPE"), ("two", True, "byte-level BPE"), ("three", True, "unigram"),
               ("peer", False, "byte-level BPE")]  # fmt: skip
    report = {"tokenizers": [{"name": name, "ours": ours, "kind": kind, "path": str(tmp_path / name)}
                             for name, ours, kind in entries]}  # fmt: skip
    assert _encodable(report) == {"one": tmp_path / "one" / "tokenizer.json"}


def test_which_of_ours_is_measured_on_a_sample_is_told(folder, tmp_path, monkeypatch):
    """Of peers it is not: their users know."""
    entries = [
        {
            "name": name,
            "ours": name != "peer",
            "seen": "",
            "slow": slow,
            "kind": "unigram",
            "languages": {},
            "parity": None,
        }
        for name, slow in (("a", None), ("b", "its library is slow"), ("peer", "this, too"))
    ]
    made = {"tokenizers": entries, "missing": [], "corpus": "c"}
    sizes = SimpleNamespace(sizes=SimpleNamespace(bytes_of=lambda: 0))
    monkeypatch.setattr("tokenizer.report.prepare", lambda *_: sizes)
    monkeypatch.setattr("tokenizer.report.build", lambda *_: made)
    monkeypatch.setattr("tokenizer.analysis.limits.check", lambda *_: [])
    given = []
    monkeypatch.setattr("pipelines.report_tokenizer._encodable", lambda found: (found, "to encode with"))
    monkeypatch.setattr(
        "tokenizer.page.page.write_page", lambda *of: given.append((of[0], *of[2:])) or of[1].write_text("page")
    )
    result = report(folder, "--tokenizer", folder / "a/tokenizer", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert given == [(made, (made, "to encode with"))]
    told = [line for line in result.output.splitlines() if "is measured on a sample" in line]
    assert told == ["b is measured on a sample, encoded by a slower library: its library is slow"]


def test_what_is_told_of_a_report_is_what_is_in_it(folder, tmp_path, monkeypatch, capsys):
    """The result whole; the first and the last line."""
    monkeypatch.setitem(PACKAGED, "nowhere", (("no_such_package", "tokenizer.json"),))
    found = main(
        [folder / "a/tokenizer"], folder / "corpus", out=tmp_path / "out", peers="small,nowhere",
        peers_dir=folder / "peers", fail_if=["ko_fertility<1"], workers=1,
    )  # fmt: skip
    made = json.loads((tmp_path / "out/fertility.json").read_text())
    assert json.loads(json.dumps(found)) == {
        "out": str(tmp_path / "out"),
        "corpus": made["corpus"],
        "tokenizers": {
            entry["name"]: {lang: group["metrics"] for lang, group in entry["languages"].items()}
            for entry in made["tokenizers"]
        },
        "missing": made["missing"],
        "broken_limits": [],
    }
    assert list(found["tokenizers"]) == ["tokenizer", "small"]
    told = " ".join(capsys.readouterr().err.split())
    assert told.startswith(f"2 tokenizers; reading {folder / 'corpus'} and analysing Korean sentences with Kiwi ")
    assert told.endswith(
        f" missing: nowhere: {made['missing'][0]['reason']} {tmp_path / 'out'}: fertility.json and report.html"
    )
    again = main(
        [folder / "a/tokenizer"], folder / "corpus", out=tmp_path / "out", peers="small,nowhere",
        peers_dir=folder / "peers", workers=1,
    )  # fmt: skip
    assert again == json.loads(json.dumps(found))
    assert "reading" not in capsys.readouterr().err  # it was there
