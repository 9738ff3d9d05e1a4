"""What commands show and refuse, called in this process: figures by name, exit statuses, what a folder depends on."""

import contextlib
import errno
import io
import itertools
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

import corpus.forecast
from corpus.errors import UserError
from corpus.forecast import Forecast, Source
from corpus.quantities import megabytes
from pipelines.console import INTERRUPTED, _plain, application
from tests.model.packed_data import train_tokenizer
from tests.model.small_corpus import write_corpus, write_packed
from tokenizer.encoding import Encoder


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the commands print to their console, 200 columns wide."""
    out = io.StringIO()
    for name in ("build_corpus", "pack", "dedup"):
        monkeypatch.setattr(f"pipelines.{name}.console", Console(file=out, width=200, color_system=None))
    return out


def table_rows(text: str) -> dict[str, list[str]]:
    """The lines of a printed table by their first cell."""
    lines = [line.replace("│", " ").replace("┃", " ").split() for line in text.splitlines()]
    return {cells[0]: cells[1:] for cells in lines if cells}


def test_the_summary_of_a_build_adds_up(shown: io.StringIO, tmp_path: Path) -> None:
    from pipelines.build_corpus import _summary

    unique = itertools.count(101, 7)

    def book() -> dict[str, Any]:
        return {
            "read": {"in": next(unique), "unreadable": {"a": next(unique), "b": next(unique)},
                     "skipped": {"redirect": next(unique)}},
            "clean": {"dropped": {"short": next(unique), "language": next(unique)}},
            "deduplicate": {"dropped": {"exact": next(unique), "near": next(unique)}},
            "output": {"documents": next(unique), "bytes": 1000 * next(unique)},
        }  # fmt: skip

    stats = {"sources": {"web": book(), "wiki": book()}, "total": book()}
    _summary(stats, tmp_path)
    found = table_rows(shown.getvalue())
    for name, b in [*stats["sources"].items(), ("all", stats["total"])]:
        numbers = [
            b["read"]["in"],
            sum(b["read"]["unreadable"].values()),
            sum(b["clean"]["dropped"].values()) + b["read"]["skipped"]["redirect"],
            sum(b["deduplicate"]["dropped"].values()),
            b["output"]["documents"],
        ]
        assert found[name][:5] == [str(n) for n in numbers]
        assert found[name][5:] == megabytes(b["output"]["bytes"]).split()


def test_the_table_of_an_update_is_what_changed(shown: io.StringIO, tmp_path: Path) -> None:
    """Changed are documents of another text and those of a new version; what was found as it should be is told so."""
    from pipelines.build_corpus import _changes

    unique = itertools.count(101, 7)
    names = ("before", "after", "same", "changed", "new version")

    def counts() -> dict[str, Any]:
        found: dict[str, Any] = {name: next(unique) for name in names}
        return found | {part: {"a": next(unique), "b": next(unique)} for part in ("added", "left")}

    told = {"sources": {"web": counts(), "wiki": counts()}, "total": counts()}
    told["survivors"] = {"documents": 1234, "changes": 56}
    _changes(told, False, tmp_path)
    found = table_rows(shown.getvalue())
    for name, c in [*told["sources"].items(), ("all", told["total"])]:
        changed = c["changed"] + c["new version"]
        figures = [c["before"], c["after"], c["same"], changed, sum(c["added"].values()), sum(c["left"].values())]
        assert found[name] == [str(n) for n in figures]
    assert found["source"] == ["before", "now", "same", "changed", "added", "left"]
    assert "Another document stays now for 1,234 of the documents; survivors replaced: 56;" in shown.getvalue()
    assert "Nothing to update" not in shown.getvalue()
    shown.truncate(0)
    _changes(told, True, tmp_path)
    assert "Nothing to update" in shown.getvalue()
    assert "survivors" not in shown.getvalue()


@pytest.mark.parametrize("runs", [1, 3])
def test_the_table_of_times_is_that_of_the_steps(shown: io.StringIO, runs: int) -> None:
    from pipelines.build_corpus import _times

    steps = [
        {"step": "read", "seconds": 12.34, "share": 0.25, "megabytes_per_second": 4.567, "already_done": 1234,
         "tasks": 5678},
        {"step": "clean", "seconds": 37.0, "share": 0.75, "megabytes_per_second": None, "already_done": 0, "tasks": 9},
    ]  # fmt: skip
    _times({"seconds": 49.34, "runs": runs, "steps": steps})
    found = table_rows(shown.getvalue())
    assert found["read"] == ["12.3", "25", "%", "4.57", "1,234", "of", "5,678"]
    assert found["clean"] == ["37.0", "75", "%"]
    assert "Time: 49.3 s" in shown.getvalue()
    assert ("in 3 runs" in shown.getvalue()) == (runs == 3)


def test_the_table_of_packing_is_what_was_packed(shown: io.StringIO, tmp_path: Path) -> None:
    from pipelines.pack import main

    texts = ["봄이 오면 서울의 강가에는 벚꽃이 핀다.", "The ferry left late.", "한지는 종이다."]
    corpus = write_corpus(
        tmp_path / "corpus",
        {"train": {"web-00000": texts * 9, "wiki-00000": texts[:2]}, "validation": {"web-00000": texts[:1]}},
    )
    main(corpus=corpus, tokenizer=train_tokenizer(tmp_path / "t"), out=tmp_path / "packed", seq_len=64, workers=1)
    about = json.loads((tmp_path / "packed" / "packing.json").read_text())
    counts = (
        f"{about['tokens']:,} tokens in {about['rows']:,} rows, {100 * about['filled']:.2f} % of the positions filled:"
    )
    assert counts in shown.getvalue()
    encoder = Encoder.from_file(tmp_path / "packed" / "tokenizer")
    for name in ("vocab_size", "bos_id", "eos_id", "pad_id"):
        assert about[name] == getattr(encoder, name), name
    splits = about["splits"]
    lines = [line.split() for line in shown.getvalue().splitlines()]
    found = {(cells[0], cells[1]): cells[2:] for cells in lines if cells and cells[0] in splits}
    assert found.keys() == {("train", "web"), ("train", "wiki"), ("validation", "web")}
    for (split, source), cells in found.items():
        book = splits[split][source]
        numbers = [f"{book[name]:,}" for name in ("documents", "tokens", "rows")]
        assert len(set(numbers)) == 3 or source == "wiki" or split == "validation"
        filled = f"{100 * book['tokens'] / (64 * book['rows']):.2f}"
        assert cells == [*numbers, filled, "%", str(book["cut_documents"])]


def test_errors_of_the_machine_keep_their_traceback_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def main() -> None:
        raise OSError(errno.EROFS, "read-only", "/data")

    runner = CliRunner()
    told = runner.invoke(application(main), [])
    assert (told.exit_code, "/data: the disk is read-only" in told.stderr) == (2, True)
    monkeypatch.setenv("HANJI_TRACEBACK", "1")
    assert isinstance(runner.invoke(application(main), []).exception, OSError)


@pytest.mark.parametrize(
    ("error", "code"), [(UserError("mend it"), 2), (KeyboardInterrupt(), 130), (MemoryError(), 2), (None, 0)]
)
def test_exit_statuses(error: BaseException | None, code: int) -> None:
    def main() -> None:
        if error is not None:
            raise error

    app = typer.Typer()
    app.command()(_plain(main))
    assert CliRunner().invoke(app, []).exit_code == code

    def with_result() -> dict[str, int]:
        main()
        return {}

    assert CliRunner().invoke(application(with_result), ["--json"]).exit_code == code


@pytest.mark.parametrize(
    ("error", "told"),
    [(KeyboardInterrupt("Step 3 is saved."), "Step 3 is saved.\n"), (KeyboardInterrupt(), INTERRUPTED)],
)
def test_an_interrupt_says_how_to_go_on(error: BaseException, told: str) -> None:
    def main() -> None:
        raise error

    assert CliRunner().invoke(application(main), []).stderr.startswith(told)


@pytest.mark.parametrize(("threshold", "short"), [(0.7, 0.9), (0.9, 0.9), (0.95, 0.95)])
def test_short_texts_are_never_held_to_less_than_long_ones(
    monkeypatch: pytest.MonkeyPatch, shown: io.StringIO, tmp_path: Path, threshold: float, short: float
) -> None:
    from pipelines.dedup import main

    given: list[Any] = []

    def nothing(data: Path, column: str, out: Path, settings: Any, engine: Any, **_: Any) -> dict[str, Any]:
        given.append(settings.match)
        return {
            "records": 0,
            "unreadable": {},
            "left_out": {},
            "exact": 0,
            "near": 0,
            "kept": 0,
            "cluster_sizes": {},
            "audit": "audit.html",
        }

    monkeypatch.setattr("corpus.duplicates.files.deduplicate_files", nothing)
    main(data=tmp_path, out=tmp_path / "out", threshold=threshold, workers=1)
    assert [(match.threshold, match.short_threshold) for match in given] == [(threshold, short)]


def test_a_run_depends_on_its_configuration_and_its_data(tmp_path: Path) -> None:
    from model.config import load_config
    from pipelines.pretrain import _identity

    config = load_config("tiny")
    before = _identity(config, tmp_path)
    (tmp_path / "packing.json").write_text("{}")
    packed = _identity(config, tmp_path)
    (tmp_path / "packing.json").write_text("[]")
    others = [_identity(load_config("tiny", [change]), tmp_path) for change in ("data.seed=1", "optimizer.lr=1")]
    begun: list[Any] = [SimpleNamespace(identity=lambda name=name: name) for name in ("a", "b")]
    found = [before, packed, _identity(config, tmp_path), *others]
    found += [_identity(config, tmp_path, pretrained) for pretrained in begun]
    assert all(one != other for one, other in itertools.combinations(found, 2))


def test_scores_of_another_profile_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lm_eval")
    from pipelines.evaluate import main

    monkeypatch.setattr("model.evaluation.scores.evaluate_run", lambda *_: pytest.fail("measured before it was asked"))
    other = {"name": "other", "profile": "polyglot", "tasks": {}}
    (tmp_path / "results.json").write_text(json.dumps(other))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match=r"other was measured with profile polyglot, this run with main"):
        main(run=tmp_path, compare=[tmp_path / "results.json"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"also": "nanogpt,gguf"}, "--also gguf: no such format; accepted: nanogpt, megatron"),
        ({"also": "x"}, "--also x: no such format"),
        ({"tiers": "2,x"}, "--tiers 2,x: "),
        ({"tiers": "5,2"}, "--tiers 5,2: bounds must ascend"),
        ({"tokenizer": Path("nowhere")}, "nowhere: no such tokenizer"),
    ],
)
def test_what_pack_cannot_make_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], message: str
) -> None:
    from pipelines.pack import main

    monkeypatch.setattr("corpus.shards.shard_paths", lambda corpus: [])
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(UserError, match=message):
        main(**{"corpus": tmp_path, "tokenizer": tmp_path, "out": tmp_path / "out"} | options)
    assert not (tmp_path / "out").exists()


def test_options_of_pretrain_reach_the_trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.pretrain import main

    found: dict[str, Any] = {}

    def trainer(config: Any, data: Path, out: Path, world: Any, **how: Any) -> None:
        found.update(how, config=config, data=data, out=out, device=str(world.device))
        raise UserError("seen")

    monkeypatch.setattr("model.training.trainer.Trainer", trainer)
    data = write_packed(tmp_path / "data", {"web": [[[1, 2, 3]]]}, 8)
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "tokenizer.json").write_text("{}")
    with pytest.raises(UserError, match="seen"):
        main(config="tiny", data=data, out=tmp_path / "run", tokenizer=tmp_path / "tokenizer",
             settings=["train.steps=7", "optimizer.lr=0.5"], device="cpu", profile=3)  # fmt: skip
    config, observer = found.pop("config"), found.pop("observer")
    assert (config.train.steps, config.train.profile, config.optimizer.lr) == (7, 3, 0.5)
    assert callable(observer)
    assert found == {
        "data": data,
        "out": tmp_path / "run",
        "device": "cpu",
        "resume": False,
        "tokenizer": tmp_path / "tokenizer",
        "initial": None,
    }
    asked: list[Any] = []
    monkeypatch.setattr("model.runs.required.check_resume", lambda *of: asked.append(of))
    for how, resume in (({"resume": True}, True), ({"resume_auto": True}, "auto"), ({"profile": 1}, False)):
        with pytest.raises(UserError, match="seen"):
            main(data=data, out=tmp_path / "run", settings=["train.steps=7"], device="cpu", **how)  # type: ignore[arg-type]
        assert (found["resume"], found["config"].train.profile) == (resume, how.get("profile", 0))
    assert asked == [(tmp_path / "run", True, 7), (tmp_path / "run", "auto", 7)]
    with pytest.raises(UserError, match=r"with --init the model has the shape of .*leave it out"):
        main(data=data, settings=["train.steps=7", " model.layers=2"], init=tmp_path, device="cpu")


def test_only_tests_that_leaked_are_told(shown: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import decontaminate

    monkeypatch.setattr(decontaminate, "console", Console(file=shown, width=300))
    found: dict[str, Any] = {}
    summary = {"records": 9, "unreadable": {"bad json": 1, "null text": 2}, "contaminated": 2, "kept": 4,
               "left_out": {"a.txt": "no text", "b.bin": "no format"}, "page": "review.html"}  # fmt: skip
    monkeypatch.setattr("pathlib.Path.home", lambda: Path("/home/of/somebody"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def library(data: Path, column: str, out: Path, settings: Any, *_: Any, **how: Any) -> dict[str, Any]:
        found.update(how, coverage=settings.coverage, remove=settings.remove, column=column, sets=settings.sets)
        return summary | {"tasks": {"kobest_wic": {"leaks": 0}, "arc_easy": {"leaks": leaks.pop(0)}}}

    monkeypatch.setattr("corpus.contamination.files.decontaminate_files", library)
    monkeypatch.setattr("corpus.download.locator.Locator", lambda mirror, to: found.update(mirror=mirror, cache=to))
    leaks = [3, 0]
    for told in ("Items that leaked: 3 of arc_easy.", "Items that leaked: none."):
        decontaminate.main(data=tmp_path, out=tmp_path / "out", sets="kobest_wic", column="body", coverage=0.6,
                           remove="nothing", identifier="id", mirror="there", overwrite=True, workers=1)  # fmt: skip
        assert told in shown.getvalue()
        assert "9 records: 3 unreadable, 2 with test items, 4 kept" in shown.getvalue()
        assert "a.txt is left out: no text.\nb.bin is left out: no format.\n" in shown.getvalue()
    assert found == {"coverage": 0.6, "remove": "nothing", "column": "body", "identifier": "id", "overwrite": True,
                     "mirror": "there", "sets": ["kobest_wic"],
                     "cache": Path("/home/of/somebody/.cache/hanji/evaluation-sets")}  # fmt: skip


class Given(Exception):  # noqa: N818 - no error
    """Ends a command with the arguments that it has passed on."""


def hand_back(*arguments: Any, **named: Any) -> None:
    raise Given(arguments, named)


@pytest.mark.parametrize(("bos", "eos"), [(False, True), (True, False)])
def test_options_of_pack_reach_the_packing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bos: bool, eos: bool
) -> None:
    from pipelines import pack

    engines: list[tuple[Any, ...]] = []

    def engine(*how: Any) -> Any:
        engines.append(how)
        return contextlib.nullcontext("tasks")

    monkeypatch.setattr(pack, "open_engine", engine)
    monkeypatch.setattr("tokenizer.files.TokenizerFiles.read", lambda tokenizer: None)
    monkeypatch.setattr("corpus.shards.shard_paths", lambda corpus: [corpus / "a"])
    monkeypatch.setattr("model.packing.corpus.pack_corpus", hand_back)
    with pytest.raises(Given) as given:
        pack.main(corpus=tmp_path / "c", tokenizer=tmp_path / "t", out=tmp_path / "o", seq_len=64, bos=bos, eos=eos,
                  strategy="concat", tiers="2, 5", workers=3, overwrite=True, engine="ray",
                  ray_address="there")  # fmt: skip
    (corpus, tokenizer, out, settings, tasks, overwrite), _ = given.value.args
    assert (corpus, tokenizer, out, tasks, overwrite) == (*(tmp_path / name for name in "cto"), "tasks", True)
    assert (settings.seq_len, settings.strategy, settings.bos, settings.eos, settings.tiers) == (
        64, "concat", bos, eos, (2, 5)
    )  # fmt: skip
    ((name, workers, _, address, where),) = engines
    assert (name, workers, address, where) == ("ray", 3, "there", tmp_path / "o")
    told: list[Any] = []
    monkeypatch.setattr(pack, "fit_shards", lambda shards: (SimpleNamespace(seq_len=2048), f"size of {shards}"))
    monkeypatch.setattr(pack, "tell", lambda *how: told.append(how))
    with pytest.raises(Given) as given:
        pack.main(corpus=tmp_path / "c", bos=bos)
    assert told == [("Rows of 2,048 tokens", f"size of {[tmp_path / 'c' / 'a']}", "--seq-len")]
    assert (given.value.args[0][3].seq_len, given.value.args[0][3].bos) == (2048, bos)


@pytest.mark.parametrize(
    ("also", "formats"),
    [("", None), ("megatron", ["megatron"]), (" megatron , nanogpt,", ["megatron", "nanogpt"])],
)
def test_the_formats_that_are_asked_for_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, also: str, formats: list[str] | None
) -> None:
    from pipelines import pack

    monkeypatch.setattr("corpus.shards.shard_paths", lambda corpus: [])
    monkeypatch.setattr("tokenizer.files.TokenizerFiles.read", lambda tokenizer: None)

    called: list[Any] = []
    packed = {"tokens": 5, "rows": 1, "filled": 0.5, "splits": {}}
    monkeypatch.setattr(pack, "open_engine", lambda *_: contextlib.nullcontext("tasks"))
    monkeypatch.setattr("model.packing.corpus.pack_corpus", lambda *_: packed)
    monkeypatch.setattr("model.packing.token_files.require_16_bits", lambda tokenizer: called.append(tokenizer))
    monkeypatch.setattr("model.packing.token_files.export_tokens", lambda *how: called.append(how))
    told = pack.main(corpus=tmp_path, tokenizer=tmp_path / "t", out=tmp_path / "o", seq_len=64, also=also)
    assert told == {"out": str(tmp_path / "o")} | packed
    checked = [tmp_path / "t"] if formats and "nanogpt" in formats else []
    assert called == checked + ([(tmp_path / "o", formats)] if formats else [])


def test_options_of_index_reach_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import index

    monkeypatch.setattr("corpus.duplicates.index.add", hand_back)
    with pytest.raises(Given) as given:
        index.main(out=tmp_path / "o", data=tmp_path, column="body", identifier="key", name="mine", workers=1)
    arguments, named = given.value.args
    assert (arguments[:3], named) == ((tmp_path, tmp_path / "o", "body"), {"name": "mine", "identifier": "key"})
    wrong: Any
    for wrong in ({}, {"listed": True, "remove": "a"}, {"data": tmp_path, "listed": True}):
        with pytest.raises(UserError, match="Give one of --in DATASET"):
            index.main(out=tmp_path / "o", **wrong)
    with pytest.raises(UserError, match="no such file or folder"):
        index.main(out=tmp_path / "o", data=tmp_path / "none")


def test_what_is_listed_and_removed_of_an_index(
    tmp_path: Path, shown: io.StringIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipelines import index

    keys = ("name", "folder", "column", "id", "documents")
    about = [{key: f"{key} {n}" for key in (*keys, "content")} for n in range(2)]
    held = [SimpleNamespace(about=each, bytes=1000 + n) for n, each in enumerate(about)]
    monkeypatch.setattr("corpus.duplicates.index.Index.open", lambda out: SimpleNamespace(datasets=held))
    monkeypatch.setattr("corpus.duplicates.required.require_index", lambda out: None)
    listed = [{key: f"{key} {n}" for key in keys} | {"bytes": 1000 + n} for n in range(2)]
    assert index.main(out=tmp_path, listed=True) == listed
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == listed
    monkeypatch.setattr(index, "console", Console(file=shown, width=400))
    gone = {"name": "mine", "documents": 1234}
    monkeypatch.setattr("corpus.duplicates.index.remove", lambda out, name: gone | {"of": (out, name)})
    assert index.main(out=tmp_path, remove="mine")["of"] == (tmp_path, "mine")  # type: ignore[call-overload]
    assert shown.getvalue() == f"mine with its 1,234 documents is no longer in {tmp_path}.\n"


@pytest.mark.parametrize(("added", "done"), [(True, "added"), (False, "are there already")])
def test_what_an_index_holds_is_told(
    tmp_path: Path, shown: io.StringIO, monkeypatch: pytest.MonkeyPatch, added: bool, done: str
) -> None:
    from pipelines import index

    about = {"name": "mine", "documents": 1234, "unreadable": 5, "added": added, "left_out": {"x.bin": "no text"}}
    held = SimpleNamespace(datasets=[SimpleNamespace(bytes=6_000_000), SimpleNamespace(bytes=7_000_000)], count=98765)
    monkeypatch.setattr(index, "console", Console(file=shown, width=400))
    monkeypatch.setattr("corpus.duplicates.index.add", lambda *_, **__: about)
    monkeypatch.setattr("corpus.duplicates.index.Index.open", lambda _: held)
    assert index.main(out=tmp_path / "o", data=tmp_path, workers=1) == about
    told = " ".join(shown.getvalue().split())
    assert "x.bin is left out: no text." in told
    assert f"1,234 documents of mine {done}, 5 records are unreadable." in told
    assert f"{tmp_path / 'o'} has 98,765 documents of 2 datasets, 13.0 MB." in told
    del held.datasets[1]
    index.main(out=tmp_path / "o", data=tmp_path, workers=1)
    assert "98,765 documents of 1 dataset, 6.0 MB." in " ".join(shown.getvalue().split())


def test_options_of_train_quality_reach_both_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text is on the side, of the kind and in the language that it has."""
    from pipelines import train_quality

    ready = {"negative": ["한국어로 쓴 나쁜 글이다"], "positive": ["a good text in English words", "the best"]}
    read: list[tuple[Any, ...]] = []

    def texts(data: Path, *how: Any) -> tuple[pa.Array, list[str]]:
        read.append((data, *how))
        found = [f"{text} {n}" for text in ready[data.name] for n in range(200)]
        return pa.array(found), [f"{data.name} {len(text)}" for text in found]

    monkeypatch.setattr("corpus.quality.model_texts.read_examples", texts)
    monkeypatch.setattr("corpus.quality.model_training.fit", hand_back)
    numbers = {"width": 3, "buckets": 1 << 12, "ngrams": 4, "longest": 5, "epochs": 6, "seed": 7}
    folders = {side: tmp_path / side for side in ready}
    for folder in folders.values():
        folder.mkdir()
    with pytest.raises(Given) as given:
        train_quality.main(out=tmp_path / "m.bin", column="body", topic="kind", most=8, **folders, **numbers)
    assert read == [(tmp_path / side, f"--{side}", "body", "kind", 8) for side in ready]
    examples, settings, _ = given.value.args[0]
    assert {name: getattr(settings, name) for name in numbers} == numbers
    assert np.bincount(examples.labels).tolist() == [200, 400]
    for text, label, topic, language in zip(examples.texts.to_pylist(), *examples[1:], strict=True):
        side = ("negative", "positive")[label]
        assert text.rpartition(" ")[0] in ready[side]
        assert topic == f"{side} {len(text)}"
        assert language == ("ko" if side == "negative" else "en") or text.startswith("the best")


