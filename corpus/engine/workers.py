"""Worker processes: how they start, what they may use, when they end.

On Linux they are forks of one server process. It starts with the first pool, imports what this process has imported and
loads the compiled kernels of those modules, so that this is done once and not by each worker: 2.7 s of processor time,
and the memory is shared. The server itself runs no task and has no thread but the idle ones of OpenBLAS and jemalloc,
which are safe to fork; a process that computes with Arrow and Numba is not. Elsewhere, and where a server cannot start,
each worker is spawned.
"""

import atexit
import ctypes
import io
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from importlib.abc import MetaPathFinder
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

OURS = ("corpus", "tokenizer", "model", "pipelines")  # whose modules the server imports
READY = "corpus.engine.ready"  # imported last
SOCKETS = "hanji-workers-"  # begins the names of folders for the server's socket
FRESH = 60.0  # seconds in which a folder of that name may not be locked yet


def start_method() -> BaseContext:
    """How this process starts its workers: a context for a pool."""
    if sys.platform == "linux":
        with suppress(OSError):  # no place for its socket: a long TMPDIR, a file system that has none, a full disk
            _server()
            return Forked()
    return multiprocessing.get_context("spawn")


if sys.platform == "linux":
    import fcntl
    from multiprocessing import popen_forkserver, process, reduction, resource_tracker, spawn, util
    from multiprocessing.context import ForkServerContext, set_spawning_popen
    from multiprocessing.forkserver import ForkServer, read_signed

    class Forked(ForkServerContext):
        """The standard library's fork server, but one of our own: a program that uses us may have started another."""

        @property
        def Process(self) -> type["ForkedProcess"]:  # type: ignore[override]  # noqa: N802  # the library's spelling
            return ForkedProcess

    class ForkedProcess(BaseProcess):
        """A process that our server forks."""

        _start_method = "forkserver"

        @staticmethod
        def _Popen(process: BaseProcess) -> "_ForkedPopen":  # noqa: N802
            return _ForkedPopen(process)

    class _ForkedPopen(popen_forkserver.Popen):
        _fds: list[int]

        def _launch(self, process: BaseProcess) -> None:
            """The library's own, with our server in place of its own."""
            buffer = io.BytesIO()
            set_spawning_popen(self)
            try:
                reduction.dump(spawn.get_preparation_data(process.name), buffer)
                reduction.dump(process, buffer)
            finally:
                set_spawning_popen(None)
            self.sentinel, write = _server().connect_to_new_process(self._fds)
            self.finalizer = util.Finalize(self, _close_files, (os.dup(write), self.sentinel))
            with open(write, "wb") as file:
                file.write(buffer.getbuffer())
            self.pid = read_signed(self.sentinel)

    def _close_files(*handles: int) -> None:
        for handle in handles:
            os.close(handle)

    _servers: dict[int, Any] = {}  # by process: what is forked from this one, by another program, has its own

    def _server() -> ForkServer:
        """The server of this process, running. It does not see Ctrl-C, nor do its forks: this process ends them."""
        if os.getpid() not in _servers:
            _own_sockets()
            _servers[os.getpid()] = ForkServer()
            atexit.register(_end)
        server = _servers[os.getpid()]
        server.set_forkserver_preload([*(name for name in sys.modules if name.partition(".")[0] in OURS), READY])
        resource_tracker.ensure_running()  # the server would start it, and it unblocks signals that were blocked
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            server.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return server

    def _own_sockets() -> None:
        """Give the library a folder for its sockets, and remove those of processes that were killed (`kill -9`), which
        nothing else removes. A folder is locked by its process, and by what that forks."""
        config = process.current_process()._config  # type: ignore[attr-defined]
        if config.get("tempdir") is None:
            folder = Path(tempfile.mkdtemp(prefix=SOCKETS))
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_SH)
            config["tempdir"] = str(folder)
            util.Finalize(None, shutil.rmtree, args=(folder, True), exitpriority=-100)  # as the library removes its own
        for folder in Path(tempfile.gettempdir()).glob(f"{SOCKETS}*"):
            with suppress(OSError):  # somebody else's, or in use, or another process removes it
                if folder.stat().st_mtime < time.time() - FRESH:
                    handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
                    try:
                        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        shutil.rmtree(folder)
                    finally:
                        os.close(handle)

    def restart() -> None:
        """End the server, which has no workers any more, also while it still loads, and wait for it, so that its
        processor time and theirs count as this process'. The next pool begins with another."""
        server = _servers.pop(os.getpid(), None)
        if server is not None and server._forkserver_pid is not None:
            os.kill(server._forkserver_pid, signal.SIGKILL)
            server._stop()

    def _end() -> None:
        """At exit: an interrupt has nothing left to stop."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        restart()

else:

    def restart() -> None:
        """Nothing: a spawned worker has no server."""


def begin_worker(environment: dict[str, str]) -> None:
    """Give the worker its parent's environment of today, limit it to one core, and end it with its parent, which
    cannot stop it when it is killed (`kill -9`)."""
    if environment != os.environ:
        os.environ.clear()
        os.environ.update(environment)
    single_core()
    parent: Any = multiprocessing.parent_process()

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def single_core() -> None:
    """Limit Arrow to one thread: each task uses one core."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    own_process()


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
KEPT = 1 << 30


def own_process() -> None:
    """Make this process fit for tasks. For processes of ours alone: workers and commands, not the process of a user's
    own program.

    It keeps the memory that it frees, for its next batch. Tasks allocate and free some tens of megabytes for each
    batch. glibc and Arrow's own allocator give them back, and the kernel clears every page again: a third to a half of
    the system time of a build. The peak of 53 MB of text is 720 MB beside 680 to 724. Other C libraries have no
    `mallopt`, and keep their habits.

    Arrow does not load pandas: its first `pa.array` of a list would, to see whether the list is a Series, 0.4 s of each
    process. What asks for a data frame later still gets one.
    """
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    adjust = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if adjust is not None:
        adjust(M_TRIM_THRESHOLD, KEPT)
        adjust(M_MMAP_THRESHOLD, KEPT)
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas(MetaPathFinder):
    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not needed here", name=name)
