"""The runner itself: its list is in order, and it can tell a test that notices from one that does not."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.mutants.runner import GRACE, INVALID, KILLED, LEFT, PACKAGES, STALE, SURVIVED, Mutant, judge, load, run

PROGRAM = "def double(x):\n    return 2 * x\n"
TESTS = (
    "from program import double\n\ndef test_it():\n    assert double(2) == 4\n\ndef test_nothing():\n    double(2)\n"
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "test_program.py").write_text(TESTS, encoding="utf-8")
    return tmp_path


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
def test_a_mistake_in_a_kernel_stays_in_no_cache(tmp_path: Path) -> None:
    """Numba keeps a caller's compiled code although what it inlines from another file changed."""
    (tmp_path / "inner.py").write_text("from numba import njit\n\n@njit\ndef one():\n    return 1\n")
    (tmp_path / "outer.py").write_text(
        "from numba import njit\nfrom inner import one\n\n@njit(cache=True)\ndef two():\n    return one() + 1\n"
    )
    test = "from outer import two\n\ndef test_two():\n    assert two() == 2\n"
    (tmp_path / "test_outer.py").write_text(test)
    (tmp_path / "plain.py").write_text("VALUE = 1\n")
    tree, plain = tmp_path, Mutant("plain.py", "VALUE = 1", "VALUE = 2", ("test_outer.py",))
    assert judge(plain, tree)[0] == SURVIVED
    assert judge(Mutant("inner.py", "return 1", "return 5", ("test_outer.py",)), tree)[0] == KILLED
    assert judge(plain, tree)[0] == SURVIVED
