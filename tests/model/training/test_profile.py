"""--profile: a trace, a table of kernels, and the time of a step by kind of work in the report."""

import json
from types import SimpleNamespace

import pytest
import torch
from torch.autograd import DeviceType

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
        ("ncclDevKernel_AllGather_RING_LL", "communication"),
        ("ncclDevKernel_ReduceScatter_Sum_bf16_RING_LL", "communication"),
        ("ncclDevKernel_SendRecv", "communication"),
        ("ncclDevKernel_Broadcast_RING_LL", "communication"),
        ("c10d::_allgather_base_", "communication"),
        ("gloo:all_gather", "communication"),
        ("fmha_cutlassF_bf16_aligned_64x128", "attention"),
        ("flex_attention_backward", "attention"),
        ("triton_poi_fused__to_copy_t_3", "copies"),
        ("triton_poi_fused_clone_view_11", "copies"),
        ("triton_poi_fused_clone_mul_11", "norms and elementwise"),
        ("triton_tem_fused_mm_5", "matrix products"),
        ("aten::mm", "matrix products"),
        ("aten::bmm", "matrix products"),
        ("aten::linear", "matrix products"),
        ("aten::dot", "matrix products"),
        ("cublasGemmEx", "matrix products"),
        ("aten::_foreach_mul_", "optimizer"),
        ("multi_tensor_apply_kernel", "optimizer"),
        ("aten::lerp_", "optimizer"),
        ("aten::nll_loss_forward", "loss"),
        ("cross_entropy_loss", "loss"),
        ("aten::gather", "loss"),
        ("aten::scatter_", "loss"),
        ("aten::embedding_dense_backward", "embedding"),
        ("aten::index_select", "embedding"),
        ("aten::copy_", "copies"),
        ("aten::to", "copies"),
        ("aten::cat", "copies"),
        ("aten::contiguous", "copies"),
        ("Memset (Device)", "copies"),
        ("aten::zeros", "copies"),
        ("aten::fill_", "copies"),
        ("aten::empty_strided", "copies"),
        *[
            (f"aten::{name}", "norms and elementwise")
            for name in (
                "mul",
                "add",
                "sub_",
                "div",
                "silu",
                "sigmoid",
                "pow",
                "mean",
                "sum",
                "exp",
                "neg",
                "rsqrt",
                "where",
                "rms_norm",
                "layer_norm",
            )
        ],
        ("void at::native::vectorized_elementwise_kernel<4>", "norms and elementwise"),
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


def test_on_a_gpu_the_kernels_count_and_not_what_started_them(tmp_path, monkeypatch):
    """The longest 40 by name, each of one step; the table of kernels is sorted by what the device spent."""
    asked = []
    profiled = Profile(tmp_path / "new/profile", 2, torch.device("cpu"))
    profiled.close()
    profiled._cuda = True

    def event(name: str, micro: float, device: DeviceType = DeviceType.CUDA, annotation: bool = False):
        return SimpleNamespace(
            key=name, self_device_time_total=micro, device_type=device, is_user_annotation=annotation
        )

    events = [event(f"triton_{n}", 1e6 * n) for n in range(1, 46)]
    events += [event("q" * 300, 100e6), event("aten::mm", 999e6, DeviceType.CPU), event("step", 999e6, annotation=True)]
    table = type("Averages", (list,), {"table": lambda self, **how: asked.append(how) or "a table"})(events)
    profiled._write(SimpleNamespace(export_chrome_trace=lambda path: asked.append(path), key_averages=lambda: table))
    folder = tmp_path / "new/profile"
    assert asked == [str(folder / "trace.json"), {"sort_by": "self_cuda_time_total", "row_limit": 40}]
    assert (folder / "kernels.txt").read_text() == "a table"
    longest = json.loads((folder / "longest.json").read_text())
    assert longest == [["q" * 200, 50.0], *[[f"triton_{n}", n / 2] for n in range(45, 6, -1)]]
    assert json.loads((folder / "time.json").read_text()) == {"norms and elementwise": 45 * 46 / 4, "other": 50.0}


def test_recording_begins_when_compiling_is_over():
    assert WARM == 3
