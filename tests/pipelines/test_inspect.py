"""A look into each kind of folder, in the terminal and as a page."""

import json

import pytest

from corpus.engine.local import LocalEngine
from model.packing.corpus import pack_corpus
from model.packing.packer import PackSettings
from pipelines import inspect as command
from pipelines.console import run
from tests.helpers.browser import check_page
from tests.model.small_corpus import byte_tokenizer, write_corpus

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
    path = packed / about["splits"]["train"]["web"]["files"][0]["path"]
    content = path.read_bytes()
    path.write_bytes(content[:-50] + bytes([content[-50] ^ 1]) + content[-49:])
    assert "web-00000.arrow: damaged" in look(str(packed), "--verify", code=2, capfd=capfd)
    path.write_bytes(content)


def test_the_plan_of_a_mixture(packed, capfd):
    about = json.loads((packed / "packing.json").read_text())["splits"]["train"]
    web, news = about["web"]["tokens"], about["news-en"]["tokens"]
    shown = look(str(packed), "--tokens", str(10 * news), "--mixture", "ko=0.5,en=0.5", capfd=capfd)
    for text in (
        "50.00%",
        f"{5 * news:,}",
        f"{5 * news / web:.2f}",
        "5.00",
        "warning: Training will see news-en 5.0 times",
    ):
        assert text in shown
    shown = look(str(packed), "--tokens", str(10 * news), "--mixture", "ko=1,en=1", "--max-epochs", "en=4", capfd=capfd)
    assert "40.00%" in shown
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
