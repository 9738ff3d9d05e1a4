"""Normal form: what is repaired, what is left alone, and that once is enough."""

import codecs
import gzip
import importlib
import re
import unicodedata
from html.entities import html5
from pathlib import Path
from unittest import mock

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.cleaning.mojibake import SUSPECTS, TAILS, is_lesson, may_be_broken, repair_mojibake
from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.cleaning.normalize_kernel import (
    ACTION,
    COMPOSABLE,
    CONTROL,
    EXOTIC_SPACE,
    FILLER,
    INVISIBLE,
    JAMO_FILLER,
    JOINER,
    KEEP,
    MOJIBAKE,
    NEWLINE,
    PRIVATE,
    TAG,
    actions,
    rewrite,
)
from corpus.cleaning.normalize_repairs import (
    _ENTITY,
    _MARKUP,
    _decode_entities,
    _decode_line,
    _may_compose,
    _mend_mojibake,
)
from corpus.structure import Kind, find_lines
from tests.helpers.borders import at_each_border, odd_texts
from tests.helpers.sample import edits

SETTINGS = NormalizeSettings()
normalize_module = importlib.import_module("corpus.cleaning.normalize")
KOREAN = "온돌은 아궁이에서 피운 불기운이 방바닥 밑을 지나며 돌을 데운다.\n1990년대에도 ‘구들’이라 했다."


def repaired(text: str, settings: NormalizeSettings = SETTINGS) -> tuple[str, dict[str, int]]:
    texts, counts = normalize(pa.array([text], pa.string()), settings)
    return texts[0].as_py(), counts


