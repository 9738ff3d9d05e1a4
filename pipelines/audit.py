"""Judge a sample of the near-duplicates that a corpus removed, and compute the precision from the verdicts."""

from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.quantities import percent
from pipelines.arguments import require_input
from pipelines.console import OVERWRITE, console, run


def main(
    corpus: Annotated[Path, typer.Option(help="corpus folder, with its .work, as build_corpus leaves it")] = Path(
        "runs/demo"
    ),
    out: Annotated[Path | None, typer.Option(help="folder of the page; default runs/audit")] = None,
    pairs: Annotated[int, typer.Option(min=1, help="pairs of each band of similarity")] = 20,
    seed: Annotated[int, typer.Option(help="another number draws other pairs")] = 1,
    verdicts: Annotated[
        Path | None, typer.Option(help="verdicts.json that the page saved: print the precision, with a 95 % interval")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
) -> dict[str, Any]:
    """Write audit.html: pairs of a removed document and the one that stays, drawn from each band of similarity, with
    the words in which they differ marked, and three answers to each.

    The page computes the precision over all bands with a 95 % interval while you judge, and saves it with your verdicts
    as verdicts.json; --verdicts reads that file. `dedup` writes the same page for its datasets.
    """
    if verdicts is not None:
        require_input(verdicts, "--verdicts")
        from corpus.review import read_verdicts

        told = read_verdicts(verdicts)
        for group in told["groups"]:
            if group["judged"]:
                console.print(f"{group['name']}: {group['right']} of {group['judged']} right")
        console.print(
            f"{told['judged']} pairs judged, precision {percent(told['precision'])} (95 %: {percent(told['low'])} to"
            f" {percent(told['high'])})."
        )
        return told

    from corpus.shards import shard_paths

    shard_paths(corpus)  # what is wrong is told before the kernels are loaded
    from corpus.audit import audit_corpus

    folder = out or Path("runs/audit")
    told = audit_corpus(corpus, folder, pairs, seed, overwrite)
    console.print(
        f"{told['near']:,} near and {told['exact']:,} exact duplicates of {told['records']:,} documents were removed."
        f" Judge {told['pairs']} pairs on {folder / 'audit.html'}."
    )
    return told


if __name__ == "__main__":
    run(main)
