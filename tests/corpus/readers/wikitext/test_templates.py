"""What each template shows, value by value, and the tables that the answers come from."""

import hashlib

import pytest

from corpus.readers.wikitext import article, clean, dates, elements, lines, links, numbers, shown, templates, units


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        # measures: every word between two values, every unit of two parts, signs
        *((f"convert|1|{sign}|2|m", f"1{between}2 m") for sign, between in numbers.BETWEEN.items()),
        *((f"convert|1|m|{sign}|2|km", f"1 m{between}2 km") for sign, between in numbers.BETWEEN.items()),
        *((f"convert|5|{one}|10|{two}|m", f"5 {one} 10 {two}") for one, two in [("ft", "in"), ("lb", "oz")]),
        *((f"convert|5|{one}|10|{two}|m", f"5 {one} 10 {two}") for one, two in [("mi", "yd"), ("yd", "ft")]),
        ("convert|5|h|10|min", "5 h 10 min"),
        ("convert|5|stone|10|lb|kg", "5 st 10 lb"),
        ("convert|5|m|10|cm", "5 m"),
        ("convert|5|ft|10|0", "5 ft"),
        ("convert|5|ft|10", "5 ft"),
        ("convert|1|m|by|x", "1 m"),
        ("convert|x|m", ""),
        ("convert|7", "7"),
        ("convert|90|deg", "90°"),
        ("convert|9|C", "9 °C"),
        ("convert|-1e-6|m", "−1e-6 m"),
        ("convert|1,234.5|kg|-|2|lb", "1,234.5 kg–2 lb"),
        ("윗주|漢字|한자", "漢字"),
        ("URL|a.example", "a.example"),
        ("url|1=https://a.example/x?y=1", "https://a.example/x?y=1"),
        ("URL|a.example|누리집", "누리집"),
        # numbers
        ("val|1.2", "1.2"),
        ("val|1.2|0.3", "1.2±0.3"),
        ("val|1.2|(3)", "1.2(3)"),
        ("val|1.2|0.3|0.4", "1.2 +0.3 −0.4"),
        ("val|-1.2|u=°", "−1.2°"),
        ("val|5|u=%", "5%"),
        ("val|5|ul=m-2", "5 m⁻²"),
        ("val|5|u=m|up=s2", "5 m/s²"),
        ("val|5|u=m|upl=s", "5 m/s"),
        ("val|5|p=&lt;|s=x", "<5x"),
        ("val|e=5", "10⁵"),
        ("val|2|e=-5", "2×10⁻⁵"),
        ("val|6.2E+18", "6.2×10⁺¹⁸"),
        ("val|", ""),
        *(
            (f"ordinal|{number}", text)
            for number, text in [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (10, "10th")]
        ),
        *((f"ordinal|{number}", f"{number}th") for number in (10, 11, 12, 13, 110, 111, 112, 213)),
        *((f"ordinal|{number}", text) for number, text in [(21, "21st"), (22, "22nd"), (103, "103rd"), ("x", "x")]),
        ("height|in=2|ft=6", "6 ft 2 in"),
        ("height|m=1.88", "1.88 m"),
        ("height|in=4|ft=3|cm=2|m=1", "1 m 2 cm 3 ft 4 in"),
        ("height|cm=188", "188 cm"),
        ("e|-9", "×10⁻⁹"),
        ("frac|2", "1/2"),
        ("frac|3|4", "3/4"),
        ("frac|1|2|3", "1 2/3"),
        ("frac|1|2|3|4", ""),
        *((f"formatnum:{digits}", text) for digits, text in [("1", "1"), ("123", "123"), ("1234", "1,234")]),
        *((f"formatnum:{digits}", text) for digits, text in [("12345", "12,345"), ("123456", "123,456")]),
        *((f"formatnum:{digits}", text) for digits, text in [("1234567.1234", "1,234,567.1234"), ("-1000", "−1,000")]),
        ("formatnum:1,234,567|R", "1234567"),
        ("formatnum:1,234,567|NOSEP", "1234567"),
        ("formatnum:1,234,567| nosep ", "1234567"),
        ("formatnum:약 1234", "약 1234"),
        ("nts|1234", "1,234"),
        ("track gauge|1435mm", "1435 mm"),
        ("track gauge| 4.85 ft ", "4.85 ft"),
        ("track gauge|standard", "standard"),
        # dates
        *((f"date|2020|{number}|2", f"{name} 2, 2020") for number, name in enumerate(dates.MONTHS, start=1)),
        ("date|2020|0|2", "0 2, 2020"),
        ("date|2020|13|2", "13 2, 2020"),
        ("date|2020|3", "March 2020"),
        ("date|2020", "2020"),
        ("date|Spring 2020|3", "Spring 2020"),
        ("date|2020-03-01", "March 1, 2020"),
        *((f"birth date|1809|2|12|df={true}", "12 February 1809") for true in ("y", "Yes", "1", "true", "예")),
        ("birth date|1809|2|12|df=no", "February 12, 1809"),
        ("날짜|2020", "2020년"),
        ("날짜|2020|3", "2020년 3월"),
        ("날짜|2020|03|01", "2020년 3월 1일"),
        ("age|1990|3|1|2000|2|28", "9"),
        ("age|1990|3|1|2000|3|1", "10"),
        ("age|1990|3|2|2000|3|1", "9"),
        ("age|1990|3|1", ""),
        ("as of|2014", "As of 2014"),
        ("as of|2014|3|lc=y", "as of March 2014"),
        ("as of|2014|3|5", "As of 5 March 2014"),
        ("as of|2014|3|5|df=dmy", "As of 5 March 2014"),
        ("as of|2014|3|5|df=", "As of 5 March 2014"),
        ("as of|2014|3|5|df=us", "As of March 5, 2014"),
        ("as of|2014|3|since=y", "Since March 2014"),
        ("as of|2014|since=y|lc=y", "since 2014"),
        ("as of|2014|alt=by then", "by then"),
        ("기준일|2014|3", "2014년 3월 기준"),
        ("oldstyledate|February 2|1905|January 20", "February 2 [O.S. January 20] 1905"),
        ("oldstyledate|February 2|1905", "February 2 1905"),
        # places of values
        ("lang|en|word", "word"),
        ("lang|en|2=word", "word"),
        ("lang|2=word|en", "word"),
        ("lang|en|text=word", "word"),
        ("lang|en", ""),
        ("nowrap|a|b", "a"),
        ("nowrap|1=b", "b"),
        ("nowrap|1=b|c", "b"),
        ("langwithname|en|English|word", "word"),
        ("font|color=red|size=2|word", "word"),
        ("lang-ja|東京|도쿄", "東京"),
        ("llang|ja|東京|도쿄", "東京 도쿄"),
        ("ill|사람|en|Person", "사람"),
        ("ill|en|Person|사람", "사람"),
        ("ill|en|Person|사람|그 사람", "그 사람"),
        ("ill|en|Person|사람|그 사람|x", "그 사람"),
        ("ill|사람|en|Person|lt=그", "그"),
        ("ill|사람|en|Person|표시=그", "그"),
        ("ill|사람|en|Person|label=그", "그"),
        ("hlist|a||b", "a, b"),
        ("gaps|1|234", "1 234"),
        ("us$|5", "US$5"),
        ("us$", "US$"),
        ("uss|Enterprise|CV-6", "USS Enterprise (CV-6)"),
        ("uss|Enterprise|2", "USS Enterprise"),
        ("uss|Enterprise", "USS Enterprise"),
        ("nihongo|bayonet|銃剣|jūken|extra", "bayonet (銃剣, jūken, extra)"),
        ("nihongo||銃剣|jūken", "銃剣, jūken"),
        ("nihongo|bayonet", "bayonet"),
        ("zh|t=羅江|s=罗江|p=Luójiāng", "羅江, 罗江, Luójiāng"),
        ("zh|羅江|t=羅江", "羅江"),
        ("ipa|en|/a/", "/a/"),
        ("ipa|/a/|/b/", "/a/"),
        ("ipaslink|a", "/a/"),
        ("bracket|a", "[a]"),
        ("angbr|a", "⟨a⟩"),
        ("circa|1200", "c. 1200"),
        ("circa|", ""),
        ("fl.|1200", "fl. 1200"),
        ("lit|a", "lit. 'a'"),
        ("abs|-1", "|-1|"),
        ("nuclide2|U|235|x", "U-235"),
        ("coord|12|31|5|N|70|02|W|display=inline", "12°31′5″N 70°02′W"),
        ("coord|12.5|-70.1", "12.5°-70.1′"),
        ("coord|12|N|display=title", ""),
        ("coord|12|N|display=t", ""),
        ("coord|12|N|display=inline,title", "12°N"),
        ("coord|1|2|3|N|4|5|6|E|7", "1°2′3″N 4°5′6″E"),
        ("music|Sharp", "♯"),
        ("music|b", "♭"),
        ("lc:ABC", "abc"),
        ("uc:abc", "ABC"),
        ("lcfirst:ABC", "aBC"),
        ("ucfirst:abc", "Abc"),
        ("Template:nowrap|a", "a"),
        ("틀:nowrap|a", "a"),
        ("No_wrap|a", "a"),
        ("visible_anchor|a", "a"),
        ("unknown|a", ""),
    ],
)
def test_shown(inside: str, text: str) -> None:
    assert clean(f"<nowiki>(</nowiki>{{{{{inside}}}}}<nowiki>)</nowiki>") == f"({text})"


