"""Spam pages of 26 topics and honest texts on the same topics, written for benchmarks/judgement.py.

The topics were divided before a rule was looked for: TUNED was read while it was made, HELD was only counted. The pages
imitate what such topics have on the open web: pages for search engines with places and telephone numbers, guides that
repeat a keyword, invented stories with a link, short advertisements. The honest ones are news, judgments, laws,
encyclopaedia entries, instructions, notices, products and stories. COURTING are honest Korean pages that address their
readers as spam does and repeat the word of their title. Topics that end in "en" are English.
"""

from typing import NamedTuple


class Topic(NamedTuple):
    """Texts on one topic."""

    spam: list[str]
    honest: list[str]


TUNED = {
    "car": Topic(
        [
            "중고차 비싸게 파는법 내차팔기 견적비교\n내차팔기 어디서 해야 손해를 안 볼까요? 내차팔기 앱부터 내차팔기 사이트까지 종류가 너무 많아서 고민이실 텐데요. 저희 오토매입은 사고차, 침수차, 압류차, 할부차 가리지 않고 전국 어디든 30분 안에 출장 매입해 드립니다. 내차팔기 견적은 사진 세 장이면 충분하고 현장에서 바로 송금해 드립니다. 딜러 감가 없는 내차팔기, 1588-0000으로 지금 연락 주세요.",
            "부천중고차 인천중고차 전액할부 신불자 가능\n부천중고차 매매단지에서 10년째 근무하고 있는 김팀장입니다. 허위매물 없이 실매물만 보여 드립니다. 저신용, 무직, 대학생, 군미필, 개인회생 모두 전액할부 가능하고요 여유 자금도 최대 천만 원까지 같이 받아 가실 수 있습니다. 부천중고차 인천중고차 수원중고차 전국 탁송해 드리고 마음에 안 드시면 차비 드립니다. 카톡 kimteam77 편하게 톡 주세요.",
            "장기렌트카 가격비교 사이트 무보증 신차\n요즘 신차를 사기보다 장기렌트카로 타시는 분들이 늘고 있죠. 장기렌트카는 취등록세와 보험료가 월 렌트료에 포함되어 초기 비용이 들지 않습니다. 장기렌트카 가격비교는 한 군데만 받아 보시면 반드시 손해입니다. 저희는 서른 개 렌트사 견적을 5분 만에 비교해서 가장 저렴한 조건으로 뽑아 드려요. 무보증, 무심사, 즉시 출고 차량 다수 보유! 선팅과 블랙박스는 덤으로 챙겨 드립니다.",
            "폐차 잘하는 곳, 폐차 보상금 많이 받은 이야기\n16년 탄 아반떼를 보내 주기로 마음먹고 폐차장 다섯 군데에 전화를 돌려 봤습니다. 다들 말이 다르더라고요. 그러다 알게 된 곳이 바로 여기였는데 상담사분이 어찌나 친절하신지 조기폐차 지원금까지 알아봐 주셨습니다. 견인비 무료에 말소 대행 무료, 폐차 보상금은 당일 입금됐고요. 폐차 보상금 많이 받고 싶은 분들은 제가 이용한 곳 링크 남겨 둘 테니 참고해 보시길 바랍니다.",
        ],
        [
            "모닝을 보내며\n2012년식 모닝을 개인 거래로 팔았다. 중고차 앱에 올리니 딜러들이 부른 값은 280에서 310 사이였는데, 동네 게시판에 350에 올렸더니 이틀 만에 대학생이 아버지와 함께 보러 왔다. 성능 점검은 내가 돈을 내고 받아 두었고 자동차세와 과태료가 없다는 것을 확인시켜 주었다. 구청 차량등록과에서 양도증명서를 쓰고 이전하는 데 사십 분쯤 걸렸다. 보험은 이전이 끝난 것을 보고 해지했다. 13년 동안 고마웠다.",
            "중고차 피해 절반은 성능 점검 불일치\n한국소비자원에 따르면 최근 3년간 접수된 중고차 피해구제 신청은 793건으로, 성능·상태 점검 내용이 실제와 다른 경우가 절반을 넘었다. 소비자원은 계약 전에 자동차365 누리집에서 매매용 차량으로 등록되어 있는지 확인하고, 시세보다 지나치게 싼 차는 의심하라고 당부했다. 계약서에는 구두로 약속한 사항을 모두 적어 두어야 한다. 침수 여부는 안전벨트를 끝까지 당겨 보거나 보험개발원의 사고 이력 조회로 알 수 있다.",
            "렌터카를 인수할 때 확인할 것\n렌터카를 인수할 때는 차체의 긁힌 자국을 동영상으로 찍어 두고, 연료가 얼마나 남았는지 계기판을 함께 찍습니다. 자차 손해 면책을 들었더라도 휠과 타이어, 실내 오염은 빠지는 경우가 많으니 약관을 읽어 보십시오. 사고가 나면 먼저 다친 사람을 돌보고 경찰과 대여 회사에 알립니다. 대여 회사가 휴차료를 요구하면 수리 기간이 적힌 정비 명세서를 달라고 하십시오. 분쟁이 생기면 국번 없이 1372로 상담할 수 있습니다.",
            "차량용 무선 충전 거치대 MC-20\n제품 안내: 차량용 무선 충전 거치대 MC-20. 정면 유리나 송풍구에 붙여 쓰며, 15와트까지 무선으로 충전합니다. 전화기를 올리면 센서가 알아채고 팔이 오므라듭니다. 화면 크기 4.7인치에서 6.9인치까지 맞고, 두께 5밀리미터가 넘는 덮개를 씌우면 충전이 끊길 수 있습니다. 구성품은 본체, 송풍구 집게, 흡착판, C형 케이블 1미터, 설명서입니다. 품질 보증은 1년이며 접수는 고객센터 080-000-0000에서 합니다. 가격 32,900원, 배송비 3,000원.",
        ],
    ),
    "aircon": Topic(
        [
            "에어컨청소 업체 가격 벽걸이 스탠드 시스템\n에어컨청소 업체 선택하실 때 가격만 보고 결정하시나요? 에어컨청소 가격이 저렴하다고 해서 불렀다가 추가 요금만 잔뜩 낸 분들이 많습니다. 저희 크린마스터는 에어컨청소 10년 경력의 기사님이 완전 분해 방식으로 꼼꼼하게 세척해 드립니다. 벽걸이 7만, 스탠드 12만, 투인원 17만 원 정찰제! 에어컨청소 후에는 고온 스팀 살균과 피톤치드까지 서비스로 해 드려요. 예약이 몰리기 전에 연락 주세요.",
            "송파구에어컨설치 잠실에어컨설치 이전설치\n송파구에어컨설치, 잠실에어컨설치, 문정동에어컨설치, 가락동에어컨설치, 방이동에어컨설치 당일 가능합니다. 송파구에어컨설치 전문 시원냉동은 배관 연장, 앵글 설치, 가스 충전까지 한 번에 해결해 드립니다. 타 업체에서 포기한 매립배관도 문제없습니다. 송파구에어컨설치 기사 직통 010-7788-1212 연락 주시면 위치 확인 후 바로 달려가겠습니다. 강동구에어컨설치 하남에어컨설치도 가능합니다.",
            "보일러수리 24시 보일러 누수 에러코드\n한겨울에 갑자기 보일러가 멈추면 얼마나 당황스러우실까요. 린나이, 귀뚜라미, 경동나비엔, 대성쎌틱 모든 보일러수리 가능합니다. 보일러 에러코드 문자로 보내 주시면 예상 수리비를 먼저 말씀드리고 출발합니다. 밤 12시에도 새벽 5시에도 전화받습니다. 못 고치면 출장비 안 받습니다. 보일러 교체는 카드 무이자 할부, 기존 보일러 철거 무료. 동네 어르신들은 더 깎아 드립니다.",
            "입주청소 잘하는곳 비용 평당 얼마일까\n입주청소를 앞두고 계신가요? 입주청소 비용은 평당 만 원에서 만 오천 원 선이며 새집인지 구축인지에 따라 달라집니다. 입주청소 업체를 고를 때는 첫째 보험 가입 여부, 둘째 친환경 세제 사용 여부, 셋째 재청소 보장 여부를 확인해야 합니다. 입주청소를 직접 하려다 병원비가 더 나왔다는 말도 있듯이, 전문가에게 맡기는 것이 시간과 비용을 아끼는 길이라 할 수 있습니다. 입주청소 후에는 반드시 환기를 하시기 바랍니다.",
        ],
        [
            "에어컨에서 시큼한 냄새가 날 때\n에어컨을 켤 때 나는 시큼한 냄새는 열교환기에 맺힌 물에서 자란 곰팡이와 세균 때문이다. 끄기 전에 송풍으로 20분쯤 말려 주면 크게 줄어든다. 거름망은 2주에 한 번 미지근한 물로 씻어 그늘에 말린다. 시중의 세정제를 열교환기에 뿌리면 때가 안쪽으로 밀려 들어가 물받이를 막을 수 있다. 냄새가 가시지 않으면 제조사 서비스 센터에 분해 세척을 맡기는데, 벽걸이는 10만 원 안팎이다. 차단기를 내리고 나서 덮개를 여는 것을 잊지 말자.",
            "에어컨 이전 설치 38만 원 든 이야기\n이사 온 지 일주일, 에어컨을 옮겨 다는 데 38만 원이 들었습니다. 배관이 매립이라 새로 뚫지 않아도 된다더니 막상 와서 보니 배관 안에 물이 차 있어서 질소로 불어 내고 용접을 다시 했습니다. 기사님이 영수증을 써 주셔서 그래도 덜 억울했어요. 매립 배관이라면 계약 전에 집주인에게 언제 마지막으로 썼는지 물어보시길 바랍니다. 저처럼 더운 날 네 시간을 땀 흘리며 기다리지 않으셨으면 해요. 선풍기는 정말 고마운 물건입니다.",
            "실외기 추락 사고에 작업 지침 나왔다\n설치 기사의 추락 사고가 잇따르자 고용노동부가 실외기 작업 지침을 내놓았다. 지침은 2미터 이상 높이에서 작업할 때 안전대를 걸 곳을 먼저 정하고, 2인 1조를 원칙으로 하도록 했다. 현장에서는 한 건에 몇만 원을 받는 개인 기사가 둘씩 다니기는 어렵다는 말이 나온다. 지난해 여름 석 달 동안 실외기를 달다가 숨진 사람은 다섯 명이다. 제조사들은 위험한 난간에는 설치를 거부할 수 있도록 약관을 고치겠다고 했다.",
            "보일러 에러 부호 찾아보기\n보일러 표시창에 E1이 나오면 불이 붙지 않은 것입니다. 가스 밸브가 열려 있는지, 도시가스 요금이 밀려 끊기지는 않았는지 먼저 보십시오. 물 부족은 보통 E2로 나오며 아래쪽 보충수 손잡이를 돌려 눈금을 1.2까지 올립니다. 세 번 다시 켜도 같은 부호가 나오면 더 누르지 말고 서비스 센터에 부호와 모델 이름을 알려 주십시오. 배기통이 빠졌거나 그을음이 보이면 곧바로 끄고 창문을 연 다음 가스안전공사(1544-4500)에 신고하십시오.",
        ],
    ),
    "tutoring": Topic(
        [
            "분당수학과외 수내동과외 정자동수학학원\n분당수학과외 알아보고 계신 학부모님 주목해 주세요. 분당수학과외는 학생의 성향에 맞는 선생님을 만나는 것이 가장 중요합니다. 수내동과외, 정자동과외, 서현동과외, 이매동과외 모두 선생님이 집으로 찾아가는 분당수학과외입니다. 내신 4등급에서 1등급으로 오른 사례가 수두룩하고, 첫 수업은 돈을 받지 않습니다. 마음에 안 드시면 선생님을 몇 번이고 바꿔 드리는 분당수학과외, 070-4400-0000으로 신청해 주세요.",
            "학점은행제 사회복지사2급 온라인 취득\n학점은행제로 사회복지사2급 준비하시는 분들 많으시죠? 고졸이셔도 직장을 다니셔도 백 퍼센트 온라인 강의로 끝낼 수 있습니다. 사회복지사2급은 시험이 없고 17과목만 이수하면 나라에서 자격증이 나옵니다. 과제와 시험까지 담임 멘토가 하나하나 챙겨 드리기 때문에 컴퓨터를 못 하시는 50대 주부님도 무난히 따셨습니다. 지금 등록하시면 장학 혜택으로 반값, 마감까지 열 자리 남았습니다. 멘토 카톡 bokji_mento.",
            "필리핀 화상영어 추천 비교 직접 해 보니\n화상영어 하면 다 거기서 거기 아니냐고요? 저도 그렇게 생각했답니다. 석 달 동안 화상영어 업체 네 곳을 돌아 보고 정착한 곳은 바로 여기예요. 선생님이 어찌나 활달한지 낯가리는 우리 아이가 먼저 수업 시간을 기다려요. 화상영어 가격도 한 달 6만 원대라 학원 한 번 갈 돈이면 되고요. 추천인에 제 아이디 넣으시면 두 번 더 수업해 주니까 체험부터 해 보세요. 레벨 테스트는 공짜예요.",
            "공무원 인강 순위 9급 독학 교재\n9급 공무원 시험을 준비하는 수험생이라면 공무원 인강 선택에 어려움을 겪으실 수 있습니다. 공무원 인강은 강사의 강의력, 교재의 완성도, 커리큘럼의 체계성, 가격 등을 종합적으로 고려하여 선택하는 것이 바람직합니다. 공무원 인강의 장점은 시간과 장소에 구애받지 않고 반복해서 들을 수 있다는 점입니다. 반면 공무원 인강은 의지가 약한 경우 진도가 밀릴 수 있다는 단점이 있습니다. 따라서 자신에게 맞는 공무원 인강을 선택하여 합격의 꿈을 이루시길 바랍니다.",
        ],
        [
            "처음 맡은 과외\n과외를 처음 맡은 것은 대학교 1학년 겨울이었다. 학생은 중학교 2학년이었고 분수의 나눗셈에서 막혀 있었다. 나는 준비해 간 함수 문제집을 덮고 피자를 그렸다. 한 달 뒤 시험에서 그 애는 62점을 받았는데, 지난번보다 20점이 올랐다며 어머니가 귤을 한 상자 주셨다. 시급은 만 오천 원이었다. 가르치면서 내가 더 배웠다는 말은 식상하지만, 왜 뒤집어 곱하는지 그때 처음 제대로 생각해 보았다.",
            "학점은행제 학위 신청 절차\n학점은행제에서 학위를 받으려면 전공, 교양, 일반 학점을 표준 교육과정에 맞추어 채워야 한다. 전문학사는 80학점, 학사는 140학점이고, 한 해에 딸 수 있는 학점은 42학점까지다. 학습자 등록과 학점 인정 신청은 1, 4, 7, 10월에 국가평생교육진흥원에 직접 한다. 시간제 등록으로 들은 과목과 자격증, 독학학위제 시험 합격 과목도 인정된다. 수업을 대신 들어 주거나 시험 답을 알려 주는 곳을 이용하면 학점이 취소된다.",
            '교습비 더 받은 학원 48곳 적발\n교육청은 학원비를 게시한 금액보다 더 받거나 무자격 강사를 채용한 학원 48곳을 적발했다. 이 가운데 11곳은 교습 정지, 나머지는 과태료 처분을 받는다. 한 수학 학원은 교재비 이름으로 달마다 30만 원을 따로 걷었다. "전원 1등급 보장"처럼 근거 없는 광고를 한 곳도 여섯 곳이었다. 학부모는 나이스 학원 민원 서비스에서 등록된 교습비를 조회할 수 있고, 교육지원청에 전화나 서면으로 신고할 수 있다.',
            "과외 대신 인터넷 강의 들어 보신 분 계신가요\n안녕하세요. 고등학교 3학년 아들을 둔 엄마입니다. 수학 과외를 그만두고 인터넷 강의로 바꾸려는데 아이가 혼자서 잘 들을지 걱정입니다. 지금까지는 대학생 선생님이 일주일에 두 번 오셨고 한 달에 45만 원을 드렸어요. 성적은 3등급에서 움직이지 않네요. 강의를 들은 경험이 있으신 분들은 어떻게 관리하셨는지 궁금합니다. 교재를 같이 사야 하는지, 질문은 어디에 올리는지도 알려 주시면 고맙겠습니다. 아이는 문제집만 더 사 달라고 합니다.",
        ],
    ),
    "gambling": Topic(
        [
            "에볼루션 바카라 게임 종류와 이용법\n에볼루션 바카라는 실제 딜러와 함께하는 게임으로 전 세계에서 많은 사랑을 받고 있습니다. 에볼루션 바카라의 종류로는 스피드, 라이트닝, 스퀴즈 등이 있으며 각각 진행 속도와 배당이 다릅니다. 에볼루션 바카라를 안전하게 즐기려면 정식 라이선스를 받은 곳을 이용해야 합니다. 또한 에볼루션 바카라에서는 자금 관리가 무엇보다 중요합니다. 이용하실 주소와 코드는 매일 바뀌므로 상단 고정 글에서 확인해 주시기 바랍니다.",
            "손흥민 오늘 경기 중계 무료 고화질 보는 곳\n오늘 새벽 손흥민 경기 어디서 보시나요? 끊기고 광고 나오는 곳에서 답답하게 보지 마시고 여기로 오세요. 회원 가입 없이 주소만 치면 바로 나오고 모바일도 고화질입니다. 해축중계, 야구중계, 농구중계, 배구중계, 격투기중계까지 몽땅 볼 수 있어요. 경기 보면서 용돈벌이 하고 싶으신 분들은 채팅방 매니저에게 말 걸어 주시면 첫 입금 30퍼센트 얹어 드립니다. 주소가 막히면 텔레그램 sports_love에서 새 주소 받으세요.",
            "홀덤펍 강남 홀덤 대회 일정 참가비\n강남에서 가장 뜨거운 홀덤펍을 찾으신다면 바로 이곳이죠. 매일 밤 여섯 번 토너먼트가 열리고 우승하시면 시드권을 그 자리에서 바꿔 드립니다. 처음 오시는 분은 딜러가 옆에서 룰을 알려 드려요. 여자 손님은 음료 무제한, 친구 데려오시면 칩 2만 개 얹어 드립니다. 오늘도 테이블 금방 차니까 미리 자리 잡아 두세요. 자리 예약은 인스타 디엠이나 카톡 holdemking으로 받고 있어요. 새벽 7시까지 달립니다.",
            "로또 당첨번호 예측 1등 배출 분석기\n로또 당첨번호 예측이 가능할까요? 지난 1,100회 당첨번호를 인공지능이 분석한 결과 반복되는 구간이 있다는 사실이 밝혀졌습니다. 저희 로또 당첨번호 예측 시스템은 이미 1등 17명, 2등 92명을 배출했습니다. 로또 당첨번호 예측 번호 열 조합을 매주 금요일 문자로 보내 드리고 한 달 안에 4등도 안 나오면 회비를 전부 돌려 드립니다. 이번 주 번호는 무료니까 이름과 휴대폰 번호만 적어 주세요.",
        ],
        [
            "판돈 1조 2천억 도박 사이트 일당 검거\n경찰은 동남아시아에 서버를 두고 판돈 1조 2천억 원 규모의 도박 사이트를 운영한 일당 27명을 붙잡아 9명을 구속했다. 이들은 축구 중계를 무료로 보여 주는 사이트를 만들어 사람을 모은 뒤 채팅방에서 도박 사이트 주소를 알려 주었다. 이용자 가운데 청소년이 1,300명이었고 가장 어린 사람은 초등학교 5학년이었다. 경찰은 범죄 수익 83억 원을 동결하고, 도박에 쓰인 통장을 빌려준 사람들도 조사하고 있다.",
            "211일\n남편의 도박을 알게 된 것은 카드 회사의 문자 때문이었다. 처음에는 축구를 조금 더 재미있게 보려고 만 원씩 걸었다고 했다. 2년 동안 잃은 돈은 6천8백만 원. 나는 친정에 말하지 못했고 아이들 적금을 깼다. 지금 남편은 화요일마다 모임에 나간다. 1336에 전화한 날을 우리는 생일처럼 센다. 오늘로 211일이다. 아직 밤에 휴대 전화가 울리면 심장이 내려앉는다. 그래도 어제는 네 식구가 함께 순대국을 먹었다.",
            "텍사스 홀덤의 확률\n텍사스 홀덤에서는 각자 두 장을 받고 바닥에 다섯 장을 깐다. 처음 세 장을 플롭, 넷째를 턴, 다섯째를 리버라고 한다. 두 장과 바닥의 다섯 장 가운데 가장 좋은 다섯 장으로 족보를 만든다. 같은 무늬 두 장을 받았을 때 리버까지 플러시를 완성할 확률은 약 6.4퍼센트이고, 플롭에서 넷을 갖춘 뒤라면 35퍼센트이다. 판돈에 견주어 불러야 할 돈이 이 확률보다 작은 비율이면 따라가는 것이 이득이다. 이를 팟 오즈라고 한다.",
            '로또 번호 예측 피해 늘어\n로또 번호를 예측해 준다며 회비를 받는 업체에 대한 소비자 피해가 해마다 늘고 있다. 한 60대는 "1등 번호가 나올 때까지 책임진다"는 전화를 받고 3년 동안 2,400만 원을 냈지만 5등에 네 번 당첨되었을 뿐이다. 계약을 해지하려 하자 업체는 이미 번호를 제공했다며 위약금을 요구했다. 통계학자들은 매회 추첨이 서로 영향을 주지 않으므로 과거 번호로 다음 번호를 맞힐 수 없다고 말한다. 당첨 확률은 814만분의 1이다.',
        ],
    ),
    "junk": Topic(
        [
            "폐기물처리업체 인천 폐가구 수거 철거\n인천 폐기물처리업체 찾으시나요? 이사 폐기물, 폐가구, 건축 폐기물, 사업장 폐기물까지 인천 폐기물처리업체 그린환경에서 한 방에 치워 드립니다. 1톤 트럭 18만 원부터, 사진만 보내 주시면 5분 내로 견적 나갑니다. 부평, 계양, 서구, 남동구, 연수구, 미추홀구 전부 바로 갑니다. 인천 폐기물처리업체 많지만 허가받은 곳은 드뭅니다. 쓸 만한 가전은 값을 쳐 드리니 버리지 마시고 먼저 물어보세요. 010-9090-4411.",
            "유품정리 업체 고독사 특수청소 비용\n갑작스러운 이별로 경황이 없으실 유가족분들을 대신하여 유품정리를 진행해 드립니다. 유품정리는 단순한 청소가 아니라 고인의 마지막 이사입니다. 유품정리 비용은 평수와 짐의 양에 따라 달라지며 현장을 보고 정확하게 말씀드립니다. 고독사 현장은 특수청소와 악취 제거까지 책임지고 마무리합니다. 유품정리사 자격을 갖춘 팀이 밤낮없이 대기하고 있으니 어려워 마시고 연락 주시면 정성을 다해 모시겠습니다. 전국 무료 방문 견적.",
            "중고가전매입 냉장고 세탁기 업소용품 고가매입\n중고가전매입 어디가 제일 많이 줄까요? 이사, 폐업, 리모델링으로 정리할 가전이 있으시면 중고가전매입 전문 재활용센터로 연락 주세요. 냉장고, 세탁기, 에어컨, 텔레비전, 식당 집기, 사무용 책상까지 깨끗하면 다 삽니다. 중고가전매입은 연식이 중요하니 뒷면 라벨 사진을 찍어 카톡으로 보내시면 가격을 불러 드립니다. 엘리베이터 없는 5층도 저희가 다 내립니다. 타 업체보다 만 원이라도 더 드려요.",
            "집정리 대신해 주는 정리수납 컨설팅 받아 본 날\n치워도 치워도 끝이 없는 집 때문에 우울증이 올 것 같았어요. 그래서 큰마음 먹고 정리수납 컨설팅을 불렀습니다. 아침 아홉 시에 네 분이 오셔서 옷장부터 주방까지 싹 다 뒤집어 주셨는데 저녁에 들어와서 우리 집 아닌 줄 알았어요. 버릴 것만 2톤이 나왔고요. 돈이 하나도 아깝지 않아요. 네이버에 이름 치시면 나오는데 제 블로그 보고 왔다고 하면 바구니 세트를 끼워 드린대요. 봄 되면 예약이 꽉 차니 지금이 딱 좋아요.",
        ],
        [
            "대형 폐기물 내놓는 방법\n대형 폐기물은 동 주민 센터나 구청 누리집에서 신고하고 수수료를 낸 뒤, 접수 번호를 적은 종이를 붙여 정해진 날 저녁에 내놓습니다. 일인용 침대 틀 6,000원, 매트리스 8,000원, 장롱 한 자 3,000원, 의자 2,000원입니다. 냉장고, 세탁기처럼 큰 가전은 한국전자제품자원순환공제조합(1599-0903)에 예약하면 돈을 내지 않고 집 안에서 가져갑니다. 신고하지 않고 버리면 100만 원 이하의 과태료를 물게 됩니다.",
            "아버지의 방\n아버지의 방을 치우는 데 사흘이 걸렸다. 서랍에서 내 초등학교 성적표와 어머니의 진료 카드, 쓰지 않은 상품권 두 장이 나왔다. 전축은 동생이 가져갔고 양복은 헌옷 가게에 17킬로그램을 주고 5천 원을 받았다. 마지막 날에는 트럭을 불렀다. 기사님은 짐을 내리다 말고 액자는 두고 가겠다고 했다. 42만 원을 드렸다. 빈방에 앉으니 벽지에 가구 자국이 밝게 남아 있었다. 문을 닫기 전에 창을 한 번 더 열었다.",
            "폐기물 만 8천 톤 쌓고 달아난 업자 구속\n무허가 업자가 농촌 빈 창고를 빌려 폐기물 만 8천 톤을 쌓아 두고 달아났다. 검찰은 처리 비용을 반값만 받고 전국의 공사장에서 폐기물을 모은 업자 셋을 구속했다. 땅 주인은 월세를 받고 창고를 빌려주었을 뿐이지만, 군은 땅 주인에게 치우라는 명령을 내렸다. 치우는 데 드는 돈은 50억 원. 주민들은 여름마다 악취와 침출수에 시달린다. 환경부는 배출자가 허가 여부를 확인하지 않으면 함께 책임지도록 법을 고치기로 했다.",
            "되살림 가게에 오세요\n우리 동네 되살림 가게를 소개합니다. 기증받은 옷과 그릇, 책을 손질해 팔고 번 돈은 홀로 사는 어르신의 반찬값으로 씁니다. 기증은 평일 오전 10시부터 오후 4시까지 가게로 가져오시면 되고, 상자 세 개가 넘으면 전화(02-555-0000)로 날을 잡아 저희가 찾아뵙습니다. 속옷과 이불, 전집류는 받지 않습니다. 기부금 영수증을 원하시면 이름과 주민등록번호 앞자리가 필요합니다. 자원봉사자도 늘 기다립니다. 지난달에는 112명이 물건을 보내 주셨습니다.",
        ],
    ),
    "lawyer": Topic(
        [
            "이혼전문변호사 상담 위자료 재산분할\n이혼전문변호사의 도움이 필요하신가요? 이혼은 감정이 아니라 증거로 하는 것입니다. 이혼전문변호사 없이 혼자 진행하시다가 양육권을 잃고 뒤늦게 찾아오시는 분들을 보면 안타깝습니다. 저희 법무법인은 대한변협에 등록된 이혼전문변호사 다섯 분이 처음 상담부터 판결까지 직접 맡습니다. 상간소송, 재산분할, 양육비 청구까지 승소 사례로 증명합니다. 카카오톡 채널에서 이혼전문변호사에게 지금 물어보세요. 주말과 밤에도 답해 드립니다.",
            "음주운전 초범 벌금 감형 반성문\n음주운전 초범이라고 안심하고 계신가요? 윤창호법 이후 음주운전 초범도 실형이 나올 수 있습니다. 음주운전 초범 벌금은 혈중알코올농도에 따라 500만 원에서 2천만 원까지 나오며 면허 취소가 뒤따릅니다. 그러나 초기에 올바르게 대응한다면 결과는 크게 달라질 수 있습니다. 음주운전 초범 사건을 3천 건 넘게 다룬 저희가 반성문과 탄원서, 양형 자료를 빠짐없이 챙겨 드립니다. 조사받기 전에 전화 한 통만 주십시오. 그 한 통이 인생을 바꿉니다.",
            "개인회생 변제금 줄이는 법 무료 진단\n빚이 재산보다 많다면 개인회생을 고려해 보셔야 합니다. 개인회생은 최저생계비를 뺀 나머지를 3년 동안 갚으면 남은 빚을 모두 없애 주는 국가 제도입니다. 개인회생 신청 자격, 개인회생 비용, 개인회생 기간이 궁금하시다면 성함과 채무 금액만 적어 주세요. 법무사가 20분 안에 연락드려 탕감 금액을 계산해 드립니다. 독촉 전화는 접수하는 날 멈춥니다. 수임료는 열 번까지 나눠 내실 수 있습니다. 가족도 모르게 진행됩니다.",
            "학폭변호사 선임 고민된다면 읽어 보세요\n학교폭력 사건은 초기 대응이 무엇보다 중요합니다. 학폭변호사는 사안 조사 단계부터 심의위원회까지 함께하며 학생의 권리를 지키는 역할을 합니다. 학폭변호사를 선임할 때는 관련 경험이 풍부한지, 소통이 원활한지를 살펴보아야 합니다. 학폭변호사 비용은 사안의 경중에 따라 다를 수 있습니다. 자녀의 미래가 걸린 문제인 만큼 혼자 해결하려 하기보다 학폭변호사와 함께 체계적으로 준비하는 것이 현명한 방법이라 하겠습니다.",
        ],
        [
            "유책 배우자의 이혼 청구\n대법원은 혼인 파탄에 책임이 있는 배우자의 이혼 청구를 원칙적으로 받아들이지 않는다. 다만 상대방도 혼인을 계속할 뜻이 없거나, 세월이 지나 책임의 경중을 따질 까닭이 없어졌거나, 상대방과 자녀에 대한 보호와 배려가 이루어진 경우에는 예외를 인정한다. 이 사건에서 원고는 15년 동안 따로 살며 양육비를 꾸준히 보냈고 피고는 오기로 이혼에 응하지 않는다고 볼 사정이 있다. 원심이 이를 살피지 않은 것은 심리를 다하지 않은 잘못이다.",
            "이혼하고 첫 명절\n이혼하고 첫 명절이다. 아이는 아침에 아빠 집으로 갔다. 변호사 사무실에서 도장을 찍던 날은 비가 왔고, 나는 우산을 두고 나왔다. 비용은 모두 380만 원이 들었다. 상담할 때 변호사는 위자료보다 면접 교섭 조항을 더 오래 이야기했는데 지금 생각하면 그 말이 옳았다. 냉장고에 명태전이 있다. 혼자 먹기에는 많다. 저녁에 아이가 돌아오면 데워 먹여야겠다. 조용한 집이 낯설고, 조금은 숨이 쉬어진다.",
            "개인회생 신청 요건\n개인회생을 신청하려면 일정한 수입이 있고, 담보 없는 빚이 10억 원, 담보 있는 빚이 15억 원 아래여야 한다. 신청서와 채권자 목록, 재산 목록, 수입과 지출 목록, 변제 계획안을 주소지의 법원에 낸다. 인지 3만 원과 송달료, 예납금이 든다. 법원은 신청한 뒤 한 달 안에 개시 여부를 정한다. 대한법률구조공단(132)은 기준 중위 소득 125퍼센트 이하인 사람의 신청을 거들어 준다. 신용회복위원회의 채무 조정과 무엇이 다른지 먼저 따져 보는 것이 좋다.",
            '음주 뺑소니 50대 징역 6년\n음주 운전으로 두 번 처벌받고도 다시 운전대를 잡아 사람을 치고 달아난 50대에게 징역 6년이 선고되었다. 당시 혈중알코올농도는 0.192퍼센트였다. 유족은 법정에서 "반성문을 대신 써 주는 곳이 있다는 것을 재판을 하면서 알았다"고 말했다. 재판부는 피고인이 낸 반성문 서른 장이 양형에 영향을 주지 않았다고 밝혔다. 피해자는 새벽 배송을 마치고 집으로 돌아가던 스물아홉 살 청년이었다. 검찰은 항소를 검토하고 있다.',
        ],
    ),
    "sidejob": Topic(
        [
            "재택부업 추천 주부알바 하루 30분\n재택부업 알아보시는 주부님들 계시죠? 아이 재우고 하루 30분, 핸드폰만 있으면 되는 재택부업이에요. 저도 처음에는 재택부업은 다 사기라고 생각했는데 첫 달에 87만 원 들어온 걸 보고 생각이 바뀌었어요. 글 복사해서 붙여 넣기만 하면 되니까 나이 많으신 분도 하세요. 물건 사라는 말 안 하고 회비 같은 것도 없어요. 재택부업 궁금하신 분은 프로필 링크 누르고 '부업'이라고 보내 주세요. 자료 보내 드릴게요.",
            "쿠팡파트너스 수익 공개 월 500 자동화 강의\n퇴사하고 세 달 만에 월 500을 만든 제 이야기를 들려 드릴게요. 비결은 자동화입니다. 프로그램이 알아서 글을 써 주고 저는 하루 10분만 일합니다. 지금까지 가르친 수강생 340명 중에서 280명이 첫 달에 수강료를 뽑았습니다. 강의료 198만 원, 다음 주부터는 298만 원으로 올립니다. 무료 특강에서 모든 것을 보여 드릴 테니 단톡방에 먼저 들어오세요. 비밀번호는 1004. 지금 시작하지 않으면 1년 뒤에도 같은 자리입니다.",
            "고수익알바 여성알바 당일지급 숙소제공\n고수익알바 찾는 언니들 여기 보세요. 하루 네 시간 일하고 40에서 60 가져갑니다. 초보 환영, 나이 안 따져요, 술 못 먹어도 괜찮습니다. 강남, 수원, 천안, 대전 원하는 곳으로 연결해 드리고 출퇴근 차량 붙여 드려요. 고수익알바라고 해서 이상한 일 시키는 곳 아니에요. 급하면 선불도 땡겨 드리고 원룸도 잡아 드립니다. 면접만 보셔도 차비 5만 원 드려요. 카톡 unni_love 편하게 물어보세요. 비밀 지켜 드립니다.",
            "직장인 투잡 종류와 장단점\n직장인 투잡은 월급 외 수입을 얻기 위해 많은 사람들이 선택하는 방법입니다. 직장인 투잡 종류로는 배달, 대리운전, 블로그, 스마트스토어, 전자책 등이 있습니다. 직장인 투잡의 장점은 추가 수입이 생긴다는 점이고 단점은 시간이 부족하다는 점입니다. 직장인 투잡을 시작할 때는 회사 규정을 확인하는 것이 좋습니다. 최근에는 위탁판매 방식의 직장인 투잡이 인기를 끌고 있으며, 전문 교육 업체의 도움을 받으면 보다 쉽게 시작할 수 있습니다.",
        ],
        [
            "재택 부업 미끼 사기 310억\n재택 부업을 미끼로 돈을 뜯는 사기가 주부와 대학생 사이에 퍼지고 있다. 처음에는 동영상에 '좋아요'를 누르면 건당 천 원을 준다며 실제로 몇만 원을 보내 믿게 한다. 그다음에는 \"팀 미션\"에 돈을 넣어야 수익이 난다며 입금을 유도하고, 출금을 요구하면 실수로 계좌가 묶였으니 더 넣으라고 한다. 경찰청에 접수된 것만 석 달 동안 1,200건, 피해액은 310억 원이다. 일을 주면서 먼저 돈을 내라고 하는 곳은 모두 의심해야 한다.",
            "배달 반년의 셈\n배달 일을 시작한 지 반년이다. 평일 저녁 두 시간과 토요일을 뛰어 한 달에 70만 원을 번다. 거기서 기름값 11만 원, 보험 9만 원, 오토바이 할부 8만 원이 나간다. 비 오는 날은 건당 천 원을 더 주지만 지난달에 한 번 미끄러져 무릎을 꿰맸다. 아내는 그만두라고 한다. 학원비를 대려면 내년 봄까지는 해야 한다. 엘리베이터에서 만난 할머니가 사탕을 주셨다. 밤 열한 시의 아파트 단지는 국 냄새가 난다.",
            '사이드 프로젝트 1년 수익 공개\n사이드 프로젝트로 만든 앱을 스토어에 올리고 1년 동안 번 돈을 공개합니다. 내려받은 횟수 4,120번, 하루에 쓰는 사람 평균 85명, 광고 수익 31만 2천 원, 등록비와 서버비를 빼면 9만 7천 원이 남았습니다. 시간당으로 치면 부끄러운 돈입니다. 그래도 별점 한 개짜리 후기에 "글씨가 작아요"라고 적혀 있던 것을 고치고 나서 같은 분이 별 다섯 개로 바꿔 주셨을 때는 기뻤습니다. 코드는 공개해 두었습니다. 궁금한 점은 이슈로 남겨 주세요.',
            "편의점 야간 근무자 모집\n편의점 야간 근무자를 구합니다. 금, 토 밤 11시부터 아침 7시까지, 시급은 최저 임금에 야간 수당 50퍼센트를 더해 드립니다. 주휴 수당과 4대 보험 있습니다. 물건 정리와 계산, 청소를 하시면 되고 냉장 창고에 들어가야 하니 허리가 아프신 분은 어렵습니다. 석 달은 함께하실 분이면 좋겠습니다. 처음 이틀은 점장이 같이 근무하며 가르쳐 드립니다. 이력서와 보건증을 가지고 오후에 매장으로 오시거나 031-222-0000으로 연락 주세요.",
        ],
    ),
    "locksmith": Topic(
        [
            "은평구열쇠 응암동열쇠 도어락설치 24시\n은평구열쇠 급하시죠? 은평구열쇠, 응암동열쇠, 불광동열쇠, 연신내열쇠, 녹번동열쇠, 갈현동열쇠, 구산동열쇠 어디든 15분이면 도착합니다. 문 잠김, 도어락 고장, 금고 열기, 자동차 열쇠 제작까지 은평구열쇠 만능키에서 모두 해결해 드립니다. 현관문 파손 없이 열어 드리고 도어락 교체하시면 개문비는 받지 않습니다. 은평구열쇠 만능키 010-3344-8282, 새벽에도 전화 주세요. 카드 결제 되고 현금영수증 됩니다.",
            "누수탐지 잘하는 업체 아랫집 물샘 보험처리\n아랫집 천장에서 물이 샌다는 연락을 받으셨나요? 누수탐지는 장비와 경험이 전부입니다. 가스탐지기와 청음기, 열화상 카메라를 모두 보유한 누수탐지 업체는 많지 않습니다. 저희는 누수탐지에 실패하면 비용을 받지 않고, 찾은 곳은 그날 바로 고쳐 드립니다. 일상생활배상책임보험에 필요한 소견서와 사진도 무료로 떼어 드려요. 누수탐지 20년, 방송에도 나온 김 소장이 직접 갑니다. 010-8822-7700 문자 남겨 주시면 전화드려요.",
            "셀프 세차장 출장세차 가격 광택 유리막코팅\n바쁜 분들을 위해 회사 주차장까지 찾아가는 출장세차를 소개합니다. 출장세차는 물을 거의 쓰지 않는 스팀 방식이라 지하 주차장에서도 가능합니다. 출장세차 가격은 경차 3만, 중형 4만, SUV 5만 원이고 실내까지 하시면 2만 원이 붙습니다. 유리막코팅은 6개월 보증해 드려요. 한 달에 두 번 정기로 맡기시면 한 번 값이 빠집니다. 스마트폰으로 날짜 찍으시면 끝! 성남, 용인, 광주, 하남, 위례까지 갑니다. 인스타 cleancar_go.",
            "방충망 교체 미세방충망 가격 셀프와 업체 비교\n방충망 교체를 생각하고 계신다면 방충망의 종류부터 알아야 합니다. 방충망 종류에는 알루미늄, 스테인리스, 미세방충망이 있으며 내구성과 통풍성이 다릅니다. 방충망 교체 가격은 창 크기와 재질에 따라 차이가 있습니다. 셀프 방충망 교체는 비용이 적게 들지만 마감이 깔끔하지 않을 수 있고, 업체에 방충망 교체를 맡기면 편리하다는 장점이 있습니다. 방충망 교체 후에는 틈새를 막아 주는 것이 중요합니다. 이상으로 방충망 교체에 대해 알아보았습니다.",
        ],
        [
            "9볼트 건전지로 도어락을 열다\n도어락 건전지가 다 되어 집에 들어가지 못했다. 바깥쪽 밑에 9볼트 건전지를 대면 된다는 것을 편의점 아저씨가 알려 주었다. 네모난 건전지를 사서 두 쇠붙이에 대고 번호를 누르니 거짓말처럼 열렸다. 4천5백 원이었다. 열쇠 집에 전화했을 때는 밤이라 8만 원이라고 했었다. 들어와서 AA 건전지 네 개를 모두 새것으로 갈았다. 새것과 헌것을 섞으면 안 된다고 한다. 9볼트 건전지는 신발장 위가 아니라 차에 넣어 두었다.",
            "문 열어 주고 35만 원 받은 업체 주의\n문이 잠겼을 때 열쇠 업체를 부르면 3만 원이라더니 현장에서 35만 원을 내라고 했다는 상담이 석 달 새 90건 접수되었다. 인터넷에서 동네 이름으로 찾은 번호가 실제로는 다른 도시의 모집 업체로 이어지는 일이 많았다. 서울시는 부르기 전에 문을 부수지 않고 여는지, 출장비와 야간 요금을 합쳐 얼마인지 문자로 받아 두라고 권했다. 과한 요금을 냈다면 영수증을 챙겨 한국소비자원이나 다산콜센터 120으로 알리면 된다.",
            "아랫집 누수 원인 찾기\n아랫집 천장에 물 자국이 생겼다고 해서 순서대로 확인했습니다. 먼저 물을 쓰지 않고 수도 계량기 별침이 도는지 봅니다. 돌면 급수관, 안 돌면 방수나 배수 쪽입니다. 우리 집은 안 돌았습니다. 욕실 바닥에 물감을 풀고 하루를 기다렸더니 아랫집에 색이 비쳤어요. 줄눈이 깨진 곳으로 스며든 것이었습니다. 타일을 들어내고 방수를 다시 하는 데 160만 원, 아랫집 도배 70만 원. 배상 책임 보험에서 자기 부담금 50만 원을 빼고 나왔습니다.",
            "방충망 바꾸는 방법\n방충망을 바꾸는 방법. 틀에서 고무줄을 빼고 헌 망을 걷어 낸다. 새 망은 틀보다 사방 5센티미터 크게 자른다. 틀을 평평한 바닥에 놓고 망을 얹은 뒤 롤러로 고무줄을 홈에 밀어 넣는데, 짧은 쪽부터 하면 덜 운다. 남는 망은 칼을 바깥쪽으로 눕혀 잘라 낸다. 재료비는 창 하나에 만 2천 원쯤 든다. 촘촘한 망은 먼지도 막지만 바람이 30퍼센트쯤 덜 들어온다. 물구멍에 붙이는 망을 함께 사면 모기가 크게 준다.",
        ],
    ),
    "locksmith en": Topic(
        [
            "Locksmith Plano TX 24 hour locksmith near me\nLooking for a locksmith in Plano TX? Our Plano locksmith team is ready day and night to get you back inside. Whether you need a car locksmith, a residential locksmith or a commercial locksmith in Plano, we are only a phone call away. We serve Plano, Frisco, Allen, McKinney, Richardson and Garland with 20 minute response. Our Plano locksmith prices start at just $15. Don't wait in the cold, call (972) 555-0143 now for a free quote from the most trusted locksmith Plano TX has to offer.",
            "Why you should hire a professional locksmith\nThere are many reasons why hiring a professional locksmith is important. A professional locksmith has the right tools and training to handle any lock. When choosing a professional locksmith, it is essential to consider experience, licensing and reviews. A professional locksmith can also offer valuable advice on improving the security of your home. In conclusion, hiring a professional locksmith will save you time and money and give you peace of mind. Contact our friendly team today to learn more about how a professional locksmith can help.",
            "Car key replacement cost, lost all keys no spare\nLost your car keys? Don't panic! We cut and program car keys on the spot for all makes and models, and we do it for half of what the dealer charges. Toyota, Honda, Ford, BMW, Mercedes, you name it. No towing, no waiting, no hidden fees. Our mobile vans cover Tampa, Brandon, Riverview, Clearwater and St Pete seven days a week. Text a picture of your registration to 813-555-0177 and get an instant price. Mention this page and take $20 off your car key replacement.",
        ],
        [
            "I locked myself out on Tuesday with the soup on the stove. The first number I found promised a fifteen dollar call, but the man who came wanted two hundred and ninety and started to drill before I could answer. I sent him away and rang my neighbour, who knew a retired locksmith two streets over. He slid something thin along the frame, the door clicked, and he refused to take more than a bowl of soup. Since then a spare key has lived in a tin behind the third flowerpot, and I am not telling you which house this is.",
            "A pin tumbler lock has a plug that turns inside a shell. Springs push pairs of pins across the line between the two, and the cuts of the right key lift every pair so that the gap between its pins sits exactly at that line. Picking works because no lock is cut perfectly: when the plug is turned lightly, one pair binds before the others and can be set alone. Spool pins, shaped like a bobbin, make the plug turn a little when they are lifted, a false set that tells a patient picker what is inside.",
            "The state attorney general has sued a company that ran more than two thousand fake locksmith listings. According to the complaint, callers were quoted a low fee and then charged up to ten times as much by subcontractors in unmarked cars. The listings used the names of neighbourhoods and addresses of empty lots. Officials said that consumers should ask for the legal name of the business and a written estimate, and check whether the technician carries a licence in the fifteen states that require one.",
        ],
    ),
    "water en": Topic(
        [
            "Water damage restoration Scottsdale AZ 24/7 emergency\nWater damage can strike when you least expect it, and every minute counts. Our water damage restoration Scottsdale crews arrive within 45 minutes with industrial pumps and dryers. From burst pipes to sewage backup, our IICRC certified water damage restoration experts handle it all and bill your insurance directly, so you pay nothing out of pocket. Serving Scottsdale, Tempe, Mesa, Chandler, Gilbert and Paradise Valley. Don't let mold take over your beautiful home. Call 480-555-0162 for immediate water damage restoration.",
            "Affordable plumber near me drain cleaning experts\nNeed an affordable plumber near you? Look no further! Whether it's a clogged toilet, leaky faucet or busted water heater, our friendly plumbers have seen it all. We pride ourselves on honest prices and top quality workmanship. Drain cleaning for only $88 this month. No job too big or too small, and we'll beat any written estimate by 10 percent. Family owned, fully licensed, and loved by thousands of homeowners across the valley. Book online in 60 seconds and get your plumber at your door today.",
            "Mold removal cost and what to expect from mold removal companies\nMold removal is the process of removing mold from a property. Mold removal cost depends on various factors such as the size of the area and the type of mold. Mold removal should always be handled by professionals because mold removal can be dangerous. The mold removal process typically includes inspection, containment, removal and cleaning. The benefits of mold removal include better air quality and a healthier home. If you are in need of mold removal, do not hesitate to reach out to us for all your mold removal needs.",
        ],
        [
            "After the river went down we had four inches of brown silt in the kitchen. The insurance man came on the ninth day, took eleven photographs and said that the policy covered water from above but not from below. My brother and I cut the plasterboard out to the height of our knees and carried it to the road. A church group from two counties over arrived with shovels and sandwiches and would not give us their names. We ran three fans for a month. The line is still on the door frame, and I have decided not to paint it.",
            "Mould needs water more than anything else, and drying a room is most of the cure. The agency advises that an area smaller than ten square feet can usually be cleaned by the resident with detergent and a brush, wearing gloves and an N-95 mask. Wet carpet and ceiling tiles should be thrown away if they were not dried within forty-eight hours. Bleach is not recommended as a routine. Testing is seldom necessary, because there are no federal limits to compare with. People with asthma should stay out until the work is done.",
            "Question: our dishwasher drains into the sink and the sink then backs up. I have already taken the trap apart and it was clean. The house is from 1961 with galvanised pipe. A plumber quoted $420 to snake the line and $6,000 to replace it. Answer: galvanised drain pipe closes up from inside like an artery, so snaking will buy you a year or two. Open the cleanout in the basement while someone runs the tap. If it is dry there, the blockage is in the branch under the kitchen and you need only replace about twelve feet, which is a weekend and $150 of PVC.",
        ],
    ),
    "injury en": Topic(
        [
            "Houston car accident lawyer no fee unless we win\nHave you been injured in a car accident in Houston? You need an aggressive Houston car accident lawyer on your side. Insurance companies will do everything they can to pay you less, but our Houston car accident lawyers have recovered over $500 million for victims. The consultation is free and you pay nothing unless we win. Our Houston car accident lawyers are standing by 24/7 in English and Spanish. Time is limited to file your claim. Call 713-555-0100 or fill out the form and let us fight for you.",
            "Do I need a personal injury attorney?\nIf you have been hurt, you may be wondering if you need a personal injury attorney. A personal injury attorney is a lawyer who represents people who have been injured. A personal injury attorney can help you gather evidence, negotiate with insurers and maximize your compensation. It is important to choose a personal injury attorney with experience in your type of case. By working with a personal injury attorney, you can focus on your recovery while your attorney takes care of the rest. Reach out today to see what your case may be worth.",
            "Mesothelioma compensation claims 2031 are you owed money\nYou or a loved one may be entitled to financial compensation. If you were diagnosed with mesothelioma, over $30 billion has been set aside for victims just like you. Most people do not know that veterans, factory workers and even wives who washed dusty clothes can qualify. You do not have to go to court. Answer four simple questions to find out how much your mesothelioma claim is worth. It takes less than a minute and it is completely free. Don't miss the deadline, check now before the trust funds run dry.",
        ],
        [
            "The plaintiff was rear-ended at a red light and claimed $240,000 for a herniated disc. The defendant admitted fault but disputed the cause, pointing to an MRI taken fourteen months before the collision that showed the same protrusion. The trial court excluded the earlier image as untimely disclosed. We reverse. The record shows that the plaintiff's own expert had the image and discussed it at his deposition, so no surprise is possible. The case is remanded for a new trial on damages alone. Each party shall bear its own costs on appeal.",
            "After an accident, move to a safe place and call the police if anybody is hurt or a car cannot be driven. Exchange names, licence plates and policy numbers; do not discuss whose fault it was. Photograph all four sides of each car and the road. See a doctor within three days even if you only feel stiff. You do not need a lawyer for a dent. If you lost wages or an insurer wants you to sign a release in the first week, talk to one; most offer a first meeting free and take a third of the settlement. The county bar's referral line is open on weekdays.",
            "A truck clipped my bicycle in March. I remember the sound and then a woman in a green coat telling me not to get up. The settlement took two years and came to $61,000, of which the lawyer had a third, the hospital more than half of what was left, and I the price of a used Corolla. My lawyer was a decent man with a fish tank who returned my calls on Fridays. I am told that I was lucky. My wrist knows when it will rain. I still ride, on the path by the canal, with a light that you could see from the moon.",
        ],
    ),
    "outlet en": Topic(
        [
            "Michael Kors outlet online cheap handbags 80% off\nWelcome to Michael Kors outlet online store! Here you can find cheap Michael Kors handbags, Michael Kors wallets, Michael Kors totes and Michael Kors watches at unbeatable prices. All Michael Kors outlet products are of the highest quality and enjoy free shipping to your door. Buy two and get one free only this week. Our Michael Kors outlet has been the favorite of fashionable ladies around the world since 2009. Shop cheap Michael Kors outlet now, we promise you will not be disappointed.",
            "Cheap NFL jerseys from China wholesale\nCheap NFL jerseys wholesale supplier with top quality and fast delivery. We supply cheap NFL jerseys, cheap NHL jerseys, cheap MLB jerseys and soccer jerseys at factory price. All jerseys are stitched, with sizes from S to 6XL and customized names and numbers. Order 20 pieces and save 40%, payment by PayPal or Western Union. Our cheap jerseys are delivered within 7 to 10 days with tracking number. If you want to buy cheap NFL jerseys for your team or shop, just email us and get the newest price list.",
            'Amazing coupon codes for sneakers that really work\nWho doesn\'t love saving money? We have collected the hottest sneaker coupon codes that really work in one place. Save up to 70% on Nike, Adidas, New Balance and more with our verified coupon codes. New coupon codes are added every hour, so be sure to bookmark this page and check back often. To use a sneaker coupon code, simply click "Show code", copy it and paste it at checkout. Sign up for our newsletter and get exclusive coupon codes straight to your inbox. Happy shopping, savvy shoppers!',
        ],
        [
            "Customs officers at the port seized 14,800 counterfeit handbags and jerseys in three containers declared as plastic chairs. At list price the goods would be worth $31 million. The officers noticed that the seals had been replaced and that the weight was wrong for chairs. Counterfeits are sold mostly through sites that copy the pictures of the brand and vanish within weeks. The bureau said buyers can recognise them by a price far below the usual and by payment only through transfer. The goods will be destroyed, apart from the coats, which will be stripped of labels and given to shelters.",
            "I have carried the same brown bag since 2003. It came from an outlet off the motorway, a second with one handle stitched a finger's width too low, and cost a third of what it should. The zip was replaced in 2011 by a cobbler who shook his head at it. It has held two novels in typescript, a kitten, and once an entire wedding cake in slices. My daughter says that it smells of trains. I tried a new one last autumn for a week; it was lighter and had a pocket for the telephone, and I gave it to her.",
            "Canvas tote, natural, 15 litres. Woven from 12-ounce cotton and sewn with bound seams. The handles are 66 cm long and fit over a winter coat. One inner pocket, no closure. Made in Portugal in a workshop of nineteen people. Wash at 30 degrees and dry flat: it shrinks by about three percent the first time. Colour may rub off on light clothes when wet. £28, or £24 without the print. We send orders on Mondays and Thursdays; delivery to the mainland is £3.50. Unused bags can be returned within thirty days. Questions: shop@example.org.",
        ],
    ),
    "software en": Topic(
        [
            "Adobe Photoshop crack free download full version with key\nAdobe Photoshop crack free download is the best photo editing software in the world. With Adobe Photoshop crack you can edit pictures like a professional. Features of Adobe Photoshop crack: user friendly interface, hundreds of filters, fast performance. How to install Adobe Photoshop crack? First download the crack from the link below, turn off your antivirus, extract the file and run the setup as administrator. Copy the serial key and paste it. Done! Enjoy the full version of Adobe Photoshop for free.",
            "Best SEO company in Noida digital marketing agency\nWe are the best SEO company in Noida offering affordable SEO services in India. Our SEO company in Noida has a team of expert professionals who deliver guaranteed results. We provide SEO, SMO, PPC, web design, app development and content writing services at the lowest price. As a leading SEO company in Noida, we have helped more than 500 clients rank on the first page of Google. If you are looking for the best SEO company in Noida, your search ends here. Get a free website audit now.",
            "Windows running slow? This free PC cleaner makes it fast again\nIs your computer slow and full of errors? Experts say that nine out of ten PCs are infected and the owners do not even know it. Our award winning PC cleaner scans your system in 60 seconds, deletes junk files, fixes the registry and makes your PC run like new. Join over 30 million happy users worldwide. Download the free PC cleaner today, it is safe and easy to use. Upgrade to Pro now with 75% off and get a free VPN. Limited time only, the discount ends at midnight.",
        ],
        [
            'Photoshop\'s healing brush copies texture from a source and keeps the light of the place where you paint. Hold Alt and click where the skin is clean, then paint over the mark in short strokes. Set hardness to about eighty percent so that the edge does not smear. On a sharp border, such as hair against a wall, the brush pulls colour across; select the area first or use the clone stamp there. Work on an empty layer with "sample all layers" on, and you can erase what you regret. Zoom out every minute: what looks coarse at 300 percent is invisible in print.',
            "Researchers found that two thirds of the cracked programs offered on the first page of results contained an information stealer. The archives were protected with a password so that scanners could not open them, and the instructions told the user to turn the antivirus off. Within four minutes of being run, the malware had sent the browser's saved passwords and the cookies of every session to a server. The study looked at 212 downloads of 40 programs. The authors recommend free alternatives, and resetting every password from a clean machine for anybody who has installed one.",
            'My laptop had become so slow that I could make tea while it opened a letter. The shop on the corner wanted ninety pounds to "optimise" it. My niece looked at it for a minute, opened the task manager and pointed at the disk, which stood at a hundred percent. She bought a solid-state drive for thirty-five pounds, cloned the old one overnight, and put six screws back where there had been seven. It now starts before I have found my glasses. She also removed three programs that had promised to make it faster. I paid her in stew.',
        ],
    ),
}
HELD = {
    "saju": Topic(
        [
            "신점 잘보는곳 용한 점집 추천\n신점 잘보는곳을 찾으시는 분들이 정말 많으신데요. 오늘은 신점 잘보는곳 중에서도 입소문으로만 예약이 차는 천신당을 소개해 드리려고 합니다. 취업운, 재회운, 금전운까지 말하지 않아도 먼저 맞히는 것으로 유명하고요, 신점 가격은 전화 상담 3만 원, 방문 5만 원입니다. 신점 잘보는곳을 찾아 헤매지 마시고 010-2233-8871로 문자 남겨 주시면 순서대로 연락드립니다. 예약이 한 달 치 밀려 있으니 서두르셔야 해요.",
            "부평점집 계산동점집 작전동점집 유명한무당\n부평점집 중에서 꾸준히 사랑받는 곳, 부평점집 옥천암입니다. 부평점집을 처음 찾으시는 분들은 어디로 가야 할지 고민이 많으시죠. 작전동점집, 계산동점집, 삼산동점집을 모두 다녀 본 손님들이 결국 부평점집 옥천암으로 오십니다. 재회부적, 재물부적, 합격부적을 손수 써 드리고 효과가 없으면 다시 써 드립니다. 상담 시간은 오전 9시부터 밤 11시까지, 카카오톡 아이디 okcheon1.",
            "재회부적 써 본 후기, 정말 돌아왔어요\n헤어진 지 두 달, 밥도 못 먹고 울기만 하다가 친구가 알려 준 선생님께 전화를 드렸어요. 이름과 생년월일만 말했는데 그 사람 성격을 그대로 말씀하셔서 소름이 돋았습니다. 재회부적을 받고 나서 딱 열흘 만에 연락이 왔어요. 광고인 줄 알고 의심했던 제가 부끄럽더라고요. 저처럼 힘드신 분들은 댓글로 비밀글 남겨 주시면 선생님 번호 알려 드릴게요. 지금은 결혼 날짜 잡고 있답니다.",
            "사주 어플 순위와 무료 사주 사이트 비교\n무료 사주 사이트를 찾고 계신다면 어떤 기준으로 골라야 할까요? 무료 사주는 간편하지만 정확도가 떨어질 수 있으며, 유료 사주는 보다 자세한 풀이를 제공한다는 장점이 있습니다. 무료 사주를 이용할 때는 생년월일시를 정확히 입력하는 것이 중요합니다. 또한 무료 사주 사이트마다 풀이 방식이 다르므로 여러 곳을 비교해 보는 것을 권장드립니다. 이처럼 무료 사주를 잘 활용하면 인생의 방향을 설정하는 데 큰 도움이 될 것입니다.",
        ],
        [
            "철학관에 앉아 있던 겨울\n점을 보러 간 것은 순전히 어머니 때문이었다. 수능을 앞둔 동생의 운을 봐야 한다며 신촌 골목의 철학관에 앉혔는데, 노인은 만세력을 한참 넘기더니 물이 많은 사주라 했다. 복채는 삼만 원이었다. 나오는 길에 어머니는 그래도 속이 시원하다고 했고, 동생은 시험에 떨어졌다. 이듬해 동생이 붙고 나서 어머니는 그 집이 용하다는 말을 더는 하지 않았다. 나는 요즘도 그 골목을 지날 때면 노인이 적어 주던 붓글씨가 생각난다.",
            '굿값 2억 챙긴 무속인 항소심도 실형\n굿값으로 2억 원을 받아 챙긴 무속인이 항소심에서도 실형을 받았다. 재판부는 "조상의 원한을 풀지 않으면 자식이 죽는다는 말은 종교 행위의 한계를 벗어난 것"이라고 밝혔다. 피해자는 남편의 사업 실패 뒤 점집을 찾았다가 3년 동안 서른두 차례 굿을 했다. 법원은 부적이나 굿이 효과가 없었다는 이유만으로 사기가 되지는 않지만, 처음부터 돈을 뜯을 목적으로 불안을 키웠다면 다르다고 설명했다.',
            "사주팔자\n사주팔자는 태어난 해, 달, 날, 시를 각각 간지로 나타낸 여덟 글자를 가리킨다. 해의 기둥을 연주, 달의 기둥을 월주라 하고, 날의 천간인 일간을 그 사람 자신으로 본다. 송나라의 서자평이 일간 중심의 풀이를 세웠다고 하여 자평명리라고도 부른다. 조선에서는 관상감의 명과학 시험 과목에 들어 있었다. 오늘날에는 통계라고 부르는 사람도 있으나 검증된 자료는 없다.",
            "도서관 타로 카드 강좌 안내\n타로 카드 강좌를 엽니다. 마을 도서관 3층 동아리방에서 매주 화요일 저녁 7시부터 두 시간씩 여섯 번 모입니다. 카드의 그림과 상징을 미술사와 함께 읽는 수업이고 점을 쳐 드리지는 않습니다. 재료비 만 원은 첫날 걷습니다. 신청은 도서관 누리집이나 안내대(전화 02-330-0000)에서 하시면 되고, 정원 열두 명이 차면 마감합니다. 지난 학기에 들으신 분도 다시 들으실 수 있습니다.",
        ],
    ),
    "diet": Topic(
        [
            "다이어트한의원 뱃살 빼는법 한 달 10키로\n다이어트한약 정말 효과가 있을까요? 다이어트한약 후기를 찾아보시는 분들이라면 비슷한 고민을 하고 계실 거예요. 저희 한의원의 다이어트한약은 체질을 고려한 1:1 처방으로 굶지 않아도 자연스럽게 식욕이 줄어듭니다. 다이어트한약을 드시고 한 달 만에 10키로를 감량하신 분도 계십니다. 첫 달 다이어트한약은 9만 9천 원에 모시고 있으니 비대면 진료로 간편하게 받아 보세요. 요요까지 책임지고 잡아 드립니다.",
            "새싹보리 효능과 부작용 먹는법\n새싹보리는 보리의 어린잎으로 예로부터 건강에 좋다고 알려져 왔습니다. 새싹보리 효능으로는 간 건강, 다이어트, 콜레스테롤 감소, 변비 개선 등이 있습니다. 새싹보리 먹는법은 물이나 우유에 타서 하루 두 번 섭취하는 것이 좋으며, 새싹보리 부작용으로는 설사가 있을 수 있으므로 주의해야 합니다. 새싹보리 제품을 고를 때는 유기농 인증과 착즙 분말인지를 확인하시는 것이 좋습니다. 제가 먹는 새싹보리는 아래에 남겨 두었습니다.",
            "55사이즈 입게 된 비결, 산후 다이어트 성공기\n둘째 낳고 72키로까지 쪘던 제가 지금은 51키로예요. 헬스도 해 보고 굶어도 봤는데 다 실패했거든요. 그러다 육아 카페에서 난리 난 그 효소를 먹기 시작했는데 자고 일어나면 배가 쏙 들어가 있는 거예요. 변비도 사라지고 피부까지 좋아지니까 남편이 다시 연애하는 기분이래요. 공구 마감이 오늘 자정까지라 링크 걸어 둘게요. 3개월분 사시면 1개월분 더 드린대요. 저 믿고 딱 한 통만 드셔 보세요.",
            "관절영양제 추천 무릎통증 MSM 콘드로이친\n무릎에서 뚝뚝 소리가 나고 계단이 무서우시다면 관절영양제를 시작하실 때입니다. 시중에 수많은 관절영양제가 있지만 함량이 터무니없이 낮은 제품이 대부분입니다. 관절플러스는 MSM 2000밀리그램에 보스웰리아, 콘드로이친까지 한 알에 담아 먹는 즉시 흡수되는 관절영양제입니다. 부모님 효도 선물로 홈쇼핑 완판 신화를 기록한 관절영양제, 오늘만 1+1에 사은품까지 챙겨 가세요. 상담 전화 080-111-0000.",
        ],
        [
            '살 빠진다는 광고 214건 적발\n식약처는 체중 감량 효과를 내세운 건강기능식품 광고 214건을 적발해 사이트 차단을 요청했다. 일반 식품을 "먹기만 해도 살이 빠진다"고 광고한 경우가 가장 많았고, 체험 후기를 꾸며 낸 곳도 37곳이었다. 식약처 관계자는 질병 치료에 효과가 있다는 광고를 보면 1399로 신고해 달라고 했다. 전문가들은 한 달에 체중의 5퍼센트 넘게 줄이면 담석과 탈모가 생길 수 있다며 식사량과 활동량을 함께 조절하라고 조언했다.',
            "건강 검진이 준 석 달\n살을 빼야겠다고 마음먹은 것은 건강 검진 결과지 때문이었다. 공복 혈당 112, 중성 지방 240. 의사는 약 대신 석 달을 주었다. 나는 저녁 밥을 반으로 줄이고 퇴근길 두 정거장을 걸었다. 첫 달에는 1.5킬로그램, 둘째 달에는 오히려 0.3킬로그램이 늘어 화가 났다. 석 달째에 혈당이 98이 되었다. 체중은 모두 4킬로그램 줄었을 뿐이다. 텔레비전에서 보던 극적인 변화는 없었지만 바지 허리가 남는 것이 가끔 우습고 좋다.",
            "글루코사민\n글루코사민은 관절 연골의 구성 성분으로, 건강 보조 식품으로 널리 팔린다. 2010년 영국 의학 저널에 실린 메타 분석은 열 개의 임상 시험, 3,803명의 자료를 모아 글루코사민과 콘드로이틴이 위약보다 통증을 줄이거나 관절 간격을 유지하지 못한다고 결론지었다. 한국에서는 2010년에 건강보험 급여에서 제외되었다. 갑각류 알레르기가 있는 사람과 와파린을 복용하는 사람은 주의해야 한다. 통증이 계속되면 정형외과 진료가 먼저다.",
            "해독 주스 만드는 법\n아침마다 마시는 해독 주스 만드는 법을 적어 둡니다. 양배추 100그램, 당근 100그램, 방울토마토 다섯 알, 브로콜리 반 송이를 물 두 컵에 10분 삶아 식힙니다. 사과 반 개와 바나나 반 개를 넣고 갈면 두 잔이 나와요. 병에 담아 냉장고에 사흘까지 두고 먹을 수 있습니다. 살이 빠지는지는 잘 모르겠지만 화장실은 확실히 편해졌어요. 당뇨가 있으신 분은 바나나를 빼고 만드시길 바랍니다. 저는 남편 것에만 꿀을 한 숟갈 넣습니다.",
        ],
    ),
    "skin": Topic(
        [
            "강남역피부과 여드름흉터 모공 레이저\n강남역피부과 어디를 가야 할지 모르겠다면 이 글이 도움이 되실 거예요. 여드름흉터와 모공은 한 가지 시술만으로는 좋아지기 어렵기 때문에 강남역피부과 선택 시 장비 보유 여부를 꼭 보셔야 합니다. 저희 강남역피부과는 포텐자, 쥬베룩, 울쎄라 정품 팁을 개봉 인증하고 대표원장이 처음부터 끝까지 직접 시술합니다. 지금 예약하시면 첫 방문 스킨부스터 4.9만 원, 강남역피부과 이벤트는 이달 말까지입니다.",
            "코성형 잘하는 병원 자연스러운 라인\n코성형은 얼굴의 중심을 바꾸는 수술인 만큼 신중하게 접근해야 합니다. 코성형 재료로는 실리콘, 고어텍스, 자가연골이 있으며 개인의 피부 두께에 따라 적합한 재료가 다릅니다. 코성형 잘하는 병원을 고를 때는 의료진의 경험과 사후 관리 시스템을 확인하는 것이 좋습니다. 코성형은 무조건 높이는 것이 아니라 전체적인 조화가 중요하기 때문에 충분한 상담을 통해 계획을 세우는 것이 바람직합니다.",
            "임플란트 가격 저렴한 치과 수면임플란트\n임플란트 하나에 39만 원, 믿어지시나요? 안산에서 임플란트 가격 저렴한 치과로 소문난 저희 치과는 국산 정품 임플란트만 고집하면서도 거품을 쏙 뺐습니다. 치과가 무서운 분은 자고 일어나면 끝나는 수면임플란트로 편안하게 심어 드립니다. 야간 진료 9시까지, 주차 3시간 무료, 65세 이상은 보험 임플란트로 더 저렴합니다. 임플란트 가격 비교하고 오셔도 좋습니다. 자신 있으니까요.",
            "눈밑지방재배치 후기 한 달 차 솔직\n안녕하세요 오늘은 눈밑지방재배치 한 달 차 후기 들고 왔어요! 저는 상담을 네 군데 돌고 여기로 정했는데 원장님이 과한 걸 권하지 않으셔서 믿음이 갔어요. 눈밑지방재배치 수술은 삼십 분 정도 걸렸고 멍은 일주일이면 다 빠져요. 붓기 빠지고 나니 다크서클이 사라져서 다들 어려 보인다고 하네요. 병원 어디냐고 쪽지 많이 주셔서 프로필에 적어 뒀어요. 제 이름 말씀하시면 십 퍼센트 빼 주신대요. 본 글은 병원의 지원을 받았습니다.",
        ],
        [
            "여드름\n여드름은 털피지샘의 만성 염증이다. 사춘기에 안드로겐이 늘면 피지가 많아지고 털구멍 입구가 막혀 면포가 생긴다. 여기에 큐티박테리움 아크네스가 자라 염증이 된다. 가벼운 여드름에는 바르는 레티노이드와 과산화 벤조일을 쓰고, 넓게 퍼진 염증에는 독시사이클린을 석 달 안으로 먹는다. 이소트레티노인은 기형을 일으키므로 임신을 계획하는 사람은 먹을 수 없고, 복용을 마친 뒤에도 한 달은 피임해야 한다. 손으로 짜면 흉터가 남는다.",
            "보정한 전후 사진 실은 병원장 벌금형\n성형외과 광고에 쓰인 전후 사진이 보정된 것으로 드러나 해당 병원장이 의료법 위반으로 벌금 300만 원을 선고받았다. 재판부는 화장과 조명, 각도를 달리한 사진을 나란히 실은 것은 소비자를 속일 우려가 크다고 판단했다. 병원은 후기 게시판에도 직원이 쓴 글 60여 편을 올렸다. 현행법은 치료 경험담으로 환자를 끄는 광고를 금지한다. 보건복지부는 온라인 의료 광고 사전 심의 대상을 넓히는 방안을 살피고 있다.",
            "임플란트를 심고 다섯 달\n치과에서 임플란트를 하자는 말을 들은 것은 작년 봄이었습니다. 어금니 뿌리에 금이 갔다고 했습니다. 한 곳은 120만 원, 다른 곳은 85만 원, 대학 병원은 190만 원을 불렀습니다. 결국 집에서 가까운 곳으로 정했습니다. 다섯 달 동안 여섯 번을 갔으니까요. 심는 날보다 뼈를 보탠 자리가 아물던 열흘이 더 힘들었습니다. 지금은 내 이와 다름없이 씹습니다. 다만 치실은 두 배로 열심히 합니다. 부모님께는 스케일링 자주 받으시라고 말씀드립니다.",
            "진료 시간 안내\n우리 의원의 진료 시간을 안내합니다. 평일은 오전 9시부터 오후 6시 30분까지, 목요일은 오후 8시 30분까지, 토요일은 오후 1시까지 봅니다. 점심시간은 1시부터 2시입니다. 초진은 신분증을 가져오셔야 하며, 진료 마감 30분 전에 접수를 끝냅니다. 레이저 치료는 예약한 분만 받으실 수 있습니다. 비급여 진료비는 접수대와 누리집에 적어 두었습니다. 버스 정류장에서 걸어서 3분 거리이고 주차장은 건물 뒤에 있습니다. 전화 031-000-0000.",
        ],
    ),
    "marriage": Topic(
        [
            "결혼정보회사 가격 후기 등급표 상담\n결혼정보회사 가격이 궁금하신가요? 결혼정보회사 등급표는 나이, 직업, 연봉, 부모님 노후까지 종합해서 매겨집니다. 국내 결혼정보회사 빅3의 가격과 성혼율을 모두 비교해 본 결과, 가입비가 비싸다고 좋은 만남이 보장되는 것은 아니었습니다. 저희 결혼정보회사는 성혼될 때까지 횟수 제한 없이 소개하고 매니저가 옷차림부터 대화까지 코칭해 드립니다. 지금 프로필만 넣어 보셔도 이상형 세 분을 무료로 매칭해 드려요.",
            "베트남 국제결혼 비용 업체 현지 맞선\n베트남 국제결혼, 아직도 망설이고 계십니까? 베트남 국제결혼 비용 1,200만 원이면 맞선부터 결혼식, 비자, 입국까지 모두 해결됩니다. 스무 살부터 서른 살까지 순수하고 착한 신부 300명이 기다리고 있습니다. 재혼, 늦은 나이, 농촌 총각 누구나 환영하며 성사되지 않으면 한 푼도 받지 않습니다. 이번 달 현지 맞선 출발하실 분 세 명만 모십니다. 대표 직통 010-5511-0909, 라인 vietwed.",
            "30대 소개팅어플 순위 실제 만남 후기\n소개팅어플만 일곱 개 깔아 본 35살 직장인이 솔직하게 말해 볼게요. 대부분의 소개팅어플은 알바와 봇 천지라 돈만 날립니다. 그런데 딱 하나, 여기는 가입한 날 세 명이랑 대화했고 그 주에 두 명을 만났습니다. 직장 인증을 해야 가입되니까 이상한 사람이 없어요. 남자는 하트가 좀 비싸지만 제 초대 링크로 들어가면 30개를 그냥 줍니다. 소개팅어플 고민하는 형들 시간 낭비하지 말고 여기로 오세요.",
            "웨딩박람회 일정 무료초대권 스드메\n이번 주말 열리는 웨딩박람회 일정 확인하셨나요? 웨딩박람회에 가면 스드메부터 예물, 혼수, 신혼여행까지 하루에 준비할 수 있습니다. 웨딩박람회 무료초대권을 미리 신청하신 예비부부에게는 커피머신 추첨권과 웨딩슈즈를 드립니다. 당일 계약하시면 스드메 99만 원 특가, 허니문은 커플당 80만 원을 깎아 드려요. 서울 웨딩박람회 자리는 선착순이라 금방 동나니 두 분 이름과 예식일을 남겨 주세요.",
        ],
        [
            "공정위, 결혼정보회사 약관 시정\n공정거래위원회가 결혼정보회사 이용 약관을 심사해 다섯 가지 불공정 조항을 고치게 했다. 그동안 일부 업체는 회원이 중도에 해지하면 가입비의 80퍼센트를 돌려주지 않았다. 앞으로는 소개가 한 번도 이루어지지 않았으면 20퍼센트만 빼고 돌려주어야 한다. 소비자원에 접수된 피해 가운데 절반이 환급 거부였다. 공정위는 성혼율 1위 같은 광고의 근거도 함께 살펴보고 있다고 밝혔다.",
            "엄마가 내 이름을 올렸다\n엄마가 몰래 결혼정보회사에 내 이름을 올렸다. 매니저라는 사람이 전화를 걸어 키와 연봉을 묻는데 처음에는 보이스 피싱인 줄 알았다. 두 번 나갔다. 한 사람은 자기 어머니 이야기만 하다가 갔고, 다른 사람은 커피를 엎지른 뒤로 말이 없었다. 둘 다 나쁜 사람은 아니었다. 돌아오는 길에 붕어빵을 사 먹으며 생각했다. 소개를 받는 일은 면접보다 어렵다. 엄마에게는 겨울까지만 해 보겠다고 했다.",
            "결혼중개업법 요약\n국제결혼 중개업을 하려는 자는 자본금 1억 원 이상을 갖추고 보증 보험에 든 뒤 시장·군수·구청장에게 등록하여야 한다. 중개업자는 이용자와 상대방에게서 혼인 경력, 건강 상태, 직업, 범죄 경력을 적은 신상 정보를 받아 양쪽이 이해하는 말로 옮겨 만나기 전에 제공하여야 한다. 나이와 국적을 내세워 인격을 깎아내리는 표시나 광고는 할 수 없다. 이를 어기면 3년 이하의 징역이나 2천만 원 이하의 벌금에 처한다.",
            "구청 예식장으로 정했다\n예식장을 알아보러 다닌 지 석 달이 되었다. 밥값은 한 사람에 6만 8천 원, 대관료 따로, 꽃 장식 따로. 박람회에도 한 번 갔는데 계약하지 않으면 나오지 못하게 하는 분위기라 사은품만 받고 도망쳤다. 결국 구청 예식장을 골랐다. 꽃은 시장에서 사촌 언니가 꽂아 주기로 했고 사진은 회사 동료가 찍는다. 드레스는 빌리는 데 40만 원. 줄인 돈으로 엄마와 시어머니 한복을 해 드렸다. 날짜는 10월 셋째 토요일이다.",
        ],
    ),
    "investing": Topic(
        [
            "비트코인 선물거래 거래소 추천 수수료 할인\n비트코인 선물거래를 시작하려는 분들이 가장 먼저 하는 고민이 어느 거래소를 쓸까입니다. 비트코인 선물거래는 수수료가 전부라고 해도 과언이 아닙니다. 제 링크로 가입하시면 평생 수수료 40퍼센트를 되돌려 받으실 수 있고 가입 축하금 3만 USDT까지 챙길 수 있어요. 비트코인 선물거래 방법, 레버리지 설정, 입금 순서는 아래에 그림으로 올려 놨습니다. 매매 신호는 텔레그램 방에서 아침마다 공유 중이니 들어와서 눈팅만 하셔도 됩니다.",
            "급등주 포착 종목 추천 이번 주 대장주\n이번 주 반도체 대장주는 이미 올랐습니다. 하지만 아직 세력이 들어오지 않은 종목이 하나 있습니다. 지난달 저희 회원들은 이 방식으로 두 종목에서 84퍼센트의 수익을 올렸습니다. 종목명을 여기서 밝히면 물량이 털리기 때문에 공개할 수 없습니다. 문자로 숫자 7만 보내 주시면 종목명과 매수가, 목표가를 바로 보내 드립니다. 비용은 한 푼도 들지 않으며 오늘 장 마감 전까지만 받습니다. 번호 010-6622-1199.",
            "소액투자 추천 월배당 부동산 공동투자\n은행 이자에 한숨만 나오시나요? 소액투자로 매달 월급처럼 통장에 돈이 들어온다면 어떠실까요. 저희가 운용하는 공동투자 상품은 원금을 지켜 드리면서 월 3퍼센트를 드립니다. 소액투자는 100만 원부터 시작할 수 있고 언제든 해지하셔도 불이익이 없습니다. 지금까지 1,800분이 함께하셨고 단 한 번도 배당이 밀린 적이 없습니다. 설명회 참석만 하셔도 상품권 5만 원을 드리니 자리를 예약해 주세요. 강남역 4번 출구 3층.",
            "주식초보 재테크 방법 5가지 정리\n재테크 방법을 알아보는 주식초보 여러분을 위해 준비했습니다. 재테크 방법의 첫 번째는 저축입니다. 재테크 방법의 두 번째는 분산 투자입니다. 재테크 방법의 세 번째는 정보를 얻는 것인데, 최근에는 인공지능 기반 자동매매 프로그램이 각광받고 있습니다. 자동매매를 활용하면 감정에 휘둘리지 않고 꾸준한 수익을 기대할 수 있습니다. 재테크 방법은 다양하므로 본인의 성향에 맞는 것을 선택하는 것이 중요합니다. 프로그램은 하단 배너에서 받으실 수 있습니다.",
        ],
        [
            "유명인 사칭 투자 앱 조직 적발\n금융감독원은 유튜브에서 유명인을 사칭해 투자자를 모은 뒤 가짜 거래 앱을 깔게 한 조직을 수사 기관에 넘겼다. 피해자들은 단체 대화방에서 수익 인증 사진을 보고 돈을 넣었으나, 출금하려 하자 세금과 수수료를 먼저 내라는 말을 들었다. 금감원은 원금을 보장한다거나 비공개 정보를 준다는 제안은 사기일 가능성이 크다고 밝혔다. 제도권 금융 회사인지는 파인 누리집에서 확인할 수 있고, 피해를 당하면 곧바로 1332로 신고해야 한다.",
            "지수 펀드를 사게 된 까닭\n주식을 시작하고 열 달 동안 번 돈을 한 달에 다 잃었다. 대형주만 사겠다던 다짐은 친구가 알려 준 바이오 회사 하나에 무너졌다. 임상 결과가 나온 날 하한가가 두 번 이어졌고, 나는 회사 화장실에서 계좌를 열었다 닫았다 했다. 계산해 보니 수수료와 세금만 41만 원이었다. 지금은 달마다 20만 원씩 지수 펀드를 산다. 재미는 없다. 재미없는 것이 이렇게 편한 줄 몰랐다.",
            "채권의 가격과 금리\n채권의 가격은 금리와 반대로 움직인다. 액면 10,000원, 표면 이자 3퍼센트인 채권이 있을 때 시장 금리가 4퍼센트로 오르면 아무도 이 채권을 10,000원에 사려 하지 않는다. 만기가 1년이라면 10,300원을 1.04로 나눈 9,904원이 알맞은 값이다. 만기가 길수록 값은 더 크게 흔들린다. 이 민감도를 듀레이션이라고 한다. 연습 문제: 만기가 2년인 같은 채권의 값을 구하고, 금리가 2퍼센트로 내릴 때와 견주어 보라.",
            "비트코인의 난이도 조정\n비트코인 네트워크의 난이도는 2,016개 블록마다, 그러니까 약 2주에 한 번 다시 정해진다. 블록이 평균 10분보다 빨리 나왔으면 난이도를 올리고 늦게 나왔으면 내린다. 한 번에 네 배 넘게 바꾸지는 못한다. 채굴자가 받는 보상은 21만 블록마다 절반으로 줄어 2024년 4월 3.125개가 되었다. 거래는 공개 키로 잠긴 출력을 비밀 키의 서명으로 풀어 다음 출력으로 넘기는 일이다. 값이 오르내리는 것은 이 규칙과 아무 상관이 없다.",
        ],
    ),
    "pension": Topic(
        [
            "가평풀빌라 추천 키즈 수영장 바베큐\n가평풀빌라 중에서도 아이들과 가기 좋은 가평풀빌라를 찾고 계셨죠? 가평풀빌라 블루하임은 전 객실에 미온수 수영장과 개별 바베큐장을 갖추었습니다. 가평풀빌라를 많이 다녀 봤지만 이만한 가격에 이런 시설은 없다고들 하세요. 평일 19만 원, 주말 29만 원, 연박하시면 둘째 날은 반값입니다. 빈 날짜는 네이버 톡톡으로 물어봐 주시고 블로그 이웃이라고 말씀하시면 숯불을 공짜로 넣어 드립니다. 여름 성수기는 벌써 절반 찼어요.",
            "다낭 에코걸 풀빌라 황제투어 일정\n다낭에서 남자들끼리 제대로 놀고 싶은 형님들 모이세요. 다낭 에코걸과 함께하는 3박 5일 황제투어, 공항에서 만나 골프, 풀빌라, 밤 문화까지 한국인 실장이 붙어서 모십니다. 다낭 에코걸 초이스는 사진 보내 드리고 마음에 안 들면 바꿔 드려요. 혼자 오셔도 좋고 단체는 더 깎아 드립니다. 다낭 에코걸 가격은 하루 20만 원대, 현지에서 돈 더 달라는 일 없습니다. 카톡 dngboss88, 라인도 같은 아이디.",
            "제주렌트카 가격비교 완전자차 저렴한 곳\n제주렌트카 아직도 공항에서 빌리시나요? 제주렌트카는 미리 예약할수록 저렴하다는 사실, 알고 계셨나요. 제주렌트카 가격비교 사이트를 이용하면 80여 개 업체의 요금을 한 화면에서 볼 수 있습니다. 제주렌트카를 빌릴 때는 일반자차와 완전자차의 차이를 이해해야 합니다. 완전자차는 사고가 나도 면책금이 없어 초보 운전자에게 적합합니다. 제주렌트카를 알뜰하게 이용하여 즐거운 여행을 만들어 보시기 바랍니다. 예약은 아래 초록색 버튼.",
            "부산 요트투어 해운대 야경 예약 할인\n부산 여행에서 이거 안 하면 진짜 후회해요. 광안대교 밑에서 불꽃놀이 하는 요트투어인데 남자친구가 너무 좋아하더라고요. 현장에서 사면 4만 원인데 저는 여기 링크로 미리 사서 만 9천 원에 탔어요. 같은 배인데 두 배 차이라니 억울할 뻔했죠. 노을 시간대는 일주일 전에 매진이니까 꼭 서둘러 잡으세요. 사진사 오빠가 인생샷도 찍어 줍니다. 할인 코드는 BUSAN5 넣으면 오천 원 더 빠져요. 이 포스팅으로 소정의 수수료를 받아요.",
        ],
        [
            "울릉도 사흘\n울릉도에 다녀왔다. 묵호에서 배로 세 시간, 파도가 높아 봉지를 두 개 썼다. 저동항 민박에서 이틀을 잤는데 하룻밤 7만 원에 아침으로 따개비 칼국수를 주셨다. 성인봉까지 네 시간 걸었고 나리분지에서 산채 비빔밥을 먹었다. 나오는 날 풍랑 주의보가 내려 하루 더 묵었다. 주인 할머니(054-791-0000)는 배가 안 뜬 날은 방값을 반만 받는다고 하셨다. 오징어는 생각보다 비싸서 세 축만 샀다. 다음에는 가을에 가고 싶다.",
            "풀빌라 예약 취소 분쟁 되풀이\n여름 휴가철 숙박 시설 예약 취소를 둘러싼 다툼이 끊이지 않는다. 소비자 분쟁 해결 기준에 따르면 성수기 주중에는 사용 예정일 10일 전까지 취소하면 계약금을 모두 돌려받는다. 그러나 풀빌라 가운데 여럿은 자체 규정을 앞세워 환급을 거절했다. 태풍이나 호우로 갈 수 없게 된 경우에는 당일 취소해도 전액을 돌려주어야 한다. 소비자원은 예약하기 전에 취소 규정을 화면으로 남겨 두라고 권했다.",
            "바닷가 민박 안내\n저희 집은 바닷가에서 걸어서 5분, 방 네 칸짜리 작은 민박입니다. 큰방은 네 명까지 9만 원, 작은방은 두 명 6만 원이고 7월 말부터 8월 중순까지는 2만 원씩 더 받습니다. 부엌과 화장실은 같이 씁니다. 마당에서 고기를 구우셔도 되지만 숯은 가져오셔야 합니다. 개가 한 마리 있는데 순합니다. 오시기 전날 전화(041-673-0000) 주시면 바지락을 캐는 물때를 알려 드릴게요. 카드는 안 되고 계좌로 보내 주시면 됩니다. 늦게 오셔도 괜찮습니다.",
            "제주 렌터카 사고 예방\n렌터카로 제주를 한 바퀴 돌 때 가장 많이 나는 사고는 교차로에서의 접촉이다. 제주경찰청 자료를 보면 렌터카 사고의 42퍼센트가 20대 운전자였고, 오후 2시부터 6시 사이에 몰렸다. 회전 교차로에서는 먼저 도는 차가 우선이다. 중산간 도로는 안개가 잦고 노루가 뛰어나온다. 1100도로와 516도로는 겨울에 자주 막히므로 출발하기 전에 교통 정보를 보아야 한다. 사고가 나면 차를 옮기기 전에 바퀴 방향까지 보이도록 사진을 찍어 둔다.",
        ],
    ),
    "accounts": Topic(
        [
            "네이버아이디 판매 실명 비실명 최상급\n네이버아이디 구매하실 분 찾습니다. 최적화 블로그, 카페 활동용, 지식인 등급 아이디까지 다 있습니다. 실명 네이버아이디 한 개에 7천 원, 백 개 넘어가면 4천 원에 드립니다. 전부 해외 아이피로 키운 것 아니고 국내 유심으로 직접 만들었습니다. 일주일 안에 정지되면 새것으로 바꿔 드려요. 인스타, 당근, 카카오 계정도 재고 있습니다. 텔레그램 idmall24로 개수 보내 주시면 계좌 안내해 드립니다. 안전거래 됩니다.",
            "롤대리 가격표 배치 승급 듀오 최저가\n롤대리 맡기고 싶은데 먹튀 당할까 걱정되시나요? 롤대리 7년 차 챌린저 기사들만 모인 롤대리 1등 팀입니다. 골드에서 플래까지 4만 원, 다이아 구간은 판당 만 2천 원. 접속기록 숨기고 채팅도 안 치니 들킬 일 없습니다. 같이 하는 듀오는 목소리로 가르쳐 드려요. 지금 롤대리 맡기시면 스킨 하나 선물로 드립니다. 작업 끝난 뒤에 입금하셔도 좋습니다. 오픈톡 검색 '번개롤'.",
            "유튜브 구독자 늘리는 방법 1000명 수익창출\n유튜브 구독자 늘리는 방법은 크게 두 가지로 나눌 수 있습니다. 하나는 양질의 콘텐츠를 꾸준히 올리는 것이고, 다른 하나는 마케팅을 활용하는 것입니다. 유튜브 구독자가 1000명을 넘으면 수익창출이 가능하므로 초반에 구독자를 확보하는 것이 중요합니다. 유튜브 구독자 늘리기 서비스를 이용하면 단기간에 채널을 성장시킬 수 있으며, 실제 사용자 기반이라 안전합니다. 유튜브 구독자 가격은 100명당 만 원대로 형성되어 있습니다.",
            "카카오 이모티콘 무료로 받는 법 쿠폰 생성기\n이모티콘 사는 돈이 아까운 분들 이거 꼭 보세요. 저는 여기서 한 달에 이모티콘 스무 개씩 받고 있어요. 방법은 간단해요. 사이트 들어가서 쿠폰 생성기 누르고 전화번호 인증만 하면 코드가 뜹니다. 막히기 전에 얼른 받아 가세요. 구글 기프트카드랑 문상 핀번호도 같이 뽑을 수 있습니다. 친구 세 명 초대하면 VIP로 올려 주니까 단톡방에 뿌려 주세요. 저는 이미 12만 원어치 뽑았지롱. 링크는 댓글 첫 번째 고정.",
        ],
        [
            "대리 게임 처벌 조항 해설\n게임산업진흥법은 2018년 12월 개정되어 승인하지 않은 방법으로 게임물의 점수나 성과를 대신 올려 주는 일을 업으로 하는 행위를 금지한다. 어기면 2년 이하의 징역이나 2천만 원 이하의 벌금이다. 다만 돈을 받지 않고 친구의 계정을 한두 번 해 준 것은 처벌 대상이 아니다. 대신해 달라고 맡긴 사람은 법이 아니라 약관에 따라 이용이 정지된다. 실제 기소된 사건에서는 반복성과 수익 규모가 쟁점이었고 대개 벌금 300만 원 안팎이 선고되었다.",
            '인스타그램 계정을 도둑맞은 날\n새벽에 내 인스타그램 계정이 털렸다. 친구가 "너 코인 하냐"고 보내서 알았다. 프로필 사진이 외제차로 바뀌고 소개에 모르는 텔레그램 주소가 적혀 있었다. 이메일까지 바꿔 놓아 비밀번호를 찾을 수 없었다. 고객센터에 얼굴 동영상을 찍어 보내고 닷새 만에 되찾았다. 그사이 후배 한 명이 20만 원을 보냈다. 내가 갚았다. 두 단계 인증을 켜 두지 않은 대가였다. 같은 비밀번호를 열한 군데에 쓰고 있었다는 것도 그날 알았다.',
            "뜨개질 채널 3년\n유튜브 채널을 연 지 3년 만에 구독자 천 명이 되었습니다. 뜨개질하는 손만 찍는 채널이라 빠를 리 없었지요. 가장 많이 본 영상은 공들인 조끼가 아니라 실 엉킨 것을 푸는 40초짜리였습니다. 첫 달 수익은 8달러 12센트였고 100달러가 쌓여야 보내 준다니 올해 안에는 어렵겠습니다. 구독자를 사라는 전자우편이 하루에 두 통씩 옵니다. 그런 숫자로 무엇을 하겠습니까. 손이 예쁘다는 댓글이 훨씬 좋습니다. 다음 주에는 장갑을 올리겠습니다.",
            '계정을 안전하게 지키는 법\n계정을 안전하게 지키려면 서비스마다 다른 비밀번호를 쓰고 비밀번호 관리자에 저장하십시오. 두 단계 인증은 문자보다 인증 앱이나 보안 키가 낫습니다. "로그인이 차단되었습니다"라는 전자우편의 단추를 누르지 말고 주소를 직접 입력해 들어가십시오. 쓰지 않는 계정은 털린내정보찾기 서비스(kidc.eprivacy.go.kr)에서 유출 여부를 확인한 뒤 탈퇴하십시오. 계정을 사고파는 행위는 정보통신망법에 따라 5년 이하의 징역에 처해질 수 있습니다.',
        ],
    ),
    "insurance": Topic(
        [
            "실비보험 비교사이트 4세대 전환 보험료\n실비보험 아직도 비싸게 내고 계신가요? 실비보험은 어느 회사에서 들어도 보장이 같기 때문에 보험료가 저렴한 곳을 고르는 것이 이득입니다. 실비보험 비교사이트에서 이름과 생년월일만 넣으면 17개 보험사의 보험료가 1분 만에 나옵니다. 실비보험 가입 전 고지 의무, 면책 기간, 자기부담금도 전문가가 알기 쉽게 풀어 드려요. 지금 무료로 확인만 해 보셔도 커피 쿠폰을 보내 드립니다. 실비보험 비교는 많이 할수록 남습니다.",
            "암보험 추천 순위 비갱신형 암진단비\n암보험은 이제 선택이 아니라 필수입니다. 한국인 세 명 중 한 명이 암에 걸린다는 통계가 있듯이 누구도 암에서 자유로울 수 없습니다. 암보험 추천 순위를 살펴볼 때는 일반암 진단비, 유사암 한도, 갱신 여부를 확인해야 합니다. 암보험은 한 살이라도 어릴 때 가입하는 것이 보험료 측면에서 유리합니다. 암보험 비갱신형은 처음에는 비싸 보이지만 장기적으로 보험료가 오르지 않는다는 장점이 있습니다. 꼼꼼한 비교를 통해 나에게 맞는 암보험을 준비하시기 바랍니다.",
            "보험 해지 환급금 손해 없이 돌려받는 방법\n매달 나가는 보험료 때문에 허리가 휘시죠? 저희 보장 분석팀에서 새는 보험료를 찾아 드립니다. 지난주 상담하신 52세 주부님은 월 68만 원에서 31만 원으로 줄이고 보장은 두 배로 늘렸어요. 해지하면 손해라고요? 그건 설계사가 하는 말입니다. 증권 사진만 찍어 보내 주시면 어느 것을 남기고 버려야 할지 빨간 펜으로 표시해서 보내 드려요. 보험을 팔지 않으니 안심하시고요, 상담만 받아도 마스크 팩 열 장 드립니다. 톡 주세요.",
            "자동차보험 다이렉트 비교견적 후기\n자동차보험 갱신일이 다가와서 다이렉트로 갈아탔어요. 원래 94만 원 냈는데 이번에 58만 원에 했답니다. 자동차보험 비교견적 사이트 여러 개 있는데 저는 여기가 제일 편했어요. 전화 안 오는 게 제일 마음에 들고요. 마일리지 특약이랑 블랙박스 특약 넣으면 더 내려가요. 아래 그림 누르시면 바로 계산할 수 있는 데로 가집니다. 계산만 해도 주유권 만 원 주니까 꼭 받으세요. 자동차보험은 만기 30일 전이 제일 싸다는 거 잊지 마시고요!",
        ],
        [
            "4세대 실손 의료 보험의 구조\n4세대 실손 의료 보험은 급여 항목의 20퍼센트, 비급여 항목의 30퍼센트를 가입자가 낸다. 비급여 보험금을 한 해 300만 원 넘게 받으면 이듬해 그 부분의 보험료가 네 배가 된다. 받지 않으면 5퍼센트쯤 내린다. 도수 치료는 10회마다 나아졌다는 의사의 기록이 있어야 이어서 보장한다. 이미 1세대나 2세대에 든 사람이 갈아타면 되돌아갈 수 없으니, 병원에 얼마나 자주 가는지 따져 본 뒤 정해야 한다. 같은 보험을 두 개 들어도 두 배로 받지 못한다.",
            '보험 갈아타기 소비자 경보\n보험 설계사가 "갈아타면 무조건 이득"이라며 기존 계약을 해지하게 한 사례가 늘자 금융감독원이 소비자 경보를 내렸다. 접수된 민원에 따르면 한 40대는 12년 부은 종신 보험을 깨고 새 상품에 들었다가 다섯 달 뒤 갑상선암 진단을 받았으나 면책 기간이라는 이유로 보험금을 받지 못했다. 금감원은 새 계약의 보장 개시일과 예정 이율을 견주어 보고, 비교 안내서에 서명하기 전에 내용을 읽으라고 당부했다.',
            "아버지의 보험 증권\n아버지가 쓰러지시고 나서야 보험 증권을 꺼내 보았다. 뇌출혈은 보장하지만 뇌경색은 빠져 있었다. 설계사였던 고모 친구는 연락이 되지 않았다. 병원비 1,140만 원에서 실손으로 돌려받은 것이 870만 원. 서류를 세 번 다시 냈다. 진단서에 적힌 질병 분류 기호 하나 때문이었다. 나는 내 증권도 펴서 처음부터 끝까지 읽었다. 모르는 말은 전화로 물었다. 상담원은 친절했고 통화는 53분 걸렸다. 아버지는 이제 왼손으로 숟가락을 드신다.",
            "자동차 보험료를 줄이는 특약\n자동차 보험료를 줄이는 특약을 정리해 둡니다. 주행 거리 특약은 한 해 만 2천 킬로미터 아래면 돌려주는데, 계기판 사진을 가입할 때와 끝날 때 보내야 합니다. 블랙박스는 1에서 3퍼센트, 여섯 살 아래 자녀는 5에서 8퍼센트를 깎아 줍니다. 대중교통 이용 특약은 세 달 치 교통 카드 내역이 필요합니다. 자기 부담금을 20만 원에서 50만 원으로 올리면 자차 보험료가 내립니다. 저는 이렇게 해서 71만 원을 냈습니다. 회사마다 다르니 보험다모아에서 견주어 보시길 바랍니다.",
        ],
    ),
    "garage en": Topic(
        [
            "Garage door repair Naperville same day service\nIs your garage door stuck, noisy or off track? Our garage door repair Naperville technicians fix broken springs, cables, rollers and openers the very same day. With over 15 years of experience in garage door repair, we are the number one choice for garage door repair in Naperville, Aurora, Bolingbrook and Wheaton. All garage door repair comes with a lifetime warranty on parts and a 100% satisfaction guarantee. Ask about our $49 tune-up special. Call now, lines are open around the clock!",
            "How to choose the best garage door company\nChoosing the best garage door company can be overwhelming. The best garage door company will have a good reputation, fair pricing and excellent customer service. You should always read reviews before choosing a garage door company, and you should make sure that the garage door company is insured. The garage door is the largest moving part of your home, so it is important to choose wisely. At the end of the day, the best garage door company is one that puts customers first, and that is exactly what we do. Schedule your free estimate today.",
            "Best smart garage door openers reviewed (number 3 is a steal)\nTired of getting out of the car in the rain? We tested dozens of garage door openers so you don't have to, and these are the winners. Our top pick is whisper quiet, works with Alexa and installs in under an hour. It normally sells for $249, but we found a secret link that knocks it down to $159 while supplies last. Customers absolutely love it. Click the button below to check today's price before it goes back up. We may earn a commission when you buy through our links.",
        ],
        [
            "The torsion spring above a garage door stores the energy that lifts it. A door of a hundred and fifty pounds needs about thirty-two inch-pounds a turn, and seven and a half turns for a seven-foot opening. A spring is rated for ten thousand cycles, roughly seven years for a family that leaves twice a day. When it breaks you hear a bang like a shot. Do not try to lift the door with the opener: the motor balances a door, it does not carry one. Winding bars slip, and people have lost fingers to them, so this is a job to pay for.",
            "We bought the house with a wooden garage door that weighed as much as a pony. My husband wanted to keep it. For two winters we took turns throwing a shoulder against it. The man who finally replaced it charged eleven hundred dollars, took the old one away for firewood, and told us that the rails had been put in upside down in 1974. The new door is steel and dull and opens when I press a button. I miss the smell of the old wood sometimes, though not in January.",
            "Model GX-500 belt drive opener: specification. Motor 24 V DC, pulling force 800 N, opening speed 16 cm per second. For sectional doors up to 12 square metres. Standby 0.8 W. The package contains the drive head, a three-part rail, two hand transmitters and fixings; wall button and keypad are sold separately. Before installation check that the door is balanced: opened half way, it must stay where it is. The photocells must be mounted between 10 and 15 cm above the floor. Warranty five years on the motor. For spare parts write to parts@example.com or call 020 7946 0000, weekdays nine to five.",
        ],
    ),
    "cbd en": Topic(
        [
            "Best CBD gummies for anxiety and sleep buy online\nAre you struggling with stress, sleepless nights or joint pain? These CBD gummies may be just what you are looking for. Made from 100% organic hemp, our CBD gummies work fast and taste amazing. Thousands of happy customers have already changed their lives with these CBD gummies. Order today and get two bottles free plus free shipping, but hurry because stock is running out. With our 90 day money back guarantee you have nothing to lose. Click here to claim your CBD gummies before the offer ends.",
            "Keto slim pills review: scam or legit?\nKeto Slim is a revolutionary weight loss supplement that forces your body to burn fat instead of carbs. Unlike other pills, Keto Slim contains pure BHB salts that kick start ketosis within hours. Users report losing up to 20 pounds in their first month without changing their diet. Keto Slim was even featured on a famous TV show. There are no side effects because it is all natural. Where to buy Keto Slim? You can only get it from the official website, and right now they are giving away risk free trial bottles. Tap the image to see if your state is eligible.",
            "Benefits of vitamin gummies for hair growth\nVitamin gummies for hair growth have become increasingly popular in recent years. Vitamin gummies for hair growth contain biotin, zinc and other nutrients that support healthy hair. There are many benefits of vitamin gummies for hair growth, including thicker, shinier and stronger hair. When it comes to choosing vitamin gummies for hair growth, it is important to read the label carefully. Overall, vitamin gummies for hair growth are a delicious and convenient way to take care of your hair. Check out our favorite brand in the link below.",
        ],
        [
            "The Food and Drug Administration has sent warning letters to eleven companies that sell gummies with cannabidiol and claim that they cure anxiety, arthritis and even cancer. The agency said that none of the products has been approved. In its tests four of twenty contained no cannabidiol at all and three contained enough THC to fail a drug screening. A spokesman for the industry group answered that most makers follow the rules and asked Congress for a standard. Consumers can report adverse reactions through the MedWatch site.",
            "Cannabidiol inhibits CYP2C19 and CYP3A4, so it raises the level of clobazam's active metabolite about threefold and can raise tacrolimus and warfarin. In the three trials that led to approval for Dravet and Lennox-Gastaut syndromes, seizures fell by 39 to 43 percent at 20 mg per kilogram a day, against 13 to 22 percent with placebo. Somnolence and diarrhoea were common. Liver enzymes rose above three times normal in 16 percent, mostly in patients who also took valproate. For sleep and anxiety the evidence is small studies of short duration.",
            "I have not slept through a night since the twins came, and last month I bought the gummies everybody at work was passing around. They taste like a lawn dipped in sugar. The first night I slept six hours. The second night I slept two, and so it went; I kept a list on the fridge, and after four weeks the average was five hours and ten minutes, exactly what it had been before. They cost forty-five dollars a jar. What did help was my mother taking the babies on Sunday mornings. I gave the rest of the jar to my brother.",
        ],
    ),
    "essay en": Topic(
        [
            'Write my essay for me cheap college papers\nAre you drowning in assignments? Just say "write my essay" and our experts will take it from here. Our writers hold degrees from top universities and can deliver any paper in as little as three hours. Prices start at only $9 per page, with unlimited revisions and a plagiarism report for free. Over 40,000 students have trusted us to write their essays, and 97% come back. Use code FIRST15 on your first order. Place your order now, sit back and relax while we write your essay.',
            "Take my online class for me, guaranteed A or B\nWhy stress over statistics when someone else can take your online class? Pay someone to take your online class and get your life back. Our tutors log in, do the homework, post in the discussions and pass the proctored exam, and nobody will ever know. We cover Aleks, MyMathLab, Canvas, Blackboard and more. If you don't get an A or B we refund every penny. Chat with us on WhatsApp at +1 555 0129 and send us your syllabus. Two easy payments, all information kept strictly confidential.",
            "Top 10 assignment help websites for students\nAssignment help websites are useful for students who want better grades. Assignment help websites provide support from qualified experts in many subjects. The best assignment help websites offer affordable prices, timely delivery and original content. When selecting assignment help websites, students should look at reviews, samples and guarantees. Using assignment help websites allows students to focus on other important activities. The first on our list of assignment help websites has been rated excellent by thousands of students and is currently offering a generous discount to new users.",
        ],
        [
            "The university has suspended nine students after an investigation into contract cheating. The papers were traced through the metadata of the files, which named an author in a city that none of the students had visited. In interviews two could not explain the titles of their own bibliographies. The dean said that the penalty was severe because the students had paid strangers, who later asked one of them for more money and threatened to write to her employer. A law that makes such services an offence came into force last April.",
            'To write a comparison essay, begin with a question that only comparing can answer. "How do the two poems differ?" is a list waiting to happen; "why does the later poem leave out the mother?" is an argument. Read both texts twice and mark what recurs. Put the points in an order in which each needs the one before. In each paragraph bring both texts to one point, because an essay that does all of one and then all of the other forces the reader to compare alone. Leave the introduction until you know what you found. Read it aloud the next day.',
            "I wrote other people's essays for two years. The company paid me eleven dollars a page and sold them for thirty. Most of the customers were nurses working nights who wrote to me at four in the morning with the instructions copied in three different fonts. One asked me to put in a few mistakes. I never met any of them. I learned more about wound care than I shall ever need, and I stopped after a woman sent me her grade and a photograph of her son. I teach composition now, and I assign everything by hand, in the room.",
        ],
    ),
    "crypto en": Topic(
        [
            "Join our VIP crypto signals Telegram 95% win rate\nStop losing money in the market! Our VIP crypto signals have a proven 95% win rate and our members made over 800% last month alone. You get three to five signals daily with entry, stop loss and take profit targets, so even complete beginners can copy and earn. Join our free Telegram channel now and see the results for yourself. Spots in the VIP group are limited to 50 people and the price doubles on Friday. Message @cryptoking_admin to lock in your lifetime access.",
            "Best cloud mining site 2031 earn bitcoin daily\nEarn bitcoin daily without buying any hardware! With our cloud mining platform you simply sign up, choose a plan and watch your balance grow. New users receive a $10 welcome bonus and a 3% referral reward for every friend. Our cheapest plan pays $1.50 a day and our most popular plan pays $92 a day. Withdraw at any time with no fees. We are a UK registered company trusted by 2 million miners in 150 countries. Sign up in seconds and start mining bitcoin today.",
            "How to recover stolen bitcoin, my true story\nI never believed I would see my money again. After investing $84,000 on a fake trading platform I was depressed and could not sleep. Then a friend introduced me to Wizard Recovery Experts. I was skeptical at first but within 48 hours they tracked the hackers and recovered all of my bitcoin. I am forever grateful to this team. If you have ever lost money to online scammers do not give up, contact them through email wizardrecovery at mail dot com or WhatsApp +1 555 0188 and tell them Margaret sent you.",
        ],
        [
            "The regulator has charged a Florida man with running a trading channel that took in $11 million from 3,400 subscribers. Prosecutors say he bought thinly traded tokens, told his members to buy at a set minute, and sold to them on the way up. The signals he displayed as wins had been edited after the fact. Investigators read nine months of messages obtained from a former moderator. The defendant's lawyer said that his client had offered education, not advice. A hearing is set for 14 May. Investors can file a claim on the court's site until the end of June.",
            "A proof-of-work miner repeats one operation: it hashes an eighty-byte header with a changing nonce and compares the result with a target. Since the output behaves as if it were random, the chance that one attempt succeeds is the target divided by two to the 256th. At a network rate of 600 exahashes a second the expected time to a block is ten minutes, which the protocol maintains by changing the target. A single modern machine of 200 terahashes would find one block in about fifty-seven years, so miners pool their work and divide the reward by shares.",
            "My uncle lost his pension to a woman he met in a game of online Scrabble. She never asked him for money. She showed him how well her own account was doing and let him ask. For five months the numbers on the site went up, and once he withdrew four thousand dollars to be sure. When he tried again there was a tax, then a fee for the tax. He is seventy-four and was a surveyor. Now strangers write to him promising to get it back for a deposit. I have put a note beside his telephone that says: nobody can get it back.",
        ],
    ),
    "psychic en": Topic(
        [
            "Powerful love spell caster that works in 24 hours\nDid your lover leave you for someone else? Do not cry any more, Dr Obasi is here to help you. He is a powerful love spell caster who has brought back thousands of broken relationships within 24 hours. My husband left me for six months and came back begging two days after the spell was cast. Dr Obasi can also help you with lottery numbers, infertility, court cases, promotion and protection from evil. Contact this great man today, WhatsApp +234 555 0191, and all your problems will be solved forever.",
            "Free psychic reading online first 3 minutes free\nGet answers to your deepest questions about love, money and destiny with a live psychic reading. Our gifted psychics are available around the clock by phone or chat, and your first three minutes are absolutely free. Every psychic is hand picked and tested, and if you are not satisfied we refund your reading. Do you feel that something is holding you back? Let our psychics light the way. New customers get 80% off, only $1 per minute. Start your psychic reading now.",
            "What angel number 444 means for love and money\nIf you keep seeing angel number 444, the universe is trying to tell you something. Angel number 444 is a sign of protection, stability and abundance. When it comes to love, angel number 444 means that a new beginning is near. For your finances, angel number 444 brings prosperity if you stay positive. Angel number 444 is also a twin flame number. To discover the full meaning of angel number 444 in your own life, take our free personalized numerology reading. Just enter your first name and date of birth below.",
        ],
        [
            "My grandmother read tea leaves for the women of our street and never took money for it. She turned the cup three times on its saucer, held it to the window, and said what she already knew: that a letter was coming to a woman whose son was at sea, that a tall stranger would be disappointed. I asked her once whether she believed it. She said that people bring you a question with the answer folded inside, and that it is only polite to unfold it. She is buried at St Anne's. I have the cup, and I make tea in bags.",
            "A woman who told her clients that their money was cursed has been sentenced to forty months in prison. The court heard that she took $710,000 from a man over four years, including the price of a time machine to clean his past. Defence counsel argued that fortune telling is protected speech. The judge agreed that belief may not be tried, but held that a promise to return the money was a statement of fact and had been false when made. Restitution was ordered. The relevant statute, from 1967, makes telling fortunes for pay a misdemeanour unless it is part of a show.",
            "Cold reading is a set of techniques by which a performer seems to know a stranger. It begins with statements true of most people, named after Barnum, such as having a box of old photographs at home. The performer watches for a nod and follows it, and the sitter remembers the hits. In Forer's experiment of 1948 thirty-nine students rated the same paragraph, taken from a newspaper horoscope, as a description of themselves at 4.26 of 5. The effect grows when the text is favourable and when the sitter believes that it was written for him alone.",
        ],
    ),
}
COURTING = [
    "돼지고기 김치찌개 끓이는 법\n안녕하세요! 오늘은 우리 집 단골 메뉴 돼지고기 김치찌개를 끓여 볼게요. 김치찌개는 신김치로 끓여야 제맛이 나요. 냄비에 들기름을 두르고 김치와 돼지고기를 먼저 볶아 주세요. 고기가 익으면 쌀뜨물을 붓고 20분 끓입니다. 김치찌개 꿀팁 하나! 김치 국물을 반 국자 넣으면 훨씬 깊은 맛이 나요. 두부와 대파를 넣고 5분 더 끓이면 완성이에요. 남편이 밥 두 공기를 뚝딱 비웠답니다. 김치찌개는 다음 날 데워 먹으면 더 맛있어요. 여러분도 오늘 저녁에 끓여 보세요.",
    "초간단 계란말이 만들기\n바쁜 아침에 좋은 계란말이 레시피를 소개해 드릴게요. 계란말이는 불 조절이 전부라고 해도 과언이 아니에요. 계란 다섯 개에 소금 한 꼬집, 다진 당근과 쪽파를 넣고 풀어 주세요. 약한 불에서 팬에 기름을 얇게 바르고 계란물을 삼분의 일만 부어요. 가장자리가 익으면 돌돌 말아 한쪽으로 밀고 다시 부어 주면 됩니다. 계란말이를 김발에 말아 식히면 모양이 예쁘게 잡혀요. 아이들 도시락 반찬으로도 추천해요. 케첩과 함께 드셔 보세요.",
    "에어프라이어 고구마 굽는 시간\n에어프라이어로 고구마를 구우면 군고구마 못지않게 달콤해요. 고구마는 깨끗이 씻어 물기를 닦고, 굵기가 비슷한 것으로 골라 주세요. 에어프라이어 180도에서 25분, 뒤집어서 20분 더 구우면 됩니다. 굵은 고구마는 10분 더 구워 주세요. 젓가락이 쑥 들어가면 다 익은 거예요. 에어프라이어는 종이 포일을 깔면 설거지가 편해요. 식은 고구마는 냉동해 두었다가 전자레인지에 2분 데워 드세요. 우유랑 먹으면 꿀맛이랍니다.",
    "강릉 순두부 젤라또 먹고 온 날\n주말에 강릉에 다녀왔어요. 초당 마을에 있는 순두부 젤라또 가게인데 줄이 길어서 40분을 기다렸어요. 순두부 젤라또는 콩 맛이 진하게 나고 많이 달지 않아서 부모님도 좋아하시더라고요. 한 컵에 4천 원이고 두 가지 맛을 고를 수 있어요. 흑임자와 순두부 젤라또를 같이 고르는 것을 추천해요. 주차는 길 건너 공영 주차장에 하시면 됩니다. 월요일은 쉬는 날이니 꼭 확인하고 가세요. 바닷가까지 걸어서 15분이라 산책하기도 좋았어요.",
    "근로장려금 신청 방법 안내\n근로장려금은 일은 하지만 소득이 적은 가구를 돕는 제도입니다. 근로장려금을 받으려면 지난해 부부의 총소득이 단독 가구 2,200만 원, 홑벌이 3,200만 원, 맞벌이 3,800만 원 아래여야 합니다. 신청 기간은 5월 1일부터 31일까지이며, 안내문을 받은 분은 자동응답전화(1544-9944)나 손택스에서 신청하실 수 있습니다. 근로장려금 지급일은 9월 말입니다. 기한이 지나도 11월 말까지 신청할 수 있으나 금액의 5퍼센트가 줄어듭니다. 궁금한 점은 장려금 상담센터로 문의하시기 바랍니다.",
    "대상포진 예방접종 안내\n보건소에서 대상포진 예방접종을 실시합니다. 대상포진 예방접종 대상은 우리 시에 1년 이상 주소를 둔 65세 이상 어르신이며 평생 한 번 무료로 맞으실 수 있습니다. 신분증을 지참하여 가까운 보건소나 위탁 의료기관을 방문해 주시기 바랍니다. 생백신이므로 면역이 떨어진 분은 접종하실 수 없으니 의사와 상담하시기 바랍니다. 대상포진 예방접종 뒤에는 20분 동안 머물며 이상 반응이 있는지 확인하십시오. 예약 문의는 예방접종실 031-000-0000으로 해 주십시오.",
    "몬스테라 키우기, 물 주는 법\n집에서 키우기 쉬운 식물을 찾으신다면 몬스테라를 추천해요. 몬스테라는 열대 식물이라 따뜻하고 습한 곳을 좋아해요. 물은 겉흙이 손가락 한 마디쯤 말랐을 때 흠뻑 주세요. 과습은 몬스테라 뿌리를 썩게 하니 화분 받침의 물은 꼭 버려 주세요. 햇빛은 창가에서 커튼으로 한 번 걸러 주는 것이 좋습니다. 새 잎이 찢어지지 않으면 빛이 모자란 거예요. 저희 집 몬스테라는 3년 만에 천장까지 자랐답니다. 공중 뿌리는 자르지 말고 수태봉에 감아 주세요.",
    "코바늘 수세미 뜨기 도안 공유\n오늘은 코바늘 초보도 한 시간이면 뜨는 딸기 수세미 도안을 공유해 드릴게요. 수세미 실은 다이소 것도 괜찮고 바늘은 모사용 5호를 썼어요. 매직링에 짧은뜨기 여섯 코로 시작해서 세 단까지 늘려 주세요. 네 단부터는 그대로 떠 올라가면 됩니다. 수세미 꼭지는 초록 실로 사슬 열 코를 떠서 달아 줍니다. 뜨다가 막히는 부분은 댓글로 물어봐 주세요. 아는 만큼 답해 드릴게요. 엄마께 선물했더니 아까워서 못 쓰겠다고 하시네요.",
    "무선 청소기 1년 쓴 솔직한 후기\n무선 청소기를 산 지 딱 1년이 되어서 후기를 남겨 봅니다. 제 돈으로 샀어요. 무선 청소기의 장점은 역시 꺼내 쓰기 편하다는 점이고 단점은 배터리예요. 처음에는 45분을 썼는데 지금은 30분이면 꺼져요. 흡입력은 무선 청소기치고 만족스럽지만 카펫은 두 번 밀어야 해요. 필터는 한 달에 한 번 물로 씻어 주세요. 소리가 커서 밤에는 못 돌립니다. 다시 사라면 사겠지만 가격이 10만 원쯤 내리면 좋겠어요. 먼지통 비우기는 생각보다 귀찮더라고요.",
    "전세 계약 전 확인할 것 총정리\n전세 계약을 앞두고 계신 분들을 위해 제가 알아본 것을 정리해 봤어요. 전세 계약 전에 등기부등본을 꼭 떼어 보세요. 근저당과 보증금을 더한 금액이 집값의 70퍼센트를 넘으면 위험합니다. 계약은 반드시 집주인과 하고 신분증을 확인하세요. 잔금을 치르는 날 전입신고와 확정일자를 받으면 다음 날 0시부터 효력이 생깁니다. 전세 보증 보험은 주택도시보증공사에서 들 수 있어요. 저는 이것을 몰라 첫 집에서 고생했습니다. 모르는 것이 있으면 구청 무료 상담을 이용하시길 추천합니다.",
    "초등 받아쓰기 연습 어떻게 하나요\n1학년 아이의 받아쓰기 때문에 고민이 많으시죠? 저도 그랬어요. 받아쓰기는 외우게 하지 말고 소리 내어 읽게 하는 것이 먼저예요. 하루에 세 문장씩 큰 소리로 읽고, 틀린 낱말만 공책에 두 번 써요. 받아쓰기 급수표는 냉장고에 붙여 두었습니다. 60점을 받아 온 날 아이가 울었지만 두 달이 지나니 스스로 연습하더라고요. 받아쓰기 점수보다 아이의 마음이 중요합니다. 다른 어머님들은 어떻게 하고 계신지 댓글로 알려 주세요.",
    "한라산 성판악 코스 등산 준비물\n한라산 성판악 코스로 백록담에 오르려면 탐방 예약을 먼저 해야 합니다. 한라산탐방예약시스템에서 한 달 전부터 예약할 수 있고 무료예요. 성판악 코스는 왕복 19킬로미터, 8시간쯤 걸립니다. 진달래밭 대피소를 12시 반 전에 지나야 하니 새벽에 출발하세요. 겨울 한라산은 아이젠과 스패츠가 필수입니다. 물 두 병과 김밥, 초콜릿을 챙기세요. 한라산 정상은 바람이 세니 바람막이도 꼭 가져가세요. 저는 무릎 보호대 덕분에 무사히 내려왔어요.",
]
