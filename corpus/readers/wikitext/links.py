"""The shown text of links in wikitext: to other pages, to files, and to the web."""

import re

FILES = ("file", "image", "media", "파일", "그림", "미디어")
HIDDEN = ("category", "분류", "wikipedia", "위키백과", "template", "틀", "portal", "포털", "help", "도움말")
LABELLED = ("help", "도움말")  # [[Help:IPA|[fu]]]: the sounds of a word, linked to how to read them
# Links to other languages are shown in a margin, not in the text.
LANGUAGE = re.compile(r"^[a-z]{2,3}(?:-[a-z-]+)?$")
# Most links: nothing nested, no other namespace, no sign of a named parameter. They are replaced without a call for
# each.
PLAIN = re.compile(r"\[\[(?:[^\[\]{}|:\n]+\|)?([^\[\]{}|:=\s](?:[^\[\]{}|:=\n]*[^\[\]{}|:=\s])?)\]\]")
# Protocols as MediaWiki lists them ($wgUrlProtocols). `[/a/]` and `[//a//]` are not links but sounds of speech.
EXTERNAL = re.compile(
    r"\[(?:(?:https?|ftps?|sftp|ircs?|gopher|telnet|nntp|worldwind|ssh|svn|git|mms|redis)://|//(?=[a-z0-9-]{1,63}\.[a-z])"
    r"|(?:mailto|news|tel|sms|sips?|xmpp|urn|geo|magnet|bitcoin|matrix):)(?=[^\s\]])",
    re.IGNORECASE,
)
BLANK = re.compile(r"[ \t\u3000]")


def internal(inside: str) -> str:
    """The text of `[[inside]]`: its label, else its target; "" for files, categories and other languages."""
    target, bar, label = inside.partition("|")
    prefix, colon, _ = target.partition(":")
    space = prefix.strip().casefold()
    if colon and (space in FILES or space in HIDDEN or LANGUAGE.match(prefix.strip())):
        return label if bar and space in LABELLED else ""
    if bar:
        return label.rpartition("|")[2]
    return target.lstrip(":").strip()


def external(text: str) -> str:
    """The text with links to the web replaced by their labels; those without a label show a number, and are dropped.

    A link ends on its line.
    """
    out: list[str] = []
    used = place = 0
    close = newline = -1
    while opening := EXTERNAL.search(text, place):
        place = opening.end()
        if close < place:
            close = text.find("]", place)
            if close < 0:
                break
        if newline < place:
            newline = text.find("\n", place) % (len(text) + 1)
        if newline < close:
            place = newline
            continue
        _, _, label = BLANK.sub(" ", text[place:close]).partition(" ")
        out += [text[used : opening.start()], label.strip()]
        used = place = close + 1
    out.append(text[used:])
    return "".join(out)
