"""Scores of a model directory: lm-evaluation-harness' tasks and bits per byte.

Two profiles, never mixed, because the same model scores differently by them (docs/evaluation.md):
    main      today's harness, unchanged: the numbers that running lm_eval itself gives
    polyglot  the branch that the 42dot model card was measured with: context and answer tokenised separately, no BOS,
              one space in COPA, KOBEST's average the plain mean of four tasks' macro-F1

Every score has its standard error and the score of always giving one answer: for KOBEST's BoolQ and WiC, models of this
size are rarely better than that.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from corpus.engine.local import Observer, Silent
from corpus.errors import UserError, unreachable
from model.evaluation.families import FAMILIES, family_average
from model.evaluation.language_model import TooShort, cut_prompts
from model.evaluation.language_model import open_model as open_model
from model.evaluation.quiet import from_cache_only, quiet_harness
from model.evaluation.tasks import Tasks

if TYPE_CHECKING:
    from lm_eval.api.model import LM

AVERAGED = ("kobest_boolq", "kobest_copa", "kobest_hellaswag", "kobest_sentineg")  # the model card's four: no WiC


Score = dict[str, Any]


def score_tasks(
    model: "LM", tasks: Tasks, limit: int | None = None, scored: Callable[[str, Score], None] = lambda task, score: None
) -> dict[str, Score]:
    """Task → {"n", "cut", metric, metric_stderr, metric_constant …}, by the harness. Tasks that cannot be scored are
    added to `tasks.skipped`. Once the hub cannot be reached, the other tasks are scored where their data are in its
    cache: each of them would wait a minute for it.

    All metrics of a task are included, as "metric/filter" where the harness filters answers. `constant` is the best
    score of always giving one answer. `cut` counts requests whose prompt was longer than the model's context and lost
    its beginning. Standard errors are those of the mean, as in the harness; for macro-F1, where it has none, the
    standard deviation over 1,000 bootstrap samples. `scored` is called after each task.
    """
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    if not tasks.names:
        return {}
    # The files of the folder include the harness' own by path, so that its thousands of others need not be indexed
    # again.
    manager = TaskManager(include_path=str(tasks.folder), include_defaults=False)
    scores: dict[str, Score] = {}
    with ExitStack() as cleanup:
        for name in tasks.names:
            before = cut_prompts(model)
            model.stage = name  # type: ignore[attr-defined]  # shown by open_model's class
            try:
                with quiet_harness():
                    results: Any = simple_evaluate(
                        model,
                        tasks=[name],
                        num_fewshot=0,
                        limit=limit,
                        task_manager=manager,
                        bootstrap_iters=0,
                        log_samples=True,
                    )
            except (TooShort, AssertionError, NotImplementedError) as error:
                # The harness uses assertions for what a model must support, above all a long enough context.
                tasks.skipped[name] = (
                    str(error) or f"the harness cannot run it with this model ({type(error).__name__})"
                )
                continue
            except Exception as error:
                if (told := unreachable(error)) is None:
                    raise
                tasks.skipped[name] = told
                tasks.unreachable.append(name)
                cleanup.enter_context(from_cache_only())
                continue
            found = results["results"].get(name, {})
            entry = task_scores(found, results["samples"].get(name, []))
            if not any(isinstance(value, float) for value in entry.values()):
                tasks.skipped[name] = "the harness gives no number for it"
                continue
            scores[name] = entry | {"cut": cut_prompts(model) - before}
            scored(name, scores[name])
    return scores


def task_scores(found: Mapping[str, Any], samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The entry of a task from the harness' results ("metric,filter" → value) and its samples, one per filter."""
    entry: dict[str, Any] = {"n": len({sample["doc_id"] for sample in samples})}
    for key, value in found.items():
        metric, _, kind = key.partition(",")
        if not kind or metric.endswith("_stderr") or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        name = metric if kind == "none" else f"{metric}/{kind}"
        entry[name] = float(value)
        mine = [sample for sample in samples if sample.get("filter", "none") == kind]
        values = [sample[metric] for sample in mine if metric in sample]
        if values and all(isinstance(v, int | float) for v in values):
            entry[f"{name}_stderr"] = _standard_error(np.array(values, float))
        elif metric == "f1" and values and all(isinstance(v, tuple | list) for v in values):
            gold, given = np.array(values, int).T  # the harness stores (right, given) for macro-F1
            entry[f"{name}_stderr"] = bootstrap_f1(gold, given)
            entry[f"{name}_constant"] = max(macro_f1(gold, np.full(len(gold), k)) for k in np.unique(gold))
        if metric == "acc" and kind == "none" and (right := right_choices(mine)) is not None:
            entry["acc_constant"] = Counter(right).most_common(1)[0][1] / len(right)
    return entry


