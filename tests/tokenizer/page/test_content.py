"""What the page is made of, without a template or a browser: order, choice and sums of what a report holds."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.tokenizer.page.test_tables import entry
from tokenizer.encoding.definition import Unsupported
from tokenizer.page import page as made
from tokenizer.page import tables
from tokenizer.page.cells import count
from tokenizer.page.charts import Axis, ridges, scatter


def tokenizer(
    name: str, ko: float | None, en: float | None = 1.5, ours: bool = False, seen: str = ""
) -> dict[str, Any]:
    """An entry of a report with these fertilities, without a language of which there is none."""
    found = entry(name) | {"ours": ours, "seen": seen}
    for lang, value in (("ko", ko), ("en", en)):
        if value is None:
            del found["languages"][lang]
        else:
            metrics = found["languages"][lang]["metrics"]
            metrics["fertility"] = {"value": value, "low": value - 0.25, "high": value + 0.25}
            counts = {"quantiles": dict.fromkeys(("5", "25", "50", "75", "95"), 8.0)}
            found["languages"][lang]["tokens_per_document"] = counts | {"histogram": {"edges": [4, 8], "counts": [3]}}
    found["languages"]["ja"]["tokens_per_document"] = {"quantiles": {}, "histogram": {"edges": [4, 8], "counts": [0]}}
    kinds = {"hangul": 5, "whitespace": 2, "punctuation": 3, "kana": 4, "han": 6, "thai": 7, "greek": 8}
    found["vocabulary"]["composition"] = {
        kind: {"tokens": n, "share": n / 64, "characters": [0, n]} for kind, n in kinds.items()
    }
    return found


def content(*entries: dict[str, Any], box: dict[str, Path] | None = None) -> dict[str, Any]:
    return made._content({"tokenizers": list(entries), "samples": "samples"}, box or {})


def test_tokenizers_are_in_the_order_of_korean_and_each_thing_is_chosen_from_it() -> None:
    entries = [
        tokenizer("english", None, 1.1, ours=True, seen="none"), tokenizer("worst", 3.0, seen="part"),
        tokenizer("mine", 2.0, ours=True, seen="all"), tokenizer("other", 2.5, ours=True), tokenizer("best", 1.5, None),
    ]  # fmt: skip
    found = content(*entries)
    names = ["best", "mine", "other", "worst", "english"]
    assert [t["name"] for t in found["tokenizers"]] == names
    assert found["trained_on"] == {"mine": "all", "worst": "part"}
    assert found["opened"] == "mine"
    assert found["languages"] == ["ko", "en", "ja"]
    assert found["verdict"]["name"] == "mine"
    assert (
        found["verdict"]["korean"]
        == "2.00 tokens per Korean word, 2nd fewest of 4 tokenizers (best: 1.50, intervals overlap)"
    )
    assert (
        found["verdict"]["english"]
        == "1.50 tokens per English word, 36 % more than the best (english: 1.10, intervals overlap)"
    )
    premiums = {t["name"]: t["parity"]["large"]["premium"]["value"] for t in entries if t["name"] != "mine"}
    assert [card[1] for card in found["cards"]] == [
        "tokens per Korean word", "tokens per English word", "Korean words in 4,096 tokens",
        "Korean tokens per English token, same content (large)",
    ]  # fmt: skip
    assert found["cards"][0] == ("2.00", "tokens per Korean word", "others: 1.50 (best) – 3.00 (worst)")
    ends = [min(premiums, key=premiums.__getitem__), max(premiums, key=premiums.__getitem__)]
    assert [end in found["cards"][3][2] for end in ends] == [True, True]
    assert found["parallel"] == tables.parallel(entries) == ["large", "small"]
    assert [p["name"] for p in found["scatter"]["wide"]["points"]] == ["mine", "other", "worst"]  # of both languages
    assert {lang: [row["name"] for row in charts["wide"]["rows"]] for lang, charts in found["ridges"].items()} == {
        "ko": names[:4], "en": ["mine", "other", "worst", "english"],
    }  # fmt: skip
    assert found["data"]["tokenizers"] == [
        {"name": name, "ours": name in ("mine", "other", "english")} for name in names
    ]
    assert found["data"]["samples"] == "samples"
    assert content(tokenizer("a", 2.0), tokenizer("b", 1.0))["opened"] == ""
    assert content(tokenizer("a", 2.0))["scatter"] is None
    assert content(tokenizer("a", 2.0), tokenizer("b", 1.0))["scatter"] is not None
    assert content(tokenizer("a", None))["verdict"] is None
    alone = content(tokenizer("a", 2.0, None))
    assert alone["verdict"] == {"name": "a", "korean": "2.00 tokens per Korean word", "english": ""}
    assert all(card[2] == "" for card in alone["cards"])


def test_scripts_of_the_stacked_bars_add_up() -> None:
    """White space is with punctuation, kana with Han, and rare scripts are the others, by tokens and by shares."""
    found = content(tokenizer("a", 2.0))
    wanted = {"hangul": 5, "latin": 0, "han": 10, "digits": 0, "punctuation": 5, "fragments": 0, "others": 15}
    assert found["composition"] == {"a": [(script, n, n / 64) for script, n in wanted.items()]}
    (first, *rest) = found["lengths"]["a"]
    assert first == ("1", [(script, n, n / 35) for script, n in reversed(wanted.items()) if n])
    assert [label for label, bars in rest if not bars] == [*map(str, range(2, 12)), "12+"]


def test_tokenizers_are_packed_as_long_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly as much as there is fits; what is left out leaves its room to those after it, and has a reason."""

    def pack(path: Path) -> dict[str, Any]:
        if path.name == "odd":
            raise Unsupported("it is odd")
        size = int(path.name)
        return {"merges": "m" * (size - 4 - 3), "results": "rrr", "whole": None, "pattern": f"p{size}"}

    monkeypatch.setattr(made, "pack", pack)
    monkeypatch.setattr(made, "browser_regex", lambda pattern: f"regex of {pattern}")
    given = {name: Path(size) for name, size in (("a", "60"), ("b", "50"), ("c", "odd"), ("d", "40"), ("e", "10"))}
    assert made.BOX_BYTES == 3_000_000
    monkeypatch.setattr(made, "BOX_BYTES", 100)
    found = content(tokenizer("a", 2.0), box=given)
    assert list(found["box"]) == list(found["data"]["box"]) == ["a", "d"]
    large = "its merges would make the page too large"
    assert found["left_out"] == {"b": large, "c": "it is odd", "e": large}
    assert found["data"]["patterns"] == {"p40": "regex of p40", "p60": "regex of p60"}
    assert len(json.dumps(None)) == 4


