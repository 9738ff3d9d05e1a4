"""Statistics of a document and the rules that judge it.

Read in this order: rules (the thresholds, and from a document to the first rule that drops it), then the kernels that
count: words, lines, phrases, repetition.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "QualitySettings": "rules",
        "Thresholds": "rules",
        "measure": "rules",
        "judge": "rules",
    },
)
