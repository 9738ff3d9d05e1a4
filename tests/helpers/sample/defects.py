"""The sample's upstream files: its documents with defects planted among them, and the key to what each should trigger.

`python -m tests.helpers.sample.defects` writes corpus/sample/files again. Nothing is left to chance: documents are
taken in their order, and the lines of a file are ordered by a hash of their names, which scatters the planted ones
among the clean.

key.jsonl has one line per record, in the order of files and rows:

- `file`, `row` (line number from 0), `kind`
- `expect`: kept, dropped, repaired, redacted, boilerplate removed or unreadable; `reason` for what is dropped or
  unreadable
- `of`: the record that a copy was made from, which has a higher priority or stands in a pair (see the next)
- `one of`: two records of equal priority, of which exactly one is kept, either of them
- `text`: the whole resulting text where it is another than the one in the file; `contains` and `lacks`: parts that the
  resulting text must and must not have
"""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from tests.helpers.sample import edits, pages

GENRES = {"wiki": ("encyclopedia", "howto"), "web": ("news", "dialogue", "reviews", "technical")}
FILES = {
    ("wiki", "ko"): "wiki-ko.jsonl",
    ("wiki", "en"): "wiki-en.jsonl",
    ("web", "ko"): "web-ko.jsonl.gz",
    ("web", "en"): "web-en.jsonl.gz",
}
FOOTER_DOCUMENTS = 12  # each footer stands under so many documents
HUGE = 150_000  # bytes of the line that is too long; the recipe's max_line_bytes is 100 000
SAMPLE = Path(__file__).resolve().parents[3] / "corpus" / "sample"

Document = dict[str, str]
Place = tuple[str, str]  # ("wiki" or "web", "ko" or "en")


@dataclass
class Record:
    """One line of a file and what the key says about it; `of` and `one_of` name other records until their rows are
    known."""

    name: str
    line: bytes
    kind: str
    expect: str
    more: dict[str, Any] = field(default_factory=dict)
    of: str = ""
    one_of: str = ""


class Planting:
    """The clean documents not yet taken, and the records made so far, per file."""

    def __init__(self) -> None:
        self.clean: dict[Place, list[Document]] = {place: list(_documents(*place)) for place in FILES}
        self.records: dict[Place, list[Record]] = {place: [] for place in FILES}

    def take(self, place: Place, suits: Callable[[str], bool] = lambda _: True) -> Document:
        """Take the next clean document whose text suits."""
        index = next(i for i, document in enumerate(self.clean[place]) if suits(document["text"]))
        return self.clean[place].pop(index)

    def add(
        self,
        place: Place,
        document: dict[str, Any],
        kind: str,
        expect: str,
        of: str = "",
        one_of: str = "",
        **more: Any,
    ) -> None:
        """Add a document; its name is its URL."""
        self.records[place].append(Record(document["url"], _line(document), kind, expect, more, of, one_of))

    def add_line(self, place: Place, name: str, line: bytes, reason: str) -> None:
        """Add a line from which no document can be read."""
        self.records[place].append(Record(name, line, reason, "unreadable", {"reason": reason}))

    def repaired(
        self, place: Place, kind: str, damage: Callable[[str], str], suits: Callable[[str], bool] = lambda _: True
    ) -> None:
        """Take a document and damage it; the key expects it as it was."""
        document = self.take(place, suits)
        self.add(place, document | {"text": damage(document["text"])}, kind, "repaired", text=document["text"])

    def copied(
        self, source: Place, kind: str, change: Callable[[str], str], suits: Callable[[str], bool] = lambda _: True
    ) -> None:
        """Take a document, keep it, and add a changed copy of it to the web file of its language."""
        original = self.take(source, suits)
        place = ("web", source[1])
        copy = original | {
            "text": change(original["text"]),
            "url": original["url"].replace("example.com", "copy.example.net"),
        }
        assert kind == "exact copy" or copy["text"] != original["text"]
        either = copy["url"] if source == place else ""  # of equal priority: which one is kept, quality decides
        self.add(source, original, "clean", "kept", one_of=either)
        reason = kind.split()[0]
        self.add(
            place, copy, kind, "dropped", of=original["url"], one_of=original["url"] if either else "", reason=reason
        )


