"""Standard input and output that are closed or full, and a folder that is gone: a sentence, and no traceback."""

import sys
from pathlib import Path

import pytest

from corpus.errors import UserError, explain_os_error
from pipelines import console, dedup


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_a_full_disk_under_standard_output_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    def main(lines: int = 3) -> dict[str, str]:
        """Print and return."""
        print("하나\n" * lines)
        return {"text": "둘"}

    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit) as ended:
            console.run(main, arguments)
        assert sys.stdout is None
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):
            full.close()
    assert ended.value.code == 2
    assert "no space left on the disk" in capsys.readouterr().err


def test_standard_input_that_is_closed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UserError, match="standard input is closed"), dedup.piped(Path("-"), tmp_path / "out"):
        pass


def test_a_folder_of_work_that_is_gone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(FileNotFoundError) as told:
        Path("x").resolve()
    assert "no longer exists" in str(explain_os_error(told.value))
