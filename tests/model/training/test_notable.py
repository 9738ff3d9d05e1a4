"""Steps that a reader of a training report should look at."""

import pytest

from model.training.shown.notable import DEVIATIONS, WINDOW, Notable, notable


def train(step: int, loss: float) -> dict:
    return {"kind": "train", "step": step, "loss": loss}


def steps(events, **settings) -> list[int]:
    return [each.step for each in notable(events, settings)]


def test_the_schedule_has_its_changes():
    events = [train(1000, 2.0)]
    assert steps(events, schedule={"kind": "cosine", "warmup": 100}, train={"steps": 1000}) == [100]
    wsd = {"kind": "wsd", "warmup": 100, "decay": 0.2}
    assert steps(events, schedule=wsd, train={"steps": 1000}) == [100, 800]
    assert steps([train(500, 2.0)], schedule=wsd, train={"steps": 1000}) == [100]  # what is still to come is left out
    assert steps(events, schedule={"kind": "constant", "warmup": 0}) == []
    assert steps([]) == []


@pytest.mark.parametrize(("loss", "found"), [(2.9, True), (2.05, False)])
def test_a_spike_is_far_from_what_is_usual(loss, found):
    losses = [2.0 + 0.01 * (n % 3) for n in range(40)]
    losses[30] = loss
    assert steps([train(n, value) for n, value in enumerate(losses)]) == ([30] if found else [])


def test_few_or_equal_losses_make_no_spike():
    assert steps([train(n, 9.0 if n == 19 else 2.0) for n in range(20)]) == []
    assert steps([train(n, 2.001 if n == 25 else 2.0) for n in range(40)]) == []
    assert steps([train(n, 10 - n / 10) for n in range(60)]) == []  # falling all the time


def test_skips_resumes_and_the_best_validation():
    skip = {"kind": "skip", "step": 7, "loss": None, "grad_norm": 2.5, "rows": "ko [7]"}
    first, again = ({"kind": "start", "step": step} for step in (0, 5))
    bits = [(2, 3.0), (4, 2.5), (6, 2.75)]
    checks = [{"kind": "validation", "step": step, "bpb/language/ko": value, "bpb/a": 9.0} for step, value in bits]
    found = notable([first, *checks, again, skip], {})
    assert found == [
        Notable(4, "best validation: 2.5000 bits per byte, the mean of the languages"),
        Notable(5, "resumed"),
        Notable(7, "skipped: loss not finite, gradient norm 2.5; rows ko [7]"),
    ]
    assert notable(checks[:2], {}) == []  # the last is the best
    assert notable([checks[0] | {"bpb/language/ko": None}, *checks[1:2]], {}) == []


def test_borders_of_a_spike():
    """The first loss that can be one follows WINDOW others; it is judged by those before it, and a border is none."""
    usual = [2.0 + 0.1 * (-1) ** n for n in range(WINDOW)]  # a median of 2 and a deviation of 0.1
    for above, found in ((DEVIATIONS * 0.1 - 0.01, []), (DEVIATIONS * 0.1 + 0.01, [WINDOW])):
        assert steps([train(n, loss) for n, loss in enumerate([*usual, 2.0 + above])]) == found
    high = [*usual, *[9.0] * 11]  # once half of the window is high, it is usual; until then each is a spike
    assert steps([train(n, loss) for n, loss in enumerate(high)]) == list(range(WINDOW, WINDOW + 10))
    assert (WINDOW, DEVIATIONS) == (20, 8.0)


def test_borders_of_the_schedule():
    wsd = {"kind": "wsd", "warmup": 0, "decay": 0.0}
    assert steps([train(1000, 2.0)], schedule=wsd, train={"steps": 1000}) == [999]  # the last step decays at least
    wsd["decay"] = 0.2
    assert steps([train(800, 2.0)], schedule=wsd, train={"steps": 1000}) == [800]
    assert steps([train(799, 2.0)], schedule=wsd, train={"steps": 1000}) == []
    assert steps([train(100, 2.0)], schedule={"warmup": 100}) == [100]


def test_the_best_validation_is_that_of_the_mean_of_the_languages():
    bits = [(2, 3.0, 1.0), (4, 1.5, 2.4), (6, 1.0, 3.5)]  # means 2.0, 1.95, 2.25
    checks = [{"kind": "validation", "step": n, "bpb/language/ko": a, "bpb/language/en": b} for n, a, b in bits]
    (best,) = notable(checks, {})
    assert (best.step, best.text.split(",")[0]) == (4, "best validation: 1.9500 bits per byte")
    (best,) = notable([checks[0] | {"bpb/language/ko": None}, *checks[1:]], {})
    assert best.step == 4


@pytest.mark.parametrize(
    ("usual", "loss", "found"),
    [
        ((1.9, 2.1), 2.79, False),  # around 2.0 with deviations of 0.1, of which eight are allowed
        ((1.9, 2.1), 2.81, True),
        ((2.0, 2.0), 2.015, False),  # of equal losses a thousandth counts as their deviation
        ((2.0, 2.0), 2.017, True),
    ],
)
def test_a_spike_is_eight_deviations_above_the_twenty_losses_before(usual, loss, found):
    before = [usual[n % 2] for n in range(20)]
    assert steps([train(n, value) for n, value in enumerate([*before, loss])]) == ([20] if found else [])
    assert steps([train(n, value) for n, value in enumerate([*before[1:], loss])]) == []  # nineteen say nothing
    # What was before these twenty does not count.
    assert steps([train(n, value) for n, value in enumerate([9.0] * 5 + [*before, loss])]) == ([25] if found else [])


def test_changes_of_the_schedule_at_the_last_step_are_there():
    wsd = {"kind": "wsd", "warmup": 100, "decay": 0.2}
    for last, found in ((99, []), (100, [100]), (799, [100]), (800, [100, 800])):
        assert steps([train(last, 2.0)], schedule=wsd, train={"steps": 1000}) == found
    assert steps([train(5, 2.0)], schedule={"kind": "wsd", "decay": 1.0}, train={"steps": 5}) == []  # from the start
