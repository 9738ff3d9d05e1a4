"""Checkpoints: atomic, verified by hash, written in the background, and without code.

    checkpoints/step-000060/   __0_0.distcp …   tensors, by torch.distributed.checkpoint, one file per rank
                               .metadata        the position of each tensor
                               state.json       step, tokens, loader state, counters
                               manifest.json    size and SHA-256 of each file; written last: it makes a checkpoint valid

A save copies the tensors to the CPU, then a thread writes, hashes and renames; training waits only for the copy. If the
process is killed, the folder keeps its temporary name and is deleted at the next start. Tensors are stored under global
names, so any number of ranks can load them.

torch keeps `.metadata` as a pickle. It is read here by an unpickler that allows the dozen classes it consists of and
rejects anything else; tensor files are read with `weights_only`. No code in a checkpoint can run.
"""

import copy
import dataclasses
import pickle
import shutil
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.metadata import Metadata, StorageMeta, TensorStorageMetadata
from torch.distributed.tensor import DTensor

from corpus.engine.task import file_sha256, read_json, sync, write_json
from corpus.errors import UserError
from model.balance import balanced
from model.runs.required import found

# One process without a process group is supported, and torch warns about it in its thread at each save.
warnings.filterwarnings("ignore", message="torch.distributed is disabled")
ALLOWED = {
    "torch.distributed.checkpoint.metadata": {
        "BytesStorageMetadata",
        "ChunkStorageMetadata",
        "Metadata",
        "MetadataIndex",
        "StorageMeta",
        "TensorProperties",
        "TensorStorageMetadata",
        "_MEM_FORMAT_ENCODING",
    },
    "torch.distributed.checkpoint.filesystem": {"_StorageInfo"},
    "torch": {"Size", "float32", "bfloat16", "uint8", "int64", "int32"},
    "torch.serialization": {"_get_layout"},
    "pathlib": {"Path", "PosixPath"},
    "pathlib._local": {"Path", "PosixPath"},
    "collections": {"OrderedDict"},
}


class _TensorsOnly(pickle._Unpickler):
    """Allows only the classes above, and sets only fields that they have.

    Based on pickle's Python code, because the C code cannot check BUILD: through it a pickle can set any attribute of
    any object it names, for example of a class.
    """

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]  # no stubs
    stack: list[Any]

    def find_class(self, module: str, name: str) -> Any:
        if name in ALLOWED.get(module, ()):
            return super().find_class(module, name)
        raise UserError(f"The checkpoint's .metadata names {module}.{name}, which no tensor needs; it is not loaded.")

    def load_build(self) -> None:
        target, state = self.stack[-2:]
        kind = type(target)
        known = dataclasses.is_dataclass(kind) and kind.__name__ in ALLOWED.get(kind.__module__, ())
        names = {field.name for field in dataclasses.fields(kind)} if known else set()
        if not known or (isinstance(state, dict) and not state.keys() <= names):
            raise UserError(
                f"The checkpoint's .metadata would change {kind.__name__} in a way that no tensor needs; it is"
                " not loaded."
            )
        if not isinstance(state, dict) and "__setstate__" not in vars(kind):
            raise UserError(f"The checkpoint's .metadata gives {kind.__name__} a state that it does not have.")
        pickle._Unpickler.load_build(self)  # type: ignore[attr-defined]  # as above

    dispatch[pickle.BUILD[0]] = load_build


class Reader(dcp.FileSystemReader):
    """torch's reader, with the pickle of `.metadata` restricted to what describes tensors."""

    def read_metadata(self, *args: Any, **kwargs: Any) -> Metadata:
        path = Path(self.path) / ".metadata"
        try:
            with path.open("rb") as file:
                metadata = _TensorsOnly(file).load()
        except UserError:
            raise
        except Exception as error:  # a truncated or forged pickle can raise anything
            raise UserError(f"{path}: not readable ({type(error).__name__}: {error}).") from error
        if not isinstance(metadata, Metadata) or not isinstance(metadata.state_dict_metadata, dict):
            raise UserError(f"{path}: does not describe tensors; it is not loaded.")
        for name, entry in metadata.state_dict_metadata.items():
            if not isinstance(entry, TensorStorageMetadata):
                raise UserError(
                    f"The checkpoint {self.path} contains {name} as an object, not a tensor; it is not loaded."
                )
        if metadata.storage_meta is None:
            metadata.storage_meta = StorageMeta()
        metadata.storage_meta.load_id = self.load_id
        return metadata


def _rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def _barrier() -> None:
    if dist.is_initialized():
        dist.barrier()


