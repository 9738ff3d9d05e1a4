"""The walks of docs/extending.md, run as they stand there."""

import gzip
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from corpus.quality import QualitySettings, judge, measure

PAGE = Path(__file__).parent.parent / "docs/extending.md"


def blocks(section: str, language: str) -> list[str]:
    """The code of one section of the page."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def test_a_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,), (recipe,) = blocks("A rule", "python"), blocks("A rule", "toml")
    (tmp_path / "my_rules.py").write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = QualitySettings.model_validate(tomllib.loads(recipe)["quality"])
    plain = (
        "한지는 닥나무 껍질로 만든 우리 종이이며 질기고 바람이 잘 통해서 문과 창에 발랐다. " * 2
        + "천 년이 지나도 썩지 않는다."
    )
    asked = " ".join(f"{word}에서 왔는가?" for word in plain.split()[:12])
    array, languages = pa.array([plain, f"{plain} {asked}"]), pa.array(["ko", "ko"])
    rules, names, values = judge(measure(array, settings), languages, "web", settings)
    fates = [names[rule] if rule >= 0 else "kept" for rule in rules]
    assert fates[0] == "kept"
    assert "max_question_ratio" in names
    alone = judge(measure(array, settings), languages, "none", settings)[0]
    assert (alone < 0).all()
    assert fates[1] == "max_question_ratio"
    assert np.isclose(values[1], 12 / len(array[1].as_py().split()))


@pytest.mark.slow
def test_a_source(tmp_path: Path) -> None:
    entry, use = blocks("A source", "python")
    (tmp_path / "letters.py").write_text(entry, encoding="utf-8")
    (tmp_path / "use.py").write_text(use, encoding="utf-8")
    (tmp_path / "mail").mkdir()
    body = "지난봄에 보내 주신 책은 잘 받았습니다. 여름이 오기 전에 한번 찾아뵙고 싶습니다."
    rows = [
        {"subject": "안부를 여쭙니다", "body": body},
        {"body": f"제목이 없는 편지입니다. 그래도 {body}"},
        {"subject": "빈 편지"},
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "mail" / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    path = os.pathsep.join([str(PAGE.parent.parent), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "use.py"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    texts = []
    for shard in (tmp_path / "corpus-of-letters").glob("[tv]*/*.arrow"):
        with pa.memory_map(str(shard)) as source:
            texts += pa.ipc.open_stream(source).read_all()["text"].to_pylist()
    assert sorted(texts) == sorted([f"안부를 여쭙니다\n\n{body}", rows[1]["body"]])
    counts = json.loads((tmp_path / "corpus-of-letters" / "stats.json").read_text(encoding="utf-8"))
    assert sum(counts["sources"]["letters"]["read"]["unreadable"].values()) == 1  # no body


def test_an_optimizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from model.optimizers import OPTIMIZERS
    from tests.model.packed_data import write_packed

    torch.set_num_threads(1)
    entry, use = blocks("An optimizer", "python")
    (tmp_path / "my_sgd.py").write_text(entry, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    write_packed(tmp_path / "runs")
    names: dict = {}
    try:
        exec(use.replace('"train.steps=10"', '"train.steps=3", "train.batch_tokens=512"'), names)
    finally:
        OPTIMIZERS.pop("sgd", None)
    assert names["summary"].finished
    assert "momentum = 0.9" in (tmp_path / "runs" / "sgd" / "config.toml").read_text(encoding="utf-8")


def test_a_metric(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from corpus.engine.local import LocalEngine
    from corpus.shards import shard_paths
    from tests.tokenizer.byte_level import write_small
    from tests.tokenizer.corpora import write_corpus
    from tokenizer.analysis import metrics
    from tokenizer.analysis.limits import check, check_names, parse_limit
    from tokenizer.page.page import write_page
    from tokenizer.report import Candidate, build, prepare
    from tokenizer.schema import Report, json_schema

    entry, use = blocks("A metric", "python")
    (tmp_path / "my_metrics.py").write_text(entry, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    mine = tmp_path / "runs/tokenizer"
    mine.mkdir(parents=True)
    write_small(mine / "tokenizer.json", "he", "lo", " he")
    corpus = write_corpus(tmp_path / "corpus", {"wiki": [("he, he", "en", None), ("he hello 가", "en", None)]})
    limit = parse_limit("en_signs_apart>0.19")
    found: dict = {}
    before = list(metrics.METRICS)
    try:
        exec(use, found)
        assert found["figure"]["value"] == 1 / 5  # of he, hello, "he,", he, 가: hello and 가 are parted inside
        with LocalEngine(1) as engine:
            shared = prepare(shard_paths(corpus), {})
            report = build([Candidate("mine", mine, True)], [], shared, corpus, engine, "all")
        Report.model_validate(report)
        assert "signs_apart" in json_schema()["$defs"]["Script"]["properties"]["metrics"]["required"]
        check_names([limit], ["en"])
        assert check(report, [limit]) == ["mine: en_signs_apart is 0.2, which is > 0.19"]
        write_page(report, tmp_path / "report.html", {})
        assert "Signs apart by source" in (tmp_path / "report.html").read_text(encoding="utf-8")
        assert "| `signs_apart` | share of words of two tokens" in metrics.table()
    finally:
        metrics.METRICS[:] = before
        sys.modules.pop("my_metrics", None)
