"""The lists of words by which corpus/duplicates/facts.py tells facts from turns of phrase, and their hashes.

Hashes are those of corpus/duplicates/fact_words.py.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from corpus.kernels.key_table import BASE, slot_of


def _words(text: str) -> list[str]:
    return text.split()


# What a word is, as bits of Lists.roles.
FILLER, STAMPED, VISITED, TIMED, DATED, WRITER, AUTHOR, NEGATION, COPULA = (1 << bit for bit in range(9))
PARTICLES = [
    *("에서는", "으로는", "입니다"),
    *(
        "까지",
        "라고",
        "보다",
        "부터",
        "에게",
        "에는",
        "에도",
        "에서",
        "으로",
        "이고",
        "이나",
        "이다",
        "이며",
        "처럼",
        "하고",
    ),
    *("가", "과", "는", "도", "로", "를", "만", "에", "와", "은", "을", "의", "이"),
]  # longest first
VERBS = "다며고면여서지요까게"  # last syllables of inflected words
# Words that only connect or modify: a reworded copy has others.
ADVERBS_AND_CONJUNCTIONS = (
    "먼저 우선 다시 또다시 매우 아주 무척 몹시 정말 참 진짜 꽤 상당히 너무 가장 제일 좀 조금 약간 많이 "
    "자주 종종 가끔 때때로 항상 늘 언제나 이미 벌써 아직 여전히 곧 금방 바로 즉시 방금 잠시 잠깐 오래 "
    "계속 그리고 그러나 하지만 그런데 그래서 따라서 그러므로 또한 혹은 또는 즉 특히 주로 대개 보통 대체로 "
    "거의 대략 모두 전부 함께 같이 서로 각각 이런 그런 저런 여러 모든 어떤 온갖 게다가 더구나 비록 만약 "
    "만일 물론 곧바로 역시 결국 마침내 드디어 because since however although though while also too very quite "
    "really often usually just still then thus hence therefore furthermore moreover about around "
    "approximately such like including through via using almost nearly always sometimes already again "
    "first "
)
FILLERS = ADVERBS_AND_CONJUNCTIONS.split()
COPULAS = ["is", "are", "was", "were"]
NEGATIONS = ["not", "no", "none", "never", "cannot", "without", "안", "못", "아니", "아닌", "않", "없"]


# Words before the time at which a page was made or read, and those before or behind a count of its visits.
STAMPS = _words(
    "입력 기사입력 최종입력 수정 최종수정 등록 등록일 등록일시 작성 작성일 작성일시 작성일자 게시 게시일 승인 "
    "송고 발행일 수집 수집일 접속일 열람일 published updated posted modified edited accessed retrieved crawled "
    "archived"
)
VISITS = _words("조회 조회수 추천 추천수 댓글 댓글수 공감 좋아요 공유 views comments likes shares replies")
# Words that may stand between the parts of such a time.
TIMES = _words(
    "월 일 시 분 초 오전 오후 월요일 화요일 수요일 목요일 금요일 토요일 일요일 화 수 목 금 토 am pm on at last "
    "kst gmt utc t z mon tue wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday"
)
# Words that make a date of the numbers beside them.
DATES = _words(
    "년 january february march april may june july august september october november december jan feb mar apr "
    "jun jul aug sep sept oct nov dec"
)
WRITERS = ["기자", "특파원", "reporter", "correspondent"]  # the word before is a byline
AUTHORS = ["글쓴이", "작성자", "등록자", "게시자", "author", "writer"]  # the line behind is a name
# Words that deny each other, by their first two syllables or as a whole in Latin letters.
OPPOSITES = _words(
    "있다/없다 있는/없는 있습/없습 있고/없고 있으/없으 있지/없지 있어/없어 이상/이하 초과/미만 이전/이후 "
    "찬성/반대 허용/금지 합법/불법 가능/불가 증가/감소 상승/하락 인상/인하 상향/하향 확대/축소 최대/최소 최고/최저 "
    "최초/최후 유죄/무죄 승인/거부 승인/반려 승낙/거절 합격/탈락 합격/불합 당선/낙선 승소/패소 승리/패배 "
    "입장/퇴장 입국/출국 입학/졸업 오전/오후 전반/후반 상반/하반 개방/폐쇄 공개/비공 유료/무료 남성/여성 "
    "남자/여자 동쪽/서쪽 남쪽/북쪽 왼쪽/오른 활성/비활 포함/제외 추가/삭제 필수/선택 부모/자식 상위/하위 "
    "이전/다음 입력/출력 송신/수신 전송/수신 읽기/쓰기 열기/닫기 의무/면제 흑자/적자 긍정/부정 안전/위험 "
    "수입/수출 매수/매도 체포/석방 개시/종료 시작/종료 시작/끝 설치/제거 참/거짓 increase/decrease "
    "increased/decreased increases/decreases rise/fall rose/fell up/down more/less most/least maximum/minimum "
    "max/min above/below over/under before/after allow/forbid allowed/forbidden allowed/prohibited "
    "permitted/prohibited accept/reject accepted/rejected approved/rejected guilty/innocent won/lost win/lose "
    "enable/disable enabled/disabled open/closed include/exclude included/excluded with/without true/false "
    "yes/no always/never all/none required/optional free/paid male/female north/south east/west left/right "
    "parent/child input/output read/write send/receive sender/receiver client/server previous/next import/export "
    "buy/sell start/stop safe/dangerous positive/negative pass/fail passed/failed"
)
ABSENT = ["없음", "해당없음", "미정", "none", "nothing", "nil", "null"]
PREFIXES = _words("비 불 부 미 무 몰 반 un in im il ir dis non")  # legal, illegal


class Lists(NamedTuple):
    """The lists as arrays.

    `endings` uint8[n, 9] and `lengths` int64[n] are the particles, longest first, `tails` uint64[64] those that end in
    each byte of a syllable's last six bits, a bit for each, `turns` int64[2] the places of 부터 and 까지 among them.
    `words` is a table of hashes uint64[2ᵏ], `roles` int64[2ᵏ] what each is (FILLER …). The others are hashes,
    uint64[n], or tables of them for `key_table.has`, uint64[2ᵏ].
    """

    endings: np.ndarray
    lengths: np.ndarray
    tails: np.ndarray
    turns: np.ndarray
    words: np.ndarray
    roles: np.ndarray
    opposites: np.ndarray
    prefixes: np.ndarray
    absent: np.ndarray


@cache
def lists() -> Lists:
    """All lists."""
    pairs = [pair.split("/") for pair in OPPOSITES]
    both = pairs + [pair[::-1] for pair in pairs]
    opposites = [(hash_of(a) * int(BASE) + hash_of(b)) & (2**64 - 1) for a, b in both]
    return Lists(
        *_particles(),
        np.array([PARTICLES.index("부터"), PARTICLES.index("까지")]),
        *_roles(),
        _table(np.array(opposites, np.uint64)),
        _hashes(PREFIXES),
        _table(_hashes(ABSENT)),
    )


def _roles() -> tuple[np.ndarray, np.ndarray]:
    groups = {
        FILLER: FILLERS,
        STAMPED: STAMPS,
        VISITED: VISITS,
        TIMED: TIMES + DATES,
        DATED: DATES,
        WRITER: WRITERS,
        AUTHOR: AUTHORS,
        NEGATION: NEGATIONS,
        COPULA: COPULAS,
    }
    words = _table(_hashes([word for group in groups.values() for word in group]))
    roles = np.zeros(len(words), np.int64)
    for role, group in groups.items():
        for word in group:
            roles[slot_of(words, np.uint64(hash_of(word)))] |= role
    return words, roles


def _particles() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    encoded = [particle.encode() for particle in PARTICLES]
    table = np.zeros((len(encoded), 9), np.uint8)
    for row, value in zip(table, encoded, strict=True):
        row[: len(value)] = list(value)
    tails = np.zeros(64, np.uint64)
    for place, value in enumerate(encoded):
        tails[value[-1] & 0x3F] |= np.uint64(1 << place)
    return table, np.array([len(value) for value in encoded], np.int64), tails


def hash_of(word: str) -> int:
    """The hash of a word, the same as in `fact_words.scan_words`."""
    value = 0
    for char in word:
        value = (value * int(BASE) + ord(char) + 1) & (2**64 - 1)
    return value


def _hashes(words: list[str]) -> np.ndarray:
    return np.array([hash_of(word) for word in words], np.uint64)


def _table(hashes: np.ndarray) -> np.ndarray:
    table = np.zeros(1 << (2 * len(hashes)).bit_length(), np.uint64)
    for value in hashes:
        table[slot_of(table, value)] = value
    return table
