"""Scores of a model: lm-evaluation-harness' tasks, bits per byte, and the tables that show them.

Read in this order: scores (a run or a model directory from start to end), harness (the calls into
lm-evaluation-harness), task_names (which names are accepted), tasks (their data from a mirror; record_task is one that
the harness lacks), tables (scores as Markdown and as a page), seed_results (what the model card that we compare with
reports).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Request": "scores",
        "evaluate_run": "scores",
        "evaluate_directory": "scores",
        "score_tasks": "harness",
        "score_bpb": "harness",
    },
)
