"""All measurements that need a GPU, as stages with limits of their own.

    python -m benchmarks.gpu [--out DIR] [--data PACKED]   everything, the most important first: at most 570 s
    python -m benchmarks.gpu --call 1                      ceilings, speed, tests/gpu, the commands: at most 420 s
    python -m benchmarks.gpu --call 2 --data PACKED        learning curves at equal data, scores: at most 330 s
    python -m benchmarks.gpu --rehearse                    small sizes on a CPU: tests the code, measures nothing

Each stage is a process that is killed at its limit; a stage that fails does not stop the others. OUT/gpu.json (with
--call N: gpu-N.json) is written again after every stage and printed at the end; OUT contains at most six files (the
JSON, the log, the picture of the curves); everything else is written to a temporary folder. PACKED is a part of packed
data that `python -m benchmarks.gpu.rows` makes; without it small made-up text is packed. The machine needs Python 3.12,
torch 2.11 or later, the base install and pytest, and no network; transformers for a peer, torchao for fp8, and lm-eval
with --mirror for KOBEST.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import command_line
from benchmarks.gpu.summary import draw_curves, summary
from corpus.engine.task import write_json

LIMITS = {0: 570.0, 1: 420.0, 2: 330.0}  # seconds of a call; 0: both
CURVES = ("shipped", "adamw", "transformers", "nanochat", "muon")
REHEARSAL = 900.0  # seconds of a stage


@dataclass(frozen=True)
class Stage:
    """A command that prints its figures as the last line of its output, and its time limit in seconds."""

    name: str
    limit: float
    command: tuple[str, ...]
    needed: bool = True  # optional: left out when the time is used up
    gpu: bool = False  # does not run on a CPU: left out of a rehearsal


def stages(call: int, scratch: Path, data: Path | None, mirror: Path | None, rehearse: bool) -> list[Stage]:
    """The stages of a call, the most important first."""
    device = "cpu" if rehearse else "cuda"
    small = ("--rehearse",) if rehearse else ()
    held, work = str(data or scratch / "data"), ("--scratch", str(scratch))

    def module(name: str, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", f"benchmarks.gpu.{name}", *arguments, "--device", device, *small)

    def speed(name: str, *settings: str) -> tuple[str, ...]:
        return module("speed", name, *work, *(part for setting in settings for part in ("--set", setting)))

    def curve(name: str) -> Stage:
        return Stage(f"curve {name}", 65, module("curves", name, "--data", held, *work), needed=name != "muon")

    tests = (sys.executable, "-m", "pytest", "tests/gpu", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    source = ("--mirror", str(mirror)) if mirror is not None else ()
    headline = [
        Stage("ceilings", 40, module("ceilings")),
        Stage("speed bf16", 60, speed("ours")),
        Stage("speed transformers", 75, speed("transformers")),
        Stage("speed nanochat", 75, speed("nanochat")),
        Stage("speed fp8", 60, speed("ours", "train.fp8=true"), gpu=True),
    ]
    curves = [curve(name) for name in CURVES]
    checks = [Stage("tests", 150, tests), Stage("commands", 60, module("commands", *work))]
    variants = [
        Stage(f"speed {name}", 45, speed("ours", *settings), needed=False, gpu=name == "flex")
        for name, settings in {
            "profile": ["train.profile=2"],
            "muon": ["optimizer.name=muon"],
            "budget 0.9": ["train.activation_budget=0.9"],
            "causal": ["train.attention=causal"],
            "flex": ["train.attention=flex"],
            "fastest attention": ["train.attention=fastest"],
            "not compiled": ["train.compile=off"],
        }.items()
    ]
    if rehearse:  # on a GPU all others are compiled; with documents masked a CPU would compile each batch anew
        variants.append(Stage("speed compiled", 0, speed("ours", "train.compile=on", "train.attention=causal")))
    scores = [Stage("kobest", 90, module("scores", *work, *source), needed=False)]
    first, second = [*headline, *checks, *variants], [*curves, *scores]
    return {0: [*headline, *curves[:4], *checks, *variants, curves[4], *scores], 1: first, 2: second}[call]


def run_stage(stage: Stage, log: Path, limit: float, device: str) -> dict[str, Any]:
    """Run one stage; returns its figures, its seconds, and its error if it failed."""
    begin = time.monotonic()
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    environment |= {"DEVICE": device}
    try:
        done = subprocess.run(
            stage.command, capture_output=True, text=True, timeout=limit, env=environment, check=False
        )
        output, failure = done.stdout + done.stderr, "" if done.returncode == 0 else f"exit code {done.returncode}"
        figures = _last_json(done.stdout)
    except subprocess.TimeoutExpired as error:
        output, figures = _text(error.stdout) + _text(error.stderr), None
        failure = f"not done after {limit:.0f} s"
    with log.open("a", encoding="utf-8") as file:
        file.write(f"=== {stage.name}\n{output[-20_000:]}\n")
    result: dict[str, Any] = {"seconds": round(time.monotonic() - begin, 1)}
    result |= {"failed": failure, "tail": output[-400:]} if failure else {}
    return result | ({"figures": figures} if figures is not None else {})


def _text(output: Any) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""


def _last_json(text: str) -> Any:
    for line in reversed(text.split("\n")):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except json.JSONDecodeError:
                return None
    return None


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--call", type=int, choices=sorted(LIMITS), default=0, help="0: both in one")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "runs/gpu")))
    parser.add_argument("--data", type=Path, help="packed data of the curves; synthetic if not given")
    parser.add_argument("--mirror", type=Path, default=command_line.from_environment("mirror"), help="KOBEST's data")
    parser.add_argument("--rehearse", action="store_true", help="small sizes on a CPU; the figures mean nothing")
    parser.add_argument("--only", help="stages whose name contains this")
    given = command_line.parse(parser)
    begin, device = time.monotonic(), "cpu" if given.rehearse else "cuda"
    given.out.mkdir(parents=True, exist_ok=True)
    name = f"gpu-{given.call}" if given.call else "gpu"
    log, path = given.out / f"{name}.txt", given.out / f"{name}.json"
    log.write_text("", encoding="utf-8")
    found: dict[str, Any] = {}
    record = {"call": given.call, "rehearsal": given.rehearse, "commit": _commit(), "stages": found}
    with tempfile.TemporaryDirectory() as scratch:
        for stage in stages(given.call, Path(scratch), given.data, given.mirror, given.rehearse):
            if given.only and given.only not in stage.name:
                continue
            found[stage.name] = _within(stage, log, begin, given, device)
            print(
                f"{stage.name:<22}{json.dumps(found[stage.name], ensure_ascii=False)[:200]}",
                file=sys.stderr,
                flush=True,
            )
            write_json(path, record | {"summary": summary(found)})
    curves = {key.removeprefix("curve "): value["figures"] for key, value in found.items() if _is_curve(key, value)}
    if curves:
        draw_curves(curves, given.out / f"{name}-curves.svg")
    print(json.dumps(record | {"summary": summary(found)}, ensure_ascii=False))
    if failed := [name for name, result in found.items() if "failed" in result]:
        sys.exit(f"error: failed: {', '.join(failed)}; see {log}")


def _within(stage: Stage, log: Path, begin: float, given: Any, device: str) -> dict[str, Any]:
    """Run a stage within what is left of the call; a rehearsal has no limit but that of a stage."""
    if given.rehearse and stage.gpu:
        return {"left out": "needs a GPU"}
    if given.rehearse:
        return run_stage(stage, log, REHEARSAL, device)
    left = LIMITS[given.call] - (time.monotonic() - begin)
    if left < 10 or (not stage.needed and left < stage.limit):
        return {"left out": "no time"}
    return run_stage(stage, log, min(stage.limit, left), device)


def _is_curve(name: str, result: Mapping[str, Any]) -> bool:
    return name.startswith("curve ") and bool(result.get("figures", {}).get("points"))


def _commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
