"""Recipes compared by training: held-out texts are in nobody's training text; figures are those of plain arithmetic."""

import json
import math
import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import t

from corpus.errors import UserError
from corpus.kernels.hashing import hash_strings
from corpus.shards import read_shard, shard_paths
from model.ablation import held_out
from model.ablation.held_out import EVERY, SHARED, SOME, _Index, _seeds_of, choose_texts, together, write_corpus
from model.ablation.page import markdown, verdict, write_page
from model.ablation.summary import STUDENT, bits_per_byte, interval, summarise
from model.config import load_config
from pipelines import ablate
from tests.helpers.browser import check_page
from tests.model.small_corpus import write_corpus as small_corpus

NOUNS = [
    "바다",
    "산길",
    "시장",
    "학교",
    "음악",
    "나무",
    "우주",
    "기차",
    "요리",
    "그림",
    "강물",
    "하늘",
    "도시",
    "편지",
    "가을",
    "전쟁",
]
VERBS = ["보았다", "지났다", "그렸다", "떠올렸다", "찾았다", "배웠다", "들었다", "남겼다", "잊었다", "적었다", "읽었다"]


def page(number: int, sentences: int = 8) -> str:
    draw = random.Random(number)
    return " ".join(
        f"{a}에서 {b}의 {draw.randrange(10**6)}번째 {c}를 {draw.choice(VERBS)}."
        for a, b, c in (draw.choices(NOUNS, k=3) for _ in range(sentences))
    )


def texts_of(folder: Path, split: str = "train") -> list[str]:
    return [
        text for path in shard_paths(folder, split) for batch in read_shard(path) for text in batch["text"].to_pylist()
    ]


def rename(folder: Path, ids: dict[str, str]) -> None:
    """Give documents ids of one's own, by their text: the same record has the same id in every corpus."""
    for split in ("train", "validation"):
        for path in shard_paths(folder, split):
            with pa.ipc.open_stream(path.read_bytes()) as reader:
                table = reader.read_all()
            named = [ids.get(text, f"{folder.name}-{text[:40]}") for text in table["text"].to_pylist()]
            table = table.set_column(0, table.schema.field("id"), pa.array(named))
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)


@pytest.fixture
def corpora(tmp_path: Path) -> dict[str, Path]:
    held = [page(n) for n in range(6)]
    common = [page(n) for n in range(100, 140)]
    one = small_corpus(tmp_path / "one", {"train": {"web-00000": common}, "validation": {"web-00000": held[:4]}})
    two = small_corpus(
        tmp_path / "two",
        {
            "train": {
                "web-00000": [
                    *common[:20],
                    held[0],  # the record itself
                    page(0) + " " + page(500, 1),  # a copy with a sentence more
                    " ".join(page(n) for n in range(600, 612)) + " " + held[1],  # quoted whole in a long page
                    page(2, 3) + " " + page(501, 12),  # the first three of eight sentences
                    held[3].split(". ")[0] + ". " + page(502, 30),  # one sentence: too little
                ]
            },
            "validation": {"web-00000": [held[2], held[4] + " 다른 끝."]},
        },
    )
    ids = {text: f"r{n}" for n, text in enumerate([*held, *common])}
    for folder in (one, two):
        rename(folder, ids)
    return {"one": one, "two": two}


