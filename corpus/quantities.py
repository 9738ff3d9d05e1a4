"""Sizes, counts and times for people, written alike on every page and in every command."""


def digits(value: float) -> str:
    """A positive number with three digits that count, and without an exponent: 999.7 is 1,000, not 1e+03."""
    return f"{value:.3g}" if value < 99.5 else f"{value:,.0f}"


def megabytes(count: float) -> str:
    """Bytes: 512 B, 12.3 MB, 4.6 GB."""
    if count < 999.5:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.95:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:,.1f} TB"


def amount(count: float) -> str:
    """A number: 1,230, 12.3 million, 4.56 billion."""
    if count < 999_999.5:
        return f"{count:,.0f}"
    count /= 1000
    for unit in ("million", "billion"):
        count /= 1000
        if count < 999.5:
            return f"{digits(count)} {unit}"
    return f"{digits(count / 1000)} trillion"


def percent(share: float, decimals: int = 1) -> str:
    """A share of one: 55.3 %."""
    return f"{100 * share:.{decimals}f} %"


def duration(seconds: float) -> str:
    """A time: 12 s, 3 min 20 s, 5 h 10 min, 4 d 3 h."""
    whole = round(seconds)
    for unit, length, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= length:
            return f"{whole // length:,} {unit} {whole % length // part} {smaller}"
    return f"{whole} s"
