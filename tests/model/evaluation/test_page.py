"""The page of scores: its numbers against the results, its headline, commands and curves, and in a browser."""

import re
import shlex
from html.parser import HTMLParser

import pytest

from model.evaluation.families import FAMILIES, family_average, folded
from model.evaluation.page import commands, headline, learning_curves, write_page
from model.evaluation.tables import markdown, score_text, tables
from tests.helpers.browser import require_clean, start
from tests.model.evaluation.test_figures import result


def with_families(made: dict, *, of: int | None = None) -> dict:
    """The result with all Korean families; of KMMLU the first `of` tasks."""
    for name, family in FAMILIES.items():
        for k in range(of if of and name == "kmmlu" else family.size):
            task = f"click_lang_t{k}" if name == "click" else f"{name}_t{k}"
            made["tasks"][task] = {"n": 10 + k, "acc": (k % 7) / 10}
        if (value := family_average(family, made["tasks"])) is not None:
            made["averages"][f"{name}_acc"] = value
    return made


class Cells(HTMLParser):
    """The rows of each table of a page, by the table's name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if named.get("role") == "region":
            self._rows = self.tables.setdefault(named["aria-label"], [])
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data):
        if self._open:
            self._rows[-1][-1] += data


def page(tmp_path, results) -> str:
    write_page(tmp_path / "report.html", tables(results), results)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_each_number_on_the_page_is_that_of_the_results(tmp_path):
    results = [with_families(result("one", 0.1)), with_families(result("two", 0.5))]
    found = Cells(page(tmp_path, results)).tables
    for table in tables(results):
        for row, cells in zip(table.rows, found[table.title][1:], strict=True):
            assert cells[0] == row.name
            assert cells[1:3] == [score_text(score) for score in row.scores]
            published = [f"{value:.3f}" for value in row.published] or [""] * len(table.published)
            assert cells[3:] == published
    rows = {cells[0]: cells[1:] for cells in found["Headline"][1:]}
    ko = [r["bpb"]["languages"]["ko"] for r in results]
    told = [f"{each['bpb']:.3f} ± {each['stderr']:.3f}" for each in ko]
    assert rows["bits per byte, language ko"] == [*told, "lower is better"]
    assert len(rows) == 5  # KOBEST, Korean, English, ko, en


def test_the_page_says_when_and_with_which_harness(tmp_path):
    made = result("one", 0.1) | {"measured": "2026-11-27 09:16", "versions": {"lm-eval": "0.4.13"}}
    assert "measured 2026-11-27 09:16 with lm-eval 0.4.13" in page(tmp_path, [made])
    made.pop("measured")
    assert "measured" not in page(tmp_path, [made]).partition("</h1>")[2].partition("results.json")[0]


def test_a_phone_breaks_a_name_where_it_has_a_seam(tmp_path):
    text = page(tmp_path, [result("one", 0.1)])
    assert '<th scope="row">kobest_<wbr>hellaswag</th>' in text
    assert "which gives other scores (docs/evaluation.md). A full bar is 1.</p>" in text


def test_the_best_of_the_headline_is_the_least_of_bits(tmp_path):
    made = headline(tables([result("one", 0.1), result("two", 0.5)]))
    assert {row.name.partition(":")[0]: best for _, row, best in made} == {
        "KOBEST, macro-F1": 1,
        "English": 1,
        "bits per byte, language ko": 0,
        "bits per byte, language en": 0,
    }
    assert all(best is None for _, _, best in headline(tables([result("one", 0.1)])))


def test_bars_of_a_table_have_one_scale(tmp_path):
    text = page(tmp_path, [result("one", 0.1), result("two", 0.5)])
    section = text[text.index('aria-label="KOBEST, macro-F1"') :].partition("</table>")[0]
    cells = re.findall(r"(?:<b>)?(0\.\d{3})[^<]*(?:</b>)?<span class=\"mark\"><i style=\"--part:([\d.]+)%", section)
    assert len(cells) > 20
    assert all(float(width) == pytest.approx(100 * float(value), abs=0.11) for value, width in cells)


@pytest.mark.parametrize(("profile", "marked"), [("main", True), ("polyglot", False)])
def test_published_columns_are_marked_beside_another_profile(tmp_path, profile, marked):
    text = page(tmp_path, [result("one", 0.1) | {"profile": profile}])
    assert ("profile polyglot, not comparable" in text) == marked
    assert ('<td class="other">' in text) == marked


def test_two_models_are_two_lines():
    """Checkpoints of the same steps in two runs."""
    results = [
        result(f"step {step}", begin) | {"step": step, "run": run}
        for run, begin in (("a", 0.1), ("b", 0.4))
        for step in (5, 7)
    ]
    made = tables(results)
    assert made[0].columns == ["a, step 5", "a, step 7", "b, step 5", "b, step 7"]
    chart = next(
        c for c in learning_curves(made, results) if c.title == "Bits per byte on held-out documents over training"
    )
    names = re.findall(r"</i>([^<]+) <b>", str(chart.figure))
    assert [f"{run}: language ko" in names for run in "ab"] == [True, True]
    assert len(names) == 8
    one = learning_curves(tables(results[:2]), results[:2])
    assert "a: " not in str(one[0].figure)


def test_an_average_says_what_is_in_it():
    whole = with_families(result("one", 0.1))
    (table,) = [each for each in tables([whole]) if each.title == "Korean: averages"]
    names = [row.name for row in table.rows]
    assert names == [
        "KOBEST, macro-F1, 4 tasks (without WiC)",
        "KMMLU, acc, 45 tasks",
        "HAE-RAE, acc, 5 tasks",
        "CLIcK, acc, 11 tasks",
        "mean of KOBEST and KMMLU and HAE-RAE and CLIcK",
    ]
    values = [row.scores[0][0] for row in table.rows]
    assert values[-1] == pytest.approx(sum(values[:4]) / 4)
    entries = [whole["tasks"][f"kmmlu_t{k}"] for k in range(45)]
    assert values[1] == pytest.approx(sum(e["n"] * e["acc"] for e in entries) / sum(e["n"] for e in entries))
    part = with_families(result("one", 0.1), of=12)
    (table,) = [each for each in tables([part]) if each.title == "Korean: averages"]
    assert [row.scores[0] is None for row in table.rows] == [False, True, False, False, False]
    assert table.rows[1].name == "KMMLU, acc, 12 of its 45 tasks"
    assert table.rows[-1].name == "mean of KOBEST and HAE-RAE and CLIcK"


def test_families_are_the_groups_of_the_harness():
    from model.evaluation.tasks import expand

    names = expand(["korean"])
    assert len(names) == 5 + 45 + 5 + 11
    for name, family in FAMILIES.items():
        assert family.members(names) == expand([name])
        assert len(expand([name])) == family.size
    assert not FAMILIES["kmmlu"].members(["kmmlu_direct_math", "kmmlu_hard_math", "kmmlu_cot_hard_stem"])


def test_reasons_of_a_family_are_one_line():
    skipped = {"kmmlu_math": "no data: A", "kmmlu_law": "no data: B", "haerae_history": "no data: C", "boolq": "D"}
    assert folded(skipped) == {
        "haerae_history": "no data: C",
        "boolq": "D",
        "kmmlu (2 of its 45 tasks)": "for example kmmlu_math: no data: A",
    }


def test_the_command_of_the_harness():
    one = with_families(result("hf", 0.1)) | {"source": "runs/my hf", "limit": 20, "bos": False}
    run = result("step 5", 0.3) | {"step": 5, "source": "runs/model", "run": "model", "limit": 20}
    found = commands(tables([one, run]), [one, run])
    first, second = found["KOBEST, macro-F1"]
    kobest = ["kobest_boolq", "kobest_copa", "kobest_hellaswag", "kobest_sentineg", "kobest_wic"]
    assert shlex.split(first)[4:] == [
        "--model_args", "pretrained=runs/my hf,add_bos_token=False", "--tasks", ",".join(kobest), "--num_fewshot", "0",
        "--limit", "20",
    ]  # fmt: skip
    assert second.startswith("hanji export --run runs/model --step 5 --out HF && lm_eval run --model hf")
    assert "--tasks click,haerae,kmmlu " in found["Other tasks"][0]
    assert "Bits per byte on held-out documents" not in found  # not measured by lm_eval
    assert commands(tables([one | {"profile": "polyglot"}]), [one | {"profile": "polyglot"}]) == {}
    assert f"    {first}" in markdown(tables([one, run]), {}, "", found)


def test_the_page_is_clean_in_a_browser(tmp_path):
    """Also on a phone, where the first column and the first score fit."""
    results = [with_families(result(f"step {n}", n / 10)) | {"step": n, "run": "a"} for n in (1, 4)]
    results[0]["skipped"] = {"boolq": "no data"}
    results[1]["skipped"] = {}
    page(tmp_path, results)
    chrome = start(tmp_path / "profile")
    try:
        require_clean(chrome, (tmp_path / "report.html").as_uri())
        size = {"width": 390, "height": 900, "deviceScaleFactor": 1, "mobile": True}
        chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for row in chrome.find_elements("css selector", "tbody tr"):
            score = row.find_element("css selector", "td.ours b")
            assert score.rect["x"] + score.rect["width"] <= 390, row.text
    finally:
        chrome.quit()
