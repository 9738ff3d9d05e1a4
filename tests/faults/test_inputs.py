"""Damaged, hostile and strange files among what commands read: each is named, and nothing waits, goes on for ever or
leaves its folder."""

import json
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from corpus.duplicates.inputs import Input, describe_dataset, input_files
from corpus.duplicates.rows import text_keys
from corpus.engine.marker import Maker, describe, read_marker, write_marker
from corpus.engine.task import file_sha256, read_json, read_manifest
from corpus.errors import DamagedError, UserError, explain_os_error
from corpus.shards import read_shard, shard_paths
from corpus.stored import batches, compressed, read_table
from corpus.values import from_json, from_toml
from tokenizer.files import COMPANIONS, TokenizerFiles

DEEP = '{"a":' * 100_000
READERS: dict[str, Callable[[Path], object]] = {
    ".hanji.json": lambda path: read_marker(path.parent),
    "task.json": lambda path: read_manifest(path.parent),
    "stats.json": read_json,
    "train.arrow": lambda path: list(read_shard(path)),
    "clean.arrow": lambda path: list(batches(path)),
    "cuts.arrow": read_table,
    "weights.bin": file_sha256,
}


@pytest.mark.parametrize("what", ["pipe", "device", "loop"])
@pytest.mark.parametrize("name", READERS)
def test_pipes_and_devices_are_told_and_not_waited_for(tmp_path: Path, name: str, what: str) -> None:
    path = tmp_path / name
    if what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero" if what == "device" else name)
    before = resource.getrlimit(resource.RLIMIT_CPU)
    with pytest.raises((UserError, OSError)) as told:
        READERS[name](path)
    assert resource.getrlimit(resource.RLIMIT_CPU) == before
    words = explain_os_error(told.value) or str(told.value)
    assert str(path) in words
    assert ("a pipe or a device" in words) == (what != "loop")


@pytest.mark.parametrize("content", [b"", b"null", b"ARROW1\0\0", bytes(range(256)) * 4])
@pytest.mark.parametrize(
    "read", [read_table, lambda path: list(batches(path)), lambda path: list(batches(path, ["a"]))]
)
def test_a_damaged_arrow_file_is_named(tmp_path: Path, content: bytes, read: Callable[[Path], object]) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=r"a\.arrow is damaged .* run the command that made it again"):
        read(path)


def test_a_cut_arrow_file_is_named_and_a_sound_one_read(tmp_path: Path) -> None:
    path, schema = tmp_path / "a.arrow", pa.schema([("a", pa.string())])
    with compressed(path, schema) as writer:
        writer.write_table(pa.table({"a": ["x" * 1000]}, schema))
    assert read_table(path).num_rows == 1
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DamagedError, match=r"a\.arrow"):
        read_table(path)
    path.unlink()
    with pytest.raises(FileNotFoundError) as told:
        read_table(path)
    assert str(path) in str(explain_os_error(told.value))


def test_arrows_own_words_give_the_name_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Failed") as told:
        pa.memory_map(str(tmp_path / "none"))
    assert told.value.filename is None
    assert str(explain_os_error(told.value)).startswith(f"{tmp_path}/none: no such file")


def test_json_and_toml_that_are_nested_too_deep_are_an_error_of_the_file(tmp_path: Path) -> None:
    for parse in (from_json, lambda text: from_toml("a = " + "[" * 100_000)):
        with pytest.raises(ValueError, match="nested too deep"):
            parse(DEEP)
    (tmp_path / ".hanji.json").write_text(DEEP)
    with pytest.raises(DamagedError, match="nested too deep"):
        read_marker(tmp_path)


@pytest.mark.parametrize("name", ["../precious", "/etc/passwd", "a/../../b", ""])
def test_a_marker_that_names_files_outside_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    write_marker(tmp_path, Maker("pack", "packed data"), {}, {name: {}}, True)
    with pytest.raises(DamagedError, match="outside of the folder"):
        read_marker(tmp_path)


@pytest.mark.parametrize("name", ["../secret.arrow", "/etc/secret.arrow", None, 5, []])
def test_a_corpus_that_lists_shards_outside_of_it_is_refused(tmp_path: Path, name: object) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "state.json").write_text(json.dumps({"_data_files": [{"filename": name}]}))
    with pytest.raises(UserError, match=r"state\.json: no list of shards"):
        shard_paths(tmp_path)


def test_links_to_nowhere_pipes_and_devices_in_a_folder_are_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "x"}\n')
    (tmp_path / "b.jsonl").symlink_to("/nowhere")
    (tmp_path / "c.jsonl").symlink_to("c.jsonl")
    (tmp_path / "d.jsonl").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "e.jsonl")
    left_out: dict[str, str] = {}
    assert input_files(tmp_path, left_out) == [tmp_path / "a.jsonl"]
    assert left_out == {f"{name}.jsonl": "a broken link, a pipe or a device" for name in "bcde"}


@pytest.mark.parametrize("name", ["dataset_info.json", "a.arrow"])
def test_a_device_in_a_dataset_on_disk_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "state.json").write_text('{"_data_files": [{"filename": "a.arrow"}]}')
    (tmp_path / "dataset_info.json").write_text("{}")
    (tmp_path / "a.arrow").write_bytes(b"")
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    (tmp_path / "out").mkdir()
    with pytest.raises(UserError, match=f"{name}: a pipe or a device"):
        describe_dataset(tmp_path, tmp_path / "out", [Input(path) for path in input_files(tmp_path, {})])


@pytest.mark.parametrize("inside", ["a.jsonl", "train/a.jsonl"])
def test_text_of_a_command_that_has_changed_is_not_read(tmp_path: Path, inside: str) -> None:
    path = tmp_path / inside
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"text": "x"}\n')
    write_marker(tmp_path, Maker("dedup", "deduplicated files"), {}, {inside: describe(path)}, True)
    assert input_files(path.parent, {}) == input_files(path, {}) == [path]
    path.write_text('{"text": "y"}\n')
    for data in (path.parent, path):
        with pytest.raises(DamagedError, match=r"a\.jsonl is damaged.* copy it into a folder of your own"):
            input_files(data, {})


@pytest.mark.parametrize("features", [None, "x", {"text": 1}, {"text": {"_type": "none"}}])
def test_features_that_are_none_are_told(tmp_path: Path, features: object) -> None:
    (tmp_path / "state.json").write_text('{"_data_files": []}')
    (tmp_path / "dataset_info.json").write_text(json.dumps({"features": features}))
    with pytest.raises(DamagedError, match=r"dataset_info\.json is damaged .* Get the dataset again"):
        describe_dataset(tmp_path, tmp_path / "out", [])


def test_fields_of_a_damaged_arrow_file_are_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.arrow").write_bytes(b"null")
    with pytest.raises(DamagedError, match=r"a\.arrow is damaged .* Get the dataset again"):
        text_keys(tmp_path / "a.arrow", "a.b")


@pytest.mark.parametrize("name", COMPANIONS)
def test_a_damaged_companion_of_a_tokenizer_is_told_at_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / name).write_bytes(b'{"bos_token"; "<s>"}')
    with pytest.raises(UserError, match=f"{name}: not readable as JSON"):
        TokenizerFiles.read(tmp_path)


def test_weights_that_are_a_pipe_are_told(tmp_path: Path) -> None:
    from model.export.foreign import read_weights

    os.mkfifo(tmp_path / "model.safetensors")
    with pytest.raises(UserError, match=r"model\.safetensors: a pipe or a device"):
        read_weights(tmp_path)
