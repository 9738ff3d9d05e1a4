"""The exception with messages for the user, and explanations of the operating system's errors."""

import difflib
import errno
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit


class UserError(Exception):
    """An error that the user can fix.

    The message is one paragraph: which file, row or key; what was found; what was expected; what to do. Commands print
    only the message and exit with 2; a traceback means an error of the program.
    """


def first_line(error: BaseException | str) -> str:
    """The first line of an error's message that is not empty, or of a program's output; the name of the error's class
    where it has no message."""
    lines = (line.strip() for line in str(error).splitlines())
    return next(filter(None, lines), type(error).__name__ if isinstance(error, BaseException) else "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ " Did you mean min_words?", with a space in front, or nothing where no known name is near."""
    near = difflib.get_close_matches(word, list(known), 1)
    return f" Did you mean {near[0]}?" if near else ""


class DamagedError(UserError, ValueError):
    """A file that a command wrote and that has changed since."""


MAKE_AGAIN = "Delete it, and run the command that made it again."
GET_AGAIN = "Get the dataset again, or save it again with `datasets`."
RESUME = "Nothing half-written was kept; run the same command again, and it continues where it stopped."
ADVICE = {
    errno.ENOSPC: ("no space left on the disk", "Free some space."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space, or ask for more."),
    errno.EACCES: ("no permission", "Change the permissions of the file or folder, or name another one."),
    errno.EPERM: ("no permission", "Change the permissions of the file or folder, or name another one."),
    errno.EROFS: ("the disk is read-only", "Name a folder on another disk."),
    errno.EMFILE: ("too many open files", "Allow more with `ulimit -n 4096`, or use fewer --workers."),
    errno.ENFILE: ("too many open files on this machine", "Close other programs, or use fewer --workers."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter one."),
    errno.EIO: (
        "the disk could not read or write it",
        "The disk may be failing; check it, or name a folder on another one.",
    ),
    errno.ENOMEM: ("not enough memory", "Use fewer --workers."),
    errno.EISDIR: ("it is a folder", "Name a file."),
    errno.ENOTDIR: ("a part of this path is a file", "Name a path whose parts are folders."),
    errno.EEXIST: ("a file or a broken link has this name", "Name another one."),
    errno.ELOOP: ("symbolic links lead in a circle", "Remove the link, or name what it should lead to."),
    errno.ENOENT: ("no such file or folder", "It was moved or removed while the command ran, or never was there."),
}

CIRCLE = re.compile(r"Symlink loop from '(.*)'")  # of pathlib, before Python 3.13
ARROW_FILE = re.compile(r"local file '(.*)'")  # Arrow's errors name the file in their words only
# NumPy's messages for an incomplete write, which has no error number.
CUT_SHORT = re.compile(r"\d+ requested and \d+ written|Not enough free space")


def explain_os_error(error: BaseException) -> str | None:
    """An error of the operating system as a paragraph: which file, why, and what to do; None for other errors."""
    if isinstance(error, RuntimeError) and (circle := CIRCLE.fullmatch(str(error))):
        error = OSError(errno.ELOOP, "", circle[1])
    if not isinstance(error, OSError):
        return None
    number = error.errno or (errno.ENOSPC if CUT_SHORT.search(str(error)) else None)
    if number is None:
        return None
    reason, advice = ADVICE.get(number, (error.strerror or str(error), ""))
    found = ARROW_FILE.search(str(error))
    filename = found[1] if error.filename is None and found else error.filename
    if filename is None and number == errno.ENOENT and not _has_place():
        return "The folder in which this command was started no longer exists. Change to another one and run it there."
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        advice = _cache_advice(filename) or advice
    where = f"{filename}: " if filename is not None else ""
    return " ".join(part for part in (f"{where}{reason}.", advice, RESUME) if part)


def _has_place() -> bool:
    """Whether the folder in which this process runs is still there."""
    try:
        return bool(os.getcwd())
    except FileNotFoundError:
        return False


def _cache_advice(path: object) -> str:
    """How to move a cache that no option of a command names; empty for other files."""
    if not isinstance(path, str | bytes):
        return ""
    place, base = Path(os.fsdecode(path)), Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    caches = {"HF_HOME": Path(os.environ.get("HF_HOME") or base / "huggingface"), "XDG_CACHE_HOME": base / "hanji"}
    for name, cache in caches.items():
        if place.is_relative_to(cache) or (cache.is_relative_to(place) and not place.exists()):
            return f"A cache belongs there: set {name} to a folder that can be written to."
    return ""


# What the loader of shared libraries, and llvmlite, say where there is no memory for a library.
NOT_LOADED = re.compile(r"failed to map segment|annot allocate memory|Could not find/load shared object")


def is_utf8(text: str) -> bool:
    """Whether a name or an argument from outside was UTF-8: Python keeps other bytes as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def require_utf8_names(paths: Iterable[Path | str]) -> None:
    """Raise UserError for the first name that is not UTF-8, as in archives of Korean Windows: neither Arrow nor
    JSON can hold it."""
    for path in paths:
        if not is_utf8(str(path)):
            raise UserError(
                f"{os.fsencode(path)!r}: the name of this file is not UTF-8. Rename it; names from Korean Windows with"
                " `convmv -f cp949 -t utf8 --notest FILE`."
            )


def leaves(name: str) -> bool:
    """Whether a file's name from outside is not that of something below a folder: empty, absolute, or with a ".."."""
    return not name or "\0" in name or name.startswith("/") or ".." in name.split("/")


def require_folder(path: Path) -> None:
    """Raise UserError where there is no such folder."""
    if not path.is_dir():
        raise UserError(f"{path}: {'a file, not a folder' if path.exists() else 'no such folder'}.")


def require_file(path: Path) -> None:
    """Raise UserError for a pipe or a device, from which reading may wait or go on for ever. Nothing is said of a path
    where nothing is: whoever opens it is told."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise UserError(f"{path}: a pipe or a device, not a file. Put a file there, or name another one.")


def unloadable(error: BaseException) -> str | None:
    """What to do if a library could not be loaded, as a paragraph; None if the error is another one.

    A library that needs another one may say that it is not installed (huggingface_hub of safetensors): the error
    before that says what happened.
    """
    told: BaseException | None = error
    while isinstance(told, ImportError | OSError) and not NOT_LOADED.search(str(told)):
        told = told.__cause__ or told.__context__
    if not isinstance(told, ImportError | OSError):
        return None
    return (
        f"A library could not be loaded: {first_line(told)}. There is not enough memory for it (see"
        f" `ulimit -v`), or its installation is damaged (see `hanji doctor`). {RESUME}"
    )


# Errors of httpx, requests and huggingface_hub for a host that did not answer. They are compared by name, so that the
# libraries need not be loaded.
UNREACHABLE = {
    "httpx.TransportError",
    "httpcore.NetworkError",
    "requests.ConnectionError",
    "requests.Timeout",
    "urllib3.HTTPError",
    "socket.gaierror",
    "huggingface_hub.OfflineModeIsEnabled",
    "huggingface_hub.LocalEntryNotFoundError",
    "datasets.OfflineModeIsEnabled",
}


def unreachable(error: BaseException) -> str | None:
    """What to do without a network, as a paragraph that names the host; None for other errors."""
    seen: BaseException | None = error
    while seen is not None:
        if {f"{kind.__module__.split('.')[0]}.{kind.__name__}" for kind in type(seen).__mro__} & UNREACHABLE:
            break
        if type(seen) is ConnectionError and seen.errno is None:  # of `datasets`, whose cause is cut off
            break
        seen = seen.__cause__ or seen.__context__
    if seen is None:
        return None
    known = vars(seen)  # httpx's property `request` raises where it is not set
    request = known.get("_request") or known.get("request")
    address = str(getattr(request, "url", None) or "")
    where = f"{urlsplit(address).hostname} cannot be reached (wanted: {address})" if address else first_line(seen)
    return (
        f"No network: {where.rstrip('.')}. Check the connection and run the same command again. For a machine"
        " without one, fetch the files with `hanji mirror --recipe NAME --out DIR` on another machine, and give"
        " that folder with --mirror DIR (or HANJI_MIRROR)."
    )
