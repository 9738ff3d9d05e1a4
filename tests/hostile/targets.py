"""What is given hostile bytes: every reader by the format that it reads, and every kernel that sees text.

A target takes bytes and raises where a promise is broken: an error other than a UserError, a reason that only the guard
of last resort gives ("reader failed"), text that is no UTF-8, a book that does not balance. `SEEDS` are sound inputs to
begin from.
"""

import bz2
import contextlib
import gzip
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpus.cleaning.language import LanguageSettings, detect
from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.cleaning.privacy import PrivacySettings, redact
from corpus.document import Unreadable
from corpus.duplicates.minhash import MinHashSettings, sketch
from corpus.duplicates.shingles import ShingleSettings
from corpus.errors import UserError
from corpus.kernels.hashing import hash_strings
from corpus.kernels.units import units
from corpus.quality.judgement import measure
from corpus.readers import read
from corpus.readers.charset import decode
from corpus.readers.guard import FAILED, RecordError
from corpus.readers.html import page
from corpus.readers.mediawiki import Page, pages
from corpus.readers.stream import Limits
from corpus.readers.wikitext import clean
from corpus.sources.hub_configs import files_of
from corpus.structure import find_lines
from tokenizer.encoding.encode import Encoder
from tokenizer.kernels.alphabet import byte_characters
from tokenizer.scanner.patterns import NAMES
from tokenizer.scanner.pretokenize import scan

LIMITS = Limits(max_line_bytes=1 << 20)
TEXT = (
    "봄이 오면 서울의 강가에는 벚꽃이 핀다. The ferry left late; e-mail a@b.kr, 010-1234-5678.\n\n"
    "- 가\n| b | c |\nPok챕mon ì•ˆ &amp; "
).encode()
RECORD = '{"text": "봄이 오면", "n": [1, {"a": null}], "u": "\\ud55c\\n"}\n'.encode()
WIKI = (
    "'''서울'''은 {{lang|ko|[[수도|도시]]}}이다.<ref name=a>각주</ref>\n{| class=x\n| a\n|}\n== 절 ==\n"
    "<math>x</math> {{convert|5|km}}"
).encode()
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=euc-kr\r\n\r\n<html><title>a</title><p>b</p>\r\n"
HEAD = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.kr/\r\nContent-Length: %d\r\n\r\n"
WARC = HEAD % len(PAGE) + PAGE + b"\r\n\r\n"


def _table(write: Callable[[pa.Table, io.BytesIO], None]) -> bytes:
    sink = io.BytesIO()
    write(pa.table({"text": ["하나", None, "two"], "s": [{"a": "b"}, {"a": None}, None]}), sink)
    return sink.getvalue()


def _stream(table: pa.Table, sink: io.BytesIO) -> None:
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def _file(table: pa.Table, sink: io.BytesIO) -> None:
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def read_file(suffix: str, data: bytes) -> None:
    """Any file of that name: rows are told once each, and every text is text."""
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        with contextlib.suppress(UserError):
            for columns in read(Path(file.name), {"text": ("text",), "s": ("s", "a")}, limits=LIMITS):
                for lost in columns.unreadable:
                    assert not lost.reason.startswith(FAILED), (lost.reason, lost.sample)
                for values in columns.columns.values():
                    values.validate(full=True)
                    assert len(values) == len(columns.rows)


def read_dump(data: bytes) -> None:
    """A page of a MediaWiki dump with this wikitext, and a dump that is these bytes."""
    for content in (b"<page><title>a</title><ns>0</ns><text>" + data + b"</text></page>", data):
        with tempfile.NamedTemporaryFile(suffix=".xml.bz2") as file:
            file.write(bz2.compress(content))
            file.flush()
            for found in pages(Path(file.name), LIMITS):
                assert isinstance(found, Page | Unreadable)
                if isinstance(found, Unreadable):
                    assert not found.reason.startswith(FAILED), found


def wikitext(data: bytes) -> None:
    """Wikitext is made text, the same text again, and no mark of ours is left."""
    text = data.decode("utf-8", "replace")
    assert not any("\ue000" <= c <= "\ue006" for c in clean(text, "제목", "ko"))


def html(data: bytes) -> None:
    """An HTTP answer that is these bytes, and one that holds them."""
    for message in (data, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + data):
        with contextlib.suppress(RecordError):
            page(message, 1 << 20)
            decode(data, "euc-kr")


