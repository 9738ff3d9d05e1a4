"""Bits per byte on held-out rows, per source and per language.

Loss per token cannot be compared between tokenizers or languages; bits per byte can: Σ nats of the targets / (ln 2 · Σ
their bytes). Bytes are those of the raw tokens (tokenizer/encoding/vocabulary.py); special tokens count in neither sum,
as in nanochat's evaluate_bpb. A source belongs to the language of most of its tokens. The same rows, evenly spaced over
the source, are used every time.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from model.data.batch import make_batch
from model.data.mixture import language_of
from model.data.packed import PackedData, PackedSource, evenly_spaced
from model.network.attention import document_mask, visible_positions
from model.network.decoder import Decoder
from model.training.parallel import World


@dataclass
class Score:
    """Sums over targets; `bits_per_byte` and `loss` (nats a token) follow from them."""

    nats: float = 0.0
    tokens: float = 0.0
    counted_nats: float = 0.0  # without special tokens
    bytes: float = 0.0

    @property
    def bits_per_byte(self) -> float:
        return self.counted_nats / (math.log(2) * self.bytes) if self.bytes else math.nan

    @property
    def loss(self) -> float:
        return self.nats / self.tokens if self.tokens else math.nan


@torch.no_grad()
def evaluate_bpb(
    model: Decoder,
    data: PackedData,
    byte_counts: np.ndarray,
    *,
    rows: int,
    batch_rows: int,
    attention: str,
    world: World,
    chunks: int = 8,
) -> dict[str, Score]:
    """Score by source name, and by language under "language/ko" …; at most `rows` per source, `batch_rows` at a time on
    each rank.

    All ranks must call this. `byte_counts` int64[vocabulary].
    """
    was_training = model.training
    model.eval()
    scores: dict[str, Score] = {}
    table = torch.from_numpy(byte_counts)
    for source in data.sources:
        sums = np.zeros(4)
        wanted = evenly_spaced(source.rows, rows)
        stride = batch_rows * world.size
        for begin in range(0, len(wanted), stride):
            mine = wanted[begin + world.rank * batch_rows :][:batch_rows]
            sums += _sums(model, data, source, mine, batch_rows, table, attention, world, chunks)
        if len(wanted):
            score = Score(*world.sum(sums.tolist()))
            scores[source.name] = score
            _add(scores.setdefault(f"language/{language_of(source)}", Score()), score)
    model.train(was_training)
    return scores


def _sums(model, data, source: PackedSource, mine, batch_rows, table, attention, world: World, chunks) -> np.ndarray:
    ids = np.full((batch_rows, data.seq_len), data.pad_id, data.dtype)
    # Ranks without rows score padding, because the number of calls must match.
    lengths = [np.zeros(0, np.int32) for _ in range(batch_rows)]
    for k, row in enumerate(mine):
        ids[k], lengths[k] = source.row(int(row))
    batch = make_batch(ids, lengths)
    mask = document_mask(batch["positions"], attention, world.device)
    positions = visible_positions(batch["positions"], attention)
    inputs = [tensor.to(world.device) for tensor in (batch["input_ids"], positions, batch["targets"])]
    losses = model.token_losses(inputs[0], inputs[1], mask, inputs[2], chunks).double().cpu().flatten()
    targets = batch["targets"].flatten()
    valid = targets >= 0
    sizes = table[targets.clamp(min=0)] * valid
    counted = sizes > 0
    return np.array([losses.sum(), valid.sum(), losses[counted].sum(), sizes.sum()], np.float64)


def _add(total: Score, score: Score) -> None:
    for name in ("nats", "tokens", "counted_nats", "bytes"):
        setattr(total, name, getattr(total, name) + getattr(score, name))


def unigram_entropy(data: PackedData, rows: int = 256) -> float:
    """Nats per token of a unigram model, which uses only the frequency of each token: a baseline.

    Counted on the targets of the first `rows` rows (model.batch.make_batch).
    """
    counts: np.ndarray = np.zeros(0, np.int64)
    for source in data.sources:
        for row in range(min(rows, source.rows)):
            ids, documents = source.row(row)
            targets = make_batch(ids[None], [documents])["targets"].numpy()
            found = np.bincount(targets[targets >= 0])
            if len(found) > len(counts):
                counts = np.concatenate([counts, np.zeros(len(found) - len(counts), np.int64)])
            counts[: len(found)] += found
    share = counts[counts > 0] / max(1, counts.sum())
    return float(-(share * np.log(share)).sum())
