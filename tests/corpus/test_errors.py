"""Messages of other libraries within ours."""

import builtins
import errno
import os
from pathlib import Path

import pytest

from corpus.errors import (
    ADVICE,
    RESUME,
    UserError,
    did_you_mean,
    explain_os_error,
    first_line,
    unloadable,
    unreachable,
)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one\ntwo"), "one"),
        (ValueError("\n\n  two  \nthree"), "two"),
        (ValueError(), "ValueError"),
        (KeyError(""), "''"),
        (RuntimeError(" \n "), "RuntimeError"),
        ("", ""),
        ("out\r\nmore", "out"),
    ],
)
def test_the_first_line_of_a_message(error, line):
    assert first_line(error) == line


TOLD = {
    errno.ENOSPC: "no space left", errno.EDQUOT: "quota", errno.EACCES: "permission", errno.EPERM: "permission",
    errno.EROFS: "read-only", errno.EMFILE: "too many open files", errno.ENFILE: "too many open files",
    errno.ENAMETOOLONG: "too long", errno.EIO: "could not read or write", errno.ENOMEM: "not enough memory",
    errno.ENOENT: "no such file", errno.EISDIR: "is a folder", errno.ENOTDIR: "is a file",
    errno.EEXIST: "has this name", errno.ELOOP: "in a circle",
}  # fmt: skip


@pytest.mark.parametrize("number", ADVICE, ids=errno.errorcode.get)
def test_an_error_of_the_system_says_which_file_why_and_what_to_do(number: int) -> None:
    assert TOLD.keys() == ADVICE.keys()
    told = explain_os_error(OSError(number, "system's words", "a/file"))
    assert told
    assert told.startswith("a/file: ")
    assert TOLD[number] in told
    assert told.endswith(f"{ADVICE[number][1]} {RESUME}")
    assert explain_os_error(OSError(number, "x")) == told.removeprefix("a/file: ")


def test_a_cache_that_cannot_be_written_is_moved_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No option names it: `Name a folder on another disk` would help nobody."""
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.delenv("HF_HOME", raising=False)

    def advice(path: object, number: int = errno.EROFS) -> str:
        return (explain_os_error(OSError(number, "x", path)) or "").partition(". ")[2].removesuffix(f" {RESUME}")

    told = "A cache belongs there: set {} to a folder that can be written to."
    assert advice(str(home / ".cache/huggingface/hub")) == told.format("HF_HOME")
    assert advice(str(home / ".cache/hanji/objects"), errno.EACCES) == told.format("XDG_CACHE_HOME")
    assert advice(str(home)) == told.format("HF_HOME")  # it is not there, and a cache had to be made in it
    home.mkdir()
    assert advice(str(home)) == advice(str(home / "hanji")) == advice(3) == ADVICE[errno.EROFS][1]
    assert advice(str(home / ".cache/hanji/objects"), errno.ENOSPC) == ADVICE[errno.ENOSPC][1]
    monkeypatch.setenv("HF_HOME", str(tmp_path / "elsewhere"))
    assert advice(str(tmp_path / "elsewhere/hub")) == told.format("HF_HOME")


def test_links_that_lead_in_a_circle_are_named(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises((RuntimeError, OSError)) as failed:
        (tmp_path / "a").resolve(strict=True)
    assert (explain_os_error(failed.value) or "").startswith(f"{tmp_path / 'a'}: symbolic links lead in a circle.")
    assert explain_os_error(RuntimeError("another")) is None


def test_errors_without_a_number_or_without_advice() -> None:
    """NumPy's messages for an incomplete write have no number: the disk is full."""
    full = explain_os_error(OSError(errno.ENOSPC, ""))
    for message in ("4096 requested and 1024 written", "Not enough free space to write 12 bytes"):
        assert explain_os_error(OSError(message)) == full
    assert explain_os_error(OSError("something else")) is None
    assert explain_os_error(ValueError("4096 requested and 1024 written")) is None
    assert explain_os_error(OSError(errno.EXDEV, "Invalid cross-device link", "f")) == (
        f"f: Invalid cross-device link. {RESUME}"
    )


