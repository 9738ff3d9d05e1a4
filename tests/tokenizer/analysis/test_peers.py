import base64
import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UserError
from tests.tokenizer.byte_level import small_ranks, small_tokenizer
from tests.tokenizer.conftest import needs_full_api, texts
from tokenizer.analysis.peers import PACKAGED, find_peers, folder_peers, locate, open_subject, seek_peers
from tokenizer.analysis.places import name_of
from tokenizer.analysis.spans import nearest_tiling, tile
from tokenizer.analysis.subject import as_subject
from tokenizer.encoding.pieces import Pieces
from tokenizer.encoding.ranks import _parts, content_of, pattern_of, read_ranks
from tokenizer.scanner.patterns import REGEXES

CL100K = (
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+|"
    " ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s"
)


def write_ranks(path, ranks):
    path.write_text("".join(f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items()))


@pytest.mark.parametrize("name", ["cl100k", "o200k"])
def test_ranks_give_tiktokens_ids(name, real_texts, shared_data):
    tiktoken = pytest.importorskip("tiktoken")
    file = shared_data / f"tokenizers/tiktoken/{name}_base.tiktoken"
    path = file if file.exists() else locate(name)
    if isinstance(path, str):
        pytest.skip(path)
    subject = open_subject(path, name=name)
    pattern = CL100K if name == "cl100k" else pattern_of(name, path)
    reference = tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=read_ranks(path), special_tokens={})
    documents = [text[:3000] for kind in real_texts.values() for text in kind[:15]]
    ids, bounds = subject.encode_column(pa.array(documents, pa.large_string()))
    for n, text in enumerate(documents):
        assert ids[bounds[n] : bounds[n + 1]].tolist() == reference.encode_ordinary(text)
    assert b"".join(subject.token_bytes[n] for n in ids.tolist()) == "".join(documents).encode()


@given(st.lists(st.text(st.sampled_from("ab"), min_size=2, max_size=5), max_size=8, unique=True), texts)
def test_any_ranks_give_tiktokens_ids(tokens, text):
    """Also ranks that no training would give, in which a token falls into three parts."""
    tiktoken = pytest.importorskip("tiktoken")
    ranks = small_ranks(*tokens)
    content = content_of(ranks, CL100K)
    if content["model"]["ignore_merges"]:
        return  # which order three parts are merged in is for tiktoken alone to know
    subject = as_subject(small_tokenizer(*tokens))
    gpt2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    reference = tiktoken.Encoding("small", pat_str=gpt2, mergeable_ranks=ranks, special_tokens={})
    for document in ("".join(tokens) + " abbaabab", "abaab" * 5):
        assert subject.encode_column(pa.array([document]))[0].tolist() == reference.encode_ordinary(document)


@given(texts)
def test_tokens_tile_every_text(text):
    subject = as_subject(small_tokenizer("he", "lo", " he"))
    spans = subject.encode_spans(text)
    assert [start for _, start, _ in spans] == [0, *(end for *_, end in spans)][: len(spans)]
    assert b"".join(text.encode()[a:b] for _, a, b in spans) == text.encode()
    assert all(text.encode()[a:b] == subject.token_bytes[n] for n, a, b in spans)


def test_sentencepiece_is_tiled_as_near_as_can_be(shared_data):
    pytest.importorskip("sentencepiece")
    subject = open_subject(shared_data / "tokenizers/kortok/sp-32k")
    assert subject.kind == "SentencePiece"
    assert subject.pattern is None
    text = "한국 AI가  좋다"
    pieces = [text.encode()[a:b].decode() for _, a, b in subject.encode_spans(text)]
    assert pieces == ["한국", " AI", "가", "  좋다"]
    # Full-width letters are made narrow: still the bytes of the text.
    ends = [end for *_, end in subject.encode_spans("ＡＩ가 좋다")]
    assert ends[-1] == len("ＡＩ가 좋다".encode())
    assert ends == sorted(ends)


