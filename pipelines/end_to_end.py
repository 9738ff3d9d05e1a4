"""The whole chain: corpus, tokenizer, its report, packed data, a pretrained model, its text, export and scores."""

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from corpus.quantities import duration, megabytes
from pipelines import build_corpus, evaluate, export, generate, pack, pages, pretrain, report_tokenizer, train_tokenizer
from pipelines.console import OVERWRITE, console, run
from pipelines.engine import Workers
from pipelines.fitted import SIZES, Fitted, fit_shards, tell


@dataclass(frozen=True)
class Scale:
    """Settings for a recipe's size."""

    fit: Fitted
    prompts: tuple[str, ...]
    tasks: str  # of evaluate


SCALES = {
    "demo": Scale(SIZES[0][1], ("서울의 봄은", "In spring the city"), "bpb"),
    "mini": Scale(SIZES[1][1], ("대한민국의 수도는", "The capital of Korea is"), "kobest,english,bpb"),
}
OWN = (("대한민국의 수도는", "The capital of Korea is"), "bpb")  # a Scale of other recipes, but for `fit`


@dataclass(frozen=True)
class Step:
    """One command of the chain: what it makes, where, and the files to look at."""

    name: str
    made: str
    path: Path
    work: Callable[[], Any]


def main(
    recipe: Annotated[str, typer.Option(help="demo, mini, or the path of a .toml file")] = "demo",
    out: Annotated[Path | None, typer.Option(help="folder of all results; default runs/end-to-end-RECIPE")] = None,
    mirror: Annotated[str | None, typer.Option(envvar="HANJI_MIRROR", help="tree of upstream files, HOST/PATH")] = None,
    workers: Workers = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
    config: Annotated[str | None, typer.Option(help="model: tiny, mini, …; by default what suits the corpus")] = None,
) -> dict[str, Any]:
    """Run every command on one recipe and print a table of the results.

    Each step skips what an earlier run finished, so an interrupted chain continues where it stopped. index.html in the
    folder ties the pages of all steps together; speedrun.json is the record of the chain: device, seconds per step,
    bits per byte, scores.
    """
    from corpus.engine.task import file_sha256, read_json, write_json
    from corpus.errors import UserError
    from corpus.shards import shard_paths
    from model.config import load_config
    from model.runs.record import RECORD, add_results, add_seconds, is_other

    if config:  # what is wrong is told before the kernels and torch are imported
        load_config(config)
    build_corpus.read(recipe)
    folder = out or Path("runs") / f"end-to-end-{Path(recipe).stem}"
    corpus = folder / "corpus"
    before: dict[str, Any] = read_json(folder / RECORD) if (folder / RECORD).is_file() else {}
    seconds: dict[str, float] = {}
    scale = SCALES.get(recipe)
    facts: dict[str, Any] = {"recipe": recipe} | ({"config": config} if config else {})
    table = Table("step", "made", "where", "seconds", title=f"End to end: {recipe}, in {folder}")
    table.columns[-1].justify = "right"

    def take(step: Step) -> None:
        console.rule(step.name)
        start = time.monotonic()
        try:
            step.work()
            if step is build:
                facts["corpus"] = file_sha256(corpus / "manifest.json")
        except BaseException as error:
            other = is_other(before, facts) or (step is build and "corpus" in before)
            if not isinstance(error, UserError) or (step.path.exists() and not other):
                add_seconds(folder, step.name, time.monotonic() - start, **facts)
            elif before:  # refused: what is there is the result of an earlier chain
                write_json(folder / RECORD, before)
            raise
        seconds[step.name] = round(time.monotonic() - start, 1)
        add_seconds(folder, step.name, seconds[step.name], **facts)
        if step.name == "model":
            add_results(folder, step.path, None)
        # Folders within --out, so that a narrow terminal does not cut them.
        table.add_row(step.name, step.made, str(step.path.relative_to(folder)), f"{seconds[step.name]:.1f}")

    build = Step(
        "corpus",
        "Arrow shards, books, report.html",
        corpus,
        lambda: build_corpus.main(recipe, corpus, mirror, workers, overwrite=overwrite),
    )
    steps = [build]
    if scale is None:  # what suits a corpus is known when it is built
        if config is None:
            _tell_of_models()
        take(build)
        fit, size = fit_shards(shard_paths(corpus))
        facts["config"] = config or (fit.config if _has_gpu() else SIZES[0][1].config)
        tell(
            f"Vocabulary of {fit.vocab_size:,} tokens, rows of {fit.seq_len:,}",
            size,
            "--vocab-size of train_tokenizer, --seq-len of pack",
        )
        scale, steps = Scale(fit, *OWN), []
    facts.setdefault("config", scale.fit.config)
    steps += _steps(scale, facts["config"], folder, mirror, overwrite)
    facts |= {"vocabulary": scale.fit.vocab_size, "seq_len": scale.fit.seq_len}
    _announce(facts, [step.name for step in steps])
    for step in steps:
        take(step)
    model, exported = folder / "model", folder / "hf"
    record = add_results(folder, model, exported / "evaluation" / "main" / "results.json")
    console.print(table)
    bits = ", ".join(f"{language} {value:.3f}" for language, value in record["bits_per_byte"].items())
    console.print(f"{duration(60 * record['total_minutes'])} on {record['device']}; bits per byte: {bits}.")
    console.print(f"The record is {folder / RECORD}.")
    written = pages.write([folder], folder / "index.html")
    return {"out": str(folder), "seconds": seconds, "page": written["page"]}


