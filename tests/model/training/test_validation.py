"""Bits per byte against the plain definition, on rows of which every target is known."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from model.config import ModelConfig
from model.data.packed import PackedData, evenly_spaced
from model.network.decoder import Decoder
from model.training.parallel import World
from model.training.validation import Score, evaluate_bpb, unigram_entropy
from tests.model.packed_data import write_packed
from tokenizer.encoding.vocabulary import Vocabulary

CPU = World(0, 1, torch.device("cpu"))


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_packed(folder)
    return PackedData(folder / "packed", "validation"), Vocabulary(folder / "tokenizer" / "tokenizer.json")


@pytest.fixture(scope="module")
def model() -> Decoder:
    torch.manual_seed(0)
    return Decoder(ModelConfig(layers=1, heads=2, dim=16, ffn_dim=32, vocab_size=384, context=64))


@pytest.fixture(scope="module")
def plain(packed, model) -> dict[str, list[float]]:
    """Bits, bytes, nats and tokens by source: each document alone, each target in turn."""
    data, vocabulary = packed
    sums = {source.name: [0.0] * 4 for source in data.sources}
    for source in data.sources:
        for ids, lengths in map(source.row, range(source.rows)):
            for end, length in zip(np.cumsum(lengths), lengths, strict=True):
                document = torch.tensor(ids[end - length : end].astype(np.int64))
                with torch.no_grad():
                    nats = -model(document[None])[0].log_softmax(-1)[range(length - 1), document[1:]]
                for token, value in zip(document[1:].tolist(), nats.tolist(), strict=True):
                    counted = token not in vocabulary.special
                    new = [counted * value / math.log(2), counted * len(vocabulary.tokens[token]), value, 1]
                    sums[source.name] = [a + b for a, b in zip(sums[source.name], new, strict=True)]
    return sums


@pytest.mark.parametrize("batch_rows", [1, 3, 64])
def test_equals_the_definition(packed, model, plain, batch_rows):
    data, vocabulary = packed
    scores = evaluate_bpb(
        model, data, vocabulary.byte_counts(384), rows=1000, batch_rows=batch_rows, attention="sdpa", world=CPU
    )
    assert model.training
    for name, language in (("ko-source", "ko"), ("en-source", "en")):
        bits, size, nats, tokens = plain[name]
        assert scores[name].bits_per_byte == pytest.approx(bits / size, rel=1e-5)
        assert scores[name].loss == pytest.approx(nats / tokens, rel=1e-5)
        assert (scores[name].bytes, scores[name].tokens) == (size, tokens)
        assert scores[f"language/{language}"] == scores[name]


def test_the_same_rows_each_time_and_no_more_than_asked(packed, model):
    data, vocabulary = packed
    first, second = (
        evaluate_bpb(model, data, vocabulary.byte_counts(384), rows=2, batch_rows=2, attention="sdpa", world=CPU)
        for _ in range(2)
    )
    assert first == second
    assert first["ko-source"].tokens <= 2 * 64


def test_unigram_entropy(packed):
    data, _ = packed
    targets = [
        int(ids[k])
        for source in data.sources
        for ids, lengths in map(source.row, range(source.rows))
        for begin, end in zip(np.cumsum(lengths) - lengths, np.cumsum(lengths), strict=True)
        for k in range(begin + 1, end)
    ]
    share = np.bincount(targets) / len(targets)
    assert unigram_entropy(data, max(source.rows for source in data.sources)) == unigram_entropy(data, 10_000)
    assert unigram_entropy(data, 1) != unigram_entropy(data, 2)
    assert unigram_entropy(data, 10_000) == pytest.approx(-(share[share > 0] * np.log(share[share > 0])).sum())


def test_rows_are_evenly_spaced_over_the_whole_source(packed, model):
    assert evenly_spaced(100, 3).tolist() == [0, 49, 99]
    assert evenly_spaced(5, 9).tolist() == [0, 1, 2, 3, 4]
    assert evenly_spaced(0, 9).tolist() == []
    data, vocabulary = packed
    counts = vocabulary.byte_counts(384)
    scores = evaluate_bpb(model, data, counts, rows=2, batch_rows=2, attention="sdpa", world=CPU)
    for source in data.sources:
        lengths = [source.row(row)[1] for row in (0, source.rows - 1)]
        assert scores[source.name].tokens == sum(int((n - 1).sum()) for n in lengths)


def test_ranks_share_the_rows_and_the_model_stays_in_its_mode(packed, model):
    """Two ranks score each row once between them."""
    data, vocabulary = packed
    counts = vocabulary.byte_counts(384)

    def scored(rank: int, size: int):
        world = SimpleNamespace(rank=rank, size=size, device=CPU.device, sum=lambda values: values)
        return evaluate_bpb(model, data, counts, rows=7, batch_rows=2, attention="sdpa", world=world)

    model.eval()
    whole, parts = scored(0, 1), [scored(rank, 2) for rank in range(2)]
    assert not model.training
    model.train()
    for name, score in whole.items():
        assert sum(part[name].tokens for part in parts) == score.tokens
        assert sum(part[name].bytes for part in parts) == score.bytes
        assert sum(part[name].nats for part in parts) == pytest.approx(score.nats)


def test_a_language_has_the_sums_of_all_its_sources(packed, model, monkeypatch):
    """Three sources, two of them of one language."""
    data, vocabulary = packed
    ko, en = data.sources
    views = {name: _named(source, name) for name, source in (("a", ko), ("b", en), ("c", en))}
    three = SimpleNamespace(sources=list(views.values()), seq_len=data.seq_len, pad_id=data.pad_id, dtype=data.dtype)
    monkeypatch.setattr("model.training.validation.language_of", lambda source: {"c": "other"}.get(source.name, "both"))
    counts = vocabulary.byte_counts(384)
    scores: Any = evaluate_bpb(model, three, counts, rows=4, batch_rows=2, attention="sdpa", world=CPU)
    assert set(scores) == {"a", "b", "c", "language/both", "language/other"}
    assert scores["language/other"] == scores["c"] == scores["b"] != scores["a"]
    for name in ("nats", "tokens", "counted_nats", "bytes"):
        both = getattr(scores["a"], name) + getattr(scores["b"], name)
        assert getattr(scores["language/both"], name) == pytest.approx(both)


def _named(source: Any, name: str) -> Any:
    return SimpleNamespace(name=name, rows=source.rows, row=source.row)


def test_a_score_is_of_the_rows_of_all_ranks(packed, model):
    """Sources and languages alike: what `sum` adds up over the ranks, here three times one rank's."""
    data, vocabulary = packed
    counts = vocabulary.byte_counts(384)
    how = {"rows": 4, "batch_rows": 2, "attention": "sdpa"}
    alone = evaluate_bpb(model, data, counts, world=CPU, **how)
    world = SimpleNamespace(rank=0, size=1, device=CPU.device, sum=lambda values: [3 * value for value in values])
    three = evaluate_bpb(model, data, counts, world=world, **how)
    for name, score in alone.items():
        found = three[name]
        assert (found.tokens, found.bytes) == (3 * score.tokens, 3 * score.bytes)
        assert (found.nats, found.counted_nats) == pytest.approx((3 * score.nats, 3 * score.counted_nats))


def test_validation_is_asked_for_by_the_settings_of_the_run(monkeypatch):
    from model.training import actions

    asked: list[tuple] = []
    told: list[tuple] = []

    def scored(*given, **how):
        asked.append((given, how))
        return {"web": Score(math.log(2) * 6, 3, math.log(2) * 8, 4)}

    monkeypatch.setattr(actions, "evaluate_bpb", scored)
    train = SimpleNamespace(validation_rows=17, loss_chunks=5)
    trainer = SimpleNamespace(
        config=SimpleNamespace(train=train, model=SimpleNamespace(vocab_size=384)), decoder="decoder", world="world",
        held_out="held out", vocabulary=SimpleNamespace(byte_counts=lambda size: ("counts", size)), micro_rows=3,
        attention="flex", event=lambda *event: told.append(event),
    )  # fmt: skip
    actions.validate(trainer)
    how = {"rows": 17, "batch_rows": 3, "attention": "flex", "world": "world", "chunks": 5}
    assert asked == [(("decoder", "held out", ("counts", 384)), how)]
    assert trainer.validation == {"web": 2.0}
    assert told == [("validation", {"bpb/web": 2.0, "loss/web": pytest.approx(math.log(2) * 2)})]
