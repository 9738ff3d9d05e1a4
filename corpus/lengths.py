"""How long the documents of a corpus are: a histogram whose bins double every second one, by language."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from corpus.shards import read_shard

# Bytes where a bin begins; documents of 16.8 MB and more are in the last one.
EDGES = np.array([0, *dict.fromkeys(math.ceil(2 ** (n / 2)) for n in range(2, 49))])


def lengths(shards: Iterable[Path]) -> dict[str, Any]:
    """{"from": [bytes, …], "languages": {language: [documents, …]}}; a bin begins at its `from` and ends before the
    next. Only lengths and languages of the rows are read, not their text."""
    counts: dict[str, np.ndarray] = {}
    for path in shards:
        for batch in read_shard(path):
            sizes = pc.binary_length(batch["text"]).to_numpy(zero_copy_only=False)
            bins = np.searchsorted(EDGES, sizes, "right") - 1
            languages = np.asarray(batch["lang"].to_pylist(), object)
            for language in dict.fromkeys(languages.tolist()):
                mine = np.bincount(bins[languages == language], minlength=len(EDGES))
                counts[language] = counts.get(language, 0) + mine
    filled = [n for n in range(len(EDGES)) if any(count[n] for count in counts.values())]
    first, end = (filled[0], filled[-1] + 1) if filled else (0, 0)
    return {
        "from": EDGES[first:end].tolist(),
        "languages": {name: counts[name][first:end].tolist() for name in sorted(counts)},
    }
