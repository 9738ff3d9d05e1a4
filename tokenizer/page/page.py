"""report.html: the fertility report as one self-contained page, from the content of fertility.json.

The first screen says which tokenizer is better for Korean, how it does in English, and whether the differences are
significant; the rest of the page contains all measurements. It needs no network and no library: charts are SVG drawn by
the template, one short script sorts tables, shows tokens and encodes typed text. About 200 kB, and 300 kB more for each
tokenizer of 50,000 tokens that the text box encodes with.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from corpus import html
from tokenizer.analysis.metrics import by_topic
from tokenizer.encoding.definition import Unsupported
from tokenizer.page import cells, tables
from tokenizer.page.cells import Report, dig, number
from tokenizer.page.charts import FEW, ridges, scatter
from tokenizer.page.encoder import browser_regex, pack
from tokenizer.page.tables import language_name

BOX_BYTES = 3_000_000  # of packed tokenizers; the page stays under 5 MB
CONTEXT = 4096  # tokens of a context, for an example that is easy to understand
SCRIPTS = ("hangul", "latin", "han", "digits", "punctuation", "fragments", "others")  # in the order of the stacked bars
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
_SHOWN_AS = {"whitespace": "punctuation", "kana": "han"}


def write_page(report: Report, path: Path, tokenizers: Mapping[str, Path]) -> None:
    """Write the page of a report to `path`.

    `tokenizers`: names of the report → tokenizer.json or its folder, for the text box.
    """
    writers = (cells.count, cells.number, cells.percent, cells.sentence, cells.visible)
    content = _content(report, tokenizers) | {"language_name": language_name, "grouped": grouped}
    filters = {writer.__name__: writer for writer in writers}
    html.write_page(path, "tokenizer.page", "report.html", filters, **content)


def _content(report: Report, tokenizers: Mapping[str, Path]) -> dict[str, Any]:
    ranked = sorted(report["tokenizers"], key=lambda t: (_fertility(t, "ko") is None, _fertility(t, "ko") or 0.0))
    languages = sorted({lang for t in ranked for lang in t["languages"]}, key=tables.language_order)
    box, left_out = _box(tokenizers)
    return {
        "report": report,
        "tokenizers": ranked,
        "languages": languages,
        "verdict": verdict(ranked),
        "trained_on": {t["name"]: t["seen"] for t in ranked if t["seen"] in ("all", "part")},
        "cards": _cards(ranked),
        "headline": tables.headline(ranked),
        "scatter": {name: scatter(points, *size) for name, size in {"wide": (690, 480), "narrow": (360, 420)}.items()}
        if len(points := _points(ranked)) > 1
        else None,
        "metrics": (shown := [(m, found) for m in by_topic() if (found := tables.metric_tables(ranked, m))]),
        "metric_tabs": [metric.label for metric, _ in shown],
        "all_metrics": by_topic(),
        "ridges": {
            lang: {name: ridges(groups, *size) for name, size in {"wide": (540, 150), "narrow": (360, 112)}.items()}
            for lang in languages
            if (groups := _distributions(ranked, lang))
        },
        "few": FEW,
        "opened": next((t["name"] for t in ranked if t["ours"]), ""),
        "parallel": tables.parallel(ranked),
        "parity": tables.parity(ranked),
        "morphology": tables.morphology(ranked),
        "analysed": [t for t in ranked if dig(t, "morphology", "josa")],
        "vocabulary": tables.vocabulary(ranked),
        "composition": {t["name"]: _composition(t["vocabulary"]["composition"]) for t in ranked},
        "lengths": {t["name"]: _lengths(t["vocabulary"]["composition"]) for t in ranked},
        "scripts": SCRIPTS,
        "box": box,
        "left_out": left_out,
        "data": {
            "tokenizers": [{"name": t["name"], "ours": t["ours"]} for t in ranked],
            "samples": report["samples"],
            "box": box,
            "patterns": {p: browser_regex(p) for p in sorted({packed["pattern"] for packed in box.values()})},
        },
    }  # fmt: skip


def verdict(ranked: list[Report]) -> dict[str, str] | None:
    """The sentences on the first screen about our best tokenizer, or the best one where none is ours: {"name",
    "korean", "english"}; None without Korean."""
    korean = [t for t in ranked if _fertility(t, "ko") is not None]
    if not korean:
        return None
    subject = next((t for t in korean if t["ours"]), korean[0])
    place = korean.index(subject)
    sentences = {
        "name": subject["name"],
        "korean": f"{number(_fertility(subject, 'ko'))} tokens per Korean word",
        "english": "",
    }
    if len(korean) > 1:
        other = korean[1] if place == 0 else korean[0]
        how = "the fewest" if place == 0 else f"{_ordinal(place + 1)} fewest"
        sentences["korean"] += (
            f", {how} of {len(korean)} tokenizers ({other['name']}:"
            f" {number(_fertility(other, 'ko'))}{_doubt(subject, other, 'ko')})"
        )
    english = sorted((t for t in ranked if _fertility(t, "en") is not None), key=lambda t: _fertility(t, "en") or 0.0)
    if subject in english:
        sentences["english"] = f"{number(_fertility(subject, 'en'))} tokens per English word"
        if len(english) > 1:
            place = english.index(subject)
            other = english[1] if place == 0 else english[0]
            ratio = (_fertility(subject, "en") or 0.0) / (_fertility(other, "en") or 1.0)
            how = "the fewest" if place == 0 else f"{100 * ratio - 100:.0f} % more than the best"
            sentences["english"] += (
                f", {how} ({other['name']}: {number(_fertility(other, 'en'))}{_doubt(subject, other, 'en')})"
            )
    return sentences  # fmt: skip


def _cards(ranked: list[Report]) -> list[tuple[str, str, str]]:
    """(figure, its name, the peers' figures) of the tokenizer on the first screen."""
    subject = next((t for t in ranked if t["ours"]), ranked[0])
    peers = [t for t in ranked if t is not subject]
    names = tables.parallel(ranked)
    fields: list[tuple[str, Callable[[Report], float | None]]] = [
        ("tokens per Korean word", lambda t: _fertility(t, "ko")),
        ("tokens per English word", lambda t: _fertility(t, "en")),
        (f"Korean words in {CONTEXT:,} tokens", lambda t: CONTEXT / f if (f := _fertility(t, "ko")) else None),
    ]
    if names:
        about = f"Korean tokens per English token, same content ({names[0]})"
        fields.append((about, lambda t: dig(t, "parity", names[0], "premium", "value")))
    cards = []
    for about, value in fields:
        found = value(subject)
        others = [(other, t["name"]) for t in peers if (other := value(t)) is not None]
        ends = " – ".join(f"{number(other)} ({name})" for other,
            name in dict.fromkeys((min(others), max(others)))) if others else ""  # fmt: skip
        if found is not None:
            cards.append((number(found), about, f"others: {ends}" if ends else ""))
    return cards


def grouped(word: str, tokens: list[str]) -> list[tuple[str, int]]:
    """A word's tokens in readable form: (text, 1), or (text, n) for characters that n tokens share.

    Bytes in tokens are written as \\xea.
    """
    pieces = [_ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), token.encode()) for token in tokens]
    if b"".join(pieces) != word.encode():
        return [(token, 1) for token in tokens]
    found: list[tuple[str, int]] = []
    held, count = b"", 0
    for piece in pieces:
        held, count = held + piece, count + 1
        text = held.decode(errors="ignore")
        if text.encode() == held:
            found.append((text, count))
            held, count = b"", 0
    return found


