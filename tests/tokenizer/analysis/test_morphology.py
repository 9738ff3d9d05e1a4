"""Token boundaries against morpheme boundaries, on cases counted by hand, on gold analyses and on Kiwi's."""

import itertools
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import UserError
from tokenizer.analysis.morphology import cuts, measure
from tokenizer.analysis.morphology_analysis import (
    JOSA,
    LONGEST,
    PER_DOCUMENT,
    align,
    analyse,
    assemble,
    read_gold,
    sentences_of,
)

# 학교 + 에서 먹 + 었 + 다 + .  하 + 았 + 다 (하 and 았 share a syllable)
SENTENCE = (
    "학교에서 먹었다. 했다",
    [
        ("학교", "NNG", 0, 2), ("에서", "JKB", 2, 4),
        ("먹", "VV", 5, 6), ("었", "EP", 6, 7), ("다", "EF", 7, 8), (".", "SF", 8, 9),
        ("하", "VV", 10, 11), ("았", "EP", 10, 11), ("다", "EF", 11, 12),
    ],
)  # fmt: skip


class Marked:
    """A tokenizer that cuts a text as it is told: where the pieces end, in bytes."""

    def __init__(self, pieces: dict[str, list[str | bytes]]):
        self.pieces = {
            text: [p if isinstance(p, bytes) else p.encode() for p in parts] for text, parts in pieces.items()
        }

    def encode_ends(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        pieces = [self.pieces[text] for text in array.to_pylist()]
        assert [b"".join(parts).decode() for parts in pieces] == array.to_pylist()
        ends = np.cumsum([len(piece) for parts in pieces for piece in parts])
        return np.zeros(len(ends), np.int64), np.cumsum([0, *map(len, pieces)]), ends


def told(*pieces: str | bytes) -> dict:
    return measure(Marked({SENTENCE[0]: list(pieces)}), assemble([SENTENCE]), None)


def test_counted_by_hand():
    # S: 학|교, 다|. ; G: 학교|에서, 먹|었, 었|다, 다|., 했|다; hidden: 하|았
    found = told("학", "교에서", " 먹었다", ".", " 했다")
    kiwi = found["kiwi"]
    assert (kiwi["boundaries"], kiwi["token_boundaries"], kiwi["hidden"], kiwi["words"]) == (5, 2, 1, 3)
    assert (kiwi["precision"], kiwi["recall"], kiwi["f1"]) == (1 / 2, 1 / 5, 2 / 7)
    assert kiwi["hidden_share"] == 1 / 6
    assert (kiwi["low"], kiwi["high"]) == (2 / 7, 2 / 7)  # one sentence
    assert found["gold"] is None
    assert found["wrong_cuts"] == [
        {"word": "학교에서", "tokens": ["학", "교에서"], "morphemes": ["학교/NNG", "에서/JKB"], "count": 1}
    ]


def test_a_boundary_inside_a_character_is_wrong():
    found = told("학교", "에서", " 먹었다. ", "했".encode()[:1], "했".encode()[1:] + "다".encode())
    assert found["kiwi"]["precision"] == 1 / 2
    assert found["wrong_cuts"][0]["tokens"] == ["\\xed", "\\x96\\x88다"]


@pytest.mark.parametrize(
    ("pieces", "fate"),
    [
        (("학교", "에서", " 먹었다. 했다"), "cut_clean"),
        (("학교에서", " 먹었다. 했다"), "glued"),
        (("학교에서 먹었다. 했다",), "glued"),
        (("학", "교에서", " 먹었다. 했다"), "glued"),
        (("학교", "에", "서", " 먹었다. 했다"), "cut_inside"),
        (("학교에", "서", " 먹었다. 했다"), "cut_inside"),
    ],
)
def test_the_fate_of_josa(pieces: tuple[str, ...], fate: str):
    josa = told(*pieces)["josa"]
    fates = {name: josa[name] for name in ("cut_clean", "cut_inside", "glued")}
    assert fates == {"cut_clean": 0, "cut_inside": 0, "glued": 0} | {fate: 1}
    assert josa["whole_word"] == (fate == "glued" and pieces[0] != "학")
    assert josa["forms"][0]["form"] == "에서"


def test_eomi_that_begin_in_the_text_are_counted():
    eomi = told("학교에서", " 먹", "었다", ". 했다")["eomi"]
    # 었, 다, and 다 of 했다; 았 begins nowhere
    assert (eomi["total"], eomi["cut_clean"], eomi["glued"], eomi["whole_word"]) == (3, 1, 2, 1)


def test_nothing_to_measure():
    empty = assemble([("no Hangul here", [("no", "SL", 0, 2)])])
    found = measure(Marked({"no Hangul here": ["no Hangul", " here"]}), empty, None)
    assert found["kiwi"]["f1"] is None
    assert found["kiwi"]["low"] is None
    assert found["josa"]["total"] == 0
    assert found["wrong_cuts"] == []


def plainly(text: str, pieces: list[str], morphemes: list[tuple[str, str, int, int]]) -> tuple[int, int, int]:
    """|S ∩ G|, |S|, |G| by sets of character positions."""
    inner = set()
    for word in re.finditer(r"\S+", text):
        if re.search("[가-힣]", word[0]):
            inner |= set(range(word.start() + 1, word.end()))
    ends, at = set(), 0
    for piece in pieces:
        at += len(piece)
        ends.add(at)
    made = ends & inner
    wanted = {begin for _, _, begin, _ in morphemes} & inner
    return len(made & wanted), len(made), len(wanted)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[str], list[tuple[str, str, int, int]]]:
    text = draw(st.text(st.sampled_from("가나다a .\U0001f600"), min_size=1, max_size=30))
    places = st.lists(st.integers(0, len(text)), max_size=12).map(lambda found: sorted({0, len(text), *found}))
    ends = draw(places)
    pieces = [text[i:j] for i, j in itertools.pairwise(ends)]
    begins = draw(places)
    spans = [(i, j) for i, j in itertools.pairwise(begins) if not re.search(r"\s", text[i])]
    return text, pieces, [(text[i:j], "NNG", i, j) for i, j in spans]


