"""Defaults that are fitted to a corpus: the same for each step and for the chain."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from pipelines import end_to_end
from pipelines.end_to_end import SCALES
from pipelines.fitted import SIZES, Fitted, fit_shards, fitted, tell
from tokenizer.directory import MULTIPLE

SMALL, MIDDLE, LARGE = (
    Fitted(4096, 512, "tiny", 3.5),
    Fitted(32768, 2048, "mini", 4.6),
    Fitted(50304, 4096, "350m", 4.8),
)


@pytest.mark.parametrize(
    ("size", "fit"),
    [
        (0, SMALL),
        (10_000_000, SMALL),
        (10_000_001, MIDDLE),
        (10_000_000_000, MIDDLE),
        (10_000_000_001, LARGE),
        (3e12, LARGE),
    ],
)
def test_they_grow_with_the_corpus(size: float, fit: Fitted) -> None:
    assert fitted(size) == fit


def test_recipes_of_ours_get_what_fits_them() -> None:
    """The demo has 0.2 MB, `mini` some 100 MB; the vocabulary of the card is the largest."""
    assert {name: scale.tasks for name, scale in SCALES.items()} == {"demo": "bpb", "mini": "kobest,english,bpb"}
    assert SCALES["demo"].fit == fitted(230_000)
    assert SCALES["mini"].fit == fitted(118_000_000)
    assert all(fit.vocab_size % MULTIPLE == 0 for _, fit in SIZES)
    config = tomllib.loads((Path(__file__).parents[2] / "model" / "configs" / "1.3b.toml").read_text())["model"]
    assert (config["vocab_size"], config["context"]) == SIZES[-1][1][:2]


def test_the_size_is_that_of_all_training_shards(tmp_path: Path) -> None:
    for name, size in (("a", 6_000_000), ("b", 5_000_000)):
        (tmp_path / name).write_bytes(bytes(size))
    assert fit_shards([tmp_path / "a"]) == (SMALL, "6.0 MB")
    assert fit_shards([tmp_path / "a", tmp_path / "b"]) == (MIDDLE, "11.0 MB")


def test_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tell("Rows of 512 tokens", "6 MB", "--seq-len")
    assert capsys.readouterr().err == "Rows of 512 tokens, fitted to 6 MB of corpus; --seq-len takes another.\n"


def test_a_larger_corpus_gets_a_larger_model_with_its_vocabulary_and_rows() -> None:
    from model.config import load_config, resolve
    from model.network.decoder import parameter_count

    sizes = [parameter_count(resolve(load_config(fit.config), fit.vocab_size, fit.seq_len).model) for _, fit in SIZES]
    assert sizes == sorted(sizes)
    assert sizes[0] < 2_000_000 < 100_000_000 < sizes[1] < 350_000_000 < sizes[2]


@pytest.mark.parametrize("gpu", [True, False])
def test_the_model_of_a_chain_is_told_before_the_corpus_is_built(
    gpu: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A GPU trains what suits the corpus. On a CPU that would take weeks, so that the smallest is taken, and told."""
    recipe = tmp_path / "own.toml"
    recipe.write_text(f'name = "own"\n[[sources]]\nname = "a"\nfiles = ["{tmp_path}/a.txt"]\n')
    monkeypatch.setattr(end_to_end, "_has_gpu", lambda: gpu)
    chosen: list[Any] = []

    def build(*_: Any, **__: Any) -> None:
        chosen.append(" ".join(capsys.readouterr().err.split()))
        (tmp_path / "out" / "corpus" / "train").mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / "corpus" / "manifest.json").write_text("{}")
        (tmp_path / "out" / "corpus" / "train" / "state.json").write_text('{"_data_files": []}')

    def steps(scale: Any, config: str, *_: Any) -> Any:
        chosen.append((scale.fit, config))
        raise KeyboardInterrupt

    monkeypatch.setattr(end_to_end.build_corpus, "main", build)
    monkeypatch.setattr(end_to_end, "fit_shards", lambda _: (MIDDLE, "2 GB"))
    monkeypatch.setattr(end_to_end, "_steps", steps)
    for config, expected in ((None, "mini" if gpu else "tiny"), ("350m", "350m")):
        with pytest.raises(KeyboardInterrupt):
            end_to_end.main(str(recipe), tmp_path / "out", None, config=config)
        told, (fit, found) = chosen[-2:]
        assert (fit, found) == (MIDDLE, expected)
        if config is None:
            assert ("tiny up to 10.0 MB, mini up to 10.0 GB, 350m above" if gpu else "this machine has no GPU") in told
            assert "--config" in told
        else:
            assert "Model:" not in told
