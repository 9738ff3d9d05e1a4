"""Checkpoints: a kill leaves the one before, damage is named, few are kept, and no code is ever loaded."""

import os
import pickle
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch.distributed.checkpoint.filesystem import _StorageInfo
from torch.distributed.checkpoint.metadata import Metadata

from corpus.errors import UserError
from model.runs import checkpoint
from model.runs.checkpoint import Checkpoints

ROOT = Path(__file__).resolve().parents[3]


def tensors(value: float, size: int = 8) -> dict[str, torch.Tensor]:
    return {"model.a": torch.full((size, 3), value), "step": torch.tensor(value)}


def save(directory: Path, *steps: int, **options) -> Checkpoints:
    checkpoints = Checkpoints(directory, **options)
    for step in steps:
        checkpoints.save(step, tensors(step), {"step": step})
    checkpoints.wait()
    return checkpoints


def test_what_is_saved_is_loaded(tmp_path):
    save(tmp_path, 1)
    found = tensors(0.0)
    assert checkpoint.load(tmp_path / "step-000001", found) == {"step": 1}
    assert all(torch.equal(found[name], value) for name, value in tensors(1.0).items())


def test_training_goes_on_while_a_save_is_written(tmp_path):
    checkpoints, live = Checkpoints(tmp_path), tensors(1.0, 1_000_000)
    checkpoints.save(1, live, {})
    live["model.a"].fill_(7.0)
    checkpoints.wait()
    found = tensors(0.0, 1_000_000)
    checkpoint.load(tmp_path / "step-000001", found)
    assert (found["model.a"] == 1.0).all()


def test_what_is_saved_is_a_copy_before_the_writing_begins(tmp_path, monkeypatch):
    """The next step may change every tensor and count on before the writer has looked at them."""
    live, state, real = tensors(1.0), {"progress": {"step": 1}, "rows": [4]}, checkpoint.dcp.async_save

    def late(staged, **how):
        for value in live.values():
            value.add_(6.0)
        state["progress"]["step"] = 2
        state["rows"][0] = 8
        return real(staged, **how)

    monkeypatch.setattr(checkpoint.dcp, "async_save", late)
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, live, state)
    checkpoints.wait()
    found = tensors(0.0)
    assert checkpoint.load(tmp_path / "step-000001", found) == {"progress": {"step": 1}, "rows": [4]}
    assert all(torch.equal(found[name], value) for name, value in tensors(1.0).items())


def test_few_are_kept(tmp_path):
    save(tmp_path, *range(10, 80, 10), keep_last=2, keep_every=30)
    assert sorted(checkpoint.found(tmp_path)) == [30, 60, 70]


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "state"])
def test_a_damaged_one_is_named_and_the_one_before_is_used(tmp_path, damage):
    save(tmp_path, 1, 2)
    newest = tmp_path / "step-000002"
    file = newest / ("state.json" if damage == "state" else "__0_0.distcp")
    content = bytearray(file.read_bytes())
    if damage == "remove":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(content[:-1])
    else:
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    path, faults = checkpoint.newest(tmp_path)
    assert path == tmp_path / "step-000001"
    assert len(faults) == 1
    assert str(newest) in faults[0]
    assert file.name in faults[0]


def test_a_folder_without_its_manifest_is_none(tmp_path):
    save(tmp_path, 1, 2)
    (tmp_path / "step-000002" / "manifest.json").unlink()
    assert checkpoint.newest(tmp_path) == (tmp_path / "step-000001", [])


def test_another_model_is_refused(tmp_path):
    save(tmp_path, 1)
    with pytest.raises(UserError, match=r"model.a is of shape \[8, 3\], but the configuration makes it \[9, 3\]"):
        checkpoint.load(tmp_path / "step-000001", tensors(0.0, 9))
    with pytest.raises(UserError, match=r"model.b is absent"):
        checkpoint.load(tmp_path / "step-000001", {"model.b": torch.zeros(1)})


class Harm:
    def __reduce__(self):
        return os.system, ("touch harmed",)


def test_code_in_the_metadata_is_not_run(tmp_path, monkeypatch):
    save(tmp_path, 1)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "step-000001" / ".metadata").write_bytes(pickle.dumps(Harm()))
    with pytest.raises(UserError, match=r"names .*system"):
        checkpoint.load(tmp_path / "step-000001", tensors(0.0))
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("torch", "load"),
        ("torch.serialization", "load"),
        ("pathlib", "os"),
        ("collections", "namedtuple"),
        ("torch", "os"),
    ],
)
def test_other_names_of_allowed_modules_are_refused(tmp_path, module, name):
    save(tmp_path, 1)
    metadata = b"\x80\x04" + pickle.SHORT_BINUNICODE + bytes([len(module)]) + module.encode()
    metadata += pickle.SHORT_BINUNICODE + bytes([len(name)]) + name.encode() + pickle.STACK_GLOBAL + pickle.STOP
    (tmp_path / "step-000001" / ".metadata").write_bytes(metadata)
    with pytest.raises(UserError, match=rf"names {module}\.{name}"):
        checkpoint.load(tmp_path / "step-000001", tensors(0.0))


