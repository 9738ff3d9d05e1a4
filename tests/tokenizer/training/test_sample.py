"""Quotas and caps: exact numbers, nested choices, the same documents whatever the batches."""

from urllib.parse import urlsplit

import mmh3
import pytest

from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from corpus.shards import read_shard, shard_paths, source_of
from tests.tokenizer.corpora import Row, write_corpus
from tokenizer.options import parse_numbers
from tokenizer.training.sample import SampleSettings, _columns, draw_sample, sampled

SOURCES: dict[str, list[Row]] = {
    "a": [(f"가 {n}", "ko", f"https://site{n % 2}.kr/page/{n}") for n in range(40)],
    "b": [(f"나 {n}", "ko", f"https://big.kr:80/{n}" if n % 2 else None) for n in range(60)],
    "c": [(f"x {n}", "en", "http://big.kr/x") for n in range(10)] + [("?", "und", None)],
}


def take(tmp_path, name="corpus", batch=7, **settings) -> dict[tuple[str, str], list[str]]:
    """The ids taken, by source and language."""
    shards = shard_paths(write_corpus(tmp_path / name, SOURCES, batch))
    with LocalEngine(1) as engine:
        choice = draw_sample(shards, SampleSettings(**settings), engine)
    assert choice is not None
    taken: dict[tuple[str, str], list[str]] = {}
    for shard in shards:
        for whole in read_shard(shard):
            part = sampled(whole, source_of(shard), choice)
            for lang, identity in zip(part["lang"].to_pylist(), part["id"].to_pylist(), strict=True):
                taken.setdefault((source_of(shard), lang), []).append(identity)
    for line in choice.summary:
        assert len(taken.get((line["source"], line["lang"]), [])) == line["taken"]
        rows = [row for row in SOURCES[line["source"]] if row[1] == line["lang"]]
        assert line["documents"] == len(rows)
    return taken


def test_quotas_are_exact_nested_and_independent_of_batches(tmp_path):
    small = take(tmp_path, languages={"ko": 20, "en": 3})
    large = take(tmp_path, "other", batch=50, languages={"ko": 35, "en": 1000})
    assert len(small["a", "ko"]) + len(small["b", "ko"]) == 20
    assert len(large["a", "ko"]) + len(large["b", "ko"]) == 35
    assert len(small["c", "en"]) == 3
    assert len(large["c", "en"]) == 10
    assert ("c", "und") not in small
    for key, ids in small.items():
        assert set(ids) <= set(large[key])


def test_caps_come_before_quotas(tmp_path):
    taken = take(tmp_path, languages={"ko": 45}, sources={"b": 10})
    assert len(taken["a", "ko"]) == 35
    assert len(taken["b", "ko"]) == 10


def test_site_caps_count_hosts_across_sources(tmp_path):
    taken = take(tmp_path, site=4)
    assert len(taken["a", "ko"]) == 8
    urls = dict(zip((f"b-{n}" for n in range(60)), (url for _, _, url in SOURCES["b"]), strict=True))
    assert sum(urls[i] is None for i in taken["b", "ko"]) == 30  # no address, no cap
    assert sum(urls[i] is not None for i in taken["b", "ko"]) == 4  # big.kr:80 is not big.kr
    assert len(taken["c", "en"]) == 4


def test_seeds_differ(tmp_path):
    assert take(tmp_path, "x", languages={"ko": 20}) != take(tmp_path, "y", languages={"ko": 20}, seed=1)


def test_everything_by_default(tmp_path):
    with LocalEngine(1) as engine:
        assert draw_sample([], SampleSettings(), engine) is None


def test_unknown_names_are_errors(tmp_path):
    with pytest.raises(UserError, match="'fr'"):
        take(tmp_path, languages={"fr": 1})
    with pytest.raises(UserError, match="'zeitung'"):
        take(tmp_path, sources={"zeitung": 1})


