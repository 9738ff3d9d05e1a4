"""How a step's tokens are divided into micro-batches."""


def micro_batches(batch_tokens: int, seq_len: int, micro_rows: int, ranks: int) -> tuple[int, int]:
    """Rows per micro-batch and micro-batches per step of each rank: as near to `batch_tokens` as whole rows allow.

    The micro-batch is the largest divisor of a rank's rows that is not above `micro_rows`.
    """
    rows = max(1, round(batch_tokens / (seq_len * ranks)))
    micro = max(m for m in range(1, min(micro_rows, rows) + 1) if rows % m == 0)
    return micro, rows // micro
