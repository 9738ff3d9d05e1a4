"""Text from a decoder: a key-value cache, temperature, top-k and top-p, and a stream that never shows half a character."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import nn

from corpus.errors import UserError
from model.decoder import Cache, Decoder
from model.vocabulary import Vocabulary


@torch.no_grad()
def generate(
    model: nn.Module,
    tokenizer: Path,
    prompt: str,
    *,
    tokens: int = 128,
    temperature: float = 0.8,
    top_k: int = 50,
    top_p: float = 1.0,
    seed: int = 0,
) -> Iterator[str]:
    """Continue `prompt`, piece by piece of text, for at most `tokens` tokens or until the end-of-document token.

    `model` is a Decoder or one that training spread over ranks; `tokenizer` a tokenizer.json. Temperature 0 takes the likeliest token
    each time; `top_k` 0 and `top_p` 1 cut nothing off. The same seed gives the same text.
    """
    decoder: Any = getattr(model, "module", model)  # DDP wraps; FSDP does not
    encoder, vocabulary, bos, eos = _tokenizer(str(tokenizer))
    ids = ([bos] if bos is not None else []) + encoder.encode(prompt, add_special_tokens=False).ids
    if not ids:
        raise UserError(
            "The prompt is empty, and the tokenizer has no token for the beginning of a document; give a prompt."
        )
    if len(ids) >= decoder.config.context:
        raise UserError(f"The prompt has {len(ids)} tokens; the model takes {decoder.config.context} in all.")
    was_training = decoder.training
    decoder.eval()
    try:
        # Blocks that training compiled for its one shape would be compiled anew for each length here.
        with torch.compiler.set_stance("force_eager"):
            chosen = _tokens(decoder, ids, tokens, temperature, top_k, top_p, seed, eos, len(vocabulary.tokens))
            yield from vocabulary.stream(chosen)
    finally:
        decoder.train(was_training)


@torch.no_grad()
def _tokens(decoder: Decoder, ids, count, temperature, top_k, top_p, seed, eos, size) -> Iterator[int]:
    device = decoder.cosine.device
    generator = torch.Generator().manual_seed(seed)
    end = min(len(ids) + count, decoder.config.context)
    cache = Cache(decoder.config, 1, end, device, decoder.compute_dtype)
    new = torch.tensor([ids], device=device)
    for _ in range(end - len(ids)):
        logits = decoder(new, cache=cache)[0, -1, :size].float().cpu()  # ids beyond the vocabulary are padding
        token = sample(logits, temperature, top_k, top_p, generator)
        if token == eos:
            return
        yield token
        new = torch.tensor([[token]], device=device)


def sample(logits: torch.Tensor, temperature: float, top_k: int, top_p: float, generator: torch.Generator) -> int:
    """A token from logits float32 [vocabulary]: the `top_k` likeliest, of those the fewest that hold `top_p` of the probability."""
    if temperature == 0:
        return int(logits.argmax())
    values, order = logits.sort(descending=True)
    if top_k:
        values, order = values[:top_k], order[:top_k]
    probabilities = torch.softmax(values / temperature, 0)
    before = probabilities.cumsum(0) - probabilities
    probabilities = probabilities * (before < top_p)
    return int(order[torch.multinomial(probabilities, 1, generator=generator)])


@lru_cache(2)
def _tokenizer(path: str):
    """The tokenizers library's encoder, the bytes of each token, and the ids that begin and end a document."""
    import json

    from tokenizers import Tokenizer

    encoder = Tokenizer.from_file(path)
    names = {"bos_token": "<s>", "eos_token": "</s>"}
    config = Path(path).with_name("tokenizer_config.json")
    if config.is_file():
        names |= {k: v for k, v in json.loads(config.read_text(encoding="utf-8")).items() if k in names}
    bos, eos = (
        encoder.token_to_id(name if isinstance(name, str) else name["content"]) if name else None
        for name in (names["bos_token"], names["eos_token"])
    )
    return encoder, Vocabulary(Path(path)), bos, eos
