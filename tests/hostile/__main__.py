"""`python -m tests.hostile [--seconds 60] [TARGET …]`: coverage-guided fuzzing (atheris) of readers and kernels.

Each target is fuzzed in a process of its own for so many seconds, from the seeds in targets.py. An input that breaks a
promise is written beside the message. The last line is JSON: {"runs": {TARGET: …}, "broken": {TARGET: FILE}}. Exit code
1 if anything broke, 2 where atheris is missing.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT, PACKAGES = Path(__file__).resolve().parents[2], ["corpus", "tokenizer"]
RUNS = re.compile(r"Done (\d+) (?:runs )?in|stat::number_of_executed_units:\s*(\d+)")


def fuzz(target: str, seconds: int, folder: Path) -> tuple[int, str]:
    """(inputs tried, what broke: the path of the input, "" if nothing)."""
    seeds, found = folder / "seeds", folder / "found"
    for place in (seeds, found):
        place.mkdir(parents=True)
    line = [
        sys.executable, "-m", "tests.hostile", "--inside", target, "--", f"-max_total_time={seconds}", "-max_len=4096",
        "-timeout=60", "-print_final_stats=1", f"-artifact_prefix={found}/", str(seeds),
    ]  # fmt: skip
    result = subprocess.run(line, capture_output=True, text=True, errors="replace", check=False)
    counted = [int(a or b) for a, b in RUNS.findall(result.stderr)]
    broken = next((str(path) for path in sorted(found.iterdir())), "")
    if result.returncode and not broken:
        broken = "no input was written"
    if broken:
        print(f"{target}: {broken}\n{result.stdout[-3000:]}{result.stderr[-1000:]}")
    return max(counted, default=0), broken


def inside(target: str, arguments: list[str]) -> None:
    """The fuzzing process."""
    import atheris

    kernels = [  # Numba cannot compile what is instrumented
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "numba" in path.read_text(encoding="utf-8")
    ]
    with atheris.instrument_imports(include=PACKAGES, exclude=kernels):
        from tests.hostile.targets import SEEDS, TARGETS

    for number, seed in enumerate(SEEDS[target]):
        (Path(arguments[-1]) / str(number)).write_bytes(seed)
    TARGETS[target](SEEDS[target][0])  # kernels compile before the clock of the first input runs
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()


def main() -> int:
    """Fuzz the targets one after another."""
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2], sys.argv[4:])
        return 0
    from tests.hostile.targets import TARGETS

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    options = parser.parse_args()
    try:
        import atheris  # noqa: F401  # only whether it is there
    except ImportError as error:
        print(f"{error}: pip install atheris")
        return 2
    runs, broken = {}, {}
    for target in options.targets:
        folder = Path(tempfile.mkdtemp(prefix="hanji-fuzz-"))
        runs[target], problem = fuzz(target, options.seconds, folder)
        print(
            f"{target}: {runs[target]:,} inputs in {options.seconds} s{', ' + problem if problem else ''}", flush=True
        )
        broken |= {target: problem} if problem else {}
    print(json.dumps({"runs": runs, "broken": broken}))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
