"""Build a clean, deduplicated Arrow corpus from the upstream files that a recipe names."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from corpus.quantities import amount, digits, duration, megabytes, percent
from pipelines.compiling import SECONDS, is_first_run
from pipelines.console import OVERWRITE, console, run, warn
from pipelines.engine import RAY_ADDRESS, Display, EngineName, Workers, open_engine

if TYPE_CHECKING:
    from corpus.document import Part
    from corpus.download.locator import Locator
    from corpus.recipe import Recipe, SourceRecipe

RECIPES = Path(__file__).parent / "recipes"
LICENSES = (
    'use only text with these licences: "commercial" (nothing that forbids it), or names such as'
    ' "CC0-1.0,public domain"; default: the recipe\'s'
)


def main(
    recipe: Annotated[str, typer.Option(help="demo, mini, 42dot, or the path of a .toml file")] = "demo",
    out: Annotated[Path | None, typer.Option(help="folder of the corpus; default runs/RECIPE")] = None,
    mirror: Annotated[
        str | None,
        typer.Option(envvar="HANJI_MIRROR", help="tree of upstream files, HOST/PATH; the network is then never used"),
    ] = None,
    workers: Workers = 0,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="print which files would be read, with time, disk space and tokens; build nothing"
        ),
    ] = False,
    licenses: Annotated[str | None, typer.Option(help=LICENSES)] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="bring a finished corpus up to date with the recipe and its files, say what changed"
        ),
    ] = False,
    keep_work: Annotated[
        bool, typer.Option("--keep-work/--no-keep-work", help="keep OUT/.work, which a changed recipe reuses")
    ] = True,
    engine: EngineName = "local",
    ray_address: Annotated[str, typer.Option(help=RAY_ADDRESS)] = "auto",
) -> dict[str, Any]:
    """Build a corpus: read, normalise, detect languages, clean, deduplicate, write Arrow shards, balance the books,
    report.

    The folder then contains train/ and validation/ (datasets.load_from_disk opens them), manifest.json, stats.json,
    duplicates.arrow, rejects/ and report.html. After an interruption the same command continues where it stopped.
    With --update the folder becomes what a new build with this recipe would make, at the cost of what is new.
    """
    from corpus.errors import UserError

    if update and overwrite:
        raise UserError("--update keeps what is unchanged, --overwrite replaces a folder; give one of them.")
    settings = read(recipe, licenses)
    from corpus.build import build, list_parts
    from corpus.changes import LAST_BUILD
    from corpus.download.locator import Locator
    from corpus.engine.output import WORK, drop_work
    from corpus.losses import warnings
    from corpus.times import read_times

    folder = out or Path("runs") / settings.name
    locator = Locator(mirror, folder / WORK / "downloads")
    if dry_run:
        return _estimate(settings, list_parts(settings, locator), locator, workers, keep_work)
    with Display() as display, open_engine(engine, workers, display, ray_address, folder) as tasks:
        built = build(settings, folder, tasks, locator, overwrite, update)
    times = None if built.found else read_times(folder / WORK)
    if not keep_work:
        drop_work(folder)
    _summary(built.stats, folder)
    if times:
        _times(times)
    if update:
        _changes(built.stats.get(LAST_BUILD), built.found, folder)
    told = {"out": str(folder), "warnings": warnings(built.stats), "times": times}
    return told | built.stats["total"]["output"]


def read(recipe: str, licenses: str | None = None) -> "Recipe":
    """The recipe; a missing file, one that is not TOML and wrong licences are errors before kernels are loaded."""
    from corpus.recipe_file import accepted, read_recipe

    read_recipe(recipe, RECIPES)
    if licenses is not None:
        accepted(licenses)
    from corpus.recipe import load_recipe

    return load_recipe(recipe, RECIPES, licenses)


def _estimate(
    recipe: "Recipe",
    parts: "list[tuple[SourceRecipe, Part]]",
    locator: "Locator",
    workers: int,
    keep_work: bool,
) -> dict[str, Any]:
    from rich.table import Table

    from corpus.forecast import forecast
    from pipelines.fitted import fitted

    first = is_first_run()
    found = forecast(recipe, parts, locator, measure=not first)
    table = Table("source", "files", "bytes", "text", "kept", "first file", title="Would read")
    for column in table.columns[1:-1]:
        column.justify = "right"
    for source in found.sources:
        size = "not found" if source.unknown else megabytes(source.bytes)
        about = "" if source.sampled else "about "
        url = next(part.url for entry, part in parts if entry.name == source.name)
        kept = megabytes(source.kept) if source.sampled else "?"
        table.add_row(source.name, str(source.files), size, f"{about}{megabytes(source.text)}", kept, url)
    console.print(table)
    cores = min(workers or os.cpu_count() or 1, os.cpu_count() or 1)
    seconds = found.seconds(cores)
    fit = fitted(found.kept)
    tokens = found.kept / fit.bytes_per_token
    files, total = sum(s.files for s in found.sources), sum(s.bytes for s in found.sources)
    processes = "one process on a free core" if cores == 1 else f"{cores} processes on free cores"
    console.print(
        f"{files} files, {megabytes(total)}; about {duration(seconds)} with {processes},"
        f" {megabytes(found.disk(keep_work))} of disk, and {amount(tokens)} tokens of a vocabulary of"
        f" {fit.vocab_size:,} (before duplicates are dropped).",
    )
    if found.absent:
        console.print(f"{megabytes(found.absent)} of these are to be downloaded, which the time leaves out.")
    if not keep_work:
        console.print(f"While it runs it takes up to {megabytes(found.peak)} of disk.")
    if first:
        console.print(
            "Nothing was measured, since kernels are not compiled yet: the figures are those of another machine, and"
            f" the first run takes about {SECONDS} s of one core more. `hanji warm-up` compiles them.",
        )
    elif unsampled := [source.name for source in found.sources if not source.sampled]:
        console.print(f"Not measured, with no file on this machine: {', '.join(unsampled)}.")
    console.print("Nothing was built.")
    return {
        "files": files,
        "bytes": total,
        "download": found.absent,
        "text": round(found.text),
        "kept": round(found.kept),
        "tokens": round(tokens),
        "vocab_size": fit.vocab_size,
        "seconds": round(seconds, 1),
        "processor_seconds": round(found.processor_seconds, 1),
        "disk": round(found.disk(keep_work)),
        "peak_disk": round(found.peak),
        "measured": [source.name for source in found.sources if source.sampled],
    }


def _summary(stats: dict, folder: Path) -> None:
    from rich.table import Table

    from corpus.losses import warnings

    for told in warnings(stats):
        warn(told)
    table = Table(
        "source", "records", "unreadable", "dropped", "duplicates", "kept", "text", title=f"Corpus in {folder}"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for name, book in [*stats["sources"].items(), ("all", stats["total"])]:
        counts = [
            book["read"]["in"],
            sum(book["read"]["unreadable"].values()),
            sum(book["clean"]["dropped"].values()) + sum(book["read"]["skipped"].values()),
            sum(book["deduplicate"]["dropped"].values()),
            book["output"]["documents"],
        ]
        table.add_row(
            name,
            *(f"{n:,}" for n in counts),
            megabytes(book["output"]["bytes"]),
            end_section=name == list(stats["sources"])[-1],
        )
    console.print(table)
    console.print(f"Open {folder / 'report.html'} to see what was dropped and why.")


def _times(times: dict[str, Any]) -> None:
    from rich.table import Table

    runs = "" if times["runs"] == 1 else f" in {times['runs']} runs, of which the last finished the corpus"
    table = Table("step", "seconds", "share", "MB/s", "already done", title=f"Time: {times['seconds']:.1f} s{runs}")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in times["steps"]:
        speed = row["megabytes_per_second"]
        known = f"{row['already_done']:,} of {row['tasks']:,}" if row["already_done"] else ""
        shown = "" if speed is None else digits(speed)
        table.add_row(row["step"], f"{row['seconds']:.1f}", percent(row["share"], 0), shown, known)
    console.print(table)


def _changes(told: dict[str, Any] | None, found: bool, folder: Path) -> None:
    """Print what an update changed."""
    from rich.table import Table

    if found:
        console.print(f"Nothing to update: {folder} is what the recipe and its files say.", markup=False)
    if found or told is None:
        return
    table = Table("source", "before", "now", "same", "changed", "added", "left", title="Since the last build")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, counts in [*told["sources"].items(), ("all", told["total"])]:
        changed = counts["changed"] + counts["new version"]
        figures = [counts["before"], counts["after"], counts["same"], changed]
        figures += [sum(counts["added"].values()), sum(counts["left"].values())]
        table.add_row(name, *(f"{n:,}" for n in figures), end_section=name == list(told["sources"])[-1])
    console.print(table)
    moved = told["survivors"]
    console.print(
        f"Another document stays now for {moved['documents']:,} of the documents; survivors replaced:"
        f' {moved["changes"]:,}; the reasons are in {folder / "stats.json"} under "since the last build".',
        markup=False,
    )


if __name__ == "__main__":
    run(main)
