"""Every cell of tables and charts holds the figure of its row's tokenizer and its column's name and language: told from
a report in which no figure occurs twice. No browser."""

import itertools
from typing import Any

import pytest

from tokenizer.analysis.metrics import metric as named
from tokenizer.analysis.metrics import names
from tokenizer.page import tables
from tokenizer.page.cells import Cell, Column, Table, interval_cell, number
from tokenizer.page.charts import FEW, _filled, _single, ridges, scatter

UNIQUE = itertools.count(1)


def interval() -> dict[str, float]:
    value = 1 + next(UNIQUE) / 128
    return {"value": value, "low": value - 1 / 512, "high": value + 1 / 512}


def group(words: int = 1000) -> dict[str, Any]:
    metrics = {name: interval() for name in names()}
    return {"exact": True, "documents": 10, "words": words, "tokens": 100, "metrics": metrics}


def entry(name: str) -> dict[str, Any]:
    languages = {
        lang: group() | {"sources": {f"web-{lang}": group(), "wiki": group()}, "scripts": {"latin": group(1)}}
        for lang in ("en", "ja", "ko")
    }
    parity: dict[str, Any] = {
        text: {lang: group() | {"documents": pairs} for lang in ("ko", "en", "ja")}
        | {"premium": interval(), "premiums": {"ja": interval(), "ko": interval()}}
        for text, pairs in (("small", 10), ("large", 900))
    }
    counted = ("tokens",)
    vocabulary = {
        "composition": {"hangul": {"tokens": next(UNIQUE)}},
        "syllables": {"covered": next(UNIQUE), "ks_x_1001": next(UNIQUE)},
        "rare_syllables": {"lost": {"count": next(UNIQUE)}},
        "near_copies": {kind: dict.fromkeys(counted, next(UNIQUE)) for kind in ("space", "case", "suffix")},
        **{kind: {"tokens": next(UNIQUE)} for kind in ("broken_utf8", "several_words")},
        "unreachable": {"count": next(UNIQUE)},
        **{kind: {"share": next(UNIQUE) / 4096} for kind in ("never_used", "rare")},
        **{kind: next(UNIQUE) for kind in ("repeat_tokens", "spam_tokens")},
    }
    f1 = interval()
    boundaries = {"precision": interval()["value"], "recall": interval()["value"], "f1": f1["value"]} | {
        side: f1[side] for side in ("low", "high")
    }
    return {
        "name": name,
        "kind": "byte-level BPE",
        "vocab_size": 1000 + next(UNIQUE),
        "ours": name == "a",
        "languages": languages,
        "parity": parity | {"gini": interval()["value"]},
        "vocabulary": vocabulary,
        "morphology": {"kiwi": boundaries},
        "nfd_penalty": interval()["value"],
    }


@pytest.fixture(scope="module")
def entries() -> list[dict[str, Any]]:
    return [entry(name) for name in ("a", "b", "c")]


def cells(table: Table) -> dict[tuple[str, str], Cell]:
    """The cells by tokenizer and column."""
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    return {(row[0].text, name): cell for row in table.rows for name, cell in zip(names, row, strict=True)}


def holds(cell: Cell, wanted: Any) -> None:
    value = wanted["value"] if isinstance(wanted, dict) else wanted
    assert cell.value == value
    if isinstance(wanted, dict) and "%" not in cell.text:
        assert cell.text == number(value)
        assert cell.below == f"{number(wanted['low'])} – {number(wanted['high'])}"


