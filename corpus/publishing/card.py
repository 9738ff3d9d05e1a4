"""README.md of a corpus and of a tokenizer for the Hugging Face hub. Every figure comes from the folder's own files."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.engine.marker import read_result
from corpus.engine.task import file_sha256
from corpus.losses import warnings
from corpus.publishing.front_matter import license_of, listed
from corpus.quantities import megabytes
from corpus.sources.licenses import accepts

# The hub's classes by number of documents.
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
         (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (1_000_000_000, "100M<n<1B"))  # fmt: skip


def concerns(corpus: Path) -> list[str]:
    """What to think about before others get a corpus: licences, personal data, test items, sources that lost much."""
    manifest, stats = (read_result(corpus, name) for name in ("manifest.json", "stats.json"))
    total, recipe = stats["total"], manifest["recipe"]
    told = []
    for name, count in total["output"]["license_documents"].items():
        if not name or name == "unknown":
            told.append(f"{count:,} documents have no known licence; name it in the recipe, or leave them out")
        elif not accepts("commercial", name):
            told.append(f"{count:,} documents are under {name}, which forbids commercial use")
    if not recipe["privacy"]["kinds"]:
        told.append("personal data were not redacted ([privacy] kinds = [])")
    if not recipe["contamination"]["sets"]:
        told.append("the text was not searched for items of evaluation sets ([contamination] sets)")
    return [*told, *warnings(stats)]


def dataset_card(corpus: Path, name: str) -> str:
    """The card of a corpus that will be the dataset OWNER/NAME."""
    manifest, stats = (read_result(corpus, file) for file in ("manifest.json", "stats.json"))
    recipe, total = manifest["recipe"], stats["total"]
    output = total["output"]
    languages = sorted(output["languages"], key=lambda lang: -output["language_bytes"][lang])
    head = ["---", *listed("language", languages), *license_of(output["license_documents"])]
    head += [f"pretty_name: {json.dumps(recipe['name'], ensure_ascii=False)}"]
    head += [f"size_categories:\n- {_size(output['documents'])}", *listed("task_categories", ["text-generation"])]
    head += [*listed("tags", ["hanji", "pretraining"]), "configs:", "- config_name: default", "  data_files:"]
    for split in ("train", "validation"):
        head += [f"  - split: {split}", f"    path: {split}/*.arrow"]
    sources = []
    for source, book in stats["sources"].items():
        of = ", ".join(name or "not stated" for name in book["output"]["license_documents"]) or "–"
        sources.append((source, f"{book['output']['documents']:,}", megabytes(book["output"]["bytes"]), of))
    upstream = len({entry["url"] for entry in manifest["inputs"]})
    dropped = [(reason, f"{count:,}") for reason, count in _dropped(total)]
    parts = [
        "\n".join([*head, "---", ""]),
        f"# {name.rpartition('/')[2]}\n",
        f"{recipe['description']}\n" if recipe["description"] else "",
        f"{output['documents']:,} documents, {megabytes(output['bytes'])} of text, by Hanji {manifest['hanji']} from"
        f" {total['read']['in']:,} records in {upstream:,} upstream files.\n",
        f'```python\nfrom datasets import load_dataset\n\ncorpus = load_dataset("{name}", split="train")\n```\n',
        "## Sources\n",
        _table(("source", "documents", "text", "licences"), sources),
        "## What was left out\n",
        _table(("reason", "documents"), dropped),
        "## Personal data\n",
        _redacted(total, recipe),
        "## Test items\n",
        _tests(corpus),
        "## Columns\n",
        "`id` (source and hash of the record), `text`, `source`, `lang`, `origin` (upstream file#row), `url`, `title`,"
        " `license`, `duplicates` (how many documents it stands for).\n",
        "## How it was made\n",
        "The recipe, every upstream file with its size and SHA-256, and every file here are in `manifest.json`"
        f" (SHA-256 {file_sha256(corpus / 'manifest.json')}); the books per source and stage are in `stats.json`."
        " The same recipe, upstream files and version give the same bytes.\n",
        f"```json\n{json.dumps({'recipe': recipe}, ensure_ascii=False, indent=1)}\n```\n",
    ]
    return "\n".join(part for part in parts if part)


def tokenizer_card(folder: Path, name: str) -> str:
    """The card of a tokenizer that will be the model OWNER/NAME."""
    training = read_result(folder, "training.json")
    counts = training["counts"]
    languages = sorted({table["lang"] for table in counts})
    rows = [(t["source"], t["lang"], f"{t['documents']:,}", megabytes(t["bytes"])) for t in counts]
    return "\n".join(
        [
            "\n".join(["---", *listed("language", languages), *listed("tags", ["hanji", "tokenizer"])]),
            "library_name: transformers\n---\n",
            f"# {name.rpartition('/')[2]}\n",
            f"A byte-level BPE tokenizer of {training['vocab_size']:,} tokens, pattern {training['pattern']}, trained"
            f" by Hanji on {training['words']['occurrences']:,} words ({training['words']['distinct']:,} distinct).\n",
            "```python\nfrom transformers import AutoTokenizer\n",
            f'tokenizer = AutoTokenizer.from_pretrained("{name}")\n```\n',
            "## Text\n",
            _table(("source", "language", "documents", "text"), rows),
            f"SHA-256 of tokenizer.json: {training['tokenizer_sha256']}. All settings are in training.json.\n",
        ]
    )


def _dropped(total: Mapping[str, Any]) -> list[tuple[str, int]]:
    from corpus.verdicts import name_of  # loads the kernels, which cards of other folders do not need

    found = {f"unreadable: {reason}": n for reason, n in total["read"]["unreadable"].items()}
    found |= {f"no document: {reason}": n for reason, n in total["read"]["skipped"].items()}
    found |= {f"{name_of(reason)} ({reason})": n for reason, n in total["clean"]["dropped"].items()}
    found |= {f"{kind} duplicate": n for kind, n in total["deduplicate"]["dropped"].items()}
    found |= {f"cut: {reason}": n for reason, n in total["trim"]["dropped"].items()}
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _redacted(total: Mapping[str, Any], recipe: Mapping[str, Any]) -> str:
    if not recipe["privacy"]["kinds"]:
        return "Not searched for.\n"
    found = ", ".join(f"{kind} {count:,}" for kind, count in total["clean"]["redacted"].items()) or "none found"
    return (
        f"Searched for: {', '.join(recipe['privacy']['kinds'])}; replaced by tags: {found}. Patterns find what has a"
        " form; names and addresses of people in running text stay.\n"
    )


def _tests(corpus: Path) -> str:
    if not (corpus / "contamination.json").is_file():
        return "Not searched for.\n"
    rows = [
        (task, f"{found['items']:,}", f"{found['items hit']['leak']:,}", f"{found['documents']['leak']:,}")
        for task, found in read_result(corpus, "contamination.json").items()
    ]
    return _table(("task", "items", "items found", "documents removed or cut"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *(rows or [["none", *[""] * (len(head) - 1)]])]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines) + "\n"


def _size(documents: int) -> str:
    return next((name for bound, name in SIZES if documents < bound), "n>1B")
