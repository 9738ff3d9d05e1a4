"""The plan of a run, shown before it begins: parameters, memory, tokens, time; and advice if memory runs out.

Memory is an estimate: 16 bytes a parameter (weight, gradient and two moments in float32) are exact; activations are
computed from the tensors that the backward pass of a compiled block keeps; allocator and kernels add 10 to 15 %. Time
is for a stated utilisation.
"""

import time
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from corpus.errors import UserError, first_line
from corpus.quantities import duration, percent
from model.config import Config, ModelConfig
from model.network.decoder import Decoder, parameter_count
from model.optimizers import OPTIMIZERS
from model.training.batching import micro_batches
from model.training.parallel import World
from model.training.shown.flops import PEAKS, flops_per_token

ASSUMED = 0.45  # causal utilisation: between llm-foundry's 1B on A100 (0.52) and on H100 (0.36); 1.3b on an H200: 0.60


@dataclass(frozen=True)
class Plan:
    """The cost of a run. Bytes are per device."""

    parameters: int
    ranks: int
    tokens_per_step: int
    micro_rows: int
    accumulate: int
    steps: int
    state_bytes: int
    activation_bytes: int
    flops: float  # of the whole run, causal convention

    @property
    def tokens(self) -> int:
        """Positions that the whole run trains on."""
        return self.tokens_per_step * self.steps

    def device_hours(self, peak: float) -> float:
        """Hours of one device with this peak (operations per second) at the assumed utilisation, all devices
        together."""
        return self.flops / (peak * ASSUMED) / 3600


def make_plan(config: Config, seq_len: int, ranks: int = 1, memory: float | None = None) -> Plan:
    """Plan a resolved configuration (model.config.resolve) on rows of `seq_len` tokens; `memory` (bytes of a device)
    decides how many rows fit where the configuration leaves that open."""
    train, model = config.train, config.model
    micro_rows = train.micro_rows or _rows_within(config, seq_len, ranks, memory)
    micro, accumulate = micro_batches(train.batch_tokens, seq_len, micro_rows, ranks)
    tokens = micro * accumulate * ranks * seq_len
    parameters = parameter_count(model)
    return Plan(
        parameters=parameters,
        ranks=ranks,
        tokens_per_step=tokens,
        micro_rows=micro,
        accumulate=accumulate,
        steps=train.steps,
        state_bytes=_state_of_rank(config, ranks),
        activation_bytes=activation_bytes(config, micro * seq_len),
        flops=flops_per_token(model, seq_len)[1] * tokens * train.steps,
    )


def state_bytes(config: Config) -> int:
    """Weights, gradients and the optimizer's state, all in float32."""
    kept = OPTIMIZERS[config.optimizer.name].state
    with torch.device("meta"):
        named = list(Decoder(config.model).named_parameters())
    return sum(4 * (2 + kept(name, parameter.dim())) * parameter.numel() for name, parameter in named)


def rows_that_fit(config: Config, seq_len: int, world: World) -> int:
    """Rows of a micro-batch that fit into the device's free memory, a power of two up to 64; 8 where that is
    unknown."""
    free = torch.cuda.mem_get_info(world.device)[0] if world.device.type == "cuda" else None
    return _rows_within(config, seq_len, world.size, free)


def _rows_within(config: Config, seq_len: int, ranks: int, memory: float | None) -> int:
    return 8 if memory is None else most_rows(config, seq_len, memory - _state_of_rank(config, ranks))


def _state_of_rank(config: Config, ranks: int) -> int:
    return state_bytes(config) // (ranks if config.train.parallel == "fsdp" else 1)


def most_rows(config: Config, seq_len: int, room: float) -> int:
    """The largest power of two, 1 … 64, whose activations take at most `room` bytes, 15 % left to kernels."""
    fitting = [rows for rows in (1, 2, 4, 8, 16, 32, 64) if 1.15 * activation_bytes(config, rows * seq_len) <= room]
    return max(fitting, default=1)


