"""The figures of rules.json and of the report are those of the files that the build left."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from corpus.build import build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.quality.rules import RULES
from corpus.quantities import megabytes
from corpus.recipe import Recipe
from corpus.report import bars, figure
from corpus.stored import ROW
from corpus.verdicts import BINS, EXCERPT, NEAREST, describe_rules, name_of, width_of

SENTENCE = "{n}번째 마을 사람들은 해가 뜨기 전에 일어나서 강가의 밭으로 일을 하러 나갔다고 한다. "
LENGTHS = [1, 2, 2, 3, 5, 8, 13]  # sentences; the first three lie below min_words


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verdicts")
    texts = ["".join(SENTENCE.format(n=100 * i + j) for j in range(count)) for i, count in enumerate(LENGTHS)]
    texts.append("Das Dorf liegt am Fluss, und die Leute gehen jeden Morgen sehr früh auf ihre Felder hinaus. " * 3)
    records = [json.dumps({"text": text, "url": f"https://{i}.example.org"}) for i, text in enumerate(texts)]
    (folder / "web.jsonl").write_text("\n".join(records) + "\n")
    source = {"name": "web", "files": str(folder / "web.jsonl"), "license": "CC0-1.0"}
    limits = {rule.name: None for rule in RULES} | {"min_words": 30}
    settings = {"quality": {"web": {"ko": limits}}, "validation": 0.0}
    recipe = Recipe.model_validate({"name": "t", "sources": [source]} | settings)
    with LocalEngine(1) as engine:
        build(recipe, folder / "out", engine, Locator(None, folder / "cache"))
    return folder / "out"


def statistics(corpus: Path, name: str) -> np.ndarray:
    [path] = corpus.glob(".work/measured/*/statistics.arrow")
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()[name].to_numpy()


def test_rules_json_counts_every_document_on_its_side_of_the_limit(corpus: Path) -> None:
    (rule,) = json.loads((corpus / "rules.json").read_text())
    (group,) = rule["groups"]
    words = statistics(corpus, "words")
    assert (rule["rule"], rule["name"], rule["side"]) == ("min_words", "too short", "min")
    assert (group["profile"], group["language"], group["limit"]) == ("web", "ko", 30)
    assert rule["dropped"] == (words < 30).sum() == 3
    edges = group["width"] * np.arange(BINS)
    assert group["counts"] == np.histogram(words, [*edges, np.inf])[0].tolist()
    assert [entry["value"] for entry in group["nearest"]] == sorted(words[words >= 30].tolist())
    assert all("번째 마을 사람들은" in entry["text"] for entry in group["nearest"])


class Tables(HTMLParser):
    """The cells of all tables, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in = False

    def handle_data(self, data: str) -> None:
        if self._in:
            self.rows[-1][-1] += data


def test_the_numbers_of_the_report_are_those_of_the_json_beside_it(corpus: Path) -> None:
    page = (corpus / "report.html").read_text()
    tables = Tables()
    tables.feed(page)
    rows = {row[0]: row[1:] for row in tables.rows if row}
    total = json.loads((corpus / "stats.json").read_text())["total"]
    read, clean, output = total["read"], total["clean"], total["output"]
    assert rows["records read"] == ["8", "100.0 %", megabytes(read["bytes_in"]), "100.0 %"]
    kept = [str(clean["kept"]), "50.0 %", megabytes(clean["bytes_kept"])]
    assert rows["kept by the rules"][:3] == kept
    assert rows["ko"] == [str(output["languages"]["ko"]), megabytes(output["language_bytes"]["ko"]), "100.0 %"]
    assert rows["CC0-1.0"][0] == str(output["license_documents"]["CC0-1.0"])
    assert rows["too short"] == ["min_words", rows["too short"][1], "web ko ≥ 30", "3", "3"]
    assert rows["other language"][0] == "language"
    assert rows["other language"][-1] == "1"
    (rule,) = json.loads((corpus / "rules.json").read_text())
    drawn = re.findall(r"<title>from ([\d.,]+): ([\d,]+)</title>", page)
    (group,) = rule["groups"]
    assert [(start, int(count)) for start, count in drawn] == [
        (figure(place * group["width"]), count) for place, count in enumerate(group["counts"]) if count
    ]
    assert page.count("Nearest kept") == 1


def test_bars_are_coloured_by_their_side_of_the_limit() -> None:
    for side, limit in (("min", 20.0), ("max", 0.3), ("max", 0.0)):
        width = width_of(side, limit)
        chart = bars({"counts": [1] * BINS, "width": width, "limit": limit}, side)
        gone = [bar[2] for bar in chart["bars"]]
        beyond = [
            (place + 0.5) * width < limit if side == "min" else (place + 0.5) * width > limit for place in range(BINS)
        ]
        assert gone == beyond
        assert True in gone
        assert gone != [True] * BINS or limit == 0
        assert 0 <= chart["limit"] <= 240


def test_every_rule_has_words() -> None:
    for rule in RULES:
        assert name_of(rule.name)
        assert "_" not in name_of(rule.name)
    assert name_of("bad json") == "bad json"


