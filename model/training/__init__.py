"""The training loop and its parts.

Read in this order: build (what a run works with), trainer (the loop), batching and schedule (how a step's tokens are
divided, and its learning rate), optimizer, actions (what happens between steps), guard (skipped steps), parallel (ranks
and devices), validation (bits per byte), progress (the state of a run, and its observers). shown/ contains what a run
displays.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Trainer": "trainer",
        "Observer": "progress",
        "Progress": "progress",
        "Summary": "progress",
        "build_optimizers": "optimizer",
        "learning_rate": "schedule",
        "evaluate_bpb": "validation",
    },
)
