"""Run stages in two lanes at the same time: those that measure times, one after the other, and the others, group by
group. While a stage measures, the processes of the others are stopped, so that it has the device alone."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.gpu.stages import Stage

MEASURING = "measuring"  # the file that a stage writes into the scratch folder while it measures
SETTLE = 1.0  # seconds until what stopped processes have started on the device is over
EACH_THREADS = "4"  # of the compiler, in stages that run beside others

Result = dict[str, Any]


@contextmanager
def alone(scratch: Path) -> Iterator[None]:
    """In a stage: the other stages are stopped in this block."""
    flag = scratch / MEASURING
    flag.touch()
    time.sleep(SETTLE)
    try:
        yield
    finally:
        flag.unlink(missing_ok=True)


class Others:
    """The process groups of stages that measure no times; stopped while the file `flag` is there."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag
        self._groups: set[int] = set()
        self._stopped = False
        self._lock = threading.Lock()
        self._done = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def add(self, group: int) -> None:
        with self._lock:
            self._groups.add(group)
            if self._stopped:
                os.killpg(group, signal.SIGSTOP)

    def remove(self, group: int) -> None:
        with self._lock:
            self._groups.discard(group)

    def close(self) -> None:
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            with self._lock:
                if self.flag.exists() == self._stopped:
                    continue
                self._stopped = not self._stopped
                for group in self._groups:
                    os.killpg(group, signal.SIGSTOP if self._stopped else signal.SIGCONT)


def run_stage(stage: Stage, log: Path, limit: float, device: str, others: Others | None = None) -> Result:
    """Run one stage; returns its figures (of one that is killed at its limit those that it had printed), its seconds,
    and its error if it failed."""
    begin = time.monotonic()
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    environment |= {"DEVICE": device, "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}
    command = list(stage.command)
    if stage.beside:
        environment["TORCHINDUCTOR_COMPILE_THREADS"] = EACH_THREADS
        command = ["nice", "-n", "10", *command]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )
    if stage.beside and others is not None:
        others.add(process.pid)
    try:
        output, errors = process.communicate(timeout=limit)
        failure = "" if process.returncode == 0 else f"exit code {process.returncode}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        failure = f"not done after {limit:.0f} s"
    finally:
        if others is not None:
            others.remove(process.pid)
            if not stage.beside:
                others.flag.unlink(missing_ok=True)  # of a stage that was killed while it measured
    with log.open("a", encoding="utf-8") as file:
        file.write(f"=== {stage.name}\n{output[-20_000:]}{errors[-20_000:]}\n")
    result: Result = {"seconds": round(time.monotonic() - begin, 1)}
    result |= {"failed": failure, "tail": (output + errors)[-400:]} if failure else {}
    figures = _last_json(output)
    return result | ({"figures": figures} if figures is not None else {})


def _last_json(text: str) -> Any:
    for line in reversed(text.split("\n")):
        if line.startswith("{") and line.endswith("}"):
            try:
                return json.loads(line)
            except json.JSONDecodeError:
                continue
    return None


def run_lanes(
    chosen: list[Stage], run: Callable[[Stage, Others], Result], tell: Callable[[str, Result], None], scratch: Path
) -> None:
    """Run all stages; `tell` is called with the name and the result of each, in one thread at a time."""
    others, lock = Others(scratch / MEASURING), threading.Lock()

    def one(stage: Stage) -> bool:
        result = run(stage, others)
        with lock:
            tell(stage.name, result)
        return "failed" in result

    def measured() -> None:
        for stage in chosen:
            if not stage.beside and one(stage) and stage.fallback is not None:
                one(stage.fallback)

    def beside() -> None:
        for number in sorted({stage.group for stage in chosen if stage.beside}):
            group = [stage for stage in chosen if stage.beside and stage.group == number]
            with ThreadPoolExecutor(len(group)) as pool:
                list(pool.map(one, group))

    try:
        with ThreadPoolExecutor(2) as pool:
            for lane in [pool.submit(measured), pool.submit(beside)]:
                lane.result()
    finally:
        others.close()
