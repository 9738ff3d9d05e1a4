"""What a run is said to take, against what it takes."""

from dataclasses import replace

import pytest
import torch
from typer.testing import CliRunner

from corpus.errors import UserError
from model.config import ModelConfig, load_config, resolve
from model.data.packed import PackedData
from model.network.decoder import Decoder
from model.training.batching import micro_batches
from model.training.shown.plan import (
    ASSUMED,
    Plan,
    activation_bytes,
    make_plan,
    measured_rate,
    memory_advice,
    most_rows,
    rows,
    state_bytes,
)
from tests.model.packed_data import write_packed


def large(*overrides: str):
    return resolve(load_config("1.3b", overrides), 50_304, 4096)


def test_the_large_run():
    plan = make_plan(large(), 4096, ranks=8)
    assert plan.parameters == 1_439_270_912
    assert plan.tokens_per_step == 4_194_304
    assert (plan.micro_rows, plan.accumulate) == (8, 16)
    assert plan.tokens == pytest.approx(1.4e12, rel=0.01)
    assert plan.state_bytes == 16 * plan.parameters
    # 1.29e22 operations at 45 % of 989.4 TFLOP/s
    assert plan.device_hours(989.4e12) == pytest.approx(8063, abs=5)
    assert make_plan(large("train.parallel=fsdp"), 4096, ranks=8).state_bytes == 2 * plan.parameters


def test_memory_is_counted_as_the_backward_pass_keeps_it():
    """The estimate against the bytes that autograd really saves for a model on the CPU, without compilation."""
    config = load_config("tiny", ["model.layers=4", "model.dim=256", "model.ffn_dim=704", "train.loss_chunks=4"])
    config = resolve(config, 512, 128)
    model = Decoder(config.model)
    saved: dict[int, int] = {}
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            saved[storage.data_ptr()] = storage.nbytes()
        return tensor

    ids = torch.randint(0, 512, (4, 128))
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
        keep = model.training_loss(ids, None, None, ids)
    assert keep[0].requires_grad
    assert (
        0.5 < activation_bytes(config, 512) / sum(saved.values()) < 1.1
    )  # a compiled block keeps less than an eager one


def test_checkpointing_and_smaller_batches_take_less():
    whole = activation_bytes(large(), 32_768)
    assert activation_bytes(large("train.activation_checkpointing=true"), 32_768) < whole / 5
    assert activation_bytes(large(), 16_384) < 0.6 * whole


def test_micro_batches():
    assert micro_batches(4_194_304, 4096, 8, 1) == (8, 128)
    assert micro_batches(4_194_304, 4096, 8, 256) == (4, 1)
    assert micro_batches(4096, 4096, 8, 1) == (1, 1)
    assert micro_batches(100, 4096, 8, 1) == (1, 1)
    assert micro_batches(6 * 64, 64, 4, 1) == (3, 2)


@pytest.mark.parametrize(
    ("rows", "ranks", "found"),
    [
        (40, 2, (5, 4)),  # 20 rows a rank: five at a time are more than half of eight
        (88, 2, None),  # 44 rows a rank: at most four at a time, exactly half
        (44, 1, (8, 6)),  # by themselves they become 48
        (977, 1, (8, 122)),
        (8, 2, (4, 1)),  # all that a rank has
        (9, 2, (4, 1)),
    ],
)
def test_micro_batches_are_more_than_half_of_what_fits(rows, ranks, found):
    if found is None:
        with pytest.raises(UserError, match=rf"which {ranks} devices cannot share in micro-batches of 8 rows"):
            micro_batches(rows * 64, 64, 8, ranks)
    else:
        assert micro_batches(rows * 64, 64, 8, ranks) == found


def test_unknown_devices_are_said_to_be_unknown():
    table = dict(rows(make_plan(large(), 4096), "Some New GPU", None))
    assert table["time here (Some New GPU)"].startswith("unknown")
    assert table["GPU-hours on A100"] == "25,567.95"


def dry_run(*arguments: str) -> str:
    import typer

    from pipelines.pretrain import main

    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, [*arguments, "--dry-run", "--device", "cpu"])
    assert result.exit_code == 0, result.output
    return result.output.replace("\n", "")


def test_dry_run_writes_nothing(tmp_path):
    out = tmp_path / "run"
    assert "411,360,256" in dry_run("--config", "350m", "--data", str(tmp_path), "--out", str(out))
    assert not out.exists()


def test_dry_run_tells_the_epochs_of_each_source(tmp_path):
    data = write_packed(tmp_path)
    shown = dry_run("--config", "tiny", "--data", str(data), "--set", "train.steps=100", "--set", "data.mixture.ko=1")
    assert "Training on 409,600 tokens" in shown
    epochs = 409_600 / PackedData(data).sources[0].tokens
    assert f"{epochs:.2f}" in shown
    assert "warning:Trainingwillseeko-source" in "".join(shown.split())  # wherever the terminal folds the line


def test_an_error_without_a_message_is_still_advice():
    with pytest.raises(UserError, match=r"Memory ran out.*\(OutOfMemoryError\)"), memory_advice(load_config("tiny")):
        raise torch.OutOfMemoryError


