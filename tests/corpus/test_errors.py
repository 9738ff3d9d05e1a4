"""Messages of other libraries within ours."""

import pytest

from corpus.errors import first_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one\ntwo"), "one"),
        (ValueError("\n\n  two  \nthree"), "two"),
        (ValueError(), "ValueError"),
        (KeyError(""), "''"),
        (RuntimeError(" \n "), "RuntimeError"),
        ("", ""),
        ("out\r\nmore", "out"),
    ],
)
def test_the_first_line_of_a_message(error, line):
    assert first_line(error) == line
