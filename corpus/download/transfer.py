"""One file over HTTP, whole or not at all.

The bytes gather in `NAME.part`; beside it stands what the server said of the file (`NAME.part.json`), so that a later attempt, or a later
run, asks for the rest with Range and If-Range: a server whose file has changed answers with the whole new one. A file counts as done
when its length is the announced one, its hash the one that upstream gives, if it gives one (corpus/download/checksums.py), and its format is sound
from end to end (gzip, zstandard, bzip2; of parquet the footer and where it says that columns lie); then it is renamed into place. Nothing else is ever renamed.
"""

import json
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.download.checksums import Digest, announced, listed, mismatch
from corpus.engine.task import sync
from corpus.errors import UserError
from corpus.readers.stream import Gap
from corpus.readers.unpack import UNPACK

RETRIED = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class TransferSettings:
    """How patient a transfer is."""

    attempts: int = 6  # in a row without a single new byte
    backoff: float = 1.0  # seconds before the second attempt; doubles each time, with jitter
    longest_wait: float = 120.0  # seconds; also the most that Retry-After is obeyed
    timeout: float = 60.0  # seconds without a byte


class Budget:
    """A bound on the bytes that all transfers together may write; thread-safe."""

    def __init__(self, most: int | None) -> None:
        self.most, self.taken, self._lock = most, 0, threading.Lock()

    def take(self, count: int, url: str) -> None:
        """Count bytes; raises UserError when the bound would be passed."""
        with self._lock:
            if self.most is not None and self.taken + count > self.most:
                raise UserError(
                    f"{url}: stopped, because the downloads would take more than the {self.most:,} bytes that --max-disk allows. "
                    "Allow more, or choose fewer parts in the recipe; what is finished is kept."
                )
            self.taken += count


class FaultyTransferError(Exception):
    """This attempt failed, another may not; after `wait` seconds if the server asked for them, from the first byte if `again`."""

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
    """Download `url` to `target` and return it; a file that is there already is left alone.

    Connections that break, time out or answer 408, 425, 429 or 5xx are tried again; `settings.attempts` failures without a new byte between
    them end it. Raises UserError naming the URL and the last reason.
    """
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    failures = 0
    while True:
        before = _size(part)
        try:
            _attempt(client, url, part, settings, budget or Budget(None), progress)
            _check(client, url, part, target.name)
            break
        except (httpx.TransportError, FaultyTransferError) as error:
            faulty = (
                error
                if isinstance(error, FaultyTransferError)
                else FaultyTransferError(str(error) or type(error).__name__)
            )
            failures = 1 if _size(part) > before and not faulty.again else failures + 1
            if faulty.again:
                part.unlink(missing_ok=True)
            if failures >= settings.attempts:
                raise UserError(
                    f"{url}: could not be downloaded: {faulty} ({failures} attempts in a row). Run the same command again later; it goes on "
                    "where it stopped."
                ) from error
            wait = (
                faulty.wait
                if faulty.wait is not None
                else settings.backoff * 2 ** (failures - 1) * random.uniform(0.5, 1)
            )
            time.sleep(min(wait, settings.longest_wait))
    sync(part)
    os.replace(part, target)
    _notes(part).unlink(missing_ok=True)
    sync(target.parent)
    return target


def _attempt(
    client: httpx.Client,
    url: str,
    part: Path,
    settings: TransferSettings,
    budget: Budget,
    progress: Callable[[int], None],
) -> None:
    have, known = _size(part), _read_notes(part)
    if have and not known.get("validator"):  # nothing to tell by whether the file is still the same: start again
        have = 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": known["validator"]}
    with client.stream("GET", url, headers=headers, timeout=settings.timeout) as answer:
        if answer.status_code == 416 and have and have == known.get("bytes"):
            return
        total = _expected(answer, have, url)
        if answer.status_code != 206:
            have, known = 0, {}
        _write_notes(part, answer, total, announced(answer) or known.get("digest"))
        with part.open("r+b" if have else "wb") as file:
            file.seek(have)
            for (
                piece
            ) in answer.iter_raw():  # as they arrive: gathered into larger ones, the last before a break would be lost
                budget.take(len(piece), url)
                file.write(piece)
                have += len(piece)
                progress(len(piece))
    if total is not None and have != total:
        raise FaultyTransferError(f"{have:,} of {total:,} bytes arrived")


def _expected(answer: httpx.Response, have: int, url: str) -> int | None:
    """The file's size by a sound answer; FaultyTransferError for one worth another try, UserError for a final one."""
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
    length = answer.headers.get("Content-Length")
    if code == 200:
        return int(length) if length and length.isdigit() else None
    span, _, total = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    if not span.startswith(f"{have}-") or not total.isdigit():
        raise FaultyTransferError(f"the server sent another range than asked for ({span or 'none'})", again=True)
    return int(total)


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds that the server asks to wait, whether as a number or as a date."""
    value = answer.headers.get("Retry-After", "")
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def check_format(path: Path, name: str) -> str | None:
    """What is wrong with a file that is named like a gzip, zstandard, bzip2 or parquet file, read from end to end; None if nothing is."""
    unpack = next((function for suffix, function in UNPACK.items() if name.endswith(suffix)), None)
    if unpack is not None:
        gap = next((piece for piece in unpack(path) if isinstance(piece, Gap)), None)
        return gap and f"what arrived is no sound file: {gap.reason}"
    if name.endswith(".parquet"):
        try:
            metadata = pq.read_metadata(path)
            end = path.stat().st_size - metadata.serialized_size - 8  # where the footer begins
            for group in map(metadata.row_group, range(metadata.num_row_groups)):
                for column in map(group.column, range(group.num_columns)):
                    start = column.dictionary_page_offset or column.data_page_offset
                    if not 4 <= start <= start + column.total_compressed_size <= end:
                        return (
                            f"what arrived is no sound parquet file (column {column.path_in_schema} lies outside of it)"
                        )
        except (OSError, pa.ArrowInvalid) as error:
            return f"what arrived is no sound parquet file ({error})"
    with path.open("rb") as raw:
        page = raw.read(1024).lstrip().lower().startswith((b"<!doctype html", b"<html"))
    return "a web page arrived instead of the file" if page and not name.endswith((".html", ".htm")) else None


def _check(client: httpx.Client, url: str, part: Path, name: str) -> None:
    known = _read_notes(part).get("digest")
    digest = Digest(*known) if known else listed(client, url)
    problem = (digest and mismatch(part, digest)) or check_format(part, name)
    if problem:
        raise FaultyTransferError(problem, again=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _notes(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_notes(part: Path) -> dict:
    try:
        return json.loads(_notes(part).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def _write_notes(part: Path, answer: httpx.Response, total: int | None, digest: Sequence[str] | None) -> None:
    tag = answer.headers.get("ETag", "")
    # If-Range takes strong validators only.
    validator = tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")
    notes = {"validator": validator, "bytes": total, "digest": digest}
    _notes(part).write_text(json.dumps(notes), encoding="utf-8")
