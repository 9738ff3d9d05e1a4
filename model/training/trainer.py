"""The training loop.

A step: micro-batches forward and backward, each loss a sum over tokens; gradients are brought to the mean over the
step's real targets and clipped in one pass; a step whose loss or gradient is not finite is skipped and counted. Nothing
waits for the GPU but the one read of loss and norm at the step's end. The loop knows no printing: an observer is told
what happens (model/training/shown/panel.py).

State is everything that decides the future: weights, optimiser, step, place in the data, generator. A resumed run is
the same run to the bit; on other numbers of ranks it sees the same batches.
"""

import gc
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from corpus.errors import UserError
from model.config import Config, resolve
from model.data.batch import Batch
from model.data.loader import Loader, rows_between
from model.data.mixture import plan_mixture, repetition_warning
from model.data.packed import PackedData, read_description
from model.export.pretrained import Pretrained, require_tokenizer
from model.network.acceleration import accelerate
from model.network.attention import choose, document_mask
from model.network.decoder import Decoder
from model.runs import checkpoint
from model.runs.checkpoint import Checkpoints
from model.runs.run_directory import Resume, check_run, find_tokenizer, lock_run, write_run
from model.text.generate import Sampling, generate_batch
from model.training.batching import micro_batches
from model.training.guard import Guard
from model.training.optimizer import build_optimizers, clip_gradients, set_rate
from model.training.parallel import World, no_reduction, spread
from model.training.progress import Observer, Progress, Summary, due
from model.training.schedule import learning_rate
from model.training.shown.flops import peak_flops, utilisation
from model.training.shown.log import MetricsLog, Stopwatch
from model.training.shown.report import write_report
from model.training.validation import evaluate_bpb, unigram_entropy
from tokenizer.encoding.vocabulary import Vocabulary

SAMPLE_PROMPTS = ("대한민국의 수도는", "오늘 아침에", "The history of", "Once upon a time")


