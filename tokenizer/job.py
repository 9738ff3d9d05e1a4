"""One training of a tokenizer, from the shards of a corpus or from counts of an earlier run to a finished folder.

Words are counted once; where a target or a share of superwords is to be found, tokenizers of other weights are learned
from the same counts and measured (tokenizer/target.py); then the merges of words, those of superwords, and the files.
"""

import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from corpus import release
from corpus.engine.local import Engine
from corpus.engine.marker import hashes_of
from corpus.engine.output import Output
from corpus.engine.task import file_sha256, write_json
from corpus.errors import UserError
from tokenizer import superwords as second_stage
from tokenizer.analysis.subject import open_subject
from tokenizer.candidates import LEAST_WORDS, Candidates, shares_of
from tokenizer.directory import MULTIPLE, SPECIAL_TOKENS, TOKENIZER
from tokenizer.options import Target, parse_target
from tokenizer.scanner.patterns import DEFAULT_PATTERN, pattern_code
from tokenizer.superwords import SUPERWORD_PATTERN, add_superwords, count_superwords
from tokenizer.target import Answer, search
from tokenizer.target import check as check_target
from tokenizer.tradeoff import Texts, curve_of, measure, read_texts, write_page
from tokenizer.training.bpe import Merges, train
from tokenizer.training.counts import (
    VERSION,
    Pretokens,
    Total,
    check_weights,
    count_hashes,
    count_shards,
    counted_text,
    read_index,
    weighted,
)
from tokenizer.training.files import write_tokenizer
from tokenizer.training.morphemes import KINDS, split_words
from tokenizer.training.sample import SampleSettings, draw_sample


