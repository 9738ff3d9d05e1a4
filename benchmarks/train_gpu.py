"""Training speed on one GPU: tokens per second, both utilisations, memory, and what each choice is worth.

    python -m benchmarks.train_gpu [--config 1.3b] [--rows 8] [--steps 50] [--seconds 330] [--json FILE]

A step is one micro-batch of `rows` rows of 4,096 tokens through the real loader (documents of web length, random
tokens: speed does not depend on what they say), with the optimiser's step after every eighth, so that its cost is
counted more than in training, where it comes after every 128th. The first line is the default: bf16, compiled blocks,
varlen attention with documents masked, chunked loss. Each further line changes one thing. The peer is transformers'
LlamaForCausalLM in torch.compile under bf16 autocast, with fused AdamW, the same rows and no document mask, which is in
its favour. Ablations that no longer fit into `seconds` are left out and said to be. The last line is JSON. Utilisation
of fp8 is told against the bf16 peak.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch

from corpus.engine.task import file_sha256, settings_sha256, write_json
from model.config import Config, load_config, resolve
from model.data.batch import Batch
from model.data.loader import Loader
from model.data.packed import FORMAT
from model.network.acceleration import accelerate
from model.network.attention import choose, document_mask
from model.network.decoder import Decoder, parameter_count
from model.training.optimizer import build_optimizers, clip_gradients
from model.training.shown.flops import peak_flops, utilisation

VOCABULARY, LENGTH = 50_304, 4096
ACCUMULATE = 8
Step = Callable[[], None]


def synthetic(folder: Path, rows: int, length: int = LENGTH, vocabulary: int = VOCABULARY) -> Path:
    """Packed data: documents of log-normal length (median 400 tokens, mean 700, as C4 has), ids by Zipf's law."""
    generator = np.random.default_rng(0)
    ids = (generator.zipf(1.2, (rows, length)) % vocabulary).astype(np.uint16)
    lengths = []
    for _ in range(rows):
        sizes = np.clip(generator.lognormal(6.0, 1.05, 256), 16, length).astype(int)
        ends = np.minimum(np.cumsum(sizes), length)
        lengths.append(np.diff(np.concatenate([[0], ends[: int(np.argmax(ends == length)) + 1]])).tolist())
    file = folder / "train" / "synthetic" / "synthetic-00000.arrow"
    file.parent.mkdir(parents=True)
    column = pa.FixedSizeListArray.from_arrays(pa.array(ids.reshape(-1)), length)
    batch = pa.RecordBatch.from_arrays([column, pa.array(lengths, pa.list_(pa.int32()))], ["input_ids", "lengths"])
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    book = {"rows": rows, "tokens": rows * length, "languages": {"und": rows * length}}
    entry = {
        "path": str(file.relative_to(folder)),
        "duplicates": 1,
        "bytes": file.stat().st_size,
        "sha256": file_sha256(file),
        **book,
    }
    description = {
        "format": FORMAT,
        "tiers": [],
        "seq_len": length,
        "dtype": "uint16",
        "vocab_size": vocabulary,
        "pad_id": 0,
    }
    description["splits"] = {"train": {"synthetic": {**book, "files": [entry]}}}
    write_json(folder / "packing.json", description | {"fingerprint": settings_sha256(description)})
    return folder


@dataclass
class Result:
    """What one contestant did; times in seconds, memory in GB."""

    tokens_per_second: float
    compile_seconds: float
    memory: float
    stall: float
    loss: float


def ours(
    config: Config, batches: Iterator[Batch], device: torch.device
) -> tuple[Callable[[Batch], torch.Tensor], Step]:
    """Forward and backward of a micro-batch, and the optimiser's step, as model/training/trainer.py does them."""
    train = config.train
    dtype = torch.bfloat16 if train.precision == "bf16" else torch.float32
    model = Decoder(config.model, dtype).to(device)
    accelerate(model, train, device)
    optimizers: list[Any] = list(build_optimizers(model, config.optimizer))
    kind, parameters = choose(train.attention, device, dtype), list(model.parameters())

    def backward(batch: Batch) -> torch.Tensor:
        mask = document_mask(batch["positions"], kind, device)
        ids, positions, targets = (move(batch[key], device) for key in ("input_ids", "positions", "targets"))
        loss, nats = model(ids, positions, mask, targets, train.loss_chunks, train.z_loss)
        (loss / targets.numel()).backward()
        return nats / targets.numel()

    def update() -> None:
        clip_gradients(parameters, 1.0, config.optimizer.clip)
        for optimizer in optimizers:
            optimizer.step()
        for parameter in parameters:
            parameter.grad = None

    return backward, update


def move(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def transformers_peer(config: Config, batches: Iterator[Batch], device: torch.device):
    """LlamaForCausalLM, compiled whole."""
    from transformers import LlamaConfig, LlamaForCausalLM

    shape = config.model
    model: Any = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=shape.vocab_size,
            hidden_size=shape.dim,
            intermediate_size=shape.ffn_dim,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            max_position_embeddings=shape.context,
            use_cache=False,
        )
    )
    model = model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-4, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    compiled = torch.compile(model)

    def backward(batch: Batch) -> torch.Tensor:
        ids = move(batch["input_ids"], device)
        with torch.autocast(device.type, torch.bfloat16):
            loss = compiled(input_ids=ids, labels=ids).loss
        loss.backward()
        return loss.detach()

    def update() -> None:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return backward, update


