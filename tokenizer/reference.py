"""HF tokenizers through the interface that its releases 0.21 to 1.x share: a tokenizer.json file, ids of texts, text of
ids.

Release 1.0 has neither `Regex` nor the modules of pre-tokenizers, normalizers and trainers, nor offsets in its
encodings, so nothing here uses them.
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from corpus.errors import UserError
from tokenizer.kernels.alphabet import byte_characters


class Reference:
    """A tokenizer as HF tokenizers runs it. Raises UserError when the installed release refuses it, with its reason."""

    def __init__(self, content: dict[str, Any], name: str = "tokenizer.json"):
        self._content = content
        self._name = name

    @cached_property
    def _tokenizer(self) -> Any:
        import tokenizers

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "tokenizer.json"
            path.write_text(json.dumps(self._content), encoding="utf-8")
            with self._explained():
                tokenizer = tokenizers.Tokenizer.from_file(str(path))
                tokenizer.encode("a")  # release 1.0 refuses a pattern only when it is used
                return tokenizer

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:  # of any kind, as the binding raises them
            if not isinstance(error, Exception) and not _panicked(error):
                raise
            raise UserError(
                f"{self._name}: tokenizers {metadata.version('tokenizers')} does not run it ({error}). "
                "Releases before 1.0 support more patterns: pip install 'tokenizers<1'."
            ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            if not _panicked(error):
                raise
            raise UserError(f"{self._name}: HF tokenizers failed on a text ({error}).") from error

    def encode_batch(self, texts: list[str], special: bool = False) -> list[list[int]]:
        """The ids of each text; with `special`, names of special tokens are those tokens."""
        engine = self._tokenizer
        with self._told():
            if hasattr(engine, "encode_batch_fast"):
                engine.encode_special_tokens = not special
                return [e.ids for e in engine.encode_batch_fast(texts, add_special_tokens=False)]
            found = engine.encode_batch(texts, add_special_tokens=False, encode_special_tokens=not special)
            return [list(e.ids) for e in found]

    def decode(self, ids: list[int]) -> str:
        """The text of the ids, special tokens by their names."""
        engine = self._tokenizer
        with self._told():
            return engine.decode(ids, skip_special_tokens=False)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """(begin, end) in characters of each token. Raises UserError where the installed release does not report it."""
        encoding_type = getattr(__import__("tokenizers"), "Encoding", None)
        if not hasattr(encoding_type, "offsets"):
            raise UserError(
                f"{self._name}: the positions of its tokens in a text are only available in HF tokenizers before 1.0; "
                "pip install 'tokenizers<1'."
            )
        engine = self._tokenizer
        engine.encode_special_tokens = True
        with self._told():
            return engine.encode(text, add_special_tokens=False).offsets


def _panicked(error: BaseException) -> bool:
    """Errors of Rust are of this kind: a pattern that fails on a text, a prefix that is longer than a token. It is no
    Exception, and the binding does not hand out its type."""
    return type(error).__name__ == "PanicException"


def byte_content(
    pattern: str | None = None, merged: tuple[bytes, ...] = (), normalizer: str | None = None
) -> dict[str, Any]:
    """The content of a tokenizer.json of the 256 bytes and some merges of two bytes; without a pattern, text is one
    pre-token."""
    characters = byte_characters()
    vocabulary = {character: b for b, character in enumerate(characters)}
    merges = [[characters[b] for b in token] for token in merged]
    vocabulary |= {"".join(parts): 256 + n for n, parts in enumerate(merges)}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
    model: dict[str, Any] = {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
    }
    model |= {"fuse_unk": False, "byte_fallback": False, "ignore_merges": False, "vocab": vocabulary, "merges": merges}
    return {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": normalizer} if normalizer else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]} if pattern else byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": model,
    }


@cache
def _nfc() -> Reference:
    return Reference(byte_content(normalizer="NFC"))


def nfc(text: str) -> str:
    """NFC as HF tokenizers computes it, with a Unicode version that may differ from Python's: bytes of the normalised
    text, as ids of a tokenizer of bytes."""
    return bytes(_nfc().encode_batch([text])[0]).decode()
