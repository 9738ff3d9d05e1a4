"""Promises about the packages themselves: what imports what, and how fast importing is."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ORDER = ("corpus", "tokenizer", "model", "pipelines")
MODULES = sorted(
    p.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for package in ORDER
    for p in (ROOT / package).rglob("*.py")
)


def _imports(module: str) -> set[str]:
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in inner}
    return found


@pytest.mark.parametrize("module", MODULES)
def test_dependencies_run_one_way(module: str) -> None:
    above = ORDER[ORDER.index(module.split(".")[0]) + 1 :]
    wrong = {name for name in _imports(module) if name.split(".")[0] in above}
    assert not wrong, f"{module} imports {wrong}"
    if module.split(".")[0] in ("corpus", "tokenizer"):
        assert "torch" not in {name.split(".")[0] for name in _imports(module)}


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


def test_no_circular_imports() -> None:
    graph = {m.removesuffix(".__init__"): {n for n in _imports(m) if n.split(".")[0] in ORDER} for m in MODULES}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join([*path, module])
        if module not in done:
            for name in graph.get(module, ()):
                if name != module.split(".")[0]:
                    visit(name, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())
