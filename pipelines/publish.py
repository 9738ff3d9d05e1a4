"""Publish a corpus, tokenizer, packed data or exported model on the Hugging Face hub, with its card."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import typer

from corpus.errors import UserError, first_line, unreachable
from corpus.quantities import megabytes
from pipelines.console import console, run, shown, warn

FILES_A_COMMIT = 200
# They show texts that were dropped for a reason: not for others.
DROPPED = ("rejects/", "report.html", "audit.html", "audit.json")


class Plan(NamedTuple):
    """What goes to the hub."""

    kind: str
    repository: Literal["dataset", "model"]
    files: dict[str, Path]  # name there → file here
    written: dict[str, str]  # name there → text made for it
    concerns: list[str]


def main(
    folder: Annotated[Path, typer.Argument(help="a finished corpus, tokenizer, packed data or export")],
    repo: Annotated[str, typer.Option(help="OWNER/NAME on the hub; default: NAME of the folder, of your account")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show card and files; touch no network")] = False,
    private: Annotated[bool, typer.Option("--private", help="only you and your organisation see it")] = False,
    card: Annotated[Path | None, typer.Option(help="write the card to this file, too")] = None,
) -> dict[str, Any]:
    """Show what would go there with --dry-run; without it, make the repository and upload.

    A corpus gets a dataset card (sources, licences, books, what was left out, test items, the recipe) and Croissant
    metadata, and goes without rejects/, the report and the audit, which show dropped texts. A tokenizer gets its card;
    packed data and exports have theirs already. Before uploading every file is compared with its SHA-256. Log in with
    `hf auth login`.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    name = repo or folder.resolve().name
    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise UserError(f"{name!r} is no name for the hub: {error} Give one with --repo OWNER/NAME.") from error
    plan = make_plan(folder, name)
    size = sum(path.stat().st_size for path in plan.files.values())
    for text in plan.concerns:
        warn(f"{text}.".replace("..", "."))
    if card is not None and "README.md" in plan.written:
        card.write_text(plan.written["README.md"], encoding="utf-8")
    total = len(plan.files) + len(plan.written)
    console.print(f"{plan.kind} {folder} as the {plan.repository} {name}: {total:,} files, {megabytes(size)}")
    result = {
        "repository": name,
        "type": plan.repository,
        "files": {there: path.stat().st_size for there, path in plan.files.items()},
        "written": plan.written,
        "concerns": plan.concerns,
    }
    if dry_run:
        out = shown()
        for there, text in plan.written.items():
            out.rule(there)
            out.print(text if there.endswith(".md") else f"{len(text.encode()):,} bytes")
        for there, path in plan.files.items():
            out.print(f"  {megabytes(path.stat().st_size):>9}  {there}")
        console.print("Nothing was uploaded.")
        return result
    return result | {"url": _upload(folder, plan, name, private)}


def make_plan(folder: Path, name: str) -> Plan:
    """What goes to the hub from a folder. Raises UserError for one that no command finished."""
    import json

    from corpus.publishing import concerns, croissant, dataset_card, tokenizer_card

    files = dict(sorted(_files(folder)))
    if (folder / "manifest.json").is_file() and (folder / "stats.json").is_file():
        files = {there: path for there, path in files.items() if not there.startswith(DROPPED)}
        metadata = json.dumps(croissant(folder, name, date.today().isoformat()), ensure_ascii=False, indent=1)
        written = {"README.md": dataset_card(folder, name), "croissant.json": metadata + "\n"}
        return _plan("Corpus", "dataset", files, written, concerns(folder))
    if (folder / "packing.json").is_file():
        return _plan("Packed data", "dataset", files, {}, [])
    if (folder / "training.json").is_file():
        kept = {there: path for there, path in files.items() if not there.startswith("counts/")}
        return _plan("Tokenizer", "model", kept, {"README.md": tokenizer_card(folder, name)}, [])
    if (folder / "model.gguf").is_file() or ((folder / "config.json").is_file() and any(folder.glob("*.safetensors"))):
        return _plan("Model", "model", files, {}, [])
    raise UserError(
        f"{folder}: neither a finished corpus (manifest.json), packed data (packing.json), a tokenizer (training.json)"
        " nor an export (config.json and *.safetensors, or model.gguf). A run is exported first: hanji export."
    )


def _plan(
    kind: str, repository: Literal["dataset", "model"], files: dict[str, Path], written: dict[str, str], told: list[str]
) -> Plan:
    return Plan(kind, repository, {there: p for there, p in files.items() if there not in written}, written, told)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything but hidden files and folders: what work needs, and markers, stay here."""
    for path in folder.rglob("*"):
        below = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in below.parts):
            yield below.as_posix(), path


def _upload(folder: Path, plan: Plan, name: str, private: bool) -> str:
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    from corpus.engine.verify import find_results

    for result in find_results(folder):
        for problem, _ in result.check():
            if problem:
                raise UserError(f"{problem}. Nothing was uploaded; make the folder anew.")
    api = HfApi()
    try:
        url = api.create_repo(name, repo_type=plan.repository, private=private, exist_ok=True)
        there = [CommitOperationAdd(path, text.encode()) for path, text in plan.written.items()]
        there += [CommitOperationAdd(path, str(file)) for path, file in plan.files.items()]
        for first in range(0, len(there), FILES_A_COMMIT):
            some = there[first : first + FILES_A_COMMIT]
            api.create_commit(url.repo_id, some, commit_message="Upload by Hanji", repo_type=plan.repository)
    except LocalTokenNotFoundError as error:
        raise UserError("You are not logged in to the Hugging Face hub: hf auth login.") from error
    except HfHubHTTPError as error:
        raise UserError(f"The hub refused {name}: {error}. Check the name and that your token may write.") from error
    except Exception as error:
        if unreachable(error) is None:
            raise
        raise UserError(
            f"No network: the hub cannot be reached ({first_line(error)}). Check the connection and run the same"
            " command again; files that are there already are not sent twice. `--dry-run` needs no network."
        ) from error
    console.print(f"Uploaded: {url}")
    return str(url)


if __name__ == "__main__":
    run(main)
