"""The page of a run folder: every figure on it is the one of the JSON beside it and of the command that made it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from corpus.engine.marker import Maker, write_marker
from corpus.errors import UserError
from model.overview.inspected import inspected
from model.overview.run_folder import overview, shown, write_overview
from pipelines.pages import main
from tests.corpus.test_losses import book
from tests.helpers.browser import check_page


class Figures(HTMLParser):
    """Sections of the page: title, and label → figure."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: list[tuple[str, dict[str, str]]] = []
        self._tag, self._label = "", ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._tag = tag
        if tag == "section":
            self.sections.append(("", {}))

    def handle_data(self, data: str) -> None:
        if not self.sections or not data.strip():
            return
        figures = self.sections[-1][1]
        if self._tag == "h2":
            self.sections[-1] = (data, figures)
        elif self._tag == "dt":
            self._label = data
        elif self._tag == "dd":
            figures[self._label] = data


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Folders as the commands write them, with numbers that differ from one another."""
    lost = book(1234, 100, dropped={"language": 900})
    for stage in ("read", "clean", "deduplicate", "trim"):
        lost[stage].setdefault("dropped", {})
    lost["output"] |= {"language_bytes": {"en": 225, "ko": 675}}
    write(tmp_path / "corpus" / "stats.json", {"sources": {"web": lost}, "total": lost})
    steps = [{"step": "read", "seconds": 4.0}, {"step": "clean", "seconds": 1.5}]
    write(tmp_path / "corpus" / ".work" / "times.json", {"seconds": 1234.56, "steps": steps})
    (tmp_path / "corpus" / "report.html").write_text("a report")
    words = {"distinct": 4321, "occurrences": 98765}
    training = {"vocab_size": 50304, "pattern": "cl100k", "merges": 50011, "words": words}
    write(tmp_path / "my tokenizer" / "training.json", training)
    (tmp_path / "my tokenizer" / "report.html").write_text("")
    metrics = {"metrics": {"fertility": {"value": 1.8956}}}
    entry = {"name": "mine", "ours": True, "seen": "part", "languages": {"ko": metrics}}
    measured = {"corpus": {"documents": 77, "split": "train"}, "tokenizers": [entry, {"ours": False}]}
    write(tmp_path / "fertility" / "fertility.json", measured)
    write(tmp_path / "packed" / "packing.json", {"tokens": 1_500_000, "rows": 733, "seq_len": 2048, "filled": 0.99917})
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.toml").write_text("")
    events = [{"kind": "train", "step": 60, "tokens": 220862, "loss": 6.46105, "skipped": 2, "lr": 0.01,
               "tokens_per_second": 9.0},
              {"kind": "validation", "step": 60, "bpb/language/ko": 2.65609, "bpb/web": 1.0}]  # fmt: skip
    (tmp_path / "model" / "metrics.jsonl").write_text("\n".join(map(json.dumps, events)) + "\n")
    scores = {"name": "hf", "profile": "main", "skipped": {"kobest_wic": "no data"}, "averages": {},
              "tasks": {"boolq": {"n": 1404, "cut": 1370, "acc": 0.6125, "acc_stderr": 0.01}},
              "bpb": {"languages": {"en": {"bpb": 3.0009}}}}  # fmt: skip
    write(tmp_path / "hf" / "evaluation" / "main" / "results.json", scores)
    (tmp_path / "hf" / "model.safetensors").write_bytes(b"")
    shape = {"architectures": ["LlamaForCausalLM"], "num_hidden_layers": 4, "hidden_size": 128, "vocab_size": 4096}
    write(tmp_path / "hf" / "config.json", shape)
    return tmp_path


EXPECTED = {
    "Corpus": {"documents": "100", "text": "900 B", "records read": "1,234", "dropped by rules": "900",
               "duplicates": "0", "unreadable": "0", "ko text": "75.0 %", "en text": "25.0 %",
               "time to build": "20 min 35 s", "longest step": "read"},
    "Tokenizer": {"tokens": "50,304", "pattern": "cl100k", "merges": "50,011", "distinct words": "4,321",
                  "words": "98,765"},
    "Tokenizer report": {"documents measured": "77", "split": "train", "tokens per ko word": "1.896",
                         "other tokenizers": "1"},
    "Packed data": {"tokens": "1,500,000", "rows": "733", "tokens a row": "2,048", "filled": "99.9 %"},
    "Training": {"steps": "60", "tokens seen": "220,862", "loss, nats a token": "6.461", "bits per byte, ko": "2.656"},
    "Export": {"architecture": "LlamaForCausalLM", "layers": "4", "width": "128", "tokens": "4,096"},
    "Scores": {"profile": "main", "boolq acc": "0.613", "bits per byte, en": "3.001"},
}  # fmt: skip


def test_every_figure_is_the_one_of_the_json_beside_the_page(chain: Path) -> None:
    main([chain])
    page = (chain / "index.html").read_text(encoding="utf-8")
    figures = Figures()
    figures.feed(page)
    assert dict(figures.sections) == EXPECTED
    beside = json.loads((chain / "index.json").read_text())
    for (kind, on_page), entry in zip(figures.sections, beside["results"], strict=True):
        assert kind == entry["kind"]
        assert on_page == {fact["label"]: shown(fact) for fact in entry["facts"]}


DAMAGE = {"list": b"[]", "object": b"{}", "text": b'"x"', "cut": b'{"total": {"out', "bytes": b"\xff\xfe{}"}
RESULTS = ("corpus/stats.json", "my tokenizer/training.json", "fertility/fertility.json", "packed/packing.json",
           "hf/config.json", "hf/evaluation/main/results.json")  # fmt: skip


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", RESULTS)
def test_a_damaged_result_is_named(chain: Path, name: str, how: str) -> None:
    (chain / name).write_bytes(DAMAGE[how])
    if (name, how) == ("hf/config.json", "object"):  # of transformers: no key has to be there
        main([chain])
        return
    with pytest.raises(UserError, match=name) as told:
        main([chain])
    with pytest.raises(UserError, match=name):  # inspect, too, instead of a list of files
        inspected(chain)
    assert "\n" not in str(told.value)


def test_a_line_of_the_metrics_that_is_no_event_is_skipped(chain: Path) -> None:
    path = chain / "model" / "metrics.jsonl"
    events = path.read_bytes()
    path.write_bytes(b'[]\n{}\n"x"\n\xff\n' + events)
    assert overview([chain / "model"])[0].facts[0].value == 60
    path.write_bytes(b"{}")
    assert overview([chain / "model"])[0].warnings == ["no step of this run has been taken."]


def test_a_result_whose_command_was_interrupted_is_told(chain: Path) -> None:
    maker = Maker("pretrain", "a training run")
    told = "not finished: pretrain was interrupted here, or still runs."
    write_marker(chain / "model", maker, None, {"config.toml": {}, "metrics.jsonl": {}}, finished=False)
    assert overview([chain / "model"])[0].warnings[0] == told
    assert inspected(chain / "model").summary.endswith(f"; {told}")
    write_marker(chain / "model", maker, None, {}, finished=True)
    assert overview([chain / "model"])[0].warnings == ["2 steps were skipped because of their loss or gradient."]
    assert "finished" not in inspected(chain / "model").summary


def test_warnings_are_on_top(chain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([chain])
    shown = " ".join(capsys.readouterr().err.split())
    page = (chain / "index.html").read_text(encoding="utf-8")
    told = re.findall(r'class="warning" role="note"><b>Warning:</b> ([^<]*)<', page)
    assert [text.split(":")[0] for text in told] == ["corpus", "fertility", "model", *["hf/evaluation/main"] * 2]
    assert "100 of 1,234 records are kept (8.1 %); most are dropped for: language" in told[0]
    assert "some of the text" in told[1]
    assert "2 steps were skipped" in told[2]
    assert "boolq 1,370" in told[3]
    assert "corpus: source 'web': 100 of 1,234 records are kept" in shown  # and in the terminal
    assert "2 steps were skipped" in shown
    assert page.index("Warning:") < page.index("<section")


def test_links_lead_to_the_pages(chain: Path) -> None:
    main([chain])
    links = re.findall(r'href="([^"]*\.html)"', (chain / "index.html").read_text(encoding="utf-8"))
    assert links == ["corpus/report.html", "my%20tokenizer/report.html"]
    main([chain / "corpus", chain / "packed"], out=chain / "elsewhere" / "both.html")
    assert 'href="../corpus/report.html"' in (chain / "elsewhere" / "both.html").read_text(encoding="utf-8")
    assert (chain / "elsewhere" / "both.json").is_file()
    assert "corpus + packed</title>" in (chain / "elsewhere" / "both.html").read_text(encoding="utf-8")


def test_the_page_of_the_folder_of_work_has_its_name(
    chain: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(chain)
    told = main([Path()])
    assert f"{chain.name}</title>" in (chain / "index.html").read_text(encoding="utf-8")
    assert told["page"] == "index.html"
    assert [each["kind"] for each in told["results"]] == list(EXPECTED)
    folders = ["corpus", "my tokenizer", "fertility", "packed", "model", "hf", "hf/evaluation/main"]
    assert [each["folder"] for each in told["results"]] == folders
    assert "7 results on one page: index.html" in capsys.readouterr().err


def test_another_page_is_left_alone_and_our_own_replaced(chain: Path) -> None:
    main([chain])
    main([chain])
    (chain / "index.html").write_text("<h1>my own page</h1>")
    with pytest.raises(UserError, match="is there already and is no overview"):
        main([chain])
    assert (chain / "index.html").read_text() == "<h1>my own page</h1>"


def test_folders_without_results_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no result of a command"):
        overview([tmp_path])
    with pytest.raises(UserError, match="no such folder"):
        overview([tmp_path / "x"])
    with pytest.raises(UserError, match="--out FILE"):
        main([tmp_path, tmp_path])


def test_names_are_text_and_no_markup(tmp_path: Path) -> None:
    place = tmp_path / "<b>x & y"
    write(place / "packing.json", {"tokens": 1, "rows": 1, "seq_len": 2, "filled": 1.0})
    write_overview(tmp_path / "index.html", "<i>title", overview([place]))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<b>x" not in page
    assert "<i>title" not in page


def test_the_page_is_clean_in_a_browser(chain: Path, tmp_path: Path) -> None:
    write_overview(chain / "index.html", "A run", overview([chain]))
    check_page(chain / "index.html", tmp_path / "profile")


def facts(folder: Path) -> dict[str, Any]:
    (found,) = overview([folder])
    return {fact.label: fact.value for fact in found.facts}


def test_what_was_lost_is_counted_under_its_name(tmp_path: Path) -> None:
    """Rules are those of cleaning and of trimming; skipped records are not unreadable ones."""
    lost = book(999, 100, skipped={"redirect": 1}, unreadable={"bad json": 2, "null text": 4}, dropped={"short": 8},
                duplicates={"near": 16, "exact": 32}, cut={"contamination": 64, "boilerplate": 128})  # fmt: skip
    lost["output"] |= {"language_bytes": {}}
    write(tmp_path / "stats.json", {"sources": {"web": lost}, "total": lost})
    found = facts(tmp_path)
    names = ("records read", "documents", "unreadable", "dropped by rules", "duplicates")
    assert [found[name] for name in names] == [999, 100, 6, 200, 48]


def test_the_longest_step_is_named(tmp_path: Path, chain: Path) -> None:
    steps = [{"step": name, "seconds": seconds} for name, seconds in (("read", 1.0), ("clean", 9.0), ("trim", 3.0))]
    write(chain / "corpus" / ".work" / "times.json", {"seconds": 13.0, "steps": steps})
    assert facts(chain / "corpus")["longest step"] == "clean"


def test_several_of_a_kind_are_named_and_counted(tmp_path: Path) -> None:
    def entry(name: str, seen: str | None, value: float, ours: bool = True) -> dict[str, Any]:
        languages = {"ko": {"metrics": {"fertility": {"value": value}}}}
        return {"name": name, "ours": ours, "seen": seen, "languages": languages}

    tokenizers = [
        entry("a", "all", 1.5),
        entry("b", "part", 2.5),
        entry("c", "none", 3.5),
        entry("d", None, 9.0, False),
    ]
    write(tmp_path / "fertility.json", {"corpus": {"documents": 3, "split": "train"}, "tokenizers": tokenizers})
    (found,) = overview([tmp_path])
    assert {f"tokens per ko word ({name})": value for name, value in (("a", 1.5), ("b", 2.5), ("c", 3.5))} == {
        fact.label: fact.value for fact in found.facts if fact.label.startswith("tokens per")
    }
    assert facts(tmp_path)["other tokenizers"] == 1
    assert found.warnings == [
        "a was trained on all of the text that it is measured on.",
        "b was trained on some of the text that it is measured on.",
    ]


def test_deduplicated_files_and_a_model_for_llama_cpp(tmp_path: Path) -> None:
    counts = {"records": 10, "exact": 3, "near": 2, "kept": 5}
    write(tmp_path / "dedup" / "summary.json", counts)
    (tmp_path / "dedup" / "duplicates.parquet").write_bytes(b"")
    assert facts(tmp_path / "dedup") == counts
    (tmp_path / "gguf").mkdir()
    (tmp_path / "gguf" / "model.gguf").write_bytes(b"")
    assert [found.kind for found in overview([tmp_path])] == ["Deduplicated files", "Export for llama.cpp"]


@pytest.mark.parametrize(
    ("skipped", "told"), [(0, []), (1, ["1 steps were skipped because of their loss or gradient."])]
)
def test_one_skipped_step_is_told(tmp_path: Path, skipped: int, told: list[str]) -> None:
    (tmp_path / "config.toml").write_text("")
    event = {"kind": "train", "step": 1, "tokens": 2, "loss": 3.0, "skipped": skipped}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(event) + "\n")
    (found,) = overview([tmp_path])
    assert found.warnings == told


def test_results_are_sought_four_folders_down_but_not_in_what_belongs_to_a_run(tmp_path: Path) -> None:
    packed = {"tokens": 1, "rows": 1, "seq_len": 2, "filled": 1.0}
    for name in ("b/2/3/4", "a/2/3/4/5", "c/.hidden", "d/checkpoints"):
        write(tmp_path / name / "packing.json", packed)
    assert [str(found.folder.relative_to(tmp_path)) for found in overview([tmp_path])] == ["b/2/3/4"]
    write(tmp_path / "a" / "packing.json", packed)
    write(tmp_path / "z" / "training.json", {"vocab_size": 1, "pattern": "x", "merges": 1,
                                             "words": {"distinct": 1, "occurrences": 2}})  # fmt: skip
    assert [str(found.folder.relative_to(tmp_path)) for found in overview([tmp_path])] == ["z", "a", "b/2/3/4"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (999, "bytes", "999 B"), (1000, "bytes", "1.0 kB"), (1_234_567, "bytes", "1.2 MB"), (1e9, "bytes", "1.0 GB"),
        (1e12, "bytes", "1.0 TB"), (None, "count", "–"), (1234, "count", "1,234"), (0.1234, "share", "12.3 %"),
        (1.23456, "figure", "1.235"), (12.34, "seconds", "12.3 s"), (1234.56, "seconds", "20 min 35 s"),
        ("read", "", "read"),
    ],
)  # fmt: skip
def test_figures_for_people(value: Any, unit: str, text: str) -> None:
    assert shown({"value": value, "unit": unit}) == text


def test_the_page_of_several_folders_needs_a_place_and_warnings_are_printed(
    chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("pipelines.pages.warn", told.append)
    result = main([chain])
    assert result["page"] == str(chain / "index.html")
    beside = json.loads((chain / "index.json").read_text())["warnings"]
    assert told == [f"{chain / each['of']}: {each['text']}" for each in beside]
    assert len(told) == 5
