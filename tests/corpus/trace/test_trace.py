"""A document's way is told as the build went it: every end, every change, and no personal data."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from corpus.build import build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.engine.output import drop_work
from corpus.errors import DamagedError, UserError
from corpus.quality.judgement import STATISTICS
from corpus.quality.rules import RULES
from corpus.recipe import Recipe
from corpus.repeats.cuts import CUTS, write_cuts
from corpus.shards import read_shard
from corpus.stored import CHANGED, TEXTS
from corpus.trace import Stages, Wanted, find_documents, tell
from corpus.trace.differences import differing_words, lines_gone
from corpus.trace.find import reasons
from corpus.trace.page import evidence, figure
from corpus.trace.story import _beyond
from pipelines.console import application
from pipelines.trace import main
from tests.corpus.test_trim import ITEM, SHARED, body
from tests.helpers.browser import check_page

FOOTER = "저작권자 ⓒ 예시신문, 무단전재 및 재배포 금지 gildong@news.example.com"
NFD = normalize("NFD", "축제")
PLACES = ["서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "수원", "창원", "포항", "전주"]
STORY = (
    "{place}의 강가에는 봄이 오면 벚꽃이 피고 사람들이 모여 도시락을 먹는다. "
    "작년 {n}월에는 비가 많이 와서 축제가 열리지 못했다. "
    "올해는 {place} 시장이 직접 나와 {n}개의 새 길을 열겠다고 말했다. "
    "주민들은 {n}년 동안 이 길을 기다려 왔다고 한다."
)
NEAR = (
    "지난 주말 한지 공방에서는 닥나무 껍질을 벗기고 삶아 종이를 뜨는 행사가 열렸다. "
    "아이들은 처음 보는 발틀을 흔들며 즐거워했고, 어른들은 옛날 기억을 떠올리며 오래 머물렀다. "
    "공방의 주인은 올해로 삼십 년째 같은 자리에서 종이를 만들고 있다고 말했다. "
    "종이 한 장을 만들려면 백 번의 손길이 필요하다는 말이 있다. "
    "행사는 다음 달 마지막 주말에도 같은 곳에서 {} 모습으로 다시 열린다."
)
RECORDS: dict[str, dict[str, str]] = {
    **{
        place: {"text": f"{STORY.format(place=place, n=n + 3)}\n{FOOTER}", "url": f"https://news.example.com/{n + 100}"}
        for n, place in enumerate(PLACES)
    },
    "near": {"text": NEAR.format("새로운"), "url": "https://a.example.org/1"},
    "twin": {"text": NEAR.format("같은"), "url": "https://b.example.org/1"},
    "copy": {"text": NEAR.format("새로운"), "url": "https://c.example.org/1"},
    "short": {"text": "짧은 글이다.", "url": "https://d.example.org/1"},
    "foreign": {"text": "Der Fluss fließt durch die Stadt, und im Frühling blühen am Ufer viele Bäume. " * 4,
                "url": "https://e.example.org/1"},
    "private": {"text": STORY.format(place="제주", n=2)
                + " 문의는 gildong.hong@mail.example.kr 로 보\u200b내 주시기 바란다.",
                "url": "https://f.example.org/gildong.hong@mail.example.kr"},
    "broken": {"text": STORY.format(place="강릉", n=9).replace("벚꽃이", "벚꽃\u200b이").replace("축제", NFD),
               "url": "https://g.example.org/1"},
    "english": {"text": "In spring the people of the town walk along the river and eat under the old trees. " * 2
                + "Last year it rained for weeks, so that the mayor had to call off the fair. Nobody minded.",
                "url": "https://h.example.org/1"},
}  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trace")
    lines = [json.dumps(record, ensure_ascii=False) for record in RECORDS.values()]
    (folder / "news.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = {"name": "news", "files": str(folder / "news.jsonl"), "license": "CC0-1.0"}
    recipe = Recipe.model_validate(
        {"name": "traced", "validation": 0.2, "sources": [source], "match": {"threshold": 0.71}}
    )
    with LocalEngine(1) as engine:
        build(recipe, folder / "out", engine, Locator(None, folder / "cache"))
    return folder / "out"


def story_of(corpus: Path, name: str) -> dict[str, Any]:
    stages = Stages.open(corpus)
    ((part, origin),), count = find_documents(stages, Wanted(url=RECORDS[name]["url"].split("gildong")[0]), 9)
    assert count == 1
    return tell(stages, part, origin)


def step(story: dict[str, Any], name: str) -> dict[str, Any]:
    return next(step for step in story["steps"] if step["step"] == name)


@pytest.mark.parametrize(
    ("name", "outcome", "reason", "last"),
    [
        ("near", "kept", "", "shard"),
        ("twin", "dropped", "near duplicate", "duplicates"),
        ("copy", "dropped", "exact duplicate", "duplicates"),
        ("short", "dropped", "min_words", "quality"),
        ("foreign", "dropped", "language", "privacy"),
        ("private", "kept", "", "shard"),
        ("broken", "kept", "", "shard"),
        ("english", "kept", "", "shard"),
        *((place, "kept", "", "shard") for place in PLACES),
    ],
)
def test_every_end_is_the_one_that_the_build_went(
    corpus: Path, name: str, outcome: str, reason: str, last: str
) -> None:
    story = story_of(corpus, name)
    assert (story["outcome"], story["reason"], story["steps"][-1]["step"]) == (outcome, reason, last)
    assert step(story, "source")["row"] == list(RECORDS).index(name)
    assert step(story, "source")["sha256"]
    if last == "shard":
        found = story["steps"][-1]
        rows = [row for batch in read_shard(corpus / found["shard"]) for row in batch.to_pylist()]
        assert rows[found["row"]]["id"] == story["id"]
        assert rows[found["row"]]["text"].startswith(found["text"])


def test_what_changed_a_document_is_told(corpus: Path) -> None:
    assert step(story_of(corpus, "서울"), "boilerplate")["lines"] == [
        FOOTER.replace("gildong@news.example.com", "<|email|>")
    ]
    assert step(story_of(corpus, "near"), "boilerplate")["lines"] == []
    changes = step(story_of(corpus, "broken"), "normalise")["changes"]
    assert {"here": "벚꽃\u200b이", "there": "벚꽃이"}.items() <= changes[0].items()
    assert step(story_of(corpus, "near"), "normalise")["changes"] == []


def test_personal_data_are_told_masked(corpus: Path) -> None:
    story = story_of(corpus, "private")
    assert step(story, "privacy")["redacted"] == {"email": 1}
    assert len(step(story, "privacy")["lines"]) == 1
    assert "<|email|>" in step(story, "normalise")["changes"][0]["before"]
    for told in (story, story_of(corpus, "서울")):
        assert "gildong" not in json.dumps(told, ensure_ascii=False)


def test_a_text_that_is_not_as_it_was_built_is_told_as_such(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where cleaning it once more gives another text: another version of Hanji made it."""
    assert step(story_of(corpus, "서울"), "privacy")["as_built"]
    monkeypatch.setattr("corpus.trace.story.boilerplate.remove", lambda texts, *_: (texts, None))
    assert not step(story_of(corpus, "서울"), "privacy")["as_built"]
    assert step(story_of(corpus, "near"), "privacy")["as_built"]  # nothing was removed from it


