"""The hashes that upstream publishes for a file, and their check: length and format can both be right by accident."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from corpus.download.answers import opened
from corpus.lazy import httpx

DUMP = re.compile(r"(?P<folder>.*/(?P<wiki>\w+)/(?P<date>\d{8})/)(?P<name>(?P=wiki)-(?P=date)-[^/?]+)")


class Digest(NamedTuple):
    """A file's hash: "sha256", "sha1" or "md5", and its hexadecimal digits."""

    algorithm: str
    value: str


def announced(answer: httpx.Response) -> Digest | None:
    """The hash of the whole file in the headers of an answer (S3, Google's storage, Content-MD5); None if there is
    none."""
    headers = answer.headers
    if headers.get("Content-Encoding", "identity") != "identity":
        return None  # the hash of other bytes than those that are stored here
    if (found := _decoded("sha256", headers.get("x-amz-checksum-sha256", ""))) is not None:
        return found
    google = dict(pair.strip().partition("=")[::2] for pair in headers.get("x-goog-hash", "").split(","))
    whole = headers.get("Content-MD5", "") if answer.status_code == 200 else ""  # of a range it is the range's
    if (found := _decoded("md5", google.get("md5", "") or whole)) is not None:
        return found
    tag = headers.get("ETag", "").strip('"')
    plain = headers.get("Server") == "AmazonS3" and headers.get("x-amz-server-side-encryption", "AES256") == "AES256"
    return Digest("md5", tag) if plain and re.fullmatch("[0-9a-f]{32}", tag) else None


def listed(client: httpx.Client, url: str) -> Digest | None:
    """The SHA-1 of a Wikimedia dump from the list beside it; None for other files, and if the list is missing or does
    not contain it.

    Raises httpx.TransportError, for which another attempt may succeed, if the server has a temporary failure.
    """
    place = DUMP.fullmatch(url)
    if place is None:
        return None
    with opened(client, "GET", f"{place['folder']}{place['wiki']}-{place['date']}-sha1sums.txt") as answer:
        if answer.status_code == 429 or answer.status_code >= 500:
            raise httpx.TransportError(f"the server answered {answer.status_code} when asked for {answer.url}")
        lines = answer.read().decode("utf-8", "replace").split("\n") if answer.status_code == 200 else []
    return next((Digest("sha1", line[0]) for line in map(str.split, lines) if line[1:] == [place["name"]]), None)


def mismatch(path: Path, digest: Digest) -> str | None:
    """A description of the error if the file's hash is not `digest`."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, digest.algorithm).hexdigest()
    if found == digest.value:
        return None
    return (
        f"the downloaded file is not the file upstream has: its {digest.algorithm.upper()} is {found}, upstream says"
        f" {digest.value}"
    )


def _decoded(algorithm: str, text: str) -> Digest | None:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:  # binascii's too
        return None
    return Digest(algorithm, raw.hex()) if len(raw) == hashlib.new(algorithm).digest_size else None