def plant(out: Path) -> None:
    """Write the four files and key.jsonl into the folder `out`."""
    planting = Planting()
    _copies(planting)
    _repairs(planting)
    for lang in ("ko", "en"):
        _personal(planting, lang)
        _footers(planting, lang)
    _unreadable(planting)
    _unwanted(planting)
    for place, documents in planting.clean.items():
        for document in documents:
            planting.add(place, document, "clean", "kept")
    _write(planting.records, out)


def _copies(planting: Planting) -> None:
    for lang in ("ko", "en"):
        for source in (("wiki", lang), ("web", lang)):
            for number in range(3):
                last = source == ("wiki", "ko") and number == 2
                planting.copied(source, "exact copy", edits.trail_spaces if last else str)
    for source in (("wiki", "ko"), ("web", "ko")):
        for change in (edits.drop_spaces, edits.add_spaces):
            planting.copied(source, "near copy", change, _long)
        planting.copied(source, "near copy", edits.change_particles, lambda text: _long(text) and _objects(text) >= 3)
        planting.copied(
            source,
            "near copy",
            lambda text: edits.change_words(text, "ko"),
            lambda text: _long(text) and edits.words_can_change(text, "ko"),
        )
    for source in (("wiki", "en"), ("web", "en")):
        for _ in range(2):
            planting.copied(
                source,
                "near copy",
                lambda text: edits.change_words(text, "en"),
                lambda text: edits.words_can_change(text, "en"),
            )
        planting.copied(source, "near copy", edits.add_byline)
        planting.copied(
            source, "near copy", edits.change_punctuation, lambda text: text.count(",") > 2 and text[-1] == "."
        )


def _repairs(planting: Planting) -> None:
    for place in (("wiki", "ko"), ("web", "ko")):
        planting.repaired(place, "nfd", edits.decompose)
        planting.repaired(place, "nfd", edits.decompose)
    planting.repaired(("web", "ko"), "nfd", edits.decompose)
    planting.repaired(("wiki", "ko"), "mojibake", edits.utf8_as_latin1)
    document = planting.take(("web", "en"), lambda text: text.count("'") >= 2 and '"' not in text)
    whole = edits.curly_apostrophes(document["text"])
    planting.add(("web", "en"), document | {"text": edits.utf8_as_cp1252(whole)}, "mojibake", "repaired", text=whole)
    planting.repaired(("wiki", "ko"), "mojibake", edits.cp949_as_latin1, _in_cp949)
    planting.repaired(("web", "ko"), "mojibake", edits.cp949_as_latin1, _in_cp949)
    planting.repaired(("web", "ko"), "invisible characters", edits.hide_characters)
    planting.repaired(("web", "ko"), "invisible characters", edits.fill_line_ends)
    planting.repaired(("web", "en"), "invisible characters", edits.add_controls)
    for place in (("wiki", "ko"), ("web", "ko"), ("wiki", "en")):
        planting.repaired(place, "newlines and spaces", edits.windows_lines)


def _personal(planting: Planting, lang: str) -> None:
    place = ("web", lang)
    for sentence, parts in pages.PERSONAL[lang]:
        document = planting.take(place)
        text = f"{document['text']} {sentence}"
        planting.add(
            place,
            document | {"text": text},
            "personal data",
            "redacted",
            contains=[document["text"]],
            lacks=list(parts),
        )
    for sentence in pages.HARMLESS[lang]:
        document = planting.take(place)
        planting.add(place, document | {"text": f"{document['text']} {sentence}"}, "looks personal", "kept")


