"""The report's tables: the figures in them, and what their columns mean."""

from collections.abc import Callable, Iterable

from tokenizer.analysis.metrics import Metric, metric
from tokenizer.page.cells import DASH, Cell, Column, Report, Table, count, dig, interval_cell, number, percent, sentence

LANGUAGES = {"ko": "Korean", "en": "English"}


def language_name(code: str) -> str:
    """`ko` as Korean; codes without a name are unchanged."""
    return LANGUAGES.get(code, code)


def language_order(code: str) -> tuple[int, str]:
    """Korean, English, then the others by their codes."""
    return (list(LANGUAGES).index(code) if code in LANGUAGES else len(LANGUAGES)), code


def name_cell(tokenizer: Report, corpus: bool = True) -> Cell:
    """The tokenizer's name, with its special properties as tags.

    `corpus`: the row is about the corpus, or a sample of it.
    """
    tags = ["ours"] if tokenizer["ours"] else []
    tags += ["sample"] if corpus and not all(group["exact"] for group in tokenizer["languages"].values()) else []
    about = f"{tokenizer['kind']}, {tokenizer['vocab_size']:,} tokens"
    return Cell(tokenizer["name"], tokenizer["name"], title=about, tags=tags, ours=tokenizer["ours"])


COMMON = 0.001  # of the words; scripts with fewer are left out
NAME = Column("tokenizer", numeric=False)
PREMIUM = "Tokens of parallel text for each token of its English side: 1 is parity."


def headline(tokenizers: list[Report]) -> Table:
    """One row a tokenizer, the fewest Korean tokens first."""
    names = parallel(tokenizers)
    columns = [NAME, Column("vocabulary", "Number of tokens, special ones included.")]
    columns += [Column(f"tokens per word: {LANGUAGES[lang]}", metric("fertility").meaning, "low") for lang in LANGUAGES]
    columns += [Column(f"bytes per token: {LANGUAGES[lang]}", metric("bytes_per_token").meaning, "high") for lang in LANGUAGES]  # fmt: skip
    columns += [
        Column("Korean words kept whole", metric("words_kept_whole").meaning, "high"),
        Column("ko/en premium", f"{PREMIUM} Measured on {names[0]}." if names else PREMIUM),
        Column("morpheme F1", "Agreement of token boundaries inside words with Kiwi's morphemes.", "high"),
    ]
    rows = []
    for tokenizer in tokenizers:
        row = [name_cell(tokenizer), Cell(count(tokenizer["vocab_size"]), tokenizer["vocab_size"])]
        for name in ("fertility", "bytes_per_token"):
            row += [interval_cell(dig(tokenizer, "languages", lang, "metrics", name)) for lang in LANGUAGES]
        row.append(interval_cell(dig(tokenizer, "languages", "ko", "metrics", "words_kept_whole"), percent))
        row.append(interval_cell(dig(tokenizer, "parity", names[0], "premium") if names else None))
        row.append(_f1(dig(tokenizer, "morphology", "kiwi") or dig(tokenizer, "morphology", "gold")))
        rows.append(row)
    for column in (2, 3):
        _bars(rows, column)
    return Table("Tokenizers, the fewest tokens per Korean word first", columns, rows)


def metric_tables(tokenizers: list[Report], shown: Metric) -> list[Table]:
    """Tokenizers × (language, its sources), and × (language, scripts); tables without values are left out."""
    write = percent if shown.unit == "%" else number
    tables: list[Table] = []
    for kind in ("sources", "scripts"):
        places: dict[tuple[str, ...], str] = {}
        for lang in sorted({lang for t in tokenizers for lang in t["languages"]}, key=language_order):
            if kind == "sources":
                places[lang,] = f"{language_name(lang)}: all"
            groups = [dig(t, "languages", lang) for t in tokenizers]
            names = [
                n
                for group in groups
                for n, part in (dig(group, kind) or {}).items()
                if kind == "sources" or _common(part, group)
            ]
            places |= {(lang, kind, n): f"{language_name(lang)}: {n}" for n in dict.fromkeys(names)}
        columns = [NAME, *(Column(label, shown.meaning, shown.better) for label in places.values())]
        rows = [
            [name_cell(t), *(_group_cell(dig(t, "languages", *place), shown.name, write) for place in places)]
            for t in tokenizers
        ]
        keep = [n for n in range(len(columns)) if n == 0 or any(row[n].value is not None for row in rows)]
        if len(keep) > 1:
            rows = [[row[n] for n in keep] for row in rows]
            by = (
                "source"
                if kind == "sources"
                else f"script of the word, those of {percent(COMMON)} of the words or more"
            )
            caption = f"{sentence(shown.label)} by {by}"
            tables.append(Table(caption, [columns[n] for n in keep], rows))
    return tables


def _common(part: Report, group: Report) -> bool:
    return part["words"] >= COMMON * group["words"] > 0


def _group_cell(group: Report | None, name: str, write: Callable[[float | None], str]) -> Cell:
    found = dig(group, "metrics", name)
    cell = interval_cell(found, write) if isinstance(found, dict) else Cell(write(found), found)
    if group and cell.value is not None:
        how = "all" if group.get("exact", True) else "a sample:"
        parts = [f"{group[key]:,} {key}" for key in ("documents", "words", "tokens") if group.get(key) is not None]
        cell.title = f"{how} {', '.join(parts)}"
    return cell


def parallel(tokenizers: Iterable[Report]) -> list[str]:
    """The names of the parallel texts with Korean and English, the one of most pairs first."""
    pairs: dict[str, int] = {}
    for tokenizer in tokenizers:
        for name, found in (tokenizer["parity"] or {}).items():
            if dig(found, "premium", "value") is not None:
                pairs[name] = found["ko"]["documents"]
    return sorted(pairs, key=lambda name: -pairs[name])


