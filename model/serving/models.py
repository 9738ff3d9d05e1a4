"""The models that a page offers: each checkpoint of a run, or a model directory."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from corpus.errors import UserError
from model.export.pretrained import open_pretrained
from model.network.decoder import Decoder
from model.runs.checkpoint import found
from model.text.generate import Tokenizer, open_tokenizer

KEPT = 2  # opened at a time: those that stand side by side


class Choice(NamedTuple):
    """A model that can be opened; `step` is None for a model directory."""

    label: str
    source: Path
    step: int | None


class Opened(NamedTuple):
    """A model in memory."""

    decoder: Decoder
    tokenizer: Tokenizer


class Models:
    """The models of some runs and model directories, opened when they are first used; the last two stay in memory."""

    def __init__(self, sources: Sequence[Path], step: int | None = None, device: str = "cpu") -> None:
        """`step`: the checkpoint of the first source that is to be shown first. Raises UserError for a source without
        a model."""
        self.device = device
        self.choices: list[Choice] = []
        self._opened: dict[int, Opened] = {}
        self._first: list[int] = []  # of each source, the place of its default in `choices`
        for source in dict.fromkeys(sources):
            self._first.append(len(self.choices))
            steps = sorted(found(source / "checkpoints"), reverse=True) if (source / "config.toml").is_file() else []
            self.choices += [Choice(f"{source}, step {number:,}", source, number) for number in steps]
            self.choices += [] if steps else [Choice(str(source), source, None)]
        if step is not None:
            wanted = [n for n, choice in enumerate(self.choices) if choice[1:] == (Path(sources[0]), step)]
            if not wanted:
                known = [choice.step for choice in self.choices if choice.source == Path(sources[0])]
                told = ", ".join(str(number) for number in known if number is not None) or "none"
                raise UserError(f"--step {step}: {sources[0]} has no such checkpoint. Its steps: {told}.")
            self._first[0] = wanted[0]
        for place in self.shown():
            self.open(place)

    def shown(self) -> list[int]:
        """The places in `choices` of the models that are shown at first, at most two."""
        return self._first[:KEPT]

    def open(self, place: int) -> Opened:
        """The model at a place in `choices`. Raises UserError for one that is damaged or gone."""
        if not 0 <= place < len(self.choices):
            raise UserError(f"There is no model {place}; there are {len(self.choices)}.")
        if place not in self._opened:
            choice = self.choices[place]
            while len(self._opened) >= KEPT:
                self._opened.pop(next(iter(self._opened)))
            pretrained = open_pretrained(choice.source, choice.step)
            decoder = pretrained.decoder.to(self.device)
            decoder.compute_dtype = torch.bfloat16 if self.device.startswith("cuda") else torch.float32
            self._opened[place] = Opened(decoder, open_tokenizer(pretrained.tokenizer, pretrained.ends))
        self._opened[place] = self._opened.pop(place)  # the last used is the last to go
        return self._opened[place]
