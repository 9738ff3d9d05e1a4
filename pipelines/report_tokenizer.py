"""Report a tokenizer's fertility per language and source."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from corpus.shards import shard_paths
from corpus.task import write_json
from pipelines.console import console, run


def main(
    tokenizer: Annotated[list[Path], typer.Option(help="tokenizer.json or its folder; may be given several times")],
    corpus: Annotated[Path, typer.Option(help="a corpus folder, from build_corpus")] = Path("runs/demo"),
    out: Annotated[Path, typer.Option(help="folder of the report")] = Path("runs/fertility"),
) -> None:
    """Tokens per word, bytes per token and more, per language and source, over the whole corpus; writes fertility.json."""
    from tokenizer.encode import Encoder
    from tokenizer.fertility import measure, summarise

    shards = [path for split in ("train", "validation") for path in shard_paths(corpus, split)]
    result = {str(path): summarise(measure(Encoder.from_file(path), shards)) for path in tokenizer}
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "fertility.json", result)
    table = Table(
        "tokenizer", "language", "source", "documents", "words", "tokens/word", "bytes/token", title="Fertility"
    )
    for column in table.columns[3:]:
        column.justify = "right"
    for path, languages in result.items():
        for language, whole in languages.items():
            for source, row in [("all", whole), *whole["sources"].items()]:
                cells = [
                    f"{row['documents']:,}",
                    f"{row['words']:,}",
                    f"{row['fertility']:.3f}",
                    f"{row['bytes_per_token']:.2f}",
                ]
                table.add_row(Path(path).name, language, source, *cells)
    console.print(table)


if __name__ == "__main__":
    run(main)
