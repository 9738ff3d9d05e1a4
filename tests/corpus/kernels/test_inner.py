"""Functions that kernels call are compiled without reference counts, and cannot make arrays."""

from typing import Any

import numpy as np
import pytest
from numba import njit
from numba.core.errors import NumbaError

from corpus.kernels.inner import helper, inner

COUNT = "call void @NRT_incref"


def _take(data, places, total, i):
    """Add numbers of the one array or the other, with several ways out."""
    some = places if i % 3 == 0 else data
    while i < some.shape[0]:
        if some[i] < 0:
            return total, i + 1
        total += some[i]
        i += 1
        if total > 7:
            some = data
    return total, i + 1


def _sum_by(take):
    @njit
    def total_of(data, places):
        total = i = 0
        while i < data.shape[0]:
            total, i = take(data, places, total, i)
        return total

    return total_of


counted, uncounted = njit(_take), inner(_take)
sum_counted, sum_uncounted = _sum_by(counted), _sum_by(uncounted)


@inner
def makes_an_array(n):
    return np.zeros(n).sum()


@njit
def calls_it(n):
    return makes_an_array(n)


def test_the_result_is_that_of_a_counted_function() -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        data, places = random.integers(-1, 9, (2, 200))
        assert sum_uncounted(data, places) == sum_counted(data, places)


def test_nothing_is_counted() -> None:
    data, places = np.arange(9), np.arange(9)
    assert sum_uncounted(data, places) == sum_counted(data, places)
    assert all(COUNT in counted.inspect_llvm(signature) for signature in counted.signatures)
    assert uncounted.signatures
    assert not any(COUNT in uncounted.inspect_llvm(signature) for signature in uncounted.signatures)


def test_a_function_that_makes_an_array_is_refused() -> None:
    with pytest.raises(NumbaError):
        calls_it(3)


@pytest.mark.parametrize("decorator", [inner, helper])
def test_a_part_of_kernels_is_no_function_of_pythons(decorator: Any) -> None:
    with pytest.raises(SystemError):
        decorator(lambda i: i + 1)(1)


@pytest.mark.parametrize("decorator", [inner, helper])
def test_what_only_kernels_call_has_no_machine_code_of_its_own(decorator: Any) -> None:
    @decorator
    def half(i):
        return i // 2

    @njit
    def quarter(i):
        return half(half(i))

    assert [quarter(i) for i in range(-9, 9)] == [i // 4 for i in range(-9, 9)]
    (compiled,) = half.overloads.values()
    assert not compiled.library._codegen._engine.is_symbol_defined(compiled.fndesc.mangled_name)
