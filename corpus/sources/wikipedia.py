"""Wikipedia as wikimedia/wikipedia publishes it: parquet with `id`, `url`, `title`, `text`, cleaned by its builder."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.readers.columns import Fields
from corpus.sources.base import Declared

ROOT = "hf://datasets/wikimedia/wikipedia"
FILES = {"20231101.ko": 3, "20231101.en": 41}  # the last snapshot published, 2023-11-01


class Wikipedia(Declared):
    """One language of the snapshot."""

    date: str = Field("20231101", pattern=r"^\d{8}$")

    license: ClassVar[str] = "CC-BY-SA-4.0"
    profile: ClassVar[str] = "reference"
    fields: ClassVar[Fields] = {"text": ("text",), "url": ("url",), "title": ("title",)}

    def urls(self, locate: Locator) -> Sequence[str]:
        """The snapshot's files; only dates whose number of files is known."""
        snapshot = f"{self.date}.{self.lang}"
        if snapshot not in FILES:
            known = ", ".join(sorted({name.split(".")[0] for name in FILES}))
            raise UserError(f"source {self.name!r}: date = {self.date!r}; accepted: {known}")
        count = FILES[snapshot]
        return [f"{ROOT}/{snapshot}/train-{i:05}-of-{count:05}.parquet" for i in range(count)]


class WikipediaKorean(Wikipedia):
    """wikipedia-ko: 647,897 articles, 1.4 GB of text."""

    lang: ClassVar[str | None] = "ko"


class WikipediaEnglish(Wikipedia):
    """wikipedia-en: 6.4 million articles, 20 GB of text."""

    lang: ClassVar[str | None] = "en"
