"""Which documents a tokenizer is trained on: quotas of documents per language, caps per source and per site.

Each document has a rank, the seeded hash of its id. A quota takes the documents of smallest rank, so that a sample is a
threshold per source and language. It is the same for any number of workers, and a larger quota contains a smaller one.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from corpus.engine.local import Engine
from corpus.errors import UserError
from corpus.kernels.hashing import hash_strings
from corpus.shards import read_shard, source_of

_EVERY = np.uint64(np.iinfo(np.uint64).max)


class SampleSettings(BaseModel):
    """Numbers of documents; with nothing set, every document is taken."""

    model_config = ConfigDict(extra="forbid")

    # Quota per language; if any language has one, languages without one are left out.
    languages: dict[str, PositiveInt] = {}
    sources: dict[str, PositiveInt] = {}  # the most of one source
    site: NonNegativeInt = 0  # the most of one host; 0: no cap
    seed: NonNegativeInt = 0


class Sample(NamedTuple):
    """A sample of documents, in the form that the counting tasks apply."""

    seed: int
    thresholds: dict[tuple[str, str], int]  # (source, language) -> largest rank that is taken; absent: none
    sites: np.ndarray  # uint64[capped sites], ascending hashes of hosts
    site_thresholds: np.ndarray  # uint64[capped sites]
    summary: list[dict[str, Any]]  # per source and language: documents in the corpus and documents taken


def draw_sample(shards: list[Path], settings: SampleSettings, engine: Engine) -> Sample | None:
    """Draw a sample; None when the settings take all documents. Reads ids, languages and addresses, not texts."""
    if not (settings.languages or settings.sources or settings.site):
        return None
    task = partial(_ranks, seed=settings.seed, sites=settings.site > 0)
    found: dict[tuple[str, str], list[np.ndarray]] = {}
    for shard, ranks in zip(shards, engine.map(task, shards, name="sample", group=source_of), strict=True):
        for lang, columns in ranks.items():
            found.setdefault((source_of(shard), lang), []).append(columns)
    for name, known in (("sources", {s for s, _ in found}), ("languages", {lang for _, lang in found})):
        for missing in set(getattr(settings, name)) - known:
            raise UserError(
                f"the corpus has no documents of {name[:-1]} {missing!r}; it has: {', '.join(sorted(known))}."
            )
    documents = {
        key: np.concatenate(columns, axis=1) for key, columns in sorted(found.items())
    }  # uint64[2, n]: rank, site
    sites, site_thresholds = _site_caps(list(documents.values()), settings.site)
    candidates = {}
    for (source, lang), (ranks, hosts) in documents.items():
        if settings.languages and lang not in settings.languages:
            continue
        candidates[source, lang] = ranks[_within_sites(ranks, hosts, sites, site_thresholds)]
    thresholds: dict[tuple[str, str], np.uint64] = {}
    for source in {source for source, _ in candidates}:
        mine = [key for key in candidates if key[0] == source]
        limit = _smallest(np.concatenate([candidates[key] for key in mine]), settings.sources.get(source))
        thresholds |= dict.fromkeys(mine, limit)
    for lang, quota in settings.languages.items():
        mine = [key for key in candidates if key[1] == lang]
        left = [candidates[key][candidates[key] <= thresholds[key]] for key in mine]
        limit = _smallest(np.concatenate(left), quota)
        thresholds |= {key: min(thresholds[key], limit) for key in mine}
    summary = [
        {
            "source": source,
            "lang": lang,
            "documents": documents[source, lang].shape[1],
            "taken": int(np.count_nonzero(candidates[source, lang] <= thresholds[source, lang]))
            if (source, lang) in candidates
            else 0,
        }
        for source, lang in documents
    ]
    return Sample(
        settings.seed, {key: int(value) for key, value in thresholds.items()}, sites, site_thresholds, summary
    )


def sampled(batch: pa.RecordBatch, source: str, sample: Sample) -> pa.RecordBatch:
    """The documents of a batch that are in the sample."""
    ranks, hosts = _columns(batch, sample.seed, len(sample.sites) > 0)
    taken = _within_sites(ranks, hosts, sample.sites, sample.site_thresholds)
    for lang in batch["lang"].unique().to_pylist():
        mine = pc.equal(batch["lang"], lang).to_numpy(zero_copy_only=False)
        threshold = sample.thresholds.get((source, lang))
        taken &= ~mine | (ranks <= np.uint64(threshold) if threshold is not None else np.False_)
    return batch.filter(pa.array(taken))


def _ranks(path: Path, seed: int, sites: bool) -> Mapping[str, np.ndarray]:
    """uint64[2, n] of rank and site for each language of a shard."""
    found: dict[str, list[np.ndarray]] = {}
    for batch in read_shard(path):
        columns = np.stack(_columns(batch, seed, sites))
        for lang in batch["lang"].unique().to_pylist():
            mine = pc.equal(batch["lang"], lang).to_numpy(zero_copy_only=False)
            found.setdefault(lang, []).append(columns[:, mine])
    return {lang: np.concatenate(parts, axis=1) for lang, parts in found.items()}


def _columns(batch: pa.RecordBatch, seed: int, sites: bool) -> tuple[np.ndarray, np.ndarray]:
    """Rank and hash of the host of each document: uint64[n], uint64[n]; 0 for a document without an address."""
    ranks = hash_strings(batch["id"], seed)[:, 0]
    if not sites:
        return ranks, np.zeros(len(batch), np.uint64)
    hosts = pc.struct_field(pc.extract_regex(batch["url"], r"^[A-Za-z][A-Za-z0-9+.-]*://(?P<host>[^/?#]+)"), "host")
    hashes = hash_strings(pc.fill_null(hosts, ""))[:, 0]
    return ranks, np.where(pc.is_null(hosts).to_numpy(zero_copy_only=False), np.uint64(0), hashes)


def _site_caps(documents: list[np.ndarray], cap: int) -> tuple[np.ndarray, np.ndarray]:
    """The sites with more documents than `cap`, ascending, and the largest rank that is taken from each."""
    none = np.zeros(0, np.uint64)
    if not cap or not documents:
        return none, none
    ranks, hosts = np.concatenate(documents, axis=1)
    order = np.lexsort((ranks, hosts))
    ranks, hosts = ranks[order], hosts[order]
    starts = np.flatnonzero(np.concatenate([[True], hosts[1:] != hosts[:-1]]))
    sizes = np.diff(np.append(starts, len(hosts)))
    starts = starts[(sizes > cap) & (hosts[starts] != 0)]
    return hosts[starts], ranks[starts + cap - 1]


def _within_sites(ranks: np.ndarray, hosts: np.ndarray, sites: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Whether each document is within the cap of its site."""
    if len(sites) == 0:
        return np.ones(len(ranks), np.bool_)
    place = np.minimum(np.searchsorted(sites, hosts), len(sites) - 1)
    return (sites[place] != hosts) | (ranks <= thresholds[place])


def _smallest(ranks: np.ndarray, count: int | None) -> np.uint64:
    """The rank up to which there are `count` documents."""
    if count is None or len(ranks) <= count:
        return _EVERY
    return np.partition(ranks, count - 1)[count - 1]
