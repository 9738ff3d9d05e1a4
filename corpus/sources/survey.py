"""Files of a user seen for the first time: which formats, which field holds the text, in which language."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from corpus.errors import UserError, first_line, require_utf8_names
from corpus.quantities import percent
from corpus.readers import format_of, read
from corpus.readers.arrow import opened
from corpus.sources.local import _is_data
from corpus.values import from_json

LINE, ARRAY = 4 << 20, 64 << 20  # characters of a line, and of a file that is one array
LOOKED_AT = 200  # records of one file of each source
NAMES = {  # fields by the names that data sets give them, the most common first
    "text": ("text", "content", "body", "document", "article", "raw_content", "contents", "sentence"),
    "title": ("title", "headline", "subject"),
    "url": ("url", "link", "source_url", "uri"),
    "license": ("license", "licence"),
}


@dataclass(frozen=True)
class Survey:
    """What was seen of one group of files."""

    name: str
    place: Path  # the folder, or the one file
    format: str
    files: list[Path]
    fields: dict[str, str]  # field → kind of its values
    text: str | None  # the field of the text
    columns: dict[str, str]  # url, title, license → field
    records: int
    characters: int  # a record, on average
    languages: dict[str, int]


def survey(folder: Path) -> list[Survey]:
    """The files of a folder by subfolder and format; raises UserError where no format is known."""
    groups: dict[tuple[Path, str], list[Path]] = {}
    files = [folder] if folder.is_file() else [p for p in sorted(folder.rglob("*")) if _is_data(p, folder)]
    require_utf8_names(files)
    for path in files:
        below = path.relative_to(folder).parts if path != folder else ()
        place = folder / below[0] if len(below) > 1 else folder
        groups.setdefault((place, format_of(path)), []).append(path)
    if not groups:
        raise UserError(
            f"{folder}: no file of a known format in it. Known are .jsonl, .json, .csv, .tsv, .txt, .warc (each also"
            " with .gz, .zst or .bz2), .parquet and .arrow."
        )
    found = []
    for (place, kind), paths in groups.items():
        name = _source_name(place if place != folder or folder.is_dir() else folder, kind, groups)
        found.append(_look(name, place, kind, paths))
    return found


def _source_name(place: Path, kind: str, groups: dict[tuple[Path, str], list[Path]]) -> str:
    name = place.resolve().name.split(".")[0] or "mine"
    if sum(other == place for other, _ in groups) > 1:
        name = f"{name}-{kind}"
    clean = re.sub(r"[^a-z0-9_.-]+", "-", name.lower()).strip("-.")
    return clean if clean and clean[0].isalnum() else f"source-{clean}".strip("-")


def _look(name: str, place: Path, kind: str, paths: list[Path]) -> Survey:
    try:
        records = list(islice(_records(paths[0], kind), LOOKED_AT))
    except Exception as error:  # foreign files and libraries: they may raise anything
        if isinstance(error, UserError) or (isinstance(error, OSError) and error.errno):
            raise
        raise UserError(
            f"{paths[0]}: not readable as {kind} ({first_line(error)}). Is it cut off, or of another format? Move it"
            " elsewhere, or name the folder of the others."
        ) from error
    fields: dict[str, list[Any]] = {}
    for record in records:
        for key, value in _flat(record):
            fields.setdefault(key, []).append(value)
    text = _field("text", fields) or _longest(fields)
    columns = {
        column: field for column in ("url", "title", "license") if (field := _field(column, fields)) and field != text
    }
    texts = [value for value in fields.get(text or "", []) if isinstance(value, str)]
    shown = {key: _kind(values) for key, values in fields.items()}
    length = sum(map(len, texts)) // max(1, len(texts))
    return Survey(name, place, kind, paths, shown, text, columns, len(records), length, _languages(texts))


def _records(path: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The first records of a file, all their fields."""
    if kind in ("txt", "warc"):
        for columns in read(path, {"text": ("text",)}):
            for text in columns.columns["text"].to_pylist():
                yield {"text": text}
    elif kind == "parquet":
        import pyarrow.parquet as pq

        for batch in pq.ParquetFile(path).iter_batches(LOOKED_AT):
            yield from batch.to_pylist()
    elif kind == "arrow":
        yield from _arrow(path)
    elif kind == "csv":
        import csv

        yield from csv.DictReader(_lines(path), delimiter="\t" if ".tsv" in path.name else ",")
    else:
        yield from (record for record in _json(path) if isinstance(record, dict))


def _opened(path: Path) -> IO[str]:
    """A text file, unpacked; what is not UTF-8 is replaced, since only names and lengths are looked at."""
    if path.suffix == ".zst":
        import zstandard

        return zstandard.open(path, "rt", encoding="utf-8", errors="replace", newline="\n")
    if path.suffix in (".gz", ".bz2"):
        import bz2
        import gzip

        unpack = gzip.open if path.suffix == ".gz" else bz2.open
        return unpack(path, "rt", encoding="utf-8", errors="replace", newline="\n")
    return path.open(encoding="utf-8", errors="replace", newline="\n")


