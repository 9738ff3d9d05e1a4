"""A fastText classifier as a kernel beside fastText itself: megabytes of text a second of CPU time, in one process.

    python -m benchmarks.quality_model --model MODEL.bin [--texts FILE.json.gz …] [--megabytes 8] [--runs 3]

Both predict the same texts with the same file; fastText through the module `fasttext` (fasttext-predict). The largest
difference between the probabilities of one label is also reported. Without --model a model with random weights is made,
of the shape of public quality classifiers: 200,000 words of the texts, vectors of 64 numbers, no subwords, word pairs
in 2²⁰ hash values. Last line: JSON.
"""

import gzip
import json
import struct
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from benchmarks import command_line
from benchmarks.timing import cpu_seconds
from corpus.kernels.fasttext import weigh
from corpus.kernels.fasttext_file import MAGIC, SOFTMAX, read_model


def texts_of(files: list[Path], megabytes: float) -> list[str]:
    """The first texts of the files (JSON lines with a field `text`), without newlines, as fastText requires."""
    texts, size = [], 0.0
    for file in files:
        with gzip.open(file) as lines:
            for line in lines:
                texts.append(orjson.loads(line)["text"].replace("\n", " "))
                size += len(texts[-1].encode()) / 1e6
                if size >= megabytes:
                    return texts
    return texts


def random_model(
    texts: list[str], path: Path, width: int, ngrams: int, buckets: int, known: int, subwords: tuple[int, int]
) -> None:
    """A dense model over the most common words of the texts, in fastText's format."""
    counts = Counter(word for text in texts for word in text.split())
    words = [("</s>", len(texts)), *counts.most_common(known)]
    values = np.random.default_rng(0)
    with path.open("wb") as file:
        head = (MAGIC, 12, width, 5, 5, 1, 5, ngrams, SOFTMAX, 3, buckets, *subwords, 100)
        file.write(struct.pack("<14id", *head, 1e-4))
        file.write(struct.pack("<iiiqq", len(words) + 2, len(words), 2, sum(counts.values()), -1))
        for word, count in words:
            file.write(word.encode() + b"\0" + struct.pack("<qb", count, 0))
        for label in (b"__label__hq", b"__label__cc"):
            file.write(label + b"\0" + struct.pack("<qb", 1, 1))
        rows = len(words) + (buckets if ngrams > 1 or subwords[1] else 0)
        file.write(struct.pack("<?qq", False, rows, width))
        file.write(values.normal(size=(rows, width)).astype(np.float32).tobytes())
        file.write(struct.pack("<?qq", False, 2, width) + values.normal(size=(2, width)).astype(np.float32).tobytes())


def _fastest(runs: int, function: Callable[[], Any]) -> tuple[float, Any]:
    function()  # not counted: compiles, fills caches
    return cpu_seconds(function, runs=runs)


def compare(path: Path, texts: list[str], runs: int) -> dict[str, Any]:
    """Both on the same texts: MB/s of CPU time, and the largest difference."""
    import fasttext

    model, reference = read_model(path), fasttext.load_model(str(path))
    label = f"__label__{model.labels[0]}"
    array = pa.array(texts)
    one = np.eye(1, len(model.labels))[0]
    ours, (mine, _) = _fastest(runs, lambda: weigh(array, model, one))
    theirs, known = _fastest(runs, lambda: [reference.predict(text, k=-1, threshold=-1.0) for text in texts])
    expected = [dict(zip(names, values, strict=True)).get(label, 0) for names, values in known]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    return {
        "megabytes": round(megabytes, 1),
        "mb_per_second": round(megabytes / ours, 1),
        "fasttext_mb_per_second": round(megabytes / theirs, 1),
        "ratio": round(theirs / ours, 2),
        "largest_difference": float(np.abs(np.minimum(expected, 1) - mine).max()),
    }


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--model", type=Path, help="a .bin or .ftz; without it one with random weights")
    parser.add_argument("--texts", type=Path, nargs="+", required=True, help="gzipped JSON lines with a field text")
    parser.add_argument("--megabytes", type=float, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--width", type=int, default=64, help="of the random model's vectors")
    parser.add_argument("--ngrams", type=int, default=2, help="words in the longest n-gram of the random model")
    parser.add_argument("--buckets", type=int, default=1 << 20, help="hash values of the random model")
    parser.add_argument("--words", type=int, default=200_000, help="in the random model's dictionary, at most")
    parser.add_argument(
        "--subwords", type=int, nargs=2, default=(0, 0), help="characters in a subword of the random model: from, to"
    )
    options = command_line.parse(parser)
    texts = texts_of(options.texts, options.megabytes)
    with tempfile.TemporaryDirectory() as folder:
        path = options.model or Path(folder) / "random.bin"
        if options.model is None:
            random_model(texts, path, options.width, options.ngrams, options.buckets, options.words, options.subwords)
        print(json.dumps(compare(path, texts, options.runs)))


if __name__ == "__main__":
    main()