def card(data: bytes) -> None:
    """A dataset's card."""
    with contextlib.suppress(UserError):
        files_of(["a/train.jsonl", "b.csv"], data.decode("utf-8", "replace"), None, "train", "here")


def definition(data: bytes) -> None:
    """A tokenizer.json; what is accepted encodes."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(content, dict):
        with contextlib.suppress(UserError):
            Encoder(content).encode("봄 a")


def kernels(data: bytes) -> None:
    """Every kernel on the text and on pieces of it, as one column."""
    text = data.decode("utf-8", "replace")
    texts = pa.array([text, "", None, text[: len(text) // 2], text[::-1]], pa.string())
    sound = normalize(texts.fill_null(""), NormalizeSettings())[0]
    sound.validate(full=True)
    assert normalize(sound, NormalizeSettings())[0].to_pylist() == sound.to_pylist()  # nothing is left to do
    redacted = redact(sound, PrivacySettings())[0]
    redacted.validate(full=True)
    languages = detect(sound, LanguageSettings())[0]
    assert np.isfinite(measure(sound)).any() or not text
    hashes = hash_strings(sound)
    assert len(hashes) == len(sound)
    assert np.all(np.diff(units(sound).bounds) >= 0)
    sketch(sound, languages, ShingleSettings(), MinHashSettings())
    lines = find_lines(sound)
    assert np.all(lines.starts <= lines.ends)
    for pattern in NAMES:
        starts, _ = scan(sound, pattern)
        assert np.all(np.diff(starts) >= 0)
    encoder = _encoder()
    for each in sound.to_pylist():
        assert encoder.decode(encoder.encode(each)) == each.encode()


@cache
def _encoder() -> Encoder:
    vocabulary = {character: number for number, character in enumerate(byte_characters())}
    merges = [["ë", "´"], ["e", "r"]]
    vocabulary |= {"".join(pair): 256 + number for number, pair in enumerate(merges)}
    return Encoder(DEFINITION | {"model": {"type": "BPE", "vocab": vocabulary, "merges": merges}})


DEFINITION: dict[str, Any] = {
    "version": "1.0", "added_tokens": [], "normalizer": None,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    "post_processor": None, "decoder": {"type": "ByteLevel"},
}  # fmt: skip
SUFFIXES = {
    ".jsonl": [RECORD * 3],
    ".json": [b'[{"text": "a"},\n {"text": "b"}]', RECORD],
    ".jsonl.gz": [gzip.compress(RECORD * 3)],
    ".jsonl.bz2": [bz2.compress(RECORD * 3)],
    ".csv": [b'id,text\n1,"a, ""b"""\n2,c\n', "번호,text\n1,가\n".encode("cp949")],
    ".tsv": [b'id\ttext\n1\t"a\n2\tb"\n'],
    ".txt": [TEXT, TEXT.decode().encode("utf-16"), "한글 문서이다.\n".encode("cp949")],
    ".warc": [WARC, WARC.replace(b"\r\n", b"\n")],
    ".warc.gz": [gzip.compress(WARC)],
    ".parquet": [_table(pq.write_table)],
    ".arrow": [_table(_stream), _table(_file)],
}
TARGETS: Mapping[str, Callable[[bytes], None]] = {
    **{f"read {suffix}": partial(read_file, suffix) for suffix in SUFFIXES},
    "dump": read_dump,
    "wikitext": wikitext,
    "html": html,
    "card": card,
    "tokenizer": definition,
    "kernels": kernels,
}
SEEDS: Mapping[str, list[bytes]] = {
    **{f"read {suffix}": seeds for suffix, seeds in SUFFIXES.items()},
    "dump": [WIKI, b"<page><title>a</title><ns>0</ns><text>b</text></page>"],
    "wikitext": [WIKI],
    "html": [b"<html><head><meta charset=euc-kr><title>a</title></head><body><p>b</p></body></html>", TEXT],
    "card": [b"---\nconfigs:\n- config_name: a\n  data_files:\n  - split: train\n    path: a/*\n---\n"],
    "tokenizer": [json.dumps(DEFINITION | {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}).encode()],
    "kernels": [TEXT, WIKI],
}
