"""Floating-point operations of a training step, and the share of a device's peak that they use.

Utilisation (MFU) is given in two conventions, always named: `6N` counts 6 operations per token and parameter in a
matrix product; `causal` adds the attention of a causal kernel, 6 · layers · dim · length. Document masks reduce this
further; neither convention corrects for it. The peak is the device's dense bf16 rate; for an unknown device no
utilisation is reported.
"""

from model.config import ModelConfig

# Dense bf16 tensor-core TFLOP/s from the vendors' data sheets (without sparsity). The first name found in the device's
# name is used.
PEAKS = {
    "B300": 2250.0,
    "GB200": 2500.0,
    "B200": 2250.0,
    "H200 NVL": 835.5,
    "H200": 989.4,
    "H100 PCIe": 756.0,
    "H100 NVL": 835.5,
    "H100": 989.4,
    "H800": 989.4,
    "H20": 148.0,
    "A100": 312.0,
    "A800": 312.0,
    "A30": 165.0,
    "A10G": 70.0,
    "A40": 149.7,
    "RTX A6000": 154.8,
    "RTX 6000 Ada": 364.2,
    "L40S": 362.0,
    "L40": 181.0,
    "L4": 121.0,
    "RTX 5090": 209.5,
    "RTX 4090": 165.2,
    "RTX 3090": 71.0,
    "MI300X": 1307.4,
    "MI250X": 383.0,
}


def peak_flops(device_name: str) -> float | None:
    """Dense bf16 operations per second of a device by its name, or None where it is not in the table."""
    words = device_name.replace("-", " ").split()
    for name, tera in PEAKS.items():
        wanted = name.split()
        if any(words[i : i + len(wanted)] == wanted for i in range(len(words))):
            return tera * 1e12
    return None


def matmul_parameters(model: ModelConfig) -> int:
    """Parameters in matrix products: the blocks' matrices and the head, not the embedding's look-up."""
    kv = model.groups * model.head_dim
    block = model.dim * (2 * model.dim + 2 * kv + 3 * model.ffn_dim)
    return model.layers * block + model.vocab_size * model.dim


def flops_per_token(model: ModelConfig, length: int) -> tuple[float, float]:
    """Operations of a training step per token, forward and backward: (6N, causal)."""
    plain = 6.0 * matmul_parameters(model)
    return plain, plain + 6.0 * model.layers * model.dim * length


def utilisation(model: ModelConfig, length: int, tokens_per_second: float, peak: float | None) -> dict[str, float]:
    """`mfu_6n` and `mfu_causal`, 0 to 1, of one device at this number of tokens per second; empty if its peak is
    unknown."""
    if peak is None:
        return {}
    plain, causal = flops_per_token(model, length)
    return {"mfu_6n": plain * tokens_per_second / peak, "mfu_causal": causal * tokens_per_second / peak}
