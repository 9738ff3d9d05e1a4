"""The whole match against plain sets: what is found, who survives, and that nothing but the documents decides."""

import math
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.clean import CLEAN_SCHEMA
from corpus.duplicates import candidates as match_candidates
from corpus.duplicates import verify as match_verify
from corpus.duplicates.candidates import band_shape, candidate_pairs
from corpus.duplicates.documents import Documents, priority, ranks
from corpus.duplicates.match import MatchSettings, match
from corpus.duplicates.minhash import MinHashSettings, sketch, write_signatures
from corpus.duplicates.shingles import ShingleSettings, Sizes, shingle
from corpus.duplicates.shuffle import partitions, read_partition, read_partitions, sort_records, write_partitioned
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from corpus.kernels.hashing import hash_strings
from tests.corpus.duplicates.test_shingles import plain_shingles
from tests.helpers.borders import WIDE

SYLLABLES = (
    "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후"
)


def prose(rng: random.Random, syllables: int = 300) -> str:
    """Random Korean-looking text."""
    text = "".join(rng.choice(SYLLABLES) for _ in range(syllables))
    return " ".join(text[i : i + 3] for i in range(0, len(text), 3))


def part(folder: Path, rows: list[dict], batch_rows: int = 4, minhash: MinHashSettings | None = None) -> Path:
    """A prepared part: rows with text, and optionally source, quality, id."""
    folder.mkdir(parents=True)
    sketches = []
    with pa.OSFile(str(folder / "documents.arrow"), "wb") as sink, pa.ipc.new_file(sink, CLEAN_SCHEMA) as writer:
        for start in range(0, len(rows), batch_rows):
            some = rows[start : start + batch_rows]
            texts = pa.array([r["text"] for r in some])
            hashes = [row.tobytes() for row in hash_strings(texts)]
            entries = [
                {"id": f"{folder.name}-{start + i:04d}", "source": "web", "lang": "ko",
                    "origin": f"{folder.name}#{start + i}", "url": None,
                 "title": None, "license": None, "duplicates": 1, "quality": 0.5, "hash": h, **r}
                for i, (r, h) in enumerate(zip(some, hashes, strict=True))
            ]  # fmt: skip
            writer.write_batch(pa.RecordBatch.from_pylist(entries, schema=CLEAN_SCHEMA))
            sketches.append(sketch(texts, None, ShingleSettings(), minhash or MinHashSettings()))
    write_signatures(folder, sketches, ShingleSettings(), minhash or MinHashSettings())
    return folder


def run(
    parts: list[Path], work: Path, workers: int = 1, chosen: MatchSettings | None = None, **priorities: int
) -> list[dict]:
    with LocalEngine(workers) as engine:
        path = match(parts, chosen or MatchSettings(), engine, work, priorities)
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all().to_pylist()


def jaccard(a: str, b: str) -> float:
    left, right = plain_shingles(a), plain_shingles(b)
    return len(left & right) / len(left | right) if left | right else 0.0


def _edited(rng: random.Random, text: str, changes: int) -> str:
    chars = list(text)
    for _ in range(changes):
        chars[rng.randrange(len(chars))] = rng.choice(SYLLABLES)
    return "".join(chars)


@pytest.fixture(scope="module")
def corpus() -> list[list[str]]:
    """Three parts with exact copies, copies with other spaces, edited copies, blanks and unrelated texts."""
    rng = random.Random(3)
    originals = [prose(rng, rng.randrange(150, 500)) for _ in range(40)]
    texts = [[*originals[:20], "", "  "], originals[20:], []]
    for text in originals[::2]:
        texts[rng.randrange(3)].append(
            rng.choice([text, text.replace(" ", ""), _edited(rng, text, 4), _edited(rng, text, 60)])
        )
    texts[2] += ["", originals[0], originals[0], "!!", "!!!", "!!"]
    return texts


