"""Look into a corpus, word counts, packed data or a run: books, mix, lengths, waste, samples."""

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from corpus.errors import UserError
from corpus.task import atomic_write
from pipelines.console import run


def main(
    folder: Annotated[Path, typer.Argument(help="A folder that one of the commands wrote")],
    html: Annotated[Path | None, typer.Option(help="Write the same as a page to this file")] = None,
    verify: Annotated[bool, typer.Option(help="Compare the checksums of packed data: reads everything")] = False,
) -> None:
    """Say what a folder is and show what is in it."""
    from model.inspection import bars, cell, inspect
    from model.packed import PackedData

    page = inspect(folder)
    out = Console(highlight=False)
    if not out.is_terminal:
        out.width = 160  # into a file or a pipe: tables need not be squeezed
    out.print(f"[bold]{folder}[/]: {page.kind}, {page.summary}")
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
    if verify:
        if page.kind != "packed data":
            raise UserError(f"{folder}: only packed data have checksums to verify; this is a {page.kind} folder.")
        for split in ("train", "validation"):
            PackedData(folder, split).verify()
        out.print("All checksums are right.")
    if html is not None:
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("model", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        with atomic_write(html) as temporary:
            temporary.write_text(
                environment.get_template("inspection.html").render(page=page, cell=cell, bars=bars), encoding="utf-8"
            )
        out.print(f"The same as a page: {html}")


if __name__ == "__main__":
    run(main)
