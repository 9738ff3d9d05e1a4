"""Parity: how many tokens the same content takes in different languages, on parallel text.

The premium of language A over B is the ratio of their tokens on the same text (Petrov et al. 2023, arXiv:2305.15425): 1
is parity. It is computed from totals, as in their tables, with an interval over pairs; `premium_mean` is the mean of
the pairs' ratios, as in their formula. Gini's coefficient of the languages' tokens on the same lines is 0 when all
languages need equally many: Σ_ij |c_i − c_j| / (2 n² c̄).

A folder of parallel text holds files of lines NAME.LANG (`jhe.dev.ko`, `jhe.dev.en`), which are grouped by NAME up to
its first dot, and JSON lines (also .zst, .gz) whose records contain a text per language code.
"""

import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from corpus.errors import UserError
from corpus.lines import read_lines
from tokenizer.analysis.bootstrap import divided, estimate, ratio, resampled, statistics
from tokenizer.analysis.fertility import sums_of, whole
from tokenizer.analysis.subject import Subject
from tokenizer.analysis.word_list import frequent_words

Parallel = dict[str, dict[str, list[str]]]  # set → language → texts, aligned

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z]{2,8})?")
_JSON = re.compile(r"(.+)\.jsonl(?:\.zst|\.gz)?")


def read_parallel(directory: Path) -> Parallel:
    """All parallel sets of a folder, files of lines first.

    Raises UserError when there are none, or the numbers of lines differ.
    """
    if not directory.is_dir():
        raise UserError(f"--parallel {directory}: no such folder.")
    files: dict[str, dict[str, dict[str, Path]]] = defaultdict(lambda: defaultdict(dict))  # set → part → language
    found: Parallel = {}
    documents: Parallel = {}
    for path in sorted(directory.iterdir()):
        part, _, language = path.name.rpartition(".")
        if match := _JSON.fullmatch(path.name):
            documents[match[1]] = _read_records(path)
        # `jhe.eval.ko.pos` annotates `jhe.eval.ko`; it is not a language.
        elif part and _LANGUAGE.fullmatch(language) and not (directory / part).exists():
            files[part.split(".")[0]][part][language] = path
    for name, parts in files.items():
        languages = sorted({language for paths in parts.values() for language in paths})
        if len(languages) < 2:
            continue
        found[name] = {language: [] for language in languages}
        for part, paths in parts.items():
            lines = {language: _read_texts(path) for language, path in paths.items()}
            if set(lines) != set(languages) or len({len(texts) for texts in lines.values()}) > 1:
                counts = ", ".join(f"{part}.{language}: {len(texts)} lines" for language, texts in lines.items())
                raise UserError(
                    f"{directory}: the files of {part} do not go together ({counts}); expected as many lines in each of"
                    f" {', '.join(languages)}."
                )
            for language, texts in lines.items():
                found[name][language] += texts
    found |= documents
    if not found:
        raise UserError(
            f"--parallel {directory}: no parallel text; expected NAME.LANG files of as many lines each (news.ko,"
            ' news.en), or .jsonl files with records such as {"ko": "…", "en": "…"}.'
        )
    return found


def _read_texts(path: Path) -> list[str]:
    """The texts of a file, one a line; Windows files end lines with "\\r\\n"."""
    try:
        return [line.removesuffix("\r") for line in read_lines(path)]
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 ({error}). Convert it first, for example with iconv.") from error


def _read_records(path: Path) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    with pa.input_stream(str(path), compression="detect") as stream:
        lines = stream.read().removesuffix(b"\n").split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            record = orjson.loads(line)
            found = {key: value for key, value in record.items() if _LANGUAGE.fullmatch(key) and isinstance(value, str)}
        except (orjson.JSONDecodeError, AttributeError) as error:
            raise UserError(f"{path}, line {number}: expected a JSON object, found {line[:60]!r} ({error}).") from error
        if (number > 1 and set(found) != set(texts)) or len(found) < 2:
            raise UserError(
                f"{path}, line {number}: found texts in {', '.join(found) or 'no language'}; expected"
                f" {', '.join(texts) or 'two languages or more'}, as in all lines."
            )
        for language, text in found.items():
            texts.setdefault(language, []).append(text)
    if not texts:
        raise UserError(f'{path}: no record; expected lines such as {{"ko": "…", "en": "…"}}.')
    return texts


def compare(subject: Subject, parallel: Parallel, base: str = "en", seed: int = 0) -> dict[str, Any]:
    """{set: {language: GROUP, "premium", "premium_mean", "premiums", "gini"}, "gini"}.

    "premium" is that of Korean over English (None where one of them is missing), "premiums" that of every language over
    `base`; the outer "gini" is that of the set with the most languages.
    """
    found: dict[str, Any] = {}
    largest = max(parallel, key=lambda name: len(parallel[name]), default=None)
    for name, languages in parallel.items():
        columns = {language: pa.array(texts, pa.large_string()) for language, texts in languages.items()}
        sums = {language: sums_of(subject, column) for language, column in columns.items()}
        tokens = {language: np.concatenate(part.tokens) for language, part in sums.items()}
        premiums = {
            language: ratio(tokens[language], tokens[base], seed)
            for language in tokens
            if base in tokens and language != base
        }
        both = "ko" in tokens and "en" in tokens
        found[name] = {
            language: whole(sums[language], subject, frequent_words([column]), seed=seed)
            for language, column in columns.items()
        } | {
            "premium": ratio(tokens["ko"], tokens["en"], seed) if both else None,
            "premium_mean": mean_premium(tokens["ko"], tokens["en"], seed) if both else None,
            "premiums": premiums,
            "gini": gini(np.stack(list(tokens.values()), axis=1), seed),
        }
    return found | {"gini": found[largest]["gini"]["value"] if largest is not None else None}


def mean_premium(costs: np.ndarray, base: np.ndarray, seed: int = 0) -> dict[str, float | None]:
    """The mean over pairs of costs / base, with its interval; pairs with an empty side are left out."""
    both = (costs > 0) & (base > 0)
    if not both.any():
        return estimate(None, np.zeros(0))
    ratios = costs[both] / base[both]
    return estimate(float(ratios.mean()), resampled(ratios[:, None], seed)[:, 0] / len(ratios))


def gini(costs: np.ndarray, seed: int = 0) -> dict[str, float | None]:
    """Gini's coefficient of languages' totals: `costs` int64[lines, languages], tokens of the same lines; with its
    interval."""
    return statistics(costs, {"gini": _gini}, seed)["gini"]


def _gini(totals: np.ndarray) -> np.ndarray:
    n = totals.shape[1]
    apart = sum(np.abs(totals[:, i] - totals[:, j]) for i, j in combinations(range(n), 2))
    return divided(2 * np.asarray(apart), 2 * n * totals.sum(axis=1))
