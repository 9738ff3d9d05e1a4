"""Deduplicate a dataset (JSON lines, parquet, Hugging Face): exact and near duplicates, Korean-aware."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.errors import UserError
from pipelines.arguments import require_input
from pipelines.console import OVERWRITE, console, run, warn, warn_of_unreadable
from pipelines.engine import RAY_ADDRESS, Display, EngineName, Workers, open_engine


def main(
    data: Annotated[
        Path, typer.Option("--in", help="file, folder of files, or dataset on disk; - for JSON lines on standard input")
    ],
    out: Annotated[Path, typer.Option(help="new folder for the files without their duplicates; - for standard output")],
    column: Annotated[str, typer.Option(help="field that holds the text; dots for nested ones")] = "text",
    threshold: Annotated[
        float, typer.Option(min=0.3, max=1, help="Jaccard similarity of shingles from which texts are the same")
    ] = 0.7,
    short_threshold: Annotated[
        float | None,
        typer.Option(
            min=0.3, max=1, help="the same for texts of about one or two sentences; 0.9 or --threshold, the higher"
        ),
    ] = None,
    against: Annotated[Path | None, typer.Option(help="index of documents to drop as well (hanji index)")] = None,
    update: Annotated[bool, typer.Option("--update", help="then add what is kept to the index")] = False,
    identifier: Annotated[str | None, typer.Option("--id", help="field of the records' own ids")] = None,
    survivor: Annotated[
        str,
        typer.Option(
            help="which of a cluster stays: central (like most of the others), longest, highest:FIELD, lowest:FIELD,"
            " newest:FIELD, oldest:FIELD, source:FIELD=A,B,C"
        ),
    ] = "central",
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    workers: Workers = 0,
    engine: EngineName = "local",
    ray_address: Annotated[str, typer.Option(help=RAY_ADDRESS)] = "auto",
) -> dict[str, Any]:
    """Drop exact and near duplicates; of each cluster the document that is like most of the others stays.

    Of equals it is the longest, then the first. What is in the index of --against is dropped whatever its length.

    The folder then holds the files in the form they came in, duplicates.parquet (who was dropped for whom, and how
    similar they are), audit.html (a sample of what was removed, side by side, to judge), unreadable.jsonl and
    summary.json.
    """
    if update and against is None:
        raise UserError("--update adds to an index: name it with --against INDEX.")
    if update and str(out) == "-":
        raise UserError("--update adds what is in --out to an index; give a folder with --out, not -.")
    if "-" not in (str(data), str(out)):
        require_input(data)
    from corpus.duplicates.required import require_index  # what is wrong is told before the kernels are loaded
    from corpus.duplicates.survivor_rule import parse_rule

    rule = parse_rule(survivor)
    if against is not None:
        require_index(against)
    from corpus.duplicates.dataset import NearDuplicateSettings
    from corpus.duplicates.files import deduplicate_files
    from corpus.duplicates.match import MatchSettings
    from corpus.recipe import validate

    short = max(0.9, min(threshold, 1.0)) if short_threshold is None else short_threshold
    match = validate(MatchSettings, {"threshold": threshold, "short_threshold": short})
    with (
        piped(data, out) as (source, folder),
        Display() as display,
        open_engine(engine, workers, display, ray_address, folder) as tasks,
    ):
        summary = deduplicate_files(
            source,
            column,
            folder,
            NearDuplicateSettings(match=match),
            tasks,
            against=against,
            update=update,
            identifier=identifier,
            rule=rule,
            overwrite=overwrite,
        )
    if not summary["records"]:
        warn(f"--in {data}: no record in there; is it the right file?")
    warn_of_unreadable(summary)
    for name, reason in summary["left_out"].items():
        console.print(f"{name} is left out: {reason}.", markup=False)
    largest = max(map(int, summary["cluster_sizes"]), default=0)
    where = "" if str(out) == "-" else f" See {out}, and judge what was removed on {out / summary['audit']}."
    console.print(
        f"{summary['records']:,} records: {sum(summary['unreadable'].values()):,} unreadable, {summary['exact']:,}"
        f" exact and {summary['near']:,} near duplicates, {summary['kept']:,} kept; the largest cluster has"
        f" {largest:,}.{_in_index(summary)}{where}"
    )
    return summary


@contextmanager
def piped(data: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    """The paths to read and to write; `-` stands for JSON lines on standard input and output, which go through a
    temporary folder, since texts are read twice."""
    if str(out) == "-" and str(data) != "-":
        raise UserError("--out - writes JSON lines and needs JSON lines on standard input: --in -.")
    if str(data) != "-":
        yield data, out
        return
    if sys.stdin is None:
        raise UserError("--in -: standard input is closed. Give JSON lines there, or a file or folder with --in.")
    with tempfile.TemporaryDirectory(prefix="hanji-dedup-") as folder:
        lines = Path(folder) / "stdin.jsonl"
        with lines.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        made = Path(folder) / "out" if str(out) == "-" else out
        yield lines, made
        if str(out) == "-":
            with (made / lines.name).open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.flush()


def _in_index(summary: dict[str, Any]) -> str:
    if "in_index" not in summary:
        return ""
    known = summary["in_index"]
    return (
        f" Of the duplicates {sum(known.values()):,} were in the index: {known['exact']:,} exact, {known['near']:,}"
        f" near and {known['estimated']:,} by their signatures alone."
    )


if __name__ == "__main__":
    run(main)
