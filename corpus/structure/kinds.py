"""The kinds of a line.

A line has one kind, and a block is a run of lines of one kind. The kinds follow CommonMark where a page is Markdown,
and what plain text keeps of a layout elsewhere: bullets, numbers, columns between tabs, code that ends in a
semicolon. A kind is never guessed from one sign in running text: what nothing marks is PROSE.
"""

from enum import IntEnum


class Kind(IntEnum):
    """What a line is."""

    BLANK = 0  # white space alone
    PROSE = 1  # whatever is nothing else: sentences, and also the labels of a menu
    HEADING = 2  # "# …", "== … ==", or underlined with === or ---
    LIST = 3  # "- …", "• …", "1. …", "가. …", "(1) …", "① …", and indented lines behind one
    TABLE = 4  # rows between "|", rows of cells between tabs, tags of HTML tables
    CODE = 5  # between fences, or lines that look like a program's
    QUOTE = 6  # "> …"
    VERSE = 7  # numbered verses, and paragraphs of short lines that run on or end without a full stop
    FORMULA = 8  # between $$ and $$, or \begin and \end
    SIGNS = 9  # no letter and no digit: "---", "***", "}"


SET_ASIDE = (Kind.TABLE, Kind.CODE, Kind.FORMULA)  # what says nothing about how well a text is written

# open an item before anything; "-" and "·" before a space or a letter, "*" and "+" before a space
BULLETS = "•●○■□▶◆◇※☞‧ㆍ–—▪◦"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
LETTERED = "가나다라마바사아자차카타파하"  # "가. …": items of Korean laws
VERSE_LINES = 4  # a paragraph of verse has at least so many lines
VERSE_CHARACTERS = 45  # and none longer; lines of prose are wrapped at 70 and more
VERSE_WORDS = 2  # and words in at least half of them: a menu's lines are labels of one
TABLE_TAGS = ("table", "tbody", "thead", "tr", "td", "th")
CODE_BEGINS = ("//", "/*", "*/", "<!--", "#include", "#define", "<?")
