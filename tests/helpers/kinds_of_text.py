"""Good texts of many kinds, written for these tests: each is at least 200 characters long, and no rule may drop any.

Kinds and shapes are those of public pages; names, numbers and addresses are invented.
"""

POEM = """봄비 뒤에

강둑에 앉아
젖은 신발을 말린다
물은 어제보다 낮은 목소리로 흐르고
버드나무 그림자 하나
가만히 내 무릎을 건너간다

누군가 잃어버린 우산이
갈대 사이에 기대어
비를 기다리고 있다
돌아갈 집이 없는 것처럼
돌아갈 집이 너무 많은 것처럼

나는 주머니에서
오래된 편지를 꺼내
한 줄만 읽고 다시 접는다
나머지는 강이 다 읽었다"""

SIJO = """강물이 얼어붙어 나룻배 매어 두고
눈 덮인 빈 마을에 개 짖는 소리 없네
등잔불 홀로 깨어서 먼 길손을 부르네

산마루 걸린 달이 창호에 스며들고
글 읽던 늙은 선비 붓끝을 멈추었네
창밖에 소복소복이 밤새 눈만 쌓이네

봄바람 건듯 불어 얼음이 풀리는 날
버들은 눈을 뜨고 개울은 말을 하네
나그네 가던 걸음도 잠시 쉬어 가느니"""

SCRIPTURE = """옛 이야기 3장
1 그 성에 한 사람이 살았으니 이름은 하람이라
2 그가 아침마다 성문에 앉아 지나는 자에게 물을 주더니
3 하루는 먼 곳에서 온 나그네가 그에게 이르되 너는 어찌하여 값을 받지 아니하느냐
4 하람이 대답하여 이르되 이 우물은 내 것이 아니요 내 조상이 판 것이니 내가 어찌 값을 받으리요
5 나그네가 이 말을 듣고 심히 놀라 그 자리에 엎드리며
6 그 후로 성에 있는 모든 우물에 자물쇠가 없더라"""

DIALOGUE = """민수: 오늘 회의 몇 시야?
지영: 두 시. 자료 다 봤어?
민수: 아니, 아직. 몇 쪽이더라
지영: 열두 쪽
민수: 그렇게 많아?
지영: 그래도 그림이 반이야
민수: 다행이네. 팀장님도 오신대?
지영: 응, 부장님까지
민수: 큰일 났다
지영: 지금이라도 읽어. 내가 앞부분은 설명해 줄게
민수: 고마워. 커피는 내가 살게
지영: 아메리카노, 얼음 많이
민수: 알았어. 십 분 뒤에 로비에서 보자
지영: 응, 늦지 마
민수: 그런데 지난번 숫자 틀린 건 고쳤어?
지영: 그건 어제 고쳤지. 3쪽 표를 봐"""

SCRIPT = """#12. 낡은 사진관 안 (밤)

어두운 사진관. 빗소리. 형광등이 깜빡인다.

순자
(액자를 닦으며)
이 사진, 네 아버지가 찍은 거다.

기호
(고개를 돌린다)
안 봐도 알아요.

순자
알기는. 한 번도 제대로 본 적 없으면서.

기호
……

순자, 액자를 내민다. 기호, 망설이다 받아 든다.

기호
(작게)
웃고 계시네요.

순자
그날 네가 태어났으니까.

침묵. 천둥소리. 불이 꺼진다."""

SUBTITLES = """1
00:00:12,400 --> 00:00:14,900
여기가 어디야?

2
00:00:15,100 --> 00:00:17,300
나도 몰라. 지도에는 없는 길이야

3
00:00:18,000 --> 00:00:20,750
돌아가자. 해가 지고 있어

4
00:00:21,200 --> 00:00:24,000
조금만 더 가 보자
불빛이 보이는 것 같아

5
00:00:25,500 --> 00:00:27,800
그건 반딧불이야

6
00:00:28,300 --> 00:00:31,100
반딧불이가 저렇게 크다고?

7
00:00:33,000 --> 00:00:36,400
...누군가 우리를 보고 있어

8
00:00:37,250 --> 00:00:39,600
뛰어!"""

