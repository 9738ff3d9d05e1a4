"""Deduplicate the user's files: JSON lines, parquet, or a Hugging Face dataset on disk; the result has the same format
(corpus/duplicates/inputs.py)."""

import shutil
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpus.duplicates.against import KnownTexts, find_against
from corpus.duplicates.audit import write_audit
from corpus.duplicates.dataset import (
    NearDuplicateSettings,
    cluster_sizes,
    find_duplicates,
    text_batches,
    write_parts,
)
from corpus.duplicates.documents import Documents
from corpus.duplicates.index import Index, add, content_of
from corpus.duplicates.inputs import (
    Input,
    describe_dataset,
    input_files,
    name_in,
    read_texts,
    require_outside,
    unreadable_reasons,
    write_unreadable,
)
from corpus.duplicates.rows import copy_rows
from corpus.duplicates.survivors import Rule, Values
from corpus.engine.local import Engine
from corpus.engine.marker import Maker
from corpus.engine.output import Output, claim
from corpus.engine.task import file_sha256, write_json
from corpus.errors import UserError

CENTRAL = Rule()
MAKER = Maker("dedup", "a dataset without its duplicates")


def deduplicate_files(
    data: Path,
    column: str,
    out: Path,
    settings: NearDuplicateSettings,
    engine: Engine,
    *,
    against: Path | None = None,
    update: bool = False,
    identifier: str | None = None,
    rule: Rule = CENTRAL,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write the files of `data` without their duplicates to `out`, with the same names; returns the summary.

    `data` is a file, a folder of files (jsonl, also .gz and .zst; parquet) or a dataset on disk, also one of several
    splits. These files are added: duplicates.parquet (file, row, survivor_file, survivor_row, kind, similarity),
    unreadable.jsonl, audit.html (a sample of removed records, to judge), audit.json and summary.json; if a file of the
    data has such a name, all of them begin with "hanji-". Files of a folder without text in `column` are left out and
    named in the summary. A folder `out` that was finished with these settings from the same files is left as it is.
    Raises UserError for an unknown format, a column that no file has, and a folder `out` with anything else.

    With `against`, records that are in that index (corpus/duplicates/index.py) are dropped, too; duplicates.parquet
    then also has survivor_dataset (null: the survivor is in `data`) and estimated. `update` adds the kept records, in
    `out`, to the index. With `identifier`, the field of the records' own ids, it has id and survivor_id.
    `rule` selects the document of a cluster that stays (corpus/duplicates/survivors.py); `overwrite` replaces a
    finished folder of other settings.
    """
    require_outside(data, out)
    root = data if data.is_dir() else data.parent
    left_out: dict[str, str] = {}
    inputs = [Input(path) for path in input_files(data, left_out)]
    identity = {
        "column": column,
        "files": {name_in(each.path, root): file_sha256(each.path) for each in inputs},
        **settings.model_dump(),
    }
    if identifier is not None:
        identity["id"] = identifier
    if rule != CENTRAL:
        identity["rule"] = asdict(rule)
    settings = settings.model_copy(update={"match": settings.match.model_copy(update={"survivor": rule.order})})
    index = None if against is None else Index.open(against)
    name = str(out.resolve())
    if index is not None:
        identity["against"] = content_of(index, without=name)
    with claim(out, MAKER, identity, overwrite) as output:
        if output.done:
            shutil.rmtree(output.work, ignore_errors=True)  # of a run that was killed at the end
            if against is not None and update:
                _add(output, against, column, identifier, engine)
            return dict(output.record)
        if index is not None and any(each.name == name for each in index.datasets):
            raise UserError(
                f"{against} has {name} already, from an earlier run that is no longer there. Remove it first:"
                f" `hanji index --out {against} --remove {name}`, or give another --out."
            )
        shutil.rmtree(output.work, ignore_errors=True)  # of an interrupted run
        made = output.staging()
        values = Values(rule)
        texts = read_texts(inputs, column, root, left_out, identifier, values.reader)
        if index is None:
            found = find_duplicates(texts, column, settings=settings, engine=engine, work=output.work, values=values)
        else:
            parts, firsts = write_parts(text_batches(texts, index.settings.normalize), output.work, values)
            found = find_against(parts, firsts, index, settings.match, engine, output.work, rule.priorities)
        inputs = [each for each in inputs if name_in(each.path, root) not in left_out]
        known = [each.known for each in inputs]
        starts = np.cumsum([0, *(len(rows) for rows in known)])
        keep = np.ones(starts[-1], bool)
        keep[found["row"].to_numpy()] = False
        for each, rows, first in zip(inputs, known, starts[:-1], strict=True):
            copy_rows(each.path, made / each.path.relative_to(root), rows[keep[first : first + len(rows)]])
        describe_dataset(root, made, inputs)
        names = {name_in(each.path, root) for each in inputs}
        duplicates, unreadable, page, audit, summary_name = _report_names(names)
        table = _places(found, inputs, root)
        if index is not None:
            table = _with_index(table, found, index)
        pq.write_table(table, made / duplicates)
        summary = _summary(found, inputs, int(starts[-1])) | {"left_out": left_out, "audit": page}
        if rule.field:
            summary["without_value"] = values.missing
            values.require(data)
        write_unreadable(inputs, root, made / unreadable)
        documents = Documents.open(sorted((output.work / "parts").glob("?????")), signed=False)
        known_text = KnownTexts(output.work / "known")

        def listed(rows: np.ndarray) -> list[dict[str, Any]]:
            return table.take(pa.array(rows)).to_pylist()

        write_audit(made / page, made / audit, found, listed, documents, known_text, settings.match, summary)
        write_json(made / summary_name, summary | {"settings": settings.model_dump()})
        summary["copied"] = sorted(names)
        output.publish(made, summary_name, record=summary)
        shutil.rmtree(output.work, ignore_errors=True)
        if against is not None and update:
            _add(output, against, column, identifier, engine)
    return summary


def _add(output: Output, against: Path, column: str, identifier: str | None, engine: Engine) -> None:
    """Add the kept records to the index, with the path of the folder as the name, unless they are in it already."""
    files = [output.path / name for name in output.record["copied"]]
    add(output.path, against, column, engine, identifier=identifier, files=files)


def _report_names(taken: set[str]) -> list[str]:
    """Names for our own files that no file of the data has."""
    names = ["duplicates.parquet", "unreadable.jsonl", "audit.html", "audit.json", "summary.json"]
    while taken.intersection(names):
        names = [f"hanji-{name}" for name in names]
    return names


def _places(found: pa.Table, inputs: list[Input], root: Path) -> pa.Table:
    """File and row (and id, if records have one) of each duplicate and its survivor, null for a survivor in an
    index."""
    names = pa.array([name_in(each.path, root) for each in inputs], pa.string())
    every = np.concatenate([np.empty(0, np.int64), *(each.known for each in inputs)])
    starts = np.cumsum([0, *(len(each.known) for each in inputs)])
    ids = pa.chunked_array([each.known_ids for each in inputs], pa.string())
    columns: dict[str, Any] = {}
    for side, name in (("", "row"), ("survivor_", "survivor")):
        mask = found[name].is_null().to_numpy()
        numbers = found[name].fill_null(0).to_numpy()
        files = np.searchsorted(starts, numbers, side="right") - 1
        columns[f"{side}file"] = names.take(pa.array(files, mask=mask))
        columns[f"{side}row"] = pa.array(every[numbers], mask=mask)
        if any(each.has_ids for each in inputs):
            columns[f"{side}id"] = ids.take(pa.array(numbers, mask=mask))
    return pa.table({**columns, "kind": found["kind"], "similarity": found["similarity"]})


def _with_index(table: pa.Table, found: pa.Table, index: Index) -> pa.Table:
    """The table with the survivors in an index: their dataset, file, row and id there."""
    inside = found["known"].is_null()
    places = index.places(found["known"].drop_null().to_numpy())
    back = pa.array(np.cumsum(~inside.to_numpy()) - 1, mask=inside.to_numpy())
    for name in ("file", "row", "id"):
        column = f"survivor_{name}"
        theirs = places[name].take(back)
        if column not in table.column_names:
            if theirs.null_count < len(theirs):
                table = table.append_column(column, theirs)
            continue
        own = table[column]
        table = table.set_column(table.column_names.index(column), column, pc.coalesce(own, theirs))
    table = table.append_column("survivor_dataset", places["dataset"].take(back))
    return table.append_column("estimated", found["estimated"])


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
    } | _in_index(found)


def _in_index(found: pa.Table) -> dict[str, Any]:
    """How many were in the index, if there is one: by an equal text, by the exact similarity, by signatures."""
    if "known" not in found.column_names:
        return {}
    known = found.filter(found["known"].is_valid())
    estimated = sum(known["estimated"].to_pylist())
    exact = known["kind"].to_pylist().count("exact")
    return {"in_index": {"exact": exact, "near": known.num_rows - exact - estimated, "estimated": estimated}}
