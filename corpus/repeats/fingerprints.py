"""The fingerprints of one part, made while it is cleaned, when its texts and their units are in memory.

They are a task of their own beside the cleaned part, as the scan for test items is (corpus/contamination/scan.py): with
other settings of spans nothing is cleaned again, only the part is read once more. Both ways write the same bytes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from corpus.duplicates import shingles
from corpus.duplicates.documents import DOCUMENTS
from corpus.duplicates.shuffle import write_partitioned
from corpus.engine.task import file_sha256, finished, identify, read_manifest, run_task
from corpus.kernels.units import Units, units
from corpus.kernels.utf8 import string_buffers
from corpus.repeats.spans_kernel import Grain, fingerprints, pack, paragraph_starts
from corpus.stored import batches

VERSION = 6
AT_ONCE = 4_000_000  # bytes of text whose units are in memory at once
FINE = 1024  # partitions that fingerprints are written in; each task reads as many of them as their sizes allow


class Wanted(NamedTuple):
    """What the fingerprints of a part depend on besides its documents."""

    paragraph_units: int  # of the shortest paragraph that has one
    spans: Grain | None  # of spans; None: they have no fingerprints


class Fingerprinter:
    """The fingerprints of batches of documents, which are added in their order; 16 bytes each."""

    def __init__(self, wanted: Wanted):
        self.wanted = wanted
        self.rows = 0
        self.pieces = [np.empty((0, 2), np.uint64)]

    def add(self, texts: pa.Array, scanned: Units) -> None:
        """Add the next documents, of which `scanned` are the units."""
        newlines = paragraph_starts(*string_buffers(texts), scanned)
        self.pieces.append(pack(fingerprints(scanned, newlines, self.rows, *self.wanted)))
        self.rows += len(texts)

    def write(self, out: Path) -> dict[str, int]:
        """Write all fingerprints, by partition, to the folder `out`; returns their number."""
        records = np.concatenate(self.pieces)
        write_partitioned(out, records, FINE)
        return {"fingerprints": len(records)}


def fingerprints_folder(work: Path, part: Path) -> Path:
    """The folder of the fingerprints of a part."""
    return work / "fingerprints" / part.name


def fingerprint_part(part: Path, wanted: Wanted, out: Path, made: Fingerprinter | None = None) -> int:
    """Write the fingerprints of the documents of one part to the folder `out`, a task; returns their number.

    `made` contains them if the part was made just now; without it the part is read.
    """

    def function(to: Path) -> dict[str, int]:
        return (made or _read(part, wanted)).write(to)

    return int(run_task(out, function, **_identity(part, wanted)).result["fingerprints"])


def known_fingerprints(part: Path, wanted: Wanted, out: Path) -> int | None:
    """How many fingerprints the folder `out` holds, if they are those of the documents of this part."""
    record = finished(out, **_identity(part, wanted))
    return int(record.result["fingerprints"]) if record else None


def _identity(part: Path, wanted: Wanted) -> dict[str, Any]:
    """What the fingerprints of a part depend on."""
    return {
        "inputs": (),
        "settings": [wanted.paragraph_units, wanted.spans and list(wanted.spans), content(part)],
        "version": [VERSION, shingles.VERSION],
    }


def content(part: Path) -> str:
    """SHA-256 of a part's documents: from the manifest of the task that made them, if there is one."""
    manifest = read_manifest(part)
    return str(manifest["outputs"][DOCUMENTS]["sha256"]) if manifest else file_sha256(part / DOCUMENTS)


def _read(part: Path, wanted: Wanted) -> Fingerprinter:
    identify(part / DOCUMENTS, read=True)
    made = Fingerprinter(wanted)
    for texts in _texts(part):
        made.add(texts, units(texts))
    return made


def _texts(part: Path) -> Iterator[pa.Array]:
    """The texts of a part, about AT_ONCE bytes at a time, however large its batches are: their units take 8 bytes for
    each byte of text."""
    for batch in batches(part / DOCUMENTS, ["text"]):
        texts = batch.column(0)
        _, offsets = string_buffers(texts)
        first = 0
        while first < len(texts):
            last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + AT_ONCE, side="right")) - 1)
            yield texts.slice(first, last - first)
            first = last
