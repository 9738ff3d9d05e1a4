"""A tokenizer is what its files hold: hashed, used and copied are one, whatever the file is called."""

import json

import pytest

from corpus.errors import UserError
from tests.model.packed_data import train_tokenizer
from tokenizer.encoding.encode import Encoder
from tokenizer.files import TokenizerFiles


@pytest.fixture
def folder(tmp_path):
    train_tokenizer(tmp_path / "tok", 300)
    (tmp_path / "tok" / "tokenizer_config.json").write_text(json.dumps({"bos_token": {"content": "</s>"}}))
    return tmp_path / "tok"


def test_a_file_of_another_name_is_written_as_the_tokenizer(folder, tmp_path):
    other = json.loads((folder / "tokenizer.json").read_text())
    other["model"]["merges"] = other["model"]["merges"][:3]
    (folder / "mine.json").write_text(json.dumps(other))
    files = TokenizerFiles.read(folder / "mine.json")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("special_tokens_map.json", "tokenizer.json"):
        (copy / name).write_text("{}")  # of a tokenizer that was here before
    files.write(copy)
    written = (copy / "tokenizer.json").stat()
    files.write(copy)
    assert (copy / "tokenizer.json").stat() == written  # a file that has its bytes is left alone
    assert json.loads((copy / "tokenizer.json").read_text()) == other
    assert sorted(path.name for path in copy.iterdir()) == ["tokenizer.json", "tokenizer_config.json"]
    again = TokenizerFiles.read(copy)
    assert (again.sha256, again.identity) == (files.sha256, files.identity)
    assert files.sha256 != TokenizerFiles.read(folder).sha256


def test_a_companion_is_part_of_the_identity(folder):
    before = TokenizerFiles.read(folder)
    assert before.special_names() == {"bos_token": "</s>", "eos_token": "</s>", "pad_token": "<pad>"}
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": None}))
    after = TokenizerFiles.read(folder)
    assert after.sha256 == before.sha256
    assert after.identity != before.identity
    assert after.special_names() == {"eos_token": "</s>", "pad_token": "<pad>"}
    assert (Encoder.of(after).bos_id, Encoder.of(before).bos_id) == (None, 1)


def test_a_name_is_special_only_where_the_tokenizer_says_so(folder):
    content = json.loads((folder / "tokenizer.json").read_text())
    for token in content["added_tokens"]:
        token["special"] = token["content"] != "<pad>"
    (folder / "tokenizer.json").write_text(json.dumps(content))
    assert TokenizerFiles.read(folder).special_names() == {"bos_token": "</s>", "eos_token": "</s>"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 26\n",
            r"tokenizer.json is a Git LFS pointer",
        ),
        (b'{"model": {"vocab": {"a": 0', r"tokenizer.json: not readable as JSON .* cut off"),
        (b"[1]", r"tokenizer.json: expected a JSON object, found list"),
        (b"[" * 100_000 + b"]" * 100_000, r"tokenizer.json: not readable as JSON"),
        (b"\xff\xfe", r"tokenizer.json: not readable as JSON"),
    ],
    ids=["lfs", "cut", "list", "deep", "bytes"],
)
def test_what_is_no_tokenizer_is_refused_by_name(tmp_path, content, message):
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(UserError, match=message):
        Encoder.from_file(tmp_path)
