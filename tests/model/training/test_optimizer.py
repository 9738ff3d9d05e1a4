"""Rates over steps, Muon's orthogonal updates, and clipping."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
import torch

from model.config import ModelConfig, OptimizerConfig, ScheduleConfig
from model.network.decoder import Decoder
from model.optimizers.muon import state as muon_state
from model.optimizers.orthogonal import divided, zero_power
from model.training.optimizer import build_optimizers, clip_gradients, set_rate
from model.training.schedule import learning_rate

SMALL = ModelConfig(layers=2, heads=4, dim=32, ffn_dim=48, kv_heads=2, vocab_size=128, context=16)


def rates(steps: int = 100, **settings) -> list[float]:
    return [learning_rate(ScheduleConfig(**settings), step, steps) for step in range(steps)]


def test_cosine():
    found = rates(warmup=10, final=0.1)
    assert found[:10] == pytest.approx([k / 10 for k in range(1, 11)])
    assert found[10] == pytest.approx(1.0)
    assert found[10 + 89 // 2] == pytest.approx(0.55, abs=0.01)
    assert found[-1] == pytest.approx(0.1)
    assert all(a >= b for a, b in itertools.pairwise(found[10:]))


def test_warmup_stable_decay():
    found = rates(kind="wsd", warmup=10, final=0.0, decay=0.2)
    assert found[9:79] == [1.0] * 70
    assert found[-1] == 0.0
    assert found[89] == pytest.approx(0.5)


def test_constant_and_no_warmup():
    assert rates(kind="constant", warmup=0) == [1.0] * 100


def test_decay_is_on_matrices_alone_and_every_parameter_is_trained():
    for name in ("adamw", "muon"):
        model = Decoder(SMALL)
        optimizers = build_optimizers(model, OptimizerConfig(name=name))
        groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        trained = [id(p) for group in groups for p in group["params"]]
        assert sorted(trained) == sorted(map(id, model.parameters()))
        for group in groups:
            assert all((p.dim() == 2) == (group["weight_decay"] > 0) for p in group["params"])
        for fraction in (0.25, 0.5):  # of the peak, not of the rate before
            set_rate(optimizers, fraction)
            assert {group["lr"] for group in groups} == {fraction * 4e-4}


@pytest.mark.parametrize(
    "given", [{}, {"lr": 0.02, "beta1": 0.3, "beta2": 0.6, "eps": 1e-2, "weight_decay": 0.5}, {"beta1": 0.0}]
)
def test_first_step_equals_plain_adamw(given):
    """States made in advance change nothing: the same as torch's optimiser that makes its own."""
    torch.manual_seed(0)
    model = Decoder(SMALL)
    other = Decoder(SMALL)
    other.load_state_dict(model.state_dict())
    ids = torch.randint(0, 128, (2, 16))
    for m in (model, other):
        m.training_loss(ids, None, None, ids)[0].backward()
    ours: Any = build_optimizers(model, OptimizerConfig(**given))[0]
    how = {"lr": 4e-4, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.1} | given
    matrices = [p for p in other.parameters() if p.dim() == 2]
    norms = [p for p in other.parameters() if p.dim() == 1]
    groups: list[dict[str, Any]] = [{"params": matrices}, {"params": norms, "weight_decay": 0.0}]
    betas = how["beta1"], how["beta2"]
    plain = torch.optim.AdamW(groups, lr=how["lr"], betas=betas, eps=how["eps"], weight_decay=how["weight_decay"])
    for factor in (1.0, 0.25, 4.0):  # of equal gradients the decay of the moments would not show
        for parameter in (*model.parameters(), *other.parameters()):
            parameter.grad.mul_(factor)
        plain.step()
        ours.step()
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-7)


@pytest.mark.parametrize("shape", [(48, 32), (32, 48), (32, 32)])
def test_zero_power_is_nearly_orthogonal(shape):
    torch.manual_seed(1)
    values = torch.linalg.svdvals(zero_power(torch.randn(shape)))
    assert values.min() > 0.3
    assert values.max() < 1.3


def test_muon_treats_stacked_matrices_apart():
    """The update of a fused query-key-value matrix is that of the three on their own; with Nesterov's momentum, which
    shows from the second step on, since updates do not depend on a gradient's size."""
    torch.manual_seed(2)
    model = Decoder(SMALL)
    weight: Any = model.get_parameter("blocks.0.attention.qkv.weight")
    optimizers = build_optimizers(model, OptimizerConfig(name="muon", lr=1e-2, weight_decay=0.0, muon_momentum=0.9))
    muon: Any = optimizers[1]
    momentum = torch.zeros_like(weight)
    for _ in range(3):
        before = weight.detach().clone()
        for parameter in model.parameters():
            parameter.grad = torch.randn_like(parameter)
        gradient = weight.grad.clone()
        muon.step()
        momentum = 0.9 * momentum + 0.1 * gradient
        parts = (0.1 * gradient + 0.9 * momentum).split([32, 16, 16])
        expected = torch.cat([zero_power(part) * 0.2 * max(part.shape) ** 0.5 for part in parts])
        assert torch.allclose(before - weight.detach(), 1e-2 * expected, atol=1e-6)