def test_held_out_texts_are_in_no_training_text(corpora: dict[str, Path], tmp_path: Path) -> None:
    held = choose_texts(corpora, 100)
    assert held.num_rows == 5  # held[2] stands in both in the same words, and counts once
    groups = dict(zip(held["id"].to_pylist(), held["source"].to_pylist(), strict=True))
    assert {name: group.rpartition(".")[2] for name, group in groups.items() if name.startswith("r")} == {
        "r0": EVERY, "r1": SOME, "r2": EVERY, "r3": SOME
    }  # fmt: skip
    removed = {name: write_corpus(folder, held, tmp_path / "arms" / name) for name, folder in corpora.items()}
    assert removed["one"] == (40, 0, 0)
    assert removed["two"] == (25, 1, 3)
    left = texts_of(tmp_path / "arms/two")
    assert len(left) == 21
    assert sum(text.endswith(page(502, 30)) for text in left) == 1
    for name in corpora:
        assert sorted(texts_of(tmp_path / "arms" / name, "validation")) == sorted(held["text"].to_pylist())
        for shard in shard_paths(tmp_path / "arms" / name, "validation"):
            ids = [id for batch in read_shard(shard) for id in batch["id"].to_pylist()]
            assert ids == sorted(ids)
    assert SHARED == 1 / 3


def seeds_of(text: str) -> set[int]:
    return set(_seeds_of(pa.array([text]))[0].tolist())


PAGES = st.lists(st.integers(0, 9).map(lambda n: page(n, 1)), max_size=6).map(" ".join)


@given(st.lists(PAGES, min_size=1, max_size=4), st.lists(PAGES, max_size=5))
@settings(max_examples=60)
@example(["짧다"], ["다른 것", ""])  # too short for a seed: nothing in common
@example([page(0, 6)], [page(0, 2), page(0, 1), f"{page(0, 1)} {page(1, 4)}", f"{page(0, 2)} {page(1, 9)}"])
def test_what_shares_a_third_of_its_seeds_as_with_sets(held: list[str], texts: list[str]) -> None:
    index = _Index(pa.table({"id": [str(n) for n in range(len(held))], "text": held}))
    theirs = [seeds_of(text) for text in held]

    def shares(own: set[int]) -> bool:
        whole = len(own & set().union(*theirs)) >= max(len(own) * SHARED, 1)
        return whole or any(len(own & one) >= max(len(one) * SHARED, 1) for one in theirs)

    found = index.shares(pa.chunked_array([texts], pa.string()).combine_chunks())
    assert found.tolist() == [shares(seeds_of(text)) for text in texts]


def test_a_third_exactly_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a document's seeds, or of a held-out text's; texts are their seeds here."""

    def numbers(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        pairs = [(int(word), row) for row, text in enumerate(texts.to_pylist()) for word in text.split()]
        return np.array([n for n, _ in pairs], np.uint64), np.array([row for _, row in pairs], np.int64)

    assert [len(found) for found in _seeds_of(pa.array(["짧다", ""]))] == [0, 0]  # too short for one
    monkeypatch.setattr(held_out, "_seeds_of", numbers)
    held = ["1 2 3", " ".join(map(str, range(10, 19)))]
    texts = ["1 7 8 9 20 21 22 23 24", "10 7 8", "10 7 8 9", "", "7"]
    index = _Index(pa.table({"id": ["a", "b"], "text": held}))
    assert index.shares(pa.array(texts)).tolist() == [True, True, False, False, False]


def test_no_document_is_lost_where_batches_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of five documents two at a time; and a shard of which nothing is left goes, if it is not the only one."""
    monkeypatch.setattr(held_out, "SLICE", 2)
    texts, held = [page(n) for n in range(100, 105)], [page(n) for n in range(1, 9)]
    for name, shards, left in (
        ("all", {"web-00000": texts}, texts),
        ("second", {"web-00000": texts, "wiki-00000": [page(1)]}, texts),
        ("only", {"web-00000": [page(1)]}, []),
    ):
        corpus = small_corpus(tmp_path / name, {"train": shards, "validation": {"held-00000": held}})
        write_corpus(corpus, choose_texts({"a": corpus}, 10), tmp_path / f"{name}-left")
        assert sorted(texts_of(tmp_path / f"{name}-left")) == sorted(left)
        (shard,) = shard_paths(tmp_path / f"{name}-left", "validation")
        ids = [id for batch in read_shard(shard) for id in batch["id"].to_pylist()]
        assert ids == sorted(ids)
        assert [path.name for path in (tmp_path / f"{name}-left/train").glob("*.arrow")] == ["web-00000.arrow"]
        assert len(datasets.load_from_disk(str(tmp_path / f"{name}-left/train"))) == len(left)


