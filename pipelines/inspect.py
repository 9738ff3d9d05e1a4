"""Inspect a corpus, word counts, packed data or a run: books, mix, lengths, waste, samples."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from corpus.errors import UserError, require_folder
from corpus.html import write_page
from corpus.quantities import percent
from pipelines.console import run

if TYPE_CHECKING:
    from model.data.mixture import Share


def main(
    folder: Annotated[Path, typer.Argument(help="A folder that one of the commands wrote")],
    html: Annotated[Path | None, typer.Option(help="Write the same as a page to this file")] = None,
    tokens: Annotated[
        int, typer.Option(min=0, help="Packed data: how often training on so many tokens sees each source")
    ] = 0,
    mixture: Annotated[str, typer.Option(help="… with this mixture: ko=0.5,en=0.5,ko/mc4-ko=2,ko/wikipedia-ko=1")] = "",
    max_epochs: Annotated[str, typer.Option(help="… and these caps: wikipedia-ko=4,en=2")] = "",
    rehydrate: Annotated[str, typer.Option(help="… and these copies of what stands for many duplicates: 2=2,5=3")] = "",
    verify: Annotated[bool, typer.Option(help="Compare the checksums of packed data: reads everything")] = False,
) -> dict[str, Any]:
    """Print what a folder is and what it contains."""
    require_folder(folder)  # what is wrong is told before the libraries are loaded
    from model.data.packed import PackedData
    from model.inspection.sections import bars, cell
    from model.overview.inspected import inspected

    page = inspected(folder)
    out = Console(highlight=False, soft_wrap=True)
    if not out.is_terminal:
        out.width = 160  # for a file or a pipe: tables need not be narrow
    out.print(f"[bold]{escape(str(folder))}[/]: {page.kind}, {page.summary}")
    for section in page.sections:
        if not section.rows and not section.texts:
            continue
        out.print(f"\n[bold]{section.title}[/]" + (f"  [dim]{section.note}[/]" if section.note else ""))
        if section.rows:
            table = Table(*section.columns, *(["" if section.bar is None else "▏"]), box=SIMPLE, pad_edge=False)
            for column in table.columns[1:-1]:
                column.justify = "right"
            shares = list(bars(section)) or [0.0] * len(section.rows)
            for row, share in zip(section.rows, shares, strict=True):
                cells = [Text(cell(name, value)) for name, value in zip(section.columns, row, strict=True)]
                table.add_row(*cells, "█" * round(12 * share))
            out.print(table)
        for where, text in section.texts:
            out.print(Text(where, "dim"))
            out.print(Text(text.strip() + "\n"))
    if tokens:
        weights, caps = _weights("--mixture", mixture), _weights("--max-epochs", max_epochs)
        times = {bound: int(value) for bound, value in _weights("--rehydrate", rehydrate).items()}
        _show_plan(out, folder, tokens, weights, caps, times)
    if verify:
        if page.kind != "packed data":
            raise UserError(f"{folder}: only packed data have checksums to verify; this is a {page.kind} folder.")
        for split in ("train", "validation"):
            PackedData(folder, split).verify()
        out.print("All checksums are right.")
    if html is not None:
        write_page(html, "model.inspection", "inspection.html", page=page, cell=cell, bars=bars)
        out.print(f"The same as a page: {html}")
    sections = [
        {"title": s.title, "columns": list(s.columns), "rows": [list(row) for row in s.rows], "texts": list(s.texts)}
        for s in page.sections
    ]
    return {"folder": str(folder), "kind": page.kind, "summary": page.summary, "sections": sections}


def _show_plan(
    out: Console,
    folder: Path,
    tokens: int,
    mixture: dict[str, float],
    caps: dict[str, float],
    rehydrate: dict[str, int],
) -> None:
    """How many epochs of each source a token budget takes, with a warning where repetition teaches little."""
    from model.data.mixture import mixture_shares
    from model.data.packed import PackedData

    packed = PackedData(folder)
    show_mixture(out, mixture_shares(packed.sources, mixture, caps, tokens, packed.rehydration(rehydrate)), tokens)


def show_mixture(out: Console, plan: "list[Share]", tokens: int) -> None:
    """Print the shares of a mixture in a budget of tokens, and a warning where sources are repeated too often."""
    from model.data.mixture import repetition_warning

    table = Table("source", "language", "share", "tokens", "epochs", title=f"Training on {tokens:,} tokens", box=SIMPLE)
    for column in table.columns[2:]:
        column.justify = "right"
    for share in plan:
        seen = f"{share.weight * tokens:,.0f}"
        table.add_row(share.source, share.language, percent(share.weight, 2), seen, f"{share.epochs:.2f}")
    out.print(table)
    if text := repetition_warning(plan):
        out.print(Text.assemble(("warning:", "yellow"), " ", text))  # the same text with and without markup


def _weights(option: str, text: str) -> dict[str, float]:
    weights = {}
    for pair in filter(None, text.split(",")):
        name, _, number = pair.partition("=")
        try:
            weights[name.strip()] = float(number)
        except ValueError as error:
            raise UserError(f"{option} {pair}: expected NAME=NUMBER, as ko=0.5, with commas between.") from error
    return weights


if __name__ == "__main__":
    run(main)
