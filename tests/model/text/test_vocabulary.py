"""Bytes of tokens: they add up to the text's UTF-8, and a stream of them never shows half a character."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from corpus.errors import UserError
from model.text.vocabulary import TextStream
from tests.model.packed_data import train_tokenizer
from tokenizer.encoding.vocabulary import Vocabulary, byte_alphabet


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    path = train_tokenizer(tmp_path_factory.mktemp("tokenizer"), 300)  # few merges: Hangul falls apart into bytes
    encoder = Tokenizer.from_file(str(path))
    encoder.encode_special_tokens = True  # the name of a special token in a text is text, as in training
    return encoder, Vocabulary(path)


def test_alphabet_is_that_of_byte_level_tokenizers():
    from tokenizers.pre_tokenizers import ByteLevel

    assert set(byte_alphabet()) == set(ByteLevel.alphabet())
    assert sorted(byte_alphabet().values()) == list(range(256))


@given(text=st.text() | st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)))
@example("")
@example("<pad></s>")
@example("\ud7a3\ud7a4\u1112\u1161\u11ab\u2028\x00\U0010ffff")
@settings(max_examples=200, deadline=None)
def test_bytes_add_up_to_the_text(tokenizer, text):
    encoder, vocabulary = tokenizer
    ids = encoder.encode(text, add_special_tokens=False).ids
    assert sum(vocabulary.byte_counts()[ids]) == len(text.encode())
    assert vocabulary.decode(ids) == text.encode()
    assert "".join(shown(vocabulary, ids)) == text


def test_real_text(tokenizer, shared_data):
    """All of a real parallel text, Korean and English: broken syllables are counted right."""
    encoder, vocabulary = tokenizer
    counts = vocabulary.byte_counts()
    files = sorted(
        p for p in (shared_data / "parallel").rglob("*") if p.is_file() and p.suffix in (".ko", ".en", ".txt")
    )
    texts = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()[:300]]
    assert len(texts) > 100
    broken = 0
    for text, encoding in zip(texts, encoder.encode_batch(texts, add_special_tokens=False), strict=True):
        assert counts[encoding.ids].sum() == len(text.encode())
        broken += sum(len(encoder.decode([i]).encode()) != counts[i] for i in encoding.ids)
    assert broken > 1000  # the naive way would have been wrong this often


def shown(vocabulary: Vocabulary, ids: list[int], *stop: str) -> list[str]:
    """The pieces that a stream shows, the last one at its end."""
    stream = TextStream(vocabulary, stop)
    return [*(stream.push(token) for token in ids), stream.end()]


def test_stream_holds_back_half_syllables(tokenizer):
    encoder, vocabulary = tokenizer
    ids = encoder.encode("뷁 쀍", add_special_tokens=False).ids
    pieces = list(filter(None, shown(vocabulary, ids)))
    assert len(ids) > len(pieces)
    assert "".join(pieces) == "뷁 쀍"
    assert not any("\ufffd" in piece for piece in pieces)
    assert shown(vocabulary, ids[:2]) == ["", "", "\ufffd"]  # cut off for good: said once, at the end


@given(text=st.text("ab뷁\n", max_size=12), stop=st.lists(st.text("ab뷁\n", min_size=1, max_size=4), max_size=3))
@settings(max_examples=300, deadline=None)
def test_stream_ends_before_the_first_stop_string(tokenizer, text, stop):
    """Against the text so far after each token: nothing is shown that may have to be taken back, nothing twice,
    nothing too late."""
    encoder, vocabulary = tokenizer
    ids = encoder.encode(text, add_special_tokens=False).ids
    stream, out = TextStream(vocabulary, stop), ""
    for k, token in enumerate(ids):
        out += stream.push(token)
        whole = vocabulary.decode(ids[: k + 1]).decode(errors="ignore")
        places = [whole.find(s) for s in stop if s in whole]
        if places:
            assert (out, stream.ended) == (whole[: min(places)], True)
            break
        assert whole.startswith(out)
        assert not stream.ended
        assert len(whole) - len(out) < max(map(len, stop), default=1)
    else:
        assert out + stream.end() == text
    assert stream.push(5) == stream.end() == ""


def test_special_tokens_have_no_bytes(tokenizer):
    _, vocabulary = tokenizer
    assert vocabulary.special == {0, 1, 2}
    assert vocabulary.byte_counts(512)[[0, 1, 2, 511]].tolist() == [0, 0, 0, 0]


def test_added_tokens_are_text_unless_they_are_special(tmp_path):
    """Also where the model's vocabulary names them, by letters that would spell other bytes."""
    path = train_tokenizer(tmp_path, 300)
    content = json.loads(path.read_text(encoding="utf-8"))
    size = max(content["model"]["vocab"].values()) + 1
    content["model"]["vocab"] |= {"Ġ가": size, "<|Ġ|>": size + 1}
    added = [("Ġ가", size, False), ("<|Ġ|>", size + 1, True), ("새 말", size + 2, False), ("<|끝|>", size + 3, True)]
    content["added_tokens"] += [{"content": name, "id": number, "special": special} for name, number, special in added]
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    vocabulary = Vocabulary(path)
    assert vocabulary.tokens[size:] == ["Ġ가".encode(), b"", "새 말".encode(), b""]
    assert vocabulary.special == {0, 1, 2, size + 1, size + 3}


def test_another_kind_of_vocabulary_is_refused(tmp_path):
    (tmp_path / "tokenizer.json").write_text('{"model": {"vocab": {"한지": 0}}}', encoding="utf-8")
    with pytest.raises(UserError, match="한지"):
        Vocabulary(tmp_path / "tokenizer.json")
