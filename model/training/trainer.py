"""The training loop.

A step: micro-batches forward and backward, each loss a sum over tokens; gradients are brought to the mean over the
step's real targets and clipped in one pass; a step whose loss or gradient is not finite is skipped and counted. The
loop waits for the GPU only once, to read loss and norm at the step's end. It prints nothing: an observer is called for
each event (model/training/shown/panel.py).

The state is everything that determines later steps: weights, optimiser, step, position in the data, generator. A
resumed run gives the same bits; with another number of ranks it gets the same batches.
"""

import gc
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from corpus.errors import UserError
from model.config import Config, resolve, warnings_of
from model.data.batch import Batch
from model.data.loader import rows_between
from model.data.packed import PackedData, read_description
from model.export.pretrained import Pretrained, require_tokenizer
from model.network.acceleration import compiles
from model.network.attention import document_mask, visible_positions
from model.runs import checkpoint
from model.runs.checkpoint import Checkpoints
from model.runs.run_directory import Resume, check_run, find_tokenizer, lock_run, mark_finished, write_run
from model.training.actions import BUILT_IN, Action, save
from model.training.batching import batch_note, micro_batches
from model.training.build import build_decoder, build_loader, choose_attention, describe_mixture
from model.training.guard import Guard
from model.training.optimizer import build_optimizers, clip_gradients, set_rate
from model.training.parallel import World, no_reduction, parallelize
from model.training.progress import Observer, Progress, Summary, due
from model.training.schedule import learning_rate
from model.training.shown.flops import peak_flops
from model.training.shown.log import MetricsLog, Stopwatch
from model.training.shown.machine import describe_machine
from model.training.shown.plan import rows_that_fit
from model.training.shown.profile import Profile
from model.training.shown.report import write_report
from model.training.validation import unigram_entropy
from tokenizer.encoding.vocabulary import Vocabulary


