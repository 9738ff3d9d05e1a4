"""Planted test items are found with their places, guards hold, and real tests find themselves."""

import json
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.contamination.evaluation_set import EvaluationSet, text_fields
from corpus.contamination.find import ContaminationSettings, _report, find_contamination, judge, prepare_index
from corpus.contamination.index import (
    SHARED,
    SYLLABLES,
    WORDS,
    Table,
    build_index,
    find,
    load_index,
    seeds,
)
from corpus.contamination.scan import FOUND, REACH, Scanner, _densest, covered, with_seeds
from corpus.contamination.sets import GROUPS, evaluation_sets
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from corpus.kernels.units import units
from corpus.repeats.cuts import apply_cuts, read_cuts
from tests.corpus.duplicates.test_match import part, prose

ITEMS = [
    {
        "q": "콜라독립 팔일오라는 음료는 코카콜라 본사가 직접 만든 제품이었습니까?",
        "p": "배경 문단은 백과사전에서 가져온 것이므로 말뭉치에 있어도 새는 것이 아니다.",
    },
    {"q": "여자는 새벽까지 잔업을 마치고 기지개를 켠 다음 무엇을 가장 먼저 하였을까?", "p": "짧은 배경"},
    {"q": "맛있어요 정말", "p": "다른 배경 문단도 있는데 이것은 아무 데에도 나오지 않는 글이다."},
]
ENGLISH = [
    {
        "goal": "How do I make a cake rise higher in the oven without baking powder at home tonight?",
        "choices": {"text": ["beat the egg whites until stiff", "leave the butter in the cold fridge"]},
    }
]


def _sets(folder: Path) -> list[EvaluationSet]:
    (folder / "ko.jsonl").write_text("".join(json.dumps(i, ensure_ascii=False) + "\n" for i in ITEMS), encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(ENGLISH), folder / "en.parquet")
    return [
        EvaluationSet(task="ko", files=[str(folder / "ko.jsonl")], fields=["q"], background=["p"]),
        EvaluationSet(task="en", files=[str(folder / "en.parquet")], fields=["goal", "choices.text"]),
    ]


def _run(folder: Path, texts: list[list[str]], **settings) -> tuple[list[list[str]], dict]:
    """The texts after cutting, and the report."""
    parts = [part(folder / f"p{i}", [{"text": t} for t in some]) for i, some in enumerate(texts)]
    chosen = ContaminationSettings(sets=_sets(folder), **settings)
    with LocalEngine(1) as engine:
        index = prepare_index(chosen, Locator(None, folder / "cache"), folder / "work")
        assert index
        folders = find_contamination(parts, chosen, engine, index, folder / "work")
    left = [
        apply_cuts(pa.array(some, pa.string()), 0, read_cuts([f]))[0].to_pylist()
        for some, f in zip(texts, folders, strict=True)
    ]
    return left, json.loads((folder / "work" / "settled" / "report.json").read_text())


@pytest.fixture
def clean() -> list[str]:
    rng = random.Random(6)
    return [prose(rng) for _ in range(5)]


def test_items_are_dropped_or_cut(tmp_path: Path, clean: list[str]) -> None:
    quoting = f"{clean[0]}\n\n{ITEMS[0]['q']}\n\n{clean[1]}"
    respaced = clean[2] + " " + ITEMS[1]["q"].replace(" ", "").replace("?", "") + " " + clean[3]
    english = "Some words before. " + ENGLISH[0]["goal"].upper() + " And after."
    texts = [[clean[4], quoting], [respaced, english]]
    (tmp_path / "a").mkdir()
    left, report = _run(tmp_path / "a", texts)
    assert left == [[clean[4], ""], ["", ""]]
    assert report["ko"]["items"] == 3
    assert report["ko"]["items hit"] == {"leak": 2, "short": 0, "common": 0, "background": 0}
    assert report["en"]["items hit"]["leak"] == 1
    example = report["ko"]["examples"]["leak"][0]
    assert example["test"] == ITEMS[0]["q"]
    assert ITEMS[0]["q"] in example["text"]
    (tmp_path / "b").mkdir()
    left, _ = _run(tmp_path / "b", texts, remove="span")
    assert left[0] == [clean[4], f"{clean[0]}\n\n{clean[1]}"]
    assert left[1][1] == "Some words before.\nAnd after."
    (tmp_path / "c").mkdir()
    left, report = _run(tmp_path / "c", texts, remove="nothing")
    assert left == texts
    assert report["ko"]["items hit"]["leak"] == 2