def _part(folder: Path, rows: list[tuple[str, float, float, str | None]], source: str) -> Any:
    """A part of (language, words, jamo, reason for which it is dropped), as a task that has run; measuring has dropped
    a record before these and changed every third text."""
    language, words, jamo, reason = ([row[k] for row in rows] for k in range(4))
    texts = [f"{folder.name} {n} " + "글" * EXCERPT for n in range(len(rows))]
    changed = [text if n % 3 == 0 else None for n, text in enumerate(texts)]
    before = ["", *("" if new else text for text, new in zip(texts, changed, strict=True))]
    origins = [f"{folder.name}#{n}" for n in range(len(rows))]
    places = pa.array(range(1, len(rows) + 1), ROW.type)
    for name, columns in (
        ("read/documents", {"text": before}),
        ("statistics", {"words": pa.array(words, pa.float32()), "jamo": pa.array(jamo, pa.float32())}),
        ("documents", {"lang": language, "origin": origins, "text": pa.array(changed, pa.string()), ROW.name: places}),
        ("judged", {"reason": pa.array(reason, pa.string())}),
    ):
        path = folder / f"{name}.arrow"
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pa.table(columns)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    dirs = {"measured_dir": folder, "clean_dir": folder, "read_dir": folder / "read"}
    return SimpleNamespace(**dirs, profile="web", source=SimpleNamespace(name=source))


def test_rules_are_described_over_parts_and_languages(tmp_path: Path) -> None:
    """Beside plain Python: the bins, and the kept documents that are nearest to a limit, of equals the first."""
    settings = {"web": {"ko": {"min_words": 30, "max_jamo": 0.1}, "en": {"min_words": 20, "max_jamo": None}}}
    recipe = Recipe.model_validate({"name": "t", "sources": [{"name": "s", "files": "x"}], "quality": settings})
    draw = np.random.default_rng(5)
    parts = []
    for _part_number in range(2):
        rows: list[tuple[str, float, float, str | None]] = []
        for _ in range(40):
            language = str(draw.choice(["ko", "en"]))
            words, jamo = float(draw.integers(0, 160)), float(np.float32(draw.choice([0, 0.05, 0.1, 0.2, 0.4])))
            least, most = (30, np.float32(0.1)) if language == "ko" else (20, 9)
            reason = "min_words" if words < least else "max_jamo" if jamo > most else None
            rows.append((language, words, jamo, reason if draw.random() < 0.9 or reason else "near"))
        parts.append(rows)
    tasks = [_part(tmp_path / f"p{n}", rows, f"source {n}") for n, rows in enumerate(parts)]
    told = describe_rules(tasks, recipe, {"min_words": 7, "max_jamo": 9, "max_lost": 0})
    assert [(rule["rule"], rule["dropped"]) for rule in told] == [("max_jamo", 9), ("min_words", 7)]
    groups = {(rule["rule"], group["language"]): group for rule in told for group in rule["groups"]}
    assert groups.keys() == {("max_jamo", "ko"), ("min_words", "ko"), ("min_words", "en")}
    for (rule, language), group in groups.items():
        column = 1 if rule == "min_words" else 2
        limit = {("max_jamo", "ko"): 0.1, ("min_words", "ko"): 30, ("min_words", "en"): 20}[rule, language]
        mine = [(p, n, row) for p, rows in enumerate(parts) for n, row in enumerate(rows) if row[0] == language]
        width = limit * (4 if rule == "min_words" else 2.5) / 24
        assert group["width"] == pytest.approx(width)
        bins = [min(int(np.float32(row[column]) / np.float64(width)), BINS - 1) for *_, row in mine]
        assert group["counts"] == np.bincount(bins, minlength=BINS).tolist()
        kept = [(abs(row[column] - limit), f"p{p}#{n}", row[column], p) for p, n, row in mine if row[3] is None]
        nearest = sorted(kept)[:NEAREST]
        assert [(near["origin"], near["value"]) for near in group["nearest"]] == [
            (origin, round(value, 4)) for _, origin, value, _ in nearest
        ]
        assert [near["source"] for near in group["nearest"]] == [f"source {p}" for *_, p in nearest]
        texts = [near["origin"].replace("#", " ") + " " + "글" * EXCERPT for near in group["nearest"]]
        assert [near["text"] for near in group["nearest"]] == [text[:EXCERPT] for text in texts]


def test_limits_are_those_of_the_profile_and_a_value_at_one_is_kept(tmp_path: Path) -> None:
    """Values below 0 are in the first bin."""
    quality = {"web": {"ko": {"min_words": 30}}, "reference": {"min_words": 6}}
    recipe = Recipe.model_validate({"name": "t", "sources": [{"name": "s", "files": "x"}], "quality": quality})
    words = (30, 29, 6, 5, -40)
    for profile, limit in (("web", 30), ("reference", 6)):
        rows = [("ko", float(count), 0.0, None if count >= limit else "min_words") for count in words]
        task = _part(tmp_path / profile, rows, "a")
        task.profile = profile
        ((group,),) = (rule["groups"] for rule in describe_rules([task], recipe, {"min_words": 1}))
        assert (group["profile"], group["limit"]) == (profile, limit)
        assert [near["value"] for near in group["nearest"]] == sorted(count for count in words if count >= limit)
        assert group["counts"][0] == sum(count * 24 / (4 * limit) < 1 for count in words)
        assert sum(group["counts"]) == len(words)


def test_reasons_in_words() -> None:
    assert name_of("max_top_2_gram") == "top 2 gram too high"
    assert name_of("min_ending_lines") == "ending lines too low"
    assert width_of("max", 0.0) == 6 / BINS
