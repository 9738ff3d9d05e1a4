"""The report's page: its numbers in words, and the page itself in a real browser."""

import base64
import itertools
import json
import random
import shutil
from pathlib import Path

import pytest

from tests.helpers.browser import require_clean
from tests.tokenizer.conftest import TRICKY
from tests.tokenizer.encoding.test_encode import SAMPLE
from tests.tokenizer.trained import ours
from tokenizer.analysis import morphology, morphology_analysis, vocabulary
from tokenizer.analysis.fertility import measure
from tokenizer.analysis.parity import compare
from tokenizer.analysis.peers import open_subject
from tokenizer.encoding.encode import Encoder
from tokenizer.kernels.alphabet import byte_characters
from tokenizer.page.cells import Cell, Column, Table, number, percent, visible
from tokenizer.page.charts import Axis, ridges, scatter
from tokenizer.page.encoder import browser_regex, pack
from tokenizer.page.page import _cards, _doubt, _lengths, _ordinal, grouped, verdict, write_page
from tokenizer.scanner.runs import REGEX
from tokenizer.training.files import write_tokenizer

KOREAN = [
    "한국어 말뭉치를 만든다.",
    "그리고 토크나이저를 만들었다 ㅋㅋㅋ",
    "저는 학교에 갔어요.",
    "새 낱말을 뜻풀이와 함께 실었다.",
]
ENGLISH = [
    "We make a corpus.",
    "And then we made a tokenizer, lol",
    "I went to school.",
    "It doesn't list the new words.",
]
HOSTILE = "</script><b id=injected>&{{ 7 * 7 }}"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage --window-size=1400,1000"
)