def put(module: str, name: str) -> bytes:
    """Opcodes that push a global."""
    return b"c" + f"{module}\n{name}\n".encode()


@pytest.mark.parametrize(
    "target",
    [
        put("pathlib", "Path"),  # a class: its methods for everybody
        put("torch.distributed.checkpoint.metadata", "Metadata"),
        put("torch", "float32"),
        put("collections", "OrderedDict") + b")\x81",  # an object that is none of torch's descriptions
        put("torch.distributed.checkpoint.filesystem", "_StorageInfo") + b")\x81",  # fields that it does not have
    ],
)
@pytest.mark.parametrize("name", ["harm", "open", "__class__"])
def test_nothing_is_set_on_what_a_pickle_names(tmp_path, target, name):
    save(tmp_path, 1)
    state = b"}(V" + name.encode() + b"\nI1\nu"
    (tmp_path / "step-000001" / ".metadata").write_bytes(b"\x80\x04" + target + state + b"b.")
    before = [vars(kind).copy() for kind in (Path, Metadata, _StorageInfo)]
    with pytest.raises(UserError, match=r"\.metadata would change \w+ in a way that no tensor needs"):
        checkpoint.load(tmp_path / "step-000001", tensors(0.0))
    assert [vars(kind) for kind in (Path, Metadata, _StorageInfo)] == before


@pytest.mark.parametrize("state", [b"I1\n", b"N}(Vopen\nI1\nu\x86"])
def test_a_state_of_another_form_is_refused(tmp_path, state):
    save(tmp_path, 1)
    made = put("torch.distributed.checkpoint.filesystem", "_StorageInfo") + b")\x81"
    (tmp_path / "step-000001" / ".metadata").write_bytes(b"\x80\x04" + made + state + b"b.")
    with pytest.raises(UserError, match=r"\.metadata gives _StorageInfo a state that it does not have"):
        checkpoint.load(tmp_path / "step-000001", tensors(0.0))


@pytest.mark.parametrize("content", [b"", b"garbage", pickle.dumps({"a": 1}), pickle.dumps(3)[:-1]])
def test_metadata_that_is_none_is_named(tmp_path, content):
    save(tmp_path, 1)
    (tmp_path / "step-000001" / ".metadata").write_bytes(content)
    with pytest.raises(UserError, match=r"\.metadata"):
        checkpoint.load(tmp_path / "step-000001", tensors(0.0))


def test_objects_in_place_of_tensors_are_not_loaded(tmp_path):
    import torch.distributed.checkpoint as dcp

    dcp.save({"model.a": Path("/")}, checkpoint_id=tmp_path / "step-000001", no_dist=True)
    with pytest.raises(UserError, match="as an object"):
        checkpoint.load(tmp_path / "step-000001", tensors(0.0))


SAVER = """
import sys, torch
from pathlib import Path
from model.runs.checkpoint import Checkpoints
torch.set_num_threads(1)
checkpoints = Checkpoints(Path(sys.argv[1]), keep_last=2)
for step in range(1, 1000):
    tensors = {"model.a": torch.full((1_000_000, 3), float(step)), "step": torch.tensor(float(step))}
    checkpoints.save(step, tensors, {"step": step})
    print(step, flush=True)
"""


@pytest.mark.slow
def test_kill_during_a_save_leaves_the_one_before(tmp_path):
    """Killed at many moments of saving; what is found afterwards is whole and carries the values of its step."""
    for delay in (0.0, 0.004, 0.01, 0.017, 0.03):
        directory = tmp_path / f"after-{delay}"
        process = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(directory)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        path, faults = checkpoint.newest(directory)
        assert path is not None
        assert not faults
        found = tensors(0.0, 1_000_000)
        step = checkpoint.load(path, found)["step"]
        assert step >= 1
        assert (found["model.a"] == step).all()
        Checkpoints(directory)  # the next start sweeps what the kill left
        assert not list(directory.glob(".*"))


