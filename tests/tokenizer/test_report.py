import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from corpus.shards import shard_paths
from tests.tokenizer.byte_level import small_ranks, write_small
from tests.tokenizer.conftest import needs_full_api
from tests.tokenizer.corpora import write_corpus
from tokenizer.analysis import morphology, vocabulary
from tokenizer.analysis.fertility import group, join, measure, whole
from tokenizer.analysis.limits import check, check_names, parse_limit
from tokenizer.analysis.metrics import names
from tokenizer.analysis.morphology_analysis import sentences_of
from tokenizer.analysis.parity import compare
from tokenizer.analysis.subject import open_subject
from tokenizer.analysis.survey import Pilot, columns, read_pilot, read_size, survey
from tokenizer.encoding.ranks import content_of
from tokenizer.report import KIWI_SENTENCES, Candidate, _fitting, _languages, _shown, build, examine, prepare
from tokenizer.scanner.patterns import REGEXES
from tokenizer.schema import Report, json_schema

KOREAN = [
    "서울은 한국의 수도이다. 나는 학교에서 친구를 만났다.",
    "고양이가 AI를 배웠습니다. 12월에는 눈이 왔다.",
    "비가 온다.",
]
ENGLISH = ["Seoul is the capital of Korea. I met a friend at school.", "The cat learned, in December, what AI is."]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    sources = {
        "wiki-ko": [(text, "ko", None) for text in KOREAN * 5],
        "news-ko": [(KOREAN[1], "ko", None)] * 2 + [(ENGLISH[0], "en", None)],
        "wiki-en": [(text, "en", None) for text in ENGLISH * 4],
    }
    return write_corpus(folder, sources)


