"""A trained decoder from wherever it lies: a run's folder, or a Llama-architecture directory of transformers'.

To go on training from it (pretrain --init) or to read what it writes (generate). Everything is loaded in float32 on the
CPU: 4 bytes a parameter.
"""

from dataclasses import dataclass
from pathlib import Path

from corpus.engine.task import file_sha256
from corpus.errors import UserError
from model.export.llama_layout import from_huggingface
from model.network.decoder import Decoder
from model.runs.run_directory import load_decoder


@dataclass(frozen=True)
class Pretrained:
    """A decoder in evaluation mode, float32, on the CPU, and its tokenizer.json."""

    source: Path
    decoder: Decoder
    tokenizer: Path


def open_pretrained(source: Path, step: int | None = None) -> Pretrained:
    """Load a run (checkpoint `step`, or the newest sound one) or a model directory.

    Raises UserError for anything else.
    """
    if (source / "config.toml").is_file():
        return Pretrained(source, load_decoder(source, step)[0], source / "tokenizer" / "tokenizer.json")
    if not (source / "config.json").is_file():
        raise UserError(
            f"{source} is neither a run (config.toml) nor a model directory of transformers' (config.json). Train a run"
            " with `python -m pipelines.pretrain`."
        )
    if step is not None:
        raise UserError(f"--step {step}: {source} is a model directory and has no checkpoints; leave --step out.")
    decoder, _ = from_huggingface(source)
    tokenizer = source / "tokenizer.json"
    if not tokenizer.is_file():
        raise UserError(
            f"{source}: tokenizer.json is missing; import it with `python -m pipelines.export --import {source}`."
        )
    return Pretrained(source, decoder, tokenizer)


def require_tokenizer(pretrained: Pretrained, wanted: str, data: Path) -> None:
    """Refuse packed data made with another tokenizer than the decoder's: every id would mean another token."""
    if file_sha256(pretrained.tokenizer) != wanted:
        raise UserError(
            f"{data} was packed with another tokenizer than the initial model's, {pretrained.tokenizer}. Pack the"
            f" corpus with --tokenizer {pretrained.tokenizer.parent}."
        )
