"""Train a byte-level BPE tokenizer on a corpus: count its words once, learn merges, write what transformers reads."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from corpus.errors import UserError
from corpus.quantities import megabytes
from pipelines.arguments import require_input
from pipelines.console import OVERWRITE, console, run, warn
from pipelines.engine import RAY_ADDRESS, Display, EngineName, open_engine
from pipelines.fitted import fit_shards, fitted, tell

if TYPE_CHECKING:
    from tokenizer.job import Source


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus directory, as build_corpus leaves it.")] = Path("runs/demo"),
    out: Annotated[Path, typer.Option(help="Directory for the tokenizer.")] = Path("runs/tokenizer"),
    text: Annotated[
        list[str] | None,
        typer.Option(help="File, folder or glob of text instead of a corpus; several with --text A --text B."),
    ] = None,
    vocab_size: Annotated[
        int | None,
        typer.Option(
            min=512,
            max=1 << 24,
            help="Tokens in all, rounded up to a multiple of 128; default: fitted to the corpus, 4096 to 50304.",
        ),
    ] = None,
    sizes: Annotated[str, typer.Option(help="Smaller vocabularies of the same run, e.g. 8k,16k,32k.")] = "",
    pattern: Annotated[
        str,
        typer.Option(help="Pre-token pattern: cl100k, gpt2, qwen2 or hanji; default: cl100k, with --superwords hanji."),
    ] = "",
    sample: Annotated[str, typer.Option(help="Documents per language, e.g. ko=10M,en=10M; default: all.")] = "",
    source_cap: Annotated[str, typer.Option(help="At most so many documents of a source, e.g. mc4-ko=2M.")] = "",
    site_cap: Annotated[int, typer.Option(min=0, help="At most so many documents of one host; 0: no cap.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sample.")] = 0,
    counts: Annotated[Path | None, typer.Option(help="Word counts of an earlier run, instead of a corpus.")] = None,
    weights: Annotated[str, typer.Option(help="Weights of languages, e.g. ko=1,en=0.5.")] = "",
    target: Annotated[
        str,
        typer.Option(help="Search the weights that give ko_fertility=1.9, en_fertility=1.3 or premium=1.25."),
    ] = "",
    parallel: Annotated[
        Path | None, typer.Option(help="Folder of parallel text (NAME.ko, NAME.en) that a premium is measured on.")
    ] = None,
    min_word_count: Annotated[int, typer.Option(min=1, help="Prune words that occur less often.")] = 1,
    min_frequency: Annotated[int, typer.Option(min=1, help="A pair must occur so often to be merged.")] = 2,
    max_token_bytes: Annotated[int, typer.Option(min=0, help="Longest token in bytes; 0: no bound.")] = 0,
    whole_characters: Annotated[
        bool, typer.Option(help="Never merge across the boundary of a UTF-8 character unless it completes one.")
    ] = True,
    morphemes: Annotated[
        Literal["none", "josa", "all"], typer.Option(help="Keep merges within morphemes, those of josa or all (Kiwi).")
    ] = "none",
    superwords: Annotated[
        str,
        typer.Option(
            help="So many of the tokens are learned last and may span words (SuperBPE); 0: none; auto: as many as give"
            " the fewest tokens per word."
        ),
    ] = "0",
    workers: Annotated[int, typer.Option(min=0, max=4096, help="Processes; 0: one per core.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    engine: EngineName = "local",
    ray_address: Annotated[str, typer.Option(help=RAY_ADDRESS)] = "auto",
) -> dict[str, Any]:
    """Train a tokenizer on a corpus."""
    # What is wrong is told before the kernels are loaded, which takes half a second.
    from tokenizer.options import parse_numbers, parse_sizes, parse_superwords, parse_target, parse_weights
    from tokenizer.scanner.patterns import DEFAULT_PATTERN, pattern_code

    if pattern:
        pattern_code(pattern)
    if target:
        parse_target(target)
    language_weights, smaller, number = parse_weights(weights), parse_sizes(sizes), parse_superwords(str(superwords))
    languages, sources = parse_numbers(sample, "--sample"), parse_numbers(source_cap, "--source-cap")
    _require(corpus, text or [], counts)
    from corpus.engine.marker import Maker
    from corpus.engine.output import claim
    from corpus.engine.task import read_json
    from tokenizer.directory import MULTIPLE, TOKENIZER
    from tokenizer.job import Job, Settings, check, identity, make, texts_for
    from tokenizer.superwords import SUPERWORD_PATTERN
    from tokenizer.tradeoff import table
    from tokenizer.training.sample import SampleSettings

    begun = time.monotonic()
    documents = SampleSettings(languages=languages, sources=sources, site=site_cap, seed=seed)
    with _source(corpus, text or [], counts) as source:
        fit, of = (vocab_size, "") if vocab_size is not None else _fit(source, smaller)
        settings = Settings(
            vocab_size=-(-fit // MULTIPLE) * MULTIPLE,
            sizes=smaller,
            pattern=pattern or (DEFAULT_PATTERN if number == 0 else SUPERWORD_PATTERN),
            sample=documents,
            weights=language_weights,
            target=target,
            min_word_count=min_word_count,
            min_frequency=min_frequency,
            max_token_bytes=max_token_bytes,
            whole_characters=whole_characters,
            morphemes=morphemes,
            superwords=number,
        )
        check(settings, source)
        if vocab_size is None:
            tell(f"Vocabulary of {settings.vocab_size:,} tokens", of, "--vocab-size")
        texts = texts_for(settings, source, parallel)
        maker = Maker("train_tokenizer", "a tokenizer")
        with claim(out, maker, identity(settings, source, texts), overwrite) as folder:
            if folder.done:
                console.print(f"{out} is this tokenizer already; nothing was done.")
                return {"out": str(out)} | read_json(out / "training.json")
            staged = folder.staging()
            with Display() as display, open_engine(engine, workers, display, ray_address, out) as tasks:
                made = make(staged, Job(settings, source, folder, tasks), texts)
            folder.publish(staged, TOKENIZER, keep=["counts"] if counts is None else [])
    training = made.record
    if not made.complete:
        warn(
            f"the text gave no more than {training['merges']} merges that occur {min_frequency} times; the"
            " vocabulary is smaller than asked."
        )
    for curve in made.curves:
        console.print(f"Tokens per word, measured on {curve['text']}:")
        for first_cell, *cells in table(curve):
            console.print(f"  {first_cell:<42}" + "".join(f"{cell:>14}" for cell in cells))
    words, seconds = training["words"]["distinct"], time.monotonic() - begun
    console.print(f"{out}: {training['vocab_size']:,} tokens from {words:,} distinct words, {seconds:.1f} s")
    return {"out": str(out)} | training


def _require(corpus: Path, text: list[str], counts: Path | None) -> None:
    """Raises UserError where there is nothing to read, or two sources of words."""
    from corpus.shards import shard_paths

    if text and counts is not None:
        raise UserError("--text and --counts are two sources of words; give one of them.")
    for place in text:
        if not set(place) & set("*?[") and not Path(place).expanduser().exists():
            raise UserError(f"--text {place}: no such file or folder.")
    if counts is not None:
        require_input(counts, "--counts")
    if not text and counts is None:
        shard_paths(corpus)


@contextmanager
def _source(corpus: Path, text: list[str], counts: Path | None) -> Iterator["Source"]:
    """The corpus and its shards; of plain files a temporary corpus without held-out documents."""
    from corpus.document import SCHEMA
    from corpus.shards import describe_split, shard_paths
    from corpus.texts import shards_of_files
    from tokenizer.job import Source

    if not text:
        yield Source(str(counts or corpus), corpus, shard_paths(corpus) if counts is None else [], counts)
        return
    with TemporaryDirectory(prefix="hanji-text-") as folder:
        split = Path(folder, "train")
        split.mkdir()
        shards = shards_of_files(text, split)
        describe_split(split, SCHEMA, [path.name for path in shards], "text", "train")
        yield Source(", ".join(text), Path(folder), shards)


def _fit(source: "Source", smaller: list[int]) -> tuple[int, str]:
    """The vocabulary that suits the corpus, or the text that was counted, and holds the smaller ones; and the size of
    the text."""
    from tokenizer.training.counts import read_index

    if source.counts is None:
        fit, size = fit_shards(source.shards)
    else:
        counted = sum(table["bytes"] for table in read_index(source.counts)["tables"])
        fit, size = fitted(counted), megabytes(counted)
    return max([fit.vocab_size, *smaller]), size


if __name__ == "__main__":
    run(main)
