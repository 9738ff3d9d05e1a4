"""The whole prepare step beside datatrove's filters: a json.gz file in, cleaned Arrow and statistics out, one core.

    HANJI_MIRROR=DIR python -m benchmarks.clean [--documents 400] [--no-peer]

Ours reads, normalises, detects languages, learns and removes boilerplate, redacts, measures every statistic, judges,
hashes, and computes MinHash signatures, with all files synced and hashed (corpus/prepare.py as the build runs it). The
peer runs the steps of these that it has: JsonlReader → GopherRepetition → GopherQuality → C4Quality → FineWebQuality →
PIIFormatter → JsonlWriter, English by NLTK's words, Korean by its own Kiwi words. Both get the same file, the first
`--documents` documents of C4-en part 1 and mC4-ko part 0; ours also gets all of both files. MB are of UTF-8 text; times
are CPU seconds, kernels compiled and models loaded beforehand, the best of five runs for ours. Each side of each
language runs in a new process, whose peak resident memory is reported. Last line: JSON.
"""

import gzip
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from benchmarks import command_line
from benchmarks.timing import cpu_seconds, in_new_process

FILES = {
    "ko": "huggingface.co/datasets/allenai/c4/multilingual/c4-ko.tfrecord-00000-of-01024.json.gz",
    "en": "huggingface.co/datasets/allenai/c4/en/c4-train.00001-of-01024.json.gz",
}

# FineWeb-2's for Korean
KOREAN_STOPS = [*"의다이는에을한년하은를했고가있인월로되", "에서", "으로"]


def show(label: str, documents: int, megabytes: float, spent: float, memory: int) -> None:
    """One row of the table."""
    print(f"{label:22}{documents:>10}{megabytes:>8.2f}{spent:>9.2f}{megabytes / spent:>9.2f}{memory:>9}", flush=True)


def time_ours(whole: Path, piece: Path, lang: str, work: Path) -> dict[str, Any]:
    """CPU seconds of preparing both files, and the documents of the first."""
    ours(piece, lang, work / "out")  # compiles
    count = ours(whole, lang, work / "out")["in"]
    spent, _ = cpu_seconds(ours, whole, lang, work / "out", runs=5)
    return {"documents": count, "whole": spent, "slice": cpu_seconds(ours, piece, lang, work / "out", runs=5)[0]}


def time_datatrove(piece: Path, few: Path, lang: str, work: Path) -> dict[str, Any]:
    """CPU seconds of datatrove on the slice."""
    datatrove(few, lang, work)  # loads its models
    return {"slice": cpu_seconds(datatrove, piece, lang, work)[0]}


def ours(path: Path, lang: str, out: Path) -> dict[str, int]:
    """Prepare one file as the build does; returns the numbers of documents read and kept."""
    from corpus.build import part_tasks
    from corpus.clean import clean_part
    from corpus.cleaning import boilerplate
    from corpus.download.locator import Locator
    from corpus.prepare import read_part
    from corpus.recipe import Recipe

    shutil.rmtree(out, ignore_errors=True)
    source = {"name": f"c4-{lang}", "kind": "local", "files": [str(path)], "license": "", "profile": "web"}
    recipe = Recipe.model_validate({"name": "benchmark", "sources": [source]})
    (task,) = part_tasks(recipe, Locator(None, out / "cache"), out)
    read_part(task)
    learned = boilerplate.learn([task.read_dir / "lines.arrow"], recipe.boilerplate, out / ".work" / "boilerplate")
    record = clean_part(type(task)(**(task.__dict__ | {"learned": learned})))
    return {"in": record.result["documents_in"], "kept": record.result["documents"]}


def datatrove(path: Path, lang: str, out: Path) -> None:
    """The same stages in datatrove, as its fineweb example chains them."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
    )
    from datatrove.pipeline.formatters import PIIFormatter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils import word_tokenizers
    from datatrove.utils.typeshelper import Languages

    if lang == "ko":  # datatrove's default, the model "sbg", is no longer in Kiwi since 0.22
        word_tokenizers.KiwiTokenizer.__init__.__defaults__ = ("cong",)

    language = {"ko": Languages.korean, "en": Languages.english}[lang]
    stop_words = None if lang == "en" else KOREAN_STOPS
    pipeline = [
        JsonlReader(str(path.parent), glob_pattern=path.name, doc_progress=False, file_progress=False),
        GopherRepetitionFilter(language=language),
        GopherQualityFilter(language=language, stop_words=stop_words, min_avg_word_length=1 if lang == "ko" else 3),
        C4QualityFilter(language=language, filter_no_terminal_punct=False),
        FineWebQualityFilter(language=language),
        PIIFormatter(),
        JsonlWriter(str(out / "datatrove"), compression=None),
    ]
    LocalPipelineExecutor(pipeline=pipeline, logging_dir=str(out / "logs"), workers=1, skip_completed=False).run()


def sliced(source: Path, documents: int, target: Path) -> tuple[Path, float]:
    """A file with the first documents of a file, and the megabytes of their texts."""
    with gzip.open(source) as lines, gzip.open(target, "wb") as out:
        size = 0
        for _, line in zip(range(documents), lines, strict=False):
            out.write(line)
            size += len(orjson.loads(line)["text"].encode())
    return target, size / 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the comparison."""
    parser = command_line.parser(__doc__, "mirror")
    parser.add_argument("--documents", type=int, default=400, help="of the slice that the peer runs on")
    parser.add_argument("--no-peer", action="store_true")
    options = command_line.parse(parser, arguments, "the benchmark runs on the mirror's mC4-ko and C4-en files")
    result: dict[str, float] = {}
    print(f"{'':22}{'documents':>10}{'MB':>8}{'CPU s':>9}{'MB/s':>9}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for lang, name in FILES.items():
            path = Path(options.mirror) / name
            piece, size = sliced(path, options.documents, work / f"{lang}.jsonl.gz")
            few, _ = sliced(piece, 5, work / f"{lang}-few.jsonl.gz")
            whole, whole_size = sliced(path, 1 << 40, work / f"{lang}-whole.jsonl.gz")
            mine = in_new_process(time_ours, whole, piece, lang, work)
            show(f"{lang} hanji, whole file", mine["documents"], whole_size, mine["whole"], mine["memory_mb"])
            show(f"{lang} hanji, slice", options.documents, size, mine["slice"], mine["memory_mb"])
            result[f"{lang}_mb_s_core"] = round(whole_size / mine["whole"], 2)
            result[f"{lang}_memory_mb"] = mine["memory_mb"]
            if not options.no_peer:
                peer = in_new_process(time_datatrove, piece, few, lang, work)
                show(f"{lang} datatrove, slice", options.documents, size, peer["slice"], peer["memory_mb"])
                result[f"{lang}_peer_memory_mb"] = peer["memory_mb"]
                # On the short slice our fixed costs (manifests, syncs) would dominate. Rates are compared.
                result[f"{lang}_ratio"] = round((whole_size / mine["whole"]) / (size / peer["slice"]), 1)
                result[f"{lang}_ratio_slice"] = round(peer["slice"] / mine["slice"], 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
