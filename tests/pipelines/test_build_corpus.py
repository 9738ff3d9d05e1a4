"""The build as its users run it: the demo recipe in a process of its own, undisturbed, killed, resumed, and misused."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from corpus.shards import read_shard, shard_paths
from tests.helpers.commands import Done, called

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FINAL = ("train", "validation", "rejects", "manifest.json", "stats.json", "duplicates.arrow", "report.html")


def build(*arguments: str | Path) -> Done:
    return called("build_corpus", *arguments, unset=("HANJI_MIRROR",))


def digest(out: Path) -> dict[str, str]:
    """The SHA-256 of every final file."""
    files = [
        p for name in FINAL for p in ((out / name).rglob("*") if (out / name).is_dir() else [out / name]) if p.is_file()
    ]
    return {p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "corpus"
    result = build("--recipe", "demo", "--out", out, "--workers", "1")
    assert result.returncode == 0, result.stderr
    return out


def test_the_output_is_a_corpus_directory(demo: Path) -> None:
    datasets = pytest.importorskip("datasets")
    stats = json.loads((demo / "stats.json").read_text())
    train, validation = (datasets.load_from_disk(str(demo / split)) for split in ("train", "validation"))
    assert len(train) + len(validation) == stats["total"]["output"]["documents"] > 380
    assert set(train["lang"]) == {"ko", "en"}
    assert len(validation) > 5
    manifest = json.loads((demo / "manifest.json").read_text())
    assert [i["sha256"] for i in manifest["inputs"]]
    for output in manifest["outputs"]:
        assert hashlib.sha256((demo / output["path"]).read_bytes()).hexdigest() == output["sha256"]


def test_train_and_validation_share_nothing(demo: Path) -> None:
    ids = {
        split: {i for p in shard_paths(demo, split) for b in read_shard(p) for i in b["id"].to_pylist()}
        for split in ("train", "validation")
    }
    assert not ids["train"] & ids["validation"]


def test_duplicates_are_counted_on_their_survivors(demo: Path) -> None:
    import pyarrow as pa

    with pa.memory_map(str(demo / "duplicates.arrow")) as file:
        dropped = pa.ipc.open_stream(file).read_all().to_pylist()
    counts = {}
    for split in ("train", "validation"):
        for path in shard_paths(demo, split):
            for batch in read_shard(path):
                counts.update(zip(batch["origin"].to_pylist(), batch["duplicates"].to_pylist(), strict=True))
    assert sum(counts.values()) - len(counts) == len(dropped) > 20
    for row in dropped:
        assert counts[row["survivor_origin"]] > 1
        assert row["origin"] not in counts


def test_two_workers_make_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    result = build("--recipe", "demo", "--out", tmp_path / "c", "--workers", "2")
    assert result.returncode == 0, result.stderr
    assert digest(tmp_path / "c") == digest(demo)


def test_killed_at_random_points_it_completes_to_the_same_bytes(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "c"
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    killed = 0
    command = [sys.executable, "-m", "pipelines.build_corpus", "--recipe", "demo", "--out", str(out), "--workers", "2"]
    for _ in range(6):
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)
        wait = chance.uniform(0.5, 6)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            killed += 1
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    result = build("--recipe", "demo", "--out", out, "--workers", "2")
    assert result.returncode == 0, f"seed {seed}: {result.stderr}"
    assert digest(out) == digest(demo), f"seed {seed}, {killed} kills"
    assert not list(out.rglob(".*.tmp-*")), f"seed {seed}"


def test_a_rerun_does_nothing_and_changes_nothing(demo: Path) -> None:
    before, tasks = digest(demo), {p: p.stat().st_mtime_ns for p in (demo / ".work").rglob("task.json")}
    result = build("--recipe", "demo", "--out", demo, "--workers", "1")
    assert result.returncode == 0, result.stderr
    assert digest(demo) == before
    assert {p: p.stat().st_mtime_ns for p in (demo / ".work").rglob("task.json")} == tasks


def test_work_may_be_deleted(demo: Path, tmp_path: Path) -> None:
    copy = tmp_path / "c"
    shutil.copytree(demo, copy)
    shutil.rmtree(copy / ".work")
    result = build("--recipe", "demo", "--out", copy, "--workers", "1")
    assert result.returncode == 0, result.stderr
    assert digest(copy) == digest(demo)


def test_ctrl_c_ends_it_with_a_word(tmp_path: Path) -> None:
    out = tmp_path / "c"
    command = [sys.executable, "-m", "pipelines.build_corpus", "--recipe", "demo", "--out", str(out), "--workers", "2"]

    def listen() -> None:  # a shell's background jobs are born deaf to SIGINT
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=listen
    )
    while not (out / ".work" / "read").exists():
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command again" in error
    assert "Traceback" not in error.split("Interrupted")[-1]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("nosuch", "demo"),
        ("bad.toml", "not valid TOML"),
        ("unknown.toml", "unknown key 'qualty'"),
        ("value.toml", "'validation'"),
        ("source.toml", "source 'klu' is unknown"),
    ],
)
def test_a_bad_recipe_is_one_paragraph(tmp_path: Path, recipe: str, message: str) -> None:
    (tmp_path / "bad.toml").write_text("name = ")
    (tmp_path / "unknown.toml").write_text('name = "x"\n[qualty]\n[[sources]]\nname = "klue"\n')
    (tmp_path / "value.toml").write_text('name = "x"\nvalidation = 7\n[[sources]]\nname = "klue"\n')
    (tmp_path / "source.toml").write_text('name = "x"\n[[sources]]\nname = "klu"\n')
    name = recipe if recipe == "nosuch" else str(tmp_path / recipe)
    result = build("--recipe", name, "--out", tmp_path / "c")
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "c" / "train").exists()


def test_a_missing_mirror_file_is_named(tmp_path: Path) -> None:
    recipe = tmp_path / "klue.toml"
    recipe.write_text('name = "x"\n[[sources]]\nname = "klue"\nconfigs = ["nli"]\n')
    result = build("--recipe", recipe, "--out", tmp_path / "c", "--mirror", tmp_path)
    assert result.returncode == 2
    assert f"{tmp_path}/huggingface.co/datasets/klue/klue/nli/train-00000-of-00001.parquet" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_of_another_recipe_is_refused(demo: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "other.toml"
    recipe.write_text('name = "other"\n[[sources]]\nname = "mine"\nfiles = ["x.jsonl"]\n')
    result = build("--recipe", recipe, "--out", demo)
    assert result.returncode == 2
    assert "recipe.name was demo and is other" in result.stderr
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "thesis.doc").write_text("precious")
    result = build("--recipe", "demo", "--out", tmp_path / "c")
    assert result.returncode == 2
    assert "was not made by build_corpus" in result.stderr


def test_a_full_disk_is_told_and_the_next_run_recovers(demo: Path, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(volume)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        result = build("--recipe", "demo", "--out", volume / "c", "--workers", "2")
        assert result.returncode == 2
        assert "o space left" in result.stderr
        assert "Traceback" not in result.stderr
        subprocess.run(["mount", "-o", "remount,size=200m", str(volume)], check=True)
        result = build("--recipe", "demo", "--out", volume / "c", "--workers", "2")
        assert result.returncode == 0, result.stderr
        assert digest(volume / "c") == digest(demo)
    finally:
        subprocess.run(["umount", "-l", str(volume)], check=True)


def test_dry_run_reads_and_writes_nothing(tmp_path: Path) -> None:
    result = build("--recipe", "demo", "--out", tmp_path / "c", "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "4 files" in result.stderr
    assert not (tmp_path / "c").exists()
