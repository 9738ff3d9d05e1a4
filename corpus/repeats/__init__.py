"""Paragraphs and longer stretches that occur in many documents, and the cuts that take them out.

Read in this order: spans (the step: fingerprints, agreement, which copy stays), spans_kernel (its kernels), cuts (byte
ranges to take out of documents, shared with corpus/contamination).
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
