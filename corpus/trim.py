"""Remove what matching left but the corpus must not keep: repeated spans and test items.

One task per part, between match and commit. It writes the shorter texts and their rows, and an empty text for a
document that is cut completely. The commit puts them in the place of the clean ones and leaves out empty texts.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.duplicates.dropped import Dropped
from corpus.engine.task import TaskRecord, run_task
from corpus.repeats.cuts import SPAN_BYTES, apply_cuts, read_cuts
from corpus.stored import CHANGED, TEXTS, batches

VERSION = 3
STORED = 2  # of how the texts are stored; the corpus is the same


@dataclass(frozen=True)
class TrimTask:
    """One clean part and the folders of its cut lists."""

    source: str
    documents: Path
    content: str  # SHA-256 of documents.arrow
    part: int
    dropped: Dropped  # duplicates, which need no cuts
    cuts: tuple[Path, ...]
    directory: Path
    least: int = SPAN_BYTES  # bytes in a row that a repeated span takes


def trim_part(task: TrimTask) -> TaskRecord:
    """Apply a part's cuts.

    Writes texts.arrow if there are any; returns documents and bytes dropped by reason, and bytes cut.
    """
    cuts = read_cuts(task.cuts)
    cuts = cuts.filter(pa.array(~np.isin(cuts["row"].to_numpy(), task.dropped.rows(task.part))))
    chosen = hashlib.sha256(repr(cuts.to_pylist()).encode()).hexdigest()
    return run_task(
        task.directory,
        lambda out: _trim(task, cuts, out),
        settings=[task.content, chosen, task.least],
        version=[VERSION, STORED],
        thorough=True,
    )


def _trim(task: TrimTask, cuts: pa.Table, out: Path) -> dict[str, Any]:
    dropped: Counter[str] = Counter()
    dropped_bytes = cut_bytes = cut_documents = 0
    if cuts.num_rows:
        whole = cuts.filter(pc.less(cuts["end"], 0))
        reasons = dict(zip(whole["row"].to_pylist(), whole["kind"].to_pylist(), strict=True))
        start = 0
        with pa.OSFile(str(out / TEXTS), "wb") as sink, pa.ipc.new_file(sink, CHANGED) as writer:
            for batch in batches(task.documents, ["text"]):
                before = pc.binary_length(batch["text"]).to_numpy().astype(np.int64)
                texts, lost = apply_cuts(batch["text"], start, cuts, task.least)
                texts = pc.if_else(pa.array(lost > 0), pc.utf8_trim_whitespace(texts), texts)
                after = pc.binary_length(texts).to_numpy().astype(np.int64)
                gone = (after == 0) & (before > 0)
                for row in np.flatnonzero(gone).tolist():
                    dropped[reasons.get(start + row, "nothing left")] += 1
                dropped_bytes += int(before[gone].sum())
                shorter = (after < before) & ~gone
                cut_documents += int(shorter.sum())
                cut_bytes += int((before - after)[shorter].sum())
                rows = np.flatnonzero(after != before)
                if len(rows):
                    columns = [pa.array(start + rows), texts.take(pa.array(rows))]
                    writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=CHANGED))
                start += batch.num_rows
    return {
        "dropped": dict(sorted(dropped.items())),
        "dropped_bytes": dropped_bytes,
        "cut_documents": cut_documents,
        "cut_bytes": cut_bytes,
    }
