"""Actions between the steps of a run: functions of the trainer, each called at an interval of steps and after the last
step.

`BUILT_IN` lists the configuration key of the interval, and the function. Your own actions are passed as
`Trainer(actions=[(every, function)])` and are called in the same way, before the checkpoint.
"""

import gc
from collections.abc import Callable
from typing import Any

import torch

from model.text.generate import Sampling, generate_batch
from model.training.shown.flops import utilisation
from model.training.shown.log import Stopwatch
from model.training.shown.report import write_report
from model.training.validation import evaluate_bpb

Trainer = Any  # model.training.trainer.Trainer, whose file imports this one
Action = tuple[int, Callable[[Trainer], None]]
SAMPLE_PROMPTS = ("대한민국의 수도는", "오늘 아침에", "The history of", "Once upon a time")


def log(trainer: Trainer) -> None:
    """The figures of the steps since the last time."""
    watch = trainer.watch
    for name, seconds in (("steps", watch.seconds - watch.waited), ("data", watch.waited)):
        trainer.spent[name] = trainer.spent.get(name, 0.0) + max(0.0, seconds)
    trainer.event("train", figures(trainer))
    trainer.watch = Stopwatch()
    gc.collect(1)


def figures(trainer: Trainer) -> dict[str, Any]:
    """Loss, speed, utilisation, stall and the parts of the time. The compiler's seconds are not included in the
    speed."""
    watch, progress, config, world = trainer.watch, trainer.progress, trainer.config, trainer.world
    values: dict[str, Any] = {
        "loss": progress.loss,
        "lr": progress.rate,
        "grad_norm": progress.norm,
        "tokens": progress.tokens,
    }
    if watch.steps:
        seconds = max(watch.seconds, 1e-9)
        speed = watch.steps * trainer.rows * trainer.seq_len / seconds
        left = (config.train.steps - progress.step) * seconds / watch.steps
        values |= {"tokens_per_second": speed, "stall": watch.waited / seconds, "skipped": trainer.guard.skipped}
        values |= {"seconds_left": left}
        values |= utilisation(config.model, trainer.seq_len, speed / world.size, trainer.peak)
    else:
        values |= {"skipped": trainer.guard.skipped}
    if trainer.compile_seconds:
        values["compile_seconds"] = trainer.compile_seconds
    if world.device.type == "cuda":
        values["memory_gb"] = torch.cuda.max_memory_allocated(world.device) / 1e9
    return values | {f"seconds/{name}": spent for name, spent in trainer.spent.items()}


def validate(trainer: Trainer) -> None:
    """Bits per byte on held-out rows."""
    config = trainer.config
    scores = evaluate_bpb(
        trainer.decoder,
        trainer.held_out,
        trainer.vocabulary.byte_counts(config.model.vocab_size),
        rows=config.train.validation_rows,
        batch_rows=trainer.micro_rows,
        attention=trainer.attention,
        world=trainer.world,
        chunks=config.train.loss_chunks,
    )
    trainer.validation = {name: score.bits_per_byte for name, score in scores.items()}
    losses = {f"loss/{name}": score.loss for name, score in scores.items()}
    trainer.event("validation", {**{f"bpb/{name}": value for name, value in trainer.validation.items()}, **losses})


def sample(trainer: Trainer) -> None:
    """Generate text; on all ranks, since a sharded model needs all of them, and equal seeds give equal tokens."""
    sampling = Sampling(tokens=48, seed=trainer.config.train.seed)
    texts = generate_batch(trainer.decoder, trainer.tokenizer, SAMPLE_PROMPTS, sampling)
    for prompt, text in zip(SAMPLE_PROMPTS, texts, strict=True):
        trainer.event("sample", {"prompt": prompt, "text": text})


def save(trainer: Trainer) -> None:
    """A checkpoint, and the report of the events so far."""
    trainer.save()
    if trainer.log is not None:
        write_report(trainer.out)


BUILT_IN: list[tuple[str, Callable[[Trainer], None]]] = [
    ("log_every", log),
    ("validate_every", validate),
    ("sample_every", sample),
    ("checkpoint_every", save),
]
