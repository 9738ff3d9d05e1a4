"""`verify` on every kind of folder: sound, damaged, copied without its marker, several at once."""

import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from corpus.engine.marker import MARKER, Maker
from corpus.engine.output import claim
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
