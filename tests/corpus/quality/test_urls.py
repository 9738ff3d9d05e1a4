"""What a URL says: hosts and words as the plain definition has them; lists, patterns, allowed names; counted like rules."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import idna
import numpy as np
import orjson
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.build import Built, build
from corpus.download.locator import Locator
from corpus.engine.local import LocalEngine
from corpus.errors import UserError
from corpus.quality.url_kernel import MOST_KINDS, Lists, count, split, table
from corpus.quality.urls import RULES, UrlSettings, canonical, judge
from corpus.recipe import Recipe, validate

# ------------------------------------------------------------------ the kernels beside a plain twin


def kernel_split(url: str) -> tuple[bytes, bytes, bool]:
    done, flags = split(pa.array([url]))
    host = int(done.hosts[0])
    return done.data[:host].tobytes(), done.data[host : done.ends[1]].tobytes(), bool(flags[0])


HOSTS = st.sampled_from(
    ["spam.example", "A.SPAM.example.", "한국.com", "xn--3e0b707e.com", "127.0.0.1", "[2001:db8::1]", "", ".", "a..b",
     "카지노。kr", "%ED%95%9C.kr", "x-y.co.kr", "STRASSE.de", "straße.de", "xn--", "xn--가", "localhost", "a_b.com"]
)  # fmt: skip
TAILS = st.lists(
    st.one_of(
        st.sampled_from(["/", "?", "#", "\\", "-", "_", "+", "%20", "%EC%B9%B4", "%C4%AB%C1%F6%B3%EB", "%zz", "%", "카지노",
                         "사이트", "Casino", "BONUS", "é", "가", "ｃａｓｉｎｏ", "\t", "@", ":80", "foo", "😀", "%e1%84%80"]),
        st.text(max_size=4),
    ),
    max_size=8,
).map("".join)  # fmt: skip
URLS = st.builds(
    lambda scheme, user, host, port, tail: scheme + user + host + port + tail,
    st.sampled_from(
        [
            "http://",
            "HTTPS://",
            "//",
            "",
            "http:",
            "https:\\\\",
            "ftp:///",
            "gopher://",
            "a+b://",
            "mailto:",
            " http://",
        ]
    ),
    st.sampled_from(["", "user@", "us:er@", "a@b@", "한@"]),
    HOSTS,
    st.sampled_from(["", ":8080", ":", ":x"]),
    TAILS,
)


@given(url=st.one_of(URLS, st.text(st.characters(exclude_categories=["Cs"]), max_size=30)))
@example("http://a.com/\xad")
@example("http://a.com/%ED%9E%B0")  # a jamo of the extended block
def test_split_is_the_definition(url: str) -> None:
    url = url.encode("utf-8", "replace").decode()
    host, rest, flagged = kernel_split(url)
    if not flagged:
        assert (host.decode(), rest.decode()) == canonical(url)


@pytest.mark.parametrize("text", ["a.com/x", "http://a.com/한국", "https://A.com:1/?q=%EA%B0%80#z", "//u@a.com./"])
def test_plain_urls_need_no_more_care(text: str) -> None:
    assert not kernel_split(text)[2]


@given(
    user=st.sampled_from(["", "u@", "u:p@", "u@v@"]),
    labels=st.lists(
        st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?", fullmatch=True), min_size=1, max_size=4
    ),
    port=st.sampled_from(["", ":80"]),
    tail=st.sampled_from(["", "/", "/a@b", "?x=http://other.example/", "#@x"]),
)
def test_hosts_are_those_of_urllib(user: str, labels: list[str], port: str, tail: str) -> None:
    url = f"https://{user}{'.'.join(labels)}{port}{tail}"
    assert canonical(url)[0] == urlsplit(url).hostname
    host, _, flagged = kernel_split(url)
    assert flagged or host.decode() == urlsplit(url).hostname


@given(st.lists(st.text("가힣한글éßäñЖя中", min_size=1, max_size=6), min_size=1, max_size=3))
def test_other_letters_are_those_of_idna(labels: list[str]) -> None:
    name = ".".join(labels)
    assert canonical(f"http://{name}/")[0] == idna.encode(name, uts46=True).decode()
    assert canonical(f"http://{idna.encode(name, uts46=True).decode()}/")[0] == idna.encode(name, uts46=True).decode()


ENTRIES = {
    "domains": ["spam.example", "xxx", "co.kr"],
    "words": ["foo", "casino"],
    "parts": ["카지노", "카지노사이트", "사이트", "가"],
    "host_parts": ["spamex", "xy"],
}


def counted(host: str, rest: str) -> dict[str, int]:
    """How many different entries a canonical URL holds, slowly."""
    found: set[tuple[str, str]] = set()
    labels = host.split(".")
    endings = {".".join(labels[i:]) for i in range(len(labels))} if len(labels) > 1 else set()
    found |= {("domains", name) for name in ENTRIES["domains"] if name in endings}
    for segment in (host, rest):
        runs = "".join(c if (c.isascii() and c.isalnum()) or ord(c) >= 128 else " " for c in segment).split()
        found |= {("words", name) for name in ENTRIES["words"] if name in runs}
    for label in labels:
        found |= {("host_parts", name) for name in ENTRIES["host_parts"] if name in label.replace("-", "")}
    at = 0
    while at < len(rest):
        matched = [m for name in ENTRIES["parts"] if (m := _part_at(rest, at, name))]
        if matched:
            end, name = max(matched)
            found.add(("parts", name))
            at = end
        else:
            at += 1
    return {kind: sum(k == kind for k, _ in found) for kind in ENTRIES}


def _part_at(text: str, at: int, name: str) -> tuple[int, str] | None:
    if text[at] != name[0]:
        return None
    for wanted in name:
        while at < len(text) and text[at] in "-_+ " and text[at] != wanted:
            at += 1
        if at == len(text) or text[at] != wanted:
            return None
        at += 1
    return at, name


def tables() -> Lists:
    groups = [[name.encode() for name in names] for names in ENTRIES.values()]
    starts = np.cumsum([0, *map(len, groups)]).tolist()
    made = [table(group, start, number == 0) for number, (group, start) in enumerate(zip(groups, starts, strict=False))]
    return Lists(*made, np.repeat(1 << np.arange(4), [len(group) for group in groups]).astype(np.uint16))


@given(st.lists(URLS, min_size=1, max_size=4))
@example(["http://xxx/", "http://co.kr/", "http://a.xxx", "http://.xxx", "http://xxx./a", "http://a.co.kr.b"])
def test_counts_are_those_of_a_plain_search(urls: list[str]) -> None:
    done, flags = split(pa.array(urls))
    counts = count(done, tables())
    assert counts.shape == (len(urls), MOST_KINDS)
    for row, url in enumerate(urls):
        if not flags[row]:
            assert counts[row, :4].tolist() == list(counted(*canonical(url)).values()), url


def test_every_entry_is_found_however_full_the_tables_are() -> None:
    """Hundreds of words, of which many meet another one's place in the hash table; and as many that are in none."""
    names = [f"w{n}x".encode() for n in range(600)]
    groups = [
        [name + b".kr" for name in names[:300]],
        names[:300],
        ["가".encode() + name for name in names[:300]],
        names[:300],
    ]
    for which in range(4):
        chosen = [group if n == which else [] for n, group in enumerate(groups)]
        made = [table(group, 0, n == 0) for n, group in enumerate(chosen)]
        lists = Lists(*made, np.repeat(1, 300).astype(np.uint16))
        urls = [("http://{}.kr/", "http://a.kr/{}", "http://a.kr/가{}", "http://a.{}.kr/")[which].format(name.decode())
                for name in names]  # fmt: skip
        assert count(split(pa.array(urls))[0], lists)[:, 0].tolist() == [1] * 300 + [0] * 300


