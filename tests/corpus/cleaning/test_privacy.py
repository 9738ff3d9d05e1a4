"""What is replaced, and above all what is not."""

import re
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cleaning.privacy import PrivacySettings, Tags, redact, redact_column
from corpus.cleaning.privacy_numbers import FINDERS, plain
from tests.helpers.borders import at_each_border, odd_texts

SETTINGS = PrivacySettings()


def redacted(text: str, settings: PrivacySettings = SETTINGS) -> tuple[str, dict[str, int]]:
    texts, counts = redact(pa.array([text], pa.string()), settings)
    return texts[0].as_py(), counts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("메일은 minji.han@mail.example.com입니다.", "메일은 <|email|>입니다."),
        ("휴대전화 010-2345-6789로", "휴대전화 <|phone|>로"),
        ("전화01023456789", "전화<|phone|>"),
        ("010 1234 5678 / 011-234-5678", "<|phone|> / <|phone|>"),
        ("02-345-6789, (031) 123-4567, 070-1234-5678", "<|phone|>, <|phone|>, <|phone|>"),
        ("+82-10-1234-5678 or +82 2 345 6789", "<|phone|> or <|phone|>"),
        ("850317-2018341, 외국인 900101-5000009", "<|resident_number|>, 외국인 <|resident_number|>"),
        ("주민번호 8503172018341", "주민번호 <|resident_number|>"),
        ("201103-3123456", "<|resident_number|>"),  # since October 2020 without a checksum
        ("201001-3123456, 299931-3123456", "<|resident_number|>, 299931-3123456"),
        ("4111-1111-1111-1111 and 5555 5555 5555 4444", "<|card_number|> and <|card_number|>"),
        ("Visa 4111111111111111, 3782-822463-10005", "Visa <|card_number|>, <|card_number|>"),
        ("사업자등록번호 124-81-00998", "사업자등록번호 <|business_number|>"),
        ("국민은행 123456-78-901234", "국민은행 <|account_number|>"),
        ("입금 계좌: 110123456789", "입금 계좌: <|account_number|>"),
        ("여권번호 M12345678, 새 여권 M123A4567", "여권번호 <|passport_number|>, 새 여권 <|passport_number|>"),
        ("면허 11-19-123456-12", "면허 <|licence_number|>"),
        ("+82-010-1234-5678, (+82)10-1234-5678, 82-10-1234-5678", "<|phone|>, <|phone|>, <|phone|>"),
        ("+82 10 1234 5678, +82)10-1234-5678, +82(0)10-1234-5678", "<|phone|>, <|phone|>, <|phone|>"),
        ("+82 (0)2-345-6789, 0082-2-345-6789, +821012345678", "<|phone|>, <|phone|>, <|phone|>"),
        ("+82 - 10 - 1234 - 5678", "<|phone|>"),
        ("+82(10)1234-5678, +82 (2) 345-6789, +82(02)345-6789", "<|phone|>, <|phone|>, <|phone|>"),
        ("Tel.02-345-6789 H.P.010-1234-5678 문의-010-1234-5678", "Tel.<|phone|> H.P.<|phone|> 문의-<|phone|>"),
        ("010 - 1234 - 5678, 010–1234–5678, ０１０－１２３４－５６７８", "<|phone|>, <|phone|>, <|phone|>"),
        ("전각 ０１０－１２３４－５６７８", "전각 <|phone|>"),
        ("02) 123 - 4567, 02)123-4567, (02) 123-4567", "<|phone|>, <|phone|>, <|phone|>"),
        ("0507-1234-5678", "<|phone|>"),
        ("정비과(044-123-4567, 담당)", "정비과(<|phone|>, 담당)"),
        ("(02-345-6789) (010)1234-5678", "(<|phone|>) <|phone|>"),
        ("주민번호 850317 - 2018341", "주민번호 <|resident_number|>"),
        ("주민번호 850317-2018342", "주민번호 <|resident_number|>"),  # changed since 2020: no checksum
        ("주민번호 850317 2018341, 850317.2018342", "주민번호 <|resident_number|>, <|resident_number|>"),
        ("인구 850317 2018341, 좌표 850317.2018341", "인구 850317 2018341, 좌표 850317.2018341"),
        ("메일 _minji@example.com, minji＠example.com", "메일 <|email|>, <|email|>"),
        ("입금은 9002 1234 5678 0 새마을 금고", "입금은 <|account_number|> 새마을 금고"),
        ("345-2346-3345 계좌로", "<|account_number|> 계좌로"),
        ("접속 주소 8.8.4.4, 211.234.56.78", "접속 주소 <|ip_address|>, <|ip_address|>"),
        *((f"010{dash}1234{dash}5678", "<|phone|>") for dash in "-－‐‑‒–—―−"),
        *((f"０１０{a}９９９９－８８８８", "<|phone|>") for a in (" ", "－", "")),
        ("a@b.co", "<|email|>"),  # the shortest line that has anything
        ("（02）345-6789", "<|phone|>"),
    ],
)
def test_replaces(text: str, expected: str) -> None:
    result, counts = redacted(text)
    assert result == expected
    assert sum(counts.values()) == expected.count("<|")


