"""Encoding real text with one tokenizer of 50,304 tokens: ours, HF tokenizers 1.0 and before, tiktoken, gigatoken,
tokie and ffbpe, one core each.

    HANJI_MIRROR=DIR python -m benchmarks.encode [--megabytes N] [--pattern cl100k|gpt2|qwen2|hanji]

The tokenizer is trained first, on a tenth of the same text. All encode the same documents and must give the same ids.
"first" is the first pass over the text, with an empty cache; "again" the second. CPU seconds of the process, the least
of three runs (one for tiktoken and HF before 1.0, which are slow); MB are of UTF-8. HF before 1.0 encodes only a
twentieth of the text, because it is slow. HF 1.0, tokie and ffbpe run in separate processes and are installed into
folders of the user's cache; the last two, which are slow too, encode a tenth of the text, and whether their ids are the
same is reported for each. A peer that cannot be installed or does not support the pattern is null. Last line: JSON;
ratios of first passes unless named "again".
"""

import os

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module, metadata
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


def tiktoken_arguments(directory: Path) -> dict[str, Any]:
    """The same tokenizer as tiktoken takes it: its ranks are the order of the merges."""
    from tokenizer.encoding.definition import define, token_bytes
    from tokenizer.scanner.patterns import NAMES, REGEXES

    content = json.loads((directory / "tokenizer.json").read_text())
    regex = REGEXES[NAMES[define(content).pattern]]
    tokens = token_bytes(content, 50304)
    ranks = {token: n for n, token in enumerate(tokens) if n >= 3}
    return {"name": "bench", "pat_str": regex, "mergeable_ranks": ranks, "special_tokens": {}}


def flat(documents: Iterable[Any]) -> np.ndarray:
    return np.concatenate([np.asarray(ids, np.int64) for ids in documents])


APART = {"hf1": "tokenizers==1.0.0rc3", "tokie": "tokie==0.1.4", "ffbpe": "ffbpe==0.1.10"}
SHARE_OF_OTHERS = 10


def install(peer: str) -> Path | None:
    """The folder with only a peer of APART, installed at the first call; None if pip fails."""
    folder = Path(os.environ["NUMBA_CACHE_DIR"]).parent / APART[peer].replace("==", "-")
    if not folder.is_dir():
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), APART[peer]]
        if subprocess.run(command).returncode:
            return None
    return folder


