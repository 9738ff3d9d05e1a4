"""The index commands, as a user runs them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.pipelines.test_dedup import _run as run_dedup


def _call(*arguments: object) -> Result:
    import typer

    from pipelines.console import _plain
    from pipelines.index import main

    app = typer.Typer()
    app.command()(_plain(main))
    return CliRunner().invoke(app, [str(a) for a in arguments])


def _jsonl(path: Path, *texts: str) -> Path:
    path.write_text("".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts), encoding="utf-8")
    return path


SONG = "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세. 무궁화 삼천리 화려 강산 대한 사람. " * 3


def test_a_new_dump_costs_what_is_new(tmp_path: Path) -> None:
    index = tmp_path / "index"
    old, new = _jsonl(tmp_path / "old.jsonl", SONG, "하나"), _jsonl(tmp_path / "new.jsonl", SONG.replace(" ", ""), "둘")
    assert _call("--in", old, "--out", index, "--workers", 1).exit_code == 0
    result = run_dedup("--in", new, "--against", index, "--out", tmp_path / "out", "--update")
    assert result.returncode == 0, result.stderr
    told = " ".join(result.stderr.split())
    assert "1 kept" in told
    assert "1 were in the index: 0 exact, 1 near and 0 by their signatures alone" in told
    assert (tmp_path / "out" / "new.jsonl").read_text(encoding="utf-8") == '{"text": "둘"}\n'
    listed = [json.loads(line) for line in _call("--list", "--out", index).stdout.splitlines()]
    assert [(each["name"], each["documents"]) for each in listed] == [(str(old), 2), (str(tmp_path / "out"), 1)]
    assert _call("--remove", listed[0]["name"], "--out", index).exit_code == 0
    assert len(_call("--list", "--out", index).stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [["--out", "x"], ["--out", "x", "--list", "--in", "y"], ["--in", "none", "--out", "x"], ["--out", "x", "--list"]],
)
def test_wrong_calls_end_with_two(tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _call(*arguments).exit_code == 2
    assert not (tmp_path / "x").exists()


def test_update_needs_an_index(tmp_path: Path) -> None:
    data = _jsonl(tmp_path / "a.jsonl", "가")
    for arguments, message in (
        (["--update"], "name it with --against INDEX"),
        (["--against", tmp_path / "none"], "no index there. Make one with"),
    ):
        result = run_dedup("--in", data, "--out", tmp_path / "out", *arguments)
        assert result.returncode == 2
        assert message in " ".join(result.stderr.split())
