"""An evaluation set: where its files are, and the records in them, in the formats in which tests are published.

Unlike a source, a set must be complete: a record that cannot be read is an error, because the test items in it would
not be found.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, model_validator

from corpus.download.hub import REPOSITORY, SCHEME, place
from corpus.download.locator import Locator
from corpus.errors import UserError, first_line
from corpus.readers import format_of
from corpus.readers.csv_rows import SEPARATORS
from corpus.readers.encoding import Text
from corpus.readers.stream import Gap, Limits
from corpus.sources.globs import MAGIC, chosen
from corpus.sources.hub_configs import CARD, files_of
from corpus.values import from_json

FORMATS = ("jsonl", "csv", "parquet")
FIRST = 100  # records in which fields are looked for: the choices of the first question can be bare numbers


class EvaluationSet(BaseModel):
    """One task: its files, and the text fields of a record."""

    model_config = ConfigDict(extra="forbid")

    task: str
    # URLs, hf:// paths (the file's name may be a glob) or absolute paths; .jsonl, .json, .csv, .tsv or .parquet
    files: list[str] = Field(default=[])
    repo: str | None = Field(
        default=None, pattern=f"^{REPOSITORY}$"
    )  # in place of files: a dataset of the Hugging Face hub
    config: str | None = None  # of the repo; its default or only one if left out
    split: str = "test"  # of the repo
    fields: list[str] = Field(min_length=1)  # names, joined by dots; a list of strings counts as its strings
    # Texts that the test took from another work (an encyclopaedia's paragraph): in a corpus they are not a leak of the
    # test.
    background: list[str] = []

    @model_validator(mode="after")
    def _one_place(self) -> "EvaluationSet":
        if bool(self.files) == bool(self.repo):
            raise ValueError("name either files or repo")
        return self

    def urls(self, locator: Locator) -> list[str]:
        """Its files; raises UserError for a glob or a split that has none."""
        if self.repo:
            root, names = f"{SCHEME}{self.repo}", locator.hub_files(self.repo, None)
            card = locator.fetch(f"{root}/{CARD}").read_text("utf-8", "replace") if CARD in names else ""
            found = files_of(names, card, self.config, self.split, f"evaluation set {self.task!r} ({root})")
            return [f"{root}/{name}" for name in found]
        return [url for file in self.files for url in _matching(file, self.task, locator)]


def _matching(file: str, task: str, locator: Locator) -> list[str]:
    """The files of the hub that a glob matches; any other name as it is."""
    if not file.startswith(SCHEME) or not MAGIC & set(file):
        return [file]
    repository, revision, glob = place(file)
    found = chosen(locator.hub_files(repository, revision), glob)
    if not found:
        raise UserError(f"evaluation set {task!r}: {file} matches no file.")
    return [f"{file[: -len(glob)]}{name}" for name in found]


def read_records(path: Path, fields: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """The records of a file, of Parquet only with these fields if any are given.

    Raises UserError, with the place, for one that cannot be read.
    """
    kind = format_of(path)
    if kind not in FORMATS:
        raise UserError(f"{path}: an evaluation set is .jsonl, .json, .csv, .tsv or .parquet.")
    if kind == "parquet":
        yield from _parquet(path, [name.split(".")[0] for name in fields] or None)
        return
    pieces = list(Text(path, Limits()).blocks())
    gap = next((piece for piece in pieces if isinstance(piece, Gap)), None)
    if gap is not None:
        raise _incomplete(path, gap.reason)
    try:
        text = b"".join(piece for piece in pieces if isinstance(piece, bytes)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _incomplete(f"{path}, line {line}", "not UTF-8, CP949 or UTF-16") from error
    yield from (_rows if kind == "csv" else _json)(path, text)


def _incomplete(where: str | Path, what: str) -> UserError:
    return UserError(f"{where}: {what}. An evaluation set must be complete.")


def _parquet(path: Path, columns: list[str] | None) -> Iterator[dict[str, Any]]:
    try:
        for batch in pq.ParquetFile(path).iter_batches(1000, columns=columns):
            yield from batch.to_pylist()
    except pa.ArrowException as error:
        raise _incomplete(path, f"damaged parquet ({first_line(error)})") from error


def _json(path: Path, text: str) -> Iterator[dict[str, Any]]:
    """JSON lines, or one list of records."""
    if text.lstrip().startswith("["):
        try:
            found = list(enumerate(from_json(text), 1))
        except ValueError as error:
            raise _incomplete(path, f"not JSON ({error})") from error
        what = "record"
    else:
        found, what = [], "line"
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                try:
                    found.append((number, from_json(line)))
                except ValueError as error:
                    raise _incomplete(f"{path}, line {number}", f"not JSON ({error})") from error
    for number, record in found:
        if not isinstance(record, dict):
            raise _incomplete(f"{path}, {what} {number}", "not a record with named fields")
        yield record


def _rows(path: Path, text: str) -> Iterator[dict[str, Any]]:
    """The rows below a header; cells are separated by the sign that cuts the header into most."""
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=lambda sign: (len(next(csv.reader([first], delimiter=sign), [])), sign == ","))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] | None = None
    try:
        for row in rows:
            if not row:
                continue
            if header is None:
                header = row
                continue
            if len(row) != len(header):
                what = f"{len(row)} cells, and the header has {len(header)}"
                raise _incomplete(f"{path}, line {rows.line_num}", what)
            yield dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise _incomplete(f"{path}, line {rows.line_num}", f"not CSV ({error})") from error


def text_fields(path: Path) -> list[str]:
    """The fields of the first records of a set that hold text with a letter in it, joined by dots. Raises UserError
    where there is none."""
    found: dict[str, None] = {}
    for _, record in zip(range(FIRST), read_records(path), strict=False):
        found |= dict.fromkeys(_fields(record, ""))
    if not found:
        raise UserError(f"{path}: no field of its first record holds text.")
    return list(found)


def _fields(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, str):
        if any(map(str.isalpha, value)):
            yield name
    elif isinstance(value, list):
        for each in value:
            yield from _fields(each, name)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _fields(inner, f"{name}.{key}" if name else str(key))


def texts_of(record: Any, name: str) -> Iterator[str]:
    """The texts of a field whose name is joined by dots; a list counts as its members."""
    yield from _texts(record, name.split("."))


def _texts(value: Any, keys: list[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _texts(each, keys)
    elif keys and isinstance(value, dict):
        yield from _texts(value.get(keys[0]), keys[1:])
    elif not keys and isinstance(value, str):
        yield value
