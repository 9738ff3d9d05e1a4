"""What an answer is worth to a transfer, and how large and how patient one may be; no server is asked."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from corpus.download import transfer as module
from corpus.download.answers import Promise
from corpus.download.transfer import (
    SPARE,
    Budget,
    FaultyTransferError,
    TransferSettings,
    _agreed,
    _validator,
    check_size,
    pause,
    transfer,
)
from corpus.errors import UserError

KNOWN = {"validator": "A", "bytes": 100, "digest": None}
REST = {"Content-Range": "bytes 40-99/100", "Content-Length": "60"}


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": '"a"', "Last-Modified": "date"}, '"a"'),
        ({"ETag": 'W/"a"', "Last-Modified": "date"}, "date"),
        ({"Last-Modified": "date"}, "date"),
        ({"ETag": 'W/"a"'}, ""),
        ({}, ""),
    ],
)
def test_what_tells_one_state_of_a_file_from_another(headers: dict[str, str], validator: str) -> None:
    assert _validator(httpx.Response(200, headers=headers)) == validator


@pytest.mark.parametrize(
    ("headers", "changed"),
    [
        ({"Last-Modified": "A"}, False),
        ({"Last-Modified": "B"}, True),  # no ETag, the same length
        ({"ETag": "A"}, False),
        ({"ETag": "B", "Last-Modified": "A"}, True),
        ({"ETag": 'W/"B"', "Last-Modified": "A"}, False),
        ({}, False),  # nothing is said: the length has to do
    ],
)
def test_the_rest_of_another_file_is_not_added_to_the_first_half(headers: dict[str, str], changed: bool) -> None:
    answer = httpx.Response(206, headers=REST | headers)
    if changed:
        with pytest.raises(FaultyTransferError, match="has changed on the server") as found:
            _agreed(answer, 40, KNOWN, "u")
        assert found.value.again
    else:
        assert _agreed(answer, 40, KNOWN, "u") == Promise(40, 100, 100)


@pytest.mark.parametrize(
    ("code", "headers", "have", "message"),
    [
        (206, {"Content-Range": "bytes 40-98/99"}, 40, "another length"),
        (206, {"Content-Range": "bytes 40-100/101"}, 40, "another length"),
        (206, {"Content-Range": "bytes 41-99/100"}, 40, "another range"),
        (206, {"Content-Range": "bytes 39-99/100"}, 40, "another range"),
        (206, {"Content-Range": "bytes 40-99/100"}, 0, "another range"),
        (206, {}, 40, r"another range than requested \(none\)"),
        (200, {"Content-Length": "99"}, 40, "another length"),
        (416, {}, 40, "no such range"),
        (200, {"Content-Length": "100", "Content-Encoding": "gzip"}, 0, "compressed"),
    ],
)
def test_answers_that_begin_again(code: int, headers: dict[str, str], have: int, message: str) -> None:
    with pytest.raises(FaultyTransferError, match=message) as found:
        _agreed(httpx.Response(code, headers=headers), have, KNOWN, "http://h/a.jsonl")
    assert found.value.again


def test_answers_that_are_used() -> None:
    whole = httpx.Response(200, headers={"Content-Length": "100", "ETag": "B"})
    assert _agreed(whole, 40, KNOWN, "u") == Promise(0, 100, 100)  # all of it, whatever the state
    packed = {"Content-Length": "100", "Content-Encoding": "gzip"}  # some hosts say so of a file that is packed anyway
    assert _agreed(httpx.Response(200, headers=packed), 0, {}, "http://h/a.gz?x=1") == Promise(0, 100, 100)


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(("value", "wait"), [("7", 7.0), ("", None), ("soon", None)])
def test_errors_that_pass_say_how_long(code: int, value: str, wait: float | None) -> None:
    with pytest.raises(FaultyTransferError, match=str(code)) as found:
        _agreed(httpx.Response(code, headers={"Retry-After": value}), 0, {}, "u")
    assert (found.value.wait, found.value.again) == (wait, False)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 201, 204, 304])
def test_errors_that_do_not_pass(code: int) -> None:
    with pytest.raises(UserError, match=f"the server answered {code}"):
        _agreed(httpx.Response(code), 0, {}, "u")


def test_a_file_of_exactly_the_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SPARE == 1 << 30
    settings = TransferSettings(max_file=1000)
    check_size("u", 1000, 0, settings, tmp_path)
    with pytest.raises(UserError, match="1,001 bytes, more than the 1,000"):
        check_size("u", 1001, 0, settings, tmp_path)
    free = shutil.disk_usage(tmp_path)._replace(free=SPARE + 500)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: free)
    check_size("u", 1000, 500, settings, tmp_path)
    with pytest.raises(UserError, match="takes only 500"):
        check_size("u", 1000, 501, settings, tmp_path)


class _Pieces(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        return iter([b"0123456789"] * 3)


@pytest.mark.parametrize(("most", "written"), [(30, 30), (29, 20), (20, 20), (19, 10)])
def test_an_answer_without_a_length_ends_at_its_limit(tmp_path: Path, most: int, written: int) -> None:
    """Nothing beyond it is written, not even a part of the piece that goes beyond it."""
    headers = {"Transfer-Encoding": "chunked"}
    answer = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=_Pieces()))
    settings, target = TransferSettings(max_unannounced=most), tmp_path / "a.txt"
    with httpx.Client(transport=answer) as client:
        if written == 30:
            assert transfer(client, "http://h/a.txt", target, settings).stat().st_size == 30
        else:
            with pytest.raises(UserError, match=f"stopped after {written} bytes"):
                transfer(client, "http://h/a.txt", target, settings)
            assert not target.exists()
            assert (tmp_path / "a.txt.part").stat().st_size == written


def test_a_budget_is_spent_to_the_byte() -> None:
    budget = Budget(10)
    budget.take(4, "u")
    budget.take(6, "u")
    budget.take(0, "u")
    with pytest.raises(UserError, match="the 10 bytes"):
        budget.take(1, "u")
    assert budget.taken == 10
    Budget(None).take(1 << 60, "u")


def test_waits_double_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = TransferSettings(backoff=2.0, longest_wait=30.0)
    asked: list[Any] = []
    monkeypatch.setattr(module.random, "uniform", lambda *bounds: asked.append(bounds) or 1.0)
    assert [pause(settings, failures) for failures in range(1, 7)] == [2, 4, 8, 16, 30, 30]
    assert set(asked) == {(0.5, 1)}
    assert pause(settings, 5, 0.0) == 0
    assert pause(settings, 1, 7.5) == 7.5
    assert pause(settings, 1, 31.0) == 30


@pytest.mark.parametrize(
    ("sizes", "attempts"),
    [
        ([0, 0, 0, 0, 0, 0], 3),
        ([1, 1, 1, 1, 1, 1], 3),  # a new byte at first, none after
        ([1, 2, 2, 2, 2, 2], 4),
        ([1, 2, 3, 3, 3, 3], 5),
        ([5, 1, 2, 3, 4, 4], 3),  # bytes beyond all that any attempt got
        ([5, 5, 6, 6, 6, 6], 5),
    ],
)
def test_three_failures_in_a_row_without_a_new_byte_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: list[int], attempts: int
) -> None:
    tried: list[int] = []

    def attempt(client: Any, url: str, part: Path, *_: Any) -> None:
        part.write_bytes(b"x" * sizes[len(tried)])
        tried.append(1)
        raise FaultyTransferError("broken")

    monkeypatch.setattr(module, "_attempt", attempt)
    with pytest.raises(UserError, match=r"broken \(3 attempts in a row\)"):
        transfer(httpx.Client(), "u", tmp_path / "a", TransferSettings(attempts=3, backoff=0.0))
    assert len(tried) == attempts