RECIPE = """감자된장국 (2인분)

재료
- 감자 2개
- 두부 반 모
- 애호박 1/3개
- 양파 반 개
- 대파 한 줌
- 된장 2큰술
- 멸치 육수 700ml
- 다진 마늘 1작은술

만드는 법
1. 감자는 껍질을 벗겨 한입 크기로 썬다.
2. 냄비에 육수를 붓고 감자를 넣어 센 불에서 끓인다.
3. 감자가 반쯤 익으면 된장을 풀고 양파와 애호박을 넣는다.
4. 두부와 마늘을 넣고 5분 더 끓인다.
5. 대파를 올리고 불을 끈다.

팁: 된장이 짜면 육수를 조금 더 넣으세요."""

RECIPE_NOTES = """김치전 레시피 메모

묵은지 1/4포기 송송
부침가루 1컵 반
물 1컵
김칫국물 3큰술
청양고추 1개
식용유 넉넉히

반죽 섞기 → 10분 휴지
팬 달구기, 중불
한 국자씩 얇게 펴기
가장자리 바삭해지면 뒤집기
2분 뒤 한 번 더 뒤집기
키친타월에 기름 빼기

초간장: 간장 2, 식초 1, 물 1, 고춧가루 약간
막걸리랑 먹으면 끝. 남은 반죽은 냉장 이틀까지 괜찮아요."""

COURT = """대 법 원
제 3 부
판 결
사 건        2031다12345 손해배상(기)
원고, 상고인      원고
피고, 피상고인     피고 주식회사
원 심 판 결       서울고등법원 2030. 11. 4. 선고 2029나67890 판결
판 결 선 고       2031. 5. 13.

주 문
상고를 기각한다.
상고비용은 원고가 부담한다.

이 유
상고이유를 판단한다.
1. 원심은 그 판시와 같은 사정을 들어, 피고가 이 사건 계약에 따른 고지의무를 위반하였다고 볼 수 없다고 판단하였다.
2. 원심판결 이유를 관련 법리와 기록에 비추어 살펴보면, 원심의 위와 같은 판단에 상고이유 주장과 같이 논리와 경험의 법칙을 위반하여 자유심증주의의 한계를 벗어나거나 법리를 오해한 잘못이 없다.
3. 그러므로 상고를 기각하고 상고비용은 패소자가 부담하도록 하여, 관여 대법관의 일치된 의견으로 주문과 같이 판결한다."""

LAW = """제1장 총칙
제1조(목적) 이 법은 마을 공동체의 자치와 복리 증진에 관한 사항을 정함을 목적으로 한다.
제2조(정의) 이 법에서 사용하는 용어의 뜻은 다음과 같다.
1. "마을"이란 주민이 일상생활을 함께하는 구역을 말한다.
2. "공동체"란 마을에 사는 사람의 모임을 말한다.
가. 주민 자치회
나. 작목반
다. 그 밖에 대통령령으로 정하는 모임
제3조(책무) ① 국가와 지방자치단체는 필요한 시책을 마련하여야 한다.
② 제1항에 따른 시책에는 다음 각 호의 사항이 포함되어야 한다.
부칙
이 법은 공포 후 6개월이 경과한 날부터 시행한다."""

MINUTES = """제14차 도서관 운영위원회 회의록

일시: 2031. 3. 8. (토) 14:00~15:20
장소: 2층 세미나실
참석: 위원장, 위원 6명, 간사
불참: 위원 1명 (사전 통보)

안건 1. 열람실 운영 시간 연장
- 위원장: 시험 기간 연장 요청이 많음. 의견 바람
- 위원 A: 찬성. 다만 인건비 확인 필요
- 위원 B: 경비 인력 1명 추가 시 월 180만 원 예상
- 결정: 4월 한 달 시범 운영, 5월 회의에서 재논의

안건 2. 어린이실 도서 구입
- 간사: 목록 붙임 참조
- 결정: 원안 가결

기타: 다음 회의 4. 12. (토) 14:00"""

