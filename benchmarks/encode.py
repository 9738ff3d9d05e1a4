"""Encoding real text with one tokenizer of 50,304 tokens: ours, HF tokenizers 1.0 and before, tiktoken and gigatoken,
one core each.

    HANJI_MIRROR=DIR python -m benchmarks.encode [--megabytes N] [--pattern cl100k|gpt2|qwen2|hanji]

The tokenizer is trained first, on a tenth of the same text. All encode the same documents and must give the same ids.
"first" is the first pass over the text, with an empty cache; "again" the second. CPU seconds of the process, the least
of three runs (one for tiktoken and HF before 1.0, which are slow); MB are of UTF-8. HF before 1.0 encodes only a
twentieth of the text, because it is slow. HF 1.0 runs in separate processes and is installed into a folder of the
user's cache. A peer that cannot be installed or does not support the pattern is null. Last line: JSON; ratios of first
passes unless named "again".
"""

import os

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import command_line
from benchmarks.texts import KINDS, texts, up_to
from benchmarks.timing import cpu_seconds

SHARE_OF_HF = 20
BATCH = 500
RUNS = 3


def learn(documents: list[str], pattern: str, directory: Path) -> None:
    """A tokenizer of 50,304 tokens, with the defaults of train_tokenizer except the pattern, which peers must
    support."""
    from corpus.kernels.utf8 import string_buffers
    from tokenizer.kernels.words import WordTable
    from tokenizer.scanner.pretokenize import scan
    from tokenizer.training.bpe import train
    from tokenizer.training.files import write_tokenizer

    column = pa.array(documents, pa.large_string())
    data, offsets = string_buffers(column)
    table = WordTable()
    table.add(data, int(offsets[0]), scan(column, pattern)[0])
    merges = train(table.column(), table.counts(), 50301, whole_characters=True)
    write_tokenizer(directory, merges, pattern, 50304)


def encode(encoder: Any, column: pa.Array) -> np.ndarray:
    """The ids of a column, batch by batch as a pipeline would."""
    return np.concatenate([encoder.encode_column(column[i : i + BATCH])[0] for i in range(0, len(column), BATCH)])


def tiktoken_encoding(directory: Path) -> Any:
    """The same tokenizer for tiktoken: its ranks are the order of the merges."""
    import tiktoken

    from tokenizer.encoding.definition import define, token_bytes
    from tokenizer.scanner.patterns import NAMES, REGEXES

    content = json.loads((directory / "tokenizer.json").read_text())
    regex = REGEXES[NAMES[define(content).pattern]]
    tokens = token_bytes(content, 50304)
    ranks = {token: n for n, token in enumerate(tokens) if n >= 3}
    return tiktoken.Encoding("bench", pat_str=regex, mergeable_ranks=ranks, special_tokens={})


def flat(documents: Iterable[Any]) -> np.ndarray:
    return np.concatenate([np.asarray(ids, np.int64) for ids in documents])


HF1 = "tokenizers==1.0.0rc3"


def install_hf1() -> Path | None:
    """The folder with only HF tokenizers 1.0, installed at the first call; None if pip fails."""
    folder = Path(os.environ["NUMBA_CACHE_DIR"]).parent / HF1.replace("==", "-")
    if not (folder / "tokenizers").is_dir():
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), HF1]
        if subprocess.run(command).returncode:
            return None
    return folder


