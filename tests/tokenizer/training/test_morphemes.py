"""Morpheme boundaries hold merges back, in training only."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from tokenizer.training.bpe import train
from tokenizer.training.morphemes import split_words

WORDS = {" 학교에서": 5, " 학생들은": 3, " 했다": 4, " school": 7, "에서": 2}


def split(kind: str) -> dict[bytes, int]:
    words = pa.array([word.encode() for word in WORDS], pa.large_binary())
    with LocalEngine(1) as engine:
        pieces, counts = split_words(words, np.array(list(WORDS.values())), kind, engine)
    return dict(zip(pieces.to_pylist(), counts.tolist(), strict=True))


def test_josa_are_parted():
    pieces = split("josa")
    assert pieces[" 학교".encode()] == 5
    assert pieces["에서".encode()] == 7  # of 학교에서, and by itself
    assert pieces[" 학생들".encode()] == 3
    assert pieces[" 했다".encode()] == 4
    assert pieces[b" school"] == 7


def test_words_are_counted_in_whatever_batch_they_are(monkeypatch):
    whole = split("josa")
    monkeypatch.setattr("tokenizer.training.morphemes.BATCH", 2)
    assert split("josa") == whole


def test_all_morphemes_are_parted_but_never_within_a_syllable():
    pieces = split("all")
    assert pieces[" 학생".encode()] == 3
    assert pieces["들".encode()] == 3
    assert pieces[" 했".encode()] == 4
    assert b"".join(pieces).decode()  # every piece is whole characters


def test_no_merge_crosses_a_boundary():
    words = pa.array([word.encode() for word in WORDS], pa.large_binary())
    with LocalEngine(1) as engine:
        pieces, counts = split_words(words, np.array(list(WORDS.values())), "josa", engine)
    tokens = train(pieces, counts, 400).tokens
    assert " 학교".encode() in tokens
    assert not any("교에".encode() in token for token in tokens)


def test_unknown_kind():
    with LocalEngine(1) as engine, pytest.raises(UserError, match="josa, all"):
        split_words(pa.array([], pa.large_binary()), np.zeros(0, np.int64), "eomi", engine)


def test_too_little_memory_for_kiwi_is_a_sentence():
    """Kiwi itself would end the process: no exception, no words, or C++'s `terminate called`."""
    code = (
        "import resource, kiwipiepy\n"
        "from pathlib import Path\n"
        "from tokenizer.training.morphemes import kiwi\n"
        "size = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (size + 300_000_000,) * 2)\n"
        "kiwi().tokenize('한글')\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "UserError: Kiwi, which finds the morphemes of Korean words, needs 500 MB of memory" in result.stderr
