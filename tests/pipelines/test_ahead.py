"""Kernels compiled ahead: the list has what a first run calls, and its spelling of types is exact."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import typeof, types

from corpus.duplicates.fact_lists import Lists
from pipelines import ahead
from pipelines.ahead import LIST, compile_ahead, kind_of, wanted
from tests.kernels import spell

ROOT = Path(__file__).parents[2]
ENTRIES: list[Any] = json.loads(LIST.read_text(encoding="utf-8"))
VALUES = {
    "int64": 1,
    "float64": 0.5,
    "bool": True,
    "uint16[:]": np.zeros(2, np.uint16),
    "float32[:, :]": np.zeros((2, 2), np.float32),
    "bool[:]": np.zeros(1, np.bool_),
}


@pytest.mark.parametrize("spelled", VALUES)
def test_a_type_is_spelled_as_numba_sees_the_value(spelled: str) -> None:
    kind = typeof(VALUES[spelled])
    assert (spell(kind), kind_of(spelled)) == (spelled, kind)


def test_arrays_that_cannot_be_written_and_tuples() -> None:
    constant = np.zeros(3, np.uint8)
    constant.flags.writeable = False
    assert spell(typeof(constant)) == "const uint8[:]"
    assert kind_of("const uint8[:]") == typeof(constant)
    for value, spelled in (
        ((1, True), ["int64", "bool"]),
        ((1, (2, constant)), ["int64", ["int64", "const uint8[:]"]]),
        ((1, 2), ["int64", "int64"]),
    ):
        assert (spell(typeof(value)), kind_of(spelled)) == (spelled, typeof(value))
    lists = Lists(*[np.zeros(1, np.int64)] * len(Lists._fields))
    spelled_lists = {"corpus.duplicates.fact_lists:Lists": ["int64[:]"] * len(Lists._fields)}
    assert (spell(typeof(lists)), kind_of(spelled_lists)) == (spelled_lists, typeof(lists))


@pytest.mark.parametrize(("name", "kinds"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_each_entry_is_a_kernel_with_as_many_arguments(name: str, kinds: list[Any]) -> None:
    kernel = ahead._kernel(name)
    assert [spell(kind_of(kind)) for kind in kinds] == kinds
    assert kernel.py_func.__code__.co_argcount == len(kinds)
    assert all(isinstance(kind_of(kind), types.Type) for kind in kinds)
    assert kernel.stats.cache_path


@pytest.mark.slow
def test_the_list_has_what_a_first_run_calls() -> None:
    """`python -m tests.kernels` writes it anew."""
    code = """
import json, tempfile
from pathlib import Path
from pipelines.warm_up import first_runs
from tests.kernels import recorded
with tempfile.TemporaryDirectory() as scratch, recorded() as found:
    first_runs(Path(scratch))
print(json.dumps([json.loads(entry) for entry in found]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    called = json.loads(done.stdout.splitlines()[-1])
    assert sorted(called, key=str) == sorted(ENTRIES, key=str)


COMPILED = """
import json
from pathlib import Path
from corpus.engine.local import LocalEngine
from corpus.kernels import hashing, units
from pipelines import ahead

def loaded(item):
    return [str(kind) for kind in hashing.mix_all.signatures]

if __name__ == "__main__":
    ahead.LIST = Path("list.json")
    ahead.LIST.write_text(json.dumps([
        ["corpus.kernels.hashing:mix_all", ["uint64[:]"]], ["tokenizer.kernels.words:_counts", []],
    ]))
    entries = ahead.wanted()
    ahead.compile_ahead(entries, 1)
    assert ahead.wanted() == entries == [("corpus.kernels.hashing:mix_all", ["uint64[:]"])], entries
    ahead.compile_ahead(entries, 2)
    assert ahead.wanted() == []
    assert not hashing.mix_all.signatures, "compiled here"
    with LocalEngine(2) as engine:
        assert all(engine.map(loaded, [1, 2])), "not loaded by a worker"
"""


def test_what_is_missing_is_compiled_by_workers_and_found_by_the_next(tmp_path: Path) -> None:
    """Only of folders that are loaded; nothing with one worker."""
    (tmp_path / "program.py").write_text(COMPILED)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_to_compile_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.engine.local.LocalEngine.map", lambda *_, **__: pytest.fail("a pool was asked"))
    compile_ahead([], 4)
    compile_ahead(wanted()[:1] or [("corpus.kernels.hashing:mix_all", ["uint64[:]"])], 1)
