"""The command, as a user runs it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _run(*arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pipelines.dedup", *map(str, arguments), "--workers", "1"]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


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
    assert again.returncode == 2
    assert "is not empty" in again.stderr


def test_mistakes_are_one_paragraph(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n')
    for arguments, message in (
        (["--in", tmp_path / "none"], "no such file"),
        (["--in", tmp_path / "a.jsonl", "--threshold", "0.1"], "--threshold"),
        (["--in", tmp_path / "a.jsonl", "--column", "body"], "Name the field of the text with --column"),
    ):
        result = _run(*arguments, "--out", tmp_path / "out")
        assert result.returncode == 2
        assert message in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr
