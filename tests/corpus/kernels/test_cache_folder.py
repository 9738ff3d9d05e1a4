"""The folder of compiled kernels is another one as soon as code that a kernel inlines changes.

Numba compares only the file of a kernel with its cache. Functions and constants of other files are compiled into it, so
that an upgrade would go on with the old ones.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import corpus

ROOT = Path(corpus.__file__).parent.parent
COMPILED = re.compile(r"(?:numba\.)?(?:njit|kernel|helper|inner|intrinsic)\b")
KEPT = re.compile(r"^kernel$|cache=True")


def kernels(tree: ast.Module) -> list[ast.FunctionDef]:
    return [
        function
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and any(COMPILED.match(ast.unparse(decorator)) for decorator in function.decorator_list)
    ]


def names(node: ast.AST) -> set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)}


def inlined(path: Path) -> Iterator[str]:
    """The files of ours whose names the kernels of a file use, directly or in a constant of the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    used = set().union(*map(names, kernels(tree)))
    for statement in reversed(tree.body):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if used & set().union(*map(names, targets)):
                used |= names(statement.value)
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.ImportFrom) or not statement.module:
            continue
        given = {name.asname or name.name: name.name for name in statement.names}
        modules = {statement.module, *(f"{statement.module}.{name}" for name in given.values())}
        if used & given.keys():
            yield from (file for name in modules if (ROOT / (file := name.replace(".", "/") + ".py")).is_file())


def test_every_file_that_kernels_inline_is_in_the_name_of_the_folder() -> None:
    files = [path for package in ("corpus", "tokenizer", "model") for path in (ROOT / package).rglob("*.py")]
    with_kernels = [path for path in files if kernels(ast.parse(path.read_text(encoding="utf-8")))]
    assert len(with_kernels) > 30
    needed = {file for path in with_kernels for file in inlined(path)}
    assert "corpus/kernels/utf8.py" in needed
    assert needed - set(corpus.INLINED) == set()


def test_no_kernel_is_compiled_in_each_process() -> None:
    """Python calls kernels that the cache keeps, or code that is not compiled: others would be compiled anew in every
    process that calls them (half a second for three lines), or cannot be called from Python at all."""
    paths = [
        path for package in ("corpus", "tokenizer", "model", "pipelines") for path in (ROOT / package).rglob("*.py")
    ]
    trees = {path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): path for path in paths}
    trees = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in trees.items()}
    not_kept = {
        (module, function.name)
        for module, tree in trees.items()
        for function in kernels(tree)
        if not any(KEPT.search(ast.unparse(decorator)) for decorator in function.decorator_list)
    }
    for path, tree in trees.items():
        compiled = kernels(tree)
        lost = {name for module, name in not_kept if module == path}
        for statement in ast.walk(tree):
            if isinstance(statement, ast.ImportFrom):
                lost |= {n.asname or n.name for n in statement.names if (statement.module, n.name) in not_kept}
        inside = {id(node) for function in compiled for node in ast.walk(function)}
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and id(node) not in inside]
        assert not [ast.unparse(c) for c in calls if isinstance(c.func, ast.Name) and c.func.id in lost], path


def test_the_folder_is_named_by_their_content(tmp_path, monkeypatch) -> None:
    for name in corpus.INLINED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(corpus, "__file__", str(tmp_path / "corpus" / "__init__.py"))
    seen = {corpus._kernel_cache()}
    for number, name in enumerate(corpus.INLINED, start=2):
        (tmp_path / name).write_bytes(b"x")
        seen.add(corpus._kernel_cache())
        assert len(seen) == number
