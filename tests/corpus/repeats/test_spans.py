"""Repeated paragraphs and stretches: found wherever they lie, cut everywhere but once, at words."""

import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.duplicates.match import DUPLICATES
from corpus.engine.local import LocalEngine
from corpus.engine.task import read_manifest, run_task
from corpus.kernels.units import units
from corpus.kernels.utf8 import string_buffers
from corpus.repeats.contained import contained_documents
from corpus.repeats.cuts import SPAN_BYTES, apply_cuts, invented_lines, read_cuts
from corpus.repeats.fingerprints import Fingerprinter, fingerprint_part
from corpus.repeats.spans import SpanSettings, find_spans
from corpus.repeats.spans_kernel import PARAGRAPH, fingerprints, grain, pack, paragraph_starts, unpack
from tests.corpus.duplicates.test_match import SYLLABLES as ALPHABET
from tests.corpus.duplicates.test_match import part
from tests.corpus.duplicates.test_match import prose as syllables

BOTH = SpanSettings(paragraphs=True, spans=True)


def _duplicates(folder: Path, dropped: list[tuple[int, int]]) -> Path:
    rows = [
        {"part": p, "row": r, "survivor_part": 0, "survivor_row": 0, "kind": "near", "similarity": 1.0}
        for p, r in dropped
    ]
    path = folder / "duplicates.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, DUPLICATES) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=DUPLICATES))
    return path


def _run(
    folder: Path, rows: list[list[dict]], chosen: SpanSettings = BOTH, dropped=(), workers: int = 1, **priorities: int
) -> list[list[str]]:
    """The texts after cutting."""
    folder.mkdir(exist_ok=True)
    parts = [part(folder / f"p{i}", some) for i, some in enumerate(rows)]
    with LocalEngine(workers) as engine:
        made = find_spans(parts, _duplicates(folder, list(dropped)), chosen, engine, folder / "work", priorities)
    return [
        apply_cuts(
            pa.array([r["text"] for r in some], pa.string()), 0, read_cuts([cuts]), min(chosen.span_bytes, SPAN_BYTES)
        )[0].to_pylist()
        for some, cuts in zip(rows, made, strict=True)
    ]


