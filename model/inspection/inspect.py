"""The content of one of our folders as tables and samples, for a terminal or a page.

A corpus, word counts, packed data or a run is recognised by a file that only it has. Counts are read from its files;
distributions and samples are computed from evenly spaced rows of each source, so that an inspection takes seconds for
any size.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from corpus.engine.marker import read_result, unfinished
from corpus.quantities import percent
from corpus.readers.arrow import opened
from corpus.shards import read_shard, shard_paths, source_of
from corpus.stored import named
from model.data.mixture import language_of
from model.data.packed import PackedData, PackedSource, evenly_spaced
from model.inspection.sections import Inspection, Section, distribution
from model.runs.metrics import last_of, read_metrics
from tokenizer.encoding.vocabulary import Vocabulary

LOOKED_AT = 1000  # rows or documents per source for distributions
SAMPLES = 2  # per source
SAMPLE_CHARACTERS = 400


def inspect(folder: Path) -> Inspection:
    """Inspect a corpus, counts, packed or run folder (KINDS)."""
    return next(look for mark, look in KINDS.items() if (folder / mark).is_file())(folder)


def _corpus(folder: Path) -> Inspection:
    sources, total = (read_result(folder, "stats.json")[key] for key in ("sources", "total"))
    rows = []
    for name, counts in sources.items():
        dropped = sum(counts["clean"]["dropped"].values())
        duplicates = sum(counts["deduplicate"]["dropped"].values())
        lost = sum(counts["read"]["unreadable"].values()) + sum(counts["read"]["skipped"].values())
        out = counts["output"]
        rows.append(
            [
                name,
                counts["read"]["in"],
                lost,
                dropped,
                duplicates,
                out["documents"],
                out["bytes"],
                out["bytes"] / max(1, total["output"]["bytes"]),
            ]
        )
    columns = ["source", "records", "unread", "dropped", "duplicates", "documents", "bytes", "share"]
    sections = [
        Section("Records", columns, rows, "records = unread + dropped by rules + duplicates + documents kept", bar=7)
    ]
    reasons = Counter(total["clean"]["dropped"])
    if reasons:
        sections.append(
            Section("Dropped by", ["rule", "documents"], [[rule, n] for rule, n in reasons.most_common(12)], bar=1)
        )
    languages = [
        [name, total["output"]["languages"][name], size] for name, size in total["output"]["language_bytes"].items()
    ]
    sections.append(Section("Languages", ["language", "documents", "bytes"], languages, bar=2))
    lengths: dict[str, list[int]] = {}
    texts = []
    for path in shard_paths(folder):
        name = source_of(path)
        mine = lengths.setdefault(name, [])
        for batch in read_shard(path):
            if len(mine) >= LOOKED_AT:
                break
            chosen = batch.take(pa.array(evenly_spaced(batch.num_rows, LOOKED_AT - len(mine))))
            if not mine:
                shown = chosen.take(pa.array(evenly_spaced(chosen.num_rows, SAMPLES))).to_pylist()
                texts += [(f"{name} · {row['origin']}", row["text"][:SAMPLE_CHARACTERS]) for row in shown]
            mine += pc.utf8_length(chosen["text"]).to_pylist()
    sections += [distribution("Characters per document", lengths), Section("Samples", texts=texts)]
    output = total["output"]
    return Inspection(
        "corpus",
        folder,
        f"{output['documents']:,} documents of {total['read']['in']:,} records, {output['bytes']:,} bytes",
        sections,
    )


def _counts(folder: Path) -> Inspection:
    from tokenizer.training.counts import count_hashes, read_index  # loads the kernels

    count_hashes(folder)
    index = read_index(folder)
    tables, words = [], []
    for table in index["tables"]:
        tables.append([table[key] for key in ("source", "lang", "documents", "bytes", "words", "distinct")])
        path = folder / table["file"]
        with named(path), opened(path) as (schema, batches):
            content = pa.Table.from_batches(batches, schema)
            best = content.take(pc.select_k_unstable(content, 15, [("count", "descending")]))
        shown = "  ".join(
            f"{w.decode(errors='replace')!r} {n:,}"
            for w, n in zip(best["word"].to_pylist(), best["count"].to_pylist(), strict=True)
        )
        words.append((f"{table['source']} {table['lang']}", shown))
    columns = ["source", "language", "documents", "bytes", "words", "distinct"]
    total = sum(row[4] for row in tables)
    sections = [Section("Tables", columns, tables, bar=4), Section("Most frequent pre-tokens", texts=words)]
    return Inspection("word counts", folder, f"{total:,} pre-tokens by the pattern {index['pattern']!r}", sections)


def _tiers(data: list[PackedData]) -> list[list[Any]]:
    """Rows and tokens of the train split by the number of duplicates of their documents."""
    segments = [segment for source in data[0].sources for segment in source.segments]
    return [
        [
            tier,
            sum(s.rows for s in segments if s.duplicates == tier),
            sum(s.tokens for s in segments if s.duplicates == tier),
        ]
        for tier in (1, *data[0].tiers)
    ]


def _packed(folder: Path) -> Inspection:
    data = [PackedData(folder, split) for split in ("train", "validation")]
    about = data[0].description
    rows, lengths, texts = [], {}, []
    vocabulary = Vocabulary(folder / "tokenizer" / "tokenizer.json")
    total = sum(split.tokens for split in data)
    for split in data:
        for source in split.sources:
            counts = about["splits"][split.split][source.name]
            filled = source.tokens / (source.rows * split.seq_len)
            rows.append(
                [
                    split.split,
                    source.name,
                    language_of(source),
                    counts["documents"],
                    source.tokens,
                    source.rows,
                    counts["cut_documents"],
                    1 - filled,
                    source.tokens / max(1, total),
                ]
            )
            if split.split == "train":
                lengths[source.name] = [int(n) for i in evenly_spaced(source.rows, LOOKED_AT) for n in source.row(i)[1]]
                texts += [
                    (f"{source.name} · row {i}", _shown(source, i, vocabulary))
                    for i in evenly_spaced(source.rows, SAMPLES)
                ]
    columns = ["split", "source", "language", "documents", "tokens", "rows", "cut", "waste", "share"]
    languages: Counter[str] = Counter()
    for split in data:
        for source in split.sources:
            languages.update(source.languages)
    special = about["documents"] * (about["bos"] + about["eos"])
    keys = (
        "strategy",
        "seq_len",
        "dtype",
        "vocab_size",
        "bos_id",
        "eos_id",
        "pad_id",
        "dropped_tokens",
        "tokenizer_sha256",
        "fingerprint",
    )
    sections = [
        Section(
            "Rows",
            columns,
            rows,
            "waste: padding; cut: documents longer than a row (concat: crossing the end of one)",
            bar=8,
        ),
        Section(
            "Mix",
            ["language", "tokens", "share"],
            [[k, n, n / max(1, total)] for k, n in languages.most_common()],
            f"{special:,} of the tokens are BOS and EOS",
            bar=2,
        ),
        Section(
            "Tiers",
            ["from duplicates", "rows", "tokens"],
            _tiers(data) if about["tiers"] else [],
            "documents with so many duplicates are in separate rows, which data.rehydrate can repeat",
        ),
        Section("Settings", ["", ""], [[key, about[key]] for key in keys]),
        distribution("Tokens per document in a row", lengths),
        Section("Samples", texts=texts, note="⏐ where one document ends and the next begins"),
    ]
    share = percent(about["filled"], 2)
    summary = f"{total:,} tokens in {sum(s.rows for s in data):,} rows of {data[0].seq_len}, {share} filled"
    return Inspection("packed data", folder, summary, sections)


def _shown(source: PackedSource, index: int, vocabulary: Vocabulary) -> str:
    """The beginning of a row with its documents marked."""
    ids, lengths = source.row(index)
    pieces, start = [], 0
    for length in lengths[:6]:
        text = vocabulary.decode(ids[start : start + length].tolist()).decode(errors="replace")
        pieces.append(text[: SAMPLE_CHARACTERS // min(6, len(lengths))])
        start += int(length)
    return " ⏐ ".join(pieces)


def _run(folder: Path) -> Inspection:
    events = read_metrics(folder / "metrics.jsonl")
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_kind.setdefault(event["kind"], []).append(event)
    train, validation = by_kind.get("train", []), by_kind.get("validation", [])
    sections = []
    if train:
        chosen = [train[i] for i in evenly_spaced(len(train), 20)]
        sections.append(
            Section(
                "Training",
                ["step", "loss", "lr", "tokens", "tokens/s", "skipped"],
                [[e.get(k) for k in ("step", "loss", "lr", "tokens", "tokens_per_second", "skipped")] for e in chosen],
                bar=1,
            )
        )
    if validation:
        names = [key for key in validation[-1] if key.startswith("bpb/")]
        rows = [
            [validation[i]["step"], *(validation[i].get(name) for name in names)]
            for i in evenly_spaced(len(validation), 20)
        ]
        sections.append(Section("Bits per byte, held out", ["step", *(name[4:] for name in names)], rows))
    checkpoints = [
        [p.name, sum(f.stat().st_size for f in p.rglob("*") if f.is_file())]
        for p in sorted((folder / "checkpoints").glob("step-*"))
    ]
    sections.append(Section("Checkpoints", ["name", "bytes"], checkpoints))
    sections.append(
        Section(
            "Samples", texts=[(f"step {e['step']} · {e['prompt']}", e["text"]) for e in by_kind.get("sample", [])[-4:]]
        )
    )
    sections.append(
        Section("Configuration", texts=[("config.toml", (folder / "config.toml").read_text(encoding="utf-8"))])
    )
    last = last_of(events, "train")
    summary = f"step {train[-1]['step']:,}" if train else "no step taken yet"
    if last is not None:
        summary += f", loss {last['loss']:.4f}, {last.get('tokens', 0):,} tokens"
    if state := unfinished(folder):
        summary += f"; {state}"
    return Inspection("run", folder, summary, sections)


KINDS: dict[str, Callable[[Path], Inspection]] = {
    "packing.json": _packed,
    "stats.json": _corpus,
    "counts.json": _counts,
    "counts/counts.json": lambda path: _counts(path / "counts"),
    "config.toml": _run,
}  # by a file that only a folder of that kind has
