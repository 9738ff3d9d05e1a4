"""Template siblings against a plain twin, and pairs that a reader would keep apart or merge."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.duplicates.facts import different_facts
from tests.corpus.duplicates.plain_facts import plain_differ, plain_words

TOKENS = [
    *("7904", "7932", "-5", "5", "−5", "--5", "2.3.5", "2.3", "12일에", "a1:2", "1,000"),
    *("c++", "C#", "c", "x", "is", "not", "Foo_bar", "foo", "bar", "foobar", "É", "漢字", "ＡＢ"),
    *(
        "오류",
        "오류는",
        "학교에서",
        "학교",
        "학교ㆍ오류",
        "못한다",
        "아니다",
        "한다",
        "않는다",
        "안",
        "가",
        "값은",
        "값을",
        "값",
    ),
    *(
        "약을",
        "약은",
        "먼저",
        "다시는",
        "because",
        "Since",
        "large",
        "maxSize",
        "getAll",
        "BC41",
        "id_x",
    ),
    *("부터", "3일부터", "3일까지", "없음", "허용", "금지", "불법", "합법", "법", "저장된다", "저장되지 않는다", "는"),
    *("입력", "조회수", "기자", "글쓴이", "2021-03-02", "14:05", "march", "2월", "建平", "건평(建平)은", "不", "\n"),
    *("이다고", "하며", ".", ",", "-", "−", "+", "×", "=", "<", "#", "(", "$", "👍", "👎"),
]
TEXTS = st.lists(st.tuples(st.sampled_from(TOKENS), st.sampled_from([" ", "", ".", "\n"])), max_size=40).map(
    lambda parts: "".join(a + b for a, b in parts)
)


@st.composite
def _edited(draw: st.DrawFn) -> tuple[str, str]:
    """A text, and one with some words exchanged, left out, moved or put in."""
    words = draw(st.lists(st.sampled_from(TOKENS), min_size=6, max_size=60))
    other = list(words)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(other) - 1))
        width = draw(st.integers(0, 3))
        other[place : place + width] = draw(st.lists(st.sampled_from(TOKENS), max_size=6))
        other = other or ["x"]
    return " ".join(words), " ".join(other)


# Times six letters: on both sides of every limit of letters, of which the highest is 3,000.
BEHIND = st.sampled_from([0, 0, 5, 16, 21, 38, 45, 60, 82, 90, 510])


@given(_edited(), BEHIND)
@settings(max_examples=250)
def test_kernel_is_the_definition_for_edited_texts(pair: tuple[str, str], behind: int) -> None:
    a, b = (text + " " + "가나다 abc " * behind for text in pair)
    found = different_facts(pa.array([a, b]), np.array([[0, 1], [1, 0]]), np.zeros(2, bool))
    assert found.tolist() == [plain_differ(a, b)] * 2


@given(TEXTS, st.one_of(TEXTS, st.none()), st.integers(0, 60), st.integers(1, 40), BEHIND)
@settings(max_examples=250)
@example("c# 값", "c++ 값", 0, 1, 0)
def test_kernel_is_the_definition(a: str, b: str | None, place: int, width: int, behind: int) -> None:
    """Two texts, or one and what is left when something is taken out; short ones and such with a long passage in
    common."""
    b = a[:place] + a[place + width :] if b is None else b
    common = " " + "가나다 abc " * behind
    a, b = a + common, b + common
    for equal in (False, True):
        found = different_facts(pa.array(["x", a, b]).slice(1), np.array([[0, 1], [1, 0]]), np.full(2, equal))
        assert found.tolist() == [plain_differ(a, b, equal)] * 2


# Up to how many letters of the shorter text the difference is a fact.
LIMITED = [
    (120, "오늘 학교는 조용했다 그리고 하늘 바다 구름 바람 나무 그곳에 사과 있다", "사과", "자두"),
    (250, "오늘 학교는 7 + 3 이라고", "+", "-"),
    (300, "하나는 둘 셋 넷 다섯 여섯 사과나무 일곱 여덟", "사과나무", "자두나무"),
    (500, "오늘 학교는 조용하게 있었고 그곳에 사람이 30 왔다", "30", "45"),
    (500, "오늘 학교는 조용했다 접수 날짜 이틀부터 받는다", "부터", "까지"),
    (1500, "오늘 학교는 조용하고 그래서 사과나무를 보고 나와 다시 사과나무를 보았다", "사과나무", "자두나무"),
    (3000, "오늘 학교는 조용하고 그래서 maxSize 값을 본다", "max", "min"),
    (3000, "오늘 학교는 조용하고 그래서 그것은 허용 된다", "허용", "금지"),
    (1400, "오늘 학교는 조용하고 그래서 10 원 그리고 하늘 20 원 그리고 바다 30 원 그리고", "0 원", "1 원"),
]


@pytest.mark.parametrize(("limit", "text", "one", "other"), LIMITED)
def test_what_counts_in_a_short_text_counts_below_its_limit(limit: int, text: str, one: str, other: str) -> None:
    pairs = []
    for letters in (limit - 1, limit, limit + 1):
        missing = letters - sum(word.size for word in plain_words(text))
        tail = " ".join(["가나다라"] * (missing // 4 - 1) + ["마바사아자차카"[: 4 + missing % 4]])
        pairs.append((f"{text} {tail}", f"{text.replace(one, other)} {tail}"))
    places = np.arange(6).reshape(-1, 2)
    found = different_facts(pa.array([side for pair in pairs for side in pair]), places, np.zeros(3, bool)).tolist()
    assert found == [plain_differ(*pair) for pair in pairs] == [True, False, False]


def test_each_word_for_the_next_one() -> None:
    """At the beginning, twice, at the end, beside signs and in lines of its own; and left out."""
    forms = (
        "{0} 오류 설명 {0} 다음 글",
        "값은 이 {0} 그리고 가나다 abc {0}",
        "가나다\n{0}\n라마바 {0}. 사아자 -{0}",
        "x ({0}) {0}",
    )
    pairs = [
        (form.format(one), form.format(other))
        for one, after in zip(TOKENS, [*TOKENS[1:], TOKENS[0]], strict=True)
        for other in (after, "")
        for form in forms
    ]
    column = pa.array([side for pair in pairs for side in pair])
    found = different_facts(column, np.arange(2 * len(pairs)).reshape(-1, 2), np.zeros(len(pairs), bool)).tolist()
    expected = [plain_differ(*pair) for pair in pairs]
    assert [pair for pair, a, b in zip(pairs, found, expected, strict=True) if a != b] == []
    assert 0.2 < np.mean(expected) < 0.95


BODY = (
    " 이 문서는 관리자가 서버를 다룰 때 나타날 수 있는 문제와 그 까닭을 설명하고,"
    " 알맞게 고치는 절차를 차례대로 안내한다."
) * 12

ENGLISH = (
    " The committee reads every application that arrives in time and writes to each applicant within four weeks."
) * 6

STORY = " ".join(
    f"{word} 상자를 열면 안에서 작은 {word}껍질 냄새가 났다."
    for word in (
        "사과",
        "자두",
        "복숭아",
        "대추",
        "석류",
        "앵두",
        "살구",
        "모과",
        "유자",
        "오디",
        "머루",
        "다래",
        "포도",
        "참외",
    )
)


def rewritten(text: str) -> str:
    """Every ninth word is another."""
    words = text.split(" ")
    return " ".join("어쨌거나" if i % 9 == 8 else word for i, word in enumerate(words))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (
            "오류 7904 오류 7904은(는) 파일을 찾지 못할 때 나타난다." + BODY,
            "오류 7932 오류 7932은(는) 파일을 찾지 못할 때 나타난다." + BODY,
        ),
        (
            "A bakery in Seoul won the prize" + 9 * " because the judges liked the crust of its bread",
            "A bakery in Busan won the prize" + 9 * " because the judges liked the crust of its bread",
        ),
        ("감천초등학교는 창원시에 있는 학교이다.", "도계초등학교는 창원시에 있는 학교이다."),
        ("소마도는 하동군에 있는 섬이다. 소마도는", "마도는 하동군에 있는 섬이다. 마도는"),
        ("이 값은 저장된다." + BODY[:150], "이 값은 저장되지 않는다." + BODY[:150]),
        ("IEnumModules2::Skip 건너뜁니다." + BODY, "IEnumPoints2::Skip 건너뜁니다." + BODY),
        ("C# 언어의 장점" + BODY, "C++ 언어의 장점" + BODY),
        ("오늘 아침 기온은 -5도였다.", "오늘 아침 기온은 5도였다."),
        ("vprintf_s 함수 vprintf_s vprintf_s" + BODY + "vprintf", "vprintf 함수 vprintf vprintf" + BODY + "vprintf_s"),
        (
            "ICLRStrongName::TokenFromAssembly 메서드는 토큰을 낸다. TokenFromAssembly(a). TokenFromAssemblyEx 참고."
            + BODY,
            "ICLRStrongName::TokenFromAssemblyEx 메서드는 토큰을 낸다. TokenFromAssemblyEx(a). TokenFromAssembly 참고."
            + BODY,
        ),  # two functions that name each other
        (BODY[:900] + " 오류 ID: BC41003 끝", BODY[:900] + " 오류 ID: BC41004 끝"),  # a code at the end
        (BODY[:900] + " Where1_MQ 예제", BODY[:900] + " Where1 예제"),
        ("한창순은 조선의 군인이다." + BODY[:500], "오철산은 조선의 군인이다." + BODY[:500]),  # the subject alone
        ("반포동 자율방범대 모집" + BODY[:900], "잠실동 자율방범대 모집" + BODY[:900]),
        ("매리너 7호는 탐사선이다." + BODY + "매리너 6호", "매리너 6호는 탐사선이다." + BODY + "매리너 7호"),
        ("핵심 편집기(Studio Professional 포함)" + BODY, "핵심 편집기(Studio 커뮤니티 포함)" + BODY),
        (BODY + " 외국인도 신청할 수 있다.", BODY + " 외국인도 신청할 수 없다."),
        (BODY + " 청년도 대상에 포함된다.", BODY + " 청년도 대상에 포함되지 않는다."),
        (BODY + " 청년도 대상에 포함된다.", BODY + " 청년은 대상에 안 포함된다."),
        (BODY + " 소득이 60% 이상인 사람", BODY + " 소득이 60% 이하인 사람"),
        (BODY + " 이 행위는 합법이다.", BODY + " 이 행위는 불법이다."),
        (BODY + " 특성 없음 부모 요소", BODY + " 특성 이름을 정하는 값 부모 요소"),
        ("Pets are allowed here." + ENGLISH, "Pets are not allowed here." + ENGLISH),
        ("The court found him guilty." + ENGLISH, "The court found him innocent." + ENGLISH),
        ("접수는 2일부터 받는다." + BODY[:200], "접수는 2일까지 받는다." + BODY[:200]),
        (
            "인증 오류 카운터 이름 인증 오류 이 카운터는 오류의 수이다." + BODY,
            "인증 오류 초당 횟수 카운터 이름 인증 오류 초당 횟수 이 카운터는 오류의 수이다." + BODY,
        ),  # what is put in the head is put in again
        (
            BODY[:700] + " 이 인수의 값 " + BODY[:90] + " 인수 목록",
            BODY[:700] + " 이 변수의 값 " + BODY[:90] + " 변수 목록",
        ),
        (
            BODY + " 모집 인원은 30명, 지원금은 월 20만 원, 기간은 6개월이다.",
            BODY + " 모집 인원은 45명, 지원금은 월 25만 원, 기간은 8개월이다.",
        ),  # three numbers in a longer text
        (
            "묶음 단위 전송 설정 예제: 압축\n" + BODY + " 묶음 단위 전송과 줄 단위 전송을 비교한다. 나누어 보낸다.",
            "전송 줄 설정 예제: 압축\n" + BODY + " 묶음 단위 전송과 줄 단위 전송을 비교한다. 나누어 보낸다.",
        ),  # titles whose words are in both texts
        (
            "/Report (tool.exe)\n" + STORY + " /ReportAll 참고.",
            "/ReportAll (tool.exe)\n" + rewritten(STORY) + " /Report 참고.",
        ),  # a coined name in the title, however much is rewritten
        (BODY + " 안내서를 읽는다(Visual Basic)", BODY + " 안내서를 읽는다(C#)"),  # the only difference
    ],
)
def test_facts_differ(a: str, b: str) -> None:
    assert different_facts(pa.array([a, b]), np.array([[0, 1]]), np.zeros(1, bool)).tolist() == [True]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("아버지가 방에 들어가신다." + BODY, "아버지가방에 들어 가신다." + BODY),  # spaces
        ("관리자는 서버를 끈다." + BODY, "관리자가 서버는 끈다." + BODY),  # particles
        ("관리자는 서버를 끈다." + BODY, "관리자는 서버를 끈다." + BODY + " 덧붙인 말 2021년"),  # a passage more
        ("홈 > 뉴스 > 입력 2021.03.02" + BODY, BODY),  # a header
        (
            "입력 2021.03.02 14:05 | 홍길동 기자\n시는 오늘 알렸다." + BODY[:300],
            "입력 2021.03.05 09:11 | 김철수 기자\n시는 오늘 알렸다." + BODY[:300],
        ),  # a byline
        (BODY[:300] + " 수집일: 2023년 3월 5일", BODY[:300] + " 수집일: 2024년 1월 17일"),
        (BODY[:300] + "\n2021.03.02 14:05:11", BODY[:300] + "\n2023.09.12 08:01:59"),
        ("조회수 1,234 댓글 5" + BODY[:300], "조회수 58 댓글 12" + BODY[:300]),
        ("글쓴이: 푸른하늘\n" + BODY[:300], "글쓴이: 나그네\n" + BODY[:300]),
        ("Published March 2, 2021 3:11 PM\n" + ENGLISH, "Published April 9, 2022 8:40 AM\n" + ENGLISH),
        ("Posted on 2021-03-02, 12 comments\n" + ENGLISH, "Posted on 2023-08-30, 57 comments\n" + ENGLISH),
        ("우리신문 > 사회\n시는 알렸다." + BODY, "한겨레일보 > 경제\n시는 알렸다." + BODY),  # the site
        ("세검정(洗劍亭)은 정자이다." + BODY, "세검정(洗剣亭)은 정자이다." + BODY),  # a gloss
        (BODY, BODY.replace("알맞게", "알맛게")),  # a misspelling
        (BODY, "> " + BODY.replace(", ", ",\n> ")),  # a quotation
        (
            BODY[:400] + " 회원은 할 수 없다고 말했다. " + BODY[:500],
            BODY[:500] + " 회원은 할 수 없다고 말했다. " + BODY[:400],
        ),  # a passage was moved
        ("창은 windowSearch 로 연다." + BODY[:900], "창은 win dow Search 로 연다." + BODY[:900]),  # spaces in a name
        (
            "길이는 10km이다." + BODY[:900] + " cutWord",
            "길이는 10 km이다." + BODY[:900] + " cutWo",
        ),  # cut within a word
        ("서버를 관리자는 끈다." + BODY, BODY + "관리자는 서버를 끈다."),  # the order
        ("서버 설정의 기본 안내\n" + BODY, "기본 서버 설정 및 안내\n" + BODY),  # a title in another order
        (
            "국가는 공식 사과하라." + BODY + " 국가와 정부",
            "정부는 곧바로 사과하라." + BODY + " 국가와 정부",
        ),  # a turn of phrase
        ("관리자는 문서를 끈다." + BODY, "관리자는 서버를 끈다." + BODY),  # words that both have
        (
            "선생님이 먼저 약을 주었다. 그래서 다시 갔다.",
            "선생님이 우선 약은 주었다. 따라서 또다시 갔다.",
        ),  # fillers, particles
        (
            "A bakery beat rivals from large cities" + 9 * " because the judges liked the crust of its bread",
            "A bakery beat rivals from big cities" + 9 * " since the judges liked the crust of its bread",
        ),  # a synonym
    ],
)
def test_the_same_facts(a: str, b: str) -> None:
    assert different_facts(pa.array([a, b]), np.array([[0, 1]]), np.zeros(1, bool)).tolist() == [False]


@pytest.mark.parametrize(
    ("a", "b", "differ"),
    [
        ("다음을 계산하라. 7 + 3 - 2 × 4 = ?", "다음을 계산하라. 7 - 3 × 2 + 4 = ?", True),
        ("함수 $f(x)=x^{2}+3x-1$ 의 극값", "함수 $f(x)=x^{2}-3x+1$ 의 극값", True),
        ("함수 f(x) = 3x − 1 의 극값", "함수 f(x)=3x-1의 극값", False),
        ("정말 좋아요 👍", "정말 좋아요 👎", True),
        ("- 하나\n- 둘 well-known 2021-03-02", "• 하나\n• 둘 well known 2021.03.02", False),
        ("축하드려요~~^^", "축하드려요!!", False),
    ],
)
def test_signs_of_equal_words(a: str, b: str, differ: bool) -> None:
    long = [text + BODY for text in (a, b)]
    for pair in ([a, b], long):
        assert different_facts(pa.array(pair), np.array([[0, 1]]), np.ones(1, bool)).tolist() == [differ]
