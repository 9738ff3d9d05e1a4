"""The patterns of personal numbers, and the checks that distinguish them from dates, versions, prices, ISBNs and case
numbers.

Every pattern is anchored so that it never matches a part of a longer number. A number needs the usual separators, and
also a checksum, a date, or a word near it that names its kind, in the same line within 40 characters. Before matching,
full-width digits, dashes, brackets and "@", and all kinds of dashes, are replaced by ASCII characters (`plain`), so
that each pattern is written once.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple

Match = re.Match[str]

_WIDE = {0xFF10 + digit: 0x30 + digit for digit in range(10)} | dict(
    zip(map(ord, "＋－．（）＠"), map(ord, "+-.()@"), strict=True)
)
_PLAIN = _WIDE | dict.fromkeys(map(ord, "‐‑‒–—―−"), ord("-"))


def plain(line: str) -> str:
    """The line in the form that the patterns match, character for character."""
    return line if line.isascii() else line.translate(_PLAIN)


class Finder(NamedTuple):
    """One kind of personal data: its pattern, the check of a match, and what a line must contain to be searched."""

    kind: str
    pattern: re.Pattern[str]
    valid: Callable[[Match], bool]
    digits: int  # at least, in the line
    sign: str = ""  # somewhere in the line


def _near(match: Match, words: re.Pattern[str], before: int = 40, after: int = 0) -> bool:
    """Whether one of the words is shortly before (or after) the match in its line."""
    line = match.string
    return words.search(line, max(match.start() - before, 0), match.start()) is not None or (
        after > 0 and words.search(line, match.end(), match.end() + after) is not None
    )


def _digits(match: Match) -> list[int]:
    return [int(c) for c in match[0] if "0" <= c <= "9"]


_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}([A-Za-z]{2,24})(?![A-Za-z0-9-])"
)
_FILES = frozenset(
    ["png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "ts", "json", "html", "htm", "php", "py", "md",
        "txt", "xml", "jar", "dll"]
)  # fmt: skip


def _is_address(match: Match) -> bool:
    """Not a file name such as icon@2x.png, and not an account that is nobody's, as in git@github.com."""
    return match[1].lower() not in _FILES and not match[0].startswith("git@")


# Resident registration numbers: birthday, then 1-4 for citizens and 5-8 for foreigners, then six digits of which the
# last checks.
_RESIDENT = re.compile(r"(?<![\d.-])(\d{2})(\d{2})(\d{2})( ?- ?|[ .]?)([1-8])\d{6}(?!\d|-\d)", re.ASCII)
_RESIDENT_WORDS = re.compile("주민|등록번호|외국인|resident")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _is_resident(match: Match) -> bool:
    """A valid date and the checksum.

    Numbers issued since October 2020 (to newborns, to foreigners, to people who changed theirs) have no checksum: for
    people born since then, date and hyphen are enough; for others a word near the number is needed.
    """
    month, day, kind = int(match[2]), int(match[3]), int(match[5])
    if not (1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]):
        return False
    if "-" not in match[4] and not _near(match, _RESIDENT_WORDS):
        return False
    digits = _digits(match)
    total = sum(digit * weight for digit, weight in zip(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))
    check = (11 - total % 11 + (2 if kind >= 5 else 0)) % 10
    recent = kind in (3, 4, 7, 8) and 2010 <= int(match[1] + match[2]) <= 3000  # year and month of birth, 20-10 on
    return check == digits[12] or (match[4] != "" and (recent or _near(match, _RESIDENT_WORDS)))


_CARD = re.compile(
    r"(?<![\d.-])(?:[34569]\d{3}([- ]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([- ]?)\d{6}\2\d{5})(?!\d|[-.]\d)", re.ASCII
)
_CARD_WORDS = re.compile("카드|결제|card|visa|master|amex", re.IGNORECASE)


def _is_card(match: Match) -> bool:
    """Luhn's checksum, and groups or a word about cards."""
    digits = _digits(match)
    doubled = [d if i % 2 else d * 2 - 9 * (d > 4) for i, d in enumerate(digits, len(digits) % 2)]
    return sum(doubled) % 10 == 0 and (bool(match[1] or match[2]) or _near(match, _CARD_WORDS))


# Region 11 to 28, year, six digits, two that check (by a rule that is not public).
_LICENCE = re.compile(r"(?<![\d.-])(?:1[1-9]|2[0-8])-\d{2}-\d{6}-\d{2}(?!\d|-\d)", re.ASCII)

# Mobile 010 and the old 011, 016-019; landline area codes, 070 and 050x with separators only; the country's code for
# the first 0 or before it.
_MARK = "(?: ?[-.] ?| )"  # between groups
_AREA = r"(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50[2-8])"
_ABROAD = r"(?:\( ?(?:\+|00) ?82 ?\)|(?:\+|\b00) ?82\)?|\b82(?=[- ]\(?0?\)?10[- ]))[-. ]{0,3}(?:\(0\) ?|0|\(0?)?"
_PHONE = re.compile(
    rf"(?<![\d+])(?<!\d[.-])(?:(?:{_ABROAD}|0|\(0(?=1\d\)))(?:10(?:{_MARK}|\) ?-? ?)?\d{{4}}{_MARK}?\d{{4}}"
    rf"|1[16-9](?:{_MARK}|\) ?-? ?)\d{{3,4}}{_MARK}\d{{4}})"
    rf"|(?:(?:{_ABROAD}|0){_AREA}(?:{_MARK}|\) ?-? ?)|\(0{_AREA}\) ?-? ?)\d{{3,4}}{_MARK}\d{{4}})(?!\d|[-.]\d)",
    re.ASCII,
)
_PHONE_LABEL = re.compile(r"(?<![a-z])(?:tel|hp|h\.p|c\.p|fax|phone|mobile|cell|ph|[tmhpfc])[.:]?\Z", re.IGNORECASE)