INTERVIEW = """― 30년 동안 등대를 지켰습니다.
"하루도 같은 날이 없었어요. 바다가 날마다 다른 얼굴을 하니까요."
― 가장 기억에 남는 날은.
"첫아이가 태어난 날 태풍이 왔어요. 배가 끊겨 사흘 뒤에야 얼굴을 봤지요."
― 외롭지 않았나.
"왜요, 외롭지요. 그래도 불빛을 보고 들어오는 배가 있으면 됐다 싶었어요."
― 곧 자동화된다고 들었다.
"기계가 더 정확하지요. 다만 기계는 손을 흔들어 주지 않잖아요. 하하."
― 앞으로의 계획은.
"텃밭이나 가꾸려고요. 아내가 이제 자기 말을 들으라네요.\""""

FORUM = """Q. 노트북이 부팅 중에 멈춥니다 ㅠㅠ
어제까지 잘 됐는데 오늘 켜니까 로고에서 안 넘어가요
안전모드도 안 들어가지고... 복구 USB는 없습니다
자료가 다 들어있어서 포맷은 안 하고 싶은데 방법 없을까요?

A1. 우선 전원 빼고 배터리 분리 → 30초 버튼 꾹 → 다시 켜 보세요
저도 같은 증상이었는데 이걸로 해결됐어요

A2. 다른 PC에서 복구 USB 만드시면 됩니다. 8GB면 충분하고요
만든 다음 F12 눌러서 USB로 부팅 → 시동 복구

글쓴이: 헐 A1 방법으로 됐습니다!! 감사합니다 ㅠㅠ 복 받으세요"""

MANUAL = """■ 사용 전 주의 사항
※ 본 제품은 실내용입니다.
• 젖은 손으로 플러그를 만지지 마십시오.
• 분해하거나 개조하지 마십시오. 감전의 위험이 있습니다.
• 통풍구를 막지 마십시오.

■ 각 부의 명칭
① 전원 버튼
② 풍량 조절 다이얼
③ 물통
④ 필터 덮개
⑤ 표시등

■ 표시등이 깜빡일 때
빨간색 : 물 부족. 물통을 채우십시오.
노란색 : 필터 청소 시기. 덮개를 열고 먼지를 제거하십시오.
파란색 : 정상 작동

■ 제품 규격
정격 전압 220V, 60Hz
소비 전력 38W
크기 240 × 180 × 310mm
무게 2.1kg"""

TEXTBOOK = r"""## 이차방정식의 근의 공식

$ax^2 + bx + c = 0$ ($a \ne 0$)의 양변을 $a$로 나누면

$$
x^2 + \frac{b}{a}x + \frac{c}{a} = 0
$$

이고, 완전제곱식으로 고치면

$$
\left(x + \frac{b}{2a}\right)^2 = \frac{b^2 - 4ac}{4a^2}
$$

이므로

$$
x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
$$

이다. 여기서 $D = b^2 - 4ac$를 판별식이라 한다.

(1) $D > 0$이면 서로 다른 두 실근
(2) $D = 0$이면 중근
(3) $D < 0$이면 서로 다른 두 허근

**문제 1.** $x^2 - 5x + 6 = 0$을 풀어라.
풀이. $(x-2)(x-3) = 0$이므로 $x = 2$ 또는 $x = 3$이다. ∎"""

EXERCISES = """다음을 계산하시오.
1. 3 + 5 × 2 =
2. (8 - 3) × 4 =
3. 12 ÷ 3 + 7 =
4. 45 - 6 × 7 =
5. 100 ÷ (2 + 3) =

다음 물음에 답하시오.
6. 사과 24개를 4명이 똑같이 나누면 한 사람이 몇 개씩 가지게 됩니까?
7. 한 변이 6cm인 정사각형의 둘레는 몇 cm입니까?
8. 기차가 한 시간에 80km를 갑니다. 3시간 30분 동안 몇 km를 갑니까?

정답: 1. 13  2. 20  3. 11  4. 3  5. 20  6. 6개  7. 24cm  8. 280km"""

