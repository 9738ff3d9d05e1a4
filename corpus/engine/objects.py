"""Object stores: files and folders at s3://, gs:// and other addresses that fsspec opens.

A store has no rename and no append, and a reader may come at any moment. So a result is made on this machine and
copied: first a marker that says "not finished", then the files, then the marker of the finished folder
(corpus/engine/output.py) as the last object. A copy that was cut short goes on with what is missing. What is read is
copied to this machine, too, and compared with the SHA-256 of the marker where there is one.

Credentials come from the environment, as the store's own tools read them; an address that holds any is refused, so that
none gets into logs or manifests.
"""

import hashlib
import json
import logging
import math
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from corpus import user_cache
from corpus.engine.marker import FIELDS, MARKER
from corpus.engine.task import atomic_write, file_sha256, read_json
from corpus.errors import UserError

log = logging.getLogger(__name__)

SCHEMES = ("s3", "gs", "az", "abfs", "memory")
PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
ATTEMPTS = 6  # of each request, beside those that the store's library makes
BACKOFF = 0.5  # seconds before the second attempt; doubles each time, with jitter
SILENCE = 3.0  # seconds without a first answer after which that is said
SAVED = 10.0  # seconds of copying after which the marker says what is there already
_ADDRESS = re.compile(rf"({'|'.join(SCHEMES)}):/+(.+)", re.DOTALL)  # a Path makes one slash of two
LASTING = (FileNotFoundError, PermissionError, NotADirectoryError, IsADirectoryError)  # another attempt changes nothing


def address_of(path: Path | str) -> str | None:
    """The address of an object or folder in a store; None for a path of this machine.

    Raises UserError for an address with credentials, a query or "..".
    """
    match = _ADDRESS.fullmatch(str(path))
    if match is None:
        return None
    scheme, rest = match[1], match[2].strip("/")
    shown = f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"
    if "@" in rest.partition("/")[0] or "?" in rest:
        raise UserError(
            f"{shown}: the address holds credentials or options. Give SCHEME://BUCKET/NAME alone; credentials belong"
            " into the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS …)."
        )
    if ".." in PurePosixPath(rest).parts:
        raise UserError(f'{shown}: an address must not contain "..".')
    return f"{scheme}://{rest}"


def _timeout() -> float:
    given = os.environ.get("HANJI_STORE_TIMEOUT", "30")
    try:
        if not 0 <= (seconds := float(given)) < math.inf:
            raise ValueError
    except ValueError:
        raise UserError(f"HANJI_STORE_TIMEOUT={given}: expected a number of seconds, such as 60.") from None
    return seconds


def place_of(address: str) -> PurePosixPath:
    """SCHEME/BUCKET/NAME: where an address is kept in a cache or a mirror."""
    scheme, _, rest = address.partition("://")
    return PurePosixPath(scheme) / rest