def _lines(path: Path) -> Iterator[str]:
    with _opened(path) as file:
        yield from iter(lambda: file.readline(LINE), "")


def _json(path: Path) -> Iterator[Any]:
    """The values of JSON lines, or those of one array."""
    found = False
    for line in _lines(path):
        try:
            value = from_json(line)
        except ValueError:
            continue
        found = True
        yield from value if isinstance(value, list) else [value]
    if not found:
        with _opened(path) as file:
            try:
                value = from_json(file.read(ARRAY))
            except ValueError:
                return
        yield from value if isinstance(value, list) else [value]


def _arrow(path: Path) -> Iterator[dict[str, Any]]:
    with opened(path) as (_, batches):
        for batch in batches:
            yield from batch.slice(0, LOOKED_AT).to_pylist()


def _flat(record: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Fields with dots for nested ones."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _field(column: str, fields: dict[str, list[Any]]) -> str | None:
    """The field that is named like a column and holds strings."""
    for name in NAMES[column]:
        for key in fields:
            if key.rpartition(".")[2].lower() == name and any(isinstance(value, str) for value in fields[key]):
                return key
    return None


def _longest(fields: dict[str, list[Any]]) -> str | None:
    """The field with the most text."""
    sizes = {key: sum(len(v) for v in values if isinstance(v, str)) for key, values in fields.items()}
    best = max(sizes, key=lambda key: sizes[key], default=None)
    return best if best is not None and sizes[best] else None


def _kind(values: list[Any]) -> str:
    names = Counter("nothing" if value is None else type(value).__name__ for value in values)
    return names.most_common(1)[0][0]


def _languages(texts: list[str]) -> dict[str, int]:
    from corpus.cleaning.language import LanguageSettings, detect
    from corpus.cleaning.normalize import NormalizeSettings, normalize

    if not texts:
        return {}
    clean, _ = normalize(pa.array(texts, pa.string()), NormalizeSettings())
    languages, _ = detect(clean, LanguageSettings())
    return dict(Counter(languages.to_pylist()).most_common())


def recipe_for(folder: Path, found: Sequence[Survey]) -> str:
    """The recipe as TOML with comments."""
    name = re.sub(r"[^\w .+-]+", "-", folder.resolve().stem).strip("-") or "mine"
    head = [
        f"# Made by `hanji new recipe` from {folder.resolve()}. docs/recipes.md lists every key.",
        f"name = {json.dumps(name, ensure_ascii=False)}",
        'description = ""',
        'languages = ["ko", "en"]  # documents in other languages are dropped',
        "# validation = 0.005       # share of documents held out, by a hash of their id",
    ]
    return "\n".join([*head, *(line for source in found for line in _source_table(source))]) + "\n"


def _source_table(source: Survey) -> list[str]:
    many = len(source.files) > 1
    pattern: str | list[str] = (
        str(source.place.resolve()) if many or source.place.is_file() else str(source.files[0].resolve())
    )
    if (
        many
        and len({path.suffixes[0] if path.suffixes else "" for path in source.place.rglob("*") if path.is_file()}) > 1
    ):
        ends = sorted({"".join(path.suffixes) for path in source.files})
        pattern = (
            [f"{source.place.resolve()}/**/*{end}" for end in ends]
            if len(ends) > 1
            else f"{source.place.resolve()}/**/*{ends[0]}"
        )
    shown = ", ".join(f"{key} ({kind})" for key, kind in source.fields.items()) or "none"
    total = sum(source.languages.values())
    mix = ", ".join(f"{lang} {percent(count / total, 0)}" for lang, count in source.languages.items())
    lines = [
        "",
        "[[sources]]",
        f"name = {json.dumps(source.name)}",
        f"files = {json.dumps(pattern, ensure_ascii=False)}  # {len(source.files):,} of {source.format}",
        'license = "unknown"  # name it: documents carry it, and --licenses chooses by it',
        f"# Fields of the first {source.records:,} records: {shown}.",
    ]
    named = {"text": source.text, **source.columns}
    wanted = {column: field for column, field in named.items() if field and field != column}
    if source.text is None:
        lines.append('fields = { text = "NAME" }  # no field of text was found: put its name here')
    elif wanted:
        pairs = ", ".join(f"{column} = {json.dumps(field, ensure_ascii=False)}" for column, field in wanted.items())
        lines.append(f"fields = {{ {pairs} }}")
    if source.text is not None:
        lines.append(
            f"# Their texts have {source.characters:,} characters on average; languages: {mix or 'not known'}."
        )
    profile = '"reference"' if source.columns.get("url") is None else '"web"'
    lines.append(f"profile = {profile}  # web: rules for crawled pages; reference: for edited text; none: no rules")
    return lines
