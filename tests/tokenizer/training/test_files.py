"""What a trained directory is made of, and the small languages of the command's options."""

import json

import pytest

from corpus.errors import UserError
from tests.tokenizer.trained import ours
from tokenizer.directory import SPECIAL_TOKENS
from tokenizer.options import parse_sizes, parse_weights
from tokenizer.scanner.patterns import REGEXES
from tokenizer.scanner.runs import REGEX
from tokenizer.training.files import (
    reserved_token,
    seen,
    tokenizer_json,
    vocabulary,
    write_tokenizer,
)

SPECIAL = list(SPECIAL_TOKENS.values())


@pytest.fixture(scope="module")
def merges():
    found = ours(["ababab abab cdcd cd"], 261, "cl100k")
    assert len(found.pairs) == 5
    return found


def test_a_vocabulary_is_special_tokens_bytes_merges_and_padding(merges):
    assert len(SPECIAL) == 3
    whole = vocabulary(merges, 10_000)
    assert whole[:3] == SPECIAL
    assert len(whole) == 3 + 256 + 5
    assert vocabulary(merges, 261) == whole[:261]  # the beginning of a larger one is a smaller one
    padded = vocabulary(merges, 264, 128)
    assert padded[:264] == whole
    assert padded[264:] == [reserved_token(n) for n in range(120)]
    assert reserved_token(7) == "<reserved_7>"
    assert vocabulary(merges, 264, 264) == vocabulary(merges, 264, 88) == whole  # a multiple needs no padding


def test_padding_has_names_that_no_token_has(merges):
    taken = merges._replace(tokens=[*merges.tokens[:256], b"<reserved_0>", b"<reserved_2>"])
    assert vocabulary(taken, 261, 264)[259:] == [
        "<reserved_0>", "<reserved_2>", "<reserved_1>", "<reserved_3>", "<reserved_4>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("size", "merged", "words_until", "superwords"),
    [
        (264, 5, None, False),
        (261, 2, None, False),
        (259, 0, None, False),
        (264, 5, 261, False),
        (264, 5, 260, True),
        (263, 4, 260, False),  # none of the superwords fits
    ],
)
def test_the_file_holds_the_merges_that_fit(merges, size, merged, words_until, superwords):
    content = tokenizer_json(merges, "cl100k", size, 128, words_until)
    names = vocabulary(merges, size, 128)
    assert content["model"]["vocab"] == {token: n for n, token in enumerate(names)}
    pairs = merges.pairs.tolist()[:merged]
    assert content["model"]["merges"] == [[names[a + 3], names[b + 3]] for a, b in pairs]
    added = [(token["content"], token["id"]) for token in content["added_tokens"]]
    assert added == [(name, n) for n, name in enumerate(names) if n < 3 or n >= size]
    assert (json.dumps(REGEX) in json.dumps(content), json.dumps(REGEXES["cl100k"]) in json.dumps(content)) == (
        superwords,
        not superwords,
    )


def test_sizes():
    assert parse_sizes("8k,512,16K,512,50304") == [512, 8192, 16384, 50304]
    assert parse_sizes("") == []
    for bad in ("511", "8k,511", "k", "0.5k", "8m", "-600"):
        with pytest.raises(UserError, match="--sizes"):
            parse_sizes(bad)


def test_weights():
    assert parse_weights("ko=1, en=0.5,ja=0") == {"ko": 1, "en": 0.5, "ja": 0}
    assert parse_weights("") == {}
    for bad in ("ko", "ko=-0.1", "ko=inf", "ko=nan", "ko=1=2", "ko=x"):
        with pytest.raises(UserError, match="--weights"):
            parse_weights(bad)


@pytest.mark.parametrize(
    ("text", "known", "told"),
    [
        (["a", "b"], ["a", "b"], "all"),
        (["a", "b", "c"], ["a", "b"], "all"),
        (["a"], ["a", "b"], "part"),
        (["a", "c"], ["a", "b"], "part"),
        (["c"], ["a", "b"], "none"),
        ([], ["a"], "none"),
        (None, ["a"], None),
    ],
)
def test_how_much_of_a_text_was_seen(tmp_path, text, known, told):
    shards = {f"shard {n}": sha256 for n, sha256 in enumerate(known)}
    assert seen(tmp_path, shards) is None
    (tmp_path / "training.json").write_text(json.dumps({"text": text}))
    assert seen(tmp_path, shards) == seen(tmp_path / "tokenizer.json", shards) == told
    (tmp_path / "training.json").write_text("{}")
    assert seen(tmp_path, shards) is None


@pytest.mark.parametrize("pattern", ["gpt2", "cl100k"])
def test_what_is_written_is_all_that_transformers_reads(merges, tmp_path, pattern):
    """The three files whole: nothing is added at the ends of a text, and decoding changes no space."""
    assert write_tokenizer(tmp_path / "new" / "folder", merges, pattern, 264, 128) == 384
    found = {path.name: json.loads(path.read_text()) for path in (tmp_path / "new" / "folder").iterdir()}
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    assert found.pop("special_tokens_map.json") == special
    assert found.pop("tokenizer_config.json") == special | {
        "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, "add_prefix_space": False,
        "model_input_names": ["input_ids", "attention_mask"],
    }  # fmt: skip
    content = found.pop("tokenizer.json")
    assert found == {}
    names, model = vocabulary(merges, 264, 128), content.pop("model")
    assert [model.pop(name) for name in ("vocab", "merges")] == [
        {name: n for n, name in enumerate(names)}, [[names[a + 3], names[b + 3]] for a, b in merges.pairs.tolist()],
    ]  # fmt: skip
    assert model == {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
        "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
    }  # fmt: skip
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}
    whole = byte_level | {"use_regex": True}
    cut = {"type": "Split", "pattern": {"Regex": REGEXES[pattern]}, "behavior": "Isolated", "invert": False}
    parts = [cut, byte_level | {"use_regex": False}]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    assert content == {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
        "added_tokens": [{"id": n, "content": names[n], **flags} for n in (0, 1, 2, *range(264, 384))],
        "pre_tokenizer": whole if pattern == "gpt2" else {"type": "Sequence", "pretokenizers": parts},
        "decoder": whole,
    }  # fmt: skip