def test_statistics_stand_beside_their_limits(corpus: Path) -> None:
    quality = step(story_of(corpus, "short"), "quality")
    rule = next(rule for rule in quality["rules"] if rule["rule"] == "min_words")
    assert (rule["value"], rule["limit"], rule["beyond"]) == (2, 20, True)
    assert quality["value"] == 2
    kept = step(story_of(corpus, "near"), "quality")
    assert kept["reason"] is None
    assert len(kept["rules"]) > 20


def test_a_cluster_is_told_from_both_sides(corpus: Path) -> None:
    survivor = step(story_of(corpus, "near"), "duplicates")
    assert (survivor["role"], survivor["documents"], len(survivor["members"])) == ("survivor", 3, 2)
    twin = step(story_of(corpus, "twin"), "duplicates")
    assert twin["survivor"]["id"] == story_of(corpus, "near")["id"]
    assert 0.7 <= twin["similarity"] < 1
    assert [(d["here"], d["there"]) for d in twin["differences"]] == [("같은", "새로운")]
    assert step(story_of(corpus, "copy"), "duplicates")["differences"] == []


@pytest.mark.parametrize("name", ["near", "short", "foreign", "private", "broken", "english"])
def test_a_story_is_whole(corpus: Path, name: str) -> None:
    """Every value of every step but the last, beside the record and the files of the build."""
    story, record, stages = story_of(corpus, name), RECORDS[name], Stages.open(corpus)
    [part], file = stages.parts, corpus.parent / "news.jsonl"
    document = find_row(stages.documents("read", part), story["origin"])
    shown = {"private": STORY.format(place="제주", n=2) + " 문의는 <|email|> 로 보내 주시기 바란다."}.get(name)
    text = record["text"].replace("\u200b", "").replace(NFD, "축제").strip()
    assert {key: value for key, value in story.items() if key not in ("steps", "outcome", "reason")} == {
        "id": document["id"], "origin": f"{file}#{list(RECORDS).index(name)}", "source": "news", "license": "CC0-1.0",
        "url": record["url"].replace("gildong.hong@mail.example.kr", "<|email|>"), "title": None,
        "text": (shown or text)[:400],
    }  # fmt: skip
    change = {"broken": ["벚꽃\u200b이", f"{NFD}가"], "private": ["보\u200b내"]}.get(name, [])
    assert [(place["here"], place["there"]) for place in step(story, "normalise")["changes"]] == [
        (word, word.replace("\u200b", "").replace(NFD, "축제")) for word in change
    ]
    repairs = {"broken": ["invisible", "nfc"], "private": ["invisible"], "foreign": ["trailing-space"]}
    normalised = step(story, "normalise")
    normalised.pop("changes")
    kept = name != "foreign"
    assert story["steps"][:3] == [
        {"step": "source", "file": str(file), "row": list(RECORDS).index(name), "part": part.name,
         "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "license": "CC0-1.0"},
        {"step": "normalise", "repairs": repairs.get(name, []),
         "bytes_in": len(record["text"].encode()), "bytes_out": len(text.encode())},
        {"step": "language", "language": {"english": "en", "foreign": "de"}.get(name, "ko"),
         "score": round(document["lang_score"], 4), "confidence": 0.65, "wanted": ["ko", "en"], "kept": kept},
    ]  # fmt: skip
    private = name == "private"
    assert story["steps"][3:5] == [
        {"step": "boilerplate", "lines": []},
        {"step": "privacy", "redacted": {"email": 1} if private else {}, "lines": [shown[:400]] if private else [],
         "as_built": True},
    ]  # fmt: skip
    if not kept:
        assert len(story["steps"]) == 5
        return
    measured = find_row(stages.documents("measured", part), story["origin"])
    values = measured | find_row(stages.statistics(part), measured["place"])
    limits = [(rule, getattr(rule, "en" if name == "english" else "ko")) for rule in RULES]
    dropped = name == "short"
    assert step(story, "quality") == {
        "step": "quality", "profile": "web", "reason": "min_words" if dropped else None,
        "value": 2 if dropped else None,
        "rules": [
            {"rule": f"{rule.side}_{rule.statistic}", "meaning": rule.meaning,
             "value": round(values[rule.statistic], 4), "side": rule.side, "limit": limit, "counted": rule.things,
             "beyond": (values[rule.statistic] < np.float32(limit)) if rule.side == "min"
             else (values[rule.statistic] > np.float32(limit)),
             "evidence": round(values[f"n_{rule.things}"]) if rule.things else None}
            for rule, limit in limits if limit is not None
        ],
        "statistics": {statistic: round(values[statistic], 4) for statistic in STATISTICS},
    }  # fmt: skip
    if not dropped:
        place = story["steps"][-1]
        shard = [row for batch in read_shard(corpus / place["shard"]) for row in batch.to_pylist()]
        there = next(row for row in shard if row["id"] == document["id"])
        assert place == {
            "step": "shard", "shard": place["shard"], "row": shard.index(there), "bytes": len(there["text"].encode()),
            "duplicates": 3 if name == "near" else 1, "text": there["text"][:400],
        }  # fmt: skip
        assert [each["step"] for each in story["steps"][5:]] == ["quality", "duplicates", "cuts", "shard"]


def find_row(path: Path, origin: str | int) -> dict[str, Any]:
    """The row of a document in a file of a step, with its place there."""
    rows = pa.ipc.open_file(path.read_bytes()).read_all().to_pylist()
    found = [row | {"place": n} for n, row in enumerate(rows) if origin in (row.get("origin"), n)]
    assert len(found) == 1
    return found[0]


def test_a_cluster_is_told_whole(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {name: story_of(corpus, name) for name in ("near", "twin", "copy")}
    named = {name: {key: story[key] for key in ("id", "origin", "source")} for name, story in told.items()}
    table = Stages.open(corpus).duplicates.to_pylist()
    similar = {row["kind"]: round(row["similarity"], 4) for row in table}
    assert similar["exact"] == 1 > similar["near"] > 0.7
    around = {"before": "주말에도 같은 곳에서", "after": "모습으로 다시 열린다."}
    assert step(told["twin"], "duplicates") == {
        "step": "duplicates", "role": "dropped", "kind": "near", "similarity": similar["near"], "threshold": 0.71,
        "survivor": named["near"], "differences": [{"here": "같은", "there": "새로운"} | around],
    }  # fmt: skip
    other = [{"here": "새로운", "there": "같은"} | around]
    members = {
        "twin": {"kind": "near", "similarity": similar["near"], "differences": other},
        "copy": {"kind": "exact", "similarity": 1.0, "differences": []},
    }
    survivor = step(told["near"], "duplicates")
    found = {member["id"]: member for member in survivor.pop("members")}
    assert survivor == {"step": "duplicates", "role": "survivor", "documents": 3}
    assert found == {named[name]["id"]: named[name] | member for name, member in members.items()}
    assert step(story_of(corpus, "broken"), "duplicates") == {
        "step": "duplicates", "role": "unique", "documents": 1, "members": []
    }  # fmt: skip
    monkeypatch.setattr("corpus.trace.story.MEMBERS", 1)
    shortened = step(story_of(corpus, "near"), "duplicates")
    assert (len(shortened["members"]), shortened["documents"]) == (1, 3)


def test_the_row_in_a_shard_counts_all_batches(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {name: story_of(corpus, name)["steps"][-1] for name in ("near", "broken", *PLACES)}

    def one_by_one(path: Path) -> Iterator[pa.RecordBatch]:
        for batch in read_shard(path):
            yield from (batch.slice(row, 1) for row in range(batch.num_rows))

    monkeypatch.setattr("corpus.shards.read_shard", one_by_one)
    assert {name: story_of(corpus, name)["steps"][-1] for name in expected} == expected
    assert max(place["row"] for place in expected.values()) > 3


def test_reasons_lead_to_their_documents(corpus: Path) -> None:
    stages = Stages.open(corpus)
    assert reasons(stages) == {"exact": 1, "language": 1, "min_words": 1, "near": 1}
    for reason, count in reasons(stages).items():
        found, all_of_them = find_documents(stages, Wanted(reason=reason), 9)
        assert len(found) == all_of_them == count
        assert tell(stages, *found[0])["reason"].startswith(reason)
    with pytest.raises(UserError, match=r"Did you mean min_words\? Reasons: exact \(1\), language \(1\)"):
        find_documents(stages, Wanted(reason="min_word"), 9)


def test_documents_are_found_by_text_and_id_and_a_sample_is_the_same_each_time(corpus: Path) -> None:
    stages = Stages.open(corpus)
    found, count = find_documents(stages, Wanted(text="무단전재 및 재배포"), 4)
    assert (len(found), count) == (4, 12)
    assert found == find_documents(stages, Wanted(text="무단전재 및 재배포"), 4)[0]
    story = story_of(corpus, "부산")
    assert find_documents(stages, Wanted(id=story["id"]), 1) == ([(stages.parts[0], story["origin"])], 1)
    with pytest.raises(UserError, match=r"--text '없는 말': no document"):
        find_documents(stages, Wanted(text="없는 말"), 1)


def test_the_command_prints_writes_a_page_and_gives_json(corpus: Path, tmp_path: Path) -> None:
    line = ["--corpus", str(corpus), "--why-dropped", "near", "--page", str(tmp_path / "trace.html")]
    result = CliRunner().invoke(application(main), [*line, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["found"], told["documents"][0]["reason"]) == (1, "near duplicate")
    assert "near duplicate, similarity" in result.stderr
    page = (tmp_path / "trace.html").read_text(encoding="utf-8")
    assert "<del>같은</del><ins>새로운</ins>" in page
    assert f"{told['documents'][0]['steps'][-1]['similarity']:.4g}" in page
    assert "<td>min_<wbr>words</td>" in page  # on a phone the columns after the name are visible
    assert re.search(r"<td>\d+ words</td>", page)
    assert CliRunner().invoke(application(main), ["--corpus", str(corpus)]).exit_code == 2
    assert CliRunner().invoke(application(main), [*line, "--id", "x"]).exit_code == 2


def test_what_a_ratio_was_counted_in_is_told_in_words() -> None:
    told = [(83, "all_words"), (1, "paragraphs"), (2, "prose_lines"), (None, None)]
    said = [evidence({"evidence": number, "counted": things}) for number, things in told]
    assert said == ["83 words", "1 paragraph", "2 prose lines", ""]


def test_an_upstream_file_that_is_gone_costs_only_what_it_told(corpus: Path) -> None:
    upstream = corpus.parent / "news.jsonl"
    upstream.rename(corpus.parent / "moved")
    try:
        story = story_of(corpus, "broken")
        assert step(story, "normalise")["repairs"] is None
        assert "not on this machine" in step(story, "normalise")["note"]
        assert story["outcome"] == "kept"
    finally:
        (corpus.parent / "moved").rename(upstream)


def test_without_its_work_folder_a_corpus_cannot_be_traced(corpus: Path, tmp_path: Path) -> None:
    import shutil

    with pytest.raises(UserError, match="not a finished corpus"):
        Stages.open(tmp_path)
    shutil.copytree(corpus, tmp_path / "copy")
    drop_work(tmp_path / "copy")
    with pytest.raises(UserError, match="was dropped"):
        Stages.open(tmp_path / "copy")


def test_differences() -> None:
    assert differing_words("a b c d e", "a b x d e") == [{"before": "a b", "here": "c", "there": "x", "after": "d e"}]
    assert differing_words("a b", "a b") == []
    assert lines_gone("a\nb\nb\nc", "a\nb\nc") == ["b"]
    assert lines_gone("a", "a") == []
    assert lines_gone("a\n\n b \nc", "a\nx\nc") == [" b "]  # another line in its place; blank lines are none
    one, other = " ".join("abcdefgh"), " ".join("aXcYeZgV")
    assert [(d["here"], d["there"]) for d in differing_words(one, other)] == [*zip("bdfh", "XYZV", strict=True)]
    assert differing_words(one, other, 2) == differing_words(one, other)[:2]
    assert differing_words("a b c d e f", "a b c d X f")[0]["before"] == "b c d"
    assert differing_words("a b", "X b")[0]["before"] == ""


def test_words_that_occur_often_are_compared_too() -> None:
    """In texts of more than two hundred words, where difflib would leave out what makes up over a percent."""
    words = ["가", "나", "다"] * 100
    changed = [*words[:150], "라", *words[151:]]
    [place] = differing_words(" ".join(words), " ".join(changed))
    assert (place["here"], place["there"]) == ("가", "라")


def test_a_value_at_its_limit_is_not_beyond_it() -> None:
    """As the build compares: in single precision."""
    value = float(np.float32(0.3))  # 0.30000001
    assert not _beyond("max", value, 0.3)
    assert not _beyond("min", value, 0.3)
    assert _beyond("max", float(np.nextafter(np.float32(0.3), np.float32(1))), 0.3)
    assert _beyond("min", float(np.nextafter(np.float32(0.3), np.float32(0))), 0.3)


def test_figures() -> None:
    values = (None, 0.03131234, 99.5, 100, 1234.6, -1234.6)
    assert [figure(value) for value in values] == ["–", "0.03131", "99.5", "100", "1,235", "-1,235"]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sources, whose order in the recipe is not that of their names, with several files each; text that is cut."""
    folder = tmp_path_factory.mktemp("wide")
    files = {
        "web/0": [body(0), f"{body(1)}\n{SHARED}"],
        "web/1": [body(2), body(3) + "\n" + ITEM + "?", f"{ITEM}. {ITEM[::-1]}", body(4)],
        # One is nothing but what another one says; two are copies of documents of two sources.
        "press/0": [body(5), body(2), SHARED, f"{body(6)}\n{SHARED}", body(5)],
        "press/1": [body(4), body(7).replace("음악", "음\u200b악"), body(8) + "\n" + ITEM],
    }
    for name, texts in files.items():
        path = folder / f"{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts))
    (folder / "test.jsonl").write_text(json.dumps({"question": ITEM}, ensure_ascii=False) + "\n")
    sources = [
        {"name": name, "files": [str(folder / name / "*.jsonl")], "profile": "none", "lang": "ko", "priority": p}
        for p, name in enumerate(("web", "press"))
    ]
    test = {"task": "mine", "files": [str(folder / "test.jsonl")], "fields": ["question"]}
    recipe = {"name": "t", "validation": 0.4, "sources": sources}
    recipe |= {"spans": {"paragraphs": True}, "contamination": {"sets": [test]}}
    with LocalEngine(1) as engine:
        build(Recipe.model_validate(recipe), folder / "out", engine, Locator(None, folder / "cache"))
    return folder / "out"


def stories(corpus: Path, **wanted: str) -> dict[str, dict[str, Any]]:
    """Stories by file and row: web/1#2."""
    stages = Stages.open(corpus)
    found, _ = find_documents(stages, Wanted(**wanted), 99)
    made = [tell(stages, part, origin) for part, origin in found]
    return {"/".join(story["origin"].replace(".jsonl", "").split("/")[-2:]): story for story in made}


def test_reasons_lead_to_their_documents_in_every_part(wide: Path) -> None:
    stages = Stages.open(wide)
    assert [(part.number, part.source) for part in stages.parts] == [(0, "web"), (1, "web"), (2, "press"), (3, "press")]
    expected = {
        "contamination": {"web/1#1", "web/1#2", "press/1#2"},
        "nothing left": {"press/0#2"},
        "exact": {"press/0#1", "press/0#4", "press/1#0"},
    }
    assert reasons(stages) == {reason: len(found) for reason, found in expected.items()}
    assert list(reasons(stages)) == ["contamination", "exact", "nothing left"]
    for reason, places in expected.items():
        found = stories(wide, reason=reason)
        assert found.keys() == places
        assert {story["outcome"] for story in found.values()} == {"dropped"}
        assert all(story["reason"].startswith(reason) for story in found.values())


def test_what_was_cut_and_found_is_told(wide: Path) -> None:
    told = stories(wide, reason="contamination")
    for story in told.values():
        ((found),) = step(story, "tests")["found"]
        assert (found["task"], found["item"], found["field"], found["verdict"]) == ("mine", 0, "question", "leak")
        assert (found["test"], found["text"]) == (ITEM, ITEM)
        cuts = step(story, "cuts")
        assert story["text"].endswith(" …") == (len(story["text"]) > 400)  # the excerpt is cut
        assert cuts["found"] == [{"kind": "contamination", "text": story["text"].removesuffix(" …")}]  # all of it
    (nothing,) = stories(wide, reason="nothing left").values()
    assert step(nothing, "cuts") == {
        "step": "cuts", "found": [{"kind": "paragraph", "text": SHARED[:-1]}], "lines": [SHARED]
    }  # fmt: skip
    kept = stories(wide, text=SHARED)
    assert {name: (story["outcome"], bool(step(story, "cuts")["found"])) for name, story in kept.items()} == {
        "web/0#1": ("kept", False), "press/0#2": ("dropped", True), "press/0#3": ("kept", True)
    }  # fmt: skip
    assert step(kept["press/0#3"], "cuts")["lines"] == [SHARED]
    assert step(kept["press/0#3"], "tests") == {"step": "tests", "found": []}


def test_a_range_of_which_nothing_was_cut_drops_nothing(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repeated span is cut only where whole sentences of some length are in it; those of other rows are not told."""
    story = story_of(corpus, "near")
    row = Stages.open(corpus).row("clean", Stages.open(corpus).parts[0], story["origin"])
    table = {"row": [row, row + 1, row], "start": [3, 0, 7], "end": [6, 4, 13], "kind": ["span", "span", "paragraph"]}
    write_cuts(tmp_path, pa.table(table, schema=CUTS))
    with pa.OSFile(str(tmp_path / TEXTS), "wb") as sink, pa.ipc.new_file(sink, CHANGED):
        pass
    monkeypatch.setattr(Stages, "cuts", lambda *_: [tmp_path])
    monkeypatch.setattr(Stages, "cut_texts", lambda *_: tmp_path / TEXTS)
    told, text = story_of(corpus, "near"), RECORDS["near"]["text"].encode()
    assert (told["outcome"], told["reason"]) == ("kept", "")
    assert step(told, "cuts") == {
        "step": "cuts", "lines": [], "found": [
            {"kind": "span", "text": text[3:6].decode()}, {"kind": "paragraph", "text": text[7:13].decode()},
        ],
    }  # fmt: skip


def test_clusters_over_parts_are_told_from_both_sides(wide: Path) -> None:
    (gone,) = [s for name, s in stories(wide, reason="exact").items() if name == "press/1#0"]
    (survivor,) = [s for name, s in stories(wide, text=body(4)).items() if name == "web/1#3"]
    assert step(gone, "duplicates")["survivor"] == {name: survivor[name] for name in ("id", "origin", "source")}
    (member,) = step(survivor, "duplicates")["members"]
    assert (member["origin"], member["source"]) == (gone["origin"], "press")


def test_every_kept_document_is_in_its_shard(wide: Path) -> None:
    splits = set()
    for name, story in stories(wide, text=" ").items():
        if story["outcome"] == "kept":
            place = story["steps"][-1]
            rows = [row for batch in read_shard(wide / place["shard"]) for row in batch.to_pylist()]
            assert rows[place["row"]]["origin"] == story["origin"], name
            splits.add(place["shard"].split("/")[0])
    assert splits == {"train", "validation"}


def test_text_is_searched_as_it_was_normalised(wide: Path) -> None:
    assert stories(wide, text=" " + body(7)[:30].replace("음악", "음\u200b악") + "\n").keys() == {"press/1#1"}


def test_a_corpus_of_another_version_is_told_as_such(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "copy")
    manifest = json.loads((corpus / "manifest.json").read_text())
    manifest["recipe"]["shingles"] = {"other": 1}
    (tmp_path / "copy" / ".hanji.json").unlink()  # else the change itself is told
    (tmp_path / "copy" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError, match=r"was built by another version of Hanji .*unknown key 'shingles.other'"):
        find_documents(Stages.open(tmp_path / "copy"), Wanted(reason="near"), 1)


def test_a_rule_that_is_newer_than_the_corpus_is_left_out(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "copy")
    for path in (tmp_path / "copy" / ".work" / "measured").glob("*/statistics.arrow"):
        path.with_name("task.json").unlink()  # else the change itself is told
        table = pa.ipc.open_file(path.read_bytes()).read_all().drop_columns(["sales_talk"])
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    before, after = (step(story_of(place, "near"), "quality")["rules"] for place in (corpus, tmp_path / "copy"))
    assert after == [rule for rule in before if rule["rule"] != "max_sales_talk"] != before


@pytest.mark.parametrize(
    "name", ["read/*/documents", "measured/*/documents", "measured/*/statistics", "clean/*/documents", "clean/*/judged",
             "boilerplate/learned", "match/result/duplicates", "train/*"],
)  # fmt: skip
def test_a_file_that_has_changed_is_not_shown(corpus: Path, tmp_path: Path, name: str) -> None:
    """A bit that flipped within a text would be told as if the build had seen it."""
    copy = tmp_path / "copy"
    shutil.copytree(corpus, copy)
    (path,) = (copy if name.startswith("train") else copy / ".work").glob(f"{name}.arrow")
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    damaged = bytearray(before[path])
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(DamagedError, match=f"{path.name} (has changed|is damaged).*again.* with the same settings"):
        story_of(copy, "near")
    assert {p for p in copy.rglob("*") if p.is_file()} == set(before)  # nothing is removed either


def test_what_a_url_drops_is_told(tmp_path: Path) -> None:
    texts = {"https://a.example/1": 1, "https://온라인카지노.example/1": 2, "https://b.example/1": 3}
    lines = [json.dumps({"text": STORY.format(place="제주", n=n), "url": url}) for url, n in texts.items()]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    source = {"name": "news", "files": str(tmp_path / "in.jsonl"), "license": "CC0-1.0", "profile": "web"}
    recipe = Recipe.model_validate({"name": "traced", "validation": 0.0, "sources": [source]})
    with LocalEngine(1) as engine:
        build(recipe, tmp_path / "out", engine, Locator(None, tmp_path / "cache"))
    stages = Stages.open(tmp_path / "out")
    ((part, origin),), count = find_documents(stages, Wanted(reason="url_gambling"), 9)
    told = tell(stages, part, origin)
    assert (count, told["outcome"], told["reason"]) == (1, "dropped", "url_gambling")
    assert reasons(stages)["url_gambling"] == 1


def test_the_page_is_clean_in_a_browser(corpus: Path, tmp_path: Path) -> None:
    line = ["--corpus", str(corpus), "--why-dropped", "near", "--sample", "3", "--page", str(tmp_path / "trace.html")]
    assert CliRunner().invoke(application(main), line).exit_code == 0
    check_page(tmp_path / "trace.html", tmp_path / "profile")
