"""The histogram of document lengths, against counting one by one, and on the report of a corpus."""

import math
import re
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from corpus.document import SCHEMA
from corpus.engine.task import read_json
from corpus.lengths import EDGES, lengths
from corpus.shards import read_shard, shard_paths, write_stream
from tests.helpers.browser import require_clean, screens, start


def shard(path, rows):
    columns = {name: [None] * len(rows) for name in SCHEMA.names}
    filled = {"id": [str(n) for n in range(len(rows))], "source": ["s"] * len(rows), "origin": ["o"] * len(rows)}
    filled |= {"text": [text for text, _ in rows], "lang": [lang for _, lang in rows], "duplicates": [1] * len(rows)}
    write_stream(path, SCHEMA, [pa.record_batch(list((columns | filled).values()), schema=SCHEMA)])
    return path


def test_each_document_is_in_the_bin_of_its_bytes(tmp_path):
    draw = np.random.default_rng(3)
    sizes = draw.integers(0, 400, 300).tolist()
    rows = [("가" * n, "ko") if k % 2 else ("a" * n, "en") for k, n in enumerate(sizes)]
    rows += [("b" * int(edge + step), "en") for edge in EDGES[1:14] for step in (-1, 0)]
    paths = [shard(tmp_path / "a-00000.arrow", rows[:200]), shard(tmp_path / "a-00001.arrow", rows[200:])]
    found = lengths(paths)
    for language in ("ko", "en"):
        sizes = [len(text.encode()) for text, lang in rows if lang == language]
        ends = [*found["from"][1:], float("inf")]
        plain = [sum(a <= size < b for size in sizes) for a, b in zip(found["from"], ends, strict=True)]
        assert found["languages"][language] == plain
        assert sum(plain) == len(sizes)
    assert lengths([]) == {"from": [], "languages": {}}


def test_only_bins_from_the_shortest_to_the_longest_document_are_told(tmp_path):
    path = shard(tmp_path / "a-00000.arrow", [("a" * 100, "en"), ("b" * 182, "en"), ("c" * 9, "ko"), ("d" * 8, "ko")])
    found = lengths([path])
    assert found == {
        "from": [8, 12, 16, 23, 32, 46, 64, 91, 128, 182],
        "languages": {"en": [0, 0, 0, 0, 0, 0, 0, 1, 0, 1], "ko": [2, *[0] * 9]},
    }


def test_bins_double_every_second_one_up_to_sixteen_million_bytes():
    assert EDGES.tolist() == [0, *(math.ceil(2 ** (n / 2)) for n in range(2, 49))]
    assert EDGES[-1] == 1 << 24


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "corpus"
    command = [sys.executable, "-m", "pipelines.build_corpus", "--recipe", "demo", "--out", str(out), "--workers", "1"]
    subprocess.run(command, check=True, capture_output=True)
    return out


@pytest.mark.slow
def test_the_report_shows_lengths_and_filters_samples(demo, tmp_path):
    stats = read_json(demo / "stats.json")
    assert stats["lengths"] == lengths(path for split in ("train", "validation") for path in shard_paths(demo, split))
    documents = [batch["text"][n].as_py() for split in ("train", "validation") for path in shard_paths(demo, split)
                 for batch in read_shard(path) for n in range(batch.num_rows)]  # fmt: skip
    assert sum(map(sum, stats["lengths"]["languages"].values())) == len(documents)
    page = (demo / "report.html").read_text(encoding="utf-8")
    for counts in stats["lengths"]["languages"].values():
        shown = re.findall(r"<title>from [^:]+: ([\d,]+)</title>", page[page.index("Lengths of documents") :])
        assert {f"{n:,}" for n in counts if n} <= set(shown)
    chrome = start(tmp_path / "profile")
    try:
        require_clean(chrome, (demo / "report.html").as_uri())
        for screen in screens(chrome):  # a wide screen shows all columns
            scrolled = (
                "return [...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"
            )
            assert chrome.execute_script(scrolled) == 0 or screen.startswith("390"), screen
        quotes = chrome.find_elements("css selector", "details[id^=reason-] blockquote")
        word = re.search(r"[가-힣]{3,}", quotes[0].get_property("textContent"))[0]
        chrome.find_element("id", "filter").send_keys(word)
        fitting = [quote for quote in quotes if word in quote.get_property("textContent")]
        assert [quote for quote in quotes if quote.is_displayed()] == fitting
        assert chrome.find_element("id", "shown").text == f"{len(fitting)} of {len(quotes)} samples"
        chrome.find_element("id", "filter").send_keys("nowhere at all")
        assert not any(quote.is_displayed() for quote in quotes)
    finally:
        chrome.quit()