@pytest.mark.parametrize(
    "text",
    [
        *("2020-05-17 발표", "2020.05.17", "2020-05-17 10:30:15", "1999/12/31", "90-01-01", "2020-2021-2022"),
        *("ISBN 978-89-329-1724-5", "9788932917245", "0-19-852663-6", "ISSN 1234-5678", "DOI 10.1000/182"),
        *(
            "2019가합1234",
            "대법원 2019다12345 판결",
            "헌재 2017. 3. 10. 2016헌나1",
            "제2019-123호",
            "관보 제19999호",
            "2016-0012345",
        ),
        *(
            "버전 1.2.3.4",
            "Version=4.0.0.0",
            "v10.0.0.1",
            "10.0.19041.1",
            "1.3.6.1.4.1.311",
            "3.2.1.4절",
            "lodash@4.17.21",
        ),
        *(
            "1,000,000원",
            "1000000000원",
            "100,000,000,000원",
            "$1,234,567.89",
            "계좌 이체 12345678901원",
            "예금 10,000,000원",
        ),
        *("3.14159265358979323846", "0.4111111111111111", "6.02214076e23", "1609459200000", "99.99.99.99%"),
        *("A씨와 B씨는 ○○○을 ***라 불렀다", "甲은 乙에게", "피고인 ○○○(○○세)", "홍길동(******-*******)"),
        *("192.168.0.1", "127.0.0.1", "255.255.255.0", "0.0.0.0", "icon@2x.png", "git@github.com:a/b", "@user", "a@b"),
        *(
            "sqlhandle=0x01000600856aa70f503b810400000000",
            "a01012345678",
            "01012345678f",
            "id_010-1234-5678_x",
            "8a4b-010-1234-5678e",
        ),
        *(
            "라우팅 표에 11.111.111.111을 적는다",
            "서버 2.5.29.37={text}1.3, server subject 2.5.4.3",  # parts of certificates
            "211.234.56.0/24",
            "211.234.56.78/24",
            "게이트웨이는 211.234.56.1이다",
            "예를 들어 211.234.56.78",
        ),
        *(
            "200930-3123456",
            "091231-3123456",
            "111231-3123456",
            "은행 대출 2019 2020 2021 2022",
            "은행 1234 5678 9012 원",
        ),
        *("1588-1234", "12-34-56", "850317-2018342", "851345-2018341", "4111-1111-1111-1112", "124-81-00999"),
        *(
            "농협은 2019-2020년",
            "은행 이자 2020-05-17",
            "여권 2장",
            "M12345678",
            "1234-5678-9012",
            "ㅋㅋㅋ010ㅋㅋ",
            "+1-212-555-0123",
        ),
    ],
)
def test_leaves_alone(text: str) -> None:
    assert redacted(f"앞 {text} 뒤") == (f"앞 {text} 뒤", {})
    assert redacted(text) == (text, {})