def _ordinal(n: int) -> str:
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _doubt(one: Report, other: Report, lang: str) -> str:
    """A note where the intervals of two tokenizers overlap."""
    a, b = (dig(t, "languages", lang, "metrics", "fertility") for t in (one, other))
    if None in (a["low"], a["high"], b["low"], b["high"]):
        return ""
    return ", intervals overlap" if a["low"] <= b["high"] and b["low"] <= a["high"] else ""


def _fertility(tokenizer: Report, lang: str) -> float | None:
    return dig(tokenizer, "languages", lang, "metrics", "fertility", "value")


def _points(ranked: list[Report]) -> list[dict[str, Any]]:
    return [
        {"name": t["name"], "ours": t["ours"]}
        | {lang: t["languages"][lang]["metrics"]["fertility"] for lang in tables.LANGUAGES}
        for t in ranked
        if all(_fertility(t, lang) is not None for lang in tables.LANGUAGES)
    ]


def _distributions(ranked: list[Report], lang: str) -> list[dict[str, Any]]:
    found = [(t, dig(t, "languages", lang, "tokens_per_document")) for t in ranked]
    return [
        {"name": t["name"], "ours": t["ours"], "distribution": distribution}
        for t, distribution in found
        if distribution and any(distribution["histogram"]["counts"])
    ]


def _composition(composition: Report) -> list[tuple[str, int, float]]:
    """(script, tokens, share) of SCRIPTS."""
    tokens, shares = dict.fromkeys(SCRIPTS, 0), dict.fromkeys(SCRIPTS, 0.0)
    for script, found in composition.items():
        tokens[_shown(script)] += found["tokens"]
        shares[_shown(script)] += found["share"]
    return [(script, tokens[script], shares[script]) for script in SCRIPTS]


def _lengths(composition: Report, longest: int = 12) -> list[tuple[str, list[tuple[str, int, float]]]]:
    """(characters, [(script, tokens, share of the tallest column)]), the last for all of `longest` and more."""
    columns = [dict.fromkeys(SCRIPTS, 0) for _ in range(longest)]
    for script, found in composition.items():
        for length, count in enumerate(found["characters"] or []):
            if length:
                columns[min(length, longest) - 1][_shown(script)] += count
    tallest = max(sum(column.values()) for column in columns) or 1
    labels = [*map(str, range(1, longest)), f"{longest}+"]
    return [
        (label, [(script, n, n / tallest) for script, n in reversed(column.items()) if n])
        for label, column in zip(labels, columns, strict=True)
    ]


def _shown(script: str) -> str:
    return _SHOWN_AS.get(script, script if script in SCRIPTS else "others")


def _box(tokenizers: Mapping[str, Path]) -> tuple[dict[str, Any], dict[str, str]]:
    """The tokenizers that the page can encode with, and the reason why it cannot for the others."""
    box: dict[str, Any] = {}
    left_out: dict[str, str] = {}
    left = BOX_BYTES
    for name, path in tokenizers.items():
        try:
            packed = pack(path)
        except Unsupported as reason:
            left_out[name] = str(reason)
            continue
        size = len(packed["merges"]) + len(packed["results"]) + len(json.dumps(packed["whole"]))
        if size > left:
            left_out[name] = "its merges would make the page too large"
            continue
        left -= size
        box[name] = packed
    return box, left_out
