"""Every option's default, and that what is given reaches the library; commands stop where the work would begin."""

import contextlib
import importlib
import inspect
import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from corpus.engine.marker import write_marker
from corpus.errors import UserError
from pipelines import cli, end_to_end
from tests.pipelines.test_commands import Given, hand_back
from tests.tokenizer.corpora import write_corpus
from tokenizer.analysis.peers import PACKAGED

PLACES = {"engine": "local", "ray_address": "auto"}
# Defaults that are not empty, off, or zero.
DEFAULTS: dict[str, dict[str, Any]] = {
    "build_corpus": {"recipe": "demo", "keep_work": True, **PLACES},
    "dedup": {"column": "text", "threshold": 0.7, "survivor": "central", **PLACES},
    "train_quality": {
        "column": "text", "most": 5000, "width": 8, "buckets": 131072, "ngrams": 2, "longest": 4, "epochs": 10,
    },
    "ablate": {
        "out": "runs/ablation", "config": "tiny", "tokens": 500_000, "seeds": 3, "vocab_size": 4096, "seq_len": 512,
        "held_out": 200,
    },
    "index": {"column": "text", **PLACES},
    "decontaminate": {
        "sets": "kobest,klue,english", "column": "text", "remove": "document", "coverage": 0.7, **PLACES,
    },
    "mirror": {"recipe": "mini", "out": "runs/mirror", "parallel": 8},
    "train_tokenizer": {
        "corpus": "runs/demo", "out": "runs/tokenizer", "min_word_count": 1, "min_frequency": 2,
        "whole_characters": True, "morphemes": "none", "superwords": "0", **PLACES,
    },
    "report_tokenizer": {"corpus": "runs/demo", "out": "runs/fertility"},
    "pack": {
        "corpus": "runs/demo", "tokenizer": "runs/tokenizer", "out": "runs/packed", "strategy": "best-fit",
        "bos": True, "eos": True, **PLACES,
    },
    "trace": {"corpus": "runs/demo", "sample": 5},
    "audit": {"corpus": "runs/demo", "pairs": 20, "seed": 1},
    "pretrain": {"config": "tiny", "data": "runs/packed", "out": "runs/model"},
    "generate": {
        "run": "runs/model", "tokens": 128, "temperature": 0.8, "top_k": 50, "top_p": 1.0, "repetition_penalty": 1.0,
        "port": 8642,
    },
    "evaluate": {
        "run": "runs/model", "tasks": "kobest,bpb", "profile": "main", "documents": 100, "context": 1, "batch_size": 8,
    },
    "export": {"run": "runs/model", "dtype": "auto", "average": 1, "bos": True},
    "end_to_end": {"recipe": "demo"},
    "doctor": {"network": True},
}  # fmt: skip


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_defaults(command: str) -> None:
    parameters = inspect.signature(importlib.import_module(f"pipelines.{command}").main).parameters.values()
    given = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty and p.default}
    found = {name: value.as_posix() if isinstance(value, Path) else value for name, value in given.items()}
    assert found == DEFAULTS.get(command, {})


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """How engines are opened: (name, workers, address, folder)."""
    found: list[tuple[Any, ...]] = []

    def engine(name: str, workers: int, _: Any, address: str, out: Path) -> Any:
        found.append((name, workers, address, out))
        return contextlib.nullcontext("tasks")

    for name in ("build_corpus", "decontaminate", "dedup", "index", "train_tokenizer"):
        monkeypatch.setattr(f"pipelines.{name}.open_engine", engine)
    return found


