"""Items of evaluation sets that occur in the corpus are found, counted and cut.

Read in this order: sets (which evaluation sets, and where their files are), evaluation_set (one of them, and its
records), index (their n-grams on disk), scan (one part of a corpus against the index), find (the step of a build:
settings, verdicts per task, cuts), files (somebody's dataset without test items).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "ContaminationSettings": "find",
        "find_contamination": "find",
        "decontaminate_files": "files",
        "EvaluationSet": "evaluation_set",
        "build_index": "index",
        "evaluation_sets": "sets",
    },
)