def test_the_headline(entries: list[dict[str, Any]]) -> None:
    found = cells(tables.headline(entries))
    assert len(found) == 3 * 9
    for e in entries:
        name = e["name"]
        holds(found[name, "vocabulary"], e["vocab_size"])
        for metric, label in (("fertility", "tokens per word"), ("bytes_per_token", "bytes per token")):
            for lang, language in (("ko", "Korean"), ("en", "English")):
                holds(found[name, f"{label}: {language}"], e["languages"][lang]["metrics"][metric])
        holds(found[name, "Korean words kept whole"], e["languages"]["ko"]["metrics"]["words_kept_whole"])
        holds(found[name, "ko/en premium"], e["parity"]["large"]["premium"])  # of the text of most pairs
        assert found[name, "morpheme F1"].value == e["morphology"]["kiwi"]["f1"]
    bars = [row[2].bar for row in tables.headline(entries).rows]
    longest = max(e["languages"]["ko"]["metrics"]["fertility"]["value"] for e in entries)
    assert bars == [e["languages"]["ko"]["metrics"]["fertility"]["value"] / longest for e in entries]
    drawn = [n for n, cell in enumerate(tables.headline(entries).rows[0]) if cell.bar is not None]
    assert drawn == [2, 3]  # tokens per word, of both languages
    gold = entries[0] | {"morphology": entries[0]["morphology"] | {"gold": {"f1": 0.123}}}
    assert tables.headline([gold]).rows[0][-1].value == gold["morphology"]["kiwi"]["f1"]  # what the heading names
    gold["morphology"] = {"kiwi": None, "gold": {"f1": 0.123}}
    assert tables.headline([gold]).rows[0][-1].value == 0.123


@pytest.mark.parametrize("metric", names())
def test_a_metric_by_language_source_and_script(entries: list[dict[str, Any]], metric: str) -> None:
    by_source, by_script = tables.metric_tables(entries, named(metric))
    found = cells(by_source) | cells(by_script)
    names = [column.name for column in by_source.columns][1:]
    assert names[:3] == ["Korean: all", "Korean: web-ko", "Korean: wiki"]  # Korean, English, then the others
    for e in entries:
        for lang, language in (("ko", "Korean"), ("en", "English"), ("ja", "ja")):
            mine = e["languages"][lang]
            holds(found[e["name"], f"{language}: all"], mine["metrics"][metric])
            assert found[e["name"], f"{language}: all"].text.endswith(" %") == (named(metric).unit == "%")
            for source in (f"web-{lang}", "wiki"):
                holds(found[e["name"], f"{language}: {source}"], mine["sources"][source]["metrics"][metric])
            holds(found[e["name"], f"{language}: latin"], mine["scripts"]["latin"]["metrics"][metric])


def test_a_script_of_one_word_in_a_thousand_is_shown_and_a_rarer_one_is_not(entries: list[dict[str, Any]]) -> None:
    part, whole = {"words": 1}, {"words": 1000}
    assert tables._common(part, whole)
    assert not tables._common(part, {"words": 1001})
    assert not tables._common({"words": 0}, {"words": 0})


def test_parallel_texts(entries: list[dict[str, Any]]) -> None:
    assert tables.parallel(entries) == ["large", "small"]
    found = cells(tables.parity(entries))
    for e in entries:
        for text in ("large", "small"):
            mine = e["parity"][text]
            for lang, language in (("ko", "Korean"), ("en", "English")):
                holds(found[e["name"], f"{text}: {language} tokens/word"], mine[lang]["metrics"]["fertility"])
            holds(found[e["name"], f"{text}: premium of Korean"], mine["premiums"]["ko"])
            holds(found[e["name"], f"{text}: premium of ja"], mine["premiums"]["ja"])
        holds(found[e["name"], "Gini"], e["parity"]["gini"])


def test_morphology_and_vocabulary(entries: list[dict[str, Any]]) -> None:
    found = cells(tables.morphology(entries)) | cells(tables.vocabulary(entries))
    for e in entries:
        kiwi, v = e["morphology"]["kiwi"], e["vocabulary"]
        wanted = {
            "Kiwi: precision": kiwi["precision"],
            "Kiwi: recall": kiwi["recall"],
            "Kiwi: F1": kiwi["f1"],
            "Hangul tokens": v["composition"]["hangul"]["tokens"],
            "syllables": v["syllables"]["covered"],
            "of KS X 1001": v["syllables"]["ks_x_1001"],
            "lost syllables": v["rare_syllables"]["lost"]["count"],
            "broken UTF-8": v["broken_utf8"]["tokens"],
            "unreachable": v["unreachable"]["count"],
            "never used": v["never_used"]["share"],
            "rare": v["rare"]["share"],
            **{f"copies: {kind}": v["near_copies"][kind]["tokens"] for kind in ("space", "case", "suffix")},
            "several words": v["several_words"]["tokens"],
            "repeats": v["repeat_tokens"],
            "spam": v["spam_tokens"],
            "NFD penalty": e["nfd_penalty"],
        }
        assert {name: found[e["name"], name].value for name in wanted} == wanted