def test_a_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engines: list[tuple[Any, ...]]) -> None:
    from pipelines import build_corpus

    monkeypatch.setattr("corpus.download.locator.Locator", lambda *where: where)
    monkeypatch.setattr("corpus.recipe_file.read_recipe", lambda *named: None)
    monkeypatch.setattr("corpus.recipe.load_recipe", lambda *named: SimpleNamespace(name="mine", named=named))
    monkeypatch.setattr("corpus.build.build", hand_back)
    for update, overwrite in ((True, False), (False, True)):
        with pytest.raises(Given) as given:
            build_corpus.main(
                "r.toml", tmp_path, "mirror", 3, False, "CC0-1.0", overwrite, update, True, "ray", "there"
            )
        (recipe, folder, tasks, locator, *how), _ = given.value.args
        assert recipe.named == ("r.toml", build_corpus.RECIPES, "CC0-1.0")
        assert (folder, tasks, how) == (tmp_path, "tasks", [overwrite, update])
        assert locator == ("mirror", tmp_path / ".work" / "downloads")
    assert engines == [("ray", 3, "there", tmp_path)] * 2
    with pytest.raises(Given) as given:
        build_corpus.main()
    assert given.value.args[0][1] == Path("runs/mine")
    monkeypatch.setattr("corpus.build.list_parts", lambda settings, locator: ("parts", settings.named, locator))
    monkeypatch.setattr(build_corpus, "_estimate", hand_back)
    with pytest.raises(Given) as given:
        build_corpus.main("r.toml", tmp_path, "mirror", 3, True, keep_work=False)
    recipe, parts, locator, *how = given.value.args[0]
    assert parts == ("parts", recipe.named, locator)
    assert (locator, how) == (("mirror", tmp_path / ".work" / "downloads"), [3, False])


@pytest.mark.parametrize("keep_work", [True, False])
@pytest.mark.parametrize("update", [True, False])
@pytest.mark.parametrize("found", [True, False])
def test_what_follows_a_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engines: list[Any], found: bool, update: bool, keep_work: bool
) -> None:
    """Work is dropped where that is asked for, after its times are read; a corpus that was there has none."""
    from corpus.changes import LAST_BUILD
    from pipelines import build_corpus

    stats = {"total": {"output": {"documents": 5}}, LAST_BUILD: "what changed"}
    called: list[Any] = []
    monkeypatch.setattr("corpus.recipe_file.read_recipe", lambda *named: None)
    monkeypatch.setattr("corpus.recipe.load_recipe", lambda *_: SimpleNamespace(name="mine"))
    monkeypatch.setattr("corpus.build.build", lambda *_: SimpleNamespace(stats=stats, found=found))
    monkeypatch.setattr("corpus.times.read_times", lambda work: called.append(work) or "times")
    monkeypatch.setattr("corpus.engine.output.drop_work", lambda folder: called.append(folder))
    monkeypatch.setattr("corpus.losses.warnings", lambda _: ["look"])
    for name in ("_summary", "_times", "_changes"):
        monkeypatch.setattr(build_corpus, name, lambda *how, _name=name: called.append((_name, *how)))
    told = build_corpus.main("r.toml", tmp_path, update=update, keep_work=keep_work)
    times = None if found else "times"
    assert told == {"out": str(tmp_path), "warnings": ["look"], "times": times, "documents": 5}
    assert called == [
        *([] if found else [tmp_path / ".work"]),
        *([] if keep_work else [tmp_path]),
        ("_summary", stats, tmp_path),
        *([] if found else [("_times", "times")]),
        *([("_changes", "what changed", found, tmp_path)] if update else []),
    ]


def test_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import build_corpus, mirror

    made: list[Any] = []
    monkeypatch.setattr("corpus.download.locator.Locator", lambda *how: made.append(how))
    monkeypatch.setattr("corpus.recipe_file.read_recipe", lambda *named: None)
    monkeypatch.setattr("corpus.recipe.load_recipe", lambda *named: named)
    monkeypatch.setattr("corpus.build.list_parts", hand_back)
    with pytest.raises(Given) as given:
        mirror.main("r.toml", tmp_path, "http://m", 2.5, 3, "commercial")
    assert given.value.args[0] == (("r.toml", build_corpus.RECIPES, "commercial"), None)
    ((address, out, settings),) = made
    assert (address, out, settings.parallel, settings.max_disk) == ("http://m", tmp_path, 3, 2_500_000_000)
    for bound in (0.0, None):
        with pytest.raises(Given):
            mirror.main("r.toml", tmp_path, max_disk=bound)
    assert [settings.max_disk for *_, settings in made[1:]] == [0, None]  # nothing, and as much as there is


