"""Apply one mutant after the other to a copy of the tree and run the tests that should notice it.

A mutant is one semantic mistake: a file, a piece of its text that occurs exactly once, what stands there instead, and
the tests to run. It is `killed` when a test fails, `survived` when all pass, `stale` when the text no longer occurs
exactly once, and `invalid` when the tests cannot even be collected (a mistake that no program could run with says
nothing about the tests). Where time is bounded, what it does not reach is `left`.
"""

import ast
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import Queue

from numba.core.caching import UserProvidedCacheLocator

from tests.mutants.nursery import TOO_LONG, tried

ROOT = Path(__file__).resolve().parents[2]
for _variable, _folder in (("HANJI_MIRROR", "mirror"), ("HANJI_DATA", "data")):  # real data, where copies find it
    os.environ.setdefault(_variable, str(ROOT.parent / "shared" / _folder))
LIST = Path(__file__).with_name("list")
KILLED, SURVIVED, STALE, INVALID, LEFT = "killed", "survived", "stale", "invalid", "left"
PACKAGES = ("corpus", "tokenizer", "model", "pipelines")
SECONDS = 900  # of one mutant's tests; a hang is noticed, too
ENOUGH, KERNELS = (
    60,
    180,
)  # seconds after which the tests without the mistake are timed; also where kernels are compiled
TIMES = 4  # as long as these tests take, those with the mistake may take before it counts as a loop
GRACE = 40  # seconds beyond a bound that what was begun before it may take


@dataclass(frozen=True)
class Mutant:
    """One mistake: `old`, which occurs once in `file`, becomes `new`; `tests` are paths or node ids for pytest."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    kind: str = ""

    @property
    def package(self) -> str:
        """The package whose tests are under trial."""
        return self.file.split("/")[0]

    def applied(self, text: str) -> str | None:
        """The file's text with the mistake, or None where `old` does not occur exactly once."""
        return text.replace(self.old, self.new) if text.count(self.old) == 1 else None


def load(folder: Path = LIST) -> list[Mutant]:
    """All mutants of the lists, one TOML file a package, in the files' order.

    Raises ValueError for an entry with unknown keys, without change, or in a file of another package.
    """
    found = []
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as file:
            entries = tomllib.load(file)["mutant"]
        for number, entry in enumerate(entries, 1):
            if set(entry) - {"kind"} != {"file", "old", "new", "tests"} or entry["old"] == entry["new"]:
                raise ValueError(
                    f"{path.name}, mutant {number}: needs file, old, new and tests, and old differs from new"
                )
            mutant = Mutant(entry["file"], entry["old"], entry["new"], tuple(entry["tests"]), entry.get("kind", ""))
            if mutant.package != path.stem:
                raise ValueError(f"{path.name}, mutant {number}: {mutant.file} belongs to another package")
            found.append(mutant)
    return found


def run(
    mutants: list[Mutant], jobs: int = 1, within: float | None = None, scratch: Path | None = None
) -> Iterator[tuple[Mutant, str, str]]:
    """Try each mutant in a copy of the tracked files; `jobs` copies work side by side.

    Yields each with its outcome and what noticed it, in the order of the list. `within`: begin none after so many
    seconds, and end what was begun GRACE seconds later. `scratch`: where the copies and their compiled kernels are kept
    for the next run; without it they are gone afterwards.
    """
    end = time.monotonic() + within if within else float("inf")
    with contextlib.ExitStack() as stack:
        folder = scratch or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hanji-mutants-")))
        copies: Queue[Path] = Queue()
        for number in range(jobs):
            copies.put(_copy(folder / f"tree-{number}"))

        def attempt(mutant: Mutant) -> tuple[Mutant, str, str]:
            tree = copies.get()
            try:
                left = end - time.monotonic()
                if left < 0:
                    return mutant, LEFT, ""
                outcome, failed = judge(mutant, tree, int(min(SECONDS, left + GRACE)))
                cut = time.monotonic() > end + GRACE - 1
                return (mutant, LEFT, "") if cut else (mutant, outcome, failed)
            finally:
                copies.put(tree)

        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(attempt, mutants)