def test_finds_what_plain_sets_find(corpus, tmp_path: Path) -> None:
    parts = [part(tmp_path / f"p{i}", [{"text": t} for t in texts]) for i, texts in enumerate(corpus)]
    found = run(parts, tmp_path / "work")
    dropped = {
        (r["part"], r["row"]): (r["survivor_part"], r["survivor_row"], r["kind"], r["similarity"]) for r in found
    }
    assert list(dropped) == sorted(dropped)
    everything = [(p, r) for p, texts in enumerate(corpus) for r in range(len(texts))]
    first: dict[str, tuple[int, int]] = {}
    for p, r in everything:
        first.setdefault(corpus[p][r], (p, r))
    for where in everything:
        text = corpus[where[0]][where[1]]
        if where in dropped:
            p, r, kind, similarity = dropped[where]
            assert (p, r) not in dropped
            assert similarity == pytest.approx(jaccard(text, corpus[p][r]) if text.strip() or kind == "near" else 1.0)
            assert kind == ("exact" if first[text] != where else "near")
        else:
            assert first[text] == where
    unique = {text: where for text, where in first.items() if text.strip()}
    for (
        a,
        here,
    ) in unique.items():  # similar and yet both kept: at 23 × 5 the chance of a miss at 0.85 is below 1 in 10⁶
        for b, there in unique.items():
            if here < there and min(len(plain_shingles(a)), len(plain_shingles(b))) >= 100 and jaccard(a, b) > 0.85:
                assert here in dropped or there in dropped


def test_workers_and_interruptions_change_nothing(corpus, tmp_path: Path, monkeypatch) -> None:
    parts = [part(tmp_path / f"p{i}", [{"text": t} for t in texts]) for i, texts in enumerate(corpus)]
    run(parts, tmp_path / "one")
    run(parts, tmp_path / "two", workers=2)
    one, two = ((tmp_path / name / "result" / "duplicates.arrow").read_bytes() for name in ("one", "two"))
    assert one == two

    class Killed(BaseException):
        pass

    import corpus.duplicates.match as module

    for phase in ("_rank", "_exact", "_band", "_candidates", "_verify", "join", "route", "assign", "result"):
        with monkeypatch.context() as patch:
            patch.setattr(module, phase, lambda *a: (_ for _ in ()).throw(Killed()))
            with pytest.raises(Killed):
                run(parts, tmp_path / "three")
    run(parts, tmp_path / "three")
    assert (tmp_path / "three" / "result" / "duplicates.arrow").read_bytes() == one
    assert not (tmp_path / "three" / "bands").exists()
    with monkeypatch.context() as patch:  # a rerun reads nothing but manifests
        patch.setattr(module, "_run", lambda *a: pytest.fail("ran again"))
        run(parts, tmp_path / "three")


def test_cutting_the_work_otherwise_changes_nothing(corpus, tmp_path: Path, monkeypatch) -> None:
    """Clusters that meet only across partitions, blocks and stretches are the same."""
    rng = random.Random(12)
    text = prose(rng, 400)
    rows = [{"text": _edited(rng, text, 1 + i % 5)} for i in range(150)]
    parts = [part(tmp_path / f"p{i}", [{"text": t} for t in texts]) for i, texts in enumerate(corpus)]
    parts.append(part(tmp_path / "giant", rows))
    run(parts, tmp_path / "whole")
    monkeypatch.setattr(
        "corpus.duplicates.job.partitions", lambda records, smallest: {100_000: 2, 500_000: 4}[smallest]
    )
    monkeypatch.setattr("corpus.duplicates.job.Job.block", 90)
    monkeypatch.setattr("corpus.duplicates.match.SIGNED", 3)
    monkeypatch.setattr("corpus.duplicates.join.AT_ONCE", 60)
    monkeypatch.setattr("corpus.duplicates.verify.PAIRS_AT_ONCE", 10)
    monkeypatch.setattr("corpus.duplicates.verify.BYTES_AT_ONCE", 5000)
    cut = run(parts, tmp_path / "cut")
    with pa.OSFile(str(tmp_path / "whole" / "result" / "duplicates.arrow")) as file:
        assert pa.ipc.open_file(file).read_all().to_pylist() == cut
    assert len(cut) > 150


