"""The whole build on real files: text per second and core, and how soon a second run starts working.

    python -m benchmarks.build

Builds the recipe `mini` from HANJI_MIRROR twice with one worker, each time into a new folder: first to compile and
cache every kernel, then measured. No other tool does the same job in one command, so there is no peer; single stages
are compared in the other benchmarks.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import command_line


def _build(out: Path) -> tuple[float, float, float]:
    """Seconds of wall time and of processor time for one build, and until its first part started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    command = [sys.executable, "-m", "pipelines.build_corpus", "--recipe", "mini", "--out", str(out), "--workers", "1"]
    # As for a user: a shell that forbids bytecode would compile Python's sources at each start (0.9 s).
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
    while not (out / ".work" / "read").exists() and process.poll() is None:
        time.sleep(0.01)
    at_work = time.monotonic() - start
    if process.wait():
        sys.exit(f"the build failed with {process.returncode}; run it alone to see why: {' '.join(command)}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - start, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, at_work


def main() -> None:
    """Print the table and, last, one JSON object."""
    command_line.parse(command_line.parser(__doc__))
    command_line.require("mirror", "the build reads the mirror's files")
    with tempfile.TemporaryDirectory() as folder:
        _build(Path(folder) / "compiled")
        wall, processor, at_work = _build(Path(folder) / "measured")
        total = json.loads((Path(folder) / "measured" / "stats.json").read_text(encoding="utf-8"))["total"]
    megabytes = total["read"]["bytes_in"] / 1e6
    table = Table("", "value", title="build_corpus --recipe mini, one worker, kernels compiled")
    table.add_row("text read", f"{megabytes:.1f} MB, {total['read']['in']:,} records")
    table.add_row("wall time", f"{wall:.1f} s = {megabytes / wall:.1f} MB/s")
    table.add_row("processor time", f"{processor:.1f} s = {megabytes / processor:.1f} MB/s per core")
    table.add_row("until the first part starts", f"{at_work:.2f} s")
    Console().print(table)
    result = {"mb_s_core": megabytes / processor, "mb_s_wall": megabytes / wall, "start_s": at_work}
    print(json.dumps({key: round(value, 2) for key, value in result.items()}))


if __name__ == "__main__":
    main()