CODE_BLOG = """# 파이썬 리스트 뒤집기

리스트를 뒤집는 방법은 세 가지다.

```python
a = [1, 2, 3]
a.reverse()
print(a)
```

`reverse()`는 원본을 바꾼다.

```python
b = a[::-1]
c = list(reversed(a))
```

슬라이스는 새 리스트를 만든다. 나머지는 반복자를 돌려준다.

```
>>> timeit.timeit('a[::-1]', 'a = list(range(1000))')
3.41
>>> timeit.timeit('list(reversed(a))', 'a = list(range(1000))')
4.87
```

결론: 대개는 슬라이스면 충분하다."""

BARE_CODE = """스프링에서 빈 등록하기

설정 클래스를 만든다.

@Configuration
public class AppConfig {
    @Bean
    public MemberService memberService() {
        return new MemberServiceImpl(memberRepository());
    }
    @Bean
    public MemberRepository memberRepository() {
        return new MemoryMemberRepository();
    }
}

그리고 메인에서 꺼내 쓴다.

ApplicationContext ac = new AnnotationConfigApplicationContext(AppConfig.class);
MemberService memberService = ac.getBean("memberService", MemberService.class);

끝. 싱글톤인지 확인하려면 두 번 꺼내서 == 로 비교해 보면 된다."""

COMMANDS = """도커로 postgres 띄우기

$ docker pull postgres:16
$ docker run -d --name pg -e POSTGRES_PASSWORD=secret -p 5432:5432 postgres:16
$ docker exec -it pg psql -U postgres

접속되면 디비를 만든다

postgres=# create database test;
postgres=# \\l
postgres=# \\c test

볼륨을 안 붙이면 컨테이너를 지울 때 데이터도 같이 날아가니까 -v pgdata:/var/lib/postgresql/data 를 꼭 붙이자. 포트가 겹치면 -p 15432:5432 처럼 앞쪽만 바꾸면 된다."""

TABLE = """시도별 평균 기온과 강수량

아래 표는 지난해 주요 지점의 관측값이다.

| 지점 | 평균 기온(℃) | 강수량(mm) | 눈 온 날 |
|---|---:|---:|---:|
| 가온 | 12.8 | 1,344 | 21 |
| 나리 | 14.9 | 1,519 | 6 |
| 다솜 | 13.7 | 1,102 | 11 |
| 라온 | 11.4 | 1,287 | 29 |
| 마루 | 16.2 | 1,773 | 2 |

마루는 섬이라 겨울에도 따뜻하고 비가 많다. 라온은 분지라 일교차가 크다."""

TABS = """월\t강수량\t평균기온
1월\t20.8\t-2.4
2월\t25.0\t0.4
3월\t47.2\t5.7
4월\t64.5\t12.5
5월\t105.9\t17.8
6월\t133.2\t22.2
7월\t394.7\t24.9
8월\t364.2\t25.7
9월\t169.3\t21.2
10월\t51.8\t14.8
11월\t52.5\t7.2
12월\t21.5\t0.4
여름 석 달에 한 해 비의 절반이 넘게 내린다. 겨울에는 북서풍이 불어 건조하고 맑은 날이 많다. 자료는 30년 평균값이며 소수 둘째 자리에서 반올림하였다."""

NORTH = """경애하는 어버이의 사랑속에 온 마을이 들끓고있다

새 살림집입사모임 진행

(평양 3월 4일발 통신)

농장마을에 새로 일떠선 문화주택들에 농업근로자들이 입사하였다.
현지에서 진행된 살림집입사모임에는 관계부문 일군들과 건설자들, 농장원들이 참가하였다.
모임에서는 살림집리용허가증이 전달되고 토론들이 있었다.
토론자들은 나라의 쌀독을 책임진 주인으로서의 본분을 다해나갈 결의를 피력하였다.
이날 마을에서는 농악무가 펼쳐져 명절분위기를 돋구었다. 새집들이를 축하하여 이웃들이 찾아와 기쁨을 함께 나누었다."""