@pytest.mark.parametrize(
    ("text", "expected", "kinds"),
    [
        ("a\r\nb\rc\u2028d\x0be\x85f", "a\nb\nc\nd\ne\nf", {"newlines"}),
        ("a  \n\t\nb \n", "a\n\nb", {"trailing-space", "blank-lines"}),
        ("\n\n  a\n\n\n\n b", "  a\n\n b", {"blank-lines"}),
        ("a\u00a0b\u3000c\u2009d", "a b c d", {"spaces"}),
        ("한\u200b글\ufeff so\u00adft \u202ebidi\u202c", "한글 soft bidi", {"invisible"}),
        ("a\u3164b\uffa0c\u115f\u1160d", "a b cd", {"fillers"}),
        ("a\x00b\x1fc\x7f\ufffe", "abc", {"control"}),
        ("a\ue000b\U000f0000c", "abc", {"private-use"}),
        (unicodedata.normalize("NFD", "한국어 café"), "한국어 café", {"nfc"}),
        ("ﾾￂﾤﾱ ￏﾻﾻ", "한ㅁ ㅚㅋㅋ", {"half-width jamo"}),
        ("Tom &amp; Jerry&#39;s &quot;&#44036;&quot; &#146;", 'Tom & Jerry\'s "간" ’', {"entities"}),
        ("Tom &amp;amp; Jerry", "Tom & Jerry", {"entities"}),
        ("&amp;\x1fap;", "≈", {"entities", "control"}),
        (edits.utf8_as_latin1(KOREAN), KOREAN, {"mojibake"}),
        (edits.cp949_as_latin1(KOREAN), KOREAN, {"mojibake"}),
        (
            "Ã‰cole et Ã©tÃ©, lÃ -bas, dÃ©jÃ  vu, voilÃ tout, 3 Ã— 4",
            "École et été, là-bas, déjà vu, voilà tout, 3 × 4",
            {"mojibake"},
        ),
        ("itâ€™s â€œfineâ€\x9d â€” cafÃ© Ã‰cole Â£5 25Â°C ðŸ˜€", "it’s “fine” — café École £5 25°C 😀", {"mojibake"}),
        ("It\x92s \x93ok\x94 \x96 yes\x85", "It’s “ok” – yes…", {"mojibake"}),
        ("Pok챕mon, Schr철dinger's M체nchen, 25째C", "Pokémon, Schrödinger's München, 25°C", {"mojibake"}),
        ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "привет", {"mojibake"}),
    ],
)
def test_repairs(text: str, expected: str, kinds: set[str]) -> None:
    result, counts = repaired(text)
    assert result == expected
    assert set(counts) >= kinds
    assert set(counts.values()) == {1}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ㅋㅋㅋ ㅠㅠ ㄱㅅ",
        "x² + ㎏ + ① + ﬁ + Ａ",  # NFKC would change each of them
        "나랏말ᄊᆞ미 듀ᇰ귁에 달아",
        "👨‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ می‌خواهم",
        "    if (a && b) {\n\treturn;\n    }",
        "HTML writes an ampersand as &amp; and a space as &nbsp;",
        "<p>&lt;</p>",
        "| a &#124; b |",
        "유니코드 &#771;는 물결표이다",
        "AI챗봇 첫째 API처럼 x와 25째 날 naver챗",
        "NÃO! SÃO “VOGAIS Ã” «Â» „groß“ ‘résumé’” voilà…",
        "AMANHÃ é Ã — e Ã × também",
        "한국·미국 문화·예술 ±5 µm 20ﾺC Ångström naïve ÀÉÈ",
        "제20ﾺ 값",
        "값은 ﾺC이다",
        "�� 占쏙옙",
        "AI챗gpt로 e책ebook을 산다. #cafe청담cafe #pc체험pc Java책python책",
        "|음절|표현|\n|나무를|ëĤĺë¬´ë¥¼|\n|노래|ëħ¸ëŀĺ|\n|한국|íķľêµŃ|\n|국물|êµŃë¬¼|",  # a byte-level alphabet
        "깨진 글자는 이렇게 보인다: ì•ˆë…•í•˜ì„¸ìš” 세상. 원래는 안녕하세요였다.",
        "CP949를 잘못 디코딩하면 ¾È³çÇÏ¼¼¿ä가 된다.",
        "ë¬´ë¥¼Ĥ",  # a run with a letter that is no byte
        "글이다.\n\n```\nList&lt;String&gt; a &amp; b\n```\n\n쓸 때는 `a &amp;&amp; b` 라고 쓴다.",
        "<b>A &lt; B</b>",
        "글 <?php 1 ?> A &lt; B",
        "글 <!-- 메모 --> A &lt; B",
        "글</b> A &lt; B",
        "값은 &#xD800; &#56319; &#57343; &#0; &#x110000;이다.",  # numbers of no character
        edits.cp949_as_latin1("갉 곬 궤 긁 꺄 꼍 끙 낌 넋 넙 뇬 뉵 늪 댄"),  # Hangul in CP949, but none that is common
        edits.cp949_as_latin1("고을을"),  # three syllables may be chance
        "엔티티 표\n\n엔티티는 이렇게 쓴다.\n\n엔티티 &lt;는 <이다.\n\n&amp; &copy;",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert repaired(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('# <a name="x"></a>제목\n\n명령&#40;SQL&#41;을 쓴다.', '# <a name="x"></a>제목\n\n명령(SQL)을 쓴다.'),
        ("HTML 문서이다. &lt;p&gt;\n\n값은 5 &gt; 3 &amp; 2이다.", "HTML 문서이다. &lt;p&gt;\n\n값은 5 > 3 & 2이다."),
        ("표 | 명령&#40;가&#41;<br>줄 &lt;b&gt;", "표 | 명령(가)<br>줄 &lt;b&gt;"),
        ("<b>가</b> &lt; &gt; &amp; &quot; &#39; &copy;", "<b>가</b> &lt; &gt; &amp; &quot; &#39; ©"),
        ("값 a &#124; b", "값 a | b"),  # in no table
        ("그는 &hellip; &rsquo;간다&rsquo; &apos;했다", "그는 … ’간다’ &apos;했다".replace("&apos;", "'")),
        ("&nosuchname; &#0000065; &#x41; &#X1F600; &#00000065;", "&nosuchname; A A 😀 &#00000065;"),
        ("```\na &amp; b\n```\n\nTom &amp; `x&amp;y` &amp; Jerry", "```\na &amp; b\n```\n\nTom & `x&amp;y` & Jerry"),
    ],
)
def test_entities_are_judged_where_they_stand(text: str, expected: str) -> None:
    assert repaired(text)[0] == expected


