"""The work of cleaning grows with the bytes, not with how they are cut into documents or how often they repeat.

Counted, not timed: with compilation switched off the kernels are plain Python, and every byte of text that they look at
goes through an array that counts; the vector instructions, which have no Python, are written out here and count each of
their bytes. (Hash tables are at most three quarters full, which bounds the looks at those.)
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCANS = ["normalize", "kinds", "words", "lines", "phrases", "sales", "repetition", "boilerplate", "privacy"]
PROGRAM = """
import json, sys
import numpy as np, pyarrow as pa
import corpus.kernels.intrinsics

def bits(flags):
    return np.uint64(sum(1 << k for k, flag in enumerate(flags) if flag))

def block(data, i, n=64):
    assert 0 <= i and i + n <= len(data)
    return data[i : i + n].tolist()

def copy_block(source, i, target, j):
    assert j + 64 <= len(target)
    target[j : j + 64] = source[i : i + 64]

vectors = {
    "bytes_between": lambda data, i, low, high: bits(low <= byte <= high for byte in block(data, i)),
    "load64": lambda data, i: np.uint64(int.from_bytes(bytes(block(data, i, 8)), "little")),
    "trailing_zeros": lambda word: (int(word) & -int(word)).bit_length() - 1 if word else 64,
    "prefetch": lambda array, i: None,
    "ones": lambda word: int(word).bit_count(),
    "leading_zeros": lambda word: 64 - int(word).bit_length(),
    "same_bytes": lambda data, i, j: bits(a == b for a, b in zip(block(data, i), block(data, j))),
    "copy_block": copy_block,
}
for name, function in vectors.items():
    setattr(corpus.kernels.intrinsics, name, function)
import corpus.cleaning.normalize_kernel
import corpus.quality.lines, corpus.quality.phrases, corpus.quality.repetition, corpus.quality.sales_talk
import corpus.quality.words
import corpus.cleaning.privacy, corpus.cleaning.boilerplate_lines, corpus.kernels.utf8, corpus.structure.lines
np.seterr(all="ignore")

class Counting:
    looks = 0
    def __init__(self, array):
        self.array, self.shape = array, array.shape
    def __getitem__(self, index):
        Counting.looks += 1 if not isinstance(index, slice) else len(range(*index.indices(len(self.array))))
        return self.array[index]
    def __len__(self):
        return len(self.array)

def view(texts):
    data, offsets = corpus.kernels.utf8.string_buffers(texts)
    return Counting(data), offsets

kinds = {
    "normalize": (corpus.cleaning.normalize_kernel, "rewrite", ()),
    "words": (corpus.quality.words, "count_words", ()),
    "kinds": (corpus.structure.lines, "find_lines", ()),
    "lines": (corpus.quality.lines, "count_lines", None),
    "phrases": (corpus.quality.phrases, "count_phrases", ()),
    "sales": (corpus.quality.sales_talk, "count_points", ()),
    "repetition": (corpus.quality.repetition, "count_repetition", ()),
    "boilerplate": (corpus.cleaning.boilerplate_lines, "eligible_lines", None),
    "privacy": (corpus.cleaning.privacy, "redact", (corpus.cleaning.privacy.PrivacySettings(),)),
}
texts = json.load(sys.stdin)
result = {}
for name, (module, function, arguments) in kinds.items():
    module.string_buffers = view
    for label, documents in texts.items():
        if name == "lines":
            given = (np.ones(sum(text.count("\\n") + 1 for text in documents), np.uint8),)
        elif arguments is None:
            scopes = np.zeros(len(documents), np.uint64)
            given = (scopes, corpus.cleaning.boilerplate_lines.Limits(5, 12, 40, 1000))
        else:
            given = arguments
        Counting.looks = 0
        try:
            getattr(module, function)(pa.array(documents, pa.string()), *given)
        except TypeError as error:
            if "memoryview" not in str(error): raise  # the scan is over: what follows needs a real buffer
        result[f"{name} {label}"] = Counting.looks
print(json.dumps(result))
"""


@pytest.fixture(scope="module")
def looks() -> dict[str, int]:
    """How many bytes each scan looked at, by "scan text"."""
    prose = [
        f"{i}번째 문장에는 여러 낱말이 있고 카지노 이야기도 있다. The cat {i} sat on the mat.\n" for i in range(40)
    ]
    texts = {
        "one": ["".join(prose)],
        "twice as long": ["".join(prose) * 2],
        "many": prose,
        "same word": ["word " * 600],
        "same word twice": ["word " * 1200],
        "blank": ["\n" * 1000 + " " * 1000],
        "blank twice": ["\n" * 2000 + " " * 2000],
    }
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).resolve().parents[3],
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("scan", SCANS)
def test_work_is_linear_in_bytes(looks: dict[str, int], scan: str) -> None:
    assert looks[f"{scan} one"] > 1000
    assert looks[f"{scan} twice as long"] <= 2.1 * looks[f"{scan} one"]
    assert looks[f"{scan} one"] <= 1.2 * looks[f"{scan} many"]
    assert looks[f"{scan} same word twice"] <= 2.1 * looks[f"{scan} same word"]
    assert looks[f"{scan} blank twice"] <= 2.1 * looks[f"{scan} blank"] + 10
    assert looks[f"{scan} one"] <= 60 * 40 * 120  # so many looks at a byte at most, 64 for a vector instruction
