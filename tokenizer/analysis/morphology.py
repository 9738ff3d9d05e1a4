"""Whether tokens end where morphemes do: precision, recall and F1 of boundaries inside eojeol, and how josa and eomi
are cut.

G are the morpheme boundaries strictly inside eojeol, S the token boundaries there: precision |S ∩ G| / |S|, recall |S
∩ G| / |G|. A token boundary inside a character counts as a wrong one; a morpheme boundary inside a syllable (했 = 하 +
았) is not a position in the text; it is left out and reported as hidden. Only eojeol with Hangul count. The 95 %
interval is computed by resampling sentences. MorphScore (Arnett et al. 2025, arXiv:2507.06378) is the same idea over
word lists. They find that it predicts little about a model, so it is reported and not optimised.

The sentences are analysed once (tokenizer/analysis/morphology_analysis.py); for each tokenizer only the encoding is
repeated.
"""

import itertools
from collections import Counter
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from corpus.kernels.utf8 import string_buffers
from tokenizer.analysis.bootstrap import divided, interval, resampled
from tokenizer.analysis.morphology_analysis import EOMI, JOSA, Analysis

EXAMPLES = 20


class Speller(Protocol):
    """The tokenizer to measure: it returns ids, offsets and where in the column's bytes each token ends
    (tokenizer/analysis/peers.py)."""

    def encode_ends(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...


def measure(tokenizer: Speller, kiwi: Analysis | None, gold: Analysis | None, seed: int = 0) -> dict[str, Any]:
    """Boundaries against Kiwi and against gold (None where there is no analysis); josa, eomi and wrong cuts by the
    first one available.

    {"kiwi": BOUNDARIES | None, "gold": BOUNDARIES | None, "josa": CUTS, "eomi": CUTS, "wrong_cuts": [{"word", "tokens",
    "morphemes", "count"}]}
    """
    found = {
        name: (analysis, cuts(tokenizer, analysis))
        for name, analysis in (("kiwi", kiwi), ("gold", gold))
        if analysis is not None
    }
    result: dict[str, Any] = {
        name: boundaries(*found[name], seed) if name in found else None for name in ("kiwi", "gold")
    }
    for analysis, cut in list(found.values())[:1]:
        result["josa"] = fates(analysis, cut, JOSA)
        result["eomi"] = fates(analysis, cut, EOMI)
        result["wrong_cuts"] = wrong_cuts(analysis, cut)
    return result


def cuts(tokenizer: Speller, analysis: Analysis) -> np.ndarray:
    """bool[bytes + 1]: where a token ends in the concatenated sentences."""
    _, offsets = string_buffers(analysis.sentences)
    found = np.zeros(int(offsets[-1]) + 1, np.bool_)
    _, _, ends = tokenizer.encode_ends(analysis.sentences)
    found[ends] = True
    return found


def _inside(analysis: Analysis, size: int) -> tuple[np.ndarray, np.ndarray]:
    """For each byte position the eojeol that it is strictly inside, or -1 (int64[size]); and whether a morpheme begins
    there (bool[size])."""
    word_of = np.full(size, -1, np.int64)
    begins, ends, _ = analysis.words.T
    lengths = ends - begins - 1
    word_of[np.repeat(begins + 1 - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())] = np.repeat(
        np.arange(len(begins)), lengths
    )
    marked = np.zeros(size, np.bool_)
    marked[analysis.morphemes[:, 0]] = True
    return word_of, marked & (word_of >= 0)


def boundaries(analysis: Analysis, cut: np.ndarray, seed: int = 0) -> dict[str, Any]:
    """BOUNDARIES: {"precision", "recall", "f1", "low", "high" (of f1), "sentences", "words", "boundaries" |G|,
    "token_boundaries" |S|, "hidden", "hidden_share"}."""
    word_of, marked = _inside(analysis, len(cut))
    made = cut & (word_of >= 0)
    counts = np.zeros((len(analysis.sentences), 3), np.int64)
    for column, positions in enumerate((made & marked, made, marked)):
        owners = analysis.words[word_of[positions], 2]
        counts[:, column] = np.bincount(owners, minlength=len(counts))
    hits, tokens, wanted = counts.sum(axis=0).tolist()
    drawn = resampled(counts, seed)
    low, high = interval(divided(2 * drawn[:, 0], drawn[:, 1] + drawn[:, 2]))
    return {
        "precision": hits / tokens if tokens else None,
        "recall": hits / wanted if wanted else None,
        "f1": 2 * hits / (tokens + wanted) if tokens + wanted else None,
        "low": low,
        "high": high,
        "sentences": len(counts),
        "words": len(analysis.words),
        "boundaries": wanted,
        "token_boundaries": tokens,
        "hidden": analysis.hidden,
        "hidden_share": analysis.hidden / (analysis.hidden + wanted) if analysis.hidden + wanted else None,
    }


def fates(analysis: Analysis, cut: np.ndarray, kind: int) -> dict[str, Any]:
    """CUTS of the JOSA or EOMI that begin inside eojeol: {"total", "cut_clean", "cut_inside", "glued", "whole_word",
    "forms": [the same for the most common ones, with "form"]}.

    `cut_inside`: a token ends within it. `cut_clean`: none does, and one ends where it begins. `glued`: neither; one
    token contains it and the text before it. `whole_word`: the glued ones whose eojeol is one token.
    """
    begins, ends, words, kinds = analysis.morphemes.T
    chosen = (kinds == kind) & (begins > analysis.words[words, 0])
    begins, ends, words = begins[chosen], ends[chosen], words[chosen]
    before = np.concatenate([[0], np.cumsum(cut)])  # token ends before each position
    inside = before[ends] > before[begins + 1]
    clean = cut[begins] & ~inside
    glued = ~cut[begins] & ~inside
    whole = before[analysis.words[words, 1]] == before[analysis.words[words, 0] + 1]
    masks = {"cut_clean": clean, "cut_inside": inside, "glued": glued, "whole_word": whole}
    forms = np.array([form for form, picked in zip(analysis.forms, chosen, strict=True) if picked], object)
    rows = []
    for form, total in Counter(forms.tolist()).most_common(EXAMPLES):
        same = forms == form
        rows.append({"form": form, "total": total, **{name: int((mask & same).sum()) for name, mask in masks.items()}})
    return {"total": len(begins), **{name: int(mask.sum()) for name, mask in masks.items()}, "forms": rows}


def wrong_cuts(analysis: Analysis, cut: np.ndarray, examples: int = EXAMPLES) -> list[dict[str, Any]]:
    """The most common eojeol with a token boundary where no morpheme begins: [{"word", "tokens", "morphemes",
    "count"}]. A token that ends inside a character shows its bytes (\\xea)."""
    word_of, marked = _inside(analysis, len(cut))
    wrong = np.unique(word_of[cut & (word_of >= 0) & ~marked])
    data, _ = string_buffers(analysis.sentences)
    found: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    for word in wrong.tolist():
        begin, end, _ = analysis.words[word].tolist()
        ends = [begin, *(begin + 1 + np.flatnonzero(cut[begin + 1 : end])).tolist(), end]
        pieces = [data[i:j].tobytes() for i, j in itertools.pairwise(ends)]
        tokens = tuple(piece.decode(errors="backslashreplace") for piece in pieces)
        found[b"".join(pieces).decode(), tokens, analysis.glosses[word]] += 1
    return [
        {"word": word, "tokens": list(tokens), "morphemes": gloss.split(" + "), "count": count}
        for (word, tokens, gloss), count in found.most_common(examples)
    ]
