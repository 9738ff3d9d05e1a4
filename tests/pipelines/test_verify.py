"""`verify` on every kind of folder: sound, damaged, copied without its marker, several at once."""

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from corpus.engine.marker import MARKER, Maker
from corpus.engine.output import claim
from pipelines.console import Ended
from pipelines.verify import main
from tests.model.small_corpus import write_packed

RUNNER = CliRunner()


def verify(folder: Path) -> tuple[int, str]:
    import typer

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    result = RUNNER.invoke(app, [str(folder)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, " ".join(result.output.split())


def make(out: Path, files: dict[str, str]) -> Path:
    with claim(out, Maker("pack", "packed data"), 1) as folder:
        staged = folder.staging()
        for name, text in files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_text(text)
        folder.publish(staged, next(iter(files)))
    return out


@pytest.mark.parametrize("how", ["sound", "flip", "flip with the old time", "short", "empty", "missing"])
def test_every_kind_of_damage_is_named(tmp_path: Path, how: str) -> None:
    out = make(tmp_path / "out", {"end.json": "{}", "train/a.arrow": "text of a shard", "train/b": "b"})
    path = out / "train/a.arrow"
    stat = path.stat()
    if how.startswith("flip"):
        path.write_text("text of a shord")
    if how == "flip with the old time":
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    elif how == "missing":
        path.unlink()
    elif how in ("short", "empty"):
        path.write_text("text" if how == "short" else "")
    code, output = verify(out)
    assert code == (0 if how == "sound" else 1)
    assert ("3 files are sound" if how == "sound" else "1 of 3 damaged") in output
    assert (str(path) in output) == (how != "sound")
    assert "/s." in output


@pytest.mark.parametrize("damaged", ["corpus", "deep/er", "z"])
def test_a_folder_of_folders_is_checked_one_by_one(tmp_path: Path, damaged: str) -> None:
    for name in ("corpus", "deep/er", "z"):
        make(tmp_path / name, {"end": name})
    (tmp_path / damaged / "end").write_text(damaged.upper())
    code, output = verify(tmp_path)
    assert code == 1
    assert "14 B read in" in output
    for name in ("corpus", "deep/er", "z"):
        told = "1 of 1 damaged" if name == damaged else "1 files are sound"
        assert f"{name.split('/')[-1]} (packed data, by .hanji.json): {told}" in output


def test_all_that_is_told_and_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two folders, one of them damaged: lines, progress in bytes, the speed of the reading, and the result."""
    from pipelines import verify as command

    class Told:
        def __enter__(self) -> "Told":
            return self

        def __exit__(self, *_: object) -> None: ...

        def __getattr__(self, name: str) -> Any:
            return lambda *of: calls.append((name, *of))

    calls: list[tuple[Any, ...]] = []
    clock = iter([100.0, 104.0])
    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(command, "Display", Told)
    one = make(tmp_path / "a", {"end.json": "{}", "b": "x" * 1998})
    two = make(tmp_path / "b", {"end": "y" * 4000})
    (two / "end").write_text("z" * 4000)
    with pytest.raises(Ended) as end:
        main(tmp_path)
    lines = capsys.readouterr().err.splitlines()
    problem = lines.pop(2).strip()
    assert problem == f"{two / 'end'} has changed since it was written: its SHA-256 differs"
    assert [*lines[:3], " ".join(lines[3:]).replace("  ", " ")] == [
        f"{one} (packed data, by .hanji.json): 2 files are sound",
        f"{two} (packed data, by .hanji.json): 1 of 1 damaged",
        "6.0 kB read in 4.0 s, 1.5 kB/s.",
        "Run the commands that made these folders again, with the same settings: they make what is damaged anew.",
    ]
    folders = [
        {"folder": str(folder), "holds": "packed data", "files": files, "finished": True, "problems": problems}
        for folder, files, problems in ((one, 2, []), (two, 1, [problem]))
    ]
    assert (end.value.exit_code, end.value.result) == (1, {"bytes": 6000, "folders": folders})
    assert sorted(calls, key=str) == sorted(
        [
            ("begin", str(one), 2, 2000), ("advance", str(one), "", 2), ("advance", str(one), "", 1998),
            ("end", str(one)), ("begin", str(two), 1, 4000), ("advance", str(two), "", 4000), ("end", str(two)),
        ],
        key=str,
    )  # fmt: skip


def test_without_its_marker_a_folder_is_checked_by_its_manifest(tmp_path: Path) -> None:
    out = write_packed(tmp_path / "packed", {"web": [[[1, 2, 3]], [[4, 5]]]}, 8)
    assert not (out / MARKER).exists()
    assert verify(out)[0] == 0
    shard = next((out / "train/web").glob("*.arrow"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(bytes(data))
    code, output = verify(out)
    assert code == 1
    assert shard.name in output


def test_an_interrupted_run_is_checked_by_its_checkpoints(tmp_path: Path) -> None:
    from corpus.engine.marker import describe

    with claim(tmp_path / "run", Maker("pretrain", "a training run"), 1) as folder:
        folder.reserve(["config.toml", "checkpoints/"])
        (folder.path / "config.toml").write_text("")
        step = folder.path / "checkpoints/step-000010"
        step.mkdir(parents=True)
        (step / "state.json").write_text("{}")
        (step / "manifest.json").write_text(json.dumps({"files": {"state.json": describe(step / "state.json")}}))
    code, output = verify(tmp_path / "run")
    assert code == 0
    assert "unfinished" in output
    told = main(tmp_path / "run")["folders"]
    assert [(each["folder"], each["holds"]) for each in told] == [(str(tmp_path / "run"), "a training run")]
    assert [(each["finished"], each["files"], each["problems"]) for each in told] == [(False, 1, [])]
    (step / "state.json").write_text("[]")
    assert verify(tmp_path / "run")[0] == 1


def test_what_is_no_result_is_told(tmp_path: Path) -> None:
    from corpus.errors import UserError

    with pytest.raises(UserError, match="no folder that Hanji wrote"):
        verify(tmp_path)
    out = make(tmp_path / "out", {"end": "1"})
    shutil.copyfile(out / MARKER, tmp_path / "kept")
    (out / MARKER).write_text("{")
    with pytest.raises(UserError, match=r"\.hanji\.json is damaged"):
        verify(out)