def test_points_stand_at_their_english_and_korean_figures() -> None:
    def point(name: str, en: float, ko: float) -> dict[str, Any]:
        sides = {"low": None, "high": None}
        return {"name": name, "ours": False, "ko": {"value": ko} | sides, "en": {"value": en} | sides}

    chart = scatter([point("a", 1.1, 4.0), point("b", 1.6, 2.0), point("c", 1.2, 2.5)], 690, 480)
    placed = {p["name"]: p for p in chart["points"]}
    assert placed["a"]["x"] < placed["c"]["x"] < placed["b"]["x"]  # more English tokens further to the right
    assert placed["a"]["y"] < placed["c"]["y"] < placed["b"]["y"]  # more Korean tokens further up
    ticks = [float(label) for _, label in chart["y_ticks"]]
    assert min(ticks) < 2.5 < max(ticks)


def test_a_ridge_marks_its_quantiles() -> None:
    histogram = {"edges": [1, 10, 100, 1000], "counts": [1, 5, 2]}
    distribution = {"histogram": histogram, "quantiles": {"5": 2.0, "25": 8.0, "50": 30.0, "75": 90.0, "95": 500.0}}
    chart = ridges([{"name": "a", "ours": True, "distribution": distribution}], 700, 100)
    (row,) = chart["rows"]
    tick = {label: position for position, label in chart["ticks"]}
    assert row["low"] == tick["2"]
    assert tick["20"] < row["median"] < tick["50"]
    assert row["high"] == tick["500"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(99.95, "100"), (99.94, "99.9"), (-99.95, "-100"), (0.1, "0.100"), (0.0999, "0.100"), (0.0994, "0.099")],
)
def test_numbers_at_the_borders_of_their_forms(value: float, text: str) -> None:
    assert number(value) == text


def test_an_interval_is_written_from_low_to_high() -> None:
    cell = interval_cell({"value": 2.0, "low": 1.5, "high": 2.5})
    assert (cell.text, cell.value, cell.below) == ("2.00", 2.0, "1.50 – 2.50")
    assert interval_cell({"value": 2.0, "low": None, "high": 2.5}).below == ""
    assert interval_cell({"value": 2.0, "low": 1.5, "high": None}).below == ""
    assert interval_cell(None).value is None


def test_one_figure_alone_is_not_the_best() -> None:
    for better in ("low", "high"):
        table = Table("", [Column("name"), Column("figure", better=better)], [[Cell("a"), Cell("1", 1.0)]])
        assert not table.rows[0][1].best


@pytest.mark.parametrize(("documents", "drawn"), [(FEW - 1, FEW - 1), (FEW, 0)])
def test_documents_are_drawn_one_by_one_below_a_number_of_them(documents: int, drawn: int) -> None:
    assert len(_single([(8.0, 16.0, documents)], lambda value: value, 100)) == drawn  # type: ignore[arg-type]


def test_an_axis_reaches_over_the_bins_that_are_not_empty() -> None:
    assert _filled({"edges": [1, 2, 4, 8, 16], "counts": [0, 3, 1, 0]}) == [2, 8]
    assert _filled({"edges": [1, 2], "counts": [0]}) == []


def test_the_label_of_ours_is_placed_first() -> None:
    """Two points in one place: ours has its label beside it, the other's goes further away."""
    sides = {"value": 2.0, "low": None, "high": None}
    points = [{"name": name, "ours": name == "mine", "ko": sides, "en": sides} for name in ("peer", "mine", "other")]
    placed = {p["name"]: p["label"] for p in scatter(points, 690, 480)["points"]}
    alone = scatter(points[1:2], 690, 480)["points"][0]["label"]
    assert placed["mine"] == alone
    assert placed["peer"] != alone
