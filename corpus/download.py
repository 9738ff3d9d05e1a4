"""Where upstream files are found: in a mirror tree, or (without one) downloaded into a cache.

A mirror maps https://HOST/PATH to MIRROR/HOST/PATH and hf://datasets/ORG/NAME/PATH to MIRROR/huggingface.co/datasets/ORG/NAME/PATH.
With a mirror set nothing touches the network. Absolute paths, and `package:PACKAGE/FILE` for files that come with this software, stand
for themselves.
"""

import importlib.util
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from corpus.document import Part
from corpus.errors import UserError

PACKAGE = "package:"


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


class Locator:
    """Finds upstream files. `mirror`: a folder (or None); `cache`: where downloads go."""

    def __init__(self, mirror: str | Path | None, cache: Path) -> None:
        self.mirror = Path(mirror) if mirror else None
        self.cache = Path(cache)

    def fetch(self, part: Part | str) -> Path:
        """The local path of a part or URL; a UserError naming the URL and the path where it was looked for."""
        url = part if isinstance(part, str) else part.url
        path = self.path(url)
        if not path.is_file():
            if self.mirror is not None and local_path(url) is None:
                raise UserError(
                    f"{url}: not in the mirror; expected the file at {path}. Fetch it with `python -m pipelines.mirror`, "
                    "or choose other parts in the recipe"
                )
            raise UserError(f"{url}: no such file; looked at {path}")
        return path

    def path(self, url: str) -> Path:
        """Where the file of a URL is, or would be."""
        path = local_path(url)
        if path is None:
            path = (self.mirror or self.cache) / tree_path(url)
        return path

    def exists(self, url: str) -> bool:
        """Whether the file can be had."""
        return self.path(url).is_file()

    def size(self, url: str) -> int | None:
        """Size in bytes of the file as stored, None where it is not known."""
        path = self.path(url)
        return path.stat().st_size if path.is_file() else None
