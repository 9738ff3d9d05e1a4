"""Small inputs, and the commands that are put under faults: each is run in this process, with one worker, on a folder
`out`."""

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipelines import build_corpus, dedup, evaluate, export, pack, pretrain, report_tokenizer, train_tokenizer

NOUNS = ("바다", "산길", "시장", "학교", "음악", "나무", "우주", "기차", "요리", "그림", "강물", "하늘", "도시")
WORDS = ("paper", "river", "market", "school", "music", "forest", "train", "kitchen", "picture", "garden", "city")


@dataclass(frozen=True)
class Inputs:
    """What the commands read."""

    root: Path

    @property
    def recipe(self) -> Path:
        return self.root / "tiny.toml"

    @property
    def corpus(self) -> Path:
        return self.root / "corpus"

    @property
    def tokenizer(self) -> Path:
        return self.root / "tokenizer"

    @property
    def texts(self) -> Path:
        return self.root / "texts"

    @property
    def packed(self) -> Path:
        return self.root / "packed"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def model(self) -> Path:
        return self.root / "model"


def _sentence(key: str, words: tuple[str, ...], count: int) -> str:
    digest = hashlib.sha256(key.encode()).digest() * (count // 32 + 1)
    return " ".join(words[byte % len(words)] for byte in digest[:count])


def write_texts(folder: Path, seed: int = 0) -> None:
    """Two files of Korean and English documents, with exact and near duplicates, a blank one and broken lines."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, words in (("ko", NOUNS), ("en", WORDS)):
        lines = []
        for number in range(24):
            body = ". ".join(_sentence(f"{seed}{name}{number}{part}", words, 11) for part in range(9)) + "."
            lines.append(json.dumps({"text": body, "url": f"https://{name}.example/{number}"}, ensure_ascii=False))
        lines += [lines[3], json.dumps({"text": ""}), '{"text": "unclosed', json.dumps({"other": 1})]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def prepare(root: Path, commands: Iterable[str] = ()) -> Inputs:
    """Write the inputs, and make for these commands what they begin with; compiles what they need."""
    inputs = Inputs(root)
    write_texts(inputs.texts)
    sources = "".join(
        f'[[sources]]\nname = "{name}"\nkind = "local"\nfiles = ["{inputs.texts}/{name}.jsonl"]\nprofile ='
        f' "none"\nvalidation = 0.2\n'
        for name in ("ko", "en")
    )
    inputs.recipe.write_text(f'name = "tiny"\n{sources}[spans]\nparagraphs = true\n', encoding="utf-8")
    wanted = set(commands)
    if wanted <= {"build_corpus", "dedup"}:
        return inputs
    build(inputs, inputs.corpus)
    if wanted == {"train_tokenizer"}:
        return inputs
    tokenize(inputs, inputs.tokenizer)
    if {"pretrain", "export", "evaluate"} & wanted:
        pack_rows(inputs, inputs.packed)
    if {"export", "evaluate"} & wanted:  # in processes of their own: threads of torch do not outlive a fork
        _apart(train, inputs, inputs.run)
        _apart(export_model, inputs, inputs.model)
    return inputs


def _apart(command: Callable[..., None], inputs: Inputs, out: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=command, args=(inputs, out))
    process.start()
    process.join()
    assert process.exitcode == 0, f"{out} could not be made"


def build(inputs: Inputs, out: Path, overwrite: bool = False) -> None:
    """build_corpus."""
    build_corpus.main(str(inputs.recipe), out, None, 1, overwrite=overwrite)


def tokenize(inputs: Inputs, out: Path, overwrite: bool = False) -> None:
    """train_tokenizer, with a smaller vocabulary and superwords."""
    train_tokenizer.main(
        corpus=inputs.corpus, out=out, vocab_size=640, sizes="512", superwords=64, workers=1, overwrite=overwrite
    )


def pack_rows(inputs: Inputs, out: Path, overwrite: bool = False) -> None:
    """pack."""
    pack.main(
        corpus=inputs.corpus, tokenizer=inputs.tokenizer, out=out, seq_len=128, strategy="best-fit", bos=True, eos=True,
        tiers="", also="", workers=1, overwrite=overwrite,
    )  # fmt: skip


def deduplicate(inputs: Inputs, out: Path, overwrite: bool = False) -> None:
    """dedup."""
    dedup.main(data=inputs.texts, out=out, column="text", threshold=0.7, workers=1)


def report(inputs: Inputs, out: Path, overwrite: bool = False) -> None:
    """report_tokenizer."""
    report_tokenizer.main(
        tokenizer=[inputs.tokenizer], corpus=inputs.corpus, out=out, split="train", workers=1, overwrite=overwrite
    )


def train(inputs: Inputs, out: Path, overwrite: bool = False) -> None:
    """pretrain: four steps of a model of one layer, a checkpoint every other step."""
    settings = [
        "model.layers=1", "model.dim=32", "model.heads=2", "train.steps=4", "train.batch_tokens=256",
        "train.checkpoint_every=2", "train.validate_every=0", "train.log_every=1", "schedule.warmup=1",
    ]  # fmt: skip
    pretrain.main(config="tiny", data=inputs.packed, out=out, settings=settings, device="cpu", resume_auto=True)


def export_model(inputs: Inputs, out: Path, overwrite: bool = False) -> None:
    """export."""
    export.main(run=inputs.run, out=out, overwrite=overwrite)


def score(inputs: Inputs, out: Path, overwrite: bool = False) -> None:
    """evaluate, bits per byte alone."""
    evaluate.main(run=inputs.model, tasks="bpb", corpus=inputs.corpus, documents=2, out=out, device="cpu")


COMMANDS: Mapping[str, Callable[..., None]] = {
    "build_corpus": build,
    "train_tokenizer": tokenize,
    "pack": pack_rows,
    "dedup": deduplicate,
    "report_tokenizer": report,
    "pretrain": train,
    "export": export_model,
    "evaluate": score,
}
# What two equal runs differ in: times, the folder's own name, and torch's table of a checkpoint with its hash.
VOLATILE: Mapping[str, tuple[str, ...]] = {
    "pretrain": ("metrics.jsonl", "report.html", "tensorboard", ".metadata", "manifest.json"),
    "export": ("README.md",),
}
# The command lines of those that start worker processes, with two of them.
LINES: Mapping[str, Callable[[Inputs, Path], list[str]]] = {
    "build_corpus": lambda inputs, out: ["pipelines.build_corpus", "--recipe", str(inputs.recipe), *_two(out)],
    "train_tokenizer": lambda inputs, out: [
        "pipelines.train_tokenizer", "--corpus", str(inputs.corpus), "--vocab-size", "640", "--sizes", "512",
        "--superwords", "64", *_two(out),
    ],
    "pack": lambda inputs, out: [
        "pipelines.pack", "--corpus", str(inputs.corpus), "--tokenizer", str(inputs.tokenizer), "--seq-len", "128",
        *_two(out),
    ],
    "dedup": lambda inputs, out: ["pipelines.dedup", "--in", str(inputs.texts), "--threshold", "0.7", *_two(out)],
    "report_tokenizer": lambda inputs, out: [
        "pipelines.report_tokenizer", "--tokenizer", str(inputs.tokenizer), "--corpus", str(inputs.corpus),
        "--split", "train", *_two(out),
    ],
}  # fmt: skip


def _two(out: Path) -> list[str]:
    return ["--workers", "2", "--out", str(out)]
