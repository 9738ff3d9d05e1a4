"""Counts of the phrases of spam pages, and of the lines that the C4 rules would keep, in one pass over the bytes.

A spam page is recognised by the share of its text that consists of a few dozen words, never by a single word: an
article about gambling names casinos now and then, a gambling page names little else. The lists were written for this
project. C4's rules (Raffel et al. 2020, section 2.2; datatrove's C4QualityFilter) remove lines; here the lines are only
counted. The places where a phrase can begin are found 64 bytes at a time; a table over the first four bytes excludes
most of them. About 800 MB/s a core.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numba import njit

from corpus.kernels.blocks import BLOCK, below, is_byte, latin_letters, ones
from corpus.kernels.hashing import bytes_between, load64, trailing_zeros
from corpus.kernels.utf8 import string_buffers

GAMBLING = """
카지노 바카라 토토 스포츠토토 토토사이트 카지노사이트 바카라사이트 온라인카지노 먹튀 먹튀검증 슬롯머신 슬롯사이트 꽁머니 첫충 가입코드 가입머니 롤링
룰렛 홀덤 파워볼 사다리게임 안전놀이터 메이저놀이터 놀이터추천 릴게임 바다이야기 블랙잭 배팅 베팅 입플 페이백 경마 마번 삼쌍승 삼복승 복연승 복승식 연승식 마권 경륜 경정
사설토토 사설사이트 메이저사이트 안전공원 파워사다리 키노사다리 스피드바카라 라이브바카라 우리카지노 에볼루션카지노 프라그마틱 카지노쿠폰 카지노커뮤니티 홀덤사이트 온라인홀덤 온라인바카라 온라인슬롯
무료스포츠중계 스포츠중계 해외배팅 콤프 루징 단폴 추천코드 가입쿠폰 첫충전 돌발충전 미니게임 승부예측 스포츠분석 졸업없는 토토추천 신규사이트 보증업체 보증금예치
슬롯 사이트|슬롯 게임|슬롯 머신|토토 사이트|사다리 게임|안전 놀이터|메이저 놀이터|메이저 사이트|릴 게임|가입 코드|가입 머니|승부 예측|스포츠 픽|분석 픽|온라인 바카라|온라인 슬롯|먹튀 없는|사설 사이트|안전 공원|무료 스핀|시스템 배팅|시스템 베팅|시스템배팅|중국점|마틴게일|연패 지원|스포츠 중계
casino|casinos|slots|roulette|blackjack|poker|free spins|no deposit bonus|casino bonus|jackpot|sportsbook|betting|baccarat
"""
ADULT = """
야동 섹스 포르노 음란 출장마사지 출장안마 출장샵 조건만남 오피 오피걸 오피사이트 키스방 룸살롱 룸싸롱 풀싸롱 풀살롱 셔츠룸 레깅스룸 하이퍼블릭 안마방 립카페 휴게텔
건마 스웨디시 애인대행 콜걸 성인용품 비아그라 시알리스 레비트라 팔팔정 발기부전 조루 최음제 흥분제 정력제 물뽕 미프진 낙태약 폰섹 유흥 유흥알바 밤알바 호빠
홈타이 로미로미 타이마사지 1인샵 쩜오 텐카페 란제리룸 가라오케 노래방도우미 매니저초이스 성인영상 한국야동 일본야동 야동사이트 성인사이트 성인웹툰 만남어플 채팅어플 오프만남 원나잇 소개팅어플
여성흥분제 프릴리지 구구정 골드비아그라 스패니쉬플라이 펜터민 디에타민 나비약 졸피뎀 식욕억제제 다이어트약 살빼는약 이소티논 센트립 카마그라 칙칙이 비그알엑스 스틸녹스 여성비아그라 사정지연 남성활력
출장 마사지|출장 안마|출장 업소|조건 만남|성인 용품|성인 영상|성인 사이트|유흥 업소|유흥 알바|애인 대행|낙태 약|다이어트 약|만남 어플|채팅 어플|여성 흥분제
porn|sexy girls|hot girls|hot singles|sexy singles|adult dating|adult chat|adult webcam|webcam girls|live cams|free cams|xxx videos|xxx free|escort|escorts|nude|viagra|cialis|erotic|xanax|tramadol|ambien|adderall|phentermine|online pharmacy|russian girls
"""
PROMOTION = """
무직자대출 당일대출 소액대출 비상금대출 신용대출 연체자대출 대출상담 급전 개인돈 무서류 무방문 카드깡 휴대폰깡 내구제 작업대출 소액결제현금화 상품권현금화 현금화 당일입금
소액결제 정보이용료 리딩방 해외선물 대여계좌 레플리카 이미테이션 백링크 상위노출 흥신소 심부름센터 대포통장 증명서위조
월변 일수대출 사업자대출 직장인대출 개인회생자대출 대출나라 기대출과다자 신불자대출 추가대출 모바일대출 통장매입 통장임대 대여통장 핀번호 상품권매입 컬쳐랜드 해피머니
레플 짝퉁 미러급 명품레플 홍콩명품 무빙레플 급등주 급등주추천 상한가종목 무료카톡방 대여업체 로스컷 증거금지원 구독자구매 팔로워늘리기 조회수늘리기 좋아요늘리기 블로그대여 카페침투
대리시험 학위제작 하수구막힘 싱크대막힘 변기막힘 배관청소 누수탐지 포장이사 이삿짐센터 용달이사 원룸이사 인터넷가입 가입사은품 현금사은품 인터넷설치 장기렌트 가전내구제 중고차매입
무직자 대출|당일 대출|소액 대출|비상금 대출|연체자 대출|신용불량자 대출|사업자 대출|개인회생자 대출|개인회생 대출|대출 승인|기대출 과다자|소액 결제|주식 리딩|코인 리딩|대여 계좌|상위 노출|심부름 센터|홍콩 명품
증명서 위조|증명서 제작|팔로워 구매|팔로워 늘리기|구독자 구매|조회수 늘리기|좋아요 늘리기|통장 매입|통장을 매입|상품권 매입|상품권을 매입|문화상품권|휴대폰 결제|통장을 고가|대리 응시|급등주 추천|추천 종목|무료 카톡방|하수구 막힘|싱크대 막힘|포장 이사|인터넷 가입|현금 사은품|명품 레플|미러 제품|최상급 미러|미러 지갑|미러 가방|정품과 똑같|정품을 그대로|신불자|은행권 거절|개인회생 중|회생 중|폰테크|휴대폰 성지|중고차 매입
payday loan|payday loans|cash advance|bad credit|no credit check|instant approval|cheap|replica watches|replica bags|replica shoes|free shipping|buy now|click here|order now|apply now|best price|limited offer|seo services|backlinks|guest posts|get cash
"""
# Words of a page that wants to win customers. No such word means anything on its own: they count only together with the lists above.
PITCH = """
추천 업체 후기 예약 가입 보너스 이벤트 쿠폰 문의 상담 당일 즉시 입금 출금 환전 충전 안전한 안전하게 검증 정품 판매처 최저가 할인 무료배송 배송 순위 총정리 가이드 꿀팁 클릭 링크
텔레그램 텔레 카톡 카카오톡 실장 코스 적중 고배당 수익 회원님 정회원 고객센터 수수료 저렴 합리적인 비밀보장 만족 혜택 선착순 첫구매 지금바로 전문점 노하우 주의할점 최고의
최고가 연중무휴 무료견적 오픈채팅 퀄리티 직수입 직배송 수익률 누구나 부담 보장 전문가 매입 한도 후불 무통장
지금 바로|무료 체험|무료 견적|비밀 보장|온라인 구매|구매하|구입하|구매 방법|고르는 법|고르는 방법|이용 방법|주의할 점|알아야 할|이용해 보|이용해보|확인하세요|확인하시|확인해 보|신청하|누려 보|만나 보|받아 보세요
해 드립니다|해드립니다|보내 드|보내드|안내드|최저 금리|최저 이자|최저 수수료|비대면 계약|연락 주세요|전화 주세요|문의 주세요|문의하세요|환영합니다|가능합니다|가능하며|가능하니|무료로|알려 드|알려드|도와 드|도와드|빌려드|빌려 드|모십니다|들여옵|받아 가|서두르|인원 제한|바로 보내|팝니다|판매합니다|걱정하지 마|안심하|24시간|회원 가입|인증 후|새 주소
sign up|bonus|best online|promo code|coupon|discount|no prescription|without prescription|buy online|order online|deposit|contact us|whatsapp|telegram|money back|happy customers|happy clients|guaranteed|wholesale|within minutes|join our|sign up today|for free
"""
# Words of texts about these subjects: reports, laws, petitions, medicine.
REPORT = """
경찰 검찰 검거 혐의 구속 기소 단속 처벌 수사 징역 벌금 법원 재판 판결 범죄 국회 정부 청원 장관 위원회 중독 예방 치료 환자 연구 논문 법률 조항 개정 시행령 협박 피해자 신고 사건 역사 세기 설립 개최
당국 세관 소비자원 진흥원 밝혔다 말했다 설명했다 한다고 늘고 기자 지난해 주민
제1항|제1조|제2조|police|arrested|court|laws|lawsuit|study|patients|treatment|addiction|century|history|government
"""
# Words of menus.
NAVIGATION = """
로그인 로그아웃 회원가입 장바구니 주문조회 배송조회 마이페이지 관심상품 공지사항 이용약관 개인정보처리방침 개인정보취급방침 사이트맵 전체보기 카테고리 조회수 추천수 작성자 글쓴이 최근글 최근댓글 방명록 바로가기 더보기
이전글 다음글 목록보기 즐겨찾기 회사소개 제휴문의 광고문의 채용정보 찾아오시는길 오시는길 신상품 베스트상품 인기상품 자유게시판 게시판 게시물 태그 글쓰기 댓글쓰기 방문자수 검색결과 비밀번호찾기 아이디찾기 뉴스레터 이메일무단수집거부 언어선택 관리자
최근 글|인기 글|최근 댓글|전체 방문자|분류 전체보기|찾아오시는 길|비밀번호 찾기|아이디 찾기|개인정보 처리방침|회사 소개|목록 보기|이전 글|다음 글|등록일|작성일|첨부파일|고객지원
log in|login|sign in|my account|checkout|wishlist|shopping cart|sitemap|site map|terms of service|about us|read more|track order|gift cards|new arrivals|best sellers|size guide|store locator|careers|newsletter
"""
NEUTRAL = "토토로 오피스 오피니언 오피셜 오피서 오피아 오피움 롤링스톤 카지노프 소프트웨어정품 신용대출금리"  # contain a word of the lists and mean something else
# These may be inside a word: _beginnings looks for their first two letters.
SCRIPT, LOREM, POLICY = (
    "javascript",
    "lorem ipsum",
    "terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies",
)
LOST = "占쏙옙|占쏙|쏙옙|뷁뷁|ï¿½"  # Hangul after two wrong decodings
_CATEGORIES = (GAMBLING, ADULT, PROMOTION, PITCH, REPORT, NAVIGATION, NEUTRAL, SCRIPT, LOREM, POLICY, LOST)
_GAMBLING, _ADULT, _PROMOTION, _PITCH, _REPORT, _NAVIGATION, _NEUTRAL, _SCRIPT, _LOREM, _POLICY, _LOST = range(
    len(_CATEGORIES)
)
DIFFERENT = 3  # a list counts only if at least so many of its phrases occur

COUNTS = (
    "gambling",  # characters of the page in words of the list, if three different ones occur
    "adult",
    "promotion",
    "solicitation",  # the lesser of characters in these three lists and in PITCH, if three pitches differ, less those in REPORT
    "navigation",  # characters in words of menus, if three different ones occur
    "lost",  # characters of 占쏙옙 and the like
    "c4_lines",  # lines that C4 keeps: closed by terminal punctuation, of three words or more, without cookie notices
    "c4_sentences",  # sentences in them
    "curly_lines",  # of these lines, before the notices are taken out: with "{"
    "lorem_lines",
)
TOPIC, SOLICITATION, MENU, LOST_CHARACTERS, C4_LINES, C4_SENTENCES, CURLY_LINES, LOREM_LINES = (
    0,
    *range(3, len(COUNTS)),
)  # columns of a row


def _phrases() -> Iterator[tuple[int, bytes]]:
    for category, listed in enumerate(_CATEGORIES):
        for line in listed.strip().split("\n"):
            words = line.split("|") if "|" in line or category in (_SCRIPT, _LOREM) else line.split()
            yield from ((category, word.encode()) for word in words)


def _key(head: bytes) -> int:
    return (int.from_bytes(head[:4], "little") * 2654435761 & 0xFFFFFFFF) >> 16


def _table() -> tuple[np.ndarray, ...]:
    """Phrases with a common key as chains, the longest first: heads, a bit for each head, following, bytes, offsets,
    categories."""
    phrases = sorted(_phrases(), key=lambda phrase: len(phrase[1]))
    heads, following = np.full(1 << 16, -1, np.int16), np.empty(len(phrases), np.int16)
    for index, (_, phrase) in enumerate(phrases):
        assert len(phrase) >= 4, phrase
        following[index] = heads[_key(phrase)]
        heads[_key(phrase)] = index
    data = np.frombuffer(b"".join(phrase for _, phrase in phrases), np.uint8)
    offsets = np.cumsum([0, *(len(phrase) for _, phrase in phrases)], dtype=np.int64)
    bits = np.packbits(heads >= 0, bitorder="little")  # 8 kB stay in the first cache
    return heads, bits, following, data, offsets, np.array([category for category, _ in phrases], np.uint8)


_TABLE = _table()


@njit
def _is_letter(byte):
    return ((byte | 0x20) >= 0x61) and ((byte | 0x20) <= 0x7A)


@njit
def _folded(byte):
    return byte | np.uint8(0x20) if (byte >= 0x41) and (byte <= 0x5A) else byte


@njit
def _find(data, i, start, end, index, following, phrases, bounds, categories):
    """The longest phrase of the chain that is at byte i, or -1.

    Latin phrases of the spam lists must be whole words.
    """
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
def _behind_separators(data, i, end):
    """Where the syllable begins that one or two signs or spaces separate from what ends at i; -1 if there is none."""
    for _ in range(2):
        if i >= end:
            return -1
        byte = data[i]
        if byte == 0xC2 and i + 1 < end and data[i + 1] == 0xB7:  # ·
            i += 2
        elif byte < 0x20 or byte >= 0x7F or _is_letter(byte) or (byte >= 0x30 and byte <= 0x39):
            return -1
        else:
            i += 1
        if i < end and data[i] >= 0xEA and data[i] <= 0xED:
            return i
    return -1


@njit
def _find_apart(data, i, end, heads, following, phrases, bounds, categories):
    """(phrase, where it ends) of the longest one that stands at byte i with a separator between all its syllables, or
    (-1, i): 바.카.라. Two syllables with a space between them are two words."""
    second = _behind_separators(data, i + 3, end)
    if second < 0:
        return -1, i
    window = np.uint32(data[i]) | np.uint32(data[i + 1]) << np.uint32(8)
    window |= np.uint32(data[i + 2]) << np.uint32(16) | np.uint32(data[second]) << np.uint32(24)
    index = heads[np.uint32(window * np.uint32(2654435761)) >> np.uint32(16)]
    while index >= 0:
        j = i
        syllables = 0
        spaced = False
        same = categories[index] < _SCRIPT
        k = bounds[index]
        while same and k < bounds[index + 1]:
            if phrases[k] == 0x20:
                k += 1
                continue
            if syllables:
                spaced = spaced or data[j] == 0x20
                j = _behind_separators(data, j, end)
            same = j >= 0 and j + 3 <= end and phrases[k] >= 0x80
            for n in range(3):
                same = same and data[j + n] == phrases[k + n]
            j += 3
            k += 3
            syllables += 1
        if same and (syllables > 2 or not spaced):
            return index, j
        index = following[index]
    return -1, i


@njit
def _citation(data, start, end):
    """The end of the line without the Wikipedia citation marks there: [12], [], [edit], [citation needed]."""
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
def _stops(data, i, end):
    """The bits of . ? ! from byte i on, and how many bytes they cover."""
    if i + BLOCK <= data.shape[0]:
        width = min(BLOCK, end - i)
        return (is_byte(data, i, 0x2E) | is_byte(data, i, 0x3F) | is_byte(data, i, 0x21)) & below(width), width
    return np.uint64(data[i] == 0x2E or data[i] == 0x3F or data[i] == 0x21), np.int64(1)


@njit
def _sentences(data, start, end):
    """Sentence ends: terminal punctuation, closing marks, then white space and no small letter; at least one."""
    n = 1
    i = start
    free = start  # the bytes before belong to an end already counted
    while i < end:
        stops, width = _stops(data, i, end)
        while stops:
            at = i + trailing_zeros(stops)
            stops &= stops - np.uint64(1)
            if at >= free:
                c = data[at]
                free = at + 1
                while free < end and (
                    data[free] == 0x22
                    or data[free] == 0x27
                    or data[free] == 0x29
                    or data[free] == 0x5D
                    or data[free] == c
                ):
                    free += 1
                if free + 1 < end and data[free] == 0x20 and not (data[free + 1] >= 0x61 and data[free + 1] <= 0x7A):
                    n += 1
        i += width
    return n


@njit
def _either(data, i, letter):
    """Bits of the bytes that are this small letter or its capital."""
    return is_byte(data, i, letter) | is_byte(data, i, letter - 0x20)


@njit
def _beginnings(data, i, start):
    """Where a phrase could begin: Latin words; the inner phrases' first two letters; Hangul, 占 and ï.

    Reads 65 bytes.
    """
    latin = latin_letters(data, i)
    before = np.uint64(i > start and _is_letter(data[i - 1]))
    inner = (
        (_either(data, i, 0x6A) & _either(data, i + 1, 0x61))  # ja
        | (_either(data, i, 0x6C) & _either(data, i + 1, 0x6F))  # lo
        | (_either(data, i, 0x74) & _either(data, i + 1, 0x65))  # te
        | (_either(data, i, 0x70) & _either(data, i + 1, 0x72))  # pr
        | (_either(data, i, 0x63) & _either(data, i + 1, 0x6F))  # co
        | (_either(data, i, 0x75) & _either(data, i + 1, 0x73))  # us
    )
    others = bytes_between(data, i, 0xEA, 0xED) | is_byte(data, i, 0xE5) | is_byte(data, i, 0xC3)
    return (latin & ~(latin << np.uint64(1) | before)) | inner | others


@njit
def _longest_word(data, start, end):
    """Characters of the longest word between spaces and tabs."""
    longest = 0
    length = 0
    for i in range(start, end):
        if data[i] == 0x20 or data[i] == 0x09:
            length = 0
        else:
            length += (data[i] & 0xC0) != 0x80
            longest = max(longest, length)
    return longest


@njit
def _take_line(data, start, end, words, curly, found, row):
    """Count a line of `words` words; `found` has the bits of the categories of its phrases."""
    first = start
    while first < end and (data[first] == 0x20 or data[first] == 0x09):
        first += 1
    if words < 3 or not _closes(data, first, end) or (end - start > 1000 and _longest_word(data, start, end) > 1000):
        return
    if found & (1 << _LOREM):
        row[LOREM_LINES] += 1
    elif not found & (1 << _SCRIPT):
        row[CURLY_LINES] += curly
        if not found & (1 << _POLICY):
            row[C4_LINES] += 1
            row[C4_SENTENCES] += _sentences(data, first, end)


@njit(cache=True, nogil=True)
def _count(data, offsets, heads, bits, following, phrases, bounds, categories, counts):
    seen = np.zeros(categories.shape[0], np.int64)  # the last document (from 1) that had the phrase
    covered = np.empty(len(_CATEGORIES), np.int64)
    different = np.empty(len(_CATEGORIES), np.int64)
    for document in range(offsets.shape[0] - 1):
        row = counts[document]
        row[:] = 0
        covered[:] = 0
        different[:] = 0
        start = offsets[document]
        end = offsets[document + 1]
        line = start
        words = 0
        curly = False
        found = 0  # categories in the line, as bits
        free = start  # phrases begin here or later
        i = start
        while i < end:
            if i + BLOCK < data.shape[0]:
                width = min(BLOCK, end - i)
                newlines = is_byte(data, i, 0x0A) & below(width)
                letters = ~(newlines | is_byte(data, i, 0x20) | is_byte(data, i, 0x09)) & below(width)
                braces = is_byte(data, i, 0x7B) & below(width)
                beginnings = _beginnings(data, i, start) & below(width)
            else:  # the last bytes of a batch
                width = 1
                c = data[i]
                newlines = np.uint64(c == 0x0A)
                letters = np.uint64(c != 0x0A and c != 0x20 and c != 0x09)
                braces = np.uint64(c == 0x7B)
                beginnings = np.uint64((c & 0xC0) != 0x80)
            c = data[i - 1] if i > start else np.uint8(0x0A)
            outside = c == 0x0A or c == 0x20 or c == 0x09
            first = letters & ~(letters << np.uint64(1) | np.uint64(not outside))
            while True:
                # The line's bits in this block; all the rest if the line continues in the next block.
                before = newlines ^ (newlines - np.uint64(1)) if newlines else below(64)
                here = beginnings & before
                while here:
                    at = i + trailing_zeros(here)
                    here &= here - np.uint64(1)
                    if at < free:
                        continue
                    if at + 8 <= data.shape[0]:
                        window = np.uint32(load64(data, at) & np.uint64(0xFFFFFFFF))
                    else:
                        window = np.uint32(0)
                        for j in range(at, min(at + 4, end)):
                            window |= np.uint32(data[j]) << np.uint32(8 * (j - at))
                    if data[at] < 0x80:  # a phrase that begins with another byte has no ASCII in its first four bytes
                        window |= np.uint32(
                            0x20202020
                        )  # to small letters; no phrase contains the other bytes that this changes
                    key = np.uint32(window * np.uint32(2654435761)) >> np.uint32(16)  # Numba's product has 64 bits
                    phrase = -1
                    stop = at
                    if (bits[key >> np.uint32(3)] >> np.uint8(key & np.uint32(7))) & np.uint8(1):
                        phrase = _find(data, at, start, end, heads[key], following, phrases, bounds, categories)
                        stop = at + bounds[phrase + 1] - bounds[phrase] if phrase >= 0 else at
                    if phrase < 0 and data[at] >= 0xEA and data[at] <= 0xED and at + 6 < end:
                        alone = at == start or data[at - 1] < 0x80  # a syllable that no other touches
                        if alone and (data[at + 3] < 0x7F or data[at + 3] == 0xC2):
                            phrase, stop = _find_apart(data, at, end, heads, following, phrases, bounds, categories)
                    if phrase >= 0:
                        kind = np.int64(categories[phrase])
                        found |= 1 << kind  # type: ignore[assignment]  # Numba has one integer
                        free = stop
                        for j in range(at, free):
                            covered[kind] += (data[j] & 0xC0) != 0x80
                        if seen[phrase] != document + 1:
                            seen[phrase] = document + 1
                            different[kind] += 1
                words += ones(first & before)
                curly = curly or (braces & before) != 0
                if not newlines:
                    break
                stop = i + trailing_zeros(newlines)
                _take_line(data, line, stop, words, curly, found, row)
                line = stop + 1
                words = 0
                curly = False
                found = 0
                beginnings &= ~before
                first &= ~before
                braces &= ~before
                newlines &= newlines - np.uint64(1)
            i += width
        _take_line(data, line, end, words, curly, found, row)
        topics = 0
        for category in range(_PITCH):
            row[TOPIC + category] = covered[category] if different[category] >= DIFFERENT else 0
            topics += covered[category]
        if different[_PITCH] >= DIFFERENT:
            row[SOLICITATION] = max(0, min(topics, covered[_PITCH]) - covered[_REPORT])
        if different[_NAVIGATION] >= DIFFERENT:
            row[MENU] = covered[_NAVIGATION]
        row[LOST_CHARACTERS] = covered[_LOST]


def count_phrases(texts: pa.Array) -> dict[str, np.ndarray]:
    """COUNTS as int64[n] each, for texts as corpus/cleaning/normalize.py leaves them."""
    data, offsets = string_buffers(texts)
    counts = np.empty((len(offsets) - 1, len(COUNTS)), np.int64)
    _count(data, offsets, *_TABLE, counts)  # type: ignore[call-arg]  # a tuple of six arrays
    return dict(zip(COUNTS, counts.T, strict=True))
