"""A forecast of a build, against the build: within a factor of two, for every format of files."""

import gzip
import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus import forecast as module
from corpus.build import build, list_parts
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.engine.output import WORK
from corpus.forecast import Forecast, Source, forecast
from corpus.recipe import Recipe

WORDS = ["서울", "부산", "봄", "여름", "사람", "나라", "길", "물", "하늘", "마음", "생각", "이야기", "아침", "저녁"]


def rows(count: int, seed: int) -> list[dict[str, str]]:
    """Korean articles of two kB, each fifth one sentence over and over, which is dropped."""
    chosen = random.Random(seed)

    def sentence() -> str:
        return " ".join(f"{chosen.choice(WORDS)}{chosen.choice('은는이가을를에')}" for _ in range(9)) + " 있었다."

    texts = (
        " ".join([sentence()] * 25) if n % 5 == 0 else " ".join(sentence() for _ in range(25)) for n in range(count)
    )
    return [{"text": text, "body": "ignored"} for text in texts]


def write(path: Path, records: list[dict[str, str]]) -> None:
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode()
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(lines))
    elif path.suffix == ".jsonl":
        path.write_bytes(lines)
    elif path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(records), path)
    else:
        table = pa.Table.from_pylist(records)
        new = pa.ipc.new_stream if path.stem == "stream" else pa.ipc.new_file
        with pa.OSFile(str(path), "wb") as sink, new(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=100)


def recipe_of(**files: list[str]) -> Recipe:
    sources = [{"name": name, "kind": "local", "files": paths} for name, paths in files.items()]
    return Recipe.model_validate({"name": "t", "languages": ["ko"], "validation": 0, "sources": sources})


def told(recipe: Recipe, folder: Path, **options: bool) -> Forecast:
    locator = Locator(None, folder / "cache")
    return forecast(recipe, list_parts(recipe, locator), locator, **options)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet", "stream.arrow", "file.arrow"])
