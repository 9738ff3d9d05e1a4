"""The walks of docs/extending.md, run as they stand there."""

import re
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
