"""Each source against a plain Python reading of the same files: same records, same texts, nothing of the held-out
splits."""

import gzip
import json
import logging
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from corpus.document import Part, Unreadable
from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.sources import SOURCES, source
from corpus.sources.base import select_parts, within_budget
from corpus.sources.licenses import accepts
from corpus.sources.redpajama_v2 import RedPajamaV2

HUB = "huggingface.co/datasets"
RED_PAJAMA = "data.together.xyz/redpajama-data-1T/v1.0.0"


def read_all(name: str, mirror: Path, **settings: Any) -> tuple[list[dict[str, Any]], Counter[str], Counter[str]]:
    """All documents of a source as dictionaries with `file`, reasons of the unreadable, and of the skipped."""
    kind = source(name, settings)
    locator = Locator(mirror, mirror / "cache")
    documents: list[dict[str, Any]] = []
    unreadable: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    for part in kind.parts(locator):
        for chunk in kind.read(locator.fetch(part), part):
            documents += [row | {"file": Path(part.url).name} for row in chunk.records.to_pylist()]
            unreadable.update(lost.reason for lost in chunk.unreadable)
            skipped.update(chunk.skipped)
    return documents, unreadable, skipped


def json_lines(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    return [json.loads(line) for line in data.split(b"\n") if line]


def parquet_rows(*paths: Path) -> list[dict[str, Any]]:
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def texts(rows: list[dict[str, Any]]) -> list[str]:
    return [row["text"] for row in rows]


@pytest.mark.parametrize(
    ("name", "parts", "files"),
    [
        ("mc4-ko", "0:2", [f"multilingual/c4-ko.tfrecord-{i:05}-of-01024.json.gz" for i in range(2)]),
        ("c4-en", "0,1", [f"en/c4-train.{i:05}-of-01024.json.gz" for i in range(2)]),
    ],
)
def test_c4(mirror: Path, name: str, parts: str, files: list[str]) -> None:
    found, unreadable, skipped = read_all(name, mirror, parts=parts)
    expected = [row for file in files for row in json_lines(mirror / HUB / "allenai/c4" / file)]
    assert [(row["text"], row["url"]) for row in found] == [(row["text"], row["url"]) for row in expected]
    assert {row["license"] for row in found} == {"ODC-BY"}
    assert not unreadable
    assert not skipped


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("wikipedia-ko", [f"20231101.ko/train-{i:05}-of-00003.parquet" for i in range(2, 3)]),
        ("wikipedia-en", [f"20231101.en/train-{i:05}-of-00041.parquet" for i in range(1)]),
    ],
)
def test_wikipedia(mirror: Path, name: str, files: list[str]) -> None:
    found, unreadable, _ = read_all(name, mirror, parts="2" if name.endswith("ko") else "0")
    expected = parquet_rows(*(mirror / HUB / "wikimedia/wikipedia" / file for file in files))
    assert [(r["text"], r["title"], r["url"]) for r in found] == [(r["text"], r["title"], r["url"]) for r in expected]
    assert [row["row"] for row in found] == list(range(len(expected)))
    assert not unreadable


def test_klue_emits_each_sentence_of_the_training_splits_once_without_markup(mirror: Path) -> None:
    fields = {
        "nli": ("premise", "hypothesis"),
        "sts": ("sentence1", "sentence2"),
        "ner": ("sentence",),
        "dp": ("sentence",),
    }
    found, unreadable, skipped = read_all("klue", mirror, configs=list(fields))
    expected: list[str] = []
    records = 0
    for config, names in fields.items():
        distinct: dict[str, None] = {}
        for row in parquet_rows(mirror / HUB / "klue/klue" / config / "train-00000-of-00001.parquet"):
            records += len(names)
            for name in names:
                text = row[name]
                for label in ("PS", "LC", "OG", "DT", "TI", "QT"):
                    text = re.sub(rf"<([^<>]*):{label}>", r"\1", text)
                distinct[text] = None
        expected += distinct
    assert texts(found) == expected
    assert len(found) + skipped["repeated sentence"] == records
    assert skipped["repeated sentence"] > 100
    assert not unreadable
    assert not any(re.search(r"<[^<>]+:[A-Z]{2}>", text) for text in texts(found))