def right_choices(samples: Sequence[Mapping[str, Any]]) -> list[int] | None:
    """Index of the right choice of each document of a multiple-choice task; None if the task's samples do not contain
    it."""
    right = []
    for sample in samples:
        if not all(len(pair) == 2 and isinstance(pair[1], str) for pair in sample["arguments"]):
            return None  # not a choice among answers
        choices = [str(answer).strip() for _, answer in sample["arguments"]]
        target = sample["target"]
        if len(set(choices)) == 1 and len(choices) == 2:  # the question varies, not the answer: WinoGrande
            likelihoods = [float(response[0]) for response in sample["filtered_resps"]]
            given = int(np.argmax(likelihoods))
            right.append(given if sample["acc"] else 1 - given)
        elif isinstance(target, int):
            right.append(target)
        elif str(target).strip() in choices:
            right.append(choices.index(str(target).strip()))
        else:
            return None
    return right


def macro_f1(gold: np.ndarray, given: np.ndarray) -> float:
    """Mean over classes of F1, as sklearn's f1_score(average="macro"): the classes are those that occur in either."""
    scores = []
    for answer in np.union1d(gold, given):
        right = ((gold == answer) & (given == answer)).sum()
        total = (gold == answer).sum() + (given == answer).sum()
        scores.append(2 * right / total)
    return float(np.mean(scores))


def bootstrap_f1(gold: np.ndarray, given: np.ndarray, samples: int = 1000) -> float:
    """Standard deviation of macro-F1 over documents drawn with replacement; deterministic."""
    draw = np.random.default_rng(0)
    n = len(gold)
    chosen = (draw.integers(0, n, n) for _ in range(samples))
    return float(np.std([macro_f1(gold[rows], given[rows]) for rows in chosen]))


def _standard_error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def averages(scores: dict[str, dict[str, Any]], profile: str) -> dict[str, float]:
    """The averages of the profile: polyglot has the model card's; main has the harness' group, weighted by size, with
    WiC."""
    korean = {name: entry for name, entry in scores.items() if name.startswith("kobest_") and "f1" in entry}
    if profile == "polyglot":
        return (
            {"kobest_f1": float(np.mean([korean[n]["f1"] for n in AVERAGED]))} if set(AVERAGED) <= korean.keys() else {}
        )
    found = {}
    for metric in ("acc", "f1"):
        if len(korean) == 5:
            sizes = [entry["n"] for entry in korean.values()]
            found[f"kobest_{metric}"] = float(np.average([entry[metric] for entry in korean.values()], weights=sizes))
    for name, family in FAMILIES.items():
        if (value := family_average(family, scores)) is not None:
            found[f"{name}_{family.metric}"] = value
    return found


