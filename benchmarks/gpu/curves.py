"""A learning curve at equal FLOPs and data: bits per byte of held-out Korean and English every few seconds.

    python -m benchmarks.gpu.curves shipped|adamw|muon|transformers --data PACKED --seconds 70 [--device cuda]
    [--rehearse]

Ours run through the real Trainer: an action of it measures the curve and ends the run. `transformers` is
LlamaForCausalLM of the same shape with AdamW in a usual training loop, measured by the same bits per byte. The last
line is JSON: points of [FLOPs, seconds, {language: bits per byte}].
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.speed import llama
from model.config import Config, load_config, resolve
from model.data.loader import Loader
from model.data.packed import PackedData, read_description
from model.runs.run_directory import find_tokenizer
from model.training.actions import validate
from model.training.parallel import World
from model.training.shown.flops import flops_per_token
from model.training.trainer import Trainer
from model.training.validation import evaluate_bpb
from tests.model.packed_data import write_packed
from tokenizer.encoding.vocabulary import Vocabulary

Point = list[Any]
CHOICES: dict[str, list[str]] = {
    "shipped": [],
    "adamw": ["optimizer.name=adamw"],
    "muon": ["optimizer.name=muon", "model.qk_norm=true", "model.tied=false", "schedule.kind=wsd"],
    "transformers": ["optimizer.name=adamw"],
}


class Curve:
    """An action: validates after every so many seconds of training, and stops the run at its end."""

    def __init__(self, seconds: float, every: float, per_token: float) -> None:
        self.seconds, self.every, self.per_token = seconds, every, per_token
        self.points: list[Point] = []
        self.spent, self.due, self.since = 0.0, every, time.perf_counter()

    def __call__(self, trainer: Any) -> None:
        self.spent += time.perf_counter() - self.since
        if self.spent >= self.due or self.spent >= self.seconds:
            self.due += self.every
            validate(trainer)
            tokens = trainer.progress.step * trainer.rows * trainer.seq_len
            self.points.append([tokens * self.per_token, round(self.spent, 2), languages(trainer.validation)])
        if self.spent >= self.seconds:
            trainer.stop()
        self.since = time.perf_counter()  # validation is no training


def languages(bits: dict[str, float]) -> dict[str, float]:
    """Bits per byte by language alone."""
    return {name[9:]: round(value, 4) for name, value in bits.items() if name.startswith("language/")}


def ours(config: Config, data: Path, seconds: float, every: float, device: torch.device) -> list[Point]:
    per_token = flops_per_token(config.model, config.model.context)[1]
    curve = Curve(seconds, every, per_token)
    with tempfile.TemporaryDirectory() as folder:
        Trainer(config, data, Path(folder) / "run", World(0, 1, device), actions=[(1, curve)]).run()
    return curve.points


class Adapter(torch.nn.Module):
    """The methods of a decoder that evaluate_bpb needs, for a model of transformers."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    @torch.no_grad()
    def token_losses(self, ids, positions, mask, targets, chunks):  # the row is one sequence: no document mask
        logits = self.model(input_ids=ids).logits.float()
        flat, goals = logits.flatten(0, 1), targets.flatten()
        return torch.nn.functional.cross_entropy(flat, goals, ignore_index=-100, reduction="none").view(targets.shape)


def transformers_peer(config: Config, data: Path, seconds: float, every: float, device: torch.device) -> list[Point]:
    shape, packed = config.model, PackedData(data, "validation")
    torch.manual_seed(0)
    network = llama(shape, device)
    rate = config.optimizer.lr
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, betas=(0.9, 0.95), weight_decay=0.1)
    counts = Vocabulary(find_tokenizer(data, packed.description)).byte_counts(shape.vocab_size)
    per_token, points, spent, due = flops_per_token(shape, shape.context)[1], [], 0.0, every
    rows = config.train.micro_rows
    adapter: Any = Adapter(network)
    for number, batch in enumerate(Loader(data, batch_size=rows, verify=False), 1):
        begin = time.perf_counter()
        ids, targets = batch["input_ids"].to(device), batch["targets"].to(device)
        labels = torch.full_like(ids, -100)
        labels[:, 1:] = targets[:, :-1]
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = network(input_ids=ids, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        float(loss)
        spent += time.perf_counter() - begin
        if spent >= due or spent >= seconds:
            due += every
            world = World(0, 1, device)
            scores = evaluate_bpb(
                adapter,
                packed,
                counts,
                rows=config.train.validation_rows,
                batch_rows=rows,
                attention="causal",
                world=world,
            )
            bits = languages({name: score.bits_per_byte for name, score in scores.items()})
            points.append([number * ids.numel() * per_token, round(spent, 2), bits])
        if spent >= seconds:
            break
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description="A learning curve")
    parser.add_argument("contestant", choices=sorted(CHOICES))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=70)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rehearse", action="store_true")
    given = parser.parse_args()
    data = given.data
    if not (data / "packing.json").is_file():
        data = data / "packed" if (data / "packed").is_dir() else write_packed(data, documents=2000)
    description = read_description(data)
    length = description["seq_len"]
    more = [f"train.batch_tokens={8 * length}", "train.micro_rows=8", "train.steps=1000000", "train.validation_rows=16"]
    more += ["train.validate_every=0", "train.checkpoint_every=0", "train.log_every=1000", "schedule.warmup=20"]
    name = "tiny" if given.rehearse else "mini"
    config = resolve(load_config(name, [*more, *CHOICES[given.contestant]]), description["vocab_size"], length)
    measure = transformers_peer if given.contestant == "transformers" else ours
    points = measure(config, data, given.seconds, given.seconds / 7, torch.device(given.device))
    print(json.dumps({"contestant": given.contestant, "settings": CHOICES[given.contestant], "points": points}))


if __name__ == "__main__":
    main()
