"""Bits per byte of one trained model on the held-out texts, by KIND.LANGUAGE.GROUP."""

from pathlib import Path

import torch

from model.data.packed import PackedData
from model.network.attention import attention_kind
from model.runs.run_directory import load_decoder
from model.training.parallel import World
from model.training.validation import evaluate_bpb
from tokenizer.encoding.vocabulary import Vocabulary
from tokenizer.files import TokenizerFiles

ALL_ROWS = 1 << 40
BATCH_ROWS = 8


def score_run(run: Path, packed: Path, device: str) -> dict[str, tuple[float, float]]:
    """Source of the validation split → (nats, bytes), special tokens in neither; every row is scored."""
    place = torch.device(device)
    decoder, config, _ = load_decoder(run, device=place)
    data = PackedData(packed, "validation")
    vocabulary = Vocabulary(TokenizerFiles.read(run / "tokenizer"))
    scores = evaluate_bpb(
        decoder,
        data,
        vocabulary.byte_counts(config.model.vocab_size),
        rows=ALL_ROWS,
        batch_rows=BATCH_ROWS,
        attention=attention_kind(config.train.attention, place, torch.float32),
        world=World(0, 1, place),
        chunks=config.train.loss_chunks,
    )
    return {source.name: (scores[source.name].counted_nats, scores[source.name].bytes) for source in data.sources}
