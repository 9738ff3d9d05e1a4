"""MinHash signatures: a few hundred bytes from which the Jaccard similarity of two shingle sets is estimated.

Each of the `permutations` is x → a·x + b modulo 2³² with odd a (a bijection of the 32-bit numbers), applied to the
upper half of the shingle hash; the signature keeps the minimum. 32-bit arithmetic is fastest on vector units. The
estimate of the similarity has the same mean and variance as datasketch's (tests/corpus/duplicates/test_minhash.py).

Signatures can be compared only with signatures of the same kernels and settings, so a folder of signatures records
both, and different ones are rejected when they are read.

Cost: 128 permutations 5 ns a shingle on one core with AVX-512; 512 bytes a document on disk.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from corpus.duplicates import shingles
from corpus.duplicates.shingles import ShingleSettings
from corpus.engine.task import read_json, write_json
from corpus.errors import UserError
from corpus.kernels.inner import kernel
from corpus.kernels.units import Units

VERSION = 1
EMPTY = np.uint32(0xFFFFFFFF)  # every value of the signature of a document without shingles
SIGNATURES, SKETCH = "signatures.npy", "sketch.json"


class MinHashSettings(BaseModel):
    """How signatures are made."""

    model_config = ConfigDict(extra="forbid")

    permutations: int = Field(default=128, ge=16, le=1024)  # standard error of the estimate: 0.04 at similarity 0.7
    seed: int = Field(default=1, ge=0, lt=2**32)


def signatures(hashes: np.ndarray, offsets: np.ndarray, settings: MinHashSettings) -> np.ndarray:
    """uint32[n, permutations] from shingle hashes uint64[total] and bounds int64[n + 1]; repeats and order do not
    matter."""
    out = np.empty((len(offsets) - 1, settings.permutations), np.uint32)
    _minima(hashes, offsets, *_permutations(settings), out)
    return out


def _permutations(settings: MinHashSettings) -> tuple[np.ndarray, np.ndarray]:
    """Odd factors and summands: uint32[permutations] each."""
    random = np.random.Generator(np.random.PCG64(settings.seed))
    a, b = random.integers(0, 2**32, (2, settings.permutations), dtype=np.uint32)
    return a | np.uint32(1), b


def sketch(
    texts: pa.Array,
    languages: pa.Array | None,
    shingling: ShingleSettings,
    settings: MinHashSettings,
    scanned: Units | None = None,
) -> np.ndarray:
    """uint32[n, permutations] directly from texts: the signatures of their shingles. `scanned` are the units of the
    texts, if they are known."""
    return sketch_and_count(texts, languages, shingling, settings, scanned)[0]


def sketch_and_count(
    texts: pa.Array,
    languages: pa.Array | None,
    shingling: ShingleSettings,
    settings: MinHashSettings,
    scanned: Units | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The signatures of texts, uint32[n, permutations], and how many shingles each has, repeats included:
    uint32[n]."""
    out = np.empty((len(texts), settings.permutations), np.uint32)
    counts = np.zeros(len(texts), np.uint32)
    a, b = _permutations(settings)
    for first, hashes, offsets in shingles.shingle_batches(texts, languages, shingling, scanned):
        _minima(hashes, offsets, a, b, out[first : first + len(offsets) - 1])
        counts[first : first + len(offsets) - 1] = np.diff(offsets)
    return out, counts


def short_signatures(signatures: np.ndarray) -> np.ndarray:
    """uint8[n, permutations]: eight mixed bits of each value of uint32[n, permutations], for an index that lasts.

    A quarter of the size. Different values agree in one of 256 cases, which `candidates.estimate_short` takes into
    account (b-bit minwise hashing: Li and König 2010, arXiv 0910.3349).
    """
    return ((signatures * np.uint32(0x9E3779B1)) >> np.uint32(24)).astype(np.uint8)


def is_empty(signature: np.ndarray) -> np.ndarray:
    """bool[n]: which rows of uint32[n, permutations] belong to documents without shingles."""
    return (signature[:, :4] == EMPTY).all(axis=1)


def describe(shingling: ShingleSettings, settings: MinHashSettings) -> dict[str, Any]:
    """All that signatures depend on besides the text, as JSON: two folders can be matched only if these are equal."""
    return {
        "shingles": {"version": shingles.VERSION, **shingling.model_dump()},
        "minhash": {"version": VERSION, **settings.model_dump()},
    }


