"""Model directories from elsewhere: their JSON files and weights, checked while they are read.

An error is one sentence that names the file, and the tensor where there is one. Weights are those that transformers
would load: the files of the index where there is one, else `model.safetensors`; `.bin` files only through torch's
weights_only unpickler. No code in a directory can run.
"""

from pathlib import Path
from typing import Any

import torch

from corpus.engine.task import file_sha256
from corpus.errors import UserError, first_line, require_file
from tokenizer.files import LFS_POINTER, TOKENIZER_FILES, parse_json

GENERATION = "generation_config.json"
GPT2_FILES = ("vocab.json", "merges.txt")
WEIGHTS = (
    ("model.safetensors", "*.safetensors"),
    ("pytorch_model.bin", "pytorch_model*.bin"),
)  # the first that is there
UNUSED = ("rotary_emb.inv_freq",)  # buffers of old transformers, computed from config.json


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises UserError when it is missing, a Git LFS pointer, cut off or something else."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{path.parent}: not a model directory: {path.name} is missing.") from error
    return parse_json(content, path)


def end_ids(directory: Path) -> tuple[int, ...]:
    """The ids at which generation ends, from generation_config.json or else config.json; empty where neither names
    any."""
    for name in (GENERATION, "config.json"):
        path = directory / name
        if path.is_file() and (found := read_object(path).get("eos_token_id")) is not None:
            ids = found if isinstance(found, list) else [found]
            if not all(isinstance(number, int) and number >= 0 for number in ids):
                raise UserError(f"{path}: eos_token_id is {found!r}; expected an id or a list of ids.")
            return tuple(ids)
    return ()


def read_weights(directory: Path) -> dict[str, torch.Tensor]:
    """All tensors that transformers would load from a model directory."""
    tensors: dict[str, torch.Tensor] = {}
    owner: dict[str, Path] = {}
    for path in _weight_files(directory):
        for name, tensor in _read_file(path).items():
            if name in owner:
                raise UserError(f"{path}: contains {name}, which {owner[name].name} contains too.")
            tensors[name], owner[name] = tensor, path
    return tensors


def file_hashes(directory: Path) -> dict[str, str]:
    """SHA-256 of each file that is read of a model directory, by name: configuration, tokenizer, weights."""
    names = ["config.json", GENERATION, *TOKENIZER_FILES, *GPT2_FILES, *(f"{stem}.index.json" for stem, _ in WEIGHTS)]
    paths = [path for name in names if (path := directory / name).is_file()]
    return {path.name: file_sha256(path) for path in [*paths, *_weight_files(directory)]}


def check_directory(directory: Path) -> None:
    """Check by their headers that the files of a model directory exist and are complete. Raises UserError naming the
    first that is not."""
    from safetensors import safe_open

    read_object(directory / "config.json")
    for name in TOKENIZER_FILES:
        if (directory / name).is_file():
            read_object(directory / name)
    for path in _weight_files(directory):
        _refuse_pointer(path)
        if path.suffix == ".safetensors":
            try:
                with safe_open(path, "pt") as file:
                    file.keys()
            except Exception as error:  # its own exception types, by version
                raise UserError(f"{path}: not readable ({error}). Is the file cut off? Fetch it again.") from error


def _weight_files(directory: Path) -> list[Path]:
    for stem, pattern in WEIGHTS:
        index = directory / f"{stem}.index.json"
        if index.is_file():
            names = read_object(index).get("weight_map")
            if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
                raise UserError(f"{index}: weight_map is not a table of tensors and their files.")
            paths = [directory / name for name in sorted(set(names.values()))]
            for path in paths:
                if path.parent != directory or not path.is_file():
                    raise UserError(f"{index}: names {path.name}, which is not in {directory}.")
            return paths
        if (directory / stem).is_file():
            return [directory / stem]
        if paths := sorted(directory.glob(pattern)):
            return paths
    raise UserError(f"{directory}: neither *.safetensors nor pytorch_model*.bin.")


def _read_file(path: Path) -> dict[str, torch.Tensor]:
    require_file(path)
    _refuse_pointer(path)
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # safetensors, pickle and zip each have their own exception types
        reason = first_line(error)
        raise UserError(f"{path}: not readable ({reason}). Is the file cut off? Fetch it again.") from error
    if not isinstance(loaded, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in loaded.values()):
        raise UserError(f"{path}: expected tensors by name, found {type(loaded).__name__}.")
    return loaded


def _refuse_pointer(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(LFS_POINTER)) == LFS_POINTER:
            raise UserError(f"{path} is a Git LFS pointer, not the weights. Fetch them with `git lfs pull`.")
