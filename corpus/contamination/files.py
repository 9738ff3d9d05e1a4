"""The user's dataset without the items of evaluation sets, with a page for checking the result.

Leaks are decided as in a corpus build (corpus/contamination/find.py); records with a leak are left out of the copy, or
only listed.
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.contamination.find import (
    BACKGROUND,
    LEAK,
    VERDICTS,
    ContaminationSettings,
    find_contamination,
    judged,
    prepare_index,
    scan_folder,
)
from corpus.contamination.index import VERSION, Table
from corpus.contamination.sets import evaluation_sets
from corpus.download.locator import Locator
from corpus.duplicates.dataset import text_batches, write_parts
from corpus.duplicates.documents import Documents
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
from corpus.engine.local import Engine
from corpus.engine.marker import Maker
from corpus.engine.output import claim
from corpus.engine.task import file_sha256, read_json, write_json
from corpus.errors import UserError
from corpus.quantities import percent
from corpus.review import marked, sample, write_review

MAKER = Maker("decontaminate", "a dataset without test items")
REVIEWED = 40  # of each task and verdict
AROUND = 120  # bytes of the document that are shown on each side of a test item


def decontaminate_files(
    data: Path,
    column: str,
    out: Path,
    settings: ContaminationSettings,
    locator: Locator,
    engine: Engine,
    *,
    identifier: str | None = None,
    overwrite: bool = False,
    seed: int = 1,
) -> dict[str, Any]:
    """Write the files of `data` without the records that contain a test item to `out`; returns the summary.

    These files are added: contamination.parquet (file, row and id of a record, task, item and field of the test,
    coverage, the bytes of its text, and the verdict), contamination.json (per task: items, items hit, documents,
    examples), review.html, unreadable.jsonl and summary.json. With `settings.remove` = "nothing" every record is
    copied. Raises UserError as corpus/duplicates/files.py does, for an unknown set and for a set's file that is
    missing.
    """
    require_outside(data, out)
    root = data if data.is_dir() else data.parent
    left_out: dict[str, str] = {}
    inputs = [Input(path) for path in input_files(data, left_out)]
    sets = evaluation_sets(settings.sets)
    identity = {
        "column": column,
        "id": identifier,
        "files": {name_in(each.path, root): file_sha256(each.path) for each in inputs},
        "items": {each.task: [file_sha256(locator.fetch(url)) for url in each.urls(locator)] for each in sets},
        "version": VERSION,
        **settings.model_dump(),
    }
    with claim(out, MAKER, identity, overwrite) as output:
        if output.done:
            return dict(output.record)
        shutil.rmtree(output.work, ignore_errors=True)  # of an interrupted run
        made = output.staging()
        parts, _ = write_parts(text_batches(read_texts(inputs, column, root, left_out, identifier), True), output.work)
        inputs = [each for each in inputs if name_in(each.path, root) not in left_out]
        work = output.work / "contamination"
        index = prepare_index(settings, locator, work)
        if index is None:
            raise UserError("no evaluation set is named. Name some with --sets.")
        find_contamination(parts, settings, engine, index, work)
        scans = [scan_folder(work, part) / "found.arrow" for part in parts]
        every, table, verdict = judged(scans, index, settings)
        documents = Documents.open(parts, signed=False)
        numbers = documents.numbers(every["part"].to_numpy(), every["row"].to_numpy())
        keep = np.ones(documents.count, bool)
        if settings.remove != "nothing":
            keep[numbers[verdict == LEAK]] = False
        names = {name_in(each.path, root) for each in inputs}
        own = _own_names(names)
        first = 0
        for each in inputs:
            rows = each.known
            copy_rows(each.path, made / each.path.relative_to(root), rows[keep[first : first + len(rows)]])
            first += len(rows)
        describe_dataset(root, made, inputs)
        listed = _list(every, numbers, verdict, table, inputs, root)
        pq.write_table(listed, made / own["contamination.parquet"])
        report = read_json(work / "settled" / "report.json")
        write_json(made / own["contamination.json"], report)
        summary = _summary(report, keep, inputs, numbers, verdict) | {"left_out": left_out, "page": own["review.html"]}
        _write_page(made / own["review.html"], report, summary, listed, every, numbers, verdict, table, documents, seed)
        write_unreadable(inputs, root, made / own["unreadable.jsonl"])
        write_json(made / own["summary.json"], summary | {"settings": settings.model_dump()})
        output.publish(made, own["summary.json"], record=summary)
        shutil.rmtree(output.work, ignore_errors=True)
    return summary


def _own_names(taken: set[str]) -> dict[str, str]:
    """Names for our own files that no file of the data has."""
    names = ["contamination.parquet", "contamination.json", "review.html", "unreadable.jsonl", "summary.json"]
    prefix = ""
    while taken.intersection(prefix + name for name in names):
        prefix += "hanji-"
    return {name: prefix + name for name in names}


def _list(
    every: pa.Table, numbers: np.ndarray, verdict: np.ndarray, table: Table, inputs: list[Input], root: Path
) -> pa.Table:
    starts = np.cumsum([0, *(len(each.known) for each in inputs)])
    rows = np.concatenate([np.empty(0, np.int64), *(each.known for each in inputs)])
    names = pa.array([name_in(each.path, root) for each in inputs], pa.string())
    piece = every["piece"]
    columns: dict[str, Any] = {
        "file": names.take(pa.array(np.searchsorted(starts, numbers, side="right") - 1)),
        "row": pa.array(rows[numbers], pa.int64()),
    }
    if any(each.has_ids for each in inputs):
        ids = pa.chunked_array([each.known_ids for each in inputs], pa.string())
        columns["id"] = ids.take(pa.array(numbers))
    columns |= {name: table.pieces[name].take(piece) for name in ("task", "item", "field")}
    columns |= {name: every[name] for name in ("coverage", "start", "end")}
    return pa.table(columns | {"verdict": pa.array(verdict.astype(str), pa.string())})


def _summary(
    report: dict[str, Any], keep: np.ndarray, inputs: list[Input], numbers: np.ndarray, verdict: np.ndarray
) -> dict[str, Any]:
    return {
        "files": len(inputs),
        "records": len(keep) + sum(u.records for each in inputs for u in each.unreadable),
        "unreadable": unreadable_reasons(inputs),
        "contaminated": len(np.unique(numbers[verdict == LEAK])),
        "kept": int(keep.sum()),
        "tasks": {
            name: {"items": task["items"], "leaks": task["items hit"][LEAK]} for name, task in sorted(report.items())
        },
    }


def _write_page(
    path: Path,
    report: dict[str, Any],
    summary: dict[str, Any],
    listed: pa.Table,
    every: pa.Table,
    numbers: np.ndarray,
    verdict: np.ndarray,
    table: Table,
    documents: Documents,
    seed: int,
) -> None:
    tasks = table.pieces["task"].to_numpy(zero_copy_only=False)[every["piece"].to_numpy()]
    members = {}
    for kind in VERDICTS:
        for task in report:
            chosen = np.flatnonzero((verdict == kind) & (tasks == task))
            if len(chosen) and kind != BACKGROUND:
                members[f"{task}: {kind}"] = chosen
    groups = [
        {
            "name": name,
            "size": len(members[name]),
            "pairs": [_pair(int(i), listed, every, numbers, table, documents) for i in chosen],
        }
        for name, chosen in sample(members, REVIEWED, seed).items()
    ]
    rows = [
        [
            name,
            f"{task['items']:,}",
            f"{task['items hit'][LEAK]:,}",
            f"{task['documents'][LEAK]:,}",
            *(f"{task['items hit'][kind]:,}" for kind in VERDICTS[1:]),
            f"{task['too short to tell']:,}",
        ]
        for name, task in report.items()
    ]
    head = ["test", "items", LEAK, "records with a leak", *VERDICTS[1:], "too short to tell"]
    write_review(
        path,
        {
            "title": "Test items in the data",
            "about": [
                "A leak: most of the text of a test item is in one place of a record. Three other kinds are only"
                " reported: short texts, which occur by chance; common texts, which are in more than ten records; and"
                " background, which the test itself took from another text.",
                "The first text of a pair is from the test, the second is the record around it. Words that only one of"
                " them has are marked.",
            ],
            "figures": [
                (f"{summary['records']:,}", "records"),
                (f"{summary['contaminated']:,}", "with a leak"),
                (f"{summary['kept']:,}", "copied"),
                (f"{sum(task['leaks'] for task in summary['tasks'].values()):,}", "items that leaked"),
            ],
            "tables": [("By test", head, rows)],
            "question": "Would training on this give the answer away?",
            "answers": ("yes, a leak", "no"),
            "groups": groups,
        },
    )


def _pair(
    i: int, listed: pa.Table, every: pa.Table, numbers: np.ndarray, table: Table, documents: Documents
) -> dict[str, Any]:
    told = listed.slice(i, 1).to_pylist()[0]
    data = documents.take("text", numbers[i : i + 1])[0].as_py().encode()
    start, end = told["start"], told["end"]
    left, right = marked(
        table.pieces["text"][every["piece"][i].as_py()].as_py(), data[start:end].decode("utf-8", "ignore")
    )
    before = data[max(start - AROUND, 0) : start].decode("utf-8", "ignore")
    behind = data[end : end + AROUND].decode("utf-8", "ignore")
    return {
        "id": f"{i}",
        "facts": [f"{percent(told['coverage'], 0)} of it found", told["verdict"]],
        "left": {"title": f"{told['task']}, item {told['item']}, {told['field']}", "runs": left},
        "right": {
            "title": told.get("id") or f"{told['file']}, row {told['row']}",
            "runs": [(before, "gap"), *right, (behind, "gap")],
        },
    }
