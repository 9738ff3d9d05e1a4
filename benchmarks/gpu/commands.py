"""The commands as a user types them: dry run, training, resuming, generation.

python -m benchmarks.gpu.commands --scratch DIR [--device cuda] [--rehearse]
"""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import command_line
from tests.model.packed_data import write_packed


def main() -> None:
    parser = command_line.parser(__doc__)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rehearse", action="store_true")
    given = command_line.parse(parser)
    packed, run, device = write_packed(given.scratch / "small", seq_len=256), given.scratch / "run", given.device
    folders = ["--config", "tiny", "--data", str(packed), "--out", str(run), "--set", "train.precision=bf16"]
    steps = 10 if given.rehearse else 60
    pretrain = ["pretrain", *folders, "--set", f"train.steps={steps}"]
    prompts = ["--prompt", "봄이 오면", "--prompt", "The ferry"]
    for arguments in (
        [*pretrain, "--dry-run"],
        pretrain,
        [*pretrain[:-1], f"train.steps={steps + 10}", "--resume"],
        ["generate", "--run", str(run), "--tokens", "20", *prompts],
    ):
        command = [sys.executable, "-m", f"pipelines.{arguments[0]}", *arguments[1:], "--device", device]
        subprocess.run(command, check=True)
    print(json.dumps({"steps": steps + 10, "files": sorted(path.name for path in run.iterdir() if path.is_file())}))


if __name__ == "__main__":
    main()
