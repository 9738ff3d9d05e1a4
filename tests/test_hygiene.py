"""Promises about the packages themselves: what importing them loads. What may import what is checked by lint-imports."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ORDER = ("corpus", "tokenizer", "model", "pipelines")
MODULES = sorted(
    p.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for package in ORDER
    for p in (ROOT / package).rglob("*.py")
)


def test_corpus_and_tokenizer_never_load_torch() -> None:
    modules = [m for m in MODULES if m.split(".")[0] in ("corpus", "tokenizer") and not m.endswith("__main__")]
    code = f"import sys, importlib\nfor m in {modules!r}: importlib.import_module(m.removesuffix('.__init__'))\nprint('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.stdout.strip() == "False", result.stderr


def test_importing_corpus_loads_nothing_heavy() -> None:
    """`import corpus` takes under half a second because it loads none of these."""
    code = "import sys, corpus; print([m for m in ('numba', 'pyarrow', 'numpy', 'pydantic', 'torch', 'datasets') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == "[]"
