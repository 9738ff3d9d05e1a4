"""A model directory as lm-evaluation-harness runs it, with three differences that the harness' own class does not have.

First, the name of a special token in a task's document is encoded as ordinary characters, as in training. Second, BOS
is added once: the harness would add its prefix token to a text that the tokenizer already begins with BOS. Third,
prompts that lose tokens at their beginning, because the context of the model is too short for them, are counted, and an
answer that does not fit at all gives a reason instead of an assertion.
"""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus.engine.local import Observer, Silent
from corpus.errors import UserError

if TYPE_CHECKING:
    from lm_eval.api.model import LM


class TooShort(Exception):  # noqa: N818 - not shown as an error: the reason why a task is left out
    """The model's context is too short for a task."""


class Answered:
    """The harness' cache of answers, which caches nothing and counts them: an observer is called for each."""

    def __init__(self, observer: Observer, stage: str) -> None:
        self.observer, self.stage = observer, stage

    def add_partial(self, *_: Any) -> None:
        self.observer.advance(self.stage, "", 1)


def open_model(directory: Path, profile: str, batch_size: int, device: str, bos: bool | None = None) -> "LM":
    """A model directory as the harness runs it. `bos` None leaves BOS to the tokenizer, as the harness does.

    Profile polyglot tokenises context and answer separately, and never begins with BOS. Raises UserError when
    transformers cannot load the directory.
    """
    import torch
    from lm_eval.models.huggingface import HFLM

    class TextLM(HFLM):
        """The harness' model class; see the top of this file."""

        cut = 0  # requests that lost the beginning of their prompt

        def affixes(self) -> tuple[list[int], list[int]]:
            """The special tokens before and after a text."""
            if bos is False or profile == "polyglot":
                return [], []
            if bos:
                return [self.tokenizer.bos_token_id], []
            plain = self.tokenizer("a", add_special_tokens=False)["input_ids"]
            whole = self.tokenizer("a")["input_ids"]
            begin = next((k for k in range(len(whole)) if whole[k : k + len(plain)] == plain), 0)
            return whole[:begin], whole[begin + len(plain) :]

        def tok_encode(self, string, add_special_tokens=None, left_truncate_len=None, **kwargs):
            ids = self.tokenizer(string, add_special_tokens=False, split_special_tokens=True)["input_ids"]
            if add_special_tokens is not False and not self.rolling:
                before, behind = self.text_affixes
                ids = [*before, *ids, *behind]
            if left_truncate_len and len(ids) > left_truncate_len:
                self.cut += 1
                ids = ids[-left_truncate_len:]
            return ids

        def tok_batch_encode(self, strings, padding_side="left", left_truncate_len=None, truncation=False):
            rows = [self.tok_encode(string, left_truncate_len=left_truncate_len) for string in strings]
            width = max(map(len, rows))
            pad = self.tokenizer.pad_token_id or 0
            pads = [[pad] * (width - len(row)) for row in rows]
            left = padding_side == "left"
            ids = [p + r if left else r + p for p, r in zip(pads, rows, strict=True)]
            seen = [[1] * len(row) for row in rows]
            blank = [[0] * len(p) for p in pads]
            seen = [p + r if left else r + p for p, r in zip(blank, seen, strict=True)]
            return torch.tensor(ids), torch.tensor(seen)

        def _encode_pair(self, context, continuation):
            if profile == "polyglot":
                return tuple(self.tok_encode(text, add_special_tokens=False) for text in (context, continuation))
            return super()._encode_pair(context, continuation)

        # `observer` shows progress instead of the harness' bars.
        @contextmanager
        def _observed(self, requests):
            self.observer.begin(self.stage, len(requests), len(requests))
            self.cache_hook = Answered(self.observer, self.stage)
            yield
            self.observer.end(self.stage)

        def loglikelihood(self, requests, disable_tqdm=True):
            with self._observed(requests):
                return super().loglikelihood(requests, True)

        def generate_until(self, requests, disable_tqdm=True):
            with self._observed(requests):
                return super().generate_until(requests, True)

        def loglikelihood_rolling(self, requests, disable_tqdm=True):
            self.rolling = True  # each text follows the prefix token: no BOS in addition
            try:
                with self._observed(requests):
                    return super().loglikelihood_rolling(requests, True)
            finally:
                self.rolling = False

        def _loglikelihood_tokens(self, requests, disable_tqdm=True, override_bs=None):
            for _, context, answer in requests:
                if len(answer) > self.max_length:
                    raise TooShort(
                        f"an answer of {len(answer)} tokens is longer than the model's context, {self.max_length}"
                        " tokens"
                    )
                self.cut += len(context) + len(answer) > self.max_length + 1
            return super()._loglikelihood_tokens(requests, True, override_bs)

    try:
        model = TextLM(pretrained=str(directory), batch_size=batch_size, device=device, dtype="auto")
    except Exception as error:  # foreign files and libraries: they may raise anything
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UserError(f"{directory}: transformers cannot load it ({reason}).") from error
    model.rolling = False
    model.observer, model.stage = Silent(), ""
    if bos and model.tokenizer.bos_token_id is None:
        raise UserError(f"--bos: the tokenizer of {directory} has no BOS token; leave it out.")
    model.text_affixes = model.affixes()
    return model


def cut_prompts(model: Any) -> int:
    """How many requests have lost the beginning of their prompt so far."""
    return getattr(model, "cut", 0)