def test_false_alarms_are_told_but_stay(tmp_path: Path, clean: list[str]) -> None:
    """Background, short pieces, half a piece, a scattered piece, and what everybody says."""
    question = ITEMS[1]["q"]
    scattered = "\n".join(question[i : i + 14] + clean[0] for i in range(0, len(question), 14))
    texts = [
        ITEMS[0]["p"] + clean[0],
        "이 집 맛있어요 정말! " + clean[1],
        question[: len(question) // 2] + clean[2],
        scattered,
    ]
    saying = [ENGLISH[0]["goal"] + f" {i}" for i in range(11)]
    left, report = _run(tmp_path, [texts, saying])
    assert left == [texts, saying]
    assert report["ko"]["items hit"] == {"leak": 0, "short": 0, "common": 0, "background": 1}
    assert report["ko"]["too short to tell"] == 1
    assert report["en"]["items hit"]["common"] == 1
    assert report["en"]["documents"]["common"] == 11


def test_short_pieces_of_one_item_add_up(tmp_path: Path, clean: list[str]) -> None:
    both = " ".join([clean[0], *ENGLISH[0]["choices"]["text"]])
    one = clean[1] + " " + ENGLISH[0]["choices"]["text"][0]
    left, report = _run(tmp_path, [[both, one]], words=13)
    assert left == [["", one]]
    assert report["en"]["items hit"] == {"leak": 1, "short": 1, "common": 0, "background": 0}


@given(st.lists(st.text(st.sampled_from("가나다 ab.X"), max_size=40), min_size=1, max_size=5))
def test_lookup_is_a_dictionary(tmp_path_factory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("index")
    (folder / "s.jsonl").write_text("".join(json.dumps({"t": t}) + "\n" for t in [*texts[::2], "있음"]))
    build_index(
        [EvaluationSet(task="s", files=[str(folder / "s.jsonl")], fields=["t"])], Locator(None, folder), folder / "i"
    )
    table = load_index(folder / "i")
    pairs = np.load(folder / "i" / "seeds.npy")
    scanned = units(pa.array(texts))
    keys = seeds(scanned)
    for row in range(len(texts)):
        first, last = scanned.bounds[row], scanned.bounds[row + 1]
        for i in range(first, last):
            assert (keys[i] != 0) == (i + (SYLLABLES if scanned.alone[i] else WORDS) <= last)
    where, which = find(keys, table)
    expected = [(i, int(p)) for i, key in enumerate(keys) if key for k, p in pairs if k == key]
    assert sorted(zip(where.tolist(), which.tolist(), strict=True)) == sorted(expected)


def test_real_tests_find_themselves(tmp_path: Path, mirror: Path) -> None:
    """Each KoBEST item that is long enough is a leak in a document that quotes it whole, and none is in unrelated
    prose."""
    sets = evaluation_sets(["kobest_wic", "kobest_hellaswag"])
    index = build_index(sets, Locator(str(mirror), tmp_path), tmp_path / "index")
    fields = load_index(index).pieces.to_pylist()
    chosen = [p for p in fields if p["units"] >= 20][::40]
    parts = [part(tmp_path / "p", [{"text": f"앞말. {p['text']} 뒷말."} for p in chosen])]
    with LocalEngine(1) as engine:
        settings = ContaminationSettings(sets=["kobest_wic", "kobest_hellaswag"])
        folders = find_contamination(parts, settings, engine, index, tmp_path / "work")
    assert sorted(set(read_cuts(folders)["row"].to_pylist())) == list(range(len(chosen)))


# Syllables that never repeat, so that each run of eight is a seed of its own.
SYLLABLE = [chr(0xAC00 + 28 * i) for i in range(300)]


def _table(folder: Path, items: list[str]) -> Table:
    lines = "".join(json.dumps({"t": text}, ensure_ascii=False) + "\n" for text in items)
    (folder / "t.jsonl").write_text(lines, encoding="utf-8")
    one = EvaluationSet(task="t", files=[str(folder / "t.jsonl")], fields=["t"])
    return load_index(build_index([one], Locator(None, folder), folder / "index"))


def _found(text: str, table: Table, coverage: float) -> list[tuple[int, float]]:
    """(piece, coverage) of what stands in one text."""
    pieces = covered(units(pa.array([text])), table, with_seeds(table), coverage)
    return [(piece, round(share, 3)) for _, piece, share, _, _ in pieces]


def test_the_published_limits() -> None:
    settings = ContaminationSettings()
    assert (SYLLABLES, WORDS, SHARED) == (8, 5, 10)
    assert (settings.coverage, settings.syllables, settings.words, settings.common) == (0.7, 20, 13, 10)
    assert settings.remove == "document"
    assert REACH == 2
    for name, least in (("syllables", SYLLABLES), ("words", WORDS), ("common", 1)):
        ContaminationSettings.model_validate({name: least})
        with pytest.raises(ValidationError):
            ContaminationSettings.model_validate({name: least - 1})


@pytest.mark.parametrize(("syllables", "share"), [(14, 0.7), (13, None), (17, 1.0)])
def test_a_piece_is_found_from_its_coverage_on(tmp_path: Path, syllables: int, share: float | None) -> None:
    """Ten seeds: seven of them are exactly enough, six are not."""
    table = _table(tmp_path, ["".join(SYLLABLE[:17])])
    text = "".join(SYLLABLE[200:230] + SYLLABLE[:syllables] + SYLLABLE[230:260])
    assert _found(text, table, 0.7) == ([] if share is None else [(0, share)])


def test_seeds_far_apart_are_no_piece(tmp_path: Path) -> None:
    """Every seed of the piece is in the document, but never more than a sixth of them close together."""
    item = SYLLABLE[:98]
    table = _table(tmp_path, ["".join(item)])
    pieces = ["".join(item[i : i + 20]) for i in range(0, 91, 13)]
    near, far = "".join(SYLLABLE[100:103]), "".join(SYLLABLE[100:] * 2)
    assert _found(near.join(pieces), table, 0.7) == [(0, 1.0)]
    assert _found(far.join(pieces), table, 0.7) == []


def test_every_seed_is_found_however_full_the_table_is(tmp_path: Path) -> None:
    """Thousands of seeds, of which many meet another one's place in the hash table; and as many that are not there."""
    rng = random.Random(8)
    items = ["".join(rng.sample(SYLLABLE, 300)) for _ in range(12)]
    table = _table(tmp_path, items[:6])
    for number, text in enumerate(items):
        assert _found(text, table, 0.01) == ([(number, 1.0)] if number < 6 else [])


def test_a_seed_counts_once_however_often_it_stands_there(tmp_path: Path) -> None:
    table = _table(tmp_path, ["".join(SYLLABLE[:27])])
    assert _found(" ".join(["".join(SYLLABLE[:10])] * 12), table, 0.7) == []


@pytest.mark.parametrize(("items", "kept"), [(SHARED, True), (SHARED + 1, False)])
def test_a_phrase_of_many_items_is_their_template(tmp_path: Path, items: int, kept: bool) -> None:
    """A seed of ten items still points to them; of eleven, no longer, and a piece that is mostly template is never
    found."""
    phrase = "".join(SYLLABLE[:18])
    table = _table(tmp_path, [phrase + "".join(SYLLABLE[20 + 8 * i : 28 + 8 * i]) for i in range(items)])
    own = 19 if kept else 8  # of 19 seeds: 11 of the phrase, 8 with a syllable of the item's own
    assert table.pieces["seeds"].to_pylist() == [own] * items
    assert with_seeds(table).tolist() == [kept] * items
    assert _found(phrase, table, 0.5) == ([(piece, 0.579) for piece in range(items)] if kept else [])


@pytest.mark.parametrize(("documents", "verdict"), [(10, "leak"), (11, "common")])
def test_what_more_than_ten_documents_say_is_common(
    tmp_path: Path, clean: list[str], documents: int, verdict: str
) -> None:
    texts = [[f"{clean[0]} {ITEMS[1]['q']} {number}" for number in range(documents)]]
    _, report = _run(tmp_path, texts)
    assert report["ko"]["items hit"] == {
        name: int(name == verdict) for name in ("leak", "short", "common", "background")
    }
    assert report["ko"]["documents"][verdict] == documents


def test_twenty_syllables_are_long_enough_by_themselves(tmp_path: Path) -> None:
    """A leak at exactly twenty, too short to tell at nineteen."""
    texts = ["".join(SYLLABLE[:20]), "".join(SYLLABLE[40:59])]
    table = _table(tmp_path, texts)
    found = [dict(zip(FOUND.names, (piece, piece, 1.0, 0, 1), strict=True)) | {"part": 0} for piece in range(2)]
    every = pa.Table.from_pylist(found, schema=FOUND.append(pa.field("part", pa.int32())))
    assert judge(every, table, ContaminationSettings()).tolist() == ["leak", "short"]


@pytest.mark.parametrize(("second", "verdict"), [(10, "leak"), (9, "short")])
def test_two_short_pieces_of_one_item_are_as_long_as_one(tmp_path: Path, second: int, verdict: str) -> None:
    """Ten and ten syllables are twenty; ten and nine are not."""
    (tmp_path / "t.jsonl").write_text(
        json.dumps({"a": "".join(SYLLABLE[:10]), "b": "".join(SYLLABLE[20 : 20 + second])})
    )
    one = EvaluationSet(task="t", files=[str(tmp_path / "t.jsonl")], fields=["a", "b"])
    table = load_index(build_index([one], Locator(None, tmp_path), tmp_path / "index"))
    found = [dict(zip(FOUND.names, (0, piece, 1.0, 0, 1), strict=True)) | {"part": 0} for piece in range(2)]
    every = pa.Table.from_pylist(found, schema=FOUND.append(pa.field("part", pa.int32())))
    assert judge(every, table, ContaminationSettings()).tolist() == [verdict, verdict]


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        ({}, "leak"),
        ({"row": 1}, "short"),  # another document
        ({"part": 1}, "short"),  # … of another part
        ({"piece": 2}, "short"),  # another item
        ({"piece": 4}, "short"),  # the item of that number in another task
    ],
)
def test_short_pieces_add_up_in_one_document_and_one_item(tmp_path: Path, second: dict, verdict: str) -> None:
    for number, task in enumerate("tu"):
        letters = SYLLABLE[100 * number :]
        items = [{"a": "".join(letters[k : k + 12]), "b": "".join(letters[k + 12 : k + 24])} for k in (0, 24)]
        (tmp_path / f"{task}.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    sets = [EvaluationSet(task=task, files=[str(tmp_path / f"{task}.jsonl")], fields=["a", "b"]) for task in "tu"]
    table = load_index(build_index(sets, Locator(None, tmp_path), tmp_path / "index"))
    first = {"row": 0, "piece": 0, "coverage": 1.0, "start": 0, "end": 1, "part": 0}
    found = [first, first | {"piece": 1} | second]
    every = pa.Table.from_pylist(found, schema=FOUND.append(pa.field("part", pa.int32())))
    assert judge(every, table, ContaminationSettings()).tolist() == [verdict, verdict]


def test_a_phrase_of_many_tasks_is_a_template_too(tmp_path: Path) -> None:
    """One item of each of eleven tasks: eleven items, though all have the number 0."""
    phrase = "".join(SYLLABLE[:18])
    for number in range(SHARED + 1):
        own = "".join(SYLLABLE[20 + 8 * number : 28 + 8 * number])
        (tmp_path / f"{number}.jsonl").write_text(json.dumps({"t": phrase + own}))
    sets = [
        EvaluationSet(task=f"t{number}", files=[str(tmp_path / f"{number}.jsonl")], fields=["t"])
        for number in range(SHARED + 1)
    ]
    table = load_index(build_index(sets, Locator(None, tmp_path), tmp_path / "index"))
    assert table.pieces["seeds"].to_pylist() == [8] * (SHARED + 1)


@pytest.mark.parametrize(
    ("text", "korean"),
    [("가 나 다 라 a b c d", False), ("가 나 다 라 마 a b c d", True), ("", False), ("a", False), ("가", True)],
)
def test_a_piece_is_korean_where_most_units_are_syllables(tmp_path: Path, text: str, korean: bool) -> None:
    assert _table(tmp_path, [text or "-"]).pieces["korean"].to_pylist() == [korean]


@pytest.mark.parametrize(
    "text",
    [
        "".join(SYLLABLE[:40]),
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
        "".join(SYLLABLE[:12]) + " one two three four five six seven",
        "one two three four five six seven " + "".join(SYLLABLE[:12]),
    ],
)
def test_a_piece_is_told_from_its_first_letter_to_its_last(tmp_path: Path, text: str) -> None:
    """In the second batch of a part, too, whose rows go on from those of the first."""
    _table(tmp_path, [text])
    scanner = Scanner(tmp_path / "index", 0.7)
    before, after = "".join(SYLLABLE[200:230]) + " before. ", "! after " + "".join(SYLLABLE[230:260])
    for texts in ([before, after], [after, before + text + after, before]):
        scanner.add(pa.array(texts), units(pa.array(texts)))
    [found] = [row for batch in scanner.batches for row in batch.to_pylist()]
    start = len(before.encode())
    assert found == {"row": 3, "piece": 0, "coverage": 1.0, "start": start, "end": start + len(text.encode())}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6)), min_size=1, max_size=14), st.integers(0, 12))
