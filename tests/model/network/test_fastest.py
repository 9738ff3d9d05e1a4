"""The measured kind of attention: the fastest of those that compute the same, kept in a file, and after a resume."""

import json

import pytest
import torch

from corpus.errors import UserError
from model.config import ModelConfig, load_config
from model.network import fastest as chooser
from model.network.attention import Causal, Documents
from model.network.fastest import fastest, kept_answers, measure
from model.runs import checkpoint
from model.training.parallel import World
from model.training.trainer import Trainer
from tests.model.packed_data import write_packed

CPU = torch.device("cpu")
POSITIONS = torch.stack([torch.cat([torch.arange(n) for n in row]) for row in [[30, 1, 33], [64]]])
SHAPE = ModelConfig(layers=1, heads=4, dim=64, ffn_dim=64, kv_heads=2, vocab_size=128, context=64)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def slow(kind: str, monkeypatch) -> None:
    """The clock says that every kind but this one is fast."""
    true = chooser._time
    monkeypatch.setattr(chooser, "_time", lambda name, *rest: (2.0 if name == kind else 1.0, true(name, *rest)[1]))


@pytest.mark.parametrize(("kind", "other"), [("documents", "sdpa"), ("sdpa", "documents")])
def test_the_faster_kind_is_taken_and_measured_once(kind, other, monkeypatch):
    slow(other, monkeypatch)
    assert fastest(POSITIONS, SHAPE, CPU, torch.float32) == (kind, {kind: 1e3, other: 2e3}, [])
    (key,) = json.loads(kept_answers().read_text())
    assert all(part in key for part in (torch.__version__, "2 x 64", "4/2 heads of 16", "float32")), key
    slow(kind, monkeypatch)
    assert fastest(POSITIONS, SHAPE, CPU, torch.float32).kind == kind  # from the file
    assert fastest(POSITIONS[:1], SHAPE, CPU, torch.float32).kind == other  # another shape is measured
    assert len(json.loads(kept_answers().read_text())) == 2


def test_times_are_those_of_forward_and_backward():
    found = measure(POSITIONS, SHAPE, CPU, torch.float32)
    assert set(found.milliseconds) == {"documents", "sdpa"}
    assert found.notes == []
    assert found.kind == min(found.milliseconds, key=found.milliseconds.__getitem__)
    assert all(0 < value < 10_000 for value in found.milliseconds.values())


def test_a_kind_that_computes_something_else_is_told_and_not_taken(monkeypatch):
    true = chooser.document_mask

    def wrong(positions, kind, device):
        return Causal() if kind == "sdpa" else true(positions, kind, device)

    monkeypatch.setattr(chooser, "document_mask", wrong)
    found = measure(POSITIONS, SHAPE, CPU, torch.float32)
    assert found.kind == "documents"
    assert list(found.milliseconds) == ["documents"]
    (note,) = found.notes
    assert note.startswith("attention sdpa differs from documents by ")


def test_a_kind_that_fails_is_told_and_the_others_are_tried(monkeypatch):
    def broken(self, query, key, value):
        raise RuntimeError("no kernel image is available")

    monkeypatch.setattr(Documents, "attend", broken)
    found = measure(POSITIONS, SHAPE, CPU, torch.float32)
    assert found.kind == "sdpa"
    assert found.notes == ["attention documents does not run here (RuntimeError: no kernel image is available)."]
    monkeypatch.setattr(chooser, "CANDIDATES", ("documents",))
    with pytest.raises(UserError, match="No attention kernel runs on cpu"):
        measure(POSITIONS, SHAPE, CPU, torch.float32)


@pytest.mark.parametrize("content", ["", "[]", '{"a": 3}', "\x00", '{"a": {"unknown": 1.0}}'])
def test_a_damaged_file_of_answers_is_written_anew(content, monkeypatch):
    kept_answers().parent.mkdir(parents=True)
    kept_answers().write_text(content)
    found = fastest(POSITIONS, SHAPE, CPU, torch.float32)
    assert list(json.loads(kept_answers().read_text()).values()) == [found.milliseconds]


def test_an_answer_that_cannot_be_kept_is_told(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder would be")
    (note,) = fastest(POSITIONS, SHAPE, CPU, torch.float32).notes
    assert f"could not be kept in {kept_answers()} " in note


def test_a_resumed_run_attends_as_before(tmp_path, monkeypatch):
    """The kind is part of the state: another one has other roundings."""
    data = write_packed(tmp_path / "data", seq_len=64, documents=100)
    given = ["train.attention=fastest", "train.steps=4", "train.checkpoint_every=2", "train.validate_every=0"]

    def trainer(resume: bool) -> Trainer:
        config = load_config("tiny", [*given, "train.sample_every=0", "train.batch_tokens=256"])
        return Trainer(config, data, tmp_path / "run", World(0, 1, CPU), resume=resume)

    slow("documents", monkeypatch)
    first = trainer(False)
    assert first.attention == "sdpa"
    first.actions.append((2, lambda own: own.stop() if own.progress.step == 2 else None))
    first.run()
    path, _ = checkpoint.newest(tmp_path / "run" / "checkpoints")
    assert json.loads((path / "state.json").read_text())["attention"] == "sdpa"
    kept_answers().unlink()
    slow("sdpa", monkeypatch)
    second = trainer(True)
    assert second.attention == "sdpa"
    assert second.run().finished


def test_an_answer_with_a_kind_that_no_longer_runs_is_measured_again(monkeypatch):
    slow("documents", monkeypatch)
    kept = fastest(POSITIONS, SHAPE, CPU, torch.float32)
    (key,) = json.loads(kept_answers().read_text())
    kept_answers().write_text(json.dumps({key: kept.milliseconds | {"varlen": 0.1}}))
    assert fastest(POSITIONS, SHAPE, CPU, torch.float32) == kept
    assert json.loads(kept_answers().read_text()) == {key: kept.milliseconds}


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-4), (torch.bfloat16, 0.05), (torch.float16, 0.01)])
def test_one_gradient_that_differs_by_more_than_rounding_is_enough(monkeypatch, dtype, most, place):
    """The output and three gradients, by their largest values."""

    def timed(kind, positions, inputs, device):
        results = [torch.tensor([1.0, -2.0]) for _ in range(4)]
        results[place][0] += far[0] * (kind == "sdpa")
        return 1.0, results

    monkeypatch.setattr(chooser, "_time", timed)
    far = [0.0]
    for far[0], taken in ((2 * most * 0.99, True), (2 * most * 1.01, False)):
        found = measure(POSITIONS, SHAPE, CPU, dtype)
        assert ("sdpa" in found.milliseconds, len(found.notes)) == (taken, not taken)


def test_the_first_turn_which_compiles_counts_for_nothing(monkeypatch):
    now, turns = [0.0], iter([9.0, 3.0, 2.0, 4.0, 5.0, 6.0])
    mask = chooser.document_mask(POSITIONS, "sdpa", CPU)

    class Slow:
        def attend(self, *inputs):
            now[0] += next(turns)
            return mask.attend(*inputs)

    monkeypatch.setattr(chooser, "document_mask", lambda *_: Slow())
    monkeypatch.setattr(chooser.time, "perf_counter", lambda: now[0])
    inputs = [torch.randn(2, 64, heads, 16, requires_grad=True) for heads in (4, 2, 2)]
    assert chooser._time("sdpa", POSITIONS, inputs, CPU)[0] == 2.0
