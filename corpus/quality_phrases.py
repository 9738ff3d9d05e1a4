"""Words that give a page away, and what the C4 rules would leave of it, in one pass over the bytes.

Spam pages are told by how much of their text consists of a few dozen words, never by a single word: an article about gambling
names casinos now and then, a gambling page does little else. The lists were written for this project. C4's rules (Raffel et al. 2020,
section 2.2; datatrove's C4QualityFilter) judge lines; here they are counted, not cut. Phrases are found by a table over their first four
bytes. About 500 MB/s a core.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.utf8 import string_buffers

GAMBLING = """
카지노 바카라 토토 스포츠토토 토토사이트 카지노사이트 바카라사이트 온라인카지노 먹튀 먹튀검증 슬롯 슬롯머신 슬롯사이트 꽁머니 첫충 가입코드 가입머니 롤링
룰렛 홀덤 파워볼 사다리게임 안전놀이터 메이저놀이터 놀이터추천 릴게임 바다이야기 블랙잭 배팅 베팅 입플 페이백
casino|casinos|slots|roulette|blackjack|poker|free spins|no deposit bonus|casino bonus|jackpot|sportsbook|betting|baccarat
"""
ADULT = """
야동 섹스 포르노 음란 출장마사지 출장안마 출장샵 조건만남 오피걸 키스방 룸살롱 풀싸롱 안마방 립카페 휴게텔 애인대행 콜걸 성인용품 비아그라 시알리스 폰섹 유흥알바
porn|sexy girls|hot girls|hot singles|sexy singles|adult dating|adult chat|adult webcam|webcam girls|live cams|free cams|xxx videos|xxx free|escort|escorts|nude|viagra|cialis|erotic
"""
PROMOTION = """
무직자대출 당일대출 소액대출 비상금대출 신용대출 연체자대출 대출상담 급전 개인돈 무서류 무방문 카드깡 휴대폰깡 내구제 작업대출 소액결제현금화 상품권현금화 당일입금
클릭 지금바로 선착순 첫구매 최저가 무료배송 대박할인
payday loan|payday loans|cheap|replica watches|free shipping|buy now|click here|order now|best price|limited offer|seo services|backlinks
"""
SCRIPT, LOREM, POLICY = (
    "javascript",
    "lorem ipsum",
    "terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies",
)
LOST = "占쏙옙|占쏙|쏙옙|뷁뷁|ï¿½"  # what is left of Hangul after two wrong decodings
_CATEGORIES = (GAMBLING, ADULT, PROMOTION, SCRIPT, LOREM, POLICY, LOST)
_SCRIPT, _LOREM, _POLICY, _LOST = range(3, 7)

COUNTS = (
    "gambling",  # characters of the page in words of the list, if three different ones occur
    "adult",
    "promotion",
    "lost",  # characters of 占쏙옙 and the like
    "c4_lines",  # lines that C4 keeps: closed by terminal punctuation, of three words or more, without cookie notices
    "c4_sentences",  # sentences in them
    "curly_lines",  # of these lines, before the notices are taken out: with "{"
    "lorem_lines",
)


def _phrases() -> Iterator[tuple[int, bytes]]:
    for category, listed in enumerate(_CATEGORIES):
        for line in listed.strip().split("\n"):
            words = line.split("|") if "|" in line or category in (_SCRIPT, _LOREM) else line.split()
            yield from ((category, word.encode()) for word in words)


def _key(head: bytes) -> int:
    return (int.from_bytes(head[:4], "little") * 2654435761 & 0xFFFFFFFF) >> 16


def _table() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Phrases with a common key as chains, the longest first: heads, following, bytes, offsets, categories."""
    phrases = sorted(_phrases(), key=lambda phrase: len(phrase[1]))
    heads, following = np.full(1 << 16, -1, np.int16), np.empty(len(phrases), np.int16)
    for index, (_, phrase) in enumerate(phrases):
        assert len(phrase) >= 4, phrase
        following[index] = heads[_key(phrase)]
        heads[_key(phrase)] = index
    data = np.frombuffer(b"".join(phrase for _, phrase in phrases), np.uint8)
    offsets = np.cumsum([0, *(len(phrase) for _, phrase in phrases)], dtype=np.int64)
    return heads, following, data, offsets, np.array([category for category, _ in phrases], np.uint8)


_TABLE = _table()


@njit
def _is_letter(byte):
    return ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)


@njit
def _folded(byte):
    return byte | np.uint8(0x20) if (byte >= 0x41) and (byte <= 0x5A) else byte


@njit
def _find(data, i, start, end, index, following, phrases, bounds, categories):
    """The longest phrase of the chain that stands at byte i, or -1. Latin words of the spam lists have to stand alone."""
    while index >= 0:
        first = bounds[index]
        length = bounds[index + 1] - first
        if i + length <= end:
            same = True
            for j in range(length):
                if _folded(data[i + j]) != phrases[first + j]:
                    same = False
                    break
            if same and categories[index] < _SCRIPT and phrases[first] < 0x80:
                before = i > start and _is_letter(data[i - 1])
                after = i + length < end and _is_letter(data[i + length])
                same = not (before or after)
            if same:
                return index
        index = following[index]
    return -1