def test_numbers_with_suffixes():
    assert parse_numbers("ko=10M, en=1.5k,x=7", "--sample") == {"ko": 10**7, "en": 1500, "x": 7}
    for bad in ("ko", "ko=ten", "ko=0", "=M"):
        with pytest.raises(UserError, match="--sample"):
            parse_numbers(bad, "--sample")


def host(url: str | None) -> str | None:
    return url.split("/")[2] if url else None


@pytest.mark.parametrize(
    "settings",
    [
        {"languages": {"ko": 20, "en": 3}},
        {"languages": {"ko": 20}, "seed": 9},
        {"sources": {"a": 7, "c": 4}},
        {"sources": {"a": 7, "c": 4}, "languages": {"ko": 20}},  # a source of a language that is left out
        {"site": 3},
        {"site": 9},
        {"site": 19, "seed": 9},
        {"site": 29},
        {"site": 3, "seed": 9},
        {"site": 4, "sources": {"a": 5}, "languages": {"ko": 12, "und": 1}},
        {"site": 20, "sources": {"b": 39}, "languages": {"ko": 58}},
    ],
)
def test_those_of_the_smallest_hashes_are_taken(tmp_path, settings):
    """MurmurHash3 of the id with the seed, its first half: first the sites' caps, then the sources', then languages."""
    seed = settings.get("seed", 0)
    rows = [(s, f"{s}-{n}", lang, url) for s, some in SOURCES.items() for n, (_, lang, url) in enumerate(some)]
    rank = {name: mmh3.hash64(name, seed=seed, signed=False)[0] for _, name, _, _ in rows}
    rows.sort(key=lambda row: rank[row[1]])
    for which, caps in (
        (lambda row: host(row[3]), lambda name: settings.get("site") if name else None),
        (lambda row: row[2], lambda lang: None if lang in settings.get("languages", {lang: 0}) else 0),
        (lambda row: row[0], settings.get("sources", {}).get),
        (lambda row: row[2], settings.get("languages", {}).get),
    ):
        groups: dict[str | None, list] = {}
        for row in rows:
            groups.setdefault(which(row), []).append(row)
        rows = sorted((row for name, some in groups.items() for row in some[: caps(name)]), key=lambda r: rank[r[1]])
    expected: dict[tuple[str, str], set[str]] = {}
    for source, name, lang, _ in rows:
        expected.setdefault((source, lang), set()).add(name)
    assert {key: set(ids) for key, ids in take(tmp_path, **settings).items()} == expected


def test_what_the_suffixes_mean():
    assert parse_numbers("a=1k,b=1K,c=2m,d=3g,e=3G,f=999", "-") == {
        "a": 1000, "b": 1000, "c": 2 * 10**6, "d": 3 * 10**9, "e": 3 * 10**9, "f": 999,
    }  # fmt: skip


def test_a_host_is_what_stands_before_the_path(tmp_path):
    """Two documents are of one site if urllib splits their addresses alike."""
    urls = ["http://a.kr/1", "https://a.kr?x=/y", "http://a.kr#/z", "http://a.kr", "http://b.a.kr/", "http://a.kr:80/",
            "svn+ssh://u@a.kr/x", "a.kr/x", "", None, "/only/a/path", "http://A.kr/1"]  # fmt: skip
    (shard,) = shard_paths(write_corpus(tmp_path, {"web": [("글", "ko", url) for url in urls]}, 50))
    (batch,) = read_shard(shard)
    ranks, hosts = _columns(batch, 0, True)
    names = [urlsplit(url).netloc if url and "://" in url else "" for url in urls]
    assert len(set(hosts.tolist())) == len(set(names))
    for one, name in zip(hosts.tolist(), names, strict=True):
        assert {other for other, same in zip(hosts.tolist(), names, strict=True) if same == name} == {one}
        assert (one == 0) == (name == "")
    assert ranks.tolist() == _columns(batch, 0, False)[0].tolist()
    assert not _columns(batch, 0, False)[1].any()