def _steps(scale: Scale, config: str, folder: Path, mirror: str | None, overwrite: bool) -> list[Step]:
    """The steps after the corpus."""
    corpus, tokenizer, report, packed, model, exported = (
        folder / name for name in ("corpus", "tokenizer", "fertility", "packed", "model", "hf")
    )
    steps = [
        Step(
            "tokenizer",
            f"byte-level BPE of {scale.fit.vocab_size:,}",
            tokenizer,
            lambda: train_tokenizer.main(
                corpus=corpus, out=tokenizer, vocab_size=scale.fit.vocab_size, overwrite=overwrite
            ),
        ),
        Step(
            "fertility",
            "tokens per word and more, report.html",
            report,
            lambda: report_tokenizer.main(tokenizer=[tokenizer], corpus=corpus, out=report, overwrite=overwrite),
        ),
        Step(
            "packed",
            f"rows of {scale.fit.seq_len:,} tokens",
            packed,
            lambda: pack.main(
                corpus=corpus, tokenizer=tokenizer, out=packed, seq_len=scale.fit.seq_len, overwrite=overwrite
            ),
        ),
        Step(
            "model",
            f"{config} decoder, checkpoints, metrics.jsonl",
            model,
            lambda: pretrain.train_whole(config=config, data=packed, out=model, resume_auto=True, overwrite=overwrite),
        ),
        Step("sample", "text from the model", model, lambda: generate.main(run=model, prompt=list(scale.prompts))),
    ]
    if not _can_evaluate():
        console.print('Export and scores are left out: they need pip install -e ".[eval]".')
        return steps
    tree = Path(mirror) if mirror is not None and "://" not in mirror else None
    return [
        *steps,
        Step(
            "export",
            "the model as transformers loads it",
            exported,
            lambda: export.main(run=model, out=exported, overwrite=True),
        ),
        Step(
            "scores",
            f"{scale.tasks}: results.json, report.html",
            exported / "evaluation",
            lambda: evaluate.main(run=exported, tasks=scale.tasks, mirror=tree, corpus=corpus),
        ),
    ]


def _announce(facts: dict[str, Any], steps: list[str]) -> None:
    """Print the steps and the cost of training before the first one begins."""
    import torch

    from model.config import load_config, resolve
    from model.runs.record import device_name
    from model.training.shown.flops import peak_flops
    from model.training.shown.plan import make_plan, measured_rate, rows

    vocabulary, length = facts["vocabulary"], facts["seq_len"]
    gpu = torch.cuda.is_available()
    memory = torch.cuda.get_device_properties(0).total_memory if gpu else None
    plan = make_plan(resolve(load_config(facts["config"]), vocabulary, length), length, memory=memory)
    peak = peak_flops(torch.cuda.get_device_name()) if gpu else measured_rate()
    console.print(f"Steps: {', '.join(steps)}.")
    table = Table(title=f"Training {facts['config']}", show_header=False)
    for label, text in rows(plan, device_name(), peak, memory):
        table.add_row(label, text)
    console.print(table)


def _has_gpu() -> bool:
    import torch

    return torch.cuda.is_available()


def _tell_of_models() -> None:
    """Print which model the chain will train, before the corpus is built: that may take hours."""
    if _has_gpu():
        sizes = [f"{fit.config} up to {megabytes(bound)}" for bound, fit in SIZES[:-1]]
        told = f"by the corpus when it is built: {', '.join(sizes)}, {SIZES[-1][1].config} above. --config names one"
    else:
        told = (
            f"{SIZES[0][1].config}, which shows that the chain works and learns little, because this machine has no"
            f" GPU. --config {SIZES[1][1].config} trains a larger one; `hanji pretrain --config {SIZES[1][1].config}"
            " --dry-run` tells its time here"
        )
    console.print(f"Model: {told}.")


def _can_evaluate() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("lm_eval", "transformers"))


if __name__ == "__main__":
    run(main)
