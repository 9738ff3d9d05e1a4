"""Train a byte-level BPE tokenizer on a corpus: count its words once, learn merges, write what transformers reads."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from corpus import release
from corpus.errors import UserError
from corpus.quantities import megabytes
from pipelines.console import OVERWRITE, console, run, warn
from pipelines.engine import ENGINE, RAY_ADDRESS, Display, open_engine
from pipelines.fitted import fit_shards, fitted, tell


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
    morphemes: Annotated[str, typer.Option(help="Keep merges within morphemes: none, josa or all (Kiwi).")] = "none",
    superwords: Annotated[
        str,
        typer.Option(
            help="So many of the tokens are learned last and may span words (SuperBPE); 0: none; auto: as many as give"
            " the fewest tokens per word."
        ),
    ] = "0",
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one per core.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    engine: Annotated[str, typer.Option(help=ENGINE)] = "local",
    ray_address: Annotated[str, typer.Option(help=RAY_ADDRESS)] = "auto",
) -> dict[str, Any]:
    """Train a tokenizer on a corpus."""
    # What is wrong is told before the kernels are loaded, which takes half a second.
    _require(corpus, text or [], counts)
    from corpus.engine.marker import Maker, hashes_of
    from corpus.engine.output import claim
    from corpus.engine.task import file_sha256, read_json, write_json
    from tokenizer.analysis.subject import open_subject
    from tokenizer.candidates import Candidates, shares_of
    from tokenizer.directory import MULTIPLE, SPECIAL_TOKENS, TOKENIZER
    from tokenizer.scanner.patterns import DEFAULT_PATTERN
    from tokenizer.superwords import SUPERWORD_PATTERN, add_superwords, count_superwords, parse_superwords
    from tokenizer.target import check, parse_target, search
    from tokenizer.tradeoff import curve_of, measure, read_texts, table, write_page
    from tokenizer.training.bpe import Merges, train
    from tokenizer.training.counts import (
        Total,
        check_weights,
        count_hashes,
        count_shards,
        counted_text,
        read_index,
        weighted,
    )
    from tokenizer.training.files import parse_sizes, parse_weights, write_tokenizer
    from tokenizer.training.morphemes import split_words
    from tokenizer.training.sample import SampleSettings, draw_sample, parse_numbers

    begun = time.monotonic()
    language_weights, smaller = parse_weights(weights), parse_sizes(sizes)
    settings = SampleSettings(
        languages=parse_numbers(sample, "--sample"),
        sources=parse_numbers(source_cap, "--source-cap"),
        site=site_cap,
        seed=seed,
    )
    named = ", ".join(text) if text else str(counts or corpus)
    with _source(corpus, text or [], counts) as (corpus, shards):
        fit, of = (vocab_size, "") if vocab_size is not None else _fit(shards, counts, smaller)
        size = -(-fit // MULTIPLE) * MULTIPLE
        number = parse_superwords(str(superwords))
        shares = shares_of(size) if number is None else [number]
        pattern = pattern or (SUPERWORD_PATTERN if shares[-1] else DEFAULT_PATTERN)
        wanted = parse_target(target) if target else None
        _check(size, smaller, pattern, morphemes, shares[-1], counts)
        if vocab_size is None:
            tell(f"Vocabulary of {size:,} tokens", of, "--vocab-size")
        if wanted and weights:
            raise UserError("--target finds the weights of languages; it does not go with --weights.")
        searched = wanted is not None or len(shares) > 1
        texts = read_texts(corpus, parallel) if searched or (smaller and counts is None) else None
        if wanted and texts:
            check(wanted, texts)
        rules: dict[str, Any] = {
            "min_frequency": min_frequency,
            "max_token_bytes": max_token_bytes,
            "whole_characters": whole_characters,
        }
        identity = {
            "vocab_size": size,
            "sizes": smaller,
            "pattern": pattern if counts is None else "that of the counts",
            "sample": settings.model_dump(mode="json"),
            "weights": language_weights,
            "min_word_count": min_word_count,
            **rules,
            "morphemes": morphemes,
            "superwords": "auto" if number is None else number,
            "target": target,
            "measured_on": texts.identity if texts else None,
            "text": hashes_of(corpus, shards) if counts is None else count_hashes(counts),
            "versions": _versions(pattern, counts, shares[-1], morphemes),
        }
        choice = None
        second: dict[str, Any] | None = None
        with claim(out, Maker("train_tokenizer", "a tokenizer"), identity, overwrite) as folder:
            if folder.done:
                console.print(f"{out} is this tokenizer already; nothing was done.", soft_wrap=True)
                return {"out": str(out)} | read_json(out / "training.json")
            staged = folder.staging()
            with Display() as display, open_engine(engine, workers, display, ray_address, out) as tasks:
                if counts is None:
                    choice = draw_sample(shards, settings, tasks)
                    check_weights(language_weights, shards, choice)
                    folder.reserve(["counts/"])
                    count_shards(shards, out / "counts", pattern, tasks, choice, work=folder.work / "counts")
                index = read_index(counts or out / "counts")
                counted = time.monotonic()

                def learn(weights: dict[str, float], tokens: int) -> tuple[Total, Merges]:
                    total = weighted(counts or out / "counts", weights, min_word_count)
                    if len(total.words) == 0:
                        raise UserError(f"{named}: there is no text to learn from.")
                    words, numbers = total.words, total.counts
                    if morphemes != "none":
                        words, numbers = split_words(words, numbers, morphemes, tasks)
                    return total, train(words, numbers, tokens - len(SPECIAL_TOKENS), **rules)

                def count_runs(first_stage: Merges, tokens: int, name: str) -> tuple[Path, int]:
                    stage, pieces_dir = folder.work / f"{name}.stage", folder.work / name
                    write_tokenizer(stage, first_stage, pattern, tokens)
                    return pieces_dir, count_superwords(shards, pieces_dir, stage / TOKENIZER, tasks, choice)

                share, answer, share_curve = shares[-1], None, None
                if searched and texts:
                    known, pieces_of = None, None
                    if shares[-1]:
                        known = learn(language_weights, size - shares[-1])[1]
                        tried_pieces, _ = count_runs(known, size - shares[-1], "tried_superwords")
                        pieces_of = partial(weighted, tried_pieces, min_count=min_word_count)
                    candidates = Candidates(
                        lambda w: learn(w, size)[1], texts, index["pattern"], size, folder.work, rules, known, pieces_of
                    )
                    languages = sorted({table["lang"] for table in index["tables"]})
                    language_weights, share, answer, share_curve = search(
                        wanted, texts, languages, candidates.figures, shares, size, language_weights
                    )
                total, merges = learn(language_weights, size - share)
                first = len(merges.tokens)
                words_until = first if share else None  # without superwords the pattern is that of the words
                if share:
                    pieces_dir, limit = count_runs(merges, size - share, "superwords")
                    pieces = weighted(pieces_dir, language_weights, min_word_count)
                    merges = add_superwords(merges, pieces, first + share, **rules)
                    second = {
                        "merges": len(merges.tokens) - first,
                        "smallest_count": int(merges.counts[-1]) if len(merges.counts) else 0,
                        "limit": limit,  # below it merges may be missing
                        "distinct_pieces": len(pieces.words),
                    }
            for n in smaller:
                write_tokenizer(staged / "sizes" / str(n), merges, index["pattern"], n, MULTIPLE, words_until)
            tokens = write_tokenizer(staged, merges, index["pattern"], size, MULTIPLE, words_until)
            if answer and texts:  # superwords were estimated before
                answer["reached"] = measure(open_subject(staged), texts)[answer["figure"]]
            by_size = None
            if texts and smaller:
                folders = {n: staged / "sizes" / str(n) for n in smaller} | {tokens: staged}
                points = [(n, f"{n:,}", measure(open_subject(path), texts)) for n, path in sorted(folders.items())]
                by_size = curve_of("tokens of the vocabulary", points, texts, ticks=list(folders), chosen=tokens)
            training = {
                "corpus": named,
                "pattern": index["pattern"],
                "vocab_size": tokens,
                "sizes": smaller,
                "merges": len(merges.pairs),
                "special_tokens": SPECIAL_TOKENS,
                "sample": settings.model_dump() if choice else "all documents",
                "text": sorted(identity["text"].values()) if counts is None else counted_text(counts),
                "documents": choice.summary if choice else None,
                "capped_sites": len(choice.sites) if choice else 0,
                "counts": index["tables"],
                "weights": language_weights,
                "target": answer,
                "share_curve": share_curve,
                "size_curve": by_size,
                "words": {
                    "distinct": len(total.words),
                    "occurrences": int(total.counts.sum()),
                    "min_word_count": min_word_count,
                    "pruned_distinct": total.pruned_words,
                    "pruned_occurrences": total.pruned_count,
                },
                **rules,
                "morphemes": morphemes,
                "superwords": second,
                "tokenizer_sha256": file_sha256(staged / TOKENIZER),
                "seconds": {"count": round(counted - begun, 2), "train": round(time.monotonic() - counted, 2)},
            }
            write_json(staged / "training.json", training)
            curves = [curve for curve in (answer and answer["curve"], share_curve, by_size) if curve]
            if curves:
                name = (
                    f"A tokenizer of {answer['figure']} = {answer['reached']:.3f}"
                    if answer
                    else "Vocabularies of one training"
                    if by_size
                    else "Shares of superwords"
                )
                write_page(staged / "report.html", name, curves)
            folder.publish(staged, TOKENIZER, keep=["counts"] if counts is None else [])
        if len(merges.tokens) < size - len(SPECIAL_TOKENS):
            warn(
                f"the text gave no more than {len(merges.pairs)} merges that occur {min_frequency} times; the"
                " vocabulary is smaller than asked."
            )
        for curve in curves:
            console.print(f"Tokens per word, measured on {curve['text']}:", soft_wrap=True)
            for first_cell, *cells in table(curve):
                console.print(f"  {first_cell:<42}" + "".join(f"{cell:>14}" for cell in cells), soft_wrap=True)
        seconds = time.monotonic() - begun
        console.print(
            f"{out}: {tokens:,} tokens from {len(total.words):,} distinct words, {seconds:.1f} s", soft_wrap=True
        )
        return {"out": str(out)} | training


def _require(corpus: Path, text: list[str], counts: Path | None) -> None:
    """Raises UserError where there is nothing to read, or two sources of words."""
    from corpus.shards import shard_paths

    if text and counts is not None:
        raise UserError("--text and --counts are two sources of words; give one of them.")
    for place in text:
        if not set(place) & set("*?[") and not Path(place).expanduser().exists():
            raise UserError(f"--text {place}: no such file or folder.")
    if not text and counts is None:
        shard_paths(corpus)


@contextmanager
def _source(corpus: Path, text: list[str], counts: Path | None) -> Iterator[tuple[Path, list[Path]]]:
    """The corpus and its shards; of plain files a temporary corpus without held-out documents."""
    from corpus.document import SCHEMA
    from corpus.shards import describe_split, shard_paths
    from corpus.texts import shards_of_files

    if not text:
        yield corpus, shard_paths(corpus) if counts is None else []
        return
    with TemporaryDirectory(prefix="hanji-text-") as folder:
        split = Path(folder, "train")
        split.mkdir()
        shards = shards_of_files(text, split)
        describe_split(split, SCHEMA, [path.name for path in shards], "text", "train")
        yield Path(folder), shards


def _fit(shards: list[Path], counts: Path | None, smaller: list[int]) -> tuple[int, str]:
    """The vocabulary that suits the corpus, or the text that was counted, and holds the smaller ones; and the size of
    the text."""
    from tokenizer.training.counts import read_index

    if counts is None:
        fit, size = fit_shards(shards)
    else:
        counted = sum(table["bytes"] for table in read_index(counts)["tables"])
        fit, size = fitted(counted), megabytes(counted)
    return max([fit.vocab_size, *smaller]), size


def _check(size: int, smaller: list[int], pattern: str, morphemes: str, superwords: int, counts: Path | None) -> None:
    """What can be told to be wrong before any text is read."""
    from tokenizer.scanner.patterns import pattern_code
    from tokenizer.superwords import SUPERWORD_PATTERN
    from tokenizer.training.morphemes import KINDS

    pattern_code(pattern)
    if smaller and smaller[-1] > size:
        raise UserError(f"--sizes: {smaller[-1]} is more than --vocab-size {size}; raise that, sizes are parts of it.")
    if morphemes not in ("none", *KINDS):
        raise UserError(f"--morphemes {morphemes!r}; accepted: none, {', '.join(KINDS)}.")
    if not superwords:
        return
    if pattern != SUPERWORD_PATTERN:
        raise UserError(f"--superwords needs --pattern {SUPERWORD_PATTERN}; {pattern} has no runs of words.")
    if counts is not None:
        raise UserError("--superwords reads text, which counts do not hold; give --corpus instead of --counts.")
    if size - superwords < 512:
        raise UserError(
            f"--superwords {superwords}: of {size} tokens at least 512 have to be learned from single words."
        )


def _versions(pattern: str, counts: Path | None, superwords: int, morphemes: str) -> dict[str, Any]:
    """The code that a tokenizer depends on: this release, and what counts and cuts words where this run does so."""
    from tokenizer import superwords as second_stage
    from tokenizer.training.counts import VERSION, Pretokens

    found: dict[str, Any] = {"hanji": release()}
    if counts is None:
        found["counting"] = [VERSION, Pretokens(pattern).identity]
    if superwords:
        found["superwords"] = second_stage.VERSION
    if morphemes != "none":
        found["kiwipiepy"] = version("kiwipiepy")
    return found


if __name__ == "__main__":
    run(main)
