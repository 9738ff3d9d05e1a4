"""Where upstream files are found: in a mirror tree, or (without one) downloaded into a cache.

A mirror maps https://HOST/PATH to MIRROR/HOST/PATH and hf://datasets/ORG/NAME/PATH to MIRROR/huggingface.co/datasets/ORG/NAME/PATH.
With a mirror set nothing touches the network. Absolute paths, and `package:PACKAGE/FILE` for files that come with this software, stand
for themselves.
"""

import errno
import importlib.util
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Semaphore
from urllib.parse import quote, unquote, urlsplit

import httpx

from corpus.document import Part
from corpus.download.checksums import Digest, mismatch
from corpus.download.transfer import Budget, TransferSettings, check_format, transfer
from corpus.engine.local import Observer, Silent
from corpus.errors import UserError

PACKAGE = "package:"
HUB = "hf://datasets/"


def tree_path(url: str) -> PurePosixPath:
    """HOST/PATH of a URL within a mirror; a UserError for a URL that has no such place."""
    if url.startswith("hf://"):
        relative = PurePosixPath("huggingface.co") / url.removeprefix("hf://")
    else:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise UserError(f"{url}: expected https://HOST/PATH, hf://datasets/ORG/NAME/PATH or an absolute path")
        relative = PurePosixPath(address.hostname) / unquote(address.path).lstrip("/")
    if ".." in relative.parts:
        raise UserError(f'{url}: a URL must not contain ".."')
    return relative


def local_path(url: str) -> Path | None:
    """The path of an absolute path or a `package:` file; None for what is somewhere else."""
    if url.startswith(PACKAGE):
        package, _, name = url.removeprefix(PACKAGE).partition("/")
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise UserError(f"{url}: there is no package {package!r}")
        return Path(next(iter(spec.submodule_search_locations))) / name
    return Path(url) if url.startswith("/") else None


@dataclass(frozen=True)
class DownloadSettings(TransferSettings):
    """How downloads are run."""

    parallel: int = 8  # files at a time
    per_host: int = 4  # of them from one host
    max_disk: int | None = None  # bytes that one run may download


class Locator:
    """Finds upstream files, and fetches those that are not on this machine.

    `mirror` is a folder, the URL of one, or None for upstream itself; `cache` is where downloads lie, laid out like a mirror.
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
        self.cache, self.settings, self.hub = Path(cache), settings, hub
        self._budget = Budget(settings.max_disk)

    def fetch(self, part: Part | str) -> Path:
        """The local path of a part or URL, downloaded if need be; a UserError names the URL and what is wrong."""
        url = part if isinstance(part, str) else part.url
        return self.fetch_all([url])[url]

    def fetch_all(self, urls: Sequence[str], observer: Observer | None = None) -> dict[str, Path]:
        """URL → local path, with all downloads that this takes running in parallel.

        Every URL is looked for before the first byte is asked for. The first download that fails for good ends it; finished files stay.
        """
        paths = {url: self.path(url) for url in urls}
        absent = [url for url, path in paths.items() if not path.is_file()]
        for url in absent:
            if self.mirror is not None and local_path(url) is None:
                raise UserError(
                    f"{url}: not in the mirror; expected the file at {paths[url]}. Fetch it with `python -m pipelines.mirror`, "
                    "or choose other parts in the recipe"
                )
            if local_path(url) is not None:
                raise UserError(f"{url}: no such file; looked at {paths[url]}")
        if absent:
            self._download(absent, observer or Silent())
        return paths

    def path(self, url: str) -> Path:
        """Where the file of a URL is, or would be."""
        path = local_path(url)
        if path is None:
            path = (self.mirror or self.cache) / tree_path(url)
        return path

    def exists(self, url: str) -> bool:
        """Whether the file can be had."""
        return self.path(url).is_file() or self.size(url) is not None

    def size(self, url: str) -> int | None:
        """Size in bytes of the file as stored, None where it is not known; without a mirror folder this asks the server."""
        path = self.path(url)
        if path.is_file():
            return path.stat().st_size
        if self.mirror is not None or local_path(url) is not None:
            return None
        with self._client() as client:
            answer = client.head(self._address(url), headers={"Accept-Encoding": "identity"} | self._login(url))
        length = answer.headers.get("X-Linked-Size") or answer.headers.get("Content-Length", "")
        return int(length) if answer.status_code == 200 and length.isdigit() else None

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
        if self.mirror_url is None and url.startswith(HUB):
            self._from_hub(url)
            progress(self.path(url).stat().st_size)
        else:
            transfer(client, self._address(url), self.path(url), self.settings, self._budget, progress)

    def _from_hub(self, url: str) -> None:
        """Through huggingface_hub, which resumes, verifies sizes, and knows tokens and gates; large files are named by their SHA-256."""
        from huggingface_hub import get_hf_file_metadata, hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

        owner, name, file = url.removeprefix(HUB).split("/", 2)
        repository = f"{owner}/{name}"
        page = f"https://huggingface.co/datasets/{repository}"
        target = self.path(url)
        folder = target.parents[file.count("/")]
        for failures in range(1, self.settings.attempts + 1):
            try:
                hf_hub_download(repository, file, repo_type="dataset", local_dir=folder, endpoint=self.hub)
                tag = get_hf_file_metadata(self._address(url)).etag or ""
                if len(tag) == 64 and (problem := mismatch(target, Digest("sha256", tag))):
                    target.unlink()
                    raise OSError(problem)
                break
            except GatedRepoError as error:
                raise UserError(
                    f"{url}: this dataset is gated. Accept its terms at {page}, then set HF_TOKEN to a token of that account."
                ) from error
            except (RepositoryNotFoundError, EntryNotFoundError) as error:
                raise UserError(
                    f"{url}: there is no such dataset or file on the hub (or it needs HF_TOKEN); see {page}."
                ) from error
            except (HfHubHTTPError, httpx.TransportError, OSError) as error:
                if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                    raise
                if failures == self.settings.attempts:
                    raise UserError(
                        f"{url}: could not be downloaded: {str(error).splitlines()[0]} ({failures} attempts). Run the same command again later; "
                        "it goes on where it stopped."
                    ) from error
                time.sleep(min(self.settings.backoff * 2 ** (failures - 1), self.settings.longest_wait))
        self._budget.take(target.stat().st_size, url)
        problem = check_format(target, target.name)
        if problem:
            target.unlink()
            raise UserError(f"{url}: {problem}. It was removed; run the same command again, or report it at {page}.")

    def _address(self, url: str) -> str:
        if self.mirror_url is not None:
            return f"{self.mirror_url}/{quote(str(tree_path(url)))}"
        if url.startswith(HUB):
            from huggingface_hub import hf_hub_url

            owner, name, file = url.removeprefix(HUB).split("/", 2)
            return hf_hub_url(f"{owner}/{name}", file, repo_type="dataset", endpoint=self.hub)
        return url

    def _login(self, url: str) -> dict[str, str]:
        if self.mirror_url is not None or not url.startswith(HUB):
            return {}
        from huggingface_hub import get_token

        token = get_token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _host(self, url: str) -> str:
        return urlsplit(self._address(url)).hostname or ""

    def _client(self) -> httpx.Client:
        return httpx.Client(follow_redirects=True, timeout=self.settings.timeout, headers={"User-Agent": "hanji"})
