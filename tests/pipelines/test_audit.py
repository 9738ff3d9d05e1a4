"""The command of the audit passes its options on, and prints the figures of the verdicts under their names."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.audit import main


def test_options_reach_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[Any] = []

    def audited(*arguments: Any) -> dict[str, int]:
        given.append(arguments)
        return {"near": 1234, "exact": 56, "records": 7890, "pairs": 20}

    monkeypatch.setattr("corpus.shards.shard_paths", lambda corpus: [])
    monkeypatch.setattr("corpus.audit.audit_corpus", audited)
    main(corpus=tmp_path, out=tmp_path / "out", pairs=7, seed=3, overwrite=True)
    main(corpus=tmp_path)
    assert given == [(tmp_path, tmp_path / "out", 7, 3, True), (tmp_path, Path("runs/audit"), 20, 1, False)]
    told = " ".join(capsys.readouterr().err.split())
    assert "1,234 near and 56 exact duplicates of 7,890 documents were removed. Judge 20 pairs on" in told


def test_verdicts_are_printed_with_their_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    groups = [("A", 900, 10, 9), ("all wrong", 100, 5, 0), ("not judged", 5, 0, 0)]
    content = {
        "title": "t",
        "groups": [{"name": n, "size": s, "drawn": 20, "judged": j, "right": r} for n, s, j, r in groups],
    }
    (tmp_path / "verdicts.json").write_text(json.dumps(content))
    told = main(verdicts=tmp_path / "verdicts.json")
    shown = " ".join(capsys.readouterr().err.split())
    interval = f"(95 %: {100 * told['low']:.1f} % to {100 * told['high']:.1f} %)"
    assert (
        shown == "A: 9 of 10 right all wrong: 0 of 5 right 15 pairs judged, precision"
        f" {100 * told['precision']:.1f} % {interval}."
    )
    assert 0 < told["low"] < told["precision"] < told["high"] < 1
