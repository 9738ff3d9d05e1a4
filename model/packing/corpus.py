"""Packing: from a corpus and a tokenizer to rows of tokens that training can read directly.

    PACKED/train/<source>/        a Hugging Face dataset on disk per source and split, an Arrow file per shard and tier:
    PACKED/validation/<source>/   input_ids fixed_size_list<uint16|uint32>[seq_len], lengths list<int32>
    PACKED/tokenizer/             the tokenizer, so that training needs only this folder
    PACKED/README.md              which files belong to which split, for datasets.load_dataset
    PACKED/packing.json           tokenizer, settings, counts and the checksum of every file, written last

`lengths` are the lengths of the documents of a row, in order; the rest of the row is padding. They are stored because
they cannot be recovered: a document may contain the text of a special token, and one that was cut ends without EOS.

With tiers, documents with many duplicates are in separate files, which training may repeat (`Loader(rehydrate=…)`).

`best-fit` keeps documents whole and cuts only those longer than a row; `concat` fills every position and cuts where
rows end. Neither drops a token. Each corpus shard is one task that a rerun skips. The output depends only on the
corpus, the tokenizer and the settings, not on workers or interruptions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from corpus.engine.local import Engine
from corpus.engine.marker import Maker, hashes_of
from corpus.engine.output import Output, claim
from corpus.engine.task import TaskRecord, read_json, read_manifest, run_task, settings_sha256, write_json
from corpus.errors import UserError
from corpus.publishing.front_matter import license_of, listed
from corpus.shards import describe_split, read_shard, shard_paths, source_of, write_readme
from model.data.packed import FORMAT
from model.packing.packer import COUNTS, Packer, PackSettings, row_schema
from tokenizer.encoding.vocabulary import Vocabulary
from tokenizer.files import TokenizerFiles

if TYPE_CHECKING:
    from tokenizer.encoding.encode import Encoder

VERSION = 4
MAKER = Maker("pack", "packed data")
SPLITS = ("train", "validation")


@dataclass(frozen=True)
class PackTask:
    """One shard of a corpus to be packed."""

    shard: Path
    split: str
    tokenizer: Path  # a folder of this command: the files read are the files that were hashed
    identity: str  # of the tokenizer, by content
    settings: PackSettings
    directory: Path

    @property
    def source(self) -> str:
        return source_of(self.shard)


def pack_corpus(
    corpus: Path, tokenizer: Path, out: Path, settings: PackSettings, engine: Engine, overwrite: bool = False
) -> dict[str, Any]:
    """Pack both splits of `corpus` with the tokenizer in the folder or file `tokenizer`; returns the content of
    packing.json.

    A finished folder with the same corpus, tokenizer and settings is left unchanged. Raises UserError for a corpus or
    tokenizer that does not exist and for an output folder that contains something else (corpus/engine/output.py).
    """
    files = TokenizerFiles.read(tokenizer)
    Vocabulary(files)  # training needs the bytes of each token: an error here, not hours later
    encoder = _encoder_of(files)
    for name in ("bos", "eos"):
        if getattr(settings, name) and getattr(encoder, f"{name}_id") is None:
            raise UserError(
                f"{files.path}: the tokenizer has no {name.upper()} token; pack with --no-{name}, or use one that"
                " has it."
            )
    shards = {split: shard_paths(corpus, split) for split in SPLITS}
    every = [path for paths in shards.values() for path in paths]
    with claim(out, MAKER, _identity(corpus, every, files, settings), overwrite) as folder:
        if folder.done:
            return read_json(out / "packing.json")
        own = folder.work / "tokenizer"
        files.write(own)
        tasks = [
            PackTask(shard, split, own, files.identity, settings, folder.work / split / shard.stem)
            for split in SPLITS
            for shard in shards[split]
        ]
        for task in tasks:
            known = read_manifest(task.directory)
            if known:
                places = _written(task, known["outputs"], known["result"])
                folder.take_back({name: path for name, (path, _) in places})
        records = list(
            engine.map(
                pack_shard,
                tasks,
                name="pack",
                describe=lambda task: f"{task.split}/{task.shard.name}",
                group=lambda task: task.source,
                weigh=lambda task: task.shard.stat().st_size,
            )
        )
        return _publish(folder, files, encoder, settings, tasks, records)


def _identity(
    corpus: Path, shards: Sequence[Path], tokenizer: TokenizerFiles, settings: PackSettings
) -> dict[str, Any]:
    """The inputs and settings of packed data, as a JSON value."""
    return {
        "version": VERSION,
        **settings.model_dump(mode="json"),
        "corpus": hashes_of(corpus, shards),
        "tokenizer": tokenizer.hashes,
    }


def pack_shard(task: PackTask) -> TaskRecord:
    """Pack one shard, a file of rows per tier. The record's result is the shard's counts by tier."""
    return run_task(
        task.directory,
        partial(_pack, task),
        inputs=[task.shard],
        settings={**task.settings.model_dump(mode="json"), "tokenizer": task.identity},
        version=VERSION,
    )


def _pack(task: PackTask, folder: Path) -> dict[str, Any]:
    encoder = _encoder(str(task.tokenizer), task.identity)
    packer = Packer(task.settings, encoder)
    schema = row_schema(task.settings.seq_len, packer.dtype)
    with ExitStack() as stack:
        writers: dict[int, pa.RecordBatchWriter] = {}
        for tier, batch in packer.pack(read_shard(task.shard)):
            if tier not in writers:
                sink = stack.enter_context(pa.OSFile(str(folder / _rows_name(tier)), "wb"))
                writers[tier] = stack.enter_context(pa.ipc.new_stream(sink, schema))
            writers[tier].write_batch(batch)
    return {str(tier): counts for tier, counts in packer.counts.items() if counts["rows"]}


def _rows_name(tier: int) -> str:
    return f"rows-{tier}.arrow"


def _encoder_of(files: TokenizerFiles) -> "Encoder":
    from tokenizer.encoding.encode import Encoder  # loads the compiled kernels: only if something is packed

    return Encoder.of(files)


@lru_cache(1)
def _encoder(folder: str, identity: str) -> "Encoder":
    files = TokenizerFiles.read(Path(folder))
    if files.identity != identity:
        raise UserError(f"{folder}: the tokenizer changed during packing. Run the same command again.")
    return _encoder_of(files)


def _publish(
    folder: Output,
    tokenizer: TokenizerFiles,
    encoder: "Encoder",
    settings: PackSettings,
    tasks: Sequence[PackTask],
    records: Sequence[TaskRecord],
) -> dict[str, Any]:
    """Describe the finished files and put them in place; packing.json last."""
    staged = folder.staging()
    splits = {}
    for split in SPLITS:
        mine = [(task, record) for task, record in zip(tasks, records, strict=True) if task.split == split]
        splits[split] = _describe_split(staged, split, settings, Packer(settings, encoder).dtype, mine)
    patterns = {split: f"{split}/*/*.arrow" for split, sources in splits.items() if sources}
    sources = [source for sources in splits.values() for source in sources.values()]
    languages = sorted({name for source in sources for name in source["languages"]})
    licenses = sorted({name for source in sources for name in source["licenses"]})
    head = [*listed("language", languages), *license_of(licenses), *listed("tags", ["hanji", "packed"])]
    write_readme(staged, f"Packed data: rows of {settings.seq_len} tokens", patterns, head)
    tokenizer.write(staged / "tokenizer")
    totals = {key: sum(counts[key] for counts in sources) for key in COUNTS}
    if (lost := totals["tokens"] - totals["packed_tokens"]) != 0:
        raise AssertionError(f"{lost} of {totals['tokens']} tokens did not reach a row")
    description = {
        "format": FORMAT,
        **settings.model_dump(mode="json"),
        "dtype": Packer(settings, encoder).dtype.name,
        "tokenizer_sha256": tokenizer.sha256,
        "vocab_size": encoder.vocab_size,
        "bos_id": encoder.bos_id,
        "eos_id": encoder.eos_id,
        "pad_id": encoder.pad_id,
        **totals,
        "dropped_tokens": lost,
        "filled": totals["tokens"] / max(1, totals["rows"] * settings.seq_len),
        "splits": splits,
    }
    description["fingerprint"] = settings_sha256(description)
    write_json(staged / "packing.json", description)
    files = {
        name: place
        for task, record in zip(tasks, records, strict=True)
        for name, place in _written(task, record.outputs, record.result)
    }
    folder.publish(staged, "packing.json", tasks=files)
    return description


def _describe_split(
    staged: Path, split: str, settings: PackSettings, dtype: Any, done: Sequence[tuple[PackTask, TaskRecord]]
) -> dict[str, Any]:
    """Make the folders of a split's sources; returns the counts of each source.

    The rows are moved there at the end.
    """
    sources: dict[str, Any] = {}
    for source in sorted({task.source for task, record in done if record.result}):
        folder = staged / split / source
        folder.mkdir(parents=True)
        files = []
        for task, record in done:
            if task.source != source:
                continue
            for tier, counts in record.result.items():
                path = _published_name(task, tier)
                rows = _rows_name(int(tier))
                files.append({"path": path, "duplicates": int(tier), **record.outputs[rows], **counts})
        sources[source] = _sum(files) | {"files": files}
        contents = settings_sha256([file["sha256"] for file in files])
        describe_split(
            folder, row_schema(settings.seq_len, dtype), [Path(file["path"]).name for file in files], contents, split
        )
    return sources


def _published_name(task: PackTask, tier: str) -> str:
    """The path of a shard's rows of a tier in packed data."""
    name = task.shard.name if tier == "1" else f"{task.shard.stem}-duplicates-{tier}.arrow"
    return f"{task.split}/{task.source}/{name}"


def _written(
    task: PackTask, outputs: Mapping[str, Any], tiers: Iterable[str]
) -> Iterator[tuple[str, tuple[Path, str]]]:
    """The final name of each file of a packed shard, its path in the task's folder, and its SHA-256."""
    for tier in tiers:
        rows = _rows_name(int(tier))
        yield _published_name(task, tier), (task.directory / rows, outputs[rows]["sha256"])


def _sum(files: Sequence[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {key: sum(file[key] for file in files) for key in COUNTS}
    for key in ("languages", "licenses"):  # tokens by language, documents by licence
        names = sorted({name for file in files for name in file[key]})
        total[key] = {name: sum(file[key].get(name, 0) for file in files) for name in names}
    return total
