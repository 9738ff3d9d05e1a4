"""Text for the tokenizer's tests: strategies for hypothesis, and real text where the mirror is at hand."""

import gzip
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import tokenizers
from hypothesis import strategies as st

FULL_API = hasattr(tokenizers, "Regex")  # HF tokenizers before 1.0: regular expressions, trainers, offsets
needs_full_api = pytest.mark.skipif(
    not FULL_API, reason="HF tokenizers from 1.0 on runs no other patterns and reports no offsets"
)

# These compare with regular expressions and trainers of HF tokenizers; the others run with each release.
NEED_FULL_API = (
    "encoding/test_checks.py",
    "scanner/test_pretokenize.py",
    "test_files.py",
    "test_superwords.py",
    "training/test_bpe.py",
    "training/test_counts.py",
    "page/test_page.py",
)
collect_ignore = [] if FULL_API else list(NEED_FULL_API)

# What the patterns treat in ways of their own, drawn often; and all of Unicode but surrogates.
TRICKY = "  \t\n\r'’sStTlLvVeErRdmDMaZ가나힣ㅋㅠ漢.,!=_-12３½ſ\u3000\u0301\u1100\u11a8\U0001f600\u200b\x1c\x85\xa0é<>/"
texts = st.text(st.sampled_from(TRICKY) | st.characters(exclude_categories=["Cs"]), max_size=40) | st.text(
    st.sampled_from(TRICKY), max_size=120
)

_HUB = "huggingface.co/datasets"


def _read(mirror: Path) -> dict[str, list[str]]:
    wikipedia = mirror / _HUB / "wikimedia/wikipedia"
    korean = pq.ParquetFile(wikipedia / "20231101.ko/train-00000-of-00003.parquet").iter_batches(400, columns=["text"])
    english = pq.ParquetFile(wikipedia / "20231101.en/train-00000-of-00041.parquet").iter_batches(20, columns=["text"])
    with gzip.open(mirror / _HUB / "allenai/c4/multilingual/c4-ko.tfrecord-00000-of-01024.json.gz") as lines:
        mixed = [json.loads(line)["text"] for line, _ in zip(lines, range(100), strict=False)]
    with gzip.open(mirror / _HUB / "allenai/c4/en/c4-train.00001-of-01024.json.gz") as lines:
        code = [json.loads(line)["text"] for line, _ in zip(lines, range(60), strict=False)]
    return {
        "ko": next(korean)["text"].to_pylist(),
        "en": next(english)["text"].to_pylist(),
        "mixed": mixed,
        "code": code,
    }


@pytest.fixture(scope="session")
def real_texts(mirror: Path) -> dict[str, list[str]]:
    """Some documents of each kind: "ko", "en", "mixed" (Korean technical text with Latin and code), "code"."""
    return _read(mirror)
