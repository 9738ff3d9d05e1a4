"""All measurements that need a GPU, as stages with limits of their own.

    python -m benchmarks.gpu [--out DIR] [--data PACKED]   everything, the most important first: at most 570 s
    python -m benchmarks.gpu --call 1                      ceilings, speed, tests/gpu, the commands: at most 420 s
    python -m benchmarks.gpu --call 2 --data PACKED        learning curves at equal data, scores: at most 330 s
    python -m benchmarks.gpu --rehearse                    small sizes on a CPU: tests the code, measures nothing

Each stage is a process that is killed at its limit; a stage that fails does not stop the others. Stages that measure
times run one after the other; the others run beside them, and are stopped while one of them measures. OUT/gpu.json
(with --call N: gpu-N.json) is written again after every stage and printed at the end; OUT contains at most six files
(the JSON, the log, the picture of the curves); everything else is written to a temporary folder. PACKED is a part of
packed data that `python -m benchmarks.gpu.rows` makes; without it small made-up text is packed. The machine needs
Python 3.12, torch 2.11 or later, the base install and pytest, and no network; transformers for a peer, torchao for fp8,
flash-attn-3 for the fastest attention, and lm-eval with --mirror for KOBEST.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import command_line
from benchmarks.gpu.running import Others, run_lanes, run_stage
from benchmarks.gpu.stages import LIMITS, Stage, stages
from benchmarks.gpu.summary import draw_curves, summary
from corpus.engine.task import write_json
from tests.model.packed_data import write_packed

REHEARSAL = 900.0  # seconds of a stage


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--call", type=int, choices=sorted(LIMITS), default=0, help="0: both in one")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "runs/gpu")))
    parser.add_argument("--data", type=Path, help="packed data of the curves; synthetic if not given")
    parser.add_argument("--tokens", type=float, default=17e6, help="of each curve")
    parser.add_argument("--mirror", type=Path, default=command_line.from_environment("mirror"), help="KOBEST's data")
    parser.add_argument("--rehearse", action="store_true", help="small sizes on a CPU; the figures mean nothing")
    parser.add_argument("--seconds", type=float, help="limit of the call")
    parser.add_argument("--only", help="stages whose name contains this regular expression")
    given = command_line.parse(parser)
    begin, device = time.monotonic(), "cpu" if given.rehearse else "cuda"
    given.out.mkdir(parents=True, exist_ok=True)
    title = f"gpu-{given.call}" if given.call else "gpu"
    log, path = given.out / f"{title}.txt", given.out / f"{title}.json"
    log.write_text("", encoding="utf-8")
    found: dict[str, Any] = {}
    record = {"call": given.call, "rehearsal": given.rehearse, "commit": _commit(), "stages": found}
    with tempfile.TemporaryDirectory() as scratch:
        if given.data is None:
            write_packed(Path(scratch) / "data", documents=2000)
        wanted = stages(given.call, Path(scratch), given.data, given.mirror, given.rehearse, given.tokens)
        chosen = [stage for stage in wanted if not given.only or re.search(given.only, stage.name)]

        def tell(name: str, result: dict[str, Any]) -> None:
            found[name] = result
            print(f"{name:<22}{json.dumps(result, ensure_ascii=False)[:200]}", file=sys.stderr, flush=True)
            write_json(path, record | {"summary": summary(found)})

        run_lanes(chosen, lambda stage, others: _within(stage, log, begin, given, device, others), tell, Path(scratch))
    curves = {key.removeprefix("curve "): value["figures"] for key, value in found.items() if _is_curve(key, value)}
    if curves:
        draw_curves(curves, given.out / f"{title}-curves.svg")
    print(json.dumps(record | {"summary": summary(found)}, ensure_ascii=False))
    if failed := [name for name, result in found.items() if "failed" in result]:
        sys.exit(f"error: failed: {', '.join(failed)}; see {log}")


def _within(stage: Stage, log: Path, begin: float, given: Any, device: str, others: Others | None) -> dict[str, Any]:
    """Run a stage within what is left of the call; a rehearsal has no limit but that of a stage."""
    if given.rehearse and stage.gpu:
        return {"left out": "needs a GPU"}
    if given.rehearse:
        return run_stage(stage, log, REHEARSAL, device, others)
    left = (given.seconds or LIMITS[given.call]) - (time.monotonic() - begin)
    if left < 10 or (not stage.needed and left < stage.limit):
        return {"left out": "no time"}
    return run_stage(stage, log, min(stage.limit, left), device, others)


def _is_curve(name: str, result: Mapping[str, Any]) -> bool:
    return name.startswith("curve ") and bool(result.get("figures", {}).get("points"))


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
