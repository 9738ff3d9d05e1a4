"""Templates for dates: written as in the wiki of that language."""

import re

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
PART = re.compile(r"\d{1,4}")
ISO = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)", re.ASCII)
TRUE = ("y", "yes", "1", "true", "예")


def date(parts: list[str], korean: bool, day_first: bool = False) -> str:
    """Year, month, day as far as they are given: "2020년 3월 1일", "March 1, 2020", "1 March 2020"; "" if they are not
    a date. One parameter may be all of it, as 2020-03-01."""
    if whole := ISO.fullmatch(parts[0].strip() if parts else ""):
        parts = list(whole.groups())
    year, month, day = ([part.strip() for part in parts[:3]] + ["", "", ""])[:3]
    if not PART.fullmatch(year):
        return year  # already written out
    if not PART.fullmatch(month):
        return f"{year}년" if korean else year
    if korean:
        return f"{year}년 {int(month)}월" + (f" {int(day)}일" if PART.fullmatch(day) else "")
    name = MONTHS[int(month) - 1] if 1 <= int(month) <= 12 else month
    if not PART.fullmatch(day):
        return f"{name} {year}"
    return f"{int(day)} {name} {year}" if day_first else f"{name} {int(day)}, {year}"


def dated(values: list[str], named: dict[str, str], korean: bool) -> str:
    """{{birth date|1809|2|12}}, {{start date|…}}, {{날짜|…}}: the first three parameters; ages are left out, because
    they change."""
    return date(values, korean, named.get("df", "").strip().casefold() in TRUE)


def age(values: list[str], named: dict[str, str], korean: bool) -> str:
    """{{age|1990|3|1|2000|1|1}} → "9": the years between two dates; "" without the second, because it changes."""
    given = [value.strip() for value in values[:6]]
    if len(given) < 6 or not all(map(PART.fullmatch, given)):
        return ""
    year, month, day, to_year, to_month, to_day = map(int, given)
    return str(to_year - year - ((to_month, to_day) < (month, day)))


def as_of(values: list[str], named: dict[str, str], korean: bool) -> str:
    """{{as of|2014|3|lc=y}} → "as of March 2014"."""
    if named.get("alt"):
        return named["alt"]
    when = date(values, korean, "df" not in named or named["df"].strip().casefold() in ("", *TRUE, "dmy"))
    if korean or not when:
        return f"{when} 기준" if when else ""
    word = "since" if named.get("since") else "as of"
    return f"{word if named.get('lc') else word.capitalize()} {when}"


def old_style(values: list[str], named: dict[str, str], korean: bool) -> str:
    """{{OldStyleDate|February 2|1905|January 20}} → "February 2 [O.S. January 20] 1905"."""
    if len(values) < 3:
        return " ".join(values)
    return f"{values[0].strip()} [O.S. {values[2].strip()}] {values[1].strip()}"
