"""Pieces merged again against the textbook's merging of their bytes; shares of superwords and weights searched
together."""

import itertools
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tokenizer.trained import ours
from tokenizer import candidates
from tokenizer.candidates import Candidates, merged_again, shares_of
from tokenizer.options import parse_target
from tokenizer.target import GRID, search
from tokenizer.tradeoff import Texts
from tokenizer.training.bpe import Merges
from tokenizer.training.counts import Total

TEXTS = ["할 수 있는 것은 할 수 있는 것이다, and one of the best of the rest", "it's one of the 한글 é😀 words"] * 3
MERGES = ours(TEXTS, 330, "hanji")
OTHERS = ours(["of the best words", "할 수 없는 것이다 할 수"] * 3, 300, "hanji")
NOTHING = Texts("some texts", {}, {}, [])


def by_the_textbook(text: bytes, merges: Merges) -> list[int]:
    """The tokens of one word: the first merge that is possible, wherever it is, until none is."""
    place = {byte: n for n, byte in enumerate(merges.tokens[:256])}
    tokens = [place[bytes([byte])] for byte in text]
    rank = {(a, b): n for n, (a, b) in enumerate(merges.pairs.tolist())}
    while True:
        possible = [(rank[pair], at) for at, pair in enumerate(itertools.pairwise(tokens)) if pair in rank]
        if not possible:
            return tokens
        merge, at = min(possible)
        tokens[at : at + 2] = [256 + merge]


@given(st.lists(st.lists(st.integers(0, len(MERGES.tokens) - 1), min_size=1, max_size=12), max_size=5), st.booleans())
def test_pieces_are_merged_as_their_bytes_are(pieces: list[list[int]], same: bool) -> None:
    merges = MERGES if same else OTHERS
    column = pa.array([(np.array(piece, np.uint32) + 3).tobytes() for piece in pieces], pa.large_binary())
    found = [np.frombuffer(piece, np.uint32).tolist() for piece in merged_again(column, MERGES, merges).to_pylist()]
    texts = [b"".join(MERGES.tokens[token] for token in piece) for piece in pieces]
    assert found == [[token + 3 for token in by_the_textbook(text, merges)] for text in texts]


def test_long_pieces_are_merged_too() -> None:
    piece = [256 + n % (len(MERGES.tokens) - 256) for n in range(3000)]
    column = pa.array([(np.array(piece, np.uint32) + 3).tobytes()] * 2, pa.large_binary())
    found = np.frombuffer(merged_again(column.slice(1), MERGES, OTHERS)[0].as_py(), np.uint32) - 3
    assert found.tolist() == by_the_textbook(b"".join(MERGES.tokens[token] for token in piece), OTHERS)


def test_shares_leave_words_their_tokens() -> None:
    assert shares_of(50_304) == [0, 1257, 2515, 5030, 10060]
    assert shares_of(600) == [0, 15, 30, 60]
    assert shares_of(639)[-1] == 127  # which leaves 512 to words; one fewer of both would leave 511
    assert shares_of(638)[-1] == 63
    assert shares_of(100) == [0]


def test_a_candidate_is_made_of_the_first_stage_and_its_own_superwords(tmp_path, monkeypatch) -> None:
    """What goes into each step; words and pieces of the last weights are kept, whatever the share."""
    calls: list[tuple] = []
    total = Total(pa.array([b"piece"], pa.large_binary()), np.array([7]), 0, 0)

    def step(name: str, answer):
        def call(*given, **named):
            calls.append((name, *given, *named.items()))
            return answer(*given) if callable(answer) else answer

        return call

    monkeypatch.setattr(candidates, "merged_again", step("again", pa.array([b"other"], pa.large_binary())))
    monkeypatch.setattr(candidates, "add_superwords", step("superwords", OTHERS))
    monkeypatch.setattr(candidates, "write_tokenizer", step("write", lambda folder, *_: folder.mkdir(parents=True)))
    monkeypatch.setattr(candidates, "open_subject", step("open", "subject"))
    monkeypatch.setattr(candidates, "measure", step("measure", {"premium": 1.5}))
    made = Candidates(
        step("learn", MERGES), NOTHING, "hanji", 330, tmp_path, {"min_frequency": 2}, OTHERS, step("pieces", total)
    )
    folder = tmp_path / "candidate"
    assert made.figures({"ko": 2.0}) == {"premium": 1.5}
    words = [("learn", {"ko": 2.0}), ("pieces", {"ko": 2.0})]
    ends = [("open", folder), ("measure", "subject", NOTHING)]
    assert calls == [*words, ("write", folder, MERGES, "hanji", 330, ("words_until", None)), *ends]
    assert not folder.exists()
    calls.clear()
    made.figures({"ko": 2.0}, 20)
    first = MERGES.first(330 - 20 - 3)
    assert [call[0] for call in calls] == ["again", "superwords", "write", "open", "measure"]
    (_, words_, known, stage), (_, begun, again, size, rule) = calls[:2]
    assert (words_, known, stage.tokens) == (total.words, OTHERS, first.tokens)
    assert (begun.tokens, size, rule) == (first.tokens, 307 + 20, ("min_frequency", 2))
    assert (again.words.to_pylist(), again.counts.tolist()) == ([b"other"], [7])
    assert calls[2] == ("write", folder, OTHERS, "hanji", 330, ("words_until", 307))
    calls.clear()
    made.figures({"ko": 3.0})
    assert [call[0] for call in calls[:2]] == ["learn", "pieces"]
    calls.clear()
    Candidates(step("learn", MERGES), NOTHING, "cl100k", 330, tmp_path, {}).figures({}, 20)
    assert [call[0] for call in calls] == ["learn", "write", "open", "measure"]