def half_width(text: str) -> str:
    """Syllables as half-width letters: initial, vowel, and final if there is one."""
    widths = {chr(int(unicodedata.decomposition(chr(c)).split()[1], 16)): chr(c) for c in range(0xFFA1, 0xFFDD)
              if unicodedata.decomposition(chr(c))}  # fmt: skip
    initials, vowels = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
    finals = ["", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"]
    found = ""
    for c in text:
        rest, final = divmod(ord(c) - 0xAC00, 28)
        letters = initials[rest // 21] + vowels[rest % 21] + finals[final] if "가" <= c <= "힣" else c
        found += "".join(widths.get(letter, letter) for letter in letters)
    return found


def test_every_syllable_of_half_width_letters_is_made_whole() -> None:
    """Alone, and before another whose initial is no final of the one before."""
    every = " ".join(chr(c) for c in range(0xAC00, 0xD7A4))
    text = "한국어를 쓰다가 가까이 오는 꽃씨와 값도 없이 읽는 아이의 뛰어놀이"
    assert repaired(half_width(every))[0] == every
    assert repaired(half_width(text))[0] == text
    assert repaired(half_width("ㄱ가ㅏㄳ 가ㄳㅏ"))[0] == "ㄱ가ㅏㄳ 가ㄳㅏ"


def test_every_name_of_html_is_decoded() -> None:
    """The longest has 31 letters. Combining marks stay as they were written."""
    names = [name for name in html5 if name.endswith(";")]
    stays = [name for name in names if any(map(unicodedata.combining, html5[name]))]
    written = pa.array([f"가 &{name} 나" for name in names])
    plain = pa.array([f"가 &{name} 나" if name in stays else f"가 {html5[name]} 나" for name in names])
    assert max(map(len, names)) == 32
    assert normalize(written, SETTINGS)[0].to_pylist() == normalize(plain, SETTINGS)[0].to_pylist()


def broken(text: str, keep: str = "") -> str:
    """UTF-8 read as Windows-1252, and its A0 turned into a plain space."""
    table = [bytes([b]).decode("cp1252", "ignore") or chr(b) for b in range(256)]
    return "".join(table[b] for b in text.encode()).replace("\u00a0", " ")


@pytest.mark.parametrize(
    "text", ["먹고 자고 놀고 또 렀 고등학교에서 보고", "안녕하세요 고고", "밥을 먹고\n노래하고 가고"]
)
def test_a_byte_that_became_a_space_is_found_again(text: str) -> None:
    assert " " in broken("고")
    assert repaired(broken(text))[0] == text


@given(
    st.lists(
        st.sampled_from(["먹고", "자고", "하늘이", "학교에서", "렀다", "갔고 왔고", "나무"]), min_size=3, max_size=12
    ).map(" ".join)
)
def test_broken_korean_comes_back_whole(text: str) -> None:
    assert repaired(broken(text))[0] == text


def test_a_letter_that_korean_uses_counts_beside_one_that_it_does_not() -> None:
    assert repaired("Pok챕mon in M체nchen")[0] == "Pokémon in München"
    assert repaired("M체nchen은, Z체rich와 Schr철der")[0] == "München은, Zürich와 Schröder"
    for sound in ("AI체nvidia", "e책ebook", "굴림체ttf", "K철ktx", "Arial체font", "K체조", "1M체nchen", "T청shirt"):
        assert repaired(sound)[0] == sound


def test_repairs_can_be_switched_off() -> None:
    text = "Tom &amp; Jerry, cafÃ©"
    assert repaired(text, NormalizeSettings(entities=False, mojibake=False)) == (text, {})


PIECES = [
    "&amp;",
    "&",
    "amp;",
    "&#",
    "124;",
    "lt;",
    "<b>",
    "Ã©",
    "â€™",
    "ì•ˆ",
    "¾È³ç",
    "챕",
    "째C",
    "é",
    "ﾾ",
    "ￂ",
    "ㅋ",
    "가",
]
PIECES += [
    "\u1112",
    "\u1161",
    "\u11ab",
    "\u0301",
    "e",
    "\u200b",
    "\u200d",
    "👩",
    "\ufeff",
    "\u3164",
    "\u1160",
    "\ue000",
    "\x92",
    "\x85",
]
PIECES += [
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\u00a0",
    "a",
    "X",
    "1",
    "|",
    "html",
    "\u212b",
    "\u0344",
    "\U000e0067",
    "🏴",
]
texts = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))


@given(st.lists(texts, max_size=5))
@settings(max_examples=400)
@odd_texts(lambda text: {"strings": [text, text]})
def test_once_is_enough(strings: list[str]) -> None:
    once, _ = normalize(pa.array(strings, pa.string()), SETTINGS)
    twice, counts = normalize(once, SETTINGS)
    assert counts == {}
    assert twice.to_pylist() == once.to_pylist()
    for text in once.to_pylist():
        assert unicodedata.is_normalized("NFC", text)
        assert not re.search(r"[\r\x00-\x08\x7f-\x9f\u00a0\u200b\ufeff]| $|[ \t]\n|\n{3}|^\n|\n$", text)


