"""Counting and learning 50,304 tokens from all text of the mirror, beside HF tokenizers, gigatoken, gigabpe and Kiwi's
trainer.

    HANJI_MIRROR=DIR python -m benchmarks.bpe_train [--megabytes N] [--vocab-size N] [--skip hf,gigatoken,kiwi]

Each runs in a separate process, one after another, on the same corpus: ours on one core (reading the shards, counting,
adding up, learning, as in train_tokenizer), the others on as many cores as they use. The pattern is gpt2, since all
support it. Memory is the peak resident set of the process, which imports nothing but its trainer. "identical"
compares vocabulary and merges with HF's; "from counts" learns again from the counts, with another mix of languages,
for which HF must read all text again. Kiwi's trainer has its own pattern, similar to gpt2's. Last line: JSON.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import command_line

if TYPE_CHECKING:
    import pyarrow as pa

SEPARATOR = "\n\x1e\n"


def write_corpus(directory: Path, megabytes: int) -> dict[str, float]:
    """One shard per kind, at most so many megabytes of each (0: all), and one text file of everything; the megabytes
    of each kind."""
    from benchmarks.corpora import ROWS, batch, write_split
    from benchmarks.texts import KINDS, texts

    directory.mkdir(parents=True, exist_ok=True)
    sizes = dict.fromkeys(KINDS, 0.0)
    with (directory / "all.txt").open("w", encoding="utf-8") as everything:

        def batches(kind: str) -> "Iterator[pa.RecordBatch]":
            rows: list[str] = []
            for text in texts(kind):
                rows.append(text)
                everything.write(text + SEPARATOR)
                sizes[kind] += len(text.encode()) / 1e6
                if len(rows) == ROWS:
                    yield batch(rows, kind)
                    rows = []
                if megabytes and sizes[kind] >= megabytes:
                    break
            yield batch(rows, kind)

        write_split(directory / "train", {kind: batches(kind) for kind in KINDS})
    return sizes


def ours(corpus: Path, size: int) -> dict:
    """Count and learn; then learn another mix from the counts."""
    import numpy as np
    import pyarrow as pa

    modules: dict[str, Any] = sys.modules
    modules["awkward.numba"] = None  # gigatoken needs it, and Numba would import it

    from corpus.engine.local import LocalEngine
    from corpus.shards import shard_paths
    from tokenizer.files import SPECIAL_TOKENS
    from tokenizer.kernels.words import WordTable, partitioned
    from tokenizer.training.bpe import train
    from tokenizer.training.counts import Pretokens, count_shards, weighted
    from tokenizer.training.files import write_tokenizer

    # Kernels are compiled once per machine, not once per training.
    table = WordTable(slots=4)
    text = pa.LargeStringArray.from_buffers(1, pa.py_buffer(np.array([0, 11])), pa.py_buffer(b"warm up all"))
    table.add(*Pretokens("gpt2")(text))  # not pa.array, which imports pandas; training does not
    list(partitioned(table.column(), table.counts()))
    train(table.column(), table.counts(), 300)
    begun, first = time.perf_counter(), time.process_time()
    with LocalEngine(1) as engine:
        count_shards(shard_paths(corpus), corpus / "counts", "gpt2", engine)
    counted, spent = time.perf_counter(), time.process_time() - first
    total = weighted(corpus / "counts")
    merges = train(total.words, total.counts, size - len(SPECIAL_TOKENS))
    write_tokenizer(corpus / "ours", merges, "gpt2", size)
    learned, whole = time.perf_counter(), time.process_time() - first
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    second = time.process_time()
    total = weighted(corpus / "counts", {"ko": 2.0})
    train(total.words, total.counts, size - len(SPECIAL_TOKENS))
    again, second = time.perf_counter(), time.process_time() - second
    return {
        "seconds": learned - begun,
        "count_seconds": counted - begun,
        "cpu_seconds": whole,
        "count_cpu_seconds": spent,
        "from_counts_cpu_seconds": second,
        "peak": peak,  # before learning once more
        "from_counts_seconds": again - learned,
        "words": len(total.words),
    }


def hf(corpus: Path, size: int) -> dict:
    """HF tokenizers' BpeTrainer over the same shards."""
    from tokenizers import Tokenizer, models
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer

    from corpus.shards import read_shard, shard_paths
    from tokenizer.files import SPECIAL_TOKENS

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    trainer = BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL_TOKENS.values()),
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    begun = time.perf_counter()
    batches = (b["text"].to_pylist() for path in shard_paths(corpus) for b in read_shard(path))
    tokenizer.train_from_iterator(batches, trainer)
    tokenizer.save(str(corpus / "hf.json"))
    return {"seconds": time.perf_counter() - begun}


def gigatoken(corpus: Path, size: int) -> dict:
    """gigatoken.train_bpe over one text file."""
    import gigatoken

    begun = time.perf_counter()
    gigatoken.train_bpe(str(corpus / "all.txt"), size, ["<s>", "</s>", "<pad>"], separator=SEPARATOR.encode())
    return {"seconds": time.perf_counter() - begun}


