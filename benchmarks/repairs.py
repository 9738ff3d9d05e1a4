"""The changes of mojibake repair in real texts: every repair, for reading, and their number.

    HANJI_MIRROR=DIR HANJI_DATA=DIR python -m benchmarks.repairs [--around 30]

The collections are those of benchmarks/calibrate.py. They contain almost no broken text, so a wrong repair is easy to
see. The last line is JSON: documents read and documents repaired.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import islice

import pyarrow as pa

from benchmarks import command_line
from benchmarks.calibrate import Collection, collections
from corpus.cleaning.normalize import NormalizeSettings, normalize

ROWS = 2000  # documents at a time


def batches(collection: Collection) -> Iterator[pa.Array]:
    """The texts of a collection, string[≤ ROWS] at a time."""
    documents = (text for _, text in collection.documents())
    while texts := list(islice(documents, ROWS)):
        yield pa.array(texts, pa.string())


def repaired(texts: pa.Array, around: int) -> Iterator[tuple[str, str]]:
    """The text before and after at the first repair of each document that is changed."""
    settings = [NormalizeSettings(entities=False, mojibake=mojibake) for mojibake in (False, True)]
    plain, mended = (normalize(texts, each)[0] for each in settings)
    for before, after in zip(plain.to_pylist(), mended.to_pylist(), strict=True):
        if before != after:
            place = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
            start = max(0, place - around)
            yield before[start : place + around], after[start : place + around]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print each repair and the counts per collection."""
    made = command_line.parser(__doc__, "mirror", "data")
    made.add_argument("--around", type=int, default=30, help="characters shown on each side")
    options = command_line.parse(made, arguments, "the texts are read from there")
    documents = repairs = 0
    for name, collection in collections(options.mirror, options.data).items():
        for texts in batches(collection):
            documents += len(texts)
            for before, after in repaired(texts, options.around):
                repairs += 1
                print(f"{name}: {before!r} → {after!r}")
    print(json.dumps({"documents": documents, "repaired": repairs}))


if __name__ == "__main__":
    main()
