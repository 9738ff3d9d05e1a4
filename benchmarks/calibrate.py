"""What the rules do to texts that are known: drop rates per rule, languages confused, statistics' quantiles, examples.

    HANJI_MIRROR=DIR HANJI_DATA=DIR python -m benchmarks.calibrate rules|quantiles|examples|languages [--documents 3000]

`rules`: for each rule of the web profile in Korean and English, the share of each collection that it alone would drop, and what all drop
together. `languages`: udhr2 (one text in 388 languages) cut into pieces of about 300 characters, and Korean disguised. The tables in
docs/cleaning.md are this program's output; the last line is JSON.
"""

import argparse
import csv
import gzip
import io
import json
import os
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from corpus.language import LanguageSettings, detect
from corpus.normalize import NormalizeSettings, normalize
from corpus.quality import STATISTICS, QualitySettings, Thresholds, judge, measure

HUB = "huggingface.co/datasets"


def collections(mirror: Path, data: Path) -> dict[str, tuple[str, Callable[[], Iterator[str]]]]:
    """Name → (language, texts)."""

    def wikipedia(lang: str) -> Iterator[str]:
        path = next(iter(sorted((mirror / HUB / f"wikimedia/wikipedia/20231101.{lang}").glob("*.parquet"))))
        yield from (str(text) for text in pq.read_table(path, columns=["text"])["text"])

    def c4(name: str) -> Iterator[str]:
        with gzip.open(mirror / HUB / "allenai/c4" / name) as file:
            yield from (orjson.loads(line)["text"] for line in file)

    def zst(path: Path, field: str) -> Iterator[str]:
        with path.open("rb") as file:
            lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8")
            yield from (text for line in lines if (text := orjson.loads(line).get(field)))

    def toxic() -> Iterator[str]:
        for path in sorted((data / "toxic_ko").glob("*.tsv")):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                    yield max(row, key=len)

    return {
        "Wikipedia ko": ("ko", lambda: wikipedia("ko")),
        "documentation ko": ("ko", lambda: c4("multilingual/c4-ko.tfrecord-00000-of-01024.json.gz")),
        "developer wiki ko": ("ko", lambda: zst(data / "web/developer_wiki_ko.jsonl.zst", "text")),
        "reviews ko": ("ko", lambda: zst(data / "short_ko/movie_reviews.jsonl.zst", "text")),
        "hate speech ko": ("ko", toxic),
        "C4 en": ("en", lambda: c4("en/c4-train.00000-of-01024.json.gz")),
        "Wikipedia en": ("en", lambda: wikipedia("en")),
        "documentation en": ("en", lambda: c4("en/c4-train.00001-of-01024.json.gz")),
    }


def load(texts: Iterator[str], documents: int) -> pa.Array:
    """The first documents, normalised."""
    strings = [text for _, text in zip(range(documents), texts, strict=False)]
    return normalize(pa.array(strings, pa.string()), NormalizeSettings())[0]


def alone(matrix: np.ndarray, lang: str, long: np.ndarray) -> dict[str, float]:
    """Share of the documents that each rule would drop by itself, of those long enough to be judged."""
    thresholds = getattr(QualitySettings().web, lang)
    shares = {}
    for name in Thresholds.model_fields:
        limit = getattr(thresholds, name)
        if limit is not None:
            side, statistic = name.split("_", 1)
            column = matrix[:, STATISTICS.index(statistic)]
            broken = column < np.float32(limit) if side == "min" else column > np.float32(limit)
            shares[name] = float((broken if name == "min_words" else broken & long).mean())
    return shares


def rules(all_texts: dict[str, tuple[str, pa.Array]]) -> dict[str, dict[str, float]]:
    """Print drop rates; rules other than min_words are counted over documents that have enough words."""
    result: dict[str, dict[str, float]] = {}
    for name, (lang, texts) in all_texts.items():
        languages = pa.array([lang] * len(texts))
        matrix = measure(texts, languages)
        enough = matrix[:, STATISTICS.index("words")] >= np.float32(getattr(QualitySettings().web, lang).min_words)
        result[name] = alone(matrix, lang, enough)
        for profile in ("web", "reference"):
            dropped = judge(matrix, languages, profile, QualitySettings())[0] >= 0
            result[name][f"all, {profile}"] = float(dropped.mean())
            if profile == "web":
                result[name]["all, web, of long enough"] = float(dropped[enough].mean()) if enough.any() else 0.0
    for lang in ("ko", "en"):
        names = [name for name, (code, _) in all_texts.items() if code == lang]
        print(
            f"\n| rule | limit | {' | '.join(f'{n} ({len(all_texts[n][1])})' for n in names)} |\n|---|---|{'---|' * len(names)}"
        )
        for rule in result[names[0]]:
            limit = getattr(getattr(QualitySettings().web, lang), rule, "")
            print(f"| {rule} | {limit} | {' | '.join(f'{100 * result[n][rule]:.2f}' for n in names)} |")
    return result


