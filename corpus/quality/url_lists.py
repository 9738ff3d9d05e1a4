"""Names and words by which URLs of Korean gambling and adult sites are known. Written for this project.

A page about gambling is not a page that sells it: a word of the topic counts only together with words of advertising,
and not together with a word of a report. The name of a site (a top-level domain, a compound in the host) counts alone;
casino, baccarat and toto alone are also names of a supermarket, a glassworks and a maker of basins.
"""

from typing import NamedTuple


class Trade(NamedTuple):
    """Words, with spaces between them."""

    domains: str  # top-level domains
    hosts: str  # anywhere in a label of the host, whose hyphens are not seen
    words: str  # of the topic: whole words, in Hangul also parts of words
    offers: str  # what only sellers write: topic and pitch in one


GAMBLING = Trade(
    "casino bet poker",
    "casinosite casinokorea koreacasino onlinecasino livecasino bestcasino topcasino casinobonus casinohub woricasino "
    "wooricasino uricasino evolutioncasino baccaratsite onlinebaccarat livebaccarat totosite sportstoto majortoto "
    "safetoto totosafe totokorea mttoto powerballsite powerballgame slotsite onlineslot slotonline holdemsite meoktwi "
    "muktui mukti bettingsite sportsbet",
    "casino casinos baccarat slots powerball holdem 카지노 바카라 슬롯머신 파워볼 홀덤 먹튀 안전놀이터 메이저놀이터 릴게임 "
    "바다이야기 경마 스포츠토토",
    "카지노사이트 카지노추천 온라인카지노 라이브카지노 우리카지노 바카라사이트 온라인바카라 토토사이트 토토추천 사설토토 안전토토 먹튀검증 "
    "먹튀사이트 메이저사이트 슬롯사이트 온라인슬롯 파워볼사이트 홀덤사이트 릴게임사이트",
)
ADULT = Trade(
    "xxx porn adult sex",
    "pornhub xvideos xhamster xnxx youporn redtube porntube freeporn pornsite pornvideo hdporn sexvideo freesex livesex "
    "yadong yasul chuljangshop chuljangmassage opguide bamalba livejasmin camgirl",
    "porn porno xxx hentai 야동 야설 섹스 섹파 비아그라 시알리스",
    "야동사이트 무료야동 야설모음 출장안마 출장마사지 출장샵 출장업소 출장만남 오피사이트 조건만남 비아그라구매 비아그라판매 시알리스구매",
)
PITCH = "bonus bonuses coupon freespin freespins promo signup jackpot 사이트 추천 검증 가입 쿠폰 보너스 순위 후기 무료 업체 구매 판매 할인 총판"
REPORT = "news 뉴스 기사 적발 검거 경찰 단속 구속 입건 송치 실형 징역 처벌 기소 재판 예방 중독 신고 근절 피해 규제 위키 논문 연구 역사 청소년"
