"""Parts of kernels, called from Python."""

from collections.abc import Callable
from typing import Any

from numba import njit


def callable_alone(function: Any) -> Callable[..., Any]:
    """A function that only kernels call (corpus/kernels/inner.py), compiled as one that Python calls."""
    return njit(function.py_func)
