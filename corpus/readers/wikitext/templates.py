"""The text of a template, for the few that show running text (corpus/readers/wikitext/shown.py); "" for all others."""

import re
from collections.abc import Callable

from corpus.readers.wikitext import dates, numbers
from corpus.readers.wikitext.private import BAR, EQUALS
from corpus.readers.wikitext.shown import (
    BY_NAME,
    CONVERT,
    DATES,
    LINKS,
    MONEY,
    QUOTES,
    ROWS,
    SHIPS,
    SIGNS,
    TEXT_NAMES,
)

NAME_OF_PARAMETER = re.compile(r"\s*([\w -]{1,40}?)\s*=")
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(?:-[a-zA-Z-]{2,10})?")
DEGREES = re.compile(r"[-−]?\d{1,3}(?:\.\d{1,12})?")
HANGUL = re.compile("[가-힣]")
PREFIX = ("template:", "틀:", "msg:")
NUMBERS: dict[str, Callable[[list[str], dict[str, str]], str]] = {
    **dict.fromkeys(CONVERT, numbers.convert),
    **dict.fromkeys(["val", "값"], numbers.val),
    **dict.fromkeys(["frac", "fraction", "sfrac", "fract", "분수", "tfrac", "dfrac"], numbers.fraction),
    **dict.fromkeys(
        ["formatnum", "nts", "number table sorting", "숫자", "숫자 서식", "formatprice"], numbers.formatted
    ),
    **dict.fromkeys(["ordinal", "ord", "서수"], numbers.ordinal),
    **dict.fromkeys(["height", "키"], numbers.height),
    **dict.fromkeys(["e", "esp", "10^"], numbers.power_of_ten),
    **dict.fromkeys(["railgauge", "track gauge", "궤간"], numbers.gauge),
}
DATED = {
    **dict.fromkeys(DATES, dates.dated),
    **dict.fromkeys(["as of", "asof", "기준일"], dates.as_of),
    **dict.fromkeys(["age", "나이", "age in years"], dates.age),
    **dict.fromkeys(["oldstyledate", "old style date"], dates.old_style),
}


class Templates:
    """The templates of one article; its title is the text of {{PAGENAME}}, and its language determines the format of
    dates."""

    def __init__(self, title: str = "", language: str = "") -> None:
        self.title, self.korean = title, language == "ko"

    def shown(self, inside: str) -> str:
        """The text of `{{inside}}`."""
        head, bar, rest = inside.partition("|")
        name = (
            " ".join(head.replace("_", " ").split()).casefold()
            if "\n" in head or "_" in head
            else head.strip().casefold()
        )
        if ":" in name:
            if name.startswith(PREFIX):
                name = name.partition(":")[2].strip()
            elif (shown := _function(head, rest)) is not None:
                return shown
        if name in SIGNS:
            return SIGNS[name].replace("|", BAR).replace("=", EQUALS)
        known = WAYS.get(name)
        if known is None:
            if name.startswith(("lang-", "llang-")):
                known = _first
            elif name in ("pagename", "fullpagename", "문서이름", "문서 이름", "subpagename"):
                return self.title
            else:
                return ""
        values, named = parameters(rest) if bar else ([], {})
        if name in DATED:
            return DATED[name](values, named, self.korean or bool(HANGUL.search(name)))
        return known(name, values, named)


def _function(head: str, rest: str) -> str | None:
    """The result of a parser function that changes the form of its argument; None if it is not one."""
    name, _, first = head.partition(":")
    name, first = name.strip().casefold(), first.strip()
    if name in ("formatnum", "숫자형식", "수형식"):
        return numbers.formatted([first, *rest.split("|")], {})
    if name in ("lc", "소문자"):
        return first.lower()
    if name in ("uc", "대문자"):
        return first.upper()
    if name == "lcfirst":
        return first[:1].lower() + first[1:]
    return first[:1].upper() + first[1:] if name == "ucfirst" else None


def parameters(rest: str) -> tuple[list[str], dict[str, str]]:
    """Parameters by their order and by their names.

    A number as the name means that place: `{{lang|en|2=word}}`.
    """
    values: list[str] = []
    named: dict[str, str] = {}
    for parameter in rest.split("|"):
        if found := NAME_OF_PARAMETER.match(parameter):
            named[found[1].strip()] = parameter[found.end() :].strip()
        else:
            values.append(parameter)
    for place in range(1, 10):
        if (value := named.get(str(place))) is not None:
            values += [""] * (place - len(values))
            values[place - 1] = value
    return values, named


def _parameter(name: str, values: list[str], named: dict[str, str]) -> str:
    place = BY_NAME[name]
    if name in ("lang", "언어", "langx") and "text" in named:
        return named["text"]
    if not values or place > len(values):
        return ""
    return values[place - 1 if place > 0 else -1].strip()


def _first(name: str, values: list[str], named: dict[str, str]) -> str:
    return values[0].strip() if values else named.get("text", "")


def _llang(name: str, values: list[str], named: dict[str, str]) -> str:
    """{{llang|ja|東京|도쿄}}: the word and its reading."""
    return " ".join(value.strip() for value in values[1:3] if value.strip())


def _quote(name: str, values: list[str], named: dict[str, str]) -> str:
    found = next((named[key] for key in TEXT_NAMES if named.get(key)), "") or (values[0] if values else "")
    return f"\n\n{found.strip()}\n\n" if found.strip() else ""


