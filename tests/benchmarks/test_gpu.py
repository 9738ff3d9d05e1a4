"""The driver of the GPU benchmarks, without a GPU: its stages, its summary, its peers, and a part of packed data."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.gpu import __main__ as driver
from benchmarks.gpu import nanochat
from benchmarks.gpu.peers import Adapter, open_peer, train_step
from benchmarks.gpu.rows import part
from benchmarks.gpu.running import Others, run_lanes, run_stage
from benchmarks.gpu.stages import ADAMW, LIMITS, PEERS, RECIPES, Stage, stages
from benchmarks.gpu.summary import at_equal_operations, draw_curves, summary
from model.config import load_config, resolve
from model.data.loader import Loader
from model.data.packed import PackedData
from model.export.llama_layout import describe
from model.network.decoder import parameter_count
from tests.model.packed_data import write_packed

CPU = torch.device("cpu")


def test_the_headline_fits_into_every_call_that_has_it(tmp_path: Path) -> None:
    for call in (0, 1, 2):
        found = stages(call, tmp_path, None, None, False)
        assert len({stage.name for stage in found}) == len(found)
        assert sum(stage.limit for stage in found[:3] if not stage.beside) <= LIMITS[call]
        assert all(stage.limit <= LIMITS[call] for stage in found)
    assert [stage.name for stage in stages(0, tmp_path, None, None, False)[:3]] == [
        "speed bf16",
        "speed fp8",
        "speed transformers",
    ]
    assert LIMITS[1] <= 420
    assert LIMITS[2] <= 330
    assert LIMITS[0] < 600


def test_one_call_has_all_stages_of_two(tmp_path: Path) -> None:
    names = [{stage.name for stage in stages(call, tmp_path, None, None, False)} for call in (0, 1, 2)]
    assert names[0] == names[1] | names[2]


def test_every_curve_is_another_recipe_and_peers_train_by_the_usual_one() -> None:
    recipes = [("mini", ()), ("mini", ADAMW), *RECIPES.values()]
    chosen = [load_config(name, settings) for name, settings in recipes]
    assert len(set(map(repr, chosen))) == len(chosen)
    usual = resolve(chosen[1], 32_768, 2048)
    assert describe(usual.model, "float32", {})["model_type"] == "llama"
    assert (usual.optimizer.name, usual.optimizer.lr, usual.schedule.kind) == ("adamw", 1e-3, "cosine")
    larger = resolve(chosen[-1], 32_768, 2048)
    assert (larger.optimizer.name, larger.optimizer.lr, larger.model.heads, larger.model.tied) == (
        "adamw",
        6e-4,
        16,
        True,
    )


def python(name: str, code: str, **more: Any) -> Stage:
    return Stage(name, 60, (sys.executable, "-c", f"import json, sys, time\n{code}"), **more)


def test_a_stage_that_fails_or_hangs_costs_itself(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    good = python("good", "print('{\"a\": 1}')")
    bad = python("bad", "print('why'); sys.exit(3)")
    slow = python(
        "slow", "print('{\"a\": 2}', flush=True); print('begun', file=sys.stderr, flush=True); time.sleep(60)"
    )
    assert run_stage(good, log, 60, "cpu")["figures"] == {"a": 1}
    assert run_stage(bad, log, 60, "cpu")["failed"] == "exit code 3"
    found = run_stage(slow, log, 1, "cpu")
    assert found["failed"] == "not done after 1 s"
    assert found["figures"] == {"a": 2}  # what it had printed
    assert "why" in log.read_text()
    assert "begun" in log.read_text()


def test_what_measures_has_the_device_alone(tmp_path: Path) -> None:
    """The others take no step while a stage measures, and go on afterwards, also after one that was killed."""
    log, results = tmp_path / "log.txt", dict[str, dict[str, Any]]()
    ticking, done = tmp_path / "ticking", tmp_path / "done"
    measure = f"""
import os
from pathlib import Path
from benchmarks.gpu.running import alone
while not Path({str(ticking)!r}).exists():
    time.sleep(0.01)
with alone(Path({str(tmp_path)!r})):
    begin = time.time()
    time.sleep(0.5)
    print(json.dumps([begin, time.time()]).join(['{{"at": ', '}}']), flush=True)
    END
"""
    ticks = f"""
from pathlib import Path
left = 5
while left:
    left -= Path({str(done)!r}).exists()
    print(time.time(), flush=True)
    Path({str(ticking)!r}).touch()
    time.sleep(0.05)
print('{{}}')
"""
    chosen = [
        python("first", measure.replace("END", "pass")),
        python("killed", measure.replace("END", f"Path({str(done)!r}).touch(); os.kill(os.getpid(), 9)")),
        python("ticks", ticks, beside=True),
        python("after", "print('{}')", beside=True, group=1),
    ]

    def run(stage: Stage, others: Others) -> dict[str, Any]:
        return run_stage(stage, log, 60, "cpu", others)

    run_lanes(chosen, run, results.__setitem__, tmp_path)
    assert {name for name, result in results.items() if "failed" in result} == {"killed"}
    text = log.read_text().partition("=== ticks\n")[2]
    times = [float(line) for line in text.split("\n") if line and line[0].isdigit()]
    for name in ("first", "killed"):
        begin, end = results[name]["figures"]["at"]
        assert not [t for t in times if begin <= t <= end]
    assert times[0] < begin < times[-1]
    assert list(results)[-1] == "after"


def test_a_fallback_runs_when_its_stage_fails_and_only_then(tmp_path: Path) -> None:
    told: list[str] = []
    second = python("second", "print('{}')")
    for code, expected in (("sys.exit(1)", ["first", "second"]), ("print('{}')", ["first"])):
        told.clear()
        run_lanes(
            [python("first", code, fallback=second)],
            lambda stage, others: run_stage(stage, tmp_path / "log", 60, "cpu", others),
            lambda name, result: told.append(name),
            tmp_path,
        )
        assert told == expected


def test_optional_stages_are_left_out_when_time_is_short(tmp_path: Path) -> None:
    late = SimpleNamespace(rehearse=False, call=1, seconds=None)
    stage = python("x", "print('{}')", needed=False)
    begin = driver.time.monotonic() - LIMITS[1] + 20
    assert driver._within(stage, tmp_path / "log", begin, late, "cpu", None) == {"left out": "no time"}
    early = SimpleNamespace(rehearse=False, call=1, seconds=1000)
    assert driver._within(stage, tmp_path / "log", begin, early, "cpu", None)["figures"] == {}


def test_the_summary_always_has_the_same_keys() -> None:
    found: dict[str, dict[str, Any]] = {
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
    assert len(root.findall(".//{http://www.w3.org/2000/svg}polyline")) == 4


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
