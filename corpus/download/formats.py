"""Whether a file that arrived is whole by its own format: some formats have an end mark or a checksum, others have
none."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.readers.stream import Gap
from corpus.readers.unpack import UNPACK


def has_end_mark(name: str) -> bool:
    """Whether `check_format` notices when the end of a file of that name is missing."""
    return Path(name.lower()).suffix in (*UNPACK, ".parquet")


def check_format(path: Path, name: str) -> str | None:
    """What is wrong with a file that is named like a gzip, zstandard, bzip2 or parquet file, read from end to end;
    None if nothing is."""
    suffix = Path(name.lower()).suffix
    if suffix in UNPACK:
        if not path.stat().st_size:
            return f"what arrived is no sound file: empty, and so no {suffix} file"
        gap = next((piece for piece in UNPACK[suffix](path) if isinstance(piece, Gap)), None)
        return gap and f"what arrived is no sound file: {gap.reason}"
    if suffix == ".parquet":
        return _check_parquet(path)
    with path.open("rb") as raw:
        page = raw.read(1024).lstrip().lower().startswith((b"<!doctype html", b"<html"))
    return "a web page arrived instead of the file" if page and suffix not in (".html", ".htm") else None


def _check_parquet(path: Path) -> str | None:
    """By its footer, and by where that says that the columns lie."""
    try:
        metadata = pq.read_metadata(path)
        end = path.stat().st_size - metadata.serialized_size - 8  # where the footer begins
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            for column in map(group.column, range(group.num_columns)):
                start = column.dictionary_page_offset or column.data_page_offset
                if not 4 <= start <= start + column.total_compressed_size <= end:
                    return f"what arrived is no sound parquet file (column {column.path_in_schema} lies outside of it)"
    except (OSError, pa.ArrowInvalid) as error:
        return f"what arrived is no sound parquet file ({error})"
    return None
