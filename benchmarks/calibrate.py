"""Results of the rules on known texts: drop rates per rule, confusion of languages, quantiles of statistics, examples.

    HANJI_MIRROR=DIR HANJI_DATA=DIR python -m benchmarks.calibrate \\
        rules|quantiles|examples|languages [--documents 3000] [--out PAGE.md]

`rules`: for each rule of the web profile in Korean and English, the share of each collection that it alone would drop,
and the share that all rules drop together. `languages`: udhr2 (one text in 388 languages) cut into pieces of about 300
characters, and altered Korean. The tables in docs/cleaning.md are the output of this program, and
docs/cleaning-examples.md is the page written by `examples`. The last line is JSON.
"""

import csv
import gzip
import io
import json
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from benchmarks import command_line
from benchmarks.calibrate_examples import Quoted, write
from corpus.cleaning.language import LanguageSettings, detect
from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.quality.judgement import STATISTICS, QualitySettings, Reference, judge, measure

HUB = "huggingface.co/datasets"


class Collection(NamedTuple):
    """Known texts: their language, (name, text) of each, and author and licence if quoting is allowed."""

    lang: str
    documents: Callable[[], Iterator[tuple[str, str]]]
    credit: str = ""


def collections(mirror: Path, data: Path) -> dict[str, Collection]:
    """The collections that the tables are about, by name."""

    def wikipedia(lang: str) -> Iterator[tuple[str, str]]:
        for path in sorted((mirror / HUB / f"wikimedia/wikipedia/20231101.{lang}").glob("*.parquet")):
            for batch in pq.ParquetFile(path).iter_batches(columns=["title", "text"]):
                yield from zip(batch["title"].to_pylist(), batch["text"].to_pylist(), strict=True)

    def c4(name: str) -> Iterator[tuple[str, str]]:
        with gzip.open(mirror / HUB / "allenai/c4" / name) as file:
            for record in map(orjson.loads, file):
                yield record["url"].partition("/docs/")[2] or record["url"], record["text"]

    def zst(path: Path) -> Iterator[tuple[str, str]]:
        with path.open("rb") as file:
            lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf-8")
            for number, record in enumerate(map(orjson.loads, lines), 1):
                yield record.get("id", f"number {number}"), record["text"]

    def toxic() -> Iterator[tuple[str, str]]:
        for path in sorted((data / "toxic_ko").glob("*.tsv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                yield from ((f"{path.stem} {number}", row["comments"]) for number, row in enumerate(rows, 1))

    wiki, microsoft = "Wikipedia, CC BY-SA 3.0", "Microsoft documentation, CC BY 4.0"
    return {
        "Wikipedia ko": Collection("ko", lambda: wikipedia("ko"), wiki),
        "documentation ko": Collection(
            "ko", lambda: c4("multilingual/c4-ko.tfrecord-00000-of-01024.json.gz"), microsoft
        ),
        "developer wiki ko": Collection(
            "ko", lambda: zst(data / "web/developer_wiki_ko.jsonl.zst"), "johngrib.github.io, MIT"
        ),
        "reviews ko": Collection("ko", lambda: zst(data / "short_ko/movie_reviews.jsonl.zst"), "film reviews, CC0"),
        "hate speech ko": Collection("ko", toxic),
        "C4 en": Collection("en", lambda: c4("en/c4-train.00000-of-01024.json.gz")),
        "Wikipedia en": Collection("en", lambda: wikipedia("en"), wiki),
        "documentation en": Collection("en", lambda: c4("en/c4-train.00001-of-01024.json.gz"), microsoft),
    }


def load(collection: Collection, documents: int) -> tuple[list[str], pa.Array]:
    """Names and normalised texts of the first documents."""
    taken = [document for _, document in zip(range(documents), collection.documents(), strict=False)]
    texts = pa.array([text for _, text in taken], pa.string())
    return [name for name, _ in taken], normalize(texts, NormalizeSettings())[0]


def alone(matrix: np.ndarray, lang: str, long: np.ndarray) -> dict[str, float]:
    """Share of the documents that each rule would drop by itself, of those long enough to be judged."""
    thresholds = getattr(QualitySettings().web, lang)
    shares = {}
    for name in Reference.model_fields:
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
        matrix = measure(texts)
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
            f"\n| rule | limit | {' | '.join(f'{n} ({len(all_texts[n][1])})' for n in names)}"
            f" |\n|---|---|{'---|' * len(names)}"
        )
        for rule in result[names[0]]:
            limit = getattr(getattr(QualitySettings().web, lang), rule, "")
            print(f"| {rule} | {limit} | {' | '.join(f'{100 * result[n][rule]:.2f}' for n in names)} |")
    return result


def quantiles(all_texts: dict[str, tuple[str, pa.Array]]) -> None:
    """Print the 1st, 5th, 50th, 95th and 99th percentile of every statistic over documents of thirty words or more."""
    for name, (_, texts) in all_texts.items():
        matrix = measure(texts)
        matrix = matrix[matrix[:, STATISTICS.index("words")] >= 30]
        print(f"\n{name}: {len(matrix)} documents")
        if len(matrix):
            for index, statistic in enumerate(STATISTICS):
                values = np.percentile(matrix[:, index], [1, 5, 50, 95, 99])
                print(f"  {statistic:32}" + "".join(f"{value:10.3f}" for value in values))


def languages(data: Path) -> dict[str, float]:
    """Print the detected languages of udhr2 and of altered Korean."""
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
        f"\n{others} other languages: {wrong['pieces']} pieces, {wrong['ko']} taken for Korean, {wrong['en']} for"
        " English"
    )
    return {
        "ko_recall": taken["kor"]["ko"] / taken["kor"].total(),
        "en_recall": taken["eng"]["en"] / taken["eng"].total(),
        "others_as_ko": wrong["ko"] / wrong["pieces"],
        "others_as_en": wrong["en"] / wrong["pieces"],
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one of the tables."""
    parser = command_line.parser(__doc__, "mirror", "data")
    parser.add_argument("table", choices=("rules", "quantiles", "examples", "languages"))
    parser.add_argument("--documents", type=int, default=3000, help="of each collection")
    parser.add_argument("--out", type=Path, default=Path("cleaning-examples.md"), help="page that `examples` writes")
    options = command_line.parse(parser, arguments, "the tables are made from these texts")
    mirror, data = options.mirror, options.data
    result: object = None
    if options.table == "languages":
        result = languages(data)
    elif options.table == "examples":
        quoted = {}
        for name, collection in collections(mirror, data).items():
            if collection.credit:
                names, texts = load(collection, options.documents)
                matrix = measure(texts)
                quoted[name] = Quoted(collection.lang, collection.credit, texts, names, matrix)
        result = write(quoted, options.out)
    else:
        every = {n: (c.lang, load(c, options.documents)[1]) for n, c in collections(mirror, data).items()}
        result = {"rules": rules, "quantiles": quantiles}[options.table](every)
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
