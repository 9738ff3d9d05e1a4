"""Tasks that a rerun skips, and the processes that run them.

Read in this order: task (one task, one folder: atomic output, a manifest, a skip only if the manifest still matches),
local (`map` over the processes of this machine, and the observer to which progress is reported), workers (how those
processes start), ray (the same on a cluster), marker (the list of an output folder's files), output (the folder that a
command writes: its lock, whether it is finished), publish (moving finished files into place), verify (checking files
against the marker).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Engine": "local",
        "LocalEngine": "local",
        "Observer": "local",
        "TaskRecord": "task",
        "Output": "output",
        "Maker": "output",
        "claim": "output",
        "run_task": "task",
        "atomic_write": "task",
        "file_sha256": "task",
    },
)
