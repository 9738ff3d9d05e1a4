"""Continue a prompt with a trained model, in the terminal or on a page."""

import contextlib
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus.errors import UserError

# By its own name: `run` is also the option that names the run's folder.
from pipelines.console import console
from pipelines.console import run as run_command

if TYPE_CHECKING:
    from model.text.generate import Sampling


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
    serve: Annotated[bool, typer.Option("--serve", help="open a page on this machine to try prompts in")] = False,
    compare: Annotated[
        list[Path] | None, typer.Option(help="with --serve: a second run or model directory (repeatable)")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="with --serve: port on 127.0.0.1; 0: a free one")] = 8642,
    device: Annotated[str | None, typer.Option(help="cuda or cpu; by default a GPU if there is one")] = None,
) -> dict[str, Any]:
    """Print the prompt and its continuation while it is generated; several prompts are printed one after another when
    all are done. With --serve prompts are typed on a page of this machine; it shows the probability of each token, and
    any two models or checkpoints side by side."""
    if compare and not serve:
        raise UserError("--compare shows a second model beside the first on the page of --serve; add --serve.")
    prompts = prompt or ["오늘 아침에"]
    from model.device import chosen_device, require_device
    from model.runs.required import require_model

    require_device(device)
    for source in (run, *(compare or [])):
        require_model(source, step if source == run else None)
    import torch

    from model.export.pretrained import open_pretrained
    from model.text.generate import Sampling, generate, generate_batch, open_tokenizer

    place = chosen_device(device)
    stops = tuple(text.replace("\\n", "\n") for text in stop or ())
    sampling = Sampling(tokens, temperature, top_k, top_p, repetition_penalty, stops, seed)
    if serve:
        return _serve([run, *(compare or [])], step, place, port, (prompt or [""])[0], sampling)
    pretrained = open_pretrained(run, step)
    model, tokenizer = pretrained.decoder.to(place), open_tokenizer(pretrained.tokenizer, pretrained.ends)
    model.compute_dtype = torch.bfloat16 if place.startswith("cuda") else torch.float32
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


def _serve(
    sources: list[Path], step: int | None, device: str, port: int, prompt: str, sampling: "Sampling"
) -> dict[str, Any]:
    from model.serving.models import Models
    from model.serving.server import CompletionServer

    with CompletionServer(Models(sources, step, device), port, prompt, sampling) as server:
        console.print(f"{server.url} is the page, for this machine only. Ctrl+C ends it.")
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    return {"url": server.url}


if __name__ == "__main__":
    run_command(main)
