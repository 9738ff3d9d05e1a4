"""What a document is made of: its lines by kind, its sentences, and its running text without markup.

Found once and used by every step that would otherwise see markup by itself: language, boilerplate, quality, and
whatever cuts text.

    kinds.py        the kinds of a line, and what decides them, in words and constants
    lines.py        kernel: kind of every line of a column            `find_lines(texts)` → Lines
    sentences.py    kernel: where sentences end inside the lines      `find_sentences(texts)` → Sentences
    running.py      kernel: texts without code, tables, formulas and link targets      `running_text(texts, lines)` →
    Running
    definition.py   the same again in plain Python over one text: the definition, held equal by the tests

Read kinds.py, then definition.py. White space is the space, tab and newline (corpus/cleaning/normalize.py).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Kind": "kinds",
        "Lines": "lines",
        "find_lines": "lines",
        "Sentences": "sentences",
        "find_sentences": "sentences",
        "Running": "running",
        "running_text": "running",
    },
)
