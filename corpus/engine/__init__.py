"""Tasks that a rerun skips, and the processes that run them.

Read in this order: task (one task, one folder: atomic output, a manifest, a skip only when the manifest still holds),
local (`map` over the processes of this machine, and the observer that progress is reported to), output (the folder that
a command writes: its marker, its lock, whether it is done), publish (moving finished files into place).
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
