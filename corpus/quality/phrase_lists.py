"""The words and phrases of spam pages and menus, and of the notices that C4 removes; written for this project.

Three lists name what spam sells. Their words are of two kinds: those that honest texts use too (카지노, 소액결제,
비아그라), and those of the trade itself (TRADE), by which almost nobody else names these things (카지노사이트,
소액결제 현금화, 비아그라 구매). The first kind means something beside words of advertising, the second kind alone.
"""

from collections.abc import Iterator

# Words of the trade: who writes one of them again and again offers the thing, or writes a guide that leads to the offer.
_GAMBLING_TRADE = """
카지노사이트 바카라사이트 온라인카지노 토토사이트 사설토토 먹튀검증 먹튀사이트 먹튀업체 먹튀없는 슬롯사이트 슬롯머신사이트 안전놀이터 메이저놀이터 메이저사이트 안전공원 보증업체 검증업체 꽁머니 가입머니 카지노커뮤니티 카지노쿠폰
온라인바카라 온라인슬롯 무료슬롯 온라인홀덤 홀덤사이트 파워볼사이트 파워볼게임 경마사이트 온라인경마 인터넷경마 사설경마 경마예상지 경마베팅 경마배팅 경마배당 마권구매 경마커뮤니티 경륜사이트 라이브카지노 라이브바카라 우리카지노 에볼루션카지노 토토추천 놀이터추천 스포츠토토사이트 릴게임 릴게임사이트 해외배팅 해외베팅 베팅사이트 배팅사이트 사다리사이트
카지노 사이트|바카라 사이트|온라인 카지노|라이브 카지노|토토 사이트|사설 토토|먹튀 검증|먹튀 사이트|먹튀 방지|먹튀 예방|먹튀 피해|먹튀 없는|먹튀 이력|먹튀 위험|슬롯 사이트|온라인 슬롯|온라인 바카라|온라인 홀덤|홀덤 사이트|파워볼 사이트|파워볼 게임|경마 사이트|온라인 경마|인터넷 경마|경마 예상지|온라인 베팅|경마 베팅|경마 배팅|경마 배당률|경마 전략|실전 베팅|실전베팅|베팅 사이트|배팅 사이트|베팅 플랫폼|카지노 플랫폼|토토 플랫폼|안전 놀이터|메이저 놀이터|메이저 사이트|스포츠 베팅 사이트|스포츠 토토 사이트|책임 있는 베팅|책임 있는 도박|책임도박|카지노 보너스|카지노 추천|토토 추천|슬롯 추천|릴 게임|무료 슬롯
casino site|casino sites|casino bonus|casino bonuses|casino games|free spins|free spin|no deposit bonus|no deposit bonuses|slot games|online slots|slot sites|slot machines online|wagering requirement|wagering requirements|welcome bonus|real money casino|real money casinos|live dealer|live casino|mobile casino|casino app
"""
_ADULT_TRADE = """
홈타이 출장마사지 출장안마 출장샵 출장홈타이 출장타이 출장스웨디시 휴게텔 건마 키스방 안마방 립카페 오피사이트 오피걸 오피스타 조건만남 애인대행 유흥알바 룸알바 밤알바 노래방알바 유흥사이트 룸싸롱 룸살롱알바 셔츠룸 레깅스룸 하이퍼블릭 텐카페 쩜오 가라오케추천 마사지사이트 마사지추천 야동사이트 성인사이트 성인영상사이트 비아그라구매 비아그라구입 비아그라판매 비아그라직구 비아그라사이트 비아그라약국 비아그라가격 시알리스구매 시알리스구입 시알리스판매 정품비아그라 정품시알리스 비아마켓 미프진구매 여성흥분제 물뽕 수면제구매
출장 마사지|출장 안마|출장 홈타이|출장 스웨디시|홈 타이|야동 사이트|성인 사이트|유흥 알바|룸 알바|밤 알바|오피 사이트|조건 만남|애인 대행|비아그라 구매|비아그라 구입|비아그라 판매|비아그라 직구|비아그라 가격|비아그라 사이트|비아그라 온라인|비아그라 약국|비아그라 복용법|온라인 비아그라|정품 비아그라|시알리스 구매|시알리스 구입|시알리스 판매|시알리스 가격|시알리스 온라인|정품 시알리스|레비트라 구매|레비트라 구입|발기부전 약 구매|발기부전제 구매|미프진 구매|미프진 구입|여성 흥분제|수면제 구매|졸피뎀 구매
buy viagra|order viagra|cheap viagra|generic viagra|viagra online|viagra for sale|buy cialis|cheap cialis|generic cialis|cialis online|canadian pharmacy|buy tramadol|buy xanax|buy modafinil|buy ambien|without a prescription|male enhancement pills|male enhancement|escort service|escort services|escorts in
스웨디시 추천|스웨디시 후기|스웨디시 예약|스웨디시 코스|스웨디시 전문|스웨디시 업체|스웨디시 샵|스웨디시 알바|스웨디시 관리|스웨디시 다녀온|비아그라를 구매|비아그라를 구입|비아그라를 처방 없이|비아그라 처방 없이|시알리스를 구매|시알리스를 구입
"""
_PROMOTION_TRADE = """
소액결제현금화 정보이용료현금화 콘텐츠이용료현금화 컨텐츠이용료현금화 휴대폰결제현금화 핸드폰소액결제 휴대폰소액결제현금화 신용카드현금화 카드현금화 신카현금화 상품권현금화 상품권매입 상품권매매 결제현금화 소액결제미납 정책풀기 소액결제정책 카드깡 휴대폰깡 핸드폰깡 콘텐츠깡 현금화업체
무직자대출 연체자대출 신불자대출 무서류대출 당일대출 급전대출 개인돈 개인돈대출 월변 월변대출 일수대출 내구제 내구제대출 가전내구제 휴대폰내구제 핸드폰내구제 폰테크 작업대출 박스폰 대여계좌 미니계좌 대여업체 선물대여계좌 해선대여계좌 해외선물대여계좌 해외선물업체 해선업체
레플리카사이트 레플리카쇼핑몰 명품레플리카 레플리카시계 레플리카가방 홍콩명품 미러급 명품레플 짝퉁사이트 백링크구매 백링크작업 백링크업체 백링크대행 구글백링크 팔로워구매 팔로워늘리기 인스타팔로워 좋아요구매 좋아요늘리기 구독자구매 구독자늘리기 조회수늘리기 인스타그램팔로워 유튜브구독자 상위노출업체 흥신소비용 흥신소추천 심부름센터비용 불륜증거 외도증거 학위위조 학위제작 졸업증명서위조 증명서위조 증명서제작 논문대필 논문대행 과제대행 레포트대행
하수구막힘 싱크대막힘 변기막힘 하수구뚫음 하수구뚫는 변기뚫음 싱크대뚫음 하수구역류 누수탐지업체 배관청소업체 인터넷가입사은품 인터넷설치 인터넷티비결합 인터넷현금지원 토렌트사이트 토렌트순위 웹툰사이트 무료웹툰사이트 웹툰미리보기사이트 누누티비 링크모음 주소모음 작명소추천 신점추천 점집추천 용한점집 사주잘보는곳 다이어트한약 다이어트보조제추천 식욕억제제추천 다이어트약추천 뱃살빼는약
소액결제 현금화|소액결제 현금|정보이용료 현금|콘텐츠이용료 현금|콘텐츠 이용료 현금|미납 소액결제|소액결제 뚫|정보이용료 현금화|정보 이용료 현금화|콘텐츠이용료 현금화|콘텐츠 이용료 현금화|휴대폰 결제 현금화|휴대폰 소액결제 현금화|신용카드 현금화|카드 현금화|상품권 현금화|상품권 매입|소액결제 미납|소액결제 정책|현금화 업체|현금화 서비스|현금화 방법|현금화 사이트|현금화 수수료|무직자 대출|연체자 대출|신불자 대출|무서류 대출|급전 대출|일수 대출|개인돈 대출|휴대폰 내구제|가전 내구제|핸드폰 내구제|대여 계좌|미니 계좌|대여계좌 업체|해외선물 대여|해외선물 업체|해외선물 사이트|실체결 업체|실체결 대여
레플리카 사이트|레플리카 쇼핑몰|레플리카 시계|레플리카 가방|레플리카 명품|레플리카 구매|명품 레플리카|명품 레플|미러급 레플리카|최상급 레플리카|홍콩 명품|백링크 구매|백링크 작업|백링크 업체|백링크 대행|백링크 서비스|백링크 구축|고품질 백링크|팔로워 구매|팔로워 늘리기|인스타 팔로워|좋아요 구매|좋아요 늘리기|구독자 구매|구독자 늘리기|조회수 늘리기|조회수 구매|상위 노출 업체|상위노출 업체|흥신소 비용|흥신소 의뢰|흥신소 추천|심부름센터 비용|심부름센터 의뢰|탐정사무소 비용|불륜 증거|외도 증거|외도 조사|학위 위조|학위 제작|졸업증명서 위조|졸업증명서 제작|증명서 제작|논문 대필|논문 대행|과제 대행|레포트 대행|리포트 대행
하수구 뚫음|하수구 뚫는 업체|싱크대 뚫음|변기 뚫음|하수구 막힘 업체|하수구 전문 업체|누수탐지 업체|누수 탐지 업체|배관 청소 업체|인터넷 가입 사은품|인터넷가입 사은품|인터넷 가입 현금|인터넷 현금|인터넷 설치 현금|토렌트 사이트|토렌트 순위|무료 웹툰 사이트|웹툰 무료보기|웹툰 무료 보기|웹툰 미리보기 사이트|작명소 추천|작명 잘하는 곳|신점 추천|점집 추천|용한 점집|용한 무당|사주 잘 보는 곳|사주 잘보는 곳|다이어트 한약 추천|다이어트 보조제 추천|다이어트약 추천|식욕억제제 추천|다이어트 환
essay writing service|essay writing services|essay writing company|essay service|essay services|essay writers|essay writer service|write my essay|write my paper|do my homework|do my essay|buy essay|buy essays|buy an essay|custom essay|custom essays|custom papers|paper writing service|paper writing services|dissertation writing service|dissertation services|thesis writing service|instant payday loan|instant payday loans|online payday loan|online payday loans|payday loan online|payday loans online|payday loan lenders|payday loans for|payday lenders online|bad credit loan|bad credit loans|bad credit payday|loans for bad credit|no credit check|credit check loans|no credit check loans|guaranteed approval|buy backlinks|buy followers|instagram followers|replica watches|replica handbags|replica rolex|fake diploma|fake diplomas|buy diploma|weight loss pills|keto pills
payday loans for bad credit|payday loan with bad credit
"""
# A place joined to a service, as the address lines of pages that a program writes for each town (대구흥신소, 강남오피).
PLACES = """
서울 부산 대구 인천 광주 대전 울산 세종 경기 수원 성남 용인 안양 안산 부천 고양 일산 분당 평택 의정부 시흥 파주 김포 화성 동탄 구리 남양주 하남 군포 오산 이천 청주 천안 아산 전주 군산 익산 목포
여수 순천 포항 구미 경주 창원 김해 진주 제주 춘천 원주 강릉 강남 강북 서초 송파 잠실 강동 강서 양천 마포 홍대 신촌 신림 노원 종로 구로 영등포 선릉 역삼 해운대 서면 유성 상무 충장로
"""
_ADULT_SERVICES = "오피 휴게텔 건마 스웨디시 마사지 안마 출장 홈타이 키스방 룸싸롱 룸살롱 가라오케 하이퍼블릭 셔츠룸 쩜오 호빠 유흥 밤문화 노래방알바"
_LOCAL_SERVICES = """
흥신소 탐정 심부름센터 하수구 변기막힘 싱크대막힘 배관막힘 누수 포장이사 용달 이삿짐 입주청소 이사청소 에어컨청소 폐차 중고차매입 급전 일수 개인돈 대출 상품권 소액결제 카드깡 명품매입 금매입 철거 인테리어필름
"""


