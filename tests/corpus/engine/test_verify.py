"""Which folders are results, and that each is found once."""

from pathlib import Path

import pytest

from corpus.engine.marker import Maker, write_marker
from corpus.engine.verify import DEPTH, find_results


@pytest.mark.parametrize("own", [False, True])
def test_results_are_found_three_levels_down(tmp_path: Path, own: bool) -> None:
    """Below a folder of results, and below a result that holds others; not deeper."""
    deep = [tmp_path.joinpath(*"abcd"[:depth]) for depth in range(1, DEPTH + 2)]
    for folder in [*deep, tmp_path / "x" / "y", *([tmp_path] if own else [])]:
        folder.mkdir(parents=True, exist_ok=True)
        write_marker(folder, Maker("test", "a test"), None, {}, finished=True)
    (tmp_path / "empty").mkdir()
    found = [result.folder for result in find_results(tmp_path)]
    expected = [*deep[:DEPTH], tmp_path / "x" / "y"]
    assert sorted(found) == sorted([tmp_path, *expected] if own else expected)
    assert found[0] == (tmp_path if own else deep[0])


def test_what_is_wrong_with_a_result_is_told_file_by_file(tmp_path: Path) -> None:
    sound, cut, gone = ({"bytes": 1, "sha256": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"},) * 3
    for name, text in (("a", "x"), ("b", "xx"), ("c", "y"), ("README.md", "mine")):
        (tmp_path / name).write_text(text)
    files = {"a": sound, "b": cut, "c": sound, "d": gone, "README.md": sound, "being/": {}}
    write_marker(tmp_path, Maker("test", "a test"), None, files, finished=True)
    [result] = find_results(tmp_path)
    told = dict(zip(result.files, (problem for problem, _ in result.check()), strict=True))
    assert told.keys() == {"a", "b", "c", "d"}  # what people edit, and what is being made, is not checked
    assert told["a"] == ""
    assert "has 2 bytes instead of 1" in told["b"]
    assert "its SHA-256 differs" in told["c"]
    assert "is missing" in told["d"]


@pytest.mark.parametrize("finished", [False, True])
def test_the_checkpoints_of_an_interrupted_run_have_lists_of_their_own(tmp_path: Path, finished: bool) -> None:
    """A finished run lists every file itself."""
    step = tmp_path / "checkpoints" / "step-5"
    step.mkdir(parents=True)
    (step / "manifest.json").write_text('{"files": {"w": {"bytes": 1, "sha256": "0"}}}')
    (tmp_path / "config.toml").write_text("")
    write_marker(tmp_path, Maker("test", "a run"), None, {}, finished=finished)
    [result] = find_results(tmp_path)
    assert list(result.files) == ([] if finished else ["checkpoints/step-5/w"])
