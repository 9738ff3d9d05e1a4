"""Promises about the packages themselves: what importing them loads.

What may import what is checked by lint-imports.
"""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import COMMANDS
from tests.helpers.parameters import unread

ROOT = Path(__file__).resolve().parents[1]
ORDER = ("corpus", "tokenizer", "model", "pipelines")
MODULES = sorted(
    p.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    for package in ORDER
    for p in (ROOT / package).rglob("*.py")
)


def test_corpus_and_tokenizer_never_load_torch() -> None:
    modules = [m for m in MODULES if m.split(".")[0] in ("corpus", "tokenizer") and not m.endswith("__main__")]
    code = (
        f"import sys, importlib\nfor m in {modules!r}:"
        " importlib.import_module(m.removesuffix('.__init__'))\nprint('torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert result.stdout.strip() == "False", result.stderr


def test_importing_corpus_loads_nothing_heavy() -> None:
    """`import corpus` takes under half a second because it loads none of these."""
    code = (
        "import sys, corpus; print([m for m in ('numba', 'pyarrow', 'numpy', 'pydantic', 'torch', 'datasets') if m in"
        " sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == "[]"


def test_kernels_load_no_blas() -> None:
    """Numba would load scipy.linalg, which never returns where memory is short."""
    code = "import sys, corpus.kernels.utf8; print([m for m in sys.modules if m.startswith('scipy.linalg')])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("folder", [m.removesuffix(".__init__") for m in MODULES if m.endswith(".__init__")])
def test_public_names(folder: str) -> None:
    """Each resolves, and none is hidden by a file or folder of the same name."""
    module = importlib.import_module(folder)
    for name in getattr(module, "__all__", ()):
        assert getattr(module, name) is not None
        assert f"{folder}.{name}" not in MODULES
        assert f"{folder}.{name}.__init__" not in MODULES
    assert module.__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        module.nothing  # noqa: B018


def test_a_public_name_is_loaded_when_used() -> None:
    code = (
        "import sys, corpus.duplicates as d; a = 'numba' in sys.modules; d.find_duplicates; print(a, 'find_duplicates'"
        " in dir(d))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert result.stdout.split() == ["False", "True"]


IMPORT = re.compile(r"^ *from ((?:corpus|tokenizer|model|pipelines)[\w.]*) import (.+)$", re.MULTILINE)
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_imports_in_the_docs_work(page: Path) -> None:
    for module, names in IMPORT.findall(page.read_text(encoding="utf-8")):
        for name in names.split(", "):
            assert getattr(importlib.import_module(module), name) is not None


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md"), *ROOT.glob("*.yml")], ids=lambda page: page.name)
def test_no_page_has_the_marks_of_an_unfinished_merge(page: Path) -> None:
    """Python and TOML with such marks are errors anyway; in a page nothing else would say so."""
    assert not re.search(r"^(<{7}|>{7}|\|{7}) |^={7}$", page.read_text(encoding="utf-8"), re.MULTILINE)


def test_both_readmes_have_the_same_figures_and_commands() -> None:
    """Row by row: numbers of three digits or with a point, since smaller ones are words in one of the languages."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md")]
    rows = [[line for line in text.splitlines() if line.startswith("|")] for text in texts]
    for english, korean in zip(*rows, strict=True):
        one, two = (sorted(re.findall(r"\d*\.\d+|\d[\d,]*\d\d", row)) for row in (english, korean))
        assert one == two, (english, korean)
    blocks = [re.findall(r"^```\w+\n(.*?)^```", text, re.S | re.M) for text in texts]
    commands = [re.sub(r" *#.*", "", "".join(each)) for each in blocks]
    assert commands[0] == commands[1]


def test_every_page_of_the_docs_is_in_the_navigation() -> None:
    """A page that is not can only be found by searching for it."""
    found = set(re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    assert found == {path.name for path in (ROOT / "docs").glob("*.md")}


def test_what_the_architecture_page_names_exists() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:corpus|tokenizer|model|pipelines)/[\w/]*\.py)(?::(\w+))?`", page)
    assert len(named) > 50
    for path, name in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not name or re.search(rf"^(def|class|async def) {name}\b|^{name}\b.*=", text, re.MULTILINE), (
            f"{path}: {name}"
        )
    for folder in re.findall(r"`((?:corpus|tokenizer|model|pipelines)/[\w/]*)/`", page):
        assert (ROOT / folder).is_dir(), folder


def test_every_command_is_listed_with_a_whole_sentence() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pipelines.cli"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines() if line.startswith("  ")]
    files = {p.stem for p in (ROOT / "pipelines").glob("*.py") if "\nif __name__ ==" in p.read_text(encoding="utf-8")}
    assert {name for name, _ in lines} == files - {"cli"}
    assert all(summary.endswith(".") for _, summary in lines)


# What a function does not take for nothing. Others may be there for a protocol: a template's name, a source's locator.
SETTINGS = {"seed", "settings", "limits", "limit", "weights", "sample", "version", "observer", "overwrite", "threshold"}
SETTINGS |= {"languages", "priorities", "profile", "least", "most", "size", "dtype", "step", "tokenizer", "mirror"}
CACHED = {("_open", "size"), ("_digest", "size"), ("_digest_of", "size")}  # keys of a cache: the state of a file


@pytest.mark.parametrize("package", ORDER)
def test_settings_that_a_function_takes_are_read(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}: {function}({name})"
        for path in (ROOT / package).rglob("*.py")
        for function, name in unread(path)
        if name in SETTINGS and (function, name) not in CACHED
    }
    assert not found


def test_no_query_runs_in_arrows_threads() -> None:
    """Where memory is short, a table's `sort_by`, and `group_by` with threads, wait for ever (pyarrow 26)."""
    files = [path for folder in ("corpus", "tokenizer", "model", "pipelines") for path in (ROOT / folder).rglob("*.py")]
    calls = re.findall(r"\.sort_by\(|\.group_by\([^()]*\)", "".join(path.read_text() for path in files))
    assert calls
    assert [call for call in calls if "use_threads=False" not in call] == []


def test_pages_and_messages_write_a_share_in_one_way() -> None:
    """`55.3 %`, as the docs do, by corpus.quantities.percent; Python's own format has no space."""
    folders = [ROOT / package for package in ORDER]
    paths = [path for folder in folders for kind in ("*.html", "*.py") for path in folder.rglob(kind)]
    assert len([path for path in paths if path.suffix == ".html"]) > 8
    by_hand = re.compile(r":[,.\d]*%\}|[fd]\} %\"\.format")
    assert [path.name for path in paths if by_hand.search(path.read_text(encoding="utf-8"))] == []


def test_messages_name_commands_as_they_are_typed() -> None:
    """`hanji pack`, in one way; `python -m pipelines.pack` is for docs of a source tree."""
    named = []
    for path in (
        path for folder in ("corpus", "tokenizer", "model", "pipelines") for path in (ROOT / folder).rglob("*.py")
    ):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        named += [
            (path.name, node.lineno, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
        ]
    assert [(name, line) for name, line, text in named if re.search(r"python -m pipelines", text)] == []
    told = {word for _, _, text in named for word in re.findall(r"`hanji ([a-z][a-z_-]+)", text)}
    assert {word.replace("-", "_") for word in told} <= {*COMMANDS, "completion"}
    assert len(told) > 8
