"""`python -m tests.mutants`: how many of the listed mistakes the tests notice, per package.

In full before a release; `--tenth` runs the tenth of the list that belongs to the day of the year, `--within` bounds
the time and begins each day with others. The last line is JSON: the share killed of each package's mutants that still
apply.
"""

import argparse
import datetime
import json
import sys
from collections import Counter
from pathlib import Path

from tests.mutants.runner import INVALID, KILLED, LEFT, PACKAGES, STALE, SURVIVED, load, run


def main() -> None:
    """Run the chosen mutants; exit with 1 where one survived, no longer applies or cannot be judged."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", choices=PACKAGES, help="only this package's")
    parser.add_argument("--file", help="only mutants of files whose path contains this")
    parser.add_argument("--tenth", action="store_true", help="only today's tenth")
    parser.add_argument("--within", type=float, help="begin no mutant after so many seconds; what is left is told")
    parser.add_argument("--scratch", type=Path, help="keep the copies and their compiled kernels in this folder")
    parser.add_argument("--jobs", type=int, default=1, help="mutants side by side")
    arguments = parser.parse_args()
    mutants, day = load(), datetime.datetime.now(datetime.UTC).timetuple().tm_yday
    if arguments.package:
        mutants = [m for m in mutants if m.package == arguments.package]
    if arguments.file:
        mutants = [m for m in mutants if arguments.file in m.file]
    if arguments.tenth:
        mutants = mutants[day % 10 :: 10]
    if arguments.within and mutants:
        first = day * 7 % len(mutants)
        mutants = mutants[first:] + mutants[:first]
    if not mutants:
        sys.exit("no mutant is left by these choices")
    seen: Counter[tuple[str, str]] = Counter()
    outcomes = run(mutants, arguments.jobs, arguments.within, arguments.scratch)
    for number, (mutant, outcome, failed) in enumerate(outcomes, 1):
        seen[mutant.package, outcome] += 1
        print(
            f"{number}/{len(mutants)} {outcome:8} {mutant.file}: {mutant.old.strip()!r} → {mutant.new.strip()!r}"
            + f" ({failed})" * bool(failed),
            flush=True,
        )
    shares = {}
    for package in PACKAGES:
        killed, survived = seen[package, KILLED], seen[package, SURVIVED]
        if killed + survived:
            shares[package] = round(killed / (killed + survived), 4)
            others = ", ".join(
                f"{seen[package, name]} {name}" for name in (STALE, INVALID, LEFT) if seen[package, name]
            )
            print(f"{package}: {killed} of {killed + survived} killed" + (f" ({others})" if others else ""))
    print(json.dumps(shares))
    left = sum(count for (_, outcome), count in seen.items() if outcome == LEFT)
    sys.exit(
        left == len(mutants) or any(count for (_, outcome), count in seen.items() if outcome not in (KILLED, LEFT))
    )


if __name__ == "__main__":
    main()