@pytest.mark.parametrize(
    "text",
    [
        # Shapes met on real pages that some pattern takes part in and its check refuses.
        *("?barcode=9791186805282&order=LAH", "2018/01/19/2018011901974.html", "등록번호 2000455520000 (19900214)"),
        *(
            "item/4000226986837.html?spm=a2g",
            "일련번호 0083482490였다",
            "ISBN 978-0-9556706-2-6",
            "bcode=T30001000&id=A2014",
        ),
        *("-2147483648에서 2147483647까지의 정수", "0xFFFFFFFF; // Dec value: 4294967295", "uint32 | 0 ~ 4294967295 |"),
        *(
            "$$2^{53} = 9007199254740992$$",
            "fibonacci(6487075382438781)",
            "0x5555555555555555ULL",
            "__real@4014000000000000",
        ),
        *("1885 6769 1254 2200 3771 519 34", "6205 2836 2836 2836", "3141592653589793/1000000000000000"),
        *(
            "version='6.0.0.0'",
            "Ver. 4.23.0.0",
            "ANSI 4.11.6.2 The contents",
            "선더버드 2.0.0.9의 기능",
            "1.2.11.1 O 표기법",
        ),
        *(
            "172.16.0.0/12 Private-Use",
            "39.0.0.0/8 Reserved",
            "http://user:password@10.10.1.10:1180",
            "john@192.168.123.123",
        ),
        *(
            "date -r 1572511074",
            "1585750277 +0900",
            "call 860-677-4075",
            "address 127.0.0.1:55200",
            "내공 1000000000단",
        ),
        *(
            "ssh -T git@github.com",
            "git clone git@github.com:a/b.git",
            "org.astro@1.0.jar",
            "A4B409-6647-443D-94B7-54A59987ABB8",
        ),
        *(
            "민법 제750조 2010다12345",
            "관보 2017-0012호",
            "㏊당 12,345.678",
            "37.566535, 126.9779692",
            "2017-03-10T11:21:00+09:00",
        ),
    ],
)
def test_leaves_numbers_of_real_pages_alone(text: str) -> None:
    assert redacted(f"앞 {text} 뒤") == (f"앞 {text} 뒤", {})


def test_replaces_in_many_lines_and_documents() -> None:
    texts = pa.array(["x", "a@b.com\n중간\n010-1234-5678", "", None, "z c@d.org"]).drop_null()
    result, counts = redact(texts[1:], SETTINGS)
    assert result.to_pylist() == ["<|email|>\n중간\n<|phone|>", "", "z <|email|>"]
    assert counts == {"email": 2, "phone": 1}


def test_lines_without_number_are_redacted_where_every_one_has_something() -> None:
    lines = "a@b.co\n중간\n" * 1100
    result, counts = redact(pa.array(["앞", lines, "뒤 c@d.org"]), SETTINGS)
    assert result.to_pylist() == ["앞", lines.replace("a@b.co", "<|email|>"), "뒤 <|email|>"]
    assert counts == {"email": 1101}


def test_tags_and_kinds_are_the_recipes() -> None:
    settings = PrivacySettings(kinds=["email"], tags=Tags(email=""))
    assert redacted("a@b.com 010-1234-5678", settings) == (" 010-1234-5678", {"email": 1})
    assert {finder.kind for finder in FINDERS} == set(Tags.model_fields)


NUMBERS = [
    "850317-2018341",
    "010-2345-6789",
    "02)345-6789",
    "4111 1111 1111 1111",
    "124-81-00998",
    "8.8.4.4",
    "110-123-456789",
    "M12345678",
]
pieces = st.sampled_from(
    [
        *NUMBERS,
        "계좌 ",
        "여권 ",
        "주소 ",
        "카드 ",
        "a@b.co",
        "\n",
        " ",
        "-",
        ".",
        "가",
        "+82",
        "–",
        "1",
        "23",
        "(",
        ")",
        "@",
        *("０１０", "－", "＠", "９", "82", "+", " - ", "주민", "은행", "Tel.", "x", "050", "A", "0", "/"),
    ]
)


@given(st.lists(pieces, max_size=12).map("".join))
@odd_texts(lambda text: {"text": text})
def test_the_scan_overlooks_nothing(text: str) -> None:
    """Lines that the kernel leaves out hold no match of any pattern."""
    assert_nothing_overlooked(text)


def assert_nothing_overlooked(text: str) -> None:
    result, _ = redacted(text)
    for line, after in zip(text.split("\n"), result.split("\n"), strict=True):
        if line == after:
            for finder in FINDERS:
                assert not any(map(finder.valid, finder.pattern.finditer(plain(line)))), (finder.kind, line)


