"""Convert an article of wikitext to text, in the order in which MediaWiki processes its marks."""

import re

from corpus.readers.entities import unescape
from corpus.readers.wikitext import links
from corpus.readers.wikitext.elements import elements
from corpus.readers.wikitext.lines import paragraphs
from corpus.readers.wikitext.marks import undo
from corpus.readers.wikitext.private import BAR, EQUALS, PRIVATE, Kept, without_private
from corpus.readers.wikitext.templates import Templates

VERSION = 7

BREAK = re.compile(r"<br\s{0,9}/?\s{0,9}>", re.IGNORECASE)
READING = re.compile(r"<rt(?:\s[^<>]{0,200})?>([^<]{0,200})</rt\s{0,9}>", re.IGNORECASE)
# Tags of MediaWiki (Sanitizer::getRecognizedTagData and extensions); anything that looks like another tag is text:
# `#include <vector>`.
TAG = re.compile(
    r"</?(?:abbr|b|bdi|bdo|big|blockquote|br|caption|center|ce|chem|cite|code|col|colgroup|data|dd|del|dfn|div|dl|dt|em|font|gallery|h[1-6]|hr|i|img|"
    r"imagemap|includeonly|indicator|ins|kbd|langconvert|li|link|mapframe|maplink|mark|math|meta|noinclude|nowiki|ol|onlyinclude|p|phonos|poem|pre|q|"
    r"rb|ref|references|rp|rt|rtc|ruby|s|samp|score|section|small|source|span|strike|strong|sub|sup|syntaxhighlight|table|tbody|td|templatestyles|tfoot|"
    r"th|thead|time|timeline|tr|translate|tt|tvar|u|ul|var|wbr)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
SWITCH = re.compile(
    r"__(?:NOTOC|FORCETOC|TOC|NOEDITSECTION|NEWSECTIONLINK|NONEWSECTIONLINK|NOGALLERY|HIDDENCAT|EXPECTUNUSEDCATEGORY|EXPECTUNUSEDTEMPLATE|"
    r"NOCONTENTCONVERT|NOCC|NOTITLECONVERT|NOTC|START|END|INDEX|NOINDEX|STATICREDIRECT|DISAMBIG|NOGLOBAL|[가-힣]{1,20})__"
)
VARIANT = re.compile(r"-\{([^{}]*)\}-")


def clean(wikitext: str, title: str = "", language: str = "") -> str:
    """The text of an article; "" if it contains no running text. The time is proportional to its length.

    `title` is the text of {{PAGENAME}}; in `language` "ko" dates are written in Korean, whatever the name of their
    template.
    """
    kept = Kept()
    text = elements(without_private(wikitext), kept)
    text = "".join(links.PLAIN.split(text))  # its one group is what is shown; half the time of a substitution
    text = undo(text, Templates(title, language).shown)
    text = links.external(text)
    if "<" in text:
        text = TAG.sub("", BREAK.sub("\n", READING.sub(r"(\1)", text)))
    if "''" in text:
        text = text.replace("'''''", "").replace("'''", "").replace("''", "")
    text = VARIANT.sub(r"\1", SWITCH.sub("", text))
    text = unescape(text, PRIVATE).replace("\u00a0", " ").replace(BAR, "|").replace(EQUALS, "=")
    return kept.restore(paragraphs(text))
