"""Template siblings against a plain twin, and pairs that a reader would keep apart or merge."""

import re
import string
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.duplicates.fact_words import COPULAS, FILLERS, HEAD, PARTICLES, VERBS
from corpus.duplicates.facts import NAMED, NEGATED, NUMBERS, RECURS, TOGETHER, WORDS, different_facts
from corpus.kernels.units import lower_case

# word, stem, Latin, with a digit or a sign, with a capital or a low line, coined
Word = tuple[str, str, bool, bool, bool, bool]
LOWER = lower_case()


def _is_part(char: str) -> bool:
    return char == "_" or (char not in "ㆍᆞ" and not char.isspace() and unicodedata.category(char)[0] in "LNM")


def is_coined(word: str) -> bool:
    """With a low line, a digit, or a capital behind a small letter."""
    inner = any(re.match("[a-z]", a) and LOWER[ord(b)] != ord(b) for a, b in pairwise(word.rstrip("+#")))
    return "_" in word or bool(re.search("[0-9]", word)) or inner


def plain_words(text: str) -> list[Word]:
    words: list[Word] = []
    i = 0
    while i < len(text):
        before = text[i - 1] if i else " "
        sign = (
            text[i] in "-−"
            and text[i + 1 : i + 2].isascii()
            and text[i + 1 : i + 2].isdigit()
            and not _is_part(before)
            and before != "-"
        )
        if not sign and not _is_part(text[i]):
            i += 1
            continue
        begin = i
        i += sign
        latin = ord(text[i]) < 0x250
        while i < len(text):
            if not _is_part(text[i]) or (ord(text[i]) < 0x250) != latin:
                digits = text[i - 1] in "0123456789" and text[i + 1 : i + 2] in tuple("0123456789")
                if not (latin and text[i] in ".,:-/" and digits):
                    break
            i += 1
        end = i
        while latin and i < len(text) and text[i] in "+#":
            i += 1
        number = re.sub(r"(?<=\d)[.:/-](?=\d)", ".", re.sub(r"(?<=\d),(?=\d)", "", text[begin + sign : i]))
        word = ("-" if sign else "") + number
        shaped = "_" in word or any(ord(c) < 0x10000 and LOWER[ord(c)] != ord(c) for c in word)
        coined = latin and bool(re.match("[A-Za-z]", word)) and is_coined(word)
        word = "".join(chr(LOWER[ord(c)]) if ord(c) < 0x10000 else c for c in word)
        stem = word
        if not latin:
            ending = next((p for p in PARTICLES if word.endswith(p) and len(word.encode()) >= len(p.encode()) + 3), "")
            stem = word[: len(word) - len(ending)]
        words.append((word, stem, latin, sign or i > end or any(c in "0123456789" for c in word), shaped, coined))
    return words


def _letters(words: list[Word], text: str) -> int:
    return sum(len(w.rstrip("+#").removeprefix("-").replace(".", "")) for w, *_ in words)


def _denials(words: list[Word]) -> int:
    count = 0
    for word, stem, latin, *_ in words:
        count += stem in ("not", "no", "never", "cannot", "without", "안", "못", "아니", "아닌", "않", "없")
        if not latin and len(word) > 1:
            count += word[0] in "않없못"
            count += len(word) > 2 and word[:2] in ("아니", "아닌")
    return count


def _head(words: list[Word]) -> int:
    """How many words the head has."""
    for i, (word, _, latin, *_) in enumerate(words):
        if word in COPULAS:
            return min(HEAD, i)
        if not latin and word[-1] in "은는":
            return min(HEAD, i + 1)
    return min(HEAD, len(words))


def _runs(words: list[Word]) -> set[str]:
    made = {part for word, stem, *_ in words for part in (word, stem)}
    made |= {"".join(word for word, *_ in words[i : i + 3]) for i in range(len(words) - 2)}
    return made | {a[0] + part for a, b in pairwise(words) for part in b[:2]}


def _is_known(words: list[Word], i: int, known: set[str]) -> bool:
    word, stem = words[i][:2]
    behind = i + 1 < len(words) and any(word + part in known for part in words[i + 1][:2])
    before = i > 0 and any(words[i - 1][0] + part in known for part in words[i][:2])
    three = ["".join(w for w, *_ in words[at : at + 3]) for at in range(max(0, i - 2), min(i, len(words) - 3) + 1)]
    return stem in known or word in known or behind or before or any(joined in known for joined in three)