def test_at_most_so_many_of_a_kind(corpora: dict[str, Path]) -> None:
    few, all_of_them = choose_texts(corpora, 2), choose_texts(corpora, 100)
    assert few.num_rows == 2
    assert set(few["id"].to_pylist()) <= set(all_of_them["id"].to_pylist())


def test_empty_texts_are_not_compared(tmp_path: Path) -> None:
    corpus = small_corpus(tmp_path / "corpus", {"validation": {"web-00000": ["", page(1), ""]}})
    assert choose_texts({"corpus": corpus}, 10)["text"].to_pylist() == [page(1)]


def test_those_of_the_smallest_hashes_of_their_ids_are_taken(corpora: dict[str, Path]) -> None:
    """An id of more text is taken in every wording, and a corpus with other texts takes the same records."""
    ids = choose_texts(corpora, 100)["id"]
    hashes = hash_strings(ids.combine_chunks(), seed=3)[:, 0]
    smallest = [name for _, name in sorted(zip(hashes.tolist(), ids.to_pylist(), strict=True))]
    for most in range(1, 6):
        assert set(choose_texts(corpora, most)["id"].to_pylist()) == set(smallest[:most])


def test_what_has_no_text_or_too_little_to_compare(tmp_path: Path) -> None:
    """An empty text is not held out; a text too short for a seed shares none, not even with a short one held out."""
    short = {name: small_corpus(tmp_path / f"short/{name}", texts) for name, texts in {
        "one": {"train": {"web-00000": ["봄이 왔다."]}, "validation": {"web-00000": ["", "눈이 온다.", page(0)]}},
        "two": {"train": {"web-00000": ["비가 온다."]}, "validation": {"web-00000": [page(1)]}},
    }.items()}  # fmt: skip
    for folder in short.values():
        rename(folder, {})
    held = choose_texts(short, 100)
    assert sorted(held["text"].to_pylist()) == sorted(["눈이 온다.", page(0), page(1)])
    assert write_corpus(short["one"], held, tmp_path / "arm") == (1, 0, 0)
    assert texts_of(tmp_path / "arm") == ["봄이 왔다."]


def test_validation_is_in_the_order_of_ids_and_splits_are_known_by_their_content(
    corpora: dict[str, Path], tmp_path: Path
) -> None:
    held = choose_texts(corpora, 100).sort_by([("id", "descending")])
    for name, corpus in corpora.items():  # as builds of two recipes have them
        state = json.loads((corpus / "train/state.json").read_text()) | {"_fingerprint": name}
        (corpus / "train/state.json").write_text(json.dumps(state))

    def known(folder: Path, split: str = "train") -> str:
        return json.loads((folder / split / "state.json").read_text())["_fingerprint"]

    folders = []
    for name, texts in (("one", held), ("two", held), ("one", held.slice(0, 4))):
        folders.append(tmp_path / "arms" / f"{len(folders)}")
        write_corpus(corpora[name], texts, folders[-1])
        for path in shard_paths(folders[-1], "validation"):
            ids = [each for batch in read_shard(path) for each in batch["id"].to_pylist()]
            assert ids == sorted(ids)
    assert len({known(folder) for folder in folders}) == 3
    assert known(folders[0], "validation") == known(folders[1], "validation") != known(folders[2], "validation")
    for number, both in enumerate((folders[:2], folders[::2])):
        together(both, tmp_path / f"together{number}")
    assert known(tmp_path / "together0") != known(tmp_path / "together1")


def test_nothing_held_out_is_one_sentence(tmp_path: Path) -> None:
    bare = small_corpus(tmp_path / "bare", {"train": {"web-00000": [page(1)]}})
    with pytest.raises(UserError, match="none of the recipes holds documents out"):
        choose_texts({"bare": bare}, 10)


