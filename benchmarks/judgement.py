"""Results of the web profile on known texts: clean text dropped by rule, documents changed by kind of change, spam
kept, lines added.

    HANJI_MIRROR=DIR HANJI_DATA=DIR python -m benchmarks.judgement [--documents 2000] [--samples DIR]

Each kind of clean text takes the steps of a build: it is normalised, its language is detected, boilerplate of its site
is learned and removed, it is measured and judged. Documents of at least 200 characters are counted (comments and
reviews: all, separately); intervals are Wilson's at 95 %. Spam, reports about the topics of spam, and pages without
text are those of benchmarks/judgement_texts.py; spam and honest texts by topic, with topics that no rule was tuned to,
those of benchmarks/judgement_topics.py. Some collections were never cleaned (web, documentation, translations).
Their dropped documents were read: those in judgement_texts.BAD are no clean text by its criterion. The first figure
excludes them, the second includes them. A document is changed by a repair of broken text, by a removed line of
boilerplate, by a cut of repeated sentences or paragraphs (`spans`, off by default) or by a tag for personal data. A
line is added if it is in the output and in no line of the normalised input. `--samples` writes twenty dropped, kept and
changed documents of each kind, for reading. Last line: JSON.
"""

import gzip
import io
import json
import math
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zstandard

from benchmarks import command_line, judgement_texts, judgement_topics
from corpus.cleaning import boilerplate
from corpus.cleaning.language import LanguageSettings, detect
from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.cleaning.privacy import PrivacySettings, redact
from corpus.duplicates.dataset import NearDuplicateSettings, sign_part, text_batches, write_parts
from corpus.duplicates.match import MatchSettings, match
from corpus.engine.local import LocalEngine
from corpus.quality import QualitySettings, judge, measure
from corpus.repeats.cuts import apply_cuts, invented_lines, read_cuts
from corpus.repeats.spans import SpanSettings, find_spans

HUB = "huggingface.co/datasets"
LEAST = 200  # characters of a text that is long enough to be judged
SHORT = ("comment", "review")  # kinds that are short by nature
Document = tuple[str, str]  # text, URL ("": none)


CHANGES = ("repairs", "boilerplate", "spans", "privacy")


class Judged(NamedTuple):
    """The results of the documents of one kind."""

    before: list[str]  # normalised
    after: list[str]  # without boilerplate
    cut: list[str]  # and without repeated sentences
    reasons: list[str | None]  # rule or "language"; None: kept
    changed: dict[str, np.ndarray]  # bool[n] for each of CHANGES


def lines_of(path: Path) -> Iterator[dict]:
    """The records of a JSON Lines file, gzip or Zstandard."""
    if path.suffix == ".gz":
        with gzip.open(path) as lines:
            yield from map(orjson.loads, lines)
    else:
        with path.open("rb") as file:
            packed = zstandard.ZstdDecompressor().stream_reader(file)
            yield from map(orjson.loads, io.TextIOWrapper(packed, encoding="utf-8"))


def clean_texts(mirror: Path, data: Path, documents: int) -> dict[str, tuple[str, list[Document]]]:
    """Kind → (language, documents), the first of each collection."""
    kinds: dict[str, tuple[str, list[Document]]] = {}
    for record in lines_of(data / "genres/genres_ko.jsonl.zst"):
        kinds.setdefault(record["genre"], ("ko", []))[1].append((record["text"], record["url"] or ""))
    for lang, part in (("ko", "train-00002-of-00003"), ("en", "train-00000-of-00041")):
        table = pq.read_table(
            mirror / HUB / f"wikimedia/wikipedia/20231101.{lang}/{part}.parquet", columns=["text", "url"]
        )
        rows = table.slice(0, documents).to_pylist()
        kinds[f"encyclopaedia {lang}"] = lang, [(row["text"], row["url"]) for row in rows]
    c4 = mirror / HUB / "allenai/c4"
    for kind, lang, name in (
        ("documentation ko", "ko", "multilingual/c4-ko.tfrecord-00003-of-01024.json.gz"),
        ("documentation en", "en", "en/c4-train.00001-of-01024.json.gz"),
        ("web en", "en", "en/c4-train.00000-of-01024.json.gz"),
    ):
        kinds[kind] = lang, [(r["text"], r["url"]) for r in islice(lines_of(c4 / name), documents)]
    both = list(lines_of(data / "parallel/tensorflow_docs.jsonl.zst"))
    kinds |= {f"translation {lang}": (lang, [(r[lang], "") for r in both]) for lang in ("ko", "en")}
    reviews = islice(lines_of(data / "short_ko/movie_reviews.jsonl.zst"), documents)
    kinds["review"] = "ko", [(r["text"], "") for r in reviews]
    return {kind: (lang, texts[:documents]) for kind, (lang, texts) in kinds.items()}