def test_an_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    from pipelines import export

    monkeypatch.setattr("model.export.huggingface.export_run", hand_back)
    monkeypatch.setattr("model.export.huggingface.import_directory", hand_back)
    checkpoints = [f"checkpoints/step-{step:06d}" for step in (3, 5, 7, 9)]
    for folder in (*checkpoints, "hf"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("config.toml", "hf/config.json", *(f"{folder}/manifest.json" for folder in checkpoints)):
        (tmp_path / name).write_text("")
    with pytest.raises(UserError, match="no 4 checkpoints to average up to step 7, only 3"):
        export.main(tmp_path, tmp_path / "out", 7, average=4)
    for bos, gguf, overwrite in ((False, True, False), (True, False, True)):
        with pytest.raises(Given) as given:
            export.main(tmp_path, tmp_path / "out", 7, "float16", None, gguf, 3, bos, overwrite)
        assert given.value.args[0] == (tmp_path, tmp_path / "out", 7, "float16", overwrite, bos, gguf, 3)
    for overwrite in (True, False):
        with pytest.raises(Given) as given:
            export.main(out=tmp_path / "out", source=tmp_path / "hf", overwrite=overwrite)
        assert given.value.args[0] == (tmp_path / "hf", tmp_path / "out", overwrite)
    with pytest.raises(UserError, match="import first, then export the run with --gguf"):
        export.main(out=tmp_path / "out", source=tmp_path / "hf", gguf=True)
    for gguf, name in ((True, "runs/gguf"), (False, "runs/hf")):
        with pytest.raises(Given) as given:
            export.main(tmp_path, gguf=gguf)
        assert given.value.args[0][1] == Path(name)


@pytest.mark.parametrize("gguf", [False, True])
def test_what_an_export_tells_is_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], gguf: bool
) -> None:
    pytest.importorskip("transformers")
    from pipelines import export

    facts = {"step": 1234, "parameters": 56789, "dtype": "float16", "parity": 2e-5, "rounding": 3e-3}
    monkeypatch.setattr("model.export.huggingface.export_run", lambda *_: SimpleNamespace(**facts))
    monkeypatch.setattr("model.export.huggingface.import_directory", lambda *_: SimpleNamespace(model="shape"))
    monkeypatch.setattr("model.network.decoder.parameter_count", lambda shape: 98765 if shape == "shape" else 0)
    (tmp_path / "hf").mkdir()
    for name in ("config.toml", "hf/config.json"):
        (tmp_path / name).write_text("")
    out = tmp_path / "out"
    assert export.main(tmp_path, out, gguf=gguf) == {"out": str(out)} | facts
    told = capsys.readouterr().err.replace("\n", " ").replace(" ", "")
    place = f"{out}/model.gguf" if gguf else str(out)
    told_wanted = (
        f"{place}: step 1,234, 56,789 parameters in float16; transformers' logits differ by 2.0e-05 of the largest,"
        " storing moved them by 3.0e-03."
    )
    assert told == told_wanted.replace(" ", "")
    assert export.main(out=out, source=tmp_path / "hf") == {"out": str(out), "parameters": 98765}
    told = " ".join(capsys.readouterr().err.split()).replace(" ", "")
    assert told == f"{out}: a run of 98,765 parameters, imported from {tmp_path / 'hf'}.".replace(" ", "")


def test_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import trace

    monkeypatch.setattr("corpus.shards.shard_paths", lambda corpus: [])
    monkeypatch.setattr("corpus.trace.Stages.open", lambda corpus: ("stages", corpus))
    monkeypatch.setattr("corpus.trace.find_documents", hand_back)
    for name in ("id", "url", "text", "why_dropped"):
        with pytest.raises(Given) as given:
            trace.main(corpus=tmp_path, sample=9, **{name: "x"})  # type: ignore[arg-type]
        stages, wanted, sample = given.value.args[0]
        assert (stages, sample) == (("stages", tmp_path), 9)
        assert list(vars(wanted).values()) == [
            "x" if name == each else None for each in ("id", "url", "text", "why_dropped")
        ]


