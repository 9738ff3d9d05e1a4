"""Wikitext converted to text: words lost, words added, broken sentences, speed.

    HANJI_MIRROR=… python -m benchmarks.wikitext [--articles 2000] [--show 20]

English: a piece of a real dump against the published parquet snapshot, which has another date; only sentences that are
also in the dump are searched for. Korean: texts of the snapshot, with typical markup added (links, notes, boxes,
tables, files, formulas, templates of language, date and measure), must be recovered unchanged. A sentence is broken if
a word that cannot end a sentence precedes a punctuation mark, or a bracket begins or ends with a comma, and the
wikitext has no such place. Last line: JSON.
"""

import json
import random
import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks import command_line
from benchmarks.timing import cpu_seconds
from corpus.readers.mediawiki import Page, pages
from corpus.readers.stream import Limits
from corpus.readers.wikitext import clean

DUMP = "dumps.wikimedia.org/enwiki/20240101/enwiki-20240101-pages-articles1.xml-p10p30302.bz2"
SNAPSHOT = "huggingface.co/datasets/wikimedia/wikipedia/20231101"
WORD = re.compile(r"[^\W_]+")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
LEADING = "of|in|at|to|by|from|with|than|for|between|about|approximately|the|a|an|over|nearly|around|is|are|was|were"
BROKEN_EN = re.compile(rf"[^\n]{{0,40}}(?:\b(?:{LEADING})\s*[.,;)](?:\s|$)|\(\s*[,;)]|[,;]\s*\)|\S\s[,.](?:\s|$))")
PARTICLE = "은|는|이|가|을|를|의|에|로|으로|와|과|이며|이다|에서|부터|까지|명이다"
BROKEN_KO = re.compile(rf"[^\n]{{0,40}}(?:(?<=[\s(])(?:{PARTICLE})(?=[\s.,])|\(\s*[,;~)]|[,;~]\s*\)|\S\s[,.](?:\s|$))")


def words(text: str) -> list[str]:
    """Words and numbers in order."""
    return WORD.findall(text)


def plain(wikitext: str) -> str:
    """The wikitext without the most common markup, to search for its own sentences."""
    text = re.sub(r"<ref[^>]*/>|<ref.*?</ref>|'{2,}", "", wikitext.replace("&nbsp;", " "), flags=re.DOTALL)
    return re.sub(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]", r"\1", text)


def english(mirror: Path) -> tuple[dict[str, float], list[str]]:
    """Figures of the dump, and what was found broken or lost."""
    articles = [
        page
        for page in pages(mirror / DUMP, Limits())
        if isinstance(page, Page) and page.namespace == 0 and not page.redirect
    ]
    snapshot = {row["title"]: row["text"] for row in texts(mirror, "en", {page.title for page in articles})}
    size = sum(len(page.text.encode()) for page in articles)
    seconds, found = cpu_seconds(lambda: [clean(page.text, page.title, "en") for page in articles], runs=3)
    wanted = lost = invented = given = sentences = broken = 0
    shown = []
    for page, text in zip(articles, found, strict=True):
        own = plain(page.text)
        mine, raw = " ".join(words(text)), " ".join(words(own))
        sentences += len(SENTENCE.split(text))
        for match in BROKEN_EN.finditer(text):
            if match[0][-13:].rstrip() not in own:
                broken += 1
                shown.append(f"broken: {match[0]!r}")
        known = {*words(page.text), *words(own)}  # of `[[planet]]s` as well
        strange = [word for word in words(text) if word not in known]
        invented, given = invented + len(strange), given + len(words(text))
        shown += [f"invented: {word}" for word in strange]
        for sentence in SENTENCE.split(snapshot.get(page.title, "")):
            parts = words(sentence)
            runs = [" ".join(parts[i : i + 5]) for i in range(len(parts) - 4)]
            if len(parts) < 8 or sum(run in raw for run in runs) < 0.6 * len(runs):
                continue
            covered = [False] * len(parts)
            for i in range(len(parts) - 2):
                if " ".join(parts[i : i + 3]) in mine:
                    covered[i : i + 3] = [True] * 3
            wanted, lost = wanted + len(parts), lost + covered.count(False)
    figures = {
        "recall": 1 - lost / wanted,
        "invented": invented / given,
        "broken": 1000 * broken / sentences,
        "mb_s": size / seconds / 1e6,
    }
    return figures, shown


def texts(mirror: Path, language: str, titles: set[str] | None = None) -> list[dict[str, str]]:
    """Articles of the snapshot."""
    rows = []
    for path in sorted(mirror.glob(f"{SNAPSHOT}.{language}/*.parquet")):
        rows += [
            row
            for row in pq.read_table(path, columns=["title", "text"]).to_pylist()
            if not titles or row["title"] in titles
        ]
    return rows


