"""Functions of all commands: options that all have, errors without tracebacks, and what is printed for people."""

import contextlib
import functools
import inspect
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from rich.console import Console
from rich.text import Text

from corpus.errors import RESUME, UserError, explain_os_error, unloadable, unreachable
from pipelines.arguments import Command
from pipelines.remote import WORK, with_stores

INTERRUPTED = "Interrupted. Finished tasks are kept; run the same command again to continue."
OVERWRITE = "replace a finished result with other settings in --out; without this option it is an error"

QUIET = "print warnings and errors only"
JSON = "print the result as JSON on standard output, everything else on standard error"

# Without markup, because names of files, sources and tokenizers may contain [ and ]. The terminal wraps lines, so that
# paths stay whole in a pipe or a log.
console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def shown() -> Console:
    """The console of a command whose result is to be read: standard output, so that `| less` and `>` get it.

    Nothing is cut in a pipe or file, and --quiet prints nothing.
    """
    out = Console(highlight=False, markup=False, quiet=console.quiet, soft_wrap=True)
    if not out.is_terminal and "COLUMNS" not in os.environ:
        out.width = 160
    return out


class Ended(typer.Exit):
    """Ends a command with an exit status of its own, after it has done what it was asked for; `result` is for
    --json."""

    def __init__(self, code: int, result: Any) -> None:
        super().__init__(code)
        self.result = result


def tolerate_narrow_output() -> None:
    """Write \\ud55c where the encoding of standard output has no 한 (PYTHONIOENCODING=ascii, a terminal of EUC-KR)."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not _utf8(sys.stdout):
        sys.stdout.reconfigure(errors="backslashreplace")


def _utf8(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"


def run(main: Callable[..., Any], arguments: list[str] | None = None, name: str | None = None) -> None:
    """Run a command's `main` (a typer function) and exit.

    0: done. 1: done, and the answer is no (`verify` found damage, a `--fail-if` is true). 2: an error that the user can
    fix, explained in one paragraph. 130: interrupted. Any other error is one of the program and keeps its traceback.
    With HANJI_TRACEBACK=1 errors of the machine (disk, network, permissions) keep their tracebacks, too.

    Every command has --quiet, and each whose `main` returns something has --json.
    """
    tolerate_narrow_output()
    app = application(main)
    given = sys.argv[1:] if arguments is None else arguments
    spellings: dict[str, str] = getattr(main, "spellings", {})  # other forms of an option that typer does not support
    try:
        app([spellings.get(word, word) for word in given], prog_name=name)
    finally:
        _let_go()


def _let_go() -> None:
    """Forget output that could not be written: it has been told, and the interpreter would try again at its end."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        sys.stdout = None