def test_klue_reads_validation_only_when_told_to(mirror: Path) -> None:
    locator = Locator(mirror, mirror / "cache")
    assert not any("validation" in part.url for part in source("klue", {}).parts(locator))
    told = source("klue", {"configs": ["sts"], "splits": ["train", "validation"]}).parts(locator)
    assert [Path(part.url).name.split("-")[0] for part in told] == ["train", "validation"]


def test_klue_dialogues_and_contexts(tmp_path: Path) -> None:
    root = tmp_path / HUB / "klue/klue"
    dialogue = [{"role": "user", "text": "서울 호텔 찾아줘."}, {"role": "sys", "text": "가격대는요?"}]
    table = {
        "wos": pa.table({"dialogue": [dialogue]}),
        "mrc": pa.table({"context": ["긴 글"] * 2, "question": ["무엇?", "언제?"]}),
        "ynat": pa.table({"title": ["제목", None]}),
    }
    for config, rows in table.items():
        (root / config).mkdir(parents=True)
        pq.write_table(rows, root / config / "train-00000-of-00001.parquet")
    found, unreadable, skipped = read_all("klue", tmp_path, configs=["wos", "mrc", "ynat"])
    assert texts(found) == ["서울 호텔 찾아줘.\n가격대는요?", "긴 글", "무엇?", "언제?", "제목"]
    assert unreadable == {"null text": 1}
    assert skipped == {"repeated sentence": 1}


@pytest.mark.parametrize(
    ("sizes", "budget", "taken"),
    [
        ([10, 10, 10], None, 3),
        ([10, 10, 10], 20, 2),  # reached exactly
        ([10, 10, 10], 21, 3),
        ([10, 10, 10], 1, 1),  # at least one, however large
        ([10, None, 10], 99, 1),  # a size that is not known may be any
        ([None, 10], 99, 2),
        ([None, None], 99, 1),
        ([], 99, 0),
    ],
)
def test_parts_are_taken_up_to_a_number_of_bytes(sizes: list[int | None], budget: int | None, taken: int) -> None:
    parts = [Part("x", str(number), bytes=size) for number, size in enumerate(sizes)]
    assert within_budget(parts, budget) == parts[:taken]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("", "abcde"), ("0:2", "ab"), ("3", "d"), ("3:", "de"), (":2", "ab"), ("4, 0:2,1", "abe"), ("0:5", "abcde")],
)
def test_a_choice_of_parts_is_in_their_order_and_names_each_once(chosen: str, expected: str) -> None:
    assert select_parts("abcde", chosen, "here") == list(expected)
    for wrong in ("5", "0:6", "2:2", "3:1", "-1", "a", "1,,2:x"):
        with pytest.raises(UserError, match="here: parts = "):
            select_parts("abcde", wrong, "here")
    assert select_parts("abcdefghijklmnopqr", "16,8,1", "here") == ["b", "i", "q"]


@pytest.mark.parametrize(
    ("licenses", "subsets"),
    [
        ("any", ["arxiv", "github", "wikipedia"]),
        (("CC-BY-SA-3.0",), ["wikipedia"]),
        (("permissive", "ODC-BY"), ["github"]),
    ],
)
def test_sets_of_redpajama_are_read_by_their_own_licences(tmp_path: Path, licenses: Any, subsets: list[str]) -> None:
    root = "https://data.together.xyz/redpajama-data-1T/v1.0.0/"
    (tmp_path / "urls.txt").write_text(
        "".join(f"{root}{name}/1.jsonl\n" for name in ("arxiv", "c4", "github", "wikipedia"))
    )
    kind = source("redpajama", {"licenses": licenses})
    found = kind.listed(SimpleNamespace(fetch=lambda url: tmp_path / url.removeprefix(root)))
    assert [(part.url, part.subset) for part in found] == [(f"{root}{name}/1.jsonl", name) for name in subsets]