@njit
def _citation(data, start, end):
    """Where the line ends without a Wikipedia citation mark at its end: [12], [], [edit], [citation needed]."""
    if end - start < 2 or data[end - 1] != 0x5D:
        return end
    i = end - 2
    while i >= start and data[i] >= 0x30 and data[i] <= 0x39:
        i -= 1
    if i >= start and data[i] == 0x5B:
        return i
    for mark in (b"[edit]", b"[citation needed]"):
        if end - len(mark) >= start:
            same = True
            for j in range(len(mark)):
                if data[end - len(mark) + j] != mark[j]:
                    same = False
                    break
            if same:
                return end - len(mark)
    return end


@njit
def _closes(data, start, end):
    """C4's end of a line: . ? ! " or ', but no three dots; citation marks do not count."""
    shorter = _citation(data, start, end)
    while shorter < end:
        end = shorter
        shorter = _citation(data, start, end)
    if end == start:
        return False
    c = data[end - 1]
    if c == 0x2E:
        return not (end - start >= 3 and data[end - 2] == 0x2E and data[end - 3] == 0x2E)
    return c == 0x3F or c == 0x21 or c == 0x22 or c == 0x27


@njit
def _sentences(data, start, end):
    """Sentence ends: terminal punctuation, closing marks, then white space and no small letter; at least one."""
    n = 0
    i = start
    while i < end:
        c = data[i]
        if c == 0x2E or c == 0x3F or c == 0x21:
            i += 1
            while i < end and (
                data[i] == 0x22 or data[i] == 0x27 or data[i] == 0x29 or data[i] == 0x5D or data[i] == c
            ):
                i += 1
            if i < end and data[i] == 0x20 and i + 1 < end and not (data[i + 1] >= 0x61 and data[i + 1] <= 0x7A):
                n += 1
        else:
            i += 1
    return n + 1


@njit(cache=True, nogil=True)
def _count(data, offsets, heads, following, phrases, bounds, categories, counts):
    seen = np.zeros(categories.shape[0], np.int64)  # the last document (from 1) that had the phrase
    for document in range(offsets.shape[0] - 1):
        covered = np.zeros(7, np.int64)
        different = np.zeros(7, np.int64)
        start = offsets[document]
        end = offsets[document + 1]
        kept = 0
        sentences = 0
        curly_lines = 0
        lorem_lines = 0
        line = start
        words = 0
        length = 0  # characters of the current word
        longest = 0
        curly = False
        script = False
        lorem = False
        policy = False
        window = np.uint32(0)
        for j in range(3):
            if start + j < end:
                window |= np.uint32(_folded(data[start + j])) << np.uint32(8 * (j + 1))
        free = start  # phrases begin here or later
        for i in range(start, end + 1):
            c = data[i] if i < end else np.uint8(0x0A)
            window >>= np.uint32(8)
            if i + 3 < end:
                window |= np.uint32(_folded(data[i + 3])) << np.uint32(24)
                head = heads[np.uint32(window * np.uint32(2654435761)) >> np.uint32(16)]  # Numba's product has 64 bits
                if head >= 0 and i >= free:
                    found = _find(data, i, start, end, head, following, phrases, bounds, categories)
                    if found >= 0:
                        category = categories[found]
                        script = script or category == _SCRIPT
                        lorem = lorem or category == _LOREM
                        policy = policy or category == _POLICY
                        free = i + bounds[found + 1] - bounds[found]
                        for j in range(i, free):
                            covered[category] += (data[j] & 0xC0) != 0x80
                        if seen[found] != document + 1:
                            seen[found] = document + 1
                            different[category] += 1
            if c == 0x0A or c == 0x20 or c == 0x09:
                words += length > 0
                longest = max(longest, length)
                length = 0
                if c == 0x0A:
                    first = line
                    while first < i and (data[first] == 0x20 or data[first] == 0x09):
                        first += 1
                    if words >= 3 and longest <= 1000 and _closes(data, first, i):
                        if lorem:
                            lorem_lines += 1
                        elif not script:
                            curly_lines += curly
                            if not policy:
                                kept += 1
                                sentences += _sentences(data, first, i)
                    line = i + 1
                    words = 0
                    longest = 0
                    curly = False
                    script = False
                    lorem = False
                    policy = False
            else:
                length += (c & 0xC0) != 0x80
                curly = curly or c == 0x7B
        row = counts[document]
        for category in range(3):
            row[category] = covered[category] if different[category] >= 3 else 0
        row[3] = covered[_LOST]
        row[4] = kept
        row[5] = sentences
        row[6] = curly_lines
        row[7] = lorem_lines


def count_phrases(texts: pa.Array) -> dict[str, np.ndarray]:
    """COUNTS as int64[n] each, for texts as corpus/normalize.py leaves them."""
    data, offsets = string_buffers(texts)
    counts = np.empty((len(offsets) - 1, len(COUNTS)), np.int64)
    heads, following, phrases, bounds, categories = _TABLE
    _count(data, offsets, heads, following, phrases, bounds, categories, counts)
    return dict(zip(COUNTS, counts.T, strict=True))
