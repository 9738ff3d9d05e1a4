"""The command, as a user runs it."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from corpus.duplicates.survivors import Rule
from corpus.engine.marker import Maker, write_marker
from corpus.errors import UserError
from pipelines.dedup import main
from tests.helpers.commands import Done, called

ROOT = Path(__file__).resolve().parents[2]


def _run(*arguments: str | Path) -> Done:
    return called("dedup", *arguments, "--workers", "1")


def test_one_command_deduplicates_json_lines(tmp_path: Path) -> None:
    text = (
        "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세. 무궁화 삼천리 화려 강산 대한 사람 대한으로"
        " 길이 보전하세. " * 3
    )
    lines = [{"body": text + "가"}, {"body": text.replace(" ", "") + "가"}, {"body": "다른 글"}]
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
    )
    result = _run("--in", tmp_path / "a.jsonl", "--column", "body", "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    kept = [json.loads(line) for line in (tmp_path / "out" / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert kept == [lines[0], lines[2]]
    assert "1 near duplicates, 2 kept" in " ".join(result.stderr.split())
    again = _run("--in", tmp_path / "a.jsonl", "--column", "body", "--out", tmp_path / "out")
    assert again.returncode == 0  # done already
    other = _run("--in", tmp_path / "a.jsonl", "--column", "body", "--out", tmp_path / "out", "--threshold", "0.8")
    assert other.returncode == 2
    assert "threshold was 0.7 and is 0.8" in " ".join(other.stderr.split())


def test_short_texts_have_a_threshold_of_their_own(tmp_path: Path) -> None:
    """Jaccard .83: above --threshold, below what short texts need unless it is told."""
    text = "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세 무궁화 삼천리 화려 강산"
    lines = [{"text": text + " 대한 사람"}, {"text": text + " 대한 사람 길이"}]
    data = tmp_path / "a.jsonl"
    data.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    for name, more, kept in (("a", [], 2), ("b", ["--short-threshold", "0.6"], 1)):
        result = _run("--in", data, "--out", tmp_path / name, "--threshold", "0.6", *more)
        assert f"{kept} kept" in " ".join(result.stderr.split()), result.stderr


def test_mistakes_are_one_paragraph(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n')
    (tmp_path / "broken.jsonl").write_text('{"text": "x"}\n{"te\n{"text": "y"}\n')
    (tmp_path / "noise.jsonl").write_text("{noise\n")
    for arguments, message in (
        (["--in", tmp_path / "none"], "no such file"),
        (["--in", tmp_path / "a.jsonl", "--threshold", "0.1"], "--threshold"),
        (["--in", tmp_path / "a.jsonl", "--threshold", "2"], "expected 1 or less."),
        (["--in", tmp_path / "a.jsonl", "--column", "body"], "Name the field of the text with --column"),
        (["--in", tmp_path / "broken.jsonl", "--column", "body"], "Name the field of the text with --column"),
        (["--in", tmp_path / "noise.jsonl"], "noise.jsonl, record 0: nothing in this file could be read (1 bad json)."),
    ):
        result = _run(*arguments, "--out", tmp_path / "out")
        assert result.returncode == 2
        assert message in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr
        assert "short" not in result.stderr  # that one follows from --threshold


def test_json_lines_go_through_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세. 무궁화 삼천리 화려 강산 대한 사람. " * 4
    texts = [text, text.replace(" ", ""), "다른 글"]
    lines = [json.dumps({"text": each}, ensure_ascii=False).encode() + b"\n" for each in texts]
    command = [sys.executable, "-m", "pipelines.dedup", "--in", "-", "--workers", "1", "--out"]
    result = subprocess.run([*command, "-"], input=b"".join(lines), capture_output=True, cwd=ROOT, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout == lines[0] + lines[2]
    assert b"2 kept" in result.stderr
    folder = tmp_path / "out"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"".join(lines))))
    assert _run("--in", "-", "--out", folder).returncode == 0
    assert (folder / "stdin.jsonl").read_bytes() == lines[0] + lines[2]
    for wrong, message in (
        (["--in", tmp_path / "a.jsonl", "--out", "-"], "needs JSON lines on standard input"),
        (["--in", "-", "--out", "-", "--against", tmp_path, "--update"], "give a folder with --out"),
        (["--in", "-", "--out", "-", "--json"], "both write to standard output"),
    ):
        result = _run(*wrong)
        assert result.returncode == 2
        assert message in " ".join(result.stderr.split())


def test_options_reach_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index is added to only where --update says so."""
    data, found = tmp_path / "a.jsonl", {}
    data.write_text('{"text": "글"}\n')

    def library(source: Path, column: str, folder: Path, settings: Any, engine: Any, **how: Any) -> None:
        found.update(how, source=source, column=column, folder=folder, match=settings.match)
        raise UserError("seen")

    monkeypatch.setattr("corpus.duplicates.files.deduplicate_files", library)
    monkeypatch.setattr("corpus.duplicates.required.require_index", lambda index: None)
    for update, threshold, short in ((False, 0.8, None), (True, 0.8, 0.95), (False, 0.96, None)):
        with pytest.raises(UserError, match="seen"):
            main(data=data, out=tmp_path / "out", column="body", threshold=threshold, short_threshold=short,
                 against=tmp_path / "index", update=update, identifier="id", survivor="longest",
                 overwrite=update, workers=1)  # fmt: skip
        match = found.pop("match")
        assert (match.threshold, match.short_threshold) == (threshold, short or max(threshold, 0.9))
        assert found == {
            "source": data,
            "column": "body",
            "folder": tmp_path / "out",
            "against": tmp_path / "index",
            "update": update,
            "identifier": "id",
            "rule": Rule("longest"),
            "overwrite": update,
        }


