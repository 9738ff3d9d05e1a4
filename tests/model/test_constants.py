"""Numbers and names that decide what a model is, how it is trained and what is told of it."""

from importlib import import_module
from typing import Any

import pytest
import torch

NUMBERS: dict[str, dict[str, Any]] = {
    "config": {"VOCABULARY_MULTIPLE": 128},
    "data.batch": {"IGNORED": -100},
    "data.loader": {"VERIFIED_BYTES": 4 << 30, "BLOCK": 4096},
    "data.mixture": {"MANY_EPOCHS": 4},
    "data.packed": {"FORMAT": 2, "MOST_COPIES": 16, "KEYS": {
        "format", "seq_len", "dtype", "pad_id", "vocab_size", "tiers", "splits", "fingerprint",
    }},
    "data.shuffle": {"ROUNDS": 8},
    "evaluation.harness": {"AVERAGED": ("kobest_boolq", "kobest_copa", "kobest_hellaswag", "kobest_sentineg")},
    "evaluation.page": {"LINES": 24},
    "evaluation.results": {"SETTINGS": ("model", "profile", "limit", "bos", "step")},
    "evaluation.tasks": {
        "SPLITS": ("training_split", "validation_split", "test_split", "fewshot_split"),
        "KINDS": {".json": "json", ".jsonl": "json", ".csv": "csv", ".parquet": "parquet"},
    },
    "network.attention": {"KINDS": ("varlen", "flash3", "flex", "documents", "sdpa", "causal")},
    "network.fastest": {
        "CANDIDATES": ("varlen", "flash3", "flex", "documents", "sdpa"), "TURNS": 5,
        "TOLERANCE": {torch.float32: 1e-4, torch.bfloat16: 0.05, torch.float16: 0.01},
    },
    "network.loss": {"IGNORED": -100},
    "runs.record": {"RECORD": "speedrun.json"},
    "runs.run_directory": {"RUN_FILES": (
        "config.toml", "tokenizer/", "checkpoints/", "metrics.jsonl", "tensorboard/", "report.html", "profile/",
    )},
    "training.guard": {"WARM": 100},
    "training.shown.plan": {"ASSUMED": 0.45},
    "training.shown.profile": {"LONGEST": 40, "WARM": 3},
    "training.shown.tracker": {"TRACKERS": ("trackio", "wandb")},
}  # fmt: skip


@pytest.mark.parametrize("module", NUMBERS)
def test_numbers(module: str) -> None:
    found = import_module(f"model.{module}")
    assert {name: getattr(found, name) for name in NUMBERS[module]} == NUMBERS[module]


def test_what_a_run_does_between_its_steps_in_this_order() -> None:
    """A checkpoint is the last, so that it includes the effects of the others."""
    from model.training.actions import BUILT_IN, log, sample, save, validate

    found = list(BUILT_IN)
    assert found == [
        ("log_every", log), ("validate_every", validate), ("sample_every", sample), ("checkpoint_every", save),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "tera"),
    [
        ("NVIDIA B300", 2250), ("NVIDIA GB200", 2500), ("NVIDIA H800", 989.4), ("NVIDIA A800-SXM4-80GB", 312),
        ("NVIDIA A30", 165), ("NVIDIA A40", 149.7), ("NVIDIA RTX A6000", 154.8), ("NVIDIA L40", 181),
        ("NVIDIA RTX 6000 Ada Generation", 364.2), ("NVIDIA GeForce RTX 5090", 209.5),
        ("NVIDIA GeForce RTX 3090", 71), ("AMD Instinct MI250X", 383),
    ],
)  # fmt: skip
def test_peaks_of_data_sheets(name: str, tera: float) -> None:
    from model.training.shown.flops import peak_flops

    assert peak_flops(name) == tera * 1e12
