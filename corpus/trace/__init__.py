"""The path of a document through a build: from its row in an upstream file to its row in a shard, or to the step that
dropped it.

A finished corpus folder and its .work are read, never written. Read in this order: stages (the files of each step, and
the row of a document in them), find (documents by id, URL, text or reason), story (what each step did to a document),
differences (words that two texts do not share), page (stories as a page).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {"Stages": "stages", "Wanted": "find", "find_documents": "find", "tell": "story", "write_stories": "page"},
)
