"""Tokens per second of the loader on one core, beside common loaders on the same tokens.

    python -m benchmarks.loader [--packed DIR] [--batch-size 8] [--seconds 4]

Every contestant gives shuffled batches of [batch_size, seq_len] int64 with targets, positions and document lengths,
from local files in the page cache, and the process is bound to one core. The peers' documents are marked by the
ecosystem's collator, transformers' DataCollatorWithFlattening, from the explicit lengths; litdata's format contains no
lengths, so there documents are found by BOS. They are also shown with our make_batch instead: then only the loading
differs. `ratio` in the last line is to the faster peer with the ecosystem's collator, `ratio_same_collation` to the
faster peer with ours. Without --packed the first 60 MB of Korean Wikipedia in HANJI_MIRROR are packed with a tokenizer
trained on them.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import command_line
from benchmarks.corpora import pack_texts
from benchmarks.texts import mirror, up_to, wikipedia
from model.data.batch import make_batch
from model.data.loader import Loader
from model.data.packed import PackedData


def prepare(folder: Path) -> Path:
    """Pack Korean Wikipedia from the mirror."""
    chosen = up_to(wikipedia(mirror(), "ko"), 60e6)
    splits = {"train": {"wikipedia-ko": chosen}, "validation": {"wikipedia-ko": chosen[:10]}}
    return pack_texts(folder, splits, vocab_size=32_000, seq_len=4096)


def ours(packed: Path, batch_size: int, workers: int) -> Callable[[], Iterator[Any]]:
    return lambda: iter(Loader(packed, batch_size=batch_size, workers=workers, verify=False))


Collate = Callable[[np.ndarray, list[np.ndarray]], dict[str, Any]]


def flattening(seq_len: int) -> Collate:
    """The ecosystem's collator: rows are split into documents and flattened with positions and cumulative lengths."""
    from transformers import DataCollatorWithFlattening

    collator = DataCollatorWithFlattening(return_flash_attn_kwargs=True, return_position_ids=True)

    def collate(ids: np.ndarray, lengths: list[np.ndarray]) -> dict[str, Any]:
        documents = []
        for row, sizes in zip(ids, lengths, strict=True):
            bounds = [0, *np.cumsum(sizes).tolist()]
            if bounds[-1] < seq_len:
                bounds.append(seq_len)
            documents += [{"input_ids": row[a:b].tolist()} for a, b in pairwise(bounds)]
        return dict(collator(documents))

    return collate


def hf_datasets(packed: Path, batch_size: int, collate: Collate) -> Callable[[], Iterator[Any]]:
    """HF datasets in NumPy format + torch's DataLoader: random sampler, batched fetch."""
    import datasets

    folders = sorted((packed / "train").iterdir())
    dataset = datasets.concatenate_datasets([datasets.load_from_disk(str(folder)) for folder in folders]).with_format(
        "numpy"
    )

    def collate_rows(rows: list[dict[str, np.ndarray]]) -> dict[str, Any]:
        return collate(np.stack([row["input_ids"] for row in rows]), [row["lengths"] for row in rows])

    def forever() -> Iterator[Any]:
        while True:
            yield from torch.utils.data.DataLoader(
                dataset, batch_size, shuffle=True, collate_fn=collate_rows, drop_last=True
            )

    return forever


def write_litdata(packed: Path, folder: Path) -> None:
    """The same rows as litdata's token blocks, as litgpt trains from."""
    from litdata import TokensLoader
    from litdata.streaming.writer import BinaryWriter

    data = PackedData(packed)
    writer = BinaryWriter(str(folder), chunk_size=1024 * data.seq_len, item_loader=TokensLoader(data.seq_len))
    number = 0
    for source in data.sources:
        for row in range(source.rows):
            writer[number] = (torch.from_numpy(source.row(row)[0].astype(np.int32)),)
            number += 1
    writer.done()
    writer.merge()


def litdata(packed: Path, batch_size: int, folder: Path, collate: Collate) -> Callable[[], Iterator[Any]]:
    """litdata's streaming loader over local token blocks."""
    from litdata import StreamingDataLoader, StreamingDataset, TokensLoader

    description = PackedData(packed).description
    dataset = StreamingDataset(str(folder), item_loader=TokensLoader(description["seq_len"]), shuffle=True, seed=0)

    def collate_rows(rows: list[torch.Tensor]) -> dict[str, Any]:
        ids = torch.stack(rows).numpy()
        lengths = []
        for row in ids:
            starts = np.flatnonzero(row == description["bos_id"])
            starts = starts if len(starts) and starts[0] == 0 else np.concatenate([[0], starts])
            lengths.append(np.diff(np.append(starts, len(row))))
        return collate(ids, lengths)

    def forever() -> Iterator[Any]:
        while True:
            yield from StreamingDataLoader(dataset, batch_size=batch_size, num_workers=0, collate_fn=collate_rows)

    return forever


def measure(make: Callable[[], Iterator[Any]], seconds: float) -> float:
    """Tokens per second, all positions counted, after 20 warm-up batches."""
    batches = make()
    for _ in range(20):
        next(batches)
    tokens, begun = 0, time.perf_counter()
    while (passed := time.perf_counter() - begun) < seconds:
        tokens += next(batches)["input_ids"].numel()
    batches.close()  # type: ignore[attr-defined]
    return tokens / passed


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--packed", type=Path)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--repeats", type=int, default=3)
    options = command_line.parse(parser)
    with tempfile.TemporaryDirectory() as scratch:
        packed = options.packed
        if packed is None:
            packed = prepare(Path(scratch))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        torch.set_num_threads(1)
        seq_len = PackedData(packed).seq_len
        contestants = {
            "hanji": ours(packed, options.batch_size, 0),
            "hanji, a thread ahead": ours(packed, options.batch_size, 1),
            "datasets": hf_datasets(packed, options.batch_size, flattening(seq_len)),
            "datasets, our batches": hf_datasets(packed, options.batch_size, make_batch),  # type: ignore[arg-type]
        }
        try:
            folder = Path(scratch) / "litdata"
            write_litdata(packed, folder)
            contestants["litdata"] = litdata(packed, options.batch_size, folder, flattening(seq_len))
            contestants["litdata, our batches"] = litdata(packed, options.batch_size, folder, make_batch)  # type: ignore[arg-type]
        except ImportError as error:
            print(f"litdata is left out: {error}")
        speeds: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(options.repeats):  # in turn, so that load on the machine affects all
            for name, make in contestants.items():
                speeds[name].append(measure(make, options.seconds))
    median = {name: statistics.median(values) for name, values in speeds.items()}
    peers = {name: value for name, value in median.items() if not name.startswith("hanji")}
    collated = max(value for name, value in peers.items() if not name.endswith("our batches"))
    for name, values in speeds.items():
        spread = f"{min(values) / 1e6:.1f}–{max(values) / 1e6:.1f}"
        print(f"{name:<24}{median[name] / 1e6:8.1f} M tokens/s  ({spread})  {median['hanji'] / median[name]:6.1f} ×")
    result = {
        "ratio": round(median["hanji"] / collated, 2),
        "ratio_same_collation": round(median["hanji"] / max(peers.values()), 2),
        "tokens_per_s": round(median["hanji"]),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
