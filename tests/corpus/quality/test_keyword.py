"""The keyword of a title: its share of the text, and the signs without which it does not count."""

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.judgement import verdicts
from benchmarks.judgement_topics import COURTING, HELD, TUNED
from corpus.quality.judgement import STATISTICS, measure
from corpus.quality.keyword import CHARACTERS, TITLE, count_keyword, keyword, noun, offers_itself

# Half of it is sales talk; one word of the title stands in it four times.
PAGE = (
    "은평열쇠 도어락설치\n은평열쇠 급하시죠? 은평열쇠는 걱정 마세요. 은평열쇠, 문 잠김에서 도어락 교체까지 모두 해결해 드립니다. "
    "새벽에도 은평열쇠!"
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("점집은", "점집"),
        ("내차팔기에서는", "내차팔기"),  # the longest ending
        ("나이", "나이"),  # one syllable would be left
        ("고양이는", "고양이"),  # one ending is taken, not two
        ("도어락", "도어락"),
    ],
)
def test_a_noun_is_a_word_without_its_particle(word: str, expected: str) -> None:
    assert noun(word) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("김치찌개 끓이기\n김치찌개는 신김치로. 돼지김치찌개", 8),
        ("\n\n김치찌개\n김치찌개", 4),  # a title after empty lines
        ("김치 찌개\n김치 찌개 김치 찌개", 0),  # two syllables are no keyword
        ("김치찌개 김치찌개 김치찌개", 0),  # nothing but a title
        ("가" * (TITLE - 5) + " 김치찌개\n김치찌개", 4),
        ("가" * (TITLE - 4) + " 김치찌개\n김치찌개", 0),  # a first line as long is a sentence
        ("locksmith locksmith\nlocksmith", 0),  # Korean only
        ("", 0),
    ],
)
def test_the_keyword_is_the_most_frequent_word_of_the_title(text: str, expected: int) -> None:
    assert keyword(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("깨끗하게 치워 드립니다.", True),
        ("정성을 다해 모시겠습니다.", True),
        ("잘 부탁드립니다. 말씀을 드리고 감사 드려요.", False),
        ("부탁드립니다만 저희가 다 해 드려요.", True),
        ("번호 <|phone|>", True),
        ("번호 010-1234-5678", True),
        ("번호 1234-5678", False),
        ("아이디는 카톡으로", True),
        ("알려 드릴게요", False),  # a blog says so too
    ],
)
def test_a_page_offers_a_service_or_a_contact(text: str, expected: bool) -> None:
    assert offers_itself(text) is expected


def test_the_share_counts_only_beside_all_other_signs() -> None:
    """Points for the length, an offer of one kind or the other, and hardly a story."""
    plain = PAGE.replace("해결해 드립니다", "해결합니다")
    visible = len(PAGE.replace("\n", "").replace(" ", ""))
    share = 16 / visible
    rows = [  # text, points, points of an offer, phrases that tell, visible, expected
        (PAGE, 1, 0, 0, visible, share),
        (PAGE, 0, 0, 0, visible, 0),
        (PAGE, -3, 0, 0, visible, 0),
        (PAGE, 1, 0, 1, visible, share),
        (PAGE, 1, 0, 2, visible, 0),
        (PAGE, 2, 2, 2, visible, share),
        (plain, 1, 0, 0, visible, 0),
        (plain, 1, 1, 0, visible, share),
        (PAGE, 1, 0, 0, CHARACTERS, 16 / CHARACTERS),
        (PAGE, 1, 0, 0, CHARACTERS + 1, 0),
        ("", 0, 0, 0, 0, 0),
    ]
    texts = pa.array([row[0] for row in rows])
    points = np.array([row[1:4] for row in rows])
    shares = count_keyword(texts, points, np.array([row[4] for row in rows]))
    assert shares == pytest.approx([row[5] for row in rows])


def test_pages_that_repeat_their_title_to_sell_are_dropped() -> None:
    """Above half of the spam on topics that the rule was not tuned to, and no honest text."""
    korean = [topic for name, topic in HELD.items() if not name.endswith(" en")]
    found = verdicts([text for topic in korean for text in topic.spam])
    assert found.count("max_keyword") >= 13
    assert sum(map(bool, found)) >= 18
    honest = [text for topic in (HELD | TUNED).values() for text in topic.honest]
    assert verdicts(honest + COURTING) == [None] * (len(honest) + len(COURTING))


def test_texts_that_repeat_their_title_have_the_statistic_only_where_they_sell() -> None:
    column = measure(pa.array([COURTING[0], PAGE]))[:, STATISTICS.index("keyword")]
    assert column[0] == 0
    assert column[1] > 0.1
