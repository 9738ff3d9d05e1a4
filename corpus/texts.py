"""Cleaning of any texts, without a recipe and without a folder: what a build does to each document by itself.

In the order of a build (corpus/prepare.py, corpus/clean.py): normalise, detect the language, mask personal data, then
the rules of quality. What needs other documents is not done: lines that occur on many pages, duplicates
(corpus/duplicates/dataset.py), and test items. `shards_of_files` makes shards of plain files for a tokenizer.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpus.cleaning.language import LanguageSettings, detect
from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.cleaning.privacy import PrivacySettings, redact
from corpus.columns import text_arrays
from corpus.document import SCHEMA as DOCUMENT
from corpus.document import Part
from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.quality.judgement import Profile, QualitySettings, judge, measure
from corpus.shards import write_stream
from corpus.sources.local import Local

SCHEMA = pa.schema(
    [
        pa.field("text", pa.string()),
        pa.field("lang", pa.string()),
        pa.field("dropped", pa.string()),
        pa.field("value", pa.float32()),
    ]
)


def clean(
    texts: Any,
    column: str = "text",
    *,
    languages: Sequence[str] = ("ko", "en"),
    profile: str = "web",
    normalization: NormalizeSettings | None = None,
    language: LanguageSettings | None = None,
    privacy: PrivacySettings | None = None,
    quality: QualitySettings | None = None,
) -> pa.Table:
    """A row for each text, in its order: `text` as a corpus would hold it, `lang`, and `dropped`: the rule that drops
    it, "language", "empty", or null if it is kept; `value` is the statistic that the rule looks at.

    `texts` takes the forms of find_duplicates: a list, an Arrow array or table, a Hugging Face dataset, a frame of
    polars or pandas, or an iterable of arrays; a null is "empty", and stays null. `profile` is "web" for crawled pages,
    "reference" for edited text, "none" for no rules; the settings are those of a recipe. Raises UserError for a column
    that is missing or not text, and for an unknown profile.
    """
    if profile not in get_args(Profile):
        raise UserError(f"profile {profile!r}; accepted: {', '.join(get_args(Profile))}.")
    settings = (
        normalization or NormalizeSettings(),
        language or LanguageSettings(),
        privacy or PrivacySettings(),
        quality or QualitySettings(),
    )
    found = [
        _clean(array.slice(first, 4096).cast(pa.string()), languages, profile, *settings)
        for array in text_arrays(texts, column)
        for first in range(0, len(array), 4096)
    ]
    return pa.Table.from_batches(found, SCHEMA)


def _clean(
    texts: pa.Array,
    languages: Sequence[str],
    profile: str,
    normalization: NormalizeSettings,
    language: LanguageSettings,
    privacy: PrivacySettings,
    quality: QualitySettings,
) -> pa.RecordBatch:
    nulls = texts.is_null()
    texts, _ = normalize(pc.fill_null(texts, ""), normalization)
    langs, scores = detect(texts, language)
    texts, _ = redact(texts, privacy)
    empty = pc.equal(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    foreign = ~pc.is_in(langs, pa.array(list(languages), pa.string())).to_numpy(zero_copy_only=False) & ~empty
    judged = np.flatnonzero(~empty & ~foreign)
    reasons = np.full(len(texts), None, object)
    values = np.full(len(texts), np.nan, np.float32)
    reasons[empty], values[empty] = "empty", 0
    reasons[foreign], values[foreign] = "language", np.asarray(scores)[foreign]
    if len(judged):
        rows = pa.array(judged)
        verdicts, names, found = judge(measure(texts.take(rows), quality), langs.take(rows), profile, quality)
        fails = verdicts >= 0
        reasons[judged[fails]] = [names[rule] for rule in verdicts[fails].tolist()]
        values[judged[fails]] = np.asarray(found)[fails]
    kept = np.array([reason is None for reason in reasons], bool)
    columns = [
        pc.if_else(nulls, None, texts),
        pc.if_else(pa.array(empty), None, langs),
        pa.array(reasons, pa.string()),
        pa.array(values, pa.float32(), mask=kept),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def shards_of_files(files: Sequence[str], folder: Path) -> list[Path]:
    """The texts of files, folders and globs of any format that sources read, each as a shard in `folder` with the
    language of every text; the texts are as they are in the files.

    Raises UserError for a pattern without a file, and for a file without a text.
    """
    source = Local.model_validate({"name": "text", "files": list(files)})
    shards = []
    for number, part in enumerate(source.listed(Locator(None, folder))):
        shards.append(folder / f"text-{number:05}.arrow")
        batches = chain.from_iterable(_documents(source, part))
        if not write_stream(shards[-1], DOCUMENT, batches):
            raise UserError(f"{part.url}: no text in it. Its records need a field `text`, or it is not text at all.")
    return shards


def _documents(source: Local, part: Part) -> Iterator[list[pa.RecordBatch]]:
    for chunk in source.read(Path(part.url), part):
        texts = chunk.records["text"]
        if not len(texts):
            continue
        langs, _ = detect(texts, LanguageSettings())
        names = [pa.array([""] * len(texts)), texts, pa.array(["text"] * len(texts)), langs]
        rest = [pa.array([part.url] * len(texts)), *[pa.nulls(len(texts), pa.string())] * 3]
        ones = pa.array(np.ones(len(texts), np.int32))
        yield [pa.RecordBatch.from_arrays([*names, *rest, ones], schema=DOCUMENT)]