NAMES = """제12회 청소년 글짓기 대회 입상자 명단을 다음과 같이 알립니다.

■ 대상
가온초등학교 김가람

■ 금상
나래초등학교 이나리
다솜초등학교 박다온

■ 은상
라온초등학교 최라윤
마루초등학교 정마음
바른초등학교 강바다

■ 동상
사랑초등학교 조사랑
아람초등학교 윤아름
자연초등학교 장자람
차돌초등학교 임차돌
하늘초등학교 한하늘
한결초등학교 오한결

시상식은 5월 4일 오후 2시 군민회관에서 열립니다."""

SOLDIERS = """1919년 3월 가람면 장터 만세운동에 참가하여 옥고를 치른 이들은 다음과 같다.

김갑돌(金甲乭) 이을수(李乙秀) 박병호(朴丙浩) 최정구(崔丁九) 정무영(鄭戊永) 강기봉(姜己奉) 조경석(趙庚錫) 윤신행(尹辛行) 장임춘(張壬春) 임계천(林癸天) 한자운(韓子雲) 오축산(吳丑山) 서인걸(徐寅傑) 신묘성(申卯成) 권진태(權辰泰) 황사익(黃巳益) 안오주(安午周) 송미근(宋未根) 전신우(全申雨) 홍유식(洪酉植) 유술모(柳戌模) 고해남(高亥南)"""

HANJA = """夫天地者는 萬物之逆旅요 光陰者는 百代之過客이라. 人生이 若夢하니 爲歡이 幾何오.
古人이 秉燭夜遊는 良有以也로다. 況陽春이 召我以煙景하고 大塊가 假我以文章이라.
여기에서 逆旅는 나그네를 맞이하는 집, 곧 旅館을 뜻하고, 過客은 지나가는 손님이다.
하늘과 땅은 온갖 것이 잠시 머무는 旅館이요, 歲月은 영원히 지나가는 나그네라는 말이다.
人生은 꿈과 같으니 기쁨을 누릴 날이 얼마나 되겠는가. 옛사람이 촛불을 잡고 밤에 논 것은 참으로 까닭이 있다.
註: 大塊는 天地, 文章은 아름다운 무늬를 이른다."""

CHAT = """[오후 2:03] 하늘: 다들 출발했어?
[오후 2:04] 바다: ㅇㅇ 지금 버스
[오후 2:04] 구름: 나 늦음 ㅠㅠ 지하철 놓침
[오후 2:05] 하늘: ㅋㅋㅋㅋ 또?
[오후 2:05] 구름: 다음 거 8분 뒤
[오후 2:06] 바다: 자리 맡아 놓을게
[오후 2:06] 하늘: 몇 명이지? 넷?
[오후 2:07] 바다: 별이 온대서 다섯
[오후 2:07] 하늘: 오 진짜? 오랜만이다
[오후 2:08] 구름: 별이 케이크 사 온대 ㅎㅎ
[오후 2:09] 바다: 대박
[오후 2:10] 하늘: 그럼 나는 음료수"""

FAQ = """자주 묻는 질문

Q. 회원증을 잃어버렸어요.
A. 신분증을 가지고 1층 안내 데스크로 오시면 바로 재발급해 드립니다.

Q. 책은 몇 권까지 빌릴 수 있나요?
A. 1인 5권, 14일입니다.

Q. 연장은 어떻게 하나요?
A. 누리집 로그인 → 내 서재 → 대출 목록 → 연장. 예약된 책은 연장되지 않습니다.

Q. 주차는 되나요?
A. 2시간 무료입니다. 이후 10분당 300원입니다.

Q. 음식물을 가지고 들어가도 되나요?
A. 뚜껑 있는 물병만 됩니다."""

TRANSLATION = """원문: The river does not ask the stone where it came from.
번역: 강물은 돌에게 어디서 왔느냐고 묻지 않는다.

원문: She kept every letter, but she answered none of them.
번역: 그녀는 편지를 모두 간직했지만 한 통에도 답하지 않았다.

원문: By the time the snow melted, the path had moved.
번역: 눈이 녹았을 때 길은 이미 다른 곳에 나 있었다.

해설: 둘째 문장의 none of them은 '그 가운데 아무것도'라는 뜻이므로 '한 통에도'로 옮겼다. 셋째 문장은 길이 움직였다는 직역보다 자연스럽다."""

