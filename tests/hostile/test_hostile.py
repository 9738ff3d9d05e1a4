"""Every reader and kernel on anything at all: hypothesis from sound inputs, a short run of the fuzzer, and kernels with
their bounds checked."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.targets import SEEDS, TARGETS

ROOT = Path(__file__).resolve().parents[2]


def mutated(seeds: list[bytes]) -> st.SearchStrategy[bytes]:
    """A seed with pieces cut out, doubled, overwritten or put in; or any bytes."""
    place = st.integers(0, max(map(len, seeds)))
    change = st.tuples(place, place, st.binary(max_size=12))

    def apply(seed: bytes, changes: list[tuple[int, int, bytes]]) -> bytes:
        for first, last, piece in changes:
            seed = seed[:first] + piece + seed[last:]
        return seed[: 1 << 16]

    return st.one_of(st.builds(apply, st.sampled_from(seeds), st.lists(change, max_size=6)), st.binary(max_size=200))


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_breaks_a_promise(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None, database=None)
    @given(mutated(SEEDS[name]))
    def attack(data: bytes) -> None:
        TARGETS[name](data)

    attack()


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_a_short_run_of_the_fuzzer() -> None:
    line = [sys.executable, "-m", "tests.hostile", "--seconds", "10", "wikitext", "read .jsonl", "read .warc"]
    result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    summary = json.loads(result.stdout.splitlines()[-1])
    assert result.returncode == 0, result.stdout[-3000:]
    assert all(count > 100 for count in summary["runs"].values())


@pytest.mark.slow
def test_kernels_keep_within_their_arrays(tmp_path: Path) -> None:
    program = (
        "from tests.hostile.targets import SEEDS, TARGETS\n"
        "for name in ('kernels', 'read .jsonl'):\n"
        "    for seed in SEEDS[name]:\n"
        "        for cut in (*range(0, len(seed), 37), len(seed)):\n"
        "            TARGETS[name](seed[:cut])\n"
    )
    environment = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    line = [sys.executable, "-c", program]
    result = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
