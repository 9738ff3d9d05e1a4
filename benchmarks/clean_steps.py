"""The time of each step of prepare: CPU nanoseconds per byte of text.

    HANJI_MIRROR=DIR python -m benchmarks.clean_steps [--runs 5]

Every public function that corpus/prepare.py calls is timed from outside, on the same files as benchmarks/clean.py; the
least of some runs of each step. `rest` is prepare's own work: writing Arrow, hashing files, counts. Last line: JSON.
"""

import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks import command_line
from benchmarks.clean import FILES, ours, sliced

STEPS = {
    "normalise": "corpus.cleaning.normalize.normalize",
    "language": "corpus.cleaning.language.detect",
    "identify": "corpus.prepare._ids",
    "count lines of sites": "corpus.cleaning.boilerplate.LineCounts.add",
    "write line counts": "corpus.cleaning.boilerplate.LineCounts.write",
    "learn boilerplate": "corpus.cleaning.boilerplate.learn",
    "remove boilerplate": "corpus.cleaning.boilerplate.remove",
    "privacy": "corpus.cleaning.privacy.redact",
    "words": "corpus.quality.judgement.count_words",
    "lines": "corpus.quality.judgement.count_lines",
    "kinds of lines": "corpus.quality.judgement.find_lines",
    "running text": "corpus.quality.judgement.running_text",
    "phrases": "corpus.quality.judgement.count_phrases",
    "sales talk": "corpus.quality.judgement.count_points",
    "keyword": "corpus.quality.judgement.count_keyword",
    "repetition": "corpus.quality.judgement.count_repetition",
    "judge": "corpus.quality.judgement.judge",
    "hash texts": "corpus.clean._fingerprinted",
    "signatures": "corpus.duplicates.minhash.sketch",
    "rejects": "corpus.rejects.Rejects.add",
    "sync": "corpus.engine.task.sync",
    "sha256": "corpus.engine.task.file_sha256",
}


class Clock:
    """CPU seconds per step, the time of inner steps not counted in the outer ones."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its own time added to `name`."""

        @wraps(function)
        def run(*arguments: Any, **options: Any) -> Any:
            start = time.process_time()
            self._inner.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                whole = time.process_time() - start
                self.spent[name] += whole - self._inner.pop()
                self._inner[-1] += whole

        return run

    def timed_chunks(self, function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        """The same for a source's reader, which yields chunks."""

        def run(*arguments: Any, **options: Any) -> Iterator[Any]:
            chunks = iter(function(*arguments, **options))
            pull = self.timed("read: inflate, JSON, UTF-8", lambda: next(chunks, None))
            while (chunk := pull()) is not None:
                yield chunk

        return run


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = command_line.parser(__doc__, "mirror")
    parser.add_argument("--runs", type=int, default=5)
    options = command_line.parse(parser, arguments, "the benchmark runs on the mirror's mC4-ko and C4-en files")
    from corpus.sources.local import Local

    result: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for lang, name in FILES.items():
            work = Path(folder)
            path, megabytes = sliced(Path(options.mirror) / name, 1 << 40, work / f"{lang}.jsonl.gz")
            ours(path, lang, work / "out")  # compiles
            best: dict[str, float] = {}
            for _ in range(options.runs):
                clock = Clock()
                with ExitStack() as stack:
                    for step, target in STEPS.items():
                        function = _resolve(target)
                        stack.enter_context(patch(target, clock.timed(step, function)))
                    stack.enter_context(patch.object(Local, "read", clock.timed_chunks(Local.read)))
                    clock.timed("rest", ours)(path, lang, work / "out")
                for step, spent in clock.spent.items():
                    best[step] = min(best.get(step, 1e9), spent)
            result[lang] = {step: round(1e3 * spent / megabytes, 2) for step, spent in best.items()}
            result[lang]["all"] = round(sum(result[lang].values()), 2)
    print(f"{'ns/byte':28}" + "".join(f"{lang:>8}" for lang in result))
    for step in sorted(result["ko"], key=lambda step: -result["ko"][step]):
        print(f"{step:28}" + "".join(f"{result[lang].get(step, 0):8.2f}" for lang in result))
    print(json.dumps(result))


def _resolve(target: str) -> Callable[..., Any]:
    import importlib

    names = target.split(".")
    found: Any = importlib.import_module(".".join(names[:2]))
    for name in names[2:]:
        found = getattr(found, name)
    return found


if __name__ == "__main__":
    main()