class Store:
    """A folder, or one object, of an object store."""

    def __init__(self, address: str) -> None:
        import fsspec

        self.address = address
        self.answered = self.told = False
        scheme, _, self.root = address.partition("://")
        try:
            self.files = fsspec.filesystem(scheme, use_listings_cache=False)
        except ImportError as error:
            package = PACKAGES.get(scheme, scheme)
            raise UserError(
                f"{address}: needs the package {package}; install it with `pip install {package}`."
            ) from error

    def sizes(self) -> dict[str, int]:
        """Bytes of each object below the folder, by its name in it."""
        found = self._try(lambda: self.files.find(self.root, detail=True))
        return {path.removeprefix(f"{self._prefix}/"): int(info["size"]) for path, info in found.items()}

    def is_object(self) -> bool:
        """Whether the address is that of one object."""
        try:  # isfile() takes every error for an answer
            return self._try(lambda: self.files.info(self.root))["type"] == "file"
        except FileNotFoundError:
            return False

    def glob(self) -> list[str]:
        """Addresses of the objects that match the address as a pattern, sorted."""
        scheme = self.address.partition("://")[0]
        found = self._try(lambda: self.files.glob(self.root))
        return sorted(f"{scheme}://{path.lstrip('/')}" for path in found)

    def size(self) -> int | None:
        """Bytes of the object; None where there is none."""
        try:
            return int(self._try(lambda: self.files.info(self.root))["size"])
        except FileNotFoundError:
            return None

    def marker(self) -> dict[str, Any] | None:
        """The marker of the folder; None where there is none. Raises UserError for one that is damaged."""
        try:
            found = json.loads(self._try(lambda: self.files.cat_file(f"{self.root}/{MARKER}")))
        except FileNotFoundError:
            return None
        except ValueError:
            found = None
        if not isinstance(found, dict) or any(field not in found for field in FIELDS):
            raise UserError(f"{self.address}/{MARKER} is damaged. Remove the folder there, or name another one.")
        return found

    def put(self, name: str, content: Path | Mapping[str, Any]) -> None:
        """Write a file of this machine, or a JSON value, as the object `name` of the folder."""
        target = f"{self.root}/{name}"
        if isinstance(content, Path):
            size = content.stat().st_size
            self._try(lambda: self._put(content, target, size))
        else:
            text = json.dumps(content, ensure_ascii=False, indent=1).encode()
            self._try(lambda: self.files.pipe_file(target, text))

    def get(self, name: str, path: Path, known: Mapping[str, Any] | None = None) -> None:
        """Copy the object `name` ("": the address itself) to `path`, whole or not at all.

        `known`: {"bytes", "sha256"} of what it should be; raises UserError where it is not that.
        """
        source = f"{self.root}/{name}" if name else self.root

        def copy() -> None:
            with atomic_write(path) as temporary:
                size = self.files.info(source)["size"]
                self.files.get_file(source, str(temporary))
                if temporary.stat().st_size != size:
                    raise OSError(f"{temporary.stat().st_size:,} of {size:,} bytes came")

        self._try(copy)
        if known and file_sha256(path) != known["sha256"]:
            path.unlink()
            raise UserError(
                f"{self.address}/{name} is damaged: its SHA-256 is not that of the folder's marker. Make the folder"
                " again with the command that wrote it."
            )

    def remove(self, name: str) -> None:
        """Remove the object `name` of the folder, if it is there."""
        try:
            self._try(lambda: self.files.rm_file(f"{self.root}/{name}"))
        except FileNotFoundError:
            return

    @property
    def _prefix(self) -> str:
        return f"/{self.root}" if self.address.startswith("memory:") else self.root

    def _put(self, path: Path, target: str, size: int) -> None:
        self.files.put_file(str(path), target)
        there = self.files.info(target)["size"]
        if there != size:
            raise OSError(f"{there:,} of {size:,} bytes arrived")

    def _try(self, request: Callable[[], Any]) -> Any:
        """What a request gives, asked again while the store or the network fails. Raises UserError in the end.

        A store that has not answered yet is told about after SILENCE seconds, and given up after HANJI_STORE_TIMEOUT.
        """
        until = time.monotonic() + _timeout()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._told_when_silent():
                    found = request()
                self.answered = True
                return found
            except LASTING as error:
                self.answered = True
                if isinstance(error, PermissionError):
                    raise UserError(f"{self.address}: no permission ({error}). Check the credentials.") from error
                raise
            except ValueError as error:
                raise UserError(f"{self.address}: {error}.") from error
            except Exception as error:  # each store's library has errors of its own
                wait = BACKOFF * 2 ** (attempt - 1) * random.uniform(0.5, 1)
                too_long = not self.answered and time.monotonic() + wait > until
                if attempt == ATTEMPTS or too_long or type(error).__name__ == "NoCredentialsError":
                    tried = f"Tried {attempt} time{'s' * (attempt > 1)}."
                    raise UserError(
                        f"{self.address}: {type(error).__name__}: {error}. {tried} Check the address, the network and"
                        " the credentials, and run the same command again; it goes on where it stopped."
                    ) from error
                time.sleep(wait)

    @contextmanager
    def _told_when_silent(self) -> Iterator[None]:
        if self.answered or self.told:
            yield
            return
        clock = threading.Timer(SILENCE, self._tell)
        clock.daemon = True
        clock.start()
        try:
            yield
        finally:
            clock.cancel()

    def _tell(self) -> None:
        self.told = True
        log.warning(
            "%s: no answer yet; waiting for up to %.0f s (HANJI_STORE_TIMEOUT=SECONDS)", self.address, _timeout()
        )


