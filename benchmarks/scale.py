"""The whole build as the corpus grows, with one and two workers, local and on Ray: speed, memory, time by stage.

    python -m benchmarks.scale [--sizes 50,100,200,400] [--folder DIR] [--no-ray]

The texts are those of the mirror, repeated with salt: in each repetition every word but the most frequent ones is
replaced by another of similar frequency, so that a repetition has the language, the lines and the quality of the
original, and is no copy of it. Every stage runs, as in the recipe mini (with its test sets). Sizes are MB of text; each
build is a command of its own with a new folder, and the kernels are compiled before.

Seconds of processor time are those of all processes of a build; memory is the largest anonymous memory (RssAnon) that
one process had, looked at 20 times a second. "exponent" is the slope of processor time over size in logarithms: 1 is
linear. "speedup_2" compares wall time, which says something only on an idle machine; "speedup_2_processor" compares the
processor time of one worker with that of the main process plus the busier of two workers, whatever else the machine
does: what wall time would be without waiting. "disk" is the largest size of the output folder by that of the text.
"ray_overhead" compares processor time with one worker. "identical" says that all builds of a size published the same
bytes.
"""

import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import command_line
from benchmarks.texts import texts
from corpus.engine.task import file_sha256

FILE = 8_000_000  # bytes of text in a file of the input: one task
FREQUENT = 300  # words that stay: what tells the language and sentences
ALIKE = 64  # words next to each other by frequency that change places
WORD = re.compile(r"[가-힣]{2,}|[A-Za-z]{3,}")
TICKS = os.sysconf("SC_CLK_TCK")
STAGE = re.compile(r"^(?P<stage>[\w: -]+?): \d+ of \d+.*, (?P<seconds>[\d.]+) s$", re.MULTILINE)
RECIPE = """name = "scale"
[[sources]]
name = "local"
files = ["{folder}/*.jsonl"]
license = "CC0-1.0"
[contamination]
sets = ["kobest", "klue", "english"]
[spans]
containment = "report"
"""


def salted(documents: list[str], repetition: int) -> Iterator[str]:
    """The documents with words changed for words of similar frequency; as they are in repetition 0."""
    if not repetition:
        yield from documents
        return
    counts = Counter(chain.from_iterable(map(WORD.findall, documents)))
    by_script: dict[bool, list[str]] = {True: [], False: []}
    for word, _ in counts.most_common():
        by_script[word > "가"].append(word)
    draw = random.Random(repetition)
    other: dict[str, str] = {}
    for words in by_script.values():
        for start in range(FREQUENT, len(words), ALIKE):
            group = words[start : start + ALIKE]
            other.update(zip(group, draw.sample(group, len(group)), strict=True))
    for text in documents:
        yield WORD.sub(lambda found: other.get(found[0], found[0]), text)


def write_texts(folder: Path, megabytes: int, documents: list[str]) -> float:
    """JSON lines with so much text, in files of 8 MB; returns the bytes of text."""
    folder.mkdir(parents=True)
    written = repetition = 0
    lines: list[str] = []
    held = number = 0

    def flush() -> None:
        nonlocal held, number
        (folder / f"{number:05d}.jsonl").write_text("".join(lines), encoding="utf-8")
        lines.clear()
        held, number = 0, number + 1

    while written < megabytes * 1e6:
        for text in salted(documents, repetition):
            size = len(text.encode())
            lines.append(json.dumps({"text": text}, ensure_ascii=False) + "\n")
            written, held = written + size, held + size
            if held >= FILE:
                flush()
            if written >= megabytes * 1e6:
                break
        repetition += 1
    if lines:
        flush()
    return written


class Watch:
    """What the processes of a session use while it runs: the most anonymous memory of one process, processor seconds of
    all, and the largest size of a folder.

    A session, because the workers of Ray are not children of the command.
    """

    def __init__(self, session: int, folder: Path) -> None:
        self.session, self.folder, self.memory, self.disk = session, folder, 0, 0
        self._seconds: dict[int, float] = {}  # of each process, as last seen
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    @property
    def processor(self) -> float:
        return sum(self._seconds.values())

    @property
    def longest(self) -> float:
        """Processor seconds of the command's own process, whose steps nobody shares, and of the busiest other one."""
        mine = self._seconds.get(self.session, 0.0)
        return mine + max((seconds for number, seconds in self._seconds.items() if number != self.session), default=0.0)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        turn = 0
        while not self._stop.wait(0.05):
            for process in filter(str.isdigit, os.listdir("/proc")):
                try:
                    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self.session:
                        self._seconds[int(process)] = (int(fields[11]) + int(fields[12])) / TICKS
                        self.memory = max(self.memory, _anonymous(process))
                except OSError:  # it has ended
                    continue
            turn += 1
            if turn % 10 == 0:
                self.disk = max(self.disk, _size(self.folder))