def test_text_kept_and_disk_are_within_a_factor_of_two(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAMPLE", 100_000)  # of about 1.5 MB
    monkeypatch.setattr(module, "START_DISK", 200_000)
    write(tmp_path / name, rows(1000, 1))
    recipe = recipe_of(a=[str(tmp_path / name)])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    found = told(recipe, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    with LocalEngine(1) as engine:
        built = build(recipe, tmp_path / "out", engine, Locator(None, tmp_path / "cache"))
    total = built.stats["total"]
    assert 0.8 < found.text / total["read"]["bytes_in"] < 1.25
    assert 0.7 < found.kept / total["clean"]["bytes_kept"] < 1.4
    assert found.kept < 0.9 * found.text
    disk = sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert 0.5 < found.disk(keep_work=True) / disk < 2
    work = sum(path.stat().st_size for path in (tmp_path / "out" / WORK).rglob("*") if path.is_file())
    assert 0.5 < found.disk(keep_work=False) / (disk - work) < 2
    assert found.peak == found.disk(keep_work=True)
    (source,) = found.sources
    assert (source.files, source.bytes, source.absent, source.sampled) == (1, (tmp_path / name).stat().st_size, 0, True)
    assert source.longest == pytest.approx(source.seconds)


def test_files_of_a_source_are_sampled_evenly_and_the_largest_is_the_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(10):
        write(tmp_path / f"{n}.jsonl", rows(30 if n else 300, n))
    opened: list[str] = []
    head = module._head

    def watched(path: Path, to: Path, most: int) -> float | None:
        opened.append(path.name)
        return head(path, to, most)

    monkeypatch.setattr(module, "_head", watched)
    found = told(recipe_of(a=[str(tmp_path / "*.jsonl")]), tmp_path)
    assert opened == ["0.jsonl", "2.jsonl", "4.jsonl", "6.jsonl"]
    (source,) = found.sources
    assert source.files == 10
    assert source.longest / source.seconds == pytest.approx(300 / 570, rel=0.1)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.parquet", b"PAR1 no table"), ("a.arrow", b"no arrow"), ("a.jsonl", b"no json\n"), ("a.jsonl", b"")],
)
def test_a_file_that_gives_no_document_is_told_by_its_format(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    (source,) = told(recipe_of(a=[str(tmp_path / name)]), tmp_path).sources
    assert not source.sampled
    assert source.text == len(content) * (3.0 if name == "a.parquet" else 1.0)
    assert source.kept == source.text


@pytest.mark.parametrize(
    ("name", "ratio"),
    [("a.jsonl.GZ", 3.7), ("a.xml.bz2", 3.0), ("a.zst", 3.3), ("a.parquet", 3.0), ("a.arrow", 1.0), ("a", 1.0)],
)
def test_text_in_a_byte_of_each_format(name: str, ratio: float) -> None:
    assert module._usual_text(f"https://example.org/{name}") == ratio


def test_a_sample_is_no_more_than_it_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of a table up to the first that reach the size; of several files each its part of it."""
    batch = pa.record_batch({"a": ["x" * 100]})
    few = module._first(iter([batch] * 9), batch.schema, 3 * batch.nbytes)
    assert few.num_rows == 3
    assert module._first(iter([batch] * 2), batch.schema, 3 * batch.nbytes).num_rows == 2
    for name in "ab":
        write(tmp_path / f"{name}.jsonl", rows(30, 1))
    asked: list[int] = []
    head = module._head
    monkeypatch.setattr(module, "_head", lambda path, to, most: asked.append(most) or head(path, to, most))
    told(recipe_of(a=[str(tmp_path / "*.jsonl")]), tmp_path)
    assert asked == [module.SAMPLE // 2] * 2


def test_seconds_are_those_of_a_byte_of_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which each turn takes as long: the faster of two turns counts, which has its kernels loaded."""
    times = iter([0.0, 5.0, 10.0, 12.0])
    write(tmp_path / "a.jsonl.gz", rows(100, 1))
    monkeypatch.setattr(module.time, "process_time", lambda: next(times))
    (source,) = told(recipe_of(a=[str(tmp_path / "a.jsonl.gz")]), tmp_path).sources
    assert source.text > 2 * source.bytes
    assert source.seconds == pytest.approx(2.0)


def test_without_measuring_nothing_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.jsonl.gz", rows(30, 1))

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(module, "_measure", fail)
    (source,) = told(recipe_of(a=[str(tmp_path / "a.jsonl.gz")]), tmp_path, measure=False).sources
    assert source.text == pytest.approx(3.7 * (tmp_path / "a.jsonl.gz").stat().st_size)


def test_files_that_are_not_here_are_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    urls = [f"https://example.org/{name}" for name in ("here.jsonl.zst", "there.jsonl.zst", "lost.jsonl.zst")]
    sizes = dict(zip(urls, (100, 200, None), strict=True))
    locator = Locator(None, tmp_path)
    monkeypatch.setattr(locator, "size", sizes.get)
    locator.path(urls[0]).parent.mkdir(parents=True)
    locator.path(urls[0]).touch()
    recipe = recipe_of(a=["x.jsonl"])
    parts = [(recipe.sources[0], module.Part("a", url)) for url in urls]
    (source,) = forecast(recipe, parts, locator).sources
    assert (source.files, source.bytes, source.unknown, source.absent) == (3, 300, 1, 200)
    assert source.text == pytest.approx(3.3 * 300)


def test_time_follows_cores_and_the_largest_file() -> None:
    def source(seconds: float, longest: float) -> Source:
        return Source("a", 1, 0, 0, 0, 0, 0, seconds, longest, True)

    even, uneven = Forecast([source(60, 1), source(40, 1)]), Forecast([source(100, 80)])
    later = module.ALL_STEPS - 1
    assert even.processor_seconds == pytest.approx(module.START_SECONDS + 100 * module.ALL_STEPS)
    assert even.seconds(1) == pytest.approx(even.processor_seconds)
    assert even.seconds(4) == pytest.approx(module.START_SECONDS + 25 + later * 25)
    assert uneven.seconds(4) == pytest.approx(module.START_SECONDS + 80 + later * 25)
    assert Forecast([]).seconds(2) == module.START_SECONDS