def test_real_urls(mirror: Path) -> None:
    urls = []
    for name in (
        "allenai/c4/en/c4-train.00000-of-01024.json.gz",
        "allenai/c4/multilingual/c4-ko.tfrecord-00000-of-01024.json.gz",
    ):
        with gzip.open(mirror / "huggingface.co/datasets" / name) as file:
            urls += [orjson.loads(line)["url"] for line, _ in zip(file, range(700), strict=False)]
    done, flags = split(pa.array(urls))
    for row in np.flatnonzero(~flags):
        host, rest = canonical(urls[row])
        assert done.data[done.ends[row] : done.ends[row + 1]].tobytes().decode() == host + rest
    assert flags.sum() <= 1
    assert (judge(pa.array(urls), "web", UrlSettings())[0] < 0).all()  # none of these is an advertisement


# ------------------------------------------------------------------ lists and patterns


def verdict(url: str | None, profile: str = "web", **settings: Any) -> str | None:
    rules, _ = judge(pa.array([url], pa.string()), profile, UrlSettings(**settings))
    return RULES[rules[0]] if rules[0] >= 0 else None


@pytest.mark.parametrize(
    "url",
    [
        "http://spam.example", "https://www.spam.example/a?b", "HTTP://WWW.SPAM.EXAMPLE/", "https://spam.example./",
        "http://spam.example:8080/x", "http://user:pass@spam.example/", "http://good.kr@spam.example/", "spam.example/a",
        "//a.b.spam.example", "http:\\\\spam.example\\x", " http://spam.example", "http://sp\nam.example/",
        "ftp://spam.example", "http://%73pam.example/", "http://ｓｐａｍ.example/", "http://spam。example/", "spam.example",
    ],
)  # fmt: skip
def test_a_domain_and_all_below_it(url: str) -> None:
    assert verdict(url, domains=["Spam.Example"]) == "url_domain"


