"""Packing end to end: nothing lost, the same files for any workers, and anything of the ecosystem reads them."""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.document import SCHEMA
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from corpus.shards import write_stream
from model.data.loader import Loader
from model.data.mixture import mixture_shares
from model.data.packed import PackedData, read_description
from model.packing import packer
from model.packing.corpus import pack_corpus
from model.packing.packer import Packer, PackSettings
from tests.model.small_corpus import batch_of, byte_tokenizer, write_corpus
from tokenizer.encoding.encode import Encoder

ROOT = Path(__file__).resolve().parents[3]
TOKENIZER = byte_tokenizer()  # the reference: HF tokenizers
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
ENCODER = Encoder(json.loads(TOKENIZER.to_str()), SPECIAL)
BOS, EOS, PAD = range(3)  # as byte_tokenizer lists them
WORDS = [
    "한지는",
    "닥나무",
    "껍질로",
    "만든",
    "종이이다",
    "paper",
    "made",
    "of",
    "mulberry",
    "bark",
    "is",
    "called",
    "hanji",
]


def texts(seed: int, n: int, longest: int) -> list[str]:
    draw = np.random.default_rng(seed)
    return [f"{i} " + " ".join(draw.choice(WORDS, draw.integers(1, longest))) for i in range(n)]


def documents_of(batches: list[pa.RecordBatch]) -> list[list[int]]:
    """Every document piece of packed rows, in order."""
    found = []
    for batch in batches:
        for ids, lengths in zip(batch["input_ids"].to_pylist(), batch["lengths"].to_pylist(), strict=True):
            t = 0
            for length in lengths:
                found.append(ids[t : t + length])
                t += length
            assert ids[t:] == [PAD] * (len(ids) - t)
    return found


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8"), max_size=60), max_size=30),
    st.sampled_from(["best-fit", "concat"]),
    st.integers(8, 40),
    st.integers(1, 300),
    st.integers(1, 100),
    st.booleans(),
)
def test_no_token_is_lost_and_windows_do_not_show(
    monkeypatch_slices, documents, strategy, seq_len, window, slice_bytes, eos
):
    monkeypatch_slices(slice_bytes)
    chosen = PackSettings(seq_len=seq_len, strategy=strategy, eos=eos)
    batch = batch_of(documents, "web")
    expected = [[BOS, *TOKENIZER.encode(d).ids, *([EOS] if eos else [])] for d in documents]
    packing = Packer(chosen, ENCODER, window)
    batches = [rows for _, rows in packing.pack(iter([batch.slice(0, 5), batch.slice(5)]))]
    pieces = documents_of(batches)
    tokens = sum(map(len, expected))
    counts = packing.counts[1]
    assert counts["tokens"] == counts["packed_tokens"] == tokens == sum(map(len, pieces))
    assert counts["documents"] == len(documents)
    assert counts["text_bytes"] == sum(len(d.encode()) for d in documents)
    assert counts["rows"] == sum(b.num_rows for b in batches)
    assert sum(counts["languages"].values()) == tokens
    if strategy == "concat":
        assert [i for piece in pieces for i in piece] == [i for d in expected for i in d]
        assert counts["rows"] == -(-tokens // seq_len)
    else:
        cut = [[d[k : k + seq_len] for k in range(0, len(d), seq_len)] for d in expected]
        assert sorted(pieces) == sorted(piece for parts in cut for piece in parts)
        assert counts["cut_documents"] == sum(len(parts) > 1 for parts in cut)


@pytest.mark.parametrize("window", [1, 9, 10, 11, 20, 1000])
def test_a_window_is_full_when_it_has_its_tokens(window, monkeypatch):
    """Counted anew for each window; a slice of text is a document here."""
    monkeypatch.setattr(packer, "SLICE_BYTES", 1)
    texts = ["가", "나다", "라마바", "x", "y", "z", "가나", "w"]
    sizes = [len(TOKENIZER.encode(text).ids) + 2 for text in texts]
    expected: list[list[int]] = [[]]
    for size in sizes:
        expected[-1].append(size)
        if sum(expected[-1]) >= window:
            expected.append([])
    found = []

    class Recording(Packer):
        def _window(self, waiting, last):
            found.append([int(n) for documents in waiting for n in documents.lengths])
            yield from super()._window(waiting, last)

    list(Recording(PackSettings(seq_len=16), ENCODER, window).pack(iter([batch_of(texts, "web")])))
    assert found == expected


@pytest.fixture(scope="module")
def monkeypatch_slices():
    before = packer.SLICE_BYTES

    def change(size: int) -> None:
        packer.SLICE_BYTES = size

    yield change
    packer.SLICE_BYTES = before


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(0, 90)), max_size=40),
    st.sampled_from(["best-fit", "concat"]),
    st.integers(1, 300),
)
def test_tiers_lie_apart_and_lose_nothing(documents, strategy, window):
    batch = with_duplicates([f"{i} " + "가" * n for i, (_, n) in enumerate(documents)], [d for d, _ in documents])
    packing = Packer(PackSettings(seq_len=48, strategy=strategy, tiers=(2, 5)), ENCODER, window)
    found: dict[int, list[int]] = {1: [], 2: [], 5: []}
    for tier, rows in packing.pack(iter([batch.slice(0, 3), batch.slice(3)])):
        found[tier] += [i for piece in documents_of([rows]) for i in piece]
    for tier, ids in found.items():
        mine = [text for text, (d, _) in zip(batch["text"].to_pylist(), documents, strict=True) if tier_of(d) == tier]
        expected = [i for text in mine for i in (BOS, *TOKENIZER.encode(text).ids, EOS)]
        assert (ids if strategy == "concat" else sorted(ids)) == (
            expected if strategy == "concat" else sorted(expected)
        )
        assert packing.counts[tier]["documents"] == len(mine)
        assert packing.counts[tier]["tokens"] == packing.counts[tier]["packed_tokens"] == len(expected)