def test_survivors(tmp_path: Path) -> None:
    """Priority, then quality, then length, then id; and a set within a source has the priority of the source."""
    rng = random.Random(8)
    a, b, c, d = (prose(rng) for _ in range(4))
    first = [
        {"text": a, "source": "web", "quality": 0.9},
        {"text": b, "source": "web", "quality": 0.2},
        {"text": c + " 끝", "source": "web"},
        {"text": d, "id": "z"},
    ]
    second = [
        {"text": a, "source": "pile.wiki", "quality": 0.1},
        {"text": b, "source": "web", "quality": 0.8},
        {"text": c, "source": "web"},
        {"text": d, "id": "a"},
    ]
    found = run([part(tmp_path / "p", first), part(tmp_path / "q", second)], tmp_path / "w", pile=1, web=2)
    kept = {(r["survivor_part"], r["survivor_row"]) for r in found}
    assert kept == {(1, 0), (1, 1), (0, 2), (1, 3)}


def test_short_documents_must_be_all_but_equal(tmp_path: Path) -> None:
    rows = ["감천초등학교는 경상남도 창원시 마산회원구에 있는 공립 초등학교이다.",
        "도계초등학교는 경상남도 창원시 마산회원구에 있는 공립 초등학교이다.",
            "도계초등학교는  경상남도 창원시 마산 회원구에 있는 공립초등학교이다"]  # fmt: skip
    found = run([part(tmp_path / "p", [{"text": t} for t in rows])], tmp_path / "w")
    assert [(r["row"], r["survivor_row"]) for r in found] == [(2, 1)]


def test_a_giant_cluster_costs_linear_work(tmp_path: Path, monkeypatch) -> None:
    rng = random.Random(1)
    text = prose(rng, 600)
    rows = [{"text": _edited(rng, text, 2)} for _ in range(400)] + [{"text": prose(rng)} for _ in range(50)]
    compared = []
    original = match_verify.overlaps
    monkeypatch.setattr(
        match_verify, "overlaps", lambda docs, pairs, *rest: compared.append(len(pairs)) or original(docs, pairs, *rest)
    )
    alike = MatchSettings(siblings="drop")  # a random syllable in the first words is another name
    found = run([part(tmp_path / "p", rows, batch_rows=100)], tmp_path / "w", chosen=alike)
    assert len(found) == len({r["text"] for r in rows[:400]}) - 1 + 400 - len({r["text"] for r in rows[:400]})
    assert len({r["survivor_row"] for r in found}) == 1
    assert sum(compared) < 20 * 400  # of 79,800 pairs


def test_no_documents(tmp_path: Path) -> None:
    assert run([], tmp_path / "none") == []
    assert run([part(tmp_path / "p", [])], tmp_path / "empty") == []


def test_different_settings_are_refused(tmp_path: Path) -> None:
    parts = [
        part(tmp_path / "p", [{"text": "가"}]),
        part(tmp_path / "q", [{"text": "나"}], minhash=MinHashSettings(seed=9)),
    ]
    with pytest.raises(UserError, match=r"minhash\.seed = 9"):
        run(parts, tmp_path / "w")


@pytest.mark.parametrize("signatures", [1, 3])
def test_damage_is_noticed(tmp_path: Path, signatures: int) -> None:
    folder = part(tmp_path / "p", [{"text": "가"}, {"text": "나"}])
    write_signatures(folder, [np.zeros((signatures, 128), np.uint32)], ShingleSettings(), MinHashSettings())
    with pytest.raises(UserError, match=f"2 documents but {signatures} signatures"):
        run([folder], tmp_path / "w")


def test_bands_are_datasketch_s_choice() -> None:
    from datasketch import MinHashLSH

    settings = [(t / 100, 128, 0.98) for t in range(31, 100, 4)]
    settings += [
        (0.8, 128, 0.5),
        (0.5, 128, 0.9),
        (0.7, 64, 0.98),
        (0.7, 250, 0.98),
        (0.9, 16, 0.7),
        (0.995, 128, 0.98),
    ]
    for threshold, permutations, caution in settings:
        index = MinHashLSH(threshold=threshold, num_perm=permutations, weights=(1 - caution, caution))
        assert band_shape(threshold, permutations, caution) == (index.b, index.r)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 60)), max_size=80, unique=True), st.randoms())
