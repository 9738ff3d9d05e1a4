"""The commands as a user types them: dry run, training, resuming, generation.

python -m benchmarks.gpu.commands --scratch DIR [--device cuda]
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tests.model.packed_data import write_packed


def main() -> None:
    parser = argparse.ArgumentParser(description="The commands from end to end")
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    given = parser.parse_args()
    packed, run, device = write_packed(given.scratch / "small", seq_len=256), given.scratch / "run", given.device
    pretrain = [
        "pretrain",
        "--config",
        "tiny",
        "--data",
        str(packed),
        "--out",
        str(run),
        "--set",
        "train.precision=bf16",
    ]
    prompts = ["--prompt", "봄이 오면", "--prompt", "The ferry"]
    for arguments in (
        [*pretrain, "--dry-run"],
        pretrain,
        [*pretrain, "--set", "train.steps=70", "--resume"],
        ["generate", "--run", str(run), "--tokens", "20", *prompts],
    ):
        subprocess.run(
            [sys.executable, "-m", f"pipelines.{arguments[0]}", *arguments[1:], "--device", device], check=True
        )
    print(json.dumps({"steps": 70, "files": sorted(path.name for path in run.iterdir() if path.is_file())}))


if __name__ == "__main__":
    main()
