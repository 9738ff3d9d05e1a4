"""HF tokenizers behind one interface: special tokens as text or as themselves, whatever was asked before."""

import json
from types import SimpleNamespace

import pytest

from corpus.errors import UserError
from tests.tokenizer.conftest import FULL_API
from tokenizer.reference import Reference, byte_content, nfc

SPECIAL = {"id": 258, "content": "<s>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False}


def content(pattern: str | None = None) -> dict:
    return byte_content(pattern, (b"ab", b"cd")) | {"added_tokens": [SPECIAL | {"special": True}]}


def test_special_tokens_are_text_unless_they_are_asked_for() -> None:
    engine = Reference(content())
    for special in (False, True, False):  # what was asked before does not stay
        ids = engine.encode_batch(["<s>ab", "", "x<s>"], special)
        assert [258 in row for row in ids] == [special, False, special]
        assert [len(row) for row in ids] == ([2, 0, 2] if special else [4, 0, 4])
        if FULL_API:
            assert engine.spans("<s>ab") == [(0, 1), (1, 2), (2, 3), (3, 5)]
    assert engine.decode(engine.encode_batch(["<s>ab"], True)[0]) == "<s>ab"


def test_a_pattern_keeps_what_it_separates_apart() -> None:
    assert len(Reference(content()).encode_batch(["abcd ab"])[0]) == 4
    assert len(Reference(content(r"\w")).encode_batch(["abcd ab"])[0]) == 7
    assert len(Reference(content(r"\w\w")).encode_batch(["abcd ab"])[0]) == 4


def test_what_the_library_refuses_is_one_sentence() -> None:
    broken = content()
    broken["model"] = broken["model"] | {"merges": [["no", "such"]]}
    with pytest.raises(UserError, match=r"mine: tokenizers .* does not run it .*pip install"):
        Reference(broken, "mine").encode_batch(["a"])


@pytest.mark.parametrize("name", ["PanicException", "KeyboardInterrupt"])
def test_a_panic_is_told_and_an_interrupt_is_left_alone(name: str) -> None:
    kind = type(name, (BaseException,), {})

    def fails(*_, **__):
        raise kind("at byte 3")

    engine = Reference(content(), "mine")
    engine.__dict__["_tokenizer"] = SimpleNamespace(encode_batch=fails, decode=fails, encode=fails)
    told = UserError if name == "PanicException" else kind
    with pytest.raises(told, match="at byte 3"):
        engine.encode_batch(["a"])
    with pytest.raises(told, match="at byte 3"):
        engine.decode([1])
    if FULL_API:
        with pytest.raises(told, match="at byte 3"):
            engine.spans("a")
    with pytest.raises(told, match="at byte 3"), engine._explained():
        fails()


def test_a_file_on_which_the_library_panics_is_told() -> None:
    """A prefix that is longer than the token that it stands before."""
    broken = content()
    broken["model"] = broken["model"] | {"continuing_subword_prefix": "#######"}
    with pytest.raises(UserError, match="mine: tokenizers"):
        Reference(broken, "mine").encode_batch(["a"])


def test_normalisation_is_a_step_of_its_own() -> None:
    assert json.loads(json.dumps(byte_content(normalizer="NFC")))["normalizer"] == {"type": "NFC"}
    assert byte_content()["normalizer"] is None
    assert nfc(" e\u0301 \u1112\u1161\u11ab\n") == " é 한\n"
