"""Tokenizers: pre-token scanner, word counts, BPE trainer and encoder, and the measures that compare them.

Read the folders in this order: scanner (text to pre-tokens), training (word counts, merges, the tokenizer directory),
encoding (text to ids), analysis (what is measured of a tokenizer), page (the report); kernels is what they share.
report.py makes fertility.json of the measures, superwords.py learns tokens of several words, directory.py names the
files of a tokenizer directory.

Importing `corpus` first tells Numba where compiled kernels are kept.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Encoder": "encoding.encode",
        "train": "training.bpe",
        "count_shards": "training.counts",
        "write_tokenizer": "training.files",
        "as_subject": "analysis.subject",
        "measure": "analysis.fertility",
    },
)
