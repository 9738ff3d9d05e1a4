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
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import command_line
from benchmarks.gpu.peers import PEERS
from benchmarks.gpu.summary import draw_curves, summary
from corpus.engine.task import write_json
from tests.model.packed_data import write_packed

LIMITS = {0: 570.0, 1: 420.0, 2: 330.0}  # seconds of a call; 0: both
ADAMW = ("optimizer.name=adamw",)
MUON = ("optimizer.name=muon",)
LINEAR = ("schedule.kind=wsd", "schedule.decay=1.0", "schedule.final=0.0")
MODERN = (*MUON, "model.zero_init=true", "model.qk_norm=true", *LINEAR)
ABLATIONS = {  # learning curves of changes, one after the other
    "muon": MUON,
    "muon, zero, QK-norm, linear to 0": MODERN,
    "the same, rate 2e-3": (*MODERN, "optimizer.lr=2e-3"),
    "the same, 4e-3": (*MODERN, "optimizer.lr=4e-3"),
    "the same, 2e-3, 6 heads": (*MODERN, "optimizer.lr=2e-3", "model.heads=6"),
    "the same, 2e-3, untied": (*MODERN, "optimizer.lr=2e-3", "model.tied=false"),
}
REHEARSAL = 900.0  # seconds of a stage


@dataclass(frozen=True)
class Stage:
    """A command that prints its figures as the last line of its output, and its time limit in seconds."""

    name: str
    limit: float
    command: tuple[str, ...]
    needed: bool = True  # optional: left out when the time is used up
    gpu: bool = False  # does not run on a CPU: left out of a rehearsal
    beside: bool = False  # its figures are not times: runs at the same time as its neighbours of this kind


def stages(
    call: int, scratch: Path, data: Path | None, mirror: Path | None, rehearse: bool, tokens: float = 17e6
) -> list[Stage]:
    """The stages of a call, the most important first."""
    device = "cpu" if rehearse else "cuda"
    small = ("--rehearse",) if rehearse else ()
    held, work = str(data or scratch / "data"), ("--scratch", str(scratch))

    def module(name: str, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", f"benchmarks.gpu.{name}", *arguments, "--device", device, *small)

    def speed(name: str, *settings: str) -> tuple[str, ...]:
        return module("speed", name, *work, *(part for setting in settings for part in ("--set", setting)))

    def curve(name: str, contestant: str, settings: Sequence[str] = (), needed: bool = True) -> Stage:
        given = [part for setting in settings for part in ("--set", setting)]
        command = module("curves", contestant, "--run", name, "--data", held, "--tokens", str(tokens), *work, *given)
        return Stage(f"curve {name}", 190, command, needed, beside=True)

    tests = (sys.executable, "-m", "pytest", "tests/gpu", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
    source = ("--mirror", str(mirror)) if mirror is not None else ()
    headline = [
        Stage("ceilings", 50, module("ceilings")),
        Stage("speed bf16", 80, speed("ours", "train.profile=2")),
        Stage("speed fp8", 80, speed("ours", "train.fp8=true", "train.profile=2"), gpu=True),
    ]
    peers = [Stage(f"speed {name}", 80, speed(name)) for name in PEERS]
    checks = [
        Stage("tests", 150, tests, beside=True),
        Stage("commands", 150, module("commands", *work), beside=True),
    ]
    ablations = [curve(name, "ours", settings, needed=False) for name, settings in ABLATIONS.items()]
    curves = [curve("shipped", "ours"), curve("adamw", "ours", ADAMW), *(curve(name, name) for name in PEERS)]
    variants = [
        Stage(f"speed {name}", 60, speed("ours", *settings), needed=False, gpu=name == "flex")
        for name, settings in {
            "muon": ["optimizer.name=muon"],
            "varlen": ["train.attention=varlen"],
            "flex": ["train.attention=flex"],
            "budget 0.9": ["train.activation_budget=0.9"],
            "causal": ["train.attention=causal"],
            "fastest attention": ["train.attention=fastest"],
            "not compiled": ["train.compile=off"],
        }.items()
    ]
    if rehearse:  # on a GPU all others are compiled; with documents masked a CPU would compile each batch anew
        variants = [stage for stage in variants if stage.name != "speed varlen"]
        variants.append(Stage("speed compiled", 0, speed("ours", "train.compile=on", "train.attention=causal")))
    scores = [Stage("kobest", 90, module("scores", *work, *source), needed=False)]
    first, second = [*headline, *checks, *ablations, *peers, *variants], [*curves, *scores]
    return {0: [*headline, *peers, *curves, *checks, *variants, *ablations, *scores], 1: first, 2: second}[call]


def groups(chosen: list[Stage]) -> list[list[Stage]]:
    """The stages that run at the same time: neighbours whose figures are not times."""
    found: list[list[Stage]] = []
    for stage in chosen:
        if found and stage.beside and found[-1][0].beside:
            found[-1].append(stage)
        else:
            found.append([stage])
    return found


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
    parser.add_argument("--tokens", type=float, default=17e6, help="of each curve")
    parser.add_argument("--mirror", type=Path, default=command_line.from_environment("mirror"), help="KOBEST's data")
    parser.add_argument("--rehearse", action="store_true", help="small sizes on a CPU; the figures mean nothing")
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
        for group in groups(chosen):
            with ThreadPoolExecutor(len(group)) as pool:
                running = {pool.submit(_within, stage, log, begin, given, device): stage.name for stage in group}
                for done in as_completed(running):
                    name = running[done]
                    found[name] = done.result()
                    text = json.dumps(found[name], ensure_ascii=False)
                    print(f"{name:<22}{text[:200]}", file=sys.stderr, flush=True)
                    write_json(path, record | {"summary": summary(found)})
    curves = {key.removeprefix("curve "): value["figures"] for key, value in found.items() if _is_curve(key, value)}
    if curves:
        draw_curves(curves, given.out / f"{title}-curves.svg")
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
