"""Documents: from upstream files to clean, deduplicated Arrow shards.

The files here are the build, in the order in which it runs: recipe, build, prepare, clean, trim, commit, books, report;
document, shards and rejects say how documents are kept. What a step does is in the folders: sources, download and
readers (files to records), cleaning, quality, duplicates, repeats, contamination; engine runs tasks, kernels are what
all scans share. docs/architecture.md has the picture.

Importing this package is cheap on purpose. It only tells Numba where compiled kernels are kept: one folder per user, so
that a second run starts at once, keyed by the kernel pieces and constants that other files inline. Numba notices a
change in the file of a kernel, but not in the files whose functions it inlined, be they of another package.
"""

import hashlib
import os
from pathlib import Path

from corpus.lazy import public

INLINED = (
    "corpus/kernels/utf8.py",
    "corpus/kernels/hashing.py",
    "corpus/kernels/blocks.py",
    "corpus/kernels/fasttext.py",
    "corpus/kernels/fasttext_file.py",
    "corpus/structure/sentences.py",
    "corpus/readers/vectors.py",
    "tokenizer/kernels/heap.py",
    "tokenizer/kernels/pairs.py",
    "tokenizer/scanner/patterns.py",
)


def _kernel_cache() -> str:
    root = Path(__file__).parent.parent
    pieces = b"".join((root / name).read_bytes() for name in INLINED)
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return str(base / "hanji" / f"numba-{hashlib.sha256(pieces).hexdigest()[:12]}")


os.environ.setdefault("NUMBA_CACHE_DIR", _kernel_cache())

__getattr__ = public(
    __name__,
    {
        "Recipe": "recipe",
        "load_recipe": "recipe",
        "Built": "build",
        "SCHEMA": "document",
        "UserError": "errors",
        "LocalEngine": "engine.local",
        "Locator": "download.locator",
    },
)
