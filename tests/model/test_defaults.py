"""Default settings of training and sampling are the published ones that the comments beside them name."""

from dataclasses import asdict, replace
from importlib import import_module
from typing import Any

import pytest

from model.config import ModelConfig, OptimizerConfig, ScheduleConfig, TrainConfig, load_config
from model.packing.packer import PackSettings
from model.text.generate import Sampling


def test_the_shape_of_llama_2() -> None:
    found = asdict(ModelConfig(layers=1, heads=1, dim=2, ffn_dim=2))
    assert found == {
        "layers": 1, "heads": 1, "dim": 2, "ffn_dim": 2, "kv_heads": 0, "vocab_size": 0, "context": 0, "tied": False,
        "qk_norm": False, "rope_theta": 10_000.0, "norm_eps": 1e-5, "init_std": 0.02, "embedding_std": 0.0,
        "zero_init": False,
    }  # fmt: skip


def test_the_optimizers() -> None:
    """42dot LLM-PLM 1.3B: 4e-4 and weight decay 0.1; LLaMA-2: betas; Moonlight: Muon with AdamW's rate."""
    adamw = {"lr": 4e-4, "weight_decay": 0.1, "decay_embeddings": True, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8}
    adamw |= {"embedding_lr": 0.0, "head_lr": 0.0}
    for name, more in (("adamw", {}), ("muon", {"muon_lr": 0.0, "muon_momentum": 0.95, "cautious": False})):
        found = asdict(OptimizerConfig(name))
        expected = {"name": name} | adamw | more
        assert {key: found[key] for key in expected} == expected
    assert asdict(OptimizerConfig())["clip"] == 1.0


def test_the_schedule_and_the_loop() -> None:
    assert asdict(ScheduleConfig()) == {"kind": "cosine", "warmup": 2000, "final": 0.1, "decay": 0.2}
    assert asdict(TrainConfig(steps=1)) == {
        "steps": 1, "batch_tokens": 4_194_304, "micro_rows": 8, "precision": "bf16", "compile": "auto",
        "attention": "auto", "loss_chunks": 8, "z_loss": 0.0, "fp8": False, "activation_checkpointing": False,
        "activation_budget": 1.0, "parallel": "auto", "deterministic": False, "profile": 0, "seed": 0,
        "max_skipped": 10, "spike_sigma": 0.0, "log_every": 10, "validate_every": 1000, "validation_rows": 64,
        "sample_every": 1000, "checkpoint_every": 1000, "keep_last": 3, "keep_every": 0,
    }  # fmt: skip


def test_the_1_3b_model_is_that_of_42dot() -> None:
    config = load_config("1.3b")
    shape = replace(ModelConfig(layers=24, heads=32, dim=2048, ffn_dim=5632), vocab_size=50_304, context=4096)
    assert config.model == shape
    assert config.train.steps * config.train.batch_tokens == pytest.approx(1.4e12, rel=0.001)


def test_packing_and_sampling() -> None:
    assert PackSettings().model_dump() == {
        "seq_len": 4096, "strategy": "best-fit", "bos": True, "eos": True, "tiers": (),
    }  # fmt: skip
    assert asdict(Sampling()) == {
        "tokens": 128, "temperature": 0.8, "top_k": 50, "top_p": 1.0, "repetition_penalty": 1.0, "stop": (), "seed": 0,
    }  # fmt: skip


NUMBERS: dict[str, dict[str, Any]] = {
    "model.ablation.held_out": {"SHARED": 1 / 3},
    "model.config": {"VOCABULARY_MULTIPLE": 128},
    "model.data.loader": {"VERIFIED_BYTES": 4 << 30},
    "model.data.mixture": {"MANY_EPOCHS": 4},
    "model.data.packed": {"MOST_COPIES": 16},
    "model.data.shuffle": {"ROUNDS": 8},
    "model.evaluation.harness": {
        "AVERAGED": ("kobest_boolq", "kobest_copa", "kobest_hellaswag", "kobest_sentineg"),
    },
    "model.evaluation.page": {"LINES": 24},
    "model.export.huggingface": {"TOLERANCE": 1e-4},
    "model.inspection.inspect": {"LOOKED_AT": 1000, "SAMPLES": 2, "SAMPLE_CHARACTERS": 400},
    "model.optimizers.orthogonal": {"ZERO_POWER": (3.4445, -4.775, 2.0315)},
    "model.overview.run_folder": {"DEPTH": 4},
    "model.serving.models": {"KEPT": 2},
    "model.serving.server": {"HOST": "127.0.0.1", "LARGEST": 1 << 20},
    "model.training.guard": {"WARM": 100},
    "model.training.shown.notable": {"WINDOW": 20, "DEVIATIONS": 8.0},
    "model.training.shown.plan": {"ASSUMED": 0.45},
    "model.training.shown.profile": {"WARM": 3},
    "pipelines.compiling": {"EVERY": 10.0},
    "pipelines.publish": {"FILES_A_COMMIT": 200},
    "pipelines.report_tokenizer": {"SERIAL": 256 << 20},
    "tokenizer.directory": {"MULTIPLE": 128},
}  # fmt: skip


@pytest.mark.parametrize("module", NUMBERS)
def test_numbers(module: str) -> None:
    """As the comments beside them and the pages of docs/ give them."""
    found = import_module(module)
    assert {name: getattr(found, name) for name in NUMBERS[module]} == NUMBERS[module]
