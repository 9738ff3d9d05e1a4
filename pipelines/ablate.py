"""Compare recipes by training the same model on the text of each: bits per byte on texts that none has seen."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.engine.output import Maker
from corpus.errors import UserError
from pipelines import build_corpus, pack, pretrain, train_tokenizer
from pipelines.console import OVERWRITE, console, run
from pipelines.engine import Workers

MAKER = Maker("ablate", "an ablation")


def main(
    recipes: Annotated[list[str], typer.Option(help="recipes to compare, two or more: names, .toml files or corpora")],
    more: Annotated[
        list[str] | None, typer.Argument(help="the second and further recipes", metavar="[RECIPE]...")
    ] = None,
    out: Annotated[Path, typer.Option(help="folder of the result")] = Path("runs/ablation"),
    config: Annotated[str, typer.Option(help="tiny, mini, 350m, 1.3b, or the path of a .toml file")] = "tiny",
    tokens: Annotated[int, typer.Option(min=1, help="tokens that each model is trained on")] = 500_000,
    seeds: Annotated[int, typer.Option(min=1, help="models of each recipe")] = 3,
    vocab_size: Annotated[int, typer.Option(min=512, help="of the tokenizer that all share")] = 4096,
    seq_len: Annotated[int, typer.Option(min=8, help="tokens in a row")] = 512,
    held_out: Annotated[int, typer.Option(min=1, help="held-out texts of a kind, at most")] = 200,
    mirror: Annotated[str | None, typer.Option(envvar="HANJI_MIRROR", help="tree of upstream files, HOST/PATH")] = None,
    workers: Workers = 0,
    device: Annotated[str | None, typer.Option(help="cuda or cpu; by default a GPU where there is one")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
) -> dict[str, Any]:
    """Build what is not built, train one tokenizer and the same models, and compare bits per byte by language and kind.

    OUT then contains ablation.json, tables.md and report.html. Killed at any point, the same command goes on.
    """
    arms = _arms([*recipes, *(more or [])])
    from corpus.engine.output import claim
    from corpus.engine.task import read_json, write_json
    from model.config import load_config
    from model.device import require_device

    require_device(device)  # what is wrong is told before the kernels and torch are imported
    chosen = load_config(config)
    for arm in arms.values():
        if not _is_corpus(arm):
            build_corpus.read(arm)
    from model.ablation.page import markdown, write_page
    from model.device import chosen_device

    steps = max(1, tokens // chosen.train.batch_tokens)
    place = chosen_device(device)
    plan = Plan(arms, config, steps, seeds, vocab_size, seq_len, held_out, mirror, workers, place)
    with claim(out, MAKER, plan.identity(asdict(chosen)), overwrite) as folder:
        if not folder.done:
            result = _compare(plan, folder.work, chosen.train.batch_tokens)
            staged = folder.staging()
            write_json(staged / "ablation.json", result)
            (staged / "tables.md").write_text(markdown(result), encoding="utf-8")
            write_page(staged / "report.html", result)
            folder.publish(staged, "ablation.json")
        result = read_json(out / "ablation.json")
    console.print((out / "tables.md").read_text(encoding="utf-8"))
    console.print(f"Written to {out}: ablation.json, tables.md, report.html")
    first = result["rows"][0]
    print(
        json.dumps(
            {"texts": first["texts"], "bits_per_byte": first["bits_per_byte"], "difference": first["difference"]}
        )
    )
    return result


def _arms(named: list[str]) -> dict[str, str]:
    """Name → recipe or corpus, in their order."""
    arms = {Path(name).stem if name.endswith(".toml") else Path(name).name: name for name in named}
    if len(named) < 2:
        raise UserError("--recipes: name at least two, such as --recipes A.toml B.toml.")
    if len(arms) < len(named):
        raise UserError("--recipes: two of them have the same name; rename one, since the result names them.")
    return arms


@dataclass(frozen=True)
class Plan:
    """What is compared, and how."""

    arms: dict[str, str]
    config: str
    steps: int
    seeds: int
    vocab_size: int
    seq_len: int
    held_out: int
    mirror: str | None
    workers: int
    device: str

    def identity(self, config: dict[str, Any]) -> dict[str, Any]:
        """What the result depends on, as a JSON value."""
        from corpus.build import identity
        from corpus.engine.task import file_sha256

        arms = {
            name: file_sha256(Path(arm) / "manifest.json") if _is_corpus(arm) else identity(build_corpus.read(arm))
            for name, arm in self.arms.items()
        }
        how = {key: getattr(self, key) for key in ("steps", "seeds", "vocab_size", "seq_len", "held_out")}
        return {"arms": arms, "config": config, **how}


def _is_corpus(arm: str) -> bool:
    return (Path(arm) / "manifest.json").is_file()


def _compare(plan: Plan, work: Path, batch_tokens: int) -> dict[str, Any]:
    """Every step, each of which a rerun skips when it is done; the result."""
    from corpus.engine.task import read_json
    from model.ablation.held_out import choose_texts, together, write_corpus
    from model.ablation.summary import summarise

    corpora = {name: _corpus(plan, name, work) for name in plan.arms}
    held_out = choose_texts(corpora, plan.held_out)
    removed = {name: write_corpus(corpus, held_out, work / "arms" / name) for name, corpus in corpora.items()}
    arms = {name: work / "arms" / name for name in plan.arms}
    together(list(arms.values()), work / "together")
    tokenizer = work / "tokenizer"
    train_tokenizer.main(
        corpus=work / "together", out=tokenizer, vocab_size=plan.vocab_size, workers=plan.workers, overwrite=True
    )
    scores: dict[str, list[dict[str, tuple[float, float]]]] = {}
    told: dict[str, dict[str, Any]] = {}
    for name, corpus in arms.items():
        packed = work / "packed" / name
        pack.main(
            corpus=corpus, tokenizer=tokenizer, out=packed, seq_len=plan.seq_len, strategy="concat", overwrite=True
        )
        available = sum(book["tokens"] for book in read_json(packed / "packing.json")["splits"]["train"].values())
        epochs = plan.steps * batch_tokens / max(1, available)
        told[name] = removed[name]._asdict() | {"tokens": available, "epochs": epochs}
        scores[name] = [_score(plan, packed, work / "runs" / f"{name}-{seed}", seed) for seed in range(plan.seeds)]
    epochs_warning = [
        f"{name} has text for {arm['tokens']:,} tokens only: its models read it {arm['epochs']:.1f} times."
        for name, arm in told.items()
        if arm["epochs"] > 1
    ]
    return {
        "arms": told,
        "config": plan.config,
        "parameters": _parameters(work / "runs" / f"{next(iter(arms))}-0"),
        "tokens": plan.steps * batch_tokens,
        "seeds": plan.seeds,
        "vocab_size": plan.vocab_size,
        "held_out": {"documents": held_out.num_rows, "of_a_kind": plan.held_out},
        "warnings": epochs_warning,
        "rows": summarise(scores),
    }


def _corpus(plan: Plan, name: str, work: Path) -> Path:
    """The corpus of an arm, built if it is a recipe."""
    if _is_corpus(plan.arms[name]):
        return Path(plan.arms[name])
    out = work / "corpora" / name
    build_corpus.main(recipe=plan.arms[name], out=out, mirror=plan.mirror, workers=plan.workers, overwrite=True)
    return out


def _score(plan: Plan, packed: Path, out: Path, seed: int) -> dict[str, tuple[float, float]]:
    """Train one model and score it."""
    from model.ablation.scores import score_run

    settings = [
        f"train.steps={plan.steps}",
        f"train.seed={seed}",
        f"data.seed={seed}",
        f"schedule.warmup={max(1, plan.steps // 10)}",
        "train.validate_every=0",
        "train.sample_every=0",
        f"train.checkpoint_every={max(1, plan.steps // 4)}",
        "train.keep_last=1",
    ]
    pretrain.train_whole(
        config=plan.config, data=packed, out=out, settings=settings, resume_auto=True, device=plan.device
    )
    return score_run(out, packed, plan.device)


def _parameters(run_folder: Path) -> int:
    from model.runs.run_directory import load_decoder

    return sum(parameter.numel() for parameter in load_decoder(run_folder)[0].parameters())


if __name__ == "__main__":
    run(main)