def test_sentences_of_klue_have_numbers_of_their_own(tmp_path: Path) -> None:
    """Field k of row r is record r · fields + k; a repeated one is skipped, and nulls and bad bytes are told."""
    fields = {"sentence1": [b"one", b"two", None], "sentence2": [b"three", b"one", b"\xff"]}
    arrays = [pa.array(values, pa.binary()).view(pa.string()) for values in fields.values()]
    pq.write_table(pa.table(arrays, list(fields)), tmp_path / "sts.parquet")
    kind = source("klue", {})
    [chunk] = kind.read(tmp_path / "sts.parquet", Part("klue", "x", "sts"))
    assert list(zip(chunk.records["row"].to_pylist(), chunk.records["text"].to_pylist(), strict=True)) == [
        (0, "one"), (1, "three"), (2, "two")
    ]  # fmt: skip
    assert chunk.skipped == {"repeated sentence": 1}
    assert [(lost.row, lost.reason) for lost in chunk.unreadable] == [(4, "null text"), (5, "bad utf-8")]


def test_turns_of_a_dialogue_are_lines(tmp_path: Path) -> None:
    dialogues = [
        [{"role": "user", "text": "안녕"}, {"role": "sys", "text": "네"}, {"role": "user", "text": None}],
        None,
    ]
    pq.write_table(pa.table({"dialogue": dialogues}), tmp_path / "wos.parquet")
    [chunk] = source("klue", {}).read(tmp_path / "wos.parquet", Part("klue", "x", "wos"))
    assert chunk.records["text"].to_pylist() == ["안녕\n네\n"]
    assert [(lost.row, lost.reason) for lost in chunk.unreadable] == [(1, "null text")]


def test_rows_of_klue_count_as_many_records_as_they_have_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lost rows of two sentences are six records, from the first one's number on."""
    none = np.zeros(0, np.int64)
    lost = [Unreadable(5, -1, "damaged parquet", b"", 3), Unreadable(-1, -1, "damaged parquet", b"")]
    monkeypatch.setattr("corpus.sources.klue.parquet_batches", lambda *_: iter([(none, None, lost)]))
    kind = source("klue", {})
    for task, fields in (("sts", 2), ("ynat", 1)):
        [chunk] = kind.read(Path("x"), Part("klue", "x", task))
        found = [(one.row, one.records) for one in chunk.unreadable]
        assert found == [(5 * fields, 3 * fields), (-1, fields)]


