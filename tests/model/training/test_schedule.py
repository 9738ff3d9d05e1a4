"""Each step's rate beside the formulas as they are published, at every border."""

import math

import pytest

from model.config import ScheduleConfig
from model.training.guard import WARM, Guard
from model.training.schedule import learning_rate


@pytest.mark.parametrize("steps", [1, 2, 7, 50])
@pytest.mark.parametrize("warmup", [0, 1, 3, 50, 60])
@pytest.mark.parametrize("final", [0.0, 0.1, 1.0])
def test_cosine(steps: int, warmup: int, final: float) -> None:
    """Linear from 1/warmup to 1, then half a cosine from 1 to `final`, which is the last step's."""
    config = ScheduleConfig(kind="cosine", warmup=warmup, final=final)
    for step in range(steps):
        if step < warmup:
            expected = (step + 1) / warmup
        else:
            turn = (step - warmup) / (steps - 1 - warmup) if steps - 1 > warmup else 0.0
            expected = final + (1 - final) * (1 + math.cos(math.pi * turn)) / 2
        assert learning_rate(config, step, steps) == pytest.approx(expected)


@pytest.mark.parametrize(("decay", "length"), [(0.2, 20), (0.5, 50), (1.0, 100), (0.001, 1), (0.026, 3)])
def test_warmup_stable_decay(decay: float, length: int) -> None:
    """The last `length` steps fall in a line to `final`, which is the last step's."""
    config = ScheduleConfig(kind="wsd", warmup=2, final=0.1, decay=decay)
    found = [learning_rate(config, step, 100) for step in range(100)]
    line = [0.1 + 0.9 * left / length for left in range(length - 1, -1, -1)]
    expected = ([1.0] * 100)[: 100 - length] + line
    assert found == pytest.approx([0.5, 1.0, *expected[2:]])


def test_constant() -> None:
    config = ScheduleConfig(kind="constant", warmup=4, final=0.0)
    assert [learning_rate(config, step, 6) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


def test_a_loss_exactly_at_its_bound_is_taken() -> None:
    """Mean 3 and deviation 0.5: 6 deviations above are 6.0."""
    assert WARM == 100

    def allowed(loss: float, taken: int = WARM) -> bool:
        return Guard(taken=taken, mean=3.0, variance=0.25).allows(loss, 1.0, 6.0)

    assert (allowed(6.0), allowed(6.001), allowed(6.001, WARM - 1)) == (True, False, True)
    assert Guard(taken=WARM, mean=3.0, variance=0.25).allows(100.0, 1.0)  # not asked for


def test_the_running_mean_is_over_about_a_hundred_steps() -> None:
    guard, mean, variance = Guard(), 0.0, 0.0
    losses = [5 + (n * 7919 % 101) / 50 for n in range(250)]
    for n, loss in enumerate(losses, 1):
        assert guard.allows(loss, 1.0)
        share = 1 / min(n, 100)
        variance = (1 - share) * (variance + share * (loss - mean) ** 2)
        mean = (1 - share) * mean + share * loss
        if n <= 100:  # plain mean and variance so far
            plain = sum(losses[:n]) / n
            assert guard.mean == pytest.approx(plain)
            assert guard.variance == pytest.approx(sum((x - plain) ** 2 for x in losses[:n]) / n)
    assert (guard.mean, guard.variance, guard.taken) == (pytest.approx(mean), pytest.approx(variance), 250)


@pytest.mark.parametrize(("loss", "norm"), [(math.nan, 1.0), (math.inf, 1.0), (1.0, math.nan), (1.0, math.inf)])
def test_what_is_not_finite_is_skipped_and_counted(loss: float, norm: float) -> None:
    guard = Guard(taken=3, mean=2.0, variance=0.5)
    assert not guard.allows(loss, norm)
    assert not guard.allows(loss, norm)
    assert (guard.taken, guard.skipped, guard.in_a_row, guard.mean, guard.variance) == (3, 2, 2, 2.0, 0.5)
    assert guard.allows(1.0, 1.0)
    assert (guard.taken, guard.skipped, guard.in_a_row) == (4, 2, 0)
    assert not guard.allows(loss, norm)
    assert (guard.skipped, guard.in_a_row) == (3, 1)