def test_every_figure_of_the_closing_line_is_that_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary: dict[str, Any] = {
        "records": 12345, "unreadable": {"a": 3, "b": 4}, "exact": 11, "near": 13, "kept": 17, "audit": "audit.html",
        "cluster_sizes": {"2": 99, "7": 1, "10": 2}, "left_out": {"x.csv": "no text"},
        "in_index": {"exact": 5, "near": 6, "estimated": 8},
    }  # fmt: skip
    monkeypatch.setattr("corpus.duplicates.files.deduplicate_files", lambda *_, **__: summary)
    (tmp_path / "a.jsonl").write_text("")
    assert main(data=tmp_path / "a.jsonl", out=tmp_path / "out", workers=1) == summary
    told = " ".join(capsys.readouterr().err.split())
    assert "x.csv is left out: no text." in told
    assert "12,345 records: 7 unreadable, 11 exact and 13 near duplicates, 17 kept; the largest cluster has 10." in told
    assert "19 were in the index: 5 exact, 6 near and 8 by their signatures alone." in told
    del summary["in_index"], summary["cluster_sizes"]["10"]
    main(data=tmp_path / "a.jsonl", out=tmp_path / "out", workers=1)
    told = " ".join(capsys.readouterr().err.split())
    assert "the largest cluster has 7." in told
    assert "index" not in told
    closing = f"See {tmp_path / 'out'}, and judge what was removed on {tmp_path / 'out' / 'audit.html'}."
    assert closing.replace(" ", "") in told.replace(" ", "")  # a long path is broken where the line ends
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    main(data=Path("-"), out=tmp_path / "out", workers=1)
    assert f"See{tmp_path / 'out'}" in "".join(capsys.readouterr().err.split())


def _made(folder: Path, maker: Maker) -> Path:
    folder.mkdir(parents=True)
    (folder / "training.json").write_text('{"text": "기록 하나"}\n', encoding="utf-8")
    write_marker(folder, maker, {}, {}, True)
    return folder


def test_a_folder_of_another_command_is_no_dataset(tmp_path: Path) -> None:
    """Its records of how it was made are not taken for documents."""
    tokenizer = _made(tmp_path / "tokenizer", Maker("train_tokenizer", "a tokenizer"))
    with pytest.raises(UserError, match="it holds a tokenizer, made by train_tokenizer, and no documents"):
        main(tokenizer, tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_such_a_folder_within_the_data_is_left_out_and_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    _made(data / "run" / "scores", Maker("evaluate", "scores"))
    _made(data / "clean", Maker("dedup", "a dataset without its duplicates"))
    (data / "a.jsonl").write_text('{"text": "문서 하나"}\n', encoding="utf-8")
    summary = main(data, tmp_path / "out", workers=1)
    assert summary["left_out"] == {"run/scores/training.json": "part of scores, made by evaluate"}
    assert (summary["records"], summary["files"]) == (2, 2)


def test_no_record_at_all_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    result = _run("--in", tmp_path / "empty.jsonl", "--out", tmp_path / "out")
    assert result.returncode == 0
    assert f"warning: --in {tmp_path / 'empty.jsonl'}: no record in there" in " ".join(result.stderr.split())
