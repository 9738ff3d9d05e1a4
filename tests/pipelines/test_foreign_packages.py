"""A folder with a package named like one of ours: a sentence, not somebody else's code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import foreign_packages

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["model", "tokenizer", "corpus"])
@pytest.mark.parametrize("kind", ["package", "module"])
def test_a_foreign_package_stops_a_command(tmp_path, name, kind):
    path = tmp_path / name / "__init__.py" if kind == "package" else tmp_path / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text("raise SystemExit('this must never run')\n")
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.pack", "--help"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.startswith(f"error: Python finds another `{name}` than Hanji's: {path}")
    assert done.stderr.count("\n") == 1


def test_ours_are_ours(tmp_path):
    assert foreign_packages(ROOT) == []
    assert [name for name, _ in foreign_packages(tmp_path)] == ["corpus", "tokenizer", "model"]