@pytest.mark.parametrize(
    "url",
    ["http://notspam.example/", "http://spam.example.kr/", "http://good.kr/spam.example", "http://good.kr?u=http://spam.example",
     "http://spam.example@good.kr/", "http://example/", "http://good.kr#@spam.example", None, "", "spam"],
)  # fmt: skip
def test_names_that_only_look_like_it(url: str | None) -> None:
    assert verdict(url, domains=["spam.example"]) is None


def test_the_first_rule_that_is_broken_counts() -> None:
    """In the order of RULES, with the number of entries that decided."""
    url = pa.array(["http://www.casinosite.com/badword/pornsite/one-two-three"])
    lists = {"domains": ["casinosite.com"], "words": ["badword"], "soft_words": ["one", "two", "three", "four"]}
    for rule, value in (("url_domain", 1), ("url_words", 1), ("url_soft_words", 3), ("url_gambling", 1)):
        rules, values = judge(url, "web", UrlSettings.model_validate(lists))
        assert (RULES[rules[0]], values[0]) == (rule, value)
        if lists:
            lists.pop(next(iter(lists)))
    rules, values = judge(pa.array(["http://a.com/카지노사이트"]), "web", UrlSettings())
    assert (RULES[rules[0]], values[0]) == ("url_gambling", 2)  # an offer is a word of the topic and of a pitch


@pytest.mark.parametrize("entry", ["한국.kr", "xn--3e0b707e.kr", "*.한국.kr", "한국。kr"])
@pytest.mark.parametrize("url", ["http://한국.kr/", "http://XN--3E0B707E.kr/", "http://a.%ED%95%9C%EA%B5%AD.kr"])
def test_punycode_and_letters_are_the_same(entry: str, url: str) -> None:
    assert verdict(url, domains=[entry]) == "url_domain"


