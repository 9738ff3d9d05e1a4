"""How a step's tokens are divided into micro-batches."""

from corpus.errors import UserError


def global_rows(batch_tokens: int, seq_len: int, micro_rows: int) -> int:
    """Rows of a step over all devices, for any number of them: as close to `batch_tokens` as full micro-batches allow.

    A number of rows with a divisor above half of `micro_rows` is unchanged; 977 rows, which have none, become 976 at 8.
    """
    rows = max(1, round(batch_tokens / (seq_len)))
    if rows <= micro_rows or _largest(rows, micro_rows) * 2 > micro_rows:
        return rows
    return max(micro_rows, round(rows / micro_rows) * micro_rows)


def micro_batches(batch_tokens: int, seq_len: int, micro_rows: int, ranks: int) -> tuple[int, int]:
    """Rows per micro-batch and micro-batches per step of each rank.

    The global batch is the same for every number of ranks. Raises UserError, with batches that would fit, where the
    ranks cannot share it in micro-batches of more than half of `micro_rows` rows.
    """
    rows = global_rows(batch_tokens, seq_len, micro_rows)
    mine = rows // ranks
    micro = _largest(mine, micro_rows) if rows % ranks == 0 else 0
    if micro and (micro == mine or micro * 2 > micro_rows):
        return micro, mine // micro
    unit = ranks * micro_rows
    near = sorted({max(1, rows // unit) * unit, (rows // unit + 1) * unit})
    fits = " or ".join(f"{count * seq_len:,} ({count:,} rows)" for count in near)
    raise UserError(
        f"train.batch_tokens {batch_tokens:,} is {rows:,} rows of {seq_len:,} tokens, which {ranks} devices"
        " cannot share"
        f" in micro-batches of {micro_rows} rows. Set train.batch_tokens to {fits}, or use another number of devices."
    )


def batch_note(batch_tokens: int, seq_len: int, rows: int) -> str:
    """A warning if a step differs from `batch_tokens`, or nothing."""
    found = rows * seq_len
    if found == batch_tokens:
        return ""
    return (
        f"A step takes {found:,} tokens ({rows:,} rows), not {batch_tokens:,}: batches consist of whole micro-batches."
    )


def _largest(rows: int, limit: int) -> int:
    return max((m for m in range(1, min(limit, rows) + 1) if rows % m == 0), default=0)
