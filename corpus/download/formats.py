"""Whether a downloaded file is complete by its own format: some formats have an end mark or a checksum, others do
not."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.readers.stream import Gap
from corpus.readers.unpack import UNPACK


def has_end_mark(name: str) -> bool:
    """Whether `check_format` notices when the end of a file of that name is missing."""
    return Path(name.lower()).suffix in (*UNPACK, ".parquet")


def check_format(path: Path, name: str) -> str | None:
    """The error in a file with the name of a gzip, zstandard, bzip2 or parquet file, which is read completely; None if
    there is none."""
    suffix = Path(name.lower()).suffix
    if suffix in UNPACK:
        if not path.stat().st_size:
            return f"the downloaded file is not intact: it is empty, so it is not a {suffix} file"
        gap = next((piece for piece in UNPACK[suffix](path) if isinstance(piece, Gap)), None)
        return gap and f"the downloaded file is not intact: {gap.reason}"
    if suffix == ".parquet":
        return _check_parquet(path)
    with path.open("rb") as raw:
        page = raw.read(1024).lstrip().lower().startswith((b"<!doctype html", b"<html"))
    return "the server sent a web page instead of the file" if page and suffix not in (".html", ".htm") else None


def _check_parquet(path: Path) -> str | None:
    """Check the footer of a parquet file, and the places of the columns that it gives."""
    try:
        metadata = pq.read_metadata(path)
        end = path.stat().st_size - metadata.serialized_size - 8  # where the footer begins
        for group in map(metadata.row_group, range(metadata.num_row_groups)):
            for column in map(group.column, range(group.num_columns)):
                start = column.dictionary_page_offset or column.data_page_offset
                if not 4 <= start <= start + column.total_compressed_size <= end:
                    return (
                        f"the downloaded parquet file is not intact (column {column.path_in_schema} is outside of it)"
                    )
    except (OSError, pa.ArrowInvalid) as error:
        return f"the downloaded parquet file is not intact ({error})"
    return None