def _link(name: str, values: list[str], named: dict[str, str]) -> str:
    if label := named.get("lt") or named.get("표시") or named.get("label"):
        return label
    plain = [value.strip() for value in values]
    if len(plain) > 1 and LANGUAGE_CODE.fullmatch(
        plain[0]
    ):  # as it was once written: language, title there, title here, label
        return plain[-1] if len(plain) < 5 else plain[3]
    return plain[0] if plain else ""


def _row(name: str, values: list[str], named: dict[str, str]) -> str:
    return ROWS[name].join(value.strip() for value in values if value.strip())


def _money(name: str, values: list[str], named: dict[str, str]) -> str:
    return MONEY[name] + values[0].strip() if values else MONEY[name]


def _ship(name: str, values: list[str], named: dict[str, str]) -> str:
    parts = [value.strip() for value in values[:2]]
    number = f" ({parts[1]})" if len(parts) > 1 and parts[1] and not parts[1].isdigit() else ""
    return f"{name.upper()} {parts[0]}{number}" if parts else ""


def _japanese(name: str, values: list[str], named: dict[str, str]) -> str:
    """{{nihongo|bayonet|銃剣|jūken|extra}} → "bayonet (銃剣, jūken, extra)"."""
    first, *others = [value.strip() for value in [*values, ""]]
    inside = ", ".join(other for other in others[:3] if other)
    return f"{first} ({inside})" if first and inside else first or inside


def _chinese(name: str, values: list[str], named: dict[str, str]) -> str:
    """{{zh|t=羅江|p=Luójiāng}}: the spellings, joined."""
    ways = ("c", "t", "s", "p", "정체", "정", "간체", "간", "병음", "번체", "한자", "한국어", "hanja", "hangul")
    found = [*(value.strip() for value in values), *(named[way] for way in ways if named.get(way))]
    return ", ".join(dict.fromkeys(value for value in found if value))


def _sound(name: str, values: list[str], named: dict[str, str]) -> str:
    """{{IPA|/a/}} and {{IPA|en|/a/}}: the sounds that the text is about."""
    plain = [value.strip() for value in values if value.strip()]
    if len(plain) > 1 and LANGUAGE_CODE.fullmatch(plain[0]):
        return plain[1]
    return plain[0] if plain else ""


def _between(before: str, after: str) -> Callable[[str, list[str], dict[str, str]], str]:
    return lambda name, values, named: f"{before}{values[0].strip()}{after}" if values and values[0].strip() else ""


def _coordinates(name: str, values: list[str], named: dict[str, str]) -> str:
    """{{coord|12|31|N|70|02|W|display=inline}} → "12°31′N 70°02′W"; "" if they are shown only beside the title."""
    if named.get("display", "inline").strip() in ("title", "t"):
        return ""
    out, part = "", 0
    for value in (value.strip() for value in values[:8]):
        if DEGREES.fullmatch(value):
            out += f"{value}{'°′″'[min(part, 2)]}"
            part += 1
        elif value in ("N", "S", "E", "W"):
            out, part = f"{out}{value} ", 0
        else:
            break
    return out.strip()


def _nuclide(name: str, values: list[str], named: dict[str, str]) -> str:
    return "-".join(value.strip() for value in values[:2])


def _music(name: str, values: list[str], named: dict[str, str]) -> str:
    signs = {"flat": "♭", "b": "♭", "sharp": "♯", "#": "♯", "natural": "♮", "n": "♮"}
    return signs.get(values[0].strip().casefold(), "") if values else ""


def _number(name: str, values: list[str], named: dict[str, str]) -> str:
    return NUMBERS[name](values, named)


WAYS: dict[str, Callable[[str, list[str], dict[str, str]], str]] = {
    **dict.fromkeys(BY_NAME, _parameter),
    **dict.fromkeys(QUOTES, _quote),
    **dict.fromkeys(LINKS, _link),
    **dict.fromkeys(ROWS, _row),
    **dict.fromkeys(MONEY, _money),
    **dict.fromkeys(SHIPS, _ship),
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(DATED, _first),  # goes by DATED
    **dict.fromkeys(["llang", "lang2", "언어표기"], _llang),
    **dict.fromkeys(["nihongo", "nihongo2", "nihongo3", "일본어 표기", "일본어표기", "korean-text"], _japanese),
    **dict.fromkeys(
        ["zh", "lang-zh", "중국어", "중국어 표기", "중국어표기", "zh-cn", "korean", "한국어 표기"], _chinese
    ),
    **dict.fromkeys(["ipa", "ipa-all", "발음 기호", "국제음성기호"], _sound),
    **dict.fromkeys(["ipaslink", "ipaslash", "ipa slink"], _between("/", "/")),
    **dict.fromkeys(["ipablink", "bracket", "brackets"], _between("[", "]")),
    **dict.fromkeys(["angbr", "angle bracket", "angbr ipa", "angle brackets", "grapheme"], _between("⟨", "⟩")),
    **dict.fromkeys(["circa", "c.", "ca", "ca."], _between("c. ", "")),
    **dict.fromkeys(["floruit", "fl.", "fl"], _between("fl. ", "")),
    **dict.fromkeys(["sqrt", "radic", "제곱근"], _between("√", "")),
    **dict.fromkeys(["lit", "literally", "lit."], _between("lit. '", "'")),
    **dict.fromkeys(["nuclide2", "nuclide name"], _nuclide),
    **dict.fromkeys(["coord", "좌표"], _coordinates),
    "abs": _between("|", "|"),
    "music": _music,
}