@pytest.mark.parametrize(
    ("error", "calibration"), [(None, "not tested"), (0.0, "0.000 off on average"), (0.1234, "0.123 off on average")]
)
@pytest.mark.parametrize("repeated", [0, 1234])
def test_what_is_told_of_a_trained_model_is_on_its_card(
    tmp_path: Path,
    shown: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    repeated: int,
    error: float | None,
    calibration: str,
) -> None:
    from pipelines import train_quality

    kinds = {"news": {"recall": 0.75, "precision": 0.5}, "wiki": {"recall": 0.25, "precision": 1.0}}
    card = {"calibration": {"error": error}, "kinds": kinds, "bytes": 4096, "texts": 7}
    out = tmp_path / "m.bin"
    written: list[Any] = []
    monkeypatch.setattr(train_quality, "console", Console(file=shown, width=200, color_system=None))
    monkeypatch.setattr("corpus.quality.model_texts.read_examples", lambda *_: (pa.array(["글"]), ["kind"]))
    monkeypatch.setattr("corpus.quality.model_training.distinct", lambda _: ("examples", repeated))
    monkeypatch.setattr("corpus.quality.model_training.fit", lambda *_: SimpleNamespace(report="a report"))
    monkeypatch.setattr(
        "corpus.quality.model_training.table", lambda of: [(name, "5", of, "0.5", "yes") for name in kinds]
    )
    monkeypatch.setattr("corpus.quality.model_card.tested_languages", lambda of: ["en", "ko"] if of is card else [])
    monkeypatch.setattr("corpus.quality.model_card.write_trained", lambda *of: written.append(of) or card)
    result = train_quality.main(tmp_path, tmp_path, out)
    recalls = {"news": 0.75, "wiki": 0.25}
    assert result == {"model": str(out), "bytes": 4096, "recall": recalls, "calibration_error": error}
    assert json.loads(capsys.readouterr().out) == result
    told = " ".join(shown.getvalue().split())
    assert ("1,234 repeated texts are left out." in told) == (repeated > 0)
    assert "repeated" in told or not repeated
    for name in kinds:
        assert f"{name} │ 5 │ a report │ 0.5 │ yes" in told
    assert f"Probabilities: {calibration}. Languages tested: en, ko. Card: {out}.json" in told
    assert [where for where, *_ in written] == [out]