@given(st.lists(texts, max_size=5), st.booleans())
@example(["e\u200b\u0301", "e\u0301"], False)
@example(["Tom &am\u200bp; Jerry", "e\u0301"], True)
@settings(max_examples=400)
def test_only_what_is_composed_already_is_settled(strings: list[str], careful: bool) -> None:
    """The careful repairs change nothing of the texts that are not given to them."""
    array, chosen = pa.array(strings, pa.string()), NormalizeSettings(entities=careful, mojibake=careful)
    quick = normalize(array, chosen)
    with mock.patch.object(normalize_module, "_settled", lambda _, rows, *__: np.zeros(len(rows), bool)):
        slow = normalize(array, chosen)
    assert quick[0].to_pylist() == slow[0].to_pylist()
    assert quick[1] == slow[1]


@given(st.lists(texts, max_size=5), st.data())
def test_documents_do_not_touch_each_other(strings: list[str], data: st.DataObject) -> None:
    array = pa.array(strings, pa.string())
    start = data.draw(st.integers(0, len(strings)))
    assert normalize(array[start:], SETTINGS)[0].to_pylist() == [repaired(text)[0] for text in strings[start:]]


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="&ÃÂ"), max_size=40))
def test_clean_text_keeps_every_character(text: str) -> None:
    clean = repaired(text)[0]
    assert repaired(f"{clean} {clean}\n{clean}")[0] == (f"{clean} {clean}\n{clean}" if clean else "")


