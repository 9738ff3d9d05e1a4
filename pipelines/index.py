"""Index a dataset, so that later datasets can be compared with it: add to an index, list it, remove from it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.errors import UserError
from corpus.quantities import megabytes
from pipelines.arguments import require_input
from pipelines.console import console, run
from pipelines.engine import RAY_ADDRESS, Display, EngineName, Workers, open_engine


def main(
    out: Annotated[Path, typer.Option(help="folder of the index; made where there is none")],
    data: Annotated[
        Path | None, typer.Option("--in", help="file, folder of files, or dataset on disk whose documents to add")
    ] = None,
    column: Annotated[str, typer.Option(help="field that holds the text; dots for nested ones")] = "text",
    identifier: Annotated[str | None, typer.Option("--id", help="field of the records' own ids")] = None,
    name: Annotated[str | None, typer.Option(help="what to call the dataset; the path of --in unless given")] = None,
    remove: Annotated[str | None, typer.Option(help="name of a dataset to take out of the index")] = None,
    listed: Annotated[bool, typer.Option("--list", help="list the datasets of the index, as JSON lines")] = False,
    workers: Workers = 0,
    engine: EngineName = "local",
    ray_address: Annotated[str, typer.Option(help=RAY_ADDRESS)] = "auto",
) -> dict[str, Any] | list[dict[str, Any]]:
    """Add a dataset to an index: signatures, hashes and places of its documents, about 155 bytes each.

    `hanji dedup --in NEW --against INDEX --out DIR` then drops what is there already. The texts stay
    where they are: while they do, similarities are exact; afterwards they are estimated.
    """
    if (data is not None) + (remove is not None) + listed != 1:
        raise UserError("Give one of --in DATASET (add it), --list and --remove NAME.")
    if data is not None:
        require_input(data)
    if listed or remove is not None:
        from corpus.duplicates.required import require_index  # what is wrong is told before the kernels are loaded

        require_index(out)
    from corpus.duplicates.index import Index, add
    from corpus.duplicates.index import remove as remove_from

    if listed:
        keys = ("name", "folder", "column", "id", "documents")
        datasets = [{key: d.about[key] for key in keys} | {"bytes": d.bytes} for d in Index.open(out).datasets]
        for each in datasets:
            typer.echo(json.dumps(each, ensure_ascii=False))
        return datasets
    if remove is not None:
        about = remove_from(out, remove)
        documents = f" with its {about['documents']:,} documents" if "documents" in about else ""
        console.print(f"{about['name']}{documents} is no longer in {out}.")
        return about
    assert data is not None
    with Display() as display, open_engine(engine, workers, display, ray_address, out) as tasks:
        about = add(data, out, column, tasks, name=name, identifier=identifier)
    for file, reason in about["left_out"].items():
        console.print(f"{file} is left out: {reason}.")
    index = Index.open(out)
    size = sum(each.bytes for each in index.datasets)
    done = "added" if about["added"] else "are there already"
    count = len(index.datasets)
    console.print(
        f"{about['documents']:,} documents of {about['name']} {done}, {about['unreadable']:,} records are unreadable."
        f" {out} has {index.count:,} documents of {count:,} dataset{'s' * (count > 1)}, {megabytes(size)}."
    )
    return about


if __name__ == "__main__":
    run(main)
