"""Analyse tokenizers: fertility with intervals, parity, morphology and vocabulary, beside others, on one page."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from corpus import release
from corpus.engine.local import LocalEngine
from corpus.engine.marker import Maker, hashes_of
from corpus.engine.output import claim
from corpus.engine.task import file_sha256, read_json, settings_sha256, write_json
from corpus.errors import UserError
from corpus.shards import read_shard, shard_paths
from pipelines.arguments import require_input
from pipelines.console import OVERWRITE, Ended, console, run, warn
from pipelines.engine import Display

MAKER = Maker("report_tokenizer", "a fertility report")
SERIAL = 256 << 20  # bytes to encode, for all tokenizers together, below which more processes cost more than they save


def main(
    tokenizer: Annotated[
        list[Path] | None,
        typer.Option(help="File or folder of a tokenizer; may be given several times; default: runs/tokenizer."),
    ] = None,
    corpus: Annotated[Path, typer.Option(help="Corpus directory, as build_corpus leaves it.")] = Path("runs/demo"),
    split: Annotated[
        Literal["validation", "train", "all"] | None,
        typer.Option(help="Documents to measure; default: validation, which no tokenizer is trained on."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Directory for fertility.json and report.html.")] = Path("runs/fertility"),
    parallel: Annotated[
        Path | None,
        typer.Option(help="Folder of parallel text: NAME.LANG files of lines, or .jsonl with a text a language."),
    ] = None,
    peers: Annotated[
        str,
        typer.Option(
            help="Names or paths, e.g. gpt2,cl100k,o200k; all: whatever is found; default: all of --peers-dir."
        ),
    ] = "",
    peers_dir: Annotated[Path | None, typer.Option(help="Folder of tokenizers to compare with.")] = None,
    fail_if: Annotated[
        list[str] | None, typer.Option(help="Exit with 1 if so, e.g. 'ko_fertility>2.1'; may be given several times.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of samples and intervals.")] = 0,
    workers: Annotated[int, typer.Option(min=0, max=4096, help="Processes; 0: as many as it is worth.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OVERWRITE)] = False,
) -> dict[str, Any]:
    """Analyse tokenizers on a corpus; writes fertility.json and report.html."""
    # What is wrong is told before the kernels are loaded, which takes a second.
    from tokenizer.analysis.limits import check, check_names, parse_limit
    from tokenizer.analysis.packaged import PACKAGED
    from tokenizer.analysis.places import files_of, folder_peers, seek_peers

    tokenizer = tokenizer or [Path("runs/tokenizer")]
    ours = _named(tokenizer)
    limits = [parse_limit(text) for text in fail_if or []]
    if parallel is not None:
        require_input(parallel, "--parallel")
    names = [name.strip() for name in peers.split(",") if name.strip()]
    found, missing = seek_peers(names or None, peers_dir)
    if unknown := [peer["name"] for peer in missing if peer["name"] not in PACKAGED]:
        known = ", ".join([*PACKAGED, *(folder_peers(peers_dir) if peers_dir else ())])
        raise UserError(f"--peers {','.join(unknown)}: no such tokenizer. Accepted: all, a path, {known}.")
    measured, shards = measured_shards(corpus, split)
    from tokenizer.analysis.survey import read_size

    if limits:
        check_names(limits, read_size(shards).languages)
    from tokenizer.analysis.parity import read_parallel
    from tokenizer.page.page import write_page
    from tokenizer.report import Candidate, build, prepare
    from tokenizer.training.files import seen

    texts = read_parallel(parallel) if parallel else {}
    hashes = hashes_of(corpus, shards)
    candidates = [Candidate(name, path, True, seen(path, hashes)) for name, path in ours.items()]
    candidates += [Candidate(name, path, False) for name, path in found.items() if name not in ours]
    gold = next(iter(sorted(parallel.glob("*.ko.pos"))), None) if parallel else None
    identity = {
        "hanji": release(),
        "tokenizers": {c.name: [file_sha256(path) for path in files_of(c.path)] for c in candidates},
        "missing": missing,
        "split": measured,
        "seen": {c.name: c.seen for c in candidates},
        "text": hashes,
        "parallel": settings_sha256(texts),
        "morphemes": file_sha256(gold) if gold else "",
        "seed": seed,
    }
    with claim(out, MAKER, identity, overwrite) as folder:
        if folder.done:
            report: dict[str, Any] = read_json(out / "fertility.json")
        else:
            console.print(f"{len(candidates)} tokenizers; reading {corpus} and analysing Korean sentences with Kiwi")
            shared = prepare(shards, texts, gold, seed)
            small = shared.sizes.bytes_of() * len(candidates) < SERIAL
            with Display() as display, LocalEngine(workers or (1 if small else None), display) as engine:
                report = build(candidates, missing, shared, corpus, engine, measured)
            staged = folder.staging()
            write_json(staged / "fertility.json", report)
            write_page(report, staged / "report.html", _encodable(report))
            folder.publish(staged, "fertility.json")
    console.print(headline(report))
    for entry in report["tokenizers"]:
        if entry["seen"] in ("all", "part"):
            some = "some" if entry["seen"] == "part" else "all"
            warn(f"{entry['name']} was trained on {some} of this text; on new text it needs more tokens.")
        if entry["ours"] and entry["slow"]:
            text = f"{entry['name']} is measured on a sample, encoded by a slower library: {entry['slow']}"
            console.print(text, markup=False)
    for peer in report["missing"]:
        console.print(f"missing: {peer['name']}: {peer['reason']}", markup=False)
    console.print(f"{out}: fertility.json and report.html", markup=False)
    if broken := check(report, limits):
        print("\n".join(broken))
        raise Ended(1, _result(out, report, broken))
    return _result(out, report, broken)


def _result(out: Path, report: dict[str, Any], broken: list[str]) -> dict[str, Any]:
    figures = {
        entry["name"]: {language: group["metrics"] for language, group in entry["languages"].items()}
        for entry in report["tokenizers"]
    }
    return {"out": str(out), "corpus": report["corpus"], "tokenizers": figures, "missing": report["missing"]} | {
        "broken_limits": broken
    }


def measured_shards(corpus: Path, split: str | None) -> tuple[str, list[Path]]:
    """The split that is measured and its shards; the held-out documents where none is named and there are any."""
    if split is None:
        held_out = shard_paths(corpus, "validation")
        if any(batch.num_rows for path in held_out for batch in read_shard(path)):
            return "validation", held_out
        warn(f"{corpus} holds no document out (recipe key: validation); its training documents are measured.")
    if split == "validation":
        return split, shard_paths(corpus, split)
    names = ("train",) if split == "train" else ("train", "validation")
    return split or "all", [path for name in names for path in shard_paths(corpus, name)]


def _named(paths: list[Path]) -> dict[str, Path]:
    """The given tokenizers by name; those of the same name by more of their paths."""
    from tokenizer.analysis.places import files_of, name_of

    found: dict[str, Path] = {}
    for path in paths:
        files_of(path)  # told now what is missing
        name = name_of(path)
        if [name_of(other) for other in paths].count(name) > 1:
            name = str(path)
        found[name] = path
    return found


def _encodable(report: dict[str, Any]) -> dict[str, Path]:
    """Ours that have a tokenizer.json of byte-level tokens, which the page can encode with, by name."""
    from tokenizer.analysis.places import files_of

    ours = {
        entry["name"]: entry for entry in report["tokenizers"] if entry["ours"] and entry["kind"].startswith("byte")
    }
    found = {name: files_of(Path(entry["path"])) for name, entry in ours.items()}
    return {name: files[0] for name, files in found.items() if len(files) == 1}


def headline(report: dict[str, Any]) -> Table:
    """The figures that people quote, at most 80 columns wide."""
    sampled = any(not group["exact"] for entry in report["tokenizers"] for group in entry["languages"].values())
    caption = "~ measured on a sample" if sampled else None
    table = Table(title="Fertility: tokens per word, and bytes per token", caption=caption, box=SIMPLE)
    table.add_column("tokenizer", overflow="fold", max_width=24)
    languages = list(dict.fromkeys(lang for entry in report["tokenizers"] for lang in entry["languages"]))[:2]
    languages.sort(key=lambda lang: lang != "ko")
    for language in languages:
        for what in ("tokens\nper word", "bytes\nper token"):
            table.add_column(f"{language} {what}", justify="right", no_wrap=True)
    table.add_column("ko/en\npremium", justify="right", no_wrap=True)
    for entry in report["tokenizers"]:
        cells = []
        for language in languages:
            group = entry["languages"].get(language)
            for metric, digits in (("fertility", 3), ("bytes_per_token", 2)):
                cells.append(
                    _cell(group and group["metrics"][metric]["value"], digits, bool(group and not group["exact"]))
                )
        sets = [found for found in (entry["parity"] or {}).values() if isinstance(found, dict) and found["premium"]]
        cells.append(_cell(sets[0]["premium"]["value"] if sets else None, 2, False))
        table.add_row(Text(entry["name"], "bold" if entry["ours"] else ""), *cells)
    return table


def _cell(value: float | None, digits: int, sampled: bool) -> str:
    return "–" if value is None else f"{'~' if sampled else ''}{value:.{digits}f}"


if __name__ == "__main__":
    run(main)