def test_a_report_on_tokenizers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import report_tokenizer
    from tests.tokenizer.byte_level import write_small

    corpus = write_corpus(tmp_path / "corpus", {"wiki-ko": [("한국어 글", "ko", None)]})
    for name in ("t", "u"):
        (tmp_path / name).mkdir()
        write_small(tmp_path / name / "tokenizer.json", "he", "lo")
    (tmp_path / "lines").mkdir()
    for name, text in (("news.ko", "한 줄"), ("news.en", "a line"), ("gold.ko.pos", "한/MM 줄/NNB")):
        (tmp_path / "lines" / name).write_text(f"{text}\n")
    monkeypatch.setitem(PACKAGED, "nowhere", [("no_such_package", "tokenizer.json")])
    given: dict[str, Any] = {
        "tokenizer": [tmp_path / "t", tmp_path / "u"], "corpus": corpus, "split": "train", "peers": "nowhere",
        "parallel": tmp_path / "lines", "seed": 5, "overwrite": True,
    }  # fmt: skip
    sizes = SimpleNamespace(bytes_of=lambda: 0)
    opened: list[int | None] = []

    def engine(workers: int | None, _: Any) -> Any:
        opened.append(workers)
        return contextlib.nullcontext("engine")

    def prepared(*how: Any) -> Any:
        assert how[0] == sorted((corpus / "train").glob("*.arrow"))
        assert (how[1], how[2:]) == ({"news": {"en": ["a line"], "ko": ["한 줄"]}}, (tmp_path / "lines/gold.ko.pos", 5))
        return SimpleNamespace(sizes=sizes)

    monkeypatch.setattr("tokenizer.report.prepare", prepared)
    monkeypatch.setattr("tokenizer.report.build", hand_back)
    monkeypatch.setattr(report_tokenizer, "LocalEngine", engine)
    for workers, size, wanted in (
        (0, report_tokenizer.SERIAL // 2 - 1, 1), (0, report_tokenizer.SERIAL // 2, None), (2, 1, 2)
    ):  # fmt: skip
        sizes.bytes_of = lambda size=size: size
        with pytest.raises(Given) as seen:
            report_tokenizer.main(**given, workers=workers, out=tmp_path / "out")
        (candidates, missing, _, *rest), _ = seen.value.args
        assert [(c.name, c.path, c.ours) for c in candidates] == [(name, tmp_path / name, True) for name in "tu"]
        assert [each["name"] for each in missing] == ["nowhere"]
        assert rest == [corpus, "engine", "train"]
        assert opened.pop() == wanted
    (tmp_path / "peers" / "t").mkdir(parents=True)
    write_small(tmp_path / "peers" / "t" / "tokenizer.json", "he", "lo")
    with pytest.raises(Given) as seen:  # a peer that is a given tokenizer is measured once; both count for the engine
        report_tokenizer.main(**given | {"peers": "", "peers_dir": tmp_path / "peers"}, out=tmp_path / "out")
    assert [c.ours for c in seen.value.args[0][0]] == [True, True]


@pytest.mark.parametrize("mirror", [None, "/a/tree", "http://mirror.example"])
def test_the_steps_of_the_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror: str | None) -> None:
    """Each reads what the steps before it made, with the scale's settings; only a folder is a mirror for scores."""
    seen: dict[str, dict[str, Any]] = {}
    for name in ("train_tokenizer", "report_tokenizer", "pack", "pretrain", "generate", "export", "evaluate"):

        def note(_name: str = name, **how: Any) -> dict[str, bool]:
            seen[_name] = how
            return {"finished": True}

        monkeypatch.setattr(f"pipelines.{name}.main", note)
    monkeypatch.setattr(end_to_end, "_can_evaluate", lambda: True)
    scale = end_to_end.Scale(end_to_end.Fitted(1536, 96, "mini", 4.0), ("하나", "two"), "bpb,kobest")
    for overwrite in (False, True):
        steps = end_to_end._steps(scale, "own.toml", tmp_path, mirror, overwrite)
        for step in steps:
            step.work()
        corpus, tokenizer, packed, model, exported = (
            tmp_path / name for name in ("corpus", "tokenizer", "packed", "model", "hf")
        )
        assert seen == {
            "train_tokenizer": {"corpus": corpus, "out": tokenizer, "vocab_size": 1536, "overwrite": overwrite},
            "report_tokenizer": {
                "tokenizer": [tokenizer], "corpus": corpus, "out": tmp_path / "fertility", "overwrite": overwrite,
            },
            "pack": {"corpus": corpus, "tokenizer": tokenizer, "out": packed, "seq_len": 96, "overwrite": overwrite},
            "pretrain": {
                "config": "own.toml", "data": packed, "out": model, "resume_auto": True, "overwrite": overwrite,
            },
            "generate": {"run": model, "prompt": ["하나", "two"]},
            "export": {"run": model, "out": exported, "overwrite": True},
            "evaluate": {
                "run": exported, "tasks": "bpb,kobest", "mirror": Path("/a/tree") if mirror == "/a/tree" else None,
                "corpus": corpus,
            },
        }  # fmt: skip
    told = [(step.name, step.path.name) for step in steps]
    assert told == [
        ("tokenizer", "tokenizer"), ("fertility", "fertility"), ("packed", "packed"), ("model", "model"),
        ("sample", "model"), ("export", "hf"), ("scores", "evaluation"),
    ]  # fmt: skip
    assert [steps[n].made for n in (0, 2, 3, 6)] == [
        "byte-level BPE of 1,536", "rows of 96 tokens", "own.toml decoder, checkpoints, metrics.jsonl",
        "bpb,kobest: results.json, report.html",
    ]  # fmt: skip