def run_apart(peer: str, folder: Path, directory: Path, column: pa.Array) -> tuple[dict[str, float], np.ndarray]:
    """CPU seconds of a peer of APART, first and again, in a separate process, and its ids."""
    with pa.OSFile(str(directory / "column.arrow"), "wb") as file:
        table = pa.table({"text": column})
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    command = [sys.executable, "-m", "benchmarks.encode", "--apart", peer, str(directory)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
    found = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(found.stdout.splitlines()[-1]), np.load(directory / "ids.npy")


def apart(peer: str, directory: Path) -> None:
    """The program that `run_apart` starts."""
    encode_one = {"hf1": _hf1, "tokie": _tokie, "ffbpe": _ffbpe}[peer](directory)
    documents = pa.ipc.open_file(str(directory / "column.arrow")).read_all()["text"].to_pylist()
    rows = {}
    for run in ("first", "again"):
        rows[run], found = cpu_seconds(lambda: [encode_one(text) for text in documents])
    np.save(directory / "ids.npy", flat(found))
    print(json.dumps(rows))


def _hf1(directory: Path) -> Callable[[str], Any]:
    from tokenizers import Tokenizer

    tokenizer: Any = Tokenizer.from_file(str(directory / "tokenizer.json"))  # another release than the type checker's
    return lambda text: tokenizer.encode(text, add_special_tokens=False, encode_special_tokens=True).ids


def _tokie(directory: Path) -> Callable[[str], Any]:
    tokenizer = import_module("tokie").Tokenizer.from_json(str(directory / "tokenizer.json"))
    return lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def _ffbpe(directory: Path) -> Callable[[str], Any]:
    import corpus  # noqa: F401 - sets the cache folder

    encoding = import_module("ffbpe").Encoding(**tiktoken_arguments(directory))
    return lambda text: encoding.encode_ordinary(text)


def measure(
    documents: list[str], directory: Path, peers: Mapping[str, Path], giga: bool
) -> tuple[dict[str, float], bool, dict[str, bool]]:
    """MB per CPU second of each encoder on the documents of one kind, whether all ids are the same, and for which of
    the peers that encode a part only."""
    import gigatoken
    import tiktoken
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
        if "hf1" in peers:
            rows, ids = run_apart("hf1", peers["hf1"], directory, column)
            for run, seconds in rows.items():
                note(f"hf1 {run}", seconds, ids)
    seconds, tik_ids = cpu_seconds(
        lambda: list(map(tiktoken.Encoding(**tiktoken_arguments(directory)).encode_ordinary, documents))
    )
    note("tiktoken", seconds, flat(tik_ids))
    speeds = {name: size / seconds for name, seconds in least.items()}
    few = documents[::SHARE_OF_HF]
    hf = Tokenizer.from_file(str(directory / "tokenizer.json"))
    hf.encode_special_tokens = True
    seconds, encodings = cpu_seconds(hf.encode_batch_fast, few, add_special_tokens=False)
    few_ids, _ = encoder.encode_column(pa.array(few, pa.large_string()))
    same &= bool(np.array_equal(few_ids, flat([e.ids for e in encodings])))
    speeds["hf"] = sum(len(text.encode()) for text in few) / 1e6 / seconds
    others = {}
    part = documents[::SHARE_OF_OTHERS]
    part_ids, _ = encoder.encode_column(pa.array(part, pa.large_string()))
    for name in peers.keys() - {"hf1"}:
        rows, ids = run_apart(name, peers[name], directory, pa.array(part, pa.large_string()))
        speeds |= {f"{name} {run}": sum(len(t.encode()) for t in part) / 1e6 / s for run, s in rows.items()}
        others[name] = bool(np.array_equal(part_ids, ids))
    return speeds, same, others


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--megabytes", type=float, default=30, help="of each kind")
    parser.add_argument("--pattern", default="cl100k", choices=("gpt2", "cl100k", "qwen2", "hanji"))
    parser.add_argument("--apart", nargs=2, help=argparse.SUPPRESS)
    arguments = command_line.parse(parser)
    if arguments.apart:
        peer, directory = arguments.apart
        apart(peer, Path(directory))
        return

    import corpus  # noqa: F401 - sets the cache folder
    from tokenizer.encoding.encode import Encoder
    from tokenizer.scanner.patterns import LLAMA_CPP

    known = arguments.pattern in LLAMA_CPP  # for other programs
    folders = {peer: install(peer) for peer in APART} if known else {}
    peers = {peer: folder for peer, folder in folders.items() if folder}
    versions = {name: metadata.version(name) for name in ("gigatoken", "tiktoken", "tokenizers")}
    print(*(f"{name} {version}" for name, version in versions.items()), *map(APART.__getitem__, peers), sep=", ")
    speeds: dict[str, dict[str, float]] = {}
    same = True
    others: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        samples = {kind: up_to(texts(kind), arguments.megabytes * 1e6) for kind in KINDS}
        learn([text for documents in samples.values() for text in documents[::10]], arguments.pattern, directory)
        Encoder.from_file(directory).encode("kernels are compiled")
        for kind, documents in samples.items():
            speeds[kind], alike, found_others = measure(documents, directory, peers, known)
            same &= alike
            others = {name: equal and others.get(name, True) for name, equal in found_others.items()}
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
        "vs_tokie": ratios("first", "tokie first"),
        "vs_ffbpe": ratios("first", "ffbpe first"),
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
                "identical_of_others": others,
            }
        )
    )


if __name__ == "__main__":
    main()
