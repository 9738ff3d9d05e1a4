"""`train_tokenizer` from a corpus to a directory that opens, with samples, sizes and counts of an earlier run."""

import json
import math
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from corpus.engine.task import file_sha256
from corpus.errors import UserError
from corpus.shards import shard_paths
from pipelines.fitted import fitted
from pipelines.train_tokenizer import _fit, main
from tests.tokenizer.corpora import Row, write_corpus
from tokenizer import job, superwords
from tokenizer.encoding.encode import Encoder
from tokenizer.job import Settings, Source, check
from tokenizer.training.counts import weighted
from tokenizer.training.files import seen

KO = "한국어 말뭉치에서 토크나이저를 학습한다. 문서 {n}번은 AI가 쓴 글이 아니다 ㅋㅋㅋ"
EN = "A tokenizer learns from a corpus; document {n} isn't written by a machine.\n\tprint({n})\n"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    korean: list[Row] = [(KO.format(n=n * 7919), "ko", None) for n in range(60)]
    english: list[Row] = [(EN.format(n=n * 104729), "en", None) for n in range(60)]
    return write_corpus(tmp_path_factory.mktemp("corpus"), {"web-ko": korean, "web-en": english})


def training(directory: Path) -> dict:
    return json.loads((directory / "training.json").read_text())


def test_a_directory_that_opens(corpus, tmp_path):
    main(corpus=corpus, out=tmp_path, vocab_size=600, sizes="512", workers=1)
    encoder = Encoder.from_file(tmp_path)
    assert encoder.vocab_size == 640
    assert (encoder.bos_id, encoder.eos_id, encoder.pad_id) == (0, 1, 2)
    assert encoder.decode(encoder.encode(KO)) == KO.encode()
    record = training(tmp_path)
    assert record["vocab_size"] == 640
    assert sum(table["documents"] for table in record["counts"]) == 120
    # The smaller vocabulary is the beginning of the larger one.
    vocabularies = [
        Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab() for folder in (tmp_path, tmp_path / "sizes/512")
    ]
    assert vocabularies[1] == {token: n for token, n in vocabularies[0].items() if n < 512}


def test_the_record_is_that_of_the_files(corpus, tmp_path, capsys):
    """Of a run from counts the same but for where its text was; what pages need is read from a corpus only."""
    made = main(corpus=corpus, out=tmp_path / "a", vocab_size=512, sizes="512", workers=1)
    again = main(counts=tmp_path / "a/counts", out=tmp_path / "b", vocab_size=512, sizes="512", workers=1)
    for folder, told, source in (("a", made, corpus), ("b", again, tmp_path / "a/counts")):
        record = training(tmp_path / folder)
        assert told == {"out": str(tmp_path / folder)} | record
        assert record["corpus"] == str(source)
        assert record["tokenizer_sha256"] == file_sha256(tmp_path / folder / "tokenizer.json")
        written = json.loads((tmp_path / folder / "tokenizer.json").read_text())
        assert record["merges"] == len(written["model"]["merges"]) == 512 - 256 - 3
        assert (record["superwords"], record["target"]) == (None, None)
        assert 0 <= record["seconds"]["count"] < 600
        assert 0 <= record["seconds"]["train"] < 600
    assert (tmp_path / "a/counts/counts.json").is_file()
    assert (made["size_curve"] is None, again["size_curve"] is None) == (False, True)
    assert "the text gave no more than" not in capsys.readouterr().err
    few = main(counts=tmp_path / "a/counts", out=tmp_path / "c", vocab_size=512, min_frequency=50, workers=1)
    assert f"no more than {few['merges']} merges that occur 50 times" in " ".join(capsys.readouterr().err.split())
    assert few["merges"] < 512 - 256 - 3


def test_same_file_for_any_number_of_workers(corpus, tmp_path):
    main(corpus=corpus, out=tmp_path / "one", vocab_size=640, workers=1)
    main(corpus=corpus, out=tmp_path / "two", vocab_size=640, workers=2)
    assert (tmp_path / "one/tokenizer.json").read_bytes() == (tmp_path / "two/tokenizer.json").read_bytes()


