"""What a document is made of: its lines by kind, its sentences, and its running text without markup.

The structure is found once and used by every step that would otherwise have to parse markup: language, boilerplate,
quality, and all cuts.

    kinds.py        the kinds of a line, and what decides them, in words and constants
    signs.py        kernel: kind of a line from its own signs
    neighbours.py   kernel: what its neighbours change in it
    lines.py        kernel: kind of every line of a column            `find_lines(texts)` → Lines
    sentences.py    kernel: where sentences end inside the lines      `find_sentences(texts)` → Sentences
    running.py      kernel: texts without code, tables, formulas and link targets
                                                                      `running_text(texts, lines)` → Running
    definition.py   the same in plain Python over one text: the definition; tests check that the kernels agree

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