def write_signatures(
    folder: Path, sketches: Iterable[np.ndarray], shingling: ShingleSettings, settings: MinHashSettings
) -> None:
    """Write signatures.npy, block by block, and sketch.json, which says how the signatures were made."""
    width = settings.permutations
    path = folder / SIGNATURES
    rows = 0
    with path.open("wb") as file:
        header = {"descr": "<u4", "fortran_order": False, "shape": (0, width)}
        np.lib.format.write_array_header_1_0(file, header)  # NumPy pads it, so that any number of rows fits
        for block in sketches:
            file.write(np.ascontiguousarray(block, "<u4").data)
            rows += len(block)
        file.seek(0)
        np.lib.format.write_array_header_1_0(file, header | {"shape": (rows, width)})
    write_json(folder / SKETCH, describe(shingling, settings))


def read_sketches(folders: Iterable[Path]) -> tuple[ShingleSettings, MinHashSettings]:
    """The settings that all these folders' signatures were made with.

    Raises UserError for a folder without signatures, for one made by other kernels than these, and where two folders
    differ.
    """
    first: Path | None = None
    common: dict[str, Any] = describe(ShingleSettings(), MinHashSettings())
    for folder in folders:
        if not (folder / SKETCH).is_file() or not (folder / SIGNATURES).is_file():
            raise UserError(f"{folder}: no {SIGNATURES} with its {SKETCH} there; make the signatures again.")
        found = read_json(folder / SKETCH)
        for name, version in (("shingles", shingles.VERSION), ("minhash", VERSION)):
            if found[name]["version"] != version:
                raise UserError(
                    f"{folder / SKETCH}: signatures made by version {found[name]['version']} of the {name} kernel; this"
                    f" is version {version}. Signatures of different versions cannot be compared: make them"
                    " again from the documents."
                )
        if first is not None and found != common:
            raise UserError(
                f"{folder / SKETCH}: signatures made with {_difference(found, common)[0]}, but those in {first} with"
                f" {_difference(found, common)[1]}. They cannot be compared: make them again with the same"
                " settings."
            )
        if first is None:
            first, common = folder, found
    return (
        ShingleSettings.model_validate({k: v for k, v in common["shingles"].items() if k != "version"}),
        MinHashSettings.model_validate({k: v for k, v in common["minhash"].items() if k != "version"}),
    )


def _difference(found: dict[str, Any], expected: dict[str, Any]) -> tuple[str, str]:
    """The keys in which two descriptions differ, with the values of each."""
    keys = [(n, k) for n in found for k in found[n] if found[n][k] != expected.get(n, {}).get(k)]
    sides = [", ".join(f"{n}.{k} = {side.get(n, {}).get(k)}" for n, k in keys) for side in (found, expected)]
    return sides[0], sides[1]


@kernel
def _minima(hashes, offsets, a, b, out):
    """out[d, k] = min over the shingles x of document d of a[k]·(x >> 32) + b[k] modulo 2³²; all ones without
    shingles."""
    for d in range(offsets.shape[0] - 1):
        row = out[d]
        row[:] = EMPTY
        i = offsets[d]
        end = offsets[d + 1]
        while i + 4 <= end:  # four shingles for each load and store of the minima: 4.8 ns a shingle instead of 13.7
            x0 = np.uint32(hashes[i] >> np.uint64(32))
            x1 = np.uint32(hashes[i + 1] >> np.uint64(32))
            x2 = np.uint32(hashes[i + 2] >> np.uint64(32))
            x3 = np.uint32(hashes[i + 3] >> np.uint64(32))
            for k in range(a.shape[0]):
                y0 = np.uint32(a[k] * x0 + b[k])
                y1 = np.uint32(a[k] * x1 + b[k])
                y2 = np.uint32(a[k] * x2 + b[k])
                y3 = np.uint32(a[k] * x3 + b[k])
                row[k] = min(row[k], min(min(y0, y1), min(y2, y3)))
            i += 4
        while i < end:
            x = np.uint32(hashes[i] >> np.uint64(32))
            for k in range(a.shape[0]):
                row[k] = min(row[k], np.uint32(a[k] * x + b[k]))
            i += 1
