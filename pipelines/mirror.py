"""Fetch every upstream file that a recipe needs into a tree that --mirror reads."""

from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.quantities import megabytes
from pipelines.build_corpus import LICENSES, read
from pipelines.console import console, run
from pipelines.engine import Display


def main(
    recipe: Annotated[str, typer.Option(help="mini, 42dot, or the path of a .toml file")] = "mini",
    out: Annotated[Path, typer.Option(help="folder of the mirror: HOST/PATH of every file")] = Path("runs/mirror"),
    mirror: Annotated[str | None, typer.Option(help="URL of a mirror to copy from, instead of upstream itself")] = None,
    max_disk: Annotated[
        float | None, typer.Option(min=0, help="stop before this run downloads more gigabytes than this")
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, help="files at a time; at most four from one host")] = 8,
    licenses: Annotated[str | None, typer.Option(help=LICENSES)] = None,
) -> dict[str, Any]:
    """Download the files of a recipe, in parallel; interrupted downloads are resumed, and files are checked.

    On a machine without internet, `build_corpus --mirror OUT` then builds the recipe from the tree.
    """
    wanted = read(recipe, licenses)
    from corpus.build import list_parts
    from corpus.contamination.sets import files_of_sets
    from corpus.download.locator import DownloadSettings, Locator, local_path

    bound = None if max_disk is None else int(max_disk * 1e9)
    locator = Locator(mirror, out, DownloadSettings(parallel=parallel, max_disk=bound))
    upstream = [url for _, part in list_parts(wanted, locator) for url in part.urls]
    upstream += files_of_sets(wanted.contamination.sets, locator)
    urls = [url for url in upstream if local_path(url) is None]
    with Display() as display:
        paths = locator.fetch_all(urls, display)
    size = sum(path.stat().st_size for path in set(paths.values()))
    console.print(f"{len(paths)} files, {megabytes(size)}, in {out}. Build from it with --mirror {out}.")
    return {"out": str(out), "files": len(paths), "bytes": size}


if __name__ == "__main__":
    run(main)
