"""The report and the panel: what a reader must find, and drawings that hold their data."""

import io
import math
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
import torch
from rich.console import Console

from model.config import load_config
from model.runs.metrics import last_of, read_metrics
from model.training.parallel import World
from model.training.shown.charts import (
    BOTTOM,
    COLOURS,
    DOTTED,
    HEIGHT,
    LEFT,
    POINTS,
    RIGHT,
    TOP,
    WIDTH,
    draw,
    figure,
    legend_figures,
    palette,
    thin,
    ticks,
)  # fmt: skip
from model.training.shown.log import MetricsLog
from model.training.shown.panel import Panel, figures
from model.training.shown.report import charts, write_report
from model.training.trainer import Trainer
from tests.helpers.browser import require_clean, start
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
        "Loss of training",
        "nats a token",
        "Held-out bits per byte by language",
        "Held-out bits per byte by source",
        "source ko-source",
        "source en-source",
        "unigram entropy",
        "대한민국의 수도는",
        "lr = 0.003",
        "1 × CPU",
        "Not measured: --set train.profile=5",
        "warm-up of the learning rate ends",
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


class Reader(HTMLParser):
    """The rows of the tables of a page by the table's name, and the text of its cards."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.cards: list[list[str]] = []
        self._into: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag == "div" and named.get("role") == "region":
            self._rows = self.tables.setdefault(named["aria-label"], [])
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th") and self.tables:
            self._rows[-1].append("")
            self._into = self._rows[-1]
        if tag == "div" and named.get("class") == "card":
            self.cards.append([""])
            self._into = self.cards[-1]

    def handle_endtag(self, tag):
        if tag == "b" and self._into is not None:
            self._into.append("")
        if tag in ("td", "th", "div"):
            self._into = None

    def handle_data(self, data):
        if self._into:
            self._into[-1] += data


def test_each_number_on_the_page_is_that_of_the_events(run):
    """Cards, held-out text, data, time, and the values in the legends of all charts."""
    text = (run / "report.html").read_text(encoding="utf-8")
    page, events = Reader(text), read_metrics(run / "metrics.jsonl")
    begun, train, validation = (last_of(events, kind) for kind in ("start", "train", "validation"))
    cards = {label: value for value, label in page.cards}
    wanted = dict(figures(train))
    assert wanted.pop("left") == "0 s"  # of a run that is finished nothing is left
    wanted["learning rate"] = wanted.pop("lr")
    assert cards == wanted
    assert cards["loss"] == f"{train['loss']:.4f}"
    assert cards["tokens"] == f"{train['tokens']:,}"
    for kind, begin in (("language", "language/"), ("source", "")):
        wanted = {
            (key.removeprefix(f"bpb/{begin}"), f"{value:.4f}", f"{validation['loss/' + key[4:]]:.4f}")
            for key, value in validation.items()
            if key.startswith(f"bpb/{begin}") and (begin or "/language/" not in key)
        }
        assert {tuple(row) for row in page.tables[f"Held-out text by {kind}"][1:]} == wanted
    data = [
        [e["source"], e["language"], f"{100 * e['share']:.1f} %", "", f"{e['tokens']:,}", f"{e['epochs']:.2f}"]
        for e in begun["data"]
    ]
    assert page.tables["Data"][1:] == data
    assert sum(e["share"] for e in begun["data"]) == pytest.approx(1)
    seconds = {key[8:]: value for key, value in train.items() if key.startswith("seconds/")}
    shown = {row[0]: row[1:3] for row in page.tables["Time of the run"][1:]}
    whole = sum(seconds.values())
    assert shown == {name: [f"{value:.1f}", f"{100 * value / whole:.1f} %"] for name, value in seconds.items()}
    legends = set(re.findall(r"</i>([^<]+) <b>([^<]+)</b>", text))
    bits = {key.removeprefix("bpb/language/"): value for key, value in validation.items() if "bpb/language/" in key}
    assert set(zip(bits, legend_figures(list(bits.values())), strict=True)) <= legends
    assert {("training", figure(train[key])) for key in ("lr", "grad_norm", "tokens_per_second")} <= legends
    told = [float(number.replace(",", "")) for name, number in legends if name == "training"]
    assert any(number == pytest.approx(train["loss"], rel=1e-3) for number in told)


def test_a_run_of_an_earlier_version_has_a_report(tmp_path):
    """Its first event has no data mix, machine or time."""
    (tmp_path / "config.toml").write_text("")
    log = MetricsLog(tmp_path)
    log.write("start", 0, {"unigram_entropy": 5.0, "ranks": 1})
    log.write("train", 5, {"loss": 2.0})
    log.close()
    write_report(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<h2>Data</h2>" not in page
    assert "<circle" in page  # a single point is drawn


@pytest.mark.parametrize("left", [None, 0, 90.0])
def test_the_time_that_is_left_is_of_a_run_that_goes_on(tmp_path, left):
    (tmp_path / "config.toml").write_text("")
    log = MetricsLog(tmp_path)
    log.write("train", 5, {"loss": 2.0, "lr": 1e-3, "seconds_left": left})
    log.close()
    write_report(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert ("<b>1 min 30 s</b>left" in page) == bool(left)
    assert "</b>left" not in page or left
    assert "<b>1.00e-03</b>learning rate" in page


def svg(chart) -> ElementTree.Element:
    return ElementTree.fromstring(re.search(r"<svg.*</svg>", str(chart.figure), re.DOTALL)[0])


def test_drawing_keeps_to_its_frame_and_thins_long_lines():
    line = [(float(k), math.sin(k / 500)) for k in range(10_000)]
    lines = {"a<b": line, "flat": [(0.0, 0.0), (9999.0, 0.0)]}
    root = svg(draw("sine", lines, "metres", palette(lines), marks=[0, 500, 20_000]))
    polylines = [node for node in root if node.tag == "polyline"]
    points = [tuple(map(float, pair.split(","))) for pair in polylines[0].attrib["points"].split()]
    assert len(points) <= POINTS + 1
    assert all(LEFT - 0.1 <= x <= WIDTH - RIGHT + 0.1 and TOP - 0.1 <= y <= HEIGHT - BOTTOM + 0.1 for x, y in points)
    assert points[-1][0] == pytest.approx(WIDTH - RIGHT)
    assert len(polylines[1].attrib["points"].split()) == 2
    assert [node.text for node in root if node.get("class") == "unit"] == ["metres", "step"]
    assert len([node for node in root if node.get("class") == "mark"]) == 2  # the third is beyond the lines
    assert root.get("aria-label").startswith("sine, metres: a<b ")


def test_larger_values_are_higher_and_short_lines_have_dots():
    line = [(float(n), float(n)) for n in range(DOTTED + 1)]
    root = svg(draw("up", {"a": line[:DOTTED], "b": line}, "", {"a": 0, "b": 1}))
    heights = [
        float(pair.split(",")[1]) for node in root if node.tag == "polyline" for pair in node.get("points").split()
    ]
    assert heights[:DOTTED] == sorted(heights[:DOTTED], reverse=True)
    dots = [node.get("class") for node in root if node.tag == "circle"]
    assert (dots.count("p0"), dots.count("p1")) == (DOTTED, 1)


def test_single_points_are_drawn_in_the_middle():
    root = svg(draw("one", {"a": [(7.0, 3.0)]}, "score", {"a": 0}))
    (circle,) = [node for node in root if node.tag == "circle"]
    assert float(circle.get("cx")) == pytest.approx((LEFT + WIDTH - RIGHT) / 2)


def test_a_name_has_one_colour_on_all_charts_and_languages_are_no_sources():
    """A source may have the name of a language."""
    bits = {f"{unit}/{name}": 2.0 for unit in ("bpb", "loss") for name in ("ko", "web", "language/ko", "language/en")}
    events = [{"kind": "validation", "step": n, **bits} for n in (1, 2)]
    events += [{"kind": "train", "step": n, "loss": 3.0, "lr": 0.1} for n in (1, 2)]
    made = charts(events)
    colours = {}
    for chart in made:
        for number, name in re.findall(r'<i class="p(\d)"></i>([^<]+) <b>', str(chart.figure)):
            assert colours.setdefault(name, number) == number
    assert set(colours) == {"training", "ko", "en", "source ko", "source web"}
    assert len(set(colours.values())) == 5
    by_language = next(chart for chart in made if chart.title == "Held-out bits per byte by language")
    assert "source" not in str(by_language.figure)


def test_what_each_chart_is_drawn_from(monkeypatch):
    """Every title with its unit and its lines, point by point; the unigram entropy is level over all of the training's
    steps."""
    drawn = {}
    monkeypatch.setattr(
        "model.training.shown.report.draw",
        lambda title, lines, unit, numbers, marks: drawn.setdefault(title, (unit, lines, list(marks), numbers)),
    )
    bits = {"bpb/web": 2.0, "loss/web": 3.0, "bpb/language/ko": 1.5, "loss/language/ko": 2.5}
    events = [
        {"kind": "start", "step": 0, "unigram_entropy": 5.5},
        {"kind": "train", "step": 2, "loss": 4.0, "lr": 0.1},
    ]
    events += [{"kind": "validation", "step": 7, **bits}]
    events += [{"kind": "train", "step": 8, "loss": 3.5, "grad_norm": 0.7, "tokens_per_second": 90.0, "mfu_6n": 0.4,
                "mfu_causal": 0.3, "tokens": 5}]  # fmt: skip
    charts(events, [3, 4])
    assert {title: (unit, {name: line for name, line in lines.items() if line})
            for title, (unit, lines, _, _) in drawn.items()} == {
        "Loss of training, and of held-out text by language": ("nats a token", {
            "training": [(2, 4.0), (8, 3.5)], "ko": [(7, 2.5)], "unigram entropy": [(2, 5.5), (8, 5.5)]}),
        "Held-out bits per byte by language": ("bits per byte", {"ko": [(7, 1.5)]}),
        "Held-out loss by source": ("nats a token", {"source web": [(7, 3.0)]}),
        "Held-out bits per byte by source": ("bits per byte", {"source web": [(7, 2.0)]}),
        "Learning rate": ("rate", {"training": [(2, 0.1)]}),
        "Gradient norm": ("norm before clipping", {"training": [(8, 0.7)]}),
        "Speed": ("tokens a second", {"training": [(8, 90.0)]}),
        "Model FLOP utilisation": ("share of the device's peak", {"6N": [(8, 0.4)], "causal": [(8, 0.3)]}),
    }  # fmt: skip
    assert [marks for _, _, marks, _ in drawn.values()] == [[3, 4]] * len(drawn)
    drawn.clear()
    charts([{"kind": "start", "step": 0, "unigram_entropy": 5.5}, {"kind": "validation", "step": 7, "bpb/web": 2.0}])
    assert list(drawn) == ["Held-out bits per byte by source"]


def test_more_names_than_colours_are_dashed():
    names = [f"n{k}" for k in range(COLOURS + 2)]
    numbers = palette(names)
    root = svg(draw("many", {name: [(0.0, 1.0), (1.0, 2.0)] for name in names}, "", numbers))
    looks = [(node.get("class"), node.get("stroke-dasharray")) for node in root if node.tag == "polyline"]
    assert len(set(looks)) == len(names)


def test_the_page_is_clean_in_a_browser(run, tmp_path):
    chrome = start(tmp_path / "profile")
    try:
        require_clean(chrome, (run / "report.html").as_uri())
    finally:
        chrome.quit()


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
    assert (known["MFU 6N"], known["MFU causal"], known["left"]) == ("50.0 %", "57.5 %", "1 h 1 min")
    assert dict(figures({"loss": 2.0}))["MFU"] == "unknown"


def test_figures_of_the_panel_by_hand():
    values = {"loss": 2.0, "lr": 3e-4, "grad_norm": math.inf, "stall": 0.125, "tokens": 1234, "skipped": 0,
              "memory_gb": 1.25, "mfu_6n": None, "seconds_left": 0, "unigram_entropy": 7.5,
              "tokens_per_second": 1234.5, "mfu_causal": 0.5}  # fmt: skip
    assert dict(figures(values)) == {
        "loss": "2.0000", "unigram entropy": "7.500", "lr": "3.00e-04", "gradient norm": "not finite",
        "tokens/s": "1,234", "MFU 6N": "not finite", "MFU causal": "50.0 %", "memory": "1.2 GB",
        "data stall": "12.50 %", "tokens": "1,234", "skipped": "0", "left": "0 s",
    }  # fmt: skip
    assert figures({"memory_gb": 1.0}) == [("memory", "1.0 GB")]  # no step: nothing is unknown
    assert figures({}) == []


def test_lines_are_thinned_to_means_and_their_last_point():
    line = [(float(n), float(n % 2)) for n in range(2 * POINTS + 1)]
    assert thin(line[:POINTS]) == line[:POINTS]
    assert thin(line[: POINTS + 1])[:2] == [(0.5, 0.5), (2.5, 0.5)]
    assert thin(line[: 2 * POINTS]) == [*((2 * n + 0.5, 0.5) for n in range(POINTS)), line[2 * POINTS - 1]]
    assert len(thin(line)) <= POINTS + 1
    assert thin(line)[-1] == line[-1]


def test_numbers_of_charts_at_their_borders():
    values = (0, 1e-4, 9.9e-5, 999.9, 1000, 1_234_567.8, -0.5, -1e-5)
    assert [figure(value) for value in values] == [
        "0", "0.0001", "9.90e-05", "999.9", "1,000", "1,234,568", "-0.5", "-1.00e-05"
    ]  # fmt: skip


@pytest.mark.parametrize("terminal", [False, True])
def test_panel(terminal):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=120)
    with Panel(console, 10) as panel:
        panel("start", 0, {"unigram_entropy": 4.5432109, "ranks": 1, "data": [{"share": 1.0}], "sources": ["a", "b"]})
        panel("train", 5, {"loss": 2.25, "lr": 1e-3, "tokens_per_second": 1234.0, "stall": 0.001})
        panel("validation", 5, {"bpb/language/ko": 1.5, "loss/language/ko": 3.0})
        panel("skip", 6, {"loss": math.nan, "rows": "ko-source [7]"})
        panel("sample", 6, {"prompt": "봄이", "text": " 오면 [bold]"})
    shown = stream.getvalue()
    assert "share" not in shown
    assert ("step 0: start: unigram entropy 4.543, ranks 1, sources a b\n" in shown) != terminal
    for words in ("2.2500", "1,234", "1.5000", "ko-source [7]", "오면 [bold]"):
        assert words in shown, words


def test_every_label_is_where_its_value_is():
    """Larger values are higher; a grid line, a point and a mark of one value have one place."""
    line = [(0.0, 0.0), (50.0, 1.0), (100.0, 4.0)]
    root = svg(draw("a", {"a": line}, "u", {"a": 0}, marks=[0, 50, 100, 101]))
    (points,) = [
        [tuple(map(float, pair.split(","))) for pair in node.attrib["points"].split()]
        for node in root
        if node.tag == "polyline"
    ]
    assert [y for _, y in points] == sorted([y for _, y in points], reverse=True)
    assert (points[0], points[-1]) == ((LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, TOP))
    texts = [node for node in root if node.tag == "text" and node.get("class") is None]
    at_y = {node.text: float(node.get("y")) for node in texts if node.get("text-anchor") == "end"}
    at_x = {node.text: float(node.get("x")) for node in texts if node.get("text-anchor") == "middle"}
    for (x, y), (right, down) in zip(line, points, strict=True):
        assert at_y[figure(y)] == pytest.approx(down + 6, abs=0.11)
        if figure(x) in at_x:
            assert at_x[figure(x)] == pytest.approx(right, abs=0.11)
    marks = [float(node.get("d")[1:].split()[0]) for node in root if node.get("class") == "mark"]
    assert marks == [right for right, _ in points]


@pytest.mark.parametrize(("count", "dots"), [(DOTTED, DOTTED), (DOTTED + 1, 1)])
def test_short_lines_have_a_dot_at_each_point_and_long_ones_at_the_last(count, dots):
    root = svg(draw("a", {"a": [(float(n), float(n)) for n in range(count)]}, "u", {"a": 0}))
    circles = [float(node.get("cx")) for node in root if node.tag == "circle"]
    assert len(circles) == dots
    assert circles[-1] == pytest.approx(WIDTH - RIGHT)


def test_a_long_line_is_thinned_to_means_and_its_last_point():
    line = [(float(n), float(n % 2)) for n in range(2 * POINTS)]
    thinned = thin(line)
    assert thinned == [*((2 * n + 0.5, 0.5) for n in range(POINTS)), line[-1]]
    assert thin(line[:POINTS]) == line[:POINTS]
    chart = draw("a", {"a": line}, "u", {"a": 0})
    assert "<b>1</b>" in str(chart.figure)  # the legend has the last value, no mean
    assert "a 1 at step 1,199" in str(chart.figure)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([5.745, 5.95, 12.0], ["5.745", "5.950", "12.000"]),
        ([3, 1200], ["3", "1,200"]),
        ([1e-6, 0.5], ["1.00e-06", "0.5"]),
        ([], []),
    ],
)
def test_figures_of_a_legend_have_as_many_decimals(values, told):
    assert legend_figures(values) == told


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1000, "1,000"), (1e-4, "0.0001"), (9.99e-5, "9.99e-05"), (-6.46105, "-6.461")],
)
def test_figures_of_charts_at_their_borders(value, text):
    assert figure(value) == text


def test_ticks_are_of_the_finest_round_step():
    assert ticks(0, 5) == [0, 1, 2, 3, 4, 5]
    assert ticks(0, 5.1) == [0, 2, 4, 6]
    assert ticks(0, 10) == [0, 2, 4, 6, 8, 10]


def test_each_figure_has_the_name_and_the_form_of_its_own():
    values = {
        "loss": 2.5, "unigram_entropy": 4.5, "lr": 3e-4, "grad_norm": 1.25, "tokens_per_second": 1234.5, "mfu_6n": 0.25,
        "mfu_causal": 0.5, "memory_gb": 7.25, "stall": 0.0125, "tokens": 12345, "skipped": 3,
    }  # fmt: skip
    assert dict(figures(values)) == {
        "loss": "2.5000", "unigram entropy": "4.500", "lr": "3.00e-04", "gradient norm": "1.250", "tokens/s": "1,234",
        "MFU 6N": "25.0 %", "MFU causal": "50.0 %", "memory": "7.2 GB", "data stall": "1.25 %", "tokens": "12,345",
        "skipped": "3",
    }  # fmt: skip


def test_the_page_has_the_samples_of_the_last_step_and_the_first_beginning(tmp_path):
    (tmp_path / "config.toml").write_text("[schedule]\nkind = 'cosine'\nwarmup = 4\n[train]\nsteps = 9\n")
    log = MetricsLog(tmp_path)
    log.write("start", 0, {"began": "2026-01-02", "data": [], "machine": {}})
    for step, loss in ((2, 4.0), (4, 3.0)):
        log.write("train", step, {"loss": loss, "seconds/train": 3.0, "seconds/data": 1.0, "compile_seconds": 4.0})
        log.write("sample", step, {"prompt": "봄", "text": f"text of {step}, one"})
        log.write("sample", step, {"prompt": "봄", "text": f"text of {step}, two"})
    log.write("start", 4, {"began": "2026-03-04", "data": [], "machine": {}})
    log.close()
    write_report(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Begun 2026-01-02." in page
    assert "2026-03-04" not in page
    assert ("text of 4, one" in page, "text of 4, two" in page, "text of 2" in page) == (True, True, False)
    names = [row[0] for row in Reader(page).tables["Time of the run"][1:]]
    assert names == ["compile", "train", "data"]  # the longest first
    assert page.count('class="mark"') == 2  # the end of the warm-up and the resumption, on the chart of the loss


def test_in_a_terminal_only_what_must_not_be_missed_is_a_line_of_its_own() -> None:
    """All else is in the picture, which keeps the last figure of each name."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=200, color_system=None)
    with Panel(console, 10) as panel:
        for kind in ("skip", "warning", "resume", "start", "train", "validation", "note"):
            panel(kind, 7, {"text": f"a {kind}", "loss": 1.5})
        panel("validation", 8, {"bpb/web": 0.75})
        panel("validation", 9, {"bpb/language/ko": 1.25})
    told = [line.strip() for line in out.getvalue().replace("\r", "\n").split("\n")]
    for kind in ("skip", "warning", "resume", "start", "note"):
        assert any(f"step 7: {kind}: " in line for line in told) == (kind in ("skip", "warning", "resume")), kind
    assert not any("step 7: loss" in line or "bits per byte" in line for line in told)
    with console.capture() as picture:
        console.print(panel._picture())
    assert "bits/byte web 0.7500" in picture.get()
    assert "bits/byte language/ko 1.2500" in picture.get()