def _raised(how: str, error: BaseException) -> BaseException:
    """Another error that was raised from this one, or while it was handled."""
    try:
        try:
            raise error
        except BaseException as inner:
            if how == "from":
                raise ValueError("outer") from inner
            raise ValueError("outer")  # noqa: B904 - the case under test
    except ValueError as outer:
        return outer


class TransportError(Exception):
    """As httpx has it."""

    __module__ = "httpx"


class ConnectError(TransportError):
    __module__ = "httpx"


@pytest.mark.parametrize("how", ["itself", "from", "while"])
def test_a_host_that_does_not_answer_is_named_wherever_the_error_is(how: str) -> None:
    error = ConnectError("no route")
    error.request = type("Request", (), {"url": "https://host.example/a"})()  # type: ignore[attr-defined]
    told = unreachable(error if how == "itself" else _raised(how, error))
    assert told
    assert "host.example cannot be reached (wanted: https://host.example/a)" in told
    assert unreachable(_raised("from", KeyError("x"))) is None
    assert "no route" in str(unreachable(ConnectError("no route")))


def test_a_dataset_that_the_hub_does_not_give_is_named() -> None:
    """`datasets` raises Python's own ConnectionError and cuts off its cause; those of the system have numbers."""
    told = unreachable(_raised("while", builtins.ConnectionError("Couldn't reach 'skt/kobest_v1' on the Hub")))
    assert told
    assert told.startswith("No network: Couldn't reach 'skt/kobest_v1' on the Hub. Check the connection")
    for other in (ConnectionResetError("x"), builtins.ConnectionError(errno.ECONNRESET, "x"), BrokenPipeError()):
        assert unreachable(other) is None


NETWORK = {
    "httpx.TransportError", "httpcore.NetworkError", "requests.ConnectionError", "requests.Timeout",
    "urllib3.HTTPError", "socket.gaierror", "huggingface_hub.OfflineModeIsEnabled",
    "huggingface_hub.LocalEntryNotFoundError", "datasets.OfflineModeIsEnabled",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(NETWORK))
def test_every_library_without_a_network_is_known(name: str) -> None:
    package, kind = name.rsplit(".", 1)
    error = type(kind, (Exception,), {"__module__": f"{package}.inner"})("no route to it")
    assert "no route to it" in str(unreachable(error))
    assert unreachable(type(kind, (Exception,), {"__module__": "another"})("x")) is None


@pytest.mark.parametrize("how", ["itself", "from", "while"])
def test_a_library_that_needs_more_memory_is_told_wherever_the_error_is(how: str) -> None:
    error = ImportError("libx.so: failed to map segment from shared object")
    told = unloadable(error if how == "itself" else _raised_import(how, error))
    assert told
    assert "libx.so: failed to map segment" in told
    assert unloadable(ImportError("No module named x")) is None
    assert unloadable(ValueError("failed to map segment")) is None


def _raised_import(how: str, error: ImportError) -> BaseException:
    outer = ImportError("not installed")
    if how == "from":
        outer.__cause__ = error
    else:
        outer.__context__ = error
    return outer


def test_near_names() -> None:
    assert did_you_mean("min_word", ["max_lines", "min_words"]) == " Did you mean min_words?"
    assert did_you_mean("x", ["max_lines", "min_words"]) == ""


def test_a_name_of_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    """`unzip` leaves names from Korean Windows as they are: EUC-KR. Neither Arrow nor JSON can hold them."""
    from corpus.duplicates.inputs import input_files
    from corpus.sources.local import Local
    from corpus.sources.survey import survey

    name = os.fsdecode("가.jsonl".encode("cp949"))
    (tmp_path / name).write_text('{"text": "한 줄"}\n', encoding="utf-8")
    source = Local(name="letters", files=["./letters"])
    told = r"b'.*\\xb0\\xa1.jsonl': the name of this file is not UTF-8. Rename it; .*convmv -f cp949"
    for read in (
        lambda: input_files(tmp_path, {}),
        lambda: survey(tmp_path),
        lambda: source._matches(str(tmp_path)),
    ):
        with pytest.raises(UserError, match=told):
            read()
