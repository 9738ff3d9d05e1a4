"""--profile: a trace, a table of kernels, and the time of a step by kind of work in the report."""

import json
from types import SimpleNamespace

import pytest
import torch

from model.config import load_config
from model.training.parallel import World
from model.training.shown.profile import WARM, Profile, by_kind
from model.training.trainer import Trainer
from tests.model.packed_data import write_packed
from tests.model.training.test_train import SMALL


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("aten::addmm", "matrix products"),
        ("nvjet_tst_256x128_64x4", "matrix products"),
        ("void cutlass::Kernel2<gemm_bf16>", "matrix products"),
        ("aten::_scaled_dot_product_flash_attention_for_cpu", "attention"),
        ("void flash::flash_bwd_kernel", "attention"),
        ("aten::_fused_adamw_", "optimizer"),
        ("aten::_log_softmax", "loss"),
        ("triton_poi_fused_mul_silu_3", "norms and elementwise"),
        ("Memcpy HtoD (Pinned -> Device)", "copies"),
        ("ncclDevKernel_AllReduce_Sum_f32_RING_LL", "communication"),
        ("something else", "other"),
    ],
)
def test_kernels_by_kind_of_work(name, kind):
    assert by_kind([(name, 1.5), (name, 0.5), ("idle", 0.0)]) == {kind: 2.0}


def test_a_profiled_run_shows_the_time_of_a_step(tmp_path):
    packed = write_packed(tmp_path / "data")
    config = load_config("tiny", [*SMALL, "train.steps=7", "train.profile=2", "train.validate_every=0"])
    Trainer(config, packed, tmp_path / "run", World(0, 1, torch.device("cpu"))).run()
    found = json.loads((tmp_path / "run/profile/time.json").read_text())
    assert {"matrix products", "attention", "optimizer", "loss"} <= set(found)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert "addmm" in (tmp_path / "run/profile/kernels.txt").read_text()
    assert "Time of a step, by kind of work" in (tmp_path / "run/report.html").read_text()


def test_a_run_that_is_too_short_to_be_profiled_still_ends(tmp_path):
    packed = write_packed(tmp_path / "data")
    config = load_config("tiny", [*SMALL, "train.steps=2", "train.profile=2", "train.validate_every=0"])
    Trainer(config, packed, tmp_path / "run", World(0, 1, torch.device("cpu"))).run()
    assert "Measured by torch.profiler" not in (tmp_path / "run/report.html").read_text()


def test_seconds_are_those_of_one_step_the_longest_kind_first(tmp_path, monkeypatch):
    profiled = Profile(tmp_path, 4, torch.device("cpu"))
    profiled.close()
    events = [("aten::addmm", 8e6), ("aten::relu_", 1e6), ("aten::_flash_attention", 12e6), ("ProfilerStep#3", 99e6)]
    averages = [SimpleNamespace(key=name, self_cpu_time_total=micro) for name, micro in events]
    table = type("Averages", (list,), {"table": lambda self, **_: ""})(averages)
    profiled._write(SimpleNamespace(export_chrome_trace=lambda path: None, key_averages=lambda: table))
    found = json.loads((tmp_path / "time.json").read_text())
    assert list(found.items()) == [("attention", 3.0), ("matrix products", 2.0), ("other", 0.25)]


def test_recording_begins_when_compiling_is_over():
    assert WARM == 3
