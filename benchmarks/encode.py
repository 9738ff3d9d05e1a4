"""Encoding real text with one tokenizer of 50,304 tokens: ours, HF tokenizers, tiktoken and gigatoken, one core each.

    HANJI_MIRROR=DIR python -m benchmarks.encode [--megabytes N] [--pattern cl100k|gpt2]

The tokenizer is learned first, from a tenth of the same text. All encode the same documents and must give the same ids.
"first" is the first time that the encoder meets the text, with an empty cache; "again" the second. CPU seconds of the
process, the least of three runs (one for tiktoken and HF, which are slow enough); MB are of UTF-8. HF encodes a
twentieth of the text, for its time. Last line: JSON; the ratios compare first passes over all kinds.
"""

import os

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.texts import KINDS, texts

SHARE_OF_HF = 20
BATCH = 500
RUNS = 3


def some(kind: str, megabytes: float) -> list[str]:
    """The first documents of a kind, so many megabytes."""
    found, size = [], 0
    for text in texts(kind):
        found.append(text)
        size += len(text.encode())
        if size >= megabytes * 1e6:
            break
    return found


def learn(documents: list[str], pattern: str, directory: Path) -> None:
    """A tokenizer of 50,304 tokens, with the defaults of train_tokenizer but for the pattern, which peers have to
    know."""
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


def timed(function: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[float, Any]:
    """CPU seconds of a call, and its result."""
    begun = time.process_time()
    result = function(*arguments, **options)
    return time.process_time() - begun, result


def tiktoken_encoding(directory: Path, pattern: str) -> Any:
    """The same tokenizer for tiktoken: its ranks are the order of the merges."""
    import tiktoken

    from tokenizer.encoding.definition import token_bytes
    from tokenizer.scanner.patterns import REGEXES

    content = json.loads((directory / "tokenizer.json").read_text())
    tokens = token_bytes(content, 50304)
    ranks = {token: n for n, token in enumerate(tokens) if n >= 3}
    return tiktoken.Encoding("bench", pat_str=REGEXES[pattern], mergeable_ranks=ranks, special_tokens={})


def flat(documents: Iterable[Any]) -> np.ndarray:
    return np.concatenate([np.asarray(ids, np.int64) for ids in documents])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=30, help="of each kind")
    parser.add_argument("--pattern", default="cl100k", choices=("gpt2", "cl100k"))
    arguments = parser.parse_args()

    import gigatoken
    from tokenizers import Tokenizer

    from tokenizer.encoding.encode import Encoder

    samples = {kind: some(kind, arguments.megabytes) for kind in KINDS}
    spent: dict[str, float] = {}
    read: dict[str, float] = {}
    by_kind: dict[str, float] = {}
    same = True
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        learn([text for documents in samples.values() for text in documents[::10]], arguments.pattern, directory)
        hf = Tokenizer.from_file(str(directory / "tokenizer.json"))
        hf.encode_special_tokens = True
        tik = tiktoken_encoding(directory, arguments.pattern)
        Encoder.from_file(directory).encode("kernels are compiled")
        print(
            f"{'':8}{'MB':>6}"
            + "".join(f"{n:>16}" for n in ("ours first", "ours again", "gigatoken first", "again", "tiktoken", "HF"))
        )
        for kind, documents in samples.items():
            size = sum(len(text.encode()) for text in documents) / 1e6
            column = pa.array(documents, pa.large_string())
            few = documents[::SHARE_OF_HF]
            few_size = sum(len(text.encode()) for text in few) / 1e6

            rows = dict.fromkeys(("ours first", "ours again", "giga first", "giga again"), float("inf"))
            for _ in range(RUNS):  # by turns, so that what else the machine does falls on both
                encoder = Encoder.from_file(directory)
                giga = gigatoken.Tokenizer(str(directory))
                for run in ("first", "again"):
                    seconds, ids = timed(encode, encoder, column)
                    rows[f"ours {run}"] = min(rows[f"ours {run}"], seconds)
                    seconds, theirs = timed(giga.encode_batch, documents, parallel=False)
                    rows[f"giga {run}"] = min(rows[f"giga {run}"], seconds)
            rows["tiktoken"], tik_ids = timed(list, map(tik.encode_ordinary, documents))
            rows["hf"], encodings = timed(hf.encode_batch_fast, few, add_special_tokens=False)
            few_ids, _ = encoder.encode_column(pa.array(few, pa.large_string()))
            same &= bool(np.array_equal(few_ids, flat([e.ids for e in encodings])))
            same &= bool(np.array_equal(ids, flat(tik_ids)))
            same &= bool(np.array_equal(ids, flat([np.asarray(one) for one in theirs])))
            speeds = {name: (few_size if name == "hf" else size) / seconds for name, seconds in rows.items()}
            print(f"{kind:8}{size:6.1f}" + "".join(f"{speed:16.1f}" for speed in speeds.values()), flush=True)
            by_kind[kind] = round(speeds["ours first"] / speeds["giga first"], 2)
            for name, seconds in rows.items():
                spent[name] = spent.get(name, 0) + seconds
                read[name] = read.get(name, 0) + (few_size if name == "hf" else size)
    speed = {name: read[name] / spent[name] for name in spent}
    print(f"{'all':8}{read['ours first']:6.1f}" + "".join(f"{value:16.1f}" for value in speed.values()))
    print(
        json.dumps(
            {
                "mb_per_s": round(speed["ours first"], 1),
                "vs_hf": round(speed["ours first"] / speed["hf"], 1),
                "vs_gigatoken": round(speed["ours first"] / speed["giga first"], 2),
                "vs_gigatoken_by_kind": by_kind,
                "vs_gigatoken_again": round(speed["ours again"] / speed["giga again"], 2),
                "vs_tiktoken": round(speed["ours first"] / speed["tiktoken"], 1),
                "identical": same,
            }
        )
    )


if __name__ == "__main__":
    main()