def test_the_scan_overlooks_no_shape_of_a_number() -> None:
    """Addresses with parts of one to three figures; accounts and telephones of every number of groups and figures,
    between every sign; alone in their line, and behind and before other numbers."""
    figures = "138274965012"
    lines = [".".join(parts) for parts in product(("8", "38", "138"), repeat=4)]
    assert sum(redacted(f"주소 {line}") == ("주소 <|ip_address|>", {"ip": 1}) for line in lines) == 81
    for groups, mark in product(range(1, 5), ("-", " ", ". ", " - ", ") ", "")):
        for widths in product((1, 3, 4, 6), repeat=groups):
            if 7 <= sum(widths) <= 13:
                cut = [figures[sum(widths[:n]) :][:width] for n, width in enumerate(widths)]
                lines += [mark.join(["010", *cut]), mark.join(["+82 2", *cut]), mark.join(cut)]
    assert_nothing_overlooked("\n".join(form for line in lines for form in (f"계좌 {line}", f"주소 1 {line}, (2)")))


@given(st.lists(pieces, max_size=12).map("".join))
def test_once_is_enough(text: str) -> None:
    once, _ = redacted(text)
    assert redacted(once) == (once, {})


def test_titles_and_addresses_are_redacted_too() -> None:
    titles = pa.array(["문의 010-1234-5678", None, "제목"], pa.string())
    assert redact_column(titles, "title", SETTINGS)[0].to_pylist() == ["문의 <|phone|>", None, "제목"]
    assert redact_column(titles, "title", SETTINGS)[1] == {"phone in title": 1}
    url = pa.array(["http://a.example/?mail=a.b@example.com", "http://b.example/u/010-1234-5678?no=9791186805282"])
    result, counts = redact_column(url, "url", SETTINGS)
    assert result.to_pylist() == ["http://a.example/?mail=<|email|>", "http://b.example/u/<|phone|>?no=9791186805282"]
    assert counts == {"email in url": 1, "phone in url": 1}
    assert redact_column(titles[1:], "title", SETTINGS) == (titles[1:], {})  # with its null


def test_encyclopaedia_loses_hardly_anything(mirror: Path) -> None:
    path = mirror / "huggingface.co/datasets/wikimedia/wikipedia/20231101.ko/train-00000-of-00003.parquet"
    texts = pq.read_table(path, columns=["text"])["text"][:5000].combine_chunks()
    _, counts = redact(texts, SETTINGS)
    assert sum(counts.values()) <= 20, counts
    everything = "\n".join(texts.to_pylist())
    assert len(re.findall(r"\d{4}[-.]\d", everything)) > 50 * sum(counts.values())


@pytest.mark.parametrize(
    ("number", "found"),
    [
        # Numbers given out from October 2020 on have no checksum; those before have one. September 2020 with a wrong
        # one and with a right one; October and November 2020; the years 2009 to 2011, which have one; days that are
        # none; foreigners' numbers, whose checksum is shifted by two.
        ("200930-3123456", False),
        ("200930-3123451", True),
        ("201001-3123453", True),
        ("201031-4123459", True),
        ("201101-4123451", True),
        ("201101-7123451", True),
        ("201101-1123453", False),
        ("091005-3123456", False),
        ("101005-3123459", False),
        ("111005-4123459", False),
        ("300115-3123459", False),
        ("960229-1123456", True),
        ("960230-1123458", False),
        ("960431-2123455", False),
        ("961301-2123452", False),
        ("960001-1123457", False),
        ("960100-1123459", False),
        ("850317-5123457", True),
        ("850317-8123455", True),
        ("850317-4123452", True),
    ],
)
def test_resident_numbers_around_october_2020(number: str, found: bool) -> None:
    text = f"번호 {number} 입니다"
    redacted = redact(pa.array([text]), PrivacySettings())[0].to_pylist()[0]
    assert redacted == ("번호 <|resident_number|> 입니다" if found else text)


