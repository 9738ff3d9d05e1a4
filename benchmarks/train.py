"""Training speed on a CPU: tokens per second of a whole step, beside transformers on the same batches in the same run.

    python -m benchmarks.train [--packed DIR] [--batches 3] [--rows 2] [--rounds 2] [--threads 2] [--precision fp32]
        [--gain-steps 50] [--seeds 3]

A step is forward, backward, clipping and AdamW of `tiny` and of a model of 30M parameters, on micro-batches of two
packed rows of 2,048 tokens, both sides with the same initial weights and with documents masked (transformers builds its
mask from the position ids). The peers are transformers.Trainer, driven through its own training_step, and a minimal
loop around LlamaForCausalLM with a fused AdamW. Losses of the first step must agree, or the command fails.

Other load on the machine slows all contestants, so they take turns on each batch, in a rotating order, and each turn
gives one ratio of ours to the faster peer; `cpu_ratio` in the last line is the median of these ratios, of the model
where it is smaller. Tokens per second are over each contestant's fastest time of each batch.

Matrix products are 63 to 75 % of the time on both sides at the machine's peak, so the gain is in attention, document by
document, and depends on the documents: a batch in which every row is one document costs both sides the same, and a
batch with several documents in a row gains up to 1.7 times. Two rows per micro-batch are fewer than in training
(eight), which is to our disadvantage: with more rows, fewer batches contain only single documents.

Then `tiny` is trained with Muon and AdamW on the same rows in the same steps with three seeds (benchmarks/recipe.py):
`muon_bpb_gain` is the mean of the bits per byte that Muon gains on held-out Korean and English.

Without --packed, rows are packed from 4 MB of Korean Wikipedia and 4 MB of English C4 in HANJI_MIRROR. On GPUs:
python -m benchmarks.gpu.
"""

import gzip
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import fmean, median
from typing import Any

import torch

from benchmarks import command_line
from benchmarks.corpora import pack_texts
from benchmarks.recipe import BATCH, CHANGES, ablate, differences
from benchmarks.texts import HUB, mirror, up_to, wikipedia
from model.config import ModelConfig, OptimizerConfig, TrainConfig
from model.data.batch import Batch
from model.data.loader import Loader
from model.export.llama_layout import describe
from model.network.attention import attention_kind, document_mask
from model.network.decoder import Decoder, parameter_count
from model.training.optimizer import build_optimizers, clip_gradients

OPTIMIZER = OptimizerConfig()
CPU = torch.device("cpu")
MODELS: dict[str, dict[str, Any]] = {
    "tiny": {"layers": 2, "heads": 4, "dim": 128, "ffn_dim": 384},
    "30m": {"layers": 7, "heads": 8, "dim": 512, "ffn_dim": 1408},
}

Step = Callable[[int], float]


def prepare(folder: Path, mirror: Path) -> Path:
    """Pack 4 MB each of Korean Wikipedia and English C4 in rows of 2,048 tokens, with a vocabulary of 8,192."""
    splits = {
        split: {"ko": up_to(wikipedia(mirror, "ko"), size), "en": up_to(c4(mirror), size)}
        for split, size in (("train", 4e6), ("validation", 4e4))
    }
    return pack_texts(folder, splits, vocab_size=8192, seq_len=2048)


def c4(mirror: Path) -> Iterator[str]:
    """The texts of English C4."""
    path = sorted((mirror / HUB / "allenai/c4/en").glob("*.json.gz"))[0]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)["text"]


def ours(shape: ModelConfig, batches: list[Batch], dtype: torch.dtype) -> Step:
    """The step of model/training/trainer.py, with the same functions."""
    torch.manual_seed(0)
    model = Decoder(shape, dtype)
    parameters = list(model.parameters())
    (optimizer,) = build_optimizers(model, OPTIMIZER)
    chunks = TrainConfig(steps=1).loss_chunks

    def step(number: int) -> float:
        batch = batches[number]
        count = int((batch["targets"] >= 0).sum())
        mask = document_mask(batch["positions"], attention_kind("auto", CPU, dtype), CPU)
        for parameter in parameters:
            parameter.grad = None
        loss, nats = model.training_loss(batch["input_ids"], batch["positions"], mask, batch["targets"], chunks)
        (loss / count).backward()
        clip_gradients(parameters, 1.0, OPTIMIZER.clip)
        optimizer.step()  # type: ignore[call-arg]  # no closure
        return float(nats) / count

    return step


