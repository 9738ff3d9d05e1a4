"""What only a GPU can show: attention kernels, compiled bf16 training, fp8, checkpoints that travel between devices.

Run by `python -m benchmarks.gpu`. Needs neither network nor more packages than benchmarks/gpu names. With DEVICE=cpu
what a CPU can do of it runs there: a rehearsal that finds mistakes before a GPU is at hand.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from model.config import ModelConfig, OptimizerConfig, TrainConfig, load_config
from model.network.acceleration import accelerate
from model.network.attention import document_mask, usable
from model.network.decoder import Decoder
from model.runs.run_directory import load_decoder
from model.text.generate import Sampling, generate_batch
from model.training.actions import validate
from model.training.optimizer import build_optimizers
from model.training.parallel import World, world
from model.training.shown.flops import peak_flops
from model.training.shown.log import Stopwatch
from model.training.trainer import Trainer
from tests.model.packed_data import events, write_packed

GPU = torch.device(os.environ.get("DEVICE", "cuda"))
REHEARSAL = GPU.type == "cpu"
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not (REHEARSAL or torch.cuda.is_available()), reason="needs a CUDA device"),
]
needs_gpu = pytest.mark.skipif(REHEARSAL, reason="needs a CUDA device")
VARLEN = "documents" if REHEARSAL else "varlen"
POSITIONS = torch.stack([torch.cat([torch.arange(n) for n in row]) for row in [[300, 1, 211], [512], [7, 5, 500]]])
SHAPE = ModelConfig(layers=2, heads=4, dim=256, ffn_dim=512, vocab_size=512, context=512)


@pytest.fixture(scope="module")
def packed(tmp_path_factory) -> Path:
    return write_packed(tmp_path_factory.mktemp("data"), seq_len=128, documents=800)


def validated(trainer: Trainer) -> dict[str, float]:
    """Bits per byte of a trainer that has not run."""
    validate(trainer)
    return trainer.validation


def attended(kind: str, dtype: torch.dtype, groups: int, compiled: bool) -> list[torch.Tensor]:
    """Output and gradients of attention over POSITIONS, in float32 on the CPU."""
    generator = torch.Generator().manual_seed(0)
    heads = (4, groups, groups)
    inputs = [torch.randn(3, 512, h, 64, generator=generator).to(GPU, dtype).requires_grad_() for h in heads]
    mask = document_mask(POSITIONS, kind, GPU)
    function: Any = torch.compile(mask.attend, fullgraph=True) if compiled else mask.attend
    out = function(*inputs)
    out.backward(torch.ones_like(out))
    return [x.float().cpu() for x in (out.detach(), *(i.grad for i in inputs if i.grad is not None))]


@pytest.mark.parametrize("groups", [4, 2])
@pytest.mark.parametrize("kind", ["varlen", "flash3", "flex", "documents"])
def test_every_kernel_masks_alike(kind, groups):
    """Against the boolean mask in float32: output and all three gradients."""
    if not usable(kind, GPU, torch.bfloat16):
        pytest.skip(f"{kind} does not run here")
    expected = attended("sdpa", torch.float32, groups, False)
    found = attended(kind, torch.bfloat16, groups, kind == "flex")
    for a, b in zip(found, expected, strict=True):
        assert torch.allclose(a, b, atol=0.03, rtol=0.03), (a - b).abs().max()


def test_compiled_steps_are_those_of_eager_float32():
    """Twenty steps in bf16 with compiled blocks and varlen attention follow the same steps in plain float32 on the
    CPU."""
    ids = torch.randint(0, 512, (3, 512), generator=torch.Generator().manual_seed(1))

    def losses(device: torch.device, dtype: torch.dtype, kind: str) -> list[float]:
        torch.manual_seed(0)
        model = Decoder(SHAPE, dtype).to(device)
        accelerate(model, TrainConfig(steps=1, compile="on" if device is GPU and not REHEARSAL else "off"), device)
        (optimizer,) = build_optimizers(model, OptimizerConfig(lr=1e-3))  # at 3e-3 the steps are chaotic
        found = []
        for _ in range(20):
            mask = document_mask(POSITIONS, kind, device)
            loss, nats = model.training_loss(ids.to(device), POSITIONS.to(device), mask, ids.to(device))
            (loss / ids.numel()).backward()
            optimizer.step()  # type: ignore[call-arg]  # no closure
            optimizer.zero_grad()
            found.append(float(nats) / ids.numel())
        return found

    found = losses(GPU, torch.bfloat16, VARLEN)
    assert found == pytest.approx(losses(torch.device("cpu"), torch.float32, "sdpa"), rel=0.01)
    assert found[-1] < found[0] - 1


@needs_gpu
def test_changing_documents_do_not_compile_anew():
    """The number of documents differs from batch to batch; the block must be compiled for all of them at once."""
    from torch._dynamo.utils import counters

    model = Decoder(SHAPE, torch.bfloat16).to(GPU)
    accelerate(model, TrainConfig(steps=1), GPU)
    generator = torch.Generator().manual_seed(0)
    graphs = []
    for documents in (2, 3, 5, 9, 17):
        cuts = torch.randperm(510, generator=generator)[: documents - 1].add(1).sort().values
        row = torch.cat([torch.arange(int(n)) for n in torch.diff(torch.tensor([0, *cuts, 512]))])
        positions = row.repeat(3, 1)
        mask = document_mask(positions, "varlen", GPU)
        ids = torch.zeros(3, 512, dtype=torch.long, device=GPU)
        model.training_loss(ids, positions.to(GPU), mask, ids)[0].backward()
        graphs.append(counters["stats"]["unique_graphs"])
    assert graphs[-1] == graphs[1], graphs


def test_training_resumes_and_generates(packed, tmp_path):
    overrides = ["train.steps=20", "train.checkpoint_every=10", "train.validate_every=20", "train.precision=bf16"]
    config = load_config("tiny", [*overrides, "train.log_every=1"])
    with world(GPU.type) as here:
        straight = Trainer(config, packed, tmp_path / "straight", here).run()
        first = Trainer(config, packed, tmp_path / "halves", here)
        for _ in range(10):
            first._step(Stopwatch())
        first.save()
        first.checkpoints.wait()
        first.close()
        second = Trainer(config, packed, tmp_path / "halves", here, resume=True)
        assert second.progress.step == 10
        resumed = second.run()
    assert straight.loss < straight.unigram_entropy - 1
    # atomic additions in the embedding's gradient are not ordered on a GPU: near, not equal
    assert resumed.loss == pytest.approx(straight.loss, rel=1e-2)
    line = events(tmp_path / "straight", "train")[-1]
    if not REHEARSAL:
        assert line["memory_gb"] > 0
        assert ("mfu_causal" in line) == (peak_flops(torch.cuda.get_device_name()) is not None)
    assert line["stall"] < 0.5
    model, _, _ = load_decoder(tmp_path / "straight", device=GPU, dtype=torch.bfloat16)
    tokenizer = tmp_path / "straight" / "tokenizer" / "tokenizer.json"
    texts = generate_batch(model, tokenizer, ["봄이 오면", "The"], Sampling(tokens=20))
    assert all(text.strip() for text in texts)


def test_a_checkpoint_from_the_gpu_loads_on_the_cpu(packed, tmp_path):
    config = load_config(
        "tiny",
        [
            "train.steps=5",
            "train.validate_every=5",
            "train.precision=fp32",
            f"train.attention={'sdpa' if REHEARSAL else 'flex'}",
        ],
    )
    with world(GPU.type) as here:
        there = Trainer(config, packed, tmp_path / "run", here).run()
    more = load_config("tiny", ["train.steps=6", "train.validate_every=6", "train.precision=fp32"])
    trainer = Trainer(more, packed, tmp_path / "run", World(0, 1, torch.device("cpu")), resume=True)
    assert trainer.progress.step == 5
    assert validated(trainer) == pytest.approx(there.validation, rel=1e-3)


@needs_gpu
@pytest.mark.skipif(
    torch.cuda.is_available() and torch.cuda.get_device_capability() < (8, 9),
    reason="needs a GPU that multiplies in fp8",
)
def test_fp8_learns_like_bf16(packed, tmp_path):
    pytest.importorskip("torchao", reason="fp8 needs torchao")
    found = []
    with world(GPU.type) as here:
        for fp8 in ("false", "true"):
            config = load_config(
                "tiny", ["train.steps=20", "train.precision=bf16", f"train.fp8={fp8}", "train.validate_every=0"]
            )
            found.append(Trainer(config, packed, tmp_path / fp8, here).run().loss)
    assert found[1] == pytest.approx(found[0], rel=0.05)


def test_memory_that_runs_out_gives_advice(packed, tmp_path):
    from corpus.errors import UserError
    from model.training.shown.plan import memory_advice

    config = load_config("tiny", ["train.steps=1", "model.layers=2"])
    with world(GPU.type) as here:
        trainer = Trainer(config, packed, tmp_path / "run", here)
        trainer.decoder.training_loss = lambda *args, **kwargs: torch.empty(1 << 58, device=GPU)  # type: ignore[method-assign]
        with pytest.raises(UserError, match=r"train\.micro_rows=2"), memory_advice(config):
            trainer.run()
