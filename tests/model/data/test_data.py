"""The loader against slow twins: what a batch holds, and that every row comes exactly once an epoch, whoever asks."""

import json
from itertools import accumulate
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.errors import UserError
from corpus.kernels import hashing
from model.data.batch import IGNORED, make_batch
from model.data.loader import Loader, Stream, rows_between
from model.data.mixture import Share
from model.data.packed import PackedData, Segment
from model.data.shuffle import _mix, shuffled
from tests.helpers.compiled import callable_alone
from tests.model.small_corpus import write_packed

mix64 = callable_alone(hashing.mix64)

SEQ_LEN = 6


@pytest.fixture
def packed(tmp_path):
    """23 rows of two sources; the first id of a row names it."""
    rows = [[[i, i], [i]] if i % 3 else [[i, 7, 8, 9, 10, 11]] for i in range(100, 123)]
    return write_packed(tmp_path / "packed", {"a": rows[:9], "b": rows[9:]}, SEQ_LEN)


def names(batch) -> list[int]:
    """The rows of a batch by name; rows of mere padding left out."""
    return [
        int(ids[0])
        for ids, targets in zip(batch["input_ids"], batch["targets"], strict=True)
        if (targets != IGNORED).any()
    ]


def same(left, right) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[key], right[key]) for key in left)


@given(st.integers(1, 300), st.integers(0, 1 << 62))
@settings(max_examples=60)
def test_shuffle_is_a_bijection(n, key):
    assert sorted(shuffled(np.arange(n), n, key).tolist()) == list(range(n))