def test_an_axis_ends_at_its_bounds_and_names_them() -> None:
    axis = Axis(1, 100, 50, 250)
    assert [axis(value) for value in (0.5, 1, 10, 100, 1000)] == [50, 50, 150, 250, 250]
    assert axis.ticks(99, (1,)) == [(50, "1"), (150, "10"), (250, "100")]
    assert axis.ticks(101, (1,)) == [(50, "1"), (250, "100")]
    labels = [label for _, label in Axis(900, 2_000_000, 0, 1000).ticks(1, (1, 2.5))]
    assert labels == ["1,000", "2,500", "10k", "25k", "100k", "250k", "1,000k"]


def test_an_interval_is_drawn_from_its_low_to_its_high() -> None:
    sides = [{"value": 2.0, "low": 1.5, "high": 3.0}, {"value": 4.0, "low": 3.5, "high": None}]
    points = [
        {"name": "a", "ours": True, "ko": sides[0], "en": sides[1]},
        {"name": "b", "ours": False, "ko": sides[1], "en": sides[0]},
    ]
    chart = scatter(points, 690, 480)
    frame = chart["frame"]
    x = Axis(1.5 / 1.12, 4.0 * 1.12, frame.left, frame.right)
    y = Axis(1.5 / 1.12, 4.0 * 1.12, frame.bottom, frame.top)
    for point in chart["points"]:
        for axis, letter, lang in ((x, "x", "en"), (y, "y", "ko")):
            side = point[lang]
            wanted = [axis(side["value"]), axis(side["low"]), axis(side["high"] or side["value"])]
            assert [point[letter], point[f"{letter}_low"], point[f"{letter}_high"]] == wanted


def test_the_area_of_a_ridge_is_the_share_of_its_documents() -> None:
    """Bins of one and of two octaves with as many documents: the wider one is half as tall."""
    histogram = {"edges": [1, 2, 8], "counts": [6, 6]}
    quantiles = {"5": 1.5, "25": 2.0, "50": 3.0, "75": 5.0, "95": 7.0}
    (row,) = ridges(
        [{"name": "a", "ours": False, "distribution": {"histogram": histogram, "quantiles": quantiles}}], 500, 100
    )["rows"]
    axis = Axis(1, 8, 100, 500 - 26)
    base = row["y"]
    wanted = f"V{base - 30:.1f}H{axis(2):.1f}V{base - 15:.1f}H{axis(8):.1f}V{base}Z"
    assert row["path"].endswith(wanted)
    assert (row["low"], row["median"], row["high"]) == (axis(1.5), axis(3.0), axis(7.0))
    assert len(row["single"]) == 12
    assert math.isclose(row["single"][0][0], axis(2 ** (1 / 12)), abs_tol=0.1)


def test_a_sample_is_marked_and_each_cell_says_of_what_it_is() -> None:
    one = tokenizer("mine", 2.0, ours=True)
    one["languages"]["en"]["exact"] = False
    one["languages"]["ko"]["sources"]["rare"] = one["languages"]["ko"]["sources"]["wiki"] | {"words": 0}
    assert tables.name_cell(one).tags == ["ours", "sample"]
    assert tables.name_cell(one, corpus=False).tags == ["ours"]
    assert tables.name_cell(tokenizer("peer", 2.0)).tags == []
    assert tables.name_cell(one).title == f"byte-level BPE, {one['vocab_size']:,} tokens"
    by_source, by_script = tables.metric_tables([one], tables.metric("words_kept_whole"))
    cells = {column.name: cell for column, cell in zip(by_source.columns, by_source.rows[0], strict=True)}
    assert "Korean: rare" in cells  # scripts alone are left out if they are rare
    assert cells["Korean: all"].title == "all 10 documents, 1,000 words, 100 tokens"
    assert cells["English: all"].title == "a sample: 10 documents, 1,000 words, 100 tokens"
    assert cells["Korean: all"].text.endswith(" %")
    assert by_source.caption == "Words kept whole by source"
    assert by_script.caption == "Words kept whole by script of the word, those of 0.1 % of the words or more"
    premium = [row for row in tables.parity([one]).rows[0] if row.bar is not None]
    assert [cell.bar for cell in premium] == [1.0] * 4  # ko and ja, of two texts; alone it is the largest
    assert (count(0), count(1234.4), count(None)) == ("0", "1,234", "–")
    one["nfd_penalty"] = None
    assert (tables.vocabulary([one]).rows[0][-1].text, tables.vocabulary([one]).rows[0][-1].value) == ("–", None)