def test_names_of_several_labels() -> None:
    assert verdict("https://a.spam.co.kr/", domains=["spam.co.kr"]) == "url_domain"
    assert verdict("https://good.co.kr/", domains=["spam.co.kr"]) is None
    assert verdict("https://a.b.kr/", domains=["b.kr"], allowed=["a.b.kr"]) is None
    assert verdict("https://good.zip/", domains=[".zip"]) == "url_domain"
    assert verdict("https://good.co.kr/", domains=[".co.kr"]) == "url_domain"
    assert verdict("http://10.0.0.1:80/x", domains=["10.0.0.1"]) == "url_domain"


def test_words() -> None:
    assert verdict("https://a.kr/Best-CASINO_2024", words=["casino"]) == "url_words"
    assert verdict("https://casino.a.kr/", words=["casino"]) == "url_words"
    assert verdict("https://a.kr/casinos", words=["casino"]) is None
    assert verdict(f"https://a.kr/{quote('대출상담문의')}", words=["상담"]) == "url_words"
    assert verdict("https://a.kr/대출-상담", words=["대출상담"]) == "url_words"
    assert verdict("https://a.kr/" + quote("대출".encode("cp949")), words=["대출"]) == "url_words"
    assert verdict("https://a.kr/slot?bonus=1", soft_words=["slot", "bonus", "coin"]) == "url_soft_words"
    assert verdict("https://a.kr/slot/slot", soft_words=["slot", "bonus"]) is None
    assert verdict("https://a.kr/slot/bonus", soft_words=["slot", "bonus", "coin"], soft_limit=3) is None


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://www.toto-site247.com/", "url_gambling"),
        ("https://best.casino/ko", "url_gambling"),
        ("https://카지노사이트.kr/", "url_gambling"),
        (f"https://{idna.encode('카지노사이트').decode()}.com/", "url_gambling"),
        ("https://blog.example.kr/entry/카지노-사이트-추천", "url_gambling"),
        ("https://blog.example.kr/entry/" + quote("먹튀검증 업체"), "url_gambling"),
        ("https://blog.example.kr/entry/" + quote("바카라사이트".encode("cp949")), "url_gambling"),
        ("https://shop.example.kr/casino-bonus-coupon/", "url_gambling"),
        ("https://출장샵.com/", "url_adult"),
        ("https://hd.xxx/1", "url_adult"),
        ("https://www.yadong-korea.net/", "url_adult"),
        ("https://m.example.kr/비아그라구매", "url_adult"),
    ],
)
def test_advertisements(url: str, rule: str) -> None:
    assert verdict(url) == rule
    assert verdict(url, "reference") is None
    assert verdict(url, "none") is None
    assert verdict(url, builtin=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://ko.example.org/wiki/카지노_로얄", "https://blog.example.kr/디즈니플러스-카지노-후기", "https://groupe-casino.fr/promo",
        "https://www.baccarat.com/kr/", "https://gb.toto.com/company/", "https://news.example.kr/카지노사이트-운영-일당-검거",
        "https://news.example.kr/2024/casino-bonus-tax-promo/", "https://www.essex.ac.uk/", "https://blog.kr/이웃집-토토로-추천",
        "https://shop.kr/어린이-안전놀이터-추천", "https://m.kr/오피스-추천-가구", "https://a.kr/사이트-추천-검증", "https://a.kr/slots/",
    ],
)  # fmt: skip
def test_pages_about_it_stay(url: str) -> None:
    assert verdict(url) is None


