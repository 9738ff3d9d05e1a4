"""Which marks belong together: braces, brackets and tables, closed or not, and the elements before them."""

import pytest

from corpus.readers.wikitext import clean
from corpus.readers.wikitext.marks import DEEPEST, undo
from corpus.readers.wikitext.private import HOLE


def shown(text: str) -> str:
    """The text with `<…>` around what is given as a template."""
    return undo(text, lambda inside: f"<{inside}>").removeprefix("\n")


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("{{a}}", "<a>"),
        ("{{a{{b}}c}}", "<a<b>c>"),
        ("{{{a}}}b", "b"),
        ("{{{{a}}}}b", "{b"),
        ("{{{{{a}}}}}b", "<>b"),
        ("{{{{{a}}b}}}c", "c"),
        ("{{{a}}b", "{<a>b"),
        ("{{a}}}b", "<a>b"),
        ("{{a}b}}c", "<a}b>c"),
        ("{a}", "{a}"),
        ("{{a=b{{c=d}}}}", "<a\ue005b<c\ue005d>>"),
        ("{{a|[[b=c]]}}", "<a|b\ue005c>"),
        ("[[a {{b]] c}}", "a c"),
        ("{{a [[b}} c", "<a b> c"),
        ("{{a [[b|c}} d]]", "<a b|c> d"),
        ("x {{a\nb {{c\nd", "x \nb \nd"),
        ("x [[a\nb", "x a\nb"),
        ("{|\na\n|}b", "\nb"),
        ("{|\na\n{|\nb\n|}\nc\n|}\nd", "\n\nd"),
        ("::{|\na\n|}b", "\nb"),
        ("{|\n{{a\n|}\nb}}c", "bc"),
        ("x {|\na\n|}b", "x {|\na\nb"),
        ("{|\na\nb", "\na\nb"),
        ("a\n{| b\nc", "a\n\nc"),
        ("{{a\n|}}b", "<a\n|>b"),
        ("{{a\n|}}}b", "<a\n>b"),
    ],
)
def test_pairs(wikitext: str, text: str) -> None:
    assert shown(wikitext).strip("\n") == text.strip("\n")


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_deepest(more: int) -> None:
    depth = DEEPEST + more
    calls: list[str] = []
    found = undo("{{a " * depth + "b" + "}}" * depth, lambda inside: calls.append(inside) or "c")
    assert found.strip() == "c"
    assert calls == ["a b" if more <= 0 else f"a {HOLE}", *["a c"] * (min(depth, DEEPEST) - 1)]
    assert undo("[[" * depth + "a|b" + "]]" * depth, str).strip() == "b"
    link = undo("[[a|" * (depth - 1) + "[[분류:b]]" + "]]" * (depth - 1), str).strip()
    assert link == ("" if more <= 0 else "분류:b")
    assert undo("[[파일:a|" * depth + "b" + "]]" * depth + "c", str).strip() == "c"


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        # comments
        ("가<!-->나-->다", "가다"),
        ("가<!--->나-->다", "가다"),
        ("가<!---->다", "가다"),
        ("가\n<!-- 나 -->\n다", "가\n다"),
        ("가\n\n<!-- 나 -->\n\n다", "가\n\n다"),
        ("가\n  <!-- 나 -->다\n라", "가\n다\n라"),
        ("<!-- 나 -->\n다", "다"),
        ("가 <!-- 나", "가"),
        # elements that are closed, close themselves or never do
        ("가<ref name=나 />다<ref>라</ref>마", "가다마"),
        ("가<ref>나<ref name=x/>다</ref>라</ref>마", "가라마"),
        ("가<ref>나<ref>다</ref>라</ref>마", "가마"),
        ("가<ref>나<references/>다</ref>라", "가라"),
        ("가<REF>나</Ref >라", "가라"),
        ("가<refs>나</refs>라", "가<refs>나</refs>라"),
        ("가<ref 나", "가<ref 나"),
        ("가</ref>나", "가나"),
        ("가<gallery>나<gallery>다</gallery>라</gallery>마", "가라마"),
        ("가<gallery>나 <gallery>다", "가나 다"),
        ("가<includeonly>나", "가"),
        ("가<score>나", "가나"),
        ("가<source>나</source>다", "가다"),
        ("가<source inline>나</source>다", "가나다"),
        ("가<source lang=inlined>나</source>다", "가다"),
        ("가<gallery inline>나</gallery>다", "가다"),
        ("가<math> a\n b </math>다", "가$a b$다"),
        ("가<chem>H2O</chem><ce>H</ce><math> </math>다", "가$H2O$$H$다"),
        ("<pre>\n 가\n  나\n</pre>다", " 가\n  나\n\n다"),
        ("가<pre> \n </pre>다", "가다"),
        ("가<nowiki>&lt;[[나]]</nowiki>다", "가<[[나]]다"),
        # what remains
        ("<ruby>漢<rp>(</rp><rt>한</rt><rp>)</rp></ruby>字", "漢(한)字"),
        ("<ruby>漢<rt class=x>한</rt ></ruby>字", "漢(한)字"),
        ("가<br>나<BR />다< br>라", "가\n나\n다< br>라"),
        ("가&nbsp;나\u00a0다", "가 나 다"),
        ("__NOTOC__가 __나__ __목차없음__", "가 __나__".replace(" __나__", "")),
        ("-{가-나}- -{{}}-", "가-나 --"),
        ("'''''가''''' '''나''' ''다'' '라'", "가 나 다 '라'"),
        ("<span style=x>가</span><foo>나</foo><h2>다</h2><h7>라", "가<foo>나</foo>다<h7>라"),
        ("가\ue000" + "0\ue001나\ue006(\ue006)", "가0나()"),
    ],
)
def test_elements(wikitext: str, text: str) -> None:
    assert clean(wikitext) == text


@pytest.mark.parametrize("code", range(0xE000, 0xE007))
def test_no_sign_of_ours_is_taken_from_a_text(code: int) -> None:
    sign = chr(code)
    assert clean(f"가 ({sign}0) {sign} 나\n{sign}\n{{{{lang|en|{sign}}}}}다 &#{code};") == "가 (0) 나\n\n다"
    assert clean(f"가{sign}<nowiki>{sign}</nowiki>") == "가"
