"""Compiled blocks give the same losses; fp8 products nearly the same, under the same names."""

import pytest
import torch

from corpus.errors import UserError
from model.config import ModelConfig, TrainConfig
from model.network.acceleration import accelerate, compiles, use_fp8
from model.network.attention import document_mask
from model.network.decoder import Decoder

SHAPE = ModelConfig(layers=2, heads=4, dim=64, ffn_dim=128, vocab_size=256, context=64)
CPU = torch.device("cpu")


def gradients(model: Decoder) -> tuple[float, dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(1)
    ids = torch.randint(0, 256, (2, 64), generator=generator)
    positions = torch.cat([torch.arange(40), torch.arange(24)]).repeat(2, 1)
    loss, _ = model.training_loss(ids, positions, document_mask(positions, "sdpa", CPU), ids)
    loss.backward()
    return float(loss), {name: p.grad for name, p in model.named_parameters() if p.grad is not None}


def build(dtype: torch.dtype = torch.float32) -> Decoder:
    torch.manual_seed(0)
    return Decoder(SHAPE, dtype)


def test_blocks_and_loss_compile_without_a_break():
    """Traced by Dynamo and run eagerly: what would break the graph on a GPU breaks here, without a C++ compiler."""
    model, eager = build(), build()
    accelerate(model, TrainConfig(steps=1), CPU)  # "auto" leaves the CPU alone
    assert not compiles(TrainConfig(steps=1), CPU)
    for block in model.blocks:
        block.compile(fullgraph=True, backend="aot_eager")
    found, expected = gradients(model), gradients(eager)
    assert found[0] == pytest.approx(expected[0], rel=1e-6)
    assert found[1].keys() == expected[1].keys()
    assert all(torch.allclose(found[1][name], expected[1][name], atol=1e-5) for name in expected[1])


def test_bf16_is_near_float32():
    (a, x), (b, y) = gradients(build(torch.bfloat16)), gradients(build())
    assert a == pytest.approx(b, rel=2e-3)
    for name in x:
        assert x[name].dtype == torch.float32
        assert torch.nn.functional.cosine_similarity(x[name].flatten(), y[name].flatten(), dim=0) > 0.99, name


def test_fp8_is_near_bf16():
    pytest.importorskip("torchao", reason="fp8 needs torchao")
    model, plain = build(torch.bfloat16), build(torch.bfloat16)
    use_fp8(model, CPU, emulate=True)
    (a, x), (b, y) = gradients(model), gradients(plain)
    assert a == pytest.approx(b, rel=5e-3)
    assert x.keys() == y.keys()
    assert a != b
    name = "blocks.0.attention.qkv.weight"
    assert torch.nn.functional.cosine_similarity(x[name].flatten(), y[name].flatten(), dim=0) > 0.95


@pytest.mark.parametrize("compiled", [False, True])
def test_fp8_is_for_training_alone(compiled):
    """Validation is that of the weights in bf16, and training goes on in fp8 behind it."""
    pytest.importorskip("torchao", reason="fp8 needs torchao")
    model, plain = build(torch.bfloat16), build(torch.bfloat16)
    use_fp8(model, CPU, emulate=True)
    if compiled:
        for block in model.blocks:
            block.compile(fullgraph=True, backend="aot_eager")
    ids = torch.arange(64)[None] % 256
    before = gradients(model)[0]
    with torch.no_grad():
        positions = torch.arange(64)[None]
        mask = document_mask(positions, "sdpa", CPU)
        found, expected = (each.eval().logits(ids, positions, mask) for each in (model, plain))
    assert torch.allclose(found, expected, atol=1e-2)
    assert gradients(model.train())[0] == before
    assert gradients(plain.train())[0] != before


def test_fp8_where_the_device_cannot():
    with pytest.raises(UserError, match=r"train\.fp8 needs a GPU"):
        accelerate(build(), TrainConfig(steps=1, fp8=True), CPU)


@pytest.mark.parametrize(("how", "cpu", "gpu"), [("auto", False, True), ("on", True, True), ("off", False, False)])
def test_where_blocks_are_compiled(monkeypatch, how, cpu, gpu):
    """And with the budget of activations of the configuration."""
    from torch._functorch import config

    train = TrainConfig(steps=1, compile=how, activation_budget=0.75)
    for place, wanted in (("cpu", cpu), ("cuda", gpu)):
        assert compiles(train, torch.device(place)) == wanted
        model, told = build(), []
        for block in model.blocks:
            monkeypatch.setattr(block, "compile", lambda told=told, **how: told.append(how))
        with config.patch(activation_memory_budget=0.5):
            accelerate(model, train, torch.device(place))
            assert config.activation_memory_budget == (0.75 if wanted else 0.5)
        assert told == [{"fullgraph": True}] * (2 * wanted)


@pytest.mark.parametrize(("capability", "able"), [((8, 6), False), ((8, 9), True), ((9, 0), True)])
def test_fp8_needs_a_gpu_from_ada_on(monkeypatch, capability, able):
    pytest.importorskip("torchao", reason="fp8 needs torchao")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    model = build()
    if able:
        use_fp8(model, torch.device("cuda"))
        assert type(model.head).__name__ == "Linear"  # the blocks alone
        assert {type(block.attention.qkv).__name__ for block in model.blocks} == {"Fp8Linear"}
    else:
        with pytest.raises(UserError, match=r"compute capability 8\.9 or later"):
            use_fp8(model, torch.device("cuda"))
