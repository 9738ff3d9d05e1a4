"""Good texts of forty kinds are kept, also if they were ten times as long; spam of many kinds is dropped."""

import numpy as np
import pyarrow as pa
import pytest

from corpus.cleaning.language import LanguageSettings, detect
from corpus.quality import QualitySettings, judge, measure
from corpus.quality.judgement import statistics
from corpus.quality.phrase_lists import disguises
from tests.helpers.kinds_of_text import ENGLISH, KOREAN

UNSPACED = "unspaced"  # a page without spaces is text only while it is short: max_eojeol_length


def verdicts(texts: list[str], times: int = 1) -> list[str]:
    """The rule or language that drops each text under the profile web, if all its counts of evidence were so many
    times as large."""
    array = pa.array(texts)
    languages = detect(array, LanguageSettings())[0]
    matrix = measure(array)
    evidence = [n for n, name in enumerate(statistics()) if name.startswith("n_")]
    matrix[:, [*evidence, statistics().index("sentence_characters")]] *= np.float32(times)
    rules, names, _ = judge(matrix, languages, "web", QualitySettings())
    codes = languages.to_pylist()
    return [
        code if code not in ("ko", "en") else names[rule] if rule >= 0 else "kept"
        for code, rule in zip(codes, rules, strict=True)
    ]


@pytest.mark.parametrize("times", [1, 10])
def test_every_kind_of_text_is_kept(times: int) -> None:
    kinds = KOREAN | ENGLISH
    found = dict(zip(kinds, verdicts(list(kinds.values()), times), strict=True))
    if times > 1:
        assert found.pop(UNSPACED) == "max_eojeol_length"
    assert {kind: rule for kind, rule in found.items() if rule != "kept"} == {}


@pytest.mark.parametrize(
    "text",
    [
        "바.카.라 전문! 카-지-노 가입 즉시 쿠폰을 드리고 매일 첫 충전 이벤트를 합니다. 출금은 1분이면 끝나고 상담원이 하루 내내 기다립니다. 추천인을 넣고 들어오시면 "
        "혜택이 더 있으니 지금 바로 문의하세요. 안전한 곳에서 즐기시기 바랍니다.",
        "토 토 사 이 트 고르는 법\n보증금을 맡긴 업체만 소개합니다. 가입 보너스를 받고 바로 시작해 보세요. 환전이 빠르고 배당이 높다는 후기가 많습니다. 고객센터 상담은 언제나 "
        "환영합니다. 선착순 쿠폰도 잊지 마세요.",
        "Welcome to the best cas1no with a b0nus for every new player. Sl0ts, r0ulette and blackj4ck are open all night, and "
        "payouts take minutes. Sign up now with the promo code of your friend and play with real money today.",
    ],
)
def test_spam_with_letters_set_apart(text: str) -> None:
    assert verdicts([text])[0] == "max_solicitation"


def test_letters_written_as_digits_are_read_as_the_word() -> None:
    assert {"cas1no", "casin0", "ca5ino", "c451n0"} <= set(disguises("casino"))
    assert not list(disguises("nude")) + list(disguises("카지노"))  # four letters and a digit name products
    plain, disguised = "casino roulette jackpot", "cas1no r0ulette j4ckpot"
    column = statistics().index("gambling")
    found = measure(pa.array([plain, disguised]))[:, column]
    assert found[0] == found[1] > 0


def test_words_that_are_set_apart_by_spaces_alone_are_words() -> None:
    text = "할 수 있는 일과 할 수 없는 일을 가르는 토 토 하는 소리가 난다고 그 아이가 말했다."
    column = statistics().index("solicitation")
    assert measure(pa.array([text + " 추천 후기 문의"]))[0, column] == 0


def test_a_menu_is_dropped_and_a_page_with_one_is_kept() -> None:
    menu = "홈\n로그인\n회원가입\n장바구니\n주문조회\n고객센터\n공지사항\n베스트상품\n신상품\n" + "\n".join(
        f"{kind} {part}" for kind in ("여성", "남성", "아동") for part in ("의류", "신발", "가방", "모자", "장갑")
    )
    page = KOREAN["court"] + "\n" + menu
    assert verdicts([menu + "\n이용약관\n개인정보처리방침\n사이트맵", page]) == ["max_navigation", "kept"]
