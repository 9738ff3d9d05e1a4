"""The runner itself: its list is in order, and it can tell a test that notices from one that does not."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.mutants.nursery import tried
from tests.mutants.runner import (
    GRACE,
    INVALID,
    KILLED,
    LEFT,
    PACKAGES,
    SECONDS,
    STALE,
    SURVIVED,
    Mutant,
    judge,
    load,
    run,
)

PROGRAM = "def double(x):\n    return 2 * x\n"
TESTS = (
    "from program import double\n\ndef test_it():\n    assert double(2) == 4\n\ndef test_nothing():\n    double(2)\n"
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder of one name: all tests share the process that forks."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "test_program.py").write_text(TESTS, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("old", "new", "test", "outcome"),
    [
        ("2 * x", "3 * x", "test_program.py", KILLED),
        ("2 * x", "3 * x", "test_program.py::test_nothing", SURVIVED),
        ("2 * x", "x * x", "test_program.py", SURVIVED),
        ("4 * x", "3 * x", "test_program.py", STALE),
        ("return", "retrun", "test_program.py", INVALID),
        ("2 * x", "3 * x", "test_program.py::test_absent", INVALID),
    ],
)
def test_outcomes(tree: Path, old: str, new: str, test: str, outcome: str) -> None:
    assert judge(Mutant("program.py", old, new, (test,)), tree)[0] == outcome
    assert (tree / "program.py").read_text(encoding="utf-8") == PROGRAM


@pytest.mark.parametrize(("slow", "outcome"), [(0.0, KILLED), (1.2, SURVIVED)])
def test_a_loop_ends_after_some_times_the_tests_own_time(
    tree: Path, monkeypatch: pytest.MonkeyPatch, slow: float, outcome: str
) -> None:
    """Tests that take more than ENOUGH are timed without the mistake: it is a loop, or they are slow themselves."""
    given: list[int] = []

    def recorded(*args: Any) -> tuple[int, str]:
        given.append(args[-1])
        return tried(*args)

    monkeypatch.setattr("tests.mutants.runner.ENOUGH", 1)
    monkeypatch.setattr("tests.mutants.runner.tried", recorded)
    (tree / "test_program.py").write_text(
        f"import time\nfrom program import double\n\ndef test_it():\n    time.sleep({slow})\n    double(2)\n"
    )
    new = "    return" if slow else "    while x:\n        pass\n    return"
    assert judge(Mutant("program.py", "    return", new, ("test_program.py",)), tree) == (outcome, "")
    assert given[:2] == [1, SECONDS]
    assert len(given) == 2 + (given[-1] > 1)
    assert given[-1] < SECONDS or len(given) == 2


def test_every_mutant_still_applies() -> None:
    root = Path(__file__).resolve().parents[2]
    mutants = load()
    stale = [m for m in mutants if m.applied((root / m.file).read_text(encoding="utf-8")) is None]
    assert not stale, [f"{m.file}: {m.old!r}" for m in stale]
    assert all((root / test.split("::")[0]).exists() for m in mutants for test in m.tests)
    assert len({(m.file, m.old, m.new) for m in mutants}) == len(mutants)


def test_no_mutant_is_begun_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is begun in time has GRACE seconds more; what was cut off is not judged."""
    clock = iter([0.0, 1.0, 2.0, 99.0, 100 + GRACE, 101.0, 102.0])
    given: list[int] = []

    def judged(mutant: Mutant, tree: Path, seconds: int) -> tuple[str, str]:
        given.append(seconds)
        return KILLED, "test"

    monkeypatch.setattr("tests.mutants.runner.time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr("tests.mutants.runner._copy", lambda tree: tree)
    monkeypatch.setattr("tests.mutants.runner.judge", judged)
    mutants = [Mutant("program.py", str(n), "", ()) for n in range(4)]
    assert [outcome for _, outcome, _ in run(mutants, within=100)] == [KILLED, LEFT, LEFT, LEFT]
    assert given == [99 + GRACE, 1 + GRACE]


def test_the_list_covers_every_kind_and_package() -> None:
    mutants = load()
    assert len(mutants) >= 150
    assert {m.package for m in mutants} == set(PACKAGES)
    for kind in ("task key", "durability", "border", "published limit", "figures", "wrong result", "balance"):
        assert any(kind in m.kind for m in mutants), kind


@pytest.mark.slow
def test_a_mistake_in_a_kernel_stays_in_no_cache(tree: Path) -> None:
    """Numba keeps a caller's compiled code although what it inlines from another file changed."""
    (tree / "inner.py").write_text("from numba import njit\n\n@njit\ndef one():\n    return 1\n")
    (tree / "outer.py").write_text(
        "from numba import njit\nfrom inner import one\n\n@njit(cache=True)\ndef two():\n    return one() + 1\n"
    )
    test = "from outer import two\n\ndef test_two():\n    assert two() == 2\n"
    (tree / "test_outer.py").write_text(test)
    (tree / "plain.py").write_text("VALUE = 1\n")
    plain = Mutant("plain.py", "VALUE = 1", "VALUE = 2", ("test_outer.py",))
    assert judge(plain, tree)[0] == SURVIVED
    assert judge(Mutant("inner.py", "return 1", "return 5", ("test_outer.py",)), tree)[0] == KILLED
    assert judge(plain, tree)[0] == SURVIVED
