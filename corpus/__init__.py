"""Documents: reading, cleaning, deduplication, shards.

Importing this package is cheap on purpose. It only tells Numba where compiled kernels are kept: one folder per user, so that
a second run starts at once, keyed by the kernel pieces that other files inline. Numba notices a change in the file of a
kernel, but not in the files whose functions it inlined.
"""

import hashlib
import os
from pathlib import Path


def _kernel_cache() -> str:
    here = Path(__file__).parent
    pieces = b"".join((here / name).read_bytes() for name in ("utf8.py", "hashing.py"))
    base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return str(base / "hanji" / f"numba-{hashlib.sha256(pieces).hexdigest()[:12]}")


os.environ.setdefault("NUMBA_CACHE_DIR", _kernel_cache())
