"""fertility.json: all figures of some tokenizers on one corpus, as one dictionary (tokenizer/schema.py).

Data that all tokenizers share are prepared once: the sizes of the corpus, a pilot sample with its word lists, parallel
text, Kiwi's morphemes. Then each tokenizer is a task of its own, so that a machine with two cores examines two at a
time, and each is loaded once.
"""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from corpus.engine.local import Engine
from corpus.errors import UserError
from tokenizer.analysis import morphology, morphology_analysis, vocabulary
from tokenizer.analysis.fertility import Sums, group, join, whole
from tokenizer.analysis.parity import Parallel, compare
from tokenizer.analysis.places import files_of
from tokenizer.analysis.subject import Subject, open_subject
from tokenizer.analysis.survey import SAMPLE, CorpusSize, Key, Pilot, read_pilot, read_size, survey
from tokenizer.schema import VERSION

KIWI_SENTENCES = 3000
SHOWN = 4  # sentences of each language in the token view
SHOWN_CHARACTERS = range(20, 161)


class Shared(NamedTuple):
    """The data that every tokenizer is examined on."""

    shards: list[Path]
    sizes: CorpusSize
    pilot: Pilot
    parallel: Parallel
    kiwi: morphology_analysis.Analysis | None
    gold: morphology_analysis.Analysis | None
    korean: list[str]  # sentences
    shown: list[tuple[str, str]]  # language, sentence
    seed: int
    sample: int


class Candidate(NamedTuple):
    """A tokenizer to examine; `open_subject` opens it where it is examined."""

    name: str
    path: Path
    ours: bool
    seen: str | None = None  # "all", "part" or "none" of the text was in its training; None: not known


class Examined(NamedTuple):
    """The result of a task: the tokenizer's entry and where its tokens end in the shown sentences, or why a peer cannot
    be read."""

    entry: dict[str, Any]
    ends: list[list[int]]
    missing: str = ""


def prepare(
    shards: Sequence[Path], parallel: Parallel, gold: Path | None = None, seed: int = 0, sample: int = SAMPLE
) -> Shared:
    """Read the data that all tokenizers share. Kiwi analyses KIWI_SENTENCES sentences, about 3 s."""
    sizes = read_size(shards)
    pilot = read_pilot(shards, sizes, seed)
    korean = morphology_analysis.sentences_of(_texts(pilot, "ko"), KIWI_SENTENCES, seed)
    return Shared(
        list(shards),
        sizes,
        pilot,
        parallel,
        morphology_analysis.analyse(korean) if korean else None,
        morphology_analysis.read_gold(gold) if gold else None,
        korean,
        list(_shown(parallel, pilot, sizes.languages, seed)),
        seed,
        sample,
    )


def build(
    candidates: Sequence[Candidate],
    missing: list[dict[str, str]],
    shared: Shared,
    corpus: Path,
    engine: Engine,
    split: str,
) -> dict[str, Any]:
    """The content of fertility.json."""
    # Large vocabularies take longest; they are first, so that all cores finish at about the same time.
    order = sorted(candidates, key=lambda c: -sum(file.stat().st_size for file in files_of(c.path)))
    size = shared.sizes.bytes_of()
    tasks = engine.map(
        partial(examine, shared=shared), order, name="analyse", describe=_name, group=_name, weigh=lambda _: size
    )
    results = dict(zip(order, tasks, strict=True))
    found = {c.name: results[c] for c in candidates if not results[c].missing}
    unread = [{"name": c.name, "reason": results[c].missing} for c in candidates if results[c].missing]
    return {
        "schema": VERSION,
        "corpus": {"path": str(corpus), "split": split, "documents": shared.sizes.documents_of(), "bytes": size},
        "seed": shared.seed,
        "tokenizers": [examined.entry for examined in found.values()],
        "missing": missing + unread,
        "samples": [
            {"language": language, "text": text, "tokens": {name: examined.ends[n] for name, examined in found.items()}}
            for n, (language, text) in enumerate(shared.shown)
        ],
    }


