"""The whole chain on the demo sample, as one command, and what its pieces promise."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.engine.task import file_sha256
from tests.helpers.commands import Done, called

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def command(name: str, *arguments: str | Path) -> Done:
    return called(name, *arguments, unset=("HANJI_MIRROR",), HF_HUB_OFFLINE="1")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Made by the command in a process of its own, as its users start it."""
    out = tmp_path_factory.mktemp("chain")
    clean = {key: value for key, value in os.environ.items() if key != "HANJI_MIRROR"} | {"HF_HUB_OFFLINE": "1"}
    line = [sys.executable, "-m", "pipelines.end_to_end", "--recipe", "demo", "--out", str(out)]
    result = subprocess.run(line, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=1500, check=False)
    assert result.returncode == 0, result.stderr
    return out, result.stderr + result.stdout


def test_the_steps_by_themselves_make_what_the_chain_makes(
    chain: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No option but the defaults: the tokenizer, the rows and the shape of the model are the same, and told."""
    shutil.copytree(chain[0] / "corpus", tmp_path / "runs" / "demo")
    monkeypatch.chdir(tmp_path)
    told = {}
    for name in ("train_tokenizer", "pack"):
        done = command(name)
        assert done.returncode == 0, done.stderr
        told[name] = " ".join(done.stderr.split())
    assert "Vocabulary of 4,096 tokens, fitted to" in told["train_tokenizer"]
    assert "Rows of 512 tokens, fitted to" in told["pack"]
    for alone, name in (("runs/tokenizer", "tokenizer"), ("runs/packed", "packed")):
        for path in sorted((chain[0] / name).rglob("*")):
            place = path.relative_to(chain[0] / name)
            if (
                path.is_file()
                and not place.parts[0].startswith(".")
                and place.name not in ("training.json", "README.md", "task.json")  # they name folders
            ):
                assert (tmp_path / alone / place).read_bytes() == path.read_bytes(), place


def metrics(run: Path) -> list[dict]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_closing_table_names_everything_made(chain: tuple[Path, str]) -> None:
    out, printed = chain
    for step in ("corpus", "tokenizer", "fertility", "packed", "model"):
        assert (out / step).is_dir()
        assert step in printed.split("End to end")[-1]


def test_the_model_is_exported_and_scored(chain: tuple[Path, str]) -> None:
    out, printed = chain
    assert (out / "hf" / "model.safetensors").is_file()
    found = json.loads((out / "hf" / "evaluation" / "main" / "results.json").read_text(encoding="utf-8"))
    assert set(found["bpb"]["languages"]) == {"en", "ko"}
    assert all(0.5 < entry["bpb"] < 4 for entry in found["bpb"]["languages"].values())
    assert "scores" in printed.split("End to end")[-1]


def test_the_record_holds_what_a_comparison_needs(chain: tuple[Path, str]) -> None:
    """Announced before the first step, recorded after the last."""
    out, printed = chain
    assert printed.index("Training tiny") < printed.index("End to end: demo")
    record = json.loads((out / "speedrun.json").read_text(encoding="utf-8"))
    steps = {"corpus", "tokenizer", "fertility", "packed", "model", "sample", "export", "scores"}
    assert set(record["seconds"]) == steps
    assert record["total_minutes"] == round(sum(record["seconds"].values()) / 60, 1)
    assert (record["recipe"], record["config"], record["steps"]) == ("demo", "tiny", 60)
    assert set(record["bits_per_byte"]) == {"ko", "en"}
    assert [point["step"] for point in record["curve"]] == [30, 60]
    assert record["scores"]["profile"] == "main"


def test_the_loss_falls_clearly_below_the_unigram_entropy(chain: tuple[Path, str]) -> None:
    rows = [row for row in metrics(chain[0] / "model") if row["step"] <= 60]  # another test goes on from there
    entropy = next(row["unigram_entropy"] for row in rows if "unigram_entropy" in row)
    losses = [row["loss"] for row in rows if "loss" in row]
    assert rows[-1]["step"] == 60
    assert losses[-1] < entropy - 0.3
    assert losses[0] > entropy


def test_the_tokenizer_loads_everywhere(chain: tuple[Path, str]) -> None:
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer

    folder = chain[0] / "tokenizer"
    text = "서울의 봄은 AI가 그립니다. It rains in 2024!"
    plain = Tokenizer.from_file(str(folder / "tokenizer.json"))
    fast = transformers.PreTrainedTokenizerFast.from_pretrained(str(folder))
    assert plain.get_vocab_size() == 4096
    assert fast.decode(plain.encode(text, add_special_tokens=False).ids) == text
    assert fast(text, add_special_tokens=False)["input_ids"] == plain.encode(text, add_special_tokens=False).ids


def test_the_fertility_table_covers_languages_and_sources(chain: tuple[Path, str]) -> None:
    assert (chain[0] / "fertility" / "fertility.json").is_file()
    assert "demo-wiki-ko" in (chain[0] / "fertility" / "fertility.json").read_text(encoding="utf-8")


def test_resume_goes_on_and_generate_prints(chain: tuple[Path, str]) -> None:
    out, _ = chain
    more = command(
        "pretrain",
        "--config",
        "tiny",
        "--data",
        out / "packed",
        "--out",
        out / "model",
        "--resume",
        "--set",
        "train.steps=62",
    )
    assert more.returncode == 0, more.stderr
    assert metrics(out / "model")[-1]["step"] == 62
    text = command("generate", "--run", out / "model", "--prompt", "서울의 봄은", "--tokens", "8")
    assert text.returncode == 0, text.stderr
    assert text.stdout.startswith("서울의 봄은")
    assert len(text.stdout.strip()) > len("서울의 봄은")


def test_another_recipe_is_refused_or_replaces_all_steps(chain: tuple[Path, str], tmp_path: Path) -> None:
    """Refused: no file of the chain changes. With --overwrite the results are those of the new recipe, and its record
    does not add up with that of the old one."""

    def files(folder: Path) -> dict[str, str]:
        found = (path for path in folder.rglob("*") if path.is_file() and path.name not in (".hanji.lock", ".lock"))
        return {path.relative_to(folder).as_posix(): file_sha256(path) for path in found}

    recipe = tmp_path / "smaller.toml"
    wiki = (ROOT / "pipelines" / "recipes" / "demo.toml").read_text(encoding="utf-8").split("[[sources]]")[:3]
    recipe.write_text("[[sources]]".join(wiki).replace('"demo"', '"smaller"', 1), encoding="utf-8")
    short = tmp_path / "short.toml"
    settings = (ROOT / "model" / "configs" / "tiny.toml").read_text(encoding="utf-8")
    settings = re.sub(r"(?m)^(steps|\w+_every) = \d+", r"\1 = 4", settings.replace("warmup = 10", "warmup = 1"))
    short.write_text(settings, encoding="utf-8")
    before = files(chain[0])
    nowhere = tmp_path / "nowhere.toml"
    nowhere.write_text('name = "nowhere"\n[[sources]]\nname = "local"\nfiles = ["nowhere/*.jsonl"]\n')
    assert command("end_to_end", "--recipe", nowhere, "--out", tmp_path / "runs" / "new").returncode == 2
    assert not (tmp_path / "runs").exists()
    refused = command("end_to_end", "--recipe", recipe, "--out", chain[0])
    assert refused.returncode == 2
    assert "--overwrite" in refused.stderr
    assert files(chain[0]) == before
    out = tmp_path / "chain"
    shutil.copytree(chain[0], out)
    with_other_texts = command(
        "pretrain", "--config", short, "--data", out / "packed", "--out", out / "model", "--overwrite"
    )
    assert with_other_texts.returncode == 0, with_other_texts.stderr
    old = json.loads((out / "speedrun.json").read_text(encoding="utf-8"))
    new = ("--recipe", recipe, "--config", short, "--out", out)
    replaced = command("end_to_end", *new, "--overwrite")
    assert replaced.returncode == 0, replaced.stderr[-2000:]
    record = json.loads((out / "speedrun.json").read_text(encoding="utf-8"))
    assert (record["recipe"], set(record["seconds"])) == (str(recipe), set(old["seconds"]))
    assert record["corpus"] != old["corpus"]
    corpus = json.loads((out / "corpus" / "manifest.json").read_text(encoding="utf-8"))
    assert (corpus["recipe"]["name"], len(corpus["recipe"]["sources"])) == ("smaller", 2)
    packed = json.loads((out / "packed" / "packing.json").read_text(encoding="utf-8"))
    assert {name for split in packed["splits"].values() for name in split} == {"demo-wiki-ko", "demo-wiki-en"}
    assert command("verify", out).returncode == 0
    again = command("end_to_end", *new)
    assert again.returncode == 0, again.stderr[-2000:]
