"""Token files of other trainers: read back as those trainers read them."""

import pickle
import struct

import numpy as np
import pytest

from corpus.engine.verify import find_results
from corpus.errors import UserError
from model.data.packed import PackedData
from model.packing.token_files import export_tokens, write_megatron, write_meta, write_nanogpt
from tests.model.packed_data import train_tokenizer
from tests.model.small_corpus import write_packed
from tokenizer.encoding.vocabulary import Vocabulary

ROWS = [[[1, 2, 3], [4]], [[5, 6, 7, 8, 9]], [[10], [11], [12, 13]]]
STREAM = list(range(1, 14))


def test_nanogpt_is_one_stream(tmp_path):
    data = PackedData(write_packed(tmp_path / "packed", {"a": ROWS}, 5))
    assert write_nanogpt(data, tmp_path / "train.bin") == 13
    assert np.memmap(tmp_path / "train.bin", np.uint16, "r").tolist() == STREAM


def test_nanogpt_knows_the_vocabulary_and_takes_16_bits_alone(tmp_path):
    data = PackedData(write_packed(tmp_path / "packed", {"a": ROWS}, 5))
    write_meta(data, train_tokenizer(tmp_path / "tok"), tmp_path / "meta.pkl")
    meta = pickle.loads((tmp_path / "meta.pkl").read_bytes())
    assert meta["vocab_size"] == data.description["vocab_size"]
    tokens = Vocabulary(tmp_path / "tok" / "tokenizer.json").tokens
    assert meta["itos"] == {n: token.decode("utf-8", "replace") for n, token in enumerate(tokens)}
    assert meta["itos"][meta["stoi"]["a"]] == "a"
    same = [n for n, text in meta["itos"].items() if text == "\ufffd"]
    assert len(same) > 1  # bytes that are no character of their own
    assert meta["stoi"]["\ufffd"] == same[0]
    data.dtype = np.dtype(np.uint32)
    with pytest.raises(UserError, match=r"nanoGPT reads ids of 16 bits"):
        write_nanogpt(data, tmp_path / "train.bin")


def test_megatron_finds_every_document(tmp_path):
    """The index as megatron.core.datasets.indexed_dataset._IndexReader takes it apart."""
    data = PackedData(write_packed(tmp_path / "packed", {"a": ROWS[:2], "b": ROWS[2:]}, 5))
    assert write_megatron(data, tmp_path / "train") == 13
    index = (tmp_path / "train.idx").read_bytes()
    assert index[:9] == b"MMIDIDX\x00\x00"
    version, code, sequences, documents = struct.unpack("<QBQQ", index[9:34])
    assert (version, code, sequences, documents) == (1, 8, 6, 7)
    sizes = np.frombuffer(index, np.int32, sequences, 34)
    pointers = np.frombuffer(index, np.int64, sequences, 34 + sizes.nbytes)
    bounds = np.frombuffer(index, np.int64, documents, 34 + sizes.nbytes + pointers.nbytes)
    assert len(index) == 34 + sizes.nbytes + pointers.nbytes + bounds.nbytes
    assert bounds.tolist() == list(range(7))
    content = (tmp_path / "train.bin").read_bytes()
    found = [
        np.frombuffer(content, np.uint16, size, pointer).tolist() for size, pointer in zip(sizes, pointers, strict=True)
    ]
    assert found == [document for row in ROWS for document in row]


@pytest.mark.parametrize(("dtype", "code", "width"), [(np.uint16, 8, 2), (np.uint32, 4, 4)])
def test_megatron_finds_documents_by_the_width_of_an_id(tmp_path, dtype, code, width):
    """Above 65,536 tokens ids have four bytes, and the index counts bytes."""
    data = PackedData(write_packed(tmp_path / "packed", {"a": ROWS}, 5))
    data.dtype = np.dtype(dtype)
    write_megatron(data, tmp_path / "train")
    index, content = ((tmp_path / f"train.{end}").read_bytes() for end in ("idx", "bin"))
    assert (index[17], len(content)) == (code, 13 * width)
    assert np.frombuffer(index, np.int64, 6, 34 + 4 * 6).tolist() == [width * n for n in (0, 3, 4, 9, 10, 11)]
    assert np.frombuffer(content, f"u{width}").tolist() == STREAM


def test_formats_of_other_packed_data_are_not_made_again(tmp_path):
    """Only those that were made of the same data stay beside a new one."""
    packed = write_packed(tmp_path / "packed", {"a": ROWS}, 5)
    train_tokenizer(packed / "tokenizer")
    export_tokens(packed, ["megatron"])
    (packed / "packing.json").write_text((packed / "packing.json").read_text() + "\n")
    export_tokens(packed, ["nanogpt"])
    assert not (packed / "export" / "megatron").exists()
    assert (packed / "export" / "meta.pkl").is_file()


def test_the_files_have_a_marker_and_touch_nothing_else(tmp_path):
    packed = write_packed(tmp_path / "packed", {"a": ROWS}, 5)
    train_tokenizer(packed / "tokenizer")
    export_tokens(packed, ["nanogpt"])
    export_tokens(packed, ["megatron"])  # what is there of the same data stays
    names = {path.relative_to(packed / "export").as_posix() for path in (packed / "export").rglob("*.*")}
    made = {"train.bin", "val.bin", "meta.pkl"} | {
        f"megatron/{split}.{end}" for split in ("train", "validation") for end in ("bin", "idx")
    }
    assert names == made | {".hanji.json", ".hanji.lock"}
    assert np.memmap(packed / "export" / "train.bin", np.uint16, "r").tolist() == STREAM
    assert [result.folder for result in find_results(packed)] == [packed, packed / "export"]
    (packed / "export" / "train.bin").write_bytes(b"damaged")
    export_tokens(packed, ["nanogpt"])
    assert np.memmap(packed / "export" / "train.bin", np.uint16, "r").tolist() == STREAM


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    packed = write_packed(tmp_path / "packed", {"a": ROWS}, 5)
    train_tokenizer(packed / "tokenizer")
    (packed / "export").mkdir()
    (packed / "export" / "train.bin").write_text("precious")
    with pytest.raises(UserError, match="was not made by pack --also"):
        export_tokens(packed, ["nanogpt"])
    assert (packed / "export" / "train.bin").read_text() == "precious"
