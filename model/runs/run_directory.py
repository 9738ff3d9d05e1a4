"""The folder of a run, and what makes it readable without the command that started it.

RUN/config.toml      the configuration, vocabulary and context filled in
RUN/tokenizer/       the tokenizer that made the data, checked against packing.json's SHA-256
RUN/checkpoints/     model/runs/checkpoint.py
RUN/metrics.jsonl, RUN/tensorboard/, RUN/report.html
"""

import shutil
from pathlib import Path
from typing import Any

import torch

from corpus.engine.output import Maker
from corpus.engine.task import atomic_write, file_sha256
from corpus.errors import UserError
from model.config import Config, load_config, to_toml
from model.network.decoder import Decoder
from model.runs import checkpoint
from tokenizer.directory import TOKENIZER_FILES

RUN = Maker("pretrain", "a training run")
RUN_FILES = ("config.toml", "tokenizer/", "checkpoints/", "metrics.jsonl", "tensorboard/", "report.html")


def prepare_run(run: Path, config: Config, tokenizer: Path, resume: bool) -> None:
    """Make the folder, or check that it holds a run of the same model that is to be resumed."""
    if checkpoint.found(run / "checkpoints") and not resume:
        raise UserError(f"{run} already holds checkpoints. Resume them with --resume, or choose another --out.")
    if resume and (run / "config.toml").is_file():
        before = load_config(run / "config.toml")
        if before.model != config.model:
            keys = [k for k, v in vars(config.model).items() if getattr(before.model, k) != v]
            raise UserError(
                f"{run} holds a run of another model: "
                + "; ".join(
                    f"model.{k} was {getattr(before.model, k)!r} and is {getattr(config.model, k)!r}" for k in keys
                )
                + ". Resume with the run's own configuration, or choose another --out."
            )
    (run / "tokenizer").mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER_FILES:
        if (tokenizer.parent / name).is_file() and not _same(tokenizer.parent / name, run / "tokenizer" / name):
            shutil.copyfile(tokenizer.parent / name, run / "tokenizer" / name)
    with atomic_write(run / "config.toml") as temporary:
        temporary.write_text(to_toml(config), encoding="utf-8")


def _same(a: Path, b: Path) -> bool:
    return b.is_file() and file_sha256(a) == file_sha256(b)


def find_tokenizer(data: Path, description: dict[str, Any], given: Path | None = None) -> Path:
    """The tokenizer.json that made packed data: the one given, the data's own copy, or one in a folder beside them.

    Whichever it is, its SHA-256 must be the one in packing.json (`description`).
    """
    wanted = description["tokenizer_sha256"]
    if given is not None:
        path = given / "tokenizer.json" if given.is_dir() else given
        if not path.is_file():
            raise UserError(f"{path}: no such tokenizer.")
        if file_sha256(path) != wanted:
            raise UserError(f"{path} did not make the data in {data}: its SHA-256 is not the one in packing.json.")
        return path
    for path in (data / "tokenizer" / "tokenizer.json", *sorted(data.resolve().parent.glob("*/tokenizer.json"))):
        if path.is_file() and file_sha256(path) == wanted:
            return path
    raise UserError(
        f"The tokenizer that made the data in {data} is neither in nor beside that folder; name it with --tokenizer."
    )


def load_decoder(
    run: Path, step: int | None = None, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[Decoder, Config, Path]:
    """A trained decoder in evaluation mode, its configuration and the checkpoint it came from (the newest sound one
    by default)."""
    if not (run / "config.toml").is_file():
        raise UserError(
            f"{run} is no run directory: it has no config.toml. Train one with `python -m pipelines.pretrain`."
        )
    config = load_config(run / "config.toml")
    path = checkpoint.select(run, step)
    model = Decoder(config.model, dtype)
    checkpoint.load(path, {f"model.{name}": p.data for name, p in model.named_parameters()})
    return model.to(device).eval(), config, path
