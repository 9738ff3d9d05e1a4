"""Tokenizers under analysis: ours and others', of any format, behind one small interface.

A tokenizer.json (or its folder), GPT-2's vocab.json and merges.txt, a SentencePiece model, a .tiktoken file, Mistral's
Tekken. A byte-level BPE with a pattern that our scanner supports runs on our own kernels, from any of these formats.
The others run on HF tokenizers or on sentencepiece, 20 to 50 times slower.
"""

import hashlib
import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from corpus.errors import UserError
from corpus.kernels.utf8 import string_buffers
from corpus.values import from_json
from tokenizer.analysis.packaged import PACKAGED, locate
from tokenizer.analysis.places import files_of, name_of
from tokenizer.analysis.spans import nearest_tiling, tile
from tokenizer.encoding.encode import Encoder
from tokenizer.encoding.pieces import Pieces, piece_bytes
from tokenizer.encoding.ranks import content_of, is_rank_file, pattern_of, read_ranks, read_tekken
from tokenizer.kernels.alphabet import byte_characters


class Codec(Protocol):
    """Encodes a string column, and returns the spans of one text's tokens in characters."""

    vocab_size: int

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]: ...
    def spans(self, text: str) -> list[tuple[int, int]]: ...


@dataclass(frozen=True)
class Subject:
    """A tokenizer under analysis.

    `kind` is the type of model; `ours` is True for a tokenizer to evaluate, False for a peer; `pattern` is "hanji",
    "gpt2", "qwen2" or "cl100k" where our kernels encode with it, else None; `slow` is the reason why our kernels cannot
    encode, "" where they can (superwords have no pattern and are not slow); `token_bytes` are the bytes of each id ("▁"
    as a space, "<0xEA>" as that byte), None for special tokens and ids without one; `dummy`: bytes that the tokenizer
    puts before each text.
    """

    name: str
    path: str
    ours: bool
    sha256: str
    kind: str
    vocab_size: int
    pattern: str | None
    slow: str
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

        The tokens tile each text (tokenizer/analysis/spans.py: also where the tokenizer changes the text).
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
        """The tokens of one text as (id, start, end) in `text.encode()`; each starts where the previous one ends."""
        ids, _, ends = self.encode_ends(pa.array([text], pa.large_string()))
        return list(zip(ids.tolist(), [0, *ends.tolist()], ends.tolist(), strict=False))


class Origin(NamedTuple):
    """Where a tokenizer comes from."""

    name: str
    path: str
    ours: bool
    sha256: str


def open_subject(path_or_name: str | Path, ours: bool = False, name: str | None = None) -> Subject:
    """A tokenizer from a file, a folder, or the name of a packaged peer.

    Raises UserError when it is not a tokenizer, or not readable.
    """
    path = Path(path_or_name)
    if not path.exists():
        located = locate(str(path_or_name))
        if isinstance(located, str):
            raise UserError(f"{path_or_name}: no such file or folder, and no such peer: {located}.")
        name, path = name or str(path_or_name), located
    files = files_of(path)
    origin = Origin(name or name_of(path), str(path), ours, _sha256(*files))
    if len(files) == 2:
        return _from_content(_gpt2_content(*files), origin)
    file = files[0]
    if file.suffix == ".json":
        return _open_json(file, origin)
    if is_rank_file(file):
        known = origin.name if origin.name in PACKAGED else file.stem  # packages use any file names
        return _byte_level(content_of(read_ranks(file), pattern_of(known, file)), origin, "tiktoken")
    pieces = Pieces(file)
    tokens = pieces.token_bytes()
    first = tokens[pieces.encode_column(pa.array(["a"]))[0][0]] or b""
    return Subject(
        *origin,
        "SentencePiece",
        pieces.vocab_size,
        None,
        "sentencepiece encodes",
        tokens,
        pieces,
        dummy=int(first[:1] == b" "),
    )