@pytest.fixture(scope="module")
def report(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizers")
    for name, tokens in (("ours", ("he", "lo", " he")), ("peer", ("서울",))):
        (folder / name).mkdir()
        write_small(folder / name / "tokenizer.json", *tokens)
    (folder / "odd.tiktoken").write_text("IQ== 0\n")
    candidates = [
        Candidate("ours", folder / "ours", True, "part"),
        Candidate("peer", folder / "peer", False),
        Candidate("odd", folder / "odd.tiktoken", False),
    ]
    shared = prepare(shard_paths(corpus), {"news": {"ko": KOREAN[:2], "en": ENGLISH}})
    with LocalEngine(1) as engine:
        return build(candidates, [{"name": "llama3", "reason": "not installed"}], shared, corpus, engine, "validation")


def test_the_report_keeps_to_its_schema(report):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    plain = json.loads(json.dumps(report))
    assert [error.message for error in validator.iter_errors(plain)] == []
    assert Report.model_validate(plain).model_dump(by_alias=True, exclude_unset=True) == plain
    figures = plain["tokenizers"][0]["languages"]["ko"]["metrics"]
    strr = figures.pop("strr")
    assert not_a_report(plain, validator)
    figures |= {"strr": strr, "speed": strr}
    assert not_a_report(plain, validator)
    del figures["speed"]
    assert validator.is_valid(plain)
    plain["tokenizers"][0]["parity"]["news"]["ko"]["words"] = -1
    assert not_a_report(plain, validator)


WRONG = [
    ("schema", 4), ("seed", -1), ("more", 1), ("corpus.split", "test"), ("corpus.documents", -1), ("corpus.more", 1),
    ("tokenizers.0.sha256", "a" * 63), ("tokenizers.0.sha256", "A" * 64), ("tokenizers.0.vocab_size", 0),
    ("tokenizers.0.name", ""), ("tokenizers.0.seen", "some"), ("tokenizers.0.more", 1), ("tokenizers.0.ours", None),
    ("tokenizers.0.languages.ko.tokens", -1), ("tokenizers.0.languages.ko.metrics.strr.more", 1),
    ("tokenizers.0.languages.ko.metrics.strr.value", "one"), ("tokenizers.0.languages.ko.sources", None),
    ("tokenizers.0.languages.ko.tokens_per_document.quantiles.2", 1.0),
    ("tokenizers.0.languages.ko.tokens_per_document.histogram.counts", [-1]),
    ("tokenizers.0.languages.ko.scripts.hangul.metrics.more", {"value": 1.0, "low": 1.0, "high": 1.0}),
    ("tokenizers.0.parity.news.premium", 1.0), ("tokenizers.0.parity.gini", "none"),
    ("tokenizers.0.morphology.kiwi", 1),
    ("tokenizers.0.vocabulary.composition.hangul", {"tokens": 1, "share": 1.01, "mean_characters": None}),
    ("tokenizers.0.vocabulary.composition.hangul", {"tokens": 1, "share": -0.01, "mean_characters": None}),
    ("tokenizers.0.vocabulary.syllables.of", 11171), ("tokenizers.0.vocabulary.lengths.bytes", [-1]),
    ("tokenizers.0.vocabulary.rare_syllables.tokens", {"1": 0}),
    ("tokenizers.0.vocabulary.rare_syllables.rarest", [{"syllable": "가나", "count": 1, "tokens": 1}]),
    ("tokenizers.0.vocabulary.rare_syllables.rarest", [{"syllable": "a", "count": 1, "tokens": 1}]),
    ("tokenizers.0.vocabulary.rare_syllables.rarest", [{"syllable": "가", "count": 0, "tokens": 1}]),
    ("missing", [{"name": "x", "reason": ""}]), ("samples.0.tokens", {"ours": [-1]}), ("samples.0.more", 1),
]  # fmt: skip
RIGHT = [
    ("seed", 0), ("corpus.split", "all"), ("corpus.split", "train"), ("tokenizers.0.seen", None),
    ("tokenizers.0.seen", "all"), ("tokenizers.0.parity", None), ("tokenizers.0.morphology", None),
    ("tokenizers.0.pattern", None), ("tokenizers.0.nfd_penalty", None), ("tokenizers.0.vocab_size", 1),
    ("tokenizers.0.languages.ko.metrics.strr.low", None), ("tokenizers.0.languages.ko.more", 1),
    ("tokenizers.0.parity.news.premium_mean", None), ("tokenizers.0.vocabulary.more", 1), ("missing", []),
    ("tokenizers.0.vocabulary.composition.hangul", {"tokens": 0, "share": 1.0, "mean_characters": 1.5, "more": 1}),
    ("tokenizers.0.vocabulary.rare_syllables.rarest", [{"syllable": "힣", "count": 1, "tokens": 1}]),
]  # fmt: skip


def test_each_field_takes_what_it_may_be_and_nothing_else(report):
    plain = json.loads(json.dumps(report))
    for values, sound in ((RIGHT, True), (WRONG, False)):
        for where, value in values:
            *path, last = where.split(".")
            inner = plain
            for name in path:
                inner = inner[int(name)] if isinstance(inner, list) else inner[name]
            before = inner.get(last, path)
            inner[last] = value
            try:
                Report.model_validate(plain)
                found = True
            except ValidationError:
                found = False
            assert found == sound, (where, value)
            if before is path:
                del inner[last]
            else:
                inner[last] = before
    assert plain == json.loads(json.dumps(report))


def not_a_report(found, validator):
    with pytest.raises(ValidationError):
        Report.model_validate(found)
    return not validator.is_valid(found)


def test_a_command_prints_the_schema():
    printed = subprocess.run([sys.executable, "-m", "tokenizer.schema"], capture_output=True, text=True, check=True)
    assert json.loads(printed.stdout) == json_schema()


def test_the_figures_are_those_of_all_documents(report, corpus):
    entry = report["tokenizers"][0]
    assert (entry["name"], entry["ours"], entry["pattern"]) == ("ours", True, "gpt2")
    expected = measure(entry["path"], KOREAN * 5 + [KOREAN[1]] * 2)
    found = entry["languages"]["ko"]
    assert found["exact"]
    for name, estimate in expected["metrics"].items():
        assert found["metrics"][name]["value"] == pytest.approx(estimate["value"]), name
    assert found["tokens_per_document"] == expected["tokens_per_document"]
    assert {name: group["words"] for name, group in found["scripts"].items()} == {
        name: group["words"] for name, group in expected["scripts"].items()
    }
    assert set(found["sources"]) == {"wiki-ko", "news-ko"}
    assert sum(source["tokens"] for source in found["sources"].values()) == found["tokens"]
    assert report["corpus"]["documents"] == 26


def test_an_entry_is_what_its_parts_say_of_the_same_documents_with_the_same_seed(corpus, tmp_path, monkeypatch):
    """The whole entry; another seed gives others of every part that has one."""
    write_small(tmp_path / "tokenizer.json", "he", "lo", " he", " a")  # a word of one source
    lines = {lang: [" ".join(texts[n % 2 :] * (1 + n % 5)) for n in range(12)]
             for lang, texts in (("ko", KOREAN), ("en", ENGLISH))}  # fmt: skip
    parallel, shards = {"news": lines}, shard_paths(corpus)
    drawn, sizes = [], read_size(shards)
    monkeypatch.setattr("tokenizer.report.read_pilot", lambda *how: drawn.append(how) or read_pilot(*how))
    shared = prepare(shards, parallel, seed=7)
    assert drawn == [(shards, sizes, 7)]
    pilot = read_pilot(shards, sizes, 7)
    korean = [text for column in pilot.of("ko") for text in column.to_pylist()]
    assert shared.korean == sentences_of(korean, KIWI_SENTENCES, 7) != sentences_of(korean, KIWI_SENTENCES)
    assert shared.shown == _shown(parallel, pilot, sizes.languages, 7) != _shown(parallel, pilot, sizes.languages, 0)
    subject = open_subject(tmp_path, True, "mine")

    def languages(seed):
        sums = survey(subject, shards, sizes, pilot, seed)
        found = {}
        for language in ("ko", "en"):
            parts = {source: sums[key] for key in sorted(sums) for source in key[1:] if key[0] == language}
            sources = {source: group(part, subject, pilot.words[language, source], True, seed)
                       for source, part in parts.items()}  # fmt: skip
            words = pilot.words[language, ""]
            found[language] = whole(join(parts.values()), subject, words, True, seed) | {"sources": sources}
        return found, np.sum([part.used for part in sums.values()], axis=0)

    found, used = languages(7)
    examined = examine(Candidate("mine", tmp_path, True, "all"), shared)
    assert examined.entry == {
        "name": "mine", "path": str(tmp_path), "kind": "byte-level BPE", "ours": True,
        "vocab_size": subject.vocab_size, "sha256": subject.sha256, "seen": "all", "pattern": "gpt2", "slow": "",
        "languages": found,
        "parity": compare(subject, parallel, seed=7),
        "morphology": morphology.measure(subject, shared.kiwi, None, 7),
        "vocabulary": vocabulary.analyse(subject, used, korean),
        "nfd_penalty": vocabulary.nfd_penalty(subject, shared.korean),
    }  # fmt: skip
    assert examined.ends == [[end for _, _, end in subject.encode_spans(text)] for _, text in shared.shown]
    assert found != languages(8)[0]
    for part in ("premium", "premium_mean", "gini", "premiums", "ko", "en"):
        assert compare(subject, parallel, seed=7)["news"][part] != compare(subject, parallel, seed=8)["news"][part]
    assert examined.entry["morphology"] != morphology.measure(subject, shared.kiwi, None, 8)


def test_the_largest_is_examined_first_and_all_are_told_in_the_given_order(corpus, tmp_path, monkeypatch):
    for name, tokens in (("small", ()), ("large", ("he", "lo", "no"))):
        (tmp_path / name).mkdir()
        write_small(tmp_path / name / "tokenizer.json", *tokens)
    begun = []
    ends = {"small": [[1], [2]], "large": [[3], [4]]}

    def examined(chosen, shared):
        begun.append(chosen.name)
        return SimpleNamespace(missing="", entry={"name": chosen.name}, ends=ends[chosen.name])

    monkeypatch.setattr("tokenizer.report.examine", examined)
    engine = SimpleNamespace(map=lambda task, items, **_: [task(item) for item in items])
    shared = prepare(shard_paths(corpus), {"news": {"ko": KOREAN[:1], "en": ENGLISH[:1]}}, seed=3)
    candidates = [Candidate(name, tmp_path / name, True) for name in ends]
    found = build(candidates, [{"name": "gone", "reason": "not installed"}], shared, corpus, engine, "train")
    assert begun == ["large", "small"]
    assert found == {
        "schema": 3,
        "corpus": {
            "path": str(corpus),
            "split": "train",
            "documents": 26,
            "bytes": read_size(shared.shards).bytes_of(),
        },
        "seed": 3,
        "tokenizers": [{"name": "small"}, {"name": "large"}],
        "missing": [{"name": "gone", "reason": "not installed"}],
        "samples": [
            {"language": "ko", "text": KOREAN[0], "tokens": {"small": [1], "large": [3]}},
            {"language": "en", "text": ENGLISH[0], "tokens": {"small": [2], "large": [4]}},
        ],
    }


def test_peers_that_cannot_be_read_are_missing(report):
    assert [entry["name"] for entry in report["tokenizers"]] == ["ours", "peer"]
    assert [peer["name"] for peer in report["missing"]] == ["llama3", "odd"]
    assert "no pre-token pattern" in report["missing"][1]["reason"]


def test_one_of_ours_that_cannot_be_read_is_an_error(corpus, tmp_path):
    (tmp_path / "odd.tiktoken").write_text("IQ== 0\n")
    with pytest.raises(UserError, match="no pre-token pattern"):
        examine(Candidate("odd", tmp_path / "odd.tiktoken", True), prepare(shard_paths(corpus), {}))


def test_the_shown_sentences_are_parallel_and_tiled(report):
    assert [sample["language"] for sample in report["samples"]] == ["ko", "ko", "en", "en"]
    for sample in report["samples"]:
        for ends in sample["tokens"].values():
            assert ends[-1] == len(sample["text"].encode())


def test_what_others_need_is_there(report):
    entry = report["tokenizers"][0]
    assert [each["seen"] for each in report["tokenizers"]] == ["part", *[None] * (len(report["tokenizers"]) - 1)]
    assert entry["parity"]["news"]["premium"]["value"] > 1
    assert 0 <= entry["morphology"]["kiwi"]["f1"] <= 1
    assert entry["morphology"]["gold"] is None
    assert entry["vocabulary"]["never_used"]["count"] > 0
    assert entry["nfd_penalty"] > 1


def test_a_sample_is_seeded_and_close_to_its_rate(corpus):
    shard = shard_paths(corpus)[0]
    drawn = [[texts.to_pylist() for _, texts in columns(shard, {"ko": 0.5}, seed, 0)] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert 0 < sum(map(len, drawn[0])) < 15


@needs_full_api
def test_a_slow_tokenizer_is_measured_on_the_sample(corpus, tmp_path):
    content = content_of(small_ranks("he"), REGEXES["gpt2"])
    split = {"type": "Split", "pattern": {"Regex": r"\s|\S+"}, "behavior": "Isolated", "invert": False}
    content["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [split, {**content["pre_tokenizer"], "use_regex": False}],
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    subject = open_subject(tmp_path)
    assert subject.pattern is None
    shards = shard_paths(corpus)
    books = read_size(shards)
    assert books.rates(10**9) == {"ko": 1.0, "en": 1.0}
    pilot = read_pilot(shards, books, 0)
    sums = survey(subject, shards, books, pilot, 0, sample=400)
    assert 0 < sum(part.documents for part in sums.values()) < books.documents_of()
    everything = survey(subject, shards, books, pilot, 0)
    assert sum(part.documents for part in everything.values()) == books.documents_of() == 26
    shared = prepare(shards, {})
    for sample, exact in ((10**9, True), (400, False)):
        found = _languages(subject, everything, shared._replace(sample=sample))
        assert {language: entry["exact"] for language, entry in found.items()} == {"ko": exact, "en": exact}
    for sample, fewer in ((10**9, False), (400, True)):
        entry = examine(Candidate("slow", tmp_path, False), shared._replace(sample=sample)).entry
        assert (sum(found["documents"] for found in entry["languages"].values()) < 26) == fewer
        parts = [found for each in entry["languages"].values() for found in (each, *each["sources"].values())]
        parts += [found for each in entry["languages"].values() for found in each["scripts"].values()]
        assert {found["exact"] for found in parts} == {not fewer}


def test_lines_that_are_shown_are_neither_short_nor_long_in_any_language():
    lengths = {"ko": [19, 20, 160, 161, 50, 50], "en": [50, 50, 50, 50, 19, 161]}
    assert _fitting({language: ["가" * n + " " for n in counts] for language, counts in lengths.items()}) == [1, 2]


def test_the_set_with_most_fitting_lines_is_shown_korean_first():
    lines = {language: [f"{language} {n} " + "가나다 " * 6 for n in range(9)] for language in ("en", "ja", "ko")}
    parallel = {"few": {"ko": ["하나 " * 9], "en": ["one " * 9]}, "most": lines, "one": {"ko": ["둘 " * 9]}}

    def shown(seed):
        return _shown(parallel, Pilot({}, {}), ["ko"], seed)

    found = shown(1)
    assert [language for language, _ in found] == ["ko"] * 4 + ["en"] * 4 + ["ja"] * 4
    chosen = [lines[language].index(text + " ") for language, text in found]
    assert chosen[:4] == chosen[4:8] == chosen[8:]
    assert len(set(chosen)) == 4
    assert shown(1) == found != shown(2)


def test_without_parallel_text_sentences_of_the_corpus_are_shown():
    texts = pa.array(
        ["짧다. " + "".join(f"{n} 번째 문장은 스무 자보다 길어야 한다. " for n in range(9)) + "\n" + "길" * 161]
    )
    found = [text for _, text in _shown({}, Pilot({("ko", "web"): texts}, {}), ["ko"], 0)]
    assert len(set(found)) == 4
    assert all(text.endswith("번째 문장은 스무 자보다 길어야 한다.") for text in found)


@pytest.mark.parametrize(
    "text", ["", "ko_fertility", "ko_fertility=2", "ko_fertility>two", "__import__('os')>1", "a>1;b>2"]
)
def test_conditions_that_are_none_are_refused(text):
    with pytest.raises(UserError, match="--fail-if"):
        parse_limit(text)


def test_conditions_are_checked_for_ours_only(report):
    value = report["tokenizers"][0]["languages"]["ko"]["metrics"]["fertility"]["value"]
    assert check(report, [parse_limit(f"ko_fertility > {value + 0.1}")]) == []
    assert check(report, [parse_limit(f"ko_fertility>={value}")]) == [
        f"ours: ko_fertility is {value:.4g}, which is >= {value:g}"
    ]
    assert (
        len(check(report, [parse_limit("premium>1"), parse_limit("morphology_f1<=1"), parse_limit("unreachable<0")]))
        == 2
    )
    assert names() == list(report["tokenizers"][0]["languages"]["ko"]["metrics"])
    check_names([parse_limit("ko_strr<0.1"), parse_limit("premium>2")], ["ko", "en"])
    for text in ("ja_fertility>2", "ko_fertilty>2", "speed<1"):
        with pytest.raises(UserError, match=r"there is no .*languages of this corpus being ko, en"):
            check_names([parse_limit(text)], ["ko", "en"])
    with pytest.raises(UserError, match=r"no ko_speed for ours. It has: .*ko_fertility"):
        check(report, [parse_limit("ko_speed>1")])
