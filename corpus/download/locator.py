"""Finds upstream files: in a mirror tree, or (without one) by a download into a cache.

A mirror maps https://HOST/PATH to MIRROR/HOST/PATH, hf://datasets/ORG/NAME/PATH to
MIRROR/huggingface.co/datasets/ORG/NAME/PATH, and s3://BUCKET/NAME to MIRROR/s3/BUCKET/NAME. A revision of a dataset
(hf://datasets/ORG/NAME@REVISION/PATH) is a separate folder; if a mirror folder does not have it, the dataset's files
without a revision are taken. With a mirror set the network is never used. Absolute paths, and `package:PACKAGE/FILE`
for files of an installed package, are local files.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Semaphore
from urllib.parse import quote, unquote, urlsplit

from corpus.document import Part
from corpus.download import hub as hub_files
from corpus.download.answers import number, opened
from corpus.download.transfer import Budget, TransferSettings, describe, pause, transfer
from corpus.engine.local import Observer, Silent
from corpus.engine.objects import Store, address_of, place_of
from corpus.errors import UserError
from corpus.lazy import httpx

PACKAGE = "package:"


def tree_path(url: str) -> PurePosixPath:
    """HOST/PATH of a URL within a mirror; raises UserError for a URL that has no such place."""
    hint = "expected https://HOST/PATH, s3://BUCKET/NAME, hf://datasets/ORG/NAME/PATH or an absolute path"
    if of_store := address_of(url):
        return place_of(of_store)
    if url.startswith("hf://"):
        if not hub_files.HUB_FILE.fullmatch(url):
            raise UserError(f"{url}: {hint}")
        relative = PurePosixPath("huggingface.co") / url.removeprefix("hf://")
    else:
        try:
            address = urlsplit(url)
        except ValueError as error:
            raise UserError(f"{url}: {hint} ({error})") from None
        if address.scheme not in ("http", "https") or not address.hostname:
            raise UserError(f"{url}: {hint}")
        relative = PurePosixPath(address.hostname) / unquote(address.path).lstrip("/")
    if ".." in relative.parts:
        raise UserError(f'{url}: a URL must not contain ".."')
    if relative.is_absolute() or any(ord(c) < 32 for c in str(relative)):
        raise UserError(f"{url}: {hint}")
    return relative


def local_path(url: str) -> Path | None:
    """The path of an absolute path or a `package:` file; None for other URLs."""
    if url.startswith(PACKAGE):
        package, _, name = url.removeprefix(PACKAGE).partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise UserError(f"{url}: there is no package {package!r}")
        return Path(next(iter(spec.submodule_search_locations))) / name
    return Path(url) if url.startswith("/") else None


@dataclass(frozen=True)
class DownloadSettings(TransferSettings):
    """Settings of downloads."""

    parallel: int = 8  # files at a time
    per_host: int = 4  # files at a time from one host
    max_disk: int | None = None  # bytes that one run may download


class UnreachableError(UserError):
    """The host of a file does not answer."""


class Locator:
    """Finds upstream files, and fetches those that are not on this machine.

    `mirror` is a folder, the URL of one, or None for upstream itself; `cache` is the folder of downloads, with the
    layout of a mirror; `hub` is the address of the Hugging Face hub, if it is not the usual one.
    """

    def __init__(
        self,
        mirror: str | Path | None,
        cache: Path,
        settings: DownloadSettings = DownloadSettings(),
        hub: str | None = None,
    ) -> None:
        remote = isinstance(mirror, str) and mirror.startswith(("http://", "https://"))
        self.mirror_url = str(mirror).rstrip("/") if remote else None
        self.mirror = Path(mirror) if mirror and not remote else None
        self.cache, self.settings, self.endpoint = Path(cache), settings, hub
        self._budget = Budget(settings.max_disk)

    def fetch(self, part: Part | str) -> Path:
        """The local path of a part or URL, downloaded if necessary; a UserError names the URL and the error."""
        url = part if isinstance(part, str) else part.url
        return self.fetch_all([url])[url]

    def fetch_all(self, urls: Sequence[str], observer: Observer | None = None) -> dict[str, Path]:
        """URL → local path; the necessary downloads run in parallel.

        Every URL is searched in the mirror and cache before the first byte is requested. The first download that
        finally fails ends the call; finished files stay.
        """
        paths = {url: self.path(url) for url in urls}
        absent = [url for url, path in paths.items() if not path.is_file()]
        for url in absent:
            if self.mirror is not None and local_path(url) is None:
                raise UserError(
                    f"{url}: not in the mirror; expected the file at {paths[url]}. Fetch it with `hanji mirror`,"
                    " or choose other parts in the recipe"
                )
            if local_path(url) is not None:
                raise UserError(f"{url}: no such file; looked at {paths[url]}")
        if absent:
            self._download(absent, observer or Silent())
        return paths

    def path(self, url: str) -> Path:
        """The path of a URL's file, whether the file exists or not."""
        path = local_path(url)
        if path is not None:
            return path
        path = (self.mirror or self.cache) / tree_path(url)
        if self.mirror and not path.is_file() and (found := hub_files.HUB_FILE.fullmatch(url)) and found["revision"]:
            return self.mirror / tree_path(f"{hub_files.SCHEME}{found['repository']}/{found['file']}")
        return path

    def exists(self, url: str) -> bool:
        """Whether the file exists: here, or on the server if there is no mirror."""
        try:
            return self.path(url).is_file() or self.size(url) is not None
        except UnreachableError:
            return False

    def size(self, url: str) -> int | None:
        """Size in bytes of the file as stored, None if it is not known; without a mirror folder the server is
        requested."""
        path = self.path(url)
        if path.is_file():
            return path.stat().st_size
        if self.mirror is not None or local_path(url) is not None:
            return None
        if of_store := address_of(url):
            return Store(of_store).size()
        for failures in range(1, self.settings.attempts + 1):
            try:
                with self._client() as client:
                    headers = {"Accept-Encoding": "identity"} | self._login(url)
                    with opened(client, "HEAD", self._address(url), headers) as answer:
                        size = answer.headers.get("X-Linked-Size") or answer.headers.get("Content-Length", "")
                        return number(size) if answer.status_code == 200 else None
            except httpx.ConnectError as error:
                raise self._unreachable(url, error) from error  # no name, no route, no server: waiting rarely helps
            except httpx.TransportError as error:
                if failures == self.settings.attempts:
                    raise self._unreachable(url, error) from error
                time.sleep(pause(self.settings, failures))
        return None

    def _unreachable(self, url: str, error: Exception) -> UnreachableError:
        return UnreachableError(
            f"{url}: {self._host(url) or 'its host'} cannot be reached ({describe(error)}). Check the network; or fetch"
            " the recipe's files on a machine that has one with `hanji mirror --recipe NAME --out DIR`,"
            " and name that folder here with --mirror DIR."
        )

    def hub_files(self, repository: str, revision: str | None) -> list[str]:
        """The files of a dataset of the hub, from the mirror folder if there is one."""
        if self.mirror_url is not None:
            raise UserError(
                f"{self.mirror_url}: a mirror by URL cannot list the files of {repository}; name them one by one, "
                f"without * in `glob`"
            )
        if self.mirror is None:
            try:
                return hub_files.list_files(repository, revision, self.endpoint)
            except httpx.TransportError as error:
                raise self._unreachable(f"{hub_files.SCHEME}{repository}/", error) from error
        root = self.mirror / "huggingface.co" / "datasets"
        folders = [root / f"{repository}@{revision}", root / repository]
        found = next((folder for folder in folders if folder.is_dir()), None)
        if found is None:
            raise UserError(f"{hub_files.SCHEME}{repository}: not in the mirror; expected its files in {folders[1]}")
        return [path.relative_to(found).as_posix() for path in found.rglob("*") if path.is_file()]

    def newest_revision(self, repository: str) -> str | None:
        """The newest commit of a dataset of the hub; None with a mirror, which has no commits."""
        if self.mirror is not None or self.mirror_url is not None:
            return None
        try:
            return hub_files.newest_revision(repository, self.endpoint)
        except httpx.TransportError as error:
            raise self._unreachable(f"{hub_files.SCHEME}{repository}/", error) from error

    def _download(self, urls: Sequence[str], observer: Observer) -> None:
        with ThreadPoolExecutor(max(1, len(urls))) as sizes:
            total = sum(size or 0 for size in sizes.map(self.size, urls)) if len(urls) <= 64 else 0
        gates = {host: Semaphore(self.settings.per_host) for host in {self._host(url) for url in urls}}
        observer.begin("download", len(urls), total)
        try:
            with self._client() as client, ThreadPoolExecutor(self.settings.parallel) as pool:

                def one(url: str) -> None:
                    with gates[self._host(url)]:
                        self._one(client, url, lambda count: observer.advance("download", self._host(url), count, 0))
                    observer.advance("download", self._host(url), 0)

                futures = [pool.submit(one, url) for url in urls]
                try:
                    for future in as_completed(futures):
                        future.result()
                except BaseException:
                    for future in futures:
                        future.cancel()
                    raise
        finally:
            observer.end("download")

    def _one(self, client: httpx.Client, url: str, progress: Callable[[int], None]) -> None:
        if self.mirror_url is None and url.startswith(hub_files.SCHEME):
            try:
                hub_files.download(url, self.path(url), self.settings, self._budget, self.endpoint)
            except httpx.ConnectError as error:
                raise self._unreachable(url, error) from error
            progress(self.path(url).stat().st_size)
        elif of_store := address_of(url):
            store = Store(of_store)
            self._budget.take(size := store.size() or 0, url)
            store.get("", self.path(url))
            progress(size)
        else:
            transfer(client, self._address(url), self.path(url), self.settings, self._budget, progress)

    def _address(self, url: str) -> str:
        if self.mirror_url is not None:
            return f"{self.mirror_url}/{quote(str(tree_path(url)))}"
        if url.startswith(hub_files.SCHEME):
            return hub_files.address(url, self.endpoint)
        return url

    def _login(self, url: str) -> dict[str, str]:
        if self.mirror_url is not None or not url.startswith(hub_files.SCHEME):
            return {}
        from huggingface_hub import get_token

        token = get_token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _host(self, url: str) -> str:
        if self.mirror_url is None and url.startswith(hub_files.SCHEME):
            return urlsplit(self.endpoint or "https://huggingface.co").hostname or ""
        return urlsplit(address_of(url) or self._address(url)).hostname or ""

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=self.settings.timeout, headers={"User-Agent": "hanji"})