def as_subject(tokenizer: Any) -> Subject:
    """Anything that is a tokenizer as a Subject: a Subject, an Encoder, a `tokenizers.Tokenizer`, a fast tokenizer of
    transformers, a path or a peer's name. Raises UserError for anything else."""
    if isinstance(tokenizer, Subject):
        return tokenizer
    if isinstance(tokenizer, str | Path):
        return open_subject(tokenizer, ours=True)
    inner = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if isinstance(inner, Encoder):
        content = inner.content
    elif hasattr(inner, "to_str"):
        content = json.loads(inner.to_str())
    elif type(inner).__module__.startswith("tokenizers"):  # from 1.0 on only the pickled state is available
        content = json.loads(inner.__reduce__()[1][0])
    else:
        raise UserError(f"expected a tokenizer, or the path of one; found {type(tokenizer).__name__}.")
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
    return _from_content(content, Origin("tokenizer", "", True, digest))


def _gpt2_content(vocabulary: Path, merges: Path) -> dict[str, Any]:
    """vocab.json and merges.txt as a tokenizer.json.

    Without a third file the pattern is GPT-2's, as in transformers.
    """
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": True}
    lines = merges.read_text(encoding="utf-8").split("\n")
    model = {
        "type": "BPE",
        "vocab": _read_json(vocabulary),
        "merges": [line for line in lines if line and not line.startswith("#version")],
    }
    return {"normalizer": None, "pre_tokenizer": byte_level, "decoder": byte_level, "model": model}


def _open_json(path: Path, origin: Origin) -> Subject:
    content = _read_json(path)
    if isinstance(content, dict) and "vocab" in content and "config" in content:
        ranks, regex, special = read_tekken(path)
        return _byte_level(content_of(ranks, regex, special), origin, "Tekken")
    if not isinstance(content, dict) or "vocab" not in (content.get("model") or {}):
        raise UserError(f"{path}: not a tokenizer.json: it has no model with a vocabulary.")
    return _from_content(content, origin)


def _read_json(path: Path) -> Any:
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not readable as JSON ({error}). Give a tokenizer's file or folder.") from error


def _from_content(content: dict[str, Any], origin: Origin) -> Subject:
    content = content | {"truncation": None, "padding": None}  # whole texts are measured
    kind = content["model"].get("type", "BPE")
    if "ByteLevel" in json.dumps([content.get("pre_tokenizer"), content.get("decoder")]):
        return _byte_level(content, origin, f"byte-level {kind}")
    vocabulary = content["model"]["vocab"]
    names = list(vocabulary) if isinstance(vocabulary, dict) else [token for token, _ in vocabulary]
    prefix = content["model"].get("continuing_subword_prefix") or ""  # WordPiece's "##"
    return _subject(content, origin, kind, [piece_bytes(name.removeprefix(prefix)) for name in names])


def _byte_level(content: dict[str, Any], origin: Origin, kind: str) -> Subject:
    byte_of = {character: b for b, character in enumerate(byte_characters())}
    tokens = [
        bytes(byte_of[c] for c in name) if all(c in byte_of for c in name) else None
        for name in content["model"]["vocab"]
    ]
    return _subject(content, origin, kind, tokens)


def _subject(content: dict[str, Any], origin: Origin, kind: str, tokens: list[bytes | None]) -> Subject:
    """`tokens`: the bytes of the vocabulary's tokens, in its order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the report says that HF tokenizers encodes
        encoder = Encoder(content)
    vocabulary = content["model"]["vocab"]
    ids = vocabulary.values() if isinstance(vocabulary, dict) else range(len(vocabulary))
    by_id: list[bytes | None] = [None] * encoder.vocab_size
    for number, token in zip(ids, tokens, strict=True):
        by_id[number] = token
    for added in content.get("added_tokens") or []:
        by_id[added["id"]] = None if added["special"] else added["content"].encode()
    return Subject(*origin, kind, encoder.vocab_size, encoder.pattern, encoder.fallback, by_id, encoder)


def _sha256(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