def _mine(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Those that this rank copies and writes: its part of the sharded ones, and of those that every rank has whole a
    share of about the same size as the others'."""
    ranks = dist.get_world_size() if dist.is_initialized() else 1
    whole = sorted(name for name, t in tensors.items() if not isinstance(t, DTensor))
    owners = dict(zip(whole, balanced([tensors[name].nbytes for name in whole], ranks), strict=True))
    return {name: t for name, t in tensors.items() if owners.get(name, _rank()) == _rank()}


class Checkpoints:
    """The checkpoints of one run: saves in the background, finds the newest valid one, deletes old ones.

    Construct it on all ranks together, and call `save` and `wait` on all of them at the same steps.
    """

    def __init__(self, directory: Path, keep_last: int = 3, keep_every: int = 0) -> None:
        self.directory, self.keep_last, self.keep_every = directory, keep_last, keep_every
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        # A separate group: the thread's collectives must not mix with those of training.
        self._group = dist.new_group(backend="gloo") if dist.is_initialized() else None
        if _rank() == 0:
            directory.mkdir(parents=True, exist_ok=True)
            for stale in directory.glob(".step-*.tmp"):
                shutil.rmtree(stale)
        _barrier()

    def save(self, step: int, tensors: Mapping[str, torch.Tensor], state: Mapping[str, Any]) -> None:
        """Start saving; returns when all is copied. Raises the error of the previous save, if it failed."""
        self.wait()
        final = self.directory / f"step-{step:06d}"
        temporary = self.directory / f".step-{step:06d}.tmp"
        # async_save copies tensors on a GPU, but not those on the CPU, which would change while they are written.
        staged = {n: t.detach().clone() if t.device.type == "cpu" else t.detach() for n, t in _mine(tensors).items()}
        counters = copy.deepcopy(dict(state))  # training goes on counting in it while the thread writes
        future = dcp.async_save(
            staged,
            storage_writer=dcp.FileSystemWriter(temporary),
            process_group=self._group,
            no_dist=not dist.is_initialized(),
        )

        def finish() -> None:
            try:
                future.result()  # type: ignore[union-attr]  # a Future by default; after its last collective: all ranks have written
                if _rank() == 0:
                    write_json(temporary / "state.json", counters)
                    files = sorted(path for path in temporary.iterdir() if path.is_file())
                    hashes = {p.name: {"bytes": p.stat().st_size, "sha256": file_sha256(p)} for p in files}
                    write_json(temporary / "manifest.json", {"step": step, "files": hashes})
                    if final.exists():
                        shutil.rmtree(final)
                    temporary.rename(final)
                    sync(self.directory)
                    self._prune()
            except BaseException as error:
                self._error = error

        self._thread = threading.Thread(target=finish, name=f"checkpoint-{step}")
        self._thread.start()

    def wait(self) -> None:
        """Wait until the last save is on disk; raises its error, if it failed."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _prune(self) -> None:
        steps = sorted(found(self.directory))
        for step in steps[: -self.keep_last]:
            if not (self.keep_every and step % self.keep_every == 0):
                shutil.rmtree(self.directory / f"step-{step:06d}")


def verify(checkpoint: Path) -> str | None:
    """The first fault of a checkpoint, naming the file; None when every file matches the manifest."""
    try:
        files = read_json(checkpoint / "manifest.json")["files"]
        expected = {name: (each["bytes"], each["sha256"]) for name, each in files.items()}
    except (OSError, UserError, TypeError, AttributeError) as error:
        return f"manifest.json cannot be read ({error})"
    for name, (size, sha256) in expected.items():
        path = checkpoint / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != size:
            return f"{name} has {path.stat().st_size} bytes, not {size}"
        if file_sha256(path) != sha256:
            return f"{name} does not match its SHA-256"
    return None


def newest(directory: Path) -> tuple[Path | None, list[str]]:
    """The newest valid checkpoint, and a sentence about each newer one that is not. All ranks get rank 0's answer."""
    answer: list[Any] = [None, []]
    if _rank() == 0:
        for _, path in sorted(found(directory).items(), reverse=True):
            fault = verify(path)
            if fault is None:
                answer[0] = path
                break
            answer[1].append(f"{path} is damaged: {fault}.")
    if dist.is_initialized():
        dist.broadcast_object_list(answer)
    return answer[0], answer[1]


def load(checkpoint: Path, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Load these tensors in place from the checkpoint; returns its state.json.

    Raises UserError when a tensor is absent or has another shape: the checkpoint is of another model.
    """
    reader = Reader(checkpoint)
    known = reader.read_metadata().state_dict_metadata
    for name, tensor in tensors.items():
        entry: Any = known.get(name)
        if entry is None or entry.size != tensor.shape:
            what = "absent" if entry is None else f"of shape {list(entry.size)}"
            raise UserError(
                f"{checkpoint}: {name} is {what}, but the configuration makes it {list(tensor.shape)}; this is a"
                " checkpoint of another model."
            )
    dcp.load(tensors, storage_reader=reader, no_dist=not dist.is_initialized())
    return read_json(checkpoint / "state.json")


def has(checkpoint: Path, name: str) -> bool:
    """Whether a checkpoint contains a tensor."""
    return name in Reader(checkpoint).read_metadata().state_dict_metadata


def select(run: Path, step: int | None = None) -> Path:
    """The checkpoint of a run directory to use: of that step, or the newest valid one. Raises UserError."""
    directory = run / "checkpoints"
    if step is not None:
        path = directory / f"step-{step:06d}"
        fault = verify(path) if path.is_dir() else "there is no such folder"
        if fault:
            steps = ", ".join(map(str, sorted(found(directory)))) or "none"
            raise UserError(f"{path} cannot be used: {fault}. Usable steps: {steps}.")
        return path
    best, faults = newest(directory)
    if best is None:
        raise UserError(f"{run} has no usable checkpoint. {' '.join(faults) or 'Has training started?'}")
    return best