@pytest.mark.parametrize(
    ("before", "number", "after", "far"),
    [  # how many signs may stand between the word and the number
        ("여권", "M12345678", "", 38),
        ("사업자", "1248100998", "", 37),
        ("카드", "4111111111111111", "", 38),
        ("주민", "8503172018341", "", 38),
        ("계좌", "345-2346-3345", "", 38),
        ("", "345-2346-3345", "계좌", 12),
        ("주소", "8.8.4.4", "", 38),
        ("", "8.8.4.4", "주소", 10),
    ],
)
def test_a_word_beside_a_number_is_near(before: str, number: str, after: str, far: int) -> None:
    def tagged(signs: int) -> bool:
        gap = "가" * signs
        return bool(redacted(f"{before}{gap if before else ''}{number}{gap if after else ''}{after}")[1])

    assert (tagged(far), tagged(far + 1)) == (True, False)


@pytest.mark.parametrize(
    ("word", "far", "after"), [("버전", 14, False), ("대역", 38, False), ("대역", 22, True), ("빌드", 38, True)]
)
def test_a_word_that_speaks_against_an_address_is_near(word: str, far: int, after: bool) -> None:
    def left(signs: int) -> bool:
        gap = "가" * signs
        return not redacted(f"211.234.56.78{gap}{word}" if after else f"{word}{gap}211.234.56.78")[1]

    assert left(far + 1) is False
    assert left(far) is (word != "빌드")  # of a version only the words before it speak


@pytest.mark.parametrize(
    "number",
    [
        *("010-1234-5678", "+82 10 1234 5678", "850317-2018341", "a@b.co", "a＠b.co", "０１０－１２３４－５６７８"),
        *("주소 8.8.4.4", "여권 M12345678"),
    ],
)
def test_numbers_wherever_a_block_ends(number: str) -> None:
    """In the first, the second and the last line, with few other digits around."""
    for text in (f" {number} 끝", f"\n{number}\n1 끝", f" 1\n\n2 {number}"):
        texts = at_each_border(text)
        result, counts = redact(pa.array([*texts, "x" * 80]), SETTINGS)
        assert sum(counts.values()) == len(texts)
        assert all("<|" in line and number not in line for line in result.to_pylist()[:-1])


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("11.22.30.30", True),  # two parts from thirty on
        ("11.22.30.29", False),
        ("11.22.29.30", False),
        ("224.234.56.78", False),  # multicast
        ("10.234.56.78", False),  # private
        ("211.234.56.0", False),
        ("211.234.56.78/24", False),
        ("211.234.56.78/a", True),
    ],
)
def test_addresses_of_machines(address: str, found: bool) -> None:
    assert bool(redacted(f"곳 {address} 는")[1]) == found


@pytest.mark.parametrize("tag", Tags.model_fields)
def test_each_kind_by_itself(tag: str) -> None:
    """A kind that is not asked for stays, and each has the tag of its name."""
    line = (
        "a@b.com / 850317-2018341 / 4111-1111-1111-1111 / 11-19-123456-12 / 010-1234-5678 / 사업자 124-81-00998 /"
        " 계좌 345-2346-3345 / 여권 M12345678 / 주소 8.8.4.4"
    )
    everything, counts = redacted(line)
    assert counts == dict.fromkeys(sorted(Tags.model_fields), 1)
    assert getattr(Tags(), tag) in everything
    own = redacted(line, PrivacySettings(kinds=[tag], tags=Tags(**{tag: "…"})))[0]
    assert "…" in own
    assert "<|" not in own
    others = [kind for kind in Tags.model_fields if kind != tag]
    assert getattr(Tags(), tag) not in redacted(line, PrivacySettings(kinds=others))[0]


def found_of(lines: dict[str, str]) -> set[str]:
    """The keys of the lines in which a number is found, each a document of its own."""
    texts = redact(pa.array(lines.values()), SETTINGS)[0].to_pylist()
    return {key for (key, line), text in zip(lines.items(), texts, strict=True) if line != text}


