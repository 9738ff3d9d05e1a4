"""Packed rows to batches for training.

Read in this order: packed (rows on disk, memory-mapped), shuffle (a permutation that needs no memory), mixture (how
many tokens from which source), batch (rows to ids, targets, positions), loader (all of these together: divided among
ranks, resumable bit by bit).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Loader": "loader",
        "PackedData": "packed",
        "Batch": "batch",
        "make_batch": "batch",
        "mixture_shares": "mixture",
        "shuffled": "shuffle",
    },
)
