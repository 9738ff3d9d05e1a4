"""The words and phrases of spam pages and menus, and of the notices that C4 removes; written for this project."""

from collections.abc import Iterator

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
홈타이 로미로미 타이마사지 인샵 쩜오 텐카페 란제리룸 가라오케 노래방도우미 매니저초이스 성인영상 한국야동 일본야동 야동사이트 성인사이트 성인웹툰 만남어플 채팅어플 오프만남 원나잇 소개팅어플
출근부 와꾸 내상 애인모드 여성흥분제 프릴리지 구구정 골드비아그라 스패니쉬플라이 펜터민 디에타민 나비약 졸피뎀 식욕억제제 다이어트약 살빼는약 이소티논 센트립 카마그라 칙칙이 비그알엑스 스틸녹스 여성비아그라 사정지연 남성활력
언니들 대기|아가씨들 대기|초이스 무제한|픽업 가능|주대 할인|룸 예약|언니 대기|매니저 대기|관리사 대기|언니 라인업|라인업 언니|수질 관리|실사 프로필|출장 마사지|출장 안마|출장 업소|조건 만남|성인 용품|성인 영상|성인 사이트|유흥 업소|유흥 알바|애인 대행|낙태 약|다이어트 약|만남 어플|채팅 어플|여성 흥분제
porn|horny|hookup|hookups|local singles|meet singles|singles in your area|singles near you|dating site|sexy girls|hot girls|hot singles|sexy singles|adult dating|adult chat|adult webcam|webcam girls|live cams|free cams|xxx videos|xxx free|escort|escorts|nude|viagra|cialis|erotic|xanax|tramadol|ambien|adderall|phentermine|online pharmacy|russian girls
"""
PROMOTION = """
무직자대출 당일대출 소액대출 비상금대출 신용대출 연체자대출 대출상담 급전 개인돈 무서류 무방문 카드깡 휴대폰깡 내구제 작업대출 소액결제현금화 상품권현금화 현금화 당일입금
소액결제 정보이용료 리딩방 해외선물 대여계좌 레플리카 이미테이션 백링크 상위노출 흥신소 심부름센터 대포통장 증명서위조
월변 일수대출 사업자대출 직장인대출 개인회생자대출 대출나라 기대출과다자 신불자대출 추가대출 모바일대출 통장매입 통장임대 대여통장 핀번호 상품권매입 컬쳐랜드 해피머니
재택알바 재택부업 주부부업 고수익알바 단기고수익 수익인증 레플 짝퉁 미러급 명품레플 홍콩명품 무빙레플 급등주 급등주추천 상한가종목 무료카톡방 대여업체 로스컷 증거금지원 구독자구매 팔로워늘리기 조회수늘리기 좋아요늘리기 블로그대여 카페침투
대리시험 학위제작 하수구막힘 싱크대막힘 변기막힘 배관청소 누수탐지 포장이사 이삿짐센터 용달이사 원룸이사 인터넷가입 가입사은품 현금사은품 인터넷설치 장기렌트 가전내구제 중고차매입
급등 예상|수익 보장|손실 복구|통장 대여|통장을 대여|계좌 대여|요요 없이|요요 걱정|원본과 똑같|대리로 봐|재택 알바|재택 부업|주부 부업|고수익 알바|고수익 보장|수익 인증|부업 소개|무직자 대출|당일 대출|소액 대출|비상금 대출|연체자 대출|신용불량자 대출|사업자 대출|개인회생자 대출|개인회생 대출|대출 승인|기대출 과다자|소액 결제|주식 리딩|코인 리딩|대여 계좌|상위 노출|심부름 센터|홍콩 명품
증명서 위조|증명서 제작|팔로워 구매|팔로워 늘리기|구독자 구매|조회수 늘리기|좋아요 늘리기|통장 매입|통장을 매입|상품권 매입|상품권을 매입|문화상품권|휴대폰 결제|통장을 고가|대리 응시|급등주 추천|추천 종목|무료 카톡방|하수구 막힘|싱크대 막힘|포장 이사|인터넷 가입|현금 사은품|명품 레플|미러 제품|최상급 미러|미러 지갑|미러 가방|정품과 똑같|정품을 그대로|신불자|은행권 거절|개인회생 중|회생 중|폰테크|휴대폰 성지|중고차 매입
trading bot|daily profit|guaranteed profit|passive income|while you sleep|quit their jobs|melt fat|burn fat|lose weight fast|weight loss pills|free trial bottle|work from home|make money online|earn money|extra income|guaranteed approval|no paperwork|payday loan|payday loans|cash advance|bad credit|no credit check|instant approval|cheap|replica watches|replica bags|replica shoes|free shipping|buy now|click here|order now|apply now|best price|limited offer|seo services|backlinks|guest posts|get cash
"""
# Words of a page that wants to win customers. No such word means anything on its own: they count only together with the lists above.
PITCH = """
추천 업체 후기 예약 가입 보너스 이벤트 쿠폰 문의 상담 당일 즉시 입금 출금 환전 충전 안전한 안전하게 검증 정품 판매처 최저가 할인 무료배송 배송 순위 총정리 가이드 꿀팁 클릭 링크
텔레그램 텔레 카톡 카카오톡 실장 코스 적중 고배당 수익 회원님 정회원 고객센터 수수료 저렴 합리적인 비밀보장 만족 혜택 선착순 첫구매 지금바로 전문점 노하우 주의할점 최고의
최고가 연중무휴 무료견적 오픈채팅 퀄리티 직수입 직배송 수익률 누구나 부담 보장 전문가 매입 한도 후불 무통장 사은품 적립금 선지급 입장료 직통
지금 바로|무료 체험|무료 견적|비밀 보장|온라인 구매|구매하|구입하|구매 방법|고르는 법|고르는 방법|이용 방법|주의할 점|알아야 할|이용해 보|이용해보|확인하세요|확인하시|확인해 보|신청하|누려 보|만나 보|받아 보세요
전액 환불|추천인|소개비|무료 입장|주문하시|예약하시|돌려드|찍어 드|만들어 드|해 드립니다|해드립니다|보내 드|보내드|안내드|최저 금리|최저 이자|최저 수수료|비대면 계약|연락 주세요|전화 주세요|문의 주세요|문의하세요|환영합니다|가능합니다|가능하며|가능하니|무료로|알려 드|알려드|도와 드|도와드|빌려드|빌려 드|모십니다|들여옵|받아 가|서두르|인원 제한|바로 보내|팝니다|판매합니다|걱정하지 마|안심하|회원 가입|인증 후|새 주소
register free|register today|withdraw anytime|no experience required|spots are limited|limited slots|free trial|just pay shipping|today only|real money|cashback|apply online|apply today|limited time|act now|instant decision|satisfied customers|no credit card|join free|join today|join now|join thousands|sign up now|start now|best rates|best rate|instant withdrawals|instant withdrawal|discreet|sign up|bonus|best online|promo code|coupon|discount|no prescription|without prescription|buy online|order online|deposit|contact us|whatsapp|telegram|money back|happy customers|happy clients|guaranteed|wholesale|within minutes|join our|sign up today|for free
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
ALIKE = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"}  # signs that look like letters


def disguises(word: str) -> Iterator[str]:
    """A Latin word with one letter, every letter of a kind, or all of them as the sign that looks like it: cas1no.

    The first letter stays: words are looked for where a letter begins them. Words of fewer than five letters are left,
    because with a digit they are the names of products.
    """
    if not word.isascii() or len(word) < 5 or not word.replace(" ", "").isalpha():
        return
    places = [i for i, letter in enumerate(word) if i and letter in ALIKE]
    chosen = {(i,) for i in places} | {tuple(places)} if places else set()
    chosen |= {tuple(i for i in places if word[i] == letter) for letter in ALIKE} - {()}
    for some in sorted(chosen):
        yield "".join(ALIKE[letter] if i in some else letter for i, letter in enumerate(word))
