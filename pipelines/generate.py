"""Continue a prompt with a trained model."""

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.errors import UserError

# By its own name: `run` is also the option that names the run's folder.
from pipelines.console import run as run_command


def main(
    run: Annotated[
        Path, typer.Option(help="folder of a run, as `pretrain` writes it, or a Llama-architecture directory")
    ] = Path("runs/model"),
    prompt: Annotated[
        list[str] | None, typer.Option(help="text to continue; several are continued as one batch (repeatable)")
    ] = None,
    tokens: Annotated[int, typer.Option(min=1, help="at most so many tokens")] = 128,
    temperature: Annotated[float, typer.Option(min=0, help="0 takes the most probable token each time")] = 0.8,
    top_k: Annotated[int, typer.Option(min=0, help="sample among so many most probable tokens; 0: all")] = 50,
    top_p: Annotated[float, typer.Option(min=0, max=1, help="… with at least this sum of probability")] = 1.0,
    repetition_penalty: Annotated[
        float, typer.Option(min=0.01, help="above 1 makes tokens that occurred before less probable")
    ] = 1.0,
    stop: Annotated[
        list[str] | None, typer.Option(help="stop before this text; \\n is the end of a line (repeatable)")
    ] = None,
    seed: Annotated[int, typer.Option(help="the same seed gives the same text")] = 0,
    step: Annotated[int | None, typer.Option(help="checkpoint to use; by default the newest sound one")] = None,
    device: Annotated[str | None, typer.Option(help="cuda or cpu; by default a GPU if there is one")] = None,
) -> dict[str, Any]:
    """Print the prompt and its continuation while it is generated; several prompts are printed one after another when
    all are done."""
    import torch

    from model.export.pretrained import open_pretrained
    from model.text.generate import Sampling, generate, generate_batch, open_tokenizer

    prompts = prompt or ["오늘 아침에"]
    for name, texts in (("--prompt", prompts), ("--stop", stop or [])):
        for text in texts:
            if any("\ud800" <= character <= "\udfff" for character in text):
                raw = text.encode("utf-8", "surrogateescape")
                raise UserError(
                    f"{name} {raw!r}: these bytes are not UTF-8. Convert the text first, for example with iconv."
                )
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    pretrained = open_pretrained(run, step)
    model, tokenizer = pretrained.decoder.to(place), open_tokenizer(pretrained.tokenizer, pretrained.ends)
    model.compute_dtype = torch.bfloat16 if place.startswith("cuda") else torch.float32
    stops = tuple(text.replace("\\n", "\n") for text in stop or ())
    sampling = Sampling(tokens, temperature, top_k, top_p, repetition_penalty, stops, seed)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # other terminals than UTF-8 show "?"
    if len(prompts) > 1:
        texts = generate_batch(model, tokenizer, prompts, sampling)
        sys.stdout.write("\n".join(f"{begin}{text}\n" for begin, text in zip(prompts, texts, strict=True)))
        return {"prompts": prompts, "texts": texts}
    sys.stdout.write(prompts[0])
    pieces = []
    for piece in generate(model, tokenizer, prompts[0], sampling):
        pieces.append(piece)
        sys.stdout.write(piece)
        sys.stdout.flush()
    sys.stdout.write("\n")
    return {"prompts": prompts, "texts": ["".join(pieces)]}


if __name__ == "__main__":
    run_command(main)