class Trainer:
    """A run in progress; construct on all ranks, then call `run`.

    With `initial` the run begins with its weights and has its shape, whatever the configuration's `model` says.
    """

    def __init__(
        self,
        config: Config,
        data: Path,
        out: Path,
        world: World,
        *,
        resume: Resume = False,
        tokenizer: Path | None = None,
        initial: Pretrained | None = None,
        observer: Observer = lambda kind, step, values: None,
    ) -> None:
        description = read_description(data)
        if initial is not None:
            require_tokenizer(initial, description["tokenizer_sha256"], data)
            config = replace(config, model=initial.decoder.config)
        self.config = config = resolve(config, description["vocab_size"], description["seq_len"])
        self.world, self.out, self.observer = world, out, observer
        self.seq_len: int = description["seq_len"]
        files = initial.tokenizer if initial is not None else find_tokenizer(data, description, tokenizer)
        self.vocabulary, self.tokenizer = Vocabulary(files), files
        self.lock = lock_run(out) if world.rank == 0 else None
        try:
            self._prepare(data, resume, initial)
        except BaseException:
            self.close()
            raise

    def _prepare(self, data: Path, resume: Resume, initial: Pretrained | None) -> None:
        """Build everything; the folder is written to once nothing is left that could be refused."""
        config, world, out = self.config, self.world, self.out
        check_run(out, config, resume)
        train = config.train
        self.dtype = torch.bfloat16 if train.precision == "bf16" else torch.float32
        self.attention = choose(train.attention, world.device, self.dtype)
        self.micro_rows, self.accumulate = micro_batches(train.batch_tokens, self.seq_len, train.micro_rows, world.size)
        torch.manual_seed(train.seed)
        model = Decoder(config.model) if initial is None else initial.decoder
        model.compute_dtype = self.dtype
        model.train().to(world.device)
        accelerate(model, train, world.device)
        self.decoder = model
        self.module = spread(model, world, train.parallel, self.dtype)
        self.parameters = list(model.parameters())
        self.optimizers = build_optimizers(model, config.optimizer)
        self.loader = self._loader(data)
        self.held_out = PackedData(data, "validation")
        self.progress, self.guard = Progress(), Guard()
        self.checkpoints = Checkpoints(out / "checkpoints", train.keep_last, train.keep_every)
        if resume:
            self._restore()
        if world.rank == 0 and not self.finished:
            write_run(out, config, self.tokenizer)
        self.batches: Iterator[Batch] = iter(self.loader)
        self.log = MetricsLog(out, self.progress.step) if world.rank == 0 and not self.finished else None
        name = torch.cuda.get_device_name(world.device) if world.device.type == "cuda" else ""
        self.peak = peak_flops(name)
        self.unigram_entropy = unigram_entropy(self.loader.data)
        self.start: dict[str, Any] = {"unigram_entropy": self.unigram_entropy, "ranks": world.size}
        self.start |= {"initial": str(initial.source)} if initial is not None else {}
        self._stop = False

    def _loader(self, data: Path) -> Loader:
        packed, settings, mixture = PackedData(data), self.config.data, None
        rehydrate = packed.rehydration(settings.rehydrate)
        if settings.mixture or settings.max_epochs:
            tokens = self.micro_rows * self.accumulate * self.world.size * self.seq_len * self.config.train.steps
            mixture = plan_mixture(packed.sources, settings.mixture, settings.max_epochs, tokens, rehydrate)
            if text := repetition_warning(mixture):
                self.observer("warning", 0, {"text": text})
        return Loader(
            packed,
            batch_size=self.micro_rows,
            rank=self.world.rank,
            world_size=self.world.size,
            seed=settings.seed,
            mixture=mixture,
            rehydrate=rehydrate,
        )

    def tensors(self) -> dict[str, torch.Tensor]:
        """Every tensor that decides the future, under names that do not depend on how the model is spread."""
        tensors = {f"model.{name}": parameter.data for name, parameter in self.decoder.named_parameters()}
        for name, parameter in self.decoder.named_parameters():
            for optimizer in self.optimizers:
                for key, value in optimizer.state.get(parameter, {}).items():
                    tensors[f"optimizer.{name}.{key}"] = value
        return tensors | {"rng": torch.get_rng_state()}

    @property
    def finished(self) -> bool:
        """Whether all steps have been taken."""
        return self.progress.step == self.config.train.steps

    def close(self) -> None:
        """Give the folder free for others. `run` does it at its end."""
        if self.lock is not None:
            self.lock.close()

    def run(self) -> Summary:
        """Train to the last step, or until SIGTERM; then save. A run that has all its steps is left as it is."""
        train, progress = self.config.train, self.progress
        if self.finished:
            self.close()
            return Summary(progress.step, progress.loss, self.unigram_entropy, True, self.guard.skipped, {}, 0)
        before_first = progress.step
        before = signal.signal(signal.SIGTERM, self._terminate)
        gc.collect()
        gc.disable()  # collections in the middle of a step cost up to 500 ms on one rank and stall all of them
        watch, validation, stop = Stopwatch(), {}, False
        try:
            self._event("start", self.start)
            while progress.step < train.steps and not stop:
                stop = self._step(watch)
                step, last = progress.step, progress.step == train.steps
                if due(step, train.log_every) or last:
                    self._event("train", self._measure(watch))
                    watch = Stopwatch()
                    gc.collect(1)
                if due(step, train.validate_every) or (last and train.validate_every):
                    validation = self._validate()
                if due(step, train.sample_every):
                    self._sample()
                if due(step, train.checkpoint_every) or last or stop:
                    self.save()
                    if self.log is not None:
                        write_report(self.out)
                watch.pause()
            self.checkpoints.wait()
        finally:
            gc.enable()
            signal.signal(signal.SIGTERM, before)
            self.batches.close()  # type: ignore[attr-defined]  # a generator: stops its threads
            if self.log is not None:
                self.log.close()
            self.close()
        taken = progress.step - before_first
        return Summary(
            progress.step, progress.loss, self.unigram_entropy, self.finished, self.guard.skipped, validation, taken
        )

    def save(self) -> None:
        """Begin a checkpoint."""
        state = {"progress": vars(self.progress), "guard": vars(self.guard), "loader": self.loader.state_dict()}
        self.checkpoints.save(self.progress.step, self.tensors(), {**state, "ranks": self.world.size})

    def _step(self, watch: Stopwatch) -> bool:
        """One optimiser step; whether any rank was asked to stop."""
        train, progress = self.config.train, self.progress
        fraction = learning_rate(self.config.schedule, progress.step, train.steps)
        set_rate(self.optimizers, fraction)
        begin = self.loader.state_dict()["rows"]
        constant = train.batch_tokens / self.world.size  # keeps sums of gradients near 1; the clipping undoes it
        nats, count = self._gradients(watch, constant)
        nats, targets, stop = self.world.sum([nats, float(count), float(self._stop)])
        progress.loss = nats / max(targets, 1.0)
        scale = constant * self.world.size / max(targets, 1.0)
        progress.norm = clip_gradients(self.parameters, scale, self.config.optimizer.clip)
        progress.rate = fraction * self.config.optimizer.lr
        if self.guard.allows(progress.loss, progress.norm, train.spike_sigma):
            for optimizer in self.optimizers:
                optimizer.step()
            progress.tokens += int(targets)
        else:
            self._skip(begin)
        progress.step += 1
        watch.lap()
        return stop > 0

    def _gradients(self, watch: Stopwatch, constant: float) -> tuple[float, int]:
        """Gradients of Σ nats / `constant` over this rank's micro-batches; the sum of nats and the number of
        targets."""
        train = self.config.train
        for parameter in self.parameters:
            parameter.grad = None
        total, count = torch.zeros((), device=self.world.device), 0
        for micro in range(self.accumulate):
            batch = watch.wait_for(self.batches)
            count += int((batch["targets"] >= 0).sum())
            mask = document_mask(batch["positions"], self.attention, self.world.device)
            ids, positions, targets = (self._move(batch[key]) for key in ("input_ids", "positions", "targets"))
            with no_reduction(self.module, micro == self.accumulate - 1):
                loss, nats = self.module(ids, positions, mask, targets, train.loss_chunks, train.z_loss)
                (loss / constant).backward()
            total += nats
        return float(total), count

    def _skip(self, begin: list[int]) -> None:
        progress, guard = self.progress, self.guard
        rows = ", ".join(rows_between(self.loader, begin))
        values = {"loss": progress.loss, "grad_norm": progress.norm, "rows": rows}
        self._event("skip", {**values, "in_a_row": guard.in_a_row})
        if guard.in_a_row >= self.config.train.max_skipped:
            raise UserError(
                f"{guard.in_a_row} steps in a row had a loss or a gradient that is not finite, or a spike (last: loss"
                f" {progress.loss}, gradient norm {progress.norm}); the run stops at step {progress.step}. Its last"
                f" batch: {rows}. Look at these rows, or resume from the last checkpoint with a lower optimizer.lr or a"
                " longer schedule.warmup."
            )

    def _move(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.world.device.type == "cuda":
            return tensor.pin_memory().to(self.world.device, non_blocking=True)
        return tensor

    def _measure(self, watch: Stopwatch) -> dict[str, Any]:
        seconds, progress = max(watch.seconds, 1e-9), self.progress
        positions = watch.steps * self.micro_rows * self.accumulate * self.world.size * self.seq_len
        speed = positions / seconds
        values = {
            "loss": progress.loss,
            "lr": progress.rate,
            "grad_norm": progress.norm,
            "tokens": progress.tokens,
            "tokens_per_second": speed,
            "stall": watch.waited / seconds,
            "skipped": self.guard.skipped,
            "seconds_left": (self.config.train.steps - progress.step) * seconds / watch.steps,
            **utilisation(self.config.model, self.seq_len, speed / self.world.size, self.peak),
        }
        if self.world.device.type == "cuda":
            values["memory_gb"] = torch.cuda.max_memory_allocated(self.world.device) / 1e9
        return values

    def _validate(self) -> dict[str, float]:
        scores = evaluate_bpb(
            self.module,
            self.held_out,
            self.vocabulary.byte_counts(self.config.model.vocab_size),
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

    def _sample(self) -> None:
        # On all ranks: a sharded model needs them all, and equal seeds keep them together.
        sampling = Sampling(tokens=48, seed=self.config.train.seed)
        texts = generate_batch(self.module, self.tokenizer, SAMPLE_PROMPTS, sampling)
        for prompt, text in zip(SAMPLE_PROMPTS, texts, strict=True):
            self._event("sample", {"prompt": prompt, "text": text})

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
        if not checkpoint.has(path, "rng"):
            raise UserError(
                f"{path} holds an imported model and no state of training. Begin a run from it: --init {self.out} --out"
                " ANOTHER."
            )
        tensors = self.tensors()
        state = checkpoint.load(path, tensors)
        torch.set_rng_state(tensors["rng"])
        self.loader.load_state_dict(state["loader"])
        self.progress, self.guard = Progress(**state["progress"]), Guard(**state["guard"])
        self.observer("resume", self.progress.step, {"checkpoint": str(path), "ranks": state["ranks"]})

    def _terminate(self, *_: Any) -> None:
        self._stop = True
