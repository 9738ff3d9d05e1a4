"""Started by test_parallel.py: a process for each rank, which trains some runs, one after the other.

usage: ranks.py ROUNDS.json, a list of {"ranks", "port", "jobs"}: the ranks of a round meet at the port, as torchrun
would start them, two on each machine. They are forked from this process, so that torch is imported once.

Jobs are {"data", "out", "resume", "stop", "overrides"}; `stop` ends the run by SIGTERM at that step, 0: not. Each
leaves OUT/result.json and OUT/tensors.pt, everything gathered.
"""

import json
import os
import signal
import sys
import traceback
from pathlib import Path

import torch
from torch.distributed.tensor import DTensor

from model.config import load_config
from model.training.parallel import World, world
from model.training.trainer import Trainer


def main() -> None:
    for turn in json.loads(Path(sys.argv[1]).read_text()):
        ranks = {start(rank, turn) for rank in range(turn["ranks"])}
        while ranks:
            ended, status = os.wait()
            ranks.discard(ended)
            if status:  # the others would wait for it
                for rank in ranks:
                    os.kill(rank, signal.SIGKILL)
                sys.exit(f"a rank ended with {os.waitstatus_to_exitcode(status)}")


def start(rank: int, turn: dict) -> int:
    """A process that runs the jobs of a round on one rank; its number."""
    if child := os.fork():
        return child
    common = {"WORLD_SIZE": turn["ranks"], "LOCAL_WORLD_SIZE": 2, "RANK": rank, "LOCAL_RANK": rank % 2}
    common |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": turn["port"], "TORCHELASTIC_USE_AGENT_STORE": "True"}
    os.environ |= {name: str(value) for name, value in common.items()}
    code = 1
    try:
        torch.set_num_threads(1)
        with world("cpu") as here:
            for job in turn["jobs"]:
                train(here, Path(job["data"]), Path(job["out"]), job["resume"], job["stop"], job["overrides"])
        code = 0
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


def train(here: World, data: Path, out: Path, resume: bool, stop: int, overrides: list[str]) -> None:
    def observer(kind: str, step: int, values: dict) -> None:
        if kind == "train" and step == stop - 1:
            os.kill(os.getpid(), signal.SIGTERM)  # on rank 0 alone: the other must hear of it

    trainer = Trainer(load_config("tiny", overrides), data, out, here, resume=resume, observer=observer)
    summary = trainer.run()
    tensors = trainer.tensors()
    whole = {name: t.full_tensor() if isinstance(t, DTensor) else t for name, t in tensors.items()}
    if here.rank == 0:
        torch.save(whole, out / "tensors.pt")
        sharded = sum(isinstance(t, DTensor) for t in tensors.values())
        result = {"step": summary.step, "loss": summary.loss, "bpb": summary.validation, "sharded": sharded}
        (out / "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main()
