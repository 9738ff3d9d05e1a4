"""A document's way in the terminal: every figure is that of its name, and a colour says where the document ended."""

from pathlib import Path
from typing import Any

import pytest

from corpus.errors import UserError
from pipelines.trace import _count_tokens, lines, main
from tests.model.small_corpus import byte_tokenizer, write_corpus


def told(*steps: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """The lines of some steps, without the heading."""
    story = {"outcome": "kept", "reason": "", "title": "", "origin": "f#0", "id": "i", "url": "", "text": ""} | more
    return lines(story | {"steps": list(steps)})[2:]


def test_the_heading_names_the_outcome_and_its_reason() -> None:
    story = {"outcome": "dropped", "reason": "min_words", "title": "제목", "origin": "f#0", "id": "i", "url": "http://x",
             "text": "하나\n\n둘", "steps": []}  # fmt: skip
    assert lines(story) == [
        ("bold", "제목  [dropped: min_words]"), ("dim", "i"), ("dim", "http://x"), ("", "  하나"), ("", "  둘"),
    ]  # fmt: skip
    assert lines(story | {"title": "", "reason": ""})[0] == ("bold", "f#0  [dropped]")
    assert lines(story | {"text": "가" * 300})[3:] == [("", "  " + "가" * 200)]


def test_where_it_comes_from_and_what_normalising_did() -> None:
    place = {"before": "a", "here": "x", "there": "y", "after": "b"}
    assert told(
        {"step": "source", "file": "f.jsonl", "row": 1234, "license": None},
        {"step": "source", "file": "f.jsonl", "row": 0, "license": "CC0-1.0"},
        {"step": "normalise", "repairs": ["NFC", "spaces"], "bytes_in": 2000, "bytes_out": 1900, "changes": [place]},
        {"step": "normalise", "repairs": [], "bytes_in": 5, "bytes_out": 5, "changes": [place | {"there": ""}]},
        {"step": "normalise", "repairs": None, "note": "gone"},
        {"step": "language", "language": "de", "score": 0.98765, "wanted": ["ko", "en"], "kept": False},
        {"step": "language", "language": "ko", "score": 0.5, "wanted": ["ko"], "kept": True},
    ) == [
        ("", "source       f.jsonl, row 1,234; licence not stated"),
        ("", "source       f.jsonl, row 0; licence CC0-1.0"),
        ("", "normalised   NFC, spaces; 2,000 bytes to 1,900"),
        ("", "               a [-x-]{+y+} b"),
        ("", "normalised   nothing to repair; 5 bytes to 5"),
        ("", "               a [-x-] b"),
        ("yellow", "normalised   gone"),
        ("red", "language     de, score 0.988; kept are ko, en"),
        ("", "language     ko, score 0.500; kept are ko"),
    ]


def test_statistics_have_the_sign_and_the_colour_of_their_side() -> None:
    rule = {
        "rule": "min_words",
        "side": "min",
        "value": 3,
        "limit": 10,
        "beyond": True,
        "evidence": 1200,
        "counted": "words",
    }
    found = told({
        "step": "quality", "reason": "min_words", "profile": "web",
        "rules": [rule, rule | {"rule": "max_lines", "side": "max", "counted": ""},
                  rule | {"rule": "max_x", "side": "max", "beyond": False, "counted": ""}],
    })  # fmt: skip
    assert found[0] == ("red", "quality      profile web: dropped by min_words")
    assert [style for style, _ in found[1:]] == ["bold red", "yellow", "dim"]
    assert found[1][1].split() == ["min_words", "3", "≥", "10", "of", "1,200", "words"]
    assert found[2][1].split() == ["max_lines", "3", "≤", "10"]
    assert told({"step": "quality", "reason": "", "profile": "web", "rules": []}) == [
        ("", "quality      profile web: no rule fired")
    ]


def test_what_was_taken_out_and_what_it_is_a_copy_of() -> None:
    kept = {"origin": "g#7", "id": "k"}
    near = {"step": "duplicates", "role": "dropped", "kind": "near", "similarity": 0.87654, "survivor": kept,
            "differences": []}  # fmt: skip
    place = {"before": "a", "here": "", "there": "y", "after": "b"}
    member = {"kind": "exact", "similarity": 1.0, "origin": "h#1", "differences": [place]}
    item = {"task": "boolq", "item": "3", "verdict": "leak", "coverage": 0.756, "text": "x" * 100}
    assert told(
        {"step": "boilerplate", "lines": ["foot", "head"]},
        {"step": "privacy", "redacted": {"email": 2}, "lines": ["m…"]},
        {"step": "privacy", "redacted": {}, "lines": []},
        near | {"differences": [place | {"here": "x"}]},
        {"step": "duplicates", "role": "unique"},
        {"step": "duplicates", "role": "kept", "documents": 1234, "members": [member]},
        {"step": "cuts", "found": [{"kind": "repeat"}, {"kind": "repeat"}], "lines": ["gone"]},
        {"step": "cuts", "found": [], "lines": []},
        {"step": "tests", "found": []},
        {"step": "tests", "found": [item]},
    ) == [
        ("", "boilerplate  2 lines removed"), ("red", "               - foot"), ("red", "               - head"),
        ("", "privacy      email 2"), ("", "               m…"), ("", "privacy      nothing redacted"),
        ("red", "duplicates   near duplicate, similarity 0.877, of g#7 (k)"), ("", "               a [-x-]{+y+} b"),
        ("", "duplicates   no other document is like it"),
        ("", "duplicates   kept for 1,234 documents"), ("", "               exact 1.000  h#1"),
        ("", "               a {+y+} b"),
        ("", "cuts         repeat"), ("red", "               - gone"), ("", "cuts         nothing was cut"),
        ("", "test items   none"), ("", f"test items   boolq 3: leak, coverage 0.76: {'x' * 80}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"duplicates": 1}, ""),
        ({"duplicates": 2}, ", stands for 2 documents"),
        ({"duplicates": 1, "tokens": 4321}, ", 4,321 tokens"),
    ],
)
def test_where_it_is(more: dict[str, Any], text: str) -> None:
    step = {"step": "shard", "shard": "train/web-00000.arrow", "row": 1234, "bytes": 5678} | more
    assert told(step) == [("green", f"shard        train/web-00000.arrow, row 1,234: 5,678 bytes{text}")]
    assert told(step | {"shard": None, "note": "dropped"}) == [("red", "shard        dropped")]


def test_tokens_are_those_of_the_row_in_whatever_batch_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["한", "한지 " * 5, "봄", "x" * 33]
    corpus = write_corpus(tmp_path / "corpus", {"train": {"web-00000": texts}})
    byte_tokenizer().save(str(tmp_path / "tokenizer.json"))
    (path,) = (corpus / "train").glob("*.arrow")
    from corpus.shards import read_shard

    whole = next(iter(read_shard(path)))
    monkeypatch.setattr("corpus.shards.read_shard", lambda _: [whole.slice(0, 2), whole.slice(2)])
    name = str(path.relative_to(corpus))
    before: dict[str, Any] = {"step": "source"}
    stories = [{"steps": [before, {"step": "shard", "shard": name, "row": row}]} for row in range(4)]
    gone = [{"steps": [before]}, {"steps": [before, {"step": "shard", "shard": None, "row": 0}]}]
    _count_tokens(corpus, [*gone, *stories], tmp_path / "tokenizer.json")
    assert not any("tokens" in story["steps"][-1] for story in gone)
    assert [story["steps"][-1]["tokens"] for story in stories] == [len(text.encode()) for text in texts]


@pytest.mark.parametrize("given", [{}, {"id": ""}, {"id": "a", "url": "b"}])
def test_one_thing_is_asked_for(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(UserError, match="Name one of --id, --url, --text, --why-dropped, with a value"):
        main(corpus=tmp_path, **given)


@pytest.mark.parametrize(("count", "more"), [(2, False), (3, True), (1234, True)])
def test_every_document_found_is_told_and_how_many_more_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], count: int, more: bool
) -> None:
    story = {"outcome": "kept", "reason": "", "title": "", "url": "", "text": "", "steps": []}
    monkeypatch.setattr("corpus.shards.shard_paths", lambda corpus: [])
    monkeypatch.setattr("corpus.trace.Stages.open", lambda corpus: "stages")
    monkeypatch.setattr("corpus.trace.find_documents", lambda *_: ([("part", "f#1"), ("part", "g#2")], count))
    monkeypatch.setattr(
        "corpus.trace.tell", lambda _, part, origin: story | {"origin": origin, "id": f"id of {origin}"}
    )
    written: list[Any] = []
    monkeypatch.setattr("corpus.trace.write_stories", lambda *how: written.append(how))
    page = tmp_path / "page.html"
    told = main(corpus=tmp_path, url="http://x", sample=2, page=page)
    assert (told["found"], [each["origin"] for each in told["documents"]]) == (count, ["f#1", "g#2"])
    shown = capsys.readouterr()
    assert "id of f#1" in shown.out
    assert "id of g#2" in shown.out
    assert (f"2 of {count:,} documents; --sample shows more." in shown.err) == more
    assert written == [(page, tmp_path, "--url http://x", told["documents"], count)]