def judge(mutant: Mutant, tree: Path, seconds: int = SECONDS) -> tuple[str, str]:
    """What becomes of one mutant in `tree`, whose file is put back afterwards, and the first test that failed.

    The kernels' cache is kept beside the tree, and what this mutant's tests need is compiled there first.
    """
    path = tree / mutant.file
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    after = mutant.applied(before)
    if after is None:
        return STALE, ""
    compiled = "njit" in before or "corpus.kernels.inner import" in before
    if compiled and (told := _without(tree, mutant.tests, seconds)):
        return INVALID, told

    def run_tests(text: str, limit: int) -> tuple[int, str]:
        with _kernels(tree, mutant.file if compiled else "") as kernels:
            return _tried(path, text, tree, mutant.tests, kernels, limit)

    limit = min(KERNELS if compiled else ENOUGH, seconds)
    status, failed = run_tests(after, limit)
    if status == TOO_LONG and limit < seconds:
        begun = time.monotonic()
        run_tests(before, seconds)
        allowed = min(int(TIMES * (time.monotonic() - begun)), seconds)
        if allowed > limit:
            status, failed = run_tests(after, allowed)
    return {0: SURVIVED, 1: KILLED, TOO_LONG: KILLED}.get(status, INVALID), failed


@cache
def _without(tree: Path, tests: tuple[str, ...], seconds: int) -> str:
    """What fails without a mistake, else ""; it compiles what the tests need. Tried once for all mutants of a file."""
    status, failed = _pytest(tree, tests, _compiled(tree), seconds)
    return failed or "no tests" if status else ""


def _compiled(tree: Path) -> Path:
    return tree.with_name(f"{tree.name}-kernels")


@contextlib.contextmanager
def _kernels(tree: Path, file: str) -> Iterator[Path]:
    """The compiled kernels of a tree; for a mistake in `file` a copy that is without those of it and its importers."""
    if not file:
        yield _compiled(tree)
        return
    with tempfile.TemporaryDirectory(prefix="kernels-", dir=tree.parent) as own:
        shutil.copytree(_compiled(tree), own, copy_function=os.link, dirs_exist_ok=True)
        _forget(tree, file, Path(own))
        yield Path(own)


def _tried(path: Path, text: str, tree: Path, tests: tuple[str, ...], kernels: Path, seconds: int) -> tuple[int, str]:
    """pytest's status, and what failed, with `text` in the file at `path`, which has its text and times again
    afterwards."""
    before, times = path.read_bytes(), path.stat()
    path.write_text(text, encoding="utf-8")
    _drop_bytecode(path)  # it is known by its second and size only
    try:
        return _pytest(tree, tests, kernels, seconds)
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        _drop_bytecode(path)


def _drop_bytecode(path: Path) -> None:
    for kept in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        kept.unlink()


def _forget(tree: Path, file: str, kernels: Path) -> None:
    """Remove from a cache of Numba's the kernels of `file` and of all files that import it, directly or not.

    Numba asks only whether the file that defines a kernel has changed, not the files whose kernels it inlines.
    """
    importers = _importers(tree)
    reached, waiting = {file}, [file]
    while waiting:
        module = waiting.pop().removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        new = importers.get(module, set()) - reached
        reached |= new
        waiting += new
    for name in reached:
        folder = kernels / UserProvidedCacheLocator.get_suitable_cache_subpath(str(tree / name))
        for kept in folder.glob(f"{Path(name).stem}.*"):
            kept.unlink()


@cache
def _importers(tree: Path) -> dict[str, set[str]]:
    """The files that import each module, or a name of it. Reading all files takes seconds, once for all mutants."""
    found: dict[str, set[str]] = {}
    for path in tree.rglob("*.py"):
        for module in _imported(ast.parse(path.read_bytes())):
            found.setdefault(module, set()).add(path.relative_to(tree).as_posix())
    return found


def _imported(code: ast.Module) -> Iterator[str]:
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _copy(tree: Path) -> Path:
    names = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    for name in names:
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    for path in tree.rglob("*.py"):  # what an earlier run left
        if path.relative_to(tree).as_posix() not in names:
            path.unlink()
    return tree


def _pytest(tree: Path, tests: tuple[str, ...], kernels: Path, seconds: int) -> tuple[int, str]:
    """pytest's exit status and the test that failed first."""
    status, said = tried(tree.name, tree, tests, kernels, seconds)
    lines = [line.partition(" - ")[0] for line in said.splitlines()]
    failed = [line.partition(" ")[2] for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return status, failed[0] if failed else ""
