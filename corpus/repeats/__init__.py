"""Paragraphs and long spans of text that occur in several documents, and the cuts that remove them.

Read in this order: spans (the step: agreement, which copy stays), fingerprints (those of one part), spans_kernel (the
kernels), pairs (the places that are compared), contained (documents that are in longer ones), cuts (byte ranges to
remove from documents, shared with corpus/contamination), pieces (sentences and blocks, which are cut as a whole),
taking (which pieces a cut takes).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "SpanSettings": "spans",
        "find_spans": "spans",
        "write_cuts": "cuts",
        "read_cuts": "cuts",
        "apply_cuts": "cuts",
    },
)
