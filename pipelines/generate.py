"""Continue a prompt with a trained model."""

import sys
from pathlib import Path
from typing import Annotated

import typer

# By its own name: `run` is also the option that names the run's folder.
from pipelines.console import run as run_command


def main(
    run: Annotated[Path, typer.Option(help="folder of a run, as `pretrain` writes it")] = Path("runs/model"),
    prompt: Annotated[str, typer.Option(help="text to continue")] = "오늘 아침에",
    tokens: Annotated[int, typer.Option(min=1, help="at most so many tokens")] = 128,
    temperature: Annotated[float, typer.Option(min=0, help="0 takes the likeliest token each time")] = 0.8,
    top_k: Annotated[int, typer.Option(min=0, help="choose among the likeliest so many; 0: all")] = 50,
    top_p: Annotated[float, typer.Option(min=0, max=1, help="… that hold this much of the probability")] = 1.0,
    seed: Annotated[int, typer.Option(help="the same seed gives the same text")] = 0,
    step: Annotated[int | None, typer.Option(help="checkpoint to use; by default the newest sound one")] = None,
    device: Annotated[str | None, typer.Option(help="cuda or cpu; by default a GPU where there is one")] = None,
) -> None:
    """Print the prompt and what the model makes of it, as it comes."""
    import torch

    from model.generate import generate
    from model.run_directory import load_decoder

    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if place == "cuda" else torch.float32
    model, _, _ = load_decoder(run, step, place, dtype)
    tokenizer = run / "tokenizer" / "tokenizer.json"
    pieces = generate(
        model, tokenizer, prompt, tokens=tokens, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed
    )
    sys.stdout.write(prompt)
    for piece in pieces:
        sys.stdout.write(piece)
        sys.stdout.flush()
    sys.stdout.write("\n")


if __name__ == "__main__":
    run_command(main)