def quantiles(all_texts: dict[str, tuple[str, pa.Array]]) -> None:
    """Print the 1st, 5th, 50th, 95th and 99th percentile of every statistic over documents of thirty words or more."""
    for name, (lang, texts) in all_texts.items():
        matrix = measure(texts, pa.array([lang] * len(texts)))
        matrix = matrix[matrix[:, STATISTICS.index("words")] >= 30]
        print(f"\n{name}: {len(matrix)} documents")
        if len(matrix):
            for index, statistic in enumerate(STATISTICS):
                values = np.percentile(matrix[:, index], [1, 5, 50, 95, 99])
                print(f"  {statistic:32}" + "".join(f"{value:10.3f}" for value in values))


def examples(all_texts: dict[str, tuple[str, pa.Array]]) -> None:
    """Print twenty dropped (with rule and value) and twenty kept documents of each collection."""
    for name, (lang, texts) in all_texts.items():
        languages = pa.array([lang] * len(texts))
        decided, names, values = judge(measure(texts, languages), languages, "web", QualitySettings())
        for heading, rows in (("dropped", np.flatnonzero(decided >= 0)), ("kept", np.flatnonzero(decided < 0))):
            print(f"\n### {name}, {heading}\n")
            seen: Counter[str] = Counter()
            for row in rows.tolist():
                rule = names[decided[row]] if decided[row] >= 0 else ""
                seen[rule] += 1
                if seen.total() <= 200 and seen[rule] <= (3 if rule else 20):
                    text = " ⏎ ".join(texts[row].as_py().split("\n"))[:160]
                    print(f"- {f'`{rule}` {values[row]:.3f}: ' if rule else ''}{text}")


def languages(data: Path) -> dict[str, float]:
    """Print what udhr2's languages and disguised Korean are taken for."""
    pieces: dict[str, list[str]] = {}
    with zipfile.ZipFile(data / "languages/udhr2.zip") as archive:
        for name in archive.namelist():
            if name.endswith(".txt"):
                words = archive.read(name).decode().split()
                text, pieces[Path(name).stem] = "", []
                for word in words:
                    text = f"{text} {word}" if text else word
                    if len(text) >= 300:
                        pieces[Path(name).stem].append(text)
                        text = ""
    korean = pieces["kor"]
    pieces["kor, NFD"] = [unicodedata.normalize("NFD", text) for text in korean]
    pieces["kor, half English"] = [f"{a[:150]} {b[:150]}" for a, b in zip(korean, pieces["eng"], strict=False)]
    pieces["eng, a tenth Korean"] = [f"{b} {a[:30]}" for a, b in zip(korean, pieces["eng"], strict=False)]
    taken: dict[str, Counter[str]] = {}
    for name, texts in pieces.items():
        codes = detect(normalize(pa.array(texts, pa.string()), NormalizeSettings())[0], LanguageSettings())[0]
        taken[name] = Counter(codes.to_pylist())
    print("| language | pieces | ko | en | und | other |\n|---|---|---|---|---|---|")
    wrong = Counter[str]()
    for name, counts in taken.items():
        total = counts.total()
        if name.startswith(("kor", "eng")) or counts["ko"] or counts["en"] > 0.02 * total:
            other = total - counts["ko"] - counts["en"] - counts["und"]
            print(f"| {name} | {total} | {counts['ko']} | {counts['en']} | {counts['und']} | {other} |")
        if not name.startswith(("kor", "eng")):
            wrong.update({"pieces": total, "ko": counts["ko"], "en": counts["en"]})
    others = len(pieces) - 5
    print(
        f"\n{others} other languages: {wrong['pieces']} pieces, {wrong['ko']} taken for Korean, {wrong['en']} for English"
    )
    return {
        "ko_recall": taken["kor"]["ko"] / taken["kor"].total(),
        "en_recall": taken["eng"]["en"] / taken["eng"].total(),
        "others_as_ko": wrong["ko"] / wrong["pieces"],
        "others_as_en": wrong["en"] / wrong["pieces"],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one of the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=("rules", "quantiles", "examples", "languages"))
    parser.add_argument("--documents", type=int, default=3000, help="of each collection")
    options = parser.parse_args(arguments)
    try:
        mirror, data = Path(os.environ["HANJI_MIRROR"]), Path(os.environ["HANJI_DATA"])
    except KeyError as missing:
        parser.exit(2, f"set {missing.args[0]}: the tables are made from the mirror and from shared data\n")
    result: object = None
    if options.table == "languages":
        result = languages(data)
    else:
        every = {
            name: (lang, load(texts(), options.documents)) for name, (lang, texts) in collections(mirror, data).items()
        }
        result = {"rules": rules, "quantiles": quantiles, "examples": examples}[options.table](every)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