PETITION = """어린이 보호구역에 주차 단속 카메라를 달아 주십시오
안녕하십니까 저는 초등학교 2학년 아이를 둔 아빠입니다
아침마다 학교 앞에 차들이 빽빽이 서 있어서 아이들이 차 사이로 뛰어나옵니다
구청에 전화했더니 예산이 없다고 하고 경찰서에 전화했더니 구청 일이라고 합니다
도대체 누구에게 말해야 하나요??
아이가 다쳐야만 카메라가 생기는 건가요...
**초 앞 삼거리만이라도 먼저 해 주세요
부탁드립니다ㅠㅠ"""

UNSPACED = """보육교사처우개선을부탁드립니다
저는어린이집에서일하는교사입니다 아침일곱시반에출근해서저녁여섯시가넘어야퇴근합니다
점심시간에도아이들밥을먹이느라제밥은서서먹습니다 그래도아이들이웃으면힘이납니다
하지만월급은십년째최저임금이고휴가도마음대로쓰지못합니다
대체교사를늘려주시고처우를개선해주세요 아이들이행복하려면교사가행복해야합니다
한번만귀기울여주시기를간절히바랍니다"""

DIARY = """3월 2일 월 맑음
개학. 새 교실은 4층이라 다리가 아프다. 짝은 전학 온 애. 말이 없다.
3월 3일 화 흐림
급식에 미역국. 두 번 먹음.
3월 4일 수 비
우산을 안 가져와서 도서관에서 기다렸다. 짝도 있었다. 같이 만화책을 읽었다. 이름은 서윤이라고 한다.
3월 5일 목 갬
체육. 오래달리기 12등.
3월 6일 금 맑음
서윤이랑 떡볶이. 매운 걸 못 먹는대서 내가 다 먹었다. 주말에 자전거 타기로 함."""

GLOSSARY = """가산점: 시험이나 심사에서 기본 점수에 더 얹어 주는 점수
가용성: 시스템이 필요할 때 쓸 수 있는 정도. 보통 백분율로 나타낸다
교착 상태: 둘 이상의 작업이 서로 상대의 자원을 기다리며 멈춘 상태
단말: 통신망의 끝에 붙는 기기
대역폭: 단위 시간에 보낼 수 있는 자료의 양
병목: 전체 처리 속도를 늦추는 가장 느린 부분
세마포어: 공유 자원에 동시에 접근할 수 있는 작업의 수를 제한하는 변수
지연 시간: 요청을 보낸 때부터 응답을 받을 때까지 걸리는 시간
처리량: 단위 시간에 처리한 일의 양"""

TIMELINE = """가람시 연혁

1413년 가람현 설치
1895년 가람군으로 승격
1914년 나리군 일부 편입
1931년 가람읍 승격
1950년 전쟁으로 청사 소실
1956년 청사 재건
1979년 가람시로 승격, 군과 분리
1995년 가람군과 통합하여 도농복합시로 출범
2004년 고속철도 가람역 개통
2012년 인구 30만 돌파
2019년 국제 도자기 축제 첫 개최
2023년 시립 미술관 개관"""

PROFILE = """이름: 한서린
출생: 1931년, 황해도 가람군
사망: 1998년
직업: 시인, 번역가
학력: 가람여자고등보통학교, 나래대학교 영문과 중퇴
수상: 1967년 바른문학상
주요 작품: 시집 《모래의 집》(1958), 《겨울 우체국》(1966), 산문집 《등 뒤의 바람》(1984)
번역: 하디 《귀향》, 디킨슨 시선

전쟁 중에 남으로 내려와 부산에서 교정 일을 하며 시를 썼다. 말수가 적고 사진을 남기지 않았다."""