def random_strings(count: int = 200) -> list[str]:
    """Korean, English, emoji, combining marks, jamo, digits, white space and code, mixed by a seed."""
    draw = random.Random(7)
    alphabets = [
        TRICKY,
        "가나다라한국어말뭉치는을를 ",
        "abcdefgh THE quick'don’t ",
        "😀👩\u200d👩\u200d👧🇰🇷❤\ufe0f🏽 ",
        "e\u0301a\u0308\u1112\u1161\u11ab\u1100\u1161ㄱㅏㅋㅠ\u0345",
        "0123456789٣²½ⅷ,.",
        " \t\n\r\u00a0\u0085\u2028\u3000\u180e\ufeff\u200b\x1c",
        "{}[]()<>=+-*/_#\"'`;:\n    def return x1",
    ]
    anything = [c for c in map(chr, range(0x110000)) if not 0xD800 <= ord(c) < 0xE000]
    strings = ["".join(draw.choices(draw.choice(alphabets), k=draw.randint(0, 60))) for _ in range(count // 2)]
    strings += [
        "".join(draw.choice(draw.choice(alphabets)) for _ in range(draw.randint(1, 60))) for _ in range(count // 4)
    ]
    return strings + ["".join(draw.choices(anything, k=40)) for _ in range(count - len(strings))]


def superwords(path: Path) -> dict:
    """The content of a tokenizer.json with merges across words: of all tokens that meet in the texts, the second
    with a space before it."""
    content = json.loads((path / "tokenizer.json").read_text())
    tokens = {number: token for token, number in content["model"]["vocab"].items()}
    content["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = REGEX
    encoder = Encoder.from_file(path)
    for text in KOREAN + ENGLISH + SAMPLE:
        for first, second in itertools.pairwise(encoder.encode(text)):
            joined = tokens[first] + tokens[second]
            if tokens[second][:1] == "Ġ" and len(tokens[second]) > 1 and joined not in content["model"]["vocab"]:
                content["model"]["vocab"][joined] = len(content["model"]["vocab"])
                content["model"]["merges"].append([tokens[first], tokens[second]])
    return content


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory) -> dict[str, Path]:
    """One of each pattern, and one with all that others' tokenizers have: NFC, added tokens of both kinds, a string
    that only separates."""
    folder = tmp_path_factory.mktemp("tokenizers")
    for pattern in ("hanji", "cl100k", "gpt2"):
        write_tokenizer(folder / pattern, ours(SAMPLE + KOREAN, 700, pattern), pattern, 700, multiple=128)
    content = json.loads((folder / "cl100k" / "tokenizer.json").read_text())
    split = {"type": "Split", "pattern": {"String": "|||SEPARATOR|||"}, "behavior": "Removed", "invert": False}
    content["pre_tokenizer"]["pretokenizers"].insert(0, split)
    content["normalizer"] = {"type": "NFC"}
    size = len(content["model"]["vocab"])
    for n, (text, normalized) in enumerate([("  ", False), ("    ", True), ("<|end|>x", False), ("각", True)]):
        token = {"id": size + n, "content": text, "single_word": False, "lstrip": False, "rstrip": False}
        content["added_tokens"].append(token | {"normalized": normalized, "special": False})
    (folder / "others").mkdir()
    (folder / "others" / "tokenizer.json").write_text(json.dumps(content))
    (folder / "superwords").mkdir()
    (folder / "superwords" / "tokenizer.json").write_text(json.dumps(superwords(folder / "hanji")))
    content = json.loads((folder / "cl100k" / "tokenizer.json").read_text())
    content["model"] |= {"ignore_merges": True, "merges": content["model"]["merges"][::3]}
    made = {first + second for first, second in content["model"]["merges"]}
    merges, bytes_alone = content["model"]["merges"], set(byte_characters())
    content["model"]["merges"] = [m for m in merges if all(part in bytes_alone | made for part in m)]
    (folder / "whole").mkdir()
    (folder / "whole" / "tokenizer.json").write_text(json.dumps(content))
    return {name: folder / name for name in ("hanji", "cl100k", "gpt2", "others", "superwords", "whole")}


@pytest.fixture(scope="module")
def report(tokenizers) -> dict:
    """A small report of real figures, in the shape of fertility.json."""
    kiwi = morphology_analysis.analyse(KOREAN)
    entries, ends = [], {}
    for name, path in tokenizers.items():
        subject = open_subject(path, ours=name == "hanji", name=name)
        languages = {lang: measure(subject, texts) for lang, texts in (("ko", KOREAN), ("en", ENGLISH))}
        for found in languages.values():
            found["sources"] = {HOSTILE: dict(found)}
        entry = {
            key: getattr(subject, key) for key in ("name", "path", "kind", "ours", "vocab_size", "sha256", "pattern")
        } | {"seen": None}
        entry |= {"languages": languages, "parity": compare(subject, {"pairs": {"ko": KOREAN, "en": ENGLISH}})}
        entry |= {"morphology": morphology.measure(subject, kiwi, None), "vocabulary": vocabulary.analyse(subject)}
        entries.append(entry | {"nfd_penalty": None})
        ends[name] = [end for _, _, end in subject.encode_spans(KOREAN[1])]
    return {
        "schema": 3, "corpus": {"path": "runs/demo", "split": "validation", "documents": 8, "bytes": 300}, "seed": 0, "tokenizers": entries,
        "missing": [{"name": "nobody", "reason": HOSTILE}], "samples": [{"language": "ko", "text": KOREAN[1], "tokens": ends}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def page(report, tokenizers, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_page(report, path, tokenizers)
    return path


@pytest.fixture(scope="module")
def browser(page, tmp_path_factory):
    """Chromium with the page open; skips where none is installed."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium and its driver (apt-get install chromium chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = shutil.which("chromedriver")
    if driver is None:
        pytest.skip("needs Chromium's driver (apt-get install chromium-driver)")
    chrome = webdriver.Chrome(options, webdriver.ChromeService(driver))
    chrome.get(page.as_uri())
    yield chrome
    chrome.quit()


def test_loads_without_errors_and_without_network(browser, page):
    assert browser.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    requests = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    asked = {
        request["request"]["url"] for request in requests if request["documentURL"] == page.as_uri()
    }  # the browser's own aside
    assert asked - {"data:,"} == {page.as_uri()}
    assert page.stat().st_size < 5_000_000


def test_shows_what_was_measured(browser, report):
    text = browser.find_element("css selector", "main").text
    best = min(report["tokenizers"], key=lambda t: t["languages"]["ko"]["metrics"]["fertility"]["value"])
    assert number(best["languages"]["ko"]["metrics"]["fertility"]["value"]) in text
    assert "nobody" in text
    assert "{{ 7 * 7 }}" in text
    assert browser.find_elements("id", "injected") == []
    rows = browser.find_elements("css selector", "#sample-0 .who")
    names = [browser.execute_script("return arguments[0].firstChild.textContent.trim()", row) for row in rows]
    assert sorted(names) == ["cl100k", "gpt2", "hanji", "others", "superwords", "whole"]
    # Every token is there: the pieces of a row are its text, and their numbers add up.
    for row, tokenizer in zip(browser.find_elements("css selector", "#sample-0 .view"), names, strict=True):
        pieces = row.find_elements("css selector", ".tokens > span")
        sizes = [
            int(
                (piece.find_elements("tag name", "sup") or [None])[0].text
                if piece.find_elements("tag name", "sup")
                else 1
            )
            for piece in pieces
        ]
        assert sum(sizes) == len(report["samples"][0]["tokens"][tokenizer])


def test_encodes_as_the_encoder_does(browser, tokenizers):
    strings = [
        *random_strings(),
        *KOREAN,
        *ENGLISH,
        *SAMPLE,
        "a\u0301" * 30,
        "<|end|>x<s></s> |||SEPARATOR||| 각      각",
        "",
        "ab" * 3000,
        " " * 3000 + "ㅋ" * 500,
    ]
    for name, path in tokenizers.items():
        encoder = Encoder.from_file(path)
        found = browser.execute_script("return arguments[1].map((text) => encode(arguments[0], text))", name, strings)
        for text, ids in zip(strings, found, strict=True):
            assert ids == encoder.encode(text), (name, text)
        assert browser.execute_script('return encode(arguments[0], "a\\ud800b\\udc00")', name) == encoder.encode(
            "a\ud800b\udc00"
        )


def test_merges_across_words(tokenizers):
    """What the page is compared with does join words."""
    assert len(Encoder.from_file(tokenizers["superwords"]).encode(ENGLISH[0])) < len(
        Encoder.from_file(tokenizers["hanji"]).encode(ENGLISH[0])
    )


def test_ignored_merges_matter(tokenizers, tmp_path):
    """Without `ignore_merges` the same merges give other ids, and the page has tokens that no merge makes."""
    content = json.loads((tokenizers["whole"] / "tokenizer.json").read_text())
    content["model"]["ignore_merges"] = False
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    merged, whole = Encoder.from_file(tmp_path), Encoder.from_file(tokenizers["whole"])
    assert [merged.encode(text) for text in KOREAN] != [whole.encode(text) for text in KOREAN]
    assert len(pack(tokenizers["whole"])["whole"]) > 100
    assert pack(tokenizers["cl100k"])["whole"] is None


def test_encodes_real_lines(browser, tokenizers, real_texts):
    lines = [line for texts in real_texts.values() for text in texts[:20] for line in text.split("\n")[:20]]
    for name in ("hanji", "gpt2", "superwords", "whole"):
        encoder = Encoder.from_file(tokenizers[name])
        found = browser.execute_script("return arguments[1].map((text) => encode(arguments[0], text))", name, lines)
        assert found == [encoder.encode(line) for line in lines]


def test_encodes_with_tokenizers_of_others(browser, shared_data):
    """A real one with 50,000 merges, runs of spaces as tokens, NFC; and one whose first split removes a string."""
    for name in ("gpt-neox-20b", "polyglot-ko-MBBPE"):
        path = shared_data / "tokenizers" / name / "tokenizer.json"
        packed = pack(path)
        browser.execute_script(
            "window.other = new Encoder(arguments[0], {[arguments[0].pattern]: arguments[1]})",
            packed,
            browser_regex(packed["pattern"]),
        )
        strings = random_strings()
        encoder = Encoder.from_file(path)
        found = browser.execute_script("return arguments[0].map((text) => other.encode(text))", strings)
        assert found == [encoder.encode(text) for text in strings]


def test_the_box_shows_the_tokens_of_what_is_typed(browser, tokenizers):
    encoders = {name: Encoder.from_file(path) for name, path in tokenizers.items()}
    type_in = """
        const box = document.getElementById("box");
        box.value = arguments[0];
        box.dispatchEvent(new Event("input"));
        const rows = [...document.querySelectorAll("#typed .view")].map((view) => [view.querySelector(".ids"),
        view.querySelector(".who b")]);
        return [box.value, rows.map(([ids, count]) => [ids.dataset.name, ids.textContent, count.textContent])]"""
    for text in [*random_strings()[::4], "it's 뷁 한국어\n\n  x = 12345 👩\u200d👧"]:
        value, rows = browser.execute_script(type_in, text)  # browsers turn \r and \r\n into \n here
        expected = {name: encoder.encode(value) for name, encoder in encoders.items()}
        assert rows == [[name, " ".join(map(str, ids)), str(len(ids))] for name, ids in expected.items()]


def test_tables_sort(browser):
    order = (
        "return [...document.querySelectorAll('#headline tbody tr')].map((row) =>"
        " row.cells[arguments[0]].dataset.value)"
    )
    heads = browser.find_elements("css selector", "#headline thead tr:last-child th")
    assert len(heads) > 5
    for column, head in enumerate(heads):
        number_like = head.get_attribute("data-numeric") is not None
        for _ in range(2):
            browser.execute_script("arguments[0].click()", head.find_element("tag name", "button"))
            values = browser.execute_script(order, column)
            filled = [value for value in values if value]
            assert values == filled + [""] * (len(values) - len(filled))
            keys = [float(value) for value in filled] if number_like else filled
            assert keys == sorted(keys, reverse=head.get_attribute("aria-sort") == "descending")
    assert len({tuple(browser.execute_script(order, 0))}) == 1


def test_tabs_show_one_panel(browser):
    shown = """
        arguments[0].click();
        const panels = [...arguments[0].parentElement.children].map((tab) => tab.getAttribute("aria-controls"));
        return panels.filter((name) => document.getElementById(name).offsetHeight > 0)"""
    tabs = browser.find_elements("css selector", "[role=tab]")
    assert len(tabs) > 10
    for tab in tabs:
        assert browser.execute_script(shown, tab) == [tab.get_attribute("aria-controls")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_fits_phones_and_desks_in_both_schemes(browser, scheme, width):
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    colour = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    shade = sum(int(part) for part in colour[4:-1].split(",")) / 3
    assert shade < 60 if scheme == "dark" else shade > 200
    assert len([svg for svg in browser.find_elements("css selector", "figure svg") if svg.is_displayed()]) == 3
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_large_vocabularies_fit(report, tmp_path, monkeypatch):
    characters = byte_characters()
    tokens = [a + b for a in characters for b in characters][:50_000]
    content = {
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        "model": {
            "type": "BPE", "vocab": {token: n for n, token in enumerate(characters + tokens)}, "merges": [list(token) for token in tokens],
        },
    }  # fmt: skip
    path = tmp_path / "large.json"
    path.write_text(json.dumps(content))
    assert pack(path)["width"] == 2
    monkeypatch.setattr("tokenizer.page.page.BOX_BYTES", 1_000_000)
    write_page(report, tmp_path / "report.html", {f"large {n}": path for n in range(3)})
    html = (tmp_path / "report.html").read_text()
    assert len(html.encode()) < 5_000_000 - 2_000_000  # what BOX_BYTES leaves for all else
    assert "cannot encode with large 2: its merges would make the page too large" in html
    assert "cannot encode with large 1:" not in html


@pytest.mark.parametrize(("largest", "width"), [(0xFFFF, 2), (0x10000, 3)])
def test_ids_are_packed_in_two_bytes_as_long_as_they_fit(tmp_path, largest, width):
    characters = byte_characters()
    content = {
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        "model": {
            "type": "BPE", "merges": [["a", "b"]], "vocab": {c: n for n, c in enumerate(characters)} | {"ab": largest}
        },
    }  # fmt: skip
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    packed = pack(tmp_path)
    assert packed["width"] == width
    assert int.from_bytes(base64.b64decode(packed["results"]), "little") == largest


def test_of_added_tokens_the_longest_comes_first(tokenizers):
    packed = pack(tokenizers["others"])
    for kind in ("raw", "normalized"):
        lengths = [len(text) for text, _ in packed[kind]]
        assert len(lengths) > 1
        assert lengths == sorted(lengths, reverse=True)


def test_what_the_page_cannot_encode_is_told(report, tokenizers, tmp_path):
    content = json.loads((tokenizers["gpt2"] / "tokenizer.json").read_text())
    path = tmp_path / "lower.json"
    path.write_text(json.dumps(content | {"normalizer": {"type": "Lowercase"}}))
    write_page(report, tmp_path / "report.html", {"lower": path})
    html = (tmp_path / "report.html").read_text()
    assert "cannot encode with lower: its normalizer" in html
    assert '<textarea id="box"' not in html


def test_one_tokenizer_on_one_language_without_anything_else(report, tmp_path):
    entry = dict(report["tokenizers"][0])
    entry |= {"languages": {"en": entry["languages"]["en"]}, "parity": None, "morphology": None}
    write_page(report | {"tokenizers": [entry], "samples": [], "missing": []}, tmp_path / "report.html", {})
    html = (tmp_path / "report.html").read_text()
    assert "Not measured." in html
    assert 'class="verdict"' not in html
    assert "<svg" in html


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (0.4567, "0.457"), (1.8749, "1.87"), (23.46, "23.5"), (12345.6, "12,346"), (9.999, "10.0"), (99.96, "100"), (0.9996, "1.00")],
)  # fmt: skip
def test_numbers_have_three_digits(value, text):
    assert number(value) == text


def test_shares_are_percents():
    assert (percent(0.1234), percent(None)) == ("12.3 %", "–")


def test_what_has_no_shape_is_shown():
    assert visible(" 가\n\t\x03\u200b") == "␣가↵→⟨0003⟩⟨200B⟩"


def test_columns_stand_under_groups():
    columns = [Column("name"), Column("Korean: all"), Column("Korean: a: b"), Column("English: all"), Column("Gini")]
    table = Table("", columns, [])
    assert table.groups == [("", 1), ("Korean", 2), ("English", 1), ("", 1)]
    assert [column.label for column in columns] == ["name", "all", "a: b", "all", "Gini"]
    assert Table("", columns[:1], []).groups == []


def test_the_best_of_a_column_is_marked():
    rows = [[Cell("a"), Cell("2", 2.0), Cell("5", 5.0)], [Cell("b"), Cell("1", 1.0), Cell("–")]]
    table = Table("", [Column("name"), Column("low", better="low"), Column("high", better="high")], rows)
    assert [[cell.best for cell in row] for row in table.rows] == [[False, False, False], [False, True, False]]


def entry(name: str, ko: tuple[float, float, float], en: tuple[float, float, float], ours: bool = False) -> dict:
    languages = {
        lang: {"metrics": {"fertility": dict(zip(("value", "low", "high"), found, strict=True))}}
        for lang, found in (("ko", ko), ("en", en))
    }
    return {"name": name, "ours": ours, "languages": languages}


def test_the_verdict_tells_places_costs_and_doubt():
    best = entry("a", (1.5, 1.4, 1.6), (2.0, 1.9, 2.1))
    mine = entry("b", (2.0, 1.9, 2.1), (1.1, 1.0, 1.2), ours=True)
    last = entry("c", (3.0, 2.9, 3.1), (1.0, 0.9, 1.1))
    found = verdict([best, mine, last])
    assert found == {
        "name": "b",
        "korean": "2.00 tokens per Korean word, 2nd fewest of 3 tokenizers (a: 1.50)",
        "english": "1.10 tokens per English word, 10 % more than the best (c: 1.00, intervals overlap)",
    }
    assert verdict([best, last])["korean"] == "1.50 tokens per Korean word, the fewest of 2 tokenizers (c: 3.00)"


def test_intervals_that_touch_overlap():
    mine, other = entry("a", (1.5, 1.4, 1.6), (1.0, 0.9, 1.1)), entry("b", (1.7, 1.6, 1.8), (1.3, 1.2, 1.4))
    assert _doubt(mine, other, "ko") == _doubt(other, mine, "ko") == ", intervals overlap"
    assert _doubt(mine, other, "en") == _doubt(other, mine, "en") == ""
    other["languages"]["ko"]["metrics"]["fertility"]["high"] = None
    assert _doubt(mine, other, "ko") == ""


def test_the_figures_of_the_first_screen_and_the_range_of_the_others():
    ranked = [entry(name, (ko, ko, ko), (en, en, en), ours=name == "b") | {"parity": None}
              for name, ko, en in (("a", 1.5, 2.0), ("b", 2.0, 1.1), ("c", 3.0, 1.0))]  # fmt: skip
    assert _cards(ranked) == [
        ("2.00", "tokens per Korean word", "others: 1.50 (a) – 3.00 (c)"),
        ("1.10", "tokens per English word", "others: 1.00 (c) – 2.00 (a)"),
        ("2,048", "Korean words in 4,096 tokens", "others: 1,365 (c) – 2,731 (a)"),
    ]


def test_ordinals_of_a_hundred_and_more():
    numbers = (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 112, 113, 121)
    assert " ".join(map(_ordinal, numbers)) == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th 112th 113th 121st"
    )


def test_the_last_column_of_lengths_holds_all_longer_ones():
    columns = dict(
        _lengths({"hangul": {"characters": [7, 0, 1, *[0] * 8, 2, 3, 4]}, "fragments": {"characters": None}})
    )
    assert {label: found for label, found in columns.items() if found} == {
        "2": [("hangul", 1, 1 / 7)], "11": [("hangul", 2, 2 / 7)], "12+": [("hangul", 7, 1.0)]
    }  # fmt: skip


def test_characters_that_tokens_share_stay_whole():
    assert grouped("껌을", ["\\xea\\xbb", "\\x8c", "을"]) == [("껌", 2), ("을", 1)]
    assert grouped("윤호", ["\\xec", "\\x9c\\xa4\\xed", "\\x98\\xb8"]) == [("윤호", 3)]
    assert grouped("a\\xea", ["a", "\\xea"]) == [("a", 1), ("\\xea", 1)]  # a text that looks like bytes


def test_labels_stay_inside_and_apart():
    interval = [{"value": 1.2 + n % 3 / 100, "low": 1.19, "high": 1.24} for n in range(8)]
    points = [
        {
            "name": f"tokenizer {n}",
            "ours": n == 3,
            "ko": {"value": 2 + n / 4, "low": None, "high": None},
            "en": interval[n],
        }
        for n in range(8)
    ]
    chart = scatter(points, 690, 480)
    labels = sorted((point["label"]["y"], point["label"]["x"]) for point in chart["points"])
    assert all(b[0] - a[0] > 12 or abs(b[1] - a[1]) > 60 for a, b in itertools.pairwise(labels))
    frame = chart["frame"]
    assert all(
        frame.left <= p["label"]["x"] and p["label"]["x"] + 7 * len(p["name"]) <= frame.right + 8
        for p in chart["points"]
    )


def test_ticks_are_round_and_apart():
    ticks = Axis(1.1, 9, 0, 400).ticks(38)
    assert [label for _, label in ticks][:3] == ["1.2", "1.5", "2"]
    positions = [position for position, _ in ticks]
    assert all(b - a >= 38 for a, b in itertools.pairwise(positions))


def _distribution(counts: list[int]) -> dict:
    edges = [2.0**n for n in range(3, 4 + len(counts))]
    return {
        "quantiles": dict.fromkeys(("5", "25", "50", "75", "95"), 32.0),
        "histogram": {"edges": edges, "counts": counts},
    }


def test_few_documents_are_drawn_one_by_one():
    groups = [{"name": "a", "ours": True, "distribution": _distribution(counts)} for counts in ([2, 0, 5], [0, 3, 47])]
    few, many = ridges(groups, 540, 150)["rows"]
    assert len(few["single"]) == 7
    places = [x for x, _ in few["single"]]
    assert places == sorted(places)
    assert len(set(places)) == 7
    edge = [Axis(8, 64, 150, 540 - 26)(e) for e in (8, 16, 32, 64)]
    assert all(edge[0] < x < edge[1] for x in places[:2])
    assert all(edge[2] < x < edge[3] for x in places[2:])
    assert many["single"] == []  # 50 documents: a curve


def test_no_violations_and_ours_is_opened_first(browser, page):
    """The fixture's report has a peer that is better; the interval of a point is drawn over its dot."""
    require_clean(browser, page.as_uri())
    opened = browser.find_elements("css selector", "[role=tab][data-opened]")
    assert opened
    assert all(tab.get_attribute("aria-selected") == "true" for tab in opened)
    text = page.read_text(encoding="utf-8")
    first = text.index('class="interval"')
    assert 'class="dot"' in text[first - 300 : first]
