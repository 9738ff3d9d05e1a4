"""Defaults that are fitted to a corpus: the same for each step and for the chain."""

import tomllib
from pathlib import Path

import pytest

from pipelines.end_to_end import SCALES
from pipelines.fitted import SIZES, Fitted, fit_shards, fitted, tell
from pipelines.train_tokenizer import MULTIPLE


@pytest.mark.parametrize(
    ("size", "fit"),
    [
        (0, Fitted(4096, 512)),
        (10_000_000, Fitted(4096, 512)),
        (10_000_001, Fitted(32768, 2048)),
        (10_000_000_000, Fitted(32768, 2048)),
        (10_000_000_001, Fitted(50304, 4096)),
        (3e12, Fitted(50304, 4096)),
    ],
)
def test_they_grow_with_the_corpus(size: float, fit: Fitted) -> None:
    assert fitted(size) == fit


def test_recipes_of_ours_get_what_fits_them() -> None:
    """The demo has 0.2 MB, `mini` some 100 MB; the vocabulary of the card is the largest."""
    assert SCALES["demo"].fit == fitted(230_000)
    assert SCALES["mini"].fit == fitted(118_000_000)
    assert all(fit.vocab_size % MULTIPLE == 0 for _, fit in SIZES)
    config = tomllib.loads((Path(__file__).parents[2] / "model" / "configs" / "1.3b.toml").read_text())["model"]
    assert (config["vocab_size"], config["context"]) == SIZES[-1][1]


def test_the_size_is_that_of_all_training_shards(tmp_path: Path) -> None:
    for name, size in (("a", 6_000_000), ("b", 5_000_000)):
        (tmp_path / name).write_bytes(bytes(size))
    assert fit_shards([tmp_path / "a"]) == (Fitted(4096, 512), "6 MB")
    assert fit_shards([tmp_path / "a", tmp_path / "b"]) == (Fitted(32768, 2048), "11 MB")


def test_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell("Rows of 512 tokens", "6 MB", "--seq-len")
    assert capsys.readouterr().err == "Rows of 512 tokens, fitted to 6 MB of corpus; --seq-len takes another.\n"
