"""Tasks of lm-evaluation-harness with their data taken from a mirror.

The harness' own task files are unchanged: each task gets a small file that includes the original and names local data
files instead of the hub's, in a folder that the harness searches first. Prompts, choices and metrics are therefore
exactly the harness', and its own command with that folder gives the same scores. A task without data is left out with
the reason.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from corpus.errors import UserError
from corpus.sources.hub_configs import CARD, files_of
from model.evaluation import record_task as record
from model.evaluation.task_names import ENGLISH, GROUPS, KOBEST, KOREAN, no_such_task

# The harness' folders in which all of these are defined, whole groups in one folder each.
FOLDERS = (
    "anli", "arc", "click", "glue", "haerae", "hellaswag", "kmmlu", "kobest", "openbookqa", "piqa", "super_glue",
    "truthfulqa", "winogrande",
)  # fmt: skip
SPLITS = ("training_split", "validation_split", "test_split", "fewshot_split")
KINDS = {".json": "json", ".jsonl": "json", ".csv": "csv", ".parquet": "parquet"}  # readers of datasets
# Where the branch (commit d21107e, the last) differs from today's files: one space before COPA's connective, not two;
# two before ReCoRD's answers, not three, because today's harness adds its delimiter to answers that already begin with
# one. All other contexts and answers are equal.
POLYGLOT = {
    "kobest_copa": {"doc_to_text": "{{premise}}{{ {'원인': ' 왜냐하면', '결과': ' 그래서'}[question.strip()] }}"},
    "record": {"target_delimiter": ""},
}


@dataclass
class Tasks:
    """The tasks that can run, the folder where the harness finds them, and the reasons why the others cannot."""

    folder: Path
    names: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    unreachable: list[str] = field(default_factory=list)  # those of them whose data did not arrive: not a result


def _index(names: Iterable[str]) -> Mapping[str, Any]:
    """The harness' tasks by name: those of FOLDERS if `names` are tasks or our groups in them, else every one."""
    ours = _read_index(FOLDERS)
    known = all(name in ours and (name in KOREAN or ours[name].kind.name == "TASK") for name in names)
    return ours if known else _read_index()


@cache
def _read_index(folders: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """The tasks that some folders of the harness define, or all: 0.15 s of processor time for FOLDERS, 7 s for all."""
    from lm_eval import tasks

    root = Path(tasks.__file__).parent
    manager = (
        tasks.TaskManager(include_path=[str(root / folder) for folder in folders], include_defaults=False)
        if folders
        else tasks.TaskManager()
    )
    return manager.task_index


def expand(names: Sequence[str]) -> list[str]:
    """Groups, ours and the harness', to their tasks; `bpb` is not a task of the harness. Raises UserError for names
    that exist in neither."""
    tasks = [task for name in names if name != "bpb" for task in GROUPS.get(name, (name,))]
    known = _index(tasks) if set(tasks) - set(KOBEST + ENGLISH) else {}
    found: list[str] = []
    for task in tasks:
        if task in KOBEST + ENGLISH:
            found.append(task)
        elif task in known:
            found += _members(task, known)
        else:
            raise no_such_task(task, known)
    return list(dict.fromkeys(found))


def _members(name: str, known: Mapping[str, Any]) -> list[str]:
    """The tasks of a group or tag of the harness; of a task, itself."""
    entry = known[name]
    kind = getattr(getattr(entry, "kind", None), "name", "TASK")
    if kind == "TAG":
        inner = sorted(entry.tags)
    elif kind == "GROUP":
        inner = [part if isinstance(part, str) else part.get("task", part.get("group")) for part in entry.cfg["task"]]
    else:
        return [name]
    return [task for part in inner if part != name and part in known for task in _members(part, known)]


def prepare(names: Sequence[str], mirror: Path | None, profile: str, folder: Path) -> Tasks:
    """Write a file per task into `folder` (empty); returns the tasks that can run. Without a mirror the harness uses
    the hub."""
    from lm_eval.tasks._yaml_loader import load_yaml

    index = _index(names) if names else {}
    tasks = Tasks(folder)
    for name in names:
        if name not in index:
            tasks.skipped[name] = "the installed lm-eval does not have it"
            continue
        path = index[name].yaml_path
        settings: dict[str, Any] = {"include": str(path), "task": name}
        if path is None:
            tasks.skipped[name] = "the harness defines it in code, not in a file that could name other data"
            continue
        if name == "record":  # the harness' file needs a transformers before 5
            original = record.TASK
            settings = original | {key: f"!function record_functions.{key}" for key in record.FUNCTIONS}
            (folder / "record_functions.py").write_text(
                f"from model.evaluation.record_task import {', '.join(record.FUNCTIONS)}\n"
            )
        else:
            original = load_yaml(path, resolve_func=False)
            try:
                load_yaml(path)
            except ImportError as error:
                tasks.skipped[name] = f"the harness' code for it does not load: {error}"
                continue
        if "dataset_path" not in original:
            tasks.skipped[name] = "the harness' file for it names no dataset"
            continue
        if mirror is not None:
            found = data_files(mirror, original)
            split = original.get("test_split") or original.get("validation_split")
            if split not in found:
                where = "/".join(filter(None, (original["dataset_path"], original.get("dataset_name"))))
                tasks.skipped[name] = f"no data: hf://datasets/{where} has no {split} file in {mirror}"
                continue
            settings |= {"dataset_path": KINDS[found[split][0].suffix], "dataset_name": None}
            files = {key: [str(path) for path in paths] for key, paths in found.items()}
            settings["dataset_kwargs"] = {"data_files": files}
            settings |= {key: None for key in SPLITS if original.get(key) not in found}
        if profile == "polyglot":
            settings |= POLYGLOT.get(name, {})
        # JSON is YAML; a tag for groups of tasks would make the harness search the group's other members.
        text = re.sub(r'"(!function \S+?)"', r"\1", json.dumps(settings, ensure_ascii=False))
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        tasks.names.append(name)
    return tasks


def data_files(mirror: Path, task: dict[str, Any]) -> dict[str, list[Path]]:
    """Split → files of a task's dataset in a mirror, for the splits that the task names.

    They are SPLIT.jsonl or SPLIT-00000-of-00001.parquet in the folder of the task's configuration, or those that the
    dataset's card or their names give to it, as on the hub.
    """
    repository = mirror / "huggingface.co" / "datasets" / task["dataset_path"]
    config = task.get("dataset_name") or None
    splits = {name for key in SPLITS if (name := task.get(key))}
    found: dict[str, list[Path]] = {}
    for path in sorted((repository / (config or "")).glob("*")):
        match = re.fullmatch(r"(.+?)(-00000-of-00001)?\.(jsonl?|csv|parquet)", path.name)
        if match and match[1] in splits:
            found.setdefault(match[1], [path])
    names = sorted(path.relative_to(repository).as_posix() for path in repository.rglob("*") if path.is_file())
    card = (repository / CARD).read_text(encoding="utf-8") if CARD in names else ""
    for split in splits - found.keys() if names else ():
        try:
            files = [repository / name for name in files_of(names, card, config, split, task["dataset_path"])]
        except UserError:
            continue  # no such configuration or split: the caller says that there are no data
        if {path.suffix for path in files} <= KINDS.keys():
            found[split] = files
    return found