def test_pieces_without_text_have_no_bytes():
    """Control pieces, the unknown one and those that a model reserves without using them; the others are their text."""
    names = ["<unk>", "<s>", "<0xEA>", "▁한국", "[UNUSED]", "x"]
    kinds = {"unknown": 0, "control": 1, "unused": 4}
    model = SimpleNamespace(
        id_to_piece=lambda n: names[n], **{f"is_{kind}": lambda n, k=place: n == k for kind, place in kinds.items()}
    )
    pieces = Pieces.__new__(Pieces)
    pieces._model, pieces.vocab_size = model, len(names)
    assert pieces.token_bytes() == [None, None, b"\xea", " 한국".encode(), None, b"x"]


def test_tokens_that_share_a_character_take_a_byte_each():
    # "가" as three tokens, all of them told to span the character; then a dropped space and "b".
    assert nearest_tiling("a가 b", [(0, 1), (1, 2), (1, 2), (1, 2), (3, 4)]).tolist() == [1, 2, 3, 4, 6]
    assert nearest_tiling("", []).tolist() == []


@needs_full_api
def test_a_normalizer_does_not_break_the_tiling(shared_data):
    subject = open_subject(shared_data / "tokenizers/gpt-neox-20b")
    decomposed = "한국 " + "\u1112\u1161\u11ab" + " x"
    spans = subject.encode_spans(decomposed)
    assert spans[-1][2] == len(decomposed.encode())
    assert all(a <= b for _, a, b in spans)


def test_the_folder_of_peers_is_read_by_name(shared_data):
    assert set(folder_peers(shared_data / "tokenizers")) == {
        "gpt2", "gpt-neox-20b", "polyglot-ko-MBBPE", "kortok-sp-32k", "kortok-sp-64k", "kortok-mecab_sp-64k", "cl100k",
        "r50k",
        "olmo2-bpe-200k",
    }  # fmt: skip


def test_gpt2s_two_files_are_a_tokenizer(tmp_path):
    content = content_of(
        small_ranks("he", "lo"), r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    )
    (tmp_path / "vocab.json").write_text(json.dumps(content["model"]["vocab"]))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(map(" ".join, content["model"]["merges"])))
    subject = open_subject(tmp_path)
    assert (subject.pattern, subject.vocab_size, subject.kind) == ("gpt2", 258, "byte-level BPE")
    assert subject.encode_column(pa.array(["hello"]))[0].tolist() == [256, ord("l"), 257]


def test_missing_peers_are_told_with_the_reason(tmp_path):
    write_ranks(tmp_path / "r50k_base.tiktoken", small_ranks("he"))
    write_ranks(tmp_path / "mystery.tiktoken", small_ranks("he"))
    subjects, missing = find_peers(None, tmp_path)
    assert [subject.name for subject in subjects] == ["r50k"]
    assert [peer["name"] for peer in missing] == ["mystery"]
    assert "no pre-token pattern" in missing[0]["reason"]
    _, missing = find_peers(["no-such-peer"])
    assert missing[0]["name"] == "no-such-peer"
    assert "not the name of a peer" in missing[0]["reason"]


def test_all_named_peers_are_found_or_missing():
    found, missing = seek_peers(["all"])
    assert set(found) | {peer["name"] for peer in missing} == set(PACKAGED)
    assert all(path.is_file() for path in found.values())
    assert all("is not installed" in peer["reason"] or "has no" in peer["reason"] for peer in missing)


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(UserError, match="no tokenizer in this folder"):
        open_subject(tmp_path)
    with pytest.raises(UserError, match="no such file or folder"):
        open_subject(tmp_path / "nothing")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(UserError, match="no model with a vocabulary"):
        open_subject(tmp_path)
    (tmp_path / "r50k.tiktoken").write_text("IQ== 0\nnonsense\n")
    with pytest.raises(UserError, match="line 2"):
        open_subject(tmp_path / "r50k.tiktoken")


