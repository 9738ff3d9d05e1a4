"""mC4's Korean part and C4's English part, both in allenai/c4: gzip JSON lines with `text`, `timestamp`, `url`."""

from collections.abc import Sequence
from typing import ClassVar

from corpus.download.locator import Locator
from corpus.readers.columns import Fields
from corpus.sources.base import Declared

ROOT = "hf://datasets/allenai/c4"
SHARDS = 1024


class C4(Declared):
    """Web pages of Common Crawl; ODC-BY on the collection, each page its own rights."""

    license: ClassVar[str] = "ODC-BY"
    fields: ClassVar[Fields] = {"text": ("text",), "url": ("url",)}


class C4English(C4):
    """c4-en: 1,024 files, 305 GB, cleaned by C4's own rules."""

    lang: ClassVar[str | None] = "en"

    def urls(self, locate: Locator) -> Sequence[str]:
        """en/c4-train.*; the validation files are left alone."""
        return [f"{ROOT}/en/c4-train.{i:05}-of-{SHARDS:05}.json.gz" for i in range(SHARDS)]


class MC4Korean(C4):
    """mc4-ko (3.0.1): 1,024 files; only language identification and line filters were applied upstream."""

    lang: ClassVar[str | None] = "ko"

    def urls(self, locate: Locator) -> Sequence[str]:
        """multilingual/c4-ko.tfrecord-*; the validation file is left alone."""
        return [f"{ROOT}/multilingual/c4-ko.tfrecord-{i:05}-of-{SHARDS:05}.json.gz" for i in range(SHARDS)]
