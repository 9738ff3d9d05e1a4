"""Ablations of the training recipe: bits per byte of `tiny` with one change at a time, at equal data and operations.

    python -m benchmarks.recipe [--packed DIR] [--steps 100] [--seeds 3] [--only NAME,NAME]

Each change is trained on the same rows in the same steps of 8,192 tokens as the base (AdamW, cosine), with the same
seeds of weights and order of rows. The table is the difference of held-out bits per byte to the base, mean and standard
deviation over seeds: below zero is better. A change in the shape (untied, QK-norm) changes operations by the share that
the table names. Without --packed, rows are packed from HANJI_MIRROR (benchmarks/train.py). Last line: JSON.
"""

import json
import sys
import tempfile
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import torch

from benchmarks import command_line
from model.config import load_config, resolve
from model.data.packed import read_description
from model.training.parallel import World
from model.training.shown.flops import flops_per_token
from model.training.trainer import Trainer

BATCH = 8192  # tokens of a step
LANGUAGES = ("ko", "en")
MUON = ["optimizer.name=muon"]
LINEAR = ["schedule.kind=wsd", "schedule.decay=0.4", "schedule.final=0"]
MODERN = [*MUON, "model.qk_norm=true", "model.zero_init=true"]
RATES = ["optimizer.embedding_lr=3e-2", "optimizer.head_lr=3e-2"]
# The recipe of `mini`: normal embeddings with a rate fit for them, and as good as no warm-up.
MINI = [*MODERN, *LINEAR, "schedule.warmup=1", "model.embedding_std=1.0", "optimizer.decay_embeddings=false"]
MINI += ["optimizer.lr=4e-3", "optimizer.embedding_lr=0.2", "optimizer.beta1=0.8", "optimizer.eps=1e-10"]
CHANGES: dict[str, list[str]] = {
    "base": ["optimizer.name=adamw", "optimizer.embedding_lr=0", "optimizer.head_lr=0", "model.zero_init=false"],
    "muon": MUON,
    "qk-norm": ["model.qk_norm=true"],
    "tied": ["model.tied=true"],
    "linear to zero": LINEAR,
    "z-loss": ["train.z_loss=1e-4"],
    "no decay of embeddings": ["optimizer.decay_embeddings=false"],
    "zero output projections": ["model.zero_init=true"],
    "muon + cautious decay": ["optimizer.name=muon", "optimizer.cautious=true"],
    "muon + zero output projections": ["optimizer.name=muon", "model.zero_init=true"],
    "muon + qk-norm": ["optimizer.name=muon", "model.qk_norm=true"],
    "muon + qk-norm + linear": [*MUON, "model.qk_norm=true", *LINEAR],
    "modern": [*MODERN, *LINEAR],
    "modern + rates": [*MODERN, *LINEAR, *RATES],
    "modern + rates, cosine": [*MODERN, *RATES],
    "muon + zero + rates, cosine": [*MUON, "model.zero_init=true", *RATES],
    "as mini": [*MINI, "optimizer.head_lr=4e-3"],
    "as mini, head 1e-2": [*MINI, "optimizer.head_lr=1e-2"],
}


def bits_per_byte(packed: Path, settings: list[str], steps: int, seed: int) -> dict[str, float]:
    """Held-out bits per byte by language of `tiny` trained for so many steps."""
    given = [f"train.seed={seed}", f"data.seed={seed}", f"train.steps={steps}", f"train.validate_every={steps}"]
    given += [f"train.checkpoint_every={steps}", "train.log_every=1000", f"train.batch_tokens={BATCH}"]
    with tempfile.TemporaryDirectory() as folder:
        config = load_config("tiny", [*given, *CHANGES["base"], *settings])
        summary = Trainer(config, packed, Path(folder) / "run", World(0, 1, torch.device("cpu"))).run()
    if not summary.finished:  # a half-trained model would be compared with whole ones
        sys.exit(f"ended by SIGTERM at step {summary.step} of {steps}: nothing to compare")
    return {language: summary.validation[f"language/{language}"] for language in LANGUAGES}


def ablate(packed: Path, changes: dict[str, list[str]], steps: int, seeds: int) -> dict[str, dict[str, list[float]]]:
    """Bits per byte of each change by language, one value per seed."""
    found: dict[str, dict[str, list[float]]] = {name: {k: [] for k in LANGUAGES} for name in changes}
    for seed in range(seeds):
        for name, settings in changes.items():
            bits = bits_per_byte(packed, settings, steps, seed)
            for language, value in bits.items():
                found[name][language].append(value)
            print(f"seed {seed}  {name:<24}" + "".join(f"{k} {v:.3f}  " for k, v in bits.items()), flush=True)
    return found


def differences(found: dict[str, dict[str, list[float]]], base: str = "base") -> dict[str, dict[str, list[float]]]:
    """Each change's values less those of the base with the same seed."""
    return {
        name: {k: [a - b for a, b in zip(values, found[base][k], strict=True)] for k, values in lines.items()}
        for name, lines in found.items()
        if name != base
    }


def main() -> None:
    from benchmarks.texts import mirror
    from benchmarks.train import prepare

    parser = command_line.parser(__doc__)
    parser.add_argument("--packed", type=Path, help="packed data; by default made from HANJI_MIRROR")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", help="changes, separated by commas; the base is always run")
    given = command_line.parse(parser)
    names = list(dict.fromkeys(["base", *given.only.split(",")])) if given.only else list(CHANGES)
    if unknown := [name for name in names if name not in CHANGES]:
        parser.error(f"--only: no change {', '.join(unknown)}; accepted: {', '.join(CHANGES)}")
    with tempfile.TemporaryDirectory() as folder:
        packed = given.packed or prepare(Path(folder), mirror())
        found = ablate(packed, {name: CHANGES[name] for name in names}, given.steps, given.seeds)
        about = read_description(packed)
        costs = {name: _operations(CHANGES[name], about["vocab_size"], about["seq_len"]) for name in names}
    print(f"\n| change | ko | en | operations |\n|---|---|---|---|\n| base | {_mean(found['base'])} | 1 |")
    gains = differences(found)
    for name, lines in gains.items():
        cells = " | ".join(f"{fmean(v):+.3f} ± {stdev(v) if len(v) > 1 else 0:.3f}" for v in lines.values())
        print(f"| {name} | {cells} | {costs[name] / costs['base']:.3f} |")
    result: dict[str, Any] = {"tokens": given.steps * BATCH, "seeds": given.seeds, "base": found["base"]}
    print(json.dumps(result | {"differences": gains}))


def _mean(lines: dict[str, list[float]]) -> str:
    return " | ".join(f"{fmean(values):.3f}" for values in lines.values())


def _operations(settings: list[str], vocabulary: int, length: int) -> float:
    return flops_per_token(
        resolve(load_config("tiny", [*CHANGES["base"], *settings]), vocabulary, length).model, length
    )[1]


if __name__ == "__main__":
    main()
