"""Download one file over HTTP, completely or not at all.

The bytes are appended to `NAME.part`; the headers about the file are stored beside it (`NAME.part.json`), so that a
later attempt or a later run requests the rest with Range and If-Range. A file is complete if three conditions are true:
it has the length that the server announced for the whole file (not for one answer), the hash that upstream gives, if it
gives one (corpus/download/checksums.py), and an intact format (corpus/download/formats.py). An answer without a length
is accepted only if the hash or the format proves the end. If an answer contradicts an earlier one (another length,
another tag, another range), the file is downloaded from its start. A complete file is flushed and renamed into place,
and the folder is flushed. Nothing else is ever renamed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from corpus.download.answers import Promise, number, opened, promised
from corpus.download.checksums import Digest, announced, listed, mismatch
from corpus.download.formats import check_format, has_end_mark
from corpus.engine.task import sync
from corpus.errors import UserError
from corpus.lazy import httpx
from corpus.values import from_json

RETRIED = {408, 425, 429, 500, 502, 503, 504}
SPARE = 1 << 30  # bytes of the disk that downloads leave free


@dataclass(frozen=True)
class TransferSettings:
    """Attempts, waiting times and size limits of a transfer."""

    attempts: int = 6  # failed attempts in a row without a new byte
    backoff: float = 1.0  # seconds before the second attempt; doubles each time, with jitter
    longest_wait: float = 120.0  # seconds; also the limit of Retry-After
    timeout: float = 60.0  # seconds without a byte
    max_file: int = 256 << 30  # bytes; the largest dump of a Wikipedia has 24 GB, that of any wiki 130 GB
    max_unannounced: int = 1 << 30  # bytes of an answer without a length


class Budget:
    """A limit on the bytes that all transfers together may write; thread-safe."""

    def __init__(self, most: int | None) -> None:
        self.most, self.taken, self._lock = most, 0, threading.Lock()

    def take(self, count: int, url: str) -> None:
        """Count bytes; raises UserError if the limit would be exceeded."""
        with self._lock:
            if self.most is not None and self.taken + count > self.most:
                raise UserError(
                    f"{url}: stopped, because the downloads would take more than the {self.most:,} bytes that"
                    " --max-disk allows. Allow more, or select fewer parts in the recipe; finished files are kept."
                )
            self.taken += count


class FaultyTransferError(Exception):
    """This attempt failed and another may succeed: after `wait` seconds if the server gave them, from the first byte if
    `again`."""

    def __init__(self, reason: str, wait: float | None = None, again: bool = False) -> None:
        super().__init__(reason)
        self.wait, self.again = wait, again


def transfer(
    client: httpx.Client,
    url: str,
    target: Path,
    settings: TransferSettings = TransferSettings(),
    budget: Budget | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> Path:
    """Download `url` to `target` and return it; an existing file is left as it is.

    If the connection breaks or times out, or the answer is 408, 425, 429 or 5xx, another attempt is made;
    `settings.attempts` failures in a row without a new byte end the transfer. Raises UserError with the URL and the
    last reason.
    """
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    failures, reached = 0, _size(part)
    while True:
        try:
            digest = _attempt(client, url, part, target.name, settings, budget or Budget(None), progress)
            problem = (digest and mismatch(part, digest)) or check_format(part, target.name)
            if problem:
                raise FaultyTransferError(problem, again=True)
            break
        except (httpx.TransportError, FaultyTransferError) as error:
            faulty = error if isinstance(error, FaultyTransferError) else FaultyTransferError(describe(error))
            # Only bytes beyond those of all attempts are new: with a server that always stops at the same place the
            # loop must end.
            failures = 1 if _size(part) > reached and not faulty.again else failures + 1
            reached = max(reached, _size(part))
            if faulty.again:
                part.unlink(missing_ok=True)
            if failures >= settings.attempts:
                raise UserError(
                    f"{url}: could not be downloaded: {faulty} ({failures} attempts in a row). Run the same command"
                    " again later; it continues where it stopped."
                ) from error
            time.sleep(pause(settings, failures, faulty.wait))
    put_in_place(part, target)
    _notes(part).unlink(missing_ok=True)
    return target


def put_in_place(finished: Path, target: Path) -> None:
    """Rename a complete file to its name, so that after a power cut the name is either missing or has all bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    sync(finished)
    os.replace(finished, target)
    sync(target.parent)


def pause(settings: TransferSettings, failures: int, asked: float | None = None) -> float:
    """Seconds to wait after `failures` failures in a row."""
    wait = settings.backoff * 2 ** (failures - 1) * random.uniform(0.5, 1) if asked is None else asked
    return min(wait, settings.longest_wait)


