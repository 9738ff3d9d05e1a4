"""A byte-level BPE small enough to count by hand."""

import json
import tempfile
from pathlib import Path

from tokenizers import Tokenizer

from tokenizer.encoding.ranks import content_of
from tokenizer.scanner.patterns import REGEXES


def small_ranks(*tokens: str) -> dict[bytes, int]:
    """The 256 bytes, then tokens, each made of two earlier ones."""
    return {bytes([b]): b for b in range(256)} | {token.encode(): 256 + n for n, token in enumerate(tokens)}


def small_tokenizer(*tokens: str) -> Tokenizer:
    """With GPT-2's pattern."""
    with tempfile.TemporaryDirectory() as folder:
        write_small(Path(folder) / "tokenizer.json", *tokens)
        return Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))


def write_small(path: Path, *tokens: str) -> None:
    """Its tokenizer.json."""
    path.write_text(json.dumps(content_of(small_ranks(*tokens), REGEXES["gpt2"])), encoding="utf-8")
