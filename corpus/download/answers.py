"""Answers of a server: redirects are checked before they are followed, and headers give the length of the file.

A redirect sends the request to another server. It may lead only to public addresses, or back to the server that sent
it: otherwise a public server could make this machine fetch pages of its own network (a cloud's metadata, a router, a
service on the loopback).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from corpus.errors import UserError
from corpus.lazy import httpx

MOST_REDIRECTS = 10  # curl's default is 50, browsers' 20; hubs and mirrors need 3


class Promise(NamedTuple):
    """The headers' description of the bytes that follow: where in the file they begin and end, and the length of the
    whole file; None if it is not given."""

    first: int
    end: int | None
    whole: int | None


@contextmanager
def opened(
    client: httpx.Client, method: str, url: str, headers: Mapping[str, str] | None = None, timeout: float | None = None
) -> Iterator[httpx.Response]:
    """The answer at the end of all redirects, its body not yet read.

    Raises UserError for a loop, an address without http, and a forbidden address; httpx.TransportError if no server
    answers.
    """
    try:
        request = client.build_request(
            method, url, headers=headers, timeout=timeout if timeout is not None else httpx.USE_CLIENT_DEFAULT
        )
    except httpx.InvalidURL as error:
        raise UserError(f"{url}: not the address of a file ({error}).") from error
    for _ in range(MOST_REDIRECTS + 1):
        answer = client.send(request, stream=True, follow_redirects=False)
        try:
            if not answer.has_redirect_location:
                yield answer
                return
            if answer.next_request is None:
                raise httpx.RemoteProtocolError("a redirect without an address", request=request)
            _check_redirect(url, request.url, answer.next_request.url)
            request = answer.next_request
        finally:
            answer.close()
    raise UserError(
        f"{url}: the server redirects more than {MOST_REDIRECTS} times, last to {request.url}: a loop. Check the"
        " address, or report it to the site."
    )


def promised(answer: httpx.Response) -> Promise | None:
    """The Promise of status 200 or 206; None if Content-Range cannot be parsed.

    Content-Range also counts with status 200: some servers send the rest of a file like this.
    """
    length = number(answer.headers.get("Content-Length", ""))
    if "Content-Range" not in answer.headers:
        return None if answer.status_code == 206 else Promise(0, length, length)
    found = re.fullmatch(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19})", answer.headers["Content-Range"].strip(), re.ASCII)
    if found is None:
        return None
    first, last, whole = map(int, found.groups())
    if not first <= last < whole or length not in (None, last + 1 - first):
        return None
    return Promise(first, last + 1, whole)


def number(text: str) -> int | None:
    """A number of bytes or seconds in a header; None for anything else, and for a number that is impossibly large."""
    return int(text) if re.fullmatch(r"\d{1,19}", text.strip(), re.ASCII) else None


NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _check_redirect(url: str, here: httpx.URL, there: httpx.URL) -> None:
    if there.scheme not in ("http", "https") or not there.host:
        raise UserError(
            f"{url}: the server redirects to {there}, which is not http. If you trust it, get the file by hand."
        )
    if (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port):
        return
    for address in _addresses(there.host):
        if not (address.is_global and _carried(address).is_global):
            raise UserError(
                f"{url}: the server redirects to {there}, an address of a private network ({address}), where files of"
                " the internet are not stored. If it is your own mirror, give its address with --mirror."
            )


def _carried(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that a gateway (NAT64, 6to4) makes of an IPv6 one; else the address itself."""
    if address.version == 6 and address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return getattr(address, "sixtofour", None) or address


def _addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The addresses of a host name; an empty list if no name server knows it: then no server answers either."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
