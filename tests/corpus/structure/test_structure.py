"""Kinds of lines and ends of sentences: what typical pages hold, and the kernels against their definition."""

import gzip
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.kernels.utf8 import string_buffers
from corpus.structure import Kind, definition, find_lines, find_sentences, running_text
from corpus.structure.kinds import BULLETS, SET_ASIDE
from tests.helpers.borders import at_each_border, odd_texts

PIECES = [
    *(
        "대한민국은 ",
        "사람이 갔다",
        "가. ",
        "다.",
        '다." 라고 ',
        "요!",
        "강가에 사는 백성이",
        "the end",
        "It is so",
        "Mr. Kim ",
        "3.5 ",
        "2010. 3. ",
        "e.g. ",
    ),
    *(
        "\n",
        "\n",
        "\n",
        "\n\n",
        "\n- ",
        "\n* ",
        "\n1. ",
        "\n2) ",
        "\n(3) ",
        "\n(가) ",
        "\n① ",
        "\n-",
        "\n**",
        "\n·",
        "\n> ",
        "\n    ",
        "\n\t",
    ),
    *(
        "\n# ",
        "\n#",
        "\n== ",
        " ==",
        "\n===",
        "\n---",
        "\n```",
        "\n```py\n",
        "\n~~~~\n",
        "```\n",
        "\n|",
        "|",
        "|---|---|",
        "\t",
        " \t ",
    ),
    *(
        "$$",
        "\n$$\n",
        "\n$$ x $$",
        "\n\\begin{a}",
        "\n\\end{a}",
        "{",
        "}",
        ";",
        ");",
        "<td>",
        "\n<tr>",
        "\n+---+",
        "// ",
        "\n/* ",
        "_",
        "=",
    ),
    *(
        "\n1 태초에 산이",
        "\n2 강가에",
        "\n3 늙은 자는",
        "...",
        "…",
        '."',
        "?”",
        ".",
        " ",
        "  ",
        "ㅋㅋ",
        "漢字",
        "👍",
        "\u0301",
        "１",
        "x" * 70,
        BULLETS[0],
    ),
]
KEYS = [
    "---",
    "--- ",
    "title: 해시",
    "tag:",
    "  - a",
    "- b",
    "# c",
    "x_1.y: [",
    "]",
    "가: 나",
    "",
    "=",
    "```",
    "$$",
    "|a|",
    "글\t글\t글",
]
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.lists(st.sampled_from(KEYS), max_size=12).map(lambda lines: "\n".join(["---", *lines])),
)


def check(array: pa.Array) -> None:
    data, _ = string_buffers(array)
    lines, sentences = find_lines(array), find_sentences(array)
    running = running_text(array, lines)
    left = iter(running.kinds.tolist())
    for row, text in enumerate(array.to_pylist()):
        expected, kinds, aside = definition.running(text)
        assert running.texts[row].as_py() == expected, text
        assert [next(left) for _ in kinds] == kinds
        assert running.aside_words[row] == aside
        mine = slice(*lines.bounds[row : row + 2])
        assert [Kind(kind).name for kind in lines.kinds[mine]] == [kind.name for kind in definition.kinds(text)], text
        spans = zip(lines.starts[mine], lines.ends[mine], strict=True)
        assert [data[start:end].tobytes().decode() for start, end in spans] == text.split("\n")
        begin = lines.starts[mine][0]
        found = [
            len(data[begin:end].tobytes().decode()) for end in sentences.ends[slice(*sentences.bounds[row : row + 2])]
        ]
        assert found == definition.sentence_ends(text), text


def plain(strings: list[str]) -> pa.Array:
    return normalize(pa.array(strings, pa.string()), NormalizeSettings(entities=False, mojibake=False))[0]


@given(st.lists(texts, max_size=4))
@settings(max_examples=400)
@odd_texts(lambda text: {"strings": [text, text]})
def test_kernels_are_the_definition(strings: list[str]) -> None:
    check(plain(strings))
    check(plain([*strings, "x" * 80]))  # room behind the texts, so that their ends, too, are read in blocks


def test_kernels_are_the_definition_wherever_a_block_ends() -> None:
    check(plain([*at_each_border("\n" + "".join(PIECES)), "x" * 80]))


