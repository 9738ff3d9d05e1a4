"""The folder of a run, and the files that make it usable without the command that started it.

RUN/config.toml      the configuration, vocabulary and context filled in
RUN/tokenizer/       the tokenizer that made the data, checked against packing.json's SHA-256
RUN/checkpoints/     model/runs/checkpoint.py
RUN/metrics.jsonl, RUN/tensorboard/, RUN/report.html
RUN/.lock            held while the run trains: two runs in one folder would mix their metrics and delete each other's
checkpoints
"""

import fcntl
import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

import torch

from corpus.engine.marker import Maker, read_marker, write_marker
from corpus.engine.output import LOCK, Output, remove
from corpus.engine.publish import prune
from corpus.engine.task import atomic_write
from corpus.errors import UserError
from model.config import Config, load_config, to_toml
from model.network.decoder import Decoder
from model.runs import checkpoint
from model.runs.required import REPLACED, Resume, check_resume, require_run, too_few
from tokenizer.files import TOKENIZER, TokenizerFiles

RUN = Maker("pretrain", "a training run")
RUN_FILES = ("config.toml", "tokenizer/", "checkpoints/", "metrics.jsonl", "tensorboard/", "report.html", "profile/")


def set_aside(run: Path) -> None:
    """Move the files of a run away, until another run in its folder has passed all checks."""
    aside = run / REPLACED
    aside.mkdir(parents=True)
    for name in RUN_FILES:
        if (run / name).exists():
            os.replace(run / name, aside / name)


def put_back(run: Path) -> None:
    """Take a run back that was set aside, in place of what was made since; nothing where none was."""
    aside = run / REPLACED
    for path in sorted(aside.iterdir()) if aside.is_dir() else ():
        remove(run / path.name)
        os.replace(path, run / path.name)
    if aside.is_dir():
        aside.rmdir()
        prune(aside.parent, run)


def drop_aside(run: Path) -> None:
    """Remove a run that was set aside: in one step, so that no kill leaves a part of it to be taken back."""
    gone = (run / REPLACED).with_name(f".replaced.tmp-{os.getpid()}")  # swept after a kill
    os.replace(run / REPLACED, gone)
    remove(gone)
    prune(gone.parent, run)


def lock_run(run: Path) -> IO[str]:
    """Make the folder and lock it for this process until the returned file is closed. Raises UserError when another
    process has the lock."""
    run.mkdir(parents=True, exist_ok=True)
    lock = (run / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise UserError(
            f"{run} is being trained by another process. Wait for it, stop it, or choose another --out."
        ) from error
    if read_marker(run) is None and not {path.name for path in run.iterdir()} - {".lock", LOCK}:
        # A library call has no command that claimed the folder: with the marker `pretrain --resume` goes on in it.
        write_marker(run, RUN, None, {name: {} for name in RUN_FILES}, finished=False)
    return lock


def mark_finished(run: Path) -> None:
    """Say in the marker of a run that no command claimed that it is finished, and list its files."""
    marker = read_marker(run)
    if marker is not None and marker["settings"] is None:
        Output(run, RUN, None, False, marker).finish(RUN_FILES)


def check_run(run: Path, config: Config, resume: Resume) -> None:
    """Check whether a run may begin in the folder, or be resumed there. Raises UserError; nothing is written."""
    check_resume(run, resume, config.train.steps)
    there = checkpoint.found(run / "checkpoints")
    if there and (run / "config.toml").is_file():
        before = load_config(run / "config.toml")
        if before.model != config.model:
            keys = [k for k, v in vars(config.model).items() if getattr(before.model, k) != v]
            raise UserError(
                f"{run} contains a run of another model: "
                + "; ".join(
                    f"model.{k} was {getattr(before.model, k)!r} and is {getattr(config.model, k)!r}" for k in keys
                )
                + ". Resume with the run's own configuration, or choose another --out."
            )


def prepare_run(run: Path, config: Config, tokenizer: Path | TokenizerFiles, resume: Resume = False) -> None:
    """Check the folder, then write the configuration and the tokenizer into it."""
    files = tokenizer if isinstance(tokenizer, TokenizerFiles) else TokenizerFiles.read(tokenizer)
    check_run(run, config, resume)
    write_run(run, config, files)


def write_run(run: Path, config: Config, tokenizer: TokenizerFiles) -> None:
    """Write the configuration and the tokenizer into the folder."""
    tokenizer.write(run / "tokenizer")
    with atomic_write(run / "config.toml") as temporary:
        temporary.write_text(to_toml(config), encoding="utf-8")


def find_tokenizer(data: Path, description: dict[str, Any], given: Path | None = None) -> TokenizerFiles:
    """The tokenizer that made packed data: the given one, the data's own copy, or one in a folder beside them.

    In each case its SHA-256 must be the one in packing.json (`description`).
    """
    wanted = description["tokenizer_sha256"]
    if given is not None:
        files = TokenizerFiles.read(given)
        if files.sha256 != wanted:
            raise UserError(
                f"{files.path} did not make the data in {data}: its SHA-256 is not the one in packing.json."
            )
        return files
    for path in (data / "tokenizer" / TOKENIZER, *sorted(data.resolve().parent.glob(f"*/{TOKENIZER}"))):
        if path.is_file() and (files := TokenizerFiles.read(path)).sha256 == wanted:
            return files
    raise UserError(
        f"The tokenizer that made the data in {data} is neither in nor beside that folder; name it with --tokenizer."
    )


def load_decoder(
    run: Path, step: int | None = None, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32
) -> tuple[Decoder, Config, Path]:
    """A trained decoder in evaluation mode, its configuration and its checkpoint (the newest valid one by default)."""
    require_run(run)
    config = load_config(run / "config.toml")
    path = checkpoint.select(run, step)
    model = Decoder(config.model, dtype)
    checkpoint.load(path, {f"model.{name}": p.data for name, p in model.named_parameters()})
    return model.to(device).eval(), config, path


def steps_to_average(run: Path, step: int, count: int) -> list[int]:
    """The steps of `count` checkpoints: `step` and the newest valid ones before it. Raises UserError when the run has
    fewer."""
    known = checkpoint.found(run / "checkpoints")
    before = (s for s in sorted(known, reverse=True) if s < step)
    chosen = list(islice((s for s in before if checkpoint.verify(known[s]) is None), count - 1))
    if len(chosen) < count - 1:
        raise too_few(run, step, count, len(chosen) + 1)
    return [step, *chosen]


@torch.no_grad()
def average_checkpoints(decoder: Decoder, run: Path, others: Sequence[int]) -> None:
    """Replace a decoder's weights, which are those of a checkpoint, by the mean of it and the checkpoints `others`."""
    known = checkpoint.found(run / "checkpoints")
    weights = {f"model.{name}": p.data for name, p in decoder.named_parameters()}
    for number, step in enumerate(others, start=2):
        other = {name: torch.empty_like(weight) for name, weight in weights.items()}
        checkpoint.load(known[step], other)
        for name, weight in weights.items():
            weight.lerp_(other[name], 1 / number)
