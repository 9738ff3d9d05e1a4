"""The runner itself: its list is in order, and it can tell a test that notices from one that does not."""

from pathlib import Path

import pytest

from tests.mutants.runner import INVALID, KILLED, STALE, SURVIVED, Mutant, judge, load

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
    assert judge(Mutant("program.py", old, new, (test,)), tree) == outcome
    assert (tree / "program.py").read_text(encoding="utf-8") == PROGRAM


def test_every_mutant_still_applies() -> None:
    root = Path(__file__).resolve().parents[2]
    mutants = load()
    stale = [m for m in mutants if m.applied((root / m.file).read_text(encoding="utf-8")) is None]
    assert not stale, [f"{m.file}: {m.old!r}" for m in stale]
    assert all((root / test.split("::")[0]).exists() for m in mutants for test in m.tests)
    assert len({(m.file, m.old, m.new) for m in mutants}) == len(mutants)