def judged(documents: Sequence[Document], lang: str, folder: Path) -> Judged:
    """Apply the steps of a build to one kind of text."""
    raw = pa.array([text for text, _ in documents], pa.string())
    texts = normalize(raw, NormalizeSettings())[0]
    plain = normalize(raw, NormalizeSettings(mojibake=False, entities=False))[0]
    urls = pa.array([url or None for _, url in documents], pa.string())
    sources = pa.array(["kind"] * len(documents))
    settings = boilerplate.BoilerplateSettings()
    folder.mkdir(parents=True)
    counts = boilerplate.LineCounts(settings)
    counts.add(texts, urls, sources)
    counts.write(folder / "lines.arrow")
    batch = pa.record_batch({"text": texts, "url": urls, "source": sources})
    with pa.OSFile(str(folder / "documents.arrow"), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    learned = boilerplate.load(boilerplate.learn([folder / "lines.arrow"], settings, folder / "learned"))
    after = boilerplate.remove(texts, urls, sources, learned, settings)[0]
    cut = without_spans(after, folder / "spans")
    tagged = redact(after, PrivacySettings())[0]
    languages = detect(texts, LanguageSettings())[0]
    rules, names, _ = judge(measure(after), pa.array([lang] * len(documents)), "web", QualitySettings())
    wrong = pc.invert(pc.is_in(languages, pa.array(["ko", "en"]))).to_pylist()
    reasons = [
        "language" if bad else names[rule] if rule >= 0 else None for bad, rule in zip(wrong, rules, strict=True)
    ]
    pairs = ((plain, texts), (texts, after), (after, cut), (after, tagged))
    changed = {
        name: pc.not_equal(old, new).to_numpy(zero_copy_only=False)
        for name, (old, new) in zip(CHANGES, pairs, strict=True)
    }
    return Judged(texts.to_pylist(), after.to_pylist(), cut.to_pylist(), reasons, changed)


def without_spans(texts: pa.Array, folder: Path) -> pa.Array:
    """The texts without repeated sentences and paragraphs, both kinds of cuts on."""
    parts, _ = write_parts(text_batches([texts], False), folder)
    for part in parts:
        sign_part(NearDuplicateSettings(normalize=False), part)
    with LocalEngine(1) as engine:
        dropped = match(parts, MatchSettings(), engine, folder / "match", {}, durable=False)
        wanted = SpanSettings(paragraphs=True, spans=True)
        cuts = find_spans(parts, dropped, wanted, engine, folder / "work", {})
    made = []
    for part, found in zip(parts, cuts, strict=True):
        with pa.memory_map(str(part / "documents.arrow")) as file:
            column = pa.ipc.open_file(file).read_all()["text"].combine_chunks()
        made.append(apply_cuts(column, 0, read_cuts([found]))[0])
    return pa.concat_arrays(made)


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's interval of a share, 95 %."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle, reach = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - reach) / (1 + z * z / of)), min(1.0, (middle + reach) / (1 + z * z / of))


def invented(result: Judged) -> int:
    """Lines of the output that are in no line of their input."""
    count = 0
    for before, after, cut in zip(result.before, result.after, result.cut, strict=True):
        if after != before:
            known = set(before.split("\n"))
            count += sum(line not in known for line in after.split("\n"))
        if cut != after:
            count += invented_lines(after, cut)
    return count


def name_of(text: str, url: str) -> str:
    """By what judgement_texts.BAD names a document: its address, or the first 60 characters."""
    return url or text[:60]


def show(kind: str, result: Judged, counted: list[int], bad: set[int]) -> tuple[float, float, dict[str, float]]:
    """Print a row; (share of clean text dropped, share of all dropped, share changed by kind of change)."""
    clean = [i for i in counted if i not in bad]
    reasons = Counter(result.reasons[i] for i in clean if result.reasons[i])
    low, high = interval(reasons.total(), len(clean))
    share = reasons.total() / max(1, len(clean))
    dropped = sum(bool(result.reasons[i]) for i in counted) / max(1, len(counted))
    changed = {name: float(np.mean(result.changed[name][counted])) if counted else 0.0 for name in CHANGES}
    rules = ", ".join(f"{name} {n}" for name, n in reasons.most_common(8))
    print(
        f"| {kind} | {len(counted)} | {100 * share:.2f} ({100 * low:.2f}–{100 * high:.2f}) | {100 * dropped:.2f} "
        f"| {rules} | " + " | ".join(f"{100 * changed[name]:.1f}" for name in CHANGES) + " |",
        flush=True,
    )
    return share, dropped, changed


def write_samples(folder: Path, kind: str, result: Judged, counted: list[int]) -> None:
    """Write twenty documents each that were dropped, kept, changed."""
    folder.mkdir(parents=True, exist_ok=True)
    groups = {
        "dropped": [i for i in counted if result.reasons[i]],
        "kept": [i for i in counted if not result.reasons[i]],
        "changed": [i for i in counted if result.before[i] != result.cut[i]],
    }
    with (folder / f"{kind.replace(' ', '-')}.txt").open("w", encoding="utf-8") as file:
        for group, rows in groups.items():
            for i in random.Random(0).sample(rows, min(20, len(rows))):
                file.write(f"===== {group} {result.reasons[i] or ''}\n{result.before[i][:1500]}\n")
                if group == "changed":
                    gone = set(result.before[i].split("\n")) - set(result.cut[i].split("\n"))
                    file.write("".join(f"----- gone: {line}\n" for line in sorted(gone)))


def verdicts(texts: Sequence[str]) -> list[str | None]:
    """The rule of the web profile that drops each text, in the detected language, or None."""
    array = redact(normalize(pa.array(texts, pa.string()), NormalizeSettings())[0], PrivacySettings())[0]
    languages = detect(array, LanguageSettings())[0]
    rules, names, _ = judge(measure(array), languages, "web", QualitySettings())
    wrong = ~np.isin(languages.to_numpy(zero_copy_only=False), ["ko", "en"])
    return ["language" if bad else names[rule] if rule >= 0 else None for bad, rule in zip(wrong, rules, strict=True)]


def topic_verdicts() -> dict[str, float]:
    """Print how many texts of judgement_topics are dropped; the shares of spam kept and honest texts dropped on topics
    kept apart."""
    shares = {}
    print("\n| topics | language | texts | number | dropped % (95 %) | by rule |\n|---|---|---|---|---|---|")
    for part in ("TUNED", "HELD"):
        for lang in ("ko", "en"):
            topics = [
                t for name, t in getattr(judgement_topics, part).items() if name.endswith(" en") == (lang == "en")
            ]
            for kind in ("spam", "honest"):
                found = verdicts([text for topic in topics for text in getattr(topic, kind)])
                gone = Counter(reason for reason in found if reason)
                shares[part, lang, kind] = gone.total() / len(found)
                low, high = (100 * end for end in interval(gone.total(), len(found)))
                rules = ", ".join(f"{rule} {number}" for rule, number in gone.most_common())
                print(
                    f"| {part} ({len(topics)}) | {lang} | {kind} | {len(found)} "
                    f"| {100 * shares[part, lang, kind]:.0f} ({low:.0f}–{high:.0f}) | {rules} |"
                )
    return {
        f"topics_{lang}_{name}": round(share, 4)
        for lang in ("ko", "en")
        for name, share in (
            ("spam_kept", 1 - shares["HELD", lang, "spam"]),
            ("honest_dropped", shares["HELD", lang, "honest"]),
        )
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = command_line.parser(__doc__, "mirror", "data")
    parser.add_argument("--documents", type=int, default=2000, help="of each kind, at most")
    parser.add_argument("--samples", type=Path, help="where documents to read are written")
    options = command_line.parse(parser, arguments, "the texts are theirs")
    dropped: dict[str, float] = {}
    short: dict[str, float] = {}
    raw: dict[str, float] = {}
    changed: dict[str, dict[str, float]] = {}
    lines = 0
    print(f"| kind | documents | clean dropped % (95 %) | all dropped % | by rule | {' % | '.join(CHANGES)} % |")
    print("|---" * (5 + len(CHANGES)) + "|")
    with tempfile.TemporaryDirectory() as folder:
        kinds = clean_texts(Path(options.mirror), Path(options.data), options.documents)
        for number, (kind, (lang, documents)) in enumerate(kinds.items()):
            result = judged(documents, lang, Path(folder) / str(number))
            whole = kind in SHORT
            counted = [i for i, text in enumerate(result.before) if whole or len(text) >= LEAST]
            bad = {i for i in counted if name_of(*documents[i]) in judgement_texts.BAD.get(kind, {})}
            share, all_dropped, kinds_of_change = show(kind, result, counted, bad)
            (short if whole else dropped)[kind] = round(share, 4)
            raw[kind] = round(all_dropped, 4)
            changed[kind] = {name: round(value, 4) for name, value in kinds_of_change.items()}
            lines += invented(result)
            if options.samples:
                write_samples(options.samples, kind, result, counted)
    kept = {}
    print("\n| texts | number | dropped | by rule |\n|---|---|---|---|")
    for name in ("SEEN", "HELD", "GUIDES", "GUIDES_HELD", "ABOUT", "ADVICE", "MENUS"):
        texts = [text if isinstance(text, str) else text[1] for text in getattr(judgement_texts, name)]
        found = verdicts(texts)
        gone = Counter(reason for reason in found if reason)
        kept[name] = 1 - gone.total() / len(texts)
        print(f"| {name} | {len(texts)} | {gone.total()} | {', '.join(f'{r} {n}' for r, n in gone.most_common())} |")
    courting = verdicts(judgement_topics.COURTING)
    print(f"| COURTING | {len(courting)} | {sum(map(bool, courting))} | |")
    figures = {
        "clean_dropped": dropped,
        "worst_clean_dropped": max(dropped.values()),
        "all_dropped": raw,
        "short_dropped": short,
        "changed": changed,
        "spam_kept": round(kept["HELD"], 4),
        "guides_kept": round(kept["GUIDES_HELD"], 4),
        "menus_kept": round(kept["MENUS"], 4),
        "about_dropped": round(1 - kept["ABOUT"], 4),
        "advice_dropped": round(1 - kept["ADVICE"], 4),
        "courting_dropped": round(sum(map(bool, courting)) / len(courting), 4),
        **topic_verdicts(),
        "invented_lines": lines,
    }
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