NOTICE = """2031학년도 1학기 수강 신청 안내

1. 기간: 2031. 2. 10.(월) 09:00 ~ 2. 14.(금) 18:00
2. 대상: 재학생 및 복학생
3. 방법: 학사 정보 시스템 접속 후 신청
4. 학점: 최소 12학점, 최대 19학점
   가. 직전 학기 평점 4.0 이상 3학점 추가
   나. 학사경고자 15학점 이하
5. 유의 사항
   가. 선수 과목 미이수 시 신청 불가
   나. 폐강 과목 변경 기간 별도 공지
6. 문의: 교무처 수업과. 끝."""

SPORTS = """◇KBO리그(14일)
가람 010 002 100 ― 4
나래 000 310 01X ― 5
△승 김투수(5승 2패) △세 박마무(11세) △패 최구원(1승 4패) △홈 이타자(7호·4회2점·나래)

나래가 안방에서 가람에 역전승을 거뒀다. 4회 이타자의 2점 홈런으로 승부를 뒤집었고, 7회 동점을 내줬으나 8회 대타 정안타의 결승타로 다시 앞섰다. 김투수는 6이닝 3실점으로 시즌 5승째를 챙겼다. 가람은 3연패에 빠졌다."""

LYRICS = """가로등 아래 너를 기다려
바람이 불면 생각이 나
그 여름 골목 끝 자전거
아직도 그 자리에 있을까

라라라 돌아갈 수 없어도
라라라 노래할 수 있다면
라라라 돌아갈 수 없어도
라라라 노래할 수 있다면

비 오는 밤 라디오에서
우리의 노래가 흘러나와
나는 우산을 접고
한참을 걸었네

라라라 돌아갈 수 없어도
라라라 노래할 수 있다면"""

FRONT_MATTER = """---
layout: wiki
title: 해시 함수
summary: Hash Function
date: 2031-01-04 21:14:01 +0900
updated: 2031-02-11 22:03:51 +0900
tag: algorithm hash data-structure collision
resource: 6F/0A1B2C-3D4E
toc: true
public: true
parent: [[/algorithm]]
latex: false
---
* TOC
{:toc}

## 개요

해시 함수는 임의의 길이의 데이터를 고정된 길이로 바꾼다. 같은 입력에는 늘 같은 값이 나온다.

## 참고문헌

* [Hash function](https://example.org/wiki/Hash_function)"""

MAN_PAGE = """다음은 설명서를 번역한 것이다.

- `/`: 루트 디렉토리
- `/bin/`: 단일 사용자 및 다중 사용자 환경 필수 유틸리티
- `/dev/`: 블록 및 문자 장치 파일
    - `fd/`: 파일 디스크립터 파일; `fd(4)` 참조
- `/etc/`: 시스템 구성 파일 및 스크립트
- `/sbin/`: 필수 시스템 프로그램 및 관리 유틸리티
- `/tmp/`: 임시 파일
- `/usr/`: 대부분의 사용자 유틸리티 및 애플리케이션
    - `bin/`: 일반 유틸리티, 프로그래밍 도구
    - `include/`: 표준 C 헤더 파일
        - `arpa/`: 인터넷 서비스 프로토콜용 C 헤더 파일
        - `netinet/`: 인터넷 표준 프로토콜용 C 헤더 파일; `inet(4)` 참조
    - `lib/`: 아카이브 라이브러리
    - `share/`: 아키텍처 독립 데이터 파일"""

SERMON = """찬송가 부르심
기도: 맡은 이
성경: 옛 이야기 3장 1-6절
말씀: 값없이 주는 물

사랑하는 여러분, 오늘 본문의 하람은 우물의 주인이 아니었습니다. 그는 다만 아침마다 그 곁에 앉아 있었습니다. 우리에게도 그런 우물이 있습니다. 누가 팠는지 모르는 우물, 그러나 날마다 우리가 마시는 우물 말입니다.

첫째, 받은 것을 기억합시다.
둘째, 값을 매기지 맙시다.
셋째, 자물쇠를 채우지 맙시다.

기도하겠습니다."""

