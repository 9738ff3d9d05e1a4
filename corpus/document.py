"""The document: one Arrow schema from the first read to the last shard, and the chunks that reading a part yields."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

SCHEMA = pa.schema(
    [
        pa.field(
            "id", pa.string(), nullable=False
        ),  # source + 128-bit hash of the raw record: equal records share an id
        pa.field("text", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("lang", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),  # upstream file#row
        pa.field("url", pa.string()),
        pa.field("title", pa.string()),
        pa.field("license", pa.string()),
        pa.field("duplicates", pa.int32(), nullable=False),  # documents that this one represents; 1 = unique
    ]
)

# The columns that a source reads from one record, before anything is judged or changed.
RAW_SCHEMA = pa.schema(
    [
        pa.field("text", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),  # record number within the part, 0-based
        pa.field("subsource", pa.string()),  # e.g. the Pile's set name
        pa.field("url", pa.string()),
        pa.field("title", pa.string()),
        pa.field("license", pa.string()),
    ]
)


@dataclass(frozen=True)
class Part:
    """One upstream file: the unit of reading, of skipping in a rerun, and of the loss from a damaged file."""

    source: str  # the recipe's name, e.g. "mc4-ko"
    url: str  # https://…, hf://datasets/ORG/NAME/PATH, or an absolute path
    subset: str = ""  # e.g. a KLUE configuration
    bytes: int | None = None  # size of the file as stored upstream, if known
    beside: tuple[str, ...] = ()  # URLs of files that are read along with it: quality signals, lists of duplicates

    @property
    def urls(self) -> tuple[str, ...]:
        """All files that are read for it, its own first."""
        return self.url, *self.beside

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that name it among the parts of its source, whatever other parts there are."""
        return hashlib.sha256(f"{self.url}\n{self.subset}".encode()).hexdigest()[:12]


WITHOUT_TEXT = ("missing field", "null text", "text is no string")  # reasons why a readable record has no text


class Unreadable(NamedTuple):
    """A record that could not be read, or `records` of them in a row for the same reason; it costs only itself."""

    row: int  # record number within the part, -1 if unknown
    offset: int  # byte offset in the decompressed stream, -1 if unknown
    reason: str  # "bad json", "bad utf-8", "truncated gzip", "line too long", "missing field", "null text", …
    sample: bytes  # at most 200 bytes of what was there
    records: int = 1  # this one and so many less one after it


def lacks_text(lost: Mapping[str, int]) -> bool:
    """Whether most of the unreadable records (reason → number) are sound ones without a text: then the name of the
    field is wrong, and nothing is damaged."""
    return 2 * sum(lost.get(reason, 0) for reason in WITHOUT_TEXT) > sum(lost.values())


class Chunk(NamedTuple):
    """A chunk of a part as read: len(records) + the unreadable ones + sum(skipped) = records met in that chunk."""

    records: pa.RecordBatch  # RAW_SCHEMA
    unreadable: list[Unreadable]
    skipped: dict[str, int]  # records that are not documents by design, by reason: {"redirect": 12, "license": 5}
    notes: tuple[str, ...] = ()  # notes for the user about how the file was read: "read as CP949"
