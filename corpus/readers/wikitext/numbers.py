"""Templates for numbers and measures.

{{convert|1300|km|mi}} prints "1,300 kilometres (810 mi)". Here it is "1300 km": the number as the author wrote it and
the unit's symbol, without the conversion, which repeats it and depends on tables of the module.
Documentation: Template:Convert, Template:Val, Template:Frac, Help:Magic words (formatnum).
"""

import re

from corpus.readers.wikitext.units import RAISED, symbol

NUMBER = re.compile(r"[-−+]?[\d.,   /+⁄½¼¾⅓⅔⅛–-]{1,40}(?:e[-−+]?\d{1,3})?")
# Words between two values of {{convert}}, and their text.
BETWEEN = {
    "to": " to ", "to-": " to ", "to(-)": " to ", "-": "–", "–": "–", "and": " and ", "and(-)": " and ", "or": " or ",
    "by": " by ", "x": " × ",
    "xx": " × ", "×": " × ", "*": " × ", "+/-": " ± ", "±": " ± ", "+": " + ", ",": ", ", "to about": " to about ",
    "~": "~",
}  # fmt: skip
SCIENTIFIC = re.compile(r"(?<=\d)[eE]([-−+]?\d{1,3})$")
POWER_OF_UNIT = re.compile(r"(?<=[a-zμ])[-−]?[1-9](?![0-9])")
Positional = list[str]
Named = dict[str, str]


def convert(values: Positional, named: Named) -> str:
    """The values before the first unit, and the unit: "5 ft 10 in", "100–200 km", "3 by 4 m"."""
    out = ""
    rest = [value.strip() for value in values]
    between = ""
    while rest:
        value = rest.pop(0)
        if not NUMBER.fullmatch(value):
            break
        out += between + _minus(value)
        if rest and rest[0] in BETWEEN:
            between = BETWEEN[rest.pop(0)]
            continue
        unit = symbol(rest.pop(0)) if rest else ""
        out += _after(unit)
        if rest and rest[0] in BETWEEN and len(rest) > 1 and NUMBER.fullmatch(rest[1]):
            between = BETWEEN[rest.pop(0)]
        elif (
            len(rest) > 1
            and NUMBER.fullmatch(rest[0])
            and not NUMBER.fullmatch(rest[1])
            and unit in ("ft", "lb", "mi", "st", "yd", "h")
        ):
            between = " "  # 5 ft 10 in
        else:
            break
    return out


def val(values: Positional, named: Named) -> str:
    """A number with its uncertainty, power of ten and unit: "6.241×10¹⁸", "1.2±0.3 kg"."""
    out = SCIENTIFIC.sub(lambda found: power_of_ten([found[1]], {}), _minus(values[0].strip())) if values else ""
    if len(values) > 1 and (error := values[1].strip()):
        out += error if error.startswith("(") else f"±{error}" if len(values) < 3 else f" +{error} −{values[2].strip()}"
    if power := named.get("e", "").strip():
        out += power_of_ten([power], {}) if out else power_of_ten([power], {}).lstrip("×")
    out = named.get("p", "") + out + named.get("s", "")
    if unit := named.get("u") or named.get("ul"):
        out += ("" if unit in ("%", "°") else " ") + _raised(unit)
    per = named.get("up") or named.get("upl")
    return f"{out}/{_raised(per)}" if per else out


def ordinal(values: Positional, named: Named) -> str:
    """{{ordinal|22}} → "22nd"."""
    number = values[0].strip() if values else ""
    if not number.isdecimal():
        return number
    ending = "th" if number[-2:-1] == "1" else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    return number + ending


def height(values: Positional, named: Named) -> str:
    """{{height|ft=6|in=2}} → "6 ft 2 in", {{height|m=1.88}} → "1.88 m": as given, without the conversion."""
    return " ".join(f"{named[unit].strip()} {unit}" for unit in ("m", "cm", "ft", "in") if named.get(unit, "").strip())


def power_of_ten(values: Positional, named: Named) -> str:
    """{{e|9}} → "×10⁹"."""
    return f"×10{values[0].strip().translate(RAISED)}" if values else ""


def fraction(values: Positional, named: Named) -> str:
    """{{frac|2}} → "1/2", {{frac|3|4}} → "3/4", {{frac|1|2|3}} → "1 2/3"."""
    parts = [value.strip() for value in values if value.strip()]
    if not parts or len(parts) > 3:
        return ""
    if len(parts) == 1:
        return f"1/{parts[0]}"
    return f"{parts[-2]}/{parts[-1]}" if len(parts) == 2 else f"{parts[0]} {parts[1]}/{parts[2]}"


def formatted(values: Positional, named: Named) -> str:
    """A number with commas between its thousands: "1,234,567"; without any after {{formatnum:…|R}}."""
    if not values:
        return ""
    number = values[0].strip()
    if len(values) > 1 and values[1].strip().upper() in ("R", "NOSEP"):
        return number.replace(",", "")
    found = re.fullmatch(r"([-−+]?)(\d+)(\.\d*)?", number)
    if not found:
        return number
    digits = found[2]
    first = len(digits) % 3
    groups = ([digits[:first]] if first else []) + [digits[i : i + 3] for i in range(first, len(digits), 3)]
    return _minus(found[1]) + ",".join(groups) + (found[3] or "")


def gauge(values: Positional, named: Named) -> str:
    """{{track gauge|1435mm}} → "1435 mm"."""
    found = re.fullmatch(r"\s*([\d.,]{1,12})\s*([a-z]{1,12})\s*", values[0]) if values else None
    return f"{found[1]} {found[2]}" if found else values[0].strip() if values else ""


def _raised(unit: str) -> str:
    return POWER_OF_UNIT.sub(lambda found: found[0].translate(RAISED), unit)


def _after(unit: str) -> str:
    return unit if unit.startswith("°") and len(unit) == 1 else f" {unit}" if unit else ""


def _minus(number: str) -> str:
    return f"−{number[1:]}" if number[:1] == "-" else number
