"""The training loop.

A step: micro-batches forward and backward, each loss a sum over tokens; gradients are brought to the mean over the step's real
targets and clipped in one pass; a step whose loss or gradient is not finite is skipped and counted. Nothing waits for the GPU but the
one read of loss and norm at the step's end. The loop knows no printing: an observer is told what happens (model/panel.py).

State is everything that decides the future: weights, optimiser, step, place in the data, generator. A resumed run is the same run to
the bit; on other numbers of ranks it sees the same batches.
"""

import gc
import math
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from corpus.errors import UserError
from model import checkpoint
from model.attention import choose, document_mask
from model.checkpoint import Checkpoints
from model.config import Config, resolve
from model.data import Batch, Loader
from model.decoder import Decoder
from model.generate import generate
from model.metrics import MetricsLog, peak_flops, utilisation
from model.optimizer import build_optimizers, clip_gradients, learning_rate, set_rate
from model.packed import PackedData, read_description
from model.parallel import World, no_reduction, spread
from model.run_directory import find_tokenizer, prepare_run
from model.validation import evaluate_bpb, unigram_entropy
from model.vocabulary import Vocabulary

SAMPLE_PROMPTS = ("대한민국의 수도는", "오늘 아침에", "The history of", "Once upon a time")


class Observer(Protocol):
    """Who wants to know: told of each event with the values that metrics.jsonl gets."""

    def __call__(self, kind: str, step: int, values: dict[str, Any]) -> None: ...


@dataclass
class Progress:
    """What the loop counts; saved in checkpoints."""

    step: int = 0
    tokens: int = 0  # targets trained on
    skipped: int = 0
    skipped_in_a_row: int = 0
    loss_mean: float = 0.0  # running mean and variance of the loss, for spikes
    loss_variance: float = 0.0


@dataclass
class Summary:
    """How a run ended."""

    step: int
    loss: float
    unigram_entropy: float  # nats a token of a model that knows only how often each token occurs
    finished: bool  # False: stopped by SIGTERM, to be resumed
    skipped: int
    validation: dict[str, float] = field(default_factory=dict)  # bits per byte by source and language