def parity(tokenizers: list[Report]) -> Table:
    """Fertility in Korean and English on each parallel text, the premium of each language over English, and Gini's
    coefficient."""
    columns = [NAME]
    rows = [[name_cell(tokenizer, corpus=False)] for tokenizer in tokenizers]
    for name in parallel(tokenizers):
        for lang in LANGUAGES:
            columns.append(Column(f"{name}: {LANGUAGES[lang]} tokens/word", metric("fertility").meaning, "low"))
            for row, t in zip(rows, tokenizers, strict=True):
                row.append(interval_cell(dig(t, "parity", name, lang, "metrics", "fertility")))
        others = dict.fromkeys(lang for t in tokenizers for lang in dig(t, "parity", name, "premiums") or {})
        for lang in sorted(others, key=language_order):
            columns.append(Column(f"{name}: premium of {language_name(lang)}", PREMIUM))
            for row, t in zip(rows, tokenizers, strict=True):
                row.append(interval_cell(dig(t, "parity", name, "premiums", lang)))
            _bars(rows, len(columns) - 1)
    if any(dig(t, "parity", "gini") is not None for t in tokenizers):
        columns.append(
            Column("Gini", "Inequality of the tokens that languages take for the same content: 0 is equal.", "low")
        )
        for row, t in zip(rows, tokenizers, strict=True):
            gini = dig(t, "parity", "gini")
            row.append(Cell(number(gini), gini))
    return Table("Tokens for the same content in several languages", columns, rows)


def _bars(rows: list[list[Cell]], column: int) -> None:
    """Give a column of numbers bars, the longest for the largest."""
    values = [row[column].value for row in rows]
    longest = max((value for value in values if isinstance(value, float | int)), default=0.0)
    for row, value in zip(rows, values, strict=True):
        row[column].bar = value / longest if isinstance(value, float | int) and longest else None


def _f1(found: Report | None) -> Cell:
    return interval_cell(found and {"value": found["f1"], "low": found.get("low"), "high": found.get("high")})


def morphology(tokenizers: list[Report]) -> Table:
    """Boundaries against Kiwi and gold."""
    present = [name for name in ("kiwi", "gold") if any(dig(t, "morphology", name) for t in tokenizers)]
    columns = [NAME]
    for name in present:
        label = "Kiwi" if name == "kiwi" else "gold"
        columns += [
            Column(f"{label}: precision", "Share of the token boundaries inside words that are morpheme boundaries."),
            Column(f"{label}: recall", "Share of the morpheme boundaries inside words where a token ends."),
            Column(f"{label}: F1", "Harmonic mean of the two.", "high"),
        ]  # fmt: skip
    rows = []
    for tokenizer in tokenizers:
        row = [name_cell(tokenizer, corpus=False)]
        for name in present:
            found = dig(tokenizer, "morphology", name)
            shares = [dig(found, part) for part in ("precision", "recall")]
            row += [*(Cell(number(share), share) for share in shares), _f1(found)]
        rows.append(row)
    return Table("Token boundaries inside words against morphemes", columns, rows)


def vocabulary(tokenizers: list[Report]) -> Table:
    """How much of each vocabulary is used, and how much is wasted."""
    fields: list[tuple[Column, Callable[[float | None], str], tuple[str, ...]]] = [
        (Column("Hangul tokens", "Tokens with Hangul letters only.", "high"), count, ("composition", "hangul", "tokens")),
        (Column("syllables", "Of the 11,172 modern syllables, those that are one token.", "high"), count, ("syllables", "covered")),
        (Column("of KS X 1001", "Of the 2,350 common syllables, those that are one token.", "high"), count, ("syllables", "ks_x_1001")),
        (Column("lost syllables", "Of the 11,172 modern syllables, those that their tokens do not give back.", "low"), count, ("rare_syllables", "lost", "count")),
        (Column("broken UTF-8", "Tokens that are parts of characters.", "low"), count, ("broken_utf8", "tokens")),
        (Column("unreachable", "Tokens that no text produces.", "low"), count, ("unreachable", "count")),
        (Column("never used", "Share of the tokens that this corpus never uses.", "low"), percent, ("never_used", "share")),
        (Column("rare", "Share of the tokens that this corpus uses fewer than ten times.", ""), percent, ("rare", "share")),
        (Column("copies: space", "Tokens that differ from another only in a space before it.", ""), count, ("near_copies", "space", "tokens")),
        (Column("copies: case", "Tokens that differ from another only in case.", ""), count, ("near_copies", "case", "tokens")),
        (Column("copies: suffix", "Tokens that differ from another only in a josa, a suffix or punctuation after it.", ""), count, ("near_copies", "suffix", "tokens")),
        (Column("several words", "Tokens that contain the end of a word and the start of the next."), count, ("several_words", "tokens")),
        (Column("repeats", "Tokens that repeat the same text three times or more.", "low"), count, ("repeat_tokens",)),
        (Column("spam", "Tokens that are words of gambling, adult or promotional spam.", "low"), count, ("spam_tokens",)),
    ]  # fmt: skip
    rows = []
    for tokenizer in tokenizers:
        row = [name_cell(tokenizer)]
        for _, write, keys in fields:
            value = dig(tokenizer, "vocabulary", *keys)
            row.append(Cell(write(value), value))
        penalty = tokenizer.get("nfd_penalty")
        rows.append([*row, Cell(f"{number(penalty)}×" if penalty else DASH, penalty)])
    nfd = Column(
        "NFD penalty", "Tokens of decomposed Korean (as in macOS file names) for each token of composed.", "low"
    )
    return Table("Vocabularies", [NAME, *(column for column, _, _ in fields), nfd], rows)
