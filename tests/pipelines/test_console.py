"""What ends a command, as its user reads it: a paragraph for what is outside the program, a traceback for mistakes of
ours."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import requests

from corpus.errors import UserError
from pipelines.cli import COMMANDS
from pipelines.console import console, explain, run, shown, warn, warn_of_unreadable
from tests.helpers.commands import Done, called

ROOT = Path(__file__).resolve().parents[2]


def command(name: str, *arguments: str | Path) -> Done:
    return called(name, *arguments, unset=("HANJI_MIRROR", "HF_HUB_OFFLINE"))


def test_errors_of_the_machine_are_paragraphs_and_mistakes_are_not() -> None:
    assert (explain(OSError(errno.EROFS, "x", "/data")) or "").startswith("/data: the disk is read-only. Name a folder")
    assert explain(UserError("row 7")) == "row 7"
    full = OSError(errno.ENOSPC, "write failed: No such file (os error 2)", "/data")
    assert (explain(full) or "").startswith("/data: no space left")  # its own number, not that of its words
    wrapped = RuntimeError("read of x failed")
    wrapped.__cause__ = UserError("row 7")
    assert explain(wrapped) == "row 7"
    assert (explain(ConnectionResetError(errno.ECONNRESET, "reset by the peer")) or "").startswith("reset by the peer.")
    for mistake in (
        KeyError("x"),
        ValueError("y"),
        AssertionError("z"),
        OSError("without a number"),
        BrokenPipeError(32, "pipe"),
    ):
        assert explain(mistake) is None


def test_every_library_that_finds_no_network_gives_the_same_paragraph() -> None:
    from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

    request = httpx.Request("GET", "https://upstream.example/a/b.gz")
    errors: list[Exception] = [
        httpx.ConnectError("[Errno -3] Temporary failure in name resolution", request=request),
        httpx.ReadTimeout("timed out", request=request),
        requests.ConnectionError("Max retries exceeded"),
        LocalEntryNotFoundError("not in the cache"),
        OfflineModeIsEnabled("offline"),
    ]
    for error in errors:
        outer = RuntimeError("download failed")
        outer.__context__ = error
        for seen in (error, outer):
            told = explain(seen) or ""
            assert told.startswith("No network: ")
            assert "--mirror DIR" in told
            assert "hanji mirror" in told
    assert "upstream.example cannot be reached (wanted: https://upstream.example/a/b.gz)" in (explain(errors[0]) or "")


def test_what_is_to_be_read_is_as_wide_as_it_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe or a file 160 columns, or as many as are asked for; and with --quiet nothing."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert (shown().width, shown().quiet) == (160, False)
    monkeypatch.setenv("COLUMNS", "70")
    assert shown().width == 70
    monkeypatch.setattr(console, "quiet", True)
    assert shown().quiet


def test_names_with_brackets_are_printed_as_they_are() -> None:
    with console.capture() as captured:
        console.print("a[b/]c[/d] [bold]x[/]")
    assert captured.get() == "a[b/]c[/d] [bold]x[/]\n"


@pytest.mark.parametrize("name", ["a[b/]c[/d]", "[bold]x", "한글 폴더", "-dash"])
def test_a_folder_of_any_name_is_named_in_the_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("a file")
    result = command("build_corpus", "--recipe", "demo", f"--out={tmp_path / name}")
    assert result.returncode == 2
    assert f"{name} is a file" in result.stderr
    assert "Traceback" not in result.stderr


def _no_network() -> list[str]:
    """A prefix that runs a program without any network, where this machine can."""
    prefix = ["unshare", "--net"]
    try:
        able = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        able = False
    return prefix if able else []


CALLS = """
import json, sys
from tests.helpers.commands import called
print(json.dumps([called(*words) for words in json.loads(sys.argv[1])]))
"""


STORE = "s3://bucket.example/x"
OFFLINE = {  # what each command does where it needs a network, and words of its error
    "build_corpus": ("--recipe mini --out {0}/a", "source 'klue': No network: huggingface.co cannot be reached"),
    "mirror": ("--recipe mini --out {0}/a", "source 'klue': No network: huggingface.co cannot be reached"),
    "ablate": ("--recipes mini demo --out {0}/a", "source 'klue': No network: huggingface.co cannot be reached"),
    "end_to_end": ("--recipe mini --out {0}/a", "source 'klue': No network: huggingface.co cannot be reached"),
    "decontaminate": ("--in {0}/texts.jsonl --sets kobest --out {0}/a", "kobest_v1/boolq/test.jsonl: huggingface.co"),
    "doctor": ("", ""),  # it says so in a line of its own, and that is no mistake
    "warm_up": ("-h", ""),  # reads nothing but the demo
    "new": (f"recipe {STORE}", STORE),
    "dedup": (f"--in {STORE} --out {{0}}/a", STORE),
    "train_quality": (f"--positive {STORE} --negative {STORE} --out {{0}}/a.bin", STORE),
    "index": (f"--in {STORE} --out {{0}}/a", STORE),
    "train_tokenizer": (f"--corpus {STORE} --out {{0}}/a", STORE),
    "report_tokenizer": (f"--corpus {STORE} --out {{0}}/a", STORE),
    "pack": (f"--corpus {STORE} --out {{0}}/a", STORE),
    "inspect": (STORE, STORE),
    "trace": (f"--corpus {STORE} --text x", STORE),
    "audit": (f"--corpus {STORE} --out {{0}}/a", STORE),
    "pages": (STORE, STORE),
    "verify": (STORE, STORE),
    "pretrain": (f"--data {STORE} --out {{0}}/a", STORE),
    "generate": (f"--run {STORE} --prompt x", STORE),
    "evaluate": (f"--run {STORE} --out {{0}}/a", STORE),
    "publish": (f"{STORE} --repo a/b", STORE),
    "export": (f"--run {STORE} --out {{0}}/a", STORE),
}


def test_without_a_network_every_command_names_what_it_could_not_reach(tmp_path: Path) -> None:
    """One paragraph, no traceback (`called` would raise it): the host or the store, the source, and what to do."""
    prefix = _no_network()
    if not prefix:
        pytest.skip("needs the right to run a program without a network (unshare --net)")
    pytest.importorskip("s3fs")
    assert OFFLINE.keys() == set(COMMANDS)
    (tmp_path / "texts.jsonl").write_text('{"text": "한지는 오래 간다."}\n', encoding="utf-8")
    uses = {name: words.format(tmp_path).split() for name, (words, _) in OFFLINE.items()}
    uses["build_corpus "] = ["--recipe", "mini", "--dry-run"]
    line = [*prefix, sys.executable, "-c", CALLS, json.dumps([[name.strip(), *words] for name, words in uses.items()])]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HANJI_", "HF_", "AWS_"))}
    result = subprocess.run(line, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr
    for name, (code, out, told) in zip(uses, json.loads(result.stdout), strict=True):
        words = OFFLINE[name.strip()][1]
        assert code == (2 if words else 0), (name, told)
        assert words in told, (name, told)
        advice = "Check the" if words.startswith(STORE) or "kobest" in words else "--mirror DIR"
        assert not words or advice in told, (name, told)
        if name == "doctor":
            assert "https://huggingface.co does not answer" in out


@pytest.mark.parametrize("name", ["../../etc/x", "a/b", ".hidden", "", "a\\nb"])
def test_a_recipe_is_named_like_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "r.toml").write_text(f'name = "{name}"\n[[sources]]\nname = "klue"\n')
    result = command("build_corpus", "--recipe", tmp_path / "r.toml")
    assert result.returncode == 2
    assert "key 'name'" in result.stderr


@pytest.mark.parametrize(
    "error",
    [
        ImportError("x/_compute.so: failed to map segment from shared object"),
        ImportError("libtorch.so: cannot allocate memory in static TLS block"),
        OSError("Could not find/load shared object file 'libllvmlite.so' from resource location: 'llvmlite.binding'."),
    ],
)
def test_a_library_without_memory_is_one_sentence(error: Exception) -> None:
    told = explain(error)
    assert told is not None
    assert told.startswith(f"A library could not be loaded: {error}")
    assert explain(ImportError("No module named 'x'")) is None
    wrapped = ImportError("Please install x.")
    wrapped.__cause__ = error
    assert explain(wrapped) == told


def test_what_fails_in_torchs_writer_is_one_sentence() -> None:
    from torch.distributed.checkpoint.api import CheckpointException

    full = OSError(errno.EMFILE, "Too many open files", "run/checkpoints/step-000002")
    told = explain(CheckpointException("write", {0: (full, None)}))
    assert told is not None
    assert told == explain(full)
    mistake = ValueError("a mistake")
    assert explain(CheckpointException("write", {0: (mistake, None)})) is None
    assert explain(CheckpointException("write", {0: (mistake, None), 1: (full, None)})) == told


def test_what_the_system_refuses_a_library_in_rust_is_one_sentence(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    with pytest.raises(Exception, match=r"os error \d+") as failed:
        safetensors.save_file({}, str(tmp_path / "none" / "model.safetensors"))
    told = explain(failed.value)
    assert told is not None
    assert "no such file or folder" in told.lower()
    assert (explain(RuntimeError("write failed (os error 28)")) or "").startswith("no space left on the disk.")


@pytest.mark.parametrize(("lost", "told"), [(5, True), (4, False), (0, False)])
def test_half_of_the_records_unreadable_is_a_warning(lost: int, told: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with console.capture() as captured:
        warn_of_unreadable({"records": 9, "unreadable": {"bad json": lost} if lost else {}})
    line = f"warning: {lost} of 9 records could not be read ({lost} bad json); see unreadable.jsonl.\n"
    assert captured.get() == (line if told else "")


def test_a_mistake_after_an_error_of_the_user_is_a_mistake() -> None:
    """Only what is raised from it is told in its words; what fails while it is handled is a failure of its own."""

    def failed(caused: bool) -> BaseException:
        try:
            try:
                raise UserError("mend it")
            except UserError as error:
                if caused:
                    raise KeyError("x") from error
                raise KeyError("x")  # noqa: B904 - the case
        except KeyError as error:
            return error

    assert explain(failed(caused=True)) == "mend it"
    assert explain(failed(caused=False)) is None


def _works(workers: int = 0, out: str = "") -> dict[str, int]:
    return {"n": workers}


def _computes(device: int = 0, out: str = "") -> dict[str, int]:
    return {"n": device}


def _looks(other: int = 0, out: str = "") -> dict[str, int]:
    return {"n": other}


@pytest.mark.parametrize(
    ("main", "option", "told"), [(_works, "workers", True), (_computes, "device", True), (_looks, "other", False)]
)
def test_what_loads_libraries_for_seconds_says_that_it_starts(
    capsys: pytest.CaptureFixture[str], main: Callable[..., dict[str, int]], option: str, told: bool
) -> None:
    """Unless nothing is to be told; a result as JSON is alone on standard output."""

    def ended(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            run(main, list(words))
        shown = capsys.readouterr()
        return int(end.value.code or 0), shown.out, shown.err

    starting = "test_console: starting\n" * told
    assert ended(f"--{option}", "3") == (0, "", starting)
    assert ended("--quiet") == (0, "", "")
    assert ended("--json", f"--{option}", "3") == (0, '{\n "n": 3\n}\n', starting)
    assert ended("--out", "-") == (0, "", starting)
    code, out, err = ended("--json", "--out", "-")
    assert (code, json.loads(out)["error"][:30]) == (2, "--out - and --json both write ")
    assert "Give a folder with --out" in " ".join(err.split())
    assert not console.quiet


@pytest.mark.parametrize("quiet", [False, True])
def test_what_must_be_read_is_printed_and_the_console_is_as_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], quiet: bool
) -> None:
    monkeypatch.setattr(console, "quiet", quiet)
    warn("look [here]")
    assert capsys.readouterr().err == "warning: look [here]\n"
    assert console.quiet == quiet