def test_clipping():
    parameters = [torch.nn.Parameter(torch.zeros(3)), torch.nn.Parameter(torch.zeros(2, 2))]
    gradients = [torch.ones_like(parameter) for parameter in parameters]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    norm = clip_gradients(parameters, 2.0, 1.0)
    assert norm == pytest.approx(2 * 7**0.5)
    assert float(torch.cat([g.flatten() for g in gradients]).norm()) == pytest.approx(1.0)
    assert clip_gradients(parameters, 0.5, 1.0) == pytest.approx(0.5)
    assert float(torch.cat([g.flatten() for g in gradients]).norm()) == pytest.approx(0.5)
    for odd in (float("inf"), float("nan")):  # the step is skipped, and what is wrong can still be seen
        gradients[0][0] = odd
        before = torch.cat([g.flatten() for g in gradients])
        assert clip_gradients(parameters, 0.5, 0.1) == pytest.approx(odd, nan_ok=True)
        assert torch.equal(torch.cat([g.flatten() for g in gradients])[1:], before[1:])


def test_each_optimizer_has_its_own_rate_and_decay():
    model = Decoder(SMALL)
    settings = OptimizerConfig(name="muon", lr=1e-2, muon_lr=3e-2, weight_decay=0.5, decay_embeddings=False)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    found = {
        names[id(p)]: (group["lr"], group["weight_decay"])
        for optimizer in build_optimizers(model, settings)
        for group in optimizer.param_groups
        for p in group["params"]
    }
    for name, parameter in model.named_parameters():
        if name.startswith("blocks.") and parameter.dim() == 2:
            assert found[name] == (3e-2, 0.5), name
        else:
            assert found[name] == (1e-2, 0.5 if parameter.dim() == 2 and name != "embedding.weight" else 0.0), name
    same = build_optimizers(model, OptimizerConfig(name="muon", lr=1e-2))
    assert {group["lr"] for optimizer in same for group in optimizer.param_groups} == {1e-2}


@pytest.mark.parametrize("name", ["adamw", "muon"])
@pytest.mark.parametrize("tied", [False, True])
def test_embedding_and_head_may_have_rates_of_their_own(name, tied):
    model = Decoder(replace(SMALL, tied=tied))
    settings = OptimizerConfig(name=name, lr=1e-2, embedding_lr=3e-1, head_lr=2e-1, decay_embeddings=False)
    optimizers = build_optimizers(model, settings)
    names = {id(parameter): key for key, parameter in model.named_parameters()}
    for fraction in (1.0, 0.5):
        set_rate(optimizers, fraction)
        groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        found = {names[id(p)]: group["lr"] for group in groups for p in group["params"]}
        assert found.pop("embedding.weight") == 3e-1 * fraction
        assert found.pop("head.weight", 2e-1 * fraction) == 2e-1 * fraction
        assert set(found.values()) == {1e-2 * fraction}
    weights = {"embedding.weight": 0.15, "norm.weight": 5e-3} | ({} if tied else {"head.weight": 0.1})
    before = {key: model.get_parameter(key).detach().clone() for key in weights}
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    for optimizer in optimizers:
        optimizer.step()
    for key, expected in weights.items():  # AdamW's first step is the rate, here half of the peak
        moved = before[key] * (1 - expected * 0.1 * (key == "head.weight")) - model.get_parameter(key).detach()
        assert torch.allclose(moved, torch.full_like(moved, expected), rtol=1e-3, atol=1e-5), key


def test_muon_decays_weights_by_rate_times_decay():
    model = Decoder(SMALL)
    weight: Any = model.get_parameter("blocks.0.attention.qkv.weight")
    before = weight.detach().clone()
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    build_optimizers(model, OptimizerConfig(name="muon", lr=1e-1, weight_decay=0.5))[1].step()
    assert torch.allclose(weight, before * (1 - 1e-1 * 0.5))


def test_cautious_decay_spares_weights_that_the_update_enlarges():
    update = {}
    for cautious in (False, True):
        torch.manual_seed(0)
        model = Decoder(SMALL)
        weight = next(p for n, p in model.named_parameters() if n.endswith("attention.out.weight"))
        still = next(p for n, p in model.named_parameters() if n.endswith("attention.qkv.weight"))
        before, unmoved = weight.detach().clone(), still.detach().clone()
        weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
        for other in model.parameters():
            if other is not weight:
                other.grad = torch.zeros_like(other)
        for optimizer in build_optimizers(model, OptimizerConfig("muon", lr=0.1, weight_decay=0.5, cautious=cautious)):
            optimizer.step()
        update[cautious] = weight.detach() - before
        torch.testing.assert_close(still.detach(), unmoved * (1 - 0.1 * 0.5))  # what is not moved decays, too
    step = update[False] + 0.1 * 0.5 * before  # without any decay
    smaller = step * before < 0
    assert 0.3 < smaller.float().mean() < 0.7
    torch.testing.assert_close(update[True], torch.where(smaller, update[False], step))


def test_zero_power_follows_its_polynomial():
    """Keller Jordan's coefficients: a singular value s becomes 3.4445 s − 4.7750 s³ + 2.0315 s⁵, five times."""
    values = torch.tensor([0.9, 0.4, 0.1])
    expected = values / (values.norm() + 1e-7)
    for _ in range(5):
        expected = 3.4445 * expected - 4.7750 * expected**3 + 2.0315 * expected**5
    assert torch.allclose(zero_power(torch.diag(values)), torch.diag(expected), atol=1e-5)


def test_the_work_of_a_matrix_is_its_product_and_the_shorter_side():
    """Costs of 48, 64 and 27: the second to the first rank, the others to the other one."""
    assert divided([(2, 12), (4, 4), (3, 3)], 2) == [1, 0, 1]


def test_muon_keeps_one_number_a_weight_and_adamw_two():
    names = [("blocks.0.attention.qkv.weight", 2), ("blocks.0.norm.weight", 1), ("embedding.weight", 2)]
    assert [muon_state(*name) for name in names] == [1, 2, 2]
