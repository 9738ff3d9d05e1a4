"""Attacks between two runs, and on runs of several processes: what a campaign (campaign.py) does beside its own."""

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.child import Outcome, at_change, kill, tree
from tests.faults.commands import LINES, write_texts

if TYPE_CHECKING:
    from tests.faults.campaign import Campaign

ROOT = Path(__file__).resolve().parents[2]
ENDS = 30.0  # seconds within which a run that was told to end must have ended, its workers too
JUMPS = {"a day ahead": 86_400, "ten years back": -315_360_000, "all at once": 0}


def clock(campaign: "Campaign") -> Iterator[tuple[str, str]]:
    """The clock jumps while a killed run waits for the next one, and over a finished folder."""
    for name, seconds in JUMPS.items():
        for state in ("killed", "finished"):
            begin(campaign, state)
            now = time.time()
            for path in campaign.out.rglob("*"):
                if path.is_file():
                    then = now if seconds == 0 else path.stat().st_mtime + seconds
                    os.utime(path, (then, then))
            yield f"{name}, {state}", campaign.completes()


def stale_work(campaign: "Campaign") -> Iterator[tuple[str, str]]:
    """A version of the program whose tasks have other versions was killed at work here."""

    def other_version(number: int) -> None:
        for name, module in list(sys.modules.items()):
            if name.split(".")[0] in ("corpus", "tokenizer", "model") and isinstance(
                getattr(module, "VERSION", None), int
            ):
                module.VERSION += 1000  # type: ignore[attr-defined]
        at_change(number, campaign.out, kill)()

    for number in campaign.points(campaign.changes):
        campaign.clean()
        campaign.run(campaign.out, partial(other_version, number))
        problem = campaign.completes()
        done = "is finished with other settings: versions." in problem  # killed after its end: a result that is refused
        yield f"killed at {number}", "" if done else problem


def changed_inputs(campaign: "Campaign") -> Iterator[tuple[str, str]]:
    """Inputs change while a killed run waits: the next run makes what a new folder would hold."""
    if campaign.name not in ("build_corpus", "dedup"):
        return
    kept = campaign.root / "kept"
    shutil.copytree(campaign.inputs.texts, kept, dirs_exist_ok=True)
    try:
        write_texts(campaign.inputs.texts, seed=2)
        fresh = campaign.root / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        assert campaign.run(fresh).how == "done"
        expected = tree(fresh, campaign.volatile)
        for number in campaign.points(campaign.changes):
            shutil.copytree(kept, campaign.inputs.texts, dirs_exist_ok=True)
            campaign.clean()
            campaign.run(campaign.out, at_change(number, campaign.out, kill))
            write_texts(campaign.inputs.texts, seed=2)
            again = campaign.run(campaign.out)
            same = again.how == "done" and tree(campaign.out, campaign.volatile) == expected
            finished = again.how == "told" and "finished with other settings" in again.words
            yield f"killed at {number}", "" if same or finished else f"{again.how}: {again.words[:300]}"
    finally:
        shutil.copytree(kept, campaign.inputs.texts, dirs_exist_ok=True)


def memory(campaign: "Campaign") -> Iterator[tuple[str, str]]:
    """Little memory beside what the process has already."""

    def allow(more: int) -> None:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + more, size + more))

    for megabytes in (1, 8, 64, 256):
        campaign.clean()
        ended = campaign.run(campaign.out, partial(allow, megabytes << 20))
        # LLVM ends the process where it finds no memory for a kernel
        yield f"{megabytes} MB more", campaign.completes() if ended.how == "killed" else campaign.judge(ended)


def processes(campaign: "Campaign") -> Iterator[tuple[str, str]]:
    """Two worker processes: one is killed, the whole group is, the parent alone is; Ctrl-C twice; SIGTERM."""
    if campaign.name not in LINES:
        return
    campaign.clean()
    begun = time.monotonic()
    code, words, _ = _attacked(campaign, lambda process: process.wait())
    seconds = time.monotonic() - begun
    yield "two workers", f"exit {code}: {words}" if code else campaign.compare(campaign.out)
    for attack in campaign.sample(ATTACKS):
        campaign.clean()
        wait = campaign.chance.uniform(0.2, 1.0) * seconds
        code, words, left = _attacked(campaign, partial(_after, wait, ATTACKS[attack]))
        problem = "a traceback" if "Traceback" in words and "error:" not in words else ""
        problem = problem or (f"{left} processes outlive it" if left else "")
        yield f"{attack} after {wait:.1f} s", (problem and f"{problem}: {words}") or campaign.completes()


def _attacked(campaign: "Campaign", attack: Callable[[subprocess.Popen[bytes]], object]) -> tuple[int, str, int]:
    """Exit code, last words, and how many processes of the group are left."""
    line = [sys.executable, "-m", *LINES[campaign.name](campaign.inputs, campaign.out)]
    with campaign.log.open("ab") as log:
        process = subprocess.Popen(line, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        attack(process)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(ENDS)
    end = time.monotonic() + ENDS
    while (left := _group(process.pid)) and time.monotonic() < end:
        time.sleep(0.1)
    for number in left:
        os.kill(number, signal.SIGKILL)
    process.wait()
    return process.returncode, campaign.log.read_text(errors="replace")[-600:], len(left)


def _after(seconds: float, attack: Callable[[subprocess.Popen[bytes]], None], process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    if process.poll() is None:
        attack(process)


def _group(leader: int) -> list[int]:
    """The living processes of a group."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
                if int(group) == leader and state != "Z":
                    found.append(int(folder.name))
    return found


def _kill_worker(process: subprocess.Popen[bytes]) -> None:
    workers = [number for number in _group(process.pid) if number != process.pid]
    if workers:
        os.kill(max(workers), signal.SIGKILL)


def _interrupt_twice(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGINT)
    time.sleep(0.5)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)


ATTACKS: dict[str, Callable[[subprocess.Popen[bytes]], None]] = {
    "one worker killed": _kill_worker,
    "the group killed": lambda process: os.killpg(process.pid, signal.SIGKILL),
    "the parent killed": lambda process: process.kill(),
    "SIGTERM": lambda process: process.terminate(),
    "Ctrl-C twice": _interrupt_twice,
}


def begin(campaign: "Campaign", state: str) -> Outcome | None:
    """An output folder in which a run was killed, or finished."""
    if state == "finished":
        campaign.copy()
        return None
    campaign.clean()
    return campaign.run(campaign.out, at_change(campaign.chance.randint(1, campaign.changes), campaign.out, kill))