def marked_up(text: str, chosen: random.Random) -> tuple[str, str]:
    """A plain Korean text as wikitext, and the text expected from it (templates add words)."""
    source, shown = (
        ["{{정보상자\n| 이름 = {{lang|en|Box}}\n| 그림 = [[파일:a.jpg|섬네일|[[그림]] 설명]]\n}}\n{{다른 뜻|가}}\n"],
        [],
    )
    for paragraph in text.split("\n"):
        marked, plain_words = [], []
        for word in paragraph.split(" "):
            kind = chosen.random()
            stem = re.match(r"[가-힣]{2,}", word)
            if kind < 0.08 and stem:
                marked.append(f"[[{stem[0]}]]{word[stem.end() :]}")
            elif kind < 0.14 and stem:
                marked.append(f"[[{stem[0]} (동음이의)|{stem[0]}]]{word[stem.end() :]}")
            elif kind < 0.17 and stem:
                marked.append(f"'''{stem[0]}'''{word[stem.end() :]}")
            elif kind < 0.20 and word.isalpha():
                marked.append(
                    f'{word}<ref name="각{len(marked)}">{{{{서적 인용|제목=책|쪽=3}}}} 둘째 줄\n\n셋째 줄</ref>'
                )
            elif kind < 0.22 and stem:
                marked.append(f"{{{{임시 링크|{stem[0]}|en|X}}}}{word[stem.end() :]}")
            elif kind < 0.24 and word.isalpha():
                marked.append(f"{word}<!-- 확인 <ref> --><ref name=가 />{{{{출처|날짜=2020-1-1}}}}")
            elif kind < 0.26 and word.isalpha():
                marked.append(f'<span style="color:red">{word}</span>')
            else:
                marked.append(word)
            plain_words.append(word)
            if chosen.random() < 0.02:
                template, result = chosen.choice(TEMPLATES)
                marked.append(template)
                plain_words.append(result)
        source.append(" ".join(marked))
        shown.append(" ".join(plain_words))
        if chosen.random() < 0.2:
            source.append(chosen.choice(BLOCKS))
    return "\n".join(source) + "\n== 같이 보기 ==\n* [[다른 문서]]\n== 각주 ==\n{{각주}}\n[[분류:글]]", "\n".join(shown)


TEMPLATES = [
    ("{{convert|1300|km|mi}}", "1300 km"), ("{{formatnum:1234567}}", "1,234,567"),
    ("{{날짜|2020|3|1}}", "2020년 3월 1일"),
    ("{{val|3.2|u=m}}", "3.2 m"),
    ("{{llang|en|River}}", "River"), ("{{lang|zh|2=羅江}}", "羅江"), ("<math>a^2 < b</math>", "$a^2 < b$"),
    ("<nowiki><!--</nowiki>", "<!--"),
    ("{{nowrap|{{국기|대한민국}}}}", "대한민국"), ("<code>sort()</code>", "sort()"),
    ("나강(羅江, {{미정|1}} ~ {{미정|2}})", "나강(羅江)"),
    ("도시({{ISO|x}}, {{lang|en|City}})", "도시(City)"), ("{{루비|漢字|한자}}", "漢字"),
    ("[https://a.kr 누리집]", "누리집"),
    ("{{frac|3|4}}", "3/4"),
]  # fmt: skip
BLOCKS = [
    "{| class=wikitable\n|-\n! 칸 !! {{국기|가}}\n|-\n| 하나 || {|\n| 속\n|}\n|}",
    "[[파일:b.jpg|섬네일|왼쪽|[[서울]]의 {{작게|밤}}]]",
    "<gallery>\n파일:a.jpg|하나\n\n파일:b.jpg|[[둘]]\n</gallery>",
    "<syntaxhighlight lang=\"c\">\n/* <!-- */\n\nint main();\n</syntaxhighlight>",
    "<!-- 숨은 줄 {{ -->",
    "{{주 문서|다른 문서}}",
]  # fmt: skip


def korean(mirror: Path, count: int) -> tuple[dict[str, float], list[str]]:
    """Figures of marked-up texts, and what differs."""
    rows = [
        row["text"]
        for row in texts(mirror, "ko")
        if len(row["text"]) > 400 and not re.search(r"[<>{}\[\]|=*#;:'&~_]|formula_", row["text"])
    ]
    chosen = random.Random(20260726)
    wanted = lost = invented = sentences = broken = 0
    shown = []
    for text in chosen.sample(rows, min(count, len(rows))):
        source, expected = marked_up(text, chosen)
        found = clean(source, "글", "ko")
        here, there = Counter(words(found)), Counter(words(expected))
        missing, strange = there - here, here - there
        wanted, lost, invented = wanted + there.total(), lost + missing.total(), invented + strange.total()
        shown += [f"lost: {word}" for word in missing] + [f"invented: {word}" for word in strange]
        sentences += len(SENTENCE.split(found))
        for match in BROKEN_KO.finditer(found):
            if match[0][-8:].strip() not in expected:
                broken += 1
                shown.append(f"broken: {match[0]!r}")
    return {"recall": 1 - lost / wanted, "invented": invented / wanted, "broken": 1000 * broken / sentences}, shown


def main() -> None:
    """Print the figures."""
    parser = command_line.parser(__doc__, "mirror")
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--show", type=int, default=0)
    arguments = command_line.parse(parser)
    mirror = arguments.mirror
    result = {}
    for language, (figures, shown) in (("en", english(mirror)), ("ko", korean(mirror, arguments.articles))):
        result[language] = {name: round(value, 5) for name, value in figures.items()}
        print(language, result[language], flush=True)
        for line in random.Random(1).sample(shown, min(arguments.show, len(shown))):
            print(" ", line)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
