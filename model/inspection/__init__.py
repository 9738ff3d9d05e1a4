"""The content of a folder as tables and samples, for a terminal or a page.

Read in this order: sections (the parts of an inspection), inspect (a corpus, word counts, packed data or a run as
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