@pytest.mark.parametrize(
    "name",
    ["torch.compile", "torch.load", "collections.Counter", "pathlib.os", "torch.serialization.load", "builtins.eval"],
)
def test_no_other_name_of_a_known_module_is_loaded(tmp_path, name):
    """A pickle that asks for one name and nothing else."""
    save(tmp_path, 1)
    module, _, wanted = name.rpartition(".")
    (tmp_path / "step-000001" / ".metadata").write_bytes(f"c{module}\n{wanted}\n.".encode())
    with pytest.raises(UserError, match=f"names {re.escape(name)}, which no tensor needs"):
        checkpoint.load(tmp_path / "step-000001", tensors(0.0))


def test_a_checkpoint_is_flushed_before_it_has_its_name_and_its_folder_after(tmp_path, monkeypatch):
    calls = []
    fsync, rename = os.fsync, os.rename

    def flush(handle):
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        calls.append(("flush", path.relative_to(tmp_path).as_posix() if tmp_path in path.parents else path))
        fsync(handle)

    def name(source, target):
        calls.append(("rename", Path(target).name))
        rename(source, target)

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(os, "rename", name)
    save(tmp_path, 1)
    named = calls.index(("rename", "step-000001"))
    flushed = [str(path) for what, path in calls[:named] if what == "flush"]
    for file in ("__0_0.distcp", "state.json", "manifest.json"):
        assert any(file in path for path in flushed), file
    assert ("flush", tmp_path) in calls[named:]


def test_a_save_that_failed_is_told_once(tmp_path, monkeypatch):
    """The next one is a save of its own."""
    checkpoints = Checkpoints(tmp_path)

    def full(path: Path) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "sync", full)
        checkpoints.save(1, tensors(1.0), {})
        with pytest.raises(OSError, match="No space left"):
            checkpoints.save(2, tensors(2.0), {})
    checkpoints.wait()
    checkpoints.save(3, tensors(3.0), {"step": 3})
    checkpoints.wait()
    path, faults = checkpoint.newest(tmp_path)
    assert (path, faults) == (tmp_path / "step-000003", [])


def test_all_that_kills_have_left_is_swept(tmp_path):
    for step in (1, 2, 3):
        (tmp_path / f".step-{step:06d}.tmp").mkdir()
        (tmp_path / f".step-{step:06d}.tmp" / "x").touch()
    Checkpoints(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_damaged_one_is_named_the_newest_first(tmp_path):
    save(tmp_path, 1, 2, 3)
    for step in (2, 3):
        (tmp_path / f"step-{step:06d}" / "state.json").write_text("{}")
    path, faults = checkpoint.newest(tmp_path)
    assert path == tmp_path / "step-000001"
    assert [Path(fault.split()[0]).name for fault in faults] == ["step-000003", "step-000002"]


def test_a_step_that_is_named_must_be_whole(tmp_path):
    """And none is taken in its place."""
    save(tmp_path / "checkpoints", 1, 2)
    assert checkpoint.select(tmp_path, 1) == tmp_path / "checkpoints" / "step-000001"
    assert checkpoint.select(tmp_path) == tmp_path / "checkpoints" / "step-000002"
    (tmp_path / "checkpoints" / "step-000002" / "state.json").write_text("{}")
    with pytest.raises(
        UserError, match=r"step-000002 cannot be used: state\.json has 2 bytes, not \d+\. Usable steps: 1, 2"
    ):
        checkpoint.select(tmp_path, 2)
    with pytest.raises(UserError, match="step-000007 cannot be used: there is no such folder"):
        checkpoint.select(tmp_path, 7)
    assert checkpoint.select(tmp_path) == tmp_path / "checkpoints" / "step-000001"


def test_checkpoints_that_are_averaged_are_whole_and_before_the_step(tmp_path):
    from model.runs.run_directory import average_checkpoints, steps_to_average

    save(tmp_path / "checkpoints", 1, 2, 3, 4, 5, keep_last=9)
    (tmp_path / "checkpoints" / "step-000003" / "state.json").write_text("{}")
    assert steps_to_average(tmp_path, 4, 3) == [4, 2, 1]
    assert steps_to_average(tmp_path, 4, 1) == [4]
    with pytest.raises(UserError, match="no 4 checkpoints to average up to step 4, only 3"):
        steps_to_average(tmp_path, 4, 4)
    model = torch.nn.Linear(3, 8, bias=False)
    model.weight.data.fill_(4.0)
    parameters = torch.nn.ParameterDict({"a": model.weight})
    average_checkpoints(parameters, tmp_path, [2, 1])  # type: ignore[arg-type]  # as a decoder has its parameters
    torch.testing.assert_close(model.weight.data, torch.full((8, 3), 7 / 3))
