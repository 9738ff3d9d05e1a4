"""Pretrain a decoder on packed data."""

from contextlib import ExitStack, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from corpus.engine.task import file_sha256
from corpus.errors import UserError
from pipelines.console import console, run

if TYPE_CHECKING:
    from model.config import Config
    from model.export.pretrained import Pretrained
    from model.training.parallel import World
    from model.training.progress import Observer


def main(
    config: Annotated[str, typer.Option(help="tiny, mini, 350m, 1.3b, 1.3b-muon, or a .toml file")] = "tiny",
    data: Annotated[Path, typer.Option(help="packed data, as `pack` writes them")] = Path("runs/packed"),
    out: Annotated[Path, typer.Option(help="folder of the run")] = Path("runs/model"),
    tokenizer: Annotated[Path | None, typer.Option(help="tokenizer folder, if it is not in or beside the data")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="override, e.g. train.steps=100 (repeatable)")
    ] = None,
    init: Annotated[
        Path | None, typer.Option(help="start with the weights and shape of this run or Llama-architecture directory")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="continue from the newest checkpoint in --out")] = False,
    resume_auto: Annotated[
        bool, typer.Option("--resume-auto", help="… or start a new run if there is none; also --resume=auto")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="replace a run of other settings, data or initial weights in --out")
    ] = False,
    device: Annotated[str | None, typer.Option(help="cuda or cpu; by default a GPU where there is one")] = None,
    profile: Annotated[
        int, typer.Option(min=0, help="steps that torch.profiler records: RUN/profile, and a chart in report.html")
    ] = 0,
    track: Annotated[
        Literal["", "trackio", "wandb"],
        typer.Option(help="send the numbers to trackio or wandb, too; its library has to be installed"),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="print parameters, memory, tokens and time; do nothing")
    ] = False,
) -> dict[str, Any] | None:
    """Train; checkpoints, metrics.jsonl, TensorBoard and report.html are written to --out.

    Several devices: torchrun -m pipelines.pretrain …
    """
    from model.config import load_config
    from model.data.packed import read_description
    from model.device import require_device
    from model.runs.required import REPLACED, check_resume, require_model
    from tokenizer.files import TokenizerFiles

    more = [f"train.profile={profile}"] if profile else []
    # What is wrong is told before torch is imported, which takes seconds.
    chosen = load_config(config, [*(settings or ()), *more])
    require_device(device)
    if tokenizer is not None:
        TokenizerFiles.read(tokenizer)
    if init is not None:
        if any(setting.strip().startswith("model.") for setting in settings or ()):
            raise UserError(f"--set model.…: with --init the model has the shape of {init}; leave it out.")
        require_model(init)
    if not dry_run:
        read_description(data)
    going_on: bool | Literal["auto"] = "auto" if resume_auto else resume
    if going_on and not (dry_run or overwrite or (out / REPLACED).is_dir()):
        check_resume(out, going_on, chosen.train.steps)
    from corpus.engine.output import claim, lock
    from model.export.pretrained import open_pretrained
    from model.runs.checkpoint import found
    from model.runs.run_directory import RUN, RUN_FILES, drop_aside, put_back, set_aside
    from model.training.parallel import world
    from model.training.shown.panel import Panel
    from model.training.shown.plan import memory_advice
    from model.training.shown.tracker import Tracked
    from model.training.trainer import Trainer

    with world(device) as here:
        initial = open_pretrained(init) if init is not None else None
        if initial is not None:
            chosen = replace(chosen, model=initial.decoder.config)
            console.print(f"Weights and shape from {init}.")
        if dry_run:
            _plan(chosen, data, here)
            return None
        if here.rank == 0 and (out / REPLACED).is_dir():
            with lock(out):  # a run was killed before it had replaced this one
                put_back(out)
        identity = _identity(chosen, data, initial) if here.rank == 0 else None
        claimed = claim(out, RUN, identity, overwrite=True) if here.rank == 0 else nullcontext()
        with claimed as folder, ExitStack() as stack, memory_advice(chosen):
            observer: Observer = stack.enter_context(Panel(console, chosen.train.steps))
            if folder is not None and folder.done and not going_on and here.size == 1:
                console.print(f"{out} is this run already, trained to its last step; nothing was done.")
                return {"out": str(out), "done_before": True}
            replaces = overwrite and folder is not None and folder.before not in (None, folder.settings)
            if replaces:
                set_aside(out)
                stack.callback(put_back, out)  # unless all checks are passed
            if overwrite:
                here.sum([0.0])  # the others wait until the folder is free
            if folder is not None and not replaces and (going_on or not found(out / "checkpoints")):
                folder.reserve(RUN_FILES)
            if track and here.rank == 0:
                observer = stack.enter_context(Tracked(track, out, asdict(chosen), observer))
            trainer = Trainer(
                chosen,
                data,
                out,
                here,
                resume=going_on,
                tokenizer=tokenizer,
                initial=initial,
                observer=observer,
            )
            if folder is not None and replaces:
                drop_aside(out)
                folder.reserve(RUN_FILES)
            summary = trainer.run()
            if folder is not None and summary.finished:
                folder.finish(RUN_FILES)
    found_now = {"out": str(out), "step": summary.step, "loss": summary.loss, "finished": summary.finished} | {
        "unigram_entropy": summary.unigram_entropy,
        "validation": summary.validation,
    }
    if here.rank == 0:
        bits = "".join(f", {name} {value:.3f}" for name, value in summary.validation.items() if "/" not in name)
        if not summary.taken and summary.finished:
            console.print(f"{out} has taken all {summary.step:,} steps already; nothing was done.")
            return found_now
        console.print(
            f"Step {summary.step}: loss {summary.loss:.3f} nats a token, unigram entropy {summary.unigram_entropy:.3f}"
            + (f"; bits per byte{bits.replace(',', '', 1)}" if bits else "")
            + f". Look at {out / 'report.html'}."
        )
        if not summary.finished and not summary.interrupted:
            console.print("Stopped on request and saved; continue with --resume.")
    if summary.interrupted and not summary.finished:
        raise KeyboardInterrupt(f"Interrupted at step {summary.step}, which is saved; continue with --resume.")
    return found_now


