"""The example scripts run and print what they are for."""

import runpy
from pathlib import Path

import pytest
from tokenizers import Tokenizer

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_duplicates_of_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "deduplicate_a_table.py"))
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        "text 2: near duplicate of text 0",
        "text 3: exact duplicate of text 1",
    ]


def test_judged_texts(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "judge_texts.py"))
    dropped, kept = capsys.readouterr().out.splitlines()
    assert dropped.startswith("dropped by min_words, 4 beside a limit of 20: 로그인")
    assert kept.startswith("kept: 서울의 봄은")


def test_a_trained_tokenizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["train_a_tokenizer.py", str(tmp_path)])
    runpy.run_path(str(EXAMPLES / "train_a_tokenizer.py"))
    ids = Tokenizer.from_file(str(tmp_path / "tokenizer.json")).encode("서울의 봄은 짧다.").ids
    assert f"is {len(ids)} tokens" in capsys.readouterr().out


def test_every_example_has_a_test() -> None:
    here = Path(__file__).read_text()
    assert all(path.name in here for path in EXAMPLES.glob("*.py"))
