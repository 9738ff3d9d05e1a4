"""Definitions that cannot be are refused in one sentence, as is what HF tokenizers reads otherwise than the file."""

import copy
import json

import pytest
from tokenizers import Tokenizer

from corpus.errors import UserError
from tests.model.packed_data import train_tokenizer
from tokenizer.directory import byte_level_bpe
from tokenizer.encoding.definition import NEVER, Unsupported, define
from tokenizer.encoding.encode import Encoder
from tokenizer.kernels.alphabet import byte_characters
from tokenizer.scanner.patterns import NAMES, REGEXES

FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    return json.loads(train_tokenizer(tmp_path_factory.mktemp("tok"), 320).read_text())


def added(content, *tokens):
    return {**content, "added_tokens": [*content["added_tokens"], *({**FLAGS, **token} for token in tokens)]}


def model(content, **values):
    return {**content, "model": {**content["model"], **values}}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1, "expected a whole number from 0"),
        (1.5, "expected a whole number from 0"),
        (True, "expected a whole number from 0"),
        ("7", "expected a whole number from 0"),
        (None, "expected a whole number from 0"),
        (10**12, "expected a whole number from 0 to 16,777,215"),
        (1 << 24, "expected a whole number from 0 to 16,777,215"),
        (5, "have the same id, 5"),
        (0, "have the same id, 0"),
    ],
)
def test_ids_that_cannot_be(content, value, message):
    broken = copy.deepcopy(content)
    broken["model"]["vocab"]["Ġ"] = value
    with pytest.raises(UserError, match=message):
        Encoder(broken)
    if value not in (0, 5):
        with pytest.raises(UserError, match=message):
            Encoder(added(content, {"id": value, "content": "<x>"}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: model(c, merges=None), "model.merges is None; expected a list"),
        (lambda c: model(c, merges=["a"]), "merge 0 is 'a'; expected two tokens"),
        (lambda c: model(c, merges=[["a", "b", "c"]]), r"merge 0 is \['a', 'b', 'c'\]"),
        (lambda c: model(c, merges=[["q", "q"]]), "merge 0 is of 'q' and 'q', but 'qq' is not a token"),
        (lambda c: model(c, vocab={}), "model.vocab is {}"),
        (lambda c: model(c, vocab=["a"]), "expected pairs of token and score"),
        (lambda c: {**c, "model": 5}, "model is 5; expected an object"),
        (lambda c: {**c, "normalizer": "NFC"}, "normalizer is 'NFC'; expected an object"),
        (lambda c: added(c, {"id": 320}), "an added token is .* expected one with content"),
        (lambda c: added(c, {"id": 320, "content": ""}), "an added token is .* expected one with content"),
        (lambda c: added(c, {"id": 320, "content": "\ud800"}), "half of a surrogate pair"),
    ],
)
def test_definitions_that_cannot_be(content, change, message):
    with pytest.raises(UserError, match=message):
        Encoder(change(content))


@pytest.mark.parametrize(
    "tokens",
    [
        [(320, "<a>")],
        [(320, "<a>"), (321, "<b>")],
        [(330, "<a>")],
        [(321, "<a>"), (320, "<b>")],
        [(5, "<a>")],
        [(320, "<a>"), (325, "<b>")],
    ],
)
def test_added_tokens_have_the_ids_of_hf_tokenizers_or_are_refused(content, tokens):
    definition = added(content, *({"id": number, "content": name} for number, name in tokens))
    theirs = Tokenizer.from_str(json.dumps(definition)).encode("봄<a> <b>", add_special_tokens=False).ids
    known = Tokenizer.from_str(json.dumps(definition)).get_added_tokens_decoder()
    if all(number in known and known[number].content == name for number, name in tokens):
        assert Encoder(definition).encode("봄<a> <b>") == theirs
    else:
        with pytest.raises(UserError, match="HF tokenizers would encode it as"):
            Encoder(definition)


