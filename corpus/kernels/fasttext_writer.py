"""A classifier without a dictionary as a file that fastText itself reads: .bin, format 12, softmax."""

import struct
from typing import BinaryIO

import numpy as np

from corpus.kernels.fasttext_file import MAGIC, PREFIX, SOFTMAX, SUPERVISED


def write_model(
    file: BinaryIO,
    inputs: np.ndarray,
    outputs: np.ndarray,
    labels: dict[str, int],
    ngrams: int,
    subwords: tuple[int, int],
) -> None:
    """Write rows of hash values float32[buckets, width] and of labels float32[labels, width]; `labels` are their names
    and how many texts had them."""
    buckets, width = inputs.shape
    # dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate, t
    arguments = (width, 5, 5, 1, 5, ngrams, SOFTMAX, SUPERVISED, buckets, *subwords, 100)
    file.write(struct.pack("<ii12id", MAGIC, 12, *arguments, 1e-4))
    file.write(struct.pack("<iiiqq", len(labels), 0, len(labels), sum(labels.values()), -1))
    for name, count in labels.items():
        file.write(f"{PREFIX}{name}".encode() + b"\0" + struct.pack("<qb", count, 1))
    for matrix in (inputs, outputs):
        file.write(struct.pack("<?qq", False, *matrix.shape))
        file.write(np.ascontiguousarray(matrix, np.float32).tobytes())