class Trainer:
    """A run in progress; construct it on all ranks, then call `run`.

    With `initial` the run begins with its weights and its shape, which replace the configuration's `model`. `actions`
    are pairs (every, function): the function is called with the trainer at this interval of steps and after the last
    one, like the built-in ones (model/training/actions.py); it may call `event`, `save` and `stop`.
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
        actions: Sequence[Action] = (),
    ) -> None:
        description = read_description(data)
        if initial is not None:
            require_tokenizer(initial, description["tokenizer_sha256"], data)
            config = replace(config, model=initial.decoder.config)
        self.config = config = resolve(config, description["vocab_size"], description["seq_len"])
        self.world, self.out, self.observer = world, out, observer
        built_in: list[Action] = [(getattr(config.train, key), action) for key, action in BUILT_IN]
        self.actions: list[Action] = [*built_in[:-1], *actions, built_in[-1]]  # a checkpoint includes their effects
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
        """Build everything; files are written only after all checks."""
        config, world, out = self.config, self.world, self.out
        check_run(out, config, resume)
        train = config.train
        self.dtype = torch.bfloat16 if train.precision == "bf16" else torch.float32
        for text in warnings_of(config):
            self._warn(text)
        micro_rows = train.micro_rows or rows_that_fit(config, self.seq_len, world)
        self.micro_rows, self.accumulate = micro_batches(train.batch_tokens, self.seq_len, micro_rows, world.size)
        self.rows = self.micro_rows * self.accumulate * world.size  # of a step, over all ranks
        self.planned_tokens = self.rows * self.seq_len * train.steps  # places for tokens in the whole run
        if text := batch_note(train.batch_tokens, self.seq_len, self.rows):
            self._warn(text)
        self.decoder = build_decoder(config, world.device, self.dtype, initial)
        self.module = parallelize(self.decoder, world, train.parallel, self.dtype)
        self.parameters = list(self.decoder.parameters())
        self.optimizers = build_optimizers(self.decoder, config.optimizer)
        self.loader = build_loader(config, data, world, self.micro_rows, self.planned_tokens, self._warn)
        self.held_out = PackedData(data, "validation")
        self.progress, self.guard = Progress(), Guard()
        self.checkpoints = Checkpoints(out / "checkpoints", train.keep_last, train.keep_every)
        state = self._restore() if resume else {}
        self.attention = choose_attention(
            config, self.loader, world.device, self.dtype, state.get("attention"), self._warn
        )
        if world.rank == 0 and not self.finished:
            write_run(out, config, self.tokenizer)
        self.batches: Iterator[Batch] = iter(self.loader)
        self.log = MetricsLog(out, self.progress.step) if world.rank == 0 and not self.finished else None
        name = torch.cuda.get_device_name(world.device) if world.device.type == "cuda" else ""
        self.peak = peak_flops(name)
        self.unigram_entropy = unigram_entropy(self.loader.data)
        self.start: dict[str, Any] = {"unigram_entropy": self.unigram_entropy, "ranks": world.size}
        self.start |= {"initial": str(initial.source)} if initial is not None else {}
        packed = self.loader.data.sources
        self.start["sources"] = [source.name for source in packed]
        self.start["licenses"] = {name: 1 for source in packed for name in source.licenses}
        self.start["data"] = describe_mixture(config, self.loader.data, self.planned_tokens)
        self.start["machine"] = describe_machine(world, config, self.attention)
        self.start["began"] = datetime.now().isoformat(" ", "minutes")
        self.validation: dict[str, float] = {}  # bits per byte, as last measured
        self.watch = Stopwatch()
        self.compile_seconds = 0.0  # the first step of compiled blocks
        self.spent: dict[str, float] = {}  # seconds by what they went to
        self._stop = self._interrupted = False

    def tensors(self) -> dict[str, torch.Tensor]:
        """Every tensor of the state, under names that do not depend on how the model is parallelized."""
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
        """Unlock the folder. `run` does it at its end."""
        if self.lock is not None:
            self.lock.close()

    def run(self) -> Summary:
        """Train to the last step, or until SIGTERM or Ctrl-C; then save. A run that has taken all its steps is left
        unchanged."""
        train, progress = self.config.train, self.progress
        if self.finished:
            self.close()
            return Summary(progress.step, progress.loss, self.unigram_entropy, True, self.guard.skipped, {}, 0)
        first = progress.step
        before = {signal.SIGTERM: signal.signal(signal.SIGTERM, self._terminate)}
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is ignored (nohup)
            before[signal.SIGINT] = signal.signal(signal.SIGINT, self._interrupt)
        gc.collect()
        gc.disable()  # garbage collection in a step takes up to 500 ms on one rank and stalls all ranks
        wanted = train.profile and self.world.rank == 0
        profile = Profile(self.out / "profile", train.profile, self.world.device) if wanted else None
        saved, stop = -1, False
        try:
            self.event("start", self.start)
            self.watch = Stopwatch()
            while progress.step < train.steps and not stop:
                stop = self._step(self.watch)
                if profile is not None:
                    profile(self)
                if progress.step == first + 1 and compiles(train, self.world.device):
                    self.compile_seconds, self.watch = self.watch.seconds, Stopwatch()
                for every, action in self.actions:
                    if due(progress.step, every) or (self.finished and every):
                        self._act(action)
                        saved = progress.step if action is save else saved
                self.watch.pause()
            if saved != progress.step:
                self._act(save)
            self.checkpoints.wait()
        finally:
            if profile is not None:
                profile.close()
                write_report(self.out)
            gc.enable()
            for number, handler in before.items():
                signal.signal(number, handler)
            self.batches.close()  # type: ignore[attr-defined]  # a generator: stops its threads
            if self.log is not None:
                self.log.close()
            self.close()
        if self.finished and self.world.rank == 0:
            mark_finished(self.out)
        return Summary(
            progress.step,
            progress.loss,
            self.unigram_entropy,
            self.finished,
            self.guard.skipped,
            self.validation,
            progress.step - first,
            self._interrupted,
        )

    def stop(self) -> None:
        """End the run after the current step with a checkpoint, so that it can be resumed; any rank may call it."""
        self._stop = True

    def _act(self, action: Callable[["Trainer"], None]) -> None:
        begin = time.perf_counter()
        action(self)
        name = getattr(action, "__name__", type(action).__name__)
        self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - begin

    def save(self) -> None:
        """Start saving a checkpoint."""
        state: dict[str, Any] = {
            "progress": vars(self.progress),
            "guard": vars(self.guard),
            "loader": self.loader.state_dict(),
        }
        state |= {"ranks": self.world.size, "attention": self.attention}
        self.checkpoints.save(self.progress.step, self.tensors(), state)

    def _step(self, watch: Stopwatch) -> bool:
        """One optimiser step; returns whether any rank was told to stop."""
        train, progress = self.config.train, self.progress
        fraction = learning_rate(self.config.schedule, progress.step, train.steps)
        set_rate(self.optimizers, fraction)
        begin = self.loader.state_dict()["rows"]
        constant = train.batch_tokens / self.world.size  # keeps sums of gradients near 1; clipping divides by it
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
        """Gradients of Σ nats / `constant` over this rank's micro-batches; returns the sum of nats and the number of
        targets."""
        train = self.config.train
        for parameter in self.parameters:
            parameter.grad = None
        total, count = torch.zeros((), device=self.world.device), 0
        for micro in range(self.accumulate):
            batch = watch.wait_for(self.batches)
            count += int((batch["targets"] >= 0).sum())
            mask = document_mask(batch["positions"], self.attention, self.world.device)
            seen = visible_positions(batch["positions"], self.attention)
            ids, positions, targets = map(self._move, (batch["input_ids"], seen, batch["targets"]))
            with no_reduction(self.module, micro == self.accumulate - 1):
                loss, nats = self.module(ids, positions, mask, targets, train.loss_chunks, train.z_loss)
                (loss / constant).backward()
            total += nats
        return float(total), count

    def _skip(self, begin: list[int]) -> None:
        progress, guard = self.progress, self.guard
        rows = ", ".join(rows_between(self.loader, begin))
        values = {"loss": progress.loss, "grad_norm": progress.norm, "rows": rows}
        self.event("skip", {**values, "in_a_row": guard.in_a_row})
        if guard.in_a_row >= self.config.train.max_skipped:
            raise UserError(
                f"{guard.in_a_row} steps in a row had a loss or a gradient that is not finite, or a spike (last: loss"
                f" {progress.loss}, gradient norm {progress.norm}); the run stops at step {progress.step}. Its last"
                f" batch: {rows}. Check these rows, or resume from the last checkpoint with a lower optimizer.lr or a"
                " longer schedule.warmup."
            )

    def _move(self, tensor: torch.Tensor) -> torch.Tensor:
        if self.world.device.type == "cuda":
            return tensor.pin_memory().to(self.world.device, non_blocking=True)
        return tensor

    def event(self, kind: str, values: dict[str, Any]) -> None:
        """Log an event on rank 0 and call the observer."""
        if self.log is not None:
            self.log.write(kind, self.progress.step, values)
            self.observer(kind, self.progress.step, values)

    def _warn(self, text: str) -> None:
        self.observer("warning", 0, {"text": text})

    def _restore(self) -> dict[str, Any]:
        """Take over the newest valid checkpoint; returns its state, empty if there is none."""
        path, faults = checkpoint.newest(self.out / "checkpoints")
        for fault in faults:
            self._warn(fault)
        if path is None:
            if faults:
                raise UserError(f"No checkpoint to resume from. {' '.join(faults)}")
            return {}
        if not checkpoint.has(path, "rng"):
            raise UserError(
                f"{path} contains an imported model and no training state. Begin a run from it: --init {self.out} --out"
                " ANOTHER."
            )
        tensors = self.tensors()
        state = checkpoint.load(path, tensors)
        torch.set_rng_state(tensors["rng"])
        self.loader.load_state_dict(state["loader"])
        if text := self.loader.beyond_caps(self.config.data.max_epochs, self.planned_tokens):
            self._warn(text)
        self.progress, self.guard = Progress(**state["progress"]), Guard(**state["guard"])
        self.observer("resume", self.progress.step, {"checkpoint": str(path), "ranks": state["ranks"]})
        return state

    def _terminate(self, *_: Any) -> None:
        self._stop = True

    def _interrupt(self, *_: Any) -> None:
        """The first Ctrl-C saves; the second ends the run where it is."""
        self._stop = self._interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.world.rank == 0:
            self._warn("The run stops after this step and saves a checkpoint; Ctrl-C again stops it at once.")
