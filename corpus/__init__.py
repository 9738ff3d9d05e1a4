"""Documents: from upstream files to clean, deduplicated Arrow shards.

The files of this folder are the build, in the order in which it runs: recipe, build, prepare, clean, trim, plan,
commit, books, report. document, shards and rejects define how documents are stored. The steps are in folders: sources,
download and readers (files to records), cleaning, quality, duplicates, repeats, contamination; engine runs tasks, and
kernels has the functions that all scans share. docs/architecture.md has a picture.

Importing this package is cheap on purpose. It only sets the folder of Numba's compiled kernels: one folder per user, so
that a second run starts at once, with a name that depends on the files whose functions and constants others inline.
Numba notices a change in the file of a kernel, but not in other files whose functions it inlined.
"""

import atexit
import hashlib
import logging
import os
import shutil
import tempfile
from importlib import metadata
from pathlib import Path

from corpus.lazy import public

INLINED = (
    "corpus/kernels/alignment.py",
    "corpus/duplicates/fact_lists.py",
    "corpus/duplicates/fact_signs.py",
    "corpus/duplicates/fact_slots.py",
    "corpus/kernels/key_table.py",
    "corpus/duplicates/fact_words.py",
    "corpus/duplicates/shingles.py",
    "corpus/kernels/blocks.py",
    "corpus/kernels/fasttext_file.py",
    "corpus/kernels/fasttext_vector.py",
    "corpus/kernels/hashing.py",
    "corpus/kernels/inner.py",
    "corpus/kernels/intrinsics.py",
    "corpus/kernels/units.py",
    "corpus/kernels/utf8.py",
    "corpus/quality/c4_lines.py",
    "corpus/quality/phrase_lists.py",
    "corpus/quality/phrase_table.py",
    "corpus/readers/json_grammar.py",
    "corpus/readers/json_kernel.py",
    "corpus/readers/vectors.py",
    "corpus/repeats/pieces.py",
    "corpus/structure/kinds.py",
    "corpus/structure/neighbours.py",
    "corpus/structure/sentences.py",
    "corpus/structure/signs.py",
    "tokenizer/analysis/scripts.py",
    "tokenizer/kernels/heap.py",
    "tokenizer/kernels/keys.py",
    "tokenizer/kernels/pairs.py",
    "tokenizer/scanner/alternatives.py",
    "tokenizer/scanner/blocks.py",
    "tokenizer/scanner/kinds.py",
    "tokenizer/scanner/patterns.py",
    "tokenizer/training/positions.py",
)


def user_cache() -> Path:
    """The folder of this user for what can be made again: compiled kernels, copies from object stores, measurements."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hanji"  # empty is as unset


def release() -> str:
    """The version of Hanji that is installed; of a source tree that is used without an installation it is unknown."""
    try:
        return metadata.version("hanji")
    except metadata.PackageNotFoundError:
        return "not installed"


def _kernel_cache() -> str:
    root = Path(__file__).parent.parent
    pieces = b"".join((root / name).read_bytes() for name in INLINED)
    return str(user_cache() / f"numba-{hashlib.sha256(pieces).hexdigest()[:12]}")


def _usable(folder: str) -> str:
    """The folder if kernels can be written there, else a private copy of it that goes with this process.

    Numba refuses to load a module where it finds no such folder; worker processes inherit this one's.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        private = tempfile.mkdtemp(prefix="hanji-kernels-")
        atexit.register(shutil.rmtree, private, ignore_errors=True)
        logging.getLogger(__name__).warning(
            "Compiled kernels cannot be kept in %s (%s); what is missing there is compiled in each run, which takes"
            " about a minute. Set NUMBA_CACHE_DIR to a folder that can be written to.",
            folder,
            error.strerror,
        )
        if os.path.isdir(folder) and os.access(folder, os.R_OK | os.X_OK):
            shutil.copytree(folder, private, dirs_exist_ok=True)
        return private


os.environ["NUMBA_CACHE_DIR"] = _usable(os.environ.get("NUMBA_CACHE_DIR") or _kernel_cache())

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