def tier_of(duplicates: int) -> int:
    return 5 if duplicates >= 5 else 2 if duplicates >= 2 else 1


def with_duplicates(texts: list[str], duplicates: list[int]) -> pa.RecordBatch:
    batch = batch_of(texts, "web") if texts else batch_of(["-"], "web").slice(0, 0)
    column = batch.schema.get_field_index("duplicates")
    return batch.set_column(column, batch.schema.field(column), pa.array(duplicates, pa.int32()))


def test_a_document_without_a_licence_is_counted_as_unknown():
    batch = batch_of(["가", "나", "다"], "web")
    column = batch.schema.get_field_index("license")
    batch = batch.set_column(column, batch.schema.field(column), pa.array(["CC0-1.0", None, "CC0-1.0"]))
    packing = Packer(PackSettings(seq_len=16), ENCODER)
    assert len(list(packing.pack(iter([batch])))) == 1
    assert packing.counts[1]["licenses"] == {"CC0-1.0": 2, "unknown": 1}


def test_training_repeats_what_stands_for_many_duplicates(tmp_path, tokenizer):
    root = write_corpus(tmp_path / "corpus", {"train": {"web-00000": [f"문서 {i}" for i in range(40)]}})
    duplicates = [1, 2, 3, 4, 5, 6, 7, 1, 1, 9] * 4
    shard = root / "train" / "web-00000.arrow"
    write_stream(shard, SCHEMA, [with_duplicates([f"문서 {i}" for i in range(40)], duplicates)])
    packed = pack(root, tokenizer, tmp_path / "packed", seq_len=24, tiers=(2, 5))
    assert {file["duplicates"] for file in packed["splits"]["train"]["web"]["files"]} == {1, 2, 5}
    data = PackedData(tmp_path / "packed")
    rehydrate = data.rehydration({"2": 2, "5": 3})
    assert rehydrate == {2: 2, 5: 3}
    once = Counter(map(tuple, documents_in(Loader(data, batch_size=3, epochs=1, seed=4))))
    often = Counter(map(tuple, documents_in(Loader(data, batch_size=3, epochs=1, seed=4, rehydrate=rehydrate))))
    for i, stands_for in enumerate(duplicates):
        ids = (BOS, *TOKENIZER.encode(f"문서 {i}").ids, EOS)
        assert once[ids] == 1
        assert often[ids] == {1: 1, 2: 2, 5: 3}[tier_of(stands_for)]
    assert data.sources[0].epoch_tokens(rehydrate) == sum(len(ids) * times for ids, times in often.items())
    (share,) = mixture_shares(data.sources, {}, tokens=1000, rehydrate=rehydrate)
    assert share.epochs == 1000 / data.sources[0].epoch_tokens(rehydrate)
    for table, message in (
        ({"3": 2}, "has tiers from 2, 5"),
        ({"2": 0}, "is not a number of copies"),
        ({"two": 2}, "tiers"),
    ):
        with pytest.raises(UserError, match=message):
            data.rehydration(table)
    state = Loader(data, batch_size=1, seed=4, rehydrate=rehydrate).state_dict()
    with pytest.raises(UserError, match="rehydrate was"):
        Loader(data, batch_size=1, seed=4).load_state_dict(state)


