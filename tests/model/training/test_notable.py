"""Steps that a reader of a training report should look at."""

import pytest

from model.training.shown.notable import Notable, notable


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
