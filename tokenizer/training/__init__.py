"""Word counts and the BPE trainer.

Read in this order: sample (which documents a tokenizer is trained on), counts (words counted once, by source and
language), morphemes (boundaries that no merge crosses), bpe (merges from counts), files (the tokenizer directory that
transformers reads).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "SampleSettings": "sample",
        "count_shards": "counts",
        "weighted": "counts",
        "train": "bpe",
        "Merges": "bpe",
        "write_tokenizer": "files",
        "tokenizer_json": "files",
        "split_words": "morphemes",
    },
)
