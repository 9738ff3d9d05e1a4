"""Wikitext to clean text: what a reader of the article would read, without tables, boxes, notes and navigation.

`article` tells the order: `elements` takes out comments, literal text and what goes with its content; `marks` undoes
templates, links and tables from the inside out, with `templates` (and `shown`, `numbers`, `units`, `dates` under it)
and `links`; `holes` mends what dropped templates leave behind; `lines` makes paragraphs and headings. All take time in
proportion to the length of the page, whatever it contains.
"""

from corpus.readers.wikitext.article import VERSION, clean

__all__ = ["VERSION", "clean"]
