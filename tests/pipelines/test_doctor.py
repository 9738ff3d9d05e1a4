"""What `doctor` finds on machines that are wrong in one thing each."""

import json
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corpus.recipe import Recipe, load_recipe
from pipelines import build_corpus, doctor, warm_up
from pipelines.build_corpus import RECIPES
from pipelines.compiling import KERNELS, CompileNotice, cache_folder, compiled
from pipelines.console import Ended, console


def test_a_package_that_hides_ours_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [check.state for check in doctor.shadows({"corpus": ["hanji"]})] == ["ok"]
    found = list(doctor.shadows({"corpus": ["hanji", "corpus-tools"]}))
    assert [(check.name, check.state, check.advice) for check in found] == [
        ("corpus", "bad", "pip uninstall corpus-tools")
    ]
    (tmp_path / "model.py").write_text("")
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "tokenizer.json").write_text("{}")
    assert [(check.name, check.state) for check in doctor.shadows({})] == [("tokenizer", "note"), ("model", "bad")]
    (tmp_path / "tokenizer" / "a.py").write_text("")
    assert [(check.name, check.state) for check in doctor.shadows({})] == [("tokenizer", "bad"), ("model", "bad")]


def test_a_mirror_is_a_folder_of_hosts(tmp_path: Path) -> None:
    def state(mirror: str | None) -> str:
        (check,) = doctor.mirror_tree(mirror)
        return check.state

    assert state(None) == "ok"
    assert state(str(tmp_path / "nothing")) == "bad"
    assert state(str(tmp_path)) == "bad"
    (tmp_path / "downloads").mkdir()
    (tmp_path / "a.host").write_text("a file")
    assert state(str(tmp_path)) == "bad"
    (tmp_path / "dumps.wikimedia.org").mkdir()
    assert state(str(tmp_path)) == "ok"
    assert state("http://127.0.0.1:9/") == "note"  # nobody answers there


def test_versions_outside_of_what_hanji_names_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {check.state for check in doctor.versions()} <= {"ok", "note"}
    asked = ["numpy>=99", "no-such-library>=1", 'rich>=99; extra == "eval"', "typer>=0.1", 'pytest>=1; extra == "test"']
    monkeypatch.setattr(doctor.metadata, "requires", lambda _: asked)
    found = {check.name: check for check in doctor.versions()}
    assert (found["numpy"].state, found["no-such-library"].state, found["rich"].state) == ("bad", "bad", "note")
    assert found["no-such-library"].advice == 'pip install "no-such-library>=1"'
    assert found["libraries"].found == f"typer {version('typer')}"
    for absent in (("lm-eval", "transformers"), ("transformers",), ("lm-eval",)):
        monkeypatch.setattr(doctor, "_installed", lambda name, absent=absent: name not in absent)
        (check,) = (check for check in doctor.versions() if check.name == "evaluation")
        assert (check.state, check.found) == ("note", f"{' and '.join(absent)} not installed")
    monkeypatch.setattr(doctor.metadata, "version", lambda _: "2.0rc1")
    monkeypatch.setattr(doctor.metadata, "requires", lambda _: ["torch>=1", "numpy>=2"])
    found = {check.name: check for check in doctor.versions()}
    assert found["libraries"].found == "torch 2.0rc1"  # one before a release is one
    assert found["numpy"].state == "bad"


def test_a_look_that_fails_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken():
        raise ImportError("libtorch.so: cannot open shared object file")
        yield

    monkeypatch.setattr(doctor, "looks", lambda *_: [("GPU", broken), ("machine", doctor.machine)])
    with pytest.raises(Ended) as ended:
        doctor.main(mirror=None, network=False)
    checks = ended.value.result["checks"]
    assert ended.value.exit_code == 1
    assert (checks[0]["name"], checks[0]["state"]) == ("GPU", "bad")
    assert [check["name"] for check in checks[1:]] == ["cores", "memory"]


def test_nothing_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "looks", lambda *_: [("machine", doctor.machine), ("disk", doctor.disk)])
    result = doctor.main(mirror=None, network=False)
    assert result["ok"]
    json.dumps(result)


