"""The pre-token patterns and the options of training, at 32k and 50k, trained on the same text and measured on other
text.

    HANJI_MIRROR=DIR python -m benchmarks.patterns [--megabytes N] [--sizes 32k,50304]

Nineteen of twenty documents of each kind are for training, the twentieth for measuring. Text of unseen kinds is
measured too if HANJI_DATA is set: sentences of a news corpus (jhe) and TensorFlow's documentation (tf), each in both
languages. Words are what white space separates (eojeol in Korean), fertility is tokens per word, "mixed" Korean
technical documentation. "broken" is the share of the vocabulary whose bytes are not valid UTF-8; F1 compares token
boundaries inside eojeol with Kiwi's morpheme boundaries there, in 2,000 lines of Korean Wikipedia; boundaries inside a
character count as wrong ones, morphemes that share a syllable are not counted. Last line: JSON.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import zstandard

from benchmarks import command_line
from benchmarks.corpora import batches, write_split
from benchmarks.texts import KINDS, texts
from corpus.lines import read_lines
from tokenizer.training.bpe import Merges

ROWS: list[tuple[str, dict]] = [
    ("gpt2", {}),
    ("cl100k", {}),
    ("hanji", {}),
    ("gpt2", {"whole_characters": True}),
    ("cl100k", {"whole_characters": True}),
    ("hanji", {"whole_characters": True}),
    ("hanji", {"whole_characters": True, "max_token_bytes": 32}),
    ("hanji", {"whole_characters": True, "superwords": 5000}),
    ("hanji", {"whole_characters": True, "superwords": 10000}),
    ("hanji", {"whole_characters": True, "morphemes": "josa"}),
    ("hanji", {"whole_characters": True, "morphemes": "all"}),
]
LINES = 2000


def split(megabytes: float) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Texts to train on and texts to measure, by kind."""
    training: dict[str, list[str]] = {}
    held: dict[str, list[str]] = {}
    for kind in KINDS:
        size = 0
        for n, text in enumerate(texts(kind)):
            (held if n % 20 == 19 else training).setdefault(kind, []).append(text)
            size += len(text.encode())
            if megabytes and size >= megabytes * 1e6:
                break
    return training, held


def unseen() -> dict[str, list[str]]:
    """Text of other kinds, Korean and English in parallel; empty if not available."""
    data = command_line.from_environment("data")
    if data is None:
        return {}
    folder = data / "parallel"
    with zstandard.open(folder / "tensorflow_docs.jsonl.zst", "rt", encoding="utf-8") as lines:
        documents = [orjson.loads(line) for line in lines]
    found: dict[str, list[str]] = {}
    for lang in ("ko", "en"):
        parts = [folder / f"jhe.{part}.{lang}" for part in ("dev", "eval")]
        found[f"jhe {lang}"] = [line for path in parts for line in read_lines(path)]
        found[f"tf {lang}"] = [document[lang] for document in documents]
    return found


def learn(
    types: pa.Array, numbers: np.ndarray, paths: list[Path], folder: Path, size: int, rules: dict
) -> tuple[Merges, int | None]:
    """Merges for `size` tokens, and from which token on they may be superwords."""
    from corpus.engine.local import LocalEngine
    from tokenizer.directory import TOKENIZER
    from tokenizer.superwords import add_superwords, count_superwords
    from tokenizer.training.bpe import train
    from tokenizer.training.counts import weighted
    from tokenizer.training.files import write_tokenizer

    superwords = rules.pop("superwords", 0)
    merges = train(types, numbers, size - superwords - 3, min_frequency=2, **rules)
    if not superwords:
        return merges, None
    first = len(merges.tokens)
    write_tokenizer(folder / f"first-{superwords}", merges, "hanji", size - superwords)
    with LocalEngine(1) as engine:
        count_superwords(paths, folder / f"superwords-{superwords}", folder / f"first-{superwords}" / TOKENIZER, engine)
    return (
        add_superwords(merges, weighted(folder / f"superwords-{superwords}"), size - 3, min_frequency=2, **rules),
        first,
    )


def count(documents: dict[str, list[str]], pattern: str) -> tuple[pa.Array, np.ndarray]:
    from corpus.kernels.utf8 import string_buffers
    from tokenizer.kernels.words import WordTable
    from tokenizer.scanner.pretokenize import scan

    table = WordTable()
    for kind in documents:
        for start in range(0, len(documents[kind]), 1000):
            column = pa.array(documents[kind][start : start + 1000], pa.large_string())
            data, offsets = string_buffers(column)
            table.add(data, int(offsets[0]), scan(column, pattern)[0])
    return table.column(), table.counts()


