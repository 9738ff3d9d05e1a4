"""Pretrain a decoder on packed data."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.console import console, run


def main(
    config: Annotated[str, typer.Option(help="tiny, mini, 350m, 1.3b, or the path of a .toml file")] = "tiny",
    data: Annotated[Path, typer.Option(help="packed data, as `pack` writes them")] = Path("runs/packed"),
    out: Annotated[Path, typer.Option(help="folder of the run")] = Path("runs/model"),
    tokenizer: Annotated[
        Path | None, typer.Option(help="tokenizer folder, where it is not in or beside the data")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="override, e.g. train.steps=100 (repeatable)")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on from the newest checkpoint in --out")] = False,
    device: Annotated[str | None, typer.Option(help="cuda or cpu; by default a GPU where there is one")] = None,
) -> None:
    """Train; checkpoints, metrics.jsonl, TensorBoard and report.html go to --out. Several devices: torchrun -m pipelines.pretrain …"""
    from model.config import load_config
    from model.panel import Panel
    from model.parallel import world
    from model.train import Trainer

    chosen = load_config(config, settings or ())
    with world(device) as here, Panel(console, chosen.train.steps) as panel:
        trainer = Trainer(chosen, data, out, here, resume=resume, tokenizer=tokenizer, observer=panel)
        summary = trainer.run()
    if here.rank == 0:
        bits = "".join(f", {name} {value:.3f}" for name, value in summary.validation.items())
        console.print(
            f"Step {summary.step}: loss {summary.loss:.3f} nats a token (unigram entropy {summary.unigram_entropy:.3f})"
            + (f"; bits per byte{bits}" if bits else "")
            + f". The run is in {out}."
        )
        if not summary.finished:
            console.print("Stopped on request and saved; go on with --resume.")


if __name__ == "__main__":
    run(main)