@pytest.mark.parametrize("states", [("ok", "note"), ("note", "bad"), ("bad", "ok", "bad")])
def test_only_what_is_bad_is_not_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], states
) -> None:
    checks = [doctor.Check(f"look {n}", state, "x") for n, state in enumerate(states)]
    monkeypatch.setattr(doctor, "looks", lambda *_: [("all", lambda: iter(checks))])
    bad = [check.name for check in checks if check.state == "bad"]
    if bad:
        with pytest.raises(Ended) as ended:
            doctor.main(mirror=None, network=False)
        assert (ended.value.exit_code, ended.value.result["ok"]) == (1, False)
        assert f"Not right: {', '.join(bad)}." in " ".join(capsys.readouterr().out.split())
    else:
        assert doctor.main(mirror=None, network=False)["ok"]
        assert "Nothing is wrong." in capsys.readouterr().out


def test_a_first_run_is_told_that_it_compiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("pipelines.compiling.EVERY", 0.01)
    told: list[str] = []
    with CompileNotice(told.append):
        (tmp_path / "cache").mkdir()
        for n in range(60):
            (tmp_path / "cache" / f"{n}.nbi").touch()
        for _ in range(6000):
            if "60 kernels ready" in told[-1]:
                break
            time.sleep(0.01)
        (tmp_path / "cache" / "60.nbi").touch()
        for _ in range(6000):
            if "61 kernels ready" in told[-1]:
                break
            time.sleep(0.01)
    assert told[0].startswith("Compiling kernels, once")
    assert "61 kernels ready" in told[-1]  # one more is told, too
    assert compiled() == 61
    later: list[str] = []
    with CompileNotice(later.append):
        pass
    assert later == []
    (check, *_) = doctor.kernels()
    assert check.found.startswith("61 compiled")


@pytest.mark.parametrize(("ready", "told"), [(KERNELS // 2 - 1, 1), (KERNELS // 2, 0)])
def test_a_tenth_of_the_kernels_is_enough_to_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ready: int, told: int
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for n in range(ready):
        (tmp_path / ("deep/er" if n % 2 else "deep") / f"{n}.nbi").touch()
    found: list[str] = []
    with CompileNotice(found.append):
        pass
    assert len(found) == told


@pytest.mark.parametrize("again", [False, True])
def test_warming_up_tells_what_each_step_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool) -> None:
    """Two kernels were there; only what was compiled for later runs is noted for `doctor`. The commands are quiet, and
    then the console is as it was. What they compile is told apart from what was compiled ahead."""
    monkeypatch.setattr(console, "quiet", again)
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in ("a", "b"):
        (cache / f"{name}.nbi").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache))

    def touch(names: Iterable[str]) -> None:
        cache_folder().mkdir(parents=True, exist_ok=True)
        for name in names:
            (cache_folder() / f"{name}.nbi").touch()

    def step(names: str) -> Callable[..., None]:
        def main(**_: object) -> None:
            assert console.quiet
            touch(names)

        return main

    steps = {"build_corpus": "cde", "train_tokenizer": "fg", "pack": "", "dedup": "h"}
    for name, files in steps.items():
        monkeypatch.setattr(f"pipelines.{name}.main", step(files))
    waiting = [("corpus.a:b", []), ("tokenizer.a:b", []), ("corpus.a:c", [])]
    monkeypatch.setattr(warm_up, "wanted", lambda: waiting)
    monkeypatch.setattr(
        warm_up, "compile_ahead",
        lambda entries, workers: touch(name.replace(":", "") for name, _ in entries),
    )  # fmt: skip
    recipes: list[Recipe] = []
    build = build_corpus.main
    monkeypatch.setattr(
        build_corpus, "main", lambda **how: (recipes.append(load_recipe(how["recipe"], RECIPES)), build(**how))
    )
    made = warm_up.main(again=again)
    assert {source.name for source in load_recipe("demo", RECIPES).sources} < {one.name for one in recipes[0].sources}
    assert recipes[0].contamination.sets
    assert {name: group["kernels"] for name, group in made["groups"].items()} == {
        "corpus": 2, "tokenizer": 1, "model": 0, "a first run": 6
    }  # fmt: skip
    assert (made["kernels_before"], made["kernels"]) == ((0, 9) if again else (2, 11))
    assert (cache / warm_up.TIMES).is_file() == (not again)
    assert console.quiet == again
    if not again:
        (cache / warm_up.TIMES).unlink()
        assert warm_up.main()["kernels"] == 11
        assert not (cache / warm_up.TIMES).exists()  # nothing was compiled


