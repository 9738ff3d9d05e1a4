"""The whole fertility report, one tokenizer of ours beside eight peers, on a gigabyte of corpus.

    HANJI_MIRROR=DIR HANJI_DATA=DIR python -m benchmarks.fertility [--megabytes 1000] [--tokenizer DIR]

The corpus is Korean and English Wikipedia of the mirror, repeated up to its size (the benchmark measures time, so
repeated words do not matter). Without --tokenizer one of 16,384 tokens is trained on it first, which is not timed.
Peers are those available, of four kinds: known patterns (gpt2, gpt-neox-20b, polyglot-ko-MBBPE, cl100k), other patterns
through HF tokenizers (o200k, qwen, tekken), SentencePiece (kortok-sp-32k). The seconds are of a new process, page
included. Last line: JSON.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from benchmarks import command_line
from benchmarks.corpora import ROWS, batch, write_split
from benchmarks.texts import texts, up_to

PEERS = "gpt2,gpt-neox-20b,polyglot-ko-MBBPE,cl100k,o200k,qwen,tekken,kortok-sp-32k"
DISTINCT = 120e6  # bytes of a language before it repeats


def batches(language: str, size: float) -> Iterator[pa.RecordBatch]:
    """Documents of a language, `size` bytes of text."""
    kept = up_to(texts(language), min(size, DISTINCT))
    written, turn = 0.0, 0
    while written < size:
        for start in range(0, len(kept), ROWS):
            part = kept[start : start + ROWS]
            yield batch(part, f"wikipedia-{language}", language, turn * len(kept) + start)
            written += sum(len(text.encode()) for text in part)
            if written >= size:
                return
        turn += 1


def write_corpus(folder: Path, size: float) -> None:
    """A corpus directory of `size` bytes of text, half of it Korean."""
    for split, share in (("train", 1.0), ("validation", 0.001)):
        halves = {f"wikipedia-{language}": batches(language, size * share / 2) for language in ("ko", "en")}
        write_split(folder / split, halves)


def main() -> None:
    parser = command_line.parser(__doc__, "data")
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--tokenizer", type=Path)
    options = command_line.parse(parser, reason="the peers and the parallel text are there")
    data = options.data
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_corpus(folder / "corpus", options.megabytes * 1e6)
        tokenizer = options.tokenizer or folder / "tokenizer"
        if options.tokenizer is None:
            command("train_tokenizer", "--corpus", folder / "corpus", "--out", tokenizer, "--vocab-size", 16384)
        begun, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        command(
            "report_tokenizer", "--tokenizer", tokenizer, "--corpus", folder / "corpus", "--parallel",
            data / "parallel",
            "--peers", PEERS, "--peers-dir", data / "tokenizers", "--out", folder / "report",
        )  # fmt: skip
        seconds, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        report = json.loads((folder / "report/fertility.json").read_text(encoding="utf-8"))
        page = (folder / "report/report.html").stat().st_size
    result = {
        "megabytes": report["corpus"]["bytes"] / 1e6,
        "tokenizers": len(report["tokenizers"]),
        "missing": [peer["name"] for peer in report["missing"]],
        "seconds": round(seconds, 1),
        "cpu_seconds": round(after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, 1),
        "cores": os.cpu_count(),
        "page_megabytes": page / 1e6,
    }
    print(json.dumps(result))


def command(name: str, *arguments: str | Path | int) -> None:
    """Run one of our commands; its output goes to standard error."""
    line = [sys.executable, "-m", f"pipelines.{name}", *map(str, arguments)]
    subprocess.run(line, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