def test_another_mix_from_the_same_counts(corpus, tmp_path):
    main(corpus=corpus, out=tmp_path / "a", vocab_size=640, workers=1)
    main(counts=tmp_path / "a/counts", out=tmp_path / "b", vocab_size=640, weights="ko=0,en=3", workers=1)
    korean = [len(Encoder.from_file(tmp_path / name).encode(KO)) for name in ("a", "b")]
    assert korean[0] < korean[1]
    assert training(tmp_path / "b")["weights"] == {"ko": 0, "en": 3}
    assert not (tmp_path / "b/counts").exists()
    shards = {path.name: file_sha256(path) for path in shard_paths(corpus)}
    assert seen(tmp_path / "a", shards) == seen(tmp_path / "b", shards) == "all"
    assert seen(tmp_path / "a", shards | {"other": "0" * 64}) == "part"
    assert seen(tmp_path / "b/tokenizer.json", {"other": "0" * 64}) == "none"


def test_a_target_is_met_by_weights(corpus, tmp_path):
    """What is said to be reached is what the tokenizer has, on the page too; its weights give it again."""
    main(corpus=corpus, out=tmp_path / "a", vocab_size=640, target="ko_fertility=1.43", workers=1)
    answer = training(tmp_path / "a")["target"]
    texts = [KO.format(n=n * 7919) for n in range(60)]
    encoder = Encoder.from_file(tmp_path / "a")
    fertility = sum(len(encoder.encode(text)) for text in texts) / sum(len(text.split()) for text in texts)
    assert answer["reached"] == pytest.approx(fertility)
    others = [abs(point["figures"]["ko_fertility"] - 1.43) for point in answer["curve"]["points"]]
    assert min(others) == pytest.approx(abs(fertility - 1.43))
    page = (tmp_path / "a/report.html").read_text()
    assert all(f"{point['figures']['en_fertility']:.3f}" in page for point in answer["curve"]["points"])
    weights = training(tmp_path / "a")["weights"]
    again = ",".join(f"{language}={weight}" for language, weight in weights.items())
    main(counts=tmp_path / "a/counts", out=tmp_path / "b", vocab_size=640, weights=again, workers=1)
    assert (tmp_path / "a/tokenizer.json").read_bytes() == (tmp_path / "b/tokenizer.json").read_bytes()


def test_what_each_size_of_vocabulary_costs(corpus, tmp_path):
    """One training, three vocabularies: the figures are those of the tokenizers that were written."""
    main(corpus=corpus, out=tmp_path, vocab_size=640, sizes="512,600", workers=1)
    points = training(tmp_path)["size_curve"]["points"]
    assert [point["at"] for point in points] == [512, 600, 640]
    texts = [EN.format(n=n * 104729) for n in range(60)]
    words = sum(len(text.split()) for text in texts)
    for point, name in zip(points, ("sizes/512", "sizes/600", ""), strict=True):
        encoder = Encoder.from_file(tmp_path / name)
        assert encoder.vocab_size % 128 == 0
        assert point["figures"]["en_fertility"] == pytest.approx(sum(len(encoder.encode(t)) for t in texts) / words)
        assert f"{point['figures']['en_fertility']:.3f}" in (tmp_path / "report.html").read_text()


def test_samples_and_pruning_are_recorded(corpus, tmp_path):
    main(corpus=corpus, out=tmp_path, vocab_size=640, sample="ko=10,en=20", min_word_count=11, workers=1)
    record = training(tmp_path)
    assert {line["lang"]: line["taken"] for line in record["documents"]} == {"ko": 10, "en": 20}
    assert (record["sample"]["seed"], record["capped_sites"]) == (0, 0)
    counts = weighted(tmp_path / "counts").counts
    rare = counts < 11
    assert len({int(rare.sum()), int(counts[rare].sum()), int((~rare).sum()), int(counts[~rare].sum())}) == 4
    assert record["words"] == {
        "distinct": int((~rare).sum()),
        "occurrences": int(counts[~rare].sum()),
        "min_word_count": 11,
        "pruned_distinct": int(rare.sum()),
        "pruned_occurrences": int(counts[rare].sum()),
    }


def test_sites_that_are_capped_are_counted(tmp_path):
    hosts = ["a", "a", "a", "b", "b", "b", "c", "c"]
    rows: list[Row] = [(EN.format(n=n), "en", f"https://{host}.org/{n}") for n, host in enumerate(hosts)]
    main(corpus=write_corpus(tmp_path / "c", {"web": rows}), out=tmp_path / "t", vocab_size=640, site_cap=2, workers=1)
    record = training(tmp_path / "t")
    assert (record["capped_sites"], record["documents"][0]["taken"]) == (2, 6)


