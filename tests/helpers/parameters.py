"""What a function takes or computes and never reads: an option that does nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


def unread(path: Path) -> Iterator[tuple[str, str]]:
    """(function, name) of every parameter or variable in a file that its function does not read. Functions that only
    raise or have no body, as in protocols, are left out."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, Function):
            yield from ((node.name, name) for name in _unread(node))


def _unread(function: Function) -> Iterator[str]:
    body = [step for step in function.body if not (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))]
    if all(isinstance(step, ast.Raise | ast.Pass) for step in body):
        return
    read = {
        node.id
        for step in body
        for node in ast.walk(step)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    taken = function.args
    given = [parameter.arg for parameter in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)]
    made = [
        node.targets[0].id
        for step in body
        for node in ast.walk(step)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    elsewhere = {
        name for step in body for node in ast.walk(step) if isinstance(node, ast.Nonlocal) for name in node.names
    }
    yield from (name for name in dict.fromkeys(given + made) if name not in read | elsewhere)
