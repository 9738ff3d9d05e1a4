"""Where compiled kernels are kept when the folder for them cannot be written to."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, corpus
from corpus.kernels import hashing
print(os.environ["NUMBA_CACHE_DIR"])
"""


def imported(cache: Path, temporary: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "TMPDIR": str(temporary)}
    return subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)


def test_a_folder_that_can_be_written_to_is_taken(tmp_path: Path) -> None:
    result = imported(tmp_path / "cache", tmp_path)
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, str(tmp_path / "cache"), "")


def test_one_that_cannot_costs_a_sentence_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "tmp").mkdir()
    result = imported(tmp_path / "file" / "cache", tmp_path / "tmp")
    assert result.returncode == 0, result.stderr
    assert f"Compiled kernels cannot be kept in {tmp_path / 'file' / 'cache'}" in result.stderr
    assert "Set NUMBA_CACHE_DIR" in result.stderr
    assert result.stdout.startswith(str(tmp_path / "tmp" / "hanji-kernels-"))
    assert not list((tmp_path / "tmp").iterdir())
