"""What headers promise of a file's length, and where they contradict themselves."""

import httpx
import pytest

from corpus.download import answers
from corpus.download.answers import Promise, promised
from corpus.errors import UserError


@pytest.mark.parametrize(
    ("code", "content_range", "length", "expected"),
    [
        (200, None, "100", Promise(0, 100, 100)),
        (200, None, None, Promise(0, None, None)),
        (206, None, "100", None),
        (206, "bytes 40-99/100", "60", Promise(40, 100, 100)),
        (206, "bytes 40-99/100", None, Promise(40, 100, 100)),
        (206, "bytes 40-59/100", "20", Promise(40, 60, 100)),  # less than requested: the rest is requested next
        (200, "bytes 40-99/100", "60", Promise(40, 100, 100)),
        (206, "bytes 99-99/100", "1", Promise(99, 100, 100)),
        # the range and its length, the range and the file contradict each other
        (206, "bytes 40-99/100", "59", None),
        (206, "bytes 40-99/100", "61", None),
        (206, "bytes 40-99/100", "100", None),
        (206, "bytes 40-100/100", "61", None),
        (206, "bytes 99-40/100", None, None),
        (206, "bytes 40-99/*", "60", None),
        (206, "bytes */100", None, None),
    ],
)
def test_promises(code: int, content_range: str | None, length: str | None, expected: Promise | None) -> None:
    given = {"Content-Range": content_range, "Content-Length": length}
    headers = {name: value for name, value in given.items() if value is not None}
    assert promised(httpx.Response(code, headers=headers)) == expected


@pytest.mark.parametrize(("found", "private"), [("fe80::1%eth0", True), ("2001:4860:4860::8888", False)])
def test_the_addresses_of_a_name_are_looked_at(monkeypatch: pytest.MonkeyPatch, found: str, private: bool) -> None:
    """Also one that names its network card; and a name that no server knows leads nowhere."""
    here, there = httpx.URL("https://a.example/x"), httpx.URL("https://b.example/y")
    monkeypatch.setattr(answers.socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (found, 0, 0, 2))])
    if private:
        with pytest.raises(UserError, match=r"an address of a private network \(fe80::1\)"):
            answers._check_redirect("u", here, there)
    else:
        answers._check_redirect("u", here, there)

    def unknown(*_: object, **__: object) -> None:
        raise OSError("no such name")

    monkeypatch.setattr(answers.socket, "getaddrinfo", unknown)
    answers._check_redirect("u", here, there)


@pytest.mark.parametrize(
    ("there", "allowed"),
    [
        ("http://127.0.0.1:8000/b", True),  # the server that answered may send anywhere on itself
        ("http://127.0.0.1:8001/b", False),  # another service of its machine is another server
        ("https://127.0.0.1:8000/b", False),
        ("http://127.0.0.2:8000/b", False),
        ("http://8.8.8.8/b", True),
        ("http://169.254.169.254/latest/meta-data", False),
        ("http://[::1]:8000/b", False),
        ("http://10.0.0.7/b", False),
        ("http://[64:ff9b::a9fe:a9fe]/b", False),  # 169.254.169.254 behind a gateway
        ("http://[2002:a00:7::]/b", False),  # 10.0.0.7 by 6to4
        ("http://[64:ff9b::808:808]/b", True),
        ("ftp://8.8.8.8/b", False),
        ("file:///etc/passwd", False),
    ],
)
def test_where_a_redirect_may_lead(there: str, allowed: bool) -> None:
    url = "http://127.0.0.1:8000/a"
    if allowed:
        answers._check_redirect(url, httpx.URL(url), httpx.URL(there))
        return
    with pytest.raises(UserError, match="the server redirects to"):
        answers._check_redirect(url, httpx.URL(url), httpx.URL(there))