def application(main: Callable[..., Any]) -> typer.Typer:
    """A command with the options and errors that all have in common."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    plain = _plain(with_stores(main, Ended, lambda text: console.print(text)))
    app.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})(_with_options(plain, main))
    return app


def _with_options(plain: Callable[..., Any], main: Callable[..., Any]) -> Callable[..., Any]:
    """The command with --quiet and, where it has a result, --json."""
    own: dict[str, Any] = {"quiet": Annotated[bool, typer.Option("--quiet", "-q", help=QUIET)]}
    if get_type_hints(main).get("return") not in (None, type(None)):
        own["as_json"] = Annotated[bool, typer.Option("--json", help=JSON)]
    signature = inspect.signature(main)
    paths = [hint for hint in get_type_hints(main).values() if "Path" in str(hint)]
    if paths:
        own["work"] = Annotated[Path | None, typer.Option(help=WORK)]

    @functools.wraps(main)
    def wrapped(*args: Any, quiet: bool = False, as_json: bool = False, **kwargs: Any) -> None:
        with _printing(quiet, as_json) as write:
            if {"workers", "device"} & signature.parameters.keys():  # what follows loads libraries for seconds
                console.print(f"{Path(inspect.getfile(main)).stem}: starting", style="dim")
            try:
                if as_json and str(kwargs.get("out")) == "-":
                    raise _stop(
                        "--out - and --json both write to standard output. Give a folder with --out (its summary.json"
                        " has the result), or leave --json out.",
                        2,
                    )
                result = plain(*args, **kwargs)
            except Ended as ended:
                result, code = ended.result, ended.exit_code
            except Refused as refused:
                result, code = {"error": refused.message}, refused.exit_code
            else:
                code = 0
            if as_json:
                _plain(write)(result)
        if code:
            raise typer.Exit(code)

    defaults = dict.fromkeys(own, False) | dict.fromkeys({"work"} & own.keys())
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=kind)
        for name, kind in own.items()
    ]
    wrapped.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *added])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {**main.__annotations__, **own}
    return wrapped


@contextlib.contextmanager
def _printing(quiet: bool, as_json: bool) -> Iterator[Callable[[Any], None]]:
    """Where output goes: with --json standard output is for the result alone, with --quiet only warnings are printed.

    Yields the function that writes the result as JSON, in letters that standard output has.
    """
    stdout, before = sys.stdout, console.quiet
    console.quiet = quiet
    try:
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            yield lambda result: print(
                json.dumps(result, ensure_ascii=not _utf8(stdout), indent=1, default=str), file=stdout, flush=True
            )
    finally:
        console.quiet = before


def _plain(main: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(main)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            result = main(*args, **kwargs)
            if sys.stdout is not None:
                sys.stdout.flush()  # a full disk is told here, not by the interpreter at its end
            return result
        except UserError as error:
            raise _stop(str(error), 2) from error
        except KeyboardInterrupt as interrupt:
            raise _stop(str(interrupt) or INTERRUPTED, 130) from None
        except MemoryError as error:
            raise _stop(f"Not enough memory. Use fewer --workers. {RESUME}", 2) from error
        except BaseException as error:  # torch's CheckpointException is no Exception
            told = explain(error)
            if told is None or os.environ.get("HANJI_TRACEBACK"):
                raise
            raise _stop(told, 2) from error

    return wrapped


OS_ERROR = re.compile(r"\(os error (\d+)\)")  # in the words of libraries in Rust, whose errors are no OSError


def explain(error: BaseException) -> str | None:
    """An error outside the program as a paragraph; None for an error of the program."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return str(cause)
        cause = cause.__cause__
    if type(error).__name__ == "CheckpointException":  # torch's: what failed on each rank
        told_by_rank = (explain(failed) for failed, _ in getattr(error, "failures", {}).values())
        return next(filter(None, told_by_rank), None)
    if isinstance(error, BrokenPipeError):  # closed by `| head`: the command line library ends without a message
        return None
    if told := unreachable(error) or unloadable(error):
        return told
    if not isinstance(error, OSError) and (found := OS_ERROR.search(str(error))):
        return explain_os_error(OSError(int(found[1]), os.strerror(int(found[1]))))
    return explain_os_error(error)


class Refused(typer.Exit):
    """Ends a command that could not do its work; `message` has been printed."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code)
        self.message = message


def _stop(message: str, code: int) -> Refused:
    told = Text("error: ", "bold red") if code == 2 else Text()
    _say(told.append(message, "default not bold"))
    return Refused(code, message)


def _say(text: Text) -> None:
    """Print, also with --quiet."""
    before, console.quiet = console.quiet, False
    console.print(text)
    console.quiet = before


def warn_of_unreadable(summary: dict[str, Any]) -> None:
    """Warn where half of the records, or more, could not be read: a damaged file, or one of another format."""
    lost = sum(summary["unreadable"].values())
    if lost and 2 * lost >= summary["records"]:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in summary["unreadable"].items())
        warn(f"{lost:,} of {summary['records']:,} records could not be read ({reasons}); see unreadable.jsonl.")


def warn(message: str) -> None:
    """Print a warning, yellow in a terminal; read alike with and without colour."""
    _say(Text("warning: ", "yellow").append(message, "default"))
