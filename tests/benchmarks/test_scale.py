"""The benchmark of growth: what its salt changes, and the figures of its last line."""

import json
from pathlib import Path

from benchmarks.scale import FREQUENT, WORD, salted, summary, write_texts

COMMON = "\n".join([" ".join(f"흔한{chr(0xAC00 + n)}" for n in range(FREQUENT - 1))] * 3)
DOCUMENTS = [COMMON, *(f"드문{chr(0xAC00 + n)} 12, 값은 {n}.\n" for n in range(200))]


def test_salt_exchanges_rare_words_and_nothing_else() -> None:
    once, again, other = (list(salted(DOCUMENTS, repetition)) for repetition in (1, 1, 2))
    assert once == again != other
    assert list(salted(DOCUMENTS, 0)) == DOCUMENTS
    assert once[0] == COMMON
    assert sum(a != b for a, b in zip(DOCUMENTS, once, strict=True)) > 150
    assert [WORD.sub("", text) for text in once] == [WORD.sub("", text) for text in DOCUMENTS]
    assert sorted(WORD.findall("\n".join(once))) == sorted(WORD.findall("\n".join(DOCUMENTS)))


def test_texts_are_repeated_until_there_is_enough(tmp_path: Path) -> None:
    size = sum(len(text.encode()) for text in DOCUMENTS)
    written = write_texts(tmp_path / "in", 1, DOCUMENTS)
    rows = [json.loads(line)["text"] for path in sorted(tmp_path.rglob("*.jsonl")) for line in path.open("rb")]
    assert 1e6 <= written == sum(len(text.encode()) for text in rows) < 1e6 + 10_000
    assert len(rows) > 1e6 / size * len(DOCUMENTS) * 0.9
    assert len(set(rows)) > 0.4 * len(rows)


def test_the_figures_of_the_last_line() -> None:
    def run(size: float, engine: str, workers: int, wall: float, processor: float) -> dict:
        return {"size": size * 1e6, "engine": engine, "workers": workers, "wall": wall, "processor": processor,
                "longest": wall, "memory": size * 1e6, "disk": 2.0 + workers}  # fmt: skip

    runs = [run(100, "local", 1, 10, 10), run(100, "local", 2, 6, 11), run(200, "local", 1, 21, 20),
            run(200, "local", 2, 10.5, 21), run(200, "ray", 1, 30, 22)]  # fmt: skip
    assert summary(runs, same=True) == {
        "speedup_2": 2.0, "speedup_2_processor": 1.9, "exponent": 1.0, "rss_mb": 200, "ray_overhead": 0.1,
        "identical": True, "mb_s_core": 10.0, "disk": 4.0,
    }  # fmt: skip
    assert summary(runs[:2], same=False) == {
        "speedup_2": 1.67, "speedup_2_processor": 1.67, "exponent": None, "rss_mb": 100,
        "ray_overhead": None, "identical": False, "mb_s_core": 10.0, "disk": 4.0,
    }  # fmt: skip
