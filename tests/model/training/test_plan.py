"""What a run is said to take, against what it takes."""

import pytest
import torch
from typer.testing import CliRunner

from corpus.errors import UserError
from model.config import load_config, resolve
from model.data.packed import PackedData
from model.network.decoder import Decoder
from model.training.batching import micro_batches
from model.training.shown.plan import activation_bytes, make_plan, memory_advice, rows
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
    assert "359,842,816" in dry_run("--config", "350m", "--data", str(tmp_path), "--out", str(out))
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