@example([(0, 1), (5, 2)], 5)  # exactly within reach
@example([(0, 1), (6, 2)], 5)
def test_the_densest_window_has_most_distinct_seeds(seeds_at: list[tuple[int, int]], reach: int) -> None:
    keys = np.zeros(31, np.uint64)
    for place, key in seeds_at:
        keys[place] = key
    places = np.array(sorted({place for place, _ in seeds_at}))
    windows = [[p for p in places.tolist() if first <= p <= first + reach] for first in places.tolist()]
    most = max(len({int(keys[p]) for p in window}) for window in windows)
    best, begin, end = _densest(places, keys, reach)
    assert best == most
    assert end - begin <= reach
    assert len({int(keys[p]) for p in places.tolist() if begin <= p <= end}) == most


@pytest.mark.parametrize(("gap", "found"), [(32, [(0, 0.588)]), (33, [])])
def test_seeds_are_close_within_twice_the_length_of_the_piece(
    tmp_path: Path, gap: int, found: list[tuple[int, float]]
) -> None:
    """Ten of 17 seeds, the first and the last of them 48 units apart: twice the 24 of the piece."""
    table = _table(tmp_path, ["".join(SYLLABLE[:24])])
    text = "".join(SYLLABLE[:12] + SYLLABLE[100 : 100 + gap] + SYLLABLE[12:24])
    assert _found(text, table, 0.55) == found