def _anonymous(process: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon")), 0)


def _size(folder: Path) -> int:
    seen: dict[int, int] = {}  # a hard link is stored once
    for base, _, names in os.walk(folder):
        for name in names:
            try:
                found = os.lstat(os.path.join(base, name))
            except OSError:
                continue
            seen[found.st_ino] = found.st_blocks * 512
    return sum(seen.values())


def build(recipe: Path, out: Path, workers: int, engine: str, size: float) -> dict[str, Any]:
    """One build: its figures and the hashes of what it published."""
    arguments = ["--recipe", str(recipe), "--out", str(out), "--workers", str(workers), "--engine", engine]
    if engine == "ray":
        arguments += ["--ray-address", "local"]
    started = time.monotonic()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.build_corpus", *arguments], stderr=log, start_new_session=True
        )
        with Watch(process.pid, out) as watch:
            failed = process.wait()
        log.seek(0)
        told = log.read()
    if failed:
        sys.exit(f"the build failed:\n{told[-2000:]}")
    wall = time.monotonic() - started
    return {
        "size": size,
        "engine": engine,
        "workers": workers,
        "wall": wall,
        "processor": watch.processor,
        "longest": watch.longest,
        "memory": watch.memory,
        "disk": max(watch.disk, _size(out)) / size,
        "stages": {found["stage"]: float(found["seconds"]) for found in STAGE.finditer(told)},
        "hashes": _published(out),
    }


def _published(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): file_sha256(path)
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".work" not in path.relative_to(out).parts and path.suffix != ".json"
    }


def main() -> None:
    """Print a table and, last, one JSON object."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--sizes", default="50,100,200,400")
    parser.add_argument("--folder", type=Path, help="for inputs and outputs; default: a temporary folder")
    parser.add_argument("--no-ray", dest="ray", action="store_false")
    options = command_line.parse(parser)
    command_line.require("mirror", "the build reads the mirror's texts")
    sizes = [int(size) for size in options.sizes.split(",")]
    documents = [text for kind in ("ko", "en", "mixed") for text in texts(kind)]
    random.Random(0).shuffle(documents)
    runs = [(1, "local"), (2, "local"), *([(1, "ray"), (2, "ray")] if options.ray else [])]
    results: list[dict[str, Any]] = []
    same = True
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        for size in sizes:
            folder = Path(scratch) / str(size)
            written = write_texts(folder / "in", size, documents)
            recipe = folder / "recipe.toml"
            recipe.write_text(RECIPE.format(folder=folder / "in"), encoding="utf-8")
            if not results:
                build(recipe, folder / "compiled", 1, "local", written)  # compiles what this machine has not yet
            mine = [build(recipe, folder / f"{engine}-{workers}", workers, engine, written) for workers, engine in runs]
            same = same and all(run["hashes"] == mine[0]["hashes"] for run in mine)
            results += mine
            shutil.rmtree(folder)
    show(results)
    print(json.dumps(summary(results, same)))


def show(results: list[dict[str, Any]]) -> None:
    """The builds, and what share of the last local one with one worker each stage takes."""
    table = Table("text", "engine", "workers", "wall", "MB/s", "processor time", "MB/s a core", "memory", "disk")
    for run in results:
        megabytes = run["size"] / 1e6
        table.add_row(
            f"{megabytes:.0f} MB", run["engine"], str(run["workers"]), f"{run['wall']:.1f} s",
            f"{megabytes / run['wall']:.1f}", f"{run['processor']:.1f} s", f"{megabytes / run['processor']:.1f}",
            f"{run['memory'] / 1e6:.0f} MB", f"{run['disk']:.2f} ×",
        )  # fmt: skip
    last = [run for run in results if (run["engine"], run["workers"]) == ("local", 1)][-1]
    total = sum(last["stages"].values())
    stages = Table("stage", "seconds", "share", title=f"{last['size'] / 1e6:.0f} MB, local, one worker")
    for stage, seconds in last["stages"].items():
        stages.add_row(stage, f"{seconds:.1f}", f"{seconds / total:.0%}")
    console = Console(width=120)
    console.print(table)
    console.print(stages)


def summary(results: list[dict[str, Any]], same: bool) -> dict[str, Any]:
    """The JSON object of the last line."""
    one = [run for run in results if (run["engine"], run["workers"]) == ("local", 1)]
    two = [run for run in results if (run["engine"], run["workers"]) == ("local", 2)]
    ray = [run for run in results if (run["engine"], run["workers"]) == ("ray", 1)]
    first, last = one[0], one[-1]
    growth = (
        math.log(last["processor"] / first["processor"]) / math.log(last["size"] / first["size"])
        if len(one) > 1
        else None
    )
    return {
        "speedup_2": round(last["wall"] / two[-1]["wall"], 2),
        "speedup_2_processor": round(last["processor"] / two[-1]["longest"], 2),
        "exponent": None if growth is None else round(growth, 3),
        "rss_mb": round(max(run["memory"] for run in results) / 1e6),
        "ray_overhead": round(ray[-1]["processor"] / last["processor"] - 1, 3) if ray else None,
        "identical": same,
        "mb_s_core": round(last["size"] / 1e6 / last["processor"], 1),
        "disk": round(max(run["disk"] for run in results), 2),
    }


if __name__ == "__main__":
    main()
