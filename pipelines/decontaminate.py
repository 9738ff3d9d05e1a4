"""Leave out of a dataset what holds items of evaluation sets, and show what was found on a page to check."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pipelines.arguments import require_input
from pipelines.console import OVERWRITE, console, run, warn_of_unreadable
from pipelines.engine import RAY_ADDRESS, Display, EngineName, Workers, open_engine


def main(
    data: Annotated[Path, typer.Option("--in", help="file, folder of files, or dataset on disk")],
    out: Annotated[Path, typer.Option(help="new folder for the files without test items")],
    sets: Annotated[
        str,
        typer.Option(
            help="kobest, klue, english, korean (kobest, kmmlu, haerae, click), a task of these, or a .jsonl, .json,"
            " .csv, .tsv or .parquet FILE (FILE:question+answer names its fields; all texts of a record unless given);"
            " several between commas"
        ),
    ] = "kobest,klue,english",
    column: Annotated[str, typer.Option(help="field that holds the text; dots for nested ones")] = "text",
    identifier: Annotated[str | None, typer.Option("--id", help="field of the records' own ids")] = None,
    remove: Annotated[
        Literal["document", "nothing"], typer.Option(help="document: leave such records out; nothing: only tell")
    ] = "document",
    coverage: Annotated[
        float, typer.Option(min=0, max=1, help="share of a test's text from which it counts as found")
    ] = 0.7,
    mirror: Annotated[
        str | None,
        typer.Option(envvar="HANJI_MIRROR", help="tree of upstream files, HOST/PATH; nothing touches the network then"),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    workers: Workers = 0,
    engine: EngineName = "local",
    ray_address: Annotated[str, typer.Option(help=RAY_ADDRESS)] = "auto",
) -> dict[str, Any]:
    """Find test items in any dataset by covering them with short n-grams, and copy the records that have none.

    The folder then holds the files in the form they came in, contamination.parquet (which record has which item),
    contamination.json (per test), review.html, unreadable.jsonl and summary.json.
    """
    require_input(data)
    from corpus.contamination.sets import parse_sets

    named = parse_sets(sets)  # what is wrong is told before the kernels are loaded
    from corpus import user_cache
    from corpus.contamination.files import decontaminate_files
    from corpus.contamination.find import ContaminationSettings
    from corpus.download.locator import Locator
    from corpus.recipe import validate

    chosen = {"sets": named, "remove": remove, "coverage": coverage}
    settings = validate(ContaminationSettings, chosen)
    cache = user_cache() / "evaluation-sets"
    with Display() as display, open_engine(engine, workers, display, ray_address, out) as tasks:
        summary = decontaminate_files(
            data,
            column,
            out,
            settings,
            Locator(mirror, cache),
            tasks,
            identifier=identifier,
            overwrite=overwrite,
        )
    warn_of_unreadable(summary)
    for name, reason in summary["left_out"].items():
        console.print(f"{name} is left out: {reason}.")
    leaks = {name: task["leaks"] for name, task in summary["tasks"].items() if task["leaks"]}
    told = ", ".join(f"{count:,} of {name}" for name, count in leaks.items()) or "none"
    console.print(
        f"{summary['records']:,} records: {sum(summary['unreadable'].values()):,} unreadable,"
        f" {summary['contaminated']:,} with test items, {summary['kept']:,} kept. Items that leaked: {told}. Check them"
        f" on {out / summary['page']}."
    )
    return summary


if __name__ == "__main__":
    run(main)
