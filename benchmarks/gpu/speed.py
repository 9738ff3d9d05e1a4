"""Tokens per second of one contestant on the same rows: ours through the real Trainer, transformers or a nanochat-like
loop.

    python -m benchmarks.gpu.speed ours|transformers|nanochat --scratch DIR [--config 1.3b] [--set key=value …]
        [--device cuda] [--rehearse]

A step is 32 rows, so that the optimizer counts more than in training, where a step has 1,024. The compiler's seconds
are reported separately. Ours takes as many rows per micro-batch as the device's memory holds; a peer starts with 8 and
halves them when memory runs out. Peers have no document mask, which is in their favour. The last line is JSON.
"""

import json
import sys
import time
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks import command_line
from benchmarks.gpu.peers import open_peer, train_step
from benchmarks.gpu.rows import LENGTH, VOCABULARY, synthetic
from benchmarks.gpu.running import alone
from benchmarks.gpu.stages import PEERS
from corpus.engine.task import read_json
from model.config import Config, load_config, resolve
from model.data.loader import Loader
from model.runs.metrics import last_of, read_metrics
from model.training.parallel import World
from model.training.shown.flops import peak_flops, utilisation
from model.training.trainer import Trainer

ROWS, STEPS, REHEARSED_LENGTH = 32, 6, 128
MOST = 8  # rows of a peer's micro-batch; half of them on a card with less free memory than this
ROOM = 120e9


def settings(rehearse: bool, more: list[str]) -> tuple[list[str], int, int]:
    """Overrides, tokens a row and rows of a step."""
    length, rows = (REHEARSED_LENGTH, 8) if rehearse else (LENGTH, ROWS)
    given = [f"train.batch_tokens={rows * length}", "schedule.warmup=1", f"train.steps={STEPS}", "train.log_every=1"]
    given += ["train.validate_every=0", "train.precision=bf16", f"train.micro_rows={2 if rehearse else 0}"]
    return [*given, *more], length, rows


class Unsaved(Trainer):
    """A run without its checkpoint, which is 17 GB of `1.3b`."""

    def save(self) -> None:
        pass


def ours(packed: Path, out: Path, config: Config, device: torch.device, scratch: Path) -> dict[str, Any]:
    """The run's own figures: the median of the steps after compilation. They are printed after each step, too, so that
    a run that is killed leaves some."""
    with ExitStack() as stack:

        def measure(trainer: Any) -> None:
            if trainer.progress.step == 1:
                stack.enter_context(alone(scratch))
            else:
                print(json.dumps(figures(trainer, out)), flush=True)

        trainer = Unsaved(config, packed, out, World(0, 1, device), actions=[(1, measure)])
        if not trainer.run().finished:
            sys.exit("ended by SIGTERM in the middle of a training")
    return figures(trainer, out)


def figures(trainer: Trainer, out: Path) -> dict[str, Any]:
    """What the steps so far have measured."""
    events = [event for event in read_metrics(out / "metrics.jsonl") if event["kind"] == "train"]
    speeds = sorted(event["tokens_per_second"] for event in events[1:] if "tokens_per_second" in event)
    last = last_of(events, "train") or {}
    kept = ("memory_gb", "mfu_6n", "mfu_causal", "compile_seconds", "stall", "loss")
    found = {"tokens_per_second": speeds[len(speeds) // 2] if speeds else None, "steps": speeds}
    found |= {key: last[key] for key in kept if key in last}
    folder = out / "profile"
    profile = {}
    for name, file in (("profile", "time.json"), ("kernels", "longest.json")):
        if (folder / file).is_file():
            profile[name] = read_json(folder / file)
    return found | {"micro_rows": trainer.micro_rows, "attention": trainer.attention} | profile


def peer_speed(
    name: str, packed: Path, config: Config, device: torch.device, rows: int, scratch: Path
) -> dict[str, Any]:
    """The median step of a usual training loop."""
    free = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else ROOM
    shape, micro = config.model, min(MOST if free >= ROOM else MOST // 2, rows)
    while True:
        try:
            times = _timed(name, packed, config, device, rows, micro, scratch)
            break
        except torch.OutOfMemoryError:
            if micro == 1:
                raise
            micro //= 2
        torch.cuda.empty_cache()
    speed = rows * shape.context / sorted(times[1:])[len(times[1:]) // 2]
    memory = torch.cuda.max_memory_allocated() / 1e9 if device.type == "cuda" else 0.0
    used = utilisation(shape, shape.context, speed, peak_flops(torch.cuda.get_device_name()) if memory else None)
    used = used if name == "transformers" else {}  # the operations of another shape
    return {"tokens_per_second": speed, "memory_gb": memory, "compile_seconds": times[0], "micro_rows": micro, **used}


def _timed(
    name: str, packed: Path, config: Config, device: torch.device, rows: int, micro: int, scratch: Path
) -> list[float]:
    peer = open_peer(name, config, device)
    batches, times = iter(Loader(packed, batch_size=micro, workers=2, verify=False)), []
    with ExitStack() as stack:
        for step in range(STEPS):
            begin = time.perf_counter()
            peer.set_rates(step, STEPS)
            train_step(peer, islice(batches, rows // micro), rows // micro, device)
            times.append(time.perf_counter() - begin)
            if step == 0:
                stack.enter_context(alone(scratch))
            else:
                speed = rows * config.model.context / times[-1]
                print(json.dumps({"tokens_per_second": speed, "micro_rows": micro}), flush=True)
    return times


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("contestant", choices=("ours", *PEERS))
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--config", default="1.3b")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rehearse", action="store_true")
    given = command_line.parse(parser)
    overrides, length, rows = settings(given.rehearse, given.settings)
    packed = given.scratch / "rows"
    if not packed.is_dir():
        synthetic(packed, 64 if given.rehearse else 1024, length)
    config = resolve(load_config("tiny" if given.rehearse else given.config, overrides), VOCABULARY, length)
    device = torch.device(given.device)
    out = given.scratch / f"run-{time.time_ns()}"
    found = (
        ours(packed, out, config, device, given.scratch)
        if given.contestant == "ours"
        else peer_speed(given.contestant, packed, config, device, rows, given.scratch)
    )
    card = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    told = {"card": card, "torch": torch.__version__, "config": given.config, "settings": given.settings}
    print(json.dumps(told | found))


if __name__ == "__main__":
    main()
