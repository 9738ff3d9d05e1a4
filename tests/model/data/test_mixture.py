"""Mixtures: shares as planned, caps kept, and every prefix of the rows mixed to the token."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import UserError
from model.data.loader import Loader
from model.data.mixture import Schedule, Share, language_of, mixture_shares, repetition_warning
from model.data.packed import PackedData, copies
from tests.model.small_corpus import write_packed


@dataclass
class Source:
    name: str
    tokens: int
    languages: dict[str, int]

    def epoch_tokens(self, rehydrate: Any) -> int:
        return self.tokens


SOURCES: Any = [  # what mixture_shares reads of a PackedSource, without files
    Source("mc4-ko", 6000, {"ko": 5000, "en": 1000}),
    Source("wikipedia-ko", 2000, {"ko": 2000}),
    Source("c4-en", 10_000, {"en": 10_000}),
    Source("pile", 2000, {"en": 1500, "fr": 500}),
]


def shares(mixture, **options) -> dict[str, float]:
    return {share.source: round(share.weight, 9) for share in mixture_shares(SOURCES, mixture, **options)}


@pytest.mark.parametrize(
    ("mixture", "expected"),
    [
        ({}, {"mc4-ko": 0.3, "wikipedia-ko": 0.1, "c4-en": 0.5, "pile": 0.1}),
        ({"ko": 0.5, "en": 0.5}, {"mc4-ko": 0.375, "wikipedia-ko": 0.125, "c4-en": 5 / 12, "pile": 1 / 12}),
        ({"ko": 1}, {"mc4-ko": 0.75, "wikipedia-ko": 0.25}),
        (
            {"ko": 3, "en": 1, "ko/wikipedia-ko": 2, "ko/mc4-ko": 1, "en/pile": 5},
            {"mc4-ko": 0.25, "wikipedia-ko": 0.5, "pile": 0.25},
        ),
        ({"mc4-ko": 1, "c4-en": 3, "pile": 0}, {"mc4-ko": 0.25, "c4-en": 0.75}),
        ({"ko": 1, "wikipedia-ko": 1}, {"mc4-ko": 0.5, "wikipedia-ko": 0.5}),
    ],
)
def test_weights_become_shares(mixture, expected):
    assert shares(mixture) == pytest.approx(expected)


def test_caps_leave_their_rest_to_the_language_first():
    shares = mixture_shares(SOURCES, {"ko": 0.5, "en": 0.5}, {"wikipedia-ko": 1}, tokens=40_000)
    assert {s.source: round(s.weight * 40_000) for s in shares} == {
        "mc4-ko": 18_000,
        "wikipedia-ko": 2000,
        "c4-en": 16_667,
        "pile": 3333,
    }
    assert {s.source: s.epochs for s in shares} == pytest.approx(
        {"mc4-ko": 3, "wikipedia-ko": 1, "c4-en": 5 / 3, "pile": 5 / 3}
    )
    # All of Korean at its cap: the rest goes to English.
    shares = mixture_shares(SOURCES, {"ko": 0.5, "en": 0.5}, {"ko": 2}, tokens=40_000)
    assert {s.source: round(s.weight * 40_000) for s in shares} == {
        "mc4-ko": 12_000,
        "wikipedia-ko": 4000,
        "c4-en": 20_000,
        "pile": 4000,
    }
    with pytest.raises(UserError, match=r"40\.0 % of the tokens of this training at most"):
        mixture_shares(SOURCES, {"ko": 1}, {"ko": 2}, tokens=40_000)
    # A cap of a source's own comes before that of its language, whichever is lower.
    shares = mixture_shares(SOURCES, {"ko": 0.2, "en": 0.8}, {"ko": 1, "mc4-ko": 9, "wikipedia-ko": 0.5}, tokens=40_000)
    assert {s.source: s.epochs for s in shares if s.language == "ko"} == pytest.approx(
        {"mc4-ko": 7000 / 6000, "wikipedia-ko": 0.5}
    )


def test_more_than_four_epochs_are_warned_of():
    shares = mixture_shares(SOURCES, {"ko": 0.5, "en": 0.5}, tokens=80_000)
    assert "mc4-ko 5.0 times, wikipedia-ko" in repetition_warning(shares)
    assert "c4-en" not in repetition_warning(shares)


@pytest.mark.parametrize(
    ("mixture", "message"),
    [
        ({"jp": 1}, "data.mixture.jp: neither a language nor a source of this data, which has en, ko, mc4-ko"),
        ({"en/mc4-ko": 1, "en": 1}, "data.mixture.en/mc4-ko: neither"),
        ({"ko/mc4-ko": 1, "en": 1}, "ko/mc4-ko needs a weight for its language too"),
        ({"ko": 1, "ko/mc4-ko": 1, "mc4-ko": 1}, "mc4-ko is named both alone and within its language"),
        ({"ko": -1}, r"data.mixture.ko: -1 is not a weight"),
        ({"ko": 0}, "all weights are 0"),
        ({"ko": 1, "ko/mc4-ko": 0}, "no source with tokens is used"),
    ],
)
def test_mixtures_that_cannot_be_are_told(mixture, message):
    with pytest.raises(UserError, match=message):
        mixture_shares(SOURCES, mixture)


@pytest.mark.parametrize(
    ("caps", "message"),
    [
        ({"ko/mc4-ko": 2}, "data.max_epochs.ko/mc4-ko: neither a language nor a source of this data, which has en, ko"),
        ({"jp": 2}, "data.max_epochs.jp: neither"),
        ({"ko": float("nan")}, "data.max_epochs.ko: nan is not a weight"),
    ],
)
def test_caps_are_of_languages_and_sources(caps, message):
    with pytest.raises(UserError, match=message) as told:
        mixture_shares(SOURCES, {"ko": 1}, caps, tokens=100)
    assert "ko/NAME" not in str(told.value)  # which only a mixture has


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=12), st.integers(0, 1 << 30))
def test_every_prefix_is_mixed_within_one_row(weights, seed):
    """Full rows: less than one row off at every row. Rows at least 99 % full: still within 0.1 % after every 1,000."""
    shares = np.array(weights) / sum(weights)
    for least in (4096, 4055):
        schedule = Schedule(weights, 4096)
        history = []
        for size in np.random.default_rng(seed).integers(least, 4097, 2000).tolist():
            schedule.tokens[schedule.next()] += size
            history.append(list(schedule.tokens))
        tokens = np.array(history)
        total = tokens.sum(1)
        off = np.abs(tokens - shares * total[:, None]).max(1)
        if least == 4096:
            assert off.max() < 4096
        assert (off / total)[999::1000].max() <= 0.001 + (4096 - least) / 4096 / 1000


@pytest.fixture
def packed(tmp_path):
    """Rows of very different fill; the first id of a row tells its source."""
    draw = np.random.default_rng(0)
    rows = {
        name: [[[number] * int(draw.integers(least, 17))] for _ in range(rows)]
        for number, (name, rows, least) in enumerate([("a", 37, 16), ("b", 11, 9), ("c", 80, 12)], start=1)
    }
    return write_packed(tmp_path / "packed", rows, 16)


def test_the_loader_mixes_tokens_not_rows(packed):
    loader = Loader(packed, batch_size=1, workers=0)
    shares = mixture_shares(loader.data.sources, {"a": 0.2, "b": 0.5, "c": 0.3})
    tokens = np.zeros(3)
    batches = iter(Loader(packed, batch_size=1, workers=0, mixture=shares))
    for row in range(1, 3001):
        ids = next(batches)["input_ids"][0]
        tokens[int(ids[0]) - 1] += int((ids != 0).sum())
        if row % 1000 == 0:
            assert np.abs(tokens / tokens.sum() - [0.2, 0.5, 0.3]).max() <= 0.001


def test_a_mixture_takes_every_row_once_an_epoch_and_resumes_to_the_bit(packed):
    shares = mixture_shares(Loader(packed, batch_size=1).data.sources, {"a": 1, "c": 2})
    whole = iter(Loader(packed, batch_size=1, workers=0, mixture=shares, seed=9))
    straight = [next(whole) for _ in range(240)]
    loader = Loader(packed, batch_size=4, mixture=shares, seed=9)
    batches = iter(loader)
    for _ in range(15):
        next(batches)
    batches.close()
    state = loader.state_dict()
    assert sum(state["rows"]) == 60
    iterators = []
    for rank in range(3):
        loader = Loader(packed, batch_size=2, rank=rank, world_size=3, workers=rank, mixture=shares, seed=9)
        loader.load_state_dict(state)
        iterators.append(iter(loader))
    resumed = [next(it) for _ in range(30) for it in iterators]
    for it in iterators:
        it.close()
    ids = np.concatenate([b["input_ids"].numpy() for b in resumed])
    assert (ids == np.concatenate([b["input_ids"].numpy() for b in straight[60:]])).all()
    seen = [tuple(b["input_ids"][0].tolist()) for b in straight if b["input_ids"][0, 0] == 1]
    assert len(seen) >= 74
    source = loader.data.sources[0]
    expected = sorted(tuple(source.row(i)[0].tolist()) for i in range(37))
    assert sorted(seen[:37]) == sorted(seen[37:74]) == expected
    with pytest.raises(UserError, match="mixture was"):
        Loader(packed, batch_size=1, seed=9).load_state_dict(state)


def test_a_run_that_goes_on_keeps_its_shares(packed):
    """With caps, the shares follow from the number of steps; a longer training does not change what was begun."""
    sources = Loader(packed, batch_size=1).data.sources
    how: dict[str, Any] = {"batch_size": 1, "workers": 0, "seed": 3, "asked": {"mixture": {}, "max_epochs": {"a": 1}}}
    begun = Loader(packed, mixture=mixture_shares(sources, {"b": 1, "a": 3}), **how)
    straight = iter(begun)
    for _ in range(20):
        next(straight)
    state = begun.state_dict()
    longer = Loader(packed, mixture=mixture_shares(sources, {"a": 1, "b": 1, "c": 8}), **how)
    longer.load_state_dict(state)
    assert longer.shares == begun.shares == pytest.approx({"a": 0.75, "b": 0.25})
    resumed = iter(longer)
    for _ in range(60):
        assert next(straight)["input_ids"].tolist() == next(resumed)["input_ids"].tolist()
    assert begun.state_dict() == longer.state_dict()


@pytest.mark.parametrize(("tokens", "often"), [(2000, []), (2200, ["a"]), (1 << 20, ["a", "c"])])
def test_what_kept_shares_repeat_beyond_the_caps_is_told(packed, tokens, often):
    sources = {source.name: source for source in Loader(packed, batch_size=1).data.sources}
    loader = Loader(packed, batch_size=1, mixture=mixture_shares(list(sources.values()), {"a": 1, "b": 1, "c": 2}))
    cap = 2000 * 0.25 / sources["a"].tokens  # exactly reached with 2000 tokens
    told = loader.beyond_caps({"a": cap, language_of(sources["c"]): 9.0} | {"b": 1e9}, tokens)
    for name in sources:
        times = loader.shares[name] * tokens / sources[name].tokens
        assert (f"{name} {times:.2f} times (data.max_epochs " in told) == (name in often)
    assert bool(told) == bool(often)
    assert Loader(packed, batch_size=1).beyond_caps({"a": 0.001}, tokens) == ""


def test_sources_of_one_size_have_orders_of_their_own(tmp_path):
    """Else the n-th rows of parallel sources would always come together."""
    rows = {name: [[[number] * 16] for _ in range(40)] for number, name in enumerate("ab", start=1)}
    packed = write_packed(tmp_path / "packed", rows, 16)
    sources = Loader(packed, batch_size=1).data.sources
    loader = Loader(packed, batch_size=1, workers=0, mixture=mixture_shares(sources, {"a": 1, "b": 1}))
    one, two = ([stream.index(place) for place in range(40)] for stream in loader.streams)
    assert sorted(one) == sorted(two) == list(range(40))
    assert sum(a == b for a, b in zip(one, two, strict=True)) < 10


@pytest.mark.parametrize("languages", [{"ko": 5, "en": 5, "fr": 4}, {"fr": 4, "en": 5, "ko": 5}, {"en": 1}])
def test_a_source_of_two_languages_has_the_first_by_name(languages):
    """Whatever the order in which packing counted them."""
    source: Any = Source("web", 14, languages)
    assert language_of(source) == "en"


@pytest.mark.parametrize(("epochs", "warned"), [(3.9, False), (4.0, False), (4.01, True), (5.0, True)])
def test_four_epochs_are_as_good_as_new_and_more_are_not(epochs, warned):
    """The border of Muennighoff et al. 2023."""
    assert bool(repetition_warning([Share("web", "ko", 1.0, 100, epochs)])) == warned


@pytest.mark.parametrize(("duplicates", "times"), [(1, 1), (2, 3), (4, 3), (5, 2), (99, 2)])
def test_rows_are_repeated_by_the_highest_bound_that_they_reach(duplicates, times):
    """Whether it says more than a lower one or less."""
    for table in ({2: 3, 5: 2}, {5: 2, 2: 3}):
        assert copies(duplicates, table) == times
    assert copies(duplicates, {}) == 1


@pytest.mark.parametrize("times", [1, 16])
def test_a_row_is_repeated_up_to_sixteen_times(times):
    data: Any = SimpleNamespace(tiers=(2, 5), root="packed")
    assert PackedData.rehydration(data, {"5": times, "2": 1}) == {5: times, 2: 1}


@pytest.mark.parametrize("times", [0, 17])
def test_other_numbers_of_copies_are_refused(times):
    data: Any = SimpleNamespace(tiers=(2, 5), root="packed")
    with pytest.raises(UserError, match=rf"data\.rehydrate\.5: {times} is not a number of copies; expected 1 … 16\."):
        PackedData.rehydration(data, {"5": times})


def test_the_cap_of_a_source_is_before_that_of_its_language():
    """Whichever is the lower one; a source within a language has no cap of its own kind."""
    for caps, tokens in (({"wikipedia-ko": 1, "ko": 2}, (12_000, 2000)), ({"wikipedia-ko": 3, "ko": 1}, (6000, 6000))):
        found = {s.source: s.weight * 40_000 for s in mixture_shares(SOURCES, {"ko": 1, "en": 1}, caps, tokens=40_000)}
        assert (found["mc4-ko"], found["wikipedia-ko"]) == pytest.approx(tokens)
    with pytest.raises(UserError, match=r"data\.max_epochs\.ko/mc4-ko: neither a language nor a source .*pile\.$"):
        mixture_shares(SOURCES, {"ko": 1}, {"ko/mc4-ko": 1}, tokens=10)