def test_the_chain_begins_with_the_corpus_and_its_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.build_corpus.main", hand_back)
    announced: list[Any] = []
    monkeypatch.setattr(end_to_end, "_announce", lambda facts, steps: announced.append((dict(facts), steps)))
    monkeypatch.setattr(end_to_end, "_can_evaluate", lambda: False)
    with pytest.raises(Given) as given:
        end_to_end.main("demo", tmp_path, "there", 3, True, "350m")
    assert given.value.args == (("demo", tmp_path / "corpus", "there", 3), {"overwrite": True})
    scale = end_to_end.SCALES["demo"].fit
    facts = {"recipe": "demo", "config": "350m", "vocabulary": scale.vocab_size, "seq_len": scale.seq_len}
    assert announced == [(facts, ["corpus", "tokenizer", "fertility", "packed", "model", "sample"])]
    own = tmp_path / "r.toml"
    own.write_text('name = "own"\n[[sources]]\nname = "sample"\n')
    for recipe, config in (("demo", "tiny"), ("mini", "mini"), (str(own), "tiny")):
        with pytest.raises(Given):
            end_to_end.main(recipe, tmp_path / Path(recipe).stem)
        assert recipe == str(own) or announced[-1][0]["config"] == config
    monkeypatch.chdir(tmp_path)
    for recipe, folder in (("mini", "end-to-end-mini"), ("r.toml", "end-to-end-r")):
        with pytest.raises(Given) as given:
            end_to_end.main(recipe)
        assert given.value.args[0][1] == Path("runs") / folder / "corpus"


def test_the_training_of_a_tokenizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engines: list[tuple[Any, ...]]
) -> None:
    """The sample, the counts, the weights, the pruning and the rules are those that were given."""
    from pipelines import train_tokenizer
    from tokenizer import job

    corpus = write_corpus(tmp_path / "corpus", {"wiki-ko": [("한국어 글", "ko", None)]})
    calls: dict[str, Any] = {}

    def noted(name: str, value: Any = None) -> Any:
        def function(*how: Any, **named: Any) -> Any:
            calls[name] = how, named
            return value

        return function

    made = {
        "weighted": job.Total(["a"], [1], 0, 0),  # type: ignore[arg-type]
        "count_shards": None,
        "check_weights": None,
        "draw_sample": "sample",
        "split_words": ("words", "numbers"),
    }
    for name, value in made.items():
        monkeypatch.setattr(job, name, noted(name, value))
    monkeypatch.setattr(job, "read_index", lambda folder: {"tables": [], "pattern": "gpt2"})
    monkeypatch.setattr(job, "train", hand_back)
    with pytest.raises(Given) as given:
        train_tokenizer.main(
            corpus=corpus, out=tmp_path / "out", vocab_size=1000, pattern="gpt2", sample="ko=1", source_cap="wiki-ko=2",
            site_cap=3, seed=4, weights="ko=2", min_word_count=5, min_frequency=6, max_token_bytes=7,
            whole_characters=False, morphemes="josa", workers=8, engine="ray", ray_address="there",
        )  # fmt: skip
    rules = {"min_frequency": 6, "max_token_bytes": 7, "whole_characters": False}
    assert given.value.args == (("words", "numbers", 1024 - 3), rules)
    (shards, settings, _), _ = calls["draw_sample"]
    assert settings.model_dump() == {"languages": {"ko": 1}, "sources": {"wiki-ko": 2}, "site": 3, "seed": 4}
    assert calls["count_shards"][0][:5] == (shards, tmp_path / "out" / "counts", "gpt2", "tasks", "sample")
    assert calls["check_weights"][0] == ({"ko": 2.0}, shards, "sample")
    assert calls["weighted"][0] == (tmp_path / "out" / "counts", {"ko": 2.0}, 5)
    assert calls["split_words"][0] == (["a"], [1], "josa", "tasks")
    assert engines == [("ray", 8, "there", tmp_path / "out")]


