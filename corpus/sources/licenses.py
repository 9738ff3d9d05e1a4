"""Which licences a recipe accepts.

Names are SPDX identifiers where there is one (CC-BY-SA-4.0), else a short phrase ("public domain", "mixed").
`"commercial"` excludes licences that forbid commercial use (an NC clause) and unknown licences. The rights of the
single pages of a web crawl are not known; crawls published under an open database licence (ODC-BY) are accepted. This
is a filter on declarations, not legal advice.
"""

import re
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from corpus.document import Chunk

Accepted = Literal["any", "commercial"] | tuple[str, ...]

_NON_COMMERCIAL = re.compile(r"\bNC\b|non-?commercial|research only", re.IGNORECASE)


def accepts(accepted: Accepted, license: str | None) -> bool:
    """Whether documents with this licence may be used."""
    if accepted == "any":
        return True
    if accepted == "commercial":
        return license is not None and license != "unknown" and not _NON_COMMERCIAL.search(license)
    return license is not None and license.casefold() in {name.casefold() for name in accepted}


def filter_licenses(chunk: Chunk, accepted: Accepted) -> Chunk:
    """The chunk without the records whose licence is not accepted; they are counted as skipped with reason
    "license"."""
    if accepted == "any" or not len(chunk.records):
        return chunk
    licenses = chunk.records["license"]
    good = [license for license in pc.unique(licenses).to_pylist() if accepts(accepted, license)]
    keep = pc.is_in(licenses, pa.array(good, pa.string()))
    kept = chunk.records.filter(keep)
    lost = len(chunk.records) - len(kept)
    if not lost:
        return chunk
    return chunk._replace(records=kept, skipped={**chunk.skipped, "license": lost})