def morpheme_lines(documents: list[str]) -> Iterator[tuple[str, set[int], set[int]]]:
    """Lines of Korean with the positions of morpheme boundaries inside words, in bytes, and of those hidden in
    syllables."""
    from kiwipiepy import Kiwi

    lines = [line for text in documents for line in text.split("\n") if 20 < len(line) < 300][:LINES]
    for line, tokens in zip(lines, Kiwi(num_workers=1).tokenize(iter(lines)), strict=True):
        places = np.cumsum([0] + [len(c.encode()) for c in line])
        found, end = set(), 0
        for token in tokens:
            if token.start >= end and token.start > 0 and not line[token.start - 1].isspace():
                found.add(int(places[token.start]))
            end = max(end, token.start + token.len)
        inside = {int(places[n]) for n in range(1, len(line)) if not line[n].isspace() and not line[n - 1].isspace()}
        words = {int(places[n]) for n in range(len(line)) if line[n].isspace() or n == 0 or line[n - 1].isspace()}
        yield line, found & inside, words


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--megabytes", type=float, default=20, help="of each kind")
    parser.add_argument("--sizes", default="32k,50304")
    arguments = command_line.parse(parser)

    from corpus.engine.local import LocalEngine
    from tokenizer.encoding.encode import Encoder
    from tokenizer.options import parse_sizes
    from tokenizer.training.files import write_tokenizer
    from tokenizer.training.morphemes import split_words

    sizes = parse_sizes(arguments.sizes)
    training, held = split(arguments.megabytes)
    held |= unseen()
    words = {kind: sum(len(text.split()) for text in held[kind]) for kind in held}
    lengths = {kind: sum(len(text.encode()) for text in held[kind]) for kind in held}
    gold = list(morpheme_lines(held["ko"]))
    table = []
    print(f"{'pattern and options (tokens per word)':48}{'size':>6}" + "".join(f"{kind:>8}" for kind in held), end="")
    print(f"{'broken %':>10}{'F1':>7}{'s':>6}")
    counts: dict[str, tuple[pa.Array, np.ndarray]] = {}
    with tempfile.TemporaryDirectory() as folder, LocalEngine(1) as engine:
        paths = write_split(Path(folder) / "train", {kind: batches(rows, kind) for kind, rows in training.items()})
        for pattern, options in ROWS:
            if pattern not in counts:
                counts = {pattern: count(training, pattern)}
            begun = time.perf_counter()
            types, numbers = counts[pattern]
            rules = dict(options)
            morphemes = rules.pop("morphemes", None)
            if morphemes:
                often = numbers > 1  # Kiwi is slow, and words seen once do not change the result
                types, numbers = split_words(types.filter(pa.array(often)), numbers[often], morphemes, engine)
            merges, first = learn(types, numbers, paths, Path(folder), sizes[-1], rules)
            seconds = time.perf_counter() - begun
            for size in sizes:
                directory = Path(folder) / "tokenizer"
                write_tokenizer(directory, merges, pattern, size, words_until=first)
                encoder = Encoder.from_file(directory)
                tokens = {kind: len(encoder.encode_column(pa.array(held[kind], pa.large_string()))[0]) for kind in held}
                vocabulary = [encoder.decode([n]) for n in range(259, encoder.vocab_size)]
                broken = sum(token.decode(errors="replace").encode() != token for token in vocabulary) / len(vocabulary)
                hits = wanted = made = 0
                for line, found, edges in gold:
                    ends = np.cumsum([len(encoder.decode([n])) for n in encoder.encode(line)])[:-1].tolist()
                    mine = set(ends) - edges - {end for end in ends if line.encode()[end : end + 1] == b" "}
                    hits, wanted, made = hits + len(mine & found), wanted + len(found), made + len(mine)
                precision, recall = hits / made, hits / wanted
                row = {
                    "pattern": pattern, **options, "size": size,
                    **{f"fertility_{kind}": round(tokens[kind] / words[kind], 3) for kind in held},
                    **{f"bytes_per_token_{kind}": round(lengths[kind] / tokens[kind], 3) for kind in held},
                    "broken_percent": round(100 * broken, 2),
                    "boundary_f1": round(2 * precision * recall / (precision + recall), 3),
                    "seconds": round(seconds, 1),
                }  # fmt: skip
                table.append(row)
                name = " ".join([pattern, *(f"{key}={value}" for key, value in options.items())])
                print(
                    f"{name:48}{size:6}"
                    + "".join(f"{row[f'fertility_{kind}']:8.3f}" for kind in held)
                    + f"{row['broken_percent']:10.2f}{row['boundary_f1']:7.3f}{seconds:6.1f}",
                    flush=True,
                )
    print(json.dumps(table))


if __name__ == "__main__":
    main()