class Trainer:
    """A run in progress; construct on all ranks, then call `run`."""

    def __init__(
        self,
        config: Config,
        data: Path,
        out: Path,
        world: World,
        *,
        resume: bool = False,
        tokenizer: Path | None = None,
        observer: Observer = lambda kind, step, values: None,
    ) -> None:
        description = read_description(data)
        self.config = config = resolve(config, description["vocab_size"], description["seq_len"])
        self.world, self.out, self.observer = world, out, observer
        self.seq_len: int = description["seq_len"]
        tokenizer = find_tokenizer(data, description, tokenizer)
        if world.rank == 0:
            prepare_run(out, config, tokenizer, resume)
        self.vocabulary, self.tokenizer = Vocabulary(tokenizer), tokenizer
        train = config.train
        self.dtype = torch.bfloat16 if train.precision == "bf16" else torch.float32
        self.attention = choose(train.attention, world.device, self.dtype)
        self.micro_rows, self.accumulate = micro_batches(train.batch_tokens, self.seq_len, train.micro_rows, world.size)
        torch.manual_seed(train.seed)
        model = Decoder(config.model, self.dtype).to(world.device)
        model.activation_checkpointing = train.activation_checkpointing
        self.compiled = train.compile == "on" or (train.compile == "auto" and world.device.type == "cuda")
        if self.compiled:
            model.compiled = True
            for block in model.blocks:
                block.compile(fullgraph=True)
        self.decoder = model
        self.module = spread(model, world, train.parallel, self.dtype)
        self.parameters = list(model.parameters())
        self.optimizers = build_optimizers(model, config.optimizer)
        self.loader = Loader(
            data, batch_size=self.micro_rows, rank=world.rank, world_size=world.size, seed=config.data.seed
        )
        self.held_out = PackedData(data, "validation")
        self.progress = Progress()
        self.checkpoints = Checkpoints(out / "checkpoints", train.keep_last, train.keep_every)
        if resume:
            self._restore()
        self.batches: Iterator[Batch] = iter(self.loader)
        self.log = MetricsLog(out, self.progress.step) if world.rank == 0 else None
        name = torch.cuda.get_device_name(world.device) if world.device.type == "cuda" else ""
        self.peak = peak_flops(name)
        self.unigram_entropy = unigram_entropy(self.loader.data)
        self._stop = False

    def tensors(self) -> dict[str, torch.Tensor]:
        """Every tensor that decides the future, under names that do not depend on how the model is spread."""
        tensors = {f"model.{name}": parameter.data for name, parameter in self.decoder.named_parameters()}
        for name, parameter in self.decoder.named_parameters():
            for optimizer in self.optimizers:
                for key, value in optimizer.state.get(parameter, {}).items():
                    tensors[f"optimizer.{name}.{key}"] = value
        return tensors | {"rng": torch.get_rng_state()}

    def run(self) -> Summary:
        """Train to the last step, or until SIGTERM; then save."""
        train = self.config.train
        before = signal.signal(signal.SIGTERM, self._terminate)
        gc.collect()
        gc.disable()  # collections in the middle of a step cost up to 500 ms on one rank and stall all of them
        loss, validation, window = math.nan, {}, Window()
        try:
            self._event("start", {"unigram_entropy": self.unigram_entropy, "ranks": self.world.size})
            while self.progress.step < train.steps:
                loss, stop = self._step(window)
                step, last = self.progress.step, self.progress.step == train.steps
                if step % train.log_every == 0 or last:
                    self._event("train", self._measure(loss, window))
                    window = Window()
                    gc.collect(1)
                if due(step, train.validate_every) or (last and train.validate_every):
                    validation = self._validate()
                if due(step, train.sample_every):
                    self._sample()
                if due(step, train.checkpoint_every) or last or stop:
                    self.save()
                window.pause()
                if stop:
                    break
            self.checkpoints.wait()
        finally:
            gc.enable()
            signal.signal(signal.SIGTERM, before)
            self.batches.close()  # type: ignore[attr-defined]  # a generator: stops its threads
            if self.log is not None:
                self.log.close()
        finished = self.progress.step == train.steps
        return Summary(self.progress.step, loss, self.unigram_entropy, finished, self.progress.skipped, validation)

    def save(self) -> None:
        """Begin a checkpoint."""
        state = {**vars(self.progress), "loader": self.loader.state_dict(), "ranks": self.world.size}
        self.checkpoints.save(self.progress.step, self.tensors(), state)

    def _step(self, window: "Window") -> tuple[float, bool]:
        """One optimiser step: its mean loss, and whether any rank was asked to stop."""
        train = self.config.train
        rate = learning_rate(self.config.schedule, self.progress.step, train.steps)
        set_rate(self.optimizers, rate)
        for parameter in self.parameters:
            parameter.grad = None
        begin = self.loader.state_dict()
        total = torch.zeros((), device=self.world.device)
        count = 0
        constant = train.batch_tokens / self.world.size  # keeps the sums of float32 gradients near 1; undone below
        for micro in range(self.accumulate):
            batch = window.wait_for(self.batches)
            count += int((batch["targets"] >= 0).sum())
            inputs = [self._move(batch[key]) for key in ("input_ids", "positions", "targets")]
            mask = document_mask(batch["positions"], self.attention, self.world.device)
            with no_reduction(self.module, micro == self.accumulate - 1):
                loss, cross_entropy = self.module(
                    inputs[0], inputs[1], mask, inputs[2], train.loss_chunks, train.z_loss
                )
                (loss / constant).backward()
            total += cross_entropy
        nats, targets, stop = self.world.sum([float(total), float(count), float(self._stop)])
        mean = nats / max(targets, 1.0)
        scale = constant * self.world.size / max(targets, 1.0)
        norm = clip_gradients(self.parameters, scale, self.config.optimizer.clip)
        window.add(norm, rate * self.config.optimizer.lr, targets)
        if math.isfinite(mean) and math.isfinite(norm) and not self._spike(mean):
            for optimizer in self.optimizers:
                optimizer.step()
            self.progress.skipped_in_a_row = 0
            self.progress.tokens += int(targets)
        else:
            self._skip(mean, norm, begin)
        self.progress.step += 1
        return mean, stop > 0

    def _spike(self, loss: float) -> bool:
        """Whether the loss lies `spike_sigma` deviations above its running mean (of about 100 steps); keeps both up to date."""
        sigma, progress = self.config.train.spike_sigma, self.progress
        difference = loss - progress.loss_mean
        warm = progress.step - progress.skipped >= 100
        if sigma and warm and difference > sigma * math.sqrt(progress.loss_variance):
            return True
        share = max(0.01, 1 / (progress.step + 1))
        progress.loss_mean += share * difference
        progress.loss_variance = (1 - share) * (progress.loss_variance + share * difference**2)
        return False

    def _skip(self, loss: float, norm: float, begin: dict[str, Any]) -> None:
        progress = self.progress
        progress.skipped += 1
        progress.skipped_in_a_row += 1
        rows = {"first_row": begin["rows"], "rows": self.loader.state_dict()["rows"] - begin["rows"]}
        self._event("skip", {"loss": loss, "grad_norm": norm, **rows, "in_a_row": progress.skipped_in_a_row})
        if progress.skipped_in_a_row >= self.config.train.max_skipped:
            raise UserError(
                f"{progress.skipped_in_a_row} steps in a row had a loss or gradient that is not finite or a spike (last: loss {loss}, "
                f"gradient norm {norm}); the run stops at step {progress.step}. The last batch is rows {rows['first_row']} to "
                f"{rows['first_row'] + rows['rows'] - 1} in the order of the loader. Resume from the last checkpoint with a lower "
                "optimizer.lr or more schedule.warmup."
            )

    def _move(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.world.device.type == "cuda":
            return tensor.pin_memory().to(self.world.device, non_blocking=True)
        return tensor

    def _measure(self, loss: float, window: "Window") -> dict[str, Any]:
        seconds = max(window.seconds(), 1e-9)
        positions = window.steps * self.micro_rows * self.accumulate * self.world.size * self.seq_len
        speed = positions / seconds
        values = {
            "loss": loss,
            "lr": window.rate,
            "grad_norm": window.norm,
            "tokens": self.progress.tokens,
            "tokens_per_second": speed,
            "stall": window.waited / seconds,
            "skipped": self.progress.skipped,
            "seconds_left": (self.config.train.steps - self.progress.step) * seconds / window.steps,
            **utilisation(self.config.model, self.seq_len, speed / self.world.size, self.peak),
        }
        if self.world.device.type == "cuda":
            values["memory_gb"] = torch.cuda.max_memory_allocated(self.world.device) / 1e9
        return values

    def _validate(self) -> dict[str, float]:
        scores = evaluate_bpb(
            self.module,
            self.held_out,
            self._byte_counts(),
            rows=self.config.train.validation_rows,
            batch_rows=self.micro_rows,
            attention=self.attention,
            world=self.world,
            chunks=self.config.train.loss_chunks,
        )
        bits = {name: score.bits_per_byte for name, score in scores.items()}
        losses = {f"loss/{name}": score.loss for name, score in scores.items()}
        self._event("validation", {**{f"bpb/{name}": value for name, value in bits.items()}, **losses})
        return bits

    def _byte_counts(self):
        counts = self.vocabulary.byte_counts()
        counts.resize(max(len(counts), self.config.model.vocab_size), refcheck=False)
        return counts

    def _sample(self) -> None:
        for (
            prompt
        ) in SAMPLE_PROMPTS:  # on all ranks: a sharded model needs them all, and equal seeds keep them together
            pieces = generate(self.module, self.tokenizer, prompt, tokens=48, seed=self.config.train.seed)
            self._event("sample", {"prompt": prompt, "text": "".join(pieces)})

    def _event(self, kind: str, values: dict[str, Any]) -> None:
        if self.log is not None:
            self.log.write(kind, self.progress.step, values)
            self.observer(kind, self.progress.step, values)

    def _restore(self) -> None:
        path, faults = checkpoint.newest(self.out / "checkpoints")
        for fault in faults:
            self.observer("warning", 0, {"text": fault})
        if path is None:
            if faults:
                raise UserError(f"No checkpoint to resume from. {' '.join(faults)}")
            return
        tensors = self.tensors()
        state = checkpoint.load(path, tensors)
        torch.set_rng_state(tensors["rng"])
        self.loader.load_state_dict(state["loader"])
        self.progress = Progress(**{name: state[name] for name in vars(self.progress)})
        self.observer("resume", self.progress.step, {"checkpoint": str(path), "ranks": state["ranks"]})

    def _terminate(self, *_: Any) -> None:
        self._stop = True


@dataclass
class Window:
    """The steps since the last line of metrics."""

    steps: int = 0
    waited: float = 0.0  # seconds for data
    norm: float = 0.0
    rate: float = 0.0
    _begin: float = field(default_factory=time.perf_counter)
    _counted: float = 0.0

    def wait_for(self, batches: Iterator[Batch]) -> Batch:
        """The next batch; the time until it came counts as a stall."""
        start = time.perf_counter()
        batch = next(batches)
        self.waited += time.perf_counter() - start
        return batch

    def add(self, norm: float, rate: float, targets: float) -> None:
        """A step is done."""
        self.steps, self.norm, self.rate = self.steps + 1, norm, rate
        self._counted += time.perf_counter() - self._begin
        self._begin = time.perf_counter()

    def pause(self) -> None:
        """What happened since the step (validation, samples, checkpoints) does not count as training."""
        self._begin = time.perf_counter()

    def seconds(self) -> float:
        """Time spent on the steps of this window."""
        return self._counted


def due(step: int, every: int) -> bool:
    """Whether something that happens every so many steps happens after this one; 0 is never."""
    return every > 0 and step % every == 0


def micro_batches(batch_tokens: int, seq_len: int, micro_rows: int, ranks: int) -> tuple[int, int]:
    """Rows per micro-batch and micro-batches per step of each rank: as near to `batch_tokens` as whole rows allow.

    The micro-batch is the largest divisor of a rank's rows that is not above `micro_rows`.
    """
    rows = max(1, round(batch_tokens / (seq_len * ranks)))
    micro = max(m for m in range(1, min(micro_rows, rows) + 1) if rows % m == 0)
    return micro, rows // micro
