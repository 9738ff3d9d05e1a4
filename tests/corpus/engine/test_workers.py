"""Worker processes: forks of one server that has loaded modules and kernels once, with their parent's environment."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

import corpus.prepare  # noqa: F401  # what the workers shall find loaded
from corpus.engine import workers
from corpus.engine.local import LocalEngine
from corpus.engine.ready import load_compiled
from corpus.kernels.hashing import mix_all

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are spawned on this system, not forked")
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    mix_all(np.zeros(1, np.uint64))  # compiled, at the latest now
    workers.restart()  # the server of another test may have begun before
    with LocalEngine(2) as engine:
        yield engine


def look(item: int) -> dict[str, Any]:
    """What a worker has before its first task."""
    return {
        "server": os.getppid(),
        "prepared": "corpus.prepare" in sys.modules and "corpus.engine.ready" in sys.modules,
        "signatures": mix_all.signatures,
        "misses": dict(mix_all.stats.cache_misses),
        "interrupts": signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "variable": os.environ.get("HANJI_TEST_OF_WORKERS"),
    }


def test_workers_share_a_server_that_has_loaded_modules_and_kernels(engine: LocalEngine) -> None:
    seen = list(engine.map(look, range(4)))
    assert {each["server"] for each in seen} == {workers._servers[os.getpid()]._forkserver_pid}
    for each in seen:
        assert each["prepared"]
        assert each["signatures"] == mix_all.signatures
        assert each["misses"] == {}, "compiled in the worker"


def test_a_worker_has_its_parents_environment_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("한지", None, "2"):
        monkeypatch.delenv("HANJI_TEST_OF_WORKERS", raising=False)
        if value is not None:
            monkeypatch.setenv("HANJI_TEST_OF_WORKERS", value)
        with LocalEngine(2) as engine:
            assert {each["variable"] for each in engine.map(look, range(2))} == {value}


def test_ctrl_c_is_the_parents_alone(engine: LocalEngine) -> None:
    """A worker that sees it prints a traceback; the parent ends its workers."""
    assert all(each["interrupts"] for each in engine.map(look, range(2)))
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_kernels_are_loaded_not_compiled() -> None:
    signatures, misses = list(mix_all.signatures), dict(mix_all.stats.cache_misses)
    assert load_compiled() >= 1
    assert (list(mix_all.signatures), dict(mix_all.stats.cache_misses)) == (signatures, misses)


def test_where_a_server_cannot_start_workers_are_spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr(workers, "_servers", {})
    monkeypatch.setattr("multiprocessing.connection.arbitrary_address", refuse)
    assert workers.start_method().get_start_method() == "spawn"
    workers.restart()  # of nothing
    with LocalEngine(2) as engine:
        assert list(engine.map(abs, [-1, -2])) == [1, 2]


FORKED = """
import os, sys, time
import numpy as np
from corpus.engine.local import LocalEngine
from corpus.kernels.hashing import mix_all

def spend(item):
    assert mix_all.signatures, "not loaded before the first task"
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass
    return os.getppid()

if __name__ == "__main__":
    mix_all(np.zeros(1, np.uint64))
    with LocalEngine(2) as engine:
        mine = set(engine.map(spend, [1, 2]))
    child = os.fork()
    if child == 0:
        with LocalEngine(2) as engine:
            theirs = set(engine.map(spend, [1, 2]))
        sys.exit(0 if len(theirs) == 1 and theirs != mine else 1)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_program_has_a_server_of_its_own_and_all_processor_time_counts(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(FORKED)
    time = "import resource, subprocess, sys; code = subprocess.call([sys.executable, 'program.py'])"
    time += "; print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime)"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", time], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stderr == ""
    code, seconds = done.stdout.split()
    assert (code, float(seconds) > 2.0) == ("0", True)


LOADING = """
import os, signal, threading
import corpus.prepare  # what the server has to load
from corpus.engine import workers
from corpus.engine.local import LocalEngine

def interrupted():
    server = begun()
    workers._server = begun
    threading.Timer(0.2, lambda: os.killpg(0, signal.SIGINT)).start()  # main waits for its first worker by then
    return server

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    begun, workers._server = workers._server, interrupted
    try:
        with LocalEngine(2) as engine:
            print(list(engine.map(abs, [-1])))
    except KeyboardInterrupt:
        try:
            os.killpg(0, signal.SIGINT)
            threading.Event().wait(60)
        except KeyboardInterrupt:
            print("interrupted twice")
"""


def test_an_interrupt_while_the_server_loads_leaves_no_traceback_and_no_process(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(LOADING)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(
        [sys.executable, "program.py"], cwd=tmp_path, env=environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    told, errors = started.communicate()  # until each process of the session has closed them
    assert (told, errors, started.returncode) == ("interrupted twice\n", "", 0)


def test_folders_of_sockets_of_killed_processes_are_removed(tmp_path: Path) -> None:
    """`kill -9` leaves one, which the next run removes; not one that is in use, new, or of another name."""
    killed = (
        "import os, signal\nfrom corpus.engine.workers import _own_sockets\n"
        "_own_sockets()\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    sweeps = "from corpus.engine.workers import _own_sockets\n_own_sockets()\n"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", killed], cwd=ROOT, env=environment, check=False)
    first, second = sorted(tmp_path.iterdir())
    other = tmp_path / "pymp-other"
    other.mkdir()
    in_use = tmp_path / f"{workers.SOCKETS}in-use"
    in_use.mkdir()
    (first / "listener-x").write_text("")
    for folder in (first, other, in_use):
        os.utime(folder, (0, 0))
    handle = os.open(in_use, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        subprocess.run([sys.executable, "-c", sweeps], cwd=ROOT, env=environment, check=True)
    finally:
        os.close(handle)
    assert sorted(tmp_path.iterdir()) == sorted([second, other, in_use])


def test_no_folder_of_sockets_is_left() -> None:
    code = "from corpus.engine.local import LocalEngine\nif __name__ == '__main__':\n"
    code += "    with LocalEngine(2) as e: print(list(e.map(abs, [-1])))\n"
    with TemporaryDirectory(dir="/tmp") as folder:  # a path of a socket has at most 107 bytes
        environment = {**os.environ, "TMPDIR": folder}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout == "[1]\n"
        assert os.listdir(folder) == []