def _facts(
    words: list[Word], head: int, others: list[Word], other_head: int, letters: int
) -> tuple[bool, int, int, int, bool]:
    here, there = Counter(w[1] for w in words), Counter(w[1] for w in others)
    known, heads = _runs(others), {w[1] for w in others[:other_head]}
    decides, twice, more, new, coins = False, 0, 0, 0, False
    english = 2 * sum(w[2] for w in words) > len(words)
    for i, (word, stem, latin, number, shaped, coined) in enumerate(words):
        if not number and len(word.rstrip("+#").replace(".", "")) < (3 if latin else 2):
            continue
        if not number and (word in FILLERS or stem in FILLERS):
            continue
        coined = coined and i + 1 < len(words)
        if not there[stem] and _is_known(words, i, known):
            continue
        ahead = here[stem] - there[stem]
        if i < head and ahead > 0 and stem not in heads:
            more = max(more, ahead)
            twice = max(twice, ahead if 2 * there[stem] <= here[stem] else 0)
            new = max(new, 0 if there[stem] else ahead)
        named = latin and (not english or shaped or number)
        titled = i < head and (named or here[stem] >= RECURS)
        short = letters < WORDS and word[-1] not in VERBS
        decides = decides or (
            not there[stem] and (titled or (latin and here[stem] > RECURS) or (number and letters < NUMBERS) or short)
        )
        coins = coins or (coined and not there[stem] and letters < NAMED)
        coins = coins or (coined and i < head and ahead > 0 and stem not in heads)
    return decides, twice, more, new, coins


OPERANDS = set(string.ascii_letters + string.digits + "()[]{}$\\")


def plain_signs(text: str) -> list[str]:
    signs = []
    for i, c in enumerate(text):
        before, behind = text[i - 1 : i] or " ", text[i + 1 : i + 2] or " "
        left, right = (
            (text[: i - 1][-1:] if before == " " and i else before),
            (text[i + 2 : i + 3] if behind == " " else behind),
        )
        operands = left in OPERANDS and right in OPERANDS
        letter = before in set(string.ascii_letters)
        if c in "-−":
            tight = before in set(string.digits) and behind in set(string.digits)
            counts = operands and not tight and (left.isdigit() or right.isdigit() or not letter)
            counts = counts or (behind in set(string.digits) and before.isascii() and before not in OPERANDS | {"-"})
        elif c in "+#":
            counts = letter or before == "+" or (c == "+" and operands)
        else:
            counts = c in "👍👎" or (c in "×÷=<>" and operands)
        if counts:
            signs.append("-" if c == "−" else c)
    return signs


def plain_differ(a: str, b: str, equal: bool = False) -> bool:
    if equal:
        return plain_signs(a) != plain_signs(b)
    left, right = plain_words(a), plain_words(b)
    letters = min(_letters(left, a), _letters(right, b))
    if letters < NEGATED and _denials(left) != _denials(right):
        return True
    if letters < NEGATED and plain_signs(a) != plain_signs(b):
        return True
    heads = _head(left), _head(right)
    first = _facts(left, heads[0], right, heads[1], letters)
    second = _facts(right, heads[1], left, heads[0], letters)
    if first[2] and second[2] and max(first[3], second[3]) >= RECURS:
        return True
    if first[4] and second[4]:
        return True
    return (first[0] and second[0]) or (min(first[1], second[1]) > 0 and first[1] + second[1] >= TOGETHER)


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
    *("이다고", "하며", ".", ",", "-", "−", "+", "×", "=", "<", "#", "(", "$", "👍", "👎"),
]
TEXTS = st.lists(st.tuples(st.sampled_from(TOKENS), st.sampled_from([" ", "", ".", "\n"])), max_size=40).map(
    lambda parts: "".join(a + b for a, b in parts)
)


@given(TEXTS, st.one_of(TEXTS, st.none()), st.integers(0, 60), st.integers(1, 40), st.integers(0, 300))
@settings(max_examples=400)
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


BODY = (
    " 이 문서는 관리자가 서버를 다룰 때 나타날 수 있는 문제와 그 까닭을 설명하고,"
    " 알맞게 고치는 절차를 차례대로 안내한다."
) * 12


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
        ("창은 windowSearch 로 연다." + BODY[:900], "창은 win dow Search 로 연다." + BODY[:900]),  # spaces in a name
        (
            "길이는 10km이다." + BODY[:900] + " cutWord",
            "길이는 10 km이다." + BODY[:900] + " cutWo",
        ),  # cut within a word
        ("서버를 관리자는 끈다." + BODY, BODY + "관리자는 서버를 끈다."),  # the order
        ("국가는 공식 사과하라." + BODY, "정부는 곧바로 사과하라." + BODY),  # a turn of phrase, in a long text
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
