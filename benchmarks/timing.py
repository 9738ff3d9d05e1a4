"""CPU time and peak memory of a call: time that other programs take on the machine does not count."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any


def cpu_seconds(function: Callable[..., Any], *arguments: Any, runs: int = 1, **options: Any) -> tuple[float, Any]:
    """The least CPU seconds (user and system, all threads of this process) of some runs of a call, and its result."""
    least, result = float("inf"), None
    for _ in range(runs):
        begun = time.process_time()
        result = function(*arguments, **options)
        least = min(least, time.process_time() - begun)
    return least, result


def in_new_process(function: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    """The result of a function in a separate process, and the process' peak memory as "memory_mb"."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_with_memory, function, *arguments).result()


def _with_memory(function: Callable[..., dict[str, Any]], *arguments: object) -> dict[str, Any]:
    result = function(*arguments)
    (peak,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return result | {"memory_mb": int(peak.split()[1]) // 1024}
