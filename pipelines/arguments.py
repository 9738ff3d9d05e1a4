"""Wrong arguments in the words of this program, not in those of the library that checks them."""

import inspect
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_type_hints

import typer
from typer.core import TyperCommand

from corpus.errors import UserError, is_utf8

# What pydantic, which typer checks with, calls the kinds of a mistake.
EXPECTED = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
}


class Command(TyperCommand):
    """A command that says what it found and what it expected; with --json also on standard output."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given = list(args)  # parsing takes words away
        try:
            return self._parsed(ctx, args)
        except Exception as error:
            told = getattr(error, "format_message", None)  # of wrong arguments, in every release of typer
            if told and "--json" in given and any("--json" in each.opts for each in self.params):
                print(json.dumps({"error": told()}, indent=1), flush=True)
            raise

    def _parsed(self, ctx: Any, args: list[str]) -> list[str]:
        hints = get_type_hints(inspect.unwrap(self.callback)) if self.callback else {}
        paths = [each for each in self.params if "Path" in str(hints.get(each.name or ""))]
        for before, word in zip(["", *args], args, strict=False):
            if name := _empty(before, word, self.params, paths):
                raise typer.BadParameter(f"{name} '': expected a path, found nothing. Is a shell variable unset?")
            if not is_utf8(word):
                raise typer.BadParameter(
                    f"the bytes {word.encode('utf-8', 'surrogateescape')!r} are not UTF-8. Texts and names of files"
                    " have to be: set the terminal's encoding to UTF-8, or rename the file."
                )
        try:
            rest = TyperCommand.parse_args(self, ctx, args)
            _require_numbers(ctx)
            return rest
        except typer.BadParameter as error:
            error.message = _told(error)
            raise


def _empty(before: str, word: str, params: Sequence[Any], paths: Sequence[Any]) -> str:
    """The name of a path that is empty in this word of a command line: `--out ""`, `--out=`, or an argument; or ""."""
    if word.endswith("="):
        return word[:-1] if any(word[:-1] in each.opts for each in paths) else ""
    if word:
        return ""
    for each in params:
        if before in each.opts and each.param_type_name == "option" and not each.is_flag:
            return before if each in paths else ""
    return next((each.name.upper() for each in paths if each.param_type_name == "argument"), "")


def require_input(data: Path, option: str = "--in") -> None:
    """Raise UserError where an option names nothing."""
    if not data.exists():
        raise UserError(f"{option} {data}: no such file or folder.")


def _require_numbers(ctx: Any) -> None:
    """Raise BadParameter for inf and nan, and for what 64 bits do not hold: Python takes both for numbers."""
    for param in ctx.command.params:
        value = ctx.params.get(param.name)
        if isinstance(value, float) and not math.isfinite(value):
            raise typer.BadParameter(f"'{value}'; expected a number.", ctx=ctx, param=param)
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise typer.BadParameter(f"'{value}'; expected a number of at most 64 bits.", ctx=ctx, param=param)


def _written(bound: Any) -> str:
    return f"{bound:,.0f}" if isinstance(bound, int | float) and bound == int(bound) else str(bound)


def _told(error: typer.BadParameter) -> str:
    errors = getattr(error.__cause__, "errors", None)
    if errors is None:
        return error.message
    first = errors()[0]
    if first["type"] in EXPECTED:
        bounds = {name: _written(bound) for name, bound in first.get("ctx", {}).items()}
        expected = EXPECTED[first["type"]].format(**bounds)
        return f"{first['input']!r}; expected {expected}."
    return error.message.removeprefix("Value error, ")