def _footers(planting: Planting, lang: str) -> None:
    place = ("web", lang)
    for footer in pages.FOOTERS[lang]:
        for _ in range(FOOTER_DOCUMENTS):
            document = planting.take(place)
            text = f"{document['text']}\n{footer}"
            planting.add(
                place, document | {"text": text}, "footer", "boilerplate removed", text=document["text"], lacks=[footer]
            )


def _unreadable(planting: Planting) -> None:
    good = _line({"text": "이 줄은 끝까지 읽히지 않는다.", "title": "끊긴 줄", "url": "https://example.com/broken"})
    planting.add_line(
        ("wiki", "ko"), "cut short", good[: len(good) // 2].decode("utf-8", "ignore").encode(), "bad json"
    )
    planting.add_line(("web", "en"), "single quotes", b"{'text': 'Not JSON at all.', 'title': 'Quotes'}", "bad json")
    for place in (("wiki", "en"), ("web", "ko")):
        planting.add_line(
            place, "latin-1 byte", b'{"text": "A caf\xe9 in the wrong encoding.", "title": "Byte"}', "bad utf-8"
        )
    numbers = " ".join(str(number) for number in range(HUGE))[:HUGE]
    planting.add_line(
        ("web", "ko"), "huge", json.dumps({"text": numbers, "title": "Numbers"}).encode(), "line too long"
    )
    planting.add_line(("web", "ko"), "null", b'{"text": null, "title": "Nothing"}', "null text")
    planting.add_line(
        ("web", "en"), "no text", b'{"body": "The text is in another field.", "title": "Body"}', "missing field"
    )


def _unwanted(planting: Planting) -> None:
    def unwanted(lang: str, name: str, text: str, kind: str, reason: str) -> None:
        page = {"text": text, "title": name, "url": f"https://{kind.replace(' ', '-')}.example.net/{name}"}
        planting.add(("web", lang), page, kind, "dropped", reason=reason)

    unwanted("en", "empty", "", "empty text", "empty")
    for number, (name, text) in enumerate(pages.FOREIGN.items()):
        unwanted(("ko", "en")[number % 2], name, text, "foreign language", "language")
    for name, (lang, text) in pages.SPAM.items():
        unwanted(lang, name, text, "spam", "quality")
    for name, (lang, text) in pages.SHORT.items():
        unwanted(lang, name, text, "too short", "quality")


def _write(records: dict[Place, list[Record]], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    ordered = {
        place: sorted(these, key=lambda record: blake2b(record.name.encode(), digest_size=8).digest())
        for place, these in records.items()
    }
    where: dict[str, dict[str, Any]] = {
        record.name: {"file": FILES[place], "row": row}
        for place, these in ordered.items()
        for row, record in enumerate(these)
    }
    key = []
    for place, these in ordered.items():
        data = b"".join(record.line + b"\n" for record in these)
        path = out / FILES[place]
        if path.suffix == ".gz":
            with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as compressed:
                compressed.write(data)
        else:
            path.write_bytes(data)
        for row, record in enumerate(these):
            entry = {"file": FILES[place], "row": row, "kind": record.kind, "expect": record.expect}
            if record.of:
                entry["of"] = where[record.of]
            if record.one_of:
                entry["one of"] = sorted((where[record.name], where[record.one_of]), key=lambda at: at["row"])
            key.append(_line(entry | record.more))
    (out / "key.jsonl").write_bytes(b"".join(line + b"\n" for line in key))


def _documents(group: str, lang: str) -> Iterator[Document]:
    for genre in GENRES[group]:
        for line in (SAMPLE / "documents" / f"{lang}-{genre}.jsonl").read_text("utf-8").rstrip("\n").split("\n"):
            yield json.loads(line)


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()


def _long(text: str) -> bool:
    """Long enough that a few edits leave most shingles as they were."""
    return sum("가" <= character <= "힣" for character in text) >= 190


def _objects(text: str) -> int:
    return sum(word.rstrip(",.").endswith(("을", "를")) for word in text.split())


def _in_cp949(text: str) -> bool:
    try:
        text.encode("cp949")
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    plant(SAMPLE / "files")