def check_owner(address: str, command: str) -> dict[str, Any] | None:
    """The marker of a folder that `command` may write; None where nothing is.

    Raises UserError where another command, or something else, wrote there.
    """
    store = Store(address)
    marker = store.marker()
    if marker is None and (there := store.sizes()):
        raise UserError(
            f"{address} holds {len(there)} objects that no command of hanji made (such as {min(there)}). Name another"
            " folder with --out."
        )
    if marker is not None and marker["command"] != command:
        raise UserError(f"{address} is the output of {marker['command']}. Name another folder with --out.")
    return marker


def publish(folder: Path, address: str) -> int:
    """Copy a finished output folder to a store, the marker last; how many files were copied.

    Objects that are there already with the same content stay; those that an earlier result had and this one has not are
    removed; nothing else is touched.
    """
    made = read_json(folder / MARKER)
    if not made["finished"]:
        raise UserError(f"{folder} is not finished, so nothing was copied to {address}.")
    store = Store(address)
    there = check_owner(address, made["command"])
    sizes, before = store.sizes(), dict(there["files"]) if there else {}
    wanted = {n: f for n, f in made["files"].items() if before.get(n) != f or sizes.get(n) != f["bytes"]}
    if there == made and not wanted:
        return 0
    state = {name: {} if name in wanted else file for name, file in (before | made["files"]).items()}
    unfinished = made | {"finished": False, "files": state}
    store.put(MARKER, unfinished)
    saved = time.monotonic()
    for name, file in wanted.items():
        store.put(name, folder / name)
        state[name] = file
        if time.monotonic() > saved + SAVED:
            store.put(MARKER, unfinished)
            saved = time.monotonic()
    for name in before.keys() - made["files"].keys():
        store.remove(name)
    store.put(MARKER, made)
    return len(wanted)


def fetch(address: str, folder: Path) -> Path:
    """A copy on this machine of what an address holds: the path of the file, or of the folder.

    Of a folder with a marker the files that it names, compared with their SHA-256; of another all objects. What is
    there already is not copied again. Raises UserError where nothing is at the address, or its maker has not finished.
    """
    store = Store(address)
    if store.is_object():
        path = folder / PurePosixPath(address).name
        if not path.is_file() or path.stat().st_size != store.size():
            store.get("", path)
        return path
    marker = store.marker()
    if marker is not None and not marker["finished"]:
        raise UserError(f"{address} is not finished: {marker['command']} has not written all of it yet.")
    sizes = store.sizes()
    if not sizes:
        raise UserError(f"{address}: there is nothing at this address. Check bucket and name.")
    files = marker["files"] if marker else {name: {"bytes": size} for name, size in sizes.items()}
    for name, file in files.items():
        path = folder / _safe(name, address)
        if not _is(path, file):
            store.get(name, path, file if "sha256" in file else None)
    if marker:
        store.get(MARKER, folder / MARKER)
    return folder


def stage_of(address: str, base: Path | None = None) -> Path:
    """The folder of this machine in which the copy of an address is, below `base` or the user's cache."""
    base = base or user_cache() / "objects"
    return base / f"{PurePosixPath(address).name}-{hashlib.sha256(address.encode()).hexdigest()[:12]}"


def _is(path: Path, file: Mapping[str, Any]) -> bool:
    if not path.is_file() or path.stat().st_size != file["bytes"]:
        return False
    return "sha256" not in file or file_sha256(path) == file["sha256"]


def _safe(name: str, address: str) -> str:
    if name.startswith("/") or ".." in PurePosixPath(name).parts:
        raise UserError(f"{address}: the object {name!r} has a name that leads out of its folder.")
    return name
