"""Points of sales talk: the kernel against its definition, and the rule on trades that no list names."""

import re
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.judgement import verdicts
from corpus.quality.judgement import STATISTICS, measure
from corpus.quality.phrase_lists import REPORT
from corpus.quality.sales_talk import (
    CHARACTERS,
    DENSE,
    OFFERED,
    SHARE,
    count_points,
    count_sales_talk,
    offers,
    phrases,
    sells,
    tells,
)
from corpus.quality.sales_talk import (
    POINTS as POINTS_OF_LISTS,
)
from corpus.quality.sales_talk_lists import COMPLAINED, OCCASIONAL, RARE, REPORTED, UNCOMMON
from tests.helpers.borders import at_each_border

POINTS = dict(phrases())
LONGEST_FIRST = re.compile("|".join(map(re.escape, sorted(POINTS, key=lambda phrase: -len(phrase.encode())))))
PIECES = [
    *sorted(POINTS)[::17],
    "이 글",
    "이",
    " 하나로",
    "꿀",
    "가나다",
    "\n",
    " ",
    "a",
    "é",
    "경찰 ",
    "꿀팁",
    "👍",
    "무료 견적",
]


def twin(text: str) -> list[int]:
    found = set(LONGEST_FIRST.findall(text))
    return [
        sum(POINTS[phrase] for phrase in found),
        sum(POINTS[phrase] for phrase in found if POINTS[phrase] > 0 and offers(phrase)),
        sum(map(tells, found)),
    ]


@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=20), max_size=6))
def test_the_kernel_adds_up_what_the_definition_says(texts: list[str]) -> None:
    assert count_points(pa.array(texts, pa.string())).tolist() == [twin(text) for text in texts]
    padded = [*texts, "x" * 100]  # with room behind the texts, blocks are read to their ends
    assert count_points(pa.array(padded, pa.string())).tolist() == [twin(text) for text in padded]


def test_phrases_across_the_borders_of_blocks() -> None:
    texts = at_each_border("이 글 하나로 꿀팁 " + "".join(sorted(POINTS)[:40]))
    assert count_points(pa.array(texts)).tolist() == [twin(text) for text in texts]


