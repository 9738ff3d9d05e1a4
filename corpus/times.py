"""The time of each step of a build: OUT/.work/times.json and times.html.

The finished corpus is equal byte for byte however it was made, so that times are no part of it; they stay in the work
folder, with what a rerun needs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpus.engine.local import Engine
from corpus.engine.stopwatch import Stopwatch
from corpus.engine.task import read_json, write_json
from corpus.html import write_page
from corpus.quantities import megabytes
from corpus.report import figure, stages

TIMES = "times.json"
UNFINISHED = "times-unfinished.json"  # of runs that were interrupted
PAGE = "times.html"
# Step of corpus/build.py → the line of corpus.report.stages with the text that it reads; None: the bytes of its tasks.
STEPS: dict[str, int | None] = {
    "download": None,
    "read": 0,
    "boilerplate and test items": 1,
    "clean": 1,
    "match": 2,
    "trim": 3,
    "write": 4,
    "report": 4,
}


def watched(engine: Engine, work: Path) -> Stopwatch:
    """A stopwatch that goes on from the interrupted runs of the build in this work folder."""
    return Stopwatch(engine, work / UNFINISHED)


def describe_times(watch: Stopwatch, total: Mapping[str, Any], workers: int) -> dict[str, Any]:
    """{"seconds", "runs", "workers", "steps": [{"step", "seconds", "share" of all seconds, "tasks", "already_done" of
    them, "text": bytes that the step reads, "megabytes_per_second"}]}.

    Seconds are those of this run and of the interrupted ones before it (`runs` together), with the work that was lost
    by an interruption. `already_done`: tasks that a finished build before them had done. `total`: the books of all
    sources together. Speeds are of the part that these runs did: text × share of the tasks' weight that is new /
    seconds; None for a step without tasks of its own, or all of whose tasks were done before.
    """
    text = [bytes for _, _, bytes in stages(total)]
    all_seconds, laps = watch.seconds, watch.total
    steps = []
    for step, line in STEPS.items():
        if step in laps:
            lap = laps[step]
            read = lap.weight if line is None else text[line]
            fast = lap.fresh > 0 and lap.seconds > 0
            steps.append(
                {
                    "step": step,
                    "seconds": round(lap.seconds, 2),
                    "share": round(lap.seconds / all_seconds, 4),
                    "tasks": lap.tasks,
                    "already_done": lap.known,
                    "text": read,
                    "megabytes_per_second": round(read * lap.fresh / lap.seconds / 1e6, 4) if fast else None,
                }
            )
    return {"seconds": round(all_seconds, 2), "runs": watch.runs, "workers": workers, "steps": steps}


def write_times(work: Path, name: str, times: Mapping[str, Any]) -> None:
    """Write both files to the work folder of the corpus `name`."""
    write_json(work / TIMES, times)
    filters: dict[str, Any] = {
        "bytes": megabytes,
        "count": lambda n: f"{n:,}",
        "figure": figure,
    }
    write_page(work / PAGE, "corpus", "times.html", filters, name=name, **times)


def read_times(work: Path) -> dict[str, Any] | None:
    """The times of the runs that made a corpus; None where the work folder is gone."""
    return read_json(work / TIMES) if (work / TIMES).is_file() else None
