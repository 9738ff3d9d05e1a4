"""Two and four ranks over gloo: the same losses as one, exact resume, FSDP, HSDP, a change of the number of ranks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model.config import load_config
from model.optimizers.orthogonal import divided
from model.training.parallel import World, chosen
from model.training.trainer import Trainer
from tests.model.packed_data import events, write_packed

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
CPU = World(0, 1, torch.device("cpu"))
OVERRIDES = [
    "optimizer.name=adamw",
    *("model.layers=1", "model.dim=32", "model.heads=2", "model.ffn_dim=64", "train.batch_tokens=512"),
    *(
        "train.micro_rows=2",
        "train.steps=20",
        "train.checkpoint_every=10",
        "train.validate_every=20",
        "train.log_every=1",
    ),
]
MUON = ["optimizer.name=muon", "train.steps=5"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """Runs on two ranks, with two micro-batches a step; the second start resumes what the first left, in new
    processes."""
    folder = tmp_path_factory.mktemp("runs")
    packed = write_packed(folder)

    def job(out: str, *overrides: str, resume: bool = False, stop: int = 0) -> dict:
        names = {"data": str(packed), "out": str(folder / out)}
        return {**names, "resume": resume, "stop": stop, "overrides": [*OVERRIDES, *overrides]}

    ddp, fsdp = "train.parallel=ddp", "train.parallel=fsdp"
    Trainer(load_config("tiny", OVERRIDES), packed, folder / "alone", CPU).run()
    Trainer(load_config("tiny", [*OVERRIDES, *MUON]), packed, folder / "alone-muon", CPU).run()
    hsdp = "train.parallel=hsdp", "train.micro_rows=1"  # four rows a step, one for each rank
    first = [
        *(job("ddp", ddp), job("ddp-halves", ddp, stop=10), job("fsdp", fsdp), job("fsdp-halves", fsdp, stop=10)),
        *(job("fsdp-to-one", fsdp, stop=10), job("fsdp-muon", fsdp, *MUON), job("ddp-muon", ddp, *MUON)),
    ]
    on_two_machines = [job("hsdp-muon", *hsdp, *MUON, "train.steps=3")]
    second = [
        *(job("ddp-halves", ddp, resume=True), job("fsdp-halves", fsdp, resume=True)),
        job("alone", ddp, "train.steps=21", resume=True),
    ]
    start(folder, (2, first), (4, on_two_machines), (2, second))
    return folder


def start(folder: Path, *rounds: tuple[int, list[dict]]) -> None:
    """Run tests/model/training/ranks.py: rounds of so many ranks with their jobs."""
    stores = [
        torch.distributed.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)  # a port of its own
        for _ in rounds
    ]
    turns = [
        {"ranks": ranks, "port": store.port, "jobs": jobs} for (ranks, jobs), store in zip(rounds, stores, strict=True)
    ]
    (folder / "rounds.json").write_text(json.dumps(turns))
    done = subprocess.run(
        [sys.executable, "-m", "tests.model.training.ranks", str(folder / "rounds.json")],
        env=os.environ | {"OMP_NUM_THREADS": "1"}, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def result(run: Path) -> dict:
    return json.loads((run / "result.json").read_text())


def losses(run: Path) -> list[float]:
    return [line["loss"] for line in events(run, "train")]


@pytest.mark.parametrize("how", ["ddp", "fsdp"])
def test_ten_and_ten_are_twenty(runs, how):
    """Bit for bit; SIGTERM on one rank stops both."""
    straight, halves = runs / how, runs / f"{how}-halves"
    assert result(straight) == result(halves)
    assert (result(straight)["sharded"] > 0) == (how == "fsdp")
    a, b = (torch.load(run / "tensors.pt", weights_only=True) for run in (straight, halves))
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert losses(straight) == losses(halves)
    assert len(losses(halves)) == 20


@pytest.mark.parametrize(
    ("two", "one"),
    [*[(how, "alone") for how in ("ddp", "fsdp")], *[(f"{how}-muon", "alone-muon") for how in ("ddp", "fsdp", "hsdp")]],
)
def test_two_ranks_learn_what_one_does(runs, two, one):
    assert losses(runs / two) == pytest.approx(losses(runs / one)[: len(losses(runs / two))], rel=1e-4)


def test_the_number_of_ranks_may_change(runs):
    """One rank goes on from two's sharded checkpoint, and two from one's."""
    trainer = Trainer(load_config("tiny", OVERRIDES), runs / "packed", runs / "fsdp-to-one", CPU, resume=True)
    assert trainer.progress.step == 10
    assert trainer.run().validation == pytest.approx(result(runs / "fsdp")["bpb"], rel=1e-3)
    assert losses(runs / "fsdp-to-one") == pytest.approx(losses(runs / "fsdp"), rel=1e-3)
    assert result(runs / "alone")["step"] == 21


def test_checkpoints_are_divided(runs):
    """Each of two ranks that have everything copies and writes half of it."""
    sizes = {
        how: [file.stat().st_size for file in runs.glob(f"{how}/checkpoints/step-000020/*.distcp")]
        for how in ("alone", "ddp")
    }
    assert len(sizes["ddp"]) == 2
    assert max(sizes["ddp"]) < 0.7 * max(sizes["alone"])


@pytest.mark.parametrize(
    ("share", "machines", "ranks", "how"),
    [(0.5, 1, 8, "ddp"), (0.6, 1, 8, "fsdp"), (4, 2, 16, "hsdp"), (4.1, 2, 16, "fsdp"), (0.4, 2, 16, "ddp")],
)
def test_how_a_state_is_divided(share, machines, ranks, how):
    """Copies on every device, on every machine, or nowhere: what half of the memory holds."""
    assert chosen(share, machines, ranks) == how


def test_matrices_are_divided_by_their_operations():
    """No rank has much more than its share, and every rank comes to the same answer."""
    shapes = [(64, 64)] * 5 + [(128, 64)] * 4 + [(32, 256)] * 3
    owners = divided(shapes, 3)
    cost = [
        sum(a * b * min(a, b) for (a, b), owner in zip(shapes, owners, strict=True) if owner == r) for r in range(3)
    ]
    assert max(cost) <= 1.35 * min(cost)
    assert divided(shapes, 1) == [0] * 12
