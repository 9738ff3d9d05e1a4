"""Cross-entropy over a large vocabulary, in chunks, so that all logits of a batch are never in memory together.

The usual way keeps logits, their float copy and their gradient: at 32k tokens and 50k entries that is 13 GB. Here each
chunk of rows goes through head, softmax and both gradient products at once, and only the gradients of the hidden states
and of the head are kept. The gradient is thus computed in the forward pass (as in Liger's fused loss), and no product
is computed twice. This requires the gradient with respect to the loss to be a scalar, which it is.
"""

import torch

IGNORED = -100  # targets that are padding


def _chunk(logits: torch.Tensor, targets: torch.Tensor, z_loss: float):
    """Per-row cross-entropy and log-partition [n] in float32, and the gradient of their weighted sum with respect to
    the logits, in their dtype: a compiled chunk writes it once."""
    dtype = logits.dtype
    valid = targets >= 0
    index = targets.clamp(min=0)[:, None]
    logits = logits.float()
    chosen = logits.gather(1, index)
    logs = torch.log_softmax(logits, dim=1)
    log_chosen = logs.gather(1, index)
    partition = ((chosen - log_chosen)[:, 0] * valid).detach()
    losses = (-log_chosen)[:, 0] * valid
    scale = (1.0 + 2.0 * z_loss * partition) * valid
    gradient = logs.exp_().mul_(scale[:, None])
    gradient.scatter_add_(1, index, -valid[:, None].to(gradient.dtype))
    return losses, partition, gradient.to(dtype)


class _ChunkedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, weight, targets, chunks, z_loss, compiled):  # type: ignore[override]
        chunk = _compiled_chunk() if compiled else _chunk
        head = weight.to(hidden.dtype)
        grad_hidden = torch.empty_like(hidden)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32)
        cross_entropy = torch.zeros((), device=hidden.device)
        penalty = torch.zeros((), device=hidden.device)
        for part, goals, grad in zip(
            hidden.chunk(chunks), targets.chunk(chunks), grad_hidden.chunk(chunks), strict=True
        ):
            losses, partition, gradient = chunk(part @ head.T, goals, z_loss)
            torch.mm(gradient, head, out=grad)
            if gradient.dtype == torch.float32:
                grad_weight.addmm_(gradient.T, part)
            else:
                grad_weight += gradient.T @ part
            cross_entropy += losses.sum()
            penalty += partition.square().sum()
        ctx.save_for_backward(grad_hidden, grad_weight.to(weight.dtype))
        ctx.mark_non_differentiable(cross_entropy)
        return cross_entropy + z_loss * penalty, cross_entropy

    @staticmethod
    def backward(ctx, grad_total, _):  # type: ignore[override]
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grad_total.to(grad_hidden.dtype), grad_weight * grad_total, None, None, None, None


_COMPILED: list = []


def _compiled_chunk():
    if not _COMPILED:
        _COMPILED.append(torch.compile(_chunk, dynamic=False))
    return _COMPILED[0]


def chunked_cross_entropy(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    targets: torch.Tensor,
    chunks: int = 8,
    z_loss: float = 0.0,
    compiled: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Sums over all targets >= 0: the loss to differentiate (cross-entropy + z_loss · log²Z), and the cross-entropy
    alone, in nats.

    `hidden` [N, d], `weight` [V, d] (the head; cast to hidden's dtype for the products), `targets` int64 [N], negative
    = ignored. Equal to F.cross_entropy(hidden @ weight.T, targets, reduction="sum") with its gradients.
    """
    return _ChunkedCrossEntropy.apply(hidden, weight, targets, chunks, z_loss, compiled)


@torch.no_grad()
def token_losses(hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, chunks: int = 8) -> torch.Tensor:
    """Cross-entropy in nats of each row, float32 [N], 0 where the target is ignored. For evaluation: no gradient."""
    head = weight.to(hidden.dtype)
    parts = []
    for part, goals in zip(hidden.chunk(chunks), targets.chunk(chunks), strict=True):
        parts.append(
            torch.nn.functional.cross_entropy(
                (part @ head.T).float(), goals.where(goals >= 0, IGNORED), ignore_index=IGNORED, reduction="none"
            )
        )
    return torch.cat(parts)
