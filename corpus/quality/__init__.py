"""Statistics of a document and the rules that judge it.

Read in this order: rules (the table of rules: what each counts, its limits, its source), judgement (from a text to its
statistics, and from these to the first rule that drops it), evidence (how many things a ratio needs), definitions
(every count in plain Python), then the kernels that count: words, lines, phrases, repetition; model (the score of a
fastText classifier as one more statistic); urls (what the URL of a document says), with url_kernel and url_lists.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Rule": "rules",
        "RULES": "rules",
        "QualitySettings": "judgement",
        "measure": "judgement",
        "judge": "judgement",
    },
)
