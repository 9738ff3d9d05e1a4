"""What a build will take: text, processor time and disk, from samples of its upstream files on this machine.

The heads of some files of each source go through reading and cleaning in a temporary folder. Their text per upstream
byte, the share that is kept and the processor time are those of the whole source; the later steps, which compare
documents with each other, are a multiple of them, measured on whole builds. Sources with no file on this machine are
told by their files' formats. The goal is a factor of two, not more.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from corpus.clean import clean_part
from corpus.document import Part
from corpus.download.locator import Locator
from corpus.prepare import PartTask, read_part
from corpus.readers.arrow import opened
from corpus.recipe import Recipe, SourceRecipe

SAMPLE = 2 << 20  # bytes of upstream files that are sampled of a source, or of text where they are tables …
FILES = 4  # … from so many of its files, spread evenly
# 2026-11-27, recipe `mini`, 267 MB of text, one process: all processor time (40 s) ÷ that of its samples, which are
# read and cleaned without boilerplate and test items; bytes on the disk ÷ bytes of text as read; seconds of starting
# and loading kernels, and bytes of pages and samples, that a build of any size takes.
ALL_STEPS = 1.5
DISK, KEPT_DISK = 3.2, 1.1
START_SECONDS, START_DISK = 4.0, 800_000
# The same builds: seconds of reading and cleaning for a byte of text; bytes of text in a byte of a file by its suffix.
SECONDS_PER_BYTE = 1 / 11e6
TEXT_PER_BYTE = {".gz": 3.7, ".zst": 3.3, ".bz2": 3.0, ".parquet": 3.0}


@dataclass(frozen=True)
class Source:
    """What one source will take."""

    name: str
    files: int
    bytes: int  # of its upstream files, those of unknown size left out
    unknown: int  # files of unknown size
    absent: int  # bytes of those that a build downloads
    text: float  # bytes as read
    kept: float  # bytes after cleaning; duplicates are not known from a sample
    seconds: float  # of processor time for reading and cleaning
    longest: float  # of these for the largest file, which one process does
    sampled: bool


@dataclass(frozen=True)
class Forecast:
    """What a build will take."""

    sources: list[Source]

    def _sum(self, what: Callable[[Source], float]) -> float:
        return sum(what(source) for source in self.sources)

    @property
    def text(self) -> float:
        """Bytes of text as read."""
        return self._sum(lambda s: s.text)

    @property
    def kept(self) -> float:
        """Bytes of text that cleaning keeps."""
        return self._sum(lambda s: s.kept)

    @property
    def processor_seconds(self) -> float:
        """Of all steps and processes together, kernels compiled."""
        return START_SECONDS + ALL_STEPS * self._sum(lambda s: s.seconds)

    def seconds(self, workers: int) -> float:
        """From start to end with so many processes that each have a core; downloads are not counted."""
        first, longest = self._sum(lambda s: s.seconds), max((s.longest for s in self.sources), default=0.0)
        return START_SECONDS + max(first / workers, longest) + (ALL_STEPS - 1) * first / workers

    def disk(self, keep_work: bool) -> float:
        """Bytes on the disk after the build, downloads and intermediate files included."""
        return START_DISK + (DISK if keep_work else KEPT_DISK) * self.text + self.absent * keep_work

    @property
    def peak(self) -> float:
        """Bytes on the disk while it runs."""
        return self.disk(keep_work=True)

    @property
    def absent(self) -> int:
        """Bytes to download."""
        return sum(source.absent for source in self.sources)


def forecast(
    recipe: Recipe, parts: Sequence[tuple[SourceRecipe, Part]], locator: Locator, measure: bool = True
) -> Forecast:
    """What a build of these parts will take. Without `measure` nothing is read (kernels are not compiled yet)."""
    mine: dict[str, list[tuple[SourceRecipe, Part]]] = {}
    for entry, part in parts:
        mine.setdefault(entry.name, []).append((entry, part))
    found = []
    for name, members in mine.items():
        sizes = {url: locator.size(url) for _, part in members for url in part.urls}
        here = {url for url in sizes if locator.path(url).is_file()}
        sample = _measure(recipe, members, locator, here) if measure else None
        known = {url: size for url, size in sizes.items() if size is not None}
        ratios = {part.url: sample.text if sample else _usual_text(part.url) for _, part in members}
        texts = [known.get(part.url, 0) * ratios[part.url] for _, part in members]
        rate = sample.seconds if sample else SECONDS_PER_BYTE
        found.append(
            Source(
                name,
                len(sizes),
                sum(known.values()),
                len(sizes) - len(known),
                sum(size for url, size in known.items() if url not in here),
                sum(texts),
                sum(texts) * (sample.kept if sample else 1.0),
                sum(texts) * rate,
                max(texts, default=0.0) * rate,
                sample is not None,
            )
        )
    return Forecast(found)


@dataclass(frozen=True)
class _Sample:
    text: float  # bytes for an upstream byte
    kept: float  # share of them
    seconds: float  # for a byte of text


def _measure(
    recipe: Recipe, members: Sequence[tuple[SourceRecipe, Part]], locator: Locator, here: set[str]
) -> _Sample | None:
    """The heads of some files of one source, read and cleaned; None if none of them is here or gives a document."""
    present = [(entry, part) for entry, part in members if all(url in here for url in part.urls)]
    chosen = present[:: max(1, len(present) // FILES)][:FILES]
    upstream = text = kept = seconds = 0.0
    with tempfile.TemporaryDirectory(prefix="hanji-dry-run-") as folder:
        for number, (entry, part) in enumerate(chosen):
            scratch = Path(folder, str(number))
            path = locator.path(part.url)
            head = scratch / "in" / path.name
            share = _head(path, head, SAMPLE // len(chosen))
            if share is None:
                continue
            beside = tuple(locator.path(url) for url in part.beside)
            times = []
            for turn in "01":  # the first loads kernels and tables
                task = PartTask(
                    _without_tests(recipe),
                    entry,
                    replace(part, bytes=None),
                    head,
                    head.stat().st_size,
                    scratch / turn / "read" / "part",
                    scratch / turn / "clean" / "part",
                    beside=beside,
                )
                begun = time.process_time()
                read, clean = read_part(task), clean_part(task)
                times.append(time.process_time() - begun)
            upstream += share * path.stat().st_size
            text += read.result["bytes"]
            kept += clean.result["bytes"]
            seconds += min(times)
    return _Sample(text / upstream, kept / text, seconds / text) if text and upstream else None


def _without_tests(recipe: Recipe) -> Recipe:
    """The recipe without the search for test items, whose time is in ALL_STEPS."""
    return recipe.model_copy(update={"contamination": type(recipe.contamination)()})


def _head(path: Path, to: Path, most: int) -> float | None:
    """Copy the head of a file, at most `most` bytes (of rows, in a table); returns its share of the file, None for a
    file that cannot be opened."""
    to.parent.mkdir(parents=True)
    if path.suffix.lower() not in (".parquet", ".arrow"):
        size = path.stat().st_size
        with path.open("rb") as source, to.open("wb") as sink:
            sink.write(source.read(most))
        return min(1.0, most / size) if size else None
    try:
        return (_head_of_parquet if path.suffix.lower() == ".parquet" else _head_of_arrow)(path, to, most)
    except (pa.ArrowException, OSError):  # damaged: the build tells it
        return None


def _head_of_parquet(path: Path, to: Path, most: int) -> float | None:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        groups = file.metadata.num_row_groups
        every = sum(file.metadata.row_group(number).total_byte_size for number in range(groups))  # unpacked
        table = _first(file.iter_batches(batch_size=64), file.schema_arrow, most)
        whole = table.num_rows == file.metadata.num_rows
    pq.write_table(table, to)
    # By bytes, not by rows: the first articles of an encyclopedia are its longest.
    return (1.0 if whole else min(1.0, table.nbytes / every)) if every else None


def _head_of_arrow(path: Path, to: Path, most: int) -> float | None:
    with opened(path) as (schema, batches):
        every = [batch for batch in batches if batch.num_rows]  # memory-mapped
        size = sum(batch.nbytes for batch in every)
        slices = (batch.slice(start, 64) for batch in every for start in range(0, batch.num_rows, 64))
        table = _first(slices, schema, most)
        with pa.OSFile(str(to), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            writer.write_table(table)
    return min(1.0, table.nbytes / size) if size else None


def _first(batches: Iterator[pa.RecordBatch], schema: pa.Schema, most: int) -> pa.Table:
    """The first batches, of at least `most` bytes together."""
    taken: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        taken.append(batch)
        size += batch.nbytes
        if size >= most:
            break
    return pa.Table.from_batches(taken, schema)


def _usual_text(url: str) -> float:
    return TEXT_PER_BYTE.get(Path(url).suffix.lower(), 1.0)