def test_the_fitted_vocabulary_holds_the_smaller_ones(corpus, tmp_path):
    source = Source("", corpus, shard_paths(corpus))
    fit, size = _fit(source, [])
    assert _fit(source, [512, fit]) == (fit, size)
    assert _fit(source, [512, fit + 1]) == (fit + 1, size)


def test_the_fitted_vocabulary_of_counts_is_that_of_all_text_counted(tmp_path):
    """As of its shards: 6 MB of each of two languages are 12 MB."""
    tables = [{"file": lang, "bytes": 6_000_000} for lang in ("ko", "en")]
    (tmp_path / "counts.json").write_text(json.dumps({"pattern": "gpt2", "tables": tables}))
    assert _fit(Source("", tmp_path, [], tmp_path), [512]) == (fitted(12e6).vocab_size, "12.0 MB")
    assert fitted(12e6) != fitted(6e6)


def test_morphemes(corpus, tmp_path):
    main(corpus=corpus, out=tmp_path, vocab_size=640, morphemes="josa", workers=1)
    encoder = Encoder.from_file(tmp_path)
    assert [encoder.decode([n]).decode() for n in encoder.encode(" 말뭉치에서")] == [" 말뭉치", "에서"]


def test_superwords(corpus, tmp_path, monkeypatch):
    learned = []
    add = superwords.add_superwords
    monkeypatch.setattr(job, "add_superwords", lambda *how, **rules: learned.append(add(*how, **rules)) or learned[0])
    main(corpus=corpus, out=tmp_path, vocab_size=640, superwords=60, sizes="512,600", workers=1)
    words, small, whole = (Encoder.from_file(tmp_path / name) for name in ("sizes/512", "sizes/600", ""))
    assert (words.pattern, small.pattern, whole.pattern) == ("hanji", None, None)
    text = EN.format(n=1)
    assert len(words.encode(text)) > len(whole.encode(text))
    assert whole.encode(text) == Tokenizer.from_file(str(tmp_path / "tokenizer.json")).encode(text).ids
    record = training(tmp_path)["superwords"]
    assert 0 < record["merges"] <= 60
    assert record["smallest_count"] >= record["limit"] == 2
    assert record["smallest_count"] == learned[0].counts[-1] < learned[0].counts[0]


def test_superwords_are_of_the_sample_the_weights_and_the_rules(corpus, tmp_path, monkeypatch):
    called = {}
    count, add = superwords.count_superwords, superwords.add_superwords

    def counted(shards, out, tokenizer, tasks, choice):
        called["choice"] = choice
        return count(shards, out, tokenizer, tasks, choice)

    def added(merges, pieces, size, **rules):
        called.update(pieces=pieces, size=size, before=len(merges.tokens), rules=rules)
        return add(merges, pieces, size, **rules)

    def noted(folder, *how):
        called["weighted"] = (folder.name, *how)
        return weighted(folder, *how)

    monkeypatch.setattr(job, "weighted", noted)
    monkeypatch.setattr(job, "count_superwords", counted)
    monkeypatch.setattr(job, "add_superwords", added)
    main(
        corpus=corpus, out=tmp_path, vocab_size=640, superwords=60, sample="ko=10,en=20", weights="ko=3",
        min_word_count=2, min_frequency=3, max_token_bytes=40, whole_characters=False, workers=1,
    )  # fmt: skip
    record = training(tmp_path)
    assert {line["lang"]: line["taken"] for line in called["choice"].summary} == {"ko": 10, "en": 20}
    assert called["rules"] == {"min_frequency": 3, "max_token_bytes": 40, "whole_characters": False}
    assert called["size"] == called["before"] + 60
    pieces = called["pieces"]
    assert record["superwords"]["distinct_pieces"] == len(pieces.words) != record["words"]["distinct"]
    assert called["weighted"] == ("superwords", {"ko": 3.0}, 2)