def test_an_evaluation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each option is in the request; the demo's corpus is taken where bits per byte are asked for and none is named."""
    pytest.importorskip("lm_eval")
    from pipelines import evaluate

    monkeypatch.setattr("model.evaluation.scores.evaluate_run", hand_back)
    claimed: list[Path] = []

    def claim(folder: Path, *_: Any, **__: Any) -> Any:
        claimed.append(folder)
        return contextlib.nullcontext(SimpleNamespace(work=folder / ".work"))

    monkeypatch.setattr(evaluate, "claim", claim)
    offline = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE")
    for name in offline:
        monkeypatch.setenv(name, "0")
    (tmp_path / "config.toml").write_text("")
    (tmp_path / "checkpoints" / "step-000005").mkdir(parents=True)
    monkeypatch.setattr("corpus.shards.shard_paths", lambda *_: [])
    with pytest.raises(Given) as given:
        evaluate.main(
            tmp_path, " kobest, ,bpb ", "polyglot", tmp_path / "m", tmp_path / "c", 7, 3, 9, "5", True,
            tmp_path / "out", None, 4, "cpu",
        )  # fmt: skip
    run, request, step, _, unfinished = given.value.args[0]
    assert (run, step, claimed.pop()) == (tmp_path, "5", tmp_path / "out")
    assert unfinished == tmp_path / "out" / ".work" / "scores.json"
    assert [os.environ[name] for name in offline] == ["1", "1"]
    assert vars(request) == {
        "tasks": ["kobest", "bpb"], "profile": "polyglot", "mirror": tmp_path / "m", "corpus": tmp_path / "c",
        "documents": 7, "context": 3, "limit": 9, "bos": True, "batch_size": 4, "device": "cpu",
    }  # fmt: skip
    demo = tmp_path / "demo"
    monkeypatch.setattr(evaluate, "DEMO", demo)
    for there, tasks, corpus in ((False, "bpb", None), (True, "kobest", None), (True, "kobest,bpb", demo)):
        if there:
            demo.mkdir(exist_ok=True)
            (demo / "manifest.json").write_text("{}")
        with pytest.raises(Given) as given:
            evaluate.main(tmp_path, tasks, device="cpu", profile="polyglot")
        assert given.value.args[0][1].corpus == corpus
        assert claimed.pop() == tmp_path / "evaluation" / "polyglot"


