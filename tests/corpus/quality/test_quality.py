"""Statistics as ratios, rules as thresholds, and what becomes of typical pages."""

import re

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from corpus.cleaning.language import LanguageSettings, detect
from corpus.quality.rules import STATISTICS, QualitySettings, Thresholds, judge, measure, score
from tests.corpus.quality import quality_twin as twin
from tests.helpers.sample import pages

SETTINGS = QualitySettings()
KOREAN = (
    "한지는 닥나무 껍질로 만든 우리 종이이다. 겨울에 베어 낸 닥나무를 삶아 껍질을 벗기고, 흐르는 물에 여러 날 담가"
    " 둔다. "
    "그다음 잿물에 다시 삶아 두드리면 섬유가 풀어지고, 이것을 물에 풀어 발로 떠내면 얇은 종이가 된다.\n"
    "질기고 바람이 잘 통해서 문과 창에 발랐고, 천 년이 지나도 썩지 않아 기록을 남기는 데에도 쓰였다. "
    "오늘날에는 공예품과 옛 그림의 복원에 많이 쓰이며, 다른 나라의 박물관에서도 찾는 이가 늘고 있다."
)
ENGLISH = (
    "Paper made from the bark of the mulberry tree is strong and light, and it lets the air through. In winter the"
    " branches are cut, boiled and stripped, and the bark is left to soak in running water for days. Then it is boiled"
    " again with ash, beaten, and stirred into a vat, from which the sheets are lifted on a screen.\nIt was used to"
    " cover doors and windows, and to keep records that were meant to last. Museums in many countries have begun to use"
    " it to mend old paintings and books."
)


def fate(text: str, lang: str, profile: str = "web", settings: QualitySettings = SETTINGS) -> str:
    array, languages = pa.array([text]), pa.array([lang])
    rules, names, values = judge(measure(array, languages), languages, profile, settings)
    assert (values[0] == 0) or rules[0] >= 0
    return names[rules[0]] if rules[0] >= 0 else "kept"


def test_statistics_are_the_twins_ratios() -> None:
    texts = [
        KOREAN,
        ENGLISH,
        "",
        "가",
        "- a\n- a\n- a",
        "ㅋㅋㅋㅋㅋㅋㅋㅋ 대박",
        "카지노 바카라 토토 " * 5,
        "�� 占쏙옙 text",
    ]
    matrix = measure(pa.array(texts), pa.array(["ko"] * len(texts)))
    assert matrix.dtype == np.float32
    column = {name: matrix[:, i] for i, name in enumerate(STATISTICS)}
    for row, counts in enumerate(map(twin.counts, texts)):
        expected = {
            "words": counts["real_words"],
            "word_length": counts["real_word_characters"] / max(counts["real_words"], 1),
            "alphabetic_words": counts["alphabetic_words"] / max(counts["words"], 1),
            "hangul": counts["syllables"] / max(counts["visible"], 1),
            "lost": (counts["lost"] + counts["replacements"]) / max(counts["visible"], 1),
            "duplicate_line_characters": counts["duplicate_line_characters"] / max(counts["characters"], 1),
            "top_2_gram": counts["top_2_gram_characters"] / max(counts["characters"], 1),
            "syllable_entropy": counts["syllable_entropy"],
            "gambling": counts["gambling"] / max(counts["visible"], 1),
        }
        for name, value in expected.items():
            assert column[name][row] == np.float32(value), (name, texts[row])


def test_every_rule_names_a_statistic() -> None:
    for name in Thresholds.model_fields:
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
        ("\n".join([KOREAN.replace("\n", " ")[:120]] * 4), "ko", "max_duplicate_lines"),
        (re.sub(r"\b(the|be|to|of|and|that|have|with)\b", "uh", ENGLISH), "en", "min_stop_words"),
        ("ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ " * 20 + KOREAN, "ko", "max_jamo"),
    ],
)
def test_rules(text: str, lang: str, rule: str) -> None:
    assert fate(text, lang) == rule


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


def test_scores_order_survivors() -> None:
    texts = pa.array([KOREAN, KOREAN[:60], KOREAN.replace(".", ""), KOREAN + "\n" + KOREAN, ""])
    scores = score(measure(texts, pa.array(["ko"] * 5)), pa.array(["ko"] * 5))
    assert scores.dtype == np.float32
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[0] > scores[1]
    assert scores[0] > scores[3]
    assert scores.argmin() == 4


def test_no_documents() -> None:
    empty = pa.array([], pa.string())
    matrix = measure(empty, empty)
    assert matrix.shape == (0, len(STATISTICS))
    assert [len(x) for x in judge(matrix, empty, "web", SETTINGS)[::2]] == [0, 0]