def test_slices_and_empty_columns() -> None:
    texts = pa.array(["꿀팁", "이 글 하나로", "", "경찰은 이 글 하나로"])
    assert count_points(texts.slice(1)).tolist() == [[3, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert count_points(texts.slice(4)).tolist() == []


def test_a_phrase_is_in_one_list_and_is_found_by_its_head() -> None:
    assert [phrase for phrase, times in Counter(phrase for phrase, _ in phrases()).items() if times > 1] == []
    assert {phrase: count_points(pa.array([phrase]))[0].tolist() for phrase in POINTS} == {
        phrase: twin(phrase) for phrase in POINTS
    }


@given(points=st.integers(-20, 80), offered=st.integers(0, 20), told=st.integers(0, 20), named=st.booleans())
def test_a_text_sells_by_its_offer_or_by_its_goods(points: int, offered: int, told: int, named: bool) -> None:
    expected = named or (offered >= OFFERED and offered * SHARE >= points and offered >= told)
    assert sells(*map(np.array, ([points], [offered], [told], [named]))).tolist() == [expected]


def test_length_takes_more_off_a_text_that_does_not_sell() -> None:
    """Of reports, too; goods of spam are two points, and are sold."""
    plain = [phrase for phrase in POINTS if not offers(phrase) and not tells(phrase)]
    talk = [phrase for phrase in plain if POINTS[phrase] == 3][:5]
    told = [phrase for phrase, points in POINTS.items() if points == 0 and tells(phrase)][: OFFERED + 1]
    offer = [phrase for phrase, points in POINTS.items() if points == 1 and offers(phrase) and not tells(phrase)]
    texts = [
        talk,
        talk + offer[:OFFERED],
        talk + offer[: OFFERED - 1],
        talk + offer[:OFFERED] + told,  # tells more than it offers
        plain[:60] + offer[:OFFERED],  # hardly any of it is an offer
        ["경찰은"],
    ]
    column = pa.array([". ".join(text) for text in texts])
    points = count_points(column)[:, 0]
    visible = np.full(len(texts), 800)
    free = np.zeros(len(texts), bool)
    off = [800 / (CHARACTERS if i == 1 else DENSE) for i in range(len(texts))]
    assert count_sales_talk(count_points(column), free, visible).tolist() == (points - off).tolist()
    assert count_sales_talk(count_points(column), ~free, visible).tolist() == (points + 2 - 800 / CHARACTERS).tolist()


def test_points_of_each_list() -> None:
    assert [points for _, points in POINTS_OF_LISTS] == [3, 2, 1, -2, -2, -3]
    names = (RARE, UNCOMMON, OCCASIONAL, REPORT, REPORTED, COMPLAINED)
    assert [listed for listed, _ in POINTS_OF_LISTS] == list(names)


def test_repeating_a_phrase_adds_nothing_and_length_takes_off() -> None:
    column = STATISTICS.index("sales_talk")
    text = "무료 견적을 받으세요."
    points, offered, _ = count_points(pa.array([text]))[0]
    assert offered < OFFERED  # so it does not sell
    one, same, long = measure(pa.array([text, text * 3, text + "가나다라 " * 3000]))[:, column]
    assert points >= 3
    assert [one, same] == pytest.approx([points - 10 / DENSE, points - 30 / DENSE], abs=0.1)
    assert long == pytest.approx(points - (12000 + 9) / DENSE, abs=0.2)


SELLING = [  # trades that no list of the project names
    "피아노 조율, 아직도 아무 데나 맡기시나요? 오래된 피아노 때문에 고민이신 분들을 위해 이 글 하나로 총정리해 드립니다. 20년 경력의 "
    "조율사가 전국 어디든 찾아갑니다. 숨은 비용 걱정 마세요. 지금 바로 무료 견적을 받아 보세요. 카톡 상담도 언제든 환영합니다.",
    "반려동물 장례, 갑작스러운 이별에 막막하시죠? 소중한 아이를 보내는 일, 후회 없는 선택을 도와드릴게요. 꼭 알아야 할 비용 안내와 "
    "솔직 후기까지 낱낱이 알려드립니다. 24시간 상담 가능하며 픽업은 어디든 모십니다. 지금 상담 예약하시면 할인 혜택을 드립니다.",
    "간판 제작 잘하는 곳 찾고 계신가요? 가게의 첫인상을 좌우하는 간판, 업체마다 견적이 천차만별이라 망설여지셨을 겁니다. 저희는 "
    "거품 없는 정직한 가격, 당일 시공, 책임 시공을 약속드립니다. 시공 사례를 확인해보시고 편하게 문의 주세요. 만족하실 때까지 함께합니다.",
    "수학 과외 선생님 구하기, 어디서부터 시작해야 할지 고민되시죠? 이번 시간에는 우리 아이에게 딱 맞는 선생님 고르는 법을 속 시원하게 "
    "파헤쳐 보겠습니다. 이 글을 끝까지 읽으시면 돈과 시간을 아낄 수 있는 꿀팁까지 모두 얻어 가실 수 있습니다. 무료 상담도 놓치지 마세요.",
]
GUIDING = [  # guides written for search engines, without an offer
    "캠핑용 난로, 모르면 손해 보는 선택 기준 총정리! 추운 밤에 어떤 제품을 골라야 할지 고민이신가요? 이 글 하나로 종류별 장단점부터 전문가의 "
    "비밀 꿀팁까지 완벽하게 정리해 드립니다. 실전 경험을 바탕으로 여러분의 소중한 시간과 돈을 아껴 드릴 완벽 가이드를 끝까지 읽어 보세요.",
]
BLOGGING = [  # those who court their readers without an offer
    "제주도 3박 4일 가족 여행 코스 총정리! 안녕하세요, 두 아이를 키우는 봄날입니다. 지난주에 다녀온 여행 코스를 정리해 볼게요. 첫날은 바로 "
    "애월로 갔고 카페에서 바다를 보며 쉬었어요. 둘째 날은 수족관을 보았는데 아이들이 정말 좋아했습니다. 갈치조림을 먹은 곳은 댓글로 "
    "물어보시면 알려 드릴게요. 도움이 되셨다면 공감 눌러 주세요. 다음에는 아이와 함께 가기 좋은 곳을 더 모아 볼게요.",
    "새 학기를 앞두고 노트북을 고민하시는 분들이 많습니다. 이번 글에서는 백만 원대 노트북 다섯 종류를 직접 써 보고 비교했습니다. 무게는 "
    "가벼울수록 좋으니 1.2킬로그램 이하를 추천합니다. 문서 작업이 대부분이라면 기억 장치는 16기가면 충분합니다. 첫째 제품은 저렴하지만 "
    "화면이 어둡고 둘째 제품은 오래가지만 뜨겁습니다. 개강 전에 값을 비교해 보고 구매하시길 바랍니다.",
]
EXPLAINING = [  # those who court their readers all along, and sell nothing
    "된장찌개 맛있게 끓이는 법 총정리! 한국인이라면 누구나 좋아하는 된장찌개, 초보자도 쉽게 끓일 수 있는 황금 "
    "비율을 알려 드릴게요. 재료는 된장 두 큰술, 두부 반 모, 애호박 반 개, 양파 반 개, 감자 한 개, "
    "대파와 청양고추, 멸치 육수 네 컵입니다.\n"
    "먼저 육수를 냅니다. 멸치는 머리와 내장을 떼고 마른 냄비에 볶은 다음 찬물을 붓고 다시마를 넣습니다. 물이 "
    "끓으면 다시마는 바로 건지고 십 분을 더 끓입니다. 깔끔한 맛을 원하신다면 멸치를 체에 거르세요.\n"
    "감자와 양파는 한입 크기로 썰고 애호박은 반달 모양으로 썹니다. 두부는 물기를 빼 두면 부서지지 않습니다. "
    "육수에 된장을 체에 걸러 풀고 감자를 먼저 넣어 오 분쯤 끓입니다. 감자가 반쯤 익으면 양파와 애호박을 넣고, "
    "거품은 꼼꼼하게 걷어 내세요.\n"
    "두부와 고추는 마지막에 넣습니다. 너무 오래 끓이면 된장의 향이 날아가므로 주의하세요. 간이 싱거우면 된장을 "
    "더 넣기보다 국간장을 조금 넣는 것이 꿀팁입니다. 고춧가루 반 작은술을 넣으면 색다른 매력을 느낄 수 있습니다.\n"
    "남은 찌개는 식혀서 냉장고에 넣으면 이틀은 두고 먹을 수 있어요. 다시 데울 때는 물을 반 컵 더해 주세요. "
    "차돌박이나 바지락을 넣어도 어울립니다. 오늘 저녁 메뉴를 고민하고 계신다면 구수한 된장찌개를 한번 끓여 "
    "보세요. 실패 없이 완성할 수 있습니다.",
    "강릉 당일치기 여행 코스 총정리, 솔직 후기로 남겨 봅니다. 토요일 아침 여섯 시에 청량리에서 기차를 탔어요. "
    "예약은 한 달 전에 했는데도 남은 자리가 몇 개 없더라고요. 역에 내리니 바람이 꽤 찼고, 친구는 목도리를 "
    "두고 왔다며 울상이었습니다.\n"
    "첫 번째로 간 곳은 중앙시장이에요. 인기 있는 닭강정집은 줄이 너무 길어서 포기했고 옆집에서 감자옹심이를 "
    "먹었어요. 값은 만 원대, 양이 많아서 둘이 한 그릇이면 충분합니다. 가게 안이 아늑한 분위기라 몸이 금방 "
    "녹았습니다.\n"
    "점심을 먹고 안목 해변까지 걸었습니다. 사십 분쯤 걸리는데 길이 평평해서 힘들지 않았어요. 바다가 보이는 "
    "카페에 들어갔는데 창가 자리는 예약 필수라고 해서 안쪽에 앉았습니다. 커피는 고소했고 케이크는 제 입맛에는 "
    "조금 달았어요. 그래도 파도를 보며 쉬니 힐링이 되었습니다.\n"
    "해가 지기 전에 경포호를 한 바퀴 돌았어요. 자전거를 빌리려 했는데 할인 시간이 끝났더라고요. 그냥 걸었더니 "
    "발이 아팠지만 노을이 정말 예뻤습니다. 돌아오는 기차에서는 둘 다 곯아떨어졌어요.\n"
    "비용은 기차표까지 한 사람에 팔만 원쯤 들었습니다. 주차 걱정이 없어서 기차 여행을 추천드려요. 방문 전에 "
    "가게의 쉬는 날을 꼭 확인하고 가세요. 저희는 가려던 서점이 문을 닫아서 아쉬웠거든요. 궁금하신 점은 댓글로 "
    "남겨 주시면 아는 만큼 알려 드릴게요. 다음에는 속초에 가 볼게요.",
]
REPORTING = [  # the same trades, without an offer
    "피아노는 계절이 바뀔 때마다 음이 조금씩 달라진다. 나무로 된 향판이 습기를 머금었다가 마르기 때문이다. 조율사는 소리굽쇠로 기준음을 "
    "잡은 다음 여든여덟 개 건반의 현을 하나씩 조인다. 한 대를 맞추는 데 두 시간쯤 걸리고, 오래 조율하지 않은 피아노는 며칠에 나누어 맞춘다.",
    "반려동물 장례식장을 둘러싼 갈등이 이어지고 있다. 주민들은 연기와 냄새를 걱정하고, 업체는 법이 정한 기준을 지켰다고 말했다. 지난해 "
    "등록된 장례업체는 일흔 곳이며 비용은 무게에 따라 이십만 원에서 오십만 원이다. 군은 다음 달 설명회를 열 계획이라고 밝혔다.",
    "간판을 새로 달려면 먼저 구청에 신고해야 합니다. 가로 길이가 십 미터를 넘으면 허가를 받아야 하고, 네온을 쓰는 간판은 주거 지역에서 "
    "밤 열 시까지만 켤 수 있습니다. 신고서에는 설치할 건물의 도면과 건물 주인의 동의서를 붙입니다. 어기면 과태료를 내야 합니다.",
    "아이가 수학을 어려워해서 지난봄부터 과외를 받았습니다. 처음 두 달은 숙제를 두고 자주 다투었고 성적도 그대로였습니다. 그러다 선생님이 "
    "문제를 풀기 전에 말로 설명하게 하자 조금씩 나아졌습니다. 지금은 스스로 오답 공책을 만들고, 모르는 것을 적어 두었다가 물어봅니다.",
]
COMPLAINING = [  # those who quote sales talk to complain of it
    "오픈채팅방으로 주식 리딩방 초대를 하루에도 몇 번씩 받습니다. 무료 체험이라며 들어오라 하고, 수익률 300% 보장, 선착순 마감이라며 "
    "가입비를 입금하라고 합니다. 어머니도 당일 입금하면 돌려준다는 말에 속아 2천만 원을 보냈습니다. 텔레그램으로 문의하라더니 방이 "
    "사라졌습니다. 경찰에 신고했지만 찾기 어렵다고 합니다. 불법 광고를 하는 계정을 바로 정지하도록 법을 고쳐 주십시오.",
    "거품 없는 가격, 책임 시공을 약속드린다기에 욕실 공사를 맡겼습니다. 무료 견적을 받고 당일 시공이 된다 해서 계약금을 먼저 "
    "입금했는데 공사는 이틀 만에 멈췄고, 전화를 하면 지금 상담 중이라는 말만 되풀이하다가 연락이 두절되었습니다. 환불을 요구하자 "
    "추가 비용을 내라고 합니다. 소비자원에 피해구제를 신청했습니다. 이런 업체가 다시 영업하지 못하게 단속해 주세요.",
    "결혼 준비 업체의 피해 사례가 늘고 있습니다. 박람회에서 당일 계약하면 할인 혜택을 드린다, 사은품은 선착순이라며 계약을 재촉하고, "
    "나중에 해지를 요구하면 위약금을 요구하는 식입니다. 최저가 보장이라던 드레스는 추가금이 붙었습니다. 계약 전에 환급 조건을 글로 "
    "받아 두시기 바랍니다. 무료 상담이라도 카드 번호는 알려 주지 마세요. 각별한 주의가 요구됩니다.",
    "부모님이 텔레비전을 보고 건강식품을 사셨습니다. 지금 바로 전화 주세요, 마감 임박, 무료 체험 후 결정하세요라는 말에 속아 여섯 달 "
    "치를 결제하셨고, 상담원은 당일 배송이라 취소가 안 된다며 환불을 거절했습니다. 백 퍼센트 만족 보장이라더니 몸에 두드러기가 "
    "났습니다. 노인을 노린 과장 광고를 처벌해 주시고 방송에서 이런 말을 못 쓰게 막아 주세요.",
]


def test_pages_that_sell_what_no_list_names_are_dropped() -> None:
    assert verdicts(SELLING) == ["max_sales_talk"] * len(SELLING)


def test_texts_about_the_same_trades_are_kept() -> None:
    assert verdicts(REPORTING) == [None] * len(REPORTING)


def test_guides_of_nothing_but_sales_talk_are_dropped() -> None:
    points, offered, _ = count_points(pa.array(GUIDING)).T
    assert points.min() > 10
    assert offered.max() < OFFERED
    assert verdicts(GUIDING) == ["max_sales_talk"]


def test_blogs_that_offer_nothing_are_kept() -> None:
    assert count_points(pa.array(BLOGGING))[:, 0].min() > 10
    assert verdicts(BLOGGING) == [None] * len(BLOGGING)


def test_recipes_and_travel_posts_are_kept() -> None:
    points, offered, told = count_points(pa.array(EXPLAINING)).T
    assert points.min() > 20
    assert ((offered < OFFERED) | (told > offered)).all()
    assert verdicts(EXPLAINING) == [None] * len(EXPLAINING)


def test_complaints_that_quote_sales_talk_are_kept() -> None:
    quoted = [sum(points for phrase, points in POINTS.items() if points > 0 and phrase in text) for text in COMPLAINING]
    assert min(quoted) > 5
    assert verdicts(COMPLAINING) == [None] * len(COMPLAINING)
