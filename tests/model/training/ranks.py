"""Started on each of two ranks by test_parallel.py: train some runs, one after the other.

usage: ranks.py JOBS.json, a list of {"data", "out", "resume", "stop", "overrides"}; `stop` ends the run by SIGTERM at
that step, 0: not. Each leaves OUT/result.json and OUT/tensors.pt, everything gathered.
"""

import json
import os
import signal
import sys
from pathlib import Path

import torch
from torch.distributed.tensor import DTensor

from model.config import load_config
from model.training.parallel import World, world
from model.training.trainer import Trainer


def main() -> None:
    torch.set_num_threads(1)
    with world("cpu") as here:
        for job in json.loads(Path(sys.argv[1]).read_text()):
            train(here, Path(job["data"]), Path(job["out"]), job["resume"], job["stop"], job["overrides"])


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