def examine(chosen: Candidate, shared: Shared) -> Examined:
    """The entry of one tokenizer. A peer that cannot be read is reported as missing; raises UserError for one of
    ours."""
    try:
        subject = open_subject(chosen.path, chosen.ours, chosen.name)
    except UserError as error:
        if chosen.ours:
            raise
        return Examined({}, [], str(error))
    sums = survey(subject, shared.shards, shared.sizes, shared.pilot, shared.seed, shared.sample)
    used = np.sum([part.used for part in sums.values()], axis=0) if sums else None
    analysed = shared.kiwi or shared.gold
    entry = {
        "name": subject.name,
        "path": subject.path,
        "kind": subject.kind,
        "ours": subject.ours,
        "vocab_size": subject.vocab_size,
        "sha256": subject.sha256,
        "seen": chosen.seen,
        "pattern": subject.pattern,
        "slow": subject.slow,
        "languages": _languages(subject, sums, shared),
        "parity": compare(subject, shared.parallel, seed=shared.seed) if shared.parallel else None,
        "morphology": morphology.measure(subject, shared.kiwi, shared.gold, shared.seed) if analysed else None,
        "vocabulary": vocabulary.analyse(subject, used, _texts(shared.pilot, "ko")),
        "nfd_penalty": vocabulary.nfd_penalty(subject, shared.korean) if shared.korean else None,
    }
    return Examined(entry, [[end for _, _, end in subject.encode_spans(text)] for _, text in shared.shown])


def _languages(subject: Subject, sums: dict[Key, Sums], shared: Shared) -> dict[str, Any]:
    rates = shared.sizes.rates(shared.sample)
    found = {}
    for language in shared.sizes.languages:
        parts = {source: part for (lang, source), part in sorted(sums.items()) if lang == language}
        if not parts:  # the sample of a slow tokenizer contains no document of a rare language
            continue
        exact = not subject.slow or rates[language] == 1
        sources = {
            source: group(part, subject, shared.pilot.words.get((language, source), _NOTHING), exact, shared.seed)
            for source, part in parts.items()
        }
        words = shared.pilot.words[language, ""]
        found[language] = whole(join(parts.values()), subject, words, exact, shared.seed) | {"sources": sources}
    return found


_NOTHING = pa.array([], pa.large_string())


def _shown(parallel: Parallel, pilot: Pilot, languages: list[str], seed: int) -> list[tuple[str, str]]:
    """Sentences for the token view: the same ones in all languages where there is parallel text, else some of the
    corpus."""
    lines = {name: texts for name, texts in parallel.items() if _fitting(texts)}
    if lines:
        texts = max(lines.values(), key=lambda texts: len(_fitting(texts)))
        chosen = _drawn(_fitting(texts), seed)
        order = sorted(texts, key=lambda lang: (lang != "ko", lang != "en", lang))
        return [(lang, texts[lang][n].strip()) for lang in order for n in chosen]
    found = []
    for language in languages:
        pieces = [
            piece.strip() for text in _texts(pilot, language)[:500] for piece in re.split(r"\n|(?<=[.?!])\s+", text)
        ]
        fitting = [piece for piece in pieces if len(piece) in SHOWN_CHARACTERS]
        found += [(language, fitting[n]) for n in _drawn(list(range(len(fitting))), seed)]
    return found


def _fitting(texts: dict[str, list[str]]) -> list[int]:
    """The lines that are neither short nor long in any language."""
    count = len(next(iter(texts.values())))
    return [n for n in range(count) if all(len(lines[n].strip()) in SHOWN_CHARACTERS for lines in texts.values())]


def _drawn(places: list[int], seed: int) -> list[int]:
    chosen = np.random.default_rng(seed).permutation(len(places))[:SHOWN]
    return [places[n] for n in chosen]


def _texts(pilot: Pilot, language: str) -> list[str]:
    return [text for column in pilot.of(language) for text in column.to_pylist()]


def _name(chosen: Candidate) -> str:
    return chosen.name