def test_pages_and_tables_are_of_all_scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of each checkpoint, and beside them those to compare with; results of before are kept as the command's."""
    pytest.importorskip("lm_eval")
    from pipelines import evaluate

    results = [{"name": name, "profile": "main", "skipped": {f"task {name}": "no data"}} for name in "ab"]
    other = {"name": "c", "profile": "main", "skipped": {"task c": "no network"}}
    out, required, seen = tmp_path / "out", [], {}

    def kept(folder: Path, some: Any) -> tuple[Any, None]:
        for name in ("results.json", "results-1.json"):
            (folder / name).write_text("{}")
        return some, None

    def page(path: Path, *of: Any) -> None:
        path.write_text("page")
        seen["page"] = path, *of

    monkeypatch.setattr("model.runs.required.require_model", lambda *of: required.append(of))
    monkeypatch.setattr(evaluate, "_results_of", lambda path: path)
    monkeypatch.setattr("model.evaluation.results.read_results", lambda _: [other])
    (out / ".work").mkdir(parents=True)
    write_marker(out, evaluate.MAKER, {"profile": "main"}, {}, finished=False)
    unfinished = out / ".work" / "scores.json"
    monkeypatch.setattr("model.evaluation.scores.evaluate_run", lambda *_: unfinished.write_text("{}") and results)
    monkeypatch.setattr("model.evaluation.results.require_scores", lambda some: seen.update(required=some))
    monkeypatch.setattr("model.evaluation.results.keep", kept)
    monkeypatch.setattr("model.evaluation.families.folded", lambda skipped: skipped)
    monkeypatch.setattr("model.evaluation.tables.tables", lambda some: ("tables", some))
    monkeypatch.setattr("model.evaluation.tables.cut_note", lambda some: ("note", some))
    monkeypatch.setattr("model.evaluation.tables.markdown", lambda *of: seen.update(text=of) or "a table")
    monkeypatch.setattr("model.evaluation.page.commands", lambda *of: ("commands", of))
    monkeypatch.setattr("model.evaluation.page.write_page", page)
    told = evaluate.main(tmp_path, "bpb", step="5", out=out, compare=[tmp_path], device="cpu")
    assert required == [(tmp_path, "5")]
    every = [*results, other]
    made = ("tables", every)
    skipped = {"task a": "no data", "task b": "no data"}
    assert seen == {
        "required": results,
        "text": (made, skipped, ("note", results), ("commands", (made, every))),
        "page": (out / "report.html", made, every),
    }
    assert (out / "tables.md").read_text() == "a table"
    assert told == {"out": str(out), "results": results}
    files = json.loads((out / ".hanji.json").read_text())["files"]
    assert set(files) == {"results.json", "tables.md", "report.html", "results-1.json"}
    assert not (out / ".work").exists()


def test_a_page_for_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from model.text.generate import Sampling
    from pipelines import generate

    monkeypatch.setattr("model.serving.models.Models", lambda *how: how)
    monkeypatch.setattr("model.serving.server.CompletionServer", hand_back)
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.toml").write_text("")
    (tmp_path / "a" / "checkpoints" / "step-000003").mkdir(parents=True)
    for prompts, first in ((None, ""), (["봄", "가을"], "봄")):
        with pytest.raises(Given) as given:
            generate.main(
                tmp_path / "a", prompts, 5, step=3, serve=True, compare=[tmp_path / "b"], port=7, device="cpu"
            )
        models = [tmp_path / "a", tmp_path / "b"], 3, "cpu"
        assert given.value.args[0] == (models, 7, first, Sampling(5))
    required: list[Any] = []
    monkeypatch.setattr("model.runs.required.require_model", lambda *which: required.append(which))
    with pytest.raises(Given):
        generate.main(tmp_path / "a", step=3, serve=True, compare=[tmp_path / "b", tmp_path / "c"], device="cpu")
    # each is looked at before anything heavy is loaded; the checkpoint is the first one's
    assert required == [(tmp_path / "a", 3), (tmp_path / "b", None), (tmp_path / "c", None)]


@pytest.mark.parametrize("command", ["dedup", "index", "decontaminate"])
def test_an_engine_of_the_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engines: list[tuple[Any, ...]], command: str
) -> None:
    module = importlib.import_module(f"pipelines.{command}")
    for library in (
        "duplicates.files.deduplicate_files",
        "duplicates.index.add",
        "contamination.files.decontaminate_files",
    ):
        monkeypatch.setattr(f"corpus.{library}", hand_back)
    with pytest.raises(Given) as given:
        module.main(data=tmp_path, out=tmp_path / "out", workers=3, engine="ray", ray_address="there")
    assert engines == [("ray", 3, "there", tmp_path / "out")]
    assert "tasks" in given.value.args[0]