def test_signals_belong_to_the_line_of_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the file comes in pieces, and behind a line that is too long."""
    lines = [{"quality_signals": {"words": [[0, 9, value]]}, "x": "x" * (200 * (n == 2))}
             for n, value in enumerate([1, 5, 5, 1, 4.5, 9, None, 9.5])]  # fmt: skip
    path = tmp_path / "signals.json"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    settings = {"signals": {"words": (4.5, 9)}, "max_line_bytes": 150}
    kind = source("redpajama-v2", settings)
    for size in (1 << 20, 64, 7):
        monkeypatch.setattr("corpus.readers.unpack.PIECE", size)
        assert kind._outside(path).tolist() == [0, 3, 7]  # type: ignore[attr-defined]
    assert source("redpajama-v2", {"signals": {"words": (None, 4)}})._outside(path).tolist() == [1, 2, 4, 5, 7]  # type: ignore[attr-defined]


def test_dumps_are_named_after_the_wiki_and_pages_after_the_language(tmp_path: Path) -> None:
    kind = source("wikipedia-dump", {"date": "20240101", "language": "zh-min-nan"})
    root = "https://dumps.wikimedia.org/zh_min_nanwiki/20240101"
    locator = Locator(tmp_path, tmp_path)
    [url] = kind.urls(locator)  # type: ignore[attr-defined]
    assert url == f"{root}/zh_min_nanwiki-20240101-pages-articles-multistream.xml.bz2"
    path = tmp_path / "a.xml"
    path.write_text("<page><title>Tâi oân (1) & 가</title><ns>0</ns><text>글이다.</text></page>".replace("&", "&amp;"))
    [chunk] = kind.read(path, Part("wikipedia-dump", url))
    assert chunk.records["url"].to_pylist() == [
        "https://zh-min-nan.wikipedia.org/wiki/T%C3%A2i_o%C3%A2n_%281%29_%26_%EA%B0%80"
    ]


def test_pile(mirror: Path) -> None:
    expected = json_lines(mirror / HUB / "monology/pile-uncopyrighted/train/00.jsonl.zst")
    found, unreadable, skipped = read_all("pile", mirror, parts="0")
    assert [(r["text"], r["subsource"]) for r in found] == [(r["text"], r["meta"]["pile_set_name"]) for r in expected]
    assert not unreadable
    assert not skipped
    counts = Counter(row["meta"]["pile_set_name"] for row in expected)
    chosen, _, skipped = read_all("pile", mirror, parts="0", sets=["USPTO Backgrounds"])
    assert Counter(row["subsource"] for row in chosen) == {"USPTO Backgrounds": counts["USPTO Backgrounds"]}
    assert skipped["set not chosen"] == len(expected) - len(chosen) > 0
    urls = source("pile", {}).parts(Locator(mirror, mirror / "cache"))
    assert not any("val" in part.url or "test" in part.url for part in urls)


def test_redpajama_leaves_c4_out_unless_told(mirror: Path) -> None:
    listing = (mirror / RED_PAJAMA / "urls.txt").read_text().split()
    for subsets in ({}, {"subsets": ["c4", "stackexchange"]}):
        found, unreadable, _ = read_all("redpajama", mirror, **subsets)
        wanted = subsets.get("subsets", ["arxiv", "common_crawl", "stackexchange", "wikipedia"])
        files = [url.removeprefix("https://") for url in listing if url.split("/v1.0.0/")[1].split("/")[0] in wanted]
        expected = [(row["text"], Path(file).name) for file in files for row in json_lines(mirror / file)]
        assert [(row["text"], row["file"]) for row in found] == expected
        assert {row["subsource"] for row in found} == set(wanted)
        assert not unreadable


V2_KEY = "2023-14/0000/en_head"


def redpajama_v2(mirror: Path) -> Path:
    """A made part of six documents with signals and a list of duplicates."""
    root = mirror / "data.together.xyz/redpajama-data-v2/v1.0.0"
    for folder in ("listings", *(f"{kind}/2023-14/0000" for kind in ("documents", "quality_signals", "duplicates"))):
        (root / folder).mkdir(parents=True)
    (root / "listings/en-2023-14-head_middle.txt").write_text(f"{V2_KEY}\n")
    rows = [{"url": f"http://a/{i}", "title": f"t{i}", "raw_content": f"document {i}"} for i in range(6)]
    signals = [{"id": f"{V2_KEY}.json.gz/{i}", "quality_signals": {"words": [[0, 9, float(i)]]}} for i in range(6)]
    for path, records in (
        (f"documents/{V2_KEY}.json.gz", rows),
        (f"quality_signals/{V2_KEY}.signals.json.gz", signals),
    ):
        (root / path).write_bytes(gzip.compress(b"".join(json.dumps(r).encode() + b"\n" for r in records)))
    list_duplicates(root, [1, 4])
    return root


def list_duplicates(root: Path, rows: list[int]) -> None:
    names = pa.table({"doc_id": [f"{V2_KEY}.json.gz/{row}" for row in rows]})
    pq.write_table(names, root / f"duplicates/{V2_KEY}.duplicates.parquet")


def test_redpajama_v2_skips_upstream_duplicates_and_bad_signals(tmp_path: Path) -> None:
    redpajama_v2(tmp_path)
    found, unreadable, skipped = read_all("redpajama-v2", tmp_path, signals={"words": (2, None)})
    assert texts(found) == ["document 2", "document 3", "document 5"]
    assert [row["title"] for row in found] == ["t2", "t3", "t5"]
    assert skipped == {"duplicate upstream": 2, "quality signal": 1}
    assert not unreadable


@pytest.mark.parametrize(
    ("bounds", "found"),
    [
        ((None, None), "012345"),
        ((2, None), "235"),
        ((None, 3), "0123"),
        ((2, 3), "23"),
        ((2.5, 2.9), ""),
        ((3, 3), "3"),
    ],
)
def test_signals_at_their_bounds(tmp_path: Path, bounds: tuple[float | None, float | None], found: str) -> None:
    root = redpajama_v2(tmp_path)
    if found != "235":
        list_duplicates(root, [])
    documents, _, skipped = read_all("redpajama-v2", tmp_path, signals={"words": bounds, "unknown": (1, 2)})
    assert "".join(row["title"][1] for row in documents) == found
    assert sum(skipped.values()) == 6 - len(found)


def test_duplicates_are_read_only_where_told(tmp_path: Path) -> None:
    redpajama_v2(tmp_path)
    documents, _, skipped = read_all("redpajama-v2", tmp_path, skip_duplicates=False)
    assert (len(documents), skipped) == (6, {})


@pytest.mark.parametrize("signals", [{}, {"words": (1, None)}])
@pytest.mark.parametrize("partition", ["head_middle", "tail"])
@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("exists", [True, False])
def test_files_beside_a_part_are_those_that_are_read(signals: Any, partition: Any, skip: bool, exists: bool) -> None:
    source = RedPajamaV2(name="redpajama-v2", partition=partition, skip_duplicates=skip, signals=signals)
    asked = SimpleNamespace(exists=lambda url: exists)
    found = [url.split("/")[5] for url in source.beside(Part("redpajama-v2", "", V2_KEY), asked)]
    duplicates = skip and exists and partition != "tail"
    assert found == ["quality_signals"] * bool(signals) + ["duplicates"] * duplicates


def test_a_change_of_signals_or_duplicates_reads_the_part_again(tmp_path: Path) -> None:
    from corpus.build import part_tasks
    from corpus.prepare import read_part
    from corpus.recipe import Recipe

    root = redpajama_v2(tmp_path)
    recipe = Recipe.model_validate(
        {"name": "r", "sources": [{"name": "redpajama-v2", "signals": {"words": [2, None]}}]}
    )

    def run() -> tuple[bool, int]:
        [task] = part_tasks(recipe, Locator(tmp_path, tmp_path / "cache"), tmp_path / "out")
        assert [path.relative_to(root).parts[0] for path in task.beside] == ["quality_signals", "duplicates"]
        record = read_part(task)
        assert len(record.inputs) == 3
        return record.skipped, record.result["documents"]

    assert run() == (False, 3)
    assert run() == (True, 3)
    list_duplicates(root, [1, 4, 5])
    assert run() == (False, 2)


def test_lbox_from_either_host_and_never_for_commercial_use(tmp_path: Path) -> None:
    path = tmp_path / (
        "cdn.lbox.kr/public/dataset/lbox-open/precedent_benchmark_dataset/case_corpus/v0.1.0/case_corpus-150k.jsonl"
    )
    path.parent.mkdir(parents=True)
    ruling = "주문\n피고인을 벌금 500만 원에 처한다.\n이유\n범죄사실"
    path.write_text(json.dumps({"id": 1, "precedent": ruling}) + "\n" + json.dumps({"id": 2}) + "\n")
    found, unreadable, _ = read_all("lbox", tmp_path)
    assert texts(found) == [ruling]
    assert found[0]["license"] == "CC-BY-NC-4.0"
    assert unreadable == {"missing field": 1}
    barred = source("lbox", {"licenses": "commercial"})
    assert barred.parts(Locator(tmp_path, tmp_path)) == []
    assert barred.excluded is not None
    assert "CC-BY-NC-4.0" in barred.excluded


def test_jikji_tells_how_to_supply_its_texts(tmp_path: Path) -> None:
    absent = source("jikji", {})
    assert absent.parts(Locator(tmp_path, tmp_path)) == []
    assert absent.excluded is not None
    assert "no public download" in absent.excluded
    assert "files =" in absent.excluded
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "옛글"}\n')
    with pytest.raises(UserError, match="license is missing"):
        source("jikji", {"files": [str(file)]}).parts(Locator(tmp_path, tmp_path))
    found, _, _ = read_all("jikji", tmp_path, files=[str(file)], license="public domain")
    assert [(row["text"], row["license"]) for row in found] == [("옛글", "public domain")]


def test_a_recipe_goes_on_without_an_excluded_source(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from corpus.build import list_parts
    from corpus.recipe import Recipe

    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "글"}\n')
    sources = [{"name": "jikji"}, {"name": "mine", "files": [str(file)]}]
    recipe = Recipe.model_validate({"name": "r", "sources": sources})
    with caplog.at_level(logging.WARNING):
        parts = list_parts(recipe, Locator(tmp_path, tmp_path))
    assert [entry.name for entry, _ in parts] == ["mine"]
    assert "source 'jikji' is left out" in caplog.text


def test_local_maps_fields_of_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"body": "one", "meta": {"link": "http://a"}}\n{"body": 3}\n')
    pq.write_table(pa.table({"body": ["two"], "headline": ["H"]}), tmp_path / "b.parquet")
    fields = {"text": "body", "title": "headline", "url": "meta.link"}
    files = [str(tmp_path / "*.jsonl"), str(tmp_path / "*.parquet")]
    found, unreadable, _ = read_all("news", tmp_path, files=files, fields=fields, license="CC0-1.0")
    assert [(r["text"], r["title"], r["url"]) for r in found] == [("one", None, "http://a"), ("two", "H", None)]
    assert unreadable == {"text is no string": 1}
    with pytest.raises(UserError, match="matches no file"):
        source("news", {"files": [str(tmp_path / "*.zip")]}).parts(Locator(tmp_path, tmp_path))


def test_licences_filter_records_and_sources(mirror: Path) -> None:
    everything, _, _ = read_all("pile", mirror, parts="0")
    kept, _, skipped = read_all("pile", mirror, parts="0", licenses=("public domain",))
    assert {row["license"] for row in kept} == {"public domain"}
    assert skipped["license"] == len(everything) - len(kept) > 0
    assert accepts("commercial", "CC-BY-SA-4.0")
    assert not accepts("commercial", "CC BY-NC 4.0")
    assert not accepts("commercial", "unknown")
    assert not accepts("commercial", None)
    assert accepts(("cc0-1.0",), "CC0-1.0")
    assert not accepts(("cc0-1.0",), None)


def test_choice_of_parts(mirror: Path) -> None:
    locator = Locator(mirror, mirror / "cache")
    chosen = [Path(part.url).name for part in source("mc4-ko", {"parts": "3,0:2"}).parts(locator)]
    assert chosen == [f"c4-ko.tfrecord-{i:05}-of-01024.json.gz" for i in (0, 1, 3)]
    sizes = [part.bytes or 0 for part in source("mc4-ko", {"parts": "0:4"}).parts(locator)]
    assert len(source("mc4-ko", {"bytes": sizes[0] + 1}).parts(locator)) == 2
    for parts in ("4:2", "1024", "x", "-1"):
        with pytest.raises(UserError, match="parts = "):
            source("mc4-ko", {"parts": parts}).parts(locator)


def test_mistakes_name_what_is_accepted() -> None:
    with pytest.raises(UserError, match="did you mean 'mc4-ko'"):
        source("mc4-k", {})
    with pytest.raises(UserError, match=r"unknown key 'partz'.*accepted: .*parts"):
        source("mc4-ko", {"partz": "0"})
    with pytest.raises(UserError, match="date = '20200101'"):
        source("wikipedia-ko", {"date": "20200101"}).parts(Locator(Path("/"), Path("/")))
    assert len(source("fineweb2-ko", {}).parts(Locator(Path("/nowhere"), Path("/nowhere")))) == 25
    assert {"mc4-ko", "c4-en", "klue", "pile", "redpajama", "lbox", "jikji", "local"} <= set(SOURCES)


def test_mistakes_name_the_source_as_the_recipe_does(tmp_path: Path) -> None:
    """Of five sources of the kind `hub` only the name tells which is meant; a misspelt kind is not a local corpus."""
    from corpus.build import list_parts
    from corpus.recipe import Recipe, validate

    def told(**keys: object) -> str:
        recipe = validate(Recipe, {"name": "r", "sources": [{"name": "news", **keys}]}, "recipe r")
        with pytest.raises(UserError) as error:
            list_parts(recipe, Locator(tmp_path, tmp_path))
        return str(error.value)

    assert told(kind="hub", repo="a/b", globs="*").startswith("source 'news': unknown key 'globs' (did you mean 'glob'")
    assert told(kind="hubb", files="x").startswith("source 'news' is of the unknown kind 'hubb' (did you mean 'hub'?)")
    assert told(files=str(tmp_path / "no")).startswith("source 'news': files = ")
    assert told(kind="local", files=str(tmp_path / "no")).startswith("source 'news': files = ")
    assert told(files=7) == 'source \'news\': files = 7: expected a text, or a list such as ["a", "b"]'
    assert told(files="x", fields="text").endswith('expected a table such as { text = "body" }')
    assert told(files="x", fields={"txt": "text"}).startswith(
        "source 'news': fields.txt = 'txt': Input should be 'text'"
    )
    assert told(files="x", encoding="klingon").startswith("source 'news': encoding = 'klingon': expected the name of")
    for address in ("https://x.kr/a.jsonl", "hf://datasets/a/b/c.parquet"):
        assert f"source 'news': files = '{address}' is an address of the web" in told(files=address)


def test_an_output_that_the_next_build_would_read_is_refused(tmp_path: Path) -> None:
    from corpus.build import _require_outside
    from corpus.recipe import Recipe, validate

    (tmp_path / "texts" / "sub").mkdir(parents=True)
    (tmp_path / "texts" / "a.jsonl").write_text("{}")

    def refused(files: str, out: str) -> bool:
        recipe = validate(Recipe, {"name": "r", "sources": [{"name": "news", "files": f"{tmp_path}/{files}"}]}, "r")
        try:
            _require_outside(recipe, tmp_path / out)
        except UserError as error:
            return f"{tmp_path / out} is in a folder that source 'news' reads" in str(error)
        return False

    assert refused("texts", "texts/out")
    assert refused("texts", "texts")
    assert refused("**/*.jsonl", "out")
    assert refused("texts/**/*.jsonl", "texts/sub/out")
    assert not refused("texts", "texts-out")
    assert not refused("texts/*.jsonl", "texts/out")
    assert not refused("texts/a.jsonl", "texts/out")
    assert not refused("texts/**/*.jsonl", "out")


def test_the_bundled_recipes_name_every_corpus(mirror: Path) -> None:
    from corpus.build import list_parts
    from corpus.recipe import load_recipe

    recipes = Path(__file__).parents[3] / "pipelines" / "recipes"
    locator = Locator(mirror, mirror / "cache")
    counts = Counter(entry.name for entry, _ in list_parts(load_recipe("42dot", recipes), locator))
    assert counts["mc4-ko"] == counts["c4-en"] == 1024
    assert (counts["pile"], counts["klue"], counts["lbox"], counts["wikipedia-ko"]) == (30, 8, 1, 3)
    small = list_parts(load_recipe("mini", recipes), locator)
    assert {entry.name for entry, _ in small} == {*counts} - {"lbox"}
    assert all(locator.exists(part.url) for _, part in small)
