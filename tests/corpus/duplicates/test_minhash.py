"""Signatures: the kernel against numpy, the estimate against datasketch's and the truth, and the refusal to mix."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.duplicates import shingles
from corpus.duplicates.candidates import estimate_short
from corpus.duplicates.minhash import (
    EMPTY,
    VERSION,
    MinHashSettings,
    describe,
    is_empty,
    read_sketches,
    short_signatures,
    signatures,
    sketch,
    sketch_and_count,
    write_signatures,
)
from corpus.duplicates.shingles import ShingleSettings, Sizes, shingle, windows
from corpus.errors import UserError
from corpus.kernels.units import units
from tests.helpers.borders import WIDE


@given(st.lists(st.lists(WIDE, max_size=20), max_size=8), st.integers(16, 40), st.integers(0, 9))
def test_kernel_is_the_definition(documents: list[list[int]], permutations: int, seed: int) -> None:
    settings = MinHashSettings(permutations=permutations, seed=seed)
    hashes = np.array([h for d in documents for h in d], np.uint64)
    offsets = np.cumsum([0, *map(len, documents)])
    found = signatures(hashes, offsets, settings)
    a, b = np.random.Generator(np.random.PCG64(seed)).integers(0, 2**32, (2, permutations), dtype=np.uint32)
    for row, document in zip(found, documents, strict=True):
        x = (np.array(document, np.uint64) >> np.uint64(32)).astype(np.uint32)
        values = (a | np.uint32(1))[:, None] * x[None, :] + b[:, None]
        assert (row == values.min(axis=1, initial=EMPTY)).all()
    assert is_empty(found).tolist() == [not document for document in documents]


@pytest.mark.parametrize("truth", [0.3, 0.7, 0.9])
def test_estimates_are_distributed_as_datasketch_s(truth: float) -> None:
    """Over 200 pairs of sets of known similarity: unbiased, with the variance of 128 independent coins, as
    datasketch's is."""
    from datasketch import MinHash

    random = np.random.default_rng(5)
    pairs, size, permutations = 200, 300, 128
    common = round(2 * size * truth / (1 + truth))
    ours, theirs = np.empty(pairs), np.empty(pairs)
    for i in range(pairs):
        values = random.integers(0, 2**63, 2 * size - common, dtype=np.uint64) * np.uint64(2)
        left, right = values[:size], values[size - common :]
        made = signatures(np.concatenate([left, right]), np.array([0, size, 2 * size]), MinHashSettings())
        ours[i] = (made[0] == made[1]).mean()
        sets = MinHash.bulk([[v.tobytes() for v in side] for side in (left, right)], num_perm=permutations, seed=i)
        theirs[i] = sets[0].jaccard(sets[1])
    exact = common / (2 * size - common)
    deviation = np.sqrt(exact * (1 - exact) / permutations)
    for estimates in (ours, theirs):
        assert abs(estimates.mean() - exact) < 4 * deviation / np.sqrt(pairs)
        assert 0.8 < estimates.std() / deviation < 1.2
    assert abs(ours.std() / theirs.std() - 1) < 0.2


def test_sketch_is_the_signature_of_the_shingles() -> None:
    texts = pa.array(["동해 물과 백두산이 마르고 닳도록", "", "to be or not to be that is the question", "!!"])
    hashes, offsets = shingle(texts, None, ShingleSettings())
    made = sketch(texts, None, ShingleSettings(), MinHashSettings())
    assert (made == signatures(hashes, offsets, MinHashSettings())).all()
    assert is_empty(made).tolist() == [False, True, False, False]


def test_units_that_are_known_give_the_same_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shingles, "AT_ONCE", 100)
    texts = pa.array(
        ["동해 물과 백두산이 마르고 닳도록", "", "to be or not to be that is the question", "!!"] * 5
    ).slice(1)
    made = sketch(texts, None, ShingleSettings(), MinHashSettings(), units(texts))
    other, counts = sketch_and_count(texts, None, ShingleSettings(), MinHashSettings())
    assert (made == other).all()
    assert counts.tolist() == np.diff(windows(texts, None, ShingleSettings())[1]).tolist()


