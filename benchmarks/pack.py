"""Packing beside datatrove's DocumentTokenizer: MB of text per second on one core, from corpus shards to tokens on
disk.

    python -m benchmarks.pack [--corpus DIR --tokenizer DIR] [--peer-megabytes 20]

Ours packs the whole corpus into rows by best fit, checksums and manifests included; datatrove tokenizes with HF
tokenizers and the same tokenizer.json and writes one stream of tokens in the order of the documents, which its loader
cuts at the end of each row. Both are bound to one core. The peer gets the first documents of every source,
`--peer-megabytes` in all, in the proportion of the corpus. Without --corpus the mini recipe is built from HANJI_MIRROR
and a 50k tokenizer trained on it.
"""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks import command_line
from benchmarks.corpora import build_mini
from corpus.engine.local import LocalEngine
from corpus.shards import read_shard, shard_paths
from model.packing.corpus import pack_corpus
from model.packing.packer import PackSettings


def prepare(folder: Path) -> tuple[Path, Path]:
    """The mini corpus and a tokenizer trained on it."""
    from pipelines import train_tokenizer

    corpus = build_mini(folder / "corpus")
    train_tokenizer.main(corpus=corpus, out=folder / "tokenizer", vocab_size=50_304)
    return corpus, folder / "tokenizer"


def sample(corpus: Path, share: float) -> Iterator[str]:
    """The first documents of each shard, up to a share of its bytes."""
    for path in shard_paths(corpus):
        left = share * path.stat().st_size
        for batch in read_shard(path):
            for text in batch["text"].to_pylist():
                if left > 0:
                    left -= len(text.encode())
                    yield text


def datatrove(texts: list[str], tokenizer: Path, folder: Path) -> float:
    """Seconds for DocumentTokenizer to write the tokens of the texts, each ended by EOS."""
    from datatrove.data import Document
    from datatrove.pipeline.tokens import DocumentTokenizer

    step = DocumentTokenizer(str(folder), str(tokenizer / "tokenizer.json"), eos_token="</s>", shuffle_documents=False)
    step.tokenizer.encode("한지 paper")  # loading is not counted
    documents = (Document(text=text, id=str(i)) for i, text in enumerate(texts))
    begun = time.perf_counter()
    step.run(documents)
    return time.perf_counter() - begun


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--tokenizer", type=Path)
    parser.add_argument("--peer-megabytes", type=float, default=20)
    options = command_line.parse(parser)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    with tempfile.TemporaryDirectory() as scratch:
        corpus, tokenizer = options.corpus, options.tokenizer
        if corpus is None or tokenizer is None:
            corpus, tokenizer = prepare(Path(scratch))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        with LocalEngine(1) as engine:
            pack_corpus(corpus, tokenizer, Path(scratch) / "warm", PackSettings(seq_len=1024), engine)  # compiles
            begun = time.perf_counter()
            packed = pack_corpus(corpus, tokenizer, Path(scratch) / "packed", PackSettings(seq_len=4096), engine)
            ours = packed["text_bytes"] / 1e6 / (time.perf_counter() - begun)
        texts = list(sample(corpus, options.peer_megabytes * 1e6 / packed["text_bytes"]))
        size = sum(len(text.encode()) for text in texts) / 1e6
        peer = size / datatrove(texts, tokenizer, Path(scratch) / "datatrove")
    table = Table("", "MB of text", "MB/s on one core", "positions filled", box=SIMPLE, title="Packing")
    table.add_row(
        "hanji, best fit, rows of 4,096", f"{packed['text_bytes'] / 1e6:.0f}", f"{ours:.1f}", f"{packed['filled']:.2%}"
    )
    table.add_row("datatrove DocumentTokenizer", f"{size:.0f}", f"{peer:.1f}", "documents cut")
    Console().print(table)
    filled, dropped = round(packed["filled"], 5), packed["dropped_tokens"]
    print(
        json.dumps({"mb_s_core": round(ours, 1), "ratio": round(ours / peer, 1), "filled": filled, "dropped": dropped})
    )


if __name__ == "__main__":
    main()
