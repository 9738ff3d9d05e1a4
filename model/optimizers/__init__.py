"""The optimizers: one file each, with its settings, its builder, and the size of its state. `OPTIMIZERS` is the table
of them.

Read base (the fields of an entry), then adamw, muon and orthogonal (Muon's update). The table is read without torch,
which builders import. An optimizer of your own is a file like these and one more entry (docs/extending.md);
`optimizer.name` in a configuration then names it, and `--set optimizer.…` sets its fields.
"""

from model.optimizers import adamw, muon
from model.optimizers.base import Entry, Settings

OPTIMIZERS: dict[str, Entry] = {"adamw": adamw.ENTRY, "muon": muon.ENTRY}

__all__ = ["OPTIMIZERS", "Entry", "Settings"]