def test_list_files(tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text(
        "\ufeff# mine\nspam.example  # why\n\n0.0.0.0 ads.example\n::1\tsix.example\nxn--3e0b707e.kr\n"
    )
    (tmp_path / "w.txt").write_text("대출\ncasino\n")
    lists = {"domain_files": [str(tmp_path / "d.txt")], "word_files": [str(tmp_path / "w.txt")]}
    for url in ("http://spam.example", "http://x.ads.example", "http://six.example", "http://한국.kr"):
        assert verdict(url, "reference", **lists) == "url_domain"
    assert verdict("http://a.kr/casino", **lists) == verdict("http://a.kr/무직자대출", **lists) == "url_words"
    before = UrlSettings(**lists).digests()
    (tmp_path / "w.txt").write_text("casino\n")
    assert UrlSettings(**lists).digests() != before
    assert verdict("http://a.kr/무직자대출", **lists) is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"domains": ["https://spam.example/x"]}, "'https://spam.example/x' is not a domain. Write the name alone"),
        ({"domains": ["com"]}, "'com' would block every site under it. If that is meant, write '.com'"),
        ({"domains": ["co.kr"]}, "'co.kr' would block every site under it"),
        ({"domains": [""]}, "'' is not a domain"),
        ({"words": ["two words"]}, "'two words' is not one word"),
        ({"soft_words": ["a-b"]}, "'a-b' is not one word"),
        ({"domain_files": ["nowhere.txt"]}, "list nowhere.txt: cannot be read"),
        ({"soft_limit": 0}, "greater than or equal to 1"),
        ({"domain": []}, "unknown key 'quality.urls.domain' (did you mean 'domains'?); accepted: allowed"),
    ],
)
def test_a_bad_list_is_one_sentence(settings: dict[str, Any], message: str) -> None:
    data = {"name": "t", "sources": [{"name": "s"}], "quality": {"urls": settings}}
    with pytest.raises(UserError) as error:
        validate(Recipe, data, "recipe r.toml")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("key", "line", "url", "rule"),
    [
        ("domain_files", "spam.example", "http://a.spam.example/x", "url_domain"),
        ("word_files", "casino", "http://a.kr/casino", "url_words"),
        ("soft_word_files", "bonus", "http://a.kr/bonus", "url_soft_words"),
    ],
)
def test_every_kind_of_list_file(tmp_path: Path, key: str, line: str, url: str, rule: str) -> None:
    """It is looked at when the recipe is read, is one more reason to judge, drops in its role, and is part of the key."""
    path = tmp_path / "list.txt"
    with pytest.raises(ValidationError, match=r"list .*list\.txt: cannot be read"):
        UrlSettings.model_validate({key: [str(path)]})
    path.write_text(f"ok{line}\na b\n")
    with pytest.raises(ValidationError, match=r"list .*list\.txt, line 2: 'a b' is not"):
        UrlSettings.model_validate({key: [str(path)]})
    path.write_text(f"# one\n{line} # why\n{line}\n")
    lists = {key: [str(path)], "soft_limit": 1, "builtin": False}
    settings = UrlSettings.model_validate(lists)
    assert settings.own
    assert (verdict(url, **lists), verdict("http://a.kr/other", **lists)) == (rule, None)
    before = settings.digests()
    path.write_text(f"x{line}\n")
    assert (len(before), settings.digests() == before) == (1, False)
    assert verdict(url, **lists) is None


@pytest.mark.parametrize("key", ["domains", "words", "soft_words"])
def test_a_list_in_the_recipe_is_one_more_reason_to_judge(key: str) -> None:
    assert UrlSettings.model_validate({key: ["spam.example" if key == "domains" else "spam"]}).own
    assert not UrlSettings(allowed=["good.kr"]).own


def test_a_word_in_two_lists_counts_in_both() -> None:
    """And an allowed name is allowed whatever else it is."""
    assert verdict("http://a.kr/casino/slot", words=["slot"], soft_words=["slot", "casino"]) == "url_words"
    assert verdict("http://a.kr/slot/casino", soft_words=["slot", "casino"], words=["other"]) == "url_soft_words"
    rules, values = judge(
        pa.array(["http://a.kr/casino/slot"]), "none", UrlSettings(words=["slot", "casino"], soft_words=["slot"])
    )
    assert (RULES[rules[0]], values[0]) == ("url_words", 2)
    for url in (
        "http://spam.example/casino",
        "http://a.spam.example/카지노사이트",
        "http://best.spam.example/slot/bonus",
    ):
        lists = {"domains": ["spam.example"], "words": ["casino"], "soft_words": ["slot", "bonus"]}
        assert verdict(url, **lists) is not None
        assert verdict(url, allowed=["spam.example"], **lists) is None


