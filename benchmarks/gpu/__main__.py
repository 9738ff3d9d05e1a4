"""All measurements that need a GPU, as stages with limits of their own.

    python -m benchmarks.gpu --call 1 [--out DIR]        ceilings, speed, tests/gpu, the commands: at most 420 s
    python -m benchmarks.gpu --call 2 --data PACKED      learning curves at equal FLOPs and data: at most 330 s
    python -m benchmarks.gpu --call 1 --rehearse         small sizes on a CPU: tests the code, measures nothing

Each stage is a process that is killed at its limit; a stage that fails does not stop the others. OUT/gpu-CALL.json is
written again after every stage, and OUT contains at most six files; everything else is written to a temporary folder.
The machine needs Python 3.12, torch 2.11 or later, the base install and pytest, and no network; transformers for its
contestants, torchao for fp8.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.engine.task import write_json

LIMITS = {1: 420.0, 2: 330.0}  # seconds of a call


@dataclass(frozen=True)
class Stage:
    """A command that prints its figures as the last line of its output, and its time limit in seconds."""

    name: str
    limit: float
    command: tuple[str, ...]
    needed: bool = True  # optional: left out when the time is used up


def stages(call: int, scratch: Path, data: Path | None, rehearse: bool) -> list[Stage]:
    """The stages of a call, the most important first."""
    device = "cpu" if rehearse else "cuda"
    small = ("--rehearse",) if rehearse else ()

    def module(name: str, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", f"benchmarks.gpu.{name}", *arguments, "--device", device, *small)

    def speed(name: str, *settings: str) -> tuple[str, ...]:
        given = [part for setting in settings for part in ("--set", setting)]
        return module("speed", name, "--scratch", str(scratch), *given)

    if call == 2:
        contestants = ("shipped", "adamw", "muon", "transformers")
        seconds = "8" if rehearse else "70"
        folder = str(data or scratch / "data")
        return [
            Stage(
                f"curve {name}", 600 if rehearse else 80, module("curves", name, "--data", folder, "--seconds", seconds)
            )
            for name in contestants
        ]
    slow = 600.0 if rehearse else 0.0
    tests = (sys.executable, "-m", "pytest", "tests/gpu", "-q", "-p", "no:cacheprovider")
    commands = (sys.executable, "-m", "benchmarks.gpu.commands", "--device", device, "--scratch", str(scratch))
    return [
        Stage("ceilings", slow or 40, module("ceilings")),
        Stage("speed bf16", slow or 60, speed("ours")),
        Stage("speed transformers", slow or 60, speed("transformers")),
        Stage("speed fp8", slow or 60, speed("ours", "train.fp8=true")),
        Stage("speed muon", slow or 60, speed("ours", "optimizer.name=muon")),
        Stage("speed budget 0.9", slow or 60, speed("ours", "train.activation_budget=0.9")),
        Stage("tests", slow or 150, tests),
        Stage("commands", slow or 60, commands),
        Stage("profile", slow or 50, speed("ours", "train.profile=2"), needed=False),
        Stage("speed causal", slow or 45, speed("ours", "train.attention=causal"), needed=False),
        Stage("speed flex", slow or 45, speed("ours", "train.attention=flex"), needed=False),
        Stage("speed not compiled", slow or 45, speed("ours", "train.compile=off"), needed=False),
    ]


def run_stage(stage: Stage, log: Path, limit: float) -> dict[str, Any]:
    """Run one stage; returns its figures, its seconds, and its error if it failed."""
    begin = time.monotonic()
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    environment |= {"DEVICE": "cpu"} if "cpu" in stage.command or "--rehearse" in sys.argv else {}
    try:
        done = subprocess.run(
            stage.command, capture_output=True, text=True, timeout=limit, env=environment, check=False
        )
        output, failure = done.stdout + done.stderr, "" if done.returncode == 0 else f"exit code {done.returncode}"
        figures = _last_json(done.stdout)
    except subprocess.TimeoutExpired as error:
        output, figures = str(error.stdout or "") + str(error.stderr or ""), None
        failure = f"not done after {limit:.0f} s"
    with log.open("a", encoding="utf-8") as file:
        file.write(f"=== {stage.name}\n{output[-20_000:]}\n")
    result: dict[str, Any] = {"seconds": round(time.monotonic() - begin, 1)}
    result |= {"failed": failure, "tail": output[-400:]} if failure else {}
    return result | ({"figures": figures} if figures is not None else {})


def _last_json(text: str) -> Any:
    for line in reversed(text.split("\n")):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except json.JSONDecodeError:
                return None
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description="Measurements that need a GPU")
    parser.add_argument("--call", type=int, choices=sorted(LIMITS), default=1)
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "runs/gpu")))
    parser.add_argument("--data", type=Path, help="packed data of call 2; synthetic if not given")
    parser.add_argument("--rehearse", action="store_true", help="small sizes on a CPU; the figures mean nothing")
    parser.add_argument("--only", help="stages whose name contains this")
    arguments = parser.parse_args()
    begin, limit = time.monotonic(), LIMITS[arguments.call] * (20 if arguments.rehearse else 1)
    arguments.out.mkdir(parents=True, exist_ok=True)
    log = arguments.out / f"gpu-{arguments.call}.txt"
    log.write_text("", encoding="utf-8")
    found: dict[str, Any] = {}
    summary = {"call": arguments.call, "rehearsal": arguments.rehearse, "commit": _commit(), "stages": found}
    with tempfile.TemporaryDirectory() as scratch:
        for stage in stages(arguments.call, Path(scratch), arguments.data, arguments.rehearse):
            if arguments.only and arguments.only not in stage.name:
                continue
            left = limit - (time.monotonic() - begin)
            if left < 10 or (not stage.needed and left < stage.limit):
                found[stage.name] = {"left out": "no time"}
            else:
                found[stage.name] = run_stage(stage, log, min(stage.limit, left))
            print(f"{stage.name:<22}{json.dumps(found[stage.name], ensure_ascii=False)[:400]}", flush=True)
            write_json(arguments.out / f"gpu-{arguments.call}.json", summary)
    if failed := [name for name, result in found.items() if "failed" in result]:
        sys.exit(f"error: failed: {', '.join(failed)}; see {log}")


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