def _is_phone(match: Match) -> bool:
    """Not a part of a key: a number that follows a Latin letter counts only after a label such as Tel, and a number
    before a Latin letter never counts."""
    line, start, end = match.string, match.start(), match.end()
    if end < len(line) and (line[end] == "_" or (line[end].isascii() and line[end].isalpha())):
        return False
    before = line[start - 1 : start]
    if before == "_" or (before.isascii() and before.isalpha()):
        return _PHONE_LABEL.search(line[max(0, start - 8) : start]) is not None
    return True


_BUSINESS = re.compile(r"(?<![\d.-])\d{3}(-?)\d{2}\1\d{5}(?!\d|[-.]\d)", re.ASCII)
_BUSINESS_WORDS = re.compile("사업자")


def _is_business(match: Match) -> bool:
    digits = _digits(match)
    total = sum(digit * weight for digit, weight in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=False))
    return (10 - (total + digits[8] * 5 // 10) % 10) % 10 == digits[9] and (
        match[1] != "" or _near(match, _BUSINESS_WORDS)
    )


_ACCOUNT = re.compile(
    r"(?<![\d.\-/])(?=(?:\d-?){10,16}(?!\d|-\d))\d{2,6}(?:-\d{1,8}){1,3}(?!\s?[원년월일.,]?\d|\s?원)|(?<![\d.\-/])\d{10,14}(?![\d.,-]|\s?원)"
    r"|(?<![\d.\-/])(?<!\d )(?=(?:\d ?){11,16}(?<! )(?! ?\d|-\d))\d{3,6}(?: \d{1,6}){1,4}(?! ?[\d원.,:-])",
    re.ASCII,
)
_BANK_WORDS = re.compile(
    r"은행|뱅크|농협|신협|수협|우체국|새마을 ?금고|계좌|입금|송금|예금주|bank account|account (?:no|number)",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:(?:19|20)\d\d ?)+")


def _is_account(match: Match) -> bool:
    return _near(match, _BANK_WORDS, after=14) and not _YEARS.fullmatch(match[0])


_PASSPORT = re.compile(r"(?<![A-Za-z0-9])[DGMORST](?:\d{8}|\d{3}[A-Z]\d{4})(?![A-Za-z0-9])", re.ASCII)
_PASSPORT_WORDS = re.compile("여권|passport", re.IGNORECASE)


def _is_passport(match: Match) -> bool:
    return _near(match, _PASSPORT_WORDS)


_IP = re.compile(
    r"(?<![\d.A-Za-z])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?!\d|\.\d|[A-Za-z%])",
    re.ASCII,
)
_VERSION_WORDS = re.compile(
    r"(?<![a-z])ver(?:sion)?\b|driver|드라이버|버전|버젼|판본|릴리스|release|build|빌드|v\.? ?$|[=§]|절|section|제 ?$",
    re.IGNORECASE,
)
# Networks, and addresses reserved for examples or ranges.
_LESSON_WORDS = re.compile(
    r"라우[팅터트]|서브넷|마스크|게이트웨이|대역|네트워크 ?(?:주소|ID|번호)|브로드캐스트|예를 "
    r"들|예시|subnet|rout(?:e|er|ing)\b|netmask|gateway|cidr|example",
    re.IGNORECASE,
)
_IP_WORDS = re.compile(
    r"\bip\b|주소|접속|서버|호스트|네임 ?서버|address|server|host|ping|dns|login|로그인", re.IGNORECASE
)


def _is_address_of_machine(match: Match) -> bool:
    """A public address. Four small numbers can also be a version or a section, so they need a word near them."""
    address = ipaddress.ip_address(match[0])
    if not address.is_global or address.is_multicast or match[0].endswith(".0"):
        return False
    if _near(match, _VERSION_WORDS, before=16) or _near(match, _LESSON_WORDS, after=24):
        return False
    if re.match(r"/\d", match.string[match.end() :]):  # a network
        return False
    if match[0].startswith(("2.5.4.", "2.5.29.")):  # X.500's names of attributes and of parts of certificates
        return False
    return sum(int(part) >= 30 for part in match[0].split(".")) >= 2 or _near(match, _IP_WORDS, after=12)


def _always(match: Match) -> bool:
    return True


FINDERS = (
    Finder("email", _EMAIL, _is_address, 0, "@"),
    Finder("resident", _RESIDENT, _is_resident, 13),
    Finder("card", _CARD, _is_card, 15),
    Finder("licence", _LICENCE, _always, 12),
    Finder("phone", _PHONE, _is_phone, 9),
    Finder("business", _BUSINESS, _is_business, 10),
    Finder("account", _ACCOUNT, _is_account, 10),
    Finder("passport", _PASSPORT, _is_passport, 7),
    Finder("ip", _IP, _is_address_of_machine, 4, "."),
)
