"""Open a trained decoder: a run's folder, or a Llama-architecture directory of transformers.

Used to continue training from it (pretrain --init) and to generate text. Everything is loaded in float32 on the CPU: 4
bytes a parameter.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import UserError
from model.export.foreign import end_ids
from model.export.llama_layout import from_huggingface
from model.network.decoder import Decoder
from model.runs.required import require_model
from model.runs.run_directory import load_decoder
from tokenizer.encoding.vocabulary import Vocabulary
from tokenizer.files import TOKENIZER, TokenizerFiles


@dataclass(frozen=True)
class Pretrained:
    """A decoder in evaluation mode, float32, on the CPU, its tokenizer, and the ids that end a document (empty: the
    tokenizer's EOS)."""

    source: Path
    decoder: Decoder
    tokenizer: TokenizerFiles
    ends: tuple[int, ...] = ()

    def identity(self) -> str:
        """SHA-256 of the weights and the tokenizer as they were read; 4 s for 1.3 billion parameters."""
        digest = hashlib.sha256(self.tokenizer.identity.encode())
        for name, tensor in sorted(self.decoder.state_dict().items()):
            digest.update(f"{name} {list(tensor.shape)}".encode())
            digest.update(tensor.contiguous().numpy().data)
        return digest.hexdigest()


def open_pretrained(source: Path, step: int | None = None) -> Pretrained:
    """Load a run (checkpoint `step`, or the newest sound one) or a model directory.

    Raises UserError for anything else.
    """
    require_model(source, step)
    if (source / "config.toml").is_file():
        files = TokenizerFiles.read(source / "tokenizer")
        decoder = load_decoder(source, step)[0]
    else:
        if not (source / TOKENIZER).is_file():
            raise UserError(f"{source}: {TOKENIZER} is missing; import it with `hanji export --import {source}`.")
        files = TokenizerFiles.read(source)
        decoder, _ = from_huggingface(source)
    require_room(files, decoder.config.vocab_size, source)
    return Pretrained(source, decoder, files, end_ids(source))


def require_room(tokenizer: TokenizerFiles, rows: int, where: Path) -> None:
    """Raise UserError for a tokenizer with ids beyond the rows of the embedding, or one whose tokens have no bytes."""
    size = len(Vocabulary(tokenizer).tokens)
    if size > rows:
        raise UserError(
            f"{tokenizer.path} has {size:,} tokens, the model in {where} {rows:,} rows in its embedding: it is"
            " not the model's tokenizer."
        )


def require_tokenizer(pretrained: Pretrained, wanted: str, data: Path) -> None:
    """Raise UserError for packed data made with another tokenizer than the decoder's: ids would mean other tokens."""
    own = data / "tokenizer"
    if pretrained.tokenizer.sha256 != wanted and not (own.is_dir() and _same_ids(pretrained, own, wanted)):
        path = pretrained.tokenizer.path
        raise UserError(
            f"{data} was packed with another tokenizer than the initial model's, {path}. Pack the corpus with "
            f"--tokenizer {path.parent}."
        )


def _same_ids(pretrained: Pretrained, own: Path, wanted: str) -> bool:
    """Whether the data's tokenizer equals the decoder's except for tokens added around a text (exports begin with
    BOS)."""
    files = TokenizerFiles.read(own)
    both = [{**found.definition(), "post_processor": None} for found in (files, pretrained.tokenizer)]
    return files.sha256 == wanted and both[0] == both[1]
