"""FineWeb-2's Korean part: Common Crawl pages, filtered and deduplicated upstream; parquet with `text`, `url` and
more."""

from collections.abc import Sequence
from typing import ClassVar

from corpus.download.locator import Locator
from corpus.readers.columns import Fields
from corpus.sources.base import Declared

ROOT = "hf://datasets/HuggingFaceFW/fineweb-2/data/kor_Hang/train"


class FineWeb2Korean(Declared):
    """fineweb2-ko: 25 files of about 4.85 GB."""

    lang: ClassVar[str | None] = "ko"
    license: ClassVar[str] = "ODC-BY"
    fields: ClassVar[Fields] = {"text": ("text",), "url": ("url",)}

    def urls(self, locate: Locator) -> Sequence[str]:
        """000_00000.parquet to 004_00004.parquet; the test split is left alone."""
        return [f"{ROOT}/{i:03}_{j:05}.parquet" for i in range(5) for j in range(5)]
