"""Sizes, counts and times for people, at the borders of their units."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.quantities import amount, digits, duration, megabytes


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (1e6, "1.0 MB"),
        (12_345_678, "12.3 MB"), (999.96e6, "1.0 GB"), (1e9, "1.0 GB"), (1e12, "1.0 TB"), (4.56e15, "4,560.0 TB"),
    ],
)  # fmt: skip
def test_sizes_at_their_borders(count: float, text: str) -> None:
    assert megabytes(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"), (1230, "1,230"), (999_999, "999,999"), (1e6, "1 million"), (12_345_678, "12.3 million"),
        (999_499_999, "999 million"), (999_600_000, "1 billion"), (4.56e9, "4.56 billion"), (1e12, "1 trillion"),
    ],
)  # fmt: skip
def test_amounts_at_their_borders(count: float, text: str) -> None:
    assert amount(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"), (5, "5 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (60, "1 min 0 s"), (200, "3 min 20 s"),
        (3599, "59 min 59 s"), (3600, "1 h 0 min"), (18_600, "5 h 10 min"), (86_399, "23 h 59 min"),
        (86_400, "1 d 0 h"), (90_000, "1 d 1 h"), (356_400, "4 d 3 h"),
    ],
)  # fmt: skip
def test_durations_at_their_borders(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@given(st.floats(1e-3, 1e15))
def test_numbers_are_near_and_have_no_exponent(value: float) -> None:
    sizes = {"TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3, "B": 1}
    sizes |= {"trillion": 1e12, "billion": 1e9, "million": 1e6, "": 1, "d": 86_400, "h": 3600, "min": 60, "s": 1}
    for show, near in ((megabytes, 0.05), (amount, 0.0051), (duration, 0.045)):
        words = show(value).split()
        pairs = zip(words[::2], [*words[1::2], ""] if len(words) == 1 else words[1::2], strict=True)
        assert all(re.fullmatch(r"[0-9,]+(\.[0-9]+)?", number) for number in words[::2])
        found = sum(float(number.replace(",", "")) * sizes[unit] for number, unit in pairs)
        assert found == pytest.approx(value, rel=near, abs=1), show(value)
    assert float(digits(value).replace(",", "")) == pytest.approx(value, rel=0.0051)
