"""A learning curve at equal data: bits per byte of held-out Korean and English against operations, and text at the end.

    python -m benchmarks.gpu.curves ours|transformers|nanochat --run NAME --data PACKED --scratch DIR
        [--config mini] [--set key=value …] [--tokens 17e6] [--device cuda] [--rehearse]

All contestants have the layers and the width of `mini` (135M parameters), or of --config, and train on the same rows in
the same number of steps of 65,536 tokens. Ours run through the real Trainer: an action of it measures the curve. The
peers (benchmarks/gpu/peers.py) are measured by the same bits per byte. The last line is JSON: points of [operations,
seconds of training, {language: bits per byte}].
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks import command_line
from benchmarks.gpu.peers import Adapter, Peer, continuation, open_peer, train_step
from benchmarks.gpu.speed import Unsaved
from benchmarks.gpu.stages import ADAMW, PEERS
from model.config import Config, load_config, resolve
from model.data.loader import Loader
from model.data.packed import PackedData, read_description
from model.runs.metrics import read_metrics
from model.runs.run_directory import find_tokenizer
from model.text.generate import open_tokenizer
from model.training.actions import SAMPLE_PROMPTS, validate
from model.training.parallel import World
from model.training.shown.flops import flops_per_token
from model.training.trainer import Trainer
from model.training.validation import evaluate_bpb
from tokenizer.encoding.vocabulary import Vocabulary

Point = list[Any]
KEPT = "shipped"  # the run whose model is scored (scores.py)
POINTS, ROWS = 8, 32  # of a curve; of a step, 65,536 tokens in rows of 2,048


class Curve:
    """An action that validates at POINTS steps of a run; validation does not count as time of training."""

    def __init__(self, steps: int, per_step: float) -> None:
        self.every, self.per_step = max(1, steps // POINTS), per_step
        self.points: list[Point] = []
        self.spent, self.since = 0.0, time.perf_counter()

    def __call__(self, trainer: Any) -> None:
        self.spent += time.perf_counter() - self.since
        step = trainer.progress.step
        if step % self.every == 0 or trainer.finished:
            validate(trainer)
            self.points.append([step * self.per_step, round(self.spent, 2), languages(trainer.validation)])
            print(json.dumps({"points": self.points}), flush=True)
        self.since = time.perf_counter()


def languages(bits: dict[str, float]) -> dict[str, float]:
    """Bits per byte by language alone."""
    return {name[9:]: round(value, 4) for name, value in bits.items() if name.startswith("language/")}


def ours(config: Config, data: Path, run: Path, device: torch.device, keep: bool) -> dict[str, Any]:
    """Curve, samples and compile time of a run of the Trainer; with `keep` its checkpoint stays in `run`."""
    tokens = config.train.batch_tokens
    curve = Curve(config.train.steps, tokens * flops_per_token(config.model, config.model.context)[1])
    trainer = (Trainer if keep else Unsaved)(config, data, run, World(0, 1, device), actions=[(1, curve)])
    if not trainer.run().finished:
        sys.exit("ended by SIGTERM in the middle of a training")
    samples = [[e["prompt"], e["text"]] for e in read_metrics(run / "metrics.jsonl") if e["kind"] == "sample"]
    return {"points": curve.points, "samples": samples, "compile_seconds": round(trainer.compile_seconds, 1)}


def peer_curve(name: str, config: Config, data: Path, device: torch.device) -> dict[str, Any]:
    """The same of a peer."""
    train, held_out = config.train, PackedData(data, "validation")
    files = find_tokenizer(data, held_out.description)
    counts = Vocabulary(files).byte_counts(config.model.vocab_size)
    peer = open_peer(name, config, device)
    rows = train.batch_tokens // config.model.context
    batches = iter(Loader(data, batch_size=train.micro_rows, workers=2, verify=False))
    points, spent, every = [], 0.0, max(1, train.steps // POINTS)
    for step in range(train.steps):
        begin = time.perf_counter()
        peer.set_rates(step, train.steps)
        count = rows // train.micro_rows
        train_step(peer, islice(batches, count), count, device)
        spent += time.perf_counter() - begin
        if (step + 1) % every == 0 or step + 1 == train.steps:
            adapter: Any = Adapter(peer)
            scores = evaluate_bpb(
                adapter,
                held_out,
                counts,
                rows=train.validation_rows,
                batch_rows=train.micro_rows,
                attention="causal",
                world=World(0, 1, device),
            )
            bits = languages({name: score.bits_per_byte for name, score in scores.items()})
            points.append([(step + 1) * train.batch_tokens * peer.flops_per_token, round(spent, 2), bits])
            print(json.dumps({"points": points}), flush=True)
    return {"points": points, "samples": _samples(peer, files, device)}


def _samples(peer: Peer, files: Any, device: torch.device) -> list[list[str]]:
    tokenizer, found = open_tokenizer(files), []
    for prompt in SAMPLE_PROMPTS[::2]:
        ids = [*tokenizer.begin, *tokenizer.encoder.encode(prompt)]
        longer = continuation(peer, ids, 24, device)
        found.append([prompt, tokenizer.encoder.decode(longer[len(ids) :]).decode(errors="replace")])
    return found


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("contestant", choices=("ours", *PEERS))
    parser.add_argument("--run", required=True, help="name of the run in the scratch folder")
    parser.add_argument("--config", default="mini")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--tokens", type=float, default=17e6)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rehearse", action="store_true")
    given = command_line.parse(parser)
    data = given.data
    if not (data / "packing.json").is_file():
        data /= "packed"
    description = read_description(data)
    length, rows = description["seq_len"], 8 if given.rehearse else ROWS
    steps = max(POINTS, round((4096 if given.rehearse else given.tokens) / (rows * length)))
    more = [
        f"train.batch_tokens={rows * length}",
        f"train.micro_rows={2 if given.contestant in PEERS else 4}",
        f"train.steps={steps}",
    ]
    more += ["train.validation_rows=16", "train.validate_every=0", "train.log_every=1000", "train.checkpoint_every=0"]
    more += [f"train.sample_every={steps}", "model.context=0"]
    if given.device != "cpu":  # torch's own kernel, so that a curve needs no other package
        more.append("train.attention=varlen")
    peer = given.contestant in PEERS
    more += ADAMW if peer else given.settings
    if given.rehearse:
        more += ["schedule.warmup=2", "model.heads=4"]
    config = resolve(load_config("tiny" if given.rehearse else given.config, more), description["vocab_size"], length)
    device = torch.device(given.device)
    if peer:
        found = peer_curve(given.contestant, config, data, device)
    else:
        found = ours(config, data, given.scratch / f"curve-{given.run}", device, given.run == KEPT)
    parameters = {"tokens": steps * rows * length, "config": given.config, "settings": given.settings}
    card = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    print(json.dumps({"contestant": given.contestant, "card": card, **parameters, **found}, ensure_ascii=False))


if __name__ == "__main__":
    main()
