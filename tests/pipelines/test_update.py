"""What build_corpus --update and audit tell on the screen, and how they are misused."""

import json
from pathlib import Path

import pytest

from pipelines import audit, build_corpus
from pipelines.console import console
from tests.corpus.test_trim import body


def run(arguments: list[str], command=build_corpus.main) -> tuple[int, str]:
    """Exit status and what is printed."""
    from typer.testing import CliRunner

    from pipelines.console import application

    with console.capture() as capture:
        result = CliRunner().invoke(application(command), arguments)
    return result.exit_code, " ".join((capture.get() + result.output).split())


@pytest.fixture
def recipe(tmp_path: Path) -> list[str]:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in/a.jsonl", range(4))
    files = json.dumps([str(tmp_path / "in/*.jsonl")])
    (tmp_path / "r.toml").write_text(
        f'name = "t"\n[[sources]]\nname = "mine"\nlang = "ko"\nprofile = "none"\nfiles = {files}\n'
    )
    return ["--recipe", str(tmp_path / "r.toml"), "--out", str(tmp_path / "out"), "--workers", "1"]


def write(path: Path, numbers: range, end: str = "") -> None:
    lines = (json.dumps({"text": body(n) + end}, ensure_ascii=False) + "\n" for n in numbers)
    path.write_text("".join(lines), encoding="utf-8")


def test_an_update_tells_what_changed(tmp_path: Path, recipe: list[str]) -> None:
    code, told = run([*recipe, "--update"])
    assert (code, "holds no corpus. Build it without --update first" in told) == (2, True)
    code, told = run([*recipe, "--update", "--overwrite"])
    assert (code, "give one of them" in told) == (2, True)
    assert run(recipe)[0] == 0
    code, told = run([*recipe, "--update"])
    assert (code, "Nothing to update" in told) == (0, True)
    write(tmp_path / "in/b.jsonl", range(3, 6), " 덧붙인 끝이다.")
    code, told = run(recipe)
    assert (code, "up to date with --update" in told) == (2, True)
    code, told = run([*recipe, "--update"])
    assert code == 0
    assert "Since the last build" in told
    assert "Another document stays now for 1 of the documents; survivors replaced: 1" in told
    code, told = run(["--corpus", str(tmp_path / "out"), "--out", str(tmp_path / "audit")], audit.main)
    assert (code, "1 near and 0 exact duplicates of 7 documents were removed. Judge 1 pairs" in told) == (0, True)
    saved = {"groups": [{"name": "band", "size": 1, "judged": 1, "right": 1}]}
    (tmp_path / "verdicts.json").write_text(json.dumps(saved))
    code, told = run(["--verdicts", str(tmp_path / "verdicts.json")], audit.main)
    assert (code, "1 pairs judged, precision 100.0 %" in told) == (0, True)
