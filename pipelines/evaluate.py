"""Score a model: KOBEST, the English tasks and bits per byte, beside the figures of the 42dot model card."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.markdown import Markdown

from corpus.engine.marker import Maker
from corpus.engine.output import claim
from corpus.engine.publish import prune
from corpus.engine.task import atomic_write
from corpus.errors import UserError

# By its own name: `run` is also the option that names the run's folder.
from pipelines.console import Ended, console, warn
from pipelines.console import run as run_command
from pipelines.engine import Display

MAKER = Maker("evaluate", "scores")
FILES = ("results.json", "tables.md", "report.html")
UNFINISHED = "scores.json"  # in .work, until all tasks are done
DEMO = Path("runs/demo")  # where build_corpus alone puts its corpus


def main(
    run: Annotated[Path, typer.Option(help="Folder of a run, or a Hugging Face model directory")] = Path("runs/model"),
    tasks: Annotated[
        str, typer.Option(help="kobest, korean, english, bpb, or names of lm-evaluation-harness' tasks, with commas")
    ] = "kobest,bpb",
    profile: Annotated[
        Literal["main", "polyglot"], typer.Option(help="main: today's harness; polyglot: the harness of the model card")
    ] = "main",
    mirror: Annotated[
        Path | None, typer.Option(envvar="HANJI_MIRROR", help="Read the tasks' data from this tree, without a network")
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus with the held-out documents for bpb; default: runs/demo")
    ] = None,
    documents: Annotated[int, typer.Option(min=1, help="Held-out documents per source, at most")] = 100,
    context: Annotated[
        int, typer.Option(min=1, help="Tokens of a long document that each further window repeats; 1 as in the harness")
    ] = 1,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many documents of each task")] = None,
    step: Annotated[
        str, typer.Option(help="Checkpoint of the run: a step, or all for a learning curve; default: the newest")
    ] = "",
    bos: Annotated[
        bool | None, typer.Option(help="Profile main: begin prompts with BOS; default: like the tokenizer")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for results.json, tables and page; default: RUN/evaluation/PROFILE")
    ] = None,
    compare: Annotated[
        list[Path] | None, typer.Option(help="Show these results.json, or folders that hold one, beside it; repeatable")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Requests at a time")] = 8,
    device: Annotated[str, typer.Option(help="cpu, cuda …; default: a GPU if there is one")] = "",
) -> dict[str, Any]:
    """Write results.json, tables as Markdown and a page with bars."""
    if mirror is not None:
        os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    from corpus.shards import shard_paths
    from model.device import chosen_device, require_device
    from model.evaluation.task_names import require_known
    from model.runs.required import require_model

    named = [name.strip() for name in tasks.split(",") if name.strip()]
    require_known(named)
    require_model(run, step)
    require_device(device)
    if "bpb" in named and corpus is not None:
        shard_paths(corpus, "validation")
    for path in compare or []:
        _results_of(path)
    _need()
    from model.evaluation.families import folded
    from model.evaluation.page import commands, write_page
    from model.evaluation.quiet import quiet_harness
    from model.evaluation.results import keep, read_results, require_scores
    from model.evaluation.scores import Request, evaluate_run
    from model.evaluation.tables import cut_note, markdown, tables

    if corpus is None and "bpb" in tasks and (DEMO / "manifest.json").is_file():
        corpus = DEMO
        console.print(f"bits per byte on the held-out documents of {corpus}; --corpus names another")
    request = Request(
        named, profile, mirror, corpus, documents, context, limit,
        bos, batch_size,
        chosen_device(device),
    )  # fmt: skip
    beside = [entry for path in compare or [] for entry in read_results(_results_of(path))]
    for entry in beside:
        if entry["profile"] != profile:
            raise UserError(
                f"--compare: {entry['name']} was measured with profile {entry['profile']}, this run with {profile};"
                " scores of different profiles do not compare. Measure both with the same one."
            )
    folder = out or run / "evaluation" / profile
    with claim(folder, MAKER, {"profile": profile}, overwrite=True) as output:
        with quiet_harness(), Display() as display:
            results = evaluate_run(run, request, step, display, output.work / UNFINISHED)
        require_scores(results)
        output.reserve(FILES)
        results, aside = keep(folder, results)
        if aside is not None:
            console.print(f"The scores there were of another model or other settings; they are now {aside}.")
        made, warning = tables([*results, *beside]), cut_note(results)
        skipped = folded({task: reason for result in results for task, reason in result["skipped"].items()})
        with atomic_write(folder / "tables.md") as temporary:
            text = markdown(made, skipped, warning, commands(made, [*results, *beside]))
            temporary.write_text(text, encoding="utf-8")
        write_page(folder / "report.html", made, [*results, *beside])
        missing = sorted({task for result in results for task in result.get("unreachable", ())})
        if not missing:
            (output.work / UNFINISHED).unlink(missing_ok=True)
            prune(output.work, folder)
        output.finish([*FILES, *(path.name for path in folder.glob("results-*.json"))])
    wide = Console(width=None if console.is_terminal else 200)
    wide.print(Markdown((folder / "tables.md").read_text(encoding="utf-8")))
    console.print(f"Written to {folder}: results.json, tables.md, report.html")
    done = {"out": str(folder), "results": results}
    if missing:
        why = next(result["skipped"][task] for result in results for task in result.get("unreachable", ()))
        told = f"{', '.join(missing)}: not scored. {why} What was scored stays, and the missing scores are added to it."
        warn(told)
        raise Ended(2, done | {"error": told})
    return done


def _need() -> None:
    try:
        import lm_eval  # noqa: F401  # only whether it is there
        import transformers  # noqa: F401
    except ImportError as error:
        raise UserError(f'Evaluation needs lm-evaluation-harness ({error}): pip install -e ".[eval]".') from error


def _results_of(path: Path) -> Path:
    """The results.json that --compare names. Raises UserError where there is none."""
    for candidate in (path, path / "results.json", *sorted(path.glob("evaluation/*/results.json"))):
        if candidate.is_file():
            return candidate
    raise UserError(f"--compare {path}: neither a results.json nor a folder that holds one.")


if __name__ == "__main__":
    run_command(main)
