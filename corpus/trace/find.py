"""Documents of a corpus by id, URL, text or the reason for which they were dropped.

All documents that were read are searched, so that dropped ones are found, too. A sample is the documents whose origins
have the smallest hashes: the same each time, and from all parts of the corpus.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.cleaning.normalize import normalize
from corpus.errors import UserError, did_you_mean
from corpus.kernels.hashing import hash_strings
from corpus.quality import urls
from corpus.stored import batches, read_table
from corpus.trace.stages import Part, Stages, index_of, rows_where, url_rules

MEASURING = ("language", "empty", *urls.RULES)  # reasons for which documents are dropped before they are judged
MATCHING = ("exact", "near")


@dataclass(frozen=True)
class Wanted:
    """What to search: one of these."""

    id: str | None = None
    url: str | None = None  # complete, or a part of it
    text: str | None = None  # complete, or a part of it
    reason: str | None = None


def find_documents(stages: Stages, wanted: Wanted, sample: int) -> tuple[list[tuple[Part, str]], int]:
    """At most `sample` documents as (part, origin), and how many there are in total.

    Raises UserError if none is found, with the existing reasons.
    """
    if wanted.reason is not None:
        found = _dropped(stages, wanted.reason)
    else:
        found = [(part, origin) for part in stages.parts for origin in _matching(stages, part, wanted)]
    if not found:
        raise UserError(_nothing(stages, wanted))
    keys = hash_strings(pa.array([origin for _, origin in found], pa.string()))[:, 0]
    chosen = np.argsort(keys, kind="stable")[:sample] if len(found) > sample else np.arange(len(found))
    return [found[place] for place in chosen.tolist()], len(found)


def reasons(stages: Stages) -> dict[str, int]:
    """Reason → number of documents dropped for it: the names for --why-dropped."""
    from corpus.engine.marker import read_result

    total = read_result(stages.corpus, "stats.json")["total"]
    found: dict[str, int] = {}
    for stage in ("clean", "deduplicate", "trim"):
        for reason, count in total[stage]["dropped"].items():
            found[reason] = found.get(reason, 0) + count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _matching(stages: Stages, part: Part, wanted: Wanted) -> Iterator[str]:
    path = stages.documents("read", part)
    if wanted.id is not None:
        rows = rows_where(path, "id", wanted.id)
    elif wanted.url is not None:
        rows = rows_where(path, "url", wanted.url, part_of=True)
    else:
        text, _ = normalize(pa.array([wanted.text or ""]), stages.recipe.normalize)
        rows = rows_where(path, "text", text[0].as_py().strip(), part_of=True)
    yield from _origins(path, rows)


def _origins(path, rows: np.ndarray) -> list[str]:
    return read_table(path, ["origin"])["origin"].take(pa.array(rows)).to_pylist()


def _dropped(stages: Stages, reason: str) -> list[tuple[Part, str]]:
    duplicates = stages.duplicates
    found: list[tuple[Part, str]] = []
    for part in stages.parts:
        clean, measured = stages.documents("clean", part), stages.documents("measured", part)
        if reason in MATCHING:
            mine = pc.and_(pc.equal(duplicates["part"], part.number), pc.equal(duplicates["kind"], reason))
            origins = _origins(clean, duplicates.filter(mine)["row"].to_numpy())
        elif reason in MEASURING:
            origins = _lost_while_measuring(stages, part, reason)
        elif _is_rule(stages, part, reason):
            origins = _origins(measured, rows_where(stages.judged(part), "reason", reason))
        else:
            origins = _cut_away(stages, part, reason)
        found += [(part, origin) for origin in origins]
    return found


def _lost_while_measuring(stages: Stages, part: Part, reason: str) -> list[str]:
    kept = read_table(stages.documents("measured", part), ["origin"])["origin"].combine_chunks()
    origins: list[str] = []
    for batch in batches(stages.documents("read", part)):
        lost = pa.Table.from_batches([batch]).filter(pc.invert(pc.is_in(batch["origin"], kept)))
        foreign = pc.invert(pc.is_in(lost["lang"], pa.array(stages.recipe.languages))).to_pylist()
        found = url_rules(stages.recipe, part.source, lost)
        why = [rule or ("language" if other else "empty") for rule, other in zip(found, foreign, strict=True)]
        origins += lost.filter(pa.array([each == reason for each in why], pa.bool_()))["origin"].to_pylist()
    return origins


def _is_rule(stages: Stages, part: Part, reason: str) -> bool:
    return index_of(stages.judged(part), "reason", reason) >= 0


def _cut_away(stages: Stages, part: Part, reason: str) -> list[str]:
    """Documents that were cut completely."""
    path = stages.cut_texts(part)
    if not path.is_file():
        return []
    cut = read_table(path)
    rows = cut["row"].to_numpy()[pc.binary_length(cut["text"]).to_numpy() == 0]
    whole: dict[int, str] = {}
    for folder in stages.cuts(part):
        cuts = read_table(folder / "cuts.arrow").to_pylist()
        whole |= {cut["row"]: cut["kind"] for cut in cuts if cut["end"] < 0}
    return _origins(
        stages.documents("clean", part),
        np.array([row for row in rows.tolist() if whole.get(row, "nothing left") == reason], np.int64),
    )


def _nothing(stages: Stages, wanted: Wanted) -> str:
    if wanted.reason is not None:
        known = reasons(stages)
        listed = ", ".join(f"{name} ({count:,})" for name, count in known.items()) or "nothing was dropped"
        near = did_you_mean(wanted.reason, known)
        return f"--why-dropped {wanted.reason}: no document was dropped for that.{near} Reasons: {listed}."
    option, value = next(
        (name, value)
        for name, value in (("--id", wanted.id), ("--url", wanted.url), ("--text", wanted.text))
        if value is not None
    )
    return (
        f"{option} {value!r}: no document of {stages.corpus} is that or contains it. Documents are searched as they"
        " were read and normalised; what could not be read is in rejects/*.unreadable.jsonl."
    )
