"""The folder of a run: checkpoints, and the settings and tokenizer that evaluation and export need.

Read in this order: run_directory (what the folder contains), checkpoint (atomic, verified by hash, without code),
required (checks of a folder without torch), record (seconds and scores of a whole chain).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Checkpoints": "checkpoint",
        "load_decoder": "run_directory",
        "prepare_run": "run_directory",
        "find_tokenizer": "run_directory",
    },
)
