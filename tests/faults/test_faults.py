"""The short form of the campaign: a few points of every third family, which are others each day and for each command,
drawn anew each day (the seed is printed).

`python -m tests.faults --long` is the whole.
"""

import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults import child

ROOT = Path(__file__).resolve().parents[2]


# The others load torch or Kiwi in each child, and are attacked by `python -m tests.faults NAME`.
SHORT = ("build_corpus", "train_tokenizer", "pack", "dedup")


@pytest.mark.slow
def test_whatever_fails_the_same_command_completes_to_the_same_bytes() -> None:
    day = datetime.date.today().toordinal()
    line = [sys.executable, "-m", "tests.faults", *SHORT, "--seed", str(day), "--third", str(day), "--samples", "2"]
    result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    lines = result.stdout.splitlines()
    assert lines, result.stderr[-3000:]
    summary = json.loads(lines[-1])
    assert result.returncode == 0, "\n".join([*lines, result.stderr[-2000:]])
    assert summary["attacks"] > 20


@pytest.mark.parametrize(("what", "how"), [("waits", "hangs"), ("turns", "hangs"), ("works slowly", "done")])
def test_a_run_that_hangs_is_told_from_one_on_a_busy_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, how: str
) -> None:
    def turn() -> None:
        while True:
            pass

    def work() -> None:
        for _ in range(12):
            time.sleep(0.25)
            sum(range(400_000))

    for name, seconds in (("IDLE", 2.0), ("BUSY", 3.0), ("LOOK", 0.2)):
        monkeypatch.setattr(child, name, seconds)
    actions = {"waits": lambda: time.sleep(100), "turns": turn, "works slowly": work}
    assert child.run(actions[what], tmp_path / "log").how == how
