"""One document of 100 MB through the whole prepare step, compared with the same text as separate articles.

    HANJI_MIRROR=DIR python -m benchmarks.clean_long [--megabytes 100]

The text is Korean Wikipedia. Times are CPU seconds of the second run, each case in a new process with its peak resident
memory. Last line: JSON. (tests/corpus/cleaning/test_cleaning_work.py bounds the same by counting operations.)
"""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import command_line
from benchmarks.clean import ours
from benchmarks.texts import up_to, wikipedia
from benchmarks.timing import cpu_seconds, in_new_process


def time_prepare(path: Path, out: Path) -> dict[str, Any]:
    """CPU seconds of preparing a file the second time."""
    count = ours(path, "ko", out)["in"]
    return {"documents": count, "seconds": cpu_seconds(ours, path, "ko", out)[0]}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the comparison."""
    parser = command_line.parser(__doc__, "mirror")
    parser.add_argument("--megabytes", type=float, default=100)
    options = command_line.parse(parser, arguments, "the benchmark runs on the mirror's Korean Wikipedia")
    texts = up_to(wikipedia(options.mirror, "ko"), options.megabytes * 1e6)
    size = sum(len(text.encode()) + 1 for text in texts)
    result: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, documents in (("many", texts), ("one", ["\n".join(texts)])):
            path = Path(folder) / f"{name}.parquet"  # a JSON line of 100 MB is too long and is not read
            pq.write_table(pa.table({"text": documents}), path, row_group_size=2000)
            found = in_new_process(time_prepare, path, Path(folder) / "out")
            print(
                f"{name:5}{found['documents']:>8} documents{found['seconds']:>8.2f} s{found['memory_mb']:>6} MB",
                flush=True,
            )
            result |= {f"{name}_seconds": round(found["seconds"], 2), f"{name}_memory_mb": found["memory_mb"]}
    result |= {"megabytes": round(size / 1e6, 1), "ratio": round(result["one_seconds"] / result["many_seconds"], 2)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
