"""KLUE v1.1: eight Korean tasks, one parquet file per task and split; each distinct sentence is one document.

Results are reported on the validation splits, so they are training text only if the recipe's `splits` names them. A row
of a task with k text fields counts as k records: record r is field r mod k of the file's row r div k.
Sentences are in many rows (the premises of nli, the contexts of mrc); within a file each is emitted once, where it
first occurs.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from corpus.document import Chunk, Part, Unreadable
from corpus.download.locator import Locator
from corpus.readers.tables import parquet_batches
from corpus.sources.base import Declared, chunk_of

ROOT = "hf://datasets/klue/klue"
Config = Literal["ynat", "sts", "nli", "ner", "re", "dp", "mrc", "wos"]
FIELDS: dict[Config, tuple[str, ...]] = {
    "ynat": ("title",),
    "sts": ("sentence1", "sentence2"),
    "nli": ("premise", "hypothesis"),
    "ner": ("sentence",),
    "re": ("sentence",),
    "dp": ("sentence",),
    "mrc": ("context", "question"),
    "wos": ("dialogue",),
}
# ner marks entities in the sentence itself: <경찰:OG>은 또 …
ENTITY = re.compile(r"<([^<>]*):(?:PS|LC|OG|DT|TI|QT)>")


class Klue(Declared):
    """The Korean Language Understanding Evaluation's texts."""

    configs: tuple[Config, ...] = Field(tuple(FIELDS), min_length=1)
    splits: tuple[Literal["train", "validation"], ...] = Field(("train",), min_length=1)

    lang: ClassVar[str | None] = "ko"
    license: ClassVar[str] = "CC-BY-SA-4.0"
    profile: ClassVar[str] = "none"

    def listed(self, locate: Locator) -> list[Part]:
        """One part per task and split."""
        return [
            Part(self.name, f"{ROOT}/{config}/{split}-00000-of-00001.parquet", config)
            for config in self.configs
            for split in self.splits
        ]

    def chunks(self, path: Path, part: Part) -> Iterator[Chunk]:
        """The distinct sentences of one task."""
        fields = next(names for config, names in FIELDS.items() if config == part.subset)
        seen: set[bytes] = set()
        for numbers, batch, damaged in parquet_batches(path, list(fields), self.limits()):
            unreadable = [
                lost._replace(row=max(lost.row * len(fields), -1), records=lost.records * len(fields))
                for lost in damaged
            ]
            texts: list[str] = []
            rows: list[int] = []
            repeated = 0
            columns = [] if batch is None else [sentences(batch, name) for name in fields]
            for i, number in enumerate(numbers):
                for k, column in enumerate(columns):
                    row = int(number) * len(fields) + k
                    value = column[i]
                    if isinstance(value, Unreadable):
                        unreadable.append(value._replace(row=row))
                    elif value.encode() in seen:
                        repeated += 1
                    else:
                        seen.add(value.encode())
                        texts.append(value)
                        rows.append(row)
            skipped = {"repeated sentence": repeated} if repeated else {}
            yield chunk_of(texts, rows, self.license, unreadable, skipped)


def sentences(batch: pa.RecordBatch, name: str) -> list[str | Unreadable]:
    """The texts of one field, without the markup of ner, and the turns of a dialogue joined by newlines."""
    if name not in batch.schema.names:
        return [Unreadable(-1, -1, "missing field", name.encode())] * len(batch)
    array = batch.column(name)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        return [_sentence(value) for value in array.cast(pa.binary()).to_pylist()]
    turns = array.cast(pa.large_list(array.type.value_type)) if pa.types.is_list(array.type) else array
    try:
        return [
            Unreadable(-1, -1, "null text", b"")
            if dialogue is None
            else "\n".join(turn["text"] or "" for turn in dialogue)
            for dialogue in turns.to_pylist()
        ]
    except (KeyError, TypeError, UnicodeDecodeError):
        return [Unreadable(-1, -1, "missing field", name.encode())] * len(batch)


def _sentence(value: bytes | None) -> str | Unreadable:
    if value is None:
        return Unreadable(-1, -1, "null text", b"")
    try:
        return ENTITY.sub(r"\1", value.decode("utf-8"))
    except UnicodeDecodeError:
        return Unreadable(-1, -1, "bad utf-8", value[:200])
