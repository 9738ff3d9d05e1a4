"""A corpus as fixed rows of token ids.

Read in this order: corpus (the whole step, one task per shard), packer (a stream of documents to rows, in bounded
memory), best_fit and rows (the row of each document, and the copying), token_files (the same rows as nanoGPT's and
Megatron-LM's files).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "pack_corpus": "corpus",
        "Packer": "packer",
        "PackSettings": "packer",
        "write_nanogpt": "token_files",
        "write_megatron": "token_files",
    },
)
