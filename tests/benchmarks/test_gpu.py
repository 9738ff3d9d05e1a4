"""The driver of the GPU benchmarks, without a GPU: its stages, its summary, its peers, and a part of packed data."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks.gpu import __main__ as driver
from benchmarks.gpu import nanochat
from benchmarks.gpu.peers import PEERS, Adapter, open_peer, train_step
from benchmarks.gpu.rows import part
from benchmarks.gpu.summary import at_equal_operations, draw_curves, summary
from model.config import load_config, resolve
from model.data.loader import Loader
from model.data.packed import PackedData
from model.network.decoder import parameter_count
from tests.model.packed_data import write_packed

CPU = torch.device("cpu")


@pytest.mark.parametrize("call", [0, 1, 2])
def test_needed_stages_fit_into_a_call(call: int, tmp_path: Path) -> None:
    stages = driver.stages(call, tmp_path, None, None, False)
    assert len({stage.name for stage in stages}) == len(stages)
    needed = driver.groups([stage for stage in stages if stage.needed])
    assert sum(max(stage.limit for stage in group) for group in needed) <= driver.LIMITS[call] + 100
    assert driver.LIMITS[1] <= 420
    assert driver.LIMITS[2] <= 330
    assert driver.LIMITS[0] < 600


def test_one_call_has_all_stages_of_two(tmp_path: Path) -> None:
    names = [{stage.name for stage in driver.stages(call, tmp_path, None, None, False)} for call in (0, 1, 2)]
    assert names[0] == names[1] | names[2]


def test_a_stage_that_fails_or_hangs_costs_itself(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    good = driver.Stage("good", 60, (sys.executable, "-c", "print('{\"a\": 1}')"))
    bad = driver.Stage("bad", 60, (sys.executable, "-c", "import sys; print('why'); sys.exit(3)"))
    slow = driver.Stage("slow", 60, (sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)"))
    assert driver.run_stage(good, log, 60, "cpu")["figures"] == {"a": 1}
    assert driver.run_stage(bad, log, 60, "cpu")["failed"] == "exit code 3"
    assert driver.run_stage(slow, log, 1, "cpu")["failed"] == "not done after 1 s"
    assert "why" in log.read_text()
    assert "begun" in log.read_text()


def test_optional_stages_are_left_out_when_time_is_short(tmp_path: Path) -> None:
    late = SimpleNamespace(rehearse=False, call=1)
    stage = driver.Stage("x", 45, (sys.executable, "-c", "print('{}')"), needed=False)
    begin = driver.time.monotonic() - driver.LIMITS[1] + 20
    assert driver._within(stage, tmp_path / "log", begin, late, "cpu") == {"left out": "no time"}


def test_the_summary_always_has_the_same_keys() -> None:
    found = {
        "ceilings": {"figures": {"card": "H100"}},
        "speed bf16": {"figures": {"tokens_per_second": 60.0, "card": "H100", "mfu_causal": 0.5}},
        "speed nanochat": {"figures": {"tokens_per_second": 48.0}},
        "speed transformers": {"failed": "exit code 1"},
        "speed flex": {"left out": "no time"},
        "curve shipped": {
            "figures": {"points": [[1e12, 1, {"ko": 2.0, "en": 3.0}], [2e12, 2, {"ko": 1.0, "en": 2.0}]]}
        },
        "curve nanochat": {"figures": {"points": [[1.5e12, 1, {"ko": 1.8, "en": 2.8}]]}},
        "tests": {"seconds": 3},
    }
    made = summary(found)
    assert set(made) == set(summary({}))
    assert made["ratio_to_faster_peer"] == 1.25
    assert made["bits_per_byte_at_equal_operations"]["shipped"] == {"ko": 1.5, "en": 2.5}
    assert made["bits_per_byte_at_equal_operations"]["nanochat"] == {"ko": 1.8, "en": 2.8}
    assert made["final_bits_per_byte"]["shipped"] == {"ko": 1.0, "en": 2.0}
    assert made["tests"] == "passed"
    assert made["failed"] == ["speed transformers"]
    assert made["left_out"] == ["speed flex"]
    assert json.loads(json.dumps(made)) == made
    assert at_equal_operations({}) == {}


def test_the_picture_of_the_curves_is_svg(tmp_path: Path) -> None:
    from xml.etree import ElementTree

    points = [[1e12, 1, {"ko": 2.0, "en": 3.0}], [2e12, 2, {"ko": 1.0, "en": 2.0}]]
    draw_curves({"shipped": {"points": points}, "nanochat": {"points": points}}, tmp_path / "curves.svg")
    root = ElementTree.parse(tmp_path / "curves.svg").getroot()
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 4


@pytest.mark.parametrize("name", PEERS)
def test_peers_learn_and_are_causal(name: str, tmp_path: Path) -> None:
    if name == "transformers":
        pytest.importorskip("transformers")
    packed = write_packed(tmp_path)
    config = resolve(load_config("tiny", ["optimizer.lr=3e-3", "schedule.warmup=2"]), 384, 64)
    peer = open_peer(name, config, CPU)
    ids = torch.randint(0, 384, (1, 20), generator=torch.Generator().manual_seed(0))
    changed = ids.clone()
    changed[0, 10:] = 5
    losses = []
    batches = iter(Loader(packed, batch_size=8))
    for step in range(12):
        peer.set_rates(step, 12)
        losses.append(train_step(peer, [next(batches)], 1, CPU))
    assert losses[-1] < losses[0] - 0.5
    with torch.no_grad():
        assert torch.allclose(peer.logits(ids)[0, :10], peer.logits(changed)[0, :10], atol=1e-5)
    targets = ids.clone()
    targets[0, :3] = -100
    found = Adapter(peer).token_losses(ids, None, None, targets, 1)
    expected = -torch.log_softmax(peer.logits(ids)[0], 1).gather(1, ids[0, :, None])[:, 0]
    assert torch.allclose(found[0, 3:], expected[3:], atol=1e-4)
    assert not found[0, :3].any()


def test_nanochat_begins_with_even_probabilities_and_ends_with_rate_zero() -> None:
    network = nanochat.Nanochat(vocabulary=96, layers=2, dim=256, context=32)
    assert not network(torch.zeros(1, 4, dtype=torch.long)).any()
    assert network.counted == 2 * 12 * 256**2 + 96 * 256
    made = nanochat.optimizers_of(network)
    rates = []
    for step in (0, 79, 80, 90, 100):
        nanochat.schedule(made, step, 100)
        rates.append(made[1].param_groups[0]["lr"])
    assert rates == pytest.approx([0.02, 0.02, 0.02, 0.01, 0.0])
    assert made[1].param_groups[0]["momentum"] == pytest.approx(0.85 + 0.1 / 3)


def test_a_nanochat_of_1_3b_has_about_the_parameters_of_ours() -> None:
    shape = resolve(load_config("1.3b"), 50_304, 4096).model
    with torch.device("meta"):
        peer = nanochat.Nanochat(shape.vocab_size, shape.layers, shape.dim, shape.context)
    assert sum(p.numel() for p in peer.parameters()) == pytest.approx(parameter_count(shape), rel=0.03)


def test_a_part_of_packed_data_keeps_rows_shares_and_tokenizer(tmp_path: Path) -> None:
    packed = write_packed(tmp_path, documents=800)
    whole = PackedData(packed)
    half = sum(source.tokens for source in whole.sources) / 2
    made = PackedData(part(packed, tmp_path / "part", half))
    made.verify()
    assert sum(source.tokens for source in made.sources) == pytest.approx(half, rel=0.05)
    assert made.description["tokenizer_sha256"] == whole.description["tokenizer_sha256"]
    (ids, lengths) = made.sources[0].row(0)
    first = whole.sources[0].row(0)
    assert np.array_equal(ids, first[0])
    assert np.array_equal(lengths, first[1])
    assert PackedData(tmp_path / "part", "validation").sources[0].rows
    assert next(iter(Loader(tmp_path / "part", batch_size=2)))["input_ids"].shape == (2, 64)