@needs_full_api
def test_a_tekken_file_keeps_its_special_ids_apart(tmp_path):
    ranks = small_ranks("he", "lo", "no")
    content = {
        "config": {"pattern": r"\p{L}+|[^\p{L}]+", "default_vocab_size": 260, "default_num_special_tokens": 2},
        "vocab": [{"rank": n, "token_bytes": base64.b64encode(token).decode()} for token, n in ranks.items()],
    }
    (tmp_path / "tekken.json").write_text(json.dumps(content))
    subject = open_subject(tmp_path / "tekken.json")
    assert subject.token_bytes[:3] == [None, None, b"\x00"]
    assert subject.vocab_size == 260  # what lies beyond the default size does not belong to the model
    assert subject.encode_column(pa.array(["hello no"]))[0].tolist() == [
        258,
        2 + ord("l"),
        259,
        2 + 32,
        2 + ord("n"),
        2 + ord("o"),
    ]
    assert np.all(np.array([len(token or b"") for token in subject.token_bytes[2:258]]) == 1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: c.update(config={}), "default_num_special_tokens"),
        (lambda c: c.update(config=[]), "not a tekken.json, or damaged"),
        (lambda c: c.update(vocab={"a": 1}), "not a tekken.json, or damaged"),
        (lambda c: c["config"].update(default_vocab_size="many"), "many"),
        (lambda c: c["config"].update(pattern="(("), "does not run it"),
        (lambda c: c["vocab"].__setitem__(3, None), "not a tekken.json, or damaged"),
        (lambda c: c["vocab"][3].update(token_bytes="é"), "token_bytes"),
        (lambda c: c["vocab"][3].update(token_bytes="QQ"), "padding"),
        (lambda c: c["vocab"][3].update(rank=None), "NoneType"),
        (lambda c: c["vocab"][3].update(rank=-9), "-7"),
        (lambda c: c["vocab"][3].update(rank=4), "same id"),
        (lambda c: c["vocab"][3].update(rank=10**13), "16,777,215"),
    ],
)
def test_a_damaged_tekken_file_is_an_error(tmp_path, change, told):
    ranks = small_ranks("he", "lo", "no")
    content = {
        "config": {"pattern": r"\p{L}+|[^\p{L}]+", "default_vocab_size": 261, "default_num_special_tokens": 2},
        "vocab": [{"rank": n, "token_bytes": base64.b64encode(token).decode()} for token, n in ranks.items()],
    }
    change(content)
    (tmp_path / "tekken.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=told):
        open_subject(tmp_path / "tekken.json").encode_column(pa.array(["hello"]))


def test_a_rank_file_has_the_pattern_of_its_name():
    """As tiktoken, openai-whisper, Llama and Qwen define them; a name is known by its start, in any case."""
    names = {"gpt2": "gpt2", "r50k_base": "gpt2", "p50k_base": "gpt2", "whisper": "gpt2", "multilingual": "gpt2",
             "cl100k_base": "cl100k", "Llama3": "cl100k", "qwen": "qwen2", "QWen2": "qwen2"}  # fmt: skip
    for name, pattern in names.items():
        assert pattern_of(name, Path("x")) == REGEXES[pattern], name
    for name in ("o200k_base", "llama4"):
        assert pattern_of(name, Path("x")) not in REGEXES.values()
    with pytest.raises(UserError, match="contains no pre-token pattern, and its name is unknown"):
        pattern_of("mine", Path("x"))


def test_parts_of_a_token_are_those_of_the_leftmost_merge():
    """aaa is (aa, a), as tiktoken merges from the left; aabb is (aa, bb), since bb is made before the rest."""
    ranks = {b"a": 0, b"b": 1, b"aa": 2, b"bb": 3, b"aaa": 4, b"aabb": 5, b"abab": 6, b"ab": 7}
    assert _parts(b"aaa", 4, ranks) == [b"aa", b"a"]
    assert _parts(b"aabb", 5, ranks) == [b"aa", b"bb"]
    assert _parts(b"abab", 6, ranks) == [b"a", b"b", b"a", b"b"]  # ab is made later: it is a whole pre-token or nothing


def test_a_merge_of_number_signs_is_no_comment(tmp_path):
    content = content_of(small_ranks("##", "###"), REGEXES["gpt2"])
    (tmp_path / "vocab.json").write_text(json.dumps(content["model"]["vocab"]))
    (tmp_path / "merges.txt").write_text(
        "#version: 0.2\n" + "\n".join(map(" ".join, content["model"]["merges"])) + "\n"
    )
    assert open_subject(tmp_path).encode_column(pa.array(["###"]))[0].tolist() == [257]


def test_whole_texts_are_measured_whatever_the_file_truncates_and_pads(tmp_path):
    content = content_of(small_ranks("he"), REGEXES["gpt2"])
    content["truncation"] = {"max_length": 2, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    content["padding"] = {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
                          "pad_type_id": 0, "pad_token": "!"}  # fmt: skip
    content["pre_tokenizer"]["use_regex"] = False  # a pattern of no name: HF tokenizers encodes
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    subject = open_subject(tmp_path)
    assert subject.slow
    assert subject.encode_column(pa.array(["hello", ""]))[1].tolist() == [0, 4, 4]


def test_the_bytes_of_a_word_piece_are_those_of_its_text(tmp_path):
    model = {"type": "WordPiece", "unk_token": "[UNK]", "max_input_chars_per_word": 9,
             "continuing_subword_prefix": "##",  # says that a piece continues a word; it is in no text
             "vocab": {"[UNK]": 0, "한": 1, "##지": 2, "####": 3}}  # fmt: skip
    added = [{"id": 0, "content": "[UNK]", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": True}]  # fmt: skip
    content = {"version": "1.0", "added_tokens": added, "normalizer": None, "pre_tokenizer": {"type": "Whitespace"},
               "post_processor": None, "decoder": None, "model": model}  # fmt: skip
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    assert open_subject(tmp_path).token_bytes == [None, "한".encode(), "지".encode(), b"##"]


def test_a_folder_of_two_models_is_no_tokenizer_and_a_peer_of_the_folder_comes_first(tmp_path, monkeypatch):
    for name in ("a", "b"):
        write_ranks(tmp_path / f"{name}.tiktoken", small_ranks("he"))
    with pytest.raises(UserError, match=r"or one .model or .tiktoken file \(found 2\)"):
        open_subject(tmp_path)
    peers = tmp_path / "peers"
    peers.mkdir()
    write_ranks(peers / "gpt2.tiktoken", small_ranks("he"))
    (tmp_path / "gpt2").mkdir()
    monkeypatch.chdir(tmp_path)
    assert seek_peers(["gpt2"], peers) == ({"gpt2": peers / "gpt2.tiktoken"}, [])
    assert seek_peers(["gpt2", "gpt2"])[0] == {"gpt2": Path("gpt2")}  # a path, where no folder of peers is named


def test_the_first_installed_package_with_the_file_is_used(tmp_path, monkeypatch):
    """All reasons are told where there is none, each once."""
    installed: dict[str, SimpleNamespace] = {}
    monkeypatch.setattr("tokenizer.analysis.packaged.importlib.util.find_spec", installed.get)
    package, file = PACKAGED["cl100k"][1]
    assert locate("cl100k") == "litellm is not installed; llama-index-core is not installed"
    installed |= {
        name: SimpleNamespace(submodule_search_locations=[str(tmp_path / name)]) for name in ("litellm", package)
    }
    reason = locate("cl100k")
    assert "the installed litellm has no " in reason
    assert f"the installed {package} has no {file}" in reason
    (tmp_path / package / file).parent.mkdir(parents=True)
    (tmp_path / package / file).touch()
    assert locate("cl100k") == tmp_path / package / file
    monkeypatch.setitem(PACKAGED, "twice", [("none", "a"), ("none", "b")])
    assert locate("twice") == "none is not installed"


def test_what_a_tokenizer_drops_belongs_to_its_neighbours():
    assert nearest_tiling("ab ", [(0, 1), (1, 2)]).tolist() == [1, 3]  # at the end to the last token
    assert nearest_tiling(" 가b", [(1, 2), (2, 3)]).tolist() == [4, 5]
    assert nearest_tiling("abcd", [(0, 3), (1, 2), (3, 4)]).tolist() == [3, 3, 4]  # none ends before the one before it


@pytest.mark.parametrize("dummy", [0, 1])
def test_lengths_of_tokens_tell_whether_they_cover_a_text(dummy):
    """Covered, two bytes short, one byte long, empty; each non-empty text has the bytes before it that are in none."""
    lengths, offsets = np.array([1 + dummy, 2]), np.array([0, 3, 7, 8, 8])
    ids, bounds, ends = np.array([0, 1, 0, 1, 0, 1]), np.array([0, 2, 4, 6, 6]), np.empty(6, np.int64)
    assert tile(ids, bounds, lengths, offsets, dummy, ends).tolist() == [True, False, False, True]
    assert ends.tolist() == [1, 3, 4, 6, 8, 10]


def test_the_names_of_a_folder_of_peers(tmp_path, monkeypatch):
    for name in (
        "a/b/tokenizer.json", "a/b/left-out.model", "a/c/vocab.json", "a/c/merges.txt",
        "alone/vocab.json", "p50k_base.tiktoken", "x/tok.model", "x/other.model",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    wanted = {
        "a-b": tmp_path / "a/b", "a-c": tmp_path / "a/c", "p50k": tmp_path / "p50k_base.tiktoken",
        "x": tmp_path / "x/tok.model", "other": tmp_path / "x/other.model",
    }  # fmt: skip
    assert folder_peers(tmp_path) == wanted
    assert folder_peers(tmp_path / "a/b") == {"b": tmp_path / "a/b"}
    monkeypatch.setattr("tokenizer.analysis.places.PACKAGED", {"p50k": [], "gone": []})
    monkeypatch.setattr("tokenizer.analysis.places.locate", lambda name: f"no {name}")
    missing = [{"name": "gone", "reason": "no gone"}]
    assert seek_peers(["all"], tmp_path) == (wanted, missing)  # p50k once
    assert seek_peers(None, tmp_path) == (wanted, [])
    path = str(tmp_path / "a/b/tokenizer.json")
    assert seek_peers([path, "gone", path, "gone", "a-c"], tmp_path) == (
        {"b": tmp_path / "a/b/tokenizer.json", "a-c": tmp_path / "a/c"}, missing,
    )  # fmt: skip
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "here/gone").mkdir()
    assert seek_peers(["gone"]) == ({"gone": Path("gone")}, [])


def test_a_subject_is_known_by_its_name_its_files_and_whose_it_is(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    content = content_of(small_ranks("he"), REGEXES["gpt2"])
    (folder / "vocab.json").write_text(json.dumps(content["model"]["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(map(" ".join, content["model"]["merges"])))
    found = as_subject(folder)
    both = (folder / "vocab.json").read_bytes() + (folder / "merges.txt").read_bytes()
    assert (found.name, found.path, found.ours, found.sha256) == (
        "mine", str(folder), True, hashlib.sha256(both).hexdigest(),
    )  # fmt: skip
    assert not open_subject(folder).ours
    write_ranks(tmp_path / "0123abc", small_ranks("he"))
    monkeypatch.setitem(PACKAGED, "gpt2", [])
    monkeypatch.setattr("tokenizer.analysis.subject.locate", lambda name: tmp_path / "0123abc")
    packaged = open_subject("gpt2")  # its pattern is that of the name, whatever the file is called
    assert (packaged.name, packaged.pattern, packaged.kind) == ("gpt2", "gpt2", "tiktoken")
    assert [name_of(Path(p)) for p in ("a/tokenizer.json", "a/tok.model", "a/vocab.json", "a/sp.model")] == [
        "a", "a", "a", "sp.model",
    ]  # fmt: skip