@settings(max_examples=50)
def test_candidates_join_every_bucket(rows: list[tuple[int, int]], rng) -> None:
    """Pairs stand (loser, winner); small buckets give all pairs, large ones at most 2(k − 1) that connect them."""
    order = np.array([[rng.randrange(3), rng.randrange(3)] for _ in range(61)], np.uint64)
    records = sort_records(np.array(sorted(rows, key=lambda r: r[1]), np.uint64).reshape(-1, 2))
    pairs = candidate_pairs(records, order).tolist()
    expected = 0
    buckets: dict[int, list[int]] = {}
    for key, document in rows:
        buckets.setdefault(key, []).append(document)
    for members in buckets.values():
        k = len(members)
        expected += k * (k - 1) // 2 if k <= match_candidates.ALL_PAIRS else 2 * (k - 1)
    assert len(pairs) == expected
    assert all((*order[a], a) > (*order[b], b) for a, b in pairs)
    reach = {d: {d} for members in buckets.values() for d in members}
    for a, b in pairs:
        joined = reach[a] | reach[b]
        for d in joined:
            reach[d] = joined
    assert all(set(members) <= reach[members[0]] for members in buckets.values())


@given(st.lists(st.tuples(WIDE, st.integers(0, 99)), max_size=60), st.sampled_from([1, 4, 64]))
@settings(max_examples=50)
def test_shuffle_brings_keys_together(tmp_path_factory, rows: list[tuple[int, int]], count: int) -> None:
    folder = tmp_path_factory.mktemp("shuffle")
    records = np.array(rows, np.uint64).reshape(-1, 2)
    halves = np.array_split(records, 2)
    for i, half in enumerate(halves):
        (folder / str(i)).mkdir()
        write_partitioned(folder / str(i), half, count)
    read = [sort_records(read_partition([folder / "0", folder / "1"], p)) for p in range(count)]
    expected = sorted(rows, key=lambda r: r[0])
    assert [tuple(r) for piece in read for r in piece.tolist()] == expected
    for first, last in ((0, count), (count // 4, count // 2), (count, count)):
        found = read_partitions(folder / "0", first, last).tolist()
        assert found == [r for p in range(first, last) for r in read_partition([folder / "0"], p).tolist()]


def test_partitions_grow_with_records() -> None:
    assert [partitions(n, 4_000_000) for n in (0, 1, 4_000_000, 4_000_001, 10**9)] == [1, 1, 1, 2, 256]
    assert [partitions(n, 500_000) for n in (0, 500_000, 2_300_000, 23_000_000, 10**9)] == [1, 1, 8, 32, 256]


def test_exact_copies_of_a_near_duplicate_name_its_survivor(tmp_path: Path) -> None:
    """A copy of a document that is dropped goes for the same survivor, with the same similarity, not for the dropped
    one and not with 1."""
    rng = random.Random(21)
    text = prose(rng, 300)
    longer = text + " " + prose(rng, 30)
    found = run([part(tmp_path / "p", [{"text": text}, {"text": longer}, {"text": text}])], tmp_path / "w")
    assert [(r["row"], r["survivor_row"], r["kind"]) for r in found] == [(0, 1, "near"), (2, 1, "exact")]
    assert [r["similarity"] for r in found] == pytest.approx([jaccard(text, longer)] * 2)
    assert found[0]["similarity"] < 1


@pytest.mark.parametrize(("short_threshold", "dropped"), [(0.75, 1), (0.85, 0)])
def test_short_documents_have_a_threshold_of_their_own(tmp_path: Path, short_threshold: float, dropped: int) -> None:
    rng = random.Random(5)
    text = prose(rng, 75)
    pair = [text, text + " " + prose(rng, 9)]
    assert 0.75 < jaccard(*pair) < 0.85
    chosen = MatchSettings(short_threshold=short_threshold)
    assert len(run([part(tmp_path / "p", [{"text": t} for t in pair])], tmp_path / "w", chosen=chosen)) == dropped


def test_signatures_rule_out_only_what_is_surely_below() -> None:
    """The floor lies four standard errors of the estimate below the threshold."""
    error = (0.7 * 0.3 / 128) ** 0.5
    assert match_candidates.floor(0.7, 128) == pytest.approx(0.7 - 4 * error)
    assert match_candidates.floor(0.7, 128) < 0.6


def test_an_unlucky_signature_is_compared(tmp_path: Path, monkeypatch) -> None:
    """Estimates scatter by .04: pairs above the threshold whose estimate lies below it are compared all the same."""
    rng = random.Random(7)
    rows = []
    for _ in range(40):
        text = prose(rng, 300)
        rows += [text, _edited(rng, text, 7)]
    texts = pa.array(rows)
    made = sketch(texts, None, ShingleSettings(), MinHashSettings())
    estimates = match_candidates.estimate(made[::2], made[1::2])
    above = [jaccard(a, b) >= 0.7 for a, b in zip(rows[::2], rows[1::2], strict=True)]
    unlucky = [i for i, (ok, e) in enumerate(zip(above, estimates, strict=True)) if ok and e < 0.7]
    assert unlucky
    alike = MatchSettings(siblings="drop")  # a random syllable in the first words is another name
    found = run([part(tmp_path / "p", [{"text": t} for t in rows])], tmp_path / "w", chosen=alike)
    gone = {r["row"] // 2 for r in found}
    assert set(unlucky) <= gone


def test_pages_of_one_template_and_excerpts(tmp_path: Path) -> None:
    """Other facts keep pages apart unless they are asked to be dropped; an excerpt goes by containment, and only into
    what contains it."""
    body = prose(random.Random(31), 300)
    pages = [f"오류 {n} 오류 {n}의 뜻 {body}" for n in (7904, 7932)]
    rows = [{"text": t} for t in pages]
    assert run([part(tmp_path / "p", rows)], tmp_path / "keep") == []
    assert len(run([tmp_path / "p"], tmp_path / "drop", chosen=MatchSettings(siblings="drop"))) == 1
    whole = prose(random.Random(32), 500)
    excerpt = [{"text": whole[:440], "quality": 0.9}, {"text": whole, "quality": 0.1}]
    assert jaccard(whole[:440], whole) < 0.7
    assert run([part(tmp_path / "q", excerpt)], tmp_path / "none") == []
    loose = MatchSettings(containment=0.9)
    assert run([tmp_path / "q"], tmp_path / "better", chosen=loose) == []  # the excerpt is the better text: both stay
    better = [{"text": whole[:440], "quality": 0.1}, {"text": whole, "quality": 0.9}]
    found = run([part(tmp_path / "r", better)], tmp_path / "in", chosen=loose)
    assert [(r["row"], r["survivor_row"]) for r in found] == [(0, 1)]


class Counted:
    """What `compare` needs of a job, where the overlaps are given."""

    documents = shingles = None

    def __init__(self, **chosen: object) -> None:
        self.settings = MatchSettings.model_validate({"siblings": "drop"} | chosen)

    def order(self) -> None:
        return None


@pytest.mark.parametrize(
    ("counts", "chosen", "enough"),
    [
        # shingles in the one, in the other, in both; at a threshold and just below it
        ((140, 140, 120), {"threshold": 0.75}, True),
        ((140, 140, 119), {"threshold": 0.75}, False),
        # below 100 shingles in the smaller set the threshold is the one for short texts
        ((100, 100, 86), {"threshold": 0.75}, True),
        ((99, 140, 96), {"threshold": 0.6}, False),
        ((140, 99, 96), {"threshold": 0.6}, False),
        ((95, 95, 90), {"threshold": 0.75}, True),
        ((95, 95, 89), {"threshold": 0.75}, False),
        ((99, 99, 88), {"threshold": 0.75, "short_threshold": 0.8}, True),
        ((99, 99, 88), {"threshold": 0.75, "short": 99}, True),
        # an excerpt: the share of the first, which would be dropped
        ((100, 1000, 80), {"containment": 0.8}, True),
        ((100, 1000, 79), {"containment": 0.8}, False),
        ((1000, 100, 100), {"containment": 0.8}, False),
        ((99, 1000, 99), {"containment": 0.8}, False),
    ],
)
def test_similarities_at_their_limits(
    monkeypatch: pytest.MonkeyPatch, counts: tuple[int, ...], chosen: dict, enough: bool
) -> None:
    monkeypatch.setattr(match_verify, "overlaps", lambda *_: np.array([counts], np.int64))
    similarity, found = match_verify.compare(Counted(**chosen), np.array([[0, 1]]))  # type: ignore[arg-type]
    assert found.tolist() == [enough]
    assert similarity[0] == pytest.approx(counts[2] / (counts[0] + counts[1] - counts[2]))


@pytest.mark.parametrize(("threshold", "permutations"), [(0.5, 64), (0.7, 128), (0.9, 256)])
def test_a_signature_rules_out_only_what_is_surely_too_far(threshold: float, permutations: int) -> None:
    """At most one in three thousand pairs that lie at the threshold is not compared (binomial distribution)."""
    least = match_candidates.floor(threshold, permutations)
    missed = sum(
        math.comb(permutations, k) * threshold**k * (1 - threshold) ** (permutations - k)
        for k in range(permutations + 1)
        if k / permutations < least
    )
    assert 0 < missed < 1 / 3000
    assert least >= threshold / 2  # it rules out something


@pytest.mark.parametrize("size", [2, match_candidates.ALL_PAIRS - 1, match_candidates.ALL_PAIRS])
def test_up_to_the_cap_every_pair_of_a_bucket_is_a_candidate(size: int) -> None:
    records = np.column_stack([np.full(size, 7), np.arange(size)]).astype(np.uint64)
    order = np.zeros((size + 1, 2), np.uint64)
    assert len({tuple(p) for p in candidate_pairs(records, order).tolist()}) == size * (size - 1) // 2
    beyond = match_candidates.ALL_PAIRS + 1
    records = np.column_stack([np.full(beyond, 7), np.arange(beyond)]).astype(np.uint64)
    assert len(candidate_pairs(records, np.zeros((beyond, 2), np.uint64))) == 2 * (beyond - 1)


def test_a_key_belongs_to_its_band() -> None:
    """Two documents share a key where they agree in one band, not where one's band is another's of the other."""
    signatures = np.tile(np.arange(5, dtype=np.uint32), 4)[None]
    records = match_candidates.band_records(signatures, np.array([3]), 4, 5)
    assert len(np.unique(records[:, 0])) == 4
    assert (records[:, 1] == 3).all()


@pytest.mark.parametrize(
    ("source", "expected"),
    [("pile", 3), ("pile.wiki", 3), ("pile.wiki.ko", 3), ("pile.own", 1), ("pile.own.ko", 1), ("piles", 100)],
)
def test_a_set_has_the_priority_of_its_source(source: str, expected: int) -> None:
    assert priority(source, {"pile": 3, "pile.own": 1}) == expected


def test_every_value_of_a_band_is_in_its_key() -> None:
    """Another value in a place of the signature changes the key of that band and of no other; values after the last
    band change none."""
    bands, rows = 4, 5
    signature = np.random.default_rng(3).integers(0, 2**32, bands * rows + 2, dtype=np.uint32)
    keys = match_candidates.band_records(signature[None], np.array([0]), bands, rows)[:, 0]
    for place in range(len(signature)):
        other = signature.copy()
        other[place] ^= 1
        changed = match_candidates.band_records(other[None], np.array([0]), bands, rows)[:, 0] != keys
        assert np.flatnonzero(changed).tolist() == ([place // rows] if place < bands * rows else [])


def test_an_estimate_at_the_floor_is_compared() -> None:
    """48 and 47 of 128 values agree: half of a containment of .75 is 48 of 128."""
    signatures = np.zeros((3, 128), np.uint32)
    signatures[1, 48:] = signatures[2, 47:] = 1
    documents: Any = SimpleNamespace(signatures=lambda numbers: signatures[numbers])
    assert match_verify.plausible(documents, np.array([[1, 0], [2, 0]]), 0.375).tolist() == [[1, 0]]


def test_shingles_are_those_of_the_language_of_each_document(tmp_path: Path) -> None:
    """Also when they are made again to compare two texts."""
    rng = random.Random(41)
    text = prose(rng)
    rows = [{"text": text, "lang": "ko"}, {"text": _edited(rng, text, 9), "lang": "ko"}, {"text": text, "lang": "en"}]
    documents = Documents.open([part(tmp_path / "p", rows)])
    sizes = ShingleSettings(languages={"ko": Sizes(syllables=2)})
    sets = [set(shingle(pa.array([r["text"]]), pa.array([r["lang"]]), sizes)[0].tolist()) for r in rows]
    pairs = [(0, 1), (0, 2)]
    found = match_verify.overlaps(documents, np.array(pairs), np.full((3, 2), ~np.uint64(400)), sizes)
    assert found.tolist() == [[len(sets[a]), len(sets[b]), len(sets[a] & sets[b])] for a, b in pairs]
    assert len(sets[0] & sets[1]) > 200
    assert len(sets[0] & sets[2]) < 10  # begun and ended by blanks


def test_blank_documents_are_exact_duplicates_only(tmp_path: Path) -> None:
    """They have no shingles: none of them is contained in another, however short a text may be."""
    rows = [{"text": text} for text in ("", "  ", "", "\n\n\n")]
    chosen = MatchSettings(short=0, containment=0.9)
    found = run([part(tmp_path / "p", rows)], tmp_path / "w", chosen=chosen)
    assert [(r["row"], r["survivor_row"], r["kind"]) for r in found] == [(2, 0, "exact")]


def test_hashes_of_which_one_half_is_equal_are_not_equal(tmp_path: Path) -> None:
    rng = random.Random(42)
    halves = [(b"a" * 8, b"b" * 8), (b"a" * 8, b"c" * 8), (b"d" * 8, b"b" * 8), (b"a" * 8, b"b" * 8)]
    rows = [{"text": prose(rng), "hash": one + two} for one, two in halves]
    found = run([part(tmp_path / "p", rows)], tmp_path / "w")
    assert [(r["row"], r["survivor_row"], r["kind"]) for r in found] == [(3, 0, "exact")]


def test_equal_words_with_other_signs_are_other_facts(tmp_path: Path) -> None:
    """In a text of any length, and although the sets of shingles are equal."""
    body = prose(random.Random(43), 300)
    rows = [{"text": f"{body} 그래서 7 {sign} 3 이다"} for sign in "+−"]
    folder = part(tmp_path / "p", rows)
    assert run([folder], tmp_path / "keep") == []
    (dropped,) = run([folder], tmp_path / "drop", chosen=MatchSettings(siblings="drop"))
    assert dropped["similarity"] == 1


def test_the_order_of_quality_is_that_of_numbers() -> None:
    """Whatever the sign; without a number (NaN) a text is last."""
    qualities = [math.inf, 3.5, 0.25, 1e-9, 0.0, -1e-9, -2.0, -40.0, -math.inf, math.nan]
    count = len(qualities)
    batch = pa.record_batch(
        {"source": ["s"] * count, "quality": pa.array(qualities, pa.float32()), "text": ["글"] * count}
    )
    found = ranks(batch, {})[:, 0].tolist()
    assert found == sorted(set(found))
    longer = ranks(batch.set_column(2, "text", pa.array([f"글{'씨' * n}" for n in range(count)])), {})[:, 1].tolist()
    assert longer == sorted(set(longer), reverse=True)