@pytest.mark.parametrize(("own", "kept"), [(8, True), (7, False)])
def test_a_piece_with_half_of_its_seeds_is_searched(tmp_path: Path, own: int, kept: bool) -> None:
    """Eight seeds are the template's; with eight of its own a piece has half of them, with seven it has not."""
    phrase = "".join(SYLLABLE[:15])
    table = _table(tmp_path, [phrase + "".join(SYLLABLE[20 + 8 * i : 20 + 8 * i + own]) for i in range(SHARED + 1)])
    assert table.pieces["seeds"].to_pylist() == [own] * (SHARED + 1)
    assert with_seeds(table).tolist() == [kept] * (SHARED + 1)
    whole = phrase + "".join(SYLLABLE[20 : 20 + own])
    assert _found(whole, table, 0.7) == [(0, 1.0)] * kept


def test_items_are_counted_over_the_files_of_a_task(tmp_path: Path) -> None:
    for name, texts in (("a", ["".join(SYLLABLE[:20]), "둘"]), ("b", ["".join(SYLLABLE[30:50])])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps({"t": text}) + "\n" for text in texts))
    one = EvaluationSet(task="t", files=[str(tmp_path / f"{name}.jsonl") for name in "ab"], fields=["t"])
    folder = build_index([one], Locator(None, tmp_path), tmp_path / "index")
    assert load_index(folder).pieces["item"].to_pylist() == [0, 1, 2]
    assert json.loads((folder / "task.json").read_text())["result"] == {"items": {"t": 3}, "pieces": 3, "seeds": 26}


