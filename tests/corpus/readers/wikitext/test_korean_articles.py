"""Whole articles as Korean Wikipedia writes them, invented for this test: a river, a person, a programming language."""

from corpus.readers.wikitext import clean

RIVER = """{{다른 뜻 넘어옴|가람|가람 (소설)}}
{{강 정보
| 이름       = 가람강
| 원어       = {{lang|ko-Hani|伽藍江}}
| 그림       = 가람강 전경.jpg
| 길이       = {{convert|481|km|mi}}
| 좌표       = {{좌표|37|45|N|126|11|E|display=inline,title}}
}}
[[파일:가람강 다리.jpg|섬네일|왼쪽|[[나래시]]에서 본 {{작게|옛}} 다리<ref>사진첩</ref>]]
'''가람강'''({{한자|伽藍江}}, {{llang|en|Garam River}})은 [[한반도]] 가운데를 흐르는 [[강]]이다.<ref name="길이">{{서적 인용 |저자=홍길동 |제목=우리 강 |연도=1998

|쪽=12}}</ref> 길이는 {{convert|481|km|mi|0}}이고, 유역의 넓이는 {{convert|26219|km2}}이며, 유역에는 {{formatnum:1234567}}명이 산다.<ref name="길이" /> 물의 높이는 평소 {{val|3.2|u=m}}이지만 장마에는 그 {{분수|3|2}}배가 된다.

== 이름 ==
옛 문헌은 이 강을 {{인용문|큰 물이 서쪽으로 흐르니 이름을 가람이라 한다.}} 하고 적었다. {{임시 링크|라온 강 조약|en|Raon River Treaty}}을 맺은 뒤로 지금의 이름을 쓴다.<!-- 확인 필요: <ref> 없음 --> 강의 이름은 {{lang|zh|2=羅江}}({{lang|ja|羅江|らこう}}, {{발음|나강}})에서 왔다고도 한다.

=== 지도 ===
{| class="wikitable sortable"
|-
! 지류 !! 길이
|-
| [[나래천]] || {{convert|12|km}}
|}

== 역사 ==
* {{날짜|1936|8|11}}: 큰물이 났다.
* [[1972년]] {{nowrap|8월 19일}} — 둑이 무너졌다{{출처|날짜=2020-1-1}}.
** 이때 {{국기|대한민국}} 정부는 새 둑을 쌓았다.

== 같이 보기 ==
* [[강의 목록]]

== 각주 ==
{{각주}}

== 외부 링크 ==
* [http://example.com 누리집]
{{가람강의 다리}}
{{전거 통제}}
[[분류:대한민국의 강]]
[[en:Garam River]]
"""
RIVER_TEXT = """가람강(伽藍江, Garam River)은 한반도 가운데를 흐르는 강이다. 길이는 481 km이고, 유역의 넓이는 26219 km²이며, 유역에는 1,234,567명이 산다. 물의 높이는 평소 3.2 m이지만 장마에는 그 3/2배가 된다.

이름

옛 문헌은 이 강을

큰 물이 서쪽으로 흐르니 이름을 가람이라 한다.

하고 적었다. 라온 강 조약을 맺은 뒤로 지금의 이름을 쓴다. 강의 이름은 羅江(羅江)에서 왔다고도 한다.

역사

1936년 8월 11일: 큰물이 났다.
1972년 8월 19일 — 둑이 무너졌다.
이때 대한민국 정부는 새 둑을 쌓았다."""

PERSON = """{{인물 정보
|이름 = 나강
|출생일 = {{출생일과 나이|1901|3|1}}
}}
'''나강'''(羅江, {{출생일|1901|3|1}} ~ {{사망일과 나이|1950|10|9|1901|3|1}})은 [[대한제국]]의 시인이다. 본명은 '''나가람'''({{본명|x}}, ~ )이다. 호는 {{루비|素月|소월}}이며, ''나강 시집''을 냈다.
<poem>
산에는 꽃이 피네
꽃이 피네
</poem>
[[나래대학교|나래대]]를 나와{{efn|다른 설도 있다.}} [[라온 (잡지)|]] 《[[다솜]]》을 펴냈다 (1930년).

;작품
:[[봄날]]
<gallery mode="packed">
파일:나강.jpg|[[나강]]의 모습

파일:시집.jpg|시집
</gallery>
"""
PERSON_TEXT = """나강(羅江, 1901년 3월 1일 ~ 1950년 10월 9일)은 대한제국의 시인이다. 본명은 나가람이다. 호는 素月이며, 나강 시집을 냈다.

산에는 꽃이 피네
꽃이 피네

나래대를 나와 《다솜》을 펴냈다 (1930년).

작품
봄날"""

LANGUAGE = """'''한줄'''은 [[프로그래밍 언어]]이다. 주석은 <code><nowiki><!--</nowiki></code>로 시작하고 <code><nowiki>--></nowiki></code>로 끝난다. 차례로 놓기는 <code>sort()</code>, 찾기는 {{코드|find( )}}로 한다.
<syntaxhighlight lang="html" line>
<script>
<!--

if (a < b) { document.write("<ref>") }
</syntaxhighlight>
<pre>
== 제목이 아니다 ==
{{틀이 아니다}}
</pre>
식 <math display="inline">O(n \\log n)</math>은 {{mvar|n}}에 따른 시간이다. C++에서는 #include <vector>를 쓴다 ([[C++|C{{=}}{{!}}]]).
{{-}}
AT&T와 R&amp;D, 7&nbsp;km, &#44032;람.
"""
LANGUAGE_TEXT = """한줄은 프로그래밍 언어이다. 주석은 <!--로 시작하고 -->로 끝난다. 차례로 놓기는 sort(), 찾기는 find( )로 한다.

== 제목이 아니다 ==
{{틀이 아니다}}

식 $O(n \\log n)$은 n에 따른 시간이다. C++에서는 #include <vector>를 쓴다 (C=|).

AT&T와 R&D, 7 km, 가람."""


def test_a_river() -> None:
    assert clean(RIVER, "가람강", "ko") == RIVER_TEXT


def test_a_person() -> None:
    assert clean(PERSON, "나강", "ko") == PERSON_TEXT


def test_a_programming_language() -> None:
    assert clean(LANGUAGE, "한줄", "ko") == LANGUAGE_TEXT