def test_shuffle_never_changes():
    """A run is gone on with by a later version; these are the orders of the first one, by MurmurHash3's finaliser."""
    assert shuffled(np.arange(10), 10, 1).tolist() == [2, 9, 5, 3, 6, 1, 4, 0, 7, 8]
    places = np.arange(10**12, 10**12 + 3)
    assert shuffled(places, 3 * 10**12, 2**40 + 7).tolist() == [1199171013134, 2461881648547, 1625483870627]
    # An odd number of bits is divided into halves of different sizes.
    assert shuffled(np.arange(7, 17), 20, 5).tolist() == [12, 4, 1, 5, 11, 18, 7, 13, 10, 17]
    assert shuffled(places[:3] // 1000, 5 * 10**9, 2**41 + 3).tolist() == [3956058376, 3956058376, 3956058376]
    values = np.random.default_rng(0).integers(0, 1 << 64, 20, np.uint64)
    assert _mix(values).tolist() == [int(mix64(value)) for value in values]


def test_shuffle_leaves_no_pattern():
    n, draws = 50, 4000
    places = np.array([shuffled(np.arange(n), n, key) for key in range(draws)])
    counts = np.array([np.bincount(column, minlength=n) for column in places.T])
    chi2 = ((counts - draws / n) ** 2 / (draws / n)).sum() / ((n - 1) ** 2)
    assert 0.9 < chi2 < 1.1
    followers = np.bincount((places[:, 1:] - places[:, :-1]).ravel() + n)[n + 1]
    assert followers / (draws * (n - 1)) == pytest.approx(1 / n, rel=0.1)


@st.composite
def rows_of_documents(draw):
    T = draw(st.integers(2, 12))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        lengths, left = [], T
        while left and draw(st.booleans()):
            lengths.append(draw(st.integers(1, left)))
            left -= lengths[-1]
        rows.append(lengths)
    return T, rows


@given(rows_of_documents())
def test_batch_equals_its_twin(case):
    T, lengths = case
    ids = np.random.default_rng(0).integers(3, 60_000, (len(lengths), T)).astype(np.uint16)
    batch = make_batch(ids, [np.array(row, np.int32) for row in lengths])
    cumulative = [0]
    for r, row in enumerate(lengths):
        t = 0
        for size in row:
            for k in range(size):
                assert batch["positions"][r, t] == k
                assert batch["targets"][r, t] == (int(ids[r, t + 1]) if k < size - 1 else IGNORED)
                t += 1
            cumulative.append(r * T + t)
        assert (batch["targets"][r, t:] == IGNORED).all()
        assert batch["positions"][r, t:].tolist() == list(range(T - t))
        if t < T:
            cumulative.append((r + 1) * T)
    assert batch["document_lengths"].tolist() == cumulative
    assert batch["document_lengths"].dtype == torch.int32
    assert torch.equal(batch["input_ids"], torch.from_numpy(ids.astype(np.int64)))


@pytest.mark.parametrize("world_size", [1, 2, 3, 5])
@pytest.mark.parametrize("batch_size", [1, 2, 4])
def test_every_row_once_an_epoch_for_any_ranks_and_workers(packed, world_size, batch_size):
    for epochs, some in ((1, (0, 3)), (2, (0, 1))):
        expected = None
        for workers in some:
            ranks = [
                list(
                    Loader(
                        packed,
                        batch_size=batch_size,
                        rank=r,
                        world_size=world_size,
                        epochs=epochs,
                        workers=workers,
                        seed=5,
                    )
                )
                for r in range(world_size)
            ]
            assert len({len(batches) for batches in ranks}) == 1  # no rank waits for another
            order = [name for step in zip(*ranks, strict=True) for batch in step for name in names(batch)]
            for epoch in range(epochs):
                assert sorted(order[23 * epoch : 23 * (epoch + 1)]) == list(range(100, 123))
            assert len({tuple(order[23 * epoch : 23 * (epoch + 1)]) for epoch in range(epochs)}) == epochs
            assert expected in (None, order)
            expected = order


@pytest.mark.parametrize("before", [(1, 4, 0), (2, 2, 2), (4, 1, 1)])
@pytest.mark.parametrize("after", [(1, 4, 1), (2, 2, 0), (4, 1, 3), (1, 2, 0)])
def test_resuming_goes_on_to_the_bit_with_other_ranks_and_workers(packed, before, after):
    """(world size, batch size, workers) before and after the interruption, against a run of one rank without any."""
    whole = iter(Loader(packed, batch_size=1, seed=3, workers=0))
    straight = [next(whole) for _ in range(40)]
    world, batch_size, workers = before
    states = []
    for rank in range(world):
        loader = Loader(packed, batch_size=batch_size, rank=rank, world_size=world, seed=3, workers=workers)
        batches = iter(loader)
        for _ in range(5):
            next(batches)
        states.append(json.loads(json.dumps(loader.state_dict())))
        batches.close()
    assert all(state == states[0] for state in states)
    assert states[0]["rows"] == [20]
    world, batch_size, workers = after
    iterators = []
    for rank in range(world):
        loader = Loader(packed, batch_size=batch_size, rank=rank, world_size=world, seed=3, workers=workers)
        loader.load_state_dict(states[0])
        iterators.append(iter(loader))
    got = [next(it) for _ in range(20 // (world * batch_size)) for it in iterators]
    for key in ("input_ids", "targets", "positions"):
        assert torch.equal(torch.cat([b[key] for b in got]), torch.cat([b[key] for b in straight[20:40]]))
    for it in iterators:
        it.close()


def test_iterating_again_goes_on(packed):
    straight = list(Loader(packed, batch_size=2, epochs=1, workers=0))
    loader = Loader(packed, batch_size=2, epochs=1, workers=2)
    first = []
    for batch in loader:
        first.append(batch)
        if len(first) == 4:
            break
    rest = list(loader)
    assert len(first + rest) == len(straight)
    assert all(same(a, b) for a, b in zip(first + rest, straight, strict=True))
    assert loader.epoch == {"a": 1, "b": 1}


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_row_that_cannot_be_read_is_the_next_one_again(packed, monkeypatch, workers):
    """As on a disk that goes away: the position is that after the last batch that was returned."""
    loader = Loader(packed, batch_size=2, seed=4, workers=workers)
    expected, batches = iter(Loader(packed, batch_size=2, seed=4, workers=0)), iter(loader)
    monkeypatch.setattr(Stream, "row", lambda self, index: failing(self, index))
    lost = loader.streams[0].index(6)

    def failing(stream, index):
        if index == lost:
            raise OSError("gone")
        return stream.place(index)[0].row(stream.place(index)[1])

    got = [next(batches) for _ in range(3)]
    with pytest.raises(OSError, match="gone"):
        next(batches)
    assert loader.state_dict()["rows"] == [6]
    lost = -1
    got += [batch for batch, _ in zip(loader, range(3), strict=False)]
    assert all(same(one, next(expected)) for one in got)


def test_unshuffled_rows_come_in_the_order_of_the_files(packed):
    order = [name for batch in Loader(packed, batch_size=4, epochs=1, shuffle=False) for name in names(batch)]
    assert order == list(range(100, 123))


def test_state_of_other_data_or_settings_is_refused(packed, tmp_path):
    state = Loader(packed, batch_size=1, seed=1).state_dict()
    with pytest.raises(UserError, match="seed was 1 and is 2"):
        Loader(packed, batch_size=1, seed=2).load_state_dict(state)
    other = write_packed(tmp_path / "other", {"a": [[[1, 2]]]}, SEQ_LEN)
    with pytest.raises(UserError, match="packed data differ"):
        Loader(other, batch_size=1, seed=1).load_state_dict(state)


def test_a_position_is_of_every_setting(packed):
    """A run goes on only with the order of rows that it began with."""
    changes: list[dict[str, Any]] = [
        {}, {"seed": 1}, {"shuffle": False}, {"rehydrate": {2: 3}}, {"rehydrate": {2: 4}},
        {"mixture": [Share("a", "ko", 0.5, 9, 1.0), Share("b", "ko", 0.5, 9, 1.0)]},
        {"mixture": [Share("a", "ko", 0.4, 9, 1.0), Share("b", "ko", 0.6, 9, 1.0)]},
    ]  # fmt: skip
    found = [Loader(packed, batch_size=1, verify=False, **change).fingerprint for change in changes]
    data = PackedData(packed)
    data.fingerprint = "other"
    found.append(Loader(data, batch_size=1, verify=False).fingerprint)
    assert len(set(found)) == len(found)
    same_order = [{"batch_size": 3}, {"workers": 0}, {"rank": 1, "world_size": 2}, {"epochs": 2}]
    assert {Loader(packed, **{"batch_size": 1, "verify": False} | more).fingerprint for more in same_order} == {
        found[0]
    }


def test_damage_is_found_and_named(packed):
    path = packed / "train" / "b" / "b-00001.arrow"
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"b-00001\.arrow: damaged"):
        Loader(packed, batch_size=1)
    assert Loader(packed, batch_size=1, verify=False).data.rows == 23
    path.write_bytes(content[:-40])
    with pytest.raises(UserError, match=r"b-00001\.arrow: \d+ bytes, packing.json says"):
        PackedData(packed)
    path.unlink()
    with pytest.raises(UserError, match=r"b-00001\.arrow: missing"):
        PackedData(packed)


def test_one_byte_in_any_file_is_damage(tmp_path):
    packed = write_packed(tmp_path / "packed", {"a": [[[1, 2]]], "b": [[[3]], [[4, 5]]]}, SEQ_LEN)
    data, files = PackedData(packed), sorted(packed.glob("train/*/*.arrow"))
    assert len(files) == 3
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])
        with pytest.raises(UserError, match=rf"{path.name}: damaged"):
            data.verify()
        path.write_bytes(content)
        data.verify()


