"""Statistics as ratios, rules as thresholds, and what becomes of typical pages."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.cleaning.language import LanguageSettings, detect
from corpus.errors import UserError
from corpus.quality import definitions as twin
from corpus.quality.evidence import CHANCE, _tail, beyond_chance
from corpus.quality.judgement import (
    STATISTICS,
    QualitySettings,
    Reference,
    judge,
    limits,
    measure,
    score,
    statistics,
)
from corpus.quality.rules import MORE, RULES, table
from tests.helpers.sample import pages

SETTINGS = QualitySettings()
KOREAN = (
    "한지는 닥나무 껍질로 만든 우리 종이이다. 겨울에 베어 낸 닥나무를 삶아 껍질을 벗기고, 흐르는 물에 여러 날 담가 둔다. "
    "그다음 잿물에 다시 삶아 두드리면 섬유가 풀어지고, 이것을 물에 풀어 발로 떠내면 얇은 종이가 된다.\n"
    "질기고 바람이 잘 통해서 문과 창에 발랐고, 천 년이 지나도 썩지 않아 기록을 남기는 데에도 쓰였다. "
    "오늘날에는 공예품과 옛 그림의 복원에 많이 쓰이며, 다른 나라의 박물관에서도 찾는 이가 늘고 있다."
)
ENGLISH = (
    "Paper made from the bark of the mulberry tree is strong and light, and it lets the air through. In winter the branches are cut, "
    "boiled and stripped, and the bark is left to soak in running water for days. Then it is boiled again with ash, beaten, and stirred "
    "into a vat, from which the sheets are lifted on a screen.\nIt was used to cover doors and windows, and to keep records that were meant "
    "to last. Museums in many countries have begun to use it to mend old paintings and books."
)


def fate(text: str, lang: str, profile: str = "web", settings: QualitySettings = SETTINGS) -> str:
    array, languages = pa.array([text]), pa.array([lang])
    rules, names, values = judge(measure(array), languages, profile, settings)
    assert (values[0] == 0) or rules[0] >= 0
    return names[rules[0]] if rules[0] >= 0 else "kept"


def test_statistics_are_the_twins_ratios() -> None:
    texts = [
        KOREAN,
        ENGLISH,
        "",
        "가",
        "- a\n- a\n- a",
        "- a\n• 나\n...\n끝이다…",
        KOREAN.replace(" ", "") + "some_identifier_without_a_space" * 3,
        "ㅋㅋㅋㅋㅋㅋㅋㅋ 대박",
        "카지노 바카라 토토 " * 5,
        "# 제목\n```\nint x = 1;\n```\n글이다.",
        "�� 占쏙옙 text",
    ]
    matrix = measure(pa.array(texts))
    assert matrix.dtype == np.float32
    column = {name: matrix[:, i] for i, name in enumerate(STATISTICS)}
    of = {rule.statistic: rule.of for rule in RULES} | {name: name[2:] for name in STATISTICS if name[:2] == "n_"}
    of |= {name: name for name in ("characters", "sentence_characters")} | MORE
    assert set(of) == set(STATISTICS)
    for row, counts in enumerate(map(twin.counts, texts)):
        real, apart = counts["real_words"], counts["syllables"] // 4 + counts["latin"] // 6
        counts |= {
            "lost": counts["lost"] + counts["replacements"],
            "all_lines": counts["newlines"] + 1,
            "line_characters": counts["characters"] - counts["newlines"],
            "running_words": real,
            "all_words": counts["words"],
            "unmarked_words": max(counts["words"] - counts["list_lines"], 0),
            "distinct_characters": counts["characters"] - counts["again_characters"],
            "words": max(real, apart) + counts["aside_words"],
        }
        for name, count in of.items():
            if name in ("sales_talk", "keyword"):  # test_sales_talk.py, test_keyword.py
                continue
            part, whole = (count, "one") if isinstance(count, str) else count
            divisor = 1 if whole == "one" else counts[whole]
            value = counts[part] / divisor if divisor > 0 else 0
            assert column[name][row] == np.float32(value), (name, texts[row])


def test_every_rule_names_a_statistic() -> None:
    for name in Reference.model_fields:
        side, statistic = name.split("_", 1)
        assert side in ("min", "max")
        assert statistic in STATISTICS


@pytest.mark.parametrize("profile", ["web", "reference", "none"])
def test_prose_is_kept(profile: str) -> None:
    assert fate(KOREAN, "ko", profile) == "kept"
    assert fate(ENGLISH, "en", profile) == "kept"


@pytest.mark.parametrize(("lang", "text"), [*pages.SPAM.values(), *pages.SHORT.values()])
def test_spam_and_scraps_are_dropped(lang: str, text: str) -> None:
    assert fate(text, lang) != "kept"


@pytest.mark.parametrize(
    ("text", "lang", "rule"),
    [
        ("짧다.", "ko", "min_words"),
        (KOREAN + " �" * 40, "ko", "max_lost"),
        (pages.SPAM["gambling"][1], "ko", "max_gambling"),
        (pages.SPAM["adult"][1], "en", "max_adult"),
        ("\n".join([KOREAN.replace("\n", " ")[:120]] * 12), "ko", "max_duplicate_lines"),
        (re.sub(r"\b(the|be|to|of|and|that|have|with)\b", "uh", ENGLISH), "en", "min_stop_words"),
        ("ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ " * 20 + KOREAN, "ko", "max_jamo"),
    ],
)
def test_rules(text: str, lang: str, rule: str) -> None:
    assert fate(text, lang) == rule


PETITION = (
    "저희 동네 초등학교 앞 건널목에는 신호등이 없어서 아침마다 아이들이 차를 피해 뛰어 건너고 있습니다. 작년에만 세 번이나 사고가 날 뻔했고 학부모들이 "
    "구청에 여러 차례 민원을 넣었지만 예산이 없다는 답변만 돌아왔습니다. 부디 아이들이 안전하게 다닐 수 있도록 신호등을 설치해 주시기를 부탁드립니다"
)


VERSE = [
    "태초에 산이 있고 그 아래 강이 흘렀느니라",
    "강가에 사는 백성이 밭을 갈아 씨를 뿌리니 때를 따라 비가 내리고",
    "늙은 자는 나무 그늘에 앉아 지난 날을 이야기하며",
    "젊은 자는 들에 나가 곡식을 거두어 곳간에 들이고",
    "아이들은 노래하며 언덕을 뛰어다녔더라",
    "왕이 이를 보고 기뻐하여 큰 잔치를 베풀고 이르되",
    "이 땅의 소산이 넉넉하니 너희는 서로 나누어 먹으라 하더라",
]


@pytest.mark.parametrize(
    "text",
    [
        PETITION,
        f"신호등을 설치해 주세요\n{PETITION}. [본 게시물의 일부 내용이 수정되었습니다]",
        f"{PETITION} ㅠㅠ",
        f"사는 게 힘이 드네요\n{PETITION}...",
        f"**마트 직원의 이야기\n**동의 한 가게에서\n{PETITION}",
        PETITION.replace(" ", ""),
        "옛 노래\n" + "\n".join(f"{n} {line}" for n, line in enumerate(VERSE, 1)),
        "\n".join(VERSE),
        "# 하나\n\n"
        + "\n\n".join(f"## 항목\n\n{PETITION[20 * n : 20 * n + 60]}\n\n```\n}}\n```\n\n$$\nx\n$$" for n in range(8)),
        f"{PETITION}\n\n"
        + "\n".join(f"[항목 {n}](https://docs.example/ko-kr/a/long/path/to/page-{n})" for n in range(40)),
        "|열 이름|형식|설명|\n|---|---|---|\n"
        + "".join(f"|column_{n}|int|{n}번째 값이다|\n" for n in range(60))
        + PETITION,
    ],
)
def test_good_korean_of_every_kind_is_kept(text: str) -> None:
    assert fate(text, "ko") == "kept"


def test_a_ratio_of_few_things_is_no_evidence() -> None:
    menu = "서울 지사\n부산 지사\n대구 안내\n광주 안내\n대전 문의\n울산 문의\n"
    labels = [
        f"{place} {thing}"
        for place in ["서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "수원", "춘천"]
        for thing in ["사업부", "연구소", "교육관", "지점", "출장소"]
    ]
    assert fate(menu * 2 + PETITION, "ko") == "kept"
    assert fate("\n".join(labels), "ko") == "min_particle_eojeols"


def test_chance_is_the_binomial_distribution() -> None:
    from scipy.stats import binom

    for things, limit in ((3, 0.3), (10, 0.3), (40, 0.12), (500, 0.1), (100_000, 0.2)):
        hits = np.unique(np.linspace(0, things, 50).astype(int))
        counts = np.full(len(hits), float(things))
        above = beyond_chance(hits / things, counts, limit, "max")
        below = beyond_chance(hits / things, counts, limit, "min")
        assert above.tolist() == [bool(binom.sf(k - 1, things, limit) <= CHANCE) for k in hits]
        assert below.tolist() == [bool(binom.cdf(k, things, limit) <= CHANCE) for k in hits]


def test_a_share_in_single_precision_is_of_whole_hits() -> None:
    """Statistics are float32: of 7 in 25 times 25 a little less than 7 is left. The fewest hits beyond a limit, and one
    less."""
    from scipy.stats import binom

    things = np.arange(20, 300)
    fewest = np.array([int(np.argmax(binom.sf(np.arange(-1, n), n, 0.2) <= CHANCE)) for n in things.tolist()])
    for hits, beyond in ((fewest, True), (fewest - 1, False)):
        shares = (hits / things).astype(np.float32)
        assert (shares.astype(float) * things < hits).any()
        assert beyond_chance(shares, things.astype(float), 0.2, "max").tolist() == [beyond] * len(things)


@given(st.integers(1, 3000), st.floats(0.01, 0.99), st.floats(0, 1), st.sampled_from(["min", "max"]))
def test_tails_are_those_of_the_binomial_distribution(draws: int, limit: float, share: float, side: str) -> None:
    """Where they are small enough to decide; those on the near side of the mean are taken for 1."""
    from scipy.stats import binom

    hits = round(share * draws)
    expected = binom.sf(hits - 1, draws, limit) if side == "max" else binom.cdf(hits, draws, limit)
    if expected < 0.1:
        assert _tail(hits, draws, limit, side) == pytest.approx(expected, rel=1e-6, abs=1e-11)
    else:
        assert _tail(hits, draws, limit, side) > 10 * CHANCE * (1 - 1e-6)


SPAM = [
    "안심하고 이용할 수 있는 카지노 사이트 고르는 법\n온라인 카지노를 처음 찾는 분이라면 출금이 빠른 업체부터 확인하시기 바랍니다. 가입 보너스와 첫 충전 이벤트를 비교해 드립니다. "
    "후기가 많은 카지노를 추천하며 문의는 고객센터로 해 주세요. 지금 바로 가입하시면 쿠폰을 받아 보실 수 있습니다.",
    "휴대폰 소액 결제 현금화 방법\n급하게 현금이 필요하면 소액결제 현금화 업체에 문의해 보세요. 수수료가 낮고 입금이 빠릅니다. 카톡 상담 후 당일 처리되며 후기도 좋습니다. "
    "주의할 점을 미리 안내해 드리니 안전하게 이용하세요. 단골에게는 혜택도 드립니다.",
]


@pytest.mark.parametrize("text", SPAM)
def test_fluent_spam_is_dropped(text: str) -> None:
    assert fate(text, "ko") == "max_solicitation"


def test_reports_about_what_spam_sells_are_kept() -> None:
    report = (
        "경찰은 불법 카지노 사이트를 운영하며 회원을 모집한 일당을 도박장 개설 혐의로 구속했다. 이들은 가입 보너스와 추천 이벤트를 내세워 입금을 유도한 것으로 조사됐다. "
        "법원은 앞서 같은 혐의로 기소된 운영자에게 징역 3년을 선고했다. 경찰은 피해자의 신고를 받아 수사를 넓히고 있으며 청소년 도박 중독을 예방하는 대책도 내놓기로 했다."
    )
    assert fate(report, "ko") == "kept"


TRADES = [
    "홀덤사이트 보는 눈\n처음 접하는 사람은 어느 홀덤사이트나 비슷하다고 느낀다. 그러나 자금을 따로 보관하는지, 약관이 짧고 분명한지에 따라 차이가 난다. 오래 운영한 홀덤사이트일수록 답이 빠르다. "
    "테이블 수와 시간대를 적어 두면 자신에게 맞는 곳이 보인다.",
    "레플리카 시계가 궁금한 분께\n가까이에서 보아도 알기 어려운 레플리카 시계가 늘었다. 무브먼트의 소리와 무게가 등급을 가른다. 명품 레플리카를 살 때는 사진보다 실제 무게를 물어보자. 가죽 줄은 계절마다 갈아 "
    "주면 오래 쓴다.",
]


def test_a_place_joined_to_a_service_is_a_word_of_the_trade() -> None:
    text = (
        "한참을 망설이다가 밤늦게 대구흥신소라는 낱말을 찾아보았다. 몇 곳을 견주고 나서 한 곳에 들어갔고, 직원은 이야기를 오래 들어 주었다. 대구흥신소비용은 "
        "날마다 계산한다고 했다. 닷새가 지나 보고서를 받아 들고 나서야 잠을 잘 수 있었다. 그때 용기를 내기를 잘했다고 생각한다."
    )
    assert fate(text, "ko") == "max_trade"
    assert fate(text.replace("대구흥신소", "그 이름"), "ko") == "kept"
    assert fate(text.replace("대구흥신소", "대구오피스텔"), "ko") == "kept"


def test_a_guide_to_bets_needs_no_offer() -> None:
    """It says that something matters and what to consider; a report on the same has other words."""
    guide = (
        "경마 배당의 중요성\n경마 배당을 계산하는 일은 경마에 참여하는 모든 사람에게 중요한 요소입니다. 배당이 높을수록 이길 가능성은 낮다는 뜻이므로, 기록과 조교의 "
        "경험을 함께 고려해야 합니다. 한 말에 모든 돈을 걸지 말고 나누는 것이 리스크를 줄이는 데 도움이 됩니다. 따라서 올바른 계산은 필수적입니다. 경마는 어렵지 않습니다."
    )
    report = (
        "경마 배당을 둘러싼 논란이 이어졌다. 지난 주말 과천에서 열린 경마에서 열한 살 말이 우승하자 배당은 백오십 배까지 올랐다. 기수는 마지막 직선에서 바깥으로 "
        "나왔다며 말이 스스로 달렸다고 했다. 경마 팬들은 우산을 쓰고 오랫동안 박수를 보냈고 마주는 눈물을 닦았다."
    )
    assert fate(guide, "ko") == "max_solicitation"
    assert fate(report, "ko") == "kept"


@pytest.mark.parametrize("text", TRADES)
def test_words_of_the_trade_need_no_advertising(text: str) -> None:
    assert fate(text, "ko") == "max_trade"


@pytest.mark.parametrize(
    "text",
    [
        "정선에 다녀왔다. 카지노 구경은 한 시간이면 충분했다. 카지노 안에서는 사진을 찍을 수 없고 입장료는 현금으로 낸다. 후기를 보고 갔는데 호텔 뷔페는 추천할 만했다. "
        "주차장이 넓어 예약하지 않아도 되고 셔틀도 자주 온다. 카지노보다 산책로가 더 기억에 남는다.",
        "소액결제를 쓰지 않으면 한도를 0원으로 낮추자. 통신사 고객센터에 전화하거나 앱에서 바꾸면 즉시 적용된다. 소액결제 문자가 오면 링크를 누르지 말고 내역부터 확인한다. 가입만 해 두고 잊은 "
        "서비스가 있는지 한 달에 한 번 살펴보면 안전하게 쓸 수 있다.",
        "한 기자가 흥신소 세 곳에 전화를 걸어 보았다. 흥신소 비용은 하루에 오십만 원부터라고 했다. 한 곳은 위치 추적기도 된다고 말했다. 경찰은 그것이 범죄라고 설명했다. 국회는 이 업을 다루는 "
        "법률을 다섯 번 논의했지만 위원회를 넘지 못했다.",
    ],
)
def test_texts_that_name_a_trade_are_kept(text: str) -> None:
    assert fate(text, "ko") == "kept"


OWN = """import pyarrow.compute as pc