def test_one_tokenizer_sees_all_text(corpora: dict[str, Path], tmp_path: Path) -> None:
    before = [texts_of(folder) for folder in corpora.values()]
    together(list(corpora.values()), tmp_path / "together")
    assert sorted(texts_of(tmp_path / "together")) == sorted(before[0] + before[1])
    assert [texts_of(folder) for folder in corpora.values()] == before


SCORES = {
    arm: [{"web.ko.every": (web, 200.0), "pile.x.en.some": (pile, 100.0)} for web, pile in seeds]
    for arm, seeds in {"a": [(100.0, 50.0), (110.0, 52.0)], "b": [(90.0, 55.0), (99.0, 57.0)]}.items()
}


@pytest.mark.parametrize("count", [2, 3, 5, 16, 17, 30])
def test_intervals_of_few_and_many_seeds(count: int) -> None:
    """Up to sixteen seeds; beyond, those of a normal distribution."""
    stats = pytest.importorskip("scipy.stats")
    values = [float(n % 5) for n in range(count)]
    mean, low, high = interval(values)
    t = stats.t.ppf(0.975, count - 1) if count <= 16 else 1.96
    half = t * np.std(values, ddof=1) / math.sqrt(count)
    assert (mean - low, high - mean) == pytest.approx((half, half), rel=1e-3)
    assert pytest.approx([stats.t.ppf(0.975, n) for n in range(1, len(STUDENT) + 1)], abs=5e-4) == STUDENT


def test_the_table() -> None:
    rows: dict[str, Any] = {row["texts"]: row for row in summarise(SCORES)}
    assert list(rows) == [
        "all",
        "language en",
        "language ko",
        "kind pile.x",
        "kind web",
        "kept by some",
        "kept by every",
    ]
    assert rows["all"]["bytes"] == 300
    assert rows["all"]["bits_per_byte"]["a"]["seeds"] == pytest.approx(
        [150 / 300 / math.log(2), 162 / 300 / math.log(2)], abs=1e-5
    )
    korean = rows["language ko"]["difference"]["b"]
    assert korean["seeds"] == pytest.approx([-10 / 200 / math.log(2), -11 / 200 / math.log(2)], abs=1e-5)
    assert korean["mean"] == pytest.approx(-10.5 / 200 / math.log(2), abs=1e-5)
    half = 12.706 * np.std(korean["seeds"], ddof=1) / math.sqrt(2)
    assert korean["interval"] == pytest.approx([korean["mean"] - half, korean["mean"] + half], abs=1e-4)
    assert korean["excludes_zero"]
    assert not rows["all"]["difference"]["b"]["excludes_zero"]
    assert "b" not in rows["all"]["difference"] or "a" not in rows["all"]["difference"]


def test_intervals_are_students() -> None:
    mean, low, high = interval([1.0, 2.0, 3.0])
    assert (mean, low, high) == pytest.approx((2, 2 - 4.303 / math.sqrt(3), 2 + 4.303 / math.sqrt(3)))
    assert [round(t.ppf(0.975, degrees), 3) for degrees in range(1, 16)] == STUDENT
    many = [float(n) for n in range(17)]
    for count, times in ((16, 2.131), (17, 1.96)):  # the last of the table, and the first beyond it
        half = times * np.std(many[:count], ddof=1) / math.sqrt(count)
        assert interval(many[:count])[2] == pytest.approx(np.mean(many[:count]) + half)
    assert math.isnan(interval([1.0])[1])
    assert math.isnan(bits_per_byte({}, []))