def activation_bytes(config: Config, tokens: int) -> int:
    """Bytes that a micro-batch of so many tokens keeps for its backward pass, and the chunk of logits at its end."""
    model, train = config.model, config.train
    width = 2 if train.precision == "bf16" else 4
    kept = _block_values(model) * width * tokens
    blocks = kept + model.layers * model.dim * width * tokens if train.activation_checkpointing else kept * model.layers
    logits = (
        -(-tokens // train.loss_chunks) * model.vocab_size * (width + 8)
    )  # the products, their float32 copy, its softmax
    head = model.vocab_size * model.dim * (4 + width)
    return blocks + logits + head


def _block_values(model: ModelConfig) -> int:
    """Values per token that the backward pass of one block needs.

    Inputs of both norms and of all four products, queries and keys turned, and gate and up.
    """
    kv = model.groups * model.head_dim
    return 6 * model.dim + 2 * (model.dim + kv) + kv + 3 * model.ffn_dim


def measured_rate(size: int = 1024) -> float:
    """Operations per second of a float32 matrix product on this CPU, used as its peak."""
    a = torch.randn(size, size)
    a @ a
    start = time.perf_counter()
    for _ in range(3):
        a @ a
    return 3 * 2 * size**3 / (time.perf_counter() - start)


def rows(plan: Plan, device: str, peak: float | None, memory: float | None = None) -> list[tuple[str, str]]:
    """The plan as label and text, for `--dry-run`; `peak` (operations per second) and `memory` (bytes) are the
    device's."""
    table = [
        ("parameters", f"{plan.parameters:,}"),
        ("tokens a step", f"{plan.tokens_per_step:,} ({plan.ranks} × {plan.accumulate} × {plan.micro_rows} rows)"),
        ("tokens in all", f"{plan.tokens:,} in {plan.steps:,} steps"),
        ("memory, weights and optimiser", f"{plan.state_bytes / 1e9:.2f} GB a device"),
        ("memory, activations", f"{plan.activation_bytes / 1e9:.2f} GB a device (estimate)"),
        ("operations", f"{plan.flops:.3g}"),
    ]
    if memory is not None:
        need = plan.state_bytes + 1.15 * plan.activation_bytes  # allocator and kernels
        verdict = "fits" if need < memory else "DOES NOT FIT: lower train.micro_rows or set it to 0 (as many as fit)"
        table.append(("memory in all", f"{need / 1e9:.1f} GB of this device's {memory / 1e9:.1f} GB: {verdict}"))
    if peak is None:
        table.append(
            (f"time here ({device})", "unknown: its peak is not in the table of model/training/shown/flops.py")
        )
    else:
        hours = plan.device_hours(peak)
        spent = duration(hours * 3600 / plan.ranks)
        here = f"{spent} at {percent(ASSUMED, 0)} causal utilisation; {hours:,.1f} device-hours"
        table.append((f"time here ({plan.ranks} × {device})", here))
    others = [name for name in ("A100", "H100", "H200") if name not in device]
    return table + [(f"GPU-hours on {name}", f"{plan.device_hours(PEAKS[name] * 1e12):,.2f}") for name in others]


@contextmanager
def memory_advice(config: Config):
    """Turn running out of memory into advice: which keys to change, and their new values."""
    try:
        yield
    except RuntimeError as error:  # torch.OutOfMemoryError is a subclass; the CPU's allocator raises RuntimeError
        if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
            raise
        train = config.train
        advice = []
        if train.micro_rows != 1:
            fewer = train.micro_rows // 2 or 4
            now = train.micro_rows or "as many as seemed to fit"
            advice.append(f"train.micro_rows={fewer} (now {now}; the step stays the same size)")
        if not train.activation_checkpointing:
            advice.append("train.activation_checkpointing=true (about a quarter slower)")
        if train.loss_chunks < 32:
            advice.append(f"train.loss_chunks={train.loss_chunks * 4}")
        if train.parallel != "fsdp":
            advice.append("several devices with train.parallel=fsdp")
        raise UserError(
            "Memory ran out. Try, in this order: "
            + "; ".join(f"--set {a}" if "=" in a.split()[0] else a for a in advice)
            + f". `--dry-run` shows the use of memory. ({first_line(error)})"
        ) from error
