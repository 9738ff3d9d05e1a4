"""One pass of a tokenizer over a corpus: sums per language and source, of all documents or of a seeded sample of them.

A byte-level BPE with a pre-token pattern that our scanner supports encodes the whole corpus (100 MB/s a core), and its
figures are exact. Tables of pre-token counts are not used: they contain neither words between white space nor
documents. Any other tokenizer is 20 to 50 times slower and encodes a sample: each document of a language is drawn with
the same probability, so that ratios of totals are estimated without weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.kernels.utf8 import string_buffers
from corpus.shards import read_shard
from tokenizer.analysis.fertility import Sums, join, places
from tokenizer.analysis.subject import Subject
from tokenizer.analysis.word_list import frequent_words

Key = tuple[str, str]  # language, source
SAMPLE = 6 << 20  # bytes of a language for a tokenizer that is slow
PILOT = 4 << 20  # bytes of a language that give word lists and frequent tokens before the main pass


@dataclass(frozen=True)
class CorpusSize:
    """The size of a corpus: documents and bytes of text by shard, language and source."""

    shards: list[dict[Key, tuple[int, int]]]

    def bytes_of(self, language: str | None = None) -> int:
        """Bytes of a language, or of all."""
        return sum(size for shard in self.shards for (lang, _), (_, size) in shard.items() if language in (None, lang))

    def documents_of(self, language: str | None = None) -> int:
        """Documents of a language, or of all."""
        return sum(
            count for shard in self.shards for (lang, _), (count, _) in shard.items() if language in (None, lang)
        )

    @property
    def languages(self) -> list[str]:
        """The languages of the corpus, the largest first."""
        found = {lang for shard in self.shards for lang, _ in shard}
        return sorted(found, key=lambda lang: (-self.bytes_of(lang), lang))

    def rates(self, size: int) -> dict[str, float]:
        """The share of each language's documents that makes about `size` bytes, at most 1."""
        return {lang: min(1.0, size / max(1, self.bytes_of(lang))) for lang in self.languages}


def read_size(shards: Sequence[Path]) -> CorpusSize:
    """Count documents and bytes: reads offsets and names only, about 1 s for 10 GB."""
    found = []
    for path in shards:
        shard: dict[Key, tuple[int, int]] = {}
        for batch in read_shard(path):
            for key, texts in by_key(batch):
                _, offsets = string_buffers(texts)
                documents, size = shard.get(key, (0, 0))
                shard[key] = documents + len(texts), size + int(offsets[-1] - offsets[0])
        found.append(shard)
    return CorpusSize(found)


def by_key(batch: pa.RecordBatch) -> Iterator[tuple[Key, pa.Array]]:
    """The texts of a batch by language and source."""
    languages, sources = (batch[name].unique().to_pylist() for name in ("lang", "source"))
    if len(languages) == len(sources) == 1:
        yield (languages[0], sources[0]), batch["text"]
        return
    columns = pa.table({"lang": batch["lang"], "source": batch["source"]})
    keys = columns.group_by(["lang", "source"], use_threads=False).aggregate([])
    found = zip(keys["lang"].to_pylist(), keys["source"].to_pylist(), strict=True)
    for lang, source in found:
        mask = pc.and_(pc.equal(batch["lang"], lang), pc.equal(batch["source"], source))
        yield (lang, source), batch["text"].filter(mask)


def columns(path: Path, rates: dict[str, float] | None, seed: int, shard: int) -> Iterator[tuple[Key, pa.Array]]:
    """The texts of a shard by language and source; with `rates`, each document with that probability."""
    drawn = np.random.default_rng([seed, shard])
    for batch in read_shard(path):
        for key, texts in by_key(batch):
            rate = 1.0 if rates is None else rates[key[0]]
            if rate < 1:
                texts = texts.filter(pa.array(drawn.random(len(texts)) < rate))
            if len(texts):
                yield key, texts


@dataclass(frozen=True)
class Pilot:
    """A small sample of the corpus, the same for all tokenizers, and what is computed from it."""

    texts: dict[Key, pa.Array]
    words: dict[Key, pa.Array]  # of each source, and of a language as (language, "")

    def of(self, language: str) -> list[pa.Array]:
        """The texts of a language."""
        return [texts for (lang, _), texts in self.texts.items() if lang == language]


def read_pilot(shards: Sequence[Path], sizes: CorpusSize, seed: int, size: int = PILOT) -> Pilot:
    """Draw the pilot and make its word lists."""
    rates = sizes.rates(size)
    found: dict[Key, list[pa.Array]] = {}
    for number, path in enumerate(shards):
        for key, texts in columns(path, rates, seed, number):
            found.setdefault(key, []).append(texts)
    words = {key: frequent_words(parts) for key, parts in found.items()}
    for language in sizes.languages:
        words[language, ""] = frequent_words(p for (lang, _), parts in found.items() if lang == language for p in parts)
    return Pilot({key: pa.concat_arrays(parts) for key, parts in found.items()}, words)


def survey(
    subject: Subject, shards: Sequence[Path], sizes: CorpusSize, pilot: Pilot, seed: int, sample: int = SAMPLE
) -> dict[Key, Sums]:
    """The sums of a tokenizer over each language and source of a corpus; exact if our kernels encode."""
    rates = sizes.rates(sample) if subject.slow else None
    place = {}
    for language in sizes.languages:
        used = np.zeros(subject.vocab_size, np.int64)
        for texts in pilot.of(language):
            few = texts.take(pa.array(np.arange(0, len(texts), 4)))
            used += np.bincount(subject.encode_column(few)[0], minlength=subject.vocab_size)
        place[language] = places(used)
    documents = {lang: sizes.documents_of(lang) for lang in sizes.languages}
    found: dict[Key, Sums] = {}
    for number, path in enumerate(shards):
        sums = {
            key: Sums.empty(subject.vocab_size, count, documents[key[0]], (seed, number, place_of))
            for place_of, (key, (count, _)) in enumerate(sizes.shards[number].items())
        }
        for key, texts in columns(path, rates, seed + 1, number):
            sums[key].add(subject, texts, place[key[0]])
        for key, part in sums.items():
            if part.documents:
                found[key] = join([found[key], part] if key in found else [part])
    return found