def test_what_is_no_packed_data_is_told(tmp_path, packed):
    with pytest.raises(UserError, match=r"packing\.json is missing"):
        PackedData(tmp_path)
    with pytest.raises(UserError, match="no split 'test'"):
        PackedData(packed, "test")
    with pytest.raises(UserError, match="has no rows"):
        Loader(packed, batch_size=1, split="validation")


def test_each_seed_and_each_epoch_has_an_order_of_its_own(packed):
    orders = {}
    for seed in (0, 1, 2):
        stream = Loader(packed, batch_size=1, seed=seed, workers=0).streams[0]
        for epoch in (0, 1):
            orders[seed, epoch] = [stream.index(epoch * stream.rows + k) for k in range(stream.rows)]
            assert sorted(orders[seed, epoch]) == list(range(stream.rows))
    assert len(set(map(tuple, orders.values()))) == 6


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([1, 2, 5])), max_size=3), min_size=1, max_size=3),
    st.sampled_from([1, 2, 7, 50]),
    st.integers(0, 1 << 30),
    st.integers(0, 5),
)
@example([[(9, 1)]], 4, 1, 0)  # a block is in two epochs, as of every large corpus
def test_a_stream_is_the_same_in_any_blocks_and_knows_where_its_rows_are(segments, block, seed, number):
    """Each epoch in an order of its own; the rows of a source in the order of its segments, and copies of these."""
    rehydrate, sources = {2: 3, 5: 2}, []
    for name, mine in enumerate(segments):
        firsts = accumulate((rows for rows, _ in mine), initial=0)
        found = [Segment(first, rows, 0, tier) for first, (rows, tier) in zip(firsts, mine, strict=False)]
        sources.append(SimpleNamespace(name=name, segments=found))
    times = {1: 1, 2: 3, 5: 2}
    places = [
        (source.name, s.first + k)
        for source in sources for s in source.segments for _ in range(times[s.duplicates]) for k in range(s.rows)
    ]  # fmt: skip
    with mock.patch("model.data.loader.BLOCK", block):
        stream = Stream(sources, rehydrate, True, seed, number)  # type: ignore[arg-type]
    rows = len(places)
    assert stream.rows == rows
    found = [stream.place(index) for index in range(rows)]
    assert [(source.name, row) for source, row in found] == places  # type: ignore[comparison-overlap]
    if rows:
        every = np.arange(2 * rows + 3)
        orders = [
            shuffled(every[every // rows == epoch] % rows, rows, (seed << 40) ^ (number << 20) ^ epoch)
            for epoch in range(every[-1] // rows + 1)
        ]
        assert [stream.index(place) for place in every.tolist()] == np.concatenate(orders).tolist()


def test_the_rows_between_two_places_are_named():
    """The first 32 of all streams together, by source and row as a stream's order has them."""

    def stream(name: str, offset: int) -> Any:
        return SimpleNamespace(index=lambda p: 2 * p, place=lambda i: (SimpleNamespace(name=name), i + offset))

    streams = [stream("a", 1), stream("none", 0), stream("b", 100)]
    loader: Any = SimpleNamespace(streams=streams, state_dict=lambda: {"rows": [5, 7, 60]})
    found = rows_between(loader, [3, 7, 10])
    assert found == ["a 7", "a 9", *(f"b {2 * p + 100}" for p in range(10, 40))]
    assert rows_between(loader, [5, 7, 58]) == ["b 216", "b 218"]


def test_files_are_verified_up_to_a_size_and_whenever_that_is_asked_for(packed, monkeypatch):
    from model.data import loader

    verified: list[Any] = []
    monkeypatch.setattr(PackedData, "verify", lambda data: verified.append(data))
    size = sum(path.stat().st_size for path in (packed / "train").rglob("*.arrow"))
    assert PackedData(packed).bytes == size
    for most, asked, times in ((size, None, 1), (size - 1, None, 0), (size - 1, True, 1), (size, False, 0)):
        monkeypatch.setattr(loader, "VERIFIED_BYTES", most)
        verified.clear()
        Loader(packed, batch_size=1, verify=asked)
        assert len(verified) == times
    monkeypatch.undo()
    assert loader.VERIFIED_BYTES == 4 << 30


def test_the_length_is_that_of_what_is_left(packed):
    """23 rows twice, by two ranks of three rows: 46 / 6, rounded up."""
    loader = Loader(packed, batch_size=3, rank=1, world_size=2, epochs=2, workers=0)
    assert [len(loader), *(len(loader) for _ in loader)] == list(range(8, -1, -1))
    with pytest.raises(TypeError, match="has no end and no length"):
        len(Loader(packed, batch_size=1))
    assert bool(loader)


@pytest.mark.parametrize(("batch_size", "rank", "ranks"), [(0, 0, 1), (1, 1, 1), (1, -1, 1), (1, 2, 2)])
def test_a_rank_is_one_of_all(packed, batch_size, rank, ranks):
    with pytest.raises(ValueError, match="batch_size >= 1, 0 <= rank < world_size"):
        Loader(packed, batch_size=batch_size, rank=rank, world_size=ranks)


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_of_torch_would_read_every_row_again(packed, monkeypatch, workers):
    from model.data import loader

    monkeypatch.setattr(loader, "get_worker_info", lambda: SimpleNamespace(num_workers=workers))
    batches = iter(Loader(packed, batch_size=1, epochs=1, workers=0))
    if workers == 1:
        assert next(batches)["input_ids"].shape == (1, SEQ_LEN)
    else:
        with pytest.raises(UserError, match="num_workers=2 would read every row 2 times"):
            next(batches)


def test_rows_of_padding_are_of_the_token_for_it(tmp_path):
    """Without one, of token 0; and a position is of the split that it was read from."""
    rows = {"a": [[[7, 8]]]}
    for pad, ids in ((5, 5), (None, 0)):
        packed = write_packed(tmp_path / f"pad-{pad}", rows, SEQ_LEN, pad_id=pad or 0)
        description = json.loads((packed / "packing.json").read_text()) | {"pad_id": pad}
        description["splits"]["other"] = description["splits"]["train"]
        (packed / "packing.json").write_text(json.dumps(description))
        (batch,) = Loader(packed, batch_size=3, epochs=1, workers=0)
        assert batch["input_ids"][1:].tolist() == [[ids] * SEQ_LEN] * 2
        assert len({Loader(packed, batch_size=1, split=split).fingerprint for split in ("train", "other")}) == 2


@pytest.mark.parametrize("change", [-1, 1])
def test_files_of_another_size_or_number_of_rows_are_refused(packed, change):
    """Shorter or longer than packing.json says."""
    description = json.loads((packed / "packing.json").read_text())
    description["splits"]["train"]["a"]["rows"] += change
    (packed / "packing.json").write_text(json.dumps(description))
    with pytest.raises(UserError, match=rf"a should have {9 + change} rows, its files contain 9"):
        PackedData(packed)
    description["splits"]["train"]["a"]["rows"] -= change
    description["splits"]["train"]["a"]["files"][0]["bytes"] += change
    (packed / "packing.json").write_text(json.dumps(description))
    with pytest.raises(UserError, match=r"a-00000\.arrow: \d+ bytes, packing\.json says"):
        PackedData(packed)