def test_the_share_of_superwords_is_found_from_counts(corpus, tmp_path):
    """What the curve says of a share is what a tokenizer of that share has; the best of them is written."""
    main(corpus=corpus, out=tmp_path / "auto", vocab_size=640, superwords="auto", workers=1)
    points = training(tmp_path / "auto")["share_curve"]["points"]
    assert [point["at"] for point in points] == [512, 576, 608, 624, 640]
    texts = [KO.format(n=n * 7919) for n in range(60)] + [EN.format(n=n * 104729) for n in range(60)]
    for point in points[2:4]:
        share = 640 - int(point["at"])
        main(corpus=corpus, out=tmp_path / str(share), vocab_size=640, superwords=share, workers=1)
        encoder = Encoder.from_file(tmp_path / str(share))
        for name, some in (("ko_fertility", texts[:60]), ("en_fertility", texts[60:])):
            tokens = sum(len(encoder.encode(text)) for text in some)
            assert point["figures"][name] == pytest.approx(tokens / sum(len(text.split()) for text in some))
    best = min(reversed(points), key=lambda point: math.prod(point["figures"].values()))  # the fewest of equal ones
    assert training(tmp_path / "auto")["share_curve"]["chosen"] == best["at"]
    again = (tmp_path / str(640 - int(best["at"])) / "tokenizer.json").read_bytes()
    assert (tmp_path / "auto/tokenizer.json").read_bytes() == again
    assert f"{best['figures']['en_fertility']:.3f}" in (tmp_path / "auto/report.html").read_text()


def test_a_target_with_superwords(corpus, tmp_path):
    """The figure that is said to be reached is measured on the tokenizer that was written."""
    main(corpus=corpus, out=tmp_path, vocab_size=640, target="ko_fertility=1.43", superwords=64, workers=1)
    answer = training(tmp_path)["target"]
    texts = [KO.format(n=n * 7919) for n in range(60)]
    encoder = Encoder.from_file(tmp_path)
    fertility = sum(len(encoder.encode(text)) for text in texts) / sum(len(text.split()) for text in texts)
    assert answer["reached"] == pytest.approx(fertility)
    assert fertility == pytest.approx(1.43, rel=0.05)
    assert encoder.pattern is None  # with superwords


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": "8k"}, "more than --vocab-size"),
        ({"superwords": 200}, "at least 512"),
        ({"superwords": 60, "pattern": "gpt2"}, "needs --pattern hanji"),
        ({"superwords": 60, "counts": Path()}, "instead of --counts"),
        ({"pattern": "o200k"}, "gpt2, cl100k, hanji"),
        ({"sample": "ko=many"}, "--sample"),
        ({"source_cap": "web=many"}, "--source-cap"),
        ({"min_word_count": 10**9}, "there is no text to learn from"),
        ({"weights": "ko"}, "--weights"),
        ({"weights": "ko=nan"}, "--weights"),
        ({"sample": "ko=inf"}, "--sample"),
        ({"sizes": "8x"}, "--sizes"),
        ({"weights": "fr=1"}, "'fr'"),
        ({"morphemes": "some"}, "josa, all"),
        ({"target": "ko=2"}, "expected premium=X"),
        ({"target": "ko_fertility=1.01"}, "cannot be reached"),
        ({"target": "fr_fertility=2"}, "no text of language 'fr'"),
        ({"target": "premium=1.2"}, "give --parallel"),
        ({"target": "ko_fertility=2", "weights": "ko=2"}, "does not go with --weights"),
        ({"superwords": "many"}, "expected a number of tokens"),
        ({"superwords": "auto", "pattern": "gpt2"}, "needs --pattern hanji"),
        ({"corpus": Path("nowhere")}, "not a finished corpus"),
        ({"text": [__file__], "counts": Path()}, "two sources of words"),
    ],
)
def test_errors_name_the_option(corpus, tmp_path, options, message):
    with pytest.raises(UserError, match=message):
        main(**{"corpus": corpus, "out": tmp_path, "vocab_size": 640, "workers": 1} | options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": "ko=1,kr=1"}, "no text of language 'kr' to learn from; there is text of en, ko"),
        ({"weights": "en=2", "sample": "ko=10"}, "no text of language 'en' to learn from; there is text of ko"),
    ],
)
def test_weights_of_no_language_are_refused_before_counting(corpus, tmp_path, options, message):
    with pytest.raises(UserError, match=message):
        main(corpus=corpus, out=tmp_path / "a", vocab_size=640, workers=1, **options)
    assert not (tmp_path / "a/counts").exists()


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"vocab_size": 700}, "vocab_size"),
        ({"sizes": "512"}, "sizes"),
        ({"pattern": "gpt2"}, "pattern"),
        ({"sample": "ko=10"}, "sample.languages.ko"),
        ({"source_cap": "web-ko=10"}, "sample.sources.web-ko"),
        ({"site_cap": 3}, "sample.site"),
        ({"seed": 1}, "sample.seed"),
        ({"weights": "ko=2"}, "weights.ko"),
        ({"target": "en_fertility=2"}, "target"),
        ({"min_word_count": 2}, "min_word_count"),
        ({"min_frequency": 3}, "min_frequency"),
        ({"max_token_bytes": 9}, "max_token_bytes"),
        ({"whole_characters": False}, "whole_characters"),
        ({"morphemes": "josa"}, "morphemes"),
        ({"superwords": 60}, "superwords"),
        ({"corpus": "other"}, "text.train/web-en-00000.arrow"),
    ],
)
def test_a_finished_folder_is_of_its_settings_and_texts(finished, options, key):
    folder, options = finished, dict(options)
    if "corpus" in options:
        options["corpus"] = write_corpus(folder.parent / "other", {"web-ko": [("글", "ko", None)]})
    with pytest.raises(UserError, match=f"finished with other settings: .*{key} was"):
        main(**{"corpus": folder.parent / "corpus", "out": folder, "vocab_size": 513, "workers": 1} | options)


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    write_corpus(folder / "corpus", {"web-en": [(EN.format(n=n), "en", None) for n in range(5)]})
    main(corpus=folder / "corpus", out=folder / "out", vocab_size=513, workers=1)
    assert json.loads((folder / "out/.hanji.json").read_text())["settings"]["vocab_size"] == 640  # a multiple of 128
    return folder / "out"


