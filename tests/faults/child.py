"""Run a command in a forked process into which a fault is planted, and look at what it left."""

import errno
import hashlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.console import explain

# Audit events (PEP 578) of operations that change the disk. What Arrow writes by itself is between them.
CHANGES = {
    *("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate"),
    *("shutil.rmtree", "shutil.copyfile", "shutil.move"),
}
# A run hangs if it uses no processor time for so many seconds, or more than so many seconds in all (the first run in a
# new checkout compiles the kernels: 90). Wall time says nothing on a machine that others use too.
IDLE, BUSY = 60.0, 400.0
LOOK = 2.0  # seconds between two looks
VOLATILE = {"training.json": ("seconds", "corpus")}  # what differs between two runs that are equal


@dataclass(frozen=True)
class Outcome:
    """How a run ended: "done", "told" (a sentence), "killed", "traceback" or "hangs", with its words."""

    how: str
    words: str


def run(action: Callable[[], None], log: Path, plant: Callable[[], None] = lambda: None) -> Outcome:
    """Run `action` in a child process after `plant`; its output is appended to `log`."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os._exit(_inside(action, plant, log, writer))
    os.close(writer)
    words, used, since = b"", 0.0, time.monotonic()
    while True:
        if not select.select([reader], [], [], LOOK)[0]:
            if (now := processor_seconds(child)) > used:
                used, since = now, time.monotonic()
            if time.monotonic() - since < IDLE and used < BUSY:
                continue
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(reader)
            return Outcome("hangs", f"after {used:.0f} s of processor time: {words.decode(errors='replace')}")
        block = os.read(reader, 65536)
        if not block:
            break
        words += block
    os.close(reader)
    _, status = os.waitpid(child, 0)
    text = words.decode(errors="replace")
    if os.WIFSIGNALED(status):
        return Outcome("killed", text)
    return Outcome({0: "done", 2: "told", 130: "told"}.get(os.waitstatus_to_exitcode(status), "traceback"), text)


def processor_seconds(process: int) -> float:
    """Processor time that a process and its children that ended have used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _inside(action: Callable[[], None], plant: Callable[[], None], log: Path, writer: int) -> int:
    """What the command line makes of a command (pipelines/console.py), without its process."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.set_inheritable(writer, False)
    global _writer
    _writer = writer
    try:
        plant()
        action()
    except KeyboardInterrupt:
        return 130
    except BaseException as error:
        told = explain(error) or ("Not enough memory." if isinstance(error, MemoryError) else None)
        trace = "" if told else f"{type(error).__name__}: {error} at {_where(error)}"
        os.write(writer, (told or trace).encode(errors="replace"))
        return 2 if told else 1
    finally:
        sys.stdout.flush()
    return 0


_writer = -1


def _where(error: BaseException) -> str:
    import traceback

    root: BaseException = error.__cause__ or error
    frames = traceback.extract_tb(root.__traceback__)[-3:]
    return " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))


def at_change(number: int, under: Path, what: Callable[[], None]) -> Callable[[], None]:
    """A fault at the `number`th operation that changes something (those on files below `under` count)."""

    def plant() -> None:
        seen = 0

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal seen
            if not _changes(event, arguments, under):
                return
            seen += 1
            if seen == number:
                os.write(_writer, f"[{event} {str(arguments[0])[-80:]}] ".encode(errors="replace"))
                what()

        sys.addaudithook(hook)

    return plant


def count_changes(action: Callable[[], None], under: Path, log: Path) -> int:
    """How many operations of a run change something below `under`."""
    total = [0]

    def plant() -> None:
        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            total[0] += _changes(event, arguments, under)

        sys.addaudithook(hook)

    def counted() -> None:
        action()
        os.write(_writer, json.dumps(total[0]).encode())

    outcome = run(counted, log, plant)
    assert outcome.how == "done", outcome
    return int(outcome.words)


def _changes(event: str, arguments: tuple[Any, ...], under: Path) -> bool:
    if event == "open":
        path, mode = arguments[0], arguments[1]
        writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
    else:
        path, writes = (arguments[0] if arguments else ""), event in CHANGES
    return writes and isinstance(path, str | os.PathLike) and str(path).startswith(str(under))


def kill() -> None:
    """Die as by `kill -9`: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def terminate() -> None:
    """Die as a service manager ends a process."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(IDLE)


def refuse(number: int) -> Callable[[], None]:
    """The operation fails as the machine would fail it."""

    def fail() -> None:
        raise OSError(number, os.strerror(number), "planted")

    return fail


def interrupt() -> None:
    """Ctrl-C at this instant."""
    raise KeyboardInterrupt


def exhaust() -> None:
    """No memory is left."""
    raise MemoryError


EXCEPTIONS: dict[str, Callable[[], None]] = {
    "disk full": refuse(errno.ENOSPC),
    "denied": refuse(errno.EACCES),
    "read-only": refuse(errno.EROFS),
    "too many files": refuse(errno.EMFILE),
    "disk error": refuse(errno.EIO),
    "no memory": exhaust,
    "ctrl-c": interrupt,
}


def few_descriptors(number: int) -> Callable[[], None]:
    """Allow so few open files more than are open now."""

    def plant() -> None:
        open_now = len(os.listdir("/proc/self/fd"))
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + number, open_now + number))

    return plant


def small_files(size: int) -> Callable[[], None]:
    """No file may grow beyond so many bytes: the write fails like one on a full disk, in whatever library it
    happens."""

    def plant() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return plant


def tree(out: Path, volatile: Sequence[str] = ()) -> dict[str, str]:
    """SHA-256 of each file of a result; files and figures that two equal runs differ in are left out."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out)
        ours = name.parts[0].startswith(".") or name.name == "task.json"
        if not path.is_file() or ours or {name.parts[0], name.name} & set(volatile):
            continue
        data = path.read_bytes()
        if name.name in VOLATILE:
            content = json.loads(data)
            data = json.dumps({key: content[key] for key in content if key not in VOLATILE[name.name]}).encode()
        found[name.as_posix()] = hashlib.sha256(data).hexdigest()
    return found


def leftovers(out: Path) -> list[str]:
    """Half-written names that a completed run must not leave."""
    return [str(path) for path in out.rglob(".*.tmp-*")]
