"""Check that every file of a folder is what was written there."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.errors import UserError, require_folder
from corpus.quantities import megabytes
from pipelines.console import Ended, console, run
from pipelines.engine import Display


def main(
    folder: Annotated[Path, typer.Argument(help="Folder that a command wrote, or one that holds several of them")],
) -> dict[str, Any]:
    """Read every file once and compare its SHA-256 with what was written; exit with 1 if one is damaged or missing.

    Works on a corpus, a tokenizer, packed data, a run, an export, deduplicated files, an index, and reports; on a
    folder copied without its hidden marker by what its manifest lists.
    """
    from corpus.engine.verify import find_results

    require_folder(folder)
    results = find_results(folder)
    if not results:
        raise UserError(
            f"{folder}: no folder that Hanji wrote: there is neither a marker (.hanji.json) nor a manifest. Name the"
            f" folder of a corpus, tokenizer, packed "
            "data, run, export or index."
        )
    begun, read, problems = time.monotonic(), 0, 0
    told: list[dict[str, Any]] = []
    with Display() as display:
        for result in results:
            total = sum(known["bytes"] for known in result.files.values())
            display.begin(str(result.folder), len(result.files), total)
            found = []
            for problem, size in result.check():
                display.advance(str(result.folder), "", size)
                read += size
                found += [problem] if problem else []
            display.end(str(result.folder))
            problems += len(found)
            told.append(
                {"folder": str(result.folder), "holds": result.holds, "files": len(result.files)}
                | {"finished": result.finished, "problems": [str(problem) for problem in found]}
            )
            state = "" if result.finished else "; unfinished: its command was interrupted, run it again"
            verdict = (
                f"{len(found)} of {len(result.files)} damaged" if found else f"{len(result.files)} files are sound"
            )
            console.print(f"{result.folder} ({result.holds}, by {result.listed_in}): {verdict}{state}")
            for problem in found:
                console.print(f"  {problem}")
    seconds = max(time.monotonic() - begun, 1e-9)
    console.print(f"{megabytes(read)} read in {seconds:.1f} s, {megabytes(read / seconds)}/s.")
    if problems:
        console.print(
            "Run the commands that made these folders again, with the same settings: they make what is damaged anew.",
        )
        raise Ended(1, {"bytes": read, "folders": told})
    return {"bytes": read, "folders": told}


if __name__ == "__main__":
    run(main)
