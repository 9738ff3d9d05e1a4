"""Repeated paragraphs and test items are taken out between matching and writing, and the books say so."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from corpus.build import Built, build
from corpus.contamination.scan import Scanner
from corpus.download.locator import Locator
from corpus.duplicates.dropped import index_dropped
from corpus.engine.local import LocalEngine
from corpus.recipe import Recipe
from corpus.repeats.cuts import CUTS, write_cuts
from corpus.shards import read_shard, shard_paths
from corpus.stored import read_table
from corpus.trim import TrimTask, trim_part
from tests.corpus.test_commit import _duplicates, _part

SHARED = (
    "이 문단은 여러 문서에 똑같이 실린 안내문으로, 도서관을 처음 찾는 사람에게 책을 빌리고 돌려주는 방법과 "
    "열람실을 쓰는 순서를 차례대로 자세히 알려 준다."
)
ITEM = "수도권에서 가장 오래된 돌다리는 어느 하천 위에 놓여 있으며 언제 처음 세워졌는지 고르시오"
SUBJECTS = ["바다", "산길", "시장", "학교", "음악", "나무", "우주", "기차", "요리", "그림"]


def body(number: int) -> str:
    subject = SUBJECTS[number]
    return " ".join(
        f"{subject} 이야기 {number * 31 + k}번에서는 {SUBJECTS[(number * k + k) % 10]}와 {subject}의"
        f" {k * number + 7}가지 사연을 새로 적었다."
        for k in range(1, 14)
    )


def run(tmp_path: Path, workers: int = 1, **settings: Any) -> Built:
    tmp_path.mkdir(parents=True, exist_ok=True)
    texts = [body(n) for n in range(10)]
    texts[2] += "\n" + SHARED
    texts[5] += "\n" + SHARED
    texts[7] = texts[7] + "\n" + ITEM + "?"
    texts[9] = ITEM + ". " + ITEM[::-1]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts))
    (tmp_path / "test.jsonl").write_text(json.dumps({"question": ITEM}, ensure_ascii=False) + "\n")
    source = {"name": "mine", "files": [str(tmp_path / "in.jsonl")], "profile": "none", "lang": "ko"}
    recipe = Recipe.model_validate({"name": "t", "validation": 0.0, "sources": [source]} | settings)
    with LocalEngine(workers) as engine:
        return build(recipe, tmp_path / "out", engine, Locator(None, tmp_path / "cache"), overwrite=True)


def texts_of(built: Built) -> dict[int, str]:
    rows = [row for path in shard_paths(built.out) for batch in read_shard(path) for row in batch.to_pylist()]
    return {int(row["origin"].rpartition("#")[2]): row["text"] for row in rows}


def test_nothing_is_trimmed_unless_asked(tmp_path: Path) -> None:
    built = run(tmp_path)
    assert built.stats["total"]["trim"]["dropped"] == {}
    assert built.stats["total"]["trim"]["bytes_cut"] == 0
    assert len(texts_of(built)) == 10


def test_a_repeated_paragraph_stays_once(tmp_path: Path) -> None:
    built = run(tmp_path, spans={"paragraphs": True})
    texts = texts_of(built)
    assert [n for n, text in texts.items() if SHARED in text] in ([2], [5])
    assert {texts[2], texts[5]} & {body(2), body(5)}
    assert built.stats["total"]["trim"]["documents_cut"] == 1
    assert built.stats["total"]["trim"]["bytes_cut"] >= len(SHARED.encode())


@pytest.mark.parametrize("remove", ["document", "span", "nothing"])
def test_test_items_are_found_and_removed_as_the_recipe_says(tmp_path: Path, remove: str) -> None:
    own = {"task": "mine", "files": [str(tmp_path / "test.jsonl")], "fields": ["question"]}
    built = run(tmp_path, contamination={"sets": [own], "remove": remove})
    texts = texts_of(built)
    report = json.loads((built.out / "contamination.json").read_text(encoding="utf-8"))
    assert report["mine"]["items hit"]["leak"] == 1
    assert report["mine"]["documents"]["leak"] == 2
    assert "Test items in the text" in (built.out / "report.html").read_text(encoding="utf-8")
    dropped = built.stats["total"]["trim"]["dropped"]
    if remove == "document":
        assert dropped == {"contamination": 2}
        assert set(texts) == set(range(10)) - {7, 9}
    elif remove == "span":
        assert texts[7].startswith(body(7)[:200])
        assert all(ITEM not in text for text in texts.values())
    else:
        assert ITEM in texts[7]
        assert not dropped


@pytest.mark.slow
def test_two_workers_trim_alike(tmp_path: Path) -> None:
    settings = {"spans": {"paragraphs": True, "spans": True}}
    one, two = run(tmp_path / "1", 1, **settings), run(tmp_path / "2", 2, **settings)
    assert sorted(texts_of(one).values()) == sorted(texts_of(two).values())
    assert one.stats["total"]["trim"] == two.stats["total"]["trim"]


def test_test_items_are_looked_for_in_the_pass_that_cleans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No second reading at first; other tests clean nothing again; and both ways write the same bytes."""
    own = {"task": "mine", "files": [str(tmp_path / "test.jsonl")], "fields": ["question"]}
    given: list[float] = []
    with monkeypatch.context() as patch:
        patch.setattr("corpus.contamination.scan._scan", lambda *a: pytest.fail("read the part once more"))
        patch.setattr("corpus.clean.Scanner", lambda index, share: given.append(share) or Scanner(index, share))
        built = run(tmp_path, contamination={"sets": [own], "coverage": 0.8})
    assert given == [0.8]
    [found] = tmp_path.glob("out/.work/contamination/scan/*/found.arrow")
    [task] = tmp_path.glob("out/.work/clean/*/task.json")
    first, cleaned = found.read_bytes(), task.stat().st_mtime_ns
    leaks = built.stats["total"]["trim"]["dropped"]
    shutil.rmtree(found.parent)
    with monkeypatch.context() as patch:
        patch.setattr("corpus.clean._clean", lambda *a: pytest.fail("cleaned again"))
        again = run(tmp_path, contamination={"sets": [own | {"task": "renamed"}], "coverage": 0.8})
    assert found.read_bytes() == first
    assert task.stat().st_mtime_ns == cleaned
    assert again.stats["total"]["trim"]["dropped"] == leaks != {}


