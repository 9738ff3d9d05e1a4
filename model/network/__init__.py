"""The decoder: a LLaMA-2-like transformer in plain PyTorch.

Read in this order: decoder (the whole network), attention (the mask and the kernel), loss (cross-entropy in chunks),
acceleration (compiled blocks, fp8, activation checkpointing).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Decoder": "decoder",
        "parameter_count": "decoder",
        "chunked_cross_entropy": "loss",
        "token_losses": "loss",
        "accelerate": "acceleration",
    },
)
