"""A byte-level BPE small enough to count by hand."""

import json

from tokenizers import Tokenizer

from tokenizer.encoding.ranks import content_of
from tokenizer.scanner.patterns import REGEXES


def small_ranks(*tokens: str) -> dict[bytes, int]:
    """The 256 bytes, then tokens, each made of two earlier ones."""
    return {bytes([b]): b for b in range(256)} | {token.encode(): 256 + n for n, token in enumerate(tokens)}


def small_tokenizer(*tokens: str) -> Tokenizer:
    """With GPT-2's pattern."""
    return Tokenizer.from_str(json.dumps(content_of(small_ranks(*tokens), REGEXES["gpt2"])))