def test_what_is_lost_is_counted_to_the_byte(tmp_path: Path) -> None:
    """Rows of two record batches: one untouched, two shorter, two gone for different reasons, one that was a duplicate
    and one that was empty before."""
    gone, kept = "한 문장이 여기에 서 있다.", "다른 문장이 그 뒤에 온다."
    texts = [f"{gone}\n{kept}", kept, f"{kept}\n{gone}", gone, gone + " " + kept, gone, ""]
    clean = _part(tmp_path, 0, texts, batch_rows=3)
    size, other = len(gone.encode()), len(kept.encode())
    rows = {
        "row": [0, 2, 3, 4, 5], "start": [0, other + 1, 0, 0, 0], "end": [size, other + 1 + size, -1, -1, -1],
        "kind": ["contamination", "contamination", "span", "contamination", "span"],
    }  # fmt: skip
    (tmp_path / "cuts").mkdir()
    write_cuts(tmp_path / "cuts", pa.table(rows, schema=CUTS))
    documents = clean.directory / "documents.arrow"
    content = hashlib.sha256(documents.read_bytes()).hexdigest()
    dropped = index_dropped([clean.directory], _duplicates(tmp_path, [(0, 5, 0, 3)]), tmp_path / "dropped")
    task = TrimTask("s", documents, content, 0, dropped, (tmp_path / "cuts",), tmp_path / "out")
    result = trim_part(task).result
    trimmed = read_table(tmp_path / "out" / "texts.arrow")
    assert trimmed.to_pylist() == [
        {"row": row, "text": text} for row, text in [(0, kept), (2, kept), (3, ""), (4, "")]
    ]  # 1, 5 and 6 are as they were
    assert result == {
        "dropped": {"contamination": 1, "span": 1},
        "dropped_bytes": size + size + 1 + other,
        "cut_documents": 2,
        "cut_bytes": 2 * (size + 1),
    }