# Each line or block at a limit and one beyond it: runs of signs, digits, columns, lines between, words, what ends an
# address.
AT_LIMITS = [
    *(f"{mark * n} 가" for mark in "#=`~" for n in (1, 2, 3, 6, 7)),
    *(f"{'=' * n} 가 {'=' * m}" for n in (1, 2, 6, 7) for m in (1, 2, 3)),
    *("==", "===", "====", "== =", "#", "######", "#######", "#\t가", "##가"),
    *(f"{'1' * n}{mark}{behind}" for n in (1, 3, 4) for mark in (".", ")", ",") for behind in (" 가", "가", "", "a")),
    *(f"({inner}) 가" for inner in ("1", "12", "123", "가", "가나", "a", "", "1a", "거")),
    *(f"{letter}{mark} 가" for letter in ("가", "거", "a", "Z", "ab") for mark in (".", ")", ".가")),
    *(f"{mark}{behind}" for mark in "*+-·•" for behind in (" 가", "가", "", "1", "\t가", "-")),
    *(f"- 가\n{indent}나" for indent in ("", " ", "  ", "\t")),
    *(f"{indent}a {sign} b" for indent in ("   ", "    ", " \t", "\t") for sign in "{}[]=;<>_+"),
    *(f"a{one}b{two}c\nd{one}e{two}f" for one, two in (("\t", "\t"), ("\t", " "), ("|", "|"))),
    *(f"|a|b|\n{rule}\n|1|2|" for rule in ("|---|---|", "|-|", "| : |", "--|--", ":-|-:", "|--x|")),
    *(f"{mark * 3}\nx\n{mark * n}{behind}\n글이다." for mark in "`~" for n in (2, 3, 4) for behind in ("", " ", "c")),
    *(f"{'`' * n}\n가\n```" for n in (4, 255, 256, 300)),
    *("```a`b", "~~~a~b", "```\n~~~\n```", "$$\na\n\nb\n$$", "$$\na $$", "$$a$$ b", "$$\n```\n$$", "a $$\nb\n$$"),
    *("\\begin{a}\nb\n\\end{a}", "\\begin{a}\n\n\\end{a}", "\\beginning", "\\BEGIN{a}\nb\n\\END", "\\endx"),
    *(f"x();\n{chr(10).join(['and so on'] * n)}\ny();" for n in (1, 3, 4)),
    *(f"x();\n{between}\ny();" for between in ("가", "ends.", "", "---", "A line")),
    *(f"{words};" for words in ("a", "a b", "a b c", "a b c (d", "가 나", "가)", 'a b c "', "a b c'", "a b c}")),
    *("a {", "가 {", "a }", "//", "/ a", "/* a", "*/", "<!-- a", "<? a", "#include", "#define a", "#includes", "# include"),
    *(f"<{tag}> 가" for tag in ("td", "TD", "tdx", "/td", "//td", "tbodyxy", "thead", " td")),
    *("+-", "+--", "+=+", "+-x", "|", "||", "|a", "|a|", ">가", " > 가"),
    *(f"제목\n{rule}\n글이다." for rule in ("--", "---", "==", "===", "--=", "--- -", "---a")),
    *(f"가\n제목\n{rule}" for rule in ("---", "===")),
    *(f"{first} 가나다\n{second} 마바사" for first, second in ((1, 2), (0, 1), (1, 3), (9, 10), (998, 999), (999, 1000))),
    *(f"---\n{key}\n---" for key in ("a: b", "a b", "_a: b", "1: b", "a.b-c_d: e", " x", "- x", "#", "]", "}", "[", ":")),
    *(f"가 {scheme}://{rest}" for scheme in ("", "http", "ㅎ", "1", "a1", "한http") for rest in ("", "a", "a.kr/가", " a")),
    *(f"글 https://a.kr/x{sign}나b 끝" for sign in "\"'()<>[]{}!,;:`|\\~^"),
    *("[가](나)", "[가](", "[가](나", "](", "[가] (나)", "[](x)y", "[가](나)(다)", "<b>", "< b>", "<1>", "</b>", "<b", "<b c='d'>e"),
    *("-5", "- 5 + 3", "3 : 0", "١٢", "½", "e\u0301", "\u0301", "１２", "00:01 --> 00:02"),
]  # fmt: skip


def test_kernels_are_the_definition_at_every_limit() -> None:
    """Each text by itself, within others, and ended by two spaces and a sentence."""
    around = ("{}", "앞선 글이다.\n{}\n뒤의 글이다.", "\n{}  \n\n{}", "{} 그렇다. 또 Mr. Kim. 끝")
    check(plain([form.replace("{}", text) for text in AT_LIMITS for form in around]))


