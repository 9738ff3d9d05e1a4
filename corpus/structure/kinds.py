"""The kinds of a line.

A line has one kind, and a block is a run of lines of one kind. The kinds follow CommonMark where a page is Markdown,
and elsewhere the traces of layout in plain text: bullets, numbers, columns between tabs, code that ends in a semicolon.
A kind is never guessed from one sign in running text: a line without a mark is PROSE.
"""

from enum import IntEnum


class Kind(IntEnum):
    """What a line is."""

    BLANK = 0  # white space alone
    PROSE = 1  # everything else: sentences, and also the labels of a menu
    HEADING = 2  # "# …", "== … ==", or underlined with === or ---
    LIST = 3  # "- …", "• …", "1. …", "가. …", "(1) …", "① …", and indented lines after one
    TABLE = 4  # rows between "|", rows of cells between tabs, tags of HTML tables
    CODE = (
        5  # between fences, or lines that look like a program's; also a page's front matter, keys between --- and ---
    )
    QUOTE = 6  # "> …"
    VERSE = 7  # numbered verses, and paragraphs of short lines that run on or end without a full stop
    FORMULA = 8  # between $$ and $$, or \begin and \end
    SIGNS = 9  # no letter and no digit: "---", "***", "}"


SET_ASIDE = (Kind.TABLE, Kind.CODE, Kind.FORMULA)  # kinds without evidence of how well a text is written

# These begin an item whatever follows; "-" and "·" only before a space or a letter, "*" and "+" only before a space.
BULLETS = "•●○■□▶◆◇※☞‧ㆍ–—▪◦"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
LETTERED = "가나다라마바사아자차카타파하"  # "가. …": items of Korean laws
VERSE_LINES = 4  # a paragraph of verse has at least so many lines
VERSE_CHARACTERS = 45  # no line is longer; lines of prose are wrapped at 70 and more
VERSE_WORDS = 2  # at least half of the lines have so many words; the labels of a menu have one
FRONT_MATTER = 100  # lines of keys and values at the start of a page, at most
TABLE_TAGS = ("table", "tbody", "thead", "tr", "td", "th")
CODE_BEGINS = ("//", "/*", "*/", "<!--", "#include", "#define", "<?")
