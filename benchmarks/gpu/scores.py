"""KOBEST of the model that the curve `shipped` leaves, in the model card's profile, beside the card.

    python -m benchmarks.gpu.scores --scratch DIR [--mirror DIR] [--limit N] [--device cuda] [--rehearse]

Needs lm-eval and transformers, and KOBEST's test files in the mirror; without them the last line gives the reason.
"""

import importlib.util
import json
from pathlib import Path

from benchmarks import command_line
from benchmarks.gpu.curves import KEPT
from model.evaluation import seed_results
from model.evaluation.scores import Request, evaluate_run


def missing(run: Path, mirror: Path | None) -> str:
    """The reason why nothing can be scored, or nothing."""
    packages = [name for name in ("lm_eval", "transformers") if importlib.util.find_spec(name) is None]
    if packages:
        return f"not installed: {', '.join(packages)}"
    if not (run / "config.toml").is_file():
        return f"the curve of `{KEPT}` left no run"
    return "" if mirror is not None else "no mirror with KOBEST's test files"


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--mirror", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rehearse", action="store_true")
    given = command_line.parse(parser)
    run = given.scratch / f"curve-{KEPT}"
    if reason := missing(run, given.mirror):
        print(json.dumps({"averages": None, "reason": reason}))
        return
    limit = 4 if given.rehearse else given.limit
    rows = 8 if given.device == "cpu" else 64  # at once
    request = Request(["kobest"], "polyglot", given.mirror, None, 0, 1, limit, None, rows, given.device)
    (result,) = evaluate_run(run, request)
    card = dict(zip(seed_results.KOBEST_MODELS, seed_results.KOBEST["average"], strict=True))
    found = {"averages": result["averages"], "tasks": result["tasks"], "skipped": result["skipped"], "card": card}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