@pytest.mark.parametrize(("name", "text"), shown.SIGNS.items())
def test_signs(name: str, text: str) -> None:
    assert templates.Templates().shown(name).replace("\ue004", "|").replace("\ue005", "=") == text


def test_titles_and_the_language_of_an_article() -> None:
    assert clean("{{PAGENAME}}: {{date|2020|3|1}}", "서울", "ko") == "서울: 2020년 3월 1일"
    assert clean("{{날짜|2020|3|1}}, {{date|2020|3|1}}", "Seoul", "en") == "2020년 3월 1일, March 1, 2020"


def test_values_and_names_of_parameters() -> None:
    assert templates.parameters("a| b = c |d| 5 =e") == (["a", "d", "", "", "e"], {"b": "c", "5": "e"})
    assert templates.parameters("9=z")[0] == [""] * 8 + ["z"]
    assert templates.parameters("10=z")[0] == []
    assert templates.parameters("a+b=c") == (["a+b=c"], {})


def test_tables_change_with_the_version() -> None:
    """Articles read before keep their text until the version says that it would be another."""
    tables = [
        units.SYMBOLS, units.CASED, units.POWERS, numbers.BETWEEN, dates.MONTHS, dates.TRUE, sorted(templates.WAYS),
        shown.BY_NAME, sorted(shown.QUOTES), shown.TEXT_NAMES, shown.SIGNS, shown.ROWS, shown.MONEY,
        sorted(shown.SHIPS), sorted(shown.LINKS), elements.NAMES, elements.NESTED, lines.LIST_MARKS,
        sorted(lines.LAST_SECTIONS), links.FILES, links.HIDDEN, links.LABELLED, article.TAG.pattern,
        article.SWITCH.pattern,
    ]  # fmt: skip
    found = hashlib.sha256(repr(tables).encode()).hexdigest()[:16]
    assert {article.VERSION: found} == {7: "194b8c9d7b8561bc"}