def test_the_rows_that_fit_leave_15_percent_to_kernels():
    config = large()
    for number in (1, 4, 64):
        need = 1.15 * activation_bytes(config, number * 4096)
        assert most_rows(config, 4096, need * 1.0001) == number
        assert most_rows(config, 4096, need * 0.9999) == max(1, number // 2)
    assert most_rows(config, 4096, 1e18) == 64


def test_rows_that_a_configuration_leaves_open_are_planned_by_the_memory():
    config = large("train.micro_rows=0")
    state = state_bytes(config)
    for ranks, how in ((1, "ddp"), (8, "fsdp")):
        config = large("train.micro_rows=0", f"train.parallel={how}", f"train.batch_tokens={64 * 8 * 4096}")
        memory = state // (8 if how == "fsdp" else 1) + 1.15 * activation_bytes(config, 16 * 4096) + 1
        assert make_plan(config, 4096, ranks, memory).micro_rows == 16
        assert make_plan(config, 4096, ranks, memory - 2).micro_rows == 8
        assert make_plan(config, 4096, ranks).micro_rows == 8
    assert make_plan(large("train.micro_rows=4"), 4096, memory=1e12).micro_rows == 4


def test_the_table_of_a_plan_by_hand():
    plan = Plan(
        10, 4, 1000, 5, 2, 30, 2_000_000_000, 4_000_000_000, 989.4e12 * ASSUMED * 3600 * 8
    )  # 8 hours of an H100
    table = dict(rows(plan, "NVIDIA H100", 989.4e12, 6.5e9))
    assert table["tokens a step"] == "1,000 (4 × 2 × 5 rows)"
    assert table["tokens in all"] == "30,000 in 30 steps"
    assert table["memory, weights and optimiser"] == "2.00 GB a device"
    assert table["memory, activations"] == "4.00 GB a device (estimate)"
    assert table["memory in all"].startswith("6.6 GB of this device's 6.5 GB: DOES NOT FIT")  # 2 + 1.15 × 4
    assert table["time here (4 × NVIDIA H100)"] == "2 h 0 min at 45 % causal utilisation; 8.0 device-hours"
    assert table["GPU-hours on A100"] == f"{8 * 989.4 / 312:,.2f}"
    assert "GPU-hours on H100" not in table
    assert dict(rows(plan, "x", 1e12, 6.7e9))["memory in all"].endswith("fits")


@pytest.mark.parametrize(
    ("hours", "text"), [(0.5, "30 min 0 s"), (1.0, "1 h 0 min"), (23.9, "23 h 54 min"), (100.0, "4 d 4 h")]
)
def test_hours_for_people(hours, text):
    plan = Plan(1, 1, 1, 1, 1, 1, 1, 1, hours * 1e12 * ASSUMED * 3600)
    assert dict(rows(plan, "x", 1e12))["time here (1 × x)"].startswith(f"{text} at")


def test_state_is_four_bytes_for_each_value_that_is_kept():
    """AdamW keeps two moments of each parameter, Muon one of each matrix."""
    config = resolve(load_config("tiny", ["optimizer.name=adamw"]), 512, 128)
    sizes = [(p.dim(), p.numel(), name) for name, p in Decoder(config.model).named_parameters()]
    assert state_bytes(config) == sum(16 * size for _, size, _ in sizes)
    matrices = sum(size for dim, size, name in sizes if dim == 2 and "embed" not in name and "head" not in name)
    muon = resolve(load_config("tiny", ["optimizer.name=muon"]), 512, 128)
    assert state_bytes(muon) == state_bytes(config) - 4 * matrices


def test_the_rate_of_this_cpu_counts_a_multiplication_and_an_addition(monkeypatch):
    now = iter([10.0, 12.0])
    monkeypatch.setattr("model.training.shown.plan.time.perf_counter", lambda: next(now))
    assert measured_rate(64) == 3 * 2 * 64**3 / 2.0


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (["train.micro_rows=8", "train.loss_chunks=8"],
         "--set train.micro_rows=4 (now 8; the step stays the same size); --set train.activation_checkpointing=true"
         " (about a quarter slower); --set train.loss_chunks=32; several devices with train.parallel=fsdp. "),
        (["train.micro_rows=2", "train.activation_checkpointing=true", "train.loss_chunks=32"],
         "--set train.micro_rows=1 (now 2; the step stays the same size); several devices with"),
        (["train.micro_rows=1", "train.parallel=fsdp", "train.loss_chunks=31"],
         "Try, in this order: --set train.activation_checkpointing=true (about a quarter slower);"
         " --set train.loss_chunks=124. "),
    ],
)  # fmt: skip
def test_advice_is_what_can_still_be_changed(settings, told):
    with pytest.raises(UserError) as raised, memory_advice(load_config("tiny", settings)):
        raise torch.OutOfMemoryError("x")
    assert told in str(raised.value)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize(("precision", "width"), [("bf16", 2), ("fp32", 4)])
def test_activations_by_hand(precision, width, checkpointing):
    """Two blocks of width 32 with 4 heads of 8, of which 2 are keys and values, and 48 in the feed-forward; 100 tokens,
    whose logits of 256 come in 8 chunks."""
    settings = [f"train.precision={precision}", f"train.activation_checkpointing={str(checkpointing).lower()}"]
    config = load_config("tiny", settings)
    shape = ModelConfig(layers=2, heads=4, kv_heads=2, dim=32, ffn_dim=48, vocab_size=256, context=64)
    config = replace(config, model=shape, train=replace(config.train, loss_chunks=8))
    block = (6 * 32 + 2 * (32 + 16) + 16 + 3 * 48) * width * 100
    blocks = block + 2 * 32 * width * 100 if checkpointing else 2 * block
    logits = 13 * 256 * (width + 4 + 4)  # the products, a copy in float32, its softmax
    head = 256 * 32 * (4 + width)  # its gradient, and its weights in the dtype of the products
    assert activation_bytes(config, 100) == blocks + logits + head