def run_hf1(folder: Path, directory: Path, column: pa.Array) -> tuple[dict[str, float], np.ndarray]:
    """CPU seconds of HF tokenizers 1.0, first and again, in a separate process, and its ids."""
    with pa.OSFile(str(directory / "column.arrow"), "wb") as file:
        table = pa.table({"text": column})
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    command = [sys.executable, "-m", "benchmarks.encode", "--hf1", str(directory)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    found = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(found.stdout.splitlines()[-1]), np.load(directory / "hf1.npy")


def hf1_worker(directory: Path) -> None:
    """The program that `run_hf1` starts."""
    from tokenizers import Tokenizer

    documents = pa.ipc.open_file(str(directory / "column.arrow")).read_all()["text"].to_pylist()
    tokenizer: Any = Tokenizer.from_file(str(directory / "tokenizer.json"))  # another release than the type checker's
    rows = {}
    for run in ("first", "again"):
        rows[run], encodings = cpu_seconds(
            lambda: [tokenizer.encode(d, add_special_tokens=False, encode_special_tokens=True) for d in documents]
        )
    np.save(directory / "hf1.npy", flat([e.ids for e in encodings]))
    print(json.dumps(rows))


def measure(documents: list[str], directory: Path, hf1: Path | None, giga: bool) -> tuple[dict[str, float], bool]:
    """MB per CPU second of each encoder on the documents of one kind, and whether all ids are the same."""
    import gigatoken
    from tokenizers import Tokenizer

    from tokenizer.encoding.encode import Encoder

    size = sum(len(text.encode()) for text in documents) / 1e6
    column = pa.array(documents, pa.large_string())
    least: dict[str, float] = {}
    same = True

    def note(name: str, seconds: float, ids: np.ndarray | None = None) -> None:
        nonlocal same
        least[name] = min(least.get(name, float("inf")), seconds)
        same &= ids is None or bool(np.array_equal(ours, ids))

    for _ in range(RUNS):  # in turns, so that other load on the machine affects all
        encoder = Encoder.from_file(directory)
        peer = gigatoken.Tokenizer(str(directory)) if giga else None
        for run in ("first", "again"):
            seconds, ours = cpu_seconds(encode, encoder, column)
            note(f"ours {run}", seconds)
            if peer is not None:
                seconds, theirs = cpu_seconds(peer.encode_batch, documents, parallel=False)
                note(f"gigatoken {run}", seconds, flat([np.asarray(one) for one in theirs]))
        if hf1 is not None:
            rows, ids = run_hf1(hf1, directory, column)
            for run, seconds in rows.items():
                note(f"hf1 {run}", seconds, ids)
    seconds, tik_ids = cpu_seconds(lambda: list(map(tiktoken_encoding(directory).encode_ordinary, documents)))
    note("tiktoken", seconds, flat(tik_ids))
    speeds = {name: size / seconds for name, seconds in least.items()}
    few = documents[::SHARE_OF_HF]
    hf = Tokenizer.from_file(str(directory / "tokenizer.json"))
    hf.encode_special_tokens = True
    seconds, encodings = cpu_seconds(hf.encode_batch_fast, few, add_special_tokens=False)
    few_ids, _ = encoder.encode_column(pa.array(few, pa.large_string()))
    same &= bool(np.array_equal(few_ids, flat([e.ids for e in encodings])))
    speeds["hf"] = sum(len(text.encode()) for text in few) / 1e6 / seconds
    return speeds, same


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--megabytes", type=float, default=30, help="of each kind")
    parser.add_argument("--pattern", default="cl100k", choices=("gpt2", "cl100k", "qwen2", "hanji"))
    parser.add_argument("--hf1", type=Path, help=argparse.SUPPRESS)
    arguments = command_line.parse(parser)
    if arguments.hf1:
        hf1_worker(arguments.hf1)
        return

    import corpus  # noqa: F401 - sets the cache folder
    from tokenizer.encoding.encode import Encoder
    from tokenizer.scanner.patterns import LLAMA_CPP

    known = arguments.pattern in LLAMA_CPP  # for other programs
    hf1 = install_hf1() if known else None
    versions = {name: metadata.version(name) for name in ("gigatoken", "tiktoken", "tokenizers")}
    print(", ".join(f"{name} {version}" for name, version in versions.items()), HF1 if hf1 else "", sep=", ")
    speeds: dict[str, dict[str, float]] = {}
    same = True
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        samples = {kind: up_to(texts(kind), arguments.megabytes * 1e6) for kind in KINDS}
        learn([text for documents in samples.values() for text in documents[::10]], arguments.pattern, directory)
        Encoder.from_file(directory).encode("kernels are compiled")
        for kind, documents in samples.items():
            speeds[kind], alike = measure(documents, directory, hf1, known)
            same &= alike
            print(f"{kind:8}" + "  ".join(f"{name} {speed:.1f}" for name, speed in speeds[kind].items()), flush=True)

    def ratios(run: str, peer: str) -> dict[str, float] | None:
        if any(peer not in row for row in speeds.values()):
            return None
        return {kind: round(row[f"ours {run}"] / row[peer], 2) for kind, row in speeds.items()}

    found = {
        "vs_hf1_first": ratios("first", "hf1 first"),
        "vs_hf1_again": ratios("again", "hf1 again"),
        "vs_gigatoken_first": ratios("first", "gigatoken first"),
        "vs_gigatoken_again": ratios("again", "gigatoken again"),
        "vs_hf": ratios("first", "hf"),
        "vs_tiktoken": ratios("first", "tiktoken"),
    }
    print(
        json.dumps(
            found
            | {
                "worst_vs_hf1": min(found["vs_hf1_first"].values()) if found["vs_hf1_first"] else None,
                "worst_vs_gigatoken": min(found["vs_gigatoken_first"].values())
                if found["vs_gigatoken_first"]
                else None,
                "ko_mb_per_s": round(speeds["ko"]["ours first"], 1),
                "identical": same,
            }
        )
    )


if __name__ == "__main__":
    main()