def prose(rng: random.Random, count: int) -> str:
    """Sentences of fifteen syllables."""
    return " ".join(syllables(rng, 14) + "다." for _ in range(count // 15))


@pytest.fixture
def texts() -> list[str]:
    rng = random.Random(2)
    return [prose(rng, 120) for _ in range(8)]


def test_a_stretch_stays_with_the_best_document(tmp_path: Path, texts: list[str]) -> None:
    shared = prose(random.Random(9), 90)
    rows = [
        [
            {"text": f"{texts[0]} {shared} {texts[1]}", "source": "web"},
            {"text": f"{shared} {texts[2]}", "source": "web"},
        ],
        [{"text": f"{texts[3]} {shared}", "source": "wiki"}, {"text": texts[4], "source": "web"}],
    ]
    left = _run(tmp_path / "a", rows, wiki=1, web=2)
    assert left == [[f"{texts[0]}\n{texts[1]}", texts[2]], [f"{texts[3]} {shared}", texts[4]]]
    left = _run(tmp_path / "b", rows, wiki=1, web=2, workers=2)
    assert left[1][0] == f"{texts[3]} {shared}"
    one, two = (read_cuts([tmp_path / f / "work" / "cuts" / "00000"]) for f in "ab")
    assert one.equals(two)
    left = _run(
        tmp_path / "c", rows, wiki=1, web=2, dropped=[(1, 0)]
    )  # the wiki page is gone: the best of the others keeps it
    assert sum(shared in text for some in left for text in some) == 2  # one copy, and the dropped document's


def test_paragraphs_by_themselves(tmp_path: Path, texts: list[str]) -> None:
    """Whole paragraphs only, other spacing and punctuation notwithstanding; short ones stay."""
    shared, short = prose(random.Random(9), 60), "짧은 제목"
    other = shared.replace(" ", "").replace("다.", "다. ") + "!"
    rows = [[{"text": f"{texts[0]}\n{short}\n{shared}\n{texts[1]}"},
        {"text": f"{texts[2]}\n{short}\n{other}\n\n{texts[3]}"},
             {"text": f"{texts[4]} {shared} {texts[5]}"}]]  # fmt: skip
    left = _run(tmp_path, rows, SpanSettings(paragraphs=True))
    assert left[0][0] == rows[0][0]["text"]
    assert left[0][1] == f"{texts[2]}\n{short}\n\n{texts[3]}"
    assert left[0][2] == rows[0][2]["text"]


def test_a_repeat_within_a_document_goes_and_the_first_stays(tmp_path: Path, texts: list[str]) -> None:
    shared = prose(random.Random(9), 90)
    rows = [[{"text": f"{texts[0]} {shared} {texts[1]} {shared} {texts[2]}"}, {"text": " ".join([texts[3][:40]] * 30)}]]
    left = _run(tmp_path, rows)
    assert left[0][0] == f"{texts[0]} {shared} {texts[1]}\n{texts[2]}"
    assert left[0][1].startswith(texts[3][:40])


def test_a_contained_document_is_told_and_dropped_on_request(tmp_path: Path, texts: list[str]) -> None:
    page = texts[0] + " " + texts[1]
    rows = [
        [
            {"text": page + " 댓글"},
            {"text": " ".join([texts[2], page, texts[3]]), "quality": 0.9},
            {"text": page[:200] + texts[4]},
        ]
    ]
    whole = rows[0][0]["text"]
    for name, spans, containment, expected in (("a", True, "report", "댓글"), ("b", True, "drop", ""), ("c", False,
        "report", whole),
                                               ("d", False, "drop", "")):  # fmt: skip
        left = _run(tmp_path / name, rows, SpanSettings(spans=spans, containment=containment))
        assert left[0][0] == expected
        if not spans:
            assert left[0][1:] == [row["text"] for row in rows[0][1:]]
        with pa.OSFile(str(tmp_path / name / "work" / "cuts" / "contained.arrow")) as file:
            told = pa.ipc.open_file(file).read_all().to_pylist()
        assert [(t["id"], t["container"]) for t in told] == [("p0-0000", "p0-0001")]
        assert [(t["origin"], t["container_origin"], t["bytes"]) for t in told] == [
            ("p0#0", "p0#1", len(whole.encode()))
        ]
        assert 0.9 < told[0]["share"] < 1


@pytest.mark.parametrize("paragraphs", [False, True])
@pytest.mark.parametrize("spans", [False, True])
@pytest.mark.parametrize("containment", ["ignore", "report", "drop"])
def test_what_was_found_is_counted(
    tmp_path: Path, texts: list[str], paragraphs: bool, spans: bool, containment: Literal["ignore", "report", "drop"]
) -> None:
    """Cuts by kind, the documents that have any, and those contained in others, which are cut only on request."""
    chosen = SpanSettings(paragraphs=paragraphs, spans=spans, containment=containment)
    assert chosen.active == (paragraphs or spans or containment != "ignore")
    if not chosen.active:
        return
    page, shared, long = f"{texts[0]} {texts[1]}", prose(random.Random(9), 60), prose(random.Random(8), 90)
    rows = [
        [{"text": page + " 댓글"}, {"text": " ".join([texts[2], page, texts[3]]), "quality": 0.9}],
        [{"text": f"{texts[4]}\n{shared}"}, {"text": f"{texts[5]}\n{shared}\n{long} {texts[6]}"}],
        [{"text": f"{texts[7]} {long}\n{shared}"}],
    ]
    _run(tmp_path, rows, chosen)
    folders = [tmp_path / "work" / "cuts" / f"{part:05d}" for part in range(3)]
    cuts = [(part, *cut.values()) for part, folder in enumerate(folders) for cut in read_cuts([folder]).to_pylist()]
    kinds = Counter(cut[-1] for cut in cuts)
    dropped = kinds.pop("contained", 0)
    whole = [cut[:2] for cut in cuts if cut[3] < 0]
    assert whole == ([(0, 0)] if containment == "drop" else [])
    assert kinds.keys() == {kind for kind, on in (("paragraph", paragraphs), ("span", spans)) if on}
    manifest = read_manifest(tmp_path / "work" / "cuts")
    assert manifest is not None
    assert manifest["result"] == {
        "documents": len({cut[:2] for cut in cuts if cut[-1] != "contained"}), "contained": 1, **kinds
    } | ({} if spans or containment != "ignore" else {"contained": 0})  # fmt: skip
    assert dropped == len(whole)
    assert kinds["paragraph"] == 2 * paragraphs


def test_shorter_spans_are_found_and_cut_on_request(tmp_path: Path) -> None:
    rng = random.Random(7)
    words = [f"{a}{b}" for a in ("reg", "dis", "con", "tra", "sub") for b in ("ister", "play", "tain", "port", "mit")]
    shared = "_CrtSetReportHook2 takes _CRT_RPTHOOK_REMOVE, the installed callback and _CRT_REPORT_MODE_FILE instead."
    assert 100 <= len(shared) < 200
    korean = "국가는 법률이 정하는 바에 의하여 재외국민을 보호할 의무를 지며 그 절차는 대통령령으로 정한다."
    assert 100 <= len(korean.encode()) < 200
    for name, sentence in (("en", shared), ("ko", korean)):
        rows = [
            [{"text": " ".join([f"{' '.join(rng.sample(words, 9)).capitalize()} {n}.", sentence, f"End of {n}."])}]
            for n in ("one", "two")
        ]
        whole = _run(tmp_path / f"{name}200", rows, SpanSettings(spans=True))
        assert whole == [[row["text"] for row in part] for part in rows]
        left = _run(tmp_path / f"{name}100", rows, SpanSettings(spans=True, span_bytes=100))
        assert sum(sentence in text for part in left for text in part) == 1


PLACE = st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(1, 40), st.integers(4, 6))


@pytest.mark.parametrize("at_once", [1, 900, 4_000_000])
def test_fingerprints_made_in_batches_are_those_of_the_part(
    tmp_path: Path, texts: list[str], at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.repeats.fingerprints.AT_ONCE", at_once)
    folder = part(tmp_path / "part", [{"text": text} for text in texts])
    wanted = BOTH.fingerprints
    made = Fingerprinter(wanted)
    for some in (texts[:3], [], texts[3:]):
        made.add(pa.array(some, pa.string()), units(pa.array(some, pa.string())))
    assert (
        fingerprint_part(folder, wanted, tmp_path / "a", made) == fingerprint_part(folder, wanted, tmp_path / "b") > 0
    )
    for name in ("records.npy", "bounds.npy"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_units_of_few_texts_are_in_memory_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    add = Fingerprinter.add
    monkeypatch.setattr(Fingerprinter, "add", lambda *given: (sizes.append(len(given[1])), add(*given)))
    monkeypatch.setattr("corpus.repeats.fingerprints.AT_ONCE", 1000)
    folder = part(tmp_path / "part", [{"text": "x" * size} for size in (400, 400, 400, 3000, 10, 990, 1)])
    fingerprint_part(folder, BOTH.fingerprints, tmp_path / "a")
    assert sizes == [2, 1, 1, 2, 1]


@given(st.lists(PLACE, min_size=1, max_size=12), st.sampled_from([0.25, 0.5, 0.9, 1.0]))
@example([(0, 0, 50, 4)], 0.5)  # exactly the share
@example([(0, 0, 49, 4)], 0.5)
@example([(0, 0, 30, 4), (0, 10, 10, 5), (0, 12, 30, 5)], 0.25)  # one inside another, and overlapping ones
@example([(1, 90, 10, 4), (2, 0, 100, 5)], 0.9)  # the end of one document, and the whole next one
def test_a_document_is_contained_by_the_bytes_that_are_elsewhere(spans: list[tuple], least: float) -> None:
    """Against sets of bytes; the container is the document that has most of the spans, of equals the first."""
    places = np.array([(d, start, min(start + size, 100), 0, winner) for d, start, size, winner in spans])
    order = np.full((7, 2), ~np.uint64(100))
    expected = []
    for d in sorted({row[0] for row in places.tolist()}):
        mine = [row for row in places.tolist() if row[0] == d]
        share = len({byte for _, start, end, *_ in mine for byte in range(start, end)}) / 100
        winners = [row[4] for row in mine]
        if share >= least:
            expected.append((d, pytest.approx(share), max(sorted(set(winners)), key=winners.count)))
    found = contained_documents(places, order, least)
    assert [tuple(row.values()) for row in found.to_pylist()] == expected


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("-5도", True),
        ("−5도", True),
        ("5도", False),
        ("+5도", False),
        ("<5도", False),
        (" - 5도", True),
        ("(-5)도", True),
    ],
)
def test_signs_are_a_part_of_what_agrees(tmp_path: Path, texts: list[str], other: str, same: bool) -> None:
    """Five degrees below zero are not five degrees; a hyphen and the sign of Unicode are the same minus."""
    text = prose(random.Random(9), 60).replace("다. ", "다. 기온은 {}이다. ", 1)
    for chosen in (SpanSettings(paragraphs=True), SpanSettings(spans=True)):
        rows = [[{"text": f"{texts[0]}\n{text.format('-5도')}"}, {"text": f"{texts[2]}\n{text.format(other)}"}]]
        left = _run(tmp_path / ("p" if chosen.paragraphs else "s"), rows, chosen)
        assert (left[0] != [row["text"] for row in rows[0]]) == same  # one of them is cut


def test_short_stretches_stay(tmp_path: Path, texts: list[str]) -> None:
    shared = prose(random.Random(9), 45)
    rows = [[{"text": f"{texts[0]} {shared} {texts[1]}"}, {"text": f"{texts[2]} {shared} {texts[3]}"}]]
    assert _run(tmp_path, rows) == [[r["text"] for r in rows[0]]]


def test_nothing_chosen_nothing_done(tmp_path: Path) -> None:
    with LocalEngine(1) as engine:
        assert find_spans([], tmp_path, SpanSettings(), engine, tmp_path, {}) == []


def test_no_text_loses_its_last_copy(tmp_path: Path) -> None:
    """Documents pasted together from overlapping pieces: every syllable 12-gram inside a piece is still somewhere
    afterwards."""
    rng = random.Random(5)
    pieces = ["".join(rng.choice(ALPHABET) for _ in range(80)) + "다." for _ in range(6)]
    rows = [[{"text": " ".join(rng.sample(pieces, 3)), "quality": rng.random()} for _ in range(6)] for _ in range(3)]
    left = _run(tmp_path, rows)
    assert not any(
        invented_lines(row["text"], text)
        for some, now in zip(rows, left, strict=True)
        for row, text in zip(some, now, strict=True)
    )
    rest = ["".join(text.split()) for some in left for text in some]
    assert sum(map(len, rest)) < sum(len(r["text"]) for some in rows for r in some) / 2
    used = {p for p in pieces for some in rows for r in some if p in r["text"]}
    for piece in used:
        assert any(piece in text for text in rest)


@given(st.integers(0, 10**6), st.integers(0, 70), st.integers(0, 70), st.sampled_from([100, 200]))
@settings(max_examples=60)
def test_shared_stretches_share_a_fingerprint(seed: int, before: int, after: int, least: int) -> None:
    """The winnowing guarantee: GRAM + window − 1 = 55 (23 for 100 bytes) common syllables have a fingerprint in common,
    wherever they lie."""
    chosen = grain(least)
    rng = random.Random(seed)

    def fill(n: int) -> str:
        return "".join(rng.choice(ALPHABET) for _ in range(n))

    shared = fill(chosen.syllables + chosen.long_window - 1)
    column = pa.array([fill(before) + shared + fill(after), fill(after) + shared + fill(before)])
    scanned = units(column)
    newlines = paragraph_starts(*string_buffers(column), scanned)
    made = fingerprints(scanned, newlines, 0, 10**6, chosen)
    hashes = [set(made[made[:, 1] == d, 0].tolist()) for d in (0, 1)]
    assert hashes[0] & hashes[1]
    assert len(made) <= 2 * (before + after + 80) / (chosen.long_window / 2 - 4) + 4  # about two of every 33


CHANGES = {
    "paragraphs": {"chosen": BOTH.model_copy(update={"paragraphs": False})},
    "spans": {"chosen": BOTH.model_copy(update={"spans": False})},
    **{
        name: {"chosen": BOTH.model_copy(update={name: value})}
        for name, value in (
            ("paragraph_units", 41),
            ("span_bytes", 300),
            ("contained", 0.5),
            ("containment", "drop"),
        )
    },
    "priorities": {"s": 7},
    "duplicates": {"dropped": [(0, 2)]},
    "documents": {"last": "다른 글이다."},
}
FINGERPRINTED = {"paragraphs", "spans", "paragraph_units", "documents"}  # what the fingerprints of a part depend on


@pytest.mark.parametrize("name", CHANGES)
def test_the_keys_cover_what_the_tasks_read(
    tmp_path: Path, texts: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing changed: nothing runs. Anything that they read changed: the first and the last of the tasks run again."""
    ran: list[str] = []

    def recorded(directory: Path, *arguments, **settings):
        record = run_task(directory, *arguments, **settings)
        if not record.skipped:
            ran.append(directory.relative_to(tmp_path / "work").parts[0])
        return record

    for module in ("spans", "fingerprints"):
        monkeypatch.setattr(f"corpus.repeats.{module}.run_task", recorded)

    def run(last: str = "", **changes) -> set[str]:
        ran.clear()
        shutil.rmtree(tmp_path / "p0", ignore_errors=True)
        _run(tmp_path, [[{"text": text} for text in (texts[0], texts[1], texts[0] + last)]], **changes)
        return set(ran)

    assert run() == {"fingerprints", "order", "keep", "pairs", "agree", "cuts"}
    assert run() == set()
    again = run(**CHANGES[name])
    assert again >= {"agree", "cuts"}
    assert ("fingerprints" in again) == (name in FINGERPRINTED)


def test_another_part_makes_its_own_fingerprints_only(tmp_path: Path, texts: list[str]) -> None:
    """Before the others, so that all document numbers are others, and with a document that matching drops."""
    shared = prose(random.Random(9), 90)
    new = [{"text": f"{texts[5]} {shared}"}, {"text": texts[6]}]
    old = [[{"text": f"{texts[0]} {shared} {texts[1]}"}, {"text": texts[2]}], [{"text": f"{shared} {texts[3]}"}]]
    names = ("new", "p0", "p1")
    parts = [part(tmp_path / name, rows) for name, rows in zip(names, [new, *old], strict=True)]

    def run(some: list[Path], work: Path) -> list[pa.Table]:
        duplicates = _duplicates(tmp_path, [(0, 1)] if len(some) == 3 else [])
        with LocalEngine(1) as engine:
            return [read_cuts([f]) for f in find_spans(some, duplicates, BOTH, engine, work, {})]

    def made() -> dict[str, int]:
        folder = tmp_path / "kept/fingerprints"
        return {name: (folder / name / "task.json").stat().st_mtime_ns for name in names if (folder / name).is_dir()}

    run(parts[1:], tmp_path / "kept")
    before = made()
    assert list(before) == ["p0", "p1"]
    again = run(parts, tmp_path / "kept")
    assert {name: made()[name] for name in before} == before
    assert again == run(parts, tmp_path / "scratch")
    assert sum(table.num_rows for table in again) == 2


@given(st.lists(st.tuples(*(st.integers(0, 2**n - 1) for n in (64, 32, 31)), st.booleans())))
def test_a_fingerprint_is_packed_without_loss(rows: list[tuple[int, int, int, bool]]) -> None:
    places = [(key, row, place + int(PARAGRAPH) * paragraph) for key, row, place, paragraph in rows]
    records = np.array(places, np.uint64).reshape(-1, 3)
    assert pack(records).shape == (len(rows), 2)
    assert unpack(pack(records)).tolist() == records.tolist()


@pytest.mark.parametrize("containment", ["report", "drop"])
@pytest.mark.parametrize("count", [2, 8, 64])
def test_the_number_of_partitions_changes_no_cut(
    tmp_path: Path,
    texts: list[str],
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    containment: Literal["report", "drop"],
) -> None:
    """A part has its cuts from several partitions, a partition has those of several parts, and some have none."""
    rng = random.Random(4)
    shared = [prose(rng, 90) for _ in range(4)]
    rows = [
        [{"text": f"{prose(rng, 120)} {shared[(n * k) % 4]}\n{shared[k % 4]}"} for k in range(n)]
        for n in (5, 0, 1, 7, 2, 0)
    ]
    rows[3] += [{"text": shared[1]}, {"text": prose(rng, 200)}]
    rows += [[{"text": prose(rng, 150)}], [{"text": shared[2]}]]
    chosen = SpanSettings(paragraphs=True, spans=True, containment=containment, contained=0.8)

    def cut(folder: Path) -> list[list[dict]]:
        folder.mkdir()
        parts = [part(folder / f"p{i}", some) for i, some in enumerate(rows)]
        with LocalEngine(1) as engine:
            made = find_spans(parts, _duplicates(folder, [(0, 1), (3, 2)]), chosen, engine, folder / "work", {})
        with pa.OSFile(str(folder / "work/cuts/contained.arrow")) as file:
            contained = pa.ipc.open_file(file).read_all().to_pylist()
        assert (folder / "work/cuts/task.json").is_file()
        return [*(read_cuts([folder]).to_pylist() for folder in made), contained]

    one = cut(tmp_path / "one")
    assert [bool(one[n]) for n in (0, 1, 3, 4, 5, 6, -1)] == [True, False, True, True, False, False, True]
    monkeypatch.setattr("corpus.repeats.spans.partitions", lambda records, smallest: count)
    assert cut(tmp_path / "many") == one
