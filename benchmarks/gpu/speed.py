"""Tokens per second of one contestant: ours through the real Trainer, or transformers' LlamaForCausalLM on the same
rows.

    python -m benchmarks.gpu.speed ours|transformers --scratch DIR [--set key=value …] [--device cuda] [--rehearse]

A step is eight micro-batches, so that the optimizer counts more than in training, where a step has 128. The compiler's
seconds are reported separately. transformers is compiled whole, under bf16 autocast, with fused AdamW and no document
mask, which is in its favour. The last line is JSON.
"""

import argparse
import json
import time
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks.gpu.rows import LENGTH, VOCABULARY, synthetic
from model.config import Config, ModelConfig, load_config, resolve
from model.data.loader import Loader
from model.runs.metrics import last_of, read_metrics
from model.training.parallel import World
from model.training.shown.flops import peak_flops, utilisation
from model.training.trainer import Trainer

ACCUMULATE, STEPS = 8, 6


def settings(rehearse: bool, more: list[str]) -> tuple[str, list[str], int, int]:
    """Configuration, overrides, tokens a row and rows of a micro-batch."""
    length, rows = (128, 2) if rehearse else (LENGTH, 8)
    given = [f"train.micro_rows={rows}", f"train.batch_tokens={rows * ACCUMULATE * length}", "schedule.warmup=1"]
    given += [f"train.steps={STEPS}", "train.log_every=1", "train.validate_every=0", "train.precision=bf16"]
    return ("tiny" if rehearse else "1.3b"), [*given, *more], length, rows


def ours(packed: Path, out: Path, config: Config, device: torch.device) -> dict[str, Any]:
    """The run's own figures: the median of the steps after compilation."""
    Trainer(config, packed, out, World(0, 1, device)).run()
    events = [event for event in read_metrics(out / "metrics.jsonl") if event["kind"] == "train"]
    speeds = sorted(event["tokens_per_second"] for event in events[1:] if "tokens_per_second" in event)
    last = last_of(events, "train") or {}
    kept = ("memory_gb", "mfu_6n", "mfu_causal", "compile_seconds", "stall", "loss")
    return {"tokens_per_second": speeds[len(speeds) // 2], **{key: last[key] for key in kept if key in last}}


def llama(shape: ModelConfig, device: torch.device) -> Any:
    """A new LlamaForCausalLM of this shape, in training mode."""
    from transformers import LlamaConfig, LlamaForCausalLM

    made = LlamaConfig(
        vocab_size=shape.vocab_size,
        hidden_size=shape.dim,
        intermediate_size=shape.ffn_dim,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=shape.tied,
        use_cache=False,
    )
    model: Any = LlamaForCausalLM(made)
    return model.to(device).train()


def transformers_peer(packed: Path, config: Config, device: torch.device, rows: int) -> dict[str, Any]:
    """LlamaForCausalLM, compiled whole, a usual training loop."""
    shape = config.model
    model = llama(shape, device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    compiled = torch.compile(model) if device.type == "cuda" else model
    batches, times = iter(Loader(packed, batch_size=rows, workers=2, verify=False)), []
    for _ in range(STEPS):
        begin = time.perf_counter()
        for batch in islice(batches, ACCUMULATE):
            ids = batch["input_ids"].to(device)
            with torch.autocast(device.type, torch.bfloat16):
                loss = compiled(input_ids=ids, labels=ids).loss
            (loss / ACCUMULATE).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        float(loss)  # waits for the device
        times.append(time.perf_counter() - begin)
    middle = sorted(times[1:])[len(times[1:]) // 2]
    speed = rows * ACCUMULATE * shape.context / middle
    memory = torch.cuda.max_memory_allocated() / 1e9 if device.type == "cuda" else 0.0
    used = utilisation(shape, shape.context, speed, peak_flops(torch.cuda.get_device_name()) if memory else None)
    return {"tokens_per_second": speed, "memory_gb": memory, "first_step_seconds": times[0], **used}


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of one contestant")
    parser.add_argument("contestant", choices=("ours", "transformers"))
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rehearse", action="store_true")
    given = parser.parse_args()
    name, overrides, length, rows = settings(given.rehearse, given.settings)
    packed = given.scratch / "rows"
    if not packed.is_dir():
        synthetic(packed, 64 if given.rehearse else 1024, length)
    config = resolve(load_config(name, overrides), VOCABULARY, length)
    device = torch.device(given.device)
    out = given.scratch / f"run-{time.time_ns()}"
    found = (
        ours(packed, out, config, device)
        if given.contestant == "ours"
        else transformers_peer(packed, config, device, rows)
    )
    card = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    print(json.dumps({"card": card, "torch": torch.__version__, "settings": given.settings, **found}))


if __name__ == "__main__":
    main()
