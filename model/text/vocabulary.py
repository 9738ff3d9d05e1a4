"""Streams tokens as text in whole characters. The bytes of each token: tokenizer/encoding/vocabulary.py."""

import codecs
from collections.abc import Sequence

from tokenizer.encoding.vocabulary import Vocabulary


class TextStream:
    """The text of a stream of tokens.

    A character is withheld until its last byte has arrived, and so is text that may begin a stop string.
    """

    def __init__(self, vocabulary: Vocabulary, stop: Sequence[str] = ()) -> None:
        self.ended = False
        self._vocabulary, self._stop = vocabulary, [text for text in stop if text]
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""

    def push(self, token: int) -> str:
        """The text that can be shown after one more token; empty after a stop string."""
        return "" if self.ended else self._take(self._decoder.decode(self._vocabulary.tokens[token]))

    def end(self) -> str:
        """The text that is still withheld, when there are no more tokens."""
        if self.ended:
            return ""
        text = self._take(self._decoder.decode(b"", final=True)) + self._held
        self.ended, self._held = True, ""
        return text

    def _take(self, text: str) -> str:
        text = self._held + text
        places = [place for stop in self._stop if (place := text.find(stop)) >= 0]
        if places:
            self.ended, self._held = True, ""
            return text[: min(places)]
        begun = [n for stop in self._stop for n in range(1, len(stop)) if text.endswith(stop[:n])]
        keep = len(text) - max(begun, default=0)
        self._held = text[keep:]
        return text[:keep]
