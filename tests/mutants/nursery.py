"""Runs of pytest that begin with every library imported: a process that forks for each of them.

An interpreter with NumPy, Arrow, Numba and hypothesis takes longer to start than most tests that should notice a
mistake. The process reads a line of JSON for each run, {"tree", "kernels", "tests", "seconds"}, and writes one:
[exit status, what was printed]. The tree's own packages, where the mistakes are, are imported in each child.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

LIBRARIES = ["hypothesis.strategies", "hypothesis.extra.numpy", "numba.extending", "numpy.testing", "orjson"]
LIBRARIES += ["pyarrow.compute", "pyarrow.csv", "pyarrow.dataset", "pyarrow.parquet", "pydantic", "pytest"]
LIBRARIES += ["rich.console", "tokenizers", "typer"]
TOO_LONG = 124  # the status of tests that took more than their seconds, as `timeout` says it
OPTIONS = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]


@cache
def nursery(worker: str, torch: bool) -> subprocess.Popen[str]:
    """The process of one worker, which ends with this one; with PyTorch for tests of the model."""
    # The same examples every time: a mutant must not live or die by chance.
    environment = os.environ | {"CI": "1"}
    command = [sys.executable, __file__, *(["torch"] if torch else [])]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def tried(worker: str, tree: Path, tests: tuple[str, ...], kernels: Path, seconds: int) -> tuple[int, str]:
    """pytest's exit status of the tests in `tree`, and what it printed; TOO_LONG where they took more than
    `seconds`, 1 where they ended by another signal."""
    process = nursery(worker, any(test.startswith(("tests/model", "tests/pipelines")) for test in tests))
    assert process.stdin
    assert process.stdout
    request = {"tree": str(tree), "kernels": str(kernels), "tests": tests, "seconds": seconds}
    print(json.dumps(request), file=process.stdin, flush=True)
    status, said = json.loads(process.stdout.readline())
    return status, said


def _serve(libraries: list[str]) -> None:
    for name in libraries:
        with contextlib.suppress(ImportError):
            __import__(name)
    _begin_numba()
    for line in sys.stdin:
        print(json.dumps(_run(**json.loads(line))), flush=True)


def _begin_numba() -> None:
    """Let Numba build its tables of types and functions, which it does when it first compiles."""
    import numba
    import numpy as np

    numba.njit(lambda x: x[0] + np.uint64(1))(np.zeros(1, np.uint64))


def _run(tree: str, kernels: str, tests: list[str], seconds: int) -> tuple[int, str]:
    said = Path(f"{kernels}.{os.getpid()}.txt")
    child = os.fork()
    if not child:
        os._exit(_child(tree, kernels, tests, seconds, said))
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, 9)  # what a hanging test has left
    text = said.read_text(encoding="utf-8", errors="replace")
    said.unlink()
    code = os.waitstatus_to_exitcode(status)
    return (TOO_LONG if code == -signal.SIGALRM else 1 if code < 0 else code), text


def _child(tree: str, kernels: str, tests: list[str], seconds: int, said: Path) -> int:
    import numba
    import pytest

    os.setsid()
    signal.alarm(seconds)
    os.chdir(tree)
    sys.path[0] = tree  # was this file's folder
    os.environ |= {"PYTHONPATH": tree, "NUMBA_CACHE_DIR": kernels}
    numba.core.config.reload_config()
    with said.open("w", encoding="utf-8") as out, open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    status = int(pytest.main([*OPTIONS, *tests]))
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    _serve(LIBRARIES + sys.argv[1:])
