"""Documents: from upstream files to clean, deduplicated Arrow shards.

The files of this folder are the build, in the order in which it runs: recipe, build, prepare, clean, trim, commit,
books, report. document, shards and rejects define how documents are stored. The steps are in folders: sources, download
and readers (files to records), cleaning, quality, duplicates, repeats, contamination; engine runs tasks, and kernels
has the functions that all scans share. docs/architecture.md has a picture.

Importing this package is cheap on purpose. It only sets the folder of Numba's compiled kernels: one folder per user, so
that a second run starts at once, with a name that depends on the functions and constants that other files inline.
Numba notices a change in the file of a kernel, but not in other files whose functions it inlined.
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
