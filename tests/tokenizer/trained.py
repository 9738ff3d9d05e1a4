"""Words of some documents counted, and merges learned from them."""

import pyarrow as pa

from corpus.kernels.utf8 import string_buffers
from tokenizer.kernels.words import WordTable
from tokenizer.scanner.pretokenize import scan
from tokenizer.training.bpe import Merges, train


def count(documents: list[str], pattern: str) -> WordTable:
    column = pa.array(documents, pa.large_string())
    data, offsets = string_buffers(column)
    ends, _ = scan(column, pattern)
    table = WordTable()
    table.add(data, int(offsets[0]), ends)
    return table


def ours(documents: list[str], size: int, pattern: str, **options) -> Merges:
    table = count(documents, pattern)
    return train(table.column(), table.counts(), size, **options)