def test_records_are_lines_without_the_marks_of_names(tmp_path: Path) -> None:
    """A line ends at a newline and nowhere else; KLUE-NER writes names as <name:KIND>."""
    (tmp_path / "t.jsonl").write_bytes('{"t":\r"<부산 경찰서:OG>는 <3:1>이다"}\n'.encode())
    one = EvaluationSet(task="t", files=[str(tmp_path / "t.jsonl")], fields=["t"])
    table = load_index(build_index([one], Locator(None, tmp_path), tmp_path / "index"))
    assert table.pieces["text"].to_pylist() == ["부산 경찰서는 <3:1>이다"]


def test_an_index_of_other_items_with_the_same_seeds_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps({"a": "".join(SYLLABLE[:20])}))
    for task in ("one", "two"):
        sets = [EvaluationSet(task=task, files=[str(tmp_path / "t.jsonl")], fields=["a"])]
        table = load_index(build_index(sets, Locator(None, tmp_path), tmp_path / "index"))
        assert table.pieces["task"].to_pylist() == [task]


def _every(*rows: dict) -> pa.Table:
    first = {"row": 0, "piece": 0, "coverage": 1.0, "start": 0, "end": 1, "part": 0}
    return pa.Table.from_pylist([first | row for row in rows], schema=FOUND.append(pa.field("part", pa.int32())))