@pytest.mark.parametrize(
    ("bounds", "clear"), [((-2.0, 0.0), False), ((0.0, 2.0), False), ((-2.0, -0.001), True), ((0.001, 2.0), True)]
)
def test_an_interval_that_touches_zero_does_not_exclude_it(
    monkeypatch: pytest.MonkeyPatch, bounds: tuple[float, float], clear: bool
) -> None:
    monkeypatch.setattr("model.ablation.summary.interval", lambda _: (sum(bounds) / 2, *bounds))
    rows = summarise(SCORES)
    assert {row["difference"]["b"]["excludes_zero"] for row in rows} == {clear}


def result_of(scores: dict[str, Any]) -> dict[str, Any]:
    arm = {"documents": 10, "same_record": 1, "shared_text": 2, "tokens": 1000, "epochs": 1.5}
    how = {
        "config": "tiny",
        "parameters": 5,
        "tokens": 1500,
        "seeds": 2,
        "vocab_size": 512,
        "warnings": ["a has <too> little"],
    }
    return {
        "arms": dict.fromkeys(scores, arm),
        "held_out": {"documents": 9, "of_a_kind": 5},
        **how,
        "rows": summarise(scores),
    }


@pytest.mark.parametrize("seeds", [1, 2])
def test_the_page_holds_every_figure(tmp_path: Path, seeds: int) -> None:
    result = result_of({arm: found[:seeds] for arm, found in SCORES.items()})
    write_page(tmp_path / "report.html", result)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    table = markdown(result)
    coloured = sum(row["difference"]["b"]["excludes_zero"] for row in result["rows"])
    assert text.count('class="range better"') + text.count('class="range worse"') == coloured < len(result["rows"])
    assert "a has &lt;too&gt; little" in text
    for row in result["rows"]:
        assert row["texts"] in text
        assert f"{row['bits_per_byte']['a']['mean']:.4f}" in text
        assert f"{row['difference']['b']['mean']:+.4f}".replace("-", "−") in text
        assert f"{row['difference']['b']['mean']:+.4f}" in table


def test_bars_have_one_scale_from_the_least_to_the_largest_bound(tmp_path: Path) -> None:
    """0 is in the middle; the bound that is farthest from it touches an edge; bytes are thousands."""
    result = result_of({arm: [{k: (nats, size * 1000) for k, (nats, size) in seed.items()} for seed in found]
                        for arm, found in SCORES.items()})  # fmt: skip
    write_page(tmp_path / "report.html", result)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    bars = re.findall(r'<i style="left:([-0-9.]+)%;width:([-0-9.]+)%"></i><b style="left:([-0-9.]+)%">', text)
    found = [row["difference"]["b"] for row in result["rows"]]
    widest = max(abs(bound) for each in found for bound in each["interval"])
    for each, bar in zip(found, bars, strict=True):
        (low, high), left, width, middle = each["interval"], *map(float, bar)
        expected = [50 + 50 * place / widest for place in (low, high, each["mean"])]
        assert [left, left + width, middle] == pytest.approx(expected, abs=0.02)
    assert min(float(left) for left, _, _ in bars) >= 0
    assert [line.split(" | ")[1] for line in markdown(result).splitlines()[2:4]] == ["300", "100"]


def test_the_page_begins_with_what_the_differences_say() -> None:
    result = result_of(SCORES)
    everywhere = result["rows"][0]["difference"]["b"]
    told = verdict(result, "b")
    assert told.startswith(f"b: {-everywhere['mean']:.4f} bits per byte fewer than a; this is within the variation")
    assert (
        "It is better on language ko, kind web, kept by every; worse on language en, kind pile.x, kept by some." in told
    )
    everywhere["excludes_zero"] = True
    for row in result["rows"][1:]:
        row["difference"]["b"]["excludes_zero"] = False
    assert verdict(result, "b") == f"b: {-everywhere['mean']:.4f} bits per byte fewer than a."


def test_the_page_in_a_browser(tmp_path: Path) -> None:
    scores = SCORES | {"a recipe with a name that is longer than others": SCORES["b"]}
    write_page(tmp_path / "report.html", result_of(scores))
    check_page(tmp_path / "report.html", tmp_path / "profile")


