"""Export a run as a Hugging Face model directory or a GGUF file, or a corpus as Parquet; import a model directory."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from corpus.errors import UserError
from corpus.quantities import megabytes

# By its own name: `run` is also the option that names the run's folder.
from pipelines.console import OVERWRITE, console
from pipelines.console import run as run_command


def main(
    run: Annotated[Path, typer.Option(help="Folder of a run, as `pretrain` writes it")] = Path("runs/model"),
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the model, by default runs/hf or runs/gguf (of a corpus runs/parquet); with --import the"
            " folder of the new run"
        ),
    ] = None,
    step: Annotated[int | None, typer.Option(help="Checkpoint to export; by default the newest sound one")] = None,
    dtype: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"], typer.Option(help="auto: the run's own")
    ] = "auto",
    source: Annotated[
        Path | None, typer.Option("--import", help="Make a run at --out of this Llama-architecture directory instead")
    ] = None,
    gguf: Annotated[
        bool, typer.Option("--gguf", help="Write one GGUF file instead, for llama.cpp, Ollama and LM Studio")
    ] = False,
    average: Annotated[
        int, typer.Option(min=1, help="Export the mean of so many checkpoints, the newest or that of --step and before")
    ] = 1,
    bos: Annotated[bool, typer.Option(help="The exported tokenizer begins a text with BOS, as in training")] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    corpus: Annotated[
        Path | None, typer.Option(help="Export this corpus instead, as Parquet files with the same documents")
    ] = None,
) -> dict[str, Any]:
    """Write a model directory that transformers loads offline, or with --gguf a file that llama.cpp loads; its logits
    are compared before it gets its name. With --corpus, write a corpus as Parquet files."""
    if corpus is not None:
        return _parquet(corpus, out or Path("runs/parquet"), overwrite, gguf or source is not None)
    from model.runs.required import require_average, require_model, require_run, require_step

    if gguf and source is not None:
        raise UserError("--import makes a run and --gguf exports one: import first, then export the run with --gguf.")
    if source is None:
        require_run(run)
        require_step(run, step)
        require_average(run, step, average)
    else:
        require_model(source)
    out = out or Path("runs/gguf" if gguf else "runs/hf")
    try:
        import transformers  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise UserError(
            'Exporting compares logits with transformers, which is not installed: pip install -e ".[eval]".'
        ) from error
    from model.export.gguf_file import GGUF
    from model.export.huggingface import export_run, import_directory
    from model.network.decoder import parameter_count

    if source is not None:
        config = import_directory(source, out, overwrite)
        console.print(f"{out}: a run of {parameter_count(config.model):,} parameters, imported from {source}.")
        return {"out": str(out), "parameters": parameter_count(config.model)}
    done = export_run(run, out, step, dtype, overwrite, bos, gguf, average)
    console.print(
        f"{out / GGUF if gguf else out}: step {done.step:,}, {done.parameters:,} parameters in {done.dtype};"
        f" transformers' logits differ by {done.parity:.1e} of the largest, storing moved them by {done.rounding:.1e}."
    )
    found = {"step": done.step, "parameters": done.parameters, "dtype": done.dtype, "parity": done.parity}
    return {"out": str(out)} | found | {"rounding": done.rounding}


def _parquet(corpus: Path, out: Path, overwrite: bool, model: bool) -> dict[str, Any]:
    from corpus.shards import shard_paths

    if model:
        raise UserError("--corpus exports a corpus; --gguf and --import are for models. Leave one of them out.")
    shard_paths(corpus)  # what is wrong is told before the kernels are loaded
    from corpus.parquet import write_parquet

    told = write_parquet(corpus, out, overwrite)
    console.print(f"{out}: {told['documents']:,} documents, {megabytes(told['bytes'])} of text, as Parquet.")
    return {"out": str(out)} | told


if __name__ == "__main__":
    run_command(main)