def test_codes_of_telephones_regions_and_letters_are_those_that_are_given_out() -> None:
    """All others with the same number behind them are none."""
    codes = [f"{n:0{width}}" for width in (2, 3, 4) for n in range(10 ** (width - 1))]
    assert found_of({code: f"문의 {code}-345-6789 로" for code in codes}) == {
        *("02", "031", "032", "033", "041", "042", "043", "044", "051", "052", "053", "054", "055"),
        *("061", "062", "063", "064", "070", "0502", "0503", "0504", "0505", "0506", "0507", "0508"),
        *("011", "016", "017", "018", "019"),
    }
    assert found_of({f"{n}": f"번호 {n}-19-123456-12 이다" for n in range(10, 30)}) == {*map(str, range(11, 29))}
    letters = {letter: f"여권 {letter}12345678 이다" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    assert found_of(letters) == set("DGMORST")
    kinds = {f"{kind}{check}": f"번호 850317-{kind}01834{check} 이다" for kind in range(10) for check in range(10)}
    assert sorted(key[0] for key in found_of(kinds)) == [*"12345678"]  # with one of ten last figures each


def test_cards_begin_with_the_figures_of_their_networks() -> None:
    def card(head: str, length: int) -> str:
        body = head + "1" * (length - 1 - len(head))
        doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(body))]
        return f"{body}{-sum(d - 9 * (d > 9) for d in doubled) % 10}"

    assert found_of({head: f"카드 {card(head, 16)} 끝" for head in "0123456789"}) == set("34569")
    assert found_of({head: f"카드 {card(head, 15)} 끝" for head in map(str, range(30, 40))}) == {"34", "37"}


SHORTEST = {
    "email": "a@b.co",
    "resident": "850317-2018341",
    "card": "3782-822463-10005",
    "licence": "11-19-123456-12",
    "phone": "02-345-6789",
    "business": "124-81-00998",
    "account": "계좌 345-234-3345",
    "passport": "여권 M123A4567",
    "ip": "주소 8.8.4.4",
}


@pytest.mark.parametrize("kind", SHORTEST)
def test_the_shortest_number_of_each_kind_is_found_in_a_line_of_its_own(kind: str) -> None:
    wide = SHORTEST[kind].translate({ord("0") + n: ord("０") + n for n in range(10)} | {ord("@"): "＠"})
    for number in (SHORTEST[kind], wide):
        assert redacted(number)[1] == {kind: 1}
        assert redacted(f"하나\n{number}\n둘")[1] == {kind: 1}


BANKS = (
    "은행 뱅크 농협 신협 수협 우체국 새마을금고 새마을_금고 계좌 입금 송금 예금주 "
    "Bank_Account account_no account_number"
)
VERSIONS = "version Ver. Driver 드라이버 버전 버젼 판본 릴리스 release build 빌드 v v. = § 절 section 제"
LESSONS = (
    "라우팅 라우터 라우트 서브넷 마스크 게이트웨이 대역 네트워크_주소 네트워크ID 네트워크_번호 브로드캐스트 "
    "예를_들면 예시 subnet route router routing netmask Gateway cidr example"
)
LABELS = "Tel HP H.P C.P FAX Phone mobile cell ph T M H P F C"
ENDINGS = "png jpg jpeg gif svg webp ico css js ts json html htm php py md txt xml jar dll PNG"


@pytest.mark.parametrize(
    ("form", "words", "found"),
    [
        ("{} 345-2346-3345 끝", BANKS, True),
        ("345-2346-3345{}", BANKS, True),
        ("{} M12345678 끝", "여권 passport PASSPORT", True),
        ("{} 1248100998 끝", "사업자", True),
        ("{} 4111111111111111 끝", "카드 결제 card Visa MASTER amex", True),
        ("{} 8503172018341 끝", "주민 등록번호 외국인 resident", True),
        ("{} 850317 2018341 끝", "주민 등록번호 외국인 resident", True),
        ("{} 8.8.4.4", "IP 주소 접속 서버 호스트 네임서버 네임_서버 address server host ping DNS login 로그인", True),
        ("{} 211.234.56.78", VERSIONS, False),
        ("{} 211.234.56.78", LESSONS, False),
        ("연락 {}010-1234-5678", LABELS, True),
        ("파일 a@2x.{} 이다", ENDINGS, False),
    ],
)
def test_each_word_beside_a_number_decides_alone(form: str, words: str, found: bool) -> None:
    """Any other word decides the other way."""
    names = words.split()
    lines = {name: form.format(name.replace("_", " ")) for name in [*names, "kr"]}
    assert found_of(lines) == (set(names) if found else {"kr"})