def documents_in(loader: Loader) -> list[list[int]]:
    """The documents that a loader hands out, padding left out."""
    found = []
    for batch in loader:
        ids, bounds = batch["input_ids"].reshape(-1).tolist(), batch["document_lengths"].tolist()
        found += [ids[a:b] for a, b in pairwise(bounds) if ids[a] != PAD]
    return found


@pytest.fixture
def corpus(tmp_path):
    shards = {
        "train": {"web-00000": texts(0, 60, 30), "web-00001": texts(1, 40, 200), "wiki-en-00000": texts(2, 30, 60)},
        "validation": {"web-00000": texts(3, 9, 40), "empty-00000": []},
    }
    return write_corpus(tmp_path / "corpus", shards)


@pytest.fixture
def tokenizer(tmp_path):
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "special_tokens_map.json").write_text(json.dumps(SPECIAL))
    return folder


def pack(corpus, tokenizer, out, workers=1, overwrite=False, **settings):
    with LocalEngine(workers) as engine:
        return pack_corpus(corpus, tokenizer, out, PackSettings(**{"seq_len": 512} | settings), engine, overwrite)


def files(folder) -> dict[str, str]:
    """Content of every file that is part of the result."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


def test_packed_folder_is_a_dataset_per_source_and_its_books_balance(corpus, tokenizer, tmp_path):
    import datasets

    packed = pack(corpus, tokenizer, tmp_path / "packed")
    assert packed == read_description(tmp_path / "packed")
    assert list(packed["splits"]["train"]) == ["web", "wiki-en"]
    assert list(packed["splits"]["validation"]) == ["web"]
    assert packed["documents"] == 139
    assert packed["filled"] == packed["tokens"] / (packed["rows"] * 512) > 0.9
    sources = [book for split in packed["splits"].values() for book in split.values()]
    totals = {key: sum(book[key] for book in sources) for key in packer.COUNTS}
    apart = {key: value for key, value in packed.items() if key not in ("filled", "splits", "fingerprint")}
    assert apart == totals | {
        "format": 2, "seq_len": 512, "strategy": "best-fit", "bos": True, "eos": True, "tiers": [], "dtype": "uint16",
        "tokenizer_sha256": hashlib.sha256((tokenizer / "tokenizer.json").read_bytes()).hexdigest(),
        "vocab_size": ENCODER.vocab_size, "bos_id": BOS, "eos_id": EOS, "pad_id": PAD, "dropped_tokens": 0,
    }  # fmt: skip
    for book in sources:
        assert all(book[key] == sum(file[key] for file in book["files"]) for key in packer.COUNTS)
        for key, of in (("languages", "tokens"), ("licenses", "documents")):
            names = {name for file in book["files"] for name in file[key]}
            assert book[key] == {name: sum(file[key].get(name, 0) for file in book["files"]) for name in names}
            assert sum(book[key].values()) == book[of]
    assert packed["splits"]["train"]["wiki-en"]["languages"] == {"en": packed["splits"]["train"]["wiki-en"]["tokens"]}
    told = yaml.safe_load((tmp_path / "packed" / "README.md").read_text().split("---\n")[1])
    assert (told["language"], told["license"], told["tags"]) == (["en", "ko"], "unknown", ["hanji", "packed"])
    assert [each["split"] for each in told["configs"][0]["data_files"]] == ["train", "validation"]
    for split, sources in packed["splits"].items():
        for source, book in sources.items():
            dataset = datasets.load_from_disk(str(tmp_path / "packed" / split / source))
            assert dataset.num_rows == book["rows"]
            assert sum(map(sum, dataset["lengths"])) == book["tokens"]
            assert len(dataset[0]["input_ids"]) == 512
            expected = sum(
                len(TOKENIZER.encode(text).ids) + 2
                for path in sorted((corpus / split).glob(f"{source}-*.arrow"))
                for text in pa.ipc.open_stream(path).read_all()["text"].to_pylist()
            )
            assert book["tokens"] == expected
    trained = Loader(tmp_path / "packed", batch_size=2, epochs=1)
    counted = sum(int((batch["targets"] != -100).sum()) for batch in trained)
    train = packed["splits"]["train"].values()
    pieces = sum(len(ids) for source in trained.data.sources for ids in (source.row(i)[1] for i in range(source.rows)))
    assert counted == sum(book["tokens"] for book in train) - pieces


@pytest.mark.parametrize("strategy", ["best-fit", "concat"])
def test_workers_interruptions_and_reruns_do_not_show(corpus, tokenizer, tmp_path, strategy):
    alone = pack(corpus, tokenizer, tmp_path / "one", strategy=strategy)
    workers = 2 if strategy == "best-fit" else 1  # processes of their own take three seconds
    assert pack(corpus, tokenizer, tmp_path / "two", workers=workers, strategy=strategy) == alone
    first = files(tmp_path / "one")
    assert files(tmp_path / "two") == first
    # As if killed: a task half written, another lost, the result taken away.
    work = tmp_path / "two" / ".work" / "train"
    (work / ".web-00000.tmp-1").mkdir()
    shutil.rmtree(work / "web-00001")
    (tmp_path / "two" / "packing.json").unlink()
    published = tmp_path / "two" / "train" / "web" / "web-00000.arrow"
    kept = published.stat().st_mtime_ns
    pack(corpus, tokenizer, tmp_path / "two", strategy=strategy)
    assert files(tmp_path / "two") == first
    assert published.stat().st_mtime_ns == kept
    assert not (work / ".web-00000.tmp-1").exists()


def test_other_settings_or_another_tokenizer_are_refused_or_pack_again(corpus, tokenizer, tmp_path):
    before = pack(corpus, tokenizer, tmp_path / "packed")
    with pytest.raises(UserError, match=r"seq_len was 512 and is 256.*--overwrite"):
        pack(corpus, tokenizer, tmp_path / "packed", seq_len=256)
    after = pack(corpus, tokenizer, tmp_path / "packed", seq_len=256, overwrite=True)
    assert after["fingerprint"] != before["fingerprint"]
    assert PackedData(tmp_path / "packed").seq_len == 256
    changed = byte_tokenizer()
    changed.add_tokens(["한지"])
    changed.save(str(tokenizer / "tokenizer.json"))
    again = pack(corpus, tokenizer, tmp_path / "packed", seq_len=256, overwrite=True)
    assert again["tokenizer_sha256"] != after["tokenizer_sha256"]


def test_a_tokenizer_file_of_any_name_is_part_of_the_result(corpus, tokenizer, tmp_path):
    mine = tokenizer / "mine.json"
    changed = byte_tokenizer()
    changed.add_tokens(["한지"])
    (tokenizer / "tokenizer.json").rename(mine)
    byte_tokenizer().save(str(tokenizer / "tokenizer.json"))  # another one beside it, which is not meant
    before = pack(corpus, mine, tmp_path / "packed")
    changed.save(str(mine))
    after = pack(corpus, mine, tmp_path / "packed", overwrite=True)
    assert after["tokenizer_sha256"] == hashlib.sha256(mine.read_bytes()).hexdigest()
    assert (tmp_path / "packed/tokenizer/tokenizer.json").read_bytes() == mine.read_bytes()
    assert after == pack(corpus, mine, tmp_path / "fresh")
    assert after["fingerprint"] != before["fingerprint"]


def test_what_cannot_be_packed_is_told(corpus, tokenizer, tmp_path):
    with pytest.raises(UserError, match="no such tokenizer"):
        pack(corpus, tmp_path / "nothing", tmp_path / "packed")
    with pytest.raises(UserError, match="not a finished corpus"):
        pack(tmp_path / "nothing", tokenizer, tmp_path / "packed")
    with pytest.raises(UserError, match="was not made by pack"):
        pack(corpus, tokenizer, corpus)
    plain = byte_tokenizer().to_str().replace('"</s>"', '"<end>"')
    (tokenizer / "tokenizer.json").write_text(plain)
    with pytest.raises(UserError, match="no EOS token"):
        pack(corpus, tokenizer, tmp_path / "packed")
    assert pack(corpus, tokenizer, tmp_path / "packed", eos=False)["eos_id"] is None


@pytest.mark.slow
def test_killed_at_any_instant_a_rerun_makes_the_same_files(corpus, tokenizer, tmp_path):
    """kill -9 of the command at different moments; the rerun completes, and its files are those of an undisturbed
    run."""
    pack(corpus, tokenizer, tmp_path / "calm")
    out = tmp_path / "killed"
    command = [
        sys.executable,
        "-m",
        "pipelines.pack",
        "--corpus",
        str(corpus),
        "--tokenizer",
        str(tokenizer),
        "--out",
        str(out),
    ]
    command += ["--seq-len", "512", "--workers", "1"]
    killed = 0
    for mark in (".hanji.json", ".work/validation/web-00000"):
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not (out / mark).exists():
            time.sleep(0.001)
        if process.poll() is None:
            process.kill()
            killed += 1
        process.wait()
    assert killed
    assert not (out / "packing.json").exists() or files(out) == files(tmp_path / "calm")
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert files(out) == files(tmp_path / "calm")
