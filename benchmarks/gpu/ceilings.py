"""The limits of a card: copying, the matrix products of 1.3b in bf16 and fp8, and attention at the lengths of real
documents, forward and backward.

    python -m benchmarks.gpu.ceilings --scratch DIR [--device cuda] [--rehearse]
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from benchmarks import command_line
from benchmarks.gpu.running import alone
from model.network.attention import KINDS, document_mask
from model.network.fastest import worth_measuring

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


def products(device: torch.device, small: bool, rows: int, repeats: int, dtype: torch.dtype) -> dict[str, float | None]:
    """TFLOP/s of each product; fp8 (one scale per tensor) where the device has it."""
    fp8 = device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 9)
    found: dict[str, float | None] = {}
    for name, shape in PRODUCTS.items():
        outputs, inputs = (n // 16 if small else n for n in shape)
        operations = 2 * rows * outputs * inputs / 1e12
        x, w = (torch.randn(n, inputs, device=device, dtype=dtype) for n in (rows, outputs))
        found[f"{name}_tflops"] = operations / seconds(lambda x=x, w=w: x @ w.T, device, repeats)  # type: ignore[misc]
        found[f"{name}_fp8_tflops"] = operations / seconds(_scaled(x, w), device, repeats) if fp8 else None
    return found


def _scaled(x: torch.Tensor, w: torch.Tensor) -> Callable[[], Any]:
    a, b = x.to(torch.float8_e4m3fn), w.to(torch.float8_e4m3fn).T
    one = torch.ones((), device=x.device)
    return lambda: torch._scaled_mm(a, b, scale_a=one, scale_b=one, out_dtype=torch.bfloat16, use_fast_accum=True)


def attention(
    device: torch.device, small: bool, rows: int, repeats: int, dtype: torch.dtype
) -> dict[str, float | None]:
    """Milliseconds of each kernel, forward and forward with backward; None for kernels that do not run here."""
    lengths = [n // 32 for n in DOCUMENTS] if small else list(DOCUMENTS)
    positions = torch.cat([torch.arange(n) for n in lengths]).repeat(max(1, rows // sum(DOCUMENTS)), 1)
    shape = (*positions.shape, 4 if small else 32, 64)
    inputs = [torch.randn(shape, device=device, dtype=dtype, requires_grad=True) for _ in range(3)]
    found: dict[str, float | None] = {}
    for kind in KINDS:
        found[f"attention_{kind}_ms"] = found[f"attention_{kind}_backward_ms"] = None
        if not worth_measuring(kind, device, dtype):
            continue
        mask = document_mask(positions, kind, device)
        attend: Any = torch.compile(mask.attend) if kind == "flex" else mask.attend

        def both(attend: Any = attend) -> None:
            attend(*inputs).sum().backward()

        with torch.no_grad():
            found[f"attention_{kind}_ms"] = 1e3 * seconds(lambda attend=attend: attend(*inputs), device, repeats)  # type: ignore[misc]
        found[f"attention_{kind}_backward_ms"] = 1e3 * seconds(both, device, repeats)
    return found


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rehearse", action="store_true")
    given = command_line.parse(parser)
    device, small = torch.device(given.device), given.rehearse
    rows, repeats, dtype = (64, 1, torch.float32) if small else (32_768, 20, torch.bfloat16)
    block = torch.empty((1 << 20) if small else (1 << 30), dtype=torch.uint8, device=device)
    found: dict[str, Any] = {"card": torch.cuda.get_device_name() if device.type == "cuda" else "cpu"}
    with alone(given.scratch):
        found["copy_gb_per_second"] = 2 * block.numel() / seconds(block.clone, device, repeats) / 1e9
        del block
        for measure in (products, attention):
            found |= measure(device, small, rows, repeats, dtype)
            rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in found.items()}
            print(json.dumps(rounded), flush=True)


if __name__ == "__main__":
    main()
