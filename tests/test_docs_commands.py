"""Every command in README and docs: its options exist, and what the demo suffices for is run as written."""

import importlib
import re
import shlex
from pathlib import Path

import pytest
import typer.main

from pipelines.cli import COMMANDS
from pipelines.console import application
from tests.helpers.commands import typed

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if page.is_file() and page.name not in ("decisions.md", "cleaning-examples.md")]
STARTS = ("hanji ", "python -m pipelines.")
NAMED_ONLY = re.compile(r"(?:hanji|python -m pipelines\.) ?[\w-]+$")  # a command's name in a sentence

# Why a command is not run here; its options are checked all the same.
NOT_RUN = {
    r"--recipe (mini|42dot|NAME)|--mirror|pipelines\.mirror": "reads upstream files",
    r"--engine ray|--ray-address": "needs a cluster",
    r"(s3|gs|hf)://": "needs a bucket and its credentials",
    r"kobest|english|--step all|--compare": "needs the tasks' data",
    r"\b[A-Z]{2,}\b|…|\bT\b|\bC\b|\bREP\b": "has a placeholder",
    r"runs/mini|runs/chain|off\.toml|good/|shared/data|my-files|my\.toml|my-corpus": "needs files of the reader",
    r"end_to_end|warm-up": "runs the chain that the others run step by step",
    r"--serve": "serves a page until it is stopped",
    r"hanji doctor": "looks at the machine, and may rightly say that something is wrong",
    r"--tokens 10000000000": "names sources that the demo lacks",
    r"--config (mini|350m|1\.3b)|torchrun": "trains for long",
    r"publish(?!.*--dry-run)": "uploads",
}


def commands(page: Path) -> list[str]:
    """The commands of a page: lines of code blocks, with what a backslash joins, and code in sentences."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = re.findall(r"^```(?:sh|bash|console)\n(.*?)^```", text, re.S | re.M)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += [line.strip() for line in text.splitlines() if line.startswith("    ")]
    rest = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    inline = [code for code in re.findall(r"`([^`\n]+)`", rest) if not NAMED_ONLY.fullmatch(code)]
    found = [part.strip() for line in [*lines, *inline] for part in line.split("&&")]
    return [line.replace("\\|", "|") for line in found if line.startswith(STARTS)]


ALL = [pytest.param(line, id=f"{page.name}: {line[:70]}") for page in PAGES for line in dict.fromkeys(commands(page))]


def arguments(line: str) -> list[str]:
    """Command and arguments, without comments, brackets and dots of a synopsis."""
    words = shlex.split(re.sub(r"[\[\]]| …", " ", line).replace("<", "").replace(">", ""), comments=True)
    return words[1:] if words[0] == "hanji" else [words[2].removeprefix("pipelines."), *words[3:]]


@pytest.mark.parametrize("line", ALL)
def test_a_command_and_its_options_exist(line: str) -> None:
    name, *rest = arguments(line)
    if name in ("--version", "-h", "--help", "COMMAND", "completion") or "--help" in rest or "-h" in rest:
        return
    assert name.replace("-", "_") in COMMANDS
    main = importlib.import_module(f"pipelines.{name.replace('-', '_')}").main
    spellings = getattr(main, "spellings", {})
    known = {
        option
        for parameter in typer.main.get_command(application(main)).params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    options = {spellings.get(word, word).partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert options <= known, f"no such option of {name}"


def reason(line: str) -> str | None:
    """Why a command is not run, or None."""
    bare = line.partition("  #")[0]
    if not line.startswith(STARTS) or re.search(r"[|]", bare):
        return "is a choice, not a command"
    return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, bare)), None)


ORDER = ("build_corpus", "train_tokenizer", "report_tokenizer", "pack", "pretrain", "generate", "export", "evaluate")


@pytest.mark.slow
def test_commands_run_as_written_on_the_outputs_of_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after another in one folder, in the order of the chain, as a reader would; then those that only look."""
    lines = [str(parameter.values[0]) for parameter in ALL]
    chosen = {tuple(shlex.split(line, comments=True)): line for line in lines if reason(line) is None}
    named = {words: arguments(line)[0].replace("-", "_") for words, line in chosen.items()}
    wanted = {"build_corpus", "train_tokenizer", "pack", "pretrain", "generate", "trace", "inspect", "pages"}
    assert wanted <= set(named.values())
    monkeypatch.chdir(tmp_path)
    failed = []
    for words in sorted(chosen, key=lambda words: ORDER.index(named[words]) if named[words] in ORDER else len(ORDER)):
        done = typed(words, unset=("HANJI_MIRROR",), HF_HUB_OFFLINE="1")
        if done.returncode:
            failed.append(f"{chosen[words]}\n  exit {done.returncode}: {done.stderr[-600:]}")
    assert not failed, "\n".join(failed)
