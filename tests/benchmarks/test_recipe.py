"""Ablations of the recipe: the same data and steps for each change, differences by seed, Muon's gain."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from benchmarks import recipe
from benchmarks.train import muon_gain
from model.config import load_config
from tests.model.packed_data import write_packed


def test_every_change_is_a_configuration() -> None:
    for settings in recipe.CHANGES.values():
        load_config("tiny", settings)


def test_differences_are_to_the_base_with_the_same_seed() -> None:
    found = {"base": {"ko": [2.0, 3.0], "en": [1.0, 1.0]}, "x": {"ko": [1.5, 3.5], "en": [1.0, 2.0]}}
    assert recipe.differences(found) == {"x": {"ko": [-0.5, 0.5], "en": [0.0, 1.0]}}


@pytest.mark.slow
def test_muon_gain_is_what_adamw_needs_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "BATCH", 1024)
    packed = write_packed(tmp_path)
    found = muon_gain(packed, steps=3, seeds=2)
    values = [value for lines in found["muon_bpb_gain_by_seed"].values() for value in lines]
    assert len(values) == 4
    assert len(set(values)) == 4
    assert found["muon_bpb_gain"] == pytest.approx(sum(values) / 4, abs=1e-3)
    adamw, muon = (recipe.bits_per_byte(packed, recipe.CHANGES[name], 3, 1) for name in ("base", "muon"))
    assert found["muon_bpb_gain_by_seed"]["ko"][1] == pytest.approx(adamw["ko"] - muon["ko"], abs=1e-3)


def test_a_training_ended_by_sigterm_is_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "BATCH", 1024)
    step = recipe.Trainer._step

    def stopped(trainer: Any, watch: Any) -> bool:
        os.kill(os.getpid(), signal.SIGTERM)
        return step(trainer, watch)

    monkeypatch.setattr(recipe.Trainer, "_step", stopped)
    with pytest.raises(SystemExit, match="SIGTERM at step 1 of 3"):
        recipe.bits_per_byte(write_packed(tmp_path), [], 3, 0)