class Settings(BaseModel):
    """What a tokenizer is to be. The numbers are those of the command's options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vocab_size: int  # tokens in all, a multiple of MULTIPLE
    sizes: list[int] = []  # smaller vocabularies of the same training, ascending
    pattern: str = DEFAULT_PATTERN
    sample: SampleSettings = SampleSettings()
    weights: dict[str, float] = {}  # of languages
    target: str = ""
    min_word_count: int = 1
    min_frequency: int = 2
    max_token_bytes: int = 0
    whole_characters: bool = True
    morphemes: str = "none"
    superwords: int | None = 0  # tokens; None: as many as give the fewest tokens per word

    @property
    def rules(self) -> dict[str, Any]:
        """The rules of merging, as `tokenizer.training.bpe.train` takes them."""
        return self.model_dump(include={"min_frequency", "max_token_bytes", "whole_characters"})

    @property
    def wanted(self) -> Target | None:
        """The target. Raises UserError for one that cannot be read."""
        return parse_target(self.target) if self.target else None

    @property
    def shares(self) -> list[int]:
        """The numbers of superwords that are tried."""
        return shares_of(self.vocab_size) if self.superwords is None else [self.superwords]

    @property
    def searched(self) -> bool:
        """Whether weights or a share of superwords are searched for."""
        return bool(self.target) or len(self.shares) > 1


class Source(NamedTuple):
    """Where the words of a training are from."""

    name: str  # as the user gave it
    corpus: Path
    shards: list[Path]  # none where `counts` are given
    counts: Path | None = None  # of an earlier run


def check(settings: Settings, source: Source) -> None:
    """Raises UserError for what is wrong before any text is read."""
    size, smaller, superwords = settings.vocab_size, settings.sizes, settings.shares[-1]
    pattern_code(settings.pattern)
    if smaller and smaller[-1] > size:
        raise UserError(f"--sizes: {smaller[-1]} is more than --vocab-size {size}; raise that, sizes are parts of it.")
    if settings.morphemes not in ("none", *KINDS):
        raise UserError(f"--morphemes {settings.morphemes!r}; accepted: none, {', '.join(KINDS)}.")
    if settings.wanted and settings.weights:
        raise UserError("--target finds the weights of languages; it does not go with --weights.")
    if not superwords:
        return
    if settings.pattern != SUPERWORD_PATTERN:
        raise UserError(f"--superwords needs --pattern {SUPERWORD_PATTERN}; {settings.pattern} has no runs of words.")
    if source.counts is not None:
        raise UserError("--superwords reads text, which counts do not hold; give --corpus instead of --counts.")
    if size - superwords < LEAST_WORDS:
        raise UserError(
            f"--superwords {superwords}: of {size} tokens at least {LEAST_WORDS} have to be learned from single words."
        )


def texts_for(settings: Settings, source: Source, parallel: Path | None) -> Texts | None:
    """What tokenizers of this training are measured on; None where none is. Raises UserError where the target cannot
    be measured."""
    if not (settings.searched or (settings.sizes and source.counts is None)):
        return None
    texts = read_texts(source.corpus, parallel)
    if settings.wanted:
        check_target(settings.wanted, texts)
    return texts


def identity(settings: Settings, source: Source, texts: Texts | None) -> dict[str, Any]:
    """All that decides which tokenizer a training gives, as a JSON value."""
    versions: dict[str, Any] = {"hanji": release()}
    if source.counts is None:
        versions["counting"] = [VERSION, Pretokens(settings.pattern).identity]
    if settings.shares[-1]:
        versions["superwords"] = second_stage.VERSION
    if settings.morphemes != "none":
        versions["kiwipiepy"] = version("kiwipiepy")
    return settings.model_dump(mode="json") | {
        "pattern": settings.pattern if source.counts is None else "that of the counts",
        "superwords": "auto" if settings.superwords is None else settings.superwords,
        "measured_on": texts.identity if texts else None,
        "text": hashes_of(source.corpus, source.shards) if source.counts is None else count_hashes(source.counts),
        "versions": versions,
    }


class Learned(NamedTuple):
    """The merges of a tokenizer, and what they were learned from."""

    total: Total  # words
    merges: Merges
    words_until: int | None  # tokens of `merges` from here on are superwords
    superwords: dict[str, Any] | None  # of training.json


class Job:
    """Counts the words of a source, and learns merges from them.

    `output` is the command's folder, claimed with the identity of the training; counts are kept in it.
    """

    def __init__(self, settings: Settings, source: Source, output: Output, engine: Engine) -> None:
        self.settings, self.source, self._output, self._engine = settings, source, output, engine
        begun = time.monotonic()
        self.choice = None
        if source.counts is None:
            self.choice = draw_sample(source.shards, settings.sample, engine)
            check_weights(settings.weights, source.shards, self.choice)
            output.reserve(["counts/"])
            work = output.work / "counts"
            count_shards(source.shards, output.path / "counts", settings.pattern, engine, self.choice, work=work)
        self._counts = source.counts or output.path / "counts"
        self.index = read_index(self._counts)
        self.seconds = time.monotonic() - begun  # of counting

    @property
    def text(self) -> list[str]:
        """SHA-256 of each shard that the words are from, in order."""
        counts = self.source.counts
        return sorted(self._output.settings["text"].values()) if counts is None else counted_text(counts)

    def search(self, texts: Texts) -> Answer:
        """The weights and the number of superwords that the settings ask for, measured on `texts`."""
        settings, size, shares = self.settings, self.settings.vocab_size, self.settings.shares
        known, pieces_of = None, None
        if shares[-1]:
            known = self._words(settings.weights, size - shares[-1])[1]
            tried, _ = self._runs(known, size - shares[-1], "tried_superwords")
            pieces_of = partial(weighted, tried, min_count=settings.min_word_count)

        def learn(weights: dict[str, float]) -> Merges:
            return self._words(weights, size)[1]

        pattern, rules = self.index["pattern"], settings.rules
        candidates = Candidates(learn, texts, pattern, size, self._output.work, rules, known, pieces_of)
        languages = sorted({table["lang"] for table in self.index["tables"]})
        return search(settings.wanted, texts, languages, candidates.figures, shares, size, settings.weights)

    def learn(self, weights: dict[str, float], superwords: int) -> Learned:
        """The merges of words, and then those of so many superwords."""
        size, rules = self.settings.vocab_size, self.settings.rules
        total, merges = self._words(weights, size - superwords)
        if not superwords:  # the pattern is that of the words
            return Learned(total, merges, None, None)
        first = len(merges.tokens)
        counted, limit = self._runs(merges, size - superwords, "superwords")
        pieces = weighted(counted, weights, self.settings.min_word_count)
        merges = add_superwords(merges, pieces, first + superwords, **rules)
        second = {
            "merges": len(merges.tokens) - first,
            "smallest_count": int(merges.counts[-1]) if len(merges.counts) else 0,
            "limit": limit,  # below it merges may be missing
            "distinct_pieces": len(pieces.words),
        }
        return Learned(total, merges, first, second)

    def _words(self, weights: dict[str, float], tokens: int) -> tuple[Total, Merges]:
        total = weighted(self._counts, weights, self.settings.min_word_count)
        if len(total.words) == 0:
            raise UserError(f"{self.source.name}: there is no text to learn from.")
        words, numbers = total.words, total.counts
        if self.settings.morphemes != "none":
            words, numbers = split_words(words, numbers, self.settings.morphemes, self._engine)
        return total, train(words, numbers, tokens - len(SPECIAL_TOKENS), **self.settings.rules)

    def _runs(self, first_stage: Merges, tokens: int, name: str) -> tuple[Path, int]:
        """Count the pieces of runs of words as tokens of the first stage: the folder, and the limit."""
        stage, folder = self._output.work / f"{name}.stage", self._output.work / name
        write_tokenizer(stage, first_stage, self.settings.pattern, tokens)
        return folder, count_superwords(self.source.shards, folder, stage / TOKENIZER, self._engine, self.choice)


class Trained(NamedTuple):
    """What a training has made."""

    record: dict[str, Any]  # training.json
    curves: list[dict[str, Any]]  # of the page
    complete: bool  # whether the text gave as many merges as were asked for


def make(staged: Path, job: Job, texts: Texts | None) -> Trained:
    """Train the tokenizer and write its folder to `staged`: tokenizer.json with its companions, `sizes`, training.json,
    and a page where settings were searched for or sizes are compared."""
    settings, begun = job.settings, time.monotonic()
    answer = Answer(settings.weights, settings.shares[-1], None, None)
    if settings.searched and texts:
        answer = job.search(texts)
    total, merges, words_until, superwords = job.learn(answer.weights, answer.superwords)
    pattern, size = job.index["pattern"], settings.vocab_size
    for n in settings.sizes:
        write_tokenizer(staged / "sizes" / str(n), merges, pattern, n, MULTIPLE, words_until)
    tokens = write_tokenizer(staged, merges, pattern, size, MULTIPLE, words_until)
    target, by_size = answer.target, None
    if target and texts:  # superwords were estimated before
        target["reached"] = measure(open_subject(staged), texts)[target["figure"]]
    if texts and settings.sizes:
        folders = {n: staged / "sizes" / str(n) for n in settings.sizes} | {tokens: staged}
        points = [(n, f"{n:,}", measure(open_subject(path), texts)) for n, path in sorted(folders.items())]
        by_size = curve_of("tokens of the vocabulary", points, texts, ticks=list(folders), chosen=tokens)
    record = {
        "corpus": job.source.name,
        "pattern": pattern,
        "vocab_size": tokens,
        "sizes": settings.sizes,
        "merges": len(merges.pairs),
        "special_tokens": SPECIAL_TOKENS,
        "sample": settings.sample.model_dump() if job.choice else "all documents",
        "text": job.text,
        "documents": job.choice.summary if job.choice else None,
        "capped_sites": len(job.choice.sites) if job.choice else 0,
        "counts": job.index["tables"],
        "weights": answer.weights,
        "target": target,
        "share_curve": answer.share_curve,
        "size_curve": by_size,
        "words": {
            "distinct": len(total.words),
            "occurrences": int(total.counts.sum()),
            "min_word_count": settings.min_word_count,
            "pruned_distinct": total.pruned_words,
            "pruned_occurrences": total.pruned_count,
        },
        **settings.rules,
        "morphemes": settings.morphemes,
        "superwords": superwords,
        "tokenizer_sha256": file_sha256(staged / TOKENIZER),
        "seconds": {"count": round(job.seconds, 2), "train": round(time.monotonic() - begun, 2)},
    }
    write_json(staged / "training.json", record)
    curves = [curve for curve in (target and target["curve"], answer.share_curve, by_size) if curve]
    if curves:
        reached = target and f"A tokenizer of {target['figure']} = {target['reached']:.3f}"
        title = reached or ("Vocabularies of one training" if by_size else "Shares of superwords")
        write_page(staged / "report.html", title, curves)
    return Trained(record, curves, len(merges.tokens) >= size - len(SPECIAL_TOKENS))
