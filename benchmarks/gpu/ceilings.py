"""The limits of a card: copying, the matrix products of 1.3b, and attention at the lengths of real documents.

python -m benchmarks.gpu.ceilings [--device cuda] [--rehearse]
"""

import argparse
import json
import time
from collections.abc import Callable

import torch

from model.network.attention import document_mask

PRODUCTS = {
    "qkv": (6144, 2048),
    "out": (2048, 2048),
    "gate_up": (11264, 2048),
    "down": (2048, 5632),
    "head": (50304, 2048),
}
DOCUMENTS = (400, 1500, 90, 2106)  # tokens; together a row of 4,096


def seconds(function: Callable[[], object], device: torch.device, repeats: int) -> float:
    """Mean seconds of a call, the first two not counted."""

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize()

    for _ in range(2):
        function()
    wait()
    begin = time.perf_counter()
    for _ in range(repeats):
        function()
    wait()
    return (time.perf_counter() - begin) / repeats


def main() -> None:
    parser = argparse.ArgumentParser(description="Ceilings of a card")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rehearse", action="store_true")
    given = parser.parse_args()
    device, small = torch.device(given.device), given.rehearse
    rows, repeats, dtype = (64, 1, torch.float32) if small else (32_768, 20, torch.bfloat16)
    found: dict[str, float] = {}
    block = torch.empty((1 << 20) if small else (1 << 30), dtype=torch.uint8, device=device)
    found["copy_gb_per_second"] = 2 * block.numel() / seconds(block.clone, device, repeats) / 1e9
    for name, (outputs, inputs) in PRODUCTS.items():
        x, w = (torch.randn(n, inputs, device=device, dtype=dtype) for n in (rows, outputs))
        spent = seconds(lambda x=x, w=w: x @ w.T, device, repeats)  # type: ignore[misc]
        found[f"{name}_tflops"] = 2 * rows * outputs * inputs / spent / 1e12
    lengths = [n // 32 for n in DOCUMENTS] if small else list(DOCUMENTS)
    positions = torch.cat([torch.arange(n) for n in lengths]).repeat(1 if small else 8, 1)
    shape = (*positions.shape, 32, 64)
    query, key, value = (torch.randn(shape, device=device, dtype=dtype) for _ in range(3))
    for kind in ("documents", "sdpa", "causal") if small else ("varlen", "flex", "causal"):
        mask = document_mask(positions, kind, device)
        attend = torch.compile(mask.attend) if kind == "flex" else mask.attend
        spent = seconds(lambda attend=attend: attend(query, key, value), device, repeats)  # type: ignore[misc]
        found[f"attention_{kind}_ms"] = spent * 1e3
    card = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    print(json.dumps({"card": card, **{key: round(value, 3) for key, value in found.items()}}))


if __name__ == "__main__":
    main()