def test_a_chain_ends_with_its_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the training was is in it when it ends, since scores may take long."""
    record = {"bits_per_byte": {"ko": 1.23456, "en": 0.5}, "total_minutes": 2.5, "device": "this CPU"}
    called: list[Any] = []
    training = end_to_end.Step("model", "a model", tmp_path / "model", lambda: called.append("trained"))
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.json").write_text("{}")
    monkeypatch.setattr("pipelines.build_corpus.main", lambda *_, **__: None)
    monkeypatch.setattr(end_to_end, "_steps", lambda *_: [training])
    monkeypatch.setattr(end_to_end, "_announce", lambda *_: None)
    monkeypatch.setattr("model.runs.record.add_results", lambda *of: called.append(of) or record)
    monkeypatch.setattr(end_to_end.pages, "write", lambda *of: called.append(of) or {"page": "the page"})
    told = end_to_end.main("demo", tmp_path)
    assert (told["out"], told["page"], list(told["seconds"])) == (str(tmp_path), "the page", ["corpus", "model"])
    assert called == [
        "trained",
        (tmp_path, tmp_path / "model", None),
        (tmp_path, tmp_path / "model", tmp_path / "hf" / "evaluation" / "main" / "results.json"),
        ([tmp_path], tmp_path / "index.html"),
    ]
    assert "2 min 30 s on this CPU; bits per byte: ko 1.235, en 0.500." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("makes", "error", "spent"),
    [
        (False, UserError("no"), {"corpus": 2.0}),  # refused: it did nothing
        (True, UserError("full disk"), {"corpus": 2.0, "tokenizer": 2.0}),
        (False, KeyboardInterrupt(), {"corpus": 2.0, "tokenizer": 2.0}),
        (True, None, {"corpus": 2.0, "tokenizer": 2.0}),
    ],
)
def test_the_record_of_a_chain_has_what_its_steps_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, makes: bool, error: BaseException | None, spent: dict[str, float]
) -> None:
    """Also of one that failed; a chain of another recipe that is refused leaves the record as it was."""

    def build(recipe: str, out: Path, *_: Any, **__: Any) -> None:
        if recipe != "demo":
            raise UserError("of another recipe")
        out.mkdir(parents=True)
        (out / "manifest.json").write_text("{}")

    def work() -> None:
        if makes:
            (tmp_path / "tokenizer").mkdir()
        if error:
            raise error
        raise Given  # the end of this test

    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(end_to_end, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    monkeypatch.setattr("pipelines.build_corpus.main", build)
    step = end_to_end.Step("tokenizer", "made", tmp_path / "tokenizer", work)
    monkeypatch.setattr(end_to_end, "_steps", lambda *_: [step])
    monkeypatch.setattr(end_to_end, "_announce", lambda *_: None)
    with pytest.raises(type(error) if error else Given):
        end_to_end.main("demo", tmp_path)
    record = (tmp_path / "speedrun.json").read_bytes()
    found = json.loads(record)
    assert (found["seconds"], found["recipe"], found["total_minutes"]) == (spent, "demo", round(len(spent) / 30, 1))
    with pytest.raises(UserError, match="of another recipe"):
        end_to_end.main("mini", tmp_path)
    assert json.loads((tmp_path / "speedrun.json").read_bytes()) == found


def test_an_update_does_not_replace() -> None:
    from pipelines import build_corpus

    with pytest.raises(UserError, match="--update keeps what is unchanged, --overwrite replaces a folder"):
        build_corpus.main(update=True, overwrite=True)


@pytest.mark.parametrize("place", ["results.json", "evaluation/polyglot/results.json"])
def test_scores_to_compare_with_are_found_in_a_folder(tmp_path: Path, place: str) -> None:
    from pipelines.evaluate import _results_of

    with pytest.raises(UserError, match=r"neither a results\.json nor a folder that holds one"):
        _results_of(tmp_path)
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("[]")
    assert _results_of(tmp_path) == _results_of(tmp_path / place) == tmp_path / place


@pytest.mark.parametrize("name", ["m.txt", "m", "there.bin"])
def test_a_model_of_quality_is_a_file_of_its_kind(tmp_path: Path, name: str) -> None:
    from pipelines.train_quality import main

    (tmp_path / "there.bin").mkdir()
    with pytest.raises(UserError, match=r"expected the path of a file that ends in \.bin"):
        main(tmp_path, tmp_path, tmp_path / name)