def test_wrong_options_are_one_sentence(tmp_path: Path) -> None:
    for recipes, more, message in (
        (["demo"], [], "name at least two"),
        (["a/x.toml"], ["b/x.toml"], "two of them have the same name"),
        (["nowhere"], ["demo"], "no such file"),
    ):
        with pytest.raises(UserError, match=message):
            ablate.main(recipes=recipes, more=more, out=tmp_path / "out")


def test_each_model_has_the_steps_the_seed_and_the_text_of_the_plan(
    corpora: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without training: text for exactly one pass is enough, for half of one it is told."""
    batch = load_config("tiny").train.batch_tokens
    for folder in corpora.values():
        (folder / "manifest.json").write_text("{}")
    called: dict[str, list[dict[str, Any]]] = {"pack": [], "pretrain": [], "train_tokenizer": []}

    def pack(**how: Any) -> None:
        called["pack"].append(how)
        how["out"].mkdir(parents=True)
        tokens = 10 * batch if how["out"].name == "one" else 5 * batch
        (how["out"] / "packing.json").write_text(json.dumps({"splits": {"train": {"web": {"tokens": tokens}}}}))

    monkeypatch.setattr(ablate.pack, "main", pack)
    for name in ("pretrain", "train_tokenizer"):

        def note(_name: str = name, **how: Any) -> dict[str, bool]:
            called[_name].append(how)
            return {"finished": True}

        monkeypatch.setattr(getattr(ablate, name), "main", note)
    asked: list[int] = []
    monkeypatch.setattr(held_out, "choose_texts", lambda of, most: asked.append(most) or choose_texts(of, most))
    scored: list[tuple[Any, ...]] = []
    score = {"web.ko.every": (1.0, 2.0)}
    monkeypatch.setattr("model.ablation.scores.score_run", lambda *of: scored.append(of) or score)
    monkeypatch.setattr("model.device.chosen_device", lambda device: f"the {device} of this test")
    monkeypatch.setattr(ablate, "_parameters", lambda _: 5)
    result = ablate.main(
        recipes=[str(corpora["one"])], more=[str(corpora["two"])], out=tmp_path / "out", tokens=11 * batch - 1, seeds=2,
        vocab_size=600, seq_len=64, held_out=99, workers=1, device="cpu",
    )  # fmt: skip
    assert [how["out"].name for how in called["pretrain"]] == ["one-0", "one-1", "two-0", "two-1"]
    for how in called["pretrain"]:
        seed = how["out"].name[-1]
        assert (how["config"], how["data"].name) == ("tiny", how["out"].name[:3])
        assert how["device"] == "the cpu of this test"
        assert how["resume_auto"]
        assert how["settings"] == [
            "train.steps=10", f"train.seed={seed}", f"data.seed={seed}", "schedule.warmup=1", "train.validate_every=0",
            "train.sample_every=0", "train.checkpoint_every=2", "train.keep_last=1",
        ]  # fmt: skip
    plan = ablate.Plan({}, "tiny", 1, 1, 512, 64, 1, None, 1, "cpu")
    for steps, warmup, every in ((1, 1, 1), (7, 1, 1), (8, 1, 2), (19, 1, 4), (20, 2, 5)):
        ablate._score(replace(plan, steps=steps), tmp_path, tmp_path / "x", 0)
        expected = {f"train.steps={steps}", f"schedule.warmup={warmup}", f"train.checkpoint_every={every}"}
        assert expected < set(called["pretrain"].pop()["settings"])
        scored.pop()
    assert [(how["seq_len"], how["strategy"]) for how in called["pack"]] == [(64, "concat")] * 2
    assert [how["vocab_size"] for how in called["train_tokenizer"]] == [600]
    assert result["warnings"] == [f"two has text for {5 * batch:,} tokens only: its models read it 2.0 times."]
    assert asked == [99]
    assert result["held_out"] == {"documents": 5, "of_a_kind": 99}
    assert scored == [(how["out"], how["data"], "the cpu of this test") for how in called["pretrain"]]
    (corpus,) = (how["corpus"] for how in called["train_tokenizer"])
    assert sorted(texts_of(corpus)) == sorted(text for how in called["pack"] for text in texts_of(how["corpus"]))
    first = result["rows"][0]
    printed = {"texts": first["texts"], "bits_per_byte": first["bits_per_byte"], "difference": first["difference"]}
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == json.loads(json.dumps(printed))
    assert (result["tokens"], result["arms"]["one"]["epochs"]) == (10 * batch, 1.0)
    assert (result["config"], result["parameters"], result["seeds"], result["vocab_size"]) == ("tiny", 5, 2, 600)


def test_a_recipe_is_built_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[dict[str, Any]] = []
    monkeypatch.setattr(ablate.build_corpus, "main", lambda **how: built.append(how))
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "manifest.json").write_text("{}")
    arms = {"r": "a/r.toml", "corpus": str(tmp_path / "corpus")}
    plan = ablate.Plan(arms, "tiny", 1, 1, 512, 64, 1, "a mirror", 3, "cpu")
    assert [ablate._corpus(plan, name, tmp_path) for name in arms] == [tmp_path / "corpora/r", tmp_path / "corpus"]
    out = tmp_path / "corpora" / "r"
    assert built == [{"recipe": "a/r.toml", "out": out, "mirror": "a mirror", "workers": 3, "overwrite": True}]


@pytest.mark.parametrize("change", [{name: 99} for name in ("steps", "seeds", "vocab_size", "seq_len", "held_out")])
def test_an_ablation_is_of_each_of_its_numbers(tmp_path: Path, change: dict[str, int]) -> None:
    (tmp_path / "manifest.json").write_text("{}")
    plan = ablate.Plan({"a": str(tmp_path)}, "tiny", 1, 2, 3, 4, 5, None, 1, "cpu")
    assert replace(plan, **change).identity({}) != plan.identity({}) != plan.identity({"train": 1})
    assert replace(plan, workers=9, device="cuda", mirror="m").identity({}) == plan.identity({})
    before = plan.identity({})
    (tmp_path / "manifest.json").write_text("[]")
    assert plan.identity({}) != before  # the corpus is another


@pytest.mark.slow
def test_two_corpora_by_training(corpora: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted after the first model, the same command trains the others only, and the result is that of one go."""
    for folder in corpora.values():
        (folder / "manifest.json").write_text("{}")
    how: dict[str, Any] = {"recipes": [str(corpora["one"])], "more": [str(corpora["two"])], "tokens": 8192, "seeds": 2}
    how |= {"vocab_size": 512, "seq_len": 64, "workers": 1, "device": "cpu"}
    trained: list[Path] = []
    plain = ablate.pretrain.main

    def counted(**options: Any) -> Any:
        if len(trained) == 1 and not (tmp_path / "again").exists():
            (tmp_path / "again").touch()
            raise KeyboardInterrupt
        trained.append(options["out"])
        return plain(**options)

    monkeypatch.setattr(ablate.pretrain, "main", counted)
    with pytest.raises(KeyboardInterrupt):
        ablate.main(out=tmp_path / "out", **how)
    result = ablate.main(out=tmp_path / "out", **how)
    assert set(result["arms"]) == {"one", "two"}
    assert result["arms"]["two"]["same_record"] == 1
    assert all(len(row["bits_per_byte"]["one"]["seeds"]) == 2 for row in result["rows"])
    assert result["tokens"] == 8192
    before = (tmp_path / "out/ablation.json").read_bytes()
    number = len(trained)
    assert ablate.main(out=tmp_path / "out", **how) == json.loads(before)
    assert len(trained) == number  # finished: nothing is trained again
    assert ablate.main(out=tmp_path / "other", **how)["rows"] == result["rows"]
