"""A continuation with the probability of each token and of those that the model would have liked as well.

Probabilities are the model's own, before temperature, top-k, top-p and repetition penalty.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch

from model.network.decoder import Decoder
from model.text.generate import Sampling, Tokenizer, inference, next_tokens, prompt_ids
from model.text.vocabulary import TextStream


class Step(NamedTuple):
    """One token of a text."""

    token: int
    text: str  # what can be shown now: empty while a character or a stop string may be incomplete
    probability: float | None  # None for the first token of a text, which nothing precedes
    likely: list[tuple[int, float]]  # the most probable tokens at this place, best first


class Ended(NamedTuple):
    """The end of a continuation."""

    text: str  # what was still withheld
    reason: str  # "end of document", "stop text", "tokens" (as many as wanted) or "context" (it is full)


@torch.no_grad()
def score_prompt(model: Decoder, tokenizer: Tokenizer, prompt: str, alternatives: int = 8) -> list[Step]:
    """The tokens of a prompt, each with its probability after those before it. Raises UserError as `continuations`."""
    (ids,) = prompt_ids(model, tokenizer, [prompt])
    size = len(tokenizer.vocabulary.tokens)
    with inference(model):
        logits = model.logits(torch.tensor([ids], device=model.cosine.device))[0, :, :size].float().cpu()
    stream = TextStream(tokenizer.vocabulary)
    first = Step(ids[0], stream.push(ids[0]), None, [])
    steps = [first, *(_step(ids[n], stream, logits[n - 1], alternatives) for n in range(1, len(ids)))]
    return [*steps[:-1], steps[-1]._replace(text=steps[-1].text + stream.end())]


def score_continuation(
    model: Decoder, tokenizer: Tokenizer, prompt: str, sampling: Sampling, alternatives: int = 8
) -> Iterator[Step | Ended]:
    """The tokens after a prompt, one by one, and how it ended; the text is that of `generate`."""
    rows = prompt_ids(model, tokenizer, [prompt])
    room = model.config.context - len(rows[0])
    stream = TextStream(tokenizer.vocabulary, sampling.stop)
    with inference(model):
        steps = next_tokens(model, rows, min(sampling.tokens, room), sampling, len(tokenizer.vocabulary.tokens))
        for (token,), logits in steps:
            if token in tokenizer.ends:
                yield _step(token, stream, logits[0], alternatives)._replace(text="")
                yield Ended(stream.end(), "end of document")
                return
            yield _step(token, stream, logits[0], alternatives)
            if stream.ended:
                yield Ended("", "stop text")
                return
        yield Ended(stream.end(), "tokens" if sampling.tokens <= room else "context")


def _step(token: int, stream: TextStream, logits: torch.Tensor, alternatives: int) -> Step:
    probabilities = logits.double().softmax(0)
    values, tokens = probabilities.topk(min(alternatives, len(probabilities)))
    likely = list(zip(tokens.tolist(), values.tolist(), strict=True))
    return Step(token, stream.push(token), float(probabilities[token]), likely)
