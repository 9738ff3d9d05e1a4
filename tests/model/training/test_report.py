"""The report and the panel: what a reader must find, and drawings that hold their data."""

import io
import math
import re
from xml.etree import ElementTree

import pytest
import torch
from rich.console import Console

from model.config import load_config
from model.training.parallel import World
from model.training.shown.log import MetricsLog
from model.training.shown.panel import Panel, duration, figures
from model.training.shown.report import POINTS, draw, ticks, write_report
from model.training.trainer import Trainer
from tests.model.packed_data import write_packed


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    packed = write_packed(folder)
    overrides = [
        "train.steps=10",
        "train.batch_tokens=512",
        "train.validate_every=5",
        "train.sample_every=10",
        "train.log_every=2",
    ]
    config = load_config("tiny", ["model.layers=1", *overrides])
    Trainer(config, packed, folder / "run", World(0, 1, torch.device("cpu"))).run()
    return folder / "run"


def test_report_has_curves_by_source_and_language(run):
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    for words in (
        "Loss, nats a token",
        "by source",
        "bits per byte",
        "ko-source",
        "en-source",
        "language/ko",
        "unigram entropy",
        "대한민국의 수도는",
        "lr = 0.003",
    ):
        assert words in page, words
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) >= 6
    for drawing in drawings:
        ElementTree.fromstring(drawing)


def test_report_of_a_run_that_skipped_and_of_one_that_has_no_data(tmp_path):
    (tmp_path / "config.toml").write_text("")
    log = MetricsLog(tmp_path)
    write_report(tmp_path)
    log.write("skip", 3, {"loss": math.nan, "grad_norm": 2.5, "rows": "ko<b> 7"})
    log.close()
    write_report(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "not finite" in page
    assert "ko&lt;b&gt; 7" in page


def test_drawing_keeps_to_its_frame_and_thins_long_lines():
    line = [(float(k), math.sin(k / 500)) for k in range(10_000)]
    root = ElementTree.fromstring(str(draw({"a<b": line, "flat": [(0.0, 0.0), (9999.0, 0.0)]})).split("<p class")[0])
    polylines = [node for node in root if node.tag == "polyline"]
    points = [tuple(map(float, pair.split(","))) for pair in polylines[0].attrib["points"].split()]
    assert len(points) <= POINTS + 1
    assert all(64 <= x <= 708.1 and 11.9 <= y <= 232.1 for x, y in points)
    assert points[-1][0] == pytest.approx(708)
    assert len(polylines[1].attrib["points"].split()) == 2


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.1441, 5.0788), (2.5, 2.5), (0, 0), (-3, 1e6), (1e-9, 2e-9), (7.2, 7.3)]
)
def test_ticks_are_round_few_and_enclose(low, high):
    marks = ticks(low, high)
    assert marks[0] <= low + 1e-12
    assert marks[-1] >= high - 1e-12
    assert 2 <= len(marks) <= 8


def test_figures_name_both_utilisations_or_say_unknown():
    known = dict(figures({"loss": 2.0, "mfu_6n": 0.5, "mfu_causal": 0.575, "seconds_left": 3700.0}))
    assert (known["MFU 6N"], known["MFU causal"], known["left"]) == ("50.0%", "57.5%", "1 h 1 min")
    assert dict(figures({"loss": 2.0}))["MFU"] == "unknown"


def test_durations():
    assert [duration(s) for s in (5, 200, 18_600, 356_400)] == ["5 s", "3 min 20 s", "5 h 10 min", "4 d 3 h"]


@pytest.mark.parametrize("terminal", [False, True])
def test_panel(terminal):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=120)
    with Panel(console, 10) as panel:
        panel("start", 0, {"unigram_entropy": 4.5, "ranks": 1})
        panel("train", 5, {"loss": 2.25, "lr": 1e-3, "tokens_per_second": 1234.0, "stall": 0.001})
        panel("validation", 5, {"bpb/language/ko": 1.5, "loss/language/ko": 3.0})
        panel("skip", 6, {"loss": math.nan, "rows": "ko-source [7]"})
        panel("sample", 6, {"prompt": "봄이", "text": " 오면 [bold]"})
    shown = stream.getvalue()
    for words in ("2.2500", "1,234", "1.5000", "ko-source [7]", "오면 [bold]"):
        assert words in shown, words
