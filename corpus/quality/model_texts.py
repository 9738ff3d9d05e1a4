"""Examples for a classifier out of somebody's files: the texts, and which kind each is.

A dataset is a file, a folder of files, or a corpus that Hanji built (its train split). The kind of a text is what a
column says, or else the folder under the dataset that its file is in, or the name of its file; of a corpus the source.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from corpus.engine.marker import check_texts
from corpus.errors import UserError
from corpus.readers import format_of, read
from corpus.readers.columns import dotted

BESIDE = ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json")
MOST_BYTES = 20_000  # of a text: what follows says the same again


def read_examples(data: Path, option: str, column: str, topic: str | None, most: int) -> tuple[pa.Array, list[str]]:
    """The texts (string[n]) and their kinds, at most `most` of a kind, the first ones.

    Raises UserError, naming `option`, for a dataset that is not there, has no text in `column` or no column `topic`.
    """
    if not data.exists():
        raise UserError(f"{option} {data}: no such file or folder.")
    corpus = (data / "manifest.json").is_file() and (data / "train").is_dir()
    root = data / "train" if corpus else data
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if _is_data(path, root))
    check_texts(files)
    wanted = topic or ("source" if corpus else None)
    texts: list[pa.Array] = []
    kinds: list[str] = []
    counts: dict[str, int] = {}
    for path in files:
        name = _kind_of(path, root)
        fields = {"text": dotted(column)} | ({"topic": dotted(wanted)} if wanted else {})
        for chunk in read(path, fields):
            found = chunk.columns["text"]
            mine = chunk.columns["topic"].to_pylist() if wanted else [name] * len(found)
            keep = []
            for row, kind in enumerate(mine):
                if kind is not None and counts.get(kind, 0) < most:
                    counts[kind] = counts.get(kind, 0) + 1
                    keep.append(row)
                    kinds.append(kind)
            texts.append(found.take(pa.array(keep, pa.int64())).cast(pa.string()))
    if not kinds:
        hint = f" with a kind in {topic!r}" if topic else ""
        raise UserError(
            f"{option} {data}: no record has a text in {column!r}{hint}. Name the fields with --column and --topic."
        )
    whole = pa.concat_arrays(texts)
    return pc.if_else(pc.less(pc.binary_length(whole), MOST_BYTES), whole, _shorter(whole)), kinds


def _shorter(texts: pa.Array) -> pa.Array:
    return pc.utf8_slice_codeunits(texts, 0, MOST_BYTES // 3)


def _kind_of(path: Path, root: Path) -> str:
    inside = path.relative_to(root).parts if path != root else ()
    return inside[0] if len(inside) > 1 else path.name.partition(".")[0]


def _is_data(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    if hidden or path.name in BESIDE or not path.is_file():
        return False
    try:
        format_of(path)
    except UserError:
        return False
    return True
