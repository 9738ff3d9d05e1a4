"""The sample of what was dropped: so many of each reason, the same however the input was cut."""

import json
from pathlib import Path

import mmh3
import numpy as np
import pyarrow as pa
import pytest

from corpus.rejects import SAMPLE, Rejects, merge_samples


def batch(numbers: list[int]) -> pa.RecordBatch:
    rows = [{"id": f"s-{n}", "text": f"글 {n}", "origin": f"file#{n}", "lang": "ko", "url": None} for n in numbers]
    return pa.RecordBatch.from_pylist(rows)


@pytest.mark.parametrize("count", [0, 1, SAMPLE - 1, SAMPLE, SAMPLE + 1, 3 * SAMPLE])
@pytest.mark.parametrize("parts", [1, 3])
def test_the_smallest_hashes_are_kept(tmp_path: Path, count: int, parts: int) -> None:
    files = []
    for part in range(parts):
        mine = list(range(part, count, parts))
        rejects = Rejects()
        for some in (mine[:7], mine[7:]):
            if some:
                rejects.add("short", batch(some), np.array(some, float))
        rejects.write(tmp_path / f"{part}.jsonl")
        files.append(tmp_path / f"{part}.jsonl")
    merge_samples(files, tmp_path / "all.jsonl")
    found = [json.loads(line)["id"] for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    expected = sorted((f"s-{n}" for n in range(count)), key=lambda name: mmh3.hash64(name, signed=False)[0])
    assert found == expected[:SAMPLE]
