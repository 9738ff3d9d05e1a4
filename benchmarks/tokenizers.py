"""Tokenizers of 50,304 tokens trained on the same Korean and English text, ours and others', beside published ones, on
other text.

    HANJI_MIRROR=DIR python -m benchmarks.tokenizers [--corpus DIR] [--megabytes 40] [--peers-dir DIR] [--data DIR]

The text is a sample of the train split of the recipe `mini`, built from the mirror unless a corpus is given; the same
documents for every trainer. Measured on the whole validation split, documents that no trainer saw, and on the 1,440
sentence pairs of JHE, which are from another domain. tok/w: tokens per word (eojeol in Korean), B/tok: bytes per token.
F1: token boundaries inside eojeol against the gold morphemes of JHE's eval half, and against Kiwi's in context in 2,000
sentences of the validation split. broken: the share of the vocabulary that isn't whole characters. Kiwi's trainer
analyses all text and takes most of the time, which is wall time. Last line: JSON.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from benchmarks import command_line
from benchmarks.corpora import build_mini
from corpus.lines import split_lines

SIZE = 50304
SUPERWORDS = 5120  # a tenth; twice as many gain 0.3 %
SENTENCES = 2000


def main() -> None:
    parser = command_line.parser(__doc__, "data")
    parser.add_argument("--corpus", type=Path, help="a corpus folder; default: build the recipe mini")
    parser.add_argument("--megabytes", type=float, default=40, help="of text to train on; 0: all")
    parser.add_argument("--peers-dir", type=Path, default=None, help="a folder of published tokenizers")
    parser.add_argument(
        "--out", type=Path, default=None, help="keep the tokenizers here; existing ones are not trained again"
    )
    arguments = command_line.parse(parser, reason="the parallel text is there")
    peers_dir = arguments.peers_dir or arguments.data / "tokenizers"
    parallel = arguments.data / "parallel"
    if not parallel.is_dir():
        sys.exit(f"{parallel}: no parallel text; set HANJI_DATA or --data.")

    from tokenizer.analysis.morphology_analysis import analyse, read_gold, sentences_of
    from tokenizer.analysis.peers import find_peers, open_subject

    with tempfile.TemporaryDirectory() as temporary:
        out = arguments.out or Path(temporary)
        out.mkdir(parents=True, exist_ok=True)
        corpus = arguments.corpus or build_mini(Path(temporary) / "corpus")
        sample = quotas(corpus, arguments.megabytes)
        texts = list(chosen_texts(corpus, sample))
        size = sum(len(text.encode()) for text in texts)
        console = Console(width=190)
        console.print(f"{len(texts):,} documents, {size / 1e6:.1f} MB to train on ({sample or 'all'})")
        held, sources = held_out(corpus)
        for language in ("ko", "en"):
            halves = [(parallel / f"jhe.{half}.{language}").read_bytes().decode() for half in ("dev", "eval")]
            held[f"jhe_{language}"] = pa.array(split_lines("".join(halves)), pa.large_string())
        gold = read_gold(parallel / "jhe.eval.ko.pos")
        kiwi = analyse(sentences_of(held["ko"].to_pylist(), SENTENCES))

        rows = []
        for name, trainer in trainers(corpus, sample, texts).items():
            folder = out / name.replace(" ", "-").replace(",", "")
            seconds = None
            if not folder.exists():
                with tempfile.TemporaryDirectory(dir=out) as half:
                    begun = time.perf_counter()
                    trainer(Path(half))
                    seconds = round(time.perf_counter() - begun, 1)
                    shutil.copytree(half, folder)
            subject = open_subject(folder, ours=name.startswith("hanji"), name=name)
            rows.append(measure(subject, held, sources, gold, kiwi) | {"trained_here": True, "seconds": seconds})
            console.print(f"{name}: {seconds or 0:.0f} s")
        named, missing = find_peers(["all"], peers_dir if peers_dir.is_dir() else None)
        rows += [measure(peer, held, sources, gold, kiwi) | {"trained_here": False, "seconds": None} for peer in named]
        for peer in missing:
            console.print(f"missing: {peer['name']}: {peer['reason']}")
    show(console, rows, sources)
    print(json.dumps(summary(rows, len(texts), size), ensure_ascii=False))


def quotas(corpus: Path, megabytes: float) -> str:
    """Documents per language that make so many megabytes, in the corpus' own proportions, as --sample takes them; ""
    for all."""
    from corpus.shards import read_shard, shard_paths

    documents: dict[str, int] = {}
    size = 0
    for path in shard_paths(corpus):
        for batch in read_shard(path):
            size += batch["text"].nbytes
            for language in batch["lang"].to_pylist():
                documents[language] = documents.get(language, 0) + 1
    share = megabytes * 1e6 / size
    if not 0 < share < 1:
        return ""
    return ",".join(f"{language}={max(1, round(n * share))}" for language, n in sorted(documents.items()))


def chosen_texts(corpus: Path, sample: str) -> Iterator[str]:
    """The documents that `train_tokenizer --sample` takes."""
    from corpus.engine.local import LocalEngine
    from corpus.shards import read_shard, shard_paths, source_of
    from tokenizer.options import parse_numbers
    from tokenizer.training.sample import SampleSettings, draw_sample, sampled

    shards = shard_paths(corpus)
    with LocalEngine(1) as engine:
        choice = draw_sample(shards, SampleSettings(languages=parse_numbers(sample, "--sample")), engine)
    for path in shards:
        for batch in read_shard(path):
            yield from (sampled(batch, source_of(path), choice) if choice else batch)["text"].to_pylist()


def held_out(corpus: Path) -> tuple[dict[str, pa.Array], dict[str, list[str]]]:
    """The validation split: texts by language, and the source of each."""
    from corpus.shards import read_shard, shard_paths

    texts: dict[str, list[str]] = {"ko": [], "en": []}
    sources: dict[str, list[str]] = {"ko": [], "en": []}
    for path in shard_paths(corpus, "validation"):
        for batch in read_shard(path):
            for language, text, source in zip(
                *(batch[name].to_pylist() for name in ("lang", "text", "source")), strict=True
            ):
                texts[language].append(text)
                sources[language].append(source)
    return {language: pa.array(found, pa.large_string()) for language, found in texts.items()}, sources


def trainers(corpus: Path, sample: str, texts: list[str]) -> dict[str, Callable[[Path], None]]:
    """By name, functions that write a tokenizer into a folder."""

    def hanji(**options: Any) -> Callable[[Path], None]:
        def train(folder: Path) -> None:
            from pipelines.train_tokenizer import main as train_tokenizer

            train_tokenizer(corpus=corpus, out=folder, vocab_size=SIZE, sample=sample, **options)

        return train

    def hf(regex: str | None) -> Callable[[Path], None]:
        def train(folder: Path) -> None:
            from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
            from tokenizers.trainers import BpeTrainer

            tokenizer = Tokenizer(models.BPE())
            byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=regex is None)
            tokenizer.pre_tokenizer = (
                pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(regex), "isolated"), byte_level])
                if regex
                else byte_level
            )
            tokenizer.decoder = decoders.ByteLevel()
            trainer = BpeTrainer(
                vocab_size=SIZE,
                special_tokens=["<s>", "</s>", "<pad>"],
                initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                min_frequency=2,
                show_progress=False,
            )
            tokenizer.train_from_iterator(texts, trainer)
            tokenizer.save(str(folder / "tokenizer.json"))

        return train

    def kiwi(folder: Path) -> None:
        from kiwipiepy import Kiwi
        from kiwipiepy.bpe_trainer import train_bpe_tokenizer

        every = {f"pretokenize_{kind}": True for kind in ("j", "e", "vcp", "xsv")}
        workers = os.cpu_count() or 1
        analyser = Kiwi(num_workers=workers)
        path = str(folder / "tokenizer.json")
        train_bpe_tokenizer(path, texts, SIZE, 2, kiwi=analyser, num_workers=workers, show_progress=False, **every)

    def sentencepiece(folder: Path) -> None:
        import sentencepiece as spm

        lines = (line for text in texts for line in text.split("\n") if line)
        with (folder / "tokenizer.model").open("wb") as model:
            spm.SentencePieceTrainer.train(
                sentence_iterator=lines,
                model_writer=model,
                vocab_size=SIZE,
                model_type="bpe",
                byte_fallback=True,
                character_coverage=0.9995,
                normalization_rule_name="identity",
                remove_extra_whitespaces=False,
                max_sentence_length=1 << 20,
                num_threads=os.cpu_count(),
                minloglevel=2,
            )

    from tokenizer.scanner.patterns import REGEXES

    return {
        "hanji": hanji(),
        "hanji, superwords": hanji(superwords=SUPERWORDS),
        "hanji, josa": hanji(morphemes="josa"),
        "HF, GPT-2 pattern": hf(None),
        "HF, cl100k pattern": hf(REGEXES["cl100k"]),
        "SentencePiece BPE": sentencepiece,
        "Kiwi, morphemes": kiwi,
    }


def measure(subject, held: dict[str, pa.Array], sources: dict[str, list[str]], gold, kiwi) -> dict:
    """One row of the table."""
    from corpus.kernels.utf8 import string_buffers
    from tokenizer.analysis.bootstrap import ratio
    from tokenizer.analysis.morphology import boundaries, cuts
    from tokenizer.analysis.vocabulary_kernel import VALID, describe

    row: dict = {"name": subject.name, "vocab_size": subject.vocab_size}
    for group, column in held.items():
        _, bounds = subject.encode_column(column)
        tokens, size = np.diff(bounds), np.diff(string_buffers(column)[1])
        words = np.array([len(text.split()) for text in column.to_pylist()])
        row[f"{group}_fertility"] = round(tokens.sum() / words.sum(), 3)
        row[f"{group}_bytes_per_token"] = round(size.sum() / tokens.sum(), 3)
        if group in sources:
            found = ratio(tokens, words, seed=0)
            row[f"{group}_interval"] = [round(found[end] or 0, 3) for end in ("low", "high")]
            names = np.array(sources[group])
            row[f"{group}_sources"] = {
                source: [
                    round(tokens[names == source].sum() / words[names == source].sum(), 3),
                    int(words[names == source].sum()),
                ]
                for source in sorted(set(sources[group]))
            }
    tokens_of = [token for token in subject.token_bytes if token is not None]
    row["f1_gold"] = round(boundaries(gold, cuts(subject, gold))["f1"], 3)
    row["f1_kiwi"] = round(boundaries(kiwi, cuts(subject, kiwi))["f1"], 3)
    row["broken_percent"] = round(100 * float((describe(tokens_of).broken != VALID).mean()), 2)
    return row


def show(console: Console, rows: list[dict], sources: dict[str, list[str]]) -> None:
    heads = [
        "ko tok/w",
        "95 %",
        "en tok/w",
        "95 %",
        "ko B/tok",
        "en B/tok",
        "JHE ko tok/w",
        "JHE en tok/w",
        "F1 gold",
        "F1 Kiwi",
        "broken %",
        "s",
    ]
    table = Table("tokenizer", "tokens", *heads, title="Held-out text of the training domains, and JHE")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        low, high = row["ko_interval"], row["en_interval"]
        cells = [
            row["ko_fertility"], f"{low[0]}–{low[1]}", row["en_fertility"], f"{high[0]}–{high[1]}",
            row["ko_bytes_per_token"], row["en_bytes_per_token"],
            row["jhe_ko_fertility"], row["jhe_en_fertility"], row["f1_gold"], row["f1_kiwi"], row["broken_percent"],
            row["seconds"] or "",
        ]  # fmt: skip
        table.add_row(
            row["name"],
            f"{row['vocab_size']:,}",
            *map(str, cells),
            end_section=row is [r for r in rows if r["trained_here"]][-1],
        )
    console.print(table)
    names = [(language, source) for language in ("ko", "en") for source in sorted(set(sources[language]))]
    table = Table(
        "tokenizer", *(f"{language} {source}" for language, source in names), title="Tokens per word, by source"
    )
    for row in (row for row in rows if row["trained_here"]):
        table.add_row(row["name"], *(str(row[f"{language}_sources"][source][0]) for language, source in names))
    words = [rows[0][f"{language}_sources"][source][1] for language, source in names]
    table.add_row("words", *(f"{n:,}" for n in words))
    console.print(table)


def summary(rows: list[dict], documents: int, size: int) -> dict:
    """The headline: our default and our superwords, each with its bytes per token over those of the best peer
    trained on the same text."""
    trained = {row["name"]: row for row in rows if row["trained_here"]}
    peers = [row for name, row in trained.items() if not name.startswith("hanji")]
    found: dict = {}
    for prefix, name in (("", "hanji"), ("superwords_", "hanji, superwords")):
        for language in ("ko", "en"):
            best = max(peer[f"{language}_bytes_per_token"] for peer in peers)
            found[f"{prefix}{language}_fertility"] = trained[name][f"{language}_fertility"]
            found[f"{prefix}bytes_per_token_best_peer_ratio_{language}"] = round(
                trained[name][f"{language}_bytes_per_token"] / best, 4
            )
    return {**found, "training_documents": documents, "training_bytes": size, "tokenizers": rows}


if __name__ == "__main__":
    main()