def test_kernels_are_the_definition_on_real_texts(mirror: Path) -> None:
    hub = mirror / "huggingface.co/datasets"
    strings = []
    for name in (
        "en/c4-train.00000-of-01024",
        "en/c4-train.00001-of-01024",
        "multilingual/c4-ko.tfrecord-00000-of-01024",
    ):
        with gzip.open(hub / f"allenai/c4/{name}.json.gz") as file:
            strings += [orjson.loads(line)["text"] for line, _ in zip(file, range(60), strict=False)]
    wiki = pq.read_table(hub / "wikimedia/wikipedia/20231101.ko/train-00000-of-00003.parquet", columns=["text"])["text"]
    check(plain(strings + wiki[:100].to_pylist()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# 제목\n\n글이다.", "HEADING BLANK PROSE"),
        ("제목\n====\n글이다.", "HEADING SIGNS PROSE"),
        ("#해시태그 #여행", "PROSE"),
        ("- 하나\n- 둘\n  이어서", "LIST LIST LIST"),
        ("가. 하나\n나. 둘\n(1) 셋\n① 넷", "LIST LIST LIST LIST"),
        ("**마트 직원이 그랬다.\n-5도였다.", "PROSE PROSE"),
        ("|이름|값|\n|---|---|\n|a|1|", "TABLE TABLE TABLE"),
        ("이름 | 값\n--- | ---\na | 1\n끝.", "TABLE TABLE TABLE PROSE"),
        ("a\tb\tc\nd\te\tf", "TABLE TABLE"),
        ("홈 | 로그인 | 회원가입", "PROSE"),
        ("코드:\n```c\nint x;\n\n}\n```\n글", "PROSE CODE CODE CODE CODE CODE PROSE"),
        ("```\n닫히지 않은 울타리.\n글이다.", "CODE PROSE PROSE"),
        ("int main() {\n  foo();\n  x\n}\n", "CODE CODE CODE CODE BLANK"),
        ("그는 말했다;\n그리고 갔다", "PROSE PROSE"),
        ("$$\nx^2\n$$\n글", "FORMULA FORMULA FORMULA PROSE"),
        ("$$ x $$", "FORMULA"),
        ("> 인용이다\n글", "QUOTE PROSE"),
        ("1 태초에 산이 있고\n2 강가에 사는 백성이", "VERSE VERSE"),
        ("나 보기가 역겨워\n가실 때에는\n말없이 고이 보내 드리우리다\n영변에 약산 진달래꽃", "VERSE VERSE VERSE VERSE"),
        ("로그인\n회원가입\n장바구니\n고객센터", "PROSE PROSE PROSE PROSE"),
        ("---\n글", "SIGNS PROSE"),
    ],
)
def test_kinds(text: str, expected: str) -> None:
    assert " ".join(kind.name for kind in definition.kinds(text)) == expected
    check(pa.array([text]))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("나는 갔다. 너는 왔다! 정말? 그래", ["나는 갔다.", "너는 왔다!", "정말?", "그래"]),
        ("나는 갔다.그리고 왔다.", ["나는 갔다.", "그리고 왔다."]),
        ("2010. 3. 5. 공포한 법이다. 끝.", ["2010. 3. 5. 공포한 법이다.", "끝."]),
        ("가. 첫째 항목이다. 나머지", ["가. 첫째 항목이다.", "나머지"]),
        ("Mr. Kim met J. Smith. They e.g. talked.", ["Mr. Kim met J. Smith.", "They e.g. talked."]),
        ('그가 "간다." 라고 했다. (끝.) 그리고', ['그가 "간다." 라고 했다.', "(끝.) 그리고"]),
        ("값은 3.5이다. 또 1.5.2판이다.", ["값은 3.5이다.", "또 1.5.2판이다."]),
        ("그래서... 갔다. 첫 줄\n둘째 줄", ["그래서... 갔다.", "첫 줄", "둘째 줄"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    ends = definition.sentence_ends(text)
    assert [text[a:b].strip() for a, b in zip([0, *ends], ends, strict=False)] == sentences
    check(pa.array([text]))


def test_front_matter_and_numbers_are_set_aside() -> None:
    text = "---\ntitle: 해시\ntags:\n  - a\n---\n글이다.\n1\n00:01,2 --> 00:02,3\n어디야?\n3. 4 + 5 =\n---\n끝."
    running = running_text(pa.array([text]), find_lines(pa.array([text])))
    assert running.texts[0].as_py() == "글이다.\n어디야?\n끝."
    assert running.aside_words[0] == 2 + 1 + 2 + 2 + 1 + 3 + 5
    for other in ("---\n글이다.\n---\n", "---\n\ntitle: 해시\n---\n", "---\ntitle: 해시\n"):
        assert Kind.CODE not in definition.kinds(other)


def test_running_text() -> None:
    text = "# 제목\n\n[링크](https://a.example/긴_주소)와 <b>굵은</b> 글, https://b.example/x 참고.\n```\nint x = 1;\n```\n|a|b|\n|-|-|\n---\n끝이다."
    running = running_text(pa.array([text]), find_lines(pa.array([text])))
    assert running.texts[0].as_py() == " 제목\n\n[링크]와 굵은 글,  참고.\n끝이다."
    assert running.aside_words[0] == 8
    plain = pa.array(["글이다.", "또 글이다: 그렇다."])
    assert running_text(plain, find_lines(plain)).texts is plain


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        *((f"{mark} 가", "LIST") for mark in "•●○■□▶◆◇※☞‧ㆍ–—▪◦①⑩⑳"),
        *((f"{letter}. 가", "LIST") for letter in "가나다라마바사아자차카타파하"),
        *((f"<{tag}>가", "TABLE") for tag in ("table", "/tbody", "thead", "TR", "/td", "th")),
        *((f"{mark} a", "CODE") for mark in ("//", "/*", "*/", "<!--", "#include", "#define", "<?")),
        ("거. 가", "PROSE"),
        ("<tfoot>가", "PROSE"),
        ("㉑ 가", "PROSE"),
    ],
)
def test_marks_of_lines(lines: str, kind: str) -> None:
    """Each mark by itself: the kernel and its definition share their tables."""
    assert [k.name for k in definition.kinds(lines)] == [kind]
    check(pa.array([lines]))


