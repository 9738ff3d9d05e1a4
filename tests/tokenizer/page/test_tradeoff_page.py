"""The page of a target or of several vocabulary sizes: every figure is that of the curve, and it fits every screen."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.browser import check_page
from tokenizer.tradeoff import Texts, curve_of, write_page


@pytest.fixture
def curves() -> list[dict[str, Any]]:
    texts = Texts("the split 'validation' of the corpus", {}, {}, [])
    points = [(at, f"{at}", {"en_fertility": 1.5 + at / 7, "ko_fertility": 3.1 - at / 9}) for at in (0.25, 1.0, 4.0)]
    sizes = [(n, f"{n:,}", {"en_fertility": 4000 / n, "ko_fertility": 9000 / n}) for n in (1024, 2048, 4096)]
    weights = curve_of(
        "weight of ko against the other languages", points, texts, ticks=[0.25, 1, 4], chosen=1.0, wanted=3.0
    )
    return [weights, curve_of("tokens of the vocabulary", sizes, texts, ticks=[1024, 2048, 4096], chosen=4096)]


def test_every_figure_of_the_curves_is_in_the_tables(curves: list[dict[str, Any]], tmp_path: Path) -> None:
    write_page(tmp_path / "report.html", "A <b>tokenizer", curves)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    rows = [re.findall(r"<td>([^<]*)</td>", row) for row in re.findall(r"<tr(?: class=.chosen.)?>(<td>.*?)</tr>", page)]
    assert rows == [
        [point["label"], *(f"{point['figures'][name]:.3f}" for name in curve["figures"])]
        for curve in curves
        for point in curve["points"]
    ]
    assert page.count('class="chosen"') == 2
    assert "A &lt;b&gt;tokenizer" in page


def test_the_page_in_a_browser(curves: list[dict[str, Any]], tmp_path: Path) -> None:
    write_page(tmp_path / "report.html", "A tokenizer of ko_fertility = 2.996", curves)
    check_page(tmp_path / "report.html", tmp_path / "profile")