def test_a_word_list_holds_words(tmp_path: Path) -> None:
    (tmp_path / "w.txt").write_text("casino\na.kr\n")
    with pytest.raises(ValidationError, match=r"line 2: 'a\.kr' is not one word"):
        UrlSettings(word_files=[str(tmp_path / "w.txt")])


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"a.kr\nhttp://b.kr\n", "line 2: 'http://b.kr' is not a domain"), (b"\xff\xfea", "not UTF-8")],
)
def test_a_bad_line_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "d.txt").write_bytes(content)
    with pytest.raises(ValidationError, match=message):
        UrlSettings(domain_files=[str(tmp_path / "d.txt")])


# ------------------------------------------------------------------ in a build

TEXT = "오늘은 한지를 만드는 마을에 다녀왔습니다. 닥나무 껍질을 벗기고 삶아서 두드리는 일을 하루 내내 보았습니다. {} 번째 날의 기록을 여기에 남깁니다."


def corpus_of(folder: Path, urls: list[str | None], workers: int, **settings: Any) -> Built:
    path = folder / "in.jsonl"
    rows = [{"text": TEXT.format(n) * 2 + str(n) * 9, "url": url} for n, url in enumerate(urls)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    sources = [
        {"name": name, "kind": "local", "files": [str(path)], "profile": name} for name in ("web", "reference", "none")
    ]
    recipe = {"name": "t", "validation": 0.0, "sources": sources}
    with LocalEngine(workers) as engine:
        made = Recipe.model_validate(recipe | {"quality": {"urls": settings}})
        return build(made, folder / f"out{workers}", engine, Locator(None, folder / "cache"), overwrite=True)


@pytest.mark.slow
def test_a_build_counts_them(tmp_path: Path) -> None:
    urls = ["https://a.kr/1", None, "http://me@spam.example/", "https://온라인카지노.kr/x", "https://a.kr/casino"]
    built = corpus_of(tmp_path, urls, 1, domains=["spam.example"], words=["casino"])
    dropped = {name: book["clean"]["dropped"] for name, book in built.stats["sources"].items()}
    mine = {"url_domain": 1, "url_words": 1}
    assert dropped == {"web": mine | {"url_gambling": 1}, "reference": mine, "none": mine}
    rejects = [json.loads(line) for line in (built.out / "rejects/web.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {(entry["reason"], entry["url"]) for entry in rejects} == {
        ("url_domain", "http://<|email|>/"), ("url_words", "https://a.kr/casino"), ("url_gambling", "https://온라인카지노.kr/x")
    }  # fmt: skip
    page = (built.out / "report.html").read_text(encoding="utf-8")
    assert "url_gambling" in page
    assert "https://온라인카지노.kr/x" in page
    two = corpus_of(tmp_path, urls, 2, domains=["spam.example"], words=["casino"])
    shards = [
        [sha["sha256"] for sha in made.manifest["outputs"] if sha["path"].startswith("train")] for made in (built, two)
    ]
    assert shards[0] == shards[1]


def test_other_lists_judge_again(tmp_path: Path) -> None:
    urls = ["https://a.kr/1", "http://spam.example/"]
    listed = tmp_path / "d.txt"
    listed.write_text("spam.example\n")
    first = corpus_of(tmp_path, urls, 1, domain_files=[str(listed)])
    listed.write_text("other.example\n")
    second = corpus_of(tmp_path, urls, 1, domain_files=[str(listed)])
    dropped = [made.stats["total"]["clean"]["dropped"].get("url_domain", 0) for made in (first, second)]
    assert dropped == [3, 0]