def score_bpb(
    model: "LM", corpus: Path, documents: int, context: int = 1, observer: Observer | None = None
) -> dict[str, Any]:
    """Bits per byte on held-out documents of a corpus: {"sources": {name: {"bpb", "documents", "bytes"}}, "languages":
    …}.

    At most `documents` per source, evenly spaced over its validation shards. With `context` 1 the sums are those of the
    harness' rolling bits_per_byte; with more, each window of a long document begins with so many tokens of the text
    before it. Each document is scored from BOS. Models with different tokenizers can be compared: the figure is bits of
    the whole text over its bytes of UTF-8.
    """
    sums: dict[str, dict[str, list[float]]] = {
        "sources": defaultdict(lambda: [0.0] * 4),
        "languages": defaultdict(lambda: [0.0] * 4),
    }
    observer = observer or Silent()
    chosen = held_out(corpus, documents)
    total = sum(len(rows) for rows in chosen.values())
    observer.begin("bits per byte", total, total)
    for source, rows in chosen.items():
        bits = document_bits(model, [text for text, _ in rows], context)
        observer.advance("bits per byte", source, len(rows), len(rows))
        for (text, language), nats in zip(rows, bits, strict=True):
            size = len(text.encode())
            for key, name in (("sources", source), ("languages", language)):
                sums[key][name] = [
                    a + b for a, b in zip(sums[key][name], (nats, size, 1, nats * nats / size), strict=True)
                ]
    observer.end("bits per byte")
    return {
        key: {
            name: {
                "bpb": float(nats / size / np.log(2)),
                "stderr": _ratio_error(nats, size, count, square),
                "documents": int(count),
                "bytes": int(size),
            }
            for name, (nats, size, count, square) in sorted(group.items())
        }
        for key, group in sums.items()
    }


def _ratio_error(nats: float, size: float, count: float, square: float) -> float:
    """Standard error of nats per byte in bits, documents weighted by their bytes."""
    variance = max(0.0, square / size - (nats / size) ** 2)
    return float(np.sqrt(variance / max(1.0, count - 1)) / np.log(2))


def document_bits(model: Any, texts: Sequence[str], context: int = 1) -> list[float]:
    """Negative log-likelihood of each text in nats, from the model's prefix token, in windows of its length.

    `model` is one of the harness' (HFLM): windows and batching are the harness', so with `context` 1 this is
    loglikelihood_rolling.
    """
    from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

    if model.prefix_token_id is None:
        raise UserError(
            "Bits per byte are measured from a token that begins a document; this tokenizer has neither BOS nor EOS."
        )
    windows, owners = [], []
    for owner, text in enumerate(texts):
        tokens = model.tok_encode(text, add_special_tokens=False)
        pieces = get_rolling_token_windows(
            tokens, model.prefix_token_id, model.max_length, min(context, model.max_length)
        )
        for given, wanted in map(make_disjoint_window, pieces):
            windows.append((None, given, wanted))
            owners.append(owner)
    totals = [0.0] * len(texts)
    for owner, (likelihood, _) in zip(owners, model._loglikelihood_tokens(windows, disable_tqdm=True), strict=True):
        totals[owner] -= likelihood
    return totals


def held_out(corpus: Path, documents: int) -> dict[str, list[tuple[str, str]]]:
    """Source → (text, language) of held-out documents, evenly spaced over the source."""
    from corpus.shards import read_shard, shard_paths, source_of

    paths: dict[str, list[Path]] = defaultdict(list)
    for path in shard_paths(corpus, "validation"):
        paths[source_of(path)].append(path)
    chosen = {}
    for source, shards in paths.items():
        total = sum(batch.num_rows for path in shards for batch in read_shard(path))
        wanted = (
            set(np.unique(np.linspace(0, total - 1, min(documents, total)).astype(int)).tolist()) if total else set()
        )
        rows, number = [], 0
        for path in shards:
            for batch in read_shard(path):
                here = [n - number for n in range(number, number + batch.num_rows) if n in wanted]
                rows += [(row["text"], row["lang"]) for row in batch.take(pa.array(here, pa.int64())).to_pylist()]
                number += batch.num_rows
        if rows:
            chosen[source] = [(text, lang) for text, lang in rows if text]
    return chosen
