"""What MediaWiki makes of marks that public bug reports broke: elements, templates that stand for text, brackets,
links."""

import pytest

from corpus.readers.wikitext import clean


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        # in order of appearance
        ("앞 <nowiki><!--</nowiki> 뒤", "앞 <!-- 뒤"),
        ("앞 <!-- <nowiki> --> 뒤 </nowiki>끝", "앞 뒤 끝"),
        ("<code><nowiki><ref></nowiki></code> 뒤<ref>주</ref>", "<ref> 뒤"),
        ("<pre><math></pre>글 <math>x</math>", "<math>\n\n글 $x$"),
        ("<syntaxhighlight lang=c>\n/* </nowiki> <!-- */\n\nint x;\n</syntaxhighlight>\n글", "글"),
        ("글<!-- 숨김", "글"),
        ("첫째\n<!-- 줄 -->\n둘째", "첫째\n둘째"),
        ("첫째<!-- 줄 -->\n둘째", "첫째\n둘째"),
        ("첫째\n <!-- 가 --> <!-- 나 --><!-- 다 --> \n둘째", "첫째\n둘째"),
        ("첫째\n<!-- 가 --> 말 <!-- 나 -->\n둘째", "첫째\n말\n둘째"),
        ("글<includeonly>틀에서만 <!-- 가 -->\n\n끝", "글"),
        ("글<includeonly>틀에서만</includeonly>과 끝", "글과 끝"),
        # to the closing tag
        ("앞<gallery>\n가.jpg|하나\n\n나.jpg|둘\n</gallery>뒤", "앞뒤"),
        ("앞<ref>하나\n\n둘</ref> 뒤", "앞 뒤"),
        ("앞<ref>하나<ref>둘</ref>셋</ref> 뒤", "앞 뒤"),
        ("앞<ref>하나 <ref>둘</ref> 뒤", "앞 뒤"),
        ("앞<ref name=가>하나 <ref name=나/> 둘</ref> 뒤<ref name=가 />.", "앞 뒤."),
        ("앞<ref>닫히지 않는다\n\n뒤", "앞닫히지 않는다\n\n뒤"),
        ("앞<TABLE><tr><td><table><tr><td>속</td></tr></table>겉</td></tr></TABLE>뒤", "앞뒤"),
        ("앞 <timeline>\n\n가\n\n</timeline > 뒤", "앞 뒤"),
        ("<includeonly>틀에서만</includeonly><noinclude>보인다</noinclude>", "보인다"),
        ("쓰기: <syntaxhighlight lang=py inline>a = b[0]</syntaxhighlight> 처럼", "쓰기: a = b[0] 처럼"),
        ("<nowiki>*</nowiki> 별표와 <nowiki/>빈 것", "* 별표와 빈 것"),
        ("<poem>\n한 줄\n두 줄\n</poem>", "한 줄\n두 줄"),
        ("#include <vector>와 std::map<int, T>를 쓴다.", "include <vector>와 std::map<int, T>를 쓴다."),
        # private characters and references
        ("&#xE000;7&#xE001; &#57344;0&#57345;", "7 0"),
        (f"<math>&#{'1' * 5000};</math>글&#x{'1' * 5000};", "글"),
        ("?a=1&para=2&copy=3 &copy;", "?a=1&para=2&copy=3 ©"),
        # brackets
        ("<code>sort()</code>와 main( )을 부른다.", "sort()와 main( )을 부른다."),
        ("나강(羅江, {{미정|1}} ~ {{미정|2}})은 장수였다.", "나강(羅江)은 장수였다."),
        ("나강(羅江, ~ )은 장수였다.", "나강(羅江)은 장수였다."),
        ("나강(羅江, 1900년 ~ )은 장수이다.", "나강(羅江, 1900년 ~ )은 장수이다."),
        ("나강({{미정}}, 1900년 1월 ~ 1950년)은", "나강(1900년 1월 ~ 1950년)은"),
        ("나강 ({{미정}}; {{미정}})은", "나강은"),
        ("나강(옛 이름 ({{미정}}))은", "나강(옛 이름)은"),
        ("나강 {{미정}}, 그리고 {{미정}}. 끝", "나강, 그리고. 끝"),
        ("튜플 (1,)과 (a, )", "튜플 (1,)과 (a, )"),
        # links
        ("글쓴이는 [mailto:a@example.com 이름]이다.", "글쓴이는 이름이다."),
        ("소리 [/a/]와 [//b//]와 [ˈsʌl]", "소리 [/a/]와 [//b//]와 [ˈsʌl]"),
        ("[//example.com/a 이름] [https://a.kr [문서] 이름] [ftp://a.kr]", "이름 [문서 이름]"),
        ("[http://a.kr\n이름]", "[http://a.kr\n이름]"),
        ("[[a=b|c=d]] {{lang|en|[[a|b=c]]}}", "c=d b=c"),
        ("__FILE__과 __목차__ -{변환}-", "__FILE__과 변환"),
        ("'''굵게''' ''기울임'' '''''둘 다''''' 그's", "굵게 기울임 둘 다 그's"),
    ],
)
def test_marks(wikitext: str, text: str) -> None:
    assert clean(wikitext) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("convert|1300|km|mi", "1300 km"),
        ("convert|-6|C|0", "−6 °C"),
        ("Cvt|100|to|200|km2|abbr=on", "100 to 200 km²"),
        ("convert|3|by|4|m", "3 by 4 m"),
        ("convert|5|ft|10|in|m", "5 ft 10 in"),
        ("convert|5|ft|m", "5 ft"),
        ("convert|22|e6acre|km2", "22 million acres"),
        ("convert|400|PD/sqmi", "400 inhabitants/sq mi"),
        ("convert|57|koilbbl/d|abbr=on", "57 thousand bbl/d"),
        ("convert|10–12|ft/s", "10–12 ft/s"),
        ("단위 변환|3|m3", "3 m³"),
        ("convert", ""),
        ("formatnum:1234567", "1,234,567"),
        ("formatnum:1234.5678", "1,234.5678"),
        ("FORMATNUM: -12 ", "−12"),
        ("formatnum:1,234|R", "1234"),
        ("formatnum:없음", "없음"),
        ("nts|98765", "98,765"),
        ("val|3.2", "3.2"),
        ("val|6.241|e=18|u=C", "6.241×10¹⁸ C"),
        ("val|1.00794|(7)", "1.00794(7)"),
        ("val|1.2|0.3|ul=kg", "1.2±0.3 kg"),
        ("val|5|1|2", "5 +1 −2"),
        ("frac|2", "1/2"),
        ("sfrac|3|4", "3/4"),
        ("분수|1|2|3", "1 2/3"),
        ("e|-9", "×10⁻⁹"),
        ("val|3.0e-8|u=m", "3.0×10⁻⁸ m"),
        ("val|1e4", "1×10⁴"),
        ("ordinal|22", "22nd"),
        ("ord|111", "111th"),
        ("서수|3", "3rd"),
        ("height|ft=6|in=2", "6 ft 2 in"),
        ("height|m=1.88|precision=0", "1.88 m"),
        ("age|1990|3|2|2000|3|1", "9"),
        ("age|1990|3|2|2000|3|2", "10"),
        ("age|1990|3|2", ""),
        ("날짜|2020|3|1", "2020년 3월 1일"),
        ("날짜|2020-03-01", "2020년 3월 1일"),
        ("출생일과 나이|1980|12|31", "1980년 12월 31일"),
        ("birth date|1809|2|12", "February 12, 1809"),
        ("Birth date|df=yes|1885|4|3", "3 April 1885"),
        ("start date|2010|7", "July 2010"),
        ("as of|2014|lc=y", "as of 2014"),
        ("As of|2014|3", "As of March 2014"),
        ("OldStyleDate|February 2|1905|January 20", "February 2 [O.S. January 20] 1905"),
        ("lang|en|2=sea word", "sea word"),
        ("lang|en|text=sea word", "sea word"),
        ("언어|en|sea word", "sea word"),
        ("llang|ja|東京|도쿄", "東京 도쿄"),
        ("lang-sq|Shqipëri", "Shqipëri"),
        ("langx|en|word", "word"),
        ("임시 링크|다솜 건축상|en|Dasom Award", "다솜 건축상"),
        ("임시링크|다솜 건축상|en|Dasom Award|lt=건축상", "건축상"),
        ("ill|라온|ja|ラオン", "라온"),
        ("ill|de|Gymnasium Ernestinum|Gymnasium", "Gymnasium"),
        ("인용문|1=주소는 http://a.kr/?q=1 이다.", "주소는 http://a.kr/?q=1 이다."),
        ("인용문|내용=한 줄|출처=책", "한 줄"),
        ("quote|text=All men are mortal.|author=X", "All men are mortal."),
        ("nihongo|bayonet|銃剣|jūken", "bayonet (銃剣, jūken)"),
        ("zh|t=羅江|p=Luójiāng", "羅江, Luójiāng"),
        ("IPA|/a/", "/a/"),
        ("IPA|ko|[a]", "[a]"),
        ("IPAc-en|æ|l", ""),
        ("angbr|a", "⟨a⟩"),
        ("국기|대한민국", "대한민국"),
        ("flagicon|France", ""),
        ("USS|Hornet|CV-12|6", "USS Hornet (CV-12)"),
        ("US$|2 billion", "US$2 billion"),
        ("hlist|[[가|나]]|다", "나, 다"),
        ("chem|H|2|O", "H2O"),
        ("coord|12|31|07|N|70|02|09|W|display=inline", "12°31′07″N 70°02′09″W"),
        ("coord|12|31|N|70|02|W|display=title", ""),
        ("틀:lang|ko|글", "글"),
        ("lang\n|ko\n|글\n", "글"),
        ("PAGENAME", "제목"),
        ("lc:ABC", "abc"),
        ("nowrap|{{lang|en|a{{=}}b}}", "a=b"),
        ("nowrap|a{{!}}b", "a|b"),
        ("출처 필요|날짜=2020-01", ""),
        ("sfn|Smith|2001|p=3", ""),
    ],
)
def test_templates(template: str, text: str) -> None:
    assert clean(f"값 {{{{{template}}}}} 끝", "제목").split() == f"값 {text} 끝".split()


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("가 ([[help:IPA|[fu]]]) 나", "가 ([fu]) 나"),
        ("가 ([[도움말:IPA|[fu]]], 1990) 나", "가 ([fu], 1990) 나"),
        ("가 [[a|[b]]]] 나", "가 [b] 나"),
        ("가 [[a|b]]] 나", "가 b] 나"),
        ("[[[a]]] [[[b|c]]]", "[a] [c]"),
    ],
)
def test_a_bracket_that_a_label_opened_is_closed_in_it(wikitext: str, text: str) -> None:
    assert clean(wikitext) == text


def test_dates_are_written_as_the_wiki_writes_them() -> None:
    assert clean("{{start date|2010|7|1}}에", language="ko") == "2010년 7월 1일에"
    assert clean("{{As of|2014}}, it", language="en") == "As of 2014, it"


def test_what_is_nested_deeper_than_mediawiki_expands_is_dropped() -> None:
    assert clean("앞 " + "{{nowrap|" * 30 + "속" + "}}" * 30 + " 뒤") == "앞 속 뒤"
    assert clean("앞 " + "{{nowrap|" * 500 + "속" + "}}" * 500 + " 뒤") == "앞 뒤"