def twin(text: str) -> str:
    """The plain repairs in plain Python: newlines, spaces, invisible characters, ends of lines, blank lines."""
    text = re.sub(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", text)
    text = re.sub(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u3164\uffa0]", " ", text)
    text = re.sub(
        r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]", "", text
    )
    text = re.sub(r"[ \t]+(?=\n|$)", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


@given(
    st.lists(st.sampled_from([*"ab가 \t\n\r\x0b\x85\u2028\u00a0\u3000\u200b\ufeff\u00ad\x00\x1f"]), max_size=40).map(
        "".join
    )
)
def test_plain_repairs_are_the_twins(text: str) -> None:
    settings = NormalizeSettings(entities=False, mojibake=False)
    assert repaired(text, settings)[0] == twin(text)
    padded = normalize(pa.array([text * 3, "x" * 80], pa.string()), settings)[0]  # room to read the first in blocks
    assert padded[0].as_py() == twin(text * 3)


def test_plain_repairs_wherever_a_block_ends() -> None:
    """Everything that the kernel changes crosses the borders of blocks of 64 bytes."""
    text = "가\u00a0나\u200b다\r\n라 \t\n\n\n마\x00b\u3000c\x0b\ue000d\u115fe\u2028힣 é\ufeff끝  \n"
    texts = [*at_each_border(text), "x" * 80]
    result, _ = normalize(pa.array(texts), SETTINGS)
    assert result.to_pylist() == [twin(text.replace("\ue000", "").replace("\u115f", "")) for text in texts]


@pytest.mark.parametrize(
    ("before", "sign", "behind", "kept"),
    [
        *((before, "\u200d", "x", kept) for first, last in ((0x600, 0x10FF), (0x2190, 0x2BFF), (0xFE0F, 0xFE0F),
                                                           (0x1F000, 0x1FFFD))
          for before, kept in ((chr(first - 1), False), (chr(first), True), (chr(last), True),
                               (chr(last + 3), False))),
        *((chr(c), "\u1160", "x", True) for c in (0x1100, 0x115E, 0x1161, 0x11FF, 0xA960, 0xA97F, 0xD7B0, 0xD7FF)),
        *(("x", "\u115f", chr(c), True) for c in (0x1161, 0x11FF, 0xA960)),
        *((chr(c), "\u1160", "x", False) for c in (0x10FF, 0x1200, 0xA95F, 0xA980, 0xD7A3)),
        *(("🏴", chr(c), "x", kept) for c, kept in ((0xE0000, True), (0xE007F, True))),
        ("x", "\U000e0067", "x", False),
        ("🏳", "\U000e0067", "x", False),
    ],
)  # fmt: skip
def test_a_joiner_a_filler_or_a_tag_stays_beside_what_it_belongs_to(
    before: str, sign: str, behind: str, kept: bool
) -> None:
    """At the first and the last character of each range, and outside of it; wherever a block ends."""
    for room in ("", "x" * 80):
        text = f"가{before}{sign}{behind}{room}"
        assert rewrite(pa.array([text]))[0].to_pylist() == [text if kept else text.replace(sign, "")]


def test_what_is_done_with_each_character() -> None:
    """Of every code point, by what Unicode says of it."""
    own = {NEWLINE: "\x0b\x0c\r\x85\u2028\u2029", KEEP: "\t\n", JOINER: "\u200c\u200d", FILLER: "\u3164\uffa0",
           INVISIBLE: "\xad\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff\ufffc",
           CONTROL: "\ufff9\ufffa\ufffb", JAMO_FILLER: "\u115f\u1160"}  # fmt: skip
    by_category = {"Co": PRIVATE, "Zs": EXOTIC_SPACE, "Cc": CONTROL}
    expected = np.array([by_category.get(unicodedata.category(chr(c)), KEEP) for c in range(0x110000)], np.uint8)
    for action, characters in own.items():
        expected[[ord(c) for c in characters]] = action
    expected[[*range(0x2060, 0x2070)]] = INVISIBLE
    expected[0xE0000:0xE0080] = TAG
    expected[[0xFFFE + plane * 0x10000 + k for plane in range(17) for k in (0, 1)]] = CONTROL
    expected[0xFDD0:0xFDF0] = CONTROL
    expected[0x20] = KEEP
    assert np.flatnonzero((actions() & ACTION) != expected).tolist() == []


def test_real_texts_keep_their_words(mirror: Path) -> None:
    hub = mirror / "huggingface.co/datasets"
    with gzip.open(hub / "allenai/c4/en/c4-train.00000-of-01024.json.gz") as file:
        strings = [orjson.loads(line)["text"] for line, _ in zip(file, range(300), strict=False)]
    wiki = pq.read_table(hub / "wikimedia/wikipedia/20231101.ko/train-00000-of-00003.parquet", columns=["text"])["text"]
    strings += wiki[:1500].to_pylist()
    once, _ = normalize(pa.array(strings, pa.string()), NormalizeSettings(entities=False))
    changed = 0
    for before, after in zip(strings, once.to_pylist(), strict=True):
        words = [re.sub("[\u00ad\u200b-\u200f\ufeff\ue000-\uf8ff]", "", w) for w in before.split()]
        changed += [unicodedata.normalize("NFC", w) for w in words if w] != after.split()
    assert changed < 0.01 * len(strings)
    assert normalize(once, NormalizeSettings(entities=False))[1] == {}


def test_no_line_that_needs_composition_is_passed_over() -> None:
    """Every character that keeps a text from being in NFC is told by a byte; precomposed Latin letters are so only
    behind a mark."""
    for code in np.flatnonzero(actions() & COMPOSABLE).tolist():
        character = chr(code)
        if actions()[code] & ACTION == EXOTIC_SPACE or (
            unicodedata.is_normalized("NFC", "a" + character) and code < 0x300
        ):
            continue
        assert _may_compose(np.frombuffer(character.encode(), np.uint8)).any(), hex(code)


BROKEN = (
    "M체nchen",
    "caf챕",
    "60째C",
    "Ã©",
    "Ã ",
    "ì•ˆë…•",
    "¾È³çÇÏ¼¼¿ä",
    "e책ebook",
    "K철ln",
    "AI챗gpt",
    "\u0093a\u0094",
    "â€™s",
)
SOUND = ("가나다", "한글ABC", "개체C", "the", "é", "인코딩", "\n", "\n", " ", "체", "a")


@given(st.lists(st.sampled_from(BROKEN + SOUND), max_size=9).map("".join))
def test_mojibake_is_looked_for_in_the_lines_that_may_have_it(text):
    """The lines left out by the bytes alone would not have been changed."""
    assert _mend_mojibake(text) == repair_mojibake(text, is_lesson(text))


@given(
    st.lists(
        st.one_of(
            st.sampled_from(BROKEN + SOUND),
            st.characters(min_codepoint=0x7E, max_codepoint=0x101),
            st.sampled_from(TAILS),
            st.sampled_from("\u2018\u2200a "),
        ),
        max_size=12,
    ).map("".join)
)
@settings(max_examples=500)
def test_the_scan_suspects_what_the_repair_may_change(text: str) -> None:
    """The kernel finds the places of the regular expressions; of Korean syllables alone it also finds others."""
    for padded in (text, f"{text}\n{'x' * 80}", f"{'x' * 50}\n{text}"):
        suspected = bool(rewrite(pa.array([padded], pa.string()))[1][0] & MOJIBAKE)
        assert suspected >= may_be_broken(padded)
        if not set(SUSPECTS) & set(padded):
            assert suspected == may_be_broken(padded)


@given(
    st.lists(
        st.sampled_from(
            [
                "&amp;",
                "&lt;b&gt; ",
                "&#44036;",
                "& ",
                "글",
                "`&amp;`",
                "<i>",
                "\n",
                "\n\n",
                "html ",
                "    x = 1;",
                "é",
                "; ",
            ]
        ),
        max_size=20,
    ).map("".join)
)
@settings(max_examples=300)
def test_entities_are_decoded_line_by_line(text: str) -> None:
    """Equal to going over all lines of all paragraphs."""
    assert _decode_entities(text) == _entities_twin(text)


def _entities_twin(text: str) -> str:
    plain = _ENTITY.sub(lambda match: "x" * len(match[0]), text).replace(";", ",")
    kinds = find_lines(pa.array([plain], pa.string())).kinds.tolist()
    lines = text.split("\n")
    out = list(lines)
    for paragraph in _runs([kind != Kind.BLANK for kind in kinds]):
        about = any(word.decode() in "\n".join(lines[i] for i in paragraph).lower() for word in _MARKUP)
        for i in paragraph:
            if not about and kinds[i] != Kind.CODE:
                out[i] = _decode_line(lines[i])
    return "\n".join(out)


def _runs(flags: list[bool]) -> list[list[int]]:
    """The numbers of each run of true flags."""
    runs: list[list[int]] = [[]]
    for number, flag in enumerate(flags):
        runs[-1].append(number) if flag else runs.append([])
    return runs


def _misread(text: str, encoding: str) -> str:
    """Text whose bytes were read as Windows-1252, or as Latin-1 where that has no character."""
    return text.encode(encoding).decode("cp1252", "hanji-as-latin-1")


codecs.register_error("hanji-as-latin-1", lambda error: (chr(error.object[error.start]), error.start + 1))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "encoding", "certain"),
    [
        ("이다는", "cp949", False),  # four syllables are the least
        ("이다는에", "cp949", True),
        ("이다뭔쏠촐", "cp949", True),  # two of five are common ones
        ("이뭔쏠촐칼", "cp949", False),
        ("이다는에의을가※★○", "cp949", True),  # seven tenths are Hangul
        ("이다는에의을※★○", "cp949", False),
        ("аб", "utf-8", False),  # three letters of another script
        ("абв", "utf-8", True),
        ("абα", "utf-8", False),  # … of one
        ("3 × 4 = é", "utf-8", False),  # a sign counts beside two letters
        ("3 × 4 = éé", "utf-8", False),  # … in two places
        ("3 × 4 = é, à la carte è", "utf-8", True),
        ("가", "utf-8", False),  # one syllable could be meant otherwise
        ("가나", "utf-8", True),
        ("가나 다", "utf-8", True),
    ],
)
def test_how_much_makes_a_repair_certain(text: str, encoding: str, certain: bool) -> None:
    broken = _misread(text, encoding)
    assert broken != text
    repaired = repair_mojibake(broken)
    assert (repaired == text) == certain, repaired
    assert not certain or repair_mojibake(text) == text


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_a_page_about_encodings_may_show_broken_korean(encoding: str) -> None:
    broken = _misread("이다는에의을가고", encoding)
    assert repair_mojibake(broken) != broken
    assert repair_mojibake(broken, lesson=True) == broken
    assert repair_mojibake("\u00c3\u00a9", lesson=True) == "é"  # only what would become Korean is left


def test_beside_the_alphabet_of_bytes_nothing_becomes_korean() -> None:
    """Byte-level tokenizers show 가 as ê°Ģ: a text that does may show other bytes."""
    broken = _misread("가나", "utf-8")
    assert repair_mojibake(f"{broken} 끝") == "가나 끝"
    assert repair_mojibake(f"{broken} ëĤĺ 끝") == f"{broken} ëĤĺ 끝"
