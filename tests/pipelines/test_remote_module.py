"""A command that is run as a module writes to object stores like one that is run by its name."""

import subprocess
import sys
from pathlib import Path

from tests.tokenizer.corpora import write_corpus

ROOT = Path(__file__).resolve().parents[2]


def test_a_module_is_known_by_the_name_of_its_file(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", {"web": [("A tokenizer learns. 한국어 문서.", "ko", None)]})
    line = [sys.executable, "-m", "pipelines.train_tokenizer", "--corpus", corpus, "--out", "memory://bucket/tokenizer"]
    line += ["--vocab-size", "512", "--workers", "1", "--work", tmp_path / "work"]
    result = subprocess.run(list(map(str, line)), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    assert "files copied from" in result.stderr + result.stdout
