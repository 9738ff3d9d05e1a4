"""Write one index.html for a run folder: corpus, tokenizer, training and scores, with warnings on top."""

from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.errors import UserError, require_folder
from pipelines.console import console, run, warn


def main(
    folders: Annotated[list[Path], typer.Argument(help="folders that hold results, at any depth up to four")],
    out: Annotated[Path | None, typer.Option(help="the page; default: index.html in the folder")] = None,
) -> dict[str, Any]:
    """Write the page, and index.json with its figures beside it.

    `end_to_end` does it for its own folder. A file index.html that is not such a page is left alone.
    """
    if out is None and len(folders) > 1:
        raise UserError("Several folders need a place for their page: --out FILE.html.")
    for folder in folders:
        require_folder(folder)  # what is wrong is told before the libraries are loaded
    return write(folders, out or folders[0] / "index.html")


def write(folders: list[Path], page: Path) -> dict[str, Any]:
    """Write the page of some folders, and tell its warnings."""
    from model.overview.run_folder import overview, write_overview

    found = overview(folders)
    write_overview(page, " + ".join(folder.resolve().name for folder in folders), found)
    for result in found:
        for text in result.warnings:
            warn(f"{result.folder}: {text}")
    console.print(f"{len(found)} result{'s' * (len(found) != 1)} on one page: {page}")
    return {"page": str(page), "results": [{"kind": r.kind, "folder": str(r.folder)} for r in found]}


if __name__ == "__main__":
    run(main)