from corpus.quality.rules import Rule


def links(texts):
    return pc.count_substring(texts, "http")


RULES = [Rule("max", "link_ratio", of=(links, "all_words"), ko=0.1, meaning="addresses a word")]
"""


def test_rules_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "my_rules.py"
    file.write_text(OWN, encoding="utf-8")
    settings = QualitySettings(rules=[str(file)])
    array, languages = pa.array([KOREAN, KOREAN + " http://a.example" * 30]), pa.array(["ko"] * 2)
    rules, names, _ = judge(measure(array, settings), languages, "web", settings)
    assert [names[rule] if rule >= 0 else "kept" for rule in rules] == ["kept", "max_link_ratio"]
    assert set(statistics(settings)) - set(STATISTICS) == {"link_ratio"}
    before = settings.sources()
    file.write_text(OWN.replace("0.1", "0.9"), encoding="utf-8")
    assert settings.sources() != before  # another key for the tasks
    assert (judge(measure(array, settings), languages, "web", settings)[0] < 0).all()


@pytest.mark.parametrize("returned", ["[str(text) for text in texts]", "[1] * (len(texts) + 1)", "[[1]] * len(texts)"])
def test_a_rule_of_ones_own_counts_each_text(tmp_path: Path, returned: str) -> None:
    (tmp_path / "my_rules.py").write_text(OWN.replace('pc.count_substring(texts, "http")', returned), encoding="utf-8")
    with pytest.raises(UserError, match="'link_ratio': its function must return 2 numbers, one a text"):
        measure(pa.array([KOREAN, ENGLISH]), QualitySettings(rules=[str(tmp_path / "my_rules.py")]))


def test_limits_of_rules_of_ones_own_are_those_of_a_kind_of_text(tmp_path: Path) -> None:
    """A recipe gives limits to rules of the table only, so those of a file are of each kind of text itself."""
    file = tmp_path / "my_rules.py"
    file.write_text(OWN.replace("ko=0.1", "ko=0.1, en=0.2, reference=0.3"), encoding="utf-8")
    settings = QualitySettings(rules=[str(file)])
    found = {
        (language, profile): limits(language, profile, settings)["max_link_ratio"]
        for language in ("ko", "en", "fr") for profile in ("web", "reference", "none")
    }  # fmt: skip
    assert found == {
        ("ko", "web"): 0.1, ("en", "web"): 0.2, ("fr", "web"): 0.3,
        **{(language, "reference"): 0.3 for language in ("ko", "en", "fr")},
        **{(language, "none"): None for language in ("ko", "en", "fr")},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("x = 1", "no RULES"),
        ("1 / 0", "ZeroDivisionError"),
        ("RULES = [1]", "no RULES"),
        (OWN.replace("link_ratio", "hangul"), "name of its own"),
    ],
)
def test_bad_rules_of_ones_own(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "my_rules.py"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValidationError, match=problem):
        QualitySettings(rules=[str(file)])


def test_an_article_about_casinos_is_no_casino_page() -> None:
    article = KOREAN + " 정부는 카지노와 바카라, 불법 토토를 단속하겠다고 밝혔다."
    assert fate(article, "ko") == "kept"


def test_thresholds_are_the_recipes() -> None:
    settings = QualitySettings.model_validate(
        {"web": {"ko": {"min_words": 1000}}, "reference": {"min_characters": 1e6}}
    )
    assert fate(KOREAN, "ko", settings=settings) == "min_words"
    assert fate(ENGLISH, "en", settings=settings) == "kept"
    assert fate(ENGLISH, "en", "reference", settings) == "min_characters"
    with pytest.raises(ValidationError, match="extra"):
        QualitySettings.model_validate({"web": {"ko": {"min_wrods": 3}}})


def test_other_languages_are_judged_by_what_no_text_has() -> None:
    for text in pages.FOREIGN.values():
        code = detect(pa.array([text]), LanguageSettings())[0][0].as_py()
        assert fate(text, code) == "kept"
    assert fate("a b c " * 400, "fr") == "max_duplicate_5_gram"


def test_the_page_shows_the_table() -> None:
    page = Path(__file__).parents[3] / "docs/cleaning.md"
    assert table() in page.read_text(encoding="utf-8")


def test_scores_order_survivors() -> None:
    texts = pa.array([KOREAN, KOREAN[:60], KOREAN.replace(".", ""), KOREAN + "\n" + KOREAN, ""])
    scores = score(measure(texts))
    assert scores.dtype == np.float32
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[0] > scores[1]
    assert scores[0] > scores[3]
    assert scores.argmin() == 4


def test_the_score_is_a_mean_of_four() -> None:
    """Length (log2 of the characters by 14), sentences, words, and what does not repeat or is broken."""
    row = np.zeros((3, len(STATISTICS)), np.float32)
    values = {
        "characters": (127, 2**20, 0), "closed_lines": (0.4, 1, 0.3), "ending_lines": (0.6, 0.5, 0.1),
        "duplicate_line_characters": (0.1, 0.9, 0.2), "duplicate_5_gram": (0.3, 0.8, 0.1), "jamo": (0.05, 0.2, 0),
        "lost": (0.02, 0.3, 0), "alphabetic_words": (0.9, 1, 0),
    }  # fmt: skip
    for name, column in values.items():
        row[:, STATISTICS.index(name)] = column
    assert score(row).tolist() == pytest.approx([(0.5 + 0.6 + 0.9 + 0.63) / 4, (1 + 1 + 1 + 0) / 4, (0.3 + 0.8) / 4])


def test_limits_belong_to_a_language_or_a_profile() -> None:
    def settings(**limits: object) -> QualitySettings:
        return QualitySettings.model_validate(limits)

    strict = {"min_words": 1000}
    assert fate(ENGLISH, "fr", settings=settings(web={"other": strict})) == "min_words"
    assert fate(ENGLISH, "en", settings=settings(web={"other": strict, "ko": strict}, reference=strict)) == "kept"
    assert fate(ENGLISH, "fr", "reference", settings(reference=strict)) == "min_words"
    assert fate(ENGLISH, "en", "reference", settings(web={"en": strict, "other": strict})) == "kept"
    assert fate(ENGLISH, "en", "none", settings(web={"en": strict, "other": strict}, reference=strict)) == "kept"


def test_the_first_rule_that_is_broken_counts() -> None:
    row = np.zeros((1, len(STATISTICS)), np.float32)
    row[0, [STATISTICS.index(name) for name in ("words", "lost", "gambling")]] = 3, 0.5, 0.5
    found, names, values = judge(row, pa.array(["ko"]), "web", SETTINGS)
    assert (names[found[0]], values[0]) == ("min_words", 3)
    row[0, STATISTICS.index("words")] = 500
    found, names, values = judge(row, pa.array(["ko"]), "web", SETTINGS)
    assert (names[found[0]], values[0]) == ("max_lost", 0.5)


def test_no_documents() -> None:
    empty = pa.array([], pa.string())
    matrix = measure(empty)
    assert matrix.shape == (0, len(STATISTICS))
    assert [len(x) for x in judge(matrix, empty, "web", SETTINGS)[::2]] == [0, 0]
