"""A small random sample of the dropped documents for each reason, and all unreadable records.

The sample is the documents whose ids have the smallest hashes, so that it is the same for any number of workers and any
order of the input. Texts are redacted before they come here.
"""

import codecs
import heapq
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from corpus.cleaning.privacy import PrivacySettings, redact
from corpus.document import Unreadable
from corpus.engine.task import atomic_write
from corpus.kernels.hashing import hash_strings
from corpus.lines import read_lines
from corpus.readers import columns

SAMPLE = 20  # documents per source and reason: as many as a person can read
EXCERPT = 600  # characters of each document
MOST_TOLD = 1000  # unreadable records that are listed per part and reason


class Rejects:
    """Collects the sample of one part."""

    def __init__(self) -> None:
        self._heaps: dict[str, list[tuple[int, str, dict[str, Any]]]] = {}

    def add(self, reason: str, batch: pa.RecordBatch, values: np.ndarray) -> None:
        """Offer rows of `batch` (id, text, source, origin, lang, url), all dropped for `reason`; `values` float[n] is
        the statistic of the rule."""
        heap = self._heaps.setdefault(reason, [])
        keys = hash_strings(batch["id"])[:, 0]
        for row in np.argsort(keys, kind="stable")[:SAMPLE].tolist():
            key = -int(keys[row])
            if len(heap) == SAMPLE and key <= heap[0][0]:
                break
            entry = {
                "reason": reason,
                "value": round(float(values[row]), 4),
                "id": batch["id"][row].as_py(),
                "origin": batch["origin"][row].as_py(),
                "lang": batch["lang"][row].as_py(),
                "text": batch["text"][row].as_py()[:EXCERPT],
            }
            if url := batch["url"][row].as_py():
                entry["url"] = url[:EXCERPT]
            push = heapq.heappush if len(heap) < SAMPLE else heapq.heappushpop
            push(heap, (key, entry["origin"], entry))

    def write(self, path: Path) -> None:
        """One JSON line per sampled document, by reason, smallest hash first."""
        with path.open("w", encoding="utf-8") as file:
            for reason in sorted(self._heaps):
                for key, _, entry in sorted(self._heaps[reason], key=lambda item: (-item[0], item[1])):
                    file.write(json.dumps({"key": -key} | entry, ensure_ascii=False) + "\n")


def merge_samples(paths: Iterable[Path], out: Path) -> None:
    """Merge the samples of a source's parts into one file of at most SAMPLE documents per reason; no more than those
    and the samples of one part are in memory."""
    best: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        for line in read_lines(path):
            entry = json.loads(line)
            best.setdefault(entry["reason"], []).append(entry)
        for entries in best.values():
            entries.sort(key=lambda entry: (entry["key"], entry["origin"]))
            del entries[SAMPLE:]
    with atomic_write(out) as temporary, temporary.open("w", encoding="utf-8") as file:
        for reason in sorted(best):
            for entry in best[reason]:
                del entry["key"]
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")


class Quarantine:
    """Lists the unreadable records of a part: place, reason, and the first bytes, redacted like all other text.

    `records` is the number of neighbouring records of an entry. After the first `most` entries of a reason only their
    number is counted, in one last entry: a file of 731 bytes can contain 200,000 nulls.
    """

    def __init__(self, file: IO[bytes], origin: str, settings: PrivacySettings, most: int = MOST_TOLD) -> None:
        self._file, self._origin, self._settings, self._most = file, origin, settings, most
        self._told: Counter[str] = Counter()
        self._untold: Counter[str] = Counter()

    def add(self, unreadable: Sequence[Unreadable]) -> None:
        """Add the unreadable records of a chunk."""
        told = []
        for lost in unreadable:
            self._told[lost.reason] += 1
            if self._told[lost.reason] > self._most:
                self._untold[lost.reason] += lost.records
            else:
                told.append(lost)
        if not told:
            return
        samples, _ = redact(pa.array([_decoded(u.sample) for u in told], pa.string()), self._settings)
        for u, sample in zip(told, samples.to_pylist(), strict=True):
            self._write(u.reason, u.row, u.offset, u.records, sample)

    def close(self) -> None:
        """Write how many more there were of each reason."""
        for reason, records in sorted(self._untold.items()):
            self._write(reason, -1, -1, records, "")

    def _write(self, reason: str, row: int, offset: int, records: int, sample: str) -> None:
        place = {"reason": reason, "origin": self._origin, "row": row, "offset": offset}
        entry = place | ({"records": records} if records > 1 else {}) | {"sample": sample}
        self._file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")


def _decoded(sample: bytes) -> str:
    """The first bytes as text, without the half of a character at their end."""
    cut = len(sample) >= columns.SAMPLE
    return codecs.getincrementaldecoder("utf-8")("replace").decode(sample[: columns.SAMPLE], final=not cut)