NEWSFLASH = """[속보] 가람 앞바다 규모 4.1 지진… 피해 신고 없어
[앵커] 오늘 새벽 가람 앞바다에서 지진이 났습니다. 취재 기자 연결합니다. 김 기자!
[기자] 네, 재난 상황실에 나와 있습니다.
[앵커] 지금 상황 어떻습니까?
[기자] 새벽 4시 12분쯤 가람 동쪽 30km 바다에서 규모 4.1의 지진이 발생했습니다. 흔들림을 느꼈다는 신고가 80여 건 들어왔지만 아직까지 피해는 없는 것으로 파악됐습니다.
[앵커] 해일 우려는 없습니까?
[기자] 기상 당국은 해일 가능성이 없다고 밝혔습니다.
(영상 취재: 이촬영, 편집: 박편집)"""

DOCS_TRACE = """System.Example.Security.TokenProviderUsingCachedToken

설명

 TokenProvider가 캐시된 서비스 토큰을 사용했습니다. 토큰의 유효 기간이 아직 남아 있으므로 새 토큰을 요청하지 않습니다.

문제 해결

 토큰을 강제로 새로 받으려면 CacheIssuedTokens 속성을 false로 설정하십시오.

참고 항목

- 추적
- 추적을 사용하여 애플리케이션 문제 해결
- 관리 및 진단"""

KOREAN = {name.lower().replace("_", " "): text for name, text in list(globals().items()) if name.isupper()}

EN_POEM = """After the Rain

I sit beside the river
and let my wet shoes dry.
The water talks more softly
than it did yesterday,

a willow's single shadow
walks slowly past my knee,
and someone's lost umbrella
leans in among the reeds

as though it had no house to go to
or had too many houses,
waiting for the rain."""

EN_DIALOGUE = """ANNA: When does it start?
BEN: At two. Did you read it?
ANNA: Not yet. How long is it?
BEN: Twelve pages.
ANNA: That much?
BEN: Half of it is pictures
ANNA: Good. Is she coming too?
BEN: Both of them
ANNA: Oh no
BEN: Read it now. I'll tell you the first part
ANNA: Thanks. Coffee is on me
BEN: Black, no sugar
ANNA: Ten minutes, in the hall
BEN: Don't be late"""

EN_RECIPE = """Potato Leek Soup

Serves 4

2 leeks, white parts only
3 large potatoes
1 onion
2 tbsp butter
1 l vegetable stock
100 ml cream
salt, pepper, nutmeg

1. Slice the leeks and the onion and soften them in the butter.
2. Peel and dice the potatoes and add them with the stock.
3. Simmer for 20 minutes, until the potatoes fall apart.
4. Blend, stir in the cream and season.

Keeps for three days in the fridge."""

EN_ERROR_PAGE = """Compiler Error E3106

> 'attribute': unnamed arguments must precede named arguments

Remarks

Unnamed arguments must be passed to an attribute before named arguments.

Example

The following example generates E3106.

cpp
// E3106.cpp
// compile with: /c
[module(name="MyLib", dll)];   // E3106
[module(dll, name="MyLib")];   // OK"""

EN_API = """queue operators

operator!=

Tests if the queue object on the left side of the operator is not equal to the queue object on the right side.

cpp
bool operator!=(const queue& left, const queue& right);

Parameters

left
An object of type queue.

right
An object of type queue.

Return Value

true if the queues are not equal; false if the queues are equal.

operator<

Tests if the queue object on the left side of the operator is less than the queue object on the right side.

cpp
bool operator<(const queue& left, const queue& right);

Parameters

left
An object of type queue.

right
An object of type queue.

Return Value

true if the queue on the left side of the operator is less than the queue on the right side; otherwise false."""

EN_RELEASE_NOTES = """Changelog

2.4.1 (2031-02-03)
- Fix crash when the config file is empty (#812)
- Fix typo in the German translation
- Update dependencies

2.4.0 (2031-01-15)
- Add --quiet option
- Add support for zstd archives
- Deprecate the old plugin API; it will be removed in 3.0
- Faster startup on Windows

2.3.7 (2030-12-01)
- Fix memory leak in the watcher (#799, thanks to everyone who reported it)
- Drop Python 3.9"""

ENGLISH = {name[3:].lower().replace("_", " "): text for name, text in list(globals().items()) if name.startswith("EN_")}
