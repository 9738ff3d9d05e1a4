"""Rules about the URL of a document: lists of domains and words, and patterns of Korean gambling and adult sites.

    [quality.urls]
    domains = ["spam.example"]        # this name and all below it; ".xxx" for a whole top-level domain
    domain_files = ["blocked.txt"]    # a name a line; hosts files ("0.0.0.0 spam.example") are read, too
    words = ["casino"]                # one drops; whole words of the URL, in other letters than Latin parts of words
    soft_words = ["bonus", "slot"]    # `soft_limit` different ones drop
    allowed = ["police.go.kr"]        # never dropped by any of these rules

C4 and FineWeb drop pages by such lists before they read them (datatrove's url_filter.py). Your own lists apply to every
source, the included patterns to sources of profile web (corpus/quality/url_lists.py). A document without a URL is
kept. Names are compared as in browsers: in lower case, without user, port and last dot; punycode and its letters are
equal (UTS 46).
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import unquote_to_bytes

import idna
import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from corpus.errors import UserError
from corpus.lines import split_lines
from corpus.quality import url_lists
from corpus.quality.url_kernel import SCHEMES, Canonical, Lists, Table, count, split, table

VERSION = 1
RULES = (
    "url_domain",
    "url_words",
    "url_soft_words",
    "url_gambling",
    "url_adult",
)  # in the order in which they are tried
# The kinds of entries, each a bit: what is listed, and in which role.
DOMAIN, WORD, SOFT, ALLOWED, PITCH, REPORT = range(6)
GAMBLING, ADULT = (6, 7, 8), (9, 10, 11)  # the topic, an offer of it, the name of a site
ENOUGH = 3  # 카지노 후기 may be a page about a film
_AUTHORITY = re.compile(rf"(?:(?:{'|'.join(SCHEMES)})[/\\]*|[a-z][a-z0-9+.-]*://|//)?([^/\\?#]*)(.*)", re.I | re.S)
_PLAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
_NAME = re.compile(r"[^\s/\\?#@:%,]+")
# Under these below a country anybody registers names: to block one would block a country.
_SUFFIX = re.compile(r"(?:co|com|or|org|ne|net|go|gov|ac|edu|re|pe|hs|ms|es|kg|mil)\.[a-z]{2}")


class UrlSettings(BaseModel):
    """Lists of domains and words, in the recipe or in files, and whether the included patterns are used."""

    model_config = ConfigDict(extra="forbid")
    domains: list[str] = []
    domain_files: list[str] = []
    allowed: list[str] = []
    words: list[str] = []
    word_files: list[str] = []
    soft_words: list[str] = []
    soft_word_files: list[str] = []
    soft_limit: int = Field(default=2, ge=1)  # FineWeb: two soft words
    builtin: bool = True

    @field_validator("domains", "allowed")
    @classmethod
    def _names(cls, names: list[str]) -> list[str]:
        for name in names:
            domain(name)
        return names

    @field_validator("words", "soft_words")
    @classmethod
    def _words(cls, words: list[str]) -> list[str]:
        for given in words:
            word(given)
        return words

    @model_validator(mode="after")
    def _files(self) -> "UrlSettings":
        try:
            for path in self.domain_files:
                _domains_of(path, _digest(path))
            for path in (*self.word_files, *self.soft_word_files):
                _words_of(path, _digest(path))
        except UserError as error:
            raise ValueError(str(error).removesuffix(".")) from error
        return self

    def digests(self) -> list[str]:
        """SHA-256 of each list file."""
        return [_digest(path) for path in (*self.domain_files, *self.word_files, *self.soft_word_files)]

    @property
    def own(self) -> bool:
        """Whether there is a list besides the included patterns."""
        lists = (self.domains, self.domain_files, self.words, self.word_files, self.soft_words, self.soft_word_files)
        return any(lists)


def canonical(url: str) -> tuple[str, str]:
    """The host in lower case and ASCII, and the words of the URL: its rest with %XX decoded, NFKC, in lower case.

    The definition that the kernel is held to, and what is used where the kernel does not go. A host in other letters is
    put before the rest as it is spelled, so that words are found in it.
    """
    url = re.sub(r"[\t\n\r]", "", url.strip("".join(map(chr, range(0x21)))))
    match = _AUTHORITY.fullmatch(url)
    assert match is not None  # every part may be empty
    host = match[1].rpartition("@")[2]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    ascii_host, shown = _host(_text(host))
    rest = unicodedata.normalize("NFKC", _text(match[2])).lower()
    return ascii_host, f"/{shown}{rest}" if shown != ascii_host else rest


def _text(part: str) -> str:
    """A part of a URL with %XX decoded: UTF-8, or CP949 as old Korean sites write it."""
    raw = unquote_to_bytes(part)
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _host(host: str) -> tuple[str, str]:
    """(the name as DNS has it, the name as it is shown), both in lower case."""
    if not host.isascii():
        try:
            host = idna.uts46_remap(host, std3_rules=False)
        except idna.IDNAError:
            host = unicodedata.normalize("NFKC", host).replace("。", ".")
    labels = host.lower().strip(".").split(".")
    return ".".join(map(_ascii_label, labels)), ".".join(map(_shown_label, labels))


def _ascii_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()


def _shown_label(label: str) -> str:
    if not (label.isascii() and label.startswith("xn--")):
        return label
    try:
        return label[4:].encode().decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def domain(name: str) -> str:
    """An entry of a list of domains, as hosts are compared. Raises ValueError for what is no name of a domain."""
    text = name.strip()
    whole = text.startswith(".")
    text = text.removeprefix("*").strip(".")
    if not _NAME.fullmatch(text):
        raise ValueError(f"{name!r} is not a domain. Write the name alone, such as spam.example")
    host = _host(text)[0]
    if not whole and ("." not in host or _SUFFIX.fullmatch(host)):
        raise ValueError(f"{name!r} would block every site under it. If that is meant, write '.{host}'")
    return host


def word(given: str) -> str:
    """An entry of a list of words, as URLs are read. Raises ValueError for what no word of a URL can be."""
    text = unicodedata.normalize("NFKC", given.strip()).lower()
    if not text or not all(c.isalnum() or not c.isascii() for c in text) or any(map(str.isspace, text)):
        raise ValueError(
            f"{given!r} is not one word. A URL's words are runs of letters and digits; write each by itself"
        )
    return text


def _read(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"list {path}: not UTF-8: {error}. Save it as UTF-8.") from error
    except OSError as error:
        raise UserError(
            f"list {path}: cannot be read: {error.strerror}. Name a text file (looked from {Path.cwd()})."
        ) from error


def _digest(path: str) -> str:
    """SHA-256 of a list; read again only where the file is another one."""
    try:
        known = os.stat(path)
    except OSError:
        _read(path)
        raise
    return _digest_of(path, known.st_size, known.st_mtime_ns)


@cache
def _digest_of(path: str, size: int, changed: int) -> str:
    return hashlib.sha256(_read(path).encode()).hexdigest()


def _entries(path: str, parse: Callable[[str], str], plain: re.Pattern[str]) -> list[str]:
    """The entries of a list file: one a line; "#" begins a comment. `plain` are lines that need no parsing. Raises
    UserError that names a line that is none."""
    found = []
    for number, line in enumerate(split_lines(_read(path)), 1):
        if plain.fullmatch(line) and not _SUFFIX.fullmatch(line):  # nearly all lines of long lists
            found.append(line)
            continue
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            found.append(parse(text))
        except ValueError as error:
            raise UserError(f"list {path}, line {number}: {error}. Mend that line.") from error
    return list(dict.fromkeys(found))


def _hosts_line(text: str) -> str:
    """The name in a line that may be one of a hosts file."""
    address, _, name = text.partition(" ") if " " in text else text.partition("\t")
    return domain(name if name and re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*", address) else text)


@cache
def _domains_of(path: str, digest: str) -> list[str]:
    return _entries(path, _hosts_line, _PLAIN)


@cache
def _words_of(path: str, digest: str) -> list[str]:
    return _entries(path, word, re.compile("[a-z0-9]+"))


def judge(urls: pa.Array, profile: str, settings: UrlSettings) -> tuple[np.ndarray, np.ndarray]:
    """Which rule drops each document by its URL: (int8[n] index into RULES or -1, int32[n] entries that decided or 0).

    `urls` is a string column; of a null nothing is asked. The patterns that come along are asked of profile web.
    """
    verdicts, values = np.full(len(urls), -1, np.int8), np.zeros(len(urls), np.int32)
    builtin = settings.builtin and profile == "web"
    if not (builtin or settings.own) or urls.null_count == len(urls):
        return verdicts, values
    lists = _lists(settings.model_dump_json(), tuple(settings.digests()), builtin)
    counts = _counts(urls.fill_null(""), lists)
    for index, found in enumerate(
        (
            counts[:, DOMAIN],
            counts[:, WORD],
            np.where(counts[:, SOFT] >= settings.soft_limit, counts[:, SOFT], 0),
            _advertised(counts, *GAMBLING),
            _advertised(counts, *ADULT),
        )
    ):
        fired = (verdicts < 0) & (found > 0) & (counts[:, ALLOWED] == 0)
        verdicts[fired] = index
        values[fired] = found[fired]
    return verdicts, values


def _advertised(counts: np.ndarray, topic: int, offer: int, site: int) -> np.ndarray:
    """int32[n]: signs that a URL sells something: the name of a site, an offer, or three words of topic and pitch, and
    no word of a report beside them; 0: it does not."""
    words = counts[:, topic] + counts[:, PITCH]
    pages = (counts[:, offer] > 0) | ((counts[:, topic] > 0) & (counts[:, PITCH] > 0) & (words >= ENOUGH))
    return counts[:, site] + np.where(pages & (counts[:, REPORT] == 0), words, 0)


def _counts(urls: pa.Array, lists: Lists) -> np.ndarray:
    done, flags = split(urls)
    counts = count(done, lists)
    rows = np.flatnonzero(flags)
    if len(rows):
        counts[rows] = count(_canonical_of(urls.take(pa.array(rows)).to_pylist()), lists)
    return counts


def _canonical_of(urls: list[str]) -> Canonical:
    parts = [tuple(part.encode("utf-8", "replace") for part in canonical(url)) for url in urls]
    ends = np.cumsum([0, *(len(host) + len(rest) for host, rest in parts)])
    hosts = ends[:-1] + [len(host) for host, _ in parts]
    return Canonical(np.frombuffer(b"".join(map(b"".join, parts)) or b"\0", np.uint8), ends, hosts)


@cache
def _lists(settings: str, files: tuple[str, ...], builtin: bool) -> Lists:
    """The tables of some settings; `files` are their list files' SHA-256."""
    given = UrlSettings.model_validate_json(settings)
    domains: dict[str, int] = {}
    words: dict[str, int] = {}
    host_parts: dict[str, int] = {}
    for kind, names, paths in ((DOMAIN, given.domains, given.domain_files), (ALLOWED, given.allowed, [])):
        _enter(domains, [domain(name) for name in names], kind)
        for path in paths:
            _enter(domains, _domains_of(path, _digest(path)), kind)
    for kind, names, paths in ((WORD, given.words, given.word_files), (SOFT, given.soft_words, given.soft_word_files)):
        _enter(words, [word(name) for name in names], kind)
        for path in paths:
            _enter(words, _words_of(path, _digest(path)), kind)
    if builtin:
        for (topic, offer, site), mine in ((GAMBLING, url_lists.GAMBLING), (ADULT, url_lists.ADULT)):
            _enter(domains, mine.domains.split(), site)
            _enter(host_parts, mine.hosts.split(), site)
            _enter(words, mine.words.split(), topic)
            _enter(words, mine.offers.split(), topic, offer, PITCH)
        _enter(words, url_lists.PITCH.split(), PITCH)
        _enter(words, url_lists.REPORT.split(), REPORT)
    latin = [text for text in words if text.isascii()]
    other = [text for text in words if not text.isascii()]
    groups = [list(domains), latin, other, list(host_parts)]
    starts = np.cumsum([0, *map(len, groups)]).tolist()

    def made(number: int) -> Table:
        return table([text.encode() for text in groups[number]], starts[number], number == 0)

    kinds = [*domains.values(), *(words[text] for text in latin + other), *host_parts.values()]
    return Lists(made(0), made(1), made(2), made(3), np.array(kinds, np.uint16))


def _enter(entries: dict[str, int], names: list[str], *kinds: int) -> None:
    for name in names:
        entries[name] = entries.get(name, 0) | sum(1 << kind for kind in kinds)
