"""`python -m tests.faults [--long] [--seed N] [COMMAND …]`: the campaign by itself, one line an attack that went
wrong, and a count of each family.

The last line is JSON: {"attacks": …, "wrong": …, "seed": …}. Exit code 1 if anything went wrong.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.campaign import Campaign
from tests.faults.commands import COMMANDS, prepare


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commands", nargs="*", default=list(COMMANDS), help=f"of {', '.join(COMMANDS)}; default: all")
    parser.add_argument("--long", action="store_true", help="every point of every family (some hours)")
    parser.add_argument("--samples", type=int, default=4, help="points of each family in the short form")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--keep", action="store_true", help="leave the folder of the run")
    parser.add_argument("--family", action="append", help="only this family of attacks (may be given again)")
    parser.add_argument("--third", type=int, help="every third family of each command; which ones goes by this number")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="hanji-faults-"))
    attacks = wrong = 0
    try:
        inputs = prepare(root / "inputs", options.commands)
        for place, command in enumerate(options.commands):
            campaign = Campaign(
                command, inputs, root / command, None if options.long else options.samples, options.seed
            )
            for number, (family, attack) in enumerate(campaign.families().items()):
                if family not in (options.family or [family]):
                    continue
                if options.third is not None and (number + place + options.third) % 3:
                    continue
                begun, count, bad = time.monotonic(), 0, 0
                for finding in attack():
                    count += 1
                    bad += bool(finding.problem)
                    record = {
                        "command": command,
                        "family": family,
                        "attack": finding.attack,
                        "problem": finding.problem,
                    }
                    print(json.dumps(record, ensure_ascii=False), flush=True) if finding.problem else None
                print(
                    f"{command}, {family}: {count} attacks, {bad} wrong, {time.monotonic() - begun:.1f} s", flush=True
                )
                attacks, wrong = attacks + count, wrong + bad
    finally:
        if not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    print(json.dumps({"attacks": attacks, "wrong": wrong, "seed": options.seed}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