def train_whole(**options: Any) -> None:
    """Train to the last step, for commands that go on with the model. Raises KeyboardInterrupt if SIGTERM or Ctrl-C
    stopped it before: nothing may be made of half a training."""
    try:
        found = main(**options)
    except KeyboardInterrupt:
        raise KeyboardInterrupt from None  # without its words: these commands continue without --resume
    if found is None or not found["finished"]:
        raise KeyboardInterrupt


main.spellings = {"--resume=auto": "--resume-auto"}  # type: ignore[attr-defined]  # read by pipelines/console.py


def _identity(config: "Config", data: Path, initial: "Pretrained | None" = None) -> dict[str, Any]:
    """All that a run depends on, as a JSON value."""
    description = data / "packing.json"
    packed = file_sha256(description) if description.is_file() else ""
    return asdict(config) | {"packed": packed, "initial": initial.identity() if initial is not None else ""}


def _plan(config: "Config", data: Path, here: "World") -> None:
    """Print the time and memory that the run would need, on packed data if they exist, else on rows of the configured
    context."""
    import torch
    from rich.table import Table

    from model.config import resolve
    from model.data.mixture import mixture_shares
    from model.data.packed import PackedData
    from model.training.shown.flops import peak_flops
    from model.training.shown.plan import make_plan, measured_rate, rows
    from pipelines.inspect import show_mixture

    packed = PackedData(data) if (data / "packing.json").is_file() else None
    if packed is not None:
        vocabulary, length = packed.description["vocab_size"], packed.seq_len
    else:
        vocabulary, length = config.model.vocab_size or 50_304, config.model.context or 4096
    gpu = here.device.type == "cuda"
    name = torch.cuda.get_device_name(here.device) if gpu else "this CPU"
    memory = torch.cuda.get_device_properties(here.device).total_memory if gpu else None
    plan = make_plan(resolve(config, vocabulary, length), length, here.size, memory)
    if here.rank == 0:
        table = Table(title="What this run would take", show_header=False)
        for label, text in rows(plan, name, peak_flops(name) if gpu else measured_rate(), memory):
            table.add_row(label, text)
        console.print(table)
        if packed is not None:
            wanted, rehydrate = config.data, packed.rehydration(config.data.rehydrate)
            shares = mixture_shares(packed.sources, wanted.mixture, wanted.max_epochs, plan.tokens, rehydrate)
            show_mixture(console, shares, plan.tokens)


if __name__ == "__main__":
    run(main)