def _joined(services: str) -> str:
    return " ".join(place + service for place in PLACES.split() for service in services.split())


_ADULT_TRADE += "여성알바 여자알바 업소알바 노래방도우미알바 " + _joined(_ADULT_SERVICES)
_PROMOTION_TRADE += "신용카드상품권 " + _joined(_LOCAL_SERVICES)
GAMBLING = f"""
카지노 바카라 토토 스포츠토토 먹튀 슬롯머신 첫충 가입코드 롤링
룰렛 홀덤 파워볼 사다리게임 블랙잭 배팅 베팅 입플 페이백 경마 마번 삼쌍승 삼복승 복연승 복승식 연승식 마권 경륜 경정
사설사이트 파워사다리 키노사다리 스피드바카라 프라그마틱
무료스포츠중계 스포츠중계 콤프 루징 단폴 추천코드 가입쿠폰 첫충전 돌발충전 미니게임 승부예측 스포츠분석 졸업없는 신규사이트 보증금예치
슬롯 게임|슬롯 머신|사다리 게임|가입 코드|가입 머니|승부 예측|스포츠 픽|분석 픽|사설 사이트|안전 공원|무료 스핀|시스템 배팅|시스템 베팅|시스템배팅|중국점|마틴게일|연패 지원|스포츠 중계
casino|casinos|slots|roulette|blackjack|poker|jackpot|sportsbook|betting|baccarat
{_GAMBLING_TRADE.strip()}
바다이야기|pragmatic play|netent|ecogra|itech labs|ukgc|pagcor|curacao|microgaming|evolution gaming|쿠라카오|퀴라소|큐라소
online casino|online casinos|online gambling|online betting|betting sites|sportsbooks
"""
ADULT = f"""
야동 섹스 포르노 음란 오피 룸살롱 풀싸롱 풀살롱
콜걸 성인용품 비아그라 시알리스 레비트라 팔팔정 발기부전 조루 최음제 흥분제 정력제 미프진 낙태약 폰섹 유흥 호빠
타이마사지 인샵 란제리룸 가라오케 노래방도우미 매니저초이스 성인영상 한국야동 일본야동 성인웹툰 만남어플 채팅어플 오프만남 원나잇 소개팅어플
출근부 와꾸 내상 애인모드 프릴리지 구구정 골드비아그라 스패니쉬플라이 펜터민 디에타민 나비약 졸피뎀 다이어트약 살빼는약 이소티논 센트립 카마그라 칙칙이 비그알엑스 스틸녹스 여성비아그라 사정지연 남성활력
언니들 대기|아가씨들 대기|초이스 무제한|픽업 가능|주대 할인|룸 예약|언니 대기|매니저 대기|관리사 대기|언니 라인업|라인업 언니|수질 관리|실사 프로필|출장 업소|성인 용품|성인 영상|유흥 업소|낙태 약|다이어트 약|만남 어플|채팅 어플
porn|horny|hookup|hookups|local singles|meet singles|singles in your area|singles near you|dating site|sexy girls|hot girls|hot singles|sexy singles|adult dating|adult chat|adult webcam|webcam girls|live cams|free cams|xxx videos|xxx free|escort|escorts|nude|viagra|cialis|erotic|xanax|tramadol|ambien|adderall|phentermine|russian girls
{_ADULT_TRADE.strip()}
로미로미|online pharmacy|online pharmacies
스웨디시
"""
PROMOTION = f"""
소액대출 대출상담 급전 무서류 무방문 현금화 당일입금
정보이용료 리딩방 레플리카 이미테이션 백링크 상위노출 대포통장
사업자대출 개인회생자대출 대출나라 기대출과다자 추가대출 통장매입 통장임대 대여통장 핀번호 컬쳐랜드 해피머니
재택알바 재택부업 주부부업 고수익알바 단기고수익 수익인증 레플 짝퉁 무빙레플 급등주 급등주추천 상한가종목 무료카톡방 로스컷 증거금지원 블로그대여 카페침투
배관청소 누수탐지 포장이사 이삿짐센터 가입사은품 현금사은품 장기렌트 중고차매입
급등 예상|수익 보장|손실 복구|통장 대여|통장을 대여|계좌 대여|요요 없이|요요 걱정|원본과 똑같|대리로 봐|재택 알바|재택 부업|주부 부업|고수익 알바|고수익 보장|수익 인증|부업 소개|당일 대출|소액 대출|신용불량자 대출|사업자 대출|개인회생자 대출|개인회생 대출|대출 승인|기대출 과다자|주식 리딩|코인 리딩|상위 노출
증명서 위조|통장 매입|통장을 매입|상품권을 매입|문화상품권|통장을 고가|대리 응시|급등주 추천|추천 종목|무료 카톡방|하수구 막힘|싱크대 막힘|포장 이사|인터넷 가입|미러 제품|최상급 미러|미러 지갑|미러 가방|정품과 똑같|정품을 그대로|신불자|은행권 거절|개인회생 중|회생 중|휴대폰 성지|중고차 매입
trading bot|daily profit|guaranteed profit|passive income|while you sleep|quit their jobs|melt fat|burn fat|lose weight fast|free trial bottle|work from home|make money online|earn money|extra income|no paperwork|payday loan|payday loans|cash advance|cheap|replica bags|replica shoes|free shipping|buy now|click here|order now|apply now|best price|limited offer|seo services|backlinks|guest posts|get cash
{_PROMOTION_TRADE.strip()}
흥신소|심부름센터|탐정사무소|심부름 센터|탐정 사무소|bad credit|instant approval|weight loss supplement|fat burner|현금 사은품|인터넷신청
대리시험|토익대리시험|대리 시험|토익 대리|용달이사|원룸이사|이삿짐센터 추천|포장이사 추천|인터넷가입
"""
TRADE = f"{_GAMBLING_TRADE.strip()}\n{_ADULT_TRADE.strip()}\n{_PROMOTION_TRADE.strip()}"
# Words of a page that wants to win customers. No such word means anything on its own: they count only together with the lists above.
PITCH = """
추천 업체 후기 예약 가입 보너스 이벤트 쿠폰 문의 상담 당일 즉시 입금 출금 환전 충전 안전한 안전하게 검증 정품 판매처 최저가 할인 무료배송 배송 순위 총정리 가이드 꿀팁 클릭 링크
텔레그램 텔레 카톡 카카오톡 실장 코스 적중 고배당 수익 회원님 정회원 고객센터 수수료 저렴 합리적인 비밀보장 만족 혜택 선착순 첫구매 지금바로 전문점 노하우 주의할점 최고의
최고가 연중무휴 무료견적 오픈채팅 퀄리티 직수입 직배송 수익률 누구나 부담 보장 전문가 매입 한도 후불 무통장 사은품 적립금 선지급 입장료 직통
지금 바로|무료 체험|무료 견적|비밀 보장|온라인 구매|구매하|구입하|구매 방법|고르는 법|고르는 방법|이용 방법|주의할 점|알아야 할|이용해 보|이용해보|확인하세요|확인하시|확인해 보|신청하|누려 보|만나 보|받아 보세요
전액 환불|추천인|소개비|무료 입장|주문하시|예약하시|돌려드|찍어 드|만들어 드|해 드립니다|해드립니다|보내 드|보내드|안내드|최저 금리|최저 이자|최저 수수료|비대면 계약|연락 주세요|전화 주세요|문의 주세요|문의하세요|환영합니다|가능합니다|가능하며|가능하니|무료로|알려 드|알려드|도와 드|도와드|빌려드|빌려 드|모십니다|들여옵|받아 가|서두르|인원 제한|바로 보내|팝니다|판매합니다|걱정하지 마|안심하|회원 가입|인증 후|새 주소
register free|register today|withdraw anytime|no experience required|spots are limited|limited slots|free trial|just pay shipping|today only|real money|cashback|apply online|apply today|limited time|act now|instant decision|satisfied customers|no credit card|join free|join today|join now|join thousands|sign up now|start now|best rates|best rate|instant withdrawals|instant withdrawal|discreet|sign up|bonus|best online|promo code|coupon|discount|no prescription|without prescription|buy online|order online|deposit|contact us|whatsapp|telegram|money back|happy customers|happy clients|guaranteed|wholesale|within minutes|join our|sign up today|for free
"""
# Words of guides that lead to an offer: by what to choose a site, a lender, a shop. They count as advertising does.
PITCH += """
라이선스 입출금 신뢰도 안정성 투명성 공정성 안전성 체크리스트 체크포인트 초보자 장단점 차이점 평판 배당률 신뢰성
신뢰할 수 있는|믿을 수 있는|믿을 만한|검증된|선택 기준|선정 기준|판단 기준|핵심 기준|선택하는 방법|선택하는 법|선택할 때|고를 때|꼼꼼히|꼼꼼하게|반드시 확인|완벽 가이드|실전 가이드|완벽 정리|한눈에|알아보겠습니다|살펴보겠습니다|소개합니다|정리해 드리|안내해 드리|도움이 되|고객 지원|고객 응대|책임감 있는
how to choose|what to look for|before you|in this guide|this guide|reputable|trustworthy|top rated|highly rated|customer support|payout|payouts|withdrawals|licensed|eligibility|approval|approved|lenders|fast cash|same day|next business day|terms and conditions|pros and cons|winnings|on time delivery|plagiarism|affordable
"""
# What guides written by programs say about anything: that it matters, what to consider, that they will now explain it.
PITCH += """
중요한 요소|중요한 역할|핵심 요소|핵심입니다|핵심이다|필수적입니다|필수적이다|필수입니다|고려해야|고려하는 것이|도움이 됩니다|도움을 줍니다|이해하는 것이|확인하는 것이|선택하는 것이|비교하는 것이|관리하는 것이|살펴야 할|주의가 필요|주의해야 합니다|신중하게|체계적인
자금 관리|자금관리|리스크 관리|리스크를|위험 관리|수익성|실전에서|베팅 전략|배팅 전략|분산 투자|전략을 수립|전략 중 하나
본 글은|본 글에서|이 글은|이 글에서|이번 글|본 가이드|이 가이드|이 페이지는|자주 묻는 질문|자주 하는 질문|궁금하신|다음과 같습니다|짚어 보|짚어본|정리했다|정리했습니다|살펴본다|유의사항|유의할 점|가이드라인
프라이버시|쾌적한|최신 정보|빠르게 성장|급성장|주목받고|이용자의|유저는|유저들|사용자 경험|사용자 후기|운영 주체|업계 경험|현장에서 자주|비대칭|손쉽게
"""
# Words of texts about these subjects: reports, laws, petitions, medicine.
REPORT = """
경찰 검찰 검거 혐의 구속 기소 단속 처벌 수사 징역 벌금 법원 재판 판결 범죄 국회 정부 청원 장관 위원회 중독 예방 치료 환자 연구 논문 법률 조항 개정 시행령 협박 피해자 신고 사건 역사 세기 설립 개최
소비자경보 성행하고 기승을 잠적 사칭
일당 총책 송치 입건 적발 불구속 압수 피의자 관계자는 전했다 당부했다
당국 세관 소비자원 진흥원 밝혔다 말했다 설명했다 한다고 늘고 기자 지난해 주민
제1항|제1조|제2조|police|arrested|court|laws|lawsuit|study|patients|treatment|addiction|century|history|government|lawmakers|regulators|legislation|officials|said|bureau|according to
"""
# Words of menus.
NAVIGATION = """
로그인 로그아웃 회원가입 장바구니 주문조회 배송조회 마이페이지 관심상품 공지사항 이용약관 개인정보처리방침 개인정보취급방침 사이트맵 전체보기 카테고리 조회수 추천수 작성자 글쓴이 최근글 최근댓글 방명록 바로가기 더보기
이전글 다음글 목록보기 즐겨찾기 회사소개 제휴문의 광고문의 채용정보 찾아오시는길 오시는길 신상품 베스트상품 인기상품 자유게시판 게시판 게시물 태그 글쓰기 댓글쓰기 방문자수 검색결과 비밀번호찾기 아이디찾기 뉴스레터 이메일무단수집거부 언어선택 관리자
최근 글|인기 글|최근 댓글|전체 방문자|분류 전체보기|찾아오시는 길|비밀번호 찾기|아이디 찾기|개인정보 처리방침|회사 소개|목록 보기|이전 글|다음 글|등록일|작성일|첨부파일|고객지원
log in|login|sign in|my account|checkout|wishlist|shopping cart|sitemap|site map|terms of service|about us|read more|track order|gift cards|new arrivals|best sellers|size guide|store locator|careers|newsletter
"""
NEUTRAL = """
토토로 오피스 오피니언 오피셜 오피서 오피아 오피움 롤링스톤 카지노프 소프트웨어정품 신용대출금리
강원랜드 카지노|카지노 관광|카지노 리조트|카지노 호텔|카지노 도박|카지노 산업|카지노 업계|카지노 출입|전용 카지노|전용카지노
"""  # contain a word of the lists and mean something else
NEUTRAL += _joined("오피스 오피니언 마사지학 출장소 출장자 대출액 대출금 누수율")
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
