"""Text from a decoder: several prompts at a time, a key-value cache, sampling, and streams of whole characters.

Prompts of a batch are padded at their right end, so that the first pass is plain causal attention for all of them. New
tokens are added after the padding, which a mask then hides, and positions continue from each prompt's own length. Each
row therefore gets the tokens it would get alone. Tokens are sampled as in transformers' generate: repetition penalty,
temperature, top-k, top-p, in this order.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch

from corpus.errors import UserError
from model.network.attention import Visible
from model.network.decoder import Cache, Decoder
from model.text.vocabulary import TextStream
from tokenizer.encoding.encode import Encoder
from tokenizer.encoding.vocabulary import Vocabulary
from tokenizer.files import TokenizerFiles


@dataclass(frozen=True)
class Sampling:
    """The settings of sampling.

    `top_k` 0, `top_p` 1 and `repetition_penalty` 1 change nothing; temperature 0 takes the most likely token each time.
    """

    tokens: int = 128  # at most
    temperature: float = 0.8
    top_k: int = 50
    top_p: float = 1.0
    repetition_penalty: float = (
        1.0  # logits of tokens already in the text: divided by it where positive, else multiplied (CTRL)
    )
    stop: tuple[str, ...] = ()  # the text ends before the first of these
    seed: int = 0  # the same seed gives the same text; row k of a batch uses seed + k


class Tokenizer(NamedTuple):
    """The parts of a tokenizer that generation needs. Names of special tokens in a prompt are ordinary text, as in
    training."""

    encoder: Encoder
    vocabulary: Vocabulary
    begin: list[int]  # BOS, or empty where there is none
    ends: frozenset[int]  # tokens that end a document


def open_tokenizer(tokenizer: Path | TokenizerFiles, ends: Sequence[int] = ()) -> Tokenizer:
    """A tokenizer by its file, its folder or its files; `ends` are the ids that end a document, if not only EOS."""
    files = tokenizer if isinstance(tokenizer, TokenizerFiles) else TokenizerFiles.read(tokenizer)
    key = files.identity, tuple(ends)
    if key not in _OPEN:
        encoder = Encoder.of(files)
        given = ends or ([encoder.eos_id] if encoder.eos_id is not None else [])
        while len(_OPEN) > 1:
            _OPEN.pop(next(iter(_OPEN)))
        _OPEN[key] = Tokenizer(
            encoder, Vocabulary(files), [encoder.bos_id] if encoder.bos_id is not None else [], frozenset(given)
        )
    return _OPEN[key]


_OPEN: dict[Any, Tokenizer] = {}  # the last two by content: an encoder caches pre-tokens


def generate(
    model: Decoder, tokenizer: Tokenizer | Path | TokenizerFiles, prompt: str, sampling: Sampling = Sampling()
) -> Iterator[str]:
    """Continue `prompt`, piece by piece of text, until a stop string, the end-of-document token, or the model's
    context is full.

    `model` may be parallelized over ranks, which then must all call this; `tokenizer` a tokenizer.json or what
    `open_tokenizer` returned.
    """
    for (piece,) in continuations(model, tokenizer, [prompt], sampling):
        if piece:
            yield piece


def generate_batch(
    model: Decoder,
    tokenizer: Tokenizer | Path | TokenizerFiles,
    prompts: Sequence[str],
    sampling: Sampling = Sampling(),
) -> list[str]:
    """The complete continuation of each prompt."""
    pieces = list(continuations(model, tokenizer, prompts, sampling))
    return ["".join(row) for row in zip(*pieces, strict=True)] if pieces else [""] * len(prompts)


@torch.no_grad()
def continuations(
    model: Decoder,
    tokenizer: Tokenizer | Path | TokenizerFiles,
    prompts: Sequence[str],
    sampling: Sampling = Sampling(),
) -> Iterator[list[str]]:
    """For each new token, the text that it adds to each row: often empty, while a character or a stop string may be
    incomplete."""
    known = tokenizer if isinstance(tokenizer, Tokenizer) else open_tokenizer(tokenizer)
    rows = prompt_ids(model, known, prompts)
    streams = [TextStream(known.vocabulary, sampling.stop) for _ in rows]
    left = [min(sampling.tokens, model.config.context - len(ids)) for ids in rows]
    with inference(model):
        steps = next_tokens(model, rows, max(left), sampling, len(known.vocabulary.tokens))
        for number, (tokens, _) in enumerate(steps):
            yield [
                stream.end() if token in known.ends or number >= limit else stream.push(token)
                for stream, token, limit in zip(streams, tokens, left, strict=True)
            ]
            if all(stream.ended for stream in streams):
                return
        yield [stream.end() for stream in streams]


def prompt_ids(model: Decoder, tokenizer: Tokenizer, prompts: Sequence[str]) -> list[list[int]]:
    """The ids of each prompt. Raises UserError for an empty one without BOS, and for one that fills the context."""
    rows = [tokenizer.begin + tokenizer.encoder.encode(prompt) for prompt in prompts]
    for ids in rows:
        if not ids:
            raise UserError(
                "The prompt is empty, and the tokenizer has no token for the beginning of a document; give a prompt."
            )
        if len(ids) >= model.config.context:
            raise UserError(f"A prompt has {len(ids)} tokens; the model takes {model.config.context} in all.")
    return rows


@contextmanager
def inference(model: Decoder) -> Iterator[None]:
    """Evaluation mode for a while. Blocks that training compiled for one shape would be compiled again for each length
    here, so they run as they are."""
    was_training = model.training
    model.eval()
    try:
        with torch.compiler.set_stance("force_eager"):
            yield
    finally:
        model.train(was_training)


@torch.no_grad()
def next_tokens(
    decoder: Decoder, rows: list[list[int]], count: int, sampling: Sampling, size: int
) -> Iterator[tuple[list[int], torch.Tensor]]:
    """A token for each row and the logits that it was sampled from, float32 [rows, size] on the CPU, `count` times.

    `size` cuts off the ids that pad the vocabulary. Raises UserError for logits that are not finite.
    """
    device = decoder.cosine.device
    lengths, width = torch.tensor([len(ids) for ids in rows]), max(map(len, rows))
    generators = [torch.Generator().manual_seed(sampling.seed + k) for k in range(len(rows))]
    seen = torch.zeros(len(rows), size, dtype=torch.bool)
    for row, ids in zip(seen, rows, strict=True):
        row[torch.tensor(ids)] = True
    cache = Cache(decoder.config, len(rows), width + count, device, decoder.compute_dtype)
    padded = torch.tensor([ids + [0] * (width - len(ids)) for ids in rows], device=device)
    real = torch.arange(width + count) < lengths[:, None]
    real[:, width:] = True
    hidden = bool((lengths < width).any())
    logits = decoder.logits(padded, cache=cache)[torch.arange(len(rows)), lengths - 1]
    for number in range(count):
        known = logits[:, :size].float().cpu()
        if not known.isfinite().all():
            raise UserError(
                "The model's logits are not finite: its training diverged. Choose an earlier checkpoint with --step."
            )
        chosen = [sample(*given) for given in zip(known, [sampling] * len(rows), generators, seen, strict=True)]
        yield chosen, known
        if number + 1 == count:
            return
        seen[torch.arange(len(rows)), torch.tensor(chosen)] = True
        positions = (
            (lengths + number).clamp(max=decoder.config.context - 1)[:, None].to(device)
        )  # full rows are ignored
        mask = Visible(real[:, None, None, : width + number + 1].to(device)) if hidden else None
        logits = decoder.logits(torch.tensor(chosen, device=device)[:, None], positions, mask, cache)[:, -1]


def sample(
    logits: torch.Tensor, sampling: Sampling, generator: torch.Generator, seen: torch.Tensor | None = None
) -> int:
    """Sample a token from logits float32 [vocabulary]: from the `top_k` most likely, of those the smallest set with at
    least `top_p` of the probability.

    `seen` bool [vocabulary] marks the tokens already in the text, for the repetition penalty.
    """
    if seen is not None and sampling.repetition_penalty != 1:
        penalty = sampling.repetition_penalty
        logits = torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)
    if sampling.temperature == 0:
        return int(logits.argmax())
    values, order = logits.sort(descending=True)
    if sampling.top_k:
        values, order = values[: sampling.top_k], order[: sampling.top_k]
    # In float64 and relative to the largest: division by a tiny temperature then gives -inf at worst, never inf - inf.
    probabilities = torch.softmax((values.double() - values[0].double()) / sampling.temperature, 0).float()
    before = probabilities.cumsum(0) - probabilities
    kept = before < sampling.top_p
    kept[0] = True  # the most likely token is always kept, for any `top_p`
    return int(order[torch.multinomial(probabilities * kept, 1, generator=generator)])