def test_cores_and_memory_that_are_fewer_than_they_seem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)

    def found(limit: float | None, free: float | None) -> list[tuple[str, str]]:
        monkeypatch.setattr(doctor, "_cgroup_cores", lambda: limit)
        monkeypatch.setattr(doctor, "_memory", lambda: free)
        return [(check.state, check.advice) for check in doctor.machine()]

    enough = 3e9  # for two workers
    assert found(None, enough) == found(2.0, enough) == [("ok", ""), ("ok", "")]
    assert found(1.5, enough)[0] == found(0.5, enough)[0] == ("note", "--workers 1")
    assert found(None, enough - 1)[1] == found(None, 1.0)[1] == ("note", "--workers 1")
    assert found(None, None)[1] == ("note", "")
    monkeypatch.setattr(doctor.os, "cpu_count", lambda: 64)
    monkeypatch.setattr(doctor, "_cgroup_cores", lambda: 1.5)
    assert next(iter(doctor.machine())).found == "2 of 64, limited to 1.5 by the container"


def test_the_limits_of_a_container_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "Path", lambda path: tmp_path / path.lstrip("/"))

    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    assert doctor._cgroup_cores() is None
    assert doctor._memory() is None
    write("sys/fs/cgroup/cpu.max", "150000 100000\n")
    assert doctor._cgroup_cores() == 1.5
    write("sys/fs/cgroup/cpu.max", "max 100000\n")
    assert doctor._cgroup_cores() is None
    write("proc/meminfo", "MemTotal:        9000 kB\nMemAvailable:    4000 kB\n")
    assert doctor._memory() == 4_096_000
    write("sys/fs/cgroup/memory.current", "1000000\n")
    for limit, free in (("3000000\n", 2_000_000), ("9000000\n", 4_096_000), ("max\n", 4_096_000)):
        write("sys/fs/cgroup/memory.max", limit)
        assert doctor._memory() == free