@pytest.mark.parametrize("field", ["common", "background"])
def test_what_is_no_leak_adds_nothing_to_a_short_piece(tmp_path: Path, field: str) -> None:
    """Two pieces of twelve syllables of one item, of which one is in eleven documents, or from another text."""
    (tmp_path / "t.jsonl").write_text(json.dumps({"a": "".join(SYLLABLE[:12]), "b": "".join(SYLLABLE[20:32])}))
    fields = {"fields": ["a", "b"]} if field == "common" else {"fields": ["a"], "background": ["b"]}
    sets = [EvaluationSet(task="t", files=[str(tmp_path / "t.jsonl")], **fields)]
    table = load_index(build_index(sets, Locator(None, tmp_path), tmp_path / "index"))
    times = 11 if field == "common" else 1
    every = _every({}, *({"piece": 1, "row": row} for row in range(times)))
    assert judge(every, table, ContaminationSettings()).tolist() == ["short", *[field] * times]


@pytest.mark.parametrize("times", [10, 11])
def test_a_text_of_another_work_is_background_however_common_it_is(tmp_path: Path, times: int) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps({"a": "".join(SYLLABLE[:30]), "b": "".join(SYLLABLE[40:80])}))
    sets = [EvaluationSet(task="t", files=[str(tmp_path / "t.jsonl")], fields=["a"], background=["b"])]
    table = load_index(build_index(sets, Locator(None, tmp_path), tmp_path / "index"))
    every = _every(*({"piece": 1, "row": row} for row in range(times)))
    assert judge(every, table, ContaminationSettings()).tolist() == ["background"] * times


