"""Packing reruns whenever anything that it reads changed, and names the tokenizer that it used."""

import json
import os
from pathlib import Path

import pytest

from corpus.engine.local import LocalEngine
from corpus.engine.task import file_sha256
from corpus.errors import UserError
from model.data.packed import PackedData
from model.packing.corpus import PackSettings, PackTask, _encoder, pack_corpus, pack_shard
from tests.model.packed_data import train_tokenizer
from tests.model.small_corpus import write_corpus
from tokenizer.files import TokenizerFiles

TEXTS = ["봄이 오면 서울의 강가에는 벚꽃이 핀다.", "The ferry left late.", "한지는 종이다."]


@pytest.fixture
def corpus(tmp_path):
    return write_corpus(tmp_path / "corpus", {"train": {"web-00000": TEXTS}, "validation": {"web-00000": TEXTS[:1]}})


@pytest.fixture
def mine(tmp_path):
    """A tokenizer file of another name, beside the files of another tokenizer."""
    folder = tmp_path / "tok"
    train_tokenizer(folder, 384).rename(folder / "mine.json")
    train_tokenizer(folder, 300)
    return folder / "mine.json"


def pack(corpus: Path, tokenizer: Path, out: Path, overwrite: bool = False) -> list[int]:
    with LocalEngine(1) as engine:
        found = pack_corpus(corpus, tokenizer, out, PackSettings(seq_len=64), engine, overwrite)
    assert found["tokenizer_sha256"] == file_sha256(tokenizer) == file_sha256(out / "tokenizer" / "tokenizer.json")
    data = PackedData(out)
    return [int(number) for source in data.sources for row in range(source.rows) for number in source.row(row)[0]]


def test_a_changed_file_is_packed_anew_whatever_it_is_called(corpus, mine, tmp_path):
    before = pack(corpus, mine, tmp_path / "packed")
    stat = mine.stat()
    content = json.loads(mine.read_text())
    merges = content["model"]["merges"]
    merges[0], merges[1] = merges[1], merges[0]  # the same size to the byte, and the same time below
    content["model"]["merges"] = merges[:1] + merges[2:] + merges[1:2]
    mine.write_text(json.dumps(content, ensure_ascii=False))
    mine.write_bytes(mine.read_bytes().ljust(stat.st_size, b" "))
    os.utime(mine, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(UserError, match=r"finished with other settings: tokenizer.tokenizer.json was"):
        pack(corpus, mine, tmp_path / "packed")
    again, fresh = pack(corpus, mine, tmp_path / "packed", overwrite=True), pack(corpus, mine, tmp_path / "fresh")
    assert again == fresh != before


def test_the_tokenizer_beside_it_is_not_taken_for_it(corpus, mine, tmp_path):
    ids = pack(corpus, mine, tmp_path / "packed")
    assert max(ids) >= 300  # the other one has no such tokens


@pytest.mark.parametrize("change", ["shard", "definition", "companion", *PackSettings.model_fields])
def test_each_input_of_the_task_makes_it_run_again(corpus, mine, tmp_path, change):
    others = {"seq_len": 32, "strategy": "concat", "bos": False, "eos": False, "tiers": (2,)}
    assert others.keys() == PackSettings.model_fields.keys()
    shard = corpus / "train" / "web-00000.arrow"

    def run(settings: PackSettings) -> bool:
        files = TokenizerFiles.read(mine)
        files.write(tmp_path / "own")
        task = PackTask(shard, "train", tmp_path / "own", files.identity, settings, tmp_path / "work" / "web")
        return not pack_shard(task).skipped

    settings = PackSettings(seq_len=64)
    assert run(settings)
    assert not run(settings)
    if change == "shard":
        write_corpus(tmp_path / "other", {"train": {"web-00000": TEXTS[:2]}})
        shard.write_bytes((tmp_path / "other" / "train" / "web-00000.arrow").read_bytes())
    elif change == "definition":
        mine.write_text(mine.read_text().replace('"fuse_unk": false', '"fuse_unk": true'))
    elif change == "companion":
        (mine.parent / "tokenizer_config.json").write_text('{"bos_token": "</s>"}')
    else:
        settings = settings.model_copy(update={change: others[change]})
    assert run(settings)
    assert not run(settings)


def test_a_tokenizer_that_changes_under_the_tasks_is_an_error(mine):
    files = TokenizerFiles.read(mine)
    assert _encoder(str(mine), files.identity).vocab_size == 384
    _encoder.cache_clear()
    mine.write_text(mine.read_text() + " ")
    with pytest.raises(UserError, match=r"the tokenizer changed during packing. Run the same command again"):
        _encoder(str(mine), files.identity)