def measure(make: Callable[..., Any], config: Config, packed: Path, steps: int, device: torch.device) -> Result:
    """Two optimiser steps to compile and warm up, then `steps` micro-batches on the clock."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    batches = iter(Loader(packed, batch_size=config.train.micro_rows, workers=2, verify=False))
    torch.manual_seed(0)
    backward, update = make(config, batches, device)
    start, loss = time.perf_counter(), torch.zeros(())
    for _ in range(2):
        backward(next(batches))
        update()
    synchronize(device)
    compiled = time.perf_counter() - start
    waited, start = 0.0, time.perf_counter()
    for number in range(steps):
        begin = time.perf_counter()
        batch = next(batches)
        waited += time.perf_counter() - begin
        loss = backward(batch)
        if (number + 1) % ACCUMULATE == 0:
            update()
    synchronize(device)
    seconds = time.perf_counter() - start
    batches.close()
    tokens = steps * config.train.micro_rows * config.model.context
    memory = torch.cuda.max_memory_allocated() / 1e9 if device.type == "cuda" else 0.0
    return Result(tokens / seconds, compiled, memory, waited / seconds, float(loss))


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def variants(config: Config) -> list[tuple[str, Callable[..., Any], Config]]:
    """Name, maker and configuration of each contestant, the most telling first."""

    def change(**settings: Any) -> Config:
        return replace(config, train=replace(config.train, **settings))

    rows = config.train.micro_rows
    return [
        ("default: varlen, compiled, 8 loss chunks", ours, config),
        ("no document mask (causal SDPA)", ours, change(attention="causal")),
        ("fp8 blocks", ours, change(fp8=True)),
        ("flex attention", ours, change(attention="flex")),
        (f"transformers + torch.compile, {rows // 2} rows", transformers_peer, change(micro_rows=rows // 2)),
        ("not compiled", ours, change(compile="off")),
        ("4 loss chunks", ours, change(loss_chunks=4)),
        ("16 loss chunks", ours, change(loss_chunks=16)),
        ("activation checkpointing", ours, change(activation_checkpointing=True)),
        (f"{rows * 2} rows", ours, change(micro_rows=rows * 2)),
        ("float32 residuals and products", ours, change(precision="fp32", attention="flex", micro_rows=rows // 2)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Training speed on one GPU")
    parser.add_argument("--config", default="1.3b")
    parser.add_argument("--rows", type=int, default=8, help="rows per micro-batch")
    parser.add_argument(
        "--steps", type=int, default=50, help="timed micro-batches of the default; ablations take a quarter"
    )
    parser.add_argument("--seconds", type=float, default=330, help="begin no further ablation after so long")
    parser.add_argument("--length", type=int, default=LENGTH, help="tokens per row")
    parser.add_argument(
        "--device", default="cuda", help="cpu: to see that this file runs; its figures mean nothing there"
    )
    parser.add_argument("--json", type=Path, help="keep the last line in this file too, renewed after each contestant")
    arguments = parser.parse_args()
    device, length = torch.device(arguments.device), arguments.length
    overrides = [f"train.micro_rows={arguments.rows}", f"model.context={length}", "train.precision=bf16"]
    config = resolve(load_config(arguments.config, overrides), VOCABULARY, length)
    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    peak, begin = peak_flops(name), time.perf_counter()
    print(f"{name}, torch {torch.__version__}, {arguments.config}: {parameter_count(config.model):,} parameters")
    print(
        f"\n{'':<44}{'tokens/s':>10}{'of default':>11}{'MFU 6N':>8}{'causal':>8}{'GB':>7}{'compile s':>11}{'stall':>8}"
    )
    found: dict[str, Any] = {}
    summary = {"device": name, "torch": torch.__version__, "config": arguments.config, "results": found}
    with tempfile.TemporaryDirectory() as folder:
        packed = synthetic(Path(folder), 1024, length)
        for label, make, chosen in variants(config):
            if found and time.perf_counter() - begin > arguments.seconds:
                print(f"{label:<44}left out: no time")
                continue
            steps = arguments.steps if not found else max(8, arguments.steps // 4)
            try:
                found[label] = contest(label, make, chosen, packed, steps, device, peak, found)
            except Exception as error:  # an ablation that cannot run here costs only itself
                print(f"{label:<44}failed: {type(error).__name__}: {str(error).splitlines()[0][:120]}", flush=True)
                found[label] = {"failed": type(error).__name__}
            torch._dynamo.reset()
            gc.collect()  # a model and its graphs hold each other
            if device.type == "cuda":
                torch.cuda.empty_cache()
            if arguments.json is not None:
                write_json(arguments.json, summary)
    print(json.dumps(summary))
    if "failed" in next(iter(found.values())):
        sys.exit("error: the default configuration did not run")


def contest(
    label: str,
    make: Callable[..., Any],
    config: Config,
    packed: Path,
    steps: int,
    device: torch.device,
    peak: float | None,
    found: dict[str, Any],
) -> dict[str, float]:
    """Measure one contestant and print its line; `found` are the results so far, the default's first."""
    result = measure(make, config, packed, steps, device)
    used = utilisation(config.model, config.model.context, result.tokens_per_second, peak)
    first = next(iter(found.values()), vars(result)).get("tokens_per_second", float("nan"))
    shares = "".join(f"{used[key]:>8.1%}" if used else f"{'unknown':>8}" for key in ("mfu_6n", "mfu_causal"))
    print(
        f"{label:<44}{result.tokens_per_second:>10,.0f}{result.tokens_per_second / first:>11.3f}{shares}"
        f"{result.memory:>7.1f}{result.compile_seconds:>11.1f}{result.stall:>8.2%}",
        flush=True,
    )
    return {**vars(result), **used}


if __name__ == "__main__":
    main()