def gigabpe(corpus: Path, size: int) -> dict:
    """gigabpe.train_tokenizer over one text file, on one thread as ours."""
    import gigabpe

    begun, spent = time.perf_counter(), time.process_time()
    gigabpe.train_tokenizer(
        [str(corpus / "all.txt")], size, str(corpus / "gigabpe.json"), pretokenizer="bytelevel", threads=1
    )
    return {"seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - spent}


def kiwi(corpus: Path, size: int) -> dict:
    """Kiwi's trainer, without morphemes."""
    from kiwipiepy.bpe_trainer import train_bpe_tokenizer

    from corpus.shards import read_shard, shard_paths

    begun = time.perf_counter()
    documents = (text for path in shard_paths(corpus) for b in read_shard(path) for text in b["text"].to_pylist())
    train_bpe_tokenizer(str(corpus / "kiwi.json"), documents, size, min_pair_frequency=1, max_token_length=1 << 16)
    return {"seconds": time.perf_counter() - begun}


def by_lines(corpus: Path, size: int) -> dict:
    """Ours from the lines of the text file, since gigabpe treats each line as a text: to compare merges, not speed."""
    import pyarrow as pa

    from corpus.kernels.utf8 import string_buffers
    from tokenizer.files import SPECIAL_TOKENS
    from tokenizer.kernels.words import WordTable
    from tokenizer.scanner.pretokenize import scan
    from tokenizer.training.bpe import train
    from tokenizer.training.files import write_tokenizer

    table = WordTable()
    with (corpus / "all.txt").open(encoding="utf-8", newline="\n") as lines:
        while batch := lines.readlines(1 << 24):
            column = pa.array(batch, pa.large_string())
            data, offsets = string_buffers(column)
            table.add(data, int(offsets[0]), scan(column, "gpt2")[0])
    merges = train(table.column(), table.counts(), size - len(SPECIAL_TOKENS))
    write_tokenizer(corpus / "lines", merges, "gpt2", size)
    return {"seconds": 0.0}


def identical(corpus: Path) -> bool | None:
    """Whether HF's and gigabpe's files hold the same merges as ours from the same texts; None without either."""
    same = []
    for peer, ours in (("hf.json", "ours"), ("gigabpe.json", "lines")):
        if (corpus / peer).is_file():
            theirs = _pairs(json.loads((corpus / peer).read_text())["model"])
            mine = _pairs(json.loads((corpus / ours / "tokenizer.json").read_text())["model"])
            length = min(len(mine), len(theirs))  # gigabpe has no special tokens and makes three more merges
            same.append(length > 0 and mine[:length] == theirs[:length])
    return all(same) if same else None


def _pairs(model: dict) -> list[list[str]]:
    return [merge.split(" ") if isinstance(merge, str) else merge for merge in model["merges"]]


def versions() -> dict[str, str]:
    """The releases of the peers that are installed."""
    found = {}
    for name in ("tokenizers", "gigatoken", "gigabpe", "kiwipiepy"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--megabytes", type=int, default=0, help="at most so many of each kind; 0: all")
    parser.add_argument("--vocab-size", type=int, default=50304)
    parser.add_argument("--skip", default="", help="peers to leave out")
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)  # one trainer, in a separate process
    arguments = command_line.parse(parser)
    if arguments.run:
        name, corpus = arguments.run
        found = globals()[name](Path(corpus), arguments.vocab_size)
        print(json.dumps(found | {"rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}))
        return
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        sizes = write_corpus(corpus, arguments.megabytes)
        total = sum(sizes.values())
        print(", ".join(f"{kind} {size:.0f} MB" for kind, size in sizes.items()))
        print(", ".join(f"{name} {version}" for name, version in versions().items()))
        for name in ("ours", "hf", "gigatoken", "gigabpe", "kiwi"):
            if name in arguments.skip.split(","):
                continue
            command = [sys.executable, "-m", "benchmarks.bpe_train", "--run", name, str(corpus)]
            command += ["--vocab-size", str(arguments.vocab_size)]
            found = subprocess.run(command, capture_output=True, text=True)
            if found.returncode:
                print(f"{name:10} failed: {found.stderr.strip().splitlines()[-1]}")
                continue
            results[name] = json.loads(found.stdout.splitlines()[-1])
            line = (
                f"{name:10}{results[name]['seconds']:8.1f} s {total / results[name]['seconds']:7.1f} MB/s"
                f" {results[name]['rss']:8.0f} MB"
            )
            extra = {key: value for key, value in results[name].items() if key not in ("seconds", "rss")}
            print(line, extra or "", flush=True)
        if "gigabpe" in results:
            command = [sys.executable, "-m", "benchmarks.bpe_train", "--run", "by_lines", str(corpus)]
            subprocess.run([*command, "--vocab-size", str(arguments.vocab_size)], check=True, capture_output=True)
        same = identical(corpus)
    mine = results["ours"]
    found = {"megabytes": round(total), "count_mb_per_s": round(total / mine["count_cpu_seconds"], 1)}  # and core
    if theirs := results.get("hf"):
        found |= {
            "speed_ratio": round(theirs["seconds"] / mine["seconds"], 2),
            "rss_ratio": round(mine["rss"] / theirs["rss"], 3),
            "from_counts_ratio": round(theirs["seconds"] / mine["from_counts_seconds"], 2),
        }
    if peer := results.get("gigabpe"):  # CPU seconds, one thread each
        found |= {
            "vs_gigabpe": round(peer["cpu_seconds"] / mine["cpu_seconds"], 2),
            "rss_vs_gigabpe": round(mine["peak"] / peer["rss"], 2),
            "from_counts_vs_gigabpe": round(peer["cpu_seconds"] / mine["from_counts_cpu_seconds"], 2),
        }
    print(
        json.dumps(
            found
            | {
                "identical": same,
                **{
                    f"vs_{name}": round(results[name]["seconds"] / mine["seconds"], 2)
                    for name in results
                    if name not in ("ours", "hf", "gigabpe")
                },
            }
        )
    )


if __name__ == "__main__":
    main()