def test_sizes_exactly_at_their_bounds(tmp_path):
    def checked(sizes, superwords):
        settings = Settings(vocab_size=640, sizes=sizes, pattern="hanji", superwords=superwords)
        check(settings, Source("", tmp_path, []))

    checked([512, 640], 0)
    with pytest.raises(UserError, match="--sizes"):
        checked([641], 0)
    with pytest.raises(UserError, match="--sizes: 641 is more"):
        checked([512, 641], 0)
    checked([], 128)
    with pytest.raises(UserError, match="--superwords"):
        checked([], 129)


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({}, None),
        ({"sizes": "512"}, "Vocabularies of one training"),
        ({"target": "ko_fertility=1.43", "sizes": "512"}, "A tokenizer of ko_fertility = {reached:.3f}"),
    ],
)
def test_what_was_made_is_told_with_the_curves_of_its_page(corpus, tmp_path, capsys, options, title):
    """Each curve with what it was measured on; then the folder, its tokens and the distinct words they were learned
    from. The page is named after what was asked for, and is there where there is a curve."""
    made = main(corpus=corpus, out=tmp_path / "a", vocab_size=640, min_word_count=2, workers=1, **options)
    told = capsys.readouterr().err
    curves = [curve for curve in (made["target"] and made["target"]["curve"], made["size_curve"]) if curve]
    assert len(curves) == len(options)
    if made["size_curve"]:
        assert (made["size_curve"]["chosen"], made["size_curve"]["ticks"]) == (640, [512, 640])
    if made["target"]:
        assert (curves[0]["chosen"], curves[0]["wanted"]) == (made["target"]["weight"], 1.43)
    for curve in curves:
        assert curve["text"] == "the split 'train' of the corpus"
        for point in curve["points"]:
            mark = " ←" if point["at"] == curve["chosen"] else ""
            figures = [f"{point['figures'][name]:.3f}" for name in curve["figures"]]
            assert [point["label"] + mark, *figures] in [
                [line[:44].strip(), *line[44:].split()] for line in told.splitlines()
            ]
    assert told.count("Tokens per word, measured on the split 'train' of the corpus:") == len(curves)
    last = told.splitlines()[-1]
    assert last.startswith(f"{tmp_path / 'a'}: 640 tokens from {made['words']['distinct']:,} distinct words, ")
    assert (tmp_path / "a/report.html").is_file() == bool(title)
    if title:
        name = title.format(**made["target"] or {})
        page = (tmp_path / "a/report.html").read_text()
        assert f"<title>{name}" in page
        for point in (point for curve in curves for point in curve["points"]):
            assert f"{point['figures']['ko_fertility']:.3f}" in page
    if not options:
        again = main(corpus=corpus, out=tmp_path / "a", vocab_size=640, min_word_count=2, workers=1)
        assert again == made
        assert "is this tokenizer already; nothing was done." in capsys.readouterr().err
