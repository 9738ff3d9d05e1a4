"""Options of `train_tokenizer` as they are written: sizes, weights, quotas, superwords and a target. Read without the
kernels, so that a mistake is reported at once."""

import re
from typing import NamedTuple

from corpus.errors import UserError

_SUFFIXES = {"k": 10**3, "m": 10**6, "g": 10**9}
_TARGET = re.compile(r"(premium|([a-z]{2,3})_fertility)\s*=\s*([0-9.]+)")


class Target(NamedTuple):
    """A figure that a tokenizer should have; `language`: whose weight is searched for."""

    figure: str  # "premium" or "ko_fertility"
    value: float
    language: str


def parse_sizes(text: str) -> list[int]:
    """`8k,16k,50304` as vocabulary sizes, ascending; k is 1024. Raises UserError for anything else."""
    try:
        sizes = [int(part[:-1]) * 1024 if part[-1:] in "kK" else int(part) for part in text.split(",") if part]
    except ValueError:
        raise UserError(f"--sizes {text!r}: expected numbers such as 8k,16k,32k.") from None
    if min(sizes, default=512) < 512:
        raise UserError(f"--sizes {text!r}: a vocabulary needs at least 512 tokens.")
    return sorted(set(sizes))


def parse_weights(text: str) -> dict[str, float]:
    """`ko=1,en=0.5` as weights. Raises UserError for anything else."""
    try:
        weights = {
            lang.strip(): float(weight) for lang, weight in (part.split("=") for part in text.split(",") if part)
        }
    except ValueError:
        weights = {"": -1.0}
    if not all(0 <= weight < float("inf") for weight in weights.values()):
        raise UserError(f"--weights {text!r}: expected languages and numbers of at least 0, such as ko=1,en=0.5.")
    return weights


def parse_numbers(text: str, option: str) -> dict[str, int]:
    """`ko=10M,en=500k` as numbers. Raises UserError naming the option."""
    numbers = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        unit = _SUFFIXES.get(value[-1:].lower(), 1)
        try:
            numbers[name.strip()] = round(float(value[:-1] if unit > 1 else value) * unit)
        except (ValueError, OverflowError):
            raise UserError(f"{option} {text!r}: expected names and numbers such as ko=10M,en=500k.") from None
        if numbers[name.strip()] < 1:
            raise UserError(f"{option} {text!r}: {name.strip()} must be at least 1.")
    return numbers


def parse_superwords(text: str) -> int | None:
    """The number of superwords, None for `auto`. Raises UserError for anything else."""
    if text.strip() == "auto":
        return None
    if not text.strip().isdecimal():
        raise UserError(f"--superwords {text!r}: expected a number of tokens, such as 5000, or auto.")
    return int(text)


def parse_target(text: str) -> Target:
    """`ko_fertility=1.9` or `premium=1.25`. Raises UserError for anything else."""
    match = _TARGET.fullmatch(text.strip())
    try:
        value = float(match[3]) if match else 0.0
    except ValueError:
        value = 0.0
    if not match or value <= 0 or (match[2] and value < 1):
        raise UserError(
            f"--target {text!r}: expected premium=X, or LANGUAGE_fertility=X with X of at least 1, such as"
            " ko_fertility=1.9."
        )
    return Target(match[1], value, match[2] or "ko")
