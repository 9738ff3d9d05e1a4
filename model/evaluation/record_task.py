"""ReCoRD for lm-evaluation-harness: its questions and scores, in a file that loads.

The harness' own file takes SQuAD's scores from `transformers.data.metrics`, which transformers 5 no longer has.
Questions and scores are identical here: the entity that makes the query most likely is the answer; its exact match and
its F1 over words are computed against the best of the right answers. The harness calls these functions by their names
(model/evaluation/tasks.py).
"""

import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any

ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)
TASK: dict[str, Any] = {
    "task": "record",
    "dataset_path": "aps/super_glue",
    "dataset_name": "record",
    "output_type": "multiple_choice",
    "training_split": "train",
    "validation_split": "validation",
    "metric_list": [{"metric": name, "aggregation": "mean", "higher_is_better": True} for name in ("f1", "em")],
    "metadata": {"version": 2.0},
}
FUNCTIONS = ("doc_to_text", "doc_to_target", "doc_to_choice", "process_docs", "process_results")


def process_docs(documents: Any) -> Any:
    """Entities and answers without repetitions, sorted; `documents` is a datasets.Dataset."""
    return documents.map(lambda doc: {key: sorted(set(doc[key])) for key in ("entities", "answers")})


def doc_to_text(doc: dict[str, Any]) -> str:
    """The passage, its highlights as a list."""
    passage, *highlights = doc["passage"].strip().split("\n@highlight\n")
    return passage + "\n\n" + "".join(f"  - {highlight}.\n" for highlight in highlights)


def doc_to_choice(doc: dict[str, Any]) -> list[str]:
    """The query with each entity inserted."""
    return [f"  - {doc['query']}".replace("@placeholder", entity) for entity in doc["entities"]]


def doc_to_target(doc: dict[str, Any]) -> str:
    """The query with a right answer inserted."""
    return doc_to_choice({**doc, "entities": doc["answers"][:1]})[0]


def process_results(doc: dict[str, Any], results: Sequence[tuple[float, bool]]) -> dict[str, float]:
    """{"f1", "em"} of the most likely entity; `results` are (log-likelihood, greedy) per entity."""
    best = max(range(len(results)), key=lambda k: results[k][0])
    given = words(doc["entities"][best])
    right = [words(answer) for answer in doc["answers"]]
    return {"f1": max(word_f1(given, answer) for answer in right), "em": float(given in right)}


def words(text: str) -> list[str]:
    """SQuAD's normal form: lower case, without punctuation and articles."""
    return ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split()


def word_f1(given: list[str], right: list[str]) -> float:
    """2 · common words / all words of both; for empty answers 1 if they are equal, else 0."""
    if not given or not right:
        return float(given == right)
    return 2 * sum((Counter(given) & Counter(right)).values()) / (len(given) + len(right))
