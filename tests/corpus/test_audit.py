"""The audit of a corpus shows the pairs that its list of duplicates names, with their texts, and reads verdicts."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from corpus.audit import _identity, audit_corpus
from corpus.engine.output import drop_work
from corpus.errors import UserError
from corpus.review import precision, read_verdicts
from corpus.trace import Stages
from tests.corpus.changes.test_update import BASE, longer, run, write
from tests.helpers.browser import check_page


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("audited")
    documents = BASE | {"web/b": [longer(n, f"{n}.kr") for n in range(4, 16)], "wiki/b": [longer(102, "c.kr")]}
    return run(root / "out", write(root / "in", documents)).out


def test_pairs_are_those_of_the_corpus(corpus: Path, tmp_path: Path) -> None:
    told = audit_corpus(corpus, tmp_path / "a", drawn=5)
    with pa.memory_map(str(corpus / "duplicates.arrow")) as file:
        rows = pa.ipc.open_stream(file).read_all().to_pylist()
    near = {row["id"]: row for row in rows if row["kind"] == "near"}
    assert told["near"] == len(near) == sum(told["bands"].values()) >= 13
    summary = json.loads((tmp_path / "a/audit.json").read_text())
    page = (tmp_path / "a/audit.html").read_text(encoding="utf-8")
    shown = [pair for group in summary["groups"] for pair in group["pairs"]]
    assert told["pairs"] == len(shown) == sum(min(5, size) for size in told["bands"].values())
    book = json.loads((corpus / "stats.json").read_text())["total"]["deduplicate"]
    counts = {"records": book["in"], "exact": 0, "near": len(near), "kept": book["kept"]}
    assert {name: told[name] for name in counts} == {name: summary[name] for name in counts} == counts
    for pair in shown:
        row = near[pair["id"]]
        origins = f"{pair['file']}#{pair['row']}", f"{pair['survivor_file']}#{pair['survivor_row']}"
        assert (pair["survivor_id"], *origins) == (row["survivor"], row["origin"], row["survivor_origin"])
        assert pair["similarity"] == pytest.approx(row["similarity"], abs=1e-4)
        assert pair["id"] in page
    assert "글 끝에 덧붙인 짧은 안내가 하나 있다" in page


def test_a_build_writes_the_page_and_the_report_leads_to_it(corpus: Path, tmp_path: Path) -> None:
    audit_corpus(corpus, tmp_path / "a")
    for name in ("audit.html", "audit.json"):
        assert (corpus / name).read_bytes() == (tmp_path / "a" / name).read_bytes()
    assert '<a href="audit.html">' in (corpus / "report.html").read_text(encoding="utf-8")
    outputs = {entry["path"] for entry in json.loads((corpus / "manifest.json").read_text())["outputs"]}
    assert {"audit.html", "audit.json"} <= outputs


def test_the_page_in_a_browser(corpus: Path, tmp_path: Path) -> None:
    audit_corpus(corpus, tmp_path / "a", drawn=5)
    check_page(tmp_path / "a" / "audit.html", tmp_path / "profile")


def test_a_seed_draws_the_same_pairs(corpus: Path, tmp_path: Path) -> None:
    audit_corpus(corpus, tmp_path / "a", drawn=3)
    audit_corpus(corpus, tmp_path / "b", drawn=3)
    audit_corpus(corpus, tmp_path / "c", drawn=3, seed=2)
    pages = [(tmp_path / name / "audit.html").read_bytes() for name in "abc"]
    assert pages[0] == pages[1] != pages[2]
    with pytest.raises(UserError, match="seed was 1 and is 2"):
        audit_corpus(corpus, tmp_path / "a", drawn=3, seed=2)
    with pytest.raises(UserError, match="pairs was 3 and is 4"):
        audit_corpus(corpus, tmp_path / "a", drawn=4)
    stages = Stages.open(corpus)
    (tmp_path / "duplicates.arrow").write_bytes(b"others")
    keys = [_identity(SimpleNamespace(corpus=place), 3, 1) for place in (stages.corpus, tmp_path)]  # type: ignore[arg-type]
    (tmp_path / "duplicates.arrow").write_bytes(b"again others")
    keys.append(_identity(SimpleNamespace(corpus=tmp_path), 3, 1))  # type: ignore[arg-type]
    assert len({json.dumps(key) for key in keys}) == 3
    assert [key["corpus"] for key in keys] == [str(corpus.resolve()), *[str(tmp_path.resolve())] * 2]


def test_without_work_or_with_that_of_another_build_it_says_so(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "other")
    (tmp_path / "other/.hanji.json").unlink()  # else the change itself is told
    path = tmp_path / "other/stats.json"
    stats = json.loads(path.read_text())
    stats["total"]["deduplicate"]["dropped"]["near"] += 1
    path.write_text(json.dumps(stats))
    with pytest.raises(UserError, match=r"its \.work is that of another build"):
        audit_corpus(tmp_path / "other", tmp_path / "a")
    path.write_text((corpus / "stats.json").read_text())
    (tmp_path / "other/.work/match/result/task.json").unlink()  # the match is not finished
    with pytest.raises(UserError, match=r"its \.work is that of another build"):
        audit_corpus(tmp_path / "other", tmp_path / "a")
    drop_work(tmp_path / "other")
    with pytest.raises(UserError, match="was dropped"):
        audit_corpus(tmp_path / "other", tmp_path / "a")
    with pytest.raises(UserError, match="not a finished corpus"):
        audit_corpus(tmp_path, tmp_path / "a")
    assert not (tmp_path / "a/audit.html").exists()


def test_verdicts_give_the_precision_with_an_interval(tmp_path: Path) -> None:
    groups = [("Similarity 0.70 to 0.75", 100, 10, 7), ("Similarity 0.90 to 0.95", 900, 10, 10), ("none", 5, 0, 0)]
    saved = {
        "title": "t",
        "groups": [{"name": n, "size": s, "drawn": 20, "judged": j, "right": r} for n, s, j, r in groups],
    }
    (tmp_path / "verdicts.json").write_text(json.dumps(saved))
    told = read_verdicts(tmp_path / "verdicts.json")
    assert told["precision"] == pytest.approx(0.97)
    assert told["low"] < 0.97 < told["high"]
    assert {key: told[key] for key in ("judged", "right", "precision", "low", "high")} == precision(
        [(s, j, r) for _, s, j, r in groups]
    )
    assert [group["judged"] for group in told["groups"]] == [10, 10, 0]
    for wrong in ("{}", "[1]", "no", '{"groups": [{"name": "a", "size": 3, "judged": 2, "right": 5}]}'):
        (tmp_path / "wrong.json").write_text(wrong)
        with pytest.raises(UserError, match=r"no verdicts of a review page|its counts do not fit each other"):
            read_verdicts(tmp_path / "wrong.json")
    with pytest.raises(UserError, match="no verdicts of a review page"):
        read_verdicts(tmp_path / "missing.json")