def test_an_added_token_that_normalisation_changes_is_found(content):
    """Its name is decomposed Hangul and counts as normalised: HF tokenizers looks for it in composed text."""
    name = "<\u1112\u1161\u11ab>"
    definition = {**added(content, {"id": 320, "content": name, "normalized": True}), "normalizer": {"type": "NFC"}}
    reference = Tokenizer.from_str(json.dumps(definition))
    for text in (f"봄{name}봄", "봄<한>봄", "봄<하>봄"):
        assert Encoder(definition).encode(text) == reference.encode(text, add_special_tokens=False).ids
    assert 320 in Encoder(definition).encode("<한>")


def test_lone_surrogates_count_as_the_replacement_character(content):
    encoder = Encoder(content)
    assert encoder.encode("a\ud800b") == encoder.encode("a\ufffdb")
    assert encoder.spans("a\ud800b") == encoder.spans("a\ufffdb")


def without(content, *names):
    """Without some tokens, and with the others numbered anew."""
    kept = [name for name in content["model"]["vocab"] if name not in names]
    return model(content, vocab={name: n for n, name in enumerate(kept)}, merges=[])


def twice(content):
    """Two merges of the same token, by its other halves."""
    merges = [["a", "b"], ["ab", "c"], ["b", "c"], ["a", "bc"]]
    names = [*list(content["model"]["vocab"])[:259], "ab", "abc", "bc"]
    return model(content, vocab={name: n for n, name in enumerate(names)}, merges=merges)


def cut_by(content, **values):
    split, bytes_of = byte_level_bpe({}, [], REGEXES["cl100k"], [])["pre_tokenizer"]["pretokenizers"]
    changed = {key: values.get(key, value) for key, value in split.items()}
    last = {key: values.get(key, value) for key, value in bytes_of.items()}
    return {**content, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [changed, last]}}


REFUSED = [
    *((lambda c, f=f: added(c, {"id": 320, "content": "<x>", f: True}), "'<x>' takes its surroundings into account")
      for f in ("single_word", "lstrip", "rstrip")),
    *((lambda c, o=o, v=v: model(c, **{o: v}), f"its model has {o} {v!r}")
      for o, v in (("dropout", 0.5), ("continuing_subword_prefix", "##"), ("end_of_word_suffix", "</w>"))),
    (lambda c: without(c, "A"), "it is not a byte-level BPE: byte 65 has no token"),
    (twice, "several of its merges make the same token"),
    (lambda c: cut_by(c, add_prefix_space=True), "its pre-tokenizer is"),
    (lambda c: {**c, "pre_tokenizer": {"type": "ByteLevel"}}, "its pre-tokenizer is"),
    (lambda c: {**c, "normalizer": {"type": "NFKC"}}, "its normalizer is"),
    (lambda c: cut_by(c, behavior="Removed"), "its pre-tokenizer is"),
    (lambda c: cut_by(c, invert=True), "its pre-tokenizer is"),
    (lambda c: cut_by(c, use_regex=True), "its pre-tokenizer is"),
    (lambda c: cut_by(c, pattern={"Regex": "a+"}), "its pre-tokenizer is"),
    (lambda c: {**c, "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]}},
     "its normalizer is"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), REFUSED)
def test_what_the_kernels_would_encode_otherwise_is_left_to_hf(content, change, reason):
    with pytest.raises(Unsupported) as refused:
        define(change(content))
    assert reason in str(refused.value)


@pytest.mark.parametrize("values", [{"behavior": "Removed", "invert": True}, {}])
def test_two_ways_to_write_a_pattern_are_known(content, values):
    assert NAMES[define(cut_by(content, **values)).pattern] == "cl100k"
    names = [name for name in byte_characters() if byte_characters().index(name) in NEVER]
    lacking = define(without(content, *names))
    assert [b for b in range(256) if lacking.byte_ids[b] < 0] == sorted(NEVER)