POEM = ["나 보기가 역겨워", "가실 때에는", "말없이 고이 보내", "드리는 꽃을"]


@pytest.mark.parametrize(
    ("lines", "verse"),
    [
        (POEM, True),
        (POEM[:3], False),  # four lines are the least
        ([*POEM[:3], "꽃" * 22 + " 꽃을" * 7 + "가은"], True),  # 45 characters are the most
        ([*POEM[:3], "꽃" * 22 + " 꽃을" * 7 + "가나은"], False),
        (["보기가", "때에는", "고이", "꽃을"], False),  # a line of verse has two words
        *(
            ([f"꽃이 피{end}"] * 4, True)
            for end in "은는이가을를의에로도와과서게며고면지니라다요까죠오네자음함임됨것군나데래걸"
        ),
        (["꽃이 피운"] * 4, False),
        ([*["꽃이 피고"] * 2, *["꽃이 피운"] * 2], True),  # half of the lines run on
        ([*["꽃이 피고"] * 2, *["꽃이 피운"] * 3], False),
        ([*["꽃이 피고"] * 3, "꽃이 진다."], True),  # a quarter of them may end in a stop
        ([*["꽃이 피고"] * 4, *["꽃이 진다."] * 2], False),
    ],
)
def test_where_verse_begins(lines: list[str], verse: bool) -> None:
    text = "\n".join(lines)
    assert {kind.name for kind in definition.kinds(text)} == {"VERSE" if verse else "PROSE"}
    check(pa.array([text]))


@pytest.mark.parametrize(("keys", "code"), [(99, True), (100, False)])
def test_front_matter_ends_within_a_hundred_lines(keys: int, code: bool) -> None:
    text = "\n".join(["---", *["key: a"] * keys, "---", "글이다."])
    assert (definition.kinds(text)[0] == Kind.CODE) == code
    check(pa.array([text]))


@pytest.mark.parametrize("byte", [499, 500, 501])
def test_the_target_of_a_link_has_at_most_five_hundred_bytes(byte: int) -> None:
    texts = [f"글 [가]({'x' * (byte - 1)}) 끝", f"글 <b{'x' * (byte - 1)}> 끝"]
    array = pa.array(texts)
    found = running_text(array, find_lines(array)).texts.to_pylist()
    assert found == (["글 [가] 끝", "글  끝"] if byte <= 500 else texts)
    check(array)


ABBREVIATED = [
    "Mr",
    "Mrs",
    "Ms",
    "Dr",
    "Prof",
    "St",
    "Jr",
    "Sr",
    "Vs",
    "No",
    "Vol",
    "Fig",
    "Pp",
    "Al",
    "Cf",
    "Inc",
    "Co",
]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *((f"Then {word}. Kim came", 1) for word in ABBREVIATED),
        ("Then Prop. Kim came", 2),
        *((f'그는 "간다." {word} 했다', 1) for word in ("라고", "고", "하고", "며", "면서", "는")),
        ('그는 "간다." 그가 했다', 2),
        *((f"그는 갔다{stop} 왔다", 2) for stop in ".?!…。！？．"),
        *((f"그는 갔다.{closing} 왔다", 2) for closing in "\"'”’)]」』》〉"),
        *((f"그는 그렇{ending}.그는 왔다", 2) for ending in "다요까죠오네지라자음함임됨것군나니데게래걸"),
        ("그는 그렇은.그는 왔다", 1),
        ("가나다라. 왔다", 1),  # four characters are a list mark
        ("가나다라마. 왔다", 2),
    ],
)
def test_signs_of_sentences(text: str, count: int) -> None:
    assert len(definition.sentence_ends(text)) == count
    check(pa.array([text]))


def test_many_short_lines_and_sentences_need_more_room() -> None:
    """More than a line for forty bytes: the arrays grow."""
    check(pa.array(["가\n" * 3000, "가.\n" * 900, "하나다! " * 900]))


def test_what_is_set_aside() -> None:
    assert {kind.name for kind in SET_ASIDE} == {"TABLE", "CODE", "FORMULA"}