@given(st.lists(cases(), min_size=1, max_size=4, unique_by=lambda case: case[0]))
def test_agrees_with_sets(found: list):
    analysis = assemble((text, morphemes) for text, _, morphemes in found)
    measured = measure(Marked({text: pieces for text, pieces, _ in found}), analysis, None)["kiwi"]
    hits, made, wanted = (sum(numbers) for numbers in zip(*(plainly(*case) for case in found), strict=True))
    assert (measured["token_boundaries"], measured["boundaries"]) == (made, wanted)
    assert measured["f1"] == (2 * hits / (made + wanted) if made + wanted else None)
    if measured["f1"] is not None and measured["low"] is not None:
        assert -1e-6 <= measured["low"] <= measured["high"] <= 1 + 1e-6


@pytest.mark.parametrize(
    ("word", "parts", "begins"),
    [
        ("학생들보다", "학생/NNG 들/XSN 보다/JKB", (0, 2, 3)),
        ("만드는", "만들/VV 는/ETM", (0, 2)),
        ("했다", "하/VV 았/EP 다/EF", (0, -1, 1)),
        ("한다.", "하/VX ㄴ다/EF ./SF", (0, -1, 2)),
        ("하셨다", "하/VV 시/EP 었/EP 다/EF", (0, 1, -1, 2)),
        ("가서", "가/VV 아서/EC", (0, -1)),
        ("친구다", "친구/NNG 이/VCP 다/EF", (0, -1, 2)),
        ("몰라", "모르/VV 아/EF", (0, -1)),
        ("아침이야.", "아침/NNG 이/VCP 야/EF ./SF", (0, 2, 3, 4)),
        ("난", "나/NP ㄴ/JX", (0, -1)),
    ],
)
def test_gold_forms_are_found_in_the_word(word: str, parts: str, begins: tuple[int, ...]):
    pairs = tuple(tuple(part.rsplit("/", 1)) for part in parts.split())
    assert align(word, pairs) == begins