def test_a_dry_run_of_a_build_shows_what_it_returns(
    tmp_path: Path, shown: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose size is unknown makes its source unknown, and is none of the bytes; a source of which nothing is
    here is told by its format."""
    from pipelines import build_corpus

    monkeypatch.setattr(build_corpus, "console", Console(file=shown, width=300))
    monkeypatch.setattr(build_corpus, "is_first_run", lambda: False)
    monkeypatch.setattr(build_corpus.os, "cpu_count", lambda: 2)
    sources = [
        Source("x", 2, 90_000_000, 0, 0, 300e6, 150e6, 20.0, 12.0, True),
        Source("y", 2, 5_000_000, 1, 5_000_000, 15e6, 15e6, 1.0, 1.0, False),
    ]
    asked: list[Any] = []
    monkeypatch.setattr("corpus.forecast.forecast", lambda *_, **how: asked.append(how) or Forecast(sources))
    parts: Any = [(SimpleNamespace(name=name), SimpleNamespace(url=url)) for name, url in ("xa", "xb", "yc", "yd")]
    given: Any = None
    found = build_corpus._estimate(given, parts, given, 8, True)
    assert asked == [{"measure": True}]
    seconds = 4 + 12 + 0.5 * 21 / 2  # the largest file keeps one of the two cores busy for longer than its share
    assert found == {
        "files": 4,
        "bytes": 95_000_000,
        "download": 5_000_000,
        "text": 315_000_000,
        "kept": 165_000_000,
        "tokens": round(165e6 / 4.6),
        "vocab_size": 32768,
        "seconds": round(seconds, 1),
        "processor_seconds": 35.5,
        "disk": 800_000 + 1_008_000_000 + 5_000_000,
        "peak_disk": 800_000 + 1_008_000_000 + 5_000_000,
        "measured": ["x"],
    }
    told = " ".join(shown.getvalue().split())
    assert "x │ 2 │ 90.0 MB │ 300.0 MB │ 150.0 MB │ a" in told
    assert "y │ 2 │ not found │ about 15.0 MB │ ? │ c" in told
    assert "4 files, 95.0 MB; about 21 s with 2 processes on free cores, 1.0 GB of disk" in told
    assert "35.9 million tokens of a vocabulary of 32,768" in told
    assert "5.0 MB of these are to be downloaded" in told
    assert "Not measured, with no file on this machine: y." in told
    assert "While it runs" not in told
    shown.truncate(0)
    small = build_corpus._estimate(given, parts, given, 1, False)
    assert small["disk"] == round(800_000 + 1.1 * 315e6)
    assert small["seconds"] == 35.5
    told = " ".join(shown.getvalue().split())
    assert "with one process on a free core, 347.3 MB of disk" in told
    assert "While it runs it takes up to 1.0 GB" in told
    sources = [Source("x", 2, 5_000_000, 0, 0, 11e6, 10e6, 1.0, 1.0, True)]
    assert build_corpus._estimate(given, parts, given, 1, True)["vocab_size"] == 4096  # what is kept decides


def test_a_dry_run_before_kernels_are_compiled_measures_nothing_and_says_so(
    shown: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines import build_corpus

    monkeypatch.setattr(build_corpus, "console", Console(file=shown, width=300))
    monkeypatch.setattr(build_corpus, "is_first_run", lambda: True)
    asked: list[Any] = []
    estimate = corpus.forecast.forecast
    monkeypatch.setattr("corpus.forecast.forecast", lambda *of, **how: asked.append(how) or estimate(*of, **how))
    source, part = SimpleNamespace(name="x"), SimpleNamespace(url="/x/a.jsonl.gz", urls=["/x/a.jsonl.gz"])
    locator: Any = SimpleNamespace(size=lambda _: 1_000_000, path=Path)
    given: Any = None
    found = build_corpus._estimate(given, [(source, part)], locator, 1, True)  # type: ignore[list-item]
    assert asked == [{"measure": False}]
    assert (found["measured"], found["text"]) == ([], 3_700_000)
    assert "Nothing was measured, since kernels are not compiled yet" in shown.getvalue()
