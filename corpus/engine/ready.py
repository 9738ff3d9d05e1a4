"""Imported last by the process of which workers are forks (workers.py): it loads the compiled kernels of the modules
imported before."""

import sys
from contextlib import suppress
from typing import Any

from numba.core.dispatcher import Dispatcher

from corpus.engine.workers import OURS


def load_compiled() -> int:
    """Load every kernel of our imported modules that was compiled before, and say how many. None is compiled."""
    loaded = 0
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in OURS]
    found = [each for module in modules for each in vars(module).values() if isinstance(each, Dispatcher)]
    kernels: dict[int, Any] = {id(kernel): kernel for kernel in found}
    for kernel in kernels.values():
        cache = getattr(kernel._cache, "_cache_file", None)  # none: a function that kernels inline
        for key in cache._load_index() if cache else ():
            signature = key[0]
            if key == kernel._cache._index_key(signature, kernel.targetctx.codegen()):  # of this processor
                kernel.compile(signature)
                loaded += 1
    return loaded


with suppress(Exception):  # a worker that needs the kernel meets the same error, and its task tells it
    load_compiled()