@pytest.mark.parametrize(
    ("built", "device", "advice"), [(None, True, True), (None, False, False), ("13.0", True, False)]
)
def test_without_a_gpu_the_cuda_build_is_advised_where_there_is_a_device(
    monkeypatch: pytest.MonkeyPatch, built: str | None, device: bool, advice: bool
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", built)
    monkeypatch.setattr(doctor, "Path", lambda path: SimpleNamespace(exists=lambda: device and path == "/dev/nvidia0"))
    (check,) = doctor.gpu()
    assert (check.state, "CUDA build" in check.advice) == ("note", advice)
    assert ("without CUDA" if built is None else "for CUDA 13.0 and finds no device") in check.found


def test_what_was_compiled_and_how_long_each_group_took(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / "a.nbi").write_bytes(b"x" * 1234)
    assert [check.name for check in doctor.kernels()] == ["kernels"]
    groups = {"corpus": {"kernels": 300, "seconds": 41.2}, "dedup": {"kernels": 7, "seconds": 2.6}}
    (tmp_path / warm_up.TIMES).write_text(json.dumps({"groups": groups}))
    kernels, times = doctor.kernels()
    assert kernels.found.startswith("1 compiled, 1.")
    assert times.found == "corpus 41 s, dedup 3 s (measured by warm-up)"


@pytest.mark.parametrize(("status", "state"), [(200, "ok"), (399, "ok"), (400, "note"), (503, "note")])
def test_an_answer_is_one_below_400(monkeypatch: pytest.MonkeyPatch, status: int, state: str) -> None:
    monkeypatch.setattr("httpx.head", lambda *_, **__: SimpleNamespace(status_code=status))
    (check,) = doctor.mirror_tree("https://mirror.example")
    assert (check.state, bool(check.advice)) == (state, state == "note")
    assert f"answers with {status}" in check.found


def test_lines_of_compiling_are_ten_seconds_apart_and_tell_something_new(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    counts = iter([7, 7, 9, 9])
    monkeypatch.setattr("pipelines.compiling.compiled", lambda: next(counts))
    told: list[str] = []
    notice = CompileNotice(told.append)
    over: Any = SimpleNamespace(wait=lambda seconds: waited.append(seconds) or len(waited) > 4)
    monkeypatch.setattr(notice, "_over", over)
    notice._watch(5)
    assert waited == [10.0] * 5
    assert [line.split(",")[0] for line in told] == ["compiling: 7 kernels ready", "compiling: 9 kernels ready"]
    assert {line.split(",")[1] for line in told} == {" 0 s"}  # since it began


def test_only_kernels_of_this_run_are_counted_as_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    monkeypatch.setattr("pipelines.compiling.compiled", lambda: 7)
    monkeypatch.setattr(CompileNotice, "_watch", lambda self, before: begun.append(before))
    with CompileNotice(lambda _: None):
        pass
    assert begun == [7]


def test_a_disk_must_be_writable_and_should_have_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of three places has its own advice; a place that is not there yet is made where its parent is."""
    here, temporary, cache = (tmp_path / name for name in ("here", "temporary", "cache"))
    for folder in (here, temporary):
        folder.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(temporary))
    monkeypatch.setattr(doctor, "cache_folder", lambda: cache / "a" / "b")
    free, writable = {here: 2e9, temporary: 2e9 - 1, tmp_path: 3e9}, {tmp_path: True, temporary: True, here: True}
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda place: SimpleNamespace(free=free[place]))
    monkeypatch.setattr(doctor.os, "access", lambda place, way: way != doctor.os.W_OK or writable[place])
    low = "a corpus takes about ten times its compressed upstream files"
    assert [(check.state, check.advice) for check in doctor.disk()] == [("ok", ""), ("note", low), ("ok", "")]
    writable.update(dict.fromkeys(writable, False))
    advice = ["give --out elsewhere", "set TMPDIR", "set NUMBA_CACHE_DIR"]
    assert [(check.state, check.advice) for check in doctor.disk()] == [("bad", text) for text in advice]


@pytest.mark.parametrize("offline", ["1", "true", "YES", "on", "0", "", None])
def test_the_hub_is_asked_unless_it_is_not_to_be(monkeypatch: pytest.MonkeyPatch, offline: str | None) -> None:
    monkeypatch.setattr("httpx.head", lambda url, **_: SimpleNamespace(status_code=200 if url == "http://own" else 500))
    monkeypatch.setenv("HF_ENDPOINT", "http://own")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    if offline is not None:
        monkeypatch.setenv("HF_HUB_OFFLINE", offline)
    asked = offline in ("0", "", None)
    assert [check.state for check in doctor.hub(True)] == ["ok" if asked else "note"]
    assert [tuple(check) for check in doctor.hub(False)] == [("hub", "note", "not asked (--no-network)", "")]


def test_everything_is_looked_at_with_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    for name in ("versions", "shadows", "machine", "disk", "gpu", "kernels", "mirror_tree", "hub"):
        monkeypatch.setattr(doctor, name, lambda *of, _name=name: asked.append((_name, *of)) or iter(()))
    monkeypatch.setattr(doctor.metadata, "packages_distributions", lambda: "all packages")
    looks = doctor.looks("a mirror", False)
    assert [name for name, _ in looks] == ["versions", "packages", "machine", "disk", "GPU", "kernels", "mirror", "hub"]
    for _, look in looks:
        assert list(look()) == []
    assert asked == [
        ("versions",), ("shadows", "all packages"), ("machine",), ("disk",), ("gpu",), ("kernels",),
        ("mirror_tree", "a mirror"), ("hub", False),
    ]  # fmt: skip


def test_the_table_has_each_finding_with_its_advice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = [doctor.Check("one", "ok", "found 1"), doctor.Check("two", "note", "found 2", "do this")]
    monkeypatch.setattr(doctor, "looks", lambda *of: [("all", lambda: iter(checks))])
    monkeypatch.setenv("COLUMNS", "100")
    result = doctor.main(mirror=None, network=False)
    assert result == {"ok": True, "checks": [check._asdict() for check in checks]}
    told = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert told == [
        ["ok", "one", "found", "1"], ["note", "two", "found", "2"], ["→", "do", "this"], ["Nothing", "is", "wrong."],
    ]  # fmt: skip


def test_each_gpu_is_named_with_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.version, "cuda", "12.9")
    memory = [80e9, 24e9]
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda n: SimpleNamespace(name=f"GPU {n}", total_memory=memory[n])
    )
    assert [tuple(check) for check in doctor.gpu()] == [
        ("GPU", "ok", "GPU 0, 80.0 GB, CUDA 12.9", ""), ("GPU", "ok", "GPU 1, 24.0 GB, CUDA 12.9", ""),
    ]  # fmt: skip


def test_without_kernels_a_first_run_is_told_to_take_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / warm_up.TIMES).write_text("{}")
    assert [tuple(check) for check in doctor.kernels()] == [
        ("kernels", "note", f"none compiled in {tmp_path}: the first run takes minutes longer", "hanji warm-up")
    ]
