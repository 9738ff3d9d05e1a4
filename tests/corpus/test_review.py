"""What differs is marked, samples are drawn by a seed, and the precision is that of the page and of the textbook."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UserError
from corpus.review import ALIKE, AROUND, LONGEST, _opcodes, marked, precision, read_verdicts, sample, write_review
from tests.helpers.browser import check_page
from tests.tokenizer.page.test_page import CHROMIUM, FLAGS

TEXT = st.text(alphabet="가나다 abc.\n1", max_size=60)


@given(TEXT, TEXT)
def test_runs_are_the_text_and_the_rest_is_equal(left: str, right: str) -> None:
    runs = marked(left, right)
    for text, shown in zip((left, right), runs, strict=True):
        whole = "".join(piece for piece, _ in shown)
        assert whole == text or "gap" in {kind for _, kind in shown} or (not whole and not text.strip())
    same = ["".join("".join(p.lower().split()) for p, kind in shown if kind == "same") for shown in runs]
    assert same[0] == same[1]


def test_a_changed_word_is_marked_and_long_equal_stretches_are_left_out() -> None:
    words = [f"낱말{i}" for i in range(200)]
    left, right = " ".join(words), " ".join(["바뀐것" if w == "낱말100" else w for w in words])
    runs = marked(left, right)
    assert "".join(text for text, kind in runs[0] if kind == "changed").split() == ["낱말100"]
    assert "".join(text for text, kind in runs[1] if kind == "changed").split() == ["바뀐것"]
    assert [kind for _, kind in runs[0]].count("gap") == 2
    assert all(len(text.split()) < ALIKE for text, kind in runs[0] if kind == "same")
    assert marked("x" * (LONGEST + 5), "y")[0][-1][0].endswith("…")
    assert marked("띄어 쓰기", "띄어쓰기")[0] == [("띄어 쓰기", "same")]


@pytest.mark.parametrize(("units", "left_out"), [(ALIKE, 0), (ALIKE + 1, 1)])
def test_more_than_sixty_equal_units_are_shortened(units: int, left_out: int) -> None:
    equal = [f"낱말{n}" for n in range(units // 3)] + ["끝"] * (units % 3)  # a word of three units
    left, right = (" ".join([first, *equal, last]) for first, last in (("가", "나"), ("다", "라")))
    runs, _ = marked(left, right)
    gaps = [text for text, kind in runs if kind == "gap"]
    assert gaps == [f" … {units - 50} equal … "] * left_out
    assert (ALIKE, AROUND) == (60, 25)


def test_capitals_and_white_space_are_no_difference() -> None:
    assert marked("ABC 가나", "abc가\n나") == ([("ABC 가나", "same")], [("abc가\n나", "same")])


@pytest.mark.parametrize(
    ("size", "judged", "right", "good"),
    [(5, 5, 5, True), (5, 0, 0, True), (5, 6, 5, False), (5, 4, 5, False), (5, 4, -1, False)],
)
def test_verdicts_that_cannot_be_are_refused(tmp_path: Path, size: int, judged: int, right: int, good: bool) -> None:
    path = tmp_path / "verdicts.json"
    path.write_text(json.dumps({"groups": [{"name": "a", "size": size, "judged": judged, "right": right}]}))
    if good:
        assert read_verdicts(path)["judged"] == judged
    else:
        with pytest.raises(UserError, match="its counts do not fit each other"):
            read_verdicts(path)


def test_a_text_of_exactly_the_longest_is_whole() -> None:
    assert marked("가" * LONGEST, "나")[0] == [("가" * LONGEST, "changed")]
    assert marked("가" * (LONGEST + 1), "나")[0][0][0] == "가" * LONGEST + " …"


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_common_ends_are_taken_once(one: list[str], two: list[str]) -> None:
    """The pieces cover both lists, in order and without overlaps, and what is called equal is."""
    ends = 0, 0
    for kind, a, b, c, d in _opcodes(one, two):
        assert (a, c) == ends
        assert (one[a:b] == two[c:d]) == (kind == "equal")
        ends = b, d
    assert ends == (len(one), len(two))


def test_samples_depend_on_the_seed_alone() -> None:
    groups = {"a": np.arange(1000), "b": np.arange(5)}
    one, two, three = sample(groups, 20, 1), sample(groups, 20, 1), sample(groups, 20, 2)
    assert one["a"].tolist() == two["a"].tolist() != three["a"].tolist()
    assert len(set(one["a"].tolist())) == 20
    assert one["b"].tolist() == [0, 1, 2, 3, 4]


def test_precision_is_wilson_s_for_one_group() -> None:
    told = precision([(1000, 50, 45)])
    assert told["precision"] == 0.9
    assert (round(told["low"], 3), round(told["high"], 3)) == (0.786, 0.957)  # Wilson score interval of 45 in 50
    assert precision([]) == {"judged": 0, "right": 0, "precision": 0.0, "low": 0.0, "high": 1.0}


def test_groups_weigh_as_much_as_they_are_large() -> None:
    """By hand: nine tenths of 0.9 and a tenth of 0.5; the variance is that of 1 / (0.9² / 20 + 0.1² / 10) verdicts."""
    told = precision([(900, 20, 18), (100, 10, 5), (5000, 0, 0)])
    share, n, z = 0.9 * 0.9 + 0.1 * 0.5, 1 / (0.81 / 20 + 0.01 / 10), 1.959964
    assert told["precision"] == pytest.approx(share)
    for side, end in (("low", -1), ("high", 1)):
        # Wilson's ends are where the distance from the share is z standard deviations at that end.
        p = told[side]
        assert share - p == pytest.approx(-end * z * (p * (1 - p) / n) ** 0.5)
    assert (told["judged"], told["right"]) == (30, 23)


def test_intervals_hold_what_they_promise() -> None:
    """Of 1,000 audits of groups of unequal sizes and precisions about 95 % hold the truth."""
    rng = np.random.default_rng(3)
    sizes, truth = np.array([9000, 800, 200]), np.array([0.97, 0.8, 0.5])
    overall = float((sizes * truth).sum() / sizes.sum())
    held = 0
    for _ in range(1000):
        right = rng.binomial(40, truth)
        told = precision((int(s), 40, int(r)) for s, r in zip(sizes, right, strict=True))
        held += told["low"] <= overall <= told["high"]
    assert 0.92 <= held / 1000 <= 1


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "review.html"
    left = {"title": "removed", "runs": [("<b>text</b> ", "same"), ("x", "changed")]}
    pair = {"facts": ["similarity 0.8"], "left": left, "right": {"title": "stays", "runs": [("y", "gap")]}}
    groups = [
        {"name": f"band {g}", "size": size, "pairs": [{"id": f"{g}-{i}", **pair} for i in range(6)]}
        for g, size in enumerate((5000, 30))
    ]
    content = {"title": "A review", "about": ["What it is."], "figures": [("12", "pairs")], "tables": []}
    content |= {"question": "Right?", "answers": ("yes", "no"), "groups": groups}
    write_review(path, content)
    return path


def test_text_is_text(page: Path) -> None:
    assert "&lt;b&gt;text&lt;/b&gt; <mark>x</mark>" in page.read_text(encoding="utf-8")


def test_the_page_computes_the_same_and_keeps_it(page: Path, tmp_path: Path) -> None:
    if CHROMIUM is None or shutil.which("chromedriver") is None:
        pytest.skip("needs Chromium and its driver (apt-get install chromium chromium-driver)")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in [*FLAGS.split(), f"--user-data-dir={tmp_path / 'profile'}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        chrome.get(page.as_uri())
        rng, right, judged = random.Random(1), [0, 0], [0, 0]
        for group in range(2):
            for i in range(5):
                verdict = rng.choice(["yes", "yes", "no", "unsure"])
                judged[group] += verdict != "unsure"
                right[group] += verdict == "yes"
                chrome.find_element("css selector", f"input[name='{group}-{i}'][value={verdict}]").click()
        told = precision(zip((5000, 30), judged, right, strict=True))
        found = json.loads(chrome.execute_script("return JSON.stringify(summary())"))
        assert {key: found[key] for key in told} == pytest.approx(told)
        assert found["verdicts"].keys() == {f"{g}-{i}" for g in range(2) for i in range(5)}
        shown = chrome.find_element("id", "result").text
        assert f"{sum(judged)} of 12 judged" in shown
        assert f"{100 * told['precision']:.1f} %" in shown
        chrome.refresh()
        assert chrome.find_element("id", "result").text == shown
        assert chrome.get_log("browser") == []
        for width in (390, 1400):
            size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == 390}
            chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            assert chrome.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        chrome.quit()


def test_the_page_is_clean_in_a_browser(page: Path, tmp_path: Path) -> None:
    check_page(page, tmp_path / "profile")
