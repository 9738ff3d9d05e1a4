"""Compile all kernels ahead of the first run, for images and shared machines."""

import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.table import Table

from pipelines.ahead import compile_ahead, load_all, wanted
from pipelines.build_corpus import RECIPES
from pipelines.compiling import CompileNotice, cache_folder, compiled
from pipelines.console import console, run

TIMES = "warm-up.json"  # in the cache folder: what `hanji doctor` shows


def main(
    again: Annotated[bool, typer.Option("--again", help="compile anew into an empty folder, to measure it")] = False,
) -> dict[str, Any]:
    """Run the demo's corpus with spans and test items, tokenizer, packing and deduplication in a temporary folder.

    That compiles the kernels that they use.

    Kernels go to the cache folder that every later run of this user reads: ~/.cache/hanji, or NUMBA_CACHE_DIR. An
    image sets NUMBA_CACHE_DIR to a folder that all its users can read, and runs this command once.
    """
    with tempfile.TemporaryDirectory(prefix="hanji-warm-up-") as scratch:
        if again:
            os.environ["NUMBA_CACHE_DIR"] = f"{scratch}/kernels"
        before, begun = compiled(), time.perf_counter()
        with CompileNotice(lambda text: console.print(text)):
            groups = _groups(Path(scratch))
        ready = compiled()
        result: dict[str, Any] = {
            "folder": str(cache_folder()),
            "kernels_before": before,
            "kernels": ready,
            "seconds": round(time.perf_counter() - begun, 1),
            "groups": groups,
        }
        if ready > before:  # with --again the folder is a temporary one
            from corpus.engine.task import write_json

            write_json(cache_folder() / TIMES, result)
    table = Table("kernels of", "files", "seconds", box=SIMPLE)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, group in groups.items():
        table.add_row(name, str(group["kernels"]), f"{group['seconds']:.1f}")
    console.print(table)
    console.print(f"{result['kernels']} kernels in {result['folder']}, {result['seconds']} s.")
    return result


def _recipe(scratch: Path) -> str:
    """The demo with what it leaves out: test items, repeated spans, and markup."""
    recipe = scratch / "warm-up.toml"
    sentences = [f"{n}번째 문장은 낱말 {n * n}개를 센다." for n in range(300)]
    items, texts = scratch / "items.jsonl", scratch / "texts.jsonl"
    items.write_text(_lines([" ".join(sentences[:20])]), encoding="utf-8")
    passage = " ".join(sentences[100:200])
    own = [" ".join(sentences[20:60]), " ".join(sentences[60:100])]
    texts.write_text(
        _lines([f"# 제목\n\n[글](https://example.com) {text}\n\n{passage}" for text in own]), encoding="utf-8"
    )
    source = "name = 'warm-up'\nlicense = 'CC0-1.0'\nlang = 'ko'\nprofile = 'none'"
    added = [
        f"[[sources]]\n{source}\nfiles = [{json.dumps(str(texts))}]",
        f"[contamination]\nsets = [{{ task = 'items', files = [{json.dumps(str(items))}], fields = ['text'] }}]",
    ]
    recipe.write_text("\n".join([(RECIPES / "demo.toml").read_text(encoding="utf-8"), *added]), encoding="utf-8")
    return str(recipe)


def _lines(texts: list[str]) -> str:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts)


def _groups(scratch: Path) -> dict[str, dict[str, Any]]:
    """What each step compiled: files and seconds. A first run compiles what is not on the list."""
    load_all()

    def package(name: str) -> Callable[[], None]:
        entries = [entry for entry in wanted() if entry[0].startswith(f"{name}.")]
        return lambda: compile_ahead(entries, os.cpu_count() or 1)

    steps = {name: package(name) for name in ("corpus", "tokenizer", "model")}
    found = {}
    for name, work in {**steps, "a first run": lambda: first_runs(scratch)}.items():
        before, begun = compiled(), time.perf_counter()
        work()
        found[name] = {"kernels": compiled() - before, "seconds": round(time.perf_counter() - begun, 1)}
    return found


def first_runs(scratch: Path) -> None:
    """All commands that call kernels, in this process."""
    from pipelines import build_corpus, dedup, pack, train_tokenizer

    corpus, tokenizer = scratch / "corpus", scratch / "tokenizer"
    quiet, console.quiet = console.quiet, True
    try:
        build_corpus.main(recipe=_recipe(scratch), out=corpus, mirror=None, workers=1)
        train_tokenizer.main(corpus=corpus, out=tokenizer, vocab_size=1024, workers=1)
        pack.main(corpus=corpus, tokenizer=tokenizer, out=scratch / "packed", seq_len=512, workers=1)
        dedup.main(data=corpus / "train", out=scratch / "dedup", workers=1)
    finally:
        console.quiet = quiet


if __name__ == "__main__":
    run(main)
