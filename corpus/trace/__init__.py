"""One document's whole way through a build: from its row in an upstream file to its row in a shard, or to what dropped
it.

Reads a finished corpus folder and its .work; writes nothing there. In this order: stages (the files of each step and
where a document stands in them), find (documents by id, URL, text or reason), story (what each step did to one),
differences (words that two texts do not share), page (stories as a page).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {"Stages": "stages", "Wanted": "find", "find_documents": "find", "tell": "story", "write_stories": "page"},
)
