"""Symbols of units by their codes in {{convert}} (Module:Convert/data), and a rule for other codes."""

import re

SYMBOLS = {
    "c": "°C", "f": "°F", "°c": "°C", "°f": "°F", "k": "K", "c-change": "°C", "f-change": "°F", "k-change": "K",
    "sqmi": "sq mi", "sqkm": "km²", "sqft": "sq ft", "sqyd": "sq yd", "sqin": "sq in", "sqm": "m²", "sqcm": "cm²",
    "ft2": "sq ft", "in2": "sq in",
    "mi2": "sq mi", "yd2": "sq yd", "cuft": "cu ft", "cuin": "cu in", "cuyd": "cu yd", "cumi": "cu mi",
    "ft3": "cu ft", "mi3": "cu mi",
    "in3": "cu in", "yd3": "cu yd", "cc": "cc", "acre": "acres", "acres": "acres", "sqnmi": "sq nmi", "kph": "km/h",
    "kmh": "km/h", "km/hr": "km/h",
    "mps": "m/s", "usgal": "US gal", "impgal": "imp gal", "uskt": "kt", "lt": "long tons", "st": "short tons",
    "mt": "metric tons",
    "stone": "st", "lbf": "lbf", "oilbbl": "bbl", "usbbl": "US bbl", "impbbl": "imp bbl", "smi": "mi", "mile": "mi",
    "miles": "mi", "foot": "ft",
    "feet": "ft", "inch": "in", "inches": "in", "metre": "m", "meter": "m", "metres": "m", "meters": "m",
    "kilometre": "km", "kilometres": "km",
    "kilometer": "km", "pd": "inhabitants", "tcuft": "trillion cu ft", "bcuft": "billion cu ft",
    "mcuft": "million cu ft", "ly": "ly", "day": "days",
    "year": "years", "hands": "hands", "hand": "hands", "furlong": "furlongs", "fathom": "fathoms", "chain": "chains",
    "league": "leagues",
    "carat": "carats", "kn": "kn", "knot": "kn", "knots": "kn", "l": "L", "usoz": "US fl oz", "impoz": "imp fl oz",
    "usfloz": "US fl oz",
    "floz": "fl oz", "ozt": "ozt", "psi": "psi", "um": "μm", "u=c": "C", "deg": "°", "ha": "ha", "bhp": "bhp",
    "in/s": "in/s",
    "minute": "minutes", "second": "seconds", "hour": "hours", "mw": "MW",
}  # fmt: skip
CASED = {
    "LT": "long tons",
    "ST": "short tons",
    "MT": "metric tons",
    "MW": "MW",
    "mW": "mW",
    "Ml": "ML",
    "Mm": "Mm",
    "Gm": "Gm",
    "K": "K",
    "L": "L",
}
POWERS = {
    "e3": "thousand",
    "e6": "million",
    "e9": "billion",
    "e12": "trillion",
    "k": "thousand",
    "M": "million",
    "G": "billion",
}
POWER = re.compile(r"(e3|e6|e9|e12)(?=\D)")
BARRELS = re.compile(r"([kMG])(?=oilbbl|cuft)")
RAISED = str.maketrans("0123456789-−+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")


def symbol(code: str) -> str:
    """`km2` → "km²", `e6acre` → "million acres", `PD/sqmi` → "inhabitants/sq mi"; an unknown code is returned as it
    is."""
    code = code.strip()
    if found := POWER.match(code) or BARRELS.match(code):
        return f"{POWERS[found[1]]} {symbol(code[found.end() :])}"
    if "/" in code:
        return "/".join(symbol(part) if part else "" for part in code.split("/"))
    if code in CASED:
        return CASED[code]
    if (known := SYMBOLS.get(code.casefold())) and not (
        code != code.lower() and code.casefold() in ("st", "mt", "lt", "k", "mw")
    ):
        return known
    if len(code) > 1 and code[-1] in "23" and code[-2].isalpha():
        return code[:-1] + code[-1].translate(RAISED)
    return code