def llama(shape: ModelConfig) -> Any:
    """transformers' LlamaForCausalLM of the same shape, with our initial weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    decoder = Decoder(shape)
    other = LlamaForCausalLM(
        LlamaConfig(**describe(shape, "float32", {}) | {"tie_word_embeddings": False, "use_cache": False})
    )
    state = {"model.embed_tokens.weight": decoder.embedding.weight, "lm_head.weight": decoder.head.weight}
    state["model.norm.weight"] = decoder.norm.weight
    for k, block in enumerate(decoder.blocks):
        own, name = dict(block.named_parameters()), f"model.layers.{k}"
        for part, weight in zip("qkv", own["attention.qkv.weight"].chunk(3), strict=True):
            state[f"{name}.self_attn.{part}_proj.weight"] = weight
        gate, up = own["feed_forward.gate_up.weight"].chunk(2)
        state |= {f"{name}.mlp.gate_proj.weight": gate, f"{name}.mlp.up_proj.weight": up}
        state[f"{name}.mlp.down_proj.weight"] = own["feed_forward.down.weight"]
        state[f"{name}.self_attn.o_proj.weight"] = own["attention.out.weight"]
        state[f"{name}.input_layernorm.weight"] = own["attention_norm.weight"]
        state[f"{name}.post_attention_layernorm.weight"] = own["feed_forward_norm.weight"]
    other.load_state_dict(state)
    return other.train()


def for_transformers(batch: Batch) -> dict[str, torch.Tensor]:
    """The same batch in transformers' form: it shifts labels itself, so each target moves one position to the right."""
    labels = torch.full_like(batch["input_ids"], -100)
    labels[:, 1:] = batch["targets"][:, :-1]
    return {"input_ids": batch["input_ids"], "labels": labels, "position_ids": batch["positions"]}


def bare_loop(shape: ModelConfig, batches: list[Batch], dtype: torch.dtype) -> Step:
    """A minimal loop around LlamaForCausalLM."""
    model = llama(shape)
    optimizer = torch.optim.AdamW(model.parameters(), lr=OPTIMIZER.lr, betas=(0.9, 0.95), weight_decay=0.1, fused=True)

    def step(number: int) -> float:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = model(**for_transformers(batches[number])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), OPTIMIZER.clip)
        optimizer.step()
        return float(loss.detach())

    return step


def trainer(shape: ModelConfig, batches: list[Batch], dtype: torch.dtype) -> Step:
    """transformers.Trainer, driven one step at a time through its own training_step and optimiser."""
    from transformers import Trainer, TrainingArguments

    arguments = TrainingArguments(
        output_dir=tempfile.mkdtemp(),
        use_cpu=True,
        bf16=dtype == torch.bfloat16,
        per_device_train_batch_size=batches[0]["input_ids"].shape[0],
        max_steps=len(batches),
        learning_rate=OPTIMIZER.lr,
        adam_beta2=0.95,
        weight_decay=0.1,
        max_grad_norm=OPTIMIZER.clip,
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
    )
    owner = Trainer(model=llama(shape), args=arguments)
    owner.create_optimizer_and_scheduler(len(batches))
    model, optimizer = owner.accelerator.prepare(owner.model, owner.optimizer)
    owner.optimizer = optimizer

    def step(number: int) -> float:
        inputs = for_transformers(batches[number])
        loss = owner.training_step(model, inputs, torch.tensor(int((inputs["labels"] >= 0).sum())))
        owner.accelerator.clip_grad_norm_(model.parameters(), OPTIMIZER.clip)
        optimizer.step()
        model.zero_grad()
        return float(loss.detach())

    return step


