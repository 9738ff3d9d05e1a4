"""Files of datasets on the Hugging Face hub, through huggingface_hub: it resumes, verifies sizes, and handles tokens
and gated datasets.

A file is `hf://datasets/ORG/NAME/PATH`, or `hf://datasets/ORG/NAME@REVISION/PATH` if a revision is pinned.
"""

from __future__ import annotations

import errno
import importlib
import importlib.util
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from corpus.download.checksums import Digest, mismatch
from corpus.download.formats import check_format
from corpus.download.transfer import Budget, TransferSettings, check_size, describe, pause, put_in_place
from corpus.errors import UserError
from corpus.lazy import httpx

T = TypeVar("T")

SCHEME = "hf://datasets/"
REPOSITORY = r"\w[\w.-]*/\w[\w.-]*"  # the hub allows no name that begins with "." or "-"
REVISION = r"refs/(?:convert|pr)/[\w.-]+|[\w.-]+"
HUB_FILE = re.compile(rf"{SCHEME}(?P<repository>{REPOSITORY})(?:@(?P<revision>{REVISION}))?/(?P<file>[^/].*)", re.ASCII)


def place(url: str) -> tuple[str, str | None, str]:
    """Repository, revision and file that a URL names; a UserError if it names none."""
    found = HUB_FILE.fullmatch(url)
    if found is None:
        raise UserError(f"{url}: expected hf://datasets/ORG/NAME/PATH or hf://datasets/ORG/NAME@REVISION/PATH")
    return found["repository"], found["revision"], found["file"]


def address(url: str, endpoint: str | None) -> str:
    """The URL from which a file of the hub is requested over HTTP."""
    from huggingface_hub import hf_hub_url

    repository, revision, file = place(url)
    return hf_hub_url(repository, file, repo_type="dataset", revision=revision, endpoint=endpoint)


def list_files(repository: str, revision: str | None, endpoint: str | None) -> list[str]:
    """The names of all files of a dataset at a revision.

    Raises UserError if there is no such dataset or revision, httpx.TransportError without a network.
    """
    from huggingface_hub import HfApi

    return _asked(
        repository,
        revision,
        endpoint,
        lambda: HfApi(endpoint=endpoint).list_repo_files(repository, repo_type="dataset", revision=revision),
    )


def newest_revision(repository: str, endpoint: str | None) -> str:
    """The newest commit of a dataset's main branch; errors as for `list_files`."""
    from huggingface_hub import HfApi

    return _asked(repository, None, endpoint, lambda: str(HfApi(endpoint=endpoint).dataset_info(repository).sha))


def _asked(repository: str, revision: str | None, endpoint: str | None, question: Callable[[], T]) -> T:
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    at = f"@{revision}" if revision else ""
    url = f"{SCHEME}{repository}{at}/README.md"
    try:
        return question()
    except _errors("ConnectError", OfflineModeIsEnabled) as error:
        raise httpx.ConnectError(describe(error), request=httpx.Request("GET", address(url, endpoint))) from error
    except _errors("TransportError", HfHubHTTPError) as error:
        raise UserError(_final(url, error) or f"{SCHEME}{repository}: {describe(error)}") from error


def _errors(name: str, *others: type[Exception]) -> tuple[type[Exception], ...]:
    """`others`, and the exceptions with this name in the HTTP libraries that huggingface_hub uses: httpx, or httpx2
    from 2.0."""
    modules = [httpx]
    if importlib.util.find_spec("httpx2"):
        modules.append(importlib.import_module("httpx2"))
    return (*(getattr(module, name) for module in modules), *others)


def download(url: str, target: Path, settings: TransferSettings, budget: Budget, endpoint: str | None) -> None:
    """Download a file of the hub to `target`: first into a separate folder, and to its name after it has passed the
    checks.

    It must have the size that the hub gives, the SHA-256 that the hub gives for large files, and an intact format.
    Raises UserError, and httpx.ConnectError if the hub cannot be reached.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    repository, revision, file = place(url)
    staging = target.with_name(f".{target.name}.incomplete")
    taken = False
    for failures in range(1, settings.attempts + 1):
        try:
            known = get_hf_file_metadata(address(url, endpoint))
            staging.mkdir(parents=True, exist_ok=True)
            if known.size is not None:
                check_size(url, known.size, known.size, settings, staging)
                if not taken:
                    budget.take(known.size, url)
                    taken = True
            arrived = Path(
                hf_hub_download(
                    repository, file, repo_type="dataset", revision=revision, local_dir=staging, endpoint=endpoint
                )
            )
            problem = check_format(arrived, arrived.name)
            if known.size is not None and arrived.stat().st_size != known.size:
                problem = f"{arrived.stat().st_size:,} of {known.size:,} bytes arrived"
            if re.fullmatch("[0-9a-f]{64}", known.etag or ""):
                problem = mismatch(arrived, Digest("sha256", str(known.etag))) or problem
            if problem:
                arrived.unlink()
                raise OSError(problem)
            put_in_place(arrived, target)
            shutil.rmtree(staging)
            return
        except _errors("ConnectError", OfflineModeIsEnabled) as error:
            raise httpx.ConnectError(describe(error)) from error
        except _errors("TransportError", HfHubHTTPError, OSError) as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise
            final = _final(url, error)
            if final is None and failures == settings.attempts:
                final = (
                    f"{url}: could not be downloaded: {describe(error)} ({failures} attempts). Run the same command"
                    " again later; it continues where it stopped."
                )
            if final:
                raise UserError(final) from error
            time.sleep(pause(settings, failures))


def _final(url: str, error: Exception) -> str | None:
    """What the user must do about an error that remains in further attempts; None for other errors."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    repository, revision, _ = place(url)
    page = f"https://huggingface.co/datasets/{repository}"
    if isinstance(error, GatedRepoError):
        return (
            f"{url}: this dataset is gated. Accept its terms at {page}, then set HF_TOKEN to a token of that account."
        )
    if isinstance(error, RevisionNotFoundError):
        return f"{url}: the dataset has no revision {revision!r}; see {page}/commits/main."
    if isinstance(error, RepositoryNotFoundError | EntryNotFoundError):
        return f"{url}: there is no such dataset or file on the hub (or it needs HF_TOKEN); see {page}."
    return None