def test_gold_file(tmp_path):
    file = tmp_path / "gold.pos"
    file.write_text(
        "그는\tBOS\t그/NP+는/JX\n도와\t\t돕/VV+아/EC\n놀라운\tEOS\t놀랍/VA+은/ETM\n\n1+1은\tBOS/EOS\t1/SN++/SW+1/SN+은/JX\n",
        encoding="utf-8",
    )
    gold = read_gold(file)
    assert gold.sentences.to_pylist() == ["그는 도와 놀라운", "1+1은"]
    assert gold.hidden == 2  # ㅂ that became part of 와, 운
    assert gold.glosses == ["그/NP + 는/JX", "돕/VV + 아/EC", "놀랍/VA + 은/ETM", "1/SN + +/SW + 1/SN + 은/JX"]
    assert gold.forms == ["그", "는", "돕", "놀랍", "1", "+", "1", "은"]
    assert [form for form, kind in zip(gold.forms, gold.morphemes[:, 3], strict=True) if kind == JOSA] == ["는", "은"]


def test_gold_file_that_is_none(tmp_path):
    file = tmp_path / "gold.pos"
    file.write_text("그는 그/NP+는/JX\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"gold.pos, line 1: .*form/TAG"):
        read_gold(file)


def test_kiwi_reads_in_context_and_places_bytes():
    analysis = analyse(["😀학교에서 먹었다.", "나는 학교에 했다"])
    data = "".join(analysis.sentences.to_pylist()).encode()
    parts = [data[begin:end].decode() for begin, end, _, _ in analysis.morphemes.tolist()]
    assert parts == ["😀", "학교", "에서", "먹", "었", "다", ".", "나", "는", "학교", "에", "했", "다"]
    assert analysis.hidden == 1
    assert analysis.words[:, 2].tolist() == [0, 0, 1, 1, 1]


def test_kiwi_agrees_with_gold(shared_data):
    gold = read_gold(shared_data / "parallel/jhe.eval.ko.pos")
    assert (len(gold.sentences), len(gold.words)) == (720, 6426)
    kiwi = analyse(gold.sentences.to_pylist()[:200])

    class Reader:
        """Cuts at gold's boundaries, and between words."""

        def encode_ends(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            size = sum(len(text.encode()) for text in array.to_pylist())
            ends = np.unique([*(b for b in gold.morphemes[:, 0].tolist() if 0 < b < size), size])
            return ends, ends, ends

    found = measure(Reader(), kiwi, gold)
    assert found["gold"]["f1"] == 1
    assert found["gold"]["hidden_share"] == pytest.approx(0.136, abs=0.001)
    assert found["kiwi"]["f1"] > 0.94  # two annotations that differ in what a compound is


def test_sentences_are_sampled():
    texts = [
        "가나다라마바사아자차. 타파하가나다라마바사!\nonly English in this line",
        "첫 문장은 이렇게 쓴다. 둘째 문장도 그렇게 쓴다.",
    ] * 30
    found = sentences_of(texts, 50, seed=1)
    assert len(found) == 50
    assert set(found) == {
        "가나다라마바사아자차.", "타파하가나다라마바사!", "첫 문장은 이렇게 쓴다.", "둘째 문장도 그렇게 쓴다."
    }  # fmt: skip
    assert found == sentences_of(texts, 50, seed=1) != sentences_of(texts, 50, seed=2)


def test_cuts_lie_where_tokens_end():
    analysis = assemble([("가 나", []), ("다", [])])
    assert cuts(Marked({"가 나": ["가", " 나"], "다": ["다"]}), analysis).nonzero()[0].tolist() == [3, 7, 10]


def test_a_josa_by_itself_is_glued_to_nothing():
    """Cut off by a space it begins an eojeol, at which every tokenizer cuts."""
    text = "학교 에서 은행은"
    morphemes = [("학교", "NNG", 0, 2), ("에서", "JKB", 3, 5), ("은행", "NNG", 6, 8), ("은", "JX", 8, 9)]
    josa = measure(Marked({text: ["학교", " 에서", " 은행은"]}), assemble([(text, morphemes)]), None)["josa"]
    assert (josa["total"], [row["form"] for row in josa["forms"]]) == (1, ["은"])


def test_a_morpheme_without_letters_is_of_the_word_that_it_ends():
    """And of its own word where it is not at the end of one."""
    ends = assemble([("친구 다", [("친구", "NNG", 0, 2), ("이", "VCP", 2, 2), ("다", "EF", 3, 4)])])
    assert ends.glosses == ["친구/NNG + 이/VCP", "다/EF"]
    begins = [("나", "NP", 0, 1), ("는", "JX", 1, 2), ("이", "VCP", 3, 3), ("학생", "NNG", 3, 5)]
    assert assemble([("나는 학생", begins)]).glosses == ["나/NP + 는/JX", "이/VCP + 학생/NNG"]


def test_sentences_are_neither_short_nor_long_and_few_of_one_text():
    lines = ["가" * n for n in (9, 10, LONGEST, LONGEST + 1)]
    assert sentences_of(["\n".join(lines)], 50) == lines[1:3]
    found = sentences_of(["\n".join(f"{n} 번째 줄에 있는 문장" for n in range(PER_DOCUMENT + 3))], 10**6)
    assert found == [f"{n} 번째 줄에 있는 문장" for n in range(PER_DOCUMENT)]


@pytest.mark.parametrize(
    ("word", "parts", "begins"),
    [
        ("나ㄴ요", (("나", "NP"), ("ᆫ", "JX"), ("요", "JX")), (0, -1, 2)),  # a josa that is a final consonant
        ("하ㄹ게", (("하", "VV"), ("ᆯ게", "EF")), (0, -1)),  # an ending that begins with one
        ("먹었다", (("먹", "VV"), ("었", "EP"), ("다", "EF")), (0, 1, 2)),
        ("갔다", (("가", "VV"), ("았", "EP"), ("다", "EF")), (0, -1, 1)),
    ],
)
def test_what_begins_with_a_final_consonant_begins_within_a_syllable(
    word: str, parts: tuple[tuple[str, str], ...], begins: tuple[int, ...]
) -> None:
    assert align(word, parts) == begins


def test_particles_are_kiwis_where_there_is_kiwi():
    text = "학교에서"
    kiwi = assemble([(text, [("학교", "NNG", 0, 2), ("에서", "JKB", 2, 4)])])
    gold = assemble([(text, [("학교에서", "NNG", 0, 4)])])
    marked = Marked({text: ["학교", "에서"]})
    assert [measure(marked, *both)["josa"]["total"] for both in ((kiwi, gold), (None, gold), (kiwi, None))] == [1, 0, 1]
    found = measure(marked, kiwi, gold)
    assert (found["kiwi"]["boundaries"], found["gold"]["boundaries"]) == (1, 0)


def test_a_hidden_morpheme_ends_the_one_before_where_the_next_begins(tmp_path):
    """갔다 is 가 + 았 + 다: 가 has the first syllable, 았 is within it, 다 has the second."""
    (tmp_path / "gold.txt").write_text("갔다\tBOS\t가/VV+았/EP+다/EF\n", encoding="utf-8")
    found = read_gold(tmp_path / "gold.txt")
    assert (found.forms, found.hidden) == (["가", "다"], 1)
    assert found.morphemes[:, :2].tolist() == [[0, 3], [3, 6]]


def test_a_word_that_begins_without_a_morpheme_hides_as_many_as_others():
    """The first signs of a word may belong to no morpheme; then each of its morphemes begins in it."""
    whole = [("하", "VV", 1, 2), ("았", "EP", 1, 2), ("다", "EF", 2, 3)]
    assert assemble([("“했다", whole)]).hidden == 1
    begins = [(form, tag, first - 1, last - 1) for form, tag, first, last in whole]
    assert assemble([("했다", begins)]).hidden == 1
    assert assemble([("가했다", [("가", "NNG", 0, 1), *whole])]).hidden == 1
    assert assemble([("했다", [("이", "VCP", 0, 0), *begins])]).hidden == 1  # 하 begins in the text, 았 does not


def test_gold_of_windows_and_a_stem_whose_last_consonant_moved(tmp_path):
    """고맙 + 어 = 고마워: the ending has no place of its own."""
    (tmp_path / "gold.txt").write_bytes("고마워\tBOS\t고맙/VA+어/EF\r\n나는\tEOS\t나/NP+는/JX\r\n".encode())
    found = read_gold(tmp_path / "gold.txt")
    assert (found.forms, found.hidden) == (["고맙", "나", "는"], 1)
    assert found.sentences.to_pylist() == ["고마워 나는"]
    assert found.glosses == ["고맙/VA + 어/EF", "나/NP + 는/JX"]
