"""Pack a corpus into rows of tokens: best fit, no dropped tokens, marked documents."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.box import SIMPLE
from rich.table import Table

from corpus.errors import UserError
from corpus.quantities import percent
from pipelines.console import OVERWRITE, console, run
from pipelines.engine import RAY_ADDRESS, Display, EngineName, Workers, open_engine
from pipelines.fitted import fit_shards, tell


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder, as build_corpus writes it")] = Path("runs/demo"),
    tokenizer: Annotated[Path, typer.Option(help="Tokenizer folder or tokenizer.json")] = Path("runs/tokenizer"),
    out: Annotated[Path, typer.Option(help="Folder for the packed data")] = Path("runs/packed"),
    seq_len: Annotated[
        int | None, typer.Option(min=8, max=1 << 20, help="Tokens per row; default: fitted to the corpus, 512 to 4096")
    ] = None,
    strategy: Annotated[
        Literal["best-fit", "concat"],
        typer.Option(help="best-fit: whole documents fitted into rows; concat: end to end"),
    ] = "best-fit",
    bos: Annotated[bool, typer.Option(help="Begin each document with BOS")] = True,
    eos: Annotated[bool, typer.Option(help="End each document with EOS")] = True,
    tiers: Annotated[
        str,
        typer.Option(
            help=(
                "Separate rows for documents with at least so many duplicates, as 2,5; training can repeat them"
                " (data.rehydrate)"
            )
        ),
    ] = "",
    also: Annotated[
        str, typer.Option(help="Write OUT/export too: nanogpt (.bin), megatron (.bin + .idx), or both with a comma")
    ] = "",
    workers: Workers = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    engine: EngineName = "local",
    ray_address: Annotated[str, typer.Option(help=RAY_ADDRESS)] = "auto",
) -> dict[str, Any]:
    """Pack a corpus into rows of SEQ_LEN tokens, each split and source separately, for `pretrain`."""
    from corpus.shards import shard_paths

    # What is wrong is told before the kernels are loaded, which takes half a second.
    formats = [name.strip() for name in also.split(",") if name.strip()]
    if unknown := sorted(set(formats) - {"nanogpt", "megatron"}):
        raise UserError(f"--also {unknown[0]}: no such format; accepted: nanogpt, megatron.")
    shards = shard_paths(corpus)
    from pydantic import ValidationError

    from model.packing.settings import PackSettings
    from tokenizer.files import TokenizerFiles

    TokenizerFiles.read(tokenizer)
    try:
        given = {"strategy": strategy, "bos": bos, "eos": eos} | ({} if seq_len is None else {"seq_len": seq_len})
        bounds = [bound.strip() for bound in tiers.split(",") if bound.strip()]
        settings = PackSettings.model_validate(given | {"tiers": bounds})
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        found = tiers if option == "--tiers" else first["input"]
        raise UserError(f"{option} {found}: {first['msg'].lower().removeprefix('value error, ')}.") from error
    from model.packing.corpus import pack_corpus
    from model.packing.token_files import export_tokens, require_16_bits

    if "nanogpt" in formats:
        require_16_bits(tokenizer)
    if seq_len is None:
        fit, size = fit_shards(shards)
        settings = settings.model_copy(update={"seq_len": fit.seq_len})
        tell(f"Rows of {settings.seq_len:,} tokens", size, "--seq-len")
    with Display() as display, open_engine(engine, workers, display, ray_address, out) as tasks:
        packed = pack_corpus(corpus, tokenizer, out, settings, tasks, overwrite)
    console.print(
        f"{packed['tokens']:,} tokens in {packed['rows']:,} rows, {percent(packed['filled'], 2)} of the positions"
        f" filled: {out}"
    )
    table = Table("split", "source", "documents", "tokens", "rows", "filled", "cut", box=SIMPLE)
    for split, sources in packed["splits"].items():
        for source, book in sources.items():
            counts = [f"{book[key]:,}" for key in ("documents", "tokens", "rows")]
            filled = book["tokens"] / (book["rows"] * settings.seq_len)
            table.add_row(split, source, *counts, percent(filled, 2), f"{book['cut_documents']:,}")
    console.print(table)
    if formats:
        export_tokens(out, formats)
    return {"out": str(out)} | packed


if __name__ == "__main__":
    run(main)
