"""What links show: their label, their target, or nothing."""

import pytest

from corpus.readers.wikitext import clean
from corpus.readers.wikitext.links import FILES, HIDDEN, LABELLED, external, internal


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("서울", "서울"),
        ("서울|수도", "수도"),
        ("서울|", ""),
        ("서울|한|두|세", "세"),
        ("a b #c", "a b #c"),
        (":서울", "서울"),
        (":분류:서울", "분류:서울"),
        (":en:Seoul", "en:Seoul"),
        (" 서울 ", "서울"),
        ("en:Seoul", ""),
        ("zh-min-nan:Seoul", ""),
        ("fr :Séoul", ""),
        ("영어:서울", "영어:서울"),
        ("Star: Wars", "Star: Wars"),
        ("a:b", "a:b"),
        ("abcd:b", "abcd:b"),
        ("En:Seoul", "En:Seoul"),
        *((f"{space.upper()}:x", "") for space in sorted({*FILES, *HIDDEN})),
        *((f"{space} :x|하나|둘", "하나|둘" if space in LABELLED else "") for space in sorted({*FILES, *HIDDEN})),
    ],
)
def test_internal(inside: str, text: str) -> None:
    assert internal(inside) == text


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("[http://a.kr 이름]", "이름"),
        ("[HTTPS://a.kr  긴 이름 ]", "긴 이름"),
        ("[http://a.kr]", ""),
        ("[http://a.kr\t이름]", "이름"),
        ("[http://a.kr\u3000이름]", "이름"),
        ("[http:// 이름]", "[http:// 이름]"),
        ("[http://]", "[http://]"),
        ("[http://a.kr 이름", "[http://a.kr 이름"),
        ("[http://a.kr 이름\n] [http://b.kr 나]", "[http://a.kr 이름\n] 나"),
        ("[http://a.kr 가] [http://b.kr\n] [http://c.kr 다]\n[http://d.kr 라]", "가 [http://b.kr\n] 다\n라"),
        ("[//a.kr 이름] [//a 이름] [//A.kr 이름]", "이름 [//a 이름] 이름"),
        ("[tel:119 전화] [foo:1 이름] [foo://a 이름]", "전화 [foo:1 이름] [foo://a 이름]"),
        ("가[http://a.kr 나]다[http://a.kr 라]마", "가나다라마"),
    ],
)
def test_external(wikitext: str, text: str) -> None:
    assert external(wikitext) == text


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("[[a]] [[a|b]] [[ a ]] [[a b|c d]]", "a b a c d"),
        ("[[a|b|c]] [[a|]] [[:a]] [[en:a]]나", "c a 나"),
        ("[[a|b [[c]] d]]", "b c d"),
        ("[[파일:a.png|섬네일|[[서울]]의 모습]]나", "나"),
        ("[[Help:IPA|[fu]]]", "[fu]"),
        ("[[a|[b]]] [[a]]]", "[b] a]"),
        ("[[a", "a"),
        ("a]] b", "a b"),
    ],
)
def test_links_of_an_article(wikitext: str, text: str) -> None:
    assert clean(wikitext) == text
