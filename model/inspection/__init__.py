"""What a folder contains, as tables and samples that a terminal and a page can show alike.

Read in this order: sections (what an inspection consists of), inspect (a corpus, word counts, packed data or a run as
sections). `inspect()` itself is imported from model.inspection.inspect.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Inspection": "sections",
        "Section": "sections",
    },
)
