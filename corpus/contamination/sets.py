"""The evaluation sets on which Korean and English base models are measured: where their files are, and their text
fields.

Recipes name them ("kobest", "klue", "english", "korean", or one task) or describe other sets. Paragraphs that a test
took from Wikipedia or the news are background. Only splits that are scored are listed; training splits are ordinary data.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from corpus.contamination.evaluation_set import FORMATS, EvaluationSet, text_fields
from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.readers import format_of
from corpus.readers.stream import COMPRESSED

_HUB = "hf://datasets/"


def _kobest(task: str, fields: list[str], background: list[str] | None = None) -> EvaluationSet:
    files = [f"{_HUB}skt/kobest_v1/{task}/test.jsonl"]
    return EvaluationSet(task=f"kobest_{task}", files=files, fields=fields, background=background or [])


def _klue(task: str, fields: list[str], background: list[str] | None = None) -> EvaluationSet:
    files = [f"{_HUB}klue/klue/{task}/validation-00000-of-00001.parquet"]
    return EvaluationSet(task=f"klue_{task}", files=files, fields=fields, background=background or [])


def _haerae(name: str) -> EvaluationSet:
    """A task of lm-evaluation-harness; `query` holds the question and its choices."""
    return EvaluationSet(task=f"haerae_{name}", repo="HAERAE-HUB/HAE_RAE_BENCH", config=name, fields=["query"])


def _english(task: str, path: str, fields: list[str], background: list[str] | None = None) -> EvaluationSet:
    return EvaluationSet(task=task, files=[_HUB + path], fields=fields, background=background or [])


GROUPS: dict[str, list[EvaluationSet]] = {
    "kobest": [
        _kobest("boolq", ["question"], ["paragraph"]),
        _kobest("copa", ["premise", "alternative_1", "alternative_2"]),
        _kobest("hellaswag", ["context", "ending_1", "ending_2", "ending_3", "ending_4"]),
        _kobest("sentineg", ["sentence"]),
        _kobest("wic", ["context_1", "context_2"]),
    ],
    "klue": [
        _klue("nli", ["hypothesis"], ["premise"]),
        _klue("sts", ["sentence1", "sentence2"]),
        _klue("ner", ["sentence"]),
        _klue("dp", ["sentence"]),
    ],
    "english": [
        _english("arc_challenge", "allenai/ai2_arc/ARC-Challenge/test-00000-of-00001.parquet", ["question", "choices.text"]),
        _english("arc_easy", "allenai/ai2_arc/ARC-Easy/test-00000-of-00001.parquet", ["question", "choices.text"]),
        _english("openbookqa", "allenai/openbookqa/main/test-00000-of-00001.parquet", ["question_stem", "choices.text"]),
        _english("piqa", "baber/piqa/validation-00000-of-00001.parquet", ["goal", "sol1", "sol2"]),
        _english("boolq", "aps/super_glue/boolq/validation-00000-of-00001.parquet", ["question"], ["passage"]),
        _english("winogrande", "allenai/winogrande/winogrande_xl/validation-00000-of-00001.parquet", ["sentence"]),
    ],
    "kmmlu": [EvaluationSet(task="kmmlu", files=[_HUB + "HAERAE-HUB/KMMLU/data/*-test.csv"], fields=["question", "A", "B", "C", "D"])],
    "haerae": [*map(_haerae, ("general_knowledge", "history", "loan_words", "rare_words", "standard_nomenclature"))],
    "click": [EvaluationSet(task="click", repo="EunsuKim/CLIcK", split="train", fields=["question", "choices"], background=["paragraph"])],
}  # fmt: skip
GROUPS["korean"] = [each for name in ("kobest", "kmmlu", "haerae", "click") for each in GROUPS[name]]


def parse_sets(text: str) -> list[str | EvaluationSet]:
    """Sets as a command line has them: names of groups and tasks, and files, between commas.

    A file (.jsonl, .json, .csv, .tsv, .parquet) is PATH or PATH:FIELD+FIELD…; without fields, every field of its first
    records that holds text. Raises UserError for an unknown name, for a file that is not there or has no
    text, and for an empty list.
    """
    chosen: list[str | EvaluationSet] = []
    for item in filter(None, (each.strip() for each in text.split(","))):
        path, _, fields = item.rpartition(":") if ":" in item else (item, "", "")
        if not _names_file(path):
            chosen.append(item)
            continue
        file = Path(path).absolute()
        if not file.is_file():
            raise UserError(f"--sets {item}: no such file.")
        names = fields.split("+") if fields else text_fields(file)
        plain = file.with_suffix("") if file.suffix.lower() in COMPRESSED else file
        chosen.append(EvaluationSet(task=plain.stem, files=[str(file)], fields=names))
    if not chosen:
        raise UserError(f"--sets names no set; accepted: {', '.join(GROUPS)}, a task of these, or a file.")
    evaluation_sets(chosen, "--sets")  # raises for a name that is none
    return chosen


def _names_file(name: str) -> bool:
    try:
        return format_of(name) in FORMATS
    except UserError:
        return False


def evaluation_sets(chosen: Sequence[str | EvaluationSet], key: str = "contamination.sets") -> list[EvaluationSet]:
    """Names of groups or tasks, and sets that the recipe describes, as sets. Raises UserError for an unknown name,
    which was the value of `key`."""
    tasks = {each.task: each for group in GROUPS.values() for each in group}
    out: dict[str, EvaluationSet] = {}
    for choice in chosen:
        if isinstance(choice, EvaluationSet):
            found = [choice]
        elif choice in GROUPS:
            found = GROUPS[choice]
        elif choice in tasks:
            found = [tasks[choice]]
        else:
            known = list(dict.fromkeys([*GROUPS, *tasks]))
            near = get_close_matches(choice, known, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise UserError(
                f"{key}: unknown set {choice!r}{hint}; accepted: {', '.join(known)}, or in a recipe a"
                " table with task, files and fields, on the command line (--sets) the path of a file."
            )
        out.update((each.task, each) for each in found)
    return list(out.values())


def files_of_sets(chosen: Sequence[str | EvaluationSet], locator: Locator) -> list[str]:
    """The URLs or paths of the files of all these sets. Raises UserError as `evaluation_sets` and `EvaluationSet.urls`
    do."""
    return [url for each in evaluation_sets(chosen) for url in each.urls(locator)]
