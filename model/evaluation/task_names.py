"""Names of tasks: our groups, and whether the harness knows a name, found without loading it.

Its index of all tasks takes 13 s of processor time, importing torch among them; the text of its files, 0.4 s.
"""

import importlib.util
import os
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from corpus.errors import UserError

KOBEST = ("kobest_boolq", "kobest_copa", "kobest_hellaswag", "kobest_sentineg", "kobest_wic")
# The list of the 42dot LLM-PLM model card by today's names (rte and truthfulqa_mc were the branch's).
ENGLISH = (
    "anli_r1", "anli_r2", "anli_r3", "arc_easy", "arc_challenge", "boolq", "hellaswag", "openbookqa", "piqa", "record",
    "sglue_rte",
    "truthfulqa_mc1", "truthfulqa_mc2", "wic", "winogrande",
)  # fmt: skip
KOREAN = (*KOBEST, "kmmlu", "haerae", "click")  # the last three are groups of the harness
GROUPS = {"kobest": KOBEST, "english": ENGLISH, "korean": KOREAN}
# A line of the harness' files that names one task, group or tag.
NAMED = re.compile(rb"^(?:task|group|tag):[ \t]*[\"']?([^\s\"'\[#]+)", re.M)


def require_known(names: Sequence[str]) -> None:
    """Raise UserError for a name that is neither ours nor written anywhere in the harness' files.

    A name that is written there may still be none of a task: `expand` (tasks.py) has the harness' word for it.
    """
    if not names:
        raise UserError(f"--tasks names no task; accepted: {_accepted()}.")
    foreign = [name for name in names if name not in (*GROUPS, "bpb", *KOBEST, *ENGLISH)]
    text = _text() if foreign else b""
    for name in foreign:
        if name.encode("utf-8", "surrogateescape") not in text:
            raise no_such_task(name, (found.decode(errors="replace") for found in NAMED.findall(text)))


def no_such_task(name: str, known: Iterable[str]) -> UserError:
    """The error for a name that is not among the harness' `known` ones."""
    alike = (each for each in known if each[:1] == name[:1])  # of 12,000 names; to compare them all takes a second
    near = get_close_matches(name, [*GROUPS, "bpb", *KOBEST, *ENGLISH, *alike], 1)
    return UserError(
        f"--tasks {name}: no such task{f' (did you mean {near[0]}?)' if near else ''}; accepted: {_accepted()}."
    )


def _accepted() -> str:
    return f"{', '.join(GROUPS)}, bpb, or a task of lm-evaluation-harness"


@cache
def _text() -> bytes:
    """The text of all task files (11 MB); not of Python files alone: some names are in files without an ending."""
    spec = importlib.util.find_spec("lm_eval")
    if spec is None or spec.origin is None:
        return b""
    texts = []
    for folder, _, names in os.walk(Path(spec.origin).parent / "tasks"):  # 15,000 files: pathlib takes twice as long
        for name in names:
            if not name.endswith((".pyc", ".md")):
                with open(os.path.join(folder, name), "rb", buffering=0) as file:
                    texts.append(file.read())
    return b"\n".join(texts)
