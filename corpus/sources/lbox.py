"""LBox Open: Korean court precedents, JSON lines, CC BY-NC 4.0.

The precedent corpus is 150,000 rulings `{"id", "precedent"}` whose text keeps its sections (주문, 청구취지, 이유 …).
The task sets have splits of which only *train* is ever read. The original S3 bucket may be offline; cdn.lbox.kr has the
same layout.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from corpus.document import Chunk, Part
from corpus.download.locator import Locator
from corpus.readers import read
from corpus.sources.base import Declared, to_chunk

FOLDER = "precedent_benchmark_dataset"
HOSTS = (
    "https://lbox-open.s3.ap-northeast-2.amazonaws.com",
    "https://cdn.lbox.kr/public/dataset/lbox-open",
)
Config = Literal[
    "precedent_corpus",
    "casename_classification",
    "statute_classification",
    "ljp_criminal",
    "ljp_civil",
    "summarization",
]
# configuration -> (file, text field)
FILES: dict[Config, tuple[str, str]] = {
    "precedent_corpus": ("case_corpus/v0.1.0/case_corpus-150k.jsonl", "precedent"),
    "casename_classification": ("casename_classification/v0.1.2/train.jsonl", "facts"),
    "statute_classification": ("statute_classification/v0.1.2/train.jsonl", "facts"),
    "ljp_criminal": ("judgement_prediction/v0.1.2/criminal/train.jsonl", "facts"),
    "ljp_civil": ("judgement_prediction/v0.1.2/civil/train.jsonl", "facts"),
    "summarization": ("summarization/v0.1.0/train.jsonl", "precedent"),
}


class Lbox(Declared):
    """lbox: the precedent corpus, and task sets that `configs` may add."""

    configs: tuple[Config, ...] = Field(("precedent_corpus",), min_length=1)

    lang: ClassVar[str | None] = "ko"
    license: ClassVar[str] = "CC-BY-NC-4.0"
    profile: ClassVar[str] = "reference"

    def listed(self, locate: Locator) -> list[Part]:
        """One part per configuration, from the first host that has it."""
        parts = []
        for config in self.configs:
            candidates = [f"{host}/{FOLDER}/{FILES[config][0]}" for host in HOSTS]
            url = next((url for url in candidates if locate.exists(url)), candidates[0])
            parts.append(Part(self.name, url, config))
        return parts

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """One document a ruling."""
        field = next(field for config, (_, field) in FILES.items() if config == part.subset)
        for columns in read(path, {"text": (field,)}, limits=self.limits()):
            yield to_chunk(columns, self.license)
