"""The scanner beside HF tokenizers' regular expressions on every string of every file of the mirror: the same
pre-tokens, and the speed.

    HANJI_MIRROR=DIR python -m benchmarks.scanner [--megabytes N]

For the patterns gpt2, cl100k and hanji, and for runs of words. Takes a quarter of an hour for 400 MB; `--megabytes`
bounds each file. CPU seconds of one core. Last line: JSON; the command fails at the first difference and prints it.
"""

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

from benchmarks import command_line
from benchmarks.texts import files, strings
from benchmarks.timing import cpu_seconds
from corpus.kernels.utf8 import string_buffers
from tokenizer.scanner.patterns import REGEXES
from tokenizer.scanner.pretokenize import scan
from tokenizer.scanner.runs import REGEX, run_bounds

BATCH = 1 << 22  # bytes scanned at a time
PATTERNS = REGEXES | {"hanji, runs": REGEX}


def batches(path: Path, megabytes: float) -> Iterator[list[str]]:
    """The strings of a file, some megabytes at a time."""
    batch: list[str] = []
    size = total = 0
    for text in strings(path):
        batch.append(text)
        size += len(text.encode())
        if size >= BATCH:
            yield batch
            batch, total, size = [], total + size, 0
        if megabytes and total + size >= megabytes * 1e6:
            break
    if batch:
        yield batch


def scanned(texts: list[str], name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where pre-tokens begin and end in the bytes of a column, those of each text by its number: (bounds, first,
    offsets)."""
    column = pa.array(texts, pa.large_string())
    data, offsets = string_buffers(column)
    ends, first = scan(column, name.split(",")[0])
    edges = np.concatenate([offsets[:1], ends])
    if name.endswith("runs"):
        runs, first = run_bounds(data, int(offsets[0]), ends, first)
        edges = edges[runs]
    return edges, first, offsets


def compare(texts: list[str], name: str, split: Split) -> tuple[float, float, int]:
    """Seconds of ours and of HF's, and the number of pre-tokens. Ends the command at a difference."""
    mine, (edges, first, offsets) = cpu_seconds(scanned, texts, name)
    reference, theirs = cpu_seconds(lambda: [split.pre_tokenize_str(text) for text in texts])
    for n, (text, words) in enumerate(zip(texts, theirs, strict=True)):
        wanted = [0, *itertools.accumulate(len(word.encode()) for word, _ in words)]
        if (edges[first[n] : first[n + 1] + 1] - offsets[n]).tolist() != (wanted if text else [0]):
            sys.exit(f"{name}: different pre-tokens of {text[:2000]!r}")
    return mine, reference, len(edges) - 1


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--megabytes", type=float, default=0, help="of each file; 0: all")
    arguments = command_line.parse(parser)
    splits = {name: Split(Regex(regex), "isolated") for name, regex in PATTERNS.items()}
    for name in PATTERNS:
        scanned(["warm up"], name)
    seconds = {name: [0.0, 0.0] for name in PATTERNS}
    pretokens = dict.fromkeys(PATTERNS, 0)
    paths, size, texts = files(), 0.0, 0
    for path in paths:
        for batch in batches(path, arguments.megabytes):
            size += sum(len(text.encode()) for text in batch) / 1e6
            texts += len(batch)
            for name, split in splits.items():
                ours, theirs, count = compare(batch, name, split)
                seconds[name][0] += ours
                seconds[name][1] += theirs
                pretokens[name] += count
        print(f"{size:8.1f} MB  {path.name}", flush=True)
    print(f"{'pattern':14}{'pre-tokens':>14}{'MB/s':>8}{'HF MB/s':>9}")
    for name, (ours, theirs) in seconds.items():
        print(f"{name:14}{pretokens[name]:14}{size / ours:8.0f}{size / theirs:9.1f}")
    speed = {name: round(theirs / ours, 1) for name, (ours, theirs) in seconds.items()}
    print(
        json.dumps({"files": len(paths), "texts": texts, "megabytes": round(size), "identical": True, "vs_hf": speed})
    )


if __name__ == "__main__":
    main()
