"""The kernels against their twins: every count of every statistic, on made-up and on real texts."""

import gzip
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.quality import definitions as twin
from corpus.quality.lines import count_lines
from corpus.quality.phrases import count_phrases
from corpus.quality.repetition import count_repetition
from corpus.quality.words import count_words
from corpus.structure import find_lines, running_text
from tests.helpers.borders import at_each_border

PIECES = [
    *(
        "대한민국은 ",
        "사람이 ",
        "가",
        "다.",
        "요!",
        "ㅋㅋㅋㅋㅋㅋ",
        "ㅠㅠ",
        "하하하하하하하",
        "나랏말ᄊᆞ미",
        "漢字",
        "카지노 ",
        "바카라",
        "토토사이트 ",
        "추천 후기 ",
        "예약 상담 문의 ",
        "카지노 사이트",
        "경찰 ",
    ),
    *(
        "the ",
        "be ",
        "and that ",
        "cat",
        "Casino ",
        "free spins ",
        "no deposit bonus ",
        "sign up ",
        "police ",
        "slots",
        "JavaScript ",
        "lorem ipsum",
        "uses cookies ",
        "xxx free",
    ),
    *("e\u0301", "é", "👩‍👩‍👧", "🇰🇷", "\ufffd", "占쏙옙", "½", "٣", "\u0e01\u0e33"),
    *(
        "\n",
        "\n\n",
        "\n- ",
        "\n• ",
        "\t",
        " ",
        "...",
        "…",
        ". ",
        '."',
        "?”",
        "#",
        "{",
        "}",
        "[12]",
        "[edit]",
        "!",
        "-",
        "1,000",
        " a b c d e",
    ),
]
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=60).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: "".join(pieces) * 5),
)
SETTINGS = NormalizeSettings(entities=False, mojibake=False)


def normalised(strings: list[str]) -> pa.Array:
    return normalize(pa.array(strings, pa.string()), SETTINGS)[0]


def check(array: pa.Array) -> None:
    running = running_text(array, find_lines(array))
    lines, distinct = count_lines(running.texts, running.kinds)
    assert distinct.to_pylist() == [twin.distinct(text) for text in running.texts.to_pylist()]
    kernels = count_words(running.texts) | lines | count_repetition(distinct)
    kernels |= count_phrases(running.texts) | {"aside_words": running.aside_words}
    for row, text in enumerate(array.to_pylist()):
        expected = twin.counts(text)
        assert {name: kernels[name][row] for name in expected} == expected, text
        assert set(kernels) == set(expected)


@given(st.lists(texts, max_size=5))
@settings(max_examples=300)
def test_counts_are_the_twins(strings: list[str]) -> None:
    check(normalised(strings))
    check(normalised([*strings, "x" * 80]))  # room behind the texts, so that their ends, too, are read in blocks


@pytest.mark.parametrize(
    "text",
    [
        "",
        "가",
        "a",
        "\u0301",
        "👍",
        "#",
        "{",
        ".",
        "ㅋ",
        "가나다라마바사 " * 600,  # more than 4,096 syllables
        " ".join(
            chr(c + n)
            for c in (0x180, 0x250, 0x3131, 0x318F, 0x3400, 0x4DC0, 0x4E00, 0xA000, 0x20000, 0xAC00, 0xD7A4)
            for n in (-1, 0)
        ),
        "그렇다~ ㅠㅠ…\n좋네요~\n아니~\n했다 . \n했다 ㆍ\n했다, ",
        "했다 그리고\n아요 그리고\n 했다 그리고\n다 그리고\n가다 그리고\n했다. 그리고",
        "바.카.라 카 지 노 바·카·라 토 토 토.토 바..카--라 바...카.라 먹.튀 x바.카.라 카.지.노a 카1지1노 카지 노\n" * 2,
        "one two three.[citation needed]\none two three.[citation needed][edit][3][]\none two three.]\na b c[1]\na b c.[x]",
        "a b c. D e. f g! H? I.) J.] K.\" L.' M.. N.! O\na b c. 가 나.  다",
        "a" * 1001 + " b c.",
        "a" * 1000 + " b c.",
        "가" * 1000 + " b c.",  # 3,000 bytes
        "b c " + "a" * 1001 + ".",
        " ".join(["a" * 997, "b" * 1000, "c" * 999, "d" * 1001]) + " e.",
        "a b c " * 300 + "d.",
        "a b c a b c longer words here longer words here",
        " ".join(f"the {'x' * n}{end} of {'x' * n}" for n in (7, 8, 15, 16, 17, 24) for end in "abab"),  # alike but for
    ],
)
def test_counts_at_the_edges(text: str) -> None:
    check(normalised([text, "", text]))


def test_runs_of_two_letters_of_any_width() -> None:
    """Of one to four bytes each, in the middle of a buffer, where it is read in blocks; from four repeats on."""
    letters = "aé가\U00020000"
    runs = [(one + other) * 6 for one in letters for other in letters]
    texts = [f"{'. ' * before}{run[:n]}{' .' * 70}" for run in runs for n in (5, 6, 7, 12) for before in (20, 31, 45)]
    assert count_words(pa.array(texts))["repeated"].tolist() == [twin.repeated(text) for text in texts]


@pytest.mark.slow
def test_counts_wherever_a_block_ends() -> None:
    """Each piece crosses the borders of blocks of 64 bytes; words of 8, 16 and 24 letters, too."""
    words = [" " + "abcdefgh" * n + end for n in (1, 2, 3) for end in ("", ".", "s ", "가")]
    check(normalised([*at_each_border("".join([*PIECES, *words])), "x" * 80]))


def test_counts_of_slices() -> None:
    array = normalised(["하나의 문장이다.", "둘째 문장.\n둘째 문장.", "the third and that is it."])
    for start in range(3):
        whole, part = (count_lines(texts, find_lines(texts).kinds)[0] for texts in (array, array[start:]))
        assert all(np.array_equal(whole[name][start:], part[name]) for name in whole)
        check(array[start:])


@pytest.mark.slow
def test_counts_of_real_texts(mirror: Path) -> None:
    hub = mirror / "huggingface.co/datasets"
    with gzip.open(hub / "allenai/c4/en/c4-train.00000-of-01024.json.gz") as file:
        english = [orjson.loads(line)["text"] for line, _ in zip(file, range(60), strict=False)]
    with gzip.open(hub / "allenai/c4/multilingual/c4-ko.tfrecord-00000-of-01024.json.gz") as file:
        korean = [orjson.loads(line)["text"] for line, _ in zip(file, range(60), strict=False)]
    wiki = pq.read_table(hub / "wikimedia/wikipedia/20231101.ko/train-00000-of-00003.parquet", columns=["text"])["text"]
    check(normalised(english + korean + wiki[:100].to_pylist()))
