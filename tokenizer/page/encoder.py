"""A tokenizer packed for templates/encoder.js, so that the report's page can encode text.

The merges are packed as pairs of ids in two or three bytes each: 50,000 of them are 270 kB of the page, and the bytes
of every token follow from them. The pattern is included as a regular expression for browsers, whose Unicode version
differs from ours: each \\p{…} and \\s is written out as the ranges of tokenizer/scanner/classes.py, so that the page
splits text as the scanner does.
"""

import base64
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tokenizer.directory import TOKENIZER
from tokenizer.encoding.definition import Definition, define
from tokenizer.scanner.classes import HANGUL, JAMO, LETTER, MARK, NEWLINE, NUMBER, OTHER, SPACE, classes
from tokenizer.scanner.patterns import NAMES, REGEXES
from tokenizer.scanner.runs import REGEX as RUNS

PATTERNS = REGEXES | {"runs": RUNS}  # if merges cross words, pre-tokens are whole runs of words
# Character classes in our patterns. gpt2 and cl100k have no marks and no Hangul: these are OTHER and letters there.
_CLASSES = {
    r"\p{L}": (LETTER, HANGUL, JAMO),
    r"\p{M}": (MARK,),
    r"\p{N}": (NUMBER,),
    r"\p{P}\p{S}\p{C}": (OTHER,),
    r"\s": (SPACE, NEWLINE),
    r"\S": (LETTER, HANGUL, JAMO, MARK, NUMBER, OTHER),
}
# Browsers support (?i:…) only recently; ſ matches s where case is ignored.
_CASELESS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)", r"'(?:[sStTmMdDſ]|[rR][eE]|[vV][eE]|[lL][lL])"


def pack(path: Path) -> dict[str, Any]:
    """A tokenizer.json, or its folder, in the form that encoder.js takes: {"pattern": of PATTERNS, "bytes": [256 ids],
    "width", "merges", "results": base64 of little-endian integers of `width` bytes, "whole": None, or, if merges are
    ignored for pre-tokens that are tokens, the tokens that no merge makes, {base64 of its bytes: id}, "nfc", "removed",
    "raw", "normalized": [[added token, its id, or -1 for one that is treated as text]]}.

    Raises tokenizer.definition.Unsupported with the reason when the page cannot encode with it.
    """
    content = json.loads((path / TOKENIZER if path.is_dir() else path).read_text(encoding="utf-8"))
    definition = define(content)
    added = content.get("added_tokens") or []
    if all(token["special"] for token in added):
        added = []  # all of them are treated as text
    listed = {
        kind: [
            [token["content"], -1 if token["special"] else token["id"]]
            for token in sorted(added, key=lambda token: len(token["content"]), reverse=True)
            if token["normalized"] == (kind == "normalized")
        ]
        for kind in ("raw", "normalized")
    }
    width = 2 if max(int(definition.results.max(initial=0)), int(definition.byte_ids.max())) < 1 << 16 else 3
    return {
        "pattern": NAMES[definition.pattern] if definition.first_stage is None else "runs",
        "bytes": definition.byte_ids.tolist(),
        "width": width,
        "merges": _base64(definition.pairs.reshape(-1), width),
        "results": _base64(definition.results, width),
        "whole": _unmade(definition) if definition.whole else None,
        "nfc": definition.nfc,
        "removed": sorted(definition.removed, key=len, reverse=True),
        **listed,
    }


def _unmade(definition: Definition) -> dict[str, int]:
    """The tokens of a tokenizer that ignores its merges which are neither a byte nor the result of a merge."""
    made = {*definition.byte_ids.tolist(), *definition.results.tolist()}
    return {base64.b64encode(token).decode(): n for token, n in definition.whole.items() if n not in made}


def _base64(numbers: np.ndarray, width: int) -> str:
    parts = numbers.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :width]
    return base64.b64encode(parts.tobytes()).decode()


@cache
def browser_regex(pattern: str) -> str:
    """The source of one of PATTERNS as a regular expression for JavaScript with the flag `u`: 20 to 60 kB of ranges."""
    source = PATTERNS[pattern].replace(*_CASELESS)
    for name in sorted(_CLASSES, key=len, reverse=True):
        inside = re.compile(r"(\[[^\]]*?)" + re.escape(name))
        source = inside.sub(r"\1" + ranges(name).replace("\\", r"\\"), source).replace(name, f"[{ranges(name)}]")
    return source


@cache
def ranges(name: str) -> str:
    """The code points of a class as the inside of brackets: `\\u{41}-\\u{5a}…`."""
    wanted = np.isin(classes(), _CLASSES[name])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted, [False]]).astype(np.int8)))
    return "".join(
        f"\\u{{{first:x}}}" if last == first + 1 else f"\\u{{{first:x}}}-\\u{{{last - 1:x}}}"
        for first, last in edges.reshape(-1, 2).tolist()
    )
