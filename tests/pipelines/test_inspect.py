"""A look into each kind of folder, in the terminal and as a page."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from corpus.engine.local import LocalEngine
from corpus.engine.marker import Maker, write_marker
from corpus.errors import UserError
from model.data.packed import PackedData, Segment
from model.inspection.inspect import _tiers, inspect
from model.inspection.sections import Inspection, Section, bars, cell
from model.packing.corpus import pack_corpus
from model.packing.packer import PackSettings
from pipelines import inspect as command
from pipelines.console import run
from tests.helpers.browser import check_page
from tests.model.small_corpus import byte_tokenizer, write_corpus
from tokenizer.encoding.vocabulary import Vocabulary

TEXTS = [f"문서 {i}: 한지는 닥나무로 만든 종이이다. " * (i % 7 + 1) for i in range(40)]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    root = tmp_path_factory.mktemp("inspect")
    corpus = write_corpus(
        root / "corpus",
        {"train": {"web-00000": TEXTS, "news-en-00000": TEXTS[:9]}, "validation": {"web-00000": TEXTS[:3]}},
    )
    (root / "tokenizer").mkdir()
    byte_tokenizer().save(str(root / "tokenizer" / "tokenizer.json"))
    (root / "tokenizer" / "special_tokens_map.json").write_text(
        '{"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}'
    )
    with LocalEngine(1) as engine:
        pack_corpus(corpus, root / "tokenizer", root / "packed", PackSettings(seq_len=256), engine)
    return root / "packed"


def look(*arguments: str, code: int = 0, capfd=None) -> str:
    with pytest.raises(SystemExit) as stop:
        run(command.main, list(arguments), "inspect")
    assert stop.value.code == code
    read = capfd.readouterr()
    return read.out + read.err


def test_packed_data(packed, tmp_path, capfd):
    page = tmp_path / "page.html"
    shown = look(str(packed), "--html", str(page), "--verify", capfd=capfd)
    about = json.loads((packed / "packing.json").read_text())
    html = page.read_text(encoding="utf-8")
    for text in (
        f"{about['tokens']:,} tokens in {about['rows']:,} rows",
        "news-en",
        "best-fit",
        "한지는 닥나무로",
        f"{2 * 52:,} of the tokens are BOS and EOS",
    ):
        assert text in shown
        assert text in html
    assert "All checksums are right." in shown
    for path in [packed / file["path"] for split in about["splits"].values() for source in split.values()
                 for file in source["files"]]:  # fmt: skip
        content = path.read_bytes()
        path.write_bytes(content[:-50] + bytes([content[-50] ^ 1]) + content[-49:])
        assert f"{path}: damaged" in look(str(packed), "--verify", code=2, capfd=capfd).replace("\n", "")
        path.write_bytes(content)


def test_the_plan_of_a_mixture(packed, capfd):
    about = json.loads((packed / "packing.json").read_text())["splits"]["train"]
    web, news = about["web"]["tokens"], about["news-en"]["tokens"]
    shown = look(str(packed), "--tokens", str(10 * news), "--mixture", "ko=0.5,en=0.5", capfd=capfd)
    for text in (
        "50.00 %",
        f"{5 * news:,}",
        f"{5 * news / web:.2f}",
        "5.00",
        "warning: Training will see news-en 5.0 times",
    ):
        assert text in shown
    shown = look(str(packed), "--tokens", str(10 * news), "--mixture", "ko=1,en=1", "--max-epochs", "en=4", capfd=capfd)
    assert "40.00 %" in shown
    assert "warning" not in shown
    assert "expected NAME=NUMBER" in look(str(packed), "--tokens", "5", "--mixture", "ko", code=2, capfd=capfd)
    assert "data.mixture.jp" in look(str(packed), "--tokens", "5", "--mixture", "jp=1", code=2, capfd=capfd)


def test_word_counts(tmp_path, capfd):
    from corpus.shards import shard_paths
    from tokenizer.training.counts import count_shards

    corpus = write_corpus(tmp_path / "corpus", {"train": {"web-00000": TEXTS}, "validation": {}})
    with LocalEngine(1) as engine:
        count_shards(shard_paths(corpus), tmp_path / "counts", "hanji", engine)
    shown = look(str(tmp_path / "counts"), capfd=capfd)
    assert "pattern 'hanji'" in shown
    assert f"' 닥나무로' {sum(i % 7 + 1 for i in range(40))}" in shown


def test_a_run(tmp_path, capfd):
    events = [
        {
            "kind": "train",
            "step": 5,
            "loss": 8.25,
            "lr": 1e-3,
            "tokens": 20_480,
            "tokens_per_second": 1234.5,
            "skipped": 0,
        },
        {"kind": "validation", "step": 5, "bpb/web": 2.125, "loss/web": 7.5},
        {"kind": "sample", "step": 5, "prompt": "대한민국의", "text": " 수도는 [서울]"},
    ]
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (tmp_path / "metrics.jsonl").write_text(lines + '{"kind": "train", "st')  # the run goes on, or was killed
    (tmp_path / "config.toml").write_text("[model]\nlayers = 2\n")
    shown = look(str(tmp_path), capfd=capfd)
    for text in ("step 5, loss 8.2500, 20,480 tokens", "2.125", "수도는 [서울]", "layers = 2"):
        assert text in shown


def test_a_folder_of_something_else_is_told(tmp_path, capfd):
    assert "neither a corpus" in look(str(tmp_path), code=2, capfd=capfd)
    (tmp_path / "a.txt").write_text("x")
    assert "a.txt: a file, not a folder" in look(str(tmp_path / "a.txt"), code=2, capfd=capfd)
    assert "none: no such folder" in look(str(tmp_path / "none"), code=2, capfd=capfd)


def test_every_folder_that_a_command_wrote_is_known(tmp_path, capfd):
    """One without tables of its own is shown with the figures of `pages`, or with the files of its marker."""
    export, index = tmp_path / "chain" / "hf", tmp_path / "index"
    export.mkdir(parents=True)
    (export / "model.gguf").write_bytes(b"")
    write_marker(export, Maker("export", "a model"), {}, {}, finished=True, record={"parameters": 1234})
    index.mkdir()
    write_marker(index, Maker("index", "an index of documents"), {}, {"a.npy": {"bytes": 123456}}, finished=False)
    shown = look(str(index), capfd=capfd)
    for text in ("an index of documents, made by index, unfinished", "a.npy", "123,456"):
        assert text in shown
    for folder in (export, tmp_path / "chain"):
        shown = look(str(folder), capfd=capfd)
        assert "1,234" in shown
        assert ("results, 1 of them" in shown, "Export for llama.cpp" in shown) == (folder != export, True)


def test_a_corpus(tmp_path, capfd):
    corpus = write_corpus(tmp_path / "corpus", {"train": {"web-00000": TEXTS, "web-00001": []}, "validation": {}})
    size = sum(len(text.encode()) for text in TEXTS)
    book = {
        "read": {"in": 47, "unreadable": {"bad json": 1}, "skipped": {}},
        "clean": {"dropped": {"min_words": 4}},
        "deduplicate": {"dropped": {"near": 2}},
        "output": {"documents": 40, "bytes": size, "languages": {"ko": 40}, "language_bytes": {"ko": size}},
    }
    (corpus / "stats.json").write_text(json.dumps({"sources": {"web": book}, "total": book}))
    shown = look(str(corpus), capfd=capfd)
    assert f"40 documents of 47 records, {size:,} bytes" in shown
    for text in ("min_words", "문서 0: 한지는", "median", "web · f#0"):
        assert text in shown


def test_the_page_is_clean_in_a_browser(packed, tmp_path, capfd):
    look(str(packed), "--html", str(tmp_path / "page.html"), capfd=capfd)
    check_page(tmp_path / "page.html", tmp_path / "profile")


def tables(folder) -> dict[str, list[list]]:
    """Rows of the tables by title."""
    return {section.title: section.rows for section in inspect(folder).sections if section.rows}


def test_every_figure_of_a_corpus_is_that_of_its_column(tmp_path):
    """Two sources whose numbers all differ: shares are of bytes, records add up."""
    texts = [["a" * 3] * 5, ["b" * 700] * 2 + ["b" * 40]]
    corpus = write_corpus(
        tmp_path / "corpus", {"train": {"web-00000": texts[0], "wiki-00000": texts[1]}, "validation": {}}
    )

    def book(read, unreadable, skipped, dropped, near, documents, size, languages):
        return {
            "read": {"in": read, "unreadable": unreadable, "skipped": skipped},
            "clean": {"dropped": dropped},
            "deduplicate": {"dropped": near},
            "output": {"documents": documents, "bytes": size, "languages": languages, "language_bytes": languages},
        }

    rules = {f"rule{n:02d}": n for n in range(1, 15)}
    web = book(20, {"bad json": 1, "null text": 2}, {"redirect": 4}, {"short": 5}, {"near": 2, "exact": 1}, 5, 30, {})
    wiki = book(3, {}, {}, {}, {}, 3, 70, {})
    total = book(23, {}, {}, rules, {}, 8, 100, {"ko": 75, "en": 25})
    (corpus / "stats.json").write_text(json.dumps({"sources": {"web": web, "wiki": wiki}, "total": total}))
    found = tables(corpus)
    assert found["Records"] == [["web", 20, 7, 5, 3, 5, 30, 0.3], ["wiki", 3, 0, 0, 0, 3, 70, 0.7]]
    assert found["Dropped by"] == [[name, n] for name, n in reversed(rules.items())][:12]
    assert found["Languages"] == [["ko", 75, 75], ["en", 25, 25]]
    assert found["Characters per document"] == [
        ["2 – 3", "100.0 %", "0.0 %"],
        *([f"{1 << n:,} – {(2 << n) - 1:,}", "0.0 %", "0.0 %"] for n in range(2, 5)),
        ["32 – 63", "0.0 %", "33.3 %"],
        *([f"{1 << n:,} – {(2 << n) - 1:,}", "0.0 %", "0.0 %"] for n in range(6, 9)),
        ["512 – 1,023", "0.0 %", "66.7 %"],
        ["median", 3, 700],
    ]


def test_every_figure_of_packed_data_is_that_of_its_column(packed):
    about = json.loads((packed / "packing.json").read_text())
    found = tables(packed)
    for split, name, language, documents, tokens, rows, cut, waste, share in found["Rows"]:
        book = about["splits"][split][name]
        assert [documents, tokens, rows, cut] == [book[k] for k in ("documents", "tokens", "rows", "cut_documents")]
        assert language == ("en" if name == "news-en" else "ko")
        assert waste == pytest.approx(1 - tokens / (rows * 256))
        assert share == pytest.approx(tokens / about["tokens"])
    assert sum(row[-1] for row in found["Rows"]) == pytest.approx(1)
    assert [row[:2] for row in found["Rows"]] == [["train", "news-en"], ["train", "web"], ["validation", "web"]]
    assert sum(row[2] for row in found["Mix"]) == pytest.approx(1)
    data = PackedData(packed)
    lengths = {
        source.name: [int(n) for row in range(source.rows) for n in source.row(row)[1]] for source in data.sources
    }
    assert found["Tokens per document in a row"][-1] == ["median", *(int(np.median(each)) for each in lengths.values())]
    shown = dict(next(section.texts for section in inspect(packed).sections if section.title == "Samples"))
    vocabulary = Vocabulary(packed / "tokenizer" / "tokenizer.json")
    for source in data.sources:
        ids, lengths_of_row = source.row(0)
        ends = np.cumsum(lengths_of_row)[:6]
        documents = [
            vocabulary.decode(part.tolist()).decode(errors="replace") for part in np.split(ids, ends)[: len(ends)]
        ]
        cut = 400 // min(6, len(lengths_of_row))
        assert shown[f"{source.name} · row 0"] == " ⏐ ".join(text[:cut] for text in documents)


def test_tiers_are_counted_apart():
    segments = [Segment(0, *counts) for counts in ((7, 70, 1), (3, 29, 2), (1, 9, 5), (2, 20, 5))]
    data: Any = SimpleNamespace(sources=[SimpleNamespace(segments=segments)], tiers=(2, 5))
    assert _tiers([data]) == [[1, 7, 70], [2, 3, 29], [5, 3, 29]]


def test_every_figure_of_counts_and_of_a_run(tmp_path):
    from corpus.shards import shard_paths
    from tokenizer.training.counts import count_shards

    corpus = write_corpus(tmp_path / "corpus", {"train": {"web-00000": ["가 가 나 가 나 가 다"]}, "validation": {}})
    with LocalEngine(1) as engine:
        count_shards(shard_paths(corpus), tmp_path / "counts", "hanji", engine)
    counted = inspect(tmp_path / "counts")
    assert counted.sections[0].rows == [["web", "ko", 1, len("가 가 나 가 나 가 다".encode()), 7, 4]]
    ((where, words),) = counted.sections[1].texts
    assert (where, words[: len("' 가' 3  ' 나' 2  ")]) == ("web ko", "' 가' 3  ' 나' 2  ")
    assert counted.summary.startswith("7 pre-tokens")
    run_folder = tmp_path / "run"
    (run_folder / "checkpoints" / "step-8" / "deep").mkdir(parents=True)
    (run_folder / "checkpoints" / "step-8" / "deep" / "a").write_bytes(b"12345")
    (run_folder / "config.toml").write_text("")
    names = ("loss", "lr", "tokens", "tokens_per_second", "skipped")
    events = [
        {"kind": "train", "step": n} | {name: n * 10 + k for k, name in enumerate(names)} for n in range(1, 61)
    ] + [{"kind": "sample", "step": n, "prompt": "p", "text": f"t{n}"} for n in range(6)]
    (run_folder / "metrics.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    found = tables(run_folder)
    assert len(found["Training"]) == 20
    assert [found["Training"][k][0] for k in (0, -1)] == [1, 60]
    assert all(row == [row[0], *(row[0] * 10 + k for k in range(5))] for row in found["Training"])
    assert found["Checkpoints"] == [["step-8", 5]]
    samples = next(section.texts for section in inspect(run_folder).sections if section.title == "Samples")
    assert samples == [(f"step {n} · p", f"t{n}") for n in (2, 3, 4, 5)]


def test_bars_are_shares_of_the_largest_and_cells_have_their_form():
    section = Section("a", ["x", "n"], [["p", 2], ["q", 8], ["r", None]], bar=1)
    assert list(bars(section)) == [0.25, 1.0, 0.0]
    assert list(bars(Section("a", ["x", "n"], [["p", 2]]))) == []
    assert [cell("share", 0.125), cell("waste", 0.5), cell("lr", 1000.0), cell("lr", 999.96), cell("n", 12345)] == [
        "12.50 %", "50.00 %", "1,000", "1000", "12,345"
    ]  # fmt: skip


def test_bars_in_the_terminal_are_twelve_wide_at_most(tmp_path, monkeypatch, capsys):
    rows = [["a", 1200], ["b", 600], ["c", 149], ["d", 40], ["e", 0]]
    with_bars = Section("Amounts", ["name", "number"], rows, bar=1)
    page = Inspection("a folder", tmp_path, "of numbers", [with_bars, Section("Plain", ["x", "y"], [["f", 5]])])
    monkeypatch.setattr("model.overview.inspected.inspected", lambda folder: page)
    command.main(tmp_path)
    lines = capsys.readouterr().out.splitlines()
    shown = {line.split()[0]: line.count("█") for line in lines if line.split() and line.split()[0] in "abcdef"}
    assert shown == {"a": 12, "b": 6, "c": 1, "d": 0, "e": 0, "f": 0}


def test_all_that_was_found_is_printed_and_returned(tmp_path, monkeypatch, capsys):
    """Texts are texts, whatever stands in them; nothing is cut in a pipe; figures are on the right."""
    wide = "w" * 150
    texts = [("f#1", "  [bold]one[/]\n\n"), ("f#2", wide)]
    numbers = Section("Amounts", ["name", "number"], [["a", 5], ["b", 12345]], note="by hand")
    sections = [numbers, Section("Samples", [], [], texts=texts), Section("Nothing", ["x"], [])]
    page = Inspection("a folder", tmp_path, "of numbers", sections)
    monkeypatch.setattr("model.overview.inspected.inspected", lambda folder: page)
    monkeypatch.delenv("COLUMNS", raising=False)
    told = command.main(tmp_path)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = [line for line in lines if line.strip("─ ")]
    assert [line.split() for line in shown] == [
        [f"{tmp_path}:", "a", "folder,", "of", "numbers"], ["Amounts", "by", "hand"], ["name", "number"], ["a", "5"],
        ["b", "12,345"], ["Samples"], ["f#1"], ["[bold]one[/]"], ["f#2"], [wide],
    ]  # fmt: skip
    assert len({len(line) for line in shown[2:5]}) == 1  # figures are on the right
    assert told == {
        "folder": str(tmp_path), "kind": "a folder", "summary": "of numbers",
        "sections": [
            {"title": "Amounts", "columns": ["name", "number"], "rows": [["a", 5], ["b", 12345]], "texts": []},
            {"title": "Samples", "columns": [], "rows": [], "texts": texts},
            {"title": "Nothing", "columns": ["x"], "rows": [], "texts": []},
        ],
    }  # fmt: skip


def test_a_plan_is_of_its_options(packed, monkeypatch, capsys):
    asked = []

    def shares(*how):
        asked.append(how)
        return []

    monkeypatch.setattr("model.data.mixture.mixture_shares", shares)
    monkeypatch.setattr(PackedData, "rehydration", lambda self, times: ("again", times))
    command.main(packed, tokens=1000, mixture="ko=0.5", max_epochs="en=2", rehydrate="2=3,5=4")
    ((sources, *rest),) = asked
    assert {source.name for source in sources} == {"web", "news-en"}
    assert rest == [{"ko": 0.5}, {"en": 2.0}, 1000, ("again", {"2": 3, "5": 4})]
    assert "Training on 1,000 tokens" in capsys.readouterr().out
    for option in ("mixture", "max_epochs", "rehydrate"):
        with pytest.raises(UserError, match=f"^--{option.replace('_', '-')} x: expected NAME=NUMBER"):
            command.main(packed, tokens=1000, **{option: "x"})
    (packed.parent / "run").mkdir(exist_ok=True)
    (packed.parent / "run" / "config.toml").write_text("")
    with pytest.raises(UserError, match=r"only packed data have checksums to verify; this is a run folder"):
        command.main(packed.parent / "run", verify=True)


def test_weights_are_names_with_numbers():
    assert command._weights("--mixture", " ko = 0.5,en=2 ,, ko/web=1e1") == {"ko": 0.5, "en": 2.0, "ko/web": 10.0}
    assert command._weights("--mixture", "") == {}
    for wrong in ("ko", "ko=", "ko=x"):
        with pytest.raises(UserError, match=f"--mixture {wrong}: expected NAME=NUMBER"):
            command._weights("--mixture", f"en=1,{wrong}")
