"""Utilisation in both conventions, with figures worked out by hand, and the log of metrics."""

import json
import math

import pytest

from model.config import ModelConfig, load_config, resolve
from model.network.decoder import Decoder
from model.runs.metrics import last_of, read_metrics
from model.training.shown.flops import PEAKS, flops_per_token, matmul_parameters, peak_flops, utilisation
from model.training.shown.log import MetricsLog, Stopwatch


@pytest.fixture
def large():
    return resolve(load_config("1.3b"), 50_304, 4096).model


def test_operations_of_the_large_model(large):
    # 24 · (4 · 2048² + 3 · 2048 · 5632) + 50,304 · 2048
    assert matmul_parameters(large) == 1_336_147_968
    plain, causal = flops_per_token(large, 4096)
    assert plain == 6 * 1_336_147_968
    assert causal - plain == 6 * 24 * 2048 * 4096


@pytest.mark.parametrize("tied", [False, True])
def test_operations_are_those_of_the_matrices_of_the_model(tied):
    """With fewer heads of keys: each matrix once, the embedding's table only as the head."""
    shape = ModelConfig(layers=3, heads=6, kv_heads=2, dim=48, ffn_dim=80, vocab_size=128, context=64, tied=tied)
    matrices = {name: p.numel() for name, p in Decoder(shape).named_parameters() if p.dim() == 2}
    embedding = matrices.pop("embedding.weight")
    assert embedding == 128 * 48
    assert matmul_parameters(shape) == sum(matrices.values()) + (embedding if tied else 0)
    plain, causal = flops_per_token(shape, 10)
    assert (plain, causal - plain) == (6 * matmul_parameters(shape), 6 * 3 * 48 * 10)
    assert utilisation(shape, 10, 7.0, 1e9) == {"mfu_6n": plain * 7 / 1e9, "mfu_causal": causal * 7 / 1e9}


def test_what_42dot_reached(large):
    """7,912 tokens a second on each A100: 20.3 % in the one convention, 23.4 % in the other."""
    values = utilisation(large, 4096, 7912, peak_flops("NVIDIA A100-SXM4-80GB"))
    assert values["mfu_6n"] == pytest.approx(0.203, abs=0.001)
    assert values["mfu_causal"] == pytest.approx(0.234, abs=0.001)


@pytest.mark.parametrize(
    ("name", "tera"),
    [
        ("NVIDIA A100-SXM4-40GB", 312),
        ("NVIDIA A100 80GB PCIe", 312),
        ("NVIDIA H100 80GB HBM3", 989.4),
        ("NVIDIA H100 PCIe", 756),
        ("NVIDIA H100 NVL", 835.5),
        ("NVIDIA H200", 989.4),
        ("NVIDIA H200 NVL", 835.5),
        ("NVIDIA H20", 148),
        ("NVIDIA B200", 2250),
        ("NVIDIA L4", 121),
        ("NVIDIA L40S", 362),
        ("NVIDIA A10G", 70),
        ("NVIDIA GeForce RTX 4090", 165.2),
        ("AMD Instinct MI300X", 1307.4),
    ],
)
def test_peaks(name, tera):
    assert peak_flops(name) == tera * 1e12


@pytest.mark.parametrize("name", ["", "NVIDIA H1000", "Some New GPU", "NVIDIA GeForce GTX 1080"])
def test_an_unknown_device_has_no_utilisation(name, large):
    assert peak_flops(name) is None
    assert utilisation(large, 4096, 1e6, None) == {}


def test_log(tmp_path):
    log = MetricsLog(tmp_path)
    for step in range(1, 5):
        log.write("train", step, {"loss": 1.0 / step, "nothing": math.nan})
    log.close()
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"kind": "train", "st')  # killed in the middle of a line
    resumed = MetricsLog(tmp_path, step=2)  # the checkpoint is of step 2: what came after will come again
    resumed.write("train", 3, {"loss": 0.3})
    resumed.close()
    lines = read_metrics(tmp_path / "metrics.jsonl")
    assert [(line["step"], line["loss"]) for line in lines] == [(1, 1.0), (2, 0.5), (3, 0.3)]
    assert lines[0]["nothing"] is None
    for line in (tmp_path / "metrics.jsonl").read_text().splitlines():
        json.loads(line)


def test_events_end_at_newlines_alone(tmp_path):
    log = MetricsLog(tmp_path)
    log.write("sample", 1, {"text": "첫 줄\u2028둘째 줄\x85셋째"})
    log.write("train", 2, {"loss": 1.5})
    log.close()
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(path.read_bytes() + '{"kind": "sample", "text": "한'.encode()[:-1])  # killed inside a character
    assert [(e["kind"], e["step"]) for e in read_metrics(path)] == [("sample", 1), ("train", 2)]
    assert read_metrics(path)[0]["text"] == "첫 줄\u2028둘째 줄\x85셋째"


def test_tensorboard_can_be_read(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = MetricsLog(tmp_path)
    log.write("validation", 7, {"bpb/language/ko": 1.25})
    log.write("sample", 7, {"text": "봄이 오면"})
    log.close()
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("validation/bpb/language/ko")] == [(7, 1.25)]
    assert events.Tags()["tensors"] == ["sample/text/text_summary"]


def test_time_of_the_steps_by_a_clock_of_its_own(monkeypatch):
    """Waiting is a part of the steps' time; what is done between steps is not."""
    now = [100.0]
    monkeypatch.setattr("model.training.shown.log.time.perf_counter", lambda: now[0])

    def batches():
        for wait in (2.0, 0.5):
            now[0] += wait
            yield wait

    watch, arriving = Stopwatch(_begin=100.0), batches()
    for work in (4.0, 8.0):
        watch.wait_for(arriving)
        now[0] += work
        watch.lap()
        now[0] += 1000.0  # validation
        watch.pause()
    assert (watch.steps, watch.seconds, watch.waited) == (2, 14.5, 2.5)


def test_a_resumed_run_hides_what_tensorboard_has_of_later_steps(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr("torch.utils.tensorboard.SummaryWriter", lambda folder, purge_step: made.append(purge_step))
    MetricsLog(tmp_path, step=7).close()
    assert made == [8]


def test_every_peak_is_that_of_the_name_it_belongs_to():
    """A longer name stands before the one that it begins with; half of a rate with sparsity is none."""
    for name, tera in PEAKS.items():
        assert peak_flops(f"NVIDIA {name} 80GB") == tera * 1e12, name


@pytest.mark.parametrize("odd", ["\x7f", "\x84", "\x85", "\x9f", "\u2028", "\u2029"])
def test_what_others_take_for_the_end_of_a_line_is_escaped(tmp_path, odd):
    log = MetricsLog(tmp_path)
    log.write("sample", 1, {"text": f"a{odd}b"})
    log.close()
    written = (tmp_path / "metrics.jsonl").read_text(encoding="utf-8")
    assert odd not in written
    assert json.loads(written)["text"] == f"a{odd}b"


def test_the_last_event_up_to_a_step_is_of_that_step_too():
    """Of a kind; for training the last one whose loss is a number."""
    events = [{"kind": "train", "step": 1, "loss": 2.0}, {"kind": "validation", "step": 2}]
    events += [{"kind": "train", "step": 3, "loss": 1.0}, {"kind": "train", "step": 4, "loss": None}]
    assert [last_of(events, "train", step) for step in (None, 4, 3, 2, 0)] == [
        events[2],
        events[2],
        events[2],
        events[0],
        None,
    ]
    assert [last_of(events, "validation", step) for step in (None, 2, 1)] == [events[1], events[1], None]
