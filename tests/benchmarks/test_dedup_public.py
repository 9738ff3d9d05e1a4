"""The benchmark of deduplication counts what its description says: copies that are found, and documents that nobody
should lose."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.dedup_public import exchanged, judge, reaches

ROWS = [("original", 0), ("exact", 0), ("original", 2), ("words3", 2), ("original", 4), ("sibling", 5), ("real", -1)]


def judged(folder: Path, dropped: set[int]) -> dict[str, float]:
    edits, families = zip(*ROWS, strict=True)
    table = {"text": pa.array(["text"] * len(ROWS)), "family": pa.array(families), "edit": pa.array(edits)}
    pq.write_table(pa.table(table), folder / "rows.parquet")
    return judge(folder / "rows.parquet", np.array([row not in dropped for row in range(len(ROWS))]))


def test_a_copy_is_found_when_it_or_its_original_is_dropped(tmp_path: Path) -> None:
    assert judged(tmp_path, {0, 3})["recall"] == 1
    assert judged(tmp_path, {1})["recall"] == 0.5


def test_a_page_that_shares_a_template_is_lost_wrongly(tmp_path: Path) -> None:
    assert judged(tmp_path, {1, 5})["precision"] == 0.5
    assert judged(tmp_path, {1, 4})["precision"] == 0.5
    assert judged(tmp_path, {1, 6})["precision"] == 1
    assert judged(tmp_path, {6})["dropped of real"] == 1


def test_a_peer_counts_as_equal_only_where_it_is_good_in_every_language() -> None:
    good, poor = {"recall": 0.95, "precision": 1.0}, {"recall": 0.95, "precision": 0.85}
    assert reaches({"ko": good, "en": good}, 2)
    assert not reaches({"ko": good, "en": poor}, 2)
    assert not reaches({"ko": good}, 2)


def test_documents_with_other_letters_share_nothing_and_have_their_own_families(tmp_path: Path) -> None:
    texts = ["Ondol warms floors 뉴스는 어머니를 숨쉬는", "한 글"]
    table = {"text": pa.array(texts), "family": pa.array([0, -1]), "edit": pa.array(["original", "real"])}
    pq.write_table(pa.table(table), tmp_path / "a.parquet")
    exchanged(tmp_path / "a.parquet", tmp_path / "b.parquet", 3)
    rows = pq.read_table(tmp_path / "b.parquet").to_pydict()
    assert rows["text"][:2] == texts
    assert rows["family"] == [0, -1, 2, -1, 4, -1]
    assert [len(text.encode()) for text in rows["text"]] == 3 * [len(text.encode()) for text in texts]
    words = [set(text.split()) for text in rows["text"][::2]]
    assert len(set.union(*words)) == sum(map(len, words))
