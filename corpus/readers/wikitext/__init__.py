"""Wikitext to plain text: the text that a reader of the article sees, without tables, boxes, notes and navigation.

`article` has the order: `elements` removes comments, literal text and elements that are dropped with their content;
`marks` replaces templates, links and tables from the inside out, with `templates` (and its helpers `shown`, `numbers`,
`units`, `dates`) and `links`; `holes` repairs the text around dropped templates; `lines` makes paragraphs and headings.
The time is proportional to the length of the page, whatever it contains.
"""

from corpus.readers.wikitext.article import VERSION, clean

__all__ = ["VERSION", "clean"]