def compare(
    shape: ModelConfig, batches: list[Batch], dtype: torch.dtype, rounds: int
) -> tuple[dict[str, float], list[float]]:
    """Tokens per second of each contestant, and ours over the faster peer's in each turn."""
    makers = {"hanji": ours, "bare loop": bare_loop, "Trainer": trainer}
    contestants = {name: make(shape, batches, dtype) for name, make in makers.items()}
    losses = {name: step(0) for name, step in contestants.items()}  # not timed: allocators warm up
    if max(losses.values()) - min(losses.values()) > (1e-3 if dtype == torch.float32 else 2e-2):
        sys.exit(f"error: the contestants do not compute the same: {losses}")
    best = {name: [math.inf] * len(batches) for name in contestants}
    ratios, order = [], list(contestants)
    for number in [*range(len(batches))] * rounds:
        seconds: dict[str, float] = {}
        for name in order:
            start = time.perf_counter()
            contestants[name](number)
            seconds[name] = time.perf_counter() - start
            best[name][number] = min(best[name][number], seconds[name])
        ratios.append(min(seconds["bare loop"], seconds["Trainer"]) / seconds["hanji"])
        order.append(order.pop(0))
    tokens = sum(batch["input_ids"].numel() for batch in batches)
    return {name: tokens / sum(times) for name, times in best.items()}, ratios


def muon_gain(packed: Path, steps: int, seeds: int) -> dict[str, Any]:
    """Bits per byte that Muon gains over AdamW with the same data, steps and operations; positive: Muon is better.

    Both have tiny's learning rate, which was set for AdamW; Muon's updates are scaled to AdamW's size.
    """
    changes = {name: CHANGES[name] for name in ("base", "muon")}
    found = differences(ablate(packed, changes, steps, seeds))["muon"]
    gains = {language: [-value for value in values] for language, values in found.items()}
    return {
        "muon_bpb_gain": round(fmean(value for values in gains.values() for value in values), 4),
        "muon_bpb_gain_by_seed": {language: [round(v, 4) for v in values] for language, values in gains.items()},
        "muon_tokens": steps * BATCH,
    }


def measure(packed: Path, batches: int, rows: int, rounds: int, threads: int, precision: str) -> dict[str, Any]:
    """Compare both models; prints a table and returns the content of the last line."""
    torch.set_num_threads(threads)
    loader = Loader(packed, batch_size=rows, workers=0)
    chosen = list(islice(loader, batches))
    size, length = -(-loader.data.description["vocab_size"] // 128) * 128, loader.data.seq_len
    documents = sum(len(batch["document_lengths"]) - 1 for batch in chosen) / len(chosen) / rows
    print(f"{threads} threads, {precision}, torch {torch.__version__}, vocabulary {size:,}")
    print(f"{batches} micro-batches of {rows} rows of {length} tokens with {documents:.1f} documents a row\n")
    print(f"{'model':<8}{'parameters':>14}{'contestant':>14}{'tokens/s':>12}{'ratio':>8}")
    medians: list[float] = []
    result: dict[str, dict[str, float]] = {}
    for name, settings in MODELS.items():
        shape = ModelConfig(**settings, vocab_size=size, context=length)
        speeds, ratios = compare(shape, chosen, torch.float32 if precision == "fp32" else torch.bfloat16, rounds)
        for contestant, speed in speeds.items():
            row = f"{name:<8}{parameter_count(shape):>14,}{contestant:>14}"
            print(f"{row}{speed:>12,.0f}{speeds['hanji'] / speed:>8.2f}")
        medians.append(median(ratios))
        print(
            f"{name:<8}ours over the faster peer: {min(ratios):.2f} … {medians[-1]:.2f} (median) … {max(ratios):.2f}\n"
        )
        result[name] = {contestant: round(speed) for contestant, speed in speeds.items()}
        result[name]["ratio"] = round(medians[-1], 3)
    return {"cpu_ratio": round(min(medians), 3), "precision": precision, **result}


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--packed", type=Path, help="packed data; by default made from HANJI_MIRROR")
    parser.add_argument("--batches", type=int, default=3, help="micro-batches")
    parser.add_argument("--rows", type=int, default=2, help="rows of each")
    parser.add_argument("--rounds", type=int, default=2, help="how often each contestant trains on each micro-batch")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--precision", choices=("fp32", "bf16"), default="fp32", help="of matrix products, on both sides"
    )
    parser.add_argument("--gain-steps", type=int, default=50, help="of 8,192 tokens, for Muon against AdamW")
    parser.add_argument("--seeds", type=int, default=3, help="for Muon against AdamW")
    given = command_line.parse(parser)
    with tempfile.TemporaryDirectory() as folder:
        packed = given.packed or prepare(Path(folder), mirror())
        found = measure(packed, given.batches, given.rows, given.rounds, given.threads, given.precision)
        print(json.dumps(found | muon_gain(packed, given.gain_steps, given.seeds)))


if __name__ == "__main__":
    main()
