"""Training must start where datasets and orjson are not installed: GPU images seldom have them. pydantic is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

CODE = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("datasets", "orjson", "plotly", "kiwipiepy", "huggingface_hub"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from pathlib import Path
import torch
import model.text.generate, pipelines.generate, pipelines.pretrain
from tests.model.packed_data import write_packed

torch.set_num_threads(1)
folder = Path(sys.argv[1])
packed = write_packed(folder)
settings = ["train.steps=2", "train.batch_tokens=256", "model.layers=1", "train.sample_every=2"]
pipelines.pretrain.main(config="tiny", data=packed, out=folder / "run", settings=settings, device="cpu")
pipelines.generate.main(run=folder / "run", prompt=["봄이"], tokens=3, device="cpu")
"""


def test_training_and_generation_without_them(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "봄이" in result.stdout
    assert (tmp_path / "run" / "report.html").is_file()
