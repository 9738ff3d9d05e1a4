"""What is another in a corpus that was built again: documents that were added, left or have another text, and survivors
that others took the place of.

Read in this order: builds (the documents of a build, kept and duplicate, as records on disk), compare (two builds,
partition by partition), describe (the section of stats.json), since (the last build of a folder).
"""

from corpus.lazy import public

__getattr__ = public(__name__, {"Build": "builds", "LAST_BUILD": "since", "Since": "since"})
