"""Apply one mutant after the other to a copy of the tree and run the tests that should notice it.

A mutant is one semantic mistake: a file, a piece of its text that occurs exactly once, what stands there instead, and
the tests to run. It is `killed` when a test fails, `survived` when all pass, `stale` when the text no longer occurs
exactly once, and `invalid` when the tests cannot even be collected (a mistake that no program could run with says
nothing about the tests). Where time is bounded, what it does not reach is `left`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("list")
KILLED, SURVIVED, STALE, INVALID, LEFT = "killed", "survived", "stale", "invalid", "left"
PACKAGES = ("corpus", "tokenizer", "model", "pipelines")
SECONDS = 900  # of one mutant's tests; a hang is noticed, too


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


def run(mutants: list[Mutant], jobs: int = 1, within: float | None = None) -> Iterator[tuple[Mutant, str]]:
    """Try each mutant in a copy of the tracked files; `jobs` copies work side by side.

    Yields in the order of the list. `within`: begin none after so many seconds.
    """
    end = time.monotonic() + within if within else float("inf")
    with tempfile.TemporaryDirectory(prefix="hanji-mutants-") as scratch:
        copies: Queue[Path] = Queue()
        for number in range(jobs):
            copies.put(_copy(Path(scratch) / f"tree-{number}"))

        def attempt(mutant: Mutant) -> str:
            tree = copies.get()
            try:
                if time.monotonic() > end:
                    return LEFT
                return judge(mutant, tree)
            finally:
                copies.put(tree)

        with ThreadPoolExecutor(jobs) as pool:
            yield from zip(mutants, pool.map(attempt, mutants), strict=True)


def judge(mutant: Mutant, tree: Path) -> str:
    """What becomes of one mutant in `tree`, whose file is put back afterwards."""
    path = tree / mutant.file
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    after = mutant.applied(before)
    if after is None:
        return STALE
    path.write_text(after, encoding="utf-8")
    # Numba keeps compiled kernels by the file that they are defined in, whatever they inline from others: a mistake in
    # a kernel would stay in the caches of those that call it. Such a mutant gets a cache of its own.
    kernels = tree.with_name(f"{tree.name}-kernels{'-mutated' if 'njit' in before else ''}")
    try:
        return {0: SURVIVED, 1: KILLED}.get(_pytest(tree, mutant.tests, kernels), INVALID)
    finally:
        path.write_text(before, encoding="utf-8")
        if "njit" in before:
            shutil.rmtree(kernels, ignore_errors=True)


def unmutated(tests: list[str]) -> int:
    """pytest's exit status of the given tests on the program as it is, in a copy: they must pass before a failure
    means anything."""
    with tempfile.TemporaryDirectory(prefix="hanji-mutants-") as scratch:
        return _pytest(_copy(Path(scratch) / "tree"), tuple(tests), Path(scratch) / "kernels")


def _copy(tree: Path) -> Path:
    names = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    for name in names:
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    return tree


def _pytest(tree: Path, tests: tuple[str, ...], kernels: Path) -> int:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--no-header",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        *tests,
    ]
    # The same examples every time: a mutant must not live or die by chance. Real data stays where the copy's tests can
    # find it.
    environment = os.environ | {"CI": "1", "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["NUMBA_CACHE_DIR"] = str(kernels)
    for variable, folder in (("HANJI_MIRROR", "mirror"), ("HANJI_DATA", "data")):
        environment.setdefault(variable, str(ROOT.parent / "shared" / folder))
    try:
        return subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, timeout=SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return 1
