"""Chunked cross-entropy against functional.cross_entropy: value, gradients, ignored targets, z-loss."""

import pytest
import torch
from torch.nn import functional

from model.network.loss import chunked_cross_entropy, token_losses


def inputs(ignored: bool):
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(37, 16, generator=generator, requires_grad=True)
    weight = torch.randn(101, 16, generator=generator, requires_grad=True)
    targets = torch.randint(0, 101, (37,), generator=generator)
    if ignored:
        targets[::3] = -100
    return hidden, weight, targets


@pytest.mark.parametrize("chunks", [1, 4, 37, 64])
@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize("z_loss", [0.0, 0.01])
def test_equals_cross_entropy(chunks, ignored, z_loss):
    hidden, weight, targets = inputs(ignored)
    total, cross_entropy = chunked_cross_entropy(hidden, weight, targets, chunks, z_loss)
    (0.5 * total).backward()
    grads = hidden.grad, weight.grad
    hidden.grad = weight.grad = None
    logits = hidden @ weight.T
    expected = functional.cross_entropy(logits, targets, reduction="sum")
    penalty = (logits.logsumexp(1).square() * (targets >= 0)).sum()
    (0.5 * (expected + z_loss * penalty)).backward()
    assert torch.allclose(cross_entropy, expected, rtol=1e-6)
    assert torch.allclose(total, expected + z_loss * penalty, rtol=1e-5)
    assert torch.allclose(grads[0], hidden.grad, atol=2e-5, rtol=1e-4)
    assert torch.allclose(grads[1], weight.grad, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("chunks", [1, 5])
def test_products_of_half_the_precision_add_up_over_all_chunks(chunks):
    """The residual stream is bfloat16 in training, the head's weight and its gradient are float32."""
    hidden, weight, targets = inputs(True)
    half = hidden.detach().to(torch.bfloat16).requires_grad_()
    total, _ = chunked_cross_entropy(half, weight, targets, chunks)
    total.backward()
    expected = functional.cross_entropy(half.detach().float() @ weight.T, targets, reduction="sum")
    (gradient,) = torch.autograd.grad(expected, weight)
    assert weight.grad.dtype == torch.float32
    assert total.item() == pytest.approx(expected.item(), rel=0.01)
    assert (weight.grad - gradient).norm() < 0.02 * gradient.norm()


def test_everything_ignored_is_zero():
    hidden, weight, targets = inputs(False)
    total, _ = chunked_cross_entropy(hidden, weight, torch.full_like(targets, -100))
    total.backward()
    assert total.item() == 0
    assert not hidden.grad.any()
    assert not weight.grad.any()


def test_not_finite_logits_are_not_hidden():
    hidden, weight, targets = inputs(False)
    total, _ = chunked_cross_entropy(hidden * float("inf"), weight, targets)
    assert not torch.isfinite(total)


def test_token_losses():
    hidden, weight, targets = inputs(True)
    expected = functional.cross_entropy(hidden @ weight.T, targets, reduction="none")
    assert torch.allclose(token_losses(hidden, weight, targets, 5), expected, atol=1e-5)
