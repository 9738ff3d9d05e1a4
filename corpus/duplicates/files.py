"""Deduplicate somebody's files: JSON lines, parquet, or a Hugging Face dataset on disk, in the form they came in
(corpus/duplicates/inputs.py)."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.duplicates.dataset import NearDuplicateSettings, cluster_sizes, find_duplicates
from corpus.duplicates.inputs import (
    Input,
    copy_rows,
    describe_dataset,
    input_files,
    name_in,
    read_texts,
    unreadable_reasons,
    write_unreadable,
)
from corpus.engine.local import Engine
from corpus.engine.output import Maker, claim
from corpus.engine.task import file_sha256, write_json

MAKER = Maker("dedup", "a dataset without its duplicates")


def deduplicate_files(
    data: Path, column: str, out: Path, settings: NearDuplicateSettings, engine: Engine
) -> dict[str, Any]:
    """Write the files of `data` without their duplicates to `out`, under their names; what became of the records.

    `data` is a file, a folder of files (jsonl, also .gz and .zst; parquet) or a dataset on disk, also one of several
    splits. Beside the files come duplicates.parquet (file, row, survivor_file, survivor_row, kind, similarity),
    unreadable.jsonl and summary.json; where a file of the data has such a name, all three begin with "hanji-". Files
    of a folder that hold no text in `column` are left out and named in the summary. A folder `out` that was finished
    with these settings from the same files is left as it is. Raises UserError for an unknown format, a column that no
    file has, and a folder `out` that holds anything else.
    """
    root = data if data.is_dir() else data.parent
    left_out: dict[str, str] = {}
    inputs = [Input(path) for path in input_files(data, left_out)]
    identity = {
        "column": column,
        "files": {name_in(each.path, root): file_sha256(each.path) for each in inputs},
        **settings.model_dump(),
    }
    with claim(out, MAKER, identity) as output:
        if output.done:
            return dict(output.record)
        shutil.rmtree(output.work, ignore_errors=True)  # of an interrupted run
        made = output.staging()
        found = find_duplicates(
            read_texts(inputs, column, root, left_out), column, settings=settings, engine=engine, work=output.work
        )
        inputs = [each for each in inputs if name_in(each.path, root) not in left_out]
        known = [each.known for each in inputs]
        starts = np.cumsum([0, *(len(rows) for rows in known)])
        keep = np.ones(starts[-1], bool)
        keep[found["row"].to_numpy()] = False
        for each, rows, first in zip(inputs, known, starts[:-1], strict=True):
            copy_rows(each.path, made / each.path.relative_to(root), rows[keep[first : first + len(rows)]])
        describe_dataset(root, made, inputs)
        duplicates, unreadable, summary_name = _report_names({name_in(each.path, root) for each in inputs})
        _write_duplicates(found, inputs, known, starts, root, made / duplicates)
        summary = _summary(found, inputs, int(starts[-1])) | {"left_out": left_out}
        write_unreadable(inputs, root, made / unreadable)
        write_json(made / summary_name, summary | {"settings": settings.model_dump()})
        output.publish(made, summary_name, record=summary)
        shutil.rmtree(output.work, ignore_errors=True)
    return summary


def _report_names(taken: set[str]) -> list[str]:
    """Names for our own three files that no file of the data has."""
    names = ["duplicates.parquet", "unreadable.jsonl", "summary.json"]
    while taken.intersection(names):
        names = [f"hanji-{name}" for name in names]
    return names


def _write_duplicates(
    found: pa.Table, inputs: list[Input], known: list[np.ndarray], starts: np.ndarray, root: Path, path: Path
) -> None:
    names = pa.array([each.path.relative_to(root).as_posix() for each in inputs], pa.string())
    every = np.concatenate([np.empty(0, np.int64), *known])
    columns: dict[str, Any] = {}
    for side, name in (("", "row"), ("survivor_", "survivor")):
        numbers = found[name].to_numpy()
        files = np.searchsorted(starts, numbers, side="right") - 1
        columns[f"{side}file"] = names.take(pa.array(files))
        columns[f"{side}row"] = pa.array(every[numbers])
    pq.write_table(pa.table({**columns, "kind": found["kind"], "similarity": found["similarity"]}), path)


def _summary(found: pa.Table, inputs: list[Input], rows: int) -> dict[str, Any]:
    sizes, counts = np.unique(cluster_sizes(found, rows), return_counts=True)
    kinds = Counter(found["kind"].to_pylist())
    return {
        "files": len(inputs),
        "records": rows + sum(u.records for each in inputs for u in each.unreadable),
        "unreadable": unreadable_reasons(inputs),
        "exact": kinds["exact"],
        "near": kinds["near"],
        "kept": rows - found.num_rows,
        "cluster_sizes": {int(size): int(n) for size, n in zip(sizes, counts, strict=True) if size},
    }
