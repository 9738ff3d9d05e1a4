"""Datasets of the Hugging Face hub: any dataset that a recipe describes, and those with short names.

[[sources]]
name = "petitions"
kind = "hub"
repo = "heegyu/korean-petitions"
glob = "*.jsonl"                         # or a list of globs; or instead of it
config = "default"                       # a configuration of the dataset's card, its default or only one if left out
split = "train"                          # "train" if left out
revision = "1f0a3b4"                     # a commit; without it the newest, which is named in the log and in the
manifest
fields = { text = "content", title = "title" }
license = "unknown"
language = "ko"                          # what the documents are in, if that is certain
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from corpus.download.hub import REPOSITORY, REVISION, SCHEME
from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.readers import format_of
from corpus.readers.columns import Fields
from corpus.sources.base import Declared
from corpus.sources.globs import MAGIC, chosen
from corpus.sources.hub_configs import CARD, files_of
from corpus.sources.local import Mapped

log = logging.getLogger(__name__)


class Hub(Mapped):
    """kind = "hub": files of a dataset's repository, in any format that corpus.readers knows."""

    repo: str = Field(pattern=f"^{REPOSITORY}$")
    glob: tuple[str, ...] | None = Field(None, min_length=1)
    config: str | None = None
    split: str | None = None
    revision: str | None = Field(None, pattern=f"^(?:{REVISION})$")
    language: str | None = Field(None, pattern="^[a-z]{2,3}$")

    @field_validator("glob", mode="before")
    @classmethod
    def _one_or_many(cls, globs: Any) -> Any:
        return (globs,) if isinstance(globs, str) else globs

    @model_validator(mode="after")
    def _one_way_to_name_files(self) -> "Hub":
        if self.glob and (self.config or self.split):
            raise ValueError("glob names the files already; leave out config and split, or glob")
        return self

    @property
    def lang(self) -> str | None:  # type: ignore[override]  # here a setting, elsewhere a fact about the source
        """The language of its documents, as the recipe says."""
        return self.language

    def urls(self, locate: Locator) -> Sequence[str]:
        """The files that the globs match, sorted within each glob, or those of the split; raises UserError if there are
        none."""
        revision = self.revision or locate.newest_revision(self.repo)
        if revision and not self.revision:
            log.warning(
                "source %r: no revision is pinned; today's is taken. Add revision = %r to have the same again.",
                self.name,
                revision,
            )
        root = f"{SCHEME}{self.repo}@{revision}" if revision else f"{SCHEME}{self.repo}"
        names = (
            self._named(self.glob, locate, root, revision) if self.glob else self._split_files(locate, root, revision)
        )
        found = [f"{root}/{name}" for name in dict.fromkeys(names)]
        for url in found:
            format_of(url)
        return found

    def _named(self, globs: Sequence[str], locate: Locator, root: str, revision: str | None) -> Iterator[str]:
        for glob in globs:
            names = chosen(locate.hub_files(self.repo, revision), glob) if MAGIC & set(glob) else [glob]
            if not names:
                raise UserError(f"source {self.name!r}: glob = {glob!r} matches no file of {root}")
            yield from names

    def _split_files(self, locate: Locator, root: str, revision: str | None) -> Sequence[str]:
        names = locate.hub_files(self.repo, revision)
        card = ""
        if CARD in names:
            card = locate.fetch(f"{root}/{CARD}").read_text(encoding="utf-8", errors="replace")
        return files_of(names, card, self.config, self.split or "train", f"source {self.name!r} ({root})")


class OnHub(Declared):
    """A dataset of the hub whose files are known by name."""

    repo: ClassVar[str]
    names: ClassVar[Sequence[str]]
    license: ClassVar[str] = "ODC-BY"  # of the collection; each page has its own rights
    fields: ClassVar[Fields] = {"text": ("text",), "url": ("url",)}

    def urls(self, locate: Locator) -> Sequence[str]:
        """Its files without those for validation and test."""
        return [f"{SCHEME}{self.repo}/{name}" for name in self.names]


class C4English(OnHub):
    """c4-en: pages of Common Crawl by C4's own rules; 1,024 files of gzip JSON lines with `text`, `timestamp`, `url`,
    305 GB."""

    repo: ClassVar[str] = "allenai/c4"
    names: ClassVar[Sequence[str]] = [f"en/c4-train.{i:05}-of-01024.json.gz" for i in range(1024)]
    lang: ClassVar[str | None] = "en"


class MC4Korean(OnHub):
    """mc4-ko (3.0.1): 1,024 files as above; only language identification and line filters were applied upstream."""

    repo: ClassVar[str] = "allenai/c4"
    names: ClassVar[Sequence[str]] = [f"multilingual/c4-ko.tfrecord-{i:05}-of-01024.json.gz" for i in range(1024)]
    lang: ClassVar[str | None] = "ko"


class FineWeb2Korean(OnHub):
    """fineweb2-ko: Common Crawl pages, filtered and deduplicated upstream; 25 parquet files of about 4.85 GB with
    `text`, `url` and more."""

    repo: ClassVar[str] = "HuggingFaceFW/fineweb-2"
    names: ClassVar[Sequence[str]] = [f"data/kor_Hang/train/{i:03}_{j:05}.parquet" for i in range(5) for j in range(5)]
    lang: ClassVar[str | None] = "ko"