def test_files_keep_signatures_and_what_they_depend_on(tmp_path: Path) -> None:
    settings, shingling = MinHashSettings(permutations=32, seed=3), ShingleSettings(letters=12)
    blocks = [np.arange(64, dtype=np.uint32).reshape(2, 32), np.empty((0, 32), np.uint32), np.ones((1, 32), np.uint32)]
    for name in "ab":
        (tmp_path / name).mkdir()
        write_signatures(tmp_path / name, iter(blocks if name == "a" else []), shingling, settings)
    assert (np.load(tmp_path / "a" / "signatures.npy") == np.concatenate(blocks)).all()
    assert np.load(tmp_path / "b" / "signatures.npy").shape == (0, 32)
    assert read_sketches([tmp_path / "a", tmp_path / "b"]) == (shingling, settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: d["minhash"].update(seed=4),
            r"made with minhash\.seed = 4, but .*/a with minhash\.seed = 3\.",
        ),
        (
            lambda d: d["shingles"].update(letters=20),
            r"with shingles\.letters = 20, but .*/a with shingles\.letters = 12\.",
        ),
        (lambda d: d["shingles"].update(version=1), "version 1 of the shingles kernel"),
        (lambda d: d["minhash"].update(version=99), "version 99 of the minhash kernel"),
    ],
)
def test_different_signatures_are_not_mixed(tmp_path: Path, change, message: str) -> None:
    settings, shingling = MinHashSettings(seed=3), ShingleSettings(letters=12)
    for name in "ab":
        (tmp_path / name).mkdir()
        write_signatures(tmp_path / name, [], shingling, settings)
    description = describe(shingling, settings)
    change(description)
    (tmp_path / "b" / "sketch.json").write_text(json.dumps(description))
    with pytest.raises(UserError, match=message):
        read_sketches([tmp_path / "a", tmp_path / "b"])
    with pytest.raises(UserError, match="make the signatures again"):
        read_sketches([tmp_path])


@pytest.mark.parametrize("lost", ["signatures.npy", "sketch.json"])
def test_half_of_the_files_is_none(tmp_path: Path, lost: str) -> None:
    write_signatures(tmp_path, [], ShingleSettings(), MinHashSettings())
    (tmp_path / lost).unlink()
    with pytest.raises(UserError, match="make the signatures again"):
        read_sketches([tmp_path])


def test_short_signatures_are_eight_mixed_bits() -> None:
    """The upper eight of the product with Knuth's factor; all 256 occur, so that by chance one in 256 agrees."""
    values = np.arange(70_000, dtype=np.uint32).reshape(-1, 100)
    found = short_signatures(values)
    assert found.dtype == np.uint8
    assert found.tolist() == [[(v * 0x9E3779B1 % 2**32) >> 24 for v in row] for row in values.tolist()]
    assert (np.bincount(found.reshape(-1), minlength=256) > 200).all()


def test_an_estimate_from_bytes_takes_off_what_agrees_by_chance() -> None:
    """One in 256: then none agrees at similarity 0, and all at 1."""
    assert estimate_short(np.array([256, 1, 0]), 256).tolist() == [1, 0, 0]
    assert estimate_short(np.array([64, 100]), 128) == pytest.approx([(0.5 - 1 / 256) * 256 / 255, 0.78039], abs=1e-5)


def test_only_a_signature_without_any_value_is_empty() -> None:
    made = np.full((3, 16), EMPTY)
    made[0, 0] = made[1, 3] = 5
    assert is_empty(made).tolist() == [False, False, True]


# Of every kind of character; what is repeated makes several batches and long words.
TEXTS = [
    "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세. 무궁화 삼천리 화려 강산",
    "To be, or not to be, that is the question: Whether 'tis nobler in the mind to suffer ÉÀß",
    "漢字かなカナ・ㆍᆞᄒ ㅋㅋ 12,345.67 힣힟 ퟿\U00020000\U0001f600 x", "!?…", "", " \n\t",
    "가", "abcdefgh" * 40, "띄어쓰기 없이붙여쓴 한국어문장과English words가 함께 있는 글" * 9,
]  # fmt: skip
# SHA-256 of what an index keeps of them, by the versions of the kernels that make it.
FOR_EVER = {(5, 1): ("1f4df4481bc0f7d0", "10dc93a69a4c9c5b", "99bd9cb91744823a")}


def test_what_an_index_holds_is_the_same_for_ever() -> None:
    """Signatures that were stored are compared with those of today: if they change, a version must, and this list."""
    texts = pa.array(TEXTS)
    settings = ShingleSettings(languages={"ja": Sizes(syllables=5, letters=12)})
    languages = pa.array(["ko", "en", "ja", "ko", "ko", "ko", "ko", "en", "ja"])
    hashes, offsets = shingle(texts, languages, settings)
    made, counts = sketch_and_count(texts, languages, settings, MinHashSettings(permutations=64, seed=3))
    arrays = (np.concatenate([hashes, offsets.astype(np.uint64), counts.astype(np.uint64)]), made)
    found = [hashlib.sha256(array.tobytes()).hexdigest()[:16] for array in (*arrays, short_signatures(made))]
    assert tuple(found) == FOR_EVER[shingles.VERSION, VERSION]
