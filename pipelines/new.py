"""Begin something new: `hanji new recipe FOLDER` looks at files of yours and writes a commented recipe."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from corpus.errors import UserError
from pipelines.console import console, run


def main(
    what: Annotated[Literal["recipe"], typer.Argument(help="what to begin")],
    folder: Annotated[Path, typer.Argument(help="folder of text files, at any depth, or one file")],
    out: Annotated[Path | None, typer.Option(help="the recipe; default: NAME.toml in the folder of work")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace a file of that name")] = False,
) -> dict[str, Any]:
    """Write a recipe for the files of a folder: one source for each of its subfolders and formats.

    The first records of a file of each are read, to see which field holds the text, in which languages, and how long
    the texts are. What cannot be seen, the licence before all, is left to you, and a comment says so.
    """
    if not folder.exists():
        raise UserError(f"{folder}: no such file or folder.")
    from corpus.duplicates.inputs import no_dataset
    from corpus.engine.task import atomic_write
    from corpus.sources.survey import recipe_for, survey

    if told := no_dataset(folder):
        raise UserError(f"{folder}: it holds {told}, and no documents. Name a folder of texts, or a corpus.")
    path = out or Path(f"{folder.resolve().stem}.toml")
    if path.exists() and not overwrite:
        raise UserError(f"{path} is there already. Name another file with --out, or replace it with --overwrite.")
    found = survey(folder)
    with atomic_write(path) as temporary:
        temporary.write_text(recipe_for(folder, found), encoding="utf-8")
    for source in found:
        text = f"text in {source.text!r}" if source.text else "no field of text was found"
        console.print(f"{source.name}: {len(source.files):,} files of {source.format}, {text}")
    console.print(f"Written: {path}. Look at it, then: hanji build_corpus --recipe {path} --dry-run")
    sources = [{"name": s.name, "files": len(s.files), "format": s.format, "text": s.text} for s in found]
    return {"recipe": str(path), "sources": sources}


if __name__ == "__main__":
    run(main)