def describe(error: Exception) -> str:
    """The first line of a network error's message, or its type: some have no message."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def check_size(url: str, whole: int, missing: int, settings: TransferSettings, folder: Path) -> None:
    """Raise UserError for a file above the size limit, or whose missing bytes do not fit on the disk."""
    if whole > settings.max_file:
        raise UserError(
            f"{url}: the server announces {whole:,} bytes, more than the {settings.max_file:,} that one file may have."
            " Check the address."
        )
    free = shutil.disk_usage(folder).free - SPARE
    if missing > free:
        raise UserError(
            f"{url}: {missing:,} bytes, but the disk of {folder} takes only {max(free, 0):,} (1 GiB is left free)."
            " Free some space, or select fewer parts in the recipe; finished files are kept."
        )


def _attempt(
    client: httpx.Client,
    url: str,
    part: Path,
    name: str,
    settings: TransferSettings,
    budget: Budget,
    progress: Callable[[int], None],
) -> Digest | None:
    """Request the missing bytes and append them; returns the hash that upstream gives.

    Raises FaultyTransferError unless the file has the announced length.
    """
    have, known = _size(part), _read_notes(part)
    whole = known.get("bytes")
    if not known.get("validator") or whole is None or have > whole:
        have, known = 0, {}  # it is unknown whether the file is still the same, or how long it is: start again
    digest = Digest(*known["digest"]) if known.get("digest") else None
    if have and have == whole:
        return digest or listed(client, url)
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": known["validator"]}
    with opened(client, "GET", url, headers, settings.timeout) as answer:
        promise = _agreed(answer, have, known, url)
        digest = announced(answer) or digest or listed(client, url)
        if promise.whole is None and digest is None and not has_end_mark(name) and not _is_chunked(answer):
            raise UserError(
                f"{url}: the server does not give the length of the file, and a file of this format looks"
                " complete wherever it ends. Download it by hand, or from another host."
            )
        if promise.whole is not None:
            check_size(url, promise.whole, promise.whole - promise.first, settings, part.parent)
        have = promise.first
        _write_notes(part, answer, promise.whole, digest)
        with part.open("r+b" if have else "wb") as file:
            file.seek(have)
            # Blocks are written as they arrive: in larger blocks the last one before a break would be lost.
            for piece in answer.iter_raw():
                budget.take(len(piece), url)
                if promise.end is None and have + len(piece) > settings.max_unannounced:
                    raise UserError(
                        f"{url}: stopped after {have:,} bytes, because the server does not give the length of the file."
                        " Download the file by hand."
                    )
                if promise.end is not None and have + len(piece) > promise.end:
                    raise FaultyTransferError("more bytes arrived than announced", again=True)
                file.write(piece)
                have += len(piece)
                progress(len(piece))
    if promise.end is not None and have != promise.end:
        raise FaultyTransferError(f"{have:,} of {promise.whole:,} bytes arrived")
    if (
        promise.whole is not None and have != promise.whole
    ):  # a range may be shorter than requested; the rest is requested next
        raise FaultyTransferError(f"{have:,} of {promise.whole:,} bytes arrived", wait=0.0)
    return digest


def _agreed(answer: httpx.Response, have: int, known: dict[str, Any], url: str) -> Promise:
    """The Promise of a good answer that agrees with what is known; raises FaultyTransferError if another attempt may
    succeed, UserError if not."""
    code = answer.status_code
    if code in RETRIED:
        raise FaultyTransferError(f"the server answered {code}", _retry_after(answer))
    if code == 416:
        raise FaultyTransferError("the server has no such range", again=True)
    if code not in (200, 206):
        hints = {
            401: " It needs a login: set HF_TOKEN, or the credentials of that host.",
            403: " Access is refused: accept the terms on its page, and set HF_TOKEN if it is gated.",
            404: " Check the date or part in the recipe: upstream may have removed it.",
        }
        raise UserError(f"{url}: the server answered {code} {answer.reason_phrase}.{hints.get(code, '')}")
    encoding = answer.headers.get("Content-Encoding", "identity")
    if encoding != "identity" and not has_end_mark(url.partition("?")[0]):
        raise FaultyTransferError(f"the server sent the file compressed ({encoding}), unrequested", again=True)
    promise = promised(answer)
    if promise is None or promise.first not in (0, have):
        found = answer.headers.get("Content-Range", "none")
        raise FaultyTransferError(f"the server sent another range than requested ({found})", again=True)
    if have and promise.first == have and known["validator"] != (_validator(answer) or known["validator"]):
        raise FaultyTransferError("the file has changed on the server", again=True)
    # A server with a faulty Range may answer a request for the rest with the rest, marked as the whole file. Its answer
    # to a plain request is certainly the whole file, and costs only one more request if the file has changed.
    if have and promise.whole != known["bytes"]:
        raise FaultyTransferError("the file has another length than before", again=True)
    return promise


def _is_chunked(answer: httpx.Response) -> bool:
    """Whether the answer marks its own end: a chunked body ends with an empty chunk, and httpx raises an error if it is
    missing."""
    return answer.headers.get("Transfer-Encoding", "").lower().endswith("chunked")


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds that the server wants us to wait, given as a number or as a date."""
    value = answer.headers.get("Retry-After", "")
    if (seconds := number(value)) is not None:
        return float(seconds)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _notes(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_notes(part: Path) -> dict[str, Any]:
    try:
        notes = from_json(_notes(part).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return notes if isinstance(notes, dict) and notes.keys() == {"validator", "bytes", "digest"} else {}


def _write_notes(part: Path, answer: httpx.Response, whole: int | None, digest: Sequence[str] | None) -> None:
    notes = {"validator": _validator(answer), "bytes": whole, "digest": digest}
    _notes(part).write_text(json.dumps(notes), encoding="utf-8")


def _validator(answer: httpx.Response) -> str:
    """The tag that identifies this state of the file; If-Range accepts strong validators only."""
    tag = answer.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")