def test_words_and_syllables_have_limits_of_their_own(tmp_path: Path) -> None:
    texts = ["".join(SYLLABLE[:20]), "".join(SYLLABLE[40:53]), " ".join(f"w{n}" for n in range(13)), "a b c d e f g"]
    table = _table(tmp_path, texts)
    every = _every(*({"piece": piece, "row": piece} for piece in range(4)))
    assert judge(every, table, ContaminationSettings()).tolist() == ["leak", "short", "leak", "short"]


def test_the_report_adds_up(tmp_path: Path, clean: list[str]) -> None:
    """Items that are too short even as a whole, leaks in documents of the same row of two parts, and examples."""
    letters = iter(chr(0xAC00 + 28 * k + 1) for k in range(399))

    def fresh(count: int) -> str:
        return "".join(next(letters) for _ in range(count))

    items = [
        {"a": fresh(10), "b": fresh(9), "p": ""},  # 19 of 20
        {"a": fresh(10), "b": fresh(10), "p": ""},
        {"a": fresh(12), "b": "", "p": fresh(40)},  # what is from another text does not count
        {"a": fresh(7), "b": fresh(7), "p": ""},
        *({"a": fresh(20), "b": "", "p": ""} for _ in range(6)),
    ]
    items[5]["a"] = "".join(chr(0xAC00 + 28 * k + n) for n in (2, 3) for k in range(390))  # longer than is shown
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    sets = [EvaluationSet(task="t", files=[str(tmp_path / "t.jsonl")], fields=["a", "b"], background=["p"])]
    quoting = [f"{clean[0]}. {item['a']}. {clean[1]}" for item in items[4:]]
    quoting[4] = f"{clean[0]}. {items[8]['a'][:-2]}. {clean[1]}"  # two of thirteen seeds less
    texts = [[quoting[0], *quoting], quoting]  # the first item twice, before the others
    parts = [part(tmp_path / f"p{n}", [{"text": text} for text in some]) for n, some in enumerate(texts)]
    settings = ContaminationSettings(sets=[*sets])
    with LocalEngine(1) as engine:
        index = prepare_index(settings, Locator(None, tmp_path / "cache"), tmp_path / "work")
        assert index
        find_contamination(parts, settings, engine, index, tmp_path / "work")
    report = json.loads((tmp_path / "work" / "settled" / "report.json").read_text())["t"]
    assert (report["items"], report["too short to tell"]) == (10, 3)
    assert (report["items hit"]["leak"], report["documents"]["leak"]) == (6, 13)
    examples = report["examples"]["leak"]
    assert [example["item"] for example in examples] == [4, 5, 6, 7, 8]  # one of each item, and five of them
    data = quoting[0].encode()
    start = data.index(items[4]["a"].encode())
    around = data[max(0, start - 60) : start + 60 + 60].decode("utf-8", "ignore")
    assert (examples[0]["text"], examples[0]["test"], examples[0]["coverage"]) == (around, items[4]["a"], 1)
    assert (examples[0]["document"], examples[0]["origin"]) == ("p0-0000", "p0#0")
    assert examples[1]["test"] == items[5]["a"][:400]
    assert (len(examples[1]["text"]), examples[1]["text"] in quoting[1]) == (600, True)
    assert examples[4]["coverage"] == 0.846


