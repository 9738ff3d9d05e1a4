"""Upstream corpora, one file each: which files they have, and how records are read from them.

Read in this order: base (what a source is), local (your own files) and globs, hub and hub_configs (a data set of the
Hugging Face hub), then one of the others; kinds has all of them by the names that recipes use. licenses says which
texts a recipe may take, and survey writes a recipe for a folder of files.
"""

from corpus.lazy import public

__getattr__ = public(__name__, {"SOURCES": "kinds", "source": "kinds", "Source": "base"})