def figures_of(trained: list[tuple[float, int]]):
    """Tokenizers of which Korean gets better by weight, and superwords are worth the more the more English weighs."""

    def figures(weights: dict[str, float], superwords: int) -> dict[str, float]:
        weight = math.log2(weights.get("ko", 1) / weights.get("en", 1))
        trained.append((weight, superwords))
        saved = 0.01 * superwords - (0.001 if weight > 1 else 0.0003) * superwords**2
        return {"ko_fertility": 2.2 - 0.1 * weight, "en_fertility": 1.6 + 0.05 * weight - saved}

    return figures


def test_the_share_is_the_one_with_the_fewest_tokens() -> None:
    found = search(None, NOTHING, ["en", "ko"], figures_of([]), [0, 5, 10, 15, 20], 600, {"ko": 1.0})
    assert (found.weights, found.superwords, found.target) == ({"ko": 1.0}, 15, None)
    assert found.share_curve is not None
    assert [point["at"] for point in found.share_curve["points"]] == [580, 585, 590, 595, 600]
    assert found.share_curve["chosen"] == 585


def test_share_and_weights_are_chosen_for_each_other() -> None:
    """At the weight 1 it is 15, at the weight of the target, 4, it is 5: the weights are searched again for that."""
    trained: list[tuple[float, int]] = []
    target = parse_target("ko_fertility=2.0")
    found = search(target, NOTHING, ["en", "ko"], figures_of(trained), [0, 5, 10, 15, 20], 600, {})
    assert (found.weights, found.superwords) == ({"ko": 4.0, "en": 1.0}, 5)
    assert found.target is not None
    assert found.target["reached"] == pytest.approx(2.0)
    curve = found.target["curve"]
    assert (curve["ticks"], curve["chosen"], curve["wanted"]) == (list(GRID), 4.0, 2.0)
    assert [point["at"] for point in curve["points"]] == list(GRID)
    assert curve["about"] == "weight of ko against the other languages"
    assert trained == [
        *((0, share) for share in (0, 5, 10, 15, 20)),
        *((math.log2(weight), 15) for weight in GRID),
        *((2, share) for share in (0, 5, 10, 15, 20)),
        *((math.log2(weight), 5) for weight in GRID),
    ]


def test_a_share_that_stays_is_not_searched_again() -> None:
    trained: list[tuple[float, int]] = []
    found = search(parse_target("ko_fertility=2.2"), NOTHING, ["en", "ko"], figures_of(trained), [0, 15], 600, {})
    assert (found.weights, found.superwords, len(trained)) == ({"ko": 1.0, "en": 1.0}, 15, 2 + len(GRID) + 2)
    trained.clear()
    found = search(parse_target("ko_fertility=2.2"), NOTHING, ["en", "ko"], figures_of(trained), [7], 600, {})
    assert (found.superwords, found.share_curve, len(trained)) == (7, None, len(GRID))
    # Between two weights of the grid: its points are on the curve, and the axis names those of the grid alone.
    found = search(parse_target("ko_fertility=2.1"), NOTHING, ["en", "ko"], figures_of([]), [0], 600, {})
    assert found.target is not None
    assert (found.target["weight"], found.target["reached"]) == pytest.approx((2.0, 2.1))
    curve = found.target["curve"]
    assert (len(curve["points"]), curve["ticks"]) == (len(GRID) + 1, list(GRID))
    found = search(parse_target("ko_fertility=2.001"), NOTHING, ["en", "ko"], figures_of([]), [0], 600, {})
    assert found.target is not None
    assert (found.target["wanted"], found.target["reached"]) == (2.001, 2.0)  # near enough, and told as it is