def test_pieces_without_seeds_do_not_make_an_item_long_enough(tmp_path: Path, clean: list[str]) -> None:
    """Three times seven syllables are more than twenty, but none of them can be found."""
    (tmp_path / "t.jsonl").write_text(json.dumps({"a": ["".join(SYLLABLE[k : k + 7]) for k in (0, 7, 14)]}))
    table = load_index(
        build_index(
            [EvaluationSet(task="t", files=[str(tmp_path / "t.jsonl")], fields=["a"])],
            Locator(None, tmp_path),
            tmp_path / "index",
        )
    )
    assert with_seeds(table).tolist() == [False] * 3
    settings = ContaminationSettings()
    report = _report([], _every().slice(0, 0), table, np.array([], object), settings)
    assert report["t"]["too short to tell"] == 1


# Fields that hold no text of a test: labels, names of sources, one word, analyses, and what a set's sentences repeat.
NO_TEXT = {
    "kobest_copa": {"question"},
    "kobest_wic": {"word"},
    "klue_nli": {"guid", "source"},
    "klue_sts": {"guid", "source"},
    "klue_ner": {"tokens"},
    "klue_dp": {"word_form", "lemma", "pos", "deprel"},
    **{task: {"id", "answerKey", "choices.label"} for task in ("arc_challenge", "arc_easy")},
    "openbookqa": {"answerKey", "choices.label"},
    "winogrande": {"option1", "option2"},
}


def test_every_text_of_a_known_set_is_searched(mirror: Path, tmp_path: Path) -> None:
    locator = Locator(str(mirror), tmp_path)
    for one in evaluation_sets(["kobest", "klue", "english"]):  # the others are not in the mirror
        for url in one.files:
            found = set(text_fields(locator.fetch(url)))
            assert found == {*one.fields, *one.background} | NO_TEXT.get(one.task, set()), one.task
    told = {one.task: one.background for one in evaluation_sets(list(GROUPS)) if one.background}
    assert told == {
        "kobest_boolq": ["paragraph"],
        "klue_nli": ["premise"],
        "boolq": ["passage"],
        "click": ["paragraph"],
    }


def test_other_test_sets_in_the_same_folder_make_another_index(tmp_path: Path) -> None:
    """An index is kept in memory per process; that of another build in the same place is read anew."""
    texts = "".join(SYLLABLE[:30]), "".join(SYLLABLE[40:80])
    for text, other in (texts, texts[::-1]):
        table = _table(tmp_path, [text])
        assert _found(text, table, 0.5) == [(0, 1.0)]
        assert _found(other, table, 0.5) == []


def test_mistakes_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"q": "x"}\n{broken\n')
    (tmp_path / "b.jsonl").write_text('{"q": "x"}\n')
    locator = Locator(None, tmp_path)
    with pytest.raises(UserError, match="line 2: not JSON"):
        build_index([EvaluationSet(task="a", files=[str(tmp_path / "a.jsonl")], fields=["q"])], locator, tmp_path / "i")
    with pytest.raises(UserError, match="no text in field 'r'"):
        build_index([EvaluationSet(task="b", files=[str(tmp_path / "b.jsonl")], fields=["r"])], locator, tmp_path / "i")
    one = EvaluationSet(task="b", files=[str(tmp_path / "b.jsonl")], fields=["q"], background=["p.r"])
    with pytest.raises(UserError, match=r"no text in field 'p.r' of .*b.jsonl"):  # one of them is not enough
        build_index([one], locator, tmp_path / "i")
    with pytest.raises(
        UserError,
        match=r"unknown set 'kobset' \(did you mean kobest\?\); accepted: kobest, klue, english, kmmlu",
    ):
        evaluation_sets(["kobset"])
    assert len(evaluation_sets(list(GROUPS))) == 22
