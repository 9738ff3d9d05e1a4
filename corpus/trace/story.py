"""What each step of a build did to one document, as a JSON value.

All text that is shown is redacted like the corpus itself, so that a trace contains no personal data.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.cleaning import boilerplate, privacy
from corpus.cleaning.normalize import normalize
from corpus.contamination.find import judge as judge_tests
from corpus.contamination.index import load_index
from corpus.contamination.scan import FOUND
from corpus.document import Part as UpstreamPart
from corpus.prepare import PartTask
from corpus.quality.judgement import all_rules, limits, statistics
from corpus.stored import read_table
from corpus.trace.differences import differing_words, lines_gone
from corpus.trace.stages import Part, Stages, index_of, profile_of, record, url_rules

EXCERPT = 400  # characters
MEMBERS = 20  # of a cluster, shown
Step = dict[str, Any]
ADDRESSED = pa.schema([("url", pa.string()), ("text", pa.string())])


def tell(stages: Stages, part: Part, origin: str) -> dict[str, Any]:
    """The story of the document `origin` of a part: {"id", …, "outcome", "reason", "steps": [{"step", …}]}."""
    read_row = stages.row("read", part, origin)
    document = record(stages.documents("read", part), read_row)
    masked = _masked(stages, document["text"])
    steps = [_source(stages, part, document), _normalised(stages, part, document), _language(stages, document)]
    outcome = ("dropped", "language") if document["lang"] not in stages.recipe.languages else None
    table = pa.Table.from_pylist([{name: document[name] for name in ("url", "text")}], schema=ADDRESSED)
    if by_url := url_rules(stages.recipe, part.source, table)[0]:
        outcome = "dropped", by_url
    measured_row = stages.row("measured", part, origin)
    steps += _changed(stages, part, document, measured_row)
    if outcome is None and measured_row < 0:
        outcome = "dropped", "empty"
    if measured_row >= 0:
        quality = _quality(stages, part, document, measured_row)
        steps.append(quality)
        if quality["reason"]:
            outcome = "dropped", quality["reason"]
    clean_row = stages.row("clean", part, origin)
    if clean_row >= 0:
        matched = _duplicates(stages, part, clean_row)
        steps.append(matched)
        if matched["role"] == "dropped":
            outcome = "dropped", f"{matched['kind']} duplicate"
        else:
            cut, gone = _cuts(stages, part, clean_row)
            steps += [cut, *_tests(stages, part, clean_row)]
            if gone:
                outcome = "dropped", gone
    if outcome is None:
        steps.append(_shard(stages, part, document["id"], origin))
    state, reason = outcome or ("kept", "")
    shown = {name: document[name] for name in ("id", "origin", "source", "license")}
    shown |= {name: _masked(stages, document[name]) if document[name] else None for name in ("url", "title")}
    text = masked[:EXCERPT] + " …" * (len(masked) > EXCERPT)
    return shown | {"outcome": state, "reason": reason, "text": text, "steps": steps}


def _masked(stages: Stages, text: str) -> str:
    redacted, _ = privacy.redact(pa.array([text]), stages.recipe.privacy)
    return redacted[0].as_py()


def _source(stages: Stages, part: Part, document: dict[str, Any]) -> Step:
    url, _, row = document["origin"].rpartition("#")
    known = stages.inputs.get(url, {})
    return {
        "step": "source",
        "file": url,
        "row": int(row),
        "part": part.name,
        "sha256": known.get("sha256"),
        "license": document["license"],
    }


def _normalised(stages: Stages, part: Part, document: dict[str, Any]) -> Step:
    """The changes of normalising, from the raw record, if its file still exists unchanged."""
    url, _, row = document["origin"].rpartition("#")
    raw = _raw_text(stages, part, url, int(row))
    if isinstance(raw, Exception) or raw is None:
        why = str(raw) if raw else f"{url} is not on this machine any more"
        return {"step": "normalise", "repairs": None, "changes": [], "note": f"what was changed is not known: {why}"}
    _, repairs = normalize(pa.array([raw]), stages.recipe.normalize)
    before, after = _masked(stages, raw), _masked(stages, document["text"])
    return {
        "step": "normalise",
        "repairs": sorted(repairs),
        "bytes_in": len(raw.encode()),
        "bytes_out": len(document["text"].encode()),
        "changes": differing_words(before, after),
    }


def _raw_text(stages: Stages, part: Part, url: str, row: int) -> str | Exception | None:
    from pathlib import Path

    known = stages.inputs.get(url)
    if known is None or not Path(known["path"]).is_file():
        return None
    source = next(source for source in stages.recipe.sources if source.name == part.source)
    nowhere = stages.work / "read" / part.name
    entry = UpstreamPart(source.name, url)
    task = PartTask(stages.recipe, source, entry, Path(known["path"]), known["bytes"], nowhere, nowhere)
    try:
        for chunk in task.kind().read(task.path, _as_read(stages, part, entry)):
            rows = chunk.records["row"].to_numpy()
            places = np.flatnonzero(rows == row)
            if len(places):
                return chunk.records["text"][int(places[0])].as_py()
    except OSError as error:
        return error
    return None


def _as_read(stages: Stages, part: Part, entry: UpstreamPart) -> UpstreamPart:
    """The part with its subset, as manifest.json names it."""
    from dataclasses import replace

    for known in stages.manifest["inputs"]:
        if known["url"] == entry.url and known["source"] == part.source:
            return replace(entry, subset=known["subset"])
    return entry


def _language(stages: Stages, document: dict[str, Any]) -> Step:
    return {
        "step": "language",
        "language": document["lang"],
        "score": round(document["lang_score"], 4),
        "confidence": stages.recipe.language.confidence,
        "wanted": stages.recipe.languages,
        "kept": document["lang"] in stages.recipe.languages,
    }


def _changed(stages: Stages, part: Part, document: dict[str, Any], measured_row: int) -> list[Step]:
    """Boilerplate lines that were removed, and what was redacted, masked."""
    table = {name: pa.array([document[name]], pa.string()) for name in ("text", "url", "source")}
    learned = boilerplate.load(stages.learned())
    texts, _ = boilerplate.remove(table["text"], table["url"], table["source"], learned, stages.recipe.boilerplate)
    without = texts[0].as_py()
    redacted, counts = privacy.redact(texts, stages.recipe.privacy)
    after = redacted[0].as_py()
    pairs = zip(without.split("\n"), after.split("\n"), strict=False)
    lines = [new.strip()[:EXCERPT] for old, new in pairs if old != new]
    removed = [_masked(stages, line) for line in lines_gone(document["text"], without)]
    made = record(stages.documents("measured", part), measured_row)["text"] if measured_row >= 0 else after
    made = document["text"] if made is None else made  # as it was read
    return [
        {"step": "boilerplate", "lines": removed},
        {"step": "privacy", "redacted": counts, "lines": lines, "as_built": made == after},
    ]


def _quality(stages: Stages, part: Part, document: dict[str, Any], row: int) -> Step:
    """Each rule with its statistic and its limit; the first that fires is the reason."""
    settings = stages.recipe.quality
    profile = profile_of(stages.recipe, part.source)
    values = record(stages.statistics(part), row)
    asked = limits(document["lang"], profile, settings)
    rules = [
        {
            "rule": rule.name,
            "meaning": rule.meaning,
            "value": round(values[rule.statistic], 4),
            "side": rule.side,
            "limit": limit,
            "beyond": _beyond(rule.side, values[rule.statistic], limit),
            "evidence": round(values[f"n_{rule.things}"]) if rule.things else None,
            "counted": rule.things,
        }
        for rule in all_rules(settings)
        if rule.statistic in values  # a rule that is newer than the corpus dropped nothing from it
        and (limit := asked[rule.name]) is not None
    ]
    told = {name: round(values[name], 4) for name in statistics(settings) if name in values}
    judged = record(stages.judged(part), row)
    return {
        "step": "quality",
        "profile": profile,
        "reason": judged["reason"],
        "value": None if judged["value"] is None else round(judged["value"], 4),
        "rules": rules,
        "statistics": told,
    }


def _beyond(side: str, value: float, limit: float) -> bool:
    limit = float(np.float32(limit))
    return value < limit if side == "min" else value > limit


def _duplicates(stages: Stages, part: Part, row: int) -> Step:
    """The cluster of a document: the survivor and the differing words, or the documents that it represents."""
    table = stages.duplicates
    mine = pc.and_(pc.equal(table["part"], part.number), pc.equal(table["row"], row))
    dropped = table.filter(mine).to_pylist()
    text = record(stages.documents("clean", part), row)["text"]
    if dropped:
        entry = dropped[0]
        kept = _named(stages, entry["survivor_part"], entry["survivor_row"])
        return {
            "step": "duplicates",
            "role": "dropped",
            "kind": entry["kind"],
            "similarity": round(entry["similarity"], 4),
            "threshold": stages.recipe.match.threshold,
            "survivor": {name: kept[name] for name in ("id", "origin", "source")},
            "differences": differing_words(text, kept["text"]),
        }
    stood_for = table.filter(
        pc.and_(pc.equal(table["survivor_part"], part.number), pc.equal(table["survivor_row"], row))
    )
    members = []
    for entry in stood_for.slice(0, MEMBERS).to_pylist():
        gone = _named(stages, entry["part"], entry["row"])
        members.append(
            {name: gone[name] for name in ("id", "origin", "source")}
            | {"kind": entry["kind"], "similarity": round(entry["similarity"], 4)}
            | {"differences": differing_words(text, gone["text"], 3)}
        )
    role = "survivor" if members else "unique"
    return {"step": "duplicates", "role": role, "documents": stood_for.num_rows + 1, "members": members}


def _named(stages: Stages, part: int, row: int) -> dict[str, Any]:
    return record(stages.documents("clean", stages.parts[part]), row)


def _cuts(stages: Stages, part: Part, row: int) -> tuple[Step, str | None]:
    """The cuts of a document, and the reason if nothing was left."""
    wanted = []
    for folder in stages.cuts(part):
        cuts = read_table(folder / "cuts.arrow")
        wanted += cuts.filter(pc.equal(cuts["row"], row)).to_pylist()
    step: Step = {"step": "cuts", "found": [], "lines": []}
    if not wanted:
        return step, None
    before = record(stages.documents("clean", part), row)["text"]
    place = index_of(stages.cut_texts(part), "row", row)
    after = record(stages.cut_texts(part), place)["text"] if place >= 0 else before
    data = before.encode()
    for cut in wanted:
        piece = data if cut["end"] < 0 else data[cut["start"] : cut["end"]]
        step["found"].append({"kind": cut["kind"], "text": piece.decode("utf-8", "replace")[:EXCERPT]})
    step["lines"] = [line[:EXCERPT] for line in lines_gone(before, after)]
    whole = next((cut["kind"] for cut in wanted if cut["end"] < 0), "nothing left")
    return step, whole if before and not after else None


def _tests(stages: Stages, part: Part, row: int) -> list[Step]:
    """Items of evaluation sets found in the document, with the verdict on each; nothing if none were searched."""
    index = stages.work / "contamination" / "index"
    if not stages.test_items(part).is_file() or not index.is_dir():
        return []
    table = load_index(index)
    tables = []
    for other in stages.parts:
        found = read_table(stages.test_items(other))
        tables.append(found.append_column("part", pa.array(np.full(found.num_rows, other.number, np.int32))))
    every = pa.concat_tables([FOUND.append(pa.field("part", pa.int32())).empty_table(), *tables])
    verdicts = judge_tests(every, table, stages.recipe.contamination)
    mine = np.flatnonzero((every["part"].to_numpy() == part.number) & (every["row"].to_numpy() == row))
    data = record(stages.documents("clean", part), row)["text"].encode()
    found = []
    for place in mine.tolist():
        entry = every.slice(place, 1).to_pylist()[0]
        piece = table.pieces.slice(entry["piece"], 1).to_pylist()[0]
        text = data[entry["start"] : entry["end"]].decode("utf-8", "replace")[:EXCERPT]
        found.append(
            {name: piece[name] for name in ("task", "item", "field")}
            | {"verdict": str(verdicts[place]), "coverage": round(entry["coverage"], 3)}
            | {"test": piece["text"][:EXCERPT], "text": text}
        )
    return [{"step": "tests", "found": found}]


def _shard(stages: Stages, part: Part, id: str, origin: str) -> Step:
    """Where the document is in the finished corpus."""
    from corpus.shards import read_shard

    for path in stages.shards(part.source):
        before = 0
        for batch in read_shard(path):
            place = pc.index(batch["origin"], origin).as_py()
            if place >= 0:
                kept = batch.slice(place, 1).to_pylist()[0]
                return {
                    "step": "shard",
                    "shard": path.relative_to(stages.corpus).as_posix(),
                    "row": before + place,
                    "bytes": len(kept["text"].encode()),
                    "duplicates": kept["duplicates"],
                    "text": kept["text"][:EXCERPT],
                }
            before += batch.num_rows
    return {"step": "shard", "shard": None, "row": None, "note": f"{id} is in no shard: the corpus is damaged"}
