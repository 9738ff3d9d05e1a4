"""Reading beside datatrove and datasets: MB/s of decoded text per core, on the same files in one run.

    HANJI_MIRROR=… python -m benchmarks.read [--rounds 3]

Small upstream files are concatenated to one file each (gzip members and zstd frames may be concatenated). The figure is
bytes of text per second of processor time of all threads, best of the rounds; all count the same texts and must find
the same number. Last line: the ratio to the faster peer.
"""

import json
import logging
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyarrow.compute as pc

from benchmarks import command_line
from benchmarks.timing import cpu_seconds

HUB = "huggingface.co/datasets"
FILES = {
    "json_gz": ("text.json.gz", [f"allenai/c4/multilingual/c4-ko.tfrecord-{i:05}-of-01024.json.gz" for i in range(4)]),
    "jsonl_zst": ("text.jsonl.zst", ["monology/pile-uncopyrighted/train/00.jsonl.zst"] * 3),
    "parquet": ("text.parquet", ["wikimedia/wikipedia/20231101.ko/train-00000-of-00003.parquet"]),
}
DUMP = "dumps.wikimedia.org/enwiki/20240101/enwiki-20240101-pages-articles1.xml-p10p30302.bz2"
Found = tuple[int, int]  # documents, bytes of text


def hanji(path: Path) -> Found:
    from corpus.readers import read

    documents = size = 0
    for columns in read(path, {"text": ("text",)}):
        documents += len(columns.rows)
        size += pc.sum(pc.binary_length(columns.columns["text"])).as_py() or 0
    return documents, size


def datatrove(path: Path) -> Found:
    from datatrove.pipeline.readers import JsonlReader, ParquetReader

    kind = ParquetReader if path.suffix == ".parquet" else JsonlReader
    return _count(document.text for document in kind(str(path.parent), glob_pattern=path.name)())


def datasets(path: Path) -> Found:
    from datasets import load_dataset

    kind = "parquet" if path.suffix == ".parquet" else "json"
    return _count(row["text"] for row in load_dataset(kind, data_files=str(path), split="train", streaming=True))


def wikipedia(path: Path) -> Found:
    """The dump's articles as clean text."""
    from corpus.document import Part
    from corpus.sources import source

    kind = source("wikipedia-dump", {"date": "20240101", "language": "en", "files": [path.name]})
    chunks = [chunk.records["text"] for chunk in kind.read(path, Part("wikipedia-dump", str(path)))]
    return sum(map(len, chunks)), sum(pc.sum(pc.binary_length(texts)).as_py() for texts in chunks)


def _count(texts: Iterable[str]) -> Found:
    lengths = [len(text.encode()) for text in texts if text]
    return len(lengths), sum(lengths)


def main() -> None:
    """Print a table and the ratios."""
    parser = command_line.parser(__doc__, "mirror")
    parser.add_argument("--rounds", type=int, default=3)
    options = command_line.parse(parser)
    rounds, mirror = options.rounds, options.mirror
    logging.disable(logging.WARNING)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    ratios = {}
    counted: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (file, sources) in FILES.items():
            path = Path(folder, name, file)
            path.parent.mkdir()
            path.write_bytes(b"".join((mirror / HUB / source).read_bytes() for source in sources))
            speeds = {}
            for read in (hanji, datatrove, datasets):
                read(path)  # not counted
                seconds, found = cpu_seconds(read, path, runs=rounds)
                if counted.setdefault(name, found) != found:
                    raise RuntimeError(f"{name}: {read.__name__} found {found}, hanji {counted[name]}")
                speeds[read.__name__] = found[1] / seconds / 1e6
                print(
                    f"{name:10} {read.__name__:10} {speeds[read.__name__]:8.1f} MB/s  {found[0]} documents", flush=True
                )
            ratios[name] = round(speeds["hanji"] / max(speeds["datatrove"], speeds["datasets"]), 2)
    wikipedia(mirror / DUMP)  # not counted
    seconds, found = cpu_seconds(wikipedia, mirror / DUMP, runs=rounds)
    print(f"xml_bz2    hanji      {found[1] / seconds / 1e6:8.1f} MB/s  {found[0]} articles of wikitext made text")
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
